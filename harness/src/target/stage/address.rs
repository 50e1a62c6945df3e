//! The addresses of a stage: what the cloud behind calls its resources, and what clients are told they are called.
//!
//! Pure, and without memory: an address holds all that it takes to go back. No client can guess one from another, and each
//! form is one that DSP0263 allows (4.1.3, 4.1.6, 5.5.10).

use percent_encoding::percent_decode_str;

/// Where clients are told to begin.
pub(super) const ENTRY: &str = "/enter";

/// What relative references are relative to.
const BASE: &str = "/cloud/of/tests/";

/// A parameter that tells operations from the resource.
const OPERATION: &str = "do";

/// Addresses of one cloud.
#[derive(Debug, Clone)]
pub(super) struct Addresses {
    /// Scheme and authority.
    origin: String,
    /// The path of the entry point of the cloud behind, with a slash at its end.
    behind: String,
}

/// The forms of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// The entry point.
    Entry,
    /// A relative reference; the resource is named by a parameter.
    Parameter,
    /// A relative reference with a space and a parameter of its path segment.
    Escaped,
    /// Absolute, beside baseURI, with letters that are no ASCII, a parameter, and a slash at the end.
    Queue,
    /// Absolute, beside baseURI.
    Elsewhere,
}

/// Every collection whose resources are addressed otherwise than [`Form::Elsewhere`].
const FORMS: [(&str, Form); 8] = [
    ("", Form::Entry),
    ("machines", Form::Parameter),
    ("machineTemplates", Form::Parameter),
    ("volumes", Form::Escaped),
    ("volumeImages", Form::Escaped),
    ("machineImages", Form::Escaped),
    ("credentials", Form::Escaped),
    ("jobs", Form::Queue),
];

impl Addresses {
    /// Addresses of the cloud whose entry point has this URL.
    pub(super) fn new(entry: &url::Url) -> Self {
        Self { origin: entry.origin().ascii_serialization(), behind: entry.path().to_owned() }
    }

    /// The URL at which clients begin.
    pub(super) fn entry(&self) -> String {
        format!("{}{ENTRY}", self.origin)
    }

    /// Scheme and authority.
    pub(super) fn origin(&self) -> &str {
        &self.origin
    }

    /// baseURI, as clients are told.
    pub(super) fn base(&self) -> String {
        format!("{}{BASE}", self.origin)
    }

    /// The reference for an absolute URL of the cloud behind; `rel` names the operation that it stands for. None where the
    /// text is no URL of the cloud.
    pub(super) fn reference(&self, behind: &str, rel: Option<&str>) -> Option<String> {
        let rest = behind.strip_prefix(&self.origin)?.strip_prefix(&self.behind)?;
        let token = token(rest);
        let address = match form(rest) {
            Form::Entry => self.entry(),
            Form::Parameter => format!("resource?id={token}"),
            Form::Escaped => format!("shelf%20A/{token};v=1"),
            Form::Queue => format!("{}/queue/d%C3%A9p%C3%B4t/{token}/?cell=7", self.origin),
            Form::Elsewhere => format!("{}/elsewhere/{token}", self.origin),
        };
        let Some(rel) = rel else { return Some(address) };
        let rel = rel.rsplit('/').next().unwrap_or(rel);
        let mark = if address.contains('?') { '&' } else { '?' };
        Some(format!("{address}{mark}{OPERATION}={rel}"))
    }

    /// The same as an absolute URL, as headers have it.
    pub(super) fn absolute(&self, behind: &str) -> Option<String> {
        let reference = self.reference(behind, None)?;
        Some(if reference.contains("://") { reference } else { self.base() + &reference })
    }

    /// Path and query behind for path and query as they were asked for; none where nothing is.
    pub(super) fn behind(&self, path: &str, query: Option<&str>) -> Option<String> {
        let pairs: Vec<&str> = query.unwrap_or("").split('&').filter(|pair| !pair.is_empty()).collect();
        let value = |name: &str| pairs.iter().find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        let decoded = percent_decode_str(path).decode_utf8().ok()?;
        let within = |prefix: &str, suffix: &str| {
            decoded.strip_prefix(prefix)?.strip_suffix(suffix).map(str::to_owned)
        };
        let escaped = format!("{BASE}shelf A/");
        let (found, own) = if decoded == ENTRY {
            (Form::Entry, None)
        } else if decoded.strip_prefix(BASE) == Some("resource") {
            (Form::Parameter, Some(value("id")?.to_owned()))
        } else if let Some(token) = within(&escaped, ";v=1") {
            (Form::Escaped, Some(token))
        } else if let Some(token) = within("/queue/dépôt/", "/").filter(|_| value("cell") == Some("7")) {
            (Form::Queue, Some(token))
        } else {
            (Form::Elsewhere, Some(within("/elsewhere/", "")?))
        };
        let rest = own.map_or(Some(String::new()), |token| untoken(&token))?;
        if form(&rest) != found {
            return None;
        }
        let is_ours = |pair: &&&str| {
            let name = pair.split('=').next().unwrap_or("");
            name == OPERATION
                || (name == "id" && found == Form::Parameter)
                || (name == "cell" && found == Form::Queue)
        };
        let kept: Vec<&str> = pairs.iter().filter(|pair| !is_ours(pair)).copied().collect();
        let query = if kept.is_empty() { String::new() } else { format!("?{}", kept.join("&")) };
        Some(format!("{}{rest}{query}", self.behind))
    }

    /// The absolute URL behind for a reference that clients were told; none for any other text.
    pub(super) fn dereference(&self, reference: &str) -> Option<String> {
        let base = url::Url::parse(&self.base()).ok()?;
        let url = base.join(reference).ok().filter(|url| url.origin() == base.origin())?;
        Some(format!("{}{}", self.origin, self.behind(url.path(), url.query())?))
    }

    /// Whether a text is baseURI of the cloud behind.
    pub(super) fn is_base(&self, text: &str) -> bool {
        text.strip_prefix(&self.origin) == Some(&self.behind)
    }

    /// A path behind where there is nothing.
    pub(super) fn nowhere(&self) -> String {
        format!("{}nothing/is/here", self.behind)
    }
}

fn form(rest: &str) -> Form {
    let kind = rest.split(['/', '?']).next().unwrap_or("");
    FORMS.iter().find(|(name, _)| *name == kind).map_or(Form::Elsewhere, |(_, form)| *form)
}

/// What is mixed into every byte, so that nobody reads the one address in the other.
const MIXED: u8 = 0x5a;

fn token(rest: &str) -> String {
    hex::encode(rest.bytes().rev().map(|byte| byte ^ MIXED).collect::<Vec<u8>>())
}

fn untoken(token: &str) -> Option<String> {
    let bytes = hex::decode(token).ok()?;
    let rest: Vec<u8> = bytes.into_iter().rev().map(|byte| byte ^ MIXED).collect();
    String::from_utf8(rest)
        .ok()
        .filter(|rest| !rest.contains(['?', '#', '\\']) && !rest.split('/').any(|it| it == ".."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses() -> Addresses {
        Addresses::new(&url::Url::parse("http://127.0.0.1:80/cimi/").unwrap())
    }

    #[test]
    fn every_address_leads_back() {
        let addresses = addresses();
        for rest in ["", "machines", "machines/1", "machines/1/disks", "volumes/2", "jobs/3", "networks/4"] {
            for rel in [None, Some("edit"), Some("http://schemas.dmtf.org/cimi/2/action/stop")] {
                let behind = format!("http://127.0.0.1/cimi/{rest}");
                let reference = addresses.reference(&behind, rel).unwrap();
                assert_eq!(addresses.dereference(&reference), Some(behind), "{reference}");
            }
        }
    }

    #[test]
    fn parameters_of_cimi_go_through_and_others_are_needed() {
        let addresses = addresses();
        let machine = addresses.reference("http://127.0.0.1/cimi/machines/1", None).unwrap();
        let query = machine.split_once('?').unwrap().1;
        let behind = |query: &str| addresses.behind("/cloud/of/tests/resource", Some(query));
        assert_eq!(
            behind(&format!("{query}&$select=name")).as_deref(),
            Some("/cimi/machines/1?$select=name")
        );
        assert_eq!(behind("$select=name"), None);
        assert_eq!(addresses.behind("/cimi/machines/1", None), None);
        let job = addresses.reference("http://127.0.0.1/cimi/jobs/1", None).unwrap();
        assert!(addresses.dereference(&job.replace("?cell=7", "")).is_none());
    }
}
