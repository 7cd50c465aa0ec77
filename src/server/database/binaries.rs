//! Where the Postgres programs are.

use anyhow::{Context, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The oldest major version that Parallax runs on.
pub const OLDEST: u32 = 15;

/// Folder with `initdb`, `pg_ctl` and `postgres` of one version.
#[derive(Clone, Debug)]
pub struct Binaries {
    pub folder: PathBuf,
    pub major: u32,
}

impl Binaries {
    /// The newest usable version on this machine; `wanted` limits it to the version that made an existing cluster.
    pub fn find(wanted: Option<u32>) -> anyhow::Result<Binaries> {
        let mut found: Vec<Binaries> = candidates().into_iter().filter_map(|folder| Binaries::at(&folder)).collect();
        found.retain(|binaries| binaries.major >= OLDEST && wanted.is_none_or(|major| major == binaries.major));
        // Of the same version the folder that has everything: some hold what a server needs and not what a backup does.
        found.sort_by_key(|binaries| (binaries.major, binaries.program("pg_dump").exists()));
        match (found.pop(), wanted) {
            (Some(binaries), _) => Ok(binaries),
            (None, Some(major)) => {
                bail!("the data folder was made by Postgres {major}, whose programs are not on this machine")
            }
            (None, None) => bail!(
                "no Postgres programs (version {OLDEST} or newer) on this machine. Install them (Debian: apt-get install postgresql), \
                 or name a server with --database-url"
            ),
        }
    }

    fn at(folder: &Path) -> Option<Binaries> {
        if !["initdb", "pg_ctl", "postgres"].iter().all(|name| folder.join(name).exists()) {
            return None;
        }
        let output = Command::new(folder.join("postgres")).arg("--version").output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout);
        let version = text.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
        let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
        Some(Binaries { folder: folder.to_owned(), major: digits.parse().ok()? })
    }

    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

fn candidates() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = std::env::var_os("PARALLAX_POSTGRES_BIN").map(PathBuf::from).into_iter().collect();
    for root in ["/usr/lib/postgresql", "/usr/pgsql", "/opt/homebrew/opt", "/usr/local/opt"] {
        let versions = std::fs::read_dir(root).into_iter().flatten().flatten();
        folders.extend(versions.map(|entry| entry.path().join("bin")));
    }
    folders.extend(std::env::var_os("PATH").iter().flat_map(std::env::split_paths));
    folders
}

/// The version that made the cluster in this folder, if there is one.
pub fn cluster_major(cluster: &Path) -> anyhow::Result<Option<u32>> {
    match std::fs::read_to_string(cluster.join("PG_VERSION")) {
        Ok(text) => Ok(Some(text.trim().parse().context("PG_VERSION of the data folder cannot be read")?)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).context("the data folder cannot be read"),
    }
}
