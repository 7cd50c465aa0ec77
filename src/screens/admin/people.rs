//! Accounts and what their roles may do.

use crate::forms;
use crate::page::Page;
use crate::words;
use parallax_domain::screen::{
    Cell, Choice, Column, Field, FieldKind, Form, Link, Panel, Part, Row, Screen, Table, Text, Tone,
};
use parallax_domain::{Instant, Permission, Problem, Role};
use parallax_server::admin::place;
use parallax_server::identity::accounts::AccountRow;
use std::collections::BTreeMap;

pub async fn compose(page: &mut Page) -> Result<Screen, Problem> {
    let machine = page.machine.clone();
    let accounts = machine.accounts.list().await?;
    let seen: BTreeMap<i32, Instant> = machine.accounts.last_seen().await?.into_iter().collect();
    let chosen = page
        .address
        .number("account")
        .and_then(|id| accounts.iter().find(|account| i64::from(account.id) == id))
        .cloned();
    let mut screen = super::screen(page, "People and roles", lede(&accounts));
    screen.parts = forms::secrets(page, place::PEOPLE);
    let side: Part = match &chosen {
        Some(account) => one(page, account).into(),
        None => invite(page).into(),
    };
    screen.parts.push(Part::Grid(vec![
        (
            8,
            Part::Grid(vec![
                (12, list(page, &accounts, &seen, chosen.as_ref()).into()),
                (12, matrix(&accounts).into()),
            ]),
        ),
        (4, side),
    ]));
    Ok(screen)
}

fn lede(accounts: &[AccountRow]) -> Text {
    let open = accounts.iter().filter(|account| account.disabled_at.is_none());
    let (waiting, people): (Vec<_>, Vec<_>) = open.partition(|account| account.password.is_none());
    let admins = people.iter().filter(|account| account.roles.iter().any(|role| role == Role::Admin.word())).count();
    let mut text =
        Text::default().strong(words::counted(people.len() as i64, "person", "people")).plain(" may sign in, ");
    text = text.plain(words::counted(admins as i64, "admin", "admins")).plain(" among them.");
    match waiting.len() {
        0 => text,
        n => text.plain(format!(
            " {} been invited and not come yet.",
            if n == 1 { "1 has".to_owned() } else { format!("{n} have") }
        )),
    }
}

fn list(page: &Page, accounts: &[AccountRow], seen: &BTreeMap<i32, Instant>, chosen: Option<&AccountRow>) -> Panel {
    let rows = accounts
        .iter()
        .map(|account| {
            let href = page.to("/admin/people").with("account", &account.id.to_string()).href();
            let projects = match &account.projects {
                None => "every project".to_owned(),
                Some(ids) => page
                    .projects
                    .iter()
                    .filter(|project| ids.contains(&project.id))
                    .map(|project| project.name.as_str())
                    .collect::<Vec<_>>()
                    .join(", "),
            };
            let (state, tone) = state(account);
            let last = seen.get(&account.id).map_or_else(|| words::UNKNOWN.to_owned(), |at| page.ago(*at));
            Row {
                selected: chosen.is_some_and(|chosen| chosen.id == account.id),
                ..Row::new(vec![
                    Cell::link(account.name.clone(), href).sub(account.email.clone()),
                    Cell::new(account.roles.join(", ")).sub(projects),
                    Cell::new(last),
                    Cell::new(Text::default().badge(state, tone)),
                ])
            }
        })
        .collect();
    let columns = vec![
        Column::words("Person"),
        Column::words("Roles"),
        Column::figures("Last here").secondary(1),
        Column::words("State"),
    ];
    let panel = Panel::new("accounts", "People").flush().part(Part::Table(Table {
        caption: "People who may sign in".to_owned(),
        columns,
        rows,
        fold: true,
        ..Table::default()
    }));
    if chosen.is_some() {
        panel.action(Link::new("Invite somebody", page.to("/admin/people").href()).icon("plus"))
    } else {
        panel
    }
}

fn state(account: &AccountRow) -> (&'static str, Tone) {
    match (account.disabled_at, &account.password) {
        (Some(_), _) => ("disabled", Tone::Neutral),
        (None, None) => ("invited", Tone::Accent),
        (None, Some(_)) => ("may sign in", Tone::Neutral),
    }
}

/// What a role opens, for the choice.
fn hint(role: Role) -> &'static str {
    match role {
        Role::Engineering => "health, issues, logs, one person's timeline",
        Role::Product => "usage, funnels, segments",
        Role::Marketing => "campaigns, goals, spend",
        Role::Support => "tickets, one person's timeline, identities",
        Role::Executive => "the report, targets; small groups withheld",
        Role::Admin => "everything, and these pages",
    }
}

fn roles(held: &[String]) -> Field {
    let choice = |role: Role| Choice {
        hint: hint(role).to_owned(),
        ..Choice::new(role.word(), words::capital(role.word()), held.iter().any(|word| word == role.word()))
    };
    Field::new("roles[]", "Roles", FieldKind::Checks(Role::ALL.into_iter().map(choice).collect()))
}

fn projects(page: &Page, held: Option<&[i32]>) -> Field {
    let choice = |project: &parallax_server::identity::projects::ProjectRow| {
        Choice::new(project.id.to_string(), &project.name, held.is_some_and(|held| held.contains(&project.id)))
    };
    Field::new("projects[]", "Only these projects", FieldKind::Checks(page.projects.iter().map(choice).collect()))
        .hint("None chosen: every project, also those to come.")
}

fn invite(page: &Page) -> Panel {
    let fields = vec![
        Field::new("email", "E-mail", FieldKind::Email).required().autocomplete("off"),
        Field::new("name", "Name", FieldKind::Text).required().autocomplete("off"),
        roles(&[]),
        projects(page, None),
    ];
    let form = Form { fields, ..forms::change(page, "invite", "account/invite", "Make the invitation") };
    Panel::new("invite-panel", "Invite somebody")
        .summary("Makes a link that lets them choose a password. You hand it over; nothing is mailed.")
        .part(Part::Form(form))
}

/// Everything that can be done with one account.
fn one(page: &Page, account: &AccountRow) -> Panel {
    let with_id = |mut form: Form| {
        form.hidden.push(("account".to_owned(), account.id.to_string()));
        form
    };
    let (state, tone) = state(account);
    let mut panel = Panel::new("account", account.name.clone()).unit(account.email.clone()).badge(state, tone);
    let change = with_id(Form {
        fields: vec![roles(&account.roles), projects(page, account.projects.as_deref())],
        ..forms::change(page, "roles", "account/roles", "Save roles")
    });
    panel = panel.part(Part::Form(change));
    if account.disabled_at.is_some() {
        let enable = with_id(forms::change(page, "enable", "account/enable", "Enable the account"));
        return panel
            .part(Part::Section { title: "Closed".to_owned(), note: "Nobody can sign in with it.".to_owned() })
            .part(Part::Form(enable));
    }
    let (label, note) = if account.password.is_some() {
        ("Make a link to a new password", "Works once, for an hour. The old password holds until it is used.")
    } else {
        ("Make the invitation anew", "Works once, for seven days. The earlier link keeps working until it is used.")
    };
    let mut link = with_id(forms::change(page, "reset", "account/link", label));
    link.tone = Tone::Neutral;
    let mut disable = with_id(forms::change(page, "disable", "account/disable", "Disable the account"));
    disable.tone = Tone::Bad;
    disable.confirm = forms::confirm(
        format!("Disable {}?", account.name),
        vec![
            Text::new("They are signed out everywhere at once and cannot sign in again."),
            Text::new("What they saved, and what the audit log says about them, stays."),
            Text::new("You can enable the account again."),
        ],
        "Keep the account",
    );
    panel
        .part(Part::Section { title: "Let back in".to_owned(), note: note.to_owned() })
        .part(Part::Form(link))
        .part(Part::Section { title: "Close".to_owned(), note: String::new() })
        .part(Part::Form(disable))
}

/// The table of the contract: who may do what.
fn matrix(accounts: &[AccountRow]) -> Panel {
    let label = |permission: Permission| match permission {
        Permission::ReadViews => "Open all views, traces, issues",
        Permission::OwnViews => "Save own views",
        Permission::ReadRawText => "Raw log text, one person's timeline (audited)",
        Permission::ResolvePerson => "Identity behind a person (audited)",
        Permission::ListPeople => "Lists of people by opaque id",
        Permission::WriteOperations => "Alerts, deployments, states of issues",
        Permission::WriteProduct => "Funnels, segments, features",
        Permission::WriteMarketing => "Campaigns, goals, spend",
        Permission::WriteSupport => "Tickets, replies",
        Permission::WriteTargets => "Targets, reports",
        Permission::Administer => "People, keys, projects, privacy, retention, audit",
    };
    let rows = Permission::ALL
        .into_iter()
        .map(|permission| {
            let mut cells = vec![Cell::new(label(permission))];
            cells.extend(Role::ALL.into_iter().map(|role| {
                if role.may(permission) {
                    Cell::new(Text::default().icon("check").plain("yes"))
                } else {
                    Cell::new(Text::default().soft("–"))
                }
            }));
            Row::new(cells)
        })
        .collect();
    let held = |role: Role| {
        accounts
            .iter()
            .filter(|account| account.disabled_at.is_none() && account.roles.iter().any(|word| word == role.word()))
            .count()
    };
    let mut columns = vec![Column::words("Permission")];
    columns.extend(
        Role::ALL.into_iter().map(|role| Column {
            label: format!("{} {}", words::capital(role.word()), held(role)),
            ..Column::words("")
        }),
    );
    Panel::new("matrix", "What the roles may do")
        .unit("with the number of people who hold each")
        .summary("A person may hold several roles. Executives see no group of fewer than 20 people unless they hold another role.")
        .flush()
        .part(Part::Table(Table { caption: "Permissions by role".to_owned(), columns, rows, class: "mx".to_owned(), ..Table::default() }))
}
