//! Attribution: the same conversions credited to earlier contacts under every rule, side by side.

use super::facts::{Facts, of_events};
use crate::charts::{About, Attribution as Chart, Channel};
use crate::page::Page;
use crate::parts::{empty, empty_with};
use crate::words;
use parallax_domain::Problem;
use parallax_domain::question::{Attribution, AttributionAnswer, AttributionRow, Frame, Model};
use parallax_domain::screen::{Cell, Column, Link, Panel, Part, Row, Table, Text};

const LOOKBACK: i64 = 30;
const ROWS: usize = 8;
/// By what contacts are told apart.
const KINDS: [(&str, &str, &str); 3] = [
    ("source", "Source", "campaign.source"),
    ("medium", "Medium", "campaign.medium"),
    ("name", "Campaign", "campaign.name"),
];

/// One contact under all rules, in the order of [`Model::ALL`].
#[derive(Clone, Debug, PartialEq)]
struct Credit {
    value: String,
    /// Conversions.
    conversions: [f64; Model::ALL.len()],
    /// Share of the money, or of the conversions where there is none.
    shares: [f64; Model::ALL.len()],
}

impl Credit {
    fn share(&self, model: Model) -> f64 {
        Model::ALL.iter().position(|known| *known == model).map_or(0.0, |place| self.shares[place])
    }

    fn most(&self) -> f64 {
        self.conversions.iter().copied().fold(0.0, f64::max)
    }
}

/// Answers of all rules by contact, most credit by the last contact first; whether they speak of money.
fn credits(answers: &[AttributionAnswer], currency: &str) -> (Vec<Credit>, bool) {
    let money = |row: &AttributionRow| {
        row.revenue.iter().find(|money| money.currency == currency).map_or(0.0, |money| money.amount)
    };
    let total =
        |answer: &AttributionAnswer, of: &dyn Fn(&AttributionRow) -> f64| answer.rows.iter().map(of).sum::<f64>();
    let paid = answers.iter().any(|answer| total(answer, &money) > 0.0);
    let weight = |row: &AttributionRow| if paid { money(row) } else { row.conversions };
    let mut credits: Vec<Credit> = Vec::new();
    for (place, answer) in answers.iter().enumerate().take(Model::ALL.len()) {
        // Under participation every contact counts whole: shares are of the last contact's sum, and may exceed it.
        let all = answers.iter().map(|answer| total(answer, &weight)).fold(f64::INFINITY, f64::min);
        for row in &answer.rows {
            let at = match credits.iter().position(|credit| credit.value == row.value) {
                Some(at) => at,
                None => {
                    let none = [0.0; Model::ALL.len()];
                    credits.push(Credit { value: row.value.clone(), conversions: none, shares: none });
                    credits.len() - 1
                }
            };
            credits[at].conversions[place] = row.conversions;
            credits[at].shares[place] = if all > 0.0 { weight(row) / all } else { 0.0 };
        }
    }
    credits.sort_by(|a, b| b.share(Model::Last).total_cmp(&a.share(Model::Last)).then_with(|| a.value.cmp(&b.value)));
    (credits, paid)
}

pub async fn panel(page: &mut Page, facts: &Facts) -> Result<Panel, Problem> {
    let wanted = page.address.get("by").unwrap_or_default().to_owned();
    let (kind, head, field) = KINDS.into_iter().find(|(kind, ..)| *kind == wanted).unwrap_or(KINDS[0]);
    let choices = KINDS
        .iter()
        .map(|(word, label, _)| {
            Link::new(*label, page.address.with("by", word).href() + "#attribution").current(*word == kind)
        })
        .collect();
    let panel = Panel::new("attribution", "Attribution").choices(choices);
    let Some(goal) = facts.goal.clone() else {
        let why =
            "Here would be to which earlier contacts each conversion is credited. It needs a goal: choose one beside.";
        return Ok(panel.part(empty("No goal is chosen", why)));
    };
    let (filters, left_out) = of_events(page.filters());
    let frame = Frame { filters, ..page.frame(page.period) };
    let asked =
        Attribution { conversion: goal.clone(), field: field.to_owned(), model: Model::Last, lookback_days: LOOKBACK };
    let machine = page.machine.clone();
    let answers = machine.store.attributions(&mut page.look, &frame, &asked, &Model::ALL).await?.result;
    let (mut credits, paid) = credits(&answers, &facts.currency);
    // Each conversion is credited once by the last contact.
    let last = Model::ALL.iter().position(|model| *model == Model::Last).and_then(|place| answers.get(place));
    let conversions: f64 = last.map_or(0.0, |answer| answer.rows.iter().map(|row| row.conversions).sum());
    let all = credits.len();
    let least = facts.least.unwrap_or(0) as f64;
    credits.retain(|credit| credit.most() >= least);
    let small = all - credits.len();
    let touched = credits.iter().any(|credit| credit.value != "direct");
    if conversions <= 0.0 || !touched {
        let why = match conversions > 0.0 {
            true => format!(
                "All {} conversions came without any contact that named a campaign.",
                words::count_full(Some(conversions))
            ),
            false => format!(
                "Here would be to which earlier contacts {goal} is credited. Nobody did it in {}.",
                page.range.label().to_lowercase()
            ),
        };
        return Ok(panel.part(empty_with("Nothing to credit", why, super::telling(page))));
    }
    credits.truncate(ROWS);
    let summary = sentence(&credits);
    let unit = format!("% of {}, {goal}", if paid { "revenue" } else { "conversions" });
    let age = (page.now - page.look.fresh_as_of).num_seconds().max(0);
    let about = About {
        notes: vec![
            Text::new(format!("n = {} conversions", words::count_full(Some(conversions)))),
            super::campaign_coverage(facts),
            Text::new(format!("projection, {}", words::old(age))),
        ],
        ..About::new("attribution", "Attribution").unit(unit.clone()).summary(summary.words())
    };
    let channels = credits.iter().map(|credit| channel(page, field, credit)).collect();
    let chart = Chart { about, channel: head.to_owned(), channels };
    let mut panel = panel
        .unit(unit)
        .summary(summary)
        .part(Part::Drawing(chart.draw()))
        .part(Part::Section { title: "Every rule".to_owned(), note: "conversions credited".to_owned() })
        .part(Part::Table(table(head, &credits)))
        .foot(format!("{LOOKBACK} days back, credit is not cause"));
    let reach = page.period.from - chrono::Duration::days(LOOKBACK);
    if let Some(begin) = facts.begin.filter(|begin| *begin > reach) {
        panel = panel.foot(format!("contacts are known since {}", page.date(begin)));
    }
    if left_out {
        panel = panel.foot("filters by campaign, referrer and page choose visits and do not apply here");
    }
    if all - small > ROWS {
        panel = panel.foot(format!("{ROWS} of {} by the last contact", all - small));
    }
    Ok(super::withheld(panel, facts, small))
}

fn channel(page: &Page, field: &str, credit: &Credit) -> Channel {
    Channel {
        name: credit.value.clone(),
        first: credit.share(Model::First),
        last: credit.share(Model::Last),
        linear: credit.share(Model::Linear),
        u: credit.share(Model::U),
        href: (credit.value != "direct").then(|| page.filtered(field, &credit.value)),
    }
}

fn word(model: Model) -> (&'static str, &'static str) {
    match model {
        Model::First => ("First", "All credit to the first contact"),
        Model::Last => ("Last", "All credit to the last contact"),
        Model::Linear => ("Linear", "The same credit to every contact"),
        Model::Participation => ("Any", "Full credit to every contact: sums to more than all conversions"),
        Model::TimeDecay => ("Decay", "Credit halves with every seven days before the conversion"),
        Model::U => ("U", "40% first, 40% last, 20% between"),
        Model::J => ("J", "20% first, 60% last, 20% between"),
        Model::InverseJ => ("Inverse J", "60% first, 20% last, 20% between"),
    }
}

fn table(head: &str, credits: &[Credit]) -> Table {
    let mut columns = vec![Column::words(head)];
    columns.extend(Model::ALL.into_iter().map(|model| {
        let (label, hint) = word(model);
        let secondary = match model {
            Model::First | Model::Last | Model::Linear | Model::TimeDecay => 0,
            Model::U | Model::Participation => 1,
            Model::J | Model::InverseJ => 2,
        };
        Column::figures(label).hint(hint).secondary(secondary)
    }));
    let row = |credit: &Credit| {
        let figures = credit.conversions.iter().map(|conversions| Cell::new(words::fixed(*conversions, 1)));
        Row::new(std::iter::once(Cell::new(credit.value.clone())).chain(figures).collect())
    };
    Table {
        caption: "Conversions credited under every rule".to_owned(),
        columns,
        rows: credits.iter().map(row).collect(),
        class: "tiny2".to_owned(),
        ..Table::default()
    }
}

/// Who opens and who closes: the contacts whose credit depends most on the rule.
fn sentence(credits: &[Credit]) -> Text {
    let gap = |credit: &Credit| credit.share(Model::First) - credit.share(Model::Last);
    let named = || credits.iter().filter(|credit| credit.value != "direct");
    let percent = |share: f64| format!("{}%", words::fixed(100.0 * share, 0));
    let opens = named().max_by(|a, b| gap(a).total_cmp(&gap(b))).filter(|credit| gap(credit) >= 0.02);
    let closes = named().min_by(|a, b| gap(a).total_cmp(&gap(b))).filter(|credit| gap(credit) <= -0.02);
    let mut text = match opens {
        Some(credit) => Text::default().strong(credit.value.clone()).plain(format!(
            " opens more often than it closes: {} by first contact, {} by last. ",
            percent(credit.share(Model::First)),
            percent(credit.share(Model::Last))
        )),
        None => Text::default(),
    };
    if let Some(credit) = closes {
        text = text.strong(credit.value.clone()).plain(" is the reverse. ");
    }
    if text.is_empty() { Text::new("The rules agree: which one is used does not matter here.") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_domain::question::Money;

    fn answer(rows: &[(&str, f64, f64)]) -> AttributionAnswer {
        let row = |(value, conversions, amount): &(&str, f64, f64)| AttributionRow {
            value: (*value).to_owned(),
            conversions: *conversions,
            revenue: if *amount > 0.0 { vec![Money { amount: *amount, currency: "EUR".into() }] } else { Vec::new() },
        };
        AttributionAnswer { rows: rows.iter().map(row).collect() }
    }

    /// All rules answer the same, except the first contact's.
    fn answers(first: &[(&str, f64, f64)], others: &[(&str, f64, f64)]) -> Vec<AttributionAnswer> {
        Model::ALL.iter().map(|model| answer(if *model == Model::First { first } else { others })).collect()
    }

    #[test]
    fn shares_are_of_money_where_there_is_any() {
        let same = [("mail", 1.0, 30.0), ("search", 3.0, 10.0)];
        let (found, paid) = credits(&answers(&same, &same), "EUR");
        assert!(paid);
        assert_eq!((found[0].value.as_str(), found[0].share(Model::Last)), ("mail", 0.75));
        let (found, paid) = credits(&answers(&same, &same), "CHF");
        assert!(!paid);
        assert_eq!((found[0].value.as_str(), found[0].share(Model::Last)), ("search", 0.75));
    }

    #[test]
    fn a_contact_that_only_one_rule_credits_has_nothing_under_the_others() {
        let all = answers(&[("social", 4.0, 0.0)], &[("mail", 4.0, 0.0)]);
        let (found, _) = credits(&all, "EUR");
        let social = found.iter().find(|credit| credit.value == "social").unwrap();
        assert_eq!((social.share(Model::First), social.share(Model::Last), social.most()), (1.0, 0.0, 4.0));
        let said = sentence(&found).words();
        assert!(said.starts_with("social opens more often") && said.contains("mail is the reverse"), "{said}");
    }

    #[test]
    fn nothing_converted_is_no_error() {
        let (found, paid) = credits(&answers(&[], &[]), "EUR");
        assert!(found.is_empty() && !paid);
    }
}
