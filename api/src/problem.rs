//! Errors as the API shows them: `application/problem+json` (RFC 9457) with a stable code and a sentence in the caller's language.
//!
//! A [`Problem`] carries its sentence in both languages; [`crate::context`] writes the body when the caller is known.
//! What went wrong inside is logged here, once, and never shown: no database text leaves the server.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use basalt_model::Locale;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

pub type Result<T, E = Problem> = std::result::Result<T, E>;

/// A sentence in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    pub en: String,
    pub zh: String,
}

impl Text {
    pub fn new(en: impl Into<String>, zh: impl Into<String>) -> Self {
        Self {
            en: en.into(),
            zh: zh.into(),
        }
    }

    /// From anything that can say itself in a language.
    pub fn of(say: impl Fn(Locale) -> String) -> Self {
        Self {
            en: say(Locale::En),
            zh: say(Locale::Zh),
        }
    }

    fn in_locale(&self, locale: Locale) -> &str {
        match locale {
            Locale::En => &self.en,
            Locale::Zh => &self.zh,
        }
    }
}

/// What is wrong with one field of the input.
#[derive(Clone, Debug)]
pub struct FieldProblem {
    pub field: String,
    pub code: String,
    pub message: Text,
}

/// One refusal. Boxed, since results travel through every handler.
#[derive(Clone, Debug)]
pub struct Problem(Box<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    status: StatusCode,
    code: String,
    message: Text,
    field: Option<String>,
    errors: Vec<FieldProblem>,
    retry_after_seconds: Option<u64>,
}

impl Problem {
    pub fn new(status: StatusCode, code: impl Into<String>, message: Text) -> Self {
        Self(Box::new(Inner {
            status,
            code: code.into(),
            message,
            field: None,
            errors: Vec::new(),
            retry_after_seconds: None,
        }))
    }

    pub fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            Text::new(
                "There is nothing here, or it is not yours to see.",
                "这里没有内容,或您无权查看。",
            ),
        )
    }

    pub fn forbidden() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "forbidden",
            Text::new(
                "Your profile does not allow this.",
                "您的职能不允许此操作。",
            ),
        )
    }

    pub fn scope(scope: &str) -> Self {
        let text = Text::new(
            format!("This API key lacks the scope “{scope}”."),
            format!("此 API 密钥缺少“{scope}”权限范围。"),
        );
        Self::new(StatusCode::FORBIDDEN, "missing_scope", text)
    }

    pub fn unauthenticated() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthenticated",
            Text::new("Sign in first.", "请先登录。"),
        )
    }

    pub fn csrf() -> Self {
        let text = Text::new(
            "The header X-CSRF-Token is missing or does not belong to this session.",
            "缺少 X-CSRF-Token 请求头,或它不属于当前会话。",
        );
        Self::new(StatusCode::FORBIDDEN, "csrf", text)
    }

    pub fn invalid(field: impl Into<String>, message: Text) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_input", message).at(field)
    }

    pub fn malformed(detail: impl std::fmt::Display) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "malformed",
            Text::new(
                format!("The request can't be read: {detail}"),
                format!("无法读取请求:{detail}"),
            ),
        )
    }

    /// The analysis side is not there (yet): selling goes on, figures wait.
    pub fn analysis_unavailable() -> Self {
        let text = Text::new(
            "The analysis service is starting or stopped. Records keep working; try again shortly.",
            "分析服务正在启动或已停止。业务记录不受影响,请稍后再试。",
        );
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "analysis_unavailable",
            text,
        )
        .retry_after(5)
    }

    pub fn timeout() -> Self {
        Self::new(
            StatusCode::GATEWAY_TIMEOUT,
            "timeout",
            Text::new(
                "The request took too long and was stopped.",
                "请求耗时过长,已停止。",
            ),
        )
    }

    /// Something of ours is broken: logged with its cause, told without it.
    #[track_caller]
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        let place = std::panic::Location::caller();
        tracing::error!(%cause, %place, "request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            Text::new(
                "Something went wrong on the server. The trace_id helps to find it in the log.",
                "服务器内部错误。可凭 trace_id 在日志中查找原因。",
            ),
        )
    }

    #[must_use]
    pub fn at(mut self, field: impl Into<String>) -> Self {
        self.0.field = Some(field.into());
        self
    }

    #[must_use]
    pub fn with_errors(mut self, errors: Vec<FieldProblem>) -> Self {
        if self.0.field.is_none() {
            self.0.field = errors
                .first()
                .map(|e| e.field.clone())
                .filter(|field| !field.is_empty());
        }
        self.0.errors = errors;
        self
    }

    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.0.retry_after_seconds = Some(seconds);
        self
    }

    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    pub fn code(&self) -> &str {
        &self.0.code
    }

    /// The body in one language.
    pub fn body(&self, locale: Locale, trace_id: &str) -> Value {
        let Inner {
            status,
            code,
            message,
            field,
            errors,
            ..
        } = &*self.0;
        let mut body = json!({
            "type": format!("urn:basalt:problem:{code}"),
            "title": status.canonical_reason().unwrap_or("Error"),
            "status": status.as_u16(),
            "code": code,
            "message": message.in_locale(locale),
        });
        if let Some(field) = field {
            body["field"] = json!(field);
        }
        if !errors.is_empty() {
            let one = |e: &FieldProblem| json!({ "field": e.field, "code": e.code, "message": e.message.in_locale(locale) });
            body["errors"] = errors.iter().map(one).collect();
        }
        body["trace_id"] = json!(trace_id);
        body
    }

    /// The whole answer in one language.
    pub fn response(&self, locale: Locale, trace_id: &str) -> Response {
        let mut response = (self.0.status, Json(self.body(locale, trace_id))).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(
            header::CONTENT_LANGUAGE,
            HeaderValue::from_static(if locale == Locale::Zh { "zh-CN" } else { "en" }),
        );
        if let Some(seconds) = self.0.retry_after_seconds {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

impl IntoResponse for Problem {
    /// English for now; the problem itself rides along so that [`crate::context::carry`] can say it in the caller's language.
    fn into_response(self) -> Response {
        let mut response = self.response(Locale::En, "");
        response.extensions_mut().insert(self);
        response
    }
}

impl From<basalt_oltp::auth::AuthError> for Problem {
    fn from(error: basalt_oltp::auth::AuthError) -> Self {
        use basalt_oltp::auth::AuthError as E;
        let status = match &error {
            E::WrongCredentials
            | E::Disabled
            | E::Invalid
            | E::CodeNeeded
            | E::WrongCode
            | E::SingleSignOn(_) => StatusCode::UNAUTHORIZED,
            E::NotAsAnother => StatusCode::FORBIDDEN,
            E::Throttled { .. } => StatusCode::TOO_MANY_REQUESTS,
            E::NoSuchUser | E::NoSuchToken => StatusCode::NOT_FOUND,
            E::WeakPassword(_) | E::InvalidInput { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            E::Record(_) | E::Corrupt(_) | E::Database(_) => return Self::internal(error),
        };
        let problem = Self::new(
            status,
            error.code(),
            Text::of(|locale| error.message(locale)),
        );
        if let E::SingleSignOn(why) = &error {
            tracing::warn!(why, "single sign-on failed");
        }
        match error {
            E::Throttled {
                retry_after_seconds,
            } => problem.retry_after(retry_after_seconds),
            E::InvalidInput { field, .. } => problem.at(field),
            E::WeakPassword(_) => problem.at("password"),
            E::CodeNeeded | E::WrongCode => problem.at("code"),
            _ => problem,
        }
    }
}

impl From<basalt_oltp::Error> for Problem {
    fn from(error: basalt_oltp::Error) -> Self {
        use basalt_oltp::Error as E;
        let status = match &error {
            E::NotFound => StatusCode::NOT_FOUND,
            E::Forbidden => StatusCode::FORBIDDEN,
            E::Validation(_) | E::Import(_) => StatusCode::UNPROCESSABLE_ENTITY,
            E::Request { .. } => StatusCode::BAD_REQUEST,
            E::Conflict { .. } => StatusCode::CONFLICT,
            E::VersionMismatch { .. } => StatusCode::PRECONDITION_FAILED,
            E::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            E::Migration(_) | E::Dictionary(_) | E::Stored(_) | E::Database(_) => {
                return Self::internal(error);
            }
        };
        let problem = Self::new(
            status,
            error.code(),
            Text::of(|locale| error.message(locale)),
        );
        match error {
            E::Validation(errors) => {
                let one = |e: basalt_oltp::FieldError| FieldProblem {
                    field: e.field,
                    code: e.code.to_owned(),
                    message: Text::new(e.message.en, e.message.zh),
                };
                problem.with_errors(errors.into_iter().map(one).collect())
            }
            E::Request { path, .. } => problem.at(path),
            E::Unavailable(cause) => {
                tracing::error!(%cause, "the system of record can't be reached");
                problem.retry_after(2)
            }
            _ => problem,
        }
    }
}

impl From<basalt_query::Error> for Problem {
    fn from(error: basalt_query::Error) -> Self {
        use basalt_query::Error as E;
        if let E::Condition(condition) = error {
            return basalt_oltp::Error::from(condition).into();
        }
        let status = match &error {
            E::Refused(_) | E::Forbidden(_) => StatusCode::FORBIDDEN,
            E::Invalid(_)
            | E::Execution(_)
            | E::RowLimit { .. }
            | E::MemoryLimit { .. }
            | E::Past(_) => StatusCode::UNPROCESSABLE_ENTITY,
            E::Freshness(_) | E::Cancelled => StatusCode::SERVICE_UNAVAILABLE,
            E::Lagging { .. } | E::Timeout { .. } => StatusCode::GATEWAY_TIMEOUT,
            E::Condition(_) | E::Lake(_) | E::Io { .. } | E::Internal(_) => {
                return Self::internal(error);
            }
        };
        // The engine speaks about the reader's own SQL; the sentence around it is ours.
        let detail = error.to_string();
        let text = match &error {
            E::Lagging { behind, .. } => Text::new(
                format!(
                    "The figures are {behind} bytes of log behind the records. Try again in a moment."
                ),
                format!("分析数据落后业务记录 {behind} 字节日志,请稍后再试。"),
            ),
            E::Freshness(_) => Text::new(
                "It can't be found out how fresh the figures are. Try again in a moment.",
                "暂时无法确认数据的新鲜度,请稍后再试。",
            ),
            E::Timeout { limit } => Text::new(
                format!(
                    "The query ran longer than {} s and was stopped.",
                    limit.as_secs()
                ),
                format!("查询超过 {} 秒,已停止。", limit.as_secs()),
            ),
            E::Past(past) => Text::of(|locale| past.message(locale)),
            E::Refused(_) => Text::new(detail.clone(), format!("该语句被拒绝:{detail}")),
            _ => Text::new(detail.clone(), format!("查询失败:{detail}")),
        };
        let problem = Self::new(status, error.code(), text);
        if matches!(error, E::Lagging { .. } | E::Freshness(_)) {
            problem.retry_after(2)
        } else {
            problem
        }
    }
}

impl From<basalt_query::analysis::AnalysisError> for Problem {
    fn from(error: basalt_query::analysis::AnalysisError) -> Self {
        use basalt_query::analysis::AnalysisError as E;
        let text = match &error {
            E::Query(_) | E::Shape(_) | E::Frame(_) | E::Arrow(_) => None,
            E::NoPurchases { as_of } => Some(Text::new(
                format!("Nobody has bought anything up to {as_of}."),
                format!("截至 {as_of} 还没有任何购买记录。"),
            )),
            E::Model(model) => Some(Text::new(
                format!("The purchases don't determine a model: {model}."),
                format!("购买数据不足以拟合模型:{model}。"),
            )),
            E::Request(detail) => Some(Text::new(
                format!("The request can't be answered: {detail}."),
                format!("无法处理该请求:{detail}。"),
            )),
        };
        match (error, text) {
            (E::Query(query), _) => query.into(),
            (error, Some(text)) => Self::new(StatusCode::UNPROCESSABLE_ENTITY, error.code(), text),
            (error, None) => Self::internal(error),
        }
    }
}

impl From<basalt_outreach::Error> for Problem {
    fn from(error: basalt_outreach::Error) -> Self {
        use basalt_outreach::Error as E;
        let status = match error {
            E::Record(record) => return record.into(),
            E::Query(query) => return query.into(),
            E::Analysis(analysis) => return analysis.into(),
            E::NotFound { .. } | E::BadLink => StatusCode::NOT_FOUND,
            E::Forbidden(_) => StatusCode::FORBIDDEN,
            E::Refused(ref reasons) => {
                let one = |r: &basalt_outreach::Refusal| FieldProblem {
                    field: String::new(),
                    code: r.code().to_owned(),
                    message: Text::of(|locale| r.message(locale)),
                };
                let errors = reasons.iter().map(one).collect();
                return Self::new(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    error.code(),
                    Text::of(|locale| error.message(locale)),
                )
                .with_errors(errors);
            }
            E::RunState { .. } | E::OwnerGone { .. } => StatusCode::CONFLICT,
            E::Definition(_) => StatusCode::UNPROCESSABLE_ENTITY,
            error => return Self::internal(error),
        };
        Self::new(
            status,
            error.code(),
            Text::of(|locale| error.message(locale)),
        )
    }
}

impl From<basalt_reports::Error> for Problem {
    fn from(error: basalt_reports::Error) -> Self {
        use basalt_reports::Error as E;
        let say = |status, en: &str, zh: &str| Self::new(status, error.code(), Text::new(en, zh));
        match error {
            E::UnknownPack(_) | E::NotFound => Self::not_found(),
            E::Forbidden => Self::forbidden(),
            E::Data(query) => query.into(),
            E::Analysis(analysis) => analysis.into(),
            E::Query { source, .. } => (*source).into(),
            E::Request(ref detail) => say(
                StatusCode::UNPROCESSABLE_ENTITY,
                detail,
                &format!("请求无法处理：{detail}"),
            ),
            E::Font { .. } => {
                tracing::error!(%error, "reports lack their font");
                say(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "The report font is not installed. Ask an administrator: apt-get install fonts-noto-cjk",
                    "报表字体未安装，请联系管理员：apt-get install fonts-noto-cjk",
                )
            }
            E::Mail { ref reason, .. } => {
                tracing::warn!(reason, "a report was not taken by the mail server");
                say(
                    StatusCode::BAD_GATEWAY,
                    "The mail server did not take the report; it is tried again.",
                    "邮件服务器未接收报表，系统将自动重试。",
                )
            }
            error => Self::internal(error),
        }
    }
}

/// How a [`Problem`] looks in the OpenAPI document.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// `urn:basalt:problem:<code>`
    r#type: String,
    title: String,
    status: u16,
    /// Stable name for programs.
    code: String,
    /// Sentence for people, in the caller's language.
    message: String,
    #[schema(required = false)]
    field: Option<String>,
    #[schema(required = false)]
    errors: Option<Vec<FieldProblemBody>>,
    trace_id: String,
}

#[derive(Serialize, ToSchema)]
#[schema(as = FieldProblem)]
pub struct FieldProblemBody {
    field: String,
    code: String,
    message: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_speak_the_language_asked_for() {
        let problem = Problem::invalid("name", Text::new("A name is needed.", "请填写名称。"));
        let zh = problem.body(Locale::Zh, "t1");
        assert_eq!(zh["message"], "请填写名称。");
        assert_eq!(
            (zh["field"].as_str(), zh["trace_id"].as_str()),
            (Some("name"), Some("t1"))
        );
        assert_eq!(
            problem.body(Locale::En, "t1")["message"],
            "A name is needed."
        );
    }

    #[test]
    fn causes_are_never_shown() {
        let body = Problem::internal("relation crm.customer does not exist").body(Locale::En, "");
        assert!(!body.to_string().contains("relation"));
    }
}
