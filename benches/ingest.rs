//! Processor time per OTLP span, from the socket to the committed and folded row, against the least that
//! Postgres needs for the same rows: a binary COPY of them, encoded beforehand, into the same tables.

use crate::figure::{Figure, quantile};
use crate::process::block_on;
use crate::program::Program;
use crate::telemetry;
use chrono::Utc;
use futures_util::TryStreamExt;
use sqlx::postgres::PgPoolCopyExt;
use sqlx::{Connection, PgConnection};

const SPANS: usize = 400_000;
/// Each side is measured so often, and the middle counts: what else the machine and Postgres' housekeeping do falls
/// on some rounds only.
const ROUNDS: usize = 5;
/// Of the simulated company: so busy that these spans are those of some hours, as a stream is, and not of a week.
const SCALE: f64 = 40.0;
/// Senders at once.
const SENDERS: usize = 4;

pub fn measure() -> Vec<Figure> {
    let (bodies, spans) = telemetry::spans(SPANS, Utc::now(), SCALE);
    let bytes: usize = bodies.iter().map(Vec::len).sum();
    println!("ingest: {spans} spans in {} requests, {} KiB", bodies.len(), bytes >> 10);
    let program = Program::start(&["--own-telemetry", "off"]);
    // A first part of other spans warms plans, caches and partitions.
    let (first, rest) = bodies.split_at(bodies.len() / 10);
    send(&program, first);
    program.settle();
    let (mut own, mut postgres, mut rate) = (Vec::new(), Vec::new(), Vec::new());
    for part in rest.chunks(rest.len().div_ceil(ROUNDS)) {
        let measured = spans as f64 * part.len() as f64 / bodies.len() as f64;
        let before = program.cpu();
        let since = std::time::Instant::now();
        send(&program, part);
        rate.push(measured / since.elapsed().as_secs_f64());
        program.settle();
        let after = program.cpu();
        own.push((after.0 - before.0) * 1e6 / measured);
        postgres.push((after.1 - before.1) * 1e6 / measured);
    }
    let (own, postgres, rate) = (quantile(&mut own, 0.5), quantile(&mut postgres, 0.5), quantile(&mut rate, 0.5));
    let copy = block_on(copied(&program));
    let total = own + postgres;
    let note = format!(
        "{total:.1} µs a span (Parallax {own:.1}, Postgres {postgres:.1}; {rate:.0} spans/s on this machine) against {copy:.1} µs by COPY; \
         middle of {ROUNDS} rounds each"
    );
    vec![Figure {
        name: "OTLP span against COPY",
        value: total / copy,
        unit: "x",
        floor: Some(6.0),
        aim: Some(3.0),
        note,
    }]
}

fn send(program: &Program, bodies: &[Vec<u8>]) {
    std::thread::scope(|scope| {
        for sender in 0..SENDERS {
            scope.spawn(move || {
                for body in bodies.iter().skip(sender).step_by(SENDERS) {
                    program.send("/v1/traces", "application/x-protobuf", body);
                }
            });
        }
    });
}

/// Microseconds of processor time per row of copying the stored spans out of and into the same tables.
async fn copied(program: &Program) -> f64 {
    let pool = sqlx::PgPool::connect(&program.database).await.expect("the database");
    let leaves: Vec<String> = sqlx::query_scalar(
        "select c.oid::regclass::text from pg_class c where c.relkind = 'r' and c.relname like 'span\\_p%' order by 1",
    )
    .fetch_all(&pool)
    .await
    .expect("leaves");
    let mut encoded = Vec::new();
    let mut rows = 0_i64;
    for leaf in leaves {
        let bytes: Vec<u8> = pool
            .copy_out_raw(&format!("copy {leaf} to stdout (format binary)"))
            .await
            .expect("copy out")
            .try_fold(Vec::new(), |mut all, part| async move {
                all.extend_from_slice(&part);
                Ok(all)
            })
            .await
            .expect("copy out");
        rows += sqlx::query_scalar::<_, i64>(sqlx::AssertSqlSafe(format!("select count(*) from {leaf}")))
            .fetch_one(&pool)
            .await
            .expect("count");
        encoded.push((leaf, bytes));
    }
    pool.close().await;
    let mut connection = PgConnection::connect(&program.database).await.expect("the database");
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        for (leaf, _) in &encoded {
            let empty = sqlx::AssertSqlSafe(format!("truncate {leaf}"));
            sqlx::query(empty).execute(&mut connection).await.expect("truncate");
        }
        let before = program.cpu().1;
        for (leaf, bytes) in &encoded {
            let mut copy =
                connection.copy_in_raw(&format!("copy {leaf} from stdin (format binary)")).await.expect("copy in");
            for part in bytes.chunks(1 << 18) {
                copy.send(part).await.expect("copy in");
            }
            copy.finish().await.expect("copy in");
        }
        times.push((program.cpu().1 - before) * 1e6 / rows as f64);
    }
    connection.close().await.expect("close");
    quantile(&mut times, 0.5)
}
