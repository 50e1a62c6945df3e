//! The manager: one CIMI face over many clouds.
//!
//! - [`north`]: the CIMI face (a `cimi::server::Provider`);
//! - [`app`]: the use cases; knows no HTTP;
//! - [`placement`]: offers and policy to an explained decision;
//! - [`connector`]: one folder a cloud API behind one trait;
//! - [`directory`]: who may use it and which clouds it uses; [`vault`]: the secrets among that;
//! - [`access`]: the one place that decides who sees and does what;
//! - [`admin`]: the REST face for the directory;
//! - [`event`]: what has happened, and how that follows from what was and what is;
//! - [`usage`]: what is used, by whom, where, and at what price;
//! - [`store`]: what survives a restart; [`tenure`]: one manager at a time works on it;
//! - [`sync`]: what the clouds say against what is recorded; [`system`]: what the manager's own systems consist of;
//! - [`inventory`]: all of it in memory, over the store; [`census`]: its machines, counted; [`account`]: the clouds, and how
//!   they are doing;
//! - [`region`]: countries and their parts;
//! - [`config`]: the file that an operator writes; [`running`]: all of it put together.

pub mod access;
pub mod account;
pub mod admin;
pub mod app;
pub mod census;
pub mod chance;
pub mod clock;
pub mod config;
pub mod connector;
pub mod directory;
pub mod event;
pub mod inventory;
pub mod kind;
pub mod north;
pub mod placement;
pub mod record;
pub mod region;
pub mod running;
pub mod store;
pub mod sync;
pub mod system;
pub mod tenure;
mod terms;
pub mod usage;
pub mod vault;
