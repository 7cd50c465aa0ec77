//! Writing a backup, beside a running server: everything is of one snapshot.

use super::archive::{self, DATABASE, HEADER, PROJECTS, SUBJECTS};
use super::{FORMAT, Header, WITHOUT_ROWS, keys, tools};
use crate::erasure::ledger;
use crate::identity::audit::{self, Entry};
use crate::identity::keys::random;
use crate::keyring::fingerprint;
use crate::machine::Machine;
use anyhow::Context;
use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;
use serde_json::json;
use sqlx::{Connection, PgConnection};
use std::fs::{self, DirBuilder};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use tokio::io::AsyncWriteExt;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    pub bytes: u64,
    pub made_at: DateTime<Utc>,
}

/// A folder beside the backup while it is being made, closed to others, and gone afterwards.
pub(super) struct Work(pub PathBuf);

impl Work {
    pub fn beside(path: &Path) -> anyhow::Result<Work> {
        let name = format!(".parallax-{}", hex::encode(random::<6>()));
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = parent.join(name);
        DirBuilder::new()
            .mode(0o700)
            .create(&folder)
            .with_context(|| format!("{} cannot be written to", parent.display()))?;
        Ok(Work(folder))
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

/// Writes a backup into `path`; a file that is there already stays until the new one is whole.
pub async fn write(machine: &Machine, path: &Path) -> anyhow::Result<Written> {
    let work = Work::beside(path)?;
    ledger::open(&machine.keyring)?;
    let mut connection = machine.database.admin.acquire().await?;
    let mut transaction = connection.begin().await?;
    sqlx::query("set transaction isolation level repeatable read, read only").execute(&mut *transaction).await?;
    let (snapshot, schema, audit): (String, i64, i64) = sqlx::query_as(
        "select pg_export_snapshot(), (select max(version) from _sqlx_migrations), (select coalesce(max(seq), 0) from audit)",
    )
    .fetch_one(&mut *transaction)
    .await?;
    let made_at = machine.clock.now();
    let header = Header {
        format: FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        made_at,
        schema,
        installation: fingerprint(&machine.keyring.public_key()?),
        project_columns: columns(&mut transaction, "project", &["secret"]).await?,
        subject_columns: columns(&mut transaction, "subject", &["person_key"]).await?,
        audit,
    };
    fs::write(work.0.join(HEADER), serde_json::to_string_pretty(&header)?)?;
    copy_out(&mut transaction, "project", &header.project_columns, &work.0.join(PROJECTS)).await?;
    copy_out(&mut transaction, "subject", &header.subject_columns, &work.0.join(SUBJECTS)).await?;
    keys::write(&machine.keyring, &mut transaction).await?;
    let mut dump = tools::command(machine.database.address(), "pg_dump")?;
    dump.args(["--format=custom", "--no-owner", "--no-privileges", "--no-unlogged-table-data", "--compress=3"]);
    dump.arg(format!("--snapshot={snapshot}")).arg("--file").arg(work.0.join(DATABASE));
    dump.args(["--exclude-table", "doomed_*"]);
    dump.args(WITHOUT_ROWS.iter().flat_map(|table| ["--exclude-table-data", table]));
    tools::run(dump, "pg_dump").await?;
    transaction.rollback().await?;
    let (folder, draft) = (work.0.clone(), work.0.join("whole"));
    let packed = draft.clone();
    let bytes = tokio::task::spawn_blocking(move || archive::pack(&folder, &packed)).await??;
    fs::set_permissions(&draft, fs::Permissions::from_mode(0o600))?;
    fs::rename(&draft, path).with_context(|| format!("{} cannot be written", path.display()))?;
    let detail = json!({ "bytes": bytes, "audit": audit });
    let entry = Entry { project: None, actor: "command line", action: "backup written", object: "backup", detail };
    audit::write(&machine.database, entry).await?;
    Ok(Written { bytes, made_at })
}

/// Columns of a table without its secrets.
async fn columns(transaction: &mut PgConnection, table: &str, secret: &[&str]) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(
        "select attname::text from pg_attribute where attrelid = to_regclass($1) and attnum > 0 and not attisdropped \
         and attgenerated = '' and attname::text <> all($2) order by attnum",
    )
    .bind(table)
    .bind(secret)
    .fetch_all(transaction)
    .await
}

/// Names as SQL spells them.
pub(super) fn list(columns: &[String]) -> String {
    columns.iter().map(|name| format!("\"{}\"", name.replace('"', "\"\""))).collect::<Vec<_>>().join(", ")
}

async fn copy_out(transaction: &mut PgConnection, table: &str, columns: &[String], path: &Path) -> anyhow::Result<()> {
    let sql = format!("copy (select {} from {table}) to stdout", list(columns));
    let mut file = tokio::fs::File::create(path).await?;
    {
        let mut rows = transaction.copy_out_raw(&sql).await?;
        while let Some(piece) = rows.try_next().await? {
            file.write_all(&piece).await?;
        }
    }
    Ok(file.sync_all().await?)
}
