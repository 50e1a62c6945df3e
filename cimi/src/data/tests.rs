use super::*;

fn check<T: std::str::FromStr>(good: &[&str], bad: &[&str]) {
    for text in good {
        assert!(text.parse::<T>().is_ok(), "{text} should be accepted");
    }
    for text in bad {
        assert!(text.parse::<T>().is_err(), "{text} should be refused");
    }
}

fn ascending<T: std::str::FromStr + Ord + std::fmt::Debug>(texts: &[&str])
where
    T::Err: std::fmt::Debug,
{
    let values: Vec<T> = texts.iter().map(|text| text.parse().unwrap()).collect();
    for pair in values.windows(2) {
        assert!(pair[0] < pair[1], "{:?} should be less than {:?}", pair[0], pair[1]);
    }
}

fn equal<T: std::str::FromStr + Ord + std::fmt::Debug>(left: &str, right: &str)
where
    T::Err: std::fmt::Debug,
{
    assert_eq!(left.parse::<T>().unwrap(), right.parse::<T>().unwrap());
}

#[test]
fn date_times() {
    check::<DateTime>(
        &[
            "2012-05-25T13:30:15-05:00",
            "2012-05-25T13:30:15",
            "2012-05-25T13:30:15.123456789012Z",
            "2000-02-29T24:00:00Z",
            "-0044-03-15T12:00:00+14:00",
            "123456-01-01T00:00:00Z",
        ],
        &[
            "",
            "2012-05-25",
            "2012-5-25T13:30:15Z",
            "2012-05-25 13:30:15Z",
            "2012-05-25T13:30Z",
            "2012-02-30T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2012-05-25T24:00:01Z",
            "2012-05-25T13:60:15Z",
            "2012-05-25T13:30:15.Z",
            "2012-05-25T13:30:15+14:01",
            "2012-05-25T13:30:15+0500",
            "0000-01-01T00:00:00Z",
            "02012-01-01T00:00:00Z",
            "+2012-01-01T00:00:00Z",
            "2012-05-25T13:30:15z",
            "2012-05-25T13:30:1é",
        ],
    );
    ascending::<DateTime>(&[
        "-0002-12-31T23:59:59Z",
        "-0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "1969-12-31T23:59:59Z",
        "1970-01-01T00:00:00Z",
        "2012-05-25T13:30:15+01:00",
        "2012-05-25T13:30:15Z",
        "2012-05-25T13:30:15.5",
        "2012-05-25T13:30:15-05:00",
    ]);
    equal::<DateTime>("2012-05-25T13:30:15-05:00", "2012-05-25T18:30:15Z");
    equal::<DateTime>("2012-05-25T13:30:15", "2012-05-25T13:30:15.000Z");
    equal::<DateTime>("2012-12-31T24:00:00Z", "2013-01-01T00:00:00Z");
}

#[test]
fn instants_agree_with_jiff() {
    for text in ["1969-12-31T23:59:59.25Z", "2012-05-25T13:30:15-05:00", "0001-01-01T00:00:00Z"] {
        let here: DateTime = text.parse().unwrap();
        let there: jiff::Timestamp = text.parse().unwrap();
        assert_eq!(DateTime::from(there), here);
        assert!(DateTime::from(there).has_zone());
        assert_eq!(here.instant(), Some(there));
    }
    assert!(!"2012-05-25T13:30:15".parse::<DateTime>().unwrap().has_zone());
}

#[test]
fn durations() {
    check::<Duration>(
        &["P1Y2M3DT4H5M6.7S", "-P1D", "PT0S", "P0Y", "PT1.5S", "P12M"],
        &[
            "",
            "P",
            "PT",
            "P1",
            "1D",
            "P1DT",
            "P1H",
            "PT1D",
            "P1M1Y",
            "PT1S1M",
            "P-1D",
            "PT.5S",
            "PT1.S",
            "PT1.5H",
            "P1.5D",
            "P1DT1H.5S",
            "P99999999999999999999D",
            "P1é",
        ],
    );
    ascending::<Duration>(&[
        "-P1Y", "-PT1S", "PT0.25S", "PT0.5S", "PT59S", "PT1M", "P30D", "P1M", "P31D", "P1Y", "P366D",
    ]);
    equal::<Duration>("PT60S", "PT1M");
    equal::<Duration>("P1Y", "P12M");
    equal::<Duration>("P1D", "PT24H");
    assert_eq!(Duration::of_seconds(90).as_str(), "PT90S");
    equal::<Duration>("PT90S", "PT1M30S");
}

#[test]
fn decimals() {
    check::<Decimal>(
        &["0", "-0", "2.5", "-0.001", "1e10", "1.5E-3", "123456789012345678901234567890.5"],
        &["", "-", "+1", "01", ".5", "1.", "1e", "1e+", "0x1", "NaN", "1e99999999999999999999", "1 ", "1,5"],
    );
    ascending::<Decimal>(&[
        "-1e3", "-2.5", "-0.01", "0", "0.0099", "0.01", "0.1", "1", "1.05", "1.5", "9.99", "10", "1e2",
        "1e400",
    ]);
    equal::<Decimal>("1.50", "15e-1");
    equal::<Decimal>("-0.0", "0e5");
    equal::<Decimal>("100", "1E2");
    equal::<Decimal>("0.00120", "1.2e-3");
}

#[test]
fn simple_types() {
    assert_eq!(boolean("true"), Ok(true));
    for text in ["True", "1", "0", "", " true"] {
        assert!(boolean(text).is_err());
    }
    assert_eq!(integer("-009"), Ok(-9));
    assert_eq!(integer("9223372036854775807"), Ok(i64::MAX));
    assert_eq!(
        integer("9223372036854775808").unwrap_err().to_string(),
        "expected an integer of at most 64 bits, found \"9223372036854775808\""
    );
    assert_eq!(bytes("0aFF"), Ok(vec![10, 255]));
    assert!(bytes("0a0").is_err() && bytes("0g").is_err());
    assert_eq!(hex(&[10, 255]), "0AFF");
}

#[test]
fn what_is_shown_of_a_bad_text_is_short_and_on_one_line() {
    let shown = Invalid::shown(&"a\nb".repeat(100));
    assert!(shown.starts_with("a\\nba\\nb") && shown.ends_with('…') && shown.len() < 120);
}

#[test]
fn instants_are_what_their_text_says() {
    let year_1 = -62_135_596_800;
    for second in [year_1, year_1 + 1, -1, 0, 1, 1_767_225_600, 253_402_207_200] {
        for nanos in [0, 1, 120_000_000, 999_999_999] {
            let Ok(instant) = jiff::Timestamp::new(second, nanos) else { continue };
            let made = DateTime::from(instant);
            let read: DateTime = made.as_str().parse().unwrap();
            assert_eq!(
                (made.cmp(&read), made.instant()),
                (std::cmp::Ordering::Equal, Some(instant)),
                "{made}"
            );
        }
    }
}
