//! What a journal entry must have and nobody else should read: paths (folders are often named after the patient),
//! replaced values, a server's words about a file. They are sealed (ChaCha20-Poly1305) with a key that lies beside the
//! journal, so that a journal that is copied, backed up or sent to somebody for help names nobody. Whoever can read the
//! whole data folder can read them, as well as the studies themselves.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use thiserror::Error;

const KEY_LENGTH: usize = 32;

/// Why something could not be sealed or opened.
#[derive(Debug, Error)]
pub(super) enum SealError {
    #[error("the key beside the journal cannot be used: {0}")]
    Key(io::Error),
    #[error("it does not fit the key beside the journal")]
    Broken,
}

/// Seals and opens.
pub(super) struct Seal {
    key: LessSafeKey,
    random: SystemRandom,
}

impl Seal {
    /// With the key in this file; it is made where it is missing, readable by its owner alone.
    pub(super) fn open(path: &Path) -> Result<Self, SealError> {
        let random = SystemRandom::new();
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let mut fresh = vec![0; KEY_LENGTH];
                random.fill(&mut fresh).map_err(|_| SealError::Broken)?;
                write_private(path, &fresh).map_err(SealError::Key)?;
                fresh
            }
            Err(error) => return Err(SealError::Key(error)),
        };
        let key = UnboundKey::new(&CHACHA20_POLY1305, &bytes).map_err(|_| {
            SealError::Key(io::Error::new(
                io::ErrorKind::InvalidData,
                "it is no key of 32 bytes",
            ))
        })?;
        Ok(Seal {
            key: LessSafeKey::new(key),
            random,
        })
    }

    /// A random number, the sealed bytes, their tag.
    pub(super) fn seal(&self, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut number = [0; NONCE_LEN];
        self.random
            .fill(&mut number)
            .map_err(|_| SealError::Broken)?;
        let mut sealed = plain.to_vec();
        let nonce = Nonce::assume_unique_for_key(number);
        self.key
            .seal_in_place_append_tag(nonce, Aad::empty(), &mut sealed)
            .map_err(|_| SealError::Broken)?;
        Ok([number.as_slice(), &sealed].concat())
    }

    /// What was sealed.
    pub(super) fn unseal(&self, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let (number, sealed) = sealed
            .split_first_chunk::<NONCE_LEN>()
            .ok_or(SealError::Broken)?;
        let mut bytes = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(*number);
        let plain = self.key.open_in_place(nonce, Aad::empty(), &mut bytes);
        Ok(plain.map_err(|_| SealError::Broken)?.to_vec())
    }
}

/// A file for its owner alone, whole or not at all.
pub(super) fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    // Such a file is made readable by its owner alone.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    if let Ok(folder) = File::open(folder) {
        // Where folders cannot be forced to the disk the system does it in its time.
        let _ = folder.sync_all();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_can_be_opened_with_the_same_key_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let (mine, other) = (folder.path().join("mine"), folder.path().join("other"));
        let seal = Seal::open(&mine).unwrap();
        let sealed = seal.seal("/discs/DOE^JANE/IM_1".as_bytes()).unwrap();
        assert!(!sealed.windows(3).any(|bytes| bytes == b"DOE"));
        assert_ne!(sealed, seal.seal(b"/discs/DOE^JANE/IM_1").unwrap());
        let again = Seal::open(&mine).unwrap();
        assert_eq!(again.unseal(&sealed).unwrap(), b"/discs/DOE^JANE/IM_1");
        assert!(Seal::open(&other).unwrap().unseal(&sealed).is_err());
        assert!(again.unseal(&sealed[..20]).is_err());
        assert!(again.unseal(b"short").is_err());
    }

    #[cfg(unix)]
    #[test]
    fn the_key_is_for_its_owner_alone_and_a_strange_one_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        Seal::open(&path).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
        fs::write(&path, b"too short").unwrap();
        assert!(Seal::open(&path).is_err());
    }
}
