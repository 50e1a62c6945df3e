//! Status, headers and media types.

use crate::event::{At, Edition, Format};

use super::{Context, Seen, Violation};

/// The type of a media type, without parameters, in small letters.
fn essence(value: &str) -> String {
    value.split(';').next().unwrap_or("").trim().to_ascii_lowercase()
}

fn format_of(essence: &str) -> Option<Format> {
    Format::ALL.into_iter().find(|f| f.media_type() == essence)
}

/// DSP0263 4.1.4: a body is sent under its media type, and in the format that was asked for.
pub(super) fn media_type(seen: &Seen<'_>, context: &Context<'_>) -> Vec<Violation> {
    if seen.body().is_none() || seen.exchange.request.method == "HEAD" {
        return Vec::new();
    }
    let subject = seen.subject(context);
    let at = || At::Header("Content-Type".to_owned());
    let Some(sent) = seen.header("Content-Type") else {
        let of_creation = seen.exchange.request.method == "POST" && seen.is_success();
        let further = of_creation.then_some("4.2.1.1/content-headers");
        let violation = |id| Violation::new(id, subject.clone(), at(), "the type of the body", "nothing");
        return ["http/content-type-present"].into_iter().chain(further).map(violation).collect();
    };
    let (Some(format), true) = (seen.format(), seen.is_success()) else { return Vec::new() };
    let sent = essence(sent);
    if format_of(&sent) != Some(format) {
        let requirement = match format {
            Format::Json => "4.1.4/media-type-json",
            Format::Xml => "4.1.4/media-type-xml",
        };
        let edit = crate::edit::replace(&at(), &format!("{sent:?}"), &format!("{:?}", format.media_type()));
        let violation = Violation::new(requirement, subject, at(), format.media_type(), sent);
        return vec![violation.with_edit(edit)];
    }
    let less_liked = accept_q(seen, format, &subject);
    accept(seen, format, subject).into_iter().chain(less_liked).collect()
}

/// The weight that an Accept gives to a format (RFC 7231 5.3.2); none if it does not name it.
fn weight(accept: &str, format: Format) -> Option<f32> {
    let range = accept.split(',').find(|range| essence(range) == format.media_type())?;
    let q = range.split(';').skip(1).find_map(|p| p.trim().strip_prefix("q="));
    Some(q.and_then(|q| q.parse().ok()).unwrap_or(1.0))
}

/// An Accept of both formats, and a reply in the one that it likes less.
fn accept_q(seen: &Seen<'_>, format: Format, subject: &str) -> Option<Violation> {
    let accept = seen.request_header("Accept")?;
    let other = if format == Format::Json { Format::Xml } else { Format::Json };
    let (sent, preferred) = (weight(accept, format)?, weight(accept, other)?);
    let at = At::Header("Content-Type".to_owned());
    let expected = format!("{}, which weighs {preferred} in Accept", other.media_type());
    let got = format!("{}, which weighs {sent}", format.media_type());
    (sent < preferred).then(|| Violation::new("http/accept-q", subject, at, expected, got))
}

/// An Accept of just one format, and a reply in the other.
fn accept(seen: &Seen<'_>, format: Format, subject: String) -> Option<Violation> {
    let has_format = seen.exchange.request.url.split_once('?').is_some_and(|(_, q)| q.contains("format="));
    let asked = format_of(&essence(seen.request_header("Accept").filter(|a| !a.contains(','))?))?;
    if asked == format || has_format {
        return None;
    }
    let requirement = match seen.exchange.request.method.as_str() {
        "POST" => "4.2.1.1/answer-in-accepted-format",
        _ => "4.1.4/accept-honoured",
    };
    Some(Violation::new(
        requirement,
        subject,
        At::Header("Content-Type".to_owned()),
        asked.media_type(),
        format.media_type(),
    ))
}

/// Statuses that HTTP rules out for what was sent.
pub(super) fn status_code(seen: &Seen<'_>, context: &Context<'_>) -> Vec<Violation> {
    let mut all = Vec::new();
    let status = seen.status();
    let method = seen.exchange.request.method.as_str();
    let subject = seen.subject(context);
    let mut add = |requirement, expected: &str| {
        all.push(Violation::new(requirement, subject.clone(), At::Status, expected, status.to_string()));
    };
    if let Some(malformed) = malformed_request(seen) {
        if status >= 500 || (200..300).contains(&status) {
            add("http/malformed-body", &format!("400: the body does not parse ({malformed})"));
        }
    } else if status == 500 && media_parameters(seen) {
        add("http/content-type-parameters", "that parameters of the media type make no difference");
    } else if status == 500 {
        add("http/no-server-error", "any other status: 500 is no answer to a client");
    }
    if status == 412 && !conditional(seen) {
        add("http/precondition-failed", "any other status: the request states no precondition");
    }
    let plain = !seen.exchange.request.url.contains('?');
    if matches!(status, 405 | 500 | 501) && method == "GET" && plain && !is_linked(seen, context) {
        add("http/not-found", "404: nothing that was read links there, and every resource takes GET");
    }
    all
}

/// DSP0263 4.1.4: a request whose resourceURI names another known type than what is added there is refused.
pub(super) fn request_type(seen: &Seen<'_>, context: &Context<'_>) -> Vec<Violation> {
    let request = &seen.exchange.request;
    let target = context
        .links
        .types
        .get(&super::bare(&request.url))
        .and_then(|name| context.tables.collections.get(name));
    let (Some(collection), "POST", true) = (target, request.method.as_str(), seen.is_success()) else {
        return Vec::new();
    };
    let Some(crate::event::Body::Text(text)) = &request.body else { return Vec::new() };
    let Ok(json) = crate::tree::json::Json::read(text) else { return Vec::new() };
    let Some(said) = json.get("resourceURI").and_then(crate::tree::json::Json::as_str) else {
        return Vec::new();
    };
    let named = said.strip_prefix(&context.tables.type_base).unwrap_or("");
    let fits = named == collection.of
        || named == format!("{}Create", collection.of)
        || named == "Action"
        || named.is_empty();
    if fits {
        return Vec::new();
    }
    let subject = format!("POST {}", collection.of);
    let expected = format!("a refusal: resourceURI says {named}, and {} are added here", collection.of);
    vec![Violation::new(
        "4.1.4/wrong-resource-uri-refused",
        subject,
        At::Status,
        expected,
        seen.status().to_string(),
    )]
}

/// Whether a link seen so far leads to the URL.
fn is_linked(seen: &Seen<'_>, context: &Context<'_>) -> bool {
    context.links.types.contains_key(&super::bare(&seen.exchange.request.url))
}

fn conditional(seen: &Seen<'_>) -> bool {
    ["If-Match", "If-None-Match", "If-Unmodified-Since", "If-Modified-Since"]
        .iter()
        .any(|name| seen.request_header(name).is_some())
}

/// Why a request's body is not what its Content-Type says.
fn malformed_request(seen: &Seen<'_>) -> Option<String> {
    let crate::event::Body::Text(text) = seen.exchange.request.body.as_ref()? else { return None };
    let format = format_of(&essence(seen.request_header("Content-Type")?))?;
    let error = match format {
        Format::Json => crate::tree::json::Json::read(text).err(),
        Format::Xml => crate::tree::xml::Element::read(text).err(),
    };
    error.map(|e| e.to_string())
}

fn media_parameters(seen: &Seen<'_>) -> bool {
    seen.request_header("Content-Type").is_some_and(|v| v.contains(';') && format_of(&essence(v)).is_some())
}

/// DSP0263 4.1.7.1, 4.2.1.6, 4.2.1.7: where there are Jobs, a change names its own by an absolute URI.
pub(super) fn job_header(seen: &Seen<'_>, context: &Context<'_>) -> Vec<Violation> {
    let changes = matches!(seen.exchange.request.method.as_str(), "PUT" | "POST" | "DELETE");
    if !changes || !seen.is_success() {
        return Vec::new();
    }
    let subject = seen.subject(context);
    let at = At::Header("CIMI-Job-URI".to_owned());
    match seen.header("CIMI-Job-URI") {
        None if !context.links.has_jobs => Vec::new(),
        None if seen.status() == 202 => {
            vec![Violation::new("4.2.1.7/accepted-job", subject, at, "the URI of the Job", "nothing")]
        }
        None => vec![Violation::new("4.2.1.6/job-per-request", subject, at, "the URI of the Job", "nothing")],
        Some(uri) if url::Url::parse(uri).is_err() => {
            vec![Violation::new("4.2.1.6/job-per-request", subject, at, "an absolute URI", uri)]
        }
        Some(_) => Vec::new(),
    }
}

/// DSP0263 4.2.1.1: 201 names what was made.
pub(super) fn location_on_create(seen: &Seen<'_>, context: &Context<'_>) -> Vec<Violation> {
    let missing = seen.status() == 201 && seen.header("Location").is_none_or(|l| l.trim().is_empty());
    let at = At::Header("Location".to_owned());
    let violation = || {
        Violation::new("4.2.1.1/location", seen.subject(context), at, "a URI of the new resource", "nothing")
    };
    missing.then(violation).into_iter().collect()
}

/// RFC 7232 2.3.
pub(super) fn etag_syntax(seen: &Seen<'_>, _: &Context<'_>) -> Vec<Violation> {
    let Some(tag) = seen.header("ETag") else { return Vec::new() };
    if is_etag(tag) {
        return Vec::new();
    }
    let at = At::Header("ETag".to_owned());
    let violation =
        Violation::new("http/etag-syntax", "ETag", at, "a quoted string, with W/ before it when weak", tag);
    let violation = violation.with_hint("put the tag in double quotes");
    let quoted = format!("\"{tag}\"");
    if !is_etag(&quoted) {
        return vec![violation];
    }
    let edit = crate::edit::replace(&violation.at, tag, &quoted);
    vec![violation.with_edit(edit)]
}

/// Whether a text is an entity tag.
pub(crate) fn is_etag(tag: &str) -> bool {
    let opaque = tag.strip_prefix("W/").unwrap_or(tag);
    let inner = opaque.strip_prefix('"').and_then(|t| t.strip_suffix('"'));
    opaque.len() >= 2 && inner.is_some_and(|t| t.chars().all(|c| c != '"' && c > ' ' && c != '\u{7f}'))
}

/// RFC 7231 6.5.5: 405 says what is allowed; so does OPTIONS.
pub(super) fn allow_header(seen: &Seen<'_>, _: &Context<'_>) -> Vec<Violation> {
    let requirement = match (seen.status(), seen.exchange.request.method.as_str()) {
        (405, _) => "http/allow-on-405",
        (200..300, "OPTIONS") => "http/options",
        _ => return Vec::new(),
    };
    if seen.header("Allow").is_some() {
        return Vec::new();
    }
    let at = At::Header("Allow".to_owned());
    vec![Violation::new(requirement, "Allow", at, "the methods that the resource takes", "nothing")]
}

/// RFC 7235 3.1.
pub(super) fn www_authenticate(seen: &Seen<'_>, context: &Context<'_>) -> Vec<Violation> {
    if seen.status() != 401 || seen.header("WWW-Authenticate").is_some() {
        return Vec::new();
    }
    let at = At::Header("WWW-Authenticate".to_owned());
    vec![Violation::new("http/unauthorized", seen.subject(context), at, "a challenge", "nothing")]
}

/// The version header of 1.x; 2.0.0 has none.
pub(super) fn spec_version(seen: &Seen<'_>, context: &Context<'_>) -> Vec<Violation> {
    if context.tables.edition != Edition::V1 || seen.exchange.response.is_none() {
        return Vec::new();
    }
    let at = At::Header("CIMI-Specification-Version".to_owned());
    if let Some(asked) =
        seen.request_header("CIMI-Specification-Version").filter(|v| !speaks_1x(v) && seen.is_success())
        && seen.header("CIMI-Specification-Version").is_none()
    {
        let expected = format!("a refusal, or a version in the answer: {asked} was asked for");
        return vec![
            Violation::new("1.x/version-refused", "answers", at, expected, seen.status().to_string())
                .warning(),
        ];
    }
    let subject = if seen.is_success() { "answers" } else { "errors" };
    match seen.header("CIMI-Specification-Version") {
        None => vec![
            Violation::new("1.x/version-header", subject, at, "a version such as 1.0.1", "nothing").warning(),
        ],
        Some(version) if !is_version(version) => {
            vec![Violation::new("1.x/version-header-syntax", subject, at, "digits and dots", version)]
        }
        Some(_) => Vec::new(),
    }
}

/// Whether a list of versions has one of 1.x.
fn speaks_1x(versions: &str) -> bool {
    versions.split(',').any(|v| v.trim() == "1" || v.trim().starts_with("1."))
}

fn is_version(text: &str) -> bool {
    let one = |v: &str| {
        !v.is_empty() && v.split('.').all(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
    };
    text.split(',').all(|v| one(v.trim()))
}
