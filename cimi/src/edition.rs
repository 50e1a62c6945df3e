//! The two editions of CIMI and their URIs (DSP0263 4.1.2, 5.8, 5.11.1).
//!
//! Owns namespaces and how type, action and capability URIs are built from them. Knows no resource.

use std::fmt;

/// An edition of the protocol: what goes over the wire, not which document was printed when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Edition {
    /// CIMI 1.x: namespace `http://schemas.dmtf.org/cimi/1`, the flat XML of DSP8009 1.0.
    V1,
    /// CIMI 2.0: namespace `http://schemas.dmtf.org/cimi/2`, DSP0263 2.0.0 with wrapped arrays.
    V2,
}

impl Edition {
    /// Both editions, oldest first.
    pub const ALL: [Self; 2] = [Self::V1, Self::V2];

    /// The XML namespace, which is also the base of every URI that the edition defines.
    pub const fn namespace(self) -> &'static str {
        match self {
            Self::V1 => "http://schemas.dmtf.org/cimi/1",
            Self::V2 => "http://schemas.dmtf.org/cimi/2",
        }
    }

    /// The type URI of a resource type: namespace, slash, name (4.1.4).
    pub fn type_uri(self, name: &str) -> String {
        [self.namespace(), "/", name].concat()
    }

    /// The URI of an operation beside add, edit, delete, insert and remove (`rel` and `action`).
    pub fn action_uri(self, name: &str) -> String {
        [self.namespace(), "/action/", name].concat()
    }

    /// The URI of a capability (5.11.1).
    pub fn capability_uri(self, resource: &str, name: &str) -> String {
        format!("{}/capability/{resource}/{name}", self.namespace())
    }

    /// The edition whose namespace `uri` starts with, and the rest behind the slash.
    pub fn split(uri: &str) -> Option<(Self, &str)> {
        Self::ALL.into_iter().find_map(|edition| {
            let rest = uri.strip_prefix(edition.namespace())?.strip_prefix('/')?;
            Some((edition, rest))
        })
    }

    /// The edition that has exactly this XML namespace.
    pub fn of_namespace(namespace: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|edition| edition.namespace() == namespace)
    }
}

impl fmt::Display for Edition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
        })
    }
}

/// The editions in which a declaration holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Span {
    /// CIMI 1.x only.
    V1,
    /// CIMI 2.0 only.
    V2,
    /// Both.
    Both,
}

impl Span {
    /// Whether the declaration holds in `edition`.
    pub const fn contains(self, edition: Edition) -> bool {
        matches!((self, edition), (Self::Both, _) | (Self::V1, Edition::V1) | (Self::V2, Edition::V2))
    }
}
