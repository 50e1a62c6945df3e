//! GET, HEAD, OPTIONS: negotiation, tags, projection, expansion, collections.

use std::sync::Arc;

use axum::body::Body;
use cimi::Edition::{V1, V2};
use cimi::server::{Options, router};
use http::Request;

use super::cloud::Cloud;
use super::{answer, block_on, check};

#[test]
fn a_resource() {
    let script = "
        GET /machines/1
        ---
        GET /machines/1
        Accept: application/xml
        ---
        HEAD /machines/1
        ---
        OPTIONS /machines/1
        ---
        OPTIONS /machines/1/start
        ---
        OPTIONS /machines";
    check("resource_v2", V2, script);
    check("resource_v1", V1, script);
}

#[test]
fn the_entry_point_with_and_without_slash() {
    check(
        "entry_point",
        V2,
        "
        GET /
        ---
        GET",
    );
}

#[test]
fn formats() {
    check(
        "formats",
        V2,
        "
        HEAD /volumes/1
        Accept: application/xml;q=0.5, application/json;q=0.4
        ---
        HEAD /volumes/1
        Accept: text/html, */*;q=0.1
        ---
        HEAD /volumes/1?$format=XML&$format=json
        Accept: application/json
        ---
        HEAD /volumes/1
        Accept: text/html
        Accept: application/xml
        ---
        GET /volumes/1
        Accept: text/html
        ---
        GET /volumes/1?$format=yaml
        ---
        GET /nowhere?$format=xml",
    );
}

#[test]
fn tags() {
    check(
        "tags",
        V2,
        "
        GET /volumes/1
        If-None-Match: \"0-j\", W/\"1-j\"
        ---
        HEAD /volumes/1
        If-None-Match: \"1-x\"
        ---
        GET /volumes/1
        If-None-Match: *
        Accept: application/xml
        ---
        HEAD /volumes/1?$select=name
        ---
        HEAD /volumes/1?$select=name,name&$format=json
        If-None-Match: \"1-j\"
        ---
        GET /volumes/1
        If-Match: \"2-j\"
        ---
        GET /volumes/1
        If-None-Match: 1-j",
    );
}

#[test]
fn projection_and_expansion() {
    let script = "
        GET /machines/1?$select=name,cpu,colour
        ---
        GET /machines/1?$select=name,disks&$expand=disks
        ---
        GET /machineTemplates/small?$expand&$format=xml
        ---
        GET /?$expand=machineConfigs,colour&$select=machineConfigs,volumes
        ---
        GET /?$expand=*";
    check("projection_v2", V2, script);
    check("projection_v1", V1, script);
}

#[test]
fn collections() {
    let script = "
        GET /machines?$filter=cpu%3E1&$orderby=cpu&$select=name,count
        ---
        GET /machines?$first=2&$last=2
        Accept: application/xml
        ---
        GET /machines?$filter=name=%27nobody%27
        ---
        GET /machines?$last=1&$expand=disks&$select=machines/disks,count
        ---
        GET /machines?id=17&$colour=red&$select=count";
    check("collections_v2", V2, script);
    check("collections_v1", V1, script);
}

#[test]
fn parameters_that_cannot_be_used() {
    check(
        "parameters",
        V2,
        "
        GET /machines?$filter=cpu%3E%27many%27
        ---
        GET /machines?$filter=name=
        ---
        GET /machines?$orderby=disks
        ---
        GET /machines?$first=one
        ---
        GET /machines?$select=%zz",
    );
}

/// Two faces in one router, one of them where a proxy expects it.
#[test]
fn faces_side_by_side() {
    let now = "2026-01-02T03:04:05Z".parse::<cimi::data::DateTime>().unwrap();
    let options = || {
        Options::new(Arc::new({
            let now = now.clone();
            move || now.clone()
        }))
    };
    let v1 = Options { mount: Some("old/api".to_owned()), ..options() };
    let both =
        router(Arc::new(Cloud::new(V2, false)), options()).merge(router(Arc::new(Cloud::new(V1, false)), v1));
    for (path, edition) in
        [("/cimi/volumes/1", Some(V2)), ("/old/api/volumes/1", Some(V1)), ("/volumes/1", None)]
    {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let (status, _, body) = block_on(answer(&both, request));
        assert_eq!(status.is_success(), edition.is_some(), "{path}");
        assert!(edition.is_none_or(|edition| body.contains(&edition.type_uri("Volume"))), "{body}");
    }
}
