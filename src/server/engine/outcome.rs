//! What became of people: of those who met an error, who came back; and whether those who met one did less often what
//! everybody was there for. Counts of people only; the comparison of groups is an association, not a cause.

use super::calendar::{Span, millis};
use super::{Moments, Names, Needs, Predicate, Question, Reach};
use parallax_domain::question::Frame;
use parallax_domain::{Category, Filter, Instant, Problem};
use std::collections::{BTreeMap, HashMap};

/// A visit ends with so long a pause (rule S1): who acts later than that has come back.
const PAUSE: i64 = 30 * 60 * 1000;

/// After their moment, did these people come back, and did they pay?
#[derive(Clone, Debug)]
pub struct Aftermath {
    moments: HashMap<u32, i64>,
    usage: u64,
    now: i64,
    needs: Needs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Became {
    /// An event with money after the moment.
    Paid,
    /// Acted again after a pause.
    Back,
    /// The moment is not half an hour ago.
    TooEarly,
    NotBack,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AftermathAnswer {
    /// By person's number, in ascending order.
    pub people: Vec<(u32, Became)>,
}

impl AftermathAnswer {
    pub fn count(&self, became: Became) -> usize {
        self.people.iter().filter(|(_, what)| *what == became).count()
    }
}

impl Aftermath {
    /// `moments`: by person's number, Unix milliseconds.
    pub fn new(moments: HashMap<u32, i64>, now: Instant) -> Aftermath {
        let mut needs = Needs { revenue: true, ..Needs::default() };
        let usage = Filter::is("category", Category::Usage.word());
        let usage = needs.predicate(Predicate { event: None, filters: vec![usage] });
        needs.reach = Reach { from: Some(moments.values().copied().min().unwrap_or(0)), to: Some(millis(now)) };
        Aftermath { moments, usage, now: millis(now), needs }
    }
}

impl Question for Aftermath {
    type Tally = Vec<(u32, Became)>;
    type Answer = AftermathAnswer;

    fn needs(&self) -> &Needs {
        &self.needs
    }

    fn begin(&self) -> Self::Tally {
        Vec::new()
    }

    fn actor(&self, tally: &mut Self::Tally, person: u32, moments: &Moments<'_>) {
        let Some(&moment) = self.moments.get(&person) else { return };
        let after = || {
            (0..moments.len()).filter(|event| moments.matches[*event] & self.usage != 0 && moments.at[*event] > moment)
        };
        let became = if after().any(|event| moments.amount[event] > 0.0) {
            Became::Paid
        } else if after().any(|event| moments.at[event] - moment > PAUSE) {
            Became::Back
        } else {
            return;
        };
        tally.push((person, became));
    }

    fn merge(&self, into: &mut Self::Tally, other: Self::Tally) {
        into.extend(other);
    }

    fn finish(&self, tally: Self::Tally, _names: &dyn Names) -> AftermathAnswer {
        let known: HashMap<u32, Became> = tally.into_iter().collect();
        let early = |moment: i64| if self.now - moment <= PAUSE { Became::TooEarly } else { Became::NotBack };
        let of =
            |(person, moment): (&u32, &i64)| (*person, known.get(person).copied().unwrap_or_else(|| early(*moment)));
        let mut people: Vec<(u32, Became)> = self.moments.iter().map(of).collect();
        people.sort_unstable();
        AftermathAnswer { people }
    }
}

/// Among those who began, how many reached the goal: with an error before it, and without.
#[derive(Clone, Debug)]
pub struct Exposure {
    /// First error of each person in the period.
    exposed: HashMap<u32, i64>,
    start: u64,
    goal: u64,
    span: Span,
    needs: Needs,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExposureAnswer {
    /// Reached the goal, and all, of those who met an error before it.
    pub exposed: (u64, u64),
    pub others: (u64, u64),
    /// Goals with money, and their sum, by currency.
    pub money: BTreeMap<String, (u64, f64)>,
}

#[derive(Clone, Debug, Default)]
pub struct ExposureTally {
    exposed: (u64, u64),
    others: (u64, u64),
    money: HashMap<u32, (u64, f64)>,
}

impl Exposure {
    pub fn new(exposed: HashMap<u32, i64>, start: &str, goal: &str, frame: &Frame) -> Result<Exposure, Problem> {
        let span = Span::new(frame.period())?;
        let mut needs = Needs { filters: frame.filters.clone(), revenue: true, ..Needs::default() };
        let start = needs.predicate(Predicate::event(start));
        let goal = needs.predicate(Predicate::event(goal));
        needs.reach = Reach { from: Some(span.from), to: Some(span.to) };
        Ok(Exposure { exposed, start, goal, span, needs })
    }
}

impl Question for Exposure {
    type Tally = ExposureTally;
    type Answer = ExposureAnswer;

    fn needs(&self) -> &Needs {
        &self.needs
    }

    fn begin(&self) -> ExposureTally {
        ExposureTally::default()
    }

    fn actor(&self, tally: &mut ExposureTally, person: u32, moments: &Moments<'_>) {
        let inside = |event: &usize| self.span.contains(moments.at[*event]);
        let Some(began) = (0..moments.len()).filter(inside).find(|event| moments.matches[*event] & self.start != 0)
        else {
            return;
        };
        let goals = || (began..moments.len()).filter(inside).filter(|event| moments.matches[*event] & self.goal != 0);
        let reached = goals().next();
        for event in goals().filter(|event| moments.amount[*event] > 0.0) {
            let sum = tally.money.entry(moments.currency[event]).or_default();
            *sum = (sum.0 + 1, sum.1 + moments.amount[event]);
        }
        // An error after the goal cannot have kept anybody from it.
        let met = self.exposed.get(&person).is_some_and(|at| reached.is_none_or(|event| *at < moments.at[event]));
        let group = if met { &mut tally.exposed } else { &mut tally.others };
        group.0 += u64::from(reached.is_some());
        group.1 += 1;
    }

    fn merge(&self, into: &mut ExposureTally, other: ExposureTally) {
        into.exposed = (into.exposed.0 + other.exposed.0, into.exposed.1 + other.exposed.1);
        into.others = (into.others.0 + other.others.0, into.others.1 + other.others.1);
        for (currency, (count, amount)) in other.money {
            let sum = into.money.entry(currency).or_default();
            *sum = (sum.0 + count, sum.1 + amount);
        }
    }

    fn finish(&self, tally: ExposureTally, names: &dyn Names) -> ExposureAnswer {
        let named = |(currency, sum)| (names.currency(currency), sum);
        ExposureAnswer {
            exposed: tally.exposed,
            others: tally.others,
            money: tally.money.into_iter().map(named).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, TimeDelta};

    struct Euros;

    impl Names for Euros {
        fn value(&self, _field: usize, _id: u32) -> String {
            String::new()
        }

        fn currency(&self, _id: u32) -> String {
            "EUR".to_owned()
        }

        fn person(&self, number: u32) -> String {
            number.to_string()
        }
    }

    const MINUTE: i64 = 60_000;

    /// When, which event, with which value.
    type Moment = (i64, u64, f64);

    fn shown<Q: Question>(question: &Q, people: &[(u32, &[Moment])]) -> Q::Answer {
        let mut tally = question.begin();
        for (person, events) in people {
            let at: Vec<i64> = events.iter().map(|event| event.0 * MINUTE).collect();
            let matches: Vec<u64> = events.iter().map(|event| event.1).collect();
            let amount: Vec<f64> = events.iter().map(|event| event.2).collect();
            let currency = vec![1; events.len()];
            let moments =
                Moments { at: &at, matches: &matches, amount: &amount, currency: &currency, ..Moments::default() };
            question.actor(&mut tally, *person, &moments);
        }
        question.finish(tally, &Euros)
    }

    const NONE: f64 = f64::NAN;

    #[test]
    fn who_met_an_error_paid_came_back_or_is_gone() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::minutes(200);
        let moments = [1, 2, 3, 4].map(|person| (person, 10 * MINUTE)).into_iter().chain([(5, 190 * MINUTE)]).collect();
        let answer = shown(
            &Aftermath::new(moments, now),
            &[
                (1, &[(11, 1, NONE), (12, 1, 49.0)]),
                (2, &[(11, 1, NONE), (60, 1, NONE)]),
                // Goes on clicking in the same visit: that is not coming back.
                (3, &[(5, 1, 20.0), (39, 1, NONE)]),
                (9, &[(60, 1, NONE)]),
            ],
        );
        let expected =
            [(1, Became::Paid), (2, Became::Back), (3, Became::NotBack), (4, Became::NotBack), (5, Became::TooEarly)];
        assert_eq!(answer.people, expected);
        assert_eq!(answer.count(Became::NotBack), 2);
    }

    #[test]
    fn an_error_counts_only_before_the_goal() {
        let frame = Frame {
            from: DateTime::UNIX_EPOCH,
            to: DateTime::UNIX_EPOCH + TimeDelta::minutes(100),
            zone: "UTC".into(),
            filters: Vec::new(),
            compare: None,
        };
        let exposed = HashMap::from([(1, 5 * MINUTE), (2, 30 * MINUTE), (3, 5 * MINUTE)]);
        let question = Exposure::new(exposed, "start", "goal", &frame).unwrap();
        let answer = shown(
            &question,
            &[
                (1, &[(1, 1, NONE), (10, 2, 40.0)]),
                (2, &[(1, 1, NONE), (20, 2, 60.0)]),
                (3, &[(1, 1, NONE)]),
                (4, &[(1, 1, NONE), (2, 2, NONE)]),
                // Never began: no entrant of either group.
                (5, &[(2, 2, 10.0)]),
                (6, &[(120, 1, NONE)]),
            ],
        );
        assert_eq!(answer.exposed, (1, 2));
        assert_eq!(answer.others, (2, 2));
        assert_eq!(answer.money.get("EUR"), Some(&(2, 100.0)));
    }
}
