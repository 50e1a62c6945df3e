//! What clouds have that the manager did not make: taken over for a tenant, forgotten, and recalled.
//!
//! Owns which resources these are, and what becomes of them. No cloud hears of any of it.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use cimi::extension::Extensions;
use cimi::model::attribute::{Type, attr};
use cimi::model::generic;
use cimi::query::filter::{Expr, Filter};
use cimi::query::{Lookup, QueryError, Simple};
use cimi::{Edition, Limits};
use tokio::sync::oneshot;

use super::{App, AppError, Ended, Problem, forget, own};
use crate::access::is_shared;
use crate::account::Account;
use crate::directory::Tenant;
use crate::event::{self, About, Event, Severity};
use crate::inventory::{Cause, Writer};
use crate::kind::Kind;
use crate::record::{Forgotten, Id, Origin, Resource};
use crate::region::{self, COUNTRY, LOCATION};
use crate::sync::{self, link_of};

/// Resources that one request takes over or forgets at most.
const MOST: usize = 10_000;

/// How long whoever has an account looked at waits for that.
const LOOK: Duration = Duration::from_secs(10);

/// The names that a filter over resources may use, beside attributes of their own.
const NAMES: [&str; 9] =
    ["id", "kind", "account", LOCATION, COUNTRY, "native", "owner", "origin", "presence"];

/// Which resources are meant.
#[derive(Clone, Debug)]
pub enum Chosen {
    /// All of them.
    All,
    /// This one.
    One(Kind, Id),
    /// All that a filter leaves: of those to which it can happen.
    Filter(Box<Filter>),
}

impl Chosen {
    /// A resource by its path: `machines/7`.
    ///
    /// # Errors
    /// `Invalid`
    pub fn path(path: &str) -> Result<Self, AppError> {
        let id = super::reference::parse(path).map(|(kind, id)| Self::One(kind, id));
        id.ok_or_else(|| {
            AppError::new(Problem::Invalid, format!("`{path:.64}` is no path such as machines/7"))
        })
    }

    /// A filter over what all resources have (`NAMES`) and over their attributes and properties.
    ///
    /// # Errors
    /// `Invalid`
    pub fn filter(text: &str) -> Result<Self, AppError> {
        let wrong = |error: QueryError| {
            let message = format!("the filter cannot be used at column {}: {}", error.column, error.message);
            AppError::new(Problem::Invalid, message)
        };
        let filter = Filter::parse(text, &Limits::SERVER).map_err(wrong)?;
        let own = NAMES.iter().fold(Extensions::NONE, |all, name| {
            all.with(generic(Edition::V2).name(), "urn:cimi-manager:resource", attr(name, Type::String))
        });
        filter.check(generic(Edition::V2), &own).map_err(wrong)?;
        knows_all(filter.expr())?;
        Ok(Self::Filter(Box::new(region::meant(filter))))
    }
}

/// A slip of the pen would leave out everything, or nothing.
fn knows_all(expr: &Expr) -> Result<(), AppError> {
    let name = match expr {
        Expr::Or(terms) | Expr::And(terms) => return terms.iter().try_for_each(knows_all),
        Expr::Property(_) => return Ok(()),
        Expr::Compare(comparison) => comparison.attribute(),
    };
    if NAMES.contains(&name) || Kind::ALL.into_iter().any(|it| it.schema().attribute(name).is_some()) {
        return Ok(());
    }
    let names = NAMES.join(", ");
    let message =
        format!("no resource has an attribute `{name}`: each has {names}, beside what CIMI gives it");
    Err(AppError::new(Problem::Invalid, message))
}

impl App {
    /// The resources that are meant, as far as whoever asks sees them, oldest first.
    pub fn chosen(&self, chosen: &Chosen) -> Vec<Arc<Resource>> {
        let filter = match chosen {
            Chosen::One(kind, id) => {
                let one = self.inventory().resource(*id).filter(|resource| resource.kind == *kind);
                return one.into_iter().collect();
            }
            Chosen::All => None,
            Chosen::Filter(filter) => Some(filter),
        };
        let all = Kind::ALL.into_iter().flat_map(|kind| self.inventory().of_kind(kind));
        let is_meant = |resource: &Resource| {
            filter.as_ref().is_none_or(|filter| filter.matches(&Held { app: self, resource }))
        };
        let mut meant: Vec<_> = all.filter(|resource| is_meant(resource)).collect();
        meant.sort_by_key(|resource| resource.id);
        meant
    }

    /// Takes over what was only found, for a tenant: it owns it, its quota counts it, and what becomes of it is told. Which were
    /// taken over.
    ///
    /// # Errors
    /// If whoever asks may not, there is no such tenant, or one that is named cannot be taken over: nothing happens then.
    pub async fn adopt(&self, chosen: &Chosen, tenant: &str) -> Result<Vec<(Kind, Id)>, AppError> {
        self.must_rule("take over what was found")?;
        if !self.directory().get::<Tenant>(tenant).is_some_and(|it| it.is_enabled()) {
            return Err(AppError::new(
                Problem::Invalid,
                format!("there is no tenant {tenant} that is enabled"),
            ));
        }
        let mut writer = self.inventory().writer().await;
        let adopted = self.those_that(&writer, chosen, adoptable)?;
        for resource in &adopted {
            let mut resource = resource.clone();
            resource.owner = Some(tenant.to_owned());
            resource.provenance.origin = Origin::Adopted;
            self.tell(&mut writer, &resource, "it was found, and is looked after from now on");
            writer.put_resource(resource);
        }
        writer.commit().await?;
        Ok(adopted.iter().map(|resource| (resource.kind, resource.id)).collect())
    }

    /// Shows no longer what clouds have, until it is recalled: the clouds keep it. Which are shown no longer.
    ///
    /// # Errors
    /// If whoever asks may not, or one that is named cannot be forgotten: nothing happens then.
    pub async fn disregard(&self, chosen: &Chosen) -> Result<Vec<(Kind, Id)>, AppError> {
        self.must_rule("have what clouds hold forgotten")?;
        let at = self.clock().now_as_kept();
        let mut writer = self.inventory().writer().await.because(Cause::Forgetting);
        let busy = writer.worked_on();
        let forgotten = self.those_that(&writer, chosen, |resource| forgettable(resource, &busy))?;
        for resource in forgotten.iter().filter(|resource| !resource.is_gone()) {
            for replica in &resource.replicas {
                writer.knows(&replica.account, &replica.native);
                writer.put_forgotten(Forgotten {
                    id: self.inventory().next_id(),
                    kind: resource.kind,
                    account: replica.account.clone(),
                    native: replica.native.clone(),
                    name: resource.attributes.text("name").map(str::to_owned),
                    at,
                });
            }
        }
        for resource in &forgotten {
            self.tell(&mut writer, resource, "it is not shown any more; its cloud keeps it");
        }
        let ids: Vec<(Kind, Id)> = forgotten.iter().map(|resource| (resource.kind, resource.id)).collect();
        forget(&mut writer, &ids);
        writer.commit().await?;
        Ok(ids)
    }

    /// What is forgotten, oldest first.
    ///
    /// # Errors
    /// If whoever asks may not.
    pub fn disregarded(&self) -> Result<Vec<Forgotten>, AppError> {
        self.must_rule("see what is forgotten")?;
        Ok(self.inventory().forgotten())
    }

    /// Shows again what was forgotten, once its cloud is looked at.
    ///
    /// # Errors
    /// If whoever asks may not, or nothing of this number is forgotten.
    pub async fn recall(&self, id: Id) -> Result<(), AppError> {
        self.must_rule("recall what was forgotten")?;
        let forgotten = self.inventory().forgotten().into_iter().find(|it| it.id == id);
        let forgotten = forgotten.ok_or_else(|| AppError::not_found("such thing forgotten"))?;
        let mut writer = self.inventory().writer().await;
        writer.recall(id);
        writer.commit().await?;
        if let Some(account) = self.account(&forgotten.account) {
            drop(self.look_soon(account));
        }
        Ok(())
    }

    /// The resources that are meant as they are now: of those that a filter leaves, the ones with which it can be done.
    fn those_that(
        &self,
        writer: &Writer,
        chosen: &Chosen,
        can: impl Fn(&Resource) -> Result<(), String>,
    ) -> Result<Vec<Resource>, AppError> {
        let meant = self.chosen(chosen);
        let mut meant = meant.iter().filter_map(|resource| writer.resource(resource.id));
        if !matches!(chosen, Chosen::One(..)) {
            return Ok(meant.filter(|resource| can(resource).is_ok()).take(MOST).collect());
        }
        let resource = meant.next().ok_or_else(|| AppError::not_found("such resource"))?;
        can(&resource).map_err(|reason| AppError::new(Problem::Conflict, reason))?;
        Ok(vec![resource])
    }

    fn tell(&self, writer: &mut Writer, resource: &Resource, what: &str) {
        let about = About::resource(resource);
        let event = Event::notice(self.clock().now(), about, Severity::Low, what);
        let origin = event::Origin::Asked { by: self.actor().user.as_deref().map(str::to_owned) };
        writer.tell(Event { origin, ..event.of_tenant(resource.owner.clone()) });
    }

    /// Looks at everything that an account holds, now, and waits for it a while; it goes on if it takes longer.
    ///
    /// # Errors
    /// If whoever asks may not, or the account is not in use. What the cloud says is in the account's health.
    pub async fn look_now(&self, name: &str) -> Result<Ended, AppError> {
        self.must_rule("have an account looked at")?;
        if !self.is_kept(name) {
            return Err(AppError::not_found(format!("account {name}")));
        }
        let account =
            self.account(name).ok_or_else(|| AppError::new(Problem::Conflict, self.absence(name)))?;
        let looked = self.look_soon(account);
        Ok(if tokio::time::timeout(LOOK, looked).await.is_ok() { Ended::Yes } else { Ended::No })
    }

    /// Looks at everything that an account holds, now, and tells when that is done.
    fn look_soon(&self, account: Arc<Account>) -> oneshot::Receiver<()> {
        let (done, looked) = oneshot::channel();
        let app = self.itself();
        self.spawn(async move {
            // Its error is in the account's health.
            let _ = sync::account_once(&app, &account).await;
            // Nobody waits for it any more: fine.
            let _ = done.send(());
        });
        looked
    }
}

/// Whether something can be taken over.
fn adoptable(resource: &Resource) -> Result<(), String> {
    if resource.is_managed() {
        return Err("the manager looks after it already".to_owned());
    }
    if is_shared(resource.kind) {
        return Err(format!("a {} of a cloud is there for all who may use it", resource.kind.type_name()));
    }
    Ok(())
}

/// Whether something can be forgotten.
fn forgettable(resource: &Resource, busy: &BTreeSet<Id>) -> Result<(), String> {
    if busy.contains(&resource.id) {
        return Err("a job works on it: wait until it has ended".to_owned());
    }
    match resource.replicas.is_empty() {
        true if own::keeps(resource.kind) => Err("it is the manager's own: delete it".to_owned()),
        true => Err("it is still being created".to_owned()),
        false => Ok(()),
    }
}

/// A resource as filters over resources see it.
struct Held<'a> {
    app: &'a App,
    resource: &'a Resource,
}

impl Lookup for Held<'_> {
    fn simple(&self, name: &str) -> Option<Simple<'_>> {
        let resource = self.resource;
        let replica = resource.replicas.first();
        let owned = |text: String| Some(Simple::Text(Cow::Owned(text)));
        let text = match name {
            "id" => return owned(link_of(resource.kind, resource.id)),
            LOCATION | COUNTRY => {
                let place = replica.and_then(|replica| self.app.whereabouts(&replica.account))?;
                let found = if name == LOCATION { place.location.as_deref() } else { place.country() };
                return found.map(str::to_owned).and_then(owned);
            }
            "kind" => Some(resource.kind.type_name()),
            "account" => replica.map(|replica| replica.account.as_str()),
            "native" => replica.map(|replica| replica.native.0.as_str()),
            "owner" => resource.owner.as_deref(),
            "origin" => Some(resource.provenance.origin.name()),
            "presence" => resource.is_gone().then_some("gone"),
            _ => return resource.attributes.simple(name),
        };
        text.map(|text| Simple::Text(Cow::Borrowed(text)))
    }

    fn property(&self, key: &str) -> Option<Cow<'_, str>> {
        self.resource.attributes.property(key)
    }
}
