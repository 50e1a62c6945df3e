//! The tenants of a seed, and the files that they name.
//!
//! Owns which parts of which texts make up the world of which tenant.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::Timestamp;
use toml::Spanned;
use toml::de::DeTable;

use super::error::{Fault, SeedError};
use super::read::{self, At};
use super::section::{self, Part};
use super::{Files, Growth, Sprout};
use crate::sim::Limits;

/// Tenants at most: each is a world of its own.
const MOST_TENANTS: usize = 256;

/// Bytes of a file at most.
const MOST_BYTES: u64 = 64 << 20;

/// A text and where it comes from.
struct Source {
    file: String,
    text: String,
}

/// The texts of the files that a seed names.
struct More<'s> {
    files: Files,
    /// What may stand beside the seed.
    beside: &'s [&'static str],
    sources: &'s mut Vec<Source>,
}

/// A tenant as the seed's own text has it.
struct Entry<'t> {
    name: &'t str,
    table: &'t DeTable<'t>,
    /// The source of its seed in a file of its own.
    file: Option<usize>,
}

/// Grows the worlds of all tenants.
pub(super) fn grow(
    file: &str,
    text: &str,
    files: Files,
    beside: &[&'static str],
    now: Timestamp,
) -> Result<Growth, Box<SeedError>> {
    let mut more = Vec::new();
    let result = grow_from(file, text, now, &mut More { files, beside, sources: &mut more });
    result.map_err(|fault| {
        Box::new(match fault.source.checked_sub(1).and_then(|at| more.get(at)) {
            Some(source) => fault.within(&source.file, &source.text),
            None => fault.within(file, text),
        })
    })
}

fn grow_from(file: &str, text: &str, now: Timestamp, more: &mut More<'_>) -> Result<Growth, Fault> {
    let root = parse(text, 0)?;
    let root = root.get_ref();
    let Some(section) = root.get("tenants") else {
        let mut names = section::names();
        names.extend(["tenants", "capacity"].iter().chain(more.beside));
        read::known_keys(root, "a seed", &names)?;
        let grown = section::grow(&[Part { table: root, source: 0 }], now)?;
        return Ok(Growth { capacity: capacity(root)?, tenants: vec![Sprout { name: None, grown }] });
    };
    if let Some((key, _)) = root.iter().find(|(key, _)| key.get_ref() == "users") {
        return Err(Fault::new(key.span(), "users outside of a tenant", "[[tenants.users]]").hint(
            "each tenant has users of its own: move these behind the [[tenants]] that they belong to",
        ));
    }
    let mut names = section::names();
    names.extend(["tenants", "capacity"].iter().chain(more.beside));
    read::known_keys(root, "a seed", &names)?;
    let entries = entries(section, file, more)?;
    let files = more
        .sources
        .iter()
        .zip(1..)
        .map(|(source, at)| {
            let table = parse(&source.text, at)?;
            read::known_keys(table.get_ref(), "the seed of a tenant", &section::names())
                .map_err(|fault| fault.of(at))?;
            Ok(table)
        })
        .collect::<Result<Vec<_>, Fault>>()?;
    let shared = Part { table: root, source: 0 };
    let tenants = entries.into_iter().map(|entry| {
        let own = Part { table: entry.table, source: 0 };
        let read = entry.file.and_then(|at| Some(Part { table: files.get(at - 1)?.get_ref(), source: at }));
        let parts: Vec<Part<'_>> = [Some(shared), read, Some(own)].into_iter().flatten().collect();
        Ok(Sprout { name: Some(entry.name.to_owned()), grown: section::grow(&parts, now)? })
    });
    Ok(Growth { capacity: capacity(root)?, tenants: tenants.collect::<Result<_, Fault>>()? })
}

fn capacity(root: &DeTable<'_>) -> Result<Limits, Fault> {
    root.get("capacity").map_or(Ok(Limits::NONE), section::limits)
}

fn parse(text: &str, source: usize) -> Result<Spanned<DeTable<'_>>, Fault> {
    DeTable::parse(text).map_err(|error| {
        let at = error.span().unwrap_or(0..0);
        Fault::new(at, error.message(), "TOML 1.1").of(source)
    })
}

fn entries<'t>(section: &'t At<'t>, file: &str, more: &mut More<'_>) -> Result<Vec<Entry<'t>>, Fault> {
    let tables = read::tables(section)?;
    if tables.is_empty() || tables.len() > MOST_TENANTS {
        let found = format!("{} tenants", tables.len());
        return Err(Fault::new(section.span(), found, format!("1 to {MOST_TENANTS}")));
    }
    let mut names = section::names();
    names.extend(["name", "seed"]);
    let mut seen = BTreeSet::new();
    let mut entries = Vec::new();
    for (table, span) in tables {
        read::known_keys(table, "a tenant", &names)?;
        let value = table.get("name").ok_or_else(|| Fault::new(span, "a tenant without name", "name"))?;
        let name = name(value)?;
        if !seen.insert(name) {
            return Err(read::wrong(value, "a name that no other tenant has"));
        }
        let read = match table.get("seed") {
            None => None,
            Some(value) => {
                more.sources.push(read_beside(file, value, more.files)?);
                Some(more.sources.len())
            }
        };
        entries.push(Entry { name, table, file: read });
    }
    Ok(entries)
}

/// A name that stands in a URI as it is (RFC 3986 2.3), and is no step up or down.
fn name<'a>(value: &'a At<'_>) -> Result<&'a str, Fault> {
    let name = read::text(value)?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    let starts = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    if starts && name.len() <= 64 && name.bytes().all(plain) {
        return Ok(name);
    }
    Err(read::wrong(
        value,
        "up to 64 letters, digits and - _ . ~ of ASCII, the first a letter or digit: it stands in the tenant's URI",
    ))
}

/// A file that another one names, relative to that.
fn read_beside(file: &str, value: &At<'_>, files: Files) -> Result<Source, Fault> {
    if files == Files::Sealed {
        return Err(read::wrong(
            value,
            "no file: this seed came from elsewhere, and says all there is itself",
        ));
    }
    let path = Path::new(file).parent().unwrap_or(Path::new("")).join(read::text(value)?);
    let shown = path.display().to_string();
    let unreadable = |message: String| {
        Fault::new(value.span(), format!("{shown}: {message}"), "the path of a seed, relative to this file")
    };
    let size = std::fs::metadata(&path).map_err(|error| unreadable(error.to_string()))?.len();
    if size > MOST_BYTES {
        return Err(unreadable(format!("{size} bytes are too many; up to {MOST_BYTES} are read")));
    }
    let text = std::fs::read_to_string(&path).map_err(|error| unreadable(error.to_string()))?;
    Ok(Source { file: shown.clone(), text })
}
