//! Conditions over the lake against what they mean, on random rows.

use basalt_model::condition::{ColumnPath, Op, Scalar};
use basalt_model::{Condition, SqlType, value};
use basalt_query::ReadAt;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value as Json, json};

use crate::readers::admin;
use crate::world::World;

const FIELDS: &[&str] = &[
    "name",
    "region",
    "first_order_on",
    "score.p_alive",
    "score.clv",
    "score.frequency",
    "owner.name",
];

/// The values that rows and conditions draw from.
fn values(field: &str) -> Vec<Json> {
    match field {
        "name" | "owner.name" => {
            vec![
                json!("Alpha"),
                json!("alpha"),
                json!("ä"),
                json!("Ä"),
                json!("中文"),
                json!("a_b%c"),
                json!("\\"),
            ]
        }
        "region" => vec![json!("east"), json!("north"), json!("south")],
        "first_order_on" => {
            vec![
                json!("2026-01-01"),
                json!("2026-02-28"),
                json!("0001-01-01"),
                json!("9999-12-31"),
            ]
        }
        "score.p_alive" => vec![json!(0.0), json!(0.25), json!(0.5), json!(1.0)],
        "score.clv" => vec![json!("0"), json!("10.50"), json!("-3"), json!("10.5")],
        "score.frequency" => vec![json!(0), json!(3), json!(2_147_483_648_i64)],
        _ => unreachable!("{field}"),
    }
}

fn any_condition() -> impl Strategy<Value = Condition> {
    let leaf = prop::sample::select(FIELDS).prop_flat_map(|field| {
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
        if matches!(field, "name" | "owner.name" | "region") {
            ops.extend([Op::Contains, Op::StartsWith]);
        }
        let pair = prop::collection::vec(prop::sample::select(values(field)), 2..=2);
        (
            Just(field),
            prop::sample::select(ops),
            pair,
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
                json!(
                    pair[0]
                        .as_str()
                        .unwrap()
                        .chars()
                        .take(1 + count)
                        .collect::<String>()
                )
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

/// The value of a column in a row, with the joined rows nested.
fn lookup(row: &Json, path: &ColumnPath) -> Option<Scalar> {
    let at = path
        .joins
        .last()
        .map_or(Some(row), |join| row.get(&join.name))?;
    let json = at.get(&path.column).filter(|json| !json.is_null())?;
    Some(match path.sql_type {
        SqlType::Text => Scalar::Text(json.as_str()?.to_owned()),
        SqlType::Integer | SqlType::BigInt => Scalar::Integer(json.as_i64()?),
        SqlType::Numeric { .. } => Scalar::Decimal(json.as_str()?.parse().ok()?),
        SqlType::Float => Scalar::Float(json.as_f64()?),
        SqlType::Date => Scalar::Date(value::date(json.as_str()?).ok()?),
        other => panic!("{other:?}"),
    })
}

/// Sixty customers, some with a score, some with an owner; the last twenty wait in memory.
async fn customers(world: &World, runner: &mut TestRunner) -> Vec<Json> {
    let mut pick = |field: &str| {
        let choice = prop::option::of(prop::sample::select(values(field)))
            .new_tree(runner)
            .unwrap();
        choice.current().unwrap_or(Json::Null)
    };
    let (mut rows, mut scores) = (Vec::new(), Vec::new());
    for id in 1000..1060 {
        let owner = (id % 3 > 0).then_some(12);
        let mut row = Map::new();
        row.insert("id".into(), json!(id));
        row.insert("name".into(), pick("name"));
        row.insert("region".into(), pick("region"));
        row.insert("first_order_on".into(), pick("first_order_on"));
        row.insert("owner_id".into(), json!(owner));
        if owner.is_some() {
            row.insert("owner".into(), json!({"name": "Sam"}));
        }
        if id % 4 > 0 {
            let frequency = pick("score.frequency").as_i64().filter(|n| *n < 100);
            let score = json!({"customer_id": id, "p_alive": pick("score.p_alive"), "clv": pick("score.clv"), "frequency": frequency});
            scores.push(score.clone());
            row.insert("score".into(), score);
        }
        rows.push(Json::Object(row));
    }
    world.insert("customer_score", Json::Array(scores)).await;
    world
        .insert("customer", Json::Array(rows[..40].to_vec()))
        .await;
    world.lake.flush().await.unwrap();
    world
        .insert("customer", Json::Array(rows[40..].to_vec()))
        .await;
    rows
}

#[tokio::test]
async fn the_lake_gives_the_rows_that_are_meant() {
    let world = World::new().await;
    let mut runner = TestRunner::deterministic();
    let rows = customers(&world, &mut runner).await;
    let dictionary = world.engine.dictionary();
    let session = world
        .engine
        .session(&admin(), ReadAt::Latest)
        .await
        .unwrap();
    let mut partial = 0;
    for _ in 0..200 {
        let condition = any_condition().new_tree(&mut runner).unwrap().current();
        let checked = condition.check(&dictionary, "customer").unwrap();
        let meant: Vec<i64> = rows
            .iter()
            .filter(|row| checked.holds(&|path| lookup(row, path)))
            .map(|row| row["id"].as_i64().unwrap())
            .collect();
        let frame = session.matching("customer", &condition).await.unwrap();
        let found = session
            .collect_frame(frame.select_columns(&["id"]).unwrap())
            .await
            .unwrap();
        let mut found: Vec<i64> = found
            .to_json_rows()
            .unwrap()
            .iter()
            .map(|row| row[0].as_i64().unwrap())
            .filter(|id| *id >= 1000)
            .collect();
        found.sort_unstable();
        assert_eq!(
            found,
            meant,
            "{}",
            serde_json::to_string(&condition).unwrap()
        );
        partial += usize::from(!meant.is_empty() && meant.len() < rows.len());
    }
    assert!(partial > 50, "conditions that tell rows apart: {partial}");
}
