//! Clause 5.14.7: images of Machines, captures and snapshots.

use super::super::Deviation;
use super::super::way::Of;
use super::super::way::{Act, Edit, V, add, always, delete, operation, show};

const MACHINE: &[&str] = &["Machine"];
const IMAGE: &[&str] = &["MachineImage"];

pub(super) static LIST: &[Deviation] = &[
    deviation!(
        "image-stays-creating",
        "a new MachineImage is CREATING for ever",
        ["5.14.7/initial-state"],
        [show(IMAGE, Edit::Swap("state", "AVAILABLE", "CREATING"))],
    ),
    deviation!(
        "snapshot-without-related",
        "a snapshot does not refer to the one before it",
        ["5.14.7/related-image"],
        [show(
            IMAGE,
            Edit::With(|attributes| {
                if attributes.text("type") == Some("SNAPSHOT") {
                    attributes.remove("relatedImage");
                }
            })
        )
        .needing(&[("Machine", "snapshot")])],
    ),
    deviation!(
        "deleted-image-not-relinked",
        "snapshots refer to an image that is deleted",
        ["5.14.7/delete-relinks", "5.10.1/reference-cleared"],
        [always(Act::Freeze(Of::Types(IMAGE), "relatedImage"))],
    ),
    deviation!(
        "partial-snapshots-survive",
        "partial snapshots are left when the image that they are based on is deleted",
        ["5.14.7/delete-cascades"],
        [delete(IMAGE).then(Act::GhostsOf("relatedImage")).needing(&[("Machine", "snapshot")])],
    ),
    deviation!(
        "image-of-machine-refused",
        "an image cannot be made by an imageLocation that refers to a Machine",
        ["5.14.7.1/image-of-machine"],
        [add(IMAGE).asks(super::of_machine).then(Act::Refuse(400))],
    ),
    deviation!(
        "captured-image-not-usable",
        "no Machine can be created from an image that was captured",
        ["5.14.7.1/image-usable"],
        [
            // The images that the cloud begins with have low numbers; those that were made since have none of these.
            add(MACHINE).asks(super::uses_captured_image).then(Act::Refuse(400)),
        ],
    ),
    deviation!(
        "snapshot-still-refers",
        "imageLocation of a complete snapshot refers to the Machine",
        ["5.14.7.1/snapshot-static"],
        [
            operation(MACHINE, "snapshot").then(Act::Echo("imageLocation")),
            add(IMAGE).asks(super::of_machine).then(Act::Echo("imageLocation")),
            always(Act::Freeze(Of::Types(IMAGE), "imageLocation")),
        ],
    ),
    deviation!(
        "snapshot-not-listed",
        "a snapshot is not among the snapshots of its Machine",
        ["5.14.7.1/snapshot-listed"],
        [show(MACHINE, Edit::Point("snapshots", |uri| uri.replace("/snapshots", "/disks"))),],
    ),
    deviation!(
        "image-type-lost",
        "a new MachineImage is of the type IMAGE, whatever was asked for",
        ["5.14.1.2/snapshot", "5.14.7/attributes"],
        [add(IMAGE).then(Act::Ask(Edit::Change("type", V::Text("IMAGE"))))],
    ),
];
