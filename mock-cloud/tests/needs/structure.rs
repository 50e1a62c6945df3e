//! What two bodies have in common beside their values: names, order, types, and which operations are offered.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde_json::Value;

/// Where two bodies differ; empty if nowhere.
pub(crate) fn differences(theirs: &str, ours: &str) -> Vec<String> {
    let mut found = Vec::new();
    match (kind(theirs), kind(ours)) {
        (Kind::Json(theirs), Kind::Json(ours)) => json("$", &theirs, &ours, &mut found),
        (Kind::Xml(theirs), Kind::Xml(ours)) => xml(&theirs.name.clone(), &theirs, &ours, &mut found),
        (Kind::Text, Kind::Text) | (Kind::Nothing, Kind::Nothing) => {}
        (theirs, ours) => found.push(format!("body: {} for {}", ours.name(), theirs.name())),
    }
    found
}

enum Kind {
    Json(Value),
    Xml(Element),
    /// HTML, too.
    Text,
    Nothing,
}

impl Kind {
    fn name(&self) -> &'static str {
        match self {
            Self::Json(_) => "JSON",
            Self::Xml(_) => "XML",
            Self::Text => "text",
            Self::Nothing => "nothing",
        }
    }
}

fn kind(text: &str) -> Kind {
    if text.trim().is_empty() {
        return Kind::Nothing;
    }
    if let Ok(value) = serde_json::from_str::<Value>(text) {
        return Kind::Json(value);
    }
    match parse(text) {
        Some(element) if !text.starts_with("<h1>") => Kind::Xml(element),
        _ => Kind::Text,
    }
}

fn json(at: &str, theirs: &Value, ours: &Value, found: &mut Vec<String>) {
    match (theirs, ours) {
        (Value::Object(theirs), Value::Object(ours)) => {
            for name in theirs.keys().filter(|name| !ours.contains_key(*name)) {
                found.push(format!("{at}: no {name}"));
            }
            for name in ours.keys().filter(|name| !theirs.contains_key(*name)) {
                found.push(format!("{at}: {name} is too much"));
            }
            let common = |map: &serde_json::Map<String, Value>, other: &serde_json::Map<String, Value>| {
                map.keys().filter(|name| other.contains_key(*name)).cloned().collect::<Vec<_>>()
            };
            if common(theirs, ours) != common(ours, theirs) {
                found.push(format!("{at}: another order"));
            }
            for (name, theirs) in theirs {
                let Some(ours) = ours.get(name) else { continue };
                json(&format!("{at}.{name}"), theirs, ours, found);
            }
        }
        (Value::Array(theirs), Value::Array(ours)) => {
            if at.ends_with(".operations") {
                let rels = |items: &[Value]| {
                    items.iter().map(|item| item["rel"].to_string()).collect::<Vec<_>>().join(", ")
                };
                if rels(theirs) != rels(ours) {
                    found.push(format!("{at}: other operations"));
                }
            }
            match (theirs.first(), ours.first()) {
                (Some(theirs), Some(ours)) => json(&format!("{at}[0]"), theirs, ours, found),
                (None, None) => {}
                (Some(_), None) => found.push(format!("{at}: empty")),
                (None, Some(_)) => found.push(format!("{at}: not empty")),
            }
        }
        (theirs, ours) if ty(theirs) != ty(ours) => {
            found.push(format!("{at}: {} for {}", ty(ours), ty(theirs)));
        }
        _ => {}
    }
}

fn ty(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// An element without its text.
#[derive(Debug, Default)]
struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    children: Vec<Element>,
}

fn xml(at: &str, theirs: &Element, ours: &Element, found: &mut Vec<String>) {
    if theirs.name != ours.name {
        found.push(format!("{at}: {} for {}", ours.name, theirs.name));
        return;
    }
    let attributes = |element: &Element| {
        let mut names: Vec<_> = element.attributes.iter().map(|(name, _)| name.clone()).collect();
        names.sort_unstable();
        names
    };
    if attributes(theirs) != attributes(ours) {
        found.push(format!("{at}: attributes {:?} for {:?}", attributes(ours), attributes(theirs)));
    }
    let (their_children, our_children) = (runs(theirs), runs(ours));
    let names = |runs: &[&Element]| runs.iter().map(|child| child.name.clone()).collect::<Vec<_>>();
    if names(&their_children) != names(&our_children) {
        found.push(format!("{at}: children {:?} for {:?}", names(&our_children), names(&their_children)));
    }
    let rels = |element: &Element| {
        let offers = element.children.iter().filter(|child| child.name == "operation");
        offers
            .flat_map(|offer| offer.attributes.iter())
            .filter(|(name, _)| name == "rel")
            .cloned()
            .collect::<Vec<_>>()
    };
    if rels(theirs) != rels(ours) {
        found.push(format!("{at}: other operations"));
    }
    for child in their_children {
        if let Some(ours) = our_children.iter().find(|ours| ours.name == child.name) {
            xml(&format!("{at}/{}", child.name), child, ours, found);
        }
    }
}

/// The children, of those of one name in a row the first.
fn runs(element: &Element) -> Vec<&Element> {
    let mut runs: Vec<&Element> = Vec::new();
    for child in &element.children {
        if runs.last().is_none_or(|last| last.name != child.name) {
            runs.push(child);
        }
    }
    runs
}

fn parse(text: &str) -> Option<Element> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = vec![Element::default()];
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => open.push(element(&start)?),
            Event::Empty(start) => open.last_mut()?.children.push(element(&start)?),
            Event::End(_) => {
                let closed = open.pop()?;
                open.last_mut()?.children.push(closed);
            }
            Event::Eof => break,
            _ => {}
        }
    }
    let [top] = <[Element; 1]>::try_from(open).ok()?;
    let [root] = <[Element; 1]>::try_from(top.children).ok()?;
    Some(root)
}

fn element(start: &BytesStart<'_>) -> Option<Element> {
    let attributes = start.attributes().map(|attribute| {
        let attribute = attribute.ok()?;
        Some((attribute.key.as_ref().to_owned(), attribute.value.to_string()))
    });
    Some(Element {
        name: start.name().as_ref().to_owned(),
        attributes: attributes.collect::<Option<_>>()?,
        children: Vec::new(),
    })
}
