use cimi::Edition;
use cimi::query::{Lookup as _, Simple};
use jiff::Timestamp;

use super::Seen;
use crate::Seed;
use crate::face::atlas::Atlas;
use crate::face::render::View;
use crate::users::Users;
use crate::world::{Group, Home, Kind};

#[test]
fn short_ways_lead_where_the_representation_leads() {
    let sim = Seed::builtin().grow(Timestamp::UNIX_EPOCH).unwrap().sim;
    let caller = Users::default().authenticate(None).unwrap();
    let mut compared = 0;
    for edition in Edition::ALL {
        let atlas = Atlas::new(edition);
        let now = sim.world().now();
        let view = View { atlas: &atlas, base: "http://mock.invalid/cimi/", sim: &sim, now, caller: &caller };
        let of_cloud = |kind: &Kind| matches!(kind.card().home, Home::Cloud(_));
        let outer: Vec<_> = Kind::ALL.into_iter().filter(of_cloud).map(Group::of_cloud).collect();
        let owners = outer.iter().flat_map(|group| sim.world().members(*group, 0));
        let inner =
            owners.flat_map(|owner| owner.id.kind().inner().map(|kind| Group::inside(owner.id, kind)));
        for record in outer.iter().copied().chain(inner).flat_map(|group| sim.world().members(group, 0)) {
            // What one edition has alone the other one does not show.
            let Some(document) = view.member(record) else { continue };
            let seen = Seen { view: &view, shown: view.shown(record).unwrap() };
            for attribute in document.schema.attributes() {
                let whole = document.attributes.get(attribute.name).and_then(Simple::of);
                assert_eq!(seen.simple(attribute.name), whole, "{} of {:?}", attribute.name, record.id);
                compared += usize::from(whole.is_some());
            }
            assert_eq!(seen.property("team"), document.attributes.property("team"), "{:?}", record.id);
            assert_eq!(seen.simple("no such attribute"), None);
        }
    }
    assert!(compared > 300, "{compared}");
}
