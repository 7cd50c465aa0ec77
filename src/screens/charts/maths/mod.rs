//! Maths of the charts: figures in, positions out. Nothing here knows markup.
//!
//! Positions are fractions of a plot, 0 at the left and at the top, unless something else is said.

pub mod flow;
pub mod layers;
pub mod measure;
pub mod path;
pub mod place;
pub mod scale;
pub mod shade;
pub mod spread;
pub mod ticks;
pub mod time;
pub mod tree;
