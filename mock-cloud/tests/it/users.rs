//! Users and their roles.

use crate::support::{Cloud, attributes};

const SEED: &str = r#"
    [[users]]
    name = "reader"
    password = "r"
    role = "read"
    [[users]]
    name = "operator"
    token = "o"
    [[users]]
    name = "boss"
    password = "b"
    role = "administer"
    [[machineConfigs]]
    cpu = 1
    memory = 1
    [[machines]]
    name = "m"
    cpu = 1
    memory = 1
    [[credentials]]
    name = "c"
    userName = "u"
    password = "geheim"
"#;

// base64 of reader:r, reader:wrong and boss:b
const READER: &str = "Basic cmVhZGVyOnI=";
const WRONG: &str = "Basic cmVhZGVyOndyb25n";
const BOSS: &str = "Basic Ym9zczpi";
const OPERATOR: &str = "Bearer o";

#[track_caller]
fn check(cloud: &Cloud, user: &str, method: &str, uri: &str, body: Option<&str>, status: u16) {
    let body = body.map(|body| body.as_bytes().to_vec());
    let reply = cloud.send(method, uri, &[("authorization", user)], body);
    assert_eq!(reply.status, status, "{user} {method} {uri}: {}", reply.text);
}

#[test]
fn only_users_get_in() {
    let cloud = Cloud::grown(SEED);
    let reply = cloud.send("GET", "", &[], None);
    assert_eq!(reply.refused().0, 401);
    assert!(reply.header("www-authenticate").unwrap().starts_with("Basic "));
    check(&cloud, WRONG, "GET", "", None, 401);
    check(&cloud, "Bearer x", "GET", "", None, 401);
    for user in [READER, OPERATOR, BOSS] {
        check(&cloud, user, "GET", "machines/1", None, 200);
    }
}

#[test]
fn roles_may_what_they_may() {
    let cloud = Cloud::grown(SEED);
    let config = Some(r#"{"cpu": 1, "memory": 1}"#);
    let stop = Some(r#"{"action": "http://schemas.dmtf.org/cimi/2/action/start"}"#);
    check(&cloud, READER, "POST", "machines/1/start", stop, 405);
    check(&cloud, READER, "DELETE", "machines/1", None, 405);
    check(&cloud, OPERATOR, "POST", "machineConfigs", config, 405);
    check(&cloud, OPERATOR, "POST", "machines/1/start", stop, 202);
    check(&cloud, BOSS, "POST", "machineConfigs", config, 201);
    // 4.2: only what this caller may do is offered.
    let reply = cloud.send("GET", "machines/1", &[("authorization", READER)], None);
    assert!(!reply.text.contains("operations"), "{}", reply.text);
    let reply = cloud.send("GET", "machineConfigs", &[("authorization", OPERATOR)], None);
    assert!(!reply.text.contains("\"add\""), "{}", reply.text);
}

#[test]
fn who_may_less_sees_another_version() {
    let cloud = Cloud::grown(SEED);
    let tag = |user: &str, uri: &str| {
        cloud.send("GET", uri, &[("authorization", user)], None).header("etag").unwrap().to_owned()
    };
    for uri in ["machines/1", "machines"] {
        assert_ne!(tag(READER, uri), tag(OPERATOR, uri));
        assert_ne!(tag(OPERATOR, uri), tag(BOSS, uri));
    }
}

#[test]
fn secrets_are_never_shown() {
    for cloud in Cloud::everywhere() {
        let template = cloud.named("credentialTemplates", "login");
        let create = cloud.document(
            "CredentialCreate",
            attributes().with("name", "mine").with("credentialTemplate", crate::support::to(&template)),
        );
        let reply = cloud.post("credentials", &create);
        let credential = reply.location();
        let shown = cloud.get(&credential);
        assert_eq!(shown.attributes.text("userName"), Some("user"));
        for uri in [
            credential.as_str(),
            template.as_str(),
            "credentials",
            "credentials?$filter=name='mine'&$expand=*",
        ] {
            let reply = cloud.send("GET", uri, &[], None);
            assert_eq!(reply.status, 200);
            for secret in ["never shown", "\"password\":", "<password"] {
                assert!(!reply.text.contains(secret), "{}", reply.text);
            }
        }
        // Nor told by what a filter finds.
        let found = cloud.get("credentials?$filter=password='never shown'");
        assert_eq!(found.attributes.integer("count"), Some(0));
        assert!(!reply.text.contains("never shown"));
    }
}
