//! Customer scores from the analyses, kept beside the customer in `crm.customer_score`.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use basalt_model::{Action, Principal};

use crate::{Db, Error};

/// What the analyses know of one customer at a date. Lifetime figures are absent where the data did not allow a model.
#[derive(Debug, Clone, PartialEq)]
pub struct CustomerScore {
    pub customer_id: i64,
    pub as_of: NaiveDate,
    /// Days since the last purchase.
    pub recency_days: i32,
    /// Days with a purchase.
    pub frequency: i32,
    /// Value of all purchases, base currency.
    pub monetary: Decimal,
    pub r: i32,
    pub f: i32,
    pub m: i32,
    /// The three scores as text, such as `555`.
    pub rfm_cell: String,
    pub rfm_segment: String,
    /// Probability that the customer still buys.
    pub p_alive: Option<f64>,
    /// Purchases expected in the next 90 days.
    pub expected_orders: Option<f64>,
    /// Expected value of a purchase, base currency.
    pub expected_spend: Option<f64>,
    /// Discounted value of the next 12 months, base currency.
    pub clv: Option<Decimal>,
    pub value_band: Option<String>,
}

/// What a write has done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScoresWritten {
    /// Rows inserted or changed.
    pub written: u64,
    /// Rows that said the same already and were not touched.
    pub unchanged: u64,
    /// Rows removed: their customer is not among the scores any more.
    pub removed: u64,
    /// The WAL position after the commit.
    pub lsn: String,
}

/// Replaces all customer scores in one transaction.
///
/// A row whose values did not change (`scored_at` and `as_of` aside) is not touched, so that it makes no
/// change in the log. Customers who are gone meanwhile are skipped.
pub async fn write(
    db: &Db,
    principal: &Principal,
    scores: &[CustomerScore],
) -> Result<ScoresWritten, Error> {
    if !principal.can("customer", Action::Update) {
        return Err(Error::Forbidden);
    }
    let column = |pick: fn(&CustomerScore) -> i32| scores.iter().map(pick).collect::<Vec<_>>();
    let number =
        |pick: fn(&CustomerScore) -> Option<f64>| scores.iter().map(pick).collect::<Vec<_>>();
    let customers: Vec<i64> = scores.iter().map(|score| score.customer_id).collect();
    let mut tx = db.begin(principal).await?;
    let written = sqlx::query(UPSERT)
        .bind(&customers)
        .bind(scores.iter().map(|score| score.as_of).collect::<Vec<_>>())
        .bind(column(|score| score.recency_days))
        .bind(column(|score| score.frequency))
        .bind(
            scores
                .iter()
                .map(|score| score.monetary)
                .collect::<Vec<_>>(),
        )
        .bind(column(|score| score.r))
        .bind(column(|score| score.f))
        .bind(column(|score| score.m))
        .bind(
            scores
                .iter()
                .map(|score| score.rfm_cell.as_str())
                .collect::<Vec<_>>(),
        )
        .bind(
            scores
                .iter()
                .map(|score| score.rfm_segment.as_str())
                .collect::<Vec<_>>(),
        )
        .bind(number(|score| score.p_alive))
        .bind(number(|score| score.expected_orders))
        .bind(number(|score| score.expected_spend))
        .bind(scores.iter().map(|score| score.clv).collect::<Vec<_>>())
        .bind(
            scores
                .iter()
                .map(|score| score.value_band.as_deref())
                .collect::<Vec<_>>(),
        )
        .execute(&mut *tx)
        .await?
        .rows_affected();
    let removed = sqlx::query(REMOVE)
        .bind(&customers)
        .execute(&mut *tx)
        .await?
        .rows_affected();
    let lsn = tx.commit().await?;
    Ok(ScoresWritten {
        written,
        unchanged: (scores.len() as u64).saturating_sub(written),
        removed,
        lsn,
    })
}

const UPSERT: &str = "\
    insert into crm.customer_score as kept
        (customer_id, scored_at, as_of, recency_days, frequency, monetary, r, f, m, rfm_cell, rfm_segment,
         p_alive, expected_orders, expected_spend, clv, value_band)
    select score.customer_id, now(), score.as_of, score.recency_days, score.frequency, score.monetary,
           score.r, score.f, score.m, score.rfm_cell, score.rfm_segment,
           score.p_alive, score.expected_orders, score.expected_spend, score.clv, score.value_band
      from unnest($1::bigint[], $2::date[], $3::int[], $4::int[], $5::numeric[], $6::int[], $7::int[], $8::int[],
                  $9::text[], $10::text[], $11::float8[], $12::float8[], $13::float8[], $14::numeric[], $15::text[])
           as score (customer_id, as_of, recency_days, frequency, monetary, r, f, m, rfm_cell, rfm_segment,
                     p_alive, expected_orders, expected_spend, clv, value_band)
      join crm.customer on customer.id = score.customer_id and customer.deleted_at is null
     order by score.customer_id
        on conflict (customer_id) do update
       set scored_at = excluded.scored_at, as_of = excluded.as_of, recency_days = excluded.recency_days,
           frequency = excluded.frequency, monetary = excluded.monetary, r = excluded.r, f = excluded.f, m = excluded.m,
           rfm_cell = excluded.rfm_cell, rfm_segment = excluded.rfm_segment, p_alive = excluded.p_alive,
           expected_orders = excluded.expected_orders, expected_spend = excluded.expected_spend,
           clv = excluded.clv, value_band = excluded.value_band
     where (kept.recency_days, kept.frequency, kept.monetary, kept.r, kept.f, kept.m, kept.rfm_cell, kept.rfm_segment,
            kept.p_alive, kept.expected_orders, kept.expected_spend, kept.clv, kept.value_band)
           is distinct from
           (excluded.recency_days, excluded.frequency, excluded.monetary, excluded.r, excluded.f, excluded.m,
            excluded.rfm_cell, excluded.rfm_segment, excluded.p_alive, excluded.expected_orders,
            excluded.expected_spend, excluded.clv, excluded.value_band)";

const REMOVE: &str = "\
    delete from crm.customer_score as kept
     where not exists (select from unnest($1::bigint[]) as score (customer_id) where score.customer_id = kept.customer_id)";
