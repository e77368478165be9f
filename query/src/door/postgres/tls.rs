//! The door's certificate.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

use crate::error::{Error, Result};

/// Where the certificate comes from. There is no door without TLS.
#[derive(Debug, Clone)]
pub enum Tls {
    /// A certificate of this run, for `sslmode=require` and below.
    SelfSigned,
    /// PEM files: the chain, leaf first, and its key.
    Files { certificate: PathBuf, key: PathBuf },
}

impl Tls {
    /// # Errors
    /// When the files cannot be read or do not fit: the door then stays shut.
    pub(super) fn acceptor(&self) -> Result<TlsAcceptor> {
        let (chain, key) = match self {
            Self::SelfSigned => self_signed()?,
            Self::Files { certificate, key } => {
                let chain = CertificateDer::pem_file_iter(certificate)
                    .and_then(Iterator::collect::<std::result::Result<Vec<_>, _>>)
                    .map_err(|error| {
                        trouble(&format!("certificate {}", certificate.display()), error)
                    })?;
                let key = PrivateKeyDer::from_pem_file(key)
                    .map_err(|error| trouble(&format!("key {}", key.display()), error))?;
                (chain, key)
            }
        };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| trouble("protocol versions", error))?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(|error| trouble("certificate", error))?;
        // For clients that begin with TLS at once (sslnegotiation=direct).
        config.alpn_protocols = vec![b"postgresql".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

fn self_signed() -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)> {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()])
        .map_err(|error| trouble("self-signed certificate", error))?;
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    Ok((vec![made.cert.der().clone()], key.into()))
}

fn trouble(what: &str, error: impl std::fmt::Display) -> Error {
    Error::Internal(format!(
        "the TLS set-up of the SQL door failed ({what}): {error}"
    ))
}
