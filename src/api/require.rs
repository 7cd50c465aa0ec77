//! Who asks. Every server function that is not for everybody starts here. Server only.

use crate::document::{session, visit};
use axum::http::request::Parts;
use leptos::prelude::use_context;
use parallax_domain::{Category, Kind, Permission, Problem, Role};
use parallax_server::Machine;
use parallax_server::centre::{self, Visit};
use parallax_server::identity::accounts::Viewer;
use std::str::FromStr;
use std::sync::Arc;

/// The machine of this server and the head of the request.
///
/// # Errors
/// None in practice: the document provides both for every request.
pub fn asked() -> Result<(Arc<Machine>, Parts), Problem> {
    use_context().zip(use_context()).ok_or_else(|| Problem::unavailable("The server is not ready."))
}

/// Who is signed in, from the head of a request.
///
/// # Errors
/// 401 where nobody is.
pub async fn viewer_of(machine: &Machine, parts: &Parts) -> Result<Viewer, Problem> {
    let viewer = match session::token_of(parts) {
        Some(token) => machine.accounts.viewer(&token).await?,
        None => None,
    };
    viewer.ok_or_else(|| Problem::new(Kind::Unknown, "Sign in first."))
}

/// The machine and the person who asks, if they hold the permission.
///
/// # Errors
/// 401 to who is not signed in, 403 to who may not; the answer has that status too.
pub async fn require(permission: Permission) -> Result<(Arc<Machine>, Viewer), Problem> {
    let found = async {
        let (machine, parts) = asked()?;
        let viewer = viewer_of(&machine, &parts).await?;
        if viewer.may(permission) { Ok((machine, viewer)) } else { Err(Problem::forbidden(permission.held_by())) }
    };
    found.await
}

/// The machine and the visit of the privacy centre, while it lasts.
///
/// # Errors
/// 401 to who has none.
pub async fn visited() -> Result<(Arc<Machine>, Visit), Problem> {
    let (machine, parts) = asked()?;
    let visit = visit_of(&machine, &parts).await?;
    let visit =
        visit.ok_or_else(|| Problem::new(Kind::Unknown, "Open this page from your account, or with a receipt."))?;
    Ok((machine, visit))
}

/// The visit of the privacy centre that a request brings.
///
/// # Errors
/// A database that is away.
pub async fn visit_of(machine: &Machine, parts: &Parts) -> Result<Option<Visit>, Problem> {
    match visit::token_of(parts) {
        Some(token) => centre::of_token(machine, &token).await,
        None => Ok(None),
    }
}

/// The role of this name.
///
/// # Errors
/// A word that names none.
pub fn role_of(word: &str) -> Result<Role, Problem> {
    word.parse().map_err(|said: String| Problem::invalid("role", said))
}

/// The roles of a form's boxes.
///
/// # Errors
/// A word that names none, or no role at all.
pub fn roles_of(words: &[String]) -> Result<Vec<Role>, Problem> {
    if words.is_empty() {
        return Err(Problem::invalid("roles", "Choose at least one role."));
    }
    words.iter().map(|word| word.parse().map_err(|said: String| Problem::invalid("roles", said))).collect()
}

/// The category of a form's list; the empty choice is none.
///
/// # Errors
/// A word that names none.
pub fn category_of(word: &str) -> Result<Option<Category>, Problem> {
    let parsed = (!word.is_empty()).then(|| word.parse()).transpose();
    parsed.map_err(|_| Problem::invalid("category", format!("There is no category {word:?}.")))
}

/// A number of days; an empty field is none.
///
/// # Errors
/// Anything that is no whole number.
pub fn days_of(text: &str) -> Result<Option<i32>, Problem> {
    let parsed = (!text.trim().is_empty()).then(|| text.trim().parse()).transpose();
    parsed.map_err(|_| Problem::invalid("days", "Days are a whole number."))
}

/// The categories of a form's boxes.
///
/// # Errors
/// A word that names none.
pub fn categories_of(field: &str, words: &[String]) -> Result<Vec<Category>, Problem> {
    words.iter().map(|word| word.parse().map_err(|said: String| Problem::invalid(field, said))).collect()
}

/// One of the words of an enumeration; an empty field is none.
///
/// # Errors
/// A word that is none of them, with those that are.
pub fn word_of<T: FromStr<Err = String>>(field: &str, text: &str) -> Result<Option<T>, Problem> {
    let parsed = (!text.is_empty()).then(|| text.parse()).transpose();
    parsed.map_err(|said| Problem::invalid(field, said))
}
