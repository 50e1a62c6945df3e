//! A refusal as the caller sees it (DSP0263 4.2.2): a status, headers, and a Job that failed.
//!
//! Owns the Job of an error. What it says comes from the [`Refusal`].

use http::header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};

use super::exchange::Subject;
use super::methods;
use super::options::{Options, Tokens};
use super::refusal::{Reason, Refusal};
use super::reply::{Answer, written};
use crate::codec::Format;
use crate::data::DateTime;
use crate::document::Document;
use crate::edition::Edition;
use crate::model::schema;
use crate::value::{Attributes, Reference, Value};

/// Return codes begin above those that 5.17.1 reserves; what is added is the HTTP status.
const RETURN_CODE: i64 = 10_000;

/// The answer to a request that is refused.
pub(super) fn answer(
    edition: Edition,
    options: &Options,
    format: Format,
    refusal: &Refusal,
    subject: &Subject,
) -> Answer {
    let status = StatusCode::from_u16(refusal.reason.status()).expect("reasons name valid statuses");
    let job = job(edition, refusal, subject, &(options.now)());
    let mut response = written(status, format, &job, &crate::extension::Extensions::NONE);
    let headers = response.headers_mut();
    match refusal.reason {
        Reason::Unauthorized => {
            headers.insert(WWW_AUTHENTICATE, challenge(options));
        }
        Reason::MethodNotAllowed => {
            headers.insert(ALLOW, methods::allow(subject.methods));
        }
        _ => {}
    }
    if let Some(seconds) = refusal.retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// The pseudo Job: `id` empty, as it can't be read again, and its nested Jobs inline (4.2.2).
fn job(edition: Edition, refusal: &Refusal, subject: &Subject, now: &DateTime) -> Document {
    let mut attributes = failed(refusal, &refusal.message, now);
    if let Some(target) = &subject.uri {
        attributes.set("targetResource", Reference::to(target.as_str()));
    }
    // 5.17.1: the target is among those affected.
    let affected: Vec<Value> = subject
        .uri
        .iter()
        .chain(refusal.affected.iter().filter(|uri| subject.uri.as_ref() != Some(*uri)))
        .map(|uri| Value::Ref(Reference::to(uri.as_str())))
        .collect();
    if !affected.is_empty() {
        attributes.set("affectedResources", affected);
    }
    attributes.set_some("action", subject.action.as_deref());
    if !refusal.details.is_empty() {
        // Expanded references to what cannot be read again: like the `id`, the `href` is there, and empty.
        let nested = refusal.details.iter().map(|detail| {
            Value::Ref(Reference { href: Some(String::new()), attributes: failed(refusal, detail, now) })
        });
        attributes.set("nestedJobs", nested.collect::<Vec<_>>());
    }
    Document::with(schema(edition, "Job"), attributes)
}

fn failed(refusal: &Refusal, message: &str, now: &DateTime) -> Attributes {
    Attributes::with_capacity(10)
        .with("id", "")
        .with("state", "FAILED")
        .with("returnCode", RETURN_CODE + i64::from(refusal.reason.status()))
        .with("progress", 100_i64)
        .with("statusMessage", message)
        .with("timeOfStatusChange", now.clone())
}

/// RFC 7617: Basic, in this realm, in UTF-8; RFC 6750: Bearer, where it will do.
fn challenge(options: &Options) -> HeaderValue {
    let realm: String =
        options.realm.chars().filter(|c| matches!(c, ' '..='~') && !matches!(c, '"' | '\\')).collect();
    let bearer = match options.tokens {
        Tokens::None => String::new(),
        Tokens::Bearer => format!(", Bearer realm=\"{realm}\""),
    };
    HeaderValue::try_from(format!("Basic realm=\"{realm}\", charset=\"UTF-8\"{bearer}"))
        .expect("only visible ASCII and blanks have been let through")
}
