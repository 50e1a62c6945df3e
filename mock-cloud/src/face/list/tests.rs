use cimi::extension::Extensions;
use cimi::{Edition, Limits};
use jiff::Timestamp;

use super::*;
use crate::Seed;
use crate::face::atlas::Atlas;
use crate::sim::Sim;
use crate::users::Users;
use crate::world::{Draft, Fields, Kind, Label};

const MACHINES: Group = Group::of_cloud(Kind::Machine);

fn machines(quantity: usize) -> Sim {
    let seed = format!("[[machines]]\nname = 'm'\nquantity = {quantity}\nstate = 'STARTED'\n");
    Seed::new("many.toml", seed).grow(Timestamp::UNIX_EPOCH).unwrap().sim
}

/// The listing, and how often the world was held for it; `between` happens after each hold but the last.
fn list(sim: &mut Sim, query: &str, mut between: impl FnMut(&mut Sim, usize)) -> (Listing, usize) {
    let query = Query::parse(query, &Limits::SERVER).unwrap();
    let atlas = Atlas::new(Edition::V2);
    let caller = Users::default().authenticate(None).unwrap();
    let member = atlas.page(Kind::Machine).member.unwrap();
    let request = ListRequest { query: &query, member, extensions: &Extensions::NONE };
    let mut scan = Scan::new(MACHINES, &request).unwrap();
    let mut holds = 0;
    loop {
        holds += 1;
        let now = sim.world().now();
        let view = View { atlas: &atlas, base: "http://mock.invalid/cimi/", sim, now, caller: &caller };
        if scan.go_on(&view).unwrap() == Progress::Done {
            return (scan.into_listing().unwrap(), holds);
        }
        between(sim, holds);
    }
}

fn names(listing: &Listing) -> Vec<&str> {
    listing.members.iter().map(|member| member.attributes.text("name").unwrap()).collect()
}

#[track_caller]
fn check(query: &str, holds: usize, count: u64, listed: &[&str]) {
    let (listing, held) = list(&mut machines(10_000), query, |_, _| {});
    assert_eq!((held, listing.count), (holds, count), "{query}");
    assert_eq!(names(&listing), listed, "{query}");
}

#[test]
fn a_page_costs_what_it_lists() {
    check("$first=9001&$last=9002", 1, 10_000, &["m9001", "m9002"]);
    check("$first=10000", 1, 10_000, &["m10000"]);
    check("$first=20000", 1, 10_000, &[]);
    check("$last=0", 1, 10_000, &[]);
}

#[test]
fn a_name_is_found_without_a_search() {
    check("$filter=name='m7777'", 1, 1, &["m7777"]);
    check("$filter=state='STARTED' and (name='m7777' and cpu!=3)", 1, 0, &[]);
    check("$filter=state='STARTED'&$filter=name='m7777'", 1, 1, &["m7777"]);
    check("$filter=name='m'", 1, 0, &[]);
}

#[test]
fn a_long_look_lets_go_of_the_world() {
    let looks = 10_000_usize.div_ceil(HOLD);
    check("$filter=cpu>2", looks, 0, &[]);
    check("$filter=name!='m1'&$first=9999", looks, 9_999, &["m10000"]);
    check("$orderby=name:desc&$last=2", looks, 10_000, &["m9999", "m9998"]);
    // Here, members are built as they are found.
    let (listing, held) = list(&mut machines(1_000), "$filter=state='STARTED'", |_, _| {});
    assert_eq!((listing.members.len(), held), (1_000, 1_000_usize.div_ceil(HOLD / (LOOK + BUILD) + 1)));
}

#[test]
fn what_changes_meanwhile_is_listed_as_it_was_when_its_turn_came() {
    for (query, last) in
        [("$filter=state='STARTED'", "late"), ("$orderby=state", "late"), ("$first=1", "late")]
    {
        let mut sim = machines(6_000);
        let change = |sim: &mut Sim, holds: usize| {
            if holds > 1 {
                return;
            }
            let world = sim.world_mut();
            let machine = |number| Id::new(Kind::Machine, number).unwrap();
            world.remove(machine(1));
            world.remove(machine(5_999));
            world.set_state(machine(6_000), "STOPPED");
            world.insert(MACHINES, Draft::new(Label::named("late"), Fields::new()).in_state("STARTED"));
        };
        let (listing, holds) = list(&mut sim, query, change);
        assert!(holds > 1, "{query}");
        let names = names(&listing);
        assert!(!names.contains(&"m5999"), "{query}: gone before its turn");
        assert_eq!(names.contains(&"m1"), query != "$orderby=state", "{query}: gone after its turn");
        assert_eq!(names.contains(&"m6000"), !query.contains("filter"), "{query}: stopped before its turn");
        assert!(names.contains(&last), "{query}: come before the end");
        let gone = u64::from(query == "$orderby=state");
        assert_eq!(listing.count, names.len() as u64 + gone, "{query}: one more was judged and is gone");
    }
}

#[test]
fn members_that_come_meanwhile_are_counted_where_they_are_listed() {
    for (query, count) in [("$first=1", 103), ("$first=51", 103), ("$last=101", 103), ("$last=102", 103)] {
        let come = |sim: &mut Sim, _: usize| {
            let draft = Draft::new(Label::named("late"), Fields::new()).in_state("STARTED");
            sim.world_mut().insert(MACHINES, draft);
        };
        let (listing, holds) = list(&mut machines(100), query, come);
        assert!(holds > 1 && listing.count >= listing.members.len() as u64, "{query}");
        assert!(listing.count <= count, "{query}: {}", listing.count);
    }
}
