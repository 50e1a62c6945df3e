//! What has happened, for operators: by page, and as a stream of server-sent events.
//!
//! A stream reads from the store what was written since, page by page, as fast as it is taken: it holds no more than one page,
//! and misses nothing, however slow the reader is. Who reconnects names the last event that it has had (`Last-Event-ID`).

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::response::sse::{Event as Message, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures::Stream;
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use utoipa::ToSchema;

use super::problem::Problem;
use super::reply;
use super::request::{PAGE, accepts, encoded, limit, pairs};
use super::routes::BASE;
use crate::access::Actor;
use crate::app::App;
use crate::event::{Content, Direction, Event, Origin, Outcome, Query, Severity};

/// Streams at the same time.
pub(super) const STREAMS: usize = 64;
/// After so long without an event, a stream says that it is there.
const ALIVE: Duration = Duration::from_secs(15);

/// An event as operators see it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Told {
    /// Its number, in the order in which events were written.
    number: i64,
    /// When it happened.
    time: String,
    /// What it is about: a path behind the Cloud Entry Point, or one that begins with `admin/`; empty: the manager itself.
    about: String,
    /// The type of that.
    #[serde(rename = "type")]
    ty: String,
    /// What that is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The tenant that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<String>,
    /// What came of it.
    #[schema(value_type = String)]
    outcome: Outcome,
    /// How grave it is.
    #[schema(value_type = String)]
    severity: Severity,
    /// How it came about: asked for (by whom), a consequence of that, or drift (seen at which account).
    #[serde(flatten)]
    #[schema(value_type = Object)]
    origin: Origin,
    /// What has happened, by its sort: state, model, alarm, access.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    content: Content,
}

impl From<Event> for Told {
    fn from(event: Event) -> Self {
        Self {
            number: event.number,
            time: event.at.to_string(),
            about: event.about.path,
            ty: event.about.ty,
            name: event.about.name,
            tenant: event.owner,
            outcome: event.outcome,
            severity: event.severity,
            origin: event.origin,
            content: event.content,
        }
    }
}

/// A page, or a stream, whichever is asked for.
pub(super) async fn answer(
    app: &App,
    actor: &Actor,
    streams: &Arc<Semaphore>,
    headers: &HeaderMap,
    query: &str,
) -> Result<Response, Problem> {
    let app = app.on_behalf_of(actor);
    let asked = Asked::read(query)?;
    let wanted = Query { scope: actor.scope(), ..asked.query.clone() };
    if !accepts(headers, "text/event-stream") {
        return page(&app, wanted, &asked).await;
    }
    let permit = streams.clone().try_acquire_owned().map_err(|_| {
        let detail = format!("There are {STREAMS} streams already. Read pages, or try again later.");
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Unavailable", detail)
    })?;
    let last = headers.get("last-event-id").map(|it| it.to_str().ok().and_then(|it| it.trim().parse().ok()));
    let last = match last {
        Some(None) => return Err(Problem::bad_request("Last-Event-ID is no number of an event.")),
        Some(number) => number,
        None => wanted.beyond,
    };
    // Without a place to begin at, from now on.
    let beyond = match last {
        Some(number) => number,
        None => newest(&app, &wanted).await?,
    };
    let query = Query { direction: Direction::Up, beyond: Some(beyond), limit: PAGE, ..wanted };
    let follow = Follow::new(app, query, permit);
    let stream = futures::stream::unfold(follow, Follow::next);
    Ok(sse(stream))
}

fn sse(stream: impl Stream<Item = Result<Message, Infallible>> + Send + 'static) -> Response {
    Sse::new(stream).keep_alive(KeepAlive::new().interval(ALIVE)).into_response()
}

async fn newest(app: &App, wanted: &Query) -> Result<i64, Problem> {
    let newest = Query { direction: Direction::Down, beyond: None, limit: 1, ..wanted.clone() };
    Ok(app.events(&newest).await?.first().map_or(0, |event| event.number))
}

async fn page(app: &App, wanted: Query, asked: &Asked) -> Result<Response, Problem> {
    let limit = asked.limit;
    let mut events = app.events(&Query { limit: limit + 1, ..wanted.clone() }).await?;
    let more = events.len() > limit;
    events.truncate(limit);
    let last = events.last().map(|event| event.number);
    let items: Vec<Told> = events.into_iter().map(Told::from).collect();
    let mut shown = json!({ "items": items });
    if let Some(last) = last.filter(|_| more) {
        let beyond = if wanted.direction == Direction::Up { "after" } else { "before" };
        shown["next"] = Value::String(format!("{BASE}events?limit={limit}&{beyond}={last}{}", asked.kept));
    }
    Ok(reply(StatusCode::OK, &shown))
}

/// What is asked for.
struct Asked {
    query: Query,
    limit: usize,
    /// The conditions, for the next page.
    kept: String,
}

impl Asked {
    fn read(text: &str) -> Result<Self, Problem> {
        let mut asked = Self {
            query: Query { direction: Direction::Down, ..Query::default() },
            limit: PAGE,
            kept: String::new(),
        };
        let number = |name: &str, value: &str| {
            let number = value.parse::<i64>().ok().filter(|number| *number >= 0);
            number.ok_or_else(|| Problem::bad_request(format!("`{name}` is no number of an event.")))
        };
        for (name, value) in pairs(text)? {
            match name.as_str() {
                "limit" => {
                    asked.limit = limit(&value)?;
                    continue;
                }
                "before" => {
                    asked.query.beyond = Some(number("before", &value)?);
                    asked.query.direction = Direction::Down;
                    continue;
                }
                "after" => {
                    asked.query.beyond = Some(number("after", &value)?);
                    asked.query.direction = Direction::Up;
                    continue;
                }
                "about" => asked.query.about = Some(value.clone()),
                "sort" if ["state", "model", "alarm", "access"].contains(&value.as_str()) => {
                    asked.query.sort = Some(value.clone());
                }
                "severity" => {
                    let known = Severity::ALL.into_iter().find(|it| it.name() == value);
                    let known = known.ok_or_else(|| {
                        Problem::bad_request("`severity` is none of low, medium, high, critical.")
                    })?;
                    asked.query.severity = Some(known);
                }
                "sort" => {
                    return Err(Problem::bad_request("`sort` is none of state, model, alarm, access."));
                }
                _ => {
                    let detail = format!(
                        "`{name:.64}` is no parameter: there are limit, before, after, about, sort and severity."
                    );
                    return Err(Problem::bad_request(detail));
                }
            }
            asked.kept.extend(["&", &name, "=", &encoded(&value)]);
        }
        Ok(asked)
    }
}

/// A stream: what it has read and not sent yet, and where it goes on.
struct Follow {
    app: App,
    query: Query,
    read: VecDeque<Event>,
    told: watch::Receiver<Option<u64>>,
    changed: watch::Receiver<u64>,
    _permit: OwnedSemaphorePermit,
}

impl Follow {
    fn new(app: App, query: Query, permit: OwnedSemaphorePermit) -> Self {
        let (told, changed) = (app.inventory().told(), app.directory().changes());
        Self { app, query, read: VecDeque::new(), told, changed, _permit: permit }
    }

    /// The next event. The end: the manager stops, or its store does not work.
    async fn next(mut self) -> Option<(Result<Message, Infallible>, Self)> {
        loop {
            if let Some(event) = self.read.pop_front() {
                let (number, sort) = (event.number, event.sort());
                let data = serde_json::to_string(&Told::from(event)).ok()?;
                return Some((Ok(Message::default().id(number.to_string()).event(sort).data(data)), self));
            }
            // Marked as seen before the store is read: what is written meanwhile is read the next time.
            let open = self.told.borrow_and_update().is_some();
            self.changed.mark_unchanged();
            if !open {
                return None;
            }
            self.read = self.app.events(&self.query).await.ok()?.into();
            if let Some(last) = self.read.back() {
                self.query.beyond = Some(last.number);
                continue;
            }
            tokio::select! {
                told = self.told.changed() => told.ok()?,
                changed = self.changed.changed() => changed.ok()?,
            }
        }
    }
}
