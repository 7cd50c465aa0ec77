//! The plan: a TOML file in the team's own repository.

use chrono::Duration;
use parallax_domain::Problem;
use serde::Deserialize;

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    #[default]
    Fail,
    Warn,
    Ignore,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    pub project: Option<String>,
    /// Seen, and neither in the plan nor declared in the catalogue.
    #[serde(default)]
    pub undeclared: Severity,
    /// Carried something that had to be masked.
    #[serde(default)]
    pub personal: Severity,
    #[serde(default, rename = "event")]
    pub events: Vec<Expected>,
    #[serde(default, rename = "metric")]
    pub metrics: Vec<Expected>,
    #[serde(default, rename = "span")]
    pub spans: Vec<Expected>,
    /// Named by their service.
    #[serde(default, rename = "log")]
    pub logs: Vec<Expected>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// Of an event or metric, the operation of a span, the service of log lines.
    pub name: String,
    /// Of spans only.
    pub service: Option<String>,
    /// Not missed when it does not arrive.
    #[serde(default)]
    pub optional: bool,
    /// Properties of an event. Where they are listed, each must arrive, and no other may.
    pub properties: Option<Vec<String>>,
}

impl Plan {
    /// # Errors
    /// What cannot be read, with its line; members that belong elsewhere.
    pub fn read(text: &str) -> Result<Plan, Problem> {
        let plan: Plan =
            toml::from_str(text).map_err(|error| Problem::malformed(format!("The plan cannot be read: {error}")))?;
        let only_events = [(&plan.metrics, "metric"), (&plan.spans, "span"), (&plan.logs, "log")];
        for (expected, table) in only_events {
            if expected.iter().any(|one| one.properties.is_some()) {
                return Err(Problem::invalid(&format!("{table}.properties"), "Only events have properties."));
            }
        }
        for (expected, table) in [(&plan.events, "event"), (&plan.metrics, "metric"), (&plan.logs, "log")] {
            if expected.iter().any(|one| one.service.is_some()) {
                return Err(Problem::invalid(&format!("{table}.service"), "Only spans are told apart by service."));
            }
        }
        if [&plan.events, &plan.metrics, &plan.spans, &plan.logs].iter().all(|expected| expected.is_empty()) {
            return Err(Problem::malformed("The plan expects nothing: add an [[event]] with a name."));
        }
        Ok(plan)
    }
}

/// `90s`, `10m`, `2h`, `1d`.
///
/// # Errors
/// Anything else, and more than 30 days.
pub fn span(text: &str) -> Result<Duration, Problem> {
    let wrong = || Problem::invalid("since", "must be a number with s, m, h or d, such as 10m, and at most 30 days");
    let unit = text.chars().last().ok_or_else(wrong)?;
    let number: i64 = text[..text.len() - unit.len_utf8()].parse().map_err(|_| wrong())?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return Err(wrong()),
    };
    match number.checked_mul(seconds) {
        Some(seconds @ 1..=2_592_000) => Ok(Duration::seconds(seconds)),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_of_time_are_read() {
        assert_eq!(span("90s").unwrap(), Duration::seconds(90));
        assert_eq!(span("10m").unwrap(), Duration::minutes(10));
        assert_eq!(span("2h").unwrap(), Duration::hours(2));
        assert_eq!(span("30d").unwrap(), Duration::days(30));
        for wrong in ["", "m", "10", "0m", "-1m", "31d", "1y", "1.5h", "9999999999999999d", "1é"] {
            assert_eq!(span(wrong).unwrap_err().field.as_deref(), Some("since"), "{wrong}");
        }
    }

    #[test]
    fn what_is_wrong_in_a_plan_is_named() {
        assert!(Plan::read("[[event]]\nname = \"x\"").is_ok());
        let said = Plan::read("[[event]]\nnam = \"x\"").unwrap_err().detail;
        assert!(said.contains("line 2") && said.contains("nam"), "{said}");
        assert!(Plan::read("project = \"Shop\"").unwrap_err().detail.contains("expects nothing"));
        let field = |text: &str| Plan::read(text).unwrap_err().field;
        assert_eq!(field("[[metric]]\nname = \"x\"\nproperties = []").as_deref(), Some("metric.properties"));
        assert_eq!(field("[[event]]\nname = \"x\"\nservice = \"y\"").as_deref(), Some("event.service"));
    }
}
