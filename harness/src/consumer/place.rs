//! Where a request went, fit to be compared with what was given: path, the provider's parameters, and CIMI's.

use percent_encoding::percent_decode_str;
use url::Url;

/// A URL in its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// The path, decoded: in how far it is escaped is not the client's fault or merit.
    pub(super) path: String,
    /// Parameters of the provider's own, sorted.
    pub(super) own: Vec<(String, String)>,
    /// Parameters that begin with `$` (DSP0263 4.1.6), in their order.
    pub(super) cimi: Vec<(String, String)>,
}

impl Place {
    /// The parts of a URL.
    pub(super) fn of(url: &Url) -> Self {
        let pairs = url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned()));
        let (cimi, mut own): (Vec<_>, Vec<_>) = pairs.partition(|(name, _)| name.starts_with('$'));
        own.sort();
        Self { path: percent_decode_str(url.path()).decode_utf8_lossy().into_owned(), own, cimi }
    }

    /// What names the resource there: everything but CIMI's parameters.
    pub(super) fn key(&self) -> String {
        let pairs: Vec<String> = self.own.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{}?{}", self.path, pairs.join("&"))
    }

    /// The values of one of CIMI's parameters.
    pub(super) fn values<'p>(&'p self, name: &'p str) -> impl Iterator<Item = &'p str> {
        self.cimi.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}
