//! Services of a System (DSP0263 5.13.3): high reliability and disaster recovery.
//!
//! Owns their creation and operations. What happens when a Machine fails is `recovery`'s.

use std::collections::BTreeMap;
use std::time::Duration;

use cimi::Map;
use cimi::model::attribute::Values;
use cimi::model::system::Service;
use cimi::model::{Attribute, Type};

use crate::sim::Sim;
use crate::sim::denial::Denial;
use crate::sim::job::{Accepted, Effect, Order};
use crate::sim::site::Site;
use crate::world::{Draft, Field, Fields, Group, Id, Kind, Label, Link, Usage};

/// What a link to a Machine under a service holds beside what is shown: the image of a passive backup, and whether the service
/// made the backup.
const IMAGE: &str = "image";
const MADE: &str = "made";

impl Sim {
    /// Creates a service in a System.
    pub(in crate::sim) fn create_service(
        &mut self,
        site: Site,
        mut draft: Draft,
    ) -> Result<Accepted, Denial> {
        let given = draft.fields.text("serviceType").unwrap_or_default();
        let service = Service::by_uri(given).ok_or_else(|| Denial::bad(unknown(given)))?;
        // Which of the two is the provider's choice (5.13.6.1): a backup that runs.
        let service = match service {
            Service::HighReliability => Service::ActiveHighReliability,
            service => service,
        };
        draft.fields.set("serviceType", service.uri());
        check_parameters(service.parameters(), &draft.fields)?;
        let id = self.settle(site, draft);
        Ok(self.order(Order::new("add", site.asked).creating(id)))
    }

    /// Creates a service that a template describes, over the components that it names (table 15).
    pub(super) fn build_service(
        &mut self,
        system: Id,
        descriptor: &Fields,
        named: &BTreeMap<String, Id>,
    ) -> Result<(), Denial> {
        let text = |name: &str| descriptor.text(name).map(Into::into);
        let map = |name: &str| match descriptor.get(name) {
            Some(Field::Map(map)) => Some((**map).clone()),
            _ => None,
        };
        let label = Label {
            name: text("name"),
            description: text("description"),
            properties: map("properties").map(Box::new),
        };
        let mut parameters = map("parameters").unwrap_or_default();
        let machines = parameters.shift_remove("machines").unwrap_or_default();
        parameters.shift_remove("network");
        let mut fields = Fields::new();
        fields.set_some("serviceType", descriptor.get("serviceType").cloned());
        if !parameters.is_empty() {
            fields.set("parameters", parameters);
        }
        let site = Site::of(Group::inside(system, Kind::SystemService));
        let service = self.create_service(site, Draft::new(label, fields))?.created;
        let references = machines.split([',', ' ']).map(str::trim).filter(|name| !name.is_empty());
        for name in references {
            let machine =
                named.get(name.trim_start_matches('#')).copied().filter(|id| id.kind() == Kind::Machine);
            let machine = machine.ok_or_else(|| {
                Denial::bad(format!(
                    "The service's machines name {name}, which is no Machine of this template."
                ))
            })?;
            if let Some(service) = service {
                self.cover(service, machine, None)?;
            }
        }
        Ok(())
    }

    /// Whether a service has an operation: that depends on its type.
    pub(in crate::sim) fn service_offers(&self, id: Id, operation: &str) -> bool {
        operation == "delete"
            || self.service(id).is_some_and(|service| service.operations().contains(&operation))
    }

    /// Performs an operation on a service (5.13.3.1.2, 5.13.3.2.1).
    pub(in crate::sim) fn act_on_service(
        &mut self,
        id: Id,
        operation: &str,
        parameters: &Fields,
    ) -> Result<Accepted, Denial> {
        if operation == "delete" || !self.service_offers(id, operation) {
            return Err(Denial::missing(format!("This SystemService has no operation {operation}.")));
        }
        let node = machine_of(parameters, "node")?.ok_or_else(|| {
            Denial::bad("node is missing: a reference to a Machine of the System was expected.")
        })?;
        match operation {
            "addRM" => self.cover(id, node, machine_of(parameters, "backup")?),
            "removeRM" => self.uncover(id, node),
            "forceSync" => self.synchronize(id, node),
            _ => self.swap(id, node),
        }
    }

    /// What kind of service it is.
    pub(super) fn service(&self, id: Id) -> Option<Service> {
        Service::by_uri(self.world.get(id)?.fields.text("serviceType")?)
    }

    /// Puts a Machine under a service; one of high reliability gives it a backup, unless there is one already.
    fn cover(&mut self, service: Id, node: Id, backup: Option<Id>) -> Result<Accepted, Denial> {
        let kind = self.service(service).unwrap_or(Service::DisasterRecovery);
        let system = self.system_of(service)?;
        let group = Group::inside(service, Kind::ServiceMachine);
        self.require_component(system, node)?;
        if self.link(group, node).is_some() {
            return Err(Denial::conflict(node, "The Machine is under this service already."));
        }
        let order = Order::new("addRM", service).affecting(node);
        let link = Fields::new().with("machine", node);
        if kind == Service::DisasterRecovery {
            return Ok(self.order(order.then(Duration::ZERO, [Effect::Insert(group, plain(link))])));
        }
        if let Some(backup) = backup {
            self.require_component(system, backup)?;
            if backup == node {
                return Err(Denial::conflict(node, "A Machine cannot be its own backup."));
            }
            let link = link.with("backupmachine", backup).with(MADE, false);
            let order = order.affecting(backup).then(Duration::ZERO, [Effect::Insert(group, plain(link))]);
            return Ok(self.order(order));
        }
        let (backup, image) = self.make_backup(system, node, kind)?;
        let goal = if kind == Service::ActiveHighReliability { "STARTED" } else { "STOPPED" };
        let mut link = link.with("backupmachine", backup).with(MADE, true);
        link.set_some(IMAGE, image);
        let wait = self.settings.timing.of(Kind::Machine, "create");
        let effects = [Effect::State(backup, goal), Effect::Insert(group, plain(link))];
        let order = order.affecting(backup).then(wait, effects).undone_by([Effect::Remove(backup)]);
        Ok(self.order(order))
    }

    /// A copy of a Machine in the same System, and for a passive service the image that it is made from.
    fn make_backup(&mut self, system: Id, node: Id, kind: Service) -> Result<(Id, Option<Id>), Denial> {
        let name = self.world.get(node).and_then(|record| record.label.name.clone()).unwrap_or_default();
        let content = self.content_of_machine(node);
        let mut hardware = content.clone();
        hardware.remove("state");
        self.afford(Usage::of(Kind::Machine, &hardware))?;
        let label = Label::named(&format!("{name}-backup"));
        let draft = Draft::new(label, hardware).in_state("CREATING");
        let backup = self.settle(Site::within(system, Kind::Machine), draft);
        self.reckon_systems_of(backup);
        if kind == Service::ActiveHighReliability {
            return Ok((backup, None));
        }
        let fields = Fields::new()
            .with("type", Field::Word("SNAPSHOT"))
            .with("imageLocation", Link::Foreign(format!("urn:cimi-mock:backup:{}", node.number()).into()))
            .with("content", content);
        let image = Draft::new(Label::named(&format!("{name}-backup")), fields).in_state("AVAILABLE");
        Ok((backup, Some(self.world.insert(Group::of_cloud(Kind::MachineImage), image))))
    }

    /// Takes a Machine from under a service. A backup that the service made is discarded, with its image.
    fn uncover(&mut self, service: Id, node: Id) -> Result<Accepted, Denial> {
        let link = self.covering(service, node)?;
        let fields = self.world.get(link).map(|record| record.fields.clone()).unwrap_or_default();
        let mut effects = vec![Effect::Remove(link)];
        let mut order = Order::new("removeRM", service).affecting(node);
        if fields.boolean(MADE) == Some(true)
            && let Some(backup) = fields.resource("backupmachine")
        {
            effects.push(Effect::Remove(backup));
            order = order.affecting(backup);
        }
        effects.extend(fields.resource(IMAGE).map(Effect::Remove));
        Ok(self.order(order.then(Duration::ZERO, effects)))
    }

    /// Brings the backup of a Machine up to date.
    fn synchronize(&mut self, service: Id, node: Id) -> Result<Accepted, Denial> {
        let link = self.covering(service, node)?;
        let fields = self.world.get(link).map(|record| record.fields.clone()).unwrap_or_default();
        let backup = fields.resource("backupmachine").ok_or_else(|| {
            Denial::conflict(node, "The Machine has no backup: add it to the service again.")
        })?;
        let content = self.content_of_machine(node);
        let hardware = content.iter().filter(|(name, _)| *name != "state");
        let mut effects: Vec<_> =
            hardware.map(|(name, field)| Effect::Set(backup, name, field.clone())).collect();
        if let Some(image) = fields.resource(IMAGE) {
            effects.push(Effect::Set(image, "content", content.into()));
        }
        let wait = self.settings.timing.of(Kind::SystemService, "forceSync");
        let order = Order::new("forceSync", service).affecting(node).affecting(backup).then(wait, effects);
        Ok(self.order(order))
    }

    /// Swaps a Machine and its backup.
    fn swap(&mut self, service: Id, node: Id) -> Result<Accepted, Denial> {
        let link = self.covering(service, node)?;
        let backup = self.world.get(link).and_then(|record| record.fields.resource("backupmachine"));
        let backup = backup
            .ok_or_else(|| Denial::conflict(node, "The Machine has no backup: there is nothing to swap."))?;
        let wait = self.settings.timing.of(Kind::SystemService, "swapBackup");
        let effects =
            [Effect::Set(link, "machine", backup.into()), Effect::Set(link, "backupmachine", node.into())];
        let order = Order::new("swapBackup", service).affecting(node).affecting(backup).then(wait, effects);
        Ok(self.order(order))
    }

    /// The link by which a service covers a Machine.
    fn covering(&self, service: Id, node: Id) -> Result<Id, Denial> {
        self.link(Group::inside(service, Kind::ServiceMachine), node).ok_or_else(|| {
            Denial::conflict(node, "The Machine is not under this service: addRM puts it there.")
        })
    }

    /// The System that a service is of.
    pub(super) fn system_of(&self, service: Id) -> Result<Id, Denial> {
        let owner = self.world.get(service).and_then(|record| record.owner);
        owner.ok_or_else(|| Denial::missing("The System of this service is gone."))
    }

    fn require_component(&self, system: Id, machine: Id) -> Result<(), Denial> {
        if self.link(Group::inside(system, Kind::SystemMachine), machine).is_some() {
            return Ok(());
        }
        Err(Denial::conflict(
            machine,
            "The Machine is no component of the System: insert it into its machines first.",
        ))
    }
}

fn plain(fields: Fields) -> Draft {
    Draft::new(Label::default(), fields)
}

fn machine_of(parameters: &Fields, name: &str) -> Result<Option<Id>, Denial> {
    match parameters.link(name) {
        None => Ok(None),
        Some(Link::Resource(id)) if id.kind() == Kind::Machine => Ok(Some(*id)),
        Some(_) => Err(Denial::bad(format!("{name} must refer to a Machine of this cloud."))),
    }
}

fn unknown(given: &str) -> String {
    let known: Vec<_> = Service::ALL.into_iter().map(Service::uri).collect();
    format!("serviceType is `{given}`; this cloud has {}.", known.join(", "))
}

/// Holds the parameters of a service against what its type defines (tables 11 and 13).
fn check_parameters(declared: &[Attribute], fields: &Fields) -> Result<(), Denial> {
    let Some(Field::Map(map)) = fields.get("parameters") else { return Ok(()) };
    let map: &Map = map;
    for (name, value) in map {
        let Some(attribute) = declared.iter().find(|attribute| attribute.name == name) else { continue };
        let fits = match (attribute.ty, attribute.values) {
            (Type::Integer, _) => value.parse::<u64>().is_ok(),
            (_, Values::Closed(allowed)) => allowed.contains(&value.as_str()),
            _ => true,
        };
        if !fits {
            return Err(Denial::bad(format!("parameters: {name} cannot be `{value}`.")));
        }
    }
    Ok(())
}
