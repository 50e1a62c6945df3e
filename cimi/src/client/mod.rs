//! A CIMI consumer (DSP0263 4): it knows one URI, that of the Cloud Entry Point, and finds the rest by links.
//!
//! Owns sending, link resolution, complete listing, operations and waiting. Never guesses a URI. Every call has a
//! deadline and every reply a limit. What servers are known to do differently is data, in [`dialect`].

use reqwest::Url;

use crate::codec::Format;
use crate::document::Document;
use crate::edition::Edition;
use crate::extension::Extensions;
use crate::finding::Finding;
use crate::model::{Schema, registry};

mod change;
pub mod dialect;
mod error;
mod navigate;
mod options;
mod send;
#[cfg(test)]
mod tests;
mod wait;

pub use change::Accepted;
pub use dialect::Dialect;
pub use error::{Error, Failure, RetryAfter};
pub use navigate::{Complete, Listed, Narrow};
pub use options::{Credentials, Options};
pub use wait::{Progress, Wait};

/// A connection to one endpoint.
///
/// Cheap to share behind an `Arc`; connections are kept alive and reused.
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    options: Options,
    endpoint: Url,
    base: Url,
    edition: Edition,
    format: Format,
    dialect: &'static Dialect,
    entry_point: Document,
}

/// A representation as it was received.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The document.
    pub document: Document,
    /// Its entity tag, for [`Client::update`].
    pub etag: Option<String>,
    /// What was not as the specification wants it; the document was read all the same.
    pub findings: Vec<Finding>,
}

impl Client {
    /// Reads the Cloud Entry Point at `endpoint` and learns edition, serialization and dialect from it.
    ///
    /// # Errors
    /// [`Error`] if the URI is none, the endpoint cannot be reached in time, refuses the credentials, or answers with
    /// something that is no Cloud Entry Point.
    pub async fn connect(endpoint: &str, options: Options) -> Result<Self, Error> {
        let endpoint = Url::parse(endpoint)
            .map_err(|error| Error::new(Failure::BadUri, endpoint, format!("{error}")))?;
        let http = send::build(&options)?;
        let found = navigate::entry_point(&http, &options, &endpoint).await?;
        let base = base_of(&endpoint, &found.document);
        Ok(Self {
            http,
            endpoint,
            base,
            edition: found.document.edition(),
            format: found.format,
            dialect: found.dialect,
            entry_point: found.document,
            options,
        })
    }

    /// The Cloud Entry Point as it was at [`Client::connect`] or [`Client::refresh`].
    pub fn entry_point(&self) -> &Document {
        &self.entry_point
    }

    /// Where it was found.
    pub fn endpoint(&self) -> &Url {
        &self.endpoint
    }

    /// The edition that the endpoint speaks.
    pub fn edition(&self) -> Edition {
        self.edition
    }

    /// The serialization in use.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The dialect in use.
    pub fn dialect(&self) -> &'static Dialect {
        self.dialect
    }

    /// The schema of a type in the endpoint's edition, if that edition has it.
    pub fn schema(&self, name: &str) -> Option<&'static Schema> {
        registry(self.edition).get(name)
    }

    /// The href of one of the entry point's collections, e.g. `machines`.
    pub fn link(&self, attribute: &str) -> Option<&str> {
        self.entry_point.attributes.href(attribute)
    }

    /// The absolute URI of an href, relative ones resolved against the base URI (5.5.10).
    ///
    /// # Errors
    /// `BadUri` if it cannot be one.
    pub fn resolve(&self, href: &str) -> Result<Url, Error> {
        self.base.join(href).map_err(|error| Error::new(Failure::BadUri, href, format!("{error}")))
    }

    fn extensions(&self) -> &Extensions {
        &self.options.extensions
    }
}

/// The base URI of the entry point if it is absolute, else the endpoint's own (some servers leave it out).
fn base_of(endpoint: &Url, entry_point: &Document) -> Url {
    entry_point
        .attributes
        .text("baseURI")
        .and_then(|text| Url::parse(text).ok())
        .filter(|url| !url.cannot_be_a_base())
        .unwrap_or_else(|| endpoint.clone())
}
