//! Charts: data in, finished markup out. Pure functions of the server, readable without scripts.
//!
//! Three kinds of file. `maths/` turns figures into positions and knows no markup. Each other file draws one form and
//! knows no question and no dashboard. Meaning (which question, which form, which words) is the caller's.
//!
//! Full charts are a `<figure class="chart">` with a sentence, an `<svg role="img">` with title and description, a foot
//! line and the real table; small ones are a `String` for a cell or a line of text. Labels are data of senders and are
//! always escaped; links stay inside. The page brings the sprite with `#hatch` and the icons.

mod account;
mod attribution;
mod bar_list;
mod columns;
mod figure;
mod flow;
mod funnel;
mod heat;
mod histogram;
mod hue;
mod inline;
mod lane;
mod line;
mod map;
mod marks;
pub mod maths;
#[cfg(test)]
mod palette;
mod parts;
mod pen;
mod person;
mod plot;
mod retention;
mod scatter;
mod series;
mod spark;
mod stack;
mod story;
mod waterfall;

pub use account::Account;
pub use attribution::{Attribution, Channel};
pub use bar_list::{BarList, BarRow};
pub use columns::{Column, Columns};
pub use figure::{About, Key, Swatch};
pub use flow::{Flow, FlowLink, FlowNode, FlowStep};
pub use funnel::{Cause, Funnel, FunnelStep};
pub use heat::HeatMap;
pub use histogram::{Bin, Histogram, Quantile};
pub use hue::Hue;
pub use inline::{InlineBar, Interval, Reached, attribution, bullet, clocks, coverage, delta, dumbbell};
pub use lane::Flag;
pub use line::{Highlight, Hole, TimeAxis, TimeSeries};
pub use map::{MapEdge, MapNode, ServiceMap};
pub use maths::time::TimeLabel;
pub use parts::{Part, Parts, seen};
pub use person::{Entry, Person, RugLane, Weight};
pub use plot::Labels;
pub use retention::{Back, Cohort, Retention};
pub use scatter::{Scatter, ScatterDot, Zone};
pub use series::{Exemplar, Form, Line, Series, Threshold};
pub use spark::{SmallBars, Spark};
pub use stack::{Stack, StackPlot};
pub use story::{Beat, Story, StoryLane};
pub use waterfall::{SpanRow, Waterfall};
