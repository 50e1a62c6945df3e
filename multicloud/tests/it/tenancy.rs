//! Who sees and does what: every route of every resource, by every role, in its tenant and in another.

use cimi::Edition;
use multicloud::admin::{Action, Verb, routes};
use multicloud::directory::Sort;
use multicloud::kind::Kind;
use multicloud::running::Running;
use reqwest::Method;
use serde_json::{Value, json};

use crate::request::request;
use crate::support::{self, Reply, Speaker, names, path, text};

/// Whoever asks: a name, a role, a tenant.
type Who = (&'static str, &'static str, &'static str);

const WHO: [Who; 8] = [
    ("a-viewer", "viewer", "a"),
    ("a-operator", "operator", "a"),
    ("a-admin", "tenant-admin", "a"),
    ("b-viewer", "viewer", "b"),
    ("b-operator", "operator", "b"),
    ("b-admin", "tenant-admin", "b"),
    ("root", "cloud-admin", ""),
    ("nobody", "", ""),
];

/// Two tenants, an account for both and one for `b` alone, and everybody.
struct Stage {
    manager: Running,
    open: Speaker,
    _clouds: [mock_cloud::Running; 2],
}

impl Stage {
    async fn new() -> Self {
        let clouds = [support::instant(Edition::V2).await, support::instant(Edition::V2).await];
        let shared = support::account("shared", clouds[0].base_uri(), "location = \"FR\"\nprice = 2");
        let own =
            support::account("own", clouds[1].base_uri(), "price = 1\ntenants = [\"b\"]\nowner = \"b\"");
        let tenants = "[[tenant]]\nname = \"a\"\n[[tenant]]\nname = \"b\"\n";
        let placement = "[placement]\norder-by = \"price\"\n";
        let manager = support::manager(&format!("{placement}{tenants}{shared}{own}")).await;
        let open = Speaker::to(&manager.admin_uri());
        let stage = Self { manager, open, _clouds: clouds };
        stage.user("root", json!([{ "role": "cloud-admin" }]), &stage.open).await;
        let root = stage.admin("root");
        for (name, role, tenant) in WHO.into_iter().filter(|(_, _, tenant)| !tenant.is_empty()) {
            stage.user(name, json!([{ "role": role, "tenant": tenant }]), &root).await;
        }
        stage
    }

    async fn user(&self, name: &str, roles: Value, by: &Speaker) {
        let user = json!({ "name": name, "password": password(name), "roles": roles });
        by.post("users", user).await.expect(201);
    }

    /// Somebody at the admin face.
    fn admin(&self, name: &str) -> Speaker {
        if name == "nobody" { self.open.clone() } else { self.open.user(name, &password(name)) }
    }

    /// Somebody at the CIMI face.
    fn cimi(&self, name: &str) -> Speaker {
        self.admin(name).at(self.manager.base_uri())
    }
}

fn password(name: &str) -> String {
    format!("password of {name}")
}

/// Whether a kind is made within something that is the tenant's as well: for others that is not there.
fn is_part_of_another(kind: Kind) -> bool {
    matches!(kind, Kind::Meter | Kind::EventLog | Kind::ProtocolSegment | Kind::NetworkService)
}

/// What answers who makes the same of a kind as well.
fn once_more(kind: Kind, who: Who, sees: bool) -> u16 {
    match kind {
        _ if is_part_of_another(kind) && !sees => 400,
        // A tenant has one log of a resource.
        Kind::EventLog if rank(who) >= 1 && who.2 == "a" => 409,
        // It is many things, which are not waited for.
        Kind::System if rank(who) >= 1 => 202,
        _ if rank(who) >= 1 => 201,
        _ => 403,
    }
}

#[tokio::test]
async fn every_cimi_resource_is_its_tenants_alone() {
    let stage = Stage::new().await;
    let operator = stage.cimi("a-operator");
    for kind in Kind::in_edition(Edition::V2) {
        let body = request(&operator, kind, "of-a").await;
        let made = operator.post(kind.link(), body.clone()).await;
        operator.settle(&made).await;
        let id = path(&json!(made.header("location")));
        let job = path(&json!(made.header("cimi-job-uri")));
        for who in WHO {
            let speaker = stage.cimi(who.0);
            let (sees, changes) = (matches!(who.2, "a") || who.0 == "root", rank(who) >= 1);
            let expect = |reply: Reply, seen: u16, what: &str| {
                let status = if who.0 == "nobody" {
                    401
                } else if !sees {
                    404
                } else {
                    seen
                };
                assert_eq!(reply.status.as_u16(), status, "{what} {kind:?} by {who:?}: {}", reply.text);
                reply
            };
            let denied = if changes { 412 } else { 403 };
            let old: &[(&str, &str)] = if changes { &[("If-Match", "\"0.0-j\"")] } else { &[] };
            let shown = expect(speaker.get(&id).await, 200, "GET");
            if shown.status == 200 {
                let offers = shown.json()["operations"].as_array().map_or(0, Vec::len);
                assert_eq!(offers > 0, changes, "{who:?} is offered what they may do: {}", shown.text);
            }
            expect(speaker.get(&job).await, 200, "GET of the job");
            let name = json!({ "name": "changed" });
            let put = speaker.send(Method::PUT, &format!("{id}?$select=name"), old, name).await;
            expect(put, denied, "PUT");
            expect(speaker.ask(Method::DELETE, &id, old, None).await, denied, "DELETE");
            if let Some(operation) = ["start", "stop"].into_iter().find(|_| kind == Kind::Machine) {
                let action =
                    json!({ "action": format!("http://schemas.dmtf.org/cimi/2/action/{operation}") });
                let acted = speaker.send(Method::POST, &format!("{id}/{operation}"), old, action).await;
                expect(acted, denied, "POST of an operation");
            }
            if !changes {
                expect(speaker.delete(&job).await, 403, "DELETE of the job");
            }
            if who.0 == "nobody" {
                let refused = speaker.get(kind.link()).await.expect(401);
                let ways = "Basic realm=\"CIMI\", charset=\"UTF-8\", Bearer realm=\"CIMI\"";
                assert_eq!(refused.header("www-authenticate"), ways);
                speaker.post(kind.link(), body.clone()).await.expect(401);
                continue;
            }
            let list = speaker.members(kind.link()).await;
            assert_eq!(list.iter().any(|member| path(&member["id"]) == id), sees, "{kind:?} {who:?}");
            let jobs = speaker.members("jobs").await;
            assert_eq!(jobs.iter().any(|member| path(&member["id"]) == job), sees, "{kind:?} {who:?}");
            let created = speaker.post(kind.link(), body.clone()).await;
            let status = once_more(kind, who, sees);
            assert_eq!(created.status.as_u16(), status, "{kind:?} {who:?} {}", created.text);
        }
        operator.delete(&id).await;
    }
}

#[tokio::test]
async fn parts_of_a_resource_are_as_it_is() {
    let stage = Stage::new().await;
    let operator = stage.cimi("a-operator");
    let machine = operator.create_machine("of-a").await.expect(201).header("location").to_owned();
    let body = request(&operator, Kind::Volume, "of-a").await;
    let volume = operator.post("volumes", body).await.expect(201).header("location").to_owned();
    let disk = json!({ "capacity": 1000 });
    let action = |name: &str| format!("http://schemas.dmtf.org/cimi/2/action/{name}");
    let insert = json!({ "action": action("insert"), "volume": { "href": volume } });
    for who in WHO {
        let speaker = stage.cimi(who.0);
        let check = |reply: Reply, read: Option<u16>, change: Option<u16>, what: &str| {
            let expected = match who {
                ("nobody", ..) => Some(401),
                (_, _, "b") => Some(404),
                (_, "viewer", _) => read.or(Some(403)),
                _ => read.or(change),
            };
            let status = reply.status.as_u16();
            assert_eq!(status, expected.unwrap_or(status), "{what} by {who:?}: {}", reply.text);
            assert!(
                expected.is_some() || ![401, 403, 404].contains(&status),
                "{what} by {who:?}: {}",
                reply.text
            );
            reply
        };
        let read = |reply, what: &str| check(reply, Some(200), None, what);
        let change = |reply, status, what: &str| check(reply, None, status, what);
        for parts in ["disks", "volumes", "snapshots"] {
            let shown = read(speaker.get(&format!("{machine}/{parts}")).await, parts);
            if shown.status == 200 && who.1 == "viewer" {
                assert!(shown.json().get("operations").is_none(), "{parts} {}", shown.text);
            }
        }
        read(speaker.get(&format!("{volume}/images")).await, "images");
        let added =
            change(speaker.post(&format!("{machine}/disks"), disk.clone()).await, Some(201), "a disk");
        let disks = operator.members(&format!("{machine}/disks")).await;
        let first = text(&disks.last().unwrap()["id"]);
        if added.status != 201 {
            change(speaker.delete(&first).await, Some(200), "deletion of a disk");
        }
        let inserted = speaker.post(&format!("{machine}/volumes"), insert.clone()).await;
        // It may be connected already.
        change(inserted, None, "connection of a volume");
        let capture =
            json!({ "resourceURI": "http://schemas.dmtf.org/cimi/2/Action", "action": action("capture") });
        change(speaker.post(&format!("{machine}/capture"), capture).await, None, "capture");
    }
    // What one does not see is not connected to what one has.
    let other = stage.cimi("b-operator");
    let own = other.create_machine("of-b").await.expect(201).header("location").to_owned();
    other.post(&format!("{own}/volumes"), insert).await.expect(400);
}

/// How much a role may: nothing, look, change, decide who may, everything.
fn rank(who: Who) -> i32 {
    match who.1 {
        "viewer" => 0,
        "operator" => 1,
        "tenant-admin" => 2,
        "cloud-admin" => 3,
        _ => -1,
    }
}

#[tokio::test]
async fn shared_things_are_seen_by_those_who_may_use_the_account() {
    let stage = Stage::new().await;
    let (a, b, root) = (stage.cimi("a-operator"), stage.cimi("b-operator"), stage.cimi("root"));
    let accounts = |machines: &[Value]| {
        let mut accounts: Vec<String> = machines.iter().map(|machine| text(&machine["account"])).collect();
        accounts.sort_unstable();
        accounts.dedup();
        accounts
    };
    assert_eq!(names(&a.members("machines").await), [""; 0], "what the clouds had is nobody's");
    assert_eq!(accounts(&b.members("machines").await), ["own"], "or the owner's of the account");
    assert_eq!(accounts(&root.members("machines").await), ["own", "shared"], "the operator sees all");
    for kind in ["machineImages", "machineConfigs", "volumeConfigs"] {
        assert!(!a.members(kind).await.is_empty(), "{kind} are for all");
    }
    let image = text(&a.named("machineImages", "linux").await["id"]);
    a.delete(&image).await.expect(403);
    // The cheap account is not for everybody.
    for (speaker, account) in [(&a, "shared"), (&b, "own")] {
        let made = speaker.create_machine("mine").await.expect(201);
        assert_eq!(speaker.get(made.header("location")).await.expect(200).json()["account"], account);
    }
    // What they refer to is for all, too, or they do not: the credential that the cloud's template has is somebody's.
    let templates = root.members("machineTemplates").await;
    assert!(templates.iter().any(|template| template.get("credential").is_some()), "{templates:#?}");
    let templates = a.members("machineTemplates").await;
    assert!(!templates.is_empty() && templates.iter().all(|template| template.get("credential").is_none()));
    for template in templates {
        let template = json!({ "machineTemplate": { "href": template["id"] } });
        a.post("machines", template).await.expect(201);
    }
    // What one does not see cannot be referred to either.
    let template = json!({ "name": "t", "machineConfig": { "cpu": 1, "memory": 1 } });
    let template = a.post("machineTemplates", template).await.expect(201).header("location").to_owned();
    b.post("machines", json!({ "machineTemplate": { "href": template } })).await.expect(400);
}

/// One record of each sort; the name of the token among them.
async fn records(stage: &Stage) -> String {
    let root = stage.admin("root");
    root.post("locations", json!({ "name": "l", "country": "FR" })).await.expect(201);
    root.post("policies", json!({ "name": "p", "filter": "price<9" })).await.expect(201);
    root.post("providers", json!({ "name": "c", "profile": "cimi" })).await.expect(201);
    root.post("tenants", json!({ "name": "spare" })).await.expect(201);
    let parameters = json!({ "endpoint": "http://127.0.0.1:1/" });
    let account =
        json!({ "name": "x", "provider": "c", "tenants": ["b"], "enabled": false, "parameters": parameters });
    root.post("accounts", account).await.expect(201);
    let mapping = json!({ "name": "m", "kind": "machineImages", "members": [{ "name": "debian*" }] });
    root.post("mappings", mapping).await.expect(201);
    let token = stage.admin("a-operator").post("tokens", json!({})).await.expect(201).json();
    text(&token["name"])
}

#[tokio::test]
async fn every_admin_route_asks_who_it_is() {
    let stage = Stage::new().await;
    let token = records(&stage).await;
    let machine = json!({ "machineTemplate": { "machineConfig": { "cpu": 1, "memory": 1_000_000 } } });
    let made = stage.cimi("a-operator").post("machines", machine.clone()).await.expect(201);
    let job = made.header("cimi-job-uri").rsplit('/').next().unwrap().to_owned();
    for route in routes() {
        for who in WHO {
            let speaker = stage.admin(who.0);
            let (path, body, expected) = match route.action {
                Action::Description => (route.path.clone(), Value::Null, 200),
                Action::Me | Action::Profiles | Action::Events | Action::Usage => {
                    (route.path.clone(), Value::Null, of(who, 200))
                }
                Action::Profile => (route.path.replace("{name}", "cimi"), Value::Null, of(who, 200)),
                Action::Rehearse => {
                    let status = if who.1 == "viewer" { 403 } else { 200 };
                    (route.path.replace("{name}", "machines"), machine.clone(), of(who, status))
                }
                // What is another tenant's is not there.
                Action::Decision => {
                    let status = if who.2 == "b" { 404 } else { 200 };
                    (route.path.replace("{name}", &job), Value::Null, of(who, status))
                }
                Action::Records(sort, verb) => {
                    let name = match sort {
                        Sort::Policy => "p",
                        Sort::Tenant => "spare",
                        Sort::Location => "l",
                        Sort::Provider => "c",
                        Sort::Account => "x",
                        Sort::Mapping => "m",
                        Sort::User => "a-viewer",
                        Sort::Token => &token,
                    };
                    let body =
                        if verb == Verb::Create { new(sort, who) } else { json!({ "description": "x" }) };
                    (route.path.replace("{name}", name), body, of(who, expected(who, sort, verb)))
                }
                action => reconciling(action, &route.path, who),
            };
            let path = path.trim_start_matches("/admin/");
            // Whoever may change it gets to its version.
            let is_change = matches!(route.action, Action::Records(_, Verb::Change | Verb::Delete));
            let headers: &[(&str, &str)] = if is_change { &[("If-Match", "\"old\"")] } else { &[] };
            let reply = speaker.send(route.method.clone(), path, headers, body).await;
            assert_eq!(reply.status.as_u16(), expected, "{} {path} by {who:?}: {}", route.method, reply.text);
            if expected >= 400 {
                assert_eq!(reply.header("content-type"), "application/problem+json");
            }
        }
    }
}

/// What is asked for of resources and accounts, and what comes of it.
fn reconciling(action: Action, path: &str, who: Who) -> (String, Value, u16) {
    let (name, body, status) = match action {
        Action::Adopt => ("", json!({ "tenant": "nobody", "filter": "kind='Machine'" }), 422),
        Action::Forget => ("", json!({ "filter": "name='called by nobody so'" }), 200),
        Action::Recall => ("999999", Value::Null, 404),
        // It is not in use.
        Action::Refresh => ("x", json!({}), 409),
        _ => ("", Value::Null, 200),
    };
    let may = who.0 == "root" || action == Action::Resources;
    (path.replace("{name}", name), body, of(who, if may { status } else { 403 }))
}

fn of(who: Who, status: u16) -> u16 {
    if who.0 == "nobody" { 401 } else { status }
}

/// A record that somebody may want to make.
fn new(sort: Sort, who: Who) -> Value {
    let name = format!("new-{}", who.0);
    match sort {
        Sort::Policy => json!({ "name": name, "filter": "price<9" }),
        Sort::Tenant => json!({ "name": name }),
        Sort::Location => json!({ "name": name, "country": "FR" }),
        Sort::Provider => json!({ "name": name, "profile": "cimi" }),
        Sort::Account => {
            let parameters = json!({ "endpoint": "http://127.0.0.1:1/" });
            json!({ "name": name, "provider": "c", "enabled": false, "parameters": parameters })
        }
        Sort::Mapping => {
            json!({ "name": name, "kind": "networks", "members": [{ "name": "default*" }] })
        }
        Sort::User => {
            let tenant = if who.2.is_empty() { "a" } else { who.2 };
            json!({ "name": name, "roles": [{ "role": "viewer", "tenant": tenant }] })
        }
        Sort::Token => json!({}),
    }
}

/// The table: what comes of it, apart from credentials. 412 stands for what may be changed.
fn expected(who: Who, sort: Sort, verb: Verb) -> u16 {
    let (root, staff) = (who.0 == "root", rank(who) >= 2);
    let seen = root
        || match sort {
            Sort::Policy | Sort::Location | Sort::Provider => true,
            Sort::Tenant | Sort::Mapping => false,
            Sort::Account => who.2 == "b",
            Sort::User => who.0 == "a-viewer" || who.0 == "a-admin",
            Sort::Token => who.0 == "a-operator" || who.0 == "a-admin",
        };
    match verb {
        Verb::List => 200,
        Verb::Show if seen => 200,
        Verb::Create if root || sort == Sort::Token || sort == Sort::User && staff => 201,
        Verb::Create => 403,
        Verb::Change | Verb::Delete if seen => {
            let oneself = sort == Sort::User && who.0 == "a-viewer" && verb == Verb::Change;
            let own = oneself || sort == Sort::Token && who.0 == "a-operator";
            let decides = staff && matches!(sort, Sort::User | Sort::Token);
            if root || own || decides { 412 } else { 403 }
        }
        _ => 404,
    }
}

#[tokio::test]
async fn nobody_gives_themselves_more_than_they_have() {
    let stage = Stage::new().await;
    let (viewer, admin, root) = (stage.admin("a-viewer"), stage.admin("a-admin"), stage.admin("root"));
    let cloud_admin = json!({ "roles": [{ "role": "cloud-admin" }] });
    let elsewhere =
        json!({ "roles": [{ "role": "operator", "tenant": "a" }, { "role": "viewer", "tenant": "b" }] });
    let operator = json!({ "roles": [{ "role": "operator", "tenant": "a" }] });
    viewer.patch("users/a-viewer", operator.clone()).await.expect(403);
    viewer.patch("users/a-viewer", json!({ "enabled": false })).await.expect(403);
    viewer.patch("users/a-operator", json!({ "password": "mine from now on" })).await.expect(404);
    viewer.post("tokens", json!({ "user": "a-operator" })).await.expect(403);
    admin.post("tokens", json!({ "user": "a-operator" })).await.expect(403);
    admin.patch("users/a-admin", cloud_admin.clone()).await.expect(403);
    admin.patch("users/a-viewer", elsewhere.clone()).await.expect(403);
    admin.patch("users/a-viewer", json!({ "roles": [] })).await.expect(403);
    admin.patch("users/root", json!({ "password": "mine from now on" })).await.expect(404);
    let mut user = cloud_admin.clone();
    user["name"] = json!("evil");
    admin.post("users", user).await.expect(403);
    admin.patch("users/a-viewer", operator).await.expect(200);
    viewer.patch("users/a-viewer", json!({ "password": "another password" })).await.expect(200);
    viewer.get("me").await.expect(401);
    root.patch("users/a-viewer", elsewhere).await.expect(200);
    // Who is in another tenant, too, is the operator's to change.
    admin.patch("users/a-viewer", json!({ "password": "mine from now on" })).await.expect(403);
    let seen = admin.get("users/a-viewer").await.expect(200).json();
    assert_eq!(seen["roles"], json!([{ "role": "operator", "tenant": "a" }]), "of b, nothing is said in a");
    // Somebody has to be left.
    root.patch("users/root", json!({ "roles": [] })).await.expect(409);
    root.patch("users/root", json!({ "enabled": false })).await.expect(409);
    root.delete("users/root").await.expect(409);
}

#[tokio::test]
async fn a_user_of_several_tenants_names_one() {
    let stage = Stage::new().await;
    let roles = json!([{ "role": "operator", "tenant": "a" }, { "role": "viewer", "tenant": "b" }]);
    stage.user("both", roles, &stage.admin("root")).await;
    let authorization = ("authorization", support::basic("both", &password("both")));
    let named = |tenant: &str| stage.open.with(&[authorization.clone(), ("cimi-tenant", tenant.to_owned())]);
    let me = |speaker: Speaker| async move {
        let me = speaker.get("me").await.expect(200).json();
        (text(&me["tenant"]), text(&me["role"]))
    };
    assert_eq!(me(stage.admin("both")).await, ("a".into(), "operator".into()));
    assert_eq!(me(named("a")).await, ("a".into(), "operator".into()));
    assert_eq!(me(named("b")).await, ("b".into(), "viewer".into()));
    named("c").get("me").await.expect(403);
    let cimi = |tenant: &str| named(tenant).at(stage.manager.base_uri());
    let config = json!({ "name": "of-a", "cpu": 1, "memory": 1 });
    cimi("a").post("machineConfigs", config.clone()).await.expect(201);
    cimi("b").post("machineConfigs", config).await.expect(403);
    assert!(!names(&cimi("b").members("machineConfigs").await).contains(&"of-a"));
    let refused = cimi("c").get("machines").await.expect(403);
    assert!(refused.text.contains("not in the tenant c"), "{}", refused.text);
    stage
        .cimi("a-admin")
        .with(&[
            ("cimi-tenant", "b".into()),
            ("authorization", support::basic("a-admin", &password("a-admin"))),
        ])
        .get("machines")
        .await
        .expect(403);
}

#[tokio::test]
async fn what_is_disabled_is_refused() {
    let stage = Stage::new().await;
    let root = stage.admin("root");
    let operator = stage.admin("a-operator");
    let made = operator.post("tokens", json!({})).await.expect(201).json();
    let bearer = stage.open.with(&[("authorization", format!("Bearer {}", text(&made["token"])))]);
    let cimi = bearer.at(stage.manager.base_uri());
    cimi.get("machines").await.expect(200);
    let token = format!("tokens/{}", text(&made["name"]));
    operator.patch(&token, json!({ "enabled": false })).await.expect(200);
    cimi.get("machines").await.expect(401);
    operator.patch(&token, json!({ "enabled": true, "expires": "2000-01-01T00:00:00Z" })).await.expect(200);
    cimi.get("machines").await.expect(401);
    operator.patch(&token, json!({ "expires": null })).await.expect(200);
    cimi.get("machines").await.expect(200);

    root.patch("users/a-operator", json!({ "enabled": false })).await.expect(200);
    cimi.get("machines").await.expect(401);
    stage.cimi("a-operator").get("machines").await.expect(401);
    root.patch("users/a-operator", json!({ "enabled": true })).await.expect(200);
    cimi.get("machines").await.expect(200);

    root.post("tenants", json!({ "name": "c" })).await.expect(201);
    let roles = json!([{ "role": "operator", "tenant": "c" }]);
    stage.user("c-operator", roles, &root).await;
    let config = json!({ "name": "x", "cpu": 1, "memory": 1 });
    stage.cimi("c-operator").post("machineConfigs", config).await.expect(201);
    root.patch("tenants/c", json!({ "enabled": false })).await.expect(200);
    stage.cimi("c-operator").get("machines").await.expect(403);
    root.delete("tenants/c").await.expect(409);
    // With the user, the tokens go.
    root.delete("users/a-operator").await.expect(204);
    cimi.get("machines").await.expect(401);
    root.get(&token).await.expect(404);
}

#[tokio::test]
async fn the_first_user_administers() {
    let manager = support::manager("[[tenant]]\nname = \"a\"\n").await;
    let open = Speaker::to(&manager.admin_uri());
    let viewer =
        json!({ "name": "v", "password": "long enough", "roles": [{ "role": "viewer", "tenant": "a" }] });
    open.post("users", viewer).await.expect(409);
    open.post("users", json!({ "name": "r", "roles": [{ "role": "cloud-admin" }] })).await.expect(409);
    open.get("me").await.expect(200);
}

#[tokio::test]
async fn quotas_hold_however_many_ask_at_once() {
    let stage = Stage::new().await;
    let root = stage.admin("root");
    // The file's tenant is not changed here: a tenant of the store.
    root.post("tenants", json!({ "name": "c", "quota": { "machines": 3, "cpu": 4 } })).await.expect(201);
    stage.user("c-operator", json!([{ "role": "operator", "tenant": "c" }]), &root).await;
    let operator = stage.cimi("c-operator");
    assert_eq!(at_once(&operator, vec![machine(1); 8]).await, [201, 201, 201, 409, 409, 409, 409, 409]);
    let used = root.get("tenants/c").await.expect(200).json()["usage"].clone();
    assert_eq!(used, json!({ "machines": 3, "volumes": 0, "cpu": 3, "memory": 3072, "storage": 0 }));
    let refused = operator.post("machines", machine(1)).await.expect(409);
    assert!(refused.text.contains("the quota of c leaves 0 of machines"), "{}", refused.text);
    operator.delete(&text(&operator.members("machines").await[0]["id"])).await;
    let refused = operator.post("machines", machine(3)).await.expect(409);
    assert!(refused.text.contains("the quota of c leaves 2 of cpu"), "{}", refused.text);
    operator.post("machines", machine(2)).await.expect(201);
    operator
        .post("volumes", json!({ "volumeTemplate": { "volumeConfig": { "capacity": 10 } } }))
        .await
        .expect(201);
}

#[tokio::test]
async fn an_account_that_is_full_leaves_the_rest_to_others() {
    let stage = Stage::new().await;
    let root = stage.admin("root");
    let cloud = support::instant(Edition::V2).await;
    let parameters = json!({ "endpoint": cloud.base_uri() });
    let provider = json!({ "name": "p", "profile": "cimi", "parameters": parameters });
    root.post("providers", provider).await.expect(201);
    let account = json!({ "name": "small", "provider": "p", "tenants": ["a"] });
    root.post("accounts", account).await.expect(201);
    // What was found there counts.
    let has = support::eventually("what it has", || async {
        let account = root.get("accounts/small").await.expect(200).json();
        account["usage"]["machines"].as_u64().filter(|has| *has > 0)
    })
    .await;
    root.patch("accounts/small", json!({ "quota": { "machines": has + 2 } })).await.expect(200);
    let operator = stage.cimi("a-operator");
    support::eventually("the account with its quota", || async {
        let account = root.get("accounts/small").await.expect(200).json();
        (account["health"]["state"] == "up").then_some(())
    })
    .await;
    let wanted = vec![machine(1); 4];
    assert_eq!(at_once(&operator, wanted).await, [201; 4]);
    let machines = operator.members("machines").await;
    let mut accounts: Vec<String> = machines.iter().map(|machine| text(&machine["account"])).collect();
    accounts.sort_unstable();
    assert_eq!(accounts, ["shared", "shared", "small", "small"], "it is the cheaper one");
}

fn machine(cpu: u32) -> Value {
    json!({ "machineTemplate": { "machineConfig": { "cpu": cpu, "memory": 1024 } } })
}

/// What comes of creations that are asked for at the same time.
async fn at_once(speaker: &Speaker, wanted: Vec<Value>) -> Vec<u16> {
    let ask = |body| async move { speaker.post("machines", body).await.status.as_u16() };
    let mut statuses = futures::future::join_all(wanted.into_iter().map(ask)).await;
    statuses.sort_unstable();
    statuses
}
