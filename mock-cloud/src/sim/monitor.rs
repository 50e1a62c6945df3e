//! Meters and logs that come along with a resource, by `meterTemplates` and `eventLogTemplate` of its template.
//!
//! Owns the two steps that every creation takes: [`Sim::plan_monitors`] before anything exists, [`Sim::install_monitors`] once the
//! resource does. Also owns what becomes of them when a resource goes.

use super::Sim;
use super::denial::Denial;
use super::event::{About, Report};
use crate::world::{Deed, Fields, Group, Id, Kind, Label};

/// The Meters and the log that a new resource is to have, everything checked.
#[derive(Clone, Debug, Default)]
pub(super) struct Monitoring {
    meters: Vec<Fields>,
    log: Option<Fields>,
}

impl Sim {
    /// Plans what `meterTemplates` and `eventLogTemplate` of a template ask for, for a new resource of a kind.
    ///
    /// # Errors
    /// If one of them cannot be had of such a resource.
    pub(super) fn plan_monitors(&self, kind: Kind, template: &Fields) -> Result<Monitoring, Denial> {
        let meters = template.items("meterTemplates").iter().map(|item| self.plan_meter_of(kind, item));
        let log = template.get("eventLogTemplate").map(|item| self.plan_log_of(kind, item));
        Ok(Monitoring { meters: meters.collect::<Result<_, _>>()?, log: log.transpose()? })
    }

    /// Brings them into the world, with the resource that they are for.
    pub(super) fn install_monitors(&mut self, id: Id, plan: Monitoring) {
        if let Some(fields) = plan.log {
            let noted = self.keeps_logs();
            let log = self.install_log(id, Label::default(), fields);
            // Its first Event is the coming of its target, which nobody has noted if there was no log.
            let about = self.world.get(id).filter(|_| !noted).map(About::there);
            let report = about.and_then(|about| Report::model(self.world.now(), about, Deed::Created));
            if let Some(report) = report {
                self.write_event(log, report);
            }
        }
        for meter in plan.meters {
            self.install_meter(id, Label::default(), meter);
        }
    }

    /// Sets Meters and logs going that a seed has planted.
    pub(crate) fn set_monitors_going(&mut self) {
        let ids =
            |kind| self.world.members(Group::of_cloud(kind), 0).map(|record| record.id).collect::<Vec<_>>();
        let (meters, logs) = (ids(Kind::Meter), ids(Kind::EventLog));
        for log in logs {
            self.adopt_log(log);
        }
        for meter in meters {
            self.adopt_meter(meter);
        }
        // What a seed holds has not happened.
        self.world.journal_mut().take();
    }

    /// Lets go of what belonged to resources that are gone.
    pub(super) fn forget_monitors(&mut self, gone: Id) {
        match gone.kind() {
            Kind::Meter => self.forget_meter(gone),
            Kind::EventLog => self.forget_log(gone),
            _ => {}
        }
    }
}
