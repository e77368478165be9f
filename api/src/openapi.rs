//! The OpenAPI 3.1 document: fixed endpoints from their handlers, record resources from the live dictionary.

use basalt_model::{Dictionary, Field, FieldKind, Object, RightsFrom};
use serde_json::{Map, Value, json};
use utoipa::OpenApi;

use crate::{
    problem::ProblemBody,
    router,
    routes::records::{DEFAULT_PAGE, LARGEST_PAGE},
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Basalt",
        description = "Analytics-centric CRM. Errors are problem+json with a stable `code`; lists are paged by key; writes answer with `ETag` and \
            with `Basalt-Lsn`, the position from which analytic reads show them."
    ),
    components(schemas(ProblemBody))
)]
struct Frame;

/// What the fixed routes start their document from.
pub fn frame() -> utoipa::openapi::OpenApi {
    Frame::openapi()
}

/// The whole document for this dictionary.
pub fn document(dictionary: &Dictionary) -> Value {
    let mut document = serde_json::to_value(router::api_routes().into_openapi())
        .expect("the document holds only strings, numbers and maps of strings");
    add_security(&mut document);
    document["components"]["schemas"]["AuditEntry"] = audit_entry();
    document["components"]["schemas"]["Share"] = share();
    document["components"]["schemas"]["ShareInput"] = share_input();
    let mut tags = Vec::new();
    for object in dictionary.objects() {
        tags.push(json!({ "name": object.resource, "description": format!("{} · {}", object.label_plural.en, object.label_plural.zh) }));
        add_object(&mut document, dictionary, object);
    }
    let fixed = [
        "session",
        "access",
        "workflow",
        "approvals",
        "notifications",
        "dictionary",
        "records",
        "imports",
        "access tokens",
        "orders",
        "segments",
        "campaigns",
        "analytics",
        "calendar",
        "reminders",
        "report packs",
        "lake",
        "events",
        "system",
    ];
    let known: Vec<&str> = dictionary
        .objects()
        .iter()
        .map(|o| o.resource.as_str())
        .collect();
    tags.extend(
        fixed
            .iter()
            .filter(|tag| !known.contains(*tag))
            .map(|tag| json!({ "name": tag })),
    );
    document["tags"] = Value::Array(tags);
    add_default_problem(&mut document);
    document
}

fn add_security(document: &mut Value) {
    document["components"]["securitySchemes"] = json!({
        "session": { "type": "apiKey", "in": "cookie", "name": "basalt_session", "description": "Set by POST /api/v1/session; unsafe methods also need the header X-CSRF-Token." },
        "api_key": { "type": "http", "scheme": "bearer", "description": "A key made by POST /api/v1/access_tokens." },
    });
    document["security"] = json!([{ "session": [] }, { "api_key": [] }]);
}

/// Every operation may answer with a problem.
fn add_default_problem(document: &mut Value) {
    document["components"]["responses"] = json!({
        "Problem": {
            "description": "What was refused and why",
            "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
        },
    });
    let Some(paths) = document["paths"].as_object_mut() else {
        return;
    };
    for operation in paths
        .values_mut()
        .filter_map(Value::as_object_mut)
        .flat_map(|item| item.values_mut())
    {
        if let Some(responses) = operation
            .get_mut("responses")
            .and_then(Value::as_object_mut)
        {
            responses
                .entry("default")
                .or_insert_with(|| json!({ "$ref": "#/components/responses/Problem" }));
        }
    }
}

fn add_object(document: &mut Value, dictionary: &Dictionary, object: &Object) {
    let name = pascal(&object.name);
    let schemas = &mut document["components"]["schemas"];
    schemas[&name] = record(dictionary, object);
    schemas[format!("{name}Create")] = input(dictionary, object, true);
    schemas[format!("{name}Patch")] = input(dictionary, object, false);
    schemas[format!("{name}Page")] = json!({
        "type": "object",
        "required": ["items", "next"],
        "properties": {
            "items": { "type": "array", "items": reference(&name) },
            "next": { "type": ["string", "null"], "description": "Value of page[after] for the next page." },
            "total": {
                "type": "object",
                "required": ["value", "capped"],
                "properties": { "value": { "type": "integer" }, "capped": { "type": "boolean", "description": "There are more than this." } },
            },
        },
    });
    let resource = &object.resource;
    merge(
        &mut document["paths"][format!("/api/v1/{resource}")],
        collection(object, &name),
    );
    merge(
        &mut document["paths"][format!("/api/v1/{resource}/{{id}}")],
        member(object, &name),
    );
    merge(
        &mut document["paths"][format!("/api/v1/{resource}/{{id}}/restore")],
        restore(object, &name),
    );
    merge(
        &mut document["paths"][format!("/api/v1/{resource}/{{id}}/audit")],
        audit(object),
    );
    shares(document, object);
}

/// Team and shares, for objects with rights of their own.
fn shares(document: &mut Value, object: &Object) {
    if !matches!(object.rights, RightsFrom::Own | RightsFrom::AnyParent(_)) {
        return;
    }
    let resource = &object.resource;
    document["paths"][format!("/api/v1/{resource}/{{id}}/shares")] = json!({
        "get": {
            "tags": [resource],
            "operationId": format!("list_{}_shares", object.name),
            "summary": "Team and further shares of a record",
            "parameters": [id()],
            "responses": { "200": {
                "description": "The shares, the oldest first",
                "content": { "application/json": { "schema": {
                    "type": "object",
                    "required": ["items"],
                    "properties": { "items": { "type": "array", "items": reference("Share") } },
                } } },
            } },
        },
        "post": {
            "tags": [resource],
            "operationId": format!("share_{}", object.name),
            "summary": "Share a record, or change the share there is",
            "parameters": [id(), idempotency_key()],
            "requestBody": request("ShareInput"),
            "responses": { "201": body("The id of the share", "Made", &["Basalt-Lsn"]) },
        },
    });
    document["paths"][format!("/api/v1/{resource}/{{id}}/shares/{{share}}")] = json!({
        "delete": {
            "tags": [resource],
            "operationId": format!("unshare_{}", object.name),
            "summary": "End a share",
            "parameters": [
                id(),
                { "name": "share", "in": "path", "required": true, "schema": { "type": "integer", "format": "int64" } },
            ],
            "responses": { "204": { "description": "Ended" } },
        },
    });
}

fn share() -> Value {
    json!({
        "type": "object",
        "required": ["id", "grantee", "name", "access", "team_role", "created_at", "created_by"],
        "properties": {
            "id": { "type": "integer", "format": "int64" },
            "grantee": { "type": "string", "examples": ["user:7", "department:3", "group:2"] },
            "name": { "type": ["string", "null"] },
            "access": { "type": "string", "enum": ["read", "write"] },
            "team_role": { "type": ["string", "null"] },
            "created_at": { "type": "string", "format": "date-time" },
            "created_by": { "type": ["integer", "null"], "format": "int64" },
        },
    })
}

fn share_input() -> Value {
    json!({
        "type": "object",
        "required": ["grantee", "access"],
        "properties": {
            "grantee": { "type": "string", "examples": ["user:7", "department:3", "group:2"] },
            "access": { "type": "string", "enum": ["read", "write"] },
            "team_role": { "type": ["string", "null"], "maxLength": 60, "description": "Makes a user a member of the record's team." },
        },
        "additionalProperties": false,
    })
}

fn collection(object: &Object, name: &str) -> Value {
    let label = &object.label.en.to_lowercase();
    json!({
        "get": {
            "tags": [object.resource],
            "operationId": format!("list_{}", object.resource),
            "summary": format!("List {}", object.label_plural.en.to_lowercase()),
            "parameters": [
                query("filter", json!({ "type": "string" }), "Condition as JSON: {\"all\":[{\"field\":\"…\",\"op\":\"eq\",\"value\":…}]}."),
                query("q", json!({ "type": "string" }), "Search words."),
                query("sort", json!({ "type": "string" }), "Fields, comma separated; a leading - sorts downwards."),
                query("fields", json!({ "type": "string" }), "Fields to return, comma separated; dotted paths reach over references."),
                query("include", json!({ "type": "string" }), "References to return as objects, comma separated."),
                query("page[after]", json!({ "type": "string" }), "Continue after this, from `next` of the page before."),
                query("page[size]", json!({ "type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": DEFAULT_PAGE }), "Records a page."),
                query("tag", json!({ "type": "string" }), "Only records with this tag."),
                query("recycled", json!({ "type": "boolean", "default": false }), "List the recycle bin instead."),
                query("archived", json!({ "type": "boolean", "default": false }), "List what has left the list instead, such as converted leads."),
                query("count", json!({ "type": "boolean", "default": false }), "Also return `total`."),
            ],
            "responses": { "200": body("The page", &format!("{name}Page"), &[]) },
        },
        "post": {
            "tags": [object.resource],
            "operationId": format!("create_{}", object.name),
            "summary": format!("Create a record: {label}"),
            "parameters": [idempotency_key()],
            "requestBody": request(&format!("{name}Create")),
            "responses": { "201": body("The new record", name, &["ETag", "Basalt-Lsn", "Location"]) },
        },
    })
}

fn member(object: &Object, name: &str) -> Value {
    json!({
        "get": {
            "tags": [object.resource],
            "operationId": format!("get_{}", object.name),
            "summary": "Read a record",
            "parameters": [
                id(),
                query("fields", json!({ "type": "string" }), "Fields to return, comma separated."),
                query("include", json!({ "type": "string" }), "References to return as objects, comma separated."),
            ],
            "responses": { "200": body("The record", name, &["ETag"]) },
        },
        "patch": {
            "tags": [object.resource],
            "operationId": format!("update_{}", object.name),
            "summary": "Change a record",
            "description": "Absent fields stay, null empties, anything else is the new value. With If-Match the change is refused when the record has another version.",
            "parameters": [id(), if_match()],
            "requestBody": request(&format!("{name}Patch")),
            "responses": { "200": body("The record as it is now", name, &["ETag", "Basalt-Lsn"]) },
        },
        "delete": {
            "tags": [object.resource],
            "operationId": format!("delete_{}", object.name),
            "summary": "Move a record to the recycle bin",
            "parameters": [id(), if_match()],
            "responses": { "204": { "description": "Gone to the recycle bin" } },
        },
    })
}

fn restore(object: &Object, name: &str) -> Value {
    json!({
        "post": {
            "tags": [object.resource],
            "operationId": format!("restore_{}", object.name),
            "summary": "Take a record out of the recycle bin",
            "parameters": [id(), idempotency_key()],
            "responses": { "200": body("The record", name, &["ETag", "Basalt-Lsn"]) },
        },
    })
}

fn audit(object: &Object) -> Value {
    json!({
        "get": {
            "tags": [object.resource],
            "operationId": format!("audit_{}", object.name),
            "summary": "Who changed what and when",
            "parameters": [id()],
            "responses": { "200": {
                "description": "Changes, the youngest first",
                "content": { "application/json": { "schema": {
                    "type": "object",
                    "required": ["items"],
                    "properties": { "items": { "type": "array", "items": reference("AuditEntry") } },
                } } },
            } },
        },
    })
}

fn audit_entry() -> Value {
    let text = || json!({ "type": "string" });
    json!({
        "type": "object",
        "required": ["id", "at", "op", "actor", "via", "changes"],
        "properties": {
            "id": { "type": "integer", "format": "int64" },
            "at": { "type": "string", "format": "date-time" },
            "op": { "type": "string", "examples": ["create", "update", "delete"] },
            "actor": { "type": "string", "examples": ["user:7"] },
            "actor_name": { "type": ["string", "null"] },
            "via": { "type": "string", "examples": ["ui", "api", "import"] },
            "changes": { "type": "array", "items": {
                "type": "object",
                "required": ["field", "column", "old", "new"],
                "properties": { "field": text(), "column": text(), "old": {}, "new": {} },
            } },
        },
    })
}

/// A record as it is returned: every field may be absent, since `fields` chooses and rights hide.
fn record(dictionary: &Dictionary, object: &Object) -> Value {
    let mut properties = Map::new();
    for field in &object.fields {
        if field.target().is_some() {
            properties.insert(field.name.clone(), titled_reference(field));
        }
        if field.target().is_none() || field.column() != field.name {
            properties.insert(
                field.column(),
                described(dictionary, field, field.nullable()),
            );
        }
    }
    json!({ "type": "object", "description": object.label.en, "properties": properties, "required": ["id"], "additionalProperties": true })
}

/// A reference as an object; the title is null when the caller may not read that record.
fn titled_reference(field: &Field) -> Value {
    json!({
        "type": ["object", "null"],
        "title": field.label.en,
        "required": ["id", "title"],
        "properties": { "id": { "type": "integer", "format": "int64" }, "title": { "type": ["string", "null"] } },
        "additionalProperties": true,
        "readOnly": true,
    })
}

/// A record as it is written: the fields that callers may set.
fn input(dictionary: &Dictionary, object: &Object, create: bool) -> Value {
    let writable = || object.fields.iter().filter(|field| !field.readonly);
    let properties: Map<String, Value> = writable()
        .map(|field| {
            (
                field.column(),
                described(dictionary, field, !field.required),
            )
        })
        .collect();
    let mut schema =
        json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if create {
        let required: Vec<String> = writable()
            .filter(|field| field.required && field.default.is_none())
            .map(Field::column)
            .collect();
        schema["required"] = json!(required);
    }
    schema
}

fn described(dictionary: &Dictionary, field: &Field, nullable: bool) -> Value {
    let mut schema = kind(dictionary, &field.kind);
    if nullable {
        allow_null(&mut schema);
    }
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("title".into(), json!(field.label.en));
        if let Some(help) = &field.help {
            schema.insert("description".into(), json!(help.en));
        }
        if field.readonly {
            schema.insert("readOnly".into(), json!(true));
        }
    }
    schema
}

fn kind(dictionary: &Dictionary, kind: &FieldKind) -> Value {
    let values = |options: &[basalt_model::dictionary::Choice]| {
        options.iter().map(|o| json!(o.value)).collect::<Vec<_>>()
    };
    match kind {
        FieldKind::Text { max } => json!({ "type": "string", "maxLength": max }),
        FieldKind::LongText | FieldKind::AutoNumber | FieldKind::Phone => {
            json!({ "type": "string" })
        }
        FieldKind::Integer => json!({ "type": "integer", "format": "int32" }),
        FieldKind::BigInteger => json!({ "type": "integer", "format": "int64" }),
        FieldKind::Decimal { .. } | FieldKind::Percent => {
            json!({ "type": "string", "format": "decimal", "examples": ["12.50"] })
        }
        FieldKind::Money => json!({
            "type": ["object", "string"],
            "required": ["amount"],
            "properties": {
                "amount": { "type": "string", "format": "decimal" },
                "currency": { "type": "string", "minLength": 3, "maxLength": 3, "default": dictionary.base_currency() },
                "rate": { "type": "string", "format": "decimal" },
                "base": { "type": "string", "format": "decimal", "readOnly": true },
            },
        }),
        FieldKind::Bool => json!({ "type": "boolean" }),
        FieldKind::Date => json!({ "type": "string", "format": "date" }),
        FieldKind::DateTime => json!({ "type": "string", "format": "date-time" }),
        FieldKind::Choice { options } => json!({ "type": "string", "enum": values(options) }),
        FieldKind::MultiChoice { options } => {
            json!({ "type": "array", "items": { "type": "string", "enum": values(options) } })
        }
        FieldKind::Reference { .. } | FieldKind::User | FieldKind::Department => {
            json!({ "type": "integer", "format": "int64" })
        }
        FieldKind::Email => json!({ "type": "string", "format": "email" }),
        FieldKind::Url => json!({ "type": "string", "format": "uri" }),
        FieldKind::Json => json!({}),
        FieldKind::RichText => {
            json!({ "type": "string", "format": "html", "description": "Mark-up outside of an allow-list is taken away." })
        }
        FieldKind::Duration => {
            json!({ "type": ["integer", "string"], "format": "int64", "description": "Seconds; also taken as 1:30 or PT1H30M." })
        }
        FieldKind::File | FieldKind::Image => {
            json!({ "type": "integer", "format": "int64", "description": "Id of an attachment of the record." })
        }
        FieldKind::Address => composite(&basalt_model::dictionary::ADDRESS_PARTS, "string"),
        FieldKind::GeoPoint => composite(&basalt_model::dictionary::GEO_PARTS, "string"),
    }
}

/// A value of several parts, with a line for people.
fn composite(parts: &[&str], kind: &str) -> Value {
    let mut properties = Map::new();
    properties.insert(
        "line".to_owned(),
        json!({ "type": "string", "readOnly": true }),
    );
    for part in parts {
        properties.insert(
            (*part).to_owned(),
            json!({ "type": [kind, "number", "null"] }),
        );
    }
    json!({ "type": "object", "properties": properties })
}

fn allow_null(schema: &mut Value) {
    match schema.get("type").cloned() {
        Some(Value::String(kind)) => schema["type"] = json!([kind, "null"]),
        Some(Value::Array(mut kinds)) => {
            kinds.push(json!("null"));
            schema["type"] = Value::Array(kinds);
        }
        _ => {}
    }
    if let Some(values) = schema.get_mut("enum").and_then(Value::as_array_mut) {
        values.push(Value::Null);
    }
}

fn query(name: &str, schema: Value, description: &str) -> Value {
    json!({ "name": name, "in": "query", "schema": schema, "description": description })
}

fn id() -> Value {
    json!({ "name": "id", "in": "path", "required": true, "schema": { "type": "integer", "format": "int64" } })
}

fn if_match() -> Value {
    json!({ "name": "If-Match", "in": "header", "schema": { "type": "string" }, "description": "The version that was read, such as \"3\"." })
}

fn idempotency_key() -> Value {
    json!({ "name": "Idempotency-Key", "in": "header", "schema": { "type": "string", "maxLength": 200 }, "description": "Requests with the same key act once." })
}

fn request(schema: &str) -> Value {
    json!({ "required": true, "content": { "application/json": { "schema": reference(schema) } } })
}

fn body(description: &str, schema: &str, headers: &[&str]) -> Value {
    let mut response = json!({ "description": description, "content": { "application/json": { "schema": reference(schema) } } });
    if !headers.is_empty() {
        let headers: Map<String, Value> = headers
            .iter()
            .map(|name| {
                (
                    (*name).to_owned(),
                    json!({ "schema": { "type": "string" } }),
                )
            })
            .collect();
        response["headers"] = Value::Object(headers);
    }
    response
}

fn reference(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

/// Adds operations to a path that fixed routes may share.
fn merge(path: &mut Value, operations: Value) {
    match (path, operations) {
        (Value::Object(path), Value::Object(operations)) => path.extend(operations),
        (path, operations) => *path = operations,
    }
}

/// `order_line` → `OrderLine`
fn pascal(name: &str) -> String {
    name.split('_')
        .map(|word| {
            word.chars()
                .take(1)
                .flat_map(char::to_uppercase)
                .chain(word.chars().skip(1))
                .collect::<String>()
        })
        .collect()
}
