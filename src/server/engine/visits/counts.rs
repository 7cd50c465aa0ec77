//! What is counted of visits, of all and of each row alike.

use super::visit::Visit;
use crate::engine::Names;
use parallax_domain::question::Money;

/// What some visits amount to.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Figures {
    pub visits: i64,
    pub people: i64,
    /// Page views.
    pub pages: i64,
    /// Visits with at least one page view, and of those the ones with exactly one (rule S2).
    pub paged: i64,
    pub bounced: i64,
    /// People who reached the goal in one of these visits, visits in which it was reached, and how often it was.
    pub converters: i64,
    pub converted: i64,
    pub goals: i64,
    /// Of all events of the visits, by currency: currencies do not mix.
    pub revenue: Vec<Money>,
}

impl Figures {
    /// Share of people who reached the goal. None without people.
    pub fn conversion(&self) -> Option<f64> {
        share(self.converters, self.people)
    }

    /// Share of visits with a single page view, of those with any.
    pub fn bounce(&self) -> Option<f64> {
        share(self.bounced, self.paged)
    }

    pub fn revenue_in(&self, currency: &str) -> Option<f64> {
        self.revenue.iter().find(|money| money.currency == currency).map(|money| money.amount)
    }
}

fn share(part: i64, of: i64) -> Option<f64> {
    (of > 0).then(|| part as f64 / of as f64)
}

#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    figures: Figures,
    money: Vec<(u32, f64)>,
    /// The person who was counted last, and the one whose conversion was: visits of one person come after each other.
    person: Option<u32>,
    converter: Option<u32>,
}

impl Counts {
    pub fn add(&mut self, person: u32, visit: &Visit) {
        let figures = &mut self.figures;
        figures.visits += 1;
        figures.pages += visit.pages;
        figures.paged += i64::from(visit.pages > 0);
        figures.bounced += i64::from(visit.pages == 1);
        figures.goals += visit.goals;
        if self.person != Some(person) {
            self.person = Some(person);
            figures.people += 1;
        }
        if visit.goals > 0 {
            figures.converted += 1;
            if self.converter != Some(person) {
                self.converter = Some(person);
                figures.converters += 1;
            }
        }
        self.pay(&visit.money);
    }

    fn pay(&mut self, money: &[(u32, f64)]) {
        for (currency, amount) in money {
            match self.money.iter_mut().find(|(known, _)| known == currency) {
                Some((_, sum)) => *sum += amount,
                None => self.money.push((*currency, *amount)),
            }
        }
    }

    /// The other has seen different people.
    pub fn merge(&mut self, other: Counts) {
        let (ours, theirs) = (&mut self.figures, &other.figures);
        ours.visits += theirs.visits;
        ours.people += theirs.people;
        ours.pages += theirs.pages;
        ours.paged += theirs.paged;
        ours.bounced += theirs.bounced;
        ours.converters += theirs.converters;
        ours.converted += theirs.converted;
        ours.goals += theirs.goals;
        self.pay(&other.money);
    }

    pub fn figures(self, names: &dyn Names) -> Figures {
        let mut revenue: Vec<Money> =
            self.money.into_iter().map(|(id, amount)| Money { amount, currency: names.currency(id) }).collect();
        revenue.sort_by(|a, b| b.amount.total_cmp(&a.amount).then_with(|| a.currency.cmp(&b.currency)));
        Figures { revenue, ..self.figures }
    }
}
