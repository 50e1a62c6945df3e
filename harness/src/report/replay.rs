//! Commands to copy into a shell: one that sends a request again, one that runs a case again.
//!
//! A request holds what an endpoint told us to send (its URLs, its values), so every word is quoted.

use std::fmt::Write as _;

use super::run::{Evidence, Run};
use crate::event::{Body, GENERATED, REDACTED, Request, Verdict};

/// Headers that curl writes itself.
const CURLS_OWN: [&str; 4] = ["host", "content-length", "connection", "accept-encoding"];

/// The `curl` that sends the request of this evidence again; nothing where that cannot be said: the body was too large,
/// or a recording does not name the server. Credentials come from `CIMI_USER`, `CIMI_PASSWORD` and `CIMI_TOKEN`.
pub(super) fn curl(evidence: &Evidence) -> Option<String> {
    let request = &evidence.exchange.request;
    let absolute = request.url.starts_with("http://") || request.url.starts_with("https://");
    (absolute && !evidence.request_cut).then(|| command(request))
}

/// Cases named beside a check that looks at every exchange: the first ones show what it found.
const WITNESSES: usize = 3;

/// The command that runs the case of `verdict` again, as the run was started, and nothing else. What is checked on every
/// exchange is run with the cases whose exchanges showed it.
pub(super) fn rerun(run: &Run, verdict: &Verdict) -> String {
    const CHOOSING: [&str; 4] = ["--only", "--skip", "--format", "--seed"];
    let cases = cases(run, verdict);
    let is_generated = |case: &&str| run.verdicts.iter().any(|v| v.case == **case && v.area == GENERATED);
    let mut words = Vec::new();
    let mut given = run.header.command.iter();
    while let Some(word) = given.next() {
        if CHOOSING.contains(&word.as_str()) {
            given.next();
        } else if !CHOOSING
            .iter()
            .any(|name| word.strip_prefix(name).is_some_and(|rest| rest.starts_with('=')))
        {
            words.push(quote(word));
        }
    }
    // Without its seed, another case would be generated under the name of the one that found something.
    if cases.iter().any(is_generated) {
        words.extend(["--seed".to_owned(), run.header.seed.to_string()]);
    }
    words.extend(cases.into_iter().flat_map(|case| ["--only".to_owned(), quote(case)]));
    words.extend(["--format".to_owned(), verdict.format.to_string()]);
    words.join(" ")
}

/// The cases to run so that a verdict is come to again: its own, and where it is of a check of every exchange, those whose
/// exchanges it found wrong.
pub(super) fn cases<'r>(run: &'r Run, verdict: &'r Verdict) -> Vec<&'r str> {
    let mut cases = vec![verdict.case.as_str()];
    let found = verdict.findings.iter().filter_map(|finding| run.evidence_for(finding));
    for case in found.filter(|_| verdict.source.is_none()).filter_map(|e| e.exchange.case.as_deref()) {
        if !cases.contains(&case) && cases.len() <= WITNESSES {
            cases.push(case);
        }
    }
    cases
}

fn command(request: &Request) -> String {
    let mut line = String::from("curl -isg");
    match request.method.as_str() {
        "GET" if request.body.is_none() => {}
        "HEAD" => line.push_str(" -I"),
        method => push(&mut line, &["-X", &quote(method)]),
    }
    if request.url.contains("/.") {
        line.push_str(" --path-as-is");
    }
    for (name, value) in &request.headers {
        if !CURLS_OWN.iter().any(|own| name.eq_ignore_ascii_case(own)) {
            push_header(&mut line, name, value);
        }
    }
    let (before, data) = match &request.body {
        None => (String::new(), None),
        Some(Body::Text(text)) if !text.contains('\0') => {
            (String::new(), Some(format!("--data-raw {}", quote(text))))
        }
        Some(Body::Text(text)) => {
            (format!("printf '%b' {} | ", quote(&octal(text))), Some("--data-binary @-".to_owned()))
        }
        Some(Body::Base64(text)) => {
            (format!("printf %s {} | base64 -d | ", quote(text)), Some("--data-binary @-".to_owned()))
        }
    };
    if let Some(data) = data {
        push(&mut line, &[&data]);
    }
    push(&mut line, &[&quote(&request.url)]);
    before + &line
}

fn push(line: &mut String, words: &[&str]) {
    for word in words {
        line.push(' ');
        line.push_str(word);
    }
}

/// A redacted credential is asked of the environment; any other header is sent as it was.
fn push_header(line: &mut String, name: &str, value: &str) {
    if !value.contains(REDACTED) {
        // "X:" would drop the header, "X;" sends it empty.
        let header = if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") };
        return push(line, &["-H", &quote(&header)]);
    }
    if !name.eq_ignore_ascii_case("authorization") {
        return;
    }
    match value.split_once(' ') {
        Some((scheme, _)) if scheme.eq_ignore_ascii_case("bearer") => {
            push(line, &["-H", "\"Authorization: Bearer $CIMI_TOKEN\""]);
        }
        _ => push(line, &["-u", "\"$CIMI_USER:$CIMI_PASSWORD\""]),
    }
}

/// One word of a POSIX shell (2024: with `$'...'` for what cannot be seen).
fn quote(word: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || "-_./:=,+%".contains(c);
    if !word.is_empty() && word.chars().all(bare) {
        return word.to_owned();
    }
    if !word.contains(super::text::is_unseen) {
        return format!("'{}'", word.replace('\'', r"'\''"));
    }
    let mut quoted = String::from("$'");
    for c in word.chars() {
        match c {
            '\'' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            _ if super::text::is_unseen(c) => push_octal(&mut quoted, c),
            _ => quoted.push(c),
        }
    }
    quoted.push('\'');
    quoted
}

/// The text for `printf %b`, which alone can put a zero byte on a pipe.
fn octal(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '\\' => escaped.push_str("\\\\"),
            '\0' => escaped.push_str("\\0000"),
            _ => escaped.push(c),
        }
    }
    escaped
}

fn push_octal(text: &mut String, c: char) {
    for byte in c.encode_utf8(&mut [0; 4]).bytes() {
        write!(text, "\\{byte:03o}").expect("a String takes all that is written");
    }
}
