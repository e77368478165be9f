//! The shared condition language over the lake: a checked condition becomes a plan over
//! `crm.<object>` with one left join for each reference and side table that it reaches.
//!
//! Meaning as `basalt_model::condition` defines it: a test of an empty value is false, except `ne`
//! and `is_empty`; `not` is the exact opposite; text is compared by code point, `contains` and
//! `starts_with` ignore the case of ASCII letters only. What the reader may not read is empty.

use arrow::datatypes::{DataType, TimeUnit};
use basalt_model::SqlType;
use basalt_model::condition::{Checked, Comparison, Condition, Node, Scalar, Test, TestKind};
use datafusion::common::{Column, JoinType, TableReference};
use datafusion::error::Result as EngineResult;
use datafusion::functions::expr_fn::{starts_with, strpos, translate};
use datafusion::logical_expr::{Expr, lit};
use datafusion::prelude::DataFrame;
use datafusion::scalar::ScalarValue;

use crate::error::{Error, Result};
use crate::session::Session;

/// The relation of the object's own rows within the plan.
const ROW: &str = "row";

impl Session {
    /// The rows of `object` that meet `condition`, with all columns that the reader sees.
    ///
    /// # Errors
    /// [`Error::Condition`] with the place in the condition that makes no sense to this reader.
    pub async fn matching(&self, object: &str, condition: &Condition) -> Result<DataFrame> {
        let checked = condition
            .check_for(self.dictionary(), object, self.principal())
            .map_err(Error::Condition)?;
        self.matching_checked(&checked).await
    }

    /// As [`matching`](Self::matching), for a condition that was checked for this reader.
    pub async fn matching_checked(&self, checked: &Checked) -> Result<DataFrame> {
        let object = self
            .dictionary()
            .object(&checked.object)
            .ok_or_else(|| Error::Invalid(format!("there is no object {:?}", checked.object)))?;
        let table = self.business_table(&object.table).await?.ok_or_else(|| {
            Error::Forbidden(format!("{} cannot be read by this user", object.name))
        })?;
        self.plan_matching(checked, table)
            .await
            .map_err(|error| self.error(error))
    }

    async fn business_table(&self, table: &str) -> Result<Option<DataFrame>> {
        let name = TableReference::partial("crm", table);
        match self.context().table_exist(name.clone()) {
            Ok(true) => self
                .context()
                .table(name)
                .await
                .map(Some)
                .map_err(|error| self.error(error)),
            Ok(false) => Ok(None),
            Err(error) => Err(self.error(error)),
        }
    }

    async fn plan_matching(&self, checked: &Checked, table: DataFrame) -> EngineResult<DataFrame> {
        let columns: Vec<Expr> = table
            .schema()
            .fields()
            .iter()
            .map(|field| column(ROW, field.name()))
            .collect();
        let mut plan = table.alias(ROW)?;
        let mut joined = Vec::new();
        for join in checked.joins() {
            let left = join.name.rsplit_once('.').map_or(ROW, |(before, _)| before);
            let reachable = left == ROW || joined.iter().any(|name| name == left);
            let name = TableReference::partial("crm", join.table.as_str());
            if !reachable || !self.context().table_exist(name.clone())? {
                continue;
            }
            let other = self
                .context()
                .table(name)
                .await?
                .alias(&quoted(&join.name))?;
            let on = column(left, &join.left_column).eq(column(&join.name, &join.right_column));
            plan = plan.join_on(other, JoinType::Left, [on])?;
            joined.push(join.name);
        }
        let reach = Reach {
            own: ROW,
            joined: &joined,
        };
        plan.filter(reach.predicate(&checked.root, false))?
            .select(columns)
    }
}

/// The predicate of a condition over the own columns of the relation `of`.
pub(crate) fn predicate(node: &Node, of: &str) -> Expr {
    let reach = Reach {
        own: of,
        joined: &[],
    };
    reach.predicate(node, false)
}

/// The relations in which a condition finds its columns.
struct Reach<'a> {
    own: &'a str,
    joined: &'a [String],
}

impl Reach<'_> {
    /// `strict`: the result is never NULL, as its opposite will be asked for.
    fn predicate(&self, node: &Node, strict: bool) -> Expr {
        match node {
            Node::All(parts) => parts
                .iter()
                .map(|part| self.predicate(part, strict))
                .reduce(Expr::and)
                .unwrap_or(lit(true)),
            Node::Any(parts) => parts
                .iter()
                .map(|part| self.predicate(part, strict))
                .reduce(Expr::or)
                .unwrap_or(lit(false)),
            Node::Not(part) => !self.predicate(part, true),
            Node::Test(test) => {
                let asked = ask(test, self.value(test));
                if strict { asked.is_true() } else { asked }
            }
        }
    }

    fn value(&self, test: &Test) -> Expr {
        match test.path.joins.last() {
            None => column(self.own, &test.path.column),
            Some(join) if self.joined.contains(&join.name) => column(&join.name, &test.path.column),
            Some(_) => lit(null(test.path.sql_type)),
        }
    }
}

fn ask(test: &Test, value: Expr) -> Expr {
    let sql_type = test.path.sql_type;
    let literal = |scalar: &Scalar| lit(scalar_value(scalar, sql_type));
    match &test.kind {
        TestKind::Compare(Comparison::Eq, to) => value.eq(literal(to)),
        TestKind::Compare(Comparison::Ne, to) => {
            value.clone().not_eq(literal(to)).or(value.is_null())
        }
        TestKind::Compare(Comparison::Lt, to) => value.lt(literal(to)),
        TestKind::Compare(Comparison::Le, to) => value.lt_eq(literal(to)),
        TestKind::Compare(Comparison::Gt, to) => value.gt(literal(to)),
        TestKind::Compare(Comparison::Ge, to) => value.gt_eq(literal(to)),
        TestKind::In(any) => value.in_list(any.iter().map(literal).collect(), false),
        TestKind::Between(low, high) => value.between(literal(low), literal(high)),
        TestKind::Within(from, until) => value
            .clone()
            .gt_eq(literal(from))
            .and(value.lt(literal(until))),
        TestKind::Contains(part) => {
            strpos(folded(value), lit(part.to_ascii_lowercase())).gt(lit(0))
        }
        TestKind::StartsWith(start) => starts_with(folded(value), lit(start.to_ascii_lowercase())),
        TestKind::IsEmpty => value.is_null(),
        TestKind::IsNotEmpty => value.is_not_null(),
    }
}

/// Text with its ASCII letters in lower case.
fn folded(text: Expr) -> Expr {
    translate(
        text,
        lit("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        lit("abcdefghijklmnopqrstuvwxyz"),
    )
}

fn column(relation: &str, name: &str) -> Expr {
    Expr::Column(Column::new(Some(TableReference::bare(relation)), name))
}

/// A relation's alias as SQL writes it, so that its dots stay part of the name.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn scalar_value(scalar: &Scalar, column: SqlType) -> ScalarValue {
    match scalar {
        Scalar::Text(text) => ScalarValue::Utf8(Some(text.clone())),
        Scalar::Integer(number) => match column {
            SqlType::Integer => i32::try_from(*number)
                .map_or(ScalarValue::Int64(Some(*number)), |number| {
                    ScalarValue::Int32(Some(number))
                }),
            _ => ScalarValue::Int64(Some(*number)),
        },
        Scalar::Decimal(number) => decimal(*number, column),
        Scalar::Float(number) => ScalarValue::Float64(Some(*number)),
        Scalar::Bool(value) => ScalarValue::Boolean(Some(*value)),
        Scalar::Date(day) => {
            let epoch = chrono::NaiveDate::default();
            let days = day.signed_duration_since(epoch).num_days();
            ScalarValue::Date32(i32::try_from(days).ok())
        }
        Scalar::Instant(at) => {
            ScalarValue::TimestampMicrosecond(Some(at.timestamp_micros()), Some("UTC".into()))
        }
    }
}

/// In the column's own precision and scale where it fits, so that the column needs no cast.
fn decimal(number: rust_decimal::Decimal, column: SqlType) -> ScalarValue {
    let number = number.normalize();
    let own = (number.mantissa(), 38, number.scale());
    let (value, precision, scale) = match column {
        SqlType::Numeric { precision, scale } if number.scale() <= u32::from(scale) => {
            let raised = 10_i128
                .checked_pow(u32::from(scale) - number.scale())
                .and_then(|factor| number.mantissa().checked_mul(factor))
                .filter(|value| value.unsigned_abs() < 10_u128.pow(u32::from(precision)));
            raised.map_or(own, |value| (value, precision, u32::from(scale)))
        }
        _ => own,
    };
    let scale = i8::try_from(scale).expect("a decimal has at most 28 places");
    ScalarValue::Decimal128(Some(value), precision, scale)
}

fn null(sql_type: SqlType) -> ScalarValue {
    let data_type = match sql_type {
        SqlType::Text | SqlType::Json | SqlType::TextList => DataType::Utf8,
        SqlType::Integer => DataType::Int32,
        SqlType::BigInt => DataType::Int64,
        SqlType::Numeric { precision, scale } => {
            DataType::Decimal128(precision, i8::try_from(scale).unwrap_or_default())
        }
        SqlType::Float => DataType::Float64,
        SqlType::Bool => DataType::Boolean,
        SqlType::Date => DataType::Date32,
        SqlType::Instant => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
    };
    ScalarValue::try_from(&data_type).unwrap_or(ScalarValue::Null)
}
