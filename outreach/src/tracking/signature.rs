//! Signatures of tracking links and the salted hash of addresses. One secret, one key a purpose.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// Signs and checks links.
#[derive(Clone)]
pub struct Signer {
    secret: Vec<u8>,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer(…)")
    }
}

/// Bytes of a signature that go into a link: 128 bits.
const SIGNATURE_BYTES: usize = 16;

impl Signer {
    pub fn new(secret: Vec<u8>) -> Self {
        Self { secret }
    }

    /// The signature of "message `token`, link number `link`".
    pub fn click(&self, token: &str, link: usize) -> String {
        URL_SAFE_NO_PAD
            .encode(&self.click_mac(token, link).finalize().into_bytes()[..SIGNATURE_BYTES])
    }

    /// Compares in constant time.
    pub fn is_click(&self, token: &str, link: usize, signature: &str) -> bool {
        match URL_SAFE_NO_PAD.decode(signature) {
            Ok(bytes) if bytes.len() == SIGNATURE_BYTES => self
                .click_mac(token, link)
                .verify_truncated_left(&bytes)
                .is_ok(),
            _ => false,
        }
    }

    /// A network address as it may be kept: enough to tell two visitors apart, not to find one.
    pub fn hash_ip(&self, ip: std::net::IpAddr) -> String {
        let digest = self.mac("ip", &ip.to_string()).finalize().into_bytes();
        URL_SAFE_NO_PAD.encode(&digest[..SIGNATURE_BYTES])
    }

    fn click_mac(&self, token: &str, link: usize) -> Hmac<Sha256> {
        self.mac("click", &format!("{token}/{link}"))
    }

    fn mac(&self, purpose: &str, text: &str) -> Hmac<Sha256> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.secret).expect("HMAC takes a key of any length");
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(text.as_bytes());
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_signed_link_of_the_signed_message_passes() {
        let signer = Signer::new(b"a secret".to_vec());
        let signature = signer.click("tok", 2);
        assert!(signer.is_click("tok", 2, &signature));
        assert!(!signer.is_click("tok", 3, &signature));
        assert!(!signer.is_click("tok2", 2, &signature));
        assert!(!signer.is_click("tok", 2, ""));
        assert!(!signer.is_click("tok", 2, &signature[..signature.len() - 2]));
        assert!(!signer.is_click("tok", 2, "not base64 !"));
        assert!(!Signer::new(b"another".to_vec()).is_click("tok", 2, &signature));
    }

    #[test]
    fn an_address_hash_depends_on_the_secret() {
        let ip = "203.0.113.7".parse().unwrap();
        let hash = Signer::new(b"a".to_vec()).hash_ip(ip);
        assert_eq!(hash, Signer::new(b"a".to_vec()).hash_ip(ip));
        assert_ne!(hash, Signer::new(b"b".to_vec()).hash_ip(ip));
        assert!(!hash.contains("203"));
    }
}
