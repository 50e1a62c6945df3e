//! Packages over the protocol: what is imported is there, what is exported is imported as the same (DSP0263 Annex A).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cimi::codec::Format;
use cimi::{Document, Edition, Value};
use mock_cloud::MockCloud;
use mock_cloud::ovf::archive;
use mock_cloud::ovf::package::Package;

use crate::support::{BASE, Cloud, Reply, attributes};

const VIRTUALBOX: &str = include_str!("../../../fixtures/ovf/virtualbox.ovf");
const VMWARE: &str = include_str!("../../../fixtures/ovf/vmware.ovf");
const SHOP: &str = include_str!("../../../fixtures/ovf/shop.ovf");

fn data(bytes: impl AsRef<[u8]>) -> String {
    format!("data:application/ovf;base64,{}", STANDARD.encode(bytes))
}

/// Asks a collection for the import of what a URI leads to.
fn import(cloud: &Cloud, collection: &str, source: &str) -> Reply {
    let found = cloud.get(collection);
    let href =
        found.offer("import").unwrap_or_else(|| panic!("{collection} offers no import")).href.to_owned();
    assert_eq!(href, format!("{BASE}{collection}/import"));
    cloud.post(&href, &cloud.action("import", attributes().with("source", source)))
}

/// Exports a resource; gives the URI of the package and its bytes.
fn export(cloud: &Cloud, uri: &str, format: Option<&str>) -> (String, Vec<u8>) {
    let mut parameters = attributes();
    parameters.set_some("format", format.map(Value::from));
    let reply = cloud.act(uri, "export", parameters);
    assert_eq!(reply.status, 201, "{}", reply.text);
    let job = cloud.get(&reply.job());
    assert_eq!(job.attributes.text("action"), Some(cloud.edition.action_uri("export").as_str()));
    let location = reply.location();
    let bytes = cloud.bytes(&location);
    (location, bytes)
}

fn parsed(bytes: &[u8]) -> Package {
    archive::read_either(bytes).unwrap_or_else(|error| panic!("{error}"))
}

/// The attributes of a template that are of the package, as text.
fn content(cloud: &Cloud, uri: &str) -> String {
    let document = cloud.get(uri);
    let shown = ["name", "description", "properties", "componentDescriptors"];
    let found: Vec<_> = shown.iter().map(|name| document.attributes.get(name)).collect();
    format!("{found:#?}")
}

#[test]
fn a_template_is_imported_exported_and_imported_as_the_same() {
    for cloud in Cloud::everywhere() {
        for descriptor in [VIRTUALBOX, VMWARE, SHOP] {
            let reply = import(&cloud, "systemTemplates", &data(descriptor));
            assert_eq!(reply.status, 201, "{}", reply.text);
            let job = cloud.get(&reply.job());
            assert_eq!(job.attributes.text("action"), Some(cloud.edition.action_uri("import").as_str()));
            let template = reply.location();
            for format in [None, Some("application/ovf"), Some("application/x-tar")] {
                let (package, bytes) = export(&cloud, &template, format);
                let again = import(&cloud, "systemTemplates", &package).location();
                assert_eq!(content(&cloud, &again), content(&cloud, &template));
                assert_eq!(cloud.get(&again).attributes.text("importImage"), Some(package.as_str()));
                let systems = |package: &Package| {
                    let systems = package.systems().into_iter();
                    systems
                        .map(|system| (system.cpu.clone(), system.memory, system.disks.len()))
                        .collect::<Vec<_>>()
                };
                assert_eq!(systems(&parsed(&bytes)), systems(&parsed(descriptor.as_bytes())));
            }
        }
    }
}

#[test]
fn an_archive_is_imported() {
    let cloud = Cloud::v2();
    let ova = archive::write_archive(&parsed(SHOP.as_bytes())).unwrap();
    assert_eq!(cloud.put_bytes("packages/shop.ova", &ova).status, 201);
    let from_archive = import(&cloud, "systemTemplates", "packages/shop.ova").location();
    let from_descriptor = import(&cloud, "systemTemplates", &data(SHOP)).location();
    assert_eq!(content(&cloud, &from_archive), content(&cloud, &from_descriptor));
}

#[test]
fn a_template_that_was_imported_can_be_put_back() {
    for cloud in Cloud::everywhere() {
        cloud.put_bytes("packages/ledger.ovf", VIRTUALBOX.as_bytes());
        let uri = import(&cloud, "systemTemplates", &format!("{BASE}packages/ledger.ovf")).location();
        let document = cloud.get(&uri);
        let before = content(&cloud, &uri);
        let reply = cloud.put(&uri, &document, &[]);
        assert_eq!(reply.status, 200, "{}", reply.text);
        assert_eq!(content(&cloud, &uri), before);
    }
}

#[test]
fn bad_packages_change_nothing() {
    let mut broken = archive::write_archive(&parsed(VIRTUALBOX.as_bytes())).unwrap();
    let disk = broken.windows(8).rposition(|bytes| bytes == b"which a ").unwrap();
    broken[disk] = b'W';
    let circle = SHOP.replace("o:diskId=\"golden\"", "o:diskId=\"golden\" o:parentRef=\"web-disk-2\"");
    let cases = [
        (data(&VIRTUALBOX[..4000]), "it may have been cut off"),
        (data(&broken), "The SHA256 digest of `ledger-disk001.vmdk` is"),
        (data(circle), "lead in a circle"),
        (data(format!("<!DOCTYPE a>{VIRTUALBOX}")), "found a DTD"),
        (data("<Envelope/>"), "expected <Envelope> of http://schemas.dmtf.org/ovf/envelope/1"),
        ("http://elsewhere.example/a.ovf".to_owned(), "this cloud calls no other host"),
        ("packages/none.ovf".to_owned(), "There is no package"),
        ("file:///etc/passwd".to_owned(), "its operator names no folder"),
        (String::new(), "source"),
    ];
    for cloud in Cloud::everywhere() {
        for collection in ["systems", "systemTemplates"] {
            let before = (cloud.ids(collection), cloud.ids("jobs"));
            for (source, expected) in &cases {
                let (status, message) = import(&cloud, collection, source).refused();
                assert_eq!(status, 400, "{message}");
                assert!(message.contains(expected), "{message}\n{expected}");
            }
            assert_eq!((cloud.ids(collection), cloud.ids("jobs")), before);
        }
    }
}

#[test]
fn packages_are_files_beside_the_cloud() {
    let cloud = Cloud::v2();
    assert_eq!(cloud.status("packages/a.ovf"), 404);
    assert_eq!(cloud.put_bytes("packages/a.ovf", b"<a/>").status, 201);
    assert_eq!(cloud.put_bytes("packages/a.ovf", b"<b/>").status, 204);
    let reply = cloud.send("GET", "packages/a.ovf", &[], None);
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("application/ovf")));
    assert_eq!(reply.text, "<b/>");
    assert_eq!(cloud.put_bytes("packages/.a", b"").status, 400);
    assert_eq!(cloud.put_bytes("packages/large.ova", &vec![0; 9 << 20]).status, 413);
    assert_eq!(cloud.delete("packages/a.ovf").status, 204);
    assert_eq!(cloud.status("packages/a.ovf"), 404);
}

#[test]
fn who_may_not_operate_may_not_change_packages() {
    let seed = r#"
[[users]]
name = "reader"
password = "r"
role = "read"

[[users]]
name = "operator"
password = "o"
role = "operate"
"#;
    let cloud = Cloud::grown(seed);
    let as_user =
        |user: &str, password: &str| format!("Basic {}", STANDARD.encode(format!("{user}:{password}")));
    let ask = |method: &str, authorization: Option<&str>| {
        let headers: Vec<_> = authorization.map(|value| ("authorization", value)).into_iter().collect();
        let body = (method == "PUT").then(|| VIRTUALBOX.as_bytes().to_vec());
        cloud.send(method, "packages/a.ovf", &headers, body).status
    };
    let (reader, operator) = (as_user("reader", "r"), as_user("operator", "o"));
    assert_eq!(ask("PUT", None), 401);
    assert_eq!(ask("PUT", Some(&reader)), 403);
    assert_eq!(ask("PUT", Some(&operator)), 201);
    assert_eq!(ask("GET", None), 401);
    assert_eq!(ask("GET", Some(&as_user("reader", "wrong"))), 401);
    assert_eq!(ask("GET", Some(&reader)), 200);
    assert_eq!(ask("DELETE", Some(&reader)), 403);
    let import = cloud.action("import", attributes().with("source", "packages/a.ovf"));
    let body = || Some(cimi::codec::write(Format::Json, &import, &cimi::extension::Extensions::NONE));
    let status =
        |user: &str| cloud.send("POST", "systemTemplates/import", &[("authorization", user)], body()).status;
    assert_eq!(status(&reader), 405);
    assert_eq!(status(&operator), 201);
}

#[test]
fn exports_go_where_they_are_to_go() {
    let folder = tempfile::tempdir().unwrap();
    let cloud = Cloud::built(MockCloud::builder().ovf_folder(folder.path()), Edition::V2, Format::Xml);
    let template = import(&cloud, "systemTemplates", &data(VMWARE)).location();
    let to =
        |destination: &str| cloud.act(&template, "export", attributes().with("destination", destination));
    let file = folder.path().join("collector.ovf");
    let uri = format!("file://{}", file.display());
    let reply = to(&uri);
    assert_eq!((reply.status, reply.header("location")), (200, None), "{}", reply.text);
    assert_eq!(to("packages/collector.ovf").status, 200);
    assert_eq!(std::fs::read(&file).unwrap(), cloud.bytes("packages/collector.ovf"));
    let again = import(&cloud, "systemTemplates", &uri).location();
    assert_eq!(content(&cloud, &again), content(&cloud, &template));

    let jobs = cloud.ids("jobs");
    for (parameters, expected) in [
        (attributes().with("destination", "http://elsewhere.example/"), "calls no other host"),
        (attributes().with("destination", "file:///a.ovf"), "not below the folder"),
        (attributes().with("destination", "data:,"), "nothing can be put at"),
        (attributes().with("format", "text/plain"), "application/ovf (a descriptor)"),
    ] {
        let (status, message) = cloud.act(&template, "export", parameters).refused();
        assert_eq!(status, 400);
        assert!(message.contains(expected), "{message}");
    }
    assert_eq!(cloud.ids("jobs"), jobs);
}

/// What a System consists of, a line for each thing, whatever the URIs.
fn picture(cloud: &Cloud, uri: &str, depth: usize, lines: &mut Vec<String>) {
    let system = cloud.get(uri);
    let mut note = |what: &str, document: &Document, names: &[&str]| {
        let shown: Vec<_> = names
            .iter()
            .filter_map(|name| Some(format!("{name}={:?}", document.attributes.get(name)?)))
            .collect();
        lines.push(format!("{}{what} {}", "  ".repeat(depth), shown.join(" ")));
    };
    let common = ["name", "description", "properties", "state"];
    note("system", &system, &common);
    for machine in parts(cloud, &system, "machines", "machine") {
        let mut names = common.to_vec();
        names.extend(["cpu", "memory", "cpuArch", "cpuSpeed"]);
        note("machine", &machine, &names);
        for disk in members(cloud, &machine, "disks") {
            note("- disk", &disk, &["capacity", "initialLocation"]);
        }
        for used in members(cloud, &machine, "volumes") {
            let volume = used.attributes.href("volume").or(used.id()).unwrap().to_owned();
            note("- uses", &cloud.get(&volume), &["name"]);
            note("- where", &used, &["initialLocation"]);
        }
        match cloud.edition {
            Edition::V1 => {
                for joined in members(cloud, &machine, "networkInterfaces") {
                    note("- joins", &cloud.get(joined.attributes.href("network").unwrap()), &["name"]);
                }
            }
            Edition::V2 => {
                for device in members(cloud, &machine, "interfaces") {
                    note("- device", &device, &["name", "properties"]);
                }
            }
        }
    }
    for volume in parts(cloud, &system, "volumes", "volume") {
        let mut names = common.to_vec();
        names.extend(["capacity", "bootable"]);
        note("volume", &volume, &names);
    }
    for network in parts(cloud, &system, "networks", "network") {
        note("network", &network, &["name", "description", "properties"]);
    }
    for inner in parts(cloud, &system, "systems", "system") {
        picture(cloud, inner.id().unwrap(), depth + 1, lines);
    }
}

fn members(cloud: &Cloud, document: &Document, collection: &str) -> Vec<Document> {
    cloud.get(document.attributes.href(collection).unwrap()).member_documents().collect()
}

/// The components of a System: in 1.x its collections hold links to them.
fn parts(cloud: &Cloud, system: &Document, collection: &str, link: &str) -> Vec<Document> {
    let uri = |member: &Document| match cloud.edition {
        Edition::V1 => member.attributes.href(link).map(str::to_owned),
        Edition::V2 => member.id().map(str::to_owned),
    };
    let members = members(cloud, system, collection);
    let mut parts: Vec<_> = members.iter().filter_map(uri).map(|uri| cloud.get(&uri)).collect();
    // In which order they are made is not said (5.13.4).
    parts.sort_by_key(|part| part.attributes.text("name").map(str::to_owned));
    parts
}

/// Imports a System and waits until it is there.
fn system_of(cloud: &Cloud, source: &str) -> (String, Vec<String>) {
    let reply = import(cloud, "systems", source);
    assert_eq!(reply.status, 202, "{}", reply.text);
    assert!(cloud.clock.drain());
    let job = cloud.get(&reply.job());
    assert_eq!(job.attributes.text("state"), Some("SUCCESS"), "{:?}", job.attributes);
    assert_eq!(job.attributes.text("action"), Some(cloud.edition.action_uri("import").as_str()));
    let uri = reply.location();
    let mut lines = Vec::new();
    picture(cloud, &uri, 0, &mut lines);
    (uri, lines)
}

#[test]
fn a_system_is_imported_exported_and_imported_as_the_same() {
    for cloud in Cloud::everywhere() {
        for descriptor in [VIRTUALBOX, VMWARE, SHOP] {
            let (system, imported) = system_of(&cloud, &data(descriptor));
            for format in [None, Some("application/x-tar")] {
                let (package, _) = export(&cloud, &system, format);
                let (_, again) = system_of(&cloud, &package);
                assert_eq!(again.join("\n"), imported.join("\n"));
            }
        }
    }
}

#[test]
fn a_system_has_what_the_package_describes() {
    for cloud in Cloud::everywhere() {
        let (system, lines) = system_of(&cloud, &data(SHOP));
        let shown = lines.join("\n").replace("String(\"", "\"").replace("\")", "\"").replace("Integer(", "(");
        for expected in [
            "system name=\"Shop\" description=\"The whole shop in one package\"",
            "machine name=\"web-1\"",
            "cpu=(2) memory=(2097152)",
            "network name=\"front\" description=\"What customers reach\"",
            "state=\"AVAILABLE\" capacity=(8589935) bootable=Boolean(true)",
            "  system name=\"Data\"",
            match cloud.edition {
                Edition::V1 => "- joins name=\"front\"\n- joins name=\"back\"",
                Edition::V2 => "- device name=\"eth1\" properties=Map({\"ovf:networks\": \"back\"})",
            },
            "  machine name=\"db\"",
            "cpu=(8) memory=(33554432)",
            "  - uses name=\"db-disk\"",
            "  - where initialLocation=\"/dev/sdb\"",
            "  volume name=\"tables\" state=\"AVAILABLE\" capacity=(500000000) bootable=Boolean(false)",
            "  network name=\"replication\"",
            "    system name=\"standby\"",
            "    machine name=\"db\"",
        ] {
            assert!(shown.contains(expected), "{expected}\n{shown}");
        }
        assert_eq!(parts(&cloud, &cloud.get(&system), "machines", "machine").len(), 2);
        // What a template makes of the same package is the same.
        let template = import(&cloud, "systemTemplates", &data(SHOP)).location();
        let mut body = attributes().with("systemTemplate", cimi::Reference::to(&*template));
        for name in ["name", "description", "properties"] {
            body.set_some(name, cloud.get(&template).attributes.get(name).cloned());
        }
        let made = cloud.post("systems", &cloud.document("SystemCreate", body)).location();
        assert!(cloud.clock.drain());
        let mut again = Vec::new();
        picture(&cloud, &made, 0, &mut again);
        assert_eq!(again.join("\n"), lines.join("\n"));
    }
}

#[test]
fn a_system_that_was_made_by_hand_is_exported() {
    for cloud in Cloud::everywhere() {
        let system = cloud.named("systems", "old-shop");
        let mut before = Vec::new();
        picture(&cloud, &system, 0, &mut before);
        let (package, bytes) = export(&cloud, &system, None);
        let (_, mut after) = system_of(&cloud, &package);
        let started = parsed(&bytes).systems().len();
        assert_eq!(parts(&cloud, &cloud.get(&system), "machines", "machine").len(), started);
        // A package says what there is, not what it is doing, and brings along what is only used (5.13.1.2).
        for lines in [&mut before, &mut after] {
            lines.retain(|line| !line.starts_with("network "));
            for line in lines.iter_mut() {
                *line = line.replace("STARTED", "STOPPED").replace("MIXED", "STOPPED");
            }
        }
        assert_eq!(after.join("\n"), before.join("\n"));
    }
}
