//! Searching log lines: how they lie in time, where they are from, what they say.

mod histogram;
pub mod lines;
mod narrow;
mod one;

use crate::applied::Applied;
use crate::page::Page;
use crate::parts::{empty_with, joined};
use crate::{forms, reading, words};
use parallax_domain::filter::FIELDS;
use parallax_domain::period::Range;
use parallax_domain::question::{Frame, Logs};
use parallax_domain::screen::{Field, FieldKind, Form, Link, Panel, Part, Screen, Text};
use parallax_domain::{Filter, Permission, Problem, Severity};
use parallax_server::store::question::{self, Histogram, LogLine, LogPage};
use serde_json::json;

/// Lines of one page.
const SHOWN: usize = 100;
/// Fields that say where a line is from, not what it says.
const PLACES: [&str; 5] = ["level", "service", "host", "environment", "version"];

/// What the page shows, asked once.
struct Facts {
    asked: String,
    /// Whether the viewer reads what was written.
    raw: bool,
    page: LogPage,
    histogram: Histogram,
    opened: Option<LogLine>,
}

pub async fn compose(page: &mut Page) -> Result<Screen, Problem> {
    let asked = page.address.get("q").unwrap_or("").trim().to_owned();
    let mut screen = page.screen("Logs");
    screen.crumbs = page.crumbs("Explore", "/explore/logs");
    screen.tabs = super::tabs(page);
    let reads_text = match question::reads_text(&asked) {
        Ok(reads_text) => reads_text,
        Err(problem) => {
            screen.lede = Text::new("The search is not complete yet.");
            screen.parts.push(search_panel(page, &asked, &problem.detail).part(how_to_search(page)).into());
            return Ok(screen);
        }
    };
    let may = page.viewer.may(Permission::ReadRawText);
    if reads_text && !may {
        screen.lede = Text::new("What lines say is not searched for you; level, service, host and trace are.");
        let panel = search_panel(page, &asked, "").part(reading::not_for_you(page, "The messages of log lines"));
        screen.parts.push(panel.into());
        return Ok(screen);
    }
    let applied = Applied::of(page, |filter| can(filter, may));
    screen.parts.extend(applied.notice(page, "Log lines"));
    let raw = reading::reads_raw(page, "log lines", json!({ "search": asked })).await?;
    let facts = facts(page, asked, raw, applied.filters).await?;
    screen.lede = lede(page, &facts);
    if facts.page.total == 0 {
        screen.parts.push(search_panel(page, &facts.asked, "").part(nothing(page, &facts.asked)).into());
        return Ok(screen);
    }
    // An older page and an opened line stay as they are.
    if page.address.get("cursor").is_some() || facts.opened.is_some() {
        screen.refresh = None;
    }
    let axis = page.axis();
    let (summary, drawing) = histogram::drawing(page, &facts, axis);
    screen.parts.push(search_panel(page, &facts.asked, "").summary(summary).part(drawing).into());
    screen.parts.extend(facts.opened.as_ref().map(|line| one::panel(page, line).into()));
    let beside = vec![(9, lines::panel(page, &facts).into()), (3, narrow::panel(page, &facts).into())];
    screen.parts.push(Part::Grid(beside));
    if facts.raw {
        screen.parts.push(narrow::patterns(page, &facts).into());
    }
    Ok(screen)
}

/// Filters on attributes tell what lines say to those who may not read them.
fn can(filter: &Filter, may: bool) -> bool {
    let field = filter.field.as_str();
    if PLACES.contains(&field) {
        return !filter.op.compares_numbers();
    }
    may && !FIELDS.contains(&field)
}

async fn facts(page: &mut Page, asked: String, raw: bool, filters: Vec<Filter>) -> Result<Facts, Problem> {
    let machine = page.machine.clone();
    let frame = Frame { filters, ..page.frame(page.period) };
    let after = page.address.get("cursor").map(str::to_owned);
    let question = Logs { search: asked.clone(), limit: SHOWN, after };
    let found = machine.store.log_page(&mut page.look, &frame, &question).await?;
    let buckets = page.buckets.clone();
    let histogram = machine.store.log_histogram(&mut page.look, &frame, &asked, &buckets).await?;
    let opened = match page.address.get("line").map(str::to_owned).filter(|_| raw) {
        Some(key) => machine.store.log_line(&mut page.look, &key).await?,
        None => None,
    };
    Ok(Facts { asked, raw, page: found, histogram, opened })
}

impl Facts {
    /// Lines of these levels, by facet: the histogram may reach a little beyond the period.
    fn of_levels(&self, levels: &[Severity]) -> i64 {
        let facet = self.page.facets.iter().find(|facet| facet.field == "level");
        let values = facet.into_iter().flat_map(|facet| &facet.values);
        let wanted = |value: Option<&str>| levels.iter().any(|level| value == Some(level.word()));
        values.filter(|value| wanted(value.value.as_deref())).map(|value| value.count).sum()
    }

    /// The level facet counts all lines, also beyond what is counted exactly.
    fn total(&self) -> i64 {
        self.of_levels(&Severity::ALL)
    }
}

fn lede(page: &Page, facts: &Facts) -> Text {
    let total = facts.total();
    if total == 0 {
        return Text::new("No line fits.");
    }
    let lines = if total == 1 { "line".to_owned() } else { "lines".to_owned() };
    let text = Text::default().strong(words::count_full(Some(total as f64))).plain(format!(" {lines}"));
    let fits = if facts.asked.is_empty() && page.filters().is_empty() { "" } else { " that fit" };
    let errors = facts.of_levels(&[Severity::Error, Severity::Fatal]);
    let text = match errors {
        0 => text.plain(format!("{fits}, none of them an error.")),
        _ => {
            let share = words::percent_brief(Some(errors as f64 / total as f64));
            text.plain(format!("{fits}, "))
                .strong(words::counted(errors, "error", "errors"))
                .plain(format!(" among them ({}).", joined(share)))
        }
    };
    match facts.page.patterns.first().filter(|_| facts.raw) {
        Some(pattern) if total > 1 => {
            text.plain(" Most often: ").code(words::shortened(&pattern.template, 80)).plain(".")
        }
        _ => text,
    }
}

fn search_panel(page: &Page, asked: &str, error: &str) -> Panel {
    let mut field = Field::new("q", "Search the lines", FieldKind::Search)
        .value(asked)
        .hint("Words, \"phrases\", service:web level:error, AND, OR, NOT, parentheses");
    field.error = error.to_owned();
    let form = Form { fields: vec![field], instant: true, ..forms::ask(page, "search", "Search") };
    let panel = Panel::new("over-time", "Lines over time").unit(format!("by level, {}", page.step_words()));
    let panel = panel.part(Part::Form(form));
    if asked.is_empty() {
        panel
    } else {
        panel.action(Link::new("Clear the search", page.address.without("q").without("cursor").href()).icon("x"))
    }
}

fn how_to_search(page: &Page) -> Part {
    let why = "The lines that fit would be here. Words and “phrases” are looked for in the message, field:value in level, service, host, trace_id or an attribute; AND, OR, NOT and parentheses join them.";
    let example = page.address.with("q", "level:error NOT service:web").without("cursor").href();
    empty_with("This search cannot be read", why, Link::new("Try level:error NOT service:web", example))
}

fn nothing(page: &Page, asked: &str) -> Part {
    let range = page.range.label().to_lowercase();
    if !asked.is_empty() || !page.filters().is_empty() {
        let why = format!("Log lines of {range} would be here. None of them fits this search and these filters.");
        let all = page.address.without_filters().with_environment(None).without("q").without("cursor");
        return empty_with("No line fits", why, Link::new("Show every line", all.href()));
    }
    if page.address.get("cursor").is_some() {
        let newest = page.address.without("cursor").href();
        let why = "Older lines would be here. There are none before the last one that you saw.";
        return empty_with("No older line", why, Link::new("The newest lines", newest));
    }
    let why = format!(
        "What services and machines write would be here. {} has received no line in {range}. OpenTelemetry, syslog and plain text are taken.",
        page.project.name
    );
    let wider = page.address.with_range(Range::Days(28)).href();
    empty_with("No lines", why, Link::new("Look at the last 28 days", wider))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_on_an_attribute_is_only_for_those_who_read_lines() {
        let attribute = Filter::is("properties.order", "A-1");
        assert!(can(&attribute, true) && !can(&attribute, false));
        assert!(can(&Filter::is("service", "web"), false));
        // Lines know no country: the filter is named as one that does not hold.
        assert!(!can(&Filter::is("country", "DE"), true));
    }
}
