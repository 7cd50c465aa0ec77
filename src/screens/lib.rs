//! The screens of Parallax: answers become pages made of kit parts and drawn charts.
//!
//! Runs on the server only. The browser gets finished words and drawings, so what a page shows is the same
//! with scripts and without, and the browser's share stays small however many screens there are.

mod about;
mod admin;
mod applied;
mod calendar;
pub mod charts;
mod compose;
mod definitions;
mod engineering;
mod executive;
mod explore;
mod forms;
mod gallery;
mod marketing;
pub mod memory;
mod page;
mod parts;
mod product;
mod public;
mod reading;
pub mod saved;
pub mod search;
mod sorting;
mod start;
mod support;
pub mod tables;
pub mod words;

pub use compose::{PAGES, compose, pattern_of, permission_of};
pub use public::compose_public;
