//! What the figures under a chart need to be trusted, in words.

use crate::page::Page;
use crate::words;
use parallax_domain::screen::Text;

impl Page {
    /// `n = 26.2 M`, source and age.
    /// What stands behind every figure of this page: when, by which rules, over which rows.
    pub fn proof(&self) -> Vec<Text> {
        let age = (self.now - self.look.fresh_as_of).num_seconds().max(0);
        let period = format!(
            "{} to {}, {}",
            words::exact(self.wall(self.period.from)),
            words::exact(self.wall(self.period.to)),
            self.project.zone
        );
        let rows = match self.address.path.split('/').nth(1) {
            Some("engineering" | "explore") => "/explore/traces",
            _ => "/explore/events",
        };
        vec![
            Text::new(period),
            Text::new(format!("{}, rules version {}", words::old(age), parallax_server::views::memory::RULES)),
            Text::default().link("The rows behind it", self.to(rows).href()),
        ]
    }

    pub fn notes(&self, n: u64, source: &str) -> Vec<Text> {
        let age = (self.now - self.look.fresh_as_of).num_seconds().max(0);
        vec![
            Text::new(format!("n = {}, not sampled", words::count_full(Some(n as f64)))),
            Text::new(format!("{source}, {}", words::old(age))),
        ]
    }
}
