//! Runs one case in one format: sends what its steps say, and judges what comes.
//!
//! Navigation is tolerant, judgement is strict: a step that goes wrong ends the case, so that one deviation is told
//! once; what a case could not get to is blocked, not failed.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;

use futures::FutureExt as _;
use url::Url;

use crate::case::{Auth, Case, Method, ShownKind, Step, Subject, Template, Wait, WaitFor};
use crate::event::{At, ExchangeId, Finding, Format, Formats, Made, Micros, Outcome, Reason, Verdict};
use crate::findings::{blank, outcome, place};
use crate::http::{Outgoing, Purpose};
use crate::meaning::{Resource, Value, find, scalars_equal};

use super::env::{Done, Env, Unresolved};
use super::expect::{self, Miss};
use super::patience::Pause;
use super::request;
use super::stage::Stage;
use super::steady;
use super::teardown::{Traces, UNKNOWN};

/// States in which a Job is not at its end (DSP0263 5.17.1).
const UNDER_WAY: [&str; 3] = ["QUEUED", "RUNNING", "STOPPING"];

/// What came of running a case.
#[derive(Debug)]
pub(super) struct Ran {
    /// The verdict.
    pub(super) verdict: Verdict,
    /// What it left to be taken away.
    pub(super) traces: Traces,
    /// Whether what it found may be due to others: the reading that has to stay as it is has changed meanwhile.
    pub(super) is_unsteady: bool,
}

/// Why a case ended before its last step.
pub(super) enum End {
    /// Nothing more can be judged.
    Blocked(String, Option<ExchangeId>),
    /// The endpoint does not show what the rest of the case is about.
    NotApplicable(String, ExchangeId),
    /// Something does not hold; the findings say what.
    Found,
    /// The judge itself does not know how to go on.
    Fault(String),
}

/// Runs one case.
pub(super) struct Runner<'r> {
    stage: Stage<'r>,
    case: &'r Case,
    env: Env<'r>,
    findings: Vec<Finding>,
    exchanges: Vec<ExchangeId>,
    /// From the beginning of its first exchange to the end of its last.
    span: Option<(Micros, Micros)>,
    traces: Traces,
}

impl<'r> Runner<'r> {
    /// A runner of `case` in `format`; `nonce` is a word that no other run of a case has.
    pub(super) fn new(stage: Stage<'r>, case: &'r Case, format: Format, nonce: String) -> Self {
        let discovery = stage.discovery;
        let traces = Traces { nonce: nonce.clone(), ..Traces::default() };
        let env = Env { discovery, tables: stage.tables, format, nonce, steps: BTreeMap::new() };
        Self { stage, case, env, findings: Vec::new(), exchanges: Vec::new(), span: None, traces }
    }

    /// Runs it to its end.
    pub(super) async fn run(mut self) -> Ran {
        let case = self.case;
        let ended = self.go(&case.steps).await;
        self.end(ended).await
    }

    /// Takes steps, as far as they go. A panic on the way is ours, and what was made until then is known.
    pub(super) async fn go(&mut self, steps: &[Step]) -> Result<(), End> {
        let ended = AssertUnwindSafe(self.steps(steps)).catch_unwind().await;
        ended.unwrap_or_else(|panic| {
            self.traces.unseen = true;
            Err(End::Fault(format!("the judge panicked: {}", words(panic.as_ref()))))
        })
    }

    /// What a step showed.
    pub(super) fn shown(&self, step: &str) -> Option<&Resource> {
        self.env.steps.get(step)?.resource.as_ref()
    }

    /// Comes to a verdict about what was done.
    pub(super) async fn end(mut self, ended: Result<(), End>) -> Ran {
        let changed = if self.findings.is_empty() { None } else { self.changed().await };
        let is_unsteady = changed.is_some();
        let (outcome, reason) = match (changed, ended) {
            (Some(reason), _) => {
                self.findings.clear();
                (Outcome::Blocked, Some(reason))
            }
            (None, Ok(()) | Err(End::Found)) => (outcome(&self.findings), None),
            (None, Err(End::Blocked(text, exchange))) => {
                (self.found_or(Outcome::Blocked), Some(Reason { text, exchange }))
            }
            (None, Err(End::NotApplicable(text, exchange))) => {
                (self.found_or(Outcome::NotApplicable), Some(Reason { text, exchange: Some(exchange) }))
            }
            (None, Err(End::Fault(text))) => (Outcome::Error, Some(Reason { text, exchange: None })),
        };
        let verdict = Verdict {
            endpoint: self.stage.client.endpoint().name.clone(),
            case: self.case.id.clone(),
            format: Formats::from(self.env.format),
            area: self.case.area.clone(),
            title: self.case.title.clone(),
            requirements: self.case.requirements.clone(),
            outcome,
            findings: self.findings,
            exchanges: self.exchanges,
            duration: self.span.map_or(Micros(0), |(begin, end)| Micros(end.0.saturating_sub(begin.0))),
            reason,
            source: Some(place(&self.case.origin)),
        };
        Ran { verdict, traces: self.traces, is_unsteady }
    }

    /// Why what was found tells nothing: the reading that the case holds steady means something else by now.
    async fn changed(&mut self) -> Option<Reason> {
        let name = self.case.steady.as_ref()?;
        let step = self.case.steps.iter().find(|step| step.name == *name)?;
        let before = self.env.steps.get(name)?.resource.clone()?;
        let outgoing = request::outgoing(&self.env, self.case, step).ok()?;
        let done = self.send(&outgoing, step).await.ok()?;
        let base = self.env.discovery.links.base.as_ref();
        let is_same = done.resource.as_ref().is_some_and(|after| steady::is_same(&before, after, base));
        let text = format!("what step {name} reads changed while the case was run");
        (!is_same).then_some(Reason { text, exchange: Some(done.exchange.n) })
    }

    async fn steps(&mut self, steps: &[Step]) -> Result<(), End> {
        for step in steps {
            if let Some(reason) = self.stage.stop.reason() {
                return Err(stopped(&reason));
            }
            self.step(step).await?;
        }
        Ok(())
    }

    /// What the findings come to, or this where there are none.
    fn found_or(&self, otherwise: Outcome) -> Outcome {
        if self.findings.is_empty() { otherwise } else { outcome(&self.findings) }
    }

    /// Waits a little; false once it has been waited long enough. In a recording: whether there was another look.
    async fn rest(&self, pause: &mut Pause, step: &Step) -> Result<bool, End> {
        if let Some(recorded) = self.stage.client.recording() {
            return Ok(recorded.is_asked_again(&self.case.id, &step.name, self.env.format));
        }
        tokio::select! {
            more = pause.sleep() => Ok(more),
            reason = self.stage.stop.asked() => Err(stopped(&reason)),
        }
    }

    async fn step(&mut self, step: &Step) -> Result<(), End> {
        let outgoing = request::outgoing(&self.env, self.case, step).map_err(|u| blocked(step, &u))?;
        let mut done = self.send(&outgoing, step).await?;
        if let Some(wait) = &step.wait {
            done = self.wait(wait, step, &outgoing, done).await?;
        }
        self.remember(step, &outgoing, &done);
        self.env.steps.insert(step.name.clone(), done.clone());
        self.shows(step, &done)?;
        self.judge(step, &done)?;
        if step.settle && done.status() < 400 {
            self.settle(step, &done).await?;
        }
        Ok(())
    }

    async fn send(&mut self, outgoing: &Outgoing, step: &Step) -> Result<Done, End> {
        let purpose =
            Purpose { case: Some(&self.case.id), step: Some(&step.name), format: Some(self.env.format) };
        let (done, times) = self.stage.send_patiently(outgoing, purpose).await;
        let exchange = &done.exchange;
        if !exchange.was() {
            let (method, url) = (&exchange.request.method, &exchange.request.url);
            let text = format!("step {}: the recording has no {method} {url}", step.name);
            return Err(End::Blocked(text, None));
        }
        // A refusal to do it now may have come after it was done.
        self.traces.unseen |= times > 1 && outgoing.method == Method::Post;
        self.exchanges.push(exchange.n);
        let begin = self.span.map_or(exchange.started, |(begin, _)| begin);
        self.span = Some((begin, exchange.ended()));
        Ok(done)
    }

    /// A plain reading of a URL, on behalf of a step.
    async fn look(&mut self, url: &Url, step: &Step) -> Result<Done, End> {
        let outgoing = Outgoing {
            method: Method::Get,
            url: url.clone(),
            headers: Vec::new(),
            format: self.env.format,
            body: None,
            auth: Auth::Endpoint,
        };
        self.send(&outgoing, step).await
    }

    /// Repeats a reading until what is waited for holds.
    async fn wait(
        &mut self,
        wait: &Wait,
        step: &Step,
        outgoing: &Outgoing,
        mut done: Done,
    ) -> Result<Done, End> {
        let mut pause = self.stage.patience.within(wait.within);
        let begin = done.exchange.started;
        loop {
            self.env.steps.insert(step.name.clone(), done.clone());
            match self.waited(wait, step, &done) {
                Waited::Reached => return Ok(done),
                Waited::Failed(got) => return self.wait_failed(wait, step, &done, &got),
                Waited::NotYet(got) => {
                    if !self.rest(&mut pause, step).await? {
                        if matches!(wait.until, WaitFor::Expected) {
                            return Ok(done);
                        }
                        let waited = done.exchange.ended().0.saturating_sub(begin.0);
                        let got = format!("{got} after {}", Micros(waited));
                        return self.wait_failed(wait, step, &done, &got);
                    }
                }
            }
            done = self.send(outgoing, step).await?;
        }
    }

    fn waited(&self, wait: &Wait, step: &Step, done: &Done) -> Waited {
        match &wait.until {
            WaitFor::Expected => {
                let holds = |e| matches!(expect::judge(e, done, &self.env), expect::Outcome::Holds);
                if step.expect.iter().all(holds) {
                    Waited::Reached
                } else {
                    Waited::NotYet("something else".to_owned())
                }
            }
            WaitFor::Gone => match done.status() {
                404 | 410 => Waited::Reached,
                status => Waited::NotYet(status.to_string()),
            },
            WaitFor::Attribute { path, until, failing } => {
                let shown = done.resource.as_ref().filter(|_| done.status() < 400);
                let value = shown.and_then(|r| find(r, path, self.env.tables));
                let text = value
                    .as_ref()
                    .and_then(Value::as_text)
                    .unwrap_or_else(|| format!("status {}", done.status()));
                if until.contains(&text) {
                    Waited::Reached
                } else if failing.contains(&text) || done.status() >= 400 {
                    Waited::Failed(text)
                } else {
                    Waited::NotYet(text)
                }
            }
        }
    }

    fn wait_failed(&mut self, wait: &Wait, step: &Step, done: &Done, got: &str) -> Result<Done, End> {
        let expected = match &wait.until {
            WaitFor::Gone => "404 or 410".to_owned(),
            WaitFor::Expected => "what the step expects".to_owned(),
            WaitFor::Attribute { path, until, .. } => format!("{path} to become {}", until.join(" or ")),
        };
        if step.setup {
            return Err(End::Blocked(
                format!("step {}: expected {expected}, got {got}", step.name),
                Some(done.exchange.n),
            ));
        }
        let findings = wait.requirements.iter().map(|requirement| Finding {
            expected: expected.clone(),
            got: got.to_owned(),
            exchange: Some(done.exchange.n),
            check: Some(place(&wait.origin)),
            ..blank(requirement, &self.stage.suite.register)
        });
        self.findings.extend(findings);
        Err(End::Found)
    }

    /// Notes what a request made, so that it is taken away again.
    fn remember(&mut self, step: &Step, outgoing: &Outgoing, done: &Done) {
        if outgoing.method != Method::Post || matches!(done.status(), 200 | 204 | 300..=499) {
            return;
        }
        let Some(url) = self.env.location(done).filter(|_| matches!(done.status(), 201 | 202)) else {
            // An operation on what is there makes nothing that could be lost.
            self.traces.unseen |= step.payload.action().is_none();
            return;
        };
        // What an action answers with a Location is made as well (a captured image); a Job is not ours to delete.
        let kind = self.stage.kind(outgoing.url.as_str()).unwrap_or(UNKNOWN).to_owned();
        if done.header("CIMI-Job-URI") != Some(url.as_str()) {
            let made = self.made(kind, url, step);
            self.traces.made.push(made);
        }
    }

    /// Something that a step made, written down.
    fn made(&self, kind: String, url: String, step: &Step) -> Made {
        let made = Made {
            endpoint: self.stage.client.endpoint().name.clone(),
            case: self.case.id.clone(),
            step: step.name.clone(),
            kind,
            url,
        };
        self.stage.client.made(made.clone());
        made
    }

    /// Whether a reply shows what the rest of the case is about. A refusal shows nothing; it is judged as such, unless the
    /// endpoint is free to refuse.
    fn shows(&self, step: &Step, done: &Done) -> Result<(), End> {
        let is_free = step.needs.iter().any(|need| matches!(need.kind, ShownKind::Accepted));
        if is_free && (400..500).contains(&done.status()) {
            let text = format!("step {}: the endpoint refuses this with {}", step.name, done.status());
            return Err(End::NotApplicable(text, done.exchange.n));
        }
        if !(200..300).contains(&done.status()) {
            return Ok(());
        }
        for need in &step.needs {
            if !self.is_shown(&need.kind, done) {
                let text = match &need.kind {
                    ShownKind::Lacks(_) => need.text.replacen("no ", "", 1),
                    _ => format!("no {}", need.text),
                };
                let text = format!("step {}: the reply shows {text}", step.name);
                return Err(End::NotApplicable(text, done.exchange.n));
            }
        }
        Ok(())
    }

    /// Whether a value, or a member of a list, is one of these; anything is where there are none.
    fn is_one_of(&self, value: &Value, values: &[Template]) -> bool {
        let base = self.env.discovery.links.base.as_ref();
        let members = match value {
            Value::List(members) => members.as_slice(),
            one => std::slice::from_ref(one),
        };
        let fits = |wanted: &Template| {
            let Ok(wanted) = self.env.text(wanted).map(Value::Text) else { return false };
            members.iter().any(|member| scalars_equal(member, &wanted, base))
        };
        values.is_empty() || values.iter().any(fits)
    }

    fn is_shown(&self, kind: &ShownKind, done: &Done) -> bool {
        let tables = self.env.tables;
        let resource = done.resource.as_ref();
        match kind {
            ShownKind::Operation(rel) => resource.is_some_and(|r| r.operation(rel, tables).is_some()),
            ShownKind::Attribute { path, values } => {
                let value = resource.and_then(|r| find(r, path, tables));
                value.is_some_and(|value| self.is_one_of(&value, values))
            }
            ShownKind::Header(name) => done.header(name).is_some(),
            ShownKind::Accepted => true,
            ShownKind::Lacks(kind) => !self.is_shown(kind, done),
        }
    }

    fn judge(&mut self, step: &Step, done: &Done) -> Result<(), End> {
        let states_status = step.expect.iter().any(|e| matches!(e.subject, Subject::Status(_)));
        if step.setup && !states_status && !(200..300).contains(&done.status()) {
            let got = done.exchange.failure.clone().unwrap_or_else(|| done.status().to_string());
            return Err(End::Blocked(
                format!("step {} was answered with {got}", step.name),
                Some(done.exchange.n),
            ));
        }
        if done.exchange.response.is_none() && !step.setup {
            let first = step.expect.first().map(|expectation| expectation.requirements.as_slice());
            let requirements = first.unwrap_or_else(|| self.case.requirements.get(..1).unwrap_or_default());
            let miss = Miss {
                at: crate::event::At::Exchange,
                expected: "a reply".to_owned(),
                got: done.exchange.failure.clone().unwrap_or_default(),
                edit: None,
            };
            self.found(requirements, &miss, done, Some(&place(&step.origin)), None);
            return Err(End::Found);
        }
        for expectation in &step.expect {
            match expect::judge(expectation, done, &self.env) {
                expect::Outcome::Holds => {}
                expect::Outcome::Unresolved(unresolved) => return Err(blocked(step, &unresolved)),
                expect::Outcome::Missed(miss) if step.setup => {
                    let text = format!("step {}: expected {}, got {}", step.name, miss.expected, miss.got);
                    return Err(End::Blocked(text, Some(done.exchange.n)));
                }
                expect::Outcome::Missed(miss) => {
                    let origin = place(&expectation.origin);
                    let note = expectation.note.as_deref();
                    self.found(&expectation.requirements, &miss, done, Some(&origin), note);
                    // What follows from a wrong status is not told a second time.
                    if matches!(expectation.subject, Subject::Status(_) | Subject::Type(_) | Subject::Body(_))
                    {
                        break;
                    }
                }
            }
        }
        if self.findings.is_empty() { Ok(()) } else { Err(End::Found) }
    }

    /// Notes what a request made beside what its Location names: what its Job affected and discovery did not see.
    fn remember_affected(&mut self, step: &Step, job: &Done) {
        if step.method != Method::Post {
            return;
        }
        let affected = job.resource.as_ref().and_then(|r| r.attributes.get("affectedResources"));
        let Some(Value::List(affected)) = affected else { return };
        for href in affected.iter().filter_map(Value::href) {
            let Some(url) = self.env.resolve(href, &job.exchange.request.url) else { continue };
            let known = self.env.discovery.links.types.contains_key(&crate::check::bare(&url));
            if !known && !self.traces.made.iter().any(|m| m.url == url) {
                // Before what it belongs to, so that it is taken away after that.
                let at = self.traces.made.len().saturating_sub(1);
                let made = self.made(UNKNOWN.to_owned(), url, step);
                self.traces.made.insert(at, made);
            }
        }
    }

    fn found(
        &mut self,
        requirements: &[String],
        miss: &Miss,
        done: &Done,
        check: Option<&crate::event::Place>,
        hint: Option<&str>,
    ) {
        let secret = matches!(&miss.at, At::Body(at) if crate::redact::is_secret(&at.path.replace('/', ".")));
        let hide = |text: &str| if secret { crate::event::REDACTED } else { text }.to_owned();
        let findings = requirements.iter().map(|requirement| Finding {
            expected: hide(&miss.expected),
            got: hide(&miss.got),
            at: miss.at.clone(),
            exchange: Some(done.exchange.n),
            check: check.cloned(),
            edit: miss.edit.clone().filter(|_| !secret),
            hint: hint.map(str::to_owned),
            ..blank(requirement, &self.stage.suite.register)
        });
        self.findings.extend(findings);
    }

    /// Follows what a request started to its end: its Job, else the state of what it made, else its going away.
    async fn settle(&mut self, step: &Step, done: &Done) -> Result<(), End> {
        let job =
            done.header("CIMI-Job-URI").and_then(|uri| self.env.resolve(uri, &done.exchange.request.url));
        let made = self.env.location(done);
        let kind = self.stage.kind(&done.exchange.request.url).unwrap_or("");
        if let Some(url) = job.and_then(|u| Url::parse(&u).ok()) {
            let mut pause = self.stage.patience.settle("Job");
            loop {
                let look = self.look(&url, step).await?;
                let state = look.resource.as_ref().and_then(|r| r.text("state"));
                match state.as_deref() {
                    Some(state) if UNDER_WAY.contains(&state) => {}
                    _ => {
                        self.remember_affected(step, &look);
                        break;
                    }
                }
                if !self.rest(&mut pause, step).await? {
                    return Err(End::Blocked(
                        format!("step {}: its Job does not end", step.name),
                        Some(look.exchange.n),
                    ));
                }
            }
        }
        let gone = step.method == Method::Delete;
        let target = if gone { Some(done.exchange.request.url.clone()) } else { made };
        let Some(url) = target.and_then(|u| Url::parse(&u).ok()) else { return Ok(()) };
        let patience = self.stage.patience;
        let mut pause = if gone { patience.gone(kind) } else { patience.settle(kind) };
        loop {
            let look = self.look(&url, step).await?;
            let state = look.resource.as_ref().and_then(|r| r.text("state")).unwrap_or_default();
            let there = look.status() < 400;
            // Every transient state of the text ends in ING (CREATING, STARTING, ...); no stable one does.
            let moving = if gone { there } else { there && state.ends_with("ING") };
            if !moving {
                return Ok(());
            }
            if !self.rest(&mut pause, step).await? {
                // What comes next judges whether it is gone.
                if gone && !step.setup {
                    return Ok(());
                }
                return Err(End::Blocked(
                    format!("step {}: still {state}", step.name),
                    Some(look.exchange.n),
                ));
            }
        }
    }
}

/// How a wait stands.
enum Waited {
    Reached,
    Failed(String),
    NotYet(String),
}

fn stopped(reason: &str) -> End {
    End::Blocked(format!("the run was stopped: {reason}"), None)
}

/// What a panic says.
fn words(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a word")
}

fn blocked(step: &Step, unresolved: &Unresolved) -> End {
    End::Blocked(format!("step {}: {} is nothing here", step.name, unresolved.reference), unresolved.exchange)
}
