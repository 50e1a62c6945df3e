//! GET and HEAD (DSP0263 4.2.1.2, 4.1.6): a resource or a collection, projected and expanded.
//!
//! Owns the order of the steps: narrow, project, expand, compare the tag, write. What the parameters mean is the query's.

use bytes::Bytes;
use http::header::ETAG;
use http::{HeaderValue, StatusCode};

use super::etag::{self, Variation};
use super::exchange::Exchange;
use super::expand::expand;
use super::provider::{Provider, Representation, TargetKind};
use super::refusal::Refusal;
use super::reply::{self, Answer};
use crate::codec;
use crate::query::Query;

/// GET: the representation that the query asks for, or 304 if the caller has it.
pub(super) async fn get<P: Provider>(exchange: &Exchange<'_, P>) -> Result<Answer, Refusal> {
    if is_plain(exchange)
        && let Some(answer) = unchanged(exchange).await?
    {
        return Ok(answer);
    }
    let query = exchange.query()?;
    let Representation { mut document, version } = match exchange.target.kind {
        TargetKind::Collection => collection(exchange, &query).await?,
        TargetKind::Resource | TargetKind::Operation(_) => exchange.current().await?,
    };
    etag::demanded(&exchange.parts.headers)?.check(&version)?;

    let mut variation = Variation::default();
    if exchange.parts.uri.query().is_some() {
        vary(&query, &mut variation);
    }
    if let Some(select) = &query.select {
        select.apply(&mut document);
    }
    if let Some(names) = &query.expand {
        expand(exchange, names, &mut document, &mut variation).await?;
    }

    let tag = etag::tag(&version, exchange.format, variation);
    if etag::is_known(&exchange.parts.headers, &tag)? {
        return Ok(reply::not_modified(tag));
    }
    let extensions = exchange.provider().extensions();
    let body = Bytes::from(codec::write(exchange.format, &document, extensions));
    if is_plain(exchange) {
        exchange.face.rendered.keep(&exchange.path.path, exchange.format, &version, &body);
    }
    Ok(tagged(reply::of_bytes(StatusCode::OK, exchange.format, body), tag))
}

/// Whether a resource is asked for as it is.
fn is_plain<P: Provider>(exchange: &Exchange<'_, P>) -> bool {
    exchange.target.kind == TargetKind::Resource && exchange.parts.uri.query().is_none()
}

/// The answer of before, or 304, if the provider says that the resource is still of the same version.
async fn unchanged<P: Provider>(exchange: &Exchange<'_, P>) -> Result<Option<Answer>, Refusal> {
    let Some(version) = exchange.provider().version(&exchange.caller, &exchange.path).await else {
        return Ok(None);
    };
    etag::demanded(&exchange.parts.headers)?.check(&version)?;
    let tag = etag::tag(&version, exchange.format, Variation::default());
    if etag::is_known(&exchange.parts.headers, &tag)? {
        return Ok(Some(reply::not_modified(tag)));
    }
    let body = exchange.face.rendered.get(&exchange.path.path, exchange.format, &version);
    Ok(body.map(|body| tagged(reply::of_bytes(StatusCode::OK, exchange.format, body), tag)))
}

fn tagged(mut answer: Answer, tag: HeaderValue) -> Answer {
    answer.headers_mut().insert(ETAG, tag);
    answer
}

/// The collection with the members asked for, once the filters and keys fit their type (4.1.6.1, 4.1.6.6).
async fn collection<P: Provider>(
    exchange: &Exchange<'_, P>,
    query: &Query,
) -> Result<Representation, Refusal> {
    let schema = exchange.target.schema;
    if let Some((_, member, _)) = schema.members() {
        query.check(member, exchange.provider().extensions())?;
    }
    Ok(exchange.list(query, &exchange.path, schema).await?.into_representation())
}

/// What the query makes of a resource is a representation of its own. Its format is in the tag anyhow, and the
/// provider's own parameters are part of which resource it is.
fn vary(query: &Query, variation: &mut Variation) {
    let asked = Query { own: String::new(), format: None, ..query.clone() };
    if asked != Query::default() {
        variation.add(&asked.to_string());
    }
}
