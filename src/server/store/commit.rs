//! One group of submissions in one transaction: repeats recognised, ids claimed, rows copied into their
//! day partitions, and the batch written down for the projector.

use super::availability::Availability;
use super::claims::{self, Claimed};
use super::copy::CopyBuffer;
use super::people::{Meeting, People, Union};
use super::profiles::{self, Groups, Said};
use super::rows::{Numbers, Place, Row, identifiers_of};
use super::shared::SharedNumbers;
use super::submission::{AccountLine, Receipt, Rejection, Submission};
use crate::database::Database;
use crate::database::fault::{self, Fault};
use crate::database::partition::Partition;
use crate::projection::fold::{FORMAT, Packer};
use crate::record::Identifier;
use chrono::Utc;
use parking_lot::Mutex;
use sqlx::pool::PoolConnection;
use sqlx::{Connection, PgConnection, Postgres};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use tokio::sync::Notify;
use uuid::Uuid;

pub struct Commit {
    database: Database,
    pub people: People,
    pub shared: SharedNumbers,
    pub groups: Groups,
    partitions: Mutex<HashSet<Partition>>,
    pub availability: Arc<Availability>,
    /// Wakes the projector of this process.
    pub committed: Arc<Notify>,
}

pub enum Failure {
    /// A partition was dropped under us; the next try makes it again.
    MissingPartition,
    Database(sqlx::Error),
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Failure::Database(error)
    }
}

/// The same key came before with another body.
#[derive(Clone, Copy, Debug)]
pub struct OtherContent;

impl Commit {
    pub fn new(database: Database) -> Commit {
        Commit {
            people: People::new(database.clone()),
            shared: SharedNumbers::new(database.clone()),
            groups: Groups::new(database.clone()),
            database,
            partitions: Mutex::default(),
            availability: Arc::default(),
            committed: Arc::default(),
        }
    }

    pub async fn group<R: Row>(
        &self,
        group: &mut [&mut Submission<R>],
    ) -> Result<Vec<Result<Receipt, OtherContent>>, Failure> {
        self.name_people(group).await?;
        let numbers = self.number_shared(group).await?;
        let groups = self.groups.numbers(said(group).map(|said| (said.project, said.profile))).await?;
        self.ensure_partitions(group).await?;

        let mut held = Held { connection: self.database.writer.acquire().await?, finished: false };
        let mut transaction = held.connection.begin().await?;
        let claimed = claims::claim(&mut transaction, group).await?;
        let batch: i64 = sqlx::query_scalar("select nextval('batch_id')").fetch_one(&mut *transaction).await?;

        let mut buffers: BTreeMap<Partition, CopyBuffer> = BTreeMap::new();
        let mut packer = Packer::default();
        let mut told: Vec<Said> = Vec::new();
        let mut seq = batch << 20;
        for (submission, claim) in group.iter().zip(&claimed) {
            let Claimed::New { rows, .. } = claim else { continue };
            packer.begin(submission.project, rows.len());
            for &index in rows {
                let row = &submission.rows[index];
                let place = Place {
                    project: submission.project,
                    seq,
                    received_at: submission.received_at,
                    numbers: numbers.of(submission.project, row),
                };
                let partition = Partition::of(R::SIGNAL, submission.project, row.at());
                row.encode(buffers.entry(partition).or_default(), place);
                row.fold(place, &mut packer);
                told.extend(Said::of(submission.project, row));
                seq += 1;
            }
        }
        for (partition, buffer) in buffers {
            if let Err(error) = copy::<R>(&mut transaction, partition, buffer).await {
                return Err(self.missing(partition, error));
            }
        }
        // A repeated record says nothing a second time.
        profiles::write(&mut transaction, &told, &groups).await?;

        let projects: BTreeSet<i32> = group.iter().map(|submission| submission.project).collect();
        sqlx::query(
            "insert into batch (id, signal, projects, accounts, payload, format) values ($1, $2, $3, $4, $5, $6)",
        )
        .bind(batch)
        .bind(R::SIGNAL as i16)
        .bind(projects.into_iter().collect::<Vec<_>>())
        .bind(sqlx::types::Json(accounts(group, &claimed)))
        .bind(packer.finish())
        .bind(FORMAT)
        .execute(&mut *transaction)
        .await?;
        let receipts = claims::receipts(group, &claimed);
        claims::remember(&mut transaction, group, &claimed, &receipts).await?;
        transaction.commit().await?;
        held.finished = true;
        self.committed.notify_one();
        Ok(receipts)
    }

    /// Gives every identifier its number and writes down who was seen with whom.
    async fn name_people<R: Row>(&self, group: &mut [&mut Submission<R>]) -> Result<(), sqlx::Error> {
        let mut wanted: BTreeMap<i32, Vec<Identifier>> = BTreeMap::new();
        for submission in group.iter_mut() {
            let identifiers = wanted.entry(submission.project).or_default();
            for row in &mut submission.rows {
                if let Some(who) = row.who() {
                    identifiers.extend(identifiers_of(who));
                }
            }
        }
        for (project, identifiers) in wanted {
            if identifiers.is_empty() {
                continue;
            }
            let numbers = self.people.numbers(project, &identifiers, Utc::now()).await?;
            let number = |identifier: &Option<Identifier>| {
                identifier.as_ref().and_then(|known| numbers.get(&known.reference)).copied()
            };
            let (mut meetings, mut unions) = (Vec::new(), Vec::new());
            for submission in group.iter_mut().filter(|submission| submission.project == project) {
                for row in &mut submission.rows {
                    let at = row.at();
                    let Some(who) = row.who() else { continue };
                    let (user, anonymous) = (number(&who.user), number(&who.anonymous));
                    who.subject = user.or(anonymous);
                    who.anonymous_subject = anonymous;
                    if let (Some(user), Some(anonymous)) = (user, anonymous) {
                        meetings.push(Meeting { anonymous, user, at });
                    }
                    if let Some(one) = who.subject {
                        let others = who.also.iter().filter_map(|other| numbers.get(&other.reference));
                        unions.extend(others.filter(|other| **other != one).map(|other| Union {
                            one,
                            other: *other,
                            at,
                        }));
                    }
                }
            }
            self.people.meet(project, &meetings).await?;
            self.people.unite(project, &unions).await?;
        }
        Ok(())
    }

    async fn number_shared<R: Row>(&self, group: &[&mut Submission<R>]) -> Result<SharedOf, sqlx::Error> {
        let mut of = SharedOf::default();
        let projects: BTreeSet<i32> = group.iter().map(|submission| submission.project).collect();
        for project in projects {
            let rows = || {
                group.iter().filter(|submission| submission.project == project).flat_map(|submission| &submission.rows)
            };
            let series_resources = rows().filter_map(Row::series).map(|key| &key.of.resource);
            let resources =
                self.shared.resources(project, rows().filter_map(Row::resource).chain(series_resources)).await?;
            let series = self.shared.series(project, rows().filter_map(Row::series), &resources).await?;
            of.resources.extend(resources.into_iter().map(|(hash, number)| ((project, hash), number)));
            of.series.extend(series.into_iter().map(|(hash, number)| ((project, hash), number)));
        }
        Ok(of)
    }

    async fn ensure_partitions<R: Row>(&self, group: &[&mut Submission<R>]) -> Result<(), sqlx::Error> {
        let wanted: BTreeSet<Partition> = group
            .iter()
            .flat_map(|submission| {
                submission.rows.iter().map(|row| Partition::of(R::SIGNAL, submission.project, row.at()))
            })
            .collect();
        let missing: Vec<Partition> = {
            let known = self.partitions.lock();
            wanted.into_iter().filter(|partition| !known.contains(partition)).collect()
        };
        for partition in missing {
            let mut connection = self.database.admin.acquire().await?;
            partition.ensure(&mut connection).await?;
            self.partitions.lock().insert(partition);
        }
        Ok(())
    }

    fn missing(&self, partition: Partition, error: sqlx::Error) -> Failure {
        let undefined = error.as_database_error().is_some_and(|database| database.code().as_deref() == Some("42P01"));
        if undefined || fault::classify(&error) == Fault::NoPartition {
            self.partitions.lock().remove(&partition);
            return Failure::MissingPartition;
        }
        Failure::Database(error)
    }

    /// Finds the records that the database refuses, by halves in transactions that are rolled back, and
    /// takes them out. What is kept of them is their shape and the reason, never their content.
    pub async fn quarantine<R: Row>(&self, submission: &mut Submission<R>) -> Result<(), sqlx::Error> {
        let mut suspects = vec![(0, submission.rows.len())];
        let mut bad: Vec<(usize, String)> = Vec::new();
        while let Some((from, to)) = suspects.pop() {
            let Err(error) = self.rehearse(submission, from, to).await else { continue };
            if fault::classify(&error) != Fault::Data {
                return Err(error);
            }
            if to - from == 1 {
                let code =
                    error.as_database_error().and_then(|database| database.code()).unwrap_or_default().into_owned();
                bad.push((from, format!("the database cannot hold it ({code})")));
            } else {
                let middle = from + (to - from) / 2;
                suspects.extend([(from, middle), (middle, to)]);
            }
        }
        bad.sort_by_key(|(index, _)| std::cmp::Reverse(*index));
        for (index, reason) in bad {
            submission.rows.remove(index);
            let position = submission.positions.remove(index);
            sqlx::query("insert into quarantine (project, signal, reason, shape) values ($1, $2, $3, $4)")
                .bind(submission.project)
                .bind(R::SIGNAL as i16)
                .bind(&reason)
                .bind(sqlx::types::Json(serde_json::json!({ "position": position })))
                .execute(&self.database.writer)
                .await?;
            submission.fates.quarantined.push(Rejection { index: position, reason });
        }
        Ok(())
    }

    async fn rehearse<R: Row>(&self, submission: &Submission<R>, from: usize, to: usize) -> Result<(), sqlx::Error> {
        let mut connection = self.database.writer.acquire().await?;
        let mut transaction = connection.begin().await?;
        let mut buffers: BTreeMap<Partition, CopyBuffer> = BTreeMap::new();
        for row in &submission.rows[from..to] {
            let place = Place {
                project: submission.project,
                seq: 0,
                received_at: submission.received_at,
                numbers: Numbers::default(),
            };
            row.encode(buffers.entry(Partition::of(R::SIGNAL, submission.project, row.at())).or_default(), place);
        }
        for (partition, buffer) in buffers {
            copy::<R>(&mut transaction, partition, buffer).await?;
        }
        transaction.rollback().await
    }

    /// Forgets which partitions exist, after retention has dropped some.
    pub fn forget_partitions(&self) {
        self.partitions.lock().clear();
    }
}

/// What the records of a group say of people and groups.
fn said<'a, R: Row>(group: &'a [&'a mut Submission<R>]) -> impl Iterator<Item = Said<'a>> {
    group.iter().flat_map(|submission| submission.rows.iter().filter_map(|row| Said::of(submission.project, row)))
}

#[derive(Default)]
struct SharedOf {
    resources: HashMap<(i32, Uuid), i32>,
    series: HashMap<(i32, Uuid), i32>,
}

impl SharedOf {
    fn of<R: Row>(&self, project: i32, row: &R) -> Numbers {
        let resource = row.resource().and_then(|shared| self.resources.get(&(project, shared.hash)));
        let series = row.series().and_then(|key| self.series.get(&(project, key.hash)));
        Numbers { resource: resource.copied().unwrap_or(0), series: series.copied().unwrap_or(0) }
    }
}

/// A connection that goes back to the pool once its work is finished. Left in the middle, as by the deadline, it would
/// be in an unknown state, and is closed.
struct Held {
    connection: PoolConnection<Postgres>,
    finished: bool,
}

impl Drop for Held {
    fn drop(&mut self) {
        if !self.finished {
            self.connection.close_on_drop();
        }
    }
}

async fn copy<R: Row>(
    connection: &mut PgConnection,
    partition: Partition,
    buffer: CopyBuffer,
) -> Result<(), sqlx::Error> {
    let statement = format!("copy {} ({}) from stdin (format binary)", partition.table(), R::COLUMNS);
    let expected = buffer.rows() as u64;
    let mut copy = connection.copy_in_raw(&statement).await?;
    copy.send(buffer.finish()).await?;
    let copied = copy.finish().await?;
    debug_assert_eq!(copied, expected);
    Ok(())
}

fn accounts<R: Row>(group: &[&mut Submission<R>], claimed: &[Claimed]) -> Vec<AccountLine> {
    let mut lines: BTreeMap<(i32, i32, i64), AccountLine> = BTreeMap::new();
    for (submission, claim) in group.iter().zip(claimed) {
        let minute = submission.received_at.timestamp().div_euclid(60);
        let line = lines.entry((submission.project, submission.key, minute)).or_insert_with(|| AccountLine {
            project: submission.project,
            key: submission.key,
            minute,
            accounting: Default::default(),
        });
        line.accounting.add(&claim.accounting(&submission.fates));
    }
    lines.into_values().collect()
}
