//! The matrix of profiles, rows and fields.

use basalt_model::condition::Op;
use basalt_model::{Condition, Principal};
use basalt_oltp::Error;
use basalt_oltp::record::{ListRequest, Select, Sort};
use serde_json::{Value as Json, json};

use crate::world::{World, map};

async fn sees(w: &World, who: &Principal, object: &str, id: i64) -> bool {
    match w.store.get(who, object, id, &Select::all()).await {
        Ok(_) => true,
        Err(Error::NotFound) => false,
        Err(error) => panic!("{error}"),
    }
}

fn word(result: Result<basalt_oltp::record::Saved, Error>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(error) => error.code(),
    }
}

#[tokio::test]
async fn profiles_by_rows() {
    let w = World::new().await;
    let mine = w.customer(&w.sales, "MINE").await;
    let theirs = w.customer(&w.other, "THEIRS").await;
    let my_order = w.order(&w.sales, mine, "5").await;
    let their_order = w.order(&w.other, theirs, "5").await;
    let contact =
        |customer| json!({"customer":customer,"name":"K","email":"k@example.com","phone":"123456"});
    let my_contact = w
        .store
        .create(&w.sales, "contact", map(contact(mine)))
        .await
        .unwrap()
        .id;
    let their_contact = w
        .store
        .create(&w.other, "contact", map(contact(theirs)))
        .await
        .unwrap()
        .id;

    for (who, sees_mine, sees_theirs) in [
        (&w.admin, true, true),
        (&w.manager, true, false),
        (&w.sales, true, false),
        (&w.other, false, true),
        (&w.marketer, true, true),
        (&w.analyst, true, true),
    ] {
        for (object, mine, theirs) in [
            ("customer", mine, theirs),
            ("order", my_order, their_order),
            ("contact", my_contact, their_contact),
        ] {
            assert_eq!(
                sees(&w, who, object, mine).await,
                sees_mine,
                "{} {object}",
                who.login
            );
            assert_eq!(
                sees(&w, who, object, theirs).await,
                sees_theirs,
                "{} {object}",
                who.login
            );
            let page = w
                .store
                .list(
                    who,
                    object,
                    &ListRequest {
                        count: true,
                        ..Default::default()
                    },
                )
                .await
                .unwrap();
            let expected = usize::from(sees_mine) + usize::from(sees_theirs);
            assert_eq!(
                (page.items.len(), page.total.unwrap().value),
                (expected, expected as u64),
                "{} {object}",
                who.login
            );
        }
    }

    // (create, change mine, change theirs, delete mine)
    for (who, expected) in [
        (&w.manager, ["forbidden", "ok", "not_found", "forbidden"]),
        (&w.sales, ["ok", "ok", "not_found", "forbidden"]),
        (&w.other, ["ok", "not_found", "ok", "not_found"]),
        (
            &w.marketer,
            ["forbidden", "forbidden", "forbidden", "forbidden"],
        ),
        (
            &w.analyst,
            ["forbidden", "forbidden", "forbidden", "forbidden"],
        ),
        (&w.admin, ["ok", "ok", "ok", "ok"]),
    ] {
        let new = json!({"code":format!("N-{}", who.login),"name":"N"});
        let found = [
            word(w.store.create(who, "customer", map(new)).await),
            word(
                w.store
                    .update(who, "customer", mine, map(json!({"city":who.login})), None)
                    .await,
            ),
            word(
                w.store
                    .update(
                        who,
                        "customer",
                        theirs,
                        map(json!({"city":who.login})),
                        None,
                    )
                    .await,
            ),
            word(w.store.delete(who, "customer", mine, None).await),
        ];
        assert_eq!(found, expected, "{}", who.login);
    }
}

#[tokio::test]
async fn nobody_reaches_beyond_their_own_range() {
    let w = World::new().await;
    let mine = w.customer(&w.sales, "MINE").await;
    let theirs = w.customer(&w.other, "THEIRS").await;
    let give = map(json!({"owner": w.other.user_id}));
    assert_eq!(
        word(
            w.store
                .update(&w.sales, "customer", mine, give.clone(), None)
                .await
        ),
        "forbidden"
    );
    assert_eq!(
        word(w.store.update(&w.admin, "customer", mine, give, None).await),
        "ok"
    );
    let back = map(json!({"owner": w.sales.user_id}));
    let moved = w
        .store
        .update(&w.admin, "customer", mine, back, None)
        .await
        .unwrap();
    assert_eq!(
        moved.record["department_id"],
        json!(w.sales.department_id),
        "the department follows the owner"
    );
    let foreign = json!({"code":"X","name":"X","owner":w.other.user_id});
    assert_eq!(
        word(w.store.create(&w.sales, "customer", map(foreign)).await),
        "forbidden"
    );
    // A record that can't be read can't be referred to either.
    let order = json!({"customer":theirs,"ordered_on":"2026-11-01","amount":"1"});
    let Error::Validation(errors) = w
        .store
        .create(&w.sales, "order", map(order))
        .await
        .unwrap_err()
    else {
        panic!()
    };
    assert_eq!(
        (errors[0].field.as_str(), errors[0].code),
        ("customer", "not_found")
    );
    // An own order for a customer that is now another's shows its id, not its name.
    let order = w.order(&w.sales, theirs, "3").await;
    let record = w
        .store
        .get(&w.sales, "order", order, &Select::all())
        .await
        .unwrap();
    assert_eq!(record["customer"], json!({"id":theirs,"title":null}));
    let filter = Condition::compare("customer.name", Op::StartsWith, "Customer");
    let page = w
        .store
        .list(
            &w.sales,
            "order",
            &ListRequest {
                filter: Some(filter),
                ..Default::default()
            },
        )
        .await
        .unwrap();
    assert!(page.items.is_empty());
}

#[tokio::test]
async fn hidden_fields_do_not_exist() {
    let w = World::new().await;
    let id = w.customer(&w.sales, "C1").await;
    let record = w
        .store
        .get(&w.analyst, "customer", id, &Select::all())
        .await
        .unwrap();
    assert!(
        !record.contains_key("phone")
            && !record.contains_key("email")
            && record.contains_key("city")
    );
    let list = async |request: ListRequest| w.store.list(&w.analyst, "customer", &request).await;
    let refused = |result: Result<basalt_oltp::record::Page, Error>| {
        matches!(result, Err(Error::Request { .. }))
    };
    let filter = Condition::compare("phone", Op::Contains, "1234");
    assert!(refused(
        list(ListRequest {
            filter: Some(filter),
            ..Default::default()
        })
        .await
    ));
    assert!(refused(
        list(ListRequest {
            sort: vec![Sort::parse("phone")],
            ..Default::default()
        })
        .await
    ));
    assert!(refused(
        list(ListRequest {
            fields: vec!["phone".into()],
            ..Default::default()
        })
        .await
    ));
    let found = list(ListRequest {
        search: Some("1234".into()),
        ..Default::default()
    })
    .await
    .unwrap();
    assert!(found.items.is_empty(), "not searched");
    let searched = ListRequest {
        search: Some("1234".into()),
        ..Default::default()
    };
    assert_eq!(
        w.store
            .list(&w.sales, "customer", &searched)
            .await
            .unwrap()
            .items
            .len(),
        1
    );
    // Nor through a reference.
    let through = Condition::compare("customer.phone", Op::IsEmpty, Json::Bool(false));
    let through = ListRequest {
        filter: Some(through),
        ..Default::default()
    };
    assert!(refused(w.store.list(&w.analyst, "order", &through).await));
    // An unknown field and a hidden one are refused in the same words.
    let message = async |name: &str| {
        let error = list(ListRequest {
            fields: vec![name.to_owned()],
            ..Default::default()
        })
        .await
        .unwrap_err();
        error.to_string().replace(name, "…")
    };
    assert_eq!(message("phone").await, message("fhone").await);
}

#[tokio::test]
async fn an_object_without_right_is_refused_and_its_records_are_not_there() {
    let w = World::new().await;
    let segment = w
        .store
        .create(&w.marketer, "segment", map(json!({"name":"S"})))
        .await
        .unwrap()
        .id;
    let list = w
        .store
        .list(&w.sales, "segment", &ListRequest::default())
        .await
        .unwrap_err();
    assert!(matches!(list, Error::Forbidden));
    assert!(!sees(&w, &w.sales, "segment", segment).await);
    let count = map(json!({"member_count": 5}));
    assert_eq!(
        word(
            w.store
                .update(&w.marketer, "segment", segment, count.clone(), None)
                .await
        ),
        "validation"
    );
    assert_eq!(
        word(
            w.store
                .update(&w.system, "segment", segment, count, None)
                .await
        ),
        "ok"
    );
}

#[tokio::test]
async fn read_only_fields_and_narrow_keys() {
    let w = World::new().await;
    let id = w.customer(&w.sales, "C1").await;
    let mut rights = (*w.sales.rights).clone();
    rights
        .objects
        .get_mut("customer")
        .unwrap()
        .readonly
        .insert("level".to_owned());
    let careful = Principal {
        rights: rights.into(),
        ..w.sales.clone()
    };
    let level = map(json!({"level":"A"}));
    let Error::Validation(errors) = w
        .store
        .update(&careful, "customer", id, level.clone(), None)
        .await
        .unwrap_err()
    else {
        panic!()
    };
    assert_eq!(
        (errors[0].field.as_str(), errors[0].code),
        ("level", "readonly")
    );
    assert_eq!(
        word(
            w.store
                .update(&careful, "customer", id, map(json!({"city":"Y"})), None)
                .await
        ),
        "ok"
    );
    let key = Principal {
        scopes: Some(vec!["customer:read".to_owned()]),
        ..w.sales.clone()
    };
    assert!(sees(&w, &key, "customer", id).await);
    assert_eq!(
        word(w.store.update(&key, "customer", id, level, None).await),
        "forbidden"
    );
    assert!(matches!(
        w.store
            .list(&key, "order", &ListRequest::default())
            .await
            .unwrap_err(),
        Error::Forbidden
    ));
}
