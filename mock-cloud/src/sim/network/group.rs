//! Forwarding groups of 1.x (DSP8009 ForwardingGroup): Networks that route to each other.
//!
//! Owns both sides of the tie: a group lists its Networks, each of which names its only group.

use super::super::Sim;
use super::super::denial::Denial;
use super::super::job::Accepted;
use super::super::site::Site;
use crate::world::{Change, Draft, Field, Fields, Id, Kind, Link};

impl Sim {
    /// Creates a `ForwardingGroup` from the attributes of a `ForwardingGroupTemplate`.
    pub(in crate::sim) fn create_group(&mut self, site: Site, draft: Draft) -> Result<Accepted, Denial> {
        self.check_group(None, &draft.fields)?;
        let accepted = self.create_plain(site, draft)?;
        if let Some(group) = accepted.created {
            self.follow_group(group);
        }
        Ok(accepted)
    }

    /// Whether a group may have these Networks: none is in another one.
    pub(super) fn check_group(&self, group: Option<Id>, wanted: &Fields) -> Result<(), Denial> {
        let networks = networks(wanted);
        for (at, network) in networks.iter().enumerate() {
            if networks[..at].contains(network) {
                return Err(Denial::conflict(*network, "networks names the same Network twice."));
            }
            let record = self.world.get(*network);
            let other = record.and_then(|record| record.fields.resource("forwardingGroup"));
            if other.is_some() && other != group {
                return Err(Denial::conflict(*network, "The Network is in another ForwardingGroup."));
            }
        }
        Ok(())
    }

    /// After a change of a group: its Networks name it, and no others do.
    pub(super) fn follow_group(&mut self, group: Id) {
        let networks = self.world.get(group).map(|record| networks(&record.fields)).unwrap_or_default();
        for before in self.world.referrers_of(group) {
            if before.kind() == Kind::Network && !networks.contains(&before) {
                self.note(before, "forwardingGroup", None);
            }
        }
        for network in networks {
            self.note(network, "forwardingGroup", Some(group));
        }
    }

    /// After a change of a Network: the group that it names lists it, and no other does.
    pub(super) fn follow_network(&mut self, network: Id) {
        let group = self.world.get(network).and_then(|record| record.fields.resource("forwardingGroup"));
        for before in self.world.referrers_of(network) {
            if before.kind() == Kind::ForwardingGroup && Some(before) != group {
                self.world.edit(before, Change::Implicit, |record| record.fields.forget(network));
            }
        }
        if let Some(group) = group {
            self.join_group(network, group);
        }
    }

    /// Puts a Network into the list of a group.
    pub(super) fn join_group(&mut self, network: Id, group: Id) {
        let listed = self.world.get(group).map(|record| networks(&record.fields)).unwrap_or_default();
        if !listed.contains(&network) {
            self.world.edit(group, Change::Implicit, |record| {
                let mut items = record.fields.items("networks").to_vec();
                items.push(Field::from(network));
                record.fields.set("networks", items);
            });
        }
    }
}

fn networks(fields: &Fields) -> Vec<Id> {
    let links = fields.items("networks").iter().filter_map(Field::link);
    links.filter_map(|link| if let Link::Resource(id) = link { Some(*id) } else { None }).collect()
}
