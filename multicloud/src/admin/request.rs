//! What a request asks for: its body within limits, its preconditions, the page that it wants.

use axum::extract::Request;
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde_json::{Map, Value};

use super::problem::Problem;

/// Bytes of a body: a record with a bundle of certificates fits.
const BODY: usize = 64 * 1024;
/// Bytes of a query.
const QUERY: usize = 2048;
/// Members of a page, if nothing is said.
pub(super) const PAGE: usize = 100;
/// Members that a page may have.
const PAGE_MOST: usize = 500;

/// A request, read.
pub(super) struct Asked {
    /// The name of the record, out of the path.
    pub(super) name: String,
    /// The body; empty where there is none.
    pub(super) body: Map<String, Value>,
    /// The entity tags that it demands.
    pub(super) demanded: Option<Vec<String>>,
    /// The page that it wants.
    pub(super) page: Page,
}

/// A page of a list.
pub(super) struct Page {
    /// How many records it has at most.
    pub(super) limit: usize,
    /// Names that come after this one.
    pub(super) after: String,
    /// Which of them.
    pub(super) filter: Option<String>,
}

impl Asked {
    /// For this record, and nothing else.
    pub(super) fn of(name: String) -> Self {
        let page = Page { limit: PAGE, after: String::new(), filter: None };
        Self { name, body: Map::new(), demanded: None, page }
    }

    pub(super) async fn read(request: Request, name: String) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let page = Page::of(parts.uri.query().unwrap_or_default())?;
        let demanded = demanded(&parts.headers)?;
        let body = if parts.method == Method::POST || parts.method == Method::PATCH {
            is_json(&parts.headers)?;
            let bytes = match Limited::new(body, BODY).collect().await {
                Ok(collected) => collected.to_bytes(),
                Err(error) if error.is::<LengthLimitError>() => {
                    let detail = format!("The body is longer than {BODY} bytes.");
                    return Err(Problem::new(
                        StatusCode::PAYLOAD_TOO_LARGE,
                        "too-large",
                        "Too large",
                        detail,
                    ));
                }
                Err(_) => return Err(Problem::bad_request("The body ended before its end.")),
            };
            object(&bytes)?
        } else {
            Map::new()
        };
        Ok(Self { name, body, demanded, page })
    }
}

fn object(bytes: &Bytes) -> Result<Map<String, Value>, Problem> {
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(Problem::bad_request("The body is no JSON object.")),
        // Its words tell where, and nothing of what stands there.
        Err(error) => Err(Problem::bad_request(format!(
            "The body is no JSON: line {}, column {}.",
            error.line(),
            error.column()
        ))),
    }
}

fn is_json(headers: &HeaderMap) -> Result<(), Problem> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = given.split(';').next().unwrap_or_default().trim();
    if ["application/json", "application/merge-patch+json"].iter().any(|it| media.eq_ignore_ascii_case(it)) {
        return Ok(());
    }
    let detail = "The body has to be application/json; of a PATCH, a merge patch (RFC 7396).";
    Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type", "Unsupported media type", detail))
}

/// The tags of If-Match; `*` demands nothing but that there is something.
fn demanded(headers: &HeaderMap) -> Result<Option<Vec<String>>, Problem> {
    let mut tags = Vec::new();
    for value in headers.get_all(header::IF_MATCH) {
        let text = value.to_str().map_err(|_| Problem::bad_request("If-Match is no text."))?;
        if text.trim() == "*" {
            return Ok(None);
        }
        for tag in text.split(',').map(str::trim) {
            let inner = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
            let inner =
                inner.ok_or_else(|| Problem::bad_request("If-Match has no entity tags in quotes."))?;
            tags.push(inner.to_owned());
        }
    }
    Ok((!tags.is_empty()).then_some(tags))
}

impl Page {
    fn of(query: &str) -> Result<Self, Problem> {
        let mut page = Self { limit: PAGE, after: String::new(), filter: None };
        for (name, value) in pairs(query)? {
            match name.as_str() {
                "limit" => page.limit = limit(&value)?,
                "after" => page.after = value,
                "filter" => page.filter = Some(value),
                _ => {
                    let detail = format!(
                        "`{name:.64}` is no parameter: there are limit, after and, for resources, filter."
                    );
                    return Err(Problem::bad_request(detail));
                }
            }
        }
        Ok(page)
    }
}

/// How many members a page may have, as `limit` says it.
pub(super) fn limit(text: &str) -> Result<usize, Problem> {
    let limit = text.parse().ok().filter(|limit| (1..=PAGE_MOST).contains(limit));
    limit.ok_or_else(|| Problem::bad_request(format!("`limit` is no number between 1 and {PAGE_MOST}.")))
}

/// A text as the parameters of a query have it: what [`pairs`] decodes.
pub(super) fn encoded(text: &str) -> String {
    let url = reqwest::Url::parse_with_params("http://manager/", [("v", text)]);
    url.ok().and_then(|url| url.query()?.strip_prefix("v=").map(str::to_owned)).unwrap_or_default()
}

/// Whether a media type is asked for by its name.
pub(super) fn accepts(headers: &HeaderMap, media: &str) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|it| it.to_str().ok());
    accepted
        .flat_map(|it| it.split(','))
        .any(|it| it.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(media))
}

/// The parameters of a query, decoded.
pub(super) fn pairs(query: &str) -> Result<Vec<(String, String)>, Problem> {
    if query.is_empty() {
        return Ok(Vec::new());
    }
    let url = reqwest::Url::parse(&format!("http://manager/?{query}"));
    let (true, Ok(url)) = (query.len() <= QUERY, url) else {
        return Err(Problem::bad_request("The query cannot be read."));
    };
    Ok(url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
}
