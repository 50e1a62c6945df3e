//! What HTTP itself asks for.

use http::StatusCode;

use super::super::way::{ANY, Act, Edit, Of, V, add, always, get};
use super::super::{Deviation, query};
use super::has;

const CHANGES: &[&str] = &["POST", "PUT", "DELETE"];

pub(super) static LIST: &[Deviation] = &[
    deviation!(
        "refusals-are-200",
        "what is refused is answered with 200 and a Job that failed",
        [
            "http/status-line-class",
            "4.2.1.6/job-per-request",
            "5.11/mandatory-kept",
            "5.3/provider-mandatory"
        ],
        [ANY.method(CHANGES).status(400, 499).then(Act::Status(200))],
    ),
    deviation!(
        "unknown-is-empty",
        "a URI that names nothing is answered with 200 and no body",
        ["http/not-found"],
        [ANY.method(&["GET"]).status(404, 404).then(Act::Reply(|reply| {
            reply.set_status(StatusCode::OK);
            reply.set_body(Vec::new());
        }))],
    ),
    deviation!(
        "wrong-method-is-400",
        "a method that a resource does not take is answered with 400",
        ["http/method-not-allowed"],
        [ANY.status(405, 405).then(Act::Status(400)), ANY.status(501, 501).then(Act::Status(400))],
    ),
    deviation!(
        "no-allow-header",
        "405 does not say what is allowed",
        ["http/allow-on-405"],
        [ANY.status(405, 405).then(Act::NoHeader("allow"))],
    ),
    deviation!(
        "not-acceptable-is-500",
        "an Accept that admits no format is answered with 500",
        ["http/not-acceptable", "http/no-server-error"],
        [ANY.asks(|asked| !has(asked, "$format")).status(406, 406).then(Act::Status(500))],
    ),
    deviation!(
        "accept-weights-ignored",
        "of several formats in Accept the first is sent, whatever its weight",
        ["http/accept-q"],
        [
            ANY.asks(|asked| asked.header("accept").is_some_and(|accept| {
                accept.contains("q=") && accept.trim_start().starts_with("application/json")
            }))
            .then(Act::AskHeader("accept", Some("application/json"))),
            ANY.asks(|asked| asked.header("accept").is_some_and(|accept| {
                accept.contains("q=") && accept.trim_start().starts_with("application/xml")
            }))
            .then(Act::AskHeader("accept", Some("application/xml"))),
        ],
    ),
    deviation!(
        "accept-any-refused",
        "*/* in Accept is answered with 406",
        ["http/accept-any"],
        [ANY.asks(|asked| asked.header("accept").is_none_or(|accept| accept.trim() == "*/*"))
            .then(Act::Refuse(406))],
    ),
    deviation!(
        "unreadable-body-is-500",
        "a body of a type that is not read is answered with 500",
        ["http/unsupported-media-type", "http/no-server-error", "http/status-line-class"],
        [ANY.status(415, 415).then(Act::Status(500))],
    ),
    deviation!(
        "charset-unknown",
        "a parameter of Content-Type makes the type unknown",
        ["http/content-type-parameters"],
        [ANY.method(CHANGES)
            .asks(|asked| asked.header("content-type").is_some_and(|sent| sent.contains(';')))
            .then(Act::Refuse(415))],
    ),
    deviation!(
        "malformed-body-is-500",
        "a body that does not parse is answered with 500",
        ["http/malformed-body", "http/no-server-error", "6/limits"],
        [ANY.method(CHANGES)
            .asks(|asked| !asked.body.is_empty() && asked.document().is_none())
            .status(400, 400)
            .then(Act::Status(500))],
    ),
    deviation!(
        "no-challenge",
        "401 has no challenge",
        ["http/unauthorized"],
        [ANY.status(401, 401).then(Act::NoHeader("www-authenticate"))],
    ),
    deviation!(
        "forbidden-is-500",
        "what a client may not do is answered with 500",
        ["http/forbidden", "http/no-server-error"],
        [ANY.method(CHANGES)
            .asks(|asked| asked.header("authorization").is_some())
            .status(403, 405)
            .then(Act::Status(500))],
    ),
    deviation!(
        "head-refused",
        "HEAD is not taken",
        ["http/head"],
        [
            ANY.method(&["HEAD"]).then(Act::Status(405)),
            ANY.method(&["HEAD"]).then(Act::Header("allow", "GET"))
        ],
    ),
    deviation!(
        "options-without-allow",
        "OPTIONS does not say which methods there are",
        ["http/options"],
        [ANY.method(&["OPTIONS"]).then(Act::NoHeader("allow"))],
    ),
    deviation!(
        "reads-are-counted",
        "a GET changes the description of a Machine",
        ["http/safe-methods"],
        [get(&["Machine"]).then(Act::Counted(Of::Types(&["Machine"]), "description"))],
    ),
    deviation!(
        "location-leads-nowhere",
        "Location names something that is not there",
        ["http/location-resolves", "4.2.1.1/location"],
        [always(Act::HeaderText("location", super::gone))],
    ),
    deviation!(
        "no-content-type",
        "a reply does not say of which type its body is",
        ["http/content-type-present", "4.2.1.1/content-headers"],
        [ANY.status(200, 299).then(Act::NoHeader("content-type"))],
    ),
    deviation!(
        "etag-without-quotes",
        "an ETag has no quotes",
        ["http/etag-syntax"],
        [always(Act::HeaderText("etag", |tag| tag.replace('"', "")))],
    ),
    deviation!(
        "etag-constant",
        "the ETag stays when a representation changes",
        ["http/etag-changes", "4.1.7.2/if-match"],
        [always(Act::HeaderText("etag", |_| "\"same\"".to_owned()))],
    ),
    deviation!(
        "if-none-match-ignored",
        "If-None-Match has no effect on a GET",
        ["http/if-none-match"],
        [ANY.method(&["GET", "HEAD"]).then(Act::AskHeader("if-none-match", None))],
    ),
    deviation!(
        "precondition-failed-is-400",
        "a precondition that does not hold is answered with 400",
        ["http/precondition-failed", "4.1.7.2/if-match"],
        [ANY.status(412, 412).then(Act::Status(400))],
    ),
    deviation!(
        "date-in-another-format",
        "Date is in the format of CIMI, not of HTTP",
        ["http/date", "4.1.7/response-headers"],
        [get(&[]).then(Act::Header("date", "2026-01-01T00:00:00Z"))],
    ),
    deviation!(
        "bad-filter-is-500",
        "a query that cannot be understood is answered with 500",
        ["http/no-server-error", "4.1.6.1/filter-malformed", "4.1.6.2/malformed"],
        [ANY.method(&["GET"])
            .asks(|asked| asked.parts.uri.query().is_some())
            .status(400, 400)
            .then(Act::Status(500))],
    ),
    deviation!(
        "trace-in-errors",
        "an error shows the insides of the server",
        ["http/no-internals"],
        [ANY.status(400, 599).then(Act::Show(
            Of::Types(&["Job"]),
            Edit::Change("statusMessage", V::Text("stack trace: \tat cloud.rb:42 in /etc/cloud/settings"))
        ))],
    ),
    deviation!(
        "no-vary",
        "a negotiated reply does not say so",
        ["http/vary"],
        [always(Act::NoHeader("vary"))],
    ),
    deviation!(
        "unknown-parameters-refused",
        "a query parameter that means nothing here is refused",
        ["4.1.6/unknown-parameters-ignored"],
        [ANY.asks(|asked| {
            let known = |name: &str| name.starts_with('$') || name == "user";
            let query = asked.query();
            query
                .split('&')
                .any(|pair| !pair.is_empty() && !known(pair.split('=').next().unwrap_or_default()))
        })
        .then(Act::Refuse(400))],
    ),
    deviation!(
        "headers-in-one-case",
        "request headers count in one case of their values only",
        ["4.1.5/request-headers"],
        [ANY.asks(|asked| {
            let odd = |text: &str| text.chars().any(char::is_uppercase);
            asked.header("accept").is_some_and(odd) || asked.header("content-type").is_some_and(odd)
        })
        .then(Act::Refuse(400))],
    ),
    deviation!(
        "own-parameters-lost",
        "a parameter of the provider's own in its URIs does not work together with those of the client",
        ["4.1.6/own-parameters-kept"],
        [
            always(Act::Show(
                Of::Types(&["CloudEntryPoint"]),
                Edit::Point("machines", |uri| format!("{uri}?user=me"))
            )),
            ANY.asks(|asked| has(asked, "user")).then(Act::Query(|text| {
                if query::values(text, "user").count() > 0 && text.contains('&') {
                    String::new()
                } else {
                    text.to_owned()
                }
            })),
        ],
    ),
    deviation!(
        "own-parameters-with-dollar",
        "parameters of the provider's own begin with a dollar",
        ["4.1.6/own-parameters-no-dollar"],
        [always(Act::Show(
            Of::Types(&["CloudEntryPoint"]),
            Edit::Point("machineImages", |uri| format!("{uri}?$user=me"))
        ))],
    ),
    deviation!(
        "creation-in-json-only",
        "the answer to a creation is in JSON, whatever Accept says",
        ["4.2.1.1/answer-in-accepted-format"],
        [add(&[]).then(Act::AskHeader("accept", Some("application/json")))],
    ),
];
