//! The bridge: everything that the browser may ask of the server, or change on it.
//!
//! One file per subject. A function says who may, asks, and answers: three lines. What only the
//! server has is named inside function bodies, because the browser build keeps nothing of them but
//! the signatures.
//!
//! Reading is `input = GetUrl` and has no side effects, so it passes the cross-site guard and shows
//! up in logs. Changing is a plain form post to `/fn/<endpoint>`: it works without scripts, where
//! the server answers by sending the browser back, and with scripts, where it answers [`Done`].

mod account;
mod annotation;
mod appearance;
mod catalogue;
mod centre;
mod consent;
mod delivery;
mod demo;
mod entry;
mod fault;
mod funnel;
mod issue;
mod key;
mod person;
mod privacy;
mod project;
mod request;
#[cfg(feature = "ssr")]
pub mod require;
mod retention;
mod screen;
mod search;
mod target;
mod trust;
mod view;

pub use account::{disable_account, enable_account, invite, link_to_account, set_roles};
pub use annotation::{annotate, bring_back_annotation, remove_annotation, see_notices};
pub use appearance::appearance;
pub use catalogue::{complete_fields, decide_fields, describe_field, restore_fields};
pub use centre::{choose_privacy, enter_privacy, erase_privacy, leave_privacy, object_privacy};
pub use consent::{publish_notice, remove_consent_default, set_consent_default, write_consent_texts};
pub use delivery::{save_mail, save_webhook, try_mail, try_webhook};
pub use demo::{load_demo, remove_demo, resume_demo};
pub use entry::{enter, set_up, sign_in, sign_out};
pub use fault::Fault;
pub use funnel::{bring_back_funnel, remove_funnel, save_funnel, share_funnel, unshare_funnel};
pub use issue::set_issue_state;
pub use key::{create_key, key_for_snippet, revoke_key, rotate_key};
pub use person::{find_person, resolve_person};
pub use privacy::set_privacy;
pub use project::{change_project, create_project};
pub use request::{erase_for_request, object_for_request, receive_request, refuse_request};
pub use retention::{approve_retention, cancel_retention, place_hold, release_hold, set_retention};
pub use screen::{Sheet, screen};
pub use search::{search, values};
pub use target::set_target;
pub use trust::{add_improvement, remove_improvement, say_trust};
pub use view::{bring_back_view, favourite_view, remove_view, save_view};

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
}
