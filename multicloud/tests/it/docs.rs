//! `docs/placement.md` and `docs/manager-config.md`: their examples are read, their tables are complete.

use std::collections::BTreeSet;
use std::path::Path;

use multicloud::config::Config;
use multicloud::placement::{ATTRIBUTES, Code, Draft, Form, PLACED, Policy, Prices};

const PAGE: &str = include_str!("../../../docs/placement.md");
const CONFIGURATION: &str = include_str!("../../../docs/manager-config.md");

/// The blocks of a language.
fn blocks(language: &str) -> Vec<&'static str> {
    blocks_of(PAGE, language)
}

fn blocks_of(page: &'static str, language: &str) -> Vec<&'static str> {
    let fence = format!("```{language}\n");
    let blocks: Vec<&str> =
        page.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(!blocks.is_empty(), "there are examples in {language}");
    blocks
}

/// The first cells of the table whose heading begins with a word, the nth of those.
fn cells(heading: &str, nth: usize) -> BTreeSet<String> {
    cells_of(PAGE, heading, nth)
}

fn cells_of(page: &str, heading: &str, nth: usize) -> BTreeSet<String> {
    let table = page.split(&format!("| {heading} |")).nth(nth + 1).unwrap();
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    rows.map(|row| row.split('`').nth(1).unwrap().to_owned()).collect()
}

fn names<'a>(names: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    names.into_iter().map(str::to_owned).collect()
}

#[test]
fn its_examples_are_read() {
    let folder = tempfile::tempdir().unwrap();
    for table in blocks("csv") {
        Prices::read(Form::Csv, table).unwrap();
        std::fs::write(folder.path().join("prices.csv"), table).unwrap();
    }
    for text in blocks("toml") {
        let config = Config::parse("placement.md", text, folder.path()).unwrap();
        assert!(!config.prices.is_empty());
        // A policy is the same in JSON.
        let named = config.declared.policies.into_iter().map(|(_, policy)| policy);
        for draft in config.declared.policy.into_iter().chain(named).map(|policy| policy.draft) {
            let json = serde_json::to_string(&draft).unwrap();
            assert_eq!(Policy::from_json(&json).unwrap(), Policy::read(draft).unwrap());
        }
    }
    for text in blocks("json") {
        Policy::from_json(text).unwrap();
    }
    Config::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/manager/manager.toml")).unwrap();
}

#[test]
fn its_tables_are_complete() {
    assert_eq!(cells("attribute", 0), names(ATTRIBUTES.iter().map(|attribute| attribute.name)));
    assert_eq!(cells("attribute", 1), names(PLACED.iter().map(|attribute| attribute.name)));
    let error = serde_json::from_str::<Draft>(r#"{"no such key": 1}"#).unwrap_err().to_string();
    let keys: Vec<&str> = error.split('`').skip(3).step_by(2).collect();
    assert_eq!(cells("key", 0), names(keys));
    for code in cells("code", 0) {
        serde_json::from_value::<Code>(serde_json::Value::String(code)).unwrap();
    }
    let error = serde_json::from_str::<Code>("\"no such code\"").unwrap_err().to_string();
    assert_eq!(cells("code", 0), names(error.split('`').skip(3).step_by(2)));
}

#[test]
fn the_page_of_the_configuration_is_complete() {
    for text in blocks_of(CONFIGURATION, "toml") {
        Config::parse("manager-config.md", text, Path::new(".")).unwrap();
    }
    // Whoever writes a wrong key is told the right ones.
    let sections = ["", "[vault]\n", "[[tenant]]\n", "[[user]]\n", "[[account]]\n"];
    for (nth, section) in sections.into_iter().enumerate() {
        let error = Config::parse("manager.toml", &format!("{section}no-such-key = 1\n"), Path::new("."));
        let error = error.unwrap_err().to_string();
        let keys: Vec<&str> = error.split('`').skip(3).step_by(2).collect();
        assert!(keys.len() > 1, "{error}");
        assert_eq!(cells_of(CONFIGURATION, "key", nth), names(keys), "{section}");
    }
    assert_eq!(CONFIGURATION.matches("| key |").count(), sections.len(), "every table is looked at");
}
