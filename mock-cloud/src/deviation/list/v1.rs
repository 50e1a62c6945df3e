//! What only CIMI 1.x has, as DSP8009 and its servers and clients say.

use super::super::way::{ANY, Act, always};
use super::super::{Deviation, xml};

const VERSION: &str = "cimi-specification-version";

/// Whether a text is XML of 1.x.
fn is_v1(text: &str) -> bool {
    text.contains("xmlns=\"http://schemas.dmtf.org/cimi/1\"")
}

/// The text, changed if it is XML of 1.x.
fn v1(text: &str, change: impl Fn(&str) -> String) -> String {
    if is_v1(text) { change(text) } else { text.to_owned() }
}

pub(super) static LIST: &[Deviation] = &[
    deviation!(
        "no-version-header",
        "answers do not name the version of the specification",
        ["1.x/version-header"],
        [always(Act::NoHeader(VERSION))],
    ),
    deviation!(
        "version-in-words",
        "the version of the specification is told in words",
        ["1.x/version-header-syntax", "1.x/version-header"],
        [always(Act::HeaderText(VERSION, |version| format!("CIMI {version}")))],
    ),
    deviation!(
        "version-not-looked-at",
        "the version that a request asks for is not looked at, and no version is named",
        ["1.x/version-refused", "1.x/version-header"],
        [always(Act::AskHeader("cimi-specification-version", None)), always(Act::NoHeader(VERSION)),],
    ),
    deviation!(
        "v1-namespace-of-2",
        "XML of 1.x is in the namespace of 2.0",
        ["DSP8009/namespace"],
        [always(Act::Xml(|text| v1(text, |text| text.replace(
            "xmlns=\"http://schemas.dmtf.org/cimi/1\"",
            "xmlns=\"http://schemas.dmtf.org/cimi/2\""
        ))))],
    ),
    deviation!(
        "v1-collection-root-named",
        "a Collection of 1.x is an element of its own name",
        ["DSP8009/collection-root", "5.5.12/collection-xml-root"],
        [always(Act::Xml(|text| v1(text, |text| xml::renamed(text, "Collection", "Members"))))],
    ),
    deviation!(
        "v1-members-wrapped",
        "the members of a Collection of 1.x are inside of a further element",
        ["DSP8009/collection-members-flat", "5.5.12/collection-shape"],
        [always(Act::Xml(|text| v1(text, |text| {
            if !text.contains("<Collection ") || !text.contains("</count><") {
                return text.to_owned();
            }
            let text = text.replacen("</count>", "</count><members>", 1);
            let mut end = text.rfind("</Collection>").unwrap_or(text.len());
            // What the Collection itself offers stays where it is.
            while let Some(at) = text[..end].rfind('<').filter(|at| text[*at..].starts_with("<operation ")) {
                end = at;
            }
            format!("{}</members>{}", &text[..end], &text[end..])
        })))],
    ),
    deviation!(
        "v1-count-last",
        "count of a Collection of 1.x comes after the members",
        ["DSP8009/collection-order"],
        [always(Act::Xml(|text| v1(text, |text| {
            let count = text.split_once("<count>").and_then(|(before, rest)| {
                let (count, after) = rest.split_once("</count>")?;
                text.contains("<Collection ").then_some((before, count, after))
            });
            match count {
                Some((before, count, after)) => format!("{before}{after}")
                    .replace("</Collection>", &format!("<count>{count}</count></Collection>")),
                None => text.to_owned(),
            }
        })))],
    ),
    deviation!(
        "v1-name-first",
        "name comes before id in 1.x",
        ["DSP8009/element-order"],
        [always(Act::Xml(|text| v1(text, |text| {
            if text.contains("<Collection ") {
                return text.to_owned();
            }
            let id = text.split_once("<id>").and_then(|(before, rest)| {
                let (id, after) = rest.split_once("</id>")?;
                after.contains("</created>").then_some((before, id, after))
            });
            match id {
                Some((before, id, after)) => {
                    format!(
                        "{before}{}",
                        after.replacen("</created>", &format!("</created><id>{id}</id>"), 1)
                    )
                }
                None => text.to_owned(),
            }
        })))],
    ),
    deviation!(
        "v1-operations-as-elements",
        "an operation of 1.x has elements for rel and href",
        ["DSP8009/operation-element", "4.2/operations-serialised"],
        [always(Act::Xml(|text| v1(text, |text| xml::attributes_as_elements(text, "operation"))))],
    ),
    deviation!(
        "v1-properties-named",
        "a property of 1.x is an element of the name of its key",
        ["DSP8009/property-element"],
        [always(Act::Xml(|text| v1(text, |text| {
            text.replace("<property key=\"team\">shop</property>", "<property><team>shop</team></property>")
        })))],
    ),
    deviation!(
        "v1-arrays-wrapped",
        "the items of an array of 1.x are inside of an element of the array's name",
        ["DSP8009/arrays-flat"],
        [always(Act::Xml(|text| v1(text, |text| {
            let end = "</disk>";
            match (text.find("<disk>"), text.rfind(end)) {
                (Some(first), Some(last)) if !text.contains("<Collection ") => {
                    let last = last + end.len();
                    format!("{}<disks>{}</disks>{}", &text[..first], &text[first..last], &text[last..])
                }
                _ => text.to_owned(),
            }
        })))],
    ),
    deviation!(
        "v1-numbers-in-words",
        "memory is told with its unit in XML of 1.x",
        ["DSP8009/simple-types", "5.5.4/integer-xml"],
        [always(Act::Xml(|text| v1(text, |text| xml::within(text, "memory", |memory| format!(
            "{memory} KiB"
        )))))],
    ),
    deviation!(
        "v1-integers-too-long",
        "memory does not fit into 64 bits in 1.x",
        ["DSP8009/integers-long"],
        [always(Act::Xml(|text| v1(text, |text| xml::within(text, "memory", |memory| format!(
            "{memory}00000000000000000000"
        )))))],
    ),
    deviation!(
        "v1-collection-in-an-array",
        "a Collection of 1.x in JSON is a bare array",
        ["DSP8009/json-collections", "5.5.12/collection-shape", "5.4/json-object"],
        [ANY.status(200, 200).then(Act::Json(|value| {
            let uri = value.get("resourceURI").and_then(serde_json::Value::as_str).unwrap_or_default();
            if uri.contains("/cimi/1/")
                && uri.ends_with("Collection")
                && let Some(object) = value.as_object()
            {
                *value = super::super::json::grouping(object)
                    .map_or_else(|| serde_json::json!([]), |name| object[&name].clone());
            }
        }))],
    ),
];
