//! Dialects against the servers that they are of: what was recorded is sent again, and status, headers and the structure of
//! bodies are compared. What cannot be alike is in `differences.toml`, with its reason; the list must be true both ways.

use std::collections::BTreeSet;
use std::env;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use axum::Router;
use axum::body::{Body, to_bytes};
use http::Request;
use libtest_mimic::{Failed, Trial};
use mock_cloud::{Clock, MockCloud, dialect};
use tower::ServiceExt as _;

use crate::component::Component;
use crate::recording::{Answer, Recording, read_folder};
use crate::structure;

const CAPTURES: Component = Component {
    what: "recordings of real servers",
    remedy: "set CIMI_SHARED to the folder that holds captures/",
    find: captures,
};

/// Headers whose values must be the same. Those that transport sets (`Date`, `Connection`, lengths) are not looked at.
const SAME: &[&str] = &[
    "content-type",
    "www-authenticate",
    "allow",
    "expect",
    "server",
    "cimi-specification-version",
    "cache-control",
    "x-cascade",
    "x-content-type-options",
    "x-frame-options",
    "x-xss-protection",
];
/// Headers that must be there or not.
const PRESENT: &[&str] = &["location", "etag", "cimi-job-uri"];

/// What is written otherwise in requests, beside hosts and what `Location` has told: file, theirs, ours.
const OTHERWISE: &[(&str, &str, &str)] = &[
    // Interfaces have ids of their own here, where it takes the names of networks within a machine.
    (
        "31-addresses-json.http",
        "MachineNetworkInterfaceAddressesCollection/s1/private",
        "MachineNetworkInterfaceAddressesCollection/n1",
    ),
    // What it says is attached already is attached again, with success. Here that takes a volume that is free.
    ("28-machinevolume-attach.http", "t1/Volume/v1", "t1/Volume/v2"),
];

/// The folder of recordings: below `CIMI_SHARED`, or beside the project.
fn captures() -> Option<PathBuf> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let shared = env::var_os("CIMI_SHARED").map_or_else(beside, PathBuf::from);
    Some(shared.join("captures")).filter(|folder| folder.is_dir())
}

pub(crate) fn trials() -> Vec<Trial> {
    ["deltacloud", "stratuslab", "osaddon"]
        .into_iter()
        .map(|name| CAPTURES.trial(&format!("dialects::{name}"), move |folder| check(folder, name)))
        .collect()
}

/// Sends what was recorded, one after the other, and compares.
fn check(folder: &Path, name: &str) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let dialect = dialect::find(name).ok_or("no such dialect")?;
    let (router, _clock) = MockCloud::builder().dialect(dialect).clock(Clock::virtual_clock()).router()?;
    let mut listed = listed(name);
    let mut known = Known::default();
    let mut report = String::new();
    for recording in read_folder(&folder.join(name)) {
        let ours = runtime.block_on(send(&router, &recording, &known));
        for difference in compare(&recording.answer, &ours) {
            let entry = (recording.file.clone(), difference);
            if !listed.remove(&entry) {
                writeln!(report, "not listed: {}: {}", entry.0, entry.1)?;
            }
        }
        known.learn(&recording.answer, &ours);
    }
    for (file, difference) in listed {
        writeln!(report, "listed, but not there any more: {file}: {difference}")?;
    }
    if report.is_empty() { Ok(()) } else { Err(report.into()) }
}

/// The differences that are accepted of a server: file and difference.
fn listed(server: &str) -> BTreeSet<(String, String)> {
    let table: toml::Table = include_str!("differences.toml").parse().unwrap();
    let entries = table.get(server).and_then(toml::Value::as_array).cloned().unwrap_or_default();
    let mut all = BTreeSet::new();
    for entry in &entries {
        let text = |name: &str| entry.get(name).and_then(toml::Value::as_str).unwrap_or_default();
        assert!(text("reason").len() > 20, "an entry without a reason: {entry}");
        let files = entry["files"].as_array().unwrap();
        for file in files {
            let new = all.insert((file.as_str().unwrap().to_owned(), text("what").to_owned()));
            assert!(new, "listed twice: {file} {}", text("what"));
        }
    }
    all
}

/// What is called otherwise here: made resources have other ids.
#[derive(Default)]
struct Known(Vec<(String, String)>);

impl Known {
    fn learn(&mut self, theirs: &Answer, ours: &Answer) {
        if let (Some(theirs), Some(ours)) = (theirs.header("location"), ours.header("location")) {
            let tail = |uri: &str| uri.rsplitn(3, '/').take(2).map(str::to_owned).collect::<Vec<_>>();
            let join = |mut parts: Vec<String>| {
                parts.reverse();
                parts.join("/")
            };
            self.0.push((join(tail(theirs)), join(tail(ours))));
        }
        if let (Some(theirs), Some(ours)) = (theirs.header("cimi-job-uri"), ours.header("cimi-job-uri")) {
            self.0.push((theirs.to_owned(), ours.to_owned()));
        }
    }

    /// A request's text with the names that things have here.
    fn translate(&self, file: &str, text: &str) -> String {
        let origins = ["http://127.0.0.1:3001", "http://127.0.0.1:18281", "http://127.0.0.1:18282"];
        let mut text =
            origins.iter().fold(text.to_owned(), |text, it| text.replace(it, "http://mock.invalid"));
        for (theirs, ours) in &self.0 {
            text = replaced(&text, theirs, ours);
        }
        let otherwise = OTHERWISE.iter().filter(|(only, _, _)| *only == file);
        otherwise.fold(text, |text, (_, theirs, ours)| replaced(&text, theirs, ours))
    }
}

/// A text with one name in the place of another, wherever the other stands as a whole.
fn replaced(text: &str, from: &str, to: &str) -> String {
    let mut parts = text.split(from);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let whole = !part.starts_with(|c: char| c.is_alphanumeric());
        out.push_str(if whole { to } else { from });
        out.push_str(part);
    }
    out
}

async fn send(router: &Router, recording: &Recording, known: &Known) -> Answer {
    let target = known.translate(&recording.file, &recording.target);
    let target = ["'", "\"", ">", "<"]
        .iter()
        .fold(target, |target, c| target.replace(c, &format!("%{:02X}", c.as_bytes()[0])));
    let mut request = Request::builder().method(recording.method.as_str()).uri(target);
    for (name, value) in &recording.headers {
        if !["host", "connection", "content-length", "user-agent"].contains(&name.to_lowercase().as_str()) {
            request = request.header(name, value);
        }
    }
    let body = known.translate(&recording.file, &recording.body);
    let response = router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap();
    let text = |value: &http::HeaderValue| value.to_str().unwrap().to_owned();
    Answer {
        status: parts.status.as_u16(),
        headers: parts.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        body: String::from_utf8(bytes.to_vec()).unwrap(),
    }
}

/// Where the mock cloud is not as the server was.
fn compare(theirs: &Answer, ours: &Answer) -> Vec<String> {
    let mut found = Vec::new();
    if theirs.status != ours.status {
        found.push(format!("status: {} for {}", ours.status, theirs.status));
    }
    for name in SAME {
        if theirs.header(name) != ours.header(name) {
            let word = |answer: &Answer| answer.header(name).unwrap_or("none").to_owned();
            found.push(format!("{name}: {} for {}", word(ours), word(theirs)));
        }
    }
    for name in PRESENT {
        match (theirs.header(name), ours.header(name)) {
            (Some(_), None) => found.push(format!("{name}: none")),
            (None, Some(_)) => found.push(format!("{name}: too much")),
            (Some(theirs), Some(ours)) if theirs.contains("://") != ours.contains("://") => {
                found.push(format!("{name}: another form"));
            }
            _ => {}
        }
    }
    found.extend(structure::differences(&theirs.body, &ours.body));
    found
}
