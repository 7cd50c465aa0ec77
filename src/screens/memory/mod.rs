//! Figures with a memory: what a page said when somebody kept it, and why the same days say something else now.

mod causes;
mod panel;

pub use causes::{Cause, Share};
pub use panel::{Since, since, untold};

use crate::compose::compose_as_of;
use crate::page::Page;
use causes::shares;
use parallax_domain::period::{Compare, Range};
use parallax_domain::screen::Kept;
use parallax_domain::{Address, Period, Problem, Role};
use parallax_server::Machine;
use parallax_server::identity::accounts::Viewer;
use parallax_server::store::as_of::{self, AsOf};
use parallax_server::views::memory::{self, Memory, Place};
use std::sync::Arc;

/// A figure then, over the same days now, and what made the difference.
#[derive(Clone, Debug, PartialEq)]
pub struct Remembered {
    pub was: Kept,
    /// None where this viewer may not see it, or it is not on the page any more.
    pub is: Option<Kept>,
    /// None where the causes cannot be told apart; empty where nothing changed.
    pub why: Option<Vec<Share>>,
}

/// Writes down what the page at this address says to this viewer.
///
/// # Errors
/// Whatever the page itself refuses with.
pub async fn keep(machine: &Arc<Machine>, viewer: &Viewer, place: Place<'_>, address: Address) -> Result<(), Problem> {
    let mut page =
        Page::open(machine.clone(), viewer.clone(), address.clone(), crate::compose::usual_of(&address)).await?;
    let fixed = fixed(address, page.period);
    let figures = compose_as_of(machine.clone(), viewer.clone(), fixed.clone(), None).await?.kept();
    if figures.is_empty() {
        return Ok(());
    }
    let mark = as_of::mark(&mut page.look).await?;
    memory::write(&machine.database, place, (&fixed.path, &fixed.query()), &figures, mark, page.now).await?;
    Ok(())
}

/// Asks for the figures of memories over exactly the rows that were there, as soon as all of those are known.
///
/// # Errors
/// Of the database. A page that cannot be asked keeps no other from being asked.
pub async fn settle(machine: &Arc<Machine>) -> Result<(), Problem> {
    for memory in memory::due(&machine.database, machine.clock.now()).await? {
        let figures = match figures(machine, &asker(memory.project), &memory, Some(memory.then())).await {
            Ok(figures) => figures,
            Err(problem) if problem.kind == parallax_domain::Kind::Unavailable => return Err(problem),
            Err(_) => Vec::new(),
        };
        memory::write_base(&machine.database, memory.id, &figures).await?;
    }
    Ok(())
}

/// Compares what was kept with what the same days say now. The people's side of the question is only asked again
/// where something changed.
///
/// # Errors
/// Whatever the page itself refuses with.
pub async fn compare(machine: &Arc<Machine>, viewer: &Viewer, memory: &Memory) -> Result<Vec<Remembered>, Problem> {
    let now = figures(machine, viewer, memory, None).await?;
    let find = |all: &[Kept], id: &str| all.iter().find(|kept| kept.id == id).cloned();
    let changed = memory.figures.iter().any(|was| find(&now, &was.id).is_some_and(|is| is.value != was.value));
    let told_apart = changed && memory.rules == memory::RULES && memory.base.is_some();
    let readings = match told_apart {
        true => Some(readings(machine, viewer, memory).await?),
        false => None,
    };
    let removed = told_apart && memory::removed_since(&machine.database, memory).await?;
    Ok(memory
        .figures
        .iter()
        .map(|was| {
            let is = find(&now, &was.id);
            let value = |all: &[Kept]| find(all, &was.id).and_then(|kept| kept.value);
            let why = match (&is, &readings) {
                (Some(is), _) if is.value == was.value => Some(Vec::new()),
                (Some(is), Some(readings)) => {
                    let base = memory.base.as_ref().and_then(|base| value(&base.0));
                    let all =
                        [was.value, base, value(&readings[0]), value(&readings[1]), value(&readings[2]), is.value];
                    all.into_iter().collect::<Option<Vec<f64>>>().map(|all| shares(&all, removed))
                }
                _ => None,
            };
            Remembered { was: was.clone(), is, why }
        })
        .collect())
}

/// The figures with the people of then, with the people of now, and with what came late.
async fn readings(machine: &Arc<Machine>, viewer: &Viewer, memory: &Memory) -> Result<[Vec<Kept>; 3], Problem> {
    Ok([
        figures(machine, viewer, memory, Some(memory.then())).await?,
        figures(machine, viewer, memory, Some(memory.merged())).await?,
        figures(machine, viewer, memory, Some(memory.late())).await?,
    ])
}

async fn figures(
    machine: &Arc<Machine>,
    viewer: &Viewer,
    memory: &Memory,
    as_of: Option<AsOf>,
) -> Result<Vec<Kept>, Problem> {
    let address = Address { project: Some(memory.project), ..Address::parse(&memory.page, &memory.query) };
    Ok(compose_as_of(machine.clone(), viewer.clone(), address, as_of).await?.kept())
}

/// The same page over the same stretch of time whenever it is opened, and without a comparison.
fn fixed(address: Address, period: Period) -> Address {
    let spelled = |at: parallax_domain::Instant| at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
    Address {
        range: Some(Range::Between(spelled(period.from), spelled(period.to))),
        compare: Some(Compare::None),
        ..address.without(parallax_server::views::VIEW)
    }
}

/// Asks on behalf of nobody, at one project, and withholds nothing: what it learns is compared, not shown.
fn asker(project: i32) -> Viewer {
    Viewer {
        account: 0,
        email: "memory".to_owned(),
        name: "memory".to_owned(),
        roles: vec![Role::Admin],
        projects: Some(vec![project]),
    }
}
