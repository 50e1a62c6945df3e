//! The reference provider of CIMI: a simulated cloud behind the protocol.

pub mod sim;
pub mod world;
