//! Integration tests: the real doors, the real store, a database of its own for each test.
//!
//! They need a Postgres that may be filled with test databases: `cargo xtask test` starts one and names it
//! in `PARALLAX_TEST_DATABASE_URL`.

mod access;
mod api;
mod demo;
mod doors;
mod erasure;
mod home;
mod ingest;
mod kept;
mod pool;
mod privacy;
mod program;
mod questions;
mod retention;
mod store;
mod support;
mod trust;
