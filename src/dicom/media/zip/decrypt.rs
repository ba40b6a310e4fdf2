//! How entries of ZIP archives are encrypted: the old way (APPNOTE.TXT 6.1), which keeps nobody out, and AES as WinZip
//! writes it. Both are read forwards, and their state can be copied to go on from there.

use std::num::NonZeroU32;

use aes::cipher::{Array, BlockCipherEncrypt, KeyInit};
use aes::{Aes128, Aes192, Aes256};
use ring::{hmac, pbkdf2};

/// How an entry is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dicom::media) enum Encryption {
    None,
    /// The old way. The last byte of its beginning, unpacked, tells a wrong password in 255 of 256 cases.
    Old {
        check: u8,
    },
    /// AES with a key of so many bytes: 16, 24 or 32.
    Aes {
        key: usize,
    },
}

/// The password is wrong.
pub(in crate::dicom::media) struct Wrong;

/// Bytes before the old way's data.
pub(in crate::dicom::media) const OLD_HEADER: u64 = 12;
/// Bytes behind AES data that prove it whole.
pub(in crate::dicom::media) const AES_PROOF: u64 = 10;
/// Bytes of the password's own proof, behind the salt.
const AES_CHECK: usize = 2;
const ROUNDS: NonZeroU32 = NonZeroU32::MIN.saturating_add(999);

impl Encryption {
    /// Bytes before the data that the cipher needs, and bytes behind it.
    pub(in crate::dicom::media) fn around(self) -> (u64, u64) {
        match self {
            Encryption::None => (0, 0),
            Encryption::Old { .. } => (OLD_HEADER, 0),
            Encryption::Aes { key } => ((key / 2 + AES_CHECK) as u64, AES_PROOF),
        }
    }

    /// A cipher that stands at the data's first byte. `header`: what stands before the data.
    ///
    /// # Errors
    /// A wrong password.
    pub(in crate::dicom::media) fn begin(
        self,
        header: &[u8],
        password: &[u8],
    ) -> Result<Option<Cipher>, Wrong> {
        match self {
            Encryption::None => Ok(None),
            Encryption::Old { check } => {
                let mut keys = Keys::of(password);
                let mut header = header.to_vec();
                keys.decrypt(&mut header);
                match header.last() == Some(&check) {
                    true => Ok(Some(Cipher::Old(keys))),
                    false => Err(Wrong),
                }
            }
            Encryption::Aes { key } => {
                let (salt, check) = header.split_at_checked(key / 2).unwrap_or_default();
                let aes = Aes::of(key, salt, check, password).ok_or(Wrong)?;
                Ok(Some(Cipher::Aes(Box::new(aes))))
            }
        }
    }
}

#[derive(Clone)]
pub(in crate::dicom::media) enum Cipher {
    Old(Keys),
    Aes(Box<Aes>),
}

impl Cipher {
    pub(in crate::dicom::media) fn decrypt(&mut self, bytes: &mut [u8]) {
        match self {
            Cipher::Old(keys) => keys.decrypt(bytes),
            Cipher::Aes(aes) => aes.decrypt(bytes),
        }
    }

    /// Whether everything that was decrypted is what was encrypted, where the cipher can tell.
    pub(in crate::dicom::media) fn is_proved(&self, proof: &[u8]) -> bool {
        match self {
            Cipher::Old(_) => true,
            Cipher::Aes(aes) => {
                let tag = aes.mac.clone().sign();
                tag.as_ref().get(..proof.len()) == Some(proof)
            }
        }
    }
}

#[derive(Clone)]
pub(in crate::dicom::media) struct Keys(u32, u32, u32);

const CRC: [u32; 256] = {
    let mut table = [0; 256];
    let mut at = 0_usize;
    let mut value = 0_u32;
    while at < 256 {
        let (mut crc, mut bit) = (value, 0);
        while bit < 8 {
            crc = if crc & 1 == 1 {
                crc >> 1 ^ 0xEDB8_8320
            } else {
                crc >> 1
            };
            bit += 1;
        }
        #[expect(
            clippy::indexing_slicing,
            reason = "below 256, and checked when it is compiled"
        )]
        {
            table[at] = crc;
        }
        at += 1;
        value += 1;
    }
    table
};

fn crc(before: u32, byte: u8) -> u32 {
    let [low, ..] = before.to_le_bytes();
    let value = CRC
        .get(usize::from(low ^ byte))
        .copied()
        .unwrap_or_default();
    value ^ before >> 8
}

impl Keys {
    fn of(password: &[u8]) -> Keys {
        let mut keys = Keys(0x1234_5678, 0x2345_6789, 0x3456_7890);
        password.iter().for_each(|byte| keys.take(*byte));
        keys
    }

    fn take(&mut self, plain: u8) {
        self.0 = crc(self.0, plain);
        let sum = self.1.wrapping_add(self.0 & 0xFF);
        self.1 = sum.wrapping_mul(134_775_813).wrapping_add(1);
        let [.., high] = self.1.to_le_bytes();
        self.2 = crc(self.2, high);
    }

    fn decrypt(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            let [a, b, ..] = self.2.to_le_bytes();
            let key = u16::from_le_bytes([a, b]) | 2;
            let [_, stream] = key.wrapping_mul(key ^ 1).to_le_bytes();
            *byte ^= stream;
            self.take(*byte);
        }
    }
}

#[derive(Clone)]
enum Block {
    Small(Aes128),
    Middle(Aes192),
    Large(Aes256),
}

#[derive(Clone)]
pub(in crate::dicom::media) struct Aes {
    block: Block,
    mac: hmac::Context,
    counter: u128,
    stream: [u8; 16],
    /// How much of `stream` was used.
    used: usize,
}

impl Aes {
    fn of(key: usize, salt: &[u8], check: &[u8], password: &[u8]) -> Option<Aes> {
        let mut keys = zeroize::Zeroizing::new(vec![0; 2 * key + AES_CHECK]);
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA1, ROUNDS, salt, password, &mut keys);
        let (cipher, rest) = keys.split_at_checked(key)?;
        let (mac, own_check) = rest.split_at_checked(key)?;
        if own_check != check {
            return None;
        }
        let block = match key {
            16 => Block::Small(Aes128::new_from_slice(cipher).ok()?),
            24 => Block::Middle(Aes192::new_from_slice(cipher).ok()?),
            _ => Block::Large(Aes256::new_from_slice(cipher).ok()?),
        };
        let mac = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, mac);
        Some(Aes {
            block,
            mac: hmac::Context::with_key(&mac),
            counter: 0,
            stream: [0; 16],
            used: 16,
        })
    }

    fn decrypt(&mut self, bytes: &mut [u8]) {
        self.mac.update(bytes);
        let mut rest = bytes;
        while !rest.is_empty() {
            if self.used == self.stream.len() {
                self.next_block();
            }
            let fresh = self.stream.get(self.used..).unwrap_or_default();
            let length = fresh.len().min(rest.len());
            let (now, later) = rest.split_at_mut(length);
            for (byte, stream) in now.iter_mut().zip(fresh) {
                *byte ^= stream;
            }
            self.used += length;
            rest = later;
        }
    }

    /// The counter begins with 1, its least significant byte first.
    fn next_block(&mut self) {
        self.counter = self.counter.wrapping_add(1);
        let mut block = Array::from(self.counter.to_le_bytes());
        match &self.block {
            Block::Small(aes) => aes.encrypt_block(&mut block),
            Block::Middle(aes) => aes.encrypt_block(&mut block),
            Block::Large(aes) => aes.encrypt_block(&mut block),
        }
        (self.stream, self.used) = (block.into(), 0);
    }
}
