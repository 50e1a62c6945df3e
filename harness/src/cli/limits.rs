//! How much a run may do: options of every command that talks to endpoints.

use std::time::Duration;

use clap::Args;

use crate::engine::Caps;
use crate::event::Company;

#[derive(Debug, Args)]
#[group(skip)]
pub(super) struct Arguments {
    /// Have no more resources at an endpoint at once than this; cases that need more are not applicable.
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    max_resources: Option<u64>,
    /// Make no more resources at an endpoint in all than this; cases that would pass it are not applicable.
    #[arg(long, global = true, value_name = "N")]
    max_made: Option<u64>,
    /// End after so many minutes; what was made is taken away then.
    #[arg(long, global = true, value_name = "MINUTES", value_parser = minutes)]
    max_minutes: Option<f64>,
    /// Send an endpoint no more requests a second than this.
    #[arg(long, global = true, value_name = "N", value_parser = rate)]
    pub(super) rate: Option<f64>,
    /// Let no two cases make resources of this kind (`Machine`) at the same time; may be repeated.
    #[arg(long, global = true, value_name = "KIND")]
    serial: Vec<String>,
    /// Try a case that failed again, so many times; one that holds then is flaky.
    #[arg(long, global = true, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=10))]
    pub(super) retries: u32,
    /// Others work at the endpoints, too: that they hold more or less afterwards is told, and nobody's fault.
    #[arg(long, global = true)]
    shared: bool,
}

impl Arguments {
    /// What the run may make.
    pub(super) fn caps(&self) -> Caps {
        Caps {
            at_once: self.max_resources,
            in_all: self.max_made,
            serial: self.serial.iter().cloned().collect(),
        }
    }

    /// Whether others work at the endpoints meanwhile.
    pub(super) fn company(&self) -> Company {
        if self.shared { Company::Shared } else { Company::Alone }
    }

    /// How long it may take.
    pub(super) fn within(&self) -> Option<Duration> {
        self.max_minutes.map(|minutes| Duration::from_secs_f64(minutes * 60.0))
    }

    /// What is wrong with the kinds, if anything is.
    pub(super) fn check(&self, is_kind: impl Fn(&str) -> bool) -> Result<(), String> {
        match self.serial.iter().find(|kind| !is_kind(kind)) {
            Some(kind) => {
                Err(format!("--serial {kind}: no such type of resource; expected one such as Machine"))
            }
            None => Ok(()),
        }
    }
}

fn minutes(text: &str) -> Result<f64, String> {
    let minutes = text.parse().ok().filter(|minutes| (0.001..=10_000.0).contains(minutes));
    minutes.ok_or_else(|| "expected minutes, 0.001 to 10000".to_owned())
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|rate| (0.01..=10_000.0).contains(rate));
    rate.ok_or_else(|| "expected requests a second, 0.01 to 10000".to_owned())
}
