//! Dependencies are declared once: in the root manifest, with a word on why; members take them from there.

use std::collections::BTreeSet;

use toml::{Table, Value};

use super::{Fault, check, files, rust};

const ROOT: &str = "Cargo.toml";
const SECTION: &str = "[workspace.dependencies]";
const KINDS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];
/// What a package has in common with the others.
const SHARED: [&str; 5] = ["version", "edition", "rust-version", "license", "publish"];

#[test]
fn each_dependency_says_why() {
    let root = files::read(ROOT);
    let section = (1..).zip(root.lines()).skip_while(|(_, line)| *line != SECTION).skip(1);
    check(section.take_while(|(_, line)| !line.starts_with('[')).filter_map(|(line, text)| {
        let (_, value) = text.split_once(" = ")?;
        let is_ours = value.starts_with("{ path");
        (!is_ours && !text.starts_with('#') && !text.contains(" # "))
            .then(|| Fault::new(ROOT, line, "say at the end of the line what it is here for: ` # ...`"))
    }));
}

#[test]
fn each_dependency_is_used() {
    let root = files::read(ROOT);
    let used: BTreeSet<String> =
        members().iter().flat_map(Member::dependencies).map(|(name, _)| name).collect();
    let table = parse(ROOT, &root);
    check(
        names(&table["workspace"]["dependencies"]).filter(|name| !used.contains(*name)).map(|name| {
            Fault::new(ROOT, line_of(&root, name), format!("no member uses `{name}`: take it out"))
        }),
    );
}

#[test]
fn what_a_member_depends_on_its_code_mentions() {
    let files = files::all();
    check(members().iter().flat_map(|member| {
        let folder = member.file.trim_end_matches("Cargo.toml");
        let sources = files.iter().filter(|file| file.is_rust() && file.name.starts_with(folder));
        let codes: Vec<String> = sources.map(|file| rust::code(file.text().unwrap_or_default())).collect();
        let words: BTreeSet<String> =
            codes.iter().flat_map(|code| rust::paths(code)).flat_map(|path| path.words).collect();
        member
            .dependencies()
            .filter(|(name, _)| !words.contains(&name.replace('-', "_")))
            .map(|(name, _)| {
                let text = format!("nothing in {folder} mentions `{name}`: take it out");
                Fault::new(&member.file, line_of(&member.text, &name), text)
            })
            .collect::<Vec<_>>()
    }));
}

#[test]
fn members_take_their_dependencies_from_the_root() {
    check(members().iter().flat_map(|member| {
        member
            .dependencies()
            .filter(|(_, value)| value.get("workspace").and_then(Value::as_bool) != Some(true))
            .map(|(name, _)| {
                let text =
                    format!("pin `{name}` in the root manifest, and write `{name}.workspace = true` here");
                Fault::new(&member.file, line_of(&member.text, &name), text)
            })
            .collect::<Vec<_>>()
    }));
}

#[test]
fn members_share_their_settings() {
    check(members().iter().flat_map(|member| {
        let from_root = |value: Option<&Value>| {
            value.and_then(|value| value.get("workspace")).and_then(Value::as_bool) == Some(true)
        };
        let package = &member.table["package"];
        let mut missing: Vec<_> = SHARED.iter().filter(|key| !from_root(package.get(key))).collect();
        if !from_root(member.table.get("lints")) {
            missing.push(&"lints");
        }
        missing
            .into_iter()
            .map(|key| {
                Fault::new(&member.file, 1, format!("take `{key}` from the root: `{key}.workspace = true`"))
            })
            .collect::<Vec<_>>()
    }));
}

/// A member of the workspace by its manifest.
struct Member {
    file: String,
    text: String,
    table: Table,
}

impl Member {
    /// Its dependencies of every kind and platform.
    fn dependencies(&self) -> impl Iterator<Item = (String, Value)> {
        let platforms =
            self.table.get("target").and_then(Value::as_table).into_iter().flat_map(Table::values);
        let tables = platforms.filter_map(Value::as_table).chain([&self.table]);
        let sections = tables.flat_map(|table| KINDS.iter().filter_map(|kind| table.get(*kind)));
        sections
            .filter_map(Value::as_table)
            .flat_map(|section| section.iter().map(|(name, value)| (name.clone(), value.clone())))
            .collect::<Vec<_>>()
            .into_iter()
    }
}

fn members() -> Vec<Member> {
    let root = parse(ROOT, &files::read(ROOT));
    let members = root["workspace"]["members"].as_array().expect("a list");
    members
        .iter()
        .map(|member| {
            let file = format!("{}/Cargo.toml", member.as_str().expect("a folder"));
            let text = files::read(&file);
            Member { table: parse(&file, &text), text, file }
        })
        .collect()
}

fn parse(file: &str, text: &str) -> Table {
    text.parse().unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn names(section: &Value) -> impl Iterator<Item = &str> {
    section.as_table().expect("a table").keys().map(String::as_str)
}

/// The line on which a dependency is declared.
fn line_of(text: &str, name: &str) -> usize {
    let is_it = |line: &str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['.', ' ', '=']));
    1 + text.lines().position(is_it).unwrap_or_default()
}
