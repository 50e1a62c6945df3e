//! Progress on a terminal's standard error, one bar an endpoint, fed by the events as they happen. Where standard error
//! is no terminal, nothing is drawn.

use std::collections::BTreeMap;
use std::io;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::matrix::Tally;
use super::text;
use crate::event::{Event, Sink, Verdict};

/// Draws how far a run has come.
#[derive(Debug)]
pub struct Progress {
    bars: MultiProgress,
    endpoints: BTreeMap<String, Bar>,
}

#[derive(Debug)]
struct Bar {
    bar: ProgressBar,
    tally: Tally,
}

impl Progress {
    /// Progress on standard error.
    pub fn stderr() -> Self {
        Self::on(ProgressDrawTarget::stderr())
    }

    /// Progress on another target, such as a hidden one.
    pub fn on(target: ProgressDrawTarget) -> Self {
        Self { bars: MultiProgress::with_draw_target(target), endpoints: BTreeMap::new() }
    }

    /// What each bar says.
    #[cfg(test)]
    pub(super) fn shown(&self) -> Vec<String> {
        let say = |Bar { bar, .. }: &Bar| {
            let length = bar.length().map_or_else(|| "?".to_owned(), |length| length.to_string());
            format!("{} {}/{length} {}", bar.prefix(), bar.position(), bar.message())
        };
        self.endpoints.values().map(say).collect()
    }

    fn open(&mut self, name: &str) {
        let bar = self.bars.add(ProgressBar::no_length());
        bar.set_style(style("{prefix:16} {spinner} {wide_msg}"));
        bar.set_prefix(text::line(name));
        bar.set_message("discovering");
        self.endpoints.insert(name.to_owned(), Bar { bar, tally: Tally::default() });
    }
}

impl Sink for Progress {
    fn take(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::Header(header) => {
                for endpoint in &header.endpoints {
                    self.open(&endpoint.name);
                }
            }
            Event::Plan(plan) => {
                if let Some(Bar { bar, .. }) = self.endpoints.get(&plan.endpoint) {
                    bar.set_length(bar.length().unwrap_or_default() + plan.verdicts);
                    bar.set_style(style("{prefix:16} [{bar:24}] {pos}/{len} {wide_msg}"));
                }
            }
            Event::Statements(_) | Event::Case(_) | Event::Intent(_) | Event::Made(_) | Event::Gone(_) => {}
            Event::Exchange(exchange) => {
                if let Some(Bar { bar, .. }) = self.endpoints.get(&exchange.endpoint) {
                    bar.tick();
                }
            }
            Event::Verdict(verdict) => {
                if let Some(bar) = self.endpoints.get_mut(&verdict.endpoint) {
                    bar.count(verdict);
                }
            }
            Event::Footer(_) => self.bars.clear()?,
        }
        Ok(())
    }
}

impl Bar {
    fn count(&mut self, verdict: &Verdict) {
        self.tally.add(verdict.outcome);
        let marks: Vec<String> = self.tally.marks().map(|mark| format!("{mark} ")).collect();
        self.bar.set_message(format!("{}{}", marks.concat(), text::line(&verdict.case)));
        self.bar.inc(1);
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the templates are written here").progress_chars("=> ")
}
