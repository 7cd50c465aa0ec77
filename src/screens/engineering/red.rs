//! Rate, errors, duration: three plots on one clock, for everything or for one thing.

use crate::charts::{About, Form, Hue, Line, Series, Stack, StackPlot, TimeAxis};
use crate::page::Page;
use crate::parts::{error_share, joined, quantile_ms, sum};
use crate::words::{self, Unit};
use parallax_domain::screen::Panel;
use parallax_server::engine::calendar::Buckets;
use parallax_server::projection::rollup::Cell as Counted;

/// Cells of the period's buckets and of the comparison's.
pub struct Red<'a> {
    /// Says what the plots are of: `all services`.
    pub of: &'a str,
    pub now: &'a [Counted],
    pub before: &'a [Counted],
    /// Three shares, from the lightest shade to the darkest.
    pub quantiles: [f64; 3],
    pub summary: String,
}

/// Requests in each second, bucket by bucket.
pub fn rates(cells: &[Counted], buckets: &Buckets) -> Vec<Option<f64>> {
    let seconds = |index: usize| (buckets.end(index) - buckets.start(index)) as f64 / 1000.0;
    cells.iter().enumerate().map(|(index, cell)| Some(cell.count as f64 / seconds(index))).collect()
}

pub fn course(cells: &[Counted], of: impl Fn(&Counted) -> Option<f64>) -> Vec<Option<f64>> {
    cells.iter().map(of).collect()
}

impl Red<'_> {
    pub fn panel(self, page: &Page, axis: TimeAxis) -> Panel {
        let all = sum(self.now);
        let fitted = |mut values: Vec<Option<f64>>| {
            // The comparison is laid under the period bucket by bucket; it may have one more or less at its end.
            values.resize(self.now.len(), None);
            Line::new("before", values).form(Form::Ghost)
        };
        let mut rate = vec![Line::new("requests", rates(self.now, &page.buckets)).hue(Hue::S1)];
        let mut errors = vec![Line::new("failed", course(self.now, error_share)).hue(Hue::Bad).form(Form::Area)];
        if let Some(buckets) = page.buckets_before.as_ref().filter(|_| sum(self.before).count > 0) {
            rate.push(fitted(rates(self.before, buckets)));
            errors.push(fitted(course(self.before, error_share)));
        }
        let name = |share: f64| format!("p{}", (share * 100.0).round());
        let quantile =
            |(share, hue)| Line::new(name(share), course(self.now, |cell| quantile_ms(cell, share))).hue(hue);
        let duration = self.quantiles.into_iter().zip([Hue::Low, Hue::Middle, Hue::High]).map(quantile).collect();
        let plot = |key: &str, title: &str, unit: &str, now: String, series: Series| StackPlot {
            key: key.to_owned(),
            title: title.to_owned(),
            unit: unit.to_owned(),
            now,
            series,
            ..StackPlot::default()
        };
        let highest = self.quantiles[2];
        let per_second = all.count as f64 / page.period.seconds().max(1) as f64;
        let shades = format!("ordered shades: {}", self.quantiles.map(name).join(" "));
        let about = About {
            notes: page.notes(all.count, "roll-up"),
            ..About::new("red", "Rate, errors, duration").summary(self.summary.clone())
        };
        let stack = Stack {
            about,
            axis,
            plots: vec![
                plot(
                    "rate",
                    "Rate",
                    "requests / s",
                    joined(Unit::Rate("s").short(Some(per_second))),
                    Series { unit: Unit::Rate("s"), lines: rate, height: 92, ..Series::default() },
                ),
                plot(
                    "errors",
                    "Errors",
                    "% of requests",
                    joined(words::percent(error_share(&all))),
                    Series { unit: Unit::Share, lines: errors, height: 92, ..Series::default() },
                ),
                plot(
                    "duration",
                    "Duration",
                    &shades,
                    format!("{} {}", name(highest), words::duration(quantile_ms(&all, highest))),
                    Series {
                        unit: Unit::Milliseconds,
                        lines: duration,
                        height: 132,
                        logarithmic: page.logarithmic(),
                        ..Series::default()
                    },
                ),
            ],
        };
        Panel::new("red", "Rate, errors, duration")
            .unit(format!("{}, {}", self.of, page.step_words()))
            .summary(self.summary)
            .choices(page.scales())
            .part(parallax_domain::screen::Part::Drawing(stack.draw()))
    }
}

/// Says when the worst bucket was, if it stands out.
pub fn summary(page: &Page, now: &[Counted]) -> String {
    let all = sum(now);
    let mean = error_share(&all).unwrap_or(0.0);
    let worst = now
        .iter()
        .enumerate()
        .filter(|(_, cell)| cell.count >= 5)
        .filter_map(|(index, cell)| Some((index, error_share(cell)?)))
        .max_by(|a, b| a.1.total_cmp(&b.1));
    let spread = format!("p95 {} over the whole time.", words::duration(quantile_ms(&all, 0.95)));
    match worst {
        Some((index, share)) if share > super::health::FAILING && share > 2.0 * mean.max(0.001) => {
            let at = page.buckets.labels()[index];
            let (share, mean) = (words::percent(Some(share)), words::percent(Some(mean)));
            format!("Errors peaked at {share} around {}, against {mean} over the whole time.", page.moment(at))
        }
        _ if all.errors == 0 => format!("No request failed; {spread}"),
        _ => format!("{} failed, evenly over time; {spread}", words::percent(Some(mean))),
    }
}
