//! How a card is written: the words that the families of cards share.

use super::{Card, Held, Home, Kind, Policy, Setter, Uses};

impl Card {
    /// A kind of which operators create, change and delete resources.
    pub(super) const fn new(kind: Kind, name: &'static str, home: Home, attributes: &'static [Held]) -> Self {
        Self { kind, name, home, also: &[], link: None, attributes, policy: Policy::Operators }
    }

    /// A kind that only says that its owner uses another resource. The attribute that names it is the first that is held.
    pub(super) const fn link(
        kind: Kind,
        name: &'static str,
        home: Home,
        of: Kind,
        attributes: &'static [Held],
    ) -> Self {
        let uses = Uses { attribute: attributes[0].name, kind: of };
        Self { link: Some(uses), ..Self::new(kind, name, home, attributes) }
    }

    /// Listed by resources of these kinds, too, if they own it.
    pub(super) const fn also(mut self, collections: &'static [(Kind, &'static str)]) -> Self {
        self.also = collections;
        self
    }

    /// The provider's own: administrators create and change it.
    pub(super) const fn of_administrators(mut self) -> Self {
        self.policy = Policy::Administrators;
        self
    }

    /// Made by the cloud alone.
    pub(super) const fn of_cloud(mut self) -> Self {
        self.policy = Policy::Cloud;
        self
    }
}

/// Set by consumers, on creation and later.
pub(super) const fn consumer(name: &'static str) -> Held {
    Held { name, setter: Setter::Consumer }
}

/// Set by consumers on creation.
pub(super) const fn creator(name: &'static str) -> Held {
    Held { name, setter: Setter::Creator }
}

/// Set by the cloud.
pub(super) const fn cloud(name: &'static str) -> Held {
    Held { name, setter: Setter::Cloud }
}

/// Set by consumers, shown to nobody.
pub(super) const fn secret(name: &'static str) -> Held {
    Held { name, setter: Setter::Secret }
}
