//! What a question needs to be shown, and the shape in which it is shown one actor's events.

use chrono_tz::Tz;
use parallax_domain::question::Frame;
use parallax_domain::{Filter, Problem, filter};

/// One actor's events, ordered by (time, ingest sequence): columns of equal length, rows of `values` and `numbers`
/// one after the other.
///
/// Every event has passed the filters of the question's frame ([`Needs::filters`]) before anything else was derived
/// from it. Events on which no predicate holds may be left out; events outside [`Needs::reach`] may be present and do
/// no harm.
#[derive(Clone, Copy, Debug, Default)]
pub struct Moments<'a> {
    /// Unix milliseconds, not descending.
    pub at: &'a [i64],
    /// Bit k: the event satisfies predicate k of [`Needs::predicates`].
    pub matches: &'a [u64],
    /// `needs.fields.len()` ids a row: the event's values of those fields, 0 = missing. Within one field equal values
    /// have equal ids, in all tallies that are merged.
    pub values: &'a [u32],
    /// `needs.numbers.len()` numbers a row, NaN = missing or no number.
    pub numbers: &'a [f64],
    /// The client's own session id, 0 = none. Read only if [`Needs::sessions`].
    pub session: &'a [u32],
    /// Amount of money (NaN = none) and the id of its currency. Read only if [`Needs::revenue`].
    pub amount: &'a [f64],
    pub currency: &'a [u32],
    /// 100 ÷ sample rate (rule P8). Empty: every event counts once. Read only if [`Needs::weights`].
    pub weight: &'a [f64],
}

impl Moments<'_> {
    pub fn len(&self) -> usize {
        self.at.len()
    }

    pub fn is_empty(&self) -> bool {
        self.at.is_empty()
    }

    pub(super) fn weight_of(&self, event: usize) -> f64 {
        self.weight.get(event).copied().unwrap_or(1.0)
    }
}

/// An event name (none = any) with conditions; all have to hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Predicate {
    pub event: Option<String>,
    pub filters: Vec<Filter>,
}

impl Predicate {
    pub fn any() -> Predicate {
        Predicate::default()
    }

    pub fn event(name: &str) -> Predicate {
        Predicate { event: Some(name.to_owned()), filters: Vec::new() }
    }

    pub fn maybe(name: Option<&str>) -> Predicate {
        Predicate { event: name.map(str::to_owned), filters: Vec::new() }
    }
}

/// The stretch of time that has to be read, Unix milliseconds, `from` inclusive, `to` exclusive; none = all there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    pub from: Option<i64>,
    pub to: Option<i64>,
}

/// Said by a question to which it makes no difference when on a day something happened, and how often: any one event
/// stands for all of its predicate on a local day of the zone, with the start of the day as its time. Not so on days
/// with one of the cuts inside (Unix milliseconds); of those the events themselves are shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Days {
    pub zone: Tz,
    pub cuts: Vec<i64>,
}

/// What has to be read to answer a question.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Needs {
    /// Of the frame: an event that fails one of them does not exist for the question (rule Q4).
    pub filters: Vec<Filter>,
    /// At most 64: bit k of [`Moments::matches`].
    pub predicates: Vec<Predicate>,
    /// In the spelling of the contract: `country`, `properties.plan`.
    pub fields: Vec<String>,
    /// Fields read as numbers.
    pub numbers: Vec<String>,
    pub revenue: bool,
    pub sessions: bool,
    pub weights: bool,
    pub reach: Reach,
    /// None: every event counts.
    pub days: Option<Days>,
}

impl Needs {
    pub(super) fn of(frame: &Frame) -> Needs {
        Needs { filters: frame.filters.clone(), ..Needs::default() }
    }

    /// The bit under which events are marked that satisfy this predicate.
    pub(super) fn predicate(&mut self, predicate: Predicate) -> u64 {
        1 << position(&mut self.predicates, predicate)
    }

    pub(super) fn field(&mut self, name: String) -> usize {
        position(&mut self.fields, name)
    }

    pub(super) fn number(&mut self, name: String) -> usize {
        position(&mut self.numbers, name)
    }
}

fn position<T: PartialEq>(list: &mut Vec<T>, wanted: T) -> usize {
    list.iter().position(|known| *known == wanted).unwrap_or_else(|| {
        list.push(wanted);
        list.len() - 1
    })
}

/// A field of the contract: one of its names, or `properties.<name>`. `member` names the asking part of the request.
pub fn field(name: &str, member: &str) -> Result<String, Problem> {
    if filter::FIELDS.contains(&name) || is_property(name) {
        return Ok(name.to_owned());
    }
    Err(Problem::invalid(member, format!("There is no field {name:?}. A property is written properties.<name>.")))
}

/// A property by its bare name, or any field (rule Q1).
pub fn property(name: &str, member: &str) -> Result<String, Problem> {
    if name.is_empty() {
        return Err(Problem::invalid(member, "A property has a name."));
    }
    let known = filter::FIELDS.contains(&name) || is_property(name);
    Ok(if known { name.to_owned() } else { format!("properties.{name}") })
}

fn is_property(name: &str) -> bool {
    name.strip_prefix("properties.").is_some_and(|rest| !rest.is_empty())
}

/// Turns the numbers of [`Moments`] back into words. Asked only when an answer is finished, and only for what it shows.
pub trait Names {
    /// `field` is the place in [`Needs::fields`].
    fn value(&self, field: usize, id: u32) -> String;
    fn currency(&self, id: u32) -> String;
    /// Opaque, stable, different for different people.
    fn person(&self, number: u32) -> String;
}

/// A question that is ready to be asked of one actor after another.
pub trait Question: Sync {
    type Tally: Send;
    type Answer;

    fn needs(&self) -> &Needs;

    /// Whether events of nobody count, shown as those of the person 0.
    fn counts_nobody(&self) -> bool {
        false
    }

    fn begin(&self) -> Self::Tally;

    /// Every actor is shown once, to one tally, with all events that the needs ask for.
    fn actor(&self, tally: &mut Self::Tally, person: u32, moments: &Moments<'_>);

    /// Both tallies have seen different actors.
    fn merge(&self, into: &mut Self::Tally, other: Self::Tally);

    fn finish(&self, tally: Self::Tally, names: &dyn Names) -> Self::Answer;
}
