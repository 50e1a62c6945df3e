//! The declarations hold together.

use std::collections::BTreeSet;

use super::attribute::{Attribute, Layout, Structure, Type, Values};
use super::resource::Form;
use super::schema::{Schema, registry, schema};
use super::{capability, event, metadata, meter, network, system, unit};
use crate::edition::Edition;
use crate::extension::Extensions;
use crate::value::Value;

/// Runs a check on every schema of both editions and fails with all that it says.
fn check(each: impl Fn(&'static Schema, &mut Vec<String>)) {
    let mut faults = Vec::new();
    for edition in Edition::ALL {
        for schema in registry(edition).iter() {
            let mut found = Vec::new();
            each(schema, &mut found);
            faults.extend(found.into_iter().map(|fault| format!("{schema:?}: {fault}")));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Calls `visit` with every attribute and field below these, and the place where it is.
fn walk(edition: Edition, at: &str, attributes: &[Attribute], visit: &mut impl FnMut(&str, &Attribute)) {
    for attribute in attributes.iter().filter(|a| a.is_in(edition)) {
        let at = format!("{at}.{}", attribute.name);
        visit(&at, attribute);
        let mut ty = &attribute.ty;
        while let Type::Array(item) = ty {
            ty = &item.ty;
        }
        if let Type::Structure(structure) = ty {
            walk(edition, &at, structure.fields, visit);
        }
    }
}

fn is_identifier(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[test]
fn names_are_unique_within_an_edition() {
    for edition in Edition::ALL {
        let names: Vec<&str> = registry(edition).iter().map(Schema::name).collect();
        let unique: BTreeSet<&str> = names.iter().copied().collect();
        assert_eq!(names.len(), unique.len(), "{edition}");
    }
    check(|schema, faults| {
        let mut seen = BTreeSet::new();
        faults.extend(
            schema.attributes().iter().filter(|a| !seen.insert(a.name)).map(|a| format!("{} twice", a.name)),
        );
        for structure in structures(schema) {
            let mut seen = BTreeSet::new();
            let fields = structure.fields.iter().filter(|f| f.is_in(schema.edition));
            faults.extend(
                fields
                    .filter(|f| !seen.insert(f.name))
                    .map(|f| format!("{}.{} twice", structure.name, f.name)),
            );
        }
    });
}

/// Every structure in the attributes of a schema.
fn structures(schema: &Schema) -> Vec<&'static Structure> {
    let mut found = Vec::new();
    walk(schema.edition, "", schema.attributes(), &mut |_, attribute| {
        let ty = match attribute.ty {
            Type::Array(item) => item.ty,
            ty => ty,
        };
        if let Type::Structure(structure) = ty {
            found.push(structure);
        }
    });
    found
}

#[test]
fn identifiers_obey_5_2() {
    check(|schema, faults| {
        let mut names = vec![schema.name()];
        names.extend(schema.ty.operations.iter().map(|operation| operation.name));
        if let Form::Collection { grouping, element, .. } = schema.ty.form {
            names.extend([grouping, element]);
        }
        walk(schema.edition, "", schema.attributes(), &mut |_, attribute| {
            names.push(attribute.name);
            match attribute.ty {
                Type::Map(element) => names.push(element),
                Type::Array(item) => names.push(item.element),
                _ => {}
            }
        });
        faults.extend(names.into_iter().filter(|name| !is_identifier(name)).map(str::to_owned));
    });
}

#[test]
fn everything_named_is_declared() {
    check(|schema, faults| {
        let known = |name: &str| registry(schema.edition).get(name);
        let fault = |at: &str, ty: Type| match ty {
            Type::Ref(to) if !to.is_empty() && known(to).is_none() => Some(format!("{at}: no {to}")),
            Type::Collection(to) if !known(to).is_some_and(Schema::is_collection) => {
                Some(format!("{at}: no collection {to}"))
            }
            Type::Members(of) if known(of).is_none() => Some(format!("{at}: no {of}")),
            _ => None,
        };
        walk(schema.edition, "", schema.attributes(), &mut |at, attribute| {
            faults.extend(match attribute.ty {
                Type::Array(item) => fault(at, item.ty),
                ty => fault(at, ty),
            });
        });
        for operation in schema.operations() {
            faults.extend(operation.parameters.iter().filter_map(|a| fault(operation.name, a.ty)));
            if known(operation.request).is_none() {
                faults.push(format!("{}: no {}", operation.name, operation.request));
            }
        }
        match schema.ty.form {
            Form::Create { creates } if known(creates).is_none() => faults.push(format!("creates {creates}")),
            Form::Item { resource } if known(resource).is_none() => {
                faults.push(format!("item of {resource}"));
            }
            _ => {}
        }
    });
}

#[test]
fn what_1_x_lacks_is_an_attribute_of_its_form() {
    check(|schema, faults| {
        if schema.edition == Edition::V1 {
            let lacking = schema.ty.v1_lacks.iter().filter(|name| schema.attribute(name).is_some());
            faults.extend(lacking.map(|name| format!("has {name} and lacks it")));
            let dialect = schema.ty.v1_dialect.iter().filter(|a| schema.attribute(a.name).is_some());
            faults.extend(dialect.map(|a| format!("{} is no dialect", a.name)));
        }
    });
}

#[test]
fn a_creation_has_a_template_of_what_it_creates() {
    check(|schema, faults| {
        if let Form::Create { creates } = schema.ty.form {
            match schema.template() {
                Some((_, template)) if template.name() == format!("{creates}Template") => {}
                other => faults.push(format!("template {other:?}")),
            }
        }
    });
}

#[test]
fn a_resource_is_in_a_collection_and_a_collection_takes_it() {
    check(|schema, faults| match schema.ty.form {
        Form::Resource if schema.name() != "CloudEntryPoint" => {
            let name = format!("{}Collection", schema.name());
            let members = registry(schema.edition).get(&name).and_then(Schema::members);
            if members.is_none_or(|(_, member, _)| member != schema) {
                faults.push(format!("no {name}"));
            }
        }
        Form::Collection { .. } => {
            if schema.addition().is_none() {
                faults.push("takes nothing".to_owned());
            }
            if schema.edition == Edition::V2 && schema.insertion().is_none() {
                faults.push("no reference for insert".to_owned());
            }
        }
        _ => {}
    });
}

#[test]
fn transitions_name_states_and_operations() {
    check(|schema, faults| {
        let Some(states) = schema.ty.states else { return };
        for transition in states.transitions {
            let is_operation = matches!(transition.operation, "create" | "delete")
                || schema.ty.operations.iter().any(|op| op.name == transition.operation);
            if !is_operation {
                faults.push(format!("no operation {}", transition.operation));
            }
            for state in transition.from.iter().chain(transition.through).copied().chain(transition.to) {
                if states.find(state).is_none() {
                    faults.push(format!("{}: no state {state}", transition.operation));
                }
            }
            if let Some(to) = transition.to
                && states.find(to).is_some_and(super::State::is_transient)
            {
                faults.push(format!("{} ends in {to}", transition.operation));
            }
        }
        // Each stable state is left by something; each operation is offered somewhere (5.8).
        for state in states.all.iter().filter(|state| !state.is_transient()) {
            if !states.offers("delete", state.name()) {
                faults.push(format!("stuck in {}", state.name()));
            }
        }
        for operation in schema.operations() {
            if !states.transitions.iter().any(|t| t.operation == operation.name) {
                faults.push(format!("{} is never offered", operation.name));
            }
        }
        if schema.attribute("state").is_none() {
            faults.push("no attribute state".to_owned());
        }
    });
}

#[test]
fn parameters_of_operations_are_attributes_of_the_action() {
    check(|resource, faults| {
        let action = schema(resource.edition, "Action");
        for operation in resource.operations() {
            for parameter in operation.parameters {
                let agrees = action.attribute(parameter.name).is_some_and(|declared| {
                    match (declared.ty, parameter.ty) {
                        (Type::Ref(wide), Type::Ref(narrow)) => wide.is_empty() || wide == narrow,
                        (wide, narrow) => wide.name() == narrow.name(),
                    }
                });
                if !agrees {
                    faults.push(format!("{}.{}", operation.name, parameter.name));
                }
            }
        }
    });
}

#[test]
fn constraints_and_values_fit_their_types() {
    check(|schema, faults| {
        walk(schema.edition, "", schema.attributes(), &mut |at, attribute| {
            if attribute.constraints.consumer_writable() && !attribute.constraints.mutable() {
                faults.push(format!("{at}: writable, not mutable"));
            }
            let fits = match attribute.values {
                Values::Any => true,
                Values::Closed(values) | Values::Open(values) => {
                    !values.is_empty() && matches!(attribute.ty, Type::String | Type::Uri)
                }
                Values::Range(from, to) => from <= to && matches!(attribute.ty, Type::Integer),
            };
            if !fits {
                faults.push(format!("{at}: values"));
            }
            if !attribute.unit.is_empty() && !matches!(attribute.ty, Type::Integer) {
                faults.push(format!("{at}: unit"));
            }
        });
        for structure in structures(schema) {
            let named: &[&str] = match structure.layout {
                Layout::Content => &["value"],
                Layout::Mixed(names) => names,
                _ => &[],
            };
            let missing = named.iter().filter(|name| !structure.fields.iter().any(|f| f.name == **name));
            faults.extend(missing.map(|name| format!("{}: no {name}", structure.name)));
        }
    });
}

#[test]
fn groupings_are_told_from_attributes_and_their_aliases_are_those_of_the_references() {
    check(|schema, faults| {
        if let Some((grouping, _, _)) = schema.members() {
            let aliases = schema.grouping_aliases();
            faults.extend(
                aliases
                    .iter()
                    .filter(|alias| **alias == grouping || schema.attribute(alias).is_some())
                    .map(|alias| format!("alias {alias}")),
            );
        }
    });
    let aliases = |name| schema(Edition::V2, name).grouping_aliases();
    assert_eq!(aliases("MachineConfigurationCollection"), ["machineConfigs"]);
    assert_eq!(aliases("NetworkServiceCollection"), ["networkServices"]);
    assert_eq!(aliases("MachineCollection"), [""; 0]);
}

#[test]
fn an_item_of_an_enhanced_collection_has_the_attributes_of_both() {
    let located = schema(Edition::V2, "locatedVolume");
    let names: Vec<&str> = located.attributes().iter().map(|a| a.name).collect();
    assert_eq!(names[0], "id");
    assert!(names.contains(&"initialLocation") && names.contains(&"capacity"));
    assert_eq!(names.last(), Some(&"operations"));
    let collection = schema(Edition::V2, "locatedVolumeCollection");
    assert_eq!(collection.addition().map(Schema::name), Some("VolumeCreate"));
    let (reference, accessories) = collection.insertion().expect("it takes Volumes");
    assert_eq!(reference.name, "volume");
    assert_eq!(accessories.iter().map(|a| a.name).collect::<Vec<_>>(), ["initialLocation"]);
}

#[test]
fn attributes_of_a_type_replace_those_of_its_form() {
    let entry_point = schema(Edition::V2, "CloudEntryPoint");
    let metadata = entry_point.attribute("resourceMetadata").expect("declared");
    assert!(matches!(metadata.ty, Type::Collection("ResourceMetadataCollection")));
    let names: Vec<&str> =
        schema(Edition::V1, "ResourceMetadata").attributes().iter().map(|a| a.name).collect();
    assert_eq!(names, ["id", "typeURI", "name", "attributes", "capabilities", "actions", "operations"]);
    let credential = schema(Edition::V1, "Credential").attributes().last().expect("it has some");
    assert_eq!(credential.name, "key");
}

#[test]
fn capabilities_name_types_and_each_other() {
    let mut seen = BTreeSet::new();
    for it in capability::ALL {
        assert!(seen.insert((it.resource, it.name)), "{it:?} twice");
        for edition in Edition::ALL.into_iter().filter(|edition| it.span.contains(*edition)) {
            assert!(registry(edition).get(it.resource).is_some(), "{it:?} in {edition}");
            assert_eq!(
                capability::by_uri(&it.uri(edition)).map(|(e, c)| (e, c.name)),
                Some((edition, it.name))
            );
        }
        if let Some(implied) = it.implies {
            let implied = capability::find(it.resource, implied).expect("declared");
            assert_eq!(implied.kind, capability::Kind::Boolean);
        }
    }
    assert_eq!(capability::ALL.len(), 48);
    assert!(
        capability::by_uri("http://schemas.dmtf.org/cimi/1/capability/CloudEntryPoint/ValueScopes").is_none()
    );
}

#[test]
fn a_list_of_states_reads_in_either_form() {
    let states = ["STARTED", "STOPPED"];
    assert_eq!(capability::items(&capability::list(&states)), states);
    assert_eq!(capability::items(&Value::from("STARTED, STOPPED")), states);
    assert_eq!(capability::items(&Value::Array(vec!["STARTED".into(), "STOPPED".into()])), states);
    assert_eq!(capability::items(&Value::Boolean(true)), [""; 0]);
}

#[test]
fn uris_of_the_vocabulary_read_back() {
    for edition in Edition::ALL {
        for aspect in meter::Aspect::ALL {
            assert_eq!(meter::Aspect::by_uri(&aspect.uri(edition)), Some(aspect));
        }
        for kind in event::Kind::ALL {
            assert_eq!(event::Kind::by_uri(&kind.uri(edition)), Some(kind));
        }
    }
    for service in system::Service::ALL {
        assert_eq!(system::Service::by_uri(&service.uri()), Some(service));
        assert_eq!(system::Service::by_uri(service.uri().trim_end_matches('/')), Some(service));
        let declared = schema(Edition::V2, "SystemService");
        assert!(service.operations().iter().all(|name| declared.operation(name).is_some()));
    }
    assert_eq!(event::Kind::by_uri("http://schemas.dmtf.org/cimi/2/event/"), None);
    assert_eq!(
        event::Kind::by_uri("http://schemas.dmtf.org/cloud/audit/1.0/event/security"),
        Some(event::Kind::Audit)
    );
    for protocol in network::PROTOCOLS {
        assert!(!network::segment_parameters(protocol).is_empty());
        assert!(!network::endpoint_parameters(protocol).is_empty());
    }
}

#[test]
fn units_convert() {
    let find = |name| unit::Unit::find(name).expect("declared");
    assert_eq!(find("gibibyte").convert(4, find("kibibyte")), Some(4 * 1024 * 1024));
    assert_eq!(find("kilobyte").convert(1_000_000, find("gigabyte")), Some(1));
    assert_eq!(find("yobibyte").convert(u64::MAX, find("byte")), None);
    assert_eq!(unit::Unit::find("yottabye"), unit::Unit::find("yottabyte"));
    check(|schema, faults| {
        walk(schema.edition, "", schema.attributes(), &mut |at, attribute| {
            if attribute.unit.ends_with("byte") && unit::Unit::find(attribute.unit).is_none() {
                faults.push(format!("{at}: {}", attribute.unit));
            }
        });
    });
}

#[test]
fn metadata_describes_a_type() {
    let machine = schema(Edition::V2, "Machine");
    let initial = capability::find("Machine", "InitialStates").expect("table 7");
    let value = capability::list(&["STARTED", "STOPPED"]);
    let room = super::attribute::attr("room", Type::String).optional();
    let extensions = Extensions::NONE.with("Machine", "http://example.com/ns", room);
    let document = metadata::describe(machine, "http://example.com/m", &[(initial, value)], &extensions);
    assert_eq!(document.attributes.text("typeURI"), Some("http://schemas.dmtf.org/cimi/2/Machine"));

    let entry = |list: &str, name: &str| {
        let mut items = document.attributes.items(list).iter().filter_map(Value::as_attributes);
        items.find(|fields| fields.text("name") == Some(name)).cloned().expect("described")
    };
    let cpu = entry("attributes", "cpu");
    assert_eq!((cpu.boolean("mutable"), cpu.contains("namespace")), (Some(true), false));
    assert_eq!(entry("attributes", "state").boolean("consumerWritable"), Some(false));
    let room = entry("attributes", "room");
    assert_eq!((room.text("namespace"), room.text("type")), (Some("http://example.com/ns"), Some("string")));
    assert_eq!(room.boolean("providerMandatory"), Some(false));
    assert_eq!(entry("capabilities", "InitialStates").text("value"), Some("STARTED,STOPPED"));
    let start = entry("actions", "start");
    assert_eq!(start.text("uri"), Some("http://schemas.dmtf.org/cimi/2/action/start"));

    // Everything in it is declared.
    for (name, _) in document.attributes.iter() {
        assert!(document.schema.attribute(name).is_some(), "{name}");
    }
    let v1 = metadata::describe(schema(Edition::V1, "Machine"), "http://example.com/m", &[], &extensions);
    assert_eq!(v1.attributes.items("attributes").len(), 1);
}
