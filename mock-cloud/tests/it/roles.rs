//! Roles against everything there is: every kind by its card, every method and operation. Who may not is refused, nothing
//! changes, and nothing is offered; what is offered is not refused for want of rights.

use std::collections::{BTreeMap, BTreeSet};

use cimi::codec::{self, Format};
use cimi::extension::Extensions;
use cimi::{Document, Edition};
use mock_cloud::Seed;
use mock_cloud::users::Role;
use mock_cloud::world::{Home, Kind, Policy};

use crate::support::{Cloud, attributes};

const USERS: &str = r#"
    [[users]]
    name = "reader"
    token = "reader"
    role = "read"
    [[users]]
    name = "operator"
    token = "operator"
    role = "operate"
    [[users]]
    name = "boss"
    token = "boss"
    role = "administer"
"#;

const ROLES: [(Role, &str); 3] = [
    (Role::Reader, "Bearer reader"),
    (Role::Operator, "Bearer operator"),
    (Role::Administrator, "Bearer boss"),
];

fn cloud(edition: Edition) -> Cloud {
    let text = [Seed::builtin().text(), USERS].concat();
    Cloud::new(edition, Format::Json, Seed::new("roles.toml", text))
}

/// Everything that can be reached, with what is there.
fn everything(cloud: &Cloud) -> BTreeMap<String, Document> {
    let base = "http://mock.invalid/cimi/";
    let mut found = BTreeMap::new();
    let mut seen = BTreeSet::from([base.to_owned()]);
    let mut open = vec![base.to_owned()];
    while let Some(uri) = open.pop() {
        let reply = cloud.send("GET", &uri, &[("authorization", "Bearer boss")], None);
        for rest in reply.text.split(base).skip(1) {
            let uri = format!("{base}{}", &rest[..rest.find('"').unwrap()]);
            if seen.insert(uri.clone()) {
                open.push(uri);
            }
        }
        if let (200, Some(document)) = (reply.status, reply.document) {
            found.insert(uri, document);
        }
    }
    found
}

/// The kind that a document is of, or that a collection lists; none for metadata.
fn kind_of(uri: &str, document: &Document) -> Option<Kind> {
    if document.schema.members().is_none() {
        return Kind::ALL.into_iter().find(|kind| kind.name() == document.schema.name());
    }
    let segments: Vec<&str> = uri.trim_start_matches("http://mock.invalid/cimi/").split('/').collect();
    match segments[..] {
        [name] => {
            Kind::ALL.into_iter().find(|kind| matches!(kind.card().home, Home::Cloud(own) if own == name))
        }
        [owner, _, name] => {
            let at_top = |kind: &Kind| !kind.is_addressed_below() && kind.segment() == owner;
            let owner = Kind::ALL.into_iter().find(at_top)?;
            owner.collections().find(|(attribute, _)| *attribute == name).map(|(_, kind)| kind)
        }
        _ => None,
    }
}

/// What it takes to change resources of a kind.
fn needed(kind: Kind) -> Role {
    match kind.card().policy {
        Policy::Administrators => Role::Administrator,
        Policy::Operators | Policy::Cloud => Role::Operator,
    }
}

fn action(cloud: &Cloud, operation: &str) -> Vec<u8> {
    codec::write(Format::Json, &cloud.action(operation, attributes()), &Extensions::NONE)
}

#[test]
fn who_may_not_is_refused_and_changes_nothing() {
    for edition in Edition::ALL {
        let cloud = cloud(edition);
        // A log writes down who was refused, which is a change.
        let admin = [("authorization", ROLES.iter().max_by_key(|(role, _)| *role).unwrap().1)];
        assert_eq!(cloud.send("DELETE", "eventLogs/1", &admin, None).status, 200);
        let all = everything(&cloud);
        let kinds: BTreeSet<Kind> = all.iter().filter_map(|(uri, document)| kind_of(uri, document)).collect();
        // Whatever has a collection is reached, with members or without.
        let entry = cimi::model::schema(edition, "CloudEntryPoint");
        for kind in Kind::ALL {
            if let Home::Cloud(collection) = kind.card().home
                && entry.attribute(collection).is_some()
            {
                assert!(kinds.contains(&kind), "{kind:?} is not reached in {edition}");
            }
        }
        let engine = cloud.clock.cloud().first();
        let world = || engine.peek(|sim| format!("{:?}", sim.world()));
        let before = world();
        for (role, token) in ROLES {
            for (uri, document) in &all {
                let changes = kind_of(uri, document).is_some_and(|kind| role >= needed(kind));
                if changes {
                    continue;
                }
                let try_it = |method: &str, uri: &str, body: Option<Vec<u8>>| {
                    let reply = cloud.send(method, uri, &[("authorization", token)], body);
                    // Where an operation is not there for anybody, there is nothing.
                    let refused =
                        matches!(reply.status, 403 | 405) || (reply.status == 404 && !all.contains_key(uri));
                    assert!(refused, "{edition} {token}: {method} {uri}: {} {}", reply.status, reply.text);
                };
                let same = codec::write(Format::Json, document, &Extensions::NONE);
                try_it("PUT", uri, Some(same.clone()));
                try_it("POST", uri, Some(same));
                try_it("DELETE", uri, None);
                for operation in document.schema.operations() {
                    try_it(
                        "POST",
                        &format!("{uri}/{}", operation.name),
                        Some(action(&cloud, operation.name)),
                    );
                }
            }
        }
        assert_eq!(before, world(), "{edition}: a refusal changed something");
    }
}

#[test]
fn what_is_offered_is_what_one_may() {
    for edition in Edition::ALL {
        let cloud = cloud(edition);
        let behind = cloud.clock.cloud();
        behind.keep("whole").unwrap();
        for (uri, document) in everything(&cloud) {
            let mut offered: Vec<BTreeSet<String>> = Vec::new();
            for (role, token) in ROLES {
                let seen = cloud.send("GET", &uri, &[("authorization", token)], None).document.unwrap();
                let offers: Vec<(String, String)> =
                    seen.offers().map(|offer| (offer.rel.to_owned(), offer.href.to_owned())).collect();
                let may = kind_of(&uri, &document).is_some_and(|kind| role >= needed(kind));
                assert!(may || offers.is_empty(), "{edition} {token}: {uri} offers {offers:?}");
                offered.push(offers.iter().map(|(rel, _)| rel.clone()).collect());
                for (rel, href) in offers {
                    let name = rel.rsplit('/').next().unwrap_or_default();
                    let same = || codec::write(Format::Json, &seen, &Extensions::NONE);
                    let (method, body) = match name {
                        "edit" => ("PUT", Some(same())),
                        "delete" => ("DELETE", None),
                        "add" => ("POST", Some(b"{}".to_vec())),
                        name => ("POST", Some(action(&cloud, name))),
                    };
                    let reply = cloud.send(method, &href, &[("authorization", token)], body);
                    let refused = matches!(reply.status, 401 | 403 | 405 | 500..);
                    assert!(!refused, "{edition} {token}: {rel} {href}: {} {}", reply.status, reply.text);
                    if reply.status < 300 {
                        behind.restore("whole").unwrap();
                    }
                }
            }
            assert!(
                offered[0].is_subset(&offered[1]) && offered[1].is_subset(&offered[2]),
                "{uri}: {offered:?}"
            );
        }
    }
}
