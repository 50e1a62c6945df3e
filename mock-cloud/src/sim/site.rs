//! Where a new resource goes: the collection that is asked, the owner that it becomes a child component of (DSP0263 5.10.2),
//! and the link by which a collection shows what lives elsewhere.
//!
//! Owns what is the same for all collections that only refer to their members.

use super::Sim;
use super::denial::Denial;
use super::job::{Accepted, Effect, Order};
use crate::world::{Draft, Fields, Group, Id, Kind, Label, Link};

/// Where a new resource goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Site {
    /// The collection that is asked: the target of the Job.
    pub(super) asked: Group,
    /// Owner and kind of the new resource.
    pub(super) group: Group,
}

impl Site {
    /// That of a collection: of one that only refers to its members, what they are.
    pub(super) fn of(asked: Group) -> Self {
        let kind = asked.kind.card().link.map_or(asked.kind, |uses| uses.kind);
        Self { asked, group: Group { owner: asked.owner, kind } }
    }

    /// In a System, as its child; in the collection for such components, if there is one.
    pub(super) fn within(system: Id, kind: Kind) -> Self {
        let group = Group::inside(system, kind);
        let listed = kind.listed_by(Kind::System);
        let asked = if listed == kind { Group::of_cloud(kind) } else { Group::inside(system, listed) };
        Self { asked, group }
    }

    /// Where something of another kind goes that is made along with what goes here.
    pub(super) fn beside(self, kind: Kind) -> Self {
        match self.group.owner.filter(|owner| owner.kind() == Kind::System) {
            Some(system) => Self::within(system, kind),
            None => Self { asked: Group::of_cloud(kind), group: Group::of_cloud(kind) },
        }
    }
}

impl Sim {
    /// Puts a new resource into the world, and into the collection that was asked.
    pub(super) fn settle(&mut self, site: Site, draft: Draft) -> Id {
        let id = self.world.insert(site.group, draft);
        if let Some(uses) = site.asked.kind.card().link {
            let link = Fields::new().with(uses.attribute, id);
            self.world.insert(site.asked, Draft::new(Label::default(), link));
            self.joined(site.asked, id);
            self.reckon_owner(site.asked);
        }
        id
    }

    /// Puts an existing resource into a collection that only refers to its members. `fields` has the reference, and perhaps
    /// accessory attributes.
    pub(super) fn associate(
        &mut self,
        group: Group,
        label: Label,
        fields: &Fields,
        action: &'static str,
    ) -> Result<Accepted, Denial> {
        let member = self.member(group, fields)?;
        self.may_change_members(group)?;
        self.may_associate(group, member)?;
        let mut accessories = Fields::new();
        for held in group.kind.card().attributes {
            accessories.set_some(held.name, fields.get(held.name).cloned());
        }
        let link = self.world.insert(group, Draft::new(label, accessories));
        self.joined(group, member);
        self.reckon_owner(group);
        Ok(self.order(Order::new(action, group).creating(link).affecting(member)))
    }

    /// Takes a resource out of a collection that only refers to its members; a child component becomes one of the cloud.
    pub(super) fn dissociate(&mut self, group: Group, fields: &Fields) -> Result<Accepted, Denial> {
        let member = self.member(group, fields)?;
        self.may_change_members(group)?;
        let name = member.kind().name();
        let link = self
            .link(group, member)
            .ok_or_else(|| Denial::conflict(member, format!("The {name} is not in this collection.")))?;
        let order = Order::new("remove", group).affecting(member);
        Ok(self.order(order.then(std::time::Duration::ZERO, self.unlinking(link))))
    }

    /// What takes a link away: a child component that it refers to becomes one of the cloud.
    pub(super) fn unlinking(&self, link: Id) -> Vec<Effect> {
        let mut effects = vec![Effect::Remove(link)];
        let ends = self.world.get(link).and_then(|record| {
            let attribute = link.kind().card().link?.attribute;
            Some((record.owner?, record.fields.resource(attribute)?))
        });
        if let Some((owner, member)) = ends
            && self.world.get(member).is_some_and(|record| record.owner == Some(owner))
        {
            effects.push(Effect::Own(member, None));
        }
        effects
    }

    /// The link by which a collection refers to a resource.
    pub(super) fn link(&self, group: Group, member: Id) -> Option<Id> {
        let attribute = group.kind.card().link?.attribute;
        let refers = |link: &Id| {
            link.kind() == group.kind
                && self.world.get(*link).is_some_and(|record| {
                    record.owner == group.owner && record.fields.resource(attribute) == Some(member)
                })
        };
        self.world.referrers_of(member).into_iter().find(refers)
    }

    /// What the members of a collection that only refers to them are, in order.
    pub(super) fn linked(&self, group: Group) -> Vec<Id> {
        let Some(uses) = group.kind.card().link else { return Vec::new() };
        self.world.members(group, 0).filter_map(|link| link.fields.resource(uses.attribute)).collect()
    }

    /// The resource that is to be put into a collection, or taken out.
    fn member(&self, group: Group, fields: &Fields) -> Result<Id, Denial> {
        let uses = group.kind.card().link.ok_or_else(|| {
            Denial::missing("This collection has its members for itself: nothing is inserted or removed.")
        })?;
        let (attribute, name) = (uses.attribute, uses.kind.name());
        match fields.link(attribute) {
            Some(Link::Resource(id)) if id.kind() == uses.kind && self.world.get(*id).is_some() => Ok(*id),
            Some(_) => Err(Denial::bad(format!("{attribute} must refer to a {name} of this cloud."))),
            None => {
                Err(Denial::bad(format!("{attribute} is missing: a reference to a {name} was expected.")))
            }
        }
    }

    /// Whether a resource may come into a collection: not twice, and nothing into itself.
    pub(super) fn may_associate(&self, group: Group, member: Id) -> Result<(), Denial> {
        let name = member.kind().name();
        if self.link(group, member).is_some() {
            return Err(Denial::conflict(member, format!("The {name} is in this collection already.")));
        }
        let Some(owner) = group.owner else { return Ok(()) };
        if owner.kind() == member.kind() && self.is_within(owner, member, group.kind) {
            return Err(Denial::conflict(member, format!("A {name} cannot be in itself.")));
        }
        self.may_join(group, member)
    }

    /// Whether a resource is another one, or is reached from it by links of a kind.
    fn is_within(&self, id: Id, root: Id, by: Kind) -> bool {
        let mut seen = vec![root];
        let mut at = 0;
        while let Some(&from) = seen.get(at) {
            if from == id {
                return true;
            }
            at += 1;
            for member in self.linked(Group::inside(from, by)) {
                if !seen.contains(&member) {
                    seen.push(member);
                }
            }
        }
        false
    }
}
