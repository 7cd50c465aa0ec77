//! The simulated company: bring it, watch it come in, take it away.

use super::{Facts, may_administer};
use crate::charts::{Hue, InlineBar};
use crate::forms;
use crate::page::Page;
use crate::words;
use parallax_domain::Permission;
use parallax_domain::screen::{Choice, Field, FieldKind, Form, Link, Panel, Part, Text, Tone};
use parallax_server::admin::demo::DAYS;
use parallax_server::demo::load::State;

pub fn panel(page: &Page, facts: &Facts) -> Panel {
    match &facts.demo {
        None => offer(page),
        Some(state) => present(page, state),
    }
}

fn offer(page: &Page) -> Panel {
    let panel = Panel::new("demo", "Load the demo shop")
        .summary("Fernhill Shop: an outdoor shop with a web page and nine services on a cluster of 12 machines, six incidents and the people who meet them. All invented.");
    let facts = vec![
        ("Kept apart as".to_owned(), Text::new("a project of its own")),
        ("Comes in".to_owned(), Text::new("newest hours first, while you look")),
        ("Afterwards".to_owned(), Text::new("the shop stays open: new data every few seconds")),
    ];
    let panel = panel.part(Part::Facts(facts));
    if !may_administer(page) {
        return panel.foot(format!("Loading it is for {}.", Permission::Administer.held_by()));
    }
    let choices = DAYS.iter().map(|(days, label)| Choice::new(days.to_string(), *label, *days == 30)).collect();
    let form = Form {
        fields: vec![Field::new("days", "How much of its past", FieldKind::Choice(choices))],
        hidden: Vec::new(),
        inline: true,
        ..forms::change(page, "load-demo", "demo/load", "Load the demo shop")
    };
    panel.part(Part::Form(form)).foot("remove it with one click; your own data is not touched")
}

fn present(page: &Page, state: &State) -> Panel {
    let mut address = page.to("/engineering");
    address.project = Some(state.project);
    let share = state.share();
    let records = words::counted(state.records as i64, "record", "records");
    let days = format!("{} of {} days", state.day(), state.days);
    let mut panel = Panel::new("demo", "The demo shop");
    panel = match (&state.failed, state.is_loading()) {
        (Some(_), _) => panel.badge("stopped", Tone::Bad).summary(format!(
            "Stopped on day {} of {}, with {records}; the reason is in the server's log.",
            state.day(),
            state.days
        )),
        (None, true) => panel
            .badge("comes in", Tone::Accent)
            .summary(format!("{days} told, {records} so far. The newest hours are there already.")),
        (None, false) => panel.summary(format!(
            "{} of its past are told, {records}; the shop goes on living.",
            words::counted(i64::from(state.days), "day", "days")
        )),
    };
    let mut facts = Vec::new();
    if !state.is_whole() {
        let bar = InlineBar::new(Some(share), Hue::S1).draw();
        facts.push(("Progress".to_owned(), Text::default().markup(bar).plain(format!(" {days}"))));
        facts.push(("Back to".to_owned(), page.time(state.told_from)));
        if let Some(rate) = state.rate() {
            let mut words = format!("{} a second", words::counted(rate.round() as i64, "record", "records"));
            if let Some(seconds) = state.remaining().filter(|_| state.failed.is_none()) {
                words.push_str(&format!(", about {} to go", words::duration(Some(seconds * 1_000.0))));
            }
            facts.push(("Rate".to_owned(), Text::new(words)));
        }
    }
    facts.push(("Told until".to_owned(), page.time(state.told_until)));
    panel = panel.part(Part::Facts(facts));
    panel = panel.action(Link::new("Look at it", address.href()).primary());
    if !may_administer(page) {
        return panel;
    }
    if !state.is_whole() && state.failed.is_some() {
        let form = Form { hidden: Vec::new(), ..forms::change(page, "resume-demo", "demo/resume", "Go on loading") };
        panel = panel.part(Part::Form(form));
    }
    let mut remove =
        Form { hidden: Vec::new(), ..forms::change(page, "remove-demo", "demo/remove", "Remove the demo") };
    remove.tone = Tone::Bad;
    remove.confirm = forms::confirm(
        "Remove the demo shop?",
        vec![
            Text::new(format!(
                "The demo's project goes with {records} told from the past, everything told since, and its keys."
            )),
            Text::new("Views, targets and rules that were saved in it go as well."),
            Text::new("Your own projects are not touched. The demo can be loaded again, with the same past."),
        ],
        "Keep the demo",
    );
    panel.part(Part::Form(remove))
}
