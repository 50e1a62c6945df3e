//! Clears up after runs that could not: reads what they made from what is left of their streams, looks for what carries
//! their nonces, and takes it away.

use std::collections::BTreeMap;
use std::io::BufRead;
use std::sync::Arc;

use futures::StreamExt as _;

use crate::discovery::{self, DiscoveryError};
use crate::event::{self, Event, Header, Inventory, Leftover, Made, nonce_of};
use crate::http::{Client, ClientError, Endpoint, Limits, Recorder};
use crate::suite::Suite;

use super::marked;
use super::patience::Patience;
use super::stage::Stage;
use super::stop::Stop;
use super::teardown;
use super::watch::Watch;

/// Resources that are taken away at the same time: what hangs on another goes once that is gone.
const AT_ONCE: usize = 8;

/// Times that it is looked for nonces at most.
const ROUNDS: usize = 4;

/// What a run may have left at one endpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remains {
    /// What nonces of the run begin with.
    pub nonce: String,
    /// What it is known to have made and not taken away, oldest first.
    pub made: Vec<Made>,
    /// What was there before it, where it got as far as to count that.
    pub before: BTreeMap<String, u64>,
    /// Requests that may have made something and that no reply is known of.
    pub unanswered: usize,
}

/// What is left of the stream of a run.
#[derive(Debug)]
pub struct Wreck {
    /// Its header.
    pub header: Header,
    /// What it may have left, by the name of the endpoint.
    pub remains: BTreeMap<String, Remains>,
    /// Where it was cut off in the middle of an event, and how.
    pub cut: Option<String>,
}

/// Why a stream says nothing of what its run has left.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WreckError {
    /// It has no header.
    #[error("it does not begin with the header of a run")]
    NoHeader,
    /// It cannot be read at all.
    #[error(transparent)]
    Read(#[from] event::ReadError),
}

/// What came of sweeping one endpoint.
#[derive(Debug)]
pub struct Swept {
    /// What was taken away.
    pub taken: Vec<Made>,
    /// What is there now, what was there before the run, and what could not be taken away.
    pub inventory: Inventory,
}

/// Why an endpoint cannot be swept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SweepError {
    /// There is no HTTP client.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The endpoint cannot be read.
    #[error(transparent)]
    Discovery(#[from] DiscoveryError),
}

/// Reads the stream of a run, up to where it was cut off.
///
/// # Errors
/// When not even its header can be read.
pub fn read_wreck(input: impl BufRead) -> Result<Wreck, WreckError> {
    let mut events = event::read(input);
    let header = match events.next() {
        Some(Ok((_, Event::Header(header)))) => header,
        Some(Ok(_)) | None => return Err(WreckError::NoHeader),
        Some(Err(error)) => return Err(error.into()),
    };
    let blank = Remains { nonce: nonce_of(&header.run), ..Remains::default() };
    let mut remains: BTreeMap<String, Remains> =
        header.endpoints.iter().map(|endpoint| (endpoint.name.clone(), blank.clone())).collect();
    let mut cut = None;
    for event in events {
        match event {
            Ok((_, event)) => take(event, &mut remains),
            Err(error) => cut = Some(error.to_string()),
        }
    }
    Ok(Wreck { header, remains, cut })
}

fn take(event: Event, remains: &mut BTreeMap<String, Remains>) {
    match event {
        Event::Plan(plan) => {
            if let Some(of) = remains.get_mut(&plan.endpoint) {
                of.before = plan.before;
            }
        }
        Event::Intent(intent) => {
            if let Some(of) = remains.get_mut(&intent.endpoint) {
                of.unanswered += 1;
            }
        }
        Event::Exchange(exchange) if exchange.request.method == "POST" && exchange.response.is_some() => {
            if let Some(of) = remains.get_mut(&exchange.endpoint) {
                of.unanswered = of.unanswered.saturating_sub(1);
            }
        }
        Event::Made(made) => {
            if let Some(of) = remains.get_mut(&made.endpoint) {
                of.made.push(made);
            }
        }
        Event::Gone(gone) => {
            if let Some(of) = remains.get_mut(&gone.endpoint) {
                of.made.retain(|made| made.url != gone.url);
            }
        }
        _ => {}
    }
}

/// Takes away what a run has left at an endpoint, known or found by its nonce.
///
/// # Errors
/// When the endpoint cannot be asked. What cannot be taken away is no error, it is left.
pub async fn sweep(
    endpoint: Endpoint,
    remains: &Remains,
    suite: &Suite,
    limits: Limits,
    patience: f64,
    recorder: Arc<Recorder>,
) -> Result<Swept, SweepError> {
    let name = endpoint.name.clone();
    let client = Client::new(endpoint, limits, recorder)?;
    let discovery = discovery::discover(&client, suite).await?;
    let (tables, stop) = (suite.tables(discovery.edition), Stop::default());
    let watch = Watch::new(tables, &suite.register, discovery.links.clone());
    let patience = Patience::new(&suite.waits, patience);
    let stage =
        Stage { client: &client, suite, discovery: &discovery, tables, patience, watch: &watch, stop: &stop };
    let mut taken: Vec<Made> = Vec::new();
    let mut left: Vec<Leftover> = Vec::new();
    let mut wanted = remains.made.clone();
    for _ in 0..ROUNDS {
        let found = marked::find(stage, &[(&remains.nonce, "sweep")]).await;
        wanted.extend(found.into_iter().filter(|found| {
            taken.iter().chain(&remains.made).all(|known| known.url != found.url)
                && left.iter().all(|known| known.url != found.url)
        }));
        if wanted.is_empty() {
            break;
        }
        let goings = wanted.drain(..).rev().map(|made| async move {
            let gone = teardown::take_away(stage, &made).await;
            (made, gone)
        });
        let mut goings = futures::stream::iter(goings).buffer_unordered(AT_ONCE);
        while let Some((made, gone)) = goings.next().await {
            match gone {
                Ok(()) => taken.push(made),
                Err(leftover) => left.push(leftover),
            }
        }
    }
    let after = discovery::counts(&client, &discovery, tables).await;
    let inventory = Inventory { endpoint: name, before: remains.before.clone(), after, left };
    Ok(Swept { taken, inventory })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_that_was_cut_off_says_what_is_left() {
        let header = r#"{"event":"header","stream":1,"run":"R","tool":"t","started":"2026-01-02T03:04:05Z","suite":"0","profile":"p","endpoints":[{"name":"e","cep":"http://h/"}],"seed":0,"command":[]}"#;
        let made = |url: &str| {
            format!(
                r#"{{"event":"made","endpoint":"e","case":"c","step":"s","kind":"Machine","url":"{url}"}}"#
            )
        };
        let text = [
            header,
            r#"{"event":"plan","endpoint":"e","verdicts":1,"before":{"machines":2}}"#,
            r#"{"event":"intent","endpoint":"e","method":"POST","url":"http://h/machines","started_us":1}"#,
            &made("http://h/1"),
            &made("http://h/2"),
            r#"{"event":"gone","endpoint":"e","url":"http://h/1"}"#,
            r#"{"event":"exchan"#,
        ]
        .join("\n");
        let wreck = read_wreck(text.as_bytes()).unwrap();
        let remains = &wreck.remains["e"];
        assert_eq!(remains.nonce, "cimi-R-");
        assert_eq!(remains.made.iter().map(|made| made.url.as_str()).collect::<Vec<_>>(), ["http://h/2"]);
        assert_eq!((remains.before["machines"], remains.unanswered), (2, 1));
        assert!(wreck.cut.unwrap().starts_with("line 7"));
        assert!(matches!(read_wreck(&b""[..]), Err(WreckError::NoHeader)));
    }
}
