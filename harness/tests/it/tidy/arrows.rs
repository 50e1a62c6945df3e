//! Who may know whom: ARCHITECTURE.md's invariants, over what cargo says of the crates and over what their code mentions.
//! Tests beside a module (`tests.rs`) may mention what they like.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand, Package};

use super::{Fault, check, files, rust};

/// The crates of this workspace that a crate may depend on.
struct Crate {
    name: &'static str,
    builds_on: &'static [&'static str],
    tests_with: &'static [&'static str],
}

const CRATES: &[Crate] = &[
    Crate { name: "cimi", builds_on: &[], tests_with: &["cimi"] },
    Crate { name: "mock-cloud", builds_on: &["cimi"], tests_with: &["cimi"] },
    Crate { name: "multicloud", builds_on: &["cimi", "mock-cloud"], tests_with: &["cimi", "mock-cloud"] },
    Crate {
        name: "harness",
        builds_on: &["mock-cloud", "multicloud"],
        tests_with: &["cimi", "mock-cloud", "multicloud"],
    },
];

/// A part of the code that must not mention something.
struct Boundary {
    /// A folder, or a module with what is below it.
    within: &'static str,
    /// Parts of it where the boundary does not hold.
    except: &'static [&'static str],
    /// Beginnings of paths, and names of types wherever they stand.
    unknown: &'static [&'static str],
    /// What to do instead.
    instead: &'static str,
}

const BOUNDARIES: &[Boundary] = &[
    Boundary {
        within: "harness/src",
        except: &["harness/src/target"],
        unknown: &["mock_cloud", "multicloud"],
        instead: "servers of this workspace are started in module `target` alone",
    },
    Boundary {
        within: "harness/src",
        except: &[],
        unknown: &["cimi"],
        instead: "the judge reads the protocol by itself, with the tables in suites/spec",
    },
    Boundary {
        within: "cimi/src",
        except: &["cimi/src/server", "cimi/src/client"],
        unknown: &[
            "std::net",
            "std::fs",
            "std::env",
            "std::process",
            "std::thread",
            "tokio",
            "reqwest",
            "axum",
            "hyper",
            "http",
            "rand",
            "SystemTime",
            "Instant",
        ],
        instead: "take what it brings as a value; input, output and clocks belong to `server` and `client`",
    },
    Boundary {
        within: "multicloud/src",
        except: &["multicloud/src/bin/cimi-manager/demo"],
        unknown: &["mock_cloud"],
        instead: "a mock cloud is a cloud like any other; the demonstration alone starts some",
    },
    Boundary {
        within: "multicloud/src/app",
        except: &[],
        unknown: &["http", "axum", "hyper", "reqwest", "cimi::server", "crate::north"],
        instead: "use cases speak in records and errors of their own; `north` makes replies of them",
    },
    Boundary {
        within: "mock-cloud/src/world",
        except: &[],
        unknown: &["http", "axum", "hyper", "crate::face"],
        instead: "the world is state; `face` shows it",
    },
    Boundary {
        within: "mock-cloud/src/sim",
        except: &[],
        unknown: &["http", "axum", "hyper", "crate::face"],
        instead: "the simulation changes the world; `face` takes requests and gives replies",
    },
];

#[test]
fn crates_depend_in_one_direction() {
    let metadata = MetadataCommand::new()
        .manifest_path(files::root().join("Cargo.toml"))
        .no_deps()
        .exec()
        .expect("cargo describes the workspace");
    let packages: BTreeMap<&str, &Package> =
        metadata.packages.iter().map(|package| (package.name.as_str(), package)).collect();
    let members: BTreeSet<&str> = packages.keys().copied().collect();
    assert_eq!(
        members,
        CRATES.iter().map(|known| known.name).collect(),
        "nothing else becomes a crate; if something must, add its arrows here"
    );
    check(CRATES.iter().flat_map(|known| arrows_of(known, packages[known.name], &members)));
}

fn arrows_of(known: &Crate, package: &Package, members: &BTreeSet<&str>) -> Vec<Fault> {
    let file = format!("{}/Cargo.toml", known.name);
    let text = files::read(&file);
    package
        .dependencies
        .iter()
        .filter(|dependency| members.contains(dependency.name.as_str()))
        .filter_map(|dependency| {
            let (allowed, kind) = match dependency.kind {
                DependencyKind::Development => (known.tests_with, "tests of "),
                _ => (known.builds_on, ""),
            };
            let name = dependency.name.as_str();
            (!allowed.contains(&name)).then(|| {
                let line = 1 + text.lines().position(|line| line.starts_with(name)).unwrap_or_default();
                Fault::new(&file, line, format!("{kind}{} must not know {name}: take it out", known.name))
            })
        })
        .collect()
}

#[test]
fn modules_know_no_more_than_they_may() {
    let files = files::all();
    for boundary in BOUNDARIES {
        for place in [boundary.within].iter().chain(boundary.except) {
            let there = files.iter().any(|file| is_within(&file.name, place));
            // Of a module that is not written yet nothing can be held; of one that moved, nothing would be.
            assert!(
                there || *place == "harness/src/target",
                "{place}: no such module; name its new place here"
            );
        }
    }
    check(files.iter().filter(|file| file.is_rust() && !file.is_tests()).flat_map(|file| {
        let boundaries: Vec<_> = BOUNDARIES.iter().filter(|boundary| boundary.holds_in(&file.name)).collect();
        let code =
            if boundaries.is_empty() { String::new() } else { rust::code(file.text().unwrap_or_default()) };
        let paths = rust::paths(&code);
        boundaries.into_iter().flat_map(|boundary| boundary.faults(&file.name, &paths)).collect::<Vec<_>>()
    }));
}

impl Boundary {
    fn holds_in(&self, file: &str) -> bool {
        is_within(file, self.within) && !self.except.iter().any(|place| is_within(file, place))
    }

    fn faults(&self, file: &str, paths: &[rust::Path]) -> Vec<Fault> {
        paths
            .iter()
            .filter_map(|path| {
                let unknown = self.unknown.iter().find(|unknown| mentions(&path.words, unknown))?;
                Some(Fault::new(file, path.line, format!("must not know `{unknown}`: {}", self.instead)))
            })
            .collect()
    }
}

fn is_within(file: &str, place: &str) -> bool {
    file.strip_prefix(place).is_some_and(|rest| rest.starts_with('/') || rest == ".rs")
}

/// Whether the path begins with these words, or has this type in it. A lone word is a name of something else.
fn mentions(words: &[String], unknown: &str) -> bool {
    if unknown.starts_with(char::is_uppercase) {
        return words.iter().any(|word| word == unknown);
    }
    let mut begin = words.iter();
    words.len() > 1 && unknown.split("::").all(|part| begin.next().is_some_and(|word| word == part))
}

#[test]
fn a_mention_is_seen() {
    let mentioned = |text: &str, unknown: &str| {
        rust::paths(&rust::code(text)).iter().any(|path| mentions(&path.words, unknown))
    };
    assert!(mentioned("use std::{fmt, fs::File};", "std::fs"));
    assert!(mentioned("axum::Router::new()", "axum"));
    assert!(mentioned("std::time::SystemTime::now()", "SystemTime"));
    assert!(!mentioned("let http = 1; crate::http::get(http)", "http"));
    assert!(!mentioned("// axum::Router\nlet text = \"axum::Router\";", "axum"));
    assert!(!mentioned("std::fsync::go()", "std::fs"));
}
