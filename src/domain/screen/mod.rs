//! What a page shows, as data: words, figures, tables, forms and finished drawings.
//!
//! The server composes a [`Screen`] from answers; the kit renders it, the same on both sides. A
//! part never holds a raw number to be formatted later: the text a person reads is made once, on
//! the server, in the project's zone.

mod form;
mod kept;
mod palette;
mod panel;
mod table;
mod text;

pub use form::*;
pub use kept::*;
pub use palette::*;
pub use panel::*;
pub use table::*;
pub use text::*;

use crate::{Address, Instant, Problem};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Screen {
    /// Of the document, without the product's name.
    pub title: String,
    pub frame: Frame,
    pub crumbs: Vec<Link>,
    pub heading: String,
    /// One computed sentence that answers "is it fine?".
    pub lede: Text,
    pub actions: Vec<Link>,
    pub tabs: Vec<Tab>,
    pub parts: Vec<Part>,
    /// Seconds between refreshes while the tab is visible; none for pages that do not change.
    pub refresh: Option<u32>,
    /// Figures beside those on cards that a person who saves the page keeps; they do not travel to the browser.
    #[serde(skip)]
    pub figures: Vec<Kept>,
}

impl Screen {
    pub fn new(title: &str) -> Screen {
        Screen { title: title.to_owned(), heading: title.to_owned(), ..Screen::default() }
    }
}

/// What surrounds the content: who looks, at which project, through which filters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    pub viewer: Option<Viewer>,
    pub projects: Vec<ProjectChoice>,
    pub address: Address,
    /// `None` on pages that have no time range, such as settings.
    pub filters: Option<FilterBar>,
    /// Problems of the installation that everybody should see, such as a plain-http cookie.
    pub notices: Vec<Banner>,
    /// Saved views that the viewer marked as theirs.
    pub favourites: Vec<Link>,
    /// What happened lately, newest first.
    pub news: Vec<News>,
}

/// Something that happened, for the list of news.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct News {
    pub icon: String,
    /// `New issue`, `Deployment`, `Ticket`.
    pub kind: String,
    pub words: String,
    pub when: String,
    pub href: String,
    /// The viewer has not seen it yet.
    pub new: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Viewer {
    pub name: String,
    pub email: String,
    pub roles: Vec<crate::Role>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProjectChoice {
    pub id: i32,
    pub name: String,
    pub demo: bool,
    pub current: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FilterBar {
    pub range: String,
    /// The exact period in words, for print and for the menu.
    pub period: String,
    pub compare: String,
    pub environments: Vec<String>,
    pub chips: Vec<Chip>,
    /// Fields offered by "Filter", each with its most frequent values.
    pub fields: Vec<String>,
    pub coverage: Option<Coverage>,
    pub zone: String,
    /// Other zones to read the times in, each with its address; the current one is marked.
    pub zones: Vec<Link>,
    /// What can be kept of this page: forms and links of one menu.
    pub keep: Vec<Part>,
    pub fresh_as_of: Option<Instant>,
    /// In words: `2 s ago`, or `stale since 14:32`.
    pub fresh: String,
    pub stale: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chip {
    pub field: String,
    pub phrase: String,
    pub values: String,
    /// Address without this filter.
    pub remove: String,
}

/// How much of reality the figures about people saw. Unknown is said, never shown as full.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    pub share: Option<f64>,
    pub label: String,
    pub explanation: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tab {
    pub label: String,
    pub href: String,
    pub count: Option<String>,
    pub current: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Part {
    Stats(Stats),
    /// Twelve columns; each part takes `span` of them and folds by itself.
    Grid(Vec<(u8, Part)>),
    Panel(Panel),
    Section {
        title: String,
        note: String,
    },
    Banner(Banner),
    Table(Table),
    /// A finished chart: figure, summary and data table as one piece of markup.
    Drawing(Drawing),
    Prose(Text),
    List(Vec<Item>),
    Facts(Vec<(String, Text)>),
    Form(Form),
    Code(Code),
    Empty(Empty),
    Tabs(Vec<Tab>),
    Problem(Problem),
    /// Not there yet, and why: a place of the same size, filled by the next reading of the page.
    Waiting(String),
}

/// Markup made by the chart functions, escaped there. `id` is stable: the key of the figure, never random.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Drawing {
    pub id: String,
    pub markup: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Code {
    pub text: String,
    /// Says what is copied: `Copy the lines for Python`.
    pub copy: Option<String>,
}

/// Nothing to show: what would be here, why it is not, and one thing to do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Empty {
    pub title: String,
    pub why: Text,
    pub snippet: Option<String>,
    pub action: Option<Link>,
}
