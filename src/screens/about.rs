//! What the figures under a chart need to be trusted, in words.

use crate::page::Page;
use crate::words;
use parallax_domain::screen::Text;

impl Page {
    /// `n = 26.2 M`, source and age.
    pub fn notes(&self, n: u64, source: &str) -> Vec<Text> {
        let age = (self.now - self.look.fresh_as_of).num_seconds().max(0);
        vec![
            Text::new(format!("n = {}, not sampled", words::count_full(Some(n as f64)))),
            Text::new(format!("{source}, {}", words::old(age))),
        ]
    }
}
