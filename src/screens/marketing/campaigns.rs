//! Campaigns: what each brings, and what it costs where that was told.

use super::facts::Facts;
use crate::charts::Interval;
use crate::page::Page;
use crate::parts::{empty_with, joined};
use crate::words;
use parallax_domain::screen::{Cell, Column, Link, Panel, Part, Row as Line, Table, Text, Tone};
use parallax_server::engine::statistics::wilson;
use parallax_server::engine::visits::{Figures, Key, Row};
use parallax_server::store::question::SpendRow;

const ROWS: usize = 12;
const MOST: usize = 200;
/// Fewer people have no conversion that means anything.
const ENOUGH: i64 = 30;

/// A campaign by name, source and medium, with what was spent on it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Campaign {
    pub name: String,
    pub source: String,
    pub medium: String,
    /// None: spend was told, and no visit was seen.
    pub figures: Option<Figures>,
    /// By currency. Empty is not known, which is not free.
    pub spend: Vec<(String, f64)>,
}

impl Campaign {
    /// What was spent in this currency, if it was spent in no other.
    pub fn cost(&self, currency: &str) -> Option<f64> {
        match self.spend.as_slice() {
            [(spent, amount)] if spent == currency => Some(*amount),
            _ => None,
        }
    }

    pub fn revenue(&self, currency: &str) -> Option<f64> {
        self.figures.as_ref().and_then(|figures| figures.revenue_in(currency))
    }

    /// Money back for each unit spent. A campaign whose visits are seen and bring nothing returns nothing.
    pub fn returned(&self, currency: &str) -> Option<f64> {
        let (figures, cost) = (self.figures.as_ref()?, self.cost(currency).filter(|cost| *cost > 0.0)?);
        // Money in another currency cannot be set against this one.
        (figures.revenue.iter().all(|money| money.currency == currency))
            .then(|| figures.revenue_in(currency).unwrap_or(0.0) / cost)
    }

    /// The same where some of the money is in other currencies: it returned at least so much.
    pub fn returned_at_least(&self, currency: &str) -> Option<f64> {
        let cost = self.cost(currency).filter(|cost| *cost > 0.0)?;
        self.revenue(currency).map(|revenue| revenue / cost)
    }

    /// Cost of each visit that reached the goal.
    pub fn each(&self, currency: &str) -> Option<f64> {
        let converted = self.figures.as_ref()?.converted;
        (converted > 0).then_some(()).and_then(|()| Some(self.cost(currency)? / converted as f64))
    }
}

/// Visits of campaigns and spend on them, put together by name, source and medium; where spend names no such visits, by
/// name alone.
pub fn join(rows: &[Row], spend: &[SpendRow]) -> Vec<Campaign> {
    let mut campaigns: Vec<Campaign> = rows
        .iter()
        .filter_map(|row| match &row.key {
            Key::Campaign { name, source, medium } => Some(Campaign {
                name: name.clone(),
                source: source.clone().unwrap_or_default(),
                medium: medium.clone().unwrap_or_default(),
                figures: Some(row.figures.clone()),
                spend: Vec::new(),
            }),
            _ => None,
        })
        .collect();
    for told in spend {
        let same = |a: &str, b: &str| a.to_lowercase() == b.to_lowercase();
        let named = |campaign: &Campaign| same(&campaign.name, &told.campaign);
        let exact = |campaign: &Campaign| {
            named(campaign) && same(&campaign.source, &told.source) && same(&campaign.medium, &told.medium)
        };
        let place = campaigns.iter().position(exact).or_else(|| campaigns.iter().position(named));
        let amount = told.amount as f64 / 1e6;
        let campaign = match place {
            Some(place) => &mut campaigns[place],
            None => {
                campaigns.push(Campaign {
                    name: told.campaign.clone(),
                    source: told.source.clone(),
                    medium: told.medium.clone(),
                    ..Campaign::default()
                });
                let last = campaigns.len() - 1;
                &mut campaigns[last]
            }
        };
        match campaign.spend.iter_mut().find(|(currency, _)| *currency == told.currency) {
            Some((_, sum)) => *sum += amount,
            None => campaign.spend.push((told.currency.clone(), amount)),
        }
    }
    campaigns
}

/// What all campaigns with known spend amount to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bill {
    pub spend: f64,
    /// Of campaigns whose visits are seen.
    pub revenue: f64,
    /// Visits of theirs that reached the goal.
    pub converted: i64,
    /// Some of their revenue is in other currencies, and in no sum.
    pub partial: bool,
}

impl Bill {
    /// None without any spend in this currency.
    pub fn of(campaigns: &[Campaign], currency: &str) -> Option<Bill> {
        let paid: Vec<(&Campaign, f64)> =
            campaigns.iter().filter_map(|campaign| Some((campaign, campaign.cost(currency)?))).collect();
        (!paid.is_empty()).then(|| Bill {
            spend: paid.iter().map(|(_, cost)| cost).sum(),
            revenue: paid.iter().filter_map(|(campaign, _)| campaign.revenue(currency)).sum(),
            converted: paid.iter().filter_map(|(campaign, _)| campaign.figures.as_ref()).map(|f| f.converted).sum(),
            partial: paid
                .iter()
                .filter_map(|(campaign, _)| campaign.figures.as_ref())
                .any(|figures| figures.revenue.iter().any(|money| money.currency != currency)),
        })
    }

    pub fn returned(&self) -> Option<f64> {
        (self.spend > 0.0).then(|| self.revenue / self.spend)
    }

    pub fn each(&self) -> Option<f64> {
        (self.converted > 0).then(|| self.spend / self.converted as f64)
    }
}

/// The campaign that costs most more than it brings.
pub fn loser(facts: &Facts) -> Option<&Campaign> {
    let loss = |campaign: &Campaign| {
        let returned = campaign.returned(&facts.currency).filter(|returned| *returned < 1.0)?;
        let enough =
            campaign.figures.as_ref().is_some_and(|figures| figures.people >= ENOUGH && !facts.is_small(figures));
        Some(campaign.cost(&facts.currency)? * (1.0 - returned)).filter(|_| enough)
    };
    let losing = facts.campaigns.iter().filter_map(|campaign| Some((campaign, loss(campaign)?)));
    losing.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(campaign, _)| campaign)
}

fn sentence(facts: &Facts) -> Text {
    let money = |amount: Option<f64>| joined(words::money(amount.map(f64::round), &facts.currency));
    if let Some(campaign) = loser(facts) {
        let returned = campaign.returned(&facts.currency).unwrap_or(0.0);
        return Text::default().strong(campaign.name.clone()).plain(format!(
            " costs {} and returns {} for each unit spent.",
            money(campaign.cost(&facts.currency)),
            words::fixed(returned, 1)
        ));
    }
    let best = facts
        .campaigns
        .iter()
        .filter(|campaign| campaign.figures.as_ref().is_some_and(|figures| figures.people >= ENOUGH))
        .filter_map(|campaign| Some((campaign, campaign.returned(&facts.currency)?)))
        .max_by(|a, b| a.1.total_cmp(&b.1));
    if let Some((campaign, returned)) = best {
        return Text::default()
            .strong(campaign.name.clone())
            .plain(format!(" returns most for each unit spent: {}.", words::fixed(returned, 1)));
    }
    let all: i64 = facts.campaigns.iter().filter_map(|campaign| campaign.figures.as_ref()).map(|f| f.visits).sum();
    let share = (facts.now.all.visits > 0).then(|| all as f64 / facts.now.all.visits as f64);
    let why = match facts.spend.is_empty() {
        true => "What they cost was not told, so their return is not known.",
        false => "None has enough visitors for a return that means anything.",
    };
    Text::new(format!("{} of visits name a campaign. {why}", joined(words::percent_brief(share))))
}

pub fn panel(page: &Page, facts: &Facts) -> Panel {
    let panel = Panel::new("campaigns", "Campaigns").flush();
    if facts.campaigns.is_empty() {
        let why = format!(
            "Here would be what each campaign brings and costs. No visit in {} came with a campaign: links name one by utm_campaign, utm_source and utm_medium.",
            page.range.label().to_lowercase()
        );
        return panel.part(empty_with("No campaign was seen", why, super::telling(page)));
    }
    let shown: Vec<&Campaign> = facts
        .campaigns
        .iter()
        .filter(|campaign| campaign.figures.as_ref().is_none_or(|figures| !facts.is_small(figures)))
        .collect();
    let everything = page.address.get("all") == Some("campaigns");
    let rows: Vec<Line> =
        shown.iter().take(if everything { MOST } else { ROWS }).map(|campaign| row(page, facts, campaign)).collect();
    let unit = format!(
        "{} of {}, {}",
        rows.len(),
        words::counted(facts.campaigns.len() as i64, "campaign", "campaigns"),
        super::goal_words(facts)
    );
    let table = Table {
        caption: "Campaigns with what they bring and cost".to_owned(),
        columns: vec![
            Column::words("Campaign"),
            Column::figures("Visitors"),
            Column::words("Conversion, 95% interval")
                .width(22)
                .hint("Share of visitors; the dashed line is that of all"),
            Column::figures("Share"),
            Column::figures("Revenue"),
            Column::figures("Spend"),
            Column::figures("Cost each").hint("Spend ÷ visits that reached the goal"),
            Column::figures("Return").hint("Revenue of these visits ÷ spend"),
            Column::figures("After spend").hint("Revenue − spend, before what the goods cost").secondary(2),
        ],
        rows,
        fold: true,
        ..Table::default()
    };
    let mut panel = panel.unit(unit).summary(sentence(facts)).part(Part::Table(table));
    if shown.len() > ROWS && !everything {
        let all = page.address.with("all", "campaigns").href() + "#campaigns";
        panel = panel.action(Link::new(format!("All {}", shown.len()), all));
    }
    for note in super::visit_notes(page, facts) {
        panel = panel.foot(note);
    }
    panel = match facts.spend.iter().map(|row| row.until).max() {
        Some(until) => panel.foot(format!("spend told until {}", words::day(until.and_time(chrono::NaiveTime::MIN)))),
        None if page.address.filters.is_empty() => panel.foot("spend not told: send it to /api/v1/spend"),
        None => panel.foot("spend is told by campaign, not by these filters"),
    };
    super::withheld(panel, facts, facts.campaigns.len() - shown.len())
}

fn row(page: &Page, facts: &Facts, campaign: &Campaign) -> Line {
    let currency = &facts.currency;
    let figures = campaign.figures.as_ref();
    let money = |amount: Option<f64>| joined(words::money(amount.map(f64::round), currency));
    let mut about: Vec<String> =
        [&campaign.medium, &campaign.source].into_iter().filter(|word| !word.is_empty()).cloned().collect();
    about.push(match figures {
        Some(figures) => words::counted(figures.visits, "visit", "visits"),
        None => "no visit seen".to_owned(),
    });
    let goal = facts.goal.is_some();
    let share = figures.filter(|figures| goal && figures.people >= ENOUGH).and_then(Figures::conversion);
    let interval = figures
        .filter(|_| share.is_some())
        .and_then(|figures| wilson(figures.converters as u64, figures.people as u64));
    let drawing = match (share, &interval) {
        (Some(value), Some(ends)) => {
            let all = facts.now.all.conversion().unwrap_or(0.0);
            Interval { value, from: ends.low, to: ends.high, low: 0.0, high: scale(facts), marks: &[0.0, all] }.draw()
        }
        _ => String::new(),
    };
    let spent = match campaign.spend.as_slice() {
        [] => Cell::new(Text::default().soft("not told")),
        [(currency, amount)] => Cell::new(joined(words::money(Some(amount.round()), currency))),
        several => Cell::new(
            several
                .iter()
                .map(|(currency, amount)| joined(words::money(Some(amount.round()), currency)))
                .collect::<Vec<_>>()
                .join(" + "),
        ),
    };
    let returned = campaign.returned(currency);
    let enough = figures.is_some_and(|figures| figures.people >= ENOUGH);
    let tone = if enough && returned.is_some_and(|returned| returned < 1.0) { Tone::Bad } else { Tone::Neutral };
    let after = campaign.cost(currency).zip(returned).map(|(cost, returned)| cost * (returned - 1.0));
    let number = match (returned, campaign.returned_at_least(currency)) {
        (Some(value), _) => words::fixed(value, 1),
        (None, Some(value)) => format!("≥ {}", words::fixed(value, 1)),
        (None, None) => words::UNKNOWN.to_owned(),
    };
    Line::new(vec![
        Cell::link(campaign.name.clone(), page.filtered("campaign.name", &campaign.name)).sub(about.join(", ")),
        Cell::new(words::count_full(figures.map(|figures| figures.people as f64))),
        Cell::drawn(drawing),
        match &interval {
            Some(ends) => Cell::new(Text::default().strong(words::percent_full(share))).sub(words::interval(
                Some(ends.low),
                Some(ends.high),
                &words::Unit::Share,
            )),
            None if goal && figures.is_some() => Cell::new(words::UNKNOWN).sub("too few"),
            None => Cell::new(words::UNKNOWN),
        },
        Cell::new(money(campaign.revenue(currency))),
        spent,
        Cell::new(joined(words::money(campaign.each(currency), currency))),
        Cell::new(Text::default().strong(number)).tone(tone),
        Cell::new(money(after)),
    ])
}

/// Upper end of the scale of conversions: that of all and of every campaign with enough people fit.
fn scale(facts: &Facts) -> f64 {
    let told = facts.campaigns.iter().filter_map(|campaign| campaign.figures.as_ref());
    let enough = told.filter(|figures| figures.people >= ENOUGH);
    let ends =
        enough.filter_map(|figures| wilson(figures.converters as u64, figures.people as u64)).map(|ends| ends.high);
    ends.fold(facts.now.all.conversion().unwrap_or(0.0), f64::max).max(0.01)
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_domain::question::Money;

    fn seen(name: &str, source: &str, converted: i64, revenue: f64) -> Row {
        let key = Key::Campaign { name: name.into(), source: Some(source.into()), medium: Some("cpc".into()) };
        let revenue = vec![Money { amount: revenue, currency: "EUR".into() }];
        Row { key, figures: Figures { visits: 10, people: 8, converted, revenue, ..Figures::default() } }
    }

    fn spent(campaign: &str, source: &str, amount: i64, currency: &str) -> SpendRow {
        SpendRow {
            campaign: campaign.into(),
            source: source.into(),
            medium: "cpc".into(),
            currency: currency.into(),
            amount: amount * 1_000_000,
            until: chrono::NaiveDate::default(),
        }
    }

    #[test]
    fn spend_meets_its_campaign_exactly_then_by_name_and_else_stands_alone() {
        let rows = [seen("a", "google", 2, 100.0), seen("a", "bing", 1, 10.0), seen("b", "google", 0, 0.0)];
        let spend = [spent("A", "Bing", 5, "EUR"), spent("a", "yahoo", 20, "EUR"), spent("c", "google", 7, "EUR")];
        let joined = join(&rows, &spend);
        let costs: Vec<Option<f64>> = joined.iter().map(|campaign| campaign.cost("EUR")).collect();
        assert_eq!(costs, [Some(20.0), Some(5.0), None, Some(7.0)]);
        assert_eq!((joined[0].returned("EUR"), joined[0].each("EUR")), (Some(5.0), Some(10.0)));
        assert_eq!((joined[3].figures.is_none(), joined[3].returned("EUR"), joined[3].each("EUR")), (true, None, None));
    }

    #[test]
    fn unknown_spend_is_neither_free_nor_a_loss() {
        let joined = join(&[seen("a", "google", 2, 100.0)], &[]);
        assert_eq!((joined[0].cost("EUR"), joined[0].returned("EUR"), joined[0].each("EUR")), (None, None, None));
        assert_eq!(Bill::of(&joined, "EUR"), None);
    }

    #[test]
    fn currencies_do_not_mix() {
        let spend = [spent("a", "google", 20, "EUR"), spent("a", "google", 20, "CHF")];
        let joined = join(&[seen("a", "google", 2, 100.0)], &spend);
        assert_eq!(joined[0].spend.len(), 2);
        assert_eq!((joined[0].cost("EUR"), joined[0].returned("EUR")), (None, None));
        let foreign = join(&[seen("a", "google", 2, 100.0)], &spend[1..]);
        assert_eq!(foreign[0].returned("CHF"), None, "money in euros is not set against francs");
    }

    #[test]
    fn the_bill_is_of_campaigns_with_spend_alone() {
        let rows = [seen("a", "google", 2, 100.0), seen("b", "google", 5, 900.0)];
        let bill = Bill::of(&join(&rows, &[spent("a", "google", 50, "EUR")]), "EUR").unwrap();
        assert_eq!((bill.returned(), bill.each(), bill.partial), (Some(2.0), Some(25.0), false));
        assert!(Bill::of(&join(&rows, &[spent("a", "google", 50, "CHF")]), "CHF").unwrap().partial);
    }
}
