//! The DDL service against a real database.

use basalt_model::{Dictionary, Rights};
use basalt_oltp::Db;

#[tokio::test]
async fn the_second_run_finds_nothing_to_do() {
    let pg = basalt_testkit::database().await;
    let db = Db::connect(pg.url()).await.unwrap();
    assert!(!db.migration_plan().await.unwrap().is_empty());
    let report = db.migrate().await.unwrap();
    assert!(!report.system.is_empty() && !report.dictionary.is_empty());
    let plan = db.migration_plan().await.unwrap();
    assert!(plan.is_empty(), "{plan}");
    assert!(db.migrate().await.unwrap().is_empty());
}

#[tokio::test]
async fn concurrent_runs_wait_for_each_other() {
    let pg = basalt_testkit::database().await;
    let (a, b) = (
        Db::connect(pg.url()).await.unwrap(),
        Db::connect(pg.url()).await.unwrap(),
    );
    let (a, b) = tokio::join!(a.migrate(), b.migrate());
    let done = [a.unwrap(), b.unwrap()];
    assert_eq!(
        done.iter()
            .filter(|report| !report.dictionary.is_empty())
            .count(),
        1
    );
}

#[tokio::test]
async fn standard_profiles_name_only_what_the_dictionary_knows() {
    let pg = basalt_testkit::database().await;
    let db = Db::connect(pg.url()).await.unwrap();
    db.migrate().await.unwrap();
    let profiles: Vec<(String, serde_json::Value)> =
        sqlx::query_as("select name, rights from sys.profile")
            .fetch_all(db.pool())
            .await
            .unwrap();
    assert_eq!(profiles.len(), 5);
    let dictionary = Dictionary::standard();
    for (name, rights) in profiles {
        let rights: Rights = serde_json::from_value(rights).unwrap();
        for (object, rights) in rights.objects {
            let object = dictionary
                .object(&object)
                .unwrap_or_else(|| panic!("{name}: {object}"));
            for field in rights.hidden.iter().chain(&rights.readonly) {
                assert!(
                    object.field(field).is_some(),
                    "{name}: {}.{field}",
                    object.name
                );
            }
        }
    }
}

const SHARED: &str = r#"
group = [{ name = "general", label = { en = "General", zh = "基本" } }, { name = "system", label = { en = "System", zh = "系统" } },
         { name = "ownership", label = { en = "Owner", zh = "归属" } }]
option_set = []
side_table = []
"#;

fn thing(number: &str, fields: &[&str]) -> Dictionary {
    let mut text = format!(
        "[object]\nname='user'\ntable='thing'\nresource='things'\narea='x'\ntitle='name'\nownership='none'\nrights='public'\n\
         number='{number}'\ntraits=['audit']\nlabel={{en='T',zh='物'}}\nlabel_plural={{en='T',zh='物'}}\nlist=['name']\n"
    );
    for field in fields {
        text.push_str(&format!("[[field]]\nlabel={{en='F',zh='字段'}}\n{field}\n"));
    }
    let source = |file, text| basalt_model::dictionary::Source { file, text };
    Dictionary::read(
        source("shared.toml", SHARED),
        &[source("thing.toml", &text)],
    )
    .unwrap_or_else(|error| panic!("{error}"))
}

#[tokio::test]
async fn a_changed_dictionary_adds_and_widens_and_refuses_to_narrow() {
    let pg = basalt_testkit::database().await;
    let name = "name='name'\ntype='text'\nrequired=true";
    let first = thing(
        "T{seq:3}",
        &[
            name,
            "name='size'\ntype='decimal'\nprecision=8\nscale=2\nrequired=true\ncheck={field='size',op='ge',value=0}",
        ],
    );
    let db = Db::connect_with(pg.url(), first).await.unwrap();
    db.migrate().await.unwrap();
    pg.execute("insert into crm.thing (name, size) values ('a', 1)")
        .await;

    let second = thing(
        "T-{yyyy}-{seq:4}",
        &[
            name,
            "name='size'\ntype='decimal'\nprecision=12\nscale=4\ncheck={field='size',op='ge',value=-5}",
            "name='active'\ntype='bool'\nrequired=true\ndefault=true",
            "name='link'\ntype='url'\nunique=true",
        ],
    );
    let db = Db::connect_with(pg.url(), second).await.unwrap();
    let plan = db.migration_plan().await.unwrap();
    let summaries: Vec<&str> = plan
        .steps
        .iter()
        .map(|step| step.summary.split(" crm.thing").next().unwrap())
        .collect();
    for wanted in [
        "widen column",
        "allow",
        "add column",
        "set numbering of",
        "drop former check",
    ] {
        assert!(
            summaries.iter().any(|summary| summary.starts_with(wanted)),
            "{wanted}: {plan}"
        );
    }
    db.migrate().await.unwrap();
    assert!(db.migration_plan().await.unwrap().is_empty());
    pg.execute("insert into crm.thing (name, size) values ('b', -4.1234)")
        .await;
    let rows: Vec<(String, bool)> =
        sqlx::query_as("select number, active from crm.thing order by id")
            .fetch_all(db.pool())
            .await
            .unwrap();
    assert_eq!(
        (rows[0].0.as_str(), rows[0].1, rows[1].1),
        ("T001", true, true)
    );
    assert!(
        rows[1].0.starts_with("T-20") && rows[1].0.ends_with("-0002"),
        "{}",
        rows[1].0
    );

    let narrower = thing(
        "T-{yyyy}-{seq:4}",
        &[
            name,
            "name='size'\ntype='integer'",
            "name='extra'\ntype='text'",
        ],
    );
    let db = Db::connect_with(pg.url(), narrower).await.unwrap();
    let error = db.migrate().await.unwrap_err();
    assert!(error.to_string().contains("crm.thing.size"), "{error}");
    let extra: i64 = sqlx::query_scalar("select count(*) from information_schema.columns where table_name = 'thing' and column_name = 'extra'").fetch_one(db.pool()).await.unwrap();
    assert_eq!(extra, 0, "nothing of a refused plan is applied");
}
