//! Visits by kind of source, conversion and revenue over time, on one axis.

use super::channel::{Channel, Group};
use super::facts::Facts;
use crate::charts::{About, Form, Hue, Line, Series, Stack, StackPlot};
use crate::page::Page;
use crate::parts::joined;
use crate::words::{self, Unit};
use parallax_domain::screen::{Panel, Part, Text};
use parallax_server::engine::visits::Figures;

/// Colours of one stack; the others are one.
const NAMED: usize = 3;

pub fn panel(page: &Page, facts: &Facts) -> Panel {
    let axis = page.axis_over(&page.buckets);
    let count = facts.now.over_time.len();
    let ghost = |of: &dyn Fn(&Figures) -> Option<f64>| {
        facts.before.as_ref().map(|before| {
            let mut values: Vec<Option<f64>> = before.over_time.iter().map(of).collect();
            values.resize(count, None);
            Line::new("before", values).form(Form::Ghost)
        })
    };
    let line = |name: &str, of: &dyn Fn(&Figures) -> Option<f64>, form: Form| {
        Line::new(name, facts.now.over_time.iter().map(of).collect()).hue(Hue::S1).form(form)
    };
    let plot = |key: &str, title: &str, unit: String, now: String, series: Series| StackPlot {
        key: key.to_owned(),
        title: title.to_owned(),
        unit,
        now,
        series,
        ..StackPlot::default()
    };
    let all = &facts.now.all;
    let mut plots = vec![plot(
        "visits",
        "Visits",
        page.step_words(),
        joined(words::count(Some(all.visits as f64))),
        Series { lines: stacked(&facts.groups), height: 176, ..Series::default() },
    )];
    if facts.goal.is_some() {
        let share = |figures: &Figures| figures.conversion();
        let mut lines = vec![line("conversion", &share, Form::Line)];
        lines.extend(ghost(&share));
        plots.push(plot(
            "conversion",
            "Conversion",
            "% of visitors".to_owned(),
            joined(words::percent(all.conversion())),
            Series { unit: Unit::Share, lines, height: 84, ..Series::default() },
        ));
    }
    if facts.revenue().is_some() {
        let money = |figures: &Figures| Some(figures.revenue_in(&facts.currency).unwrap_or(0.0));
        let mut lines = vec![line("revenue", &money, Form::Line)];
        lines.extend(ghost(&money));
        plots.push(plot(
            "revenue",
            "Revenue",
            facts.currency.clone(),
            joined(words::money(facts.revenue(), &facts.currency)),
            Series { unit: Unit::Money(facts.currency.clone()), lines, height: 84, ..Series::default() },
        ));
    }
    let summary = sentence(page, facts);
    let mut about = About {
        notes: super::visit_notes(page, facts),
        ..About::new("course", "Visits by kind of source").summary(summary.words())
    };
    about.notes.push(Text::new(format!("{} events read", words::count(Some(facts.n as f64)))));
    about.notes.push(Text::new("kind from referrer and UTM fields"));
    let chart = Stack { about, axis, plots };
    Panel::new("course", "Visits by kind of source")
        .unit(page.step_words())
        .summary(summary)
        .part(Part::Drawing(chart.draw()))
}

/// The colour of a kind of source, the same wherever it is drawn.
fn hue(channel: Channel) -> Hue {
    Channel::ALL.iter().position(|known| *known == channel).map_or(Hue::S8, Hue::series)
}

/// The largest kinds, and the others as one.
fn stacked(groups: &[Group]) -> Vec<Line> {
    let values = |over_time: &[i64]| over_time.iter().map(|visits| Some(*visits as f64)).collect::<Vec<_>>();
    let named = if groups.len() == NAMED + 1 { NAMED + 1 } else { NAMED.min(groups.len()) };
    let mut lines: Vec<Line> = groups[..named]
        .iter()
        .map(|group| {
            Line::new(group.channel.short(), values(&group.over_time)).hue(hue(group.channel)).form(Form::Stack)
        })
        .collect();
    if named < groups.len() {
        let count = groups[named].over_time.len();
        let sum = |index: usize| groups[named..].iter().map(|group| group.over_time[index]).sum::<i64>();
        let rest: Vec<i64> = (0..count).map(sum).collect();
        lines.push(Line::new("others", values(&rest)).hue(Hue::S8).form(Form::Stack));
    }
    lines
}

/// Where the change lies: the kind of source that moved most against the comparison.
fn sentence(page: &Page, facts: &Facts) -> Text {
    let moved = facts.groups_before.as_deref().and_then(|before| moved(&facts.groups, before));
    match moved {
        Some((channel, now, then)) => {
            let verb = if now > then { "more" } else { "fewer" };
            let size = words::count_full(Some((now - then).abs() as f64));
            Text::new("The change lies in ")
                .strong(channel.word())
                .plain(format!(": {size} visits {verb} than {}.", page.earlier()))
        }
        None => match facts.groups.first() {
            Some(first) => Text::new("Most come by ").strong(first.channel.word()).plain(format!(
                ": {} of {}.",
                words::count_full(Some(first.visits as f64)),
                words::counted(facts.now.all.visits, "visit", "visits")
            )),
            None => Text::default(),
        },
    }
}

/// The kind whose number of visits changed most, if it changed by at least one in twenty of all that were before.
fn moved(now: &[Group], before: &[Group]) -> Option<(Channel, i64, i64)> {
    let visits = |groups: &[Group], channel: Channel| {
        groups.iter().find(|group| group.channel == channel).map_or(0, |group| group.visits)
    };
    let all: i64 = before.iter().map(|group| group.visits).sum();
    Channel::ALL
        .into_iter()
        .map(|channel| (channel, visits(now, channel), visits(before, channel)))
        .max_by_key(|(_, now, then)| (now - then).abs())
        .filter(|(_, now, then)| all > 0 && 20 * (now - then).abs() >= all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(channel: Channel, visits: i64) -> Group {
        Group { channel, visits, converted: 0, over_time: vec![visits] }
    }

    #[test]
    fn the_others_are_one_and_nobody_is_lost() {
        let channels = [Channel::Search, Channel::Direct, Channel::Mail, Channel::Paid, Channel::Social];
        let groups: Vec<Group> = channels.into_iter().map(|channel| group(channel, 10)).collect();
        let lines = stacked(&groups);
        assert_eq!(
            lines.iter().map(|line| line.name.as_str()).collect::<Vec<_>>(),
            ["search", "direct", "mail", "others"]
        );
        assert_eq!(lines[3].values, [Some(20.0)]);
        assert_eq!(stacked(&groups[..4]).len(), 4, "a fourth kind is named, not hidden behind others");
    }

    #[test]
    fn a_small_change_is_not_told() {
        let before = [group(Channel::Search, 100), group(Channel::Mail, 100)];
        assert_eq!(moved(&[group(Channel::Search, 105), group(Channel::Mail, 100)], &before), None);
        let now = [group(Channel::Search, 105), group(Channel::Mail, 60)];
        assert_eq!(moved(&now, &before), Some((Channel::Mail, 60, 100)));
        assert_eq!(moved(&now, &[]), None);
    }
}
