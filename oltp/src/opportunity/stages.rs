//! What each stage means: confidence, which stages may follow, how it counts in a forecast.

use basalt_model::{Dictionary, FieldKind, Label, Principal, Problem};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, Row};

use crate::db::Db;
use crate::error::{Error, Result};

/// How a stage stands to the end of an opportunity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Open,
    Won,
    Lost,
}

impl Kind {
    /// As stored, and as the status of an opportunity.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Won => "won",
            Self::Lost => "lost",
        }
    }

    fn read(text: &str) -> Result<Self> {
        [Self::Open, Self::Won, Self::Lost]
            .into_iter()
            .find(|kind| kind.name() == text)
            .ok_or_else(|| Error::Stored(format!("kind of stage {text:?}")))
    }
}

/// A stage with its settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stage {
    pub value: String,
    pub label: Label,
    pub color: Option<String>,
    pub position: i32,
    /// Percent.
    pub confidence: Decimal,
    pub kind: Kind,
    /// `omitted`, `pipeline`, `best_case`, `commit`, `closed`
    pub forecast: String,
    /// Stages that may follow; `None`: any.
    pub moves: Option<Vec<String>>,
    /// Above this amount in the base currency the stage is entered with an approval only.
    pub approval_above: Option<Decimal>,
}

/// The settings of a stage as administrators give them, in the order of the funnel.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StageInput {
    pub value: String,
    pub confidence: Decimal,
    #[serde(default = "open")]
    pub kind: Kind,
    #[serde(default = "pipeline")]
    pub forecast: String,
    #[serde(default)]
    pub moves: Option<Vec<String>>,
    #[serde(default)]
    pub approval_above: Option<Decimal>,
}

fn open() -> Kind {
    Kind::Open
}

fn pipeline() -> String {
    "pipeline".to_owned()
}

/// The stages of `opportunity` or `customer`, in their order.
///
/// # Errors
/// [`Error::NotFound`] for an object without stages.
pub async fn stages(db: &Db, object: &str) -> Result<Vec<Stage>> {
    let mut connection = db.pool().acquire().await?;
    let stages = read(&mut connection, &db.dictionary(), object).await?;
    if stages.is_empty() {
        return Err(Error::NotFound);
    }
    Ok(stages)
}

pub(super) async fn read(
    connection: &mut PgConnection,
    dictionary: &Dictionary,
    object: &str,
) -> Result<Vec<Stage>> {
    let rows = sqlx::query("select * from sys.stage where object = $1 order by position, value")
        .bind(object)
        .fetch_all(connection)
        .await?;
    let options = options(dictionary, object);
    rows.iter()
        .map(|row| {
            let value: String = row.try_get("value")?;
            let option = options.iter().find(|option| option.value == value);
            Ok(Stage {
                label: option.map_or_else(
                    || Label::new(value.clone(), value.clone()),
                    |option| option.label.clone(),
                ),
                color: option.and_then(|option| option.color.clone()),
                position: row.try_get("position")?,
                confidence: row.try_get("confidence")?,
                kind: Kind::read(row.try_get("kind")?)?,
                forecast: row.try_get("forecast")?,
                moves: row.try_get("moves")?,
                approval_above: row.try_get("approval_above")?,
                value,
            })
        })
        .collect()
}

fn options<'d>(dictionary: &'d Dictionary, object: &str) -> &'d [basalt_model::dictionary::Choice] {
    let field = dictionary
        .object(object)
        .and_then(|object| object.field("stage"));
    match field.map(|field| &field.kind) {
        Some(FieldKind::Choice { options }) => options,
        _ => &[],
    }
}

/// Sets all stages of `opportunity` or `customer`. Their names are the options of the stage's option
/// set; every option that is offered needs its settings.
///
/// # Errors
/// [`Error::Forbidden`] for others than administrators; [`Error::Validation`] names what doesn't fit.
pub async fn save_stages(
    db: &Db,
    principal: &Principal,
    object: &str,
    input: Vec<StageInput>,
) -> Result<()> {
    if !principal.is_admin() {
        return Err(Error::Forbidden);
    }
    // Options that were added a moment ago count.
    db.refresh().await?;
    let dictionary = db.dictionary();
    let options = options(&dictionary, object);
    if !matches!(object, "opportunity" | "customer") {
        return Err(Error::NotFound);
    }
    check(object, options, &input)?;
    let mut tx = db.begin(principal).await?;
    sqlx::query("delete from sys.stage where object = $1")
        .bind(object)
        .execute(&mut *tx)
        .await?;
    for (at, stage) in input.iter().enumerate() {
        sqlx::query(
            "insert into sys.stage (object, value, position, confidence, kind, forecast, moves, approval_above)
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(object)
        .bind(&stage.value)
        .bind(i32::try_from(at + 1).unwrap_or(i32::MAX))
        .bind(stage.confidence)
        .bind(stage.kind.name())
        .bind(&stage.forecast)
        .bind(&stage.moves)
        .bind(stage.approval_above)
        .execute(&mut *tx)
        .await?;
    }
    tx.commit().await?;
    Ok(())
}

fn check(
    object: &str,
    options: &[basalt_model::dictionary::Choice],
    input: &[StageInput],
) -> Result<()> {
    let refused = |at: usize, field: &str, en: String, zh: String| {
        Err(Error::field(
            format!("stages[{at}].{field}"),
            Problem::new("stage", en, zh),
        ))
    };
    for (at, stage) in input.iter().enumerate() {
        let value = &stage.value;
        if !options.iter().any(|option| option.value == *value) {
            return refused(
                at,
                "value",
                format!("{value:?} is no option of the stage: add it to the option set first"),
                format!("“{value}”不是阶段选项，请先添加到选项集"),
            );
        }
        if input[..at].iter().any(|other| other.value == *value) {
            return refused(
                at,
                "value",
                format!("{value:?} stands twice"),
                format!("“{value}”重复"),
            );
        }
        if stage.confidence < Decimal::ZERO || stage.confidence > Decimal::ONE_HUNDRED {
            return refused(
                at,
                "confidence",
                "must be from 0 to 100".to_owned(),
                "须在 0 到 100 之间".to_owned(),
            );
        }
        if !["omitted", "pipeline", "best_case", "commit", "closed"]
            .contains(&stage.forecast.as_str())
        {
            return refused(
                at,
                "forecast",
                "is none of omitted, pipeline, best_case, commit, closed".to_owned(),
                "须为 omitted、pipeline、best_case、commit 或 closed".to_owned(),
            );
        }
        if stage
            .approval_above
            .is_some_and(|limit| limit < Decimal::ZERO)
        {
            return refused(
                at,
                "approval_above",
                "must not be negative".to_owned(),
                "不能为负数".to_owned(),
            );
        }
        let unknown = stage
            .moves
            .iter()
            .flatten()
            .find(|to| !input.iter().any(|other| other.value == **to));
        if let Some(to) = unknown {
            return refused(
                at,
                "moves",
                format!("{to:?} is none of the stages"),
                format!("“{to}”不在阶段列表中"),
            );
        }
    }
    let forgotten = options
        .iter()
        .find(|option| option.active && !input.iter().any(|stage| stage.value == option.value));
    if let Some(option) = forgotten {
        let value = &option.value;
        return Err(Error::field(
            "stages",
            Problem::new(
                "stage",
                format!("lack {value:?}, which is offered: give its settings or switch it off"),
                format!("缺少可选阶段“{value}”的设置，请补充或停用该选项"),
            ),
        ));
    }
    if object == "opportunity" {
        for kind in [Kind::Open, Kind::Won, Kind::Lost] {
            if !input.iter().any(|stage| stage.kind == kind) {
                let name = kind.name();
                return Err(Error::field(
                    "stages",
                    Problem::new(
                        "stage",
                        format!("need one of kind {name}"),
                        format!("至少需要一个类型为 {name} 的阶段"),
                    ),
                ));
            }
        }
    }
    Ok(())
}

/// What the forecast counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForecastSetting {
    pub excluded_stages: Vec<String>,
    /// `confidence`: amounts count by their confidence; `full`: as they are.
    pub weighting: String,
}

/// The setting of the forecast.
///
/// # Errors
/// The database failed.
pub async fn forecast_setting(db: &Db) -> Result<ForecastSetting> {
    let row = sqlx::query("select excluded_stages, weighting from sys.forecast_setting")
        .fetch_one(db.pool())
        .await?;
    Ok(ForecastSetting {
        excluded_stages: row.try_get(0)?,
        weighting: row.try_get(1)?,
    })
}

/// Sets what the forecast counts.
///
/// # Errors
/// [`Error::Forbidden`] for others than administrators; [`Error::Validation`] for a stage that isn't there.
pub async fn save_forecast_setting(
    db: &Db,
    principal: &Principal,
    setting: ForecastSetting,
) -> Result<()> {
    if !principal.is_admin() {
        return Err(Error::Forbidden);
    }
    let known = stages(db, "opportunity").await?;
    if let Some(unknown) = setting
        .excluded_stages
        .iter()
        .find(|value| !known.iter().any(|stage| stage.value == **value))
    {
        return Err(Error::field(
            "excluded_stages",
            Problem::new(
                "choice",
                format!("{unknown:?} is no stage"),
                format!("“{unknown}”不是销售阶段"),
            ),
        ));
    }
    if !["confidence", "full"].contains(&setting.weighting.as_str()) {
        return Err(Error::field(
            "weighting",
            Problem::new("choice", "is confidence or full", "须为 confidence 或 full"),
        ));
    }
    let mut tx = db.begin(principal).await?;
    sqlx::query("update sys.forecast_setting set excluded_stages = $1, weighting = $2")
        .bind(&setting.excluded_stages)
        .bind(&setting.weighting)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(())
}
