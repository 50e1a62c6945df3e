//! Where a URI points below the base URI (DSP0263 4.1.3, 5.5.10).
//!
//! Owns the way from a request target, or from a reference in a document, to a [`Path`]. Knows no resource.

use percent_encoding::percent_decode_str;
use url::Url;

use super::provider::Path;
use crate::query::own_parameters;

impl Path {
    /// The path of a reference found in a document: absolute, or relative to the base URI by RFC 3986 5.2.
    /// `None` if it points outside, at a fragment only, or is no URI.
    pub fn resolve(base_uri: &str, href: &str) -> Option<Self> {
        if href.starts_with('#') {
            return None;
        }
        if let Some(rest) = href.strip_prefix(base_uri)
            && !rest.contains(['#', '\\'])
            && !rest.split(['/', '?']).any(|segment| matches!(segment, "." | ".."))
        {
            return Self::below_base(rest);
        }
        let mut url = Url::parse(base_uri).ok()?.join(href).ok()?;
        url.set_fragment(None);
        let text = url.as_str();
        match text.strip_prefix(base_uri) {
            Some(rest) => Self::below_base(rest),
            // The base URI itself, written without its slash.
            None => (base_uri.strip_suffix('/') == Some(text)).then(Self::root),
        }
    }

    /// The path of the Cloud Entry Point.
    pub const fn root() -> Self {
        Self { path: String::new(), query: String::new() }
    }

    /// A path from what follows the base URI: path and query, percent-encoded as on the wire.
    fn below_base(rest: &str) -> Option<Self> {
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        Self::from_encoded(path, query)
    }

    /// A path from its percent-encoded parts. `None` if it is not UTF-8 once decoded.
    pub(super) fn from_encoded(path: &str, query: &str) -> Option<Self> {
        let path = percent_decode_str(path).decode_utf8().ok()?.into_owned();
        Some(Self { path, query: own_parameters(query) })
    }
}
