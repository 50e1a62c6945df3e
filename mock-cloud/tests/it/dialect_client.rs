//! Our own client at a server of each dialect: it finds its way from the entry point, and gets along.

use cimi::client::{Client, Complete, Credentials, Narrow, Options, Wait};
use cimi::codec::Format;
use cimi::{Attributes, Document};
use mock_cloud::{MockCloud, dialect};

struct Case {
    dialect: &'static str,
    user: Option<(&'static str, &'static str)>,
    collection: &'static str,
    ty: &'static str,
    formats: &'static [Format],
    names: &'static [&'static str],
}

const BOTH: &[Format] = &Format::ALL;

const CASES: &[Case] = &[
    Case {
        dialect: "deltacloud",
        user: Some(("mockuser", "mockpassword")),
        collection: "machines",
        ty: "MachineCollection",
        formats: BOTH,
        names: &["Mock Instance With Profile Change", "MockUserInstance", "AnotherInstance", "Nameless"],
    },
    Case {
        dialect: "sirocco",
        user: Some(("admin", "admin")),
        collection: "machines",
        ty: "MachineCollection",
        formats: BOTH,
        names: &["one", "two"],
    },
    Case {
        dialect: "osaddon",
        user: None,
        collection: "machines",
        ty: "MachineCollection",
        formats: BOTH,
        names: &["vm1"],
    },
    // It has no machines.
    Case {
        dialect: "stratuslab",
        user: Some(("jane", "user_password")),
        collection: "volumes",
        ty: "VolumeCollection",
        formats: &[Format::Json],
        names: &[],
    },
];

async fn client(cloud: &mock_cloud::Running, case: &Case, format: Format) -> Client {
    let credentials = match case.user {
        Some((user, password)) => Credentials::Basic { user: user.to_owned(), password: password.to_owned() },
        None => Credentials::None,
    };
    let options = Options { credentials, format: Some(format), ..Options::default() };
    Client::connect(&cloud.entry_point(), options)
        .await
        .unwrap_or_else(|error| panic!("{}: {error:?}", case.dialect))
}

#[tokio::test]
async fn lists_in_every_dialect() {
    for case in CASES {
        let cloud = MockCloud::builder().dialect(dialect::find(case.dialect).unwrap()).start().await.unwrap();
        for format in case.formats {
            let client = client(&cloud, case, *format).await;
            let listed = client
                .list(
                    client.link(case.collection).unwrap(),
                    client.schema(case.ty).unwrap(),
                    &Narrow::default(),
                )
                .await
                .unwrap_or_else(|error| panic!("{}: {error:?}", case.dialect));
            let names: Vec<_> =
                listed.members.iter().map(|it| it.attributes.text("name").unwrap_or_default()).collect();
            assert_eq!(names, case.names, "{} {format:?}", case.dialect);
            assert_eq!(listed.complete, Complete::Yes, "{}", case.dialect);
            assert_eq!(client.dialect().name, case.dialect, "{format:?}");
        }
    }
}

#[tokio::test]
async fn stops_a_machine_where_there_are_some() {
    for case in CASES.iter().filter(|case| case.collection == "machines") {
        let cloud = MockCloud::builder()
            .dialect(dialect::find(case.dialect).unwrap())
            .speed(100.0)
            .start()
            .await
            .unwrap();
        let client = client(&cloud, case, Format::Json).await;
        let schema = client.schema(case.ty).unwrap();
        let listed = client.list(client.link("machines").unwrap(), schema, &Narrow::default()).await.unwrap();
        let id = listed.members[0].id().unwrap().to_owned();
        let machine: Document = client.get(&id, &[]).await.unwrap().document;
        let accepted = client
            .act(&machine, "stop", Attributes::new())
            .await
            .unwrap_or_else(|error| panic!("{}: {error:?}", case.dialect));
        client.settle(&accepted, Wait::default()).await.unwrap();
        let machine = client.get(&id, &[]).await.unwrap().document;
        assert_eq!(machine.attributes.text("state"), Some("STOPPED"), "{}", case.dialect);
    }
}
