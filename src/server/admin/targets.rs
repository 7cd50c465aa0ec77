//! Targets of the executive's figures.

use super::{demand_in, note};
use crate::identity::accounts::Viewer;
use crate::machine::Machine;
use crate::store::records::Target;
use parallax_domain::{Permission, Problem};
use serde_json::json;

/// Figures that are shares: people write them in percent.
const SHARES: [&str; 5] = ["conversion", "view_to_purchase", "availability", "crash_free_people", "week_4_retention"];
const OTHERS: [&str; 5] = ["revenue_per_day", "active_people", "new_people", "p95_ms", "contacts_per_1000_orders"];

/// Sets the target of a figure in the figure's own unit, shares in percent; an empty value takes the target away.
pub async fn set(
    machine: &Machine,
    viewer: &Viewer,
    project: i32,
    measure: &str,
    value: &str,
) -> Result<String, Problem> {
    demand_in(viewer, Permission::WriteTargets, project)?;
    if !is_share(measure) && !OTHERS.contains(&measure) {
        return Err(Problem::invalid("measure", "There is no such figure."));
    }
    if value.trim().is_empty() {
        machine.store.remove_target(project, measure).await?;
        note(machine, viewer, Some(project), "target removed", measure, json!({})).await?;
        return Ok("Target removed".to_owned());
    }
    let number = read(value, is_share(measure))?;
    machine
        .store
        .write_targets(project, &[Target { measure: measure.to_owned(), value: number }], &viewer.email)
        .await?;
    note(machine, viewer, Some(project), "target set", measure, json!({ "value": number })).await?;
    Ok("Target saved".to_owned())
}

/// `checkout_availability` is about a part of the product.
fn is_share(measure: &str) -> bool {
    let part = measure.strip_suffix("_availability");
    SHARES.contains(&measure)
        || part
            .is_some_and(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
}

fn read(value: &str, share: bool) -> Result<f64, Problem> {
    let wrong = |detail: &str| Problem::invalid("value", detail);
    let plain = value.trim().trim_end_matches('%').replace([',', ' '], "");
    let number: f64 = plain
        .parse()
        .ok()
        .filter(|number: &f64| number.is_finite() && *number >= 0.0)
        .ok_or_else(|| wrong("A target is a number, such as 10.5."))?;
    match share {
        true if number > 100.0 => Err(wrong("A share is at most 100%.")),
        true => Ok(number / 100.0),
        false => Ok(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_written_in_percent() {
        assert!((read("99.9 %", true).unwrap() - 0.999).abs() < 1e-12);
        assert_eq!(read("36,000", false).unwrap(), 36_000.0);
        for text in ["-1", "much", "NaN", "inf"] {
            assert_eq!(read(text, false).unwrap_err().field.as_deref(), Some("value"), "{text}");
        }
        assert!(read("101", true).is_err());
    }

    #[test]
    fn a_part_of_the_product_may_have_a_target() {
        assert!(is_share("checkout_availability") && is_share("availability"));
        assert!(!is_share("_availability") && !is_share("x' or 1_availability"));
    }
}
