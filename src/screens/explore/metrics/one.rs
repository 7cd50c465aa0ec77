//! One metric: over time, put together as its kind allows, and its series.

use super::chart::{self, Wanted};
use super::kinds::{How, Kind};
use super::{applied, labels};
use crate::forms;
use crate::page::Page;
use crate::parts::{empty_with, joined};
use crate::words;
use parallax_domain::period::Range;
use parallax_domain::screen::{Choice, Field, FieldKind, Form, Link, Panel, Part, Screen, Text};
use parallax_domain::{Filter, Problem};
use parallax_server::engine::calendar::Buckets;
use parallax_server::store::question::{MetricName, SeriesRow};

pub async fn compose(page: &mut Page, name: &str) -> Result<Screen, Problem> {
    let applied = applied(page);
    let machine = page.machine.clone();
    let series = machine.store.series(&mut page.look, Some(name)).await?;
    let about = machine.store.metric_name(&mut page.look, name).await?;
    let mut screen = page.screen(name);
    screen.crumbs = vec![
        Link::new("Explore", page.to("/explore/metrics").href()),
        Link::new("Metrics", page.to("/explore/metrics").href()),
        Link::new(name, String::new()),
    ];
    screen.tabs = super::super::tabs(page);
    let Some(about) = about else {
        screen.lede = Text::new("No metric of this name has come.");
        let why = format!("{name} over time would be here. No series of this name has come to {}.", page.project.name);
        let all = Link::new("All metrics", page.to("/explore/metrics").href());
        screen.parts.push(empty_with("No such metric", why, all));
        return Ok(screen);
    };
    screen.parts.extend(applied.notice(page, "Metrics"));
    let kind = Kind::of_name(&about);
    let how = kind.chosen(page.address.get("agg"));
    let unit = how.unit(kind, &about.unit);
    let telling = labels::telling(&series);
    let by: Vec<String> = page.address.get("by").filter(|by| !by.is_empty()).map(str::to_owned).into_iter().collect();
    let every = machine.store.metric_every(&mut page.look, name, page.period).await?;
    let buckets = Buckets::for_readings(&page.project.zone, page.period, every.unwrap_or(0))?;
    let wanted = Wanted { name, how, by: &by, filters: &applied.filters, buckets: &buckets };
    let lines = chart::read(page, &wanted).await?;
    screen.actions = ways(page, kind, how);
    screen.parts.push(Part::Facts(facts(page, &about, kind, every)));
    screen.parts.push(Part::Form(grouping(page, &telling, &by)));
    if lines.lines.is_empty() {
        screen.lede = Text::new("Nothing was measured in this time.");
        screen.parts.push(nothing(page, name, how, lines.n, &applied.filters).into());
        return Ok(screen);
    }
    screen.lede = lede(&about, kind, &series);
    let phrase = how.phrase(kind);
    screen.parts.push(chart::panel(page, name, &lines, &unit, &buckets, phrase).into());
    // Without a group the table tells single series apart by everything that does.
    if by.is_empty() && !telling.is_empty() && series.len() > 1 {
        let each = Wanted { by: &telling, how: single(how), ..wanted };
        let lines = chart::read(page, &each).await?;
        screen.parts.push(chart::table(page, &lines, &unit, &telling).into());
    } else {
        screen.parts.push(chart::table(page, &lines, &unit, &by).into());
    }
    Ok(screen)
}

/// Several quantiles of every series would be several tables.
fn single(how: How) -> How {
    if how == How::Quantiles { How::Quantile(0.95) } else { how }
}

fn lede(about: &MetricName, kind: Kind, series: &[SeriesRow]) -> Text {
    let text = Text::new(if about.description.is_empty() {
        format!("A {}", kind.word())
    } else {
        format!("{}: a {}", about.description.trim_end_matches('.'), kind.word())
    });
    let from = match (about.services.as_slice(), about.hosts) {
        ([only], _) => format!(" of {only}"),
        ([], 0) => String::new(),
        ([], hosts) => format!(" of {}", words::counted(hosts, "host", "hosts")),
        (several, _) => format!(" of {} services", several.len()),
    };
    text.plain(format!("{from} in {}.", words::counted(series.len() as i64, "series", "series")))
}

fn facts(page: &Page, about: &MetricName, kind: Kind, every: Option<i64>) -> Vec<(String, Text)> {
    let every = match every {
        Some(ms) => format!("every {}", joined(words::duration(Some(ms as f64)))),
        None => "not known".to_owned(),
    };
    let unit = if about.unit.is_empty() { "none declared".to_owned() } else { about.unit.clone() };
    vec![
        ("Kind".to_owned(), Text::new(kind.word())),
        ("Unit".to_owned(), Text::new(unit)),
        ("Series".to_owned(), Text::new(words::count_full(Some(about.series as f64)))),
        ("Told".to_owned(), Text::new(every)),
        ("First seen".to_owned(), page.time(about.first_seen)),
    ]
}

/// Ways to put values together, as a segmented choice.
fn ways(page: &Page, kind: Kind, chosen: How) -> Vec<Link> {
    let link = |how: How| Link::new(how.label(), page.address.with("agg", how.word()).href()).current(how == chosen);
    kind.ways().into_iter().map(link).collect()
}

fn grouping(page: &Page, telling: &[String], by: &[String]) -> Form {
    let chosen = by.first();
    let mut choices = vec![Choice::new("", "Nothing, one line for all", chosen.is_none())];
    choices.extend(telling.iter().map(|label| Choice::new(label, label, chosen == Some(label))));
    // An attribute of the address that tells nothing apart here is still the one in force.
    if let Some(other) = chosen.filter(|label| !telling.contains(label)) {
        choices.push(Choice::new(other, other, true));
    }
    let mut form = forms::ask(page, "group", "Show");
    let kept = page.address.more.iter().filter(|(key, _)| matches!(key.as_str(), "metric" | "agg"));
    form.hidden.extend(kept.cloned());
    form.fields = vec![Field::new("by", "Group by", FieldKind::Choice(choices))];
    form.instant = true;
    form
}

fn nothing(page: &Page, name: &str, how: How, n: i64, filters: &[Filter]) -> Panel {
    let panel = Panel::new("metric", name.to_owned());
    if !filters.is_empty() {
        let why = format!("{name} over time would be here. No series fits these filters.");
        let all = page.address.without_filters().with_environment(None).href();
        return panel.part(empty_with("No series fits", why, Link::new("Remove the filters", all)));
    }
    if n > 0 || matches!(how, How::Quantile(_) | How::Quantiles) {
        let why =
            "Quantiles over time would be here. The points of this time carry no shape, or only the first of a total.";
        let mean = page.address.with("agg", "avg").href();
        return panel.part(empty_with("Quantiles are not known", why, Link::new("Show the mean", mean)));
    }
    let why = format!(
        "{name} over time would be here. It has come before, but not in {}.",
        page.range.label().to_lowercase()
    );
    let wider = page.address.with_range(Range::Days(28)).href();
    panel.part(empty_with("Nothing in this time", why, Link::new("The last 28 days", wider)))
}
