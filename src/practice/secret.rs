//! What nobody can guess: the last part of an address, and passwords.

use uuid::Uuid;

use super::store::{Sum, sum};

/// Letters and digits that are not taken for one another; 32, so that five bits are one of them.
const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Letters of a password, 60 bits.
const PASSWORD: usize = 12;

/// 128 random bits as 32 hexadecimal digits. A version 4 GUID alone has six bits less.
pub(super) fn token() -> String {
    random()
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A password that can be read out.
pub(super) fn password() -> String {
    random()
        .iter()
        .take(PASSWORD)
        .filter_map(|byte| LETTERS.get(usize::from(byte % 32)))
        .map(|letter| char::from(*letter))
        .collect()
}

/// The digest of 244 bits from the system's generator.
fn random() -> Sum {
    let bytes = [Uuid::new_v4().into_bytes(), Uuid::new_v4().into_bytes()];
    sum(bytes.as_flattened())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_are_alike() {
        let tokens: std::collections::HashSet<_> = (0..1000).map(|_| token()).collect();
        assert_eq!(tokens.len(), 1000);
        assert!(tokens.iter().all(|token| token.len() == 32));
        assert_ne!(password(), password());
        assert_eq!(password().len(), PASSWORD);
    }
}
