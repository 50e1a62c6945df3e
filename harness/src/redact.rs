//! Takes secrets out of exchanges before they become events.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine as _;

use crate::event::{Body, Event, Exchange, REDACTED};

/// Headers whose values are secrets.
const HEADERS: [&str; 5] = ["authorization", "proxy-authorization", "cookie", "set-cookie", "x-auth-token"];

/// Members, attributes and elements whose values are secrets.
const NAMES: [&str; 6] = ["password", "privateKey", "secretKey", "secret", "token", "key"];

/// Whether the attribute that a finding is about holds a secret: `Credential.key`.
pub(crate) fn is_secret(subject: &str) -> bool {
    let name = subject.rsplit('.').next().unwrap_or("");
    NAMES.contains(&name) && (name != "key" || subject.contains("redential"))
}

/// A secret that comes back in places of its own is at least so long: a shorter one is a word like any other.
const SHORTEST: usize = 4;

/// What a request gives away as a secret is one elsewhere, too, if it is at least so long.
const SHORTEST_GIVEN: usize = 8;

/// Secrets that a run knows of: they are shown nowhere, wherever they come from.
#[derive(Debug, Default)]
pub(crate) struct Secrets {
    forms: Vec<String>,
    /// Finds every form in one pass, the longest of those that begin at the same place; absent while there is none.
    finder: Option<AhoCorasick>,
}

impl Secrets {
    /// Knows one more, in every form that it may be written in.
    pub(crate) fn add(&mut self, secret: &str) {
        if secret.len() < SHORTEST {
            return;
        }
        let json = serde_json::Value::from(secret).to_string();
        let forms = [
            secret.to_owned(),
            json.trim_matches('"').to_owned(),
            quick_xml::escape::escape(secret).into_owned(),
            quick_xml::escape::partial_escape(secret).into_owned(),
            percent_encoding::utf8_percent_encode(secret, percent_encoding::NON_ALPHANUMERIC).to_string(),
            base64::engine::general_purpose::STANDARD.encode(secret),
        ];
        let known = self.forms.len();
        for form in forms {
            if !self.forms.contains(&form) {
                self.forms.push(form);
            }
        }
        if self.forms.len() > known {
            self.finder = Some(finder(&self.forms));
        }
    }

    /// The event without secrets, if it has any.
    pub(crate) fn hide(&self, event: &Event) -> Option<Event> {
        let finder = self.finder.as_ref()?;
        // Most of what is written down is exchanges, and most of those have none.
        if let Event::Exchange(exchange) = event
            && !texts(exchange).any(|text| finder.is_match(text))
        {
            return None;
        }
        let mut value = serde_json::to_value(event).ok()?;
        if !hide(finder, &mut value) {
            return None;
        }
        let (_, hidden) = crate::event::read(value.to_string().as_bytes()).next()?.ok()?;
        Some(hidden)
    }
}

fn finder<F: AsRef<[u8]>>(words: &[F]) -> AhoCorasick {
    let builder = &mut AhoCorasick::builder();
    let built = builder.match_kind(MatchKind::LeftmostLongest).build(words);
    built.expect("all secrets together are shorter than 2 GiB")
}

/// Every text of an exchange that somebody else had a say in.
fn texts(exchange: &Exchange) -> impl Iterator<Item = &str> {
    let (request, response) = (&exchange.request, exchange.response.as_ref());
    let headers = request.headers.iter().chain(response.into_iter().flat_map(|r| &r.headers));
    let bodies = request.body.iter().chain(response.and_then(|r| r.body.as_ref()));
    let words = [&exchange.case, &exchange.step, &exchange.failure].into_iter().flatten();
    let words = words.chain([&request.method, &request.url]).map(String::as_str);
    let headers = headers.flat_map(|(name, value)| [name.as_str(), value.as_str()]);
    words.chain(headers).chain(bodies.map(|body| match body {
        Body::Text(text) | Body::Base64(text) => text.as_str(),
    }))
}

/// Takes secrets out of every string; whether there were any.
fn hide(finder: &AhoCorasick, value: &mut serde_json::Value) -> bool {
    use serde_json::Value;
    match value {
        Value::String(text) if finder.is_match(text.as_str()) => {
            let mut shown = String::with_capacity(text.len());
            finder.replace_all_with(text, &mut shown, |_, _, shown| {
                shown.push_str(REDACTED);
                true
            });
            *text = shown;
            true
        }
        Value::Array(items) => items.iter_mut().fold(false, |found, item| hide(finder, item) | found),
        Value::Object(members) => members.values_mut().fold(false, |found, item| hide(finder, item) | found),
        _ => false,
    }
}

/// Takes secrets out of an exchange; what its request gave away.
pub(crate) fn redact(exchange: &mut Exchange) -> Vec<String> {
    let mut given = Vec::new();
    let request = &mut exchange.request;
    headers(&mut request.headers);
    request.body = request.body.take().map(|of| body(of, &mut given));
    if let Some(at) = request.url.find("://")
        && let Some(end) = request.url[at + 3..].split('/').next().and_then(|authority| authority.rfind('@'))
    {
        request.url.replace_range(at + 3..at + 3 + end, REDACTED);
    }
    if let Some(response) = &mut exchange.response {
        headers(&mut response.headers);
        response.body = response.body.take().map(|of| body(of, &mut Vec::new()));
    }
    given.retain(|secret| secret.len() >= SHORTEST_GIVEN && secret != REDACTED);
    given
}

fn headers(headers: &mut [(String, String)]) {
    for (name, value) in headers {
        if HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
            REDACTED.clone_into(value);
        }
    }
}

fn body(body: Body, found: &mut Vec<String>) -> Body {
    match body {
        Body::Text(text) => Body::Text(secrets(&text, found)),
        other @ Body::Base64(_) => other,
    }
}

/// The text without the values of secret members and elements, which are `found`. `key` is one only where credentials are
/// spoken of: it is also the name of the key of a property.
fn secrets(text: &str, found: &mut Vec<String>) -> String {
    static NAMED: LazyLock<AhoCorasick> = LazyLock::new(|| finder(&NAMES));
    if !NAMED.is_match(text) {
        return text.to_owned();
    }
    let names = || NAMES.iter().filter(|name| **name != "key" || text.contains("redential"));
    let text = names().fold(text.to_owned(), |text, name| members(&text, name, found));
    elements(&text, found)
}

/// Replaces the strings of JSON members of a name.
fn members(text: &str, name: &str, found: &mut Vec<String>) -> String {
    let quoted = format!("\"{name}\"");
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(&quoted) {
        let after = at + quoted.len();
        out.push_str(&rest[..after]);
        rest = &rest[after..];
        let value =
            rest.trim_start().strip_prefix(':').map(str::trim_start).and_then(|v| v.strip_prefix('"'));
        if let Some(value) = value {
            let end = string_end(value);
            out.push_str(&rest[..rest.len() - value.len()]);
            out.push_str(REDACTED);
            found.push(value[..end].to_owned());
            rest = &value[end..];
        }
    }
    out + rest
}

/// Where a JSON string ends that started just before.
fn string_end(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at,
            _ => {}
        }
    }
    text.len()
}

/// Replaces the texts of XML elements whose names, prefix or not, are those of secrets.
fn elements(text: &str, found: &mut Vec<String>) -> String {
    let speaks_of_credentials = text.contains("redential");
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let tag = &rest[at + 1..];
        let name = &tag[..tag.find(|c: char| c.is_whitespace() || c == '>' || c == '/').unwrap_or(tag.len())];
        let local = name.rsplit(':').next().unwrap_or(name);
        let is_secret = NAMES.contains(&local) && (local != "key" || speaks_of_credentials);
        let open = tag.find('>').map(|end| (at + 1 + end + 1, tag[..end].ends_with('/')));
        let content = open.filter(|(_, is_empty)| is_secret && !is_empty);
        let (keep, value) = match content {
            Some((start, _)) => (start, rest[start..].find('<').unwrap_or(rest.len() - start)),
            None => (at + 1, 0),
        };
        out.push_str(&rest[..keep]);
        if value > 0 {
            out.push_str(REDACTED);
            found.push(rest[keep..keep + value].to_owned());
        }
        rest = &rest[keep + value..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::{Secrets, secrets};
    use crate::event::{Event, Exit, Footer, Micros};

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(secrets(text, &mut Vec::new()), expected);
    }

    #[test]
    fn values_of_secrets_go_and_nothing_else() {
        check(r#"{"password" : "a\"b", "x":1}"#, r#"{"password" : "[redacted]", "x":1}"#);
        check(r#"{"credential":{"key":"00"}}"#, r#"{"credential":{"key":"[redacted]"}}"#);
        check(r#"{"properties":{"key":"v"}}"#, r#"{"properties":{"key":"v"}}"#);
        check("<a><password>x</password></a>", "<a><password>[redacted]</password></a>");
        check(r#"{"password":{"href":"x"}}"#, r#"{"password":{"href":"x"}}"#);
        check("<c:password x='1'>x</c:password>", "<c:password x='1'>[redacted]</c:password>");
        check("<a><password/>x</a>", "<a><password/>x</a>");
        check("<Credential><key>k</key></Credential>", "<Credential><key>[redacted]</key></Credential>");
        check("<property><key>k</key></property>", "<property><key>k</key></property>");
        check(r#"{"password":"cut"#, r#"{"password":"[redacted]"#);
    }

    #[test]
    fn what_is_known_as_a_secret_is_shown_nowhere() {
        let mut known = Secrets::default();
        known.add("s3cr\"et&");
        known.add("x");
        let said = |sentence: &str| {
            Event::Footer(Footer {
                counts: std::collections::BTreeMap::new(),
                duration: Micros(1),
                inventory: Vec::new(),
                exit: Exit { code: 1, sentence: sentence.to_owned() },
            })
        };
        let text = r#"plain s3cr"et& json s3cr\"et& xml s3cr&quot;et&amp; url s3cr%22et%26 x"#;
        let Some(Event::Footer(footer)) = known.hide(&said(text)) else { panic!("it has secrets") };
        assert_eq!(footer.exit.sentence, "plain [redacted] json [redacted] xml [redacted] url [redacted] x");
        assert_eq!(known.hide(&said("nothing")), None);
    }
}
