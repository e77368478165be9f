//! One record through its life.

use basalt_model::Locale;
use basalt_oltp::Error;
use basalt_oltp::record::Select;
use serde_json::json;

use crate::world::{World, map};

#[tokio::test]
async fn a_record_is_created_read_changed_recycled_and_restored() {
    let w = World::new().await;
    let input = json!({"code":"C1","name":"  山东海岛食品  ","region":"east","first_order_on":"2026-01-02"});
    let saved = w
        .store
        .create(&w.sales, "customer", map(input))
        .await
        .unwrap();
    assert_eq!(saved.version, 1);
    assert!(saved.lsn.contains('/'));
    let record = w
        .store
        .get(&w.sales, "customer", saved.id, &Select::all())
        .await
        .unwrap();
    assert_eq!(record, saved.record);
    assert_eq!(record["name"], "山东海岛食品");
    assert_eq!(record["kind"], "organisation");
    assert_eq!(record["first_order_on"], "2026-01-02");
    assert_eq!(
        record["owner"],
        json!({"id": w.sales.user_id, "title": "SAM"})
    );
    assert_eq!(record["owner_id"], w.sales.user_id);
    assert_eq!(record["department_id"], json!(w.sales.department_id));
    assert_eq!(record["created_by"]["title"], "SAM");
    assert!(record["created_at"].as_str().unwrap().ends_with('Z'));

    let changed = w
        .store
        .update(
            &w.sales,
            "customer",
            saved.id,
            map(json!({"region":null,"level":"A"})),
            Some(1),
        )
        .await
        .unwrap();
    assert_eq!(
        (
            changed.version,
            &changed.record["region"],
            &changed.record["name"]
        ),
        (2, &json!(null), &json!("山东海岛食品"))
    );
    let stale = w
        .store
        .update(
            &w.sales,
            "customer",
            saved.id,
            map(json!({"level":"B"})),
            Some(1),
        )
        .await
        .unwrap_err();
    assert!(
        matches!(stale, Error::VersionMismatch { current: 2 }),
        "{stale}"
    );
    let same = w
        .store
        .update(
            &w.sales,
            "customer",
            saved.id,
            map(json!({"level":"A"})),
            None,
        )
        .await
        .unwrap();
    assert_eq!(same.version, 2, "nothing changed");

    let refused = w
        .store
        .delete(&w.sales, "customer", saved.id, None)
        .await
        .unwrap_err();
    assert!(matches!(refused, Error::Forbidden));
    w.store
        .delete(&w.admin, "customer", saved.id, None)
        .await
        .unwrap();
    let gone = w
        .store
        .get(&w.admin, "customer", saved.id, &Select::all())
        .await
        .unwrap_err();
    assert!(matches!(gone, Error::NotFound));
    let again = w
        .store
        .delete(&w.admin, "customer", saved.id, None)
        .await
        .unwrap_err();
    assert!(matches!(again, Error::NotFound));
    w.store
        .restore(&w.admin, "customer", saved.id)
        .await
        .unwrap();
    assert!(matches!(
        w.store
            .restore(&w.admin, "customer", saved.id)
            .await
            .unwrap_err(),
        Error::NotFound
    ));
    w.store
        .get(&w.sales, "customer", saved.id, &Select::all())
        .await
        .unwrap();
}

#[tokio::test]
async fn numbers_money_and_references() {
    let w = World::new().await;
    let customer = w.customer(&w.sales, "C1").await;
    let input = json!({"customer":{"id":customer},"ordered_on":"2026-11-01","amount":{"amount":"10","currency":"CNY","rate":"0.14"}});
    let first = w.store.create(&w.sales, "order", map(input)).await.unwrap();
    let input = json!({"customer_id":customer,"ordered_on":"2026-11-02","amount":"0"});
    let second = w.store.create(&w.sales, "order", map(input)).await.unwrap();
    let number =
        |record: &basalt_oltp::record::JsonMap| record["number"].as_str().unwrap().to_owned();
    assert!(
        number(&first.record).starts_with("SO20") && number(&first.record).len() == 12,
        "{}",
        number(&first.record)
    );
    assert!(number(&first.record) < number(&second.record));
    assert_eq!(
        first.record["amount"],
        json!({"amount":"10.00","currency":"CNY","rate":"0.14","base":"1.40"})
    );
    assert_eq!(
        second.record["amount"],
        json!({"amount":"0.00","currency":"USD","rate":"1","base":"0.00"})
    );
    assert_eq!(
        first.record["customer"],
        json!({"id":customer,"title":"Customer C1"})
    );

    let select = Select {
        fields: vec![
            "number".into(),
            "customer.region".into(),
            "customer.score.p_alive".into(),
        ],
        include: vec!["owner".into()],
    };
    let record = w
        .store
        .get(&w.sales, "order", first.id, &select)
        .await
        .unwrap();
    assert_eq!(
        record["customer"],
        json!({"id":customer,"title":"Customer C1","region":"east","score":{"p_alive":null}})
    );
    assert_eq!(record["owner"]["title"], "SAM");
    assert!(!record.contains_key("amount"));
}

#[tokio::test]
async fn every_problem_of_an_input_is_named() {
    let w = World::new().await;
    w.customer(&w.sales, "C1").await;
    let input =
        json!({"nome":"x","region":"moon","level":"A","version":3,"email":"nobody","kind":null});
    let Error::Validation(errors) = w
        .store
        .create(&w.sales, "customer", map(input))
        .await
        .unwrap_err()
    else {
        panic!()
    };
    let mut found: Vec<(String, &str)> = errors
        .iter()
        .map(|error| (error.field.clone(), error.code))
        .collect();
    found.sort();
    let expected = [
        ("email", "email"),
        ("kind", "required"),
        ("name", "required"),
        ("nome", "unknown"),
        ("region", "choice"),
        ("version", "readonly"),
    ];
    assert_eq!(
        found,
        expected.map(|(field, code)| (field.to_owned(), code))
    );

    let field = async |object: &str, input| {
        let Error::Validation(errors) = w
            .store
            .create(&w.system, object, map(input))
            .await
            .unwrap_err()
        else {
            panic!()
        };
        (
            errors[0].field.clone(),
            errors[0].code,
            errors[0].message.zh.clone(),
        )
    };
    assert_eq!(
        field("customer", json!({"code":"C1","name":"x"})).await,
        ("code".into(), "unique", "已被其他记录使用".into())
    );
    let order = json!({"customer":999_999,"ordered_on":"2026-11-01","amount":"1"});
    assert_eq!(field("order", order).await.0, "customer");
    let check = field(
        "order",
        json!({"customer":1,"ordered_on":"2026-11-01","amount":"-1"}),
    )
    .await;
    assert_eq!((check.0.as_str(), check.1), ("amount", "check"));
    let campaign = field("campaign", json!({"name":"x","holdout_percent":91})).await;
    assert_eq!(
        (campaign.0.as_str(), campaign.1),
        ("holdout_percent", "check")
    );
}

#[tokio::test]
async fn database_text_never_reaches_people() {
    let w = World::new().await;
    w.pg.execute("alter table crm.customer rename column city to town")
        .await;
    let error = w
        .store
        .create(
            &w.system,
            "customer",
            map(json!({"code":"C1","name":"x","city":"y"})),
        )
        .await
        .unwrap_err();
    assert_eq!(error.code(), "internal");
    for locale in [Locale::En, Locale::Zh] {
        let message = error.message(locale);
        assert!(
            !message.contains("city") && !message.contains("column"),
            "{message}"
        );
    }
}
