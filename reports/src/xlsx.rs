//! The report as a workbook: a sheet a section, real numbers and dates with formats, native charts.

use rust_xlsxwriter::{
    Chart as XlsxChart, ChartFormat, ChartLegendPosition, ChartSolidFill, ChartType, Color,
    DocProperties, Format as CellFormat, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};

use crate::Error;
use crate::chart::PALETTE;
use crate::definition::{ChartKind, Format};
use crate::report::{Block, Chart, Figure, Matrix, Report, Table, Value};
use crate::shade;
use crate::wording::{Word, Wording};

const INK: u32 = 0x1B_27_33;
const ACCENT: u32 = 0x0F_6E_84;
const MUTED: u32 = 0x66_73_7F;
const PALE: u32 = 0xF4_F6_F8;
/// First column of the content; column A is a margin.
const LEFT: u16 = 1;
/// Rows that a chart covers.
const CHART_ROWS: u32 = 20;

/// The report as an `.xlsx` file.
pub fn render(report: &Report) -> Result<Vec<u8>, Error> {
    write(report).map_err(|error| Error::Render(format!("cannot write the workbook: {error}")))
}

fn write(report: &Report) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let properties = DocProperties::new()
        .set_title(&report.title)
        .set_author("Basalt")
        .set_company(&report.organisation);
    workbook.set_properties(&properties);
    let mut names: Vec<String> = Vec::new();
    for (index, section) in report.sections.iter().enumerate() {
        let sheet = workbook.add_worksheet();
        let name = sheet_name(&section.title, &names);
        sheet.set_name(&name)?;
        names.push(name);
        sheet.set_screen_gridlines(false);
        sheet.set_column_width(0, 2)?;
        sheet
            .set_landscape()
            .set_paper_size(9)
            .set_print_fit_to_pages(1, 0);
        let mut pen = Pen {
            sheet,
            wording: report.wording(),
            row: 1,
            widths: Vec::new(),
        };
        pen.title(&section.title, section.note.as_deref())?;
        if index == 0 {
            pen.facts(report)?;
        }
        for block in &section.blocks {
            match block {
                Block::Figures(figures) => pen.figures(figures)?,
                Block::Chart(chart) => pen.chart(chart)?,
                Block::Table(table) => pen.table(table)?,
                Block::Matrix(matrix) => pen.matrix(matrix)?,
                Block::Nothing(text) => pen.note(text)?,
            }
            pen.row += 1;
        }
        pen.fit()?;
    }
    workbook.save_to_buffer()
}

/// Writes down a sheet, row by row.
struct Pen<'a> {
    sheet: &'a mut Worksheet,
    wording: Wording<'a>,
    row: u32,
    /// Widest text so far, by column.
    widths: Vec<f64>,
}

impl Pen<'_> {
    fn title(&mut self, title: &str, note: Option<&str>) -> Result<(), XlsxError> {
        let format = font()
            .set_font_size(16)
            .set_bold()
            .set_font_color(Color::RGB(INK));
        self.sheet
            .write_string_with_format(self.row, LEFT, title, &format)?;
        self.sheet.set_row_height(self.row, 26)?;
        self.row += 1;
        if let Some(note) = note {
            self.note(note)?;
        }
        self.row += 1;
        Ok(())
    }

    fn note(&mut self, text: &str) -> Result<(), XlsxError> {
        let format = font().set_italic().set_font_color(Color::RGB(MUTED));
        self.sheet
            .write_string_with_format(self.row, LEFT, text, &format)?;
        self.row += 1;
        Ok(())
    }

    fn facts(&mut self, report: &Report) -> Result<(), XlsxError> {
        let label_format = font().set_font_color(Color::RGB(MUTED));
        let value_format = font().set_bold();
        for (label, value) in [(report.organisation.as_str(), report.title.clone())]
            .into_iter()
            .chain(report.facts())
        {
            self.text(LEFT, label, &label_format)?;
            self.text(LEFT + 1, &value, &value_format)?;
            self.row += 1;
        }
        self.row += 1;
        Ok(())
    }

    fn figures(&mut self, figures: &[Figure]) -> Result<(), XlsxError> {
        let compared = figures
            .first()
            .map(|figure| figure.compared.clone())
            .unwrap_or_default();
        let change = format!("{} {compared}", self.wording.word(Word::Change));
        let heads = [
            self.wording.word(Word::Figure).to_owned(),
            self.wording.word(Word::Value).to_owned(),
            change,
        ];
        for (column, head) in (LEFT..).zip(heads) {
            self.head(column, &head)?;
        }
        self.row += 1;
        for figure in figures {
            self.text(LEFT, &figure.label, &font())?;
            self.value(LEFT + 1, &figure.value, figure.format, &font().set_bold())?;
            if let Some(change) = figure.change {
                let arrows = "[Color10]▲ 0.0%;[Red]▼ 0.0%;0.0%";
                self.sheet.write_number_with_format(
                    self.row,
                    LEFT + 2,
                    change,
                    &font().set_num_format(arrows),
                )?;
            }
            self.row += 1;
        }
        Ok(())
    }

    fn table(&mut self, table: &Table) -> Result<(), XlsxError> {
        self.block_title(table.title.as_deref())?;
        for (column, head) in (LEFT..).zip(&table.columns) {
            self.head(column, &head.label)?;
        }
        self.row += 1;
        for (at, row) in table.rows.iter().enumerate() {
            let base = if at % 2 == 1 {
                font().set_background_color(Color::RGB(PALE))
            } else {
                font()
            };
            for ((column, value), head) in (LEFT..).zip(row).zip(&table.columns) {
                self.value(column, value, head.format, &base)?;
            }
            self.row += 1;
        }
        if let Some(total) = &table.total {
            let base = font().set_bold().set_border_top(FormatBorder::Thin);
            for ((column, value), head) in (LEFT..).zip(total).zip(&table.columns) {
                self.value(column, value, head.format, &base)?;
            }
            self.row += 1;
        }
        Ok(())
    }

    /// The chart's numbers as a table, and a native chart that refers to them.
    fn chart(&mut self, chart: &Chart) -> Result<(), XlsxError> {
        self.block_title(chart.title.as_deref())?;
        let head_row = self.row;
        self.head(LEFT, &chart.category_label)?;
        for (column, series) in (LEFT + 1..).zip(&chart.series) {
            self.head(column, &series.name)?;
        }
        self.row += 1;
        let first = self.row;
        for (at, category) in chart.categories.iter().enumerate() {
            self.text(LEFT, category, &font())?;
            for (column, series) in (LEFT + 1..).zip(&chart.series) {
                let value = Value::Number(series.values.get(at).copied().unwrap_or(0.0));
                self.value(column, &value, chart.format, &font())?;
            }
            self.row += 1;
        }
        let last = self.row.saturating_sub(1).max(first);
        let kind = match chart.kind {
            ChartKind::StackedColumns => ChartType::ColumnStacked,
            ChartKind::Bars => ChartType::Bar,
            ChartKind::Lines => ChartType::Line,
        };
        let name = self.sheet.name();
        let mut native = XlsxChart::new(kind);
        for (at, column) in (0..chart.series.len()).zip(LEFT + 1..) {
            let palette = PALETTE[at % PALETTE.len()];
            let color = Color::RGB(
                u32::from(palette.0) << 16 | u32::from(palette.1) << 8 | u32::from(palette.2),
            );
            native
                .add_series()
                .set_name((name.as_str(), head_row, column))
                .set_categories((name.as_str(), first, LEFT, last, LEFT))
                .set_values((name.as_str(), first, column, last, column))
                .set_format(
                    ChartFormat::new().set_solid_fill(ChartSolidFill::new().set_color(color)),
                )
                .set_gap(45);
        }
        native.title().set_name(if chart.alt.is_empty() {
            " "
        } else {
            chart.alt.as_str()
        });
        if chart.series.len() < 2 {
            native.legend().set_hidden();
        } else {
            native.legend().set_position(ChartLegendPosition::Bottom);
        }
        if chart.kind == ChartKind::Bars {
            // Bars are drawn from the bottom up; the largest belongs on top.
            native.x_axis().set_reverse();
        }
        native
            .y_axis()
            .set_num_format(number_format(chart.format, &self.wording));
        native
            .set_width(760)
            .set_height(380)
            .set_alt_text(&chart.alt);
        let beside = LEFT + 2 + u16::try_from(chart.series.len()).unwrap_or(0);
        self.sheet.insert_chart(head_row, beside, &native)?;
        self.row = self.row.max(head_row + CHART_ROWS);
        Ok(())
    }

    fn matrix(&mut self, matrix: &Matrix) -> Result<(), XlsxError> {
        self.block_title(matrix.title.as_deref())?;
        self.grid(matrix, &matrix.corner, matrix.format, |cell| {
            Some(cell.value)
        })?;
        if let Some(format) = matrix.detail_format {
            self.row += 1;
            self.grid(matrix, &matrix.corner, format, |cell| cell.detail)?;
        }
        if let Some(legend) = &matrix.legend {
            self.note(legend)?;
        }
        Ok(())
    }

    fn grid(
        &mut self,
        matrix: &Matrix,
        corner: &str,
        format: Format,
        pick: impl Fn(&crate::report::MatrixCell) -> Option<f64>,
    ) -> Result<(), XlsxError> {
        self.head(LEFT, corner)?;
        let cells_from = if let Some((label, _)) = &matrix.lead {
            self.head(LEFT + 1, label)?;
            LEFT + 2
        } else {
            LEFT + 1
        };
        for (column, head) in (cells_from..).zip(&matrix.columns) {
            self.head(column, head)?;
        }
        self.row += 1;
        for row in &matrix.rows {
            self.text(LEFT, &row.label, &font().set_bold())?;
            if let (Some((_, lead_format)), Some(lead)) = (&matrix.lead, &row.lead) {
                self.value(
                    LEFT + 1,
                    lead,
                    *lead_format,
                    &font().set_font_color(Color::RGB(MUTED)),
                )?;
            }
            for (column, cell) in (cells_from..).zip(&row.cells) {
                if let Some(cell) = cell
                    && let Some(number) = pick(cell)
                {
                    let (background, dark) = shade::of(cell.shade);
                    let base = font()
                        .set_background_color(Color::RGB(background))
                        .set_font_color(Color::RGB(if dark { 0xFF_FF_FF } else { INK }));
                    self.value(column, &Value::Number(number), format, &base)?;
                }
            }
            self.row += 1;
        }
        Ok(())
    }

    fn block_title(&mut self, title: Option<&str>) -> Result<(), XlsxError> {
        if let Some(title) = title {
            self.text(LEFT, title, &font().set_bold().set_font_size(11))?;
            self.row += 1;
        }
        Ok(())
    }

    fn head(&mut self, column: u16, text: &str) -> Result<(), XlsxError> {
        let format = font()
            .set_bold()
            .set_font_color(Color::RGB(ACCENT))
            .set_border_bottom(FormatBorder::Medium)
            .set_border_bottom_color(Color::RGB(ACCENT))
            .set_align(if column == LEFT {
                FormatAlign::Left
            } else {
                FormatAlign::Center
            });
        self.text(column, text, &format)
    }

    fn value(
        &mut self,
        column: u16,
        value: &Value,
        format: Format,
        base: &CellFormat,
    ) -> Result<(), XlsxError> {
        match value {
            Value::Nothing => {
                self.sheet.write_blank(self.row, column, base)?;
            }
            Value::Text(text) => self.text(column, text, base)?,
            Value::Number(number) => {
                let number_format = base
                    .clone()
                    .set_num_format(number_format(format, &self.wording));
                self.sheet
                    .write_number_with_format(self.row, column, *number, &number_format)?;
                self.widen(column, &self.wording.number(*number, format));
            }
            Value::Date(date) => {
                let shown = if format == Format::Month {
                    "yyyy-mm"
                } else {
                    "yyyy-mm-dd"
                };
                let date_format = base
                    .clone()
                    .set_num_format(shown)
                    .set_align(FormatAlign::Center);
                self.sheet
                    .write_datetime_with_format(self.row, column, date, &date_format)?;
                self.widen(column, "2026-01-01");
            }
        }
        Ok(())
    }

    /// Text is always written as a string, so that `=1+1` in a name stays a name.
    fn text(&mut self, column: u16, text: &str, format: &CellFormat) -> Result<(), XlsxError> {
        self.sheet
            .write_string_with_format(self.row, column, text, format)?;
        self.widen(column, text);
        Ok(())
    }

    fn widen(&mut self, column: u16, text: &str) {
        let width: f64 = text
            .chars()
            .map(|c| if c as u32 >= 0x2E80 { 2.0 } else { 1.05 })
            .sum();
        let column = usize::from(column);
        if self.widths.len() <= column {
            self.widths.resize(column + 1, 0.0);
        }
        self.widths[column] = self.widths[column].max(width);
    }

    fn fit(&mut self) -> Result<(), XlsxError> {
        for (column, width) in (0..).zip(self.widths.clone()).skip(usize::from(LEFT)) {
            self.sheet
                .set_column_width(column, (width + 3.0).clamp(9.0, 46.0))?;
        }
        Ok(())
    }
}

fn font() -> CellFormat {
    CellFormat::new()
        .set_font_name("Noto Sans CJK SC")
        .set_font_size(10)
        .set_align(FormatAlign::VerticalCenter)
}

fn number_format(format: Format, wording: &Wording<'_>) -> String {
    match format {
        Format::Integer => "#,##0".to_owned(),
        Format::Money => "#,##0.00".to_owned(),
        Format::SymbolMoney => format!("{}#,##0.00", quoted(wording.symbol())),
        Format::WholeMoney => format!("{}#,##0", quoted(wording.symbol())),
        Format::Percent => "0.0%".to_owned(),
        Format::Text | Format::Date | Format::Month => "General".to_owned(),
    }
}

fn quoted(symbol: &str) -> String {
    format!("\"{}\"", symbol.replace('"', ""))
}

/// At most 31 characters, none of `[]:*?/\`, not used yet.
fn sheet_name(title: &str, taken: &[String]) -> String {
    let clean: String = title
        .chars()
        .filter(|c| !"[]:*?/\\：？＊".contains(*c))
        .take(28)
        .collect();
    let clean = if clean.trim().is_empty() {
        "Sheet".to_owned()
    } else {
        clean.trim().to_owned()
    };
    let mut name = clean.clone();
    let mut number = 2;
    while taken.iter().any(|known| known.eq_ignore_ascii_case(&name)) {
        name = format!("{clean} {number}");
        number += 1;
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sheet_names_fit_excels_rules() {
        assert_eq!(sheet_name("客户价值：RFM", &[]), "客户价值RFM");
        assert_eq!(sheet_name("a/b", &["ab".to_owned()]), "ab 2");
        assert!(sheet_name(&"x".repeat(80), &[]).chars().count() <= 31);
    }
}
