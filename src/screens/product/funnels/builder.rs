//! The builder: the whole definition stands in the address, every change of it is a link or a form that asks.

use super::rule;
use crate::page::{Page, field_words};
use crate::parts::joined;
use crate::words;
use parallax_domain::filter::FIELDS;
use parallax_domain::question::{Count, ExclusionMode, Funnel, Order, Touch};
use parallax_domain::screen::{Choice, Field, FieldKind, Form, Item, Method, Panel, Part, Text};
use parallax_domain::{Address, Filter, Op};
use parallax_server::engine::funnel::Next;
use parallax_server::engine::usage::Usage;

/// Next steps that are proposed.
const PROPOSED: usize = 5;
const MOST_STEPS: usize = 20;
const WINDOWS: [(&str, i64); 8] = [
    ("30m", 1800),
    ("1h", 3600),
    ("1d", 86_400),
    ("3d", 259_200),
    ("7d", 604_800),
    ("14d", 1_209_600),
    ("30d", 2_592_000),
    ("90d", 7_776_000),
];

/// What the builder knows to propose.
pub struct Known {
    /// Everything that people do, by people.
    pub usage: Usage,
    /// What they do after the last step; none without steps.
    pub next: Option<Next>,
}

impl Known {
    fn names(&self) -> Vec<String> {
        self.usage.rows.iter().map(|row| row.event.clone()).collect()
    }
}

/// The page's address with this funnel instead of its own, and without the list of people.
fn with(page: &Page, funnel: &Funnel) -> Address {
    let bare = page.address.without("people").without("outcome").without("after");
    funnel.write(&bare)
}

/// Everything that an address says, for a form that adds to it.
fn carried(address: &Address, without: &[&str]) -> Vec<(String, String)> {
    let mut address = address.clone();
    address.more.retain(|(key, _)| !without.contains(&key.as_str()));
    let query = address.query();
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(key, value)| (parallax_domain::address::decode(key), parallax_domain::address::decode(value))).collect()
}

fn form(page: &Page, id: &str, hidden: Vec<(String, String)>, fields: Vec<Field>, submit: &str) -> Form {
    Form {
        id: id.to_owned(),
        action: page.address.path.clone(),
        method: Method::Get,
        hidden,
        fields,
        submit: submit.to_owned(),
        ..Form::default()
    }
}

pub fn panel(page: &Page, funnel: &Funnel, known: &Known, unit: &str) -> Panel {
    let mut panel = Panel::new("definition", "Definition").unit(unit.to_owned());
    if !funnel.steps.is_empty() {
        panel = panel.part(Part::List(steps(page, funnel)));
    }
    if funnel.steps.len() < MOST_STEPS {
        panel = panel.part(Part::Form(add(page, funnel, known)));
        if let Some(proposals) = proposals(page, funnel, known) {
            panel = panel.part(Part::Prose(proposals));
        }
    }
    if funnel.steps.is_empty() {
        return panel;
    }
    panel = panel.part(Part::Form(settings(page, funnel))).part(Part::Form(segments(page, funnel)));
    panel = panel.part(section("Conditions of a step")).part(Part::Form(condition(page, funnel)));
    if funnel.steps.len() > 1 {
        panel = panel.part(section("Leave out"));
        if !funnel.exclusions.is_empty() || !funnel.hold.is_empty() {
            panel = panel.part(Part::List(exclusions(page, funnel)));
        }
        panel = panel.part(Part::Form(exclude(page, funnel, known))).part(Part::Form(hold(page, funnel)));
    }
    panel.foot("The clock starts at step 1 and is not reset by a repeat. A step needs its own event.")
}

fn section(title: &str) -> Part {
    Part::Section { title: title.to_owned(), note: String::new() }
}

/// Each step with its conditions, and links that move or remove it.
fn steps(page: &Page, funnel: &Funnel) -> Vec<Item> {
    let last = funnel.steps.len() - 1;
    let href = |funnel: &Funnel| with(page, funnel).href();
    let item = |(index, step): (usize, &parallax_domain::question::Step)| {
        let mut end = Text::default();
        if index > 0 {
            end = end.link("up", href(&funnel.with_step_moved(index, index - 1))).plain(" ");
        }
        if index < last {
            end = end.link("down", href(&funnel.with_step_moved(index, index + 1))).plain(" ");
        }
        end = end.link("remove", href(&funnel.without_step(index)));
        let mut note = Text::default();
        for (place, filter) in step.filters.iter().enumerate() {
            let mut without = funnel.clone();
            without.steps[index].filters.remove(place);
            note = note
                .plain(if place > 0 { " and " } else { "where " })
                .code(rule::condition(filter))
                .plain(" ")
                .link("remove", href(&without));
        }
        Item {
            title: Text::default().soft(format!("{} ", index + 1)).strong(step.event.clone()),
            note,
            end,
            ..Item::default()
        }
    };
    funnel.steps.iter().enumerate().map(item).collect()
}

fn add(page: &Page, funnel: &Funnel, known: &Known) -> Form {
    let label = format!("Step {}", funnel.steps.len() + 1);
    let hint = if funnel.steps.is_empty() { "The name of an event, as it is sent" } else { "" };
    let field = Field::new("add", &label, FieldKind::Suggest(known.names())).hint(hint).required();
    form(page, "add-step", carried(&with(page, funnel), &[]), vec![field], "Add step")
}

/// What people do most after the last step; at the beginning what they do at all.
fn proposals(page: &Page, funnel: &Funnel, known: &Known) -> Option<Text> {
    let (all, rows): (i64, Vec<(&str, i64)>) = match &known.next {
        Some(next) => (next.reached, next.rows.iter().map(|(event, people)| (event.as_str(), *people)).collect()),
        None => (known.usage.people, known.usage.rows.iter().map(|row| (row.event.as_str(), row.people)).collect()),
    };
    let mut text =
        Text::new(if known.next.is_some() { "What people do next most often: " } else { "What most people do: " });
    let mut any = false;
    for (event, people) in rows.into_iter().filter(|(event, _)| !event.is_empty()).take(PROPOSED) {
        let mut longer = funnel.clone();
        longer.steps.push(parallax_domain::question::Step { event: event.to_owned(), filters: Vec::new() });
        let share = joined(words::percent_brief((all > 0).then(|| people as f64 / all as f64)));
        text = text
            .plain(if any { ", " } else { "" })
            .link(format!("+ {event}"), with(page, &longer).href())
            .soft(format!(" {share}"));
        any = true;
    }
    any.then_some(text)
}

fn settings(page: &Page, funnel: &Funnel) -> Form {
    let choice = |value: &str, label: &str, chosen: bool| Choice::new(value, label, chosen);
    let mut windows: Vec<Choice> = WINDOWS
        .iter()
        .map(|(word, seconds)| choice(word, &rule::window(*seconds), *seconds == funnel.window))
        .collect();
    if !windows.iter().any(|window| window.chosen) {
        windows.push(choice(&format!("{}s", funnel.window), &rule::window(funnel.window), true));
    }
    let fields = vec![
        Field::new(
            "order",
            "Order",
            FieldKind::Choice(vec![
                choice("sequential", "In order", funnel.order == Order::Sequential),
                choice("strict", "Nothing between", funnel.order == Order::Strict),
                choice("any", "Any order", funnel.order == Order::Any),
                choice("flexible", "First and last only", funnel.order == Order::Flexible),
            ]),
        ),
        Field::new("window", "Window", FieldKind::Choice(windows)),
        Field::new(
            "count",
            "Count",
            FieldKind::Choice(vec![
                choice("unique", "People", funnel.count == Count::Unique),
                choice("session", "Sessions", funnel.count == Count::Session),
                choice("total", "Attempts", funnel.count == Count::Total),
            ]),
        ),
        Field::new(
            "reentry",
            "Repeat tries",
            FieldKind::Choice(vec![
                choice("", "First only", !funnel.reentry),
                choice("1", "Any try counts", funnel.reentry),
            ]),
        ),
        Field::new(
            "trend",
            "Course by",
            FieldKind::Choice(vec![
                choice("", "as the range needs", funnel.trend.is_none()),
                choice("day", "day", funnel.trend == Some(parallax_domain::Interval::Day)),
                choice("week", "week", funnel.trend == Some(parallax_domain::Interval::Week)),
                choice("month", "month", funnel.trend == Some(parallax_domain::Interval::Month)),
            ]),
        ),
    ];
    let hidden = carried(&with(page, funnel), &["order", "window", "count", "reentry", "trend"]);
    Form { instant: true, inline: true, ..form(page, "rule", hidden, fields, "Apply") }
}

fn segments(page: &Page, funnel: &Funnel) -> Form {
    let chosen = funnel.breakdown.as_ref();
    let touch = |touch: Touch, step: Option<usize>| {
        chosen.is_some_and(|chosen| chosen.attribution == touch && (touch != Touch::Step || chosen.step == step))
    };
    let mut touches = vec![
        Choice::new("", "first value of the attempt", touch(Touch::First, None) || chosen.is_none()),
        Choice::new("last", "last value", touch(Touch::Last, None)),
        Choice::new("all", "same value in all steps", touch(Touch::All, None)),
    ];
    touches
        .extend((1..=funnel.steps.len()).map(|step| {
            Choice::new(step.to_string(), format!("value at step {step}"), touch(Touch::Step, Some(step)))
        }));
    let fields = vec![
        Field::new("by", "Break down by", FieldKind::Suggest(FIELDS.iter().map(|field| (*field).to_owned()).collect()))
            .value(chosen.map(|chosen| chosen.field.clone()).unwrap_or_default())
            .hint("A field or properties.<name>; empty for none"),
        Field::new("touch", "Taking the", FieldKind::Choice(touches)),
    ];
    let hidden = carried(&with(page, funnel), &["by", "touch"]);
    Form { inline: true, ..form(page, "segments", hidden, fields, "Break down") }
}

fn condition(page: &Page, funnel: &Funnel) -> Form {
    let steps = funnel.steps.iter().enumerate().map(|(index, step)| {
        Choice::new((index + 1).to_string(), format!("{}. {}", index + 1, step.event), index + 1 == funnel.steps.len())
    });
    let ops = Op::ALL.iter().map(|op| Choice::new(op.word(), op.phrase(), *op == Op::Is));
    let fields = vec![
        Field::new("where.step", "Step", FieldKind::Choice(steps.collect())),
        Field::new(
            "where.field",
            "Field",
            FieldKind::Suggest(FIELDS.iter().map(|field| (*field).to_owned()).collect()),
        )
        .required(),
        Field::new("where.op", "Condition", FieldKind::Choice(ops.collect())),
        Field::new("where.value", "Value", FieldKind::Text),
    ];
    Form { inline: true, ..form(page, "condition", carried(&with(page, funnel), &[]), fields, "Add condition") }
}

fn exclusions(page: &Page, funnel: &Funnel) -> Vec<Item> {
    let rule = |(index, exclusion): (usize, &parallax_domain::question::Exclusion)| {
        let mut without = funnel.clone();
        without.exclusions.remove(index);
        let effect = match exclusion.mode {
            ExclusionMode::Remove => "the person leaves the whole funnel",
            ExclusionMode::Drop => "the attempt ends there, earlier steps stay",
        };
        Item {
            title: Text::default().strong(exclusion.event.clone()),
            note: Text::new(format!("between steps {} and {}: {effect}", exclusion.after_step, exclusion.before_step)),
            end: Text::default().link("remove", with(page, &without).href()),
            ..Item::default()
        }
    };
    let held = |(index, name): (usize, &String)| {
        let mut without = funnel.clone();
        without.hold.remove(index);
        Item {
            title: Text::default().strong(field_words(name)),
            note: Text::new("stays the same in all steps"),
            end: Text::default().link("remove", with(page, &without).href()),
            ..Item::default()
        }
    };
    funnel.exclusions.iter().enumerate().map(rule).chain(funnel.hold.iter().enumerate().map(held)).collect()
}

fn exclude(page: &Page, funnel: &Funnel, known: &Known) -> Form {
    let steps = funnel.steps.len();
    let between = (1..steps).flat_map(|after| (after + 1..=steps).map(move |before| (after, before)));
    let between = between.map(|(after, before)| {
        Choice::new(format!("{after}-{before}"), format!("{after} and {before}"), (after, before) == (1, steps))
    });
    let fields = vec![
        Field::new("without.event", "Event", FieldKind::Suggest(known.names())).required(),
        Field::new("without.between", "Between steps", FieldKind::Choice(between.collect())),
        Field::new(
            "without.mode",
            "Effect",
            FieldKind::Choice(vec![
                Choice::new("remove", "person leaves the funnel", true),
                Choice::new("drop", "attempt ends there", false),
            ]),
        ),
    ];
    Form { inline: true, ..form(page, "exclude", carried(&with(page, funnel), &[]), fields, "Leave out") }
}

fn hold(page: &Page, funnel: &Funnel) -> Form {
    let fields = vec![
        Field::new("add.hold", "Keep the same in all steps", FieldKind::Text)
            .hint("A property, such as basket_id")
            .required(),
    ];
    Form { inline: true, ..form(page, "hold", carried(&with(page, funnel), &[]), fields, "Keep") }
}

/// Filters of the page that a saved funnel brings along, said beside its definition.
pub fn filters(filters: &[Filter]) -> Option<Text> {
    let mut text = Text::new("Only events where ");
    for (index, filter) in filters.iter().enumerate() {
        text = text.plain(if index > 0 { " and " } else { "" }).code(rule::condition(filter));
    }
    (!filters.is_empty()).then(|| text.plain("."))
}
