//! A folder in the system's place for temporary files, with a short name (a Unix socket's path has at most 107 bytes)
//! that says whose it is, so that what a killed run left behind can be taken away by the next one.

use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

const PARENT: &str = "/tmp";
const PREFIX: &str = "parallax-";

/// Removed with all that is in it when dropped.
pub struct Folder(PathBuf);

impl Folder {
    /// A new folder `/tmp/parallax-<purpose>-<process>`, after removing those of runs that are no more.
    pub fn new(purpose: &str) -> Result<Self> {
        let start = format!("{PREFIX}{purpose}-");
        for entry in fs::read_dir(PARENT)?.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let owner = name.strip_prefix(&start).and_then(|owner| owner.parse::<u32>().ok());
            let gone = |owner| owner == std::process::id() || !Path::new(&format!("/proc/{owner}")).exists();
            if owner.is_some_and(gone) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
        let path = Path::new(PARENT).join(format!("{start}{}", std::process::id()));
        fs::create_dir(&path).with_context(|| format!("making {}", path.display()))?;
        Ok(Self(path))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_run_left_behind_is_removed() {
        let left = Path::new(PARENT).join(format!("{PREFIX}sweep-{}", u32::MAX));
        fs::create_dir_all(left.join("data")).unwrap();
        let folder = Folder::new("sweep").unwrap();
        assert!(!left.exists() && folder.path().exists());
        let path = folder.path().to_path_buf();
        drop(folder);
        assert!(!path.exists());
    }
}
