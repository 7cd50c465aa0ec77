//! What those met who left before a step, against those who reached it. Association, not proof.

use super::result::gap;
use super::rule;
use crate::charts::Cause;
use crate::page::Page;
use crate::parts::joined;
use crate::words::{self, Unit};
use parallax_domain::Problem;
use parallax_domain::question::{Funnel, Order};
use parallax_domain::screen::{Cell, Column, Panel, Part, Row, Table, Text};
use parallax_server::engine::funnel::{Sign, StepSigns};
use parallax_server::engine::statistics::{benjamini_hochberg, two_proportions, wilson};
use parallax_server::store::question::MetIssue;

/// Groups smaller than this are not compared.
const ENOUGH: i64 = 30;
/// People on either side who met a thing, before it is looked at.
const SUPPORT: i64 = 10;
/// Under one step; more would hide the news.
const SHOWN: usize = 3;
/// False discovery rate.
const RATE: f64 = 0.05;

/// Something that more of those met who left.
struct Found {
    step: usize,
    sign: Sign,
    left: (u64, u64),
    reached: (u64, u64),
    q: f64,
}

pub struct Causes {
    steps: Vec<StepSigns>,
    issues: Vec<MetIssue>,
    found: Vec<Found>,
    tried: usize,
}

impl Causes {
    /// None where steps have no order, so that nothing lies between them.
    pub async fn of(page: &mut Page, funnel: &Funnel) -> Result<Option<Causes>, Problem> {
        if matches!(funnel.order, Order::Any | Order::Flexible) {
            return Ok(None);
        }
        let (machine, frame) = (page.machine.clone(), page.frame(page.period));
        let told = machine.store.causes(&mut page.look, &frame, funnel).await?.result;
        Ok(Some(Causes::found(told.steps, told.issues)))
    }

    /// Keeps what is more frequent among those who left than chance would let it, over all steps together.
    fn found(steps: Vec<StepSigns>, issues: Vec<MetIssue>) -> Causes {
        let mut found: Vec<Found> = Vec::new();
        let mut chances = Vec::new();
        for (step, between) in steps.iter().enumerate() {
            if between.left < ENOUGH || between.reached < ENOUGH {
                continue;
            }
            for (sign, left, reached) in between.signs.iter().filter(|(_, left, reached)| left + reached >= SUPPORT) {
                let sides = ((*left as u64, between.left as u64), (*reached as u64, between.reached as u64));
                let Some((_, p)) = two_proportions(sides.0, sides.1, 1.0) else { continue };
                chances.push(p);
                found.push(Found { step, sign: sign.clone(), left: sides.0, reached: sides.1, q: 1.0 });
            }
        }
        for (found, q) in found.iter_mut().zip(benjamini_hochberg(&chances)) {
            found.q = q;
        }
        let tried = found.len();
        found.retain(|found| found.q < RATE && share(found.left) > share(found.reached));
        found.sort_by(|a, b| {
            a.step.cmp(&b.step).then((share(b.left) - share(b.reached)).total_cmp(&(share(a.left) - share(a.reached))))
        });
        Causes { steps, issues, found, tried }
    }

    fn label(&self, sign: &Sign) -> String {
        match sign {
            Sign::Error { event, kind: Some(kind) } => format!("{kind} ({event})"),
            Sign::Error { event, kind: None } => event.clone(),
            Sign::Issue(place) => {
                self.issues.get(*place as usize).map_or_else(|| "An exception".to_owned(), |issue| issue.title.clone())
            }
            Sign::Event(event) => event.clone(),
        }
    }

    fn href(&self, page: &Page, sign: &Sign) -> Option<String> {
        let Sign::Issue(place) = sign else { return None };
        let id = self.issues.get(*place as usize)?.id;
        Some(page.to("/engineering/issues").with("issue", &id.to_string()).href())
    }

    /// The dumbbells under one step.
    pub fn under(&self, page: &Page, step: usize) -> Vec<Cause> {
        let Some(between) =
            self.steps.get(step).filter(|between| step > 0 && between.left >= ENOUGH && between.reached >= ENOUGH)
        else {
            return Vec::new();
        };
        let mut causes: Vec<Cause> = self
            .found
            .iter()
            .filter(|found| found.step == step)
            .take(SHOWN)
            .map(|found| Cause {
                label: self.label(&found.sign),
                left: share(found.left),
                stayed: Some(share(found.reached)),
                worse: true,
                href: self.href(page, &found.sign),
            })
            .collect();
        causes.push(Cause {
            label: "No technical cause found".to_owned(),
            left: 1.0 - between.troubled.0 as f64 / between.left as f64,
            stayed: None,
            worse: false,
            href: None,
        });
        causes
    }

    /// The same in figures, with numbers and intervals.
    pub fn panel(&self, page: &Page, funnel: &Funnel) -> Option<Panel> {
        if self.steps.iter().all(|between| between.left < ENOUGH || between.reached < ENOUGH) {
            return None;
        }
        let panel = Panel::new("causes", "What those met who left")
            .unit("within 30 minutes after the step before, and before the next")
            .flush();
        let foot = format!(
            "{} compared; shown where the false discovery rate is below 5%. An association, not proof.",
            words::counted(self.tried as i64, "difference", "differences")
        );
        if self.found.is_empty() {
            let why =
                "Nothing was met more often by those who left than by those who went on, beyond what chance explains.";
            return Some(panel.part(crate::parts::empty("No difference found", why)).foot(foot));
        }
        let interval = |(part, of): (u64, u64)| {
            let ends = wilson(part, of);
            let words =
                ends.map_or_else(String::new, |ends| words::interval(Some(ends.low), Some(ends.high), &Unit::Share));
            Cell::new(words::percent_full(Some(share((part, of)))))
                .sub(format!("{words}, n {}", words::count_full(Some(of as f64))))
        };
        let rows = self.found.iter().map(|found| {
            let label = self.label(&found.sign);
            let name = match self.href(page, &found.sign) {
                Some(href) => Text::default().link(label, href),
                None => Text::new(label),
            };
            Row::new(vec![
                Cell::new(name).sub(if found.sign.is_technical() { "technical" } else { "event" }),
                Cell::new(rule::bar(funnel, found.step)).sub(format!("step {}", found.step + 1)),
                interval(found.left),
                interval(found.reached),
                Cell::new(gap(found.left, found.reached).unwrap_or_else(|| words::UNKNOWN.to_owned())),
            ])
        });
        let table = Table {
            caption: "What people met before they left".to_owned(),
            columns: vec![
                Column::words("Met"),
                Column::words("Before"),
                Column::figures("Among those who left"),
                Column::figures("Among those who went on"),
                Column::figures("Difference").secondary(1),
            ],
            rows: rows.collect(),
            fold: true,
            ..Table::default()
        };
        let first = self
            .found
            .iter()
            .max_by(|a, b| (share(a.left) - share(a.reached)).total_cmp(&(share(b.left) - share(b.reached))));
        let summary = first.map(|found| {
            Text::default().strong(self.label(&found.sign)).plain(format!(
                " was met by {} of those who left before {}, and by {} of those who went on.",
                joined(words::percent_brief(Some(share(found.left)))),
                rule::bar(funnel, found.step),
                joined(words::percent_brief(Some(share(found.reached))))
            ))
        });
        Some(panel.summary(summary.unwrap_or_default()).part(Part::Table(table)).foot(foot))
    }
}

fn share((part, of): (u64, u64)) -> f64 {
    if of == 0 { 0.0 } else { part as f64 / of as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(left: i64, reached: i64, signs: &[(&str, i64, i64)]) -> StepSigns {
        let signs = signs.iter().map(|(name, a, b)| (Sign::Event((*name).to_owned()), *a, *b)).collect();
        StepSigns { left, reached, troubled: (0, 0), signs }
    }

    #[test]
    fn only_what_chance_does_not_explain_is_named() {
        let step = between(1000, 1000, &[("payment_failed", 300, 20), ("logout", 52, 48), ("rare", 3, 0)]);
        let causes = Causes::found(vec![StepSigns::default(), step], Vec::new());
        assert_eq!(causes.found.len(), 1);
        assert_eq!(causes.label(&causes.found[0].sign), "payment_failed");
        assert_eq!(causes.tried, 2, "what hardly anybody met is not tried");
    }

    #[test]
    fn what_those_meet_who_stay_is_no_cause() {
        let step = between(1000, 1000, &[("coupon", 10, 400)]);
        assert!(Causes::found(vec![StepSigns::default(), step], Vec::new()).found.is_empty());
    }

    #[test]
    fn small_groups_are_not_compared() {
        let step = between(29, 1000, &[("payment_failed", 29, 0)]);
        assert!(Causes::found(vec![StepSigns::default(), step], Vec::new()).found.is_empty());
    }
}
