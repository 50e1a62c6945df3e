//! What is said to people agrees with what is there: the places that README.md and ARCHITECTURE.md name exist, and
//! CI installs each package that a test asks for where it is missing.

use super::{Fault, check, files};

const DOCUMENTS: [&str; 2] = ["README.md", "ARCHITECTURE.md"];
/// How the tests in tests/needs name what brings a component.
const REMEDY: &str = "install the package `";
const CI: &str = ".ci/run";

#[test]
fn places_that_are_named_exist() {
    let root = files::root();
    check(DOCUMENTS.iter().flat_map(|document| {
        let text = files::read(document);
        let faults = (1..).zip(text.lines()).flat_map(|(line, text)| {
            let spans = text.split('`').skip(1).step_by(2);
            let places = spans.filter(|span| is_place(span) && !root.join(span).exists());
            places
                .map(|place| {
                    Fault::new(document, line, format!("`{place}` is not there: name where it went"))
                })
                .collect::<Vec<_>>()
        });
        faults.collect::<Vec<_>>()
    }));
}

/// Whether it is a path from the root of the project to something that is kept there.
fn is_place(span: &str) -> bool {
    let Some((top, _)) = span.split_once('/') else { return false };
    top != ".."
        && files::root().join(top).exists()
        && !span.starts_with("reports/local")
        && !span.contains([' ', '<', '*', '{', ':'])
}

#[test]
fn ci_installs_what_tests_ask_for() {
    let installed = files::read(CI);
    check(files::all().iter().filter(|file| file.name.contains("/tests/needs/")).flat_map(|file| {
        let text = file.text().unwrap_or_default();
        let lines = (1..).zip(text.lines()).filter_map(|(line, text)| {
            let package = text.split_once(REMEDY)?.1.split('`').next()?;
            let is_installed = installed.lines().any(|line| line.split_whitespace().next() == Some(package));
            (!is_installed).then(|| {
                Fault::new(
                    &file.name,
                    line,
                    format!("{CI} does not install `{package}`: add it to `packages`"),
                )
            })
        });
        lines.collect::<Vec<_>>()
    }));
}

/// How a comment names the reading that it follows.
const READING: &str = "interpretation `";

#[test]
fn readings_that_are_named_exist() {
    let entries = files::read("suites/interpretations.toml");
    check(files::all().iter().filter(|file| file.name.rsplit('.').next() == Some("rs")).flat_map(|file| {
        let text = file.text().unwrap_or_default();
        let lines = (1..).zip(text.lines()).filter(|(_, text)| !text.contains("const READING"));
        let faults = lines.filter_map(|(line, text)| {
            let id = text.split_once(READING)?.1.split('`').next()?;
            let is_there = entries.lines().any(|entry| entry == format!("id = \"{id}\""));
            (!is_there).then(|| Fault::new(&file.name, line, format!("no interpretation is called `{id}`")))
        });
        faults.collect::<Vec<_>>()
    }));
}
