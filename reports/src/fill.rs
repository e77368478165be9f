//! Fills a pack's definition with data: runs its queries in one session and lays the rows out in the recipient's language.

use std::collections::BTreeMap;

use basalt_model::dictionary::FieldKind;
use basalt_model::{Dictionary, Label, Locale, RowRule};
use basalt_query::Session;
use basalt_query::analysis::rfm::RfmSegment;
use chrono::Utc;
use chrono_tz::Tz;

use crate::Error;
use crate::dataset::Dataset;
use crate::definition::{Block as BlockPlan, ChartKind, Definition, Field, FigureItem, Format};
use crate::report::{
    Block, Chart, Column, Figure, Matrix, MatrixCell, MatrixRow, Report, Section, Series, Table,
    Value,
};
use crate::wording::{Word, Wording};

/// Fills the definition with what the session's principal may see, as of the session's snapshot.
pub async fn fill(
    definition: &Definition,
    session: &Session,
    time_zone: Tz,
    organisation: &str,
) -> Result<Report, Error> {
    let principal = session.principal();
    let as_of = session.past_instant().unwrap_or_else(Utc::now);
    let as_of = as_of.with_timezone(&time_zone);
    let mut data = BTreeMap::new();
    for (name, query) in &definition.queries {
        let rows = Dataset::of(query, session, as_of.date_naive()).await;
        data.insert(
            name.as_str(),
            rows.map_err(|error| error.in_query(&definition.name, name))?,
        );
    }
    let layout = Layout {
        dictionary: session.dictionary(),
        definition,
        locale: principal.locale,
        currency: session.dictionary().base_currency(),
    };
    let mut sections = Vec::with_capacity(definition.sections.len());
    for section in &definition.sections {
        let blocks = section.blocks.iter().map(|block| {
            let rows = data
                .get(block.query())
                .ok_or_else(|| Error::Definition(format!("no query {}", block.query())))?;
            layout.block(block, rows)
        });
        sections.push(Section {
            title: section.title.get(principal.locale).to_owned(),
            note: section
                .note
                .as_ref()
                .map(|note| note.get(principal.locale).to_owned()),
            blocks: blocks.collect::<Result<_, Error>>()?,
        });
    }
    Ok(Report {
        pack: definition.name.clone(),
        locale: principal.locale,
        organisation: organisation.to_owned(),
        title: definition.title.get(principal.locale).to_owned(),
        subtitle: definition.subtitle.get(principal.locale).to_owned(),
        recipient: principal.name.clone(),
        scope: scope(session).await?,
        as_of,
        lsn: session.lsn().to_string(),
        currency: session.dictionary().base_currency().to_owned(),
        sections,
    })
}

/// Which customers the principal's rights let in, in words.
async fn scope(session: &Session) -> Result<String, Error> {
    let principal = session.principal();
    let wording = Wording {
        locale: principal.locale,
        currency: "",
    };
    let Some(customer) = session.dictionary().object("customer") else {
        return Ok(wording.word(Word::OwnData).to_owned());
    };
    if principal.row_rule(session.dictionary(), customer) == RowRule::Everything {
        return Ok(wording.word(Word::AllData).to_owned());
    }
    let Some(department) = principal.department_id else {
        return Ok(wording.word(Word::OwnData).to_owned());
    };
    // The name of one's own department is nothing secret, and not every profile may list departments.
    let result = session
        .collect(&format!(
            "select name from crm.department where id = {department}"
        ))
        .await;
    let name = result.ok().and_then(|result| {
        result
            .to_json_rows()
            .ok()?
            .first()?
            .get(0)?
            .as_str()
            .map(str::to_owned)
    });
    Ok(match name {
        Some(name) if principal.department_tree.len() > 1 => {
            format!("{name}{}", wording.word(Word::AndBelow))
        }
        Some(name) => name,
        None => wording.word(Word::OwnData).to_owned(),
    })
}

/// Which row of the data stands where a value of one axis meets a value of the other.
type Crossings = BTreeMap<(usize, usize), usize>;

/// Lays rows out in one language.
struct Layout<'a> {
    dictionary: &'a Dictionary,
    definition: &'a Definition,
    locale: Locale,
    currency: &'a str,
}

impl Layout<'_> {
    fn block(&self, plan: &BlockPlan, data: &Dataset) -> Result<Block, Error> {
        if data.rows.is_empty() {
            return Ok(Block::Nothing(self.wording().word(Word::NoData).to_owned()));
        }
        match plan {
            BlockPlan::Figures {
                compared, items, ..
            } => self.figures(items, compared, data),
            BlockPlan::Chart {
                title,
                alt,
                chart,
                category,
                series,
                value,
                ..
            } => self.chart(
                *chart,
                title.as_ref(),
                alt,
                [category, value],
                series.as_ref(),
                data,
            ),
            BlockPlan::Table { title, columns, .. } => self.table(title.as_ref(), columns, data),
            BlockPlan::Pivot {
                title,
                row,
                column,
                value,
                ..
            } => self.pivot(title.as_ref(), [row, column, value], data),
            BlockPlan::Matrix { .. } => self.matrix(plan, data),
        }
    }

    fn figures(
        &self,
        items: &[FigureItem],
        compared: &Label,
        data: &Dataset,
    ) -> Result<Block, Error> {
        let row = &data.rows[0];
        let mut figures = Vec::with_capacity(items.len());
        for item in items {
            let value = match &row[data.column(&item.field)?] {
                // A sum over no rows is nothing in SQL and zero to a reader.
                Value::Nothing => Value::Number(0.0),
                value => value.clone(),
            };
            let before = match &item.before {
                Some(before) => row[data.column(before)?].number(),
                None => None,
            };
            let change = value
                .number()
                .zip(before)
                .filter(|(_, before)| *before > 0.0)
                .map(|(now, before)| now / before - 1.0);
            figures.push(Figure {
                label: self.say(&item.label),
                value,
                format: item.format,
                change,
                compared: self.say(compared),
            });
        }
        Ok(Block::Figures(figures))
    }

    fn chart(
        &self,
        kind: ChartKind,
        title: Option<&Label>,
        alt: &Label,
        [category, value]: [&Field; 2],
        series: Option<&Field>,
        data: &Dataset,
    ) -> Result<Block, Error> {
        let value_at = data.column(&value.field)?;
        let (categories, series_keys, cells) = match series {
            Some(series) => self.crossed(category, series, data)?,
            None => {
                // Every row is a category of its own, in the query's order.
                let category_at = data.column(&category.field)?;
                let keys: Vec<Value> = data
                    .rows
                    .iter()
                    .map(|row| row[category_at].clone())
                    .collect();
                let cells = (0..keys.len()).map(|row| ((row, 0), row)).collect();
                (keys, vec![Value::Nothing], cells)
            }
        };
        let series = series_keys
            .iter()
            .enumerate()
            .map(|(column, key)| Series {
                name: match series {
                    Some(series) => self.written(key, series),
                    None => value
                        .label
                        .as_ref()
                        .map_or_else(|| self.say(alt), |label| self.say(label)),
                },
                values: (0..categories.len())
                    .map(|row| {
                        cells
                            .get(&(row, column))
                            .and_then(|at| data.rows[*at][value_at].number())
                            .unwrap_or(0.0)
                    })
                    .collect(),
            })
            .collect();
        Ok(Block::Chart(Chart {
            title: title.map(|title| self.say(title)),
            alt: self.say(alt),
            kind,
            category_label: category
                .label
                .as_ref()
                .map(|label| self.say(label))
                .unwrap_or_default(),
            categories: categories
                .iter()
                .map(|key| self.written(key, category))
                .collect(),
            series,
            format: value.format,
        }))
    }

    fn table(
        &self,
        title: Option<&Label>,
        fields: &[Field],
        data: &Dataset,
    ) -> Result<Block, Error> {
        let at = fields
            .iter()
            .map(|field| data.column(&field.field))
            .collect::<Result<Vec<_>, _>>()?;
        let rows: Vec<Vec<Value>> = data
            .rows
            .iter()
            .map(|row| {
                at.iter()
                    .zip(fields)
                    .map(|(at, field)| self.translated(&row[*at], field))
                    .collect()
            })
            .collect();
        let total = fields.iter().any(|field| field.total).then(|| {
            let mut total: Vec<Value> = fields
                .iter()
                .enumerate()
                .map(|(column, field)| {
                    if field.total {
                        sum(rows.iter().map(|row| &row[column]))
                    } else {
                        Value::Nothing
                    }
                })
                .collect();
            if let Some(first_text) = fields
                .iter()
                .position(|field| field.format == Format::Text && !field.total)
            {
                total[first_text] = Value::Text(self.wording().word(Word::Total).to_owned());
            }
            total
        });
        Ok(Block::Table(Table {
            title: title.map(|title| self.say(title)),
            columns: fields.iter().map(|field| self.column(field)).collect(),
            rows,
            total,
        }))
    }

    fn pivot(
        &self,
        title: Option<&Label>,
        [row, column, value]: [&Field; 3],
        data: &Dataset,
    ) -> Result<Block, Error> {
        let value_at = data.column(&value.field)?;
        let (row_keys, column_keys, cells) = self.crossed(row, column, data)?;
        let mut columns = vec![self.column(row)];
        columns.extend(column_keys.iter().map(|key| Column {
            label: self.written(key, column),
            format: value.format,
            weight: 1,
        }));
        columns.push(Column {
            label: self.wording().word(Word::Total).to_owned(),
            format: value.format,
            weight: 1,
        });
        let rows: Vec<Vec<Value>> = row_keys
            .iter()
            .enumerate()
            .map(|(at, key)| {
                let mut out: Vec<Value> = (0..column_keys.len())
                    .map(|column| {
                        cells
                            .get(&(at, column))
                            .map_or(Value::Nothing, |row| data.rows[*row][value_at].clone())
                    })
                    .collect();
                let total = sum(out.iter());
                out.insert(0, self.translated(key, row));
                out.push(total);
                out
            })
            .collect();
        let mut total = vec![Value::Text(self.wording().word(Word::Total).to_owned())];
        total.extend((1..columns.len()).map(|column| sum(rows.iter().map(|row| &row[column]))));
        Ok(Block::Table(Table {
            title: title.map(|title| self.say(title)),
            columns,
            rows,
            total: Some(total),
        }))
    }

    fn matrix(&self, plan: &BlockPlan, data: &Dataset) -> Result<Block, Error> {
        let BlockPlan::Matrix {
            title,
            corner,
            row,
            lead,
            column,
            value,
            detail,
            legend,
            ..
        } = plan
        else {
            return Err(Error::Definition("not a matrix".to_owned()));
        };
        let value_at = data.column(&value.field)?;
        let detail_at = detail
            .as_ref()
            .map(|detail| data.column(&detail.field))
            .transpose()?;
        let lead_at = lead
            .as_ref()
            .map(|lead| data.column(&lead.field))
            .transpose()?;
        let (row_keys, column_keys, cells) = self.crossed(row, column, data)?;
        // A share of one at the start (everybody in the first month) would leave the rest pale.
        let highest = data
            .rows
            .iter()
            .filter_map(|row| row[value_at].number())
            .filter(|number| value.format != Format::Percent || *number < 0.999)
            .fold(0.0, f64::max);
        let rows = row_keys
            .iter()
            .enumerate()
            .map(|(at, key)| MatrixRow {
                label: self.written(key, row),
                lead: lead_at.and_then(|lead_at| {
                    cells
                        .iter()
                        .find(|((row, _), _)| *row == at)
                        .map(|(_, row)| data.rows[*row][lead_at].clone())
                }),
                cells: (0..column_keys.len())
                    .map(|column| {
                        let found = &data.rows[*cells.get(&(at, column))?];
                        let number = found[value_at].number()?;
                        let shade = if highest > 0.0 {
                            (number / highest).clamp(0.0, 1.0)
                        } else {
                            0.0
                        };
                        Some(MatrixCell {
                            value: number,
                            detail: detail_at.and_then(|at| found[at].number()),
                            shade,
                        })
                    })
                    .collect(),
            })
            .collect();
        Ok(Block::Matrix(Matrix {
            title: title.as_ref().map(|title| self.say(title)),
            corner: self.say(corner),
            lead: lead.as_ref().map(|lead| {
                (
                    lead.label
                        .as_ref()
                        .map(|label| self.say(label))
                        .unwrap_or_default(),
                    lead.format,
                )
            }),
            columns: column_keys
                .iter()
                .map(|key| self.written(key, column))
                .collect(),
            rows,
            format: value.format,
            detail_format: detail.as_ref().map(|detail| detail.format),
            legend: legend.as_ref().map(|legend| self.say(legend)),
        }))
    }

    /// The distinct values of two columns in order, and which row stands at each crossing.
    fn crossed(
        &self,
        row: &Field,
        column: &Field,
        data: &Dataset,
    ) -> Result<(Vec<Value>, Vec<Value>, Crossings), Error> {
        let row_at = data.column(&row.field)?;
        let column_at = data.column(&column.field)?;
        let row_keys = self.distinct(row, row_at, data);
        let column_keys = self.distinct(column, column_at, data);
        let mut cells = BTreeMap::new();
        for (at, found) in data.rows.iter().enumerate() {
            let place = |keys: &[Value], value: &Value| keys.iter().position(|key| key == value);
            if let (Some(row), Some(column)) = (
                place(&row_keys, &found[row_at]),
                place(&column_keys, &found[column_at]),
            ) {
                cells.insert((row, column), at);
            }
        }
        Ok((row_keys, column_keys, cells))
    }

    /// Dates and numbers ascend, coded values keep the order of their list, other texts their alphabet.
    fn distinct(&self, field: &Field, at: usize, data: &Dataset) -> Vec<Value> {
        let mut keys: Vec<Value> = field
            .always
            .iter()
            .map(|number| Value::Number(f64::from(*number)))
            .collect();
        for row in &data.rows {
            if !keys.contains(&row[at]) {
                keys.push(row[at].clone());
            }
        }
        let order = field
            .words
            .as_deref()
            .map(|list| self.list(list))
            .unwrap_or_default();
        keys.sort_by(|left, right| match (left, right) {
            (Value::Number(left), Value::Number(right)) => left.total_cmp(right),
            (Value::Date(left), Value::Date(right)) => left.cmp(right),
            (Value::Text(left), Value::Text(right)) => {
                let place = |text: &String| {
                    order
                        .iter()
                        .position(|(value, _)| value == text)
                        .unwrap_or(usize::MAX)
                };
                place(left).cmp(&place(right)).then_with(|| left.cmp(right))
            }
            (Value::Nothing, Value::Nothing) => std::cmp::Ordering::Equal,
            (Value::Nothing, _) => std::cmp::Ordering::Greater,
            (_, Value::Nothing) => std::cmp::Ordering::Less,
            _ => std::cmp::Ordering::Equal,
        });
        if field.descending {
            keys.reverse();
        }
        keys
    }

    fn column(&self, field: &Field) -> Column {
        Column {
            label: field
                .label
                .as_ref()
                .map(|label| self.say(label))
                .unwrap_or_default(),
            format: field.format,
            weight: field.weight.unwrap_or(1),
        }
    }

    /// A key as a heading.
    fn written(&self, value: &Value, field: &Field) -> String {
        let text = match value {
            Value::Nothing => self.wording().word(Word::NotGiven).to_owned(),
            value => self
                .wording()
                .value(&self.translated(value, field), field.format),
        };
        field
            .prefix
            .as_ref()
            .map_or_else(|| text.clone(), |prefix| format!("{prefix}{text}"))
    }

    /// A coded value as its word; any other as it is.
    fn translated(&self, value: &Value, field: &Field) -> Value {
        let (Value::Text(code), Some(list)) = (value, &field.words) else {
            return value.clone();
        };
        let word = self
            .list(list)
            .into_iter()
            .find(|(value, _)| value == code)
            .map(|(_, label)| self.say(&label));
        word.map_or_else(|| value.clone(), Value::Text)
    }

    /// The words of a list: the pack's own, the named RFM segments, or a choice field of the dictionary.
    fn list(&self, name: &str) -> Vec<(String, Label)> {
        if let Some(own) = self.definition.words.get(name) {
            return own
                .iter()
                .map(|(value, label)| (value.clone(), label.clone()))
                .collect();
        }
        if name == "rfm_segment" {
            return RfmSegment::ALL
                .into_iter()
                .map(|segment| (segment.key().to_owned(), segment_label(segment)))
                .collect();
        }
        let field = name.split_once('.').and_then(|(object, field)| {
            self.dictionary
                .object(object)?
                .fields
                .iter()
                .find(|known| known.name == field)
        });
        match field.map(|field| &field.kind) {
            Some(FieldKind::Choice { options } | FieldKind::MultiChoice { options }) => options
                .iter()
                .map(|option| (option.value.clone(), option.label.clone()))
                .collect(),
            _ => Vec::new(),
        }
    }

    fn wording(&self) -> Wording<'_> {
        Wording {
            locale: self.locale,
            currency: self.currency,
        }
    }

    fn say(&self, label: &Label) -> String {
        label.get(self.locale).to_owned()
    }
}

fn segment_label(segment: RfmSegment) -> Label {
    let (en, zh) = segment.label();
    Label::new(en, zh)
}

/// The sum of the numbers; nothing where there is none.
fn sum<'v>(values: impl Iterator<Item = &'v Value>) -> Value {
    values
        .filter_map(Value::number)
        .fold(Value::Nothing, |sum, number| {
            Value::Number(sum.number().unwrap_or(0.0) + number)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;

    fn field(text: &str) -> Field {
        toml::from_str(text).expect("a field")
    }

    fn with_layout(locale: Locale, check: impl FnOnce(&Layout<'_>)) {
        let dictionary = Dictionary::standard();
        let definition = Definition::standard().expect("readable").remove(0);
        check(&Layout {
            dictionary: &dictionary,
            definition: &definition,
            locale,
            currency: "USD",
        });
    }

    fn sales() -> Dataset {
        let month = |m| Value::Date(NaiveDate::from_ymd_opt(2026, m, 1).expect("a date"));
        let text = |text: &str| Value::Text(text.to_owned());
        Dataset::at_hand(
            &["month", "region", "revenue"],
            vec![
                vec![month(2), text("south"), Value::Number(5.0)],
                vec![month(1), text("south"), Value::Number(10.0)],
                vec![month(1), text("north"), Value::Number(7.0)],
                vec![month(2), Value::Nothing, Value::Number(1.0)],
            ],
        )
    }

    #[test]
    fn a_pivot_orders_its_axes_translates_its_heads_and_sums_both_ways() {
        let (row, column, value) = (
            field("field = 'month'\nformat = 'month'\nlabel = { en = 'Month', zh = '月份' }"),
            field("field = 'region'\nwords = 'customer.region'"),
            field("field = 'revenue'\nformat = 'integer'"),
        );
        with_layout(Locale::Zh, |layout| {
            let Block::Table(table) = layout
                .pivot(None, [&row, &column, &value], &sales())
                .expect("laid out")
            else {
                panic!("a table")
            };
            let heads: Vec<&str> = table
                .columns
                .iter()
                .map(|column| column.label.as_str())
                .collect();
            assert_eq!(heads, ["月份", "华北", "华南", "（未填写）", "合计"]);
            assert_eq!(
                table.rows[0][1..],
                [
                    Value::Number(7.0),
                    Value::Number(10.0),
                    Value::Nothing,
                    Value::Number(17.0)
                ]
            );
            let total = table.total.expect("a total");
            assert_eq!(total[4], Value::Number(23.0));
        });
    }

    #[test]
    fn a_missing_column_is_named() {
        let columns = [field("field = 'profit'")];
        with_layout(Locale::En, |layout| {
            let error = layout
                .table(None, &columns, &sales())
                .expect_err("there is no profit");
            assert!(
                error
                    .to_string()
                    .contains("no column profit; it has month, region, revenue"),
                "{error}"
            );
        });
    }

    #[test]
    fn figures_compare_with_the_period_before() {
        let items: Vec<FigureItem> = vec![
            toml::from_str(
                "field = 'a'\nbefore = 'b'\nformat = 'integer'\nlabel = { en = 'A', zh = 'A' }",
            )
            .expect("an item"),
            toml::from_str(
                "field = 'b'\nbefore = 'c'\nformat = 'integer'\nlabel = { en = 'B', zh = 'B' }",
            )
            .expect("an item"),
        ];
        let data = Dataset::at_hand(
            &["a", "b", "c"],
            vec![vec![
                Value::Number(30.0),
                Value::Number(20.0),
                Value::Nothing,
            ]],
        );
        with_layout(Locale::En, |layout| {
            let Block::Figures(figures) = layout
                .figures(&items, &Label::new("", ""), &data)
                .expect("laid out")
            else {
                panic!("figures")
            };
            assert!((figures[0].change.expect("a change") - 0.5).abs() < 1e-9);
            assert_eq!(figures[1].change, None, "nothing to compare with");
        });
    }
}
