//! The manager over HTTP, with real mock clouds behind it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails there, with the place")]

mod support;

mod admin;
mod binary;
mod bounds;
mod chain;
mod change;
mod configuration;
mod crash;
mod decision;
mod docs;
mod editions;
mod event;
mod jobs;
mod killed;
mod kinds;
mod lease;
mod listing;
mod login;
mod mapping;
mod observe;
mod outage;
mod pace;
mod page;
mod pages;
mod pinned;
mod placement;
mod reconcile;
mod refusal;
mod replicas;
mod request;
mod restart;
mod secrets;
mod silent;
mod stop;
mod store;
mod system;
mod tenancy;
mod union;
mod unknown_outcome;
mod unsupported;
mod usage;
