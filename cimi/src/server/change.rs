//! PUT, DELETE and POST (DSP0263 4.2.1.1, 4.2.1.3 to 4.2.1.7).
//!
//! Owns what is asked of the provider for each. What the provider does, and what comes of it, is its own.

use axum::body::Body;

use super::create;
use super::etag;
use super::exchange::Exchange;
use super::provider::{Action, Precondition, Provider, TargetKind};
use super::refusal::Refusal;
use super::reply::Answer;
use crate::document::Document;
use crate::edition::Edition;
use crate::model::{Form, schema};
use crate::update::Update;

/// PUT: the whole resource, or with `$select` a part of it (4.2.1.3, 4.2.1.3.1).
pub(super) async fn put<P: Provider>(exchange: &Exchange<'_, P>, body: Body) -> Result<Answer, Refusal> {
    let precondition = precondition(exchange)?;
    let select = exchange.query()?.select;
    let document = exchange.document(body, &[exchange.target.schema]).await?;
    let current = exchange.current().await?;
    // Checked here against what the update is computed from, and by the provider at the moment of the change.
    precondition.check(&current.version)?;
    let extensions = exchange.provider().extensions();
    let update = Update::plan(&current.document, &document, select.as_ref(), extensions)?;
    let provider = exchange.provider();
    let outcome = provider.update(&exchange.caller, &exchange.path, update, &precondition).await?;
    Ok(exchange.changed(&outcome))
}

/// DELETE (4.2.1.4).
pub(super) async fn delete<P: Provider>(exchange: &Exchange<'_, P>) -> Result<Answer, Refusal> {
    let precondition = precondition(exchange)?;
    let outcome = exchange.provider().delete(&exchange.caller, &exchange.path, &precondition).await?;
    Ok(exchange.changed(&outcome))
}

/// POST: an Action where actions are taken (4.2.1.5, 5.5.12.2), else a creation (4.2.1.1, 5.5.12.1).
pub(super) async fn post<P: Provider>(exchange: &Exchange<'_, P>, body: Body) -> Result<Answer, Refusal> {
    let precondition = precondition(exchange)?;
    let provider = exchange.provider();
    let document = match &exchange.target.kind {
        TargetKind::Operation(_) => exchange.document(body, &[schema(provider.edition(), "Action")]).await?,
        _ => exchange.document(body, &exchange.target.accepts).await?,
    };
    let outcome = if document.schema.ty.form == Form::Action {
        let action = action(provider.edition(), &exchange.target.kind, document)?;
        provider.act(&exchange.caller, &exchange.path, action, &precondition).await?
    } else {
        let document = create::prepared(exchange, document).await?;
        provider.create(&exchange.caller, &exchange.path, document).await?
    };
    Ok(exchange.changed(&outcome))
}

fn precondition<P: Provider>(exchange: &Exchange<'_, P>) -> Result<Precondition, Refusal> {
    let headers = &exchange.parts.headers;
    if exchange.target.kind != TargetKind::Collection {
        etag::refuse_if_none(headers)?;
    }
    etag::demanded(headers)
}

/// The action that a document asks for. At an operation's own URI, both must name the same.
fn action(edition: Edition, kind: &TargetKind, document: Document) -> Result<Action, Refusal> {
    let uri = document.attributes.text("action").unwrap_or_default();
    let name = name(edition, uri).ok_or_else(|| {
        Refusal::bad_request(format!(
            "action is `{}`. Expected the URI of an operation, such as {}.",
            uri.chars().take(128).collect::<String>(),
            edition.action_uri("start")
        ))
    })?;
    if let TargetKind::Operation(expected) = kind
        && name != expected
    {
        return Err(Refusal::bad_request(format!(
            "action asks for `{name}`, but this is the URI of `{expected}`. Expected {}.",
            edition.action_uri(expected)
        )));
    }
    Ok(Action { name: name.to_owned(), document })
}

/// What every URI that CIMI defines begins with, whatever the edition.
const DMTF: &str = "http://schemas.dmtf.org/";

/// The bare name in an action's URI: CIMI's own of this edition, a provider's (its last segment), or a bare name, as
/// the `rel` of insert and remove is one. Nothing for URIs of DMTF of another edition or form.
fn name(edition: Edition, uri: &str) -> Option<&str> {
    let uri = uri.trim();
    let name = match Edition::split(uri) {
        Some((of, rest)) if of == edition => rest.strip_prefix("action/")?,
        Some(_) => return None,
        None if uri.starts_with(DMTF) => return None,
        None => uri.rsplit(['/', '#']).next()?,
    };
    (!name.is_empty() && !name.contains('/')).then_some(name)
}
