//! Processes of this machine, and waiting for what is asynchronous.

/// Fields of proc(5) from the third on.
pub fn stat(pid: u32) -> Option<Vec<String>> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    Some(text.rsplit(") ").next()?.split(' ').map(str::to_owned).collect())
}

/// User and system time of a process (proc(5), fields 14 and 15, in ticks of 1/100 s), with that of its children that ended.
pub fn seconds_of(pid: u32) -> f64 {
    let fields = stat(pid).unwrap_or_default();
    let ticks: f64 =
        fields.get(11..15).map_or(0.0, |times| times.iter().filter_map(|time| time.parse::<f64>().ok()).sum());
    ticks / 100.0
}

pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}
