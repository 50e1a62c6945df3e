//! What a run would do, told before it does anything: out of the very plan that it would follow, with nothing but the
//! requests of discovery. Estimates are upper bounds, save the minutes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use crate::case::{Case, What, Whose};
use crate::discovery::{self, Discovery, DiscoveryError};
use crate::event::{Edition, Exchange, Sink, Verdict};
use crate::http::{Client, ClientError, Endpoint, Recorder};
use crate::meaning::Value;
use crate::spec::Tables;
use crate::suite::Suite;

use super::plan::{self, Planned};
use super::{AT_ONCE, Settings};

/// What a run would do at one endpoint.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outlook {
    /// Name of the endpoint.
    pub endpoint: String,
    /// URL of its Cloud Entry Point.
    pub cep: String,
    /// The edition that it would be judged by.
    pub edition: Edition,
    /// Cases that would run, each counted once for a format.
    pub cases: u64,
    /// Requests that these say, looks at what is waited for not counted.
    pub requests: u64,
    /// What could be made, whatever its kind.
    pub made: Amount,
    /// What could be made, by kind.
    pub kinds: BTreeMap<String, Amount>,
    /// What of it there could be at once, as a quota counts it.
    pub quota: BTreeMap<String, u64>,
    /// What is changed, deleted and operated.
    pub changes: Vec<Change>,
    /// Minutes that it takes where the endpoint takes its usual time.
    pub minutes: f64,
    /// What would not run, and why.
    pub not_applicable: Vec<NotApplicable>,
}

/// How many resources at most.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Amount {
    /// In all.
    pub in_all: u64,
    /// At once.
    pub at_once: u64,
}

/// Something that is done to resources beside making them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// `update`, `delete`, or an operation such as `stop`.
    pub what: String,
    /// The kind of a resource that the run has made; absent where the resource was there before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own: Option<String>,
    /// What was there before and is changed: `machine` is the first of its kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub there: Option<String>,
    /// How often.
    pub times: u64,
    /// The cases that do it.
    pub cases: Vec<String>,
}

/// A case that would not run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotApplicable {
    /// The case.
    pub case: String,
    /// Why.
    pub reason: String,
    /// The exchange that proves it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proof: Option<String>,
}

/// Looks ahead, at every endpoint; the events of discovery go to `sink`.
///
/// # Errors
/// When there is no HTTP client. An endpoint that cannot be read is among the results.
pub async fn outlook(
    endpoints: Vec<Endpoint>,
    suite: &Suite,
    settings: &Settings,
    sink: Box<dyn Sink>,
) -> Result<Vec<Result<Outlook, (String, DiscoveryError)>>, ClientError> {
    let recorder = Arc::new(Recorder::new(sink));
    let mut clients = Vec::new();
    for endpoint in endpoints {
        clients.push(Client::new(endpoint, settings.limits, recorder.clone())?);
    }
    let looks = clients.iter().map(|client| look(client, suite, settings));
    Ok(futures::future::join_all(looks).await)
}

async fn look(
    client: &Client,
    suite: &Suite,
    settings: &Settings,
) -> Result<Outlook, (String, DiscoveryError)> {
    let endpoint = client.endpoint();
    let discovered = discovery::discover(client, suite).await;
    let discovery = discovered.map_err(|error| (endpoint.name.clone(), error))?;
    let tables = suite.tables(discovery.edition);
    let generated = plan::generate(client, suite, settings, &discovery, &|_, _| true);
    let plan::Plan { inapplicable, runnable } = plan::plan(client, suite, settings, &discovery, &generated);
    let exchanges = client.unclaimed();
    let forecast = Forecast { suite, settings, tables, latency: latency(&exchanges) };
    let (made, kinds) = forecast.amounts(&runnable);
    Ok(Outlook {
        endpoint: endpoint.name.clone(),
        cep: endpoint.cep.to_string(),
        edition: discovery.edition,
        cases: runnable.len() as u64,
        requests: runnable.iter().map(|planned| planned.widest().steps.len() as u64).sum(),
        quota: quota(&kinds, &discovery),
        made,
        kinds,
        changes: changes(&runnable, tables),
        minutes: forecast.minutes(&runnable),
        not_applicable: not_applicable(inapplicable, &exchanges),
    })
}

/// How long an exchange of discovery took on average.
fn latency(exchanges: &[Arc<Exchange>]) -> Duration {
    let all: u64 = exchanges.iter().map(|exchange| exchange.duration.0).sum();
    Duration::from_micros(all / (exchanges.len() as u64).max(1))
}

/// What estimates are made from.
struct Forecast<'f> {
    suite: &'f Suite,
    settings: &'f Settings,
    tables: &'f Tables,
    latency: Duration,
}

impl Forecast<'_> {
    /// What could be made in all and at once: at once are the cases that run together and make most.
    fn amounts(&self, runnable: &[Planned<'_>]) -> (Amount, BTreeMap<String, Amount>) {
        let mut all = Counted::default();
        let mut kinds: BTreeMap<String, Counted> = BTreeMap::new();
        for case in runnable.iter().map(|planned| planned.widest()) {
            let mut of_case: BTreeMap<String, u64> = BTreeMap::new();
            for kind in case.makes(self.tables) {
                *of_case.entry(kind).or_default() += 1;
            }
            all.add(of_case.values().sum(), case.alone);
            for (kind, number) in of_case {
                kinds.entry(kind).or_default().add(number, case.alone);
            }
        }
        let caps = &self.settings.caps;
        let times = u64::from(self.settings.retries) + 1;
        let bounded = |counted: Counted, together| {
            let amount = counted.amount(together);
            Amount {
                in_all: caps.in_all.map_or(amount.in_all * times, |limit| limit.min(amount.in_all * times)),
                at_once: caps.at_once.map_or(amount.at_once, |limit| limit.min(amount.at_once)),
            }
        };
        let together = |kind: &String| if caps.serial.contains(kind) { 1 } else { AT_ONCE };
        let kinds = kinds
            .into_iter()
            .map(|(kind, counted)| {
                let together = together(&kind);
                (kind, bounded(counted, together))
            })
            .collect();
        (bounded(all, AT_ONCE), kinds)
    }

    /// Each phase takes as long as its cases, so many at a time; no less than the rate allows.
    fn minutes(&self, runnable: &[Planned<'_>]) -> f64 {
        let [reading, making, alone] = plan::phases(runnable.to_vec());
        let span = |cases: &[Planned<'_>]| -> f64 {
            cases.iter().map(|planned| self.seconds(planned.widest())).sum()
        };
        let busy: f64 = making.iter().map(|planned| real(planned.widest().makes(self.tables).len())).sum();
        let together = match self.settings.caps.at_once {
            Some(limit) if busy > 0.0 => {
                let limit = real(usize::try_from(limit).unwrap_or(usize::MAX));
                (limit * real(making.len()) / busy).clamp(1.0, real(AT_ONCE))
            }
            _ => real(AT_ONCE),
        };
        let seconds = span(&reading) / real(AT_ONCE) + span(&making) / together + span(&alone);
        let requests: usize = runnable.iter().map(|planned| planned.widest().steps.len()).sum();
        let paced = self.settings.limits.rate.map_or(0.0, |rate| real(requests) / rate);
        let minutes = seconds.max(paced) / 60.0;
        let limit = self.settings.within.map(|within| within.as_secs_f64() / 60.0);
        limit.map_or(minutes, |limit| minutes.min(limit))
    }

    /// A case: its exchanges, what it waits for, and the going of what it made.
    fn seconds(&self, case: &Case) -> f64 {
        let usual = |kind: &str| self.suite.waits.of(kind).usual.as_secs_f64();
        let waits = case.steps.iter().filter(|step| step.settle || step.wait.is_some());
        let waited: f64 = waits.map(|step| usual(&case.about(step, self.tables))).sum();
        let goings: f64 = case.makes(self.tables).iter().map(|kind| usual(kind)).sum();
        real(case.steps.len()) * self.latency.as_secs_f64() + waited + goings
    }
}

/// A count, for estimates.
fn real(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// What cases make, of one kind or of all.
#[derive(Debug, Default)]
struct Counted {
    in_all: u64,
    together: Vec<u64>,
    alone: u64,
}

impl Counted {
    fn add(&mut self, number: u64, alone: bool) {
        self.in_all += number;
        if alone {
            self.alone = self.alone.max(number);
        } else {
            self.together.push(number);
        }
    }

    fn amount(mut self, together: usize) -> Amount {
        self.together.sort_unstable_by(|a, b| b.cmp(a));
        let most: u64 = self.together.iter().take(together).sum();
        Amount { in_all: self.in_all, at_once: most.max(self.alone) }
    }
}

/// What a quota counts: the resources, and what they are made of by the samples that cases make them from.
fn quota(kinds: &BTreeMap<String, Amount>, discovery: &Discovery) -> BTreeMap<String, u64> {
    let mut quota: BTreeMap<String, u64> = ["Machine", "Volume", "Network", "Address", "System"]
        .into_iter()
        .filter_map(|kind| Some((kind.to_owned(), kinds.get(kind)?.at_once)))
        .collect();
    let sample = |fact: &str, attribute: &str| -> Option<u64> {
        let resource = discovery.facts.get(fact)?.resource.as_ref()?;
        resource.attributes.get(attribute).and_then(Value::as_text)?.parse().ok()
    };
    let parts = [
        ("Machine", "machineConfig", "cpu", "cpu"),
        ("Machine", "machineConfig", "memory", "memory (KiB)"),
        ("Volume", "volumeConfig", "capacity", "storage (KB)"),
    ];
    for (kind, fact, attribute, name) in parts {
        // The names of configurations differ between attribute and type; both are facts.
        let each = sample(fact, attribute).or_else(|| sample(&format!("{fact}uration"), attribute));
        if let (Some(amount), Some(each)) = (kinds.get(kind), each) {
            quota.insert(name.to_owned(), amount.at_once * each);
        }
    }
    quota
}

/// What is done beside making, by what and to whom.
fn changes(runnable: &[Planned<'_>], tables: &Tables) -> Vec<Change> {
    let mut found: BTreeMap<(String, Whose), Change> = BTreeMap::new();
    for case in runnable.iter().map(|planned| planned.widest()) {
        for deed in case.deeds(tables) {
            let what = match deed.what {
                What::Make(_) => continue,
                What::Update => "update".to_owned(),
                What::Delete => "delete".to_owned(),
                What::Operate(rel) => rel,
            };
            let change = found.entry((what.clone(), deed.whose.clone())).or_insert_with(|| {
                let (own, there) = match deed.whose {
                    Whose::Own(kind) => (Some(kind), None),
                    Whose::There(fact) => (None, Some(fact)),
                };
                Change { what, own, there, times: 0, cases: Vec::new() }
            });
            change.times += 1;
            if !change.cases.contains(&case.id) {
                change.cases.push(case.id.clone());
            }
        }
    }
    found.into_values().collect()
}

/// What would not run, a case once.
fn not_applicable(inapplicable: Vec<Verdict>, exchanges: &[Arc<Exchange>]) -> Vec<NotApplicable> {
    let mut all: Vec<NotApplicable> = Vec::new();
    for verdict in inapplicable {
        let Some(reason) = verdict.reason else { continue };
        let proof = reason.exchange.and_then(|n| exchanges.iter().find(|exchange| exchange.n == n));
        let proof = proof.map(|exchange| {
            let status = exchange.response.as_ref().map_or(0, |response| response.status);
            format!("{} {} → {status}", exchange.request.method, exchange.request.url)
        });
        let one = NotApplicable { case: verdict.case, reason: reason.text, proof };
        if !all.contains(&one) {
            all.push(one);
        }
    }
    all
}
