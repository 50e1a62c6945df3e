//! What several clouds hold, behind one face.

use mock_cloud::Edition;
use serde_json::json;

use crate::support::{self, Speaker, names, text};

#[tokio::test]
async fn the_collections_hold_what_all_clouds_hold() {
    let (new, old) = (support::instant(Edition::V2).await, support::instant(Edition::V1).await);
    let manager = support::of_both(&new, &old).await;
    let (all, one) = (Speaker::to(manager.base_uri()), Speaker::to(new.base_uri()));

    for (collection, clouds) in [("machines", 2), ("volumes", 2), ("machineTemplates", 2), ("credentials", 2)]
    {
        let (ours, theirs) = (all.members(collection).await, one.members(collection).await);
        assert_eq!(ours.len(), theirs.len() * clouds, "{collection}");
    }
    // What is the same in both is one thing here.
    for collection in ["machineConfigs", "machineImages", "volumeConfigs", "volumeImages"] {
        let (ours, theirs) = (all.members(collection).await, one.members(collection).await);
        assert_eq!(names(&ours), names(&theirs), "{collection}");
    }
}

#[tokio::test]
async fn a_machine_says_where_it_runs_and_can_be_found_by_it() {
    let (new, old) = (support::instant(Edition::V2).await, support::instant(Edition::V1).await);
    let manager = support::of_both(&new, &old).await;
    let speaker = Speaker::to(manager.base_uri());

    let elsewhere = speaker.members("machines?$filter=location='NO'").await;
    assert!(!elsewhere.is_empty());
    assert!(elsewhere.iter().all(|machine| machine["account"] == "old"));

    let metadata = speaker.get("resourceMetadata/Machine").await.expect(200).json();
    let attributes = metadata["attributes"].as_array().unwrap();
    let location = attributes.iter().find(|attribute| attribute["name"] == "location").unwrap();
    assert_eq!(location["namespace"], multicloud::north::NAMESPACE);
}

#[tokio::test]
async fn references_of_clouds_become_references_of_the_manager() {
    let (new, old) = (support::instant(Edition::V2).await, support::instant(Edition::V1).await);
    let manager = support::of_both(&new, &old).await;
    let speaker = Speaker::to(manager.base_uri());

    // In 1.x the items of volumeTemplates are references themselves, in 2.0 they hold one.
    let templates = speaker.members("machineTemplates").await;
    let templates: Vec<_> = templates.iter().filter(|it| it["name"] == "database-server").collect();
    assert_eq!(templates.len(), 2, "one of each cloud");
    for template in templates {
        for href in [
            &template["machineConfig"]["href"],
            &template["credential"]["href"],
            &template["volumeTemplates"][0]["volumeTemplate"]["href"],
        ] {
            assert!(text(href).starts_with(manager.base_uri()), "{href} of {template:#}");
            speaker.get(&text(href)).await.expect(200);
        }
    }
}

#[tokio::test]
async fn what_only_one_cloud_has_otherwise_is_another_thing() {
    let (new, old) = (support::instant(Edition::V2).await, support::instant(Edition::V1).await);
    let small = Speaker::to(new.base_uri()).named("machineConfigs", "small").await;
    let mut other = small.clone();
    other["cpu"] = json!(16);
    Speaker::to(new.base_uri()).put(&text(&small["id"]), other).await.expect(200);

    let manager = support::of_both(&new, &old).await;
    let speaker = Speaker::to(manager.base_uri());
    let configs = speaker.members("machineConfigs").await;
    let mut cpus: Vec<i64> =
        configs.iter().filter(|it| it["name"] == "small").filter_map(|it| it["cpu"].as_i64()).collect();
    cpus.sort_unstable();
    assert_eq!(cpus, [1, 16]);

    // It becomes the same thing again by no rule; but what becomes different stops being one.
    let medium = Speaker::to(old.base_uri()).named("machineConfigs", "medium").await;
    let mut other = medium.clone();
    other["cpu"] = json!(32);
    Speaker::to(old.base_uri()).put(&text(&medium["id"]), other).await.expect(200);
    support::eventually("the split", || async {
        let configs = speaker.members("machineConfigs").await;
        (configs.iter().filter(|it| it["name"] == "medium").count() == 2).then_some(())
    })
    .await;
}

#[tokio::test]
async fn what_clouds_do_behind_our_back_is_seen() {
    let (new, old) = (support::instant(Edition::V2).await, support::instant(Edition::V1).await);
    let manager = support::of_both(&new, &old).await;
    let (speaker, cloud) = (Speaker::to(manager.base_uri()), Speaker::to(new.base_uri()));
    let before = speaker.members("machines").await.len();

    cloud.create_machine("foreign").await.expect(201);
    let seen = support::eventually("the foreign machine", || async {
        let members = speaker.members("machines").await;
        members.iter().find(|machine| machine["name"] == "foreign").cloned()
    })
    .await;
    let there = cloud.named("machines", "foreign").await;
    cloud.delete(&text(&there["id"])).await.expect(200);
    // Whoever looks at the machine itself sees it at once or within the time that a record counts as fresh.
    support::eventually("its end", || async {
        (speaker.get(&text(&seen["id"])).await.status == 404).then_some(())
    })
    .await;
    assert_eq!(speaker.members("machines").await.len(), before);
}
