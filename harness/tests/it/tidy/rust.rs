//! As much of Rust as it takes to see what a file mentions: its code without comments and literals, and the paths in it
//! with `use` trees unfolded. Not a parser: it never refuses.

/// A path in code, as in `std::fs::read`, with the line where its last word stands.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Path {
    pub(super) line: usize,
    pub(super) words: Vec<String>,
}

/// The code of a file: comments and the content of literals are blanks, lines stay where they are.
pub(super) fn code(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let length = opaque(rest, code.chars().next_back());
        if length == 0 {
            code.push(next);
            rest = &rest[next.len_utf8()..];
        } else {
            code.extend(rest[..length].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
            rest = &rest[length..];
        }
    }
    code
}

/// Length of the comment or literal at the start of the text, 0 when there is none; `before` stands before it.
fn opaque(text: &str, before: Option<char>) -> usize {
    let in_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    if text.starts_with("//") {
        text.find('\n').unwrap_or(text.len())
    } else if text.starts_with("/*") {
        block_comment(text)
    } else if text.starts_with('"') {
        quoted(text, '"')
    } else if text.starts_with('\'') {
        character(text)
    } else if !in_word && text.starts_with(['r', 'b', 'c']) {
        raw_string(text)
    } else {
        0
    }
}

fn block_comment(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

fn quoted(text: &str, mark: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == mark {
            return at + c.len_utf8();
        }
    }
    text.len()
}

/// A character; a lifetime is code.
fn character(text: &str) -> usize {
    let mut chars = text.chars().skip(1);
    match (chars.next(), chars.next()) {
        (Some('\\'), _) | (Some(_), Some('\'')) => quoted(text, '\''),
        _ => 0,
    }
}

/// A string that begins with a letter and is raw; of others the letter is code and the string follows.
fn raw_string(text: &str) -> usize {
    let rest = text.trim_start_matches(['b', 'c']);
    let Some(rest) = rest.strip_prefix('r') else { return 0 };
    let content = rest.trim_start_matches('#');
    let fence = rest.len() - content.len();
    if !content.starts_with('"') {
        return 0;
    }
    let end = format!("\"{}", "#".repeat(fence));
    let head = text.len() - content.len() + 1;
    content[1..].find(&end).map_or(text.len(), |at| head + at + end.len())
}

/// The paths in [`code`], `use` trees unfolded: `use std::{fs, io::Read}` mentions `std::fs` and `std::io::Read`.
pub(super) fn paths(code: &str) -> Vec<Path> {
    let mut found = Found::default();
    for (line, text) in (1..).zip(code.lines()) {
        let mut rest = text.trim_start();
        while let Some(next) = rest.chars().next() {
            let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            let length = if word > 0 {
                found.word(line, &rest[..word]);
                word
            } else if rest.starts_with("::") {
                found.joined = true;
                2
            } else {
                found.mark(next);
                next.len_utf8()
            };
            rest = rest[length..].trim_start();
        }
    }
    found.end_path();
    found.paths
}

#[derive(Default)]
struct Found {
    paths: Vec<Path>,
    /// The path being read, behind the prefix of its group.
    current: Vec<String>,
    line: usize,
    /// `::` has just been read.
    joined: bool,
    /// Prefixes of the braces that are open; empty for those of no `use` tree.
    groups: Vec<Vec<String>>,
}

impl Found {
    fn word(&mut self, line: usize, word: &str) {
        if !self.joined && self.has_path() {
            self.end_path();
        }
        self.joined = false;
        self.line = line;
        self.current.push(word.to_owned());
    }

    fn mark(&mut self, mark: char) {
        let tree = std::mem::take(&mut self.joined);
        if mark == '{' && tree {
            self.groups.push(self.current.clone());
            return;
        }
        self.end_path();
        match mark {
            '{' => {
                self.groups.push(Vec::new());
                self.current.clear();
            }
            '}' => {
                self.groups.pop();
                self.current = self.prefix().to_vec();
            }
            _ => {}
        }
    }

    fn end_path(&mut self) {
        if self.has_path() {
            let prefix = self.prefix().to_vec();
            let words = std::mem::replace(&mut self.current, prefix);
            self.paths.push(Path { line: self.line, words });
        }
    }

    fn has_path(&self) -> bool {
        self.current.len() > self.prefix().len()
    }

    fn prefix(&self) -> &[String] {
        self.groups.last().map_or(&[], Vec::as_slice)
    }
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let found: Vec<String> =
        paths(&code(text)).iter().map(|path| format!("{}:{}", path.line, path.words.join("::"))).collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn paths_are_seen() {
    check("std::fs::read(x.y)", &["1:std::fs::read", "1:x", "1:y"]);
    check("a\n  ::b\n", &["2:a::b"]);
    check("a b::c", &["1:a", "1:b::c"]);
    check("a::<b>()", &["1:a", "1:b"]);
}

#[test]
fn trees_are_unfolded() {
    check(
        "use std::{fs, io::{Read, Write}, net};\nx",
        &["1:use", "1:std::fs", "1:std::io::Read", "1:std::io::Write", "1:std::net", "2:x"],
    );
    check("a { b::c } d", &["1:a", "1:b::c", "1:d"]);
}

#[test]
fn comments_and_literals_are_no_code() {
    check("a // b\nc", &["1:a", "2:c"]);
    check("/* a /* b\n */ c */ d", &["2:d"]);
    check(r#"a("b \" c\\") d"#, &["1:a", "1:d"]);
    check("r##\"a \"# b\n\"## c", &["2:c"]);
    check("bar(b\"a\", br\"b\")", &["1:bar", "1:b"]);
    check("'a' '\\'' '\"' x::<'b>", &["1:x", "1:b"]);
}
