//! What the public page says beyond what it computes, and what people's data improved.

use crate::forms;
use crate::page::Page;
use crate::parts::empty;
use crate::words;
use parallax_domain::screen::{
    Cell, Choice, Column, Field, FieldKind, Form, Link, Panel, Part, Row, Screen, Table, Text, Tone,
};
use parallax_domain::{Category, Problem};
use parallax_server::transparency::history::{self, Version};
use parallax_server::transparency::improvement::{self, Improvement};
use parallax_server::transparency::settings::{self, LegalBasis, Trust};

const SHOWN: i64 = 50;
const VERSIONS: i64 = 10;

pub async fn compose(page: &mut Page) -> Result<Screen, Problem> {
    let (machine, project) = (page.machine.clone(), page.project.id);
    let trust = settings::load(&machine.database, project).await?;
    let improvements = improvement::list(&machine.database, project, SHOWN).await?;
    let versions = history::versions(&machine, project, VERSIONS).await?;
    let mut screen = super::screen(page, "Public page", lede(&trust, &improvements));
    screen.actions.push(Link::new("As the public sees it", format!("/transparency?project={project}")).icon("eye"));
    screen.parts.push(Part::Grid(vec![
        (8, Part::Grid(vec![(12, list(page, &improvements).into()), (12, changes(page, &versions).into())])),
        (4, Part::Grid(vec![(12, add(page).into()), (12, said(page, &trust).into())])),
    ]));
    Ok(screen)
}

fn lede(trust: &Trust, improvements: &[Improvement]) -> Text {
    let text = if trust.responsible.is_empty() {
        Text::default().strong("Nobody is named as responsible yet. ")
    } else {
        Text::default().strong(trust.responsible.clone()).plain(" answers for what is collected. ")
    };
    match improvements.len() {
        0 => text.plain("No improvement is told yet: people who share should see what came of it."),
        n => text.plain(format!("{} told.", words::counted(n as i64, "improvement is", "improvements are"))),
    }
}

fn list(page: &Page, improvements: &[Improvement]) -> Panel {
    let panel = Panel::new("improvements", "What people's data improved").unit("newest first").flush();
    if improvements.is_empty() {
        return panel.part(empty(
            "Nothing told yet",
            "When a fix or a release came out of telemetry, tell it beside this: what is better now, and which data showed it.",
        ));
    }
    let chosen = page.address.number("improvement");
    let rows = improvements
        .iter()
        .map(|one| {
            let category =
                one.category().map_or_else(|| "heard elsewhere".to_owned(), |category| category.word().to_owned());
            let issue = one.issue.map(|id| {
                let title = one.issue_title.clone().unwrap_or_else(|| "issue".to_owned());
                Text::default()
                    .link(words::shortened(&title, 48), page.to(&format!("/engineering/issues/{id:016x}")).href())
            });
            let release = one.release().map(|release| Text::default().code(release));
            let evidence = match (issue, release) {
                (Some(issue), Some(release)) => issue.plain(" ").join(release),
                (Some(one), None) | (None, Some(one)) => one,
                (None, None) => Text::default().soft(words::UNKNOWN),
            };
            Row {
                selected: chosen == Some(one.id),
                ..Row::new(vec![
                    Cell::new(one.title.clone()).sub(one.story.clone()),
                    Cell::new(Text::default().badge(category, Tone::Neutral)),
                    Cell::new(evidence),
                    Cell::new(one.day.format("%-d %b %Y").to_string()),
                    Cell::link("Remove", page.to("/admin/trust").with("improvement", &one.id.to_string()).href()),
                ])
            }
        })
        .collect();
    let columns = vec![
        Column::words("Better now"),
        Column::words("Shown by"),
        Column::words("Issue, release").secondary(1),
        Column::figures("Day"),
        Column::figures(""),
    ];
    let panel = panel.part(Part::Table(Table {
        caption: "Improvements".to_owned(),
        columns,
        rows,
        fold: true,
        ..Table::default()
    }));
    match chosen.and_then(|id| improvements.iter().find(|one| one.id == id)) {
        Some(one) => panel.part(Part::Form(remove(page, one))),
        None => panel,
    }
}

fn remove(page: &Page, one: &Improvement) -> Form {
    let mut form = forms::change(page, "remove", "improvement/remove", "Take it from the public page");
    form.hidden.push(("improvement".to_owned(), one.id.to_string()));
    form.tone = Tone::Bad;
    form.confirm = forms::confirm(
        format!("Take away “{}”?", one.title),
        vec![Text::new(
            "It is not told any more, neither here nor on the public page. The audit log keeps that it was.",
        )],
        "Keep it",
    );
    form
}

fn add(page: &Page) -> Panel {
    let mut categories: Vec<Choice> = Category::ALL
        .into_iter()
        .map(|category| Choice::new(category.word(), words::capital(category.word()), category == Category::Errors))
        .collect();
    categories.push(Choice::new("", "Heard elsewhere: from people who share nothing", false));
    let fields = vec![
        Field::new("title", "What is better now", FieldKind::Text)
            .required()
            .hint("Such as: paying works again after 66 minutes.")
            .autocomplete("off"),
        Field::new("story", "How the data showed it", FieldKind::Long { rows: 3 }),
        Field::new("category", "Which data showed it", FieldKind::Choice(categories)),
        Field::new("day", "Since", FieldKind::Date).value(page.now.date_naive().to_string()).required(),
        Field::new("issue", "Issue", FieldKind::Text)
            .hint("The number in the address of its page; 16 digits.")
            .autocomplete("off"),
        Field::new("service", "Service", FieldKind::Text).autocomplete("off"),
        Field::new("version", "Version that brought it", FieldKind::Text).autocomplete("off"),
        Field::new("url", "Link for everybody", FieldKind::Text)
            .hint("https only, such as your list of changes.")
            .autocomplete("off"),
    ];
    let form = Form { fields, ..forms::change(page, "improve", "improvement/add", "Tell it") };
    Panel::new("improve-panel", "Tell an improvement")
        .summary("Shown on the public page and to every person under the category that they share.")
        .part(Part::Form(form))
}

fn said(page: &Page, trust: &Trust) -> Panel {
    let bases = Category::ALL.into_iter().map(|category| {
        let own = trust.basis(category);
        let choices =
            LegalBasis::ALL.into_iter().map(|basis| Choice::new(basis.word(), basis.words(), basis == own)).collect();
        let name = format!("legal_bases[{}]", category.word());
        Field::new(&name, &format!("{} rests on", words::capital(category.word())), FieldKind::Choice(choices))
    });
    let mut fields = vec![
        Field::new("responsible", "Who is responsible", FieldKind::Text)
            .value(trust.responsible.clone())
            .hint("Company and its seat."),
        Field::new("contact", "Where to write", FieldKind::Text)
            .value(trust.contact.clone())
            .hint("A mail address for questions about privacy."),
        Field::new("place", "Where it is stored", FieldKind::Text)
            .value(trust.place.clone())
            .hint("Such as Frankfurt, by us."),
        Field::new("processors", "Who else gets it", FieldKind::Long { rows: 3 })
            .value(settings::written(&trust.processors))
            .hint("One a line: name; purpose; place. Empty: nobody."),
        Field::new("never", "What else is not collected", FieldKind::Long { rows: 3 })
            .value(trust.never.clone())
            .hint("One a line; what is never kept anyway is told by itself."),
    ];
    fields.extend(bases);
    let form = Form { fields, ..forms::change(page, "said", "trust/say", "Say it on the public page") };
    Panel::new("said-panel", "What the public page says")
        .part(Part::Form(form))
        .foot("every change is a new version, told on the page")
}

fn changes(page: &Page, versions: &[Version]) -> Panel {
    let panel = Panel::new("versions", "Versions of the policy").unit("as everybody reads them").flush();
    if versions.is_empty() {
        return panel.part(empty("No version yet", "The first is written down within a minute."));
    }
    let rows = versions
        .iter()
        .map(|version| {
            Row::new(vec![
                Cell::new(format!("Version {}", version.version)).sub(page.moment(version.at)),
                Cell::new(version.changes.join("; ")),
                Cell::code(hex(&version.hash)),
            ])
        })
        .collect();
    let columns = vec![Column::words("Version"), Column::words("What changed"), Column::words("Hash").secondary(1)];
    panel.part(Part::Table(Table {
        caption: "Versions of the policy".to_owned(),
        columns,
        rows,
        fold: true,
        ..Table::default()
    }))
}

/// The first digits of a hash.
fn hex(hash: &[u8]) -> String {
    hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}
