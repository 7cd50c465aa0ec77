//! The bridge: everything that the browser may ask of the server, or change on it.
//!
//! One file per subject. A function says who may, asks, and answers: three lines. What only the
//! server has is named inside function bodies, because the browser build keeps nothing of them but
//! the signatures.
//!
//! Reading is `input = GetUrl` and has no side effects, so it passes the cross-site guard and shows
//! up in logs. Changing is a plain form post to `/fn/<endpoint>`: it works without scripts, where
//! the server answers by sending the browser back, and with scripts, where it answers [`Done`].

mod appearance;
mod entry;
mod fault;
#[cfg(feature = "ssr")]
pub mod require;
mod screen;
mod search;

pub use appearance::appearance;
pub use entry::{enter, set_up, sign_in, sign_out};
pub use fault::Fault;
pub use screen::{Sheet, screen};
pub use search::{search, values};

use parallax_domain::screen::Part;
use serde::{Deserialize, Serialize};

/// What a change answers to a browser with scripts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Done {
    /// Said in a toast, past tense: `Funnel saved as version 5`.
    pub message: String,
    /// Where to go next; none stays on the page and reads it again.
    pub next: Option<String>,
    /// A change that takes this one back.
    pub undo: Option<Undo>,
    /// Shown once in a dialog, such as a key that cannot be read again.
    pub shown: Vec<Part>,
}

/// A form post to another server function.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Undo {
    pub action: String,
    pub fields: Vec<(String, String)>,
}

impl Done {
    pub fn new(message: impl Into<String>) -> Done {
        Done { message: message.into(), ..Done::default() }
    }

    pub fn next(mut self, address: impl Into<String>) -> Done {
        self.next = Some(address.into());
        self
    }

    pub fn undo(mut self, action: &str, fields: Vec<(String, String)>) -> Done {
        self.undo = Some(Undo { action: action.to_owned(), fields });
        self
    }

    pub fn show(mut self, part: impl Into<Part>) -> Done {
        self.shown.push(part.into());
        self
    }
}
