//! What came of a plan.

use super::plan::{Expected, Plan, Severity};
use crate::privacy::catalogue::{Entry, Item, State};
use crate::store::question::seen::{Seen, SeenLately};
use parallax_domain::Signal;
use std::collections::BTreeSet;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    Seen,
    Missing,
    Undeclared,
    Personal,
}

impl Finding {
    pub fn word(self) -> &'static str {
        match self {
            Finding::Seen => "seen",
            Finding::Missing => "missing",
            Finding::Undeclared => "undeclared",
            Finding::Personal => "carries personal data",
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// `event`, `metric`, `span` or `log`.
    pub kind: &'static str,
    pub name: String,
    pub finding: Finding,
    /// None: all is well.
    pub severity: Option<Severity>,
    pub text: String,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    pub checks: Vec<Check>,
}

impl Report {
    /// Compares; `entries` is the catalogue, whose declared names and fields are no surprise.
    pub fn of(plan: &Plan, seen: &SeenLately, entries: &[Entry]) -> Report {
        let mut report = Report::default();
        let declared = |signal: Signal, item: Item, name: &str| {
            let is = |entry: &&Entry| {
                (entry.signal, entry.item, entry.state) == (signal, item, State::Declared) && entry.name == name
            };
            entries.iter().any(|entry| is(&entry))
        };
        for expected in &plan.events {
            report.expect(plan, "event", expected, &expected.name, seen.events.get(&expected.name));
            if let (Some(wanted), Some(arrived)) = (&expected.properties, seen.properties.get(&expected.name)) {
                report.properties(plan, &expected.name, wanted, arrived, &|name| {
                    declared(Signal::Event, Item::Field, name)
                });
            }
        }
        for expected in &plan.metrics {
            report.expect(plan, "metric", expected, &expected.name, seen.metrics.get(&expected.name));
        }
        for expected in &plan.spans {
            let of = |(service, operation): &(String, String)| {
                *operation == expected.name && expected.service.as_ref().is_none_or(|wanted| wanted == service)
            };
            let found = seen.spans.iter().filter(|(place, _)| of(place)).map(|(_, seen)| seen.clone()).reduce(together);
            let name = match &expected.service {
                Some(service) => format!("{service} {}", expected.name),
                None => expected.name.clone(),
            };
            report.expect(plan, "span", expected, &name, found.as_ref());
        }
        for expected in &plan.logs {
            report.expect(plan, "log", expected, &expected.name, seen.logs.get(&expected.name));
        }
        report.surprises(plan, seen, &declared);
        report
    }

    fn expect(&mut self, plan: &Plan, kind: &'static str, expected: &Expected, name: &str, seen: Option<&Seen>) {
        let (finding, severity, text) = match seen {
            None if expected.optional => (Finding::Missing, None, "did not arrive, which it may".to_owned()),
            None => (Finding::Missing, Some(Severity::Fail), "did not arrive".to_owned()),
            Some(seen) => (Finding::Seen, None, format!("{} records", seen.records)),
        };
        self.checks.push(Check { kind, name: name.to_owned(), finding, severity, text });
        if let Some(seen) = seen {
            self.personal(plan, kind, name, seen);
        }
    }

    fn personal(&mut self, plan: &Plan, kind: &'static str, name: &str, seen: &Seen) {
        if seen.personal == 0 || plan.personal == Severity::Ignore {
            return;
        }
        let fields = if seen.masked.is_empty() { String::new() } else { format!(" in {}", seen.masked.join(", ")) };
        let text = format!("{} of {} records had to be masked{fields}", seen.personal, seen.records);
        let severity = Some(plan.personal);
        self.checks.push(Check { kind, name: name.to_owned(), finding: Finding::Personal, severity, text });
    }

    fn properties(
        &mut self,
        plan: &Plan,
        event: &str,
        wanted: &[String],
        arrived: &[String],
        declared: &dyn Fn(&str) -> bool,
    ) {
        let mut push = |name: &str, finding, severity, text: &str| {
            let name = format!("{event}: {name}");
            self.checks.push(Check { kind: "event", name, finding, severity: Some(severity), text: text.to_owned() });
        };
        for name in wanted.iter().filter(|name| !arrived.contains(name)) {
            push(name, Finding::Missing, Severity::Fail, "the property did not arrive");
        }
        for name in arrived.iter().filter(|name| !wanted.contains(name) && !declared(name)) {
            if plan.undeclared != Severity::Ignore {
                push(name, Finding::Undeclared, plan.undeclared, "the property is neither in the plan nor declared");
            }
        }
    }

    /// What arrived and nobody expected.
    fn surprises(&mut self, plan: &Plan, seen: &SeenLately, declared: &dyn Fn(Signal, Item, &str) -> bool) {
        let planned = |expected: &[Expected]| expected.iter().map(|one| one.name.clone()).collect::<BTreeSet<_>>();
        let kinds = [
            ("event", Signal::Event, planned(&plan.events), &seen.events),
            ("metric", Signal::Metric, planned(&plan.metrics), &seen.metrics),
        ];
        for (kind, signal, planned, arrived) in kinds {
            // Whoever plans no metrics says nothing about metrics.
            if planned.is_empty() {
                continue;
            }
            for (name, found) in arrived.iter().filter(|(name, _)| !planned.contains(*name)) {
                if plan.undeclared != Severity::Ignore && !declared(signal, Item::Name, name) {
                    self.checks.push(Check {
                        kind,
                        name: name.clone(),
                        finding: Finding::Undeclared,
                        severity: Some(plan.undeclared),
                        text: format!("{} records, neither in the plan nor declared", found.records),
                    });
                }
                self.personal(plan, kind, name, found);
            }
        }
    }

    pub fn failures(&self) -> usize {
        self.checks.iter().filter(|check| check.severity == Some(Severity::Fail)).count()
    }

    /// One line per check, for people.
    pub fn lines(&self) -> Vec<String> {
        let mark = |check: &Check| match check.severity {
            Some(Severity::Fail) => "FAIL",
            Some(Severity::Warn) => "warn",
            _ => "ok",
        };
        self.checks
            .iter()
            .map(|check| {
                format!("{:4} {} {} {}: {}", mark(check), check.kind, check.name, check.finding.word(), check.text)
            })
            .collect()
    }
}

fn together(a: Seen, b: Seen) -> Seen {
    let mut masked = a.masked;
    masked.extend(b.masked);
    Seen { records: a.records + b.records, personal: a.personal + b.personal, masked }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::catalogue::Key;

    fn seen() -> SeenLately {
        let some = |records, personal, masked: &[&str]| Seen {
            records,
            personal,
            masked: masked.iter().map(|name| (*name).to_owned()).collect(),
        };
        SeenLately {
            events: [
                ("bought".to_owned(), some(5, 0, &[])),
                ("invited".to_owned(), some(4, 3, &["note"])),
                ("surprise".to_owned(), some(1, 0, &[])),
                ("declared".to_owned(), some(1, 0, &[])),
            ]
            .into(),
            properties: [("bought".to_owned(), vec!["items".to_owned(), "mood".to_owned(), "plan".to_owned()])].into(),
            spans: [
                (("cart".to_owned(), "GET /cart".to_owned()), some(2, 0, &[])),
                (("edge".to_owned(), "GET /cart".to_owned()), some(3, 0, &[])),
            ]
            .into(),
            logs: Default::default(),
            metrics: [("unplanned".to_owned(), some(9, 0, &[]))].into(),
        }
    }

    fn catalogue() -> Vec<Entry> {
        let name = |name: &str| Key { signal: Signal::Event, item: Item::Name, name: name.to_owned() };
        vec![
            Entry::new(name("declared"), State::Declared),
            Entry::new(name("surprise"), State::Proposed),
            Entry::new(Key::field(Signal::Event, "mood"), State::Declared),
        ]
    }

    fn told(plan: &str) -> Vec<(String, Finding, Option<Severity>)> {
        let report = Report::of(&Plan::read(plan).unwrap(), &seen(), &catalogue());
        report.checks.into_iter().map(|check| (check.name, check.finding, check.severity)).collect()
    }

    #[test]
    fn what_was_expected_is_seen_or_missing_and_what_was_not_is_told() {
        let plan = "[[event]]\nname = \"bought\"\nproperties = [\"items\", \"coupon\"]\n[[event]]\nname = \"invited\"\n\
                    [[event]]\nname = \"left\"\n[[event]]\nname = \"rare\"\noptional = true\n[[log]]\nname = \"payment\"";
        let fail = Some(Severity::Fail);
        let expected = [
            ("bought", Finding::Seen, None),
            ("bought: coupon", Finding::Missing, fail),
            ("bought: plan", Finding::Undeclared, fail),
            ("invited", Finding::Seen, None),
            ("invited", Finding::Personal, fail),
            ("left", Finding::Missing, fail),
            ("rare", Finding::Missing, None),
            ("payment", Finding::Missing, fail),
            ("surprise", Finding::Undeclared, fail),
        ];
        let expected: Vec<_> =
            expected.into_iter().map(|(name, what, weight)| (name.to_owned(), what, weight)).collect();
        assert_eq!(told(plan), expected);
    }

    #[test]
    fn a_plan_says_how_much_surprises_weigh() {
        let plan = |how: &str| format!("undeclared = \"{how}\"\npersonal = \"{how}\"\n[[event]]\nname = \"bought\"");
        let warned = told(&plan("warn"));
        assert!(warned.iter().all(|(_, _, severity)| *severity != Some(Severity::Fail)));
        assert_eq!(warned.iter().filter(|(_, _, severity)| *severity == Some(Severity::Warn)).count(), 3);
        assert_eq!(told(&plan("ignore")).len(), 1);
    }

    #[test]
    fn a_span_is_expected_of_one_service_or_of_any() {
        let records = |plan: &str| {
            let report = Report::of(&Plan::read(plan).unwrap(), &seen(), &[]);
            report.checks[0].text.clone()
        };
        assert_eq!(records("[[span]]\nname = \"GET /cart\""), "5 records");
        assert_eq!(records("[[span]]\nname = \"GET /cart\"\nservice = \"edge\""), "3 records");
        assert_eq!(records("[[span]]\nname = \"GET /cart\"\nservice = \"db\""), "did not arrive");
    }

    #[test]
    fn junit_counts_failures_and_escapes_names() {
        let plan = "[[event]]\nname = \"a<b\"\n[[event]]\nname = \"bought\"";
        let xml = Report::of(&Plan::read(plan).unwrap(), &seen(), &catalogue()).junit();
        assert!(xml.starts_with("<?xml"));
        assert!(xml.contains("failures=\"4\"") && xml.contains("name=\"a&lt;b seen or missing\""), "{xml}");
        assert!(xml.contains("<failure message=\"did not arrive\"/>"), "{xml}");
    }
}
