//! Who visits on a day, and when: the list that everything else is told from.

use super::calendar::{DAY, HOUR, MINUTE, Tide};
use super::people::{People, PersonKey};
use super::random::{self, Dice};
use super::scenario::Reach;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visit {
    pub start: i64,
    pub person: PersonKey,
    pub hash: u64,
    /// Of this day, from 0.
    pub nth: u8,
    /// The mail that brought the person.
    pub mail: Option<u16>,
    /// Everything that happens in the visit is drawn from here.
    pub key: u64,
}

#[derive(Clone, Debug)]
pub struct Plan {
    pub day: i64,
    /// By start.
    pub visits: Vec<Visit>,
}

pub fn plan(people: &People, tide: &Tide, seed: u64, day: i64) -> Plan {
    let mut visits = Vec::new();
    let day_hash = People::day_hash(day);
    let mails: Vec<usize> = (0..people.runs.len())
        .filter(|run| {
            let run = &people.runs[*run];
            run.campaign.reach == Reach::Mail && run.from < (day + 1) * DAY && run.to > day * DAY
        })
        .collect();
    for cohort in day - people.memory..=day {
        for (stream, count) in people.newcomers(cohort, tide) {
            let cohort_hash = people.cohort_hash(cohort, stream);
            let factor = people.quality(cohort, stream) * tide.weekday(day);
            for index in 0..count {
                let hash = people.hash_in(cohort_hash, index);
                let key = PersonKey { cohort, stream, index };
                if cohort == day || people.returns(hash, day_hash, day - cohort, factor) {
                    own_visits(people, tide, seed, day, key, &mut visits);
                } else {
                    visits.extend(mails.iter().filter_map(|run| mail_visit(people, tide, seed, day, key, hash, *run)));
                }
            }
        }
    }
    visits.sort_unstable_by_key(|visit| (visit.start, visit.hash));
    Plan { day, visits }
}

fn own_visits(people: &People, tide: &Tide, seed: u64, day: i64, key: PersonKey, visits: &mut Vec<Visit>) {
    let person = people.person(key);
    let mut dice = Dice::of(&[seed, 21, person.hash, day as u64]);
    let offset = people.offset_hours(&person, day);
    let mut start = day * DAY + tide.moment(dice.unit(), offset);
    if day == key.cohort
        && let Some(run) = usize::from(key.stream).checked_sub(1).and_then(|run| people.runs.get(run))
    {
        for _ in 0..6 {
            if (run.from..run.to).contains(&start) {
                break;
            }
            start = day * DAY + tide.moment(dice.unit(), offset);
        }
    }
    let visit = |start, nth| Visit {
        start,
        person: key,
        hash: person.hash,
        nth,
        mail: None,
        key: random::key(&[seed, 22, person.hash, day as u64, u64::from(nth)]),
    };
    visits.push(visit(start, 0));
    if dice.chance(0.07) {
        let again = start + 2 * HOUR + (dice.unit() * 5.0 * HOUR as f64) as i64;
        if again < (day + 1) * DAY {
            visits.push(visit(again, 1));
        }
    }
}

fn mail_visit(
    people: &People,
    tide: &Tide,
    seed: u64,
    day: i64,
    key: PersonKey,
    hash: u64,
    run: usize,
) -> Option<Visit> {
    let start = people.answers(hash, run)?;
    if start.div_euclid(DAY) != day {
        return None;
    }
    let person = people.person(key);
    if !person.newsletter || key.cohort == day {
        return None;
    }
    people.account_day(&person, day - 1, tide)?;
    let key_of_visit = random::key(&[seed, 23, hash, run as u64]);
    let start = start + (random::unit(key_of_visit) * 5.0 * MINUTE as f64) as i64;
    Some(Visit { start, person: key, hash, nth: 0, mail: Some(run as u16), key: key_of_visit })
}
