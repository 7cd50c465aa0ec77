//! Whether the database answers. After three failures in five seconds doors refuse at once instead of
//! queueing, and one probe a second finds out when it is back.

use chrono::{DateTime, Utc};
use parking_lot::Mutex;
use std::time::{Duration, Instant};

#[derive(Default)]
pub struct Availability {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    failures: Vec<Instant>,
    away_since: Option<DateTime<Utc>>,
    last_probe: Option<Instant>,
}

impl Availability {
    pub fn down(&self) {
        let mut state = self.state.lock();
        let now = Instant::now();
        state.failures.retain(|failure| now.duration_since(*failure) < Duration::from_secs(5));
        state.failures.push(now);
        if state.failures.len() >= 3 && state.away_since.is_none() {
            state.away_since = Some(Utc::now());
            tracing::error!("the database is away");
        }
    }

    pub fn up(&self) {
        let mut state = self.state.lock();
        state.failures.clear();
        if state.away_since.take().is_some() {
            tracing::info!("the database is back");
        }
    }

    pub fn away_since(&self) -> Option<DateTime<Utc>> {
        self.state.lock().away_since
    }

    /// Whether a request may try: always while the database is there, once a second while it is away.
    pub fn may_try(&self) -> bool {
        let mut state = self.state.lock();
        if state.away_since.is_none() {
            return true;
        }
        let now = Instant::now();
        let due = state.last_probe.is_none_or(|last| now.duration_since(last) >= Duration::from_secs(1));
        if due {
            state.last_probe = Some(now);
        }
        due
    }
}
