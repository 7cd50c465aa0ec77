//! Passwords: argon2id, at most two at a time, at most sixteen waiting.

use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use parallax_domain::{Kind, Problem};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Semaphore;

pub const SHORTEST: usize = 10;
pub const LONGEST: usize = 256;
const AT_ONCE: usize = 2;
const WAITING: usize = 16;

/// Too common to be tried last by anybody who guesses.
const COMMON: [&str; 24] = [
    "1234567890",
    "password123",
    "password1234",
    "passwordpassword",
    "qwertyuiop",
    "qwerty12345",
    "0987654321",
    "1111111111",
    "0000000000",
    "iloveyou123",
    "administrator",
    "adminadmin",
    "letmein1234",
    "welcome123",
    "welcome1234",
    "changeme123",
    "1q2w3e4r5t",
    "1qaz2wsx3edc",
    "abcdefghij",
    "abc1234567",
    "parallax123",
    "passw0rd123",
    "p@ssw0rd123",
    "asdfghjkl123",
];

#[derive(Clone)]
pub struct Passwords {
    places: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    /// Verified for unknown people, so that they take as long as known ones.
    decoy: Arc<str>,
}

impl Passwords {
    pub fn new() -> Passwords {
        let decoy = hash_now("nobody's password").unwrap_or_default();
        Passwords { places: Arc::new(Semaphore::new(AT_ONCE)), waiting: Arc::default(), decoy: decoy.into() }
    }

    /// Long enough and not among the most common; nothing else is demanded (ASVS 6.2).
    pub fn acceptable(password: &str) -> Result<(), Problem> {
        if password.chars().count() < SHORTEST {
            return Err(Problem::invalid("password", format!("A password has at least {SHORTEST} characters.")));
        }
        if password.len() > LONGEST {
            return Err(Problem::invalid("password", format!("A password has at most {LONGEST} bytes.")));
        }
        if COMMON.contains(&password.to_ascii_lowercase().as_str()) {
            return Err(Problem::invalid("password", "This password is one of the first that anybody would try."));
        }
        Ok(())
    }

    pub async fn hash(&self, password: &str) -> Result<String, Problem> {
        let password = password.to_owned();
        self.work(move || hash_now(&password))
            .await?
            .ok_or_else(|| Problem::unavailable("The password could not be hashed."))
    }

    /// Whether the password fits; without a hash it takes as long and never fits.
    pub async fn fits(&self, password: &str, hash: Option<&str>) -> Result<bool, Problem> {
        let known = hash.is_some();
        let hash = hash.map_or_else(|| self.decoy.clone(), Arc::from);
        let password = password.to_owned();
        let fits = self
            .work(move || {
                let Ok(parsed) = argon2::password_hash::phc::PasswordHash::new(&hash) else { return false };
                Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok()
            })
            .await?;
        Ok(fits && known)
    }

    async fn work<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= WAITING {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            let busy = Problem::new(Kind::TooMany, "Too many people are signing in right now. Try again in a moment.");
            return Err(Problem { retry_after: Some(2), ..busy });
        }
        let place = self.places.acquire().await;
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        let _place = place.map_err(|_| Problem::unavailable("The server is shutting down."))?;
        tokio::task::spawn_blocking(job).await.map_err(|_| Problem::unavailable("The password could not be checked."))
    }
}

impl Default for Passwords {
    fn default() -> Self {
        Passwords::new()
    }
}

fn hash_now(password: &str) -> Option<String> {
    Argon2::default().hash_password(password.as_bytes()).ok().map(|hash| hash.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_fits_its_own_hash_only() {
        let passwords = Passwords::new();
        let hash = passwords.hash("correct horse battery").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.fits("correct horse battery", Some(&hash)).await.unwrap());
        assert!(!passwords.fits("correct horse batterx", Some(&hash)).await.unwrap());
        assert!(!passwords.fits("nobody's password", None).await.unwrap());
    }

    #[test]
    fn short_and_common_passwords_are_refused() {
        assert!(Passwords::acceptable("short").is_err());
        assert!(Passwords::acceptable("Password123").is_err());
        assert!(Passwords::acceptable("correct horse battery").is_ok());
    }
}
