//! Properties of the policy.

use super::*;
use crate::dictionary::{Dictionary, Source as File};
use crate::{Condition, condition::Op};
use proptest::prelude::*;

/// A row as a rule sees it: its columns, and the row it refers to.
#[derive(Debug, Clone)]
struct Row {
    owner: Option<i64>,
    department: Option<i64>,
}

fn admits(rule: &RowRule, row: &Row) -> bool {
    match rule {
        RowRule::Nothing => false,
        RowRule::Everything => true,
        RowRule::Ids { column, ids } => {
            let value = if column == "owner_id" {
                row.owner
            } else {
                row.department
            };
            value.is_some_and(|id| ids.contains(&id))
        }
        RowRule::Texts { .. } | RowRule::Shared { .. } | RowRule::Where(_) => {
            unreachable!("not in these worlds")
        }
        RowRule::Via { rule, .. } => admits(rule, row),
        RowRule::Any(rules) | RowRule::Few { rules, .. } => {
            rules.iter().any(|rule| admits(rule, row))
        }
        RowRule::All(rules) => rules.iter().all(|rule| admits(rule, row)),
    }
}

fn principal(rights: Rights) -> Principal {
    Principal {
        kind: PrincipalKind::User,
        user_id: 7,
        department_id: Some(2),
        department_tree: vec![2, 3],
        rights: Arc::new(rights),
        ..Principal::system()
    }
}

fn reading(objects: &[&str], rows: RowScope) -> Rights {
    let rights = ObjectRights {
        read: true,
        rows,
        ..ObjectRights::default()
    };
    Rights {
        admin: false,
        objects: objects
            .iter()
            .map(|name| ((*name).to_owned(), rights.clone()))
            .collect(),
    }
}

fn any_rights() -> impl Strategy<Value = ObjectRights> {
    let scopes = prop::sample::select(vec![
        RowScope::None,
        RowScope::Own,
        RowScope::Subordinates,
        RowScope::Department,
        RowScope::DepartmentTree,
        RowScope::All,
    ]);
    let names = || prop::collection::btree_set("[a-z]{1,6}", 0..3);
    (any::<[bool; 8]>(), scopes, names(), names()).prop_map(|(on, rows, hidden, readonly)| {
        ObjectRights {
            create: on[0],
            read: on[1],
            update: on[2],
            delete: on[3],
            import: on[4],
            export: on[5],
            approve: on[6],
            share: on[7],
            rows,
            hidden,
            readonly,
        }
    })
}

proptest! {
    #[test]
    fn a_wider_scope_sees_no_less(owner in prop::option::of(6_i64..9), department in prop::option::of(1_i64..5)) {
        let dictionary = Dictionary::standard();
        let row = Row { owner, department };
        let scopes = [RowScope::None, RowScope::Own, RowScope::Subordinates, RowScope::Department, RowScope::DepartmentTree, RowScope::All];
        for name in ["customer", "contact", "order", "payment", "order_line"] {
            let object = dictionary.object(name).unwrap();
            let mut seen = false;
            for scope in scopes {
                let mut who = principal(reading(&["customer", "contact", "order", "payment", "order_line"], scope));
                who.sight = Arc::new(Sight { subordinates: vec![8], ..Sight::default() });
                let sees = admits(&who.row_rule(&dictionary, object), &row);
                prop_assert!(sees || !seen, "{} at {:?} loses {:?}", name, scope, row);
                seen = sees;
            }
            prop_assert!(seen);
        }
    }

    #[test]
    fn rights_survive_json_and_deny_what_is_not_named(rights in prop::collection::btree_map("[a-z_]{1,8}", any_rights(), 0..4)) {
        let rights = Rights { admin: false, objects: rights };
        let text = serde_json::to_string(&rights).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Rights>(&text).unwrap(), &rights);
        let who = principal(rights);
        let dictionary = Dictionary::standard();
        for object in dictionary.objects() {
            if !who.rights.objects.contains_key(&object.name) {
                prop_assert!(Action::ALL.iter().all(|action| !who.can(&object.name, *action)));
                prop_assert_eq!(who.row_rule(&dictionary, object), RowRule::Nothing);
                prop_assert_eq!(who.hidden_columns(object).len(), object.columns().count());
            }
        }
    }
}

#[test]
fn a_child_is_seen_as_its_parent_is() {
    let dictionary = Dictionary::standard();
    let who = principal(reading(&["order", "payment"], RowScope::Own));
    let payment = dictionary.object("payment").unwrap();
    let owner = RowRule::Ids {
        column: "owner_id".into(),
        ids: vec![7],
    };
    let via = RowRule::Via {
        column: "order_id".into(),
        parent_table: "sales_order".into(),
        rule: Box::new(owner),
    };
    assert_eq!(who.row_rule(&dictionary, payment), via);
    // Without the parent there is nothing to see of the child.
    let who = principal(reading(&["payment"], RowScope::All));
    assert_eq!(who.row_rule(&dictionary, payment), RowRule::Nothing);
}

#[test]
fn scopes_narrow_a_key() {
    let mut key = principal(Rights {
        admin: true,
        objects: BTreeMap::new(),
    });
    key.scopes = Some(vec!["customer:read".to_owned()]);
    assert!(key.can("customer", Action::Read) && key.can("customer", Action::Export));
    assert!(!key.can("customer", Action::Update) && !key.can("order", Action::Read));
    assert_eq!(
        key.side_table_rule(&Dictionary::standard(), "customer_score"),
        RowRule::Everything
    );
    assert_eq!(
        key.side_table_rule(&Dictionary::standard(), "send_run"),
        RowRule::Nothing
    );
    assert_eq!(
        key.side_table_rule(&Dictionary::standard(), "unheard_of"),
        RowRule::Nothing
    );
}

#[test]
fn side_tables_follow_their_parent() {
    let dictionary = Dictionary::standard();
    let who = principal(reading(&["customer"], RowScope::Own));
    assert!(matches!(
        who.side_table_rule(&dictionary, "customer_score"),
        RowRule::Via { .. }
    ));
    assert_eq!(
        who.side_table_rule(&dictionary, "suppression"),
        RowRule::Nothing
    );
}

fn shared_with(sight: Sight, scope: RowScope) -> Principal {
    Principal {
        sight: Arc::new(sight),
        ..principal(reading(&["customer", "contact"], scope))
    }
}

#[test]
fn a_share_widens_as_far_as_it_says() {
    let dictionary = Dictionary::standard();
    let customer = dictionary.object("customer").unwrap();
    let shares = |access| Sight {
        groups: vec![4],
        department_path: vec![2, 1],
        shares: [("customer".to_owned(), access)].into(),
        ..Sight::default()
    };
    let who = shared_with(shares(ShareAccess::Read), RowScope::Own);
    let RowRule::Few { table, rules } = who.row_rule(&dictionary, customer) else {
        panic!("own rows and shares are few");
    };
    assert_eq!(table, "customer");
    let with = ["user:7", "group:4", "department:2", "department:1"];
    let with: Vec<Party> = with.iter().map(|party| party.parse().unwrap()).collect();
    assert_eq!(
        rules[1],
        RowRule::Shared {
            object: "customer".into(),
            with,
            access: ShareAccess::Read
        }
    );
    let own = RowRule::Ids {
        column: "owner_id".into(),
        ids: vec![7],
    };
    assert_eq!(rules[0], own);
    let write = |who: &Principal| who.rule_for(&dictionary, customer, RowAccess::Write);
    assert_eq!(write(&who), own, "a share to read changes nothing");
    let who = shared_with(shares(ShareAccess::Write), RowScope::None);
    assert!(matches!(write(&who), RowRule::Shared { .. }));
    assert_eq!(
        who.rule_for(&dictionary, customer, RowAccess::Full),
        RowRule::Nothing,
        "what is shared is not one's own"
    );
}

#[test]
fn dimensions_narrow_the_range_and_nothing_else() {
    let dictionary = Dictionary::standard();
    let customer = dictionary.object("customer").unwrap();
    let limit = Limit {
        dimension: "region".into(),
        fields: [("customer".to_owned(), "region".to_owned())].into(),
        values: vec!["east".into()],
    };
    let sight = Sight {
        limits: vec![limit],
        ..Sight::default()
    };
    let east = RowRule::Texts {
        column: "region".into(),
        values: vec!["east".into()],
    };
    let who = shared_with(sight.clone(), RowScope::All);
    let own = RowRule::Ids {
        column: "owner_id".into(),
        ids: vec![7],
    };
    assert_eq!(
        who.row_rule(&dictionary, customer),
        RowRule::Any(vec![own.clone(), east.clone()])
    );
    let who = shared_with(sight, RowScope::Department);
    let department = RowRule::Ids {
        column: "department_id".into(),
        ids: vec![2],
    };
    assert_eq!(
        who.row_rule(&dictionary, customer),
        RowRule::Any(vec![own, RowRule::All(vec![department, east])])
    );
}

#[test]
fn an_assistant_reads_with_the_manager_and_changes_nothing() {
    let dictionary = Dictionary::standard();
    let customer = dictionary.object("customer").unwrap();
    let mut rights = reading(&["customer"], RowScope::Own);
    let held = rights.objects.get_mut("customer").unwrap();
    held.update = true;
    held.hidden.insert("phone".into());
    let manager = Principal {
        user_id: 5,
        ..principal(rights)
    };
    let assistant = Principal {
        sight: Arc::new(Sight {
            assists: vec![manager.clone()],
            ..Sight::default()
        }),
        ..principal(Rights::default())
    };
    assert!(assistant.can("customer", Action::Read));
    assert!(!assistant.can("customer", Action::Update) && !assistant.can("order", Action::Read));
    assert_eq!(
        assistant.row_rule(&dictionary, customer),
        manager.row_rule(&dictionary, customer)
    );
    for access in [RowAccess::Write, RowAccess::Full] {
        assert_eq!(
            assistant.rule_for(&dictionary, customer, access),
            RowRule::Nothing
        );
    }
    assert!(assistant.is_hidden("customer", "phone") && !assistant.is_hidden("customer", "name"));
    assert!(!assistant.may_write("customer", "name"));
}

#[test]
fn sharing_rules_say_why() {
    let dictionary = Dictionary::standard();
    let customer = dictionary.object("customer").unwrap();
    let rule = |id, condition: Condition| SharingRule {
        id,
        name: format!("rule {id}"),
        object: "customer".into(),
        what: Shared::Where(condition),
        access: ShareAccess::Read,
    };
    let who = shared_with(
        Sight {
            rules: vec![
                rule(1, Condition::compare("level", Op::Eq, "A")),
                rule(2, Condition::compare("no_such_field", Op::Eq, "A")),
            ],
            ..Sight::default()
        },
        RowScope::None,
    );
    let reasons = who.reasons(&dictionary, customer, RowAccess::Read);
    assert!(matches!(
        &reasons[0],
        (Reason::SharingRule { id: 1, .. }, RowRule::Where(_))
    ));
    assert_eq!(
        reasons[1].1,
        RowRule::Nothing,
        "a broken rule admits nothing"
    );
    let contact = dictionary.object("contact").unwrap();
    let mut who = who;
    who.rights = Arc::new(reading(&["customer", "contact"], RowScope::Own));
    let reasons = who.reasons(&dictionary, contact, RowAccess::Read);
    let owner = Reason::Parent {
        object: "customer".into(),
        because: Box::new(Reason::Owner),
    };
    assert_eq!(reasons[0].0, owner);
    assert_eq!(reasons.len(), 2);
}

#[test]
fn an_object_with_several_parents_is_seen_by_any_of_them() {
    const NOTE: &str = "[object]\nname='note'\ntable='note'\nresource='notes'\narea='x'\ntitle='name'\nownership='user'\n\
        rights={any=[{field='customer',parent='customer'},{field='order',parent='order'}]}\n\
        label={en='N',zh='记'}\nlabel_plural={en='N',zh='记'}\nlist=['name']\n\
        [[field]]\nname='name'\nlabel={en='N',zh='名'}\ntype='text'\n\
        [[field]]\nname='customer'\nlabel={en='C',zh='客户'}\ntype='reference'\nreference='customer'\n\
        [[field]]\nname='order'\nlabel={en='O',zh='订单'}\ntype='reference'\nreference='order'\n";
    let dictionary = Dictionary::standard_and(&[File {
        file: "x/note.toml",
        text: NOTE,
    }])
    .unwrap();
    let note = dictionary.object("note").unwrap();
    let who = principal(reading(&["note", "customer", "order"], RowScope::Own));
    let RowRule::Any(rules) = who.row_rule(&dictionary, note) else {
        panic!()
    };
    assert_eq!(rules.len(), 3);
    assert!(matches!(&rules[0], RowRule::Ids { .. }));
    assert!(matches!(&rules[1], RowRule::Via { parent_table, .. } if parent_table == "customer"));
    // An optional parent that is wholly readable still has to be there.
    let who = principal(reading(&["note", "customer"], RowScope::All));
    let who = Principal {
        rights: {
            let mut rights = (*who.rights).clone();
            rights.objects.get_mut("note").unwrap().rows = RowScope::Own;
            rights.into()
        },
        ..who
    };
    let RowRule::Any(rules) = who.row_rule(&dictionary, note) else {
        panic!()
    };
    assert!(matches!(&rules[1], RowRule::Via { rule, .. } if **rule == RowRule::Everything));
}

fn change(json: serde_json::Value) -> RightsChange {
    serde_json::from_value(json).unwrap()
}

#[test]
fn layers_override_in_order_and_explain_themselves() {
    let base = reading(&["customer", "order"], RowScope::Own);
    let layers = [
        Layer {
            source: Source::Role {
                name: "manager".into(),
            },
            change: change(serde_json::json!({"rows": "department_tree"})),
        },
        Layer {
            source: Source::Department {
                id: 2,
                name: "East".into(),
            },
            change: change(serde_json::json!({"objects": {
                "order": {"actions": {"read": false}},
                "customer": {"fields": {"phone": "hidden", "level": "read"}}}})),
        },
        Layer {
            source: Source::User,
            change: change(serde_json::json!({"objects": {
                "order": {"actions": {"read": true}},
                "customer": {"fields": {"phone": "write"}, "rows": "all"}}})),
        },
    ];
    let rights = base.clone().with(&layers);
    assert!(rights.objects["order"].read);
    assert_eq!(rights.objects["order"].rows, RowScope::DepartmentTree);
    assert!(rights.objects["customer"].hidden.is_empty());
    assert!(rights.objects["customer"].readonly.contains("level"));
    let explained = base.explain(
        "sales",
        &layers,
        ["customer", "order", "payment"].into_iter(),
    );
    let [customer, order, payment] = &explained[..] else {
        panic!()
    };
    assert_eq!(
        order.actions[&Action::Read],
        Given {
            value: true,
            from: Source::User
        }
    );
    assert_eq!(
        order.actions[&Action::Create],
        Given {
            value: false,
            from: Source::Profile {
                name: "sales".into()
            }
        }
    );
    assert_eq!(
        order.rows.from,
        Source::Role {
            name: "manager".into()
        }
    );
    assert_eq!(
        customer.rows,
        Given {
            value: RowScope::All,
            from: Source::User
        }
    );
    assert_eq!(
        customer.fields["level"],
        Given {
            value: FieldRight::Read,
            from: Source::Department {
                id: 2,
                name: "East".into()
            }
        }
    );
    assert_eq!(
        payment.actions[&Action::Read],
        Given {
            value: false,
            from: Source::Nothing
        }
    );
}
