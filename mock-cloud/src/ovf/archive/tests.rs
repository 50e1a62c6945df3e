use proptest::collection::vec;
use proptest::prelude::*;
use tar::{Builder, Header};

use super::{is_archive, read_archive, read_either, write_archive};
use crate::ovf::read;
use crate::ovf::tests::{SHOP, VIRTUALBOX, packages};

fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = Builder::new(Vec::new());
    for (name, content) in members {
        let mut header = Header::new_gnu();
        header.set_size(content.len() as u64);
        tar.append_data(&mut header, name, *content).unwrap();
    }
    tar.into_inner().unwrap()
}

#[track_caller]
fn refused(bytes: &[u8], expected: &str) {
    let error = read_archive(bytes).expect_err(expected).to_string();
    assert!(error.contains(expected), "{error}\n{expected}");
}

#[test]
fn what_is_written_is_read_as_the_same() {
    for text in [SHOP, VIRTUALBOX] {
        let package = read(text.as_bytes()).unwrap();
        let bytes = write_archive(&package).unwrap();
        assert!(is_archive(&bytes) && !is_archive(text.as_bytes()));
        let archive = read_archive(bytes.as_slice()).unwrap();
        let names: Vec<_> = archive.members.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(&names[..2], ["package.ovf", "package.mf"]);
        let mut files: Vec<_> = package.files().iter().map(|file| file.href.as_str()).collect();
        files.sort_unstable();
        assert_eq!(&names[2..], files);
        let mut read = archive.package;
        // The placeholders have sizes of their own.
        for (disk, original) in read.disks.iter_mut().zip(&package.disks) {
            disk.file.clone_from(&original.file);
        }
        assert_eq!(read, package);
        assert_eq!(write_archive(&package).unwrap(), bytes, "the same package gives the same bytes");
    }
}

#[test]
fn digests_are_checked() {
    let descriptor = VIRTUALBOX.as_bytes();
    let disk = ("ledger-disk001.vmdk", b"disk".as_slice());
    let read = |manifest: &str| tar(&[("a.ovf", descriptor), ("a.mf", manifest.as_bytes()), disk]);
    for manifest in [
        "",
        "SHA1(ledger-disk001.vmdk)= f84a0a9bf3bfbc83bf4c5a94c2d0e0e5a3d0a2f6\n",
        "SHA256(ledger-disk001.vmdk)= 00",
    ] {
        let result = read_archive(read(manifest).as_slice());
        assert_eq!(result.is_ok(), manifest.is_empty(), "{manifest}: {result:?}");
    }
    let right = hex::encode(<sha1::Sha1 as sha1::Digest>::digest(b"disk"));
    let manifest = format!("SHA1(ledger-disk001.vmdk)= {}\r\n\r\n", right.to_uppercase());
    read_archive(read(&manifest).as_slice()).unwrap();
    refused(&read(&format!("SHA1(a.ovf)= {right}")), "The SHA1 digest of `a.ovf` is ");
    refused(&read("SHA1(b.vmdk)= 00"), "The manifest lists `b.vmdk`, which is not in the archive.");
    refused(&read("MD5(a.ovf)= 00"), "a digest of MD5; expected SHA1 or SHA256");
    refused(&read("\nhello"), "Line 2 of the manifest is `hello`; expected `SHA256(name)= digest`.");
}

#[test]
fn bad_archives_are_refused() {
    let descriptor = VIRTUALBOX.as_bytes();
    let disk = ("ledger-disk001.vmdk", b"disk".as_slice());
    refused(b"", "The archive is empty");
    refused(
        &tar(&[disk]),
        "The first member of the archive is `ledger-disk001.vmdk`; expected the descriptor",
    );
    refused(
        &tar(&[("a.ovf", descriptor)]),
        "refers to the file `ledger-disk001.vmdk`, which is not in the archive",
    );
    refused(&tar(&[("a.ovf", descriptor), ("b.ovf", b""), disk]), "second descriptor, `b.ovf`");
    refused(&tar(&[("a.ovf", descriptor), disk, disk]), "two members `ledger-disk001.vmdk`");
    refused(&tar(&[("a.ovf", b"<a/>"), disk]), "expected <Envelope>");
    refused(&tar(&[("a.ovf", &vec![b' '; 5 << 20])]), "has 5242880 bytes; up to 4194304 are read");
    let whole = tar(&[("a.ovf", descriptor), disk]);
    refused(&whole[..3000], "may have been cut off");
    let mut broken = whole.clone();
    broken[150] ^= 1;
    refused(&broken, "This is no OVA, or not a whole one");
    let members: Vec<(String, &[u8])> = (0..1001).map(|n| (format!("{n}.txt"), b"".as_slice())).collect();
    let mut many = vec![("a.ovf", descriptor)];
    many.extend(members.iter().map(|(name, bytes)| (name.as_str(), *bytes)));
    refused(&tar(&many), "more than 1000 members");
    // A link is no content.
    let mut tar = Builder::new(Vec::new());
    let mut header = Header::new_gnu();
    header.set_entry_type(tar::EntryType::Symlink);
    header.set_size(0);
    tar.append_link(&mut header, "a.ovf", "b.ovf").unwrap();
    refused(&tar.into_inner().unwrap(), "`a.ovf` of the archive is no plain file");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_package_goes_into_an_archive(package in packages()) {
        let bytes = write_archive(&package).unwrap();
        let read = read_either(&bytes).unwrap();
        prop_assert_eq!(read.content, package.content);
        prop_assert_eq!(read.networks, package.networks);
    }

    #[test]
    fn no_damage_is_too_strange(at in any::<prop::sample::Index>(), with in vec(any::<u8>(), 0..600)) {
        let mut bytes = tar(&[("a.ovf", VIRTUALBOX.as_bytes()), ("ledger-disk001.vmdk", b"disk")]);
        let from = at.index(bytes.len());
        let to = (from + with.len()).min(bytes.len());
        bytes.splice(from..to, with);
        let _ = read_archive(bytes.as_slice());
    }
}
