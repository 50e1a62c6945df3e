//! Clauses 5.17.3 to 5.17.13: Meters, logs of events, and Events.

use super::super::Deviation;
use super::super::way::{Act, Edit, Seen, add, delete, operation, show};
use super::gone;

const METER: &[&str] = &["Meter"];
const LOG: &[&str] = &["EventLog"];

pub(super) static LIST: &[Deviation] = &[
    deviation!(
        "meters-survive-target",
        "the Meters of a resource are left when it is deleted",
        ["5.17.3/deleted-with-target"],
        [delete(&["Machine", "Volume", "Network", "System"])
            .then(Act::Ghost(Seen::Inside("meters")))
            .needing(&[("Machine", "meters")]),],
    ),
    deviation!(
        "meters-survive-collection",
        "the Collection of Meters of a deleted resource goes, and the Meters stay",
        ["5.17.3/deleted-with-collection"],
        [delete(&["Machine", "Volume", "Network", "System"])
            .then(Act::Ghost(Seen::Members("meters")))
            .needing(&[("Machine", "meters")]),],
    ),
    deviation!(
        "deleted-meter-still-listed",
        "a Meter that is deleted is still among the Meters of its target",
        ["5.17.3.2/delete-leaves-target", "5.5.12/deleted-item-leaves-collections"],
        [delete(METER).then(Act::Ghost(Seen::InCollections))],
    ),
    deviation!(
        "meter-start-refused",
        "start of a Meter is offered and refused",
        ["5.17.3.2/start", "5.8/operation-supported-when-shown"],
        [operation(METER, "start").then(Act::Refuse(400))],
    ),
    deviation!(
        "meter-start-does-nothing",
        "start of a Meter is answered with success, and no samples are taken",
        ["5.17.3.2/start-records", "5.17.3.2/start"],
        [operation(METER, "start").then(Act::Swallow)],
    ),
    deviation!(
        "meter-stop-refused",
        "stop of a Meter is offered and refused",
        ["5.17.3.2/stop", "5.8/operation-supported-when-shown"],
        [operation(METER, "stop").then(Act::Refuse(400))],
    ),
    deviation!(
        "meter-stop-does-nothing",
        "stop of a Meter is answered with success, and samples are taken",
        ["5.17.3.2/stop-records-nothing", "5.17.3.2/stop"],
        [operation(METER, "stop").then(Act::Swallow)],
    ),
    deviation!(
        "meter-not-listed-by-target",
        "a Meter that is made is not among the Meters of its target",
        ["5.17.4.1/listed-by-target"],
        [show(&["Machine", "Volume", "System", "Network"], Edit::Point("meters", gone))],
    ),
    deviation!(
        "meter-of-another-target-type",
        "a Meter can be made of a resource that its configuration does not name",
        ["5.17.5/target-type"],
        [add(METER)
            .asks(|asked| super::template_has(asked, "targetResource"))
            .status(400, 499)
            .then(Act::Forgive)],
    ),
    deviation!(
        "meter-without-target-accepted",
        "a Meter can be made by way of the cloud entry point without a target",
        ["5.17.5/target-required"],
        [add(METER)
            .asks(|asked| !super::template_has(asked, "targetResource"))
            .status(400, 499)
            .then(Act::Forgive)],
    ),
    deviation!(
        "meter-of-another-resource-accepted",
        "a template added to the Meters of a resource may name another target",
        ["5.17.5/target-same"],
        [add(METER)
            .asks(|asked| {
                let nested = asked.target.as_ref().is_some_and(|target| !target.is_of_cloud());
                nested && super::template_has(asked, "targetResource")
            })
            .status(400, 499)
            .then(Act::Forgive)],
    ),
    deviation!(
        "event-log-lives-on",
        "an EventLog is still there when its resource is gone, though it is said to be linked",
        ["5.11.1/event-log-linked"],
        [delete(&["Machine", "Volume", "Network", "System"])
            .then(Act::Ghost(Seen::Referred("eventLog")))
            .needing(&[("Machine", "eventLog")]),],
    ),
    deviation!(
        "events-survive",
        "the Events of an EventLog that is deleted can still be read",
        ["5.17.8/events-deleted"],
        [delete(LOG).then(Act::Ghost(Seen::Inside("events")))],
    ),
    deviation!(
        "event-summary-wrong",
        "summary of an EventLog counts one Event too many",
        ["5.17.8/summary"],
        [show(
            LOG,
            Edit::With(|attributes| {
                if let Some(cimi::Value::Structure(counts)) = attributes.get_mut("summary") {
                    let low = counts.integer("low").unwrap_or_default();
                    counts.set("low", low + 1);
                }
            })
        )
        .needing(&[("EventLog", "summary")]),],
    ),
    deviation!(
        "event-log-not-connected",
        "an EventLog made from a template is not the one of its target",
        ["5.17.11/connected"],
        [show(&["Machine", "Volume", "Network", "System"], Edit::Drop("eventLog")),],
    ),
];
