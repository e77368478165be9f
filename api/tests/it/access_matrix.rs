//! The matrix of users, objects, rows and actions in both engines: random organisations, shares, rules,
//! groups, defaults, dimensions and assistants, with what everybody sees computed a third time, here,
//! by plain code that knows neither engine.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use basalt_model::{Action, Condition, Principal, Via, condition::Op};
use basalt_oltp::record::{ListRequest, Sort};
use basalt_query::ReadAt;
use proves::proves;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::object;
use crate::node::Machine;

const USERS: usize = 8;
const CUSTOMERS: usize = 24;
const ROUNDS: u64 = 8;
/// Departments by number: 0 is the head office, 1 and 2 are below it, 3 is below 1.
const PARENTS: [Option<usize>; 4] = [None, Some(0), Some(0), Some(1)];
const ROLES: [(&str, Range); 5] = [
    ("matrix_own", Range::Own),
    ("matrix_below", Range::Below),
    ("matrix_department", Range::Department),
    ("matrix_tree", Range::Tree),
    ("matrix_all", Range::All),
];

#[derive(Clone, Copy, PartialEq, PartialOrd, Debug)]
enum Range {
    Own,
    Below,
    Department,
    Tree,
    All,
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum To {
    User(usize),
    Department(usize),
    Group(usize),
}

/// An organisation and its rules. Numbers are positions, not ids.
#[derive(Default, Debug)]
struct Plan {
    department: Vec<usize>,
    manager: Vec<Option<usize>>,
    role: Vec<usize>,
    /// Users with the profile that only reads.
    reading: Vec<bool>,
    /// Group → members; a group holds only groups before it.
    groups: Vec<Vec<To>>,
    owner: Vec<usize>,
    region: Vec<Option<&'static str>>,
    level: Vec<Option<&'static str>>,
    shares: Vec<(usize, To, bool)>,
    rules: Vec<(What, To, bool)>,
    default: Option<bool>,
    /// User → the region it is bound to.
    bound: BTreeMap<usize, &'static str>,
    assists: Vec<(usize, usize)>,
}

#[derive(Clone, Debug)]
enum What {
    Owners(To),
    LevelIs(&'static str),
    RegionIsNot(&'static str),
    NotLevel(&'static str),
}

impl Plan {
    fn random(rng: &mut ChaCha8Rng) -> Self {
        let mut plan = Self::default();
        for user in 0..USERS {
            plan.department.push(rng.random_range(0..PARENTS.len()));
            // Only upwards, so that there is no circle.
            plan.manager
                .push((user > 0 && rng.random_bool(0.6)).then(|| rng.random_range(0..user)));
            plan.role.push(rng.random_range(0..ROLES.len()));
            plan.reading.push(rng.random_bool(0.3));
        }
        for group in 0..4 {
            let members = (0..rng.random_range(0..4)).map(|_| match rng.random_range(0..3) {
                0 => To::Department(rng.random_range(0..PARENTS.len())),
                1 if group > 0 => To::Group(rng.random_range(0..group)),
                _ => To::User(rng.random_range(0..USERS)),
            });
            plan.groups.push(members.collect());
        }
        for _ in 0..CUSTOMERS {
            plan.owner.push(rng.random_range(0..USERS));
            plan.region.push(
                [None, Some("east"), Some("north")]
                    .choose(rng)
                    .copied()
                    .flatten(),
            );
            plan.level
                .push([None, Some("A"), Some("B")].choose(rng).copied().flatten());
        }
        for _ in 0..rng.random_range(0..10) {
            let share = (
                rng.random_range(0..CUSTOMERS),
                Self::party(rng),
                rng.random_bool(0.5),
            );
            plan.shares
                .retain(|(at, to, _)| (*at, *to) != (share.0, share.1));
            plan.shares.push(share);
        }
        for _ in 0..rng.random_range(0..4) {
            let what = match rng.random_range(0..4) {
                0 => What::LevelIs("A"),
                1 => What::RegionIsNot("east"),
                2 => What::NotLevel("B"),
                _ => What::Owners(Self::party(rng)),
            };
            plan.rules
                .push((what, Self::party(rng), rng.random_bool(0.5)));
        }
        plan.default = rng.random_bool(0.2).then(|| rng.random_bool(0.5));
        for user in 0..USERS {
            if rng.random_bool(0.3) {
                plan.bound
                    .insert(user, ["east", "north"].choose(rng).copied().unwrap());
            }
        }
        if rng.random_bool(0.7) {
            let (manager, assistant) = (rng.random_range(0..USERS), rng.random_range(0..USERS));
            if manager != assistant {
                plan.assists.push((manager, assistant));
            }
        }
        plan
    }

    fn party(rng: &mut ChaCha8Rng) -> To {
        match rng.random_range(0..3) {
            0 => To::User(rng.random_range(0..USERS)),
            1 => To::Department(rng.random_range(0..PARENTS.len())),
            _ => To::Group(rng.random_range(0..4)),
        }
    }

    // What everybody sees, by plain code --------------------------------------------------

    fn in_tree(department: usize, top: usize) -> bool {
        department == top || PARENTS[department].is_some_and(|above| Self::in_tree(above, top))
    }

    fn reaches(&self, to: To, user: usize) -> bool {
        match to {
            To::User(id) => id == user,
            To::Department(id) => Self::in_tree(self.department[user], id),
            To::Group(id) => self.groups[id]
                .iter()
                .any(|member| self.reaches(*member, user)),
        }
    }

    fn is_below(&self, user: usize, top: usize) -> bool {
        self.manager[user].is_some_and(|above| above == top || self.is_below(above, top))
    }

    fn meets(&self, what: &What, customer: usize) -> bool {
        match what {
            What::Owners(to) => self.reaches(*to, self.owner[customer]),
            What::LevelIs(level) => self.level[customer] == Some(level),
            What::RegionIsNot(region) => self.region[customer] != Some(region),
            What::NotLevel(level) => self.level[customer] != Some(level),
        }
    }

    /// The user by itself, without whom it assists.
    fn sees_alone(&self, user: usize, customer: usize, writing: bool) -> bool {
        let owner = self.owner[customer];
        let range = ROLES[self.role[user]].1;
        // A customer's department is its owner's.
        let department = self.department[owner];
        let within = range == Range::All
            || (range >= Range::Tree && Self::in_tree(department, self.department[user]))
            || (range == Range::Department && department == self.department[user])
            || (range >= Range::Below && self.is_below(owner, user));
        let open = self.default.is_some_and(|write| write || !writing);
        let bound = self
            .bound
            .get(&user)
            .is_none_or(|region| self.region[customer] == Some(region));
        owner == user
            || ((within || open) && bound)
            || self.shares.iter().any(|(at, to, write)| {
                *at == customer && self.reaches(*to, user) && (*write || !writing)
            })
            || self.rules.iter().any(|(what, to, write)| {
                self.meets(what, customer) && self.reaches(*to, user) && (*write || !writing)
            })
    }

    fn sees(&self, user: usize, customer: usize) -> bool {
        self.sees_alone(user, customer, false)
            || self.assists.iter().any(|(manager, assistant)| {
                *assistant == user && self.sees_alone(*manager, customer, false)
            })
    }

    fn update(&self, user: usize, customer: usize) -> &'static str {
        if !self.sees(user, customer) {
            "not_found"
        } else if self.reading[user] || !self.sees_alone(user, customer, true) {
            "forbidden"
        } else {
            "ok"
        }
    }
}

/// The organisation in the database: ids by position.
struct Ids {
    departments: Vec<i64>,
    users: Vec<i64>,
    customers: Vec<i64>,
    groups: Vec<i64>,
    dimension: i64,
}

impl Ids {
    async fn found(machine: &Machine) -> Self {
        let store = machine.node.app().store();
        let system = Principal::system();
        let make = async |kind: &str, value: Value| {
            store.create(&system, kind, object(value)).await.unwrap().id
        };
        let pool = machine.node.app().db().pool();
        let everything = json!({"create":true,"read":true,"update":true,"delete":true,"export":true,"rows":"own"});
        let read = json!({"read":true,"rows":"own","hidden":["phone"]});
        let objects = ["customer", "contact", "order", "payment"];
        for (name, rights) in [("matrix_full", everything), ("matrix_reading", read)] {
            let rights: serde_json::Map<String, Value> = objects
                .iter()
                .map(|object| {
                    let mut rights = rights.clone();
                    if *object != "customer"
                        && let Some(map) = rights.as_object_mut()
                    {
                        map.remove("hidden");
                    }
                    ((*object).to_owned(), rights)
                })
                .collect();
            sqlx::query("insert into sys.profile (name, rights, label_en, label_zh) values ($1, $2, $1, $1)")
                .bind(name)
                .bind(json!({ "objects": rights }))
                .execute(pool)
                .await
                .unwrap();
        }
        let ranges = [
            "own",
            "subordinates",
            "department",
            "department_tree",
            "all",
        ];
        for ((name, _), range) in ROLES.iter().zip(ranges) {
            sqlx::query(
                "insert into sys.role (name, change, label_en, label_zh) values ($1, $2, $1, $1)",
            )
            .bind(name)
            .bind(json!({ "rows": range }))
            .execute(pool)
            .await
            .unwrap();
        }
        let mut departments: Vec<i64> = Vec::new();
        for (at, parent) in PARENTS.iter().enumerate() {
            let parent = parent.map(|parent| departments[parent]);
            let row = json!({"code": format!("D{at}"), "name": format!("D{at}"), "parent": parent});
            departments.push(make("department", row).await);
        }
        let mut users = Vec::new();
        for at in 0..USERS {
            let row = json!({"login": format!("u{at}"), "name": format!("U{at}"), "profile": "matrix_full"});
            users.push(make("user", row).await);
        }
        let mut customers = Vec::new();
        for at in 0..CUSTOMERS {
            let row = json!({"code": format!("C{at}"), "name": format!("Customer {at}"), "phone": format!("555{at:04}")});
            let customer = make("customer", row).await;
            customers.push(customer);
            make("contact", json!({"customer": customer, "name": "K"})).await;
            let order = json!({"customer": customer, "ordered_on": "2026-11-01", "amount": "5", "owner": users[0]});
            let order = make("order", order).await;
            let payment = json!({"order": order, "customer": customer, "paid_on": "2026-11-02", "amount": "5"});
            make("payment", payment).await;
        }
        let mut groups = Vec::new();
        for at in 0..4 {
            groups.push(insert(pool, "insert into sys.user_group (name, label_en, label_zh) values ($1, $1, $1) returning id", &format!("g{at}")).await);
        }
        let dimension = insert(pool, "insert into sys.data_dimension (name, label_en, label_zh, fields) values ($1, $1, $1, '{\"customer\":\"region\"}') returning id", "region").await;
        Self {
            departments,
            users,
            customers,
            groups,
            dimension,
        }
    }

    fn to(&self, to: To) -> String {
        match to {
            To::User(at) => format!("user:{}", self.users[at]),
            To::Department(at) => format!("department:{}", self.departments[at]),
            To::Group(at) => format!("group:{}", self.groups[at]),
        }
    }

    /// Brings the database in line with the plan, in one transaction.
    async fn apply(&self, pool: &PgPool, plan: &Plan) {
        let mut tx = pool.begin().await.unwrap();
        for table in [
            "crm.record_share",
            "sys.sharing_rule",
            "sys.object_default",
            "sys.data_dimension_value",
            "sys.assistant",
            "sys.group_member",
        ] {
            sqlx::query(sqlx::AssertSqlSafe(format!("delete from {table}")))
                .execute(&mut *tx)
                .await
                .unwrap();
        }
        for user in 0..USERS {
            sqlx::query("update crm.app_user set department_id = $2, manager_id = $3, role = $4, profile = $5 where id = $1")
                .bind(self.users[user])
                .bind(self.departments[plan.department[user]])
                .bind(plan.manager[user].map(|at| self.users[at]))
                .bind(ROLES[plan.role[user]].0)
                .bind(if plan.reading[user] { "matrix_reading" } else { "matrix_full" })
                .execute(&mut *tx)
                .await
                .unwrap();
        }
        for (at, members) in plan.groups.iter().enumerate() {
            for member in members {
                let text = self.to(*member);
                let (kind, id) = text.split_once(':').unwrap();
                sqlx::query("insert into sys.group_member (group_id, member_kind, member_id) values ($1, $2, $3) on conflict do nothing")
                    .bind(self.groups[at])
                    .bind(kind)
                    .bind(id.parse::<i64>().unwrap())
                    .execute(&mut *tx)
                    .await
                    .unwrap();
            }
        }
        for at in 0..CUSTOMERS {
            let owner = plan.owner[at];
            let department = self.departments[plan.department[owner]];
            sqlx::query("update crm.customer set owner_id = $2, department_id = $3, region = $4, level = $5 where id = $1")
                .bind(self.customers[at])
                .bind(self.users[owner])
                .bind(department)
                .bind(plan.region[at])
                .bind(plan.level[at])
                .execute(&mut *tx)
                .await
                .unwrap();
            sqlx::query("update crm.sales_order set owner_id = $2, department_id = $3 where customer_id = $1")
                .bind(self.customers[at])
                .bind(self.users[owner])
                .bind(department)
                .execute(&mut *tx)
                .await
                .unwrap();
        }
        let word = |write: bool| if write { "write" } else { "read" };
        for (at, to, write) in &plan.shares {
            sqlx::query("insert into crm.record_share (object, record_id, grantee, access) values ('customer', $1, $2, $3)")
                .bind(self.customers[*at])
                .bind(self.to(*to))
                .bind(word(*write))
                .execute(&mut *tx)
                .await
                .unwrap();
        }
        for (at, (what, to, write)) in plan.rules.iter().enumerate() {
            let compare = |field: &str, op: &str, value: &str| json!({"field": field, "op": op, "value": value});
            let (owners, condition) = match what {
                What::Owners(to) => (Some(self.to(*to)), None),
                What::LevelIs(level) => (None, Some(compare("level", "eq", level))),
                What::RegionIsNot(region) => (None, Some(compare("region", "ne", region))),
                What::NotLevel(level) => {
                    (None, Some(json!({"not": compare("level", "eq", level)})))
                }
            };
            sqlx::query("insert into sys.sharing_rule (name, object, owners, condition, grantee, access) values ($1, 'customer', $2, $3, $4, $5)")
                .bind(format!("rule {at}"))
                .bind(owners)
                .bind(condition)
                .bind(self.to(*to))
                .bind(word(*write))
                .execute(&mut *tx)
                .await
                .unwrap();
        }
        if let Some(write) = plan.default {
            sqlx::query("insert into sys.object_default (object, access) values ('customer', $1)")
                .bind(word(write))
                .execute(&mut *tx)
                .await
                .unwrap();
        }
        for (user, region) in &plan.bound {
            sqlx::query("insert into sys.data_dimension_value (dimension_id, holder, allowed) values ($1, $2, array[$3])")
                .bind(self.dimension)
                .bind(self.to(To::User(*user)))
                .bind(region)
                .execute(&mut *tx)
                .await
                .unwrap();
        }
        for (manager, assistant) in &plan.assists {
            sqlx::query("insert into sys.assistant (manager_id, assistant_id) values ($1, $2)")
                .bind(self.users[*manager])
                .bind(self.users[*assistant])
                .execute(&mut *tx)
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
    }
}

async fn insert(pool: &PgPool, statement: &'static str, name: &str) -> i64 {
    sqlx::query_scalar(statement)
        .bind(name)
        .fetch_one(pool)
        .await
        .unwrap()
}

async fn in_postgres(
    machine: &Machine,
    who: &Principal,
    kind: &str,
    fields: &[&str],
) -> Vec<Value> {
    let request = ListRequest {
        limit: 1000,
        fields: fields.iter().map(|f| (*f).to_owned()).collect(),
        sort: vec![Sort::parse("id")],
        ..ListRequest::default()
    };
    let page = machine
        .node
        .app()
        .store()
        .list(who, kind, &request)
        .await
        .unwrap();
    page.items
        .into_iter()
        .map(|item| fields.iter().map(|f| item[*f].clone()).collect())
        .collect()
}

async fn in_lake(machine: &Machine, who: &Principal, table: &str, columns: &str) -> Vec<Value> {
    // "Latest" doesn't wait for data; that it is right all the same is the doing of the rights' own position.
    let sql = format!("select {columns} from crm.{table} order by id");
    let engine = &machine.node.app().analysis().unwrap().engine;
    match engine.query(who, &sql, ReadAt::Latest).await {
        Ok(result) => result.to_json_rows().unwrap(),
        Err(error) => panic!("{} {sql}: {error:?}", who.login),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_sees_the_same_rows_in_both_engines() {
    let machine = Machine::start().await;
    let app = machine.node.app();
    let analysis = app.analysis().unwrap();
    let ids = Ids::found(&machine).await;
    analysis
        .capture
        .caught_up(Duration::from_secs(60))
        .await
        .unwrap();
    let orders: Vec<(i64, i64)> = sqlx::query_as("select id, customer_id from crm.sales_order")
        .fetch_all(app.db().pool())
        .await
        .unwrap();
    for round in 0..ROUNDS {
        let plan = Plan::random(&mut ChaCha8Rng::seed_from_u64(round));
        ids.apply(app.db().pool(), &plan).await;
        for user in 0..USERS {
            let who = app
                .auth()
                .principal_of(ids.users[user], Via::Api)
                .await
                .unwrap();
            let seen: BTreeSet<i64> = (0..CUSTOMERS)
                .filter(|customer| plan.sees(user, *customer))
                .map(|customer| ids.customers[customer])
                .collect();
            let expected: Vec<Value> = seen.iter().map(|id| json!([id])).collect();
            let place = format!("round {round}, user {user}: {plan:?}");
            assert_eq!(
                in_postgres(&machine, &who, "customer", &["id"]).await,
                expected,
                "Postgres, {place}"
            );
            assert_eq!(
                in_lake(&machine, &who, "customer", "id").await,
                expected,
                "lake, {place}"
            );
            // Children by their parent.
            let expected: Vec<Value> = seen.iter().map(|id| json!([id])).collect();
            assert_eq!(
                in_postgres(&machine, &who, "contact", &["customer_id"]).await,
                expected,
                "contacts, Postgres, {place}"
            );
            assert_eq!(
                in_lake(&machine, &who, "contact", "customer_id").await,
                expected,
                "contacts, lake, {place}"
            );
            // Orders have an owner of their own and no shares; payments are seen with them.
            let own_orders = in_postgres(&machine, &who, "order", &["id"]).await;
            assert_eq!(
                in_lake(&machine, &who, "sales_order", "id").await,
                own_orders,
                "orders, {place}"
            );
            assert_eq!(
                in_postgres(&machine, &who, "payment", &["order_id"]).await,
                own_orders,
                "payments, {place}"
            );
            assert_eq!(
                in_lake(&machine, &who, "payment", "order_id").await,
                own_orders,
                "payments, {place}"
            );
            assert!(own_orders.len() <= orders.len());
            actions(&machine, &ids, &plan, user, &who).await;
        }
    }
    machine.node.stop().await;
}

/// Reading, changing and deleting one record: 404 for what isn't readable, 403 for what isn't allowed on what is.
async fn actions(machine: &Machine, ids: &Ids, plan: &Plan, user: usize, who: &Principal) {
    let (db, store) = (machine.node.app().db(), machine.node.app().store());
    for customer in 0..CUSTOMERS {
        let id = ids.customers[customer];
        let mut tx = db.begin(who).await.unwrap();
        let patch = object(json!({"city": "X"}));
        let found = match store
            .update_in(&mut tx, who, "customer", id, patch, None)
            .await
        {
            Ok(_) => "ok",
            Err(error) => error.code(),
        };
        tx.rollback().await.unwrap();
        assert_eq!(
            found,
            plan.update(user, customer),
            "user {user} changes customer {customer}: {plan:?}"
        );
        // What is only shared is not deleted.
        let mut tx = db.begin(who).await.unwrap();
        let found = match store.delete_in(&mut tx, who, "customer", id, None).await {
            Ok(_) => "ok",
            Err(error) => error.code(),
        };
        tx.rollback().await.unwrap();
        let alone = Plan {
            department: plan.department.clone(),
            manager: plan.manager.clone(),
            role: plan.role.clone(),
            reading: plan.reading.clone(),
            owner: plan.owner.clone(),
            region: plan.region.clone(),
            level: plan.level.clone(),
            bound: plan.bound.clone(),
            ..Plan::default()
        };
        let expected = if !plan.sees(user, customer) {
            "not_found"
        } else if plan.reading[user] || !alone.sees_alone(user, customer, true) {
            "forbidden"
        } else {
            "ok"
        };
        assert_eq!(
            found, expected,
            "user {user} deletes customer {customer}: {plan:?}"
        );
    }
    assert_eq!(who.can("customer", Action::Update), !plan.reading[user]);
}

/// A field that is hidden can't be read, filtered, sorted, grouped or searched, in either engine.
#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_field_is_of_no_use_in_either_engine() {
    let machine = Machine::start().await;
    let app = machine.node.app();
    let analysis = app.analysis().unwrap();
    let ids = Ids::found(&machine).await;
    let mut plan = Plan::random(&mut ChaCha8Rng::seed_from_u64(1));
    plan.role[0] = 4;
    plan.bound.clear();
    plan.assists.clear();
    for reading in [true, false] {
        plan.reading[0] = reading;
        ids.apply(app.db().pool(), &plan).await;
        let who = app
            .auth()
            .principal_of(ids.users[0], Via::Api)
            .await
            .unwrap();
        let list = async |request: ListRequest| app.store().list(&who, "customer", &request).await;
        let filtered = list(ListRequest {
            filter: Some(Condition::compare("phone", Op::StartsWith, "555")),
            ..ListRequest::default()
        });
        let sorted = list(ListRequest {
            sort: vec![Sort::parse("phone")],
            ..ListRequest::default()
        });
        let read = list(ListRequest {
            fields: vec!["phone".into()],
            ..ListRequest::default()
        });
        for result in [filtered.await, sorted.await, read.await] {
            assert_eq!(result.is_err(), reading);
        }
        let searched = list(ListRequest {
            search: Some("5550001".into()),
            ..ListRequest::default()
        });
        assert_eq!(searched.await.unwrap().items.is_empty(), reading);
        for sql in [
            "select phone from crm.customer",
            "select id from crm.customer where phone like '555%'",
            "select id from crm.customer order by phone",
            "select phone, count(*) from crm.customer group by phone",
            "select phone from history.customer",
        ] {
            let result = analysis.engine.query(&who, sql, ReadAt::Latest).await;
            assert_eq!(result.is_err(), reading, "{sql}");
        }
    }
    machine.node.stop().await;
}

/// What is taken away is gone on the next read, through REST and SQL alike, and what is given is there.
#[tokio::test(flavor = "multi_thread")]
#[proves("ACCS-12")]
async fn sharing_rules_take_effect_on_the_next_call_of_both_engines() {
    let machine = Machine::start().await;
    let app = machine.node.app();
    let ids = Ids::found(&machine).await;
    let mut plan = Plan::random(&mut ChaCha8Rng::seed_from_u64(2));
    plan.shares.clear();
    plan.rules.clear();
    plan.assists.clear();
    plan.bound.clear();
    plan.default = None;
    plan.manager = vec![None; USERS];
    plan.role = vec![0; USERS];
    // User 0 of department 1 owns the first ten; group 1 holds user 5; nobody else is in it.
    plan.department = vec![1, 0, 0, 0, 0, 2, 2, 2];
    plan.owner = (0..CUSTOMERS).map(|at| usize::from(at >= 10)).collect();
    plan.groups = vec![vec![], vec![To::User(5)], vec![], vec![]];
    ids.apply(app.db().pool(), &plan).await;
    sqlx::query(
        "update crm.sales_order set amount = customer_id * 100, amount_base = customer_id * 100",
    )
    .execute(app.db().pool())
    .await
    .unwrap();
    let check = async |user: usize, kind: &str, table: &str, expected: usize| {
        let who = app
            .auth()
            .principal_of(ids.users[user], Via::Api)
            .await
            .unwrap();
        let postgres = in_postgres(&machine, &who, kind, &["id"]).await;
        assert_eq!(postgres.len(), expected, "{kind} in Postgres");
        assert_eq!(
            in_lake(&machine, &who, table, "id").await,
            postgres,
            "{kind} in the lake"
        );
    };
    check(5, "customer", "customer", 0).await;
    let rule = json!({
        "name": "dept A to group G", "object": "customer", "owners": format!("department:{}", ids.departments[1]),
        "grantee": format!("group:{}", ids.groups[1]), "access": "read",
    });
    let made = machine
        .post("/api/v1/access/sharing_rules", rule)
        .await
        .ok();
    check(5, "customer", "customer", 10).await;
    check(6, "customer", "customer", 0).await;
    let above =
        sqlx::query_scalar::<_, i64>("select count(*) from crm.sales_order where amount > 1000")
            .fetch_one(app.db().pool())
            .await
            .unwrap();
    assert!(above > 0 && above < i64::try_from(CUSTOMERS).unwrap());
    let rule = json!({
        "name": "above 1000 to user U", "object": "order", "condition": {"field": "amount", "op": "gt", "value": 1000},
        "grantee": format!("user:{}", ids.users[6]), "access": "read",
    });
    let second = machine
        .post("/api/v1/access/sharing_rules", rule)
        .await
        .ok();
    check(6, "order", "sales_order", usize::try_from(above).unwrap()).await;
    check(5, "order", "sales_order", 0).await;
    for made in [made, second] {
        let path = format!("/api/v1/access/sharing_rules/{}", made.body["id"]);
        crate::app::read(machine.request(reqwest::Method::DELETE, &path))
            .await
            .ok();
    }
    check(5, "customer", "customer", 0).await;
    check(6, "order", "sales_order", 0).await;
    machine.node.stop().await;
}
