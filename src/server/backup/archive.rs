//! The tar file that a backup is.

use super::{FORMAT, Header};
use anyhow::{Context, bail};
use std::fs::File;
use std::io::Read;
use std::path::Path;

pub const HEADER: &str = "parallax-backup.json";
pub const DATABASE: &str = "database.dump";
pub const PROJECTS: &str = "project.copy";
pub const SUBJECTS: &str = "subject.copy";

/// Puts the files of a folder into one, and waits until it is on disk.
pub fn pack(folder: &Path, path: &Path) -> anyhow::Result<u64> {
    let file = File::create(path).with_context(|| format!("{} cannot be written", path.display()))?;
    let mut tar = tar::Builder::new(file);
    for name in [HEADER, PROJECTS, SUBJECTS, DATABASE] {
        tar.append_path_with_name(folder.join(name), name)?;
    }
    let file = tar.into_inner()?;
    file.sync_all()?;
    Ok(file.metadata()?.len())
}

/// Takes a backup apart into a folder.
pub fn unpack(path: &Path, folder: &Path) -> anyhow::Result<Header> {
    let file = File::open(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let mut tar = tar::Archive::new(file);
    let mut found = Vec::new();
    for entry in tar.entries().context("this is no backup")? {
        let mut entry = entry.context("this backup is cut off")?;
        let name = entry.path()?.to_string_lossy().into_owned();
        // Only what we know, and only by our own names: a path in a file is not to be trusted.
        let Some(name) = [HEADER, PROJECTS, SUBJECTS, DATABASE].into_iter().find(|known| *known == name) else {
            continue;
        };
        std::io::copy(&mut entry, &mut File::create(folder.join(name))?).context("this backup is cut off")?;
        found.push(name);
    }
    if found.len() != 4 {
        bail!("{} is no backup of Parallax, or not whole", path.display());
    }
    let mut text = String::new();
    File::open(folder.join(HEADER))?.read_to_string(&mut text)?;
    let header: Header = serde_json::from_str(&text).context("the first page of the backup cannot be read")?;
    if header.format != FORMAT {
        bail!("this backup has form {}, which this program does not know", header.format);
    }
    Ok(header)
}
