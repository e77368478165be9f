//! What must be right before a campaign is sent: its content against the data dictionary, the
//! launcher's rights and real people of the audience.

use std::collections::BTreeSet;

use basalt_model::{Action, Dictionary, FieldKind, Principal};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgConnection, Row as _};

use crate::content::links::BadLinkProblem;
use crate::content::{Content, Person, RenderError, Renderer, TemplateFault, Variable};
use crate::error::Result;
use crate::refusal::Refusal;

/// People on whom the content is tried before anything is sent.
const SAMPLE: i64 = 50;

/// Compiles the content and checks every value it prints: the field exists, is a plain value, and
/// is not hidden from the launcher.
pub(super) fn compile(
    dictionary: &Dictionary,
    principal: &Principal,
    subject: &str,
    mjml: &str,
) -> std::result::Result<Content, Vec<Refusal>> {
    let mut refusals = Vec::new();
    if subject.trim().is_empty() {
        refusals.push(Refusal::SubjectMissing);
    }
    match Content::compile(subject, mjml) {
        Ok(content) => {
            for variable in &content.variables {
                refusals.extend(variable_fault(dictionary, principal, variable));
            }
            if refusals.is_empty() {
                Ok(content)
            } else {
                Err(refusals)
            }
        }
        Err(faults) => {
            refusals.extend(faults.into_iter().map(refusal_of));
            Err(refusals)
        }
    }
}

fn refusal_of(fault: TemplateFault) -> Refusal {
    match fault {
        TemplateFault::Mjml(detail) | TemplateFault::Template(detail) => {
            Refusal::TemplateInvalid { detail }
        }
        TemplateFault::Subject(detail) => Refusal::SubjectInvalid { detail },
        TemplateFault::NoUnsubscribeLink => Refusal::UnsubscribeLinkMissing,
        TemplateFault::UnknownVariable(name) => Refusal::UnknownVariable { name },
        TemplateFault::Link { href, problem } => Refusal::LinkInvalid {
            href,
            problem: match problem {
                BadLinkProblem::NotAbsolute => "it is not a complete web address",
                BadLinkProblem::Forbidden => "only http, https, mailto and tel are allowed",
                BadLinkProblem::Personal => "personal values can't be part of an address",
            }
            .into(),
        },
    }
}

fn variable_fault(
    dictionary: &Dictionary,
    principal: &Principal,
    variable: &Variable,
) -> Option<Refusal> {
    let name = variable.to_string();
    let column = dictionary
        .object(&variable.object)
        .and_then(|_| column_of(dictionary, variable));
    let Some(column) = column else {
        return Some(Refusal::UnknownVariable { name });
    };
    let hidden = dictionary
        .object(&variable.object)
        .is_none_or(|object| principal.hidden_columns(object).contains(&column));
    (hidden || !principal.can(&variable.object, Action::Read))
        .then_some(Refusal::VariableHidden { name })
}

/// The single column behind a plain field.
fn column_of(dictionary: &Dictionary, variable: &Variable) -> Option<String> {
    let field = dictionary
        .object(&variable.object)?
        .field(&variable.field)?;
    if matches!(
        field.kind,
        FieldKind::Reference { .. }
            | FieldKind::User
            | FieldKind::Department
            | FieldKind::Json
            | FieldKind::MultiChoice { .. }
    ) {
        return None;
    }
    let mut columns = field.columns();
    (columns.len() == 1).then(|| columns.remove(0).name)
}

/// The select list `contact."name"::text as v0, …` for the values that content prints. Tables are
/// expected under the names of their objects. Names come from the dictionary, never from a template.
pub(crate) fn columns_of(
    dictionary: &Dictionary,
    variables: &BTreeSet<Variable>,
) -> Option<String> {
    let mut list = String::new();
    for (index, variable) in variables.iter().enumerate() {
        let column = column_of(dictionary, variable)?;
        list.push_str(&format!(
            ", {}::text as v{index}",
            basalt_oltp::sql::column(&variable.object, &column)
        ));
    }
    Some(list)
}

/// Reads the values selected by [`columns_of`] into a person. Empty texts count as missing.
pub(crate) fn personal_values(
    row: &PgRow,
    variables: &BTreeSet<Variable>,
    person: &mut Person,
) -> Result<(), sqlx::Error> {
    for (index, variable) in variables.iter().enumerate() {
        let value: Option<String> = row.try_get(format!("v{index}").as_str())?;
        person.set(variable, value.filter(|value| !value.trim().is_empty()));
    }
    Ok(())
}

/// Renders the content for some of the people who would get it.
pub(super) async fn try_on_sample(
    connection: &mut PgConnection,
    dictionary: &Dictionary,
    content: &Content,
    campaign_id: i64,
    segment_id: i64,
) -> Result<Vec<Refusal>> {
    let renderer = match Renderer::new(content) {
        Ok(renderer) => renderer,
        Err(error) => {
            return Ok(vec![Refusal::TemplateInvalid {
                detail: error.to_string(),
            }]);
        }
    };
    let Some(columns) = columns_of(dictionary, &content.variables) else {
        return Ok(vec![Refusal::TemplateInvalid {
            detail: "a value has no column".into(),
        }]);
    };
    let rows = sqlx::query(AssertSqlSafe(format!(
        "select contact.id as contact_id{columns}
         from crm.segment_member m
         join crm.customer customer on customer.id = m.customer_id and customer.deleted_at is null
         join crm.contact contact on contact.customer_id = customer.id and contact.deleted_at is null
         join crm.campaign campaign on campaign.id = $2
         where m.segment_id = $1 and m.left_at is null and contact.email <> '' and contact.email_consent
         order by contact.id limit {SAMPLE}"
    )))
    .bind(segment_id)
    .bind(campaign_id)
    .fetch_all(connection)
    .await?;
    for row in &rows {
        let contact_id: i64 = row.try_get("contact_id")?;
        let mut person = Person {
            unsubscribe_url: "https://basalt.invalid/t/u/sample".into(),
            open_url: "https://basalt.invalid/t/o/sample.gif".into(),
            link_urls: content.links.iter().map(|link| link.url.clone()).collect(),
            ..Person::default()
        };
        personal_values(row, &content.variables, &mut person)?;
        match renderer.render(&person) {
            Ok(_) => {}
            Err(RenderError::MissingValue { detail }) => {
                return Ok(vec![Refusal::VariableMissing {
                    name: missing_of(&person, &content.variables).unwrap_or(detail),
                    contact_id,
                }]);
            }
            Err(error) => {
                return Ok(vec![Refusal::TemplateInvalid {
                    detail: error.to_string(),
                }]);
            }
        }
    }
    Ok(Vec::new())
}

/// The values that a person lacks, named together: one of them is what the render stumbled over.
fn missing_of(person: &Person, variables: &BTreeSet<Variable>) -> Option<String> {
    let missing: Vec<String> = variables
        .iter()
        .filter(|variable| {
            person
                .values
                .get(&variable.object)
                .and_then(|fields| fields.get(&variable.field))
                .is_none_or(Option::is_none)
        })
        .map(ToString::to_string)
        .collect();
    (!missing.is_empty()).then(|| missing.join(", "))
}
