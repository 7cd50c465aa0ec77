//! Names for people that tell nothing to whoever does not hold the key.
//!
//! A given identifier is replaced by a keyed hash with the secret of the project, which does not change (contract
//! rule A4). Only an identifier that the server makes up itself uses the salt of the day. What support may read
//! back is sealed with a key per person; erasing a person destroys that key.

use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use std::fmt;
use std::net::IpAddr;

/// 128 bits that stand for a person, a made-up visitor or an event.
pub type Reference = [u8; 16];

/// The secret of a project; lives as long as the project.
#[derive(Clone)]
pub struct ProjectSecret([u8; 32]);

impl ProjectSecret {
    pub fn new(bytes: [u8; 32]) -> ProjectSecret {
        ProjectSecret(bytes)
    }

    pub fn random() -> Result<ProjectSecret, SealError> {
        random_key().map(ProjectSecret)
    }

    /// For keeping it, nowhere else.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for ProjectSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProjectSecret(…)")
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    User,
    Anonymous,
    Session,
}

impl Subject {
    fn domain(self) -> &'static str {
        match self {
            Subject::User => "subject/user",
            Subject::Anonymous => "subject/anonymous",
            Subject::Session => "subject/session",
        }
    }
}

/// A fresh key for a person, a project or a day.
pub fn random_key() -> Result<[u8; 32], SealError> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(|_| SealError::Random)?;
    Ok(key)
}

/// The person that a sender calls `id`. The same text as user and as anonymous id are two subjects.
pub fn subject_ref(secret: &ProjectSecret, kind: Subject, id: &str) -> Reference {
    first(keyed(&secret.0, kind.domain(), &[id.as_bytes()]))
}

/// The same person or session, for as long as the secret of a day or week is kept and no longer.
pub fn rotating_ref(salt: &[u8; 32], project: i32, kind: Subject, id: &str) -> Reference {
    first(keyed(salt, kind.domain(), &[&project.to_be_bytes(), id.as_bytes()]))
}

/// The session that a sender calls `id`.
pub fn session_ref(secret: &ProjectSecret, id: &str) -> i64 {
    i64::from_be_bytes(first(keyed(&secret.0, "session", &[id.as_bytes()])))
}

/// A keyed hash of the value of a field, for fields whose action is to hash.
pub fn value_ref(secret: &ProjectSecret, field: &str, value: &str) -> Reference {
    first(keyed(&secret.0, "value", &[field.as_bytes(), value.as_bytes()]))
}

/// A visitor without any identifier, for this day and site only: when the salt is gone, so is the link.
pub fn daily_ref(salt: &[u8; 32], project: i32, address: IpAddr, agent: &str, host: &str) -> Reference {
    let address = match address.to_canonical() {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    };
    first(keyed(salt, "visitor", &[&project.to_be_bytes(), &address, agent.as_bytes(), host.as_bytes()]))
}

/// Proves that a visitor of the day was named by us, for as long as the salt lives.
pub fn visitor_proof(salt: &[u8; 32], project: i32, visitor: &Reference) -> Reference {
    first(keyed(salt, "visitor proof", &[&project.to_be_bytes(), visitor]))
}

/// The seed that a project's receipts are signed with: derived, so that there is no second secret to keep.
pub fn signing_seed(secret: &ProjectSecret) -> [u8; 32] {
    keyed(&secret.0, "receipt signing", &[])
}

/// HMAC-SHA256 over a name for the purpose and the parts, each with its length before it.
fn keyed(key: &[u8; 32], domain: &str, parts: &[&[u8]]) -> [u8; 32] {
    // HMAC fills a short key up with zeros to the 64 bytes of a block; done here, it takes the key without a Result.
    let block: [u8; 64] = std::array::from_fn(|index| key.get(index).copied().unwrap_or_default());
    let mut mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
    for part in [domain.as_bytes()].iter().chain(parts) {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

fn first<const N: usize>(hash: [u8; 32]) -> [u8; N] {
    std::array::from_fn(|index| hash[index])
}

const NONCE: usize = 24;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    #[error("the system gives no random bytes")]
    Random,
    #[error("sealing failed")]
    Cipher,
}

/// The identifier, readable only with the key of its person: a random nonce, then XChaCha20-Poly1305.
pub fn seal(person_key: &[u8; 32], id: &str) -> Result<Vec<u8>, SealError> {
    let mut nonce = [0; NONCE];
    getrandom::fill(&mut nonce).map_err(|_| SealError::Random)?;
    let cipher = XChaCha20Poly1305::new(person_key.into());
    let sealed = cipher.encrypt(XNonce::from_slice(&nonce), id.as_bytes()).map_err(|_| SealError::Cipher)?;
    Ok([nonce.as_slice(), &sealed].concat())
}

/// None with another key, and for anything that was changed or cut.
pub fn open(person_key: &[u8; 32], sealed: &[u8]) -> Option<String> {
    let (nonce, sealed) = sealed.split_at_checked(NONCE)?;
    let cipher = XChaCha20Poly1305::new(person_key.into());
    let plain = cipher.decrypt(XNonce::from_slice(nonce), sealed).ok()?;
    String::from_utf8(plain).ok()
}

/// The key under which an event is stored once: a UUID in any spelling is itself, any other text its hash.
pub fn event_key(id: &str) -> Reference {
    let id = id.trim();
    match uuid::Uuid::try_parse(id) {
        Ok(uuid) => uuid.into_bytes(),
        Err(_) => first(Sha256::digest(id.as_bytes()).into()),
    }
}

#[cfg(test)]
#[path = "pseudonym_test.rs"]
mod tests;
