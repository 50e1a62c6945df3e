//! Requests that show a cloud from every side, found by asking a right one: for the deviations to be compared with.
//!
//! A scene is played on a cloud of its own. There is one for reading, one for queries, one for what is odd, and one for
//! the life of each type that is served; a type that the cloud comes to serve joins by itself.

mod asking;
mod living;

use std::collections::BTreeSet;

use axum::Router;
use axum::body::{Body, to_bytes};
use cimi::Edition;
use cimi::model::registry;
use http::Request;
use mock_cloud::deviation::Deviation;
use mock_cloud::{Clock, ClockHandle, MockCloud, Seed};
use serde_json::Value;
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

const HOST: &str = "http://mock.invalid";
const JSON: &str = "application/json";
const XML: &str = "application/xml";

/// A cloud that lets in who may only read.
const USERS: &str = r#"
    [[users]]
    name = "reader"
    token = "r"
    role = "read"
    [[machineConfigs]]
    cpu = 1
    memory = 1
"#;

/// Requests, with what a right cloud answers.
pub(crate) struct Scene {
    pub(crate) edition: Edition,
    /// The type whose life it is; empty where it is about all.
    pub(crate) ty: String,
    /// Grown from this; the built-in seed if there is none.
    seed: Option<&'static str>,
    /// Types with their attributes, as right answers show them, and with the operations that were carried out.
    pub(crate) shown: BTreeSet<(String, String)>,
    steps: Vec<(Step, String)>,
}

#[derive(Clone)]
enum Step {
    Ask {
        method: String,
        uri: String,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    },
    /// The next event happens.
    Tick,
    /// Everything under way comes to its end.
    Drain,
}

/// A cloud, and what is asked of it.
struct Player {
    router: Router,
    clock: ClockHandle,
    runtime: Runtime,
}

/// A right cloud of which requests are recorded.
struct Recorder {
    player: Player,
    edition: Edition,
    steps: Vec<(Step, String)>,
    shown: BTreeSet<(String, String)>,
}

/// A reply, read as JSON where it is.
struct Answer {
    status: u16,
    headers: http::HeaderMap,
    body: Value,
}

impl Player {
    fn new(edition: Edition, seed: Option<&str>, deviation: Option<&'static Deviation>) -> Self {
        let mut builder = MockCloud::builder().edition(edition).clock(Clock::virtual_clock());
        if let Some(seed) = seed {
            builder = builder.seed(Seed::new("scene.toml", seed));
        }
        if let Some(deviation) = deviation {
            builder = builder.deviation(deviation);
        }
        let (router, clock) = builder.router().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { router, clock, runtime }
    }

    fn play(&self, step: &Step) -> (String, Option<Answer>) {
        match step {
            Step::Tick => {
                self.clock.step();
            }
            Step::Drain => {
                self.clock.drain();
            }
            Step::Ask { method, uri, headers, body } => {
                let mut request = Request::builder().method(method.as_str()).uri(encode(uri));
                for (name, value) in headers {
                    request = request.header(name, value);
                }
                let request = request.body(Body::from(body.clone())).unwrap();
                return self.runtime.block_on(self.ask(request));
            }
        }
        (String::new(), None)
    }

    async fn ask(&self, request: Request<Body>) -> (String, Option<Answer>) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        let mut headers: Vec<_> = parts.headers.iter().map(|(n, v)| format!("{n}: {v:?}")).collect();
        headers.sort_unstable();
        headers.retain(|header| !header.starts_with("content-length"));
        let text = format!("{} {headers:?}\n{}", parts.status, String::from_utf8_lossy(&body));
        let body = serde_json::from_slice(&body).unwrap_or_default();
        (text, Some(Answer { status: parts.status.as_u16(), headers: parts.headers, body }))
    }
}

impl Scene {
    /// Whether a right cloud answers the same again.
    pub(crate) fn is_repeatable(&self) -> bool {
        let player = Player::new(self.edition, self.seed, None);
        self.steps.iter().all(|(step, right)| player.play(step).0 == *right)
    }

    /// Plays on a cloud with a deviation; each answer is told to be the same or not, until enough was heard.
    pub(crate) fn compare(&self, deviation: &'static Deviation, mut heard: impl FnMut(bool) -> bool) {
        let player = Player::new(self.edition, self.seed, Some(deviation));
        for (step, right) in &self.steps {
            let (text, answer) = player.play(step);
            if answer.is_some() && heard(text == *right) {
                return;
            }
        }
    }
}

/// The scenes of an edition.
pub(crate) fn scenes(edition: Edition) -> Vec<Scene> {
    let mut reading = Recorder::new(edition, None);
    let collections = reading.collections();
    let mut all = Vec::new();
    let mut scene = |ty: &str, seed: Option<&'static str>, act: &dyn Fn(&mut Recorder)| {
        let mut recorder = Recorder::new(edition, seed);
        act(&mut recorder);
        let Recorder { steps, shown, .. } = recorder;
        all.push(Scene { edition, ty: ty.to_owned(), seed, shown, steps });
    };
    scene("", None, &|recorder| recorder.read_all(&collections));
    scene("", None, &Recorder::queries);
    scene("", None, &Recorder::oddities);
    scene("", Some(USERS), &Recorder::users);
    scene("Machine", None, &Recorder::machines);
    for (attribute, uri) in &collections {
        let ty = reading.member_type(uri);
        scene(&ty, None, &|recorder| recorder.life(attribute, uri, &ty));
    }
    all
}

impl Recorder {
    fn new(edition: Edition, seed: Option<&str>) -> Self {
        Self { player: Player::new(edition, seed, None), edition, steps: Vec::new(), shown: BTreeSet::new() }
    }

    fn ask(&mut self, method: &str, uri: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let path = uri.strip_prefix(HOST).unwrap_or(uri);
        let uri = if path.starts_with('/') { path.to_owned() } else { format!("/cimi/{path}") };
        let headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let step = Step::Ask { method: method.to_owned(), uri, headers, body: body.to_vec() };
        let (text, answer) = self.player.play(&step);
        self.steps.push((step, text));
        let answer = answer.unwrap();
        shown(&answer.body, &mut self.shown);
        answer
    }

    fn wait(&mut self, step: Step) {
        self.player.play(&step);
        self.steps.push((step, String::new()));
    }

    fn get(&mut self, uri: &str) -> Value {
        self.ask("GET", uri, &[("accept", JSON)], b"").body
    }

    fn get_twice(&mut self, uri: &str) -> Value {
        self.ask("GET", uri, &[("accept", XML)], b"");
        self.get(uri)
    }

    fn send(&mut self, method: &str, uri: &str, body: &Value) -> Answer {
        let body = body.to_string();
        let answer = self.ask(method, uri, &[("accept", JSON), ("content-type", JSON)], body.as_bytes());
        if method == "POST" && answer.status < 300 {
            self.carried_out(uri);
        }
        answer
    }

    /// What was asked for at the URI of an operation is one that this cloud has.
    fn carried_out(&mut self, uri: &str) {
        let path = uri.strip_prefix(HOST).unwrap_or(uri);
        let Some((resource, operation)) = path.rsplit_once('/') else { return };
        let resource =
            if resource.starts_with('/') { resource.to_owned() } else { format!("/cimi/{resource}") };
        let resource = self.get(&resource);
        let Some(ty) = type_of(&resource) else { return };
        let member = registry(self.edition).get(&ty).and_then(cimi::model::Schema::members);
        let ty = member.map_or(ty, |(_, member, _)| member.name().to_owned());
        self.shown.insert((ty, operation.to_owned()));
    }

    /// The collections of the Cloud Entry Point.
    fn collections(&mut self) -> Vec<(String, String)> {
        let entry = self.get("/cimi/");
        let links = entry.as_object().unwrap().iter();
        links.filter_map(|(name, link)| Some((name.clone(), link["href"].as_str()?.to_owned()))).collect()
    }

    fn member_type(&mut self, uri: &str) -> String {
        let ty = type_of(&self.get(uri)).unwrap_or_default();
        let member = registry(self.edition).get(&ty).and_then(cimi::model::Schema::members);
        member.map_or(String::new(), |(_, member, _)| member.name().to_owned())
    }

    fn read_all(&mut self, collections: &[(String, String)]) {
        self.get_twice("");
        for (_, uri) in collections {
            let collection = self.get_twice(uri);
            for member in members(&collection).iter().take(2) {
                self.read(member["id"].as_str().unwrap(), 0);
            }
        }
    }

    /// A resource, and what is in it.
    fn read(&mut self, uri: &str, depth: usize) {
        let resource = self.get_twice(uri);
        for (name, value) in resource.as_object().into_iter().flatten() {
            let Some(inner) = value["href"].as_str() else { continue };
            if depth < 2 && inner.ends_with(&format!("/{name}")) && inner.starts_with(uri) {
                let collection = self.get_twice(inner);
                for member in members(&collection).iter().take(1) {
                    self.read(member["id"].as_str().unwrap_or(inner), depth + 1);
                }
            }
        }
    }
}

/// The names in every resource of a reply.
fn shown(value: &Value, all: &mut BTreeSet<(String, String)>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| shown(item, all)),
        Value::Object(object) => {
            if let Some(ty) = type_of(value) {
                all.insert((ty.clone(), String::new()));
                all.extend(object.keys().map(|name| (ty.clone(), name.to_owned())));
            }
            object.values().for_each(|inner| shown(inner, all));
        }
        _ => {}
    }
}

/// The members of a Collection.
fn members(collection: &Value) -> &[Value] {
    let lists = collection.as_object().into_iter().flatten();
    let list = lists.filter(|(name, _)| *name != "operations").find_map(|(_, value)| value.as_array());
    list.map_or(&[], Vec::as_slice)
}

fn type_of(resource: &Value) -> Option<String> {
    Some(resource["resourceURI"].as_str()?.rsplit('/').next()?.to_owned())
}

fn id(resource: &Value) -> Option<String> {
    resource["id"].as_str().map(str::to_owned)
}

/// What people write in queries and URIs do not have.
fn encode(path: &str) -> String {
    [(" ", "%20"), ("'", "%27"), (">", "%3E"), ("<", "%3C"), ("\"", "%22")]
        .iter()
        .fold(path.to_owned(), |path, (from, to)| path.replace(from, to))
}
