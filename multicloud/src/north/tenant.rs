//! The tenant that a request names, by a header of our own: CIMI has none, and a provider sees no header.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderName};

/// Whoever is in several tenants names the one that a request is for.
pub const HEADER: HeaderName = HeaderName::from_static("cimi-tenant");

tokio::task_local! {
    static NAMED: Option<String>;
}

/// Notes the tenant that a request names, for as long as it is answered.
pub async fn note(request: Request, next: Next) -> Response {
    let tenant = of(request.headers());
    NAMED.scope(tenant, next.run(request)).await
}

/// The tenant that headers name. What is no text is no tenant's name either: it is refused as one that is not there.
pub(crate) fn of(headers: &HeaderMap) -> Option<String> {
    headers.get(HEADER).map(|name| String::from_utf8_lossy(name.as_bytes()).into_owned())
}

/// The tenant that the request names that is being answered.
pub(super) fn named() -> Option<String> {
    NAMED.try_with(Clone::clone).ok().flatten()
}
