//! The HTTP client of a run: sends requests, records every exchange, and never raises what an endpoint does wrong.
//!
//! Owns deadlines, limits and credentials. Knows nothing of resources.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use thiserror::Error;
use url::Url;

use crate::case::{Auth, Method, Role};
use crate::event::{
    self, Body, Event, Exchange, ExchangeId, Extent, Format, Gone, Intent, Made, Micros, Response, Sink,
};
use crate::redact::{Secrets, redact};

mod disk;
mod pace;
mod recorded;

use disk::Disk;
use pace::{MOST_REPEATS, Pace};
pub use recorded::Recorded;

/// An endpoint under judgement, as a run is given it.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Its short name, unique in the run.
    pub name: String,
    /// URL of its Cloud Entry Point.
    pub cep: Url,
    /// What it is asked with.
    pub credentials: Credentials,
    /// The edition to judge by; found out where it is not given.
    pub edition: Option<event::Edition>,
    /// Whom it trusts, and is trusted as, over TLS.
    pub trust: Trust,
    /// Further users.
    pub users: BTreeMap<Role, User>,
}

/// A further user of an endpoint.
#[derive(Debug, Clone)]
pub struct User {
    /// The Cloud Entry Point of that user.
    pub cep: Url,
    /// What is asked with.
    pub credentials: Credentials,
}

/// What TLS needs beside what the system has. Never shown: `Debug` hides it.
#[derive(Clone, Default)]
pub struct Trust {
    /// Authorities to trust instead of those of the system, PEM.
    pub authorities: Option<Vec<u8>>,
    /// A certificate and its key, PEM.
    pub identity: Option<Vec<u8>>,
}

impl std::fmt::Debug for Trust {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Trust(hidden)")
    }
}

impl Endpoint {
    /// An endpoint that anybody may ask.
    pub fn open(name: &str, cep: Url) -> Self {
        Self {
            name: name.to_owned(),
            cep,
            credentials: Credentials::Nobody,
            edition: None,
            trust: Trust::default(),
            users: BTreeMap::new(),
        }
    }

    /// Everything that must never be shown.
    fn secrets(&self) -> Vec<String> {
        let users = self.users.values().map(|user| &user.credentials);
        let credentials = users.chain([&self.credentials]);
        credentials.flat_map(Credentials::secrets).collect()
    }

    /// What the stream says of it.
    pub fn shown(&self) -> event::Endpoint {
        event::Endpoint { name: self.name.clone(), cep: self.cep.to_string(), edition: self.edition }
    }
}

/// Credentials for an endpoint. Never shown: `Debug` hides them.
#[derive(Clone)]
pub enum Credentials {
    /// None.
    Nobody,
    /// Basic authentication.
    Basic {
        /// The user.
        user: String,
        /// The password.
        password: String,
    },
    /// A bearer token.
    Bearer(String),
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Nobody => "Nobody",
            Self::Basic { .. } => "Basic(hidden)",
            Self::Bearer(_) => "Bearer(hidden)",
        })
    }
}

impl Credentials {
    /// The value of Authorization.
    fn header(&self) -> Option<String> {
        let basic = |user: &str, password: &str| {
            let pair = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
            format!("Basic {pair}")
        };
        match self {
            Self::Nobody => None,
            Self::Basic { user, password } => Some(basic(user, password)),
            Self::Bearer(token) => Some(format!("Bearer {token}")),
        }
    }

    /// What of them must never be shown.
    fn secrets(&self) -> Vec<String> {
        let sent = self.header().and_then(|value| value.split_once(' ').map(|(_, secret)| secret.to_owned()));
        let password = match self {
            Self::Basic { password, .. } => Some(password.clone()),
            _ => None,
        };
        sent.into_iter().chain(password).collect()
    }

    /// The same user with a password that is none.
    fn wrong(&self) -> Self {
        match self {
            Self::Nobody => Self::Basic { user: "nobody".to_owned(), password: "wrong".to_owned() },
            Self::Basic { user, .. } => {
                Self::Basic { user: user.clone(), password: "cimi-conformance-wrong".to_owned() }
            }
            Self::Bearer(_) => Self::Bearer("cimi-conformance-wrong".to_owned()),
        }
    }

    /// Whether there are any.
    pub fn is_some(&self) -> bool {
        !matches!(self, Self::Nobody)
    }
}

/// Limits of a run.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Longest that one exchange may take.
    pub exchange: Duration,
    /// Largest body that is read, in bytes; the rest is cut off.
    pub body: usize,
    /// Requests a second that go to an endpoint; as many as there are where it is absent.
    pub rate: Option<f64>,
    /// Longest that one request is held back because the endpoint says that it is busy (Retry-After), repeats included.
    pub busy: Duration,
}

impl Default for Limits {
    /// 30 s and 16 MiB: more than any reply of a cloud that works. A busy one is waited for for two minutes.
    fn default() -> Self {
        Self { exchange: Duration::from_secs(30), body: 16 << 20, rate: None, busy: Duration::from_mins(2) }
    }
}

/// A request before it is sent.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// Its method.
    pub method: Method,
    /// Where it goes.
    pub url: Url,
    /// Headers, over the usual ones.
    pub headers: Vec<(String, String)>,
    /// The representation spoken.
    pub format: Format,
    /// The body.
    pub body: Option<String>,
    /// With which credentials.
    pub auth: Auth,
}

/// On whose behalf an exchange is made.
#[derive(Debug, Clone, Copy, Default)]
pub struct Purpose<'p> {
    /// The case.
    pub case: Option<&'p str>,
    /// Its step.
    pub step: Option<&'p str>,
    /// The representation in which the case is run; absent where the request's own is meant.
    pub format: Option<Format>,
}

/// Why there is no client.
#[derive(Debug, Error)]
#[error("the HTTP client cannot be set up: authorities, certificate or key are no PEM that can be used")]
pub struct ClientError(#[from] reqwest::Error);

/// Writes the events of a run, in the order in which they happen, and numbers its exchanges.
pub struct Recorder {
    state: Mutex<RecorderState>,
    /// Looks after the file of the stream, where there is one.
    disk: Option<Disk>,
    start: Instant,
}

struct RecorderState {
    next: u64,
    secrets: Secrets,
    sink: Box<dyn Sink>,
    failure: Option<io::Error>,
}

impl RecorderState {
    /// Writes an event without secrets, unless one could not be written before.
    fn take(&mut self, event: &Event) {
        if self.failure.is_none() {
            let hidden = self.secrets.hide(event);
            self.failure = self.sink.take(hidden.as_ref().unwrap_or(event)).err();
        }
    }
}

impl std::fmt::Debug for Recorder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Recorder")
    }
}

impl Recorder {
    /// A recorder that writes to `sink`; offsets count from now.
    pub fn new(sink: Box<dyn Sink>) -> Self {
        let disk = sink.file().and_then(|file| file.map(Disk::of).transpose());
        let (disk, failure) = match disk {
            Ok(disk) => (disk, None),
            Err(error) => (None, Some(error)),
        };
        Self {
            state: Mutex::new(RecorderState { next: 1, secrets: Secrets::default(), sink, failure }),
            disk,
            start: Instant::now(),
        }
    }

    fn state(&self) -> MutexGuard<'_, RecorderState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Never writes these.
    pub fn hide(&self, secrets: Vec<String>) {
        let mut state = self.state();
        for secret in secrets {
            state.secrets.add(&secret);
        }
    }

    /// Writes an event. A sink that fails ends the run once [`Recorder::finish`] is reached.
    pub fn event(&self, event: &Event) {
        self.state().take(event);
    }

    /// Writes an event, and comes back once it survives a crash; whether it does.
    async fn keep(&self, event: &Event) -> bool {
        let ticket = {
            let mut state = self.state();
            state.take(event);
            if state.failure.is_some() {
                return false;
            }
            self.disk.as_ref().map(|disk| (disk, disk.ticket()))
        };
        let Some((disk, ticket)) = ticket else { return true };
        match disk.reached(ticket).await {
            Ok(()) => true,
            Err(error) => {
                self.state().failure.get_or_insert(error);
                false
            }
        }
    }

    /// Since the run began.
    pub fn elapsed(&self) -> Micros {
        micros(self.start.elapsed())
    }

    /// Numbers an exchange and writes it without its secrets; hands back the exchange as it was.
    fn exchange(&self, mut exchange: Exchange) -> Exchange {
        let mut state = self.state();
        exchange.n = ExchangeId(state.next);
        state.next += 1;
        let mut shown = exchange.clone();
        // What a request gives away as a secret is one from then on, wherever it comes back.
        for secret in redact(&mut shown) {
            state.secrets.add(&secret);
        }
        state.take(&Event::Exchange(Box::new(shown)));
        exchange
    }

    /// What went wrong while writing.
    pub fn finish(&self) -> Option<io::Error> {
        self.state().failure.take()
    }
}

/// A span as the stream writes it.
pub fn micros(span: Duration) -> Micros {
    Micros(u64::try_from(span.as_micros()).unwrap_or(u64::MAX))
}

/// Sends requests to one endpoint.
#[derive(Debug)]
pub struct Client {
    inner: reqwest::Client,
    limits: Limits,
    endpoint: Endpoint,
    recorder: Arc<Recorder>,
    /// Those that were made on behalf of no case, or answered by a busy endpoint, until somebody takes them.
    unclaimed: Mutex<Vec<Arc<Exchange>>>,
    pace: Pace,
    /// What answers in place of the endpoint, where nobody is asked.
    recorded: Option<Recorded>,
}

impl Client {
    /// A client for `endpoint` that records into `recorder`. Redirects are shown, not followed.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(endpoint: Endpoint, limits: Limits, recorder: Arc<Recorder>) -> Result<Self, ClientError> {
        // A second installation is refused, and changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(limits.exchange)
            .pool_max_idle_per_host(16)
            .user_agent(concat!("cimi-conformance/", env!("CARGO_PKG_VERSION")))
            .no_proxy();
        if let Some(authorities) = &endpoint.trust.authorities {
            builder = builder.tls_certs_only(reqwest::Certificate::from_pem_bundle(authorities)?);
        }
        if let Some(identity) = &endpoint.trust.identity {
            builder = builder.identity(reqwest::Identity::from_pem(identity)?);
        }
        recorder.hide(endpoint.secrets());
        let pace = Pace::new(limits.rate);
        let (inner, unclaimed) = (builder.build()?, Mutex::default());
        Ok(Self { inner, limits, endpoint, recorder, unclaimed, pace, recorded: None })
    }

    /// A client that asks nobody and records nothing: it answers out of what was recorded of `endpoint`.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn recorded(
        endpoint: Endpoint,
        recorder: Arc<Recorder>,
        answers: Recorded,
    ) -> Result<Self, ClientError> {
        let client = Self::new(endpoint, Limits::default(), recorder)?;
        Ok(Self { recorded: Some(answers), ..client })
    }

    /// What was recorded, where this is a recording.
    pub fn recording(&self) -> Option<&Recorded> {
        self.recorded.as_ref()
    }

    /// The endpoint that it asks.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Takes the exchanges that were made on behalf of no case since the last time, in their order.
    pub fn unclaimed(&self) -> Vec<Arc<Exchange>> {
        let mut taken = std::mem::take(&mut *self.unclaimed.lock().unwrap_or_else(PoisonError::into_inner));
        taken.sort_by_key(|exchange| exchange.n);
        taken
    }

    /// Sends a request and records what came of it. One that a busy endpoint asks to be sent later is: each time is
    /// recorded, and the last one returned.
    pub async fn send(&self, outgoing: &Outgoing, purpose: Purpose<'_>) -> Arc<Exchange> {
        self.send_patiently(outgoing, purpose).await.0
    }

    /// As [`Client::send`], with the number of times that it was sent.
    pub async fn send_patiently(&self, outgoing: &Outgoing, purpose: Purpose<'_>) -> (Arc<Exchange>, usize) {
        let mut left = self.limits.busy;
        let mut times = 1;
        loop {
            let exchange = self.once(outgoing, purpose).await;
            let asked = exchange.response.as_ref().and_then(pace::retry_after);
            match asked.filter(|span| *span <= left && times <= MOST_REPEATS) {
                None => return (exchange, times),
                Some(span) => {
                    if purpose.case.is_some() {
                        self.leave(&exchange);
                    }
                    left -= span;
                    times += 1;
                    self.pace.hold(span);
                }
            }
        }
    }

    async fn once(&self, outgoing: &Outgoing, purpose: Purpose<'_>) -> Arc<Exchange> {
        let mut exchange = self.meant(outgoing, purpose);
        if let Some(recorded) = &self.recorded {
            return recorded.next(exchange);
        }
        self.pace.turn().await;
        exchange.started = self.recorder.elapsed();
        let begin = Instant::now();
        if self.intend(outgoing, purpose, exchange.started).await {
            match self.exchange(outgoing, &exchange.request.headers).await {
                Ok(response) => exchange.response = Some(response),
                Err(error) => exchange.failure = Some(chain(&error)),
            }
        } else {
            exchange.failure = Some("not sent: the intent could not be written down".to_owned());
        }
        exchange.duration = micros(begin.elapsed());
        let exchange = Arc::new(self.recorder.exchange(exchange));
        if purpose.case.is_none() {
            self.leave(&exchange);
        }
        exchange
    }

    /// An exchange that has not been.
    fn meant(&self, outgoing: &Outgoing, purpose: Purpose<'_>) -> Exchange {
        Exchange {
            n: Exchange::NEVER,
            endpoint: self.endpoint.name.clone(),
            case: purpose.case.map(str::to_owned),
            step: purpose.step.map(str::to_owned),
            format: Some(purpose.format.unwrap_or(outgoing.format)),
            source: None,
            request: event::Request {
                method: outgoing.method.as_str().to_owned(),
                url: outgoing.url.to_string(),
                headers: self.headers(outgoing),
                body: outgoing.body.clone().map(Body::Text),
            },
            response: None,
            failure: None,
            started: Micros(0),
            duration: Micros(0),
        }
    }

    /// Leaves an exchange for whoever takes what no case has. A recording has them all.
    fn leave(&self, exchange: &Arc<Exchange>) {
        if self.recorded.is_some() {
            return;
        }
        self.unclaimed.lock().unwrap_or_else(PoisonError::into_inner).push(exchange.clone());
    }

    /// Writes down that a request is about to be sent that may make something; whether it may be.
    async fn intend(&self, outgoing: &Outgoing, purpose: Purpose<'_>, started: Micros) -> bool {
        if outgoing.method != Method::Post {
            return true;
        }
        let intent = Intent {
            endpoint: self.endpoint.name.clone(),
            case: purpose.case.map(str::to_owned),
            step: purpose.step.map(str::to_owned),
            method: outgoing.method.as_str().to_owned(),
            url: outgoing.url.to_string(),
            started,
        };
        self.recorder.keep(&Event::Intent(intent)).await
    }

    /// Writes down that something was made.
    pub fn made(&self, made: Made) {
        if self.recorded.is_some() {
            return;
        }
        self.recorder.event(&Event::Made(made));
    }

    /// Writes down that something is no longer there.
    pub fn gone(&self, url: &str) {
        let endpoint = self.endpoint.name.clone();
        self.recorder.event(&Event::Gone(Gone { endpoint, url: url.to_owned() }));
    }

    /// The headers of a request: the usual ones, and over them those of the step. An empty value takes a header away.
    fn headers(&self, outgoing: &Outgoing) -> Vec<(String, String)> {
        let mut headers = vec![("Accept".to_owned(), outgoing.format.media_type().to_owned())];
        if outgoing.body.is_some() {
            headers.push(("Content-Type".to_owned(), outgoing.format.media_type().to_owned()));
        }
        let credentials = match outgoing.auth {
            Auth::Endpoint => self.endpoint.credentials.clone(),
            Auth::Nobody => Credentials::Nobody,
            Auth::Wrong => self.endpoint.credentials.wrong(),
            Auth::As(role) => {
                self.endpoint.users.get(&role).map_or(Credentials::Nobody, |user| user.credentials.clone())
            }
        };
        headers.extend(credentials.header().map(|value| ("Authorization".to_owned(), value)));
        for (name, value) in &outgoing.headers {
            headers.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
            if !value.is_empty() {
                headers.push((name.clone(), value.clone()));
            }
        }
        headers
    }

    async fn exchange(
        &self,
        outgoing: &Outgoing,
        headers: &[(String, String)],
    ) -> Result<Response, reqwest::Error> {
        let method = reqwest::Method::from_bytes(outgoing.method.as_str().as_bytes()).unwrap_or_default();
        let mut request = self.inner.request(method, outgoing.url.clone());
        for (name, value) in headers {
            request = request.header(name, value);
        }
        if let Some(body) = &outgoing.body {
            request = request.body(body.clone());
        }
        let mut reply = request.send().await?;
        let status = reply.status().as_u16();
        let text =
            |value: &reqwest::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = reply.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        let mut body = Vec::new();
        let mut extent = Extent::Whole;
        while let Some(chunk) = reply.chunk().await? {
            let room = self.limits.body.saturating_sub(body.len());
            body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if chunk.len() > room {
                extent = Extent::Truncated;
                break;
            }
        }
        let body = (!body.is_empty()).then(|| Body::from_bytes(&body));
        Ok(Response { status, headers, body, extent })
    }
}

/// An error with everything below it; of the URL only what the exchange shows anyway.
fn chain(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        text = format!("{text}: {inner}");
        source = inner.source();
    }
    text
}
