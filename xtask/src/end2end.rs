//! The end-to-end tests: Playwright starts the server on an empty data folder and drives Chromium.

use crate::command::{program, run};
use crate::folder::Folder;
use crate::test::FULL;
use crate::{place, server, setup, web};
use anyhow::Result;

/// Runs them; the full run takes every width and colour scheme.
pub fn check(full: bool) -> Result<()> {
    let sources = place::root().join("end2end");
    let chromium = setup::chromium::chromium()?;
    setup::node::install("Playwright", 20, &sources, &sources)?;
    web::build(web::From::WhatIsThere)?;
    server::build_beside_tests()?;
    run(program("node_modules/.bin/tsc").current_dir(&sources))?;
    // Not in the repository: the account of Postgres must be able to enter it.
    let folder = Folder::new("end2end")?;
    let mut playwright = program("node_modules/.bin/playwright");
    playwright.arg("test").current_dir(&sources);
    playwright
        .env("CHROMIUM", chromium)
        .env("PARALLAX_PROGRAM", place::parallax())
        .env("PARALLAX_FOLDER", folder.path());
    run(if full { playwright.env(FULL, "1") } else { &mut playwright })
}
