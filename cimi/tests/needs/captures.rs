//! Recorded replies of real servers of 1.x: a consumer reads them. What it says of them is counted and reviewed; documents that
//! are no CIMI (error pages, errors without a type) are counted, too.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use cimi::codec::{Context, Format, Reader, read};
use cimi::extension::Extensions;
use cimi::{Edition, Limits};
use libtest_mimic::{Failed, Trial};

use crate::component::Component;
use crate::shared;

const CAPTURES: Component = Component {
    what: "captures/",
    remedy: "they are recorded exchanges of three servers; CIMI_SHARED names the folder that holds captures/",
    find: || shared::find("captures"),
};

pub(crate) fn trials() -> Vec<Trial> {
    vec![CAPTURES.trial("captures::a_consumer_reads_real_servers", check)]
}

fn check(folder: &Path) -> Result<(), Failed> {
    let mut said = String::new();
    for server in ["deltacloud", "osaddon", "stratuslab"] {
        let mut files: Vec<PathBuf> = fs::read_dir(folder.join(server))?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()?;
        files.sort();
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let mut errors = String::new();
        for file in files {
            let bytes = fs::read(&file)?;
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            for line in remarks(&bytes) {
                if line.starts_with("Error") {
                    writeln!(errors, "  {name}: {line}")?;
                }
                let kind = line.split(" at ").next().unwrap_or_default().to_owned();
                *counts.entry(kind).or_default() += 1;
            }
        }
        writeln!(said, "# {server}")?;
        for (kind, count) in counts {
            writeln!(said, "{count:>5} {kind}")?;
        }
        said.push_str(&errors);
    }
    insta::assert_snapshot!("captures", said);
    Ok(())
}

/// What is said of one exchange: what its reply is, and every finding.
fn remarks(exchange: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(exchange);
    // Of a request and a reply with their marks, or of a command line and a reply.
    let Some((_, reply)) = text.split_once("### RESPONSE").or_else(|| text.split_once('\n')) else {
        return vec!["no reply".into()];
    };
    let reply = reply.trim_start().replace("\r\n", "\n");
    let Some((head, body)) = reply.split_once("\n\n") else { return vec!["no body".into()] };
    let header = |name: &str| {
        head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_ascii_lowercase())
        })
    };
    let format = match header("content-type") {
        Some(media) if media.starts_with("application/json") => Format::Json,
        Some(media) if media.starts_with("application/xml") => Format::Xml,
        _ => return vec!["not JSON or XML".into()],
    };
    if body.trim().is_empty() {
        return vec!["no body".into()];
    }
    let context = Context {
        edition: Edition::V1,
        expected: &[],
        reader: Reader::Consumer,
        limits: &Limits::CLIENT,
        extensions: &Extensions::NONE,
    };
    let decoded = read(format, body.trim().as_bytes(), &context);
    let mut remarks =
        vec![if decoded.document.is_some() { "read".to_owned() } else { "not read".to_owned() }];
    remarks.extend(decoded.findings.iter().map(|f| format!("{:?} {:?} at {f}", f.severity, f.code)));
    remarks
}
