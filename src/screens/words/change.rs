//! Changes against a comparison. Whether a change is good is not said here: the metric declares its direction.

use super::number::{fixed, signed, trim};

/// A change in words. `label` has the sign, `size` has not: beside an arrow the sign would be said twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub label: String,
    pub size: String,
    pub up: bool,
    /// Too small to show: neither up nor down.
    pub none: bool,
}

impl Change {
    fn nothing() -> Change {
        Change { label: "no change".into(), size: "no change".into(), up: false, none: true }
    }
}

/// From `then` to `now`, in percent of `then`: `+8.2%`, `−27%`, from ten times on `×19`.
/// None when there is nothing to compare with, or when the base is zero or both have not the same sign.
pub fn relative(now: Option<f64>, then: Option<f64>) -> Option<Change> {
    let (now, then) = (now.filter(|v| v.is_finite())?, then.filter(|v| v.is_finite())?);
    if then == now {
        return Some(Change::nothing());
    }
    if then == 0.0 || now.signum() * then.signum() < 0.0 && now != 0.0 {
        return None;
    }
    let factor = now / then;
    let percent = 100.0 * (factor - 1.0) * then.signum();
    if factor >= 9.95 {
        let size = format!("×{}", fixed(factor, 0));
        return Some(Change { label: size.clone(), size, up: percent > 0.0, none: false });
    }
    let decimals = usize::from(percent.abs() < 9.95);
    Some(worded(percent, decimals, "%"))
}

/// Difference of two shares in percentage points: `−22.8 pt`, `+0.03 pt`.
pub fn points(now: Option<f64>, then: Option<f64>) -> Option<Change> {
    let difference = 100.0 * (now.filter(|v| v.is_finite())? - then.filter(|v| v.is_finite())?);
    Some(worded(difference, if difference.abs() < 0.095 { 2 } else { 1 }, " pt"))
}

fn worded(value: f64, decimals: usize, unit: &str) -> Change {
    let label = signed(value, decimals);
    if label.bytes().all(|byte| matches!(byte, b'0' | b'.')) {
        return Change::nothing();
    }
    let label = if unit == "%" { trim(&label).to_owned() } else { label };
    let size = label.trim_start_matches(['+', '−']).to_owned();
    Change { label: format!("{label}{unit}"), size: format!("{size}{unit}"), up: value > 0.0, none: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(now: f64, then: f64) -> Option<String> {
        relative(Some(now), Some(then)).map(|change| change.label)
    }

    #[test]
    fn small_changes_are_percent_and_large_ones_factors() {
        assert_eq!(label(108.2, 100.0).as_deref(), Some("+8.2%"));
        assert_eq!(label(103.0, 100.0).as_deref(), Some("+3%"));
        assert_eq!(label(236.0, 322.0).as_deref(), Some("−27%"));
        assert_eq!(label(1_904.0, 230.0).as_deref(), Some("+728%"));
        assert_eq!(label(1_284.0, 67.0).as_deref(), Some("×19"));
        assert_eq!(label(0.0, 5.0).as_deref(), Some("−100%"));
    }

    #[test]
    fn what_cannot_be_compared_has_no_change() {
        assert_eq!(relative(Some(5.0), Some(0.0)), None);
        assert_eq!(relative(None, Some(4.0)), None);
        assert_eq!(relative(Some(5.0), None), None);
        assert_eq!(relative(Some(5.0), Some(-4.0)), None);
    }

    #[test]
    fn nothing_happened_is_said_in_words() {
        assert!(relative(Some(0.0), Some(0.0)).is_some_and(|change| change.none));
        assert_eq!(label(100.01, 100.0).as_deref(), Some("no change"));
        assert_eq!(points(Some(0.5), Some(0.5)).map(|change| change.label).as_deref(), Some("no change"));
    }

    #[test]
    fn differences_of_shares_are_points() {
        let change = points(Some(0.612), Some(0.84));
        assert_eq!(change.as_ref().map(|change| change.label.as_str()), Some("−22.8 pt"));
        assert_eq!(change.as_ref().map(|change| change.size.as_str()), Some("22.8 pt"));
        assert!(change.is_some_and(|change| !change.up));
        assert_eq!(points(Some(0.9993), Some(0.999)).map(|change| change.label).as_deref(), Some("+0.03 pt"));
        assert_eq!(points(None, Some(0.9)), None);
    }

    #[test]
    fn a_loss_that_shrinks_goes_up() {
        assert!(relative(Some(-50.0), Some(-100.0)).is_some_and(|change| change.up && change.label == "+50%"));
    }
}
