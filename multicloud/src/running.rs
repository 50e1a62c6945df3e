//! A manager that runs: store, accounts, sync and face put together.
//!
//! Owns starting and stopping. In a program and in tests alike: dropped means stopped.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use cimi::server;
use miette::Diagnostic;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::access::{Access, Door};
use crate::admin;
use crate::app::App;
use crate::chance::{Chance, NoChance};
use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::directory::{Directory, User};
use crate::event::Retention;
use crate::inventory::Inventory;
use crate::north::{North, tenant};
use crate::store::{Sqlite, Store, StoreError};
use crate::tenure::{self, Occupied};
use crate::vault::{MasterKey, Vault};

/// How long the first look at the clouds may keep the start waiting. A slow one is shown when it has been read.
const FIRST_LOOK: Duration = Duration::from_secs(3);

/// How often jobs are looked through for those that are kept no longer.
const RETIRE: Duration = Duration::from_mins(1);

/// A manager that runs.
pub struct Running {
    base: String,
    address: SocketAddr,
    app: App,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<()>,
}

/// Why a manager does not start.
#[derive(Debug, Error, Diagnostic)]
pub enum StartError {
    /// Its configuration is wrong.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Config(#[from] ConfigError),
    /// Its store cannot be opened.
    #[error(transparent)]
    #[diagnostic(help(
        "give the path of a file that this program may write, or remove `store` to keep nothing"
    ))]
    Store(#[from] StoreError),
    /// Another manager works on its store.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Occupied(#[from] Occupied),
    /// There is nothing random to make keys of.
    #[error(transparent)]
    Chance(#[from] NoChance),
    /// Nobody could use it.
    #[error(
        "nobody may use the manager at {address}: there are no users, neither in the configuration nor in the store"
    )]
    #[diagnostic(help("add a [[user]], or listen on 127.0.0.1 and make one through the admin face first"))]
    Nobody {
        /// Where it should listen.
        address: SocketAddr,
    },
    /// It cannot listen.
    #[error("{address} cannot be listened on: {source}")]
    #[diagnostic(help("choose another address with `listen`; port 0 takes a free one"))]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The system's words.
        source: io::Error,
    },
}

/// Starts a manager, looks at every cloud once, and serves.
///
/// # Errors
/// [`StartError`]. A cloud that is out of reach is none.
pub async fn start(config: Config, clock: Clock) -> Result<Running, StartError> {
    let chance = Chance::system();
    let store: Arc<dyn Store> = Arc::new(Sqlite::open(config.store.as_deref()).await?);
    let lease = tenure::begin(&*store, &clock, &format!("process {}", std::process::id())).await??;
    let inventory = Inventory::open(store.clone(), clock.clone()).await?;
    let master = match config.master_key {
        // What is forgotten at the end needs no key that anybody keeps.
        None if config.store.is_none() => Some(MasterKey::new(chance.bytes()?)),
        key => key,
    };
    let vault = Vault::new(master, config.previous_keys, chance.clone());
    let directory =
        Directory::open(store.clone(), vault, config.declared, clock.clone(), chance.clone()).await?;
    let door = if config.listen.ip().is_loopback() { Door::Open } else { Door::Closed };
    if door == Door::Closed && directory.snapshot().all::<User>().next().is_none() {
        return Err(StartError::Nobody { address: config.listen });
    }
    let access = Access::new(directory.clone(), door, &chance)?;
    let app = App::new(inventory, directory, config.prices, config.times);
    let access = access.noting(app.refusals().clone());

    let listen = |source| StartError::Listen { address: config.listen, source };
    let listener = TcpListener::bind(config.listen).await.map_err(listen)?;
    let address = listener.local_addr().map_err(listen)?;
    let base = config.base_uri.unwrap_or_else(|| format!("http://{address}/cimi/"));

    app.recall_quota().await?;
    app.charge().await?;
    // Their first looks, so that the first request finds what the clouds hold.
    let looks = futures::future::join_all(app.use_accounts());
    if tokio::time::timeout(FIRST_LOOK, looks).await.is_err() {
        tracing::warn!("not all clouds have been read in time; the others follow");
    }
    app.spawn(app.clone().follow_directory());
    app.resume();
    app.spawn(retire(app.clone(), config.job_retention, config.events, config.usage));
    app.spawn(app.clone().tell_refusals());

    let north = North::new(app.clone(), access.clone(), config.edition, base.as_str(), config.job_retention);
    let cimi = server::router(Arc::new(north.clone()), north.options());
    let cimi = cimi.layer(axum::middleware::from_fn(tenant::note));
    let router = cimi.merge(admin::router(app.clone(), access, north));
    let (stop, stopped) = oneshot::channel();
    let (keeper, working) = (tenure::keep(store, clock, lease), app.clone());
    let serving = tokio::spawn(async move {
        let shutdown = async {
            tokio::select! {
                // An error means that the manager was dropped, which stops it as well.
                _ = stopped => {}
                () = keeper => working.abandon(),
            }
        };
        if let Err(error) = server::serve(listener, router, shutdown).await {
            tracing::error!(%error, "the manager stopped serving");
        }
    });
    Ok(Running { base, address, app, stop: Some(stop), serving })
}

async fn retire(app: App, retention: Duration, events: Retention, usage: Duration) {
    loop {
        if let Err(error) = app.retire_jobs(retention).await {
            tracing::error!(%error, "old jobs cannot be removed");
        }
        if let Err(error) = app.retire_unanswered().await {
            tracing::error!(%error, "old creations without an answer cannot be removed");
        }
        if let Err(error) = app.itself().inventory().prune(events).await {
            tracing::error!(%error, "old events cannot be removed");
        }
        let before = app.clock().now() - usage;
        if let Err(error) = app.itself().inventory().prune_usage(before).await {
            tracing::error!(%error, "what was used long ago cannot be removed");
        }
        tokio::time::sleep(RETIRE).await;
    }
}

impl Running {
    /// The URI of its Cloud Entry Point.
    pub fn base_uri(&self) -> &str {
        &self.base
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URI of its admin face, with a slash at its end.
    pub fn admin_uri(&self) -> String {
        format!("http://{}/admin/", self.address)
    }

    /// The use cases behind the face.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Stops: requests under way are finished, work at clouds is taken up at the next start.
    pub async fn stop(mut self) {
        self.app.inventory().hush();
        if let Some(stop) = self.stop.take() {
            // Nobody listens any more: it has stopped already.
            let _ = stop.send(());
        }
        // It was cancelled or has panicked: there is nothing left to wait for.
        let _ = (&mut self.serving).await;
        self.app.stop().await;
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").field("base", &self.base).finish_non_exhaustive()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.serving.abort();
        self.app.abandon();
    }
}
