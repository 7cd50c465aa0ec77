//! How a payment goes: how long each attempt waits for a database connection, what the provider takes, how it ends.
//! Decided once, so that the trace, the log lines and what the person does next tell the same story.

use super::random::Dice;
use super::world::World;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    Paid,
    Declined,
    /// No connection within the time-out, twice.
    NoConnection,
}

/// Milliseconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Payment {
    pub ending: Ending,
    /// Wait for a connection of each attempt; the last one ends in a connection unless the payment failed.
    pub waits: Vec<f64>,
    pub insert: f64,
    pub provider: f64,
    pub in_use: u32,
    pub waiting: u32,
}

/// A call gives up waiting after this long; the second attempt is given a little more.
pub const PATIENCE: [f64; 2] = [800.0, 1_000.0];
pub const BACK_OFF: f64 = 100.0;

pub fn pay(world: &World, at: i64, dice: &mut Dice) -> Payment {
    let pace = world.topology.pace(super::topology::Role::Payment, at);
    let shop = &world.scenario.shop;
    let mut payment = Payment {
        ending: if dice.chance(shop.declined) { Ending::Declined } else { Ending::Paid },
        waits: vec![dice.around(3.6, 0.45)],
        insert: dice.around(9.0, 0.3) * pace,
        provider: dice.around(146.0, 0.2),
        in_use: 3 + dice.below(9) as u32,
        waiting: 0,
    };
    let luck = dice.unit();
    let (first, second) = (dice.unit(), dice.unit());
    if let Some((pool, strength)) = world.troubles.pool(at) {
        payment.in_use = pool.connections;
        payment.waiting = (6.0 + strength * 28.0 + 9.0 * first) as u32;
        // After the roll-back those who queue are served late, but served.
        let starved = at < pool.rolled_back;
        if starved && luck < pool.failed * strength {
            payment.waits = PATIENCE.to_vec();
            payment.ending = Ending::NoConnection;
        } else if starved && luck < (pool.failed + pool.second_attempt) * strength {
            payment.waits = vec![PATIENCE[0], 380.0 + 600.0 * second];
        } else {
            payment.waits = vec![(4.0 + strength * (90.0 + 680.0 * first)).min(PATIENCE[0] - 8.0)];
        }
    }
    payment
}

impl Payment {
    pub fn attempts(&self) -> usize {
        self.waits.len()
    }

    /// From the request's arrival in the payment service to its answer.
    pub fn service_time(&self) -> f64 {
        let waited: f64 = self.waits.iter().sum::<f64>() + BACK_OFF * (self.waits.len() - 1) as f64;
        let work = if self.ending == Ending::NoConnection { 0.0 } else { self.insert + self.provider };
        waited + work + 10.0
    }
}

#[cfg(test)]
mod tests {
    use super::super::calendar::{DAY, MINUTE};
    use super::super::scenario::Scenario;
    use super::*;

    fn times(at_before_end: i64) -> (f64, f64) {
        let end = 20_500 * DAY;
        let world = World::new(Scenario::fernhill().expect("built in"), 1, 1.0, end - DAY, end);
        let mut dice = Dice::new(5);
        let payments: Vec<Payment> = (0..4_000).map(|_| pay(&world, end - at_before_end * MINUTE, &mut dice)).collect();
        let mut times: Vec<f64> = payments.iter().map(Payment::service_time).collect();
        times.sort_by(f64::total_cmp);
        let failed = payments.iter().filter(|payment| payment.ending == Ending::NoConnection).count();
        (times[3_800], failed as f64 / 4_000.0)
    }

    #[test]
    fn payments_take_a_quarter_second_until_the_connections_run_out() {
        let (usual, none) = times(310);
        assert!((205.0..255.0).contains(&usual), "{usual}");
        assert_eq!(none, 0.0);
        let (slow, failed) = times(260);
        assert!((1_850.0..2_000.0).contains(&slow), "{slow}");
        assert!((0.40..0.47).contains(&failed), "{failed}");
        let (after, none) = times(225);
        assert!(after < 255.0 && none == 0.0);
    }
}
