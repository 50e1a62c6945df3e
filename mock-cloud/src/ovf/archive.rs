//! OVA: a whole package in one tar file (DSP0243 5.3).
//!
//! Owns the members and their digests. Of what is read, only the descriptor is kept; the disks are looked through for
//! their digests and forgotten. Of what is written, the disks are placeholders: a mock has no content.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Read};

use tar::{Builder, EntryType, Header};

use super::error::{OvfError, shown};
use super::mapping::is_absolute;
use super::package::{File, Package};
use super::{limits, read, write};

/// What an archive holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archive {
    /// What its descriptor says.
    pub package: Package,
    /// Its members in order, with their sizes in bytes.
    pub members: Vec<(String, u64)>,
}

/// Whether bytes are an archive rather than a descriptor: no descriptor has the mark of tar at that place.
pub fn is_archive(bytes: &[u8]) -> bool {
    bytes.get(257..262) == Some(b"ustar")
}

/// Reads a package, whichever of the two it is.
///
/// # Errors
/// What is wrong with it.
pub fn read_either(bytes: &[u8]) -> Result<Package, OvfError> {
    if is_archive(bytes) { read_archive(bytes).map(|archive| archive.package) } else { read::read(bytes) }
}

/// Reads an archive and checks the digests of its manifest.
///
/// # Errors
/// What is wrong with it: its members, a digest, or its descriptor.
pub fn read_archive(input: impl Read) -> Result<Archive, OvfError> {
    let mut members = Members::default();
    let mut tar = tar::Archive::new(input);
    for entry in tar.entries().map_err(|error| no_archive(&error))? {
        members.read(&mut entry.map_err(|error| no_archive(&error))?)?;
    }
    let Some(descriptor) = members.descriptor else {
        return Err(OvfError::new(
            "The archive is empty; its first member should be the descriptor, NAME.ovf.",
        ));
    };
    if let Some(manifest) = &members.manifest {
        check_manifest(manifest, &members.digests)?;
    }
    let package = read::read(&descriptor)?;
    for file in package.files().into_iter().filter(|file| !is_absolute(&file.href)) {
        // A file that was cut in chunks has a number behind its name.
        let is_it = |name: &str| {
            name.strip_prefix(file.href.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        if !members.sizes.iter().any(|(name, _)| is_it(name)) {
            return Err(OvfError::new(format!(
                "The descriptor refers to the file `{}`, which is not in the archive.",
                shown(&file.href)
            )));
        }
    }
    Ok(Archive { package, members: members.sizes })
}

fn no_archive(error: &io::Error) -> OvfError {
    OvfError::new(format!("This is no OVA, or not a whole one; expected a tar file: {error}."))
}

/// What has been read so far.
#[derive(Default)]
struct Members {
    descriptor: Option<Vec<u8>>,
    manifest: Option<String>,
    sizes: Vec<(String, u64)>,
    digests: BTreeMap<String, Digests>,
    total: u64,
}

/// The digests of a member, in hexadecimal.
struct Digests {
    sha1: String,
    sha256: String,
}

impl Members {
    fn read<R: Read>(&mut self, entry: &mut tar::Entry<'_, R>) -> Result<(), OvfError> {
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let ty = entry.header().entry_type();
        if ty == EntryType::Directory || ty == EntryType::XGlobalHeader {
            return Ok(());
        }
        if !ty.is_file() {
            return Err(OvfError::new(format!(
                "The member `{}` of the archive is no plain file.",
                shown(&name)
            )));
        }
        let size = entry.size();
        self.total = self.total.saturating_add(size);
        if self.sizes.len() >= limits::MEMBERS || self.total > limits::ARCHIVE_BYTES {
            return Err(OvfError::new(format!(
                "The archive has more than {} members, or more than {} bytes.",
                limits::MEMBERS,
                limits::ARCHIVE_BYTES
            )));
        }
        let is_descriptor = has_end(&name, ".ovf");
        if is_descriptor && self.descriptor.is_some() {
            let message = format!("The archive has a second descriptor, `{}`; expected one.", shown(&name));
            return Err(OvfError::new(message));
        }
        if !is_descriptor && self.descriptor.is_none() {
            return Err(OvfError::new(format!(
                "The first member of the archive is `{}`; expected the descriptor, NAME.ovf.",
                shown(&name)
            )));
        }
        let is_manifest = has_end(&name, ".mf");
        let most = if is_descriptor { limits::DESCRIPTOR_BYTES as u64 } else { limits::MANIFEST_BYTES };
        if (is_descriptor || is_manifest) && size > most {
            return Err(OvfError::new(format!(
                "The member `{}` of the archive has {size} bytes; up to {most} are read.",
                shown(&name)
            )));
        }
        let mut sink = Sink { kept: (is_descriptor || is_manifest).then(Vec::new), ..Sink::default() };
        let copied = io::copy(entry, &mut sink).map_err(|error| no_archive(&error))?;
        if copied != size {
            return Err(OvfError::new(format!(
                "The archive ends inside of its member `{}`; it may have been cut off.",
                shown(&name)
            )));
        }
        if self.digests.insert(name.clone(), sink.digests()).is_some() {
            return Err(OvfError::new(format!("The archive has two members `{}`.", shown(&name))));
        }
        self.sizes.push((name, size));
        match sink.kept {
            Some(bytes) if is_descriptor => self.descriptor = Some(bytes),
            Some(bytes) => self.manifest = Some(String::from_utf8_lossy(&bytes).into_owned()),
            None => {}
        }
        Ok(())
    }
}

fn has_end(name: &str, end: &str) -> bool {
    name.len() > end.len() && name.to_ascii_lowercase().ends_with(end)
}

/// Takes in the content of a member.
#[derive(Default)]
struct Sink {
    sha1: sha1::Sha1,
    sha256: sha2::Sha256,
    kept: Option<Vec<u8>>,
}

impl io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        sha1::Digest::update(&mut self.sha1, bytes);
        sha2::Digest::update(&mut self.sha256, bytes);
        if let Some(kept) = &mut self.kept {
            kept.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink {
    fn digests(&mut self) -> Digests {
        Digests {
            sha1: hex::encode(sha1::Digest::finalize(std::mem::take(&mut self.sha1))),
            sha256: hex::encode(sha2::Digest::finalize(std::mem::take(&mut self.sha256))),
        }
    }
}

/// Holds the members against a manifest: `SHA256(name)= digest` on each line.
fn check_manifest(manifest: &str, members: &BTreeMap<String, Digests>) -> Result<(), OvfError> {
    for (number, line) in (1..).zip(manifest.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        let Some((algorithm, name, digest)) = manifest_line(line) else {
            return Err(OvfError::new(format!(
                "Line {number} of the manifest is `{}`; expected `SHA256(name)= digest`.",
                shown(line)
            )));
        };
        let Some(digests) = members.get(name) else {
            return Err(OvfError::new(format!(
                "The manifest lists `{}`, which is not in the archive.",
                shown(name)
            )));
        };
        let computed = match algorithm.to_ascii_uppercase().as_str() {
            "SHA1" => &digests.sha1,
            "SHA256" => &digests.sha256,
            _ => {
                return Err(OvfError::new(format!(
                    "Line {number} of the manifest has a digest of {}; expected SHA1 or SHA256.",
                    shown(algorithm)
                )));
            }
        };
        if !digest.eq_ignore_ascii_case(computed) {
            return Err(OvfError::new(format!(
                "The {algorithm} digest of `{}` is {computed}; the manifest has {}.",
                shown(name),
                shown(digest)
            )));
        }
    }
    Ok(())
}

fn manifest_line(line: &str) -> Option<(&str, &str, &str)> {
    let (algorithm, rest) = line.split_once('(')?;
    let (name, digest) = rest.rsplit_once(')')?;
    let digest = digest.trim_start().strip_prefix('=')?;
    Some((algorithm.trim(), name, digest.trim()))
}

/// Writes an archive: descriptor, manifest, and a placeholder for each file of the package.
///
/// # Errors
/// If the archive cannot be made of these names.
pub fn write_archive(package: &Package) -> Result<Vec<u8>, OvfError> {
    let mut package = package.clone();
    let mut placeholders = BTreeMap::new();
    for file in package.disks.iter_mut().filter_map(|disk| disk.file.as_mut()) {
        if is_member(file) {
            let text = format!("The place of {}, which a mock cloud has no content for.\n", file.href);
            file.size = Some(text.len() as u64);
            placeholders.insert(file.href.clone(), text);
        }
    }
    let descriptor = write::write(&package);
    let mut manifest = String::new();
    let contents = placeholders.iter().map(|(name, text)| (name.as_str(), text.as_bytes()));
    for (name, content) in [("package.ovf", descriptor.as_slice())].into_iter().chain(contents.clone()) {
        let digest = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(content));
        // Writing to a string does not fail.
        let _ = writeln!(manifest, "SHA256({name})= {digest}");
    }
    let mut tar = Builder::new(Vec::new());
    let first = [("package.ovf", descriptor.as_slice()), ("package.mf", manifest.as_bytes())];
    for (name, content) in first.into_iter().chain(contents) {
        let mut header = Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, content).map_err(|error| {
            OvfError::new(format!("The file `{}` does not go into an archive: {error}.", shown(name)))
        })?;
    }
    tar.into_inner().map_err(|error| OvfError::new(format!("The archive is not finished: {error}.")))
}

/// Whether a file lies beside the descriptor, under a name that no other member has.
fn is_member(file: &File) -> bool {
    let name = file.href.as_str();
    !is_absolute(name)
        && !has_end(name, ".ovf")
        && !has_end(name, ".mf")
        && !name.contains(['\n', '\r', '\\', '\0'])
        && name.split('/').all(|segment| !matches!(segment, "" | "." | ".."))
}

#[cfg(test)]
mod tests;
