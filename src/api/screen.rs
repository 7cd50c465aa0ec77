//! The one function that reads: an address in, a page out.

use super::Fault;
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use serde::{Deserialize, Serialize};

/// Composes the page at an address for the person who asks. A page that cannot be shown answers
/// with its status, to a browser that loads it as to one that only fetches it.
#[server(name = ReadScreen, prefix = "/fn", endpoint = "screen", input = GetUrl)]
pub async fn screen(path: String, #[server(default)] query: String) -> Result<Sheet, Fault> {
    use crate::document::{After, compose, set_status};
    let answer = compose(crate::ui::address::read(&path, &query)).await;
    set_status(&answer, &path, &query);
    Ok(Sheet::of(After::taken().written_into(answer?)))
}

/// A page on its way to the browser.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sheet {
    pub title: String,
    /// Seconds until it is to be read again; none: it is not.
    pub refresh: Option<u32>,
    /// Its frame and its parts, as markup.
    pub html: String,
}

#[cfg(feature = "ssr")]
impl Sheet {
    pub fn of(screen: parallax_domain::screen::Screen) -> Sheet {
        let (title, refresh) = (screen.title.clone(), screen.refresh);
        let html = Owner::new().with(|| crate::ui::page(screen).to_html());
        Sheet { title, refresh, html }
    }
}
