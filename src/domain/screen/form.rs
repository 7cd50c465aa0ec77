//! Forms. They post to a server function, work without scripts, and say what they will do.

use super::{Text, Tone};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Form {
    pub id: String,
    /// A server function's path for changes; a page's path for questions.
    pub action: String,
    pub method: Method,
    pub hidden: Vec<(String, String)>,
    pub fields: Vec<Field>,
    pub submit: String,
    pub tone: Tone,
    /// Fields beside each other in one line.
    pub inline: bool,
    /// States the effect before the deed; the submit button then stands in the dialog.
    pub confirm: Option<Confirm>,
    /// Sent on every change, for forms that only ask.
    pub instant: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Method {
    #[default]
    Post,
    Get,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Confirm {
    pub title: String,
    pub effect: Vec<Text>,
    pub cancel: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Field {
    pub name: String,
    pub label: String,
    pub kind: FieldKind,
    pub value: String,
    pub hint: String,
    pub error: String,
    pub required: bool,
    pub autocomplete: String,
    /// Hidden label: the context says it already.
    pub quiet: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum FieldKind {
    #[default]
    Text,
    Search,
    Email,
    Password,
    Date,
    /// A local time, such as `2026-11-19T14:32`.
    Moment,
    Number {
        min: Option<i64>,
        max: Option<i64>,
    },
    Choice(Vec<Choice>),
    /// Text with suggestions.
    Suggest(Vec<String>),
    /// Several texts, separated by commas, with suggestions.
    Tokens(Vec<String>),
    Switch,
    Checks(Vec<Choice>),
    Long {
        rows: u8,
    },
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    pub value: String,
    pub label: String,
    pub hint: String,
    pub chosen: bool,
}

impl Choice {
    pub fn new(value: impl Into<String>, label: impl Into<String>, chosen: bool) -> Choice {
        Choice { value: value.into(), label: label.into(), hint: String::new(), chosen }
    }
}

impl Field {
    pub fn new(name: &str, label: &str, kind: FieldKind) -> Field {
        Field { name: name.to_owned(), label: label.to_owned(), kind, ..Field::default() }
    }

    pub fn value(mut self, value: impl Into<String>) -> Field {
        self.value = value.into();
        self
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Field {
        self.hint = hint.into();
        self
    }

    pub fn required(mut self) -> Field {
        self.required = true;
        self
    }

    pub fn autocomplete(mut self, token: &str) -> Field {
        self.autocomplete = token.to_owned();
        self
    }

    pub fn quiet(mut self) -> Field {
        self.quiet = true;
        self
    }
}
