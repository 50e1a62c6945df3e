//! What a run leaves is good for another: run again what failed, say what changed, take a failure to a laptop.

use std::collections::BTreeSet;
use std::path::Path;

use clap::Parser as _;
use harness::cli::{self, Asked, Cli, Done};
use harness::exit::ExitCode;
use harness::report;
use harness::report::terminal::Colour;
use mock_cloud::{MockCloud, Replay, deviation};

const FILTER: &str = "query.filter.equals";
const CREATE: &str = "machine.create.by-value";

/// Runs the program in this process, with these words after its name.
async fn program(words: &[&str]) -> Done {
    let command: Vec<String> =
        std::iter::once(&"cimi-conformance").chain(words).map(|word| (*word).to_owned()).collect();
    let parsed = Cli::try_parse_from(&command).unwrap_or_else(|error| panic!("{error}"));
    match cli::ask(parsed, jiff::Timestamp::UNIX_EPOCH, command) {
        Asked::Done(done) => done,
        Asked::Run(job) => cli::run(*job, Colour::Never).await,
        other => panic!("no run and nothing done: {other:?}"),
    }
}

async fn cloud(name: &str) -> mock_cloud::Running {
    let wrong = deviation::find(name).unwrap_or_else(|| panic!("there is no deviation {name}"));
    MockCloud::builder().speed(100.0).deviation(wrong).start().await.expect("it starts")
}

/// Judges one case in JSON, into a folder.
async fn judge(url: &str, case: &str, folder: &Path) -> Done {
    let folder = folder.display().to_string();
    program(&["run", "--cep", url, "--only", case, "--format", "json", "--out", &folder]).await
}

/// The requirements that a case of a run found broken.
fn broken(folder: &Path, case: &str) -> BTreeSet<String> {
    let run = report::read(folder).expect("it is a run");
    let verdicts = run.verdicts.iter().filter(|verdict| verdict.case == case);
    verdicts.flat_map(|verdict| verdict.findings.iter().map(|found| found.requirement.clone())).collect()
}

/// A failure of a cloud with a deviation is the same failure where its export is replayed, and none on a right cloud.
async fn check_export(name: &str, case: &str) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let at = |name: &str| folder.path().join(name);
    let wrong = cloud(name).await;
    let first = judge(wrong.base_uri(), case, &at("first")).await;
    assert_eq!(first.code, ExitCode::Findings, "{}", first.output);
    let found = broken(&at("first"), case);
    let breaks = deviation::find(name).map_or(&[][..], |deviation| deviation.breaks);
    assert!(breaks.iter().any(|id| found.contains(*id)), "{found:?}");
    drop(wrong);

    let (run, out) = (at("first").display().to_string(), at("export").display().to_string());
    let exported = program(&["export", &run, case, "--out", &out]).await;
    assert_eq!(exported.code, ExitCode::Conformant, "{}", exported.errors);
    let file = at("export").join(format!("{case}.json.har"));
    assert!(exported.output.contains("cimi-mock --replay"), "{}", exported.output);

    let replay = Replay::read(&file).expect("it can be replayed");
    let laptop = MockCloud::builder().speed(100.0).replay(replay).start().await.expect("it starts");
    let second = judge(&laptop.entry_point(), case, &at("second")).await;
    assert_eq!(second.code, ExitCode::Findings, "{}", second.output);
    assert_eq!(broken(&at("second"), case), found, "{}", second.output);

    let right = MockCloud::builder().speed(100.0).start().await.expect("it starts");
    let third = judge(right.base_uri(), case, &at("third")).await;
    assert_eq!(third.code, ExitCode::Conformant, "{}", third.output);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_query_is_taken_to_a_laptop() {
    check_export("filter-ignored", FILTER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_creation_is_taken_to_a_laptop() {
    check_export("configuration-not-followed", CREATE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_is_run_again_and_what_changed_is_told() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let at = |name: &str| folder.path().join(name).display().to_string();
    let cloud = cloud("filter-ignored").await;
    let (first, second, third) = (at("first"), at("second"), at("third"));
    let uri = cloud.base_uri();
    let only = ["--only", FILTER, "--only", "protocol.entry-point.read"];
    let begun = ["run", "--cep", uri, "--out", &first];
    let done = program(&[&begun[..], &only[..]].concat()).await;
    assert_eq!(done.code, ExitCode::Findings, "{}", done.output);

    let again = program(&["rerun", &first, "--failed", "--out", &second]).await;
    assert_eq!(again.code, ExitCode::Findings, "{}", again.errors);
    let run = report::read(Path::new(&second)).expect("it is a run");
    let cases: BTreeSet<(&str, String)> =
        run.verdicts.iter().map(|verdict| (verdict.case.as_str(), verdict.format.to_string())).collect();
    assert_eq!(cases, [(FILTER, "json".to_owned()), (FILTER, "xml".to_owned())].into());

    cloud.deviations().set(&[]);
    let mended = program(&["rerun", &second, "--failed", "--out", &third]).await;
    assert_eq!(mended.code, ExitCode::Conformant, "{}{}", mended.output, mended.errors);
    let nothing = program(&["rerun", &third, "--failed"]).await;
    assert_eq!((nothing.code, nothing.errors.contains("nothing failed")), (ExitCode::Usage, true));

    let better = program(&["diff", &second, &third]).await;
    assert_eq!(better.code, ExitCode::Conformant, "{}", better.output);
    assert!(better.output.contains("0 worse, 2 better"), "{}", better.output);
    let worse = program(&["diff", &third, &second, "--json"]).await;
    assert_eq!(worse.code, ExitCode::Findings, "{}", worse.output);
    assert!(worse.output.contains("\"worse\": 2"), "{}", worse.output);

    let table = program(&["matrix", &first, &third, "--out", &at("table")]).await;
    assert_eq!(table.code, ExitCode::Conformant, "{}", table.errors);
    for name in ["matrix.md", "matrix.html", "matrix.json"] {
        let text = std::fs::read_to_string(Path::new(&at("table")).join(name)).expect("it is written");
        assert!(text.contains("../first/report.html"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_known_and_holds_or_was_never_judged_is_told() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join("known.toml");
    let entries = format!(
        "[[known]]\ncase = \"{FILTER}\"\nreason = \"issue 7\"\n[[known]]\ncase = \"no.such.case\"\nreason = \"issue 8\"\n"
    );
    std::fs::write(&file, entries).expect("it can be written");
    let known = file.display().to_string();
    let out = folder.path().join("run").display().to_string();
    let run = |uri: String| {
        let (known, out) = (known.clone(), out.clone());
        async move {
            let words = [
                "run", "--cep", &uri, "--only", FILTER, "--format", "json", "--known", &known, "--out", &out,
            ];
            program(&words).await
        }
    };
    let right = MockCloud::builder().speed(100.0).start().await.expect("it starts");
    let done = run(right.base_uri().to_owned()).await;
    assert_eq!(done.code, ExitCode::Findings, "{}", done.output);
    assert!(done.output.contains("known.toml:1:1 excuses holds: take the entry out"), "{}", done.output);
    assert!(done.output.contains("known.toml:4:1 speaks of nothing that was judged"), "{}", done.output);

    std::fs::write(&file, format!("[[known]]\ncase = \"{FILTER}\"\nreason = \"issue 7\"\n")).expect("it can");
    let wrong = cloud("filter-ignored").await;
    let done = run(wrong.base_uri().to_owned()).await;
    assert_eq!(done.code, ExitCode::Conformant, "{}", done.output);
    assert!(done.output.contains("1 known"), "{}", done.output);

    let expired = format!("[[known]]\ncase = \"{FILTER}\"\nreason = \"issue 7\"\nexpires = \"1969-12-31\"\n");
    std::fs::write(&file, expired).expect("it can be written");
    let done = run(wrong.base_uri().to_owned()).await;
    assert_eq!(
        (done.code, done.errors.contains("expired on 1969-12-31")),
        (ExitCode::Usage, true),
        "{}",
        done.errors
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_applies_nothing_is_green() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let cloud = MockCloud::builder().speed(100.0).start().await.expect("it starts");
    let out = folder.path().display().to_string();
    let words = ["run", "--cep", cloud.base_uri(), "--only", CREATE, "--read-only", "--out", &out];
    let done = program(&words).await;
    assert_eq!(done.code, ExitCode::NothingJudged, "{}", done.output);
    let badge = std::fs::read_to_string(folder.path().join("badge.json")).expect("it is written");
    assert!(badge.contains("nothing judged") && !badge.contains("green"), "{badge}");
}
