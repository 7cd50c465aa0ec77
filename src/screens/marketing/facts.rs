//! Everything that the page is made of, asked once.

use super::campaigns::{Campaign, join};
use super::channel::{Group, groups};
use crate::page::Page;
use parallax_domain::{Category, Filter, Instant, Op, Period, Problem};
use parallax_server::engine::live::Live;
use parallax_server::engine::visits::{Facet, Figures, Visits};
use parallax_server::store::question::SpendRow;
use parallax_server::store::question::names::EventName;

/// Older than this a figure says nothing about who is here now, in seconds.
const STALE: i64 = 120;
/// Spend is told by day: a shorter range has none.
const DAY: i64 = 86_400;

pub struct Facts {
    /// The event that counts as a conversion; none where none is named and none brings money.
    pub goal: Option<String>,
    pub names: Vec<EventName>,
    pub begin: Option<Instant>,
    pub now: Visits,
    pub before: Option<Visits>,
    /// Events read for `now`.
    pub n: i64,
    pub groups: Vec<Group>,
    pub groups_before: Option<Vec<Group>>,
    pub campaigns: Vec<Campaign>,
    pub campaigns_before: Option<Vec<Campaign>>,
    pub spend: Vec<SpendRow>,
    /// None while the projection is behind: then nobody knows.
    pub live: Option<Live>,
    /// Share of those who decided who let campaigns be seen.
    pub sharing: Option<f64>,
    pub currency: String,
    /// Fewest people of a row that may be shown to this viewer.
    pub least: Option<i64>,
}

impl Facts {
    pub async fn of(page: &mut Page) -> Result<Facts, Problem> {
        let machine = page.machine.clone();
        let begin = page.events_begin().await?;
        let names = machine.store.event_names(&mut page.look, page.period.from).await?;
        let goal = goal(page.address.get("goal"), &names);
        let (period, buckets) = (page.period, page.buckets.clone());
        let frame = page.frame(period);
        let read = machine.store.visits(&mut page.look, &frame, goal.as_deref(), true, buckets).await?;
        let (now, n) = (read.result, read.n);
        let fair = page.before.filter(|_| page.compares_fairly(begin)).zip(page.buckets_before.clone());
        let mut before = None;
        let mut spend_before = Vec::new();
        if let Some((past, buckets)) = fair {
            let frame = page.frame(past);
            before = Some(machine.store.visits(&mut page.look, &frame, goal.as_deref(), true, buckets).await?.result);
            spend_before = spend(page, past).await?;
        }
        let spend = spend(page, period).await?;
        let fresh = (page.now - page.look.fresh_as_of).num_seconds() < STALE;
        let live = match fresh {
            true => Some(machine.store.live(&mut page.look, &frame, page.now).await?.result),
            false => None,
        };
        let sharing = machine.store.sharing(&mut page.look).await?;
        let sharing = sharing.iter().find(|row| row.category == Category::Marketing).and_then(|row| row.share());
        Ok(Facts {
            groups: groups(&now.origins, &now.hosts, now.buckets.len()),
            groups_before: before.as_ref().map(|past| groups(&past.origins, &past.hosts, past.buckets.len())),
            campaigns: join(now.facet(Facet::Campaign), &spend),
            campaigns_before: before.as_ref().map(|past| join(past.facet(Facet::Campaign), &spend_before)),
            currency: page.project.currency.clone(),
            least: page.viewer.smallest_cell(),
            goal,
            names,
            begin,
            now,
            before,
            n,
            spend,
            live,
            sharing,
        })
    }

    /// Too few people for this viewer (contract rule A5).
    pub fn is_small(&self, figures: &Figures) -> bool {
        self.least.is_some_and(|least| figures.people < least)
    }

    pub fn then(&self, of: impl Fn(&Figures) -> Option<f64>) -> Option<f64> {
        self.before.as_ref().and_then(|before| of(&before.all))
    }

    /// Share of all visitors who reached the goal. Not told where there is no goal, or where so few did that the viewer
    /// may not see them.
    pub fn conversion(&self) -> Option<f64> {
        let all = &self.now.all;
        let small = self.least.is_some_and(|least| all.converters > 0 && all.converters < least);
        all.conversion().filter(|_| self.goal.is_some() && !small)
    }

    /// Money of the visits of the whole period. Unknown where no event carried any.
    pub fn revenue(&self) -> Option<f64> {
        self.now.all.revenue_in(&self.currency)
    }
}

/// As the address says; else the event that brings most money. None rather than any.
fn goal(wanted: Option<&str>, names: &[EventName]) -> Option<String> {
    let wanted = wanted.and_then(|wanted| names.iter().find(|name| name.name == wanted));
    let paid = names.iter().filter(|name| name.paid > 0).max_by_key(|name| name.paid);
    wanted.or(paid).map(|name| name.name.clone())
}

async fn spend(page: &mut Page, period: Period) -> Result<Vec<SpendRow>, Problem> {
    if period.seconds() < DAY {
        return Ok(Vec::new());
    }
    let last = period.to - chrono::Duration::milliseconds(1);
    let (from, to) = (page.wall(period.from).date(), page.wall(last).date());
    let machine = page.machine.clone();
    let rows = machine.store.spend(&mut page.look, from, to).await?;
    Ok(fitting(rows, &page.address.filters))
}

/// Spend of the campaigns that the filters choose. It is told by campaign, source and medium: by anything else it cannot
/// be told apart, and is not known.
fn fitting(rows: Vec<SpendRow>, filters: &[Filter]) -> Vec<SpendRow> {
    let told = |row: &SpendRow, filter: &Filter| match filter.field.as_str() {
        "campaign.name" => Some(filter.values.contains(&row.campaign)),
        "campaign.source" => Some(filter.values.contains(&row.source)),
        "campaign.medium" => Some(filter.values.contains(&row.medium)),
        _ => None,
    };
    let fits = |row: &SpendRow| filters.iter().all(|filter| filter.op == Op::Is && told(row, filter) == Some(true));
    rows.into_iter().filter(fits).collect()
}

/// Conditions that hold for a single event. Campaign, referrer and page are told once in a visit: they choose visits,
/// and would hide whatever the same person did afterwards.
pub fn of_events(filters: Vec<Filter>) -> (Vec<Filter>, bool) {
    let all = filters.len();
    let of_visits = |field: &str| field.starts_with("campaign.") || field.starts_with("url.") || field == "referrer";
    let kept: Vec<Filter> = filters.into_iter().filter(|filter| !of_visits(&filter.field)).collect();
    let left_out = kept.len() < all;
    (kept, left_out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(name: &str, count: i64, paid: i64) -> EventName {
        EventName { name: name.to_owned(), count, paid }
    }

    #[test]
    fn the_goal_is_chosen_or_brings_money_or_is_unknown() {
        let names = [name("page_view", 900, 0), name("Paid", 20, 20), name("gift", 3, 3)];
        assert_eq!(goal(None, &names).as_deref(), Some("Paid"));
        assert_eq!(goal(Some("gift"), &names).as_deref(), Some("gift"));
        assert_eq!(goal(Some("made up"), &names).as_deref(), Some("Paid"));
        assert_eq!(goal(None, &names[..1]), None);
    }

    #[test]
    fn spend_is_known_only_where_it_can_be_told_apart() {
        let row = |campaign: &str| SpendRow {
            campaign: campaign.into(),
            source: "google".into(),
            medium: "cpc".into(),
            currency: "EUR".into(),
            amount: 1,
            until: chrono::NaiveDate::default(),
        };
        let left = |filters: &[Filter]| fitting(vec![row("a"), row("b")], filters).len();
        assert_eq!(left(&[]), 2);
        assert_eq!(left(&[Filter::is("campaign.name", "a")]), 1);
        assert_eq!(left(&[Filter::is("campaign.source", "google"), Filter::is("campaign.name", "b")]), 1);
        assert_eq!(left(&[Filter::is("country", "DE")]), 0, "the cost of one country is not known");
    }

    #[test]
    fn what_chooses_visits_is_not_asked_of_single_events() {
        let filters = vec![Filter::is("country", "DE"), Filter::is("campaign.name", "x"), Filter::is("url.path", "/")];
        assert_eq!(of_events(filters), (vec![Filter::is("country", "DE")], true));
        assert!(!of_events(vec![Filter::is("device", "phone")]).1);
    }
}
