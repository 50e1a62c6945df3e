//! Every status of an error, where it belongs, in both formats and editions.

use std::sync::Arc;

use cimi::Edition::{self, V1, V2};
use cimi::server::Reason;

use super::cloud::Cloud;
use super::{answer, block_on, check, check_at, face, request};

#[test]
fn bodies() {
    check(
        "bodies",
        V2,
        &format!(
            "
        POST /machines
        Content-Type: text/plain

        hello
        ---
        POST /machines

        {{}}
        ---
        POST /machines
        Content-Type: application/json
        ---
        POST /machines
        Content-Type: application/json
        Content-Encoding: gzip

        {{}}
        ---
        POST /machines
        Content-Type: application/json

        {{\"name\": \"unfinished
        ---
        POST /machines
        Content-Type: application/xml

        <MachineCreate xmlns=\"http://schemas.dmtf.org/cimi/2\"><name>unfinished</MachineCreate>
        ---
        POST /machines
        Content-Type: application/json

        {{\"a\":{{\"a\":{{\"a\":{{\"a\":{{\"a\":{{\"a\":{{\"a\":{{}}}}}}}}}}}}}}}}
        ---
        POST /machineConfigs
        Content-Type: application/json

        {{\"name\": \"{}\"}}",
            "a".repeat(2048)
        ),
    );
}

/// Several errors in one body: one nested Job each, inline (4.2.2).
#[test]
fn several_errors() {
    let script = "
        PUT /volumes/1
        Content-Type: application/json
        Accept: application/xml

        {\"nome\": \"new\", \"capacity\": \"big\"}";
    check("several_v2", V2, script);
    check("several_v1", V1, script);
}

#[test]
fn methods_and_uris() {
    check(
        "methods",
        V2,
        &format!(
            "
        PATCH /machines/1
        ---
        DELETE /machines
        ---
        GET /machines/1/start
        ---
        BREW /machines/1
        ---
        GET /machines/17
        ---
        GET /{}
        ---
        GET /machines/%ff",
            "a".repeat(256)
        ),
    );
}

#[test]
fn callers() {
    check_at(
        "callers",
        Cloud::new(V2, true),
        "
        GET /volumes/1
        ---
        GET /volumes/1
        Authorization: Basic Z3Vlc3Q6d3Jvbmc=
        Accept: application/xml
        ---
        GET /nowhere
        Authorization: Digest what
        ---
        HEAD /volumes/1
        Authorization: Basic Z3Vlc3Q6c2VjcmV0
        ---
        DELETE /volumes/1
        Authorization: basic Z3Vlc3Q6c2VjcmV0
        ---
        HEAD /volumes/1
        Authorization: Bearer token",
    );
}

#[test]
fn versions_of_v1() {
    check(
        "versions",
        V1,
        "
        HEAD /volumes/1
        CIMI-Specification-Version: 1.0.0
        ---
        GET /volumes/1
        CIMI-Specification-Version: 2.0.0
        Accept: application/xml",
    );
}

#[test]
fn what_a_provider_refuses() {
    let script = "
        GET /trouble/Forbidden
        ---
        GET /trouble/TooManyRequests
        Accept: application/xml
        ---
        GET /trouble/Unavailable
        ---
        GET /trouble/NotImplemented
        ---
        GET /trouble/Internal
        ---
        GET /trouble/panic
        ---
        DELETE /trouble/never
        Accept: application/xml";
    check("trouble_v2", V2, script);
    check("trouble_v1", V1, script);
}

/// Whatever the reason: its status, in the format asked for, as a Job of the edition that failed.
#[test]
fn every_reason() {
    for edition in Edition::ALL {
        let face = face(Arc::new(Cloud::new(edition, false)));
        for reason in Reason::ALL {
            for (accept, root) in [("application/json", "/Job\""), ("application/xml", "<Job ")] {
                let text = format!("GET /trouble/{reason:?}\nAccept: {accept}");
                let request = request(&text).unwrap().map(axum::body::Body::from);
                let (status, headers, body) = block_on(answer(&face, request));
                assert_eq!(status.as_u16(), reason.status());
                assert_eq!(headers["content-type"], accept);
                assert!(body.contains(root) && body.contains("FAILED"), "{body}");
                assert_eq!(headers.contains_key("www-authenticate"), *reason == Reason::Unauthorized);
                assert_eq!(headers.contains_key("cimi-specification-version"), edition == V1);
            }
        }
    }
}
