//! The people behind one bar: the same passages, listed instead of counted (rule F17).

use super::{Passage, Plan, Scratch};
use crate::engine::calendar::instant;
use crate::engine::{Moments, Names, Needs, Question};
use parallax_domain::question::{Frame, Funnel, FunnelOutcome, FunnelPeople, FunnelPeopleAnswer, FunnelPerson};
use parallax_domain::{Instant, Problem};

const MOST: usize = 10_000;

/// Ordered by entry, then person; pages go on after a cursor, which names the last row of the page before.
#[derive(Clone, Debug)]
pub struct PeoplePlan {
    funnel: Plan,
    /// 0-based.
    step: usize,
    outcome: FunnelOutcome,
    limit: usize,
    after: Option<Cursor>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Cursor {
    entered: i64,
    person: String,
    /// Which of the person's passages: several may enter in the same millisecond.
    ordinal: u32,
}

impl Cursor {
    fn parse(text: &str) -> Option<Cursor> {
        let mut parts = text.splitn(3, '~');
        let entered = parts.next()?.parse().ok()?;
        let ordinal = parts.next()?.parse().ok()?;
        Some(Cursor { entered, ordinal, person: parts.next()?.to_owned() })
    }

    fn text(&self) -> String {
        format!("{}~{}~{}", self.entered, self.ordinal, self.person)
    }
}

#[derive(Default)]
pub struct PeopleTally {
    total: i64,
    rows: Vec<Row>,
    /// So many rows are worth another pruning.
    patience: usize,
    scratch: Scratch,
}

#[derive(Clone, Copy)]
struct Row {
    person: u32,
    ordinal: u32,
    passage: Passage,
}

impl PeoplePlan {
    pub fn new(
        funnel: &Funnel,
        people: &FunnelPeople,
        frame: &Frame,
        fresh_as_of: Instant,
    ) -> Result<PeoplePlan, Problem> {
        let funnel = Plan::new(funnel, frame, fresh_as_of)?;
        let steps = funnel.steps.len();
        let first = if people.outcome == FunnelOutcome::Dropped { 2 } else { 1 };
        if !(first..=steps).contains(&people.step) {
            return Err(Problem::invalid("step", format!("The step is {first} to {steps} here.")));
        }
        if !(1..=MOST).contains(&people.limit) {
            return Err(Problem::invalid("limit", "The limit is 1 to 10,000."));
        }
        let after = match &people.after {
            None => None,
            Some(text) => {
                let cursor = Cursor::parse(text);
                Some(cursor.ok_or_else(|| Problem::invalid("after", "This is no cursor of an earlier page."))?)
            }
        };
        Ok(PeoplePlan { funnel, step: people.step - 1, outcome: people.outcome, limit: people.limit, after })
    }

    fn lists(&self, passage: &Passage) -> bool {
        let reached = passage.time(self.step).is_some();
        passage.counts
            && match self.outcome {
                FunnelOutcome::Completed => reached,
                FunnelOutcome::Dropped => !reached && passage.time(self.step - 1).is_some(),
            }
    }

    /// Keeps no more rows than a page can show: those that enter as early as the last of them, and the ties.
    fn prune(&self, rows: &mut Vec<Row>) {
        let start = self.start();
        let mut entries: Vec<i64> = rows.iter().map(|row| row.passage.entered()).filter(|&at| at > start).collect();
        if entries.len() > self.limit {
            let (_, &mut last, _) = entries.select_nth_unstable(self.limit);
            rows.retain(|row| row.passage.entered() <= last);
        }
    }

    fn start(&self) -> i64 {
        self.after.as_ref().map_or(i64::MIN, |cursor| cursor.entered)
    }
}

impl Question for PeoplePlan {
    type Tally = PeopleTally;
    type Answer = FunnelPeopleAnswer;

    fn needs(&self) -> &Needs {
        self.funnel.needs()
    }

    fn begin(&self) -> PeopleTally {
        PeopleTally::default()
    }

    fn actor(&self, tally: &mut PeopleTally, person: u32, moments: &Moments<'_>) {
        let PeopleTally { total, rows, patience, scratch } = tally;
        let mut ordinal = 0;
        self.funnel.walk(scratch, moments, |passage| {
            ordinal += 1;
            if !self.lists(passage) {
                return;
            }
            *total += 1;
            if passage.entered() >= self.start() {
                rows.push(Row { person, ordinal, passage: *passage });
            }
        });
        if rows.len() > *patience {
            self.prune(rows);
            *patience = 2 * rows.len() + 4 * self.limit;
        }
    }

    fn merge(&self, into: &mut PeopleTally, other: PeopleTally) {
        into.total += other.total;
        into.rows.extend(other.rows);
    }

    fn finish(&self, mut tally: PeopleTally, names: &dyn Names) -> FunnelPeopleAnswer {
        self.prune(&mut tally.rows);
        let mut listed: Vec<(Cursor, Passage)> = tally
            .rows
            .iter()
            .map(|row| {
                let person = names.person(row.person);
                (Cursor { entered: row.passage.entered(), person, ordinal: row.ordinal }, row.passage)
            })
            .filter(|(cursor, _)| self.after.as_ref().is_none_or(|after| cursor > after))
            .collect();
        listed.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let more = listed.len() > self.limit;
        listed.truncate(self.limit);
        let next = listed.last().filter(|_| more).map(|(cursor, _)| cursor.text());
        let steps = self.funnel.steps.len();
        let people = listed
            .into_iter()
            .map(|(cursor, passage)| FunnelPerson {
                person: cursor.person,
                entered_at: instant(cursor.entered),
                steps: (0..steps).map(|step| passage.time(step).map(instant)).collect(),
            })
            .collect();
        FunnelPeopleAnswer { people, total: tally.total, next }
    }
}
