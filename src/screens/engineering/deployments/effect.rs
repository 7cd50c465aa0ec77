//! What a version did against the one before it, over stretches of equal length.

use crate::page::Page;
use crate::parts::{error_share, quantile_ms, sum};
use crate::words;
use chrono::{Duration, Timelike};
use parallax_domain::{Instant, Period, Problem};
use parallax_server::engine::calendar::Buckets;
use parallax_server::projection::chunk::Kind;
use parallax_server::projection::rollup::Cell as Counted;
use parallax_server::store::question::VersionRow;
use parallax_server::store::question::requests::CellFilter;

/// Fewer requests on either side say nothing.
const ENOUGH: u64 = 50;
const LONGEST_HOURS: i64 = 24;

pub struct Change {
    pub row: VersionRow,
    /// Requests of the version since it came.
    pub after: Counted,
    /// Requests of the version before it, over as long.
    pub before: Counted,
    seconds: i64,
}

impl Change {
    pub async fn of(page: &mut Page, row: VersionRow) -> Result<Change, Problem> {
        let (after, before) = stretches(row.at, row.until, page.look.fresh_as_of.min(page.period.to));
        let machine = page.machine.clone();
        let over = async |page: &mut Page, period: Period, version: Option<&str>| {
            if period.seconds() <= 0 {
                return Ok::<_, Problem>(Counted::default());
            }
            let filter = CellFilter::default().and(0, Some(&row.service)).and(2, version);
            let filter = filter.and(3, Some(row.environment.as_str()).filter(|environment| !environment.is_empty()));
            let whole = Buckets::whole(period)?;
            let table = machine.store.cells(&mut page.look, Kind::Requests, period, &whole, &filter, |_| "all").await?;
            Ok(table.into_values().next().map(|cells| sum(&cells)).unwrap_or_default())
        };
        let (new, old) = (Some(row.version.as_str()), row.before.as_deref());
        let (now, then) = (over(page, after, new).await?, over(page, before, old).await?);
        Ok(Change { after: now, before: then, seconds: after.seconds().max(0), row })
    }

    fn is_known(&self) -> bool {
        self.after.count >= ENOUGH && self.before.count >= ENOUGH
    }

    /// In points.
    pub fn failures(&self) -> Option<words::Change> {
        words::points(error_share(&self.after), error_share(&self.before)).filter(|_| self.is_known())
    }

    /// Of p95, in percent.
    pub fn duration(&self) -> Option<words::Change> {
        words::relative(quantile_ms(&self.after, 0.95), quantile_ms(&self.before, 0.95)).filter(|_| self.is_known())
    }

    /// More failures than chance and habit explain: half a point, and twice as many.
    pub fn fails_more(&self) -> bool {
        let shares = error_share(&self.after).zip(error_share(&self.before));
        self.is_known() && shares.is_some_and(|(now, then)| now - then > 0.005 && now > then * 2.0)
    }

    pub fn is_slower(&self) -> bool {
        let times = quantile_ms(&self.after, 0.95).zip(quantile_ms(&self.before, 0.95));
        self.is_known() && times.is_some_and(|(now, then)| now > then * 1.5 && now - then > 50.0)
    }

    pub fn is_worse(&self) -> bool {
        self.fails_more() || self.is_slower()
    }

    /// Orders the worse ones: requests that failed more, then time lost.
    pub fn harm(&self) -> f64 {
        let failed = error_share(&self.after).unwrap_or(0.0) - error_share(&self.before).unwrap_or(0.0);
        failed * self.after.count as f64 + f64::from(u8::from(self.is_slower()))
    }

    pub fn harm_words(&self) -> String {
        let mut parts = Vec::new();
        if self.fails_more() {
            let (now, then) = (words::percent(error_share(&self.after)), words::percent(error_share(&self.before)));
            parts.push(format!("{now} of its requests failed, against {then} before"));
        }
        if self.is_slower() {
            let (now, then) =
                (words::duration(quantile_ms(&self.after, 0.95)), words::duration(quantile_ms(&self.before, 0.95)));
            parts.push(format!("p95 {now}, against {then} before"));
        }
        parts.join("; ")
    }

    /// `in 66 min`.
    pub fn lasted(&self) -> String {
        format!("in {}", words::duration(Some(self.seconds as f64 * 1000.0)))
    }
}

/// After and before, equally long: until the next version came, a day, or until now. Whole minutes.
fn stretches(at: Instant, until: Option<Instant>, now: Instant) -> (Period, Period) {
    let minute = |at: Instant| at.with_second(0).and_then(|at| at.with_nanosecond(0)).unwrap_or(at);
    let start = minute(at);
    let end = minute(until.unwrap_or(now).min(now).min(start + Duration::hours(LONGEST_HOURS)));
    let length = (end - start).max(Duration::zero());
    (Period { from: start, to: start + length }, Period { from: start - length, to: start })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        format!("2026-11-{text}Z").parse().unwrap()
    }

    #[test]
    fn both_sides_are_equally_long_and_end_where_the_next_version_came() {
        let (after, before) = stretches(at("19T14:20:31"), Some(at("19T15:26:07")), at("19T18:00:00"));
        assert_eq!(after, Period { from: at("19T14:20:00"), to: at("19T15:26:00") });
        assert_eq!(before, Period { from: at("19T13:14:00"), to: at("19T14:20:00") });
        let (after, _) = stretches(at("17T14:20:00"), None, at("19T18:00:00"));
        assert_eq!(after.seconds(), 86_400);
        let (after, before) = stretches(at("19T14:20:00"), None, at("19T14:10:00"));
        assert_eq!((after.seconds(), before.seconds()), (0, 0));
    }

    fn change(before: (u64, usize), after: (u64, usize), n: usize) -> Change {
        let cell = |(ms, failed): (u64, usize)| {
            let mut cell = Counted::default();
            (0..n).for_each(|index| cell.request(ms * 1000, index < failed, 1));
            cell
        };
        let row = VersionRow {
            service: "payment".into(),
            version: "2.8.0".into(),
            environment: String::new(),
            at: at("19T14:20:00"),
            author: None,
            url: None,
            source: "told".into(),
            before: Some("2.7.4".into()),
            until: None,
        };
        Change { row, after: cell(after), before: cell(before), seconds: 3_960 }
    }

    #[test]
    fn worse_is_said_with_both_figures() {
        let worse = change((230, 1), (1_900, 20), 200);
        assert!(worse.is_worse() && worse.harm() > 18.0);
        let words = worse.harm_words();
        assert!(words.starts_with("10% of its requests failed, against 0.5% before; p95 1.9 s, against 2"), "{words}");
        assert_eq!(worse.lasted(), "in 1.1 h");
    }

    #[test]
    fn too_few_requests_are_not_compared() {
        let few = change((230, 0), (1_900, 9), 20);
        assert!(!few.is_worse() && few.failures().is_none() && few.duration().is_none());
    }
}
