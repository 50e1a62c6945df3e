//! Every kind that the manager shows, over a cloud of each edition, in either edition of its own.

use cimi::client::{Client, Listed, Narrow, Options, Wait};
use cimi::codec::Format;
use cimi::{Attributes, Document, Edition, Reference};
use mock_cloud::Running as Cloud;
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

async fn named(client: &Client, kind: Kind, name: &str, account: &str) -> Document {
    let members = listed(client, kind).await.members;
    let is = |it: &Document| {
        it.attributes.text("name") == Some(name)
            && it.attributes.text("account").is_none_or(|at| at == account)
    };
    let found = members.iter().find(|it| is(it)).cloned();
    found.unwrap_or_else(|| panic!("there is no {name} at {account} among {members:#?}"))
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
                if !kind.is_in(edition) {
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
                for member in members.iter().filter(|_| kind.role() == Role::Thing) {
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
