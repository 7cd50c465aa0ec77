//! Whether work has to be done again: told by the content of what goes in, not by times, which a checkout changes.

use crate::place;
use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};

/// A digest of everything that a piece of work depends on.
#[derive(Clone)]
pub struct Fingerprint(Sha256);

impl Fingerprint {
    pub fn new() -> Self {
        Self(Sha256::new())
    }

    /// With a version, a setting, anything said in words.
    pub fn with(self, words: &str) -> Self {
        self.with_bytes(words.as_bytes())
    }

    /// With some content.
    pub fn with_bytes(mut self, bytes: &[u8]) -> Self {
        self.0.update(bytes.len().to_le_bytes());
        self.0.update(bytes);
        self
    }

    /// With the names and contents of files and of whole folders; one that is not there counts as that.
    pub fn with_files<P: AsRef<Path>>(mut self, paths: &[P]) -> Result<Self> {
        for path in paths {
            let mut files = Vec::new();
            collect(&place::root().join(path), &mut files)?;
            files.sort();
            self = self.with(&format!("{} files", files.len()));
            for file in files {
                let content = fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
                self = self
                    .with(&file.strip_prefix(place::root()).unwrap_or(&file).to_string_lossy())
                    .with_bytes(&content);
            }
        }
        Ok(self)
    }

    pub fn text(&self) -> String {
        self.0.clone().finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether the work called `name` was last done with just this.
    pub fn is_known(&self, name: &str) -> bool {
        fs::read_to_string(stamp(name)).is_ok_and(|known| known == self.text())
    }

    /// Notes that the work called `name` has been done.
    pub fn keep(&self, name: &str) -> Result<()> {
        let stamp = stamp(name);
        fs::create_dir_all(stamp.parent().unwrap_or(&stamp))?;
        fs::write(&stamp, self.text()).with_context(|| format!("writing {}", stamp.display()))
    }
}

/// Makes sure that the work called `name` is done again.
pub fn forget(name: &str) {
    let _ = fs::remove_file(stamp(name));
}

fn stamp(name: &str) -> PathBuf {
    place::target().join("done").join(name)
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            collect(&entry?.path(), files)?;
        }
    } else if path.exists() {
        files.push(path.to_path_buf());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::Folder;

    #[test]
    fn content_and_names_count_and_times_do_not() {
        let folder = Folder::new("print").unwrap();
        let of = || Fingerprint::new().with_files(&[folder.path()]).unwrap().text();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        let empty = of();
        write("a", "1");
        let one = of();
        write("a", "1");
        assert_eq!(one, of());
        write("a", "2");
        let changed = of();
        fs::rename(folder.path().join("a"), folder.path().join("b")).unwrap();
        let renamed = of();
        assert!(empty != one && one != changed && changed != renamed);
    }

    #[test]
    fn words_do_not_run_into_each_other() {
        assert_ne!(Fingerprint::new().with("ab").with("c").text(), Fingerprint::new().with("a").with("bc").text());
    }
}
