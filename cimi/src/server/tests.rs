//! The small readers of the face: references, tags, credentials, versions.

use http::header::{AUTHORIZATION, IF_MATCH, IF_NONE_MATCH};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::etag::{self, Variation};
use super::provider::{Authorization, Path, Precondition, Version};
use super::{authorization, version};
use crate::codec::Format;

fn headers(name: &HeaderName, lines: &[&str]) -> HeaderMap {
    lines.iter().map(|line| (name.clone(), HeaderValue::from_bytes(line.as_bytes()).unwrap())).collect()
}

fn check_path(href: &str, expected: Option<&str>) {
    let path = Path::resolve("http://cloud.example/cimi/", href);
    let shown = path.map(|path| format!("{}|{}", path.path, path.query));
    assert_eq!(shown.as_deref(), expected, "{href}");
}

#[test]
fn references_below_the_base_uri() {
    check_path("http://cloud.example/cimi/machines/17", Some("machines/17|"));
    check_path("HTTP://CLOUD.example:80/cimi/machines/17", Some("machines/17|"));
    check_path("machines/17?id=1&$select=name&x=%20", Some("machines/17|id=1&x=%20"));
    check_path("/cimi/machines/a%20b%2Fc", Some("machines/a b/c|"));
    check_path("http://cloud.example/cimi/a/../b", Some("b|"));
    check_path("http://cloud.example/cimi/", Some("|"));
    check_path("http://cloud.example/cimi", Some("|"));
    check_path("machines/17#top", Some("machines/17|"));
}

#[test]
fn references_elsewhere() {
    for href in [
        "http://cloud.example/cimi/../other/1",
        "http://cloud.example/other/1",
        "http://cloud.example:8080/cimi/machines/17",
        "https://cloud.example/cimi/machines/17",
        "http://cloud.example/cimi-2/machines/17",
        "//elsewhere.example/cimi/machines/17",
        "/other",
        "#component",
        "mailto:root@cloud.example",
        "machines/%ff",
    ] {
        check_path(href, None);
    }
}

/// The versions that `If-Match` demands, by commas; `-` for no demand, `!` for a header that cannot be read.
fn check_demand(lines: &[&str], expected: &str) {
    let shown = match etag::demanded(&headers(&IF_MATCH, lines)) {
        Ok(Precondition::None) => "-".to_owned(),
        Ok(Precondition::Versions(versions)) => {
            versions.iter().map(|version| version.0.as_str()).collect::<Vec<_>>().join(",")
        }
        Err(_) => "!".to_owned(),
    };
    assert_eq!(shown, expected, "{lines:?}");
}

#[test]
fn demands() {
    check_demand(&[], "-");
    check_demand(&["*"], "-");
    check_demand(&["\"7-j\""], "7");
    check_demand(&["\"7-j\" , W/\"8-j\",,\"9-xabcdef\"", "\"10-x\""], "7,9,10");
    check_demand(&["\"foreign\""], "");
    check_demand(&["\"a-b-c-j\""], "a-b-c");
    for unreadable in ["", "7", "\"7", "\"7-j\" \"8-j\"", "W/7", "*, \"7-j\"", "\u{e9}"] {
        check_demand(&[unreadable], "!");
    }
}

#[test]
fn a_tag_leads_back_to_its_version() {
    for text in ["17", "", "a-b", "with \"quotes\", 100 % \\ \u{e9}\n", "W/"] {
        let mut variation = Variation::default();
        variation.add("$select=name");
        for variation in [Variation::default(), variation] {
            let version = Version(text.to_owned());
            let tag = etag::tag(&version, Format::Xml, variation);
            let sent = tag.to_str().expect("a tag is visible ASCII");
            let demanded = etag::demanded(&headers(&IF_MATCH, &[sent])).unwrap();
            assert_eq!(demanded, Precondition::Versions(vec![version]), "{sent}");
            assert!(etag::is_known(&headers(&IF_NONE_MATCH, &[&format!("W/{sent}")]), &tag).unwrap());
        }
    }
}

#[test]
fn tags_tell_representations_apart() {
    let version = Version("1".to_owned());
    let variation = |parts: &[&str]| {
        let mut variation = Variation::default();
        for part in parts {
            variation.add(part);
        }
        variation
    };
    let mut tags = vec![
        etag::tag(&version, Format::Json, variation(&[])),
        etag::tag(&version, Format::Xml, variation(&[])),
        etag::tag(&version, Format::Json, variation(&["ab", "c"])),
        etag::tag(&version, Format::Json, variation(&["a", "bc"])),
        etag::tag(&version, Format::Json, variation(&["abc"])),
    ];
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), 5, "{tags:?}");
}

fn check_credentials(header: &str, expected: &str) {
    let shown = match authorization::credentials(&headers(&AUTHORIZATION, &[header])) {
        Ok(Some(Authorization::Basic { user, password })) => format!("{user}|{password}"),
        Ok(Some(Authorization::Bearer(token))) => format!("bearer {token}"),
        Ok(None) => "nobody".to_owned(),
        Err(refusal) => format!("{:?}", refusal.reason),
    };
    assert_eq!(shown, expected, "{header}");
}

#[test]
fn credentials() {
    check_credentials("Basic dXNlcjpwYXNzOndvcmQ=", "user|pass:word");
    check_credentials("BASIC dXNlcjo=", "user|");
    check_credentials("Bearer a.b.c", "bearer a.b.c");
    for unreadable in
        ["", "Basic", "Basic ", "Basic !", "Basic dXNlcg==", "Basic /////w==", "Bearer ", "Digest x"]
    {
        check_credentials(unreadable, "Unauthorized");
    }
}

#[test]
fn versions_of_v1() {
    let served = |text: &str| version::check(&headers(&version::HEADER, &[text])).is_ok();
    assert!(version::check(&HeaderMap::new()).is_ok());
    assert!(["1", "1.0", "1.0.0", "1.0.1", " 1.0.2 "].into_iter().all(served));
    assert!(!["", "1.", "1.0.", "1.1", "1.01", "1.0.x", "2.0.0", "9.9", "1.0.0.0"].into_iter().any(served));
}
