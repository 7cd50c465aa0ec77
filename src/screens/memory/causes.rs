//! Why a figure is another one: signed shares of the change that add up to the whole.

/// In the order in which they are said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Happened before the figure was kept and came in after it.
    Late,
    /// People who turned out to be one, or no longer to be.
    Merged,
    /// People erased on their wish, or records expired.
    Removed,
    /// Happened after the figure was kept, or was still on its way at that moment.
    Since,
}

impl Cause {
    pub fn words(self) -> &'static str {
        match self {
            Cause::Late => "late",
            Cause::Merged => "merged",
            Cause::Removed => "erased or expired",
            Cause::Since => "since then",
        }
    }
}

/// What one cause changed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    pub cause: Cause,
    pub change: f64,
}

/// The figure as shown, its base, then with the people of then, of now, with what came late, and as it is now.
///
/// Figures that do not know about people answer the three readings alike, so that everything would look removed.
/// Where nothing was removed since, that part can only have come late.
pub(super) fn shares(readings: &[f64], removed: bool) -> Vec<Share> {
    let [shown, base, then, merged, late, now] = *readings else { return Vec::new() };
    let gone = then - base;
    let (gone, came) = if removed { (gone, 0.0) } else { (0.0, gone) };
    [
        (Cause::Late, late - merged + came),
        (Cause::Merged, merged - then),
        (Cause::Removed, gone),
        (Cause::Since, now - late + base - shown),
    ]
    .into_iter()
    .filter(|(_, change)| *change != 0.0 && change.is_finite())
    .map(|(cause, change)| Share { cause, change })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn told(readings: [f64; 6], removed: bool) -> Vec<(Cause, f64)> {
        shares(&readings, removed).into_iter().map(|share| (share.cause, share.change)).collect()
    }

    #[test]
    fn each_cause_gets_its_part() {
        // 4,812 were shown; 4 were erased, 40 turned out to be 20, 31 came late, 8 happened since.
        let told = told([4812.0, 4812.0, 4808.0, 4788.0, 4819.0, 4827.0], true);
        assert_eq!(told, [(Cause::Late, 31.0), (Cause::Merged, -20.0), (Cause::Removed, -4.0), (Cause::Since, 8.0)]);
    }

    #[test]
    fn without_any_removal_a_figure_of_requests_changed_by_what_came_late() {
        assert_eq!(told([100.0, 100.0, 107.0, 107.0, 107.0, 107.0], false), [(Cause::Late, 7.0)]);
    }

    #[test]
    fn what_was_on_its_way_when_the_figure_was_kept_is_not_late() {
        assert_eq!(told([100.0, 103.0, 103.0, 103.0, 103.0, 103.0], false), [(Cause::Since, 3.0)]);
    }

    proptest! {
        #[test]
        fn the_shares_add_up_to_the_change(readings in prop::array::uniform6(-1000i32..1000), removed: bool) {
            let readings = readings.map(f64::from);
            let sum: f64 = shares(&readings, removed).iter().map(|share| share.change).sum();
            prop_assert_eq!(sum, readings[5] - readings[0]);
        }
    }
}
