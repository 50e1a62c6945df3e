//! `junit.xml`: the run for CI systems. One suite an endpoint, one test case a verdict.
//!
//! JUnit knows four states, so a verdict keeps its own name as `type`: fail and fixed are failures, blocked and error
//! are errors (nothing was judged, and a green that hides it would lie), not-applicable and known are skipped with
//! their reason, a warning passes and says so in its output, flaky passes with the failed run beside it.

use std::fmt::Write as _;
use std::time::Duration;

use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestRerun, TestSuite};

use super::replay;
use super::run::{Run, Subject, whereabouts};
use super::text;
use crate::event::{Finding, Micros, Outcome, Verdict};

/// The report of `run`.
pub(super) fn render(run: &Run) -> String {
    let mut report = Report::new(text::line(&format!("{} {}", run.header.tool, run.header.run)));
    if let Some(footer) = &run.footer {
        report.set_time(duration(footer.duration));
    }
    report.add_test_suites(run.subjects.iter().map(|subject| suite(run, subject)));
    let mut text = report.to_string().expect("every text has been made fit for XML");
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

fn suite(run: &Run, subject: &Subject) -> TestSuite {
    let mut suite = TestSuite::new(text::line(&subject.endpoint.name));
    suite.extra.insert("timestamp".into(), run.header.started.to_string().into());
    let edition =
        subject.endpoint.edition.map_or_else(|| "unknown".to_owned(), |edition| edition.to_string());
    suite.add_properties([
        Property::new("cep", text::line(&subject.endpoint.cep)),
        Property::new("edition", edition),
        Property::new("profile", text::line(&run.header.profile)),
        Property::new("suite", text::line(&run.header.suite)),
        Property::new("seed", run.header.seed.to_string()),
    ]);
    let own = run.verdicts.iter().filter(|verdict| verdict.endpoint == subject.endpoint.name);
    let mut time = Micros(0);
    for verdict in own {
        time.0 = time.0.saturating_add(verdict.duration.0);
        suite.add_test_case(case(run, verdict));
    }
    suite.set_time(duration(time));
    if run.footer.is_none() {
        suite.add_test_case(missing("the run ends", "cut-short", run.ending()));
    }
    if let Some(gap) = subject.gap() {
        suite.add_test_case(missing("all that was planned is judged", "gap", &gap));
    }
    suite
}

/// What is missing is an error of the suite: it cannot be green.
fn missing(name: &str, kind: &str, message: &str) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_type(kind).set_message(message);
    TestCase::new(name, status)
}

fn case(run: &Run, verdict: &Verdict) -> TestCase {
    let mut case =
        TestCase::new(text::line(&format!("{} [{}]", verdict.case, verdict.format)), status(run, verdict));
    case.set_classname(text::line(&format!("{}.{}", verdict.endpoint, verdict.area)));
    case.set_time(duration(verdict.duration));
    case.add_property(Property::new("outcome", verdict.outcome.name()));
    for requirement in &verdict.requirements {
        case.add_property(Property::new("requirement", text::line(requirement)));
    }
    if let Some(source) = &verdict.source {
        case.extra.insert("file".into(), text::line(&source.file).into());
        case.extra.insert("line".into(), source.line.to_string().into());
    }
    if verdict.outcome == Outcome::Warn {
        case.set_system_out(details(run, verdict));
    }
    case
}

fn status(run: &Run, verdict: &Verdict) -> TestCaseStatus {
    let mut status = match verdict.outcome {
        Outcome::Pass | Outcome::Warn => return TestCaseStatus::success(),
        Outcome::Flaky => {
            let mut failed = TestRerun::new(NonSuccessKind::Failure);
            failed
                .set_type("flaky")
                .set_message(message(run, verdict))
                .set_description(details(run, verdict));
            let mut status = TestCaseStatus::success();
            status.add_rerun(failed);
            return status;
        }
        Outcome::NotApplicable | Outcome::Known => TestCaseStatus::skipped(),
        Outcome::Fail | Outcome::Fixed => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Outcome::Blocked | Outcome::Error => TestCaseStatus::non_success(NonSuccessKind::Error),
    };
    status.set_type(verdict.outcome.name()).set_message(message(run, verdict));
    if !verdict.findings.is_empty() {
        status.set_description(details(run, verdict));
    }
    status
}

fn message(run: &Run, verdict: &Verdict) -> String {
    let reason = run.because(verdict).map(|reason| text::line(&reason));
    let finding = verdict.findings.first().map(|finding| {
        format!("{}: expected {}, got {}", finding.requirement, finding.expected, finding.got)
    });
    match (reason, finding) {
        (Some(reason), _) => reason,
        (None, Some(finding)) => text::line(&finding),
        (None, None) => text::line(&verdict.title),
    }
}

fn details(run: &Run, verdict: &Verdict) -> String {
    let mut out = String::new();
    for finding in &verdict.findings {
        push(&mut out, run, finding);
    }
    write!(out, "rerun: {}", replay::rerun(run, verdict)).expect("a String takes all that is written");
    out
}

fn push(out: &mut String, run: &Run, finding: &Finding) {
    let mut field = |name: &str, value: &str| {
        writeln!(out, "{name}: {value}").expect("a String takes all that is written");
    };
    let requirement = format!("{} (DSP0263 {}, {})", finding.requirement, finding.clause, finding.level);
    field("requirement", &text::line(&requirement));
    field("summary", &text::line(&finding.summary));
    if let Some(check) = &finding.check {
        field("check", &text::line(&check.to_string()));
    }
    if let Some(edit) = &finding.edit {
        field("edit", &text::line(edit));
    }
    field("at", &text::line(&whereabouts(finding)));
    field("expected", &text::line(&finding.expected));
    field("got", &text::line(&finding.got));
    if let Some(hint) = &finding.hint {
        field("hint", &text::line(hint));
    }
    if let Some(curl) = run.evidence_for(finding).and_then(replay::curl) {
        field("replay", &curl);
    }
}

fn duration(span: Micros) -> Duration {
    Duration::from_micros(span.0)
}
