//! Templates: MJML becomes HTML once, then minijinja puts in the values of one person, with
//! undefined values refused, everything escaped, and the work of one render bounded.

use std::collections::{BTreeMap, BTreeSet};

use minijinja::{Environment, ErrorKind, UndefinedBehavior, Value};
use serde::{Deserialize, Serialize};

use super::links::{self, BadLinkProblem, Link};
use super::plain;

/// Instructions one render may take; a page of text with a few values needs some hundreds.
const FUEL: u64 = 100_000;
/// A rendered part longer than this is a mistake in the template.
const LONGEST_PART: usize = 2 * 1024 * 1024;

const HTML: &str = "mail.html";
const TEXT: &str = "mail.txt";
const SUBJECT: &str = "subject.txt";

/// The compiled content of one send run, frozen at launch: later edits of the campaign don't reach it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// minijinja source of the subject.
    pub subject: String,
    /// minijinja source of the HTML part: links numbered, open pixel in place.
    pub html: String,
    /// minijinja source of the text part.
    pub text: String,
    pub links: Vec<Link>,
    /// The personal values that the parts use.
    pub variables: BTreeSet<Variable>,
}

/// A field of an object that a template prints, such as `contact.name`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Variable {
    pub object: String,
    pub field: String,
}

impl std::fmt::Display for Variable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.object, self.field)
    }
}

/// The objects whose fields a template may print.
pub const OBJECTS: [&str; 3] = ["contact", "customer", "campaign"];
/// The values that the sender itself provides.
const PROVIDED: [&str; 3] = ["unsubscribe_url", "open_url", "link_urls"];

/// What is wrong with a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplateFault {
    Mjml(String),
    Template(String),
    Subject(String),
    NoUnsubscribeLink,
    Link {
        href: String,
        problem: BadLinkProblem,
    },
    UnknownVariable(String),
}

impl Content {
    /// Compiles `mjml` and `subject`; all faults are reported together.
    pub fn compile(subject: &str, mjml: &str) -> Result<Self, Vec<TemplateFault>> {
        let html = match to_html(mjml) {
            Ok(html) => html,
            Err(detail) => return Err(vec![TemplateFault::Mjml(detail)]),
        };
        let rewritten = links::rewrite(&html);
        let mut faults: Vec<TemplateFault> = rewritten
            .bad
            .iter()
            .map(|bad| TemplateFault::Link {
                href: bad.href.clone(),
                problem: bad.problem,
            })
            .collect();
        if !rewritten.has_unsubscribe {
            faults.push(TemplateFault::NoUnsubscribeLink);
        }
        let mut content = Self {
            subject: subject.trim().to_owned(),
            text: plain::from_html(&rewritten.html),
            html: with_open_pixel(&rewritten.html),
            links: rewritten.links,
            variables: BTreeSet::new(),
        };
        match environment(&content) {
            Ok(environment) => match variables(&environment) {
                Ok(found) => content.variables = found,
                Err(unknown) => {
                    faults.extend(unknown.into_iter().map(TemplateFault::UnknownVariable));
                }
            },
            Err((part, error)) => faults.push(if part == SUBJECT {
                TemplateFault::Subject(describe(&error))
            } else {
                TemplateFault::Template(describe(&error))
            }),
        }
        if faults.is_empty() {
            Ok(content)
        } else {
            Err(faults)
        }
    }
}

fn to_html(mjml: &str) -> Result<String, String> {
    let parsed = mrml::parse(mjml).map_err(|error| error.to_string())?;
    // No web fonts: a mail must not call third parties when it is opened.
    let options = mrml::prelude::render::RenderOptions {
        disable_comments: false,
        social_icon_origin: None,
        fonts: std::collections::HashMap::new(),
    };
    parsed
        .element
        .render(&options)
        .map_err(|error| error.to_string())
}

fn with_open_pixel(html: &str) -> String {
    const PIXEL: &str = r#"<img src="{{ open_url }}" width="1" height="1" alt="" style="display:block;border:0" />"#;
    match html.rfind("</body>") {
        Some(at) => format!("{}{PIXEL}{}", &html[..at], &html[at..]),
        None => format!("{html}{PIXEL}"),
    }
}

fn environment(
    content: &Content,
) -> Result<Environment<'static>, (&'static str, minijinja::Error)> {
    let mut environment = Environment::new();
    // Printing an undefined value fails; testing one (`{% if contact.position %}`) is allowed,
    // because every name has been checked against the dictionary beforehand.
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    environment.set_fuel(Some(FUEL));
    for (name, source) in [
        (HTML, &content.html),
        (TEXT, &content.text),
        (SUBJECT, &content.subject),
    ] {
        environment
            .add_template_owned(name, source.clone())
            .map_err(|error| (name, error))?;
    }
    Ok(environment)
}

/// The personal values used, or the names that don't exist.
fn variables(environment: &Environment<'_>) -> Result<BTreeSet<Variable>, Vec<String>> {
    let globals: BTreeSet<String> = environment
        .globals()
        .map(|(name, _)| name.to_owned())
        .collect();
    let mut known = BTreeSet::new();
    let mut unknown = BTreeSet::new();
    for (_, template) in environment.templates() {
        for name in template.undeclared_variables(true) {
            let root = name.split('.').next().unwrap_or_default();
            if PROVIDED.contains(&root) || globals.contains(root) {
                continue;
            }
            match name.split_once('.') {
                Some((object, field)) if OBJECTS.contains(&object) && !field.contains('.') => {
                    known.insert(Variable {
                        object: object.to_owned(),
                        field: field.to_owned(),
                    });
                }
                _ => {
                    unknown.insert(name);
                }
            }
        }
    }
    if unknown.is_empty() {
        Ok(known)
    } else {
        Err(unknown.into_iter().collect())
    }
}

fn describe(error: &minijinja::Error) -> String {
    let what = error
        .detail()
        .map_or_else(|| error.kind().to_string(), str::to_owned);
    match error.line() {
        Some(line) => format!("{what} (line {line} of the compiled text)"),
        None => what,
    }
}

/// The values of one person: `values["contact"]["name"]`; an empty value is `None`.
#[derive(Debug, Clone, Default)]
pub struct Person {
    pub values: BTreeMap<String, BTreeMap<String, Option<String>>>,
    pub unsubscribe_url: String,
    pub open_url: String,
    pub link_urls: Vec<String>,
}

impl Person {
    pub fn set(&mut self, variable: &Variable, value: Option<String>) {
        self.values
            .entry(variable.object.clone())
            .or_default()
            .insert(variable.field.clone(), value);
    }

    fn context(&self) -> Value {
        let mut context: BTreeMap<String, Value> = OBJECTS
            .iter()
            .map(|object| {
                let fields: BTreeMap<String, Value> = self
                    .values
                    .get(*object)
                    .into_iter()
                    .flatten()
                    .filter_map(|(field, value)| {
                        Some((field.clone(), Value::from(value.as_deref()?)))
                    })
                    .collect();
                ((*object).to_owned(), Value::from(fields))
            })
            .collect();
        // Our own addresses are well-formed; escaping their slashes would only make mails longer.
        let address = |url: &String| Value::from_safe_string(url.clone());
        context.insert("unsubscribe_url".into(), address(&self.unsubscribe_url));
        context.insert("open_url".into(), address(&self.open_url));
        context.insert(
            "link_urls".into(),
            self.link_urls.iter().map(address).collect::<Value>(),
        );
        Value::from(context)
    }
}

/// A mail for one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    pub subject: String,
    pub html: String,
    pub text: String,
}

/// Why a mail could not be made for one person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    #[error("a value that the template prints is empty: {detail}")]
    MissingValue { detail: String },
    #[error("the template takes too long to render")]
    TooExpensive,
    #[error("the rendered mail is longer than {LONGEST_PART} bytes")]
    TooLong,
    #[error("the template failed: {detail}")]
    Failed { detail: String },
}

/// Renders the content of one run for many people. Made once a run.
#[derive(Debug)]
pub struct Renderer {
    environment: Environment<'static>,
}

impl Renderer {
    pub fn new(content: &Content) -> Result<Self, RenderError> {
        let environment = environment(content).map_err(|(_, error)| RenderError::Failed {
            detail: describe(&error),
        })?;
        Ok(Self { environment })
    }

    pub fn render(&self, person: &Person) -> Result<Rendered, RenderError> {
        let context = person.context();
        let subject = self.part(SUBJECT, &context)?;
        Ok(Rendered {
            subject: subject.split_whitespace().collect::<Vec<_>>().join(" "),
            html: self.part(HTML, &context)?,
            text: self.part(TEXT, &context)?,
        })
    }

    fn part(&self, name: &str, context: &Value) -> Result<String, RenderError> {
        let text = self
            .environment
            .get_template(name)
            .and_then(|template| template.render(context.clone()))
            .map_err(|error| match error.kind() {
                ErrorKind::UndefinedError => RenderError::MissingValue {
                    detail: describe(&error),
                },
                ErrorKind::OutOfFuel => RenderError::TooExpensive,
                _ => RenderError::Failed {
                    detail: describe(&error),
                },
            })?;
        if text.len() > LONGEST_PART {
            Err(RenderError::TooLong)
        } else {
            Ok(text)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) const MJML: &str = r#"<mjml><mj-head><mj-title>Spring</mj-title></mj-head><mj-body>
      <mj-section><mj-column>
        <mj-text>Dear {{ contact.name }}{% if contact.position %}, {{ contact.position }}{% endif %} of {{ customer.name }}</mj-text>
        <mj-button href="https://shop.test/spring?utm_source=mail&amp;utm_campaign=a">See the offer</mj-button>
        <mj-text><a href="{{ unsubscribe_url }}">Unsubscribe</a></mj-text>
      </mj-column></mj-section></mj-body></mjml>"#;

    fn person(name: Option<&str>) -> Person {
        let mut person = Person {
            unsubscribe_url: "https://crm.test/t/u/tok".into(),
            open_url: "https://crm.test/t/o/tok.gif".into(),
            link_urls: vec!["https://crm.test/t/c/tok/0?s=sig".into()],
            ..Person::default()
        };
        let mut set = |object: &str, field: &str, value: Option<&str>| {
            person.set(
                &Variable {
                    object: object.into(),
                    field: field.into(),
                },
                value.map(str::to_owned),
            );
        };
        set("contact", "name", name);
        set("contact", "position", None);
        set("customer", "name", Some("Columns & Sons <Ltd>"));
        person
    }

    #[test]
    fn one_template_gives_a_personal_mail_with_tracked_links() {
        let content = Content::compile("Hello {{ contact.name }}", MJML).unwrap();
        assert_eq!(
            content.links,
            [Link {
                url: "https://shop.test/spring?utm_source=mail&utm_campaign=a".into()
            }]
        );
        let mail = Renderer::new(&content)
            .unwrap()
            .render(&person(Some("Li")))
            .unwrap();
        assert_eq!(mail.subject, "Hello Li");
        assert!(
            mail.html
                .contains("Dear Li of Columns &amp; Sons &lt;Ltd&gt;"),
            "{}",
            mail.html
        );
        assert!(
            mail.html
                .contains(r#"href="https://crm.test/t/c/tok/0?s=sig""#),
            "{}",
            mail.html
        );
        assert!(mail.html.contains(r#"src="https://crm.test/t/o/tok.gif""#));
        assert!(!mail.html.contains("shop.test"));
        assert!(!mail.html.contains("fonts.googleapis"));
        assert!(
            mail.text.contains("Dear Li of Columns & Sons <Ltd>"),
            "{}",
            mail.text
        );
        assert!(
            mail.text
                .contains("See the offer (https://crm.test/t/c/tok/0?s=sig)")
        );
        assert!(mail.text.contains("Unsubscribe (https://crm.test/t/u/tok)"));
    }

    #[test]
    fn an_empty_value_is_an_error_unless_it_has_a_default() {
        let content = Content::compile("Hello {{ contact.name }}", MJML).unwrap();
        let error = Renderer::new(&content)
            .unwrap()
            .render(&person(None))
            .unwrap_err();
        assert!(
            matches!(error, RenderError::MissingValue { .. }),
            "{error:?}"
        );

        let content = Content::compile(
            "Hello",
            &MJML.replace(
                "{{ contact.name }}",
                "{{ contact.name | default('customer') }}",
            ),
        )
        .unwrap();
        let mail = Renderer::new(&content)
            .unwrap()
            .render(&person(None))
            .unwrap();
        assert!(mail.text.contains("Dear customer of"));
    }

    #[test]
    fn faults_are_named() {
        let faults = Content::compile("x", "<mjml><mj-body><mj-text>no end").unwrap_err();
        assert!(matches!(faults[..], [TemplateFault::Mjml(_)]), "{faults:?}");

        let faults = Content::compile("x {{ 1 + }}", MJML).unwrap_err();
        assert!(
            matches!(faults[..], [TemplateFault::Subject(_)]),
            "{faults:?}"
        );

        let faults =
            Content::compile("x", &MJML.replace("unsubscribe_url", "open_url")).unwrap_err();
        assert!(
            faults.contains(&TemplateFault::NoUnsubscribeLink),
            "{faults:?}"
        );

        let faults = Content::compile("{{ password }} {{ contact.name.first }}", MJML).unwrap_err();
        assert_eq!(
            faults,
            [
                TemplateFault::UnknownVariable("contact.name.first".into()),
                TemplateFault::UnknownVariable("password".into())
            ]
        );
    }

    #[test]
    fn a_runaway_template_is_stopped() {
        let loops = MJML.replace(
            "Dear ",
            "{% for a in range(10000) %}{% for b in range(10000) %}x{% endfor %}{% endfor %}",
        );
        let content = Content::compile("x", &loops).unwrap();
        let error = Renderer::new(&content)
            .unwrap()
            .render(&person(Some("Li")))
            .unwrap_err();
        assert_eq!(error, RenderError::TooExpensive);
    }

    #[test]
    fn a_value_can_not_smuggle_template_code_markup_or_headers() {
        let content = Content::compile("Hello {{ contact.name }}", MJML).unwrap();
        let mail = Renderer::new(&content)
            .unwrap()
            .render(&person(Some("{{ 7 * 7 }}<script>\r\nBcc: all@x.test")))
            .unwrap();
        assert!(mail.html.contains("{{ 7 * 7 }}&lt;script&gt;"));
        assert_eq!(mail.subject, "Hello {{ 7 * 7 }}<script> Bcc: all@x.test");
    }
}
