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
    let summary = sentence(page, &answer, goal);
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

/// One plain sentence: how much less often, and what that means in money at the usual worth of a goal.
fn sentence(page: &Page, answer: &ExposureAnswer, goal: &Goal) -> Text {
    let Some(gap) = gap(answer) else { return Text::default() };
    let points = |share: f64| words::fixed(100.0 * share, 1);
    let goal = words::spoken(&goal.goal).to_lowercase();
    if gap.low <= 0.0 {
        return Text::new(format!(
            "People who met an error reach {goal} about as often: the difference of {} points may be chance ({} to {}).",
            points(gap.estimate),
            points(gap.low),
            points(gap.high)
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
    match answer.money.get(&page.project.currency).filter(|(count, _)| *count > 0) {
        Some((count, sum)) => {
            let worth = sum / *count as f64;
            let money = |share: f64| joined(words::money(Some((lost(share) * worth).round()), &page.project.currency));
            text.plain(", ").strong(money(gap.estimate)).plain(format!(
                " ({} to {}). An association.",
                money(gap.low),
                money(gap.high)
            ))
        }
        None => text.plain(". An association."),
    }
}
