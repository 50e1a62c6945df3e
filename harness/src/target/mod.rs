//! The built-in targets: a mock cloud of each edition, and a manager that federates the two, in this process.
//!
//! The one module that may name other crates of the workspace. The judge is given nothing but URLs: it does not know
//! whom it judges. [`stage`] is the cloud before which clients are judged.

use std::path::Path;

use mock_cloud::{Clock as CloudClock, MockCloud};
use multicloud::clock::Clock;
use multicloud::config::{Config, ConfigError};
use multicloud::running as manager;
use url::Url;

use crate::event::Edition;
use crate::http::Endpoint;

pub mod stage;

/// By how many milliseconds the clocks of the mock clouds move on at each request: nobody waits for pretended work, and
/// what a case meets does not depend on how busy the machine is.
const PACE: u32 = 50;

/// Seconds between two looks of the manager at a quiet cloud.
const REFRESH: u64 = 1;

/// Servers in this process. Dropped, they are stopped.
#[derive(Debug)]
pub struct Targets {
    endpoints: Vec<Endpoint>,
    _clouds: [mock_cloud::Running; 2],
    _manager: manager::Running,
}

/// Why a target does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// A mock cloud does not.
    #[error("a mock cloud does not start")]
    Cloud(#[from] mock_cloud::StartError),
    /// The manager's configuration is wrong.
    #[error("the manager's configuration is wrong")]
    Config(#[from] ConfigError),
    /// The manager does not.
    #[error("the manager does not start")]
    Manager(#[from] manager::StartError),
    /// One of them has no proper URL.
    #[error("a target has no proper URL")]
    Url(#[from] url::ParseError),
}

impl Targets {
    /// Their names, and the editions that they speak.
    pub const NAMES: [(&'static str, Edition); 3] =
        [("mock-v2", Edition::V2), ("mock-v1", Edition::V1), ("manager", Edition::V2)];

    /// Starts them.
    ///
    /// # Errors
    /// [`TargetError`], none of which an endpoint's user can mend: it is our own fault.
    pub async fn start() -> Result<Self, TargetError> {
        Self::with_manager_of(Edition::V2).await
    }

    /// The same with a manager that speaks an edition.
    ///
    /// # Errors
    /// As [`Targets::start`].
    pub async fn with_manager_of(edition: Edition) -> Result<Self, TargetError> {
        let v2 = MockCloud::builder()
            .edition(mock_cloud::Edition::V2)
            .clock(CloudClock::paced(PACE))
            .start()
            .await?;
        let v1 = MockCloud::builder()
            .edition(mock_cloud::Edition::V1)
            .clock(CloudClock::paced(PACE))
            .start()
            .await?;
        let config =
            Config::parse("the built-in manager", &configuration(edition, &v2, &v1), Path::new("."))?;
        let manager = manager::start(config, Clock::system()).await?;
        let urls = [v2.base_uri(), v1.base_uri(), manager.base_uri()];
        let [new, old, (manager_name, _)] = Self::NAMES;
        let named = [new, old, (manager_name, edition)].into_iter().zip(urls);
        let endpoints = named.map(|((name, edition), url)| endpoint(name, url, edition));
        let endpoints = endpoints.collect::<Result<_, _>>()?;
        Ok(Self { endpoints, _clouds: [v2, v1], _manager: manager })
    }

    /// The endpoints to judge.
    pub fn endpoints(&self) -> &[Endpoint] {
        &self.endpoints
    }
}

fn endpoint(name: &str, url: &str, edition: Edition) -> Result<Endpoint, TargetError> {
    let cep = Url::parse(url)?;
    Ok(Endpoint { edition: Some(edition), ..Endpoint::open(name, cep) })
}

fn configuration(edition: Edition, v2: &mock_cloud::Running, v1: &mock_cloud::Running) -> String {
    format!(
        "refresh-seconds = {REFRESH}\n\
         edition = \"{}\"\n\
         [placement]\n\
         order-by = \"price\"\n\
         [[account]]\n\
         name = \"mock-v2\"\n\
         endpoint = \"{}\"\n\
         location = \"FR\"\n\
         price = 20\n\
         [[account]]\n\
         name = \"mock-v1\"\n\
         endpoint = \"{}\"\n\
         location = \"NO\"\n\
         price = 30\n",
        edition.name(),
        v2.base_uri(),
        v1.base_uri()
    )
}
