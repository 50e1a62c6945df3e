//! Of which type a document is (DSP0263 4.1.4, 5.4).
//!
//! Owns the choice of a schema from the type URI and from what the caller expects. Knows no serialization.

use super::Context;
use crate::data::Invalid;
use crate::edition::Edition;
use crate::model::{Schema, generic, registry};

/// The type of a document.
pub(super) struct Root {
    /// The schema to read it by.
    pub(super) schema: &'static Schema,
    /// Its type URI if that is not declared.
    pub(super) foreign: Option<String>,
    /// Why it should not be there, if so.
    pub(super) wrong: Option<String>,
}

impl Root {
    /// The type of a document that says which it is.
    pub(super) fn of_uri(uri: &str, context: &Context<'_>) -> Self {
        let declared = registry(context.edition).by_uri(uri);
        let expected = context.expected;
        match (declared, expected.first()) {
            (Some(schema), None) => Self { schema, foreign: None, wrong: None },
            (Some(schema), Some(_)) if expected.contains(&schema) => {
                Self { schema, foreign: None, wrong: None }
            }
            (Some(schema), Some(_)) => Self { schema, foreign: None, wrong: Some(unexpected(uri, context)) },
            (None, Some(first)) => {
                Self { schema: first, foreign: None, wrong: Some(unexpected(uri, context)) }
            }
            (None, None) if Edition::split(uri).is_some_and(|(edition, _)| edition != context.edition) => {
                let wrong = Some(unexpected(uri, context));
                Self { schema: generic(context.edition), foreign: Some(uri.to_owned()), wrong }
            }
            (None, None) => {
                Self { schema: generic(context.edition), foreign: Some(uri.to_owned()), wrong: None }
            }
        }
    }

    /// The type of a document that does not say which it is.
    pub(super) fn unnamed(context: &Context<'_>) -> Option<Self> {
        context.expected.first().map(|schema| Self { schema, foreign: None, wrong: None })
    }
}

fn unexpected(uri: &str, context: &Context<'_>) -> String {
    let found = Invalid::shown(uri);
    let names: Vec<&str> = context.expected.iter().take(4).map(|schema| schema.uri.as_str()).collect();
    match (names.is_empty(), Edition::split(uri)) {
        (_, Some((edition, _))) if edition != context.edition => {
            format!("expected a document of CIMI {}, found \"{found}\" of {edition}", context.edition)
        }
        (true, _) => format!("expected a type of CIMI {}, found \"{found}\"", context.edition),
        (false, _) => format!("expected {}, found \"{found}\"", names.join(" or ")),
    }
}
