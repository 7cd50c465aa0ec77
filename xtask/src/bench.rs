//! `cargo xtask bench`: the benches, on a Postgres that keeps its promises to the disk.

use crate::command::{cargo, run};
use crate::postgres::{Care, Cluster};
use anyhow::Result;

/// Runs all benches, or the one called `name`.
pub fn bench(name: Option<&str>) -> Result<()> {
    let cluster = Cluster::start("bench", Care::Durable)?;
    let mut command = cargo(&["bench", "--features", "ssr", "--bench", "figures", "--"]);
    run(command.args(name).env("PARALLAX_TEST_DATABASE_URL", cluster.url()))
}
