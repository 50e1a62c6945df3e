//! What the codec writes for V1, of every type, against DMTF's XML Schema, with xmllint.
//!
//! `CIMI_XSD_V1` names the schema if it is not the one in the shared folder.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cimi::Edition;
use cimi::codec::{Format, write};
use cimi::extension::Extensions;
use cimi::model::registry;
use cimi::testing::{Options, Unknown, document};
use libtest_mimic::{Failed, Trial};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::component::{Component, program};
use crate::shared;

const ORACLE: Component = Component {
    what: "xmllint with the schema of CIMI 1.x",
    remedy: "Debian has xmllint in libxml2-utils; DMTF publishes the schema as DSP8009, CIMI_XSD_V1 names the file",
    find: || program(&["xmllint"]).and_then(|_| schema()),
};

/// Documents of each type.
const EACH: usize = 8;

pub(crate) fn trials() -> Vec<Trial> {
    vec![ORACLE.trial("documents::v1_validates_against_dsp8009", check)]
}

fn schema() -> Option<PathBuf> {
    env::var_os("CIMI_XSD_V1").map_or_else(shared::SCHEMA.find, |path| Some(PathBuf::from(path)))
}

fn check(schema: &Path) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    // The import of the schema of `xml:` attributes would be fetched from the network, and nothing of it is used.
    let text: String =
        fs::read_to_string(schema)?.lines().filter(|line| !line.contains("<xs:import ")).collect();
    let schema = folder.path().join("cimi.xsd");
    fs::write(&schema, text)?;
    let files = documents(folder.path())?;
    let output = Command::new("xmllint").arg("--noout").arg("--schema").arg(&schema).args(&files).output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let complaints: Vec<&str> = said.lines().filter(|line| !line.ends_with(" validates")).collect();
    let mut report = complaints.iter().take(12).copied().collect::<Vec<_>>().join("\n");
    let first = complaints.iter().find_map(|line| line.split_once(".xml:"));
    if let Some((path, _)) = first {
        report.push_str("\n\n");
        report.push_str(&fs::read_to_string(format!("{path}.xml"))?);
    }
    Err(format!("{} complaints, the first of them:\n{report}", complaints.len()).into())
}

/// The same documents in each run: this is a check of the writer, not a search.
fn documents(folder: &Path) -> Result<Vec<PathBuf>, Failed> {
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let options = Options { unknown: Unknown::Json, erasure: false, expansion: 1 };
    let mut files = Vec::new();
    for schema in registry(Edition::V1).iter() {
        for number in 0..EACH {
            let document = document(schema, options).new_tree(&mut runner)?.current();
            let path = folder.join(format!("{}-{number}.xml", schema.name()));
            fs::write(&path, write(Format::Xml, &document, &Extensions::NONE))?;
            files.push(path);
        }
    }
    Ok(files)
}
