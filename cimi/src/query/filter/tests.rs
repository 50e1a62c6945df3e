use super::cursor::Cursor;
use super::*;

/// Bytes that the parser looks at, whether or not it likes what it sees.
fn work(text: &str) -> usize {
    let limits = Limits { string_bytes: usize::MAX, ..Limits::SERVER };
    let mut cursor = Cursor::new(text);
    let _ = parser::parse_with(&mut cursor, text.len(), &limits);
    cursor.work
}

#[test]
fn parsing_is_linear() {
    let terms = |count: usize, term: &str, keyword: &str| vec![term; count].join(keyword);
    let shapes: [fn(&str) -> String; 4] =
        [str::to_owned, |text| format!("({text})"), |text| format!("{text} or"), |text| format!("{text} 'x")];
    for term in
        ["cpu=1", "(((a<=-12)))", "property['k']='v'", "name = 'a) or (b=2'", "true=bootable", "c>2012-05-25"]
    {
        for keyword in [" or ", "and", " and\t\r\n"] {
            for shape in shapes {
                let small = work(&shape(&terms(100, term, keyword)));
                let large = work(&shape(&terms(1_000, term, keyword)));
                assert!(large <= small * 10 + 100, "{term}: {small}, then {large}");
            }
        }
    }
    let ten_thousand = work(&terms(10_000, "cpu=1", " or "));
    assert!(ten_thousand <= work(&terms(1_000, "cpu=1", " or ")) * 10 + 100, "{ten_thousand}");
}

#[test]
fn no_byte_is_looked_at_often() {
    let hostile = [
        "(".repeat(10_000),
        "'".repeat(10_001),
        " ".repeat(10_000),
        "a".repeat(10_000),
        "-".repeat(10_000),
        "1".repeat(10_000),
        "and".repeat(10_000),
        format!("a={}", "2012-".repeat(10_000)),
        "true=true".repeat(1_000),
        "a='x' or (".repeat(30),
        format!("a=1{}", ")".repeat(10_000)),
    ];
    for text in hostile {
        let work = work(&text);
        assert!(work <= 30 * text.len() + 100, "{work} for {} bytes of {:.20}...", text.len(), text);
    }
}

#[test]
fn longer_texts_than_the_limit_are_refused_unread() {
    let limits = Limits { string_bytes: 5, ..Limits::SERVER };
    assert!(Filter::parse("cpu=1", &limits).is_ok());
    assert_eq!(Filter::parse("cpu=12", &limits).unwrap_err().column, 6);
}

#[test]
fn attributes_can_be_asked_for_by_other_names() {
    let filter = Filter::parse("a=1 and (2=a or a='x' or b=1)", &Limits::SERVER).unwrap();
    let number =
        |it: &Comparison| (it.attribute() == "a" && matches!(it.value(), Literal::Integer(_))).then_some("c");
    let renamed = filter.renamed(&number);
    assert_eq!(renamed.to_string(), "c=1 and (c=2 or a='x' or b=1)");
    assert_eq!(renamed.text(), "a=1 and (2=a or a='x' or b=1)", "errors show what was written");
}
