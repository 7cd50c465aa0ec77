//! Finding or starting Postgres, its pools, roles, migrations and partitions.

mod binaries;
mod cluster;
pub mod fault;
pub mod partition;

pub use cluster::Cluster;

use crate::options::Options;
use anyhow::{Context, bail};
use sqlx::migrate::Migrate;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, PgConnection, PgPool, Postgres, Row};
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations");

/// Tables that the reader may see, one project at a time.
const READABLE: &[&str] = &[
    "event",
    "span",
    "log",
    "metric",
    "resource",
    "series",
    "subject",
    "reassignment",
    "batch",
    "chunk",
    "trace",
    "issue",
    "occurrence",
    "deployment",
    "field",
    "ticket",
    "feedback",
    "survey",
    "spend",
    "population",
    "target",
    "consent",
    "consent_policy",
    "consent_text",
    "consent_default",
    "field_shape",
    "gate_count",
    "annotation",
    // The place of a moment in the order of ingestion.
    "batch_id",
    "person_property",
    "customer_group",
    "group_property",
    "group_member",
];

#[derive(Clone)]
pub struct Database {
    /// Group commits and the projector: few, short transactions.
    pub writer: PgPool,
    /// Settings, accounts, maintenance.
    pub admin: PgPool,
    reader: PgPool,
    /// The login could not make a reader role: row security does not stand between projects.
    pub single_role: bool,
    pub private: bool,
    address: Address,
    cluster: Arc<parking_lot::Mutex<Option<Cluster>>>,
}

/// Where the database is, for programs that came with Postgres.
#[derive(Clone, Debug)]
pub enum Address {
    Url(String),
    Private { socket: PathBuf, programs: PathBuf },
}

impl Address {
    /// The folder of Postgres' programs: of the private cluster its own, else the newest on this machine.
    pub fn programs(&self) -> anyhow::Result<PathBuf> {
        match self {
            Address::Private { programs, .. } => Ok(programs.clone()),
            Address::Url(_) => Ok(binaries::Binaries::find(None)?.folder),
        }
    }
}

/// A connection that sees one project and changes nothing.
pub type Reader = PoolConnection<Postgres>;

impl Database {
    /// The server named by the options, else the private cluster of the data folder.
    pub async fn open(options: &Options) -> anyhow::Result<Database> {
        if let Some(url) = &options.database_url {
            let connect = PgConnectOptions::from_str(url).context("the database URL cannot be read")?;
            return Database::connect(connect, None, Address::Url(url.clone())).await;
        }
        let data_dir = data_dir(options)?;
        let cluster = tokio::task::spawn_blocking(move || Cluster::open(&data_dir)).await??;
        let superuser =
            PgConnectOptions::new_without_pgpass().socket(cluster.socket()).username("postgres").database("postgres");
        prepare_private(&superuser).await.context("the private database cannot be prepared")?;
        let connect = superuser.username("parallax_owner").database("parallax");
        let address = Address::Private { socket: cluster.socket().to_owned(), programs: cluster.programs().to_owned() };
        Database::connect(connect, Some(cluster), address).await
    }

    async fn connect(
        connect: PgConnectOptions,
        cluster: Option<Cluster>,
        address: Address,
    ) -> anyhow::Result<Database> {
        let mut first = PgConnection::connect_with(&connect).await.context("the database cannot be reached")?;
        refuse_if_forgetful(&mut first).await?;
        let single_role = !ensure_reader_role(&mut first).await;
        first.close().await.ok();

        let pool = |size: u32, statement: &str| {
            let options = connect.clone().application_name("parallax").options([
                ("statement_timeout", statement),
                ("lock_timeout", "2s"),
                ("idle_in_transaction_session_timeout", "30s"),
                ("timezone", "UTC"),
            ]);
            PgPoolOptions::new()
                .max_connections(size)
                .acquire_timeout(Duration::from_secs(2))
                .idle_timeout(Duration::from_secs(600))
                // Whoever is gone in the middle of a beginning, as a browser that closes, leaves a transaction open
                // that nobody would end.
                .test_before_acquire(false)
                .before_acquire(|connection, _| {
                    Box::pin(async move {
                        // In one message: of several, each has a time of its own.
                        let row = sqlx::raw_sql("select now() = statement_timestamp()").fetch_one(connection).await?;
                        row.try_get(0)
                    })
                })
                .connect_lazy_with(options)
        };
        let writer = pool(8, "5s");
        let admin = pool(6, "0");
        let reader_options = connect.clone().application_name("parallax reader").options([
            ("statement_timeout", "10s"),
            ("default_transaction_read_only", "on"),
            ("timezone", "UTC"),
            ("plan_cache_mode", "force_custom_plan"),
        ]);
        let reader = PgPoolOptions::new()
            .max_connections(8)
            .acquire_timeout(Duration::from_secs(2))
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    if !single_role {
                        sqlx::query("set role parallax_reader").execute(connection).await?;
                    }
                    Ok(())
                })
            })
            .connect_lazy_with(reader_options);
        Ok(Database {
            writer,
            admin,
            reader,
            single_role,
            private: cluster.is_some(),
            address,
            cluster: Arc::new(parking_lot::Mutex::new(cluster)),
        })
    }

    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Brings the schema up to date and lets the reader see what it may.
    pub async fn migrate(&self) -> anyhow::Result<()> {
        let mut connection = self.admin.acquire().await.context("the database cannot be reached")?;
        if let Some(version) = self.newer_than_we(&mut connection).await? {
            bail!("the database is at schema {version}, which is newer than this program. Use a newer Parallax.");
        }
        MIGRATIONS.run(&mut *connection).await.context("the schema cannot be brought up to date")?;
        if !self.single_role {
            let mut transaction = connection.begin().await?;
            // Two programs that start at once would change the same rows of the catalogue.
            sqlx::query("select pg_advisory_xact_lock(hashtextextended('grants', 0))")
                .execute(&mut *transaction)
                .await?;
            // A grant that changes nothing would still be in the way of whoever makes a partition meanwhile.
            let lacking: Vec<String> = sqlx::query_scalar(
                "select name from unnest($1::text[]) as name where not has_table_privilege('parallax_reader', name, 'select')",
            )
            .bind(READABLE)
            .fetch_all(&mut *transaction)
            .await?;
            for table in lacking {
                sqlx::query(sqlx::AssertSqlSafe(format!("grant select on {table} to parallax_reader")))
                    .execute(&mut *transaction)
                    .await?;
            }
            sqlx::query("grant usage on schema public to parallax_reader").execute(&mut *transaction).await?;
            transaction.commit().await?;
        }
        Ok(())
    }

    /// Names of migrations that are not applied yet.
    pub async fn pending(&self) -> anyhow::Result<Vec<String>> {
        let mut connection = self.admin.acquire().await?;
        connection.ensure_migrations_table("_sqlx_migrations").await?;
        let applied = connection.list_applied_migrations("_sqlx_migrations").await?;
        Ok(MIGRATIONS
            .iter()
            .filter(|migration| !applied.iter().any(|done| done.version == migration.version))
            .map(|migration| format!("{} {}", migration.version, migration.description))
            .collect())
    }

    async fn newer_than_we(&self, connection: &mut PgConnection) -> anyhow::Result<Option<i64>> {
        connection.ensure_migrations_table("_sqlx_migrations").await?;
        let applied = connection.list_applied_migrations("_sqlx_migrations").await?;
        let newest_known = MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0);
        Ok(applied.iter().map(|done| done.version).max().filter(|version| *version > newest_known))
    }

    /// A connection that sees only this project.
    pub async fn reader(&self, project: i32) -> Result<Reader, sqlx::Error> {
        let mut connection = self.reader.acquire().await?;
        sqlx::query("select set_config('app.project', $1, false)")
            .bind(project.to_string())
            .execute(&mut *connection)
            .await?;
        Ok(connection)
    }

    /// Starts the private Postgres again if it ended; a database of somebody else's is theirs to start.
    pub async fn revive(&self) -> anyhow::Result<()> {
        let cluster = self.cluster.clone();
        tokio::task::spawn_blocking(move || cluster.lock().as_ref().map_or(Ok(()), Cluster::start)).await?
    }

    /// Closes the pools and stops the private cluster unless somebody else uses it.
    pub async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
        self.admin.close().await;
        let cluster = self.cluster.lock().take();
        if let Some(cluster) = cluster {
            tokio::task::spawn_blocking(move || cluster.leave()).await.ok();
        }
    }
}

/// The data folder that the options name or that is usual for this user.
pub fn data_dir(options: &Options) -> anyhow::Result<PathBuf> {
    if let Some(folder) = &options.data_dir {
        return Ok(folder.clone());
    }
    if nix::unistd::Uid::effective().is_root() {
        return Ok("/var/lib/parallax".into());
    }
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share"));
    let base = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from).or_else(home);
    Ok(base.context("no home folder is known: name a data folder with --data-dir")?.join("parallax"))
}

async fn prepare_private(superuser: &PgConnectOptions) -> anyhow::Result<()> {
    let mut connection = PgConnection::connect_with(superuser).await?;
    let known: Vec<String> = sqlx::query_scalar("select rolname::text from pg_roles where rolname like 'parallax%'")
        .fetch_all(&mut connection)
        .await?;
    if !known.iter().any(|role| role == "parallax_owner") {
        sqlx::query("create role parallax_owner login createrole").execute(&mut connection).await?;
    }
    if !known.iter().any(|role| role == "parallax_reader") {
        sqlx::query("create role parallax_reader nologin").execute(&mut connection).await?;
        sqlx::query("grant parallax_reader to parallax_owner").execute(&mut connection).await?;
        // Own telemetry reads the server's statistics.
        sqlx::query("grant pg_monitor to parallax_owner").execute(&mut connection).await?;
    }
    let exists: bool = sqlx::query_scalar("select exists (select from pg_database where datname = 'parallax')")
        .fetch_one(&mut connection)
        .await?;
    if !exists {
        sqlx::query("create database parallax owner parallax_owner").execute(&mut connection).await?;
    }
    connection.close().await?;
    Ok(())
}

/// A 200 promises that rows survive a crash; a server that does not flush cannot keep it.
async fn refuse_if_forgetful(connection: &mut PgConnection) -> anyhow::Result<()> {
    let (version, fsync, pages, commit): (i32, String, String, String) = sqlx::query_as(
        "select current_setting('server_version_num')::int, current_setting('fsync'), \
         current_setting('full_page_writes'), current_setting('synchronous_commit')",
    )
    .fetch_one(&mut *connection)
    .await?;
    if version < 150_000 {
        bail!("Postgres 15 or newer is needed; this is {}", version / 10_000);
    }
    let unsafe_allowed = std::env::var_os("PARALLAX_UNSAFE_DATABASE").is_some();
    if (fsync != "on" || pages != "on" || commit == "off") && !unsafe_allowed {
        bail!(
            "this Postgres does not make commits durable (fsync {fsync}, full_page_writes {pages}, \
             synchronous_commit {commit}). Turn them on, or accept loss with PARALLAX_UNSAFE_DATABASE=1"
        );
    }
    Ok(())
}

/// Whether the reader role exists and this login may act as it.
async fn ensure_reader_role(connection: &mut PgConnection) -> bool {
    let member = "select coalesce(pg_has_role(current_user, oid, 'member'), false) from pg_roles where rolname = 'parallax_reader'";
    if let Ok(Some(true)) = sqlx::query_scalar::<_, bool>(member).fetch_optional(&mut *connection).await {
        return true;
    }
    sqlx::query("create role parallax_reader nologin").execute(&mut *connection).await.ok();
    sqlx::query("grant parallax_reader to current_user").execute(&mut *connection).await.ok();
    matches!(sqlx::query_scalar::<_, bool>(member).fetch_optional(&mut *connection).await, Ok(Some(true)))
}
