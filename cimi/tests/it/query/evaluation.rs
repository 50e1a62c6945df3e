//! What filters mean: examples, and random filters over random members against a naive oracle.

use cimi::extension::Extensions;
use cimi::query::{Filter, Query};
use cimi::{Attributes, Map, Reference, Value};
use proptest::prelude::*;

use super::{LIMITS, machine};

fn sample() -> Vec<Attributes> {
    let properties = |pairs: &[(&str, &str)]| -> Map {
        pairs.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect()
    };
    let time = |text: &str| Value::DateTime(text.parse().unwrap());
    vec![
        Attributes::new()
            .with("name", "a")
            .with("cpu", 1)
            .with("created", time("2012-05-25T13:30:15-05:00"))
            .with("properties", properties(&[("colour", "red"), ("size", "7")])),
        Attributes::new()
            .with("name", "b")
            .with("cpu", -2)
            .with("created", time("2012-05-25T18:30:15"))
            .with("properties", properties(&[("colour", "blue")])),
        Attributes::new()
            .with("name", "c")
            .with("description", "")
            .with("bootable", true)
            .with("created", time("2012-05-26T00:00:00+02:00"))
            .with("disks", Reference::to("http://a/disks")),
        Attributes::new().with("name", "d").with("description", "x").with("bootable", false),
    ]
}

/// The names of the members that satisfy the filters of a query.
fn check(raw: &str, expected: &str) {
    let query = Query::parse(raw, &LIMITS).unwrap();
    let found: String = sample()
        .iter()
        .filter(|member| query.filters.iter().all(|filter| filter.matches(*member)))
        .filter_map(|member| member.text("name"))
        .collect();
    assert_eq!(found, expected, "{raw}");
}

#[test]
fn filters_narrow() {
    check("", "abcd");
    check("$filter=name='a'", "a");
    check("$filter=name!='a'", "bcd");
    check("$filter=name='a' or name='d'&$filter=cpu<5", "a");
    check("$filter=name='a' or name='b' and cpu=1", "a");
    check("$filter=(name='a' or name='b') and cpu=-2", "b");
    check("$filter=0<cpu", "a");
    check("$filter=bootable=true", "c");
    check("$filter=true!=bootable", "d");
}

#[test]
fn times_are_compared_as_instants() {
    check("$filter=created=2012-05-25T18:30:15Z", "ab");
    check("$filter=created=2012-05-25T20:30:15+02:00", "ab");
    check("$filter=created>=2012-05-25T22:00:00Z", "c");
    check("$filter=created<2012-05-26", "abc");
    check("$filter=created=2012-05-26+02:00", "c");
}

#[test]
fn nothing_matches_what_is_not_there() {
    for op in ["=", "!="] {
        check(&format!("$filter=nosuch{op}'x'"), "");
        check(&format!("$filter=disks{op}'http://a/disks'"), "");
        check(&format!("$filter=property['nosuch']{op}'x'"), "");
    }
    check("$filter=cpu!=1", "b");
    check("$filter=description=''", "");
    check("$filter=description!='y'", "d");
    check("$filter=cpu='1' or cpu!='1' or name=1 or name!=1 or cpu=true", "");
}

#[test]
fn properties_match_by_key_and_value() {
    check("$filter=property['colour']='red'", "a");
    check("$filter=property['colour']!='red'", "b");
    check("$filter=property['size']='7' and property['colour']='red'", "a");
    check("$filter=property['Colour']='red'", "");
    check("$filter=property['size']>'6'", "");
}

#[test]
fn any_extension_decides_what_may_be_compared() {
    use cimi::model::Type;
    use cimi::model::attribute::attr;
    let extensions = Extensions::NONE
        .with("Machine", "http://v", attr("rack", Type::Integer))
        .with("Machine", "http://v", attr("note", Type::Any))
        .with("Machine", "http://v", attr("life", Type::Duration));
    let verdict = |text: &str| Filter::parse(text, &LIMITS).unwrap().check(machine(), &extensions);
    assert!(verdict("rack>1 and note>1 and note='x' and note!=true").is_ok());
    for (text, column) in [("rack='x'", 6), ("note>'x'", 5), ("life='PT1S'", 1)] {
        assert_eq!(verdict(text).unwrap_err().column, column, "{text}");
    }
}

/// A filter as the oracle has it.
#[derive(Clone, Debug)]
enum Wish {
    Compare(&'static str, &'static str, Wanted, Style),
    Property(&'static str, bool, &'static str),
    All(Vec<Wish>),
    Any(Vec<Wish>),
}

#[derive(Clone, Debug)]
enum Wanted {
    Number(i64),
    Text(&'static str),
    Truth(bool),
    /// Hours after a fixed time, and the hours that its zone is ahead of UTC.
    Hour(i64, i64),
}

/// How it is written.
#[derive(Clone, Copy, Debug)]
struct Style {
    turned: bool,
    blanks: bool,
}

fn hour(hour: i64, zone: i64) -> String {
    let local = 12 + hour + zone;
    let sign = if zone < 0 { '-' } else { '+' };
    format!(
        "2020-01-{:02}T{:02}:00:00{sign}{:02}:00",
        10 + local.div_euclid(24),
        local.rem_euclid(24),
        zone.abs()
    )
}

impl Wish {
    fn text(&self) -> String {
        match self {
            Self::Compare(name, op, wanted, Style { turned, blanks }) => {
                let value = match wanted {
                    Wanted::Number(number) => number.to_string(),
                    Wanted::Text(text) if text.contains('\'') => format!("\"{text}\""),
                    Wanted::Text(text) => format!("'{text}'"),
                    Wanted::Truth(truth) => truth.to_string(),
                    Wanted::Hour(at, zone) => hour(*at, *zone),
                };
                let blank = if *blanks { " " } else { "" };
                if *turned {
                    let op: String = op
                        .chars()
                        .map(|c| {
                            if c == '<' {
                                '>'
                            } else if c == '>' {
                                '<'
                            } else {
                                c
                            }
                        })
                        .collect();
                    format!("{blank}{value}{blank}{op}{blank}{name} ")
                } else {
                    format!("{blank}{name}{blank}{op}{blank}{value}{blank}")
                }
            }
            Self::Property(key, equal, value) => {
                format!("property['{key}']{}'{value}'", if *equal { "=" } else { "!=" })
            }
            Self::All(wishes) => Self::joined(wishes, "and"),
            Self::Any(wishes) => Self::joined(wishes, "or"),
        }
    }

    fn joined(wishes: &[Self], keyword: &str) -> String {
        let parts: Vec<String> = wishes.iter().map(|wish| format!("({})", wish.text())).collect();
        parts.join(keyword)
    }

    fn holds(&self, member: &Member) -> bool {
        match self {
            Self::All(wishes) => wishes.iter().all(|wish| wish.holds(member)),
            Self::Any(wishes) => wishes.iter().any(|wish| wish.holds(member)),
            Self::Property(key, equal, value) => {
                member.properties.iter().any(|(k, v)| k == key && (v == value) == *equal)
            }
            Self::Compare(name, op, wanted, _) => match (*name, wanted) {
                ("cpu", Wanted::Number(wanted)) => member.cpu.is_some_and(|found| holds(op, found, *wanted)),
                ("created", Wanted::Hour(at, _)) => {
                    member.hour.is_some_and(|(found, _)| holds(op, found, *at))
                }
                ("name", Wanted::Text(wanted)) => {
                    member.name.is_some_and(|found| (found == *wanted) == (*op == "=") && !found.is_empty())
                }
                ("bootable", Wanted::Truth(wanted)) => {
                    member.bootable.is_some_and(|found| (found == *wanted) == (*op == "="))
                }
                _ => false,
            },
        }
    }
}

fn holds(op: &str, left: i64, right: i64) -> bool {
    (op.contains('<') && left < right)
        || (op.contains('>') && left > right)
        || (op == "!=" && left != right)
        || (op != "!=" && op.contains('=') && left == right)
}

/// A member as the oracle has it.
#[derive(Clone, Debug)]
struct Member {
    name: Option<&'static str>,
    cpu: Option<i64>,
    bootable: Option<bool>,
    hour: Option<(i64, i64)>,
    properties: Vec<(&'static str, &'static str)>,
}

impl Member {
    fn attributes(&self) -> Attributes {
        let mut attributes = Attributes::new();
        attributes.set_some("name", self.name);
        attributes.set_some("cpu", self.cpu);
        attributes.set_some("bootable", self.bootable);
        attributes.set_some(
            "created",
            self.hour.map(|(at, zone)| Value::DateTime(hour(at, zone).parse().unwrap())),
        );
        let properties = self.properties.iter().map(|&(k, v)| (k.to_owned(), v.to_owned()));
        attributes.set("properties", properties.collect::<Map>());
        attributes
    }
}

const TEXTS: [&str; 5] = ["a", "b", "it's", "x) or (y='", ""];
const KEYS: [&str; 2] = ["k", "and"];

fn wishes() -> impl Strategy<Value = Wish> {
    let op = || prop::sample::select(vec!["=", "!=", "<", "<=", ">", ">="]);
    let equality = || prop::sample::select(vec!["=", "!="]);
    let style = || (any::<bool>(), any::<bool>()).prop_map(|(turned, blanks)| Style { turned, blanks });
    let text = || prop::sample::select(TEXTS.to_vec());
    let leaf = prop_oneof![
        (op(), -3..3_i64, style()).prop_map(|(op, n, style)| Wish::Compare(
            "cpu",
            op,
            Wanted::Number(n),
            style
        )),
        (op(), -3..3_i64, -14..=14_i64, style()).prop_map(|(op, at, zone, style)| Wish::Compare(
            "created",
            op,
            Wanted::Hour(at, zone),
            style
        )),
        (equality(), text(), style()).prop_map(|(op, text, style)| Wish::Compare(
            "name",
            op,
            Wanted::Text(text),
            style
        )),
        (equality(), any::<bool>(), style()).prop_map(|(op, truth, style)| Wish::Compare(
            "bootable",
            op,
            Wanted::Truth(truth),
            style
        )),
        (op(), 0..3_i64, style()).prop_map(|(op, n, style)| Wish::Compare(
            "nosuch",
            op,
            Wanted::Number(n),
            style
        )),
        (prop::sample::select(KEYS.to_vec()), any::<bool>(), prop::sample::select(vec!["a", "b"]))
            .prop_map(|(key, equal, value)| Wish::Property(key, equal, value)),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Wish::All),
            prop::collection::vec(inner, 1..4).prop_map(Wish::Any),
        ]
    })
}

fn members() -> impl Strategy<Value = Member> {
    (
        prop::option::of(prop::sample::select(TEXTS.to_vec())),
        prop::option::of(-3..3_i64),
        prop::option::of(any::<bool>()),
        prop::option::of((-3..3_i64, -14..=14_i64)),
        prop::sample::subsequence(KEYS.to_vec(), 0..=2),
        prop::sample::select(vec!["a", "b"]),
    )
        .prop_map(|(name, cpu, bootable, hour, keys, value)| Member {
            name,
            cpu,
            bootable,
            hour,
            properties: keys.into_iter().map(|key| (key, value)).collect(),
        })
}

proptest! {
    #[test]
    fn filters_mean_what_the_oracle_says(wish in wishes(), members in prop::collection::vec(members(), 1..8)) {
        let filter = Filter::parse(&wish.text(), &LIMITS).unwrap();
        prop_assert!(filter.check(machine(), &Extensions::NONE).is_ok());
        let canonical = Filter::parse(&filter.to_string(), &LIMITS).unwrap();
        prop_assert_eq!(&canonical, &filter);
        for member in &members {
            prop_assert_eq!(filter.matches(&member.attributes()), wish.holds(member), "{} {:?}", wish.text(), member);
            prop_assert_eq!(canonical.matches(&member.attributes()), wish.holds(member));
        }
    }
}

#[test]
fn what_every_match_must_have() {
    let check = |raw: &str, expected: Option<&str>| {
        let query = Query::parse(raw, &LIMITS).unwrap();
        assert_eq!(query.required("name"), expected, "{raw}");
    };
    check("", None);
    check("$filter=name='a'", Some("a"));
    check("$filter='a'=name", Some("a"));
    check("$filter=cpu>2 and (state='x' and name='a')", Some("a"));
    check("$filter=cpu>2&$filter=name='a'", Some("a"));
    check("$filter=name='a' or cpu>2", None);
    check("$filter=(name='a' or cpu>2) and cpu<9", None);
    check("$filter=name!='a'", None);
    check("$filter=description='a'", None);
    check("$filter=property['name']='a'", None);
}
