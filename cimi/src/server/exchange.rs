//! One request, once it is known who asks for what: what every method needs.
//!
//! Owns the shared steps of methods: query parameters, the resource as it is now, reading a body. Answers nothing itself.

use axum::body::Body;
use http::request::Parts;

use super::body;
use super::methods::Verb;
use super::provider::{
    ListRequest, Listing, Methods, Outcome, Path, Provider, Representation, Target, TargetKind,
};
use super::refusal::Refusal;
use super::reply::{self, Answer};
use super::router::Face;
use crate::codec::{Context, Format, Reader};
use crate::document::Document;
use crate::model::Schema;
use crate::query::{self, Query, Select};

/// A request that has passed everything which is the same for all.
pub(super) struct Exchange<'a, P: Provider> {
    /// Who answers.
    pub(super) face: &'a Face<P>,
    /// Method, URI, headers.
    pub(super) parts: &'a Parts,
    /// The serialization of the answer.
    pub(super) format: Format,
    /// Who asks.
    pub(super) caller: P::Caller,
    /// For what.
    pub(super) path: Path,
    /// What that is.
    pub(super) target: Target,
}

/// What an error's Job says about the request, as far as it was understood.
#[derive(Debug, Default)]
pub(super) struct Subject {
    /// The absolute URI of the resource.
    pub(super) uri: Option<String>,
    /// What was to be done with it; nothing for reading.
    pub(super) action: Option<String>,
    /// What can be done there.
    pub(super) methods: Methods,
}

impl Subject {
    /// Notes what was found at the path, which is given as it was written.
    pub(super) fn found(
        &mut self,
        provider: &impl Provider,
        path: Option<&str>,
        target: &Target,
        verb: Verb,
    ) {
        let mut path = path.unwrap_or_default();
        self.methods = target.methods;
        self.action = match (verb, &target.kind) {
            (Verb::Update, _) => Some("edit".to_owned()),
            (Verb::Delete, _) => Some("delete".to_owned()),
            (Verb::Post, TargetKind::Operation(name)) => Some(provider.edition().action_uri(name)),
            (Verb::Post, _) => Some("add".to_owned()),
            _ => None,
        };
        // The resource of an operation served below it; elsewhere, only the operation's own URI is known.
        if let TargetKind::Operation(name) = &target.kind
            && let Some(resource) = path.strip_suffix(name.as_str()).and_then(|rest| rest.strip_suffix('/'))
        {
            path = resource;
        }
        self.uri = Some(format!("{}{path}", provider.base_uri()));
    }
}

impl<P: Provider> Exchange<'_, P> {
    /// The provider.
    pub(super) fn provider(&self) -> &P {
        &self.face.provider
    }

    /// The query parameters that CIMI defines.
    ///
    /// # Errors
    /// `BadRequest` at the first that cannot be used.
    pub(super) fn query(&self) -> Result<Query, Refusal> {
        match self.parts.uri.query() {
            None => Ok(Query::default()),
            Some(text) => {
                let provider = self.provider();
                let text = query::obeyed(text, |name| provider.obeys(name));
                let mut query = Query::parse(&text, &self.face.options.limits)?;
                if !provider.obeys("$select/") {
                    query.select = query.select.map(Select::without_paths);
                }
                Ok(query)
            }
        }
    }

    /// The document that the request carries, of one of these types.
    pub(super) async fn document(
        &self,
        body: Body,
        expected: &[&'static Schema],
    ) -> Result<Document, Refusal> {
        let context = Context {
            edition: self.provider().edition(),
            expected,
            reader: Reader::Provider,
            limits: &self.face.options.limits,
            extensions: self.provider().extensions(),
        };
        body::document(&self.parts.headers, body, &context).await
    }

    /// What is at the path now, whole; of a collection, what it says about itself.
    pub(super) async fn current(&self) -> Result<Representation, Refusal> {
        if self.target.kind != TargetKind::Collection {
            return self.provider().read(&self.caller, &self.path).await;
        }
        let query = Query { last: Some(0), ..Query::default() };
        let listing = self.list(&query, &self.path, self.target.schema).await?;
        Ok(Representation { document: listing.collection, version: listing.version })
    }

    /// The collection of this type at a path, narrowed.
    pub(super) async fn list(
        &self,
        query: &Query,
        path: &Path,
        collection: &'static Schema,
    ) -> Result<Listing, Refusal> {
        let Some((_, member, _)) = collection.members() else {
            return Err(Refusal::internal(format!("{} is said to be a collection", collection.name())));
        };
        let request = ListRequest { query, member, extensions: self.provider().extensions() };
        self.provider().list(&self.caller, path, &request).await
    }

    /// The answer to a change.
    pub(super) fn changed(&self, outcome: &Outcome) -> Answer {
        reply::changed(outcome, self.format, self.provider().extensions())
    }
}
