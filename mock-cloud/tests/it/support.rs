//! A client for tests: documents in, documents out, in either edition and format, without a socket.

use axum::Router;
use axum::body::{Body, to_bytes};
use cimi::codec::{self, Context, Format, Reader};
use cimi::extension::Extensions;
use cimi::model::{registry, schema};
use cimi::{Attributes, Document, Edition, Limits, Map, Reference, Value};
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, Request};
use mock_cloud::{Builder, Clock, ClockHandle, MockCloud, Seed};
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

pub(crate) const BASE: &str = "http://mock.invalid/cimi/";

/// A cloud and how to talk to it.
pub(crate) struct Cloud {
    pub(crate) clock: ClockHandle,
    pub(crate) edition: Edition,
    pub(crate) format: Format,
    router: Router,
    runtime: Runtime,
}

/// A reply.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) document: Option<Document>,
}

impl Cloud {
    pub(crate) fn new(edition: Edition, format: Format, seed: Seed) -> Self {
        Self::built(MockCloud::builder().seed(seed), edition, format)
    }

    /// A cloud that is more than its seed, on the virtual clock.
    pub(crate) fn built(builder: Builder, edition: Edition, format: Format) -> Self {
        let builder = builder.edition(edition).clock(Clock::virtual_clock());
        let (router, clock) = builder.router().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { clock, edition, format, router, runtime }
    }

    /// The built-in world as V2 shows it, in JSON.
    pub(crate) fn v2() -> Self {
        Self::new(Edition::V2, Format::Json, Seed::builtin())
    }

    /// A world of one's own as V2 shows it, in JSON.
    pub(crate) fn grown(seed: &str) -> Self {
        Self::new(Edition::V2, Format::Json, Seed::new("test.toml", seed))
    }

    /// The built-in world as V2 shows it, in JSON, with these faults.
    pub(crate) fn faulty(faults: &str) -> Self {
        let faults =
            mock_cloud::fault::read_toml("test.toml", faults).unwrap_or_else(|error| panic!("{error}"));
        let builder = faults.into_iter().fold(MockCloud::builder(), Builder::fault);
        Self::built(builder, Edition::V2, Format::Json)
    }

    /// The built-in world in both editions and formats.
    pub(crate) fn everywhere() -> impl Iterator<Item = Self> {
        Edition::ALL.into_iter().flat_map(|edition| {
            Format::ALL.into_iter().map(move |format| Self::new(edition, format, Seed::builtin()))
        })
    }

    /// Sends a request; headers are those beside `Accept` and `Content-Type`.
    pub(crate) fn send(
        &self,
        method: &str,
        uri: &str,
        headers: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Reply {
        let path = uri.strip_prefix("http://mock.invalid").unwrap_or(uri);
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/cimi/{path}") };
        let mut request = Request::builder().method(method).uri(encode(&path));
        request = request.header(ACCEPT, self.format.media_type());
        if body.is_some() {
            request = request.header(CONTENT_TYPE, self.format.media_type());
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.map_or_else(Body::empty, Body::from)).unwrap();
        self.runtime.block_on(async {
            let response = self.router.clone().oneshot(request).await.unwrap();
            let (parts, body) = response.into_parts();
            let bytes = to_bytes(body, usize::MAX).await.unwrap();
            Reply {
                status: parts.status.as_u16(),
                headers: parts.headers,
                text: String::from_utf8(bytes.to_vec()).unwrap(),
                document: (!bytes.is_empty()).then(|| self.parse(&bytes)).flatten(),
            }
        })
    }

    fn parse(&self, bytes: &[u8]) -> Option<Document> {
        let context = Context {
            edition: self.edition,
            expected: &[],
            reader: Reader::Consumer,
            limits: &Limits::CLIENT,
            extensions: &Extensions::NONE,
        };
        codec::read(self.format, bytes, &context).document
    }

    pub(crate) fn get(&self, uri: &str) -> Document {
        let reply = self.send("GET", uri, &[], None);
        assert_eq!(reply.status, 200, "GET {uri}: {}", reply.text);
        reply.document.unwrap()
    }

    /// What is at a URI that is no document.
    pub(crate) fn bytes(&self, uri: &str) -> Vec<u8> {
        let reply = self.send("GET", uri, &[], None);
        assert_eq!(reply.status, 200, "GET {uri}: {}", reply.text);
        reply.text.into_bytes()
    }

    pub(crate) fn put_bytes(&self, uri: &str, bytes: &[u8]) -> Reply {
        self.send("PUT", uri, &[], Some(bytes.to_vec()))
    }

    pub(crate) fn status(&self, uri: &str) -> u16 {
        self.send("GET", uri, &[], None).status
    }

    pub(crate) fn post(&self, uri: &str, document: &Document) -> Reply {
        self.send("POST", uri, &[], Some(codec::write(self.format, document, &Extensions::NONE)))
    }

    pub(crate) fn put(&self, uri: &str, document: &Document, headers: &[(&str, &str)]) -> Reply {
        self.send("PUT", uri, headers, Some(codec::write(self.format, document, &Extensions::NONE)))
    }

    pub(crate) fn delete(&self, uri: &str) -> Reply {
        self.send("DELETE", uri, &[], None)
    }

    /// Asks for an operation at the URI that the resource offers for it.
    pub(crate) fn act(&self, uri: &str, operation: &str, parameters: Attributes) -> Reply {
        let document = self.get(uri);
        let href =
            document.offer(operation).map_or_else(|| format!("{uri}/{operation}"), |o| o.href.to_owned());
        self.post(&href, &self.action(operation, parameters))
    }

    pub(crate) fn action(&self, operation: &str, parameters: Attributes) -> Document {
        let mut attributes = Attributes::new().with("action", self.edition.action_uri(operation));
        attributes.extend(parameters);
        Document::with(schema(self.edition, "Action"), attributes)
    }

    /// A document of a type with these attributes.
    pub(crate) fn document(&self, ty: &str, attributes: Attributes) -> Document {
        Document::with(registry(self.edition).get(ty).unwrap(), attributes)
    }

    /// A request to create a machine with this template.
    pub(crate) fn machine_create(&self, name: &str, template: Reference) -> Document {
        self.document("MachineCreate", Attributes::new().with("name", name).with("machineTemplate", template))
    }

    /// The URI of the resource of this name in a collection of the Cloud Entry Point.
    pub(crate) fn named(&self, collection: &str, name: &str) -> String {
        let found = self.get(&format!("{collection}?$filter=name='{name}'"));
        let member = found.member_documents().next();
        member.and_then(|member| member.id().map(str::to_owned)).unwrap_or_else(|| panic!("no {name}"))
    }

    pub(crate) fn state(&self, uri: &str) -> String {
        self.get(uri).attributes.text("state").unwrap().to_owned()
    }

    /// The hrefs or ids of a collection's members.
    pub(crate) fn ids(&self, uri: &str) -> Vec<String> {
        self.get(uri).member_documents().map(|member| member.id().unwrap_or_default().to_owned()).collect()
    }
}

/// What people write in queries and URIs do not have.
fn encode(path: &str) -> String {
    [(" ", "%20"), ("'", "%27"), (">", "%3E"), ("<", "%3C"), ("\"", "%22")]
        .iter()
        .fold(path.to_owned(), |path, (from, to)| path.replace(from, to))
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// 202 or 201: where the new resource is.
    pub(crate) fn location(&self) -> String {
        assert!(matches!(self.status, 201 | 202), "{} {}", self.status, self.text);
        self.header("location").unwrap().to_owned()
    }

    pub(crate) fn job(&self) -> String {
        self.header("cimi-job-uri").unwrap_or_else(|| panic!("{} {}", self.status, self.text)).to_owned()
    }

    /// An error: its status, and what its Job says.
    pub(crate) fn refused(&self) -> (u16, String) {
        let document = self.document.as_ref().unwrap_or_else(|| panic!("{} {}", self.status, self.text));
        assert_eq!(document.schema.name(), "Job", "{}", self.text);
        assert_eq!(document.attributes.text("state"), Some("FAILED"));
        (self.status, document.attributes.text("statusMessage").unwrap_or_default().to_owned())
    }
}

pub(crate) fn to(href: &str) -> Reference {
    Reference::to(href)
}

pub(crate) fn by_value(attributes: Attributes) -> Reference {
    Reference::by_value(attributes)
}

pub(crate) fn map(pairs: &[(&str, &str)]) -> Map {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

pub(crate) fn attributes() -> Attributes {
    Attributes::new()
}

pub(crate) fn structures(items: Vec<Attributes>) -> Value {
    Value::Array(items.into_iter().map(Value::Structure).collect())
}

/// Asks for something to be made from a template.
pub(crate) fn make(cloud: &Cloud, collection: &str, ty: &str, template: Reference) -> Reply {
    let name = format!("{}{}Template", ty[..1].to_lowercase(), &ty[1..]);
    let create = attributes().with("name", "new").with(name, template);
    cloud.post(collection, &cloud.document(&format!("{ty}Create"), create))
}

/// A text of a resource, if it has it.
pub(crate) fn text(cloud: &Cloud, uri: &str, attribute: &str) -> Option<String> {
    cloud.get(uri).attributes.text(attribute).map(str::to_owned)
}

/// An error must be of this status, and say all of this.
#[track_caller]
pub(crate) fn refused(reply: &Reply, status: u16, parts: &[&str]) {
    let (found, message) = reply.refused();
    assert_eq!(found, status, "{message}");
    for part in parts {
        assert!(message.contains(part), "`{part}` is not in: {message}");
    }
}
