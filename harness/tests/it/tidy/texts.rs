//! What a file may not be or contain: too long, too large, without a word on what it owns, unfinished, or tied to the
//! machine it was written on.

use super::files::File;
use super::{Fault, check, files, rust};

/// Most lines of a source file; tests beside their module are not counted.
const LINES: usize = 600;
/// Most bytes of any file.
const BYTES: usize = 1 << 20;
/// Words that stand for work not done.
const MARKERS: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
/// Code that stands for work not done.
const HOLES: [&str; 2] = ["todo!", "unimplemented!"];
/// Folders of some machine, not of the project.
const PLACES: [&str; 4] =
    [concat!("/tm", "p/"), concat!("/roo", "t/"), concat!("/hom", "e/"), concat!("/wor", "k/")];
/// Inputs that a fuzzer found: nobody wrote them.
const FOUND: &str = "cimi/fuzz/corpus/";

#[test]
fn a_source_file_is_one_concept() {
    check(sources().into_iter().filter(|file| !file.is_tests()).filter_map(|file| {
        let lines = file.text().unwrap_or_default().lines().count();
        (lines > LINES).then(|| {
            Fault::new(
                &file.name,
                lines,
                format!("{lines} lines, {LINES} at most: find its second concept and move it"),
            )
        })
    }));
}

#[test]
fn a_source_file_says_what_it_owns() {
    check(sources().into_iter().filter(|file| !file.is_tests()).filter_map(|file| {
        let text = file.text().unwrap_or_default();
        (!text.starts_with("//!"))
            .then(|| Fault::new(&file.name, 1, "open it with `//!`: what it owns, what it must not know"))
    }));
}

#[test]
fn a_file_is_small() {
    check(files::all().into_iter().filter_map(|file| {
        let bytes = file.bytes.len();
        (bytes > BYTES).then(|| {
            Fault::new(&file.name, 1, format!("{bytes} bytes, {BYTES} at most: generate it, or cut it"))
        })
    }));
}

#[test]
fn code_is_finished() {
    check(sources().into_iter().flat_map(|file| {
        let code = rust::code(file.text().unwrap_or_default());
        faults(&file.name, &code, |line| {
            if let Some(hole) = HOLES.iter().find(|hole| line.contains(*hole)) {
                return Some(format!("`{hole}`: write it, or leave out what would call it"));
            }
            line.contains("#[ignore]")
                .then(|| "a test is ignored with its reason: `#[ignore = \"...\"]`".to_owned())
        })
    }));
}

#[test]
fn nothing_is_left_for_later() {
    check(written().into_iter().flat_map(|file| {
        faults(&file.name, file.text().unwrap_or_default(), |line| {
            let marker = MARKERS.iter().find(|marker| has_word(line, marker))?;
            Some(format!("`{marker}`: do it now, or open an issue"))
        })
    }));
}

#[test]
fn no_text_names_a_place_on_some_machine() {
    check(written().into_iter().flat_map(|file| {
        faults(&file.name, file.text().unwrap_or_default(), |line| {
            let place = PLACES.iter().find(|place| has_place(line, place))?;
            Some(format!(
                "`{place}`: make it relative to the project, to CARGO_MANIFEST_DIR, or to a temporary folder"
            ))
        })
    }));
}

fn sources() -> Vec<File> {
    let mut files = files::all();
    files.retain(File::is_rust);
    files
}

/// Files that somebody wrote.
fn written() -> Vec<File> {
    let mut files = files::all();
    files.retain(|file| !file.name.starts_with(FOUND));
    files
}

fn faults(file: &str, text: &str, mut look: impl FnMut(&str) -> Option<String>) -> Vec<Fault> {
    (1..).zip(text.lines()).filter_map(|(line, text)| Some(Fault::new(file, line, look(text)?))).collect()
}

fn has_word(line: &str, word: &str) -> bool {
    let is_edge = |c: Option<char>| !c.is_some_and(char::is_alphanumeric);
    line.match_indices(word).any(|(at, _)| {
        is_edge(line[..at].chars().next_back()) && is_edge(line[at + word.len()..].chars().next())
    })
}

/// Whether a path begins with the place; in `https://host/place/` and `a/place/` it does not.
fn has_place(line: &str, place: &str) -> bool {
    line.match_indices(place).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        line[..at].ends_with("file://")
            || !before.is_some_and(|c| c.is_alphanumeric() || "/._-}>)]".contains(c))
    })
}

#[test]
fn words_and_places_are_told_from_their_like() {
    let [word, ..] = MARKERS;
    assert!(has_word(&format!("// {word}: later"), word));
    assert!(!has_word(&format!("A{word}"), word));
    let [place, ..] = PLACES;
    assert!(has_place(&format!("see \"{place}x\""), place));
    assert!(has_place(&format!("file://{place}x"), place));
    assert!(!has_place(&format!("https://host{place}x"), place));
    assert!(!has_place(&format!("${{folder}}{place}x"), place));
}
