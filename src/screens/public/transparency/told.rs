//! The rest of what everybody is told: improvements, ways to say no, what is never kept, who else gets it, what one record
//! becomes, what changed, and why these numbers are not the whole truth.

use crate::parts::empty;
use crate::words;
use chrono::NaiveTime;
use maud::html;
use parallax_domain::Problem;
use parallax_domain::screen::{Code, Drawing, Item, Link, Panel, Part, Text};
use parallax_server::transparency::improvement::Improvement;
use parallax_server::transparency::sample::Sample;
use parallax_server::transparency::{Public, ROUND};

/// Lines of the list of changes.
const VERSIONS: usize = 8;

pub fn improvements(all: &[Improvement]) -> Part {
    if all.is_empty() {
        return empty(
            "Nothing is written down yet",
            "When what people shared leads to a fix or a better page, it stands here with its date and its version.",
        );
    }
    let markup = html! {
        ol class="improved" id="improved" role="list" {
            @for one in all {
                li {
                    time datetime=(one.day.to_string()) { (one.day.format("%-d %b %Y")) }
                    div {
                        h3 { (one.title) }
                        p {
                            (one.story)
                            @if let Some(issue) = &one.issue_title { " Found as “" (issue) "”." }
                            @if let Some(release) = one.release() { " Came with " (release) "." }
                            @if let Some(url) = &one.url { " " a href=(url) rel="noopener noreferrer" { "More about it" } }
                        }
                    }
                    @match one.category() {
                        Some(category) => span class="badge" { (words::capital(category.word())) },
                        None => span class="badge line" { "Heard elsewhere" },
                    }
                }
            }
        }
    };
    Part::Drawing(Drawing { id: "improved".to_owned(), markup: markup.into_string() })
}

fn items(all: impl Iterator<Item = (String, String)>, icon: &str) -> Part {
    let item = |(title, note): (String, String)| Item {
        icon: icon.to_owned(),
        title: Text::new(title),
        note: if note.is_empty() { Text::default() } else { Text::new(note) },
        ..Item::default()
    };
    Part::List(all.map(item).collect())
}

pub fn choice(public: &Public) -> Panel {
    let ways = public.policy.opt_out.iter().map(|way| (way.client.clone(), way.how.clone()));
    Panel::new("choice", "Your choice")
        .summary(
            "Each way holds on its own. What you answer is kept, and applied to everything that arrives afterwards.",
        )
        .action(Link::new("What is recorded about you", "/privacy").icon("eye").primary())
        .part(items(ways, "shield"))
}

pub fn never(public: &Public) -> Panel {
    // `what: why` is said as a title and a note.
    let split = |text: &String| match text.split_once(": ") {
        Some((what, why)) => (words::capital(what), why.to_owned()),
        None => (words::capital(text), String::new()),
    };
    Panel::new("protected", "What is not kept").part(items(public.policy.not_collected.iter().map(split), "check"))
}

pub fn processors(public: &Public) -> Panel {
    let panel = Panel::new("processors", "Who else gets it");
    let all = &public.policy.processors;
    if all.is_empty() {
        return panel.summary("Nobody. No other company processes it, and it is not sold, traded or lent.");
    }
    let all = all.iter().map(|one| (one.name.clone(), format!("{}, in {}", one.purpose, one.place)));
    panel.summary("They work for us under contract, and only on this.").part(items(all, "globe"))
}

/// A record before and after the gate.
///
/// # Errors
/// None that happens: the sample is plain data.
pub fn sample(sample: &Sample) -> Result<Panel, Problem> {
    let lines = |value: &serde_json::Value| {
        serde_json::to_string_pretty(value).map_err(|_| Problem::unavailable("The sample cannot be written."))
    };
    let code = |title: &str, text: String| {
        Part::Panel(
            Panel::new(&format!("sample-{}", title.replace(' ', "-")), words::capital(title))
                .part(Part::Code(Code { text, copy: None })),
        )
    };
    Ok(Panel::new("sample", "What one record becomes")
        .summary("Made just now by the very code that every record passes: a failed purchase, as it arrives and as it is stored.")
        .part(Part::Grid(vec![
            (6, code("as it arrives", lines(&sample.before)?)),
            (6, code("as it is stored", lines(&sample.after)?)),
        ])))
}

pub fn changes(public: &Public) -> Panel {
    let all = public.versions.iter().take(VERSIONS).map(|version| Item {
        title: Text::default()
            .plain(format!("Version {}, ", version.version))
            .time(version.at.date_naive().and_time(NaiveTime::MIN).format("%-d %b %Y").to_string(), version.at),
        note: Text::new(version.changes.join("; ")),
        ..Item::default()
    });
    let hash = hex(&public.policy.hash());
    let panel = Panel::new("changes", "What changed")
        .foot(Text::new("hash of everything that is promised here (SHA-256): ").code(hash));
    let all: Vec<Item> = all.collect();
    if all.is_empty() {
        return panel.summary("The first version is written down within a minute.");
    }
    panel.part(Part::List(all))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn limits(public: &Public) -> Panel {
    let all = public.limits().into_iter().map(|line| (line, String::new()));
    Panel::new("limits", "Limits of these numbers")
        .part(items(all, "info"))
        .foot(format!("counts are rounded to {ROUND}"))
}

pub fn foot(public: &Public) -> Drawing {
    let policy = &public.policy;
    let responsible = match (policy.responsible.as_str(), policy.contact.as_str()) {
        ("", "") => format!("Responsible: whoever runs {}; nobody has written a name here yet.", policy.project),
        ("", contact) => format!("Contact: {contact}."),
        (name, "") => format!("Responsible: {name}."),
        (name, contact) => format!("Responsible: {name}, {contact}."),
    };
    let version = public
        .version
        .as_ref()
        .map(|version| format!(" This page, version {}, of {}.", version.version, version.at.format("%-d %B %Y")));
    let markup = html! {
        footer class="pub-f" {
            p { (responsible) (version.unwrap_or_default()) }
            p { a href="/.well-known/telemetry.json" { "The same for programs" } }
        }
    };
    Drawing { id: "foot".to_owned(), markup: markup.into_string() }
}
