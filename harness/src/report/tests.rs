use std::io::Cursor;
use std::path::Path;

use super::terminal::Colour;
use super::*;
use crate::event::{Body, Outcome, Request, Sink as _};

/// A stream with every outcome and with hostile texts wherever an endpoint can put one.
const SAMPLE: &str = include_str!("../../../fixtures/events/sample.ndjson");

fn sample() -> Run {
    load(Cursor::new(SAMPLE)).unwrap()
}

/// Holds the rendering of the sample against its snapshot, and against what no rendering may let through.
#[track_caller]
fn check(name: &str, rendered: &str) {
    let bad = rendered.chars().find(|c| text::is_unseen(*c) && *c != '\n');
    assert_eq!(bad, None, "{name} lets a character through that moves, hides or reverses text");
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, rendered);
    });
}

#[test]
fn the_sample_has_every_outcome() {
    let run = sample();
    for outcome in Outcome::ALL {
        assert_ne!(run.tally.of(outcome), 0, "{outcome}");
    }
}

#[test]
fn terminal() {
    check("terminal", &terminal::render(&sample(), Path::new("reports/local/sample"), Colour::Never));
}

#[test]
fn colour_only_paints() {
    let run = sample();
    let painted = terminal::render(&run, Path::new("r"), Colour::Always);
    let plain = terminal::render(&run, Path::new("r"), Colour::Never);
    assert_ne!(painted, plain);
    assert_eq!(unpainted(&painted), plain);
}

/// The text without its SGR sequences.
fn unpainted(painted: &str) -> String {
    let mut pieces = painted.split("\u{1b}[");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |text, piece| text + piece.split_once('m').map_or("", |(_, rest)| rest))
}

#[test]
fn markdown() {
    let rendered = markdown::render(&sample());
    assert!(!rendered.contains("<script") && !rendered.contains("@team"));
    check("markdown", &rendered);
}

#[test]
fn junit() {
    let rendered = junit::render(&sample());
    let mut reader = quick_xml::Reader::from_str(&rendered);
    while reader.read_event().unwrap() != quick_xml::events::Event::Eof {}
    check("junit", &rendered);
}

#[test]
fn json() {
    check("json", &json::render(&sample()));
}

#[test]
fn json_is_as_its_schema_says() {
    let schema = include_str!("../../../reports/schema/report.schema.json");
    let schema = serde_json::from_str(schema).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let report = serde_json::from_str(&json::render(&sample())).unwrap();
    let wrong: Vec<String> =
        validator.iter_errors(&report).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert_eq!(wrong, Vec::<String>::new());
    let mut spoiled: serde_json::Value = report;
    spoiled["verdicts"][0]["outcome"] = "green".into();
    assert!(!validator.is_valid(&spoiled), "the schema says what an outcome is");
}

#[test]
fn html_escapes_and_loads_nothing() {
    let rendered = html::render(&sample());
    assert_eq!(rendered.matches("<script").count(), 1, "one script, ours");
    assert!(
        rendered.contains("&#60;script&#62;alert(1)&#60;/script&#62;"),
        "the hostile name is shown as text"
    );
    for attribute in ["src=", "@import", "url(", "<link", "onclick", "javascript:"] {
        assert!(!rendered.contains(attribute), "{attribute}");
    }
    let bad = rendered.chars().find(|c| text::is_unseen(*c) && *c != '\n');
    assert_eq!(bad, None);
}

#[test]
fn html_links_lead_somewhere() {
    let rendered = html::render(&sample());
    let targets: Vec<&str> =
        rendered.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(targets.len() > 10);
    for target in targets {
        assert_eq!(rendered.matches(&format!("id=\"{target}\"")).count(), 1, "{target}");
    }
}

#[test]
fn the_interop_table_has_a_row_for_each_endpoint_of_each_run() {
    let later = SAMPLE.replace("\"outcome\":\"warn\"", "\"outcome\":\"pass\"");
    let later = load(Cursor::new(later)).unwrap();
    let runs = [("a/report.html".to_owned(), sample()), ("b%20c/report.html".to_owned(), later)];
    let table = interop::Interop::of(&runs);
    check("matrix-markdown", &table.markdown());
    check("matrix-json", &table.json());
    let page = table.html();
    assert!(page.contains("href=\"b%20c/report.html#g0-2-json\"") && !page.contains("<b>end"), "{page}");
    assert!(!page.contains("<script") && page.contains("nothing was judged"));
}

/// The text of what changed from the sample to the sample with `from` in place of `to`.
#[track_caller]
fn check_diff(name: &str, from: &str, to: &str, is_worse: bool) {
    let changed = SAMPLE.replace(from, to);
    assert_ne!(changed, SAMPLE, "{from} is in the sample");
    let diff = diff::Diff::of(&sample(), &load(Cursor::new(changed)).unwrap());
    assert_eq!(diff.is_worse(), is_worse, "{}", diff.text());
    check(name, &diff.text());
}

#[test]
fn what_got_worse_is_told_from_what_got_better() {
    let same = diff::Diff::of(&sample(), &sample());
    assert!(!same.is_worse() && same.text().contains("0 worse, 0 better, 0 otherwise changed"));
    check_diff("diff-better", "\"outcome\":\"flaky\"", "\"outcome\":\"pass\"", false);
    check_diff("diff-worse", "\"outcome\":\"pass\"", "\"outcome\":\"fail\"", true);
    check_diff("diff-no-longer-judged", "\"outcome\":\"pass\"", "\"outcome\":\"not-applicable\"", true);
    check_diff(
        "diff-another-finding",
        "\"requirement\":\"4.1/media-type\"",
        "\"requirement\":\"4.1/other\"",
        true,
    );
    check_diff("diff-renamed", "\"case\":\"protocol.cep.get\"", "\"case\":\"protocol.cep.read\"", true);
    let cut = SAMPLE.lines().filter(|line| !line.contains("\"footer\"")).collect::<Vec<_>>().join("\n");
    let cut = diff::Diff::of(&sample(), &load(Cursor::new(cut)).unwrap());
    assert!(cut.is_worse() && cut.text().contains("was cut short"));
    assert!(serde_json::from_str::<serde_json::Value>(&cut.json()).unwrap()["gap"].is_string());
}

#[test]
fn badge() {
    check("badge", &badge::render(&sample()));
}

#[test]
fn a_run_that_proves_nothing_has_no_green_badge() {
    let lines: Vec<&str> = SAMPLE.lines().collect();
    let cut = load(Cursor::new(lines[..lines.len() - 1].join("\n"))).unwrap();
    assert!(badge::render(&cut).contains("\"cut short\",\"color\":\"red\""), "{}", badge::render(&cut));
    let footer = lines[lines.len() - 1].replace("\"code\":1", "\"code\":4");
    let empty = load(Cursor::new(format!("{}\n{footer}", lines[0]))).unwrap();
    assert!(badge::render(&empty).contains("\"nothing judged\",\"color\":\"lightgrey\""));
}

#[test]
fn the_archive_has_every_exchange_and_is_of_version_1_2() {
    let mut out = Vec::new();
    let mut kept = har::Archive::new(&mut out);
    load::exchanges(Cursor::new(SAMPLE), |header, exchange| kept.add(header, exchange)).unwrap();
    kept.end(&load(Cursor::new(SAMPLE)).unwrap()).unwrap();
    let archive: serde_json::Value = serde_json::from_slice(&out).unwrap();
    let log = &archive["log"];
    assert_eq!(
        (log["version"].as_str(), log["creator"]["name"].as_str()),
        (Some("1.2"), Some("cimi-conformance"))
    );
    let entries = log["entries"].as_array().unwrap();
    assert_eq!(entries.len(), SAMPLE.matches("\"event\":\"exchange\"").count());
    let posted = &entries[5];
    assert_eq!(posted["request"]["postData"]["mimeType"], "application/json");
    assert_eq!(posted["response"]["status"], 500);
    assert_eq!(posted["_case"], "machine.create.by-value");
    assert_eq!(entries[13]["response"]["status"], 0, "no reply");
    assert_eq!(log["_run"][0]["event"], "header", "it can be judged again");
    assert_eq!(log["_run"].as_array().unwrap().last().unwrap()["event"], "footer");
    assert_eq!(entries[0]["startedDateTime"], "2026-01-02T03:04:05.679Z");
    for entry in entries {
        for member in ["cache", "timings", "time", "request", "response"] {
            assert!(!entry[member].is_null(), "{member} is mandatory");
        }
    }
}

/// How a statement of the sample stands at each endpoint.
#[track_caller]
fn check_standing(id: &str, expected: [&str; 3]) {
    let run = sample();
    let standings = standing::standings(&run);
    let found = standings.iter().find(|one| one.statement.id == id).unwrap();
    assert_eq!(found.at.iter().map(|stand| stand.state.name()).collect::<Vec<_>>(), expected, "{id}");
}

#[test]
fn a_statement_stands_as_the_verdicts_that_name_it_say() {
    check_standing("5.10/cep-retrievable", ["pass", "pass", "unasked"]);
    check_standing("4.1.6.1/filter-applied", ["fail", "unasked", "unasked"]);
    check_standing("4.1/media-type", ["fail", "unasked", "unasked"]);
    check_standing("4.2/options", ["warn", "unasked", "unasked"]);
    check_standing("5.14.1/start", ["blocked", "unasked", "unasked"]);
    check_standing("5.15/attach", ["not-applicable", "unasked", "unasked"]);
    check_standing("4.1.1/client-tolerates-more", ["untestable", "untestable", "untestable"]);
    check_standing("1.x/version-header", ["other-edition", "unasked", "unasked"]);
}

#[test]
fn what_a_failed_case_did_not_get_to_does_not_count_as_held() {
    let two = SAMPLE.replace(
        r#""requirements":["4.1.6.1/filter-applied"],"outcome":"fail""#,
        r#""requirements":["4.1.6.1/filter-applied","4.1/discoverable"],"outcome":"fail""#,
    );
    let run = load(Cursor::new(two)).unwrap();
    let standings = standing::standings(&run);
    let found = standings.iter().find(|one| one.statement.id == "4.1/discoverable").unwrap();
    assert_eq!(found.at[0].state.name(), "unreached");
}

/// The size of the page of a thousand cases of which many fail, each with a body to show.
#[test]
fn a_page_of_a_thousand_cases_is_small() {
    let lines: Vec<&str> = SAMPLE.lines().collect();
    let failed = lines
        .iter()
        .find(|l| l.contains("\"verdict\"") && l.contains("\"case\":\"query.filter.equals-name\""))
        .unwrap();
    let held = lines
        .iter()
        .find(|l| l.contains("\"verdict\"") && l.contains("\"case\":\"protocol.cep.get\""))
        .unwrap();
    let exchange = lines.iter().find(|l| l.contains("\"exchange\",\"n\":4,")).unwrap();
    let suite = crate::suite::Suite::embedded().unwrap();
    let statements = crate::event::Event::Statements(Box::new(suite.statements()));
    let mut stream = format!("{}\n{}\n", lines[0], serde_json::to_string(&statements).unwrap());
    for n in 1..=1_000 {
        let (line, name) =
            if n % 5 == 0 { (failed, "query.filter.equals-name") } else { (held, "protocol.cep.get") };
        stream += &exchange.replace("\"n\":4,", &format!("\"n\":{n},"));
        stream.push('\n');
        stream += &line
            .replace(name, &format!("{name}-{n}"))
            .replace("\"exchange\":4", &format!("\"exchange\":{n}"));
        stream.push('\n');
    }
    let page = html::render(&load(Cursor::new(stream)).unwrap());
    assert!(page.len() < 2_000_000, "{} bytes", page.len());
    assert!(page.len() > 200_000, "{} bytes: too little to be a page of a thousand", page.len());
}

#[test]
fn every_report_is_written_beside_the_stream() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(STREAM_FILE), SAMPLE).unwrap();
    let run = write_all(folder.path()).unwrap();
    assert_eq!(run.tally, sample().tally);
    for name in REPORT_FILES {
        assert!(fs::metadata(folder.path().join(name)).unwrap().len() > 50, "{name}");
    }
    assert!(fs::metadata(folder.path().join(HAR_FILE)).unwrap().len() > 1_000);
}

#[test]
fn a_stream_that_is_cut_short_is_never_green() {
    let lines: Vec<&str> = SAMPLE.lines().collect();
    let cut = lines[..lines.len() - 1].join("\n");
    let run = load(Cursor::new(cut)).unwrap();
    assert!(!run.is_green());
    assert!(terminal::render(&run, Path::new("r"), Colour::Never).contains("was cut short"));
    assert!(junit::render(&run).contains("type=\"cut-short\""));
    assert!(html::render(&run).contains("was cut short"));
    assert!(markdown::render(&run).starts_with("# ❌"));
}

/// What is said of a stream that is not one of a run.
#[track_caller]
fn check_refusal(stream: &str, expected: &str) {
    assert_eq!(load(Cursor::new(stream)).unwrap_err().to_string(), expected);
}

#[test]
fn a_stream_that_is_no_run_is_refused_with_its_line() {
    let lines: Vec<&str> = SAMPLE.lines().collect();
    let (header, plan, footer) = (lines[0], lines[2], lines[lines.len() - 1]);
    let stray = plan.replace("mock-v2", "stray");
    check_refusal("", "line 1: a stream begins with one header, and has no other");
    check_refusal(plan, "line 1: a stream begins with one header, and has no other");
    check_refusal(
        &format!("{header}\n{header}"),
        "line 2: a stream begins with one header, and has no other",
    );
    check_refusal(&format!("{header}\n{footer}\n{plan}"), "line 3: nothing may follow the footer");
    check_refusal(&format!("{header}\n{stray}"), "line 2: the header names no endpoint `stray`");
}

#[test]
fn a_gap_in_the_verdicts_shows_everywhere() {
    let lines = SAMPLE.lines().filter(|line| !line.contains("\"case\":\"query.orderby\""));
    let run = load(Cursor::new(lines.collect::<Vec<_>>().join("\n"))).unwrap();
    let gap = "1 of 6 planned verdicts are missing";
    let terminal = terminal::render(&run, Path::new("r"), Colour::Never);
    for rendered in [terminal, junit::render(&run), markdown::render(&run), html::render(&run)] {
        assert!(rendered.contains(gap), "{rendered}");
        assert!(rendered.contains("nothing was judged"), "{rendered}");
    }
}

#[test]
fn only_evidence_is_kept() {
    let run = sample();
    assert!(run.evidence.len() < SAMPLE.matches("\"event\":\"exchange\"").count());
    let responses = run.evidence.values().filter_map(|evidence| evidence.exchange.response.as_ref());
    for body in responses.filter_map(|response| response.body.as_ref()) {
        assert!(matches!(body, Body::Base64(_)), "text is kept as excerpts alone");
    }
}

/// The `curl` for a request with this body, run by a shell, must send the body as it is.
#[track_caller]
fn check_curl(url: &str, body: Option<Body>, expected: &str) {
    let request = Request { method: "PUT".to_owned(), url: url.to_owned(), headers: Vec::new(), body };
    let mut run = sample();
    let evidence = run.evidence.first_entry().unwrap().into_mut();
    evidence.exchange.request = request;
    assert_eq!(replay::curl(evidence).unwrap_or_default(), expected);
}

#[test]
fn curl_is_quoted_for_a_shell() {
    check_curl("http://h/a", None, "curl -isg -X PUT http://h/a");
    check_curl("/no/server", None, "");
    check_curl("http://h/a/../b", None, "curl -isg -X PUT --path-as-is http://h/a/../b");
    check_curl("http://h/;reboot", None, "curl -isg -X PUT 'http://h/;reboot'");
    check_curl(
        "http://h/",
        Some(Body::Text("it's\n@x".to_owned())),
        r"curl -isg -X PUT --data-raw $'it\'s\n@x' http://h/",
    );
    check_curl(
        "http://h/",
        Some(Body::Text("a\0'".to_owned())),
        r"printf '%b' 'a\0000'\''' | curl -isg -X PUT --data-binary @- http://h/",
    );
    check_curl(
        "http://h/",
        Some(Body::from_bytes(&[0xff])),
        "printf %s /w== | base64 -d | curl -isg -X PUT --data-binary @- http://h/",
    );
}

#[test]
fn an_excerpt_points_at_its_column() {
    let body = (1..=20).map(|n| format!("line {n}\u{7}")).collect::<Vec<_>>().join("\n");
    let excerpt = Excerpt::around(&body, Some((10, 6)));
    assert!(excerpt.more_before && excerpt.more_after);
    assert_eq!(excerpt.lines.first().unwrap().number, 6);
    let hit = excerpt.lines.iter().find(|line| line.caret.is_some()).unwrap();
    assert_eq!((hit.number, hit.text.as_str(), hit.caret), (10, "line 10\\u{7}", Some(5)));
    let long = "é".repeat(10_000);
    let far = Excerpt::around(&long, Some((1, 5_000)));
    assert_eq!((far.lines[0].caret, far.lines[0].text.chars().count()), (Some(91), 182));
    assert_eq!(Excerpt::around("x", Some((u32::MAX, u32::MAX))).lines, []);
    assert_eq!(Excerpt::around("x", None).lines[0].caret, None);
}

#[test]
fn progress_counts_verdicts_per_endpoint() {
    let mut progress = progress::Progress::on(indicatif::ProgressDrawTarget::hidden());
    for item in crate::event::read(SAMPLE.as_bytes()) {
        progress.take(&item.unwrap().1).unwrap();
    }
    assert_eq!(
        progress.shown(),
        [
            "dead <b>end</b> 0/? discovering",
            "mock-v1 6/6 ✗1 n1 query.orderby",
            "mock-v2 11/11 ✗2 E1 +1 ~1 b1 !1 k1 n1 metadata.collections",
        ]
    );
}
