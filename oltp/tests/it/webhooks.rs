//! Webhooks and the outbound client, against a receiver on this machine.

use std::sync::{Arc, Mutex};

use axum::http::{HeaderMap, StatusCode};
use axum::{
    Router,
    extract::State,
    response::Redirect,
    routing::{get, post},
};
use basalt_oltp::outbound::{self, Outbound, OutboundError, Outgoing};
use basalt_oltp::workflow::{self, WebhookInput, signature};
use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::workflow::Shop;
use crate::world::{World, map};

const SECRET: &str = "a secret of enough length";

#[derive(Clone, Default)]
struct Receiver {
    down: Arc<Mutex<bool>>,
    got: Arc<Mutex<Vec<(HeaderMap, String)>>>,
}

async fn receive(State(receiver): State<Receiver>, headers: HeaderMap, body: String) -> StatusCode {
    if *receiver.down.lock().unwrap() {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    receiver.got.lock().unwrap().push((headers, body));
    StatusCode::NO_CONTENT
}

impl Receiver {
    /// Where it listens: `127.0.0.1:port`.
    async fn listen(&self) -> String {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let router = Router::new()
            .route("/hook", post(receive))
            .route(
                "/moved",
                get(|| async { Redirect::temporary("http://169.254.169.254/latest/meta-data") }),
            )
            .route("/round", get(|| async { Redirect::temporary("/round") }))
            .route("/large", get(|| async { "x".repeat(2 << 20) }))
            .route("/fine", get(|| async { "fine" }))
            .with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        address
    }
}

async fn make_due(w: &World) {
    sqlx::query(
        "update graphile_worker._private_jobs set run_at = now() where attempts < max_attempts",
    )
    .execute(w.db.pool())
    .await
    .unwrap();
}

#[tokio::test]
async fn a_receiver_that_was_down_gets_every_event_signed() {
    let w = World::new().await;
    let shop = Shop::open(&w.db).await;
    let receiver = Receiver::default();
    let address = receiver.listen().await;
    let input = |secret: Option<&str>| WebhookInput {
        name: "customers".into(),
        url: format!("http://{address}/hook"),
        secret: secret.map(str::to_owned),
        object: "customer".into(),
        kinds: vec!["created".into(), "changed".into(), "deleted".into()],
        active: true,
    };
    assert!(
        workflow::save_webhook(&w.db, &w.analyst, None, input(None))
            .await
            .is_err()
    );
    // By the rights of the analyst, who sees no telephone.
    let hook = workflow::save_webhook(&w.db, &w.analyst, None, input(Some(SECRET)))
        .await
        .unwrap();
    let first = w.customer(&w.sales, "C1").await;
    shop.work().await;
    let state = async || workflow::deliveries(&w.db, hook).await.unwrap();
    assert_eq!(
        state().await[0].state,
        "waiting",
        "a private address that nobody allowed"
    );
    assert_eq!(
        state().await[0].error.as_deref(),
        Some("the address is not allowed")
    );

    outbound::set_allowed(&w.db, &w.admin, std::slice::from_ref(&address))
        .await
        .unwrap();
    *receiver.down.lock().unwrap() = true;
    let patch = map(json!({"city": "X", "phone": "+1 555 1"}));
    w.store
        .update(&w.sales, "customer", first, patch, None)
        .await
        .unwrap();
    make_due(&w).await;
    shop.work().await;
    assert_eq!(state().await[0].answer, Some(503));
    assert!(receiver.got.lock().unwrap().is_empty());

    *receiver.down.lock().unwrap() = false;
    make_due(&w).await;
    shop.work().await;
    assert!(
        state()
            .await
            .iter()
            .all(|delivery| delivery.state == "delivered")
    );
    let got = receiver.got.lock().unwrap().clone();
    assert_eq!(got.len(), 2);
    for (headers, body) in &got {
        let signed = headers["basalt-signature"].to_str().unwrap();
        let at: i64 = signed
            .strip_prefix("t=")
            .unwrap()
            .split(',')
            .next()
            .unwrap()
            .parse()
            .unwrap();
        assert!(
            (chrono::Utc::now().timestamp() - at).abs() < 60,
            "the time of this attempt"
        );
        assert_eq!(signed, signature(SECRET, at, body));
        assert_ne!(signed, signature("another secret here", at, body));
    }
    let bodies: Vec<Json> = got
        .iter()
        .map(|(_, body)| serde_json::from_str(body).unwrap())
        .collect();
    let changed = bodies
        .iter()
        .find(|body| body["event"] == "customer.changed")
        .unwrap();
    assert_eq!(
        changed["changed"],
        json!(["city"]),
        "what is hidden from the owner isn't named"
    );
    assert_eq!(changed["record"]["city"], "X");
    assert!(changed["record"].get("phone").is_none());
    assert!(
        bodies
            .iter()
            .any(|body| body["event"] == "customer.created")
    );
    let ids: std::collections::BTreeSet<_> = got
        .iter()
        .map(|(headers, _)| {
            headers["basalt-delivery"]
                .clone()
                .to_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(ids.len(), 2);
    workflow::remove_webhook(&w.db, &w.admin, hook)
        .await
        .unwrap();
    w.customer(&w.sales, "C2").await;
    let waiting: i64 = sqlx::query_scalar("select count(*) from sys.event")
        .fetch_one(w.db.pool())
        .await
        .unwrap();
    assert_eq!(waiting, 0, "nobody waits for it any more");
}

#[tokio::test]
async fn requests_go_where_they_may_and_nowhere_else() {
    let w = World::new().await;
    let receiver = Receiver::default();
    let address = receiver.listen().await;
    let port = address.rsplit(':').next().unwrap();
    let client = Outbound::new(w.db.clone());
    let send = async |url: &str| {
        let request = Outgoing {
            method: Method::GET,
            url: url.parse().unwrap(),
            headers: HeaderMap::new(),
            body: Vec::new(),
        };
        client
            .send(request)
            .await
            .map(|answer| String::from_utf8(answer.body).unwrap())
    };
    for url in [
        format!("http://{address}/fine"),
        format!("http://localhost:{port}/fine"),
        format!("http://[::1]:{port}/fine"),
        format!("http://[::ffff:127.0.0.1]:{port}/fine"),
        format!("http://2130706433:{port}/fine"),
        format!("http://0x7f.1:{port}/fine"),
        format!("http://user:pw@{address}/fine"),
        "http://169.254.169.254/latest".to_owned(),
        "http://10.0.0.1/".to_owned(),
        "ftp://example.com/".to_owned(),
        "file:///etc/passwd".to_owned(),
    ] {
        assert_eq!(send(&url).await, Err(OutboundError::NotAllowed), "{url}");
    }
    outbound::set_allowed(&w.db, &w.admin, std::slice::from_ref(&address))
        .await
        .unwrap();
    assert_eq!(
        send(&format!("http://{address}/fine")).await.as_deref(),
        Ok("fine")
    );
    // What is allowed doesn't lead on to what isn't.
    assert_eq!(
        send(&format!("http://{address}/moved")).await,
        Err(OutboundError::NotAllowed)
    );
    assert_eq!(
        send(&format!("http://{address}/round")).await,
        Err(OutboundError::Unacceptable)
    );
    assert_eq!(
        send(&format!("http://{address}/large")).await,
        Err(OutboundError::Unacceptable)
    );
    assert_eq!(
        send("http://127.0.0.1:1/fine").await,
        Err(OutboundError::NotAllowed),
        "another port"
    );
}

#[tokio::test]
async fn a_rule_posts_the_record_by_the_rights_of_a_user() {
    let w = World::new().await;
    let shop = Shop::open(&w.db).await;
    let receiver = Receiver::default();
    let address = receiver.listen().await;
    outbound::set_allowed(&w.db, &w.admin, std::slice::from_ref(&address))
        .await
        .unwrap();
    for (name, by) in [("by sam", &w.sales), ("by otto", &w.other)] {
        let rule = crate::workflow::rule(json!({
            "name": name, "object": "customer", "starts": {"on": "created"},
            "actions": [{
                "do": "webhook", "url": format!("http://{address}/hook"), "secret": SECRET, "by_rights_of": by.user_id,
            }],
        }));
        workflow::save_rule(&w.db, &w.admin, None, rule)
            .await
            .unwrap();
    }
    w.customer(&w.sales, "C1").await;
    shop.work().await;
    let got = receiver.got.lock().unwrap().clone();
    assert_eq!(got.len(), 1, "otto may not read the record");
    let body: Json = serde_json::from_str(&got[0].1).unwrap();
    assert_eq!(body["event"], "rule:by sam");
    assert_eq!(body["record"]["code"], "C1");
}
