//! From the attributes of a `SystemTemplate` to the package that describes the same System.
//!
//! Templates that are referred to are looked up, and what is made in a quantity is written out. What OVF has no word for
//! (credentials, meters, services) stays behind.

use std::collections::BTreeMap;

use cimi::Map;

use super::super::error::{OvfError, shown};
use super::super::limits;
use super::super::package::{
    About, Adapter, Collection, Content, Cpu, Disk, DiskUse, FORMAT, More, Network, OperatingSystem, Package,
    Product, Property, Role, Startup, VirtualSystem,
};
use super::name::{Names, file_at, file_uri, unescaped};
use super::{DISK_FORMAT, FAMILY, ID, NETWORKS, ORDER, OS, OS_DESCRIPTION, PRODUCT, VENDOR, VERSION};
use crate::world::{Draft, Field, Fields, Id, Label, Link};

/// What the cloud says of a resource that a template refers to.
pub type Lookup<'a> = &'a dyn Fn(Id) -> Option<Draft>;

/// What a Volume has whose configuration does not say.
const CAPACITY: u64 = 1_000_000;

/// The package that describes what is made of a `SystemTemplate`.
///
/// # Errors
/// If a component refers to another that is not there, or if it is too much for a package.
pub fn package_of(template: &Draft, lookup: Lookup<'_>) -> Result<Package, OvfError> {
    let mut back = Back {
        lookup,
        disks: Vec::new(),
        networks: Vec::new(),
        ids: Names::default(),
        disk_ids: Names::default(),
        network_names: Names::default(),
        scopes: Vec::new(),
        used: BTreeMap::new(),
        count: 0,
    };
    let collection = back.collection(&template.label, &template.fields)?;
    let content = match collection.contents.as_slice() {
        // What `template_of` makes of one machine alone.
        [Content::System(system)] if template.label.properties.is_none() && is_alone(&collection, system) => {
            back.disks.iter_mut().for_each(|disk| disk.more.home = None);
            back.networks.iter_mut().for_each(|network| network.more.home = None);
            collection.contents[0].clone()
        }
        _ => Content::Collection(Box::new(collection)),
    };
    Ok(Package { disks: back.disks, networks: back.networks, content })
}

/// Whether a collection says nothing that its only system does not.
fn is_alone(collection: &Collection, system: &VirtualSystem) -> bool {
    let about = &collection.about;
    let bare = about.annotation.is_none() && about.products.is_empty() && collection.startup.is_empty();
    bare && about.name.is_some() && about.name == system.about.name
}

/// What is known on the way.
struct Back<'a> {
    lookup: Lookup<'a>,
    disks: Vec<Disk>,
    networks: Vec<Network>,
    ids: Names,
    disk_ids: Names,
    network_names: Names,
    /// What the descriptors of a template, and of those around it, are called.
    scopes: Vec<Scope>,
    /// The disks and networks of resources that exist already.
    used: BTreeMap<Id, String>,
    count: usize,
}

/// The disks and networks of a template by the names of their descriptors.
#[derive(Default)]
struct Scope {
    disks: BTreeMap<String, String>,
    networks: BTreeMap<String, String>,
}

/// A component to be, with the attributes of its template.
struct Component {
    label: Label,
    fields: Fields,
}

impl Back<'_> {
    fn collection(&mut self, label: &Label, fields: &Fields) -> Result<Collection, OvfError> {
        if self.scopes.len() >= limits::NESTING {
            return Err(OvfError::new(format!(
                "There are more than {} SystemTemplates inside each other; do they refer to themselves?",
                limits::NESTING
            )));
        }
        self.scopes.push(Scope::default());
        let (disks, networks) = (self.disks.len(), self.networks.len());
        let descriptors: Vec<&Fields> =
            fields.items("componentDescriptors").iter().filter_map(Field::fields).collect();
        for descriptor in &descriptors {
            self.parts(descriptor)?;
        }
        let (disks, networks) = (disks..self.disks.len(), networks..self.networks.len());
        let mut contents = Vec::new();
        let mut startup = Vec::new();
        for descriptor in &descriptors {
            for component in self.components(descriptor, &["machineTemplate", "machine", "systemTemplate"])? {
                let order = own(&component.label, ORDER).and_then(|order| order.parse().ok());
                let content = if descriptor.get("systemTemplate").is_some() {
                    let inner = self.collection(&component.label, &component.fields)?;
                    Content::Collection(Box::new(inner))
                } else {
                    Content::System(Box::new(self.machine(&component)?))
                };
                let id = content.about().id.clone();
                startup.extend(order.map(|order| Startup { id, order }));
                contents.push(content);
            }
        }
        self.scopes.pop();
        // After those in it, so that a machine of the same name has it as its id.
        let about = self.about(label, "System", "A system");
        self.disks[disks].iter_mut().for_each(|disk| disk.more.home = Some(about.id.clone()));
        self.networks[networks].iter_mut().for_each(|network| network.more.home = Some(about.id.clone()));
        Ok(Collection { about, contents, startup })
    }

    /// The disks and networks of a descriptor, if it is for such.
    fn parts(&mut self, descriptor: &Fields) -> Result<(), OvfError> {
        for component in self.components(descriptor, &["volumeTemplate"])? {
            let id = self.volume(&component.label, &component.fields)?;
            let scope = self.scopes.last_mut();
            scope.zip(component.label.name).map(|(scope, name)| scope.disks.insert(name.into(), id));
        }
        for component in self.components(descriptor, &["networkTemplate"])? {
            let name = self.network(&component.label)?;
            let scope = self.scopes.last_mut();
            scope.zip(component.label.name).map(|(scope, own)| scope.networks.insert(own.into(), name));
        }
        if let Some(Link::Resource(id)) = descriptor.link("volume") {
            let disk = self.used_volume(*id)?;
            let scope = self.scopes.last_mut();
            let name = descriptor.text("name");
            scope.zip(name).map(|(scope, name)| scope.disks.insert(name.to_owned(), disk));
        }
        if let Some(Link::Resource(id)) = descriptor.link("network") {
            let network = self.used_network(*id)?;
            let scope = self.scopes.last_mut();
            let name = descriptor.text("name");
            scope.zip(name).map(|(scope, name)| scope.networks.insert(name.to_owned(), network));
        }
        Ok(())
    }

    /// What is made of a descriptor, if it is for one of these attributes.
    fn components(&mut self, descriptor: &Fields, attributes: &[&str]) -> Result<Vec<Component>, OvfError> {
        let Some(field) = attributes.iter().find_map(|name| descriptor.get(name)) else {
            return Ok(Vec::new());
        };
        let fields = self.resolved(field);
        let label = label_of(descriptor);
        let quantity = match descriptor.integer("quantity") {
            None => return self.counted(1).map(|()| vec![Component { label, fields }]),
            Some(quantity) => usize::try_from(quantity).unwrap_or(0),
        };
        self.counted(quantity)?;
        Ok((1..=quantity)
            .map(|number| {
                let mut label = label.clone();
                if quantity > 1 {
                    label.name = label.name.map(|name| format!("{name}{number}").into());
                }
                Component { label, fields: fields.clone() }
            })
            .collect())
    }

    fn counted(&mut self, more: usize) -> Result<(), OvfError> {
        self.count = self.count.saturating_add(more);
        if self.count <= limits::ENTITIES {
            return Ok(());
        }
        Err(OvfError::new(format!("There are more than {} components for one package.", limits::ENTITIES)))
    }

    /// The attributes of what is referred to, with those beside the reference over them.
    fn resolved(&self, field: &Field) -> Fields {
        let below = match field.link() {
            Some(Link::Resource(id)) => (self.lookup)(*id).map(|draft| draft.fields),
            _ => None,
        };
        let beside = field.fields().cloned().unwrap_or_default();
        below.unwrap_or_default().overlaid(&beside)
    }

    fn resolved_in(&self, fields: &Fields, attribute: &str) -> Option<Fields> {
        fields.get(attribute).map(|field| self.resolved(field))
    }

    fn volume(&mut self, label: &Label, template: &Fields) -> Result<String, OvfError> {
        let config = self.resolved_in(template, "volumeConfig").unwrap_or_default();
        let image = self.resolved_in(template, "volumeImage");
        let image_uri = image.as_ref().and_then(|image| image.text("imageLocation"));
        let id = self.disk_id(label, "volume");
        let disk = Disk {
            name: other_name(label, &id),
            more: more(label),
            id,
            capacity: amount(&config, "capacity").unwrap_or(CAPACITY),
            format: own(label, DISK_FORMAT).unwrap_or(FORMAT).to_owned(),
            file_system: config.text("format").map(str::to_owned),
            parent: None,
            file: image_uri.map(file_at),
            role: Role::Volume,
            bootable: image.as_ref().and_then(|image| image.boolean("bootable")),
        };
        self.add_disk(disk)
    }

    fn disk_id(&mut self, label: &Label, otherwise: &str) -> String {
        let wanted = label.name.as_deref().filter(|name| !name.trim().is_empty());
        self.disk_ids.unique(wanted.unwrap_or(otherwise).trim())
    }

    fn add_disk(&mut self, disk: Disk) -> Result<String, OvfError> {
        self.counted(1)?;
        let id = disk.id.clone();
        self.disks.push(disk);
        Ok(id)
    }

    fn network(&mut self, label: &Label) -> Result<String, OvfError> {
        self.counted(1)?;
        let wanted = label.name.as_deref().filter(|name| !name.trim().is_empty());
        let name = self.network_names.unique(wanted.unwrap_or("network").trim());
        let description = label.description.as_deref().map(str::to_owned);
        let people = other_name(label, &name);
        let more = More { description: None, ..more(label) };
        self.networks.push(Network { name: name.clone(), label: people, description, more });
        Ok(name)
    }

    /// The disk of a Volume that exists.
    fn used_volume(&mut self, id: Id) -> Result<String, OvfError> {
        if let Some(known) = self.used.get(&id) {
            return Ok(known.clone());
        }
        let record = (self.lookup)(id).unwrap_or_default();
        let disk_id = self.disk_id(&record.label, "volume");
        let disk = Disk {
            name: other_name(&record.label, &disk_id),
            more: more(&record.label),
            id: disk_id,
            capacity: amount(&record.fields, "capacity").unwrap_or(CAPACITY),
            format: own(&record.label, DISK_FORMAT).unwrap_or(FORMAT).to_owned(),
            role: Role::Volume,
            bootable: record.fields.boolean("bootable"),
            ..Disk::default()
        };
        let disk = self.add_disk(disk)?;
        self.used.insert(id, disk.clone());
        Ok(disk)
    }

    /// The network of a Network that exists.
    fn used_network(&mut self, id: Id) -> Result<String, OvfError> {
        if let Some(known) = self.used.get(&id) {
            return Ok(known.clone());
        }
        let record = (self.lookup)(id).unwrap_or_default();
        let name = self.network(&record.label)?;
        self.used.insert(id, name.clone());
        Ok(name)
    }

    fn machine(&mut self, component: &Component) -> Result<VirtualSystem, OvfError> {
        let Component { label, fields } = component;
        let about = self.about(label, "Machine", "A virtual machine");
        // A Machine that exists has its hardware itself.
        let config = self.resolved_in(fields, "machineConfig").unwrap_or_else(|| fields.clone());
        let mut system = VirtualSystem {
            os: own(label, OS)
                .and_then(|id| id.parse().ok())
                .map(|id| OperatingSystem { id, description: own(label, OS_DESCRIPTION).map(str::to_owned) }),
            family: own(label, FAMILY).map(str::to_owned),
            cpu: Cpu {
                count: amount(&config, "cpu"),
                architecture: config.text("cpuArch").map(str::to_owned),
                speed: amount(&config, "cpuSpeed"),
            },
            memory: amount(&config, "memory"),
            initial_state: fields.text("initialState").map(str::to_owned),
            user_data: fields.text("userData").map(str::to_owned),
            about,
            ..VirtualSystem::default()
        };
        for (number, disk) in (1..).zip(config.items("disks").iter().filter_map(Field::fields)) {
            let id = self.disk_ids.unique(&format!("{}-disk{number}", system.about.id));
            let disk_id = self.add_disk(Disk {
                id,
                capacity: amount(disk, "capacity").unwrap_or(CAPACITY),
                format: FORMAT.to_owned(),
                file_system: disk.text("format").map(str::to_owned),
                role: Role::Disk,
                ..Disk::default()
            })?;
            system.disks.push(DiskUse { disk: disk_id, location: location(disk) });
        }
        self.machine_volumes(fields, &mut system)?;
        self.image(fields, &mut system);
        self.adapters(fields, &mut system)?;
        Ok(system)
    }

    fn machine_volumes(&mut self, fields: &Fields, system: &mut VirtualSystem) -> Result<(), OvfError> {
        for item in fields.items("volumes").iter().filter_map(Field::fields) {
            let disk = match item.link("volume") {
                Some(Link::Resource(id)) => self.used_volume(*id)?,
                Some(Link::Foreign(uri)) => {
                    self.find(uri, "volume", |scope, name| scope.disks.get(name).cloned())?
                }
                _ => continue,
            };
            if !system.disks.iter().any(|known| known.disk == disk) {
                system.disks.push(DiskUse { disk, location: location(item) });
            }
        }
        for item in fields.items("volumeTemplates").iter().filter_map(Field::fields) {
            let Some(template) = self.resolved_in(item, "volumeTemplate") else { continue };
            let label = item.get("volumeTemplate").and_then(Field::fields).map(label_of).unwrap_or_default();
            let disk = self.volume(&label, &template)?;
            system.disks.push(DiskUse { disk, location: location(item) });
        }
        Ok(())
    }

    /// The image of a machine is the content of its first disk, or stands for itself.
    fn image(&mut self, fields: &Fields, system: &mut VirtualSystem) {
        let image = self.resolved_in(fields, "machineImage");
        let Some(uri) = image.as_ref().and_then(|image| image.text("imageLocation")) else { return };
        let first =
            system.disks.first().and_then(|used| self.disks.iter_mut().find(|disk| disk.id == used.disk));
        match first {
            Some(disk) if disk.role == Role::Disk && file_uri(&file_at(uri).href) == uri => {
                disk.file = Some(file_at(uri));
            }
            Some(Disk { file: Some(file), .. }) if file_uri(&file.href) == uri => {}
            _ => system.image = Some(uri.to_owned()),
        }
    }

    fn adapters(&mut self, fields: &Fields, system: &mut VirtualSystem) -> Result<(), OvfError> {
        for item in fields.items("networkInterfaces").iter().filter_map(Field::fields) {
            let network = match item.link("network") {
                Some(Link::Resource(id)) => Some(self.used_network(*id)?),
                Some(Link::Foreign(uri)) => Some(self.find_network(uri)?),
                _ => None,
            };
            system.adapters.push(Adapter { name: None, networks: network.into_iter().collect() });
        }
        for item in fields.items("interfaceTemplates") {
            let label = item.fields().map(label_of).unwrap_or_default();
            let mut networks = Vec::new();
            // No reference, but a note: what it names may have another name by now.
            for name in own(&label, NETWORKS).unwrap_or_default().split_whitespace() {
                networks.extend(self.find_network(&unescaped(name)).ok());
            }
            system.adapters.push(Adapter { name: label.name.map(Into::into), networks });
        }
        Ok(())
    }

    fn find_network(&self, uri: &str) -> Result<String, OvfError> {
        self.find(uri, "network", |scope, name| scope.networks.get(name).cloned())
    }

    /// What a component refers to as `#name`, in its own template or in one around it.
    fn find(
        &self,
        uri: &str,
        what: &str,
        look: impl Fn(&Scope, &str) -> Option<String>,
    ) -> Result<String, OvfError> {
        let name = uri.strip_prefix('#').unwrap_or(uri);
        self.scopes.iter().rev().find_map(|scope| look(scope, name)).ok_or_else(|| {
            OvfError::new(format!(
                "A machine refers to `{}`; there is no component for a {what} of that name.",
                shown(uri)
            ))
        })
    }

    fn about(&mut self, label: &Label, otherwise: &str, info: &str) -> About {
        let text = |text: &Option<Box<str>>| text.as_deref().map(str::to_owned);
        let name = label.name.as_deref().map(str::to_owned);
        let wanted = own(label, ID).or(label.name.as_deref()).filter(|id| !id.trim().is_empty());
        About {
            id: self.ids.unique(wanted.unwrap_or(otherwise).trim()),
            name,
            info: info.to_owned(),
            annotation: text(&label.description),
            products: product_of(label).into_iter().collect(),
        }
    }
}

/// What OVF has no word for.
fn more(label: &Label) -> More {
    let properties = label.properties.iter().flat_map(|map| map.iter());
    let properties = properties.filter(|(key, _)| !key.starts_with("ovf:"));
    More {
        description: label.description.as_deref().map(str::to_owned),
        properties: properties.map(|(key, value)| (key.clone(), value.clone())).collect(),
        home: None,
    }
}

/// The name for people, if it is not the one that tells things apart.
fn other_name(label: &Label, unique: &str) -> Option<String> {
    label.name.as_deref().filter(|name| *name != unique).map(str::to_owned)
}

/// The settings among the properties, as those of one product.
fn product_of(label: &Label) -> Option<Product> {
    let of = |key: &str| own(label, key).map(str::to_owned);
    let properties = label.properties.iter().flat_map(|map| map.iter());
    let product = Product {
        name: of(PRODUCT),
        vendor: of(VENDOR),
        version: of(VERSION),
        properties: properties
            .filter(|(key, _)| !key.starts_with("ovf:"))
            .map(|(key, value)| Property {
                key: key.clone(),
                ty: "string".to_owned(),
                value: Some(value.clone()),
                label: None,
            })
            .collect(),
        ..Product::default()
    };
    (product != Product::default()).then_some(product)
}

/// What a descriptor, or a template by value, says for people.
fn label_of(fields: &Fields) -> Label {
    let text = |name: &str| fields.text(name).map(Into::into);
    Label {
        name: text("name"),
        description: text("description"),
        properties: match fields.get("properties") {
            Some(Field::Map(map)) => Some(map.clone()),
            _ => None,
        },
    }
}

/// A property of a key that is ours.
fn own<'l>(label: &'l Label, key: &str) -> Option<&'l str> {
    label.properties.as_deref().and_then(|map: &Map| map.get(key)).map(String::as_str)
}

fn location(fields: &Fields) -> Option<String> {
    fields.text("initialLocation").map(str::to_owned)
}

fn amount(fields: &Fields, name: &str) -> Option<u64> {
    fields.integer(name).and_then(|number| u64::try_from(number).ok())
}
