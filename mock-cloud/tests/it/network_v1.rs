//! Networks of 1.x (DSP8009): ports, addresses, forwarding groups, and the interfaces of Machines.

use cimi::codec::Format;
use cimi::{Edition, Value};
use mock_cloud::Seed;

use crate::support::{Cloud, attributes, by_value, make, refused, structures, text, to};

fn clouds() -> impl Iterator<Item = Cloud> {
    Format::ALL.into_iter().map(|format| Cloud::new(Edition::V1, format, Seed::builtin()))
}

#[test]
fn a_network_is_what_its_configuration_says() {
    for cloud in clouds() {
        let group = cloud.named("forwardingGroups", "shop-routes");
        let config = to(&cloud.named("networkConfigs", "private"));
        let template = attributes().with("networkConfig", config).with("forwardingGroup", to(&group));
        let network = make(&cloud, "networks", "Network", by_value(template)).location();
        assert_eq!(cloud.state(&network), "CREATING");
        assert!(cloud.clock.drain());
        let shown = cloud.get(&network);
        assert_eq!(shown.attributes.text("state"), Some("STOPPED"));
        assert_eq!(shown.attributes.text("networkType"), Some("PRIVATE"));
        assert_eq!(shown.attributes.text("classOfService"), Some("SILVER"));
        assert_eq!(shown.attributes.integer("mtu"), Some(1500));
        assert_eq!(shown.attributes.href("forwardingGroup"), Some(group.as_str()));
        let listed = |uri: &str| {
            let items = cloud.get(uri);
            let is_it =
                |item: &&Value| matches!(item, Value::Ref(it) if it.href.as_deref() == Some(&network));
            items.attributes.items("networks").iter().filter(is_it).count()
        };
        assert_eq!(listed(&group), 1);
        cloud.delete(&network);
        assert!(cloud.clock.drain());
        assert_eq!(cloud.get(&group).attributes.items("networks").len(), 2);
    }
}

#[test]
fn a_network_is_in_one_forwarding_group() {
    for cloud in clouds() {
        let template = cloud.named("forwardingGroupTemplates", "route-group");
        let group = make(&cloud, "forwardingGroups", "ForwardingGroup", to(&template)).location();
        let network = cloud.named("networks", "test-net");
        assert_eq!(cloud.get(&network).attributes.href("forwardingGroup"), Some(group.as_str()));
        refused(
            &make(&cloud, "forwardingGroups", "ForwardingGroup", to(&template)),
            409,
            &["another ForwardingGroup"],
        );
        assert_eq!(cloud.delete(&group).status, 200);
        assert_eq!(cloud.get(&network).attributes.href("forwardingGroup"), None);
    }
}

#[test]
fn ports_start_and_stop_with_their_network() {
    for cloud in clouds() {
        let template = cloud.named("networkPortTemplates", "shop-port");
        let port = make(&cloud, "networkPorts", "NetworkPort", to(&template)).location();
        assert!(cloud.clock.drain());
        let network = cloud.named("networks", "shop-net");
        assert_eq!(cloud.get(&port).attributes.href("network"), Some(network.as_str()));
        assert_eq!(text(&cloud, &port, "portType").as_deref(), Some("ACCESS"));
        assert_eq!(cloud.act(&port, "start", attributes()).status, 202);
        assert_eq!(cloud.state(&port), "STARTING");
        assert!(cloud.clock.drain());
        assert_eq!(cloud.state(&port), "STARTED");
        cloud.act(&network, "stop", attributes());
        assert!(cloud.clock.drain());
        assert_eq!(cloud.state(&port), "STOPPED");
        let ports = cloud.get(&network).attributes.href("networkPorts").unwrap().to_owned();
        let links: Vec<_> = cloud
            .get(&ports)
            .member_documents()
            .filter_map(|it| it.attributes.href("networkPort").map(str::to_owned))
            .collect();
        assert!(links.contains(&port), "{links:?}");
        let access = to(&cloud.named("networkPortConfigs", "access"));
        let homeless = by_value(attributes().with("networkPortConfig", access));
        refused(&make(&cloud, "networkPorts", "NetworkPort", homeless), 400, &["needs network"]);
        cloud.delete(&port);
        assert!(cloud.clock.drain());
        assert_eq!(cloud.get(&ports).attributes.integer("count"), Some(1));
    }
}

#[test]
fn addresses_are_the_clouds_or_brought_along() {
    for cloud in clouds() {
        let template = cloud.named("addressTemplates", "any-address");
        let address = make(&cloud, "addresses", "Address", to(&template)).location();
        let shown = cloud.get(&address);
        let ip = shown.attributes.text("ip").unwrap().to_owned();
        assert_eq!(shown.attributes.text("allocation"), Some("dynamic"));
        assert_eq!(shown.attributes.text("mask"), Some("255.255.0.0"));
        for name in ["defaultGateway", "hostname"] {
            assert!(shown.attributes.text(name).is_some(), "{name}");
        }
        assert_eq!(shown.attributes.items("dns").len(), 1);
        let network = cloud.named("networks", "shop-net");
        let fixed = |ip: &str| {
            by_value(attributes().with("allocation", "static").with("ip", ip).with("network", to(&network)))
        };
        refused(&make(&cloud, "addresses", "Address", fixed(&ip)), 409, &["another Address"]);
        refused(&make(&cloud, "addresses", "Address", fixed("10.1")), 400, &["no IPv4 address"]);
        let bare = by_value(attributes().with("allocation", "static"));
        refused(&make(&cloud, "addresses", "Address", bare), 400, &["ip is missing"]);
        let mut other = shown.clone();
        other.attributes.set("ip", "10.99.99.99");
        refused(&cloud.put(&address, &other, &[]), 400, &["the cloud's to choose"]);
        // What is given back can be taken again.
        assert_eq!(cloud.delete(&address).status, 200);
        let again = make(&cloud, "addresses", "Address", fixed(&ip)).location();
        assert_eq!(text(&cloud, &again, "ip"), Some(ip));
    }
}

#[test]
fn interfaces_of_a_machine() {
    for cloud in clouds() {
        let (shop, free) = (cloud.named("networks", "shop-net"), cloud.named("addresses", "free-address"));
        let item = attributes()
            .with("addresses", vec![to(&free).into()])
            .with("network", to(&shop))
            .with("state", "Passive");
        let template = attributes()
            .with("machineConfig", to(&cloud.named("machineConfigs", "small")))
            .with("networkInterfaces", structures(vec![item]));
        let machine = cloud.post("machines", &cloud.machine_create("m", by_value(template))).location();
        assert!(cloud.clock.drain());
        let nics = cloud.get(&machine).attributes.href("networkInterfaces").unwrap().to_owned();
        let nic = cloud.ids(&nics).remove(0);
        let shown = cloud.get(&nic);
        assert_eq!(shown.attributes.text("state"), Some("Passive"));
        assert_eq!(shown.attributes.href("network"), Some(shop.as_str()));
        assert!(shown.attributes.text("macAddress").is_some_and(|mac| mac.len() == 17));
        assert_eq!(cloud.get(&free).attributes.href("resource"), Some(machine.as_str()));

        // A second one has none of the first one's addresses, until they are given back.
        let second = cloud.document("MachineNetworkInterface", attributes().with("network", to(&shop)));
        let second = cloud.post(&nics, &second).location();
        assert_eq!(text(&cloud, &second, "state").as_deref(), Some("Active"));
        let addresses = cloud.get(&second).attributes.href("addresses").unwrap().to_owned();
        let link = cloud.document("MachineNetworkInterfaceAddress", attributes().with("address", to(&free)));
        refused(&cloud.post(&addresses, &link), 409, &["in use"]);
        let first = cloud.get(&nic).attributes.href("addresses").unwrap().to_owned();
        assert_eq!(cloud.delete(&cloud.ids(&first)[0]).status, 200);
        assert_eq!(cloud.get(&free).attributes.href("resource"), None);
        assert_eq!(cloud.post(&addresses, &link).status, 201);
        assert_eq!(cloud.get(&free).attributes.href("resource"), Some(machine.as_str()));

        let mut other = cloud.get(&second);
        other.attributes.set("state", "Disabled");
        assert_eq!(cloud.put(&second, &other, &[]).status, 200);
        assert_eq!(text(&cloud, &second, "state").as_deref(), Some("Disabled"));
        assert_eq!(cloud.delete(&second).status, 200);
        assert_eq!(cloud.ids(&nics).len(), 1);
        let homeless = cloud.document("MachineNetworkInterface", attributes().with("mtu", 1500_i64));
        refused(&cloud.post(&nics, &homeless), 400, &["needs network"]);
        cloud.act(&machine, "start", attributes());
        let another = cloud.document("MachineNetworkInterface", attributes().with("network", to(&shop)));
        refused(&cloud.post(&nics, &another), 409, &["STARTING"]);
    }
}

#[test]
fn what_a_seed_gives_an_address_stays() {
    let seed = "[[addresses]]\nname = \"given\"\nip = \"192.168.0.1\"\nallocation = \"dynamic\"\n\
        [[addresses]]\nname = \"not given\"\n";
    let cloud = Cloud::new(Edition::V1, Format::Json, Seed::new("test.toml", seed));
    let given = cloud.named("addresses", "given");
    assert_eq!(text(&cloud, &given, "ip").as_deref(), Some("192.168.0.1"));
    assert_eq!(text(&cloud, &given, "allocation").as_deref(), Some("dynamic"));
    assert!(text(&cloud, &given, "mask").is_some() && text(&cloud, &given, "hostname").is_some());
    let mut document = cloud.get(&given);
    document.attributes.set("name", "renamed");
    assert_eq!(cloud.put(&given, &document, &[]).status, 200);
    assert_eq!(text(&cloud, &given, "ip").as_deref(), Some("192.168.0.1"), "a new name allocates nothing");
    let other = cloud.named("addresses", "not given");
    assert!(text(&cloud, &other, "ip").is_some_and(|ip| ip.starts_with("198.18.")));
}
