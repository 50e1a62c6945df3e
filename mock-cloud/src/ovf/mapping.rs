//! Annex A of DSP0263: packages as `SystemTemplates`, and back.
//!
//! A collection of virtual systems is a `SystemTemplate`, one inside another a template inside a template; a virtual system
//! is a `MachineTemplate`; a disk is a `VolumeTemplate`, or an entry of its machine's configuration where the package says
//! so; a network is a `NetworkTemplate`. All templates are given by value, and machines name what they use as `#name`
//! (5.13.4). What OVF says and CIMI has no attribute for goes into `properties`, under keys that no product can have.
//! Owns both ways, so that what one keeps the other finds. Creates nothing.

use std::collections::{BTreeMap, BTreeSet};

use cimi::{Edition, Map};

use super::package::{
    About, Adapter, Collection, Content, Disk, FORMAT, More, Network, Package, Role, VirtualSystem,
};
use crate::world::{Beside, Draft, Field, Fields, Label, Link};

mod back;
mod name;
mod realized;

pub use back::{Lookup, package_of};
pub(super) use name::is_absolute;
use name::{Names, PlacedNames, file_uri};
pub use realized::template_of_system;

/// Keys of properties for what CIMI has no attribute for. A product's key has no colon in it (DSP0243 9.5).
const ID: &str = "ovf:id";
const OS: &str = "ovf:os";
const OS_DESCRIPTION: &str = "ovf:osDescription";
const FAMILY: &str = "ovf:family";
const ORDER: &str = "ovf:order";
const DISK_FORMAT: &str = "ovf:format";
const PRODUCT: &str = "ovf:product";
const VENDOR: &str = "ovf:vendor";
const VERSION: &str = "ovf:version";
const NETWORKS: &str = "ovf:networks";

/// The `SystemTemplate` that a package describes, in the words of an edition.
pub fn template_of(package: &Package, edition: Edition) -> Draft {
    let plan = Plan::new(package, edition);
    match &package.content {
        Content::Collection(collection) => {
            let label = plan.label(&collection.about, None, Map::new());
            Draft::new(label, plan.collection(collection, &mut Vec::new()))
        }
        // One machine alone is a System with one machine.
        Content::System(system) => {
            let mut name = Label::default();
            name.name = plan.label(&system.about, None, Map::new()).name;
            let alone = Collection { contents: vec![package.content.clone()], ..Collection::default() };
            Draft::new(name, plan.collection(&alone, &mut Vec::new()))
        }
    }
}

/// A place in the tree of collections: from each, which of its contents leads on.
type Place = Vec<usize>;

/// What is decided about a package before it is mapped.
struct Plan<'a> {
    package: &'a Package,
    edition: Edition,
    /// Names of machines and collections by id.
    names: BTreeMap<&'a str, String>,
    /// Names of volumes by the id of their disk, with the innermost collection that all their users are in.
    volumes: BTreeMap<&'a str, (String, Place)>,
    /// The same of networks.
    networks: BTreeMap<&'a str, (String, Place)>,
}

impl<'a> Plan<'a> {
    fn new(package: &'a Package, edition: Edition) -> Self {
        let mut plan = Self {
            package,
            edition,
            names: BTreeMap::new(),
            volumes: BTreeMap::new(),
            networks: BTreeMap::new(),
        };
        let mut names = PlacedNames::default();
        plan.name_contents(&package.content, &mut Vec::new(), &mut names);
        let mut users = Users::default();
        users.see(&package.content, &mut Vec::new());
        let homes = homes(&package.content);
        // A home that not all users are in is none.
        let placed = |more: &More, users: Option<Place>| {
            let home = more.home.as_deref().and_then(|id| homes.get(id));
            match (home, users) {
                (Some(home), Some(users)) if !users.starts_with(home) => users,
                (Some(home), _) => home.clone(),
                (None, users) => users.unwrap_or_default(),
            }
        };
        for network in &package.networks {
            let place = placed(&network.more, users.networks.remove(network.name.as_str()));
            let wanted = network.label.as_ref().unwrap_or(&network.name);
            plan.networks.insert(&network.name, (names.unique(wanted, &place), place));
        }
        let parents: BTreeSet<&str> =
            package.disks.iter().filter_map(|disk| disk.parent.as_deref()).collect();
        for disk in &package.disks {
            let place = users.disks.remove(disk.id.as_str());
            // What only other disks build on is no disk of its own.
            let is_base = place.is_none() && parents.contains(disk.id.as_str());
            if disk.role != Role::Disk && !is_base {
                let place = placed(&disk.more, place);
                let wanted = disk.name.as_ref().unwrap_or(&disk.id);
                plan.volumes.insert(&disk.id, (names.unique(wanted, &place), place));
            }
        }
        plan
    }

    /// Names the contents of each collection apart. Nothing refers to them, so that two collections may use a name.
    fn name_contents(&mut self, content: &'a Content, place: &mut Place, all: &mut PlacedNames) {
        let Content::Collection(collection) = content else {
            let about = content.about();
            let name = about.name.as_ref().unwrap_or(&about.id).clone();
            all.take(&name, place);
            self.names.insert(&about.id, name);
            return;
        };
        let mut here = Names::default();
        for (number, part) in collection.contents.iter().enumerate() {
            let about = part.about();
            let wanted = about.name.as_ref().unwrap_or(&about.id);
            let name = if here.has(wanted) { here.unique(&about.id) } else { here.unique(wanted) };
            if let Content::Collection(_) = part {
                place.push(number);
                self.name_contents(part, place, all);
                place.pop();
            }
            all.take(&name, place);
            self.names.insert(&about.id, name);
        }
    }

    fn collection(&self, collection: &Collection, place: &mut Place) -> Fields {
        let mut descriptors = Vec::new();
        for (number, part) in collection.contents.iter().enumerate() {
            let about = part.about();
            let order = collection.startup.iter().find(|startup| startup.id == about.id);
            let order = order.map(|startup| startup.order);
            descriptors.push(match part {
                Content::System(system) => {
                    let label = self.label(about, order, of_system(system));
                    self.descriptor(label, "Machine", "machineTemplate", self.machine(system))
                }
                Content::Collection(inner) => {
                    let label = self.label(about, order, Map::new());
                    place.push(number);
                    let fields = self.collection(inner, place);
                    place.pop();
                    self.descriptor(label, "System", "systemTemplate", fields)
                }
            });
        }
        for network in &self.package.networks {
            match self.networks.get(network.name.as_str()) {
                Some((name, at)) if at == place => descriptors.push(self.network(network, name)),
                _ => {}
            }
        }
        for disk in &self.package.disks {
            match self.volumes.get(disk.id.as_str()) {
                Some((name, at)) if at == place => descriptors.push(self.volume(disk, name)),
                _ => {}
            }
        }
        Fields::new().with("componentDescriptors", descriptors)
    }

    fn descriptor(&self, label: Label, ty: &str, template: &'static str, fields: Fields) -> Field {
        let mut descriptor = Fields::new();
        descriptor.set_some("name", label.name.as_deref());
        descriptor.set_some("description", label.description.as_deref());
        descriptor.set_some("properties", label.properties.map(|map| *map));
        descriptor.set("type", self.edition.type_uri(ty));
        descriptor.set(template, by_value(fields));
        descriptor.into()
    }

    /// What is said about a machine or a collection.
    fn label(&self, about: &About, order: Option<u16>, mut properties: Map) -> Label {
        let wanted = about.name.as_ref().unwrap_or(&about.id);
        let name = self.names.get(about.id.as_str()).unwrap_or(wanted);
        if !is_derived(&about.id, name) {
            properties.insert(ID.to_owned(), about.id.clone());
        }
        if let Some(order) = order {
            properties.insert(ORDER.to_owned(), order.to_string());
        }
        for product in about.products.iter().rev() {
            for (key, value) in
                [(PRODUCT, &product.name), (VENDOR, &product.vendor), (VERSION, &product.version)]
            {
                if let Some(value) = value {
                    properties.insert(key.to_owned(), value.clone());
                }
            }
        }
        for product in &about.products {
            for property in &product.properties {
                // As an environment document names them (DSP0243 9.5).
                let parts = [product.class.as_deref(), Some(&property.key), product.instance.as_deref()];
                let key = parts.into_iter().flatten().collect::<Vec<_>>().join(".");
                if let Some(value) = &property.value {
                    properties.insert(key, value.clone());
                }
            }
        }
        Label {
            name: Some(name.as_str().into()),
            description: about.annotation.as_deref().map(Into::into),
            properties: (!properties.is_empty()).then(|| Box::new(properties)),
        }
    }

    fn machine(&self, system: &VirtualSystem) -> Fields {
        let mut config = Fields::new();
        config.set_some("cpu", system.cpu.count.and_then(number));
        config.set_some("memory", system.memory.and_then(number));
        config.set_some("cpuArch", system.cpu.architecture.as_deref());
        config.set_some("cpuSpeed", system.cpu.speed.and_then(number));
        let mut disks = Vec::new();
        let mut volumes = Vec::new();
        for used in &system.disks {
            let Some(disk) = self.package.disk(&used.disk) else { continue };
            let mut item = Fields::new();
            if let Some((name, _)) = self.volumes.get(disk.id.as_str()) {
                item.set_some("initialLocation", used.location.as_deref());
                item.set("volume", reference(name));
                volumes.push(Field::from(item));
            } else {
                item.set_some("capacity", number(disk.capacity));
                item.set_some("format", disk.file_system.as_deref());
                item.set_some("initialLocation", used.location.as_deref());
                disks.push(Field::from(item));
            }
        }
        if !disks.is_empty() {
            config.set("disks", disks);
        }
        let mut fields = Fields::new();
        fields.set_some("initialState", system.initial_state.as_deref());
        fields.set("machineConfig", by_value(config));
        let first = system.disks.first().and_then(|used| self.package.disk(&used.disk)?.file.as_ref());
        let image = system.image.clone().or(first.map(|file| file_uri(&file.href)));
        if let Some(image) = image {
            fields.set(
                "machineImage",
                by_value(Fields::new().with("type", "IMAGE").with("imageLocation", image)),
            );
        }
        if !volumes.is_empty() {
            fields.set("volumes", volumes);
        }
        if !system.adapters.is_empty() {
            let (name, adapters) = self.adapters(&system.adapters);
            fields.set(name, adapters);
        }
        fields.set_some("userData", system.user_data.as_deref());
        fields
    }

    /// The adapters of a machine. In 1.x an interface joins one network; in 2.0 it is a device (5.16.13), and the networks
    /// that it is meant for go into its properties.
    fn adapters(&self, adapters: &[Adapter]) -> (&'static str, Vec<Field>) {
        match self.edition {
            Edition::V1 => {
                let joined = adapters.iter().flat_map(|adapter| self.joined(adapter));
                let items = joined.map(|name| {
                    Fields::new().with("network", reference(name)).with("state", "Active").into()
                });
                ("networkInterfaces", items.collect())
            }
            Edition::V2 => {
                let items = adapters.iter().map(|adapter| {
                    let mut fields = Fields::new();
                    fields.set_some("name", adapter.name.as_deref());
                    let list: Vec<String> = self.joined(adapter).map(name::escaped).collect();
                    if !list.is_empty() {
                        fields.set("properties", Map::from_iter([(NETWORKS.to_owned(), list.join(" "))]));
                    }
                    by_value(fields)
                });
                ("interfaceTemplates", items.collect())
            }
        }
    }

    /// The names of the networks of an adapter.
    fn joined<'s>(&'s self, adapter: &'s Adapter) -> impl Iterator<Item = &'s str> {
        adapter
            .networks
            .iter()
            .filter_map(|name| self.networks.get(name.as_str()))
            .map(|(name, _)| name.as_str())
    }

    fn network(&self, network: &Network, name: &str) -> Field {
        let mut label = Label::named(name);
        label.description = network.description.as_deref().map(Into::into);
        let properties: Map = network.more.properties.iter().cloned().collect();
        label.properties = (!properties.is_empty()).then(|| Box::new(properties));
        self.descriptor(label, "Network", "networkTemplate", Fields::new())
    }

    fn volume(&self, disk: &Disk, name: &str) -> Field {
        let mut properties: Map = disk.more.properties.iter().cloned().collect();
        if disk.format != FORMAT {
            properties.insert(DISK_FORMAT.to_owned(), disk.format.clone());
        }
        let mut label = Label::named(name);
        label.description = disk.more.description.as_deref().map(Into::into);
        label.properties = (!properties.is_empty()).then(|| Box::new(properties));
        let mut config = Fields::new();
        config.set_some("format", disk.file_system.as_deref());
        config.set_some("capacity", number(disk.capacity));
        let mut fields = Fields::new().with("volumeConfig", by_value(config));
        let is_first = || {
            let systems = self.package.systems();
            systems.iter().any(|system| system.disks.first().is_some_and(|first| first.disk == disk.id))
        };
        let bootable = disk.bootable.or_else(|| disk.file.as_ref().map(|_| is_first()));
        if let Some(bootable) = bootable {
            let mut image = Fields::new();
            image.set_some("imageLocation", disk.file.as_ref().map(|file| file_uri(&file.href)));
            image.set("bootable", bootable);
            fields.set("volumeImage", by_value(image));
        }
        self.descriptor(label, "Volume", "volumeTemplate", fields)
    }
}

/// Whether an id is what is made of a name, with a number behind it if another has it.
fn is_derived(id: &str, name: &str) -> bool {
    id.strip_prefix(name).is_some_and(|rest| {
        rest.is_empty()
            || rest
                .strip_prefix('-')
                .is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

/// The places of all collections by id.
fn homes(content: &Content) -> BTreeMap<&str, Place> {
    let mut homes = BTreeMap::new();
    let mut open = vec![(content, Place::new())];
    while let Some((content, place)) = open.pop() {
        let Content::Collection(collection) = content else { continue };
        for (number, part) in collection.contents.iter().enumerate() {
            let mut inner = place.clone();
            inner.push(number);
            open.push((part, inner));
        }
        homes.insert(collection.about.id.as_str(), place);
    }
    homes
}

/// The collections that all users of a disk or a network are in.
#[derive(Default)]
struct Users<'a> {
    disks: BTreeMap<&'a str, Place>,
    networks: BTreeMap<&'a str, Place>,
}

impl<'a> Users<'a> {
    fn see(&mut self, content: &'a Content, place: &mut Place) {
        match content {
            Content::Collection(collection) => {
                for (number, part) in collection.contents.iter().enumerate() {
                    // A machine is in the collection, a collection is a place of its own.
                    if let Content::Collection(_) = part {
                        place.push(number);
                        self.see(part, place);
                        place.pop();
                    } else {
                        self.see(part, place);
                    }
                }
            }
            Content::System(system) => {
                for used in &system.disks {
                    meet(&mut self.disks, &used.disk, place);
                }
                for name in system.adapters.iter().flat_map(|adapter| &adapter.networks) {
                    meet(&mut self.networks, name, place);
                }
            }
        }
    }
}

/// Notes a user: what is common to its place and to those before.
fn meet<'a>(places: &mut BTreeMap<&'a str, Place>, what: &'a str, user: &[usize]) {
    match places.get_mut(what) {
        None => {
            places.insert(what, user.to_vec());
        }
        Some(place) => {
            let common = place.iter().zip(user).take_while(|(a, b)| a == b).count();
            place.truncate(common);
        }
    }
}

/// What is said about a machine that CIMI has no attribute for.
fn of_system(system: &VirtualSystem) -> Map {
    let mut properties = Map::new();
    if let Some(os) = &system.os {
        properties.insert(OS.to_owned(), os.id.to_string());
        if let Some(description) = &os.description {
            properties.insert(OS_DESCRIPTION.to_owned(), description.clone());
        }
    }
    if let Some(family) = &system.family {
        properties.insert(FAMILY.to_owned(), family.clone());
    }
    properties
}

fn by_value(fields: Fields) -> Field {
    Field::Beside(Box::new(Beside { link: None, fields }))
}

fn reference(name: &str) -> Link {
    Link::Foreign(format!("#{name}").into())
}

fn number(number: u64) -> Option<i64> {
    i64::try_from(number).ok()
}

#[cfg(test)]
mod tests;
