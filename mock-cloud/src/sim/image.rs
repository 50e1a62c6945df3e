//! Images of Machines and Volumes (DSP0263 5.14.7.1, 5.15.8.1): given by their location, or taken of a resource.
//!
//! Owns capture and snapshot, and what the deletion of an image does to those related to it (table 21).

use super::Sim;
use super::defaults::complete;
use super::denial::Denial;
use super::job::{Accepted, Effect, Order};
use crate::world::{Change, Draft, Field, Fields, Group, Id, Kind, Link};

impl Sim {
    /// Creates a `MachineImage`; one whose location is a Machine of this cloud is taken of it (5.14.7.1).
    pub(super) fn create_machine_image(&mut self, draft: Draft) -> Result<Accepted, Denial> {
        match draft.fields.link("imageLocation") {
            Some(Link::Resource(id)) if id.kind() == Kind::Machine => {
                let machine = *id;
                let snapshot = draft.fields.text("type").is_some_and(|ty| ty.ends_with("SNAPSHOT"));
                self.image_of_machine(machine, draft, if snapshot { "snapshot" } else { "capture" })
            }
            Some(_) => Err(Denial::bad("imageLocation must be a Machine, or outside of this cloud.")),
            None => {
                if draft.fields.text("type").is_some_and(|ty| ty != "IMAGE") {
                    return Err(Denial::bad(
                        "A snapshot is taken of a Machine: imageLocation must refer to one of this cloud.",
                    ));
                }
                let Draft { label, fields, .. } = draft;
                let fields = Fields::new().with("type", "IMAGE").overlaid(&fields);
                Ok(self.make_image(Kind::MachineImage, Draft::new(label, fields)))
            }
        }
    }

    /// Creates a `VolumeImage`; one whose location is a Volume of this cloud is taken of it (5.15.8.1).
    pub(super) fn create_volume_image(&mut self, draft: Draft) -> Result<Accepted, Denial> {
        match draft.fields.link("imageLocation") {
            Some(Link::Resource(id)) if id.kind() == Kind::Volume => {
                let volume = *id;
                self.image_of_volume(volume, draft, "snapshot")
            }
            Some(_) => Err(Denial::bad("imageLocation must be a Volume, or outside of this cloud.")),
            None => Ok(self.make_image(Kind::VolumeImage, draft)),
        }
    }

    /// Takes an image of a Machine, by `capture` or `snapshot`.
    pub(super) fn image_of_machine(
        &mut self,
        machine: Id,
        draft: Draft,
        by: &'static str,
    ) -> Result<Accepted, Denial> {
        let transition = self.transition(machine, by)?;
        let latest = self.world.get(machine).and_then(|record| record.fields.resource("latestSnapshot"));
        let ty = match draft.fields.text("type") {
            _ if by == "capture" => "IMAGE",
            Some("PARTIAL_SNAPSHOT") if latest.is_none() => {
                return Err(Denial::conflict(
                    machine,
                    "A PARTIAL_SNAPSHOT needs an earlier snapshot of the Machine; there is none.",
                ));
            }
            Some("PARTIAL_SNAPSHOT") => "PARTIAL_SNAPSHOT",
            _ => "SNAPSHOT",
        };
        let mut fields = Fields::new()
            .with("type", Field::Word(ty))
            .with("imageLocation", machine)
            .with("content", self.content_of_machine(machine));
        let group = Group::of_cloud(Kind::MachineImage);
        if by == "snapshot" {
            fields.set_some("relatedImage", latest);
        }
        let draft = Draft::new(draft.label, fields).in_state("CREATING");
        let image = self.world.insert(group, draft);
        let mut effects = kept(image);
        if by == "snapshot" {
            let inside = Group::inside(machine, Kind::MachineSnapshot);
            let link = Draft { fields: Fields::new().with("snapshot", image), ..Draft::default() };
            effects.push(Effect::Insert(inside, link));
            effects.push(Effect::Set(machine, "latestSnapshot", image.into()));
        }
        let wait = self.settings.timing.of(Kind::Machine, by);
        let order = Order::new(by, machine).creating(image).undone_by([Effect::Remove(image)]);
        let order = self.pass(order, machine, transition, None, |_| wait, effects);
        Ok(self.order(order))
    }

    /// Takes an image of a Volume.
    pub(super) fn image_of_volume(
        &mut self,
        volume: Id,
        draft: Draft,
        by: &'static str,
    ) -> Result<Accepted, Denial> {
        if !self.settings.capabilities.has("Volume", "VolumeSnapshot") {
            return Err(Denial::bad("This cloud takes no images of Volumes (capability VolumeSnapshot)."));
        }
        let transition = self.transition(volume, by)?;
        let bootable = self.world.get(volume).and_then(|record| record.fields.boolean("bootable"));
        let fields = Fields::new()
            .with("bootable", bootable.unwrap_or(false))
            .overlaid(&draft.fields)
            .with("imageLocation", volume);
        let draft = Draft::new(draft.label, fields).in_state("CREATING");
        let image = self.world.insert(Group::of_cloud(Kind::VolumeImage), draft);
        let mut effects = kept(image);
        effects.push(Effect::Insert(
            Group::inside(volume, Kind::VolumeVolumeImage),
            Draft { fields: Fields::new().with("volumeImage", image), ..Draft::default() },
        ));
        let wait = self.settings.timing.of(Kind::Volume, by);
        let order = Order::new(by, volume).creating(image).undone_by([Effect::Remove(image)]);
        let order = self.pass(order, volume, transition, None, |_| wait, effects);
        Ok(self.order(order))
    }

    /// What the deletion of an image does to those related to it (table 21): snapshots move on to what it was related to,
    /// partial ones, and theirs, go as well and are returned.
    pub(super) fn images_going_with(&mut self, image: Id) -> Vec<Id> {
        let mut going = vec![image];
        let mut at = 0;
        while let Some(&image) = going.get(at) {
            at += 1;
            let before = self.world.get(image).and_then(|record| record.fields.resource("relatedImage"));
            for referrer in self.world.referrers_of(image) {
                let Some(record) = self.world.get(referrer) else { continue };
                if record.fields.resource("relatedImage") != Some(image) || going.contains(&referrer) {
                    continue;
                }
                if record.fields.text("type") == Some("PARTIAL_SNAPSHOT") {
                    going.push(referrer);
                } else if let Some(before) = before {
                    self.world.edit(referrer, Change::Implicit, |record| {
                        record.fields.set("relatedImage", before);
                    });
                }
            }
        }
        going.remove(0);
        going
    }

    fn make_image(&mut self, kind: Kind, mut draft: Draft) -> Accepted {
        complete(kind, &mut draft.fields, &self.settings.capabilities);
        let group = Group::of_cloud(kind);
        let image = self.world.insert(group, draft.in_state("CREATING"));
        let wait = self.settings.timing.of(kind, "create");
        let order = Order::new("add", group).creating(image);
        let order = order.then(wait, [Effect::State(image, "AVAILABLE")]);
        self.order(order.undone_by([Effect::Remove(image)]))
    }
}

/// An image that has been taken no longer points to what it was taken of, but to a static copy.
fn kept(image: Id) -> Vec<Effect> {
    let place = format!("urn:cimi-mock:{}:{}", image.kind().name(), image.number());
    vec![
        Effect::Set(image, "imageLocation", Link::Foreign(place.into()).into()),
        Effect::State(image, "AVAILABLE"),
    ]
}
