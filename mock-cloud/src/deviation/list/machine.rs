//! Clauses 5.14.1 to 5.14.3: Machines, their operations and their templates.

use cimi::{Reference, Value};

use super::super::Deviation;
use super::super::way::{ANY, Act, Edit, Part, V, add, operation, show};
use super::{gone, lacks};

const MACHINE: &[&str] = &["Machine"];
const VOLUMES: &[&str] = &["locatedVolume", "MachineVolume"];

/// An operation that is not carried out, one that goes through another state, and one that ends in another.
macro_rules! moves {
    ($name:literal, $do:literal, $through:literal, $to:literal, $wrong:literal, $end:literal) => {
        &[
            $crate::deviation::Deviation {
                name: concat!("machine-", $name, "-does-nothing"),
                summary: concat!($name, " of a Machine is answered with success, and nothing happens"),
                breaks: &[$do, $through, $to],
                ways: &[operation(MACHINE, $name).then(Act::Swallow)],
            },
            $crate::deviation::Deviation {
                name: concat!("machine-", $name, "-through-another-state"),
                summary: concat!("a Machine of which ", $name, " was asked is in ", $wrong, " meanwhile"),
                breaks: &[$through],
                ways: &[operation(MACHINE, $name).then(Act::MarkOnce(Edit::Set("state", V::Text($wrong))))],
            },
            $crate::deviation::Deviation {
                name: concat!("machine-", $name, "-to-another-state"),
                summary: concat!("a Machine of which ", $name, " was asked ends in ERROR"),
                breaks: &[$to],
                ways: &[operation(MACHINE, $name).then(Act::Mark(Edit::Swap("state", $end, "ERROR")))],
            },
        ]
    };
}

pub(super) static AREAS: &[&[Deviation]] = &[START, STOP, PAUSE, SUSPEND, LIST];

static START: &[Deviation] =
    moves!("start", "5.14.1.2/start", "5.14.1.2/start-through", "5.14.1.2/start-to", "PAUSING", "STARTED");
static STOP: &[Deviation] =
    moves!("stop", "5.14.1.2/stop", "5.14.1.2/stop-through", "5.14.1.2/stop-to", "PAUSING", "STOPPED");
static PAUSE: &[Deviation] =
    moves!("pause", "5.14.1.2/pause", "5.14.1.2/pause-through", "5.14.1.2/pause-to", "STOPPING", "PAUSED");
static SUSPEND: &[Deviation] = moves!(
    "suspend",
    "5.14.1.2/suspend",
    "5.14.1.2/suspend-through",
    "5.14.1.2/suspend-to",
    "STOPPING",
    "SUSPENDED"
);

static LIST: &[Deviation] = &[
    deviation!(
        "restart-does-nothing",
        "restart of a Machine is answered with success, and nothing happens",
        [
            "5.14.1.2/restart",
            "5.14.1.2/restart-stopped",
            "5.14.1.2/restart-started",
            "5.14.1.2/restart-through"
        ],
        [operation(MACHINE, "restart").then(Act::Swallow)],
    ),
    deviation!(
        "restart-through-another-state",
        "a Machine that is restarted is in PAUSING meanwhile",
        ["5.14.1.2/restart-through"],
        [operation(MACHINE, "restart").then(Act::MarkOnce(Edit::Set("state", V::Text("PAUSING"))))],
    ),
    deviation!(
        "restart-stops",
        "a Machine that is restarted ends in STOPPED",
        ["5.14.1.2/restart-to", "5.14.1.2/restart", "5.14.1.2/restart-started", "5.14.1.2/restart-stopped"],
        [operation(MACHINE, "restart").then(Act::Mark(Edit::Swap("state", "STARTED", "STOPPED")))],
    ),
    deviation!(
        "restart-of-stopped-refused",
        "restart of a stopped Machine is refused, though it is offered",
        ["5.14.1.2/restart-stopped", "5.14.1.2/restart"],
        [operation(MACHINE, "restart").then(Act::Unless("state", &["STARTED"], 409))],
    ),
    deviation!(
        "restart-is-stop",
        "restart of a started Machine stops it",
        ["5.14.1.2/restart-started", "5.14.1.2/restart-to", "5.14.1.2/restart", "5.14.1.2/restart-stopped"],
        [operation(MACHINE, "restart").then(Act::Other("stop"))],
    ),
    deviation!(
        "stop-without-force-refused",
        "stop wants force to be given",
        ["5.14.1.2/stop-force", "5.14.1.2/stop", "5.8/operation-supported-when-shown"],
        [operation(MACHINE, "stop").asks(|asked| !super::forces(asked)).then(Act::Refuse(400))],
    ),
    deviation!(
        "restart-without-force-refused",
        "restart wants force to be given",
        [
            "5.14.1.2/restart-force",
            "5.14.1.2/restart",
            "5.14.1.2/restart-started",
            "5.14.1.2/restart-stopped",
        ],
        [operation(MACHINE, "restart").asks(|asked| !super::forces(asked)).then(Act::Refuse(400))],
    ),
    deviation!(
        "start-of-paused-refused",
        "a Machine that is paused or suspended cannot be started",
        ["5.14.1.2/start-resumes"],
        [operation(MACHINE, "start").then(Act::Unless("state", &["STOPPED"], 409))],
    ),
    deviation!(
        "stop-again-is-500",
        "stop of a Machine in STOPPING is a server error",
        ["5.14.1.2/stop-again", "http/no-server-error"],
        [operation(MACHINE, "stop").then(Act::Unless(
            "state",
            &["STARTED", "STOPPED", "PAUSED", "SUSPENDED", "ERROR", "FAILED"],
            500
        ))],
    ),
    deviation!(
        "operation-answers-with-page",
        "the answer to an operation has a body of no use",
        ["5.14.1.2/empty-body", "4.1.4/media-type-json", "4.1.4/media-type-xml"],
        [ANY.method(&["POST"]).at(MACHINE).part(Part::Operation("start")).status(200, 299).then(Act::Reply(
            |reply| {
                reply.plain_text("Done.");
            }
        ))],
    ),
    deviation!(
        "capture-refused",
        "capture is offered and refused",
        ["5.14.1.2/capture", "5.8/operation-supported-when-shown", "5.14.7.1/image-of-machine"],
        [
            operation(MACHINE, "capture").then(Act::Refuse(400)),
            add(&["MachineImage"]).asks(super::of_machine).then(Act::Refuse(400)),
        ],
    ),
    deviation!(
        "snapshot-is-an-image",
        "a snapshot of a Machine is an image of type IMAGE",
        ["5.14.1.2/snapshot"],
        [operation(MACHINE, "snapshot").then(Act::Mark(Edit::Swap("type", "SNAPSHOT", "IMAGE")))],
    ),
    deviation!(
        "restore-does-nothing",
        "restore of a Machine is answered with success, and nothing happens",
        ["5.14.1.2/restore", "5.14.1.2/restore-through", "5.14.1.2/restore-to"],
        [operation(MACHINE, "restore").then(Act::Swallow)],
    ),
    deviation!(
        "restore-through-another-state",
        "a Machine that is restored is in STARTING meanwhile",
        ["5.14.1.2/restore-through"],
        [operation(MACHINE, "restore").then(Act::MarkOnce(Edit::Set("state", V::Text("STARTING"))))],
    ),
    deviation!(
        "restore-to-paused",
        "a Machine that is restored is PAUSED in the end",
        ["5.14.1.2/restore-to", "5.14.1.2/restore-through"],
        [
            operation(MACHINE, "restore").then(Act::Mark(Edit::Swap("state", "STARTED", "PAUSED"))),
            operation(MACHINE, "restore").then(Act::Mark(Edit::Swap("state", "STOPPED", "PAUSED"))),
        ],
    ),
    deviation!(
        "connectvolume-does-nothing",
        "connectvolume is answered with success, and nothing is connected",
        ["5.14.1.2/connectvolume"],
        [operation(MACHINE, "connectvolume").then(Act::Swallow)],
    ),
    deviation!(
        "illegal-operation-accepted",
        "an operation that the state does not allow is answered with success",
        ["5.14.1.2/illegal-state-refused"],
        [ANY.method(&["POST"])
            .at(MACHINE)
            .asks(|asked| asked.target.as_ref().is_some_and(|target| !target.is_collection()))
            .status(409, 409)
            .then(Act::Forgive)],
    ),
    deviation!(
        "captured-in-error",
        "a Machine that is captured is in ERROR meanwhile",
        ["5.14.1/capturing-state", "5.14.7.1/capturing-state"],
        [operation(MACHINE, "capture").then(Act::MarkOnce(Edit::Set("state", V::Text("ERROR"))))],
    ),
    deviation!(
        "disks-are-machines",
        "disks of a Machine leads to the Machines",
        ["5.14.1.1/disks", "5.5.12.1/add-creates"],
        [show(MACHINE, Edit::Point("disks", upwards))],
    ),
    deviation!(
        "volumes-are-machines",
        "volumes of a Machine leads to the Machines",
        ["5.14.1.1/volumes", "DSP8009/attachment-by-add"],
        [show(MACHINE, Edit::Point("volumes", upwards))],
    ),
    deviation!(
        "interfaces-are-machines",
        "interfaces of a Machine leads to the Machines",
        ["5.14.1.1/interfaces"],
        [show(MACHINE, Edit::Point("interfaces", upwards))],
    ),
    deviation!(
        "network-interfaces-are-machines",
        "networkInterfaces of a Machine of 1.x leads to the Machines",
        ["5.14.1.1/interfaces", "DSP8009/machine-interfaces"],
        [show(MACHINE, Edit::Point("networkInterfaces", upwards))],
    ),
    deviation!(
        "machine-without-template",
        "a Machine can be created without a template",
        ["5.14.2.1/template-required"],
        [add(MACHINE).asks(|asked| lacks(asked, "machineTemplate")).status(400, 499).then(Act::Forgive)],
    ),
    deviation!(
        "bad-references-accepted",
        "a creation that refers to what is not there is answered with success",
        ["5.14.2.1/bad-reference-refused"],
        [add(MACHINE).asks(|asked| !lacks(asked, "machineTemplate")).status(400, 499).then(Act::Forgive)],
    ),
    deviation!(
        "configuration-not-followed",
        "a new Machine has one processor more than its configuration",
        ["5.14.2.1/from-configuration"],
        [add(MACHINE).then(Act::Mark(Edit::With(|attributes| {
            if let Some(cpu) = attributes.integer("cpu") {
                attributes.set("cpu", cpu + 1);
            }
        })))],
    ),
    deviation!(
        "volumes-of-template-not-connected",
        "Volumes that a template names are not connected",
        ["5.14.2.1/volumes-connected"],
        [add(MACHINE).then(Act::Ask(Edit::Inside("machineTemplate", &Edit::Drop("volumes"))))],
    ),
    deviation!(
        "volume-templates-of-template-not-used",
        "templates of Volumes in a template yield nothing",
        ["5.14.2.1/volumes-created"],
        [add(MACHINE).then(Act::Ask(Edit::Inside("machineTemplate", &Edit::Drop("volumeTemplates"))))],
    ),
    deviation!(
        "interface-templates-of-machine-not-used",
        "templates of interfaces in a MachineTemplate yield nothing",
        ["5.14.3/interfaces-created"],
        [add(MACHINE)
            .then(Act::Ask(Edit::Inside("machineTemplate", &Edit::Drop("interfaceTemplates"))))
            .needing(&[("MachineTemplate", "interfaceTemplates")]),],
    ),
    deviation!(
        "meter-templates-of-machine-not-used",
        "templates of Meters in a MachineTemplate yield nothing",
        ["5.14.3/meters-created"],
        [add(MACHINE)
            .then(Act::Ask(Edit::Inside("machineTemplate", &Edit::Drop("meterTemplates"))))
            .needing(&[("MachineTemplate", "meterTemplates")]),],
    ),
    deviation!(
        "event-log-template-of-machine-not-used",
        "the template of an EventLog in a MachineTemplate yields nothing",
        ["5.14.3/event-log-created"],
        [add(MACHINE)
            .then(Act::Ask(Edit::Inside("machineTemplate", &Edit::Drop("eventLogTemplate"))))
            .needing(&[("MachineTemplate", "eventLogTemplate")]),],
    ),
    deviation!(
        "gen-resource-metadata-of-machine-ignored",
        "the metadata that a MachineTemplate names is not that of the Machines made from it",
        ["5.14.3/gen-resource-metadata"],
        [add(MACHINE)
            .asks(|asked| super::template_has(asked, "genResourceMetadata"))
            .then(Act::Mark(Edit::Drop("resourceMetadata")))
            .needing(&[("MachineTemplate", "genResourceMetadata")]),],
    ),
    deviation!(
        "attachment-by-operation-only",
        "a Volume cannot be connected by adding it to the volumes of a Machine",
        ["DSP8009/attachment-by-add"],
        [add(VOLUMES).then(Act::Refuse(405))],
    ),
    deviation!(
        "volumes-of-machine-dangling",
        "the volumes of a Machine refer to what is not there",
        ["5.14.1.1/volumes", "DSP8009/attachment-by-add"],
        [
            show(&["MachineVolume"], Edit::Point("volume", gone)),
            show(&["locatedVolume"], Edit::Text("id", gone)),
        ],
    ),
    deviation!(
        "latest-snapshot-is-itself",
        "latestSnapshot of a Machine refers to the Machine",
        ["5.14.1/attributes"],
        [show(
            MACHINE,
            Edit::With(|attributes| {
                if let (true, Some(id)) = (attributes.contains("memory"), attributes.text("id")) {
                    let itself = Value::Ref(Reference::to(id));
                    attributes.set("latestSnapshot", itself);
                }
            })
        ),],
    ),
];

/// From what is in a resource to the Collection that the resource is in.
fn upwards(uri: &str) -> String {
    uri.rsplitn(3, '/').nth(2).unwrap_or(uri).to_owned()
}
