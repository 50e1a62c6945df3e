use super::*;
use crate::value::{Map, Reference};

fn template() -> Attributes {
    Attributes::new()
        .with("id", "http://a/machineTemplates/1")
        .with("name", "small")
        .with("created", "2012-05-25T13:30:15Z")
        .with("properties", Map::from_iter([("of".to_owned(), "template".to_owned())]))
        .with("initialState", "STARTED")
        .with("machineConfig", Reference::to("http://a/configs/1"))
        .with("userData", "abc")
        .with("operations", Vec::new())
}

/// The names of what is merged, in order.
fn check(overrides: &Attributes, expected: &str) {
    let merged = merge(&template(), overrides);
    let found: Vec<_> = merged.iter().map(|(name, _)| name).collect();
    assert_eq!(found.join(" "), expected);
    assert!(overrides.iter().all(|(name, value)| model::is_common(name)
        || *value == Value::Null
        || value.is_empty()
        || merged.get(name) == Some(value)));
}

#[test]
fn what_is_given_replaces_the_templates_as_a_whole() {
    let config = Reference { href: None, attributes: Attributes::new().with("cpu", 2) };
    check(&Attributes::new(), "initialState machineConfig userData");
    check(
        &Attributes::new().with("machineConfig", config).with("meterTemplates", vec![Value::from("x")]),
        "initialState machineConfig userData meterTemplates",
    );
}

#[test]
fn null_and_empty_values_erase() {
    check(&Attributes::new().with("userData", Value::Null).with("initialState", ""), "machineConfig");
    check(&Attributes::new().with("nothingThere", Value::Null), "initialState machineConfig userData");
}

#[test]
fn common_attributes_of_neither_side_are_merged() {
    check(&Attributes::new().with("name", "mine"), "initialState machineConfig userData");
}

#[test]
fn by_value_there_is_no_base() {
    let value =
        Attributes::new().with("name", "transient").with("userData", "x").with("initialState", Value::Null);
    assert_eq!(merge(&Attributes::new(), &value), Attributes::new().with("userData", "x"));
}

#[test]
fn a_create_says_name_description_and_properties_of_the_new_resource() {
    let mut machine =
        Attributes::new().with("name", "from template").with("description", "kept").with("cpu", 1);
    let create = Attributes::new()
        .with("name", "mine")
        .with("properties", Value::Null)
        .with("machineTemplate", Reference::to("http://a/machineTemplates/1"));
    set_common(&create, &mut machine);
    let expected = Attributes::new().with("name", "mine").with("description", "kept").with("cpu", 1);
    assert_eq!(machine, expected);
}
