//! What a saved view says about itself when it is opened again.

use super::{Remembered, Share, compare};
use crate::page::Page;
use crate::words;
use parallax_domain::Problem;
use parallax_domain::screen::{Cell, Column, Kept, Panel, Part, Row, Table, Text};
use parallax_server::views::memory::{Memory, RULES};

/// What a view remembers.
pub struct Since {
    pub sentence: Text,
    pub panel: Panel,
}

/// The change since it was saved, as a sentence and as a table. `present` is what the page says of its own days.
///
/// # Errors
/// Whatever the page itself refuses with.
pub async fn since(page: &Page, memory: &Memory, present: &[Kept]) -> Result<Since, Problem> {
    let remembered = compare(&page.machine, &page.viewer, memory).await?;
    let sentence = sentence(page, memory, &remembered);
    let panel = Panel::new("since-saved", "Since it was saved")
        .unit(format!("on {}, version {}", page.date(memory.made_at), memory.version))
        .summary(sentence.clone())
        .flush()
        .part(Part::Table(table(page, memory, &remembered, present)))
        .foot("The same days read again: records that came late, people recognised as one, people erased")
        .foot("Now: the days that this page shows");
    Ok(Since { sentence, panel })
}

/// In place of a memory that cannot be read.
pub fn untold() -> Panel {
    Panel::new("since-saved", "Since it was saved")
}

/// The most telling change: `People was 4,812 on 3 Nov, is 4,799: 31 late, −40 merged, −4 erased or expired.`
pub(super) fn sentence(page: &Page, memory: &Memory, remembered: &[Remembered]) -> Text {
    let size = |one: &Remembered| {
        let (was, is) = (one.was.value.unwrap_or(0.0), one.is.as_ref().and_then(|is| is.value).unwrap_or(0.0));
        (is - was).abs() / was.abs().max(1.0)
    };
    let changed: Vec<&Remembered> =
        remembered.iter().filter(|one| one.is.as_ref().is_some_and(|is| is.value != one.was.value)).collect();
    let Some(first) = changed.iter().copied().max_by(|a, b| size(a).total_cmp(&size(b))) else {
        return Text::new("The same days read again say the same.");
    };
    let is = first.is.as_ref().map_or_else(|| words::UNKNOWN.to_owned(), |is| is.words.clone());
    let text = Text::default().strong(first.was.name.clone()).plain(format!(
        " of the same days was {} on {}, is {is}: ",
        first.was.words,
        page.date(memory.made_at)
    ));
    let text = text.plain(why(memory, first));
    match changed.len() {
        1 => text.plain("."),
        n => text.plain(format!("; {} changed too.", words::counted(n as i64 - 1, "other figure", "other figures"))),
    }
}

fn why(memory: &Memory, one: &Remembered) -> String {
    match &one.why {
        Some(shares) if shares.is_empty() => "unchanged".to_owned(),
        Some(shares) => shares.iter().map(|share| said(&one.was, share)).collect::<Vec<_>>().join(", "),
        None if memory.rules != RULES => "it is counted by another rule now".to_owned(),
        None if memory.base.is_none() => "causes are not known, it was kept too shortly before a restart".to_owned(),
        None => "causes are not known".to_owned(),
    }
}

fn said(kept: &Kept, share: &Share) -> String {
    format!("{} {}", difference(kept, share.change), share.cause.words())
}

/// A change in the figure's own unit: points of a share, whole things, money and time with two digits.
fn difference(kept: &Kept, change: f64) -> String {
    if kept.words.ends_with('%') {
        return format!("{} pt", words::signed(change * 100.0, 2));
    }
    let whole = kept.value.is_some_and(|value| value.fract() == 0.0) && change.fract() == 0.0;
    words::signed(change, if whole { 0 } else { 2 })
}

fn table(page: &Page, memory: &Memory, remembered: &[Remembered], present: &[Kept]) -> Table {
    let rows = remembered.iter().map(|one| {
        let now = present.iter().find(|kept| kept.id == one.was.id);
        let words_of = |kept: Option<&Kept>| kept.map_or_else(|| words::UNKNOWN.to_owned(), |kept| kept.words.clone());
        Row::new(vec![
            Cell::new(one.was.name.clone()),
            Cell::new(one.was.words.clone()),
            Cell::new(words_of(one.is.as_ref())),
            Cell::new(why(memory, one)),
            Cell::new(words_of(now)),
        ])
    });
    Table {
        caption: "What was saved, and what it is".to_owned(),
        columns: vec![
            Column::words("Figure"),
            Column::figures(format!("Saved {}", page.date(memory.made_at))),
            Column::figures("Same days today"),
            Column::words("Why").secondary(1),
            Column::figures("Now"),
        ],
        rows: rows.collect(),
        fold: true,
        ..Table::default()
    }
}
