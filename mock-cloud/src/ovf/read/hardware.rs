//! The hardware of a virtual system: the items of its first `VirtualHardwareSection` that the deployment option takes.
//!
//! Which of several sections is taken is left to implementations (DSP0263 Annex A).

use super::super::error::{OvfError, shown};
use super::super::package::{Adapter, DiskUse, Network, OperatingSystem, VirtualSystem};
use super::super::xml::Element;
use super::super::{EXTENSION, units};
use super::Reader;

/// The resource types that mean something here (`CIM_ResourceAllocationSettingData.ResourceType`).
const PROCESSOR: u64 = 3;
const MEMORY: u64 = 4;
const ETHERNET: u64 = 10;
const DISK: u64 = 17;
const LOGICAL_DISK: u64 = 31;

impl Reader<'_> {
    /// A machine.
    pub(super) fn system(&mut self, element: &Element) -> Result<VirtualSystem, OvfError> {
        self.refuse_unknown(element)?;
        let about = self.about(element)?;
        let Some(section) = element.first("VirtualHardwareSection") else {
            return self.wrong(
                element,
                format!("VirtualSystem `{}` has no VirtualHardwareSection", shown(&about.id)),
            );
        };
        self.refuse_unknown(section)?;
        let own = |name: &str| element.attribute_of(EXTENSION, name).map(str::to_owned);
        let mut system = VirtualSystem {
            about,
            os: self.operating_system(element)?,
            family: section
                .first("System")
                .and_then(|system| field(system, "VirtualSystemType"))
                .and_then(Element::words),
            initial_state: own("initialState"),
            image: own("image"),
            user_data: own("userData"),
            ..VirtualSystem::default()
        };
        for item in self.items(section) {
            self.item(item, &mut system)?;
        }
        Ok(system)
    }

    fn operating_system(&self, element: &Element) -> Result<Option<OperatingSystem>, OvfError> {
        let Some(section) = element.first("OperatingSystemSection") else { return Ok(None) };
        let id = self.required(section, "id")?;
        let id = id.parse().or_else(|_| {
            self.wrong(section, format!("id is `{}`; expected a number of CIM_OperatingSystem", shown(id)))
        })?;
        Ok(Some(OperatingSystem { id, description: section.text_of("Description") }))
    }

    /// The items that count: those for all deployment options, and those for the one taken, which replace others of their
    /// `InstanceID`. Those that only bound a range do not.
    fn items<'e>(&self, section: &'e Element) -> Vec<&'e Element> {
        let mut items: Vec<(Option<&str>, &Element)> = Vec::new();
        let is_item = |child: &&Element| {
            child.namespace == section.namespace
                && matches!(child.name.as_str(), "Item" | "StorageItem" | "EthernetPortItem")
        };
        for item in section.children.iter().filter(is_item) {
            if item.attribute("bound").is_some_and(|bound| bound != "normal") {
                continue;
            }
            let id = field(item, "InstanceID").map(|id| id.text.trim());
            match (item.attribute("configuration"), self.option.as_deref()) {
                (None, _) => items.push((id, item)),
                (Some(options), Some(taken)) if options.split_whitespace().any(|option| option == taken) => {
                    match items.iter_mut().find(|(known, _)| known.is_some() && *known == id) {
                        Some((_, replaced)) => *replaced = item,
                        None => items.push((id, item)),
                    }
                }
                _ => {}
            }
        }
        items.into_iter().map(|(_, item)| item).collect()
    }

    fn item(&mut self, item: &Element, system: &mut VirtualSystem) -> Result<(), OvfError> {
        let Some(ty) = field(item, "ResourceType") else { return Ok(()) };
        match self.number(ty, "ResourceType", &ty.text)? {
            PROCESSOR => {
                if field(item, "VirtualQuantity").is_some() {
                    let count = self.quantity(item)?;
                    self.add(item, &mut system.cpu.count, count)?;
                }
                if let Some(name) = item.attribute_of(EXTENSION, "architecture") {
                    system.cpu.architecture = Some(name.to_owned());
                }
                if let Some(speed) = item.attribute_of(EXTENSION, "speed") {
                    system.cpu.speed = Some(self.number(item, "speed", speed)?);
                }
            }
            MEMORY => {
                let memory = self.memory(item)?;
                self.add(item, &mut system.memory, memory)?;
            }
            ETHERNET => {
                let mut networks: Vec<String> = Vec::new();
                for name in item.children.iter().filter(|child| child.name == "Connection") {
                    let Some(name) = name.words() else { continue };
                    // Some tools leave the NetworkSection out.
                    if !self.networks.iter().any(|network| network.name == name) {
                        self.network(item, Network { name: name.clone(), ..Network::default() })?;
                    }
                    if !networks.contains(&name) {
                        networks.push(name);
                    }
                }
                self.room(item, system.adapters.len(), "adapters of one system")?;
                system
                    .adapters
                    .push(Adapter { name: field(item, "ElementName").and_then(Element::words), networks });
            }
            DISK | LOGICAL_DISK => {
                self.room(item, system.disks.len(), "disks of one system")?;
                let disk = self.disk(item)?;
                if system.disks.iter().any(|known| known.disk == disk) {
                    return self.twice(item, "Item for disk", &disk);
                }
                system
                    .disks
                    .push(DiskUse { disk, location: field(item, "Address").and_then(Element::words) });
            }
            _ => {}
        }
        Ok(())
    }

    /// The disk that an item refers to: `ovf:/disk/id`; older tools write `ovf://disk/id` or `/disk/id`.
    fn disk(&self, item: &Element) -> Result<String, OvfError> {
        let Some(host) = field(item, "HostResource").filter(|host| !host.text.trim().is_empty()) else {
            return self.wrong(item, "found a disk without HostResource; expected `ovf:/disk/` and a diskId");
        };
        let text = host.text.trim();
        let path = text.strip_prefix("ovf:").unwrap_or(text).trim_start_matches('/');
        let id = path.strip_prefix("disk/").filter(|id| self.disks.iter().any(|disk| disk.id == *id));
        match id {
            Some(id) => Ok(id.to_owned()),
            None => self.wrong(
                host,
                format!("HostResource is `{}`; expected `ovf:/disk/` and the diskId of a Disk", shown(text)),
            ),
        }
    }

    fn memory(&self, item: &Element) -> Result<u64, OvfError> {
        let unit = field(item, "AllocationUnits").map(|unit| unit.text.as_str());
        let Some(bytes) = units::bytes(unit) else {
            let found = shown(unit.unwrap_or_default().trim());
            return self.wrong(
                item,
                format!("AllocationUnits of memory is `{found}`; expected a unit like `byte * 2^20`"),
            );
        };
        let memory = u128::from(self.quantity(item)?).checked_mul(bytes).map(|bytes| bytes / 1024);
        match memory.map(u64::try_from) {
            Some(Ok(memory @ 1..)) => Ok(memory),
            _ => self.wrong(
                item,
                "found memory of less than 1 kibibyte, or more than can be told; expected a VirtualQuantity of \
                 AllocationUnits, which are bytes where they are absent",
            ),
        }
    }

    fn quantity(&self, item: &Element) -> Result<u64, OvfError> {
        match field(item, "VirtualQuantity") {
            Some(quantity) => self.number(quantity, "VirtualQuantity", &quantity.text),
            None => self.wrong(item, "found an Item for memory without VirtualQuantity"),
        }
    }

    fn add(&self, at: &Element, sum: &mut Option<u64>, more: u64) -> Result<(), OvfError> {
        match sum.unwrap_or(0).checked_add(more).filter(|sum| i64::try_from(*sum).is_ok()) {
            Some(more) => {
                *sum = Some(more);
                Ok(())
            }
            None => self.wrong(at, "found more hardware than can be told"),
        }
    }
}

/// A property of an item: of CIM's namespaces, which each version of OVF has others of.
fn field<'e>(item: &'e Element, name: &str) -> Option<&'e Element> {
    item.children.iter().find(|child| child.name == name)
}
