//! Packages over the protocol: what is imported is there, what is exported is imported as the same (DSP0263 Annex A).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cimi::codec::Format;
use cimi::{Edition, Value};
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
    let send = |method: &str, authorization: Option<&str>| {
        let headers: Vec<_> = authorization.map(|value| ("authorization", value)).into_iter().collect();
        let body = (method == "PUT").then(|| VIRTUALBOX.as_bytes().to_vec());
        cloud.send(method, "packages/a.ovf", &headers, body).status
    };
    let (reader, operator) = (as_user("reader", "r"), as_user("operator", "o"));
    assert_eq!(send("PUT", None), 401);
    assert_eq!(send("PUT", Some(&reader)), 403);
    assert_eq!(send("PUT", Some(&operator)), 201);
    assert_eq!(send("GET", None), 401);
    assert_eq!(send("GET", Some(&as_user("reader", "wrong"))), 401);
    assert_eq!(send("GET", Some(&reader)), 200);
    assert_eq!(send("DELETE", Some(&reader)), 403);
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
