//! What a person or a program may be told when something did not work.

use serde::{Deserialize, Serialize};
use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The request is against the contract; `field` names the part at fault where there is one.
    Invalid,
    /// Nobody is signed in, or the key is unknown or revoked.
    Unknown,
    /// Signed in, but this role may not.
    Forbidden,
    NotFound,
    Conflict,
    TooLarge,
    /// Content type or encoding that this endpoint does not take.
    Unsupported,
    /// The same idempotency key came with another body.
    Unprocessable,
    TooMany,
    /// Will pass: try again after `retry_after` seconds.
    Unavailable,
}

impl Kind {
    pub fn status(self) -> u16 {
        match self {
            Kind::Invalid => 400,
            Kind::Unknown => 401,
            Kind::Forbidden => 403,
            Kind::NotFound => 404,
            Kind::Conflict => 409,
            Kind::TooLarge => 413,
            Kind::Unsupported => 415,
            Kind::Unprocessable => 422,
            Kind::TooMany => 429,
            Kind::Unavailable => 503,
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Kind::Invalid => "The request is not valid",
            Kind::Unknown => "Not signed in",
            Kind::Forbidden => "Not allowed",
            Kind::NotFound => "Not found",
            Kind::Conflict => "Already there",
            Kind::TooLarge => "Too large",
            Kind::Unsupported => "Unsupported content",
            Kind::Unprocessable => "Same key, other content",
            Kind::TooMany => "Too many requests",
            Kind::Unavailable => "Not available right now",
        }
    }
}

/// Carries words for the reader only; what the database said stays in the server's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    pub kind: Kind,
    pub detail: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub field: Option<String>,
    /// Seconds until another try makes sense.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub retry_after: Option<u32>,
}

impl Problem {
    pub fn new(kind: Kind, detail: impl Into<String>) -> Problem {
        Problem { kind, detail: detail.into(), field: None, retry_after: None }
    }

    pub fn invalid(field: &str, detail: impl Into<String>) -> Problem {
        Problem { field: Some(field.to_owned()), ..Problem::new(Kind::Invalid, detail) }
    }

    pub fn malformed(detail: impl Into<String>) -> Problem {
        Problem::new(Kind::Invalid, detail)
    }

    pub fn unavailable(detail: impl Into<String>) -> Problem {
        Problem { retry_after: Some(2), ..Problem::new(Kind::Unavailable, detail) }
    }

    pub fn not_found(what: &str) -> Problem {
        Problem::new(Kind::NotFound, format!("There is no such {what}."))
    }

    pub fn forbidden(who_may: &str) -> Problem {
        Problem::new(Kind::Forbidden, format!("This is for {who_may}. An admin can give you that role."))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.field {
            Some(field) => write!(f, "{field}: {}", self.detail),
            None => f.write_str(&self.detail),
        }
    }
}

impl std::error::Error for Problem {}
