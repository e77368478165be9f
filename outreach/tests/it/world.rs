//! A small company for tests: users, customers, contacts, a segment and a campaign.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use basalt_model::{Locale, Principal, PrincipalKind, Rights, Via};
use basalt_oltp::Db;
use basalt_outreach::{
    Audience, Cut, Definition, Outreach, OutreachConfig, RunProgress, Sender, SmtpConfig,
};
use basalt_testkit::TestDatabase;
use serde_json::{Map, Value, json};
use sqlx::types::Json;

pub const TEMPLATE: &str = r#"<mjml><mj-body><mj-section><mj-column>
  <mj-text>Dear {{ contact.name }} of {{ customer.name }}, {{ campaign.name }} begins.</mj-text>
  <mj-button href="https://shop.test/spring?from=mail">See the offer</mj-button>
  <mj-text><a href="https://shop.test/about">About us</a> <a href="{{ unsubscribe_url }}">Unsubscribe</a></mj-text>
</mj-column></mj-section></mj-body></mjml>"#;

/// Answers with sets that a test has put in: for everybody, or for single users.
#[derive(Default)]
pub struct FixedAudience {
    everybody: Mutex<BTreeSet<i64>>,
    users: Mutex<BTreeMap<i64, BTreeSet<i64>>>,
}

impl FixedAudience {
    pub fn set(&self, customers: impl IntoIterator<Item = i64>) {
        *self.everybody.lock().unwrap() = customers.into_iter().collect();
    }

    pub fn set_for(&self, user: i64, customers: impl IntoIterator<Item = i64>) {
        self.users
            .lock()
            .unwrap()
            .insert(user, customers.into_iter().collect());
    }
}

#[async_trait]
impl Audience for FixedAudience {
    async fn cut(
        &self,
        principal: &Principal,
        _: &Definition,
        _: Option<&str>,
    ) -> basalt_outreach::Result<Cut> {
        let users = self.users.lock().unwrap();
        let customers = match users.get(&principal.user_id) {
            Some(customers) => customers.clone(),
            None => self.everybody.lock().unwrap().clone(),
        };
        Ok(Cut {
            customers,
            lsn: "0/1000".into(),
        })
    }

    async fn sample(
        &self,
        _: &Principal,
        customers: &[i64],
    ) -> basalt_outreach::Result<Vec<Map<String, Value>>> {
        Ok(customers
            .iter()
            .map(|id| Map::from_iter([("id".to_owned(), json!(id))]))
            .collect())
    }
}

pub struct World {
    pub pg: TestDatabase,
    pub db: Db,
    pub audience: Arc<FixedAudience>,
    /// Owns the segment and the campaign.
    pub marketer: Principal,
    pub segment: i64,
    pub campaign: i64,
}

/// A company with `customers` customers of one contact each, all of them in an evaluated segment,
/// and a campaign that can be launched.
pub async fn world(customers: i64) -> World {
    let pg = basalt_testkit::database_from("outreach", |url| async move {
        let db = Db::connect(&url).await.expect("connects");
        db.migrate().await.expect("migrates");
        db.pool().close().await;
    })
    .await;
    let db = Db::connect(pg.url()).await.expect("connects");
    let user: i64 = sqlx::query_scalar(
        "insert into crm.app_user (login, name, profile) values ('mia', 'Mia', 'marketer') returning id",
    )
    .fetch_one(db.pool())
    .await
    .expect("a user");
    sqlx::query(
        "with c as (
             insert into crm.customer (code, name, kind)
             select 'C' || lpad(n::text, 6, '0'), 'Customer ' || n, 'organisation'
             from generate_series(1, $1::bigint) n returning id, code)
         insert into crm.contact (customer_id, name, email, email_consent, language)
         select id, 'Person ' || code, lower(code) || '@example.test', true, 'en' from c order by id",
    )
    .bind(customers)
    .execute(db.pool())
    .await
    .expect("customers");
    let segment: i64 = sqlx::query_scalar(
        "insert into crm.segment (name, kind, definition, owner_id, updated_by)
         values ('Everybody', 'condition', '{\"all\":[]}', $1, $1) returning id",
    )
    .bind(user)
    .fetch_one(db.pool())
    .await
    .expect("a segment");
    let campaign: i64 = sqlx::query_scalar(
        "insert into crm.campaign (name, segment_id, subject, template, sender_name, sender_address, owner_id)
         values ('Spring', $1, 'Hello {{ contact.name }}', $2, 'Basalt 玄武岩', 'news@basalt.test', $3)
         returning id",
    )
    .bind(segment)
    .bind(TEMPLATE)
    .bind(user)
    .fetch_one(db.pool())
    .await
    .expect("a campaign");
    let marketer = principal(&db, user, "marketer").await;
    let world = World {
        pg,
        db,
        audience: Arc::new(FixedAudience::default()),
        marketer,
        segment,
        campaign,
    };
    world.audience.set(world.customers().await);
    if customers > 0 {
        let nowhere = world.outreach(SmtpConfig::plain("127.0.0.1", 9));
        nowhere
            .evaluate(&world.marketer, segment)
            .await
            .expect("evaluates");
    }
    world
}

/// A user with the rights of a standard profile.
pub async fn principal(db: &Db, user_id: i64, profile: &str) -> Principal {
    let Json(rights): Json<Rights> =
        sqlx::query_scalar("select rights from sys.profile where name = $1")
            .bind(profile)
            .fetch_one(db.pool())
            .await
            .expect("a profile");
    Principal {
        kind: PrincipalKind::User,
        user_id,
        login: "test".into(),
        name: "Test".into(),
        locale: Locale::En,
        department_id: None,
        department_tree: Vec::new(),
        rights: Arc::new(rights),
        sight: Arc::default(),
        scopes: None,
        via: Via::Api,
        impersonator: None,
    }
}

impl World {
    pub fn config(&self, smtp: SmtpConfig) -> OutreachConfig {
        OutreachConfig::new(
            "https://crm.basalt.test".parse().expect("a URL"),
            b"a secret for tests".to_vec(),
            smtp,
        )
    }

    pub fn outreach(&self, smtp: SmtpConfig) -> Outreach {
        self.outreach_with(self.config(smtp))
    }

    pub fn outreach_with(&self, config: OutreachConfig) -> Outreach {
        Outreach::with_audience(
            self.db.clone(),
            Arc::clone(&self.audience) as Arc<dyn Audience>,
            config,
        )
    }

    pub async fn customers(&self) -> Vec<i64> {
        sqlx::query_scalar("select id from crm.customer order by id")
            .fetch_all(self.db.pool())
            .await
            .expect("customers")
    }

    /// Launches and returns the run.
    pub async fn launch(&self, outreach: &Outreach) -> i64 {
        outreach
            .launch(&self.marketer, self.campaign)
            .await
            .expect("launches")
            .run_id
    }

    pub async fn progress(&self, outreach: &Outreach, run: i64) -> RunProgress {
        outreach
            .progress(&self.marketer, run)
            .await
            .expect("has progress")
    }

    /// Another campaign like the first.
    pub async fn another_campaign(&self) -> i64 {
        self.number(&format!(
            "insert into crm.campaign (name, segment_id, subject, template, sender_address, owner_id)
             select 'Summer', segment_id, subject, template, sender_address, owner_id
             from crm.campaign where id = {} returning id",
            self.campaign
        ))
        .await
    }

    /// The single number that a statement returns.
    pub async fn number(&self, sql: &str) -> i64 {
        sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_owned()))
            .fetch_one(self.db.pool())
            .await
            .unwrap_or_else(|error| panic!("{error}\nin: {sql}"))
    }

    pub async fn text(&self, sql: &str) -> Option<String> {
        sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_owned()))
            .fetch_one(self.db.pool())
            .await
            .unwrap_or_else(|error| panic!("{error}\nin: {sql}"))
    }
}

/// A sender without waiting between its looks.
pub fn sender(outreach: &Outreach) -> Sender {
    Sender::new(outreach)
}
