//! Keys that live in the data folder, beside the database and never in it: who holds a copy of the database, or a
//! backup, can neither sign in our name nor open what is sealed.
//!
//! `keys/signing.key` (Ed25519) signs proofs of deletion and heads of the audit log; `keys/signing.pub` is for whoever
//! verifies them elsewhere. `keys/master.key` seals secrets that the database keeps. Several servers of one database
//! share these files. They are made when first needed.

use crate::identity::keys::random;
use anyhow::{Context, anyhow, bail};
use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use sha2::{Digest, Sha256};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

const NONCE: usize = 24;

#[derive(Clone, Debug)]
pub struct Keyring {
    data: Option<PathBuf>,
}

/// A signature with the name of the key that made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Public key, hexadecimal.
    pub key: String,
    pub bytes: Vec<u8>,
}

impl Keyring {
    /// Of this data folder; none where no folder is known.
    pub fn of(data: Option<PathBuf>) -> Keyring {
        Keyring { data }
    }

    /// The data folder itself.
    pub fn folder(&self) -> anyhow::Result<&Path> {
        self.data.as_deref().context("no data folder is known: name one with --data-dir")
    }

    pub fn sign(&self, message: &[u8]) -> anyhow::Result<Signature> {
        let pair = self.pair()?;
        Ok(Signature { key: hex::encode(pair.public_key()), bytes: pair.sign(message).as_ref().to_vec() })
    }

    /// The public half, hexadecimal.
    pub fn public_key(&self) -> anyhow::Result<String> {
        Ok(hex::encode(self.pair()?.public_key()))
    }

    /// Readable with the master key only.
    pub fn seal(&self, plain: &[u8]) -> anyhow::Result<Vec<u8>> {
        let (nonce, key) = (random::<NONCE>(), self.master()?);
        let cipher = XChaCha20Poly1305::new((&key).into());
        let sealed = cipher.encrypt(XNonce::from_slice(&nonce), plain).map_err(|_| anyhow!("sealing failed"))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// None with another key, and for anything that was changed or cut.
    pub fn open(&self, sealed: &[u8]) -> anyhow::Result<Option<Vec<u8>>> {
        let key = self.master()?;
        let cipher = XChaCha20Poly1305::new((&key).into());
        Ok(sealed
            .split_at_checked(NONCE)
            .and_then(|(nonce, sealed)| cipher.decrypt(XNonce::from_slice(nonce), sealed).ok()))
    }

    /// A mark that only this installation can make: equal for equal content, and it leads back to nothing.
    pub fn mark(&self, purpose: &str, content: &[u8]) -> anyhow::Result<[u8; 32]> {
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(&self.master()?).context("a key of any length is one")?;
        mac.update(&(purpose.len() as u64).to_be_bytes());
        mac.update(purpose.as_bytes());
        mac.update(content);
        Ok(mac.finalize().into_bytes().into())
    }

    fn pair(&self) -> anyhow::Result<Ed25519KeyPair> {
        let seed = self.secret("signing.key")?;
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| anyhow!("signing.key holds no key"))?;
        let public = self.keys()?.join("signing.pub");
        if !public.exists() {
            fs::write(&public, hex::encode(pair.public_key()) + "\n").context("signing.pub cannot be written")?;
        }
        Ok(pair)
    }

    fn master(&self) -> anyhow::Result<[u8; 32]> {
        self.secret("master.key")
    }

    /// The folder of keys, closed to everybody else.
    pub fn keys(&self) -> anyhow::Result<PathBuf> {
        let folder = self.folder()?.join("keys");
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)
            .with_context(|| format!("{} cannot be made", folder.display()))?;
        Ok(folder)
    }

    fn secret(&self, name: &str) -> anyhow::Result<[u8; 32]> {
        let path = self.keys()?.join(name);
        if !path.exists() {
            write_once(&path, hex::encode(random::<32>()).as_bytes())?;
        }
        let text = fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        let bytes = hex::decode(text.trim()).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.with_context(|| format!("{} does not hold 64 hexadecimal digits", path.display()))
    }
}

/// Whether the holder of this public key (hexadecimal) signed exactly this message.
pub fn verifies(public_key: &str, message: &[u8], signature: &[u8]) -> bool {
    let key = hex::decode(public_key.trim()).unwrap_or_default();
    UnparsedPublicKey::new(&ED25519, key).verify(message, signature).is_ok()
}

/// Short name of a public key, for people to compare.
pub fn fingerprint(public_key: &str) -> String {
    hex::encode(&Sha256::digest(public_key.trim().as_bytes())[..8])
}

/// A file that only its owner reads; of two that write at once the first stands, and nobody ever sees half of one.
fn write_once(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    let draft = path.with_extension(format!("new-{}", hex::encode(random::<4>())));
    let mut file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&draft)?;
    file.write_all(content)?;
    file.sync_all()?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match linked {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => bail!("{} cannot be written: {error}", path.display()),
    }
}

/// Adds one line to a file of the data folder and waits until it is on disk.
pub fn append_line(path: &Path, line: &str) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let known = path.exists();
    let mut file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
    // One write, so that lines of two processes never mix.
    file.write_all(format!("{line}\n").as_bytes())?;
    file.sync_all()?;
    if let (false, Some(folder)) = (known, path.parent()) {
        fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        fn new() -> Folder {
            let path = std::env::temp_dir().join(format!("parallax-keyring-{}", hex::encode(random::<6>())));
            Folder(path)
        }

        fn ring(&self) -> Keyring {
            Keyring::of(Some(self.0.clone()))
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).ok();
        }
    }

    #[test]
    fn what_is_signed_verifies_with_the_public_file_alone_and_nothing_else_does() {
        let folder = Folder::new();
        let signature = folder.ring().sign(b"41 rows").unwrap();
        let public = fs::read_to_string(folder.0.join("keys/signing.pub")).unwrap();
        assert!(verifies(&public, b"41 rows", &signature.bytes));
        assert!(!verifies(&public, b"42 rows", &signature.bytes));
        let other = Folder::new();
        assert!(!verifies(&other.ring().public_key().unwrap(), b"41 rows", &signature.bytes));
        assert!(!verifies("no key", b"41 rows", &signature.bytes));
    }

    #[test]
    fn a_sealed_secret_opens_here_and_nowhere_else() {
        let (folder, other) = (Folder::new(), Folder::new());
        let sealed = folder.ring().seal(b"hunter2").unwrap();
        assert!(!sealed.windows(7).any(|window| window == b"hunter2"));
        assert_eq!(folder.ring().open(&sealed).unwrap().as_deref(), Some(b"hunter2".as_slice()));
        assert_eq!(other.ring().open(&sealed).unwrap(), None);
        assert_eq!(folder.ring().open(&sealed[..20]).unwrap(), None);
    }

    #[test]
    fn marks_are_equal_for_equal_content_and_differ_by_purpose() {
        let folder = Folder::new();
        let ring = folder.ring();
        assert_eq!(ring.mark("a", b"x").unwrap(), folder.ring().mark("a", b"x").unwrap());
        assert_ne!(ring.mark("a", b"x").unwrap(), ring.mark("b", b"x").unwrap());
    }

    #[test]
    fn keys_are_closed_to_others_and_made_once() {
        use std::os::unix::fs::PermissionsExt;
        let folder = Folder::new();
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let ring = folder.ring();
                std::thread::spawn(move || ring.public_key().unwrap())
            })
            .collect();
        let mut keys: Vec<String> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        keys.dedup();
        assert_eq!(keys.len(), 1);
        let mode = |name: &str| fs::metadata(folder.0.join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("keys"), mode("keys/signing.key")), (0o700, 0o600));
        assert_eq!(fs::read_dir(folder.0.join("keys")).unwrap().count(), 2);
    }

    #[test]
    fn without_a_folder_it_says_which_option_is_missing() {
        let error = Keyring::of(None).sign(b"x").unwrap_err();
        assert!(error.to_string().contains("--data-dir"));
    }
}
