//! All issues of the period.

use super::{applied, status_words};
use crate::charts::{Hue, SmallBars};
use crate::page::Page;
use crate::parts::empty_with;
use crate::reading;
use crate::words;
use parallax_domain::question::{IssueRow, IssueSort, IssueStatus, Issues};
use parallax_domain::screen::{Cell, Column, Link, Pager, Panel, Part, Row, Screen, Sorted, Table, Text};
use parallax_domain::{Filter, Problem};
use std::collections::BTreeMap;

const PER_PAGE: usize = 50;
/// As many as the store answers at most.
const MOST: usize = 500;

/// Which issues are listed: in the address as `show`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Show {
    Open,
    New,
    Back,
    Resolved,
    Archived,
    All,
}

impl Show {
    const ALL: [(Show, &'static str, &'static str); 6] = [
        (Show::Open, "open", "Open"),
        (Show::New, "new", "New"),
        (Show::Back, "back", "Came back"),
        (Show::Resolved, "resolved", "Resolved"),
        (Show::Archived, "archived", "Archived"),
        (Show::All, "all", "All"),
    ];

    fn of(page: &Page) -> Show {
        let word = page.address.get("show").unwrap_or("open");
        Show::ALL.iter().find(|(_, known, _)| *known == word).map_or(Show::Open, |(show, ..)| *show)
    }

    fn has(self, status: IssueStatus) -> bool {
        match self {
            Show::Open => !matches!(status, IssueStatus::Resolved | IssueStatus::Archived),
            Show::New => status == IssueStatus::New,
            Show::Back => matches!(status, IssueStatus::Regressed | IssueStatus::Escalating),
            Show::Resolved => status == IssueStatus::Resolved,
            Show::Archived => status == IssueStatus::Archived,
            Show::All => true,
        }
    }
}

/// In the address as `sort`.
const SORTS: [(IssueSort, &str); 4] = [
    (IssueSort::People, "people"),
    (IssueSort::Count, "count"),
    (IssueSort::LastSeen, "last"),
    (IssueSort::FirstSeen, "first"),
];

pub async fn compose(page: &mut Page) -> Result<Screen, Problem> {
    let applied = applied(page);
    let notice = applied.notice(page, "Issues");
    let sort = page
        .address
        .get("sort")
        .and_then(|word| SORTS.iter().find(|(_, known)| *known == word))
        .map_or(IssueSort::People, |(sort, _)| *sort);
    let machine = page.machine.clone();
    let mut frame = page.frame(page.period);
    frame.filters = applied.filters.clone();
    let all = machine.store.issues(&mut page.look, &frame, &Issues { status: None, sort }).await?.result.rows;
    let people = machine.store.people_with_errors(&mut page.look, page.period).await?;
    let show = Show::of(page);
    let shown: Vec<&IssueRow> = all.iter().filter(|issue| show.has(issue.status)).collect();
    let pages = shown.len().div_ceil(PER_PAGE).max(1);
    let number = usize::try_from(page.address.number("page").unwrap_or(1)).unwrap_or(1).clamp(1, pages);
    let first = (number - 1) * PER_PAGE;
    let slice: Vec<&IssueRow> = shown.iter().skip(first).take(PER_PAGE).copied().collect();
    let ids: Vec<String> = slice.iter().map(|issue| issue.id.clone()).collect();
    let buckets = page.buckets.clone();
    let courses = machine.store.issue_courses(&mut page.look, &frame, &ids, &buckets).await?;

    let mut screen = page.screen("Issues");
    screen.crumbs = page.crumbs("Engineering", "/engineering");
    screen.tabs = crate::engineering::tabs(page);
    screen.lede = lede(&all, reading::people(page, people), frame.filters.is_empty());
    screen.parts.extend(notice);
    let choices = Show::ALL.iter().map(|(which, word, label)| {
        let count = all.iter().filter(|issue| which.has(issue.status)).count();
        let address = page.address.with("show", word).without("page");
        Link::new(format!("{label} {count}"), address.href()).current(*which == show)
    });
    let mut panel = Panel::new("issues", "Issues")
        .unit(format!("with exceptions in {}", page.range.label().to_lowercase()))
        .choices(choices.collect())
        .flush();
    if all.len() >= MOST {
        panel.partial = Some(format!(
            "The first {MOST} in this order; there are more. A filter or a shorter time shows the others."
        ));
    }
    let panel = match shown.is_empty() {
        true => panel.part(nothing(page, &all, &applied.filters)),
        false => {
            let mut table = table(page, sort, &slice, &courses);
            table.pager = (pages > 1).then(|| pager(page, number, pages, first, slice.len(), shown.len()));
            panel.part(Part::Table(table)).foot("People: different people who met it, of those who are known")
        }
    };
    screen.parts.push(panel.into());
    Ok(screen)
}

fn lede(all: &[IssueRow], people: String, unfiltered: bool) -> Text {
    let open = all.iter().filter(|issue| Show::Open.has(issue.status)).count();
    let new = all.iter().filter(|issue| issue.status == IssueStatus::New).count();
    let back = all.iter().filter(|issue| Show::Back.has(issue.status)).count();
    if open == 0 {
        return Text::new(match all.len() {
            0 => "No exceptions in this time.".to_owned(),
            n => format!(
                "Nothing open: {} in this time, all resolved or archived.",
                words::counted(n as i64, "issue", "issues")
            ),
        });
    }
    let mut parts = Vec::new();
    if new > 0 {
        parts.push(format!("{new} new"));
    }
    if back > 0 {
        parts.push(format!("{back} came back after being resolved"));
    }
    let mut text = Text::new(words::counted(open as i64, "open issue", "open issues"));
    if !parts.is_empty() {
        text = text.plain(format!(", {}", parts.join(", ")));
    }
    if unfiltered {
        text = text.plain("; ").strong(format!("{people} people")).plain(" met at least one exception");
    }
    match all.iter().filter(|issue| Show::Open.has(issue.status)).max_by_key(|issue| (issue.people, issue.count)) {
        Some(worst) => text.plain(". Most: ").strong(worst.title.clone()).plain("."),
        None => text.plain("."),
    }
}

fn nothing(page: &Page, all: &[IssueRow], filters: &[Filter]) -> Part {
    match (all.is_empty(), filters.is_empty()) {
        (false, _) => empty_with(
            "None of this kind",
            format!(
                "{} happened in this time, but none is of the chosen kind.",
                words::counted(all.len() as i64, "issue", "issues")
            ),
            Link::new("Show all", page.address.with("show", "all").href()),
        ),
        (true, false) => empty_with(
            "No exception fits",
            "Exceptions of this time would be here, grouped into issues. None fits these filters.",
            Link::new("Remove the filters", page.address.without_filters().with_environment(None).href()),
        ),
        (true, true) => empty_with(
            "No exceptions",
            "Exceptions would be here, grouped into issues. They are read from span events and log records with exception.type; none came in this time.",
            Link::new("See how to send them", page.to("/start").href()),
        ),
    }
}

fn pager(page: &Page, number: usize, pages: usize, first: usize, shown: usize, all: usize) -> Pager {
    let to = |number: usize| page.address.with("page", &number.to_string()).href();
    Pager {
        words: format!("{} to {} of {all}", first + 1, first + shown),
        previous: (number > 1).then(|| Link::new("Previous", to(number - 1))),
        next: (number < pages).then(|| Link::new("Next", to(number + 1))),
    }
}

fn table(page: &Page, sort: IssueSort, issues: &[&IssueRow], courses: &BTreeMap<String, Vec<i64>>) -> Table {
    let head = |column: Column, wanted: IssueSort| {
        let word = SORTS.iter().find(|(known, _)| *known == wanted).map_or("people", |(_, word)| *word);
        let address = page.address.with("sort", word).without("page");
        column.sorted(address.href(), (sort == wanted).then_some(Sorted::Down))
    };
    let rows = issues
        .iter()
        .map(|issue| {
            let (word, tone) = status_words(issue.status);
            let course = courses.get(&issue.id).into_iter().flatten().map(|count| Some(*count as f64)).collect();
            let service = issue.service.clone().unwrap_or_else(|| "unknown service".to_owned());
            let versions = match issue.versions.as_slice() {
                [] => String::new(),
                [one] => format!(", {one}"),
                [.., newest] => format!(", {} versions up to {newest}", issue.versions.len()),
            };
            let title =
                Text::default().link(issue.title.clone(), page.address.with("issue", &issue.id).without("page").href());
            Row::new(vec![
                Cell::new(title).sub(format!("{service}{versions}")),
                Cell::new(Text::default().badge(word, tone)),
                Cell::drawn(SmallBars::new(course).hue(Hue::Mute).draw()),
                Cell::new(words::count_full(Some(issue.count as f64))),
                Cell::new(reading::people(page, issue.people)),
                Cell::new(Text::default().time(page.ago(issue.last_seen), issue.last_seen)),
                Cell::new(Text::default().time(page.ago(issue.first_seen), issue.first_seen)),
            ])
        })
        .collect();
    Table {
        caption: "Issues".to_owned(),
        columns: vec![
            Column::words("Issue").width(42),
            Column::words("State").secondary(1),
            Column::figures("Over time").secondary(1).width(14),
            head(Column::figures("Count"), IssueSort::Count),
            head(Column::figures("People"), IssueSort::People),
            head(Column::figures("Last seen").secondary(1), IssueSort::LastSeen),
            head(Column::figures("First seen").secondary(2), IssueSort::FirstSeen),
        ],
        rows,
        ..Table::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issue(title: &str, status: IssueStatus, people: i64) -> IssueRow {
        let at = "2026-11-19T14:00:00Z".parse().unwrap();
        IssueRow {
            id: "0".repeat(16),
            title: title.into(),
            service: None,
            count: people,
            people,
            first_seen: at,
            last_seen: at,
            status,
            versions: Vec::new(),
        }
    }

    #[test]
    fn the_first_sentence_counts_what_is_open_and_names_the_worst() {
        let all = [
            issue("PoolTimeout", IssueStatus::Ongoing, 40),
            issue("NotFound", IssueStatus::Resolved, 900),
            issue("Conflict", IssueStatus::Regressed, 3),
            issue("OutOfMemory", IssueStatus::New, 7),
        ];
        assert_eq!(
            lede(&all, "45".into(), true).words(),
            "3 open issues, 1 new, 1 came back after being resolved; 45 people met at least one exception. Most: PoolTimeout."
        );
        // People of all issues say nothing about a part of them.
        assert!(!lede(&all, "45".into(), false).words().contains("45"));
    }

    #[test]
    fn nothing_open_is_not_nothing_happened() {
        assert_eq!(lede(&[], "0".into(), true).words(), "No exceptions in this time.");
        let resolved = [issue("NotFound", IssueStatus::Resolved, 9)];
        assert_eq!(
            lede(&resolved, "9".into(), true).words(),
            "Nothing open: 1 issue in this time, all resolved or archived."
        );
    }
}
