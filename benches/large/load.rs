//! Puts the large data into a database: rows by the writer's own encoding, projections by the projector's own functions.
//! Built once and kept; a database that is complete has the table `complete`.

use super::operations;
use super::shop::{self, DAYS, Size};
use crate::process::block_on;
use chrono::{DateTime, Utc};
use clap::Parser;
use parallax_domain::Signal;
use parallax_server::database::Database;
use parallax_server::database::partition::Partition;
use parallax_server::identity::projects;
use parallax_server::options::{CommandLine, Options};
use parallax_server::projection::chunk::{self, Chunk, Kind};
use parallax_server::projection::compact;
use parallax_server::projection::delta::Delta;
use parallax_server::projection::fold::{EventFold, LogFold, SpanFold};
use parallax_server::projection::timeline::Builder;
use parallax_server::record::Event;
use parallax_server::store::copy::CopyBuffer;
use parallax_server::store::rows::{Numbers, Place, Row, shard};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// A database with the large data in it.
pub struct Large {
    pub url: String,
    pub project: i32,
    pub size: Size,
    /// The same events as text, for other stores.
    pub events: PathBuf,
    pub spans: PathBuf,
}

/// Rows of one COPY.
const ROWS: usize = 20_000;
/// Of one fold of spans and log records, as if a projector had been that far behind.
const FOLD: u64 = 50_000;

impl Large {
    /// Opens the database of this many million events, spans and log records; fills it if it is not there.
    pub fn of_millions(millions: u64) -> Large {
        let server = std::env::var("PARALLAX_TEST_DATABASE_URL").expect("`cargo xtask bench` names a Postgres");
        let name = format!("large_{millions}m");
        let (before, query) = server.split_once('?').map_or((server.as_str(), ""), |(before, query)| (before, query));
        let url = format!("{}/{name}?{query}", &before[..before.rfind('/').expect("a URL with a database")]);
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/bench-data");
        std::fs::create_dir_all(&folder).expect("a folder");
        let mut large = Large {
            url,
            project: 0,
            size: Size { events: millions * 1_000_000 },
            events: folder.join(format!("events-{millions}m.csv")),
            spans: folder.join(format!("spans-{millions}m.csv")),
        };
        block_on(async {
            let mut admin = PgConnection::connect(&server).await.expect("the Postgres of the bench");
            let known: bool = sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
                .bind(&name)
                .fetch_one(&mut admin)
                .await
                .expect("databases");
            if known {
                let mut own = PgConnection::connect(&large.url).await.expect("the database");
                let complete: bool = sqlx::query_scalar("select to_regclass('complete') is not null")
                    .fetch_one(&mut own)
                    .await
                    .expect("a table");
                if complete {
                    large.project = sqlx::query_scalar("select id from project where name = 'Large'")
                        .fetch_one(&mut own)
                        .await
                        .expect("project");
                    return;
                }
                own.close().await.ok();
                sqlx::query(AssertSqlSafe(format!("drop database {name}"))).execute(&mut admin).await.expect("drop");
            }
            sqlx::query(AssertSqlSafe(format!("create database {name}"))).execute(&mut admin).await.expect("create");
            large.fill().await;
        });
        large
    }

    async fn fill(&mut self) {
        let database = Database::open(&options(&self.url, 512)).await.expect("opens");
        database.migrate().await.expect("migrates");
        self.project = projects::create(&database, "Large", "UTC", "learn").await.expect("project");
        let mut connection = PgConnection::connect(&self.url).await.expect("connects");
        let since = Instant::now();
        self.people(&mut connection).await;
        let rows = self.fill_events(&mut connection).await;
        println!("large: {rows} events in {:.0} s", since.elapsed().as_secs_f64());
        let since = Instant::now();
        self.fill_spans(&mut connection).await;
        println!("large: {} spans in {:.0} s", self.size.events, since.elapsed().as_secs_f64());
        let since = Instant::now();
        self.fill_logs(&mut connection).await;
        println!("large: {} log records in {:.0} s", self.size.events, since.elapsed().as_secs_f64());
        while compact::settle(&database, Duration::ZERO).await.expect("compaction") > 0 {}
        for sql in ["vacuum (freeze, analyze)", "checkpoint", "create table complete ()"] {
            sqlx::query(sql).execute(&mut connection).await.expect(sql);
        }
        database.close().await;
    }

    async fn people(&self, connection: &mut PgConnection) {
        let (people, anonymous) = (self.size.people() as i32, self.size.anonymous() as i32);
        sqlx::query(
            "insert into subject (project, number, ref, kind, person, first_seen) \
             select $1, n, gen_random_uuid(), case when n > $2 then 1 else 0 end, case when n > $2 then (n - $2 - 1) * 10 + 1 else n end, $4 \
             from generate_series(1, $3) n",
        )
        .bind(self.project)
        .bind(people)
        .bind(people + anonymous)
        .bind(shop::start())
        .execute(&mut *connection)
        .await
        .expect("subjects");
        sqlx::query("insert into reassignment (project, number, person) select project, number, person from subject where person <> number")
            .execute(&mut *connection)
            .await
            .expect("reassignments");
        sqlx::query("update project set next_subject = $2 where id = $1")
            .bind(self.project)
            .bind(people + anonymous + 1)
            .execute(connection)
            .await
            .expect("the next number");
    }

    async fn fill_events(&self, connection: &mut PgConnection) -> u64 {
        let mut text = std::io::BufWriter::new(std::fs::File::create(&self.events).expect("a file"));
        let (mut seq, mut rows) = (1i64 << 20, 0);
        for day in 0..DAYS {
            let start = shop::start() + chrono::Duration::days(day);
            let events = shop::day(self.size, day);
            rows += events.len() as u64;
            let (late, timely): (Vec<_>, Vec<_>) = events.into_iter().partition(|(_, late)| *late);
            for (tier, part) in [(compact::HIGHEST, timely), (compact::HIGHEST - 1, late)] {
                let mut builder = Builder::default();
                let part: Vec<Event> = part.into_iter().map(|(event, _)| event).collect();
                for event in &part {
                    let place = self.place(&mut seq, event.at);
                    builder.push(&EventFold::of(event, place));
                    self.write(&mut text, event, place.seq);
                }
                seq -= part.len() as i64;
                self.copy(connection, &part, &mut seq).await;
                let parts = compact::timeline_parts(&builder.finish(), start, chrono_tz::UTC);
                let chunks: Vec<Chunk> = parts
                    .into_iter()
                    .map(|(part, rows, body)| Chunk {
                        project: self.project,
                        kind: Kind::Timeline,
                        part,
                        period: start,
                        tier,
                        seq: day * 2 + i64::from(tier < compact::HIGHEST) + 1,
                        rows,
                        body,
                    })
                    .collect();
                chunk::insert(connection, &chunks).await.expect("chunks");
            }
        }
        rows
    }

    /// Person (the one whom merged subjects stand for), time, order and what questions ask about.
    fn write(&self, text: &mut impl Write, event: &Event, seq: i64) {
        let people = self.size.people() as i32;
        let subject = event.who.subject.unwrap_or(0);
        let person = if subject > people { (subject - people - 1) * 10 + 1 } else { subject };
        let scalar = |name: &str| {
            event.scalars.iter().find(|(known, _)| known == name).map(|(_, value)| value.text()).unwrap_or_default()
        };
        let context = &event.context;
        let word = |value: &Option<String>| value.clone().unwrap_or_default();
        writeln!(
            text,
            "{person},{},{seq},{},{},{},{},{},{},{},{},{},{}",
            event.at.timestamp_millis(),
            event.name,
            word(&context.country),
            word(&context.device),
            word(&context.browser),
            word(&context.campaign_source),
            word(&context.url_path),
            scalar("item"),
            scalar("price"),
            scalar("plan"),
            event.who.session.unwrap_or(0),
        )
        .expect("a line");
    }

    async fn fill_spans(&self, connection: &mut PgConnection) {
        let mut text = std::io::BufWriter::new(std::fs::File::create(&self.spans).expect("a file"));
        let traces = self.size.events / operations::OF_A_TRACE;
        let (mut seq, mut tick) = (1i64 << 50, 1 << 20);
        let step = FOLD / operations::OF_A_TRACE;
        for from in (0..traces).step_by(step as usize) {
            let spans = operations::spans(last_day(), from, (from + step).min(traces), traces);
            let mut delta = Delta::default();
            for span in &spans {
                delta.span(self.project, &SpanFold::of(span, self.place(&mut seq, span.at)));
                writeln!(text, "{},{},{}", span.operation, span.at.timestamp_micros(), span.duration).expect("a line");
            }
            seq -= spans.len() as i64;
            self.copy(connection, &spans, &mut seq).await;
            tick += 1;
            chunk::insert(connection, &delta.chunks(tick)).await.expect("chunks");
            delta.findings.write(connection).await.expect("traces");
        }
    }

    async fn fill_logs(&self, connection: &mut PgConnection) {
        let (mut seq, mut tick) = (1i64 << 55, 1 << 21);
        for from in (0..self.size.events).step_by(FOLD as usize) {
            let logs = operations::logs(last_day(), from, (from + FOLD).min(self.size.events), self.size.events);
            let mut delta = Delta::default();
            for log in &logs {
                delta.log(self.project, &LogFold::of(log, self.place(&mut seq, log.at)));
            }
            seq -= logs.len() as i64;
            self.copy(connection, &logs, &mut seq).await;
            tick += 1;
            chunk::insert(connection, &delta.chunks(tick)).await.expect("chunks");
        }
    }

    fn place(&self, seq: &mut i64, at: DateTime<Utc>) -> Place {
        let place = Place { project: self.project, seq: *seq, received_at: at, numbers: Numbers::default() };
        *seq += 1;
        place
    }

    /// Rows of one day into its partition.
    async fn copy<R: Row>(&self, connection: &mut PgConnection, rows: &[R], seq: &mut i64) {
        let Some(first) = rows.first() else { return };
        let partition = Partition::of(R::SIGNAL, self.project, first.at());
        partition.ensure(connection).await.expect("a partition");
        for some in rows.chunks(ROWS) {
            let mut buffer = CopyBuffer::default();
            for row in some {
                assert_eq!(Partition::of(R::SIGNAL, self.project, row.at()), partition, "one day at a time");
                row.encode(&mut buffer, self.place(seq, row.at()));
            }
            let statement = format!("copy {} ({}) from stdin (format binary)", partition.table(), R::COLUMNS);
            let mut copy = connection.copy_in_raw(&statement).await.expect("copy");
            copy.send(buffer.finish()).await.expect("rows");
            copy.finish().await.expect("the end");
        }
    }

    /// Bytes of projections per event, and of raw rows.
    pub async fn bytes(&self) -> (f64, f64) {
        let mut connection = PgConnection::connect(&self.url).await.expect("connects");
        let chunks: i64 = sqlx::query_scalar(
            "select sum(octet_length(body))::bigint from chunk where shard = $1 and project = $2 and kind = 1",
        )
        .bind(shard(self.project))
        .bind(self.project)
        .fetch_one(&mut connection)
        .await
        .expect("bytes");
        let raw: i64 =
            sqlx::query_scalar("select sum(pg_table_size(relid))::bigint from pg_partition_tree($1) where isleaf")
                .bind(format!("{}_p{}", Signal::Event.word(), self.project))
                .fetch_one(&mut connection)
                .await
                .expect("bytes");
        let events: i64 = sqlx::query_scalar("select sum(rows)::bigint from chunk where kind = 1 and part = 'core'")
            .fetch_one(&mut connection)
            .await
            .expect("rows");
        (chunks as f64 / events as f64, raw as f64 / events as f64)
    }
}

pub fn options(url: &str, memory: u64) -> Options {
    CommandLine::parse_from(["parallax", "--database-url", url, "--memory", &memory.to_string()]).options
}

/// Spans and log records are of this day.
pub fn last_day() -> DateTime<Utc> {
    shop::start() + chrono::Duration::days(DAYS - 1)
}
