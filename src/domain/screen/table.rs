//! Tables. Cells hold finished words and drawings; sorting and paging are links, so they work without scripts.

use super::{Link, Text, Tone};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    pub caption: String,
    pub columns: Vec<Column>,
    pub rows: Vec<Row>,
    pub total: Option<Row>,
    /// Folds into labelled rows on a phone.
    pub fold: bool,
    pub pager: Option<Pager>,
    /// Address of the same rows as CSV.
    pub csv: Option<String>,
    /// Columns that can be shown and hidden, each with its address; shown ones are current.
    pub choice: Vec<Link>,
    pub class: String,
}

impl Table {
    /// Names the table on its page: its caption in letters, digits and dashes.
    pub fn key(&self) -> String {
        let safe = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
        let words: String = self.caption.chars().map(safe).collect();
        words.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Column {
    pub label: String,
    pub hint: String,
    /// Figures are right-aligned, words left-aligned.
    pub numeric: bool,
    /// Secondary columns leave first when space is short: 1 leaves on a phone, 2 already on a tablet.
    pub secondary: u8,
    /// Address that sorts by this column.
    pub sort: Option<String>,
    pub sorted: Option<Sorted>,
    /// Share of the width in percent; 0 lets the browser decide.
    pub width: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sorted {
    Up,
    Down,
}

impl Column {
    pub fn words(label: impl Into<String>) -> Column {
        Column { label: label.into(), ..Column::default() }
    }

    pub fn figures(label: impl Into<String>) -> Column {
        Column { label: label.into(), numeric: true, ..Column::default() }
    }

    pub fn secondary(mut self, level: u8) -> Column {
        self.secondary = level;
        self
    }

    pub fn hint(mut self, hint: &str) -> Column {
        self.hint = hint.to_owned();
        self
    }

    pub fn width(mut self, percent: u8) -> Column {
        self.width = percent;
        self
    }

    pub fn sorted(mut self, href: impl Into<String>, sorted: Option<Sorted>) -> Column {
        self.sort = Some(href.into());
        self.sorted = sorted;
        self
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Row {
    pub cells: Vec<Cell>,
    pub selected: bool,
    /// A row that names a group of the rows after it.
    pub group: bool,
    pub class: String,
}

impl Row {
    pub fn new(cells: Vec<Cell>) -> Row {
        Row { cells, ..Row::default() }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    pub text: Text,
    pub sub: Text,
    pub tone: Tone,
    /// Finished markup: a bar, a sparkline.
    pub drawing: String,
    pub code: bool,
}

impl Cell {
    pub fn new(text: impl Into<Text>) -> Cell {
        Cell { text: text.into(), ..Cell::default() }
    }

    pub fn code(text: impl Into<Text>) -> Cell {
        Cell { text: text.into(), code: true, ..Cell::default() }
    }

    pub fn link(label: impl Into<String>, href: impl Into<String>) -> Cell {
        Cell::new(Text::default().link(label, href))
    }

    pub fn drawn(drawing: impl Into<String>) -> Cell {
        Cell { drawing: drawing.into(), ..Cell::default() }
    }

    #[expect(clippy::should_implement_trait, reason = "the smaller line below, nothing is subtracted")]
    pub fn sub(mut self, sub: impl Into<Text>) -> Cell {
        self.sub = sub.into();
        self
    }

    pub fn tone(mut self, tone: Tone) -> Cell {
        self.tone = tone;
        self
    }

    pub fn with_drawing(mut self, drawing: impl Into<String>) -> Cell {
        self.drawing = drawing.into();
        self
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pager {
    /// `12 of 24 shown`.
    pub words: String,
    pub previous: Option<Link>,
    pub next: Option<Link>,
}
