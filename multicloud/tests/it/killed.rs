//! The program is killed without warning while it makes machines, again and again, and started on the same store: nothing is
//! lost, nothing is there twice, every Job comes to an end. `crash` dies at every step within the program; here all of it goes.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use mock_cloud::{Edition, MockCloud};
use reqwest::Method;
use serde_json::json;
use tokio::sync::Notify;

use crate::support::{PATIENCE, Speaker, account, eventually, path};

/// Whoever asks for machines at the same time.
const CONSUMERS: usize = 3;

/// Arrivals and answers of changes, and of looks at jobs, after which it dies at the latest, once it is there.
const MOST: i64 = 40;

/// Counts what is asked of the clouds down to the moment at which the program dies.
struct Fuse {
    left: AtomicI64,
    blown: Notify,
}

impl Fuse {
    fn step(&self) {
        if self.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.blown.notify_one();
        }
    }
}

/// What a consumer was told of: the machine, its job.
type Told = BTreeMap<String, (String, String)>;

/// A cloud that takes its time, whose requests burn a fuse: when they come, and when they are answered.
async fn cloud(edition: Edition, fuse: &Arc<Fuse>) -> mock_cloud::Running {
    let fuse = fuse.clone();
    let front = move |router: axum::Router| {
        let fuse = fuse.clone();
        router.layer(axum::middleware::from_fn(
            move |request: axum::extract::Request, next: axum::middleware::Next| {
                let fuse = fuse.clone();
                // Not what the manager reads at its start: it would never come to make anything where all is slow.
                let burns = request.method() != Method::GET || request.uri().path().contains("/jobs/");
                async move {
                    if burns {
                        fuse.step();
                    }
                    let response = next.run(request).await;
                    if burns {
                        fuse.step();
                    }
                    response
                }
            },
        ))
    };
    MockCloud::builder().edition(edition).speed(200.0).front(front).start().await.unwrap()
}

/// The program. Dropped, it is killed without warning.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        // It may be dead already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The program, and where it is.
async fn start(config: &Path) -> (Program, Speaker) {
    let config = config.to_owned();
    let started = tokio::task::spawn_blocking(move || {
        let mut program = Command::new(env!("CARGO_BIN_EXE_cimi-manager"));
        let mut child =
            program.arg("--config").arg(config).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        (Program(child), line.trim().to_owned())
    });
    let (program, base) = started.await.unwrap();
    (program, Speaker::to(&base))
}

/// Asks for machines, one after the other, until nobody answers. What was told of them.
async fn consume(speaker: Speaker, life: u64, consumer: usize) -> Told {
    let mut told = Told::new();
    for number in 0.. {
        let name = format!("m-{life}-{consumer}-{number}");
        let template = json!({ "machineConfig": { "cpu": 1, "memory": 1_048_576 } });
        let request = speaker.http.post(format!("{}machines", speaker.base));
        let request = request.header("Accept", "application/json").header("Content-Type", "application/json");
        let body = json!({ "name": name, "machineTemplate": template }).to_string();
        let Ok(reply) = request.body(body).send().await else { break };
        if reply.status().is_success() {
            let header = |name: &str| path(&json!(reply.headers()[name].to_str().unwrap()));
            told.insert(name, (header("location"), header("cimi-job-uri")));
        }
    }
    told
}

/// Deaths that are wanted (`CIMI_KILLS`): each is a start of the program, so they are fewer than those within one.
fn wanted() -> u64 {
    std::env::var("CIMI_KILLS").ok().and_then(|number| number.parse().ok()).unwrap_or(12)
}

/// How often each name is there that this test has given.
async fn counted(speaker: &Speaker) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for machine in speaker.members("machines").await {
        if let Some(name) = machine["name"].as_str().filter(|name| name.starts_with("m-")) {
            *counts.entry(name.to_owned()).or_default() += 1;
        }
    }
    counts
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_there_twice_however_often_it_is_killed() {
    let fuse = Arc::new(Fuse { left: AtomicI64::new(i64::MAX), blown: Notify::new() });
    let clouds = [cloud(Edition::V2, &fuse).await, cloud(Edition::V1, &fuse).await];
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("manager.toml");
    // What never arrived is waited for as long as a request may take, and some seconds.
    let deadline = "deadline-seconds = 1";
    let accounts =
        [account("new", clouds[0].base_uri(), deadline), account("old", clouds[1].base_uri(), deadline)];
    let spread = "[placement]\norder-by = \"machines\"\n";
    let text = format!("store = \"manager.sqlite\"\nrefresh-seconds = 1\n{spread}{}", accounts.concat());
    std::fs::write(&config, text).unwrap();

    let mut told = Told::new();
    let mut chance = fastrand::Rng::with_seed(20_261_127);
    for life in 0..wanted() {
        let (program, speaker) = start(&config).await;
        fuse.left.store(chance.i64(1..MOST), Ordering::SeqCst);
        let consumers = (0..CONSUMERS).map(|at| tokio::spawn(consume(speaker.clone(), life, at)));
        let consumers: Vec<_> = consumers.collect();
        tokio::time::timeout(PATIENCE, fuse.blown.notified()).await.expect("requests go on");
        // On Unix, SIGKILL.
        drop(program);
        for consumer in consumers {
            told.extend(consumer.await.unwrap());
        }
    }

    let (_program, speaker) = start(&config).await;
    eventually("the end of every job", || async {
        let jobs = speaker.members("jobs").await;
        jobs.iter().all(|job| matches!(job["state"].as_str(), Some("SUCCESS" | "FAILED"))).then_some(())
    })
    .await;
    let mut there = BTreeMap::new();
    for cloud in &clouds {
        for (name, count) in counted(&Speaker::to(cloud.base_uri())).await {
            *there.entry(name).or_default() += count;
        }
    }
    assert!(there.values().all(|count| *count == 1), "something is there twice: {there:#?}");
    eventually("the same in the manager", || async { (counted(&speaker).await == there).then_some(()) })
        .await;
    assert!(!there.is_empty() && !told.is_empty());
    for (name, (machine, job)) in &told {
        let job = speaker.get(job).await.expect(200).json();
        let machine = speaker.get(machine).await;
        assert_eq!(job["state"] == "SUCCESS", there.contains_key(name), "{name}: {job:#}");
        assert_eq!(machine.status == 200, there.contains_key(name), "{name}: {}", machine.text);
    }
}
