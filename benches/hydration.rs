//! How long taking over a page keeps a browser busy, against a page as heavy with nothing to take over.

use crate::figure::Figure;
use crate::program::Program;
use serde_json::Value;
use std::process::Command;

pub fn measure() -> Vec<Figure> {
    let program = Program::start(&["--own-telemetry", "off"]);
    let session = program.session();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/end2end/support/hydration.mjs");
    let output = Command::new("node")
        .args([script, program.address(), session.trim_start_matches("sid=")])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/end2end"))
        .output()
        .expect("node runs the browser");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout).expect("the script prints JSON");
    let number = |key: &str| told[key].as_f64().expect(key);
    let (whole, inert) = (number("whole"), number("inert"));
    let note = format!(
        "long tasks {whole:.0} ms for the gallery, {inert:.0} ms for a page as heavy without parts; middle of 7 loads each"
    );
    vec![Figure {
        name: "Hydration against an empty page",
        value: whole / inert.max(1.0),
        unit: "x",
        floor: Some(2.0),
        aim: None,
        note,
    }]
}
