//! The life of a Volume (DSP0263 5.15.1).
//!
//! Owns creation from a template and the operations. States and transitions are the model's.

use super::Sim;
use super::defaults::complete;
use super::denial::Denial;
use super::job::{Accepted, Effect, Order};
use super::monitor::Monitoring;
use super::scope::Scope;
use super::site::Site;
use super::template::{Ingredient, Resolved};
use crate::world::{Draft, Fields, Id, Kind, Label, Usage};

const CONFIG: Ingredient = Ingredient {
    attribute: "volumeConfig",
    kinds: &[Kind::VolumeConfiguration],
    by_value: ("Volume", "VolumeConfigByValue"),
};

const IMAGE: Ingredient = Ingredient {
    attribute: "volumeImage",
    kinds: &[Kind::VolumeImage],
    by_value: ("Volume", "VolumeImageByValue"),
};

const TEMPLATE: Ingredient = Ingredient {
    attribute: "volumeTemplate",
    kinds: &[Kind::VolumeTemplate],
    by_value: ("Machine", "MachineVolumeTemplatesByValue"),
};

/// A Volume to be made, everything checked.
pub(super) struct VolumePlan {
    /// The Volume, in state CREATING.
    pub(super) draft: Draft,
    /// Its Meters and its log.
    pub(super) monitoring: Monitoring,
}

impl Sim {
    /// Creates a Volume from the attributes of a `VolumeTemplate`.
    pub(super) fn create_volume(
        &mut self,
        site: Site,
        label: Label,
        template: &Fields,
    ) -> Result<Accepted, Denial> {
        let plan = self.plan_volume(label, template)?;
        self.afford(Usage::of(Kind::Volume, &plan.draft.fields))?;
        let volume = self.settle(site, plan.draft);
        self.install_monitors(volume, plan.monitoring);
        let wait = self.settings.timing.of(Kind::Volume, "create");
        let order = Order::new("add", site.asked).creating(volume);
        let order = order.then(wait, [Effect::State(volume, "AVAILABLE")]);
        Ok(self.order(order.undone_by([Effect::Remove(volume)])))
    }

    /// Plans a Volume that is created along with a Machine, from an item of `volumeTemplates` (table 19).
    pub(super) fn plan_volume_in_machine(&self, item: &Fields) -> Result<VolumePlan, Denial> {
        match self.resolve(item, TEMPLATE)? {
            Some(Resolved { fields, .. }) => self.plan_volume(Label::default(), &fields),
            None => Err(Denial::bad("Each item of volumeTemplates needs a VolumeTemplate.")),
        }
    }

    /// Plans a Volume from the attributes of a `VolumeTemplate`.
    pub(super) fn plan_volume(&self, label: Label, template: &Fields) -> Result<VolumePlan, Denial> {
        let mut config = self.resolve(template, CONFIG)?.ok_or_else(|| {
            Denial::bad("A Volume needs volumeConfig in its template: a reference, or the attributes.")
        })?;
        Scope::check(Kind::VolumeConfiguration, &config.fields)?;
        complete(Kind::VolumeConfiguration, &mut config.fields, &self.settings.capabilities);
        let image = self.resolve(template, IMAGE)?;
        let mut fields = Fields::new();
        for name in ["type", "capacity"] {
            fields.set_some(name, config.fields.get(name).cloned());
        }
        let bootable = image.and_then(|image| image.fields.boolean("bootable")).unwrap_or(false);
        fields.set("bootable", bootable);
        let monitoring = self.plan_monitors(Kind::Volume, template)?;
        Ok(VolumePlan { draft: Draft::new(label, fields).in_state("CREATING"), monitoring })
    }

    /// Performs an operation on a Volume (5.15.1.2).
    pub(super) fn act_on_volume(
        &mut self,
        id: Id,
        operation: &str,
        parameters: &Fields,
    ) -> Result<Accepted, Denial> {
        match operation {
            "snapshot" => self.image_of_volume(id, Draft::default(), "snapshot"),
            "restore" => self.restore_volume(id, parameters),
            _ => Err(Denial::missing(format!("Volume has no operation {operation}."))),
        }
    }

    fn restore_volume(&mut self, id: Id, parameters: &Fields) -> Result<Accepted, Denial> {
        let transition = self.transition(id, "restore")?;
        self.image_parameter(parameters, Kind::VolumeImage)?;
        let wait = self.settings.timing.of(Kind::Volume, "restore");
        let order = self.pass(Order::new("restore", id), id, transition, None, |_| wait, Vec::new());
        Ok(self.order(order))
    }
}
