//! What can be asked of the cloud, in its own terms.
//!
//! Owns the dispatch from a request to the kind that it is about.

use super::change::Patch;
use super::denial::Denial;
use super::job::Accepted;
use super::Sim;
use crate::world::{Draft, Fields, Id, Kind, Shelf};

/// A request.
#[derive(Clone, Debug)]
pub enum Request {
    /// To create a resource in a collection.
    Create {
        /// The collection.
        shelf: Shelf,
        /// Its label, and its attributes or those of its template.
        draft: Draft,
    },
    /// To change attributes of a resource.
    Update {
        /// The resource.
        id: Id,
        /// The changes.
        patch: Patch,
    },
    /// To delete a resource.
    Delete {
        /// The resource.
        id: Id,
    },
    /// To perform an operation.
    Act {
        /// The resource.
        id: Id,
        /// The bare name of the operation.
        operation: String,
        /// Its parameters.
        parameters: Fields,
    },
}

impl Sim {
    /// Does what is asked for, or begins to.
    ///
    /// # Errors
    /// Why it is not done. The cloud is then as it was.
    pub fn perform(&mut self, request: Request) -> Result<Accepted, Denial> {
        match request {
            Request::Create { shelf, draft } => self.create(shelf, draft),
            Request::Update { id, patch } => self.update(id, &patch),
            Request::Delete { id } => self.delete(id),
            Request::Act { id, operation, parameters } => self.act(id, &operation, &parameters),
        }
    }

    fn create(&mut self, shelf: Shelf, draft: Draft) -> Result<Accepted, Denial> {
        if !self.world.has(shelf) {
            return Err(Denial::missing("The resource that has this collection is gone."));
        }
        self.check_properties(draft.label.properties.as_deref())?;
        match (shelf.kind, shelf.owner) {
            (Kind::Machine, _) => self.create_machine(draft.label, &draft.fields),
            (Kind::Volume, _) => self.create_volume(draft.label, &draft.fields),
            (Kind::MachineImage, _) => self.create_machine_image(draft),
            (Kind::VolumeImage, _) => self.create_volume_image(draft),
            (Kind::Disk, Some(machine)) => self.add_disk(machine, draft),
            (Kind::MachineVolume, Some(machine)) => self.connect(machine, draft.label, &draft.fields, "add"),
            _ => self.create_plain(shelf, draft),
        }
    }

    fn act(&mut self, id: Id, operation: &str, parameters: &Fields) -> Result<Accepted, Denial> {
        match id.kind() {
            Kind::Machine => self.act_on_machine(id, operation, parameters),
            Kind::Volume => self.act_on_volume(id, operation, parameters),
            Kind::Job if operation == "stop" => self.stop_job(id),
            kind => Err(Denial::missing(format!("{} has no operation {operation}.", kind.name()))),
        }
    }
}
