use cimi::Map;
use cimi::model::network::{endpoint_parameters, segment_parameters};

use super::{Protocol, check_parameters, is_address, kind_of};

fn map(pairs: &[(&str, &str)]) -> Map {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn addresses_are_numbers_and_back() {
    for (protocol, text, number) in [
        (Protocol::IPv4, "10.0.1.2", 0x0a00_0102_u128),
        (Protocol::IPv6, "2001:db8::5", 0x2001_0db8_0000_0000_0000_0000_0000_0005),
        (Protocol::Ethernet, "02:00:00:00:01:ff", 0x0200_0000_01ff),
    ] {
        assert_eq!(protocol.read(text), Some(number), "{text}");
        assert_eq!(protocol.write(number), text);
        assert!(is_address(text));
    }
    for (protocol, text) in [
        (Protocol::IPv4, "10.0.1"),
        (Protocol::IPv4, "10.0.1.256"),
        (Protocol::IPv4, "::1"),
        (Protocol::IPv6, "10.0.0.1"),
        (Protocol::IPv6, "2001:db8:::1"),
        (Protocol::Ethernet, "02:00:00:00:01"),
        (Protocol::Ethernet, "02:00:00:00:01:+f"),
        (Protocol::Ethernet, ""),
    ] {
        assert_eq!(protocol.read(text), None, "{text}");
    }
}

#[track_caller]
fn check(protocol: Protocol, parameters: &[(&str, &str)], all: [&str; 2], assigned: [&str; 2]) {
    let subnet = protocol.subnet(&map(parameters)).unwrap();
    let shown = |(first, last): (u128, u128)| [protocol.write(first), protocol.write(last)];
    assert_eq!(
        (shown(subnet.all), shown(subnet.assigned)),
        (all.map(str::to_owned), assigned.map(str::to_owned))
    );
}

#[test]
fn subnets() {
    let v4 = |mask, address| [("netmask", mask), ("subnetAddress", address)];
    check(
        Protocol::IPv4,
        &v4("255.255.255.0", "10.0.7.0"),
        ["10.0.7.0", "10.0.7.255"],
        ["10.0.7.2", "10.0.7.254"],
    );
    check(Protocol::IPv4, &v4("255.255.255.255", "10.0.7.9"), ["10.0.7.9"; 2], ["10.0.7.9"; 2]);
    check(
        Protocol::IPv4,
        &v4("255.255.255.252", "10.0.7.4"),
        ["10.0.7.4", "10.0.7.7"],
        ["10.0.7.4", "10.0.7.7"],
    );
    check(
        Protocol::IPv4,
        &v4("0.0.0.0", "0.0.0.0"),
        ["0.0.0.0", "255.255.255.255"],
        ["0.0.0.2", "255.255.255.254"],
    );
    let v6 = |length, address| [("prefixLength", length), ("subnetAddress", address)];
    check(
        Protocol::IPv6,
        &v6("120", "2001:db8::100"),
        ["2001:db8::100", "2001:db8::1ff"],
        ["2001:db8::102", "2001:db8::1ff"],
    );
    check(Protocol::IPv6, &v6("128", "2001:db8::1"), ["2001:db8::1"; 2], ["2001:db8::1"; 2]);
    check(
        Protocol::IPv6,
        &v6("0", "::"),
        ["::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
        ["::2", "::100:0:2"],
    );
}

#[test]
fn what_is_no_subnet() {
    for (protocol, parameters, says) in [
        (Protocol::IPv4, [("netmask", "255.0.255.0"), ("subnetAddress", "10.0.0.0")], "ones, then zeros"),
        (Protocol::IPv4, [("netmask", "wide"), ("subnetAddress", "10.0.0.0")], "netmask is `wide`"),
        (Protocol::IPv4, [("netmask", "255.255.255.0"), ("subnetAddress", "10.0.0.9")], "subnet 10.0.0.0"),
        (Protocol::IPv6, [("prefixLength", "129"), ("subnetAddress", "fd00::")], "0 to 128"),
        (Protocol::IPv6, [("prefixLength", "64"), ("subnetAddress", "10.0.0.0")], "no IPv6 address"),
    ] {
        let error = protocol.subnet(&map(&parameters)).unwrap_err();
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn parameters_are_held_against_the_tables() {
    for (known, key, value, good) in [
        (segment_parameters("IPv6"), "prefixLength", "128", true),
        (segment_parameters("IPv6"), "prefixLength", "129", false),
        (segment_parameters("IPv6"), "prefixLength", "x", false),
        (segment_parameters("Ethernet"), "speed", "-1", false),
        (segment_parameters("Ethernet"), "speed", "100", true),
        (endpoint_parameters("IPv6"), "addressType", "Anycast", false),
        (endpoint_parameters("IPv6"), "addressType", "Loopback", true),
        (endpoint_parameters("IPv4"), "whatever", "x", true),
    ] {
        assert_eq!(check_parameters(&map(&[(key, value)]), known).is_ok(), good, "{key} {value}");
    }
}

#[test]
fn types_of_ipv6_addresses() {
    for (address, kind) in [
        ("::", "Unspecified"),
        ("::1", "Loopback"),
        ("ff02::1", "Multicast"),
        ("fe80::1", "Link Local Unicast"),
        ("fec0::1", "Site Local Unicast"),
        ("::ffff:10.0.0.1", "Embedded IPv4 Address"),
        ("2001:db8::1", "Global Unicast"),
    ] {
        assert_eq!(kind_of(address.parse().unwrap()), kind);
    }
}
