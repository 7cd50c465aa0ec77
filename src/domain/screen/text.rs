//! Running text with emphasis, links and judged changes. Values from telemetry enter as plain runs
//! and are escaped by the view like any other text.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Text(pub Vec<Run>);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Run {
    Plain(String),
    Strong(String),
    /// Smaller and lighter: units, bases, asides.
    Soft(String),
    /// Things one would type or paste: operations, ids.
    Code(String),
    Link {
        label: String,
        href: String,
    },
    Badge {
        label: String,
        tone: Tone,
    },
    /// A change against the comparison; `up` is the arrow, `tone` the judgement.
    Change {
        label: String,
        up: bool,
        tone: Tone,
    },
    /// An instant: shown in words, exact on hover and for machines.
    Time {
        label: String,
        at: crate::Instant,
    },
    Icon(String),
    Markup(String),
    Break,
}

/// Judgement, only where a state or a change is judged. Normal is grey.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Tone {
    #[default]
    Neutral,
    Good,
    Warn,
    Bad,
    Accent,
}

impl Tone {
    /// The class that the style sheet knows.
    pub fn class(self) -> &'static str {
        match self {
            Tone::Neutral => "",
            Tone::Good => "good",
            Tone::Warn => "warn",
            Tone::Bad => "bad",
            Tone::Accent => "acc",
        }
    }

    /// Said to people who do not see colour.
    pub fn word(self) -> &'static str {
        match self {
            Tone::Neutral | Tone::Accent => "",
            Tone::Good => "better",
            Tone::Warn => "warning",
            Tone::Bad => "worse",
        }
    }
}

impl Text {
    pub fn new(text: impl Into<String>) -> Text {
        Text(vec![Run::Plain(text.into())])
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn and(mut self, run: Run) -> Text {
        self.0.push(run);
        self
    }

    pub fn plain(self, text: impl Into<String>) -> Text {
        self.and(Run::Plain(text.into()))
    }

    pub fn strong(self, text: impl Into<String>) -> Text {
        self.and(Run::Strong(text.into()))
    }

    pub fn soft(self, text: impl Into<String>) -> Text {
        self.and(Run::Soft(text.into()))
    }

    pub fn code(self, text: impl Into<String>) -> Text {
        self.and(Run::Code(text.into()))
    }

    pub fn link(self, label: impl Into<String>, href: impl Into<String>) -> Text {
        self.and(Run::Link { label: label.into(), href: href.into() })
    }

    pub fn badge(self, label: impl Into<String>, tone: Tone) -> Text {
        self.and(Run::Badge { label: label.into(), tone })
    }

    pub fn change(self, label: impl Into<String>, up: bool, tone: Tone) -> Text {
        self.and(Run::Change { label: label.into(), up, tone })
    }

    pub fn time(self, label: impl Into<String>, at: crate::Instant) -> Text {
        self.and(Run::Time { label: label.into(), at })
    }

    pub fn icon(self, name: &str) -> Text {
        self.and(Run::Icon(name.to_owned()))
    }

    /// Finished markup of the chart functions, such as a sparkline beside a word.
    pub fn markup(self, markup: impl Into<String>) -> Text {
        self.and(Run::Markup(markup.into()))
    }

    pub fn line_break(self) -> Text {
        self.and(Run::Break)
    }

    pub fn join(mut self, other: Text) -> Text {
        self.0.extend(other.0);
        self
    }

    /// The words alone: for titles, CSV and tests.
    pub fn words(&self) -> String {
        self.0
            .iter()
            .map(|run| match run {
                Run::Plain(text) | Run::Strong(text) | Run::Soft(text) | Run::Code(text) => text.as_str(),
                Run::Link { label, .. }
                | Run::Badge { label, .. }
                | Run::Change { label, .. }
                | Run::Time { label, .. } => label,
                Run::Icon(_) | Run::Markup(_) => "",
                Run::Break => " ",
            })
            .collect()
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Text {
        Text::new(text)
    }
}

impl From<String> for Text {
    fn from(text: String) -> Text {
        Text::new(text)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Link {
    pub label: String,
    pub href: String,
    pub icon: Option<String>,
    pub current: bool,
    /// `primary`, `danger`, or empty.
    pub style: String,
}

impl Link {
    pub fn new(label: impl Into<String>, href: impl Into<String>) -> Link {
        Link { label: label.into(), href: href.into(), ..Link::default() }
    }

    pub fn icon(mut self, icon: &str) -> Link {
        self.icon = Some(icon.to_owned());
        self
    }

    pub fn primary(mut self) -> Link {
        self.style = "primary".to_owned();
        self
    }

    pub fn current(mut self, current: bool) -> Link {
        self.current = current;
        self
    }
}
