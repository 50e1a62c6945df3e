//! A manager that runs: store, accounts, sync and face put together.
//!
//! Owns starting and stopping. In a program and in tests alike: dropped means stopped.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use cimi::Edition;
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
use crate::config::{self, Config, ConfigError};
use crate::inventory::Inventory;
use crate::north::North;
use crate::placement::Policy;
use crate::store::{Sqlite, StoreError};
use crate::sync;

/// How long the first look at the clouds may keep the start waiting.
const FIRST_LOOK: Duration = Duration::from_secs(15);

/// A manager that runs.
#[derive(Debug)]
pub struct Running {
    base: String,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    tasks: Vec<JoinHandle<()>>,
}

/// Why a manager does not start.
#[derive(Debug, Error, Diagnostic)]
pub enum StartError {
    /// Its configuration is wrong.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Config(#[from] ConfigError),
    /// Its policy is wrong.
    #[error("the placement policy cannot be used: {0}")]
    #[diagnostic(help(
        "a policy is a $filter and an $orderby over account, location, price, cpu, memory, capacity, machines"
    ))]
    Policy(#[from] cimi::query::QueryError),
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
    let policy = Policy::new(&config.placement)?;
    let accounts = config
        .accounts
        .iter()
        .map(toml::Spanned::get_ref)
        .filter(|account| account.enabled)
        .map(|account| Account::from_config(account).map(Arc::new))
        .collect::<Result<Vec<_>, _>>()?;
    let mut users = BTreeMap::new();
    for user in &config.users {
        users.insert(user.name.clone(), config::secret(&user.password_file)?);
    }
    let store = Sqlite::open(config.store.as_deref()).await?;
    let inventory = Inventory::open(Box::new(store)).await?;
    let app = App::new(inventory, accounts, policy, clock.clone());

    let listen = |source| StartError::Listen { address: config.listen, source };
    let listener = TcpListener::bind(config.listen).await.map_err(listen)?;
    let address = listener.local_addr().map_err(listen)?;
    let base = format!("http://{address}/cimi/");

    first_look(&app).await;
    app.resume();
    let every = Duration::from_secs(config.refresh_seconds.max(1));
    let looking = tokio::spawn(sync::run(app.clone(), every));

    let north = North::new(app, Edition::from(config.edition), base.clone(), users);
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
    Ok(Running { base, address, stop: Some(stop), tasks: vec![looking, serving] })
}

/// Looks at all clouds at once, so that the first request finds what they hold.
async fn first_look(app: &App) {
    let looks = app.accounts().iter().map(|account| async {
        let look = sync::account_once(app, account);
        if let Ok(Err(error)) = tokio::time::timeout(FIRST_LOOK, look).await {
            tracing::warn!(account = %account.name, %error, "cloud could not be read");
        }
    });
    futures::future::join_all(looks).await;
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

    /// Stops: requests under way are finished, work at clouds is taken up at the next start.
    pub async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            // Nobody listens any more: it has stopped already.
            let _ = stop.send(());
        }
        if let Some(serving) = self.tasks.pop() {
            // It was cancelled or has panicked: there is nothing left to wait for.
            let _ = serving.await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}
