//! Lines by level over time.

use super::Facts;
use crate::charts::{About, Form, Hue, Line, Series, TimeAxis, TimeSeries};
use crate::page::Page;
use crate::words::{self, Unit};
use parallax_domain::screen::Part;
use parallax_domain::{Instant, Severity};

/// Four parts: more could not be told apart.
const PARTS: [(&str, Hue, &[Severity]); 4] = [
    ("error", Hue::Bad, &[Severity::Error, Severity::Fatal]),
    ("warn", Hue::Warn, &[Severity::Warn]),
    ("info", Hue::S1, &[Severity::Info]),
    ("debug", Hue::Mute, &[Severity::Debug, Severity::Trace]),
];

/// A sentence about it, and the drawing.
pub fn drawing(page: &Page, facts: &Facts, axis: TimeAxis) -> (String, Part) {
    let count = page.buckets.len();
    let part = |levels: &[Severity]| -> Vec<i64> {
        let mut sums = vec![0; count];
        for counts in levels.iter().filter_map(|level| facts.histogram.levels.get(level)) {
            sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        }
        sums
    };
    let parts: Vec<(&str, Hue, Vec<i64>)> =
        PARTS.into_iter().map(|(name, hue, levels)| (name, hue, part(levels))).collect();
    let summary = match (peak(&parts[0].2), peak(&sums(&parts, count))) {
        (Some((at, errors)), _) => {
            format!("Most errors at {}: {}.", when(page, at), words::count_full(Some(errors as f64)))
        }
        (None, Some((at, lines))) => {
            format!("No errors. Most lines at {}: {}.", when(page, at), words::count_full(Some(lines as f64)))
        }
        (None, None) => String::new(),
    };
    let lines = parts
        .into_iter()
        .filter(|(_, _, counts)| counts.iter().any(|count| *count > 0))
        .map(|(name, hue, counts)| {
            let values = counts.into_iter().map(|count| Some(count as f64)).collect();
            Line::new(name, values).hue(hue).form(Form::Stack)
        })
        .collect();
    let about = About {
        notes: page.notes(facts.total().max(0) as u64, facts.histogram.source),
        ..About::new("lines-over-time", "Lines over time").unit("lines by level").summary(summary.clone())
    };
    let series = Series { unit: Unit::Count, lines, height: 120, ..Series::default() };
    (summary, Part::Drawing(TimeSeries { about, axis, series }.draw()))
}

fn when(page: &Page, bucket: usize) -> String {
    page.moment(page.buckets.labels().get(bucket).copied().unwrap_or(Instant::UNIX_EPOCH))
}

fn sums(parts: &[(&str, Hue, Vec<i64>)], count: usize) -> Vec<i64> {
    (0..count).map(|bucket| parts.iter().map(|(_, _, counts)| counts[bucket]).sum()).collect()
}

/// The first bucket with the highest count; none if all are empty.
fn peak(counts: &[i64]) -> Option<(usize, i64)> {
    let most = counts.iter().copied().max().filter(|most| *most > 0)?;
    counts.iter().position(|count| *count == most).map(|at| (at, most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_has_no_peak() {
        assert_eq!(peak(&[0, 0]), None);
        assert_eq!(peak(&[]), None);
        assert_eq!(peak(&[1, 4, 4, 2]), Some((1, 4)));
    }
}
