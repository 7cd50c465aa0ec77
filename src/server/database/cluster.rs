//! The private Postgres: made, started, adopted, and stopped by whoever leaves last.
//!
//! Several programs may use one data folder at a time: a server and the commands beside it. Each holds
//! a shared lock on `cluster.lock`; who can turn it into an exclusive one is alone and stops Postgres.
//! A Postgres left behind by a killed server is adopted as it is.

use super::binaries::{Binaries, cluster_major};
use anyhow::{Context, anyhow, bail};
use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use nix::unistd::{Uid, User, chown};
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Unix allows socket paths of 107 bytes; `.s.PGSQL.5432` takes 14 of them.
const LONGEST_SOCKET_FOLDER: usize = 107 - 14;

pub struct Cluster {
    folder: PathBuf,
    socket: PathBuf,
    binaries: Binaries,
    owner: Owner,
    lock: Option<Flock<File>>,
}

/// The user that Postgres runs as: `postgres` when we are root, else ourselves.
#[derive(Clone, Copy)]
struct Owner {
    uid: u32,
    gid: u32,
    switch: bool,
}

impl Owner {
    fn find() -> anyhow::Result<Owner> {
        let me = Uid::effective();
        if !me.is_root() {
            return Ok(Owner { uid: me.as_raw(), gid: nix::unistd::getegid().as_raw(), switch: false });
        }
        let user = User::from_name("postgres")?
            .context("Postgres does not run as root, and there is no user `postgres` on this machine to run it as")?;
        Ok(Owner { uid: user.uid.as_raw(), gid: user.gid.as_raw(), switch: true })
    }

    fn give(&self, path: &Path) -> anyhow::Result<()> {
        if self.switch {
            chown(path, Some(self.uid.into()), Some(self.gid.into()))
                .with_context(|| format!("{} cannot be given to the database's user", path.display()))?;
        }
        Ok(())
    }

    fn run(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        // Postgres complains when it cannot return to the folder it was started in.
        command.current_dir("/").stdin(Stdio::null()).env("LC_ALL", "C.UTF-8").env_remove("PGDATA").process_group(0);
        if self.switch {
            command.uid(self.uid).gid(self.gid);
        }
        command
    }
}

/// How often, and how long apart, a cluster is waited for that somebody else holds and that does not run.
const ATTEMPTS: u32 = 50;
const PAUSE: Duration = Duration::from_millis(200);

impl Cluster {
    /// Makes the cluster if there is none, and starts it unless it runs.
    pub fn open(data_dir: &Path) -> anyhow::Result<Cluster> {
        let owner = Owner::find()?;
        fs::create_dir_all(data_dir)
            .with_context(|| format!("the data folder {} cannot be made", data_dir.display()))?;
        let data_dir = data_dir.canonicalize().context("the data folder cannot be entered")?;
        refuse_if_closed(&data_dir, owner)?;

        let folder = data_dir.join("postgres");
        let binaries = Binaries::find(cluster_major(&folder)?)?;
        let lock_file =
            OpenOptions::new().create(true).truncate(false).write(true).open(data_dir.join("cluster.lock"))?;
        let mut cluster = Cluster { socket: socket_folder(&data_dir, owner)?, folder, binaries, owner, lock: None };
        cluster.lock = Some(cluster.enter(lock_file)?);
        Ok(cluster)
    }

    /// Making, starting and stopping is done by one program at a time; using is shared.
    fn enter(&self, mut file: File) -> anyhow::Result<Flock<File>> {
        for _ in 0..ATTEMPTS {
            let (taken, error) = match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
                Ok(lock) => {
                    self.make()?;
                    self.start()?;
                    lock.relock(FlockArg::LockShared).context("the data folder cannot be shared")?;
                    return Ok(lock);
                }
                Err(refused) => refused,
            };
            if error != Errno::EWOULDBLOCK {
                bail!("the data folder cannot be locked: {error}");
            }
            // Waits while another program starts or stops the cluster, not while it uses it.
            let shared = Flock::lock(taken, FlockArg::LockShared)
                .map_err(|(_, error)| anyhow!("the data folder cannot be shared: {error}"))?;
            if self.is_running() {
                return Ok(shared);
            }
            file = shared.unlock().map_err(|(_, error)| anyhow!("the data folder cannot be let go: {error}"))?;
            std::thread::sleep(PAUSE);
        }
        bail!("another program uses this data folder, but its Postgres does not run; end that program first")
    }

    pub fn socket(&self) -> &Path {
        &self.socket
    }

    pub fn programs(&self) -> &Path {
        &self.binaries.folder
    }

    fn make(&self) -> anyhow::Result<()> {
        if self.folder.join("PG_VERSION").exists() {
            return Ok(());
        }
        fs::create_dir_all(&self.folder)?;
        self.owner.give(&self.folder)?;
        fs::set_permissions(&self.folder, fs::Permissions::from_mode(0o700))?;
        tracing::info!(folder = %self.folder.display(), "making a private Postgres cluster");
        let output = self
            .owner
            .run(&self.binaries.program("initdb"))
            .args([
                "--username=postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--data-checksums",
                "-D",
            ])
            .arg(&self.folder)
            .output()
            .context("initdb cannot be started")?;
        if !output.status.success() {
            bail!("initdb failed: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let settings = self.folder.join("parallax.conf");
        fs::write(&settings, SETTINGS)?;
        self.owner.give(&settings)?;
        let main = self.folder.join("postgresql.conf");
        let text = fs::read_to_string(&main)?;
        fs::write(&main, text + "\ninclude 'parallax.conf'\n")?;
        Ok(())
    }

    /// Nothing if it runs.
    pub fn start(&self) -> anyhow::Result<()> {
        if self.is_running() {
            return Ok(());
        }
        let log = self.folder.join("server.log");
        let output = self
            .owner
            .run(&self.binaries.program("pg_ctl"))
            .args(["start", "--wait", "--timeout=120", "--silent", "-D"])
            .arg(&self.folder)
            .arg("-l")
            .arg(&log)
            .arg("-o")
            .arg(format!("-c unix_socket_directories='{}' -c listen_addresses=''", self.socket.display()))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .output()
            .context("pg_ctl cannot be started")?;
        if !output.status.success() {
            let tail = fs::read_to_string(&log).unwrap_or_default();
            let tail: Vec<&str> = tail.lines().rev().take(5).collect();
            bail!(
                "Postgres did not start; its log ends with: {}",
                tail.into_iter().rev().collect::<Vec<_>>().join(" / ")
            );
        }
        Ok(())
    }

    fn is_running(&self) -> bool {
        self.owner
            .run(&self.binaries.program("pg_ctl"))
            .args(["status", "-D"])
            .arg(&self.folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }

    /// Stops Postgres if nobody else uses the data folder.
    pub fn leave(mut self) {
        let Some(lock) = self.lock.take() else { return };
        if lock.relock(FlockArg::LockExclusiveNonblock).is_err() {
            return;
        }
        let stopped = self
            .owner
            .run(&self.binaries.program("pg_ctl"))
            .args(["stop", "--mode=fast", "--wait", "--timeout=60", "--silent", "-D"])
            .arg(&self.folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if !stopped.is_ok_and(|status| status.success()) {
            tracing::warn!("the private Postgres did not stop in time");
        }
    }
}

/// A folder that the database's user cannot enter is refused in words, before Postgres says it in its own.
fn refuse_if_closed(data_dir: &Path, owner: Owner) -> anyhow::Result<()> {
    if !owner.switch {
        return Ok(());
    }
    for folder in data_dir.ancestors() {
        let meta = fs::metadata(folder)?;
        let open = meta.mode() & 0o001 != 0
            || (meta.uid() == owner.uid && meta.mode() & 0o100 != 0)
            || (meta.gid() == owner.gid && meta.mode() & 0o010 != 0);
        if !open {
            bail!(
                "the database's user `postgres` cannot enter {}: choose a data folder outside of it with --data-dir, \
                 or open it with chmod o+x {}",
                folder.display(),
                folder.display()
            );
        }
    }
    Ok(())
}

/// Short and private: in /run for root, else in the user's runtime folder or /tmp.
fn socket_folder(data_dir: &Path, owner: Owner) -> anyhow::Result<PathBuf> {
    let digest = hex::encode(&Sha256::digest(data_dir.as_os_str().as_encoded_bytes())[..6]);
    let mut parents: Vec<PathBuf> = Vec::new();
    if owner.switch {
        parents.push("/run".into());
    } else if let Some(runtime) = std::env::var_os("XDG_RUNTIME_DIR") {
        parents.push(runtime.into());
    }
    parents.push("/tmp".into());
    for parent in parents {
        let folder = parent.join(format!("parallax-{digest}"));
        if folder.as_os_str().len() > LONGEST_SOCKET_FOLDER || !parent.is_dir() {
            continue;
        }
        if fs::create_dir_all(&folder).is_err() {
            continue;
        }
        owner.give(&folder)?;
        let meta = fs::symlink_metadata(&folder)?;
        if !meta.is_dir() || meta.uid() != owner.uid {
            bail!("{} belongs to somebody else", folder.display());
        }
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700))?;
        return Ok(folder);
    }
    bail!("no folder for the database's socket could be made in /run or /tmp")
}

/// Durability is what a 200 promises, so fsync, full_page_writes and synchronous_commit keep their defaults.
/// The log must not repeat rows: failing statements and their values are personal data.
const SETTINGS: &str = "\
listen_addresses = ''
max_connections = 60
shared_buffers = 256MB
work_mem = 32MB
maintenance_work_mem = 128MB
max_wal_size = 2GB
checkpoint_timeout = 15min
wal_compression = on
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
log_error_verbosity = terse
log_parameter_max_length_on_error = 0
log_min_error_statement = panic
log_statement = none
autovacuum_vacuum_insert_scale_factor = 0.05
random_page_cost = 1.1
track_io_timing = on
";
