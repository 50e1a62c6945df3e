//! OVF packages (DSP0243 1.1, ISO/IEC 17203) as descriptions of Systems: DSP0263 4.3 and Annex A.
//!
//! Owns the way from bytes to a typed [`Package`] and back, from a package to the attributes of a `SystemTemplate` and
//! back, and where packages come from and go to. Creates nothing: what is made of a template is the simulation's.
//!
//! - [`package`]: what a package says, whatever it is written in;
//! - [`mod@read`], [`mod@write`]: descriptors; [`archive`]: OVA files;
//! - [`mapping`]: Annex A, both ways;
//! - [`store`], [`source`]: packages that this cloud keeps, and what a URI leads to; [`routes`]: their HTTP face.

pub mod archive;
pub mod error;
pub mod limits;
pub mod mapping;
pub mod package;
pub mod read;
pub mod routes;
pub mod source;
pub mod store;
mod units;
pub mod write;
mod xml;

pub use error::OvfError;
pub use package::Package;
pub use read::read;
pub use write::write;

/// The media type of a descriptor (DSP0263 5.13.1.2, Annex A).
pub const MEDIA_TYPE: &str = "application/ovf";

/// The media type of a whole package in one file: the archive format is tar (DSP0243 5.3).
pub const MEDIA_TYPE_OVA: &str = "application/x-tar";

/// Where this reading of OVF keeps what OVF has no word for. DSP0243 leaves room for attributes of other namespaces.
pub(crate) const EXTENSION: &str = "urn:x-cimi:ovf";

#[cfg(test)]
mod tests;
