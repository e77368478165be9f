//! Charts as SVG: stacked columns, bars and lines, drawn on plotters' SVG backend.
//!
//! Text stays text (with the report's font family), so that Chinese shows and the PDF can be searched.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::Error;
use crate::definition::ChartKind;
use crate::report::{Chart, Series};
use crate::wording::Wording;

/// The family that holds Latin and Chinese glyphs alike.
pub const FONT: &str = "Noto Sans CJK SC";

/// Colours of series, in order; told apart in print and by colour-blind readers.
pub const PALETTE: [RGBColor; 8] = [
    RGBColor(15, 110, 132),
    RGBColor(224, 151, 61),
    RGBColor(96, 153, 102),
    RGBColor(72, 88, 112),
    RGBColor(190, 92, 84),
    RGBColor(126, 184, 196),
    RGBColor(150, 122, 170),
    RGBColor(176, 176, 168),
];
const INK: RGBColor = RGBColor(27, 39, 51);
const MUTED: RGBColor = RGBColor(102, 115, 127);
const GRID: RGBColor = RGBColor(222, 227, 232);

const WIDTH: i32 = 1040;
const FONT_SIZE: i32 = 18;
const LEGEND_HEIGHT: i32 = 44;
/// Category labels that fit side by side.
const MOST_LABELS: usize = 12;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Draws the chart.
pub fn svg(chart: &Chart, wording: &Wording<'_>) -> Result<String, Error> {
    let height = match chart.kind {
        ChartKind::Bars => 38 * i32::try_from(chart.categories.len()).unwrap_or(0) + 16,
        ChartKind::StackedColumns | ChartKind::Lines => 400,
    };
    let mut text = String::new();
    {
        let size = (WIDTH.unsigned_abs(), height.unsigned_abs());
        let area = SVGBackend::with_string(&mut text, size).into_drawing_area();
        match chart.kind {
            ChartKind::Bars => bars(&area, chart, wording),
            ChartKind::StackedColumns => columns(&area, height, chart, wording),
            ChartKind::Lines => lines(&area, height, chart, wording),
        }
        .and_then(|()| area.present())
        .map_err(|error| Error::Render(format!("cannot draw a chart: {error}")))?;
    }
    Ok(text)
}

type Drawn<'a> = Result<(), DrawingAreaErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>>;

/// The plot's frame: where values lie on the vertical axis.
struct Frame {
    left: i32,
    right: i32,
    top: i32,
    bottom: i32,
    highest: f64,
}

impl Frame {
    fn y(&self, value: f64) -> i32 {
        let share = if self.highest > 0.0 {
            value / self.highest
        } else {
            0.0
        };
        self.bottom - (share * f64::from(self.bottom - self.top)).round() as i32
    }

    /// Left edge and width of a category's slot.
    fn slot(&self, category: usize, categories: usize) -> (f64, f64) {
        let width = f64::from(self.right - self.left) / categories.max(1) as f64;
        (f64::from(self.left) + category as f64 * width, width)
    }
}

fn columns<'a>(area: &Area<'a>, height: i32, chart: &Chart, wording: &Wording<'_>) -> Drawn<'a> {
    let totals = (0..chart.categories.len()).map(|category| {
        chart
            .series
            .iter()
            .map(|series| value(series, category).max(0.0))
            .sum::<f64>()
    });
    let frame = axes(area, height, chart, wording, totals.fold(0.0, f64::max))?;
    for category in 0..chart.categories.len() {
        let (left, width) = frame.slot(category, chart.categories.len());
        let (from, to) = ((left + width * 0.16) as i32, (left + width * 0.84) as i32);
        let mut below = 0.0;
        for (series_at, series) in chart.series.iter().enumerate() {
            let size = value(series, category).max(0.0);
            if size > 0.0 {
                let corners = [(from, frame.y(below + size)), (to, frame.y(below))];
                area.draw(&Rectangle::new(corners, color(series_at).filled()))?;
                below += size;
            }
        }
    }
    legend(area, &chart.series, frame.left)
}

fn lines<'a>(area: &Area<'a>, height: i32, chart: &Chart, wording: &Wording<'_>) -> Drawn<'a> {
    let highest = chart
        .series
        .iter()
        .flat_map(|series| series.values.iter().copied())
        .fold(0.0, f64::max);
    let frame = axes(area, height, chart, wording, highest)?;
    for (series_at, series) in chart.series.iter().enumerate() {
        let points: Vec<(i32, i32)> = (0..chart.categories.len())
            .map(|category| {
                let (left, width) = frame.slot(category, chart.categories.len());
                (
                    (left + width / 2.0) as i32,
                    frame.y(value(series, category).max(0.0)),
                )
            })
            .collect();
        area.draw(&PathElement::new(
            points.clone(),
            color(series_at).stroke_width(3),
        ))?;
        for point in points {
            area.draw(&Circle::new(point, 4, color(series_at).filled()))?;
        }
    }
    legend(area, &chart.series, frame.left)
}

/// Grid lines with their values, and the categories below.
fn axes<'a>(
    area: &Area<'a>,
    height: i32,
    chart: &Chart,
    wording: &Wording<'_>,
    highest: f64,
) -> Result<Frame, DrawingAreaErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>> {
    let step = nice_step(highest);
    let steps = (highest / step).ceil().max(1.0);
    let labels: Vec<String> = (0..=steps as u32)
        .map(|tick| wording.short(f64::from(tick) * step, chart.format))
        .collect();
    let label_width = labels
        .iter()
        .map(|label| text_width(label))
        .max()
        .unwrap_or(0);
    let frame = Frame {
        left: label_width + 14,
        right: WIDTH - 6,
        top: if chart.series.len() < 2 {
            12
        } else {
            LEGEND_HEIGHT + 8
        },
        bottom: height - 38,
        highest: steps * step,
    };
    for (tick, label) in labels.iter().enumerate() {
        let y = frame.y(tick as f64 * step);
        let line = if tick == 0 {
            MUTED.stroke_width(1)
        } else {
            GRID.stroke_width(1)
        };
        area.draw(&PathElement::new(
            vec![(frame.left, y), (frame.right, y)],
            line,
        ))?;
        area.draw(&Text::new(
            label.clone(),
            (frame.left - 10, y),
            style(&MUTED, HPos::Right, VPos::Center),
        ))?;
    }
    let every = chart.categories.len().div_ceil(MOST_LABELS).max(1);
    for (category, label) in chart.categories.iter().enumerate() {
        // The last category is always named; its neighbours make room for it.
        if (chart.categories.len() - 1 - category).is_multiple_of(every) {
            let (left, width) = frame.slot(category, chart.categories.len());
            let middle = (left + width / 2.0) as i32;
            let at = (
                middle.min(WIDTH - 2 - text_width(label) / 2),
                frame.bottom + 10,
            );
            area.draw(&Text::new(
                label.clone(),
                at,
                style(&MUTED, HPos::Center, VPos::Top),
            ))?;
        }
    }
    Ok(frame)
}

fn bars<'a>(area: &Area<'a>, chart: &Chart, wording: &Wording<'_>) -> Drawn<'a> {
    let Some(series) = chart.series.first() else {
        return Ok(());
    };
    let highest = series.values.iter().copied().fold(0.0, f64::max);
    let names: Vec<String> = chart
        .categories
        .iter()
        .map(|name| shortened(name, 300))
        .collect();
    let left = names.iter().map(|name| text_width(name)).max().unwrap_or(0) + 16;
    let room = f64::from(WIDTH - left - 130);
    for (category, name) in names.into_iter().enumerate() {
        let size = value(series, category).max(0.0);
        let top = 8 + 38 * i32::try_from(category).unwrap_or(0);
        let share = if highest > 0.0 { size / highest } else { 0.0 };
        let right = left + (room * share).round() as i32;
        area.draw(&Text::new(
            name,
            (left - 12, top + 14),
            style(&INK, HPos::Right, VPos::Center),
        ))?;
        area.draw(&Rectangle::new(
            [(left, top), (right, top + 28)],
            color(0).filled(),
        ))?;
        let label = wording.number(size, chart.format);
        area.draw(&Text::new(
            label,
            (right + 10, top + 14),
            style(&MUTED, HPos::Left, VPos::Center),
        ))?;
    }
    Ok(())
}

/// Names of the series in one line; a single series needs none.
fn legend<'a>(area: &Area<'a>, series: &[Series], left: i32) -> Drawn<'a> {
    if series.len() < 2 {
        return Ok(());
    }
    let mut x = left;
    for (at, series) in series.iter().enumerate() {
        area.draw(&Rectangle::new([(x, 12), (x + 16, 28)], color(at).filled()))?;
        area.draw(&Text::new(
            series.name.clone(),
            (x + 24, 20),
            style(&INK, HPos::Left, VPos::Center),
        ))?;
        x += 24 + text_width(&series.name) + 28;
    }
    Ok(())
}

fn value(series: &Series, category: usize) -> f64 {
    series.values.get(category).copied().unwrap_or(0.0)
}

fn color(series: usize) -> RGBColor {
    PALETTE[series % PALETTE.len()]
}

fn style(color: &'static RGBColor, horizontal: HPos, vertical: VPos) -> TextStyle<'static> {
    TextStyle::from((FONT, FONT_SIZE).into_font())
        .color(color)
        .pos(Pos::new(horizontal, vertical))
}

/// 1, 2 or 5 times a power of ten, so that about five steps reach the highest value.
fn nice_step(highest: f64) -> f64 {
    if !(highest > 0.0 && highest.is_finite()) {
        return 1.0;
    }
    let rough = highest / 5.0;
    let power = 10f64.powf(rough.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= rough * 0.999)
        .unwrap_or(10.0 * power)
}

/// Width in pixels: a Chinese glyph is as wide as the font is high, a Latin one a little over half.
fn text_width(text: &str) -> i32 {
    let ems: f64 = text
        .chars()
        .map(|c| if c as u32 >= 0x2E80 { 1.0 } else { 0.57 })
        .sum();
    (ems * f64::from(FONT_SIZE)).ceil() as i32
}

fn shortened(text: &str, most: i32) -> String {
    if text_width(text) <= most {
        return text.to_owned();
    }
    let mut out = String::new();
    for c in text.chars() {
        if text_width(&out) + 2 * FONT_SIZE > most {
            break;
        }
        out.push(c);
    }
    out.push('…');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::Format;
    use basalt_model::Locale;

    #[test]
    fn steps_are_round_numbers() {
        assert_eq!(nice_step(97.0), 20.0);
        assert_eq!(nice_step(1_000_000.0), 200_000.0);
        assert_eq!(nice_step(0.0), 1.0);
    }

    #[test]
    fn a_chart_keeps_its_text_as_text_and_escapes_it() {
        let chart = Chart {
            title: None,
            alt: String::new(),
            kind: ChartKind::StackedColumns,
            category_label: String::new(),
            categories: vec!["2026年1月".to_owned(), "2026年2月".to_owned()],
            series: vec![
                Series {
                    name: "华东".to_owned(),
                    values: vec![10.0, 20.0],
                },
                Series {
                    name: "<North> & co".to_owned(),
                    values: vec![5.0, 0.0],
                },
            ],
            format: Format::Integer,
        };
        let text = svg(
            &chart,
            &Wording {
                locale: Locale::Zh,
                currency: "CNY",
            },
        )
        .expect("drawn");
        assert!(text.contains("华东") && text.contains(FONT));
        assert!(
            !text.contains("<North>"),
            "markup in a name must not become markup in the picture"
        );
    }
}
