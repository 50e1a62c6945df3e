//! Resources as whoever administers the manager sees them: where they come from; taken over, forgotten, recalled.
//!
//! Owns how this is asked for and shown. What happens is `app`'s.

use axum::body::Body;
use axum::response::Response;
use http::StatusCode;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::misread::misread;
use super::problem::Problem;
use super::reply;
use super::request::{Asked, Page, encoded};
use super::routes::BASE;
use crate::access::Actor;
use crate::app::{App, AppError, Chosen};
use crate::directory::Issue;
use crate::kind::Kind;
use crate::record::{Id, Origin, Resource};
use crate::sync::link_of;

/// A resource.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Shown {
    /// Its path at the CIMI face: `machines/7`.
    id: String,
    /// Its type.
    kind: &'static str,
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Its state.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    /// How the manager came to show it.
    origin: Origin,
    /// The tenant that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    /// Since when its cloud does not have it any more, though nobody deleted it through the manager.
    #[serde(skip_serializing_if = "Option::is_none")]
    gone: Option<String>,
    /// Where it is; nowhere: it is the manager's own.
    places: Vec<Place>,
}

/// Where a resource is.
#[derive(Serialize, ToSchema)]
pub(super) struct Place {
    /// The account.
    account: String,
    /// What its cloud calls it.
    native: String,
}

/// What a cloud has and the manager does not show.
#[derive(Serialize, ToSchema)]
pub(super) struct Forgotten {
    /// Its number, by which it is recalled.
    number: i64,
    /// Its type.
    kind: &'static str,
    /// What it was called.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(flatten)]
    place: Place,
    /// When it was forgotten.
    at: String,
}

/// Which resources are to be taken over, and for whom: one, or all of those that were found that a filter leaves.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Adoption {
    /// The tenant.
    tenant: String,
    /// A resource by its path.
    resource: Option<String>,
    /// A filter over resources, in CIMI's words.
    filter: Option<String>,
}

/// Which resources are to be forgotten: one, or all that a filter leaves.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Oblivion {
    /// A resource by its path.
    resource: Option<String>,
    /// A filter over resources, in CIMI's words.
    filter: Option<String>,
}

/// Resources that something was done with.
#[derive(Serialize, ToSchema)]
pub(super) struct Done {
    /// How many.
    count: usize,
    /// Their paths.
    resources: Vec<String>,
}

/// A page of the resources that somebody sees, oldest first.
pub(super) fn list(app: &App, actor: &Actor, page: &Page) -> Result<Response, Problem> {
    let app = app.on_behalf_of(actor);
    let chosen = page.filter.as_deref().map_or(Ok(Chosen::All), Chosen::filter)?;
    let all = app.chosen(&chosen);
    let rows = all.iter().map(|resource| (resource.id, json!(shown(resource))));
    paged("resources", page, rows)
}

/// A page of what is forgotten, oldest first.
pub(super) fn forgotten(app: &App, actor: &Actor, page: &Page) -> Result<Response, Problem> {
    let all = app.on_behalf_of(actor).disregarded()?;
    let rows = all.into_iter().map(|it| {
        let place = Place { account: it.account, native: it.native.0 };
        let (number, kind) = (it.id.0, it.kind.type_name());
        (it.id, json!(Forgotten { number, kind, name: it.name, place, at: it.at.to_string() }))
    });
    paged("forgotten", page, rows)
}

/// Gives what was found to a tenant.
pub(super) async fn adopt(app: &App, actor: &Actor, asked: Asked) -> Result<Response, Problem> {
    let Adoption { tenant, resource, filter } = read(asked.body)?;
    let chosen = chosen(resource, filter)?;
    let adopted = app.on_behalf_of(actor).adopt(&chosen, &tenant).await?;
    Ok(done(&adopted))
}

/// Shows what clouds have no longer.
pub(super) async fn forget(app: &App, actor: &Actor, asked: Asked) -> Result<Response, Problem> {
    let Oblivion { resource, filter } = read(asked.body)?;
    let chosen = chosen(resource, filter)?;
    let forgotten = app.on_behalf_of(actor).disregard(&chosen).await?;
    Ok(done(&forgotten))
}

/// Lets something be shown again.
pub(super) async fn recall(app: &App, actor: &Actor, number: &str) -> Result<Response, Problem> {
    let id = number.parse().map(Id).map_err(|_| Problem::nothing_here())?;
    app.on_behalf_of(actor).recall(id).await?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}

fn shown(resource: &Resource) -> Shown {
    let text = |name: &str| resource.attributes.text(name).map(str::to_owned);
    let places = resource.replicas.iter();
    let places = places.map(|it| Place { account: it.account.clone(), native: it.native.0.clone() });
    Shown {
        id: link_of(resource.kind, resource.id),
        kind: resource.kind.type_name(),
        name: text("name"),
        state: text("state"),
        origin: resource.provenance.origin,
        owner: resource.owner.clone(),
        gone: resource.provenance.gone.map(|since| since.to_string()),
        places: places.collect(),
    }
}

fn done(with: &[(Kind, Id)]) -> Response {
    let resources = with.iter().map(|(kind, id)| link_of(*kind, *id)).collect();
    reply(StatusCode::OK, &Done { count: with.len(), resources })
}

fn read<T: DeserializeOwned>(body: Map<String, Value>) -> Result<T, Problem> {
    let issues = misread::<T>(&body);
    serde_json::from_value(Value::Object(body)).map_err(|error| {
        let issues = if issues.is_empty() { vec![Issue::new("", error.to_string())] } else { issues };
        Problem::invalid("the request cannot be read", issues)
    })
}

fn chosen(resource: Option<String>, filter: Option<String>) -> Result<Chosen, Problem> {
    let wrong = |pointer: &'static str| {
        move |error: AppError| {
            Problem::invalid(error.message.clone(), vec![Issue::new(pointer, error.message)])
        }
    };
    match (resource, filter) {
        (Some(path), None) => Chosen::path(&path).map_err(wrong("/resource")),
        (None, Some(filter)) => Chosen::filter(&filter).map_err(wrong("/filter")),
        _ => {
            let detail = "say which: either `resource` or `filter`";
            Err(Problem::invalid(detail, vec![Issue::new("", detail)]))
        }
    }
}

fn paged(what: &str, page: &Page, rows: impl Iterator<Item = (Id, Value)>) -> Result<Response, Problem> {
    let after = match page.after.as_str() {
        "" => 0,
        text => text.parse().map_err(|_| Problem::bad_request("`after` is no number: follow `next`."))?,
    };
    let (mut items, mut count, mut end, mut more) = (Vec::new(), 0, Id(0), 0);
    for (id, row) in rows {
        count += 1;
        if id.0 <= after {
            continue;
        }
        if items.len() < page.limit {
            items.push(row);
            end = id;
        } else {
            more += 1;
        }
    }
    let mut list = json!({ "items": items, "count": count });
    if more > 0 {
        let mut next = format!("{BASE}{what}?limit={}&after={}", page.limit, end.0);
        if let Some(filter) = &page.filter {
            next.extend(["&filter=", &encoded(filter)]);
        }
        list["next"] = Value::String(next);
    }
    Ok(reply(StatusCode::OK, &list))
}
