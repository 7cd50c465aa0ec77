//! Growth accounting over twelve weeks: who came, came back, and left.

use crate::charts::{About, Form, Hue, Line, Series, TimeAxis, TimeLabel, TimeSeries};
use crate::page::{Page, midnight};
use crate::parts::empty;
use crate::words::{self, Length, Unit};
use chrono::{Datelike, Days};
use parallax_domain::question::{Lifecycle, LifecycleAnswer};
use parallax_domain::screen::{Panel, Part};
use parallax_domain::{Interval, Period, Problem};

const WEEKS: u64 = 12;
/// Fewest weeks that make a chart.
const SHOWN: usize = 6;

/// From a Monday twelve weeks back until now.
pub fn twelve_weeks(page: &Page) -> Period {
    let today = page.wall(page.now).date();
    let monday = today - Days::new(u64::from(today.weekday().num_days_from_monday()));
    Period { from: midnight(page.zone, monday - Days::new(7 * (WEEKS - 1))), to: page.now }
}

/// One week as it may be shown.
struct Week {
    new: Option<f64>,
    back: Option<f64>,
    left: Option<f64>,
}

impl Week {
    fn net(&self) -> Option<f64> {
        Some(self.new? + self.back? - self.left?)
    }
}

pub async fn panel(page: &mut Page) -> Result<Panel, Problem> {
    let machine = page.machine.clone();
    let period = twelve_weeks(page);
    let frame = page.frame(period);
    let asked = Lifecycle { event: None, interval: Interval::Week };
    let read = machine.store.lifecycle(&mut page.look, &frame, &asked).await?;
    let answer = read.result;
    let panel = Panel::new("growth", "Growth accounting").unit("people per week");
    // Weeks before the first event say nothing: they are not drawn.
    let first = first_week(&answer).unwrap_or(0).min(answer.buckets.len().saturating_sub(SHOWN));
    let weeks = weeks(page, &answer).split_off(first);
    let known: Vec<&Week> = weeks.iter().filter(|week| week.net().is_some()).collect();
    if known.is_empty() {
        let why = "Who is new and who has left is known from the second week with events on. Twelve weeks would be drawn here.";
        return Ok(panel.part(empty("Not two weeks of events yet", why)));
    }
    // The running week is not over: it counts in no sum.
    let closed = &known[..known.len().saturating_sub(1)];
    let sum = |of: fn(&Week) -> Option<f64>| closed.iter().filter_map(|week| of(week)).sum::<f64>();
    let (gained, lost) = (sum(|week| Some(week.new? + week.back?)), sum(|week| week.left));
    let summary = match closed.len() {
        0 => "The first whole week is still running.".to_owned(),
        n => {
            let net = (gained - lost) / n as f64;
            let ratio = if lost > 0.0 {
                format!(" Quick ratio {}: so many arrive for each one who leaves.", words::fixed(gained / lost, 1))
            } else {
                String::new()
            };
            let verb = if net < 0.0 { "loses" } else { "gains" };
            format!("A week {verb} {} people net.{ratio}", words::count(Some(net.abs().round())))
        }
    };
    let line = |name: &str, values: Vec<Option<f64>>, hue: Hue, form: Form| Line::new(name, values).hue(hue).form(form);
    let of = |of: &dyn Fn(&Week) -> Option<f64>| weeks.iter().map(of).collect::<Vec<_>>();
    let times: Vec<TimeLabel> =
        answer.buckets[first..].iter().map(|at| TimeLabel::of(*at, page.wall(*at), Length::Week)).collect();
    let axis = TimeAxis {
        open_from: Some(times.len().saturating_sub(1)),
        open_note: "week still open".to_owned(),
        times,
        flags: page.flags.clone(),
        ..TimeAxis::default()
    };
    let series = Series {
        unit: Unit::Count,
        lines: vec![
            line("new", of(&|week| week.new), Hue::New, Form::Stack),
            line("came back", of(&|week| week.back), Hue::Back, Form::Stack),
            line("left", of(&|week| week.left.map(|left| -left)), Hue::Left, Form::Stack),
            line("net", of(&Week::net), Hue::Ink, Form::Net),
        ],
        height: 220,
        ..Series::default()
    };
    let about = About {
        notes: page.notes(read.n as u64, "projection"),
        ..About::new("growth", "Growth accounting by week").summary(summary.clone())
    };
    let mut panel = panel.summary(summary).part(Part::Drawing(TimeSeries { about, axis, series }.draw()));
    panel = panel.foot("left: active the week before, not in this one");
    if let Some(least) = page.viewer.smallest_cell() {
        panel = panel.foot(format!("weeks with fewer than {least} people in a part are withheld"));
    }
    Ok(panel)
}

fn active(answer: &LifecycleAnswer, index: usize) -> i64 {
    answer.new[index] + answer.returning[index] + answer.resurrecting[index]
}

/// The first week with events.
fn first_week(answer: &LifecycleAnswer) -> Option<usize> {
    (0..answer.buckets.len()).find(|index| active(answer, *index) > 0)
}

/// The first week with events says nothing about who is new: everybody is.
fn weeks(page: &Page, answer: &LifecycleAnswer) -> Vec<Week> {
    let least = page.viewer.smallest_cell();
    let first = first_week(answer);
    (0..answer.buckets.len())
        .map(|index| {
            let known = first.is_some_and(|first| index > first);
            let cell = |count: i64| Some(count as f64).filter(|_| known && least.is_none_or(|least| count >= least));
            Week {
                new: cell(answer.new[index]),
                back: cell(answer.resurrecting[index]),
                left: cell(answer.dormant[index]),
            }
        })
        .collect()
}
