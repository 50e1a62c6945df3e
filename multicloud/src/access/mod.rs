//! The one place where tenancy and roles are decided: who asks, what they see, what they may do.
//!
//! Everything else asks here: the inventory, before it shows a resource; the use cases, before they change one; the admin
//! face, before it shows or changes a record. Knows no HTTP.

mod actor;
mod authenticate;
mod records;
mod refusals;
mod role;
mod throttle;
mod verified;

pub use actor::{Actor, Sight, is_shared};
pub use authenticate::{Access, Credentials, Denied, Door};
pub use records::Guarded;
pub use refusals::{GATHER, ROUND, Refusal, Refusals};
pub use role::{Act, Role};
