//! Takes a walk: operation by operation, each chosen by what the endpoint shows; and shortens one that found something,
//! until no operation can be left out of it any more.

use std::collections::BTreeSet;

use crate::case::Case;
use crate::event::{Format, Outcome, Reason, Verdict};
use crate::generate::{Op, Walk};

use super::attempt::{Nonces, Rests};
use super::runner::{End, Ran, Runner};
use super::stage::Stage;

/// Shorter walks that are tried at most: each makes a Machine.
pub(super) const TRIES: usize = 16;

/// What came of a walk.
pub(super) struct Walked {
    /// The verdict.
    pub(super) verdict: Verdict,
    /// The file of the walk; where something was found, of the shortest that found the same.
    pub(super) text: String,
    /// What could not be taken away, and what may be there unseen.
    pub(super) rests: Rests,
}

/// Takes a walk whose beginning is `case`, and takes away what it made. One that found something is shortened in so many
/// tries at most.
pub(super) async fn run(
    stage: Stage<'_>,
    walk: &Walk,
    case: &Case,
    format: Format,
    nonces: &mut Nonces,
    tries: usize,
) -> Walked {
    let taken = take(stage, walk, case, format, nonces.next()).await;
    let mut rests = Rests::default();
    rests.clear(stage, taken.ran.traces, case).await;
    let walked = Walked { verdict: taken.ran.verdict, text: taken.walk.text(&taken.ops, true), rests };
    if walked.verdict.findings.is_empty() {
        return walked;
    }
    let whole = taken.ops.len();
    let mut shortest = Shortest { stage, walk: taken.walk, format, ops: taken.ops, walked, left: tries };
    shortest.shorten(nonces).await;
    let Shortest { mut walked, ops, left, .. } = shortest;
    let text = format!("a walk of {whole} operations, shortened to {} in {} tries", ops.len(), tries - left);
    walked.verdict.reason = Some(Reason { text, exchange: None });
    walked
}

/// A walk that was taken to its end, or to where it found something.
struct Taken {
    ran: Ran,
    ops: Vec<Op>,
    /// The walk, from the state on that the Machine began in.
    walk: Walk,
}

async fn take(stage: Stage<'_>, walk: &Walk, case: &Case, format: Format, nonce: String) -> Taken {
    let vocabulary = stage.suite.vocabulary();
    let mut runner = Runner::new(stage, case, format, nonce);
    let (mut chance, mut ops, mut refused) = (walk.chance(), Vec::new(), Vec::new());
    let mut ended = runner.go(&case.steps).await;
    let begin = runner.shown(&Walk::shown_after(0)).and_then(|m| m.text("state")).unwrap_or_default();
    let walk = walk.clone().beginning(begin);
    let (mut gone, mut judged) = (case.steps.len(), judged_by(case));
    while ended.is_ok() {
        let Some(seen) = runner.shown(&Walk::shown_after(ops.len())) else { break };
        let Some(op) = walk.next(&mut chance, &ops, &refused, seen, stage.tables) else { break };
        ops.push(op);
        let grown = match walk.case(&ops, true, &vocabulary) {
            Ok(grown) => grown,
            Err(faults) => {
                let text = faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
                ended = Err(End::Fault(text));
                break;
            }
        };
        ended = runner.go(&grown.steps[gone..]).await;
        if let Err(End::NotApplicable(..)) = ended {
            // Only the readings before an operation ask for what is offered: nothing has been done yet.
            refused.extend(ops.pop());
            ended = Ok(());
        } else {
            gone = grown.steps.len();
            judged = judged_by(&grown);
        }
    }
    let mut ran = runner.end(ended).await;
    ran.verdict.requirements = judged;
    if ops.is_empty() && ran.verdict.outcome == Outcome::Pass {
        ran.verdict.outcome = Outcome::NotApplicable;
        let exchange = ran.verdict.exchanges.last().copied();
        let text = "a new Machine offers no operation to walk on with".to_owned();
        ran.verdict.reason = Some(Reason { text, exchange });
    }
    Taken { ran, ops, walk }
}

/// What the steps of a case judge.
fn judged_by(case: &Case) -> Vec<String> {
    let judging = case.steps.iter().filter(|step| !step.setup);
    let all: BTreeSet<&String> =
        judging.flat_map(|step| &step.expect).flat_map(|e| &e.requirements).collect();
    all.into_iter().cloned().collect()
}

/// The shortest walk so far that found the same.
struct Shortest<'s> {
    stage: Stage<'s>,
    walk: Walk,
    format: Format,
    walked: Walked,
    ops: Vec<Op>,
    /// How many shorter walks may still be tried.
    left: usize,
}

impl Shortest<'_> {
    /// Leaves operations out, many at once and then fewer, as long as the same requirement is found broken. The last
    /// operation, which found it, stays.
    async fn shorten(&mut self, nonces: &mut Nonces) {
        let found = self.walked.verdict.findings.first();
        let broken = found.map(|finding| finding.requirement.clone()).unwrap_or_default();
        let mut size = self.ops.len().saturating_sub(1);
        while size > 0 {
            let mut at = 0;
            while at + size < self.ops.len() {
                if self.left == 0 || self.stage.stop.reason().is_some() {
                    return;
                }
                let mut ops = self.ops.clone();
                ops.drain(at..at + size);
                if self.walk.is_legal(&ops) {
                    self.left -= 1;
                    if self.finds(&ops, &broken, nonces.next()).await {
                        self.ops = ops;
                        continue;
                    }
                }
                at += 1;
            }
            size /= 2;
        }
    }

    /// Whether a walk of these operations finds the same; then it takes the place of the longer one.
    async fn finds(&mut self, ops: &[Op], broken: &str, nonce: String) -> bool {
        let Ok(case) = self.walk.case(ops, false, &self.stage.suite.vocabulary()) else { return false };
        let Ran { mut verdict, traces, .. } = Runner::new(self.stage, &case, self.format, nonce).run().await;
        self.walked.rests.clear(self.stage, traces, &case).await;
        let finds = verdict.findings.first().is_some_and(|finding| finding.requirement == broken);
        if finds {
            verdict.requirements = judged_by(&case);
            self.walked.verdict = verdict;
            self.walked.text = self.walk.text(ops, false);
        }
        finds
    }
}
