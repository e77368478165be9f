//! Columns that the database fills by itself: formulas over their own row, and roll-ups over
//! children. Both are ordinary columns set by triggers, since logical replication leaves generated
//! columns out.
//!
//! A roll-up is computed anew, under a lock on the parent's row, after every statement that touches
//! its children. The lock makes concurrent changes come one after the other, and each reads
//! what the ones before it committed.

use basalt_model::dictionary::{RollUp, RollUpFunction};
use basalt_model::formula::{self, Expression, Function, Operator, Type};
use basalt_model::{Dictionary, Field, FieldKind, Object, SqlType};

use super::definition::{check, literal};
use super::wanted::fingerprint;
use crate::error::{Error, Result};
use crate::sql::{crm, quoted, type_name};

/// The function that fills an object's formulas, and the statement that makes it.
pub(super) struct FormulaFunction {
    pub name: String,
    pub create: String,
    /// Changes whenever a formula does.
    pub body: String,
    /// Fields it fills.
    pub fields: Vec<String>,
}

/// The object's formulas in the order of their dependence.
pub(super) fn formulas(object: &Object) -> Result<Option<FormulaFunction>> {
    let mut waiting: Vec<&Field> = object
        .fields
        .iter()
        .filter(|field| field.formula.is_some())
        .collect();
    if waiting.is_empty() {
        return Ok(None);
    }
    let fields = waiting.iter().map(|field| field.name.clone()).collect();
    let mut body = String::from("begin\n");
    while !waiting.is_empty() {
        let depends = |field: &Field| {
            field.formula.as_ref().is_some_and(|formula| {
                formula
                    .columns()
                    .iter()
                    .any(|name| waiting.iter().any(|other| other.name == *name))
            })
        };
        let Some(at) = waiting.iter().position(|field| !depends(field)) else {
            return Err(Error::Migration(format!(
                "the formulas of {} refer to each other in a circle",
                object.name
            )));
        };
        let field = waiting.remove(at);
        if let Some(formula) = &field.formula {
            body.push_str(&format!(
                "  new.{} := {};\n",
                quoted(&field.column()),
                assigned(field, object, &formula.root)
            ));
        }
    }
    body.push_str("  return new;\nend");
    let name = format!("formula_{}", object.table);
    let create = format!(
        "create or replace function sys.{}() returns trigger language plpgsql as {}",
        quoted(&name),
        literal(&body)
    );
    Ok(Some(FormulaFunction {
        name,
        create,
        body,
        fields,
    }))
}

/// The expression in the type of its column.
fn assigned(field: &Field, object: &Object, root: &Expression) -> String {
    let value = expression(object, root);
    match (&field.kind, field.sql_type()) {
        (FieldKind::Text { max }, _) => {
            format!("left({}, {max})", text(object, root))
        }
        (_, SqlType::Integer | SqlType::BigInt) => {
            format!("round({value})::{}", type_name(field.sql_type()))
        }
        (_, sql_type) => format!("({value})::{}", type_name(sql_type)),
    }
}

/// An expression over the row `new`, as SQL.
fn expression(object: &Object, node: &Expression) -> String {
    let sql = |node: &Expression| expression(object, node);
    match node {
        Expression::Number(digits) => format!("{digits}::numeric"),
        Expression::Text(text) => format!("{}::text", literal(text)),
        Expression::Bool(flag) => flag.to_string(),
        Expression::Nothing => "null".to_owned(),
        Expression::Field(name) => match formula::column_of(object, name) {
            Some((column, Type::Number)) => format!("new.{}::numeric", quoted(&column)),
            Some((column, _)) => format!("new.{}", quoted(&column)),
            None => "null".to_owned(),
        },
        Expression::Negative(inner) => format!("(-{})", sql(inner)),
        Expression::Not(inner) => format!("(not {})", sql(inner)),
        Expression::Binary(operator, left, right) => {
            let word = match operator {
                Operator::Join => {
                    let part = |node| format!("coalesce({}, '')", text(object, node));
                    return format!("({} || {})", part(left), part(right));
                }
                Operator::Divide => return format!("({} / nullif({}, 0))", sql(left), sql(right)),
                Operator::Add => "+",
                Operator::Subtract => "-",
                Operator::Multiply => "*",
                Operator::Eq => "=",
                Operator::Ne => "<>",
                Operator::Lt => "<",
                Operator::Le => "<=",
                Operator::Gt => ">",
                Operator::Ge => ">=",
                Operator::And => "and",
                Operator::Or => "or",
            };
            format!("({} {word} {})", sql(left), sql(right))
        }
        Expression::Call(function, arguments) => call(object, *function, arguments),
    }
}

fn call(object: &Object, function: Function, arguments: &[Expression]) -> String {
    let of = |at: usize| {
        arguments
            .get(at)
            .map_or("null".to_owned(), |node| expression(object, node))
    };
    let all = || {
        arguments
            .iter()
            .map(|node| expression(object, node))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let day = |at: usize| date(object, arguments.get(at));
    match function {
        Function::If => format!("case when {} then {} else {} end", of(0), of(1), of(2)),
        Function::Coalesce => format!("coalesce({})", all()),
        Function::Abs => format!("abs({})", of(0)),
        Function::Round => format!("round({}, {}::int)", of(0), of(1)),
        Function::Least => format!("least({})", all()),
        Function::Greatest => format!("greatest({})", all()),
        Function::Upper => format!("upper({})", of(0)),
        Function::Lower => format!("lower({})", of(0)),
        Function::Trim => format!("btrim({})", of(0)),
        Function::Left => format!("left({}, {}::int)", of(0), of(1)),
        Function::Right => format!("right({}, {}::int)", of(0), of(1)),
        Function::Length => format!("length({})::numeric", of(0)),
        Function::Year => format!("extract(year from {})::numeric", day(0)),
        Function::Month => format!("extract(month from {})::numeric", day(0)),
        Function::Day => format!("extract(day from {})::numeric", day(0)),
        Function::Days => format!("({} - {})::numeric", day(0), day(1)),
        Function::AddDays => format!("({} + round({})::int)", day(0), of(1)),
        Function::Date => day(0),
        Function::IsEmpty => format!("({} is null)", of(0)),
    }
}

/// A date, or the UTC day of a point in time.
fn date(object: &Object, node: Option<&Expression>) -> String {
    let Some(node) = node else {
        return "null::date".to_owned();
    };
    let sql = expression(object, node);
    match formula::type_of(node, object) {
        Ok(Type::Instant) => format!("({sql} at time zone 'UTC')::date"),
        _ => format!("{sql}::date"),
    }
}

/// A value as people read it.
fn text(object: &Object, node: &Expression) -> String {
    let sql = expression(object, node);
    match formula::type_of(node, object) {
        Ok(Type::Number) => format!("trim_scale({sql})::text"),
        Ok(Type::Instant) => format!("to_char({sql} at time zone 'UTC', 'YYYY-MM-DD HH24:MI')"),
        Ok(Type::Text) => sql,
        _ => format!("({sql})::text"),
    }
}

/// What keeps a roll-up right: a function, its triggers on the children, and the first computation.
pub(super) struct RollUpTriggers {
    pub child: String,
    /// Name of the trigger after inserts, by which it is known to be there.
    pub marker: String,
    pub statements: Vec<String>,
}

pub(super) fn roll_up(
    dictionary: &Dictionary,
    parent: &Object,
    field: &Field,
    roll_up: &RollUp,
) -> Result<RollUpTriggers> {
    let wrong = |reason: &str| {
        Error::Migration(format!("roll-up {}.{}: {reason}", parent.name, field.name))
    };
    let child = dictionary
        .object(&roll_up.object)
        .ok_or_else(|| wrong("its object is not there"))?;
    let reference = child
        .field(&roll_up.field)
        .map(|field| quoted(&field.column()))
        .ok_or_else(|| wrong("its reference is not there"))?;
    let when = match &roll_up.when {
        Some(when) => check(dictionary, child, when)?,
        None => "true".to_owned(),
    };
    let of = roll_up
        .of
        .as_deref()
        .and_then(|name| formula::column_of(child, name))
        .map(|(column, _)| format!("t.{}", quoted(&column)));
    let value = match (roll_up.function, of) {
        (RollUpFunction::Count, None) => "count(*)".to_owned(),
        (RollUpFunction::Count, Some(of)) => format!("count({of})"),
        (RollUpFunction::Sum, Some(of)) => format!("coalesce(sum({of}), 0)"),
        (RollUpFunction::Min, Some(of)) => format!("min({of})"),
        (RollUpFunction::Max, Some(of)) => format!("max({of})"),
        (RollUpFunction::Average, Some(of)) => format!("avg({of})"),
        (_, None) => return Err(wrong("needs a field to compute over")),
    };
    let column = quoted(&field.column());
    let target = type_name(field.sql_type());
    let compute = |parents: &str| {
        format!(
            "update {parent} p set {column} = c.value
       from (select ids.id, (select {value} from {child} t where t.{reference} = ids.id and t.deleted_at is null and ({when}))::{target} as value
             from {parents}) c
       where p.id = c.id and p.{column} is distinct from c.value",
            parent = crm(&parent.table),
            child = crm(&child.table),
        )
    };
    let name = roll_up_name(&parent.table, &field.name);
    let body = format!(
        "declare
  parents bigint[];
  was text := current_setting('basalt.derived', true);
begin
  if tg_op = 'INSERT' then
    select array_agg(distinct n.{reference}) into parents from new_rows n where n.{reference} is not null;
  elsif tg_op = 'DELETE' then
    select array_agg(distinct o.{reference}) into parents from old_rows o where o.{reference} is not null;
  else
    select array_agg(distinct c.parent) into parents from (
      select o.{reference} as parent from old_rows o union select n.{reference} from new_rows n
    ) c where c.parent is not null;
  end if;
  if parents is null then return null; end if;
  perform from {parent} where id = any(parents) order by id for no key update;
  perform set_config('basalt.derived', '1', true);
  {update};
  perform set_config('basalt.derived', coalesce(was, ''), true);
  return null;
end",
        parent = crm(&parent.table),
        update = compute("unnest(parents) as ids(id)"),
    );
    let function = format!("sys.{}", quoted(&name));
    let table = crm(&child.table);
    let run = format!("for each statement execute function {function}()");
    let trigger = |event: &str| quoted(&format!("{name}_{event}"));
    let statements = vec![
        format!(
            "create or replace function {function}() returns trigger language plpgsql as {}",
            literal(&body)
        ),
        format!(
            "create trigger {} after insert on {table} referencing new table as new_rows {run}",
            trigger("i")
        ),
        format!(
            "create trigger {} after update on {table} referencing old table as old_rows new table as new_rows {run}",
            trigger("u")
        ),
        format!(
            "create trigger {} after delete on {table} referencing old table as old_rows {run}",
            trigger("d")
        ),
        derived(&compute(&format!("{} ids", crm(&parent.table)))),
    ];
    Ok(RollUpTriggers {
        child: child.table.clone(),
        marker: format!("{name}_i"),
        statements,
    })
}

/// Short enough to be followed by the event.
fn roll_up_name(table: &str, field: &str) -> String {
    let name = format!("roll_up_{table}_{field}");
    if name.len() <= 60 {
        name
    } else {
        format!("{}_{}", &name[..50], fingerprint(&name))
    }
}

/// A statement that neither counts versions nor is audited: what it sets follows from other rows.
pub(super) fn derived(statement: &str) -> String {
    format!(
        "select set_config('basalt.derived', '1', true);\n{statement};\nselect set_config('basalt.derived', '', true)"
    )
}
