use cimi::Edition;
use proptest::prelude::*;

use super::{package_of, template_of};
use crate::ovf::package::{Content, Package};
use crate::ovf::read;
use crate::ovf::tests::{SHOP, VIRTUALBOX, VMWARE, packages};
use crate::world::{Beside, Draft, Field, Fields, Id, Kind, Label, Link};

/// A template, a line for each value.
fn lines(draft: &Draft) -> Vec<String> {
    let mut lines = vec![format!(
        "{} / {} / {:?}",
        draft.label.name.as_deref().unwrap_or("-"),
        draft.label.description.as_deref().unwrap_or("-"),
        draft.label.properties.as_deref().map(|map| map.iter().collect::<Vec<_>>()).unwrap_or_default()
    )];
    write(&draft.fields, "", &mut lines);
    lines
}

fn write(fields: &Fields, path: &str, lines: &mut Vec<String>) {
    for (name, field) in fields.iter() {
        write_field(field, &format!("{path}{name}"), lines);
    }
}

fn write_field(field: &Field, path: &str, lines: &mut Vec<String>) {
    match field {
        Field::Integer(number) => lines.push(format!("{path} = {number}")),
        Field::Boolean(truth) => lines.push(format!("{path} = {truth}")),
        Field::Text(text) => lines.push(format!("{path} = {text}")),
        Field::Map(map) => map.iter().for_each(|(key, value)| lines.push(format!("{path}[{key}] = {value}"))),
        Field::Link(Link::Foreign(uri)) => lines.push(format!("{path} -> {uri}")),
        Field::Beside(beside) => write(&beside.fields, &format!("{path}."), lines),
        Field::Structure(fields) => write(fields, &format!("{path}."), lines),
        Field::Array(items) => {
            for (number, item) in items.iter().enumerate() {
                write_field(item, &format!("{path}{number}"), lines);
            }
        }
        other => lines.push(format!("{path} ? {other:?}")),
    }
}

#[track_caller]
fn maps_to(descriptor: &str, edition: Edition, expected: &str) {
    let template = template_of(&read(descriptor.as_bytes()).unwrap(), edition);
    let text = lines(&template).join("\n").replace("componentDescriptors", "c");
    assert_eq!(text.trim(), expected.trim());
}

#[test]
fn one_machine_is_a_system_with_one_machine() {
    maps_to(
        VIRTUALBOX,
        Edition::V1,
        r"
Ledger 4 / - / []
c0.name = Ledger 4
c0.description = Keeps the books; first login is on the console.
c0.properties[ovf:os] = 94
c0.properties[ovf:osDescription] = Ubuntu_64
c0.properties[ovf:family] = virtualbox-2.2
c0.properties[ovf:product] = Ledger
c0.properties[ovf:vendor] = Example Books
c0.properties[ovf:version] = 4.2
c0.type = http://schemas.dmtf.org/cimi/1/Machine
c0.machineTemplate.machineConfig.cpu = 2
c0.machineTemplate.machineConfig.memory = 4194304
c0.machineTemplate.machineImage.type = IMAGE
c0.machineTemplate.machineImage.imageLocation = ovf:/file/ledger-disk001.vmdk
c0.machineTemplate.volumes0.volume -> #vmdisk1
c0.machineTemplate.volumes1.volume -> #vmdisk2
c0.machineTemplate.networkInterfaces0.network -> #NAT
c0.machineTemplate.networkInterfaces0.state = Active
c1.name = NAT
c1.description = Logical network used by this appliance.
c1.type = http://schemas.dmtf.org/cimi/1/Network
c2.name = vmdisk1
c2.type = http://schemas.dmtf.org/cimi/1/Volume
c2.volumeTemplate.volumeConfig.capacity = 21474837
c2.volumeTemplate.volumeImage.imageLocation = ovf:/file/ledger-disk001.vmdk
c2.volumeTemplate.volumeImage.bootable = true
c3.name = vmdisk2
c3.type = http://schemas.dmtf.org/cimi/1/Volume
c3.volumeTemplate.volumeConfig.capacity = 1073742
",
    );
}

#[test]
fn settings_become_properties() {
    maps_to(
        VMWARE,
        Edition::V2,
        r"
collector / - / []
c0.name = collector
c0.properties[ovf:os] = 96
c0.properties[ovf:osDescription] = Debian GNU/Linux (64-bit)
c0.properties[ovf:family] = vmx-13
c0.properties[ovf:id] = vm
c0.properties[ovf:product] = Collector
c0.properties[ovf:vendor] = Example Metrics
c0.properties[ovf:version] = 7
c0.properties[collector.hostname.1] = collector.example
c0.properties[collector.retention.1] = 90
c0.properties[collector.data.size.1] = 100
c0.type = http://schemas.dmtf.org/cimi/2/Machine
c0.machineTemplate.machineConfig.cpu = 4
c0.machineTemplate.machineConfig.memory = 8388608
c0.machineTemplate.machineImage.type = IMAGE
c0.machineTemplate.machineImage.imageLocation = ovf:/file/collector-disk1.vmdk
c0.machineTemplate.volumes0.volume -> #system
c0.machineTemplate.volumes1.volume -> #data
c0.machineTemplate.interfaceTemplates0.name = Network adapter 1
c0.machineTemplate.interfaceTemplates0.properties[ovf:networks] = VM%20Network
c1.name = VM Network
c1.description = Where it is managed & where it collects
c1.type = http://schemas.dmtf.org/cimi/2/Network
c2.name = system
c2.type = http://schemas.dmtf.org/cimi/2/Volume
c2.volumeTemplate.volumeConfig.capacity = 17179870
c2.volumeTemplate.volumeImage.imageLocation = ovf:/file/collector-disk1.vmdk
c2.volumeTemplate.volumeImage.bootable = true
c3.name = data
c3.type = http://schemas.dmtf.org/cimi/2/Volume
c3.volumeTemplate.volumeConfig.capacity = 107374183
",
    );
}

#[test]
fn each_collection_is_a_template_with_what_only_it_uses() {
    let template = template_of(&read(SHOP.as_bytes()).unwrap(), Edition::V2);
    let text: Vec<String> = lines(&template)
        .into_iter()
        .map(|line| line.replace("componentDescriptors", "c").replace("systemTemplate.", ""))
        .filter(|line| {
            [".name = ", "cpu", "ovf:order", "ovf:networks", "-> #", "Shop"]
                .iter()
                .any(|part| line.contains(part))
        })
        .collect();
    let expected = r#"
Shop / The whole shop in one package / [("ovf:id", "shop")]
c0.name = web-1
c0.properties[ovf:order] = 2
c0.machineTemplate.machineConfig.cpu = 2
c0.machineTemplate.volumes0.volume -> #web-disk
c0.machineTemplate.interfaceTemplates0.name = eth0
c0.machineTemplate.interfaceTemplates0.properties[ovf:networks] = front
c0.machineTemplate.interfaceTemplates1.name = eth1
c0.machineTemplate.interfaceTemplates1.properties[ovf:networks] = back
c1.name = web-2
c1.properties[ovf:order] = 2
c1.machineTemplate.machineConfig.cpu = 2
c1.machineTemplate.volumes0.volume -> #web-disk-2
c1.machineTemplate.interfaceTemplates0.name = eth0
c1.machineTemplate.interfaceTemplates0.properties[ovf:networks] = front
c1.machineTemplate.interfaceTemplates1.name = eth1
c1.machineTemplate.interfaceTemplates1.properties[ovf:networks] = back
c2.name = Data
c2.properties[ovf:order] = 1
c2.c0.name = db
c2.c0.machineTemplate.machineConfig.cpu = 8
c2.c0.machineTemplate.volumes0.volume -> #db-disk
c2.c0.machineTemplate.volumes1.volume -> #tables
c2.c0.machineTemplate.interfaceTemplates0.name = eth0
c2.c0.machineTemplate.interfaceTemplates0.properties[ovf:networks] = back
c2.c0.machineTemplate.interfaceTemplates1.name = eth1
c2.c0.machineTemplate.interfaceTemplates1.properties[ovf:networks] = replication
c2.c1.name = standby
c2.c1.c0.name = db
c2.c1.c0.machineTemplate.machineConfig.cpu = 4
c2.c1.c0.machineTemplate.interfaceTemplates0.name = eth0
c2.c1.c0.machineTemplate.interfaceTemplates0.properties[ovf:networks] = replication
c2.c2.name = replication
c2.c3.name = db-disk
c2.c4.name = tables
c3.name = front
c4.name = back
c5.name = web-disk
c6.name = web-disk-2
"#;
    assert_eq!(text.join("\n"), expected.trim());
}

fn nothing(_: Id) -> Option<Draft> {
    None
}

/// From a template to a package and back: nothing is lost.
fn keeps(package: &Package, edition: Edition) {
    let template = template_of(package, edition);
    let back = package_of(&template, &nothing).unwrap();
    let again = template_of(&back, edition);
    assert_eq!(lines(&again), lines(&template));
    assert_eq!(package_of(&again, &nothing).unwrap(), back);
    let (before, after) = (package.systems(), back.systems());
    assert_eq!(before.len(), after.len());
    for (before, after) in before.iter().zip(after) {
        assert_eq!(before.cpu, after.cpu);
        assert_eq!(before.memory, after.memory);
        assert_eq!(before.disks.len(), after.disks.len());
        assert_eq!(before.about.annotation, after.about.annotation);
        assert_eq!(before.os, after.os);
    }
}

#[test]
fn what_is_mapped_is_mapped_back() {
    for descriptor in [VIRTUALBOX, VMWARE, SHOP] {
        for edition in Edition::ALL {
            keeps(&read(descriptor.as_bytes()).unwrap(), edition);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn whatever_is_mapped_is_mapped_back(package in packages()) {
        for edition in Edition::ALL {
            keeps(&package, edition);
        }
    }
}

fn by_value(fields: Fields) -> Field {
    Field::Beside(Box::new(Beside { link: None, fields }))
}

#[test]
fn what_is_referred_to_is_looked_up_and_a_quantity_written_out() {
    let config = Id::new(Kind::MachineConfiguration, 1).unwrap();
    let machine = Id::new(Kind::MachineTemplate, 1).unwrap();
    let volume = Id::new(Kind::Volume, 1).unwrap();
    let lookup = |id: Id| {
        let fields = match id.kind() {
            Kind::MachineConfiguration => {
                let disk = Fields::new().with("capacity", 7_i64).with("initialLocation", "/dev/sda");
                Fields::new().with("cpu", 3_i64).with("memory", 1024_i64).with("disks", vec![disk.into()])
            }
            Kind::MachineTemplate => {
                let connected = Fields::new().with("volume", volume);
                Fields::new().with("machineConfig", config).with("volumes", vec![connected.into()])
            }
            _ => Fields::new().with("capacity", 99_i64),
        };
        Some(Draft::new(Label::named("looked up"), fields))
    };
    let descriptor =
        Fields::new().with("name", "node").with("machineTemplate", machine).with("quantity", 2_i64);
    let template =
        Draft::new(Label::named("pair"), Fields::new().with("componentDescriptors", vec![descriptor.into()]));
    let package = package_of(&template, &lookup).unwrap();
    let systems = package.systems();
    let names: Vec<_> = systems.iter().map(|system| system.about.name.as_deref().unwrap()).collect();
    assert_eq!(names, ["node1", "node2"]);
    assert_eq!((systems[1].cpu.count, systems[1].memory), (Some(3), Some(1024)));
    let disks: Vec<_> = package.disks.iter().map(|disk| (disk.id.as_str(), disk.capacity)).collect();
    assert_eq!(disks, [("node1-disk1", 7), ("looked up", 99), ("node2-disk1", 7)]);
    assert_eq!(systems[0].disks[1].disk, systems[1].disks[1].disk);
}

#[test]
fn what_cannot_be_written_is_refused() {
    let with = |fields: Fields| {
        let descriptor = Fields::new().with("name", "node").with("machineTemplate", by_value(fields));
        Draft::new(Label::default(), Fields::new().with("componentDescriptors", vec![descriptor.into()]))
    };
    let lost = Fields::new().with("volume", Link::Foreign("#lost".into()));
    let error = package_of(&with(Fields::new().with("volumes", vec![lost.into()])), &nothing).unwrap_err();
    assert!(error.message.contains("refers to `#lost`; there is no component for a volume"), "{error}");

    let own = Id::new(Kind::Machine, 1).unwrap();
    let circle = Fields::new().with("name", "again").with("systemTemplate", own);
    let circle =
        Draft::new(Label::default(), Fields::new().with("componentDescriptors", vec![circle.into()]));
    let error = package_of(&circle, &|_| Some(circle.clone())).unwrap_err();
    assert!(error.message.contains("more than 16 SystemTemplates inside each other"), "{error}");

    let many = Fields::new().with("machineTemplate", by_value(Fields::new())).with("quantity", i64::MAX);
    let many = Draft::new(Label::default(), Fields::new().with("componentDescriptors", vec![many.into()]));
    let error = package_of(&many, &nothing).unwrap_err();
    assert!(error.message.contains("more than 1000 components"), "{error}");
}

#[test]
fn names_are_told_apart() {
    let mut package = read(SHOP.as_bytes()).unwrap();
    package.networks[0].name = "web-1".to_owned();
    let Content::Collection(shop) = &mut package.content else { panic!("a collection") };
    for part in &mut shop.contents[..2] {
        let Content::System(system) = part else { panic!("a system") };
        system.about.name = Some("web-1".to_owned());
        system.adapters[0].networks = vec!["web-1".to_owned()];
    }
    keeps(&package, Edition::V1);
    let text = lines(&template_of(&package, Edition::V1));
    for expected in [
        "componentDescriptors0.name = web-1",
        "componentDescriptors1.name = web-b",
        "componentDescriptors1.machineTemplate.networkInterfaces0.network -> #web-1-2",
        "componentDescriptors3.name = web-1-2",
    ] {
        assert!(text.iter().any(|line| line == expected), "{expected}\n{}", text.join("\n"));
    }
}
