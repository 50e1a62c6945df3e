//! Bodies as a whole: do they parse, and do errors say what they have to.

use crate::event::{At, BodyAt};
use crate::meaning::{Resource, Tree, Value, shorten};

use super::{Context, Seen, Violation};

/// A body sent as JSON or XML is JSON or XML, and in JSON an object.
pub(super) fn well_formed(seen: &Seen<'_>, context: &Context<'_>) -> Vec<Violation> {
    if let Some(Ok(Tree::Json(root))) = &seen.tree
        && seen.is_success()
        && seen.reading.is_none()
    {
        let at = At::Body(BodyAt { path: String::new(), line: root.at.line, column: root.at.column });
        let got = seen.body().map(shorten).unwrap_or_default();
        return vec![Violation::new("5.4/json-object", seen.subject(context), at, "an object", got)];
    }
    let Some(Err(error)) = &seen.tree else { return Vec::new() };
    let sent = seen.header("Content-Type").unwrap_or("").to_ascii_lowercase();
    let requirement = if sent.starts_with("application/json") {
        "5.4/json-object"
    } else if sent.starts_with("application/xml") {
        "5.4/xml-root"
    } else {
        return Vec::new();
    };
    if !seen.is_success() || seen.exchange.request.method == "HEAD" {
        return Vec::new();
    }
    let at = At::Body(BodyAt { path: String::new(), line: error.at.line, column: error.at.column });
    vec![Violation::new(
        requirement,
        seen.subject(context),
        at,
        format!("a document of {sent}"),
        error.message.clone(),
    )]
}

/// Marks of a server's inside, in an error that a client gets to see.
const INTERNALS: [&str; 6] =
    ["<backtrace", "Traceback (most recent call", "\tat ", "stack trace", ".rb:", "Exception thrown: java."];

/// DSP0263 4.2.2: an error is told by a Job.
pub(super) fn error_body_job(seen: &Seen<'_>, context: &Context<'_>) -> Vec<Violation> {
    let status = seen.status();
    if status < 400 || seen.exchange.request.method == "HEAD" {
        return Vec::new();
    }
    let mut all = Vec::new();
    let kind = seen.reading.as_ref().and_then(|r| r.resource.type_name.as_deref());
    // One way of telling errors is one deviation, whatever the request.
    let shape = shape(seen);
    if kind == Some("Job") {
        all.extend(job_fields(seen));
    } else {
        // A front end may answer these in place of the provider (interpretation `error-body-where`).
        let front_end = matches!(status, 401 | 406 | 414 | 431);
        let subject = format!("{shape} body{}", if front_end { " of a front end" } else { "" });
        let at = At::Body(BodyAt { path: String::new(), line: 1, column: 1 });
        let got = seen.body().map_or_else(
            || format!("{status} with no body"),
            |b| format!("{status} with {}", shorten(&b.split_whitespace().collect::<Vec<_>>().join(" "))),
        );
        let violation = Violation::new("4.2.2/error-is-job", subject, at, "a Job that says what failed", got);
        all.push(if front_end { violation.warning() } else { violation });
    }
    if let Some(mark) = seen.body().and_then(|b| INTERNALS.iter().find(|mark| b.contains(*mark))) {
        let at = At::Body(BodyAt { path: String::new(), line: 1, column: 1 });
        let violation = Violation::new(
            "http/no-internals",
            format!("{} {shape}", context.tables.edition),
            at,
            "no inside of the server",
            format!("`{}`", mark.trim()),
        );
        all.push(violation.warning());
    }
    all
}

/// In what form an error is told.
fn shape(seen: &Seen<'_>) -> &'static str {
    match (&seen.tree, seen.body()) {
        (_, None) => "no",
        (Some(Ok(Tree::Json(_))), _) => "json",
        (Some(Ok(Tree::Xml(root))), _)
            if root.name.local.eq_ignore_ascii_case("html") || root.name.local == "h1" =>
        {
            "html"
        }
        (Some(Ok(Tree::Xml(_))), _) => "xml",
        (_, Some(text)) if text.trim_start().starts_with('<') => "html",
        _ => "text",
    }
}

/// What a Job that tells of an error says (interpretation `error-job-fields`).
fn job_fields(seen: &Seen<'_>) -> Vec<Violation> {
    let Some(reading) = &seen.reading else { return Vec::new() };
    let at = |path: &str| At::Body(BodyAt { path: path.to_owned(), line: 1, column: 1 });
    let mut all = Vec::new();
    match reading.resource.text("state").as_deref() {
        Some("FAILED" | "STOPPED") => {}
        state => {
            let got = state.unwrap_or("nothing");
            all.push(Violation::new("4.2.2/error-is-job", "Job.state", at("/state"), "FAILED", got));
        }
    }
    if reading.resource.text("statusMessage").is_none() {
        all.push(silent_failure());
    }
    let elsewhere = |id: &String| {
        let host = |url: &str| url::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
        host(id).is_some_and(|other| host(&seen.exchange.request.url) != Some(other))
    };
    if let Some(id) = reading.resource.text("id").filter(elsewhere) {
        let expected = "an empty id, or that of a Job of this cloud";
        all.push(Violation::new("4.2.2/error-job-transient", "Job.id", at("/id"), expected, id));
    }
    all
}

/// DSP0263 5.17.1: a Job that failed says why, and one with a nested Job that did not succeed did not either.
pub(super) fn job_outcome(seen: &Seen<'_>, _: &Context<'_>) -> Vec<Violation> {
    let Some(reading) = seen.reading.as_ref().filter(|_| seen.is_success()) else { return Vec::new() };
    let resource = &reading.resource;
    // What $select leaves out is not missing.
    let is_whole = !seen.exchange.request.url.contains("select=");
    let shown = std::iter::once(resource).chain(&resource.items);
    shown
        .filter(|job| job.type_name.as_deref() == Some("Job"))
        .flat_map(|job| {
            let state = job.text("state");
            let silent =
                is_whole && state.as_deref() == Some("FAILED") && job.text("statusMessage").is_none();
            let broken = (state.as_deref() == Some("SUCCESS")).then(|| failed_within(job)).flatten();
            silent.then(silent_failure).into_iter().chain(broken)
        })
        .collect()
}

/// A nested Job, shown inline, that ended otherwise than in SUCCESS.
fn failed_within(job: &Resource) -> Option<Violation> {
    let Some(Value::List(nested)) = job.attributes.get("nestedJobs") else { return None };
    let state = |job: &Value| match job {
        Value::Record(fields) => fields.get("state").and_then(Value::as_text),
        _ => None,
    };
    let odd = nested.iter().filter_map(state).find(|state| state != "SUCCESS")?;
    let at = At::Body(BodyAt { path: "/nestedJobs".to_owned(), line: 1, column: 1 });
    let expected = "SUCCESS, as of the Job around it";
    Some(Violation::new("5.17.1/nested-success", "Job.nestedJobs", at, expected, odd))
}

fn silent_failure() -> Violation {
    let at = At::Body(BodyAt { path: "/statusMessage".to_owned(), line: 1, column: 1 });
    Violation::new("5.17.1/status-message", "Job.statusMessage", at, "what failed", "nothing").warning()
}
