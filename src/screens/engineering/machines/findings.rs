//! What somebody should know about a machine: little memory, a disk that fills, a busy processor, silence.

use crate::words;
use parallax_domain::screen::Tone;
use parallax_server::store::question::machines::samples::{Slope, slope};
use parallax_server::store::question::machines::{Course, Courses};

/// Shares from which somebody should look, and from which somebody should act.
const BUSY: [f64; 2] = [0.85, 0.95];
const FULL: [f64; 2] = [0.80, 0.90];
const TIGHT: [f64; 2] = [0.85, 0.93];
/// A direction counts when nine of ten pairs of readings agree on it.
const STEADY: f64 = 0.8;
/// What happens later than this is no news today.
const SOON_HOURS: f64 = 7.0 * 24.0;
/// A machine that has missed so many reports is silent.
const MISSED: i64 = 4;

#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    pub host: String,
    pub tone: Tone,
    /// `leaves little memory`: completes the sentence that begins with the host.
    pub what: String,
    pub why: String,
}

/// Readings of one machine.
#[derive(Clone, Copy, Default)]
pub struct Seen<'a> {
    pub processor: Option<&'a Course>,
    pub memory_free: Option<&'a Course>,
    pub memory_used: Option<&'a Course>,
    pub disk: Option<&'a Course>,
}

/// A change for each hour, where the course goes one way.
pub fn per_hour(course: &Course, courses: &Courses) -> Option<f64> {
    let hours = (courses.buckets.end(0) - courses.buckets.start(0)) as f64 / 3_600_000.0;
    steady(slope(&course.values)?).map(|per_bucket| per_bucket / hours)
}

fn steady(slope: Slope) -> Option<f64> {
    (slope.steadiness.abs() >= STEADY).then_some(slope.per_bucket)
}

/// Hours until a value that changes so much each hour reaches the limit; none if it never does, or not soon.
pub fn hours_until(value: f64, per_hour: f64, limit: f64) -> Option<f64> {
    let hours = (limit - value) / per_hour;
    (hours.is_finite() && hours > 0.0 && hours <= SOON_HOURS).then_some(hours)
}

pub fn hours_words(hours: f64) -> String {
    words::duration(Some(hours * 3_600_000.0)).to_string()
}

/// Everything worth saying about a machine, worst first. `per_hour`: of free memory in bytes, of the disk's share.
/// `now`: milliseconds, the end of what can be known.
pub fn findings(
    host: &str,
    seen: Seen<'_>,
    memory_per_hour: Option<f64>,
    disk_per_hour: Option<f64>,
    now: i64,
) -> Vec<Finding> {
    let found =
        |tone: Tone, what: &str, why: String| Finding { host: host.to_owned(), tone, what: what.to_owned(), why };
    let mut all = Vec::new();
    if let Some(silence) = seen.processor.or(seen.memory_used).or(seen.disk).and_then(|course| silence(course, now)) {
        all.push(found(Tone::Bad, "is silent", format!("No report for {}.", hours_words(silence))));
    }
    all.extend(memory(host, seen, memory_per_hour));
    all.extend(disk(host, seen, disk_per_hour));
    if let Some(busy) = seen.processor.and_then(|course| course.summary.p95).filter(|busy| *busy >= BUSY[0]) {
        let tone = if busy >= BUSY[1] { Tone::Bad } else { Tone::Warn };
        let average = words::percent(seen.processor.and_then(|course| course.summary.average));
        all.push(found(tone, "is busy", format!("CPU p95 {}, {average} on average.", words::percent(Some(busy)))));
    }
    all.sort_by_key(|finding| finding.tone != Tone::Bad);
    all
}

/// Hours since the last report, if more are missing than one or two.
fn silence(course: &Course, now: i64) -> Option<f64> {
    let every = course.summary.every?.max(15_000);
    let since = now - course.summary.last_at;
    (since > every * MISSED).then(|| since as f64 / 3_600_000.0)
}

fn memory(host: &str, seen: Seen<'_>, per_hour: Option<f64>) -> Option<Finding> {
    let used = seen.memory_used?.summary.last?;
    let free = seen.memory_free.and_then(|course| course.summary.last);
    let left = free.map_or_else(String::new, |free| format!(", {} left", words::bytes(Some(free))));
    let empty = free.zip(per_hour).and_then(|(free, per_hour)| hours_until(free, per_hour, 0.0));
    let level = TIGHT.iter().filter(|limit| used >= **limit).count();
    if level == 0 && empty.is_none() {
        return None;
    }
    let tone = if level == 2 || empty.is_some_and(|hours| hours < 24.0) { Tone::Bad } else { Tone::Warn };
    let pace = match (empty, per_hour) {
        (Some(hours), Some(per_hour)) => {
            let lost = words::bytes(Some(-per_hour));
            format!(" It loses {lost} an hour; at this pace it is empty in {}.", hours_words(hours))
        }
        _ => String::new(),
    };
    let what = if empty.is_some() { "is losing memory" } else { "has little memory left" };
    let why = format!("{} in use{left}.{pace}", words::percent(Some(used)));
    Some(Finding { host: host.to_owned(), tone, what: what.to_owned(), why })
}

fn disk(host: &str, seen: Seen<'_>, per_hour: Option<f64>) -> Option<Finding> {
    let used = seen.disk?.summary.last?;
    let full = per_hour.and_then(|per_hour| hours_until(used, per_hour, 1.0));
    let level = FULL.iter().filter(|limit| used >= **limit).count();
    if level == 0 && full.is_none() {
        return None;
    }
    let tone = if level == 2 || full.is_some_and(|hours| hours < 24.0) { Tone::Bad } else { Tone::Warn };
    let pace = match (full, per_hour) {
        (Some(hours), Some(per_hour)) => {
            let points = words::fixed(per_hour * 24.0 * 100.0, 1);
            format!(" It grows {points} points a day; at this pace it is full in {}.", hours_words(hours))
        }
        _ => String::new(),
    };
    let what = if full.is_some() { "fills its disk" } else { "has a full disk" };
    let why = format!("The fullest volume is at {}.{pace}", words::percent(Some(used)));
    Some(Finding { host: host.to_owned(), tone, what: what.to_owned(), why })
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_server::store::question::machines::Summary;

    const GIB: f64 = 1_073_741_824.0;

    fn course(last: f64) -> Course {
        let summary = Summary {
            last: Some(last),
            average: Some(last),
            p95: Some(last),
            last_at: 3_600_000,
            every: Some(60_000),
            n: 60,
            ..Summary::default()
        };
        Course { name: "web-03".into(), values: Vec::new(), summary }
    }

    #[test]
    fn a_calm_machine_has_no_finding() {
        let (processor, used, disk) = (course(0.4), course(0.5), course(0.4));
        let seen = Seen { processor: Some(&processor), memory_used: Some(&used), disk: Some(&disk), ..Seen::default() };
        assert_eq!(findings("web-01", seen, None, Some(0.000_01), 3_600_000), []);
    }

    #[test]
    fn a_leak_is_said_with_its_pace_and_its_end() {
        let (free, used) = (course(1.8 * GIB), course(0.89));
        let seen = Seen { memory_free: Some(&free), memory_used: Some(&used), ..Seen::default() };
        let found = findings("web-03", seen, Some(-0.32 * GIB), None, 3_600_000);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].what.as_str(), found[0].tone), ("is losing memory", Tone::Bad));
        assert!(found[0].why.contains("1.8 GiB left") && found[0].why.ends_with("empty in 5.6 h."), "{}", found[0].why);
    }

    #[test]
    fn growth_that_matters_next_month_is_no_news() {
        assert_eq!(hours_until(0.4, 0.000_2, 1.0), None);
        assert_eq!(hours_until(0.4, -0.1, 1.0), None);
        assert_eq!(hours_until(0.4, 0.0, 1.0), None);
        assert_eq!(hours_until(0.5, 0.01, 1.0), Some(50.0));
        let disk = course(0.84);
        let found =
            findings("log-01", Seen { disk: Some(&disk), ..Seen::default() }, None, Some(0.064 / 24.0), 3_600_000);
        assert_eq!(
            found[0].why,
            "The fullest volume is at 84%. It grows 6.4 points a day; at this pace it is full in 2 d 12 h."
        );
        assert_eq!(found[0].tone, Tone::Warn);
    }

    #[test]
    fn silence_is_measured_in_missed_reports() {
        let processor = course(0.4);
        let seen = Seen { processor: Some(&processor), ..Seen::default() };
        assert!(findings("log-01", seen, None, None, 3_600_000 + 4 * 60_000).is_empty());
        let found = findings("log-01", seen, None, None, 3_600_000 + 65 * 60_000);
        assert_eq!((found[0].what.as_str(), found[0].why.as_str()), ("is silent", "No report for 1.1 h."));
    }
}
