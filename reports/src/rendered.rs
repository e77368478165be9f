//! A rendering: its format, bytes and name.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Error;

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    Pdf,
    Xlsx,
    /// The body of the mail.
    Html,
}

/// A file to hand out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    pub bytes: Vec<u8>,
    pub file_name: String,
    pub media_type: &'static str,
}

impl Format {
    pub const ALL: [Self; 3] = [Self::Pdf, Self::Xlsx, Self::Html];

    /// The end of the file's name, and the format's name in the API.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Xlsx => "xlsx",
            Self::Html => "html",
        }
    }

    pub fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Html => "text/html; charset=utf-8",
        }
    }
}

impl FromStr for Format {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|format| format.extension() == name)
            .ok_or_else(|| {
                Error::Request(format!(
                    "{name:?} is not a report format: pdf, xlsx and html are there"
                ))
            })
    }
}
