//! Deviations: each changes what it says, and nothing is changed without one.

use axum::body::{Body, to_bytes};
use http::Request;
use mock_cloud::deviation::{self, Deviation};
use mock_cloud::{Clock, MockCloud};
use tower::ServiceExt as _;

/// Replies to requests that show every deviation, as text.
fn replies(deviation: Option<&'static Deviation>) -> Vec<String> {
    let mut builder = MockCloud::builder().clock(Clock::virtual_clock());
    if let Some(deviation) = deviation {
        builder = builder.deviation(deviation);
    }
    let (router, _) = builder.router().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config = r#"{"cpu": 1, "memory": 1}"#;
    let stop = r#"{"action": "http://schemas.dmtf.org/cimi/2/action/stop"}"#;
    let requests = [
        ("GET", "machines/1", ""),
        ("OPTIONS", "machines/1", ""),
        ("GET", "machines?$format=xml", ""),
        ("GET", "machines?$last=2", ""),
        ("GET", "machines?$last=2&$format=xml", ""),
        ("GET", "machines?$filter=name='web-1'&$expand=disks", ""),
        ("GET", "machines?$select=name&$orderby=name:desc", ""),
        ("GET", "machines/2/volumes", ""),
        ("GET", "machines/99", ""),
        ("GET", "volumes/1", ""),
        ("DELETE", "machines", ""),
        ("POST", "machineConfigs", config),
        ("POST", "machines/1/stop", stop),
    ];
    runtime.block_on(async {
        let mut all = Vec::new();
        for (method, uri, body) in requests {
            let request = Request::builder()
                .method(method)
                .uri(format!("/cimi/{}", uri.replace('\'', "%27")))
                .header("accept", "application/json")
                .header("content-type", "application/json")
                .body(Body::from(body))
                .unwrap();
            let response = router.clone().oneshot(request).await.unwrap();
            let (parts, body) = response.into_parts();
            let body = to_bytes(body, usize::MAX).await.unwrap();
            let mut headers: Vec<_> = parts.headers.iter().map(|(n, v)| format!("{n}: {v:?}")).collect();
            headers.sort_unstable();
            headers.retain(|header| !header.starts_with("content-length"));
            all.push(format!("{} {headers:?}\n{}", parts.status, String::from_utf8_lossy(&body)));
        }
        all
    })
}

#[test]
fn each_changes_something_and_not_everything() {
    let right = replies(None);
    assert_eq!(replies(None), right);
    for deviation in deviation::ALL {
        let wrong = replies(Some(deviation));
        let changed = right.iter().zip(&wrong).filter(|(right, wrong)| right != wrong).count();
        assert!(changed > 0, "{} changes nothing", deviation.name);
        assert!(changed < right.len(), "{} changes everything", deviation.name);
        assert!(!deviation.breaks.is_empty());
    }
}

#[test]
fn some_in_particular() {
    let with = |name: &str| replies(deviation::find(name));
    assert!(with("json-string-integers")[0].contains("\"cpu\":\"1\""));
    assert!(!with("missing-count")[3].contains("\"count\""));
    assert!(!with("missing-count")[4].contains("<count>"));
    assert!(with("count-after-paging")[3].contains("\"count\":2"));
    assert!(with("count-after-paging")[4].contains("<count>2</count>"));
    assert!(with("xml-json-differ")[2].contains("<name>WEB-1</name>"));
    assert!(with("error-body-not-job")[8].ends_with("Something went wrong."));
    assert!(with("post-200-instead-of-201")[11].starts_with("200"));
    assert!(!with("no-allow-header")[10].contains("allow"));
    assert!(with("empty-list-shown")[7].contains("\"volumes\":[]"));
    assert!(with("date-without-zone")[0].contains("\"2026-01-01T00:00:00\""));
    assert!(with("date-in-words")[0].contains("Thu, 1 Jan 2026"));
}

/// The register of requirements is read as text: an id is a line of its own there.
#[test]
fn what_they_break_is_in_the_register() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../suites/requirements");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let register: Vec<String> = files.map(|file| std::fs::read_to_string(file).unwrap()).collect();
    for deviation in deviation::ALL {
        for id in deviation.breaks {
            let line = format!("id = \"{id}\"");
            assert!(register.iter().any(|file| file.contains(&line)), "{}: {id}", deviation.name);
        }
    }
}

#[test]
fn names_are_unique() {
    let mut names: Vec<_> = deviation::ALL.iter().map(|deviation| deviation.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), deviation::ALL.len());
}
