//! Random secrets and their digests.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use rand::{Rng, RngCore};
use sha2::{Digest, Sha256};

/// 256 random bits in 43 URL-safe characters.
pub(crate) fn random_token() -> String {
    let mut bytes = [0u8; 32];
    rand::rng().fill_bytes(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// `len` characters of the lower-case base-32 alphabet without look-alikes, five bits each.
pub(super) fn random_name(len: usize) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut rng = rand::rng();
    (0..len)
        .map(|_| ALPHABET[rng.random_range(0..ALPHABET.len())] as char)
        .collect()
}

pub(crate) fn digest(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

pub(super) fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(message);
    mac.finalize().into_bytes().into()
}

/// The CSRF token of a session: derived from the session token, so that it needs no storage,
/// can't be guessed without it and ends with it.
pub(super) fn csrf_of(session_token: &str) -> String {
    URL_SAFE_NO_PAD.encode(hmac_sha256(session_token.as_bytes(), b"basalt csrf v1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_long_and_differ() {
        let (a, b) = (random_token(), random_token());
        assert_eq!(a.len(), 43);
        assert_ne!(a, b);
        assert_ne!(csrf_of(&a), csrf_of(&b));
    }

    #[test]
    fn names_use_the_readable_alphabet() {
        let name = random_name(64);
        assert_eq!(name.len(), 64);
        assert!(name.chars().all(|c| c.is_ascii_lowercase() && c != 'l' && c != 'o' || ('2'..='9').contains(&c)));
    }
}
