use std::collections::BTreeMap;

use proptest::prelude::*;

use super::Ordered;
use super::sums::Sums;

#[derive(Clone, Debug)]
enum Step {
    Insert(u16, u32),
    Append(u32),
    Remove(u16),
    Page(u16),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        1 => (0..2000_u16, any::<u32>()).prop_map(|(key, value)| Step::Insert(key, value)),
        4 => any::<u32>().prop_map(Step::Append),
        1 => (0..2000_u16).prop_map(Step::Remove),
        1 => (0..2500_u16).prop_map(Step::Page),
    ];
    prop::collection::vec(step, 0..1500)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn behaves_as_a_btreemap(steps in steps()) {
        let mut model = BTreeMap::new();
        let mut map = Ordered::default();
        for step in steps {
            match step {
                Step::Insert(key, value) => prop_assert_eq!(map.insert(key, value), model.insert(key, value)),
                Step::Append(value) => {
                    let key = model.last_key_value().map_or(0, |(key, _)| key + 1);
                    prop_assert_eq!(map.insert(key, value), model.insert(key, value));
                }
                Step::Remove(key) => prop_assert_eq!(map.remove(key), model.remove(&key)),
                Step::Page(n) => {
                    let page: Vec<_> = map.from_nth(n.into()).take(10).map(|(k, v)| (k, *v)).collect();
                    let expected: Vec<_> = model.iter().skip(n.into()).take(10).map(|(k, v)| (*k, *v)).collect();
                    prop_assert_eq!(page, expected);
                }
            }
            prop_assert_eq!(map.len(), model.len());
        }
        prop_assert!(map.iter().map(|(k, v)| (k, *v)).eq(model.iter().map(|(k, v)| (*k, *v))));
        for key in 0..2600 {
            prop_assert_eq!(map.get(key), model.get(&key));
            let next = map.after(key).map(|(k, v)| (k, *v)).next();
            prop_assert_eq!(next, model.range(key + 1..).map(|(k, v)| (*k, *v)).next());
        }
    }

    #[test]
    fn sums_are_sums(numbers in prop::collection::vec(1..9_usize, 0..70), more in prop::collection::vec(any::<bool>(), 70)) {
        let mut numbers = numbers;
        let mut sums: Sums = numbers.iter().copied().collect();
        for (at, more) in more.into_iter().enumerate().take(numbers.len()) {
            if more {
                numbers[at] += 1;
                sums.increment(at);
            } else {
                numbers[at] -= 1;
                sums.decrement(at);
            }
        }
        let covered = numbers.iter().enumerate().flat_map(|(at, number)| (0..*number).map(move |left| (at, left)));
        for (n, expected) in covered.enumerate() {
            prop_assert_eq!(sums.find(n), expected);
        }
        prop_assert_eq!(sums.find(numbers.iter().sum::<usize>() + 3), (numbers.len(), 3));
    }
}
