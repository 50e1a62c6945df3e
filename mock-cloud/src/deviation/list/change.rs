//! Clauses 4.2, 4.2.1.3 to 4.2.1.7: operations, updates, deletion, actions and what is carried out later.

use cimi::{Attributes, Value};

use super::super::way::{ANY, Act, Edit, Of, Part, Seen, V, add, always, delete, operation, put, show};
use super::super::{Deviation, json, xml};
use super::has;

const MACHINE: &[&str] = &["Machine"];

/// Operations of every resource are shown so.
const fn offers(change: fn(&mut Attributes)) -> Act {
    Act::Show(Of::All, Edit::With(change))
}

/// The operations of a resource that shows some.
fn list(attributes: &mut Attributes) -> &mut [Value] {
    match attributes.get_mut("operations") {
        Some(Value::Array(items)) => items,
        _ => &mut [],
    }
}

fn each(attributes: &mut Attributes, change: impl Fn(&mut Attributes)) {
    for offer in list(attributes) {
        if let Value::Structure(fields) = offer {
            change(fields);
        }
    }
}

/// Whether an update is whole.
fn whole(asked: &super::Asked) -> bool {
    !has(asked, "$select")
}

fn partial(asked: &super::Asked) -> bool {
    has(asked, "$select")
}

pub(super) static LIST: &[Deviation] = &[
    deviation!(
        "operations-out-of-state",
        "start is offered by a Machine that runs",
        ["4.2/operations-accessible", "5.8/operation-supported-when-shown", "5.8/states-of-operations"],
        [show(
            MACHINE,
            Edit::With(|attributes| {
                if attributes.text("state") == Some("STARTED") {
                    each(attributes, |fields| {
                        for name in ["rel", "href"] {
                            if let Some(text) = fields.text(name).filter(|text| text.ends_with("/stop")) {
                                let text = text.replace("/stop", "/start");
                                fields.set(name, text);
                            }
                        }
                    });
                }
            })
        )],
    ),
    deviation!(
        "operations-without-href",
        "operations do not say where to send the request",
        ["4.2/operation-rel-href"],
        [always(offers(|attributes| each(attributes, |fields| {
            fields.remove("href");
        })))],
    ),
    deviation!(
        "operation-twice",
        "the first operation is shown twice",
        ["4.2/operation-rel-unique"],
        [always(offers(|attributes| {
            if let Some(Value::Array(items)) = attributes.get_mut("operations")
                && let Some(first) = items.first().cloned()
            {
                items.push(first);
            }
        }))],
    ),
    deviation!(
        "available-in-words",
        "available is a text",
        ["4.2/operation-available"],
        [always(offers(|attributes| each(attributes, |fields| {
            fields.set("available", "yes");
        }))),],
    ),
    deviation!(
        "operations-as-map",
        "operations are a map from rel to href",
        ["4.2/operations-serialised"],
        [
            always(Act::Json(|value| json::key(value, "operations", &|operations| {
                let pairs = operations.as_array().into_iter().flatten().map(|operation| {
                    let rel = operation["rel"].as_str().unwrap_or_default().to_owned();
                    (rel, operation["href"].clone())
                });
                *operations = serde_json::Value::Object(pairs.collect());
            }))),
            always(Act::Xml(|text| xml::attributes_as_elements(text, "operation"))),
        ],
    ),
    deviation!(
        "extension-rel-bare",
        "an operation of the provider's own has a bare name as rel",
        ["4.2/operation-extension-rel"],
        [show(
            MACHINE,
            Edit::With(|attributes| {
                let id = attributes.text("id").unwrap_or_default().to_owned();
                let offer =
                    Attributes::new().with("rel", "defragment").with("href", format!("{id}/defragment"));
                if let Some(Value::Array(items)) = attributes.get_mut("operations") {
                    items.push(Value::Structure(offer));
                }
            })
        )],
    ),
    deviation!(
        "edit-not-offered",
        "Machines can be changed and do not offer it",
        ["4.2.1.3/edit-offered"],
        [show(MACHINE, Edit::NoOffer("edit"))],
    ),
    deviation!(
        "read-only-refused",
        "an update that sends a read-only attribute is refused",
        ["4.2.1.3/read-only-ignored"],
        [put(&[])
            .asks(|asked| {
                whole(asked)
                    && asked.document().is_some_and(|document| document.attributes.contains("created"))
            })
            .then(Act::Refuse(400))],
    ),
    deviation!(
        "put-keeps-what-is-left-out",
        "a whole update leaves what it does not carry as it was",
        ["4.2.1.3/full-update"],
        [put(&[]).asks(whole).then(Act::Merge)],
    ),
    deviation!(
        "put-does-nothing",
        "an update is answered with success and changes nothing",
        ["4.2.1.3/full-update", "4.2.1.3.1/partial-set", "5.7.1/name-settable", "4.2.1.3.1/partial-reset"],
        [put(&[]).then(Act::Swallow)],
    ),
    deviation!(
        "partial-sets-nothing",
        "an update with $select sets and resets nothing",
        ["4.2.1.3.1/partial-set", "4.2.1.3.1/partial-reset"],
        [put(&[]).asks(partial).then(Act::Swallow)],
    ),
    deviation!(
        "partial-resets-the-rest",
        "an update with $select resets what it does not name",
        ["4.2.1.3.1/partial-others-untouched"],
        [put(&[]).asks(partial).then(Act::Query(|text| {
            super::super::query::with(text, "$select", |names| format!("{names},name,description,properties"))
        }))],
    ),
    deviation!(
        "partial-resets-nothing",
        "an attribute that $select names and the update does not carry stays",
        ["4.2.1.3.1/partial-reset"],
        [put(&[]).asks(partial).then(Act::Merge)],
    ),
    deviation!(
        "partial-unlisted-ignored",
        "an attribute that $select does not name is passed over",
        ["4.2.1.3.1/partial-unlisted-refused"],
        [put(&[]).asks(partial).status(400, 400).then(Act::Forgive)],
    ),
    deviation!(
        "delete-does-nothing",
        "delete is answered with success and deletes nothing",
        [
            "4.2.1.4/delete",
            "5.5.12/deleted-item-leaves-collections",
            "5.5.12.4/delete-removes",
            "7.1/create-and-delete",
            "5.5.12/delete-or-remove",
        ],
        [delete(&[]).then(Act::Swallow)],
    ),
    deviation!(
        "deleted-can-be-read",
        "what is deleted can be read as before",
        ["4.2.1.4/delete", "7.1/create-and-delete"],
        [delete(&["Credential", "MachineConfiguration", "VolumeConfiguration", "MachineTemplate", "Volume"])
            .then(Act::Ghost(Seen::Itself))],
    ),
    deviation!(
        "delete-not-offered",
        "Volumes can be deleted and do not offer it",
        ["4.2.1.4/delete-offered"],
        [show(&["Volume"], Edit::NoOffer("delete"))],
    ),
    deviation!(
        "deleting-not-shown",
        "a Machine that is being deleted is shown in ERROR",
        ["4.2.1.4/deleting-state"],
        [show(&["Machine", "Volume", "MachineImage"], Edit::Swap("state", "DELETING", "ERROR"))],
    ),
    deviation!(
        "actions-by-put",
        "operations are taken by PUT only",
        ["4.2.1.5/action-by-post"],
        [
            operation(MACHINE, "start").then(Act::Refuse(405)),
            operation(MACHINE, "stop").then(Act::Refuse(405)),
            operation(MACHINE, "restart").then(Act::Refuse(405)),
        ],
    ),
    deviation!(
        "action-mismatch-accepted",
        "an Action that contradicts its URI is answered with success",
        ["4.2.1.5/action-mismatch-refused"],
        [ANY.method(&["POST"])
            .at(MACHINE)
            .asks(|asked| {
                let action =
                    asked.document().and_then(|sent| sent.attributes.text("action").map(str::to_owned));
                let named = action.unwrap_or_default();
                let operation = asked.parts.uri.path().rsplit('/').next().unwrap_or_default();
                !named.is_empty() && named.rsplit('/').next() != Some(operation)
            })
            .status(400, 499)
            .then(Act::Forgive)],
    ),
    deviation!(
        "running-but-complete",
        "a change that is complete names a Job that is still running",
        ["4.2.1.6/job-complete"],
        [put(&[]).then(Act::MarkJob(Edit::Change("state", V::Text("RUNNING"))))],
    ),
    deviation!(
        "accepted-is-200",
        "a change that is under way is answered with 200",
        ["4.2.1.6/incomplete-is-202", "4.2.1.7/accepted", "4.2.1.6/job-complete"],
        [ANY.status(202, 202).then(Act::Status(200))],
    ),
    deviation!(
        "accepted-without-job",
        "202 does not name its Job",
        ["4.2.1.7/accepted-job", "5.17.1/job-for-202", "4.1.7.1/job-header", "4.2.1.6/job-per-request"],
        [ANY.status(202, 202).then(Act::NoHeader("cimi-job-uri"))],
    ),
    deviation!(
        "accepted-in-an-unknown-state",
        "the body of 202 shows a state that there is not",
        ["4.2.1.7/partial-representation"],
        [ANY.status(202, 202)
            .then(Act::Show(Of::Types(&["Job"]), Edit::Change("state", V::Text("ACCEPTED"))))],
    ),
    deviation!(
        "post-200-instead-of-201",
        "a creation that is complete is answered with 200",
        ["4.2.1.1/create-by-post", "5.5.12.1/add-location"],
        [add(&[]).status(201, 201).then(Act::Status(200))],
    ),
    deviation!(
        "operation-refused",
        "suspend is offered and refused",
        ["5.8/operation-supported-when-shown", "5.14.1.2/suspend"],
        [operation(MACHINE, "suspend").then(Act::Refuse(409))],
    ),
    deviation!(
        "paused-in-an-unknown-state",
        "a paused Machine is in a state that belongs to no operation",
        ["5.8/states-of-operations", "5.14.1.2/pause-through", "5.14.1.2/pause-to"],
        [show(MACHINE, Edit::Swap("state", "PAUSED", "DOZING"))],
    ),
    deviation!(
        "state-by-update",
        "an update of a Machine changes its state",
        ["5.8/state-changes-only-by-operation", "4.2.1.3.1/partial-others-untouched"],
        [put(MACHINE).then(Act::Mark(Edit::With(|attributes| {
            let other = match attributes.text("state") {
                Some("STOPPED") => "STARTED",
                Some("STARTED") => "STOPPED",
                _ => return,
            };
            attributes.set("state", other);
        })))],
    ),
    deviation!(
        "extension-instead-of-start",
        "an operation of the provider's own is there in place of start",
        ["5.8/extension-operations"],
        [show(
            MACHINE,
            Edit::With(|attributes| each(attributes, |fields| {
                if fields.text("rel").is_some_and(|rel| rel.ends_with("/action/start")) {
                    fields.set("rel", "http://www.example.com/cloud/boot");
                }
            }))
        )
        .needing(&[("Machine", "start")]),],
    ),
    deviation!(
        "volume-add-refused",
        "nothing can be added to the Volumes, though it is offered",
        ["5.8/operation-supported-when-shown"],
        [ANY.method(&["POST"]).at(&["Volume"]).part(Part::Collection).then(Act::Refuse(503))],
    ),
];
