//! What an incident cost: the same visits, walked once more in a world in which it never happened.

use super::IncidentTruth;
use crate::demo::calendar::day_of;
use crate::demo::plan::Visit;
use crate::demo::random;
use crate::demo::records::Day;
use crate::demo::walk;
use crate::demo::world::World;
use serde::Serialize;
use std::sync::Arc;

/// Means over several draws of the same visits' luck: one draw alone would be mostly luck.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cost {
    /// Visits that began while it lasted.
    pub visits: usize,
    /// Draws that the means are of.
    pub draws: usize,
    /// Orders of these visits with the incident and without it.
    pub orders: f64,
    pub orders_without: f64,
    pub orders_lost: f64,
    pub revenue_lost_eur: f64,
    /// Tickets that were written because of it.
    pub tickets: f64,
}

/// Visits that are walked in all, at the least, so that the means are steady.
const WALKS: usize = 24_000;
const MOST_DRAWS: usize = 48;

/// Orders, revenue in euro and tickets of some visits.
#[derive(Clone, Copy, Default)]
struct Sum {
    orders: f64,
    revenue: f64,
    tickets: f64,
}

/// `None` where the incident does not touch what people do.
pub fn cost(world: &World, incident: &IncidentTruth, days: impl Fn(i64) -> Arc<Day>) -> Option<Cost> {
    if !["memory_leak", "slow_database", "pool_exhaustion", "noisy_neighbour"].contains(&incident.kind) {
        return None;
    }
    let (from, to) = (
        incident.from.timestamp_millis().max(world.from),
        incident.to.map_or(world.end, |to| to.timestamp_millis()).min(world.end),
    );
    let mut visits: Vec<Visit> = Vec::new();
    for day in day_of(from)..=day_of(to) {
        visits.extend(days(day).plan.visits.iter().filter(|visit| (from..to).contains(&visit.start)));
    }
    if visits.is_empty() {
        return None;
    }
    let without = world.without(&incident.id);
    let draws = (WALKS / visits.len()).clamp(1, MOST_DRAWS);
    let (mut with_it, mut without_it) = (Sum::default(), Sum::default());
    for draw in 0..draws {
        for visit in &visits {
            // The first draw is what was told.
            let key = if draw == 0 { visit.key } else { random::key(&[visit.key, 0xd1ce, draw as u64]) };
            let visit = Visit { key, ..*visit };
            add(&mut with_it, world, &visit);
            add(&mut without_it, &without, &visit);
        }
    }
    let mean = |sum: f64| (sum / draws as f64 * 100.0).round() / 100.0;
    Some(Cost {
        visits: visits.len(),
        draws,
        orders: mean(with_it.orders),
        orders_without: mean(without_it.orders),
        orders_lost: mean(without_it.orders - with_it.orders),
        revenue_lost_eur: mean(without_it.revenue - with_it.revenue),
        tickets: mean(with_it.tickets - without_it.tickets),
    })
}

fn add(sum: &mut Sum, world: &World, visit: &Visit) {
    let session = walk::walk(world, visit);
    let rate = session.country(world).rate;
    sum.orders += session.orders.len() as f64;
    sum.revenue += session.orders.iter().map(|(_, amount, _)| amount / rate).sum::<f64>();
    sum.tickets += f64::from(u8::from(session.worry.is_some()));
}
