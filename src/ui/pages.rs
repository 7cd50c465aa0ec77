//! The pages that the frame leads to. A page not listed here is reached from another page.

pub struct Page {
    pub path: &'static str,
    pub icon: &'static str,
    pub name: &'static str,
}

pub const fn page(path: &'static str, icon: &'static str, name: &'static str) -> Page {
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

pub fn all() -> impl Iterator<Item = &'static Page> {
    VIEWS.iter().chain(&STREAM).chain(&ADMIN)
}
