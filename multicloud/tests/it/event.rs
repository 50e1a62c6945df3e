//! What has happened is told: with the change that it tells of, to those who may know it, and for as long as it is kept.

use std::sync::Arc;
use std::time::Duration;

use cimi::{Attributes, Edition};
use jiff::Timestamp;
use multicloud::access::Actor;
use multicloud::clock::Clock;
use multicloud::connector::Native;
use multicloud::event::{
    About, Access, Content, Deed, Direction, Event, Origin, Outcome, Query, Retention, Scope, Severity,
    Shared,
};
use multicloud::inventory::{Cause, Inventory};
use multicloud::kind::Kind;
use multicloud::record::{Id, Replica, Resource};
use multicloud::store::{Change, Sqlite, Store};
use serde_json::{Value, json};

use crate::support::{self, Speaker, text};

/// Everything, as the operator sees it.
fn everything() -> Query {
    let scope = Scope { tenant: None, shared: Shared::Shown, access: Access::Shown };
    Query { scope, limit: 1000, ..Query::default() }
}

/// What is about one resource.
fn about(path: &str) -> Query {
    Query { about: Some(path.to_owned()), ..everything() }
}

async fn inventory() -> Inventory {
    let store: Arc<dyn Store> = Arc::new(Sqlite::open(None).await.unwrap());
    Inventory::open(store, Clock::from_fn(|| Timestamp::UNIX_EPOCH)).await.unwrap()
}

fn machine(id: Id, state: &str) -> Resource {
    let attributes = Attributes::new().with("name", "web").with("state", state).with("cpu", 1);
    let mut machine = Resource::new(id, Kind::Machine, attributes, Some("a".to_owned()));
    machine.replicas.push(Replica {
        account: "paris".into(),
        native: Native("1".into()),
        offers: Vec::new(),
    });
    machine
}

#[tokio::test]
async fn a_change_tells_what_it_changes() {
    let inventory = inventory().await.on_behalf_of(&Actor { user: Some("eva".into()), ..Actor::manager() });
    let id = inventory.next_id();
    let mut writer = inventory.writer().await;
    writer.put_resource(machine(id, "STOPPED"));
    writer.commit().await.unwrap();
    let mut writer = inventory.writer().await;
    let mut changed = machine(id, "STARTED");
    changed.attributes.set("cpu", 2);
    changed.attributes.set("updated", "2026-01-01T00:00:00Z");
    writer.put_resource(changed);
    writer.tell(Event::alarm(
        Timestamp::UNIX_EPOCH,
        About::manager(),
        Severity::Critical,
        "FIRE",
        "it burns",
    ));
    writer.commit().await.unwrap();
    let mut writer = inventory.writer().await;
    writer.forget_resource(id);
    writer.commit().await.unwrap();

    let events = inventory.events(&about(&format!("machines/{}", id.0))).await.unwrap();
    let asked = Origin::Asked { by: Some("eva".to_owned()) };
    assert!(events.iter().all(|it| it.origin == asked && it.owner.as_deref() == Some("a")), "{events:#?}");
    assert!(events.iter().all(|it| it.about.name.as_deref() == Some("web")), "{events:#?}");
    let [made, state, updated, gone] = events.as_slice() else { panic!("{events:#?}") };
    assert!(
        matches!(&made.content, Content::Model { change: Deed::Create, after, .. } if after["cpu"] == json!(1))
    );
    let expected = Content::State { state: "STARTED".to_owned(), previous: Some("STOPPED".to_owned()) };
    assert_eq!((&state.content, state.outcome), (&expected, Outcome::Status));
    let Content::Model { change: Deed::Update, before, after, .. } = &updated.content else {
        panic!("{updated:#?}")
    };
    assert_eq!((json!(before), json!(after)), (json!({ "cpu": 1 }), json!({ "cpu": 2 })));
    assert!(matches!(gone.content, Content::Model { change: Deed::Delete, .. }));
    let told = inventory.events(&Query { severity: Some(Severity::High), ..everything() }).await.unwrap();
    assert_eq!(told.iter().map(|it| it.about.path.as_str()).collect::<Vec<_>>(), [""]);
    assert_eq!(inventory.tally(&everything()).await.unwrap().counts, [4, 0, 0, 1]);
}

#[tokio::test]
async fn what_opens_things_is_not_told() {
    let inventory = inventory().await;
    let id = inventory.next_id();
    let mut writer = inventory.writer().await;
    let attributes =
        Attributes::new().with("name", "root").with("userName", "eva").with("password", "s3cret");
    writer.put_resource(Resource::new(id, Kind::Credential, attributes, None));
    let by_value = cimi::Reference::by_value(Attributes::new().with("password", "s3cret"));
    let attributes = Attributes::new().with("credential", by_value).with("userData", "s3cret");
    writer.put_resource(Resource::new(inventory.next_id(), Kind::MachineTemplate, attributes, None));
    writer.commit().await.unwrap();
    let events = inventory.events(&everything()).await.unwrap();
    assert_eq!(events.len(), 2);
    assert!(!format!("{events:?}").contains("s3cret"), "{events:#?}");
}

#[tokio::test]
async fn that_a_password_was_changed_is_told_and_what_it_is_now_is_not() {
    let cloud = support::instant(Edition::V2).await;
    let manager = support::manager(&support::account("paris", cloud.base_uri(), "")).await;
    let (speaker, admin) = (Speaker::to(manager.base_uri()), Speaker::to(&manager.admin_uri()));
    let secret = json!({ "userName": "me", "password": "c2VjcmV0" });
    let made =
        speaker.post("credentials", json!({ "name": "c", "credentialTemplate": secret })).await.expect(201);
    let id = text(&made.json()["id"]);
    let told = async || {
        let all =
            admin.get("events?limit=100").await.expect(200).json()["items"].as_array().cloned().unwrap();
        all.into_iter().filter(|it| it.to_string().contains("credentials/")).collect::<Vec<_>>()
    };
    let before = told().await.len();
    speaker.put(&format!("{id}?$select=password"), json!({ "password": "bmV3ZXI=" })).await.expect(200);
    let after = told().await;
    assert_eq!(after.len(), before + 1, "{after:#?}");
    let said = json!(after).to_string();
    assert!(said.contains("what is secret of it was changed") && !said.contains("bmV3ZXI="), "{said}");
}

#[tokio::test]
async fn what_a_look_shows_that_nobody_asked_for_is_drift() {
    let inventory = inventory().await;
    let id = inventory.next_id();
    let put = |resource: Resource, cause: Cause| {
        let inventory = inventory.clone();
        async move {
            let mut writer = inventory.writer().await.because(cause);
            writer.put_resource(resource);
            writer.commit().await.unwrap();
        }
    };
    put(machine(id, "STOPPED"), Cause::Import("paris".to_owned())).await;
    put(machine(id, "STARTING"), Cause::Listing("paris".to_owned())).await;
    put(machine(id, "STARTED"), Cause::Look("paris".to_owned())).await;
    let events = inventory.events(&everything()).await.unwrap();
    let [drift, followed] = events.as_slice() else { panic!("what was imported is not news: {events:#?}") };
    let account = "paris".to_owned();
    assert_eq!(drift.origin, Origin::Drift { account: account.clone() });
    assert_eq!((drift.outcome, drift.severity), (Outcome::Warning, Severity::Medium));
    assert_eq!(followed.origin, Origin::Followed { account }, "what was on its way has arrived");
}

#[tokio::test]
async fn a_look_that_finds_many_tells_how_many() {
    let inventory = inventory().await;
    let mut writer = inventory.writer().await.because(Cause::Listing("paris".to_owned()));
    for _ in 0..101 {
        writer.put_resource(Resource { replicas: Vec::new(), ..machine(inventory.next_id(), "STOPPED") });
    }
    writer.commit().await.unwrap();
    let events = inventory.events(&everything()).await.unwrap();
    let [one] = events.as_slice() else { panic!("{events:#?}") };
    assert_eq!(one.about, About { ..About::account("paris") });
    assert!(format!("{:?}", one.content).contains("101 new resources"), "{one:#?}");
}

fn event(nth: i64, path: &str, owner: Option<&str>) -> Event {
    let at = Timestamp::from_second(nth).unwrap();
    let mut event = Event::notice(at, About::manager(), Severity::Low, &nth.to_string());
    path.clone_into(&mut event.about.path);
    event.owner = owner.map(str::to_owned);
    event
}

async fn filled(events: &[Event]) -> Sqlite {
    let store = Sqlite::open(None).await.unwrap();
    store.write(&Change { events, ..Change::default() }).await.unwrap();
    store
}

#[tokio::test]
async fn events_are_read_by_page_and_seen_by_those_whose_they_are() {
    let mut access = event(5, "admin/users/eva", Some("a"));
    access.content = Content::Access { operation: "add".to_owned(), detail: String::new(), initiator: None };
    let events = [
        event(1, "machines/1", Some("a")),
        event(2, "machines/2", Some("b")),
        event(3, "machineImages/3", None),
        event(4, "machines/1", Some("a")),
        access,
    ];
    let store = filled(&events).await;
    let numbers = |query: Query| {
        let store = &store;
        async move { store.events(&query).await.unwrap().iter().map(|it| it.number).collect::<Vec<_>>() }
    };
    let down = Query { direction: Direction::Down, limit: 2, ..everything() };
    assert_eq!(numbers(down.clone()).await, [5, 4]);
    assert_eq!(numbers(Query { beyond: Some(4), ..down.clone() }).await, [3, 2]);
    assert_eq!(numbers(Query { offset: 4, ..down }).await, [1]);
    assert_eq!(numbers(Query { beyond: Some(3), ..everything() }).await, [4, 5]);
    assert_eq!(numbers(Query { since: Timestamp::from_second(4).ok(), ..everything() }).await, [4, 5]);
    assert_eq!(numbers(Query { sort: Some("access".to_owned()), ..everything() }).await, [5]);
    let tenant = |shared, access| {
        let scope = Scope { tenant: Some("a".to_owned()), shared, access };
        Query { scope, ..everything() }
    };
    assert_eq!(numbers(tenant(Shared::Hidden, Access::Hidden)).await, [1, 4]);
    assert_eq!(numbers(tenant(Shared::Hidden, Access::Shown)).await, [1, 4, 5]);
    assert_eq!(numbers(tenant(Shared::Shown, Access::Hidden)).await, [1, 3, 4]);
    assert_eq!(store.tally(&tenant(Shared::Hidden, Access::Hidden)).await.unwrap().counts, [2, 0, 0, 0]);
    let read = store.events(&everything()).await.unwrap();
    let written = events.iter().zip(1..).map(|(event, number)| Event { number, ..event.clone() });
    assert_eq!(read, written.collect::<Vec<_>>(), "what is read is what was written");
}

#[tokio::test]
async fn what_is_too_old_or_too_much_goes_oldest_first() {
    let events: Vec<Event> =
        (1..=20).map(|nth| event(nth, if nth % 2 == 0 { "even/0" } else { "odd/1" }, None)).collect();
    let store = filled(&events).await;
    let keep = |age, each, all| Retention { age: Duration::from_secs(age), each, all };
    let now = Timestamp::from_second(20).unwrap();
    let numbers = || async {
        store.events(&everything()).await.unwrap().iter().map(|it| it.number).collect::<Vec<_>>()
    };
    assert_eq!(store.prune(keep(15, 100, 100), now).await.unwrap(), 4);
    assert_eq!(numbers().await, (5..=20).collect::<Vec<_>>());
    store.write(&Change { events: &events[18..], ..Change::default() }).await.unwrap();
    assert_eq!(store.prune(keep(100, 3, 100), now).await.unwrap(), 12);
    assert_eq!(numbers().await, [17, 18, 19, 20, 21, 22]);
    assert_eq!(store.prune(keep(100, 3, 2), now).await.unwrap(), 4);
    assert_eq!(numbers().await, [21, 22]);
    store.write(&Change { events: &events[..1], ..Change::default() }).await.unwrap();
    assert_eq!(numbers().await, [21, 22, 23], "no number is used twice");
}

/// What is in a log, by the end of its type's URI.
fn sorts(events: &[Value]) -> Vec<String> {
    let sort = |event: &Value| text(&event["type"]).rsplit('/').next().unwrap().to_owned();
    events.iter().map(sort).collect()
}

async fn log_of(speaker: &Speaker, target: &str) -> String {
    let body =
        json!({ "eventLogTemplate": { "targetResource": { "href": target }, "persistence": "weekly" } });
    speaker.post("eventLogs", body).await.expect(201).header("location").to_owned()
}

#[tokio::test]
async fn a_log_shows_what_happens_to_its_target_and_drift_for_what_it_is() {
    let cloud = support::instant(Edition::V2).await;
    let account = support::account("paris", cloud.base_uri(), "");
    let manager = support::manager(&format!("refresh-seconds = 1\n{account}")).await;
    let speaker = Speaker::to(manager.base_uri());
    let machine = text(&speaker.members("machines").await[0]["id"]);
    let log = log_of(&speaker, &machine).await;
    let whole = log_of(&speaker, manager.base_uri()).await;
    assert_eq!(speaker.get(&machine).await.expect(200).json()["eventLog"]["href"], log.as_str());
    let again = json!({ "eventLogTemplate": { "targetResource": { "href": machine } } });
    speaker.post("eventLogs", again).await.expect(409);

    // Somebody asks for it: it says who, what it was and what it is.
    let put = json!({ "description": "for the log" });
    let put = speaker.put(&format!("{machine}?$select=description"), put).await;
    speaker.settle(&put).await;
    let events = speaker.members(&format!("{log}/events")).await;
    assert!(sorts(&events).contains(&"model".to_owned()), "{events:#?}");
    assert!(events.iter().all(|event| event["outcome"] != "Warning"), "{events:#?}");
    let detail = text(&events[0]["content"]["detail"]);
    assert!(detail.contains("for the log"), "{detail}");

    // Nobody does, at the cloud itself.
    let there = Speaker::to(cloud.base_uri());
    let name = text(&speaker.get(&machine).await.json()["name"]);
    let native = text(&there.named("machines", &name).await["id"]);
    let put = json!({ "description": "behind its back" });
    assert!(there.put(&format!("{native}?$select=description"), put).await.status.is_success());
    let drift = support::eventually("drift", || async {
        let drift = format!("{log}/events?$filter=severity='medium'");
        speaker.members(&drift).await.into_iter().next()
    })
    .await;
    assert_eq!(drift["outcome"], "Warning", "{drift:#?}");
    let detail: Value = serde_json::from_str(drift["content"]["detail"].as_str().unwrap()).unwrap();
    assert_eq!(detail["before"]["description"], "for the log", "{detail}");
    assert_eq!(detail["after"]["description"], "behind its back", "{detail}");
    assert_eq!(drift["content"]["resource"]["href"], machine.as_str());

    // The summary is of what is there, pages are of it, one is found alone.
    let shown = speaker.get(&log).await.expect(200).json();
    let events = speaker.members(&format!("{log}/events")).await;
    let counts = ["low", "medium", "high", "critical"].map(|it| shown["summary"][it].as_i64().unwrap());
    assert_eq!(counts.iter().sum::<i64>(), i64::try_from(events.len()).unwrap(), "{shown:#}");
    let page = speaker.get(&format!("{log}/events?$first=2&$last=2")).await.json();
    assert_eq!(page["count"], events.len(), "{page:#}");
    assert_eq!(page["events"][0]["id"], events[1]["id"], "{page:#}");
    let ordered = speaker.get(&format!("{log}/events?$orderby=severity&$last=1")).await.json();
    assert_eq!(ordered["count"], events.len(), "{ordered:#}");
    let one = speaker.get(&text(&events[0]["id"])).await.expect(200).json();
    assert_eq!(one["timestamp"], events[0]["timestamp"]);
    assert!(speaker.members(&format!("{whole}/events")).await.len() >= events.len());

    // It goes with what it is about; the log of everything says so.
    let put = json!({ "persistence": "daily" });
    speaker.put(&format!("{log}?$select=persistence"), put).await.expect(200);
    speaker.put(&format!("{log}?$select=persistence"), json!({ "persistence": "never" })).await.expect(400);
    let deleted = speaker.delete(&machine).await;
    speaker.settle(&deleted).await;
    speaker.get(&log).await.expect(404);
    speaker.get(&text(&events[0]["id"])).await.expect(404);
    let all = speaker.members(&format!("{whole}/events")).await;
    let gone = |event: &&Value| event["content"]["change"] == "delete";
    assert_eq!(all.iter().filter(gone).count(), 1, "{all:#?}");
    speaker.delete(&whole).await.expect(200);
    speaker.get(&format!("{whole}/events")).await.expect(404);
}

#[tokio::test]
async fn a_template_asks_for_a_log_along_with_what_is_made() {
    let cloud = support::instant(Edition::V2).await;
    let manager = support::manager(&support::account("paris", cloud.base_uri(), "")).await;
    let speaker = Speaker::to(manager.base_uri());
    let there = Speaker::to(cloud.base_uri());
    let had = there.members("eventLogs").await.len();
    let template = json!({
        "machineConfig": { "href": text(&speaker.named("machineConfigs", "small").await["id"]) },
        "machineImage": { "href": text(&speaker.named("machineImages", "linux").await["id"]) },
        "eventLogTemplate": { "persistence": "yearly" },
    });
    let made = speaker.post("machines", json!({ "name": "x", "machineTemplate": template })).await;
    speaker.settle(&made).await;
    let machine = speaker.get(made.header("location")).await.expect(200).json();
    let log = speaker.get(&text(&machine["eventLog"]["href"])).await.expect(200).json();
    assert_eq!(log["persistence"], "yearly");
    let events = speaker.members(&text(&log["events"]["href"])).await;
    assert_eq!(events[0]["content"]["change"], "create", "{events:#?}");
    assert!(sorts(&events).contains(&"state".to_owned()), "{events:#?}");
    assert_eq!(there.members("eventLogs").await.len(), had, "no cloud is asked for one");
}

#[tokio::test]
async fn a_restart_keeps_what_has_happened() {
    let cloud = support::instant(Edition::V2).await;
    let folder = tempfile::tempdir().unwrap();
    let text = format!("store = \"s.sqlite\"\n{}", support::account("paris", cloud.base_uri(), ""));
    let manager = support::manager_in(folder.path(), &text).await;
    let made = Speaker::to(manager.base_uri()).create_machine("kept").await;
    Speaker::to(manager.base_uri()).settle(&made).await;
    let before = manager.app().inventory().events(&everything()).await.unwrap();
    assert!(before.iter().any(|event| event.about.name.as_deref() == Some("kept")), "{before:#?}");
    manager.stop().await;
    let manager = support::manager_in(folder.path(), &text).await;
    let after = manager.app().inventory().events(&everything()).await.unwrap();
    assert_eq!(after[..before.len()], before, "{after:#?}");
}

#[tokio::test]
async fn a_stop_keeps_what_was_refused_a_moment_ago() {
    let folder = tempfile::tempdir().unwrap();
    let text = "store = \"s.sqlite\"\n";
    let manager = support::manager_in(folder.path(), text).await;
    let open = Speaker::to(&manager.admin_uri());
    let root = json!({ "name": "root", "password": "battery staple", "roles": [{ "role": "cloud-admin" }] });
    open.post("users", root).await.expect(201);
    for _ in 0..2 {
        open.user("root", "wrong").get("me").await.expect(401);
    }
    manager.stop().await;
    let manager = support::manager_in(folder.path(), text).await;
    let after = manager.app().inventory().events(&everything()).await.unwrap();
    // Whether the first was written before the second came or not.
    let times = |event: &Event| match &event.content {
        Content::Access { operation, detail, .. } if operation == "login" => {
            1 + usize::from(detail.contains("(2 times)"))
        }
        _ => 0,
    };
    assert_eq!(after.iter().map(times).sum::<usize>(), 2, "{after:#?}");
}

/// Reads a stream until it has had so many events.
async fn stream(speaker: &Speaker, headers: &[(&str, &str)], wanted: usize) -> String {
    let mut request =
        speaker.http.get(format!("{}events", speaker.base)).header("Accept", "text/event-stream");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut response = request.send().await.unwrap();
    assert_eq!(response.status().as_u16(), 200);
    let mut read = String::new();
    while read.matches("\n\n").count() < wanted {
        let chunk = tokio::time::timeout(support::PATIENCE, response.chunk()).await;
        read.push_str(std::str::from_utf8(&chunk.expect("the stream goes on").unwrap().unwrap()).unwrap());
    }
    read
}

#[tokio::test]
async fn operators_read_pages_and_follow_and_are_told_who_was_not_let_in() {
    let manager = support::manager("[[tenant]]\nname = \"a\"\n").await;
    let open = Speaker::to(&manager.admin_uri());
    let user =
        |name: &str, roles: Value| json!({ "name": name, "password": "battery staple", "roles": roles });
    open.post("users", user("root", json!([{ "role": "cloud-admin" }]))).await.expect(201);
    let root = open.user("root", "battery staple");
    for (name, role) in [("eva", "tenant-admin"), ("ole", "operator")] {
        root.post("users", user(name, json!([{ "role": role, "tenant": "a" }]))).await.expect(201);
    }
    let page = root.get("events?limit=2").await.expect(200).json();
    assert_eq!(page["items"][0]["about"], "admin/users/ole", "{page:#}");
    assert_eq!(page["items"][0]["initiator"], "root", "{page:#}");
    assert!(!page.to_string().contains("battery"), "{page:#}");
    let next = root.get(&format!("{}{}", open.base, text(&page["next"]).trim_start_matches("/admin/"))).await;
    assert_eq!(next.expect(200).json()["items"][0]["about"], "admin/users/root");
    root.get("events?sort=none").await.expect(400);

    // What is alike is one.
    for _ in 0..3 {
        open.user("ole", "wrong").get("me").await.expect(401);
    }
    let refused = support::eventually("what was refused", || async {
        let page = root.get("events?severity=medium").await.expect(200).json();
        page["items"].as_array().unwrap().first().cloned()
    })
    .await;
    assert_eq!(
        (&refused["operation"], &refused["initiator"]),
        (&json!("login"), &json!("ole")),
        "{refused:#}"
    );
    assert_eq!(refused["tenant"], "a");
    for (name, sees) in [("eva", true), ("ole", false)] {
        let page = open.user(name, "battery staple").get("events").await.expect(200).json();
        let items = page["items"].as_array().unwrap();
        assert_eq!(items.iter().any(|it| it["sort"] == "access"), sees, "{name}: {page:#}");
        assert!(items.iter().all(|it| it["tenant"] == "a"), "{name}: {page:#}");
    }

    // A stream goes on where its reader was.
    let read = stream(&root, &[("Last-Event-ID", "1")], 2).await;
    assert!(read.starts_with("id: 2\nevent: access\ndata: {"), "{read}");
    let following = tokio::spawn({
        let root = root.clone();
        async move { stream(&root, &[("Last-Event-ID", "4")], 1).await }
    });
    root.post("tenants", json!({ "name": "b" })).await.expect(201);
    let read = following.await.unwrap();
    assert!(read.contains("admin/tenants/b") || read.contains("login"), "{read}");
    manager.stop().await;
}

#[tokio::test]
async fn an_account_that_goes_and_comes_back_is_told_of_once_each() {
    let cloud = support::instant(Edition::V2).await;
    let base = cloud.base_uri().to_owned();
    let manager =
        support::manager(&format!("refresh-seconds = 1\n{}", support::account("paris", &base, ""))).await;
    cloud.stop().await;
    let told = |wanted: usize| {
        let inventory = manager.app().inventory().clone();
        async move {
            let events = inventory.events(&about("admin/accounts/paris")).await.unwrap();
            (events.len() >= wanted).then_some(events)
        }
    };
    support::eventually("an account that is down", || told(2)).await;
    let _cloud = support::again(Edition::V2, &base).await;
    let events = support::eventually("an account that is back", || told(3)).await;
    assert!(format!("{:?}", events[0].content).contains("read for the first time"), "{events:#?}");
    assert!(
        matches!(&events[1].content, Content::Alarm { code, .. } if code == "ACCOUNT_DOWN"),
        "{events:#?}"
    );
    assert!(format!("{:?}", events[2].content).contains("answers again"), "{events:#?}");
}

#[tokio::test]
async fn the_first_look_at_an_account_tells_one_thing() {
    for edition in [Edition::V1, Edition::V2] {
        let cloud = support::instant(edition).await;
        let manager = support::manager(
            &support::account("paris", cloud.base_uri(), "owner = \"a\"")
                .replace("[[account]]", "[[tenant]]\nname = \"a\"\n[[account]]"),
        )
        .await;
        let inventory = manager.app().inventory().clone();
        let events = support::eventually("the end of the first look", || async {
            let events = inventory.events(&everything()).await.unwrap();
            (!events.is_empty()).then_some(events)
        })
        .await;
        assert_eq!(events.len(), 1, "{events:#?}");
        assert!(format!("{:?}", events[0].content).contains("read for the first time"), "{events:#?}");
    }
}
