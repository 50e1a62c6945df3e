//! The manager's own face in CIMI 1.x.

use cimi::client::{Client, Narrow, Options, Wait};
use cimi::codec::Format;
use cimi::{Attributes, Document, Reference};
use mock_cloud::Edition;

use crate::support::{self, account};

#[tokio::test]
async fn a_client_of_1_x_makes_a_machine_and_connects_a_volume() {
    for format in Format::ALL {
        let (new, old) = (support::instant(Edition::V2).await, support::instant(Edition::V1).await);
        let accounts = [account("new", new.base_uri(), ""), account("old", old.base_uri(), "")].concat();
        let manager = support::manager(&format!("edition = \"v1\"\n{accounts}")).await;
        let options = Options { format: Some(format), ..Options::default() };
        let client = Client::connect(manager.base_uri(), options).await.unwrap();
        assert_eq!(client.edition(), Edition::V1);

        let template =
            sole(&client, "machineTemplates", "MachineTemplateCollection", "name='web-server'").await;
        let machines = collection(&client, "machines", "MachineCollection").await;
        let create = Document::with(
            client.schema("MachineCreate").unwrap(),
            Attributes::new()
                .with("name", "one")
                .with("machineTemplate", Reference::to(template.id().unwrap())),
        );
        let made = client.create(&machines, &create).await.unwrap();
        client.settle(&made, Wait::default()).await.unwrap();
        let machine = client.get(&made.location.unwrap(), &[]).await.unwrap().document;
        assert_eq!(machine.attributes.text("state"), Some("STARTED"));
        let offers: Vec<&str> = machine.offers().map(|offer| offer.rel).collect();
        assert!(offers.contains(&"http://schemas.dmtf.org/cimi/1/action/stop"), "{offers:?}");

        let account = machine.attributes.get("account").cloned();
        let volumes = client.link("volumes").unwrap();
        let listed =
            client.list(volumes, client.schema("VolumeCollection").unwrap(), &Narrow::default()).await;
        let mut here =
            listed.unwrap().members.into_iter().filter(|it| it.attributes.text("name") == Some("backup"));
        let volume = here.find(|volume| volume.attributes.get("account").cloned() == account).unwrap();

        let connections = machine.attributes.href("volumes").unwrap();
        let schema = client.schema("MachineVolumeCollection").unwrap();
        let head = client.head_of(connections, &[schema], &Narrow::default()).await.unwrap();
        let connection = Attributes::new()
            .with("initialLocation", "/dev/vdx")
            .with("volume", Reference::to(volume.id().unwrap()));
        let connection = Document::with(client.schema("MachineVolume").unwrap(), connection);
        let connected = client.create(&head, &connection).await.unwrap();
        let link = client.get(&connected.location.unwrap(), &[]).await.unwrap().document;
        assert_eq!(link.attributes.href("volume"), volume.id());
        client.delete(&link).await.unwrap();
        let left = client.list(connections, schema, &Narrow::default()).await.unwrap();
        assert!(left.members.is_empty());
    }
}

async fn collection(client: &Client, link: &str, name: &str) -> Document {
    let schema = client.schema(name).unwrap();
    client.head_of(client.link(link).unwrap(), &[schema], &Narrow::default()).await.unwrap()
}

async fn sole(client: &Client, link: &str, name: &str, filter: &str) -> Document {
    let narrow = Narrow { filter: Some(filter.to_owned()), ..Narrow::default() };
    let listed =
        client.list(client.link(link).unwrap(), client.schema(name).unwrap(), &narrow).await.unwrap();
    listed.members.into_iter().next().unwrap()
}
