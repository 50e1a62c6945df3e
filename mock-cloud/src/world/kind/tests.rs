use cimi::Edition;
use cimi::model::{Form, Type, registry};

use super::{Home, Kind};

/// The schema of 1.x misspells `snapshot`; the face knows.
const MISSPELT: &str = "snapshot";

#[test]
fn cards_name_what_the_model_declares() {
    for kind in Kind::ALL {
        let schemas: Vec<_> = Edition::ALL.into_iter().filter_map(|edition| kind.schema(edition)).collect();
        if schemas.is_empty() {
            assert!(kind.card().link.is_some(), "{}", kind.name());
            continue;
        }
        for held in kind.card().attributes.iter().filter(|held| held.name != MISSPELT) {
            let declared = schemas.iter().any(|schema| schema.attribute(held.name).is_some());
            assert!(declared, "{} of {}", held.name, kind.name());
        }
    }
}

#[test]
fn homes_are_collections_of_some_edition() {
    let is_collection = |owner: Kind, attribute: &str| {
        Edition::ALL.into_iter().any(|edition| {
            let declared = owner.schema(edition).and_then(|schema| schema.attribute(attribute));
            matches!(declared.map(|attribute| attribute.ty), Some(Type::Collection(_)))
        })
    };
    for kind in Kind::ALL {
        let owner = match kind.card().home {
            Home::Root => continue,
            Home::Cloud(_) => Kind::CloudEntryPoint,
            Home::Inside(owner, _) | Home::Flat(owner, _, _) => owner,
        };
        assert!(is_collection(owner, kind.attribute()), "{} of {}", kind.attribute(), owner.name());
        for (owner, attribute) in kind.card().also {
            assert!(is_collection(*owner, attribute), "{attribute} of {}", owner.name());
        }
    }
}

/// What a resource of the model has to show, the cloud has.
#[test]
fn every_type_and_every_collection_of_the_model_has_a_kind() {
    // The text of 1.x has this association, its schema has no collection of it.
    const HOMELESS: [&str; 1] = ["ForwardingGroupNetwork"];
    for edition in Edition::ALL {
        for schema in registry(edition).iter().filter(|schema| schema.ty.form == Form::Resource) {
            let name = schema.name();
            if HOMELESS.contains(&name) || name == "ResourceMetadata" {
                continue;
            }
            let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.name() == name) else {
                panic!("{name} of {edition} has no kind");
            };
            for attribute in schema.attributes() {
                if !matches!(attribute.ty, Type::Collection(_)) || kind == Kind::CloudEntryPoint {
                    continue;
                }
                let found = kind.collections().any(|(listed, _)| listed == attribute.name);
                assert!(found, "{} of {name} in {edition}", attribute.name);
            }
        }
    }
}

#[test]
fn states_are_the_same_in_both_editions() {
    for kind in Kind::ALL {
        let states = |edition| kind.schema(edition).map(|schema| schema.ty.states.map(|states| states.all));
        if let (Some(one), Some(two)) = (states(Edition::V1), states(Edition::V2)) {
            assert_eq!(one, two, "{}", kind.name());
        }
    }
}
