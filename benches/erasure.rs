//! One person is erased from 90 days of the demo.

use crate::figure::Figure;
use crate::process::block_on;
use crate::program::Program;
use std::time::Instant;

pub fn measure() -> Vec<Figure> {
    let program = Program::start(&["--own-telemetry", "off"]);
    println!("erasure: {}", program.command(&["demo", "load", "--days", "90", "--scale", "1"]));
    program.settle();
    let (project, person, records) = block_on(busiest(&program));
    let since = Instant::now();
    let receipt = program.command(&["erase", "--project", &project, "--subject", &person]);
    let seconds = since.elapsed().as_secs_f64();
    assert!(receipt.contains("\"rows_left\":0"), "{receipt}");
    vec![Figure {
        name: "One person erased, 90 days of the demo",
        value: seconds,
        unit: "s",
        floor: Some(60.0),
        aim: None,
        note: format!("the person with the most records, {records}; the command as a whole, beside a running server"),
    }]
}

/// The demo's person of whom most is stored.
async fn busiest(program: &Program) -> (String, String, i64) {
    let mut connection = program.connect().await;
    sqlx::query_as(
        "select project::text, 'p_' || replace(ref::text, '-', ''), records from ( \
             select p.id as project, s.ref, count(*) as records from project p \
             join event e on e.project = p.id join subject s on s.project = p.id and s.number = e.subject \
             where p.kind = 'demo' group by p.id, s.ref order by 3 desc limit 1) as most",
    )
    .fetch_one(&mut connection)
    .await
    .expect("somebody")
}
