//! `cargo xtask build --release`: the program to install elsewhere.

use crate::progress::say;
use crate::{place, server, web};
use anyhow::Result;
use std::fs;

/// Builds `target/release/parallax` with the browser build inside.
pub fn build() -> Result<()> {
    web::build(web::From::WhatIsThere)?;
    server::build_with_site()?;
    let megabytes = fs::metadata(place::parallax())?.len() / 1_000_000;
    say(format!("target/release/parallax: {megabytes} MB, with everything it serves"));
    Ok(())
}
