//! Pure parts; the rest is tested over HTTP by those who have a server (multicloud against mock-cloud).

use reqwest::Url;

use super::dialect::{STANDARD, STRATUSLAB};
use super::navigate::push;
use crate::edition::Edition;

#[test]
fn parameters_keep_what_the_server_put_there() {
    let mut url = Url::parse("http://example.com/machines?id=1").unwrap();
    push(&mut url, "$filter", "name='a b+c'");
    assert_eq!(url.as_str(), "http://example.com/machines?id=1&$filter=name%3D%27a%20b%2Bc%27");
}

#[test]
fn a_dialect_knows_its_own_operation_names() {
    let odd = "http://schemas.dmtf.org/cimi/1/Action/stop";
    assert!(STRATUSLAB.names(Edition::V1, odd, "stop"));
    assert!(!STANDARD.names(Edition::V1, odd, "stop"));
    assert!(STANDARD.names(Edition::V2, "http://schemas.dmtf.org/cimi/2/action/stop", "stop"));
    assert!(!STANDARD.names(Edition::V2, "http://schemas.dmtf.org/cimi/2/action/stop", "start"));
}
