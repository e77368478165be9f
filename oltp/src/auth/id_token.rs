//! ID tokens of OpenID Connect: signature by the provider's keys, issuer, audience, time, nonce.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::Utc;
use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm};
use serde::Deserialize;
use serde_json::Value as Json;

use super::{Result, oidc::failed};

/// Clocks may differ by this much.
const LEEWAY_SECONDS: i64 = 60;

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    kid: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Keys {
    keys: Vec<Key>,
}

#[derive(Deserialize)]
struct Key {
    kty: String,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default, rename = "use")]
    purpose: Option<String>,
    #[serde(default)]
    crv: Option<String>,
    #[serde(default)]
    n: Option<String>,
    #[serde(default)]
    e: Option<String>,
    #[serde(default)]
    x: Option<String>,
    #[serde(default)]
    y: Option<String>,
}

/// What the ID token says.
#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    iss: String,
    pub(super) sub: String,
    aud: Json,
    #[serde(default)]
    azp: Option<String>,
    exp: i64,
    #[serde(default)]
    nbf: Option<i64>,
    #[serde(default)]
    nonce: Option<String>,
    #[serde(default)]
    pub(super) preferred_username: Option<String>,
    #[serde(default)]
    pub(super) email: Option<String>,
    #[serde(default)]
    pub(super) email_verified: Option<bool>,
}

/// The claims of a token whose signature is the provider's.
pub(super) fn verified(token: &str, keys: &Keys) -> Result<Claims> {
    let mut parts = token.split('.');
    let (Some(header), Some(claims), Some(sign), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(failed("the ID token has not three parts"));
    };
    let decode = |part: &str| {
        URL_SAFE_NO_PAD
            .decode(part)
            .map_err(|error| failed(error.to_string()))
    };
    let read: Header =
        serde_json::from_slice(&decode(header)?).map_err(|error| failed(error.to_string()))?;
    let signed = &token.as_bytes()[..header.len() + 1 + claims.len()];
    let sign = decode(sign)?;
    let right = keys
        .keys
        .iter()
        .filter(|key| {
            key.purpose
                .as_deref()
                .is_none_or(|purpose| purpose == "sig")
        })
        .filter(|key| read.kid.is_none() || key.kid.is_none() || key.kid == read.kid)
        .any(|key| key.verifies(&read.alg, signed, &sign));
    if !right {
        return Err(failed("the ID token is not signed by the provider's keys"));
    }
    serde_json::from_slice(&decode(claims)?).map_err(|error| failed(error.to_string()))
}

impl Key {
    /// RS256 and ES256, by the key's own kind: a token can't choose an algorithm of another.
    fn verifies(&self, alg: &str, signed: &[u8], sign: &[u8]) -> bool {
        let decode = |text: &Option<String>| {
            text.as_deref()
                .and_then(|text| URL_SAFE_NO_PAD.decode(text).ok())
        };
        match (self.kty.as_str(), alg) {
            ("RSA", "RS256") => {
                let (Some(n), Some(e)) = (decode(&self.n), decode(&self.e)) else {
                    return false;
                };
                RsaPublicKeyComponents { n, e }
                    .verify(&signature::RSA_PKCS1_2048_8192_SHA256, signed, sign)
                    .is_ok()
            }
            ("EC", "ES256") if self.crv.as_deref() == Some("P-256") => {
                let (Some(x), Some(y)) = (decode(&self.x), decode(&self.y)) else {
                    return false;
                };
                let point = [&[4u8][..], &x, &y].concat();
                let algorithm: &'static dyn VerificationAlgorithm =
                    &signature::ECDSA_P256_SHA256_FIXED;
                UnparsedPublicKey::new(algorithm, point)
                    .verify(signed, sign)
                    .is_ok()
            }
            _ => false,
        }
    }
}

pub(super) fn check(claims: &Claims, issuer: &str, client_id: &str, nonce: &str) -> Result<()> {
    let now = Utc::now().timestamp();
    let meant = match &claims.aud {
        Json::String(audience) => audience == client_id,
        Json::Array(list) => {
            list.iter().any(|audience| audience == client_id)
                && (list.len() == 1 || claims.azp.as_deref() == Some(client_id))
        }
        _ => false,
    };
    if claims.iss != issuer {
        Err(failed("the ID token is of another issuer"))
    } else if !meant {
        Err(failed("the ID token is for another client"))
    } else if claims.exp + LEEWAY_SECONDS < now {
        Err(failed("the ID token has expired"))
    } else if claims.nbf.is_some_and(|from| from - LEEWAY_SECONDS > now) {
        Err(failed("the ID token is not valid yet"))
    } else if claims.nonce.as_deref() != Some(nonce) {
        Err(failed("the ID token is of another sign-in"))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 7515, appendix A.2 (RS256).
    #[test]
    fn the_rsa_example_of_the_rfc_verifies() {
        let key = Key {
            kty: "RSA".into(),
            kid: None,
            purpose: None,
            crv: None,
            n: Some("ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ".into()),
            e: Some("AQAB".into()),
            x: None,
            y: None,
        };
        let signed = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let sign = URL_SAFE_NO_PAD.decode("cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw").unwrap();
        assert!(key.verifies("RS256", signed.as_bytes(), &sign));
        assert!(!key.verifies("RS256", b"something else", &sign));
        assert!(!key.verifies("ES256", signed.as_bytes(), &sign));
        assert!(!key.verifies("none", signed.as_bytes(), b""));
    }

    #[test]
    fn claims_must_be_meant_for_us() {
        let claims = |change: Json| {
            let mut base = serde_json::json!({"iss":"i","sub":"s","aud":"c","exp":Utc::now().timestamp() + 60,"nonce":"n"});
            for (key, value) in change.as_object().unwrap() {
                base[key] = value.clone();
            }
            serde_json::from_value::<Claims>(base).unwrap()
        };
        let fine = |change| check(&claims(change), "i", "c", "n").is_ok();
        assert!(fine(serde_json::json!({})));
        assert!(fine(serde_json::json!({"aud":["c"]})));
        assert!(!fine(serde_json::json!({"aud":["c","d"]})));
        assert!(fine(serde_json::json!({"aud":["c","d"],"azp":"c"})));
        assert!(!fine(serde_json::json!({"aud":"d"})));
        assert!(!fine(serde_json::json!({"iss":"j"})));
        assert!(!fine(serde_json::json!({"exp":1})));
        assert!(!fine(serde_json::json!({"nonce":"m"})));
        assert!(!fine(serde_json::json!({"nonce":null})));
    }
}
