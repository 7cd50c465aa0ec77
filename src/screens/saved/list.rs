//! `/views`, everything that was saved, and `/annotations`, everything that was written onto the time axis.

use super::keep::audience;
use crate::forms;
use crate::page::Page;
use crate::parts::{empty, empty_with};
use crate::words;
use parallax_domain::period::Range;
use parallax_domain::screen::{
    Cell, Column, Field, FieldKind, Form, Link, Panel, Part, Row, Screen, Table, Text, Tone,
};
use parallax_domain::{Address, Period, Permission, Problem};
use parallax_server::store::question::AnnotationRow;
use parallax_server::views::{self, FUNNEL, PageRow};

/// Notes of one page of the list.
const MOST: i64 = 200;

/// `/views`
pub async fn compose(page: &mut Page) -> Result<Screen, Problem> {
    let rows = views::all(&page.machine.database, &page.viewer, page.project.id).await?;
    let mut screen = page.settings("Saved views");
    screen.lede = match (rows.len(), rows.iter().filter(|row| row.favourite).count()) {
        (0, _) => Text::new("Nothing is saved yet."),
        (all, favourites) => Text::new(format!(
            "{}, {} among your favourites.",
            words::counted(all as i64, "saved view", "saved views"),
            favourites
        )),
    };
    if rows.is_empty() {
        let why = "Here would be the pages and funnels that you and others keep. Open a page, choose what it shows, and save it with Keep in its bar.";
        let action = Link::new("Open your home", page.to(page.viewer.home()).href());
        screen.parts.push(empty_with("Nothing is saved yet", why, action));
        return Ok(screen);
    }
    screen.parts.push(list(page, &rows).into());
    let own: Vec<&PageRow> = rows.iter().filter(|row| row.kind != FUNNEL && row.may_change(&page.viewer)).collect();
    if let Some(chosen) = page.address.number("change").and_then(|id| own.iter().find(|row| row.id == id)) {
        screen.parts.push(change(page, chosen).into());
    }
    Ok(screen)
}

fn list(page: &Page, rows: &[PageRow]) -> Panel {
    let lines = rows.iter().map(|row| {
        let place = if row.folder.is_empty() { String::new() } else { format!("{} / ", row.folder) };
        let what = match &row.page {
            Some(saved) => saved.address(page.project.id).path,
            None => "funnel".to_owned(),
        };
        let owner = row.owner_name.clone().unwrap_or_else(|| "nobody any more".to_owned());
        let seen = match row.shared_role.as_deref() {
            None => "everybody".to_owned(),
            Some("me") => "only the owner".to_owned(),
            Some(role) => role.to_owned(),
        };
        let name = Text::new(place).link(row.name.clone(), row.address(page.project.id).href());
        let changing = match row.kind != FUNNEL && row.may_change(&page.viewer) {
            true => Text::default().link("Change", page.address.with("change", &row.id.to_string()).href() + "#change"),
            false => Text::default(),
        };
        Row::new(vec![
            Cell::new(name).sub(row.description.clone()),
            Cell::new(what),
            Cell::new(owner),
            Cell::new(seen),
            Cell::new(page.time(row.changed_at)),
            Cell::new(if row.favourite { Text::default().badge("favourite", Tone::Accent) } else { Text::default() }),
            Cell::new(changing),
        ])
    });
    let table = Table {
        caption: "Saved views".to_owned(),
        columns: vec![
            Column::words("View"),
            Column::words("Page").secondary(1),
            Column::words("Owner").secondary(1),
            Column::words("Seen by").secondary(2),
            Column::words("Saved"),
            Column::words("Yours"),
            Column::words("Change"),
        ],
        rows: lines.collect(),
        fold: true,
        ..Table::default()
    };
    let choices = rows.iter().map(|row| {
        let mark = if row.favourite { "Take from favourites" } else { "Add to favourites" };
        parallax_domain::screen::Choice::new(row.id.to_string(), format!("{}: {mark}", row.name), false)
    });
    let mut form = forms::change(page, "favourite", "view/favourite", "Mark as favourite");
    form.inline = true;
    form.fields = vec![
        Field::new("view", "View", FieldKind::Choice(choices.collect())),
        Field::new("favourite", "Favourite", FieldKind::Switch).value("true"),
    ];
    Panel::new("views", "All saved views")
        .unit(words::counted(rows.len() as i64, "view", "views"))
        .summary("A saved view keeps its filters, and what it said when it was saved.")
        .flush()
        .part(Part::Table(table))
        .part(Part::Form(form))
}

/// Name, place and audience of one of the viewer's own; or its removal.
fn change(page: &Page, row: &PageRow) -> Panel {
    let view = ("view".to_owned(), row.id.to_string());
    let mut save = forms::change(page, "change-view", "view/save", "Save name and place");
    save.hidden.push(view.clone());
    save.fields = vec![
        Field::new("name", "Name", FieldKind::Text).value(row.name.clone()).required(),
        Field::new("folder", "Folder", FieldKind::Text).value(row.folder.clone()),
        Field::new("description", "What it is for", FieldKind::Long { rows: 2 }).value(row.description.clone()),
        Field::new("audience", "Who sees it", FieldKind::Choice(audience(row.shared_role.as_deref()))),
    ];
    let mut remove = forms::change(page, "remove-view", "view/remove", "Remove view");
    remove.hidden.push(view);
    remove.tone = Tone::Bad;
    remove.confirm = forms::confirm(
        format!("Remove the view {}?", row.name),
        vec![Text::new("It leaves all lists and favourites. No telemetry is touched. Undo brings it back.")],
        "Keep it",
    );
    Panel::new("change", format!("Change {}", row.name)).part(Part::Form(save)).part(Part::Form(remove))
}

/// `/annotations`
pub async fn annotations(page: &mut Page) -> Result<Screen, Problem> {
    let machine = page.machine.clone();
    let rows = machine.store.annotations(&mut page.look, page.period, MOST).await?;
    let mut screen = page.screen("Notes on the time axis");
    screen.lede = match rows.len() {
        0 => Text::new("Nobody wrote onto the time axis in this time."),
        n => Text::new(format!("{} in this time, on every chart.", words::counted(n as i64, "note", "notes"))),
    };
    let mut panel = Panel::new("notes", "Notes").unit(words::counted(rows.len() as i64, "note", "notes"));
    if rows.is_empty() {
        panel = panel.part(empty(
            "No notes",
            "Here would be campaigns, outages, holidays: whatever explains a course. Add one with Keep in the bar of any page.",
        ));
    } else {
        panel = panel.flush().part(Part::Table(table(page, &rows)));
        panel = panel.part(Part::Form(removal(page, &rows)));
    }
    screen.parts.push(panel.into());
    Ok(screen)
}

fn table(page: &Page, rows: &[AnnotationRow]) -> Table {
    let lines = rows.iter().rev().map(|row| {
        let until = row.until.map_or_else(|| Text::new("a moment"), |until| page.time(until));
        // The charts of that time, with as much before and after as shows a change.
        let around = Period {
            from: row.at - chrono::Duration::hours(12),
            to: row.until.unwrap_or(row.at) + chrono::Duration::hours(12),
        };
        let range = format!(
            "{}..{}",
            page.wall(around.from).format("%Y-%m-%dT%H:%M"),
            page.wall(around.to).format("%Y-%m-%dT%H:%M")
        );
        let address = Address { range: Range::parse(&range), ..page.to(page.viewer.home()) };
        Row::new(vec![Cell::link(row.words.clone(), address.href()), Cell::new(page.time(row.at)), Cell::new(until)])
    });
    Table {
        caption: "Notes on the time axis".to_owned(),
        columns: vec![Column::words("Note"), Column::words("From"), Column::words("Until")],
        rows: lines.collect(),
        fold: true,
        ..Table::default()
    }
}

fn removal(page: &Page, rows: &[AnnotationRow]) -> Form {
    let choices = rows.iter().rev().map(|row| {
        let label = format!("{}, {}", row.words, page.moment(row.at));
        parallax_domain::screen::Choice::new(row.id.to_string(), label, false)
    });
    let mut form = forms::change(page, "remove-note", "annotation/remove", "Remove note");
    form.inline = true;
    form.tone = if page.viewer.may(Permission::Administer) { Tone::Bad } else { Tone::Neutral };
    form.fields = vec![Field::new("annotation", "Note", FieldKind::Choice(choices.collect()))];
    form
}
