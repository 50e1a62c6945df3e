//! Transcripts: the same requests bring the same bytes, and these are the bytes.

use std::fmt::Write as _;

use cimi::codec::Format;
use cimi::{Attributes, Edition};
use mock_cloud::Seed;

use crate::support::{Cloud, Reply, attributes, by_value, map, to};

/// A day in the life of a cloud, as a transcript.
fn day(edition: Edition, format: Format) -> String {
    let cloud = Cloud::new(edition, format, Seed::builtin());
    let mut transcript = String::new();
    let mut note = |title: &str, reply: &Reply| {
        write!(transcript, "# {title}\n{}\n", reply.status).unwrap();
        for (name, value) in &reply.headers {
            writeln!(transcript, "{name}: {}", value.to_str().unwrap()).unwrap();
        }
        write!(transcript, "\n{}\n\n", reply.text.replace("><", ">\n<").replace("},{", "},\n{")).unwrap();
    };
    note("entry point", &cloud.send("GET", "", &[], None));
    note("machine", &cloud.send("GET", "machines/3", &[], None));
    note("its volumes", &cloud.send("GET", "machines/3/volumes", &[], None));
    note("its disks", &cloud.send("GET", "machines/3/disks", &[], None));
    note("template", &cloud.send("GET", "machineTemplates/2", &[], None));
    let create = cloud.document(
        "MachineCreate",
        attributes().with("name", "new").with("properties", map(&[("a", "b")])).with(
            "machineTemplate",
            by_value(attributes().with("machineConfig", to(&cloud.named("machineConfigs", "small")))),
        ),
    );
    let created = cloud.post("machines", &create);
    note("create", &created);
    note("being created", &cloud.send("GET", &created.location(), &[], None));
    cloud.clock.drain();
    note("created", &cloud.send("GET", &created.location(), &[], None));
    note("its job", &cloud.send("GET", &created.job(), &[], None));
    note("start", &cloud.act(&created.location(), "start", Attributes::new()));
    cloud.clock.drain();
    note("start again", &cloud.act(&created.location(), "start", Attributes::new()));
    note(
        "page",
        &cloud.send(
            "GET",
            "machines?$filter=state='STARTED'&$orderby=name:desc&$first=1&$last=2&$select=name,state",
            &[],
            None,
        ),
    );
    note("delete", &cloud.delete(&created.location()));
    note("metadata", &cloud.send("GET", "resourceMetadata/Volume", &[], None));
    transcript
}

#[test]
fn transcripts() {
    for edition in Edition::ALL {
        for format in Format::ALL {
            let name = format!("day_{edition}_{format:?}").to_lowercase();
            insta::assert_snapshot!(name, day(edition, format));
        }
    }
}

#[test]
fn the_same_requests_bring_the_same_bytes() {
    for edition in Edition::ALL {
        assert_eq!(day(edition, Format::Json), day(edition, Format::Json));
    }
}
