//! Quotas of tenants and the capacity of the cloud: what is refused, and what is free again.

use cimi::Edition;
use cimi::codec::Format;
use mock_cloud::sim::{Limits, Request};
use mock_cloud::world::{Draft, Fields, Group, Id, Kind, Label, Measure, Usage};
use mock_cloud::{Clock, MockCloud, Seed};

use crate::support::{Cloud, attributes, by_value, refused, to};

const SEED: &str = r#"
    [quota]
    machines = 2
    cpu = 5
    memory = 5_000
    volumes = 2
    storage = 100
    [[machineConfigs]]
    handle = "small"
    cpu = 2
    memory = 1_000
    disks = [{ capacity = 20 }]
    [[machineTemplates]]
    machineConfig = "small"
    [[machines]]
    machineConfig = "small"
    [[volumes]]
    capacity = 30
"#;

fn config(cloud: &Cloud, cpu: i64, memory: i64) -> cimi::Document {
    let hardware = attributes().with("cpu", cpu).with("memory", memory);
    let template = attributes().with("machineConfig", by_value(hardware));
    cloud.machine_create("more", by_value(template))
}

fn volume(cloud: &Cloud, capacity: i64) -> cimi::Document {
    let config = by_value(attributes().with("capacity", capacity));
    let template = by_value(attributes().with("volumeConfig", config));
    cloud.document("VolumeCreate", attributes().with("volumeTemplate", template))
}

#[test]
fn more_than_the_quota_is_refused_and_changes_nothing() {
    for edition in Edition::ALL {
        for format in Format::ALL {
            let cloud = Cloud::new(edition, format, Seed::new("quota.toml", SEED));
            let before = [cloud.get("machines"), cloud.get("volumes"), cloud.get("jobs")];
            let more = cloud.post("machines", &config(&cloud, 4, 1));
            refused(&more, 403, &["quota for cpu is 5;", "2 are used", "4 more"]);
            refused(
                &cloud.post("machines", &config(&cloud, 1, 4_001)),
                403,
                &["quota for memory is 5000 kibibytes", "1000 are used", "4001 more"],
            );
            refused(
                &cloud.post("volumes", &volume(&cloud, 51)),
                403,
                &["quota for storage is 100 kilobytes", "50 are used", "51 more"],
            );
            let disk = cloud.document("Disk", attributes().with("capacity", 51));
            refused(&cloud.post("machines/1/disks", &disk), 403, &["storage"]);
            let after = [cloud.get("machines"), cloud.get("volumes"), cloud.get("jobs")];
            assert_eq!(format!("{before:?}"), format!("{after:?}"));
        }
    }
}

#[test]
fn what_is_deleted_is_free_again() {
    let cloud = Cloud::grown(SEED);
    let template = to("http://mock.invalid/cimi/machineTemplates/1");
    let create = || cloud.post("machines", &cloud.machine_create("more", template.clone()));
    let second = create().location();
    refused(&create(), 403, &["quota for machines is 2", "2 are used", "1 more"]);
    cloud.clock.drain();
    assert_eq!(cloud.delete(&second).status, 202);
    // It counts until it is gone.
    refused(&create(), 403, &["machines"]);
    cloud.clock.drain();
    let third = create();
    // A Job that is stopped gives back what it has taken.
    let job = third.job();
    assert_eq!(cloud.act(&job, "stop", attributes()).status, 202);
    cloud.clock.drain();
    create().location();
    assert_eq!(cloud.post("volumes", &volume(&cloud, 30)).status, 202);
    refused(&cloud.post("volumes", &volume(&cloud, 1)), 403, &["quota for volumes is 2"]);
}

#[test]
fn growing_counts_and_shrinking_is_always_possible() {
    let cloud = Cloud::grown(SEED);
    let put = |uri: &str, name: &'static str, value: i64| {
        let document = cloud.get(uri);
        let ty = document.schema.name();
        let only = cloud.document(ty, attributes().with(name, value));
        cloud.put(&format!("{uri}?$select={name}"), &only, &[])
    };
    refused(&put("machines/1", "cpu", 6), 403, &["cpu is 5", "2 are used", "4 more"]);
    assert_eq!(put("machines/1", "cpu", 5).status, 200);
    assert_eq!(put("machines/1", "cpu", 1).status, 200);
    refused(&put("machines/1", "memory", 5_001), 403, &["memory"]);
    refused(&put("volumes/1", "capacity", 81), 403, &["storage", "50 are used", "51 more"]);
    assert_eq!(put("volumes/1", "capacity", 80).status, 200);
}

const TWO: &str = r#"
    [capacity]
    machines = 3
    [[machineConfigs]]
    cpu = 1
    memory = 1
    [[tenants]]
    name = "anna"
    [[tenants]]
    name = "bert"
    quota = { machines = 10 }
"#;

#[test]
fn the_cloud_is_full_for_all() {
    let cloud = Cloud::new(Edition::V2, Format::Json, Seed::new("two.toml", TWO));
    let create = |tenant: &str| {
        let config = to(&format!("http://mock.invalid/{tenant}/cimi/machineConfigs/1"));
        let template = by_value(attributes().with("machineConfig", config));
        cloud.post(&format!("/{tenant}/cimi/machines"), &cloud.machine_create("m", template))
    };
    for tenant in ["anna", "bert", "anna"] {
        assert_eq!(create(tenant).status, 202);
    }
    for tenant in ["anna", "bert"] {
        let reply = create(tenant);
        refused(&reply, 507, &["full", "1 of machines"]);
        // How much others have is nobody's business.
        assert!(!reply.text.contains('3'), "{}", reply.text);
    }
    cloud.clock.drain();
    assert_eq!(cloud.delete("/anna/cimi/machines/1").status, 202);
    cloud.clock.drain();
    assert_eq!(create("bert").status, 202);
    assert_eq!(create("anna").status, 507);
}

#[test]
fn two_at_the_same_moment_never_take_the_same_thing() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let capacity = Limits::NONE.with(Measure::Machines, 100);
    let builder = MockCloud::builder().seed(Seed::new("two.toml", TWO)).clock(Clock::virtual_clock());
    let cloud = runtime.block_on(builder.capacity(capacity).quota(Limits::NONE).start()).unwrap();
    let made: usize = std::thread::scope(|scope| {
        let create = |tenant: &'static str| {
            let engine = cloud.cloud().engine(tenant).unwrap();
            scope.spawn(move || {
                let config = Id::new(Kind::MachineConfiguration, 1).unwrap();
                let fields = Fields::new().with("machineConfig", config);
                let group = Group::of_cloud(Kind::Machine);
                let draft = Draft::new(Label::default(), fields);
                let request = || Request::Create { group, draft: draft.clone() };
                (0..100).filter(|_| engine.write(|sim| sim.perform(request())).is_ok()).count()
            })
        };
        [create("anna"), create("bert")].into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(made, 100);
    let used = |tenant| cloud.cloud().account(tenant).unwrap().1.get(Measure::Machines);
    assert_eq!(used(0) + used(1), 100);
}

#[test]
fn the_books_agree_with_the_world() {
    let sim = Seed::builtin().grow(jiff::Timestamp::UNIX_EPOCH).unwrap().sim;
    let used = sim.world().usage();
    let expected = [
        (Measure::Machines, 5),
        (Measure::Cpu, 1 + 1 + 2 + 8 + 2),
        (Measure::Volumes, 2),
        (Measure::Storage, 10_000_000 * 2 + 40_000_000 * 2 + 580_000_000 + 20_000_000 + 1_000_000_000),
    ];
    for (measure, amount) in expected {
        assert_eq!(used.get(measure), amount, "{measure}");
    }
    assert_eq!(Usage::NONE.beyond(used), Usage::NONE);
}

#[test]
fn the_backup_of_a_machine_takes_of_the_quota_too() {
    let seed = "[quota]\nmachines = 1\n\
        [[machines]]\nhandle = \"one\"\ncpu = 1\nmemory = 1\n\
        [[systems]]\nname = \"system\"\nmachines = [{ machine = \"one\" }]\n";
    let cloud = Cloud::grown(seed);
    let services =
        cloud.get(&cloud.named("systems", "system")).attributes.href("services").unwrap().to_owned();
    let ty = "http://schemas.dmtf.org/cimi/2/SystemService/highreliability/active";
    let service = cloud.document("SystemService", attributes().with("serviceType", ty));
    let service = cloud.post(&services, &service).location();
    let node = attributes().with("node", to(&cloud.ids("machines")[0]));
    refused(&cloud.act(&service, "addRM", node), 403, &["quota for machines is 1;"]);
    assert_eq!(cloud.ids("machines").len(), 1);
    assert!(cloud.ids(&format!("{service}/machines")).is_empty());
}
