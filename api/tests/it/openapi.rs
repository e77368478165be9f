//! The document is part of the contract with clients: a change shows up in its snapshot.

use basalt_model::Dictionary;
use reqwest::Method;
use serde_json::Value;

use crate::app::{TestApp, read};

/// One line an operation: what clients can call and what they get.
#[test]
fn the_operations_are_the_agreed_ones() {
    let document = basalt_api::openapi::document(&Dictionary::standard());
    assert_eq!(document["openapi"], "3.1.0");
    let mut lines = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let answers: Vec<String> = operation["responses"]
                .as_object()
                .unwrap()
                .iter()
                .map(|(status, answer)| format!("{status} {}", schema(answer)))
                .collect();
            lines.push(format!(
                "{} {path} -> {}",
                method.to_uppercase(),
                answers.join(", ")
            ));
        }
    }
    lines.sort();
    insta::assert_json_snapshot!(lines);
}

#[test]
fn the_schemas_of_customers_are_the_agreed_ones() {
    let document = basalt_api::openapi::document(&Dictionary::standard());
    let schemas = &document["components"]["schemas"];
    insta::assert_json_snapshot!([
        &schemas["Customer"],
        &schemas["CustomerCreate"],
        &schemas["CustomerPatch"],
        &schemas["Problem"]
    ]);
}

#[test]
fn every_reference_leads_somewhere_and_operations_have_names_of_their_own() {
    let document = basalt_api::openapi::document(&Dictionary::standard());
    let mut names = std::collections::BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = operation["operationId"]
                .as_str()
                .unwrap_or_else(|| panic!("{method} {path} has no operationId"));
            assert!(names.insert(name), "{name} is used twice");
        }
    }
    fn follow(value: &Value, root: &Value) {
        match value {
            Value::Object(map) => {
                if let Some(target) = map.get("$ref").and_then(Value::as_str) {
                    assert!(
                        root.pointer(target.trim_start_matches('#')).is_some(),
                        "{target} leads nowhere"
                    );
                }
                map.values().for_each(|v| follow(v, root));
            }
            Value::Array(list) => list.iter().for_each(|v| follow(v, root)),
            _ => {}
        }
    }
    follow(&document, &document);
}

#[tokio::test]
async fn the_document_is_served_with_a_page_to_read_it() {
    let app = TestApp::start().await;
    let served = read(app.request(Method::GET, "/api/v1/openapi.json"))
        .await
        .ok();
    assert_eq!(served.body["info"]["title"], "Basalt");
    let page = read(app.request(Method::GET, "/api/docs")).await.ok();
    assert!(page.body.as_str().unwrap().contains("/api/docs/docs.js"));
    read(app.request(Method::GET, "/api/docs/docs.js"))
        .await
        .ok();
}

fn schema(answer: &Value) -> String {
    let reference = answer["$ref"]
        .as_str()
        .or_else(|| answer["content"].as_object()?.values().next()?["schema"]["$ref"].as_str());
    reference.map_or_else(
        || "-".into(),
        |r| r.rsplit('/').next().unwrap_or_default().to_owned(),
    )
}
