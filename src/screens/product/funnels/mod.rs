//! Funnels: the saved ones, the builder, one with its result, and the page that a link shows.

mod builder;
mod causes;
pub mod list;
mod loss;
mod people;
mod result;
mod rule;
mod saving;
pub mod shared;
pub mod view;
