//! The CIMI face of the manager: a `cimi::server::Provider` over the use cases.
//!
//! Owns the manager's paths and what its representations look like. Decides nothing about clouds.

mod collection;
mod document;
mod event;
mod metadata;
mod place;
mod pushdown;
mod rehearsal;
mod shown;
mod target;
pub mod tenant;
mod translate;
mod write;

use std::sync::Arc;
use std::time::Duration;

use cimi::extension::Extensions;
use cimi::server::{
    Action, Authorization, ListRequest, Listing, Outcome, Path, Precondition, Provider, Refusal,
    Representation, Target,
};
use cimi::{Attributes, Document, Edition, update::Update};

use crate::access::{Access, Actor, Credentials};
use crate::account::Account;
use crate::app::{App, own};
use crate::connector::{Native, Part, PartList, Parts};
use crate::kind::{Kind, Role};
use crate::record::{Id, Resource};
use crate::sync;
use crate::system;

use place::Place;
use rehearsal::Rehearsal;

/// The XML namespace of the manager's extension attributes.
pub const NAMESPACE: &str = "urn:cimi-manager:placement";

/// How old a record may be before a look at a single resource asks its cloud again.
const FRESH: Duration = Duration::from_millis(250);

/// The manager as a provider, in one edition, as somebody sees it.
#[derive(Clone)]
pub struct North {
    app: App,
    access: Access,
    edition: Edition,
    base: Arc<str>,
    extensions: Arc<Extensions>,
    started: i64,
    job_retention: Duration,
    /// Where the decision goes, if nothing but that is wanted of a creation.
    rehearsal: Option<Rehearsal>,
}

impl North {
    /// A face at an absolute base URI with a slash at its end.
    pub fn new(
        app: App,
        access: Access,
        edition: Edition,
        base: impl Into<Arc<str>>,
        job_retention: Duration,
    ) -> Self {
        let extensions = Arc::new(document::extensions(edition));
        let started = app.clock().now().as_millisecond();
        let (base, rehearsal) = (base.into(), None);
        Self { app, access, edition, base, extensions, started, job_retention, rehearsal }
    }

    /// The same, as somebody sees it: everything below is about what they see.
    fn seen_by(&self, actor: &Actor) -> Self {
        Self { app: self.app.on_behalf_of(actor), ..self.clone() }
    }

    /// The place of a path, if there is one in this edition.
    fn place(&self, path: &Path) -> Result<Place, Refusal> {
        // Parameters that nobody knows change nothing (4.1.6).
        Place::of(self.edition, &path.path).ok_or_else(nothing_here)
    }

    /// A resource of a kind, as recorded.
    fn known(&self, kind: Kind, id: Id) -> Result<Arc<Resource>, Refusal> {
        let resource = self.app.inventory().resource(id);
        resource.filter(|resource| resource.kind == kind).ok_or_else(|| {
            self.app.note_unseen(kind, id);
            nothing_here()
        })
    }

    /// The resource as it is now: asked for at its cloud if the record is not fresh.
    async fn fresh(&self, kind: Kind, id: Id) -> Result<Arc<Resource>, Refusal> {
        let resource = self.known(kind, id)?;
        let [replica] = resource.replicas.as_slice() else { return Ok(resource) };
        if self.app.account(&replica.account).is_none() && self.app.is_kept(&replica.account) {
            // Nobody is to ask there: what is recorded is all that there is.
            return Ok(resource);
        }
        let account = self.account_of(&replica.account)?;
        let seen = self.app.inventory().seen(replica);
        let age = seen.map(|seen| self.app.clock().now().duration_since(seen).unsigned_abs());
        // What was on the way when it was looked at has come further: a job elsewhere may have ended it.
        if age.is_some_and(|age| age < FRESH) && !resource.is_moving() {
            return Ok(resource);
        }
        match sync::resource_once(&self.app, &account, &resource).await {
            Ok(Some(id)) => self.app.inventory().resource(id).ok_or_else(nothing_here),
            // What is the manager's to look after is shown all the same.
            Ok(None) => self.known(kind, id),
            Err(error) => Err(translate::cloud(&account, &error)),
        }
    }

    /// The parts of a resource, from its cloud. What they refer to becomes known.
    async fn parts(&self, owner: Id, parts: Parts) -> Result<PartList, Refusal> {
        let resource = self.known(parts.owner(), owner)?;
        if system::is_own(&resource) {
            return Ok(self.components(&resource, parts));
        }
        let [replica] = resource.replicas.as_slice() else { return Ok(PartList::default()) };
        if resource.is_gone() {
            return Ok(PartList::default());
        }
        let account = self.account_of(&replica.account)?;
        let service =
            account.connector.of(parts.owner()).map_err(|error| translate::cloud(&account, &error))?;
        let found = service.parts(&replica.native, parts).await;
        let found = found.inspect_err(|error| account.notice(error, self.app.clock().now()));
        let mut found = found.map_err(|error| translate::cloud(&account, &error))?;
        for target in found.members.iter().filter_map(|part| part.target.as_ref()) {
            let known = self.app.known_with(&account, target, &resource).await;
            known.map_err(|error| translate::cloud(&account, &error))?;
        }
        if !account.is_managed() {
            found.offers.clear();
        }
        for part in &mut found.members {
            if !account.is_managed() {
                part.offers.clear();
            }
            part.attributes = sync::ours(&self.app, &account, std::mem::take(&mut part.attributes));
        }
        Ok(found)
    }

    /// The components of a system of the manager's own that one of its collections lists.
    fn components(&self, resource: &Resource, parts: Parts) -> PartList {
        let listed = system::components(&resource.attributes).into_iter();
        let listed = listed.filter(|it| crate::app::system::lists(parts, it.kind));
        let part = |component: system::Component| {
            let native = Native(sync::link_of(component.kind, component.id));
            let offers = vec!["remove".to_owned()];
            Part { native: native.clone(), target: Some(native), attributes: Attributes::new(), offers }
        };
        let gathers = crate::app::system::gathers(parts) && self.app.may_change(resource);
        let offers = if gathers { &["add", "insert", "remove"][..] } else { &[] };
        PartList {
            offers: offers.iter().map(|it| (*it).to_owned()).collect(),
            members: listed.map(part).collect(),
        }
    }

    /// One of them, by the last segment of its path.
    async fn find_part(&self, owner: Id, parts: Parts, key: &str) -> Result<Part, Refusal> {
        let found = self.parts(owner, parts).await?;
        let mut members = found.members.into_iter();
        members.find(|part| document::key_of(&part.native) == key).ok_or_else(nothing_here)
    }

    /// The account of this name, if its cloud can be asked.
    fn account_of(&self, name: &str) -> Result<Arc<Account>, Refusal> {
        let account = self.app.account(name);
        let account = account.ok_or_else(|| Refusal::unavailable(self.app.absence(name)).retry_after(60))?;
        account.must_be_up().map_err(|error| translate::cloud(&account, &error))?;
        Ok(account)
    }

    /// Whether resources of a kind can be created: in the manager, or at a cloud that does it as far as it ever said.
    fn creatable(&self, kind: Kind) -> bool {
        own::keeps(kind)
            || kind.role() == Role::Whole
            || self.app.accounts().iter().any(|account| account.takes(kind))
    }
}

impl North {
    async fn found(&self, place: &Place) -> Result<Representation, Refusal> {
        match place {
            Place::EntryPoint => Ok(self.entry_point()),
            Place::Resource(kind, id) => self.whole(&*self.fresh(*kind, *id).await?).await,
            Place::Event(log, number) => self.event(*log, *number).await,
            Place::Job(id) => {
                let job = self.app.job(*id).ok_or_else(nothing_here)?;
                Ok(self.job(&job))
            }
            Place::Metadatum(name) => self.metadatum(name).ok_or_else(nothing_here),
            Place::Part(owner, parts, key) => {
                let part = self.find_part(*owner, *parts, key).await?;
                self.part(*owner, *parts, &part).ok_or_else(nothing_here)
            }
            _ => Err(nothing_here()),
        }
    }
}

impl Provider for North {
    type Caller = Actor;

    fn edition(&self) -> Edition {
        self.edition
    }

    fn base_uri(&self) -> &str {
        &self.base
    }

    fn extensions(&self) -> &Extensions {
        &self.extensions
    }

    async fn authenticate(&self, authorization: Option<&Authorization>) -> Result<Actor, Refusal> {
        let shown = match authorization {
            None => Credentials::None,
            Some(Authorization::Basic { user, password }) => Credentials::Password { user, password },
            Some(Authorization::Bearer(token)) => Credentials::Token(token),
        };
        self.access.actor(shown, tenant::named().as_deref(), tenant::from()).await.map_err(translate::denied)
    }

    async fn locate(&self, actor: &Actor, path: &Path) -> Result<Target, Refusal> {
        self.seen_by(actor).target(&self.place(path)?)
    }

    async fn read(&self, actor: &Actor, path: &Path) -> Result<Representation, Refusal> {
        self.seen_by(actor).found(&self.place(path)?).await
    }

    async fn list(&self, actor: &Actor, path: &Path, request: &ListRequest<'_>) -> Result<Listing, Refusal> {
        self.seen_by(actor).listing(&self.place(path)?, request).await
    }

    async fn create(&self, actor: &Actor, path: &Path, document: Document) -> Result<Outcome, Refusal> {
        self.seen_by(actor).add(&self.place(path)?, document).await
    }

    async fn update(
        &self,
        actor: &Actor,
        path: &Path,
        update: Update,
        precondition: &Precondition,
    ) -> Result<Outcome, Refusal> {
        self.seen_by(actor).edit(&self.place(path)?, update, precondition).await
    }

    async fn delete(
        &self,
        actor: &Actor,
        path: &Path,
        precondition: &Precondition,
    ) -> Result<Outcome, Refusal> {
        self.seen_by(actor).remove(&self.place(path)?, precondition).await
    }

    async fn act(
        &self,
        actor: &Actor,
        path: &Path,
        action: Action,
        precondition: &Precondition,
    ) -> Result<Outcome, Refusal> {
        self.seen_by(actor).perform(&self.place(path)?, &action, precondition).await
    }
}

fn nothing_here() -> Refusal {
    Refusal::not_found("There is nothing here. Start at the Cloud Entry Point and follow its links.")
}
