//! Addresses in the format of each protocol (DSP0263 5.16.5.1, 5.16.9.1): read, written, within a subnet or not.
//!
//! Owns the arithmetic. An address is a number here, whatever its protocol. Knows no resource.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use cimi::Map;
use cimi::model::{Attribute, Type, Values};

/// A protocol of table 32.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sim) enum Protocol {
    Ethernet,
    IPv4,
    IPv6,
}

/// The addresses of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Subnet {
    /// The first and the last that belong to it.
    pub(super) all: (u128, u128),
    /// The first and the last that the cloud assigns.
    pub(super) assigned: (u128, u128),
}

impl Protocol {
    /// The protocol of a name.
    pub(in crate::sim) fn named(name: &str) -> Option<Self> {
        match name {
            "Ethernet" => Some(Self::Ethernet),
            "IPv4" => Some(Self::IPv4),
            "IPv6" => Some(Self::IPv6),
            _ => None,
        }
    }

    /// Its name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Ethernet => "Ethernet",
            Self::IPv4 => "IPv4",
            Self::IPv6 => "IPv6",
        }
    }

    /// What its addresses look like, for refusals.
    const fn example(self) -> &'static str {
        match self {
            Self::Ethernet => "02:00:00:00:00:01",
            Self::IPv4 => "192.0.2.1",
            Self::IPv6 => "2001:db8::1",
        }
    }

    /// An address as a number.
    pub(super) fn read(self, text: &str) -> Option<u128> {
        match self {
            Self::Ethernet => mac(text),
            Self::IPv4 => text.parse::<Ipv4Addr>().ok().map(|address| u32::from(address).into()),
            Self::IPv6 => text.parse::<Ipv6Addr>().ok().map(u128::from),
        }
    }

    /// An address as a number.
    ///
    /// # Errors
    /// What an address of this protocol looks like.
    pub(super) fn expect(self, name: &str, text: &str) -> Result<u128, String> {
        self.read(text).ok_or_else(|| {
            let shown: String = text.chars().take(64).collect();
            format!("{name} is `{shown}`, which is no {} address, such as {}.", self.name(), self.example())
        })
    }

    /// An address as text.
    pub(super) fn write(self, number: u128) -> String {
        match self {
            Self::Ethernet => {
                let octets: Vec<String> =
                    number.to_be_bytes()[10..].iter().map(|octet| format!("{octet:02x}")).collect();
                octets.join(":")
            }
            Self::IPv4 => Ipv4Addr::from(u32::try_from(number).unwrap_or(u32::MAX)).to_string(),
            Self::IPv6 => Ipv6Addr::from(number).to_string(),
        }
    }

    /// What a segment of this protocol has where its template says nothing; `number` keeps segments apart.
    pub(super) fn complete_segment(self, number: u64, parameters: &mut Map) {
        let mut set = |key: &str, value: String| {
            if !parameters.contains_key(key) {
                parameters.insert(key.to_owned(), value);
            }
        };
        let [.., high, low] = number.to_be_bytes();
        match self {
            Self::Ethernet => {
                set("speed", "10000000000".to_owned());
                set("mtu", "1500".to_owned());
            }
            Self::IPv4 => set("netmask", "255.255.255.0".to_owned()),
            Self::IPv6 => set("prefixLength", "64".to_owned()),
        }
        let home = match self {
            Self::Ethernet => return,
            Self::IPv4 => u32::from(Ipv4Addr::new(10, high, low, 0)).into(),
            Self::IPv6 => {
                let segment = u16::from_be_bytes([high, low]);
                u128::from(Ipv6Addr::new(0xfd00, 0, 0, segment, 0, 0, 0, 0))
            }
        };
        if !parameters.contains_key("subnetAddress") {
            // What the mask leaves of it; one that makes no sense is refused elsewhere.
            let rest = self.size(parameters).map_or(0, |size| size.wrapping_sub(1));
            parameters.insert("subnetAddress".to_owned(), self.write(home & !rest));
        }
    }

    /// What an endpoint of this protocol has beside an address that the cloud assigns (tables 38 to 40).
    pub(super) fn complete_endpoint(self, address: &str, subnet: &Map, parameters: &mut Map) {
        let defaults = match self {
            Self::Ethernet => Vec::new(),
            Self::IPv4 => vec![("hostname", hostname(address))],
            Self::IPv6 => {
                let kind = address.parse().map(kind_of).unwrap_or_default();
                let length = subnet.get("prefixLength").cloned().unwrap_or_else(|| "64".to_owned());
                vec![("addressType", kind.to_owned()), ("prefixLength", length)]
            }
        };
        for (key, value) in defaults {
            if !parameters.contains_key(key) {
                parameters.insert(key.to_owned(), value);
            }
        }
    }

    /// The subnet that the parameters of a segment describe.
    ///
    /// # Errors
    /// What is wrong with them.
    pub(super) fn subnet(self, parameters: &Map) -> Result<Subnet, String> {
        if self == Self::Ethernet {
            return Ok(Subnet { all: (0, 0xffff_ffff_ffff), assigned: MACS });
        }
        let address = parameters.get("subnetAddress").map_or("", String::as_str);
        let first = self.expect("subnetAddress", address)?;
        // A size of 0 is that of all addresses there are.
        let rest = self.size(parameters)?.wrapping_sub(1);
        if first & rest != 0 {
            let proper = self.write(first & !rest);
            return Err(format!("subnetAddress is {address}, an address within the subnet {proper}."));
        }
        let last = first | rest;
        // Not the subnet's own address and the first in it, which is the router's; nor the broadcast address of IPv4.
        let edge = u128::from(self == Self::IPv4);
        let assigned =
            if rest > 3 { (first + 2, (last - edge).min(first + 2 + MOST_ASSIGNED)) } else { (first, last) };
        Ok(Subnet { all: (first, last), assigned })
    }

    /// How many addresses a subnet has; 0 if it is 2^128.
    fn size(self, parameters: &Map) -> Result<u128, String> {
        let text = |name: &str| parameters.get(name).map_or("", String::as_str);
        if self == Self::IPv4 {
            let mask = u32::try_from(self.expect("netmask", text("netmask"))?).unwrap_or_default();
            if mask.leading_ones() + mask.trailing_zeros() != 32 {
                let mask = text("netmask");
                return Err(format!(
                    "netmask is {mask}, which is no mask: ones, then zeros, as in 255.255.255.0."
                ));
            }
            return Ok(1_u128 << mask.trailing_zeros());
        }
        let length = text("prefixLength").parse::<u32>().ok().filter(|length| *length <= 128);
        match length {
            Some(length) => Ok(1_u128.checked_shl(128 - length).unwrap_or(0)),
            None => {
                Err(format!("prefixLength is `{}`; expected a number from 0 to 128.", text("prefixLength")))
            }
        }
    }
}

/// The part of the addresses of a subnet that is assigned: more than there will ever be, but a distance that is a number.
const MOST_ASSIGNED: u128 = 1 << 40;

/// The addresses of interfaces that this cloud assigns: locally administered, of one station.
const MACS: (u128, u128) = (0x0200_0000_0001, 0x0200_ffff_ffff);

/// The address of the n-th interface of 1.x: locally administered, and none of those of segments.
pub(super) fn mac_of(number: u64) -> String {
    Protocol::Ethernet.write(0x0600_0000_0000 + u128::from(number) % (1 << 40))
}

/// The name that stands for an address.
pub(super) fn hostname(address: &str) -> String {
    format!("host-{}.cloud.example", address.replace(['.', ':'], "-"))
}

/// Holds parameters against those that their protocol knows (tables 33 to 35, 38 to 40). Others are kept as they come.
///
/// # Errors
/// Which one is wrong, and what was expected.
pub(super) fn check_parameters(parameters: &Map, known: &[Attribute]) -> Result<(), String> {
    for attribute in known {
        let Some(text) = parameters.get(attribute.name) else { continue };
        let shown: String = text.chars().take(64).collect();
        let name = attribute.name;
        if matches!(attribute.ty, Type::Integer) {
            let number = text.parse::<i64>().ok().filter(|number| *number >= 0);
            let range = if let Values::Range(from, to) = attribute.values { Some((from, to)) } else { None };
            if number.is_none_or(|number| range.is_some_and(|(from, to)| number < from || number > to)) {
                let expected = match range {
                    Some((from, to)) => format!("a number from {from} to {to}"),
                    None => "a whole number".to_owned(),
                };
                return Err(format!("{name} of parameters is `{shown}`; expected {expected}."));
            }
        }
        if let Values::Closed(values) = attribute.values
            && !values.contains(&text.as_str())
        {
            return Err(format!("{name} of parameters is `{shown}`; expected one of {}.", values.join(", ")));
        }
    }
    Ok(())
}

/// The type of an IPv6 address (RFC 4291 2.4), in the words of table 38.
pub(super) fn kind_of(address: Ipv6Addr) -> &'static str {
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => "Unspecified",
        [0, 0, 0, 0, 0, 0, 0, 1] => "Loopback",
        [0, 0, 0, 0, 0, 0xffff, _, _] => "Embedded IPv4 Address",
        [first, ..] if first >> 8 == 0xff => "Multicast",
        [first, ..] if first & 0xffc0 == 0xfe80 => "Link Local Unicast",
        [first, ..] if first & 0xffc0 == 0xfec0 => "Site Local Unicast",
        _ => "Global Unicast",
    }
}

/// Whether it is an address of any protocol.
pub(super) fn is_address(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok() || mac(text).is_some()
}

fn mac(text: &str) -> Option<u128> {
    let octets: Vec<&str> = text.split([':', '-']).collect();
    let hex = |octet: &&str| octet.len() == 2 && octet.bytes().all(|byte| byte.is_ascii_hexdigit());
    if octets.len() != 6 || !octets.iter().all(hex) {
        return None;
    }
    u128::from_str_radix(&octets.concat(), 16).ok()
}

#[cfg(test)]
mod tests;
