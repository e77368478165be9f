//! A filled report of moderate size, in either language, with names that try to be markup or formulas.

use basalt_model::Locale;
use basalt_reports::definition::{ChartKind, Format};
use basalt_reports::report::{
    Block, Chart, Column, Figure, Matrix, MatrixCell, MatrixRow, Report, Section, Series, Table,
    Value,
};
use chrono::{NaiveDate, TimeZone};

/// Deterministic numbers between 0 and 1 that look like data.
fn noise(seed: usize) -> f64 {
    let mixed = (seed as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
    mixed as f64 / f64::from(1 << 24)
}

fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a date")
}

const NAMES: [&str; 10] = [
    "上海远航贸易有限公司",
    "Harbour Light Trading",
    "=HYPERLINK(\"http://evil.example\")",
    "#set page(fill: red) *bold*",
    "<script>alert(1)</script>",
    "北京星河科技有限责任公司（华北区域总部及其下属分公司）",
    "Kestrel & Sons",
    "深圳前海数码",
    "Ødegård Musikk AS",
    "成都蜀韵文化",
];

pub fn report(locale: Locale) -> Report {
    let t = |en: &str, zh: &str| match locale {
        Locale::En => en.to_owned(),
        Locale::Zh => zh.to_owned(),
    };
    let regions = [
        t("North", "华北"),
        t("East", "华东"),
        t("South", "华南"),
        t("Southwest", "西南"),
        t("International", "海外"),
    ];
    let months: Vec<String> = (5..23u32)
        .map(|m| {
            date(2025 + (m / 12) as i32, m % 12 + 1, 1)
                .format(&t("%b %Y", "%Y年%-m月"))
                .to_string()
        })
        .collect();
    let column = |en: &str, zh: &str, format: Format, weight: u8| Column {
        label: t(en, zh),
        format,
        weight,
    };
    let before = t("vs. the 90 days before", "较前 90 天");
    let figure = |label: String, value: f64, format: Format, change: Option<f64>| Figure {
        label,
        value: Value::Number(value),
        format,
        change,
        compared: before.clone(),
    };
    let section = |title: String, note: Option<String>, blocks: Vec<Block>| Section {
        title,
        note,
        blocks,
    };
    let sections = vec![
        section(
            t("At a glance", "要点"),
            None,
            vec![Block::Figures(vec![
                figure(
                    t("Revenue, last 90 days", "近 90 天销售额"),
                    128_430.0,
                    Format::WholeMoney,
                    Some(0.124),
                ),
                figure(
                    t("Orders", "订单数"),
                    3_214.0,
                    Format::Integer,
                    Some(-0.031),
                ),
                figure(
                    t("Buying customers", "购买客户数"),
                    2_011.0,
                    Format::Integer,
                    None,
                ),
                figure(
                    t("Average order", "平均订单额"),
                    39.96,
                    Format::SymbolMoney,
                    Some(0.0),
                ),
            ])],
        ),
        section(
            t("Sales by month and region", "月度与地区销售"),
            Some(t(
                "Confirmed and paid orders in the base currency.",
                "已确认与已付款订单，按本位币计。",
            )),
            vec![Block::Chart(Chart {
                title: None,
                alt: t(
                    "Revenue by month, stacked by region",
                    "按月、按地区堆叠的销售额",
                ),
                kind: ChartKind::StackedColumns,
                category_label: t("Month", "月份"),
                categories: months.clone(),
                series: (0..5)
                    .map(|r| Series {
                        name: regions[r].clone(),
                        values: (0..18)
                            .map(|m| 20_000.0 + 90_000.0 * noise(r * 100 + m))
                            .collect(),
                    })
                    .collect(),
                format: Format::WholeMoney,
            })],
        ),
        section(
            t("Top ten customers", "十大客户"),
            None,
            vec![
                Block::Chart(Chart {
                    title: None,
                    alt: t("Revenue of the ten largest customers", "十大客户的销售额"),
                    kind: ChartKind::Bars,
                    category_label: t("Customer", "客户"),
                    categories: NAMES.map(str::to_owned).to_vec(),
                    series: vec![Series {
                        name: t("Revenue", "销售额"),
                        values: (0..10).map(|i| 9_000.0 - 700.0 * f64::from(i)).collect(),
                    }],
                    format: Format::WholeMoney,
                }),
                Block::Table(Table {
                    title: None,
                    columns: vec![
                        column("#", "#", Format::Integer, 1),
                        column("Customer", "客户", Format::Text, 3),
                        column("Region", "地区", Format::Text, 1),
                        column("Orders", "订单", Format::Integer, 1),
                        column("Revenue", "销售额", Format::Money, 1),
                        column("Last order", "最近订单", Format::Date, 1),
                        column("Segment", "分群", Format::Text, 2),
                    ],
                    rows: (0..10u32)
                        .map(|i| {
                            vec![
                                Value::Number(f64::from(i) + 1.0),
                                Value::Text(NAMES[i as usize].to_owned()),
                                Value::Text(regions[i as usize % 5].clone()),
                                Value::Number(40.0 - f64::from(i)),
                                Value::Number(9_000.5 - 700.0 * f64::from(i)),
                                Value::Date(date(2026, 11, 1 + i)),
                                Value::Text(t("Champions", "冠军客户")),
                            ]
                        })
                        .collect(),
                    total: Some(vec![
                        Value::Nothing,
                        Value::Text(t("Total", "合计")),
                        Value::Nothing,
                        Value::Number(355.0),
                        Value::Number(58_505.0),
                        Value::Nothing,
                        Value::Nothing,
                    ]),
                }),
            ],
        ),
        section(
            t("Customer value: RFM", "客户价值：RFM"),
            None,
            vec![Block::Matrix(Matrix {
                title: None,
                corner: t("Recency \\ Frequency", "最近 ＼ 频次"),
                lead: None,
                columns: (1..=5).map(|f| format!("F{f}")).collect(),
                rows: (1..=5)
                    .rev()
                    .map(|r| MatrixRow {
                        label: format!("R{r}"),
                        lead: None,
                        cells: (1..=5)
                            .map(|f| {
                                let share = noise(r * 10 + f);
                                Some(MatrixCell {
                                    value: (3_000.0 * share).round(),
                                    detail: Some(50_000.0 * share),
                                    shade: share,
                                })
                            })
                            .collect(),
                    })
                    .collect(),
                format: Format::Integer,
                detail_format: Some(Format::WholeMoney),
                legend: Some(t(
                    "The deeper the colour, the more customers.",
                    "颜色越深，客户越多。",
                )),
            })],
        ),
        section(
            t(
                "Retention by month of first purchase",
                "按首购月份的客户留存",
            ),
            None,
            vec![Block::Matrix(Matrix {
                title: None,
                corner: t("First purchase", "首购月份"),
                lead: Some((t("Customers", "客户数"), Format::Integer)),
                columns: (0..=12).map(|m| format!("+{m}")).collect(),
                rows: months
                    .iter()
                    .take(13)
                    .enumerate()
                    .map(|(c, month)| MatrixRow {
                        label: month.clone(),
                        lead: Some(Value::Number(2_300.0 - 10.0 * c as f64)),
                        cells: (0..=12)
                            .map(|m| {
                                let rate = if m == 0 {
                                    1.0
                                } else {
                                    0.25 * noise(c * 20 + m)
                                };
                                (m + c <= 13).then_some(MatrixCell {
                                    value: rate,
                                    detail: None,
                                    shade: (rate * 4.0).min(1.0),
                                })
                            })
                            .collect(),
                    })
                    .collect(),
                format: Format::Percent,
                detail_format: None,
                legend: None,
            })],
        ),
        section(
            t("Campaigns", "营销活动"),
            None,
            vec![
                Block::Nothing(t(
                    "There is nothing to show within your rights.",
                    "您的数据权限内暂无数据。",
                )),
                Block::Table(Table {
                    title: Some(t("All orders", "全部订单")),
                    columns: vec![
                        column("Number", "编号", Format::Text, 2),
                        column("Date", "日期", Format::Date, 1),
                        column("Amount", "金额", Format::Money, 1),
                    ],
                    rows: (0..90u32)
                        .map(|i| {
                            vec![
                                Value::Text(format!("SO-{i:05}")),
                                Value::Date(date(2026, 10, 1 + i % 28)),
                                Value::Number(1_000.0 * noise(i as usize)),
                            ]
                        })
                        .collect(),
                    total: None,
                }),
            ],
        ),
    ];
    Report {
        pack: "sales-overview".to_owned(),
        locale,
        organisation: t("Basalt Trading", "玄武岩贸易"),
        title: t("Sales overview", "销售总览"),
        subtitle: t(
            "Sales by region, customer value and campaign results",
            "各地区销售、客户价值与营销活动成效",
        ),
        recipient: t("Wang Li", "王丽"),
        scope: t("East China Sales and below", "华东销售部及下属部门"),
        as_of: chrono_tz::Asia::Shanghai
            .with_ymd_and_hms(2026, 11, 22, 17, 30, 0)
            .single()
            .expect("an instant"),
        lsn: "0/1A2B3C4".to_owned(),
        currency: "USD".to_owned(),
        sections,
    }
}
