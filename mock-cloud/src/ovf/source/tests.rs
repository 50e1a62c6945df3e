use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Form, Places, SourceError};
use crate::ovf::store::Store;
use crate::ovf::tests::{SHOP, VIRTUALBOX};
use crate::ovf::{OvfError, Package, archive, read, write};

const BASE: &str = "http://mock.invalid/cimi/";

const PLACES: Places<'_> = Places { base: BASE, folder: None };

fn fetch(places: Places<'_>, store: &Store, uri: &str) -> Result<Package, SourceError> {
    places.fetch(uri, |name| store.get(name).map(|(bytes, _)| bytes))
}

#[test]
fn packages_come_from_data_and_from_the_cloud_itself() {
    let mut store = Store::default();
    let package = read(VIRTUALBOX.as_bytes()).unwrap();
    let ova = archive::write_archive(&package).unwrap();
    store.put("ledger.ovf", VIRTUALBOX.as_bytes()).unwrap();
    store.put("ledger.ova", &ova).unwrap();
    let base64 = STANDARD.encode(VIRTUALBOX);
    for uri in [
        &format!("data:application/ovf;base64,{base64}"),
        &format!("data:;base64,{}", base64.trim_end_matches('=')),
        &format!("data:application/x-tar;base64,{}", STANDARD.encode(&ova)),
        &format!("data:application/ovf,{}", VIRTUALBOX.replace('%', "%25").replace('<', "%3C")),
        "http://mock.invalid/cimi/packages/ledger.ovf",
        "packages/ledger.ova",
        "/cimi/packages/ledger.ovf",
    ] {
        let found = fetch(PLACES, &store, uri).unwrap_or_else(|error| panic!("{uri}: {error}"));
        assert_eq!(found.systems(), package.systems(), "{uri}");
    }
}

#[test]
fn other_uris_are_refused() {
    let store = Store::default();
    for (uri, expected) in [
        (
            "http://other.example/a.ovf",
            "this cloud calls no other host. It follows data: URIs, and its own: PUT",
        ),
        ("https://mock.invalid/cimi/packages/a.ovf", "calls no other host"),
        ("http://mock.invalid/cimi/machines", "calls no other host"),
        ("packages/../machines", "calls no other host"),
        ("ftp://a/b", "calls no other host"),
        ("#a", "calls no other host"),
        ("", "calls no other host"),
        ("packages/none.ovf", "There is no package at `packages/none.ovf`."),
        ("data:application/ovf", "without a comma"),
        ("data:;base64,???", "whose base64 is wrong"),
        ("data:,hello", "found `hello`; expected an element <Envelope>"),
        ("file:///a.ovf", "its operator names no folder"),
        ("file://host/a.ovf", "names a file of this host"),
    ] {
        let error = fetch(PLACES, &store, uri).expect_err(uri).to_string();
        assert!(error.contains(expected), "{uri}: {error}");
    }
}

#[test]
fn exports_go_where_they_are_to_go() {
    let mut store = Store::default();
    let package = read(SHOP.as_bytes()).unwrap();
    let mut to = |form, destination| PLACES.deliver(&mut store, &package, form, destination);
    assert_eq!(to(Form::Ovf, None).unwrap(), "http://mock.invalid/cimi/packages/1.ovf");
    assert_eq!(to(Form::Ova, None).unwrap(), "http://mock.invalid/cimi/packages/2.ova");
    assert_eq!(
        to(Form::Ovf, Some("packages/mine.ovf")).unwrap(),
        "http://mock.invalid/cimi/packages/mine.ovf"
    );
    assert!(to(Form::Ovf, Some("data:,")).is_err());
    assert!(matches!(to(Form::Ovf, Some("packages/.x")), Err(SourceError::Store(_))));
    assert!(to(Form::Ovf, Some("http://other.example/")).unwrap_err().to_string().contains("destination is"));
    assert_eq!(&*store.get("mine.ovf").unwrap().0, write::write(&package));
}

#[test]
fn files_are_those_below_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("inside");
    std::fs::create_dir(&inside).unwrap();
    let uri = |path: &std::path::Path| format!("file://{}", path.display());
    let mut store = Store::default();
    let places = Places { folder: Some(&inside), ..PLACES };
    let package = read(VIRTUALBOX.as_bytes()).unwrap();

    let file = inside.join("a.ovf");
    assert_eq!(places.deliver(&mut store, &package, Form::Ovf, Some(&uri(&file))).unwrap(), uri(&file));
    assert_eq!(fetch(places, &store, &uri(&file)).unwrap(), package);
    let archive = inside.join("a.ova");
    places.deliver(&mut store, &package, Form::Ova, Some(&uri(&archive))).unwrap();
    assert_eq!(fetch(places, &store, &uri(&archive)).unwrap().systems(), package.systems());

    std::fs::write(folder.path().join("b.ovf"), VIRTUALBOX).unwrap();
    let outside = uri(&folder.path().join("b.ovf"));
    let around = format!("{}/../b.ovf", uri(&inside));
    for uri in [&outside, &around] {
        assert!(
            fetch(places, &store, uri).unwrap_err().to_string().contains("is not below the folder"),
            "{uri}"
        );
        assert!(places.deliver(&mut store, &package, Form::Ovf, Some(uri)).is_err(), "{uri}");
    }
    assert_eq!(std::fs::read(folder.path().join("b.ovf")).unwrap(), VIRTUALBOX.as_bytes());
    for (name, expected) in [("none.ovf", "There is no package"), ("", "There is no package")] {
        let error = fetch(places, &store, &uri(&inside.join(name))).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    std::fs::write(inside.join("bad.ovf"), "<a/>").unwrap();
    let error = fetch(places, &store, &uri(&inside.join("bad.ovf"))).unwrap_err();
    assert!(matches!(error, SourceError::Package(OvfError { at: Some((1, 1)), .. })), "{error}");
}

#[test]
fn forms_are_media_types() {
    assert_eq!(Form::of(None), Ok(Form::Ovf));
    assert_eq!(Form::of(Some("application/ovf")), Ok(Form::Ovf));
    assert_eq!(Form::of(Some("application/x-tar")), Ok(Form::Ova));
    let error = Form::of(Some("application/zip")).unwrap_err().to_string();
    assert!(error.contains("application/ovf (a descriptor) and application/x-tar (an OVA)"), "{error}");
}
