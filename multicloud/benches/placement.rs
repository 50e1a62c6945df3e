//! A thousand machines over 50 accounts in 20 locations: placing all of them, each seeing those before it; beside it, within the
//! same run, what it takes to hold the same plain filter against the same offers once for each machine.
#![allow(clippy::print_stdout, reason = "a bench prints its figures")]

use std::hint::black_box;
use std::time::Instant;

use cimi::Limits;
use cimi::query::Filter;
use divan::Bencher;
use multicloud::placement::{
    Amounts, Batch, Demand, Layer, Level, Offer, Place, Placed, Plan, Policy, Quota, combine, decide_all,
};

const MACHINES: usize = 1000;
const ACCOUNTS: usize = 50;
const LOCATIONS: usize = 20;
/// Configurations that the machines are of: each has prices of its own.
const CONFIGS: usize = 4;
const ROUNDS: usize = 9;
const FILTER: &str = "price<900 and location!='L7' and health='up'";

/// A policy, and the name that its figures stand under.
const POLICIES: [(&str, &str); 4] = [
    ("filter and order", r#"{"order-by": "price,latency"}"#),
    ("order that moves", r#"{"order-by": "machines,price"}"#),
    ("weights and share", r#"{"weights": {"price": -3, "latency": -1}, "max-share": {"percent": 5}}"#),
    (
        "spread, affinity, budget",
        r#"{"arrange": {"how": "spread", "over": "location"}, "weights": {"price": -1},
            "anti-affinity": [{"to": "name='elsewhere'"}], "budget": 100000000}"#,
    ),
];

fn main() {
    divan::main();
    ratios();
}

/// All machines, in turn of each configuration.
#[divan::bench(args = POLICIES.map(|(name, _)| name))]
fn a_thousand(bencher: Bencher<'_, '_>, name: &str) {
    let policy = POLICIES.iter().find(|(known, _)| *known == name).map_or("{}", |(_, policy)| policy);
    let (plan, batches) = (plan(policy), batches());
    bencher.bench(|| place(&plan, &batches));
}

/// Both in turn: noise of the machine hits both.
fn ratios() {
    let batches = batches();
    let filter = Filter::parse(FILTER, &Limits::SERVER).expect("it is of the grammar");
    println!("\n{MACHINES} machines over {ACCOUNTS} accounts x {LOCATIONS} locations (goal: under 100 ms)");
    for (name, policy) in POLICIES {
        let plan = plan(policy);
        let (mut placing, mut filtering) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            placing.push(milliseconds(|| place(&plan, &batches)));
            filtering.push(milliseconds(|| {
                for machine in 0..MACHINES {
                    let offers = &batches[machine % CONFIGS].offers;
                    black_box(offers.iter().filter(|offer| filter.matches(*offer)).count());
                }
            }));
        }
        let (placing, filtering) = (median(placing), median(filtering));
        println!(
            "{name:26} {placing:7.1} ms beside {filtering:6.1} ms for the filter against every offer: {:.2}",
            placing / filtering
        );
    }
}

fn place(plan: &Plan, batches: &[Batch]) {
    let sequence = (0..MACHINES).map(|machine| machine % CONFIGS);
    let picks = decide_all(plan, batches, sequence, &[]);
    assert!(picks.iter().all(Option::is_some), "there is room for all");
    black_box(picks);
}

fn batches() -> Vec<Batch> {
    (0..CONFIGS).map(batch).collect()
}

fn plan(policy: &str) -> Plan {
    let read = |json: &str| Policy::from_json(json).expect("it is a policy");
    let filter = Policy::new(Some(FILTER), None).expect("it is a policy");
    combine(&[
        Layer { level: Level::Manager, policy: filter },
        Layer { level: Level::Tenant, policy: read(policy) },
    ])
}

fn batch(config: usize) -> Batch {
    let number = |from: usize| i64::try_from(from).expect("it is small");
    let offers = (0..ACCOUNTS * LOCATIONS).map(|at| {
        let (account, location) = (at / LOCATIONS, at % LOCATIONS);
        Offer {
            place: Place {
                account: format!("account-{account}"),
                provider: Some(format!("provider-{}", account % 7)),
                location: Some(format!("L{location}")),
                config: Some(format!("config-{config}")),
                ..Place::default()
            },
            price: number(100 + (at * 37 + config * 211) % 799),
            cpu: Some(number(1 << config)),
            left: Quota { machines: Some(40), ..Quota::NONE },
            needs: Amounts { machines: 1, cpu: number(1 << config), ..Amounts::default() },
            latency: Some(number((at * 13) % 300)),
            ..Offer::default()
        }
    });
    let demand = Demand::Machine(Box::new(Placed { name: Some("m".to_owned()), ..Placed::default() }));
    Batch { offers: offers.collect(), demand }
}

fn milliseconds(work: impl FnOnce()) -> f64 {
    let began = Instant::now();
    work();
    began.elapsed().as_secs_f64() * 1000.0
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
