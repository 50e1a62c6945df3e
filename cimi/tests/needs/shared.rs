//! The folder beside the project that holds what may not be part of it: the specification, schemas, recordings.

use std::env;
use std::path::{Path, PathBuf};

use crate::component::Component;

/// DMTF's XML Schema of CIMI 1.x.
pub(crate) const SCHEMA: Component = Component {
    what: "spec/dsp8009_1.0.2.xsd",
    remedy: "DMTF publishes it as DSP8009; CIMI_SHARED names the folder that holds spec/",
    find: || find("spec/dsp8009_1.0.2.xsd"),
};

/// A file or folder in the shared folder: that of `CIMI_SHARED`, or the one beside the workspace.
pub(crate) fn find(path: &str) -> Option<PathBuf> {
    let folder = env::var_os("CIMI_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"), PathBuf::from);
    let found = folder.join(path);
    found.exists().then_some(found)
}
