use std::collections::BTreeSet;

use proptest::prelude::*;

use super::Components;
use crate::world::{Id, Kind};

fn ids() -> impl Strategy<Value = Id> {
    let kinds = vec![Kind::Disk, Kind::MachineVolume, Kind::MachineSnapshot];
    (prop::sample::select(kinds), 1..20_u64).prop_map(|(kind, number)| Id::new(kind, number).unwrap())
}

proptest! {
    #[test]
    fn behave_as_a_set_in_stretches(steps in prop::collection::vec((any::<bool>(), ids()), 0..60)) {
        let mut model = BTreeSet::new();
        let mut components = Components::default();
        for (puts, id) in steps {
            if puts {
                model.insert(id);
                components.insert(id);
            } else {
                model.remove(&id);
                components.remove(id);
            }
            prop_assert!(components.all().iter().eq(&model));
            for kind in Kind::ALL {
                let expected = model.iter().filter(|id| id.kind() == kind);
                prop_assert!(components.of(kind).iter().eq(expected));
            }
        }
    }
}
