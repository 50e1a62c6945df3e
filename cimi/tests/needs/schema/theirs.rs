//! DMTF's XML Schema as lines. Reads as much of the language as that schema uses.

use std::collections::BTreeMap;

use libtest_mimic::Failed;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::Shapes;

/// An element of the schema document.
#[derive(Default)]
struct Node {
    tag: String,
    attributes: BTreeMap<String, String>,
    children: Vec<Node>,
}

/// A schema document with its named parts.
struct Document<'a> {
    groups: BTreeMap<&'a str, &'a Node>,
    types: BTreeMap<&'a str, &'a Node>,
}

pub(super) fn shapes(text: &str) -> Result<Shapes, Failed> {
    let root = parse(text)?;
    let named = |tag: &str| {
        let nodes = root.children.iter().filter(|node| node.tag == tag);
        nodes.map(|node| (node.get("name"), node)).collect::<BTreeMap<_, _>>()
    };
    let document = Document { groups: named("group"), types: named("complexType") };
    let mut shapes = Shapes::new();
    // `Collection` stands for every collection at once and says nothing of any.
    for (name, element) in named("element").into_iter().filter(|(name, _)| *name != "Collection") {
        let content = match element.get("type") {
            "" => element,
            ty => document.types[local(ty)],
        };
        let lines = document.lines(&mut shapes, name, content);
        shapes.insert(name.to_owned(), lines);
    }
    for (name, ty) in &document.types {
        if let Some(of) = name.strip_suffix("CollRef") {
            let lines = document.lines(&mut shapes, name, ty);
            let lines = lines.into_iter().filter(|line| line != "@href uri");
            let lines = lines.map(|line| line.trim_end_matches('!').to_owned()).collect();
            shapes.insert(format!("{of}Collection"), lines);
        }
    }
    Ok(shapes)
}

impl Document<'_> {
    /// The children of an element whose content is declared in `node`, XML attributes first.
    fn lines(&self, shapes: &mut Shapes, owner: &str, node: &Node) -> Vec<String> {
        let (mut attributes, mut elements) = (Vec::new(), Vec::new());
        self.collect(shapes, owner, node, &mut attributes, &mut elements);
        attributes.sort();
        attributes.extend(elements);
        attributes
    }

    fn collect(
        &self,
        shapes: &mut Shapes,
        owner: &str,
        node: &Node,
        attributes: &mut Vec<String>,
        elements: &mut Vec<String>,
    ) {
        for child in &node.children {
            match child.tag.as_str() {
                "element" => elements.push(self.element(shapes, owner, child)),
                "attribute" => {
                    let mark = if child.get("use") == "required" { "!" } else { "" };
                    attributes.push(format!("@{} {}{mark}", child.get("name"), simple(child.get("type"))));
                }
                "group" => {
                    let group = self.groups[local(child.get("ref"))];
                    self.collect(shapes, owner, group, attributes, elements);
                }
                "complexType" | "sequence" => self.collect(shapes, owner, child, attributes, elements),
                "choice" => {
                    let first = elements.len();
                    self.collect(shapes, owner, child, attributes, elements);
                    // None of the alternatives is mandatory by itself.
                    for line in &mut elements[first..] {
                        line.truncate(line.trim_end_matches('!').len());
                    }
                }
                _ => {}
            }
        }
    }

    /// The line of a child element; the shape of its structure, if it has one, goes to `shapes`.
    fn element(&self, shapes: &mut Shapes, owner: &str, node: &Node) -> String {
        let many = if node.get("maxOccurs") == "unbounded" { "*" } else { "" };
        let mark = if node.get("minOccurs") == "0" { "" } else { "!" };
        let (name, ty) = match (node.get("name"), node.get("ref")) {
            ("", member) => (local(member), "member".to_owned()),
            (name, _) => (name, self.type_name(shapes, &format!("{owner}.{name}"), node)),
        };
        format!("{name}{many} {ty}{mark}")
    }

    fn type_name(&self, shapes: &mut Shapes, at: &str, node: &Node) -> String {
        let ty = node.get("type");
        if ty.starts_with("xs:") {
            return simple(ty).to_owned();
        }
        match local(ty) {
            "propertyType" => "property".to_owned(),
            "operationType" => "structure".to_owned(),
            "expRef" => "ref()".to_owned(),
            name if name.ends_with("CollRef") => {
                format!("collection({}Collection)", name.trim_end_matches("CollRef"))
            }
            name if name.ends_with("Ref") => {
                format!("ref({})", name.trim_start_matches("opt").trim_end_matches("Ref"))
            }
            name => {
                let content = if name.is_empty() { node } else { self.types[name] };
                let lines = self.lines(shapes, at, content);
                if lines.is_empty() {
                    return "any".to_owned();
                }
                shapes.insert(at.to_owned(), lines);
                "structure".to_owned()
            }
        }
    }
}

/// The names of simple types as the declarations have them.
fn simple(ty: &str) -> &str {
    match local(ty) {
        "anyURI" => "uri",
        "long" => "integer",
        "hexBinary" => "bytes",
        name => name,
    }
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

impl Node {
    fn of(start: &BytesStart<'_>) -> Result<Self, Failed> {
        let mut node = Self { tag: start.local_name().as_ref().to_owned(), ..Self::default() };
        for attribute in start.attributes() {
            let attribute = attribute?;
            node.attributes.insert(attribute.key.as_ref().to_owned(), attribute.value.into_owned());
        }
        Ok(node)
    }

    fn get(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }
}

/// Reads the document into a tree.
fn parse(document: &str) -> Result<Node, Failed> {
    let mut reader = Reader::from_str(document);
    let mut open = vec![Node::default()];
    loop {
        let (node, closed) = match reader.read_event()? {
            Event::Start(start) => (Node::of(&start)?, false),
            Event::Empty(start) => (Node::of(&start)?, true),
            Event::End(_) => (open.pop().ok_or("an end without a start")?, true),
            Event::Eof => break,
            _ => continue,
        };
        if closed {
            open.last_mut().ok_or("content behind the root")?.children.push(node);
        } else {
            open.push(node);
        }
    }
    let root = open.pop().and_then(|document| document.children.into_iter().next());
    root.ok_or_else(|| "the document is empty".into())
}
