//! The dictionary at run time: writers are not disturbed, every process learns of a change.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use basalt_oltp::Db;
use basalt_oltp::dictionary::Designer;
use basalt_oltp::import::{ImportRequest, Importer};
use basalt_oltp::record::Store;
use serde_json::{Value as Json, json};

use crate::world::{World, map};

fn text(name: &str) -> Json {
    json!({"name":name,"label":{"en":name,"zh":name},"type":"text"})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_never_give_way_to_a_change_of_columns() {
    let w = World::new().await;
    let customer = w.customer(&w.sales, "C1").await;
    let contact = w
        .store
        .create(
            &w.system,
            "contact",
            map(json!({"customer":customer,"name":"Li"})),
        )
        .await
        .unwrap()
        .id;
    let (stop, written) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU32::new(0)),
    );
    let mut writers = Vec::new();
    for turn in 0..4 {
        let (store, admin) = (w.store.clone(), w.admin.clone());
        let (stop, written) = (stop.clone(), written.clone());
        writers.push(tokio::spawn(async move {
            // Both orders of locking, so that a change that locks both tables would close a circle.
            let mut order = [("customer", customer), ("contact", contact)];
            if turn % 2 == 1 {
                order.reverse();
            }
            let mut n = 0;
            while !stop.load(Ordering::Relaxed) {
                n += 1;
                let mut tx = store.db().begin(&admin).await.unwrap();
                // One lock for all writers, so that they do not close a circle among themselves.
                sqlx::query("select pg_advisory_xact_lock(7)")
                    .execute(&mut *tx)
                    .await
                    .unwrap();
                for (object, id) in order {
                    let patch = map(json!({"name": format!("{turn} {n}")}));
                    store
                        .update_in(&mut tx, &admin, object, id, patch, None)
                        .await
                        .unwrap();
                }
                tx.commit().await.unwrap();
                written.fetch_add(1, Ordering::Relaxed);
            }
        }));
    }
    let designer = Designer::new(w.db.clone());
    for n in 0..4 {
        for object in ["customer", "contact"] {
            let field = json!({"name":format!("link{n}"),"label":{"en":"L","zh":"链"},"type":"reference",
                "reference": if object == "contact" {"customer"} else {"contact"}});
            designer
                .add_field(&w.admin, object, field, false)
                .await
                .unwrap();
        }
    }
    stop.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.unwrap();
    }
    assert!(written.load(Ordering::Relaxed) > 0);
    assert!(w.db.migration_plan().await.unwrap().is_empty());
    let fields = &w.db.dictionary().object("customer").unwrap().fields.clone();
    assert_eq!(fields.iter().filter(|field| field.custom).count(), 4);
}

#[tokio::test]
async fn changes_at_the_same_time_come_one_after_the_other() {
    let w = World::new().await;
    let other = Db::connect(w.pg.url()).await.unwrap();
    let (a, b) = (Designer::new(w.db.clone()), Designer::new(other));
    let (first, second, same) = tokio::join!(
        a.add_field(&w.admin, "customer", text("one"), false),
        b.add_field(&w.admin, "customer", text("two"), false),
        b.add_field(&w.admin, "customer", text("one"), false),
    );
    second.unwrap();
    assert_eq!(
        [&first, &same]
            .iter()
            .filter(|outcome| outcome.is_ok())
            .count(),
        1,
        "{first:?} {same:?}"
    );
    let columns: i64 = sqlx::query_scalar(
        "select count(*) from information_schema.columns where table_schema = 'crm' and table_name = 'customer' and column_name like 'x\\_%'",
    )
    .fetch_one(w.db.pool())
    .await
    .unwrap();
    assert_eq!(columns, 2);
}

#[tokio::test]
async fn another_process_knows_a_new_field_with_its_next_write() {
    let w = World::new().await;
    let other = Store::new(Db::connect(w.pg.url()).await.unwrap());
    let customer = w.customer(&w.sales, "C1").await;
    Designer::new(w.db.clone())
        .add_field(&w.admin, "customer", text("motto"), false)
        .await
        .unwrap();
    let saved = other
        .update(
            &w.admin,
            "customer",
            customer,
            map(json!({"x_motto":"onwards"})),
            None,
        )
        .await
        .unwrap();
    assert_eq!(saved.record["x_motto"], "onwards");
    // And one that starts afterwards, migrating with nothing left to do.
    let third = Db::connect(w.pg.url()).await.unwrap();
    assert!(
        third
            .dictionary()
            .object("customer")
            .unwrap()
            .field("x_motto")
            .is_some()
    );
    assert!(third.migrate().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_import_fills_added_fields_and_their_defaults() {
    let w = World::new().await;
    let designer = Designer::new(w.db.clone());
    let grade = json!({"name":"grade","label":{"en":"Grade","zh":"等级"},"type":"choice","required":true,"default":"b",
        "options":[{"value":"a","en":"A","zh":"甲"},{"value":"b","en":"B","zh":"乙"},{"value":"c","en":"C","zh":"丙","active":false}]});
    designer
        .add_field(&w.admin, "customer", grade, false)
        .await
        .unwrap();
    designer
        .add_field(&w.admin, "customer", text("motto"), false)
        .await
        .unwrap();
    let csv = "code,name,x_motto\nC1,One,first\nC2,Two,\n";
    let report = Importer::new(w.db.clone())
        .run(&w.admin, ImportRequest::new("customer", csv.as_bytes()))
        .await
        .unwrap();
    assert_eq!((report.inserted, report.refused), (2, 0));
    let csv = "code,name,x_grade\nC3,Three,a\nC4,Four,c\n";
    let report = Importer::new(w.db.clone())
        .run(&w.admin, ImportRequest::new("customer", csv.as_bytes()))
        .await
        .unwrap();
    assert_eq!(
        (report.inserted, report.refused),
        (1, 1),
        "a switched-off option is refused"
    );
    let rows: Vec<(String, Option<String>, Option<String>)> =
        sqlx::query_as("select code, x_motto, x_grade from crm.customer order by code")
            .fetch_all(w.db.pool())
            .await
            .unwrap();
    let shown: Vec<_> = rows
        .iter()
        .map(|(code, motto, grade)| (code.as_str(), motto.as_deref(), grade.as_deref()))
        .collect();
    assert_eq!(
        shown,
        [
            ("C1", Some("first"), Some("b")),
            ("C2", None, Some("b")),
            ("C3", None, Some("a"))
        ]
    );
}
