//! Offers: what an account could give for a request, and what a policy can name of it.
//!
//! Owns the attributes of offers and of what is placed already. Knows no cloud: whoever asks for a decision fills them in.

use std::borrow::Cow;
use std::collections::BTreeMap;

use cimi::model::attribute::{Attribute, Type, attr};
use cimi::query::{Lookup, Simple};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::amounts::{Amounts, Quota};
use crate::region::{self, COUNTRY, LOCATION};

/// The attributes of an offer: what a filter, an order or weights can name.
pub const ATTRIBUTES: [Attribute; 17] = [
    attr("account", Type::String),
    attr("provider", Type::String),
    attr(LOCATION, Type::String),
    attr(COUNTRY, Type::String),
    attr("config", Type::String),
    attr("image", Type::String),
    attr("network", Type::String),
    attr("price", Type::Integer),
    attr("cpu", Type::Integer),
    attr("memory", Type::Integer),
    attr("capacity", Type::Integer),
    attr("machines", Type::Integer),
    attr("machinesLeft", Type::Integer),
    attr("cpuLeft", Type::Integer),
    attr("memoryLeft", Type::Integer),
    attr("latency", Type::Integer),
    attr("health", Type::String),
];

/// The attributes of a machine that is placed already: what affinity can name.
pub const PLACED: [Attribute; 7] = [
    attr("id", Type::String),
    attr("name", Type::String),
    attr("account", Type::String),
    attr("provider", Type::String),
    attr(LOCATION, Type::String),
    attr(COUNTRY, Type::String),
    attr("system", Type::String),
];

/// Where something could be, and in which shape.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct Place {
    /// The account.
    pub account: String,
    /// Who runs its cloud.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Where, ISO 3166.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The name of the configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<String>,
    /// The name of the image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// The name of the network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
}

/// Where something has to be, as whoever asks for it says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pin {
    /// At this account.
    pub account: Option<String>,
    /// At a cloud of this provider.
    pub provider: Option<String>,
    /// At this location or a part of it: `FR-75` is a part of `FR`.
    pub location: Option<String>,
}

/// A place where something could be created, and what it would mean.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Offer {
    /// Where.
    pub place: Place,
    /// What an hour costs, in thousandths.
    pub price: i64,
    /// Virtual processors of the configuration.
    pub cpu: Option<i64>,
    /// Memory of the configuration, in kibibytes.
    pub memory: Option<i64>,
    /// Capacity of the configuration of a volume, in kilobytes.
    pub capacity: Option<i64>,
    /// Machines that the account has there.
    pub machines: i64,
    /// What the account's quota leaves.
    pub left: Quota,
    /// What it would take of it.
    pub needs: Amounts,
    /// Milliseconds that the cloud took to say what it can do.
    pub latency: Option<i64>,
    /// Whether it has refused lately for want of room.
    pub health: Health,
    /// What the operator says of the account, and what its cloud says of itself.
    pub properties: std::sync::Arc<BTreeMap<String, String>>,
}

/// How a cloud that can be asked is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Health {
    /// It takes what it is asked for.
    #[default]
    Up,
    /// It has lately refused for want of room.
    Full,
}

/// A machine that is placed already, or on the way; or many of which nothing is asked but where they are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Placed {
    /// Its path: `machines/7`. Empty: it has none yet.
    pub id: String,
    /// Whether it is of the tenant that asks.
    pub whose: Whose,
    /// Its name.
    pub name: Option<String>,
    /// The system that it is part of: `systems/3`.
    pub system: Option<String>,
    /// Where it is.
    pub place: Place,
    /// What an hour costs, in thousandths.
    pub price: i64,
    /// Its tags: the properties of the resource.
    pub properties: BTreeMap<String, String>,
    /// How many more there are like it.
    pub more: i64,
}

/// Whose a machine is, seen by the tenant that asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Whose {
    /// Its own; where the operator asks, all are.
    #[default]
    Own,
    /// Somebody else's: only the operator's rules are about it.
    Foreign,
}

/// The places that rules count by.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Domain {
    /// An account.
    #[default]
    Account,
    /// All accounts of one provider; an account without one stands for itself.
    Provider,
    /// A location, whoever is there; an account without one stands for itself.
    Location,
}

impl Domain {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Account, Self::Provider, Self::Location];

    /// Its word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Provider => "provider",
            Self::Location => "location",
        }
    }

    /// Which one a place is in.
    pub fn of(self, place: &Place) -> &str {
        match self {
            Self::Account => &place.account,
            Self::Provider => place.provider.as_deref().unwrap_or(&place.account),
            Self::Location => place.location.as_deref().unwrap_or(&place.account),
        }
    }
}

impl Place {
    /// The country where it is, ISO 3166-1.
    pub fn country(&self) -> Option<&str> {
        self.location.as_deref().map(region::country)
    }

    fn text(&self, name: &str) -> Option<&str> {
        match name {
            "account" => Some(&self.account),
            "provider" => self.provider.as_deref(),
            LOCATION => self.location.as_deref(),
            COUNTRY => self.country(),
            "config" => self.config.as_deref(),
            "image" => self.image.as_deref(),
            "network" => self.network.as_deref(),
            _ => None,
        }
    }
}

impl Pin {
    /// What of it a place is not, in words.
    pub fn excludes(&self, place: &Place) -> Option<String> {
        let differs = |name: &str, wanted: &Option<String>, is: Option<&str>| {
            let wanted = wanted.as_deref().filter(|wanted| Some(*wanted) != is)?;
            Some(format!("the request wants {name} {wanted}"))
        };
        let location = self.location.as_ref().zip(place.location.as_ref());
        let is_within = location.is_some_and(|(wanted, is)| region::is_within(is, wanted));
        differs("account", &self.account, Some(&place.account))
            .or_else(|| differs("provider", &self.provider, place.provider.as_deref()))
            .or_else(|| differs(LOCATION, &self.location, place.location.as_deref()).filter(|_| !is_within))
    }
}

impl Offer {
    /// An attribute that is a number.
    pub fn number(&self, name: &str) -> Option<i64> {
        match name {
            "price" => Some(self.price),
            "cpu" => self.cpu,
            "memory" => self.memory,
            "capacity" => self.capacity,
            "machines" => Some(self.machines),
            "machinesLeft" => self.left.machines,
            "cpuLeft" => self.left.cpu,
            "memoryLeft" => self.left.memory,
            "latency" => self.latency,
            _ => None,
        }
    }

    /// The attributes that change while other things are placed.
    pub(super) fn is_moving(name: &str) -> bool {
        matches!(name, "machines" | "machinesLeft" | "cpuLeft" | "memoryLeft")
    }
}

impl Lookup for Offer {
    fn simple(&self, name: &str) -> Option<Simple<'_>> {
        if name == "health" {
            let word = if self.health == Health::Full { "full" } else { "up" };
            return Some(Simple::Text(Cow::Borrowed(word)));
        }
        match self.number(name) {
            Some(number) => Some(Simple::Integer(number)),
            None => self.place.text(name).map(|text| Simple::Text(Cow::Borrowed(text))),
        }
    }

    fn property(&self, key: &str) -> Option<Cow<'_, str>> {
        self.properties.get(key).map(|value| Cow::Borrowed(value.as_str()))
    }
}

impl Lookup for Placed {
    fn simple(&self, name: &str) -> Option<Simple<'_>> {
        let text = match name {
            "id" => Some(self.id.as_str()).filter(|id| !id.is_empty()),
            "name" => self.name.as_deref(),
            "system" => self.system.as_deref(),
            _ => self.place.text(name),
        };
        text.map(|text| Simple::Text(Cow::Borrowed(text)))
    }

    fn property(&self, key: &str) -> Option<Cow<'_, str>> {
        self.properties.get(key).map(|value| Cow::Borrowed(value.as_str()))
    }
}
