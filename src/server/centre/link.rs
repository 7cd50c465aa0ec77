//! Signed links into the privacy centre, made by the host application for the person who is signed in there.
//!
//! `/privacy/<payload>.<signature>`, both in base64url without padding. The payload is JSON with `key` (the number of a
//! write key), `user` or `anonymous` (the id as the application sends it) and `exp` (seconds since 1970, at most a day
//! ahead). The signature is HMAC-SHA256 over the payload's letters; its secret is SHA-256 of the 16 bytes that the key's
//! 32 hexadecimal digits spell. So the key itself never leaves the application, and is not kept here either.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use hmac::digest::KeyInit;
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// A link is for now: longer ones are refused.
pub const LONGEST: Duration = Duration::hours(24);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payload {
    pub key: i32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anonymous: Option<String>,
    /// Seconds since 1970.
    pub exp: i64,
}

/// Why a link does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It is cut, or was never one of ours.
    Unreadable,
    /// Its key is no write key in force, or did not sign it.
    Unsigned,
    Expired,
    /// It would be open for longer than a day.
    TooLong,
}

/// The last part of the path of a link.
pub fn made(secret: &[u8], payload: &Payload) -> String {
    // Serialising plain data has no way to fail.
    let payload = URL_SAFE_NO_PAD.encode(serde_json::to_string(payload).unwrap_or_default());
    let signature = URL_SAFE_NO_PAD.encode(mac(secret, &payload).finalize().into_bytes());
    format!("{payload}.{signature}")
}

/// The payload, not yet believed: it says whose signature has to be looked at.
pub fn read(token: &str) -> Result<Payload, Refused> {
    let (payload, _) = token.split_once('.').ok_or(Refused::Unreadable)?;
    let bytes = URL_SAFE_NO_PAD.decode(payload).map_err(|_| Refused::Unreadable)?;
    serde_json::from_slice(&bytes).map_err(|_| Refused::Unreadable)
}

/// Whether the holder of the secret made this link, for now.
pub fn verify(secret: &[u8], token: &str, now: DateTime<Utc>) -> Result<Payload, Refused> {
    let payload = read(token)?;
    let (letters, signature) = token.split_once('.').ok_or(Refused::Unreadable)?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| Refused::Unreadable)?;
    if secret.is_empty() || mac(secret, letters).verify_slice(&signature).is_err() {
        return Err(Refused::Unsigned);
    }
    let end = DateTime::from_timestamp(payload.exp, 0).ok_or(Refused::Unreadable)?;
    if end <= now {
        return Err(Refused::Expired);
    }
    if end > now + LONGEST {
        return Err(Refused::TooLong);
    }
    Ok(payload)
}

fn mac(secret: &[u8], letters: &str) -> Hmac<Sha256> {
    // HMAC fills a short key up with zeros to the 64 bytes of a block; done here, it takes the key without a Result.
    let block: [u8; 64] = std::array::from_fn(|index| secret.get(index).copied().unwrap_or_default());
    let mut mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
    mac.update(letters.as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-11-22T13:00:00Z".parse().unwrap()
    }

    fn payload(minutes: i64) -> Payload {
        let exp = (now() + Duration::minutes(minutes)).timestamp();
        Payload { key: 4, user: Some("customer_1".into()), anonymous: None, exp }
    }

    #[test]
    fn a_link_opens_until_it_expires_and_only_as_it_was_made() {
        let token = made(b"secret", &payload(10));
        assert_eq!(verify(b"secret", &token, now()), Ok(payload(10)));
        assert_eq!(verify(b"other", &token, now()), Err(Refused::Unsigned));
        assert_eq!(verify(b"", &token, now()), Err(Refused::Unsigned));
        assert_eq!(verify(b"secret", &token, now() + Duration::minutes(10)), Err(Refused::Expired));
        assert_eq!(verify(b"secret", &made(b"secret", &payload(25 * 60)), now()), Err(Refused::TooLong));
        let mut other = payload(10);
        other.user = Some("customer_2".into());
        let (forged, _) = made(b"guess", &other).split_once('.').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
        let (_, signature) = token.split_once('.').unwrap();
        assert_eq!(verify(b"secret", &format!("{forged}.{signature}"), now()), Err(Refused::Unsigned));
        for text in ["", ".", "a.b", "e30.x", &token[1..]] {
            assert!(verify(b"secret", text, now()).is_err(), "{text}");
        }
    }

    /// What the documented lines of Python give for the key `plx_write_00112233445566778899aabbccddeeff`.
    #[test]
    fn the_documented_lines_make_a_link_that_opens() {
        let secret = hex::decode("a8faed6abbf35c12a4b26e40f6feb19d736d90045c83b9f9a31f638d323e6811").unwrap();
        let token = "eyJrZXkiOiA0LCAidXNlciI6ICJjdXN0b21lcl8xIiwgImV4cCI6IDE3OTUzNTMwMDB9.N1d29l_q1wcqnCuqaIAkNWoFVPksKHSQsE2Z0KxvS3s";
        assert_eq!(verify(&secret, token, now()), Ok(payload(10)));
    }
}
