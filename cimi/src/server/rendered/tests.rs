use bytes::Bytes;

use super::{BODY, Rendered, SLOTS};
use crate::codec::Format;
use crate::server::Version;

fn version(text: &str) -> Version {
    Version(text.to_owned())
}

#[test]
fn only_what_is_of_the_same_path_format_and_version() {
    let rendered = Rendered::new();
    let body = Bytes::from_static(b"{}");
    rendered.keep("machines/1", Format::Json, &version("1"), &body);
    assert_eq!(rendered.get("machines/1", Format::Json, &version("1")), Some(body));
    assert_eq!(rendered.get("machines/1", Format::Json, &version("2")), None);
    assert_eq!(rendered.get("machines/1", Format::Xml, &version("1")), None);
    assert_eq!(rendered.get("machines/2", Format::Json, &version("1")), None);
}

#[test]
fn no_more_than_there_are_slots_and_nothing_large() {
    let rendered = Rendered::new();
    let path = |number: usize| format!("machines/{number}");
    for number in 0..4 * SLOTS {
        rendered.keep(&path(number), Format::Json, &version("1"), &Bytes::from(path(number)));
    }
    let kept = (0..4 * SLOTS).filter_map(|number| {
        let body = rendered.get(&path(number), Format::Json, &version("1"))?;
        assert_eq!(body, path(number));
        Some(())
    });
    assert!((1..=SLOTS).contains(&kept.count()));
    let large = Bytes::from(vec![b'x'; BODY + 1]);
    rendered.keep("large", Format::Json, &version("1"), &large);
    assert_eq!(rendered.get("large", Format::Json, &version("1")), None);
}
