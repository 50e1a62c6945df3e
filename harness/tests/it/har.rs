//! Archives of HTTP: somebody's, and those of our own runs.

use std::fs;

use harness::event::{Body, Exchange};
use harness::judge::{Recording, open};

/// Opens an archive of these entries.
fn opened(entries: &str, run: &str) -> Result<Recording, String> {
    let folder = tempfile::tempdir().expect("there is room");
    let path = folder.path().join("a.har");
    let text = format!("{{\"log\":{{\"version\":\"1.2\",\"entries\":[{entries}]{run}}}}}");
    fs::write(&path, text).expect("there is room");
    open(&path, "theirs", 7).map_err(|error| error.to_string().replace(&path.display().to_string(), "a.har"))
}

const GET: &str = r#"{"startedDateTime":"2026-01-02T03:04:05.678Z","time":12.5,
    "request":{"method":"GET","url":"http://h/cimi","httpVersion":"HTTP/2","headers":[{"name":":path","value":"/cimi"},{"name":"Accept","value":"application/json"}]},
    "response":{"status":200,"headers":[{"name":"Content-Type","value":"application/json"}],"content":{"size":2,"mimeType":"application/json","text":"e30=","encoding":"base64"}},
    "cache":{},"timings":{"send":0,"wait":12.5,"receive":0}}"#;

const LOST: &str = r#"{"startedDateTime":"2026-01-02T04:04:06.678+01:00","time":-1,
    "request":{"method":"POST","url":"http://h/cimi/machines","headers":[],"postData":{"mimeType":"application/json","text":"{}"}},
    "response":{"status":0,"headers":[],"content":{}},"comment":"reset","_exchange":3,"_endpoint":"mine","_case":"a.b","_step":"s","_format":"xml"}"#;

fn exchanges(entries: &str) -> Vec<Exchange> {
    match opened(entries, "") {
        Ok(Recording::Exchanges(exchanges)) => exchanges,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_somebody_recorded_is_read() {
    let all = exchanges(&format!("{GET},{LOST}"));
    let (get, lost) = (&all[0], &all[1]);
    assert_eq!((get.n.0, get.endpoint.as_str(), get.duration.0), (7, "theirs", 12_500));
    assert_eq!(get.request.headers, [("Accept".to_owned(), "application/json".to_owned())]);
    let response = get.response.as_ref().expect("it was answered");
    assert_eq!((response.status, response.body.clone()), (200, Some(Body::Text("{}".to_owned()))));
    assert_eq!((lost.n.0, lost.endpoint.as_str(), lost.case.as_deref()), (3, "mine", Some("a.b")));
    assert_eq!((lost.started.0, lost.duration.0), (1_000_000, 0));
    assert_eq!((lost.response.is_none(), lost.failure.as_deref()), (true, Some("reset")));
    assert_eq!(lost.request.body, Some(Body::Text("{}".to_owned())));
}

#[test]
fn a_run_is_known_by_its_events() {
    let header = r#"{"event":"header","stream":1,"run":"r","tool":"t","started":"2026-01-02T03:04:05Z","suite":"s","profile":"all","endpoints":[{"name":"mine","cep":"http://h/cimi"}],"seed":18446744073709551615,"command":[]}"#;
    let footer =
        r#"{"event":"footer","counts":{},"duration_us":1,"inventory":[],"exit":{"code":0,"sentence":"x"}}"#;
    let run = opened(LOST, &format!(",\"_run\":[{header},{footer}]"));
    assert!(matches!(run, Ok(Recording::Run(_))), "{run:?}");
    let cut = opened(LOST, &format!(",\"_run\":[{header}]")).expect_err("it has no footer");
    assert_eq!(
        cut,
        "a.har:1:1: expected HAR 1.2: _run: the run was cut short, it has no footer: run it again"
    );
}

#[test]
fn what_is_no_archive_says_where() {
    let error = |entries: &str| opened(entries, "").expect_err("it is none");
    assert_eq!(
        error(""),
        "a.har: no recording (files that end in .http, a run's events.ndjson, or a HAR with entries)"
    );
    assert_eq!(error("{\"time\":1}"), "a.har:1:45: expected HAR 1.2: missing field `startedDateTime`");
}
