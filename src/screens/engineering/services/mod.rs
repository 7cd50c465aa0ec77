//! Services: all of them side by side, or one with everything that belongs to it.

mod dependencies;
mod list;
mod one;

use crate::applied::Applied;
use crate::page::Page;
use parallax_domain::Problem;
use parallax_domain::screen::Screen;

/// Fields that request figures are kept by.
const FIELDS: [&str; 4] = ["service", "operation", "version", "environment"];

pub async fn compose(page: &mut Page) -> Result<Screen, Problem> {
    let applied = Applied::to_fields(page, &FIELDS);
    let notice = applied.notice(page, "Requests");
    let mut screen = match page.address.get("service").filter(|service| !service.is_empty()).map(str::to_owned) {
        Some(service) => one::compose(page, &service, &applied.filters).await?,
        None => list::compose(page, &applied.filters).await?,
    };
    screen.parts.splice(0..0, notice);
    Ok(screen)
}
