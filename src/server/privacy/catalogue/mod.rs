//! The catalogue: what may be collected, why, who answers for it, how long it is kept, and what is done to its values.
//!
//! An entry describes the name of an event or metric, or a field of the records of one signal. What comes from a sender
//! and stands in no entry is *proposed*: in a project that learns its values are kept for 30 days, in a strict one they
//! are not stored (contract rule A1).

pub mod action;
pub mod entry;
pub mod file;
pub mod lint;
pub mod propose;
pub mod shape;
pub mod starter;
mod table;

pub use action::Action;
pub use entry::{Entry, Item, Key, LegalBasis, Sensitivity, State, ValueType, day};
pub(in crate::privacy) use table::read;
pub use table::{FieldRow, Saved, ShapeRow, declare, entries, list, put, restore, set_state, shapes};
