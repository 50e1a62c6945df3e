//! What is alive: the tenants of a cloud, each a world of its own, and the clock that they share.
//!
//! Owns which worlds there are at present, and what happens to all of them together. No request meets more than one world;
//! how a world is shown is decided by whoever gives the [`Doors`].

use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use axum::Router;
use cimi::server::Authorization;
use jiff::{SignedDuration, Timestamp};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use crate::clock::{Clock, Timepiece};
use crate::engine::Engine;
use crate::seed::{Grown, Growth, Seed, SeedError, Sprout};
use crate::sim::fate::Fault;
use crate::sim::{Account, Ledger, Limits, Sim, Timing};
use crate::snapshot::{SnapshotError, Snapshots};
use crate::users::Users;
use crate::world::Usage;

/// Steps after which [`ClockHandle::drain`] gives up: an operation that never ends must not hang a test.
const DRAIN_LIMIT: usize = 1_000_000;

/// Makes the router that shows these tenants.
pub type Doors = Box<dyn Fn(&[Tenant]) -> Router + Send + Sync>;

/// A cloud that lives.
pub struct Cloud {
    time: Arc<Timepiece>,
    terms: Terms,
    doors: Doors,
    /// Where worlds live on while nobody asks.
    runtime: Option<Handle>,
    seed: RwLock<Seed>,
    present: RwLock<Arc<Present>>,
    /// Held while time is moved: one after the other.
    turn: Mutex<()>,
    snapshots: Mutex<Snapshots>,
}

/// What holds whatever the seed says.
#[derive(Clone, Debug)]
pub struct Terms {
    /// These durations in place of the seed's.
    pub timing: Option<Timing>,
    /// So many times as fast.
    pub speed: f64,
    /// The capacity of the whole, in place of the seed's.
    pub capacity: Option<Limits>,
    /// The quota of each tenant, in place of the seed's.
    pub quota: Option<Limits>,
    /// What goes wrong.
    pub faults: Vec<Fault>,
    /// The seed of chance.
    pub chance: u64,
}

/// A tenant: a world and who may enter it.
#[derive(Debug)]
pub struct Tenant {
    name: Option<String>,
    engine: Arc<Engine>,
    users: Users,
    _life: Option<Life>,
}

/// What is there at present, until a seed or a snapshot takes its place.
struct Present {
    tenants: Vec<Tenant>,
    ledger: Arc<Ledger>,
    router: Router,
}

/// The task that lets a world live on while nobody asks; it ends with this.
#[derive(Debug)]
struct Life(JoinHandle<()>);

/// The time of a cloud, for tests and tools.
#[derive(Clone, Debug)]
pub struct ClockHandle {
    cloud: Arc<Cloud>,
}

impl Cloud {
    /// Brings what a seed holds to life. With a runtime, worlds live on by themselves.
    ///
    /// # Errors
    /// If the seed is wrong.
    pub fn new(
        seed: Seed,
        time: Timepiece,
        terms: Terms,
        doors: Doors,
        runtime: Option<Handle>,
    ) -> Result<Self, Box<SeedError>> {
        let time = Arc::new(time);
        let growth = terms.applied(seed.grow_all(time.start())?);
        let present = Present::new(growth, &time, &doors, runtime.as_ref());
        Ok(Self {
            time,
            terms,
            doors,
            runtime,
            seed: RwLock::new(seed),
            present: RwLock::new(Arc::new(present)),
            turn: Mutex::new(()),
            snapshots: Mutex::default(),
        })
    }

    /// Somebody asks for something: a clock that moves at requests does.
    pub(crate) fn tick(&self) {
        self.time.tick();
    }

    /// Which clock it lives by.
    pub fn time(&self) -> Clock {
        self.time.clock()
    }

    /// What it begins with.
    pub fn seed(&self) -> Seed {
        self.seed.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Begins anew, with another seed. What is under way is forgotten.
    ///
    /// # Errors
    /// If the seed is wrong. The cloud is then as it was.
    pub fn replace(&self, seed: Seed) -> Result<(), Box<SeedError>> {
        let _turn = self.turn();
        let growth = self.terms.applied(seed.grow_all(self.time.start())?);
        *self.seed.write().unwrap_or_else(PoisonError::into_inner) = seed;
        self.begin(growth);
        Ok(())
    }

    /// Begins anew, with the seed it has.
    ///
    /// # Errors
    /// If a file that the seed names is no longer what it was.
    pub fn reset(&self) -> Result<(), Box<SeedError>> {
        self.replace(self.seed())
    }

    /// Keeps all worlds as they are now under a name, in place of what has been kept under it.
    ///
    /// # Errors
    /// If the name is none, or too many are kept already.
    pub fn keep(&self, name: &str) -> Result<(), SnapshotError> {
        let _turn = self.turn();
        let present = self.present();
        let tenants = present.tenants.iter().enumerate().map(|(at, tenant)| {
            // Brought up to date alone, copied beside whoever looks.
            let sim = tenant.engine.change(|_| (), |sim, ()| sim.clone());
            let quota = present.ledger.tenant(at).map(|(quota, _)| quota).unwrap_or_default();
            let grown = Grown { sim, users: tenant.users.clone(), quota };
            Sprout { name: tenant.name.clone(), grown }
        });
        let growth = Growth { capacity: present.ledger.capacity(), tenants: tenants.collect() };
        self.snapshots(|snapshots| snapshots.keep(name, self.now(), growth))
    }

    /// Goes on from what has been kept under a name. A virtual clock goes back to that moment; by the wall's, what was under
    /// way goes on from the present: time never jumps back.
    ///
    /// # Errors
    /// If nothing is kept under this name.
    pub fn restore(&self, name: &str) -> Result<(), SnapshotError> {
        let _turn = self.turn();
        let growth = self.snapshots(|snapshots| snapshots.get(name).cloned())?;
        self.begin(growth);
        Ok(())
    }

    /// Forgets what has been kept under a name.
    ///
    /// # Errors
    /// If nothing is.
    pub fn forget(&self, name: &str) -> Result<(), SnapshotError> {
        self.snapshots(|snapshots| snapshots.forget(name))
    }

    /// The names of what has been kept, and of which moment it is.
    pub fn kept(&self) -> Vec<(String, Timestamp)> {
        self.snapshots(|snapshots| snapshots.list())
    }

    fn snapshots<T>(&self, with: impl FnOnce(&mut Snapshots) -> T) -> T {
        with(&mut self.snapshots.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The world of the first tenant.
    pub fn first(&self) -> Arc<Engine> {
        Arc::clone(&self.present().tenants[0].engine)
    }

    /// The world of a tenant.
    pub fn engine(&self, tenant: &str) -> Option<Arc<Engine>> {
        let present = self.present();
        let found = present.tenants.iter().find(|it| it.name.as_deref() == Some(tenant))?;
        Some(Arc::clone(&found.engine))
    }

    /// The worlds of all tenants, in the order of the seed.
    pub(crate) fn engines(&self) -> Vec<Arc<Engine>> {
        self.present().tenants.iter().map(|tenant| Arc::clone(&tenant.engine)).collect()
    }

    /// The names of the tenants, in the order of the seed; none of the only one of a seed without tenants.
    pub fn names(&self) -> Vec<Option<String>> {
        self.present().tenants.iter().map(|tenant| tenant.name.clone()).collect()
    }

    /// The tenant to whom a path belongs, and the user of whom these credentials are there.
    pub(crate) fn visitor(
        &self,
        path: &str,
        authorization: Option<&Authorization>,
    ) -> (Option<String>, Option<String>) {
        let present = self.present();
        let begins = |tenant: &&Tenant| path.starts_with(tenant.path().trim_end_matches('/'));
        let Some(tenant) = present.tenants.iter().find(begins) else { return (None, None) };
        let user = authorization.and_then(|it| tenant.users.name_of(it)).map(str::to_owned);
        (tenant.name.clone(), user)
    }

    /// What all tenants together may hold.
    pub fn capacity(&self) -> Limits {
        self.present().ledger.capacity()
    }

    /// What the n-th tenant (from 0) may hold, and holds.
    pub fn account(&self, tenant: usize) -> Option<(Limits, Usage)> {
        self.present().ledger.tenant(tenant)
    }

    /// The router that shows what is there at present.
    pub(crate) fn router(&self) -> Router {
        self.present.read().unwrap_or_else(PoisonError::into_inner).router.clone()
    }

    fn now(&self) -> Timestamp {
        self.first().read(|_, now| now)
    }

    fn step(&self) -> bool {
        let _turn = self.turn();
        self.present().step(&self.time)
    }

    fn advance(&self, by: Duration) {
        let _turn = self.turn();
        let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
        let to = self.now().checked_add(by).unwrap_or(Timestamp::MAX);
        self.present().run_until(to, &self.time);
    }

    fn drain(&self) -> bool {
        let _turn = self.turn();
        let present = self.present();
        for _ in 0..DRAIN_LIMIT {
            if !present.tenants.iter().any(|tenant| tenant.engine.peek(Sim::has_work)) {
                return present.tenants.iter().all(|tenant| tenant.engine.peek(Sim::is_idle));
            }
            present.step(&self.time);
        }
        false
    }

    fn present(&self) -> Arc<Present> {
        Arc::clone(&self.present.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn begin(&self, growth: Growth) {
        let present = Present::new(growth, &self.time, &self.doors, self.runtime.as_ref());
        *self.present.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(present);
    }

    fn turn(&self) -> std::sync::MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Terms {
    fn applied(&self, mut growth: Growth) -> Growth {
        growth.capacity = self.capacity.unwrap_or(growth.capacity);
        for Sprout { name, grown } in &mut growth.tenants {
            grown.quota = self.quota.unwrap_or(grown.quota);
            let timing = self.timing.clone().unwrap_or_else(|| grown.sim.settings().timing.clone());
            grown.sim.set_timing(timing.times_as_fast(self.speed));
            grown.sim.fate_mut().set_tenant(name.as_deref());
            grown.sim.fate_mut().set_chance(self.chance);
            grown.sim.set_faults(self.faults.clone()).expect("faults are checked before there is a cloud");
        }
        growth
    }
}

impl std::fmt::Debug for Cloud {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cloud")
            .field("time", &self.time)
            .field("tenants", &self.names())
            .finish_non_exhaustive()
    }
}

impl Present {
    fn new(growth: Growth, time: &Arc<Timepiece>, doors: &Doors, runtime: Option<&Handle>) -> Self {
        let quotas = growth.tenants.iter().map(|sprout| {
            let Grown { sim, quota, .. } = &sprout.grown;
            (*quota, sim.world().usage())
        });
        let ledger = Arc::new(Ledger::new(growth.capacity, quotas));
        let alive = |(at, sprout): (usize, Sprout)| {
            let Grown { mut sim, users, .. } = sprout.grown;
            if let Some(now) = time.reading() {
                sim.resume(now);
            }
            sim.set_account(Account::new(Arc::clone(&ledger), at));
            let engine = Arc::new(Engine::new(sim, Arc::clone(time)));
            let living = |runtime: &Handle| runtime.spawn(Engine::keep_living(Arc::downgrade(&engine)));
            let life = runtime.map(|runtime| Life(living(runtime)));
            Tenant { name: sprout.name, engine, users, _life: life }
        };
        let tenants: Vec<Tenant> = growth.tenants.into_iter().enumerate().map(alive).collect();
        let router = doors(&tenants);
        Self { tenants, ledger, router }
    }

    /// Lives through the next event of all worlds; of those at the same moment, the first tenant's.
    fn step(&self, time: &Timepiece) -> bool {
        let dues =
            self.tenants.iter().filter_map(|tenant| Some((tenant.engine.peek(Sim::next_due)?, tenant)));
        let Some((due, tenant)) = dues.min_by_key(|(due, _)| *due) else { return false };
        if time.reading().is_some() {
            self.run_until(due, time);
            return true;
        }
        tenant.engine.write(Sim::step);
        for tenant in &self.tenants {
            tenant.engine.write(|sim| sim.wait_until(due));
        }
        true
    }

    /// Lets time pass until a moment, with everything that happens in it.
    fn run_until(&self, moment: Timestamp, time: &Timepiece) {
        if time.reading().is_some() {
            time.reach(moment);
        }
        for tenant in &self.tenants {
            tenant.engine.write(|sim| sim.run_until(moment));
            tenant.engine.wake();
        }
    }
}

impl Tenant {
    /// Its name; none if it is the only tenant of a seed without tenants.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Its world.
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// Who may enter.
    pub fn users(&self) -> &Users {
        &self.users
    }

    /// The path of its Cloud Entry Point, with a slash at both ends.
    pub fn path(&self) -> String {
        path(self.name())
    }
}

/// The path of the Cloud Entry Point of a tenant of this name.
pub(crate) fn path(tenant: Option<&str>) -> String {
    match tenant {
        None => "/cimi/".to_owned(),
        Some(name) => format!("/{name}/cimi/"),
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl ClockHandle {
    /// The time of a cloud.
    pub fn new(cloud: Arc<Cloud>) -> Self {
        Self { cloud }
    }

    /// The cloud.
    pub fn cloud(&self) -> &Arc<Cloud> {
        &self.cloud
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        self.cloud.now()
    }

    /// Lives through the next event of all tenants, whenever it is due; false if there is none. On the wall clock, time is put
    /// forward to it.
    pub fn step(&self) -> bool {
        self.cloud.step()
    }

    /// Lets time pass, with everything that happens in it. The wall clock is put forward by as much.
    pub fn advance(&self, by: Duration) {
        self.cloud.advance(by);
    }

    /// Lets time pass until no Job is running; false if that does not come about.
    pub fn drain(&self) -> bool {
        self.cloud.drain()
    }
}
