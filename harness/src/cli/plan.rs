//! `plan`: what a run with the same options would do, before anything is touched.

use std::fmt::Write as _;

use clap::Args;

use crate::engine::{self, Change, Outlook, Settings};
use crate::event::{Event, Sink};
use crate::exit::ExitCode;
use crate::http::Endpoint;
use crate::suite::Suite;

use super::{Done, endpoint, with_source};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) endpoint: endpoint::Arguments,
    /// Say it in JSON.
    #[arg(long)]
    pub(super) json: bool,
}

/// What is to be planned.
#[derive(Debug)]
pub struct Plan {
    /// The endpoints.
    pub(super) endpoints: Vec<Endpoint>,
    /// The suite.
    pub(super) suite: Suite,
    /// What would be asked of the run.
    pub(super) settings: Settings,
    /// Whether it is said in JSON.
    pub(super) json: bool,
}

/// A plan keeps no stream: it changes nothing.
struct Nowhere;

impl Sink for Nowhere {
    fn take(&mut self, _: &Event) -> std::io::Result<()> {
        Ok(())
    }
}

/// Discovers the endpoints, and says what a run would do there.
pub async fn run(plan: Plan) -> Done {
    let looks = engine::outlook(plan.endpoints, &plan.suite, &plan.settings, Box::new(Nowhere)).await;
    let looks = match looks {
        Ok(looks) => looks,
        Err(error) => {
            return Done { code: ExitCode::Internal, output: String::new(), errors: with_source(&error) };
        }
    };
    let (mut seen, mut errors) = (Vec::new(), Vec::new());
    for look in looks {
        match look {
            Ok(outlook) => seen.push(outlook),
            Err((name, error)) => errors.push(format!("{name}: {error}")),
        }
    }
    let code = if !errors.is_empty() {
        ExitCode::Unreachable
    } else if seen.iter().all(|outlook| outlook.cases == 0) {
        ExitCode::NothingJudged
    } else {
        ExitCode::Conformant
    };
    let output = if plan.json {
        serde_json::to_string_pretty(&seen).map(|text| text + "\n").unwrap_or_default()
    } else {
        seen.iter().map(say).collect()
    };
    Done { code, output, errors: errors.join("\n") }
}

fn say(outlook: &Outlook) -> String {
    let mut out = format!("{}  {}  {}\n", outlook.endpoint, outlook.cep, outlook.edition.name());
    let _ = writeln!(
        out,
        "  {} cases would run, with {} requests beside those of waiting, in {} or so",
        outlook.cases,
        outlook.requests,
        minutes(outlook.minutes)
    );
    if outlook.made.in_all == 0 {
        let _ = writeln!(out, "\n  nothing would be made");
    } else {
        let _ = writeln!(out, "\n  {:<28} {:>8} {:>8}", "made at most", "in all", "at once");
        let kinds = outlook.kinds.iter().map(|(kind, amount)| (kind.as_str(), *amount));
        for (kind, amount) in kinds.chain([("all of it", outlook.made)]) {
            let _ = writeln!(out, "  {kind:<28} {:>8} {:>8}", amount.in_all, amount.at_once);
        }
    }
    if !outlook.quota.is_empty() {
        let needs: Vec<String> = outlook.quota.iter().map(|(what, n)| format!("{what} {n}")).collect();
        let _ = writeln!(out, "\n  quota needed: {}", needs.join(", "));
    }
    changes(&mut out, outlook);
    if !outlook.not_applicable.is_empty() {
        let _ = writeln!(out, "\n  {} cases would not run:", outlook.not_applicable.len());
    }
    for one in &outlook.not_applicable {
        let proof = one.proof.as_ref().map(|proof| format!(" ({proof})")).unwrap_or_default();
        let _ = writeln!(out, "    {:<48} {}{proof}", one.case, one.reason);
    }
    out.push('\n');
    out
}

/// What was there before and is changed comes first: that is what may hurt.
fn changes(out: &mut String, outlook: &Outlook) {
    let (there, own): (Vec<&Change>, Vec<&Change>) =
        outlook.changes.iter().partition(|change| change.there.is_some());
    if !there.is_empty() {
        let _ = writeln!(out, "\n  asked of what was THERE BEFORE:");
    }
    for change in there {
        let whom = change.there.as_deref().unwrap_or_default();
        let cases = change.cases.join(", ");
        let _ = writeln!(out, "    {:<12} {whom:<28} {:>5} times, by {cases}", change.what, change.times);
    }
    if !own.is_empty() {
        let _ = writeln!(out, "\n  asked of what the run has made:");
    }
    for change in own {
        let kind = change.own.as_deref().unwrap_or_default();
        let _ = writeln!(out, "    {:<12} {kind:<28} {:>5} times", change.what, change.times);
    }
}

fn minutes(minutes: f64) -> String {
    if minutes < 1.0 { "less than a minute".to_owned() } else { format!("{minutes:.0} minutes") }
}
