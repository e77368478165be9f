//! Tables whose definition changes under way.

use std::sync::Arc;

use arrow::array::{ArrayRef, Decimal128Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use basalt_warehouse::{ChangeBatch, Error, Lake, Op, TableDef};

use crate::support::*;

fn batch(columns: Vec<(&str, ArrayRef)>) -> ChangeBatch {
    let fields: Vec<_> = columns
        .iter()
        .map(|(name, array)| Field::new(*name, array.data_type().clone(), true))
        .collect();
    let arrays: Vec<_> = columns.into_iter().map(|(_, array)| array).collect();
    let rows = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap();
    ChangeBatch {
        ops: vec![Op::Insert; rows.num_rows()],
        rows,
        unchanged: vec![],
    }
}

#[tokio::test]
async fn an_added_column_is_null_in_old_rows_and_a_dropped_one_in_new_rows() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake_with_thing(folder.path()).await;
    apply(&lake, 20, &[insert(1, "filed", 1)]).await;
    lake.flush().await.unwrap();
    apply(&lake, 30, &[insert(2, "hot", 2)]).await;
    let mut def = thing_def();
    def.columns.remove(1);
    def.columns
        .push(column("price", DataType::Decimal128(10, 2), 4));
    lake.ensure_table(&def).await.unwrap();
    let price = Decimal128Array::from(vec![1250])
        .with_precision_and_scale(10, 2)
        .unwrap();
    let new = batch(vec![
        ("id", Arc::new(Int64Array::from(vec![3]))),
        ("amount", Arc::new(Int64Array::from(vec![3]))),
        ("price", Arc::new(price)),
    ]);
    lake.apply(of_tables(40, vec![(thing(), new)]))
        .await
        .unwrap();
    let expected = ["1|filed|1|-", "2|hot|2|-", "3|-|3|12.50"];
    let sql = "select id, name, amount, price from thing order by id";
    assert_eq!(text(&lake.publish().await.unwrap(), sql).await, expected);
    lake.flush().await.unwrap();
    assert_eq!(text(&lake.publish().await.unwrap(), sql).await, expected);
    drop(lake);
    let lake = Lake::open(config(folder.path())).await.unwrap();
    assert_eq!(text(&lake.snapshot(), sql).await, expected);
    lake.ensure_table(&def).await.unwrap();
    let history = text(
        &lake.snapshot(),
        "select id, name, price, op from thing_history order by lsn",
    )
    .await;
    assert_eq!(
        history,
        ["1|filed|-|insert", "2|hot|-|insert", "3|-|12.50|insert"]
    );
    assert_eq!(
        count(
            &lake.snapshot(),
            "select count(*) from thing where price is null"
        )
        .await,
        2
    );
}

#[tokio::test]
async fn a_widened_column_is_rewritten() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::open(config(folder.path())).await.unwrap();
    let mut def = TableDef {
        name: thing(),
        columns: vec![
            column("id", DataType::Int32, 1),
            column("name", DataType::Utf8, 2),
        ],
        key: vec!["id".to_owned()],
    };
    lake.ensure_table(&def).await.unwrap();
    lake.begin_copy(&thing())
        .await
        .unwrap()
        .finish(basalt_warehouse::Lsn(1), chrono::Utc::now())
        .await
        .unwrap();
    let narrow = |id: i32| {
        batch(vec![
            ("id", Arc::new(arrow::array::Int32Array::from(vec![id]))),
            ("name", Arc::new(StringArray::from(vec!["n"]))),
        ])
    };
    lake.apply(of_tables(10, vec![(thing(), narrow(1))]))
        .await
        .unwrap();
    lake.flush().await.unwrap();
    lake.apply(of_tables(20, vec![(thing(), narrow(2))]))
        .await
        .unwrap();
    def.columns[0].data_type = DataType::Int64;
    lake.ensure_table(&def).await.unwrap();
    let wide = batch(vec![
        ("id", Arc::new(Int64Array::from(vec![1, 5_000_000_000]))),
        ("name", Arc::new(StringArray::from(vec!["w", "w"]))),
    ]);
    lake.apply(of_tables(30, vec![(thing(), wide)]))
        .await
        .unwrap();
    let expected = ["1|w", "2|n", "5000000000|w"];
    let sql = "select id, name from thing order by id";
    assert_eq!(text(&lake.publish().await.unwrap(), sql).await, expected);
    lake.flush().await.unwrap();
    drop(lake);
    let lake = Lake::open(config(folder.path())).await.unwrap();
    assert_eq!(text(&lake.snapshot(), sql).await, expected);
    assert_eq!(
        count(&lake.snapshot(), "select count(*) from thing_history").await,
        4
    );
}

#[tokio::test]
async fn what_only_a_new_copy_can_follow_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake_with_thing(folder.path()).await;
    let change = |edit: fn(&mut TableDef)| {
        let mut def = thing_def();
        edit(&mut def);
        def
    };
    for def in [
        change(|def| def.key = vec!["name".to_owned()]),
        change(|def| def.columns[2].data_type = DataType::Utf8),
        change(|def| def.columns[1].name = "title".to_owned()),
        change(|def| def.columns[1].source_id = 9),
        change(|def| def.columns[1].name = "lsn".to_owned()),
        change(|def| def.columns[1].data_type = DataType::Decimal256(60, 2)),
    ] {
        let refused = lake.ensure_table(&def).await.unwrap_err();
        assert!(matches!(refused, Error::Schema { .. }), "{refused}");
    }
    apply(&lake, 20, &[insert(1, "anvil", 1)]).await;
    assert_eq!(content(&lake.publish().await.unwrap()).await.len(), 1);
}
