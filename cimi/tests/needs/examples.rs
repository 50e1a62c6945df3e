//! The examples that DSP0263 prints with concrete values parse. They are taken from its text at run time; known slips of the
//! text are listed here and put right first.

use std::fs;
use std::path::Path;

use cimi::codec::{Context, Format, Reader, read};
use cimi::extension::Extensions;
use cimi::finding::Code;
use cimi::{Document, Edition, Limits};
use libtest_mimic::{Failed, Trial};

use crate::component::Component;
use crate::shared;

const TEXT: Component = Component {
    what: "spec/DSP0263_2.0.0.txt",
    remedy: "it is the text of DMTF's DSP0263 2.0.0; CIMI_SHARED names the folder that holds spec/",
    find: || shared::find("spec/DSP0263_2.0.0.txt"),
};

/// What the text has, what it should have, and what is wrong with it.
const SLIPS: &[(&str, &str, &str)] = &[
    ("“", "\"", "typographic quotes"),
    ("”", "\"", "typographic quotes"),
    ("\"STARTED\" }\n}", "\"STARTED\" }\n]}", "5.11.1: the array of capabilities is not closed"),
    ("\"URI1\" }}", "\"URI1\" }}}", "5.5.14: the scope of an item is not closed"),
    (": string", ": \"http://example.com/x\"", "a pseudo-schema's type where a value goes"),
];

/// An example: a line of it to find it by, what a line of it must be behind it, and how to make a document of it.
struct Example {
    /// The clause.
    clause: &'static str,
    /// The line before the first one, or a part of it.
    behind: &'static str,
    /// How the first line begins.
    begins: &'static str,
    /// What stands around it in a document.
    around: [&'static str; 2],
    /// The type that it must turn out to be.
    ty: &'static str,
    /// How many remarks may be made: each is a liberty that the text takes.
    remarks: &'static [Code],
}

const WHOLE: [&str; 2] = ["", ""];
/// A piece that is an attribute of something.
const SCOPE: [&str; 2] =
    [r#"{ "resourceURI": "http://schemas.dmtf.org/cimi/2/ResourceMetadata", "vscope": [ {"#, "} ] }"];
const ATTRIBUTE: [&str; 2] = [r#"{ "resourceURI": "http://schemas.dmtf.org/cimi/2/ResourceMetadata", "#, "}"];

const fn scope(behind: &'static str, begins: &'static str) -> Example {
    Example { clause: "5.5.14", behind, begins, around: SCOPE, ty: "ResourceMetadata", remarks: &[] }
}

const EXAMPLES: &[Example] = &[
    // Printed without a namespace.
    Example {
        clause: "4.2.1.3.1",
        behind: "Content-Length: <length>",
        begins: "<Machine>",
        around: WHOLE,
        ty: "Machine",
        remarks: &[Code::Style],
    },
    Example {
        clause: "5.4",
        behind: "For example:",
        begins: "{ \"resourceURI\": \"http://example.com/MyResource\"",
        around: WHOLE,
        ty: "Resource",
        remarks: &[Code::UnknownAttribute],
    },
    Example {
        clause: "5.4",
        behind: "name; for example",
        begins: "<MyResource ",
        around: WHOLE,
        ty: "Resource",
        remarks: &[Code::UnknownAttribute],
    },
    Example {
        clause: "5.5.12.2",
        behind: "JSON serialization",
        begins: "{ \"resourceURI\": \"http://schemas.dmtf.org/cimi/2/Action\"",
        around: WHOLE,
        ty: "Action",
        remarks: &[],
    },
    scope("1) An assigned", "\"cpu\": {"),
    scope("2) A range of values", "\"memory\": {"),
    scope("3) An enumeration", "\"cpuArch\": {"),
    scope("4) Simply", "\"capacity\": {"),
    scope("5) Any of the above", "\"machines\": {"),
    Example {
        clause: "5.5.14",
        behind: "An example of valueScope",
        begins: "\"vscope\"",
        around: ATTRIBUTE,
        ty: "ResourceMetadata",
        remarks: &[],
    },
    Example {
        clause: "5.5.14",
        behind: "In the following example, vscope",
        begins: "\"vscope\"",
        around: ATTRIBUTE,
        ty: "ResourceMetadata",
        remarks: &[],
    },
    Example {
        clause: "5.11.1",
        behind: "JSON serialization",
        begins: "{ \"resourceURI\": \"http://schemas.dmtf.org/cimi/2/ResourceMetadata\",\n\"id\": \"http://example.com/types",
        around: WHOLE,
        ty: "ResourceMetadata",
        remarks: &[],
    },
    Example {
        clause: "5.11.1",
        behind: "XML serialization",
        begins: "<ResourceMetadata xmlns=\"http://schemas.dmtf.org/cimi/2\">\n<id> http",
        around: WHOLE,
        ty: "ResourceMetadata",
        remarks: &[],
    },
];

pub(crate) fn trials() -> Vec<Trial> {
    vec![TEXT.trial("examples::of_dsp0263_parse", check)]
}

fn check(path: &Path) -> Result<(), Failed> {
    let mut text = fs::read_to_string(path)?;
    for (slip, right, _) in SLIPS {
        text = text.replace(slip, right);
    }
    let mut faults = Vec::new();
    for example in EXAMPLES {
        if let Err(fault) = example.check(&text) {
            faults.push(format!("{} {:?}: {fault}", example.clause, example.begins));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
}

impl Example {
    fn check(&self, text: &str) -> Result<(), String> {
        let piece = self.find(text).ok_or("it is not in the text")?;
        let [before, after] = self.around;
        let document = format!("{before}{piece}{after}");
        let format = if self.begins.starts_with('<') { Format::Xml } else { Format::Json };
        let context = Context {
            edition: Edition::V2,
            expected: &[],
            reader: Reader::Consumer,
            limits: &Limits::CLIENT,
            extensions: &Extensions::NONE,
        };
        let decoded = read(format, document.as_bytes(), &context);
        let codes: Vec<Code> = decoded.findings.iter().map(|finding| finding.code).collect();
        if codes != self.remarks {
            return Err(format!("{:?}\n{document}", decoded.findings));
        }
        match decoded.document {
            Some(Document { schema, .. }) if schema.name() == self.ty => Ok(()),
            other => Err(format!("it is {other:?}\n{document}")),
        }
    }

    /// The piece of text from where it begins to where its brackets, or its element, are closed.
    fn find<'t>(&self, text: &'t str) -> Option<&'t str> {
        let after = &text[text.find(self.behind)?..];
        let rest = match after.find(self.begins) {
            Some(at) => &after[at..],
            None => return None,
        };
        if let Some(tag) = self.begins.strip_prefix('<') {
            let name = tag.split([' ', '>']).next()?;
            let close = format!("</{name}>");
            return rest.find(&close).map(|end| &rest[..end + close.len()]);
        }
        let mut depth = 0;
        for (at, c) in rest.char_indices() {
            match c {
                '{' | '[' => depth += 1,
                '}' | ']' if depth == 1 => return Some(&rest[..=at]),
                '}' | ']' => depth -= 1,
                _ => {}
            }
        }
        None
    }
}
