use super::Record;
use crate::world::{Field, Id};

/// A million machines, each with a disk, are two million records.
#[test]
fn records_are_small() {
    assert_eq!(size_of::<Option<Id>>(), 8);
    assert_eq!(size_of::<Field>(), 24);
    assert!(size_of::<Record>() <= 152, "{}", size_of::<Record>());
}
