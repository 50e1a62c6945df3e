//! What a cloud cannot do: it is not offered, it is refused with 501 and the reason, and nothing comes of it.
//!
//! In a manager of either edition, over a cloud of either edition that lacks some of what others have.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::middleware::Next;
use axum::response::Response;
use mock_cloud::sim::Timing;
use mock_cloud::{Edition, MockCloud};
use multicloud::running::Running;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{self, Speaker, account, text};

/// Kinds that the clouds below have no collections of.
const KINDS: [&str; 3] = ["volumes", "networkPorts", "interfaces"];

/// Whether a cloud that lacks something leaves out an offer.
fn is_lacking(rel: &str, href: &str) -> bool {
    let made = href.contains("machineImages") || href.ends_with("/disks");
    let images = rel.ends_with("/capture") || rel.ends_with("/snapshot");
    rel.ends_with("/pause") || images || rel == "add" && made || rel == "edit" && href.contains("/machines/")
}

fn without(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::Array(offers)) = fields.get_mut("operations") {
                offers.retain(|it| {
                    !is_lacking(it["rel"].as_str().unwrap_or(""), it["href"].as_str().unwrap_or(""))
                });
            }
            fields.values_mut().for_each(without);
        }
        Value::Array(items) => items.iter_mut().for_each(without),
        _ => {}
    }
}

/// What a cloud says, without what it lacks.
async fn less(request: Request, next: Next) -> Response {
    let is_entry = request.uri().path().trim_end_matches('/').ends_with("/cimi");
    let reply = next.run(request).await;
    let ty = reply.headers().get(CONTENT_TYPE).and_then(|ty| ty.to_str().ok()).unwrap_or_default();
    if !ty.starts_with("application/json") {
        return reply;
    }
    let (mut head, body) = reply.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let Ok(mut value) = serde_json::from_slice::<Value>(&body) else {
        return Response::from_parts(head, Body::from(body));
    };
    without(&mut value);
    if is_entry && let Some(entry) = value.as_object_mut() {
        entry.retain(|name, _| !KINDS.contains(&name.as_str()));
    }
    head.headers.remove(CONTENT_LENGTH);
    Response::from_parts(head, Body::from(value.to_string()))
}

/// A manager of an edition over a cloud called `less`, and one of the other edition that does all there is, called `whole`.
struct Stage {
    _clouds: [mock_cloud::Running; 2],
    changes: Arc<AtomicU64>,
    _manager: Running,
    speaker: Speaker,
    action: &'static str,
}

impl Stage {
    async fn new(face: Edition, cloud: Edition) -> Self {
        let changes = Arc::new(AtomicU64::new(0));
        let counter = changes.clone();
        let front = move |router: axum::Router| {
            let counter = counter.clone();
            router.layer(axum::middleware::from_fn(move |request: Request, next: Next| {
                let is_change = request.method() != Method::GET;
                counter.fetch_add(u64::from(is_change), Ordering::Relaxed);
                less(request, next)
            }))
        };
        let builder = MockCloud::builder().edition(cloud).timing(Timing::instant()).front(front);
        let lacking = builder.start().await.unwrap();
        let other = if cloud == Edition::V2 { Edition::V1 } else { Edition::V2 };
        let whole = support::instant(other).await;
        let accounts =
            [account("less", lacking.base_uri(), ""), account("whole", whole.base_uri(), "")].concat();
        let (edition, action) = match face {
            Edition::V1 => ("v1", "http://schemas.dmtf.org/cimi/1/action/"),
            Edition::V2 => ("v2", "http://schemas.dmtf.org/cimi/2/action/"),
        };
        let text = format!("edition = \"{edition}\"\nrefresh-seconds = 3600\n{accounts}");
        let manager = support::manager(&text).await;
        let speaker = Speaker::to(manager.base_uri());
        Self { _clouds: [lacking, whole], changes, _manager: manager, speaker, action }
    }

    /// What the cloud that lacks something has of a kind.
    async fn one(&self, kind: &str, name: &str) -> Value {
        let all = self.speaker.members(kind).await;
        let found = all.iter().find(|it| it["name"] == name && it["account"] == "less");
        let id = text(&found.unwrap_or_else(|| panic!("no {name} among {all:#?}"))["id"]);
        self.speaker.get(&id).await.expect(200).json()
    }

    /// Everything that is shown, in both formats.
    async fn all(&self) -> Vec<String> {
        let mut all = Vec::new();
        for path in ["machines", "machineImages", "jobs", "networks"] {
            for format in ["application/json", "application/xml"] {
                let shown = self.speaker.ask(Method::GET, path, &[("Accept", format)], None).await;
                all.push(shown.expect(200).text);
            }
        }
        all
    }

    /// Asks for something that cannot be done.
    async fn refuses(&self, path: &str, method: Method, body: &Value, reason: &str) {
        let before = self.all().await;
        let reply = self.speaker.send(method, path, &[], body.clone()).await;
        assert_eq!(reply.status.as_u16(), 501, "{path}: {}", reply.text);
        let job = reply.json();
        assert_eq!(job["state"], "FAILED", "{job:#}");
        assert!(text(&job["statusMessage"]).contains(reason), "{path}: {job:#}");
        assert_eq!(self.all().await, before, "{path} has changed something");
        assert_eq!(self.changes.load(Ordering::Relaxed), 0, "{path}: the cloud was asked");
    }
}

fn offered(resource: &Value, operation: &str) -> bool {
    let offers = resource["operations"].as_array().cloned().unwrap_or_default();
    let is = |offer: &Value| {
        let rel = offer["rel"].as_str().unwrap_or_default();
        rel == operation || rel.rsplit('/').next() == Some(operation)
    };
    offers.iter().any(is)
}

async fn check(face: Edition, cloud: Edition) {
    let stage = Stage::new(face, cloud).await;
    let post = Method::POST;
    let machine = stage.one("machines", "web-1").await;
    let id = text(&machine["id"]);
    assert!(offered(&machine, "stop"), "others are: {machine:#}");

    let ask = |operation: &str| {
        let action = stage.action;
        json!({ "resourceURI": action.replace("/action/", "/Action"), "action": format!("{action}{operation}") })
    };
    for operation in ["pause", "capture", "snapshot", "edit"] {
        assert!(!offered(&machine, operation), "{operation}: {machine:#}");
    }
    stage
        .refuses(&format!("{id}/pause"), post.clone(), &ask("pause"), "less: this cloud does not offer pause")
        .await;
    let named = json!({ "name": "other" });
    let edit = format!("{id}?$select=name");
    stage.refuses(&edit, Method::PUT, &named, "less: this cloud does not offer edit").await;

    // An image is made where the machine is, or nowhere.
    let no_images = "less: it creates no MachineImage";
    stage.refuses(&format!("{id}/capture"), post.clone(), &ask("capture"), no_images).await;
    stage.refuses(&format!("{id}/snapshot"), post.clone(), &ask("snapshot"), no_images).await;
    let image = json!({ "name": "of-web-1", "type": "IMAGE", "imageLocation": id });
    stage.refuses("machineImages", post.clone(), &image, no_images).await;

    let disks = text(&machine["disks"]["href"]);
    let shown = stage.speaker.get(&disks).await.expect(200).json();
    assert!(!offered(&shown, "add"), "{shown:#}");
    let disk = json!({ "capacity": 5000, "initialLocation": "/dev/vdz" });
    stage.refuses(&disks, post.clone(), &disk, "less: this cloud does not offer to add to disks").await;

    // The other cloud could: it is not what was asked for.
    let config = text(&stage.speaker.named("volumeConfigs", "standard").await["id"]);
    let volume = json!({
        "name": "here", "account": "less", "volumeTemplate": { "volumeConfig": { "href": config } },
    });
    stage.refuses("volumes", post.clone(), &volume, "less: it creates no Volume").await;
    let (kind, what) = match face {
        Edition::V1 => ("networkPorts", "NetworkPort"),
        Edition::V2 => ("interfaces", "NetworkInterface"),
    };
    // No cloud has those of the other edition, nor the one that lacks them.
    if face == cloud {
        let shown = stage.speaker.get(kind).await.expect(200).json();
        assert!(!offered(&shown, "add"), "{shown:#}");
        let mut request = json!({ "name": "nowhere" });
        let template = format!("{}Template", what[..1].to_lowercase() + &what[1..]);
        request[template.as_str()] = json!({});
        stage.refuses(kind, post, &request, &format!("no cloud can create this {what}")).await;
    }
    let after = stage.speaker.get(&id).await.expect(200).json();
    assert_eq!((&after, &after["state"]), (&machine, &json!("STARTED")));
}

#[tokio::test]
async fn what_a_cloud_cannot_do_is_not_offered_and_refused_with_the_reason() {
    for face in Edition::ALL {
        for cloud in Edition::ALL {
            check(face, cloud).await;
        }
    }
}
