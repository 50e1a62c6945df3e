//! Every kind that the manager shows, over a cloud of each edition, in either edition of its own.

use cimi::client::{Client, Listed, Narrow, Options, Wait};
use cimi::codec::Format;
use cimi::{Attributes, Document, Edition, Reference};
use mock_cloud::Running as Cloud;
use multicloud::connector::Parts;
use multicloud::kind::{Kind, Role, Sharing};

use crate::support::{self, account};

/// Two clouds, and a manager of an edition over them.
struct Stage {
    clouds: [Cloud; 2],
    manager: multicloud::running::Running,
    edition: Edition,
}

impl Stage {
    async fn new(edition: Edition, more: &str) -> Self {
        let clouds = [support::instant(Edition::V2).await, support::instant(Edition::V1).await];
        let accounts = [account("new", clouds[0].base_uri(), ""), account("old", clouds[1].base_uri(), "")];
        let name = if edition == Edition::V1 { "v1" } else { "v2" };
        let text =
            format!("edition = \"{name}\"\nrefresh-seconds = 3600\n{more}\n{}{}", accounts[0], accounts[1]);
        let manager = support::manager(&text).await;
        Self { clouds, manager, edition }
    }

    async fn client(&self, format: Format) -> Client {
        client(self.manager.base_uri(), format).await
    }
}

async fn client(base: &str, format: Format) -> Client {
    let options = Options { format: Some(format), ..Options::default() };
    Client::connect(base, options).await.unwrap()
}

async fn listed(client: &Client, kind: Kind) -> Listed {
    let schema = client.schema(kind.collection_name()).unwrap();
    client.list(client.link(kind.link()).unwrap(), schema, &Narrow::default()).await.unwrap()
}

/// The one of a name, at a cloud if it is at one; looked for in JSON: in 1.x, XML has no room for where things are.
async fn named(asking: &Client, kind: Kind, name: &str, account: &str) -> Document {
    let json = client(asking.endpoint().as_str(), Format::Json).await;
    let members = listed(&json, kind).await.members;
    let is = |it: &Document| {
        let at = it.attributes.text("account");
        it.attributes.text("name") == Some(name) && at.is_none_or(|at| at == account)
    };
    let found = members.iter().find(|it| is(it));
    let found = found.unwrap_or_else(|| panic!("there is no {name} at {account} among {members:#?}"));
    asking.get(found.id().unwrap(), &[]).await.unwrap().document
}

#[tokio::test]
async fn the_manager_shows_the_kinds_of_its_own_edition_and_all_that_clouds_have() {
    for edition in Edition::ALL {
        let stage = Stage::new(edition, "").await;
        for format in Format::ALL {
            let manager = stage.client(format).await;
            let clouds = [
                client(stage.clouds[0].base_uri(), format).await,
                client(stage.clouds[1].base_uri(), format).await,
            ];
            for kind in Kind::ALL {
                assert_eq!(manager.link(kind.link()).is_some(), kind.is_in(stage.edition), "{kind:?}");
                if !kind.is_in(edition) || !kind.is_at_clouds() {
                    continue;
                }
                let mut theirs = Vec::new();
                for cloud in clouds.iter().filter(|cloud| kind.is_in(cloud.edition())) {
                    let members = listed(cloud, kind).await.members;
                    theirs.extend(members.iter().map(|it| it.attributes.text("name").map(str::to_owned)));
                }
                theirs.sort();
                if kind.sharing() == Sharing::ByName {
                    theirs.dedup();
                }
                let members = listed(&manager, kind).await.members;
                let mut ours: Vec<_> =
                    members.iter().map(|it| it.attributes.text("name").map(str::to_owned)).collect();
                ours.sort();
                assert_eq!(ours, theirs, "{kind:?} in {edition}, {format:?}");
                let is_said = edition == Edition::V2 || format == Format::Json;
                for member in members.iter().filter(|_| is_said && kind.role() == Role::Thing) {
                    assert!(member.attributes.contains("account"), "{member:#?}");
                }
            }
        }
    }
}

/// By every template that any cloud has of every kind of things: made, acted on, changed, and deleted.
#[tokio::test]
async fn things_are_made_by_templates_act_change_and_go() {
    for edition in Edition::ALL {
        let stage = Stage::new(edition, "").await;
        for format in Format::ALL {
            let manager = stage.client(format).await;
            for kind in Kind::in_edition(edition).filter(|kind| kind.role() == Role::Thing) {
                let create = manager.schema(&format!("{}Create", kind.type_name())).unwrap();
                let (name, template) = create.template().unwrap();
                let templates = listed(&manager, Kind::of_type(template.name()).unwrap()).await.members;
                assert!(!templates.is_empty(), "{kind:?}");
                for template in templates {
                    let mut reference = Reference::to(template.id().unwrap());
                    // What a thing belongs to, where no template says it.
                    let owner = match kind {
                        Kind::Meter => Some(("targetResource", Kind::Machine, "web-1", "old")),
                        Kind::ProtocolSegment => Some(("network", Kind::Network, "shop-net", "new")),
                        _ => None,
                    };
                    if let Some((attribute, kind, name, account)) = owner {
                        let owner = named(&manager, kind, name, account).await;
                        reference.attributes.set(attribute, Reference::to(owner.id().unwrap()));
                    }
                    let request = Attributes::new().with("name", "made").with(name, reference);
                    life(&manager, kind, &Document::with(create, request)).await;
                }
            }
        }
    }
}

async fn life(manager: &Client, kind: Kind, request: &Document) {
    let what = format!("{kind:?} in {} as {:?}", manager.edition(), manager.format());
    let collection = listed(manager, kind).await.collection;
    let made = manager.create(&collection, request).await;
    let made = made.unwrap_or_else(|error| panic!("{what}: {error}"));
    manager.settle(&made, Wait::default()).await.unwrap();
    let href = made.location.unwrap_or_else(|| panic!("{what}: the reply says where it is"));
    let get =
        async || manager.get(&href, &[]).await.unwrap_or_else(|error| panic!("{what}: {error}")).document;
    let mut present = get().await;
    assert_eq!(present.attributes.text("name"), Some("made"), "{what}");

    let transitions = present.schema.ty.states.map_or(&[][..], |states| states.transitions);
    let needs_no_more = |name: &str| {
        let operation = present.schema.operation(name);
        operation.is_some_and(|operation| {
            !operation.parameters.iter().any(|it| it.constraints.consumer_mandatory())
        })
    };
    let transitions = transitions.iter().filter(|it| it.to.is_some() && needs_no_more(it.operation));
    for transition in transitions.collect::<Vec<_>>() {
        let state = present.attributes.text("state").unwrap().to_owned();
        if !transition.from.contains(&state.as_str())
            || manager.offer(&present, transition.operation).is_none()
        {
            continue;
        }
        let done = manager.act(&present, transition.operation, Attributes::new()).await;
        let done = done.unwrap_or_else(|error| panic!("{what}: {} {error}", transition.operation));
        manager.settle(&done, Wait::default()).await.unwrap();
        present = get().await;
        assert_eq!(present.attributes.text("state"), transition.to, "{what} after {}", transition.operation);
    }

    let set = Attributes::new().with("description", "changed");
    let changed = manager.update_some(&present, set, &[], None).await;
    manager
        .settle(&changed.unwrap_or_else(|error| panic!("{what}: {error}")), Wait::default())
        .await
        .unwrap();
    present = get().await;
    assert_eq!(present.attributes.text("description"), Some("changed"), "{what}");

    let gone = manager.delete(&present).await.unwrap_or_else(|error| panic!("{what}: {error}"));
    manager.settle(&gone, Wait::default()).await.unwrap();
    assert_eq!(manager.get(&href, &[]).await.unwrap_err().status(), Some(404), "{what}");
    let left = listed(manager, kind).await.members;
    assert!(left.iter().all(|it| it.id() != Some(href.as_str())), "{what}");
}

async fn parts(client: &Client, owner: &Document, attribute: &str) -> Listed {
    let parts = Parts::of(Kind::of_type(owner.schema.name()).unwrap(), attribute).unwrap();
    let href = owner.attributes.href(attribute).unwrap_or_else(|| panic!("{attribute} of {owner:#?}"));
    client.list(href, parts.collection(client.edition()).unwrap(), &Narrow::default()).await.unwrap()
}

/// What a resource has among its parts, in the edition of the cloud and of the manager: how many, or no such collection.
#[tokio::test]
async fn parts_are_those_of_the_cloud() {
    for (edition, kind, name, at, attribute, expected) in [
        (Edition::V1, Kind::Machine, "web-1", "old", "networkInterfaces", 1),
        (Edition::V1, Kind::Machine, "web-1", "new", "networkInterfaces", 0),
        (Edition::V2, Kind::Machine, "web-1", "new", "interfaces", 1),
        (Edition::V2, Kind::Machine, "web-1", "old", "interfaces", 0),
        (Edition::V1, Kind::Network, "shop-net", "old", "networkPorts", 1),
        (Edition::V2, Kind::Network, "shop-net", "new", "segments", 2),
        (Edition::V2, Kind::Network, "shop-net", "new", "services", 1),
        (Edition::V2, Kind::Network, "shop-net", "new", "subnetworks", 1),
        (Edition::V2, Kind::ProtocolSegment, "shop-lan", "new", "endpoints", 3),
        (Edition::V2, Kind::NetworkService, "shop-firewall", "new", "segments", 1),
        (Edition::V2, Kind::NetworkService, "shop-firewall", "new", "endpoints", 1),
    ] {
        let stage = Stage::new(edition, "").await;
        for format in Format::ALL {
            let manager = stage.client(format).await;
            let owner = named(&manager, kind, name, at).await;
            let what = format!("{attribute} of the {kind:?} {name} at {at}, in {edition}, as {format:?}");
            let listed = parts(&manager, &owner, attribute).await;
            assert_eq!(listed.members.len(), expected, "{what}");
            for member in &listed.members {
                let whole = manager.get(member.id().unwrap(), &[]).await.unwrap().document;
                assert_eq!(whole.attributes, member.attributes, "{what}");
            }
        }
    }
}

#[tokio::test]
async fn an_interface_of_1_x_refers_to_what_the_manager_shows() {
    let stage = Stage::new(Edition::V1, "").await;
    let manager = stage.client(Format::Xml).await;
    let machine = named(&manager, Kind::Machine, "web-1", "old").await;
    let interface = parts(&manager, &machine, "networkInterfaces").await.members.remove(0);
    let network = named(&manager, Kind::Network, "shop-net", "old").await;
    assert_eq!(interface.attributes.href("network"), network.id());
    assert_eq!(network.attributes.text("networkType"), Some("PRIVATE"), "what only 1.x has is kept");

    // One more, on the same network, and away with it.
    let listed = parts(&manager, &machine, "networkInterfaces").await;
    let own = Attributes::new().with("network", Reference::to(network.id().unwrap())).with("state", "Active");
    let document = Document::with(manager.schema("MachineNetworkInterface").unwrap(), own);
    let made = manager.create(&listed.collection, &document).await.unwrap();
    manager.settle(&made, Wait::default()).await.unwrap();
    let listed = parts(&manager, &machine, "networkInterfaces").await;
    assert_eq!(listed.members.len(), 2);
    let gone = manager.delete(listed.members.last().unwrap()).await.unwrap();
    manager.settle(&gone, Wait::default()).await.unwrap();
    assert_eq!(parts(&manager, &machine, "networkInterfaces").await.members.len(), 1);
}

#[tokio::test]
async fn what_is_added_to_the_parts_of_a_resource_is_made_at_its_cloud() {
    for (edition, kind, owner, attribute, create, template, at) in [
        (Edition::V2, Kind::Machine, "web-1", "interfaces", "NetworkInterface", "gigabit", "new"),
        (Edition::V2, Kind::Machine, "web-1", "meters", "Meter", "cpu-meter", "new"),
        (Edition::V2, Kind::Machine, "web-1", "meters", "Meter", "cpu-meter", "old"),
        (Edition::V1, Kind::Machine, "web-1", "meters", "Meter", "cpu-meter", "old"),
        (Edition::V2, Kind::Network, "shop-net", "segments", "ProtocolSegment", "lan", "new"),
        (Edition::V2, Kind::ProtocolSegment, "shop-lan", "endpoints", "ProtocolEndpoint", "assigned", "new"),
    ] {
        let stage = Stage::new(edition, "").await;
        let manager = stage.client(Format::Json).await;
        let what = format!("{create} in {attribute} of {owner} at {at}, in {edition}");
        let owner = named(&manager, kind, owner, at).await;
        let before = parts(&manager, &owner, attribute).await;
        let create = manager.schema(&format!("{create}Create")).unwrap();
        let (name, schema) = create.template().unwrap();
        let templates = listed(&manager, Kind::of_type(schema.name()).unwrap()).await.members;
        let template = templates.iter().find(|it| it.attributes.text("name") == Some(template)).unwrap();
        let request =
            Attributes::new().with("name", "made").with(name, Reference::to(template.id().unwrap()));
        let made = manager.create(&before.collection, &Document::with(create, request)).await;
        let made = made.unwrap_or_else(|error| panic!("{what}: {error}"));
        manager.settle(&made, Wait::default()).await.unwrap();
        let location = made.location.unwrap();
        let after = parts(&manager, &owner, attribute).await;
        assert_eq!(after.members.len(), before.members.len() + 1, "{what}");
        assert!(after.members.iter().any(|it| it.id() == Some(location.as_str())), "{what}");
        let new = manager.get(&location, &[]).await.unwrap().document;
        assert_eq!(new.attributes.text("account"), Some(at), "{what}");
    }
}

#[tokio::test]
async fn what_lives_elsewhere_is_put_among_the_parts_and_taken_out() {
    let stage = Stage::new(Edition::V2, "").await;
    let manager = stage.client(Format::Xml).await;
    let segment = named(&manager, Kind::ProtocolSegment, "shop-wire", "new").await;
    let endpoint = named(&manager, Kind::ProtocolEndpoint, "spare", "new").await;
    let elsewhere = named(&manager, Kind::ProtocolSegment, "shop-lan", "new").await;
    let of = |document: &Document| {
        Attributes::new().with("protocolEndpoint", Reference::to(document.id().unwrap()))
    };
    let lan = parts(&manager, &elsewhere, "endpoints").await;
    let out = manager.act(&lan.collection, "remove", of(&endpoint)).await.unwrap();
    manager.settle(&out, Wait::default()).await.unwrap();
    assert_eq!(parts(&manager, &elsewhere, "endpoints").await.members.len(), lan.members.len() - 1);

    let before = parts(&manager, &segment, "endpoints").await;
    let put = manager.act(&before.collection, "insert", of(&endpoint)).await.unwrap();
    manager.settle(&put, Wait::default()).await.unwrap();
    let after = parts(&manager, &segment, "endpoints").await;
    assert!(after.members.iter().any(|it| it.id() == endpoint.id()));
    manager.get(endpoint.id().unwrap(), &[]).await.unwrap();
}

#[tokio::test]
async fn meters_show_their_samples_in_the_words_of_the_manager() {
    for edition in Edition::ALL {
        let stage = Stage::new(edition, "").await;
        for format in Format::ALL {
            let manager = stage.client(format).await;
            let mut samples = 0;
            for meter in listed(&manager, Kind::Meter).await.members {
                assert!(meter.attributes.href("targetResource").is_some(), "{meter:#?}");
                for sample in parts(&manager, &meter, "samples").await.members {
                    let value = match edition {
                        Edition::V1 => {
                            sample.attributes.get("sample").and_then(|it| it.as_attributes()?.text("value"))
                        }
                        Edition::V2 => sample.attributes.text("value"),
                    };
                    assert!(value.is_some(), "{sample:#?}");
                    samples += 1;
                }
            }
            assert!(samples > 0, "in {edition}, as {format:?}");
        }
    }
}

/// What one edition cannot say is refused with a reason, and changes nothing.
#[tokio::test]
async fn what_an_edition_cannot_say_is_not_implemented() {
    let stage = Stage::new(Edition::V1, "").await;
    let manager = stage.client(Format::Json).await;
    let network = named(&manager, Kind::Network, "shop-net", "new").await;
    let set = Attributes::new().with("classOfService", "GOLD");
    let error = manager.update_some(&network, set, &[], None).await.unwrap_err();
    assert_eq!(error.status(), Some(501), "{error}");
    assert!(error.to_string().contains("classOfService"), "{error}");
    let now = manager.get(network.id().unwrap(), &[]).await.unwrap().document;
    assert_eq!(now.attributes, network.attributes);

    let port = named(&manager, Kind::NetworkPort, "shop-port", "old").await;
    let ports = parts(&manager, &network, "networkPorts").await;
    let link = Attributes::new().with("networkPort", Reference::to(port.id().unwrap()));
    let link = Document::with(manager.schema("NetworkNetworkPort").unwrap(), link);
    let error = manager.create(&ports.collection, &link).await.unwrap_err();
    assert!(error.status().is_some_and(|status| status >= 400), "{error}");
}

#[tokio::test]
async fn the_manager_keeps_templates_of_its_own_across_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let cloud = support::instant(Edition::V1).await;
    let account = account("old", cloud.base_uri(), "");
    let text = format!("edition = \"v1\"\nstore = \"manager.sqlite\"\n{account}");
    let running = support::manager_in(folder.path(), &text).await;
    let manager = client(running.base_uri(), Format::Json).await;
    let add = async |kind: Kind, own: Attributes| {
        let collection = listed(&manager, kind).await.collection;
        let document = Document::with(manager.schema(kind.type_name()).unwrap(), own);
        manager.create(&collection, &document).await.unwrap().location.unwrap()
    };
    let config = add(
        Kind::NetworkConfiguration,
        Attributes::new().with("name", "own").with("networkType", "PRIVATE").with("mtu", 9000),
    )
    .await;
    let template = Attributes::new().with("name", "own").with("networkConfig", Reference::to(config));
    add(Kind::NetworkTemplate, template).await;
    running.stop().await;

    let running = support::manager_in(folder.path(), &text).await;
    let manager = client(running.base_uri(), Format::Json).await;
    let template = named(&manager, Kind::NetworkTemplate, "own", "").await;
    assert!(template.attributes.href("networkConfig").is_some(), "{template:#?}");
    let request =
        Attributes::new().with("name", "made").with("networkTemplate", Reference::to(template.id().unwrap()));
    let request = Document::with(manager.schema("NetworkCreate").unwrap(), request);
    let collection = listed(&manager, Kind::Network).await.collection;
    let made = manager.create(&collection, &request).await.unwrap();
    manager.settle(&made, Wait::default()).await.unwrap();
    let network = manager.get(&made.location.unwrap(), &[]).await.unwrap().document;
    assert_eq!(network.attributes.integer("mtu"), Some(9000), "{network:#?}");
    assert_eq!(network.attributes.text("account"), Some("old"));
}
