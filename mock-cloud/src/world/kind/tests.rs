use cimi::Edition;
use cimi::model::{Type, schema};

use super::{Home, Kind};

/// The schema of 1.x misspells `snapshot`; the face knows.
const MISSPELT: &str = "snapshot";

#[test]
fn cards_name_what_the_model_declares() {
    for kind in Kind::ALL {
        let schemas: Vec<_> = Edition::ALL.into_iter().filter_map(|edition| kind.schema(edition)).collect();
        assert!(!schemas.is_empty(), "{}", kind.name());
        for held in kind.card().attributes.iter().filter(|held| held.name != MISSPELT) {
            let declared = schemas.iter().any(|schema| schema.attribute(held.name).is_some());
            assert!(declared, "{} of {}", held.name, kind.name());
        }
    }
}

#[test]
fn homes_are_collections_in_both_editions() {
    for kind in Kind::ALL {
        let (owner, attribute) = match kind.card().home {
            Home::Root => continue,
            Home::Cloud(attribute) => (Kind::CloudEntryPoint, attribute),
            Home::Inside(owner, attribute) => (owner, attribute),
        };
        for edition in Edition::ALL {
            let declared = schema(edition, owner.name()).attribute(attribute).map(|attribute| attribute.ty);
            assert!(
                matches!(declared, Some(Type::Collection(_))),
                "{attribute} of {} in {edition}",
                owner.name()
            );
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
