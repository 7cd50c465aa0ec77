//! One funnel with its result: a draft that lives in the address, or a saved one.

use super::builder::{self, Known};
use super::causes::Causes;
use super::result::Told;
use super::saving::{self, Kept};
use super::{people, rule};
use crate::page::Page;
use crate::words;
use parallax_domain::Problem;
use parallax_domain::question::Funnel;
use parallax_domain::screen::{Link, Panel, Part, Screen, Text};
use parallax_server::engine::calendar::Buckets;
use parallax_server::views::{self, SavedFunnel};

/// `/product/funnels/new`
pub async fn new(page: &mut Page) -> Result<Screen, Problem> {
    page.count_by_calendar()?;
    let draft = SavedFunnel::read(&page.address);
    let known = known(page, &draft.funnel).await?;
    let title = if draft.funnel.steps.is_empty() { "New funnel".to_owned() } else { name(&draft.funnel) };
    let mut screen = page.screen(&title);
    screen.crumbs = crumbs(page, "New");
    screen.tabs = super::super::tabs(page);
    let definition = builder::panel(page, &draft.funnel, &known, "not saved");
    let folders = saving::folders(page).await?;
    let save = saving::panel(page, &draft, None, folders);
    if draft.funnel.steps.len() < 2 {
        screen.lede = Text::new(match draft.funnel.steps.len() {
            0 => "Choose what people do first; what they do next is proposed from there.",
            _ => "One step more, and the conversion is shown.",
        });
        let save = save.filter(|_| draft.funnel.steps.len() > 1);
        screen.parts.push(beside(vec![(12, first(page, &draft.funnel, &known).into())], definition, save));
        return Ok(screen);
    }
    let begin = page.events_begin().await?;
    let told = Told::of(page, draft.funnel.clone(), begin).await?;
    screen.lede = told.sentence(page);
    let parts = results(page, &told).await?;
    screen.parts.push(beside(parts, definition, save));
    Ok(screen)
}

/// `/product/funnels/<id>`
pub async fn saved(page: &mut Page, id: &str) -> Result<Screen, Problem> {
    page.count_by_calendar()?;
    let id: i64 = id.parse().map_err(|_| Problem::not_found("saved view"))?;
    let view = views::get(&page.machine.database, &page.viewer, page.project.id, id).await?;
    if Funnel::read(&page.address).steps.is_empty() {
        // The address names only the funnel: its definition and its filters come with it.
        let mut address = view.definition.write(&page.address);
        address
            .filters
            .extend(page.address.filters.iter().filter(|filter| !view.definition.filters.contains(filter)).cloned());
        if address.environment.is_none() {
            address.environment.clone_from(&page.address.environment);
        }
        page.address = address;
    }
    let draft = SavedFunnel::read(&page.address);
    let kept = Kept::of(page, view, &draft).await?;
    let known = known(page, &draft.funnel).await?;
    let begin = page.events_begin().await?;
    let told = Told::of(page, draft.funnel.clone(), begin).await?;
    let mut screen = page.screen(&kept.view.name);
    screen.crumbs = crumbs(page, &kept.view.name);
    screen.tabs = super::super::tabs(page);
    screen.lede = told.sentence(page);
    // Another definition than the saved one has nothing to remember.
    screen.figures = if kept.changed { Vec::new() } else { told.kept() };
    let unit = format!(
        "version {}, saved {} by {}{}",
        kept.view.version,
        page.date(kept.view.changed_at),
        kept.versions.first().map_or_else(|| "nobody known".to_owned(), |version| version.changed_by.clone()),
        if kept.changed { "; changed since" } else { "" }
    );
    let mut definition = builder::panel(page, &draft.funnel, &known, &unit);
    if !kept.view.description.is_empty() {
        definition = definition.summary(kept.view.description.clone());
    }
    if let Some(filters) = builder::filters(&draft.filters) {
        definition.body.insert(0, Part::Prose(filters));
    }
    let mut parts = results(page, &told).await?;
    parts.push((12, saving::history(page, &kept).into()));
    if let Some(sharing) = saving::sharing(page, &kept) {
        parts.push((12, sharing.into()));
    }
    let folders = saving::folders(page).await?;
    let save = saving::panel(page, &draft, Some(&kept), folders);
    screen.parts = crate::forms::secrets(page, &views::place(id));
    screen.parts.push(beside(parts, definition, save));
    Ok(screen)
}

fn crumbs(page: &Page, last: &str) -> Vec<Link> {
    vec![
        Link::new("Product", page.to("/product").href()),
        Link::new("Funnels", page.to("/product/funnels").href()),
        Link::new(last, String::new()),
    ]
}

/// From the first step to the last.
fn name(funnel: &Funnel) -> String {
    match (funnel.steps.first(), funnel.steps.last()) {
        (Some(first), Some(last)) if funnel.steps.len() > 1 => format!("{} to {}", first.event, last.event),
        (Some(first), _) => format!("From {}", first.event),
        _ => "New funnel".to_owned(),
    }
}

/// The result at the left, what it was asked with at the right.
fn beside(results: Vec<(u8, Part)>, definition: Panel, save: Option<Panel>) -> Part {
    let mut side: Vec<(u8, Part)> = vec![(12, definition.into())];
    side.extend(save.map(|save| (12, save.into())));
    Part::Grid(vec![(8, Part::Grid(results)), (4, Part::Grid(side))])
}

async fn known(page: &mut Page, funnel: &Funnel) -> Result<Known, Problem> {
    let (machine, frame) = (page.machine.clone(), page.frame(page.period));
    let usage = machine.store.usage(&mut page.look, &frame, Buckets::whole(page.period)?).await?.result;
    let next = match funnel.steps.is_empty() {
        true => None,
        // A proposal that cannot be made keeps nobody from building.
        false => machine.store.next_steps(&mut page.look, &frame, funnel).await.ok().map(|read| read.result),
    };
    Ok(Known { usage, next })
}

/// What stands in place of the result while it cannot be asked yet.
fn first(page: &Page, funnel: &Funnel, known: &Known) -> Panel {
    let panel = Panel::new("steps", "Step conversion");
    if known.usage.people == 0 {
        let why = format!(
            "Here would be how many people go from step to step. No event fits in {}.",
            page.range.label().to_lowercase()
        );
        let action = Link::new("See how to send events", page.to("/start").href()).primary();
        return panel.part(crate::parts::empty_with("No events yet", why, action));
    }
    let why = match funnel.steps.first() {
        None => "Here would be how many people go from step to step. Choose the first step beside, or one of those proposed there.".to_owned(),
        Some(step) => {
            let people = known.next.as_ref().map_or(0, |next| next.reached);
            format!("{} did {}. Add what they should do next.", words::counted(people, "person", "people"), rule::step(step))
        }
    };
    panel.part(crate::parts::empty("No result yet", why))
}

async fn results(page: &mut Page, told: &Told) -> Result<Vec<(u8, Part)>, Problem> {
    let causes = Causes::of(page, &told.funnel).await?;
    let listing = page.viewer.may(parallax_domain::Permission::ListPeople);
    let mut parts: Vec<(u8, Part)> = vec![
        (12, told.steps(page, causes.as_ref(), listing).into()),
        (6, told.course(page).into()),
        (6, told.times(page).into()),
    ];
    if let Some(breakdown) = told.breakdown(page) {
        parts.push((12, breakdown.into()));
    }
    if let Some(panel) = causes.as_ref().and_then(|causes| causes.panel(page, &told.funnel)) {
        parts.push((12, panel.into()));
    }
    if told.entered() > 0
        && let Some(people) = people::panel(page, &told.funnel, told.telling_step()).await?
    {
        parts.push((12, people.into()));
    }
    Ok(parts)
}
