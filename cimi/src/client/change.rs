//! Changing: create, update, delete, act. Each goes where the representation says, never elsewhere.

use reqwest::{Method, Url};

use super::error::{Error, Failure};
use super::navigate;
use super::send::Reply;
use super::{Client, Fetched};
use crate::codec;
use crate::document::Document;
use crate::model::schema;
use crate::value::Attributes;

/// A change that the server accepted.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// 200, 201, 202 or 204.
    pub status: u16,
    /// The new resource, absolute.
    pub location: Option<String>,
    /// Its Job, absolute: to be waited for if the status is 202.
    pub job: Option<String>,
    /// What the body held.
    pub body: Option<Fetched>,
}

impl Client {
    /// Adds to a collection (4.2.1.1): to its `add` href, or, for servers that offer none, to the collection itself.
    ///
    /// # Errors
    /// `NotOffered` if the collection offers operations but not `add`.
    pub async fn create(&self, collection: &Document, document: &Document) -> Result<Accepted, Error> {
        let id = collection.id().unwrap_or_default();
        let target = match self.offer(collection, "add") {
            Some(href) => href,
            None if collection.offers().next().is_none() && !id.is_empty() => id,
            None => return Err(Error::new(Failure::NotOffered, id, "the collection does not offer add")),
        };
        let url = self.resolve(target)?;
        self.post(url, document).await
    }

    /// Replaces a resource (4.2.1.3): `document` is what [`Client::get`] gave, changed, unknown attributes included.
    ///
    /// # Errors
    /// `Status(412, _)` if it is not of the version that `etag` names any more.
    pub async fn update(&self, document: &Document, etag: Option<&str>) -> Result<Accepted, Error> {
        let url = self.resolve(self.required(document, "edit")?)?;
        self.put(url, document, etag).await
    }

    /// Changes only some attributes (4.2.1.3.1): those of `changes`; names in `erase` are reset.
    ///
    /// # Errors
    /// As [`Client::update`].
    pub async fn update_some(
        &self,
        document: &Document,
        changes: Attributes,
        erase: &[&str],
        etag: Option<&str>,
    ) -> Result<Accepted, Error> {
        let mut url = self.resolve(self.required(document, "edit")?)?;
        let names: Vec<&str> = changes.iter().map(|(name, _)| name).chain(erase.iter().copied()).collect();
        navigate::push(&mut url, "$select", &names.join(","));
        let body = Document::with(document.schema, changes);
        self.put(url, &body, etag).await
    }

    /// Deletes a resource (4.2.1.4).
    ///
    /// # Errors
    /// `NotOffered` if the representation does not offer it.
    pub async fn delete(&self, document: &Document) -> Result<Accepted, Error> {
        let url = self.resolve(self.required(document, "delete")?)?;
        let reply = self.send(Method::DELETE, url, None, None).await?;
        Ok(self.accepted(&reply))
    }

    /// Performs an operation (4.2.1.5) with parameters, on a resource or collection that offers it.
    ///
    /// # Errors
    /// `NotOffered` if the representation does not offer it.
    pub async fn act(
        &self,
        document: &Document,
        operation: &str,
        parameters: Attributes,
    ) -> Result<Accepted, Error> {
        let url = self.resolve(self.required(document, operation)?)?;
        let mut attributes = Attributes::new().with("action", self.edition.action_uri(operation));
        attributes.extend(parameters);
        self.post(url, &Document::with(schema(self.edition, "Action"), attributes)).await
    }

    /// The href of an operation that a representation offers now.
    pub fn offer<'d>(&self, document: &'d Document, operation: &str) -> Option<&'d str> {
        document
            .offers()
            .find(|offer| offer.available && self.dialect.names(self.edition, offer.rel, operation))
            .map(|offer| offer.href)
    }

    fn required<'d>(&self, document: &'d Document, operation: &str) -> Result<&'d str, Error> {
        self.offer(document, operation).ok_or_else(|| {
            let uri = document.id().unwrap_or_default();
            Error::new(Failure::NotOffered, uri, format!("the resource does not offer {operation} now"))
        })
    }

    async fn post(&self, url: Url, document: &Document) -> Result<Accepted, Error> {
        let body = codec::write(self.format, document, self.extensions());
        let reply = self.send(Method::POST, url, Some(body), None).await?;
        Ok(self.accepted(&reply))
    }

    async fn put(&self, url: Url, document: &Document, etag: Option<&str>) -> Result<Accepted, Error> {
        let body = codec::write(self.format, document, self.extensions());
        let reply = self.send(Method::PUT, url, Some(body), etag).await?;
        Ok(self.accepted(&reply))
    }

    /// Reads headers and body of a success. A body that cannot be read is dropped: the change is made all the same.
    fn accepted(&self, reply: &Reply) -> Accepted {
        let absolute = |name: &str| {
            let url = self.resolve(reply.header(name)?).ok()?;
            Some(url.to_string())
        };
        let body = if reply.body.is_empty() { None } else { self.fetched(reply, &[]).ok() };
        Accepted { status: reply.status, location: absolute("location"), job: absolute("cimi-job-uri"), body }
    }
}
