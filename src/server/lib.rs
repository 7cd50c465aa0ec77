//! The machine of Parallax: takes telemetry in, keeps it in Postgres, answers questions about it.
//!
//! It knows nothing of the screens. `ingest` turns wire formats into records and passes them through the
//! gate of `privacy`; `store` commits them and is the only place with SQL over telemetry; `projection`
//! folds them; `engine` and `store` answer questions; `identity` knows who asks.

#![recursion_limit = "256"]

pub mod admin;
pub mod backup;
pub mod boot;
pub mod centre;
pub mod check;
pub mod clock;
pub mod command;
pub mod database;
pub mod delivery;
pub mod demo;
pub mod engine;
pub mod erasure;
pub mod identity;
pub mod ingest;
pub mod intake;
pub mod jobs;
pub mod keyring;
pub mod machine;
pub mod network;
pub mod options;
pub mod own;
pub mod privacy;
pub mod projection;
pub mod record;
pub mod rest;
pub mod retention;
pub mod serve;
pub mod site;
pub mod store;
pub mod transparency;
pub mod views;

pub use machine::Machine;
