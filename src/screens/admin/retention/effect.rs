//! What a change would do, before anybody decides: rows, bytes, people, what loses history, what holds.

use super::{Facts, date};
use crate::forms;
use crate::page::Page;
use crate::words;
use parallax_domain::Problem;
use parallax_domain::screen::{
    Banner, Choice, Field, FieldKind, Form, Item, Link, Panel, Part, Stat, Stats, Text, Tone,
};
use parallax_server::retention::preview::{MUCH, Preview};
use parallax_server::retention::rule::{SUBJECTS, name_of, subject};

/// Fewer people are not counted, even here.
const FEWEST: i64 = 10;

/// Asks what a change would do; nothing is changed by asking.
pub fn choose(page: &Page, facts: &Facts, problem: Option<&Problem>) -> Panel {
    let asked = page.address.get("signal");
    let label = |word: &str, name: &str| match subject(word).and_then(|subject| subject.part_of) {
        Some(_) => format!("– {name}"),
        None => name.to_owned(),
    };
    let choices = SUBJECTS
        .iter()
        .map(|subject| Choice::new(subject.word, label(subject.word, subject.name), asked == Some(subject.word)))
        .collect();
    let days = page
        .address
        .get("days")
        .map(str::to_owned)
        .unwrap_or_else(|| facts.rules.days(asked.unwrap_or("event")).to_string());
    let mut fields = vec![
        Field::new("signal", "Data", FieldKind::Choice(choices)),
        Field::new("days", "Keep, days", FieldKind::Number { min: Some(1), max: Some(3650) }).value(days).required(),
    ];
    if let Some(problem) = problem {
        for field in fields.iter_mut().filter(|field| problem.field.as_deref().is_none_or(|name| name == field.name)) {
            field.error.clone_from(&problem.detail);
        }
    }
    let form = Form { fields, inline: false, ..forms::ask(page, "preview", "See what it would delete") };
    Panel::new("choose", "Change a rule").summary("First see what would go; then decide.").part(Part::Form(form))
}

pub fn panel(page: &Page, facts: &Facts, preview: &Preview) -> Panel {
    let name = name_of(&preview.word);
    let panel = Panel::new("effect", format!("{name}: {} to {} days", preview.days_now, preview.days_then));
    let follows = facts.rules.rule(&preview.word).is_some_and(|rule| rule.follows);
    if preview.days_now == preview.days_then && !follows {
        return panel
            .summary("This is the rule in force. Choose another number of days below to see what it would delete.");
    }
    let mut form = forms::change(page, "retention", "retention/set", &format!("Keep {} days", preview.days_then));
    form.hidden
        .extend([("signal".to_owned(), preview.word.clone()), ("days".to_owned(), preview.days_then.to_string())]);
    if !preview.deletes() {
        let longer = preview.days_then > preview.days_now;
        if longer {
            form.fields.push(
                Field::new("reason", "Why longer", FieldKind::Text)
                    .required()
                    .hint("Written down, and in the history of the public page."),
            );
        }
        let words = if longer {
            "Nothing is deleted. What is stored now keeps its shorter promise; only what comes from now on is kept longer."
        } else {
            "Nothing stored is that old: nothing is deleted now."
        };
        return panel.summary(words).part(Part::Form(form));
    }
    let plan = &preview.plan;
    let days = plan.days();
    let (first, last) = (days.first().copied().unwrap_or_default(), days.last().copied().unwrap_or_default());
    let counted = words::counted(days.len() as i64, "day", "days");
    form.tone = Tone::Bad;
    form.submit = format!("Delete {counted}");
    form.confirm = forms::confirm(
        format!("Delete {} older than {} days?", name.to_lowercase(), preview.days_then),
        vec![
            Text::new(format!(
                "{} of {counted}, {} to {}, are deleted {}.",
                words::counted(plan.rows(), "row", "rows"),
                date(first),
                date(last),
                if preview.needs_second() { "a day after another admin has agreed" } else { "in 24 hours" }
            )),
            Text::new(loses(&preview.word)),
            Text::new(
                "Until then anybody who administers can take it back; afterwards nobody can. It is counted, checked and signed.",
            ),
        ],
        &format!("Keep {} days", preview.days_now),
    );
    let mut panel = panel
        .badge("deletes", Tone::Bad)
        .summary(when(page, preview))
        .part(Part::Stats(figures(preview, &counted)))
        .part(Part::Section { title: "Loses history".to_owned(), note: String::new() })
        .part(Part::List(losses(preview)));
    if plan.held() > 0 {
        panel = panel.part(Part::Banner(Banner {
            tone: Tone::Neutral,
            text: Text::default()
                .strong(format!("{} under a hold stay. ", words::counted(plan.held(), "row", "rows")))
                .plain("They are out of sight of every page until the hold ends, where their table goes."),
            action: None,
        }));
    }
    panel
        .part(Part::Form(form))
        .action(Link::new(format!("Keep {} days", preview.days_now), page.to("/admin/retention").href()))
        .foot(how(preview))
        .foot("the public page changes with it")
}

fn when(page: &Page, preview: &Preview) -> String {
    let share = preview.share.map(|share| words::percent_full(Some(share))).unwrap_or_default();
    if preview.needs_second() {
        format!(
            "These are {share} of what is stored of it: more than {}, so another admin has to agree first. Then it waits a day.",
            words::percent_brief(Some(MUCH))
        )
    } else {
        format!(
            "Carried out on {}, unless somebody takes it back. Then it cannot be undone.",
            page.moment(preview.effective_at)
        )
    }
}

fn figures(preview: &Preview, days: &str) -> Stats {
    let plan = &preview.plan;
    let stat = |id: &str, name: &str, figure: words::Figure, foot: String| Stat {
        id: id.to_owned(),
        name: name.to_owned(),
        value: figure.value,
        unit: figure.unit,
        foot: Text::new(foot),
        ..Stat::default()
    };
    let bytes = (plan.bytes() > 0).then_some(plan.bytes() as f64);
    let people = match preview.people {
        Some(people) if people < FEWEST => words::Figure::new(format!("under {FEWEST}"), String::new()),
        people => words::count(people.map(|people| people as f64)),
    };
    Stats {
        label: "What the change deletes".to_owned(),
        cards: vec![
            stat("rows", "Rows", words::count(Some(plan.rows() as f64)), days.to_owned()),
            stat(
                "bytes",
                "Bytes",
                words::bytes(bytes),
                if bytes.is_some() { "freed".to_owned() } else { "freed for new rows".to_owned() },
            ),
            stat(
                "people",
                "People",
                people,
                if preview.people.is_some() { "in these rows".to_owned() } else { "no person in them".to_owned() },
            ),
        ],
    }
}

fn losses(preview: &Preview) -> Vec<Item> {
    let mut items: Vec<Item> = preview
        .losses
        .iter()
        .map(|loss| Item {
            icon: "err".to_owned(),
            tone: Tone::Bad,
            title: Text::default().link(format!("Saved {}: {}", loss.kind, loss.name), loss.address.href()),
            note: Text::new(format!(
                "{}looks back to {}",
                loss.owner.as_ref().map(|owner| format!("{owner}; ")).unwrap_or_default(),
                date(loss.looks_back_to.date_naive())
            )),
            ..Item::default()
        })
        .collect();
    items.push(Item {
        icon: "check".to_owned(),
        title: Text::new(loses(&preview.word)),
        note: Text::new(if preview.losses.is_empty() {
            "No saved view looks back further than what stays."
        } else {
            ""
        }),
        ..Item::default()
    });
    items
}

/// How much goes as whole tables, and how much row by row.
fn how(preview: &Preview) -> String {
    let tables = preview.plan.tables();
    let others = preview.plan.items.len() - tables;
    match (tables, others) {
        (tables, 0) => {
            format!("{} as a whole", words::counted(tables as i64, "table is dropped", "tables are dropped"))
        }
        (0, others) => {
            format!("rows of {} are deleted in steps of 5,000", words::counted(others as i64, "table", "tables"))
        }
        (tables, others) => format!("{tables} tables are dropped as a whole, rows of {others} more in steps of 5,000"),
    }
}

/// What is no longer possible about those days, and what stays.
fn loses(word: &str) -> &'static str {
    match word.split('.').next().unwrap_or_default() {
        "event" => {
            "Funnels, retention, paths and the timelines of people end at the new oldest day. Request, log and metric figures stay."
        }
        "span" => {
            "Traces, slow requests and errors of those days cannot be opened any more. Rates and latency stay in the roll-ups."
        }
        "log" if word == "log.debug" => "Lines of level debug and trace go; the others stay.",
        "log" => "Log lines of those days cannot be searched any more. Counts by level stay in the roll-ups.",
        "metric" => "Points of those days go; charts of metrics stay as long as roll-ups are kept.",
        "minute" => "Charts of those days are drawn from hours instead of minutes.",
        "cap" => "Everything older goes, whatever its own rule says.",
        _ => "Rates, latency, log counts and metrics of those days go from every chart.",
    }
}
