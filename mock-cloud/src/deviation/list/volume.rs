//! Clause 5.15: Volumes, their images and their templates.

use super::super::Deviation;
use super::super::way::{Act, Edit, Of, V, add, always, delete, operation, show};
use super::lacks;

const VOLUME: &[&str] = &["Volume"];
const IMAGE: &[&str] = &["VolumeImage"];

pub(super) static LIST: &[Deviation] = &[
    deviation!(
        "volume-stays-creating",
        "a new Volume is CREATING for ever",
        ["5.15.1/initial-state"],
        [add(VOLUME).then(Act::Mark(Edit::Swap("state", "AVAILABLE", "CREATING")))],
    ),
    deviation!(
        "images-are-volumes",
        "images of a Volume leads to the Volumes",
        ["5.15.1/images", "5.15.8.1/listed", "5.15.8.1/snapshot-of-volume"],
        [show(VOLUME, Edit::Point("images", |uri| uri.rsplitn(3, '/').nth(2).unwrap_or(uri).to_owned()))],
    ),
    deviation!(
        "images-deleted-with-volume",
        "the images of a Volume are deleted with it",
        ["5.15.1/images-are-associates", "5.10.2/associates-survive"],
        [delete(VOLUME).then(Act::DeleteMembers("images"))],
    ),
    deviation!(
        "volume-snapshot-does-nothing",
        "snapshot of a Volume is answered with success, and nothing is made",
        ["5.15.1.2/snapshot"],
        [operation(VOLUME, "snapshot").then(Act::Swallow)],
    ),
    deviation!(
        "volume-captured-in-error",
        "a Volume of which a snapshot is taken is in ERROR meanwhile",
        ["5.15.1.2/capturing-state"],
        [operation(VOLUME, "snapshot").then(Act::MarkOnce(Edit::Set("state", V::Text("ERROR"))))],
    ),
    deviation!(
        "volume-restore-refused",
        "restore of a Volume is offered and refused",
        ["5.15.1.2/restore", "5.8/operation-supported-when-shown"],
        [operation(VOLUME, "restore").then(Act::Refuse(400))],
    ),
    deviation!(
        "volume-restore-through-another-state",
        "a Volume that is restored is in CAPTURING meanwhile",
        ["5.15.1.2/restore-through"],
        [operation(VOLUME, "restore").then(Act::MarkOnce(Edit::Set("state", V::Text("CAPTURING"))))],
    ),
    deviation!(
        "volume-restore-to-error",
        "a Volume that is restored ends in ERROR",
        ["5.15.1.2/restore-to"],
        [operation(VOLUME, "restore").then(Act::Mark(Edit::Swap("state", "AVAILABLE", "ERROR")))],
    ),
    deviation!(
        "volume-configuration-not-followed",
        "a new Volume is smaller than its configuration says",
        ["5.15.2.1/from-configuration"],
        [add(VOLUME).then(Act::Mark(Edit::With(|attributes| {
            if let Some(capacity) = attributes.integer("capacity") {
                attributes.set("capacity", capacity - 1);
            }
        })))],
    ),
    deviation!(
        "volume-without-template",
        "a Volume can be created without a template",
        ["5.15.2.1/template-required"],
        [add(VOLUME).asks(|asked| lacks(asked, "volumeTemplate")).status(400, 499).then(Act::Forgive)],
    ),
    deviation!(
        "volume-in-use-still-listed",
        "a Volume that was connected when it was deleted is still listed by its Machine",
        ["5.15.2.1/in-use-delete", "5.5.12/deleted-item-leaves-collections", "5.10.1/reference-cleared"],
        [delete(VOLUME).then(Act::StillConnected)],
    ),
    deviation!(
        "meter-templates-of-volume-not-used",
        "templates of Meters in a VolumeTemplate yield nothing",
        ["5.15.3/meters-created"],
        [add(VOLUME)
            .then(Act::Ask(Edit::Inside("volumeTemplate", &Edit::Drop("meterTemplates"))))
            .needing(&[("VolumeTemplate", "meterTemplates")])],
    ),
    deviation!(
        "event-log-template-of-volume-not-used",
        "the template of an EventLog in a VolumeTemplate yields nothing",
        ["5.15.3/event-log-created"],
        [add(VOLUME)
            .then(Act::Ask(Edit::Inside("volumeTemplate", &Edit::Drop("eventLogTemplate"))))
            .needing(&[("VolumeTemplate", "eventLogTemplate")])],
    ),
    deviation!(
        "gen-resource-metadata-of-volume-ignored",
        "the metadata that a VolumeTemplate names is not that of the Volumes made from it",
        ["5.15.3/gen-resource-metadata"],
        [add(VOLUME)
            .asks(|asked| super::template_has(asked, "genResourceMetadata"))
            .then(Act::Mark(Edit::Drop("resourceMetadata")))
            .needing(&[("VolumeTemplate", "genResourceMetadata")])],
    ),
    deviation!(
        "volume-image-stays-creating",
        "a new VolumeImage is CREATING for ever",
        ["5.15.7/initial-state"],
        [show(IMAGE, Edit::Swap("state", "AVAILABLE", "CREATING"))],
    ),
    deviation!(
        "volume-image-still-refers",
        "imageLocation of a complete snapshot refers to the Volume",
        ["5.15.8.1/static-copy"],
        [
            operation(VOLUME, "snapshot").then(Act::Echo("imageLocation")),
            add(IMAGE).asks(|asked| asked.text().contains("/volumes/")).then(Act::Echo("imageLocation")),
            always(Act::Freeze(Of::Types(IMAGE), "imageLocation")),
        ],
    ),
    deviation!(
        "volume-image-not-listed",
        "a snapshot of a Volume is not among its images",
        ["5.15.8.1/listed", "5.15.8.1/snapshot-of-volume"],
        [show(
            &["VolumeImageCollection", "VolumeVolumeImageCollection"],
            Edit::With(|attributes| {
                if attributes.text("id").is_some_and(|id| id.ends_with("/images")) {
                    for name in ["volumeImages", "volumeVolumeImages"] {
                        attributes.remove(name);
                    }
                    attributes.set("count", 0);
                }
            })
        )
        .needing(&[("VolumeImage", ""), ("Volume", "images")])],
    ),
    deviation!(
        "volume-image-made-elsewhere",
        "a VolumeImage that refers to a Volume is no snapshot of it",
        ["5.15.8.1/snapshot-of-volume", "5.15.8.1/listed"],
        [add(IMAGE)
            .asks(|asked| asked.text().contains("/volumes/"))
            .then(Act::Ask(Edit::Change("imageLocation", V::Text("http://images.example.com/none.raw"))))],
    ),
];
