//! The OpenAPI 3.1 document: of the list of routes, and of the schemas that the records' types declare.

use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

use super::cloud::Cloud;
use super::events::Told;
use super::placements::Placement;
use super::problem::Problem;
use super::resources::{Adoption, Done, Forgotten, Oblivion, Shown};
use super::routes::{Action, Route, Verb, routes};
use super::usage::Usage;
use super::view::{Doing, Frame};
use crate::connector::profile::Profile;
use crate::directory::{Account, Location, Mapping, Policy, Provider, Sort, Tenant, Token, User};
use crate::north::tenant;
use crate::placement::Amounts;
use crate::usage::By;

/// The document.
pub(super) fn document() -> Value {
    let mut paths = Map::new();
    for route in routes() {
        let item = paths.entry(route.path.clone()).or_insert_with(|| path_item(&route.path));
        item[route.method.as_str().to_lowercase()] = operation(&route);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Administration of a CIMI manager",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "Apache-2.0 OR MIT", "identifier": "Apache-2.0 OR MIT" },
        },
        "security": [{ "password": [] }, { "token": [] }],
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "securitySchemes": {
                "password": { "type": "http", "scheme": "basic" },
                "token": { "type": "http", "scheme": "bearer" },
            },
        },
    })
}

fn path_item(path: &str) -> Value {
    let mut parameters = vec![json!({
        "name": tenant::HEADER.as_str(), "in": "header", "required": false, "schema": { "type": "string" },
        "description": "The tenant that the request is for, of those that the user is in; without it, the first.",
    })];
    if path.contains("{name}") {
        parameters.push(json!({
            "name": "name", "in": "path", "required": true, "schema": { "type": "string" },
        }));
    }
    json!({ "parameters": parameters })
}

fn operation(route: &Route) -> Value {
    let ok = |description: &str, schema: Value| json!({ "description": description, "content": { "application/json": { "schema": schema } } });
    let (id, summary, mut operation) = match route.action {
        Action::Description => (
            "describe".to_owned(),
            "This document".to_owned(),
            json!({ "responses": { "200": ok("It", json!({})) }, "security": [] }),
        ),
        Action::Me => (
            "me".to_owned(),
            "Who asks, and what for".to_owned(),
            json!({ "responses": { "200": ok("You", json!({ "type": "object" })) } }),
        ),
        Action::Events => {
            ("listEvents".to_owned(), "What has happened, as far as you see it".to_owned(), events())
        }
        Action::Usage => {
            ("showUsage".to_owned(), "What was used, as far as you see it, summed up".to_owned(), usage())
        }
        Action::Profiles => {
            let list = json!({ "type": "object", "properties": { "items": { "type": "array", "items": reference("Profile") } } });
            (
                "listProfiles".to_owned(),
                "The kinds of clouds, and what each wants to be told".to_owned(),
                json!({ "responses": { "200": ok("All of them", list) } }),
            )
        }
        Action::Profile => (
            "showProfile".to_owned(),
            "What a kind of cloud wants to be told".to_owned(),
            json!({ "responses": { "200": ok("It", reference("Profile")) } }),
        ),
        Action::Rehearse => {
            let content = json!({ "application/json": { "schema": json!({}) }, "application/xml": { "schema": json!({}) } });
            (
                "rehearse".to_owned(),
                "Where something would go, and why there; `name` is its collection, the body what would be sent there, and nothing is created".to_owned(),
                json!({
                    "requestBody": { "required": true, "content": content },
                    "responses": { "200": ok("The decision", reference("Placement")) },
                }),
            )
        }
        Action::Decision => (
            "show-placement".to_owned(),
            "Where the job of this number put something, and why there".to_owned(),
            json!({ "responses": { "200": ok("The decision", reference("Placement")) } }),
        ),
        Action::Records(sort, verb) => records(sort, verb),
        action => resources(action),
    };
    operation["operationId"] = json!(id);
    operation["summary"] = json!(summary);
    operation["responses"]["default"] = json!({
        "description": "A refusal (RFC 9457)",
        "content": { "application/problem+json": { "schema": reference("Problem") } },
    });
    operation
}

fn events() -> Value {
    let query = |name: &str, ty: &str, description: &str| {
        json!({
            "name": name, "in": "query", "required": false, "schema": { "type": ty },
            "description": description,
        })
    };
    let list = json!({ "type": "object", "required": ["items"], "properties": {
        "items": { "type": "array", "items": reference("Told") },
        "next": { "type": "string", "description": "Where the next page is, if there is one." },
    } });
    let stream = "Server-sent events from now on, or after the one in Last-Event-ID or `after`: the number is the id, \
                  the sort the event, an object as of a page the data.";
    json!({
        "parameters": [
            query("limit", "integer", "So many at most."),
            query("before", "integer", "Those with lower numbers, newest first; also without it."),
            query("after", "integer", "Those with higher numbers, oldest first."),
            query("about", "string", "What is about the resource or record at this path."),
            query("sort", "string", "state, model, alarm or access."),
            query("severity", "string", "As grave as that or graver: low, medium, high, critical."),
            { "name": "Last-Event-ID", "in": "header", "required": false, "schema": { "type": "integer" } },
        ],
        "responses": { "200": { "description": "A page, or a stream", "content": {
            "application/json": { "schema": list },
            "text/event-stream": { "schema": { "type": "string", "description": stream } },
        } } },
    })
}

fn usage() -> Value {
    let query = |name: &str, schema: Value, description: &str| json!({ "name": name, "in": "query", "required": false, "schema": schema, "description": description });
    let time = json!({ "type": "string", "format": "date-time" });
    let by = By::ALL.map(By::name).join(", ");
    json!({
        "parameters": [
            query("from", time.clone(), "From when; without it, since the month began (UTC)."),
            query("to", time, "Until when, at most 366 days later; without it, now."),
            query("by", json!({ "type": "string" }), &format!("What is told apart: any of {by}, with commas between. Without it: tenant,account,kind. `user` is for who decides about users.")),
        ],
        "responses": { "200": { "description": "Sums", "content": {
            "application/json": { "schema": reference("Usage") },
            "text/csv": { "schema": { "type": "string", "description": "A heading, then a line a row: what is told apart, then the sums." } },
        } } },
    })
}

/// What is done with resources, and with what accounts hold.
fn resources(action: Action) -> (String, String, Value) {
    let ok = |schema: Value| json!({ "200": { "description": "Done", "content": { "application/json": { "schema": schema } } } });
    let body = |schema: &str| json!({ "required": true, "content": { "application/json": { "schema": reference(schema) } } });
    let page = |schema: &str| {
        json!({ "type": "object", "required": ["items", "count"], "properties": {
            "items": { "type": "array", "items": reference(schema) },
            "count": { "type": "integer", "description": "Of all, not of the page." },
            "next": { "type": "string", "description": "Where the next page is, if there is one." },
        } })
    };
    let paged = [query("limit", "integer"), query("after", "string")];
    let (id, summary, operation) = match action {
        Action::Resources => {
            let parameters: Vec<Value> = paged.into_iter().chain([query("filter", "string")]).collect();
            let operation = json!({ "parameters": parameters, "responses": ok(page("Shown")) });
            ("list-resources", "The resources that you see, and where they come from", operation)
        }
        Action::Adopt => {
            let operation = json!({ "requestBody": body("Adoption"), "responses": ok(reference("Done")) });
            ("adopt-resources", "Give to a tenant what was found at clouds", operation)
        }
        Action::Forget => {
            let operation = json!({ "requestBody": body("Oblivion"), "responses": ok(reference("Done")) });
            ("forget-resources", "Show no longer what clouds have, until it is recalled", operation)
        }
        Action::Forgotten => {
            let operation = json!({ "parameters": paged, "responses": ok(page("Forgotten")) });
            ("list-forgotten", "What clouds have and is not shown", operation)
        }
        Action::Recall => {
            let shown = json!({ "204": { "description": "It is shown once its cloud is looked at" } });
            ("recall-forgotten", "Show something again", json!({ "responses": shown }))
        }
        _ => {
            let mut responses = ok(reference("Account"));
            responses["202"] = json!({ "description": "The look goes on" });
            let operation = json!({ "responses": responses });
            ("refresh-account", "Look at everything that an account holds, now", operation)
        }
    };
    (id.to_owned(), summary.to_owned(), operation)
}

fn query(name: &str, ty: &str) -> Value {
    json!({ "name": name, "in": "query", "required": false, "schema": { "type": ty } })
}

fn records(sort: Sort, verb: Verb) -> (String, String, Value) {
    let (noun, all) = (sort.noun(), sort.collection());
    let schema = type_name(sort);
    let beside = beside(sort);
    let shown = json!({ "allOf": [reference("Frame"), reference(schema), beside] });
    let tagged = |description: &str| {
        json!({
            "description": description,
            "headers": { "ETag": { "schema": { "type": "string" } } },
            "content": { "application/json": { "schema": shown } },
        })
    };
    let if_match =
        json!([{ "name": "If-Match", "in": "header", "required": false, "schema": { "type": "string" } }]);
    let body =
        |media: &str, schema: Value| json!({ "required": true, "content": { media: { "schema": schema } } });
    match verb {
        Verb::List => {
            let list = json!({ "type": "object", "required": ["items", "count"], "properties": {
                "items": { "type": "array", "items": shown },
                "count": { "type": "integer", "description": "Of all, not of the page." },
                "next": { "type": "string", "description": "Where the next page is, if there is one." },
            } });
            let content = json!({ "application/json": { "schema": list } });
            let operation = json!({
                "parameters": [query("limit", "integer"), query("after", "string")],
                "responses": { "200": { "description": "A page, by name", "content": content } },
            });
            (format!("list-{all}"), format!("The {all} that you see"), operation)
        }
        Verb::Create => {
            let named = json!({ "allOf": [reference(schema), { "type": "object", "properties": { "name": { "type": "string" }, "enabled": { "type": "boolean" } } }] });
            let operation = json!({ "requestBody": body("application/json", named), "responses": { "201": tagged("Made") } });
            (format!("create-{noun}"), format!("Make a {noun}"), operation)
        }
        Verb::Show => {
            (format!("show-{noun}"), format!("A {noun}"), json!({ "responses": { "200": tagged("It") } }))
        }
        Verb::Change => {
            let patch = json!({ "type": "object", "description": "A merge patch (RFC 7396)." });
            let operation = json!({
                "parameters": if_match,
                "requestBody": body("application/merge-patch+json", patch),
                "responses": { "200": tagged("As it is now") },
            });
            (format!("change-{noun}"), format!("Change, enable or disable a {noun}"), operation)
        }
        Verb::Delete => {
            let operation =
                json!({ "parameters": if_match, "responses": { "204": { "description": "Gone" } } });
            (format!("delete-{noun}"), format!("Delete a {noun}"), operation)
        }
    }
}

/// What records of a sort show that is not set.
fn beside(sort: Sort) -> Value {
    match sort {
        Sort::Account => {
            json!({ "properties": {
                "health": reference("Doing"), "usage": reference("Amounts"), "left": reference("Quota"),
                "cloud": reference("Cloud"),
            } })
        }
        Sort::Tenant => json!({ "properties": { "usage": reference("Amounts") } }),
        Sort::Mapping => {
            let paths = json!({ "type": "object", "additionalProperties": { "type": "string" },
                "description": "What it finds now: the path of one at each account that has one." });
            json!({ "properties": { "found": paths } })
        }
        _ => json!({}),
    }
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn type_name(sort: Sort) -> &'static str {
    match sort {
        Sort::Policy => "Policy",
        Sort::Tenant => "Tenant",
        Sort::Location => "Location",
        Sort::Provider => "Provider",
        Sort::Account => "Account",
        Sort::Mapping => "Mapping",
        Sort::User => "User",
        Sort::Token => "Token",
    }
}

fn schemas() -> Value {
    let mut all = Vec::new();
    add::<Policy>(&mut all);
    add::<Tenant>(&mut all);
    add::<Location>(&mut all);
    add::<Provider>(&mut all);
    add::<Account>(&mut all);
    add::<Mapping>(&mut all);
    add::<User>(&mut all);
    add::<Token>(&mut all);
    add::<Profile>(&mut all);
    add::<Told>(&mut all);
    add::<Usage>(&mut all);
    add::<Problem>(&mut all);
    add::<Frame>(&mut all);
    add::<Doing>(&mut all);
    add::<Cloud>(&mut all);
    add::<Shown>(&mut all);
    add::<Forgotten>(&mut all);
    add::<Adoption>(&mut all);
    add::<Oblivion>(&mut all);
    add::<Done>(&mut all);
    add::<Amounts>(&mut all);
    add::<Placement>(&mut all);
    all.into_iter().map(|(name, schema)| (name, json!(schema))).collect::<Map<_, _>>().into()
}

fn add<T: ToSchema>(all: &mut Vec<(String, RefOr<Schema>)>) {
    all.push((T::name().into_owned(), T::schema()));
    T::schemas(all);
}
