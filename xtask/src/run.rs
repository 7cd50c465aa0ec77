//! `cargo xtask run`: from a checkout to a running Parallax.

use crate::progress::say;
use crate::{place, server, setup, web};
use anyhow::Result;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// Builds what changed and becomes `parallax serve`, which starts its Postgres, migrates, and prints its address.
pub fn run(arguments: &[String]) -> Result<()> {
    setup::postgres::programs()?;
    web::build(web::From::WhatIsThere)?;
    server::build()?;
    say("starting");
    Err(Command::new(place::parallax()).arg("serve").args(arguments).exec().into())
}
