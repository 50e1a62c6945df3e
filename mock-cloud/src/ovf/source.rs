//! What the `source` of an import leads to, and the `destination` of an export (DSP0263 5.13.1.2, 5.13.2.1).
//!
//! Owns which URIs a mock cloud follows: `data:`, files below a folder that its operator names, and packages that it keeps
//! itself. It calls no other host, whatever a request says.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use percent_encoding::percent_decode_str;

use super::store::{Store, StoreError};
use super::{OvfError, Package, archive, limits, read, write};

/// The collection of packages, below the base URI.
pub const PACKAGES: &str = "packages/";

/// Where packages come from and go to.
#[derive(Clone, Copy, Debug)]
pub struct Places<'a> {
    /// The base URI of the cloud.
    pub base: &'a str,
    /// The folder that `file:` URIs may point into; none if no such URI is followed.
    pub folder: Option<&'a Path>,
}

/// The form of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A descriptor.
    Ovf,
    /// An archive.
    Ova,
}

/// Why a package does not come or go.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The URI is none that is followed.
    #[error("{0}")]
    Uri(String),
    /// There is nothing.
    #[error("There is no package at `{0}`.")]
    Nothing(String),
    /// The package is wrong.
    #[error(transparent)]
    Package(#[from] OvfError),
    /// The store refuses it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a URI is to this cloud.
enum Target {
    Data(Vec<u8>),
    File(PathBuf),
    Own(String),
}

impl Form {
    /// The form of a media type; without one, a descriptor (5.13.1.2).
    ///
    /// # Errors
    /// The forms that there are, if it is none of them.
    pub fn of(format: Option<&str>) -> Result<Self, SourceError> {
        let format = format.unwrap_or(super::MEDIA_TYPE).trim();
        // The text prints the default with a full stop in it.
        let is = |ty: &str| format.trim_end_matches('.').eq_ignore_ascii_case(ty);
        if is(super::MEDIA_TYPE) || is("application/ovf+xml") {
            Ok(Self::Ovf)
        } else if is(super::MEDIA_TYPE_OVA) || is("application/ova") {
            Ok(Self::Ova)
        } else {
            Err(SourceError::Uri(format!(
                "format is `{}`; this cloud exports {} (a descriptor) and {} (an OVA).",
                super::error::shown(format),
                super::MEDIA_TYPE,
                super::MEDIA_TYPE_OVA
            )))
        }
    }
}

impl Places<'_> {
    /// The package at a URI; `kept` gives those of the store by name.
    ///
    /// # Errors
    /// If the URI leads nowhere or to something that is no package.
    pub fn fetch(
        &self,
        uri: &str,
        kept: impl FnOnce(&str) -> Option<Arc<[u8]>>,
    ) -> Result<Package, SourceError> {
        match self.target("source", uri)? {
            Target::Data(bytes) => Ok(archive::read_either(&bytes)?),
            Target::Own(name) => match kept(&name) {
                Some(bytes) => Ok(archive::read_either(&bytes)?),
                None => Err(SourceError::Nothing(super::error::shown(uri))),
            },
            Target::File(path) => self.read_file(uri, &path),
        }
    }

    /// Puts a package where a URI says, or into the store; gives the URI of where it is.
    ///
    /// # Errors
    /// If nothing can be put there.
    pub fn deliver(
        &self,
        store: &mut Store,
        package: &Package,
        form: Form,
        destination: Option<&str>,
    ) -> Result<String, SourceError> {
        let bytes = match form {
            Form::Ovf => write::write(package),
            Form::Ova => archive::write_archive(package)?,
        };
        let Some(uri) = destination else {
            let name = store.export(&bytes)?;
            return Ok(format!("{}{PACKAGES}{name}", self.base));
        };
        match self.target("destination", uri)? {
            Target::Own(name) => {
                store.put(&name, &bytes)?;
                Ok(format!("{}{PACKAGES}{name}", self.base))
            }
            Target::File(path) => {
                self.write_file(uri, &path, &bytes)?;
                Ok(uri.to_owned())
            }
            Target::Data(_) => {
                Err(SourceError::Uri("destination is a data: URI, which nothing can be put at.".to_owned()))
            }
        }
    }

    fn target(&self, parameter: &str, uri: &str) -> Result<Target, SourceError> {
        let uri = uri.trim();
        let scheme = uri.split_once(':').map_or("", |(scheme, _)| scheme).to_ascii_lowercase();
        if scheme == "data" {
            return data(uri.get(5..).unwrap_or_default()).map(Target::Data);
        }
        if scheme == "file" {
            return file(uri.get(5..).unwrap_or_default()).map(Target::File);
        }
        let below = cimi::server::Path::resolve(self.base, uri);
        let name = below.as_ref().and_then(|path| path.path.strip_prefix(PACKAGES));
        match name {
            Some(name) if !name.is_empty() => Ok(Target::Own(name.to_owned())),
            _ => Err(SourceError::Uri(format!(
                "{parameter} is `{}`, and this cloud calls no other host. It follows data: URIs{}, and its own: PUT a \
                 package to {}{PACKAGES}NAME, and name that.",
                super::error::shown(uri),
                if self.folder.is_some() { ", file: URIs below the folder for packages" } else { "" },
                self.base
            ))),
        }
    }

    fn read_file(&self, uri: &str, path: &Path) -> Result<Package, SourceError> {
        let nothing = || SourceError::Nothing(super::error::shown(uri));
        let folder = self.folder()?;
        let path = path.canonicalize().map_err(|_| nothing())?;
        if !path.starts_with(&folder) {
            return Err(outside(uri));
        }
        let file = std::fs::File::open(&path).map_err(|_| nothing())?;
        if !file.metadata().is_ok_and(|about| about.is_file()) {
            return Err(nothing());
        }
        let mut start = Vec::new();
        let unreadable = |_| SourceError::Uri(format!("`{}` cannot be read.", super::error::shown(uri)));
        (&file).take(512).read_to_end(&mut start).map_err(unreadable)?;
        if archive::is_archive(&start) {
            return Ok(archive::read_archive(start.as_slice().chain(file))?.package);
        }
        let most = limits::DESCRIPTOR_BYTES as u64 + 1;
        file.take(most).read_to_end(&mut start).map_err(unreadable)?;
        Ok(read::read(&start)?)
    }

    fn write_file(&self, uri: &str, path: &Path, bytes: &[u8]) -> Result<(), SourceError> {
        let folder = self.folder()?;
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { return Err(outside(uri)) };
        let parent = parent.canonicalize().map_err(|_| SourceError::Nothing(super::error::shown(uri)))?;
        let target = parent.join(name);
        // A link would lead out of the folder.
        let is_link = target.symlink_metadata().is_ok_and(|about| !about.is_file());
        if !parent.starts_with(&folder) || is_link {
            return Err(outside(uri));
        }
        std::fs::write(target, bytes)
            .map_err(|_| SourceError::Uri(format!("`{}` cannot be written.", super::error::shown(uri))))
    }

    fn folder(&self) -> Result<PathBuf, SourceError> {
        self.folder.and_then(|folder| folder.canonicalize().ok()).ok_or_else(|| {
            SourceError::Uri(
                "This cloud follows no file: URIs: its operator names no folder for them.".to_owned(),
            )
        })
    }
}

fn outside(uri: &str) -> SourceError {
    SourceError::Uri(format!("`{}` is not below the folder for packages.", super::error::shown(uri)))
}

/// What follows `data:` (RFC 2397).
fn data(rest: &str) -> Result<Vec<u8>, SourceError> {
    let wrong = |what: &str| SourceError::Uri(format!("source is a data: URI {what}."));
    let (head, body) = rest.split_once(',').ok_or_else(|| wrong("without a comma"))?;
    let body: Vec<u8> = percent_decode_str(body).collect();
    if !head.trim_end().to_ascii_lowercase().ends_with(";base64") {
        return Ok(body);
    }
    let text: Vec<u8> = body.into_iter().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let engine = base64::engine::GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        base64::engine::GeneralPurposeConfig::new()
            .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent),
    );
    engine.decode(text).map_err(|error| wrong(&format!("whose base64 is wrong: {error}")))
}

/// The path of what follows `file:` (RFC 8089): of this host.
fn file(rest: &str) -> Result<PathBuf, SourceError> {
    let path = match rest.strip_prefix("//") {
        Some(rest) => rest.strip_prefix("localhost").unwrap_or(rest),
        None => rest,
    };
    if !path.starts_with('/') {
        return Err(SourceError::Uri(
            "A file: URI names a file of this host by its whole path: `file:///folder/name.ovf`.".to_owned(),
        ));
    }
    let path: String = percent_decode_str(path)
        .decode_utf8()
        .map_err(|_| SourceError::Uri("A file: URI is in UTF-8.".to_owned()))?
        .into_owned();
    Ok(PathBuf::from(path))
}

#[cfg(test)]
mod tests;
