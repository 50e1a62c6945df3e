//! From a descriptor to a [`Package`].
//!
//! Owns the reading of OVF 1.x and 2.x as tools write them: any prefixes, sections of vendors, several notations of units
//! and references. What is not understood is passed over unless it says that it must be understood. Knows no CIMI.

use std::collections::{BTreeMap, BTreeSet};

use super::error::{OvfError, shown};
use super::package::{Collection, Content, Disk, FORMAT, File, More, Network, Package, Role, Startup};
use super::xml::{self, Element};
use super::{EXTENSION, limits, units};

mod about;
mod hardware;

/// The beginning of the namespaces of OVF that are read; a version follows.
const NAMESPACE: &str = "http://schemas.dmtf.org/ovf/envelope/";

/// Reads a descriptor.
///
/// # Errors
/// The first thing that is wrong: where, what was found and what was expected.
pub fn read(bytes: &[u8]) -> Result<Package, OvfError> {
    let (text, root) = xml::read(bytes)?;
    let mut reader = Reader::new(text);
    reader.envelope(&root)
}

/// What is known while a descriptor is read.
struct Reader<'t> {
    text: &'t str,
    /// Settings by key, for values that refer to them as `${key}`.
    settings: BTreeMap<String, String>,
    /// The deployment option that is taken.
    option: Option<String>,
    files: BTreeMap<String, File>,
    disks: Vec<Disk>,
    networks: Vec<Network>,
    /// The ids of systems and collections so far.
    ids: BTreeSet<String>,
}

impl<'t> Reader<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            settings: BTreeMap::new(),
            option: None,
            files: BTreeMap::new(),
            disks: Vec::new(),
            networks: Vec::new(),
            ids: BTreeSet::new(),
        }
    }

    fn envelope(&mut self, root: &Element) -> Result<Package, OvfError> {
        let is_known = root.namespace.strip_prefix(NAMESPACE).is_some_and(|rest| matches!(rest, "1" | "2"));
        if root.name != "Envelope" || !is_known {
            return self.wrong(
                root,
                format!(
                    "found <{}> of namespace `{}`; expected <Envelope> of {NAMESPACE}1",
                    shown(&root.name),
                    shown(&root.namespace)
                ),
            );
        }
        self.collect_settings(root);
        let options: Vec<_> =
            root.all("DeploymentOptionSection").flat_map(|section| section.all("Configuration")).collect();
        let default = options.iter().find(|option| option.attribute("default") == Some("true"));
        self.option =
            default.or(options.first()).and_then(|option| option.attribute("id")).map(str::to_owned);
        self.refuse_unknown(root)?;
        if let Some(references) = root.first("References") {
            self.references(references)?;
        }
        for section in root.all("DiskSection") {
            self.disk_section(section)?;
        }
        self.check_parents(root)?;
        for section in root.all("NetworkSection") {
            self.network_section(section)?;
        }
        let content = self.content_of(root)?;
        Ok(Package {
            disks: std::mem::take(&mut self.disks),
            networks: std::mem::take(&mut self.networks),
            content,
        })
    }

    fn content_of(&mut self, root: &Element) -> Result<Content, OvfError> {
        let mut contents = root.children.iter().filter(|child| is_content(child, root));
        let Some(content) = contents.next() else {
            return self
                .wrong(root, "found nothing to run; expected VirtualSystem or VirtualSystemCollection");
        };
        if let Some(second) = contents.next() {
            return self.wrong(
                second,
                format!(
                    "found a second {} in the envelope; expected a VirtualSystemCollection with all of them",
                    second.name
                ),
            );
        }
        self.content(content, 1)
    }

    fn content(&mut self, element: &Element, depth: usize) -> Result<Content, OvfError> {
        if element.name == "VirtualSystem" {
            return Ok(Content::System(Box::new(self.system(element)?)));
        }
        if depth > limits::NESTING {
            return self.wrong(
                element,
                format!("found more than {} VirtualSystemCollections inside each other", limits::NESTING),
            );
        }
        self.refuse_unknown(element)?;
        let about = self.about(element)?;
        let mut contents = Vec::new();
        for child in element.children.iter().filter(|child| is_content(child, element)) {
            contents.push(self.content(child, depth + 1)?);
        }
        if contents.is_empty() {
            return self.wrong(
                element,
                "found an empty VirtualSystemCollection; expected at least one VirtualSystem in it",
            );
        }
        let mut startup: Vec<Startup> = Vec::new();
        for item in element.all("StartupSection").flat_map(|section| section.all("Item")) {
            let id = self.required(item, "id")?;
            let order = match item.attribute("order").map(|order| order.trim().parse()) {
                Some(Ok(order)) => order,
                Some(Err(_)) => {
                    return self.wrong(item, "order is no number; expected 0 to 65535");
                }
                None => 0,
            };
            // An order for what is not there means nothing.
            if contents.iter().any(|content| content.about().id == id)
                && !startup.iter().any(|startup| startup.id == id)
            {
                startup.push(Startup { id: id.to_owned(), order });
            }
        }
        Ok(Content::Collection(Box::new(Collection { about, contents, startup })))
    }

    fn references(&mut self, references: &Element) -> Result<(), OvfError> {
        for file in references.all("File") {
            let id = self.required(file, "id")?;
            let href = self.required(file, "href")?.to_owned();
            let size = match file.attribute("size") {
                None => None,
                Some(size) => Some(self.number(file, "size", size)?),
            };
            if self.files.insert(id.to_owned(), File { href, size }).is_some() {
                return self.twice(file, "File", id);
            }
        }
        Ok(())
    }

    fn disk_section(&mut self, section: &Element) -> Result<(), OvfError> {
        for disk in section.all("Disk") {
            self.room(disk, self.disks.len(), "disks")?;
            let id = self.required(disk, "diskId")?.to_owned();
            if self.disks.iter().any(|known| known.id == id) {
                return self.twice(disk, "Disk", &id);
            }
            let file = match disk.attribute("fileRef") {
                None => None,
                Some(id) => match self.files.get(id) {
                    Some(file) => Some(file.clone()),
                    None => {
                        return self.wrong(
                            disk,
                            format!("fileRef is `{}`; expected the id of a File in References", shown(id)),
                        );
                    }
                },
            };
            let read = Disk {
                id,
                name: disk.attribute_of(EXTENSION, "name").map(str::to_owned),
                more: self.more(disk)?,
                capacity: self.capacity(disk)?,
                format: disk.attribute("format").unwrap_or(FORMAT).to_owned(),
                file_system: disk.attribute_of(EXTENSION, "format").map(str::to_owned),
                parent: disk.attribute("parentRef").map(str::to_owned),
                file,
                role: match disk.attribute_of(EXTENSION, "role") {
                    Some("disk") => Role::Disk,
                    Some("volume") => Role::Volume,
                    _ => Role::Unsaid,
                },
                bootable: disk.attribute_of(EXTENSION, "bootable").map(|value| value == "true"),
            };
            self.disks.push(read);
        }
        Ok(())
    }

    /// What a disk or a network has in attributes of ours.
    fn more(&self, element: &Element) -> Result<More, OvfError> {
        let own = |name: &str| element.attribute_of(EXTENSION, name).map(str::to_owned);
        let properties = own("properties").unwrap_or_else(|| "{}".to_owned());
        let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&properties)
            .or_else(|error| self.wrong(element, format!("properties are no object of JSON: {error}")))?;
        let mut properties = Vec::new();
        for (key, value) in object {
            let serde_json::Value::String(value) = value else {
                return self.wrong(element, format!("the property `{}` is no string", shown(&key)));
            };
            properties.push((key, value));
        }
        Ok(More { description: own("description"), properties, home: own("home") })
    }

    /// The capacity of a disk in kilobytes, rounded up: a disk must not be too small for its content.
    fn capacity(&self, disk: &Element) -> Result<u64, OvfError> {
        let unit = disk.attribute("capacityAllocationUnits");
        let Some(unit) = units::bytes(unit) else {
            let found = shown(unit.unwrap_or_default());
            return self.wrong(
                disk,
                format!("capacityAllocationUnits is `{found}`; expected a unit like `byte * 2^30`"),
            );
        };
        let written = self.required(disk, "capacity")?;
        let value = match written.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) {
            None => written,
            Some(key) => match self.settings.get(key) {
                Some(value) => value,
                None => {
                    return self.wrong(
                        disk,
                        format!("capacity is that of the property `{}`, which has no value", shown(key)),
                    );
                }
            },
        };
        let amount = self.number(disk, "capacity", value)?;
        match u128::from(amount).checked_mul(unit).map(|bytes| bytes.div_ceil(1000)) {
            Some(capacity @ 1..) if capacity <= i64::MAX as u128 => {
                Ok(u64::try_from(capacity).unwrap_or(u64::MAX))
            }
            _ => self.wrong(disk, "capacity is 0, or too large to tell; expected an amount of data"),
        }
    }

    fn check_parents(&self, root: &Element) -> Result<(), OvfError> {
        let place = |id: &str| {
            let mut disks = root.all("DiskSection").flat_map(|section| section.all("Disk"));
            disks.find(|disk| disk.attribute("diskId") == Some(id)).unwrap_or(root)
        };
        let parents: BTreeMap<&str, Option<&str>> =
            self.disks.iter().map(|disk| (disk.id.as_str(), disk.parent.as_deref())).collect();
        for disk in &self.disks {
            let mut at = disk.id.as_str();
            for _ in 0..=parents.len() {
                match parents.get(at) {
                    Some(Some(parent)) => at = parent,
                    Some(None) => break,
                    None => {
                        return self.wrong(
                            place(&disk.id),
                            format!("parentRef leads to `{}`; expected the diskId of a Disk", shown(at)),
                        );
                    }
                }
            }
            if parents.get(at).is_some_and(Option::is_some) {
                let message = format!("the parentRefs of disk `{}` lead in a circle", shown(&disk.id));
                return self.wrong(place(&disk.id), message);
            }
        }
        Ok(())
    }

    fn network_section(&mut self, section: &Element) -> Result<(), OvfError> {
        for network in section.all("Network") {
            let name = self.required(network, "name")?.to_owned();
            if self.networks.iter().any(|known| known.name == name) {
                return self.twice(network, "Network", &name);
            }
            let label = network.attribute_of(EXTENSION, "name").map(str::to_owned);
            let description = network.text_of("Description");
            self.network(network, Network { name, label, description, more: self.more(network)? })?;
        }
        Ok(())
    }

    fn network(&mut self, at: &Element, network: Network) -> Result<(), OvfError> {
        self.room(at, self.networks.len(), "networks")?;
        self.networks.push(network);
        Ok(())
    }

    /// Sections of others must be understood only if they say so themselves: tools leave the word out.
    fn refuse_unknown(&self, element: &Element) -> Result<(), OvfError> {
        let is_foreign = |child: &&Element| child.namespace != element.namespace;
        for child in element.children.iter().filter(is_foreign) {
            if child.attribute_of(&element.namespace, "required") == Some("true") {
                return self.wrong(
                    child,
                    format!(
                        "found <{}> of `{}`, which must be understood (required=\"true\") and is not",
                        shown(&child.name),
                        shown(&child.namespace)
                    ),
                );
            }
        }
        Ok(())
    }

    fn required<'e>(&self, element: &'e Element, name: &str) -> Result<&'e str, OvfError> {
        match element.attribute(name).map(str::trim).filter(|value| !value.is_empty()) {
            Some(value) => Ok(value),
            None => self.wrong(element, format!("<{}> has no {name}", element.name)),
        }
    }

    fn number(&self, at: &Element, name: &str, text: &str) -> Result<u64, OvfError> {
        text.trim().parse().or_else(|_| {
            self.wrong(at, format!("{name} is `{}`; expected a whole number, not below 0", shown(text)))
        })
    }

    fn room(&self, at: &Element, present: usize, what: &str) -> Result<(), OvfError> {
        if present < limits::ENTITIES {
            return Ok(());
        }
        self.wrong(at, format!("found more than {} {what}", limits::ENTITIES))
    }

    fn twice<T>(&self, at: &Element, what: &str, id: &str) -> Result<T, OvfError> {
        self.wrong(at, format!("found a second {what} `{}`; expected each once", shown(id)))
    }

    fn wrong<T>(&self, at: &Element, message: impl Into<String>) -> Result<T, OvfError> {
        Err(OvfError::at(self.text, at.at, message))
    }
}

fn is_content(child: &Element, parent: &Element) -> bool {
    child.namespace == parent.namespace
        && matches!(child.name.as_str(), "VirtualSystem" | "VirtualSystemCollection")
}
