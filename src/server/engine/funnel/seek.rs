//! Finding the next event that matters, by looking at each or by an index.

use super::subset::View;

/// Bits that matter: those of steps only on events of the held values (`group`), the others on any event.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    pub steps: u64,
    pub others: u64,
    pub group: u32,
}

pub(super) trait Seek {
    /// The first event from `start` on that has a wanted bit, if it is not later than `until`.
    fn next(&self, start: usize, until: i64, wanted: Wanted) -> Option<usize>;
}

/// One event after the other: best where attempts do not overlap, as every event is looked at about once.
pub(super) struct Scan<'a> {
    pub view: View<'a>,
    pub groups: &'a [u32],
}

impl Seek for Scan<'_> {
    fn next(&self, start: usize, until: i64, wanted: Wanted) -> Option<usize> {
        let either = wanted.steps | wanted.others;
        let events = self.view.matches.iter().zip(self.view.at).enumerate().skip(start);
        for (event, (&bits, &at)) in events {
            if at > until {
                return None;
            }
            if bits & either == 0 {
                continue;
            }
            if bits & wanted.others != 0 || self.groups.get(event).is_none_or(|&group| group == wanted.group) {
                return Some(event);
            }
        }
        None
    }
}

/// The places of every bit: where attempts overlap (re-entry), looking at each event again for each attempt would
/// take time with the square of an actor's events.
pub(super) struct Index<'a> {
    pub view: View<'a>,
    /// (bit number, group, event), ascending; `others` bits have group 0.
    pub places: &'a [(u32, u32, u32)],
}

impl Seek for Index<'_> {
    fn next(&self, start: usize, until: i64, wanted: Wanted) -> Option<usize> {
        let of_steps = bits(wanted.steps).filter_map(|bit| self.place(bit, wanted.group, start));
        let of_others = bits(wanted.others).filter_map(|bit| self.place(bit, ANY_GROUP, start));
        let event = of_steps.chain(of_others).min()?;
        (self.view.at[event] <= until).then_some(event)
    }
}

/// Under this group the index keeps the places of a bit on all events.
const ANY_GROUP: u32 = u32::MAX;

impl Index<'_> {
    fn place(&self, bit: u32, group: u32, start: usize) -> Option<usize> {
        let sought = (bit, group, start as u32);
        let (found, of, event) = *self.places.get(self.places.partition_point(|place| *place < sought))?;
        (found == bit && of == group).then_some(event as usize)
    }
}

/// `steps` are indexed by the group of held values (0 without any), `others` over all events; one bit may be both.
pub(super) fn index(view: View<'_>, groups: &[u32], steps: u64, others: u64, places: &mut Vec<(u32, u32, u32)>) {
    places.clear();
    for (event, &matched) in view.matches.iter().enumerate() {
        let group = groups.get(event).copied().unwrap_or(0);
        places.extend(bits(matched & steps).map(|bit| (bit, group, event as u32)));
        places.extend(bits(matched & others).map(|bit| (bit, ANY_GROUP, event as u32)));
    }
    places.sort_unstable();
}

fn bits(mut mask: u64) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        let bit = (mask != 0).then(|| mask.trailing_zeros())?;
        mask &= mask - 1;
        Some(bit)
    })
}
