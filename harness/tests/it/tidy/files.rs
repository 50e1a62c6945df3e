//! The files of the project: all below its root that git would not ignore. Knows of .gitignore what stands in ours.

use std::fs;
use std::path::{Path, PathBuf};

/// A file of the project.
pub(super) struct File {
    /// From the root of the project, with `/`.
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
}

impl File {
    /// Its text, unless it is none.
    pub(super) fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.bytes).ok()
    }

    pub(super) fn is_rust(&self) -> bool {
        Path::new(&self.name).extension().is_some_and(|end| end == "rs")
    }

    /// Tests of the module beside which it lies.
    pub(super) fn is_tests(&self) -> bool {
        self.name.ends_with("/tests.rs")
    }
}

/// The root of the project.
pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the crate lies in the workspace")
}

/// A file of the project as text.
pub(super) fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Every file of the project, by name.
pub(super) fn all() -> Vec<File> {
    let root = root();
    let ignored = Ignored::read(&read(".gitignore"));
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder can be read") {
            let entry = entry.expect("a folder can be read");
            let path = entry.path();
            let kind = entry.file_type().expect("an entry has a type");
            let name = path.strip_prefix(&root).expect("found below it").to_string_lossy().replace('\\', "/");
            if ignored.has(&name) || kind.is_symlink() {
                continue;
            }
            if kind.is_dir() {
                folders.push(path);
            } else {
                files.push(File { name, bytes: fs::read(path).expect("a file can be read") });
            }
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}

/// What git ignores: places from the root, and ends of names.
struct Ignored {
    places: Vec<String>,
    ends: Vec<String>,
}

impl Ignored {
    fn read(text: &str) -> Self {
        let mut ignored = Self { places: vec![".git".to_owned()], ends: Vec::new() };
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            match (line.strip_prefix('/'), line.strip_prefix('*')) {
                (Some(place), _) if !place.contains(['*', '!']) => ignored.places.push(place.to_owned()),
                (_, Some(end)) if !end.contains(['*', '/']) => ignored.ends.push(end.to_owned()),
                _ => panic!(
                    ".gitignore: write `{line}` as /place/from/the/root or *.end, which this test understands"
                ),
            }
        }
        ignored
    }

    fn has(&self, name: &str) -> bool {
        self.places.iter().any(|place| place == name) || self.ends.iter().any(|end| name.ends_with(end))
    }
}
