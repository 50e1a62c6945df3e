//! Networks of 2.0 (DSP0263 5.16): segments, endpoints, interfaces and services, each made from its template.

use cimi::codec::Format;
use cimi::{Attributes, Edition, Reference};
use mock_cloud::Seed;

use crate::support::{Cloud, Reply, attributes, by_value, make, map, refused, text, to};

/// The built-in world of 2.0, in both formats.
fn clouds() -> impl Iterator<Item = Cloud> {
    Format::ALL.into_iter().map(|format| Cloud::new(Edition::V2, format, Seed::builtin()))
}

/// Makes it and lets it come to be.
fn made(cloud: &Cloud, collection: &str, ty: &str, template: Reference) -> String {
    let location = make(cloud, collection, ty, template).location();
    assert!(cloud.clock.drain());
    location
}

fn below(cloud: &Cloud, uri: &str, collection: &str) -> String {
    cloud.get(uri).attributes.href(collection).unwrap().to_owned()
}

#[test]
fn a_network_comes_with_all_that_its_template_makes() {
    for cloud in clouds() {
        let template = cloud.named("networkTemplates", "private-net");
        let reply = make(&cloud, "networks", "Network", to(&template));
        let network = reply.location();
        assert_eq!((reply.status, cloud.state(&network).as_str()), (202, "CREATING"));
        refused(&cloud.act(&network, "start", attributes()), 409, &["CREATING"]);
        let job = cloud.get(&reply.job());
        assert_eq!(job.attributes.items("nestedJobs").len(), 1);
        assert!(cloud.clock.drain());
        assert_eq!(cloud.state(&reply.job()), "SUCCESS");
        assert_eq!(cloud.state(&network), "STARTED");

        let segments = below(&cloud, &network, "segments");
        let segment = cloud.ids(&segments).remove(0);
        let shown = cloud.get(&segment);
        assert_eq!(shown.attributes.href("parent"), Some(segments.as_str()), "it is a child component");
        assert_eq!(shown.attributes.text("state"), Some("STARTED"), "what runs has started all in it");
        assert_eq!(shown.attributes.boolean("noDefaultRouting"), Some(false));
        let endpoint = cloud.ids(&below(&cloud, &segment, "endpoints")).remove(0);
        let shown = cloud.get(&endpoint);
        assert_eq!(shown.attributes.text("protocol"), Some("IPv4"));
        assert_eq!(shown.attributes.text("address"), Some("10.20.30.2"));
        assert_eq!(shown.attributes.text("state"), Some("ENABLED"));
        assert!(shown.attributes.map("parameters").unwrap().contains_key("hostname"));

        // 5.10.2: children go with their parent.
        assert_eq!(cloud.delete(&network).status, 202);
        assert!(cloud.clock.drain());
        for gone in [&network, &segment, &endpoint] {
            assert_eq!(cloud.status(gone), 404, "{gone}");
        }
    }
}

#[test]
fn a_network_stops_and_starts_with_all_that_is_in_it() {
    for cloud in clouds() {
        let network = cloud.named("networks", "shop-net");
        let states = || {
            let lan = cloud.named("segments", "shop-lan");
            let endpoint = cloud.named("endpoints", "web-1-lan");
            let (service, inner) =
                (cloud.named("networkServices", "shop-firewall"), cloud.named("networks", "test-net"));
            [network.clone(), lan, endpoint, service, inner].map(|uri| cloud.state(&uri))
        };
        let reply = cloud.act(&network, "stop", attributes());
        assert_eq!((reply.status, cloud.state(&network).as_str()), (202, "STOPPING"));
        assert!(cloud.clock.drain());
        assert_eq!(states(), ["STOPPED", "STOPPED", "DISABLED", "STOPPED", "STOPPED"]);
        assert_eq!(cloud.state(&reply.job()), "SUCCESS");
        refused(&cloud.act(&network, "stop", attributes()), 409, &["STOPPED"]);

        let reply = cloud.act(&network, "start", attributes());
        assert_eq!(cloud.state(&network), "STARTING");
        assert!(cloud.clock.drain());
        assert_eq!(states(), ["STARTED", "STARTED", "ENABLED", "STARTED", "STARTED"]);
        let nested = cloud.get(&reply.job()).attributes.items("nestedJobs").len();
        assert!(nested >= 6, "{nested}");
    }
}

#[test]
fn a_segment_belongs_to_the_network_it_is_made_in_or_that_it_names() {
    for cloud in clouds() {
        let (shop, internet) = (cloud.named("networks", "shop-net"), cloud.named("networks", "internet"));
        let inside = below(&cloud, &shop, "segments");
        let template = || attributes().with("protocol", "IPv6");
        refused(&make(&cloud, "segments", "ProtocolSegment", by_value(template())), 400, &["needs network"]);
        let named = by_value(template().with("network", to(&internet)));
        refused(&make(&cloud, &inside, "ProtocolSegment", named.clone()), 400, &["another Network"]);
        let segment = made(&cloud, "segments", "ProtocolSegment", named);
        let listed = below(&cloud, &internet, "segments");
        assert!(cloud.ids(&listed).contains(&segment));
        assert_eq!(cloud.get(&segment).attributes.href("parent"), Some(listed.as_str()));
        assert_eq!(cloud.state(&segment), "STOPPED", "DefaultInitialState");
        let parameters = cloud.get(&segment).attributes.map("parameters").unwrap().clone();
        assert_eq!(parameters.get("prefixLength").map(String::as_str), Some("64"), "decided and shown");

        let segment = made(&cloud, &inside, "ProtocolSegment", by_value(template()));
        assert!(cloud.ids(&inside).contains(&segment));
        let service = by_value(attributes().with("type", "NAT"));
        refused(&make(&cloud, "networkServices", "NetworkService", service), 400, &["needs network"]);
    }
}

#[test]
fn what_is_associated_stays_when_the_other_goes() {
    for cloud in clouds() {
        let (shop, internet) = (cloud.named("networks", "shop-net"), cloud.named("networks", "internet"));
        let segment = cloud.named("segments", "shop-lan");
        let listed = below(&cloud, &internet, "segments");
        let insert = |segment: &str| {
            let action = cloud.action("insert", attributes().with("protocolSegment", to(segment)));
            cloud.post(&format!("{listed}/insert"), &action)
        };
        assert_eq!(insert(&segment).status, 200);
        refused(&insert(&segment), 409, &["already"]);
        assert!(cloud.ids(&listed).contains(&segment));
        cloud.delete(&internet);
        assert!(cloud.clock.drain());
        assert_eq!(cloud.status(&segment), 200);
        assert_eq!(cloud.state(&shop), "STARTED");
        // Its endpoints were its own.
        let endpoint = cloud.named("endpoints", "web-1-lan");
        cloud.delete(&segment);
        assert!(cloud.clock.drain());
        assert_eq!((cloud.status(&segment), cloud.status(&endpoint)), (404, 404));
    }
}

#[test]
fn a_network_is_not_within_itself() {
    let cloud = Cloud::v2();
    let (shop, test) = (cloud.named("networks", "shop-net"), cloud.named("networks", "test-net"));
    let inner = below(&cloud, &test, "subnetworks");
    let action = cloud.action("insert", attributes().with("network", to(&shop)));
    refused(&cloud.post(&format!("{inner}/insert"), &action), 409, &["in itself"]);
    let template = cloud.document("NetworkTemplate", attributes().with("name", "loop"));
    let template = cloud.post("networkTemplates", &template).location();
    let mut looped = cloud.get(&template);
    looped.attributes.set("subnetworkTemplates", vec![to(&template).into()]);
    assert_eq!(cloud.put(&template, &looped, &[]).status, 200);
    let networks = cloud.ids("networks").len();
    refused(&make(&cloud, "networks", "Network", to(&template)), 400, &["lead back"]);
    assert_eq!(cloud.ids("networks").len(), networks);
}

/// Creates an endpoint in the shop's segment.
fn endpoint(cloud: &Cloud, template: Attributes) -> Reply {
    let lan = below(cloud, &cloud.named("segments", "shop-lan"), "endpoints");
    make(cloud, &lan, "ProtocolEndpoint", by_value(template))
}

#[test]
fn addresses_are_assigned_and_given_back() {
    for cloud in clouds() {
        let address = |uri: &str| text(&cloud, uri, "address");
        let first = endpoint(&cloud, attributes().with("origin", "DYNAMIC")).location();
        let second = endpoint(&cloud, attributes().with("initialState", "DISABLED")).location();
        assert!(cloud.clock.drain());
        assert_eq!(text(&cloud, &second, "origin").as_deref(), Some("DYNAMIC"));
        let given = (address(&first).unwrap(), address(&second).unwrap());
        assert!(given.0 != given.1 && given.0.starts_with("192.168.7."), "{given:?}");
        let own = attributes().with("origin", "STATIC").with("address", given.0.as_str());
        refused(&endpoint(&cloud, own.clone()), 409, &["another ProtocolEndpoint"]);
        cloud.delete(&first);
        assert!(cloud.clock.drain());
        let third = endpoint(&cloud, own).location();
        assert_eq!(address(&third), Some(given.0));

        // Out of the segment, it has neither address nor protocol; back in it, it has.
        let lan = below(&cloud, &cloud.named("segments", "shop-lan"), "endpoints");
        let act = |name: &str| {
            let action = cloud.action(name, attributes().with("protocolEndpoint", to(&second)));
            cloud.post(&format!("{lan}/{name}"), &action)
        };
        assert!(cloud.clock.drain());
        assert_eq!(act("remove").status, 200);
        assert_eq!((address(&second), text(&cloud, &second, "protocol")), (None, None));
        assert_eq!(act("insert").status, 200);
        assert!(address(&second).unwrap().starts_with("192.168.7."));
        let wire = below(&cloud, &cloud.named("segments", "shop-wire"), "endpoints");
        let action = cloud.action("insert", attributes().with("protocolEndpoint", to(&second)));
        refused(&cloud.post(&format!("{wire}/insert"), &action), 409, &["another ProtocolSegment"]);
    }
}

#[test]
fn refusals_of_endpoints() {
    let cloud = Cloud::v2();
    let fixed = |address: &str| attributes().with("origin", "STATIC").with("address", address);
    for (template, status, says) in [
        (attributes().with("origin", "STATIC"), 400, "address is missing"),
        (fixed("192.168.7.30").with("origin", "DYNAMIC"), 400, "must not give one"),
        (fixed("192.168.8.1"), 400, "not in the subnet 192.168.7.0"),
        (fixed("192.168.7.256"), 400, "no IPv4 address"),
        (fixed("fd00::1"), 400, "no IPv4 address"),
        (fixed("192.168.7.11"), 409, "another ProtocolEndpoint"),
        (attributes().with("parameters", map(&[("hostname", "mine")])), 400, "assigns hostname"),
        (attributes().with("initialState", "STARTED"), 400, "ENABLED, DISABLED"),
    ] {
        refused(&endpoint(&cloud, template), status, &[says]);
    }
    let outside = below(&cloud, &cloud.named("segments", "outside"), "endpoints");
    let wrong = fixed("2001:db8:1::7").with("parameters", map(&[("addressType", "Loopback")]));
    refused(&make(&cloud, &outside, "ProtocolEndpoint", by_value(wrong)), 400, &["is Global Unicast"]);
    refused(
        &make(&cloud, "endpoints", "ProtocolEndpoint", by_value(fixed("nowhere"))),
        400,
        &["no address of Ethernet, IPv4, IPv6"],
    );
}

#[test]
fn refusals_of_segments() {
    let cloud = Cloud::v2();
    let inside = below(&cloud, &cloud.named("networks", "shop-net"), "segments");
    for (protocol, parameters, says) in [
        ("IPv6", [("prefixLength", "129"), ("subnetAddress", "fd00::")], "0 to 128"),
        ("IPv4", [("netmask", "255.0.255.0"), ("subnetAddress", "10.0.0.0")], "ones, then zeros"),
        ("IPv4", [("netmask", "255.255.255.0"), ("subnetAddress", "10.0.0.1")], "within the subnet"),
        ("Ethernet", [("speed", "fast"), ("mtu", "1500")], "a whole number"),
    ] {
        let template = attributes().with("protocol", protocol).with("parameters", map(&parameters));
        refused(&make(&cloud, &inside, "ProtocolSegment", by_value(template)), 400, &[says]);
    }
    refused(&make(&cloud, &inside, "ProtocolSegment", by_value(attributes())), 400, &["needs protocol"]);
    let unknown = by_value(attributes().with("protocol", "IPX"));
    assert_eq!(make(&cloud, &inside, "ProtocolSegment", unknown).refused().0, 400);
    // What is in a segment stays in its subnet.
    let lan = cloud.named("segments", "shop-lan");
    let mut other = cloud.get(&lan);
    other
        .attributes
        .set("parameters", map(&[("netmask", "255.255.255.0"), ("subnetAddress", "192.168.8.0")]));
    refused(&cloud.put(&lan, &other, &[]), 409, &["outside of the subnet"]);
}

#[test]
fn interfaces_have_endpoints_and_know_each_other() {
    for cloud in clouds() {
        let template = cloud.named("interfaceTemplates", "gigabit");
        let spare = cloud.named("endpoints", "spare");
        let interface = made(&cloud, "interfaces", "NetworkInterface", to(&template));
        assert_eq!(cloud.state(&interface), "ENABLED");
        assert_eq!(cloud.get(&spare).attributes.href("interface"), Some(interface.as_str()));
        let endpoints = below(&cloud, &interface, "endpoints");
        assert_eq!(cloud.ids(&endpoints), [spare.as_str()]);
        refused(
            &make(&cloud, "interfaces", "NetworkInterface", to(&template)),
            409,
            &["another NetworkInterface"],
        );
        let action = cloud.action("remove", attributes().with("protocolEndpoint", to(&spare)));
        assert_eq!(cloud.post(&format!("{endpoints}/remove"), &action).status, 200);
        assert_eq!(cloud.get(&spare).attributes.href("interface"), None);
        // An endpoint that names an interface is in its collection.
        let mut shown = cloud.get(&spare);
        shown.attributes.set("interface", to(&interface));
        assert_eq!(cloud.put(&spare, &shown, &[]).status, 200);
        assert_eq!(cloud.ids(&endpoints), [spare.as_str()]);
        for (operation, state) in [("disable", "DISABLED"), ("enable", "ENABLED")] {
            assert_eq!(cloud.act(&interface, operation, attributes()).status, 200);
            assert_eq!(cloud.state(&interface), state);
        }
        refused(&cloud.act(&interface, "enable", attributes()), 409, &["DISABLED"]);
        cloud.delete(&interface);
        assert!(cloud.clock.drain());
        assert_eq!(cloud.get(&spare).attributes.href("interface"), None);
        let wide = by_value(attributes().with("mtu", 1_000_000_i64));
        refused(&make(&cloud, "interfaces", "NetworkInterface", wide), 400, &["68 to 65536"]);
    }
}

#[test]
fn interfaces_of_a_machine() {
    for cloud in clouds() {
        let small = to(&cloud.named("machineConfigs", "small"));
        let gigabit = to(&cloud.named("interfaceTemplates", "gigabit"));
        let template =
            attributes().with("machineConfig", small).with("interfaceTemplates", vec![gigabit.into()]);
        let reply = cloud.post("machines", &cloud.machine_create("m", by_value(template)));
        let machine = reply.location();
        let interfaces = below(&cloud, &machine, "interfaces");
        let bare = || by_value(attributes().with("initialState", "ENABLED"));
        refused(&make(&cloud, &interfaces, "NetworkInterface", bare()), 409, &["CREATING"]);
        assert!(cloud.clock.drain());
        let first = cloud.ids(&interfaces).remove(0);
        assert_eq!(cloud.state(&first), "ENABLED");
        assert_eq!(cloud.get(&first).attributes.href("parent"), Some(interfaces.as_str()));
        let second = made(&cloud, &interfaces, "NetworkInterface", bare());
        assert_eq!(cloud.ids(&interfaces).len(), 2);
        assert!(cloud.ids("interfaces").contains(&second), "it is in the cloud's, too");
        cloud.act(&machine, "start", attributes());
        refused(&cloud.delete(&second), 409, &["STARTING"]);
        assert!(cloud.clock.drain());
        assert_eq!(cloud.delete(&second).status, 202);
        assert!(cloud.clock.drain());
        assert_eq!(cloud.ids(&interfaces), [first.as_str()]);
        cloud.delete(&machine);
        assert!(cloud.clock.drain());
        assert_eq!(cloud.status(&first), 404);
    }
}

#[test]
fn services_are_for_endpoints_and_segments() {
    for cloud in clouds() {
        let template = cloud.named("networkServiceTemplates", "name-service");
        let service = made(&cloud, "networkServices", "NetworkService", to(&template));
        let shown = cloud.get(&service);
        assert_eq!(shown.attributes.text("type"), Some("DNS"));
        assert_eq!(cloud.ids(&below(&cloud, &service, "segments")), [cloud.named("segments", "shop-lan")]);
        let listed = below(&cloud, &cloud.named("networks", "shop-net"), "services");
        assert!(cloud.ids(&listed).contains(&service));
        assert_eq!(cloud.act(&service, "start", attributes()).status, 200);
        assert_eq!(cloud.state(&service), "STARTED");
    }
}

#[test]
fn templates_by_value_only_where_the_capability_says_so() {
    let seed = r#"
        [capabilities]
        ProtocolEndpoint = { ProtocolEndpointTemplateByValue = false, DefaultInitialState = "ENABLED" }
        [[networks]]
        handle = "n"
        [[segments]]
        handle = "s"
        name = "s"
        network = "n"
        protocol = "Ethernet"
        [[endpointTemplates]]
        name = "t"
    "#;
    let cloud = Cloud::grown(seed);
    let inside = below(&cloud, &cloud.named("segments", "s"), "endpoints");
    let reply = make(&cloud, &inside, "ProtocolEndpoint", by_value(attributes()));
    refused(&reply, 400, &["ProtocolEndpointTemplateByValue"]);
    let endpoint = made(&cloud, &inside, "ProtocolEndpoint", to(&cloud.named("endpointTemplates", "t")));
    assert_eq!(cloud.state(&endpoint), "ENABLED");
    assert_eq!(text(&cloud, &endpoint, "address").as_deref(), Some("02:00:00:00:00:01"));
}
