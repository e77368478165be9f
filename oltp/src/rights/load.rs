//! From a user to a [`Principal`]: the user's row, profile, role, layers of rights, and whatever
//! widens or narrows the rows.

use std::sync::Arc;

use basalt_model::policy::{Layer, Limit, RightsChange, Shared, SharingRule, Source};
use basalt_model::{
    Dictionary, Locale, Party, Principal, PrincipalKind, Rights, ShareAccess, Sight, Via,
};
use sqlx::types::Json;
use sqlx::{PgConnection, Row};

use super::groups;
use crate::error::{Error, Result};

/// A user's rights before they are folded: what an explanation needs.
pub(crate) struct Loaded {
    pub principal: Principal,
    pub enabled: bool,
    pub profile: String,
    /// The profile's own rights.
    pub base: Rights,
    pub layers: Vec<Layer>,
}

/// Reads a user with everything that decides on its rights; `None` when there is none.
///
/// # Errors
/// The database failed, or something stored can't be read.
pub(crate) async fn load(
    connection: &mut PgConnection,
    dictionary: &Dictionary,
    user_id: i64,
    via: Via,
) -> Result<Option<Loaded>> {
    let Some(mut loaded) = load_one(connection, dictionary, user_id, via).await? else {
        return Ok(None);
    };
    let managers: Vec<i64> = sqlx::query_scalar(
        "select a.manager_id from sys.assistant a join crm.app_user m on m.id = a.manager_id
         where a.assistant_id = $1 and m.active and m.deleted_at is null order by 1",
    )
    .bind(user_id)
    .fetch_all(&mut *connection)
    .await?;
    if !managers.is_empty() {
        let mut assists = Vec::with_capacity(managers.len());
        for manager in managers {
            // Assisting is not passed on: a manager's own managers to assist stay out.
            if let Some(manager) = load_one(connection, dictionary, manager, via).await? {
                assists.push(manager.principal);
            }
        }
        let sight = Arc::make_mut(&mut loaded.principal.sight);
        sight.assists = assists;
    }
    Ok(Some(loaded))
}

async fn load_one(
    connection: &mut PgConnection,
    dictionary: &Dictionary,
    user_id: i64,
    via: Via,
) -> Result<Option<Loaded>> {
    let row = sqlx::query(
        "with recursive me as (select * from crm.app_user where id = $1),
         tree(id) as (
            select d.id from crm.department d join me on d.id = me.department_id
            union
            select d.id from crm.department d join tree t on d.parent_id = t.id
         ),
         path(id, depth) as (
            select department_id, 0 from me where department_id is not null
            union all
            select d.parent_id, p.depth + 1 from path p join crm.department d on d.id = p.id
            where d.parent_id is not null and p.depth < 64
         ),
         below(id) as (
            select u.id from crm.app_user u where u.manager_id = $1
            union
            select u.id from crm.app_user u join below b on u.manager_id = b.id
         )
         select me.login, me.name, me.locale, me.department_id, me.profile, p.rights, me.role, r.change,
                coalesce(me.active, false) and me.deleted_at is null as enabled,
                array(select id from tree order by id) as department_tree,
                array(select id from path group by id order by min(depth)) as department_path,
                array(select id from below where id <> $1 order by id) as subordinates,
                pg_current_wal_insert_lsn()::text as as_of
         from me left join sys.profile p on p.name = me.profile left join sys.role r on r.name = me.role",
    )
    .bind(user_id)
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let department_path: Vec<i64> = row.try_get("department_path")?;
    let groups = groups::of_user(connection, user_id, &department_path).await?;
    let profile: Option<String> = row.try_get("profile")?;
    let base = row
        .try_get::<Option<Json<Rights>>, _>("rights")?
        .map(|Json(rights)| rights)
        .unwrap_or_default();
    let mut layers = Vec::new();
    if let (Some(name), Some(Json(change))) = (
        row.try_get::<Option<String>, _>("role")?,
        row.try_get::<Option<Json<RightsChange>>, _>("change")?,
    ) {
        let source = Source::Role { name };
        layers.push(Layer { source, change });
    }
    layers.extend(further_layers(connection, user_id, &groups, &department_path).await?);
    let mut sight = Sight {
        subordinates: row.try_get("subordinates")?,
        groups,
        department_path,
        as_of: row.try_get("as_of")?,
        ..Sight::default()
    };
    fill(connection, dictionary, user_id, &mut sight).await?;
    let rights = if base.admin {
        base.clone()
    } else {
        base.clone().with(&layers)
    };
    let principal = Principal {
        kind: PrincipalKind::User,
        user_id,
        login: row.try_get("login")?,
        name: row
            .try_get::<Option<String>, _>("name")?
            .unwrap_or_default(),
        locale: row
            .try_get::<Option<&str>, _>("locale")?
            .and_then(|locale| locale.parse().ok())
            .unwrap_or(Locale::En),
        department_id: row.try_get("department_id")?,
        department_tree: row.try_get("department_tree")?,
        rights: Arc::new(rights),
        sight: Arc::new(sight),
        scopes: None,
        via,
        impersonator: None,
    };
    Ok(Some(Loaded {
        principal,
        enabled: row.try_get("enabled")?,
        profile: profile.unwrap_or_default(),
        base,
        layers,
    }))
}

/// Groups first, then departments from the outermost inwards, then the user's own: the nearer wins.
async fn further_layers(
    connection: &mut PgConnection,
    user_id: i64,
    groups: &[i64],
    path: &[i64],
) -> Result<Vec<Layer>> {
    let rows = sqlx::query(
        "select l.holder_kind, l.holder_id, l.change, coalesce(g.name, d.name, '') as name
         from sys.rights_layer l
         left join sys.user_group g on l.holder_kind = 'group' and g.id = l.holder_id
         left join crm.department d on l.holder_kind = 'department' and d.id = l.holder_id
         where (l.holder_kind = 'group' and l.holder_id = any($2))
            or (l.holder_kind = 'department' and l.holder_id = any($3))
            or (l.holder_kind = 'user' and l.holder_id = $1)
         order by case l.holder_kind when 'group' then 0 when 'department' then 1 else 2 end,
                  array_position($3, l.holder_id) desc nulls last, l.holder_id",
    )
    .bind(user_id)
    .bind(groups)
    .bind(path)
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            let (id, name) = (row.try_get("holder_id")?, row.try_get("name")?);
            let Json(change) = row.try_get("change")?;
            let source = match row.try_get::<&str, _>("holder_kind")? {
                "group" => Source::Group { id, name },
                "department" => Source::Department { id, name },
                _ => Source::User,
            };
            Ok(Layer { source, change })
        })
        .collect()
}

async fn fill(
    connection: &mut PgConnection,
    dictionary: &Dictionary,
    user_id: i64,
    sight: &mut Sight,
) -> Result<()> {
    let parties: Vec<String> = sight
        .parties(user_id)
        .iter()
        .map(Party::to_string)
        .collect();
    let objects: Vec<&str> = dictionary
        .objects()
        .iter()
        .map(|object| object.name.as_str())
        .collect();
    let shares: Vec<(String, bool)> = sqlx::query_as(
        "select o.object,
                exists (select from crm.record_share s where s.object = o.object and s.grantee = any($2) and s.access = 'write')
         from unnest($1::text[]) o(object)
         where exists (select from crm.record_share s where s.object = o.object and s.grantee = any($2))",
    )
    .bind(&objects)
    .bind(&parties)
    .fetch_all(&mut *connection)
    .await?;
    sight.shares = shares
        .into_iter()
        .map(|(object, writes)| (object, access(writes)))
        .collect();

    let pools: Vec<(i64, bool)> = sqlx::query_as(
        "select record_id, bool_or(access = 'write') from crm.record_share where object = 'pool' and grantee = any($1)
         group by record_id order by record_id",
    )
    .bind(&parties)
    .fetch_all(&mut *connection)
    .await?;
    sight.pools = pools.iter().map(|(id, _)| *id).collect();
    sight.administered_pools = pools
        .iter()
        .filter(|(_, administers)| *administers)
        .map(|(id, _)| *id)
        .collect();

    let defaults: Vec<(String, bool)> =
        sqlx::query_as("select object, access = 'write' from sys.object_default")
            .fetch_all(&mut *connection)
            .await?;
    sight.defaults = defaults
        .into_iter()
        .map(|(object, writes)| (object, access(writes)))
        .collect();

    let limits = sqlx::query(
        "select d.name, d.fields, array_agg(distinct a.value order by a.value) as allowed
         from sys.data_dimension d join sys.data_dimension_value v on v.dimension_id = d.id
         cross join unnest(v.allowed) a(value)
         where v.holder = any($1) group by d.id order by d.id",
    )
    .bind(&parties)
    .fetch_all(&mut *connection)
    .await?;
    for row in limits {
        let Json(fields) = row.try_get("fields")?;
        sight.limits.push(Limit {
            dimension: row.try_get("name")?,
            fields,
            values: row.try_get("allowed")?,
        });
    }

    let rules = sqlx::query(
        "select id, name, object, owners, condition, access = 'write' as writes from sys.sharing_rule
         where active and grantee = any($1) order by id",
    )
    .bind(&parties)
    .fetch_all(&mut *connection)
    .await?;
    for row in rules {
        let what = match row.try_get::<Option<String>, _>("owners")? {
            Some(owners) => {
                let owners = owners.parse().map_err(|error: String| {
                    Error::Stored(format!("the owners of a sharing rule: {error}"))
                })?;
                Shared::Owners(groups::users_of(connection, owners).await?)
            }
            None => {
                let Json(condition) = row.try_get("condition")?;
                Shared::Where(condition)
            }
        };
        sight.rules.push(SharingRule {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            object: row.try_get("object")?,
            what,
            access: access(row.try_get("writes")?),
        });
    }
    Ok(())
}

fn access(writes: bool) -> ShareAccess {
    if writes {
        ShareAccess::Write
    } else {
        ShareAccess::Read
    }
}
