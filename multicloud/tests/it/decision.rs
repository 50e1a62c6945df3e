//! Decisions: kept with their jobs, asked for without creating anything, and held to quotas.

use std::path::Path;
use std::time::Duration;

use cimi::{Attributes, Reference};
use mock_cloud::Edition;
use mock_cloud::fault::{Effect, Fault, When};
use multicloud::app::{PROPERTY, Placing, Request};
use multicloud::kind::Kind;
use multicloud::placement::ledger::Key;
use multicloud::placement::{Code, Decision, Effort, Layer, Level, OnFailure, Policy};
use multicloud::record::Id;
use multicloud::running::Running;
use serde_json::{Value, json};

use crate::support::{self, Reply, Speaker, account, text};

/// The machines that an account shows before anything is created.
async fn machines_of(speaker: &Speaker, account: &str) -> usize {
    speaker.members("machines").await.iter().filter(|machine| machine["account"] == account).count()
}

async fn decision_of(manager: &Running, reply: &Reply) -> Decision {
    let job = reply.header("cimi-job-uri").rsplit('/').next().unwrap().parse().unwrap();
    manager.app().decision(Id(job)).await.unwrap().unwrap()
}

fn request(policies: Vec<Layer>) -> Request {
    let config = Attributes::new().with("cpu", 1).with("memory", 1_000_000);
    let template = Attributes::new().with("machineConfig", Reference::by_value(config));
    Request {
        kind: Kind::Machine,
        common: Attributes::new().with("name", "asked"),
        template: Reference::by_value(template),
        within: None,
        placing: Placing { policies, ..Placing::default() },
    }
}

#[tokio::test]
async fn a_decision_is_kept_with_its_job_over_a_restart() {
    let (new, old) = (support::instant(Edition::V2).await, support::instant(Edition::V1).await);
    let accounts =
        [account("new", new.base_uri(), "price = 1"), account("old", old.base_uri(), "price = 2")].concat();
    let folder = tempfile::tempdir().unwrap();
    let config = format!(
        "store = \"manager.sqlite\"\n[placement]\nfilter = \"price<2\"\nweights = {{ price = -1 }}\n{accounts}"
    );
    let manager = support::manager_in(folder.path(), &config).await;
    let made = Speaker::to(manager.base_uri()).create_machine("kept").await.expect(201);
    let decision = decision_of(&manager, &made).await;
    assert_eq!(decision.winner().unwrap().account, "new");
    assert_eq!(decision.winner().unwrap().config.as_deref(), Some("small"));
    assert_eq!(decision.ranked[0].score, Some(0));
    assert_eq!(
        (decision.rejected[0].place.account.as_str(), decision.rejected[0].code),
        ("old", Code::Filter)
    );
    manager.stop().await;

    let manager = support::manager_in(folder.path(), &config).await;
    assert_eq!(decision_of(&manager, &made).await, decision);
    let speaker = Speaker::to(manager.base_uri());
    let job = made.header("cimi-job-uri").rsplit('/').next().unwrap().to_owned();
    speaker.delete(&format!("jobs/{job}")).await.expect(200);
    assert_eq!(manager.app().decision(Id(job.parse().unwrap())).await.unwrap(), None, "it goes with its job");
}

#[tokio::test]
async fn a_decision_can_be_asked_for_without_creating_anything() {
    let (new, old) = (support::instant(Edition::V2).await, support::instant(Edition::V1).await);
    let manager = support::of_both(&new, &old).await;
    let speaker = Speaker::to(manager.base_uri());
    let before = (speaker.members("machines").await.len(), speaker.members("jobs").await.len());

    let decision = manager.app().place(&request(Vec::new())).unwrap();
    assert_eq!(decision.winner().unwrap().account, "new");
    let tenant = |json: &str| Layer { level: Level::Tenant, policy: Policy::from_json(json).unwrap() };
    let decision = manager.app().place(&request(vec![tenant(r#"{"filter": "location='NO'"}"#)])).unwrap();
    assert_eq!(decision.winner().unwrap().account, "old");
    let nowhere = r#"{"filter": "location='SE'", "fallback": [{"name": "abroad", "drop": ["filter"]}]}"#;
    let decision = manager.app().place(&request(vec![tenant(nowhere)])).unwrap();
    assert_eq!(decision.fallback.as_deref(), Some("abroad"));
    assert_eq!(decision.tried[0].rejected[&Code::Filter], 2);

    let after = (speaker.members("machines").await.len(), speaker.members("jobs").await.len());
    assert_eq!(before, after);
}

#[tokio::test]
async fn requests_and_templates_bring_policies_as_properties() {
    let (new, old) = (support::instant(Edition::V2).await, support::instant(Edition::V1).await);
    let manager = support::of_both(&new, &old).await;
    let speaker = Speaker::to(manager.base_uri());
    let template = |properties: Value| json!({ "name": "t", "properties": properties, "machineConfig": { "cpu": 1, "memory": 1_000_000 } });
    let template = template(json!({ PROPERTY: r#"{"filter": "location='NO'"}"# }));
    let template = text(&speaker.post("machineTemplates", template).await.expect(201).json()["id"]);
    let ask = |policy: &str| {
        let properties = json!({ PROPERTY: policy, "tier": "web" });
        let body = json!({ "name": "m", "properties": properties, "machineTemplate": { "href": template } });
        let speaker = speaker.clone();
        async move { speaker.post("machines", body).await }
    };
    let made = ask("{}").await.expect(201).json();
    assert_eq!(made["account"], "old", "the template says so");
    assert_eq!(made["properties"], json!({ "tier": "web" }), "the policy is the manager's alone");

    let apart = r#"{"anti-affinity": [{"to": "property['tier']='web'"}]}"#;
    let refused = ask(apart).await.expect(400).json();
    assert!(text(&refused["statusMessage"]).contains("the template's filter"), "{refused:#}");
    assert!(text(&refused["statusMessage"]).contains("the request's anti-affinity"), "{refused:#}");

    let refused = ask(r#"{"filter": "prize<3"}"#).await.expect(400).json();
    let message = text(&refused["statusMessage"]);
    assert!(message.contains("filter at column 1: offers have no attribute `prize`"), "{message}");
}

#[tokio::test]
async fn requests_at_once_do_not_take_more_than_the_quota() {
    let (new, old) = (support::frozen(Edition::V2).await, support::frozen(Edition::V1).await);
    let of_new = support::manager(&account("new", new.base_uri(), "")).await;
    let there = machines_of(&Speaker::to(of_new.base_uri()), "new").await;
    let quota = format!("price = 1\nquota = {{ machines = {} }}", there + 3);
    let accounts = [
        account("new", new.base_uri(), &quota),
        account("old", old.base_uri(), &format!("price = 2\n{}", quota.lines().nth(1).unwrap())),
    ]
    .concat();
    let manager = support::manager(&format!("[placement]\norder-by = \"price\"\n{accounts}")).await;
    let speaker = Speaker::to(manager.base_uri());
    assert_eq!(machines_of(&speaker, "old").await, there, "both are of the same seed");

    let template = json!({ "machineConfig": { "cpu": 1, "memory": 1_000_000 } });
    let asked = (0..10).map(|number| {
        let body = json!({ "name": format!("m{number}"), "machineTemplate": template });
        let speaker = speaker.clone();
        async move { speaker.post("machines", body).await }
    });
    let replies = futures::future::join_all(asked).await;
    let accepted = replies.iter().filter(|reply| reply.status == 202).count();
    let refused = replies.iter().filter(|reply| reply.status == 409).count();
    assert_eq!((accepted, refused), (6, 4), "{replies:#?}");
    let mut went = Vec::new();
    for reply in replies.iter().filter(|reply| reply.status == 202) {
        went.push(decision_of(&manager, reply).await.winner().unwrap().account.clone());
    }
    went.sort();
    assert_eq!(went, ["new", "new", "new", "old", "old", "old"]);
    assert_eq!(
        manager.app().taken(&Key::Account("new".to_owned())).machines,
        i64::try_from(there + 3).unwrap()
    );

    for (cloud, name) in [(&new, "new"), (&old, "old")] {
        support::eventually("all of them", || async {
            cloud.clock().drain();
            (machines_of(&speaker, name).await == there + 3).then_some(())
        })
        .await;
    }
    let job = speaker.create_machine("one more").await.expect(409).json();
    assert!(text(&job["statusMessage"]).contains("quota leaves 0 of machines"), "{job:#}");
}

#[tokio::test]
async fn quota_is_held_over_a_restart() {
    let cloud = support::frozen(Edition::V2).await;
    let of_cloud = support::manager(&account("cloud", cloud.base_uri(), "")).await;
    let there = machines_of(&Speaker::to(of_cloud.base_uri()), "cloud").await;
    let quota = format!("quota = {{ machines = {} }}", there + 1);
    let config = format!("store = \"manager.sqlite\"\n{}", account("cloud", cloud.base_uri(), &quota));
    let folder = tempfile::tempdir().unwrap();
    let manager = support::manager_in(folder.path(), &config).await;
    Speaker::to(manager.base_uri()).create_machine("first").await.expect(202);
    manager.stop().await;

    let manager = support::manager_in(folder.path(), &config).await;
    assert_eq!(
        manager.app().taken(&Key::Account("cloud".to_owned())).machines,
        i64::try_from(there + 1).unwrap()
    );
    Speaker::to(manager.base_uri()).create_machine("second").await.expect(409);
}

/// Says what a machine or volume is to have.
async fn enlarge(speaker: &Speaker, id: &str, what: Value) -> Reply {
    let names: Vec<_> = what.as_object().unwrap().keys().cloned().collect();
    speaker.put(&format!("{id}?$select={}", names.join(",")), what).await
}

#[tokio::test]
async fn what_is_made_larger_is_held_to_quotas_like_what_is_made() {
    for edition in Edition::ALL {
        let cloud = support::instant(edition).await;
        let there = Speaker::to(cloud.base_uri());
        let all = there.members("machines").await;
        let cpu: i64 = all.iter().filter_map(|machine| machine["cpu"].as_i64()).sum();
        // What is there counts for the account.
        let quota = format!("quota = {{ cpu = {}, storage = 100_000_000 }}", cpu + 4);
        let manager = support::manager(&account("only", cloud.base_uri(), &quota)).await;
        let speaker = Speaker::to(manager.base_uri());
        let template = json!({ "machineConfig": { "cpu": 1, "memory": 1024 } });
        let made = speaker.post("machines", json!({ "name": "m", "machineTemplate": template })).await;
        let id = made.expect(201).header("location").to_owned();
        let jobs = speaker.members("jobs").await.len();

        let refused = enlarge(&speaker, &id, json!({ "cpu": 64, "memory": 4096 })).await.expect(409);
        assert!(refused.text.contains("only: its quota leaves 3 of cpu"), "{}", refused.text);
        assert_eq!(speaker.get(&id).await.json()["cpu"], 1);
        assert_eq!(speaker.members("jobs").await.len(), jobs, "there has been no job");
        assert!(enlarge(&speaker, &id, json!({ "cpu": 4 })).await.status.is_success());
        support::eventually("its size", || async {
            (speaker.get(&id).await.json()["cpu"] == 4).then_some(())
        })
        .await;
        let refused = enlarge(&speaker, &id, json!({ "cpu": 5 })).await.expect(409);
        assert!(refused.text.contains("its quota leaves 0 of cpu"), "{}", refused.text);
        // Who takes less, or of something else, is not held up; what is given back can be had.
        assert!(enlarge(&speaker, &id, json!({ "memory": 2048 })).await.status.is_success());
        assert!(enlarge(&speaker, &id, json!({ "cpu": 2 })).await.status.is_success());
        assert!(enlarge(&speaker, &id, json!({ "cpu": 3 })).await.status.is_success());

        let volume = text(&speaker.members("volumes").await[0]["id"]);
        let refused = enlarge(&speaker, &volume, json!({ "capacity": 999_000_000 })).await.expect(409);
        assert!(refused.text.contains("of storage"), "{}", refused.text);
    }
}

#[tokio::test]
async fn what_is_being_made_larger_holds_its_quota_over_a_restart() {
    let (cloud, folder) = (support::instant(Edition::V2).await, tempfile::tempdir().unwrap());
    let hands = support::Hands::default();
    let there = Speaker::to(cloud.base_uri()).members("machines").await;
    let cpu: i64 = there.iter().filter_map(|machine| machine["cpu"].as_i64()).sum();
    let quota = format!("quota = {{ cpu = {} }}", cpu + 6);
    let config = format!("store = \"manager.sqlite\"\n{}", account("only", cloud.base_uri(), &quota));
    let manager = support::manager_by(&hands, folder.path(), &config).await;
    let speaker = Speaker::to(manager.base_uri());
    let id = support::path(&speaker.named("machines", "web-2").await["id"]);
    let was = speaker.get(&id).await.json()["cpu"].as_i64().unwrap();
    // The cloud does not hear of it, and nobody knows that.
    cloud.faults().add(&Fault::new(Effect::Drop(When::Before)).on("update")).unwrap();
    let begun = enlarge(&speaker, &id, json!({ "cpu": was + 4 })).await.expect(202);
    let left = |manager: &Running| 6 - (manager.app().taken(&Key::Account("only".to_owned())).cpu - cpu);
    assert_eq!(left(&manager), 2, "it is held before it shows");
    manager.stop().await;

    let manager = support::manager_by(&hands, folder.path(), &config).await;
    let speaker = Speaker::to(manager.base_uri());
    assert_eq!(left(&manager), 2);
    let other = support::path(&speaker.named("machines", "web-1").await["id"]);
    let small = speaker.get(&other).await.json()["cpu"].as_i64().unwrap();
    let refused = enlarge(&speaker, &other, json!({ "cpu": small + 3 })).await.expect(409);
    assert!(refused.text.contains("leaves 2 of cpu"), "{}", refused.text);
    let job = support::path(&json!(begun.header("cimi-job-uri")));
    support::eventually("its end", || async {
        hands.on(Duration::from_millis(500));
        (speaker.get(&job).await.expect(200).json()["state"] == "FAILED").then_some(())
    })
    .await;
    assert_eq!(left(&manager), 6, "nothing came of it");
}

#[tokio::test]
async fn disks_of_machines_count_as_storage() {
    for edition in Edition::ALL {
        let cloud = support::instant(edition).await;
        let of_cloud = support::manager(&account("only", cloud.base_uri(), "")).await;
        let there = of_cloud.app().taken(&Key::Account("only".to_owned())).storage;
        let quota = format!("quota = {{ storage = {} }}", there + 10_000);
        let folder = tempfile::tempdir().unwrap();
        let config = format!("store = \"a.sqlite\"\n{}", account("only", cloud.base_uri(), &quota));
        let manager = support::manager_in(folder.path(), &config).await;
        let speaker = Speaker::to(manager.base_uri());
        let storage =
            |manager: &Running| manager.app().taken(&Key::Account("only".to_owned())).storage - there;
        let with = |capacity: i64| {
            let disk = json!({ "capacity": capacity, "format": "ext4", "initialLocation": "/dev/vda" });
            let config = json!({ "cpu": 1, "memory": 1024, "disks": [disk] });
            json!({ "name": "m", "machineTemplate": { "machineConfig": config } })
        };
        let refused = speaker.post("machines", with(10_001)).await.expect(409);
        assert!(refused.text.contains("leaves 10000 of storage"), "{}", refused.text);
        let made = speaker.post("machines", with(6000)).await.expect(201);
        let id = made.header("location").to_owned();
        assert_eq!(storage(&manager), 6000);
        let disks = text(&speaker.get(&id).await.json()["disks"]["href"]);
        let disk = |capacity: i64| json!({ "capacity": capacity, "initialLocation": "/dev/vdb" });
        let refused = speaker.post(&disks, disk(4001)).await.expect(409);
        assert!(refused.text.contains("leaves 4000 of storage"), "{}", refused.text);
        let added = speaker.post(&disks, disk(3000)).await.expect(201);
        assert_eq!(storage(&manager), 9000);

        manager.stop().await;
        let manager = support::manager_in(folder.path(), &config).await;
        let speaker = Speaker::to(manager.base_uri());
        assert_eq!(storage(&manager), 9000, "that outlives the program");
        if edition == Edition::V2 {
            // In 1.x, disks have no address by which they could be deleted.
            let added = support::path(&json!(added.header("location")));
            assert!(speaker.delete(&added).await.status.is_success());
            assert_eq!(storage(&manager), 6000);
        }
        let id = support::path(&json!(id));
        assert!(speaker.delete(&id).await.status.is_success());
        assert_eq!(storage(&manager), 0);
    }
}

#[tokio::test]
async fn prices_come_from_a_table() {
    let (new, old) = (support::instant(Edition::V2).await, support::instant(Edition::V1).await);
    let accounts =
        [account("new", new.base_uri(), "price = 1"), account("old", old.base_uri(), "price = 2")].concat();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/prices");
    let config = format!("prices = \"good.csv\"\n[placement]\norder-by = \"price\"\n{accounts}");
    let manager = support::manager_in(&folder, &config).await;
    let made = Speaker::to(manager.base_uri()).create_machine("cheap").await.expect(201);
    assert_eq!(made.json()["account"], "old");
    let prices: Vec<i64> = decision_of(&manager, &made).await.ranked.iter().map(|it| it.price).collect();
    assert_eq!(prices, [10, 50]);
    // The table says nothing of a configuration without a name: the account's own price holds.
    let decision = manager.app().place(&request(Vec::new())).unwrap();
    assert_eq!(decision.winner().unwrap().account, "new");
}

#[tokio::test]
async fn a_refusal_leads_to_the_next_or_to_a_fallback_within_the_same_job() {
    let fallback = "[[placement.fallback]]\nname = \"abroad\"\nreplace.filter = \"location='NO'\"";
    for (policy, expected) in [
        ("order-by = \"price\"".to_owned(), 201),
        ("order-by = \"price\"\non-failure = \"stop\"".to_owned(), 503),
        ("order-by = \"price\"\nattempts = 1".to_owned(), 503),
        (format!("filter = \"location='FR'\"\n{fallback}"), 201),
        ("arrange = { how = \"spread\" }\norder-by = \"price\"".to_owned(), 201),
    ] {
        let (new, old) = (support::instant(Edition::V2).await, support::instant(Edition::V1).await);
        let accounts = [
            account("new", new.base_uri(), "price = 1\nlocation = \"FR\""),
            account("old", old.base_uri(), "price = 2\nlocation = \"NO\""),
        ]
        .concat();
        // It is looked at so rarely that nobody but the creation notices that it has gone.
        let config = format!("refresh-seconds = 3600\n[placement]\n{policy}\n{accounts}");
        let manager = support::manager(&config).await;
        new.stop().await;
        let template = json!({ "machineConfig": { "cpu": 1, "memory": 1_000_000 } });
        let body = json!({ "name": "m", "machineTemplate": template });
        let reply = Speaker::to(manager.base_uri()).post("machines", body).await.expect(expected);
        if expected == 201 {
            let decision = decision_of(&manager, &reply).await;
            let asked: Vec<_> =
                decision.asked.iter().map(|it| (it.place.account.as_str(), it.refused)).collect();
            assert_eq!(asked, [("new", Some(Code::OutOfReach)), ("old", None)], "{policy}");
            assert_eq!(decision.fallback.is_some(), policy.contains("abroad"));
        }
    }
}

#[tokio::test]
async fn a_system_is_placed_together_so_that_none_takes_the_place_that_another_needs() {
    let (new, old) = (support::instant(Edition::V2).await, support::instant(Edition::V1).await);
    let first = support::manager(&account("new", new.base_uri(), "")).await;
    let there = machines_of(&Speaker::to(first.base_uri()), "new").await;
    let quota = format!("price = 1\nquota = {{ machines = {} }}", there + 1);
    let accounts =
        [account("new", new.base_uri(), &quota), account("old", old.base_uri(), "price = 2")].concat();
    let manager = support::manager(&format!("[placement]\norder-by = \"price\"\n{accounts}")).await;
    let app = manager.app();

    // The one who could go anywhere would take the last place at the cheap cloud, which the other must have.
    let anywhere = request(Vec::new());
    let pinned = Policy::from_json(r#"{"filter": "account='new'"}"#).unwrap();
    let bound = request(vec![Layer { level: Level::Request, policy: pinned }]);
    assert_eq!(app.place(&anywhere).unwrap().winner().unwrap().account, "new");
    for effort in [Effort::default(), Effort { time: Duration::ZERO, ..Effort::default() }] {
        let decisions = app.place_together(&[anywhere.clone(), bound.clone()], &[], effort).unwrap();
        let went: Vec<_> = decisions.iter().map(|it| it.winner().unwrap().account.as_str()).collect();
        assert_eq!(went, ["old", "new"], "{effort:?}");
        assert_eq!(decisions[0].rejected[0].code, Code::Quota);
        assert_eq!(decisions[1].rejected[0].code, Code::Filter);
    }
    let error = app.place_together(&[bound.clone(), bound], &[], Effort::default()).unwrap_err();
    assert_eq!(error.message, "there are no places for all 2 of them together");

    // What was decided together is made one by one, each where it was decided.
    let place = &app.place_together(std::slice::from_ref(&anywhere), &[], Effort::default()).unwrap()[0];
    let policy = Policy::pinned(place.winner().unwrap(), OnFailure::Next).unwrap();
    let layer = Layer { level: Level::Request, policy };
    let begun = app.create(request(vec![layer])).await.unwrap();
    let decision = app.decision(begun.job).await.unwrap().unwrap();
    assert_eq!(decision.winner(), place.winner());
    assert_eq!(decision.rejected[0].reason, "the request's filter account='new' leaves it out");
}

#[tokio::test]
async fn requests_at_once_see_each_other_where_rules_count() {
    let cloud = support::frozen(Edition::V2).await;
    let first = support::manager(&account("new", cloud.base_uri(), "")).await;
    let there = machines_of(&Speaker::to(first.base_uri()), "new").await;
    let budget = 2 * 10 * there + 45;
    for (policy, expected) in [
        // One each, since they are apart from one another.
        ("anti-affinity = [{ to = \"name='twin'\" }]".to_owned(), 2),
        // 45 are left of the budget.
        (format!("budget = {budget}"), 4),
        // A fifth of all that there are: both clouds have more already.
        ("max-share = { percent = 20 }".to_owned(), 0),
        ("arrange = { how = \"spread\" }".to_owned(), 8),
    ] {
        let (new, old) = (support::frozen(Edition::V2).await, support::frozen(Edition::V1).await);
        let accounts =
            [account("new", new.base_uri(), "price = 10"), account("old", old.base_uri(), "price = 10")];
        let config = format!("[placement]\n{policy}\n{}", accounts.concat());
        let manager = support::manager(&config).await;
        let speaker = Speaker::to(manager.base_uri());
        let template = json!({ "machineConfig": { "cpu": 1, "memory": 1_000_000 } });
        let asked = (0..8).map(|_| {
            let body = json!({ "name": "twin", "machineTemplate": template });
            let speaker = speaker.clone();
            async move { speaker.post("machines", body).await }
        });
        let replies = futures::future::join_all(asked).await;
        let accepted: Vec<&Reply> = replies.iter().filter(|reply| reply.status == 202).collect();
        assert_eq!(accepted.len(), expected, "{policy}: {replies:#?}");
        if policy.starts_with("arrange") {
            let mut at_new = 0;
            for reply in accepted {
                let decision = decision_of(&manager, reply).await;
                at_new += usize::from(decision.winner().unwrap().account == "new");
            }
            assert_eq!(at_new, 4, "as many at one as at the other");
        }
    }
}

#[tokio::test]
async fn a_cloud_that_is_full_is_passed_over_for_a_while() {
    let full =
        "[[fault]]\nkind = \"Machine\"\noperation = \"create\"\neffect = { refuse = { status = 507 } }";
    let mut new = mock_cloud::MockCloud::builder().timing(mock_cloud::sim::Timing::instant());
    for fault in mock_cloud::fault::read_toml("full.toml", full).unwrap() {
        new = new.fault(fault);
    }
    let (new, old) = (new.start().await.unwrap(), support::instant(Edition::V1).await);
    let manager = support::of_both(&new, &old).await;
    let speaker = Speaker::to(manager.base_uri());

    let made = speaker.create_machine("first").await.expect(201);
    let decision = decision_of(&manager, &made).await;
    let asked: Vec<_> = decision.asked.iter().map(|it| (it.place.account.as_str(), it.refused)).collect();
    assert_eq!(asked, [("new", Some(Code::Capacity)), ("old", None)]);
    assert_eq!(decision.winner().unwrap().account, "old");

    let healthy = Policy::from_json(r#"{"filter": "health='up'"}"#).unwrap();
    let healthy = Layer { level: Level::Tenant, policy: healthy };
    assert_eq!(manager.app().place(&request(vec![healthy])).unwrap().winner().unwrap().account, "old");
}

#[tokio::test]
async fn machines_cost_what_their_size_does() {
    let cloud = support::instant(Edition::V2).await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("prices.csv"), "config,price\n,0\nsmall,100\nhuge,7000\n").unwrap();
    let config = format!("prices = \"prices.csv\"\n{}", account("cloud", cloud.base_uri(), ""));
    let manager = support::manager_in(folder.path(), &config).await;
    let speaker = Speaker::to(manager.base_uri());
    let left = |budget: i64| {
        let policy = Policy::from_json(&format!(r#"{{"budget": {budget}}}"#)).unwrap();
        let placed = manager.app().place(&request(vec![Layer { level: Level::Tenant, policy }])).unwrap();
        placed.winner().is_some()
    };
    // What is there already costs something between nothing and this.
    let spent = (0..10_000).map(|times| times * 100).find(|budget| left(*budget)).unwrap();
    speaker.create_machine("one").await.expect(201);
    assert!(!left(spent + 99) && left(spent + 100), "one that is small");
    let huge = json!({ "name": "huge", "cpu": 63, "memory": 63_000_000 });
    let huge = text(&speaker.post("machineConfigs", huge).await.expect(201).json()["id"]);
    let template = json!({ "machineTemplate": { "machineConfig": { "href": huge } } });
    speaker.post("machines", template).await.expect(201);
    assert!(!left(spent + 7099) && left(spent + 7100), "and one that is huge");
}
