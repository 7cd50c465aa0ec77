//! A [`Problem`] as it travels: JSON in an answer, base64 in the address when a form was sent without scripts.

use leptos::server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};
use parallax_domain::{Kind, Problem};
use serde::{Deserialize, Serialize};
use std::fmt;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fault(pub Problem);

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Fault {
        Fault(problem)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromServerFnError for Fault {
    type Encoder = JsonEncoding;

    /// What went wrong around a function rather than in it. The texts of the framework are for
    /// developers, so people get our own.
    fn from_server_fn_error(error: ServerFnErrorErr) -> Fault {
        Fault(match error {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => {
                Problem::malformed("Something in this request is missing or has the wrong form.")
            }
            ServerFnErrorErr::Request(_) => {
                Problem::unavailable("The server cannot be reached. Check the connection; nothing was changed.")
            }
            _ => Problem::new(Kind::Unavailable, "The server answered something unexpected. Reload the page."),
        })
    }
}
