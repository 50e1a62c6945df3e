//! Scenarios: a whole cloud in one file, and what is wrong with one.

use mock_cloud::{Clock, Edition, MockCloud, Scenario, ScenarioError};

const WHOLE: &str = r#"
    edition = "v1"
    clock = "2030-05-01T12:00:00Z"
    speed = 2
    chance = 7
    deviations = ["missing-count"]

    [[fault]]
    name = "busy"
    kind = "Machine"
    operation = "start"
    times = 1
    effect = { refuse = { status = 503 } }

    [[tenants]]
    name = "shop"
    quota = { machines = 3 }
    [[tenants.machines]]
    cpu = 1
    memory = 1
"#;

#[tokio::test]
async fn all_of_it_in_one_file() {
    let scenario = Scenario::new("whole.toml", WHOLE).unwrap();
    let cloud = MockCloud::builder().scenario(scenario).start().await.unwrap();
    assert!(cloud.base_uri().ends_with("/shop/cimi/"));
    assert_eq!(cloud.clock().now().to_string(), "2030-05-01T12:00:00Z");
    assert_eq!(cloud.faults().list()[0].fault.name(), Some("busy"));
    let reply = crate::control::ask("GET", &format!("{}machines", cloud.base_uri()), &[], "").await;
    assert!(reply.body.contains(Edition::V1.namespace()), "{}", reply.body);
    assert!(!reply.body.contains("\"count\""), "the deviation is not in force: {}", reply.body);
}

#[tokio::test]
async fn the_seed_may_stand_in_a_file_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("day.toml");
    std::fs::write(folder.path().join("seed.toml"), "[[machines]]\ncpu = 1\nmemory = 1\n").unwrap();
    std::fs::write(&file, "seed = 'seed.toml'\nclock = 'virtual'\n").unwrap();
    let cloud = MockCloud::builder().scenario(Scenario::read(&file).unwrap()).start().await.unwrap();
    assert_eq!(
        cloud.engine().read(|sim, _| sim.world().usage().get(mock_cloud::world::Measure::Machines)),
        1
    );
    assert_eq!(cloud.cloud().time(), Clock::virtual_clock());
    std::fs::write(&file, "seed = 'gone.toml'\n").unwrap();
    assert!(Scenario::read(&file).unwrap_err().to_string().contains("day.toml:1:8: "));
    assert!(matches!(Scenario::read(folder.path().join("no.toml")), Err(ScenarioError::Unreadable { .. })));
}

#[track_caller]
fn check(text: &str, position: (usize, usize), parts: &[&str]) {
    let error = Scenario::new("day.toml", text).unwrap_err();
    let text = error.to_string();
    let shown = format!("{text} {:?}", miette::Report::new(error));
    let place = format!("day.toml:{}:{}: ", position.0, position.1);
    for part in parts.iter().chain([&place.as_str()]) {
        assert!(shown.contains(part), "`{part}` is not in\n{shown}");
    }
}

#[test]
fn errors_have_a_place_and_an_expectation() {
    check("edition = 'v3'\n", (1, 11), &["v3", "v1 or v2"]);
    check("clock = 'noon'\n", (1, 9), &["noon", "virtual"]);
    check("speed = 0\n", (1, 9), &["greater than 0"]);
    check("chance = -1\n", (1, 10), &["not below 0"]);
    check("deviations = ['missing-cont']\n", (1, 15), &["missing-cont", "did you mean", "missing-count"]);
    check("deviations = 'x'\n", (1, 14), &["an array"]);
    check("[[fault]]\nkind = 'Machin'\neffect = 'capacity'\n", (1, 1), &["Machin"]);
    check("[[fault]]\nefect = 'capacity'\n", (2, 1), &["efect"]);
    check("seed = 's.toml'\n[[machines]]\ncpu = 1\n", (2, 3), &["machines", "file of its own"]);
}

#[tokio::test]
async fn what_is_wrong_in_the_seed_is_said_when_it_begins() {
    let scenario = Scenario::new("day.toml", "edition = 'v1'\n[[machines]]\ncpus = 1\n").unwrap();
    let error = MockCloud::builder().scenario(scenario).start().await.unwrap_err();
    assert!(error.to_string().starts_with("day.toml:3:1: cpus"), "{error}");
    // A seed is no scenario.
    let seed = mock_cloud::Seed::new("seed.toml", "edition = 'v1'\n");
    assert!(MockCloud::builder().seed(seed).start().await.is_err());
}
