//! One request and its reply: deadline, limit, credentials, classes of failure.

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Method, Url};

use super::error::{Error, Failure};
use super::options::{Credentials, Options};
use crate::codec::{self, Context, Format, Reader};
use crate::edition::Edition;

/// What goes out.
pub(super) struct Request<'a> {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) format: Format,
    /// The version of CIMI 1.x that is asked for; 2.0 has no such header.
    pub(super) version: Option<&'static str>,
    pub(super) body: Option<Vec<u8>>,
    pub(super) if_match: Option<&'a str>,
    pub(super) charset: bool,
}

/// What came back, whatever its status.
pub(super) struct Reply {
    pub(super) url: Url,
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// The HTTP client: no redirects (a Location is data here), TLS by rustls with ring.
pub(super) fn build(options: &Options) -> Result<reqwest::Client, Error> {
    let settings = |message: String| Error::new(Failure::Settings, "client", message);
    // Fails only if somebody installed a provider before, which serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(options.deadline)
        .connect_timeout(options.connect_deadline)
        .user_agent(options.agent.clone());
    for authority in &options.authorities {
        let certificate = reqwest::Certificate::from_pem(authority)
            .map_err(|error| settings(format!("a certificate cannot be read: {error}")))?;
        builder = builder.add_root_certificate(certificate);
    }
    if let Some(proxy) = &options.proxy {
        let proxy = reqwest::Proxy::all(proxy)
            .map_err(|error| settings(format!("the proxy cannot be used: {error}")))?;
        builder = builder.proxy(proxy);
    }
    builder.build().map_err(|error| settings(error.to_string()))
}

/// Sends a request and reads the whole reply.
pub(super) async fn send(
    http: &reqwest::Client,
    options: &Options,
    origin: &Url,
    request: Request<'_>,
) -> Result<Reply, Error> {
    let url = request.url.clone();
    let mut builder = http.request(request.method, request.url).header(ACCEPT, request.format.media_type());
    if let Some(version) = request.version {
        builder = builder.header("CIMI-Specification-Version", version);
    }
    if url.origin() == origin.origin()
        && let Some(value) = authorization(&options.credentials)
    {
        builder = builder.header(AUTHORIZATION, value);
    }
    if let Some(tag) = request.if_match {
        builder = builder.header("If-Match", tag);
    }
    if let Some(body) = request.body {
        let mut media_type = request.format.media_type().to_owned();
        if request.charset {
            media_type.push_str("; charset=utf-8");
        }
        builder = builder.header(CONTENT_TYPE, media_type).body(body);
    }
    let response = builder.send().await.map_err(|error| failure(&url, &error))?;
    read(url, response, options.limits.document_bytes).await
}

async fn read(url: Url, mut response: reqwest::Response, limit: usize) -> Result<Reply, Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| failure(&url, &error))? {
        if body.len() + chunk.len() > limit {
            return Err(Error::new(
                Failure::Unreadable,
                url,
                format!("the reply is longer than {limit} bytes"),
            ));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Reply { url, status: response.status().as_u16(), headers: response.headers().clone(), body })
}

fn authorization(credentials: &Credentials) -> Option<HeaderValue> {
    use base64::Engine as _;
    let text = match credentials {
        Credentials::None => return None,
        Credentials::Basic { user, password } => {
            let pair = format!("{user}:{password}");
            format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
        }
        Credentials::Bearer(token) => format!("Bearer {token}"),
    };
    let mut value = HeaderValue::from_str(&text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Before the connection is up nothing can have happened; after it, nobody knows.
fn failure(url: &Url, error: &reqwest::Error) -> Error {
    let class =
        if error.is_connect() || error.is_builder() { Failure::Unreachable } else { Failure::NoReply };
    Error::new(class, url.clone(), innermost(error))
}

fn innermost(error: &dyn std::error::Error) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

impl Reply {
    /// The reply if its status is one of success.
    pub(super) fn success(self, format: Format, edition: Edition) -> Result<Self, Error> {
        if (200..300).contains(&self.status) {
            return Ok(self);
        }
        let message = self.explanation(format, edition);
        let failure = Failure::Status(self.status, self.retry_after());
        Err(Error::new(failure, self.url, message))
    }

    /// A header as text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The serialization that the reply says it has, else the one asked for.
    pub(super) fn format(&self, asked: Format) -> Format {
        match self.header("content-type") {
            Some(text) if text.contains("json") => Format::Json,
            Some(text) if text.contains("xml") => Format::Xml,
            _ => asked,
        }
    }

    fn retry_after(&self) -> Option<u64> {
        self.headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()
    }

    /// The status message of the Job in an error's body (4.2.2), else the beginning of whatever is there.
    fn explanation(&self, asked: Format, edition: Edition) -> String {
        const BEGINNING: usize = 200;
        let job = crate::model::schema(edition, "Job");
        let context = Context {
            edition,
            expected: &[job],
            reader: Reader::Consumer,
            limits: &crate::Limits::SERVER,
            extensions: &crate::extension::Extensions::NONE,
        };
        let decoded = codec::read(self.format(asked), &self.body, &context);
        decoded
            .document
            .and_then(|document| document.attributes.text("statusMessage").map(str::to_owned))
            .unwrap_or_else(|| {
                String::from_utf8_lossy(&self.body).chars().take(BEGINNING).collect::<String>()
            })
    }
}
