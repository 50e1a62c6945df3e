//! What a step sends: its URL, headers and body, with all that they refer to.

use url::Url;

use crate::case::{Case, Method, Payload, Step};
use crate::event::Format;
use crate::http::Outgoing;
use crate::meaning::write;

use super::env::{Env, Unresolved};
use super::marked;

/// The request that a step of a case says.
pub(super) fn outgoing(env: &Env<'_>, case: &Case, step: &Step) -> Result<Outgoing, Unresolved> {
    let text = env.text(&step.target)?;
    let absolute = env.resolve(&text, env.discovery.cep.as_str());
    let unusable = |reference: String| Unresolved { reference, exchange: None };
    let mut url =
        absolute.and_then(|u| Url::parse(&u).ok()).ok_or_else(|| unusable(format!("the URL `{text}`")))?;
    for (name, value) in &step.query {
        let value = env.text(value)?;
        append(&mut url, name, &value);
    }
    let mut headers = Vec::new();
    for (name, value) in &step.headers {
        headers.push((name.clone(), env.text(value)?));
    }
    let format = step.format.unwrap_or(env.format);
    let body = match &step.payload {
        Payload::None => None,
        Payload::Raw { json, xml } => Some(env.text(if format == Format::Json { json } else { xml })?),
        Payload::Neutral(neutral) => {
            let mut body = env.body(neutral)?;
            if step.method == Method::Post && !case.judges_whole("properties") {
                marked::mark(&mut body, env.tables, &env.nonce);
            }
            Some(write(&body, env.tables, format).map_err(|e| unusable(e.to_string()))?)
        }
    };
    Ok(Outgoing { method: step.method, url, headers, format, body, auth: step.auth })
}

/// Adds a query parameter; the name as it is (`$filter`), the value percent-encoded, blanks as %20.
fn append(url: &mut Url, name: &str, value: &str) {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    const KEEP: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~')
        .remove(b'$')
        .remove(b',')
        .remove(b'*')
        .remove(b':')
        .remove(b'/');
    let pair = format!("{}={}", utf8_percent_encode(name, KEEP), utf8_percent_encode(value, KEEP));
    let query = match url.query() {
        Some(query) if !query.is_empty() => format!("{query}&{pair}"),
        _ => pair,
    };
    url.set_query(Some(&query));
}
