//! What a person gets for a decision: signed JSON that they can keep, show, and later use to change it.
//!
//! A compact JSON Web Signature (RFC 7515) with Ed25519 (RFC 8037): any library for it can check one against the public
//! key of the project. The key is derived from the project's secret.

use super::pseudonym::{self, ProjectSecret};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use parallax_domain::Category;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use serde::{Deserialize, Serialize};

/// After ISO/IEC TS 27560: which notice was shown, what was decided about it, by whom and until when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    pub id: String,
    pub project: String,
    /// The person's reference; their identifier cannot be computed from it.
    pub subject: String,
    pub at: DateTime<Utc>,
    /// Version of the notice, and the hash of its words.
    pub policy: String,
    pub notice: String,
    pub granted: Vec<Category>,
    pub denied: Vec<Category>,
    /// `banner`, `api`, `gpc`, `dnt`, `import`, …
    pub source: String,
    pub language: String,
    pub region: String,
    pub expires_at: DateTime<Utc>,
}

const HEADER: &str = r#"{"alg":"EdDSA","typ":"consent-receipt+jws"}"#;

fn key_pair(secret: &ProjectSecret) -> Option<Ed25519KeyPair> {
    Ed25519KeyPair::from_seed_unchecked(&pseudonym::signing_seed(secret)).ok()
}

/// The public key that receipts of this project are checked with, in base64url.
pub fn public_key(secret: &ProjectSecret) -> Option<String> {
    Some(URL_SAFE_NO_PAD.encode(key_pair(secret)?.public_key().as_ref()))
}

/// None only where a seed of 32 bytes is no key, which does not happen.
pub fn sign(secret: &ProjectSecret, receipt: &Receipt) -> Option<String> {
    let body = serde_json::to_vec(receipt).ok()?;
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(HEADER), URL_SAFE_NO_PAD.encode(body));
    let signature = key_pair(secret)?.sign(signed.as_bytes());
    Some(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref())))
}

/// The receipt in a token of this project; none for anything that was changed, or signed by somebody else.
pub fn open(secret: &ProjectSecret, token: &str) -> Option<Receipt> {
    let (signed, signature) = token.trim().rsplit_once('.')?;
    let (header, body) = signed.split_once('.')?;
    if URL_SAFE_NO_PAD.decode(header).ok()? != HEADER.as_bytes() {
        return None;
    }
    let pair = key_pair(secret)?;
    let key = UnparsedPublicKey::new(&ED25519, pair.public_key().as_ref());
    key.verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;

    fn receipt() -> Receipt {
        Receipt {
            id: "7".to_owned(),
            project: "Shop".to_owned(),
            subject: "9".to_owned(),
            at: Utc.with_ymd_and_hms(2026, 11, 22, 12, 0, 0).unwrap(),
            policy: "3".to_owned(),
            notice: "ab".to_owned(),
            granted: vec![Category::Usage],
            denied: vec![Category::Marketing],
            source: "banner".to_owned(),
            language: "de".to_owned(),
            region: "DE".to_owned(),
            expires_at: Utc.with_ymd_and_hms(2027, 12, 22, 12, 0, 0).unwrap(),
        }
    }

    #[test]
    fn a_receipt_opens_for_its_project_and_not_when_a_letter_changed() {
        let (ours, theirs) = (ProjectSecret::new([1; 32]), ProjectSecret::new([2; 32]));
        let token = sign(&ours, &receipt()).unwrap();
        assert_eq!(open(&ours, &token), Some(receipt()));
        assert_eq!(open(&theirs, &token), None);
        for index in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[index] = if changed[index] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            // The last letter of base64 carries spare bits; what decodes to the same bytes is the same receipt.
            assert!(open(&ours, &changed).is_none_or(|opened| opened == receipt()), "{index}");
        }
        assert_eq!(open(&ours, &token[..token.len() - 8]), None);
    }

    #[test]
    fn anybody_can_check_a_receipt_with_the_public_key() {
        let secret = ProjectSecret::new([1; 32]);
        let token = sign(&secret, &receipt()).unwrap();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let key = URL_SAFE_NO_PAD.decode(public_key(&secret).unwrap()).unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        assert!(UnparsedPublicKey::new(&ED25519, key).verify(signed.as_bytes(), &signature).is_ok());
    }
}
