//! Keeping a funnel: saving it, its versions, links to it, and taking it away.

use crate::page::Page;
use crate::words;
use parallax_domain::screen::{Cell, Column, Confirm, Field, FieldKind, Form, Panel, Part, Row, Table, Text, Tone};
use parallax_domain::{Address, Permission, Problem};
use parallax_server::views::{self, LinkRow, SavedFunnel, VersionRow, ViewRow};

/// What is known of a saved funnel beside its definition.
pub struct Kept {
    pub view: ViewRow,
    pub versions: Vec<VersionRow>,
    pub links: Vec<LinkRow>,
    /// The page shows something else than what is saved.
    pub changed: bool,
}

impl Kept {
    pub async fn of(page: &Page, view: ViewRow, draft: &SavedFunnel) -> Result<Kept, Problem> {
        let database = &page.machine.database;
        let versions = views::versions(database, &page.viewer, page.project.id, view.id).await?;
        let links = views::links(database, &page.viewer, page.project.id, view.id).await?;
        let changed = *draft != view.definition.0;
        Ok(Kept { view, versions, links, changed })
    }
}

/// The query that holds the whole definition, as forms send it.
fn definition(page: &Page, draft: &SavedFunnel) -> String {
    let bare = Address { path: String::new(), range: page.address.range.clone(), ..Address::default() };
    draft.write(&bare).query()
}

fn change(page: &Page, id: &str, action: &str, view: &ViewRow, submit: &str) -> Form {
    Form {
        id: id.to_owned(),
        action: action.to_owned(),
        hidden: vec![("project".to_owned(), page.project.id.to_string()), ("view".to_owned(), view.id.to_string())],
        submit: submit.to_owned(),
        ..Form::default()
    }
}

/// Saves a new funnel, or the next version of one.
pub fn panel(page: &Page, draft: &SavedFunnel, kept: Option<&Kept>, folders: Vec<String>) -> Option<Panel> {
    let title = match kept {
        None => "Save this funnel".to_owned(),
        Some(kept) if kept.changed => format!("Save version {}", kept.view.version + 1),
        Some(_) => "Name and place".to_owned(),
    };
    let panel = Panel::new("save", title);
    if !page.viewer.may(Permission::WriteProduct) {
        // Everybody builds and shares by address; saving is for those who keep the list.
        return kept.is_none().then(|| {
            let who = Permission::WriteProduct.held_by();
            panel.part(Part::Prose(Text::new(format!(
                "Saving funnels is for {who}. The address of this page holds the whole definition: share it."
            ))))
        });
    }
    if draft.funnel.steps.len() < 2 {
        return None;
    }
    let mut hidden = vec![("project".to_owned(), page.project.id.to_string())];
    if let Some(kept) = kept {
        hidden.push(("view".to_owned(), kept.view.id.to_string()));
        hidden.push(("base".to_owned(), kept.view.version.to_string()));
    }
    hidden.push(("definition".to_owned(), definition(page, draft)));
    let value = |of: fn(&ViewRow) -> &String| kept.map(|kept| of(&kept.view).clone()).unwrap_or_default();
    let fields = vec![
        Field::new("name", "Name", FieldKind::Text).value(value(|view| &view.name)).required(),
        Field::new("folder", "Folder", FieldKind::Suggest(folders)).value(value(|view| &view.folder)),
        Field::new("description", "What it is for", FieldKind::Long { rows: 2 }).value(value(|view| &view.description)),
    ];
    let submit = match kept {
        None => "Save funnel".to_owned(),
        Some(kept) if kept.changed => format!("Save version {}", kept.view.version + 1),
        Some(_) => "Save name and place".to_owned(),
    };
    let form = Form {
        id: "save-funnel".to_owned(),
        action: "/fn/funnel/save".to_owned(),
        hidden,
        fields,
        submit,
        tone: Tone::Accent,
        ..Form::default()
    };
    let mut panel = panel.part(Part::Form(form));
    if let Some(kept) = kept.filter(|kept| kept.changed) {
        let back = page.to(&format!("/product/funnels/{}", kept.view.id)).without_filters();
        panel = panel.part(Part::Prose(
            Text::new("Changed, not saved. ").link(format!("Back to version {}", kept.view.version), back.href()),
        ));
    }
    Some(panel)
}

/// Versions, each of which can be opened and saved again.
pub fn history(page: &Page, kept: &Kept) -> Panel {
    let path = format!("/product/funnels/{}", kept.view.id);
    let rows = kept.versions.iter().map(|version| {
        let current = version.version == kept.view.version;
        let address = page.to(&path).without_filters().with_environment(None);
        let address = if current { address } else { version.definition.write(&address) };
        let label = format!("Version {}", version.version);
        Row::new(vec![
            Cell::link(label, address.href()).sub(if current { "in force" } else { "" }),
            Cell::new(version.definition.funnel.steps.len().to_string()),
            Cell::new(version.changed_by.clone()),
            Cell::new(page.time(version.changed_at)),
        ])
    });
    let table = Table {
        caption: "Versions of this funnel".to_owned(),
        columns: vec![
            Column::words("Version"),
            Column::figures("Steps"),
            Column::words("By").secondary(1),
            Column::words("Saved"),
        ],
        rows: rows.collect(),
        ..Table::default()
    };
    Panel::new("versions", "Versions")
        .unit(words::counted(kept.versions.len() as i64, "version", "versions"))
        .summary("Open an earlier one and save it to bring it back: nothing is overwritten.")
        .flush()
        .part(Part::Table(table))
}

/// Links that show this funnel without signing in, and its removal.
pub fn sharing(page: &Page, kept: &Kept) -> Option<Panel> {
    if !page.viewer.may(Permission::WriteProduct) {
        return None;
    }
    let view = &kept.view;
    let mut panel = Panel::new("sharing", "Links and removal").summary(match kept.links.len() {
        0 => Text::new("Nobody sees this without signing in."),
        n => Text::new(format!(
            "{} it without signing in, read-only; counts under 50 are left out.",
            words::counted(n as i64, "link shows", "links show")
        )),
    });
    for (index, link) in kept.links.iter().enumerate() {
        let by = link.created_by.clone().unwrap_or_else(|| "somebody who is gone".to_owned());
        let mut form = change(page, &format!("unshare-{index}"), "/fn/funnel/unshare", view, "End this link");
        form.hidden.push(("link".to_owned(), link.id.clone()));
        form.inline = true;
        panel = panel
            .part(Part::Prose(Text::new(format!("Made by {by}, ")).join(page.time(link.created_at)).plain(".")))
            .part(Part::Form(form));
    }
    panel = panel.part(Part::Form(change(page, "share", "/fn/funnel/share", view, "Make a link")));
    let links = words::counted(kept.links.len() as i64, "link stops working", "links stop working");
    let removal = Form {
        tone: Tone::Bad,
        confirm: Some(Confirm {
            title: format!("Remove the funnel {}?", view.name),
            effect: vec![
                Text::new(format!(
                    "It leaves all lists; its {} are kept.",
                    words::counted(i64::from(view.version), "version", "versions")
                )),
                Text::new(links),
                Text::new("No telemetry is touched. Undo brings it back."),
            ],
            cancel: "Keep it".to_owned(),
        }),
        ..change(page, "remove-funnel", "/fn/funnel/remove", view, "Remove funnel")
    };
    Some(panel.part(Part::Form(removal)))
}

/// Folders in use, in order.
pub async fn folders(page: &Page) -> Result<Vec<String>, Problem> {
    let mut folders: Vec<String> = views::list(&page.machine.database, &page.viewer, page.project.id, views::FUNNEL)
        .await?
        .into_iter()
        .map(|view| view.folder)
        .filter(|folder| !folder.is_empty())
        .collect();
    folders.dedup();
    Ok(folders)
}
