//! A funnel: linear bars from zero, the conversion in words between them, and causes under the step.

use super::figure::{About, DataRow, DataTable, Datum, Frame, figure, inside, named, some};
use super::inline;
use super::maths::path::{fraction, number};
use super::pen;
use crate::words::{count_full, counted, duration_full, percent, percent_brief, percent_full};
use maud::{Markup, PreEscaped, html};
use parallax_domain::screen::{Drawing, Tone};

/// Something that more of those who left had met than of those who stayed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cause {
    pub label: String,
    /// Share of those who left before the step, 0 to 1.
    pub left: f64,
    /// Share of those who reached it; none for "no technical cause found".
    pub stayed: Option<f64>,
    pub worse: bool,
    pub href: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct FunnelStep {
    pub name: String,
    pub count: i64,
    /// Of the comparison period.
    pub before: Option<i64>,
    /// From the step before.
    pub median_ms: Option<f64>,
    /// Change of the conversion from the step before, judged by the caller: `−2.0 pt`.
    pub change: Option<(String, bool, Tone)>,
    /// The step to look at.
    pub hot: bool,
    /// People who reached the step; people who left before it.
    pub reached: Option<String>,
    pub lost: Option<String>,
    pub causes: Vec<Cause>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Funnel {
    pub about: About,
    /// `person`, `people`: what is counted.
    pub one: String,
    pub many: String,
    pub steps: Vec<FunnelStep>,
}

/// Fewer entrants than this have no conversion that means anything (contract: n too small).
const FEW: i64 = 30;
/// More steps than this stand below each other.
const BESIDE: usize = 6;
/// Share of its slot that a bar fills.
const BAR: f64 = 0.46;

impl Funnel {
    fn most(&self) -> f64 {
        let all = self.steps.iter().flat_map(|step| [Some(step.count), step.before]).flatten();
        all.max().unwrap_or(0).max(1) as f64
    }

    fn first(&self) -> i64 {
        self.steps.first().map_or(0, |step| step.count)
    }

    /// Fraction of the step before; of the first it is everybody.
    fn conversion(&self, index: usize) -> Option<f64> {
        let before = if index == 0 { self.first() } else { self.steps.get(index - 1)?.count };
        (before > 0).then(|| self.steps[index].count as f64 / before as f64)
    }

    fn overall(&self, index: usize) -> Option<f64> {
        (self.first() > 0).then(|| self.steps[index].count as f64 / self.first() as f64)
    }

    pub fn draw(&self) -> Drawing {
        let id = self.about.element_id();
        let count = self.steps.len();
        let tall = if count > BESIDE { " tall" } else { "" };
        let causes = self.steps.iter().any(|step| !step.causes.is_empty());
        let body = html! {
            @if count > 0 {
                div class=(format!("fun-plot{tall}")) {
                    svg class="cv" role="img" aria-labelledby=(format!("{id}-t {id}-d")) {
                        (named(&id, &self.about.title, &self.description()))
                        (PreEscaped(self.bars()))
                    }
                }
                ol class=(format!("steps{tall}")) role="list" style=(format!("--n:{count}")) {
                    @for index in 0..count { (self.step(index, causes)) }
                }
            } @else { p class="blank" { "No steps yet" } }
        };
        let table = self.table();
        let remarks = if self.steps.iter().any(|step| step.before.is_some()) {
            vec!["dashed: the comparison".to_owned()]
        } else {
            Vec::new()
        };
        figure(&self.about, &Frame { class: "funnel", table: Some(&table), remarks, ..Frame::default() }, &body)
    }

    fn bars(&self) -> String {
        let most = self.most();
        let slot = 1.0 / self.steps.len().max(1) as f64;
        let width = slot * BAR;
        let height = |count: i64| count.max(0) as f64 / most;
        let (mut bars, mut slopes) = (String::new(), String::new());
        for (index, step) in self.steps.iter().enumerate() {
            let (x, reached) = (index as f64 * slot, height(step.count));
            if let Some(before) = index.checked_sub(1).map(|previous| height(self.steps[previous].count)) {
                bars.push_str(&pen::rect("lost", x, 1.0 - before, width, before - reached));
            }
            bars.push_str(&pen::rect("br s1", x, 1.0 - reached, width, reached));
            if let Some(before) = step.before.map(height) {
                bars.push_str(&pen::line("pvl", (x, 1.0 - before), (x + width, 1.0 - before)));
            }
            if let Some(next) = self.steps.get(index + 1).map(|next| height(next.count)) {
                let box_of = |value: f64| number(1_000.0 * value);
                let (from, to) = (box_of(x + width), box_of(x + slot));
                slopes.push_str(&pen::path(
                    "ar s1",
                    &format!("M{from} {}L{to} {}L{to} 1000L{from} 1000Z", box_of(1.0 - reached), box_of(1.0 - next)),
                ));
            }
        }
        format!("{}{bars}{}", pen::stretched(&slopes), pen::across("gl base", 1.0))
    }

    fn step(&self, index: usize, causes: bool) -> Markup {
        let step = &self.steps[index];
        let share = step.count.max(0) as f64 / self.most();
        let entered = if index == 0 { self.first() } else { self.steps[index - 1].count };
        let few = entered < FEW;
        let people = counted(step.count, &self.one, &self.many);
        let after = match (index, step.median_ms) {
            (0, _) => "entered".to_owned(),
            (_, Some(ms)) => format!("{} median", crate::words::duration(Some(ms))),
            (_, None) => String::new(),
        };
        html! {
            li class=[some(if step.hot { "hot" } else { "" })] style=(format!("--h:{}", fraction(share))) {
                div class="hd" {
                    h3 { span class="no" { (index + 1) } (step.name) }
                    p class="v" { @if few && index > 0 { "–" } @else if index == 0 { (percent(self.conversion(0))) } @else { (percent_full(self.conversion(index))) } }
                    p class="d" {
                        @if few && index > 0 { span class="delta" { "n too small" } }
                        @else if let Some((label, up, tone)) = &step.change { (inline::delta(label, *up, *tone)) }
                    }
                    p class="m" {
                        @if let Some(href) = step.reached.as_deref().and_then(inside) { a href=(href) { (people) } } @else { (people) }
                        @if !after.is_empty() { span class="cm" { ", " } br; (after) }
                    }
                }
                div class="mb" aria-hidden="true" { span {} }
                @if causes { (self.causes(index)) }
            }
        }
    }

    fn causes(&self, index: usize) -> Markup {
        let step = &self.steps[index];
        if index == 0 {
            return html! {
                div class="cause key0" {
                    p { "Under each step: technical causes among those who left before it." }
                    ul class="key" {
                        li { i class="ring" {} "share among those who continued" }
                        li class="sbad" { i class="disc" {} "among those who left" }
                    }
                    p class="muted" { "Causes can overlap. An association, not proof: open the traces to judge." }
                }
            };
        }
        let lost = (self.steps[index - 1].count - step.count).max(0);
        let lost_words = count_full(Some(lost as f64));
        let high = step.causes.iter().flat_map(|cause| [Some(cause.left), cause.stayed]).flatten().fold(0.5, f64::max);
        html! {
            div class="cause" {
                p class="lost-n" {
                    @if let Some(href) = step.lost.as_deref().and_then(inside) { a href=(href) { b { (lost_words) } } } @else { b { (lost_words) } }
                    " left before this"
                }
                ul role="list" {
                    @for cause in &step.causes {
                        li class=[cause.stayed.is_none().then_some("none")] {
                            (super::figure::link(cause.href.as_deref().unwrap_or_default(), "l", &cause.label))
                            span class="x" { (percent_brief(Some(cause.left))) }
                            @if let Some(stayed) = cause.stayed { (PreEscaped(inline::dumbbell(stayed, cause.left, high, cause.worse))) }
                        }
                    }
                }
            }
        }
    }

    fn table(&self) -> DataTable {
        let compared = self.steps.iter().any(|step| step.before.is_some());
        let mut head =
            vec!["Step".to_owned(), capital(&self.many), "Of previous".into(), "Of first".into(), "Median time".into()];
        if compared {
            head.push("Comparison".into());
        }
        let row = |(index, step): (usize, &FunnelStep)| {
            let mut cells = vec![
                Datum::new(count_full(Some(step.count as f64))),
                Datum::new(percent_full(self.conversion(index))),
                Datum::new(percent_full(self.overall(index))),
                Datum::new(duration_full(step.median_ms)),
            ];
            if compared {
                cells.push(Datum::new(count_full(step.before.map(|before| before as f64))));
            }
            DataRow { label: step.name.clone(), cells, note: String::new() }
        };
        DataTable { caption: self.about.title.clone(), head, rows: self.steps.iter().enumerate().map(row).collect() }
    }

    fn description(&self) -> String {
        let steps = self.steps.iter().enumerate();
        let said = steps.map(|(index, step)| {
            format!(
                "{} {}, {} of entrants",
                step.name,
                counted(step.count, &self.one, &self.many),
                percent(self.overall(index))
            )
        });
        format!("{}.", said.collect::<Vec<_>>().join("; "))
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(|| "Count".to_owned(), |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn funnel(counts: &[i64]) -> Funnel {
        let step = |(index, count): (usize, &i64)| FunnelStep {
            name: format!("step {index}"),
            count: *count,
            ..FunnelStep::default()
        };
        Funnel {
            about: About::new("f", "Checkout"),
            one: "person".into(),
            many: "people".into(),
            steps: counts.iter().enumerate().map(step).collect(),
        }
    }

    #[test]
    fn conversion_is_of_the_step_before() {
        let funnel = funnel(&[1_000, 300, 150]);
        assert_eq!(funnel.conversion(0), Some(1.0));
        assert_eq!(funnel.conversion(2), Some(0.5));
        assert_eq!(funnel.overall(2), Some(0.15));
        assert!(funnel.draw().markup.contains("300 people, 30% of entrants"));
    }

    #[test]
    fn an_empty_step_has_no_conversion_after_it() {
        let markup = funnel(&[0, 0]).draw().markup;
        assert!(!markup.contains("NaN") && markup.contains("n too small"), "{markup}");
        assert!(funnel(&[]).draw().markup.contains("No steps yet"));
    }

    #[test]
    fn few_entrants_show_no_conversion() {
        let markup = funnel(&[29, 20]).draw().markup;
        assert!(markup.contains("n too small"));
        assert!(!funnel(&[30, 20]).draw().markup.contains("n too small"));
    }

    #[test]
    fn many_steps_stand_below_each_other() {
        assert!(funnel(&[9, 8, 7, 6, 5, 4, 3]).draw().markup.contains("steps tall"));
    }

    #[test]
    fn names_and_causes_are_escaped() {
        let mut funnel = funnel(&[100, 50]);
        funnel.steps[1].name = "<svg onload=alert(1)>".into();
        funnel.steps[1].causes =
            vec![Cause { label: "<img src=x>".into(), href: Some("javascript:1".into()), ..Cause::default() }];
        let markup = funnel.draw().markup;
        assert!(
            !markup.contains("<svg onload") && !markup.contains("<img") && !markup.contains("javascript:"),
            "{markup}"
        );
    }
}
