//! Entity tags (DSP0263 4.1.7.2; RFC 9110 8.8.3, 13.1): made of versions, and read back from conditions.
//!
//! Owns the form of a tag: the provider's version, a dash, and which representation of it (format, query), so that a
//! tag is strong, and so that `If-Match` finds the version again whatever representation the caller has read.

use http::header::{IF_MATCH, IF_NONE_MATCH};
use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use sha2::{Digest, Sha256};

use super::provider::{Precondition, Version};
use super::refusal::Refusal;
use crate::codec::Format;

/// What a version may not show inside of a tag: the quotes, and what would confuse a list of tags.
const ESCAPED: &AsciiSet = &CONTROLS.add(b'"').add(b'%').add(b',').add(b' ').add(b'\\');

/// A digest of what makes one representation differ from the plain one: query parameters, versions of what was expanded.
#[derive(Default)]
pub(super) struct Variation(Option<Sha256>);

impl Variation {
    /// Takes something into account.
    pub(super) fn add(&mut self, part: &str) {
        let digest = self.0.get_or_insert_default();
        digest.update(part.as_bytes());
        digest.update([0]);
    }
}

/// The tag of one representation.
pub(super) fn tag(version: &Version, format: Format, variation: Variation) -> HeaderValue {
    let mut text = String::with_capacity(version.0.len() + 24);
    text.push('"');
    text.extend(utf8_percent_encode(&version.0, ESCAPED));
    text.push_str(match format {
        Format::Json => "-j",
        Format::Xml => "-x",
    });
    if let Some(digest) = variation.0 {
        text.push_str(&hex::encode(&digest.finalize()[..8]));
    }
    text.push('"');
    HeaderValue::try_from(text).expect("everything but visible ASCII has been escaped")
}

/// Whether the caller already has the representation with this tag (`If-None-Match`, weak comparison).
///
/// # Errors
/// `BadRequest` if the header is no list of tags.
pub(super) fn is_known(headers: &HeaderMap, tag: &HeaderValue) -> Result<bool, Refusal> {
    Ok(match condition(headers, &IF_NONE_MATCH)? {
        None => false,
        Some(Condition::Any) => true,
        Some(Condition::Tags(tags)) => {
            let tag = tag.as_bytes();
            tags.iter().any(|known| known.opaque.as_bytes() == &tag[1..tag.len() - 1])
        }
    })
}

/// What `If-Match` demands (strong comparison). `*` demands what has been found by now: that there is a resource.
///
/// # Errors
/// `BadRequest` if the header is no list of tags.
pub(super) fn demanded(headers: &HeaderMap) -> Result<Precondition, Refusal> {
    Ok(match condition(headers, &IF_MATCH)? {
        None | Some(Condition::Any) => Precondition::None,
        Some(Condition::Tags(tags)) => Precondition::Versions(tags.iter().filter_map(Tag::version).collect()),
    })
}

/// Refuses a change under `If-None-Match: *`: the resource exists. Tags in that header are for reading only.
///
/// # Errors
/// `PreconditionFailed` for `*`, `BadRequest` if the header is no list of tags.
pub(super) fn refuse_if_none(headers: &HeaderMap) -> Result<(), Refusal> {
    match condition(headers, &IF_NONE_MATCH)? {
        Some(Condition::Any) => {
            Err(Refusal::precondition_failed("If-None-Match is `*`, but there is a resource."))
        }
        _ => Ok(()),
    }
}

enum Condition {
    Any,
    Tags(Vec<Tag>),
}

struct Tag {
    weak: bool,
    opaque: String,
}

impl Tag {
    /// The version in a tag of ours; none of a weak one, which is not equal to anything (RFC 9110 8.8.3.2).
    fn version(&self) -> Option<Version> {
        if self.weak {
            return None;
        }
        let (version, _) = self.opaque.rsplit_once('-')?;
        Some(Version(percent_decode_str(version).decode_utf8().ok()?.into_owned()))
    }
}

fn condition(headers: &HeaderMap, name: &HeaderName) -> Result<Option<Condition>, Refusal> {
    let mut tags = Vec::new();
    let mut lines = headers.get_all(name).iter().peekable();
    if lines.peek().is_none() {
        return Ok(None);
    }
    for line in lines {
        let text = line.to_str().unwrap_or_default().trim();
        if text == "*" {
            return Ok(Some(Condition::Any));
        }
        parse(text, &mut tags).ok_or_else(|| {
            let name = if *name == IF_MATCH { "If-Match" } else { "If-None-Match" };
            Refusal::bad_request(format!("{name} is neither `*` nor a list of entity tags in double quotes."))
        })?;
    }
    Ok(Some(Condition::Tags(tags)))
}

/// `1#entity-tag` of RFC 9110 8.8.3, empty list elements passed over. `None` if it is something else.
fn parse(mut rest: &str, tags: &mut Vec<Tag>) -> Option<()> {
    let before = tags.len();
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            return (tags.len() > before).then_some(());
        }
        let (weak, quoted) = match rest.strip_prefix("W/") {
            Some(quoted) => (true, quoted),
            None => (false, rest),
        };
        let (opaque, behind) = quoted.strip_prefix('"')?.split_once('"')?;
        rest = behind.trim_start_matches([' ', '\t']);
        if !rest.is_empty() && !rest.starts_with(',') {
            return None;
        }
        tags.push(Tag { weak, opaque: opaque.to_owned() });
    }
}
