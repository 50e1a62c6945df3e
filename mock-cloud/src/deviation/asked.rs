//! A request that can be changed before the cloud sees it.
//!
//! Owns the parts of a request and its body in memory. What becomes of it is the layer's to say.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use bytes::Bytes;
use cimi::codec::{self, Context, Format, Reader};
use cimi::extension::Extensions;
use cimi::model::{Schema, registry};
use cimi::{Document, Edition, Limits};
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderMap, Uri};

use super::document;
use super::target::Target;
use super::way::{Edit, When};

/// Bytes of a body that are kept: more than the cloud takes, so that what is too large stays too large.
const BODY: usize = 8 << 20;

/// A request.
#[derive(Debug)]
pub(crate) struct Asked {
    /// Everything but the body.
    pub(super) parts: Parts,
    /// The body.
    pub(super) body: Bytes,
    /// The edition of the cloud.
    pub(super) edition: Edition,
    /// What it is about; none where the path is like none of a cloud.
    pub(super) target: Option<Target>,
}

impl Asked {
    pub(super) async fn read(edition: Edition, request: Request<Body>) -> Self {
        let (parts, body) = request.into_parts();
        // A body that breaks off or is larger than any cloud takes is as good as none.
        let body = to_bytes(body, BODY).await.unwrap_or_default();
        let target = Target::of(edition, parts.uri.path());
        Self { parts, body, edition, target }
    }

    pub(super) fn request(&self) -> Request<Body> {
        Request::from_parts(self.parts.clone(), Body::from(self.body.clone()))
    }

    /// Whether a way is about it, as far as requests go.
    pub(super) fn fits(&self, when: &When) -> bool {
        let method = when.methods.is_empty() || when.methods.contains(&self.parts.method.as_str());
        let about = when.types.is_empty() && when.part == super::way::Part::Any;
        let target = about || self.target.as_ref().is_some_and(|target| target.fits(when));
        method && target && when.asks.is_none_or(|look| look(self))
    }

    /// Its query, decoded.
    pub(super) fn query(&self) -> String {
        super::query::decoded(self.parts.uri.query().unwrap_or_default())
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.parts.headers.get(name)?.to_str().ok()
    }

    /// The body as it was sent, where it is text.
    pub(super) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap_or_default()
    }

    pub(super) fn set_query(&mut self, query: &str) {
        let path = self.parts.uri.path();
        let target = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
        self.set_target(&target);
    }

    /// Sends it elsewhere.
    pub(super) fn set_target(&mut self, target: &str) {
        let Ok(target) = target.parse::<PathAndQuery>() else { return };
        let mut parts = self.parts.uri.clone().into_parts();
        parts.path_and_query = Some(target);
        if let Ok(uri) = Uri::from_parts(parts) {
            self.parts.uri = uri;
        }
    }

    /// The document sent.
    pub(super) fn document(&self) -> Option<Document> {
        let format = format_of(&self.parts.headers)?;
        if self.body.is_empty() {
            return None;
        }
        let read = |expected: &[&'static Schema]| {
            let extensions = &Extensions::NONE;
            let limits = &Limits::SERVER;
            let context =
                Context { edition: self.edition, expected, reader: Reader::Consumer, limits, extensions };
            codec::read(format, &self.body, &context).document
        };
        read(&[]).or_else(|| read(&[self.expected()?]))
    }

    /// Changes the document sent.
    pub(super) fn edit(&mut self, edit: &Edit) {
        let Some(mut document) = self.document() else { return };
        if document::apply(edit, document.schema, &mut document.attributes) {
            self.set_document(&document);
        }
    }

    /// Sends another document.
    pub(super) fn set_document(&mut self, document: &Document) {
        if let Some(format) = format_of(&self.parts.headers) {
            self.set_body(codec::write(format, document, &Extensions::NONE));
        }
    }

    pub(super) fn set_body(&mut self, body: Vec<u8>) {
        self.body = body.into();
        self.parts.headers.remove(http::header::CONTENT_LENGTH);
    }

    /// The type that is meant where JSON does not say it.
    fn expected(&self) -> Option<&'static Schema> {
        let target = self.target.as_ref()?;
        let registry = registry(self.edition);
        if self.parts.method != http::Method::POST {
            return registry.get(target.ty);
        }
        if !target.is_collection() {
            return registry.get("Action");
        }
        let create = registry.get(&format!("{}Create", target.ty));
        create.or_else(|| registry.get(target.ty))
    }
}

/// The format of a body.
pub(super) fn format_of(headers: &HeaderMap) -> Option<Format> {
    let given = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    Format::ALL.into_iter().find(|format| given.starts_with(format.media_type()))
}
