//! The reference provider of CIMI: a simulated cloud behind the protocol.
//!
//! A world, not a stub: machines start and stop, volumes are made and connected, Jobs run, and time passes by the wall or
//! when a test says so. It embeds in one line:
//!
//! ```
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! use mock_cloud::{Clock, MockCloud};
//!
//! let cloud = MockCloud::builder().clock(Clock::virtual_clock()).start().await.unwrap();
//! assert!(cloud.base_uri().starts_with("http://127.0.0.1:"));
//! cloud.clock().drain(); // whatever is under way is done; dropped, the cloud stops
//! # });
//! ```
//!
//! - [`world`]: what exists; [`sim`]: how it lives; [`clock`], [`engine`]: when; [`cloud`]: all tenants' worlds together;
//! - [`face`]: how an edition of CIMI shows it; [`users`]: to whom;
//! - [`seed`]: what it begins with; [`snapshot`]: what it goes back to;
//! - [`deviation`]: how it misbehaves on demand; [`fault`]: what goes wrong in it; [`traffic`]: what went by;
//! - [`dialect`]: as which real server it speaks; [`replay`]: what another server said, again;
//! - [`ovf`]: packages that Systems come from and go to;
//! - [`running`]: starting and stopping it, by [`tls`] or not, with a control face beside it and a
//!   [`log`]; [`scenario`]: all of it in one file.

pub mod clock;
pub mod cloud;
mod control;
pub mod deviation;
pub mod dialect;
pub mod engine;
pub mod face;
pub mod fault;
pub mod log;
mod names;
pub mod ovf;
pub mod replay;
pub mod running;
pub mod scenario;
pub mod seed;
pub mod sim;
pub mod snapshot;
pub mod tls;
pub mod traffic;
pub mod users;
pub mod world;

pub use cimi::Edition;
pub use clock::Clock;
pub use cloud::{ClockHandle, Cloud};
pub use engine::Engine;
pub use replay::{Replay, ReplayError};
pub use running::{Builder, MockCloud, Running, StartError};
pub use scenario::{Scenario, ScenarioError};
pub use seed::{Seed, SeedError};
pub use snapshot::SnapshotError;
pub use tls::{Tls, TlsError};

/// The examples of a page that stands elsewhere, as tests.
#[cfg(doctest)]
#[doc = include_str!("../../docs/mock-cloud.md")]
struct Page;
