//! Why a moment of the past can't be shown.

use std::fmt;

use basalt_model::Locale;
use basalt_warehouse::Error as LakeError;

/// Why a moment of the past can't be shown, in words for the reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Past {
    /// The text names no moment.
    Unreadable(String),
    /// The lake's first snapshot is younger.
    BeforeFirst { wanted: String, first: String },
    /// It is yet to come.
    NotYet { wanted: String, visible: String },
    /// The data of then is gone: the version, or what it could be worked out from.
    NotKept { table: String, detail: String },
    /// The table was not in the lake then.
    NotThere { table: String, at: String },
    /// What was asked for by Delta version is no Delta table of its own.
    NoVersions(String),
    /// A Delta version is a moment of one table, not of all.
    OneTableOnly(u64),
}

impl Past {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) | Self::NoVersions(_) | Self::OneTableOnly(_) => "invalid_moment",
            Self::BeforeFirst { .. } | Self::NotThere { .. } => "moment_too_early",
            Self::NotYet { .. } => "moment_not_reached",
            Self::NotKept { .. } => "moment_not_kept",
        }
    }

    pub(crate) fn of(error: &LakeError) -> Option<Self> {
        Some(match error {
            LakeError::BeforeFirstSnapshot { wanted, first, at } => Self::BeforeFirst {
                wanted: wanted.clone(),
                first: format!("{first} ({})", at.format("%Y-%m-%dT%H:%M:%SZ")),
            },
            LakeError::NotYet { wanted, visible } => Self::NotYet {
                wanted: wanted.clone(),
                visible: visible.to_string(),
            },
            LakeError::NotKept { table, detail } => Self::NotKept {
                table: table.to_string(),
                detail: detail.clone(),
            },
            _ => return None,
        })
    }

    pub fn message(&self, locale: Locale) -> String {
        match locale {
            Locale::En => self.to_string(),
            Locale::Zh => self.chinese(),
        }
    }

    fn chinese(&self) -> String {
        match self {
            Self::Unreadable(text) => format!(
                "`{text}` 不是可识别的时间点：请写成时间（TIMESTAMP '2026-03-01 08:00+08'）、日志位置（LSN '16/B374D848'），或对单个表写 FOR VERSION AS OF 12"
            ),
            Self::BeforeFirst { wanted, first } => {
                format!("{wanted} 早于数据湖的第一个快照（{first}），请选择更晚的时间点")
            }
            Self::NotYet { wanted, visible } => {
                format!("{wanted} 尚未到达，数据湖目前的位置为 {visible}")
            }
            Self::NotKept { table, .. } => {
                format!(
                    "{table} 在该时间点的数据已不再保留，请选择更晚的时间点，或查询 history.* 表"
                )
            }
            Self::NotThere { table, at } => format!("{table} 在 {at} 尚不在数据湖中"),
            Self::NoVersions(table) => format!(
                "{table} 没有自己的 Delta 版本：版本只用于 crm 的表，其他表请写 FOR SYSTEM_TIME AS OF"
            ),
            Self::OneTableOnly(version) => format!(
                "Delta 版本只是单个表的时间点：请在 SQL 中写 FROM crm.customer FOR VERSION AS OF {version}"
            ),
        }
    }
}

impl fmt::Display for Past {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(text) => write!(
                f,
                "`{text}` is no moment: write an instant (TIMESTAMP '2026-03-01 08:00+08'), a log position (LSN '16/B374D848'), or FOR VERSION AS OF 12 for a single table"
            ),
            Self::BeforeFirst { wanted, first } => write!(
                f,
                "{wanted} is before the first snapshot of the lake, {first}; ask for a later moment"
            ),
            Self::NotYet { wanted, visible } => {
                write!(f, "{wanted} is not there yet; the lake stands at {visible}")
            }
            Self::NotKept { table, detail } => write!(
                f,
                "{table} can no longer be shown as of then: {detail}; ask for a later moment, or read history.*"
            ),
            Self::NotThere { table, at } => {
                write!(
                    f,
                    "{table} was not in the lake at {at}; ask for a later moment"
                )
            }
            Self::NoVersions(table) => write!(
                f,
                "{table} has no Delta versions of its own: they are for tables of crm; write FOR SYSTEM_TIME AS OF instead"
            ),
            Self::OneTableOnly(version) => write!(
                f,
                "a Delta version is a moment of one table only: write FROM crm.customer FOR VERSION AS OF {version} in SQL"
            ),
        }
    }
}

impl std::error::Error for Past {}
