//! Engineering: is it fine, what is slow, what fails, since when.

pub mod deployments;
pub mod health;
pub mod issues;
pub mod machines;
mod operations;
mod red;
pub mod services;

use crate::page::Page;
use parallax_domain::screen::Tab;

pub fn tabs(page: &Page) -> Vec<Tab> {
    page.tabs(&[
        ("/engineering", "Health"),
        ("/engineering/services", "Services"),
        ("/engineering/issues", "Issues"),
        ("/explore/traces", "Traces"),
        ("/explore/logs", "Logs"),
        ("/engineering/machines", "Machines"),
        ("/engineering/deployments", "Deployments"),
    ])
}
