//! Both searches against trying everything.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::placement::draft::How;
use crate::placement::puzzle::Cost;
use crate::placement::{Amounts, Layer, Level, Place, Policy, Quota, combine};

/// Long enough for anything here.
const PATIENT: Effort = Effort { time: Duration::from_secs(20), steps: 1_000_000 };

/// Places by kind: accounts 0 to 2, providers 3 and 4, locations 5 and 6.
fn spot() -> impl Strategy<Value = [usize; 3]> {
    (0..3_usize, 5..7_usize).prop_map(|(account, location)| [account, 3 + account % 2, location])
}

fn spec() -> impl Strategy<Value = Spec> {
    (spot(), 0..6_i64, 0..5_i64, 0..3_i64).prop_map(|(spot, cost, price, cpu)| Spec {
        offer: 0,
        cost,
        price,
        spot,
        needs: Amounts { machines: 1, cpu, ..Amounts::default() },
    })
}

fn item() -> impl Strategy<Value = Item> {
    let counted = prop_oneof![4 => Just(Counted::Yes), 1 => Just(Counted::No)];
    (prop::collection::vec(spec(), 1..5), counted).prop_map(|(options, counted)| Item { options, counted })
}

fn domain() -> impl Strategy<Value = Domain> {
    select(Domain::ALL.to_vec())
}

fn puzzles() -> impl Strategy<Value = Puzzle> {
    prop::collection::vec(item(), 1..5).prop_flat_map(|items| {
        let count = items.len();
        let quota = (prop::option::of(0..4_i64), prop::option::of(0..6_i64));
        let quotas = prop::collection::btree_map(0..3_usize, quota, 0..3);
        let apart = prop::collection::vec((0..count, 0..count, domain()), 0..3);
        let placed = prop::collection::btree_set(0..7_usize, 0..3);
        let others = prop::collection::btree_set(0..count, 0..3);
        let near = prop::collection::vec((0..count, domain(), placed, others), 0..3);
        let cap = (domain(), prop::collection::btree_map(0..7_usize, 0..3_i64, 0..4));
        let there = prop::collection::btree_map(0..7_usize, 0..3_i64, 0..5);
        let counted = prop::collection::btree_set(0..count, 0..5);
        let how = select(vec![How::Spread, How::Pack]);
        let arranged = prop::option::of((how, domain(), there, counted));
        let rules = (quotas, apart, near, prop::collection::vec(cap, 0..2));
        (Just(items), rules, prop::option::of(0..12_i64), arranged).prop_map(whole)
    })
}

type Nearness = (usize, Domain, BTreeSet<usize>, BTreeSet<usize>);
type Rules = (
    BTreeMap<usize, (Option<i64>, Option<i64>)>,
    Vec<(usize, usize, Domain)>,
    Vec<Nearness>,
    Vec<(Domain, BTreeMap<usize, i64>)>,
);
type Lie = (How, Domain, BTreeMap<usize, i64>, BTreeSet<usize>);

fn whole((items, rules, budget, arranged): (Vec<Item>, Rules, Option<i64>, Option<Lie>)) -> Puzzle {
    let (quotas, apart, near, caps) = rules;
    let quota = |(machines, cpu)| Quota { machines, cpu, ..Quota::NONE };
    let of = |place: usize| match place {
        0..3 => Domain::Account,
        3..5 => Domain::Provider,
        _ => Domain::Location,
    };
    Puzzle {
        items,
        quotas: quotas.into_iter().map(|(account, limits)| (account, quota(limits))).collect(),
        apart: apart.into_iter().filter(|(one, other, _)| one != other).collect(),
        near: near
            .into_iter()
            .map(|(item, within, placed, others)| Near {
                item,
                within,
                placed: placed.into_iter().filter(|place| of(*place) == within).collect(),
                others: others.into_iter().filter(|other| *other != item).collect(),
            })
            .collect(),
        caps: caps
            .into_iter()
            .map(|(kind, room)| Cap {
                of: kind,
                room: room.into_iter().filter(|(place, _)| of(*place) == kind).collect(),
            })
            .collect(),
        budget,
        arranged: arranged.map(|(how, over, there, items)| Arranged { how, over, there, items }),
    }
}

/// The least cost of all solutions, by trying each.
fn oracle(puzzle: &Puzzle) -> Option<Cost> {
    let mut all: Vec<Vec<usize>> = vec![Vec::new()];
    for item in &puzzle.items {
        let longer = |start: &Vec<usize>| {
            let start = start.clone();
            (0..item.options.len()).map(move |option| [start.clone(), vec![option]].concat())
        };
        all = all.iter().flat_map(longer).collect();
    }
    all.iter().filter(|solution| puzzle.holds(solution)).map(|solution| puzzle.cost(solution)).min()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn the_program_is_as_good_as_the_best_and_greed_never_better(puzzle in puzzles()) {
        let best = oracle(&puzzle);
        match program::solve(&puzzle, PATIENT.time) {
            Answer::Best(solution) => {
                prop_assert!(puzzle.holds(&solution));
                prop_assert_eq!(Some(puzzle.cost(&solution)), best);
            }
            Answer::None => prop_assert_eq!(best, None),
            // What the solver does not prove, it does not claim; that it proves these is what this is about.
            other => prop_assert!(best.is_none(), "{:?} where the best is {:?}", other, best),
        }
        let greedy = puzzle.greedy(PATIENT.steps);
        prop_assert_eq!(greedy.is_some(), best.is_some(), "with so many steps it finds what there is");
        if let Some(solution) = greedy {
            prop_assert!(puzzle.holds(&solution));
            prop_assert!(Some(puzzle.cost(&solution)) >= best);
        }
    }

    #[test]
    fn a_deadline_is_kept_by_greed(puzzle in puzzles(), steps in 0..8_usize) {
        prop_assert_eq!(program::solve(&puzzle, Duration::ZERO), Answer::Unknown);
        if let Some(solution) = puzzle.greedy(steps) {
            prop_assert!(puzzle.holds(&solution));
            prop_assert!(solution.len() <= steps, "each takes a step at least");
        }
    }
}

const POLICIES: [&str; 8] = [
    r#"{"order-by": "price"}"#,
    r#"{"weights": {"price": -1}, "max-share": {"percent": 50}}"#,
    r#"{"arrange": {"how": "spread", "over": "location"}, "order-by": "price"}"#,
    r#"{"arrange": {"how": "pack", "among": "property['tier']='web'"}, "weights": {"price": -2, "latency": -1}}"#,
    r#"{"anti-affinity": [{"to": "property['tier']='web'", "within": "location"}], "order-by": "price"}"#,
    r#"{"affinity": [{"to": "property['tier']='db'", "within": "location"}], "order-by": "price:desc"}"#,
    r#"{"affinity": [{"to": "property['tier']='db'", "within": "location"}], "anti-affinity": [{"to": "name='m0'"}]}"#,
    r#"{"budget": 60, "filter": "price<15", "fallback": [{"drop": ["filter"]}]}"#,
];

fn offers() -> impl Strategy<Value = Vec<Offer>> {
    let offer = (0..20_i64, 0..9_i64, prop::option::of(1..4_i64));
    prop::collection::vec(offer, 4).prop_map(|all| {
        let offer = |(at, (price, latency, _)): (usize, &(i64, i64, Option<i64>)), left: Option<i64>| Offer {
            place: Place {
                account: format!("a{}", at / 2),
                location: Some(format!("L{}", (at + at / 2) % 2)),
                ..Place::default()
            },
            price: *price,
            latency: Some(*latency),
            left: Quota { machines: left, ..Quota::NONE },
            needs: Amounts { machines: 1, ..Amounts::default() },
            ..Offer::default()
        };
        // One quota for each account.
        let left = |at: usize| all[at / 2 * 2].2;
        all.iter().enumerate().map(|(at, it)| offer((at, it), left(at))).collect()
    })
}

fn tagged(name: &str, tier: &str) -> Placed {
    let properties = [("tier".to_owned(), tier.to_owned())].into();
    Placed { name: Some(name.to_owned()), properties, ..Placed::default() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn each_of_a_system_could_go_where_it_goes_beside_the_others(
        policy in select(POLICIES.to_vec()),
        offers in offers(),
        tiers in prop::collection::vec(select(vec!["web", "db", "other"]), 1..4),
        placed in prop::collection::vec((select(vec!["web", "db"]), 0..4_usize), 0..3),
        quick in any::<bool>(),
    ) {
        let plan = combine(&[Layer { level: Level::Manager, policy: Policy::from_json(policy).unwrap() }]);
        let at = |at: usize| (offers[at].place.clone(), offers[at].price);
        let placed: Vec<Placed> = placed
            .into_iter()
            .map(|(tier, offer)| {
                let (place, price) = at(offer);
                Placed { place, price, ..tagged("there", tier) }
            })
            .collect();
        let component = |(number, tier): (usize, &&str)| Batch {
            offers: offers.clone(),
            demand: Demand::Machine(Box::new(tagged(&format!("m{number}"), tier))),
        };
        let components: Vec<Batch> = tiers.iter().enumerate().map(component).collect();
        let effort = if quick { Effort { time: Duration::ZERO, ..PATIENT } } else { PATIENT };
        let Some(joint) = together(&plan, &components, &placed, effort) else { return Ok(()) };
        prop_assert_eq!(joint.picks.len(), components.len());
        for (number, (component, pick)) in components.iter().zip(&joint.picks).enumerate() {
            let decision = joint.explain(&plan, &components, number, &[], &placed);
            prop_assert_eq!(decision.winner(), Some(&pick.place), "{:#?}", decision.explain());
            prop_assert_eq!(decision.ranked.len() + decision.rejected.len(), component.offers.len());
        }
    }
}
