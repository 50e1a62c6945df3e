//! Jobs that are stopped, whatever they do: at their cloud where that can, before they begin, and not at all where nothing could be
//! undone.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, RETRY_AFTER};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use mock_cloud::{Clock, Edition, MockCloud};
use multicloud::running::Running;
use serde_json::{Value, json};

use crate::support::{self, Reply, Speaker, account, names, path, text};

/// What a cloud makes of it when a job of its own is to be stopped.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    /// It is stopped.
    Usual,
    /// It cannot be, and is not offered.
    Hidden,
    /// It is offered, and refused with this status.
    Refused(u16),
}

/// How a cloud goes about it, and how often it was asked.
#[derive(Clone)]
struct Manner(Arc<Mutex<(Way, usize)>>);

impl Manner {
    fn set(&self, way: Way) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0 = way;
    }

    fn asked(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1
    }

    async fn answer(self, request: Request, next: Next) -> Response {
        let is_stop = request.method() == Method::POST && is_of_job(request.uri().path());
        let way = self.0.lock().unwrap_or_else(PoisonError::into_inner).0;
        let reply = match way {
            Way::Refused(status) if is_stop => {
                let status = StatusCode::from_u16(status).unwrap();
                (status, [(RETRY_AFTER, "1")], "not now").into_response()
            }
            Way::Hidden => hidden(next.run(request).await).await,
            _ => next.run(request).await,
        };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1 += usize::from(is_stop);
        reply
    }
}

fn is_of_job(path: &str) -> bool {
    path.contains("/jobs/") && path.ends_with("/stop")
}

async fn hidden(reply: Response) -> Response {
    fn hide(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                if let Some(Value::Array(offers)) = fields.get_mut("operations") {
                    offers.retain(|it| !it["href"].as_str().is_some_and(is_of_job));
                }
                fields.values_mut().for_each(hide);
            }
            Value::Array(items) => items.iter_mut().for_each(hide),
            _ => {}
        }
    }
    let (mut head, body) = reply.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let Ok(mut value) = serde_json::from_slice::<Value>(&body) else {
        return Response::from_parts(head, Body::from(body));
    };
    hide(&mut value);
    head.headers.remove(CONTENT_LENGTH);
    Response::from_parts(head, Body::from(value.to_string()))
}

/// A cloud where nothing moves before a test says so.
async fn cloud(edition: Edition) -> (mock_cloud::Running, Manner) {
    let manner = Manner(Arc::new(Mutex::new((Way::Usual, 0))));
    let kept = manner.clone();
    let front = move |router: axum::Router| {
        let kept = kept.clone();
        router.layer(axum::middleware::from_fn(move |request, next| kept.clone().answer(request, next)))
    };
    let builder = MockCloud::builder().edition(edition).clock(Clock::virtual_clock()).front(front);
    (builder.start().await.unwrap(), manner)
}

/// A manager of an edition over one cloud.
struct Stage {
    cloud: mock_cloud::Running,
    manner: Manner,
    manager: Running,
    speaker: Speaker,
    face: u8,
}

impl Stage {
    async fn new(face: u8, edition: Edition) -> Self {
        Self::keeping(face, edition, Path::new("."), "").await
    }

    async fn keeping(face: u8, edition: Edition, folder: &Path, more: &str) -> Self {
        let (cloud, manner) = cloud(edition).await;
        let text = format!("edition = \"v{face}\"\n{more}{}", account("cloud", cloud.base_uri(), ""));
        let manager = support::manager_in(folder, &text).await;
        let speaker = Speaker::to(manager.base_uri());
        Self { cloud, manner, manager, speaker, face }
    }

    async fn act(&self, href: &str, operation: &str) -> Reply {
        let space = format!("http://schemas.dmtf.org/cimi/{}", self.face);
        let body = json!({
            "resourceURI": format!("{space}/Action"), "action": format!("{space}/action/{operation}"),
        });
        self.speaker.post(&format!("{href}/{operation}"), body).await
    }

    async fn read(&self, href: &str) -> Value {
        self.speaker.get(href).await.expect(200).json()
    }

    /// How a job ends, while time passes at the cloud.
    async fn end_of(&self, job: &str) -> Value {
        support::eventually("the end of a job", || async {
            self.cloud.clock().drain();
            let job = self.read(job).await;
            matches!(job["state"].as_str(), Some("STOPPED" | "FAILED" | "SUCCESS")).then_some(job)
        })
        .await
    }

    /// A system, made.
    async fn system(&self, name: &str, descriptors: &[Value]) -> String {
        let template = json!({ "componentDescriptors": descriptors });
        let made = self.speaker.post("systems", json!({ "name": name, "systemTemplate": template })).await;
        let job = self.end_of(made.expect(202).header("cimi-job-uri")).await;
        assert_eq!(job["state"], "SUCCESS", "{job:#}");
        text(&self.speaker.named("systems", name).await["id"])
    }

    /// A descriptor of machines.
    async fn machines(&self, name: &str, quantity: u32) -> Value {
        let config = text(&self.speaker.named("machineConfigs", "small").await["id"]);
        let image = text(&self.speaker.named("machineImages", "linux").await["id"]);
        let template = json!({ "machineConfig": { "href": config }, "machineImage": { "href": image } });
        let ty = format!("http://schemas.dmtf.org/cimi/{}/Machine", self.face);
        json!({ "name": name, "type": ty, "quantity": quantity, "machineTemplate": template })
    }

    /// The machines called so, with their states.
    async fn states(&self, prefix: &str) -> Vec<(String, String)> {
        let all = self.speaker.members("machines").await;
        let own = all.iter().filter(|it| it["name"].as_str().is_some_and(|name| name.starts_with(prefix)));
        let mut states = Vec::new();
        for machine in own {
            let shown = self.read(&text(&machine["id"])).await;
            states.push((text(&shown["name"]), text(&shown["state"])));
        }
        states.sort();
        states
    }
}

fn can_stop(job: &Value) -> bool {
    let offers = job["operations"].as_array().cloned().unwrap_or_default();
    offers.iter().any(|it| it["rel"].as_str().is_some_and(|rel| rel.ends_with("/stop")))
}

/// An operation, an update and a deletion of one machine, each stopped: it is as it was.
async fn check(face: u8, edition: Edition) {
    let stage = Stage::new(face, edition).await;
    let machine = stage.speaker.named("machines", "web-2").await;
    let id = text(&machine["id"]);
    let before = stage.read(&id).await;
    assert_eq!(before["state"], "STOPPED");
    for change in ["start", "delete"] {
        let begun = match change {
            "delete" => stage.speaker.delete(&id).await,
            _ => stage.act(&id, change).await,
        };
        let job = begun.expect(202).header("cimi-job-uri").to_owned();
        assert!(can_stop(&stage.read(&job).await), "{change}");
        let stopping = stage.act(&job, "stop").await.expect(202).json();
        assert_eq!(stopping["state"], "STOPPING");
        assert!(!can_stop(&stopping), "once is enough");
        let refused = stage.act(&job, "stop").await.expect(409).json();
        assert!(text(&refused["statusMessage"]).contains("being stopped already"), "{refused:#}");
        let ended = stage.end_of(&job).await;
        assert_eq!(ended["state"], "STOPPED", "{change}: {ended:#}");
        let refused = stage.act(&job, "stop").await.expect(409).json();
        assert!(text(&refused["statusMessage"]).contains("the job has ended"), "{refused:#}");
        let after = stage.read(&id).await;
        assert_eq!(
            (&after["state"], &after["operations"]),
            (&before["state"], &before["operations"]),
            "{change}"
        );
    }
    let asked = stage.manner.asked();
    assert_eq!(asked, 2, "one call to the cloud for each");
}

#[tokio::test]
async fn changes_and_deletions_are_stopped_at_their_cloud_which_undoes_them() {
    for edition in Edition::ALL {
        for face in [1, 2] {
            check(face, edition).await;
        }
    }
}

#[tokio::test]
async fn what_a_cloud_cannot_stop_is_not_offered_to_be_and_goes_on() {
    for edition in Edition::ALL {
        let stage = Stage::new(2, edition).await;
        stage.manner.set(Way::Hidden);
        let id = text(&stage.speaker.named("machines", "web-2").await["id"]);
        let job = stage.act(&id, "start").await.expect(202).header("cimi-job-uri").to_owned();
        assert!(!can_stop(&stage.read(&job).await));
        let refused = stage.act(&job, "stop").await.expect(409).json();
        assert!(text(&refused["statusMessage"]).contains("its cloud offers no way to stop"), "{refused:#}");
        assert_eq!(stage.read(&job).await["state"], "RUNNING");
        assert_eq!(stage.end_of(&job).await["state"], "SUCCESS");
        assert_eq!(stage.manner.asked(), 0);
    }
}

#[tokio::test]
async fn a_cloud_that_refuses_to_stop_it_leaves_it_going_on() {
    let stage = Stage::new(2, Edition::V2).await;
    stage.manner.set(Way::Refused(409));
    let id = text(&stage.speaker.named("machines", "web-2").await["id"]);
    let job = stage.act(&id, "start").await.expect(202).header("cimi-job-uri").to_owned();
    let refused = stage.act(&job, "stop").await.expect(409).json();
    assert!(text(&refused["statusMessage"]).starts_with("cloud: "), "{refused:#}");
    let shown = stage.read(&job).await;
    assert_eq!(shown["state"], "RUNNING");
    assert_eq!(stage.end_of(&job).await["state"], "SUCCESS");
    assert_eq!(stage.read(&id).await["state"], "STARTED");
}

#[tokio::test]
async fn that_it_is_to_be_stopped_outlives_the_manager() {
    let folder = tempfile::tempdir().unwrap();
    let store = "store = \"manager.sqlite\"\n";
    let mut stage = Stage::keeping(2, Edition::V2, folder.path(), store).await;
    stage.manner.set(Way::Refused(503));
    let id = text(&stage.speaker.named("machines", "web-2").await["id"]);
    let job = path(&json!(stage.act(&id, "start").await.expect(202).header("cimi-job-uri")));
    let stopping = stage.act(&job, "stop").await.expect(202).json();
    assert_eq!(stopping["state"], "STOPPING", "recorded, whenever the cloud hears of it");
    stage.manager.stop().await;
    let asked = stage.manner.asked();
    stage.manner.set(Way::Usual);
    let text = format!("{store}{}", account("cloud", stage.cloud.base_uri(), ""));
    stage.manager = support::manager_in(folder.path(), &text).await;
    stage.speaker = Speaker::to(stage.manager.base_uri());
    support::eventually("that the cloud is asked", || async {
        stage.read(&job).await;
        (stage.manner.asked() > asked).then_some(())
    })
    .await;
    assert_eq!(stage.end_of(&job).await["state"], "STOPPED");
    assert_eq!(stage.read(&path(&json!(id))).await["state"], "STOPPED");
}

#[tokio::test]
async fn what_is_done_with_a_system_is_stopped_in_all_that_it_touches() {
    for (face, edition) in [(1, Edition::V1), (2, Edition::V2)] {
        let stage = Stage::new(face, edition).await;
        let all = [stage.machines("part", 3).await];
        let id = stage.system("whole", &all).await;
        let stopped = |states: &[(String, String)]| states.iter().all(|(_, state)| state == "STOPPED");
        let before = stage.states("part").await;
        assert!(before.len() == 3 && stopped(&before), "{before:?}");
        for change in ["start", "delete"] {
            let begun = match change {
                "delete" => stage.speaker.delete(&id).await,
                _ => stage.act(&id, change).await,
            };
            let job = begun.expect(202).header("cimi-job-uri").to_owned();
            support::eventually("work on all of it", || async {
                let shown = stage.read(&job).await;
                (shown["nestedJobs"].as_array()?.len() == 3 && can_stop(&shown)).then_some(())
            })
            .await;
            let asked = stage.manner.asked();
            stage.act(&job, "stop").await.expect(202);
            // Time passes once the cloud has heard of all three.
            support::eventually("that the cloud is asked", || async {
                (stage.manner.asked() >= asked + 3).then_some(())
            })
            .await;
            let ended = stage.end_of(&job).await;
            assert_eq!(ended["state"], "STOPPED", "{change}: {ended:#}");
            for part in ended["nestedJobs"].as_array().unwrap() {
                let part = stage.read(&text(&part["href"])).await;
                assert_eq!(part["state"], "STOPPED", "{change}: {part:#}");
            }
            assert_eq!(stage.states("part").await, before, "{change}");
            assert_eq!(stage.read(&id).await["state"], "STOPPED", "{change}");
        }
        let job = stage.speaker.delete(&id).await.expect(202).header("cimi-job-uri").to_owned();
        assert_eq!(stage.end_of(&job).await["state"], "SUCCESS");
        assert!(stage.states("part").await.is_empty());
    }
}

#[tokio::test]
async fn of_a_system_that_no_cloud_stops_nothing_is_offered_and_what_was_not_asked_stays() {
    let stage = Stage::new(2, Edition::V2).await;
    let config = text(&stage.speaker.named("volumeConfigs", "standard").await["id"]);
    let volume = json!({
        "name": "kept-data", "type": "http://schemas.dmtf.org/cimi/2/Volume",
        "volumeTemplate": { "volumeConfig": { "href": config } },
    });
    let id = stage.system("kept", &[volume, stage.machines("kept-web", 1).await]).await;
    stage.manner.set(Way::Hidden);
    let job = stage.act(&id, "start").await.expect(202).header("cimi-job-uri").to_owned();
    support::eventually("work on the machine", || async {
        (!can_stop(&stage.read(&job).await)).then_some(())
    })
    .await;
    let refused = stage.act(&job, "stop").await.expect(409).json();
    assert!(text(&refused["statusMessage"]).contains("all of it has been asked for by now"), "{refused:#}");
    assert_eq!(stage.end_of(&job).await["state"], "SUCCESS");

    // The machine goes first; the volume has not been asked for when it is stopped.
    let job = stage.speaker.delete(&id).await.expect(202).header("cimi-job-uri").to_owned();
    support::eventually("the deletion of the machine", || async {
        stage.read(&job).await.get("nestedJobs").map(|_| ())
    })
    .await;
    assert!(can_stop(&stage.read(&job).await), "the volume can be left");
    stage.act(&job, "stop").await.expect(202);
    let ended = stage.end_of(&job).await;
    assert_eq!(ended["state"], "STOPPED", "{ended:#}");
    assert!(stage.states("kept").await.is_empty(), "that was not stopped");
    assert_eq!(names(&stage.speaker.members(&format!("{id}/volumes")).await), ["kept-data"]);
    assert_eq!(stage.read(&id).await["state"], "MIXED", "without machines");
}

#[tokio::test]
async fn a_part_whose_turn_has_not_come_is_never_begun() {
    let stage = Stage::new(2, Edition::V2).await;
    let config = text(&stage.speaker.named("volumeConfigs", "standard").await["id"]);
    let volume = json!({
        "name": "late-data", "type": "http://schemas.dmtf.org/cimi/2/Volume",
        "volumeTemplate": { "volumeConfig": { "href": config } },
    });
    let mut db = stage.machines("late-db", 1).await;
    db["machineTemplate"]["volumes"] =
        json!([{ "initialLocation": "/dev/vdb", "volume": { "href": "#late-data" } }]);
    let template = json!({ "componentDescriptors": [volume, db] });
    let request = json!({
        "name": "late", "systemTemplate": template,
        "properties": { "cimi-manager-placement": "{\"system\": {\"on-failure\": \"keep\"}}" },
    });
    let made = stage.speaker.post("systems", request).await.expect(202);
    let job = made.header("cimi-job-uri").to_owned();
    let parts = stage.read(&job).await["nestedJobs"].as_array().unwrap().clone();
    let mut later = None;
    for part in parts {
        let part = stage.read(&text(&part["href"])).await;
        if text(&part["targetResource"]["href"]).ends_with("/machines") {
            later = Some(text(&part["id"]));
        }
    }
    let later = later.unwrap();
    assert!(can_stop(&stage.read(&later).await));
    let ended = stage.act(&later, "stop").await.expect(200).header("cimi-job-uri").to_owned();
    assert_eq!(stage.read(&ended).await["state"], "STOPPED");
    let ended = stage.end_of(&job).await;
    assert_eq!(ended["state"], "FAILED", "{ended:#}");
    let id = text(&stage.speaker.named("systems", "late").await["id"]);
    assert_eq!(names(&stage.speaker.members(&format!("{id}/volumes")).await), ["late-data"]);
    assert!(stage.states("late").await.is_empty());
    let there = Speaker::to(stage.cloud.base_uri()).members("machines").await;
    assert!(!names(&there).contains(&"late-db"));
}
