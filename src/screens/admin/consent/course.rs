//! Decisions about one category over time, with versions of the notice and deployments marked.

use super::{DRAWN, Facts};
use crate::charts::{About, Flag, Form, Hue, Line, Series, Stack, StackPlot, TimeAxis, TimeLabel};
use crate::page::{Page, midnight};
use crate::parts::{empty, joined};
use crate::words::{self, Length, Unit};
use chrono::NaiveTime;
use parallax_domain::screen::{Link, Panel, Part};
use parallax_domain::{Category, Period, Problem};
use parallax_server::engine::optout::Judged;

/// Deployments drawn; more would cover each other.
const MOST_FLAGS: i64 = 8;

pub async fn panel(page: &mut Page, facts: &Facts) -> Result<Panel, Problem> {
    let category = facts.category;
    let days = facts.days.get(&category).map(Vec::as_slice).unwrap_or_default();
    let days = &days[days.len().saturating_sub(DRAWN as usize)..];
    let choices = Category::ALL
        .into_iter()
        .filter(|one| *one != Category::Essential)
        .map(|one| {
            let href = page.to("/admin/consent").with("category", one.word()).href();
            Link::new(words::capital(one.word()), href).current(one == category)
        })
        .collect();
    let panel = Panel::new("course", "Decisions over time").unit(format!("last {DRAWN} days")).choices(choices);
    let decided: u64 = days.iter().map(|judged| judged.day.decided).sum();
    if decided == 0 {
        return Ok(panel.part(empty(
            "No decision about it in this time",
            "Decisions per day, and the share that refused, would be drawn here.",
        )));
    }
    let axis = axis(page, facts, days).await?;
    let denied: u64 = days.iter().map(|judged| judged.day.denied).sum();
    let share = Some(denied as f64 / decided as f64);
    let summary = format!(
        "{} of {} refused {}.",
        words::percent(share),
        words::counted(decided as i64, "decision", "decisions"),
        category.word()
    );
    let plots = vec![
        StackPlot {
            key: "refused".to_owned(),
            title: "Refused".to_owned(),
            unit: "% of the day’s decisions, with 95% interval".to_owned(),
            now: joined(words::percent(share)),
            series: Series { unit: Unit::Share, lines: shares(days), height: 150, ..Series::default() },
            ..StackPlot::default()
        },
        StackPlot {
            key: "decisions".to_owned(),
            title: "Decisions".to_owned(),
            unit: "a day".to_owned(),
            now: joined(words::count(Some(decided as f64))),
            series: Series { lines: counts(days), height: 96, ..Series::default() },
            ..StackPlot::default()
        },
    ];
    let about = About::new("decisions", format!("Decisions about {}", category.word())).summary(summary.clone());
    Ok(panel.summary(summary).part(Part::Drawing(Stack { about, axis, plots }.draw())))
}

fn shares(days: &[Judged]) -> Vec<Line> {
    let of = |value: &dyn Fn(&Judged) -> Option<f64>| days.iter().map(value).collect::<Vec<Option<f64>>>();
    let low = of(&|judged| judged.interval.map(|interval| interval.low));
    let upper = of(&|judged| judged.interval.map(|interval| interval.high));
    let share = of(&|judged| (judged.day.decided > 0).then(|| judged.day.denied as f64 / judged.day.decided as f64));
    let base = of(&|judged| judged.base.map(|base| base.rate()));
    vec![
        Line::new("95% interval", low).hue(Hue::S1).form(Form::Band { upper }),
        Line::new("refused", share).hue(Hue::S1),
        Line::new("four weeks before", base).form(Form::Ghost),
    ]
}

fn counts(days: &[Judged]) -> Vec<Line> {
    let of = |value: &dyn Fn(&Judged) -> u64| days.iter().map(|judged| Some(value(judged) as f64)).collect::<Vec<_>>();
    vec![
        Line::new("refused", of(&|judged| judged.day.denied)).hue(Hue::S1).form(Form::Stack),
        Line::new("allowed", of(&|judged| judged.day.decided - judged.day.denied)).hue(Hue::Mute).form(Form::Stack),
    ]
}

async fn axis(page: &mut Page, facts: &Facts, days: &[Judged]) -> Result<TimeAxis, Problem> {
    let start = |judged: &Judged| midnight(page.zone, judged.day.day);
    let times = days
        .iter()
        .map(|judged| TimeLabel::of(start(judged), judged.day.day.and_time(NaiveTime::MIN), Length::Day))
        .collect();
    let from = days.first().map(start).unwrap_or(page.now);
    let until = days.last().and_then(|judged| judged.day.day.succ_opt()).map(|day| midnight(page.zone, day));
    let to = until.unwrap_or(page.now);
    let machine = page.machine.clone();
    let deployments = machine.store.deployments(&mut page.look, Period { from, to }, MOST_FLAGS).await?;
    let mut flags: Vec<Flag> = facts
        .notices
        .iter()
        .filter(|notice| notice.since >= from && notice.since < to)
        .map(|notice| Flag {
            at: notice.since,
            label: format!("notice {}", notice.version),
            full: format!("Version {} of the notice, {}: {}", notice.version, page.moment(notice.since), notice.note),
            href: page.to("/admin/consent/notice").href(),
            icon: "shield".to_owned(),
            bad: false,
        })
        .collect();
    flags.extend(deployments.into_iter().map(|deployment| Flag {
        at: deployment.at,
        label: deployment.version.clone(),
        full: format!("{} {}, {}", deployment.service, deployment.version, page.moment(deployment.at)),
        href: page.to("/engineering/deployments").with("service", &deployment.service).href(),
        icon: "deploy".to_owned(),
        bad: false,
    }));
    Ok(TimeAxis { times, until, flags, ..TimeAxis::default() })
}
