//! Growth accounting: who is new, who came back, who left, and who only chose not to be seen any more.

use crate::charts::{About, Form, Hue, Line, Series, TimeSeries};
use crate::page::Page;
use crate::parts::empty;
use crate::words::{self, Unit};
use parallax_domain::question::Lifecycle;
use parallax_domain::screen::{Panel, Part, Text};
use parallax_domain::{Instant, Interval, Period, Problem};
use parallax_server::engine::calendar::Buckets;
use parallax_server::engine::growth::Growth;

/// Weeks that are told, where events reach back as far.
const WEEKS: i64 = 13;

/// Who came, came back and left, as far back as events tell it.
pub struct Told {
    growth: Growth,
    buckets: Buckets,
    interval: Interval,
    n: i64,
}

impl Told {
    /// None while the events of one bucket are not preceded by those of another.
    pub async fn of(page: &mut Page, begin: Option<Instant>) -> Result<Option<Told>, Problem> {
        let interval = interval(page);
        let from = page.period.from.min(page.period.to - chrono::Duration::weeks(WEEKS));
        let period = Period { from, to: page.period.to };
        let buckets = page.calendar_buckets(interval, period)?;
        // The lifecycle of the first bucket would need to know the one before it.
        let first = (0..buckets.len())
            .find(|index| begin.is_some_and(|begin| buckets.start(*index) > begin.timestamp_millis()));
        let Some(first) = first else { return Ok(None) };
        let frame = page.frame(Period { from: buckets.labels()[first], to: period.to });
        let machine = page.machine.clone();
        let read = machine.store.growth(&mut page.look, &frame, &Lifecycle { event: None, interval }).await?;
        let buckets = page.calendar_buckets(interval, frame.period())?;
        Ok(Some(Told { growth: read.result, buckets, interval, n: read.n }))
    }
}

fn interval(page: &Page) -> Interval {
    if page.period.seconds() > 400 * 86_400 { Interval::Month } else { Interval::Week }
}

pub fn panel(page: &Page, told: Option<&Told>) -> Panel {
    let word = interval(page).word();
    let title = Panel::new("growth", "Growth accounting").unit(format!("people per {word}"));
    let Some(told) = told else { return title.part(early(word)) };
    let summary = sentence(page, &told.growth, &told.buckets, word);
    let drawing = draw(page, &told.growth, &told.buckets, told.interval, &summary, told.n);
    title.summary(summary).part(Part::Drawing(drawing.draw()))
}

fn early(word: &str) -> Part {
    let why =
        format!("Here would be who came, came back and left, {word} by {word}. It needs events of two whole {word}s.");
    empty("Too early to tell", why)
}

/// Of those who are here, who is new and who was here before.
pub fn composition(page: &Page, told: Option<&Told>) -> Panel {
    let word = interval(page).word();
    let title = Panel::new("composition", "New against returning").unit(format!("people per {word}"));
    let Some(told) = told else { return title.part(early(word)) };
    let life = &told.growth.lifecycle;
    let values = |counts: &[i64]| counts.iter().map(|count| Some(*count as f64)).collect::<Vec<_>>();
    let complete = complete(page, &told.buckets);
    let share = |index: usize| new_share(life.new[index], life.returning[index] + life.resurrecting[index]);
    let now = complete.checked_sub(1).and_then(share);
    let then = complete.checked_sub(2).and_then(share);
    let summary = match now {
        None => format!("No {word} is complete yet."),
        Some(share) => {
            let change = match words::points(Some(share), then) {
                Some(change) if !change.none => format!(", {} on the {word} before", change.label),
                _ => String::new(),
            };
            format!("{} of the last complete {word} are new{change}.", words::percent_brief(Some(share)))
        }
    };
    let mut about = About { notes: page.people_notes(busiest(&told.growth), "projection"), ..About::default() };
    (about.id, about.title) = ("composition".to_owned(), "New against returning".to_owned());
    about.summary.clone_from(&summary);
    about.notes[0] =
        Text::new(format!("n = up to {} a {word}", words::counted(busiest(&told.growth), "person", "people")));
    let end = page.date(parallax_server::engine::calendar::instant(told.buckets.end(told.buckets.len() - 1)));
    let note = format!("{word} still open, final on {end}");
    let axis = page.calendar_axis(&told.buckets, told.interval, page.look.fresh_as_of, &note);
    let lines = vec![
        Line::new("stayed", values(&life.returning)).hue(Hue::S1).form(Form::Stack),
        Line::new("came back", values(&life.resurrecting)).hue(Hue::Back).form(Form::Stack),
        Line::new("new", values(&life.new)).hue(Hue::New).form(Form::Stack),
    ];
    let chart = TimeSeries { about, axis, series: Series { lines, height: 200, ..Series::default() } };
    title.summary(summary).part(Part::Drawing(chart.draw()))
}

/// Share of the new among all who are here. None when nobody is.
fn new_share(new: i64, known: i64) -> Option<f64> {
    (new + known > 0).then(|| new as f64 / (new + known) as f64)
}

/// Complete buckets only: an open one has lost nearly everybody, for now.
fn complete(page: &Page, buckets: &Buckets) -> usize {
    let fresh = page.look.fresh_as_of.timestamp_millis();
    (0..buckets.len()).take_while(|index| buckets.end(*index) <= fresh).count()
}

fn sentence(page: &Page, growth: &Growth, buckets: &Buckets, word: &str) -> String {
    let complete = complete(page, buckets);
    if complete == 0 {
        return format!("No {word} is complete yet; whoever has not come by now may still come.");
    }
    let sum = |values: &[i64]| values.iter().take(complete).sum::<i64>();
    let life = &growth.lifecycle;
    let gained = sum(&life.new) + sum(&life.resurrecting);
    let lost = sum(&life.dormant);
    let net = (gained - lost) as f64 / complete as f64;
    let each = if net >= 0.0 { "gains" } else { "loses" };
    let size = words::count(Some(net.abs().round()));
    let ratio = if lost > 0 { words::fixed(gained as f64 / lost as f64, 2) } else { words::UNKNOWN.to_owned() };
    let mut sentence = format!("Each {word} {each} about {size} people on average. Quick ratio {ratio}");
    let opted = sum(&growth.opted_out);
    let peak = growth
        .opted_out
        .iter()
        .take(complete)
        .enumerate()
        .max_by_key(|(index, count)| (**count, std::cmp::Reverse(*index)));
    match peak {
        Some((index, &most))
            if opted > 0 && most as f64 > 2.0 * (opted - most) as f64 / (complete.max(2) - 1) as f64 && most >= 20 =>
        {
            let when = page.date(buckets.labels()[index]);
            sentence.push_str(&format!(
                ". In the {word} of {when} {} opted out, more than twice the usual: they are no longer seen, which is not the same as gone.",
                words::count(Some(most as f64))
            ));
        }
        _ if opted > 0 => {
            sentence.push_str(&format!("; {} opted out and are not counted as lost.", words::count(Some(opted as f64))))
        }
        _ => sentence.push('.'),
    }
    sentence
}

fn draw(page: &Page, growth: &Growth, buckets: &Buckets, interval: Interval, summary: &str, n: i64) -> TimeSeries {
    let life = &growth.lifecycle;
    let up = |values: &[i64]| values.iter().map(|value| Some(*value as f64)).collect::<Vec<_>>();
    let down = |values: &[i64]| values.iter().map(|value| Some(-(*value as f64))).collect::<Vec<_>>();
    let complete = complete(page, buckets);
    let net = (0..life.new.len())
        .map(|index| {
            (index < complete).then(|| (life.new[index] + life.resurrecting[index] - life.dormant[index]) as f64)
        })
        .collect();
    let mut lines = vec![
        Line::new("new", up(&life.new)).hue(Hue::New).form(Form::Stack),
        Line::new("came back", up(&life.resurrecting)).hue(Hue::Back).form(Form::Stack),
        Line::new("left", down(&life.dormant)).hue(Hue::Left).form(Form::Stack),
    ];
    if growth.opted_out.iter().any(|count| *count > 0) {
        lines.push(Line::new("opted out", down(&growth.opted_out)).hue(Hue::OptedOut).form(Form::Stack));
    }
    lines.push(Line::new("net", net).hue(Hue::Ink).form(Form::Net));
    let end = page.date(parallax_server::engine::calendar::instant(buckets.end(buckets.len() - 1)));
    let axis = page.calendar_axis(
        buckets,
        interval,
        page.look.fresh_as_of,
        &format!("{} still open, final on {end}", interval.word()),
    );
    let mut about = About::new("growth", "Growth accounting").unit("people").summary(summary);
    about.notes = page.people_notes(busiest(growth), "projection");
    about.notes[0] =
        Text::new(format!("n = up to {} a {}", words::counted(busiest(growth), "person", "people"), interval.word()));
    about.notes.push(Text::new(format!("{} events read", words::count(Some(n as f64)))));
    about.notes.push(Text::new("net leaves opt-outs out"));
    TimeSeries { about, axis, series: Series { unit: Unit::Count, lines, height: 232, ..Series::default() } }
}

/// People of the bucket with most of them.
fn busiest(growth: &Growth) -> i64 {
    let life = &growth.lifecycle;
    let active = |index: usize| life.new[index] + life.returning[index] + life.resurrecting[index];
    (0..life.new.len()).map(active).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_neither_new_nor_known() {
        assert_eq!(new_share(0, 0), None);
        assert_eq!(new_share(1, 3), Some(0.25));
        assert_eq!(new_share(2, 0), Some(1.0));
    }
}
