//! Conditions compiled for Postgres against what they mean, on random rows.

use basalt_model::condition::{ColumnPath, Op, Scalar};
use basalt_model::{Condition, SqlType, value};
use basalt_oltp::record::{ListRequest, Sort};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value as Json, json};

use crate::world::World;

/// The fields that conditions test here, with the values that rows and conditions draw from.
fn values(field: &str) -> Vec<Json> {
    match field {
        "name" | "owner.name" => vec![
            json!("Alpha"),
            json!("alpha"),
            json!("ä"),
            json!("中文"),
            json!("a_b%c"),
            json!("\\"),
        ],
        "region" => vec![json!("east"), json!("north"), json!("south")],
        "first_order_on" => vec![
            json!("2026-01-01"),
            json!("2026-02-28"),
            json!("0001-01-01"),
            json!("9999-12-31"),
        ],
        "score.p_alive" => vec![json!(0.0), json!(0.25), json!(0.5), json!(1.0)],
        "score.clv" => vec![json!("0"), json!("10.50"), json!("-3"), json!("10.5")],
        "score.frequency" => vec![json!(0), json!(3), json!(2_147_483_648_i64)],
        _ => unreachable!("{field}"),
    }
}

fn any_condition() -> impl Strategy<Value = Condition> {
    let field = prop::sample::select(vec![
        "name",
        "region",
        "first_order_on",
        "score.p_alive",
        "score.clv",
        "score.frequency",
        "owner.name",
    ]);
    let leaf = field.prop_flat_map(|field| {
        let some = prop::sample::select(values(field));
        let text = matches!(field, "name" | "owner.name" | "region");
        let mut ops = vec![
            Op::Eq,
            Op::Ne,
            Op::Lt,
            Op::Le,
            Op::Gt,
            Op::Ge,
            Op::In,
            Op::Between,
            Op::IsEmpty,
        ];
        if text {
            ops.extend([Op::Contains, Op::StartsWith]);
        }
        (
            Just(field),
            prop::sample::select(ops),
            prop::collection::vec(some, 2..=2),
            any::<bool>(),
            0_usize..3,
        )
    });
    let leaf = leaf.prop_map(|(field, op, pair, flag, count)| {
        let value = match op {
            Op::In => Json::Array(pair.into_iter().take(count).collect()),
            Op::Between => Json::Array(pair),
            Op::IsEmpty => json!(flag),
            Op::Contains | Op::StartsWith => {
                let text = pair[0].as_str().unwrap();
                json!(text.chars().take(1 + count).collect::<String>())
            }
            _ => pair[0].clone(),
        };
        Condition::Compare {
            field: field.to_owned(),
            op,
            value,
        }
    });
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Condition::All),
            prop::collection::vec(inner.clone(), 0..3).prop_map(Condition::Any),
            inner.prop_map(|part| Condition::Not(Box::new(part))),
        ]
    })
}

/// The value of a column in a listed record.
fn lookup(record: &Json, path: &ColumnPath) -> Option<Scalar> {
    let keys = path
        .joins
        .last()
        .map(|join| join.name.clone())
        .unwrap_or_default();
    let inner = keys
        .split('.')
        .filter(|key| !key.is_empty())
        .try_fold(record, |at, key| at.get(key))?;
    let json = inner.get(&path.column).filter(|json| !json.is_null())?;
    Some(match path.sql_type {
        SqlType::Text => Scalar::Text(json.as_str()?.to_owned()),
        SqlType::Integer | SqlType::BigInt => Scalar::Integer(json.as_i64()?),
        SqlType::Numeric { .. } => Scalar::Decimal(json.as_str()?.parse().ok()?),
        SqlType::Float => Scalar::Float(json.as_f64()?),
        SqlType::Date => Scalar::Date(value::date(json.as_str()?).ok()?),
        other => panic!("{other:?}"),
    })
}

#[tokio::test]
async fn postgres_gives_the_rows_that_are_meant() {
    let w = World::new().await;
    let mut runner = TestRunner::deterministic();
    let mut pick = |field: &str| {
        let choice = prop::option::of(prop::sample::select(values(field)))
            .new_tree(&mut runner)
            .unwrap();
        choice.current().unwrap_or(Json::Null)
    };
    for n in 0..60 {
        let name = match pick("name") {
            Json::Null => json!(format!("N{n}")),
            name => name,
        };
        let owner = (n % 3 > 0).then_some(w.sales.user_id);
        let id: i64 = sqlx::query_scalar(
            "insert into crm.customer (code, name, region, first_order_on, owner_id) values ($1, $2, $3, $4::text::date, $5) returning id",
        )
        .bind(format!("C{n}"))
        .bind(name.as_str())
        .bind(pick("region").as_str())
        .bind(pick("first_order_on").as_str())
        .bind(owner)
        .fetch_one(w.db.pool())
        .await
        .unwrap();
        if n % 4 > 0 {
            sqlx::query("insert into crm.customer_score (customer_id, as_of, p_alive, clv, frequency) values ($1, '2026-11-01', $2, $3::text::numeric, $4)")
                .bind(id)
                .bind(pick("score.p_alive").as_f64())
                .bind(pick("score.clv").as_str())
                .bind(pick("score.frequency").as_i64().and_then(|n| i32::try_from(n).ok()))
                .execute(w.db.pool())
                .await
                .unwrap();
        }
    }
    let fields = [
        "name",
        "region",
        "first_order_on",
        "score.p_alive",
        "score.clv",
        "score.frequency",
        "owner.name",
    ];
    let list = async |filter: Option<Condition>| {
        let request = ListRequest {
            filter,
            fields: fields.map(str::to_owned).to_vec(),
            sort: vec![Sort::parse("id")],
            limit: 1000,
            ..Default::default()
        };
        w.store
            .list(&w.admin, "customer", &request)
            .await
            .unwrap()
            .items
            .into_iter()
            .map(Json::Object)
            .collect::<Vec<_>>()
    };
    let rows = list(None).await;
    assert_eq!(rows.len(), 60);
    let dictionary = w.db.dictionary();
    let mut partial = 0;
    for _ in 0..400 {
        let condition = any_condition().new_tree(&mut runner).unwrap().current();
        let checked = condition.check(&dictionary, "customer").unwrap();
        let meant: Vec<&Json> = rows
            .iter()
            .filter(|row| checked.holds(&|path| lookup(row, path)))
            .map(|row| &row["id"])
            .collect();
        let found = list(Some(condition.clone())).await;
        let found: Vec<&Json> = found.iter().map(|row| &row["id"]).collect();
        assert_eq!(
            found,
            meant,
            "{}",
            serde_json::to_string(&condition).unwrap()
        );
        partial += usize::from(!meant.is_empty() && meant.len() < rows.len());
    }
    assert!(partial > 100, "conditions that tell rows apart: {partial}");
}
