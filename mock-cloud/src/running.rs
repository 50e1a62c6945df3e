//! A mock cloud in a test or a tool: built in one line, stopped when dropped.
//!
//! Owns the listening socket and the tasks of a running cloud.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use cimi::Edition;
use cimi::data::DateTime;
use cimi::server::{self, Options};
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tower::ServiceExt as _;

use crate::clock::{Clock, Timepiece};
use crate::cloud::{self, ClockHandle, Cloud, Doors, Tenant, Terms};
use crate::control::{self, Control};
use crate::deviation::{self, Deviation};
use crate::dialect::{self, Active, Dialect};
use crate::engine::Engine;
use crate::face::{Face, Folder};
use crate::fault::{self, Fault, FaultError, Faults, Messages};
use crate::log::{self, Log};
use crate::ovf::routes::routes;
use crate::replay::{self, Replay};
use crate::scenario::Scenario;
use crate::seed::{Seed, SeedError};
use crate::sim::{Limits, Timing};
use crate::tls::Tls;
use crate::traffic::{self, Traffic};

/// Where a cloud that is not served by a socket says that it is.
const IN_PROCESS: &str = "http://mock.invalid";

/// A mock cloud to be.
#[derive(Clone, Debug)]
pub struct Builder {
    edition: Edition,
    seed: Option<Seed>,
    clock: Clock,
    timing: Option<Timing>,
    speed: f64,
    capacity: Option<Limits>,
    quota: Option<Limits>,
    faults: Vec<Fault>,
    chance: u64,
    address: SocketAddr,
    control: Option<ControlTerms>,
    tls: Option<Tls>,
    log: Option<Log>,
    deviations: Vec<&'static Deviation>,
    ovf_folder: Folder,
    dialect: Option<&'static Dialect>,
    front: Option<Front>,
    replay: Option<Replay>,
}

/// What stands before a cloud: sees every request first, and every reply last.
#[derive(Clone)]
struct Front(Arc<dyn Fn(Router) -> Router + Send + Sync>);

/// The way to a mock cloud.
#[derive(Debug)]
pub struct MockCloud;

/// A mock cloud that is served. Dropping it stops it.
#[derive(Debug)]
pub struct Running {
    /// Scheme and authority.
    root: String,
    base_uri: String,
    /// Where a client of what is replayed begins.
    entry: Option<String>,
    dialect: Arc<Active>,
    deviations: Arc<deviation::Active>,
    cloud: Arc<Cloud>,
    traffic: Traffic,
    face: Served,
    control: Option<(String, Served)>,
}

/// A router on a socket. Dropping it ends it.
#[derive(Debug)]
struct Served {
    shutdown: Option<oneshot::Sender<()>>,
    server: JoinHandle<std::io::Result<()>>,
}

/// Where and for whom the control face is.
#[derive(Clone)]
struct ControlTerms {
    address: SocketAddr,
    token: Option<String>,
}

/// A cloud put together, not yet served.
struct Assembled {
    router: Router,
    cloud: Arc<Cloud>,
    dialect: Arc<Active>,
    deviations: Arc<deviation::Active>,
    traffic: Traffic,
}

/// Why a mock cloud does not start.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum StartError {
    /// The seed is wrong.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Seed(#[from] Box<SeedError>),
    /// A fault makes no sense.
    #[error(transparent)]
    Fault(#[from] FaultError),
    /// The control face would be open to others.
    #[error(
        "the control face may not listen on {0} without a token: others could reach it. Give it a token, or an address of the loopback interface"
    )]
    Open(SocketAddr),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
}

impl MockCloud {
    /// A cloud of edition V2 with the built-in seed on the wall clock, open to everybody.
    pub fn builder() -> Builder {
        Builder {
            edition: Edition::V2,
            seed: None,
            clock: Clock::Auto,
            timing: None,
            speed: 1.0,
            capacity: None,
            quota: None,
            faults: Vec::new(),
            chance: 0,
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            control: None,
            tls: None,
            log: None,
            deviations: Vec::new(),
            ovf_folder: Folder::default(),
            dialect: None,
            front: None,
            replay: None,
        }
    }
}

impl Builder {
    /// In this edition.
    #[must_use]
    pub fn edition(mut self, edition: Edition) -> Self {
        self.edition = edition;
        self
    }

    /// Grown from this seed.
    #[must_use]
    pub fn seed(mut self, seed: Seed) -> Self {
        self.seed = Some(seed);
        self
    }

    /// On this clock.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// With these durations in place of the seed's.
    #[must_use]
    pub fn timing(mut self, timing: Timing) -> Self {
        self.timing = Some(timing);
        self
    }

    /// So many times as fast.
    #[must_use]
    pub fn speed(mut self, factor: f64) -> Self {
        self.speed = factor;
        self
    }

    /// With room for so much, in place of the seed's capacity.
    #[must_use]
    pub fn capacity(mut self, capacity: Limits) -> Self {
        self.capacity = Some(capacity);
        self
    }

    /// With this quota for each tenant, in place of the seed's.
    #[must_use]
    pub fn quota(mut self, quota: Limits) -> Self {
        self.quota = Some(quota);
        self
    }

    /// With this delay before every response: a fault of that kind.
    #[must_use]
    pub fn latency(self, latency: Duration) -> Self {
        if latency.is_zero() { self } else { self.fault(Fault::latency(latency)) }
    }

    /// With this fault, too.
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// With this seed of chance; faults that strike by chance strike the same way with the same one.
    #[must_use]
    pub fn chance(mut self, seed: u64) -> Self {
        self.chance = seed;
        self
    }

    /// On this address; without it, a free port of the loopback interface.
    #[must_use]
    pub fn address(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// All that a scenario says, in place of what has been said before.
    #[must_use]
    pub fn scenario(mut self, scenario: Scenario) -> Self {
        self.seed = scenario.seed.or(self.seed);
        self.edition = scenario.edition.unwrap_or(self.edition);
        self.clock = scenario.clock.unwrap_or(self.clock);
        if let Some(dialect) = scenario.dialect {
            self = self.dialect(dialect);
        }
        self.speed = scenario.speed.unwrap_or(self.speed);
        self.chance = scenario.chance.unwrap_or(self.chance);
        self.deviations.extend(scenario.deviations);
        self.faults.extend(scenario.faults);
        self
    }

    /// Speaking TLS.
    #[must_use]
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// With a line for each request in this log.
    #[must_use]
    pub fn log(mut self, log: Log) -> Self {
        self.log = Some(log);
        self
    }

    /// With a control face on this address of the loopback interface; port 0 is any that is free.
    #[must_use]
    pub fn control(mut self, address: SocketAddr) -> Self {
        self.control = Some(ControlTerms { address, token: None });
        self
    }

    /// With a control face on this address, for whoever has the token.
    #[must_use]
    pub fn control_with_token(mut self, address: SocketAddr, token: impl Into<String>) -> Self {
        self.control = Some(ControlTerms { address, token: Some(token.into()) });
        self
    }

    /// Misbehaving in this way, too.
    #[must_use]
    pub fn deviation(mut self, deviation: &'static Deviation) -> Self {
        self.deviations.push(deviation);
        self
    }

    /// With a folder that `file:` URIs of imports and exports may point into; without one, none is followed.
    #[must_use]
    pub fn ovf_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.ovf_folder = Folder::new(Some(folder.into()));
        self
    }

    /// As this real server, in the edition that it speaks, and with a world such as it has unless another seed is given.
    #[must_use]
    pub fn dialect(mut self, dialect: &'static Dialect) -> Self {
        self.edition = dialect.edition;
        self.dialect = Some(dialect);
        self
    }

    /// With this before everything else: it sees every request first and every reply last.
    #[must_use]
    pub fn front(mut self, front: impl Fn(Router) -> Router + Send + Sync + 'static) -> Self {
        self.front = Some(Front(Arc::new(front)));
        self
    }

    /// Answering what is recorded as it was answered then, in the edition of the recording.
    #[must_use]
    pub fn replay(mut self, replay: Replay) -> Self {
        self.edition = replay.edition().unwrap_or(self.edition);
        self.replay = Some(replay);
        self
    }

    /// The cloud as a router, without a socket, and its clock. With [`Clock::Auto`] it catches up whenever it is asked.
    ///
    /// # Errors
    /// If the seed or a fault is wrong.
    pub fn router(self) -> Result<(Router, ClockHandle), StartError> {
        let Assembled { router, cloud, .. } = self.assemble(IN_PROCESS.to_owned(), None)?;
        Ok((router, ClockHandle::new(cloud)))
    }

    /// Starts the cloud.
    ///
    /// # Errors
    /// If the seed or a fault is wrong, or the address cannot be listened on.
    pub async fn start(self) -> Result<Running, StartError> {
        if let Some(ControlTerms { address, token: None }) = &self.control
            && !control::is_private(*address)
        {
            return Err(StartError::Open(*address));
        }
        let (listener, authority) = listen(self.address).await?;
        let root = format!("{}://{authority}", if self.tls.is_some() { "https" } else { "http" });
        let tls = self.tls.clone();
        let beside = match &self.control {
            Some(terms) => Some((terms.token.clone(), listen(terms.address).await?)),
            None => None,
        };
        let edition = self.edition;
        let entry =
            self.replay.as_ref().and_then(|replay| replay.entry_path()).map(|path| root.clone() + path);
        let assembled = self.assemble(root.clone(), Some(Handle::current()))?;
        let Assembled { router, cloud, dialect, deviations, traffic } = assembled;
        let control = beside.map(|(token, (listener, authority))| {
            let control = Control {
                cloud: Arc::clone(&cloud),
                edition,
                dialect: Arc::clone(&dialect),
                deviations: Arc::clone(&deviations),
                traffic: traffic.clone(),
                root: root.clone(),
                token,
            };
            (format!("http://{authority}/"), Served::new(listener, control::router(control), None))
        });
        let base_uri = root.clone() + &cloud::path(cloud.names()[0].as_deref());
        let face = Served::new(listener, router, tls);
        Ok(Running { root, base_uri, entry, dialect, deviations, cloud, traffic, face, control })
    }

    fn assemble(self, root: String, runtime: Option<Handle>) -> Result<Assembled, StartError> {
        fault::check(&self.faults)?;
        let edition = self.edition;
        let folder = self.ovf_folder;
        let origin = root.clone();
        let doors: Doors = Box::new(move |tenants| {
            tenants
                .iter()
                .map(|tenant| face(edition, &root, tenant, &folder))
                .fold(Router::new(), Router::merge)
        });
        let terms = Terms {
            timing: self.timing,
            speed: self.speed,
            capacity: self.capacity,
            quota: self.quota,
            faults: self.faults,
            chance: self.chance,
        };
        let seed = self.seed.or_else(|| self.dialect.map(Dialect::seed)).unwrap_or_else(Seed::builtin);
        let cloud = Arc::new(Cloud::new(seed, Timepiece::new(self.clock), terms, doors, runtime)?);
        let deviations = Arc::new(deviation::Active::new(&self.deviations));
        let router = deviation::layered(present(Arc::clone(&cloud)), edition, Arc::clone(&deviations));
        let dialect = Arc::new(Active::new(self.dialect));
        // A real server is one tenant's: the first one's.
        let base = origin.clone() + &cloud::path(cloud.names()[0].as_deref());
        let clock = ClockHandle::new(Arc::clone(&cloud));
        let now = move || clock.now();
        let router = dialect::layered(router, Arc::clone(&dialect), &base, Arc::new(now.clone()));
        let router = match &self.replay {
            Some(replay) => replay::layered(router, replay, &origin),
            None => router,
        };
        let traffic = Traffic::new(origin, Arc::new(now));
        // From the inside out: what is there, what is wrong with it, whom it speaks like, what befalls it on the way, who looks on.
        let router = fault::on_the_way(router);
        let router = match self.log {
            Some(log) => log::layered(router, log, Arc::clone(&cloud)),
            None => router,
        };
        let router = traffic::layered(router, traffic.clone());
        let router = match self.front {
            Some(Front(front)) => front(router),
            None => router,
        };
        Ok(Assembled { router, cloud, dialect, deviations, traffic })
    }
}

/// Listens on an address; says which it has become.
async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |source| StartError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let authority = listener.local_addr().map_err(failed)?;
    Ok((listener, authority))
}

/// The face of one tenant.
fn face(edition: Edition, root: &str, tenant: &Tenant, folder: &Folder) -> Router {
    let base = root.to_owned() + &tenant.path();
    let face = Face::new(edition, base, Arc::clone(tenant.engine()), tenant.users().clone());
    let face = Arc::new(face.with_folder(folder.clone()));
    let engine = Arc::clone(tenant.engine());
    let now = move || DateTime::from(engine.read(|_, now| now));
    let options = Options::new(Arc::new(now));
    let router = server::router(Arc::clone(&face), options.clone());
    let engine = Arc::clone(tenant.engine());
    let matter: fault::Matters = Box::new(move |method, path| face.matter(method, path));
    let packages = routes(&tenant.path(), tenant.engine(), tenant.users());
    fault::layered(router.merge(packages), Messages { engine, matter, edition, options })
}

/// A router that shows what is there at the moment of each request.
fn present(cloud: Arc<Cloud>) -> Router {
    Router::new().fallback(move |request: Request| {
        cloud.tick();
        let router = cloud.router();
        async move { router.oneshot(request).await }
    })
}

impl Running {
    /// The deviations in force, to be changed while it runs.
    pub fn deviations(&self) -> &Arc<deviation::Active> {
        &self.deviations
    }

    /// The absolute URI of the (first tenant's) Cloud Entry Point, with a slash at its end.
    pub fn base_uri(&self) -> &str {
        &self.base_uri
    }

    /// The absolute URI of a tenant's Cloud Entry Point, with a slash at its end; none if there is no tenant of this name.
    pub fn base_uri_of(&self, tenant: &str) -> Option<String> {
        self.cloud.engine(tenant)?;
        Some(self.root.clone() + &cloud::path(Some(tenant)))
    }

    /// The URI of its control face, with a slash at its end; none if it has none.
    pub fn control_uri(&self) -> Option<&str> {
        self.control.as_ref().map(|(uri, _)| uri.as_str())
    }

    /// Where a client begins: the Cloud Entry Point as what is replayed or the dialect has it; without these, the base URI.
    pub fn entry_point(&self) -> String {
        if let Some(entry) = &self.entry {
            return entry.clone();
        }
        self.dialect
            .get()
            .map_or_else(|| self.base_uri.clone(), |dialect| self.root.clone() + &dialect.entry_path())
    }

    /// What is spoken, which may be changed at any time.
    pub fn dialect(&self) -> &Arc<Active> {
        &self.dialect
    }

    /// Its clock.
    pub fn clock(&self) -> ClockHandle {
        ClockHandle::new(Arc::clone(&self.cloud))
    }

    /// Its faults.
    pub fn faults(&self) -> Faults {
        Faults::new(Arc::clone(&self.cloud))
    }

    /// The recorder of its traffic; off until it is started.
    pub fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// What is alive.
    pub fn cloud(&self) -> &Arc<Cloud> {
        &self.cloud
    }

    /// The world of the first tenant.
    pub fn engine(&self) -> Arc<Engine> {
        self.cloud.first()
    }

    /// Stops accepting, lets the requests under way finish, and returns.
    pub async fn stop(self) {
        self.face.stop().await;
        if let Some((_, control)) = self.control {
            control.stop().await;
        }
    }
}

impl Served {
    fn new(listener: TcpListener, router: Router, tls: Option<Tls>) -> Self {
        let (shutdown, stopped) = oneshot::channel::<()>();
        let stopped = async {
            // Either way, told or dropped, it is over.
            let _ = stopped.await;
        };
        let server = match tls.map(|tls| tls.acceptor()) {
            None => tokio::spawn(server::serve(listener, router, stopped)),
            Some(acceptor) => tokio::spawn(server::serve_over(listener, router, stopped, move |stream| {
                acceptor.accept(stream)
            })),
        };
        Self { shutdown: Some(shutdown), server }
    }

    async fn stop(mut self) {
        self.shutdown.take().map(|shutdown| shutdown.send(()));
        // A server that ended otherwise has stopped, too.
        let _ = (&mut self.server).await;
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.shutdown.take().map(|shutdown| shutdown.send(()));
        self.server.abort();
    }
}

impl std::fmt::Debug for Front {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Front").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for ControlTerms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ControlTerms").field("address", &self.address).finish_non_exhaustive()
    }
}
