//! The words of Parallax.
//!
//! What the machine answers and the screens show, as plain data: events and signals, periods and
//! filters, questions with their answers and the quality of each answer, roles and permissions,
//! consent, outcomes, and the parts a screen is made of. Serde and chrono only: no I/O, no views,
//! nothing that differs between server and browser.

pub mod address;
pub mod category;
pub mod filter;
pub mod outcome;
pub mod period;
pub mod problem;
pub mod quality;
pub mod question;
pub mod role;
pub mod screen;
pub mod signal;

pub use address::Address;
pub use category::Category;
pub use filter::{Filter, Op};
pub use outcome::{Accounting, Outcome};
pub use period::{Comparison, Interval, Period};
pub use problem::{Kind, Problem};
pub use quality::Quality;
pub use role::{Permission, Role};
pub use signal::{Severity, Signal};

/// Every instant is kept and exchanged in UTC.
pub type Instant = chrono::DateTime<chrono::Utc>;
