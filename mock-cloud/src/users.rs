//! Who may do what: users with a role, by password or token (RFC 7617, RFC 6750).
//!
//! Owns authentication. What a role may do with a kind is asked of [`Caller`].

use cimi::server::{Authorization, Refusal};

use crate::world::{Kind, Policy};

/// The users of a cloud. One without any is open: everybody administers it.
#[derive(Clone, Debug, Default)]
pub struct Users(Vec<User>);

/// A user.
#[derive(Clone)]
pub struct User {
    /// The name, for Basic.
    pub name: String,
    /// The password, for Basic.
    pub password: Option<String>,
    /// The token, for Bearer.
    pub token: Option<String>,
    /// What the user may do.
    pub role: Role,
}

/// What a user may do; each role includes the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Read.
    Reader,
    /// Create, change, delete and operate resources.
    Operator,
    /// What is the provider's own, too: configurations, the Cloud Entry Point.
    Administrator,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// What they may do.
    pub role: Role,
    /// Their name, if the cloud knows its users.
    pub name: Option<String>,
}

impl Users {
    /// These users.
    pub fn new(users: Vec<User>) -> Self {
        Self(users)
    }

    /// Says who asks.
    ///
    /// # Errors
    /// `Unauthorized` if there are users and the credentials are of none of them.
    pub fn authenticate(&self, authorization: Option<&Authorization>) -> Result<Caller, Refusal> {
        if self.0.is_empty() {
            return Ok(Caller { role: Role::Administrator, name: None });
        }
        let Some(authorization) = authorization else {
            return Err(Refusal::unauthorized("Credentials are needed here: Basic, or a Bearer token."));
        };
        match self.find(authorization) {
            Some(user) => Ok(Caller { role: user.role, name: Some(user.name.clone()) }),
            None => Err(Refusal::unauthorized("The credentials are of no user of this cloud.")),
        }
    }
}

impl Users {
    /// The name of the user whose credentials these are.
    pub fn name_of(&self, authorization: &Authorization) -> Option<&str> {
        self.find(authorization).map(|user| user.name.as_str())
    }

    fn find(&self, authorization: &Authorization) -> Option<&User> {
        self.0.iter().find(|user| match authorization {
            Authorization::Basic { user: name, password } => {
                user.name == *name && user.password.as_ref().is_some_and(|known| same_secret(known, password))
            }
            Authorization::Bearer(token) => {
                user.token.as_ref().is_some_and(|known| same_secret(known, token))
            }
        })
    }
}

impl Caller {
    /// Tells versions of what callers of different roles see apart; nothing for those who see everything.
    pub(crate) const fn mark(&self) -> &'static str {
        match self.role {
            Role::Reader => "r",
            Role::Operator => "o",
            Role::Administrator => "",
        }
    }

    /// Whether resources of a kind may be created.
    pub fn may_create(&self, kind: Kind) -> bool {
        match kind.card().policy {
            Policy::Cloud => false,
            policy => self.role >= needed(policy),
        }
    }

    /// Whether resources of a kind may be changed, deleted and operated.
    pub fn may_change(&self, kind: Kind) -> bool {
        self.role >= needed(kind.card().policy)
    }
}

const fn needed(policy: Policy) -> Role {
    match policy {
        Policy::Operators | Policy::Cloud => Role::Operator,
        Policy::Administrators => Role::Administrator,
    }
}

/// Equality in a time that does not tell how much is equal.
pub(crate) fn same_secret(known: &str, given: &str) -> bool {
    let differences = known.bytes().zip(given.bytes()).fold(0, |all, (a, b)| all | (a ^ b));
    known.len() == given.len() && differences == 0
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User").field("name", &self.name).field("role", &self.role).finish_non_exhaustive()
    }
}
