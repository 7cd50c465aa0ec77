//! The time of receipt. Tests hold their own clock; the program uses the machine's.

use chrono::{DateTime, TimeZone, Utc};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

#[derive(Clone, Default)]
pub struct Clock {
    /// Microseconds since 1970, when the clock is held; zero while it runs.
    held: Arc<AtomicI64>,
}

impl Clock {
    pub fn now(&self) -> DateTime<Utc> {
        match self.held.load(Ordering::Relaxed) {
            0 => Utc::now(),
            micros => Utc.timestamp_micros(micros).single().unwrap_or_else(Utc::now),
        }
    }

    /// Stops the clock at this instant.
    pub fn hold(&self, at: DateTime<Utc>) {
        self.held.store(at.timestamp_micros(), Ordering::Relaxed);
    }
}
