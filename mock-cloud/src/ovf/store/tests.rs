use super::{Put, Store, StoreError};
use crate::ovf::limits;

#[test]
fn packages_are_kept_under_their_names() {
    let mut store = Store::default();
    assert_eq!(store.put("a.ovf", b"<a/>"), Ok(Put::New));
    assert_eq!(store.put("a.ovf", b"<b/>"), Ok(Put::Replaced));
    let (bytes, ty) = store.get("a.ovf").unwrap();
    assert_eq!((&*bytes, ty), (b"<b/>".as_slice(), "application/ovf"));
    assert!(store.delete("a.ovf") && !store.delete("a.ovf"));
    assert!(store.get("a.ovf").is_none());
    for name in ["", ".", "..", ".hidden", "a/b", "a b", "é", &"x".repeat(129)] {
        assert!(matches!(store.put(name, b""), Err(StoreError::Name(_))), "{name}");
    }
}

#[test]
fn exports_get_names_that_are_free() {
    let mut store = Store::default();
    store.put("2.ovf", b"mine").unwrap();
    let names: Vec<_> = (0..3).map(|_| store.export(b"<a/>").unwrap()).collect();
    assert_eq!(names, ["1.ovf", "3.ovf", "4.ovf"]);
    assert_eq!(&*store.get("2.ovf").unwrap().0, b"mine");
}

#[test]
fn there_is_only_so_much_room() {
    let mut store = Store::default();
    let large = vec![0; limits::PACKAGE_BYTES];
    assert_eq!(store.put("a", &vec![0; large.len() + 1]), Err(StoreError::Size(large.len() + 1)));
    let first = store.export(&large).unwrap();
    for name in 1..limits::STORE_BYTES / limits::PACKAGE_BYTES {
        store.put(&format!("{name}"), &large).unwrap();
    }
    // Exports give way, the oldest first; what clients put there does not.
    assert!(store.get(&first).is_some());
    store.put("last", &large).unwrap();
    assert!(store.get(&first).is_none());
    assert_eq!(store.put("more", b"<a/>"), Err(StoreError::Full));
    assert_eq!(store.put("last", &vec![0; large.len() + 1]), Err(StoreError::Size(large.len() + 1)));
    assert_eq!(store.get("last").unwrap().0.len(), large.len(), "what was there is still there");
    assert!(store.delete("last"));
    for _ in 0..2 * limits::PACKAGES {
        store.export(b"<a/>").unwrap();
    }
    assert_eq!(store.put("more", b"<a/>"), Ok(Put::New));
}
