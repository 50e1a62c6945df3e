//! Takes secrets out of exchanges before they become events.

use crate::event::{Body, Exchange, REDACTED};

/// Headers whose values are secrets.
const HEADERS: [&str; 5] = ["authorization", "proxy-authorization", "cookie", "set-cookie", "x-auth-token"];

/// Members, attributes and elements whose values are secrets.
const NAMES: [&str; 6] = ["password", "privateKey", "secretKey", "secret", "token", "key"];

/// Whether the attribute that a finding is about holds a secret: `Credential.key`.
pub(crate) fn is_secret(subject: &str) -> bool {
    let name = subject.rsplit('.').next().unwrap_or("");
    NAMES.contains(&name) && (name != "key" || subject.contains("redential"))
}

/// Takes secrets out of an exchange.
pub(crate) fn redact(exchange: &mut Exchange) {
    let request = &mut exchange.request;
    headers(&mut request.headers);
    request.body = request.body.take().map(body);
    if let Some(at) = request.url.find("://")
        && let Some(end) = request.url[at + 3..].split('/').next().and_then(|authority| authority.rfind('@'))
    {
        request.url.replace_range(at + 3..at + 3 + end, REDACTED);
    }
    if let Some(response) = &mut exchange.response {
        headers(&mut response.headers);
        response.body = response.body.take().map(body);
    }
}

fn headers(headers: &mut [(String, String)]) {
    for (name, value) in headers {
        if HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
            REDACTED.clone_into(value);
        }
    }
}

fn body(body: Body) -> Body {
    match body {
        Body::Text(text) => Body::Text(secrets(&text)),
        other @ Body::Base64(_) => other,
    }
}

/// The text without the values of secret members and elements. `key` is one only where credentials are spoken of: it is
/// also the name of the key of a property.
fn secrets(text: &str) -> String {
    let names = || NAMES.iter().filter(|name| **name != "key" || text.contains("redential"));
    if !names().any(|name| text.contains(name)) {
        return text.to_owned();
    }
    names().fold(text.to_owned(), |text, name| elements(&members(&text, name), name))
}

/// Replaces the strings of JSON members of a name.
fn members(text: &str, name: &str) -> String {
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

/// Replaces the texts of XML elements, and the values of XML attributes, of a name.
fn elements(text: &str, name: &str) -> String {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(&open) {
        out.push_str(&rest[..at + open.len()]);
        rest = &rest[at + open.len()..];
        if let Some(end) = rest.find(&close) {
            out.push_str(REDACTED);
            rest = &rest[end..];
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::secrets;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(secrets(text), expected);
    }

    #[test]
    fn values_of_secrets_go_and_nothing_else() {
        check(r#"{"password" : "a\"b", "x":1}"#, r#"{"password" : "[redacted]", "x":1}"#);
        check(r#"{"credential":{"key":"00"}}"#, r#"{"credential":{"key":"[redacted]"}}"#);
        check(r#"{"properties":{"key":"v"}}"#, r#"{"properties":{"key":"v"}}"#);
        check("<a><password>x</password></a>", "<a><password>[redacted]</password></a>");
        check(r#"{"password":{"href":"x"}}"#, r#"{"password":{"href":"x"}}"#);
        check(r#"{"password":"cut"#, r#"{"password":"[redacted]"#);
    }
}
