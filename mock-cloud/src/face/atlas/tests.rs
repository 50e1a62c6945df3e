use cimi::Edition;

use super::{Atlas, Place, path_of_group};
use crate::world::{Group, Id, Kind};

#[track_caller]
fn check(edition: Edition, path: &str, place: Option<Place>) {
    assert_eq!(Atlas::new(edition).place(path), place, "{path} in {edition}");
}

fn id(kind: Kind, number: u64) -> Id {
    Id::new(kind, number).unwrap()
}

#[test]
fn paths_lead_to_places() {
    let machine = id(Kind::Machine, 7);
    let cloud = Group::of_cloud;
    for edition in Edition::ALL {
        check(edition, "", Some(Place::Resource(cloud(Kind::CloudEntryPoint), Id::CLOUD)));
        check(edition, "machines", Some(Place::Collection(cloud(Kind::Machine))));
        check(edition, "machines/7", Some(Place::Resource(cloud(Kind::Machine), machine)));
        check(edition, "machines/7/start", Some(Place::Operation(machine, "start")));
        check(edition, "machines/7/capture", Some(Place::Making(machine, "capture", Kind::MachineImage)));
        let disks = Group::inside(machine, Kind::Disk);
        check(edition, "machines/7/disks", Some(Place::Collection(disks)));
        check(edition, "machines/7/disks/9", Some(Place::Resource(disks, id(Kind::Disk, 9))));
        check(edition, "resourceMetadata", Some(Place::Metadata));
        for nowhere in [
            "x",
            "/",
            "machines/",
            "machines/0",
            "machines/07",
            "machines/+7",
            "machines/7/x",
            "machines/7/disks/9/x",
            "resourceMetadata/X",
            "machines/99999999999999999999",
        ] {
            check(edition, nowhere, None);
        }
    }
}

#[test]
fn editions_show_links_their_own_way() {
    let volumes = Group::inside(id(Kind::Machine, 7), Kind::MachineVolume);
    let link = Place::Resource(volumes, id(Kind::MachineVolume, 1));
    check(Edition::V1, "machines/7/volumes/1", Some(link));
    check(Edition::V2, "machines/7/volumes/1", None);
    check(Edition::V1, "machines/7/volumes/insert", None);
    check(Edition::V2, "machines/7/volumes/insert", Some(Place::Gathering(volumes, "insert")));
    check(Edition::V1, "machines/7/connectvolume", None);
}

#[test]
fn groups_have_paths_that_lead_back() {
    for edition in Edition::ALL {
        let atlas = Atlas::new(edition);
        for owner in Kind::ALL {
            let owner = if owner == Kind::CloudEntryPoint { Id::CLOUD } else { id(owner, 3) };
            for (_, kind) in &atlas.collections[owner.kind() as usize] {
                let group = Group { owner: Some(owner).filter(|owner| *owner != Id::CLOUD), kind: *kind };
                assert_eq!(atlas.place(&path_of_group(group)), Some(Place::Collection(group)), "{edition}");
            }
        }
    }
}

#[test]
fn what_is_listed_below_its_owner_may_have_an_address_of_its_own() {
    let machine = id(Kind::Machine, 7);
    let meter = Place::Resource(Group::of_cloud(Kind::Meter), id(Kind::Meter, 2));
    check(Edition::V2, "machines/7/meters", Some(Place::Collection(Group::inside(machine, Kind::Meter))));
    check(Edition::V2, "machines/7/meters/2", None);
    check(Edition::V2, "meters/2", Some(meter));
    let service = id(Kind::SystemService, 4);
    let machines = Group::inside(service, Kind::ServiceMachine);
    check(Edition::V2, "systemServices", None);
    check(Edition::V2, "systemServices/4/machines", Some(Place::Collection(machines)));
    check(Edition::V1, "systemServices/4", None);
}
