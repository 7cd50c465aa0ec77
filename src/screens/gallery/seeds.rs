//! Figures made by a rule: the same at every start, with the shapes that real ones have.

use crate::charts::{TimeAxis, TimeLabel};
use crate::words::Length;
use chrono::{DateTime, TimeDelta};
use parallax_domain::Instant;

/// Thursday, 19 November 2026, UTC.
const BEGIN: i64 = 1_795_046_400;

pub fn at(minutes: i64) -> Instant {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(BEGIN) + TimeDelta::minutes(minutes)
}

/// A number of 0 to 1 that belongs to `n` and looks like any other (SplitMix64).
pub fn chance(n: u64) -> f64 {
    let mut z = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z >> 11) as f64 / (1_u64 << 53) as f64
}

/// A day's course around `middle`: low at night, high in the afternoon, with noise.
pub fn day(count: usize, middle: f64, salt: u64) -> Vec<Option<f64>> {
    let value = |index: usize| {
        let phase = index as f64 / count as f64 * std::f64::consts::TAU;
        let noise = 0.16 * (chance(salt * 1_000 + index as u64) - 0.5);
        middle * (1.0 - 0.55 * phase.cos() + noise)
    };
    (0..count).map(|index| Some(value(index).max(0.0).round())).collect()
}

/// Half hours of one day.
pub fn half_hours(count: usize) -> TimeAxis {
    axis(count, 30, Length::Seconds(1_800))
}

pub fn days(count: usize) -> TimeAxis {
    axis(count, 1_440, Length::Day)
}

pub fn axis(count: usize, minutes: i64, length: Length) -> TimeAxis {
    let label = |index: usize| {
        let at = at(index as i64 * minutes);
        TimeLabel::of(at, at.naive_utc(), length)
    };
    TimeAxis {
        times: (0..count).map(label).collect(),
        until: Some(at(count as i64 * minutes)),
        notes: (0..count).map(|index| format!("n = {} sessions, 71% measured", 1_604 + index)).collect(),
        ..TimeAxis::default()
    }
}

/// Not known between two places.
pub fn without(mut values: Vec<Option<f64>>, from: usize, to: usize) -> Vec<Option<f64>> {
    values.iter_mut().take(to).skip(from).for_each(|value| *value = None);
    values
}
