use super::*;

/// Reads `text` and compares what comes of each line with `expected`.
#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let got: Vec<String> = read(text.as_bytes())
        .map(|event| match event {
            Ok((line, event)) => format!("{line}: {}", kind(&event)),
            Err(error) => error.to_string(),
        })
        .collect();
    assert_eq!(got, expected);
}

fn kind(event: &Event) -> &'static str {
    match event {
        Event::Header(_) => "header",
        Event::Statements(_) => "statements",
        Event::Plan(_) => "plan",
        Event::Intent(_) => "intent",
        Event::Exchange(_) => "exchange",
        Event::Made(_) => "made",
        Event::Gone(_) => "gone",
        Event::Verdict(_) => "verdict",
        Event::Case(_) => "case",
        Event::Footer(_) => "footer",
    }
}

fn exchange() -> Exchange {
    Exchange {
        n: ExchangeId(u64::MAX),
        endpoint: "mock".to_owned(),
        case: None,
        step: None,
        format: Some(Format::Xml),
        source: None,
        request: Request {
            method: "GET".to_owned(),
            url: "http://127.0.0.1/".to_owned(),
            headers: vec![("Authorization".to_owned(), REDACTED.to_owned())],
            body: None,
        },
        response: Some(Response {
            status: 200,
            headers: Vec::new(),
            body: Some(Body::from_bytes(b"\xff\x00")),
            extent: Extent::Truncated,
        }),
        failure: None,
        started: Micros(0),
        duration: Micros(1),
    }
}

fn verdict() -> Verdict {
    Verdict {
        endpoint: "m".to_owned(),
        case: "c".to_owned(),
        format: Formats::Both,
        area: "a".to_owned(),
        title: "line\nbreak \u{2028} \u{0}".to_owned(),
        requirements: vec!["4.1/x".to_owned()],
        outcome: Outcome::NotApplicable,
        findings: vec![Finding {
            requirement: "4.1/x".to_owned(),
            level: Level::Should,
            clause: "4.1".to_owned(),
            party: Party::Provider,
            summary: "s".to_owned(),
            at: At::Body(BodyAt { path: "/a~1b".to_owned(), line: 1, column: 2 }),
            expected: "e".to_owned(),
            got: "g".to_owned(),
            exchange: Some(ExchangeId(1)),
            check: None,
            check_line: Some("  { status = 200 },".to_owned()),
            edit: Some("status 500 → 200".to_owned()),
            hint: None,
        }],
        exchanges: vec![ExchangeId(1)],
        duration: Micros(5),
        reason: Some(Reason { text: "why".to_owned(), exchange: None }),
        source: Some(Place { file: "f.toml".to_owned(), line: 1, column: 1 }),
    }
}

fn header() -> Header {
    Header {
        stream: STREAM_VERSION,
        run: "r".to_owned(),
        tool: "t 1".to_owned(),
        started: "2026-01-02T03:04:05.678Z".parse().unwrap(),
        suite: "0".to_owned(),
        profile: "core".to_owned(),
        endpoints: vec![Endpoint { name: "m".to_owned(), cep: "/".to_owned(), edition: Some(Edition::V1) }],
        seed: u64::MAX,
        generated: 2,
        read_only: true,
        company: Company::Alone,
        command: vec!["x".to_owned()],
    }
}

/// One of each.
fn events() -> Vec<Event> {
    vec![
        Event::Header(header()),
        Event::Statements(Box::new(Statements {
            clauses: vec![Clause { number: "4.1".to_owned(), title: "t".to_owned() }],
            statements: vec![Statement {
                id: "4.1/x".to_owned(),
                clause: "4.1".to_owned(),
                level: Level::Shall,
                party: Party::Provider,
                editions: vec![Edition::V2],
                summary: "s".to_owned(),
                source: None,
                untestable: Some("why".to_owned()),
            }],
        })),
        Event::Plan(Plan {
            endpoint: "m".to_owned(),
            edition: None,
            verdicts: 3,
            before: BTreeMap::from([("machines".to_owned(), 2)]),
        }),
        Event::Intent(Intent {
            endpoint: "m".to_owned(),
            case: Some("c".to_owned()),
            step: None,
            method: "POST".to_owned(),
            url: "u".to_owned(),
            started: Micros(3),
        }),
        Event::Made(Made {
            endpoint: "m".to_owned(),
            case: "c".to_owned(),
            step: "s".to_owned(),
            kind: "Machine".to_owned(),
            url: "u".to_owned(),
        }),
        Event::Gone(Gone { endpoint: "m".to_owned(), url: "u".to_owned() }),
        Event::Exchange(Box::new(exchange())),
        Event::Verdict(Box::new(verdict())),
        Event::Footer(Footer {
            counts: BTreeMap::from([(Outcome::NotApplicable, 1)]),
            duration: Micros(9),
            inventory: Vec::new(),
            exit: Exit { code: 4, sentence: "nothing judged".to_owned() },
        }),
    ]
}

#[test]
fn what_is_written_is_read() {
    let mut events = events();
    events.push(Event::Case(case_file()));
    let mut writer = Writer::new(Vec::new());
    for event in &events {
        writer.take(event).unwrap();
    }
    let bytes = writer.into_inner();
    assert_eq!(bytes.split_inclusive(|byte| *byte == b'\n').count(), events.len());
    let back: Vec<Event> = read(bytes.as_slice()).map(|event| event.unwrap().1).collect();
    assert_eq!(back, events);
}

fn case_file() -> CaseFile {
    CaseFile {
        endpoint: "m".to_owned(),
        file: "generated/c.toml".to_owned(),
        text: "[[case]]\nid = \"c.d\"\n".to_owned(),
    }
}

#[test]
fn a_line_that_is_no_event_says_where() {
    let plan = r#"{"event":"plan","endpoint":"m","verdicts":3,"unheard-of":[1.5]}"#;
    check(&format!("{plan}\n\n{plan}"), &["1: plan", "3: plan"]);
    check(
        &format!("{plan}\n{{\"event\":\"pln\"}}\n{plan}"),
        &[
            "1: plan",
            "line 2, column 14: unknown variant `pln`, expected one of `header`, `statements`, `plan`, `intent`, `exchange`, `made`, `gone`, `verdict`, `case`, `footer`",
        ],
    );
    check("{\"event\":\"plan\"", &["line 1, column 15: EOF while parsing an object"]);
    check(
        "{\"event\":\"plan\",\"endpoint\":1}",
        &["line 1, column 28: invalid type: integer `1`, expected a string"],
    );
}

#[test]
fn a_stream_of_another_version_is_refused() {
    let header = r#"{"event":"header","stream":2,"run":"","tool":"","started":"2026-01-02T03:04:05Z","suite":"","profile":"","endpoints":[],"seed":0,"command":[]}"#;
    check(header, &["line 1: a stream of version 2; this tool reads version 1"]);
}

#[test]
fn spans_are_shown_with_three_digits() {
    for (us, shown) in [
        (0, "0 µs"),
        (999, "999 µs"),
        (1_234, "1.2 ms"),
        (123_456, "123 ms"),
        (4_567_000, "4.57 s"),
        (125_000_000, "2 min 5 s"),
    ] {
        assert_eq!(Micros(us).to_string(), shown);
    }
}
