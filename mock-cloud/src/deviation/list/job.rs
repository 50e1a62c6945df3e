//! Clause 5.17.1: Jobs.

use cimi::{Attributes, Reference, Value};

use super::super::Deviation;
use super::super::way::{ANY, Act, Edit, Of, V, add, always, delete, operation, show};

const JOB: &[&str] = &["Job"];

fn affected(attributes: &mut Attributes, change: impl FnOnce(&mut Vec<Value>)) {
    if let Some(Value::Array(items)) = attributes.get_mut("affectedResources") {
        change(items);
    }
}

pub(super) static LIST: &[Deviation] = &[
    deviation!(
        "job-leads-nowhere",
        "the Job that 202 names is not there",
        ["5.17.1/job-for-202"],
        [ANY.status(202, 202).then(Act::HeaderText("cimi-job-uri", super::gone))],
    ),
    deviation!(
        "affected-not-listed",
        "affectedResources of a Job are not there",
        ["5.17.1/affected-listed", "5.17.1/add-affects-new", "5.17.1/target-is-affected"],
        [show(JOB, Edit::Drop("affectedResources"))],
    ),
    deviation!(
        "nested-failure-hidden",
        "a Job is SUCCESS though a nested one failed",
        ["5.17.1/nested-success"],
        [show(
            JOB,
            Edit::With(|attributes| {
                if attributes.text("state") == Some("SUCCESS") && !attributes.contains("nestedJobs") {
                    let nested = Attributes::new()
                        .with("id", "")
                        .with("state", "FAILED")
                        .with("progress", 100_i64)
                        .with("returnCode", 1_i64)
                        .with("statusMessage", "It went wrong.");
                    let nested = Reference { href: Some(String::new()), attributes: nested };
                    attributes.set("nestedJobs", vec![Value::Ref(nested)]);
                }
            })
        )],
    ),
    deviation!(
        "add-targets-the-new",
        "the target of the Job of an add is the new resource",
        ["5.17.1/add-target"],
        [show(
            JOB,
            Edit::With(|attributes| {
                let last = attributes.items("affectedResources").last().cloned();
                if attributes.text("action").is_some_and(|action| action.ends_with("add"))
                    && let Some(last) = last
                {
                    attributes.set("targetResource", last);
                }
            })
        )],
    ),
    deviation!(
        "new-not-affected",
        "the new resource is not among the affected ones of the Job of an add",
        ["5.17.1/add-affects-new", "5.17.1/affected-listed"],
        [show(JOB, Edit::With(|attributes| affected(attributes, |items| items.truncate(1))))],
    ),
    deviation!(
        "target-not-affected",
        "the target of a Job is not among the affected resources",
        ["5.17.1/target-is-affected", "5.17.1/affected-listed"],
        [show(
            JOB,
            Edit::With(|attributes| {
                let target = attributes.href("targetResource").map(str::to_owned);
                affected(attributes, |items| {
                    items.retain(|item| item.as_ref().and_then(|reference| reference.href.clone()) != target);
                });
            })
        )],
    ),
    deviation!(
        "progress-incomplete",
        "progress of a Job that has ended is 99",
        ["5.17.1/progress-complete"],
        [show(
            JOB,
            Edit::With(|attributes| {
                if attributes.integer("progress") == Some(100) {
                    attributes.set("progress", 99_i64);
                }
            })
        )],
    ),
    deviation!(
        "progress-beyond",
        "progress of a Job that has ended is 101",
        ["5.17.1/progress-range", "5.17.1/progress-complete"],
        [show(
            JOB,
            Edit::With(|attributes| {
                if attributes.integer("progress") == Some(100) {
                    attributes.set("progress", 101_i64);
                }
            })
        )],
    ),
    deviation!(
        "job-action-in-words",
        "the action of a Job is told in words",
        ["5.17.1/action"],
        [show(JOB, Edit::Change("action", V::Text("what-was-asked-for")))],
    ),
    deviation!(
        "running-job-deleted",
        "a Job that runs is gone when it is deleted, and what it does goes on",
        ["5.17.1.1/delete-running"],
        [delete(JOB).asks(|asked| asked.target.is_some()).then(Act::Hide)],
    ),
    deviation!(
        "job-stop-does-nothing",
        "stop of a Job is answered with success, and nothing happens",
        ["5.17.1.1/stop", "5.17.1.1/stop-to", "5.17.1.1/stop-through"],
        [operation(JOB, "stop").then(Act::Swallow)],
    ),
    deviation!(
        "job-stop-through-queued",
        "a Job that is being stopped is QUEUED meanwhile",
        ["5.17.1.1/stop-through"],
        [operation(JOB, "stop").then(Act::MarkOnce(Edit::Set("state", V::Text("QUEUED"))))],
    ),
    deviation!(
        "job-stop-to-failed",
        "a Job that was stopped is FAILED",
        ["5.17.1.1/stop-to"],
        [operation(JOB, "stop").then(Act::Mark(Edit::Swap("state", "STOPPED", "FAILED")))],
    ),
    deviation!(
        "job-return-code-in-words",
        "returnCode of a Job is in words",
        ["5.17.1/attributes", "5.5.4/integer-json", "5.5.4/integer-xml"],
        [always(Act::Show(Of::Types(JOB), Edit::Change("returnCode", V::Text("fine"))))],
    ),
    deviation!(
        "job-of-add-lost",
        "the Job of an add cannot be read",
        ["5.17.1/job-for-202", "4.2.1.6/job-per-request"],
        [add(&[]).then(Act::HeaderText("cimi-job-uri", super::gone))],
    ),
];
