//! Clauses 4.1 to 4.1.5, 4.1.7 and 4.2.2: identity, formats, types, headers and errors.

use super::super::message::Reply;
use super::super::way::{ANY, Act, Edit, Of, Part, V, add, always, get, show};
use super::super::{Deviation, json, xml};
use super::{sends_xml, wants_xml};

const CHANGES: &[&str] = &["POST", "PUT", "DELETE"];

fn plain_text(reply: &mut Reply) {
    reply.plain_text("Something went wrong.");
}

/// Namespaces of either edition.
fn of_example(uri: &str) -> String {
    uri.replace("http://schemas.dmtf.org/cimi/", "http://www.example.com/cimi/")
}

pub(super) static LIST: &[Deviation] = &[
    deviation!(
        "id-missing",
        "Volumes have no id",
        ["4.1/id-self-pointer", "5.12/attributes", "5.7.1/common-attributes", "5.5.12/member-id"],
        [show(&["Volume"], Edit::Drop("id")), show(&["CloudEntryPoint"], Edit::Drop("id"))],
    ),
    deviation!(
        "id-leads-nowhere",
        "the id of a Machine does not lead back to it",
        ["4.1/id-self-pointer", "5.7.1/id-get", "5.5.12/member-id"],
        [show(&["Machine"], Edit::Text("id", super::gone))],
    ),
    deviation!(
        "id-shared",
        "all configurations have the same id",
        ["5.7.1/id-unique", "4.1/id-self-pointer", "5.7.1/id-get", "5.5.12/member-id"],
        [show(
            &["MachineConfiguration"],
            Edit::Text("id", |uri| {
                uri.rsplit_once('/').map_or_else(|| uri.to_owned(), |(base, _)| format!("{base}/1"))
            })
        )],
    ),
    deviation!(
        "disks-not-linked",
        "no link leads to the disks of a Machine",
        ["4.1/discoverable", "5.3/provider-mandatory"],
        [show(&["Machine"], Edit::Drop("disks"))],
    ),
    deviation!(
        "xml-other-namespace",
        "XML is in another namespace",
        ["4.1.2/namespace", "DSP8009/namespace"],
        [always(Act::Xml(
            |text| text.replace("xmlns=\"http://schemas.dmtf.org/", "xmlns=\"http://www.example.com/")
        ))],
    ),
    deviation!(
        "json-as-text",
        "JSON is sent as text/json",
        ["4.1.4/media-type-json"],
        [always(Act::HeaderText("content-type", |sent| sent.replace("application/json", "text/json")))],
    ),
    deviation!(
        "xml-as-text",
        "XML is sent as text/xml",
        ["4.1.4/media-type-xml"],
        [always(Act::HeaderText("content-type", |sent| sent.replace("application/xml", "text/xml")))],
    ),
    deviation!(
        "wrong-resource-uri",
        "resourceURI names another namespace",
        [
            "4.1.4/resource-uri-json",
            "4.1.4/resource-uri-xml-collection",
            "5.5.12/member-resource-uri",
            "4.1.4/resource-uri-matches-root",
            "4.1.4/resource-uri-matches-metadata",
        ],
        [
            ANY.status(200, 299).then(Act::Json(json::other_resource_uri)),
            ANY.status(200, 299).then(Act::Xml(xml::other_resource_uri)),
        ],
    ),
    deviation!(
        "json-without-resource-uri",
        "JSON does not say of which type a resource is",
        ["4.1.4/resource-uri-json", "4.1.6.3/select-resource-uri"],
        [ANY.status(200, 299).then(Act::Json(|value| {
            if let Some(object) = value.as_object_mut() {
                object.shift_remove("resourceURI");
            }
        }))],
    ),
    deviation!(
        "xml-collection-without-type",
        "a Collection in XML does not say of which kind it is",
        ["4.1.4/resource-uri-xml-collection", "DSP8009/collection-root"],
        [always(Act::Xml(|text| xml::tags(text, "Collection", |tag| {
            tag.split_once(" resourceURI=").map_or_else(|| tag.to_owned(), |(before, _)| before.to_owned())
        })))],
    ),
    deviation!(
        "metadata-of-another-uri",
        "the typeURI of metadata is not the resourceURI of the type",
        ["4.1.4/resource-uri-matches-metadata", "5.11/type-uri"],
        [show(&["ResourceMetadata"], Edit::Text("typeURI", of_example))],
    ),
    deviation!(
        "type-not-of-the-root",
        "resourceURI of a Credential is that of its template, and the XML root says otherwise",
        ["4.1.4/resource-uri-matches-root"],
        [get(&["Credential"]).part(Part::Resource).then(Act::Json(|value| {
            json::retyped(value, "Credential", "CredentialTemplate");
        }))],
    ),
    deviation!(
        "volumes-in-json-only",
        "Volumes are not to be had in XML",
        ["4.1.4/both-formats", "4.1.4/accept-honoured"],
        [ANY.method(&["GET"]).at(&["Volume"]).asks(wants_xml).then(Act::Refuse(406))],
    ),
    deviation!(
        "xml-json-differ",
        "where an image lies is in capitals in XML",
        ["4.1.4/same-meaning"],
        [always(Act::Xml(|text| xml::within(text, "imageLocation", str::to_uppercase)))],
    ),
    deviation!(
        "requests-in-json-only",
        "requests in XML are not understood",
        ["4.1.4/request-in-either-format"],
        [ANY.method(CHANGES).asks(sends_xml).then(Act::Refuse(415))],
    ),
    deviation!(
        "accept-ignored",
        "the reply is in JSON, whatever Accept says",
        ["4.1.4/accept-honoured", "4.1.4/both-formats"],
        [ANY.method(&["GET"]).then(Act::AskHeader("accept", Some("application/json")))],
    ),
    deviation!(
        "wrong-request-type-accepted",
        "the type that a request names is not looked at",
        ["4.1.4/wrong-resource-uri-refused"],
        [ANY.method(&["POST", "PUT"]).then(Act::AskBody(|asked| {
            let Ok(mut value) = serde_json::from_slice::<serde_json::Value>(&asked.body) else {
                return asked.body.to_vec();
            };
            if let Some(object) = value.as_object_mut() {
                object.shift_remove("resourceURI");
            }
            value.to_string().into_bytes()
        }))],
    ),
    deviation!(
        "request-type-demanded",
        "a request in JSON without resourceURI is refused",
        ["4.1.4/resource-uri-optional-for-consumers"],
        [ANY.method(&["POST", "PUT"])
            .asks(|asked| asked.text().starts_with('{') && !asked.text().contains("resourceURI"))
            .then(Act::Refuse(400))],
    ),
    deviation!(
        "content-type-of-no-use",
        "Content-Type says nothing of use",
        ["4.1.7/response-headers", "4.1.4/media-type-json", "4.1.4/media-type-xml"],
        [ANY.status(200, 200).then(Act::Header("content-type", "application/octet-stream"))],
    ),
    deviation!(
        "no-job-header",
        "a change does not name its Job",
        ["4.1.7.1/job-header", "4.2.1.6/job-per-request", "4.2.1.7/accepted-job", "5.17.1/job-for-202"],
        [always(Act::NoHeader("cimi-job-uri"))],
    ),
    deviation!(
        "relative-job-header",
        "the URI of a Job in the header is relative",
        ["4.2.1.6/job-per-request", "5.17.1/job-for-202", "4.1.7.1/job-header", "4.2.1.7/accepted-job"],
        [always(Act::HeaderText("cimi-job-uri", |uri| {
            uri.rsplit_once("/jobs/").map_or_else(|| uri.to_owned(), |(_, number)| format!("jobs/{number}"))
        }))],
    ),
    deviation!(
        "if-match-ignored",
        "If-Match has no effect",
        ["4.1.7.2/if-match", "http/precondition-failed"],
        [ANY.method(&["PUT", "DELETE", "POST"]).then(Act::AskHeader("if-match", None))],
    ),
    deviation!(
        "error-body-not-job",
        "an error is answered in plain text",
        ["4.2.2/error-is-job", "4.1.4/accept-honoured"],
        [ANY.status(400, 599).then(Act::Reply(plain_text))],
    ),
    deviation!(
        "error-job-with-id",
        "the Job of an error has the id of a Job that is not there",
        ["4.2.2/error-job-transient"],
        [ANY.status(400, 599).then(Act::Show(
            Of::Types(&["Job"]),
            Edit::Set("id", V::Text("http://cloud.invalid/jobs/none"))
        ))],
    ),
    deviation!(
        "failure-without-message",
        "a Job that failed does not say why",
        ["5.17.1/status-message"],
        [show(&["Job"], Edit::Drop("statusMessage"))],
    ),
    deviation!(
        "read-is-206",
        "a resource is answered with 206",
        ["4.2.1.2/read"],
        [get(&["MachineConfiguration", "VolumeConfiguration"])
            .part(Part::Resource)
            .status(200, 200)
            .then(Act::Status(206))],
    ),
    deviation!(
        "creation-answer-without-type",
        "the answer to a creation does not say of which type it is",
        ["4.2.1.1/content-headers", "http/content-type-present"],
        [add(&[]).status(200, 299).then(Act::NoHeader("content-type"))],
    ),
];
