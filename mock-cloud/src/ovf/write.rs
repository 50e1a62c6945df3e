//! From a [`Package`] to a descriptor of OVF 1.1.
//!
//! Owns the order of elements, which the schema prescribes, and the ids inside of a descriptor. What it writes,
//! [`super::read()`] reads as the same package.

use super::EXTENSION;
use super::package::{
    About, Collection, Content, Disk, More, Network, Package, Product, Role, VirtualSystem,
};
use super::xml::Output;

const OVF: &str = "http://schemas.dmtf.org/ovf/envelope/1";
const RASD: &str = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData";
const VSSD: &str = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData";

/// How many disks a controller takes; its address 7 is its own.
const DISKS_PER_CONTROLLER: usize = 15;

/// Writes a descriptor.
pub fn write(package: &Package) -> Vec<u8> {
    let mut output = Output::new();
    let namespaces = [
        ("xmlns", Some(OVF)),
        ("xmlns:ovf", Some(OVF)),
        ("xmlns:rasd", Some(RASD)),
        ("xmlns:vssd", Some(VSSD)),
        ("xmlns:cimi", Some(EXTENSION)),
    ];
    output.element("Envelope", &namespaces, |output| {
        references(output, package);
        if !package.disks.is_empty() {
            output.element("DiskSection", &[], |output| {
                output.simple("Info", &[], "The virtual disks");
                package.disks.iter().for_each(|disk| write_disk(output, package, disk));
            });
        }
        if !package.networks.is_empty() {
            output.element("NetworkSection", &[], |output| {
                output.simple("Info", &[], "The networks");
                package.networks.iter().for_each(|network| write_network(output, network));
            });
        }
        content(output, &package.content);
    });
    output.finish()
}

fn references(output: &mut Output, package: &Package) {
    output.element("References", &[], |output| {
        for (number, file) in (1..).zip(package.files()) {
            let id = file_id(number);
            let size = file.size.map(|size| size.to_string());
            output.element(
                "File",
                &[("ovf:id", Some(&id)), ("ovf:href", Some(&file.href)), ("ovf:size", size.as_deref())],
                |_| {},
            );
        }
    });
}

fn file_id(number: usize) -> String {
    format!("file{number}")
}

fn write_disk(output: &mut Output, package: &Package, disk: &Disk) {
    let capacity = disk.capacity.to_string();
    let file = disk.file.as_ref().and_then(|file| {
        let at = package.files().iter().position(|known| known.href == file.href)?;
        Some(file_id(at + 1))
    });
    let role = match disk.role {
        Role::Unsaid => None,
        Role::Disk => Some("disk"),
        Role::Volume => Some("volume"),
    };
    let properties = properties(&disk.more);
    let bootable = disk.bootable.map(|bootable| if bootable { "true" } else { "false" });
    output.element(
        "Disk",
        &[
            ("ovf:diskId", Some(&disk.id)),
            ("ovf:fileRef", file.as_deref()),
            ("ovf:capacity", Some(&capacity)),
            ("ovf:capacityAllocationUnits", Some("byte * 10^3")),
            ("ovf:format", Some(&disk.format)),
            ("ovf:parentRef", disk.parent.as_deref()),
            ("cimi:name", disk.name.as_deref()),
            ("cimi:description", disk.more.description.as_deref()),
            ("cimi:properties", properties.as_deref()),
            ("cimi:home", disk.more.home.as_deref()),
            ("cimi:role", role),
            ("cimi:bootable", bootable),
            ("cimi:format", disk.file_system.as_deref()),
        ],
        |_| {},
    );
}

fn write_network(output: &mut Output, network: &Network) {
    let properties = properties(&network.more);
    let attributes = [
        ("ovf:name", Some(network.name.as_str())),
        ("cimi:name", network.label.as_deref()),
        ("cimi:properties", properties.as_deref()),
        ("cimi:home", network.more.home.as_deref()),
    ];
    output.element("Network", &attributes, |output| {
        output.optional("Description", network.description.as_deref());
    });
}

/// Properties as an object of JSON.
fn properties(more: &More) -> Option<String> {
    let object: serde_json::Map<_, _> =
        more.properties.iter().map(|(key, value)| (key.clone(), value.clone().into())).collect();
    (!object.is_empty()).then(|| serde_json::Value::Object(object).to_string())
}

fn content(output: &mut Output, content: &Content) {
    match content {
        Content::System(machine) => system(output, machine),
        Content::Collection(several) => collection(output, several),
    }
}

fn collection(output: &mut Output, several: &Collection) {
    output.element("VirtualSystemCollection", &[("ovf:id", Some(&several.about.id))], |output| {
        about(output, &several.about);
        if !several.startup.is_empty() {
            output.element("StartupSection", &[], |output| {
                output.simple("Info", &[], "The order in which the systems start");
                for startup in &several.startup {
                    let order = startup.order.to_string();
                    let attributes = [("ovf:id", Some(startup.id.as_str())), ("ovf:order", Some(&order))];
                    output.element("Item", &attributes, |_| {});
                }
            });
        }
        several.contents.iter().for_each(|part| content(output, part));
    });
}

fn about(output: &mut Output, about: &About) {
    output.simple("Info", &[], &about.info);
    output.optional("Name", about.name.as_deref());
    if let Some(annotation) = &about.annotation {
        output.element("AnnotationSection", &[], |output| {
            output.simple("Info", &[], "Notes");
            output.simple("Annotation", &[], annotation);
        });
    }
    about.products.iter().for_each(|known| product(output, known));
}

fn product(output: &mut Output, product: &Product) {
    let attributes = [("ovf:class", product.class.as_deref()), ("ovf:instance", product.instance.as_deref())];
    output.element("ProductSection", &attributes, |output| {
        output.simple("Info", &[], "The product");
        output.optional("Product", product.name.as_deref());
        output.optional("Vendor", product.vendor.as_deref());
        output.optional("Version", product.version.as_deref());
        for property in &product.properties {
            let attributes = [
                ("ovf:key", Some(property.key.as_str())),
                ("ovf:type", Some(&property.ty)),
                ("ovf:value", property.value.as_deref()),
            ];
            output.element("Property", &attributes, |output| {
                output.optional("Label", property.label.as_deref());
            });
        }
    });
}

fn system(output: &mut Output, system: &VirtualSystem) {
    let attributes = [
        ("ovf:id", Some(system.about.id.as_str())),
        ("cimi:initialState", system.initial_state.as_deref()),
        ("cimi:image", system.image.as_deref()),
        ("cimi:userData", system.user_data.as_deref()),
    ];
    output.element("VirtualSystem", &attributes, |output| {
        about(output, &system.about);
        if let Some(os) = &system.os {
            let id = os.id.to_string();
            output.element("OperatingSystemSection", &[("ovf:id", Some(&id))], |output| {
                output.simple("Info", &[], "The operating system");
                output.optional("Description", os.description.as_deref());
            });
        }
        output.element("VirtualHardwareSection", &[], |output| {
            output.simple("Info", &[], "The virtual hardware");
            if let Some(family) = &system.family {
                output.element("System", &[], |output| {
                    output.simple("vssd:ElementName", &[], "Virtual hardware family");
                    output.simple("vssd:InstanceID", &[], "0");
                    output.simple("vssd:VirtualSystemIdentifier", &[], &system.about.id);
                    output.simple("vssd:VirtualSystemType", &[], family);
                });
            }
            Items { output, last: 0 }.all(system);
        });
    });
}

/// The items of a hardware section; each has an id of its own.
struct Items<'o> {
    output: &'o mut Output,
    last: usize,
}

/// A property of an item by its name in CIM. The schema wants them in the order of the alphabet.
type Property = (&'static str, String);

impl Items<'_> {
    fn all(mut self, system: &VirtualSystem) {
        let cpu = &system.cpu;
        if cpu.count.is_some() || cpu.architecture.is_some() || cpu.speed.is_some() {
            let speed = cpu.speed.map(|speed| speed.to_string());
            let more = [("cimi:architecture", cpu.architecture.as_deref()), ("cimi:speed", speed.as_deref())];
            let mut properties = vec![
                ("rasd:AllocationUnits", "hertz * 10^6".to_owned()),
                ("rasd:ElementName", "Virtual CPUs".to_owned()),
                ("rasd:ResourceType", "3".to_owned()),
            ];
            properties.extend(cpu.count.map(|count| ("rasd:VirtualQuantity", count.to_string())));
            self.item(&more, properties);
        }
        if let Some(memory) = system.memory {
            self.item(
                &[],
                vec![
                    ("rasd:AllocationUnits", "byte * 2^10".to_owned()),
                    ("rasd:ElementName", "Memory".to_owned()),
                    ("rasd:ResourceType", "4".to_owned()),
                    ("rasd:VirtualQuantity", memory.to_string()),
                ],
            );
        }
        for (number, disks) in (0..).zip(system.disks.chunks(DISKS_PER_CONTROLLER)) {
            let controller = self.item(
                &[],
                vec![
                    ("rasd:Address", number.to_string()),
                    ("rasd:ElementName", format!("SCSI controller {number}")),
                    ("rasd:ResourceSubType", "lsilogic".to_owned()),
                    ("rasd:ResourceType", "6".to_owned()),
                ],
            );
            for (place, disk) in (0..).zip(disks) {
                let address = if place < 7 { place } else { place + 1 };
                let mut properties = vec![
                    ("rasd:AddressOnParent", address.to_string()),
                    ("rasd:ElementName", format!("Disk {place} on controller {number}")),
                    ("rasd:HostResource", format!("ovf:/disk/{}", disk.disk)),
                    ("rasd:Parent", controller.to_string()),
                    ("rasd:ResourceType", "17".to_owned()),
                ];
                properties.extend(disk.location.clone().map(|location| ("rasd:Address", location)));
                self.item(&[], properties);
            }
        }
        for adapter in &system.adapters {
            let mut properties = vec![
                ("rasd:AutomaticAllocation", "true".to_owned()),
                ("rasd:ElementName", adapter.name.clone().unwrap_or_default()),
                ("rasd:ResourceType", "10".to_owned()),
            ];
            properties.extend(adapter.networks.iter().map(|name| ("rasd:Connection", name.clone())));
            self.item(&[], properties);
        }
    }

    /// Writes an item; gives its id.
    fn item(&mut self, attributes: &[(&str, Option<&str>)], mut properties: Vec<Property>) -> usize {
        self.last += 1;
        properties.push(("rasd:InstanceID", self.last.to_string()));
        properties.sort_by_key(|(name, _)| *name);
        self.output.element("Item", attributes, |output| {
            for (name, value) in &properties {
                output.simple(name, &[], value);
            }
        });
        self.last
    }
}
