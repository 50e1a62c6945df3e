//! A manager that runs: store, accounts, sync and face put together.
//!
//! Owns starting and stopping. In a program and in tests alike: dropped means stopped.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use cimi::data::DateTime;
use cimi::server::{self, Options};
use miette::Diagnostic;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::account::Account;
use crate::app::App;
use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::inventory::Inventory;
use crate::north::North;
use crate::store::{Sqlite, StoreError};
use crate::sync;

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
    let store = Sqlite::open(config.store.as_deref()).await?;
    let inventory = Inventory::open(Box::new(store)).await?;
    let manager = inventory.instance().to_owned();
    let accounts = config.accounts.into_iter();
    let accounts = accounts.map(|account| Arc::new(Account::from_config(account, &manager))).collect();
    let app = App::new(inventory, accounts, config.policy, config.prices, clock.clone());

    let listen = |source| StartError::Listen { address: config.listen, source };
    let listener = TcpListener::bind(config.listen).await.map_err(listen)?;
    let address = listener.local_addr().map_err(listen)?;
    let base = config.base_uri.unwrap_or_else(|| format!("http://{address}/cimi/"));

    app.recall_quota().await?;
    first_look(&app, config.refresh).await;
    app.resume();
    app.spawn(retire(app.clone(), config.job_retention));

    let north = North::new(app.clone(), config.edition, base.clone(), config.users, config.job_retention);
    let options = Options::new(Arc::new(move || DateTime::from(clock.now())));
    let router = server::router(Arc::new(north), options);
    let (stop, stopped) = oneshot::channel();
    let serving = tokio::spawn(async move {
        let shutdown = async {
            // An error means that the manager was dropped, which stops it as well.
            let _ = stopped.await;
        };
        if let Err(error) = server::serve(listener, router, shutdown).await {
            tracing::error!(%error, "the manager stopped serving");
        }
    });
    Ok(Running { base, address, app, stop: Some(stop), serving })
}

/// Begins to look after all clouds, and waits for the first look at each, so that the first request finds what they hold.
async fn first_look(app: &App, every: Duration) {
    let mut looks = Vec::new();
    for account in app.accounts() {
        let (done, looked) = oneshot::channel();
        app.spawn(sync::run(app.clone(), account.name.clone(), every, done));
        looks.push(looked);
    }
    if tokio::time::timeout(FIRST_LOOK, futures::future::join_all(looks)).await.is_err() {
        tracing::warn!("not all clouds have been read in time; the others follow");
    }
}

async fn retire(app: App, retention: Duration) {
    loop {
        if let Err(error) = app.retire_jobs(retention).await {
            tracing::error!(%error, "old jobs cannot be removed");
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

    /// The use cases behind the face.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Stops: requests under way are finished, work at clouds is taken up at the next start.
    pub async fn stop(mut self) {
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
