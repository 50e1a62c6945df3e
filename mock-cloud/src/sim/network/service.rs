//! Services of Networks (DSP0263 5.16.17).
//!
//! Owns their creation. What they do to traffic is simulated by nobody.

use super::super::Sim;
use super::super::denial::Denial;
use super::super::job::{Accepted, Order};
use super::super::site::Site;
use super::Running;
use crate::world::{Draft, Field, Fields, Group, Kind};

impl Sim {
    /// Creates a `NetworkService` from the attributes of a `NetworkServiceTemplate`, for the endpoints and segments that it
    /// names.
    pub(in crate::sim) fn create_network_service(
        &mut self,
        site: Site,
        draft: Draft,
        running: Running,
    ) -> Result<Accepted, Denial> {
        let template = draft.fields;
        let asked = running.or(template.text("initialState"), "STARTED");
        let initial = self.initial_state(Kind::NetworkService, asked)?;
        let (site, network) = self.site_of_part(site, &template)?;
        let mut fields = Fields::new().with("type", Field::Word("Other"));
        fields.set_some("type", template.get("type").cloned());
        fields.set_some("policies", template.get("policies").cloned());
        let monitoring = self.plan_monitors(Kind::NetworkService, &template)?;
        let service = self.settle(site, Draft::new(draft.label, fields).in_state("CREATING"));
        self.install_monitors(service, monitoring);
        if let Some(network) = network {
            self.enlist(Group::inside(network, Kind::NetworkNetworkService), service);
        }
        let order = self.birth(Order::new("add", site.asked), service, initial);
        for (name, kind) in [("endpoints", Kind::ServiceEndpoint), ("segments", Kind::ServiceSegment)] {
            let listed =
                self.enlist_all(Group::inside(service, kind), template.items(name), Running::AsAsked);
            listed.inspect_err(|_| self.remove(service))?;
        }
        Ok(self.order(order))
    }
}
