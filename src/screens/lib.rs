//! The screens of Parallax: answers become pages made of kit parts and drawn charts.
//!
//! Runs on the server only. The browser gets finished words and drawings, so what a page shows is the same
//! with scripts and without, and the browser's share stays small however many screens there are.

mod about;
pub mod charts;
mod compose;
mod engineering;
mod explore;
mod page;
mod parts;
pub mod search;
pub mod words;

pub use compose::{PAGES, compose, compose_public, pattern_of, permission_of};
