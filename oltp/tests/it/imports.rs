//! Imports: good rows in, bad rows out with reasons, matching, dry runs, files that are none.

use std::io::Cursor;
use std::sync::{Arc, Mutex};

use basalt_model::{Principal, Via};
use basalt_oltp::Error;
use basalt_oltp::audit::audit;
use basalt_oltp::import::{ImportReport, ImportRequest, Importer, Phase};
use basalt_oltp::record::{ListRequest, Sort};
use serde_json::json;

use crate::world::{World, map};

fn request(object: &str, csv: &str) -> ImportRequest {
    ImportRequest::new(object, Cursor::new(csv.as_bytes().to_vec()))
}

async fn import(w: &World, who: &Principal, request: ImportRequest) -> Result<ImportReport, Error> {
    Importer::new(w.db.clone()).run(who, request).await
}

fn counts(report: &ImportReport) -> (u64, u64, u64, u64) {
    (report.read, report.inserted, report.updated, report.refused)
}

#[tokio::test]
async fn good_rows_go_in_with_everything_resolved() {
    let w = World::new().await;
    let csv = "\u{feff}code,name,kind,owner.login,first_order_on\nA,Alpha,person,sam,2026-01-02\nB,\"Beta, \"\"Ltd\"\"\nsecond line\",,otto,\nC,C\\N\tx,,,\n";
    let report = import(&w, &w.admin, request("customer", csv))
        .await
        .unwrap();
    assert_eq!(counts(&report), (3, 3, 0, 0));
    let list = ListRequest {
        sort: vec![Sort::parse("code")],
        fields: vec![
            "code".into(),
            "name".into(),
            "kind".into(),
            "owner".into(),
            "department.code".into(),
            "import_id".into(),
        ],
        ..Default::default()
    };
    let page = w.store.list(&w.admin, "customer", &list).await.unwrap();
    assert_eq!(page.items[0]["owner"]["title"], "SAM");
    assert_eq!(
        page.items[0]["department"]["code"], "E1",
        "follows the owner"
    );
    assert_eq!(page.items[1]["name"], "Beta, \"Ltd\"\nsecond line");
    assert_eq!(page.items[1]["kind"], "organisation");
    assert_eq!(page.items[2]["name"], "C\\N\tx");
    assert_eq!(page.items[2]["import_id"], json!(report.import_id));
    let id = page.items[0]["id"].as_i64().unwrap();
    let entries = audit(&w.db, &w.admin, "customer", id).await.unwrap();
    assert_eq!(
        (entries[0].op.as_str(), entries[0].via.as_str()),
        ("create", "import")
    );
    assert_eq!(entries[0].actor, format!("user:{}", w.admin.user_id));

    let csv = "customer.code,ordered_on,amount,amount_currency,amount_rate,status,external_key\nA,2026-01-02,12.50,,,paid,K1\nB,2026-01-03,7,CNY,0.14,confirmed,K2\n";
    let report = import(
        &w,
        &Principal::system().through(Via::Demo),
        request("order", csv),
    )
    .await
    .unwrap();
    assert_eq!(counts(&report), (2, 2, 0, 0));
    let orders = w
        .store
        .list(
            &w.admin,
            "order",
            &ListRequest {
                sort: vec![Sort::parse("external_key")],
                ..Default::default()
            },
        )
        .await
        .unwrap();
    assert_eq!(
        orders.items[0]["amount"],
        json!({"amount":"12.50","currency":"USD","rate":"1","base":"12.50"})
    );
    assert_eq!(
        orders.items[1]["amount"],
        json!({"amount":"7.00","currency":"CNY","rate":"0.14","base":"0.98"})
    );
    assert_eq!(orders.items[0]["customer"]["title"], "Alpha");
    let csv = "order.external_key,customer.code,paid_on,amount\nK1,A,2026-01-02,12.50\n";
    let report = import(&w, &w.system, request("payment", csv))
        .await
        .unwrap();
    assert_eq!(report.inserted, 1);
}

#[tokio::test]
async fn bad_rows_stay_out_and_say_why() {
    let w = World::new().await;
    w.customer(&w.sales, "TAKEN").await;
    let gone = w.customer(&w.sales, "GONE").await;
    w.store
        .delete(&w.admin, "customer", gone, None)
        .await
        .unwrap();
    let mut csv = b"code,name,region,owner.login,email\n\
        G1,Good,east,sam,\n\
        B1,,,,\n\
        B2,Bad region,moon,,\n\
        B3,Bad owner,,nobody,\n\
        TAKEN,Taken,,,\n\
        GONE,In the bin,,,\n\
        G1,Twice,,,\n\
        B4,too,few\n\
        B5,=cmd(),,,not-mail\n\
        B6,\xff\xfe,,,\n"
        .to_vec();
    csv.extend_from_slice("G2,好,north,,\n".as_bytes());
    let folder = std::env::temp_dir().join(format!("basalt-refused-{}.csv", w.pg.name()));
    let seen = Arc::new(Mutex::new(Vec::new()));
    let progress = Arc::clone(&seen);
    let mut request = ImportRequest::new("customer", Cursor::new(csv));
    request.refused_path = Some(folder.clone());
    request.progress = Some(Box::new(move |step| progress.lock().unwrap().push(step)));
    let report = import(&w, &w.admin, request).await.unwrap();
    assert_eq!(counts(&report), (11, 2, 0, 9));
    assert_eq!(report.refused_file.as_deref(), Some(folder.as_path()));
    let text = std::fs::read_to_string(&folder).unwrap();
    std::fs::remove_file(&folder).unwrap();
    let mut lines: Vec<String> = text
        .lines()
        .skip(1)
        .map(|line| line.splitn(4, ',').take(3).collect::<Vec<_>>().join("|"))
        .collect();
    lines.sort_by_key(|line| line.split('|').next().unwrap().parse::<u64>().unwrap());
    assert_eq!(
        lines,
        [
            "3|name|",
            "4|region|moon",
            "5|owner.login|nobody",
            "6|code|TAKEN",
            "7|code|GONE",
            "8|code|G1",
            "9||",
            "10|email|not-mail",
            "11||"
        ]
    );
    assert_eq!(seen.lock().unwrap().last().unwrap().phase, Phase::Done);
    let recorded: i64 =
        sqlx::query_scalar("select count(*) from sys.import_refusal where import_id = $1")
            .bind(report.import_id)
            .fetch_one(w.db.pool())
            .await
            .unwrap();
    assert_eq!(recorded, 9);

    let order = "customer.code,ordered_on,amount\nG1,2026-01-01,-1\nG2,2026-01-01,1\n";
    assert_eq!(
        counts(
            &import(&w, &w.admin, self::request("order", order))
                .await
                .unwrap()
        ),
        (2, 1, 0, 1)
    );
    let id: i64 = sqlx::query_scalar("select id from crm.sales_order")
        .fetch_one(w.db.pool())
        .await
        .unwrap();
    let line = format!("order_id,line_no,quantity,amount\n{id},1,1,1\n{id},1,2,2\n99999,1,1,1\n");
    assert_eq!(
        counts(
            &import(&w, &w.admin, self::request("order_line", &line))
                .await
                .unwrap()
        ),
        (3, 1, 0, 2)
    );
}

#[tokio::test]
async fn an_upsert_changes_what_differs_and_a_dry_run_nothing() {
    let w = World::new().await;
    w.customer(&w.sales, "A").await;
    let csv = "code,name,city\nA,Customer A,Qingdao\nB,Beta,\n";
    let upsert = |csv: &str, dry_run| ImportRequest {
        upsert_key: Some("code".into()),
        dry_run,
        ..request("customer", csv)
    };
    assert_eq!(
        counts(&import(&w, &w.admin, upsert(csv, true)).await.unwrap()),
        (2, 1, 1, 0)
    );
    let count = async || {
        w.store
            .list(
                &w.admin,
                "customer",
                &ListRequest {
                    count: true,
                    ..Default::default()
                },
            )
            .await
            .unwrap()
            .total
            .unwrap()
            .value
    };
    assert_eq!(count().await, 1);
    assert_eq!(
        counts(&import(&w, &w.admin, upsert(csv, false)).await.unwrap()),
        (2, 1, 1, 0)
    );
    assert_eq!(count().await, 2);
    assert_eq!(
        counts(&import(&w, &w.admin, upsert(csv, false)).await.unwrap()),
        (2, 0, 0, 0),
        "nothing differs"
    );
    let page = w
        .store
        .list(
            &w.admin,
            "customer",
            &ListRequest {
                sort: vec![Sort::parse("code")],
                fields: vec!["city".into(), "region".into(), "owner_id".into()],
                ..Default::default()
            },
        )
        .await
        .unwrap();
    assert_eq!(
        (&page.items[0]["city"], &page.items[0]["region"]),
        (&json!("Qingdao"), &json!("east")),
        "columns not in the file stay"
    );
    assert_eq!(page.items[0]["owner_id"], json!(w.sales.user_id));
    let runs: Vec<(String, i64)> =
        sqlx::query_as("select status, rows_inserted from sys.import_run order by id")
            .fetch_all(w.db.pool())
            .await
            .unwrap();
    assert_eq!(
        runs,
        [
            ("dry_run".into(), 1),
            ("done".into(), 1),
            ("done".into(), 0)
        ]
    );
}

#[tokio::test]
async fn files_that_can_not_be_taken_say_so() {
    let w = World::new().await;
    let refused =
        async |request: ImportRequest| match import(&w, &w.admin, request).await.unwrap_err() {
            Error::Import(message) => message.en,
            error => panic!("{error}"),
        };
    assert!(refused(request("customer", "")).await.contains("empty"));
    assert!(
        refused(request("customer", "code,name,colour\nA,B,C\n"))
            .await
            .contains("colour")
    );
    assert!(
        refused(request("customer", "code\nA\n"))
            .await
            .contains("name")
    );
    assert!(
        refused(request("customer", "code,code,name\nA,A,B\n"))
            .await
            .contains("second time")
    );
    assert!(
        refused(request("order", "amount_currency\nUSD\n"))
            .await
            .contains("required")
    );
    assert!(
        refused(request("nothing", "a\n1\n"))
            .await
            .contains("nothing")
    );
    let upsert = ImportRequest {
        upsert_key: Some("name".into()),
        ..request("customer", "code,name\nA,B\n")
    };
    assert!(refused(upsert).await.contains("matched"));
    assert!(matches!(
        ImportRequest::from_file("customer", "/nowhere/x.csv"),
        Err(Error::Import(_))
    ));
    let mapped = ImportRequest {
        mapping: [
            ("Nr".to_owned(), "code".to_owned()),
            ("junk".to_owned(), String::new()),
        ]
        .into(),
        ..request("customer", "Nr,name,junk\nA,B,C\n")
    };
    assert_eq!(import(&w, &w.admin, mapped).await.unwrap().inserted, 1);
}

#[tokio::test]
async fn an_import_keeps_to_the_rights_of_who_runs_it() {
    let w = World::new().await;
    let denied = import(&w, &w.sales, request("customer", "code,name\nA,B\n"))
        .await
        .unwrap_err();
    assert!(matches!(denied, Error::Forbidden));
    let mut rights = (*w.sales.rights).clone();
    rights.objects.get_mut("customer").unwrap().import = true;
    let importer = Principal {
        rights: Arc::new(rights),
        ..w.sales.clone()
    };
    w.customer(&w.other, "THEIRS").await;
    let csv = "code,name,owner.login\nA,B,sam\nB,B,\nC,C,otto\nTHEIRS,mine now,sam\n";
    let upsert = ImportRequest {
        upsert_key: Some("code".into()),
        ..request("customer", csv)
    };
    let report = import(&w, &importer, upsert).await.unwrap();
    assert_eq!(
        counts(&report),
        (4, 1, 0, 3),
        "an empty owner, another's, and another's record are out of range"
    );
    let page = w
        .store
        .list(
            &w.other,
            "customer",
            &ListRequest {
                fields: vec!["name".into()],
                ..Default::default()
            },
        )
        .await
        .unwrap();
    assert_eq!(page.items[0]["name"], "Customer THEIRS");
    let own = w
        .store
        .create(&importer, "customer", map(json!({"code":"Z","name":"Z"})))
        .await;
    assert!(own.is_ok());
}
