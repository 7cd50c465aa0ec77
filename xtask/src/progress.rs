//! Plain lines that say what is being done, with the seconds since the start.

use std::fmt::Display;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

static STARTED: LazyLock<Instant> = LazyLock::new(Instant::now);

/// One line on stderr: `[  12.3 s] text`.
pub fn say(text: impl Display) {
    eprintln!("[{:6.1} s] {text}", STARTED.elapsed().as_secs_f64());
}

/// Seconds as people read them: `4.2 s`, `3 min 05 s`.
pub fn spelled(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 60 {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    }
}
