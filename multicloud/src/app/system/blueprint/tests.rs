use cimi::Map;

use super::*;

fn descriptor(ty: &str, name: &str, refers: &[&str]) -> Attributes {
    let volumes = refers
        .iter()
        .map(|to| Value::Structure(Attributes::new().with("volume", Reference::to(format!("#{to}")))));
    let template = Attributes::new().with("volumes", volumes.collect::<Vec<_>>());
    let mut source = format!("{ty}Template");
    source[..1].make_ascii_lowercase();
    Attributes::new()
        .with("name", name)
        .with("type", format!("http://schemas.dmtf.org/cimi/2/{ty}"))
        .with(source, Reference::by_value(template))
}

fn blueprint(descriptors: Vec<Attributes>) -> Result<Vec<Component>, AppError> {
    let items: Vec<Value> = descriptors.into_iter().map(Value::Structure).collect();
    let template = Attributes::new().with("componentDescriptors", items);
    read(&template, Beside::All, &|reference, _| Ok(reference.attributes.clone()))
}

#[track_caller]
fn refused(descriptors: Vec<Attributes>, with: &str) {
    let error = blueprint(descriptors).unwrap_err();
    assert!(error.message.contains(with), "{error}");
}

#[test]
fn what_is_referred_to_comes_first() {
    let read =
        blueprint(vec![descriptor("Machine", "web", &["data"]), descriptor("Volume", "data", &[])]).unwrap();
    let names: Vec<_> = read.iter().map(|it| it.common.text("name").unwrap()).collect();
    assert_eq!(names, ["data", "web"]);
    assert_eq!(read[1].needs, BTreeMap::from([("data".to_owned(), 0)]));
}

#[test]
fn several_are_numbered() {
    let read = blueprint(vec![descriptor("Machine", "web", &[]).with("quantity", 2)]).unwrap();
    let names: Vec<_> = read.iter().map(|it| it.common.text("name").unwrap()).collect();
    assert_eq!(names, ["web1", "web2"]);
}

#[test]
fn names_are_put_in_place() {
    let read = descriptor("Machine", "web", &["data"]);
    let put = named(&read, &|name| (name == "data").then(|| "volumes/3".to_owned()));
    let template = put.reference("machineTemplate").unwrap();
    let volume = template.attributes.items("volumes")[0].as_attributes().unwrap();
    assert_eq!(volume.href("volume"), Some("volumes/3"));
}

#[test]
fn what_is_wrong_is_said() {
    refused(
        vec![descriptor("Machine", "a", &["b"]), descriptor("Machine", "b", &["a"])],
        "in a circle: a -> b -> a",
    );
    refused(vec![descriptor("Machine", "a", &["x"])], "#x refers to no component");
    refused(
        vec![
            descriptor("Machine", "a", &["b"]),
            descriptor("Volume", "b", &[]),
            descriptor("Volume", "b", &[]),
        ],
        "several",
    );
    refused(vec![descriptor("Machine", "a", &[]).with("quantity", 0)], "quantity");
    refused(vec![descriptor("Machine", "a", &[]).with("quantity", 1001)], "up to 1000");
    refused(vec![descriptor("Machine", "a", &[]).with("volume", Reference::to("volumes/1"))], "one of them");
    refused(vec![descriptor("MachineImage", "a", &[])], "no such component");
    refused(vec![Attributes::new().with("name", "a").with("properties", Map::new())], "type is missing");
    let volume = descriptor("Volume", "a", &[]).with("type", "http://schemas.dmtf.org/cimi/2/Machine");
    refused(vec![volume], "type is Machine");
}
