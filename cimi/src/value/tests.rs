use indexmap::IndexMap;
use proptest::prelude::*;

use super::{Attributes, Name, Value};

#[derive(Clone, Debug)]
enum Step {
    Set(u8, i64),
    InsertNew(u8, i64),
    Remove(u8),
    Retain(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => (any::<u8>(), any::<i64>()).prop_map(|(name, number)| Step::Set(name, number)),
        2 => (any::<u8>(), any::<i64>()).prop_map(|(name, number)| Step::InsertNew(name, number)),
        4 => any::<u8>().prop_map(Step::Remove),
        1 => (2_i64..9).prop_map(Step::Retain),
    ];
    prop::collection::vec(step, 0..200)
}

fn name(number: u8) -> String {
    format!("a{}", number % 64)
}

proptest! {
    /// Below and beyond the size at which there is an index.
    #[test]
    fn attributes_are_an_ordered_map(steps in steps()) {
        let mut model = IndexMap::<String, Value>::new();
        let mut attributes = Attributes::new();
        for step in steps {
            match step {
                Step::Set(key, number) => {
                    prop_assert_eq!(attributes.set(name(key), number), model.insert(name(key), number.into()));
                }
                Step::InsertNew(key, number) => {
                    let is_new = !model.contains_key(&name(key));
                    model.entry(name(key)).or_insert_with(|| number.into());
                    prop_assert_eq!(attributes.insert_new(Name::from(name(key)), number.into()), is_new);
                }
                Step::Remove(key) => {
                    prop_assert_eq!(attributes.remove(&name(key)), model.shift_remove(&name(key)));
                }
                Step::Retain(divisor) => {
                    attributes.retain(|_, value| value.as_integer().is_some_and(|number| number % divisor != 0));
                    model.retain(|_, value| value.as_integer().is_some_and(|number| number % divisor != 0));
                }
            }
            prop_assert!(attributes.iter().eq(model.iter().map(|(name, value)| (name.as_str(), value))));
        }
        for key in 0..64 {
            prop_assert_eq!(attributes.get(&name(key)), model.get(&name(key)));
        }
        let reversed: Attributes =
            model.into_iter().rev().map(|(name, value)| (Name::from(name), value)).collect();
        prop_assert_eq!(attributes, reversed);
    }
}
