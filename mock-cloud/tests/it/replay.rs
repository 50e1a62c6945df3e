//! The same seed and the same requests bring the same bytes; what goes on from a snapshot goes on identically.

use std::time::Duration;

use cimi::Edition;
use cimi::codec::{self, Format};
use cimi::extension::Extensions;
use mock_cloud::sim::Sim;
use mock_cloud::{Clock, MockCloud, Seed, SnapshotError};
use proptest::prelude::*;

use crate::support::{Cloud, attributes, to};

const SEED: &str = r#"
    [capacity]
    machines = 6
    [[machineConfigs]]
    handle = "small"
    name = "small"
    cpu = 1
    memory = 1_000
    disks = [{ capacity = 5 }]
    [[machineTemplates]]
    machineConfig = "small"
    initialState = "STARTED"
    [[volumeConfigs]]
    handle = "disk"
    capacity = 10
    [[volumeTemplates]]
    volumeConfig = "disk"
    [[machines]]
    machineConfig = "small"
    [[tenants]]
    name = "anna"
    [[tenants]]
    name = "bert"
"#;

#[derive(Clone, Debug)]
enum Step {
    Machine(usize),
    Volume(usize),
    Act(usize, u8, &'static str),
    Put(usize, u8),
    Delete(usize, &'static str, u8),
    Look(usize, &'static str),
    Pass(u16),
    Next,
    Drain,
}

const OPERATIONS: [&str; 7] = ["start", "stop", "restart", "pause", "suspend", "capture", "snapshot"];
const PLACES: [&str; 6] = ["", "machines", "jobs", "volumes?$expand=*", "machines/1", "jobs?$last=1"];

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let tenant = || 0..2_usize;
    let step = prop_oneof![
        2 => tenant().prop_map(Step::Machine),
        1 => tenant().prop_map(Step::Volume),
        6 => (tenant(), 1..4_u8, 0..OPERATIONS.len()).prop_map(|(t, n, op)| Step::Act(t, n, OPERATIONS[op])),
        1 => (tenant(), 1..4_u8).prop_map(|(t, n)| Step::Put(t, n)),
        1 => (tenant(), 0..4_usize, 1..6_u8)
            .prop_map(|(t, k, n)| Step::Delete(t, ["machines", "volumes", "jobs", "machineImages"][k], n)),
        4 => (tenant(), 0..PLACES.len()).prop_map(|(t, at)| Step::Look(t, PLACES[at])),
        3 => (0..200_u16).prop_map(Step::Pass),
        2 => Just(Step::Next),
        1 => Just(Step::Drain),
    ];
    prop::collection::vec(step, 2..40)
}

/// Does a step, and writes down all that came of it.
fn live(cloud: &Cloud, step: &Step) -> String {
    let base = |tenant: &usize| format!("http://mock.invalid/{}/cimi/", ["anna", "bert"][*tenant]);
    let send = |method: &str, uri: String, body: Option<&cimi::Document>| {
        let body = body.map(|body| codec::write(cloud.format, body, &Extensions::NONE));
        let reply = cloud.send(method, &uri, &[], body);
        format!("{method} {uri}\n{} {:?}\n{}\n", reply.status, reply.headers, reply.text)
    };
    match step {
        Step::Machine(tenant) => {
            let base = base(tenant);
            let create = cloud.machine_create("more", to(&format!("{base}machineTemplates/1")));
            send("POST", format!("{base}machines"), Some(&create))
        }
        Step::Volume(tenant) => {
            let base = base(tenant);
            let template = to(&format!("{base}volumeTemplates/1"));
            let create = cloud.document("VolumeCreate", attributes().with("volumeTemplate", template));
            send("POST", format!("{base}volumes"), Some(&create))
        }
        Step::Act(tenant, number, operation) => {
            let uri = format!("{}machines/{number}/{operation}", base(tenant));
            send("POST", uri, Some(&cloud.action(operation, attributes())))
        }
        Step::Put(tenant, number) => {
            let uri = format!("{}machines/{number}?$select=name", base(tenant));
            send("PUT", uri, Some(&cloud.document("Machine", attributes().with("name", "renamed"))))
        }
        Step::Delete(tenant, what, number) => {
            send("DELETE", format!("{}{what}/{number}", base(tenant)), None)
        }
        Step::Look(tenant, what) => send("GET", format!("{}{what}", base(tenant)), None),
        Step::Pass(ms) => {
            cloud.clock.advance(Duration::from_millis((*ms).into()));
            cloud.clock.now().to_string()
        }
        Step::Next => format!("{} {}", cloud.clock.step(), cloud.clock.now()),
        Step::Drain => format!("{} {}", cloud.clock.drain(), cloud.clock.now()),
    }
}

fn all(cloud: &Cloud, steps: &[Step]) -> Vec<String> {
    let mut story: Vec<String> = steps.iter().map(|step| live(cloud, step)).collect();
    for tenant in 0..2 {
        story.extend(PLACES.iter().map(|place| live(cloud, &Step::Look(tenant, place))));
    }
    story.push(format!("{:?} {:?}", cloud.clock.cloud().account(0), cloud.clock.cloud().account(1)));
    story
}

fn cloud(edition: Edition, format: Format) -> Cloud {
    Cloud::new(edition, format, Seed::new("replay.toml", SEED))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_same_requests_bring_the_same_bytes(steps in steps(), v1: bool, xml: bool) {
        let edition = if v1 { Edition::V1 } else { Edition::V2 };
        let format = if xml { Format::Xml } else { Format::Json };
        prop_assert_eq!(all(&cloud(edition, format), &steps), all(&cloud(edition, format), &steps));
    }

    #[test]
    fn what_goes_on_from_a_snapshot_goes_on_identically(steps in steps(), at: prop::sample::Index) {
        let cloud = cloud(Edition::V2, Format::Json);
        let (before, after) = steps.split_at(at.index(steps.len()));
        for step in before {
            live(&cloud, step);
        }
        let behind = cloud.clock.cloud();
        behind.keep("here").unwrap();
        let once = all(&cloud, after);
        for _ in 0..2 {
            behind.restore("here").unwrap();
            prop_assert_eq!(&once, &all(&cloud, after));
        }
    }
}

#[test]
fn a_reset_cloud_is_as_it_began() {
    let cloud = cloud(Edition::V2, Format::Json);
    let steps = [Step::Machine(0), Step::Pass(50), Step::Act(1, 1, "start"), Step::Drain];
    let once = all(&cloud, &steps);
    cloud.clock.cloud().reset().unwrap();
    assert_eq!(once, all(&cloud, &steps));
}

#[test]
fn another_seed_takes_the_place_of_the_first() {
    let cloud = cloud(Edition::V2, Format::Json);
    let behind = cloud.clock.cloud();
    assert_eq!(cloud.status("/anna/cimi/"), 200);
    assert!(behind.replace(Seed::new("wrong.toml", "[[machines]]\nx = 1\n")).is_err());
    assert_eq!(cloud.status("/anna/cimi/machines/1"), 200);
    behind.replace(Seed::new("new.toml", "[[users]]\nname = 'u'\ntoken = 't'\n")).unwrap();
    assert_eq!(cloud.status("/anna/cimi/"), 404);
    assert_eq!(cloud.status("/cimi/"), 401);
    assert_eq!(cloud.send("GET", "/cimi/", &[("authorization", "Bearer t")], None).status, 200);
}

#[test]
fn names_of_snapshots_are_held() {
    let cloud = cloud(Edition::V2, Format::Json);
    let behind = cloud.clock.cloud();
    let unknown = SnapshotError::Unknown { name: "x".to_owned(), known: "none".to_owned() };
    assert_eq!(behind.restore("x"), Err(unknown.clone()));
    assert_eq!(behind.forget("x"), Err(unknown));
    for wrong in ["", "a/b", "a b", &"x".repeat(65)] {
        assert!(matches!(behind.keep(wrong), Err(SnapshotError::Name(_))), "{wrong}");
    }
    for number in 0..16 {
        behind.keep(&format!("n{number}")).unwrap();
    }
    assert_eq!(behind.keep("more"), Err(SnapshotError::TooMany));
    behind.keep("n3").unwrap();
    behind.forget("n3").unwrap();
    behind.keep("more").unwrap();
    assert_eq!(behind.kept().len(), 16);
}

/// By the wall's clock, what was under way goes on from the present, and takes as long as it would have.
#[test]
fn on_the_wall_clock_time_does_not_jump_back() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let cloud = MockCloud::builder().clock(Clock::Auto).speed(0.001).start().await.unwrap();
        let id = mock_cloud::world::Id::new(mock_cloud::world::Kind::Machine, 1).unwrap();
        let parameters = mock_cloud::world::Fields::new();
        let request = mock_cloud::sim::Request::Act { id, operation: "stop".to_owned(), parameters };
        let accepted = cloud.engine().write(|sim| sim.perform(request)).unwrap();
        // The stop takes 100 s; 40 of them pass.
        cloud.clock().advance(Duration::from_secs(40));
        let progress = || cloud.engine().read(|sim, now| sim.progress(accepted.job, now));
        assert!((40..45).contains(&progress()), "{}", progress());
        cloud.cloud().keep("forty").unwrap();
        cloud.clock().advance(Duration::from_hours(1));
        assert_eq!(progress(), 100);
        let before = cloud.clock().now();
        cloud.cloud().restore("forty").unwrap();
        assert!(cloud.clock().now() >= before);
        assert!((40..45).contains(&progress()), "{}", progress());
        cloud.clock().advance(Duration::from_secs(50));
        assert!(cloud.engine().peek(Sim::has_work));
        cloud.clock().advance(Duration::from_secs(11));
        assert!(!cloud.engine().peek(Sim::has_work));
    });
}
