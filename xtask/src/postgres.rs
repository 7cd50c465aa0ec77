//! A Postgres of our own for tests and benches: in a folder for temporary files, reached by a Unix socket only, gone afterwards.

use crate::command::{program, run_quietly, works};
use crate::folder::Folder;
use crate::progress::say;
use crate::setup;
use crate::setup::debian::is_root;
use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

/// Postgres refuses to run as root; this account comes with Debian's package.
const ACCOUNT: &str = "postgres";
const PATIENCE: Duration = Duration::from_secs(60);

/// What is promised to the disk.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Care {
    /// Nothing: the data is thrown away.
    Throwaway,
    /// Everything, so that measured times are honest.
    Durable,
}

/// A running Postgres, stopped and removed when dropped; if xtask is killed, Postgres stops all the same.
pub struct Cluster {
    server: Child,
    folder: Folder,
}

impl Cluster {
    /// Makes and starts one; `purpose` names its folder.
    pub fn start(purpose: &str, care: Care) -> Result<Self> {
        let programs = setup::postgres::programs()?;
        say("Postgres: starting one to throw away");
        let folder = Folder::new(purpose)?;
        if is_root() {
            run_quietly(program("chown").args([ACCOUNT, &folder.path().to_string_lossy()]))?;
        }
        let data = folder.path().join("data");
        let mut initdb = as_its_user(&programs.join("initdb"), folder.path(), &[]);
        initdb.args([
            "--no-sync",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--username=postgres",
            "--pgdata",
        ]);
        run_quietly(initdb.arg(&data)).context("making a Postgres cluster")?;
        let server = serve(&programs, folder.path(), &data, care)?;
        let mut cluster = Self { server, folder };
        cluster.wait_until_ready(&programs)?;
        Ok(cluster)
    }

    /// Its address, as `PARALLAX_TEST_DATABASE_URL` has it; the user may do everything.
    pub fn url(&self) -> String {
        format!("postgres://postgres@localhost/postgres?host={}", self.folder.path().display())
    }

    fn wait_until_ready(&mut self, programs: &Path) -> Result<()> {
        let started = Instant::now();
        while !works(program(programs.join("pg_isready")).arg("--quiet").arg("--host").arg(self.folder.path())) {
            if self.server.try_wait()?.is_some() || started.elapsed() > PATIENCE {
                bail!(
                    "Postgres does not start:\n{}",
                    fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
                );
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let process = Pid::from_raw(i32::try_from(self.server.id()).unwrap_or(i32::MAX));
        let asked = Instant::now();
        let _ = kill(process, Signal::SIGINT);
        while matches!(self.server.try_wait(), Ok(None)) {
            if asked.elapsed() > PATIENCE / 6 {
                let _ = kill(process, Signal::SIGQUIT);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

fn serve(programs: &Path, folder: &Path, data: &PathBuf, care: Care) -> Result<Child> {
    let mut settings = vec!["listen_addresses=", "max_connections=200", "unix_socket_permissions=0777"];
    if care == Care::Throwaway {
        settings.extend(["fsync=off", "full_page_writes=off", "max_wal_size=4GB"]);
    }
    // The death signal reaches it when xtask itself is killed.
    let mut postgres = as_its_user(&programs.join("postgres"), folder, &["--pdeathsig=INT"]);
    postgres.arg("-D").arg(data).arg("-k").arg(folder).args(settings.iter().flat_map(|setting| ["-c", setting]));
    let log = File::create(folder.join("log"))?;
    postgres.process_group(0).stdout(log.try_clone()?).stderr(log).spawn().context("starting Postgres")
}

fn as_its_user(name: &Path, folder: &Path, flags: &[&str]) -> Command {
    let mut command = program("setpriv");
    if is_root() {
        let account = [format!("--reuid={ACCOUNT}"), format!("--regid={ACCOUNT}"), "--init-groups".to_owned()];
        command.args(account);
    }
    command.args(flags).arg("--").arg(name).current_dir(folder);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_answers_and_leaves_nothing_behind() {
        let cluster = Cluster::start("unit", Care::Throwaway).unwrap();
        let folder = cluster.folder.path().to_path_buf();
        let process = format!("/proc/{}", cluster.server.id());
        let ask = |url: &str| works(program("psql").args([url, "--quiet", "--command=select 1"]));
        assert!(ask(&cluster.url()) && Path::new(&process).exists());
        let url = cluster.url();
        drop(cluster);
        assert!(!ask(&url) && !folder.exists() && !Path::new(&process).exists());
    }
}
