//! Formulas: a field computed from other fields of the same row.
//!
//! `quantity * unit_price - coalesce(discount, 0)`, `if(amount > 1000, 'large', 'small')`,
//! `days(due_on, ordered_on)`. An empty operand makes the result empty, except in `&`, `coalesce`,
//! `is_empty` and the condition of `if`; dividing by zero gives nothing.
//!
//! | function | result |
//! |---|---|
//! | `if(condition, a, b)`, `coalesce(a, b, …)` | the type of their values |
//! | `abs(n)`, `round(n, digits)`, `least(…)`, `greatest(…)` | number (or date) |
//! | `upper(t)`, `lower(t)`, `trim(t)`, `left(t, n)`, `right(t, n)` | text |
//! | `length(t)`, `year(d)`, `month(d)`, `day(d)`, `days(later, earlier)` | number |
//! | `add_days(d, n)`, `date(t)` | date |
//! | `is_empty(x)` | true or false |

mod parse;

use std::fmt;

use crate::dictionary::{Object, SqlType};

/// What an expression is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    Number,
    Text,
    Bool,
    Date,
    Instant,
    /// `null`, which is of any type.
    Nothing,
}

/// An expression as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expression {
    /// Digits with at most one point.
    Number(String),
    Text(String),
    Bool(bool),
    Nothing,
    /// A field, or a column of one (`amount_base`).
    Field(String),
    Negative(Box<Expression>),
    Not(Box<Expression>),
    Binary(Operator, Box<Expression>, Box<Expression>),
    Call(Function, Vec<Expression>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Join,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    And,
    Or,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    If,
    Coalesce,
    Abs,
    Round,
    Least,
    Greatest,
    Upper,
    Lower,
    Trim,
    Left,
    Right,
    Length,
    Year,
    Month,
    Day,
    Days,
    AddDays,
    Date,
    IsEmpty,
}

/// A formula that could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Formula {
    source: String,
    pub root: Expression,
}

impl Formula {
    /// Reads a formula.
    ///
    /// # Errors
    /// What is wrong and at which character.
    pub fn parse(source: &str) -> Result<Self, String> {
        Ok(Self {
            source: source.to_owned(),
            root: parse::expression(source)?,
        })
    }

    /// Names of the columns it reads.
    pub fn columns(&self) -> Vec<&str> {
        let mut names = Vec::new();
        collect(&self.root, &mut names);
        names
    }

    /// What the formula gives for rows of the object.
    ///
    /// # Errors
    /// A field that isn't there or can't be computed with, or operands that don't fit.
    pub fn check(&self, object: &Object) -> Result<Type, String> {
        type_of(&self.root, object)
    }
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

/// The column that a name in a formula means, and its type.
pub fn column_of(object: &Object, name: &str) -> Option<(String, Type)> {
    let column = match object.field(name) {
        Some(field) => field.columns().into_iter().next()?,
        None => object.columns().find(|column| column.name == name)?,
    };
    let kind = match column.sql_type {
        SqlType::Integer | SqlType::BigInt | SqlType::Numeric { .. } | SqlType::Float => {
            Type::Number
        }
        SqlType::Text => Type::Text,
        SqlType::Bool => Type::Bool,
        SqlType::Date => Type::Date,
        SqlType::Instant => Type::Instant,
        SqlType::Json | SqlType::TextList => return None,
    };
    Some((column.name, kind))
}

fn collect<'e>(expression: &'e Expression, names: &mut Vec<&'e str>) {
    match expression {
        Expression::Field(name) => names.push(name),
        Expression::Negative(inner) | Expression::Not(inner) => collect(inner, names),
        Expression::Binary(_, left, right) => {
            collect(left, names);
            collect(right, names);
        }
        Expression::Call(_, arguments) => {
            for argument in arguments {
                collect(argument, names);
            }
        }
        Expression::Number(_) | Expression::Text(_) | Expression::Bool(_) | Expression::Nothing => {
        }
    }
}

/// The type of an expression over rows of the object.
///
/// # Errors
/// What doesn't fit.
pub fn type_of(expression: &Expression, object: &Object) -> Result<Type, String> {
    let of = |expression: &Expression| type_of(expression, object);
    let want = |expression: &Expression, wanted: Type| {
        let found = of(expression)?;
        if found == wanted || found == Type::Nothing {
            Ok(())
        } else {
            Err(format!("{found:?} stands where {wanted:?} is needed"))
        }
    };
    match expression {
        Expression::Number(_) => Ok(Type::Number),
        Expression::Text(_) => Ok(Type::Text),
        Expression::Bool(_) => Ok(Type::Bool),
        Expression::Nothing => Ok(Type::Nothing),
        Expression::Field(name) => column_of(object, name)
            .map(|(_, kind)| kind)
            .ok_or_else(|| format!("there is no field {name:?} to compute with")),
        Expression::Negative(inner) => want(inner, Type::Number).map(|()| Type::Number),
        Expression::Not(inner) => want(inner, Type::Bool).map(|()| Type::Bool),
        Expression::Binary(operator, left, right) => match operator {
            Operator::Add | Operator::Subtract | Operator::Multiply | Operator::Divide => {
                want(left, Type::Number)?;
                want(right, Type::Number)?;
                Ok(Type::Number)
            }
            Operator::Join => {
                of(left)?;
                of(right)?;
                Ok(Type::Text)
            }
            Operator::And | Operator::Or => {
                want(left, Type::Bool)?;
                want(right, Type::Bool)?;
                Ok(Type::Bool)
            }
            _ => same(&[of(left)?, of(right)?]).map(|_| Type::Bool),
        },
        Expression::Call(function, arguments) => call(*function, arguments, object),
    }
}

fn call(function: Function, arguments: &[Expression], object: &Object) -> Result<Type, String> {
    let types = arguments
        .iter()
        .map(|argument| type_of(argument, object))
        .collect::<Result<Vec<_>, _>>()?;
    let fits = |wanted: &[Type]| {
        let fit = types.len() == wanted.len()
            && types
                .iter()
                .zip(wanted)
                .all(|(found, wanted)| found == wanted || *found == Type::Nothing);
        if fit {
            Ok(())
        } else {
            Err(format!("{function:?} takes {wanted:?}, not {types:?}"))
        }
    };
    let day = |found: &[Type]| {
        let fit = found
            .iter()
            .all(|kind| matches!(kind, Type::Date | Type::Instant | Type::Nothing));
        if fit {
            Ok(())
        } else {
            Err(format!("{function:?} takes dates, not {types:?}"))
        }
    };
    match function {
        Function::If => match types.as_slice() {
            [Type::Bool | Type::Nothing, yes, no] => same(&[*yes, *no]),
            _ => Err("if takes a condition and two values".to_owned()),
        },
        Function::Coalesce | Function::Least | Function::Greatest if !types.is_empty() => {
            same(&types)
        }
        Function::Coalesce | Function::Least | Function::Greatest => {
            Err(format!("{function:?} takes at least one value"))
        }
        Function::Abs => fits(&[Type::Number]).map(|()| Type::Number),
        Function::Round => {
            fits(&[Type::Number, Type::Number])?;
            match &arguments[1] {
                Expression::Number(digits) if digits.parse::<u8>().is_ok_and(|n| n <= 18) => {
                    Ok(Type::Number)
                }
                _ => Err("round takes 0 to 18 digits, written out".to_owned()),
            }
        }
        Function::Upper | Function::Lower | Function::Trim => {
            fits(&[Type::Text]).map(|()| Type::Text)
        }
        Function::Left | Function::Right => {
            fits(&[Type::Text, Type::Number])?;
            match &arguments[1] {
                Expression::Number(count) if count.parse::<u16>().is_ok() => Ok(Type::Text),
                _ => Err("left and right take a whole number, written out".to_owned()),
            }
        }
        Function::Length => fits(&[Type::Text]).map(|()| Type::Number),
        Function::Year | Function::Month | Function::Day if types.len() == 1 => {
            day(&types).map(|()| Type::Number)
        }
        Function::Days if types.len() == 2 => day(&types).map(|()| Type::Number),
        Function::AddDays if types.len() == 2 => {
            day(&types[..1])?;
            match types[1] {
                Type::Number | Type::Nothing => Ok(Type::Date),
                other => Err(format!("AddDays takes a number of days, not {other:?}")),
            }
        }
        Function::Date if types.len() == 1 => day(&types).map(|()| Type::Date),
        Function::IsEmpty if types.len() == 1 => Ok(Type::Bool),
        _ => Err(format!("{function:?} doesn't take {} values", types.len())),
    }
}

/// The one type that all are of.
fn same(types: &[Type]) -> Result<Type, String> {
    let mut found = Type::Nothing;
    for kind in types {
        if found == Type::Nothing {
            found = *kind;
        } else if *kind != found && *kind != Type::Nothing {
            return Err(format!("{found:?} and {kind:?} don't go together"));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dictionary::Dictionary;
    use proptest::prelude::*;

    fn check(source: &str) -> Result<Type, String> {
        let dictionary = Dictionary::standard();
        Formula::parse(source)?.check(dictionary.object("order_line").unwrap())
    }

    #[test]
    fn types_follow_from_the_fields() {
        for (source, kind) in [
            ("quantity * unit_price", Type::Number),
            ("-quantity + 2.5 * (line_no - 1)", Type::Number),
            (
                "if(quantity >= 10 and not is_empty(unit_price), 'bulk', 'single')",
                Type::Text,
            ),
            ("amount_currency & ' ' & amount", Type::Text),
            (
                "days(created_at, updated_at) > 3 or quantity != line_no",
                Type::Bool,
            ),
            ("add_days(date(created_at), 30)", Type::Date),
            ("coalesce(unit_price, null, 0)", Type::Number),
            ("round(amount / quantity, 2)", Type::Number),
        ] {
            assert_eq!(check(source), Ok(kind), "{source}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for source in [
            "",
            "quantity +",
            "quantity quantity",
            "nothing + 1",
            "quantity + 'x'",
            "upper(quantity)",
            "if(quantity, 1, 2)",
            "if(true, 1, 'x')",
            "round(quantity, line_no)",
            "sleep(1)",
            "quantity; drop table x",
            "'unclosed",
            "1.2.3",
            "(quantity",
        ] {
            assert!(check(source).is_err(), "{source}");
        }
        let deep = format!("{}1{}", "(".repeat(500), ")".repeat(500));
        assert!(check(&deep).is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "[a-z0-9 ()+*/<>='&,.-]{0,60}") {
            let _ = check(&text);
        }
    }
}
