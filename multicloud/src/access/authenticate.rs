//! From credentials to who asks.

use std::net::IpAddr;
use std::sync::Arc;

use thiserror::Error;
use tokio::sync::Semaphore;

use super::actor::{Actor, Sight};
use super::refusals::{Refusal, Refusals};
use super::role::Role;
use super::throttle::Throttle;
use super::verified::Verified;
use crate::chance::{Chance, NoChance};
use crate::directory::{Concealed, Directory, Entry, Record as _, Snapshot, Sort, Tenant, Token, User};
use crate::event::About;
use crate::vault::{PasswordHash, Secret};

/// Passwords that are hashed at the same time: each takes 19 MiB.
const HASHING: usize = 4;

/// What somebody shows.
#[derive(Clone, Copy)]
pub enum Credentials<'a> {
    /// Nothing.
    None,
    /// A name and a password.
    Password {
        /// The user.
        user: &'a str,
        /// The password.
        password: &'a str,
    },
    /// A token.
    Token(&'a str),
}

/// Who is let in while there are no users.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Everybody: only this host reaches the manager.
    Open,
    /// Nobody.
    Closed,
}

/// Why somebody is not let in, or may not do something. Said to the caller as it is.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Denied {
    /// It is not known who they are.
    #[error("{0}")]
    Unknown(&'static str),
    /// They may not.
    #[error("{0}")]
    Forbidden(String),
    /// Wrong passwords came too often from there; how many seconds to wait.
    #[error("Wrong passwords came too often: wait {0} seconds.")]
    Throttled(u64),
    /// It cannot be found out now.
    #[error("the password cannot be checked now")]
    Unavailable,
}

/// The door.
#[derive(Clone)]
pub struct Access(Arc<Inner>, Arc<Refusals>);

struct Inner {
    directory: Directory,
    door: Door,
    verified: Verified,
    hashing: Semaphore,
    throttle: Throttle,
    /// Hashed where there is no such user, so that names cannot be found out by the time it takes.
    nobody: PasswordHash,
}

impl Access {
    /// A door to what is in a directory.
    ///
    /// # Errors
    /// [`NoChance`]
    pub fn new(directory: Directory, door: Door, chance: &Chance) -> Result<Self, NoChance> {
        let verified = Verified::new(chance.bytes()?);
        let password = Secret::new(hex::encode(chance.bytes::<16>()?));
        let nobody = directory.vault().hash(&password).map_err(|_| NoChance)?;
        let hashing = Semaphore::new(HASHING);
        let throttle = Throttle::default();
        Ok(Self(Arc::new(Inner { directory, door, verified, hashing, throttle, nobody }), Arc::default()))
    }

    /// The same, counting whom it does not let in here.
    #[must_use]
    pub fn noting(self, refusals: Arc<Refusals>) -> Self {
        Self(self.0, refusals)
    }

    /// The directory behind it.
    pub fn directory(&self) -> &Directory {
        &self.0.directory
    }

    /// Who asks. `wanted`: the tenant that they name, if they do. `from`: the address that they come from, as far as it is known.
    ///
    /// # Errors
    /// [`Denied`]
    pub async fn actor(
        &self,
        shown: Credentials<'_>,
        wanted: Option<&str>,
        from: Option<IpAddr>,
    ) -> Result<Actor, Denied> {
        self.known(shown, wanted, from).await.inspect_err(|denied| self.note(shown, denied))
    }

    /// Counts that somebody was not let in. What is no user's name is not written down: it may be a password.
    fn note(&self, shown: Credentials<'_>, denied: &Denied) {
        let snapshot = self.0.directory.snapshot();
        let user = match shown {
            Credentials::Password { user, .. } => snapshot.get::<User>(user),
            Credentials::None | Credentials::Token(_) => None,
        };
        let about = user.map(|user| About::record(Sort::User.collection(), &user.name));
        let About { path, ty, .. } = about.unwrap_or_else(About::manager);
        self.1.note(
            self.0.directory.clock().now(),
            Refusal {
                who: user.map(|user| user.name.clone()),
                tenant: user.and_then(|user| user.record.tenant(&user.name, &snapshot)),
                operation: "login".to_owned(),
                path,
                ty,
                why: denied.to_string(),
            },
        );
    }

    async fn known(
        &self,
        shown: Credentials<'_>,
        wanted: Option<&str>,
        from: Option<IpAddr>,
    ) -> Result<Actor, Denied> {
        let snapshot = self.0.directory.snapshot();
        if snapshot.all::<User>().next().is_none() {
            return match (self.0.door, wanted) {
                (Door::Closed, _) => {
                    Err(Denied::Unknown("There are no users yet: the configuration has to name one."))
                }
                (Door::Open, None) => Ok(Actor::manager()),
                (Door::Open, Some(tenant)) => {
                    usable(&snapshot, tenant)?;
                    Ok(Actor { user: None, ..Actor::in_tenant("", Role::TenantAdmin, tenant, &snapshot) })
                }
            };
        }
        let user = match shown {
            Credentials::None => {
                return Err(Denied::Unknown("Credentials are needed: a user with a password, or a token."));
            }
            Credentials::Password { user, password } => {
                self.by_password(&snapshot, user, password, from).await?
            }
            Credentials::Token(token) => self.by_token(&snapshot, token)?,
        };
        choose(&snapshot, &user, wanted)
    }

    async fn by_password(
        &self,
        snapshot: &Snapshot,
        name: &str,
        password: &str,
        from: Option<IpAddr>,
    ) -> Result<Arc<Entry<User>>, Denied> {
        let user = snapshot.get::<User>(name).filter(|user| user.is_enabled());
        // What stands in a file as it is, is compared as it is.
        let (hash, held) = match user.and_then(|user| user.concealed.as_deref()) {
            Some(Concealed::Held(secrets)) => (&self.0.nobody, Some(secrets)),
            Some(Concealed::Password(hash)) => (hash, None),
            _ => (&self.0.nobody, None),
        };
        let digest = self.0.verified.digest(name, hash, password);
        if !self.0.verified.has(&digest, self.0.directory.clock().now()) {
            let _turn = self.0.hashing.acquire().await.map_err(|_| Denied::Unavailable)?;
            // Whoever waited for the turn may have failed meanwhile.
            let now = self.0.directory.clock().now();
            if let Some(seconds) = self.0.throttle.wait(name, from, now) {
                return Err(Denied::Throttled(seconds));
            }
            let is_right = match held {
                Some(secrets) => secrets.get("password").is_some_and(|secret| secret.is(password)),
                None => is_of(hash.clone(), Secret::new(password)).await?,
            };
            if !is_right {
                self.0.throttle.failed(name, from, now);
                return Err(wrong());
            }
            self.0.throttle.succeeded(name, from);
            self.0.verified.insert(digest, now);
        }
        user.cloned().ok_or_else(wrong)
    }

    fn by_token(&self, snapshot: &Snapshot, token: &str) -> Result<Arc<Entry<User>>, Denied> {
        let now = self.0.directory.clock().now();
        let entry = snapshot.token_by_digest(&Token::digest(token));
        let entry = entry.filter(|entry| entry.is_enabled() && !entry.record.has_expired(now));
        let user = entry.and_then(|entry| snapshot.get::<User>(&entry.record.user));
        user.filter(|user| user.is_enabled()).cloned().ok_or_else(wrong)
    }
}

/// Hashing takes its time, so it has a thread of its own.
async fn is_of(hash: PasswordHash, password: Secret) -> Result<bool, Denied> {
    let checking = tokio::task::spawn_blocking(move || hash.is_of(password.reveal()));
    checking.await.map_err(|_| Denied::Unavailable)
}

/// One text for whatever is wrong: which user there is, is nobody's business.
fn wrong() -> Denied {
    Denied::Unknown("The credentials are wrong, or do not hold any more.")
}

/// The tenant that a user acts for: the one named, or their first. Who rules needs none.
fn choose(snapshot: &Snapshot, user: &Entry<User>, wanted: Option<&str>) -> Result<Actor, Denied> {
    let named = wanted.or_else(|| user.record.tenants().next().filter(|_| !user.record.is_cloud_admin()));
    let Some(tenant) = named else {
        if user.record.is_cloud_admin() {
            let user = Some(user.name.as_str().into());
            return Ok(Actor { user, role: Role::CloudAdmin, sight: Sight::Everything });
        }
        return Err(Denied::Forbidden(format!("The user {} has no role anywhere.", user.name)));
    };
    let role = match user.record.role_in(tenant) {
        _ if user.record.is_cloud_admin() => Role::TenantAdmin,
        Some(role) => role,
        None => {
            return Err(Denied::Forbidden(format!("The user {} is not in the tenant {tenant}.", user.name)));
        }
    };
    usable(snapshot, tenant)?;
    Ok(Actor::in_tenant(&user.name, role, tenant, snapshot))
}

fn usable(snapshot: &Snapshot, tenant: &str) -> Result<(), Denied> {
    match snapshot.get::<Tenant>(tenant) {
        Some(entry) if entry.is_enabled() => Ok(()),
        Some(_) => Err(Denied::Forbidden(format!("The tenant {tenant} is disabled."))),
        None => Err(Denied::Forbidden(format!("There is no tenant {tenant}."))),
    }
}
