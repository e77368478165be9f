//! SCRAM-SHA-256 (RFC 5802, RFC 7677), the server's side, from a stored verifier: the server never
//! holds the password, nor anything it could sign in with elsewhere.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The mechanism, as SASL names it.
pub(super) const MECHANISM: &str = "SCRAM-SHA-256";

/// What is stored of a password.
#[derive(Clone, PartialEq, Eq)]
pub struct SqlCredentials {
    pub user_id: i64,
    pub salt: Vec<u8>,
    pub iterations: u32,
    pub stored_key: [u8; 32],
    pub server_key: [u8; 32],
}

impl std::fmt::Debug for SqlCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqlCredentials")
            .field("user_id", &self.user_id)
            .finish_non_exhaustive()
    }
}

impl SqlCredentials {
    /// The verifier of a password, as an issuer of tokens stores it. ASCII passwords only: no
    /// string preparation is done.
    pub fn derive(user_id: i64, password: &str, salt: Vec<u8>, iterations: u32) -> Self {
        let salted = salted_password(password.as_bytes(), &salt, iterations);
        let client_key = sign(&salted, b"Client Key");
        Self {
            user_id,
            salt,
            iterations,
            stored_key: Sha256::digest(client_key).into(),
            server_key: sign(&salted, b"Server Key"),
        }
    }

    /// A verifier that no password fits, the same each time for the same name, so that an unknown
    /// name looks like a wrong password.
    pub(super) fn mock(secret: &[u8; 32], username: &str, iterations: u32) -> Self {
        let of = |what: &str| sign(secret, format!("{what}:{username}").as_bytes());
        Self {
            user_id: 0,
            salt: of("salt")[..16].to_vec(),
            iterations,
            stored_key: of("stored key"),
            server_key: of("server key"),
        }
    }
}

/// Why an exchange failed. Says nothing about whether the name exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum ScramError {
    #[error("malformed SCRAM message")]
    Malformed,
    #[error("wrong user name or password")]
    Denied,
}

/// The exchange after the server's first message.
#[derive(Debug)]
pub(super) struct Exchange {
    credentials: SqlCredentials,
    gs2_header: String,
    client_first_bare: String,
    server_first: String,
    nonce: String,
}

impl Exchange {
    /// Reads client-first-message; `server_nonce` is printable, without commas.
    pub(super) fn begin(
        client_first: &[u8],
        credentials: SqlCredentials,
        server_nonce: &str,
    ) -> Result<Self, ScramError> {
        let text = std::str::from_utf8(client_first).map_err(|_| ScramError::Malformed)?;
        let mut parts = text.splitn(3, ',');
        let (Some(binding), Some(authzid), Some(bare)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(ScramError::Malformed);
        };
        // `p=…` asks for channel binding, which was not offered; `m=` is for extensions.
        if !matches!(binding, "n" | "y") || !authzid.is_empty() || bare.starts_with("m=") {
            return Err(ScramError::Malformed);
        }
        let client_nonce = attribute(bare, 'r')
            .filter(|nonce| !nonce.is_empty())
            .ok_or(ScramError::Malformed)?;
        let nonce = format!("{client_nonce}{server_nonce}");
        let server_first = format!(
            "r={nonce},s={},i={}",
            BASE64.encode(&credentials.salt),
            credentials.iterations
        );
        Ok(Self {
            credentials,
            gs2_header: format!("{binding},{authzid},"),
            client_first_bare: bare.to_owned(),
            server_first,
            nonce,
        })
    }

    pub(super) fn server_first(&self) -> &str {
        &self.server_first
    }

    /// Checks client-final-message; returns server-final-message and the user.
    pub(super) fn finish(&self, client_final: &[u8]) -> Result<(String, i64), ScramError> {
        let text = std::str::from_utf8(client_final).map_err(|_| ScramError::Malformed)?;
        let (without_proof, proof) = text.rsplit_once(",p=").ok_or(ScramError::Malformed)?;
        let proof = BASE64.decode(proof).map_err(|_| ScramError::Malformed)?;
        let proof: [u8; 32] = proof.try_into().map_err(|_| ScramError::Malformed)?;
        let binding = attribute(without_proof, 'c').ok_or(ScramError::Malformed)?;
        let nonce = attribute(without_proof, 'r').ok_or(ScramError::Malformed)?;
        if binding != BASE64.encode(&self.gs2_header) || nonce != self.nonce {
            return Err(ScramError::Malformed);
        }

        let message = format!(
            "{},{},{without_proof}",
            self.client_first_bare, self.server_first
        );
        let signature = sign(&self.credentials.stored_key, message.as_bytes());
        let mut client_key = proof;
        client_key
            .iter_mut()
            .zip(signature)
            .for_each(|(key, mask)| *key ^= mask);
        let stored: [u8; 32] = Sha256::digest(client_key).into();
        if !bool::from(stored.ct_eq(&self.credentials.stored_key)) {
            return Err(ScramError::Denied);
        }
        let server = sign(&self.credentials.server_key, message.as_bytes());
        Ok((
            format!("v={}", BASE64.encode(server)),
            self.credentials.user_id,
        ))
    }
}

/// The value of `<name>=…` in a comma-separated message.
fn attribute(message: &str, name: char) -> Option<&str> {
    message
        .split(',')
        .find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
}

fn sign(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(message);
    mac.finalize().into_bytes().into()
}

/// `Hi()` of RFC 5802, PBKDF2 with one block.
fn salted_password(password: &[u8], salt: &[u8], iterations: u32) -> [u8; 32] {
    let mut first = salt.to_vec();
    first.extend_from_slice(&1u32.to_be_bytes());
    let mut round = sign(password, &first);
    let mut sum = round;
    for _ in 1..iterations {
        round = sign(password, &round);
        sum.iter_mut()
            .zip(round)
            .for_each(|(sum, byte)| *sum ^= byte);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 7677, section 3.
    #[test]
    fn the_exchange_of_the_standard() {
        let salt = BASE64.decode("W22ZaJ0SNY7soEsUEjb6gQ==").expect("base64");
        let credentials = SqlCredentials::derive(7, "pencil", salt, 4096);
        let exchange = Exchange::begin(
            b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
            credentials,
            "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
        )
        .expect("first message");
        assert_eq!(
            exchange.server_first(),
            "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
        );
        let (server_final, user) = exchange
            .finish(b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
            .expect("final message");
        assert_eq!(
            server_final,
            "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
        );
        assert_eq!(user, 7);
    }

    #[test]
    fn a_wrong_proof_is_denied_and_a_foreign_nonce_is_malformed() {
        let credentials = SqlCredentials::mock(&[1; 32], "nobody", 4096);
        let exchange = Exchange::begin(b"y,,n=,r=abc", credentials, "xyz").expect("first message");
        let proof = BASE64.encode([0; 32]);
        assert_eq!(
            exchange.finish(format!("c=eSws,r=abcxyz,p={proof}").as_bytes()),
            Err(ScramError::Denied)
        );
        assert_eq!(
            exchange.finish(format!("c=eSws,r=abc,p={proof}").as_bytes()),
            Err(ScramError::Malformed)
        );
        assert_eq!(
            exchange.finish(format!("c=biws,r=abcxyz,p={proof}").as_bytes()),
            Err(ScramError::Malformed)
        );
    }

    #[test]
    fn an_unknown_name_gets_the_same_salt_each_time() {
        let first = SqlCredentials::mock(&[1; 32], "nobody", 4096);
        assert!(first == SqlCredentials::mock(&[1; 32], "nobody", 4096));
        assert_ne!(
            first.salt,
            SqlCredentials::mock(&[1; 32], "somebody", 4096).salt
        );
    }

    #[test]
    fn channel_binding_that_was_not_offered_is_refused() {
        let credentials = SqlCredentials::mock(&[1; 32], "nobody", 4096);
        assert_eq!(
            Exchange::begin(b"p=tls-server-end-point,,n=,r=abc", credentials, "xyz")
                .expect_err("refused"),
            ScramError::Malformed
        );
    }
}
