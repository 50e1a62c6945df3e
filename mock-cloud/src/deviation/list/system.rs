//! Clause 5.13 and Annex A: Systems, their services, templates, import and export.

use super::super::Deviation;
use super::super::way::{Act, Edit, Seen, V, add, delete, operation, show};
use super::gone;

const SYSTEM: &[&str] = &["System"];
const TEMPLATE: &[&str] = &["SystemTemplate"];
const SERVICE: &[&str] = &["SystemService"];
const STATES: [&str; 6] = ["STARTED", "STOPPED", "PAUSED", "SUSPENDED", "MIXED", "ERROR"];

/// An operation that does nothing.
macro_rules! idle {
    ($name:literal, $id:literal) => {
        $crate::deviation::Deviation {
            name: concat!("system-", $name, "-does-nothing"),
            summary: concat!($name, " of a System is answered with success, and nothing happens"),
            breaks: &[$id],
            ways: &[operation(SYSTEM, $name).then(Act::Swallow)],
        }
    };
}

pub(super) static LIST: &[Deviation] = &[
    deviation!(
        "system-machines-elsewhere",
        "machines of a System leads to nothing",
        ["5.13.1/components-listed", "5.13.2.1/created-are-components"],
        [show(SYSTEM, Edit::Point("machines", gone))],
    ),
    deviation!(
        "system-state-not-common",
        "a System whose Machines are all started is MIXED",
        ["5.13.1/state-common"],
        [show(
            SYSTEM,
            Edit::With(|attributes| {
                let state = attributes.text("state").unwrap_or_default();
                if STATES.contains(&state) && state != "MIXED" {
                    attributes.set("state", "MIXED");
                }
            })
        )],
    ),
    deviation!(
        "system-mixed-is-started",
        "a System whose Machines are in several states is STARTED",
        ["5.13.1/state-mixed"],
        [show(SYSTEM, Edit::Swap("state", "MIXED", "STARTED"))],
    ),
    deviation!(
        "system-children-survive",
        "the Machines that were created with a System are left when it is deleted",
        ["5.13.1/children-deleted"],
        [delete(SYSTEM).then(Act::Ghost(Seen::Inside("machines")))],
    ),
    idle!("start", "5.13.1.2/start"),
    idle!("stop", "5.13.1.2/stop"),
    idle!("restart", "5.13.1.2/restart"),
    idle!("pause", "5.13.1.2/pause"),
    idle!("suspend", "5.13.1.2/suspend"),
    deviation!(
        "system-export-refused",
        "export of a System is offered and refused",
        ["5.13.1.2/export", "5.8/operation-supported-when-shown"],
        [operation(SYSTEM, "export").then(Act::Refuse(400))],
    ),
    deviation!(
        "system-export-demands-format",
        "export of a System without a format is refused",
        ["5.13.1.2/export-format"],
        [operation(SYSTEM, "export").asks(|asked| super::lacks(asked, "format")).then(Act::Refuse(400))],
    ),
    deviation!(
        "system-export-without-location",
        "export of a System does not say where the data is",
        ["5.13.1.2/export-location", "4.2.1.1/location"],
        [operation(SYSTEM, "export").then(Act::NoHeader("location"))],
    ),
    deviation!(
        "system-components-not-listed",
        "what was created with a System is not listed by it",
        ["5.13.2.1/created-are-components"],
        [add(SYSTEM).then(Act::Mark(Edit::Point("machines", gone))).needing(&[("System", "machines")])],
    ),
    deviation!(
        "system-lists-what-was-there",
        "a System lists the Volumes that its templates merely refer to",
        ["5.13.2.1/existing-not-top-level"],
        [show(
            SYSTEM,
            Edit::Point("volumes", |uri| {
                uri.split_once("/systems/")
                    .map_or_else(|| uri.to_owned(), |(base, _)| format!("{base}/volumes"))
            })
        )],
    ),
    deviation!(
        "system-import-does-nothing",
        "import of a System is answered with success, and nothing is made",
        ["5.13.2.1/import"],
        [operation(SYSTEM, "import").then(Act::Swallow)],
    ),
    deviation!(
        "service-members-deleted",
        "the Machines of a SystemService are deleted with it",
        ["5.13.3/members-survive", "5.10.2/associates-survive"],
        [delete(SERVICE).then(Act::DeleteMembers("machines"))],
    ),
    deviation!(
        "backup-not-made",
        "addRM makes no backup Machine",
        ["5.13.3.1.2/add-makes-backup"],
        [operation(SERVICE, "addRM").asks(|asked| super::lacks(asked, "backup")).then(Act::Swallow)],
    ),
    deviation!(
        "backup-not-taken",
        "addRM with a backup makes another one",
        ["5.13.3.1.2/add-takes-backup"],
        [operation(SERVICE, "addRM").then(Act::Ask(Edit::Drop("backup")))],
    ),
    deviation!(
        "swap-backup-does-nothing",
        "swapBackup is answered with success, and nothing is swapped",
        ["5.13.3.1.2/swap-backup"],
        [operation(SERVICE, "swapBackup").then(Act::Swallow)],
    ),
    deviation!(
        "component-references-not-resolved",
        "a reference #name in a descriptor is left as it is, and refused",
        ["5.13.4/component-references"],
        [add(SYSTEM)
            .asks(|asked| asked.text().contains("\"#") || asked.text().contains(">#"))
            .then(Act::Refuse(400))],
    ),
    deviation!(
        "component-overrides-lost",
        "what stands beside the reference to a template in a descriptor is passed over",
        ["5.13.4/override"],
        [add(SYSTEM).then(Act::Ask(Edit::Inside(
            "systemTemplate",
            &Edit::Items(
                "componentDescriptors",
                &Edit::With(|fields| {
                    for (name, value) in fields.iter_mut() {
                        if let (true, cimi::Value::Ref(reference)) = (name.ends_with("Template"), value)
                            && reference.href.is_some()
                        {
                            reference.attributes = cimi::Attributes::new();
                        }
                    }
                })
            )
        )))],
    ),
    deviation!(
        "quantity-ignored",
        "quantity of a component descriptor has no effect",
        ["5.13.4/quantity"],
        [add(SYSTEM).then(Act::Ask(Edit::Inside(
            "systemTemplate",
            &Edit::Items("componentDescriptors", &Edit::Drop("quantity"))
        )))],
    ),
    deviation!(
        "meter-templates-of-system-not-used",
        "templates of Meters in a SystemTemplate yield nothing",
        ["5.13.4/meters-created"],
        [add(SYSTEM)
            .then(Act::Ask(Edit::Inside("systemTemplate", &Edit::Drop("meterTemplates"))))
            .needing(&[("SystemTemplate", "meterTemplates")])],
    ),
    deviation!(
        "event-log-template-of-system-not-used",
        "the template of an EventLog in a SystemTemplate yields nothing",
        ["5.13.4/event-log-created"],
        [add(SYSTEM)
            .then(Act::Ask(Edit::Inside("systemTemplate", &Edit::Drop("eventLogTemplate"))))
            .needing(&[("SystemTemplate", "eventLogTemplate")])],
    ),
    deviation!(
        "gen-resource-metadata-of-system-ignored",
        "the metadata that a SystemTemplate names is not that of the Systems made from it",
        ["5.13.4/gen-resource-metadata"],
        [add(SYSTEM)
            .asks(|asked| super::template_has(asked, "genResourceMetadata"))
            .then(Act::Mark(Edit::Drop("resourceMetadata")))
            .needing(&[("SystemTemplate", "genResourceMetadata")])],
    ),
    deviation!(
        "import-image-missing",
        "a SystemTemplate that was imported does not say from where",
        ["5.13.4/import-image-used"],
        [show(TEMPLATE, Edit::Drop("importImage"))],
    ),
    deviation!(
        "import-image-elsewhere",
        "importImage of a SystemTemplate is not the source of the import",
        ["5.13.4/import-image"],
        [show(TEMPLATE, Edit::Text("importImage", gone))],
    ),
    deviation!(
        "system-template-export-refused",
        "export of a SystemTemplate is offered and refused",
        ["5.13.4.1/export", "5.8/operation-supported-when-shown"],
        [operation(TEMPLATE, "export").then(Act::Refuse(400))],
    ),
    deviation!(
        "system-template-export-demands-format",
        "export of a SystemTemplate without a format is refused",
        ["5.13.4.1/export-format"],
        [operation(TEMPLATE, "export").asks(|asked| super::lacks(asked, "format")).then(Act::Refuse(400))],
    ),
    deviation!(
        "system-template-export-without-location",
        "export of a SystemTemplate does not say where the data is",
        ["5.13.4.1/export-location", "4.2.1.1/location"],
        [operation(TEMPLATE, "export").then(Act::NoHeader("location"))],
    ),
    deviation!(
        "system-template-import-does-nothing",
        "import of a SystemTemplate is answered with success, and nothing is made",
        ["5.13.5.1/import"],
        [operation(TEMPLATE, "import").then(Act::Swallow)],
    ),
    deviation!(
        "import-of-any-type",
        "an import whose source is no OVF is answered with success",
        ["Annex A/media-type"],
        [
            operation(SYSTEM, "import").status(400, 499).then(Act::Forgive),
            operation(TEMPLATE, "import").status(400, 499).then(Act::Forgive),
        ],
    ),
    deviation!(
        "system-name-lost",
        "a new System has no name",
        ["4.2.1.1/direct-attributes"],
        [add(SYSTEM).then(Act::Ask(Edit::Set("name", V::Text("")))),],
    ),
];
