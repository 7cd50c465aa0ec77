//! Saved views: what a person keeps of any page, where they find it again, and what it remembers.

mod keep;
mod list;

pub use keep::keep;
pub use list::{annotations, compose};

use crate::compose::permission_of;
use crate::memory;
use crate::page::Page;
use parallax_domain::screen::{Banner, Link, News, Part, Screen, Text, Tone};
use parallax_domain::{Address, Kind, Permission, Problem};
use parallax_server::Machine;
use parallax_server::admin::notices::{self, NoticeRow};
use parallax_server::identity::accounts::Viewer;
use parallax_server::views::memory::{Place, newest};
use parallax_server::views::{self, PageForm, PageRow, Saved, SavedPage, VIEW};
use std::sync::Arc;

/// Favourites at the side of every page.
const FAVOURITES: usize = 6;

/// Saves a page with what it says now. Pages with the words of single people are not kept.
///
/// # Errors
/// What the form says wrongly; a page that cannot be saved; who may not.
pub async fn save(machine: &Arc<Machine>, viewer: &Viewer, form: PageForm<'_>) -> Result<PageRow, Problem> {
    if !form.page.path.is_empty() {
        match permission_of(&form.page.path) {
            Some((_, Permission::ReadViews)) => {}
            _ => return Err(Problem::invalid("path", "This page cannot be saved.")),
        }
    }
    let kept = !form.page.path.is_empty();
    let row = views::save_page(machine, viewer, form).await?;
    if kept && let Some(page) = &row.page {
        let place = Place { project: form.project, view: row.id, version: row.version, link: None };
        // What the page says is kept beside the view: a page that cannot answer now is saved all the same.
        memory::keep(machine, viewer, place, page.address(form.project)).await.ok();
    }
    Ok(row)
}

/// Keeps what a funnel says in the version that was just saved. The funnel is saved whether it can answer or not.
pub async fn remember_funnel(machine: &Arc<Machine>, viewer: &Viewer, project: i32, saved: &Saved) {
    if !saved.new_version {
        return;
    }
    let place = Place { project, view: saved.view, version: saved.version, link: None };
    let address = Address { project: Some(project), ..Address::parse(&format!("/product/funnels/{}", saved.view), "") };
    memory::keep(machine, viewer, place, address).await.ok();
}

/// Adds to a composed page what belongs to its viewer: favourites, news, and the memory of the view that it was opened as.
///
/// # Errors
/// Of the database.
pub async fn opened(
    machine: Arc<Machine>,
    viewer: Viewer,
    address: Address,
    mut screen: Screen,
) -> Result<Screen, Problem> {
    crate::tables::finish(&mut screen, &address);
    let Some(project) = screen.frame.address.project else { return Ok(screen) };
    let saved = views::all(&machine.database, &viewer, project).await?;
    let favourites = saved.iter().filter(|row| row.favourite).take(FAVOURITES);
    screen.frame.favourites = favourites
        .map(|row| Link { current: here(row, &address), ..Link::new(row.name.clone(), row.address(project).href()) })
        .collect();
    let page = Page::open(machine.clone(), viewer.clone(), address.clone(), crate::compose::usual_of(&address)).await?;
    crate::definitions::define(&mut screen, &address.path, &page.proof());
    let news = notices::list(&machine, &viewer, project).await?;
    screen.frame.news = news.into_iter().map(|notice| told(&page, notice)).collect();
    if let Some(funnel) = funnel_of(&address).filter(|_| !screen.figures.is_empty()) {
        remind(&page, funnel, &mut screen).await?;
        return Ok(screen);
    }
    let Some(id) = address.number(VIEW) else { return Ok(screen) };
    match saved.iter().find(|row| row.id == id && row.page.is_some()) {
        Some(row) => remember(&page, row, &mut screen).await?,
        None => screen.frame.notices.push(Banner {
            tone: Tone::Accent,
            text: Text::new("The saved view that this address names is gone, or not for you. The page itself is here."),
            action: Some(Link::new("All saved views", page.to("/views").href())),
        }),
    }
    Ok(screen)
}

fn here(row: &PageRow, address: &Address) -> bool {
    address.number(VIEW) == Some(row.id) || address.path == format!("/product/funnels/{}", row.id)
}

async fn remember(page: &Page, row: &PageRow, screen: &mut Screen) -> Result<(), Problem> {
    let Some(saved) = row.page.as_ref().map(|saved| &saved.0) else { return Ok(()) };
    screen.title.clone_from(&row.name);
    let other = *saved != SavedPage::of(&page.address);
    if other {
        screen.frame.notices.push(Banner {
            tone: Tone::Neutral,
            text: Text::new(format!("This is not what was saved as “{}” any more.", row.name)),
            action: Some(Link::new("Back to the saved view", row.address(page.project.id).href())),
        });
        return Ok(());
    }
    remind(page, row.id, screen).await
}

/// The number of the saved funnel that an address opens.
fn funnel_of(address: &Address) -> Option<i64> {
    address.path.strip_prefix("/product/funnels/")?.parse().ok()
}

/// Adds what the view remembers. The page stands whether its memory can be read or not.
async fn remind(page: &Page, view: i64, screen: &mut Screen) -> Result<(), Problem> {
    let Some(kept) = newest(&page.machine.database, view, None).await? else { return Ok(()) };
    let panel = match memory::since(page, &kept, &screen.kept()).await {
        Ok(since) => {
            screen.lede = std::mem::take(&mut screen.lede).plain(" ").join(since.sentence);
            since.panel
        }
        Err(problem) if problem.kind == Kind::Unknown => return Err(problem),
        Err(problem) => crate::parts::or_problem(memory::untold(), Err(problem)),
    };
    screen.parts.push(Part::Panel(panel));
    Ok(())
}

fn told(page: &Page, notice: NoticeRow) -> News {
    let (icon, kind, path) = match notice.kind.as_str() {
        "issue" => ("err", "New issue", format!("/engineering/issues/{}", notice.id)),
        "deployment" => ("deploy", "Deployment", "/engineering/deployments".to_owned()),
        _ => ("mail", "Ticket", "/support".to_owned()),
    };
    News {
        icon: icon.to_owned(),
        kind: kind.to_owned(),
        words: notice.words,
        when: page.ago(notice.at),
        href: Address { filters: Vec::new(), ..page.to(&path) }.href(),
        new: notice.new,
    }
}
