//! Which of the pages a person is on, and which they are led to.

use crate::ui::pages::{Page, page};
use parallax_domain::Role;

pub const PUBLIC: Page = page("/transparency", "eye", "Public trust page");

/// Hiding is courtesy; who may is decided where the question is asked.
pub fn administers(roles: &[Role]) -> bool {
    roles.contains(&Role::Admin)
}

/// The listed page that an address belongs to: the longest path that it starts with.
pub fn current<'a>(pages: impl IntoIterator<Item = &'a Page>, path: &str) -> Option<&'a Page> {
    pages
        .into_iter()
        .filter(|page| path.strip_prefix(page.path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
        .max_by_key(|page| page.path.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::pages::all;

    #[test]
    fn the_most_exact_page_is_the_current_one() {
        let name = |path| current(all(), path).map(|page| page.name);
        assert_eq!(name("/engineering/services"), Some("Engineering"));
        assert_eq!(name("/engineering/machines"), Some("Machines"));
        assert_eq!(name("/explore/traces/4bf92f3577b34da6"), Some("Traces"));
        assert_eq!(name("/engineeringx"), None);
    }
}
