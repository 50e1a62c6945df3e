//! Offers and policies to an explained decision.
//!
//! Policy is data ([`Draft`]), checked when it is read ([`Policy`]), combined of several ([`combine`]); the mechanism is a pure
//! function of offers, of what is placed, and of the combined plan ([`decide`]). A policy is CIMI's own query language over
//! offers: no new one. Knows no cloud, no store and no clock.

pub mod amounts;
mod board;
mod check;
mod combine;
mod decide;
mod decision;
mod draft;
pub mod ledger;
mod market;
mod offer;
mod policy;
mod prices;
mod program;
mod puzzle;
#[cfg(test)]
mod tests;
mod together;

pub use amounts::{Amounts, Quota};
pub use board::Board;
pub use combine::{Counting, Layer, Level, Plan, combine};
pub use decide::{Batch, Choice, Pick, decide, decide_all};
pub use decision::{Asked, Code, Decision, Ranked, Rejected, Tried};
pub use draft::{Arrange, Broken, Components, Draft, Fallback, Gather, How, Near, OnFailure, Part, Share};
pub use ledger::Ledger;
pub use market::Demand;
pub use offer::{ATTRIBUTES, Domain, Health, Offer, PLACED, Pin, Place, Placed, Whose};
pub use policy::{Policy, PolicyError};
pub use prices::{Form, PriceError, Prices};
pub use together::{Effort, Joint, Quality, together, together_with};
