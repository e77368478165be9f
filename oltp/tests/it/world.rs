//! A small company to test in: a head office with two regions, one user of every profile.

use std::sync::Arc;

use basalt_model::{Locale, Principal, PrincipalKind, Via};
use basalt_oltp::Db;
use basalt_oltp::record::{JsonMap, Store};
use basalt_testkit::TestDatabase;
use serde_json::{Value as Json, json};

pub struct World {
    pub pg: TestDatabase,
    pub db: Db,
    pub store: Store,
    pub system: Principal,
    pub admin: Principal,
    /// Head of the east region and its shops.
    pub manager: Principal,
    /// Sells in a shop of the east region.
    pub sales: Principal,
    /// Sells in the west.
    pub other: Principal,
    pub marketer: Principal,
    pub analyst: Principal,
}

pub fn map(json: Json) -> JsonMap {
    json.as_object().unwrap().clone()
}

impl World {
    pub async fn new() -> Self {
        let pg = basalt_testkit::database().await;
        let db = Db::connect(pg.url()).await.unwrap();
        db.migrate().await.unwrap();
        let store = Store::new(db.clone());
        let system = Principal::system();
        let head = id(
            &store,
            "department",
            json!({"code":"HQ","name":"Head office"}),
        )
        .await;
        let east = id(
            &store,
            "department",
            json!({"code":"E","name":"East","parent":head,"region":"east"}),
        )
        .await;
        let shop = id(
            &store,
            "department",
            json!({"code":"E1","name":"East shop","parent":east}),
        )
        .await;
        let west = id(
            &store,
            "department",
            json!({"code":"W","name":"West","parent":head}),
        )
        .await;
        let admin = user(&db, "ada", "admin", head, &[head, east, shop, west]).await;
        let manager = user(&db, "mei", "manager", east, &[east, shop]).await;
        let sales = user(&db, "sam", "sales", shop, &[shop]).await;
        let other = user(&db, "otto", "sales", west, &[west]).await;
        let marketer = user(&db, "mia", "marketer", head, &[head, east, shop, west]).await;
        let analyst = user(&db, "ana", "analyst", head, &[head, east, shop, west]).await;
        Self {
            pg,
            db,
            store,
            system,
            admin,
            manager,
            sales,
            other,
            marketer,
            analyst,
        }
    }

    /// A customer of the owner, made by the owner's own rights or the system's.
    pub async fn customer(&self, owner: &Principal, code: &str) -> i64 {
        let input = json!({"code":code,"name":format!("Customer {code}"),"region":"east","phone":"+86 10 1234","owner":owner.user_id});
        self.store
            .create(&self.system, "customer", map(input))
            .await
            .unwrap()
            .id
    }

    pub async fn order(&self, owner: &Principal, customer: i64, amount: &str) -> i64 {
        let input = json!({"customer":customer,"ordered_on":"2026-11-01","status":"confirmed","amount":amount,"owner":owner.user_id});
        self.store
            .create(&self.system, "order", map(input))
            .await
            .unwrap()
            .id
    }
}

async fn id(store: &Store, object: &str, input: Json) -> i64 {
    store
        .create(&Principal::system(), object, map(input))
        .await
        .unwrap()
        .id
}

async fn user(db: &Db, login: &str, profile: &str, department: i64, tree: &[i64]) -> Principal {
    let input = json!({"login":login,"name":login.to_uppercase(),"profile":profile,"department":department});
    let user_id = id(&Store::new(db.clone()), "user", input).await;
    let rights: Json = sqlx::query_scalar("select rights from sys.profile where name = $1")
        .bind(profile)
        .fetch_one(db.pool())
        .await
        .unwrap();
    Principal {
        kind: PrincipalKind::User,
        user_id,
        login: login.to_owned(),
        name: login.to_uppercase(),
        locale: Locale::En,
        department_id: Some(department),
        department_tree: tree.to_vec(),
        rights: Arc::new(serde_json::from_value(rights).unwrap()),
        sight: Arc::default(),
        scopes: None,
        via: Via::Api,
        impersonator: None,
    }
}
