//! Feeds a lake with generated rows and changes, and says how fast that went.
//!
//! `cargo run --example feed -- <folder> [rows to copy] [changes]`

use std::sync::Arc;
use std::time::Instant;

use arrow::array::{
    ArrayRef, Decimal128Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use basalt_warehouse::{
    ChangeBatch, ColumnDef, Lake, LakeConfig, Lsn, Op, TableDef, TableName, Transaction,
};
use chrono::Utc;
use datafusion::prelude::SessionContext;

type Failure = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("which folder?")?;
    let rows: i64 = arguments
        .next()
        .map_or(Ok(1_000_000), |text| text.parse())?;
    let changes: i64 = arguments.next().map_or(Ok(200_000), |text| text.parse())?;
    std::fs::create_dir_all(&folder)?;
    let lake = Lake::open(LakeConfig::in_folder(
        &std::path::Path::new(&folder).canonicalize()?,
    ))
    .await?;
    let table = TableName::new("crm", "sale");
    let schema = schema();
    lake.ensure_table(&definition(&table, &schema)).await?;

    let started = Instant::now();
    let mut copy = lake.begin_copy(&table).await?;
    for from in (0..rows).step_by(8192) {
        copy.write(batch(&schema, from..(from + 8192).min(rows), 0)?)
            .await?;
    }
    copy.finish(Lsn(1), Utc::now()).await?;
    report("copied (current and history)", rows, started);

    // A hundred changes a transaction: half updates all over the table, half inserts.
    let started = Instant::now();
    let mut lsn = 1;
    for from in (0..changes).step_by(100) {
        lsn += 100;
        let new = batch(&schema, rows + from / 2..rows + from / 2 + 50, lsn)?;
        let old = scattered(&schema, from, rows, lsn)?;
        lake.apply(transaction(
            &table,
            lsn,
            vec![(Op::Update, old), (Op::Insert, new)],
        ))
        .await?;
        if lsn % 20_000 == 1 {
            lake.publish().await?;
        }
    }
    report("applied", changes, started);
    let started = Instant::now();
    lake.publish().await?;
    report("published", 1, started);
    queries(&lake, &table).await?;
    let started = Instant::now();
    let flushed = lake.flush().await?;
    report("flushed, rows written", flushed.rows.try_into()?, started);
    lake.publish().await?;
    queries(&lake, &table).await?;
    drop(lake);
    let started = Instant::now();
    let lake = Lake::open(LakeConfig::in_folder(
        &std::path::Path::new(&folder).canonicalize()?,
    ))
    .await?;
    report("opened", rows, started);
    for status in lake.status() {
        println!("{}", serde_json::to_string(&status)?);
    }
    Ok(())
}

async fn queries(lake: &Lake, table: &TableName) -> Result<(), Failure> {
    let context = SessionContext::new();
    context.register_table("sale", lake.snapshot().current(table).ok_or("no table")?)?;
    for sql in [
        "select count(*), sum(amount), max(id) from sale",
        "select kind, count(*), sum(amount) from sale group by kind order by kind",
        "select count(*) from sale where customer < 1000",
        "select * from sale where id = 4711",
    ] {
        context.sql(sql).await?.collect().await?;
        let started = Instant::now();
        let result = context.sql(sql).await?.collect().await?;
        let rows: usize = result.iter().map(RecordBatch::num_rows).sum();
        println!(
            "{:>10.1} ms  {rows} rows  {sql}",
            started.elapsed().as_secs_f64() * 1000.0
        );
    }
    Ok(())
}

fn report(what: &str, count: i64, started: Instant) {
    let elapsed = started.elapsed().as_secs_f64();
    println!(
        "{what}: {count} in {elapsed:.3} s, {:.0}/s",
        count as f64 / elapsed
    );
}

fn schema() -> SchemaRef {
    let field = |name: &str, data_type| Field::new(name, data_type, true);
    Arc::new(Schema::new(vec![
        field("id", DataType::Int64),
        field("customer", DataType::Int64),
        field("kind", DataType::Utf8),
        field("amount", DataType::Decimal128(18, 2)),
        field(
            "at",
            DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        ),
        field("note", DataType::Utf8),
    ]))
}

fn definition(table: &TableName, schema: &SchemaRef) -> TableDef {
    let columns = (1..)
        .zip(schema.fields())
        .map(|(source_id, field)| ColumnDef {
            name: field.name().clone(),
            data_type: field.data_type().clone(),
            nullable: true,
            source_id,
        });
    TableDef {
        name: table.clone(),
        columns: columns.collect(),
        key: vec!["id".to_owned()],
    }
}

fn batch(schema: &SchemaRef, ids: std::ops::Range<i64>, lsn: u64) -> Result<RecordBatch, Failure> {
    rows(schema, ids.collect(), lsn)
}

fn scattered(
    schema: &SchemaRef,
    from: i64,
    rows_there: i64,
    lsn: u64,
) -> Result<RecordBatch, Failure> {
    rows(
        schema,
        (from..from + 50)
            .map(|id| id.wrapping_mul(7919) % rows_there.max(1))
            .collect(),
        lsn,
    )
}

fn rows(schema: &SchemaRef, ids: Vec<i64>, lsn: u64) -> Result<RecordBatch, Failure> {
    let kinds = ["web", "shop", "phone", "partner"];
    let customer: Int64Array = ids.iter().map(|id| id * 31 % 50_000).collect();
    let kind: StringArray = ids
        .iter()
        .map(|id| Some(kinds[(id % 4) as usize]))
        .collect();
    let amount: Decimal128Array = ids
        .iter()
        .map(|id| Some(i128::from(id % 100_000)))
        .collect();
    let at: TimestampMicrosecondArray = ids
        .iter()
        .map(|id| Some(1_600_000_000_000_000 + id * 1_000_000))
        .collect();
    let note: StringArray = ids
        .iter()
        .map(|id| Some(format!("note on sale {id} as of {lsn}")))
        .collect();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from(ids)),
        Arc::new(customer),
        Arc::new(kind),
        Arc::new(amount.with_precision_and_scale(18, 2)?),
        Arc::new(at.with_timezone("UTC")),
        Arc::new(note),
    ];
    Ok(RecordBatch::try_new(schema.clone(), columns)?)
}

fn transaction(table: &TableName, lsn: u64, parts: Vec<(Op, RecordBatch)>) -> Transaction {
    let changes = parts.into_iter().map(|(op, rows)| {
        (
            table.clone(),
            ChangeBatch {
                ops: vec![op; rows.num_rows()],
                rows,
                unchanged: vec![],
            },
        )
    });
    Transaction {
        lsn: Lsn(lsn),
        committed_at: Utc::now(),
        actor: None,
        via: None,
        changes: changes.collect(),
    }
}
