//! Jobs as resources: what they tell of what is gone, how they are called, and what becomes of one that is deleted while it runs.

use std::path::Path;

use mock_cloud::{Clock, Edition, MockCloud};
use multicloud::running::Running;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{self, Speaker, account, eventually, path, text};

/// A manager over a cloud where nothing moves before a test says so.
struct Stage {
    cloud: mock_cloud::Running,
    manager: Running,
    speaker: Speaker,
}

impl Stage {
    async fn new(folder: &Path, more: &str, edition: Edition) -> Self {
        let cloud =
            MockCloud::builder().edition(edition).clock(Clock::virtual_clock()).start().await.unwrap();
        let manager = Self::manager(folder, more, &cloud).await;
        let speaker = Speaker::to(manager.base_uri());
        Self { cloud, manager, speaker }
    }

    async fn manager(folder: &Path, more: &str, cloud: &mock_cloud::Running) -> Running {
        support::manager_in(folder, &format!("{more}{}", account("cloud", cloud.base_uri(), ""))).await
    }

    async fn read(&self, href: &str) -> Value {
        self.speaker.get(href).await.expect(200).json()
    }

    /// A machine that is being made, and its job.
    async fn under_way(&self) -> (String, String) {
        let made = self.speaker.create_machine("slow").await.expect(202);
        (path(&json!(made.header("location"))), path(&json!(made.header("cimi-job-uri"))))
    }

    /// How a job ends, while time passes at the cloud.
    async fn end_of(&self, job: &str) -> Value {
        eventually("the end of a job", || async {
            self.cloud.clock().drain();
            let job = self.read(job).await;
            matches!(job["state"].as_str(), Some("STOPPED" | "FAILED" | "SUCCESS")).then_some(job)
        })
        .await
    }
}

fn offers(job: &Value, operation: &str) -> bool {
    job["operations"].as_array().is_some_and(|all| all.iter().any(|it| it["rel"] == operation))
}

#[tokio::test]
async fn a_job_that_is_deleted_while_it_runs_is_stopped_first_and_goes_when_it_has_ended() {
    for edition in Edition::ALL {
        let stage = Stage::new(Path::new("."), "", edition).await;
        let (machine, job) = stage.under_way().await;
        assert!(offers(&stage.read(&job).await, "delete"));
        let deletion = stage.speaker.delete(&job).await.expect(202);
        assert_eq!(path(&deletion.json()["targetResource"]["href"]), job);
        let deletion = path(&json!(deletion.header("cimi-job-uri")));
        assert_eq!(stage.read(&job).await["state"], "STOPPING");
        assert_eq!(stage.read(&deletion).await["state"], "RUNNING");
        stage.speaker.delete(&deletion).await.expect(409);
        let ended = stage.end_of(&deletion).await;
        assert_eq!(
            (&ended["state"], &ended["affectedResources"]),
            (&json!("SUCCESS"), &Value::Null),
            "{ended:#}"
        );
        assert_eq!(path(&ended["targetResource"]["href"]), job);
        stage.speaker.get(&job).await.expect(404);
        let left = stage.speaker.get(&machine).await;
        assert!(left.status == 404 || left.json()["state"] == "ERROR", "{left:?}");
    }
}

#[tokio::test]
async fn that_a_job_is_to_go_outlives_the_manager() {
    let folder = tempfile::tempdir().unwrap();
    let kept = "store = \"manager.sqlite\"\n";
    let mut held = Stage::new(folder.path(), kept, Edition::V2).await;
    let (_, job) = held.under_way().await;
    let deletion = path(&json!(held.speaker.delete(&job).await.expect(202).header("cimi-job-uri")));
    held.manager.stop().await;
    held.manager = Stage::manager(folder.path(), kept, &held.cloud).await;
    held.speaker = Speaker::to(held.manager.base_uri());
    assert_eq!(held.end_of(&deletion).await["state"], "SUCCESS");
    held.speaker.get(&job).await.expect(404);
}

#[tokio::test]
async fn a_job_can_be_called_otherwise_and_nothing_else_of_it_changes() {
    for (edition, name) in [(Edition::V1, "v1"), (Edition::V2, "v2")] {
        let stage = Stage::new(Path::new("."), &format!("edition = \"{name}\"\n"), edition).await;
        let (_, job) = stage.under_way().await;
        let before = stage.read(&job).await;
        assert!(offers(&before, "edit"), "{before:#}");
        let body =
            json!({ "name": "mine", "description": "slow", "properties": { "k": "v" }, "state": "SUCCESS" });
        let select = format!("{job}?$select=name,description,properties,state");
        let shown = stage.speaker.put(&select, body.clone()).await.expect(200);
        assert_ne!(shown.header("cimi-job-uri"), "");
        let after = stage.read(&job).await;
        for attribute in ["name", "description", "properties"] {
            assert_eq!(after[attribute], body[attribute], "{after:#}");
        }
        for attribute in ["state", "action", "targetResource", "progress"] {
            assert_eq!(after[attribute], before[attribute], "{after:#}");
        }
        let another = [("If-Match", "\"0.0\"")];
        stage.speaker.send(Method::PUT, &select, &another, body).await.expect(412);
        assert_eq!(stage.end_of(&job).await["state"], "SUCCESS");
    }
}

#[tokio::test]
async fn what_was_deleted_stays_the_target_of_its_jobs_for_whoever_had_it() {
    let cloud = support::instant(Edition::V2).await;
    let shared = account("cloud", cloud.base_uri(), "");
    let manager = support::manager(&format!("[[tenant]]\nname = \"acme\"\n{shared}")).await;
    let admin = Speaker::to(&manager.admin_uri());
    let user = json!({ "name": "u", "password": "correct horse", "roles": [{ "role": "operator", "tenant": "acme" }] });
    let root = json!({ "name": "root", "password": "correct horse", "roles": [{ "role": "cloud-admin" }] });
    admin.post("users", root).await.expect(201);
    admin.user("root", "correct horse").post("users", user).await.expect(201);
    let speaker = Speaker::to(manager.base_uri()).user("u", "correct horse");
    let template = json!({ "name": "t", "machineConfig": { "cpu": 1, "memory": 1024 } });
    let template = text(&speaker.post("machineTemplates", template).await.expect(201).json()["id"]);
    let machine = text(&speaker.create_machine("short").await.expect(201).json()["id"]);
    let mut jobs = Vec::new();
    for id in [&machine, &template] {
        let described =
            speaker.put(&format!("{id}?$select=description"), json!({ "description": "x" })).await;
        jobs.push((id, described.header("cimi-job-uri").to_owned()));
        let deleted = speaker.delete(id).await.expect(200);
        jobs.push((id, deleted.header("cimi-job-uri").to_owned()));
        speaker.get(id).await.expect(404);
    }
    for (id, job) in jobs {
        let job = speaker.get(&job).await.expect(200).json();
        assert_eq!(job["targetResource"]["href"], **id, "{job:#}");
        assert_eq!(job["affectedResources"], Value::Null, "{job:#}");
    }
}
