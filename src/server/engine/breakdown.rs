//! Rows of a breakdown (rule Q9): the missing value has a row of its own, the largest 200 values follow, what is left
//! is `$other`.

pub const MOST_VALUES: usize = 200;
pub const OTHER: &str = "$other";

/// What a row stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Group {
    Missing,
    Value(String),
    /// So many values that were too small for a row of their own.
    Other(usize),
}

impl Group {
    pub fn value(&self) -> Option<String> {
        match self {
            Group::Missing => None,
            Group::Value(value) => Some(value.clone()),
            Group::Other(_) => Some(OTHER.to_owned()),
        }
    }
}

/// Rows of ids (0 = missing) by size, largest first, equal ones by value; `$other` last, with every id it gathers.
pub(super) fn ranked(ids: Vec<(u32, f64)>, name: impl Fn(u32) -> String) -> Vec<(Group, Vec<u32>)> {
    let missing = ids.iter().find(|(id, _)| *id == 0).copied();
    let mut sizes: Vec<(u32, f64)> = ids.into_iter().filter(|(id, _)| *id != 0).collect();
    sizes.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    // Only values that may get a row are asked for their name: those as large as the last that fits.
    let smallest = sizes.get(MOST_VALUES - 1).map_or(f64::NEG_INFINITY, |(_, size)| *size);
    let (candidates, rest) = sizes.split_at(sizes.partition_point(|(_, size)| *size >= smallest));
    let mut named: Vec<(String, u32, f64)> = candidates.iter().map(|(id, size)| (name(*id), *id, *size)).collect();
    named.sort_unstable_by(|a, b| b.2.total_cmp(&a.2).then_with(|| a.0.cmp(&b.0)));

    let gathered = named.iter().skip(MOST_VALUES).map(|(_, id, _)| *id).chain(rest.iter().map(|(id, _)| *id));
    let gathered: Vec<u32> = gathered.collect();
    named.truncate(MOST_VALUES);
    let place = missing.map(|(_, size)| named.partition_point(|(_, _, other)| *other >= size));
    let mut rows: Vec<(Group, Vec<u32>)> =
        named.into_iter().map(|(value, id, _)| (Group::Value(value), vec![id])).collect();
    if let Some(place) = place {
        rows.insert(place, (Group::Missing, vec![0]));
    }
    if !gathered.is_empty() {
        rows.push((Group::Other(gathered.len()), gathered));
    }
    rows
}
