//! The manager dies at every step of everything that it does, in turn and by chance: nothing is lost, nothing is there twice,
//! every Job comes to an end.
//!
//! A step is a write to the store or a call to a cloud, and death comes before its effect or after it, when nobody hears of
//! that any more: so each death of a call after its effect is a lost reply as well.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use cimi::client::Options;
use cimi::{Attributes, Map, Reference, Value};
use jiff::Timestamp;
use mock_cloud::Edition;
use mock_cloud::fault::{Effect as Fate, Fault, When};
use multicloud::account::{Account, Health};
use multicloud::app::{App, Begun, Change as Asked, Placing, Request, Times};
use multicloud::chance::Chance;
use multicloud::connector::around::{Around, Effect};
use multicloud::connector::cimi_cloud::CimiCloud;
use multicloud::connector::{CloudError, Connector, Parts};
use multicloud::directory::{Declared, Directory, Policy};
use multicloud::event::{self, Event, Retention, Tally};
use multicloud::inventory::Inventory;
use multicloud::kind::Kind;
use multicloud::placement::{Decision, Draft, Prices};
use multicloud::record::{Id, Resource, Work};
use multicloud::store::{
    Change, Claim, Claimed, DirectoryChange, DirectoryRow, Hits, Lease, Loaded, Sqlite, Store, StoreError,
    Wanted,
};
use multicloud::sync::{self, link_of};
use multicloud::usage;
use multicloud::vault::Vault;
use tokio::sync::Notify;

use crate::support::{self, Hands, PATIENCE};

/// Worlds of each edition, which share the steps.
const WORLDS: i64 = 4;

/// Deaths in turn that there are at least, in both editions.
const IN_TURN: u64 = 140;

/// The time that goes by with every look at a job that is waited for.
const TICK: Duration = Duration::from_millis(250);

/// Steps of the story at most; where it goes on, something goes round in circles.
const MOST_STEPS: i64 = 600;

/// Lets so many steps be taken.
struct Fuse {
    left: AtomicI64,
    blown: Notify,
}

impl Fuse {
    /// One that lasts until it is set.
    fn endless() -> Arc<Self> {
        Arc::new(Self { left: AtomicI64::new(i64::MAX), blown: Notify::new() })
    }

    /// One step. Does not come back from the last one, nor from any that follows.
    async fn step(&self) {
        if self.left.fetch_sub(1, Ordering::SeqCst) <= 0 {
            self.blown.notify_one();
            std::future::pending::<()>().await;
        }
    }
}

struct MortalStore {
    inner: Sqlite,
    fuse: Arc<Fuse>,
}

#[async_trait]
impl Store for MortalStore {
    async fn load(&self) -> Result<Loaded, StoreError> {
        self.inner.load().await
    }

    async fn resources(&self, after: Id, limit: usize) -> Result<Vec<Resource>, StoreError> {
        self.inner.resources(after, limit).await
    }

    async fn page(&self, wanted: &Wanted) -> Result<Hits, StoreError> {
        self.inner.page(wanted).await
    }

    async fn write(&self, change: &Change<'_>) -> Result<(), StoreError> {
        self.fuse.step().await;
        let written = self.inner.write(change).await;
        self.fuse.step().await;
        written
    }

    async fn acquire(&self, claim: Claim<'_>) -> Result<Claimed, StoreError> {
        self.inner.acquire(claim).await
    }

    async fn renew(&self, lease: &Lease, now: Timestamp, term: Duration) -> Result<bool, StoreError> {
        self.inner.renew(lease, now, term).await
    }

    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        self.inner.release(lease).await
    }

    async fn decision(&self, job: Id) -> Result<Option<Decision>, StoreError> {
        self.inner.decision(job).await
    }

    async fn events(&self, query: &event::Query) -> Result<Vec<Event>, StoreError> {
        self.inner.events(query).await
    }

    async fn tally(&self, query: &event::Query) -> Result<Tally, StoreError> {
        self.inner.tally(query).await
    }

    async fn prune(&self, keep: Retention, now: jiff::Timestamp) -> Result<u64, StoreError> {
        self.inner.prune(keep, now).await
    }

    async fn usage(&self, query: &usage::Query) -> Result<Vec<usage::Row>, StoreError> {
        self.inner.usage(query).await
    }

    async fn rated(&self) -> Result<Vec<usage::Rated>, StoreError> {
        self.inner.rated().await
    }

    async fn metered_since(&self) -> Result<Option<Timestamp>, StoreError> {
        self.inner.metered_since().await
    }

    async fn prune_usage(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.inner.prune_usage(before).await
    }

    async fn load_directory(&self) -> Result<Vec<DirectoryRow>, StoreError> {
        self.inner.load_directory().await
    }

    async fn write_directory(&self, change: &DirectoryChange) -> Result<(), StoreError> {
        self.fuse.step().await;
        let written = self.inner.write_directory(change).await;
        self.fuse.step().await;
        written
    }

    async fn close(&self) {
        self.inner.close().await;
    }
}

#[derive(Debug)]
struct MortalCloud {
    inner: CimiCloud,
    fuse: Arc<Fuse>,
}

impl std::fmt::Debug for Fuse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fuse")
    }
}

impl Around for MortalCloud {
    fn cloud(&self) -> &dyn Connector {
        &self.inner
    }

    async fn call<T: Send, F: Future<Output = Result<T, CloudError>> + Send>(
        &self,
        _: Effect,
        call: impl Fn() -> F + Send + Sync,
    ) -> Result<T, CloudError> {
        self.fuse.step().await;
        let result = call().await;
        self.fuse.step().await;
        result
    }
}

/// Two clouds and the store of a manager that dies.
struct World {
    clouds: [mock_cloud::Running; 2],
    folder: tempfile::TempDir,
    policy: Policy,
    edition: Edition,
    hands: Hands,
}

impl World {
    /// One in which the cloud of an edition is preferred.
    async fn preferring(edition: Edition) -> Self {
        let clouds = [support::instant(Edition::V2).await, support::instant(Edition::V1).await];
        let order = if edition == Edition::V2 { "price" } else { "price:desc" };
        let draft = Draft { order_by: Some(order.to_owned()), ..Draft::default() };
        let policy = Policy { description: None, draft };
        Self { clouds, folder: tempfile::tempdir().unwrap(), policy, edition, hands: Hands::default() }
    }

    /// A manager that has taken up its work.
    async fn manager(&self, fuse: &Arc<Fuse>) -> App {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let inner = Sqlite::open(Some(&self.folder.path().join("store.sqlite"))).await.unwrap();
        let store = Arc::new(MortalStore { inner, fuse: fuse.clone() });
        let inventory = Inventory::open(store.clone(), self.hands.clock()).await.unwrap();
        let name = inventory.instance().to_owned();
        let accounts = self.clouds.iter().zip([("new", 1), ("old", 2)]).map(|(cloud, (account, price))| {
            let inner = CimiCloud::new(cloud.base_uri(), Options::default(), &name);
            let connector = Arc::new(MortalCloud { inner, fuse: fuse.clone() });
            Arc::new(Account::new(account.to_owned(), None, price, connector))
        });
        let accounts = accounts.collect();
        let declared = Declared { policy: Some(self.policy.clone()), ..Declared::default() };
        let (clock, chance) = (self.hands.clock(), Chance::system());
        let vault = Vault::new(None, Vec::new(), chance.clone());
        let directory = Directory::open(store, vault, declared, clock, chance).await.unwrap();
        let times = Times { refresh: Duration::from_hours(1), ..Times::default() };
        let app = App::new(inventory, directory, Prices::default(), times);
        app.use_these(accounts);
        app.recall_quota().await.unwrap();
        look(&app).await;
        app.resume();
        app
    }
}

async fn look(app: &App) {
    for account in app.accounts() {
        sync::account_once(app, &account).await.unwrap();
    }
}

/// Looks at clouds that count as down, as the manager's own round does: one that loses replies is there all the same. Time goes by.
async fn ask_again(app: &App, hands: &Hands) {
    hands.on(TICK);
    for account in app.accounts() {
        if matches!(account.health(), Health::Down { .. }) {
            // Where it fails, the next time comes.
            let _ = sync::account_once(app, &account).await;
        }
    }
}

/// What a consumer was told of: it must never be forgotten.
struct Told(Mutex<Vec<Begun>>, Hands);

impl Told {
    fn add(&self, begun: &Begun) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(begun.clone());
    }

    /// Waits until what was begun has ended, and gives what it was about.
    async fn ended(&self, app: &App, begun: Begun) -> Id {
        self.add(&begun);
        let job = app.inventory().job(begun.job);
        support::eventually(&format!("the end of {job:?}"), || async {
            ask_again(app, &self.1).await;
            (app.inventory().job(begun.job)?.work == Work::Done).then_some(())
        })
        .await;
        begun.resource
    }
}

fn named(app: &App, kind: Kind, name: &str) -> String {
    let all = app.inventory().of_kind(kind);
    let found = all.iter().find(|resource| resource.attributes.text("name") == Some(name));
    link_of(kind, found.unwrap_or_else(|| panic!("no {name}")).id)
}

fn creation(kind: Kind, name: &str, parts: &[(&'static str, String)]) -> Request {
    let template = parts
        .iter()
        .fold(Attributes::new(), |all, (attribute, path)| all.with(*attribute, Reference::to(path.clone())));
    let common = Attributes::new().with("name", name);
    Request {
        kind,
        common,
        template: Reference::by_value(template),
        within: None,
        placing: Placing::default(),
    }
}

/// A system of two machines, which are at different clouds, one of them with a volume.
fn system(app: &App, name: &str) -> Request {
    let machine = [
        ("machineConfig", named(app, Kind::MachineConfiguration, "small")),
        ("machineImage", named(app, Kind::MachineImage, "linux")),
    ];
    let volume = [("volumeConfig", named(app, Kind::VolumeConfiguration, "standard"))];
    let descriptor = |kind: Kind, which: &str, attribute: &'static str, template: Attributes| {
        let ty = format!("http://schemas.dmtf.org/cimi/2/{}", kind.type_name());
        let fields = Attributes::new().with("name", format!("{name}-{which}")).with("type", ty);
        Value::Structure(fields.with(attribute, Reference::by_value(template)))
    };
    let machine = || creation(Kind::Machine, "", &machine).template.attributes;
    let volume = creation(Kind::Volume, "", &volume).template.attributes;
    let connected = Attributes::new()
        .with("initialLocation", "/dev/vdb")
        .with("volume", Reference::to(format!("#{name}-data")));
    let db = machine().with("volumes", vec![Value::Structure(connected)]);
    let descriptors = vec![
        descriptor(Kind::Machine, "db", "machineTemplate", db),
        descriptor(Kind::Machine, "web", "machineTemplate", machine()),
        descriptor(Kind::Volume, "data", "volumeTemplate", volume),
    ];
    let template = Attributes::new().with("componentDescriptors", descriptors);
    let spread: Map =
        [("cimi-manager-placement".to_owned(), "{\"arrange\": {\"how\": \"spread\"}}".to_owned())].into();
    let common = Attributes::new().with("name", name).with("properties", spread);
    let template = Reference::by_value(template);
    Request { kind: Kind::System, common, template, within: None, placing: Placing::default() }
}

/// A machine and a volume are made, used, and taken away. So is a system, where the cloud of 2.0 is preferred: it is at
/// both, and its deletion is stopped once.
async fn story(app: &App, edition: Edition, name: &str, told: &Told) {
    let parts = [
        ("machineConfig", named(app, Kind::MachineConfiguration, "small")),
        ("machineImage", named(app, Kind::MachineImage, "linux")),
    ];
    let begun = app.create(creation(Kind::Machine, name, &parts)).await.unwrap();
    let machine = told.ended(app, begun).await;
    let act = |operation: &str| Asked::Act { operation: operation.to_owned(), parameters: Attributes::new() };
    let begun = app.change(machine, None, act("start")).await.unwrap();
    told.ended(app, begun).await;
    let parts = [("volumeConfig", named(app, Kind::VolumeConfiguration, "standard"))];
    let begun = app.create(creation(Kind::Volume, name, &parts)).await.unwrap();
    let volume = told.ended(app, begun).await;
    let accessories = Attributes::new().with("initialLocation", "/dev/vdb");
    let begun = app
        .change(machine, None, Asked::Insert { parts: Parts::VOLUMES, target: volume, accessories })
        .await
        .unwrap();
    told.ended(app, begun).await;
    let begun =
        app.change(machine, None, Asked::Remove { parts: Parts::VOLUMES, target: volume }).await.unwrap();
    told.ended(app, begun).await;
    let set = Attributes::new().with("description", "it was here");
    let begun = app.change(machine, None, Asked::Edit { set, erase: Vec::new() }).await.unwrap();
    told.ended(app, begun).await;
    for id in [volume, machine] {
        let begun = app.change(id, None, Asked::Delete).await.unwrap();
        told.ended(app, begun).await;
    }
    if edition != Edition::V2 {
        return;
    }
    let begun = app.create(system(app, name)).await.unwrap();
    let whole = told.ended(app, begun).await;
    let begun = app.change(whole, None, act("start")).await.unwrap();
    told.ended(app, begun).await;
    let begun = app.change(whole, None, Asked::Delete).await.unwrap();
    // It may be over before.
    let _ = app.stop_job(begun.job).await;
    told.ended(app, begun).await;
    if app.inventory().resource(whole).is_some() {
        let begun = app.change(whole, None, Asked::Delete).await.unwrap();
        told.ended(app, begun).await;
    }
}

/// What the clouds hold: by what they call it, its name.
async fn held(app: &App, kind: Kind) -> BTreeMap<(String, String), String> {
    let mut all = BTreeMap::new();
    for account in app.accounts() {
        for found in account.connector.of(kind).unwrap().list(kind).await.unwrap() {
            let name = found.attributes.text("name").unwrap_or_default().to_owned();
            all.insert((account.name.clone(), found.native.0), name);
        }
    }
    all
}

/// A manager takes up what the dead one left; then nothing may be wrong.
async fn check(world: &World, name: &str, told: Told) {
    let app = world.manager(&Fuse::endless()).await;
    support::eventually("the end of every job", || async {
        ask_again(&app, &world.hands).await;
        app.inventory().jobs().iter().all(|job| job.work == Work::Done).then_some(())
    })
    .await;
    look(&app).await;
    for job in app.inventory().jobs() {
        let state = job.attributes.text("state").unwrap_or_default();
        assert!(matches!(state, "SUCCESS" | "FAILED" | "STOPPED"), "{name}: a job is {state}");
    }
    for begun in told.0.into_inner().unwrap_or_else(PoisonError::into_inner) {
        assert!(app.inventory().job(begun.job).is_some(), "{name}: a job that was told of is lost");
    }
    for system in app.inventory().of_kind(Kind::System).iter().filter(|it| it.replicas.is_empty()) {
        let state = system.attributes.text("state").unwrap_or_default();
        assert!(!matches!(state, "CREATING" | "DELETING"), "{name}: a system is {state}");
        let begun = app.change(system.id, None, Asked::Delete).await.unwrap();
        Told(Mutex::default(), world.hands.clone()).ended(&app, begun).await;
        assert!(app.inventory().resource(system.id).is_none(), "{name}: a system stays");
    }
    for kind in [Kind::Machine, Kind::Volume] {
        let there = held(&app, kind).await;
        let own = |it: &&String| it.starts_with(name);
        let once: BTreeSet<&String> = there.values().filter(own).collect();
        let all = there.values().filter(own).count();
        assert_eq!(once.len(), all, "something of {name} is there several times: {there:?}");
        assert!(
            !there.values().any(|it| it.starts_with(&format!("{name}-"))),
            "{name}: left over: {there:?}"
        );
        let here: Vec<(String, String)> = app
            .inventory()
            .of_kind(kind)
            .iter()
            .flat_map(|it| {
                it.replicas.iter().map(|r| (r.account.clone(), r.native.0.clone())).collect::<Vec<_>>()
            })
            .collect();
        let once: BTreeSet<_> = here.iter().cloned().collect();
        assert_eq!(once.len(), here.len(), "{name}: the manager shows one twice");
        assert_eq!(once, there.keys().cloned().collect(), "{name}: manager and clouds do not agree");
        let shown = app.inventory().of_kind(kind);
        assert!(shown.iter().all(|it| !it.replicas.is_empty()), "{name}: something is nowhere");
        for resource in shown.iter().filter(|it| it.attributes.text("name") == Some(name)) {
            app.change(resource.id, None, Asked::Delete).await.unwrap();
        }
    }
    app.stop().await;
    crate::usage::balanced(&world.folder.path().join("store.sqlite")).await;
}

/// A life of the manager that ends after so many steps of the story; whether it did not live to tell the end of it.
async fn dies(world: &World, name: &str, steps: i64) -> bool {
    let fuse = Fuse::endless();
    let app = world.manager(&fuse).await;
    let told = Told(Mutex::default(), world.hands.clone());
    fuse.left.store(steps, Ordering::SeqCst);
    let died = tokio::select! {
        () = story(&app, world.edition, name, &told) => false,
        () = fuse.blown.notified() => true,
        () = tokio::time::sleep(PATIENCE * 2) => panic!("{name} does neither end nor die"),
    };
    // From here on nothing of it moves any more.
    fuse.left.store(0, Ordering::SeqCst);
    app.abandon();
    drop(app);
    check(world, name, told).await;
    died
}

/// The deaths of one world of some that share the work: each step in turn, then others by chance, while replies are lost that
/// the clouds have sent; how many.
async fn sweep(edition: Edition, world: i64, by_chance: u64) -> u64 {
    let alone = World::preferring(edition).await;
    let mut steps = world;
    let mut deaths = 0;
    while dies(&alone, &format!("turn-{steps}"), steps).await {
        steps += WORLDS;
        deaths += 1;
        assert!(steps < MOST_STEPS, "the story has no end");
    }
    for cloud in &alone.clouds {
        for (operation, every) in [("create", 3), ("start", 2), ("delete", 3)] {
            let every = NonZeroU64::new(every).unwrap();
            cloud.faults().add(&Fault::new(Fate::Drop(When::After)).on(operation).every(every)).unwrap();
        }
    }
    // The same deaths in each run. The last steps are few: some stories are over before.
    let mut chance = fastrand::Rng::with_seed(20_261_127 + world.unsigned_abs());
    for number in 0..by_chance {
        deaths += u64::from(dies(&alone, &format!("chance-{number}"), chance.i64(0..steps)).await);
    }
    deaths
}

/// Deaths that are wanted in all: those in turn, and some by chance; CI wants 500 and more (`CIMI_DEATHS`).
fn wanted() -> u64 {
    std::env::var("CIMI_DEATHS").ok().and_then(|number| number.parse().ok()).unwrap_or(160)
}

#[tokio::test(flavor = "multi_thread")]
async fn it_dies_at_every_step_and_nothing_is_lost_or_there_twice() {
    let worlds = Edition::ALL.into_iter().flat_map(|edition| (0..WORLDS).map(move |world| (edition, world)));
    let each = wanted().saturating_sub(IN_TURN).div_ceil(2 * WORLDS.unsigned_abs());
    let sweeps = worlds.map(|(edition, world)| tokio::spawn(sweep(edition, world, each + each / 8 + 1)));
    let mut deaths = 0;
    for sweep in sweeps.collect::<Vec<_>>() {
        deaths += sweep.await.unwrap();
    }
    assert!(deaths >= wanted(), "{deaths} deaths are not enough");
}
