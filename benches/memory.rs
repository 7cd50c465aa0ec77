//! Memory of the idle program, with its own telemetry on.

use crate::figure::Figure;
use crate::program::Program;
use std::time::Duration;

pub fn measure() -> Vec<Figure> {
    let program = Program::start(&[]);
    std::thread::sleep(Duration::from_secs(20));
    let status = std::fs::read_to_string(format!("/proc/{}/status", program.pid())).expect("the process");
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
    let kibibytes: f64 = resident.trim().trim_end_matches(" kB").parse().expect("a number");
    let note = "resident, 20 s after start, own telemetry on, without Postgres".to_owned();
    vec![Figure {
        name: "Idle memory",
        value: kibibytes / 1024.0,
        unit: "MiB",
        floor: Some(120.0),
        aim: Some(60.0),
        note,
    }]
}
