//! Tenants are held to their policies and quotas.

use std::path::Path;

use mock_cloud::Edition;
use multicloud::placement::Code;
use multicloud::record::Id;
use multicloud::running::Running;
use serde_json::{Value, json};

use crate::support::{self, Reply, Speaker, account, text};

/// A manager with the tenants `a` and `b`.
struct Stage {
    manager: Running,
    root: Speaker,
}

impl Stage {
    /// One of which each tenant is as given.
    async fn new(folder: &Path, config: &str, tenants: [Value; 2]) -> Self {
        let manager = support::manager_in(folder, config).await;
        let open = Speaker::to(&manager.admin_uri());
        let user =
            |name: &str, roles: Value| json!({ "name": name, "password": password(name), "roles": roles });
        open.post("users", user("root", json!([{ "role": "cloud-admin" }]))).await.expect(201);
        let root = open.user("root", &password("root"));
        for (name, mut tenant) in ["a", "b"].into_iter().zip(tenants) {
            tenant["name"] = json!(name);
            root.post("tenants", tenant).await.expect(201);
            let roles = json!([{ "role": "operator", "tenant": name }]);
            root.post("users", user(name, roles)).await.expect(201);
        }
        Self { manager, root }
    }

    /// The user of a tenant, at the CIMI face.
    fn of(&self, tenant: &str) -> Speaker {
        Speaker::to(self.manager.base_uri()).user(tenant, &password(tenant))
    }
}

fn password(name: &str) -> String {
    format!("password of {name}")
}

async fn create(speaker: &Speaker, name: &str) -> Reply {
    let template = json!({ "machineConfig": { "cpu": 1, "memory": 1_000_000 } });
    speaker.post("machines", json!({ "name": name, "machineTemplate": template })).await
}

#[tokio::test]
async fn a_tenant_has_no_more_than_its_quota() {
    let (new, old) = (support::instant(Edition::V2).await, support::instant(Edition::V1).await);
    let accounts = [account("new", new.base_uri(), ""), account("old", old.base_uri(), "")].concat();
    let quota = json!({ "quota": { "machines": 1 } });
    let stage = Stage::new(Path::new("."), &accounts, [quota, json!({})]).await;
    let (a, b) = (stage.of("a"), stage.of("b"));

    let first = create(&a, "first").await.expect(201);
    let refused = create(&a, "second").await.expect(409);
    let words = "the quota of a leaves 0 of machines";
    assert!(refused.text.contains(words), "{}", refused.text);
    assert_eq!(a.members("machines").await.len(), 1);
    assert_eq!(a.members("jobs").await.len(), 1, "nothing is left of it");
    for name in ["one", "two"] {
        create(&b, name).await.expect(201);
    }

    // What is raised is there at once, and what is deleted is there again.
    stage.root.patch("tenants/a", json!({ "quota": { "machines": 2 } })).await.expect(200);
    create(&a, "second").await.expect(201);
    create(&a, "third").await.expect(409);
    let deleted = a.delete(first.header("location")).await;
    a.settle(&deleted).await;
    let asked = (0..5).map(|number| {
        let a = a.clone();
        async move { create(&a, &format!("at-once-{number}")).await.status }
    });
    let replies = futures::future::join_all(asked).await;
    assert_eq!(replies.iter().filter(|status| **status == 201).count(), 1, "{replies:?}");
    assert_eq!(replies.iter().filter(|status| **status == 409).count(), 4, "{replies:?}");
}

#[tokio::test]
async fn what_one_tenant_is_about_to_have_the_other_cannot_take_over_a_restart_either() {
    let cloud = support::frozen(Edition::V2).await;
    let there = support::manager(&account("cloud", cloud.base_uri(), "")).await;
    let there = Speaker::to(there.base_uri()).members("machines").await.len();
    let folder = tempfile::tempdir().unwrap();
    let quota = format!("quota = {{ machines = {} }}", there + 2);
    let config = format!("store = \"manager.sqlite\"\n{}", account("cloud", cloud.base_uri(), &quota));
    let own = json!({ "quota": { "machines": 1 } });
    let mut stage = Stage::new(folder.path(), &config, [own, json!({})]).await;
    create(&stage.of("a"), "on-its-way").await.expect(202);
    let refused = create(&stage.of("a"), "too-much").await.expect(409);
    assert!(refused.text.contains("the quota of a leaves 0 of machines"), "{}", refused.text);

    stage.manager.stop().await;
    stage.manager = support::manager_in(folder.path(), &config).await;
    let refused = create(&stage.of("a"), "too-much").await.expect(409);
    assert!(refused.text.contains("the quota of a leaves 0 of machines"), "{}", refused.text);
    create(&stage.of("b"), "last").await.expect(202);
    let refused = create(&stage.of("b"), "no-room").await.expect(409);
    assert!(refused.text.contains("its quota leaves 0 of machines"), "{}", refused.text);
}

#[tokio::test]
async fn a_tenants_policy_sends_its_machines_elsewhere() {
    let (new, old) = (support::instant(Edition::V2).await, support::instant(Edition::V1).await);
    let accounts = [
        account("new", new.base_uri(), "price = 1\nlocation = \"FR\""),
        account("old", old.base_uri(), "price = 2\nlocation = \"NO\"\nprovider = \"nordic\""),
    ]
    .concat();
    let config = format!("[placement]\norder-by = \"price\"\n{accounts}");
    let stage = Stage::new(Path::new("."), &config, [json!({}), json!({})]).await;
    let north = json!({ "name": "north", "description": "no further south", "filter": "provider='nordic'" });
    stage.root.post("policies", north).await.expect(201);
    stage.root.patch("tenants/b", json!({ "policy": "north" })).await.expect(200);
    let (a, b) = (stage.of("a"), stage.of("b"));
    assert_eq!(create(&a, "m").await.expect(201).json()["account"], "new", "the cheap one");
    let made = create(&b, "m").await.expect(201);
    assert_eq!(made.json()["account"], "old");
    let job = made.header("cimi-job-uri").rsplit('/').next().unwrap().parse().unwrap();
    let decision = stage.manager.app().decision(Id(job)).await.unwrap().unwrap();
    assert_eq!(decision.rejected[0].code, Code::Filter);
    assert_eq!(decision.rejected[0].reason, "the tenant's filter provider='nordic' leaves it out");

    // What forbids adds up, and is changed while the manager runs.
    stage.root.patch("policies/north", json!({ "filter": "location='SE'" })).await.expect(200);
    let refused = create(&b, "nowhere").await.expect(400).json();
    let message = text(&refused["statusMessage"]);
    assert!(message.contains("the tenant's filter location='SE' leaves it out"), "{message}");
}

#[tokio::test]
async fn a_tenants_rules_are_about_its_own_machines() {
    let (new, old) = (support::instant(Edition::V2).await, support::instant(Edition::V1).await);
    let accounts =
        [account("new", new.base_uri(), "price = 1"), account("old", old.base_uri(), "price = 2")].concat();
    let config = format!("[placement]\norder-by = \"price\"\n{accounts}");
    let stage = Stage::new(Path::new("."), &config, [json!({}), json!({})]).await;
    let apart = json!({ "name": "apart", "anti-affinity": [{ "to": "name='db'" }], "budget": 3 });
    stage.root.post("policies", apart).await.expect(201);
    stage.root.patch("tenants/b", json!({ "policy": "apart" })).await.expect(200);
    let (a, b) = (stage.of("a"), stage.of("b"));
    assert_eq!(create(&a, "db").await.expect(201).json()["account"], "new");
    assert_eq!(
        create(&b, "db").await.expect(201).json()["account"],
        "new",
        "that of another is nothing to it"
    );
    assert_eq!(create(&b, "db").await.expect(201).json()["account"], "old", "its own is");
    stage.root.patch("policies/apart", json!({ "anti-affinity": null })).await.expect(200);
    let refused = create(&b, "web").await.expect(409).json();
    let message = text(&refused["statusMessage"]);
    assert!(message.contains("the tenant's budget of 3 an hour has 3 spent"), "{message}");
}
