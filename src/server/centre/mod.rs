//! The personal privacy centre: without an account of ours, by a signed link of the host application or by the receipt of a
//! decision, a person sees, takes along, and erases what is recorded, and decides anew.

pub mod choice;
pub mod entries;
pub mod link;
mod visit;

pub use visit::{Visit, close, enter_by_link, enter_by_receipt, of_token};
