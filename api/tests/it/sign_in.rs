//! Second factor, single sign-on, password rules, "log in as", and what an administrator may do about them.

use basalt_oltp::auth::totp_code_at;
use proves::proves;
use reqwest::{Client, Method, StatusCode, redirect::Policy};
use serde_json::{Value, json};

use crate::app::{Answer, PASSWORD, TestApp, read};
use crate::provider::{CLIENT, Fault, Provider, SECRET};

/// From base 32.
fn bytes(secret: &str) -> Vec<u8> {
    let mut bits = String::new();
    for c in secret.chars() {
        let value = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(c).unwrap();
        bits.push_str(&format!("{value:05b}"));
    }
    bits.as_bytes()
        .chunks_exact(8)
        .map(|byte| u8::from_str_radix(std::str::from_utf8(byte).unwrap(), 2).unwrap())
        .collect()
}

fn step() -> i64 {
    chrono::Utc::now().timestamp() / 30
}

async fn attempt(app: &TestApp, login: &str, password: &str, code: Option<&str>) -> Answer {
    let body = json!({ "login": login, "password": password, "code": code });
    read(app.request(Method::POST, "/api/v1/session").json(&body)).await
}

#[tokio::test]
async fn a_second_factor_is_asked_for_and_works_once() {
    let app = TestApp::start().await;
    let person = app.person("li", "sales").await;
    let enrolled = person.post("/api/v1/session/totp", json!({})).await.ok();
    let key = bytes(enrolled.body["secret"].as_str().unwrap());
    assert!(
        enrolled.body["uri"]
            .as_str()
            .unwrap()
            .starts_with("otpauth://totp/Basalt:li?secret=")
    );
    // Not yet confirmed: not yet asked for.
    attempt(&app, "li", PASSWORD, None).await.ok();
    person
        .post("/api/v1/session/totp/confirm", json!({ "code": "000000" }))
        .await
        .refused(401, "wrong_code");
    // The step before: the present one is still to be used for signing in.
    let code = totp_code_at(&key, step() - 1);
    let confirmed = person
        .post("/api/v1/session/totp/confirm", json!({ "code": code }))
        .await
        .ok();
    let codes: Vec<String> =
        serde_json::from_value(confirmed.body["recovery_codes"].clone()).unwrap();
    assert_eq!(codes.len(), 10);

    attempt(&app, "li", PASSWORD, None)
        .await
        .refused(401, "code_needed");
    attempt(&app, "li", "wrong wrong", Some(&code))
        .await
        .refused(401, "wrong_credentials");
    attempt(&app, "li", PASSWORD, Some(&code))
        .await
        .refused(401, "wrong_code");
    let next = totp_code_at(&key, step() + 1);
    attempt(&app, "li", PASSWORD, Some(&next)).await.ok();
    attempt(&app, "li", PASSWORD, Some(&next))
        .await
        .refused(401, "wrong_code");
    attempt(&app, "li", PASSWORD, Some(&codes[0])).await.ok();
    attempt(&app, "li", PASSWORD, Some(&codes[0]))
        .await
        .refused(401, "wrong_code");
    let state = person.get("/api/v1/session/totp").await.ok();
    assert_eq!(
        state.body,
        json!({ "active": true, "recovery_codes_left": 9 })
    );

    // Somebody who lost it asks an administrator; the own password switches it off.
    let admin = app.person("root", "admin").await;
    admin
        .delete(&format!("/api/v1/access/users/{}/totp", person.id))
        .await
        .ok();
    person
        .get("/api/v1/session")
        .await
        .refused(401, "unauthenticated");
    attempt(&app, "li", PASSWORD, None).await.ok();
    let person = app.sign_in("li").await;
    let off = |password: &str| {
        person
            .request(Method::DELETE, "/api/v1/session/totp")
            .json(&json!({ "password": password }))
    };
    read(off("not it")).await.refused(422, "invalid_input");
    read(off(PASSWORD)).await.ok();
}

#[tokio::test]
async fn guessing_codes_is_throttled_like_guessing_passwords() {
    let app = TestApp::start().await;
    let person = app.person("li", "sales").await;
    let enrolled = person.post("/api/v1/session/totp", json!({})).await.ok();
    let key = bytes(enrolled.body["secret"].as_str().unwrap());
    let code = totp_code_at(&key, step());
    person
        .post("/api/v1/session/totp/confirm", json!({ "code": code }))
        .await
        .ok();
    for _ in 0..5 {
        attempt(&app, "li", PASSWORD, Some("abcdef"))
            .await
            .refused(401, "wrong_code");
    }
    attempt(&app, "li", PASSWORD, Some("abcdef"))
        .await
        .refused(429, "too_many_attempts");
}

#[tokio::test]
async fn password_rules_are_set_shown_and_kept() {
    let app = TestApp::start().await;
    let admin = app.person("root", "admin").await;
    let person = app.person("li.wei", "sales").await;
    let set = |rules: Value| {
        admin
            .request(Method::PUT, "/api/v1/access/password_rules")
            .json(&rules)
    };
    read(set(json!({ "min_length": 4, "kinds": 3, "remembered": 2 })))
        .await
        .refused(422, "invalid_input");
    read(set(
        json!({ "min_length": 12, "kinds": 3, "remembered": 2 }),
    ))
    .await
    .ok();
    let rules = read(app.request(Method::GET, "/api/v1/session/password_rules"))
        .await
        .ok();
    assert_eq!(rules.body["min_length"], 12);
    let change = async |current: &str, new: &str| {
        let person = app.sign_in_with("li.wei", current).await;
        read(
            person
                .request(Method::PUT, "/api/v1/session/password")
                .json(&json!({ "current": current, "new": new })),
        )
        .await
    };
    for weak in [
        "Short-1",
        "all small letters",
        "Li.Wei.is.it.1",
        "Password123",
    ] {
        change(PASSWORD, weak).await.refused(422, "weak_password");
    }
    change(PASSWORD, "Violet-Kites-9").await.ok();
    change("Violet-Kites-9", "Violet-Kites-9")
        .await
        .refused(422, "weak_password");
    change("Violet-Kites-9", "Amber-Stones-7").await.ok();
    change("Amber-Stones-7", "Violet-Kites-9")
        .await
        .refused(422, "weak_password");
    person
        .get("/api/v1/session")
        .await
        .refused(401, "unauthenticated");
}

#[tokio::test]
async fn an_administrator_logs_in_as_another_and_both_are_named() {
    let app = TestApp::start().await;
    let admin = app.person("root", "admin").await;
    let sales = app.person("li", "sales").await;
    let path = format!("/api/v1/access/users/{}/log_in_as", sales.id);
    sales
        .post(&path, json!({ "reason": "curious about it" }))
        .await
        .refused(403, "forbidden");
    admin
        .post(&path, json!({ "reason": "x" }))
        .await
        .refused(422, "invalid_input");
    let answer = admin
        .post(&path, json!({ "reason": "ticket 4711: a list is empty" }))
        .await
        .ok();
    // The administrator's browser is the user from now on.
    let csrf = answer.body["csrf"].as_str().unwrap().to_owned();
    let as_sales = admin.with_csrf(&csrf);
    let state = as_sales.get("/api/v1/session").await.ok();
    assert_eq!(state.body["user"]["login"], "li");
    assert_eq!(state.body["impersonator_id"], admin.id);
    as_sales
        .get("/api/v1/access/roles")
        .await
        .refused(403, "forbidden");
    let made = as_sales
        .post("/api/v1/customers", json!({ "code": "C1", "name": "Acme" }))
        .await
        .ok();
    let trail = as_sales
        .get(&format!("/api/v1/customers/{}/audit", made.body["id"]))
        .await
        .ok();
    assert_eq!(
        trail.body["items"][0]["actor"],
        format!("user:{}/by:{}", sales.id, admin.id)
    );
    assert_eq!(trail.body["items"][0]["actor_name"], "li");
    // Nothing that would last longer than the session.
    as_sales
        .post(
            "/api/v1/access_tokens",
            json!({ "kind": "api", "name": "k" }),
        )
        .await
        .refused(403, "not_as_another");
    as_sales
        .get("/api/v1/session/totp")
        .await
        .refused(403, "not_as_another");
    as_sales.delete("/api/v1/session").await.ok();
    as_sales
        .get("/api/v1/session")
        .await
        .refused(401, "unauthenticated");

    let root = app.sign_in("root").await;
    let log = root
        .get(&format!("/api/v1/access/sign_ins?user_id={}", sales.id))
        .await
        .ok();
    assert_eq!(log.body["items"][0]["outcome"], "log_in_as");
    assert_eq!(log.body["items"][0]["by_user_id"], admin.id);
    assert_eq!(log.body["items"][0]["note"], "ticket 4711: a list is empty");
    // The user sees it too.
    let own = sales.get("/api/v1/session/sign_ins").await.ok();
    assert_eq!(own.body["items"][0]["outcome"], "log_in_as");
}

#[tokio::test]
async fn who_no_longer_administers_is_no_longer_another() {
    let app = TestApp::start().await;
    let admin = app.person("root", "admin").await;
    let second = app.person("root2", "admin").await;
    let sales = app.person("li", "sales").await;
    let path = format!("/api/v1/access/users/{}/log_in_as", sales.id);
    let answer = admin
        .post(&path, json!({ "reason": "to be ended soon" }))
        .await
        .ok();
    let as_sales = admin.with_csrf(answer.body["csrf"].as_str().unwrap());
    as_sales.get("/api/v1/session").await.ok();
    second
        .patch(
            &format!("/api/v1/users/{}", admin.id),
            json!({ "profile": "sales" }),
        )
        .await
        .ok();
    as_sales
        .get("/api/v1/session")
        .await
        .refused(401, "unauthenticated");
}

#[tokio::test]
async fn administrators_end_sessions_and_tokens_of_others() {
    let app = TestApp::start().await;
    let admin = app.person("root", "admin").await;
    let person = app.person("li", "sales").await;
    let sessions = admin
        .get(&format!("/api/v1/access/users/{}/sessions", person.id))
        .await
        .ok();
    assert_eq!(sessions.body["items"].as_array().unwrap().len(), 1);
    let token = person
        .post(
            "/api/v1/access_tokens",
            json!({ "kind": "api", "name": "k" }),
        )
        .await
        .ok();
    let key = token.body["key"].as_str().unwrap().to_owned();
    let by_key = || {
        app.request(Method::GET, "/api/v1/customers")
            .bearer_auth(&key)
    };
    read(by_key()).await.ok();
    let tokens = admin
        .get(&format!("/api/v1/access/users/{}/tokens", person.id))
        .await
        .ok();
    let id = &tokens.body["items"][0]["id"];
    admin
        .delete(&format!("/api/v1/access/users/{}/tokens/{id}", person.id))
        .await
        .ok();
    read(by_key()).await.refused(401, "unauthenticated");
    admin
        .delete(&format!("/api/v1/access/users/{}/sessions", person.id))
        .await
        .ok();
    person
        .get("/api/v1/session")
        .await
        .refused(401, "unauthenticated");
}

/// A browser that follows no redirect by itself.
fn browser() -> Client {
    Client::builder()
        .cookie_store(true)
        .redirect(Policy::none())
        .build()
        .unwrap()
}

struct SignOn {
    app: TestApp,
    provider: Provider,
}

impl SignOn {
    async fn new() -> Self {
        let (app, provider) = (TestApp::start().await, Provider::start().await);
        Self { app, provider }
    }

    async fn configure(&self, admin: &crate::app::Person, claim: &str) {
        let body = json!({
            "label": { "en": "Company", "zh": "公司" }, "issuer": self.provider.issuer(), "client_id": CLIENT,
            "client_secret": SECRET, "login_claim": claim,
        });
        read(
            admin
                .request(Method::PUT, "/api/v1/access/oidc_providers/company")
                .json(&body),
        )
        .await
        .ok();
    }

    /// From our door to the provider and back: where our callback is, with its code and state.
    async fn at_the_callback(&self, browser: &Client) -> String {
        let ours = format!(
            "{}/api/v1/session/oidc/company?return_to=/customers",
            self.app.base
        );
        let answer = browser.get(ours).send().await.unwrap();
        assert_eq!(
            answer.status(),
            StatusCode::SEE_OTHER,
            "{}",
            answer.text().await.unwrap()
        );
        let there = answer.headers()["location"].to_str().unwrap().to_owned();
        let answer = browser.get(there).send().await.unwrap();
        assert!(answer.status().is_redirection());
        answer.headers()["location"].to_str().unwrap().to_owned()
    }

    async fn come_in(&self, claims: Value, fault: Fault) -> Answer {
        let browser = browser();
        self.provider.next(claims, fault);
        let callback = self.at_the_callback(&browser).await;
        let answer = read(browser.get(callback)).await;
        if answer.status == StatusCode::SEE_OTHER {
            assert_eq!(answer.headers["location"], "/customers");
            return read(browser.get(format!("{}/api/v1/session", self.app.base))).await;
        }
        answer
    }
}

#[tokio::test]
async fn single_sign_on_leads_to_a_session() {
    let sso = SignOn::new().await;
    let admin = sso.app.person("root", "admin").await;
    let li = sso.app.user("li", "sales", "en").await;
    sso.configure(&admin, "preferred_username").await;
    let listed = read(sso.app.request(Method::GET, "/api/v1/session/providers"))
        .await
        .ok();
    assert_eq!(
        listed.body["items"][0]["href"],
        "/api/v1/session/oidc/company"
    );
    assert!(!listed.body.to_string().contains(SECRET));
    // The provider is at a private address, which nobody has allowed yet.
    let begin = || sso.app.request(Method::GET, "/api/v1/session/oidc/company");
    read(begin()).await.refused(401, "single_sign_on");
    let host = sso.provider.issuer().trim_start_matches("http://");
    let allow = json!({ "entries": [host] });
    read(
        admin
            .request(Method::PUT, "/api/v1/access/outbound_allowed")
            .json(&allow),
    )
    .await
    .ok();

    let who = json!({ "sub": "s-1", "preferred_username": "li" });
    let session = sso.come_in(who, Fault::None).await.ok();
    assert_eq!(session.body["user"]["id"], li);
    // The link is by subject from now on, whatever the name.
    let renamed = json!({ "sub": "s-1", "preferred_username": "someone-else" });
    assert_eq!(
        sso.come_in(renamed, Fault::None).await.ok().body["user"]["id"],
        li
    );
    let log = admin
        .get(&format!("/api/v1/access/sign_ins?user_id={li}"))
        .await
        .ok();
    assert_eq!(log.body["items"][0]["outcome"], "single_sign_on");
}

#[tokio::test]
async fn single_sign_on_refuses_what_is_not_right() {
    let sso = SignOn::new().await;
    let admin = sso.app.person("root", "admin").await;
    sso.app.user("li", "sales", "en").await;
    sso.configure(&admin, "preferred_username").await;
    let host = sso.provider.issuer().trim_start_matches("http://");
    let allow = json!({ "entries": [host] });
    read(
        admin
            .request(Method::PUT, "/api/v1/access/outbound_allowed")
            .json(&allow),
    )
    .await
    .ok();
    let who = || json!({ "sub": "s-1", "preferred_username": "li" });
    for fault in [
        Fault::ForeignKey,
        Fault::OtherAudience,
        Fault::OtherNonce,
        Fault::OtherIssuer,
        Fault::Expired,
        Fault::NoSignature,
    ] {
        let answer = sso.come_in(who(), fault).await;
        assert_eq!(answer.body["code"], "single_sign_on", "{fault:?}");
    }
    // Nobody of that name, and somebody disabled.
    let nobody = json!({ "sub": "s-2", "preferred_username": "nobody" });
    sso.come_in(nobody, Fault::None)
        .await
        .refused(401, "single_sign_on");
    // Another browser, and a second time.
    sso.provider.next(who(), Fault::None);
    let mine = browser();
    let callback = sso.at_the_callback(&mine).await;
    read(browser().get(&callback))
        .await
        .refused(401, "single_sign_on");
    let answer = mine.get(&callback).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    read(mine.get(&callback))
        .await
        .refused(401, "single_sign_on");
    sqlx::query("update crm.app_user set active = false where login = 'li'")
        .execute(sso.app.db.pool())
        .await
        .unwrap();
    sso.come_in(who(), Fault::None)
        .await
        .refused(401, "user_disabled");

    // An unverified address is nobody's name.
    sso.configure(&admin, "email").await;
    sqlx::query("update crm.app_user set email = 'root@example.com' where login = 'root'")
        .execute(sso.app.db.pool())
        .await
        .unwrap();
    let unverified = json!({ "sub": "s-3", "email": "root@example.com", "email_verified": false });
    sso.come_in(unverified, Fault::None)
        .await
        .refused(401, "single_sign_on");
    let verified = json!({ "sub": "s-3", "email": "root@example.com", "email_verified": true });
    assert_eq!(
        sso.come_in(verified, Fault::None).await.ok().body["user"]["login"],
        "root"
    );
}

/// Single sign-on and the second factor are in the tests above; keys and sessions here.
#[tokio::test]
#[proves("PLUS-17")]
async fn a_revoked_key_or_session_fails_and_a_narrow_key_goes_nowhere_else() {
    a_narrow_key().await;
    let sso = SignOn::new().await;
    let admin = sso.app.person("root", "admin").await;
    let li = sso.app.user("li", "sales", "en").await;
    sso.configure(&admin, "preferred_username").await;
    let host = sso.provider.issuer().trim_start_matches("http://");
    let allow = json!({ "entries": [host] });
    read(
        admin
            .request(Method::PUT, "/api/v1/access/outbound_allowed")
            .json(&allow),
    )
    .await
    .ok();
    let who = json!({ "sub": "s-1", "preferred_username": "li" });
    assert_eq!(
        sso.come_in(who, Fault::None).await.ok().body["user"]["id"],
        li
    );
}

async fn a_narrow_key() {
    let app = TestApp::start().await;
    let admin = app.person("root", "admin").await;
    let body = json!({ "kind": "api", "name": "k", "scopes": ["customer:read"] });
    let made = admin.post("/api/v1/access_tokens", body).await.ok();
    let key = made.body["key"].as_str().unwrap().to_owned();
    let by_key = |method: Method, path: &str| app.request(method, path).bearer_auth(&key);
    read(by_key(Method::GET, "/api/v1/customers")).await.ok();
    for (method, path) in [
        (Method::POST, "/api/v1/customers"),
        (Method::GET, "/api/v1/orders"),
        (Method::GET, "/api/v1/contacts"),
        (Method::GET, "/api/v1/access/roles"),
        (Method::GET, "/api/v1/access/sign_ins"),
        (Method::GET, "/api/v1/access_tokens"),
        (Method::GET, "/api/v1/sessions"),
        (Method::PUT, "/api/v1/access/roles/manager"),
    ] {
        let answer = read(by_key(method.clone(), path).json(&json!({}))).await;
        assert_eq!(
            answer.status,
            StatusCode::FORBIDDEN,
            "{method} {path}: {}",
            answer.body
        );
    }
    let id = &made.body["id"];
    admin
        .delete(&format!("/api/v1/access_tokens/{id}"))
        .await
        .ok();
    read(by_key(Method::GET, "/api/v1/customers"))
        .await
        .refused(401, "unauthenticated");

    let (desk, phone) = (app.sign_in("root").await, app.sign_in("root").await);
    let sessions = desk.get("/api/v1/sessions").await.ok();
    for session in sessions.body["items"].as_array().unwrap() {
        if session["current"] == false {
            desk.delete(&format!("/api/v1/sessions/{}", session["id"]))
                .await
                .ok();
        }
    }
    phone
        .get("/api/v1/session")
        .await
        .refused(401, "unauthenticated");
    desk.get("/api/v1/session").await.ok();
}
