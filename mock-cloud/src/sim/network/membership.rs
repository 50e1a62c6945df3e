//! Which resources of the network families are in which collections, and what follows from that for both.
//!
//! Owns the rules of coming and going. The links themselves are `site`'s.

use super::super::Sim;
use super::super::denial::Denial;
use super::Running;
use crate::world::{Change, Draft, Field, Fields, Group, Id, Kind, Label, Link};

impl Sim {
    /// Whether a collection of the network families may change now: what has it must not be on its way elsewhere.
    pub(in crate::sim) fn may_change_members(&self, group: Group) -> Result<(), Denial> {
        let Some(owner) = group.owner else { return Ok(()) };
        match owner.kind() {
            Kind::Network | Kind::ProtocolSegment | Kind::NetworkService | Kind::NetworkInterface => {
                self.require_settled(owner, "changing its collections")
            }
            Kind::Machine if matches!(group.kind, Kind::NetworkInterface | Kind::MachineNetworkInterface) => {
                self.require_settled(owner, "adding an interface")
            }
            Kind::MachineNetworkInterface => {
                let machine = self.world.get(owner).and_then(|record| record.owner);
                machine.map_or(Ok(()), |machine| self.require_settled(machine, "changing its addresses"))
            }
            _ => Ok(()),
        }
    }

    /// Whether a part may be deleted: what it is a part of must not be on its way elsewhere.
    pub(in crate::sim) fn may_leave_owner(&self, id: Id) -> Result<(), Denial> {
        let owner = self.world.get(id).and_then(|record| record.owner);
        match owner.map(|owner| (owner, owner.kind())) {
            Some((owner, Kind::Machine | Kind::Network | Kind::ProtocolSegment))
                if !matches!(self.state(owner), "ERROR" | "FAILED") =>
            {
                self.require_settled(owner, "deleting what it is made of")
            }
            _ => Ok(()),
        }
    }

    /// Whether a resource may come into a collection that refers to it, by the rules of both.
    pub(in crate::sim) fn may_join(&self, group: Group, member: Id) -> Result<(), Denial> {
        let (Some(owner), Some(record)) = (group.owner, self.world.get(member)) else { return Ok(()) };
        let (attribute, what) = match group.kind {
            Kind::SegmentEndpoint => return self.may_enter(member, owner),
            Kind::MachineNetworkInterfaceAddress => return self.may_use_address(owner, member),
            Kind::InterfaceEndpoint => ("interface", "NetworkInterface"),
            Kind::NetworkNetworkPort => ("network", "Network"),
            _ => return Ok(()),
        };
        match record.fields.resource(attribute).filter(|other| *other != owner) {
            Some(_) => Err(Denial::conflict(
                member,
                format!("The {} is at another {what}. Remove it from there first.", member.kind().name()),
            )),
            None => Ok(()),
        }
    }

    /// A resource is in a collection now.
    pub(in crate::sim) fn joined(&mut self, group: Group, member: Id) {
        let Some(owner) = group.owner else { return };
        match group.kind {
            Kind::SegmentEndpoint => self.enter_segment(member, owner),
            Kind::InterfaceEndpoint => self.connect_endpoint(member, Some(owner)),
            Kind::NetworkNetworkPort => self.note(member, "network", Some(owner)),
            Kind::MachineNetworkInterfaceAddress => {
                let machine = self.world.get(owner).and_then(|record| record.owner);
                self.note(member, "resource", machine);
            }
            _ => {}
        }
    }

    /// A resource is not in a collection any more.
    pub(in crate::sim) fn left(&mut self, group: Group, member: Id) {
        match group.kind {
            Kind::SegmentEndpoint => self.leave_segment(member),
            Kind::InterfaceEndpoint => self.connect_endpoint(member, None),
            Kind::NetworkNetworkPort => self.note(member, "network", None),
            Kind::MachineNetworkInterfaceAddress => self.note(member, "resource", None),
            _ => return,
        }
        let is_child = |owner: Id| self.world.get(member).is_some_and(|record| record.owner == Some(owner));
        if group.owner.is_some_and(is_child) {
            self.world.set_owner(member, None);
        }
    }

    /// What a resource will leave behind: the collection that it is the link of, or those that it has.
    pub(in crate::sim) fn memberships(&self, id: Id) -> Vec<(Group, Id)> {
        let kind = id.kind();
        if let Some(uses) = kind.card().link {
            let Some(record) = self.world.get(id) else { return Vec::new() };
            let member = record.fields.resource(uses.attribute);
            return member.map(|member| (Group { owner: record.owner, kind }, member)).into_iter().collect();
        }
        let inner = match kind {
            Kind::ProtocolSegment => Kind::SegmentEndpoint,
            Kind::MachineNetworkInterface => Kind::MachineNetworkInterfaceAddress,
            _ => return Vec::new(),
        };
        let group = Group::inside(id, inner);
        self.linked(group).into_iter().map(|member| (group, member)).collect()
    }

    /// Resources have gone: so have their addresses, and what they were to others.
    pub(in crate::sim) fn gone(&mut self, gone: &[Id], left: Vec<(Group, Id)>) {
        for id in gone {
            if id.kind() == Kind::ProtocolSegment {
                for (_, endpoint) in self.leases.holders(*id) {
                    self.leave_segment(endpoint);
                }
            }
            self.leases.forget(*id);
        }
        for (group, member) in left {
            if self.world.get(member).is_some() {
                self.left(group, member);
            }
        }
    }

    /// Puts a resource into a collection that refers to it, unless it is there.
    pub(super) fn enlist(&mut self, group: Group, member: Id) {
        let Some(uses) = group.kind.card().link else { return };
        if self.link(group, member).is_none() {
            let fields = Fields::new().with(uses.attribute, member);
            self.world.insert(group, Draft::new(Label::default(), fields));
            self.joined(group, member);
        }
    }

    /// Puts what a template refers to into a collection of what is made of it.
    pub(super) fn enlist_all(
        &mut self,
        group: Group,
        items: &[Field],
        running: Running,
    ) -> Result<(), Denial> {
        for item in items {
            let Some(Link::Resource(member)) = item.link() else {
                return Err(Denial::bad(format!(
                    "{} refers to something else than a resource of this cloud.",
                    group.kind.attribute()
                )));
            };
            let member = *member;
            if self.link(group, member).is_some() {
                continue;
            }
            self.may_associate(group, member)?;
            self.enlist(group, member);
            if running == Running::Yes {
                self.bring(member, true);
            }
        }
        Ok(())
    }

    /// The resource whose collection refers to one by a link of a kind.
    pub(super) fn owner_of_link(&self, member: Id, kind: Kind) -> Option<Id> {
        let links = self.world.referrers_of(member);
        links.into_iter().filter(|link| link.kind() == kind).find_map(|link| self.world.get(link)?.owner)
    }

    /// Sets a reference, or empties it.
    pub(super) fn note(&mut self, id: Id, name: &'static str, to: Option<Id>) {
        if self.world.get(id).is_some_and(|record| record.fields.resource(name) != to) {
            self.world.edit(id, Change::Implicit, |record| match to {
                Some(to) => record.fields.set(name, to),
                None => drop(record.fields.remove(name)),
            });
        }
    }
}
