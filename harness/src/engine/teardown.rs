//! Takes away what a run made, whatever happened, and says what it could not take away.

use url::Url;

use crate::case::{Auth, Method};
use crate::event::{Format, Leftover};
use crate::http::Outgoing;

use super::env::Done;
use super::stage::Stage;

/// A resource that a case made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Made {
    /// Its type, where that is known.
    pub(super) kind: String,
    /// Its URL.
    pub(super) url: String,
    /// The case.
    pub(super) case: String,
    /// The step.
    pub(super) step: String,
}

/// Deletes what a case made, youngest first.
pub(super) async fn tear_down(stage: Stage<'_>, made: &[Made]) -> Vec<Leftover> {
    let mut left = Vec::new();
    for one in made.iter().rev() {
        match delete(stage, one).await {
            Ok(()) => stage.watch.forget(&one.url),
            Err(reason) => {
                left.push(Leftover { kind: one.kind.clone(), url: one.url.clone(), reason });
            }
        }
    }
    left
}

/// Deletes one resource, again and again while it is busy, until it is gone.
async fn delete(stage: Stage<'_>, made: &Made) -> Result<(), String> {
    let url = Url::parse(&made.url).map_err(|e| format!("{e}"))?;
    let mut pause = stage.patience.gone(&made.kind);
    let mut asked = false;
    loop {
        let look = ask(stage, Method::Get, &url, made).await;
        if matches!(look.status(), 404 | 410) {
            return Ok(());
        }
        // A Collection goes with what it belongs to.
        if look.resource.as_ref().is_some_and(|r| r.is_collection) {
            return Ok(());
        }
        let shown = look.resource.as_ref().and_then(|r| r.text("state")).unwrap_or_default();
        let mut reason =
            format!("it is there still, {}", if shown.is_empty() { "without a state" } else { &shown });
        if !asked && shown != "DELETING" {
            let href = look
                .resource
                .as_ref()
                .and_then(|r| r.operation("delete", stage.tables))
                .map(|op| op.href.clone());
            let target = href
                .and_then(|h| stage.discovery.links.resolve(&h, &made.url))
                .and_then(|u| Url::parse(&u).ok());
            let reply = ask(stage, Method::Delete, target.as_ref().unwrap_or(&url), made).await;
            match reply.status() {
                404 | 410 => return Ok(()),
                status if status < 300 && status > 0 => asked = true,
                status => reason = format!("DELETE was answered with {status}"),
            }
        }
        if !pause.sleep().await {
            return Err(reason);
        }
    }
}

async fn ask(stage: Stage<'_>, method: Method, url: &Url, made: &Made) -> Done {
    let outgoing = Outgoing {
        method,
        url: url.clone(),
        headers: Vec::new(),
        format: Format::Json,
        body: None,
        auth: Auth::Endpoint,
    };
    stage.send(&outgoing, &made.case, "teardown").await
}
