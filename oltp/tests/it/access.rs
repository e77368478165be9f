//! Groups, roles, layers, sharing, defaults, dimensions, assistants: each in effect on the next call.

use basalt_model::policy::{Action, RightsChange, Source};
use basalt_model::{Label, Party, Principal, Reason, ShareAccess, Via};
use basalt_oltp::auth::Auth;
use basalt_oltp::record::{ListRequest, Select};
use basalt_oltp::rights::{
    self, DimensionInput, RoleInput, ShareInput, SharingInput,
    groups::{self, GroupInput, Purpose},
};
use basalt_oltp::{Db, Error};
use proves::proves;
use serde_json::{Value as Json, json};

use crate::world::{World, map};

/// The user as of now, through the cache that requests use.
async fn now(auth: &Auth, who: &Principal) -> Principal {
    auth.principal_of(who.user_id, Via::Api).await.unwrap()
}

async fn ids(w: &World, who: &Principal, object: &str) -> Vec<i64> {
    let page = w
        .store
        .list(who, object, &ListRequest::default())
        .await
        .unwrap();
    let mut ids: Vec<i64> = page
        .items
        .iter()
        .map(|item| item["id"].as_i64().unwrap())
        .collect();
    ids.sort_unstable();
    ids
}

fn word<T>(result: Result<T, Error>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(error) => error.code(),
    }
}

fn label(text: &str) -> Label {
    Label::new(text, text)
}

pub async fn group(db: &Db, by: &Principal, name: &str, members: Vec<Party>) -> Result<i64, Error> {
    let input = GroupInput {
        name: name.into(),
        label: label(name),
        purpose: Purpose::Public,
        members,
    };
    groups::save(db, by, None, input).await
}

fn sharing(name: &str, grantee: Party, access: ShareAccess) -> SharingInput {
    SharingInput {
        name: name.into(),
        object: "customer".into(),
        owners: None,
        condition: None,
        grantee,
        access,
        active: true,
    }
}

fn change(json: Json) -> RightsChange {
    serde_json::from_value(json).unwrap()
}

#[tokio::test]
async fn shares_of_a_record_reach_users_groups_and_departments() {
    let w = World::new().await;
    let auth = Auth::new(w.db.clone());
    let mine = w.customer(&w.sales, "MINE").await;
    let (other, manager) = (&w.other, &w.manager);
    assert_eq!(
        ids(&w, &now(&auth, other).await, "customer").await,
        Vec::<i64>::new()
    );

    let share = async |by: &Principal, grantee, access, team_role: Option<&str>| {
        let input = ShareInput {
            grantee,
            access,
            team_role: team_role.map(str::to_owned),
        };
        rights::share(&w.db, by, "customer", mine, input).await
    };
    // The sales profile may not share; the record is readable, so the action is refused.
    let to = Party::User(other.user_id);
    assert_eq!(
        word(share(&w.sales, to, ShareAccess::Read, None).await),
        "forbidden"
    );
    assert_eq!(
        word(share(other, to, ShareAccess::Read, None).await),
        "not_found"
    );
    let (id, _) = share(&w.admin, to, ShareAccess::Read, Some("support"))
        .await
        .unwrap();
    let reader = now(&auth, other).await;
    assert_eq!(ids(&w, &reader, "customer").await, [mine]);
    let patch = || map(json!({"city": "Y"}));
    let update =
        async |who: &Principal| word(w.store.update(who, "customer", mine, patch(), None).await);
    assert_eq!(
        update(&reader).await,
        "forbidden",
        "a share to read is not one to write"
    );
    // What is below it is seen with it.
    let contact = json!({"customer":mine,"name":"K"});
    let contact = w
        .store
        .create(&w.sales, "contact", map(contact))
        .await
        .unwrap()
        .id;
    assert_eq!(ids(&w, &reader, "contact").await, [contact]);
    let below = json!({"customer":mine,"name":"L"});
    assert_eq!(
        word(w.store.create(&reader, "contact", map(below)).await),
        "forbidden"
    );

    share(&w.admin, to, ShareAccess::Write, None).await.unwrap();
    let writer = now(&auth, other).await;
    assert_eq!(update(&writer).await, "ok");
    // Writing is not owning.
    let take = map(json!({"owner": other.user_id}));
    assert_eq!(
        word(w.store.update(&writer, "customer", mine, take, None).await),
        "forbidden"
    );
    let listed = rights::shares(&w.db, &writer, "customer", mine)
        .await
        .unwrap();
    assert_eq!((listed.len(), listed[0].name.as_deref()), (1, Some("OTTO")));
    rights::remove_share(&w.db, &w.admin, "customer", mine, id)
        .await
        .unwrap();
    assert_eq!(update(&now(&auth, other).await).await, "not_found");

    // To a group within a group, and to a department with those below it.
    let inner = group(&w.db, &w.admin, "inner", vec![to]).await.unwrap();
    let outer = group(&w.db, &w.admin, "outer", vec![Party::Group(inner), to])
        .await
        .unwrap();
    share(&w.admin, Party::Group(outer), ShareAccess::Read, None)
        .await
        .unwrap();
    assert_eq!(ids(&w, &now(&auth, other).await, "customer").await, [mine]);
    let found = groups::list(&w.db).await.unwrap();
    let outer_group = found.iter().find(|g| g.id == outer).unwrap();
    assert_eq!(outer_group.users, 1, "each member once");
    let circle = GroupInput {
        name: "inner".into(),
        label: label("inner"),
        purpose: Purpose::Public,
        members: vec![Party::Group(outer)],
    };
    let Error::Validation(errors) = groups::save(&w.db, &w.admin, Some(inner), circle)
        .await
        .unwrap_err()
    else {
        panic!()
    };
    assert_eq!(errors[0].code, "circle");
    let emptied = GroupInput {
        name: "inner".into(),
        label: label("inner"),
        purpose: Purpose::Public,
        members: vec![],
    };
    groups::save(&w.db, &w.admin, Some(inner), emptied)
        .await
        .unwrap();
    assert_eq!(
        ids(&w, &now(&auth, other).await, "customer").await,
        [mine],
        "still in the outer group itself"
    );
    groups::remove(&w.db, &w.admin, outer).await.unwrap();
    assert_eq!(
        ids(&w, &now(&auth, other).await, "customer").await,
        Vec::<i64>::new()
    );
    let theirs = w.customer(&w.other, "THEIRS").await;
    let east = manager.department_id.unwrap();
    let input = ShareInput {
        grantee: Party::Department(east),
        access: ShareAccess::Read,
        team_role: None,
    };
    rights::share(&w.db, &w.admin, "customer", theirs, input)
        .await
        .unwrap();
    for who in [&w.manager, &w.sales] {
        assert!(
            ids(&w, &now(&auth, who).await, "customer")
                .await
                .contains(&theirs),
            "{}",
            who.login
        );
    }
}

#[tokio::test]
async fn sharing_rules_by_owner_and_by_condition() {
    let w = World::new().await;
    let auth = Auth::new(w.db.clone());
    let mine = w.customer(&w.sales, "MINE").await;
    let theirs = w.customer(&w.other, "THEIRS").await;
    let level = map(json!({"level": "A"}));
    w.store
        .update(&w.admin, "customer", theirs, level, None)
        .await
        .unwrap();
    let east = Party::Department(w.manager.department_id.unwrap());
    let g = group(&w.db, &w.admin, "g", vec![Party::User(w.other.user_id)])
        .await
        .unwrap();

    let by_owner = SharingInput {
        owners: Some(east),
        ..sharing("east to g", Party::Group(g), ShareAccess::Write)
    };
    let by_owner = rights::save_sharing_rule(&w.db, &w.admin, None, by_owner)
        .await
        .unwrap();
    let by_condition = SharingInput {
        condition: Some(
            serde_json::from_value(json!({"field":"level","op":"eq","value":"A"})).unwrap(),
        ),
        ..sharing(
            "level A to sam",
            Party::User(w.sales.user_id),
            ShareAccess::Read,
        )
    };
    let by_condition = rights::save_sharing_rule(&w.db, &w.admin, None, by_condition)
        .await
        .unwrap();
    let (other, sales) = (now(&auth, &w.other).await, now(&auth, &w.sales).await);
    assert_eq!(ids(&w, &other, "customer").await, [mine, theirs]);
    assert_eq!(ids(&w, &sales, "customer").await, [mine, theirs]);
    let patch = |city: &str| map(json!({"city": city}));
    assert_eq!(
        word(
            w.store
                .update(&other, "customer", mine, patch("a"), None)
                .await
        ),
        "ok"
    );
    assert_eq!(
        word(
            w.store
                .update(&sales, "customer", theirs, patch("b"), None)
                .await
        ),
        "forbidden"
    );
    // The record leaves the condition, and sight.
    let level = map(json!({"level": "B"}));
    w.store
        .update(&w.admin, "customer", theirs, level, None)
        .await
        .unwrap();
    assert_eq!(ids(&w, &sales, "customer").await, [mine]);

    // Who may see the record and why agrees with the lists.
    let readers = rights::readers_of_record(&w.db, "customer", mine)
        .await
        .unwrap();
    let reader = readers
        .iter()
        .find(|r| r.user_id == w.other.user_id)
        .unwrap();
    assert_eq!(
        reader.because,
        [Reason::SharingRule {
            id: by_owner,
            name: "east to g".into()
        }]
    );
    assert!(reader.writes);
    for user in [
        &w.admin,
        &w.manager,
        &w.sales,
        &w.other,
        &w.marketer,
        &w.analyst,
    ] {
        let listed = ids(&w, &now(&auth, user).await, "customer")
            .await
            .contains(&mine);
        assert_eq!(
            readers.iter().any(|r| r.user_id == user.user_id),
            listed,
            "{}",
            user.login
        );
    }
    let fields = rights::readers_of_field(&w.db, "customer", "phone")
        .await
        .unwrap();
    assert!(fields.iter().all(|f| f.user_id != w.analyst.user_id) && fields.len() == 5);

    assert_eq!(word(groups::remove(&w.db, &w.admin, g).await), "in_use");
    for rule in [by_owner, by_condition] {
        rights::remove_sharing_rule(&w.db, &w.admin, rule)
            .await
            .unwrap();
    }
    assert_eq!(
        ids(&w, &now(&auth, &w.other).await, "customer").await,
        [theirs]
    );
    // What makes no sense is refused.
    let through = json!({"field":"owner.name","op":"eq","value":"A"});
    for (input, code) in [
        (
            SharingInput {
                condition: Some(serde_json::from_value(through).unwrap()),
                ..sharing("x", east, ShareAccess::Read)
            },
            "validation",
        ),
        (sharing("x", east, ShareAccess::Read), "validation"),
        (
            SharingInput {
                object: "contact".into(),
                owners: Some(east),
                ..sharing("x", east, ShareAccess::Read)
            },
            "validation",
        ),
        (
            SharingInput {
                owners: Some(Party::User(999)),
                ..sharing("x", east, ShareAccess::Read)
            },
            "validation",
        ),
    ] {
        assert_eq!(
            word(rights::save_sharing_rule(&w.db, &w.admin, None, input).await),
            code
        );
    }
}

#[tokio::test]
async fn roles_defaults_and_dimensions_move_the_range() {
    let w = World::new().await;
    let auth = Auth::new(w.db.clone());
    let mine = w.customer(&w.sales, "MINE").await;
    let theirs = w.customer(&w.other, "THEIRS").await;
    let west = map(json!({"region": "southwest"}));
    w.store
        .update(&w.admin, "customer", theirs, west, None)
        .await
        .unwrap();
    let set_user = async |who: &Principal, patch: Json| {
        w.store
            .update(&w.admin, "user", who.user_id, map(patch), None)
            .await
    };
    let presets: Vec<String> = rights::roles(&w.db)
        .await
        .unwrap()
        .into_iter()
        .map(|r| r.named.name)
        .collect();
    assert_eq!(
        presets,
        ["administrator", "manager", "ordinary_user", "partner_user"]
    );

    // A role widens, the next call knows.
    set_user(&w.sales, json!({"role": "administrator"}))
        .await
        .unwrap();
    assert_eq!(
        ids(&w, &now(&auth, &w.sales).await, "customer").await,
        [mine, theirs]
    );
    // A dimension narrows what the role gives, and nothing else.
    let dimension = |bound: &[(Party, &[&str])]| DimensionInput {
        name: "region".into(),
        label: label("Region"),
        fields: [("customer".to_owned(), "region".to_owned())].into(),
        bound: bound
            .iter()
            .map(|(party, values)| (*party, values.iter().map(|v| (*v).to_owned()).collect()))
            .collect(),
    };
    let sam = Party::User(w.sales.user_id);
    let id = rights::save_dimension(&w.db, &w.admin, None, dimension(&[(sam, &["north"])]))
        .await
        .unwrap();
    assert_eq!(
        ids(&w, &now(&auth, &w.sales).await, "customer").await,
        [mine],
        "the own one stays"
    );
    rights::save_dimension(
        &w.db,
        &w.admin,
        Some(id),
        dimension(&[(sam, &["southwest"])]),
    )
    .await
    .unwrap();
    assert_eq!(
        ids(&w, &now(&auth, &w.sales).await, "customer").await,
        [mine, theirs]
    );
    set_user(&w.sales, json!({"role": "ordinary_user"}))
        .await
        .unwrap();
    assert_eq!(
        ids(&w, &now(&auth, &w.sales).await, "customer").await,
        [mine]
    );
    rights::remove_dimension(&w.db, &w.admin, id).await.unwrap();

    // Subordinates at any depth; the chain moves with them.
    let below = RoleInput {
        label: label("Team lead"),
        change: change(json!({"rows": "subordinates"})),
    };
    rights::save_role(&w.db, &w.admin, "team_lead", below)
        .await
        .unwrap();
    set_user(&w.sales, json!({"role": "team_lead"}))
        .await
        .unwrap();
    set_user(&w.marketer, json!({"manager": w.sales.user_id}))
        .await
        .unwrap();
    set_user(&w.other, json!({"manager": w.marketer.user_id}))
        .await
        .unwrap();
    assert_eq!(
        ids(&w, &now(&auth, &w.sales).await, "customer").await,
        [mine, theirs]
    );
    assert_eq!(
        word(set_user(&w.sales, json!({"manager": w.other.user_id})).await),
        "validation"
    );
    set_user(&w.other, json!({"manager": w.admin.user_id}))
        .await
        .unwrap();
    assert_eq!(
        ids(&w, &now(&auth, &w.sales).await, "customer").await,
        [mine]
    );
    assert_eq!(
        word(rights::remove_role(&w.db, &w.admin, "team_lead").await),
        "in_use"
    );
    assert_eq!(
        word(rights::remove_role(&w.db, &w.admin, "manager").await),
        "built_in"
    );

    // The organisation's default opens the object to those who may read it at all.
    let patch = || map(json!({"city": "Z"}));
    rights::set_default(&w.db, &w.admin, "customer", Some(ShareAccess::Read))
        .await
        .unwrap();
    let other = now(&auth, &w.other).await;
    assert_eq!(ids(&w, &other, "customer").await, [mine, theirs]);
    assert_eq!(
        word(
            w.store
                .update(&other, "customer", mine, patch(), None)
                .await
        ),
        "forbidden"
    );
    rights::set_default(&w.db, &w.admin, "customer", Some(ShareAccess::Write))
        .await
        .unwrap();
    let other = now(&auth, &w.other).await;
    assert_eq!(
        word(
            w.store
                .update(&other, "customer", mine, patch(), None)
                .await
        ),
        "ok"
    );
    rights::set_default(&w.db, &w.admin, "customer", None)
        .await
        .unwrap();
    let other = now(&auth, &w.other).await;
    assert_eq!(
        word(
            w.store
                .update(&other, "customer", mine, patch(), None)
                .await
        ),
        "not_found"
    );
}

#[tokio::test]
async fn layers_change_functions_and_explain_themselves() {
    let w = World::new().await;
    let auth = Auth::new(w.db.clone());
    w.customer(&w.sales, "MINE").await;
    let shop = w.sales.department_id.unwrap();
    let east = w.manager.department_id.unwrap();
    let layer = |json: Json| change(json!({"objects": json}));
    let off = layer(
        json!({"order": {"actions": {"read": false}}, "customer": {"fields": {"phone": "hidden"}}}),
    );
    rights::save_layer(&w.db, &w.admin, Party::Department(east), off)
        .await
        .unwrap();
    let sam = now(&auth, &w.sales).await;
    assert!(!sam.can("order", Action::Read) && sam.can("customer", Action::Read));
    let listed = w.store.list(&sam, "order", &ListRequest::default()).await;
    assert_eq!(word(listed), "forbidden");
    let fields = ListRequest {
        fields: vec!["phone".into()],
        ..ListRequest::default()
    };
    assert_eq!(
        word(w.store.list(&sam, "customer", &fields).await),
        "bad_request"
    );
    // Nearer layers win: the shop, then the user.
    rights::save_layer(
        &w.db,
        &w.admin,
        Party::Department(shop),
        layer(json!({"customer": {"fields": {"phone": "read"}}})),
    )
    .await
    .unwrap();
    rights::save_layer(
        &w.db,
        &w.admin,
        Party::User(w.sales.user_id),
        layer(json!({"order": {"actions": {"read": true}}})),
    )
    .await
    .unwrap();
    let sam = now(&auth, &w.sales).await;
    assert!(
        sam.can("order", Action::Read)
            && !sam.is_hidden("customer", "phone")
            && !sam.may_write("customer", "phone")
    );

    let told = rights::user_rights(&w.db, w.sales.user_id).await.unwrap();
    let of = |object: &str| {
        told.objects
            .iter()
            .find(|o| o.rights.object == object)
            .unwrap()
    };
    assert_eq!(of("order").rights.actions[&Action::Read].from, Source::User);
    let shop_source = Source::Department {
        id: shop,
        name: "East shop".into(),
    };
    assert_eq!(of("customer").rights.fields["phone"].from, shop_source);
    assert_eq!(of("customer").reads, [Reason::Owner]);
    assert_eq!(
        of("order").rights.actions[&Action::Create].from,
        Source::Profile {
            name: "sales".into()
        }
    );
    for (object, field, code) in [
        ("nothing", "x", "validation"),
        ("customer", "nothing", "validation"),
        ("customer", "id", "validation"),
    ] {
        let wrong = layer(json!({object: {"fields": {field: "hidden"}}}));
        assert_eq!(
            word(rights::save_layer(&w.db, &w.admin, Party::User(w.sales.user_id), wrong).await),
            code
        );
    }
    // Who changed which right is in the audit trail, which can't be changed.
    let audited: i64 = sqlx::query_scalar(
        "select count(*) from sys.audit_entry where table_name = 'rights_layer' and actor = $1",
    )
    .bind(w.admin.actor())
    .fetch_one(w.db.pool())
    .await
    .unwrap();
    assert_eq!(audited, 3);
}

#[tokio::test]
#[proves("ACCS-10")]
async fn assistants_read_with_their_manager_and_write_nothing() {
    let w = World::new().await;
    let auth = Auth::new(w.db.clone());
    let mine = w.customer(&w.sales, "MINE").await;
    w.customer(&w.other, "THEIRS").await;
    let assistant = json!({"login":"asa","name":"Asa","profile":"assistant_profile"});
    let profile = rights::ProfileInput {
        label: label("Assistant"),
        rights: basalt_model::Rights::default(),
    };
    rights::save_profile(&w.db, &w.admin, "assistant_profile", profile)
        .await
        .unwrap();
    let id = w
        .store
        .create(&w.system, "user", map(assistant))
        .await
        .unwrap()
        .id;
    let asa = || async { auth.principal_of(id, Via::Api).await.unwrap() };
    assert_eq!(
        word(
            w.store
                .list(&asa().await, "customer", &ListRequest::default())
                .await
        ),
        "forbidden"
    );
    rights::add_assistant(&w.db, &w.admin, w.sales.user_id, id)
        .await
        .unwrap();
    let who = asa().await;
    for object in ["customer", "order", "contact", "payment", "user", "product"] {
        assert_eq!(
            ids(&w, &who, object).await,
            ids(&w, &now(&auth, &w.sales).await, object).await,
            "{object}"
        );
    }
    assert!(
        w.store
            .get(&who, "customer", mine, &Select::all())
            .await
            .is_ok()
    );
    let patch = map(json!({"city": "X"}));
    assert_eq!(
        word(w.store.update(&who, "customer", mine, patch, None).await),
        "forbidden"
    );
    assert_eq!(
        word(w.store.delete(&who, "customer", mine, None).await),
        "forbidden"
    );
    assert_eq!(
        word(
            w.store
                .create(&who, "customer", map(json!({"code":"N","name":"N"})))
                .await
        ),
        "forbidden"
    );
    rights::remove_assistant(&w.db, &w.admin, w.sales.user_id, id)
        .await
        .unwrap();
    assert_eq!(
        word(
            w.store
                .list(&asa().await, "customer", &ListRequest::default())
                .await
        ),
        "forbidden"
    );
}

#[tokio::test]
async fn only_administrators_touch_what_decides_on_rights() {
    let w = World::new().await;
    // A profile that may change users still can't make administrators.
    let mut rights = (*w.manager.rights).clone();
    rights.objects.get_mut("user").unwrap().update = true;
    let eager = Principal {
        rights: rights.into(),
        ..w.manager.clone()
    };
    let update = async |who: &Principal, patch: Json| {
        word(
            w.store
                .update(who, "user", w.manager.user_id, map(patch), None)
                .await,
        )
    };
    assert_eq!(
        update(&eager, json!({"profile": "admin"})).await,
        "forbidden"
    );
    assert_eq!(update(&eager, json!({"manager": null})).await, "forbidden");
    assert_eq!(
        update(&eager, json!({"email": "m@example.com"})).await,
        "ok"
    );
    assert_eq!(
        update(&w.admin, json!({"profile": "no_such"})).await,
        "validation"
    );
    assert_eq!(
        update(&w.admin, json!({"role": "no_such"})).await,
        "validation"
    );
    // Internal and external people are kept apart.
    let partner = w
        .store
        .create(
            &w.admin,
            "department",
            map(json!({"code":"P","name":"Partner","external":true})),
        )
        .await
        .unwrap()
        .id;
    assert_eq!(
        update(&w.admin, json!({"department": partner})).await,
        "validation"
    );
    assert_eq!(
        update(&w.admin, json!({"external": true})).await,
        "validation"
    );
    assert_eq!(
        update(&w.admin, json!({"department": partner, "external": true})).await,
        "ok"
    );
    // The last administrator stays one.
    let nobody = rights::ProfileInput {
        label: label("A"),
        rights: basalt_model::Rights::default(),
    };
    assert_eq!(
        word(rights::save_profile(&w.db, &w.admin, "admin", nobody).await),
        "last_administrator"
    );
}

/// A right that is changed while somebody reads with it, and one that is changed and taken back:
/// the version is never behind what is committed.
#[tokio::test]
async fn the_version_counts_committed_changes_only() {
    let w = World::new().await;
    let before = rights::version(&w.db).await.unwrap();
    let mut tx = w.db.begin(&w.admin).await.unwrap();
    sqlx::query("update crm.app_user set profile = 'analyst' where id = $1")
        .bind(w.sales.user_id)
        .execute(&mut *tx)
        .await
        .unwrap();
    assert_eq!(rights::version(&w.db).await.unwrap(), before);
    tx.rollback().await.unwrap();
    assert_eq!(rights::version(&w.db).await.unwrap(), before);
    let mut tx = w.db.begin(&w.admin).await.unwrap();
    for _ in 0..3 {
        sqlx::query("update crm.app_user set profile = 'analyst' where id = $1")
            .bind(w.sales.user_id)
            .execute(&mut *tx)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    assert_eq!(rights::version(&w.db).await.unwrap(), before + 1);
    // A change of business data is none of rights.
    w.customer(&w.sales, "C").await;
    assert_eq!(rights::version(&w.db).await.unwrap(), before + 1);
}

/// 20,000 customers, of which a user owns 200 and reads 3,000 by shares: lists and counts find them
/// by index, not by looking at every customer.
#[tokio::test]
async fn thousands_of_shares_stay_index_driven() {
    let w = World::new().await;
    let auth = Auth::new(w.db.clone());
    sqlx::query(
        "insert into crm.customer (code, name, kind, owner_id, department_id)
         select 'C' || n, 'Customer ' || n, 'organisation', case when n <= 200 then $1 else $2 end, $3 from generate_series(1, 20000) n",
    )
    .bind(w.sales.user_id)
    .bind(w.other.user_id)
    .bind(w.other.department_id)
    .execute(w.db.pool())
    .await
    .unwrap();
    sqlx::query(
        "insert into crm.record_share (object, record_id, grantee, access)
         select 'customer', id, $1, 'read' from crm.customer where id % 6 = 0 and owner_id <> $2",
    )
    .bind(Party::User(w.sales.user_id).to_string())
    .bind(w.sales.user_id)
    .execute(w.db.pool())
    .await
    .unwrap();
    // Others have shares as well, so that the whole table is not an answer.
    sqlx::query(
        "insert into crm.record_share (object, record_id, grantee, access)
         select 'customer', c.id, 'user:' || (1000 + n), 'read' from crm.customer c cross join generate_series(1, 20) n where c.id % 6 = 0",
    )
    .execute(w.db.pool())
    .await
    .unwrap();
    w.pg.execute("analyze crm.customer; analyze crm.record_share")
        .await;
    let who = now(&auth, &w.sales).await;
    let page = w
        .store
        .list(
            &who,
            "customer",
            &ListRequest {
                count: true,
                ..ListRequest::default()
            },
        )
        .await
        .unwrap();
    assert_eq!(page.items.len(), 50);
    let total = page.total.unwrap().value;
    assert!((3_400..3_600).contains(&total), "{total}");

    let dictionary = w.db.dictionary();
    let customer = dictionary.object("customer").unwrap();
    for tail in [
        " order by t.id desc limit 51",
        " order by t.name, t.id limit 51",
        "",
    ] {
        let mut query =
            sqlx::QueryBuilder::new("explain (format json) select t.id from crm.customer t where ");
        basalt_oltp::sql::push_readable(&mut query, "t", &dictionary, &who, customer);
        query.push(tail);
        let plan: Json = query
            .build_query_scalar()
            .fetch_one(w.db.pool())
            .await
            .unwrap();
        let text = plan.to_string();
        assert!(
            text.contains("record_share_grantee"),
            "the shares are joined by their index: {text}"
        );
        assert!(
            !text.contains("SubPlan"),
            "and not asked for row by row: {text}"
        );
    }
}
