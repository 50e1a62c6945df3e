//! `ResourceMetadata` (DSP0263 5.11) says what the cloud does, and nothing else.

use std::collections::BTreeSet;

use cimi::codec::Format;
use cimi::model::{Type, Values, capability};
use cimi::{Document, Edition, Value};
use mock_cloud::Seed;

use crate::support::{Cloud, attributes};

fn described(cloud: &Cloud) -> Vec<Document> {
    cloud.get("resourceMetadata").member_documents().collect()
}

fn names(document: &Document, attribute: &str) -> BTreeSet<String> {
    let items = document.attributes.items(attribute).iter();
    items.filter_map(|item| Some(item.as_attributes()?.text("name")?.to_owned())).collect()
}

/// Every resource that can be reached from the Cloud Entry Point, by type.
fn everything(cloud: &Cloud) -> Vec<Document> {
    let entry = cloud.get("");
    let mut found = vec![entry.clone()];
    let mut collections: Vec<String> = hrefs(&entry);
    while let Some(uri) = collections.pop() {
        for member in cloud.get(&uri).member_documents() {
            // Links of 2.0 are items of a collection; the resource itself is elsewhere.
            let Some(id) = member.id().filter(|id| id.starts_with(&uri)) else { continue };
            let document = cloud.get(id);
            collections.extend(hrefs(&document));
            found.push(document);
        }
    }
    found
}

fn hrefs(document: &Document) -> Vec<String> {
    let collections = document.schema.attributes().iter().filter(|a| matches!(a.ty, Type::Collection(_)));
    collections.filter_map(|a| document.attributes.href(a.name).map(str::to_owned)).collect()
}

#[test]
fn is_there_for_every_type_that_is_there() {
    for cloud in Cloud::everywhere().filter(|cloud| cloud.edition == Edition::V2) {
        let types: BTreeSet<_> = described(&cloud)
            .iter()
            .map(|metadata| metadata.attributes.text("typeURI").unwrap().to_owned())
            .collect();
        for document in everything(&cloud) {
            if document.schema.name() != "ResourceMetadata" {
                assert!(types.contains(document.type_uri()), "{}", document.type_uri());
            }
        }
    }
}

#[test]
fn every_collection_of_the_entry_point_answers() {
    for cloud in Cloud::everywhere() {
        for uri in hrefs(&cloud.get("")) {
            let collection = cloud.get(&uri);
            assert_eq!(collection.id(), Some(uri.as_str()));
            assert!(collection.attributes.integer("count").is_some_and(|count| count > 0), "{uri}");
        }
    }
}

#[test]
fn lists_every_attribute_shown_and_every_operation_offered() {
    for cloud in Cloud::everywhere().filter(|cloud| cloud.edition == Edition::V2) {
        let metadata = described(&cloud);
        for document in everything(&cloud) {
            let uri = document.type_uri();
            let Some(of) = metadata.iter().find(|m| m.attributes.text("typeURI") == Some(uri)) else {
                continue;
            };
            let known = names(of, "attributes");
            for (name, _) in document.attributes.iter() {
                assert!(known.contains(name), "{uri} {name}");
            }
            let actions = names(of, "actions");
            for offer in document.offers() {
                let name = offer.rel.rsplit('/').next().unwrap();
                assert!(["edit", "delete"].contains(&name) || actions.contains(name), "{uri} {name}");
            }
        }
    }
}

/// An attribute that is said to be writable can be written, and one that is not is passed over.
#[test]
fn constraints_hold() {
    let cloud = Cloud::v2();
    let all = everything(&cloud);
    for metadata in described(&cloud) {
        let uri = metadata.attributes.text("typeURI").unwrap().to_owned();
        let Some(document) = all.iter().find(|document| document.type_uri() == uri) else { continue };
        let id = document.id().unwrap();
        if cloud.send("OPTIONS", id, &[], None).header("allow").is_none_or(|allow| !allow.contains("PUT")) {
            continue;
        }
        for constraint in metadata.attributes.items("attributes").iter().filter_map(Value::as_attributes) {
            let name = constraint.text("name").unwrap();
            let writable = constraint.boolean("consumerWritable").unwrap();
            let Some(other) = other(document, name) else { continue };
            let body =
                cloud.document(document.schema.name(), attributes().with(name.to_owned(), other.clone()));
            let reply = cloud.put(&format!("{id}?$select={name}"), &body, &[]);
            assert_eq!(reply.status, 200, "{uri} {name}: {}", reply.text);
            let after = cloud.get(id).attributes.get(name).cloned();
            // Progress is computed, `updated` moves with the update itself.
            if writable {
                assert_eq!(after.as_ref(), Some(&other), "{uri} {name}");
            } else if name != "updated" {
                assert_eq!(after.as_ref(), document.attributes.get(name), "{uri} {name}");
            }
        }
    }
}

/// Another value of the same type; none for what cannot be varied blindly.
fn other(document: &Document, name: &str) -> Option<Value> {
    let value = document.attributes.get(name)?;
    if let Some(Values::Closed(words) | Values::Open(words)) =
        document.schema.attribute(name).map(|it| it.values)
    {
        let other = words.iter().find(|word| value.as_str() != Some(word) && !word.starts_with("http"))?;
        return Some((*other).into());
    }
    Some(match value {
        Value::Integer(number) if name == "progress" => Value::Integer(number - 1),
        Value::Integer(number) => Value::Integer(number + 1),
        Value::Boolean(truth) => Value::Boolean(!truth),
        Value::String(_) if name == "initialState" => match document.schema.name() {
            "MachineTemplate" => "PAUSED".into(),
            "ProtocolEndpointTemplate" | "NetworkInterfaceTemplate" => "DISABLED".into(),
            _ => "STOPPED".into(),
        },
        Value::String(_) if name == "address" => "192.168.7.99".into(),
        Value::String(text) if !text.starts_with("http") => Value::String(format!("{text}x")),
        Value::Map(map) => {
            let mut map = map.clone();
            map.insert("other".to_owned(), "x".to_owned());
            Value::Map(map)
        }
        _ => return None,
    })
}

#[test]
fn capabilities_are_those_of_table_7() {
    for cloud in Cloud::everywhere() {
        let mut seen = 0;
        for metadata in described(&cloud) {
            for item in metadata.attributes.items("capabilities").iter().filter_map(Value::as_attributes) {
                let (edition, declared) = capability::by_uri(item.text("uri").unwrap()).unwrap();
                assert_eq!((edition, Some(declared.name)), (cloud.edition, item.text("name")));
                assert_eq!(Some(declared.resource), metadata.attributes.text("name"));
                assert!(item.get("value").is_some());
                seen += 1;
            }
        }
        assert!(seen > 20, "{seen}");
    }
}

#[test]
fn a_scope_is_obeyed() {
    let cloud = Cloud::v2();
    let metadata = described(&cloud);
    let mut seen = 0;
    for metadata in &metadata {
        let name = metadata.attributes.text("name").unwrap();
        let collection = match name {
            "MachineConfiguration" => "machineConfigs",
            "VolumeConfiguration" => "volumeConfigs",
            _ => continue,
        };
        for scope in metadata.attributes.items("vscope").iter().filter_map(Value::as_attributes) {
            for (attribute, range) in scope.iter() {
                let range = range.as_attributes().unwrap();
                let (low, high) = (range.integer("minimum").unwrap(), range.integer("maximum").unwrap());
                for (number, status) in [(low, 201), (high, 201), (low - 1, 400), (high + 1, 400)] {
                    let body = cloud.document(name, attributes().with(attribute.to_owned(), number));
                    assert_eq!(cloud.post(collection, &body).status, status, "{name} {attribute} {number}");
                    seen += 1;
                }
            }
        }
    }
    assert_eq!(seen, 16);
}

/// What is said not to be supported is not: such a query parameter is passed over (4.1.6), in every edition that has it.
#[test]
fn query_parameters_are_obeyed_as_it_is_said() {
    let cases = [
        ("FilterParameter", "volumeConfigs?$filter=name='b'", "$filter"),
        ("FirstParameter", "volumeConfigs?$first=2", "$first"),
        ("FirstParameter", "volumeConfigs?$last=1", "$last"),
        ("OrderByParameter", "volumeConfigs?$orderby=name:desc", "$orderby"),
        ("SelectParameter", "volumeConfigs?$select=count", "$select"),
        ("ExpandParameter", "volumeTemplates/1?$expand=volumeConfig", "$expand"),
        ("FormatParameter", "volumeConfigs?$format=xml", "$format"),
        ("QueryPathNotation", "volumeConfigs?$select=volumeConfigurations/name,count", "$select"),
    ];
    for edition in Edition::ALL {
        for (capability, uri, parameter) in cases {
            if !capability::find("CloudEntryPoint", capability).unwrap().span.contains(edition) {
                continue;
            }
            let seen = |value: bool| {
                let seed = format!(
                    "[capabilities.CloudEntryPoint]\n{capability} = {value}\n\
                     [[volumeConfigs]]\nhandle = \"a\"\nname = \"a\"\n[[volumeConfigs]]\nname = \"b\"\n\
                     [[volumeTemplates]]\nvolumeConfig = \"a\"\n"
                );
                let cloud = Cloud::new(edition, Format::Json, Seed::new("test.toml", seed));
                let reply = |uri: &str| cloud.send("GET", uri, &[], None);
                let plain = reply(uri.split('?').next().unwrap());
                let asked = reply(uri);
                // A parameter that is passed over may say anything.
                let wrong = reply(&uri.replace('=', "=="));
                assert_eq!((plain.status, asked.status), (200, 200), "{}", asked.text);
                (plain.text == asked.text, wrong.status == 200)
            };
            assert!(!seen(true).0, "{capability} {parameter} {edition}");
            if capability == "QueryPathNotation" {
                assert!(!seen(false).0, "count alone is selected");
            } else {
                assert_eq!(seen(false), (true, true), "{capability} {parameter} {edition}");
            }
        }
    }
}
