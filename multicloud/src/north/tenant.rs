//! The tenant that a request names, by a header of our own, and the address that it comes from: CIMI has neither, and a provider
//! sees no header and no connection.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Request};
use axum::middleware::Next;
use axum::response::Response;
use http::{Extensions, HeaderMap, HeaderName};

/// Whoever is in several tenants names the one that a request is for.
pub const HEADER: HeaderName = HeaderName::from_static("cimi-tenant");

tokio::task_local! {
    static NAMED: Named;
}

/// What is noted of a request.
struct Named {
    tenant: Option<String>,
    from: Option<IpAddr>,
}

/// Notes the tenant that a request names and where it comes from, for as long as it is answered.
pub async fn note(request: Request, next: Next) -> Response {
    let named = Named { tenant: of(request.headers()), from: origin(request.extensions()) };
    NAMED.scope(named, next.run(request)).await
}

/// The address that a request comes from, if whoever serves it says so.
pub(crate) fn origin(extensions: &Extensions) -> Option<IpAddr> {
    extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip())
}

/// The tenant that headers name. What is no text is no tenant's name either: it is refused as one that is not there.
pub(crate) fn of(headers: &HeaderMap) -> Option<String> {
    headers.get(HEADER).map(|name| String::from_utf8_lossy(name.as_bytes()).into_owned())
}

/// The tenant that the request names that is being answered.
pub(super) fn named() -> Option<String> {
    NAMED.try_with(|named| named.tenant.clone()).ok().flatten()
}

/// The address that the request comes from that is being answered.
pub(super) fn from() -> Option<IpAddr> {
    NAMED.try_with(|named| named.from).ok().flatten()
}
