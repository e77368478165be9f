//! How values and the report's own words are written in English and Chinese.

use basalt_model::{Label, Locale};
use chrono::{Datelike, NaiveDate};

use crate::definition::Format;
use crate::report::Value;

/// The writer of values in one language and currency.
#[derive(Debug, Clone, Copy)]
pub struct Wording<'a> {
    pub locale: Locale,
    pub currency: &'a str,
}

impl Wording<'_> {
    /// The value as text; nothing is an empty text.
    pub fn value(&self, value: &Value, format: Format) -> String {
        match value {
            Value::Nothing => String::new(),
            Value::Text(text) => text.clone(),
            Value::Number(number) => self.number(*number, format),
            Value::Date(date) if format == Format::Month => self.month(*date),
            Value::Date(date) => date.format("%Y-%m-%d").to_string(),
        }
    }

    pub fn number(&self, number: f64, format: Format) -> String {
        match format {
            Format::Integer => grouped(number, 0),
            Format::Money => grouped(number, 2),
            Format::SymbolMoney => signed(number, |size| {
                format!("{}{}", self.symbol(), grouped(size, 2))
            }),
            Format::WholeMoney => signed(number, |size| {
                format!("{}{}", self.symbol(), grouped(size, 0))
            }),
            Format::Percent => format!("{:.1}%", number * 100.0),
            Format::Text | Format::Date | Format::Month => {
                if number.fract() == 0.0 {
                    grouped(number, 0)
                } else {
                    grouped(number, 2)
                }
            }
        }
    }

    /// A change as an arrow and per cent; a rounded zero has no direction.
    pub fn change(&self, change: f64) -> String {
        let percent = format!("{:.1}%", change.abs() * 100.0);
        match percent.as_str() {
            "0.0%" => "± 0.0%".to_owned(),
            _ if change > 0.0 => format!("▲ {percent}"),
            _ => format!("▼ {percent}"),
        }
    }

    pub fn month(&self, date: NaiveDate) -> String {
        match self.locale {
            Locale::En => date.format("%b %Y").to_string(),
            Locale::Zh => format!("{}年{}月", date.year(), date.month()),
        }
    }

    /// Axis text: 1.5k, 2M; in Chinese 1.5万, 2亿.
    pub fn short(&self, number: f64, format: Format) -> String {
        if format == Format::Percent {
            return format!("{:.0}%", number * 100.0);
        }
        let units: &[(f64, &str)] = match self.locale {
            Locale::En => &[(1e9, "B"), (1e6, "M"), (1e3, "k")],
            Locale::Zh => &[(1e8, "亿"), (1e4, "万")],
        };
        let symbol = if matches!(format, Format::WholeMoney | Format::SymbolMoney) {
            self.symbol()
        } else {
            ""
        };
        let size = number.abs();
        let text = units.iter().find(|(unit, _)| size >= *unit).map_or_else(
            || grouped(size, 0),
            |(unit, name)| {
                let scaled = format!("{:.1}", size / unit);
                format!("{}{name}", scaled.trim_end_matches(".0"))
            },
        );
        format!("{}{symbol}{text}", if number < 0.0 { "-" } else { "" })
    }

    /// What stands before an amount of money.
    pub fn symbol(&self) -> &str {
        match self.currency {
            "USD" => "$",
            "CNY" => "¥",
            "EUR" => "€",
            "GBP" => "£",
            other => other,
        }
    }

    pub fn say<'l>(&self, label: &'l Label) -> &'l str {
        label.get(self.locale)
    }

    /// One of the renderer's own words.
    pub fn word(&self, word: Word) -> &'static str {
        let (en, zh) = word.both();
        match self.locale {
            Locale::En => en,
            Locale::Zh => zh,
        }
    }
}

/// Words that every report needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    Recipient,
    Scope,
    DataAsOf,
    Position,
    Total,
    NoData,
    NotGiven,
    AllData,
    AndBelow,
    OwnData,
    MadeBy,
    PageBefore,
    PageBetween,
    PageAfter,
    Overview,
    Attached,
    Figure,
    Change,
    Value,
}

impl Word {
    fn both(self) -> (&'static str, &'static str) {
        match self {
            Self::Recipient => ("Prepared for", "收件人"),
            Self::Scope => ("Scope", "数据范围"),
            Self::DataAsOf => ("Data as of", "数据时点"),
            Self::Position => ("Log position", "日志位置"),
            Self::Total => ("Total", "合计"),
            Self::NoData => (
                "There is nothing to show within your rights.",
                "您的数据权限内暂无数据。",
            ),
            Self::NotGiven => ("(not given)", "（未填写）"),
            Self::AllData => ("All departments", "全部部门"),
            Self::AndBelow => (" and below", "及下属部门"),
            Self::OwnData => ("Records within your rights", "您权限范围内的数据"),
            Self::MadeBy => (
                "Made by Basalt from live data",
                "由 Basalt 根据实时数据生成",
            ),
            Self::PageBefore => ("Page ", "第 "),
            Self::PageBetween => (" of ", " 页，共 "),
            Self::PageAfter => ("", " 页"),
            Self::Overview => ("Overview", "概览"),
            Self::Attached => (
                "The full report is attached as PDF and as a workbook.",
                "完整报告见附件（PDF 与 Excel 工作簿）。",
            ),
            Self::Figure => ("Figure", "指标"),
            Self::Change => ("Change", "变化"),
            Self::Value => ("Value", "数值"),
        }
    }
}

fn signed(number: f64, write: impl Fn(f64) -> String) -> String {
    let text = write(number.abs());
    if number < 0.0 {
        format!("-{text}")
    } else {
        text
    }
}

/// Digits in groups of three.
fn grouped(number: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", number.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut out = String::with_capacity(text.len() + whole.len() / 3 + 1);
    let is_zero = text.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    if number < 0.0 && !is_zero {
        out.push('-');
    }
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_signed() {
        let wording = Wording {
            locale: Locale::En,
            currency: "USD",
        };
        assert_eq!(wording.number(1_234_567.891, Format::Money), "1,234,567.89");
        assert_eq!(wording.number(-1_234.5, Format::WholeMoney), "-$1,234");
        assert_eq!(wording.number(999.0, Format::Integer), "999");
        assert_eq!(wording.number(-0.001, Format::Money), "0.00");
        assert_eq!(wording.number(0.1234, Format::Percent), "12.3%");
        assert_eq!(wording.change(-0.031), "▼ 3.1%");
        assert_eq!(wording.change(0.0001), "± 0.0%");
    }

    #[test]
    fn short_numbers_use_the_units_of_the_language() {
        let english = Wording {
            locale: Locale::En,
            currency: "USD",
        };
        let chinese = Wording {
            locale: Locale::Zh,
            currency: "CNY",
        };
        assert_eq!(english.short(150_000.0, Format::WholeMoney), "$150k");
        assert_eq!(chinese.short(150_000.0, Format::WholeMoney), "¥15万");
        assert_eq!(chinese.short(950.0, Format::Integer), "950");
    }

    #[test]
    fn months_are_written_as_the_language_does() {
        let date = NaiveDate::from_ymd_opt(2026, 3, 1).expect("a date");
        assert_eq!(
            Wording {
                locale: Locale::En,
                currency: ""
            }
            .month(date),
            "Mar 2026"
        );
        assert_eq!(
            Wording {
                locale: Locale::Zh,
                currency: ""
            }
            .month(date),
            "2026年3月"
        );
    }
}
