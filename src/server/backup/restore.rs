//! Restoring a backup into an empty database, up to the moment where it may be used again.

use super::archive::{self, DATABASE, PROJECTS, SUBJECTS};
use super::write::{Work, list};
use super::{Header, keys, replay, tools};
use crate::clock::Clock;
use crate::database::{Database, MIGRATIONS, data_dir};
use crate::erasure::ledger;
use crate::identity::audit::{self, Entry};
use crate::identity::audit_head::{self, Found};
use crate::identity::keys::random;
use crate::keyring::{Keyring, fingerprint};
use crate::machine::Machine;
use crate::options::Options;
use anyhow::bail;
use chrono::{DateTime, Duration, Utc};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::path::Path;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    pub made_at: DateTime<Utc>,
    /// People who were erased since the backup and are erased again.
    pub erased: usize,
    /// Decisions since the backup that hold again.
    pub decisions: usize,
    /// Entries of the audit log, whose chain is whole.
    pub audit: i64,
    /// Projects whose secret was not kept: their people cannot be told to be the same as before.
    pub new_secrets: usize,
}

/// Restores `path` into the empty database that the options name. Without a ledger it refuses, unless told that erased
/// people may come back.
pub async fn restore(options: Options, clock: Clock, path: &Path, without_ledger: bool) -> anyhow::Result<Restored> {
    let keyring = Keyring::of(data_dir(&options).ok());
    let work = Work::beside(path)?;
    let (file, folder) = (path.to_owned(), work.0.clone());
    let header = tokio::task::spawn_blocking(move || archive::unpack(&file, &folder)).await??;
    check(&header, &keyring, clock.now(), without_ledger)?;
    let database = Database::open(&options).await?;
    let outcome = fill(&database, &keyring, &header, &work.0).await;
    let new_secrets = match outcome {
        Ok(new) => new,
        Err(error) => {
            database.close().await;
            return Err(error);
        }
    };
    let machine = Machine::over(options, database, clock).await?;
    let outcome = finish(&machine, &header, without_ledger, new_secrets).await;
    machine.close().await;
    outcome
}

/// Whether this installation can restore the backup without bringing back what must stay away.
fn check(header: &Header, keyring: &Keyring, now: DateTime<Utc>, without_ledger: bool) -> anyhow::Result<()> {
    let newest = MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0);
    if header.schema > newest {
        bail!("this backup is of a newer Parallax (schema {}). Use that one.", header.schema);
    }
    if without_ledger {
        return Ok(());
    }
    let or = "or say --without-ledger to accept that people who were erased since come back";
    if !ledger::exists(keyring)? {
        bail!(
            "the data folder has no ledger of erasures: copy `keys` and `ledger` from the folder of the old server, {or}"
        );
    }
    if header.installation != fingerprint(&keyring.public_key()?) {
        bail!(
            "this backup was written by another installation: copy its `keys` and `ledger` into the data folder, {or}"
        );
    }
    if now - header.made_at > Duration::days(ledger::DAYS) {
        bail!("this backup is older than {} days, longer than refusals are written down; {or}", ledger::DAYS);
    }
    Ok(())
}

/// Fills the empty database; the number of projects that got a new secret.
async fn fill(database: &Database, keyring: &Keyring, header: &Header, folder: &Path) -> anyhow::Result<usize> {
    let mut connection = database.admin.acquire().await?;
    let tables: i64 = sqlx::query_scalar(
        "select count(*) from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace",
    )
    .fetch_one(&mut *connection)
    .await?;
    if tables > 0 {
        bail!(
            "this database holds something already; a backup is restored into an empty one. Choose another --data-dir or --database-url."
        );
    }
    let section = async |section: &str| {
        let mut command = tools::command(database.address(), "pg_restore")?;
        command.args(["--no-owner", "--no-privileges", "--exit-on-error"]).arg(format!("--section={section}"));
        command.arg(folder.join(DATABASE));
        tools::run(command, "pg_restore").await
    };
    section("pre-data").await?;
    section("data").await?;
    let mut transaction = connection.begin().await?;
    let new = copy_in(&mut transaction, keyring, header, folder).await?;
    start_anew(&mut transaction).await?;
    transaction.commit().await?;
    section("post-data").await?;
    database.migrate().await?;
    Ok(new)
}

async fn copy_in(
    transaction: &mut PgConnection,
    keyring: &Keyring,
    header: &Header,
    folder: &Path,
) -> anyhow::Result<usize> {
    sqlx::query("create temp table kept_key (project int, number int, key bytea) on commit drop")
        .execute(&mut *transaction)
        .await?;
    let kept = keys::read(keyring)?;
    for some in kept.chunks(5_000) {
        let keys = some.iter().map(|kept| hex::decode(&kept.key)).collect::<Result<Vec<_>, _>>()?;
        sqlx::query("insert into kept_key select * from unnest($1::int[], $2::int[], $3::bytea[])")
            .bind(some.iter().map(|kept| kept.project).collect::<Vec<_>>())
            .bind(some.iter().map(|kept| kept.number).collect::<Vec<_>>())
            .bind(keys)
            .execute(&mut *transaction)
            .await?;
    }
    for (table, columns, file) in
        [("project", &header.project_columns, PROJECTS), ("subject", &header.subject_columns, SUBJECTS)]
    {
        let names = list(columns);
        let sql = format!("create temp table read_{table} on commit drop as select {names} from {table} limit 0");
        sqlx::query(AssertSqlSafe(sql)).execute(&mut *transaction).await?;
        let mut copy = transaction.copy_in_raw(&format!("copy read_{table} ({names}) from stdin")).await?;
        copy.read_from(tokio::fs::File::open(folder.join(file)).await?).await?;
        copy.finish().await?;
    }
    let projects = list(&header.project_columns);
    let unknown: Vec<i32> = sqlx::query_scalar(
        "select id from read_project where not exists (select from kept_key where project = id and number is null)",
    )
    .fetch_all(&mut *transaction)
    .await?;
    for id in &unknown {
        sqlx::query("insert into kept_key values ($1, null, $2)")
            .bind(id)
            .bind(random::<32>().to_vec())
            .execute(&mut *transaction)
            .await?;
    }
    sqlx::query(AssertSqlSafe(format!(
        "insert into project ({projects}, secret) overriding system value \
         select {projects}, (select key from kept_key where project = id and number is null) from read_project"
    )))
    .execute(&mut *transaction)
    .await?;
    let subjects = list(&header.subject_columns);
    sqlx::query("create index on kept_key (project, number)").execute(&mut *transaction).await?;
    let qualified = header.subject_columns.iter().map(|name| format!("s.\"{name}\"")).collect::<Vec<_>>().join(", ");
    sqlx::query(AssertSqlSafe(format!(
        "insert into subject ({subjects}, person_key) select {qualified}, k.key from read_subject s \
         left join kept_key k on k.project = s.project and k.number = s.number"
    )))
    .execute(&mut *transaction)
    .await?;
    sqlx::query("select setval(pg_get_serial_sequence('project', 'id'), greatest((select max(id) from project), 1))")
        .execute(transaction)
        .await?;
    Ok(unknown.len())
}

/// Transaction numbers begin anew in a new cluster: what was not folded yet is folded from the start, in its old order.
async fn start_anew(transaction: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query("update watermark set xid = '0'").execute(&mut *transaction).await?;
    // Within one transaction number the order is that of the batches' own numbers, which is the order of storing.
    sqlx::query("update batch set xid = pg_current_xact_id()").execute(transaction).await?;
    Ok(())
}

/// What was erased or refused since goes again; then the log says that it was restored, and is verified.
async fn finish(
    machine: &Machine,
    header: &Header,
    without_ledger: bool,
    new_secrets: usize,
) -> anyhow::Result<Restored> {
    let (mut decisions, mut erased) = (0, 0);
    if !without_ledger {
        decisions = replay::decisions(machine, header.made_at).await?;
        erased = replay::erasures(machine).await?;
    }
    audit_head::restored(&machine.keyring, header.audit, machine.clock.now())?;
    let detail = json!({ "made_at": header.made_at, "erased again": erased, "decisions": decisions });
    let entry = Entry { project: None, actor: "command line", action: "backup restored", object: "backup", detail };
    audit::write(&machine.database, entry).await?;
    let audit = match audit_head::verify(&machine.database, &machine.keyring).await? {
        Found::Whole { entries, .. } => entries,
        found => bail!("the audit log of this backup is not whole: {found:?}"),
    };
    Ok(Restored { made_at: header.made_at, erased, decisions, audit, new_secrets })
}
