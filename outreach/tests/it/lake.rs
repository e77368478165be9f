//! From the record over change capture and the lake to a sent campaign, with nothing replaced.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use basalt_ingest::{Capture, CaptureConfig, CaptureHandle};
use basalt_model::Condition;
use basalt_outreach::{Definition, Error, Mailbox, Outreach, SmtpConfig};
use basalt_query::{Engine, EngineConfig, Freshness, ReadAt};
use basalt_warehouse::{Lake, LakeConfig, Lsn, TableName};
use serde_json::{Value, json};
use tempfile::TempDir;
use url::Url;

use crate::world::{World, principal, sender, world};

struct Stream(Arc<CaptureHandle>);

#[async_trait]
impl Freshness for Stream {
    async fn fresh_lsn(&self) -> basalt_query::Result<Lsn> {
        self.0
            .nudge()
            .await
            .map_err(|error| basalt_query::Error::Freshness(error.to_string()))
    }
}

struct Lakehouse {
    world: World,
    capture: Arc<CaptureHandle>,
    engine: Engine,
    _folder: TempDir,
}

impl Lakehouse {
    async fn over(world: World) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let source = Capture::identify(world.pg.url()).await.unwrap();
        let mut config = LakeConfig::new(Url::from_directory_path(folder.path()).unwrap());
        config.source_id = source.system_identifier;
        config.timeline = source.timeline;
        let lake = Lake::open(config).await.unwrap();
        let dictionary = world.db.dictionary();
        let tables = dictionary
            .objects()
            .iter()
            .map(|object| object.table.clone())
            .chain(
                dictionary
                    .side_tables()
                    .iter()
                    .map(|side| side.table.clone()),
            )
            .map(|table| TableName::new("crm", table))
            .collect();
        let config = CaptureConfig {
            slot: world.pg.name().to_owned(),
            publication: world.pg.name().to_owned(),
            ..CaptureConfig::new(world.pg.url(), tables)
        };
        let capture = Arc::new(Capture::start(config, lake.clone()).await.unwrap());
        capture.caught_up(Duration::from_secs(60)).await.unwrap();
        let engine = Engine::new(
            EngineConfig::default(),
            lake,
            Arc::new(move || Arc::clone(&dictionary)),
            Arc::new(Stream(Arc::clone(&capture))),
        )
        .unwrap();
        Self {
            world,
            capture,
            engine,
            _folder: folder,
        }
    }

    fn outreach(&self, smtp: SmtpConfig) -> Outreach {
        let config = self.world.config(smtp);
        Outreach::new(self.world.db.clone(), self.engine.clone(), config)
    }

    async fn define(&self, kind: &str, definition: &Value) {
        let updated = sqlx::query("update crm.segment set kind = $1, definition = $2")
            .bind(kind)
            .bind(definition)
            .execute(self.world.db.pool())
            .await
            .unwrap();
        assert_eq!(updated.rows_affected(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn from_a_condition_on_the_lake_to_clicks_in_the_lake() {
    let house = Lakehouse::over(world(6).await).await;
    let world = &house.world;
    let mailbox = Mailbox::start(SocketAddr::from(([127, 0, 0, 1], 0)), None).unwrap();
    let address = mailbox.address();
    let outreach = house.outreach(SmtpConfig::plain(address.ip().to_string(), address.port()));
    world
        .pg
        .execute(
            "update crm.customer set region = case when code <= 'C000004' then 'east' else 'north' end;
             insert into crm.customer_score (customer_id, as_of, p_alive, rfm_segment)
             select id, current_date, case when code <= 'C000002' then 0.9 else 0.2 end, 'champions' from crm.customer",
        )
        .await;

    let condition = json!({"all": [
        {"field": "region", "op": "eq", "value": "east"},
        {"field": "score.p_alive", "op": "lt", "value": 0.5}]});
    house.define("condition", &condition).await;
    let preview = outreach
        .preview(
            &world.marketer,
            &Definition::parse("condition", &condition).unwrap(),
        )
        .await
        .unwrap();
    assert_eq!(preview.count, 2, "what was just written is seen");
    let names: Vec<&str> = preview
        .sample
        .iter()
        .filter_map(|row| row["name"].as_str())
        .collect();
    assert_eq!(names.len(), 2);
    assert!(
        names.contains(&"Customer 3") && names.contains(&"Customer 4"),
        "{names:?}"
    );

    let evaluation = outreach
        .evaluate(&world.marketer, world.segment)
        .await
        .unwrap();
    assert_eq!(
        (evaluation.members, evaluation.entered, evaluation.left),
        (2, 0, 4)
    );
    assert!(evaluation.lsn.parse::<Lsn>().is_ok(), "{}", evaluation.lsn);
    let in_it = world
        .number("select id from crm.customer where code = 'C000003'")
        .await;
    let out = world
        .number("select id from crm.customer where code = 'C000001'")
        .await;
    let why = outreach
        .explain(&world.marketer, world.segment, in_it)
        .await
        .unwrap();
    assert!(why.fits && why.member && why.checks.iter().all(|check| check.holds));
    let why_not = outreach
        .explain(&world.marketer, world.segment, out)
        .await
        .unwrap();
    assert!(!why_not.fits && !why_not.member);
    assert_eq!(
        why_not
            .checks
            .iter()
            .map(|check| check.holds)
            .collect::<Vec<_>>(),
        [true, false]
    );

    let launched = outreach
        .launch(&world.marketer, world.campaign)
        .await
        .unwrap();
    assert_eq!(launched.planned, 2);
    sender(&outreach).send_all_due().await.unwrap();
    let mails = mailbox.wait_for(2, Duration::from_secs(30)).await.unwrap();
    let token = mails[0].link("https://crm.basalt.test/t/o/").unwrap();
    let token = token
        .rsplit('/')
        .next()
        .unwrap()
        .trim_end_matches(".gif")
        .to_owned();
    let mut later = basalt_outreach::Hit::now("Mozilla/5.0 (X11) Chrome/140.0", None);
    later.at += chrono::TimeDelta::hours(1);
    outreach.open(&token, &later).await.unwrap();

    let seen = house
        .engine
        .query(
            &world.marketer,
            "select accepted, opened, clicked from mart.campaign_result where campaign = 'Spring'",
            ReadAt::Fresh,
        )
        .await
        .unwrap();
    assert_eq!(
        seen.to_json_rows().unwrap(),
        [json!([2, 1, 0])],
        "ledger and lake agree"
    );
    house.capture.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_can_not_name_customers_that_its_owner_does_not_see() {
    let house = Lakehouse::over(world(5).await).await;
    let world = &house.world;
    let outreach = house.outreach(SmtpConfig::plain("127.0.0.1", 9));
    world
        .pg
        .execute(
            "insert into crm.app_user (login, name, profile) values ('sam', 'Sam', 'sales');
             update crm.customer set owner_id = (select id from crm.app_user where login = 'sam') where code <= 'C000002'",
        )
        .await;
    let sam = world
        .number("select id from crm.app_user where login = 'sam'")
        .await;
    let sam = principal(&world.db, sam, "sales").await;

    let all = Definition::Sql("select id as customer_id from crm.customer".into());
    assert_eq!(
        outreach.preview(&world.marketer, &all).await.unwrap().count,
        5
    );
    assert_eq!(outreach.preview(&sam, &all).await.unwrap().count, 2);
    let made_up = Definition::Sql(
        "select cast(n as int) as customer_id from unnest(range(0, 1000)) as t(n)".into(),
    );
    assert_eq!(outreach.preview(&sam, &made_up).await.unwrap().count, 2);
    let listed = Definition::Static(world.customers().await.into_iter().collect());
    assert_eq!(outreach.preview(&sam, &listed).await.unwrap().count, 2);
    let everybody = Definition::Condition(Condition::everything());
    assert_eq!(outreach.preview(&sam, &everybody).await.unwrap().count, 2);

    house
        .define(
            "sql",
            &json!({"sql": "select id as customer_id from crm.customer"}),
        )
        .await;
    assert_eq!(
        outreach
            .evaluate(&world.marketer, world.segment)
            .await
            .unwrap()
            .members,
        5
    );
    world
        .pg
        .execute(&format!(
            "alter table crm.segment disable trigger user; update crm.segment set updated_by = {}",
            sam.user_id
        ))
        .await;
    let evaluation = outreach
        .evaluate(&world.marketer, world.segment)
        .await
        .unwrap();
    assert_eq!(
        (evaluation.members, evaluation.left),
        (2, 3),
        "owner and last changer together"
    );

    for bad in [
        "select 1 as id",
        "delete from crm.customer",
        "select customer_id from nowhere",
    ] {
        let error = outreach
            .preview(&world.marketer, &Definition::Sql(bad.into()))
            .await
            .unwrap_err();
        assert!(
            matches!(error, Error::Definition(_) | Error::Query(_)),
            "{bad}: {error}"
        );
    }
    house.capture.stop().await.unwrap();
}
