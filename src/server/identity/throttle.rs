//! Slows down guessing: per account exponentially, per network by count. Nobody is locked out for good,
//! because that would be an attack of its own.

use parallax_domain::{Kind, Problem};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

const FREE: u32 = 5;
const LONGEST: Duration = Duration::from_secs(15 * 60);
const PER_NETWORK_AND_MINUTE: u32 = 20;
/// Guesses are remembered for so many accounts and networks; a flood forgets the oldest.
const REMEMBERED: usize = 50_000;

#[derive(Default)]
pub struct Throttle {
    accounts: Mutex<HashMap<String, (u32, Instant)>>,
    networks: Mutex<HashMap<Vec<u8>, (u32, Instant)>>,
}

impl Throttle {
    pub fn try_again(&self, email: &str, address: Option<IpAddr>) -> Result<(), Problem> {
        let now = Instant::now();
        let wait = self.accounts.lock().get(email).and_then(|(failures, last)| {
            let pause = Duration::from_secs(1u64 << (failures.checked_sub(FREE)?).min(10)).min(LONGEST);
            pause.checked_sub(now.duration_since(*last))
        });
        let crowded = address.map(network).is_some_and(|network| {
            self.networks.lock().get(&network).is_some_and(|(count, since)| {
                *count >= PER_NETWORK_AND_MINUTE && now.duration_since(*since) < Duration::from_secs(60)
            })
        });
        let wait = wait.or_else(|| crowded.then_some(Duration::from_secs(30)));
        match wait {
            Some(wait) => {
                let seconds = wait.as_secs().max(1) as u32;
                let detail = format!("Too many tries. The next one counts in {seconds} s.");
                Err(Problem { retry_after: Some(seconds), ..Problem::new(Kind::TooMany, detail) })
            }
            None => Ok(()),
        }
    }

    pub fn failed(&self, email: &str, address: Option<IpAddr>) {
        let now = Instant::now();
        let mut accounts = self.accounts.lock();
        if accounts.len() >= REMEMBERED {
            accounts.clear();
        }
        let entry = accounts.entry(email.to_owned()).or_insert((0, now));
        *entry = (entry.0 + 1, now);
        if let Some(address) = address {
            let mut networks = self.networks.lock();
            if networks.len() >= REMEMBERED {
                networks.clear();
            }
            let entry = networks.entry(network(address)).or_insert((0, now));
            if now.duration_since(entry.1) >= Duration::from_secs(60) {
                *entry = (0, now);
            }
            entry.0 += 1;
        }
    }

    pub fn succeeded(&self, email: &str) {
        self.accounts.lock().remove(email);
    }
}

/// IPv4 /24, IPv6 /56.
fn network(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets()[..3].to_vec(),
        IpAddr::V6(address) => address.octets()[..7].to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sixth_wrong_guess_has_to_wait_and_the_right_one_clears_it() {
        let throttle = Throttle::default();
        for _ in 0..FREE {
            assert!(throttle.try_again("a@b.example", None).is_ok());
            throttle.failed("a@b.example", None);
        }
        assert_eq!(throttle.try_again("a@b.example", None).unwrap_err().kind, Kind::TooMany);
        assert!(throttle.try_again("c@d.example", None).is_ok());
        throttle.succeeded("a@b.example");
        assert!(throttle.try_again("a@b.example", None).is_ok());
    }

    #[test]
    fn many_accounts_from_one_network_have_to_wait() {
        let throttle = Throttle::default();
        let address: IpAddr = "192.0.2.7".parse().unwrap();
        for n in 0..PER_NETWORK_AND_MINUTE {
            throttle.failed(&format!("{n}@b.example"), Some(address));
        }
        assert!(throttle.try_again("new@b.example", Some("192.0.2.99".parse().unwrap())).is_err());
        assert!(throttle.try_again("new@b.example", Some("198.51.100.1".parse().unwrap())).is_ok());
    }
}
