//! A session: the clients that came, what they asked, and the stream of events that tells of it.
//!
//! Owns telling clients apart, and the limit of what is kept.

use std::collections::BTreeMap;
use std::io;

use indexmap::IndexMap;
use jiff::Timestamp;
use url::Url;

use super::{Client, Rules};
use crate::event::{
    self, Body, Company, Event, Exchange, ExchangeId, Exit, Finding, Footer, Header, Inventory, Micros,
    Outcome, Plan, Sink,
};
use crate::exit::ExitCode;
use crate::profile::is_among;

/// At most so many exchanges are taken; whoever needs more is no client under test.
pub const MOST_EXCHANGES: usize = 20_000;

/// At most so many bytes of bodies are kept.
const MOST_BYTES: usize = 256 << 20;

/// At most so many clients are told apart.
const MOST_CLIENTS: usize = 100;

/// A session with one entry point.
#[derive(Debug)]
pub struct Session<'r> {
    rules: &'r Rules<'r>,
    cep: Url,
    clients: IndexMap<String, Client<'r>>,
    exchanges: Vec<Exchange>,
    bytes: usize,
}

/// What was asked of a session, as its stream says.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Name of the run.
    pub run: String,
    /// When it began.
    pub started: Timestamp,
    /// The command line.
    pub command: Vec<String>,
    /// Digest of the suite.
    pub suite: String,
    /// Verdicts to tell: patterns with `*`; all if there is none.
    pub only: Vec<String>,
    /// Verdicts to leave out: patterns with `*`.
    pub skip: Vec<String>,
}

impl<'r> Session<'r> {
    /// One that nobody has come to yet.
    pub fn new(cep: Url, rules: &'r Rules<'r>) -> Self {
        Self { rules, cep, clients: IndexMap::new(), exchanges: Vec::new(), bytes: 0 }
    }

    /// Whether it takes more.
    pub fn is_full(&self) -> bool {
        self.exchanges.len() >= MOST_EXCHANGES || self.bytes >= MOST_BYTES
    }

    /// Takes the next exchange; gives what is found in it, each thing once for a client.
    pub fn take(&mut self, mut exchange: Exchange) -> Vec<Finding> {
        if self.is_full()
            || (self.clients.len() >= MOST_CLIENTS && !self.clients.contains_key(&exchange.endpoint))
        {
            return Vec::new();
        }
        exchange.n = ExchangeId(self.exchanges.len() as u64 + 1);
        let (rules, cep) = (self.rules, &self.cep);
        let name = exchange.endpoint.clone();
        let client = self.clients.entry(name).or_insert_with_key(|name| Client::new(name, cep, rules));
        let found = client.take(&exchange);
        self.bytes += size(exchange.request.body.as_ref());
        self.bytes += size(exchange.response.as_ref().and_then(|it| it.body.as_ref()));
        self.exchanges.push(exchange);
        found
    }

    /// The clients that came, in the order in which they did.
    pub fn clients(&self) -> impl Iterator<Item = &Client<'r>> {
        self.clients.values()
    }

    /// Writes the stream of the session.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(self, asked: &Asked, sink: &mut dyn Sink) -> io::Result<ExitCode> {
        let edition = Some(self.rules.edition());
        let endpoint =
            |name: &String| event::Endpoint { name: name.clone(), cep: self.cep.to_string(), edition };
        sink.take(&Event::Header(Header {
            stream: event::STREAM_VERSION,
            run: asked.run.clone(),
            tool: concat!("cimi-conformance ", env!("CARGO_PKG_VERSION")).to_owned(),
            started: asked.started,
            suite: asked.suite.clone(),
            profile: "client".to_owned(),
            endpoints: self.clients.keys().map(endpoint).collect(),
            seed: 0,
            generated: 0,
            read_only: false,
            company: Company::Alone,
            command: asked.command.clone(),
        }))?;
        let duration = self.exchanges.last().map_or(Micros(0), |it| Micros(it.started.0 + it.duration.0));
        for exchange in self.exchanges {
            sink.take(&Event::Exchange(Box::new(exchange)))?;
        }
        let mut counts: BTreeMap<Outcome, u64> = BTreeMap::new();
        let mut inventory = Vec::new();
        for (name, client) in self.clients {
            let mut verdicts = client.verdicts();
            verdicts.retain(|verdict| is_among(&verdict.case, &asked.only, &asked.skip));
            let planned = verdicts.len() as u64;
            let before = BTreeMap::new();
            sink.take(&Event::Plan(Plan { endpoint: name.clone(), edition, verdicts: planned, before }))?;
            for verdict in verdicts {
                *counts.entry(verdict.outcome).or_default() += 1;
                sink.take(&Event::Verdict(Box::new(verdict)))?;
            }
            inventory.push(Inventory::unknown(name));
        }
        let code = ExitCode::of_counts(&counts, &inventory, Company::Alone);
        let exit = Exit::from(code);
        sink.take(&Event::Footer(Footer { counts, duration, inventory, exit }))?;
        Ok(code)
    }
}

fn size(body: Option<&Body>) -> usize {
    match body {
        Some(Body::Text(text) | Body::Base64(text)) => text.len(),
        None => 0,
    }
}
