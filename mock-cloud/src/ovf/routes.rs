//! The packages that a cloud keeps, over HTTP: GET, PUT and DELETE below `packages/` of its base URI.
//!
//! Owns these few routes, which are no part of CIMI: where an export without a destination leads to (DSP0263 5.13.1.2), and
//! where clients put what they want to import. Who may do it is asked of whoever joins the routes.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, StatusCode};

use super::limits;
use super::source::PACKAGES;
use super::store::{Put, Store, StoreError};

/// What somebody wants to do with a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// To get it.
    Read,
    /// To put it there or to delete it.
    Change,
}

/// Why somebody may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// It is not known who asks.
    Unknown,
    /// It is known, and they may not.
    Forbidden,
}

/// Who may do what, from the headers of a request.
pub type Gate = Arc<dyn Fn(&HeaderMap, Access) -> Result<(), Closed> + Send + Sync>;

/// The routes of a store, where `base` is the path of the base URI with a slash at its end.
pub fn routes(base: &str, store: &Arc<Store>, gate: &Gate) -> Router {
    let share = || (Arc::clone(store), Arc::clone(gate));
    let (to_read, to_put, to_delete) = (share(), share(), share());
    let methods = get(move |Path(name): Path<String>, headers: HeaderMap| async move {
        let (store, gate) = &to_read;
        open(gate, &headers, Access::Read, || read(store, &name))
    })
    .put(move |Path(name): Path<String>, headers: HeaderMap, body: Bytes| async move {
        let (store, gate) = &to_put;
        open(gate, &headers, Access::Change, || put(store, &name, &body))
    })
    .delete(move |Path(name): Path<String>, headers: HeaderMap| async move {
        let (store, gate) = &to_delete;
        open(gate, &headers, Access::Change, || delete(store, &name))
    });
    Router::new()
        .route(&format!("{base}{PACKAGES}{{name}}"), methods)
        .layer(DefaultBodyLimit::max(limits::PACKAGE_BYTES))
}

fn open(gate: &Gate, headers: &HeaderMap, access: Access, inside: impl FnOnce() -> Response) -> Response {
    match gate(headers, access) {
        Ok(()) => inside(),
        Err(Closed::Unknown) => (
            StatusCode::UNAUTHORIZED,
            [(WWW_AUTHENTICATE, "Basic, Bearer")],
            "Credentials are needed here.\n",
        )
            .into_response(),
        Err(Closed::Forbidden) => {
            (StatusCode::FORBIDDEN, "The role of this user does not include that.\n").into_response()
        }
    }
}

fn read(store: &Store, name: &str) -> Response {
    match store.get(name) {
        Some((bytes, ty)) => ([(CONTENT_TYPE, ty)], Bytes::from_owner(bytes)).into_response(),
        None => nothing(name),
    }
}

fn put(store: &Store, name: &str, body: &[u8]) -> Response {
    match store.put(name, body) {
        Ok(Put::New) => StatusCode::CREATED.into_response(),
        Ok(Put::Replaced) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => {
            let status = match error {
                StoreError::Name(_) => StatusCode::BAD_REQUEST,
                StoreError::Size(_) => StatusCode::PAYLOAD_TOO_LARGE,
                StoreError::Full => StatusCode::INSUFFICIENT_STORAGE,
            };
            (status, format!("{error}\n")).into_response()
        }
    }
}

fn delete(store: &Store, name: &str) -> Response {
    if store.delete(name) { StatusCode::NO_CONTENT.into_response() } else { nothing(name) }
}

fn nothing(name: &str) -> Response {
    let name = super::error::shown(name);
    (StatusCode::NOT_FOUND, format!("There is no package `{name}`.\n")).into_response()
}
