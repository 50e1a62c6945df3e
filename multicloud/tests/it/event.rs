//! What has happened is told: with the change that it tells of, to those who may know it, and for as long as it is kept.

use std::sync::Arc;
use std::time::Duration;

use cimi::Attributes;
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
use serde_json::json;

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
