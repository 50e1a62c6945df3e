//! Takes away what a run made, whatever happened, and says what it could not take away.

use url::Url;

use crate::case::{Auth, Method};
use crate::event::{Format, Leftover, Made};
use crate::http::Outgoing;

use super::env::Done;
use super::stage::Stage;

/// The step under which its exchanges are recorded.
pub(super) const STEP: &str = "teardown";

/// The kind of what was made and never read.
pub(super) const UNKNOWN: &str = "resource";

/// What a case left to be taken away.
#[derive(Debug, Default)]
pub(super) struct Traces {
    /// What it is known to have made, oldest first.
    pub(super) made: Vec<Made>,
    /// Its nonce.
    pub(super) nonce: String,
    /// Whether it may have made more than it knows of: a reply was lost, or named nothing.
    pub(super) unseen: bool,
}

/// Deletes what a case made, youngest first.
pub(super) async fn tear_down(stage: Stage<'_>, traces: &Traces, case: &str) -> Vec<Leftover> {
    let mut made = traces.made.clone();
    if traces.unseen {
        for found in super::marked::find(stage, &[(&traces.nonce, case)]).await {
            if !made.iter().any(|known| known.url == found.url) {
                stage.client.made(found.clone());
                made.push(found);
            }
        }
    }
    let mut left = Vec::new();
    for one in made.iter().rev() {
        left.extend(take_away(stage, one).await.err());
    }
    left
}

/// Deletes one resource, and writes down that it is gone.
///
/// # Errors
/// When it is still there.
pub(super) async fn take_away(stage: Stage<'_>, made: &Made) -> Result<(), Leftover> {
    match delete(stage, made).await {
        Ok(()) => {
            stage.client.gone(&made.url);
            Ok(())
        }
        Err(reason) => Err(Leftover { kind: made.kind.clone(), url: made.url.clone(), reason }),
    }
}

/// Deletes one resource, again and again while it is busy, until it is gone.
async fn delete(stage: Stage<'_>, made: &Made) -> Result<(), String> {
    let url = Url::parse(&made.url).map_err(|e| format!("{e}"))?;
    let mut pause = stage.patience.gone(&made.kind);
    // What is known by its kind is no Collection: it need not be looked at first.
    let mut asked = made.kind != UNKNOWN && ask_to_delete(stage, &url, made).await.is_ok();
    loop {
        let look = ask(stage, &url, &made.case).await;
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
            match ask_to_delete(stage, target.as_ref().unwrap_or(&url), made).await {
                Ok(()) => asked = true,
                Err(status) => reason = format!("DELETE was answered with {status}"),
            }
        }
        if !pause.sleep().await {
            return Err(reason);
        }
    }
}

/// Asks for a deletion. What is gone is gone.
///
/// # Errors
/// When it is refused: the status.
async fn ask_to_delete(stage: Stage<'_>, url: &Url, made: &Made) -> Result<(), u16> {
    match send(stage, Method::Delete, url, &made.case).await.status() {
        404 | 410 | 1..300 => Ok(()),
        status => Err(status),
    }
}

/// Reads something on behalf of a case.
pub(super) async fn ask(stage: Stage<'_>, url: &Url, case: &str) -> Done {
    send(stage, Method::Get, url, case).await
}

async fn send(stage: Stage<'_>, method: Method, url: &Url, case: &str) -> Done {
    let outgoing = Outgoing {
        method,
        url: url.clone(),
        headers: Vec::new(),
        format: Format::Json,
        body: None,
        auth: Auth::Endpoint,
    };
    stage.send(&outgoing, case, STEP).await
}
