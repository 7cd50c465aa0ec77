//! Points of one series at the same millisecond are one point; visitors at the same millisecond are several.

use chrono::{DateTime, TimeDelta, Utc};
use parking_lot::Mutex;
use std::collections::HashSet;
use std::sync::LazyLock;
use uuid::Uuid;

const REMEMBERED: usize = 100_000;

/// When a point of this series is told that was measured at `at`: some milliseconds later where another one has that
/// moment already. Looks at what this process took in of late.
pub fn free(series: Uuid, at: DateTime<Utc>) -> DateTime<Utc> {
    static TAKEN: LazyLock<Mutex<HashSet<(Uuid, i64)>>> = LazyLock::new(Mutex::default);
    let mut taken = TAKEN.lock();
    if taken.len() > REMEMBERED {
        taken.clear();
    }
    let mut free = at;
    while !taken.insert((series, free.timestamp_millis())) {
        free += TimeDelta::milliseconds(1);
    }
    free
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_point_of_a_series_has_a_moment_of_its_own() {
        let at: DateTime<Utc> = "2026-01-15T12:00:00.5Z".parse().unwrap();
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let later = |milliseconds: i64| at + TimeDelta::milliseconds(milliseconds);
        assert_eq!([free(one, at), free(one, at), free(one, at)], [at, later(1), later(2)]);
        assert_eq!(free(one, later(1)), later(3));
        assert_eq!(free(other, at), at, "another series is not in the way");
    }
}
