//! The status page in a real browser: what there is, what runs and what goes wrong is there to see, without a script; nothing
//! that a client named becomes an element.

use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use libtest_mimic::{Failed, Trial};
use mock_cloud::fault::{Effect, Fault};
use mock_cloud::sim::Request;
use mock_cloud::world::{Fields, Id, Kind};
use mock_cloud::{Clock, MockCloud, Running, Seed};

use crate::component::{self, Component};

const CHROMIUM: Component = Component {
    what: "Chromium or Chrome",
    remedy: "install the package `chromium`",
    find: || component::program(&["chromium", "chromium-browser", "google-chrome"]),
};

/// Longest that a browser may take: it starts in a second or two.
const PATIENCE: Duration = Duration::from_secs(90);

const SEED: &str = r#"
    [capacity]
    machines = 9
    [[tenants]]
    name = "shop"
    quota = { machines = 4 }
    [[tenants.machines]]
    name = "<em>web</em><script>alert(1)</script>"
    cpu = 1
    memory = 2_097_152
    state = "STARTED"
    [[tenants.machines]]
    cpu = 1
    memory = 1
    state = "ERROR"
    [[tenants]]
    name = "research"
"#;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        CHROMIUM.trial("browser::the_page_shows_what_there_is", |browser| {
            check(browser, |page| {
                has(page, "<time>2026-01-01T00:00:00Z</time>")?;
                has(page, "One Job is running")?;
                has(page, "<h2>shop</h2>")?;
                has(page, "<h2>research</h2>")?;
                has(page, "1 STOPPING")?;
                has(page, "1 ERROR")?;
                has(page, "<b>2</b> of 4")?;
                has(page, "2 GiB")?;
                has(page, "<progress max=\"100\" value=\"0\"")?;
                has(page, "<th scope=\"row\">crowded</th>")?;
                has(page, "Capacity of the whole cloud: 9 machines")
            })
        }),
        CHROMIUM.trial("browser::what_a_client_named_stays_text", |browser| {
            check(browser, |page| {
                has(page, "&lt;em&gt;web")?;
                lacks(page, "<em>")?;
                lacks(page, "<script")
            })
        }),
        CHROMIUM.trial("browser::the_style_is_applied_under_its_policy", |browser| {
            // Painted, the page is not one of black on white alone: the border of what is broken is red.
            let cloud = Cloud::new();
            let folder = tempfile::tempdir()?;
            let picture = folder.path().join("page.png");
            let shot = format!("--screenshot={}", picture.display());
            run(browser, &[&shot, "--window-size=1200,1500", cloud.page()])?;
            let size = std::fs::metadata(&picture)?.len();
            if size < 20_000 {
                return Err(format!("a picture of {size} bytes shows no page").into());
            }
            Ok(())
        }),
    ]
}

/// A cloud with something to see.
struct Cloud {
    running: Running,
    _runtime: tokio::runtime::Runtime,
}

impl Cloud {
    fn new() -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let builder = MockCloud::builder()
            .seed(Seed::new("page.toml", SEED))
            .clock(Clock::virtual_clock())
            .fault(Fault::new(Effect::Capacity).named("crowded"))
            .control("127.0.0.1:0".parse().unwrap());
        let running = runtime.block_on(builder.start()).unwrap();
        let id = Id::new(Kind::Machine, 1).unwrap();
        let request = Request::Act { id, operation: "stop".to_owned(), parameters: Fields::new() };
        running.engine().write(|sim| sim.perform(request)).unwrap();
        Self { running, _runtime: runtime }
    }

    fn page(&self) -> &str {
        self.running.control_uri().unwrap()
    }
}

/// Opens the page of a cloud in the browser, and looks at what it made of it.
fn check(browser: &Path, look: impl FnOnce(&str) -> Result<(), Failed>) -> Result<(), Failed> {
    let cloud = Cloud::new();
    look(&run(browser, &["--dump-dom", cloud.page()])?)
}

fn has(page: &str, part: &str) -> Result<(), Failed> {
    if page.contains(part) { Ok(()) } else { Err(format!("the page has no `{part}`:\n{page}").into()) }
}

fn lacks(page: &str, part: &str) -> Result<(), Failed> {
    if page.contains(part) { Err(format!("the page has `{part}`:\n{page}").into()) } else { Ok(()) }
}

fn run(browser: &Path, arguments: &[&str]) -> Result<String, Failed> {
    let profile = tempfile::tempdir()?;
    // Without its sandbox it also starts for root, as in a container; the page is ours.
    let child = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    output(child)
}

/// All that a program says, or its end when it takes too long.
fn output(mut child: Child) -> Result<String, Failed> {
    let mut stdout = child.stdout.take().ok_or("the output is piped")?;
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut text = String::new();
        let read = stdout.read_to_string(&mut text).map(|_| text);
        // The receiver is gone when patience has run out; then nobody asks.
        let _ = sender.send(read);
    });
    let text = receiver.recv_timeout(PATIENCE);
    if text.is_err() {
        child.kill()?;
    }
    child.wait()?;
    Ok(text.map_err(|_| "the browser took too long")??)
}
