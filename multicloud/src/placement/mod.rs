//! Offers and a policy to an explained decision.
//!
//! Owns the attributes of offers and the order among them. A policy is CIMI's own query language over offers: no new one.

use cimi::extension::Extensions;
use cimi::model::attribute::{Attribute, Type, attr};
use cimi::model::schema;
use cimi::query::{Filter, OrderBy, QueryError};
use cimi::{Attributes, Edition, Limits};

use crate::config;

/// The attributes of an offer: what a policy can name.
pub const ATTRIBUTES: [Attribute; 7] = [
    attr("account", Type::String),
    attr("location", Type::String),
    attr("price", Type::Integer),
    attr("cpu", Type::Integer),
    attr("memory", Type::Integer),
    attr("capacity", Type::Integer),
    attr("machines", Type::Integer),
];

/// A place where something could be created.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// The account.
    pub account: String,
    /// What a policy decides by, as in [`ATTRIBUTES`].
    pub attributes: Attributes,
    /// The template in that cloud's terms.
    pub template: Attributes,
}

/// How to choose among offers.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    filter: Option<Filter>,
    order: Option<OrderBy>,
}

/// What was decided, and why.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decision {
    /// The offers that will do, best first.
    pub ranked: Vec<Offer>,
    /// The accounts that will not, each with the reason.
    pub rejected: Vec<(String, String)>,
}

impl Policy {
    /// Reads and checks a policy of the configuration.
    ///
    /// # Errors
    /// If it is none, or names what offers do not have; with the column in its text.
    pub fn new(placement: &config::Placement) -> Result<Self, QueryError> {
        let filter =
            placement.filter.as_deref().map(|text| Filter::parse(text, &Limits::SERVER)).transpose()?;
        let order =
            placement.order_by.as_deref().map(|text| OrderBy::parse(text, &Limits::SERVER)).transpose()?;
        // Offers are no CIMI resource: their attributes stand as extensions of the type that has fewest of its own.
        let (ty, extensions) = (schema(Edition::V2, "Action"), declared());
        filter.iter().try_for_each(|filter| filter.check(ty, &extensions))?;
        order.iter().try_for_each(|order| order.check(ty, &extensions))?;
        Ok(Self { filter, order })
    }

    /// Ranks offers: those that the filter leaves, in the order asked for, equals in the order given.
    pub fn decide(&self, offers: Vec<Offer>, rejected: Vec<(String, String)>) -> Decision {
        let mut decision = Decision { ranked: Vec::new(), rejected };
        for offer in offers {
            match &self.filter {
                Some(filter) if !filter.matches(&offer.attributes) => {
                    let reason = format!("the policy's filter {} leaves it out", filter.text());
                    decision.rejected.push((offer.account, reason));
                }
                _ => decision.ranked.push(offer),
            }
        }
        if let Some(order) = &self.order {
            let mut keyed: Vec<_> =
                decision.ranked.into_iter().map(|offer| (order.rank(&offer.attributes), offer)).collect();
            keyed.sort_by(|(left, _), (right, _)| order.compare(left, right));
            decision.ranked = keyed.into_iter().map(|(_, offer)| offer).collect();
        }
        decision
    }
}

impl Decision {
    /// The decision in words, a line per account.
    pub fn explain(&self) -> Vec<String> {
        let ranked = self.ranked.iter().enumerate().map(|(at, offer)| {
            let place = if at == 0 { "chosen".to_owned() } else { format!("choice {}", at + 1) };
            format!("{}: {place}", offer.account)
        });
        let rejected = self.rejected.iter().map(|(account, reason)| format!("{account}: {reason}"));
        ranked.chain(rejected).collect()
    }
}

fn declared() -> Extensions {
    ATTRIBUTES.into_iter().fold(Extensions::NONE, |extensions, attribute| {
        extensions.with("Action", "http://schemas.dmtf.org/placement", attribute)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(account: &str, price: i64, location: &str) -> Offer {
        let attributes =
            Attributes::new().with("account", account).with("price", price).with("location", location);
        Offer { account: account.to_owned(), attributes, template: Attributes::new() }
    }

    fn check(filter: Option<&str>, order_by: Option<&str>, expected: &[&str]) {
        let placement =
            config::Placement { filter: filter.map(str::to_owned), order_by: order_by.map(str::to_owned) };
        let offers = vec![offer("paris", 30, "FR"), offer("oslo", 20, "NO"), offer("lyon", 20, "FR")];
        let decision = Policy::new(&placement).unwrap().decide(offers, Vec::new());
        let ranked: Vec<&str> = decision.ranked.iter().map(|offer| offer.account.as_str()).collect();
        assert_eq!(ranked, expected);
        assert_eq!(decision.explain().len(), 3, "every offer is accounted for");
    }

    #[test]
    fn a_policy_filters_and_orders() {
        check(None, None, &["paris", "oslo", "lyon"]);
        check(Some("location='FR'"), None, &["paris", "lyon"]);
        check(None, Some("price"), &["oslo", "lyon", "paris"]);
        check(Some("price<30 and location!='NO'"), Some("price:desc,account"), &["lyon"]);
        check(Some("price>99"), None, &[]);
    }

    #[test]
    fn a_policy_with_a_wrong_type_is_refused() {
        let placement = config::Placement { filter: Some("price='low'".into()), order_by: None };
        assert!(Policy::new(&placement).is_err());
    }
}
