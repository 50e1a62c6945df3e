use super::*;

#[track_caller]
fn check(change: impl FnOnce(&mut Line), paint: Paint, expected: &str) {
    let mut line = Line {
        time: "2026-01-01T00:00:00Z".to_owned(),
        tenant: String::new(),
        user: String::new(),
        method: "GET".to_owned(),
        status: 200,
        took: Duration::from_micros(85),
        bytes: Some(412),
        uri: "/cimi/".to_owned(),
        job: None,
    };
    change(&mut line);
    assert_eq!(line.text(paint), expected);
}

#[test]
fn lines_are_aligned() {
    check(
        |_| (),
        Paint::Plain,
        "2026-01-01T00:00:00Z      -          -          GET     200     85 us     412 B  /cimi/\n",
    );
    check(
        |line| {
            line.time = "2026-01-01T00:00:00.123Z".to_owned();
            line.tenant = "shop".to_owned();
            line.user = "anna".to_owned();
            line.method = "DELETE".to_owned();
            line.status = 202;
            line.took = Duration::from_micros(12_345);
            line.bytes = None;
            line.uri = "/shop/cimi/machines/1".to_owned();
            line.job = Some("7".to_owned());
        },
        Paint::Plain,
        "2026-01-01T00:00:00.123Z  shop       anna       DELETE  202   12.3 ms         -  /shop/cimi/machines/1  Job 7\n",
    );
}

#[test]
fn only_the_status_is_coloured() {
    for (status, colour) in [(200, 32), (404, 33), (503, 31)] {
        let expected = format!(
            "2026-01-01T00:00:00Z      -          -          GET     \x1b[{colour}m{status}\x1b[0m     85 us     412 B  /cimi/\n"
        );
        check(|line| line.status = status, Paint::Coloured, &expected);
    }
}

#[test]
fn durations_are_short() {
    for (micros, text) in
        [(0, "0 us"), (999, "999 us"), (1_000, "1.0 ms"), (250_000, "250 ms"), (61_500_000, "61.5 s")]
    {
        assert_eq!(took(Duration::from_micros(micros)), text);
    }
}
