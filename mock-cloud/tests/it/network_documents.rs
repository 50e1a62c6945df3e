//! What resources of the network families look like in either edition and format.

use std::fmt::Write as _;

use cimi::Edition;
use cimi::codec::Format;
use cimi::model::Type;
use mock_cloud::Seed;

use crate::support::Cloud;

const BOTH: [&str; 2] = ["networks", "networkTemplates"];
const ONLY_V1: [&str; 8] = [
    "networkConfigs",
    "networkPorts",
    "networkPortTemplates",
    "networkPortConfigs",
    "addresses",
    "addressTemplates",
    "forwardingGroups",
    "forwardingGroupTemplates",
];
const ONLY_V2: [&str; 8] = [
    "segments",
    "segmentTemplates",
    "endpoints",
    "endpointTemplates",
    "interfaces",
    "interfaceTemplates",
    "networkServices",
    "networkServiceTemplates",
];

/// One resource of each kind, with its collections.
fn documents(edition: Edition, format: Format) -> String {
    let cloud = Cloud::new(edition, format, Seed::builtin());
    let mut all = String::new();
    let mut note = |uri: &str| {
        let text = cloud.send("GET", uri, &[], None).text.replace("><", ">\n<").replace("},{", "},\n{");
        writeln!(all, "# {uri}\n{text}\n").unwrap();
    };
    let own: &[&str] = if edition == Edition::V1 { &ONLY_V1 } else { &ONLY_V2 };
    for collection in BOTH.iter().chain(own) {
        let uri = cloud.ids(collection).remove(0);
        note(&uri);
        let document = cloud.get(&uri);
        let inner = document.schema.attributes().iter().filter(|a| matches!(a.ty, Type::Collection(_)));
        for attribute in inner.filter(|attribute| attribute.name != "meters") {
            if let Some(href) = document.attributes.href(attribute.name) {
                note(href);
            }
        }
    }
    if edition == Edition::V1 {
        note("machines/1/networkInterfaces");
        note("machineNetworkInterfaces/1/addresses");
    } else {
        note("machines/1/interfaces");
    }
    all
}

#[test]
fn are_as_they_were() {
    for edition in Edition::ALL {
        for format in Format::ALL {
            let name = format!("networks_{edition}_{format:?}").to_lowercase();
            insta::assert_snapshot!(name, documents(edition, format));
        }
    }
}
