use http::header::{AUTHORIZATION, HOST, HeaderMap, ORIGIN};

use super::*;

#[track_caller]
fn checked(token: Option<&str>, headers: &[(http::HeaderName, &str)], status: Option<u16>) {
    let headers: HeaderMap =
        headers.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect();
    let got = check(token, &headers).err().map(|problem| problem.into_response().status().as_u16());
    assert_eq!(got, status, "{headers:?}");
}

#[test]
fn only_this_machine_gets_in_without_a_token() {
    for host in
        ["localhost", "localhost:80", "127.0.0.1:4000", "127.1.2.3", "[::1]:80", "[::1]", "LOCALHOST:1"]
    {
        checked(None, &[(HOST, host)], None);
    }
    for host in ["", "evil.example", "127.0.0.1.evil.example:80", "localhost.evil.example", "10.0.0.1:80"] {
        checked(None, &[(HOST, host)], Some(403));
    }
    checked(None, &[(HOST, "localhost:1"), (ORIGIN, "http://localhost:1")], None);
    for origin in ["http://localhost:2", "http://evil.example", "null"] {
        checked(None, &[(HOST, "localhost:1"), (ORIGIN, origin)], Some(403));
    }
}

#[test]
fn with_a_token_only_who_has_it() {
    let host = (HOST, "cloud.example");
    checked(Some("abc"), &[host.clone(), (AUTHORIZATION, "Bearer abc")], None);
    // x:abc
    checked(Some("abc"), &[host.clone(), (AUTHORIZATION, "Basic eDphYmM=")], None);
    for wrong in ["Bearer ab", "Bearer abcd", "Bearer", "Basic abc", "abc"] {
        checked(Some("abc"), &[host.clone(), (AUTHORIZATION, wrong)], Some(401));
    }
    checked(Some("abc"), &[host], Some(401));
}

#[test]
fn what_is_private() {
    for (address, private) in [
        ("127.0.0.1:1", true),
        ("127.9.9.9:1", true),
        ("[::1]:1", true),
        ("0.0.0.0:1", false),
        ("[::]:1", false),
    ] {
        assert_eq!(is_private(address.parse().unwrap()), private, "{address}");
    }
}
