use super::{Absence, Kind, Tables};

/// The tables of the project.
fn tables(edition: &str) -> Tables {
    let file = format!("{}/../suites/spec/{edition}.toml", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&file).unwrap();
    Tables::read(&file, &text).unwrap_or_else(|faults| {
        panic!("{}", faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    })
}

#[test]
fn the_tables_are_read_whole() {
    for edition in ["v1", "v2"] {
        let tables = tables(edition);
        for (name, collection) in &tables.collections {
            assert!(tables.types.contains_key(&collection.of), "{edition} {name} of {}", collection.of);
        }
        for (name, resource) in &tables.types {
            assert!(resource.uris[0].starts_with(&tables.type_base), "{edition} {name} {}", resource.uris[0]);
            for (attribute, declared) in &resource.attributes {
                match &declared.kind {
                    Kind::Collection { via, .. } => {
                        assert!(tables.collections.contains_key(via), "{edition} {name}.{attribute} {via}");
                    }
                    Kind::Structure(s) => {
                        assert!(tables.structures.contains_key(s), "{edition} {name}.{attribute} {s}");
                    }
                    _ => {}
                }
            }
        }
    }
}

#[test]
fn absence_follows_the_rule_of_the_head() {
    let tables = tables("v2");
    let machine = &tables.types["Machine"].attributes;
    for (name, expected) in [
        ("id", Absence::Finding),
        ("name", Absence::Allowed),
        ("state", Absence::Finding),
        ("created", Absence::Allowed),
    ] {
        assert_eq!(machine[name].absence, expected, "{name}");
    }
}

#[test]
fn rels_have_a_short_name() {
    let tables = tables("v1");
    for (rel, short) in
        [("add", "add"), ("http://schemas.dmtf.org/cimi/1/action/stop", "stop"), ("http://x/y", "http://x/y")]
    {
        assert_eq!(tables.short_rel(rel), short);
    }
    assert_eq!(tables.full_rel("stop"), "http://schemas.dmtf.org/cimi/1/action/stop");
}
