use super::*;

fn machine(name: &str, refers_to: &[&str]) -> Fields {
    let names = refers_to.iter().map(|name| Field::Link(Link::Foreign(format!("#{name}").into())));
    let template = Fields::new().with("credential", names.collect::<Vec<_>>());
    Fields::new().with("name", name).with("type", "http://schemas.dmtf.org/cimi/2/Machine").with(
        "machineTemplate",
        Field::Beside(Box::new(crate::world::Beside { link: None, fields: template })),
    )
}

/// The names in order of creation, or the refusal.
fn check(descriptors: Vec<Fields>) -> String {
    let descriptors: Vec<_> = descriptors.into_iter().map(Field::from).collect();
    let template = Fields::new().with("componentDescriptors", descriptors);
    match Blueprint::read(&template, &Capabilities::default()) {
        Ok(blueprint) => blueprint
            .in_order()
            .map(|component| component.label.name.as_deref().unwrap_or_default())
            .collect::<Vec<_>>()
            .join(" "),
        Err(denial) => denial.message,
    }
}

#[test]
fn what_is_referred_to_comes_first() {
    assert_eq!(check(vec![machine("a", &["c", "b"]), machine("b", &["c"]), machine("c", &[])]), "c b a");
    assert_eq!(check(vec![machine("a", &[]), machine("b", &["a"])]), "a b");
}

#[test]
fn circles_are_named() {
    let circle = vec![machine("x", &["a"]), machine("a", &["b"]), machine("b", &["c"]), machine("c", &["a"])];
    assert_eq!(check(circle), "The components refer to each other in a circle: `a` -> `b` -> `c` -> `a`.");
    assert_eq!(
        check(vec![machine("a", &["a"])]),
        "The components refer to each other in a circle: `a` -> `a`."
    );
}

#[test]
fn names_lead_to_one_component() {
    assert_eq!(check(vec![machine("a", &["b"])]), "#b refers to no component of this template.");
    let twice = vec![machine("a", &[]), machine("a", &[]), machine("b", &["a"])];
    assert_eq!(check(twice), "#a refers to several components of that name.");
    assert_eq!(check(vec![machine("a", &[]), machine("a", &[])]), "a a", "nobody refers to them");
}

#[test]
fn several_are_numbered() {
    let three = machine("web", &[]).with("quantity", 3);
    assert_eq!(check(vec![machine("a", &["web2"]), three]), "web1 web2 a web3");
    assert_eq!(check(vec![machine("web", &[]).with("quantity", 1)]), "web");
    let none = check(vec![machine("web", &[]).with("quantity", 0)]);
    assert_eq!(none, "componentDescriptors, item 1: quantity is 0; a number greater than 0 was expected.");
    let many = check(vec![machine("web", &[]).with("quantity", 1001)]);
    assert_eq!(many, "A System has up to 1000 components in this cloud.");
}

#[test]
fn each_says_one_thing() {
    let both = machine("a", &[]).with("volumeTemplate", Fields::new());
    let message = check(vec![both]);
    assert!(message.contains("machineTemplate and volumeTemplate; one of them"), "{message}");
    let mut nothing = machine("a", &[]);
    nothing.remove("machineTemplate");
    assert!(check(vec![nothing]).contains("of nothing what it is made of"));
    let other = machine("a", &[]).with("type", "http://schemas.dmtf.org/cimi/2/Volume");
    assert!(check(vec![other]).contains("type is Volume, but machineTemplate is for a Machine"));
}
