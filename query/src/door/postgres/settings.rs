//! Settings of a connection. Clients set many on their own; those that change nothing here are
//! accepted only with the value that holds anyway, so that nothing is promised and not kept.

use std::time::Duration;

use basalt_warehouse::AsOf;
use datafusion::sql::sqlparser::ast::{Expr, Set, Value};
use pgwire::error::PgWireResult;

use super::reply;
use crate::catalog::functions::SERVER_VERSION;
use crate::error::{Error, Past};
use crate::past::moment;
use crate::session::Session;

/// Schemas that `search_path` may name first.
const SCHEMAS: &[&str] = &["crm", "history", "mart", "lake", "public"];

/// Settings that may be given any value without effect: they steer what this server has not.
const IDLE: &[&str] = &[
    "application_name",
    "client_min_messages",
    "extra_float_digits",
    "geqo",
    "idle_in_transaction_session_timeout",
    "jit",
    "lock_timeout",
    "row_security",
    "synchronous_commit",
    "default_transaction_isolation",
    "transaction_isolation",
    "default_transaction_read_only",
    "transaction_read_only",
    "default_transaction_deferrable",
];

#[derive(Debug, Clone, Default)]
pub(super) struct Settings {
    statement_timeout: Option<Duration>,
    time_zone: Option<String>,
    schema: Option<String>,
    application_name: String,
    /// The moment of the past that all tables are read of.
    as_of: Option<AsOf>,
}

impl Settings {
    pub(super) fn set(&mut self, set: &Set) -> PgWireResult<()> {
        match set {
            Set::SingleAssignment {
                variable, values, ..
            } => {
                let name = variable.to_string().to_ascii_lowercase();
                let value = values.iter().map(text).collect::<Vec<_>>().join(", ");
                self.assign(&name, &value)
            }
            Set::SetTimeZone { value, .. } => self.assign("timezone", &text(value)),
            Set::SetNames { charset_name, .. } => {
                self.assign("client_encoding", &charset_name.value)
            }
            Set::SetTransaction { .. } => Ok(()),
            other => Err(reply::refuse(
                "0A000",
                format!("SET {other} is not supported"),
            )),
        }
    }

    /// Takes one setting back, or all.
    pub(super) fn reset(&mut self, name: Option<&str>) -> PgWireResult<()> {
        match name {
            Some(name) => self.assign(name, "default"),
            None => {
                *self = Self::default();
                Ok(())
            }
        }
    }

    pub(super) fn time_zone(&self) -> &str {
        self.time_zone.as_deref().unwrap_or("UTC")
    }

    pub(super) fn as_of(&self) -> Option<AsOf> {
        self.as_of
    }

    fn assign(&mut self, name: &str, value: &str) -> PgWireResult<()> {
        let default = value.eq_ignore_ascii_case("default");
        match name {
            "statement_timeout" => {
                self.statement_timeout = if default { None } else { duration(value)? };
            }
            "timezone" | "datafusion.execution.time_zone" => {
                self.time_zone = if default { None } else { Some(zone(value)?) };
            }
            "basalt.as_of" => {
                self.as_of = match value.trim() {
                    "" => None,
                    _ if default => None,
                    text => Some(one_for_all(moment::read(text, self.time_zone())?)?),
                };
            }
            "search_path" => {
                let first = value
                    .split(',')
                    .map(|name| name.trim().trim_matches('"'))
                    .find(|name| *name != "$user");
                self.schema = first
                    .filter(|name| !default && SCHEMAS.contains(name) && *name != "public")
                    .map(str::to_owned);
            }
            "application_name" => value.clone_into(&mut self.application_name),
            "client_encoding" => only(name, value, default, &["utf8", "utf-8", "unicode"])?,
            "datestyle" => only(
                name,
                value,
                default,
                &["iso", "iso, mdy", "iso, ymd", "iso, dmy"],
            )?,
            "intervalstyle" => only(name, value, default, &["postgres"])?,
            "bytea_output" => only(name, value, default, &["hex"])?,
            "standard_conforming_strings" => only(name, value, default, &["on", "true", "1"])?,
            _ if IDLE.contains(&name) => {}
            _ => {
                return Err(reply::refuse(
                    "42704",
                    format!("unrecognized configuration parameter \"{name}\""),
                ));
            }
        }
        Ok(())
    }

    /// The value that SHOW gives, or `None` when the name is not known here.
    pub(super) fn show(&self, name: &str) -> Option<String> {
        let fixed = match name {
            "statement_timeout" => {
                return Some(
                    self.statement_timeout
                        .map_or("0".into(), |limit| format!("{}ms", limit.as_millis())),
                );
            }
            "timezone" | "time zone" => {
                return Some(self.time_zone.clone().unwrap_or_else(|| "UTC".into()));
            }
            "search_path" => return Some(self.schema.clone().unwrap_or_else(|| "crm".into())),
            "application_name" => return Some(self.application_name.clone()),
            // SHOW gives its words one by one.
            "basalt.as_of" | "basalt as_of" => {
                return Some(self.as_of.map(moment::write).unwrap_or_default());
            }
            "server_version" => SERVER_VERSION,
            "server_version_num" => "160006",
            "server_encoding" | "client_encoding" => "UTF8",
            "datestyle" => "ISO, YMD",
            "intervalstyle" => "postgres",
            "bytea_output" => "hex",
            "standard_conforming_strings"
            | "transaction_read_only"
            | "default_transaction_read_only"
            | "integer_datetimes" => "on",
            "is_superuser" => "off",
            "transaction_isolation"
            | "transaction isolation level"
            | "default_transaction_isolation" => "read committed",
            "max_identifier_length" => "63",
            "lc_collate" | "lc_ctype" => "C",
            "extra_float_digits" => "1",
            _ => return None,
        };
        Some(fixed.to_owned())
    }

    /// Lets the settings take effect on a statement's session.
    pub(super) fn apply(&self, session: Session) -> Session {
        session.adjust(|options| {
            if let Some(zone) = &self.time_zone {
                options.execution.time_zone = Some(zone.clone());
            }
            if let Some(schema) = &self.schema {
                options.catalog.default_schema.clone_from(schema);
            }
        });
        match self.statement_timeout {
            Some(limit) => session.with_timeout(limit),
            None => session,
        }
    }
}

/// A connection reads many tables.
fn one_for_all(at: AsOf) -> PgWireResult<AsOf> {
    match at {
        AsOf::Version(version) => Err(Error::Past(Past::OneTableOnly(version)).into()),
        at => Ok(at),
    }
}

fn only(name: &str, value: &str, default: bool, accepted: &[&str]) -> PgWireResult<()> {
    if default || accepted.contains(&value.to_ascii_lowercase().as_str()) {
        Ok(())
    } else {
        Err(reply::refuse(
            "22023",
            format!("{name} can only be {}", accepted[0]),
        ))
    }
}

/// `250`, `250ms`, `5s`, `1min`; 0 is no limit but the server's own.
fn duration(value: &str) -> PgWireResult<Option<Duration>> {
    let value = value.trim();
    let digits = value.len() - value.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = value.split_at(digits);
    let factor = match unit.trim() {
        "" | "ms" => 1,
        "s" => 1000,
        "min" => 60_000,
        _ => {
            return Err(reply::refuse(
                "22023",
                format!("`{value}` is no length of time (ms, s, min)"),
            ));
        }
    };
    let number: u64 = number.parse().map_err(|_| {
        reply::refuse(
            "22023",
            format!("`{value}` is no length of time (ms, s, min)"),
        )
    })?;
    Ok((number > 0).then(|| Duration::from_millis(number.saturating_mul(factor))))
}

fn zone(value: &str) -> PgWireResult<String> {
    value
        .parse::<arrow::array::timezone::Tz>()
        .map(|_| value.to_owned())
        .map_err(|_| reply::refuse("22023", format!("time zone \"{value}\" is not known")))
}

/// A setting's value as written, without quotes.
fn text(value: &Expr) -> String {
    match value {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) | Value::DoubleQuotedString(text) => text.clone(),
            other => other.to_string(),
        },
        Expr::Identifier(name) => name.value.clone(),
        other => other.to_string().trim_matches(['\'', '"']).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_set_and_taken_back() {
        let mut settings = Settings::default();
        settings.assign("timezone", "Asia/Shanghai").expect("zone");
        settings.assign("basalt.as_of", "2026-03-01").expect("day");
        assert_eq!(
            settings.show("basalt.as_of").as_deref(),
            Some("2026-02-28T16:00:00Z")
        );
        assert!(settings.assign("basalt.as_of", "v3").is_err());
        assert!(settings.assign("basalt.as_of", "then").is_err());
        settings.reset(Some("basalt.as_of")).expect("reset");
        assert_eq!(settings.show("basalt.as_of").as_deref(), Some(""));
        settings.assign("basalt.as_of", "0/1A").expect("position");
        settings.reset(None).expect("reset all");
        assert_eq!(settings.as_of(), None);
        assert_eq!(settings.time_zone(), "UTC");
    }

    #[test]
    fn settings_take_effect_or_are_refused() {
        let mut settings = Settings::default();
        settings.assign("statement_timeout", "5s").expect("timeout");
        assert_eq!(
            settings.show("statement_timeout").as_deref(),
            Some("5000ms")
        );
        settings.assign("statement_timeout", "0").expect("timeout");
        assert_eq!(settings.show("statement_timeout").as_deref(), Some("0"));
        settings.assign("timezone", "Asia/Shanghai").expect("zone");
        assert!(settings.assign("timezone", "Mars/Olympus").is_err());
        assert!(settings.assign("client_encoding", "GBK").is_err());
        assert!(settings.assign("no_such_thing", "1").is_err());
    }
}
