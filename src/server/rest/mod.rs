//! The public JSON API: the same questions as the screens.

pub mod answer;
