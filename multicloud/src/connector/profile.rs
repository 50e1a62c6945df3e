//! What each kind of cloud wants to be told of an account, as data: a form or a command line can ask for it.
//!
//! Owns the shape of profiles and the check of parameters against them. Knows no particular cloud.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, LazyLock};

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{Connector, cimi_cloud};
use crate::vault::Secrets;

/// A kind of cloud.
#[derive(Serialize, ToSchema)]
pub struct Profile {
    /// Its name, which providers refer to.
    pub name: &'static str,
    /// For people.
    pub title: &'static str,
    /// What it is for.
    pub description: &'static str,
    /// What an account there is told of, in the order in which to ask.
    pub parameters: Vec<Parameter>,
    #[serde(skip)]
    #[schema(ignore)]
    pub(super) code: Code,
}

/// What a profile does.
pub(super) struct Code {
    /// Holds parameters against one another, each of which is right by itself.
    pub(super) check: fn(&Parameters) -> Result<(), Complaint>,
    /// Makes a connection.
    pub(super) connect: fn(&Parameters, &Secrets, &str) -> Arc<dyn Connector>,
}

/// One thing to be told.
#[derive(Debug, Serialize, ToSchema)]
pub struct Parameter {
    /// Its name in `parameters` of an account.
    pub name: &'static str,
    /// For people.
    pub title: &'static str,
    /// What to enter.
    pub description: &'static str,
    /// What it may be.
    #[serde(flatten)]
    pub ty: ParameterType,
    /// Whether it must be given.
    pub need: Need,
    /// Whether it is shown again.
    pub exposure: Exposure,
    /// What holds if it is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<&'static str>,
}

/// What a parameter may be.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum ParameterType {
    /// A text of one line.
    Text,
    /// A text of many lines.
    LongText,
    /// An `http` or `https` URI.
    Uri,
    /// A whole number.
    Integer {
        /// The least.
        least: i64,
        /// The most.
        most: i64,
    },
    /// One of these.
    Choice {
        /// Which.
        choices: Vec<&'static str>,
    },
}

/// Whether a parameter must be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// It must, by the account or its provider.
    Required,
    /// It need not.
    Optional,
}

/// Whether a parameter is shown once it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Exposure {
    /// It is.
    Shown,
    /// It is sealed, and never shown again.
    Secret,
}

/// Parameters by name. Where a secret one is set, there is some value, which is not the secret.
pub type Parameters = BTreeMap<String, Value>;

/// A parameter that will not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// Its name.
    pub parameter: String,
    /// What is wrong, and what was expected.
    pub message: String,
}

/// Bytes that a value may have.
const LONGEST: usize = 16 * 1024;

static PROFILES: LazyLock<Vec<Profile>> = LazyLock::new(|| vec![cimi_cloud::profile()]);

impl Profile {
    /// All of them.
    pub fn all() -> &'static [Self] {
        &PROFILES
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        Self::all().iter().find(|profile| profile.name == name)
    }

    /// The parameter of this name.
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }

    /// Whether the parameter of this name is secret.
    pub fn is_secret(&self, name: &str) -> bool {
        self.parameter(name).is_some_and(|parameter| parameter.exposure == Exposure::Secret)
    }

    /// Holds parameters against the profile: each by itself first, then all together.
    pub fn check(&self, given: &Parameters) -> Vec<Complaint> {
        let mut complaints: Vec<Complaint> =
            given.iter().filter_map(|(name, value)| self.complaint(name, value)).collect();
        let missing =
            self.parameters.iter().filter(|it| it.need == Need::Required && !given.contains_key(it.name));
        complaints.extend(missing.map(|parameter| {
            Complaint::new(parameter.name, format!("is missing: {}", parameter.description))
        }));
        if complaints.is_empty() {
            complaints.extend((self.code.check)(given).err());
        }
        complaints
    }

    /// A connection with an account. Nothing is sent yet. `manager` signs what is created there.
    pub fn connect(&self, given: &Parameters, secrets: &Secrets, manager: &str) -> Arc<dyn Connector> {
        (self.code.connect)(given, secrets, manager)
    }

    fn complaint(&self, name: &str, value: &Value) -> Option<Complaint> {
        let Some(parameter) = self.parameter(name) else {
            let known: Vec<&str> = self.parameters.iter().map(|parameter| parameter.name).collect();
            let message = format!("is no parameter of {}, which has {}", self.name, known.join(", "));
            return Some(Complaint::new(name, message));
        };
        if parameter.exposure == Exposure::Secret {
            return None;
        }
        parameter.ty.complaint(value).map(|message| Complaint::new(name, message))
    }
}

impl ParameterType {
    fn complaint(&self, value: &Value) -> Option<String> {
        match (self, value) {
            (Self::Integer { least, most }, Value::Number(number)) => {
                let fits = number.as_i64().is_some_and(|number| (*least..=*most).contains(&number));
                (!fits).then(|| format!("is no whole number between {least} and {most}"))
            }
            (Self::Integer { least, most }, _) => {
                Some(format!("is no number; expected one between {least} and {most}"))
            }
            (_, Value::String(text)) if text.is_empty() || text.len() > LONGEST => {
                Some(format!("is empty or longer than {LONGEST} bytes"))
            }
            (Self::Uri, Value::String(text)) => {
                (!is_http(text)).then(|| format!("is no http or https URI: `{text:.256}`"))
            }
            (Self::Choice { choices }, Value::String(text)) => {
                (!choices.contains(&text.as_str())).then(|| format!("is none of {}", choices.join(", ")))
            }
            (Self::Text, Value::String(text)) => text
                .contains(char::is_control)
                .then(|| "has more than one line, or control characters".to_owned()),
            (Self::LongText, Value::String(_)) => None,
            _ => Some("is no text".to_owned()),
        }
    }
}

impl Complaint {
    /// A complaint about a parameter.
    pub fn new(parameter: impl Into<String>, message: impl Into<String>) -> Self {
        Self { parameter: parameter.into(), message: message.into() }
    }
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Profile").field(&self.name).finish()
    }
}

/// Whether a text is a URI that a cloud could be at.
pub(crate) fn is_http(text: &str) -> bool {
    reqwest::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}
