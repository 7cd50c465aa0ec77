//! Product events of one day as columns, sorted by subject and time: what funnels, retention, paths and
//! every other question about people are answered from.
//!
//! A column keeps each value once in a dictionary of its own, so a chunk needs nothing beside it. Rows of
//! people who were merged later stay where they are: readers map subjects to people.

mod codec;
mod column;
mod ids;
pub mod presence;
mod table;

pub use codec::{decode_column, decode_core, decode_everything, decode_part, decode_some, encode, encode_everything};
pub use column::{Column, Values};
pub use ids::Ids;
pub use table::{Builder, DAY, Table, merge, only};

/// Who, when, what, in which category. Every chunk has it.
pub const CORE: &str = "core";
pub const SESSION: &str = "session";
pub const REVENUE: &str = "revenue";
pub const CURRENCY: &str = "currency";
pub const WEIGHT: &str = "weight";

/// The part that holds this field of the contract, or of an event's properties.
pub fn part_of(field: &str) -> String {
    if crate::projection::fold::DIMENSIONS.contains(&field) || field.starts_with("properties.") {
        field.to_owned()
    } else {
        format!("properties.{field}")
    }
}
