//! Product: who comes, with what they work, who stays, and where they are lost.

pub mod features;
pub mod funnels;
mod growth;
mod losses;
pub mod overview;
pub mod paths;
mod people;
pub mod preferences;
pub mod retention;

use crate::page::Page;
use parallax_domain::screen::Tab;

pub fn tabs(page: &Page) -> Vec<Tab> {
    page.tabs(&[
        ("/product", "Overview"),
        ("/product/funnels", "Funnels"),
        ("/product/features", "Features"),
        ("/product/retention", "Retention"),
        ("/product/paths", "Paths"),
        ("/product/preferences", "Preferences"),
    ])
}

/// With its first letter large.
fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
