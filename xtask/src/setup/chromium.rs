//! The browser of the end-to-end tests.

use super::debian;
use crate::progress::say;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

/// `$CHROMIUM`, else Debian's.
pub fn chromium() -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("CHROMIUM").filter(|named| !named.is_empty()).map(PathBuf::from) {
        anyhow::ensure!(named.is_file(), "CHROMIUM names {}, which is not there", named.display());
        return Ok(named);
    }
    if find().is_none() {
        debian::install(&["chromium"], "Chromium")?;
    }
    let path = find().context("Chromium: installed, but /usr/bin/chromium is not there")?;
    say(format!("Chromium: found at {}", path.display()));
    Ok(path)
}

fn find() -> Option<PathBuf> {
    ["/usr/bin/chromium", "/usr/bin/chromium-browser"]
        .map(Path::new)
        .into_iter()
        .find(|path| path.is_file())
        .map(Path::to_path_buf)
}
