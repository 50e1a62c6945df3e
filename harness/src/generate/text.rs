//! Writes a case in the case language. Knows its form, and nothing of what is asked or why.

use std::fmt::Write as _;

/// A string of the case language.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => {
                write!(out, "\\u{:04X}", u32::from(c)).expect("a String takes all that is written");
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A list of strings.
pub(super) fn list<T: AsRef<str>>(texts: &[T]) -> String {
    let all: Vec<String> = texts.iter().map(|text| quoted(text.as_ref())).collect();
    format!("[{}]", all.join(", "))
}

/// The head of a case.
#[derive(Debug)]
pub(super) struct Head<'h> {
    pub(super) id: &'h str,
    pub(super) title: &'h str,
    pub(super) requirements: Vec<&'h str>,
    pub(super) needs: Vec<String>,
    pub(super) format: &'h str,
    /// The line of its own that says what the case does to an endpoint: `mutates = true` or `steady = "all"`.
    pub(super) conduct: &'h str,
}

/// A case that is being written.
#[derive(Debug)]
pub(super) struct Text(String);

impl Text {
    /// Writes the head. The comment says where the case comes from.
    pub(super) fn new(comment: &str, head: &Head<'_>) -> Self {
        let mut text = format!("# {comment}\n\n[[case]]\nid = {}\n", quoted(head.id));
        let mut line = |key: &str, value: String| {
            writeln!(text, "{key} = {value}").expect("a String takes all that is written");
        };
        line("title", quoted(head.title));
        line("requirements", list(&head.requirements));
        line("formats", list(&[head.format]));
        if !head.needs.is_empty() {
            line("needs", list(&head.needs));
        }
        text.push_str(head.conduct);
        text.push('\n');
        Self(text)
    }

    /// Writes a step.
    pub(super) fn step(&mut self, step: Step) -> &mut Self {
        self.0.push_str("[[case.step]]\n");
        for line in step.lines {
            self.0.push_str(&line);
            self.0.push('\n');
        }
        if !step.expect.is_empty() {
            writeln!(self.0, "expect = [\n  {},\n]", step.expect.join(",\n  "))
                .expect("a String takes all that is written");
        }
        self
    }

    /// The case.
    pub(super) fn done(self) -> String {
        self.0
    }
}

/// A step that is being written.
#[derive(Debug, Clone, Default)]
pub(super) struct Step {
    lines: Vec<String>,
    expect: Vec<String>,
}

impl Step {
    /// A step that sends something: `get`, `post`, ...
    pub(super) fn new(name: &str, method: &str, target: &str) -> Self {
        let lines = vec![format!("name = {}", quoted(name)), format!("{method} = {}", quoted(target))];
        Self { lines, expect: Vec::new() }
    }

    /// A reading that the case only prepares with.
    pub(super) fn read(name: &str, target: &str) -> Self {
        Self::new(name, "get", target).line("setup = true").expect("{ status = 200 }")
    }

    /// Adds a line as it stands.
    pub(super) fn line(mut self, line: &str) -> Self {
        self.lines.push(line.to_owned());
        self
    }

    /// Adds a query parameter, or one that is given several times.
    pub(super) fn query(self, pairs: &[(&str, Vec<String>)]) -> Self {
        let pair = |(name, values): &(&str, Vec<String>)| format!("{} = {}", quoted(name), list(values));
        let pairs: Vec<String> = pairs.iter().map(pair).collect();
        self.line(&format!("query = {{ {} }}", pairs.join(", ")))
    }

    /// Adds an expectation as it stands.
    pub(super) fn expect(mut self, expectation: &str) -> Self {
        self.expect.push(expectation.to_owned());
        self
    }

    /// Adds an expectation under a requirement.
    pub(super) fn holds(self, expectation: &str, requirement: &str) -> Self {
        self.expect(&format!("{{ {expectation}, requirement = {} }}", quoted(requirement)))
    }
}
