//! The same thing at several clouds under different names: said one by one, or by rules.

use mock_cloud::Edition;
use multicloud::running::Running;
use serde_json::{Value, json};

use crate::support::{self, Reply, Speaker, account, text};

/// Two clouds that have nothing of the same name, beside what all mocks have.
struct Stage {
    new: mock_cloud::Running,
    old: mock_cloud::Running,
    manager: Running,
    folder: tempfile::TempDir,
}

impl Stage {
    async fn new() -> Self {
        let (new, old) = (support::instant(Edition::V2).await, support::instant(Edition::V2).await);
        for (cloud, name) in [(&new, "debian-12-new"), (&old, "Debian 12 (old)")] {
            let image =
                json!({ "name": name, "type": "IMAGE", "imageLocation": "http://images.example.org/x" });
            Speaker::to(cloud.base_uri()).post("machineImages", image).await.expect(201);
        }
        let folder = tempfile::tempdir().unwrap();
        let manager = manager_of(folder.path(), &new, &old).await;
        Self { new, old, manager, folder }
    }

    fn cimi(&self) -> Speaker {
        Speaker::to(self.manager.base_uri())
    }

    fn admin(&self) -> Speaker {
        Speaker::to(&self.manager.admin_uri())
    }

    async fn restart(self) -> Self {
        self.manager.stop().await;
        let manager = manager_of(self.folder.path(), &self.new, &self.old).await;
        Self { manager, ..self }
    }

    /// A machine of these, at an account.
    async fn create(&self, template: &Value, account: &str) -> Reply {
        self.cimi()
            .post("machines", json!({ "name": "m", "machineTemplate": template, "account": account }))
            .await
    }

    async fn path_of(&self, kind: &str, name: &str) -> String {
        text(&self.cimi().named(kind, name).await["id"])
    }
}

async fn manager_of(
    folder: &std::path::Path,
    new: &mock_cloud::Running,
    old: &mock_cloud::Running,
) -> Running {
    let accounts =
        [account("new", new.base_uri(), "provider = \"p\""), account("old", old.base_uri(), "")].concat();
    support::manager_in(folder, &format!("store = \"manager.sqlite\"\n{accounts}")).await
}

#[tokio::test]
async fn images_are_the_same_by_hand_and_by_rules() {
    let stage = Stage::new().await;
    let image = stage.path_of("machineImages", "debian-12-new").await;
    let template =
        json!({ "machineConfig": { "cpu": 1, "memory": 1_000_000 }, "machineImage": { "href": image } });
    stage.create(&template, "new").await.expect(201);
    let refused = stage.create(&template, "old").await.expect(400);
    assert!(refused.text.contains("it does not have MachineImage"), "{}", refused.text);

    let there = Speaker::to(stage.old.base_uri()).named("machineImages", "Debian 12 (old)").await;
    let of_old = |member: Value| json!({ "name": "debian", "kind": "machineImages", "members": [{ "provider": "p", "name": "debian-1[23]*" }, member] });
    let by_hand = of_old(json!({ "account": "old", "id": there["id"] }));
    let made = stage.admin().post("mappings", by_hand).await.expect(201).json();
    let path = |uri: &str| uri.split_once("/cimi/").unwrap().1.to_owned();
    let old = stage.path_of("machineImages", "Debian 12 (old)").await;
    assert_eq!(made["found"], json!({ "new": path(&image), "old": path(&old) }));
    stage.create(&template, "old").await.expect(201);
    // It is the same seen from the other one, and in templates.
    let saved = json!({ "name": "t", "machineConfig": { "cpu": 1, "memory": 1_000_000 }, "machineImage": { "href": old } });
    let saved = text(&stage.cimi().post("machineTemplates", saved).await.expect(201).json()["id"]);
    for account in ["new", "old"] {
        stage.create(&json!({ "href": saved }), account).await.expect(201);
    }

    let stage = stage.restart().await;
    let image = stage.path_of("machineImages", "debian-12-new").await;
    let template =
        json!({ "machineConfig": { "cpu": 1, "memory": 1_000_000 }, "machineImage": { "href": image } });
    stage.create(&template, "old").await.expect(201);
    // A rule in the place of the one named by hand.
    for (pattern, status) in [("Debian 1? (*)", 201), ("Debian 11*", 400)] {
        let members = of_old(json!({ "account": "old", "name": pattern }))["members"].clone();
        stage.admin().patch("mappings/debian", json!({ "members": members })).await.expect(200);
        let reply = stage.create(&template, "old").await.expect(status);
        assert!(
            status == 201 || reply.text.contains("nor what is the same by the mapping debian"),
            "{}",
            reply.text
        );
    }
    stage.admin().delete("accounts/new").await.expect(409);
    stage.admin().delete("mappings/debian").await.expect(204);
    let refused = stage.create(&template, "old").await.expect(400);
    assert!(!refused.text.contains("mapping"), "{}", refused.text);
}

#[tokio::test]
async fn a_size_of_the_managers_own_is_one_of_each_cloud() {
    let stage = Stage::new().await;
    let own = json!({ "name": "mine", "cpu": 63, "memory": 63_000_000 });
    let own = text(&stage.cimi().post("machineConfigs", own).await.expect(201).json()["id"]);
    let path = own.split_once("/cimi/").unwrap().1.to_owned();
    let template = json!({ "machineConfig": { "href": own } });
    assert_eq!(stage.create(&template, "new").await.expect(201).json()["cpu"], 63);
    let members = json!([{ "id": path }, { "account": "new", "name": "sm?ll" }]);
    stage
        .admin()
        .post("mappings", json!({ "name": "s", "kind": "machineConfigs", "members": members }))
        .await
        .expect(201);
    assert_eq!(stage.create(&template, "new").await.expect(201).json()["cpu"], 1);
    assert_eq!(
        stage.create(&template, "old").await.expect(201).json()["cpu"],
        63,
        "by value where there is none"
    );
    // Only what is said otherwise is said to the cloud.
    let other = json!({ "machineConfig": { "href": own, "cpu": 7 } });
    let made = stage.create(&other, "new").await.expect(201).json();
    assert_eq!(made["cpu"], 7);
    assert_ne!(made["memory"], 63_000_000);
}

#[tokio::test]
async fn networks_keep_their_names_and_stand_for_one_another() {
    let stage = Stage::new().await;
    let mut networks = Vec::new();
    for account in ["new", "old"] {
        let network = json!({ "name": format!("net-{account}"), "networkTemplate": {}, "account": account });
        let made = stage.cimi().post("networks", network).await.expect(201).json();
        assert_eq!(made["account"], account);
        networks.push(text(&made["id"]));
    }
    let members = json!([{ "name": "net-*" }]);
    stage
        .admin()
        .post("mappings", json!({ "name": "n", "kind": "networks", "members": members }))
        .await
        .expect(201);
    let segment = |account: &str| {
        json!({ "name": format!("segment-{account}"), "account": account,
            "protocolSegmentTemplate": { "network": { "href": networks[0] }, "protocol": "IPv4" } })
    };
    let speaker = stage.cimi();
    let made = speaker.post("segments", segment("old")).await.expect(201).json();
    assert_eq!(made["account"], "old");
    for (network, expected) in networks.iter().zip([0, 1]) {
        let segments = speaker.members(&format!("{network}/segments")).await;
        assert_eq!(segments.iter().filter(|it| it["name"] == "segment-old").count(), expected, "{network}");
    }
}
