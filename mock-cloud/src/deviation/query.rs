//! Queries that lose parameters on their way to the cloud.
//!
//! Owns the rewriting of a request's URI.

use axum::extract::Request;
use http::Uri;
use http::uri::PathAndQuery;

/// Rewrites the query of a request.
pub(super) fn change(request: &mut Request, change: fn(&str) -> String) {
    let Some(query) = request.uri().query() else { return };
    let query = change(query);
    let path = request.uri().path();
    let target = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
    let Ok(target) = target.parse::<PathAndQuery>() else { return };
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = Some(target);
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
}

/// A query without the parameters of these names.
pub(super) fn without(query: &str, names: &[&str]) -> String {
    let stays = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or_default().replace("%24", "$");
        !names.contains(&name.as_str())
    };
    query.split('&').filter(stays).collect::<Vec<_>>().join("&")
}
