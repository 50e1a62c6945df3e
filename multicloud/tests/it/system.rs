//! Systems of the manager's own, over two clouds: made, used, taken away; broken, stopped, interrupted.

use mock_cloud::Edition;
use mock_cloud::fault::{Effect, Fault};
use mock_cloud::world::Kind;
use multicloud::running::Running;
use serde_json::{Value, json};

use crate::support::{self, Reply, Speaker, account, names, path, text};

const SPREAD: &str =
    "[placement]\norder-by = \"price\"\non-failure = \"stop\"\narrange = { how = \"spread\" }\n";

/// A manager of a V2 and a V1 cloud, called `new` and `old`, over which machines are spread.
fn over(new: &mock_cloud::Running, old: &mock_cloud::Running, more: &str) -> String {
    let new = account("new", new.base_uri(), "price = 1\nlocation = \"FR\"");
    let old = account("old", old.base_uri(), "price = 2\nlocation = \"NO\"");
    format!("refresh-seconds = 1\n{more}{SPREAD}{new}{old}")
}

async fn clouds() -> (mock_cloud::Running, mock_cloud::Running) {
    (support::instant(Edition::V2).await, support::instant(Edition::V1).await)
}

fn uri(edition: u8, ty: &str) -> String {
    format!("http://schemas.dmtf.org/cimi/{edition}/{ty}")
}

/// A descriptor of machines.
async fn machines(speaker: &Speaker, edition: u8, name: &str, quantity: u32) -> Value {
    let template = json!({
        "machineConfig": { "href": text(&speaker.named("machineConfigs", "small").await["id"]) },
        "machineImage": { "href": text(&speaker.named("machineImages", "linux").await["id"]) },
    });
    json!({ "name": name, "type": uri(edition, "Machine"), "quantity": quantity, "machineTemplate": template })
}

fn system(name: &str, descriptors: &[Value]) -> Value {
    json!({ "name": name, "systemTemplate": { "componentDescriptors": descriptors } })
}

async fn make(speaker: &Speaker, body: Value) -> (String, Value) {
    let made = speaker.post("systems", body).await.expect(202);
    let id = path(&json!(made.header("location")));
    (id, speaker.settle(&made).await)
}

/// The names of what a cloud has beside what it had at first.
async fn there(cloud: &mock_cloud::Running, kind: &str, prefix: &str) -> Vec<String> {
    let members = Speaker::to(cloud.base_uri()).members(kind).await;
    let found = names(&members).into_iter().filter(|name| name.starts_with(prefix)).map(str::to_owned);
    found.collect()
}

async fn start(text: &str) -> (Running, Speaker) {
    let manager = support::manager(text).await;
    let speaker = Speaker::to(manager.base_uri());
    (manager, speaker)
}

#[tokio::test]
async fn a_system_spans_clouds() {
    let (new, old) = clouds().await;
    let (_manager, speaker) = start(&over(&new, &old, "")).await;
    let mut db = machines(&speaker, 2, "shop-db", 1).await;
    db["machineTemplate"]["volumes"] =
        json!([{ "initialLocation": "/dev/vdb", "volume": { "href": "#shop-data" } }]);
    let volume =
        json!({ "volumeConfig": { "href": speaker.named("volumeConfigs", "standard").await["id"] } });
    let data = json!({ "name": "shop-data", "type": uri(2, "Volume"), "volumeTemplate": volume });
    let web = machines(&speaker, 2, "shop-web", 2).await;
    let (id, job) = make(&speaker, system("shop", &[db, web, data])).await;
    assert_eq!(job["state"], "SUCCESS", "{job:#}");
    let parts = job["nestedJobs"].as_array().unwrap();
    assert_eq!(parts.len(), 4, "{job:#}");
    for part in parts {
        let part = speaker.get(&text(&part["href"])).await.expect(200).json();
        assert_eq!((&part["state"], &part["parentJob"]["href"]), (&json!("SUCCESS"), &job["id"]), "{part:#}");
    }

    let shown = speaker.get(&id).await.expect(200).json();
    assert_eq!(shown["state"], "STOPPED", "{shown:#}");
    let machines = speaker.members(&format!("{id}/machines")).await;
    assert_eq!(names(&machines), ["shop-db", "shop-web1", "shop-web2"]);
    let at = |account: &str| machines.iter().filter(|machine| machine["account"] == account).count();
    assert_eq!((at("new").min(at("old")), machines.len()), (1, 3), "{machines:#?}");
    assert!(machines.iter().all(|it| text(&it["parent"]["href"]).ends_with(&format!("{id}/machines"))));
    let volumes = speaker.members(&format!("{id}/volumes")).await;
    let db = machines.iter().find(|machine| machine["name"] == "shop-db").unwrap();
    assert_eq!(volumes[0]["account"], db["account"], "what is connected is at the same cloud");
    let connected = speaker.members(&text(&db["volumes"]["href"])).await;
    assert!(connected.iter().any(|it| it["id"] == volumes[0]["id"]), "{connected:#?}");

    let started = speaker.act(&id, "start").await.expect(202);
    let job = speaker.settle(&started).await;
    assert_eq!(job["state"], "SUCCESS", "{job:#}");
    assert_eq!(job["nestedJobs"].as_array().unwrap().len(), 3);
    speaker.in_state(&id, "STARTED").await;
    // One of them alone.
    let stopped = speaker.act(&text(&machines[0]["id"]), "stop").await;
    speaker.settle(&stopped).await;
    speaker.in_state(&id, "MIXED").await;

    // What was there before is listed, and stays.
    let before = speaker.named("machines", "web-1").await;
    let insert = json!({
        "resourceURI": uri(2, "Action"), "action": uri(2, "action/insert"), "machine": { "href": before["id"] },
    });
    speaker.post(&format!("{id}/machines"), insert).await.expect(200);
    assert_eq!(speaker.members(&format!("{id}/machines")).await.len(), 4);
    let deleted = speaker.delete(&id).await.expect(202);
    let job = speaker.settle(&deleted).await;
    assert_eq!(job["state"], "SUCCESS", "{job:#}");
    speaker.get(&id).await.expect(404);
    for cloud in [&new, &old] {
        assert_eq!(there(cloud, "machines", "shop").await, [""; 0]);
        assert_eq!(there(cloud, "volumes", "shop").await, [""; 0]);
    }
    speaker.get(&text(&before["id"])).await.expect(200);
}

#[tokio::test]
async fn systems_are_in_systems_and_templates_are_kept() {
    let (new, old) = clouds().await;
    let (_manager, speaker) = start(&over(&new, &old, "")).await;
    let inner = machines(&speaker, 2, "deep", 2).await;
    let template = json!({ "name": "inner", "componentDescriptors": [inner] });
    let template = speaker.post("systemTemplates", template).await.expect(201).header("location").to_owned();
    let part = json!({ "name": "part", "type": uri(2, "System"), "systemTemplate": { "href": template } });
    let (id, job) = make(&speaker, system("outer", &[part])).await;
    assert_eq!(job["state"], "SUCCESS", "{job:#}");
    assert_eq!(speaker.get(&id).await.expect(200).json()["state"], "MIXED", "without machines of its own");
    let parts = speaker.members(&format!("{id}/systems")).await;
    assert_eq!(parts[0]["state"], "STOPPED");
    let started = speaker.act(&id, "start").await.expect(202);
    assert_eq!(speaker.settle(&started).await["state"], "SUCCESS");
    speaker.in_state(&text(&parts[0]["id"]), "STARTED").await;
    let deleted = speaker.delete(&id).await.expect(202);
    assert_eq!(speaker.settle(&deleted).await["state"], "SUCCESS");
    speaker.get(&text(&parts[0]["id"])).await.expect(404);
    assert_eq!(there(&new, "machines", "deep").await.len() + there(&old, "machines", "deep").await.len(), 0);
}

#[tokio::test]
async fn what_is_made_is_undone_or_kept_as_the_policy_says() {
    let (new, old) = clouds().await;
    let (_manager, speaker) = start(&over(&new, &old, "")).await;
    let full = Fault::new(Effect::Capacity).on_kind(Kind::Machine).on("create");
    old.faults().add(&full).unwrap();
    let pair = [machines(&speaker, 2, "pair", 2).await];

    let (id, job) = make(&speaker, system("undone", &pair)).await;
    assert_eq!(job["state"], "FAILED", "{job:#}");
    let message = text(&job["statusMessage"]);
    assert!(message.contains("Machine pair") && message.contains("deleted again"), "{message}");
    speaker.get(&id).await.expect(404);
    assert_eq!(there(&new, "machines", "pair").await, [""; 0]);
    assert!(!names(&speaker.members("machines").await).iter().any(|name| name.starts_with("pair")));
    let parts = job["nestedJobs"].as_array().unwrap();
    assert_eq!(parts.len(), 3, "two creations and a deletion: {job:#}");

    let mut kept = system("kept", &pair);
    kept["properties"] = json!({ "cimi-manager-placement": "{\"system\": {\"on-failure\": \"keep\"}}" });
    let (id, job) = make(&speaker, kept).await;
    assert_eq!(job["state"], "FAILED", "{job:#}");
    assert!(text(&job["statusMessage"]).contains("1 of 2 components"), "{job:#}");
    let shown = speaker.get(&id).await.expect(200).json();
    assert_eq!(shown["state"], "ERROR");
    assert_eq!(speaker.members(&format!("{id}/machines")).await.len(), 1, "what exists stays listed");
    assert_eq!(there(&new, "machines", "pair").await.len(), 1);
    let deleted = speaker.delete(&id).await.expect(202);
    assert_eq!(speaker.settle(&deleted).await["state"], "SUCCESS");
    assert_eq!(there(&new, "machines", "pair").await, [""; 0]);
}

#[tokio::test]
async fn what_cannot_be_is_refused_before_anything_is_made() {
    let (new, old) = clouds().await;
    let (_manager, speaker) = start(&over(&new, &old, "")).await;
    let refused = async |descriptors: &[Value], status: u16, with: &str| {
        let reply = speaker.post("systems", system("no", descriptors)).await.expect(status);
        assert!(reply.text.contains(with), "{}", reply.text);
    };
    let mut a = machines(&speaker, 2, "a", 1).await;
    let mut b = machines(&speaker, 2, "b", 1).await;
    let to =
        |name: &str| json!([{ "initialLocation": "/dev/vdb", "volume": { "href": format!("#{name}") } }]);
    a["machineTemplate"]["volumes"] = to("nothing");
    refused(&[a.clone()], 400, "#nothing refers to no component").await;
    a["machineTemplate"]["volumes"] = to("b");
    b["machineTemplate"]["volumes"] = to("a");
    refused(&[a, b], 400, "in a circle").await;
    assert!(names(&speaker.members("systems").await).iter().all(|name| *name != "no"));
    // A name that means a component means nothing outside of a template.
    let machine = json!({ "machineTemplate": { "machineImage": { "href": "#a" } } });
    speaker.post("machines", machine).await.expect(400);
}

#[tokio::test]
async fn quota_is_held_for_all_of_it_together() {
    let (new, old) = clouds().await;
    let manager = support::manager(&over(&new, &old, "")).await;
    let admin = Speaker::to(&manager.admin_uri());
    let root = json!({ "name": "root", "password": "root root root", "roles": [{ "role": "cloud-admin" }] });
    admin.post("users", root).await.expect(201);
    let root = admin.user("root", "root root root");
    root.post("tenants", json!({ "name": "a", "quota": { "machines": 3 } })).await.expect(201);
    let one =
        json!({ "name": "u", "password": "one one one", "roles": [{ "role": "operator", "tenant": "a" }] });
    root.post("users", one).await.expect(201);
    let speaker = Speaker::to(manager.base_uri()).user("u", "one one one");
    let four = machines(&speaker, 2, "four", 4).await;
    let reply = speaker.post("systems", system("no", &[four])).await.expect(409);
    assert!(reply.text.contains("quota"), "{}", reply.text);
    assert_eq!(speaker.members("machines").await.len() + speaker.members("systems").await.len(), 0);
    assert_eq!(there(&new, "machines", "four").await.len() + there(&old, "machines", "four").await.len(), 0);
    let three = machines(&speaker, 2, "three", 3).await;
    let (_, job) = make(&speaker, system("yes", &[three])).await;
    assert_eq!(job["state"], "SUCCESS", "{job:#}");
}

#[tokio::test]
async fn a_rehearsal_decides_as_the_creation_does_and_its_job_tells_the_same() {
    let (new, old) = clouds().await;
    let manager = support::manager(&over(&new, &old, "")).await;
    let admin = Speaker::to(&manager.admin_uri());
    let speaker = Speaker::to(manager.base_uri());
    let pair = machines(&speaker, 2, "pair", 3).await;
    let wanted = system("s", &[pair]);
    let summary = |told: &Value| {
        let components = told["components"].as_array().unwrap_or_else(|| panic!("{told:#}")).clone();
        let mut all: Vec<String> = components
            .iter()
            .map(|it| {
                format!("{} {} {}", text(&it["kind"]), text(&it["name"]), text(&it["winner"]["account"]))
            })
            .collect();
        all.sort_unstable();
        all
    };
    let before = speaker.members("machines").await.len();
    let rehearsed = admin.post("placements/systems", wanted.clone()).await.expect(200).json();
    assert_eq!(rehearsed["needs"]["machines"], 3, "{rehearsed:#}");
    assert_eq!(summary(&rehearsed).len(), 3);
    assert_eq!(rehearsed["explanation"].as_array().unwrap().len(), 3);
    assert_eq!(speaker.members("machines").await.len(), before, "nothing is created");

    let made = speaker.post("systems", wanted).await.expect(202);
    let job = made.header("cimi-job-uri").rsplit('/').next().unwrap().to_owned();
    speaker.settle(&made).await;
    let told = admin.get(&format!("jobs/{job}/placement")).await.expect(200).json();
    assert_eq!(summary(&told), summary(&rehearsed), "{told:#}");
    assert_eq!(told["needs"], rehearsed["needs"]);

    // What its creation would be refused for, the rehearsal is.
    let root = json!({ "name": "root", "password": "root root root", "roles": [{ "role": "cloud-admin" }] });
    admin.post("users", root).await.expect(201);
    let root = admin.user("root", "root root root");
    root.post("tenants", json!({ "name": "a", "quota": { "machines": 3 } })).await.expect(201);
    let one = json!([{ "role": "operator", "tenant": "a" }]);
    root.post("users", json!({ "name": "u", "password": "one one one", "roles": one })).await.expect(201);
    let speaker = speaker.user("u", "one one one");
    for (together, quantity) in [("together", 3), ("one-by-one", 3), ("together", 4), ("one-by-one", 4)] {
        let mut wanted = system("s", &[machines(&speaker, 2, "few", quantity).await]);
        let policy = json!({ "system": { "place": together } }).to_string();
        wanted["properties"] = json!({ "cimi-manager-placement": policy });
        let told = admin.user("u", "one one one").post("placements/systems", wanted).await;
        if quantity == 3 {
            assert_eq!(told.expect(200).json()["components"].as_array().unwrap().len(), 3);
        } else {
            assert!(told.expect(409).text.contains("quota"));
        }
    }
}

/// A frozen pair of clouds, a manager that keeps a store, and a system that is on its way at both.
async fn on_its_way(folder: &std::path::Path) -> (mock_cloud::Running, mock_cloud::Running, Running, Reply) {
    let (new, old) = (support::frozen(Edition::V2).await, support::frozen(Edition::V1).await);
    let text = over(&new, &old, "store = \"manager.sqlite\"\n");
    let manager = support::manager_in(folder, &text).await;
    let speaker = Speaker::to(manager.base_uri());
    let pair = machines(&speaker, 2, "slow", 2).await;
    let made = speaker.post("systems", system("slow", &[pair])).await.expect(202);
    support::eventually("both clouds at work", || async {
        let both = there(&new, "machines", "slow").await.len() + there(&old, "machines", "slow").await.len();
        (both == 2).then_some(())
    })
    .await;
    (new, old, manager, made)
}

#[tokio::test]
async fn a_creation_goes_on_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let (new, old, manager, made) = on_its_way(folder.path()).await;
    let (id, job) = (path(&json!(made.header("location"))), path(&json!(made.header("cimi-job-uri"))));
    let speaker = Speaker::to(manager.base_uri());
    let shown = speaker.get(&id).await.expect(200).json();
    assert_eq!(shown["state"], "CREATING");
    speaker.delete(&id).await.expect(409);
    manager.stop().await;
    for cloud in [&new, &old] {
        cloud.clock().drain();
    }
    let text = over(&new, &old, "store = \"manager.sqlite\"\n");
    let manager = support::manager_in(folder.path(), &text).await;
    let speaker = Speaker::to(manager.base_uri());
    let ended = support::eventually("the end of the job", || async {
        let job = speaker.get(&job).await.expect(200).json();
        (job["state"] != "RUNNING").then_some(job)
    })
    .await;
    assert_eq!(ended["state"], "SUCCESS", "{ended:#}");
    assert_eq!(speaker.members(&format!("{id}/machines")).await.len(), 2);
    assert_eq!(speaker.get(&id).await.expect(200).json()["state"], "STOPPED");
    assert_eq!(there(&new, "machines", "slow").await.len() + there(&old, "machines", "slow").await.len(), 2);
}

#[tokio::test]
async fn who_stops_the_job_has_nothing_left() {
    let folder = tempfile::tempdir().unwrap();
    let (new, old, manager, made) = on_its_way(folder.path()).await;
    let speaker = Speaker::to(manager.base_uri());
    let id = path(&json!(made.header("location")));
    speaker.act(made.header("cimi-job-uri"), "stop").await.expect(202);
    let ended = support::eventually("the end of the job", || async {
        for cloud in [&new, &old] {
            cloud.clock().drain();
        }
        let job = speaker.get(made.header("cimi-job-uri")).await.expect(200).json();
        matches!(job["state"].as_str(), Some("STOPPED" | "FAILED" | "SUCCESS")).then_some(job)
    })
    .await;
    assert_eq!(ended["state"], "STOPPED", "{ended:#}");
    speaker.get(&id).await.expect(404);
    assert_eq!(there(&new, "machines", "slow").await.len() + there(&old, "machines", "slow").await.len(), 0);
    assert!(!names(&speaker.members("machines").await).iter().any(|name| name.starts_with("slow")));
}

#[tokio::test]
async fn it_speaks_1_x_as_well() {
    let (new, old) = clouds().await;
    let (_manager, speaker) = start(&over(&new, &old, "edition = \"v1\"\n")).await;
    let mut db = machines(&speaker, 1, "shop-db", 1).await;
    db["machineTemplate"]["volumes"] = json!([{ "initialLocation": "/dev/vdb", "href": "#shop-data" }]);
    let volume =
        json!({ "volumeConfig": { "href": speaker.named("volumeConfigs", "standard").await["id"] } });
    let data = json!({ "name": "shop-data", "type": uri(1, "Volume"), "volumeTemplate": volume });
    let (id, job) = make(&speaker, system("shop", &[db, data])).await;
    assert_eq!(job["state"], "SUCCESS", "{job:#}");
    let links = speaker.members(&format!("{id}/machines")).await;
    let machine = speaker.get(&text(&links[0]["machine"]["href"])).await.expect(200).json();
    assert_eq!((links.len(), &machine["name"]), (1, &json!("shop-db")), "{links:#?}");

    let other = speaker.named("machines", "web-1").await;
    let link = json!({ "resourceURI": uri(1, "SystemMachine"), "machine": { "href": other["id"] } });
    let added = speaker.post(&format!("{id}/machines"), link).await.expect(201);
    speaker.get(added.header("location")).await.expect(200);
    speaker.delete(added.header("location")).await.expect(200);
    assert_eq!(speaker.members(&format!("{id}/machines")).await.len(), 1);
    let deleted = speaker.delete(&id).await.expect(202);
    assert_eq!(speaker.settle(&deleted).await["state"], "SUCCESS");
    speaker.get(&text(&other["id"])).await.expect(200);
}

#[tokio::test]
async fn a_system_that_a_cloud_made_is_shown_with_what_it_has() {
    let (new, old) = clouds().await;
    let (_manager, speaker) = start(&over(&new, &old, "")).await;
    let systems = speaker.members("systems").await;
    let found = systems.iter().find(|it| it["account"] == "new").expect("the mock cloud has a system");
    let machines = speaker.members(&text(&found["machines"]["href"])).await;
    assert!(machines.iter().all(|machine| machine["account"] == "new"), "{machines:#?}");
}

#[tokio::test]
async fn a_component_can_be_made_where_it_belongs() {
    let (new, old) = clouds().await;
    let (_manager, speaker) = start(&over(&new, &old, "")).await;
    let (id, _) = make(&speaker, system("shop", &[machines(&speaker, 2, "shop-web", 1).await])).await;
    let more = machines(&speaker, 2, "x", 1).await;
    let template = &more["machineTemplate"];
    let more =
        json!({ "resourceURI": uri(2, "MachineCreate"), "name": "shop-more", "machineTemplate": template });
    let made = speaker.post(&format!("{id}/machines"), more).await.expect(201);
    let machine = speaker.get(made.header("location")).await.expect(200).json();
    assert!(text(&machine["parent"]["href"]).ends_with(&format!("{id}/machines")), "{machine:#}");
    assert_eq!(speaker.members(&format!("{id}/machines")).await.len(), 2);
    let deleted = speaker.delete(&id).await.expect(202);
    assert_eq!(speaker.settle(&deleted).await["state"], "SUCCESS");
    speaker.get(made.header("location")).await.expect(404);
}

#[tokio::test]
async fn its_log_comes_with_it_and_tells_of_the_whole_and_no_cloud_is_asked_to_measure_it() {
    let (new, old) = clouds().await;
    for edition in [1, 2] {
        let (_manager, speaker) = start(&over(&new, &old, &format!("edition = \"v{edition}\"\n"))).await;
        let mut web = machines(&speaker, edition, "told-web", 1).await;
        web["machineTemplate"]["eventLogTemplate"] = json!({ "persistence": "weekly" });
        let mut told = system("told", &[web]);
        told["systemTemplate"]["eventLogTemplate"] = json!({ "persistence": "yearly" });
        let (id, job) = make(&speaker, told.clone()).await;
        assert_eq!(job["state"], "SUCCESS", "{job:#}");
        let shown = speaker.get(&id).await.expect(200).json();
        let log = speaker.get(&text(&shown["eventLog"]["href"])).await.expect(200).json();
        assert_eq!((&log["persistence"], &log["targetResource"]["href"]), (&json!("yearly"), &shown["id"]));
        let events = speaker.members(&text(&log["events"]["href"])).await;
        assert_eq!(events[0]["content"]["change"], "create", "{events:#?}");
        assert!(events.iter().any(|it| it["content"]["state"] == "STOPPED"), "{events:#?}");
        assert!(events.iter().all(|it| it["content"]["resource"]["href"] == shown["id"]), "{events:#?}");
        let machine = speaker.get(&text(&speaker.named("machines", "told-web").await["id"])).await.json();
        let own = speaker.get(&text(&machine["eventLog"]["href"])).await.expect(200).json();
        assert_eq!(own["persistence"], "weekly", "that of the component is its own");

        let meters = format!("{id}/meters");
        assert!(speaker.members(&meters).await.is_empty());
        let meter = json!({
            "resourceURI": uri(edition, "MeterCreate"), "name": "none", "meterTemplate": { "meterConfig": {} },
        });
        let refused = speaker.post(&meters, meter).await.expect(501);
        assert!(refused.text.contains("no cloud measures a system as a whole"), "{}", refused.text);
        told["systemTemplate"]["meterTemplates"] = json!([{ "meterConfig": {} }]);
        let refused = speaker.post("systems", told).await.expect(400);
        assert!(refused.text.contains("meterTemplates: no cloud measures"), "{}", refused.text);
        let deleted = speaker.delete(&id).await.expect(202);
        assert_eq!(speaker.settle(&deleted).await["state"], "SUCCESS");
        speaker.get(&text(&log["id"])).await.expect(404);
        speaker.get(&text(&own["id"])).await.expect(404);
    }
}

#[tokio::test]
async fn when_a_cloud_has_no_room_the_rest_is_placed_anew_together() {
    for edition in Edition::ALL {
        let clouds = [support::instant(edition).await, clouds().await.0, clouds().await.1];
        let full = Fault::new(Effect::Capacity).on_kind(Kind::Volume).on("create");
        clouds[0].faults().add(&full).unwrap();
        let of = |name: &str, at: usize, more: &str| account(name, clouds[at].base_uri(), more);
        let accounts = [
            of("full", 0, "price = 1"),
            // The next best for the volume alone: but the machine that it is for could not follow.
            of("tight", 1, "price = 2\nquota = { machines = 0 }"),
            of("wide", 2, "price = 3"),
        ];
        let policy = "[placement]\norder-by = \"price\"\n";
        let (_manager, speaker) = start(&format!("{policy}{}", accounts.concat())).await;
        let mut db = machines(&speaker, 2, "pair-db", 1).await;
        db["machineTemplate"]["volumes"] =
            json!([{ "initialLocation": "/dev/vdb", "volume": { "href": "#pair-data" } }]);
        let volume =
            json!({ "volumeConfig": { "href": speaker.named("volumeConfigs", "standard").await["id"] } });
        let data = json!({ "name": "pair-data", "type": uri(2, "Volume"), "volumeTemplate": volume });
        let alone = machines(&speaker, 2, "pair-web", 1).await;
        let (id, job) = make(&speaker, system("pair", &[db, data, alone])).await;
        assert_eq!(job["state"], "SUCCESS", "{job:#}");
        let machines = speaker.members(&format!("{id}/machines")).await;
        let at = |name: &str| machines.iter().find(|it| it["name"] == name).unwrap()["account"].clone();
        let volumes = speaker.members(&format!("{id}/volumes")).await;
        assert_eq!((&volumes[0]["account"], at("pair-db")), (&json!("wide"), json!("wide")), "{volumes:#?}");
        assert_eq!(at("pair-web"), "full", "what stands stays");
        let db = speaker.named("machines", "pair-db").await;
        let jobs = speaker.members("jobs").await;
        let of_db = |job: &&Value| job["affectedResources"].to_string().contains(&text(&db["id"]));
        let told = jobs.iter().find(of_db).unwrap();
        assert!(text(&told["description"]).contains("wide"), "{told:#}");
    }
}
