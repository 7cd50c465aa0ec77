//! Everything that does not change while the story is told.

use super::calendar::Tide;
use super::incidents::Troubles;
use super::people::People;
use super::scenario::Scenario;
use super::topology::Topology;

#[derive(Debug)]
pub struct World {
    pub seed: u64,
    pub scale: f64,
    pub from: i64,
    pub end: i64,
    pub scenario: Scenario,
    pub tide: Tide,
    pub people: People,
    pub topology: Topology,
    pub troubles: Troubles,
}

impl World {
    pub fn new(scenario: Scenario, seed: u64, scale: f64, from: i64, end: i64) -> World {
        let topology = Topology::new(&scenario, end);
        World {
            seed,
            scale,
            from,
            end,
            tide: Tide::new(&scenario.traffic, end, seed),
            people: People::new(&scenario, seed, scale, end),
            troubles: Troubles::new(&scenario, &topology, end),
            topology,
            scenario,
        }
    }

    /// The same world, in which one incident never happened.
    pub fn without(&self, id: &str) -> World {
        let mut scenario = self.scenario.clone();
        scenario.incidents.retain(|incident| incident.id() != id);
        World::new(scenario, self.seed, self.scale, self.from, self.end)
    }
}
