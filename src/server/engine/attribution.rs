//! Attribution (rules T1, T2): to which earlier contacts the conversions of the range are credited.

use super::calendar::{DAY, Span};
use super::hashing::NumberMap;
use super::{Moments, Names, Needs, Predicate, Question, Reach, field};
use parallax_domain::question::{Attribution, AttributionAnswer, AttributionRow, Frame, Model, Money};
use parallax_domain::{Filter, Op, Problem};
use std::collections::BTreeMap;

/// Conversions without any contact.
const DIRECT: &str = "direct";
const HALF_LIFE: f64 = 7.0 * DAY as f64;
const LONGEST_LOOKBACK: i64 = 3660;

#[derive(Clone, Debug)]
pub struct Plan {
    span: Span,
    lookback: i64,
    model: Model,
    conversion: u64,
    field: usize,
    needs: Needs,
}

#[derive(Default)]
pub struct Tally {
    /// By value, 0 = direct: conversions, and money by currency.
    credit: NumberMap<u32, (f64, NumberMap<u32, f64>)>,
    contacts: Vec<Contact>,
}

#[derive(Clone, Copy)]
struct Contact {
    at: i64,
    value: u32,
}

impl Plan {
    pub fn new(attribution: &Attribution, frame: &Frame) -> Result<Plan, Problem> {
        let span = Span::new(frame.period())?;
        if attribution.conversion.is_empty() {
            return Err(Problem::invalid("conversion", "A conversion names an event."));
        }
        if !(0..=LONGEST_LOOKBACK).contains(&attribution.lookback_days) {
            return Err(Problem::invalid("lookback_days", "The look-back is 0 to 3,660 days."));
        }
        let lookback = attribution.lookback_days * DAY;
        let mut needs = Needs::of(frame);
        let name = field(&attribution.field, "field")?;
        let conversion = needs.predicate(Predicate::event(&attribution.conversion));
        let with_field = Filter { field: name.clone(), op: Op::Set, values: Vec::new() };
        needs.predicate(Predicate { event: None, filters: vec![with_field] });
        let field = needs.field(name);
        needs.revenue = true;
        needs.reach = Reach { from: Some(span.from - lookback), to: Some(span.to) };
        Ok(Plan { span, lookback, model: attribution.model, conversion, field, needs })
    }
}

impl Question for Plan {
    type Tally = Tally;
    type Answer = AttributionAnswer;

    fn needs(&self) -> &Needs {
        &self.needs
    }

    fn begin(&self) -> Tally {
        Tally::default()
    }

    fn actor(&self, tally: &mut Tally, _person: u32, moments: &Moments<'_>) {
        let is_conversion =
            |event: &usize| moments.matches[*event] & self.conversion != 0 && self.span.contains(moments.at[*event]);
        let Some(first) = (0..moments.len()).find(is_conversion) else { return };
        let width = self.needs.fields.len();
        let contact = |event| Contact { at: moments.at[event], value: moments.values[event * width + self.field] };
        tally.contacts.clear();
        tally.contacts.extend((0..moments.len()).map(contact).filter(|contact| contact.value != 0));
        let contacts = std::mem::take(&mut tally.contacts);
        let mut recent = Recent::new(&contacts);
        for conversion in (first..moments.len()).filter(is_conversion) {
            let at = moments.at[conversion];
            recent.slide(at - self.lookback, at);
            let amount = moments.amount.get(conversion).copied().filter(|amount| !amount.is_nan());
            let money = amount.map(|amount| (moments.currency[conversion], amount));
            recent.share_out(self.model, |value, weight| {
                let (conversions, currencies) = tally.credit.entry(value).or_default();
                *conversions += weight;
                if let Some((currency, amount)) = money {
                    *currencies.entry(currency).or_default() += weight * amount;
                }
            });
        }
        tally.contacts = contacts;
    }

    fn merge(&self, into: &mut Tally, other: Tally) {
        for (value, (conversions, currencies)) in other.credit {
            let ours = into.credit.entry(value).or_default();
            ours.0 += conversions;
            currencies.into_iter().for_each(|(currency, amount)| *ours.1.entry(currency).or_default() += amount);
        }
    }

    fn finish(&self, tally: Tally, names: &dyn Names) -> AttributionAnswer {
        // A contact may itself be called "direct": it is the same row.
        let mut rows: BTreeMap<String, (f64, BTreeMap<String, f64>)> = BTreeMap::new();
        for (id, (conversions, currencies)) in tally.credit {
            let value = if id == 0 { DIRECT.to_owned() } else { names.value(self.field, id) };
            let row = rows.entry(value).or_default();
            row.0 += conversions;
            for (currency, amount) in currencies {
                *row.1.entry(names.currency(currency)).or_default() += amount;
            }
        }
        let money = |(currency, amount)| Money { amount, currency };
        let mut rows: Vec<AttributionRow> = rows
            .into_iter()
            .map(|(value, (conversions, currencies))| AttributionRow {
                value,
                conversions,
                revenue: currencies.into_iter().map(money).collect(),
            })
            .collect();
        rows.sort_by(|a, b| b.conversions.total_cmp(&a.conversions));
        AttributionAnswer { rows }
    }
}

/// The contacts of one actor that lie within the look-back of a conversion, kept while conversions go forward, so that
/// many conversions with many contacts do not cost their product.
struct Recent<'a> {
    contacts: &'a [Contact],
    first: usize,
    end: usize,
    /// By value: number of contacts, and the sum of their decaying weights.
    values: NumberMap<u32, (usize, f64)>,
}

impl<'a> Recent<'a> {
    fn new(contacts: &'a [Contact]) -> Recent<'a> {
        Recent { contacts, first: 0, end: 0, values: NumberMap::default() }
    }

    /// Grows towards the conversion, relative to the actor's first contact; only ratios matter.
    fn weight(&self, contact: Contact) -> f64 {
        let origin = self.contacts.first().map_or(0, |first| first.at);
        ((contact.at - origin) as f64 / HALF_LIFE).exp2()
    }

    /// Both ends inclusive; neither ever goes back.
    fn slide(&mut self, from: i64, to: i64) {
        while let Some(&contact) = self.contacts.get(self.end).filter(|contact| contact.at <= to) {
            let weight = self.weight(contact);
            let (count, sum) = self.values.entry(contact.value).or_default();
            (*count, *sum) = (*count + 1, *sum + weight);
            self.end += 1;
        }
        while self.first < self.end && self.contacts[self.first].at < from {
            let contact = self.contacts[self.first];
            let weight = self.weight(contact);
            if let Some((count, sum)) = self.values.get_mut(&contact.value) {
                (*count, *sum) = (*count - 1, *sum - weight);
                if *count == 0 {
                    self.values.remove(&contact.value);
                }
            }
            self.first += 1;
        }
    }

    fn share_out(&self, model: Model, mut credit: impl FnMut(u32, f64)) {
        let window = &self.contacts[self.first..self.end];
        let (Some(first), Some(last)) = (window.first(), window.last()) else { return credit(0, 1.0) };
        let (start, middle, end) = match model {
            Model::First => return credit(first.value, 1.0),
            Model::Last => return credit(last.value, 1.0),
            Model::Linear => return self.by_count(1.0 / window.len() as f64, credit),
            Model::Participation => return self.values.keys().for_each(|value| credit(*value, 1.0)),
            Model::TimeDecay => {
                let total: f64 = self.values.values().map(|(_, sum)| sum).sum();
                return self.values.iter().for_each(|(value, (_, sum))| credit(*value, sum / total));
            }
            Model::U => (0.4, 0.2, 0.4),
            Model::J => (0.2, 0.2, 0.6),
            Model::InverseJ => (0.6, 0.2, 0.2),
        };
        match window.len() {
            1 => credit(first.value, 1.0),
            // Without a middle its share goes to the ends in their proportion.
            2 => {
                credit(first.value, start / (start + end));
                credit(last.value, end / (start + end));
            }
            contacts => {
                let each = middle / (contacts - 2) as f64;
                self.by_count(each, &mut credit);
                credit(first.value, start - each);
                credit(last.value, end - each);
            }
        }
    }

    fn by_count(&self, each: f64, mut credit: impl FnMut(u32, f64)) {
        self.values.iter().for_each(|(value, (count, _))| credit(*value, *count as f64 * each));
    }
}
