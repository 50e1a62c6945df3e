//! A manager over mock clouds, and somebody who speaks JSON to it.

use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mock_cloud::sim::Timing;
use mock_cloud::{Clock, Edition, MockCloud};
use multicloud::config::Config;
use multicloud::running::{self, Running};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// How long anything may take that is waited for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A reply.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

/// Somebody who speaks CIMI in JSON, with plain HTTP.
#[derive(Clone)]
pub(crate) struct Speaker {
    pub(crate) http: reqwest::Client,
    pub(crate) base: String,
}

/// What moves a clock on that runs with the machine's.
#[derive(Clone, Default)]
pub(crate) struct Hands(Arc<AtomicU64>);

impl Hands {
    /// The clock.
    pub(crate) fn clock(&self) -> multicloud::clock::Clock {
        let (hands, machine) = (self.clone(), multicloud::clock::Clock::system());
        let moved = move || Duration::from_millis(hands.0.load(Ordering::Relaxed));
        multicloud::clock::Clock::from_fn(move || machine.now() + moved())
    }

    /// Moves it on.
    pub(crate) fn on(&self, by: Duration) {
        self.0.fetch_add(u64::try_from(by.as_millis()).unwrap(), Ordering::Relaxed);
    }
}

/// A cloud whose operations are complete at once.
pub(crate) async fn instant(edition: Edition) -> mock_cloud::Running {
    MockCloud::builder().edition(edition).timing(Timing::instant()).start().await.unwrap()
}

/// A cloud that is complete at once, and how many requests it has had.
pub(crate) async fn counted() -> (mock_cloud::Running, Arc<AtomicU64>) {
    let count = Arc::new(AtomicU64::new(0));
    let counter = count.clone();
    let front = move |router: axum::Router| {
        let counter = counter.clone();
        router.layer(axum::middleware::from_fn(
            move |request: axum::extract::Request, next: axum::middleware::Next| {
                counter.fetch_add(1, Ordering::Relaxed);
                next.run(request)
            },
        ))
    };
    let cloud = MockCloud::builder().timing(Timing::instant()).front(front).start().await.unwrap();
    (cloud, count)
}

/// What a cloud was asked for, in turn.
#[derive(Clone, Default)]
pub(crate) struct Overheard(Arc<Mutex<Vec<(Method, String)>>>);

impl Overheard {
    /// How many requests of a method there were to a path that ends so.
    pub(crate) fn count(&self, method: &Method, end: &str) -> usize {
        self.0.lock().unwrap().iter().filter(|(was, path)| was == method && path.ends_with(end)).count()
    }

    /// How many requests there were that change something.
    pub(crate) fn changes(&self) -> usize {
        self.0.lock().unwrap().iter().filter(|(method, _)| *method != Method::GET).count()
    }
}

/// A cloud that somebody listens to.
pub(crate) async fn overheard(builder: mock_cloud::Builder) -> (mock_cloud::Running, Overheard) {
    let overheard = Overheard::default();
    let listener = overheard.clone();
    let front = move |router: axum::Router| {
        let listener = listener.clone();
        router.layer(axum::middleware::from_fn(
            move |request: axum::extract::Request, next: axum::middleware::Next| {
                let asked = (request.method().clone(), request.uri().path().to_owned());
                listener.0.lock().unwrap().push(asked);
                next.run(request)
            },
        ))
    };
    (builder.front(front).start().await.unwrap(), overheard)
}

/// A cloud where nothing moves before a test says so.
pub(crate) async fn frozen(edition: Edition) -> mock_cloud::Running {
    MockCloud::builder().edition(edition).clock(Clock::virtual_clock()).start().await.unwrap()
}

/// The same cloud, grown anew where another one was.
pub(crate) async fn again(edition: Edition, base: &str) -> mock_cloud::Running {
    let address: SocketAddr = base.trim_start_matches("http://").split('/').next().unwrap().parse().unwrap();
    MockCloud::builder().edition(edition).timing(Timing::instant()).address(address).start().await.unwrap()
}

/// An account in a configuration.
pub(crate) fn account(name: &str, endpoint: &str, more: &str) -> String {
    format!("[[account]]\nname = \"{name}\"\nendpoint = \"{endpoint}\"\n{more}\n")
}

/// A manager with this configuration, files relative to a folder.
pub(crate) async fn manager_in(folder: &Path, text: &str) -> Running {
    let config = Config::parse("manager.toml", text, folder).unwrap();
    running::start(config, multicloud::clock::Clock::system()).await.unwrap()
}

/// The same, with a clock of its own.
pub(crate) async fn manager_by(clock: &Hands, folder: &Path, text: &str) -> Running {
    let config = Config::parse("manager.toml", text, folder).unwrap();
    running::start(config, clock.clock()).await.unwrap()
}

/// A manager with this configuration that keeps nothing.
pub(crate) async fn manager(text: &str) -> Running {
    manager_in(Path::new("."), text).await
}

/// A manager of a V2 and a V1 cloud, called `new` and `old`, cheap and dear.
pub(crate) async fn of_both(new: &mock_cloud::Running, old: &mock_cloud::Running) -> Running {
    let new = account("new", new.base_uri(), "price = 1\nlocation = \"FR\"");
    let old = account("old", old.base_uri(), "price = 2\nlocation = \"NO\"");
    manager(&format!("refresh-seconds = 1\n[placement]\norder-by = \"price\"\n{new}{old}")).await
}

/// Asks until there is an answer.
pub(crate) async fn eventually<T, F: Future<Output = Option<T>>>(
    what: &str,
    mut ask: impl FnMut() -> F,
) -> T {
    let asking = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, asking).await.unwrap_or_else(|_| panic!("{what} did not come about"))
}

impl Reply {
    /// The body.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// A header, empty if it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// This reply if its status is as expected.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }
}

impl Speaker {
    /// Speaks to whoever is there.
    pub(crate) fn to(base: &str) -> Self {
        // Fails only if it was done before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { http: reqwest::Client::new(), base: base.to_owned() }
    }

    /// A request, to a path behind the base URI or to an absolute URI.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Reply {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base) };
        let mut request = self.http.request(method, url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        Reply { status, headers, text: response.text().await.unwrap() }
    }

    /// The same with these headers in every request: who asks, and for which tenant.
    pub(crate) fn with(&self, headers: &[(&'static str, String)]) -> Self {
        let mut all = reqwest::header::HeaderMap::new();
        for (name, value) in headers {
            all.insert(*name, value.parse().unwrap());
        }
        let http = reqwest::Client::builder().default_headers(all).build().unwrap();
        Self { http, base: self.base.clone() }
    }

    /// The same as a user.
    pub(crate) fn user(&self, name: &str, password: &str) -> Self {
        self.with(&[("authorization", basic(name, password))])
    }

    /// The same, speaking to another face.
    pub(crate) fn at(&self, base: impl Into<String>) -> Self {
        Self { http: self.http.clone(), base: base.into() }
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.ask(Method::GET, path, &[("Accept", "application/json")], None).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Reply {
        self.send(Method::PATCH, path, &[], body).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.ask(Method::DELETE, path, &[("Accept", "application/json")], None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.send(Method::POST, path, &[], body).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Reply {
        self.send(Method::PUT, path, &[], body).await
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Value,
    ) -> Reply {
        let mut all = vec![("Accept", "application/json"), ("Content-Type", "application/json")];
        all.extend_from_slice(headers);
        self.ask(method, path, &all, Some(body.to_string())).await
    }

    /// The members of a collection.
    pub(crate) async fn members(&self, path: &str) -> Vec<Value> {
        let collection = self.get(path).await.expect(200).json();
        let members = collection.as_object().unwrap().values().filter_map(Value::as_array);
        let members = members.filter(|items| items.iter().any(|item| item.get("id").is_some()));
        let members: Vec<Value> = members.flatten().cloned().collect();
        assert_eq!(collection["count"], json!(members.len()), "{path}");
        members
    }

    /// The member of a collection that has a name.
    pub(crate) async fn named(&self, path: &str, name: &str) -> Value {
        let members = self.members(path).await;
        let found = members.iter().find(|member| member["name"] == name).cloned();
        found.unwrap_or_else(|| panic!("{path} has no {name}: {members:#?}"))
    }

    /// Creates a machine of the small configuration and the linux image.
    pub(crate) async fn create_machine(&self, name: &str) -> Reply {
        let template = json!({
            "machineConfig": { "href": text(&self.named("machineConfigs", "small").await["id"]) },
            "machineImage": { "href": text(&self.named("machineImages", "linux").await["id"]) },
        });
        self.post("machines", json!({ "name": name, "machineTemplate": template })).await
    }

    /// Waits until the job of a reply has ended.
    pub(crate) async fn settle(&self, reply: &Reply) -> Value {
        let job = reply.header("cimi-job-uri").to_owned();
        assert_ne!(job, "", "there is a job: {reply:?}");
        eventually("the end of a job", || async {
            let job = self.get(&job).await.expect(200).json();
            let ended = matches!(job["state"].as_str(), Some("SUCCESS" | "FAILED" | "STOPPED"));
            ended.then_some(job)
        })
        .await
    }

    /// The same, by a clock that is moved on while it is waited for.
    pub(crate) async fn settle_by(&self, hands: &Hands, reply: &Reply) -> Value {
        let job = reply.header("cimi-job-uri").to_owned();
        eventually("the end of a job", || async {
            hands.on(Duration::from_millis(500));
            let job = self.get(&job).await.expect(200).json();
            let ended = matches!(job["state"].as_str(), Some("SUCCESS" | "FAILED" | "STOPPED"));
            ended.then_some(job)
        })
        .await
    }

    /// Performs an operation that a resource offers.
    pub(crate) async fn act(&self, id: &str, operation: &str) -> Reply {
        let resource = self.get(id).await.expect(200).json();
        let action = format!("http://schemas.dmtf.org/cimi/2/action/{operation}");
        let offers = resource["operations"].as_array().cloned().unwrap_or_default();
        let offer = offers.iter().find(|offer| offer["rel"] == action.as_str());
        let href = text(&offer.unwrap_or_else(|| panic!("{operation} is not offered: {resource:#}"))["href"]);
        let resource_uri = "http://schemas.dmtf.org/cimi/2/Action";
        self.post(&href, json!({ "resourceURI": resource_uri, "action": action })).await
    }

    /// Waits for a state.
    pub(crate) async fn in_state(&self, id: &str, state: &str) -> Value {
        eventually(state, || async {
            let resource = self.get(id).await.expect(200).json();
            (resource["state"] == state).then_some(resource)
        })
        .await
    }
}

/// A text, owned.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// The names of resources, sorted.
pub(crate) fn names(resources: &[Value]) -> Vec<&str> {
    let mut names: Vec<&str> = resources.iter().filter_map(|resource| resource["name"].as_str()).collect();
    names.sort_unstable();
    names
}

/// The path of a URI behind `/cimi/`.
pub(crate) fn path(uri: &Value) -> String {
    text(uri).split_once("/cimi/").unwrap().1.to_owned()
}

/// What a user with a password shows.
pub(crate) fn basic(name: &str, password: &str) -> String {
    use base64::Engine as _;
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{name}:{password}")))
}
