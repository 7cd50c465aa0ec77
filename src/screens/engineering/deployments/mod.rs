//! Deployments: which version of what came when, by whom, and how it has answered since.

mod effect;
mod running;

use crate::applied::Applied;
use crate::engineering::red::{self, Red};
use crate::page::Page;
use crate::parts::{empty_with, error_share, joined, quantile_ms, sum};
use crate::words;
use effect::Change;
use parallax_domain::screen::{
    Cell, Choice, Column, Field, FieldKind, Form, Link, Method, Panel, Part, Row, Screen, Table, Text, Tone,
};
use parallax_domain::{Filter, Problem};
use parallax_server::projection::chunk::Kind;
use parallax_server::projection::rollup::Cell as Counted;
use parallax_server::store::question::requests::CellFilter;

/// Versions of this long a past are looked through for what ran before.
const KNOWN: i64 = 500;
/// Deployments on the page, each with its own two stretches of requests.
const SHOWN: usize = 40;

pub async fn compose(page: &mut Page) -> Result<Screen, Problem> {
    let applied = Applied::to_fields(page, &["service", "environment"]);
    let notice = applied.notice(page, "Deployments");
    let filter = CellFilter::of(&applied.filters, "operation")?;
    let service = page.address.get("service").filter(|service| !service.is_empty()).map(str::to_owned);
    let machine = page.machine.clone();
    let environment = page.address.environment.clone();
    let known =
        machine.store.versions(&mut page.look, page.period, service.as_deref(), environment.as_deref(), KNOWN).await?;
    let listed = |service: &str| filter.lets(&[Some(service), None, None, environment.as_deref()]);
    let came: Vec<_> = known
        .iter()
        .filter(|row| row.at >= page.period.from && row.before.is_some() && listed(&row.service))
        .cloned()
        .collect();
    let hidden = came.len().saturating_sub(SHOWN);
    let mut changes = Vec::new();
    for row in came.into_iter().take(SHOWN) {
        changes.push(Change::of(page, row).await?);
    }
    let running = running::of(page, &filter, service.as_deref(), &known).await?;

    let mut screen = page.screen("Deployments");
    screen.crumbs = page.crumbs("Engineering", "/engineering");
    screen.tabs = crate::engineering::tabs(page);
    screen.lede = lede(page, &changes);
    screen.parts.extend(notice);
    screen.parts.push(choice(page, service.as_deref(), &running));
    if let Some(service) = service.as_deref().filter(|_| !running.is_empty()) {
        screen.parts.push(course(page, service, &applied.filters).await?.into());
    }
    let mut panel = Panel::new("changes", "What came").unit(page.range.label().to_lowercase()).flush();
    if hidden > 0 {
        panel.partial = Some(format!(
            "The newest {SHOWN}; {hidden} older ones of this time are not shown. Choose a service or a shorter time."
        ));
    }
    let panel = match changes.is_empty() {
        true => panel.part(nothing(page, !running.is_empty())),
        false => panel
            .part(Part::Table(table(page, &changes)))
            .foot("Figures: requests of this version since it came, at most a day; changes against the version before over as long"),
    };
    screen.parts.push(panel.into());
    if !running.is_empty() {
        screen.parts.push(running::panel(page, &running).into());
    }
    Ok(screen)
}

fn lede(page: &Page, changes: &[Change]) -> Text {
    let range = page.range.label().to_lowercase();
    let Some(newest) = changes.first() else {
        return Text::new(format!("Nothing was deployed in {range}."));
    };
    let count = words::counted(changes.len() as i64, "deployment", "deployments");
    let text = Text::new(format!("{count} in {range}; the newest is "))
        .strong(format!("{} {}", newest.row.service, newest.row.version))
        .plain(format!(", {}.", page.ago(newest.row.at)));
    changes.iter().filter(|change| change.is_worse()).max_by(|a, b| a.harm().total_cmp(&b.harm())).map_or(
        text.clone(),
        |worst| {
            text.plain(" Look at ")
                .strong(format!("{} {}", worst.row.service, worst.row.version))
                .plain(format!(": {}.", worst.harm_words()))
        },
    )
}

fn choice(page: &Page, chosen: Option<&str>, running: &[running::Running]) -> Part {
    let mut services: Vec<&str> = running.iter().map(|row| row.service.as_str()).collect();
    services.extend(chosen);
    services.sort_unstable();
    services.dedup();
    let mut choices = vec![Choice::new("", "Every service", chosen.is_none())];
    choices.extend(services.into_iter().map(|name| Choice::new(name, name, chosen == Some(name))));
    Part::Form(Form {
        id: "which".to_owned(),
        action: "/engineering/deployments".to_owned(),
        method: Method::Get,
        hidden: crate::explore::traces::hidden(&page.to("/engineering/deployments")),
        fields: vec![Field::new("service", "Service", FieldKind::Choice(choices))],
        submit: "Show".to_owned(),
        inline: true,
        instant: true,
        ..Form::default()
    })
}

async fn course(page: &mut Page, service: &str, filters: &[Filter]) -> Result<Panel, Problem> {
    let filter = CellFilter::of(filters, "operation")?.and(0, Some(service));
    let axis = page.axis_of(service);
    let (machine, buckets, period) = (page.machine.clone(), page.buckets.clone(), page.period);
    let cells = machine.store.cells(&mut page.look, Kind::Requests, period, &buckets, &filter, |_| "all").await?;
    let now = cells.into_values().next().unwrap_or_else(|| vec![Counted::default(); buckets.len()]);
    let summary = if sum(&now).count > 0 { red::summary(page, &now) } else { "No requests in this time.".to_owned() };
    Ok(Red { of: service, now: &now, before: &[], quantiles: [0.5, 0.75, 0.95], summary }.panel(page, axis))
}

fn nothing(page: &Page, running: bool) -> Part {
    let told = "A new value of service.version is seen by itself; a pipeline can also tell who brought it, with a POST to /api/v1/deployments.";
    if running {
        let wider = page.address.with_range(parallax_domain::period::Range::Days(91)).href();
        return empty_with(
            "Nothing new",
            format!("Versions that came in this time would be here. {told}"),
            Link::new("The last 91 days", wider),
        );
    }
    let start = Link::new("See how to send them", page.to("/start").href());
    empty_with(
        "No versions yet",
        format!("Every version of every service would be here, with its figures. {told}"),
        start,
    )
}

fn table(page: &Page, changes: &[Change]) -> Table {
    let rows = changes.iter().map(|change| row(page, change)).collect();
    Table {
        caption: "Deployments, newest first".to_owned(),
        columns: vec![
            Column::words("When"),
            Column::words("Version"),
            Column::words("Before").secondary(1),
            Column::figures("Requests").secondary(1),
            Column::figures("Failed"),
            Column::figures("p95"),
            Column::words("Brought by").secondary(2),
        ],
        rows,
        ..Table::default()
    }
}

fn row(page: &Page, change: &Change) -> Row {
    let name = Text::default().link(
        format!("{} {}", change.row.service, change.row.version),
        page.to("/engineering/services")
            .with("service", &change.row.service)
            .with_filter(Filter::is("version", &change.row.version))
            .href(),
    );
    let url = change.row.url.as_deref().filter(|url| leads_to_a_page(url));
    let by = match (&change.row.author, url) {
        (Some(author), Some(url)) => Text::default().link(author.clone(), url),
        (Some(author), None) => Text::new(author.clone()),
        (None, Some(url)) => Text::default().link("pipeline", url),
        (None, None) if change.row.source == "seen" => Text::default().soft("seen in telemetry"),
        (None, None) => Text::default().soft("not told"),
    };
    let share = error_share(&change.after);
    let p95 = quantile_ms(&change.after, 0.95);
    let (failed, slowed) = (change.failures(), change.duration());
    let tone = |bad: bool| if bad { Tone::Bad } else { Tone::Neutral };
    let few = || Text::new("too few to compare");
    Row::new(vec![
        Cell::new(page.time(change.row.at)).sub(page.ago(change.row.at)),
        Cell::new(name).sub(change.row.environment.clone()),
        Cell::new(change.row.before.clone().unwrap_or_default()),
        Cell::new(words::count_full(Some(change.after.count as f64))).sub(change.lasted()),
        Cell::new(joined(words::percent(share)))
            .tone(tone(change.fails_more()))
            .sub(failed.map_or_else(few, |label| Text::new(label.label))),
        Cell::new(words::duration_full(p95))
            .tone(tone(change.is_slower()))
            .sub(slowed.map_or_else(few, |label| Text::new(label.label))),
        Cell::new(by),
    ])
}

/// A pipeline may send any text; a link of another kind than to a page would run in the reader's name.
fn leads_to_a_page(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

#[cfg(test)]
mod tests {
    use super::leads_to_a_page;

    #[test]
    fn only_pages_are_linked() {
        assert!(leads_to_a_page("https://ci.example/run/7"));
        for other in ["javascript:alert(1)", "data:text/html,x", " https://ci.example", "//ci.example"] {
            assert!(!leads_to_a_page(other), "{other}");
        }
    }
}
