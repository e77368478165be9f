//! A public pool a region, leads in it and with its people.

use anyhow::Context as _;
use basalt_model::{Party, Principal, ShareAccess};
use basalt_oltp::rights::{self, ShareInput};
use serde_json::{Map, Value, json};

use super::{company::Company, people::REGIONS};
use crate::App;

/// Names, stages and industries of each region's leads; the last stands in the pool.
const LEADS: [(&str, &str, &str); 4] = [
    ("晨光文具 Morning Stationery", "new", "retail"),
    ("蓝海物流 Blue Sea Logistics", "contacted", "logistics"),
    ("云启科技 Cloudrise", "contacted", "technology"),
    ("青禾餐饮 Greenfield Catering", "new", "hospitality"),
];

/// Makes pools and leads once; people may have worked with them in the meantime.
///
/// # Errors
/// When a record is refused.
pub async fn set_up(app: &App, company: &Company) -> anyhow::Result<String> {
    let there: bool = sqlx::query_scalar("select exists (select from crm.pool)")
        .fetch_one(app.db().pool())
        .await?;
    if there {
        return Ok("pools and leads are there".to_owned());
    }
    let system = Principal::system();
    let source: Option<i64> = sqlx::query_scalar("select id from crm.source where code = 'web'")
        .fetch_optional(app.db().pool())
        .await?;
    for region in &REGIONS {
        let name = format!("{}公海 {} pool", region.name_zh, region.name_en);
        let pool = json!({
            "name": name, "object": "lead", "claim_limit": 20, "recycle_after_days": 15,
            "return_reasons": "没有预算 No budget\n联系不上 Can't be reached\n不在本区域 Not in this region",
        });
        let pool = app.store().create(&system, "pool", object(pool)?).await?.id;
        for (login, access) in [
            (format!("manager.{}", region.code), ShareAccess::Write),
            (format!("sales.{}", region.code), ShareAccess::Read),
            (format!("sales.{}.2", region.code), ShareAccess::Read),
        ] {
            let share = ShareInput {
                grantee: Party::User(company.user(&login)?),
                access,
                team_role: None,
            };
            rights::share(app.db(), &system, "pool", pool, share).await?;
        }
        let rep = company.user(&format!("sales.{}", region.code))?;
        for (at, (name, stage, industry)) in LEADS.iter().enumerate() {
            let mut lead = object(json!({
                "name": format!("{name} · {}", region.cities[at % region.cities.len()]),
                "stage": stage, "industry": industry, "region": region.code, "source": source,
                "email": format!("lead{at}@{}.example", region.code), "home_pool": pool,
            }))?;
            if at + 1 == LEADS.len() {
                lead.insert("pool".to_owned(), json!(pool));
            } else {
                lead.insert("owner".to_owned(), json!(rep));
            }
            app.store().create(&system, "lead", lead).await?;
        }
    }
    Ok(format!(
        "{} pools with {} leads",
        REGIONS.len(),
        REGIONS.len() * LEADS.len()
    ))
}

fn object(value: Value) -> anyhow::Result<Map<String, Value>> {
    match value {
        Value::Object(map) => Some(map),
        _ => None,
    }
    .context("an object")
}
