//! Policies over offers.

use proptest::prelude::*;
use proptest::sample::select;

use super::*;

fn offer(account: &str, price: i64, location: &str) -> Offer {
    let place =
        Place { account: account.to_owned(), location: Some(location.to_owned()), ..Place::default() };
    let needs = Amounts { machines: 1, ..Amounts::default() };
    Offer { place, price, needs, ..Offer::default() }
}

fn three() -> Vec<Offer> {
    vec![offer("paris", 30, "FR"), offer("oslo", 20, "NO"), offer("lyon", 20, "FR")]
}

fn machine(account: &str, location: &str, tag: &str) -> Placed {
    let place =
        Place { account: account.to_owned(), location: Some(location.to_owned()), ..Place::default() };
    let properties = [("tier".to_owned(), tag.to_owned())].into();
    Placed { id: format!("machines/{account}"), place, properties, price: 10, ..Placed::default() }
}

fn read(json: &str) -> Policy {
    Policy::from_json(json).unwrap()
}

fn plan(policies: &[(Level, &str)]) -> Plan {
    let layers: Vec<Layer> =
        policies.iter().map(|(level, json)| Layer { level: *level, policy: read(json) }).collect();
    combine(&layers)
}

fn ranked(plan: &Plan, offers: &[Offer], placed: &[Placed]) -> (Vec<String>, Decision) {
    let demand = Demand::Machine(Box::default());
    let choice = decide(plan, 0, offers, &[], &demand, placed);
    let names = choice.order.iter().map(|at| offers[*at].place.account.clone()).collect();
    assert_eq!(choice.decision.ranked.len() + choice.decision.rejected.len(), offers.len());
    let json = serde_json::to_string(&choice.decision).unwrap();
    assert_eq!(serde_json::from_str::<Decision>(&json).unwrap(), choice.decision);
    (names, choice.decision)
}

#[track_caller]
fn check(policy: &str, placed: &[Placed], expected: &[&str]) -> Decision {
    let (names, decision) = ranked(&plan(&[(Level::Manager, policy)]), &three(), placed);
    assert_eq!(names, expected, "{:#?}", decision.explain());
    decision
}

#[test]
fn a_policy_filters_and_orders() {
    check("{}", &[], &["paris", "oslo", "lyon"]);
    check(r#"{"filter": "location='FR'"}"#, &[], &["paris", "lyon"]);
    check(r#"{"order-by": "price"}"#, &[], &["oslo", "lyon", "paris"]);
    check(r#"{"filter": "price<30 and location!='NO'", "order-by": "price:desc,account"}"#, &[], &["lyon"]);
    check(r#"{"filter": "price>99"}"#, &[], &[]);
}

#[test]
fn weights_bring_attributes_to_one_scale() {
    let decision = check(r#"{"weights": {"price": -1}}"#, &[], &["oslo", "lyon", "paris"]);
    let scores: Vec<_> = decision.ranked.iter().map(|ranked| ranked.score).collect();
    assert_eq!(scores, [Some(0), Some(0), Some(-1000)]);

    // Lyon is cheap and far, Paris dear and near: a second counts as much as a third of the price's range.
    let mut offers = three();
    offers[0].latency = Some(10);
    offers[2].latency = Some(500);
    let (names, _) =
        ranked(&plan(&[(Level::Manager, r#"{"weights": {"price": -1, "latency": -3}}"#)]), &offers, &[]);
    assert_eq!(names, ["paris", "oslo", "lyon"], "what is not known counts as the worst");
}

#[test]
fn machines_are_spread_or_packed() {
    let placed = [machine("paris", "FR", "web"), machine("oslo", "NO", "db"), machine("paris", "FR", "db")];
    check(r#"{"arrange": {"how": "spread"}}"#, &placed, &["lyon", "oslo", "paris"]);
    check(r#"{"arrange": {"how": "pack"}, "order-by": "price"}"#, &placed, &["paris", "oslo", "lyon"]);
    check(r#"{"arrange": {"how": "spread", "over": "location"}}"#, &placed, &["oslo", "paris", "lyon"]);
    let of_web = r#"{"arrange": {"how": "spread", "over": "location", "among": "property['tier']='web'"}}"#;
    check(of_web, &placed, &["oslo", "paris", "lyon"]);
}

#[test]
fn affinity_is_to_machines_by_filter() {
    let placed = [machine("paris", "FR", "web"), machine("oslo", "NO", "db")];
    let near = |to: &str| format!(r#"{{"affinity": [{{"to": "{to}", "within": "location"}}]}}"#);
    check(&near("property['tier']='web'"), &placed, &["paris", "lyon"]);
    check(&near("id='machines/oslo'"), &placed, &["oslo"]);
    check(&near("system='systems/3'"), &placed, &["paris", "oslo", "lyon"]);
    let far = r#"{"anti-affinity": [{"to": "property['tier']='web'"}]}"#;
    let decision = check(far, &placed, &["oslo", "lyon"]);
    assert_eq!(decision.rejected[0].code, Code::AntiAffinity);
    insta::assert_debug_snapshot!(decision.explain(), @r#"
    [
        "oslo: chosen",
        "lyon: choice 2",
        "paris: the policy's anti-affinity wants another account than property['tier']='web'",
    ]
    "#);
}

#[test]
fn shares_budgets_and_quotas_leave_offers_out() {
    let placed = [machine("paris", "FR", "web"), machine("paris", "FR", "web"), machine("oslo", "NO", "db")];
    let decision =
        check(r#"{"max-share": {"percent": 50}, "order-by": "account"}"#, &placed, &["lyon", "oslo"]);
    assert_eq!(decision.rejected[0].code, Code::Share);
    let decision = check(r#"{"max-share": {"percent": 50, "of": "location"}}"#, &placed, &["oslo"]);
    assert_eq!(decision.rejected.len(), 2);
    // 30 are spent.
    let decision = check(r#"{"budget": 55}"#, &placed, &["oslo", "lyon"]);
    assert_eq!(decision.rejected[0].code, Code::Budget);

    let mut offers = three();
    offers[1].left.machines = Some(0);
    let (names, decision) = ranked(&plan(&[]), &offers, &[]);
    assert_eq!(names, ["paris", "lyon"]);
    assert_eq!(decision.rejected[0].reason, "its quota leaves 0 of machines, and this takes 1");
}

#[test]
fn properties_are_tags_and_capabilities() {
    let mut offers = three();
    offers[1].properties = std::sync::Arc::new([("green".to_owned(), "yes".to_owned())].into());
    let plan = plan(&[(Level::Manager, r#"{"filter": "property['green']='yes'"}"#)]);
    assert_eq!(ranked(&plan, &offers, &[]).0, ["oslo"]);
}

#[test]
fn fallbacks_are_tried_in_turn() {
    let policy = r#"{"filter": "price<10", "anti-affinity": [{"to": "name!=''"}],
        "fallback": [{"name": "dearer", "replace": {"filter": "price<25 and location='FR'"}},
                     {"drop": ["filter"], "replace": {"order-by": "price:desc"}}]}"#;
    let decision = check(policy, &[], &["lyon"]);
    assert_eq!(decision.fallback.as_deref(), Some("dearer"));
    assert_eq!(decision.tried, [Tried { fallback: None, rejected: [(Code::Filter, 3)].into() }]);

    let choice =
        decide(&plan(&[(Level::Manager, policy)]), 2, &three(), &[], &Demand::Machine(Box::default()), &[]);
    assert_eq!(choice.order, [0, 1, 2]);
    assert_eq!(choice.decision.fallback.as_deref(), Some("fallback 2"));
}

#[test]
fn policies_add_up_what_forbids_and_the_narrowest_prefers() {
    let tenant = (
        Level::Tenant,
        r#"{"filter": "location='FR'", "order-by": "price:desc", "fallback": [{"drop": ["filter"]}]}"#,
    );
    let request = (
        Level::Request,
        r#"{"filter": "price<25", "order-by": "price", "fallback": [{"drop": ["filter"]}]}"#,
    );
    assert_eq!(ranked(&plan(&[tenant]), &three(), &[]).0, ["paris", "lyon"]);
    // In whichever order they are given.
    for both in [[tenant, request], [request, tenant]] {
        assert_eq!(ranked(&plan(&both), &three(), &[]).0, ["lyon"]);
    }
    let far = (Level::Request, r#"{"filter": "location='NO'", "fallback": [{"drop": ["filter"]}]}"#);
    let (names, decision) = ranked(&plan(&[tenant, far]), &three(), &[]);
    assert_eq!(names, ["paris", "lyon"], "the request gives way before the tenant");
    assert_eq!(decision.rejected[0].reason, "the tenant's filter location='FR' leaves it out");
    assert_eq!(plan(&[tenant, far]).stages(), 3);
}

#[track_caller]
fn refused(json: &str, key: &str, column: Option<usize>, message: &str) {
    let error = Policy::from_json(json).unwrap_err();
    let shown = (error.key.as_str(), error.column, error.to_string());
    assert_eq!(shown, (key, column, message.to_owned()));
    assert!(!error.help.is_empty());
}

#[test]
fn a_policy_that_cannot_be_meant_is_refused() {
    refused(
        r#"{"filter": "price='low'"}"#,
        "filter",
        Some(7),
        "price is an integer: expected a number without quotes, found `'low'`",
    );
    let filter = |text: &str| format!(r#"{{"filter": "{text}"}}"#);
    refused(&filter("account='prize' and prize>1"), "filter", Some(21), "offers have no attribute `prize`");
    refused(r#"{"order-by": "price,place:desc"}"#, "order-by", Some(7), "offers have no attribute `place`");
    refused(r#"{"order-by": "force"}"#, "order-by", Some(1), "offers have no attribute `force`");
    refused(
        r#"{"affinity": [{"to": "name='a'"}, {"to": "price<3"}]}"#,
        "affinity[1].to",
        Some(1),
        "placed machines have no attribute `price`",
    );
    refused(r#"{"weights": {"account": 1}}"#, "weights.account", None, "offers have no number `account`");
    refused(r#"{"weights": {"price": 2000}}"#, "weights.price", None, "2000 is out of range");
    refused(
        r#"{"weights": {"price": 1}, "order-by": "price"}"#,
        "weights",
        None,
        "a policy has either an order or weights",
    );
    refused(r#"{"max-share": {"percent": 0}}"#, "max-share.percent", None, "0 is out of range");
    refused(
        r#"{"fallback": [{}, {"replace": {"order-by": "prize"}}]}"#,
        "fallback[1].replace.order-by",
        Some(1),
        "offers have no attribute `prize`",
    );
    refused(
        r#"{"fallback": [{"replace": {"fallback": [{}]}}]}"#,
        "fallback[0].replace.fallback",
        None,
        "a fallback has no fallbacks of its own",
    );
    let error = Policy::from_json(r#"{"filtre": "price<3"}"#).unwrap_err();
    assert!(error.message.contains("unknown field `filtre`"), "{error}");
    assert_eq!(error.column, Some(9));
}

/// Policies under which each decision depends on those before it.
const MOVING: [&str; 9] = [
    "{}",
    r#"{"order-by": "price,machines"}"#,
    r#"{"order-by": "machines,price:desc", "max-share": {"percent": 40}}"#,
    r#"{"order-by": "machines,price", "anti-affinity": [{"to": "name='web'", "within": "location"}]}"#,
    r#"{"arrange": {"how": "spread", "over": "location"}, "order-by": "price"}"#,
    r#"{"arrange": {"how": "spread", "over": "location"}, "order-by": "machinesLeft:desc,price"}"#,
    r#"{"arrange": {"how": "pack"}, "budget": 150}"#,
    r#"{"filter": "machines<2", "fallback": [{"replace": {"filter": "machines<3"}}]}"#,
    r#"{"filter": "machinesLeft>1 or location='FR'", "order-by": "machinesLeft:desc"}"#,
];

proptest! {
    #[test]
    fn a_batch_decides_as_one_after_the_other_does(
        policy in select(MOVING.to_vec()),
        places in prop::collection::vec((0..4_usize, select(vec!["FR", "NO", "SE"]), 0..40_i64), 1..12),
        left in prop::collection::vec(prop::option::of(0..5_i64), 4),
    ) {
        let plan = plan(&[(Level::Manager, policy)]);
        let of = |(account, location, price): (usize, &str, i64)| Offer {
            left: Quota { machines: left[account], ..Quota::NONE },
            ..offer(["paris", "oslo", "lyon", "umea"][account], price, location)
        };
        let mut offers: Vec<Offer> = places.into_iter().map(of).collect();
        let demand = Demand::Machine(Box::new(Placed { name: Some("web".to_owned()), ..Placed::default() }));
        let batch = Batch { offers: offers.clone(), demand: demand.clone() };
        let picks = decide_all(&plan, &[batch], std::iter::repeat_n(0, 12), &[]);

        let mut placed = Vec::new();
        for pick in picks {
            let choice = decide(&plan, 0, &offers, &[], &demand, &placed);
            let best = choice.order.first().copied();
            prop_assert_eq!(pick.map(|pick| (pick.offer, pick.stage)), best.map(|at| (at, choice.stage)));
            let Some(at) = best else { continue };
            let taken = offers[at].clone();
            placed.push(Placed {
                name: Some("web".to_owned()),
                place: taken.place.clone(),
                price: taken.price,
                ..Placed::default()
            });
            for offer in offers.iter_mut().filter(|offer| offer.place.account == taken.place.account) {
                offer.machines += 1;
                offer.left = offer.left.left(taken.needs);
            }
        }
    }
}

#[test]
fn the_most_exact_price_holds() {
    let csv =
        "account,location,config,price\n# the usual\n,,,99\nparis,,,30\nparis,,small,20\n,FR,small,15\n";
    let toml = "[[price]]\nprice = 99\n[[price]]\naccount = 'paris'\nprice = 30\n\
        [[price]]\naccount = 'paris'\nconfig = 'small'\nprice = 20\n\
        [[price]]\nlocation = 'FR'\nconfig = 'small'\nprice = 15\n";
    let prices = Prices::read(Form::Csv, csv).unwrap();
    assert_eq!(prices, Prices::read(Form::Toml, toml).unwrap());
    assert_eq!(prices.price("paris", Some("FR"), Some("small")), Some(20));
    assert_eq!(prices.price("paris", Some("FR"), Some("large")), Some(30));
    assert_eq!(prices.price("lyon", Some("FR"), Some("small")), Some(15));
    assert_eq!(prices.price("lyon", None, None), Some(99));
    assert_eq!(Prices::default().price("lyon", None, None), None);
}

/// Policies that forbid, without fallbacks.
const STRICT: [&str; 6] = [
    r#"{"filter": "location='FR'"}"#,
    r#"{"filter": "price<25", "order-by": "price:desc"}"#,
    r#"{"anti-affinity": [{"to": "property['tier']='web'", "within": "location"}], "weights": {"price": 1}}"#,
    r#"{"affinity": [{"to": "property['tier']='db'"}]}"#,
    r#"{"max-share": {"percent": 50}, "arrange": {"how": "spread"}}"#,
    r#"{"budget": 55}"#,
];

proptest! {
    #[test]
    fn what_one_policy_forbids_no_other_allows(
        chosen in prop::collection::vec((0..STRICT.len(), 0..4_usize), 0..5),
        placed in prop::collection::vec((0..3_usize, select(vec!["web", "db"])), 0..4),
    ) {
        let levels = [Level::Manager, Level::Tenant, Level::Template, Level::Request];
        let places = [("paris", "FR"), ("oslo", "NO"), ("lyon", "FR")];
        let machine = |(at, tier): (usize, &str)| machine(places[at].0, places[at].1, tier);
        let placed: Vec<Placed> = placed.into_iter().map(machine).collect();
        let chosen: Vec<(Level, &str)> =
            chosen.into_iter().map(|(policy, level)| (levels[level], STRICT[policy])).collect();
        let alone = |policy: &(Level, &str)| ranked(&plan(&[*policy]), &three(), &placed).0;
        let (together, decision) = ranked(&plan(&chosen), &three(), &placed);
        for account in ["paris", "oslo", "lyon"].map(str::to_owned) {
            let allowed = chosen.iter().all(|policy| alone(policy).contains(&account));
            prop_assert_eq!(together.contains(&account), allowed, "{} {:#?}", account, decision.explain());
        }
        // Whoever of one level says it first, levels decide what is preferred.
        let mut turned = chosen.clone();
        turned.sort_by_key(|(level, _)| std::cmp::Reverse(*level));
        prop_assert_eq!(ranked(&plan(&turned), &three(), &placed).0, together);
    }
}
