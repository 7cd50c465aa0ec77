//! One visit, gathered from its events.

use super::{Facet, Plan, Tally};
use crate::engine::Moments;

/// Ids of values are those of the needs' fields, 0 = none.
#[derive(Clone, Debug, Default)]
pub(super) struct Visit {
    pub started: i64,
    pub last: i64,
    pub pages: i64,
    pub goals: i64,
    /// Amount by currency.
    pub money: Vec<(u32, f64)>,
    /// Bits of everything that an event of the visit satisfies.
    seen: u64,
    source: u32,
    medium: u32,
    campaign: u32,
    referrer: u32,
    entry: u32,
    exit: u32,
    country: u32,
    device: u32,
    browser: u32,
    system: u32,
}

impl Visit {
    /// Source, medium and referrer.
    pub fn origin(&self) -> (u32, u32, u32) {
        (self.source, self.medium, self.referrer)
    }

    /// None: the visit is in no row of this facet.
    pub fn key(&self, facet: Facet) -> Option<(u32, u32, u32)> {
        let one = |id: u32| Some((id, 0, 0));
        match facet {
            // A campaign names its source; the page that led here speaks only where no campaign does.
            Facet::Source if self.source != 0 => one(self.source),
            Facet::Source => Some((0, self.referrer, 0)),
            Facet::Campaign => (self.campaign != 0).then_some((self.campaign, self.source, self.medium)),
            Facet::Medium => one(self.medium),
            Facet::Entry => one(self.entry),
            Facet::Exit => one(self.exit),
            Facet::Country => one(self.country),
            Facet::Device => one(self.device),
            Facet::Browser => one(self.browser),
            Facet::System => one(self.system),
            Facet::Page => None,
        }
    }
}

/// The first value that is there stays (rule S4).
fn first(kept: &mut u32, id: u32) {
    if *kept == 0 {
        *kept = id;
    }
}

impl Plan {
    /// Fills in the visits of the person at hand, by their start, and the pages they saw.
    pub(super) fn gather(&self, tally: &mut Tally, moments: &Moments<'_>) {
        let Tally { splitter, ordinals, visits, pages, hosts, .. } = tally;
        splitter.split(moments.at, moments.session, ordinals);
        visits.clear();
        pages.clear();
        let (width, fields) = (self.needs.fields.len(), &self.fields);
        for (event, (&at, &ordinal)) in moments.at.iter().zip(ordinals.iter()).enumerate() {
            if ordinal as usize == visits.len() {
                visits.push(Visit { started: at, ..Visit::default() });
            }
            let visit = &mut visits[ordinal as usize];
            let row = &moments.values[event * width..(event + 1) * width];
            let bits = moments.matches[event];
            visit.last = at;
            visit.seen |= bits;
            if bits & self.bits.page_view != 0 {
                visit.pages += 1;
                let page = row[fields.path];
                first(&mut visit.entry, page);
                visit.exit = if page == 0 { visit.exit } else { page };
                pages.push((ordinal, page));
            }
            visit.goals += i64::from(bits & self.bits.goal != 0);
            if let Some(amount) = moments.amount.get(event).filter(|amount| !amount.is_nan()) {
                let currency = moments.currency[event];
                match visit.money.iter_mut().find(|(known, _)| *known == currency) {
                    Some((_, sum)) => *sum += amount,
                    None => visit.money.push((currency, *amount)),
                }
            }
            // What a campaign says belongs together: it is taken from one event, the first that names any of it.
            if visit.source == 0 && visit.medium == 0 && visit.campaign == 0 {
                (visit.source, visit.medium, visit.campaign) =
                    (row[fields.source], row[fields.medium], row[fields.campaign]);
            }
            if row[fields.host] != 0 {
                hosts.insert(row[fields.host], ());
            }
            first(&mut visit.referrer, row[fields.referrer]);
            first(&mut visit.country, row[fields.country]);
            first(&mut visit.device, row[fields.device]);
            first(&mut visit.browser, row[fields.browser]);
            first(&mut visit.system, row[fields.system]);
        }
    }

    pub(super) fn passes(&self, visit: &Visit) -> bool {
        self.bits.conditions.iter().all(|(bit, absent)| (visit.seen & bit != 0) != *absent)
    }
}
