//! Panels and the figures in them.

use super::{Link, Part, Text, Tone};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Panel {
    pub id: String,
    pub title: String,
    pub unit: String,
    /// One sentence computed from the data.
    pub summary: Text,
    pub badge: Option<(String, Tone)>,
    /// Links at the right of the heading; several with one `current` form a segmented choice.
    pub choices: Vec<Link>,
    pub actions: Vec<Link>,
    pub body: Vec<Part>,
    /// n, source, age and what else the figures need to be trusted.
    pub foot: Vec<Text>,
    /// Tables and lists run to the panel's edges.
    pub flush: bool,
    /// Why the panel shows only a part of the answer.
    pub partial: Option<String>,
    /// Formula and rule in force, n, freshness, and where the rows behind it are.
    pub definition: Vec<Text>,
}

impl Panel {
    pub fn new(id: &str, title: impl Into<String>) -> Panel {
        Panel { id: id.to_owned(), title: title.into(), ..Panel::default() }
    }

    pub fn unit(mut self, unit: impl Into<String>) -> Panel {
        self.unit = unit.into();
        self
    }

    pub fn summary(mut self, summary: impl Into<Text>) -> Panel {
        self.summary = summary.into();
        self
    }

    pub fn badge(mut self, label: impl Into<String>, tone: Tone) -> Panel {
        self.badge = Some((label.into(), tone));
        self
    }

    pub fn part(mut self, part: Part) -> Panel {
        self.body.push(part);
        self
    }

    pub fn foot(mut self, text: impl Into<Text>) -> Panel {
        self.foot.push(text.into());
        self
    }

    pub fn choices(mut self, choices: Vec<Link>) -> Panel {
        self.choices = choices;
        self
    }

    pub fn action(mut self, action: Link) -> Panel {
        self.actions.push(action);
        self
    }

    pub fn define(mut self, line: impl Into<Text>) -> Panel {
        self.definition.push(line.into());
        self
    }

    pub fn flush(mut self) -> Panel {
        self.flush = true;
        self
    }
}

impl From<Panel> for Part {
    fn from(panel: Panel) -> Part {
        Part::Panel(panel)
    }
}

/// A row of figures that share one panel, divided by hairlines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stats {
    /// Said to screen readers: what these figures are about.
    pub label: String,
    pub cards: Vec<Stat>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stat {
    pub id: String,
    pub name: String,
    /// Formula and rule in force, for the popover.
    pub definition: String,
    /// What the popover adds: n, freshness, version of the rules, the rows behind the figure.
    pub proof: Vec<Text>,
    /// `–` when unknown.
    pub value: String,
    pub unit: String,
    pub change: Text,
    /// A sparkline, as finished markup.
    pub spark: String,
    /// n, coverage or target.
    pub foot: Text,
    pub href: Option<String>,
    /// Needs somebody to act.
    pub alert: bool,
    /// The figure itself, for those who keep it; it does not travel to the browser.
    #[serde(skip)]
    pub figure: Option<f64>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Banner {
    pub tone: Tone,
    pub text: Text,
    pub action: Option<Link>,
}

/// A line of a list: findings, events, links to other views.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Item {
    pub icon: String,
    pub tone: Tone,
    pub title: Text,
    pub note: Text,
    pub end: Text,
    pub href: Option<String>,
}
