//! Parts of an actor's events: those of one session, those of one value.

/// The columns that a funnel reads; `width` values a row.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub at: &'a [i64],
    pub matches: &'a [u64],
    pub values: &'a [u32],
    pub width: usize,
}

impl View<'_> {
    pub fn len(&self) -> usize {
        self.at.len()
    }

    pub fn value(&self, event: usize, field: usize) -> u32 {
        self.values[event * self.width + field]
    }
}

/// Buffers that are used again for the next actor.
#[derive(Default)]
pub(super) struct Subset {
    order: Vec<u32>,
    at: Vec<i64>,
    matches: Vec<u64>,
    values: Vec<u32>,
}

impl Subset {
    /// Shows the events of each key, in their order, ascending by key.
    pub fn each(&mut self, view: View<'_>, keys: &[u32], mut show: impl FnMut(u32, View<'_>)) {
        if keys.is_sorted() {
            for run in runs(keys) {
                let values = &view.values[run.start * view.width..run.end * view.width];
                let part = View { at: &view.at[run.clone()], matches: &view.matches[run.clone()], values, ..view };
                show(keys[run.start], part);
            }
            return;
        }
        self.order.clear();
        self.order.extend(0..keys.len() as u32);
        self.order.sort_by_key(|&event| keys[event as usize]);
        let mut rest = self.order.as_slice();
        while let Some(&first) = rest.first() {
            let key = keys[first as usize];
            let length = rest.partition_point(|&event| keys[event as usize] == key);
            self.at.clear();
            self.matches.clear();
            self.values.clear();
            for &event in &rest[..length] {
                let event = event as usize;
                self.at.push(view.at[event]);
                self.matches.push(view.matches[event]);
                self.values.extend_from_slice(&view.values[event * view.width..(event + 1) * view.width]);
            }
            show(key, View { at: &self.at, matches: &self.matches, values: &self.values, ..view });
            rest = &rest[length..];
        }
    }
}

fn runs(keys: &[u32]) -> impl Iterator<Item = std::ops::Range<usize>> {
    let mut start = 0;
    keys.chunk_by(|a, b| a == b).map(move |run| {
        let from = start;
        start += run.len();
        from..start
    })
}
