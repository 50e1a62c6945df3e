//! Runs a case to its verdict, again where it failed and may be tried again, and takes away what it made.

use std::panic::AssertUnwindSafe;

use futures::FutureExt as _;
use sha2::{Digest as _, Sha256};

use crate::case::Case;
use crate::event::{self, CaseFile, Event, Format, Leftover, Outcome, Reason, Verdict};

use super::budget::Budget;
use super::plan::{self, Planned};
use super::stage::Stage;
use super::teardown::Traces;
use super::{Shared, marked, steady, teardown, walk};

/// Digits that tell the runs of cases apart: one of a million runs of a thousand cases has two alike.
const NONCE_DIGITS: usize = 12;

/// Words that no other run of a case has, in no format, at no endpoint: a run that is judged again has the same.
pub(super) struct Nonces {
    run: String,
    of: String,
    given: u32,
}

impl Nonces {
    fn new(run: &str, endpoint: &str, case: &Case, format: Format) -> Self {
        Self { run: event::nonce_of(run), of: format!("{endpoint}\n{}\n{format}", case.id), given: 0 }
    }

    /// The next one.
    pub(super) fn next(&mut self) -> String {
        let digest = Sha256::digest(format!("{}\n{}", self.of, self.given));
        self.given += 1;
        format!("{}{}", self.run, &hex::encode(digest)[..NONCE_DIGITS])
    }
}

/// What cases left behind, and what they may have left.
#[derive(Default)]
pub(super) struct Rests {
    pub(super) left: Vec<Leftover>,
    /// Nonces that may be found on something that no reply told of, each with its case.
    unseen: Vec<(String, String)>,
}

impl Rests {
    /// Adds those of another case.
    pub(super) fn extend(&mut self, other: Self) {
        self.left.extend(other.left);
        self.unseen.extend(other.unseen);
    }

    /// Takes away what a run of a case made; what is judged again has been taken away then.
    pub(super) async fn clear(&mut self, stage: Stage<'_>, traces: Traces, case: &Case) {
        if stage.client.recording().is_none() {
            self.left.extend(take_away(stage, &traces, case).await);
        }
        if traces.unseen {
            self.unseen.push((traces.nonce, case.id.clone()));
        }
    }

    /// Looks a last time for what replies never told of: it may have come into being late.
    pub(super) async fn finish(mut self, stage: Stage<'_>) -> Vec<Leftover> {
        let nonces: Vec<_> =
            self.unseen.iter().map(|(nonce, case)| (nonce.as_str(), case.as_str())).collect();
        for made in marked::find(stage, &nonces).await {
            if self.left.iter().all(|left| left.url != made.url) {
                stage.client.made(made.clone());
                self.left.extend(teardown::take_away(stage, &made).await.err());
            }
        }
        self.left
    }
}

impl Shared {
    /// Runs a case to its verdict, again where it failed and may be tried again, and takes away what it made.
    pub(super) async fn case(&self, stage: Stage<'_>, budget: &Budget<'_>, planned: Planned<'_>) -> Rests {
        let Planned { case, format, program } = planned;
        let makes = planned.widest().makes(stage.tables);
        let run = self.past.as_ref().map_or(self.settings.run.as_str(), |past| past.run());
        let mut nonces = Nonces::new(run, &stage.client.endpoint().name, case, format);
        let mut rests = Rests::default();
        let mut failed: Option<Verdict> = None;
        for attempt in 0.. {
            let share = tokio::select! {
                biased;
                reason = stage.stop.asked() => Err(format!("the run was stopped: {reason}")),
                share = budget.share(&makes) => share,
            };
            let share = match share {
                Ok(share) => share,
                Err(reason) => {
                    let blocked = plan::unjudged(stage.client, case, format, Outcome::Blocked, reason);
                    self.tell(failed.unwrap_or(blocked));
                    return rests;
                }
            };
            if let Some((program, walk)) = program.and_then(|it| Some((it, it.walk.as_ref()?))) {
                // Each shorter walk is another attempt.
                let tries = if self.settings.caps.in_all.is_some() { 0 } else { walk::TRIES };
                let walked = walk::run(stage, walk, case, format, &mut nonces, tries).await;
                self.tell_generated(walked.verdict, &program.file, &walked.text);
                share.lose(walked.rests.left.len());
                rests.extend(walked.rests);
                break;
            }
            let ran = steady::run(stage, case, format, &nonces.next()).await;
            let may_again = stage.was_run_again(case, format).unwrap_or(attempt < self.settings.retries);
            let is_last = ran.verdict.outcome != Outcome::Fail || !may_again;
            let verdict = after(failed.take(), ran.verdict, attempt);
            // Heard of before what it made is gone, which may take long.
            if !is_last {
                failed = Some(verdict);
            } else if let Some(program) = program {
                self.tell_generated(verdict, &program.file, &program.text);
            } else {
                self.tell(verdict);
            }
            let before = rests.left.len();
            rests.clear(stage, ran.traces, case).await;
            share.lose(rests.left.len() - before);
            if is_last {
                break;
            }
        }
        rests
    }

    /// Tells the verdict of a generated case, and where it found something its file before that.
    fn tell_generated(&self, mut verdict: Verdict, file: &str, text: &str) {
        if !verdict.findings.is_empty() {
            let endpoint = verdict.endpoint.clone();
            let told = CaseFile { endpoint, file: file.to_owned(), text: text.to_owned() };
            self.recorder.event(&Event::Case(told));
        }
        for finding in &mut verdict.findings {
            let place = finding.check.as_ref().filter(|place| place.file == file);
            let line =
                place.and_then(|place| text.lines().nth(usize::try_from(place.line).ok()?.checked_sub(1)?));
            finding.check_line = line.map(str::to_owned);
        }
        self.tell(verdict);
    }
}

/// Takes away what a case made. A panic on the way is ours, and leaves what was made.
async fn take_away(stage: Stage<'_>, traces: &Traces, case: &Case) -> Vec<Leftover> {
    let taken = AssertUnwindSafe(teardown::tear_down(stage, traces, &case.id)).catch_unwind().await;
    let left = |made: &event::Made| Leftover {
        kind: made.kind.clone(),
        url: made.url.clone(),
        reason: "the judge panicked while it was taken away".to_owned(),
    };
    taken.unwrap_or_else(|_| traces.made.iter().map(left).collect())
}

/// The verdict over a case that has been tried again: one that failed and then held is flaky, and shows how it failed.
fn after(failed: Option<Verdict>, verdict: Verdict, attempt: u32) -> Verdict {
    let Some(mut failed) = failed else { return verdict };
    if matches!(verdict.outcome, Outcome::Pass | Outcome::Warn) {
        failed.outcome = Outcome::Flaky;
        let text = format!("failed at first, and held when tried again (attempt {})", attempt + 1);
        failed.reason = Some(Reason { text, exchange: None });
    }
    failed
}
