//! A small OpenID provider: discovery, authorisation, token, keys. It keeps the protocol strictly, and
//! can be told to break it in one way.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::{
    Form, Json, Router,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub const CLIENT: &str = "basalt";
pub const SECRET: &str = "s3cret/with+signs";

/// How the provider breaks the protocol.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Fault {
    None,
    ForeignKey,
    OtherAudience,
    OtherNonce,
    OtherIssuer,
    Expired,
    NoSignature,
}

#[derive(Clone)]
pub struct Provider(Arc<Inner>);

struct Inner {
    base: String,
    keys: EcdsaKeyPair,
    foreign: EcdsaKeyPair,
    codes: Mutex<HashMap<String, HashMap<String, String>>>,
    fault: Mutex<Fault>,
    claims: Mutex<Value>,
}

fn key() -> EcdsaKeyPair {
    let random = SystemRandom::new();
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random).unwrap()
}

impl Provider {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let provider = Self(Arc::new(Inner {
            base: format!("http://{}", listener.local_addr().unwrap()),
            keys: key(),
            foreign: key(),
            codes: Mutex::default(),
            fault: Mutex::new(Fault::None),
            claims: Mutex::new(json!({})),
        }));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/authorize", get(authorize))
            .route("/token", post(token))
            .route("/jwks", get(jwks))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        provider
    }

    pub fn issuer(&self) -> &str {
        &self.0.base
    }

    /// Who signs in there next, and what goes wrong.
    pub fn next(&self, claims: Value, fault: Fault) {
        *self.0.claims.lock().unwrap() = claims;
        *self.0.fault.lock().unwrap() = fault;
    }
}

async fn discovery(State(provider): State<Provider>) -> Json<Value> {
    let base = provider.issuer();
    Json(json!({
        "issuer": base,
        "authorization_endpoint": format!("{base}/authorize"),
        "token_endpoint": format!("{base}/token"),
        "jwks_uri": format!("{base}/jwks"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
    }))
}

/// The user is signed in here already and agrees at once.
async fn authorize(
    State(provider): State<Provider>,
    Query(asked): Query<HashMap<String, String>>,
) -> Response {
    let fine = asked["response_type"] == "code"
        && asked["client_id"] == CLIENT
        && asked["code_challenge_method"] == "S256"
        && asked["scope"].split(' ').any(|scope| scope == "openid");
    if !fine {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let code = format!("code{}", provider.0.codes.lock().unwrap().len());
    let back = format!(
        "{}?code={code}&state={}",
        asked["redirect_uri"], asked["state"]
    );
    provider.0.codes.lock().unwrap().insert(code, asked);
    Redirect::to(&back).into_response()
}

async fn token(
    State(provider): State<Provider>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    let encode =
        |text: &str| -> String { url::form_urlencoded::byte_serialize(text.as_bytes()).collect() };
    let basic = format!(
        "Basic {}",
        STANDARD.encode(format!("{}:{}", encode(CLIENT), encode(SECRET)))
    );
    let asked = provider.0.codes.lock().unwrap().get(&form["code"]).cloned();
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(form["code_verifier"].as_bytes()));
    let fine = form["grant_type"] == "authorization_code"
        && headers
            .get("authorization")
            .is_some_and(|given| given.as_bytes() == basic.as_bytes())
        && asked.as_ref().is_some_and(|asked| {
            asked["code_challenge"] == challenge && asked["redirect_uri"] == form["redirect_uri"]
        });
    let (true, Some(asked)) = (fine, asked) else {
        return (
            StatusCode::BAD_REQUEST,
            Json(json!({"error": "invalid_grant"})),
        )
            .into_response();
    };
    // A code is good once.
    if let Some(used) = provider.0.codes.lock().unwrap().get_mut(&form["code"]) {
        used.insert("code_challenge".into(), "used".into());
    }
    let id_token = provider.id_token(&asked["nonce"]);
    Json(json!({"access_token": "x", "token_type": "Bearer", "id_token": id_token})).into_response()
}

impl Provider {
    fn id_token(&self, nonce: &str) -> String {
        let fault = *self.0.fault.lock().unwrap();
        let now = chrono::Utc::now().timestamp();
        let mut claims = json!({
            "iss": self.issuer(), "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce,
        });
        for (name, value) in self.0.claims.lock().unwrap().as_object().unwrap() {
            claims[name] = value.clone();
        }
        match fault {
            Fault::OtherAudience => claims["aud"] = json!("another"),
            Fault::OtherNonce => claims["nonce"] = json!("another"),
            Fault::OtherIssuer => claims["iss"] = json!("https://another.example"),
            Fault::Expired => claims["exp"] = json!(now - 3600),
            Fault::None | Fault::ForeignKey | Fault::NoSignature => {}
        }
        let algorithm = if fault == Fault::NoSignature {
            "none"
        } else {
            "ES256"
        };
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!(
            "{}.{}",
            part(json!({"alg": algorithm, "kid": "k1"})),
            part(claims)
        );
        let key = if fault == Fault::ForeignKey {
            &self.0.foreign
        } else {
            &self.0.keys
        };
        let sign = key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        if fault == Fault::NoSignature {
            return format!("{signed}.");
        }
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(sign.as_ref()))
    }
}

async fn jwks(State(provider): State<Provider>) -> Json<Value> {
    let point = provider.0.keys.public_key().as_ref();
    let (x, y) = (&point[1..33], &point[33..65]);
    Json(json!({"keys": [{
        "kty": "EC", "crv": "P-256", "kid": "k1", "use": "sig", "alg": "ES256",
        "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y),
    }]}))
}
