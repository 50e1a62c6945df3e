//! Clauses 5.12, 6 and 7.1: the Cloud Entry Point, limits, and what there is at least.

use super::super::Deviation;
use super::super::way::{ANY, Act, Edit, V, add, always, delete, show};
use super::{by_value, gone, wants_xml};

const CEP: &[&str] = &["CloudEntryPoint"];

pub(super) static LIST: &[Deviation] = &[
    deviation!(
        "cep-dead-link",
        "the cloud entry point has a link that leads nowhere",
        ["5.12/allowed-resources-only"],
        [show(CEP, Edit::Point("machineImages", gone))],
    ),
    deviation!(
        "cep-without-base-uri",
        "the cloud entry point has no baseURI",
        ["5.12/base-uri", "5.12/attributes", "5.3/provider-mandatory"],
        [show(CEP, Edit::Drop("baseURI"))],
    ),
    deviation!(
        "cep-relative-base-uri",
        "baseURI is not absolute",
        ["5.12/base-uri"],
        [show(CEP, Edit::Change("baseURI", V::Text("cimi/")))],
    ),
    deviation!(
        "cep-base-uri-per-format",
        "baseURI is another one in XML",
        ["5.12/base-uri-constant", "4.1.4/same-meaning"],
        [ANY.asks(wants_xml).then(Act::Show(
            super::super::way::Of::Types(CEP),
            Edit::Text("baseURI", |uri| format!("{uri}xml/"))
        ))],
    ),
    deviation!(
        "metadata-of-nothing",
        "there is metadata of a type about which nothing is said",
        ["5.12/metadata-only-where-any"],
        [show(
            &["ResourceMetadata"],
            Edit::With(|attributes| {
                if attributes.text("name") == Some("Credential") {
                    for name in ["attributes", "capabilities", "actions", "vscope"] {
                        attributes.remove(name);
                    }
                }
            })
        )],
    ),
    deviation!(
        "cep-link-as-text",
        "a link of the cloud entry point is a text",
        ["5.12/attributes", "5.5.6/ref-json", "5.5.6/ref-xml", "5.5.6/ref-href"],
        [show(CEP, Edit::Change("machineConfigs", V::Text("machineConfigs")))],
    ),
    deviation!(
        "cep-of-another-type",
        "the cloud entry point says that it is of a type CloudEntry",
        ["5.12/serialised", "5.4/xml-root", "4.1.4/resource-uri-matches-root"],
        [
            always(Act::Json(|value| super::super::json::retyped(value, "CloudEntryPoint", "CloudEntry"))),
            always(Act::Xml(|text| super::super::xml::renamed(text, "CloudEntryPoint", "CloudEntry"))),
        ],
    ),
    deviation!(
        "cep-crossed-links",
        "the link to the Volumes leads to the Machines",
        ["5.12/collections-typed"],
        [show(CEP, Edit::Point("volumes", |uri| uri.replace("/volumes", "/machines")))],
    ),
    deviation!(
        "cep-without-images",
        "no machine images hang off the cloud entry point",
        ["7.1/minimal-resources"],
        [show(CEP, Edit::Drop("machineImages"))],
    ),
    deviation!(
        "no-cpu-speed",
        "Machines and configurations do not tell cpuSpeed",
        ["7.1/machine-attributes", "5.3/provider-mandatory"],
        [show(&["Machine", "MachineConfiguration"], Edit::Drop("cpuSpeed"))],
    ),
    deviation!(
        "machine-template-by-value-refused",
        "a Machine cannot be created from a template by value, though this is advertised",
        [
            "7.1/create-by-value",
            "4.2.1.1/template-by-value",
            "5.11.1/machine-template-by-value",
            "4.2.1.1/create-by-post",
            "5.11.1/user-data"
        ],
        [add(&["Machine"]).asks(by_value).then(Act::Refuse(400))],
    ),
    deviation!(
        "machine-delete-refused",
        "Machines cannot be deleted, though they offer it",
        ["7.1/create-and-delete", "4.2.1.4/delete", "5.8/operation-supported-when-shown"],
        [delete(&["Machine"]).then(Act::Refuse(403))],
    ),
    deviation!(
        "limits-are-500",
        "what is too large is answered with 500",
        ["6/limits", "http/no-server-error"],
        [ANY.status(413, 414).then(Act::Status(500)), ANY.status(431, 431).then(Act::Status(500))],
    ),
];
