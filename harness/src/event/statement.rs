//! What a run judges by, as its stream tells it: the statements of the register, and the clauses where they stand.

use serde::{Deserialize, Serialize};

use super::{Edition, Level, Party};

/// Everything that a run could judge, whether it does or not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statements {
    /// The clauses, in the order of the text.
    pub clauses: Vec<Clause>,
    /// The statements, in the order of their ids.
    pub statements: Vec<Statement>,
}

/// A clause of DSP0263, or what stands beside it (HTTP, what only 1.x says).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clause {
    /// Its number, such as `4.1.6.1`: a clause is below the one whose number it begins with.
    pub number: String,
    /// A short title.
    pub title: String,
}

/// A statement: a requirement of the register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// Its id.
    pub id: String,
    /// The number of the clause that it is listed under.
    pub clause: String,
    /// How binding it is.
    pub level: Level,
    /// Whom it binds.
    pub party: Party,
    /// The editions where it holds.
    pub editions: Vec<Edition>,
    /// What it says, in our words.
    pub summary: String,
    /// Where it comes from, if not from DSP0263.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Why nothing can verify it, where nothing can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub untestable: Option<String>,
}
