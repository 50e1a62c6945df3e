//! The packages that a cloud keeps, over HTTP: GET, PUT and DELETE below `packages/` of its base URI.
//!
//! Owns these few routes, which are no part of CIMI: where an export without a destination leads to (DSP0263 5.13.1.2), and
//! where clients put what they want to import.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use cimi::server::credentials;
use http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, StatusCode};

use super::limits;
use super::source::PACKAGES;
use super::store::{Put, Store, StoreError};
use crate::engine::Engine;
use crate::users::Users;
use crate::world::Kind;

/// What somebody wants to do with a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    /// To get it.
    Read,
    /// To put it there or to delete it.
    Change,
}

/// Whose packages they are, and who may come to them.
struct Desk {
    engine: Arc<Engine>,
    users: Users,
}

/// The routes for the packages of a world, where `base` is the path of the base URI with a slash at its end.
pub fn routes(base: &str, engine: &Arc<Engine>, users: &Users) -> Router {
    let desk = Arc::new(Desk { engine: Arc::clone(engine), users: users.clone() });
    let (reading, putting, deleting) = (Arc::clone(&desk), Arc::clone(&desk), desk);
    let methods = get(move |Path(name): Path<String>, headers: HeaderMap| async move {
        reading.open(&headers, Access::Read, || reading.engine.peek(|sim| read(sim.packages(), &name)))
    })
    .put(move |Path(name): Path<String>, headers: HeaderMap, body: Bytes| async move {
        putting.open(&headers, Access::Change, || {
            putting.engine.write(|sim| put(sim.packages_mut(), &name, &body))
        })
    })
    .delete(move |Path(name): Path<String>, headers: HeaderMap| async move {
        deleting
            .open(&headers, Access::Change, || deleting.engine.write(|sim| delete(sim.packages_mut(), &name)))
    });
    Router::new()
        .route(&format!("{base}{PACKAGES}{{name}}"), methods)
        .layer(DefaultBodyLimit::max(limits::PACKAGE_BYTES))
}

impl Desk {
    /// Whoever may create Systems may change packages.
    fn open(&self, headers: &HeaderMap, access: Access, inside: impl FnOnce() -> Response) -> Response {
        let caller = credentials(headers).and_then(|given| self.users.authenticate(given.as_ref()));
        match caller {
            Err(refusal) => {
                let message = format!("{}\n", refusal.message);
                (StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, "Basic, Bearer")], message).into_response()
            }
            Ok(caller) if access == Access::Change && !caller.may_change(Kind::SystemTemplate) => {
                (StatusCode::FORBIDDEN, "The role of this user does not include that.\n").into_response()
            }
            Ok(_) => inside(),
        }
    }
}

fn read(store: &Store, name: &str) -> Response {
    match store.get(name) {
        Some((bytes, ty)) => ([(CONTENT_TYPE, ty)], Bytes::from_owner(bytes)).into_response(),
        None => nothing(name),
    }
}

fn put(store: &mut Store, name: &str, body: &[u8]) -> Response {
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

fn delete(store: &mut Store, name: &str) -> Response {
    if store.delete(name) { StatusCode::NO_CONTENT.into_response() } else { nothing(name) }
}

fn nothing(name: &str) -> Response {
    let name = super::error::shown(name);
    (StatusCode::NOT_FOUND, format!("There is no package `{name}`.\n")).into_response()
}
