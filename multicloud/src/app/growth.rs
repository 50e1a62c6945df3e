//! What resources take more of quotas when they are changed: held from before the cloud is asked until it shows, or has failed.
//!
//! Owns how much that is. What there is of quotas, and who holds what, the inventory and the ledger know.

use cimi::Attributes;

use super::{App, AppError, Change};
use crate::account::Account;
use crate::connector::{Class, CloudError, Parts};
use crate::kind::Kind;
use crate::placement::Amounts;
use crate::placement::ledger::Key;
use crate::record::{Id, Job, Resource, Work};

/// What a change has a resource take more than it takes now, or less, if that is not seen in the resource itself; nothing if it
/// does neither.
pub(super) async fn of(account: &Account, resource: &Resource, change: &Change) -> Option<Amounts> {
    let storage = match change {
        Change::Edit { set, erase } => return enlarged(resource, set, erase),
        Change::AddPart { parts, attributes } if are_disks(*parts) => Resource::size_of_disk(attributes),
        Change::DeletePart { parts, part } if are_disks(*parts) => {
            let native = resource.replica_at(&account.name)?;
            // Where it is not said now, the disk counts on until the machine goes.
            let listed = account.connector.of(resource.kind).ok()?.parts(native, *parts).await.ok()?;
            let disk = listed.members.into_iter().find(|disk| disk.native == *part)?;
            -Resource::size_of_disk(&disk.attributes)
        }
        _ => return None,
    };
    (storage != 0).then_some(Amounts { storage, ..Amounts::default() })
}

/// Notes of a change that has come about what the resource does not show itself.
pub(super) fn keep(resource: &mut Resource, work: &Work) {
    if let Work::Change { operation, more: Some(more), .. } = work
        && matches!(operation.as_str(), "add-part" | "delete-part")
    {
        let disks = resource.provenance.disks.saturating_add(more.storage);
        resource.provenance.disks = disks.max(0);
    }
}

fn are_disks(parts: Parts) -> bool {
    Parts::of(Kind::Machine, "disks") == Some(parts)
}

fn enlarged(resource: &Resource, set: &Attributes, erase: &[String]) -> Option<Amounts> {
    let mut attributes = resource.attributes.clone();
    for (name, value) in set.iter() {
        attributes.set(name.to_owned(), value.clone());
    }
    for name in erase {
        attributes.remove(name);
    }
    let more = Resource::amounts_of(resource.kind, &attributes).minus(resource.amounts()).rise();
    (more != Amounts::default()).then_some(more)
}

impl App {
    /// Holds what a resource is to take more, in the name of the job of its change.
    ///
    /// # Errors
    /// `Conflict`, with the quota that leaves too little.
    pub(super) fn hold_growth(
        &self,
        job: Id,
        resource: &Resource,
        account: &Account,
        more: Amounts,
    ) -> Result<(), AppError> {
        let tenant = resource.owner.clone().map(|owner| self.allowance(owner));
        let held = self.reserve(job.0, more, Some(account), tenant.as_slice());
        held.map_err(|shortage| {
            AppError::at(&account.name, &CloudError::new(Class::Quota, shortage.to_string()))
        })
    }

    /// Holds again what a change held that had not ended when the manager stopped.
    pub(super) fn recall_growth(&self, job: &Job) {
        let Work::Change { resource, account, more: Some(more), .. } = &job.work else { return };
        let more = more.rise();
        let owner = self.inventory().resource(*resource).and_then(|resource| resource.owner.clone());
        let keys = [Key::Account(account.clone())].into_iter().chain(owner.map(Key::Tenant));
        self.inner.ledger.restore(job.id.0, keys.map(|key| (key, more)).collect());
    }
}
