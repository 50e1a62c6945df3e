//! Clauses 5.1 to 5.5.11, 5.5.14 and 5.5.15: data types and how they are written.

use cimi::{Attributes, Value};
use serde_json::{Value as Json, json};

use super::super::message::Reply;
use super::super::way::{ANY, Act, Edit, Of, V, always, show};
use super::super::{Deviation, json, message, xml};

/// Changes the properties of a resource that has some.
fn properties(attributes: &mut Attributes, change: impl Fn(&mut cimi::Map)) {
    if let Some(Value::Map(map)) = attributes.get_mut("properties") {
        change(map);
    }
}

/// Changes a reply as text, in either format.
fn text(reply: &mut Reply, change: impl Fn(String) -> String) {
    if let Ok(text) = String::from_utf8(reply.body().to_vec()) {
        reply.set_body(change(text).into_bytes());
    }
}

/// Changes XML that is not about types.
fn outside_metadata(text: &str, change: impl Fn(&str) -> String) -> String {
    if text.contains("ResourceMetadata") { text.to_owned() } else { change(text) }
}

const MACHINE: &[&str] = &["Machine"];

pub(super) static LIST: &[Deviation] = &[
    deviation!(
        "properties-shouted",
        "values of properties come back in capitals",
        ["5.1/properties-kept"],
        [always(Act::Show(
            Of::Resources,
            Edit::With(|attributes| properties(attributes, |map| {
                map.values_mut().for_each(|value| *value = value.to_uppercase());
            }))
        ))],
    ),
    deviation!(
        "properties-of-the-provider",
        "the provider adds a property of its own",
        ["5.1/properties-not-added"],
        [always(Act::Show(
            Of::Resources,
            Edit::With(|attributes| properties(attributes, |map| {
                map.insert("provider".to_owned(), "mock".to_owned());
            }))
        ))],
    ),
    deviation!(
        "extension-not-advertised",
        "Machines have an attribute that no metadata tells of",
        ["5.1/extensions-advertised"],
        [show(MACHINE, Edit::Set("rack", V::Text("A7")))],
    ),
    deviation!(
        "attribute-in-another-case",
        "cpuArch is called CPUArch",
        ["5.2/case-sensitive", "5.3/provider-mandatory", "5.1/extensions-advertised", "5.11/mandatory-kept"],
        [show(&["Machine", "MachineConfiguration"], Edit::Rename("cpuArch", "CPUArch"))],
    ),
    deviation!(
        "attribute-with-hyphen",
        "Machines have an attribute with a hyphen in its name",
        ["5.2/identifier-characters", "5.1/extensions-advertised"],
        [show(MACHINE, Edit::Set("rack-number", V::Text("A7")))],
    ),
    deviation!(
        "attribute-with-digit",
        "Machines have an attribute whose name begins with a digit",
        ["5.2/identifier-start", "5.1/extensions-advertised", "4.1.4/same-meaning"],
        [always(Act::Json(|value| json::added(value, "Machine", "2ndRack", &json!("A7"))))],
    ),
    deviation!(
        "mandatory-attribute-missing",
        "Volumes do not tell their capacity",
        ["5.3/provider-mandatory", "5.15.1/attributes", "5.15.2.1/from-configuration", "5.11/mandatory-kept"],
        [show(&["Volume"], Edit::Drop("capacity"))],
    ),
    deviation!(
        "unknown-attribute-accepted",
        "unknown attributes in a request are passed over",
        ["5.3/unknown-attribute-refused"],
        [ANY.method(&["POST", "PUT"]).then(Act::Ask(Edit::Known))],
    ),
    deviation!(
        "json-wrapped",
        "a resource in JSON is inside of another object",
        ["5.4/json-object"],
        [ANY.method(&["GET"]).at(MACHINE).status(200, 299).then(Act::Json(|value| {
            let inner = value.take();
            *value = json!({ "resource": inner });
        }))],
    ),
    deviation!(
        "xml-root-renamed",
        "a Machine in XML is an element Server",
        ["5.4/xml-root", "4.1.4/resource-uri-matches-root"],
        [always(Act::Xml(|text| if text.contains("<Collection ") {
            text.to_owned()
        } else {
            xml::renamed(text, "Machine", "Server")
        }))],
    ),
    deviation!(
        "json-string-booleans",
        "truths in JSON are strings",
        ["5.5.1/boolean-json"],
        [always(Act::Json(json::booleans_as_strings))],
    ),
    deviation!(
        "xml-booleans-as-digits",
        "truths in XML are 1 and 0",
        ["5.5.1/boolean-xml"],
        [always(Act::Xml(|text| outside_metadata(text, |text| xml::texts(text, |text| match text {
            "true" => Some("1".to_owned()),
            "false" => Some("0".to_owned()),
            _ => None,
        }))))],
    ),
    deviation!(
        "date-without-zone",
        "instants have lost their zone",
        ["5.5.2/datetime-zone"],
        [
            always(Act::Json(|value| json::strings(value, message::without_zone))),
            always(Act::Xml(|text| xml::texts(text, message::without_zone))),
        ],
    ),
    deviation!(
        "date-in-words",
        "instants are written as in mail",
        ["5.5.2/datetime-json", "5.5.2/datetime-xml"],
        [
            always(Act::Json(|value| json::strings(value, message::in_words))),
            always(Act::Xml(|text| xml::texts(text, message::in_words))),
        ],
    ),
    deviation!(
        "duration-in-words",
        "durations are written in words",
        ["5.5.3/duration-json", "5.5.3/duration-xml"],
        [show(&["Meter", "MeterConfiguration"], Edit::Change("intervalDuration", V::Text("an hour")))],
    ),
    deviation!(
        "json-string-integers",
        "numbers in JSON are strings",
        ["5.5.4/integer-json"],
        [always(Act::Json(json::numbers_as_strings))],
    ),
    deviation!(
        "xml-integers-with-fraction",
        "numbers in XML have a fraction",
        ["5.5.4/integer-xml"],
        [always(Act::Xml(|text| outside_metadata(text, |text| {
            xml::within(text, "cpu", |cpu| format!("{cpu}.0"))
        })))],
    ),
    deviation!(
        "json-names-as-numbers",
        "names in JSON are numbers",
        ["5.5.5/string-json"],
        [always(Act::Json(|value| json::key(value, "name", &|name| *name = Json::from(7))))],
    ),
    deviation!(
        "xml-names-nested",
        "names in XML are inside of a further element",
        ["5.5.5/string-xml"],
        [always(Act::Xml(|text| xml::within(text, "name", |name| format!("<text>{name}</text>"))))],
    ),
    deviation!(
        "empty-string-shown",
        "an empty description is shown",
        ["5.5.5/empty-string-omitted"],
        [always(Act::Json(|value| json::added(value, "Machine", "description", &json!(""))))],
    ),
    deviation!(
        "references-with-uri",
        "a reference has its URI in uri instead of href",
        ["5.5.6/ref-href", "5.5.6/ref-json", "5.5.6/ref-xml"],
        [
            always(Act::Json(|value| json::key(value, "machineImage", &|reference| {
                if let Some(uri) = reference.get("href").cloned() {
                    *reference = json!({ "uri": uri });
                }
            }))),
            always(Act::Xml(|text| xml::tags(text, "machineImage", |tag| tag.replace("href=", "uri=")))),
        ],
    ),
    deviation!(
        "json-references-as-strings",
        "a reference in JSON is a bare string",
        ["5.5.6/ref-json"],
        [always(Act::Json(|value| json::key(value, "machineConfig", &|reference| {
            if let Some(uri) = reference.get("href").cloned() {
                *reference = uri;
            }
        })))],
    ),
    deviation!(
        "xml-references-as-text",
        "a reference in XML is the text of its element",
        ["5.5.6/ref-xml"],
        [always(Act::Xml(|text| {
            let marked =
                xml::tags(text, "machineConfig", |tag| tag.replace("href=\"", "\u{1}").replace('"', "\u{2}"));
            marked.replace("<machineConfig \u{1}", "<machineConfig>").replace("\u{2}/>", "</machineConfig>")
        }))],
    ),
    deviation!(
        "property-twice",
        "the key of a property occurs twice",
        ["5.5.7/map-keys-unique"],
        [always(Act::Reply(|reply| text(reply, |text| {
            text.replace("\"properties\":{\"team\"", "\"properties\":{\"team\":\"none\",\"team\"").replace(
                "<property key=\"team\">",
                "<property key=\"team\">none</property><property key=\"team\">",
            )
        })))],
    ),
    deviation!(
        "empty-map-shown",
        "empty properties are shown",
        ["5.5.7/empty-map-omitted"],
        [always(Act::Json(|value| json::added(value, "MachineImage", "properties", &json!({}))))],
    ),
    deviation!(
        "structure-in-two-styles",
        "disks of a configuration are written as elements in a Collection, and as XML attributes elsewhere",
        ["5.5.8/structure-consistent"],
        [always(Act::Xml(|text| if text.contains("<Collection ") {
            xml::attributes_as_elements(text, "disk")
        } else {
            text.to_owned()
        }))
        .needing(&[("MachineConfiguration", "disks")])],
    ),
    deviation!(
        "bytes-in-words",
        "the key of a Credential is shown, and not in hexadecimal digits",
        ["5.5.9/bytes-json", "5.5.9/bytes-xml", "5.14.9/secrets-not-shown", "DSP8009/simple-types"],
        [show(&["Credential"], Edit::Set("key", V::Text("open, sesame")))],
    ),
    deviation!(
        "relative-to-the-resource",
        "a relative URI is meant from the resource that it stands in",
        ["5.5.10/relative-to-base", "5.14.1.1/disks", "4.1/discoverable"],
        [show(MACHINE, Edit::Point("disks", |uri| uri.rsplit('/').next().unwrap_or_default().to_owned()))],
    ),
    deviation!(
        "relative-with-slash",
        "relative URIs begin with a slash",
        ["5.5.10/relative-form"],
        [show(
            MACHINE,
            Edit::Point("disks", |uri| {
                uri.split_once("://")
                    .and_then(|(_, rest)| rest.split_once('/'))
                    .map_or_else(|| uri.to_owned(), |(_, path)| format!("/{path}"))
            })
        )],
    ),
    deviation!(
        "json-uri-as-object",
        "a URI in JSON is an object",
        ["5.5.10/uri-json"],
        [always(Act::Json(
            |value| json::key(value, "imageLocation", &|uri| *uri = json!({ "href": uri.take() }))
        ))],
    ),
    deviation!(
        "xml-uri-nested",
        "a URI in XML is inside of a further element",
        ["5.5.10/uri-xml"],
        [always(Act::Xml(|text| xml::within(text, "imageLocation", |uri| format!("<uri>{uri}</uri>"))))],
    ),
    deviation!(
        "json-array-wrapped",
        "an array in JSON is inside of an object with the name of the items",
        ["5.5.11/array-json-wrapper"],
        [always(Act::Json(|value| json::of_type(value, "MachineConfiguration", &|configuration| {
            if let Some(items) = configuration.get_mut("disks") {
                *items = json!({ "disk": items.take() });
            }
        })))],
    ),
    deviation!(
        "json-array-items-named",
        "structures in a JSON array have a name of their own",
        ["5.5.11/array-json-structures"],
        [always(Act::Json(|value| json::key(value, "attributes", &|items| {
            for item in items.as_array_mut().into_iter().flatten() {
                *item = json!({ "attribute": item.take() });
            }
        })))],
    ),
    deviation!(
        "json-array-of-strings",
        "references in a JSON array are bare strings",
        ["5.5.11/array-json-refs", "5.5.6/ref-json"],
        [always(Act::Json(|value| json::key(value, "affectedResources", &|items| {
            for item in items.as_array_mut().into_iter().flatten() {
                *item = item["href"].take();
            }
        })))],
    ),
    deviation!(
        "empty-array-shown",
        "an array without items is shown",
        ["5.5.11/empty-array-omitted"],
        [always(Act::Json(|value| json::added(value, "MachineTemplate", "volumes", &json!([]))))],
    ),
    deviation!(
        "xml-array-without-wrapper",
        "the items of an array in XML stand directly in the resource",
        ["5.5.11/array-xml-items"],
        [always(Act::Xml(|text| if text.contains("</Disk>") {
            text.to_owned()
        } else {
            text.replace("<disks>", "").replace("</disks>", "")
        }))
        .needing(&[("MachineConfiguration", "disks")])],
    ),
    deviation!(
        "xml-array-of-others",
        "references in an array in XML have the name of the array",
        ["5.5.11/array-xml-refs"],
        [always(Act::Xml(|text| text.replace("<affectedResource ", "<affectedResources ")))],
    ),
    deviation!(
        "vscope-as-object",
        "a value scope in JSON is no list",
        ["5.5.14/vscope-array"],
        [always(Act::Json(|value| json::key(value, "vscope", &|scopes| *scopes = scopes[0].take())))],
    ),
    deviation!(
        "value-scopes-not-advertised",
        "there are value scopes, but not the capability",
        ["5.5.14/value-scopes-capability"],
        [show(
            &["ResourceMetadata"],
            Edit::With(|attributes| {
                if let Some(Value::Array(items)) = attributes.get_mut("capabilities") {
                    items.retain(|item| {
                        let name = item.as_attributes().and_then(|fields| fields.text("name"));
                        name != Some("ValueScopes")
                    });
                }
            })
        )],
    ),
    deviation!(
        "scope-of-another-form",
        "a value scope is of a form that the text does not know",
        ["5.5.14/scope-form", "4.1.4/same-meaning"],
        [always(Act::Json(|value| json::key(value, "vscope", &|scopes| {
            json::key(scopes, "capacity", &|scope| *scope = json!({ "between": [1, 2] }));
        })))],
    ),
    deviation!(
        "null-shown",
        "a description that there is not is null",
        ["5.5.15/no-empty-value"],
        [always(Act::Json(|value| json::added(value, "Machine", "description", &Json::Null)))],
    ),
];
