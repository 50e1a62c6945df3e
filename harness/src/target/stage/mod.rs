//! The stage on which clients are judged: a mock cloud, right in everything, in a dress that careless clients stumble over.
//!
//! Owns starting it and whom it lets in. How clients are judged is for `consumer`, which is given exchanges and nothing else.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use mock_cloud::{MockCloud, Seed};

use crate::event::Edition;

mod address;
mod dress;
mod front;
mod json;
mod xml;

pub use front::{Listener, UNNAMED};

use address::Addresses;
use front::Front;

/// How many times as fast as its seed says the cloud does its work: slow enough that there are Jobs to wait for.
const SPEED: f64 = 20.0;

/// What a stage is to be.
#[derive(Debug, Clone)]
pub struct Terms {
    /// The edition that it speaks.
    pub edition: Edition,
    /// Its port on the loopback interface; 0 for any that is free.
    pub port: u16,
    /// The user and the password that it lets in; without them, everybody.
    pub user: Option<(String, String)>,
}

/// A stage. Dropped, it is over.
#[derive(Debug)]
pub struct Stage {
    cep: String,
    _cloud: mock_cloud::Running,
}

/// Why a stage does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StageError {
    /// The mock cloud does not.
    #[error(transparent)]
    Cloud(#[from] mock_cloud::StartError),
    /// It has no proper URL.
    #[error("the stage has no proper URL")]
    Url(#[from] url::ParseError),
}

impl Stage {
    /// Starts one that tells a listener of each exchange.
    ///
    /// # Errors
    /// When the port is taken.
    pub async fn start(terms: &Terms, listener: Listener) -> Result<Self, StageError> {
        let addresses = Arc::new(OnceLock::new());
        let front = Front { addresses: Arc::clone(&addresses), listener, begun: Instant::now() };
        let mut builder = MockCloud::builder()
            .edition(match terms.edition {
                Edition::V1 => mock_cloud::Edition::V1,
                Edition::V2 => mock_cloud::Edition::V2,
            })
            .address(SocketAddr::from((Ipv4Addr::LOCALHOST, terms.port)))
            .speed(SPEED)
            .front(move |router| front.clone().before(router));
        if let Some((name, password)) = &terms.user {
            builder = builder.seed(Seed::new("the stage's seed", with_user(name, password)));
        }
        let cloud = builder.start().await?;
        let known = Addresses::new(&url::Url::parse(cloud.base_uri())?);
        let cep = known.entry();
        // Nobody else sets them, and nobody could ask before.
        let _ = addresses.set(known);
        Ok(Self { cep, _cloud: cloud })
    }

    /// The URL of its entry point.
    pub fn cep(&self) -> &str {
        &self.cep
    }
}

/// The usual world, for one user who may do everything.
fn with_user(name: &str, password: &str) -> String {
    let text = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let seed = Seed::builtin();
    format!(
        "{}\n[[users]]\nname = {}\npassword = {}\nrole = \"administer\"\n",
        seed.text(),
        text(name),
        text(password)
    )
}
