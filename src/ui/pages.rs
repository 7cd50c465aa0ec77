//! The pages that the frame leads to. A page not listed here is reached from another page.

use parallax_domain::Role;

pub struct Page {
    pub path: &'static str,
    pub icon: &'static str,
    pub name: &'static str,
}

const fn page(path: &'static str, icon: &'static str, name: &'static str) -> Page {
    Page { path, icon, name }
}

/// The five points of view, on keys 1 to 5.
pub const VIEWS: [Page; 5] = [
    page("/engineering", "eng", "Engineering"),
    page("/product", "prod", "Product"),
    page("/marketing", "mkt", "Marketing"),
    page("/support", "sup", "Support"),
    page("/executive", "exec", "Executive"),
];

/// The stream itself, the same for everybody.
pub const STREAM: [Page; 5] = [
    page("/explore/traces", "trace", "Traces"),
    page("/explore/logs", "log", "Logs"),
    page("/explore/metrics", "metric", "Metrics"),
    page("/explore/events", "event", "Events"),
    page("/engineering/machines", "server", "Machines"),
];

pub const ADMIN: [Page; 2] = [page("/admin", "shield", "Administration"), page("/start", "db", "Sources")];

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

pub fn all() -> impl Iterator<Item = &'static Page> {
    VIEWS.iter().chain(&STREAM).chain(&ADMIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_exact_page_is_the_current_one() {
        let name = |path| current(all(), path).map(|page| page.name);
        assert_eq!(name("/engineering/services"), Some("Engineering"));
        assert_eq!(name("/engineering/machines"), Some("Machines"));
        assert_eq!(name("/explore/traces/4bf92f3577b34da6"), Some("Traces"));
        assert_eq!(name("/engineeringx"), None);
    }
}
