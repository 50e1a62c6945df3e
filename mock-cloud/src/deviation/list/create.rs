//! Clause 4.2.1.1: creation and templates.

use cimi::{Attributes, Reference, Value};

use super::super::Deviation;
use super::super::way::{Act, Edit, V, add, put, show};
use super::{by_reference, by_value, part_by_value};

const MACHINE: &[&str] = &["Machine"];

/// The templates in a creation, with their hrefs.
fn templates(attributes: &mut Attributes) -> impl Iterator<Item = &mut Reference> {
    attributes.iter_mut().filter_map(|(name, value)| match value {
        Value::Ref(reference) if name.ends_with("Template") => Some(reference),
        _ => None,
    })
}

pub(super) static LIST: &[Deviation] = &[
    deviation!(
        "creating-not-shown",
        "a Machine that is being created is shown as STOPPED",
        ["4.2.1.1/creating-state"],
        [show(
            &["Machine", "Volume", "MachineImage", "VolumeImage"],
            Edit::With(|attributes| {
                if attributes.text("state") == Some("CREATING") {
                    let state = if attributes.contains("memory") { "STOPPED" } else { "AVAILABLE" };
                    attributes.set("state", state);
                }
            })
        )],
    ),
    deviation!(
        "volume-template-by-value-refused",
        "a Volume cannot be created from a template by value, though this is advertised",
        ["5.11.1/volume-template-by-value", "4.2.1.1/template-by-value", "5.11.1/volume-config-by-value"],
        [add(&["Volume"]).asks(by_value).then(Act::Refuse(400))],
    ),
    deviation!(
        "credential-template-by-value-refused",
        "a Credential cannot be created from a template by value, though this is advertised",
        ["5.11.1/credential-template-by-value", "4.2.1.1/template-by-value"],
        [add(&["Credential"]).asks(by_value).then(Act::Refuse(400))],
    ),
    deviation!(
        "template-by-reference-refused",
        "a creation cannot refer to a template",
        ["4.2.1.1/template-by-reference"],
        [add(&[]).asks(by_reference).then(Act::Refuse(400))],
    ),
    deviation!(
        "direct-attributes-lost",
        "name, description and properties of a creation are passed over",
        [
            "4.2.1.1/direct-attributes",
            "5.7.1/name-settable",
            "5.1/properties-kept",
            "5.7.1/common-attributes",
            "5.1/properties-not-added"
        ],
        [
            add(&[]).then(Act::Ask(Edit::Drop("name"))),
            add(&[]).then(Act::Ask(Edit::Drop("description"))),
            add(&[]).then(Act::Ask(Edit::Drop("properties"))),
        ],
    ),
    deviation!(
        "transient-template-shown",
        "a template given by value shows up among the templates",
        ["4.2.1.1/no-transient-template"],
        [add(MACHINE).asks(by_value).then(Act::AddTemplate)],
    ),
    deviation!(
        "overrides-lost",
        "what stands beside the href of a template is passed over",
        ["4.2.1.1/template-override", "4.2.1.1/template-erase"],
        [add(&[]).asks(by_reference).then(Act::Ask(Edit::With(|attributes| {
            for template in templates(attributes) {
                template.attributes = Attributes::new();
            }
        })))],
    ),
    deviation!(
        "overrides-change-the-template",
        "what overrides a template in a creation becomes part of the template",
        ["4.2.1.1/template-unchanged"],
        [add(MACHINE).asks(by_reference).then(Act::ChangeTemplate)],
    ),
    deviation!(
        "erasure-ignored",
        "null beside the href of a template takes nothing away",
        ["4.2.1.1/template-erase"],
        [add(&[]).asks(by_reference).then(Act::Ask(Edit::With(|attributes| {
            for template in templates(attributes) {
                template.attributes.retain(|_, value| *value != Value::Null && !value.is_empty());
            }
        })))],
    ),
    deviation!(
        "name-fixed",
        "the name of a resource cannot be changed",
        ["5.7.1/name-settable", "4.2.1.3/full-update"],
        [put(&[]).then(Act::KeepName)],
    ),
    deviation!(
        "machine-config-by-value-refused",
        "a configuration by value is refused, though this is advertised",
        ["5.11.1/machine-config-by-value"],
        [add(MACHINE).asks(|asked| part_by_value(asked, "machineConfig")).then(Act::Refuse(400))],
    ),
    deviation!(
        "machine-image-by-value-refused",
        "an image by value is refused, though this is advertised",
        ["5.11.1/machine-image-by-value"],
        [add(MACHINE).asks(|asked| part_by_value(asked, "machineImage")).then(Act::Refuse(400))],
    ),
    deviation!(
        "machine-credential-by-value-refused",
        "a Credential by value is refused, though this is advertised",
        ["5.11.1/machine-credential-by-value"],
        [add(MACHINE).asks(|asked| part_by_value(asked, "credential")).then(Act::Refuse(400))],
    ),
    deviation!(
        "machine-volume-templates-by-value-refused",
        "templates of Volumes by value are refused, though this is advertised",
        ["5.11.1/machine-volume-templates-by-value"],
        [add(MACHINE).asks(|asked| super::item_by_value(asked, "volumeTemplates")).then(Act::Refuse(400))],
    ),
    deviation!(
        "volume-config-by-value-refused",
        "a configuration of a Volume by value is refused, though this is advertised",
        ["5.11.1/volume-config-by-value"],
        [add(&["Volume"]).asks(|asked| part_by_value(asked, "volumeConfig")).then(Act::Refuse(400))],
    ),
    deviation!(
        "volume-image-by-value-refused",
        "an image of a Volume by value is refused, though this is advertised",
        ["5.11.1/volume-image-by-value"],
        [add(&["Volume"]).asks(|asked| part_by_value(asked, "volumeImage")).then(Act::Refuse(400))],
    ),
    deviation!(
        "initial-state-always-started",
        "a new Machine whose template asks for no state is STARTED",
        ["5.14.2.1/initial-state-stopped", "5.11.1/machine-default-initial-state", "5.14.2.1/initial-state"],
        [add(MACHINE)
            .asks(|asked| by_value(asked) && !super::template_has(asked, "initialState"))
            .then(Act::Ask(Edit::Inside("machineTemplate", &Edit::Set("initialState", V::Text("STARTED")))))],
    ),
    deviation!(
        "initial-state-ignored",
        "the state that a template asks for is passed over",
        ["5.14.2.1/initial-state", "5.11.1/machine-initial-states"],
        [add(MACHINE).then(Act::Ask(Edit::Inside("machineTemplate", &Edit::Drop("initialState"))))],
    ),
    deviation!(
        "initial-state-suspended-refused",
        "a state of InitialStates is refused",
        ["5.11.1/machine-initial-states"],
        [add(MACHINE).asks(|asked| asked.text().contains("SUSPENDED")).then(Act::Refuse(400))],
    ),
    deviation!(
        "unreachable-state-passed-over",
        "a Machine is made though the state that is asked for cannot be reached",
        ["5.14.2.1/initial-state-fails"],
        [add(MACHINE)
            .asks(|asked| super::template_has(asked, "initialState") && super::odd_initial_state(asked))
            .then(Act::Ask(Edit::Inside("machineTemplate", &Edit::Drop("initialState"))))],
    ),
];
