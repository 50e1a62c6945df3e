//! Runs that end before their time, run into limits, or fail of themselves: what they made is taken away.

use std::collections::BTreeSet;
use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use harness::engine::{self, Caps, Settings};
use harness::event::{Company, Event, Format, Micros, Outcome, Sink, Verdict};
use harness::exit::ExitCode;
use harness::http::{Endpoint, Limits};
use harness::profile::Selection;
use harness::suite::Suite;
use mock_cloud::fault::read_toml;
use mock_cloud::{Builder, MockCloud, Running};

use super::{holdings, judged, said, words};

/// What a run comes to, heard as it goes.
#[derive(Default)]
struct State {
    verdicts: Vec<Verdict>,
    present: BTreeSet<String>,
    most: usize,
    made: usize,
    statuses: Vec<u16>,
    begun: Vec<Micros>,
}

/// Hears a run, and may interfere when something was made.
#[derive(Clone)]
struct Ear {
    state: Arc<Mutex<State>>,
    on_made: Arc<dyn Fn(usize) + Send + Sync>,
}

impl Sink for Ear {
    fn take(&mut self, event: &Event) -> io::Result<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Verdict(verdict) => state.verdicts.push((**verdict).clone()),
            Event::Exchange(exchange) => {
                state.statuses.extend(exchange.response.as_ref().map(|r| r.status));
                state.begun.push(exchange.started);
            }
            // What a cloud makes of its own accord is not counted.
            Event::Made(made) if made.kind != "resource" => {
                state.made += 1;
                state.present.insert(made.url.clone());
                state.most = state.most.max(state.present.len());
                let number = state.made;
                drop(state);
                (self.on_made)(number);
            }
            Event::Gone(gone) => {
                state.present.remove(&gone.url);
            }
            _ => {}
        }
        Ok(())
    }
}

fn settings(only: &[&str]) -> Settings {
    let only = only.iter().map(|pattern| (*pattern).to_owned()).collect();
    let all = Settings::new("20260102-030405-678", jiff::Timestamp::UNIX_EPOCH);
    let selection = Selection { only, ..Selection::everything() };
    Settings { selection, formats: vec![Format::Json], ..all }
}

const MAKING: [&str; 2] = ["machine.lifecycle.*", "volume.create.*"];

/// Runs cases at a cloud, which then must hold what it held before; what was heard.
async fn check(cloud: Builder, settings: Settings, on_made: impl Fn(usize) + Send + Sync + 'static) -> State {
    let cloud: Running = cloud.speed(100.0).start().await.expect("it starts");
    let before = holdings(&cloud).await;
    let ear = Ear { state: Arc::default(), on_made: Arc::new(on_made) };
    let suite = Arc::new(Suite::embedded().expect("it is whole"));
    let endpoint = Endpoint::open("cloud", cloud.base_uri().parse().expect("it is a URL"));
    engine::run(vec![endpoint], suite, settings, Box::new(ear.clone())).await.expect("it can be made");
    assert_eq!(holdings(&cloud).await, before);
    std::mem::take(&mut *ear.state.lock().unwrap_or_else(PoisonError::into_inner))
}

fn count(state: &State, outcome: Outcome) -> usize {
    state.verdicts.iter().filter(|verdict| verdict.outcome == outcome).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_and_a_deadline_end_a_run_tidily() {
    let told = settings(&MAKING);
    let stop = told.stop.clone();
    let state = check(MockCloud::builder(), told, move |number| {
        if number == 3 {
            stop.ask("a signal (Ctrl-C)");
        }
    })
    .await;
    assert!(count(&state, Outcome::Blocked) > 3, "what did not run is blocked");
    let late = Settings { within: Some(Duration::from_millis(1)), ..settings(&MAKING) };
    let state = check(MockCloud::builder(), late, |_| {}).await;
    let over = |verdict: &Verdict| verdict.reason.as_ref().is_some_and(|r| r.text.contains("--max-minutes"));
    assert!(state.verdicts.iter().any(over));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_of_ours_is_an_error_and_leaves_nothing() {
    let panicking = |number| assert_ne!(number, 2, "on purpose");
    let state = check(MockCloud::builder(), settings(&MAKING), panicking).await;
    let errors: Vec<_> = state.verdicts.iter().filter(|verdict| verdict.outcome == Outcome::Error).collect();
    assert_eq!(errors.len(), 1);
    let reason = errors[0].reason.as_ref().map(|reason| reason.text.as_str()).unwrap_or_default();
    assert!(reason.starts_with("the judge panicked"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn caps_are_never_passed() {
    let caps = Caps { at_once: Some(2), in_all: Some(9), serial: BTreeSet::from(["Volume".to_owned()]) };
    let state = check(MockCloud::builder(), Settings { caps, ..settings(&MAKING) }, |_| {}).await;
    assert!((1..=2).contains(&state.most), "{} at once", state.most);
    assert!((1..=9).contains(&state.made), "{} in all", state.made);
    let told = |words: &str| {
        state.verdicts.iter().any(|v| {
            let reason = v.reason.as_ref().map(|reason| reason.text.as_str()).unwrap_or_default();
            v.outcome == Outcome::NotApplicable && reason.contains(words)
        })
    };
    assert!(told("--max-made allows 9 in all"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_is_kept() {
    let limits = Limits { rate: Some(100.0), ..Limits::default() };
    let state =
        check(MockCloud::builder(), Settings { limits, ..settings(&["query.select.*"]) }, |_| {}).await;
    let mut begun = state.begun;
    begun.sort_unstable();
    assert!(begun.len() > 20, "{} requests", begun.len());
    // Since the run began, when the first may go out.
    let too_soon = begun.iter().enumerate().find(|(n, begun)| begun.0 < *n as u64 * 10_000);
    assert_eq!(too_soon, None);
}

/// Somebody else makes something while a cloud is judged.
async fn check_company(company: Company, expected: ExitCode) {
    let cloud = MockCloud::builder().speed(100.0).start().await.expect("it starts");
    let address = cloud.base_uri().split('/').nth(2).expect("it has a host").to_owned();
    let path = format!("{}machineConfigs", cloud.base_uri());
    let made = move |number| {
        if number == 1 {
            let body = r#"{"resourceURI": "http://schemas.dmtf.org/cimi/2/MachineConfiguration", "name": "theirs", "cpu": 1, "memory": 1024}"#;
            let request = format!(
                "POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
            let mut stream = TcpStream::connect(&address).expect("it listens");
            stream.write_all(request.as_bytes()).expect("it takes it");
            let mut reply = String::new();
            stream.read_to_string(&mut reply).expect("it answers");
            assert!(reply.starts_with("HTTP/1.1 201"), "{reply}");
        }
    };
    let ear = Ear { state: Arc::default(), on_made: Arc::new(made) };
    let suite = Arc::new(Suite::embedded().expect("it is whole"));
    let endpoint = Endpoint::open("cloud", cloud.base_uri().parse().expect("it is a URL"));
    let settings = Settings { company, patience: 0.05, ..settings(&["machine.lifecycle.start-stop"]) };
    let finished = engine::run(vec![endpoint], suite, settings, Box::new(ear)).await.expect("it can be made");
    assert_eq!(finished.code, expected, "{company:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_explains_is_not_green_unless_others_work_there() {
    check_company(Company::Alone, ExitCode::LeftBehind).await;
    check_company(Company::Shared, ExitCode::Conformant).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_cloud_is_asked_again_when_it_says_so() {
    let text = "[[fault]]\nkind = \"Machine\"\noperation = \"create\"\ntimes = 1\neffect = { refuse = { status = 503, retry-after = \"PT1S\" } }\n";
    let faults = read_toml("fault.toml", text).expect("it is right");
    let busy = faults.into_iter().fold(MockCloud::builder(), Builder::fault);
    let state = check(busy, settings(&["machine.lifecycle.start-stop"]), |_| {}).await;
    assert!(state.statuses.contains(&503));
    assert_eq!(count(&state, Outcome::Pass), 1, "{:?}", state.verdicts);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_once_is_flaky() {
    // Closed without a reply, once: the case fails, and holds when it is tried again.
    let text =
        "[[fault]]\nkind = \"Machine\"\noperation = \"start\"\ntimes = 1\neffect = { drop = \"before\" }\n";
    let faults = read_toml("fault.toml", text).expect("it is right");
    let shaky = faults.into_iter().fold(MockCloud::builder(), Builder::fault);
    let again = Settings { retries: 1, ..settings(&["machine.lifecycle.start-stop"]) };
    let state = check(shaky, again, |_| {}).await;
    assert_eq!(count(&state, Outcome::Flaky), 1, "{:?}", state.verdicts);
    assert_eq!(state.made, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_touches_nothing_and_bounds_the_run() {
    let cloud = MockCloud::builder().speed(100.0).start().await.expect("it starts");
    let before = holdings(&cloud).await;
    let options =
        format!("--cep {} --only machine.lifecycle.* --only volume.create.* --format json", cloud.base_uri());
    let output = judged(words(&format!("plan {options} --json"))).await;
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(holdings(&cloud).await, before);
    let plan: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    let machines = plan[0]["kinds"]["Machine"]["in_all"].as_u64().expect("a number");
    let all = plan[0]["made"]["in_all"].as_u64().expect("a number");
    let at_once = plan[0]["made"]["at_once"].as_u64().expect("a number");
    let state = check(MockCloud::builder(), settings(&MAKING), |_| {}).await;
    let made = state.made as u64;
    assert!(made <= all && state.most as u64 <= at_once, "{made} of {all}, {} of {at_once}", state.most);
    assert!(machines > 5 && machines <= all);
    let text = judged(words(&format!("plan {options}"))).await;
    assert!(said(&text).contains("quota needed: Machine"), "{}", said(&text));
}
