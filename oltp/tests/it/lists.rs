//! Lists: pages, order, filters, search and counts.

use std::collections::BTreeSet;

use basalt_model::Condition;
use basalt_oltp::record::{ListRequest, Sort};
use serde_json::{Value as Json, json};

use crate::world::{World, map};

fn filter(json: Json) -> ListRequest {
    ListRequest {
        filter: Some(serde_json::from_value::<Condition>(json).unwrap()),
        limit: 1000,
        ..Default::default()
    }
}

#[tokio::test]
async fn pages_give_every_row_once_in_order() {
    let w = World::new().await;
    for n in 0..23 {
        let region = [json!("east"), json!("north"), Json::Null][n % 3].clone();
        let input = json!({"code":format!("C{n:02}"),"name":format!("Name {}", n % 5),"region":region,"first_order_on":(n % 4 > 0).then(|| format!("2026-01-{:02}", 1 + n % 7))});
        w.store
            .create(&w.sales, "customer", map(input))
            .await
            .unwrap();
    }
    let all = w
        .store
        .list(
            &w.sales,
            "customer",
            &ListRequest {
                limit: 1000,
                count: true,
                ..Default::default()
            },
        )
        .await
        .unwrap();
    assert_eq!(all.items.len(), 23);
    assert_eq!(
        (all.total.unwrap().value, all.total.unwrap().capped),
        (23, false)
    );
    for sort in [
        "",
        "name",
        "-name",
        "region,-code",
        "-region,name",
        "first_order_on",
        "-first_order_on,-region",
        "owner,id",
        "-department.code",
    ] {
        let sort: Vec<Sort> = sort
            .split(',')
            .filter(|part| !part.is_empty())
            .map(Sort::parse)
            .collect();
        let whole = ListRequest {
            sort: sort.clone(),
            limit: 1000,
            ..Default::default()
        };
        let whole: Vec<Json> = w
            .store
            .list(&w.sales, "customer", &whole)
            .await
            .unwrap()
            .items
            .into_iter()
            .map(|r| r["id"].clone())
            .collect();
        let mut paged = Vec::new();
        let mut after = None;
        loop {
            let request = ListRequest {
                sort: sort.clone(),
                limit: 4,
                after,
                ..Default::default()
            };
            let page = w.store.list(&w.sales, "customer", &request).await.unwrap();
            assert!(page.items.len() <= 4);
            paged.extend(page.items.into_iter().map(|record| record["id"].clone()));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(paged, whole, "{sort:?}");
        let unique: BTreeSet<String> = paged.iter().map(Json::to_string).collect();
        assert_eq!(unique.len(), 23, "{sort:?}");
    }
    let nulls_last = ListRequest {
        sort: vec![Sort::parse("-region")],
        fields: vec!["region".into()],
        ..Default::default()
    };
    let page = w
        .store
        .list(&w.sales, "customer", &nulls_last)
        .await
        .unwrap();
    assert_eq!(
        (&page.items[0]["region"], &page.items[22]["region"]),
        (&json!("north"), &Json::Null)
    );
    let forged = ListRequest {
        after: Some("eyJzb3J0IjoiIiwidmFsdWVzIjpbIngiXX0".into()),
        ..Default::default()
    };
    assert_eq!(
        w.store
            .list(&w.sales, "customer", &forged)
            .await
            .unwrap_err()
            .code(),
        "bad_request"
    );
}

#[tokio::test]
async fn filters_mean_what_the_language_says() {
    let w = World::new().await;
    for (code, name, region, day) in [
        ("A", "Alpha 阿尔法", Some("east"), Some("2026-01-31")),
        ("B", "beta_100%", None, Some("2026-02-01")),
        ("C", "Ärger", Some("north"), None),
    ] {
        let id = w
            .store
            .create(
                &w.sales,
                "customer",
                map(json!({"code":code,"name":name,"region":region,"first_order_on":day})),
            )
            .await
            .unwrap()
            .id;
        if code == "A" {
            sqlx::query("insert into crm.customer_score (customer_id, as_of, p_alive, clv) values ($1, '2026-11-01', 0.25, 99.50)").bind(id).execute(w.db.pool()).await.unwrap();
            w.order(&w.sales, id, "12.30").await;
        }
    }
    let codes = async |json: Json| {
        let mut request = filter(json);
        request.sort = vec![Sort::parse("code")];
        let page = w.store.list(&w.sales, "customer", &request).await.unwrap();
        page.items
            .iter()
            .map(|record| record["code"].as_str().unwrap().to_owned())
            .collect::<String>()
    };
    assert_eq!(
        codes(json!({"field":"region","op":"eq","value":"east"})).await,
        "A"
    );
    assert_eq!(
        codes(json!({"field":"region","op":"ne","value":"east"})).await,
        "BC"
    );
    assert_eq!(
        codes(json!({"not":{"field":"region","op":"eq","value":"east"}})).await,
        "BC"
    );
    assert_eq!(
        codes(json!({"not":{"not":{"field":"region","op":"eq","value":"east"}}})).await,
        "A"
    );
    assert_eq!(codes(json!({"field":"region","op":"is_empty"})).await, "B");
    assert_eq!(
        codes(json!({"field":"region","op":"in","value":["north","south"]})).await,
        "C"
    );
    assert_eq!(
        codes(json!({"field":"region","op":"in","value":[]})).await,
        ""
    );
    assert_eq!(
        codes(json!({"field":"name","op":"contains","value":"阿尔"})).await,
        "A"
    );
    assert_eq!(
        codes(json!({"field":"name","op":"contains","value":"ALPHA"})).await,
        "A"
    );
    assert_eq!(
        codes(json!({"field":"name","op":"contains","value":"_100%"})).await,
        "B"
    );
    assert_eq!(
        codes(json!({"field":"name","op":"starts_with","value":"ä"})).await,
        ""
    );
    assert_eq!(
        codes(json!({"field":"first_order_on","op":"between","value":["2026-01-01","2026-01-31"]}))
            .await,
        "A"
    );
    assert_eq!(
        codes(json!({"field":"first_order_on","op":"in","value":["2026-02-01"]})).await,
        "B"
    );
    assert_eq!(
        codes(json!({"field":"score.p_alive","op":"lt","value":0.5})).await,
        "A"
    );
    assert_eq!(
        codes(json!({"field":"score.clv","op":"ge","value":"99.5"})).await,
        "A"
    );
    assert_eq!(
        codes(json!({"not":{"field":"score.p_alive","op":"lt","value":0.5}})).await,
        "BC"
    );
    assert_eq!(
        codes(json!({"field":"created_at","op":"in","value":{"last_days":2}})).await,
        "ABC"
    );
    assert_eq!(
        codes(json!({"field":"owner","op":"eq","value":w.sales.user_id})).await,
        "ABC"
    );
    assert_eq!(
        codes(json!({"field":"owner.department.code","op":"eq","value":"E1"})).await,
        "ABC"
    );
    assert_eq!(codes(json!({"any":[]})).await, "");
    assert_eq!(codes(json!({"all":[]})).await, "ABC");
    let orders = w.store.list(&w.sales, "order", &filter(json!({"all":[
        {"field":"customer.score.p_alive","op":"lt","value":0.5},{"field":"amount","op":"eq","value":"12.3"}]}))).await.unwrap();
    assert_eq!(orders.items.len(), 1);
    assert_eq!(orders.items[0]["customer"]["region"], "east");
    let search = async |text: &str| {
        let request = ListRequest {
            search: Some(text.to_owned()),
            ..Default::default()
        };
        w.store
            .list(&w.sales, "customer", &request)
            .await
            .unwrap()
            .items
            .len()
    };
    assert_eq!(
        (
            search("尔法").await,
            search("alpha 阿").await,
            search("alpha beta").await,
            search("100%").await,
            search("%").await
        ),
        (1, 1, 0, 1, 1)
    );
}

#[tokio::test]
async fn a_count_stops_at_its_cap() {
    let w = World::new().await;
    w.pg.execute("insert into crm.product (code, name) select 'P' || n, 'P' from generate_series(1, 10001) n").await;
    let total = async |request: ListRequest| {
        w.store
            .list(&w.sales, "product", &request)
            .await
            .unwrap()
            .total
            .unwrap()
    };
    let all = total(ListRequest {
        count: true,
        limit: 1,
        ..Default::default()
    })
    .await;
    assert_eq!((all.value, all.capped), (10_000, true));
    let one = total(ListRequest {
        count: true,
        search: Some("P10001".into()),
        ..Default::default()
    })
    .await;
    assert_eq!((one.value, one.capped), (1, false));
}
