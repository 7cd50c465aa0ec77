//! Sharing the work of one answer between the processors.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Does the work for every place below `count` and gives the results in order. Blocks; at most as many threads as
/// there are processors.
pub fn share<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let threads = thread::available_parallelism().map_or(1, usize::from).min(count);
    if threads <= 1 {
        return (0..count).map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let run = || {
        let mut done = Vec::new();
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            if place >= count {
                return done;
            }
            done.push((place, work(place)));
        }
    };
    let mut all: Vec<(usize, T)> = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(run)).collect();
        let mut all = run();
        for other in others {
            match other.join() {
                Ok(done) => all.extend(done),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all
    });
    all.sort_by_key(|(place, _)| *place);
    all.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn results_are_in_order_whoever_did_the_work() {
        assert_eq!(super::share(100, |place| place * 2), (0..100).map(|place| place * 2).collect::<Vec<_>>());
        assert!(super::share(0, |place| place).is_empty());
    }
}
