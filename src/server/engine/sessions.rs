//! Sessions (rules S1 to S5): how an actor's events fall into visits, and what the visits were like.

use super::breakdown::ranked;
use super::calendar::{DAY, HOUR, Span};
use super::hashing::NumberMap;
use super::statistics::quantile;
use super::{Moments, Names, Needs, Predicate, Question, field};
use parallax_domain::Problem;
use parallax_domain::question::{Frame, SessionRow, Sessions, SessionsAnswer};

/// A longer gap starts a new session; exactly so long a one does not.
const PAUSE: i64 = HOUR / 2;
/// A session does not go on longer than this after its start.
pub const LONGEST: i64 = DAY;
/// How far before a range has to be read to know the sessions at its start: whoever paused once in that time is exact.
pub const LOOKBACK: i64 = 2 * DAY;

/// Splits an actor's events into sessions. Keeps its buffers.
#[derive(Default)]
pub struct Splitter {
    running: NumberMap<u32, Running>,
}

#[derive(Clone, Copy)]
struct Running {
    started: i64,
    last: i64,
    ordinal: u32,
}

impl Splitter {
    /// Writes for each event the ordinal of its session, numbered by their starts.
    ///
    /// Events with the client's session id belong together, events without any (0, or an empty column) too; each such
    /// group is split at pauses of more than 30 minutes and 24 hours after a session's start (rule S1).
    pub fn split(&mut self, at: &[i64], client: &[u32], ordinals: &mut Vec<u32>) {
        self.running.clear();
        ordinals.clear();
        let mut sessions = 0;
        // Most people use one client at a time: the map is asked only when another takes turns.
        let mut current: Option<(u32, Running)> = None;
        for (event, &at) in at.iter().enumerate() {
            let id = client.get(event).copied().unwrap_or(0);
            let running = match current {
                Some((same, running)) if same == id => Some(running),
                Some((other, running)) => {
                    self.running.insert(other, running);
                    self.running.get(&id).copied()
                }
                None => None,
            };
            let goes_on = running.filter(|run| at - run.last <= PAUSE && at - run.started <= LONGEST);
            let session = goes_on.unwrap_or_else(|| {
                sessions += 1;
                Running { started: at, last: at, ordinal: sessions - 1 }
            });
            current = Some((id, Running { last: at, ..session }));
            ordinals.push(session.ordinal);
        }
    }
}

/// The question of sessions, ready to be asked.
#[derive(Clone, Debug)]
pub struct Plan {
    span: Span,
    page_view: u64,
    by: Option<usize>,
    needs: Needs,
}

#[derive(Default)]
pub struct Tally {
    /// One row per session, those of an actor beside each other.
    visits: Vec<Visit>,
    splitter: Splitter,
    ordinals: Vec<u32>,
}

#[derive(Clone, Copy)]
struct Visit {
    person: u32,
    value: u32,
    pages: u32,
    started: i64,
    last: i64,
}

/// Rule S2 and P7: page views of every source are stored under this name.
pub(super) fn page_view() -> Predicate {
    Predicate::event("page_view")
}

impl Plan {
    pub fn new(sessions: &Sessions, frame: &Frame) -> Result<Plan, Problem> {
        let span = Span::new(frame.period())?;
        let mut needs = Needs::of(frame);
        needs.predicate(Predicate::any());
        let page_view = needs.predicate(page_view());
        let by = match &sessions.by {
            None => None,
            Some(name) => Some(needs.field(field(name, "by")?)),
        };
        needs.sessions = true;
        needs.reach.from = Some(span.from - LOOKBACK);
        needs.reach.to = Some(span.to + LONGEST);
        Ok(Plan { span, page_view, by, needs })
    }

    fn row(&self, visits: &[Visit], value: Option<String>) -> SessionRow {
        let mut lengths: Vec<f64> = visits.iter().map(|visit| (visit.last - visit.started) as f64 / 1000.0).collect();
        let mut people: Vec<u32> = visits.iter().map(|visit| visit.person).collect();
        people.sort_unstable();
        people.dedup();
        let with_pages = visits.iter().filter(|visit| visit.pages > 0).count();
        let bounced = visits.iter().filter(|visit| visit.pages == 1).count();
        let pages: f64 = visits.iter().map(|visit| f64::from(visit.pages)).sum();
        SessionRow {
            value,
            sessions: visits.len() as i64,
            people: people.len() as i64,
            median_seconds: quantile(&mut lengths, 0.5),
            bounce_rate: (with_pages > 0).then(|| bounced as f64 / with_pages as f64),
            pages_per_session: (!visits.is_empty()).then(|| pages / visits.len() as f64),
        }
    }
}

impl Question for Plan {
    type Tally = Tally;
    type Answer = SessionsAnswer;

    fn needs(&self) -> &Needs {
        &self.needs
    }

    fn begin(&self) -> Tally {
        Tally::default()
    }

    fn actor(&self, tally: &mut Tally, person: u32, moments: &Moments<'_>) {
        let Tally { visits, splitter, ordinals } = tally;
        splitter.split(moments.at, moments.session, ordinals);
        let first = visits.len();
        let width = self.needs.fields.len();
        for (event, (&at, &ordinal)) in moments.at.iter().zip(ordinals.iter()).enumerate() {
            let place = first + ordinal as usize;
            if place == visits.len() {
                visits.push(Visit { person, value: 0, pages: 0, started: at, last: at });
            }
            let visit = &mut visits[place];
            visit.last = at;
            visit.pages += u32::from(moments.matches[event] & self.page_view != 0);
            if let Some(by) = self.by
                && visit.value == 0
            {
                visit.value = moments.values[event * width + by];
            }
        }
        // A session belongs where it starts, and then counts whole (rule S3).
        let mut kept = first;
        for place in first..visits.len() {
            if self.span.contains(visits[place].started) {
                visits[kept] = visits[place];
                kept += 1;
            }
        }
        visits.truncate(kept);
    }

    fn merge(&self, into: &mut Tally, other: Tally) {
        into.visits.extend(other.visits);
    }

    fn finish(&self, mut tally: Tally, names: &dyn Names) -> SessionsAnswer {
        let Some(by) = self.by else {
            return SessionsAnswer { rows: vec![self.row(&tally.visits, None)] };
        };
        tally.visits.sort_by_key(|visit| visit.value);
        let mut of_value: NumberMap<u32, &[Visit]> = NumberMap::default();
        of_value.extend(tally.visits.chunk_by(|a, b| a.value == b.value).map(|visits| (visits[0].value, visits)));
        let sizes = of_value.iter().map(|(value, visits)| (*value, visits.len() as f64)).collect();
        let rows = ranked(sizes, |id| names.value(by, id)).into_iter().map(|(group, ids)| {
            let visits: Vec<Visit> =
                ids.iter().filter_map(|id| of_value.get(id)).flat_map(|v| v.iter().copied()).collect();
            self.row(&visits, group.value())
        });
        SessionsAnswer { rows: rows.collect() }
    }
}
