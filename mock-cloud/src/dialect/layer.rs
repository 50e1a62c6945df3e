//! The layer before the face that speaks a dialect.
//!
//! Owns the order in which a request is looked at, reading, and the headers of answers.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG, LOCATION};
use http::{HeaderName, HeaderValue, Method, StatusCode};
use serde_json::Value;
use tower::{ServiceExt as _, service_fn};

use super::address::{self, At, Found};
use super::ask::Ask;
use super::cloud::Cloud;
use super::deed::Deed;
use super::query;
use super::refuse::{self, Refused, cause_of};
use super::scene::Scene;
use super::speech::{Cause, Format, Page, Select, Speech, When};
use super::tree::Group;
use super::write;
use super::{Active, Now};

/// A router that speaks the active dialect; while there is none, it is the face's.
pub(crate) fn layered(face: Router, active: Arc<Active>, base: &str, now: Now) -> Router {
    let base: Arc<str> = base.into();
    Router::new().fallback_service(service_fn(move |request: Request| {
        let (face, dialect, base, now) = (face.clone(), active.get(), Arc::clone(&base), Arc::clone(&now));
        async move {
            let Some(dialect) = dialect else { return face.oneshot(request).await };
            let ask = Ask::read(request).await;
            let said =
                Asked { speech: &dialect.speech, face, base: &base, now: &now, ask: &ask }.answer().await;
            Ok::<_, Infallible>(said.into_response(&dialect.speech, &ask))
        }
    }))
}

/// A request to a dialect.
struct Asked<'a> {
    speech: &'static Speech,
    face: Router,
    base: &'a str,
    now: &'a Now,
    ask: &'a Ask,
}

impl Asked<'_> {
    async fn answer(self) -> Said {
        let (speech, ask) = (self.speech, self.ask);
        let format = ask.format(&speech.media);
        let shown = format.unwrap_or(speech.media.silent);
        let mut id = None;
        match self.process(format, &mut id).await {
            Ok(said) => said,
            Err(refused) => refuse::said(speech, ask, shown, &refused, id.as_deref()),
        }
    }

    async fn process(self, format: Result<Format, Cause>, id: &mut Option<String>) -> Result<Said, Refused> {
        let (speech, ask) = (self.speech, self.ask);
        if speech.version.is_some_and(|spoken| ask.version.as_deref().is_some_and(|asked| asked != spoken)) {
            return Err(Refused {
                cause: Cause::Version,
                message: "Incorrect specification version".to_owned(),
            });
        }
        let path = self.below_root()?;
        if speech.redirects.contains(&path) {
            let mut said = Said::new(301);
            let origin = Cloud::new(self.face, self.base.to_owned(), None);
            said.header(LOCATION.as_str(), &[origin.origin(), speech.root, speech.entry.item].concat());
            said.empty(Some("text/html;charset=utf-8"));
            return Ok(said);
        }
        let path = path.to_owned();
        let found = address::find(speech, &path).ok_or(Cause::NoRoute)?;
        *id = found.ids.last().cloned();
        let allowed = methods(&found);
        if ask.method == Method::OPTIONS && speech.options {
            let mut said = Said::new(200);
            said.header("allow", &["OPTIONS", &allowed.join(",")].join(","));
            said.empty(Some("text/html;charset=utf-8"));
            return Ok(said);
        }
        let method = if ask.method == Method::HEAD { "GET" } else { ask.method.as_str() };
        if !allowed.contains(&method) {
            let unserved = found.at == At::List && method == "GET";
            return Err(if unserved { found.page.unserved } else { Cause::Method }.into());
        }
        let format = format?;
        let cloud = Cloud::new(self.face, self.base.to_owned(), credentials(speech, ask, &found)?);
        let expand = query::expanded(speech, ask, found.at == At::List, found.page.inner.is_empty())?;
        let scene = Scene::new(speech, &cloud, (self.now)(), expand);
        let deed = Deed { speech, cloud: &cloud, ask, format, scene, found };
        if method != "GET" {
            return change(deed, method).await;
        }
        if deed.found.at == At::List { list(deed).await } else { show(deed).await }
    }

    /// The path below the root; `/` for the root without its slash.
    fn below_root(&self) -> Result<&str, Refused> {
        let (root, path) = (self.speech.root, self.ask.path.as_str());
        if path == root.trim_end_matches('/') {
            // A server whose entry point is there has nothing else to redirect to.
            return Ok(if self.speech.entry.item.is_empty() { "" } else { "/" });
        }
        match path.get(..root.len()) {
            Some(start) if start == root || self.speech.any_case && start.eq_ignore_ascii_case(root) => {
                Ok(&path[root.len()..])
            }
            _ => Err(Cause::NoRoute.into()),
        }
    }
}

/// The credentials that the cloud sees.
fn credentials(speech: &Speech, ask: &Ask, found: &Found<'_>) -> Result<Option<HeaderValue>, Refused> {
    let access = &speech.access;
    if ask.authorization.is_some() {
        return Ok(ask.authorization.clone());
    }
    if access.force.is_some_and(|name| ask.parameter(name).is_some()) {
        return Err(Cause::Unauthorized.into());
    }
    let open = access.open_entry && found.page.inner.is_empty();
    let token = access.token.filter(|_| open).map(|token| format!("Bearer {token}"));
    Ok(token.and_then(|text| HeaderValue::from_str(&text).ok()))
}

/// The methods of a path.
fn methods(found: &Found<'_>) -> Vec<&'static str> {
    let verbs = &found.page.verbs;
    let all: &[(bool, &'static str)] = &match found.at {
        At::List => {
            let here = verbs.create.is_some_and(|create| create.at.is_none());
            [(verbs.list, "GET"), (here, "POST"), (false, ""), (false, "")]
        }
        At::Create | At::Operation => [(true, "POST"), (false, ""), (false, ""), (false, "")],
        At::Item => [
            (verbs.show, "GET"),
            (verbs.act.is_some_and(|act| act.at_item), "POST"),
            (verbs.update.is_some(), "PUT"),
            (verbs.delete.is_some(), "DELETE"),
        ],
    };
    all.iter().filter(|(there, _)| *there).map(|(_, name)| *name).collect()
}

async fn change(mut deed: Deed<'_>, method: &str) -> Result<Said, Refused> {
    let page: &'static Page = deed.found.page;
    let verbs = &page.verbs;
    if deed.speech.access.owners && deed.found.at == At::Item && !page.inner.is_empty() {
        own(&mut deed).await?;
    }
    match (method, deed.found.at) {
        ("POST", At::List | At::Create) => match verbs.create {
            Some(how) => deed.create(how).await,
            None => Err(Cause::Method.into()),
        },
        ("POST", _) => match verbs.act {
            Some(how) => deed.act(how).await,
            None => Err(Cause::NoRoute.into()),
        },
        ("PUT", _) => match verbs.update {
            Some(how) => deed.update(how).await,
            None => Err(Cause::Method.into()),
        },
        _ => match verbs.delete {
            Some(how) => deed.delete(how).await,
            None => Err(Cause::Method.into()),
        },
    }
}

/// Refuses who asks for what is somebody else's.
async fn own(deed: &mut Deed<'_>) -> Result<(), Refused> {
    let located = address::locate(deed.speech, deed.cloud, deed.found.page, &deed.found.ids).await;
    let Some((_, Some(item))) = located else { return Ok(()) };
    let Some(value) = deed.cloud.document(&item).await else { return Ok(()) };
    let owner = deed.scene.owner(&value).await;
    if owner.is_some() && owner != deed.ask.user() { Err(Cause::Forbidden.into()) } else { Ok(()) }
}

async fn list(mut deed: Deed<'_>) -> Result<Said, Refused> {
    let (speech, ask, page) = (deed.speech, deed.ask, deed.found.page);
    let located = address::locate(speech, deed.cloud, page, &deed.found.ids).await;
    let (path, _) = located.ok_or(page.missing)?;
    let query = query::passed(speech, ask);
    let target = if query.is_empty() { path } else { format!("{path}?{query}") };
    let mut answer = deed.cloud.get(&target).await;
    match answer.status {
        200 => {}
        404 => return Err(page.unserved.into()),
        status => return Err(Refused { cause: cause_of(status, ask), message: answer.message().to_owned() }),
    }
    if page.told {
        query::complete(speech, &deed.cloud.uri(page.inner), &mut answer.value);
    }
    let mut foreign = Vec::new();
    if speech.access.owners {
        for member in address::members(&answer.value) {
            let owner = deed.scene.owner(member).await;
            if owner.is_some() && owner != ask.user() {
                foreign.extend(member.get("id").cloned());
            }
        }
    }
    let seen = |member: &Value| !member.get("id").is_some_and(|id| foreign.contains(id));
    let mut refused = None;
    let group = deed.scene.list(page, &answer.value, seen, |members| {
        let members = query::filtered(speech, ask, members).unwrap_or_else(|cause| {
            refused = Some(cause);
            Vec::new()
        });
        query::selected(speech, ask, members)
    });
    let group = group.await;
    if let Some(cause) = refused {
        return Err(cause.into());
    }
    let mut said = Said::new(200);
    said.document(speech, deed.format, "Collection", &group);
    Ok(said)
}

async fn show(mut deed: Deed<'_>) -> Result<Said, Refused> {
    let (speech, ask, page) = (deed.speech, deed.ask, deed.found.page);
    let path = if page.inner.is_empty() {
        String::new()
    } else {
        let located = address::locate(speech, deed.cloud, page, &deed.found.ids).await;
        let Some(item) = located.and_then(|(_, item)| item) else { return absent(deed).await };
        item
    };
    let answer = deed.cloud.get(&path).await;
    match answer.status {
        200 => {}
        404 => return absent(deed).await,
        status => return Err(Refused { cause: cause_of(status, ask), message: answer.message().to_owned() }),
    }
    if speech.access.owners {
        let owner = deed.scene.owner(&answer.value).await;
        if owner.is_some() && owner != ask.user() {
            return Err(Cause::Forbidden.into());
        }
    }
    shown(deed, &answer.value).await
}

/// What is answered where the cloud has nothing.
async fn absent(deed: Deed<'_>) -> Result<Said, Refused> {
    let (page, id) = (deed.found.page, deed.found.ids.last().map(String::as_str).unwrap_or_default());
    // Who may not look is not told whether there is something.
    let collection = page.inner.split('/').next().unwrap_or_default();
    let status = deed.cloud.get(collection).await.status;
    if matches!(status, 401 | 403) {
        return Err(cause_of(status, deed.ask).into());
    }
    match query::own_metadata(deed.speech, &deed.cloud.uri(page.inner), id).filter(|_| page.told) {
        Some(value) => shown(deed, &value).await,
        None => Err(page.missing.into()),
    }
}

async fn shown(mut deed: Deed<'_>, value: &Value) -> Result<Said, Refused> {
    let (speech, ask, page) = (deed.speech, deed.ask, deed.found.page);
    let mut group = deed.scene.item(page, page.as_item, value).await;
    if speech.query.select == Select::Everywhere {
        query::select(ask, &mut group);
    }
    let mut said = Said::new(200);
    said.document(speech, deed.format, page.ty, &group);
    Ok(said)
}

/// An answer to be.
#[derive(Debug)]
pub(super) struct Said {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Vec<u8>,
    kind: Kind,
}

/// What an answer holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// A document of the protocol.
    Document(Format),
    Json,
    /// HTML, XML and plain text.
    Other,
}

impl Said {
    pub(super) fn new(status: u16) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { status, headers: Vec::new(), body: Vec::new(), kind: Kind::Other }
    }

    pub(super) fn header(&mut self, name: &str, value: &str) {
        // What cannot be in a header is left out.
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_str(value)) {
            self.headers.push((name, value));
        }
    }

    pub(super) fn maybe(&mut self, name: &str, value: Option<String>) {
        if let Some(value) = value {
            self.header(name, &value);
        }
    }

    pub(super) fn empty(&mut self, content_type: Option<&str>) {
        self.maybe(CONTENT_TYPE.as_str(), content_type.map(str::to_owned));
    }

    pub(super) fn text(&mut self, content_type: Option<&str>, text: String) {
        self.empty(content_type);
        self.body = text.into_bytes();
    }

    pub(super) fn json(&mut self, content_type: &str, value: &Value) {
        self.text(Some(content_type), value.to_string());
        self.kind = Kind::Json;
    }

    pub(super) fn document(&mut self, speech: &Speech, format: Format, root: &str, group: &Group) {
        let media = &speech.media;
        match format {
            Format::Json => self.text(Some(media.json), write::json(group).to_string()),
            Format::Xml => self.text(Some(media.xml), write::xml(root, group, media.declaration)),
        }
        self.kind = Kind::Document(format);
    }

    fn into_response(mut self, speech: &Speech, ask: &Ask) -> Response {
        let head = ask.method == Method::HEAD;
        let is_document = matches!(self.kind, Kind::Document(_));
        let typed = self.headers.iter().any(|(name, _)| name == CONTENT_TYPE);
        let markup = typed && !matches!(self.kind, Kind::Json | Kind::Document(Format::Json));
        if speech.tags && is_document && !head {
            let tag = format!("{:032x}", digest(&self.body));
            self.header(ETAG.as_str(), &tag);
        }
        for header in speech.headers {
            let there = match header.when {
                When::Always => true,
                When::Document => is_document,
                When::Markup => markup,
                When::Cached => is_document && !head,
            };
            if there {
                self.header(header.name, header.value);
            }
        }
        if head {
            self.header(CONTENT_LENGTH.as_str(), &self.body.len().to_string());
            self.body.clear();
        }
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        response.headers_mut().extend(self.headers);
        response
    }
}

/// FNV-1a, 128 bits: as long as the digests of the server that this stands for.
fn digest(bytes: &[u8]) -> u128 {
    bytes.iter().fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d, |hash, byte| {
        (hash ^ u128::from(*byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
    })
}
