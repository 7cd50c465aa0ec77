//! What trouble costs: people who met an error against those who did not. An association, not proof.

use super::Goal;
use crate::charts::{About, Column, Columns, Hue, Key, Swatch};
use crate::page::Page;
use crate::parts::{empty, joined};
use crate::words::{self, Unit};
use parallax_domain::Problem;
use parallax_domain::screen::{Panel, Part, Text};
use parallax_server::engine::outcome::ExposureAnswer;
use parallax_server::engine::statistics::{difference, wilson};

/// Fewer in a group say nothing.
const ENOUGH: u64 = 30;

pub async fn panel(page: &mut Page, goal: Option<&Goal>) -> Result<Panel, Problem> {
    let panel = Panel::new("impact", "What errors cost");
    let Some(goal) = goal else {
        return Ok(panel.part(empty(
            "No goal yet",
            "People who met an error would be compared with those who did not, by how many reach the goal.",
        )));
    };
    let machine = page.machine.clone();
    let frame = page.frame(page.period);
    let answer = machine.store.exposure(&mut page.look, &frame, &goal.start, &goal.goal).await?;
    let panel = panel.unit(goal.title());
    let least = page.viewer.smallest_cell().map_or(ENOUGH, |least| ENOUGH.max(least as u64));
    if answer.exposed.1 < least || answer.others.1 < least {
        let why = format!(
            "{} met an error before the goal and {} did not; {least} in each group are needed for a comparison.",
            few(page, answer.exposed.1),
            few(page, answer.others.1)
        );
        return Ok(panel.part(empty("Too few people to compare", why)));
    }
    let summary = sentence(&answer, &goal.goal, &page.project.currency);
    let column = |label: &str, group: (u64, u64), hue: Hue| Column {
        label: label.to_owned(),
        sub: format!("{} people", words::count(Some(group.1 as f64))),
        value: Some(group.0 as f64 / group.1 as f64),
        interval: wilson(group.0, group.1).map(|interval| (interval.low, interval.high)),
        hue,
        ..Column::default()
    };
    let worse = gap(&answer).is_some_and(|gap| gap.low > 0.0);
    let chart = Columns {
        about: About {
            notes: page.notes(answer.exposed.1 + answer.others.1, "projection"),
            ..About::new("impact", "Conversion with and without errors").summary(summary.words())
        },
        unit: Unit::Share,
        class: "People".to_owned(),
        value: goal.title(),
        columns: vec![
            column("no error", answer.others, Hue::S1),
            column("error before the goal", answer.exposed, if worse { Hue::Bad } else { Hue::Mute }),
        ],
        keys: vec![Key::new(Swatch::Line, "", "95% interval")],
        ..Columns::default()
    };
    Ok(panel.summary(summary).part(Part::Drawing(chart.draw())).foot("association, not matched for device or country"))
}

/// How much less often the exposed reach the goal, with its 95 % interval.
fn gap(answer: &ExposureAnswer) -> Option<parallax_server::engine::statistics::Difference> {
    difference(answer.others, answer.exposed)
}

fn few(page: &Page, people: u64) -> String {
    match page.viewer.smallest_cell() {
        Some(least) if (people as i64) < least => format!("fewer than {least} people"),
        _ => words::counted(people as i64, "person", "people"),
    }
}

/// One plain sentence: which group reaches the goal more often, whether chance can explain it, and what less means in
/// money at the usual worth of a goal. An interval that excludes zero counts on either side of it.
fn sentence(answer: &ExposureAnswer, goal: &str, currency: &str) -> Text {
    let Some(gap) = gap(answer) else { return Text::default() };
    let points = |share: f64| words::fixed(100.0 * share, 1);
    let goal = words::spoken(goal).to_lowercase();
    if gap.high < 0.0 {
        return Text::new("People who met an error reach ")
            .plain(goal)
            .plain(" ")
            .strong(format!("{} points", points(-gap.estimate)))
            .plain(format!(" more often ({} to {}). ", points(-gap.high), points(-gap.low)))
            .plain("Errors do not help: whoever does more meets more of them. No cost can be read from this.");
    }
    if gap.low <= 0.0 {
        let more = gap.estimate < 0.0;
        let (low, high) = if more { (-gap.high, -gap.low) } else { (gap.low, gap.high) };
        return Text::new(format!(
            "Whether errors matter for {goal} cannot be told: {} points {} often with them, which may be chance ({} to {}).",
            points(gap.estimate.abs()),
            if more { "more" } else { "less" },
            points(low),
            points(high)
        ));
    }
    let exposed = answer.exposed.1 as f64;
    let lost = |share: f64| share * exposed;
    let text = Text::new("People who met an error reach ")
        .plain(goal)
        .plain(" ")
        .strong(format!("{} points", points(gap.estimate)))
        .plain(format!(" less often ({} to {}): about ", points(gap.low), points(gap.high)))
        .strong(words::counted(lost(gap.estimate).round() as i64, "goal", "goals"))
        .plain(" in this time");
    match answer.money.get(currency).filter(|(count, _)| *count > 0) {
        Some((count, sum)) => {
            let worth = sum / *count as f64;
            let money = |share: f64| joined(words::money(Some((lost(share) * worth).round()), currency));
            text.plain(", ").strong(money(gap.estimate)).plain(format!(
                " ({} to {}). An association.",
                money(gap.low),
                money(gap.high)
            ))
        }
        None => text.plain(". An association."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(exposed: (u64, u64), others: (u64, u64)) -> String {
        sentence(&ExposureAnswer { exposed, others, ..ExposureAnswer::default() }, "Purchase Completed", "EUR").words()
    }

    #[test]
    fn a_difference_whose_interval_excludes_zero_is_told_with_its_side() {
        let fewer = said((40, 1_000), (2_000, 20_000));
        assert!(fewer.contains("6.0 points less often") && fewer.contains("An association."), "{fewer}");
        let more = said((25, 85), (4_400, 36_600));
        assert!(more.contains("points more often") && !more.contains("chance"), "{more}");
        assert!(more.contains("No cost can be read from this."), "{more}");
    }

    #[test]
    fn a_difference_whose_interval_holds_zero_may_be_chance() {
        let unsure = said((10, 85), (4_400, 36_600));
        assert!(unsure.contains("may be chance (−"), "{unsure}");
    }
}
