//! A lead becomes a customer and a contact, and an opportunity when it is wanted; what was gathered
//! about the lead goes with it.

use basalt_model::{Action, Dictionary, Principal, Problem, RowAccess};
use serde_json::{Value as Json, json};
use sqlx::{AssertSqlSafe, PgConnection, Row};

use super::history::{Entry, note};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::record::{JsonMap, Saved, Store};
use crate::rights;
use crate::sql::{crm, quoted};

/// Into what a lead is converted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ConvertInput {
    /// A customer that is there already; otherwise one is made of the lead.
    pub customer: Option<i64>,
    /// Fields of the new customer that are to be other than the lead's.
    pub customer_fields: JsonMap,
    /// Without a contact's name on the lead there is none.
    pub without_contact: bool,
    /// Fields of an opportunity to be entered at once.
    pub opportunity: Option<JsonMap>,
}

/// What a lead became.
#[derive(Debug, Clone)]
pub struct Converted {
    pub lead: Saved,
    pub customer: i64,
    pub contact: Option<i64>,
    pub opportunity: Option<i64>,
}

pub(super) fn converted() -> Error {
    Error::conflict(
        "lead_converted",
        "This lead was converted already. Go on with the customer that it became.",
        "该线索已转化，请在转化后的客户上继续。",
    )
}

/// Converts a lead. The records it becomes, what moves with it and the lead's end are one transaction.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`] without the rights to change the lead and to make what it
/// becomes; [`Error::Conflict`] `lead_converted`, `lead_in_pool`, `lead_disqualified`, or a duplicate
/// customer; [`Error::Validation`] when a new record doesn't fit.
pub async fn convert(
    db: &Db,
    principal: &Principal,
    lead: i64,
    input: ConvertInput,
) -> Result<Converted> {
    let store = Store::new(db.clone());
    let dictionary = db.dictionary();
    let mut tx = db.begin(principal).await?;
    if !rights::within(&mut tx, db, principal, "lead", lead, RowAccess::Read).await? {
        return Err(Error::NotFound);
    }
    if !principal.can("lead", Action::Update)
        || !rights::within(&mut tx, db, principal, "lead", lead, RowAccess::Write).await?
    {
        return Err(Error::Forbidden);
    }
    let row = sqlx::query("select * from crm.lead where id = $1 for update")
        .bind(lead)
        .fetch_one(&mut *tx)
        .await?;
    let stage: String = row.try_get("stage")?;
    if row
        .try_get::<Option<chrono::DateTime<chrono::Utc>>, _>("converted_at")?
        .is_some()
    {
        return Err(converted());
    }
    if row.try_get::<Option<i64>, _>("pool_id")?.is_some() {
        return Err(Error::conflict(
            "lead_in_pool",
            "A lead in a pool is nobody's. Claim it first.",
            "公海中的线索没有负责人，请先领取。",
        ));
    }
    if stage == "disqualified" {
        return Err(Error::conflict(
            "lead_disqualified",
            "A disqualified lead can't be converted. Take it up again first.",
            "不合格的线索不能转化，请先重新启用。",
        ));
    }
    let owner: Option<i64> = row.try_get("owner_id")?;
    let text = |column: &str| -> Result<Json> {
        Ok(row
            .try_get::<Option<String>, _>(column)?
            .map_or(Json::Null, Json::String))
    };

    let customer = match input.customer {
        Some(customer) => {
            if !rights::within(
                &mut tx,
                db,
                principal,
                "customer",
                customer,
                RowAccess::Write,
            )
            .await?
            {
                let problem = Problem::new(
                    "not_found",
                    "is no customer that you may change",
                    "不是您可修改的客户",
                );
                return Err(Error::field("customer", problem));
            }
            customer
        }
        None => {
            let mut fields = JsonMap::new();
            for column in [
                "name", "industry", "region", "phone", "email", "website", "city",
            ] {
                fields.insert(column.to_owned(), text(column)?);
            }
            let source: Option<i64> = row.try_get("source_id")?;
            // A source that is deleted meanwhile can't be chosen any more; its words go along below.
            if let Some(source) = live_source(&mut tx, source).await? {
                fields.insert("source".to_owned(), json!(source));
            }
            if let Some(owner) = owner {
                fields.insert("owner".to_owned(), json!(owner));
            }
            fields.extend(input.customer_fields);
            let customer = store
                .create_in(&mut tx, principal, "customer", fields)
                .await?
                .id;
            sqlx::query(
                "update crm.customer c set address = l.address, address_country = l.address_country, address_province = l.address_province,
                   address_city = l.address_city, address_district = l.address_district, address_street = l.address_street,
                   address_postcode = l.address_postcode, source_name = l.source_name, source_category = l.source_category
                 from crm.lead l where l.id = $1 and c.id = $2 and c.address is null",
            )
            .bind(lead)
            .bind(customer)
            .execute(&mut *tx)
            .await?;
            customer
        }
    };

    let contact_name = text("contact_name")?;
    let contact = if input.without_contact || contact_name.is_null() {
        None
    } else {
        let mut fields = JsonMap::new();
        fields.insert("name".to_owned(), contact_name);
        fields.insert("customer".to_owned(), json!(customer));
        for column in ["position", "phone", "email"] {
            fields.insert(column.to_owned(), text(column)?);
        }
        if let Some(owner) = owner {
            fields.insert("owner".to_owned(), json!(owner));
        }
        let contact = store
            .create_in(&mut tx, principal, "contact", fields)
            .await?
            .id;
        sqlx::query(
            "update crm.customer set key_contact_id = $2 where id = $1 and key_contact_id is null",
        )
        .bind(customer)
        .bind(contact)
        .execute(&mut *tx)
        .await?;
        Some(contact)
    };

    let opportunity = match input.opportunity {
        None => None,
        Some(mut fields) => {
            let Some(object) = dictionary.object("opportunity") else {
                let problem = Problem::new(
                    "unknown",
                    "can't be made: there are no opportunities here",
                    "无法创建：系统中没有销售机会",
                );
                return Err(Error::field("opportunity", problem));
            };
            let mut fill = |name: &str, value: Json| {
                if object.field(name).is_some() && !value.is_null() {
                    fields.entry(name).or_insert(value);
                }
            };
            fill("name", text("name")?);
            fill("customer", json!(customer));
            fill("contact", json!(contact));
            fill("lead", json!(lead));
            fill("owner", json!(owner));
            let source: Option<i64> = row.try_get("source_id")?;
            if object
                .field("source")
                .is_some_and(|field| field.target() == Some("source"))
            {
                fill("source", json!(live_source(&mut tx, source).await?));
            } else {
                fill("source", text("source_name")?);
            }
            let made = store
                .create_in(&mut tx, principal, "opportunity", fields)
                .await?;
            Some(made.id)
        }
    };

    move_companions(&mut tx, &dictionary, lead, customer).await?;
    sqlx::query(
        "update crm.lead set stage = 'converted', converted_at = now(), customer_id = $2, contact_id = $3, opportunity_id = $4 where id = $1",
    )
    .bind(lead)
    .bind(customer)
    .bind(contact)
    .bind(opportunity)
    .execute(&mut *tx)
    .await?;
    for (object, id) in [("lead", lead), ("customer", customer)] {
        let entry = Entry {
            kind: "converted",
            from: Some(&stage),
            to: Some("converted"),
            rep: owner.or(Some(principal.user_id).filter(|user| *user > 0)),
            details: Some(
                json!({ "lead": lead, "customer": customer, "contact": contact, "opportunity": opportunity }),
            ),
            ..Entry::default()
        };
        note(&mut tx, object, id, entry).await?;
    }
    let lead = store
        .written_in(&mut tx, principal, "lead", lead)
        .await?
        .commit(tx)
        .await?;
    Ok(Converted {
        lead,
        customer,
        contact,
        opportunity,
    })
}

async fn live_source(connection: &mut PgConnection, source: Option<i64>) -> Result<Option<i64>> {
    Ok(
        sqlx::query_scalar("select id from crm.source where id = $1 and deleted_at is null")
            .bind(source)
            .fetch_optional(connection)
            .await?,
    )
}

/// Lets everything that hangs on the lead hang on the customer: notes, comments, files, tags, followers,
/// tasks and other activities, interests.
async fn move_companions(
    connection: &mut PgConnection,
    dictionary: &Dictionary,
    lead: i64,
    customer: i64,
) -> Result<()> {
    for table in ["remark", "file"] {
        let sql = format!(
            "update sys.{table} set object = 'customer', record_id = $2 where object = 'lead' and record_id = $1"
        );
        sqlx::query(AssertSqlSafe(sql))
            .bind(lead)
            .bind(customer)
            .execute(&mut *connection)
            .await?;
    }
    for (table, columns) in [
        ("record_tag", "tag, tagged_at, tagged_by"),
        ("record_mark", "user_id, kind, marked_at"),
    ] {
        let sql = format!(
            "insert into sys.{table} (object, record_id, {columns}) select 'customer', $2, {columns} from sys.{table}
             where object = 'lead' and record_id = $1 on conflict do nothing"
        );
        sqlx::query(AssertSqlSafe(sql))
            .bind(lead)
            .bind(customer)
            .execute(&mut *connection)
            .await?;
    }
    for object in dictionary.objects() {
        let table = crm(&object.table);
        if object.field("about_object").is_some() && object.field("about_record").is_some() {
            let sql = format!(
                "update {table} set about_object = 'customer', about_record = $2 where about_object = 'lead' and about_record = $1"
            );
            sqlx::query(AssertSqlSafe(sql))
                .bind(lead)
                .bind(customer)
                .execute(&mut *connection)
                .await?;
        }
        // History stays the lead's; what else names both goes to the customer as well.
        let refers = |target: &str| {
            object
                .references()
                .find(|(_, of)| *of == target)
                .map(|(field, _)| quoted(&field.column()))
        };
        if let (Some(from), Some(to)) = (refers("lead"), refers("customer"))
            && object.name != "history_entry"
        {
            let sql = format!("update {table} set {to} = $2 where {from} = $1 and {to} is null");
            sqlx::query(AssertSqlSafe(sql))
                .bind(lead)
                .bind(customer)
                .execute(&mut *connection)
                .await?;
        }
    }
    Ok(())
}

/// An order names the lead it came from: that has to be converted, and its customer is the order's.
pub(crate) async fn check_order(connection: &mut PgConnection, input: &mut JsonMap) -> Result<()> {
    let lead = input
        .get("lead")
        .or_else(|| input.get("lead_id"))
        .and_then(|lead| lead.get("id").unwrap_or(lead).as_i64());
    let Some(lead) = lead else { return Ok(()) };
    let found: Option<Option<i64>> =
        sqlx::query_scalar("select customer_id from crm.lead where id = $1 and deleted_at is null")
            .bind(lead)
            .fetch_optional(connection)
            .await?;
    match found {
        // What isn't there is refused with the other references.
        None => Ok(()),
        Some(None) => Err(Error::conflict(
            "lead_not_converted",
            "A lead can't order. Convert it into a customer first.",
            "线索不能下单，请先转化为客户。",
        )),
        Some(Some(customer)) => {
            if !input.contains_key("customer") && !input.contains_key("customer_id") {
                input.insert("customer".to_owned(), json!(customer));
            }
            Ok(())
        }
    }
}
