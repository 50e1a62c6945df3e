use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::package::{
    About, Adapter, Collection, Content, Cpu, Disk, DiskUse, FORMAT, File, More, Network, OperatingSystem,
    Package, Product, Property, Role, Startup, VirtualSystem,
};
use super::xml::{self, Element};
use super::{read, units, write};

pub(crate) const VIRTUALBOX: &str = include_str!("../../../fixtures/ovf/virtualbox.ovf");
pub(crate) const VMWARE: &str = include_str!("../../../fixtures/ovf/vmware.ovf");
pub(crate) const SHOP: &str = include_str!("../../../fixtures/ovf/shop.ovf");

/// What a package comes to, a line for each thing.
fn summary(package: &Package) -> String {
    let mut lines = Vec::new();
    for disk in &package.disks {
        let file = disk.file.as_ref().map_or("blank", |file| &file.href);
        lines.push(format!("disk {}: {} kB, {file}", disk.id, disk.capacity));
    }
    for network in &package.networks {
        lines.push(format!("network {}: {}", network.name, network.description.as_deref().unwrap_or("-")));
    }
    summarize(&package.content, 0, &mut lines);
    lines.join("\n")
}

fn summarize(content: &Content, depth: usize, lines: &mut Vec<String>) {
    let indent = "  ".repeat(depth);
    let about = content.about();
    let name = about.name.as_deref().unwrap_or("-");
    match content {
        Content::System(system) => {
            let disks: Vec<_> = system.disks.iter().map(|used| used.disk.as_str()).collect();
            let networks: Vec<_> = system.adapters.iter().flat_map(|adapter| &adapter.networks).collect();
            lines.push(format!(
                "{indent}system {} ({name}): {} cpu, {} KiB, disks {disks:?}, networks {networks:?}",
                about.id,
                system.cpu.count.unwrap_or_default(),
                system.memory.unwrap_or_default(),
            ));
        }
        Content::Collection(collection) => {
            let startup: Vec<_> = collection
                .startup
                .iter()
                .map(|startup| format!("{}@{}", startup.id, startup.order))
                .collect();
            lines.push(format!("{indent}collection {} ({name}): start {startup:?}", about.id));
            collection.contents.iter().for_each(|part| summarize(part, depth + 1, lines));
        }
    }
}

#[track_caller]
fn reads_as(descriptor: &str, expected: &[&str]) {
    let package = read(descriptor.as_bytes()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(summary(&package), expected.join("\n"));
}

#[test]
fn what_virtualbox_writes_is_read() {
    reads_as(
        VIRTUALBOX,
        &[
            "disk vmdisk1: 21474837 kB, ledger-disk001.vmdk",
            "disk vmdisk2: 1073742 kB, blank",
            "network NAT: Logical network used by this appliance.",
            r#"system Ledger 4 (-): 2 cpu, 4194304 KiB, disks ["vmdisk1", "vmdisk2"], networks ["NAT"]"#,
        ],
    );
    let package = read(VIRTUALBOX.as_bytes()).unwrap();
    let system = package.systems()[0];
    assert_eq!(system.family.as_deref(), Some("virtualbox-2.2"));
    assert_eq!(system.os.as_ref().unwrap().id, 94);
    assert_eq!(system.about.annotation.as_deref(), Some("Keeps the books; first login is on the console."));
    assert_eq!(system.about.products[0].name.as_deref(), Some("Ledger"));
    assert_eq!(package.files()[0].size, Some(734_003_200));
}

#[test]
fn what_vmware_writes_is_read() {
    // The default deployment option is taken, bounds are not; a capacity is that of a property.
    reads_as(
        VMWARE,
        &[
            "disk system: 17179870 kB, collector-disk1.vmdk",
            "disk data: 107374183 kB, blank",
            "network VM Network: Where it is managed & where it collects",
            r#"system vm (collector): 4 cpu, 8388608 KiB, disks ["system", "data"], networks ["VM Network"]"#,
        ],
    );
    let package = read(VMWARE.as_bytes()).unwrap();
    let product = &package.systems()[0].about.products[0];
    let values: Vec<_> = product.properties.iter().map(|p| (p.key.as_str(), p.value.as_deref())).collect();
    assert_eq!(
        values,
        [
            ("hostname", Some("collector.example")),
            ("retention", Some("90")),
            ("password", None),
            ("data.size", Some("100"))
        ]
    );
}

#[test]
fn collections_inside_each_other_are_read() {
    reads_as(
        SHOP,
        &[
            "disk web-disk: 8589935 kB, web.vmdk",
            "disk web-disk-2: 8589935 kB, blank",
            "disk golden: 8589935 kB, blank",
            "disk db-disk: 42949673 kB, images/db.vmdk",
            "disk tables: 500000000 kB, blank",
            "network front: What customers reach",
            "network back: Between the shop and its data",
            "network replication: -",
            r#"collection shop (Shop): start ["data@1", "web-a@2", "web-b@2"]"#,
            r#"  system web-a (web-1): 2 cpu, 2097152 KiB, disks ["web-disk"], networks ["front", "back"]"#,
            r#"  system web-b (web-2): 2 cpu, 2097152 KiB, disks ["web-disk-2"], networks ["front", "back"]"#,
            r"  collection data (Data): start []",
            r#"    system db (-): 8 cpu, 33554432 KiB, disks ["db-disk", "tables"], networks ["back", "replication"]"#,
            r"    collection standby (-): start []",
            r#"      system db-standby (db): 4 cpu, 16777216 KiB, disks [], networks ["replication"]"#,
        ],
    );
}

#[test]
fn units_that_tools_write() {
    for (unit, expected) in [
        (None, Some(1)),
        (Some(""), Some(1)),
        (Some("byte"), Some(1)),
        (Some("byte * 2^20"), Some(1 << 20)),
        (Some("byte*2^30"), Some(1 << 30)),
        (Some("byte * 10^3"), Some(1000)),
        (Some("byte * 2 ^ 10 * 4"), Some(4096)),
        (Some("MegaBytes"), Some(1 << 20)),
        (Some("GB"), Some(1 << 30)),
        (Some("hertz * 10^6"), None),
        (Some("byte * 2^200"), None),
        (Some("byte * x"), None),
        (Some("byte +1"), None),
    ] {
        assert_eq!(units::bytes(unit), expected, "{unit:?}");
    }
}

/// A small package with something else in the place of `from`.
fn small(from: &str, to: &str) -> String {
    const SMALL: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1" xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData">
<References><File ovf:id="f" ovf:href="f.vmdk"/></References>
<DiskSection><Info/><Disk ovf:diskId="d" ovf:fileRef="f" ovf:capacity="10"/><Disk ovf:diskId="e" ovf:parentRef="d" ovf:capacity="10"/></DiskSection>
<VirtualSystem ovf:id="vm"><Info/>
<VirtualHardwareSection><Info/>
<Item><rasd:AllocationUnits>byte * 2^20</rasd:AllocationUnits><rasd:InstanceID>1</rasd:InstanceID><rasd:ResourceType>4</rasd:ResourceType><rasd:VirtualQuantity>64</rasd:VirtualQuantity></Item>
<Item><rasd:HostResource>ovf:/disk/d</rasd:HostResource><rasd:InstanceID>2</rasd:InstanceID><rasd:ResourceType>17</rasd:ResourceType></Item>
</VirtualHardwareSection></VirtualSystem>
</Envelope>"#;
    assert!(SMALL.contains(from), "{from} is not there");
    SMALL.replacen(from, to, 1)
}

/// What is wrong in [`small`], and what is said about it.
const WRONG: &[(&str, &str, &str)] = &[
    (
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
        "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///c\">]>",
        "line 1, column 1: found a DTD",
    ),
    ("<Info/>", "<Info>&b;</Info>", "line 4, column 20: the entity &b; is not defined"),
    (
        "encoding=\"UTF-8\"",
        "encoding=\"UTF-16\"",
        "line 1, column 1: found the encoding UTF-16; expected UTF-8",
    ),
    (
        "</VirtualSystem>\n</Envelope>",
        "",
        "line 9, column 26: the input ends inside <VirtualSystem>; it may have been cut off",
    ),
    (
        "envelope/1",
        "envelope/9",
        "line 2, column 1: found <Envelope> of namespace `http://schemas.dmtf.org/ovf/envelope/9`; expected <Envelope>",
    ),
    (
        "ovf:fileRef=\"f\"",
        "ovf:fileRef=\"g\"",
        "line 4, column 21: fileRef is `g`; expected the id of a File",
    ),
    ("ovf:href=\"f.vmdk\"", "", "line 3, column 13: <File> has no href"),
    ("ovf:capacity=\"10\"", "ovf:capacity=\"ten\"", "capacity is `ten`; expected a whole number"),
    ("ovf:capacity=\"10\"", "ovf:capacity=\"0\"", "capacity is 0"),
    (
        "ovf:capacity=\"10\"",
        "ovf:capacity=\"${k}\"",
        "capacity is that of the property `k`, which has no value",
    ),
    (
        "ovf:capacity=\"10\"",
        "ovf:capacity=\"18446744073709551615\" ovf:capacityAllocationUnits=\"GB\"",
        "too large to tell",
    ),
    (
        "ovf:capacity=\"10\"",
        "ovf:capacity=\"10\" ovf:capacityAllocationUnits=\"pages\"",
        "capacityAllocationUnits is `pages`",
    ),
    ("ovf:diskId=\"e\"", "ovf:diskId=\"d\"", "found a second Disk `d`"),
    ("ovf:parentRef=\"d\"", "ovf:parentRef=\"x\"", "parentRef leads to `x`; expected the diskId of a Disk"),
    (
        "ovf:diskId=\"d\" ",
        "ovf:diskId=\"d\" ovf:parentRef=\"e\" ",
        "line 4, column 21: the parentRefs of disk `d` lead in a circle",
    ),
    ("ovf:/disk/d", "ovf:/disk/z", "line 8, column 7: HostResource is `ovf:/disk/z`; expected `ovf:/disk/`"),
    ("ovf:/disk/d", "ovf:/file/f", "HostResource is `ovf:/file/f`"),
    ("byte * 2^20", "hertz", "AllocationUnits of memory is `hertz`"),
    ("<rasd:AllocationUnits>byte * 2^20</rasd:AllocationUnits>", "", "found memory of less than 1 kibibyte"),
    ("<rasd:VirtualQuantity>64", "<rasd:VirtualQuantity>-1", "line 7, column 139: VirtualQuantity is `-1`"),
    (" ovf:id=\"vm\"", "", "<VirtualSystem> has no id"),
    ("VirtualHardwareSection><Info/>", "Other><Info/>", "this is no XML"),
    (
        "</VirtualSystem>",
        "</VirtualSystem><VirtualSystem ovf:id=\"x\"/>",
        "found a second VirtualSystem in the envelope",
    ),
    (
        "<Info/>\n",
        "<v:Section xmlns:v=\"urn:v\" ovf:required=\"true\"/>\n",
        "found <Section> of `urn:v`, which must be understood",
    ),
    ("<Info/>", "<x:Info/>", "the prefix x stands for no namespace"),
    ("<Info/>", "<Info a='1' a='2'/>", "the attribute a is there twice"),
];

#[test]
fn errors_say_where_and_what() {
    let deep = format!("{}{}", "<a>".repeat(70), "</a>".repeat(70));
    let long = format!("<Info>{}</Info>", "x".repeat(70_000));
    let more = [
        ("<Info/>", deep.as_str(), "found more than 64 elements inside each other"),
        ("<Info/>", &long, "found a text of more than 65536 bytes"),
    ];
    for (from, to, expected) in WRONG.iter().copied().chain(more) {
        let error = read(small(from, to).as_bytes()).expect_err(to).to_string();
        assert!(error.contains(expected), "{to}:\n{error}\n{expected}");
    }
    let cases: [(&[u8], &str); 4] = [
        (b"", "found nothing; expected an element <Envelope>"),
        (b"hello", "found `hello`; expected an element <Envelope>"),
        (b"<a>\n\xFF</a>", "line 2, column 1: found bytes that are not UTF-8"),
        (&vec![b' '; 5 << 20], "The OVF descriptor has 5242880 bytes; up to 4194304 are read."),
    ];
    for (bytes, expected) in cases {
        let error = read(bytes).expect_err(expected).to_string();
        assert!(error.contains(expected), "{error}\n{expected}");
    }
}

#[test]
fn there_are_limits() {
    let many = |count: usize, item: &str| {
        let items: String = (0..count).map(|n| item.replace("{n}", &n.to_string())).collect();
        small("</References>", &format!("</References><NetworkSection>{items}</NetworkSection>"))
    };
    assert!(read(many(1_000, "<Network ovf:name=\"{n}\"/>").as_bytes()).is_ok());
    let error = read(many(1_001, "<Network ovf:name=\"{n}\"/>").as_bytes()).unwrap_err();
    assert!(error.message.contains("more than 1000 networks"), "{error}");
    let error = read(many(100_001, "<a/>").as_bytes()).unwrap_err();
    assert!(error.message.contains("more than 100000 elements"), "{error}");
    let (open, close) = ("<VirtualSystemCollection ovf:id=\"{n}\">", "</VirtualSystemCollection>");
    let nested = |count: usize| {
        let open: String = (0..count).map(|n| open.replace("{n}", &n.to_string())).collect();
        small("<VirtualSystem ovf", &format!("{open}<VirtualSystem ovf"))
            .replace("</VirtualSystem>", &format!("</VirtualSystem>{}", close.repeat(count)))
    };
    assert!(read(nested(16).as_bytes()).is_ok());
    let error = read(nested(17).as_bytes()).unwrap_err();
    assert!(error.message.contains("more than 16 VirtualSystemCollections"), "{error}");
}

#[test]
fn what_is_written_has_the_order_and_the_references_of_the_schema() {
    for descriptor in [VIRTUALBOX, VMWARE, SHOP] {
        let package = read(descriptor.as_bytes()).unwrap();
        valid(&write::write(&package));
    }
}

/// Holds a descriptor against what the schema of OVF 1.1 says of order, and the text of references.
fn valid(bytes: &[u8]) {
    let (_, root) = xml::read(bytes).unwrap();
    let order = ["References", "DiskSection", "NetworkSection", "VirtualSystem", "VirtualSystemCollection"];
    in_order(&root, &order);
    let files: Vec<_> =
        root.first("References").unwrap().all("File").filter_map(|f| f.attribute("id")).collect();
    let disks: Vec<&Element> = root.all("DiskSection").flat_map(|section| section.all("Disk")).collect();
    for disk in &disks {
        assert!(disk.attribute("fileRef").is_none_or(|id| files.contains(&id)));
        assert!(disk.attribute("capacity").is_some() && disk.attribute("format").is_some());
    }
    let disks: Vec<_> = disks.iter().filter_map(|disk| disk.attribute("diskId")).collect();
    let networks: Vec<_> = root
        .all("NetworkSection")
        .flat_map(|s| s.all("Network"))
        .filter_map(|n| n.attribute("name"))
        .collect();
    valid_content(&root, &disks, &networks);
}

fn valid_content(element: &Element, disks: &[&str], networks: &[&str]) {
    for system in element.all("VirtualSystem") {
        in_order(
            system,
            &[
                "Info",
                "Name",
                "AnnotationSection",
                "ProductSection",
                "OperatingSystemSection",
                "VirtualHardwareSection",
            ],
        );
        assert_eq!(system.all("Info").count(), 1);
        let section = system.first("VirtualHardwareSection").unwrap();
        in_order(section, &["Info", "System", "Item"]);
        let mut ids = Vec::new();
        for item in section.all("Item") {
            let names: Vec<_> = item.children.iter().map(|child| child.name.as_str()).collect();
            assert!(names.is_sorted(), "{names:?}");
            let text = |name: &str| item.children.iter().find(|c| c.name == name).map(|c| c.text.as_str());
            assert!(text("ElementName").is_some() && text("ResourceType").is_some());
            let id = text("InstanceID").unwrap();
            assert!(!ids.contains(&id), "InstanceID {id} is there twice");
            assert!(text("Parent").is_none_or(|parent| ids.contains(&parent)));
            ids.push(id);
            assert!(
                text("HostResource")
                    .is_none_or(|host| disks.contains(&host.strip_prefix("ovf:/disk/").unwrap()))
            );
            let connections = item.children.iter().filter(|child| child.name == "Connection");
            connections.for_each(|name| assert!(networks.contains(&name.text.as_str())));
        }
    }
    for collection in element.all("VirtualSystemCollection") {
        in_order(collection, &["Info", "Name", "AnnotationSection", "ProductSection", "StartupSection"]);
        valid_content(collection, disks, networks);
    }
}

/// The children of these names come in this order; others may follow.
#[track_caller]
fn in_order(element: &Element, names: &[&str]) {
    let places: Vec<_> = element
        .children
        .iter()
        .map(|child| names.iter().position(|name| *name == child.name).unwrap_or(names.len()))
        .collect();
    assert!(places.is_sorted(), "{}: {places:?}", element.name);
}

/// Text as it is read: without white space at its ends.
fn text() -> BoxedStrategy<String> {
    "[a-zA-Z<&\"'>é\u{1F600}0-9_./-]([a-zA-Z ,<&\"'>\n\t0-9_:#%.-]{0,12}[a-zA-Z0-9;])?".boxed()
}

fn word() -> BoxedStrategy<String> {
    "[a-z][a-z0-9 -]{0,6}[a-z0-9]".boxed()
}

fn about(id: String) -> BoxedStrategy<About> {
    (option::of(text()), text(), option::of(text()), vec(product(), 0..2))
        .prop_map(move |(name, info, annotation, products)| About {
            id: id.clone(),
            name,
            info,
            annotation,
            products,
        })
        .boxed()
}

fn product() -> impl Strategy<Value = Product> {
    let property =
        (option::of(text()), option::of(text()), word()).prop_map(|(value, label, ty)| (value, label, ty));
    (option::of(word()), option::of(word()), option::of(text()), option::of(text()), vec(property, 0..3))
        .prop_map(|(class, instance, name, version, properties)| Product {
            class,
            instance,
            name,
            version,
            vendor: None,
            properties: (0..)
                .zip(properties)
                .map(|(n, (value, label, ty))| Property { key: format!("key{n}"), ty, value, label })
                .collect(),
        })
}

prop_compose! {
    fn system(id: String, disks: usize, networks: usize)(
        about in about(id),
        os in option::of((any::<u16>(), option::of(text()))),
        (count, architecture, speed) in (option::of(1..64_u64), option::of(word()), option::of(1..9999_u64)),
        memory in option::of(1..1_u64 << 40),
        uses in vec((0..disks.max(1), option::of(text())), 0..20),
        adapters in vec((option::of(text()), vec(0..networks.max(1), 0..3)), 0..3),
        (family, initial_state, image, user_data) in (option::of(text()), option::of(word()), option::of(word()), option::of(text())),
    ) -> VirtualSystem {
        let mut used: Vec<DiskUse> = Vec::new();
        for (number, location) in uses {
            let disk = format!("disk {number}");
            if disks > 0 && !used.iter().any(|known| known.disk == disk) {
                used.push(DiskUse { disk, location });
            }
        }
        VirtualSystem {
            about,
            os: os.map(|(id, description)| OperatingSystem { id, description }),
            family,
            cpu: Cpu { count, architecture, speed },
            memory,
            disks: used,
            adapters: adapters
                .into_iter()
                .map(|(name, mut joined)| {
                    joined.sort_unstable();
                    joined.dedup();
                    let names = joined.into_iter().filter(|_| networks > 0).map(|n| format!("net {n}"));
                    Adapter { name, networks: names.collect() }
                })
                .collect(),
            initial_state,
            image: image.map(|name| format!("http://images.example/{name}")),
            user_data,
        }
    }
}

fn more(n: usize) -> More {
    match n {
        1 => More { home: Some("mid".to_owned()), ..More::default() },
        2 => More { properties: vec![("a \"b\"".to_owned(), "<c>".to_owned())], ..More::default() },
        _ => More::default(),
    }
}

fn disks() -> impl Strategy<Value = Vec<Disk>> {
    let role = prop_oneof![Just(Role::Unsaid), Just(Role::Disk), Just(Role::Volume)];
    let disk = (
        1..1_u64 << 50,
        option::of(word()),
        option::of(option::of(any::<u64>())),
        role,
        option::of(any::<bool>()),
        any::<bool>(),
    );
    vec(disk, 0..18).prop_map(|disks| {
        (0..)
            .zip(disks)
            .map(|(n, (capacity, file_system, file, role, bootable, has_parent))| Disk {
                id: format!("disk {n}"),
                name: (n == 3).then(|| "third".to_owned()),
                more: more(n),
                capacity,
                format: FORMAT.to_owned(),
                file_system,
                parent: (has_parent && n > 0).then(|| format!("disk {}", n - 1)),
                file: file.map(|size| File { href: format!("{n}.vmdk"), size }),
                role,
                bootable,
            })
            .collect()
    })
}

/// Any package, as deep as three collections.
pub(crate) fn packages() -> impl Strategy<Value = Package> {
    let networks = vec(option::of(text()), 0..4).prop_map(|descriptions| {
        (0..)
            .zip(descriptions)
            .map(|(n, description)| Network {
                name: format!("net {n}"),
                label: None,
                description,
                more: more(n),
            })
            .collect::<Vec<_>>()
    });
    (disks(), networks).prop_flat_map(|(disks, networks)| {
        let one = |id: &str| {
            let system = system(id.to_owned(), disks.len(), networks.len());
            system.prop_map(|system| Content::System(Box::new(system))).boxed()
        };
        let inner = (about("in".to_owned()), one("in a"), any::<bool>()).prop_map(|(about, a, ordered)| {
            let startup =
                if ordered { vec![Startup { id: "in a".to_owned(), order: 7 }] } else { Vec::new() };
            Content::Collection(Box::new(Collection { about, contents: vec![a], startup }))
        });
        let middle = (about("mid".to_owned()), inner, one("mid a")).prop_map(|(about, inner, a)| {
            Content::Collection(Box::new(Collection { about, contents: vec![a, inner], startup: Vec::new() }))
        });
        let top = (about("top".to_owned()), one("top a"), one("top b"), option::of(middle)).prop_map(
            |(about, a, b, more)| {
                let contents: Vec<_> = [Some(a), more, Some(b)].into_iter().flatten().collect();
                let startup = (0..)
                    .zip(&contents)
                    .map(|(order, content)| Startup { id: content.about().id.clone(), order })
                    .collect();
                Content::Collection(Box::new(Collection { about, contents, startup }))
            },
        );
        let content = prop_oneof![1 => one("only"), 3 => top];
        (Just(disks.clone()), Just(networks), content).prop_map(|(disks, networks, content)| Package {
            disks,
            networks,
            content,
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn what_is_written_is_read_as_the_same(package in packages()) {
        let bytes = write::write(&package);
        valid(&bytes);
        let read = read(&bytes).map_err(|error| TestCaseError::fail(format!("{error}\n{}", String::from_utf8_lossy(&bytes))))?;
        prop_assert_eq!(read, package);
    }

    #[test]
    fn no_bytes_are_too_strange(bytes in vec(any::<u8>(), 0..2000)) {
        let _ = super::archive::read_either(&bytes);
    }

    #[test]
    fn no_damage_is_too_strange(at in any::<prop::sample::Index>(), length in 0..40_usize, with in ".{0,12}") {
        for text in [VIRTUALBOX, VMWARE, SHOP] {
            let mut bytes = text.as_bytes().to_vec();
            let from = at.index(bytes.len());
            let to = (from + length).min(bytes.len());
            bytes.splice(from..to, with.bytes());
            let _ = read(&bytes);
        }
    }
}
