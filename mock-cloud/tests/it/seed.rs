//! Seeds: what is wrong with one is said with its place.

use jiff::Timestamp;
use mock_cloud::Seed;

use super::support::Cloud;

#[track_caller]
fn check(text: &str, position: (usize, usize), message: &str, expected: &str) {
    let error = Seed::new("seed.toml", text).grow(Timestamp::UNIX_EPOCH).unwrap_err();
    assert_eq!(error.position(), position, "{error}");
    assert!(error.to_string().starts_with(&format!("seed.toml:{}:{}: ", position.0, position.1)));
    assert!(error.to_string().contains(message), "{error}");
    assert!(error.expected().contains(expected), "{}", error.expected());
}

#[test]
fn errors_have_a_place_and_an_expectation() {
    check("[cloud\n", (1, 7), "", "TOML");
    check("[clod]\n", (1, 2), "clod", "cloud");
    check("[[machines]]\nnmae = 'x'\n", (2, 1), "nmae", "name");
    check("[[machines]]\ncpu = 'x'\n", (2, 7), "found \"x\"", "whole number");
    check("[[machines]]\nstate = 'CREATING'\n", (2, 9), "CREATING", "STARTED, STOPPED");
    check(
        "[[machines]]\nmachineConfig = 'smal'\n[[machineConfigs]]\nhandle = 'small'\n",
        (2, 17),
        "smal",
        "machineConfigs",
    );
    check("[[volumes]]\nhandle = 'a'\n[[volumes]]\nhandle = 'a'\n", (4, 10), "found \"a\"", "no other entry");
    check("[[machines]]\nvolumes = [{ volume = 'v' }]\n", (2, 23), "v is no handle", "volumes");
    check("[[jobs]]\nstate = 'SUCCESS'\n", (1, 1), "target", "targetResource");
    check("[[users]]\nname = 'u'\n", (1, 1), "no credentials", "password");
    check("[[users]]\nname = 'u'\ntoken = 't'\nrole = 'king'\n", (4, 8), "king", "administer");
    check("[capabilities.Machine]\nDefaultInitialState = 5\n", (2, 23), "DefaultInitialState", "state");
    check("[capabilities.Machine]\nFlies = true\n", (2, 9), "Flies", "Machine.InitialStates");
    check("[timing.Machine]\nstart = 'soon'\n", (2, 9), "soon", "duration");
    check("[timing.Machine]\nfly = '1s'\n", (2, 1), "fly", "Machine.start");
    check("[[machines]]\nquantity = 0\n", (2, 12), "integer", "1 to 10000000");
    check("[[machines]]\nhandle = 'm'\nquantity = 2\n", (2, 10), "found \"m\"", "no handle");
    check("[[machines]]\ndisks = [{ quantity = 2 }]\n", (2, 12), "quantity", "capacity");
    check("[timing]\nspeed = 0\n", (2, 9), "", "greater than 0");
}

#[test]
fn errors_of_tenants_have_a_place() {
    check("tenants = []\n", (1, 11), "0 tenants", "1 to");
    check("[[tenants]]\n", (1, 1), "without name", "name");
    check("[[tenants]]\nname = 'a/b'\n", (2, 8), "a/b", "URI");
    check("[[tenants]]\nname = '..'\n", (2, 8), "..", "URI");
    check("[[tenants]]\nname = 'a'\n[[tenants]]\nname = 'a'\n", (4, 8), "\"a\"", "no other tenant");
    check(
        "[[users]]\nname = 'u'\ntoken = 't'\n[[tenants]]\nname = 'a'\n",
        (1, 3),
        "outside",
        "tenants.users",
    );
    check("[capacity]\nmachine = 1\n", (2, 1), "machine", "machines, cpu");
    check("quota = { cpu = -1 }\n", (1, 17), "", "not below 0");
    check("[[tenants]]\nname = 'a'\nmachnes = 1\n", (3, 1), "machnes", "machines");
    check("[[tenants]]\nname = 'a'\nseed = 'no/such.toml'\n", (3, 8), "no/such.toml", "relative");
}

#[test]
fn a_tenant_has_what_is_in_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let main = folder.path().join("main.toml");
    let text = "[[machineConfigs]]\nhandle = 'c'\ncpu = 3\n[[tenants]]\nname = 'a'\nseed = 'a.toml'\n[[tenants]]\nname = 'b'\n";
    let grow = |own: &str| {
        std::fs::write(folder.path().join("a.toml"), own).unwrap();
        Seed::new(main.display().to_string(), text).grow_all(Timestamp::UNIX_EPOCH)
    };
    let growth = grow("[[machines]]\nmachineConfig = 'c'\n").unwrap();
    let machines = growth.tenants.iter().map(|tenant| {
        let machines = mock_cloud::world::Group::of_cloud(mock_cloud::world::Kind::Machine);
        (tenant.name.clone().unwrap(), tenant.grown.sim.world().count(machines))
    });
    assert_eq!(machines.collect::<Vec<_>>(), [("a".to_owned(), 1), ("b".to_owned(), 0)]);
    let error = grow("\n[[machines]]\nmachineConfig = 'd'\n").unwrap_err();
    assert_eq!(error.position(), (3, 17));
    assert!(error.to_string().contains("a.toml:3:17: d is no handle"), "{error}");
    let error = grow("[[tenants]]\nname = 'x'\n").unwrap_err();
    assert!(error.to_string().contains("a.toml:1:3: tenants"), "{error}");
}

#[test]
fn shown_to_a_person() {
    let text = "[[machineConfigs]]\nhandle = 'small'\n\n[[machines]]\nmachineConfig = 'smal'\n";
    let error = Seed::new("seed.toml", text).grow(Timestamp::UNIX_EPOCH).unwrap_err();
    let mut shown = String::new();
    miette::GraphicalReportHandler::new_themed(miette::GraphicalTheme::unicode_nocolor())
        .render_report(&mut shown, error.as_ref())
        .unwrap();
    insta::assert_snapshot!(shown);
}

#[test]
fn the_builtin_world_grows() {
    Seed::builtin().grow(Timestamp::UNIX_EPOCH).unwrap();
    Seed::empty().grow(Timestamp::UNIX_EPOCH).unwrap();
}

#[test]
fn an_entry_may_stand_for_many() {
    let cloud = Cloud::grown(
        "[[machines]]\nname = 'a'\n
        [[machines]]\nname = 'b'\nquantity = 3\ncpu = 2\ndisks = [{ capacity = 5 }]\n
        [[machines]]\nhandle = 'last'\nname = 'c'\n
        [[jobs]]\naction = 'start'\ntargetResource = 'last'\n",
    );
    let machines = cloud.get("machines");
    let names: Vec<_> =
        machines.member_documents().map(|m| m.attributes.text("name").unwrap().to_owned()).collect();
    assert_eq!(names, ["a", "b1", "b2", "b3", "c"], "numbered as in a System");
    let second = cloud.named("machines", "b2");
    assert_eq!(cloud.get(&second).attributes.integer("cpu"), Some(2));
    assert_eq!(cloud.get(&format!("{second}/disks")).attributes.integer("count"), Some(1));
    assert_eq!(cloud.get("jobs/1").attributes.href("targetResource"), Some(&*cloud.named("machines", "c")));
}
