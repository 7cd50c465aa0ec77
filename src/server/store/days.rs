//! Questions that depend on days alone, answered from presence: one entry per person and day in the place of all the
//! events of that day. Days at the edge of the asked stretch are read event by event.

use super::Store;
use super::chunks::{Known, bodies_of};
use super::persons::Persons;
use super::rollups::damaged;
use super::sheets::Piece;
use crate::database::Reader;
use crate::database::fault::Told;
use crate::engine::calendar::{Span, local_day, next_local_day};
use crate::engine::{Days, Needs};
use crate::projection::chunk::{Kind, Version};
use crate::projection::timeline::DAY;
use crate::projection::timeline::presence::{ANYTHING, DIMENSIONS, Presence, part_of};
use parallax_domain::{Filter, Op, Problem};
use roaring::RoaringBitmap;
use std::collections::HashMap;
use std::sync::Arc;

/// Who was there on a day.
pub struct Present {
    /// Start of the day, Unix milliseconds.
    pub at: i64,
    /// Predicates that hold.
    pub bits: u64,
    pub events: u64,
    /// Numbers of people, not of subjects.
    pub people: RoaringBitmap,
}

/// Which presence answers which predicate.
pub struct ByDay<'a> {
    days: &'a Days,
    wanted: Vec<Wanted>,
}

struct Wanted {
    bits: u64,
    part: String,
    /// None: all entries.
    values: Option<Vec<String>>,
}

/// Which local days of a piece are read from its presence, and what is left for its rows.
struct Plan {
    /// Starts of the days.
    whole: Vec<i64>,
    rows: Vec<Span>,
}

/// How the piece of the day (UTC) that begins at `start` is read: who was there on whole days, and the spans whose rows
/// are read one by one.
pub fn reading(
    by_day: Option<(&ByDay<'_>, &[Arc<Presence>])>,
    start: i64,
    reach: Span,
    persons: &Persons,
) -> (Vec<Present>, Vec<Span>) {
    if let Some((by_day, parts)) = by_day {
        let plan = by_day.plan(start, reach);
        if let Some(present) = by_day.present(parts, &plan.whole, persons) {
            return (present, plan.rows);
        }
    }
    let rows = Span { from: reach.from.max(start), to: reach.to.min(start + DAY) };
    (Vec::new(), if rows.from < rows.to { vec![rows] } else { Vec::new() })
}

impl<'a> ByDay<'a> {
    /// None: the question needs more than presence knows.
    pub fn of(needs: &'a Needs) -> Option<ByDay<'a>> {
        let days = needs.days.as_ref()?;
        let reads_more = !needs.fields.is_empty() || !needs.numbers.is_empty() || needs.revenue || needs.sessions;
        if reads_more {
            return None;
        }
        let wanted = needs.predicates.iter().enumerate().map(|(bit, predicate)| {
            let conditions: Vec<&Filter> = needs.filters.iter().chain(&predicate.filters).collect();
            let (part, values) = match (&predicate.event, conditions.as_slice()) {
                (None, []) => (ANYTHING.to_owned(), None),
                (Some(event), []) => (part_of("event"), Some(vec![event.clone()])),
                (None, [only]) if only.op == Op::Is && DIMENSIONS.contains(&only.field.as_str()) => {
                    (part_of(&only.field), Some(only.values.clone()))
                }
                // Both on one day is less than both in one event.
                _ => return None,
            };
            Some(Wanted { bits: 1 << bit, part, values })
        });
        Some(ByDay { days, wanted: wanted.collect::<Option<Vec<_>>>()? })
    }

    /// Cuts the day (UTC) that begins at `start` into local days.
    fn plan(&self, start: i64, reach: Span) -> Plan {
        let zone = self.days.zone;
        let mut plan = Plan { whole: Vec::new(), rows: Vec::new() };
        let mut day = local_day(zone, start);
        while day < start + DAY {
            let next = next_local_day(zone, day);
            let cut = self.days.cuts.iter().any(|cut| day < *cut && *cut < next);
            if !cut && reach.from <= day && next <= reach.to {
                plan.whole.push(day);
            } else {
                let span = Span { from: day.max(start).max(reach.from), to: next.min(start + DAY).min(reach.to) };
                if span.from < span.to {
                    plan.rows.push(span);
                }
            }
            day = next;
        }
        plan
    }

    /// Names of the parts that are read.
    pub fn parts(&self) -> Vec<&str> {
        let mut parts: Vec<&str> = self.wanted.iter().map(|wanted| wanted.part.as_str()).collect();
        parts.sort_unstable();
        parts.dedup();
        parts
    }

    /// The chosen days of a piece; none where its presence is of another zone.
    fn present(&self, parts: &[Arc<Presence>], whole: &[i64], persons: &Persons) -> Option<Vec<Present>> {
        let names = self.parts();
        let mut all = Vec::new();
        for wanted in &self.wanted {
            let presence = &parts[names.iter().position(|name| *name == wanted.part)?];
            if presence.zone != self.days.zone.name() {
                return None;
            }
            for day in whole {
                let chosen = presence.entries.iter().filter(|entry| {
                    let fits = match (&wanted.values, &entry.value) {
                        (None, _) => true,
                        (Some(values), Some(value)) => values.contains(value),
                        (Some(_), None) => false,
                    };
                    fits && entry.day == *day
                });
                let mut present = Present { at: *day, bits: wanted.bits, events: 0, people: RoaringBitmap::new() };
                for entry in chosen {
                    present.events += entry.events;
                    present.people |= &entry.subjects;
                }
                if present.events > 0 {
                    joined(&mut present.people, persons);
                    all.push(present);
                }
            }
        }
        Some(all)
    }
}

/// Subjects become the people that they stand for.
fn joined(people: &mut RoaringBitmap, persons: &Persons) {
    if persons.is_plain() {
        return;
    }
    let moved: Vec<u32> = people.iter().filter(|subject| persons.of(*subject) != *subject).collect();
    for subject in &moved {
        people.remove(*subject);
    }
    people.extend(moved.into_iter().map(|subject| persons.of(subject)));
}

impl Store {
    /// The presence of these pieces, of each piece all parts that are asked for; none where one is not there.
    pub async fn presence(
        &self,
        connection: &mut Reader,
        project: i32,
        pieces: &[Piece],
        by_day: &ByDay<'_>,
    ) -> Result<HashMap<Piece, Vec<Arc<Presence>>>, Problem> {
        let parts = by_day.parts();
        let mut known: HashMap<(i64, Version, &str), Arc<Presence>> = HashMap::new();
        let mut missing = Vec::new();
        for piece in pieces.iter().filter(|piece| !piece.whole) {
            for part in &parts {
                let key = Known::Presence(project, piece.start, piece.version, (*part).to_owned());
                match self.memory.get(&key) {
                    Some(presence) => drop(known.insert((piece.start, piece.version, part), presence)),
                    None => missing.push(((*part).to_owned(), piece.start, piece.version)),
                }
            }
        }
        for body in bodies_of(connection, project, Kind::Timeline, &missing).await.told()? {
            let Some(part) = parts.iter().find(|part| **part == body.part) else { continue };
            let presence = Arc::new(Presence::read(&body.bytes).map_err(damaged)?);
            let key = Known::Presence(project, body.period, body.version, body.part.clone());
            self.memory.keep(key, presence.clone(), presence.weight());
            known.insert((body.period, body.version, part), presence);
        }
        let mut found = HashMap::new();
        for piece in pieces {
            let all = parts.iter().map(|part| known.get(&(piece.start, piece.version, *part)).cloned());
            if let Some(all) = all.collect::<Option<Vec<_>>>() {
                found.insert(*piece, all);
            }
        }
        Ok(found)
    }
}
