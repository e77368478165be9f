//! A running API for one test, and people who use it.

use std::net::SocketAddr;

use basalt_api::{App, Config, app::Parts, events::Events, router::router};
use basalt_model::Principal;
use basalt_oltp::{
    Db,
    auth::Auth,
    record::{FileStore, Store},
};
use basalt_testkit::TestDatabase;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, header::HeaderMap};
use serde_json::{Map, Value, json};

pub const PASSWORD: &str = "correct horse battery";

/// The record side alone: what needs the lake is tested in [`super::node`].
pub struct TestApp {
    pub base: String,
    pub db: Db,
    pub auth: Auth,
    store: Store,
    _database: TestDatabase,
}

/// Somebody at a browser.
pub struct Person {
    client: Client,
    base: String,
    pub csrf: String,
    pub id: i64,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

pub async fn database() -> TestDatabase {
    let _ = rustls::crypto::ring::default_provider().install_default();
    basalt_testkit::database_from("api", |url| async move {
        let db = Db::connect(&url).await.unwrap();
        db.migrate().await.unwrap();
        db.pool().close().await;
    })
    .await
}

impl TestApp {
    pub async fn start() -> Self {
        let database = database().await;
        let db = Db::connect(database.url()).await.unwrap();
        let (auth, store) = (Auth::new(db.clone()), Store::new(db.clone()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let app = App::new(Parts {
            config: Config::default(),
            public_url: base.parse().unwrap(),
            db: db.clone(),
            store: store.clone(),
            imports: basalt_api::routes::imports::RunningImports::default(),
            files: FileStore::at(&"memory:///".parse().unwrap(), &[]).unwrap(),
            auth: auth.clone(),
            analysis: None,
            mailbox: None,
            events: Events::default(),
        });
        let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        Self {
            base,
            db,
            auth,
            store,
            _database: database,
        }
    }

    /// Adds a user with [`PASSWORD`].
    pub async fn user(&self, login: &str, profile: &str, locale: &str) -> i64 {
        let fields = object(
            json!({ "login": login, "name": login, "profile": profile, "locale": locale, "active": true }),
        );
        let id = self
            .store
            .create(&Principal::system(), "user", fields)
            .await
            .unwrap()
            .id;
        self.auth.set_password(id, PASSWORD).await.unwrap();
        id
    }

    /// Adds a user and signs in.
    pub async fn person(&self, login: &str, profile: &str) -> Person {
        self.user(login, profile, "en").await;
        self.sign_in(login).await
    }

    pub async fn sign_in(&self, login: &str) -> Person {
        self.sign_in_with(login, PASSWORD).await
    }

    pub async fn sign_in_with(&self, login: &str, password: &str) -> Person {
        Person::at(&self.base, login, password).await
    }

    /// A request by nobody.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        Client::new().request(method, format!("{}{path}", self.base))
    }
}

impl Person {
    /// Signs in.
    pub async fn at(base: &str, login: &str, password: &str) -> Self {
        let client = Client::builder().cookie_store(true).build().unwrap();
        let answer = read(
            client
                .post(format!("{base}/api/v1/session"))
                .json(&json!({ "login": login, "password": password })),
        )
        .await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        Self {
            client,
            base: base.to_owned(),
            csrf: answer.body["csrf"].as_str().unwrap().to_owned(),
            id: answer.body["user"]["id"].as_i64().unwrap(),
        }
    }

    /// The same browser with the CSRF token of another session.
    pub fn with_csrf(&self, csrf: &str) -> Self {
        Self {
            client: self.client.clone(),
            base: self.base.clone(),
            csrf: csrf.to_owned(),
            id: self.id,
        }
    }

    /// With cookie and CSRF header.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.bare(method, path).header("x-csrf-token", &self.csrf)
    }

    /// With the cookie only.
    pub fn bare(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    pub async fn get(&self, path: &str) -> Answer {
        read(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        read(self.request(Method::POST, path).json(&body)).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        read(self.request(Method::PATCH, path).json(&body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        read(self.request(Method::DELETE, path)).await
    }
}

pub async fn read(request: RequestBuilder) -> Answer {
    let response: Response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let text = response.text().await.unwrap();
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Answer {
        status,
        headers,
        body,
    }
}

impl Answer {
    #[track_caller]
    pub fn ok(self) -> Self {
        assert!(self.status.is_success(), "{} {}", self.status, self.body);
        self
    }

    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Self {
        assert_eq!(
            (self.status.as_u16(), self.body["code"].as_str()),
            (status, Some(code)),
            "{}",
            self.body
        );
        assert_eq!(self.headers["content-type"], "application/problem+json");
        self
    }
}

pub fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("{other} is no object"),
    }
}
