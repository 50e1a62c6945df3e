//! The status page: what a person wants to see of a running cloud, without a script.
//!
//! Owns what is on it. Costs no walk over the resources, whatever their number.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Request, State};
use axum::response::Response;
use cimi::Edition;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use http::{HeaderValue, StatusCode};
use jiff::Timestamp;
use serde_json::Value;

use super::answer::{self, Answer, Problem};
use super::{Control, aside};
use crate::clock::Clock;
use crate::cloud;
use crate::fault::Listed;
use crate::sim::{Limits, Sim};
use crate::world::{Id, Kind, Link, Measure, Usage};

/// Jobs that are listed at most, of each tenant.
const JOBS: usize = 20;

/// Characters of a name that are shown.
const NAME: usize = 40;

/// No script, nothing from elsewhere; forms to this face alone.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

#[derive(Template)]
#[template(path = "status.html")]
struct Page {
    style: &'static str,
    refresh: bool,
    edition: &'static str,
    dialect: Option<&'static str>,
    clock: &'static str,
    now: Timestamp,
    next: Option<Timestamp>,
    running: usize,
    running_text: String,
    tenants: Vec<TenantView>,
    faults: Vec<FaultView>,
    deviations: Vec<(&'static str, &'static str)>,
    snapshots: Vec<(String, Timestamp)>,
    capacity: Option<String>,
}

struct TenantView {
    name: Option<String>,
    uri: String,
    gauges: Vec<Gauge>,
    kinds: Vec<Row>,
    jobs: Vec<Job>,
    more: usize,
}

struct Gauge {
    name: &'static str,
    used: String,
    most: Option<String>,
    percent: u64,
}

struct Row {
    kind: &'static str,
    count: u64,
    states: Vec<(&'static str, u64)>,
}

struct Job {
    number: u64,
    action: String,
    target: String,
    progress: i64,
}

struct FaultView {
    name: String,
    text: String,
    seen: u64,
    hits: u64,
}

impl FaultView {
    fn of(listed: &Listed) -> Self {
        let name = listed.fault.name().map_or_else(|| format!("no. {}", listed.id), str::to_owned);
        // As it stands in a file; without its name, which is shown already.
        let mut text = serde_json::to_value(&listed.fault).unwrap_or_default();
        if let Some(fields) = text.as_object_mut() {
            fields.remove("name");
            fields.retain(|_, value| !value.is_null());
        }
        Self { name, text: told(&text), seen: listed.seen, hits: listed.hits }
    }
}

/// A value in few words: `kind Machine, every 2`.
fn told(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| format!("{name} {}", told(value)));
            fields.collect::<Vec<_>>().join(", ")
        }
        Value::Array(items) => items.iter().map(told).collect::<Vec<_>>().join(", "),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

pub(super) async fn show(State(control): State<Arc<Control>>, request: Request) -> Answer {
    let refresh = request.uri().query() == Some("refresh");
    let html = aside(move || page(&control, refresh).render()).await?;
    let html = html.map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    let mut response: Response = answer::respond(StatusCode::OK, "text/html; charset=utf-8", html);
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

fn page(control: &Control, refresh: bool) -> Page {
    let cloud = &control.cloud;
    let engines = cloud.engines();
    let tenants: Vec<(TenantView, usize)> = cloud
        .names()
        .into_iter()
        .zip(&engines)
        .enumerate()
        .map(|(at, (name, engine))| {
            let (quota, used) = cloud.account(at).unwrap_or_default();
            let uri = format!("{}{}", control.root, cloud::path(name.as_deref()));
            engine.read(|sim, now| {
                let running = sim.running().count();
                let jobs: Vec<Job> = sim.running().take(JOBS).map(|id| job(sim, id, now)).collect();
                let more = running - jobs.len();
                let (gauges, kinds) = (gauges(used, quota), kinds(sim));
                (TenantView { name, uri, gauges, kinds, jobs, more }, running)
            })
        })
        .collect();
    let running: usize = tenants.iter().map(|(_, running)| running).sum();
    Page {
        style: include_str!("../../templates/status.css"),
        refresh,
        edition: match control.edition {
            Edition::V1 => "1.x",
            Edition::V2 => "2.0",
        },
        dialect: control.dialect.get().map(|dialect| dialect.name),
        clock: match cloud.time() {
            Clock::Auto => "The wall clock, which goes on by itself",
            Clock::Virtual(_) => "A virtual clock, which stands until it is moved",
            Clock::Paced { .. } => "A virtual clock, which moves on at each request",
        },
        now: control.clock().now(),
        next: engines.iter().filter_map(|engine| engine.peek(Sim::next_due)).min(),
        running,
        running_text: match running {
            0 => "No Job is running".to_owned(),
            1 => "One Job is running".to_owned(),
            more => format!("{more} Jobs are running"),
        },
        tenants: tenants.into_iter().map(|(view, _)| view).collect(),
        faults: control.faults().list().iter().map(FaultView::of).collect(),
        deviations: control.deviations.get().iter().map(|it| (it.name, it.summary)).collect(),
        snapshots: cloud.kept(),
        capacity: capacity(cloud.capacity()),
    }
}

fn gauges(used: Usage, quota: Limits) -> Vec<Gauge> {
    let gauge = |measure: Measure| {
        let (has, most) = (used.get(measure), quota.get(measure));
        Gauge {
            name: measure.name(),
            used: amount(measure, has),
            most: most.map(|most| amount(measure, most)),
            percent: most.map_or(0, |most| (has.saturating_mul(100) / most.max(1)).min(100)),
        }
    };
    Measure::ALL.into_iter().map(gauge).collect()
}

fn capacity(limits: Limits) -> Option<String> {
    let limit = |measure: Measure| Some(format!("{} {measure}", amount(measure, limits.get(measure)?)));
    let all: Vec<String> = Measure::ALL.into_iter().filter_map(limit).collect();
    if all.is_empty() { None } else { Some(all.join(", ")) }
}

/// An amount with its unit, to two digits or so.
fn amount(measure: Measure, number: u64) -> String {
    let (base, units): (u64, [&str; 4]) = match measure {
        Measure::Memory => (1024, ["KiB", "MiB", "GiB", "TiB"]),
        Measure::Storage => (1000, ["kB", "MB", "GB", "TB"]),
        _ => return number.to_string(),
    };
    let mut tenths = number.saturating_mul(10);
    let mut units = units.into_iter().peekable();
    let mut unit = units.next().unwrap_or_default();
    while tenths >= base * 10 && units.peek().is_some() {
        tenths /= base;
        unit = units.next().unwrap_or_default();
    }
    match (tenths / 10, tenths % 10) {
        (whole, 0) => format!("{whole} {unit}"),
        (whole, tenth) => format!("{whole}.{tenth} {unit}"),
    }
}

fn kinds(sim: &Sim) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let counts = sim.world().census().counts().filter(|(kind, ..)| *kind != Kind::CloudEntryPoint);
    for (kind, state, count) in counts {
        let kind = kind.name();
        if rows.last().is_none_or(|row| row.kind != kind) {
            rows.push(Row { kind, count: 0, states: Vec::new() });
        }
        let Some(row) = rows.last_mut() else { continue };
        row.count += count;
        if !state.is_empty() {
            row.states.push((state, count));
        }
    }
    rows
}

fn job(sim: &Sim, id: Id, now: Timestamp) -> Job {
    let record = sim.world().get(id);
    let target = match record.and_then(|record| record.fields.link("targetResource")) {
        Some(Link::Resource(id)) => {
            let name = sim.world().get(*id).and_then(|record| record.label.name.clone());
            let what = format!("{} {}", id.kind().name(), id.number());
            match name {
                Some(name) => format!("{what}, {}", name.chars().take(NAME).collect::<String>()),
                None => what,
            }
        }
        Some(Link::Collection(group)) => format!("to {}", group.kind.segment()),
        _ => String::new(),
    };
    Job {
        number: id.number(),
        action: record.and_then(|record| record.fields.text("action")).unwrap_or_default().to_owned(),
        target,
        progress: sim.progress(id, now),
    }
}
