//! API tokens: what programs show instead of a user's password.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use super::entry::{Record, Sort};
use super::error::Issue;
use super::snapshot::{Snapshot, Table};
use super::user::User;

/// What every token begins with, so that one that lies about is known for what it is.
const PREFIX: &str = "cimi_";

/// A token of a user. The token itself is shown once, when it is made; a digest of it is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Token {
    /// Whose it is. Whoever shows it may do what they may.
    pub user: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Until when it holds, RFC 3339; without one, until it is deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
}

impl Token {
    /// Whether it holds no longer.
    pub fn has_expired(&self, now: jiff::Timestamp) -> bool {
        let until = self.expires.as_deref().map(str::parse::<jiff::Timestamp>);
        // What cannot be read does not let anybody in.
        until.is_some_and(|until| until.map_or(true, |until| until <= now))
    }

    /// The text of a token of 32 random bytes.
    pub fn text(bytes: &[u8; 32]) -> String {
        format!("{PREFIX}{}", hex::encode(bytes))
    }

    /// What is kept of it: it has 256 bits that nobody can guess, so one round of a fast digest will do.
    pub fn digest(text: &str) -> String {
        hex::encode(Sha256::digest(text.as_bytes()))
    }
}

impl Record for Token {
    const SORT: Sort = Sort::Token;

    fn table(snapshot: &Snapshot) -> &Table<Self> {
        &snapshot.tokens
    }

    fn table_mut(snapshot: &mut Snapshot) -> &mut Table<Self> {
        &mut snapshot.tokens
    }

    fn tenant(&self, _: &str, known: &Snapshot) -> Option<String> {
        known.get::<User>(&self.user).and_then(|user| user.record.tenant(&user.name, known))
    }

    fn check(&self, known: &Snapshot, issues: &mut Vec<Issue>) {
        super::check_text(self.description.as_deref(), "/description", issues);
        super::check_reference(known, Sort::User, &self.user, "/user", issues);
        if self.expires.as_deref().is_some_and(|text| text.parse::<jiff::Timestamp>().is_err()) {
            issues.push(Issue::new("/expires", "is no time of RFC 3339, such as 2030-01-31T12:00:00Z"));
        }
    }

    fn refers(&self) -> Vec<(Sort, &str)> {
        vec![(Sort::User, &self.user)]
    }
}
