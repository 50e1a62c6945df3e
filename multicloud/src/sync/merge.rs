//! Merging what a cloud reports into the inventory.

use std::collections::{BTreeSet, HashSet};

use cimi::{Attributes, Edition, Reference, Value};

use crate::access::is_shared;
use crate::account::Account;
use crate::app::reference::names_a_type;
use crate::app::{App, forget};
use crate::connector::{Found, Native};
use crate::directory::Tenant;
use crate::event::{About, Event, Severity};
use crate::inventory::{Cause, Look, Writer};
use crate::kind::{Kind, Sharing};
use crate::record::{Id, Origin, Provenance, Replica, Resource, Unanswered};
use crate::store::StoreError;
use crate::terms;

/// The path of a resource in the manager: how records refer to each other.
pub fn link_of(kind: Kind, id: Id) -> String {
    format!("{}/{}", kind.link(), id.0)
}

/// Whether what refers to something unknown is to be merged once more, when more is known.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Unknown {
    Later,
    Never,
}

/// What is merged in one change: others have their turn in between, and it is not all held twice.
const AT_ONCE: usize = 1000;

/// What came of a listing.
#[derive(Default)]
pub(super) struct Merged {
    /// What is another than it was.
    pub(super) changed: BTreeSet<Id>,
    /// What is to be merged once more.
    pub(super) early: Vec<Found>,
}

/// Merges the whole listing of a kind. What the cloud did not list has gone, unless it was seen after the listing began.
///
/// It takes several changes: what one of them has written stays where a later one fails, and is merged again with the next look.
pub(super) async fn listing(
    app: &App,
    account: &Account,
    kind: Kind,
    found: Vec<Found>,
    look: Look,
    (cause, unknown): (Cause, Unknown),
) -> Result<Merged, StoreError> {
    let mut merged = Merged::default();
    let mut present = HashSet::new();
    let mut found = found.into_iter();
    while found.len() > 0 {
        let mut writer = app.inventory().writer().await.because(cause.clone());
        for found in found.by_ref().take(AT_ONCE) {
            present.insert(found.native.clone());
            let is_known = |native: &Native| writer.by_native(&account.name, native).is_some();
            if unknown == Unknown::Later && !found.attributes.iter().all(|(_, value)| knows(&is_known, value))
            {
                merged.early.push(found.clone());
            }
            merge(app, &mut writer, account, kind, found, look);
        }
        merged.changed.extend(writer.touched());
        writer.commit().await?;
    }
    let mut writer = app.inventory().writer().await.because(cause);
    for forgotten in app.inventory().forgotten() {
        // What is gone need not be forgotten, and its name may become another one's.
        if (forgotten.kind, &forgotten.account) == (kind, &account.name)
            && !present.contains(&forgotten.native)
            && !writer.is_outdated(look, &account.name, &forgotten.native)
        {
            writer.recall(forgotten.id);
        }
    }
    let mut lost = Vec::new();
    for resource in writer.held(&account.name, kind).into_iter().filter_map(|id| writer.resource(id)) {
        let here = resource.replicas.iter().filter(|replica| replica.account == account.name);
        let unlisted = here.filter(|replica| !present.contains(&replica.native));
        let unlisted = unlisted.filter(|it| !writer.is_outdated(look, &account.name, &it.native));
        lost.extend(unlisted.map(|replica| replica.native.clone()));
    }
    lose(app, &mut writer, &account.name, &lost, look, Loss::Foreign);
    merged.changed.extend(writer.touched());
    writer.commit().await?;
    Ok(merged)
}

/// Merges once more what referred to something unknown. What of it is another than it was.
pub(super) async fn again(
    app: &App,
    account: &Account,
    kind: Kind,
    found: Vec<Found>,
    look: Look,
    cause: Cause,
) -> Result<BTreeSet<Id>, StoreError> {
    let mut writer = app.inventory().writer().await.because(cause);
    for found in found {
        merge(app, &mut writer, account, kind, found, look);
    }
    let changed = writer.touched();
    writer.commit().await?;
    Ok(changed)
}

/// Merges one resource.
pub(super) async fn one(
    app: &App,
    account: &Account,
    kind: Kind,
    found: Found,
    look: Look,
) -> Result<Option<Id>, StoreError> {
    let cause = Cause::Look(account.name.clone());
    let mut writer = app.inventory().writer().await.because(cause);
    let id = merge(app, &mut writer, account, kind, found, look);
    writer.commit().await?;
    Ok(id)
}

/// Notes that a cloud no longer has a resource.
pub(super) async fn gone(
    app: &App,
    account: &Account,
    native: &Native,
    look: Look,
    loss: Loss,
) -> Result<(), StoreError> {
    let cause = Cause::Look(account.name.clone());
    let mut writer = app.inventory().writer().await.because(cause);
    if !writer.is_outdated(look, &account.name, native) {
        lose(app, &mut writer, &account.name, std::slice::from_ref(native), look, loss);
    }
    writer.commit().await
}

/// `None`: a later look showed that it is gone, or it is not to be shown.
fn merge(
    app: &App,
    writer: &mut Writer,
    account: &Account,
    kind: Kind,
    found: Found,
    look: Look,
) -> Option<Id> {
    let Found { native, attributes, token, offers } = found;
    if writer.is_forgotten(&account.name, &native) {
        return None;
    }
    let known = writer.by_native(&account.name, &native);
    if writer.is_outdated(look, &account.name, &native) {
        return known;
    }
    writer.saw(look, app.clock().now(), &account.name, &native);
    let path = |native: &Native| {
        let id = writer.by_native(&account.name, native)?;
        Some(link_of(writer.kind_of(id)?, id))
    };
    let attributes = ours(&path, attributes);
    let replica = Replica { account: account.name.clone(), native, offers };
    let known = known.and_then(|id| still_the_same(writer, account, id, &attributes));
    let late = token.as_ref().filter(|_| known.is_none());
    let late = late.and_then(|token| writer.unanswered(&account.name, token)).filter(|it| it.kind == kind);
    let known = known
        .or_else(|| token.as_ref().filter(|_| late.is_none()).and_then(|token| writer.awaiting(token)))
        .or_else(|| twin(writer, account, kind, &attributes));
    let mut resource = match (known.and_then(|id| writer.resource(id)), &late) {
        (Some(known), _) => known,
        (None, Some(late)) => come_late(app, writer, account, late),
        (None, None) => Resource {
            provenance: Provenance::default(),
            ..Resource::new(app.inventory().next_id(), kind, Attributes::new(), found_owner(account, kind))
        },
    };
    let before = resource.clone();
    // Whatever was gone is back.
    resource.provenance.gone = None;
    if token.is_some_and(|token| token == app.inventory().token(resource.id)) {
        resource.provenance.origin = Origin::Made;
    }
    let at = place_among(app, &resource.replicas, &account.name);
    match resource.replicas.iter().position(|known| known.account == account.name) {
        Some(known) => resource.replicas[known] = replica,
        None => resource.replicas.insert(at, replica),
    }
    // Of things that several clouds have, the first one's words are shown.
    if resource.replicas.first().is_some_and(|first| first.account == account.name) {
        resource.attributes = attributes;
    }
    let id = resource.id;
    if let Some(late) = late {
        tell_late(app, writer, &resource, &late);
    }
    if before != resource {
        writer.put_resource(resource);
    }
    Some(id)
}

/// What a cloud made of a creation that had been given up. It is what was asked for, with the number that was told of, unless
/// that is another's by now.
fn come_late(app: &App, writer: &mut Writer, account: &Account, late: &Unanswered) -> Resource {
    writer.is_answered(late);
    let is_free = writer.kind_of(late.number).is_none();
    let id = if is_free { late.number } else { app.inventory().next_id() };
    let owner = late.owner.clone().filter(|owner| app.directory().get::<Tenant>(owner).is_some());
    let owner = owner.or_else(|| found_owner(account, late.kind));
    let mut resource = Resource::new(id, late.kind, Attributes::new(), owner);
    resource.provenance.disks = late.disks;
    resource
}

/// Somebody has to decide whether it is still wanted: nothing is taken away again by itself, for it may be in use by now.
fn tell_late(app: &App, writer: &mut Writer, resource: &Resource, late: &Unanswered) {
    let Unanswered { number, account, job, .. } = late;
    let path = link_of(late.kind, *number);
    let (code, detail) = if resource.id == *number {
        let detail = format!("{account} has made it after all, when job {} had been given up", job.0);
        ("CREATED_LATE", format!("{detail}: it is there and counts. Delete it if it is not wanted any more"))
    } else {
        let detail = format!("{account} has made it after all, when job {} had gone on without it", job.0);
        ("CREATED_TWICE", format!("{detail}: there is {path}, too. Delete the one that is not wanted"))
    };
    let about = About::resource(resource);
    let alarm = Event::alarm(app.clock().now(), about, Severity::High, code, &detail);
    writer.tell(alarm.of_tenant(resource.owner.clone()).seen_at(account));
}

/// Where an account stands among those that have the same thing: in the order of all accounts, whichever is read first.
fn place_among(app: &App, replicas: &[Replica], account: &str) -> usize {
    if replicas.iter().all(|known| known.account == account) {
        return 0;
    }
    let accounts = app.accounts();
    let order = |name: &str| accounts.iter().position(|it| it.name == name).unwrap_or(usize::MAX);
    let own = order(account);
    replicas.iter().position(|known| order(&known.account) > own).unwrap_or(replicas.len())
}

/// The resource if the attributes seen now are those of it: a thing that several clouds had may have become two.
fn still_the_same(writer: &mut Writer, account: &Account, id: Id, attributes: &Attributes) -> Option<Id> {
    let mut resource = writer.resource(id)?;
    let first = resource.replicas.first()?;
    if first.account == account.name || same(resource.kind, &resource.attributes, attributes) {
        return Some(id);
    }
    resource.replicas.retain(|replica| replica.account != account.name);
    writer.put_resource(resource);
    None
}

/// A resource of other accounts that is the same thing.
fn twin(writer: &Writer, account: &Account, kind: Kind, attributes: &Attributes) -> Option<Id> {
    if kind.sharing() == Sharing::Single || !is_common_good(kind, attributes) {
        return None;
    }
    writer.of_kind(kind).into_iter().find(|id| {
        writer.resource(*id).is_some_and(|resource| {
            !resource.replicas.is_empty()
                && resource.owner.is_none()
                && !resource.is_gone()
                && resource.replicas.iter().all(|replica| replica.account != account.name)
                && same(kind, &resource.attributes, attributes)
        })
    })
}

/// Snapshots are of one machine in one cloud, whatever their names.
fn is_common_good(kind: Kind, attributes: &Attributes) -> bool {
    kind != Kind::MachineImage || attributes.text("type").is_none_or(|ty| ty == "IMAGE")
}

/// Whether two resources of different clouds are the same thing: same name, same contents as far as all editions know them.
fn same(kind: Kind, left: &Attributes, right: &Attributes) -> bool {
    const ASIDE: &[&str] = &["description", "created", "updated", "properties", "imageLocation", "state"];
    let own = |attributes: &Attributes| {
        let mut own = attributes.clone();
        let editions = Edition::ALL.into_iter().filter(|edition| kind.is_in(*edition));
        let everywhere = |name: &str| editions.clone().all(|it| terms::has(it, kind.type_name(), name));
        own.retain(|name, _| !ASIDE.contains(&name) && everywhere(name));
        own
    };
    left.text("name").is_some() && left.text("name") == right.text("name") && own(left) == own(right)
}

/// To whom belongs what nobody created through the manager: things that are for all, to nobody.
fn found_owner(account: &Account, kind: Kind) -> Option<String> {
    account.owner.clone().filter(|_| !is_shared(kind))
}

/// Drops everything of an account.
pub(super) async fn forget_account(app: &App, name: &str) -> Result<(), StoreError> {
    let mut writer = app.inventory().writer().await.because(Cause::Forgetting);
    let look = app.inventory().look();
    let held = Kind::ALL.into_iter().flat_map(|kind| writer.held(name, kind));
    let resources = held.filter_map(|id| writer.resource(id));
    let lost: Vec<Native> = resources.filter_map(|it| it.replica_at(name).cloned()).collect();
    lose(app, &mut writer, name, &lost, look, Loss::Own);
    for forgotten in app.inventory().forgotten().into_iter().filter(|it| it.account == name) {
        writer.recall(forgotten.id);
    }
    for unanswered in app.inventory().unanswered().iter().filter(|it| it.account == name) {
        writer.is_answered(unanswered);
    }
    writer.commit().await
}

/// Who took away what a cloud does not have any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loss {
    /// Somebody else, or nobody knows.
    Foreign,
    /// The manager.
    Own,
}

/// Notes what an account does not have any more. What is the manager's to look after stays shown, as gone, unless the manager
/// itself has taken it away; whatever else is nowhere is shown no longer.
fn lose(app: &App, writer: &mut Writer, account: &str, natives: &[Native], look: Look, loss: Loss) {
    let mut gone = Vec::new();
    for native in natives {
        let id = writer.by_native(account, native);
        writer.saw(look, app.clock().now(), account, native);
        let Some(mut resource) = id.and_then(|id| writer.resource(id)) else { continue };
        let is_last = resource.replicas.iter().all(|replica| replica.account == account);
        let is_missed = loss == Loss::Foreign && is_last && resource.is_managed();
        // What was part of something that is no more has gone with it, however late its cloud was.
        let lost_its_whole = resource.provenance.part_of.is_some_and(|whole| writer.kind_of(whole).is_none());
        if is_missed && !lost_its_whole && !writer.is_being_unmade(&resource) {
            if !resource.is_gone() {
                resource.provenance.gone = Some(app.clock().now_as_kept());
                writer.put_resource(resource);
            }
            continue;
        }
        resource.replicas.retain(|replica| replica.account != account);
        if resource.replicas.is_empty() {
            gone.push((resource.kind, resource.id));
        } else {
            writer.put_resource(resource);
        }
    }
    forget(writer, &gone);
}

/// A cloud's attributes with references to what the manager shows; references to anything else are left out. `path`: what the
/// manager calls what the cloud calls so.
pub(super) fn ours(path: &dyn Fn(&Native) -> Option<String>, attributes: Attributes) -> Attributes {
    attributes.into_iter().filter_map(|(name, value)| Some((name, our_value(path, value)?))).collect()
}

/// Whether everything is known that a value refers to.
fn knows(is_known: &dyn Fn(&Native) -> bool, value: &Value) -> bool {
    let all = |attributes: &Attributes| attributes.iter().all(|(_, value)| knows(is_known, value));
    match value {
        Value::Ref(Reference { href, attributes }) => {
            let href = href.as_deref().filter(|href| !names_a_type(href));
            href.is_none_or(|href| is_known(&Native(href.to_owned()))) && all(attributes)
        }
        Value::Array(items) => items.iter().all(|item| knows(is_known, item)),
        Value::Structure(fields) => all(fields),
        _ => true,
    }
}

fn our_value(path: &dyn Fn(&Native) -> Option<String>, value: Value) -> Option<Value> {
    Some(match value {
        Value::Ref(Reference { href: None, attributes }) => {
            Value::Ref(Reference::by_value(ours(path, attributes)))
        }
        Value::Ref(Reference { href: Some(href), attributes }) => {
            // A component that others of its template refer to is named.
            let href = if names_a_type(&href) || href.starts_with('#') { href } else { path(&Native(href))? };
            Value::Ref(Reference { href: Some(href), attributes: ours(path, attributes) })
        }
        Value::Array(items) => {
            let items: Vec<Value> = items.into_iter().filter_map(|item| our_value(path, item)).collect();
            (!items.is_empty()).then_some(Value::Array(items))?
        }
        Value::Structure(fields) => Value::Structure(ours(path, fields)),
        other => other,
    })
}
