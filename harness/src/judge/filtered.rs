//! Whether a filtered listing has the members that the filter leaves of the listing without it (DSP0263 4.1.6.1).
//!
//! Reads only what can be held against what was listed without doubt: comparisons of an attribute or a property with a
//! literal by `=` or `!=`, joined by `and` and `or`. Everything else is for cases, which know what they ask.

use std::collections::BTreeSet;

use percent_encoding::percent_decode_str;

use crate::meaning::{Resource, Value};

/// No filter that is looked at has more comparisons than this.
const MOST: usize = 64;

/// The filters of a request.
#[derive(Debug)]
pub(super) struct Filters {
    /// Each has alternatives, each of comparisons that must all hold.
    all: Vec<Vec<Vec<Comparison>>>,
}

#[derive(Debug, PartialEq, Eq)]
struct Comparison {
    subject: Subject,
    is_equal: bool,
    literal: String,
    is_number: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Subject {
    Attribute(String),
    Property(String),
}

impl Filters {
    /// The filters of a URL; none where it has none, or asks for anything else as well.
    pub(super) fn of(url: &str) -> Option<Self> {
        let (_, query) = url.split_once('?')?;
        let mut all = Vec::new();
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=')?;
            if percent_decode_str(name).decode_utf8().ok()? != "$filter" {
                return None;
            }
            let value = percent_decode_str(value).decode_utf8().ok()?;
            all.push(expression(&value)?);
        }
        (!all.is_empty() && all.iter().flatten().flatten().count() <= MOST).then_some(Self { all })
    }

    /// The requirement that is at stake, and a word for what the filters have that a plain one has not.
    pub(super) fn at_stake(&self) -> (&'static str, &'static str) {
        let comparisons = || self.all.iter().flatten().flatten();
        if self.all.len() > 1 {
            ("4.1.6.1/filter-several-are-anded", "several filters")
        } else if comparisons().count() > 1 {
            let is_or = self.all.iter().any(|filter| filter.len() > 1);
            ("4.1.6.1/filter-and-or", if is_or { "or" } else { "and" })
        } else if comparisons().any(|c| matches!(c.subject, Subject::Property(_))) {
            ("4.1.6.1/filter-property", "a property")
        } else if comparisons().any(|c| c.is_number) {
            ("4.1.6.1/filter-integer", "a number")
        } else {
            ("4.1.6.1/filter-applied", "a string")
        }
    }

    /// Identifiers of the members that they leave; nothing where that is in doubt.
    pub(super) fn leave(&self, members: &[Resource]) -> Option<BTreeSet<String>> {
        let mut left = BTreeSet::new();
        for member in members {
            let mut holds = true;
            for filter in &self.all {
                let mut any = false;
                for alternative in filter {
                    let mut all = true;
                    for comparison in alternative {
                        all &= comparison.holds(member)?;
                    }
                    any |= all;
                }
                holds &= any;
            }
            if holds {
                left.insert(member.identity()?);
            }
        }
        Some(left)
    }
}

impl Comparison {
    /// Whether it holds; nothing where the text does not say: an attribute that is not there differs from nothing.
    fn holds(&self, member: &Resource) -> Option<bool> {
        let value = match &self.subject {
            Subject::Attribute(name) => member.attributes.get(name),
            Subject::Property(name) => match member.attributes.get("properties") {
                Some(Value::Record(properties)) => properties.get(name),
                _ => None,
            },
        };
        match value {
            None if self.is_equal => Some(false),
            None => None,
            Some(value) => Some((value.as_text()? == self.literal) == self.is_equal),
        }
    }
}

/// Alternatives of comparisons: `and` binds closer than `or`.
fn expression(text: &str) -> Option<Vec<Vec<Comparison>>> {
    let mut rest = text.trim();
    let mut alternatives = vec![Vec::new()];
    loop {
        let (comparison, after) = comparison(rest)?;
        alternatives.last_mut()?.push(comparison);
        let after = after.trim_start();
        if after.is_empty() {
            return Some(alternatives);
        }
        rest = if let Some(next) = after.strip_prefix("and ") {
            next
        } else {
            alternatives.push(Vec::new());
            after.strip_prefix("or ")?
        };
        rest = rest.trim_start();
    }
}

fn comparison(text: &str) -> Option<(Comparison, &str)> {
    let (subject, rest) = if let Some(rest) = text.strip_prefix("property[") {
        let (name, rest) = quoted(rest)?;
        (Subject::Property(name), rest.strip_prefix(']')?)
    } else {
        let end = text.find(|c: char| !c.is_ascii_alphanumeric())?;
        (Subject::Attribute(text[..end].to_owned()), &text[end..])
    };
    let rest = rest.trim_start();
    let (is_equal, rest) = match rest.strip_prefix("!=") {
        Some(rest) => (false, rest),
        None => (true, rest.strip_prefix('=')?),
    };
    let rest = rest.trim_start();
    let (literal, is_number, rest) = if let Some((literal, rest)) = quoted(rest) {
        (literal, false, rest)
    } else {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        (rest.get(..end).filter(|digits| !digits.is_empty())?.to_owned(), true, &rest[end..])
    };
    Some((Comparison { subject, is_equal, literal, is_number }, rest))
}

/// A string without escapes, and what follows it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let (inside, rest) = text[1..].split_once(quote)?;
    (!inside.contains('\\')).then(|| (inside.to_owned(), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(id: &str, memory: &str, foo: &str) -> Resource {
        let text = |text: &str| Value::Text(text.to_owned());
        let properties = Value::Record([("foo".to_owned(), text(foo))].into_iter().collect());
        let attributes = [
            ("id".to_owned(), text(id)),
            ("memory".to_owned(), Value::Number(memory.to_owned())),
            ("properties".to_owned(), properties),
        ];
        Resource { attributes: attributes.into_iter().collect(), ..Resource::default() }
    }

    #[track_caller]
    fn check(query: &str, expected: Option<&str>) {
        let members = [member("a", "1", "x"), member("b", "2", "y"), member("c", "2", "x")];
        let left = Filters::of(&format!("http://h/c?{query}")).and_then(|filters| filters.leave(&members));
        let left = left.map(|left| left.into_iter().collect::<String>());
        assert_eq!(left.as_deref(), expected, "{query}");
    }

    #[test]
    fn what_filters_leave() {
        check("$filter=memory=2", Some("bc"));
        check("$filter=id='a'", Some("a"));
        check("%24filter=memory=2%20and%20id!=%22b%22", Some("c"));
        check("$filter=id='a' or memory=2 and property['foo']='y'", Some("ab"));
        check("$filter=memory=2&$filter=id='a'", Some(""));
        check("$filter=nothing='a'", Some(""));
    }

    #[test]
    fn what_is_in_doubt_is_left_alone() {
        check("$filter=nothing!='a'", None);
        check("$filter=memory>1", None);
        check("$filter=(id='a')", None);
        check("$filter=id='a'&$first=1", None);
        check("$filter=id='a", None);
        check("$filter=id='a' and", None);
        check("$filter=", None);
    }
}
