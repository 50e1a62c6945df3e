//! Reading: the entry point, single resources, whole collections.

use std::collections::HashSet;

use reqwest::{Method, Url};

use super::dialect::{Dialect, STANDARD};
use super::error::{Error, Failure};
use super::options::Options;
use super::send::{self, Reply, Request};
use super::{Client, Fetched};
use crate::codec::{self, Context, Decoded, Format, Reader};
use crate::document::Document;
use crate::edition::Edition;
use crate::finding::Severity;
use crate::model::{Schema, schema};

/// The entry point and what it gave away.
pub(super) struct Found {
    pub(super) document: Document,
    pub(super) format: Format,
    pub(super) dialect: &'static Dialect,
}

/// Query parameters of a listing, as text ([`crate::query`] parses and writes them).
#[derive(Clone, Debug, Default)]
pub struct Narrow {
    /// `$filter`
    pub filter: Option<String>,
    /// `$orderby`
    pub order_by: Option<String>,
    /// `$expand`
    pub expand: Option<String>,
    /// `$select`
    pub select: Option<String>,
    /// Members asked for at a time; absent: as many as the server gives.
    pub page: Option<u64>,
}

/// A collection, read to its end.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The collection without its members.
    pub collection: Document,
    /// Its members, each once, in the server's order.
    pub members: Vec<Document>,
    /// Whether that is all of them.
    pub complete: Complete,
}

/// Whether a listing has all members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Complete {
    /// As many as `count` says.
    Yes,
    /// The server says that there are this many, but gives no more.
    No {
        /// Its `count`.
        count: u64,
    },
}

/// Reads the entry point in the formats and editions that the options leave open.
pub(super) async fn entry_point(
    http: &reqwest::Client,
    options: &Options,
    endpoint: &Url,
) -> Result<Found, Error> {
    let mut last = None;
    let known = options.dialect.unwrap_or(&STANDARD);
    let formats = options.format.map_or_else(|| Format::ALL.to_vec(), |format| vec![format]);
    for format in formats {
        let request = Request {
            method: Method::GET,
            url: endpoint.clone(),
            format,
            version: (options.edition == Some(Edition::V1)).then_some(known.version),
            body: None,
            if_match: None,
            charset: false,
        };
        let reply = send::send(http, options, endpoint, request).await?;
        let reply = match reply.success(format, options.edition.unwrap_or(Edition::V2)) {
            Ok(reply) => reply,
            Err(error) if error.status() == Some(406) => {
                last = Some(error);
                continue;
            }
            Err(error) => return Err(error),
        };
        match read_entry_point(&reply, options, format) {
            Ok(document) => {
                let dialect =
                    options.dialect.unwrap_or_else(|| Dialect::detect(&document, |name| reply.header(name)));
                return Ok(Found { document, format: reply.format(format), dialect });
            }
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| Error::new(Failure::Settings, endpoint.clone(), "no format to ask for")))
}

fn read_entry_point(reply: &Reply, options: &Options, asked: Format) -> Result<Document, Error> {
    let editions = options.edition.map_or_else(|| vec![Edition::V2, Edition::V1], |edition| vec![edition]);
    let mut message = String::new();
    for edition in editions {
        let expected = [schema(edition, "CloudEntryPoint")];
        let decoded = decode(reply, options, asked, edition, &expected);
        match usable(decoded) {
            Ok(fetched) => return Ok(fetched.0),
            Err(text) => message = text,
        }
    }
    Err(Error::new(Failure::Unreadable, reply.url.clone(), format!("no Cloud Entry Point: {message}")))
}

fn decode(
    reply: &Reply,
    options: &Options,
    asked: Format,
    edition: Edition,
    expected: &[&'static Schema],
) -> Decoded {
    let context = Context {
        edition,
        expected,
        reader: Reader::Consumer,
        limits: &options.limits,
        extensions: &options.extensions,
    };
    codec::read(reply.format(asked), &reply.body, &context)
}

/// The document with its findings unless one of them is an error.
fn usable(decoded: Decoded) -> Result<(Document, Vec<crate::finding::Finding>), String> {
    let error = decoded.findings.iter().find(|finding| finding.severity == Severity::Error);
    match (decoded.document, error) {
        (Some(document), None) => Ok((document, decoded.findings)),
        (_, Some(error)) => Err(error.to_string()),
        (None, None) => Err("nothing in it".to_owned()),
    }
}

impl Client {
    /// Reads the entry point again.
    ///
    /// # Errors
    /// As [`Client::connect`].
    pub async fn refresh(&mut self) -> Result<(), Error> {
        let found = entry_point(&self.http, &self.options, &self.endpoint).await?;
        self.entry_point = found.document;
        Ok(())
    }

    /// Reads a resource. `expected` are the types that it may be; none: whatever it says it is.
    ///
    /// # Errors
    /// [`Error`] of every class but `Deadline` and `Failed`.
    pub async fn get(&self, href: &str, expected: &[&'static Schema]) -> Result<Fetched, Error> {
        self.get_url(self.resolve(href)?, expected).await
    }

    /// Reads a collection once, for what it says of itself; its members are whatever comes with that.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn head_of(
        &self,
        href: &str,
        expected: &[&'static Schema],
        narrow: &Narrow,
    ) -> Result<Document, Error> {
        let url = self.page(&self.narrowed(href, narrow)?, 1, narrow.page);
        Ok(self.get_url(url, expected).await?.document)
    }

    /// Reads one collection to its end, page by page where the server gives less than all (5.5.12).
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn list(
        &self,
        href: &str,
        collection: &'static Schema,
        narrow: &Narrow,
    ) -> Result<Listed, Error> {
        let base = self.narrowed(href, narrow)?;
        let mut members: Vec<Document> = Vec::new();
        let mut seen = HashSet::new();
        let mut head = None;
        for _ in 0..self.options.pages {
            let first = members.len() as u64 + 1;
            let mut page = self.get_url(self.page(&base, first, narrow.page), &[collection]).await?.document;
            let count = page.attributes.integer("count").and_then(|count| u64::try_from(count).ok());
            let before = members.len();
            for member in page.take_members() {
                if member.id().is_none_or(|id| seen.insert(id.to_owned())) {
                    members.push(member);
                }
            }
            let (got, total) = (members.len() as u64, count.unwrap_or(members.len() as u64));
            let collection = head.take().unwrap_or(page);
            if got >= total {
                return Ok(Listed { collection, members, complete: Complete::Yes });
            }
            if members.len() == before || !self.dialect.pages {
                return Ok(Listed { collection, members, complete: Complete::No { count: total } });
            }
            head = Some(collection);
        }
        let message = format!("the collection has more than {} pages", self.options.pages);
        Err(Error::new(Failure::Unreadable, base, message))
    }

    pub(super) async fn get_url(&self, url: Url, expected: &[&'static Schema]) -> Result<Fetched, Error> {
        let reply = self.send(Method::GET, url, None, None).await?;
        self.fetched(&reply, expected)
    }

    pub(super) fn fetched(&self, reply: &Reply, expected: &[&'static Schema]) -> Result<Fetched, Error> {
        let decoded = decode(reply, &self.options, self.format, self.edition, expected);
        let (document, findings) =
            usable(decoded).map_err(|message| Error::new(Failure::Unreadable, reply.url.clone(), message))?;
        Ok(Fetched { document, etag: reply.header("etag").map(str::to_owned), findings })
    }

    pub(super) async fn send(
        &self,
        method: Method,
        url: Url,
        body: Option<Vec<u8>>,
        if_match: Option<&str>,
    ) -> Result<Reply, Error> {
        let request = Request {
            method,
            url,
            format: self.format,
            version: (self.edition == Edition::V1).then_some(self.dialect.version),
            body,
            if_match,
            charset: self.dialect.charset,
        };
        send::send(&self.http, &self.options, &self.endpoint, request)
            .await?
            .success(self.format, self.edition)
    }

    fn narrowed(&self, href: &str, narrow: &Narrow) -> Result<Url, Error> {
        let mut url = self.resolve(href)?;
        let parameters = [
            ("$filter", &narrow.filter),
            ("$orderby", &narrow.order_by),
            ("$expand", &narrow.expand),
            ("$select", &narrow.select),
        ];
        for (name, value) in parameters {
            if let Some(value) = value {
                push(&mut url, name, value);
            }
        }
        Ok(url)
    }

    fn page(&self, base: &Url, first: u64, size: Option<u64>) -> Url {
        let mut url = base.clone();
        if !self.dialect.pages || (first == 1 && size.is_none()) {
            return url;
        }
        push(&mut url, "$first", &first.to_string());
        if let Some(size) = size {
            push(&mut url, "$last", &(first + size - 1).to_string());
        }
        url
    }
}

/// Appends a parameter; those that the server put into its URI stay (4.1.6). Space is `%20`, never a plus.
pub(super) fn push(url: &mut Url, name: &str, value: &str) {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    let encoded = utf8_percent_encode(value, NON_ALPHANUMERIC);
    let query = match url.query() {
        Some(query) if !query.is_empty() => format!("{query}&{name}={encoded}"),
        _ => format!("{name}={encoded}"),
    };
    url.set_query(Some(&query));
}
