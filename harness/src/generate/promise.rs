//! What an endpoint's own metadata says of an attribute: who may change it, and which numbers it may have (DSP0263 5.3, 5.5.14,
//! 5.11).
//!
//! Owns the reading of what was promised, and the choice of a number inside of it or beside it. What is not said is not guessed.

use super::chance::Chance;
use crate::meaning::{Resource, Value};

/// Numbers beside an interval are so far from it at most.
const FARTHEST: usize = 1000;

/// Numbers are drawn from so many of the smallest at most: a cloud has what a scope allows, and not always much of it.
const SPAN: i64 = 4096;

/// What is promised of an attribute with integers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Promise<'p> {
    /// The attribute.
    pub(super) name: &'p str,
    /// Who may change it.
    pub(super) access: Access,
    /// The numbers that it may have; nothing where that is not said.
    pub(super) scope: Option<Scope>,
}

/// Who may change an attribute once the resource is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Consumers: `mutable` and `consumerWritable`.
    Open,
    /// Not consumers: one of the two is false.
    Closed,
    /// Nothing is said.
    Unsaid,
}

/// An interval of numbers, its ends among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scope {
    least: Option<i64>,
    most: Option<i64>,
    increment: i64,
}

impl<'p> Promise<'p> {
    /// What an entry of the metadata says of an attribute.
    pub(super) fn of(name: &'p str, entry: &Resource) -> Self {
        let constraints =
            records(entry, "attributes").find(|fields| text(fields, "name").as_deref() == Some(name));
        let says = |constraint: &str| text(constraints?, constraint);
        let access = match [says("mutable"), says("consumerWritable")] {
            [Some(mutable), Some(writable)] if mutable == "true" && writable == "true" => Access::Open,
            both if both.iter().flatten().any(|word| word == "false") => Access::Closed,
            _ => Access::Unsaid,
        };
        let scope = records(entry, "vscope").find_map(|scopes| match scopes.get(name) {
            Some(Value::Record(scope)) => Scope::of(scope),
            _ => None,
        });
        Self { name, access, scope }
    }
}

impl Scope {
    fn of(scope: &indexmap::IndexMap<String, Value>) -> Option<Self> {
        let number = |name: &str| text(scope, name)?.parse::<i64>().ok();
        let (least, most) = (number("minimum"), number("maximum"));
        // Lists of values are of types of their own; what is neither bound says nothing of numbers.
        (least.is_some() || most.is_some()).then_some(())?;
        let increment = number("increment").filter(|by| *by > 0).unwrap_or(1);
        Some(Self { least, most, increment })
    }

    /// A number that is promised to do.
    pub(super) fn inside(self, chance: &mut Chance) -> i64 {
        let (least, most) = self.ends();
        let number = most.min(least.saturating_add(SPAN)).saturating_sub(least) / self.increment;
        let steps = chance.below(usize::try_from(number.saturating_add(1)).unwrap_or(1));
        i64::try_from(steps).unwrap_or(0).saturating_mul(self.increment).saturating_add(least)
    }

    /// A number that is promised not to do.
    pub(super) fn beside(self, chance: &mut Chance) -> Option<i64> {
        let by = 1 + i64::try_from(chance.below(FARTHEST)).ok()?;
        let below = self.least.and_then(|least| least.checked_sub(by));
        let above = self.most.and_then(|most| most.checked_add(by));
        let both: Vec<i64> = below.into_iter().chain(above).collect();
        chance.pick(&both).copied()
    }

    fn ends(self) -> (i64, i64) {
        let least = self.least.unwrap_or_else(|| self.most.map_or(0, |most| most.min(0)));
        (least, self.most.unwrap_or(i64::MAX).max(least))
    }
}

/// The structures of an array.
fn records<'r>(
    entry: &'r Resource,
    array: &str,
) -> impl Iterator<Item = &'r indexmap::IndexMap<String, Value>> {
    let items: &[Value] = match entry.attributes.get(array) {
        Some(Value::List(items)) => items,
        _ => &[],
    };
    items.iter().filter_map(|item| match item {
        Value::Record(fields) => Some(fields),
        _ => None,
    })
}

fn text(fields: &indexmap::IndexMap<String, Value>, name: &str) -> Option<String> {
    fields.get(name).and_then(Value::as_text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_inside_are_inside_and_numbers_beside_are_not() {
        let scopes = [
            (Some(1), Some(128), 1),
            (Some(68), Some(65_536), 4),
            (None, Some(-3), 1),
            (Some(5), None, 7),
            (Some(i64::MIN), Some(i64::MAX), 1),
            (Some(9), Some(9), 1),
        ];
        for (nth, (least, most, increment)) in scopes.into_iter().enumerate() {
            let scope = Scope { least, most, increment };
            let holds = |number: i64| {
                least.is_none_or(|least| number >= least) && most.is_none_or(|most| number <= most)
            };
            for turn in 0..200 {
                let mut chance = Chance::of(turn, &format!("scope {nth}"));
                let inside = scope.inside(&mut chance);
                assert!(holds(inside), "{inside} of {scope:?}");
                let on_step = i128::from(inside) - i128::from(least.unwrap_or(inside));
                assert_eq!(on_step % i128::from(increment), 0, "{inside} of {scope:?}");
                if let Some(beside) = scope.beside(&mut chance) {
                    assert!(!holds(beside), "{beside} of {scope:?}");
                }
            }
        }
    }
}
