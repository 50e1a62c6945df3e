//! Ports of Networks of 1.x (DSP8009 `NetworkPort`).
//!
//! Owns their creation. They start and stop as Networks do.

use super::super::Sim;
use super::super::denial::Denial;
use super::super::job::{Accepted, Order};
use super::super::site::Site;
use super::super::template::Ingredient;
use crate::world::{Draft, Field, Fields, Group, Kind};

const CONFIG: Ingredient = Ingredient {
    attribute: "networkPortConfig",
    kinds: &[Kind::NetworkPortConfiguration],
    // 1.x has no capability of its own for it.
    by_value: ("Network", "NetworkTemplateByValue"),
};

impl Sim {
    /// Creates a `NetworkPort` from the attributes of a `NetworkPortTemplate`, in the Network that this names.
    pub(in crate::sim) fn create_port(&mut self, site: Site, draft: Draft) -> Result<Accepted, Denial> {
        let template = draft.fields;
        let initial = self.initial_state(Kind::NetworkPort, template.text("initialState"))?;
        let (site, listed) = self.site_of_part(site, &template)?;
        let config = self.resolve(&template, CONFIG)?.map(|config| config.fields).unwrap_or_default();
        let mut fields = Fields::new().with("portType", Field::Word("ACCESS"));
        fields.set_some("portType", config.get("portType").cloned());
        fields.set_some("classOfService", config.get("classOfService").cloned());
        let network = listed.or(site.group.owner.filter(|owner| owner.kind() == Kind::Network));
        fields.set_some("network", network);
        let monitoring = self.plan_monitors(Kind::NetworkPort, &template)?;
        let port = self.settle(site, Draft::new(draft.label, fields).in_state("CREATING"));
        self.install_monitors(port, monitoring);
        if let Some(network) = network {
            self.enlist(Group::inside(network, Kind::NetworkNetworkPort), port);
        }
        let order = self.birth(Order::new("add", site.asked), port, initial);
        Ok(self.order(order))
    }
}
