//! What can be asked of the cloud, in its own terms.
//!
//! Owns the dispatch from a request to the kind that it is about.

use super::Sim;
use super::change::Patch;
use super::denial::Denial;
use super::job::{Accepted, Order};
use super::network::Running;
use super::site::Site;
use crate::world::{Change, Draft, Field, Fields, Group, Id, Kind};

/// A request.
#[derive(Clone, Debug)]
pub enum Request {
    /// To create a resource in a collection.
    Create {
        /// The collection.
        group: Group,
        /// Its label, and its attributes or those of its template.
        draft: Draft,
    },
    /// To create a Volume in a Machine's collection of them, at a location.
    CreateAt {
        /// The collection.
        group: Group,
        /// Its label, and the attributes of its template.
        draft: Draft,
        /// Where it appears in the Machine.
        location: String,
    },
    /// To create what a package describes (5.13.2.1, 5.13.5.1).
    Import {
        /// The collection.
        group: Group,
        /// Its label, and the attributes of the template that the package is.
        draft: Draft,
    },
    /// To make a resource by an operation on another one (5.14.7.1).
    Make {
        /// The other one.
        id: Id,
        /// The bare name of the operation.
        operation: &'static str,
        /// What is to be made.
        draft: Draft,
    },
    /// To put an existing resource into a collection (5.5.12.2).
    Insert {
        /// The collection.
        group: Group,
        /// The resource and the accessory attributes.
        parameters: Fields,
    },
    /// To take a resource out of a collection (5.5.12.3).
    Remove {
        /// The collection.
        group: Group,
        /// The resource.
        parameters: Fields,
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
        let asked = match &request {
            Request::Create { group, .. } | Request::CreateAt { group, .. } => Some(*group),
            _ => None,
        };
        let result = self.begin(request);
        self.write_chronicle();
        if let Err(denial) = &result {
            self.note_denial(asked, denial);
        }
        self.balance();
        result
    }

    fn begin(&mut self, request: Request) -> Result<Accepted, Denial> {
        if let Some(denial) = self.denied_by_fate(&request) {
            return Err(denial);
        }
        match request {
            Request::Create { group, draft } => self.create(group, draft, None),
            Request::CreateAt { group, draft, location } => self.create(group, draft, Some(&location)),
            Request::Import { group, draft } => self.import(group, draft),
            Request::Make { id, operation, draft } => self.make(id, operation, draft),
            Request::Insert { group, parameters } => self.insert(group, &parameters),
            Request::Remove { group, parameters } => self.withdraw(group, &parameters),
            Request::Update { id, patch } => self.update(id, &patch),
            Request::Delete { id } => self.delete(id),
            Request::Act { id, operation, parameters } => self.act(id, &operation, &parameters),
        }
    }

    fn create(&mut self, group: Group, draft: Draft, location: Option<&str>) -> Result<Accepted, Denial> {
        if !self.world.has(group) {
            return Err(Denial::missing("The resource that has this collection is gone."));
        }
        self.check_properties(draft.label.properties.as_deref())?;
        match (group.kind, group.owner) {
            (Kind::Disk, Some(machine)) => return self.add_disk(machine, draft),
            (Kind::MachineVolume, Some(machine)) if draft.fields.get("volume").is_some() => {
                return self.connect(machine, draft.label, &draft.fields, "add");
            }
            (Kind::MachineVolume, Some(machine)) => {
                return self.create_connected(machine, draft.label, &draft.fields, location);
            }
            (kind, _) if kind.card().link.is_some_and(|uses| draft.fields.get(uses.attribute).is_some()) => {
                return self.associate(group, draft.label, &draft.fields, "add");
            }
            _ => {}
        }
        self.may_change_members(group)?;
        self.create_at(Site::of(group), draft)
    }

    /// Creates a resource at a site, by its kind.
    pub(super) fn create_at(&mut self, site: Site, draft: Draft) -> Result<Accepted, Denial> {
        match site.group.kind {
            Kind::Machine => self.create_machine(site, draft.label, &draft.fields),
            Kind::Volume => self.create_volume(site, draft.label, &draft.fields),
            Kind::MachineImage => self.create_machine_image(draft),
            Kind::VolumeImage => self.create_volume_image(draft),
            Kind::System => self.create_system(site, draft.label, &draft.fields),
            Kind::SystemService => self.create_service(site, draft),
            Kind::Network => self.create_network(site, draft, Running::AsAsked),
            Kind::ProtocolSegment => self.create_segment(site, draft, Running::AsAsked),
            Kind::NetworkService => self.create_network_service(site, draft, Running::AsAsked),
            Kind::ProtocolEndpoint => self.create_endpoint(site, draft),
            Kind::NetworkInterface => self.create_interface(site, draft),
            Kind::NetworkInterfaceTemplate => self.create_interface_template(site, draft),
            Kind::NetworkPort => self.create_port(site, draft),
            Kind::Address => self.create_address(site, draft),
            Kind::ForwardingGroup => self.create_group(site, draft),
            Kind::MachineNetworkInterface => self.create_nic(site, draft),
            Kind::Meter => self.create_meter(site, draft.label, &draft.fields),
            Kind::EventLog => self.create_log(site, draft.label, &draft.fields),
            _ => self.create_plain(site, draft),
        }
    }

    fn make(&mut self, id: Id, operation: &'static str, draft: Draft) -> Result<Accepted, Denial> {
        self.check_properties(draft.label.properties.as_deref())?;
        match id.kind() {
            Kind::Machine => self.image_of_machine(id, draft, operation),
            Kind::Volume => self.image_of_volume(id, draft, operation),
            kind => Err(Denial::missing(format!("{} has no operation {operation}.", kind.name()))),
        }
    }

    fn act(&mut self, id: Id, operation: &str, parameters: &Fields) -> Result<Accepted, Denial> {
        match id.kind() {
            Kind::Machine => self.act_on_machine(id, operation, parameters),
            Kind::Volume => self.act_on_volume(id, operation, parameters),
            Kind::System | Kind::SystemTemplate if operation == "export" => self.export(id),
            Kind::System => self.act_on_system(id, operation, parameters),
            Kind::SystemService => self.act_on_service(id, operation, parameters),
            Kind::Network
            | Kind::NetworkPort
            | Kind::ProtocolSegment
            | Kind::NetworkService
            | Kind::ProtocolEndpoint
            | Kind::NetworkInterface => self.act_on_network(id, operation),
            Kind::Meter => self.act_on_meter(id, operation),
            Kind::Job if operation == "stop" => self.stop_job(id),
            kind => Err(Denial::missing(format!("{} has no operation {operation}.", kind.name()))),
        }
    }

    /// Creates what a package describes: a System, or its template. The Job is that of the import.
    fn import(&mut self, group: Group, draft: Draft) -> Result<Accepted, Denial> {
        let accepted = self.create(group, draft, None)?;
        self.world
            .edit(accepted.job, Change::Implicit, |job| job.fields.set("action", Field::Word("import")));
        Ok(accepted)
    }

    /// Takes note of the export of a System or of its template. Where the package is, is not the world's to know.
    fn export(&mut self, id: Id) -> Result<Accepted, Denial> {
        if id.kind().states().is_some() {
            self.transition(id, "export")?;
        }
        Ok(self.order(Order::new("export", id)))
    }
}
