//! Who may use the manager, and which clouds it uses: tenants, users, tokens, providers, accounts, locations, policies, mappings.
//!
//! Owns these records and their consistency: what is referred to exists, a version is changed once, secrets go to the vault,
//! somebody can administer. What the configuration file declares stands among them, over what the store has under the same
//! name, and is not changed here. Knows no HTTP, and of clouds no more than their profiles. Who may do what is `access`.

mod account;
mod declared;
mod entry;
mod error;
mod location;
mod mapping;
mod policy;
mod provider;
mod row;
mod snapshot;
mod tenant;
mod token;
mod told;
mod user;

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::{Mutex, OwnedMutexGuard, watch};

use crate::chance::Chance;
use crate::clock::Clock;
use crate::event::Event;
use crate::placement::Quota;
use crate::store::{DirectoryChange, Store, StoreError};
use crate::vault::Vault;

pub use account::{Account, EVERYBODY, Mode, marker};
pub(crate) use account::{over, owner};
pub use declared::Declared;
pub use entry::{Concealed, Entry, Origin, Record, Sort, Switch};
pub use error::{DirectoryError, Issue};
pub use location::Location;
pub use mapping::{Candidate, Finder, Mapping, Member, Site};
pub use policy::Policy;
pub use provider::Provider;
pub use snapshot::{DEFAULT_POLICY, Snapshot, Table};
pub use tenant::Tenant;
pub use token::Token;
pub use user::{Grant, User};

/// Bytes that a text of a record may have.
const TEXT: usize = 1024;
/// Properties that a record may have.
const PROPERTIES: usize = 100;
/// Records of one sort: each is held in memory.
const MOST: usize = 100_000;

/// The directory.
#[derive(Clone)]
pub struct Directory(Arc<Shared>, By);

/// Whoever changes it; nobody: the manager itself, or whoever is on loopback while there are no users.
type By = Option<Arc<str>>;

struct Shared {
    store: Arc<dyn Store>,
    vault: Vault,
    declared: Declared,
    clock: Clock,
    chance: Chance,
    /// Held while a change is decided, written and made seen: one change at a time.
    writing: Arc<Mutex<()>>,
    now: RwLock<Arc<Snapshot>>,
    changes: watch::Sender<u64>,
}

/// What a record is to be.
#[derive(Clone, Debug)]
pub struct Draft<R> {
    /// Whether it is in use.
    pub switch: Switch,
    /// What it says; where it has secrets, as texts.
    pub record: R,
}

impl Directory {
    /// Reads what the store has, and puts what is declared over it. Secrets that are sealed with an earlier master key are
    /// sealed anew.
    ///
    /// # Errors
    /// The store's.
    pub async fn open(
        store: Arc<dyn Store>,
        vault: Vault,
        declared: Declared,
        clock: Clock,
        chance: Chance,
    ) -> Result<Self, StoreError> {
        let mut snapshot = stored(&*store).await?;
        let mut rotation = DirectoryChange::default();
        for entry in snapshot.accounts.values_mut() {
            if let Some(rotated) = rotated(&vault, entry) {
                rotation.put(row::of(&rotated)?, Some(entry.version));
                *entry = Arc::new(rotated);
            }
        }
        store.write_directory(&rotation).await?;
        if !rotation.is_empty() {
            tracing::warn!(accounts = rotation.puts.len(), "secrets are sealed with the new master key now");
        }
        declared.put_over(&mut snapshot);
        let shared = Shared {
            store,
            vault,
            declared,
            clock,
            chance,
            writing: Arc::default(),
            now: RwLock::new(Arc::new(snapshot.indexed())),
            changes: watch::Sender::new(0),
        };
        Ok(Self(Arc::new(shared), None))
    }

    /// The same, changed by somebody.
    #[must_use]
    pub fn on_behalf_of(&self, user: Option<&Arc<str>>) -> Self {
        Self(self.0.clone(), user.cloned())
    }

    /// Everything as it is now.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.0.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A record as it is now.
    pub fn get<R: Record>(&self, name: &str) -> Option<Arc<Entry<R>>> {
        self.snapshot().get::<R>(name).cloned()
    }

    /// Tells of every change.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.0.changes.subscribe()
    }

    /// Where secrets are.
    pub(crate) fn vault(&self) -> &Vault {
        &self.0.vault
    }

    /// What nobody can guess.
    pub(crate) fn chance(&self) -> &Chance {
        &self.0.chance
    }

    /// What its records are dated by.
    pub(crate) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Makes a record. `allow` has the last word, once everything else is in order.
    ///
    /// # Errors
    /// [`DirectoryError`]
    pub async fn create<R: Record>(
        &self,
        name: &str,
        draft: Draft<R>,
        allow: impl FnOnce(&Snapshot, &Draft<R>) -> Result<(), DirectoryError>,
    ) -> Result<Arc<Entry<R>>, DirectoryError> {
        let turn = self.0.writing.clone().lock_owned().await;
        let snapshot = self.snapshot();
        allow(&snapshot, &draft)?;
        let mut issues = Vec::new();
        check_name(R::SORT, name, &mut issues);
        if R::table(&snapshot).len() >= MOST {
            issues.push(Issue::new("", format!("there are {MOST} already, and there may be no more")));
        }
        draft.record.check(&snapshot, &mut issues);
        if !issues.is_empty() {
            return Err(DirectoryError::Invalid(R::SORT, issues));
        }
        if R::table(&snapshot).contains_key(name) {
            return Err(DirectoryError::Exists(R::SORT, name.to_owned()));
        }
        let entry = self.entry(&snapshot, name, None, draft).await?;
        self.put(turn, &snapshot, entry, None).await
    }

    /// Makes a token; its text is told here and nowhere else.
    ///
    /// # Errors
    /// [`DirectoryError`]
    pub async fn create_token(
        &self,
        draft: Draft<Token>,
        allow: impl FnOnce(&Snapshot, &Draft<Token>) -> Result<(), DirectoryError>,
    ) -> Result<(Arc<Entry<Token>>, String), DirectoryError> {
        let turn = self.0.writing.clone().lock_owned().await;
        let snapshot = self.snapshot();
        allow(&snapshot, &draft)?;
        let mut issues = Vec::new();
        draft.record.check(&snapshot, &mut issues);
        if !issues.is_empty() {
            return Err(DirectoryError::Invalid(Sort::Token, issues));
        }
        let chance = |error| DirectoryError::Vault(crate::vault::VaultError::Chance(error));
        let text = Token::text(&self.0.chance.bytes().map_err(chance)?);
        let name = hex::encode(self.0.chance.bytes::<8>().map_err(chance)?);
        let mut entry = self.entry(&snapshot, &name, None, draft).await?;
        entry.concealed = Some(Arc::new(Concealed::Token(Token::digest(&text))));
        Ok((self.put(turn, &snapshot, entry, None).await?, text))
    }

    /// Changes a record. `demanded`: only if its tag is one of these. `change` says what it is to be.
    ///
    /// # Errors
    /// [`DirectoryError`]
    pub async fn update<R: Record>(
        &self,
        name: &str,
        demanded: Option<&[String]>,
        change: impl FnOnce(&Snapshot, &Entry<R>) -> Result<Draft<R>, DirectoryError>,
    ) -> Result<Arc<Entry<R>>, DirectoryError> {
        let turn = self.0.writing.clone().lock_owned().await;
        let snapshot = self.snapshot();
        let before = present::<R>(&snapshot, name)?;
        let draft = change(&snapshot, &before)?;
        changeable(&before, demanded)?;
        let mut issues = Vec::new();
        draft.record.check(&snapshot, &mut issues);
        if !issues.is_empty() {
            return Err(DirectoryError::Invalid(R::SORT, issues));
        }
        if draft.record == before.record && draft.switch == before.switch {
            return Ok(before);
        }
        let entry = self.entry(&snapshot, name, Some(&before), draft).await?;
        self.put(turn, &snapshot, entry, Some(before.version)).await
    }

    /// Deletes a record that nobody refers to; with a user, the tokens. `allow` has a word before.
    ///
    /// # Errors
    /// [`DirectoryError`]
    pub async fn delete<R: Record>(
        &self,
        name: &str,
        demanded: Option<&[String]>,
        allow: impl FnOnce(&Snapshot, &Entry<R>) -> Result<(), DirectoryError>,
    ) -> Result<(), DirectoryError> {
        let turn = self.0.writing.clone().lock_owned().await;
        let snapshot = self.snapshot();
        let before = present::<R>(&snapshot, name)?;
        allow(&snapshot, &before)?;
        changeable(&before, demanded)?;
        let mut change = DirectoryChange::default();
        let mut next = (*snapshot).clone();
        if R::SORT == Sort::User {
            for token in snapshot.all::<Token>().filter(|token| token.record.user == name) {
                change.delete(Sort::Token.collection(), &token.name, token.version);
                change.events.push(self.told(&snapshot, Some(token), None));
                next.tokens.remove(&token.name);
            }
        }
        let users = next.users_of(R::SORT, name);
        if let Some(by) = list(&users) {
            return Err(DirectoryError::InUse { sort: R::SORT, name: name.to_owned(), by });
        }
        change.delete(R::SORT.collection(), name, before.version);
        change.events.push(self.told(&snapshot, Some(&before), None));
        R::table_mut(&mut next).remove(name);
        self.commit(turn, change, next).await
    }

    /// The record as it is kept, secrets apart. Hashing takes its time, so it has a thread of its own.
    async fn entry<R: Record>(
        &self,
        snapshot: &Arc<Snapshot>,
        name: &str,
        before: Option<&Entry<R>>,
        draft: Draft<R>,
    ) -> Result<Entry<R>, DirectoryError> {
        let now = self.0.clock.now_as_kept();
        let (vault, snapshot) = (self.0.vault.clone(), snapshot.clone());
        let (owned, kept) = (name.to_owned(), before.and_then(|before| before.concealed.clone()));
        let Draft { switch, mut record } = draft;
        let concealing = tokio::task::spawn_blocking(move || {
            let concealed = record.conceal(&owned, kept, &snapshot, &vault)?;
            Ok::<_, DirectoryError>((record, concealed))
        });
        let (record, concealed) = concealing.await.unwrap_or_else(|error| Err(stopped(&error)))?;
        Ok(Entry {
            name: name.to_owned(),
            switch,
            version: before.map_or(0, |before| before.version) + 1,
            origin: Origin::Store,
            created: before.map_or(now, |before| before.created),
            updated: now,
            record,
            concealed,
        })
    }

    async fn put<R: Record>(
        &self,
        turn: OwnedMutexGuard<()>,
        snapshot: &Snapshot,
        entry: Entry<R>,
        expected: Option<i64>,
    ) -> Result<Arc<Entry<R>>, DirectoryError> {
        let mut change = DirectoryChange::default();
        change.put(row::of(&entry)?, expected);
        change.events.push(self.told(snapshot, R::table(snapshot).get(&entry.name), Some(&entry)));
        let entry = Arc::new(entry);
        let mut next = snapshot.clone();
        R::table_mut(&mut next).insert(entry.name.clone(), entry.clone());
        // What it refers to was there when it was decided, and has to be when it is written.
        let mut refers = entry.record.refers();
        refers.retain(|(sort, name)| snapshot.origin(*sort, name) == Some(Origin::Store));
        change.requires.extend(refers.into_iter().map(|(sort, name)| (sort.collection(), name.to_owned())));
        self.commit(turn, change, next).await?;
        Ok(entry)
    }

    /// What a change of a record tells.
    fn told<R: Record>(
        &self,
        known: &Snapshot,
        before: Option<&Arc<Entry<R>>>,
        after: Option<&Entry<R>>,
    ) -> Event {
        told::of(self.0.clock.now(), self.1.as_deref(), known, before.map(AsRef::as_ref), after)
    }

    /// Writes a change, then lets it be seen: both or none, even if nobody waits for it any more.
    async fn commit(
        &self,
        turn: OwnedMutexGuard<()>,
        change: DirectoryChange,
        next: Snapshot,
    ) -> Result<(), DirectoryError> {
        let was_open = self.snapshot().users.is_empty();
        // Without users, everybody on this host is let in: that is how it begins, and how it does not end.
        if !next.is_administrable() || next.users.is_empty() && !was_open {
            return Err(DirectoryError::Lockout);
        }
        let shared = self.0.clone();
        let written = tokio::spawn(async move {
            let written = shared.store.write_directory(&change).await;
            match &written {
                Ok(()) => shared.show(next),
                // Somebody else wrote to the store: what is tried next is tried on what there is.
                Err(StoreError::Changed(_)) => {
                    let mut there = stored(&*shared.store).await?;
                    shared.declared.put_over(&mut there);
                    shared.show(there);
                }
                Err(_) => {}
            }
            drop(turn);
            Ok(written?)
        });
        written.await.unwrap_or_else(|error| Err(stopped(&error)))
    }
}

impl Shared {
    fn show(&self, snapshot: Snapshot) {
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(snapshot.indexed());
        self.changes.send_modify(|count| *count += 1);
    }
}

async fn stored(store: &dyn Store) -> Result<Snapshot, StoreError> {
    let mut snapshot = Snapshot::default();
    for row in store.load_directory().await? {
        row::insert(&mut snapshot, &row)?;
    }
    Ok(snapshot)
}

fn stopped(error: &tokio::task::JoinError) -> DirectoryError {
    DirectoryError::Store(StoreError::Database(error.to_string()))
}

fn present<R: Record>(snapshot: &Snapshot, name: &str) -> Result<Arc<Entry<R>>, DirectoryError> {
    snapshot.get::<R>(name).cloned().ok_or_else(|| DirectoryError::NotFound(R::SORT, name.to_owned()))
}

fn changeable<R: Record>(entry: &Entry<R>, demanded: Option<&[String]>) -> Result<(), DirectoryError> {
    if entry.origin != Origin::Store {
        return Err(DirectoryError::Declared(R::SORT, entry.name.clone()));
    }
    if demanded.is_some_and(|tags| !tags.contains(&entry.tag())) {
        return Err(DirectoryError::Changed(R::SORT, entry.name.clone()));
    }
    Ok(())
}

/// An account whose secrets are sealed with an earlier key, with the present one. What cannot be opened stays: the account
/// says so when it is used.
fn rotated(vault: &Vault, entry: &Entry<Account>) -> Option<Entry<Account>> {
    let Some(Concealed::Sealed(sealed)) = entry.concealed.as_deref() else { return None };
    match vault.rotate(&owner(&entry.name), sealed) {
        Ok(None) => None,
        Ok(Some(sealed)) => Some(Entry {
            version: entry.version + 1,
            concealed: Some(Arc::new(Concealed::Sealed(sealed))),
            ..entry.clone()
        }),
        Err(error) => {
            tracing::error!(account = entry.name, %error, "secrets cannot be read");
            None
        }
    }
}

/// The first few of a list, in words.
fn list(names: &[String]) -> Option<String> {
    const SHOWN: usize = 5;
    let shown = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    match names.len() {
        0 => None,
        1..=SHOWN => Some(shown),
        more => Some(format!("{shown} and {} more", more - SHOWN)),
    }
}

fn check_name(sort: Sort, name: &str, issues: &mut Vec<Issue>) {
    // What users are called elsewhere may be an address.
    let extra = if sort == Sort::User { "-_.@" } else { "-_" };
    let is_legal = |c: char| c.is_ascii_alphanumeric() || extra.contains(c);
    if name.is_empty() || name.len() > 64 || name.starts_with('.') || !name.chars().all(is_legal) {
        let detail = format!("is no name: give up to 64 letters, digits and characters of `{extra}`");
        issues.push(Issue::new("/name", detail));
    }
}

fn check_text(text: Option<&str>, pointer: &str, issues: &mut Vec<Issue>) {
    if text.is_some_and(|text| text.is_empty() || text.len() > TEXT || text.contains(char::is_control)) {
        let detail = format!("is empty, has control characters, or is longer than {TEXT} bytes");
        issues.push(Issue::new(pointer, detail));
    }
}

fn check_properties(properties: &BTreeMap<String, String>, issues: &mut Vec<Issue>) {
    check_map(properties, "/properties", issues);
}

fn check_map(members: &BTreeMap<String, String>, pointer: &str, issues: &mut Vec<Issue>) {
    if members.len() > PROPERTIES {
        issues.push(Issue::new(pointer, format!("has more than {PROPERTIES} members")));
    }
    for (name, value) in members {
        check_text(Some(name), pointer, issues);
        check_text(Some(value), &format!("{pointer}/{name}"), issues);
    }
}

fn check_quota(quota: Quota, issues: &mut Vec<Issue>) {
    for (name, limit) in quota.limits() {
        if limit.is_some_and(|limit| limit < 0) {
            issues.push(Issue::new(format!("/quota/{name}"), "is below 0"));
        }
    }
}

fn check_reference(known: &Snapshot, sort: Sort, name: &str, pointer: &str, issues: &mut Vec<Issue>) {
    if !known.has(sort, name) {
        issues.push(Issue::new(pointer, format!("there is no {sort} `{name}`")));
    }
}
