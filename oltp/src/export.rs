//! Lists as files: CSV page by page, XLSX as a whole; exactly the rows and columns that the
//! principal's list has.

use basalt_model::condition::resolve;
use basalt_model::{Action, Dictionary, FieldKind, Locale, Object, Principal, SqlType};
use bytes::Bytes;
use futures::Stream;
use futures::stream::try_unfold;
use rust_xlsxwriter::{Format, Workbook, XlsxError};
use serde_json::Value as Json;

use crate::error::{Error, Result};
use crate::record::{JsonMap, ListRequest, Page, Store};
use crate::spreadsheet::harmless;

/// Rows of a workbook; more are written as CSV only.
pub const MOST_XLSX_ROWS: usize = 100_000;
const PAGE: u32 = 1000;

/// A list that is to become a file.
pub struct Export {
    store: Store,
    principal: Principal,
    object: String,
    request: ListRequest,
    columns: Vec<Column>,
}

/// A column of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Column {
    /// Path of the value in the record.
    path: Vec<String>,
    header: String,
    number: bool,
}

impl Export {
    /// Plans the export of a list. Headers are the names of fields, or with `labels` their words.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without the right to export; [`Error::Request`] when fields, filter or sort make no sense.
    pub fn new(
        store: &Store,
        principal: &Principal,
        object: &str,
        request: ListRequest,
        labels: Option<Locale>,
    ) -> Result<Self> {
        if !principal.can(object, Action::Export) || !principal.can(object, Action::Read) {
            return Err(Error::Forbidden);
        }
        let dictionary = store.db().dictionary();
        let found = dictionary.object(object).ok_or(Error::NotFound)?;
        if let Some(filter) = &request.filter {
            filter.check_for(&dictionary, object, principal)?;
        }
        let wanted: Vec<String> = if request.fields.is_empty() {
            found
                .list_columns
                .iter()
                .filter(|path| resolve(&dictionary, found, path, Some(principal)).is_ok())
                .cloned()
                .collect()
        } else {
            request.fields.clone()
        };
        let mut columns = Vec::new();
        for path in &wanted {
            columns.extend(self::columns(&dictionary, found, principal, path, labels)?);
        }
        Ok(Self {
            store: store.clone(),
            principal: principal.clone(),
            object: object.to_owned(),
            request: ListRequest {
                fields: wanted,
                limit: PAGE,
                count: false,
                after: None,
                ..request
            },
            columns,
        })
    }

    /// The list as CSV in UTF-8, with a byte order mark so that spreadsheets read it rightly.
    pub fn csv(self) -> impl Stream<Item = Result<Bytes>> + Send {
        try_unfold(
            (self, Some(None), true),
            |(mut export, next, first)| async move {
                let Some(after) = next else { return Ok(None) };
                let page = export.page(after).await?;
                let mut writer = csv::Writer::from_writer(Vec::new());
                let fail = |_| Error::request("format", "can't be written", "无法写入");
                if first {
                    let headers = export.columns.iter().map(|column| column.header.as_str());
                    writer.write_record(headers).map_err(fail)?;
                }
                for item in &page.items {
                    let cells = export.columns.iter().map(|column| {
                        let text = text(value(item, &column.path));
                        if column.number {
                            text
                        } else {
                            harmless(&text).into_owned()
                        }
                    });
                    writer.write_record(cells).map_err(fail)?;
                }
                let mut bytes = writer.into_inner().unwrap_or_default();
                if first {
                    bytes.splice(..0, "\u{feff}".bytes());
                }
                let next = page.next.map(Some);
                Ok(Some((Bytes::from(bytes), (export, next, false))))
            },
        )
    }

    /// The list as a workbook.
    ///
    /// # Errors
    /// [`Error::Request`] for more than [`MOST_XLSX_ROWS`] rows.
    pub async fn xlsx(mut self) -> Result<Vec<u8>> {
        let mut rows: Vec<JsonMap> = Vec::new();
        let mut next = Some(None);
        while let Some(after) = next {
            let page = self.page(after).await?;
            rows.extend(page.items);
            next = page.next.map(Some);
            if rows.len() > MOST_XLSX_ROWS {
                return Err(Error::request(
                    "format",
                    format!("takes at most {MOST_XLSX_ROWS} rows; use CSV"),
                    format!("最多 {MOST_XLSX_ROWS} 行，请改用 CSV"),
                ));
            }
        }
        let columns = self.columns;
        tokio::task::spawn_blocking(move || workbook(&columns, &rows))
            .await
            .map_err(|_| Error::request("format", "can't be written", "无法写入"))?
            .map_err(|error| {
                Error::request(
                    "format",
                    format!("can't be written: {error}"),
                    format!("无法写入：{error}"),
                )
            })
    }

    async fn page(&mut self, after: Option<String>) -> Result<Page> {
        self.request.after = after;
        self.store
            .list(&self.principal, &self.object, &self.request)
            .await
    }
}

fn columns(
    dictionary: &Dictionary,
    object: &Object,
    principal: &Principal,
    path: &str,
    labels: Option<Locale>,
) -> Result<Vec<Column>> {
    let resolved = resolve(dictionary, object, path, Some(principal))?;
    let keys: Vec<String> = path.split('.').map(str::to_owned).collect();
    let field = resolved
        .field
        .as_ref()
        .and_then(|(object, field)| dictionary.object(object)?.field(field));
    let header = match (labels, field) {
        (Some(locale), Some(field)) => field.label.get(locale).to_owned(),
        _ => path.to_owned(),
    };
    let below = |key: &str| {
        let mut below = keys.clone();
        below.push(key.to_owned());
        below
    };
    let column = |path, header: String, number| Column {
        path,
        header,
        number,
    };
    let number = matches!(
        resolved.sql_type,
        SqlType::Integer | SqlType::BigInt | SqlType::Numeric { .. } | SqlType::Float
    );
    let main = field.is_none_or(|field| resolved.column == field.column());
    Ok(match field.filter(|_| main) {
        Some(field) if field.kind == FieldKind::Money => vec![
            column(below("amount"), header.clone(), true),
            column(below("currency"), format!("{header}_currency"), false),
        ],
        Some(field) if matches!(field.kind, FieldKind::Address | FieldKind::GeoPoint) => {
            vec![column(below("line"), header, false)]
        }
        // A reference is named by its title, unless its id is asked for.
        Some(field) if field.target().is_some() && keys.last() == Some(&field.name) => {
            vec![column(below("title"), header, false)]
        }
        _ => vec![column(keys, header, number)],
    })
}

fn value<'r>(record: &'r JsonMap, path: &[String]) -> &'r Json {
    let mut at = path
        .first()
        .and_then(|key| record.get(key))
        .unwrap_or(&Json::Null);
    for key in path.iter().skip(1) {
        at = at.get(key).unwrap_or(&Json::Null);
    }
    at
}

fn text(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        Json::Array(items) if items.iter().all(Json::is_string) => items
            .iter()
            .filter_map(Json::as_str)
            .collect::<Vec<_>>()
            .join(";"),
        other => other.to_string(),
    }
}

fn workbook(columns: &[Column], rows: &[JsonMap]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let bold = Format::new().set_bold();
    for (at, column) in (0_u16..).zip(columns) {
        sheet.write_string_with_format(0, at, &column.header, &bold)?;
    }
    for (line, row) in (1_u32..).zip(rows) {
        for (at, column) in (0_u16..).zip(columns) {
            let text = text(value(row, &column.path));
            if text.is_empty() {
                continue;
            }
            match text.parse::<f64>().ok().filter(|_| column.number) {
                Some(number) => sheet.write_number(line, at, number)?,
                // A cell of text stays text, whatever it begins with; Excel takes 32,767 characters.
                None if text.chars().count() > 32_767 => {
                    let cut: String = text.chars().take(32_767).collect();
                    sheet.write_string(line, at, cut)?
                }
                None => sheet.write_string(line, at, text)?,
            };
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    book.save_to_buffer()
}
