//! The company of the demonstration: departments a region, and the accounts of four kinds of people.

use std::collections::BTreeMap;

use anyhow::Context as _;
use basalt_model::Principal;
use serde_json::{Map, Value, json};

use super::people::REGIONS;
use crate::App;

/// Accounts by login, and departments by code.
#[derive(Debug, Default)]
pub struct Company {
    pub users: BTreeMap<String, i64>,
    departments: BTreeMap<String, i64>,
}

impl Company {
    /// # Errors
    /// When there is no such account.
    pub fn user(&self, login: &str) -> anyhow::Result<i64> {
        self.users
            .get(login)
            .copied()
            .with_context(|| format!("no account {login}"))
    }
}

/// Makes what is missing; what is there stays as it is.
///
/// # Errors
/// When a record is refused.
pub async fn set_up(app: &App, password: &str) -> anyhow::Result<Company> {
    let mut company = Company::default();
    department(app, &mut company, "hq", "总部 Head office", None, None).await?;
    department(app, &mut company, "sales", "销售部 Sales", Some("hq"), None).await?;
    department(
        app,
        &mut company,
        "marketing",
        "市场部 Marketing",
        Some("hq"),
        None,
    )
    .await?;
    department(
        app,
        &mut company,
        "analytics",
        "数据分析部 Analytics",
        Some("hq"),
        None,
    )
    .await?;
    for region in &REGIONS {
        let name = format!("{}大区 {}", region.name_zh, region.name_en);
        department(
            app,
            &mut company,
            &format!("sales-{}", region.code),
            &name,
            Some("sales"),
            Some(region.code),
        )
        .await?;
    }
    user(
        app,
        &mut company,
        password,
        "admin",
        "管理员 Admin",
        "admin",
        "hq",
        "en",
    )
    .await?;
    user(
        app,
        &mut company,
        password,
        "marketer",
        "沈月 Luna Shen",
        "marketer",
        "marketing",
        "zh",
    )
    .await?;
    user(
        app,
        &mut company,
        password,
        "analyst",
        "Ada Novak",
        "analyst",
        "analytics",
        "en",
    )
    .await?;
    for region in &REGIONS {
        let place = format!("sales-{}", region.code);
        let international = region.code == "international";
        let locale = if international || region.code == "south" {
            "en"
        } else {
            "zh"
        };
        let manager = format!("{}经理 {} manager", region.name_zh, region.name_en);
        user(
            app,
            &mut company,
            password,
            &format!("manager.{}", region.code),
            &manager,
            "manager",
            &place,
            locale,
        )
        .await?;
        for (suffix, number) in [("", 1), (".2", 2)] {
            let name = format!(
                "{}销售 {number} {} sales {number}",
                region.name_zh, region.name_en
            );
            user(
                app,
                &mut company,
                password,
                &format!("sales.{}{suffix}", region.code),
                &name,
                "sales",
                &place,
                locale,
            )
            .await?;
        }
    }
    Ok(company)
}

async fn department(
    app: &App,
    company: &mut Company,
    code: &str,
    name: &str,
    parent: Option<&str>,
    region: Option<&str>,
) -> anyhow::Result<()> {
    let found: Option<i64> = sqlx::query_scalar("select id from crm.department where code = $1")
        .bind(code)
        .fetch_optional(app.db().pool())
        .await?;
    let id = match found {
        Some(id) => id,
        None => {
            let mut input = object(json!({ "code": code, "name": name }));
            if let Some(parent) = parent {
                input.insert("parent".into(), json!(company.departments[parent]));
            }
            if let Some(region) = region {
                input.insert("region".into(), json!(region));
            }
            app.store()
                .create(&Principal::system(), "department", input)
                .await?
                .id
        }
    };
    company.departments.insert(code.to_owned(), id);
    Ok(())
}

#[expect(
    clippy::too_many_arguments,
    reason = "one line an account reads better than a struct of the same words"
)]
async fn user(
    app: &App,
    company: &mut Company,
    password: &str,
    login: &str,
    name: &str,
    profile: &str,
    department: &str,
    locale: &str,
) -> anyhow::Result<()> {
    let found: Option<i64> = sqlx::query_scalar("select id from crm.app_user where login = $1")
        .bind(login)
        .fetch_optional(app.db().pool())
        .await?;
    let id = match found {
        Some(id) => id,
        None => {
            let input = object(json!({
                "login": login, "name": name, "email": format!("{login}@basalt.example"), "locale": locale, "profile": profile,
                "department": company.departments[department],
            }));
            let id = app
                .store()
                .create(&Principal::system(), "user", input)
                .await?
                .id;
            app.auth().set_password(id, password).await?;
            id
        }
    };
    company.users.insert(login.to_owned(), id);
    Ok(())
}

/// The fields of a JSON object.
pub fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
