//! How much of a package this cloud looks at: a limit on everything, so that no package is a burden to others.

/// Most bytes of a descriptor.
pub const DESCRIPTOR_BYTES: usize = 4 << 20;
/// Most elements in a descriptor.
pub const ELEMENTS: usize = 100_000;
/// Most attributes of one element.
pub const ATTRIBUTES: usize = 64;
/// Most elements inside each other.
pub const DEPTH: usize = 64;
/// Most bytes of text in one element or attribute.
pub const TEXT_BYTES: usize = 64 << 10;
/// Most collections of virtual systems inside each other.
pub const NESTING: usize = 16;
/// Most virtual systems, disks, or networks in one package.
pub const ENTITIES: usize = 1_000;
/// Most members of an archive.
pub const MEMBERS: usize = 1_000;
/// Most bytes of an archive, all members together.
pub const ARCHIVE_BYTES: u64 = 256 << 20;
/// Most bytes of a manifest.
pub const MANIFEST_BYTES: u64 = 1 << 20;
/// Most packages that the cloud keeps at a time; of those that it exported itself the oldest give way.
pub const PACKAGES: usize = 256;
/// Most bytes of a package that the cloud keeps.
pub const PACKAGE_BYTES: usize = 8 << 20;
/// Most bytes of all packages that the cloud keeps.
pub const STORE_BYTES: usize = 64 << 20;
/// Most bytes of the name of a package.
pub const NAME_BYTES: usize = 128;
