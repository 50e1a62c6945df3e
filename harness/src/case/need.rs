//! What a case needs of an endpoint before it makes sense there.

use std::ops::Range;

use crate::source::{Faults, Field, Origin, did_you_mean};

use super::parse::Context;
use super::template::{Path, Template};
use super::{Role, Vocabulary};

/// Behind the value of a capability: it may be absent as well.
const OR_NONE: &str = " or none";

/// A condition on the endpoint.
#[derive(Debug, Clone)]
pub struct Need {
    /// As written.
    pub text: String,
    /// What it says.
    pub kind: NeedKind,
    /// Where it is written.
    pub origin: Origin,
}

/// The kinds of [`Need`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NeedKind {
    /// `machines`: the entry point has the collection; `machine`: it has at least one item.
    Fact(String),
    /// `machines >= 2`: the collection has so many items.
    Count {
        /// The collection.
        fact: String,
        /// How.
        comparison: Comparison,
        /// The number.
        number: u64,
    },
    /// `capability:CloudEntryPoint/FilterParameter`, `...=value`: advertised as true, or with this value;
    /// `...=value or none`: with no other.
    Capability {
        /// `Resource/Name`.
        name: String,
        /// The value asked for.
        value: Advertised,
    },
    /// `capability:CloudEntryPoint/MaxPropertyItems >= 8`: advertised as a number that is not smaller.
    Amount {
        /// `Resource/Name`.
        capability: String,
        /// The number.
        at_least: u64,
    },
    /// `query:machines`: its URI has a query of its own.
    Query(String),
    /// `operation:machine/stop`, `operation:machines/add`: the sample or the collection offers it.
    Operation {
        /// A fact.
        fact: String,
        /// Its rel, short.
        rel: String,
    },
    /// `attribute:machine/cpuSpeed`: the sample has the attribute.
    Attribute {
        /// A fact.
        fact: String,
        /// The attribute.
        path: Path,
    },
    /// `header:machine/ETag`: reading the sample gives the header.
    Header {
        /// A fact.
        fact: String,
        /// The header.
        name: String,
    },
    /// `no operation:machine/pause`: the endpoint has not what follows, and the case is a probe of that.
    Lacks(Box<NeedKind>),
    /// `auth`: the endpoint was given credentials and refuses requests without.
    Auth,
    /// `user:other`: the run was given a user of this role.
    User(Role),
}

/// How a capability is to be advertised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Advertised {
    /// As true.
    True,
    /// With this value, or with a list that has it.
    As(String),
    /// With this value, or not at all.
    NoOther(String),
}

/// What the reply of a step has to show for the rest of the case to make sense.
#[derive(Debug, Clone)]
pub struct Shown {
    /// As written.
    pub text: String,
    /// What it says.
    pub kind: ShownKind,
    /// Where it is written.
    pub origin: Origin,
}

/// The kinds of [`Shown`].
#[derive(Debug, Clone)]
pub enum ShownKind {
    /// `operation:pause`: the resource offers it.
    Operation(String),
    /// `attribute:relatedImage`: the resource has it; `attribute:state=RUNNING,STOPPING`: with one of these values.
    Attribute {
        /// The attribute.
        path: Path,
        /// The values; none if any will do.
        values: Vec<Template>,
    },
    /// `header:ETag`: the reply has it.
    Header(String),
    /// `accepted`: it is no refusal (4xx). For what an endpoint is free to lack and nothing else tells.
    Accepted,
    /// `no operation:delete`: the reply has not what follows, and the rest of the case is a probe of that.
    Lacks(Box<ShownKind>),
}

/// What turns a condition around.
const NO: &str = "no ";

/// How a count is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `>=`
    AtLeast,
    /// `=`
    Exactly,
}

impl Need {
    /// Reads one entry of `needs`.
    pub(super) fn read(field: &Field<String>, vocabulary: &Vocabulary, faults: &mut Faults) -> Option<Self> {
        let text = field.value.trim();
        let kind = kind(text, &field.span, vocabulary, faults)?;
        Some(Self { text: text.to_owned(), kind, origin: faults.origin(field.span.start) })
    }
}

impl Shown {
    /// Reads one entry of the `needs` of a step.
    pub(super) fn read(field: &Field<String>, context: &Context<'_>, faults: &mut Faults) -> Option<Self> {
        let text = context.text(&field.value);
        let text = text.trim();
        let kind = shown(text, field, context, faults)?;
        Some(Self { text: text.to_owned(), kind, origin: faults.origin(field.span.start) })
    }
}

fn shown(text: &str, field: &Field<String>, context: &Context<'_>, faults: &mut Faults) -> Option<ShownKind> {
    if let Some(rest) = text.strip_prefix(NO) {
        return Some(ShownKind::Lacks(Box::new(shown(rest.trim_start(), field, context, faults)?)));
    }
    match text.split_once(':') {
        Some(("operation", rel)) => Some(ShownKind::Operation(rel.to_owned())),
        Some(("header", name)) => Some(ShownKind::Header(name.to_owned())),
        None if text == "accepted" => Some(ShownKind::Accepted),
        Some(("attribute", rest)) => match Path::read(rest.split_once('=').map_or(rest, |(path, _)| path)) {
            Ok(path) => Some(ShownKind::Attribute { path, values: values(rest, field, context, faults) }),
            Err(message) => {
                faults.add(field.span.clone(), format!("bad path in `{rest}`: {message}"), None);
                None
            }
        },
        _ => {
            let expected = "\"operation:stop\", \"attribute:relatedImage\", \"attribute:state=STOPPED\", \"header:ETag\" or \"accepted\"";
            faults.add(
                field.span.clone(),
                format!("`{text}` is nothing that a reply can show"),
                Some(expected.to_owned()),
            );
            None
        }
    }
}

/// The values behind the `=` of `attribute:PATH=ONE,OTHER`.
fn values(rest: &str, field: &Field<String>, context: &Context<'_>, faults: &mut Faults) -> Vec<Template> {
    let listed = rest.split_once('=').into_iter().flat_map(|(_, values)| values.split(','));
    listed
        .map(|value| Field { value: value.trim().to_owned(), span: field.span.clone() })
        .map(|value| context.template(&value, faults))
        .collect()
}

fn kind(text: &str, span: &Range<usize>, vocabulary: &Vocabulary, faults: &mut Faults) -> Option<NeedKind> {
    if let Some(rest) = text.strip_prefix(NO) {
        return Some(NeedKind::Lacks(Box::new(kind(rest.trim_start(), span, vocabulary, faults)?)));
    }
    if text == "auth" {
        return Some(NeedKind::Auth);
    }
    if let Some(fact) = text.strip_prefix("query:") {
        known(fact, "fact", &vocabulary.facts, span, faults)?;
        return Some(NeedKind::Query(fact.to_owned()));
    }
    if let Some(name) = text.strip_prefix("user:") {
        let role = Role::ALL.into_iter().find(|role| role.name() == name);
        if role.is_none() {
            let expected = Some("`user:other` or `user:reader`".to_owned());
            faults.add(span.clone(), format!("`{name}` is no role of a user"), expected);
        }
        return role.map(NeedKind::User);
    }
    if let Some((name, number)) = text.strip_prefix("capability:").and_then(|rest| rest.split_once(">=")) {
        let capability = name.trim().to_owned();
        known(&capability, "capability", &vocabulary.capabilities, span, faults)?;
        let at_least = number.trim().parse().ok();
        if at_least.is_none() {
            let expected = Some("`capability:Resource/Name >= 8`".to_owned());
            faults.add(span.clone(), format!("`{}` is no number", number.trim()), expected);
        }
        return Some(NeedKind::Amount { capability, at_least: at_least? });
    }
    if let Some(rest) = text.strip_prefix("capability:") {
        let (name, value) = match rest.split_once('=') {
            None => (rest.trim(), Advertised::True),
            Some((name, value)) => match value.trim().strip_suffix(OR_NONE) {
                Some(value) => (name.trim(), Advertised::NoOther(value.trim().to_owned())),
                None => (name.trim(), Advertised::As(value.trim().to_owned())),
            },
        };
        known(name, "capability", &vocabulary.capabilities, span, faults)?;
        return Some(NeedKind::Capability { name: name.to_owned(), value });
    }
    for (prefix, what) in [("operation:", "stop"), ("attribute:", "cpuSpeed"), ("header:", "ETag")] {
        if let Some(rest) = text.strip_prefix(prefix) {
            let Some((fact, tail)) = rest.split_once('/') else {
                faults.add(
                    span.clone(),
                    format!("`{text}` has no `/`"),
                    Some(format!("`{prefix}FACT/{what}`")),
                );
                return None;
            };
            known(fact, "fact", &vocabulary.facts, span, faults)?;
            return about(prefix, fact.to_owned(), tail, span, faults);
        }
    }
    counted(text, span, vocabulary, faults)
}

fn about(
    prefix: &str,
    fact: String,
    tail: &str,
    span: &Range<usize>,
    faults: &mut Faults,
) -> Option<NeedKind> {
    match prefix {
        "operation:" => Some(NeedKind::Operation { fact, rel: tail.to_owned() }),
        "header:" => Some(NeedKind::Header { fact, name: tail.to_owned() }),
        _ => match Path::read(tail) {
            Ok(path) => Some(NeedKind::Attribute { fact, path }),
            Err(message) => {
                faults.add(span.clone(), format!("bad path `{tail}`: {message}"), None);
                None
            }
        },
    }
}

fn counted(
    text: &str,
    span: &Range<usize>,
    vocabulary: &Vocabulary,
    faults: &mut Faults,
) -> Option<NeedKind> {
    let (fact, rest) = match text.find(['>', '=']) {
        Some(at) => (text[..at].trim(), text[at..].trim()),
        None => (text, ""),
    };
    known(fact, "fact", &vocabulary.facts, span, faults)?;
    if rest.is_empty() {
        return Some(NeedKind::Fact(fact.to_owned()));
    }
    let (comparison, number) = match (rest.strip_prefix(">="), rest.strip_prefix('=')) {
        (Some(number), _) => (Comparison::AtLeast, number),
        (None, Some(number)) => (Comparison::Exactly, number),
        (None, None) => (Comparison::AtLeast, rest),
    };
    let Ok(number) = number.trim().parse() else {
        faults.add(
            span.clone(),
            format!("`{rest}` is no count"),
            Some("`FACT >= 2` or `FACT = 2`".to_owned()),
        );
        return None;
    };
    Some(NeedKind::Count { fact: fact.to_owned(), comparison, number })
}

fn known(
    name: &str,
    what: &str,
    names: &std::collections::BTreeSet<String>,
    span: &Range<usize>,
    faults: &mut Faults,
) -> Option<()> {
    if names.contains(name) {
        return Some(());
    }
    let hint = did_you_mean(name, names.iter().map(String::as_str));
    let expected = match what {
        "fact" => {
            "a collection of the entry point (`machines`), a sample (`machine`), `capability:`, `operation:`, `attribute:`, `header:`, `user:` or `auth`"
        }
        _ => "a capability of the tables: `capability:Resource/Name`",
    };
    faults.add_with_hint(span.clone(), format!("unknown {what} `{name}`"), Some(expected.to_owned()), hint);
    None
}
