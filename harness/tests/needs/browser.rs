//! The HTML report in a real browser: its script runs under its own content security policy, adds the tools, filters,
//! and opens what a link leads to; nothing that an endpoint sent becomes an element.

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use libtest_mimic::{Failed, Trial};

use crate::component::{self, Component};

const CHROMIUM: Component = Component {
    what: "Chromium or Chrome",
    remedy: "install the package `chromium`",
    find: || component::program(&["chromium", "chromium-browser", "google-chrome"]),
};

/// Longest that a browser may take: it starts in a second or two.
const PATIENCE: Duration = Duration::from_secs(90);

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        CHROMIUM.trial("browser::the_script_runs_and_adds_its_tools", |browser| {
            check(browser, "", |page| {
                page.has("data-ready=\"yes\"")?;
                page.has("<div class=\"tools\">")?;
                page.count("class=\"copy\"", page.text.matches("class=\"command\"").count())
            })
        }),
        CHROMIUM.trial("browser::what_an_endpoint_sent_stays_text", |browser| {
            check(browser, "", |page| {
                page.count("<script", 1)?;
                page.count("<em>", 0)?;
                page.has("&lt;script&gt;alert(1)&lt;/script&gt;")
            })
        }),
        CHROMIUM.trial("browser::a_search_hides_the_rest", |browser| {
            check(browser, "?q=4.1.6.1/filter-applied", |page| {
                page.has("2 of 9")?;
                page.count("class=\"entry\"", 9)?;
                let hidden = page.entries().filter(|entry| entry.contains(" hidden=\"\"")).count();
                page.same("hidden entries", hidden, 7)
            })
        }),
        CHROMIUM.trial("browser::a_search_finds_statements_and_opens_their_clauses", |browser| {
            check(browser, "?q=4.1.6.1/filter-applied", |page| {
                let shown = page.leaves().filter(|leaf| !leaf.contains(" hidden=\"\"")).count();
                page.same("statements shown", shown, 1)?;
                page.has("1 of 17")?;
                page.has("<details class=\"branch\" open=\"\"><summary><span class=\"no\">4.1.6.1</span>")
            })
        }),
        CHROMIUM.trial("browser::a_link_to_a_statement_opens_it", |browser| {
            check(browser, "#s-4.1.1--client-tolerates-more", |page| {
                let open: Vec<_> = page.leaves().filter(|leaf| leaf.contains(" open=\"\"")).collect();
                page.same("open statements", open.len(), 1)?;
                page.has("<details class=\"branch\" open=\"\"><summary><span class=\"no\">4.1.1</span>")
            })
        }),
        CHROMIUM.trial("browser::a_link_opens_its_target", |browser| {
            check(browser, "#v0", |page| {
                let open: Vec<_> = page.entries().filter(|entry| entry.contains(" open=\"\"")).collect();
                page.same("open entries", open.len(), 1)?;
                page.same(
                    "of which the first",
                    open.iter().filter(|entry| entry.contains("id=\"v0\"")).count(),
                    1,
                )
            })
        }),
    ]
}

/// What the browser made of the report.
struct Page {
    text: String,
}

impl Page {
    /// The opening tags of the findings.
    fn entries(&self) -> impl Iterator<Item = &str> {
        self.details("class=\"entry\"")
    }

    /// The opening tags of the statements.
    fn leaves(&self) -> impl Iterator<Item = &str> {
        self.details("class=\"leaf\"")
    }

    fn details(&self, class: &'static str) -> impl Iterator<Item = &str> {
        let tags = self.text.split("<details ").skip(1).filter_map(|rest| rest.split('>').next());
        tags.filter(move |tag| tag.contains(class))
    }

    fn has(&self, part: &str) -> Result<(), Failed> {
        if self.text.contains(part) { Ok(()) } else { Err(format!("the page has no `{part}`").into()) }
    }

    fn count(&self, part: &str, expected: usize) -> Result<(), Failed> {
        self.same(part, self.text.matches(part).count(), expected)
    }

    fn same(&self, what: &str, got: usize, expected: usize) -> Result<(), Failed> {
        if got == expected {
            return Ok(());
        }
        Err(format!("{what}: expected {expected}, got {got} in a page of {} bytes", self.text.len()).into())
    }
}

/// Opens the report of the sample in the browser, and looks at the page once its script has run.
fn check(
    browser: &Path,
    address: &str,
    look: impl FnOnce(&Page) -> Result<(), Failed>,
) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    fs::write(
        folder.path().join(harness::report::STREAM_FILE),
        include_str!("../../../fixtures/events/sample.ndjson"),
    )?;
    harness::report::write_all(folder.path()).map_err(|error| error.to_string())?;
    let report = folder.path().join("report.html");
    let profile = folder.path().join("profile");
    // Without its sandbox it also starts for root, as in a container; the page is ours.
    let child = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args([
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--dump-dom",
        ])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("file://{}{address}", report.display()))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    look(&Page { text: output(child)? })
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
