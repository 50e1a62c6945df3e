//! One run of the engine over the built-in targets, and what it came to.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufWriter};
use std::sync::{Arc, Mutex, PoisonError};

use harness::engine::{self, Order, Past, Settings};
use harness::event::{Event, Formats, Outcome, Sink, Verdict, Writer};
use harness::judge::{self, Recording};
use harness::profile::Selection;
use harness::report;
use harness::suite::Suite;
use harness::target::Targets;
use libtest_mimic::{Completion, Failed};

/// What a verdict is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) target: String,
    pub(crate) case: String,
    pub(crate) format: Formats,
}

impl Key {
    /// The name of its trial.
    pub(crate) fn name(&self) -> String {
        format!("{}::{}::{}", self.target, self.case, self.format)
    }
}

/// What was asked for, judged: when it was run, and again from what was recorded.
#[derive(Debug, Default)]
pub(crate) struct Verdicts {
    live: BTreeMap<Key, Verdict>,
    again: BTreeMap<Key, Verdict>,
}

impl Verdicts {
    /// Runs what is chosen; where a target is to be judged again and nothing of it is chosen, all that it has.
    pub(crate) fn of(suite: &Arc<Suite>, chosen: &[Key], again: &[&str]) -> Self {
        let mut names: BTreeSet<&str> = chosen.iter().map(|key| key.target.as_str()).collect();
        let only = if again.iter().all(|name| names.contains(name)) { cases(chosen) } else { Vec::new() };
        names.extend(again);
        if names.is_empty() {
            return Self::default();
        }
        let runtime = tokio::runtime::Runtime::new().expect("it can be made");
        let live = runtime.block_on(async {
            let targets = Targets::start().await.expect("the targets start");
            let endpoints = targets.endpoints().iter().filter(|e| names.contains(e.name.as_str())).cloned();
            let heard = Heard::default();
            let run =
                engine::run(endpoints.collect(), suite.clone(), settings(only), Box::new(heard.clone()));
            run.await.expect("the run can be made");
            heard.events()
        });
        let repeated = if again.is_empty() {
            Vec::new()
        } else {
            let past = archived(&live);
            let heard = Heard::default();
            let run =
                engine::again(Arc::new(past), suite.clone(), settings(Vec::new()), Box::new(heard.clone()));
            runtime.block_on(run).expect("it can be judged again");
            heard.events()
        };
        Self { live: by_key(live), again: by_key(repeated) }
    }

    /// How a trial ends.
    pub(crate) fn told(&self, key: &Key) -> Result<Completion, Failed> {
        let verdict = self.live.get(key).ok_or("the run came to no verdict on it")?;
        let reason = || verdict.reason.as_ref().map_or("", |reason| reason.text.as_str());
        match verdict.outcome {
            Outcome::Pass | Outcome::Warn | Outcome::Flaky => Ok(Completion::Completed),
            Outcome::NotApplicable if verdict.reason.as_ref().is_none_or(|it| it.exchange.is_none()) => {
                Err(format!("not-applicable, and no exchange proves it: {}", reason()).into())
            }
            Outcome::Known | Outcome::NotApplicable => Ok(Completion::ignored_with(reason())),
            Outcome::Fail | Outcome::Fixed | Outcome::Blocked | Outcome::Error => {
                let mut text = format!("{}: {}\n", verdict.outcome, verdict.title);
                if !reason().is_empty() {
                    let _ = writeln!(text, "{}", reason());
                }
                for finding in &verdict.findings {
                    let (id, expected, got) = (&finding.requirement, &finding.expected, &finding.got);
                    let _ = writeln!(text, "{id}: {}: expected {expected}, got {got}", finding.at);
                }
                Err(text.into())
            }
        }
    }

    /// Whether what was recorded of a target comes to the verdicts that its run came to.
    pub(crate) fn told_again(&self, target: &str) -> Result<(), Failed> {
        let of = |all: &BTreeMap<Key, Verdict>| {
            all.iter().filter(|(key, _)| key.target == target).map(|(k, v)| (k.clone(), v.clone())).collect()
        };
        let (live, again): (BTreeMap<Key, Verdict>, BTreeMap<Key, Verdict>) =
            (of(&self.live), of(&self.again));
        if live.is_empty() {
            return Err("the run came to no verdict".into());
        }
        let mut text = String::new();
        let keys: BTreeSet<&Key> = live.keys().chain(again.keys()).collect();
        for key in keys {
            if live.get(key) != again.get(key) {
                let (then, now) = (live.get(key), again.get(key));
                let _ = writeln!(text, "{}\n  then {then:?}\n  now  {now:?}", key.name());
            }
        }
        if text.is_empty() { Ok(()) } else { Err(text.into()) }
    }
}

/// The run, out of the archive that was made of its stream.
fn archived(events: &[Event]) -> Past {
    let folder = tempfile::tempdir().expect("there is room");
    let stream = File::create(folder.path().join(report::STREAM_FILE)).expect("there is room");
    let mut writer = Writer::new(BufWriter::new(stream));
    for event in events {
        writer.take(event).expect("there is room");
    }
    report::write_all(folder.path()).expect("reports can be written");
    match judge::open(&folder.path().join(report::HAR_FILE), "suite", 1) {
        Ok(Recording::Run(past)) => *past,
        other => panic!("its archive is that of a run: {other:?}"),
    }
}

/// The cases of these, each once.
fn cases(keys: &[Key]) -> Vec<String> {
    let all: BTreeSet<&String> = keys.iter().map(|key| &key.case).collect();
    all.into_iter().cloned().collect()
}

fn by_key(events: Vec<Event>) -> BTreeMap<Key, Verdict> {
    let verdicts = events.into_iter().filter_map(|event| match event {
        Event::Verdict(verdict) => Some(*verdict),
        _ => None,
    });
    let key = |v: &Verdict| Key { target: v.endpoint.clone(), case: v.case.clone(), format: v.format };
    verdicts.map(|verdict| (key(&verdict), verdict)).collect()
}

fn settings(only: Vec<String>) -> Settings {
    let all = Settings::new("suite", jiff::Timestamp::UNIX_EPOCH);
    let selection = Selection { only, ..Selection::everything() };
    Settings { selection, order: Order::InStep, ..all }
}

/// Events as they come.
#[derive(Debug, Clone, Default)]
struct Heard(Arc<Mutex<Vec<Event>>>);

impl Heard {
    fn events(&self) -> Vec<Event> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Sink for Heard {
    fn take(&mut self, event: &Event) -> io::Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(event.clone());
        Ok(())
    }
}
