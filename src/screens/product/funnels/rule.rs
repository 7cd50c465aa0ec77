//! A funnel in words. No conversion is shown without the rule that it was counted by.

use crate::page::field_words;
use crate::words;
use parallax_domain::Filter;
use parallax_domain::question::{Count, ExclusionMode, Funnel, Order, Step, Touch};

/// What is counted: one and many of them.
pub fn counted(funnel: &Funnel) -> (&'static str, &'static str) {
    match funnel.count {
        Count::Unique => ("person", "people"),
        Count::Session => ("session", "sessions"),
        Count::Total => ("attempt", "attempts"),
    }
}

/// `14 days`, `36 hours`.
pub fn window(seconds: i64) -> String {
    const UNITS: [(i64, &str, &str); 4] =
        [(86_400, "day", "days"), (3600, "hour", "hours"), (60, "minute", "minutes"), (1, "second", "seconds")];
    let (length, one, many) = UNITS.into_iter().find(|(length, ..)| seconds % length == 0).unwrap_or(UNITS[3]);
    words::counted(seconds / length, one, many)
}

/// `People, in order, within 14 days of the first step, first attempt`.
pub fn rule(funnel: &Funnel) -> String {
    let who = match funnel.count {
        Count::Unique => "People",
        Count::Session => "Sessions",
        Count::Total => "Attempts",
    };
    let order = match funnel.order {
        Order::Sequential => "in order",
        Order::Strict => "in order with nothing between",
        Order::Any => "in any order",
        Order::Flexible => "only the first and the last step required",
    };
    let attempt = match (funnel.count, funnel.reentry) {
        (Count::Total, _) => "every attempt",
        (_, true) => "any attempt",
        (_, false) => "first attempt",
    };
    let mut rule = format!("{who}, {order}, within {} of the first step, {attempt}", window(funnel.window));
    for name in &funnel.hold {
        rule.push_str(&format!(", the same {} in all steps", field_words(name)));
    }
    for exclusion in &funnel.exclusions {
        let between =
            format!("{} between steps {} and {}", exclusion.event, exclusion.after_step, exclusion.before_step);
        rule.push_str(&match exclusion.mode {
            ExclusionMode::Remove => format!(", without whoever did {between}"),
            ExclusionMode::Drop => format!(", ending with {between}"),
        });
    }
    rule
}

/// `country is DE, AT`.
pub fn condition(filter: &Filter) -> String {
    let (field, phrase) = (field_words(&filter.field), filter.op.phrase());
    if filter.op.takes_values() {
        format!("{field} {phrase} {}", filter.values.join(", "))
    } else {
        format!("{field} {phrase}")
    }
}

/// The event, with its conditions behind it.
pub fn step(step: &Step) -> String {
    let conditions: Vec<String> = step.filters.iter().map(condition).collect();
    if conditions.is_empty() {
        step.event.clone()
    } else {
        format!("{} where {}", step.event, conditions.join(" and "))
    }
}

/// In any order a bar is no step: it counts those who have done so many of them.
pub fn bar(funnel: &Funnel, index: usize) -> String {
    match funnel.order {
        Order::Any => format!("{} of {}", index + 1, funnel.steps.len()),
        _ => step(&funnel.steps[index]),
    }
}

/// `by device at step 1`.
pub fn breakdown(funnel: &Funnel) -> Option<String> {
    let breakdown = funnel.breakdown.as_ref()?;
    let field = field_words(&breakdown.field);
    Some(match (breakdown.attribution, breakdown.step) {
        (Touch::First, _) => format!("by the first {field}"),
        (Touch::Last, _) => format!("by the last {field}"),
        (Touch::All, _) => format!("by {field}, the same in all steps"),
        (Touch::Step, step) => format!("by {field} at step {}", step.unwrap_or(1)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_domain::question::Exclusion;

    #[test]
    fn the_usual_rule_reads_as_a_sentence() {
        assert_eq!(rule(&Funnel::of(&["A", "B"])), "People, in order, within 14 days of the first step, first attempt");
    }

    #[test]
    fn whatever_changes_the_count_is_said() {
        let mut funnel = Funnel::of(&["A", "B", "C"]);
        (funnel.order, funnel.count, funnel.window) = (Order::Strict, Count::Session, 36 * 3600);
        (funnel.reentry, funnel.hold) = (true, vec!["properties.basket".into()]);
        funnel.exclusions =
            vec![Exclusion { event: "logout".into(), after_step: 1, before_step: 3, mode: ExclusionMode::Drop }];
        assert_eq!(
            rule(&funnel),
            "Sessions, in order with nothing between, within 36 hours of the first step, any attempt, \
             the same basket in all steps, ending with logout between steps 1 and 3"
        );
    }
}
