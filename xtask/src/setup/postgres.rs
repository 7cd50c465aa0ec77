//! The Postgres programs of the machine.

use super::debian;
use crate::progress::say;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

const OLDEST: u32 = 15;

/// The folder with `initdb` and `postgres`: Debian's newest from 15 on, else the one on the PATH.
pub fn programs() -> Result<PathBuf> {
    if find().is_none() {
        debian::install(&["postgresql"], "Postgres")?;
    }
    let folder = find().context("Postgres: installed, but no programs of version 15 or later are found")?;
    say(format!("Postgres: found in {}", folder.display()));
    Ok(folder)
}

fn find() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions.filter_map(|entry| entry.file_name().to_string_lossy().parse::<u32>().ok()).max();
    let debian =
        newest.filter(|version| *version >= OLDEST).map(|version| format!("/usr/lib/postgresql/{version}/bin").into());
    let paths = std::env::var_os("PATH").unwrap_or_default();
    debian.into_iter().chain(std::env::split_paths(&paths)).find(|folder| is_whole(folder))
}

fn is_whole(folder: &Path) -> bool {
    ["initdb", "postgres", "pg_isready", "pg_dump"].iter().all(|name| folder.join(name).is_file())
}
