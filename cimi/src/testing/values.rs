//! Simple values and values without a declared type.

use proptest::prelude::*;

use crate::value::{Attributes, Map, Reference, Value};

/// Text of any kind that XML can carry, never empty: blanks, markup, line breaks, other scripts, what looks like a number.
pub fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[A-Za-z][A-Za-z0-9 _.-]{0,12}",
        1 => "[ \t\r\n]{1,3}",
        1 => "[<>&\"'\\]a\r\n\t ]{1,8}",
        1 => prop::sample::select(vec!["true", "1", "-0", "1e5", "null", " 7 ", "\u{FEFF}", "\u{10FFFF}", "é"])
            .prop_map(str::to_owned),
        1 => prop::collection::vec(any::<char>().prop_filter("XML carries it", |&c| is_xml(c)), 1..6)
            .prop_map(|chars| chars.into_iter().collect()),
    ]
}

const fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..)
}

/// A URI, absolute or relative.
pub fn uri() -> impl Strategy<Value = String> {
    prop_oneof![
        "https?://[a-z]{1,8}(:[1-9][0-9]{1,3})?(/[a-z0-9]{1,6}){0,3}(\\?[a-z]=[a-z0-9&]{1,4})?",
        "[a-z]{1,6}/[0-9]{1,4}"
    ]
}

/// An `xs:dateTime` as text: with and without zone and fraction.
pub fn date_time() -> impl Strategy<Value = String> {
    let day = (1i32..=9999, 1u8..=12, 1u8..=28);
    let time = (0u8..24, 0u8..60, 0u8..60);
    let zone = prop_oneof![Just(String::new()), Just("Z".to_owned()), "[+-](0[0-9]|1[0-3]):[0-5][0-9]"];
    (day, time, "(\\.[0-9]{1,12})?", zone).prop_map(|((y, mo, d), (h, mi, s), fraction, zone)| {
        format!("{y:04}-{mo:02}-{d:02}T{h:02}:{mi:02}:{s:02}{fraction}{zone}")
    })
}

/// An `xs:duration` as text.
pub fn duration() -> impl Strategy<Value = String> {
    prop_oneof![
        "-?P[0-9]{1,3}Y([0-9]{1,3}M)?([0-9]{1,4}D)?(T[0-9]{1,3}H)?",
        "PT([0-9]{1,3}M)?[0-9]{1,5}(\\.[0-9]{1,9})?S",
        "P[0-9]{1,3}D",
    ]
}

/// A value as a JSON text without declarations has it: what both serializations bring back as it was.
pub fn natural() -> impl Strategy<Value = Value> {
    let simple = prop_oneof![
        any::<bool>().prop_map(Value::Boolean),
        any::<i64>().prop_map(Value::Integer),
        "-?(0|[1-9][0-9]{0,20})\\.[0-9]{1,9}"
            .prop_map(|text| text.parse().map_or(Value::Null, Value::Decimal)),
        text().prop_map(Value::String),
    ];
    simple.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..3).prop_map(Value::Array),
            fields(inner.clone()).prop_map(Value::Structure),
            (uri(), fields(inner))
                .prop_map(|(href, attributes)| { Value::Ref(Reference { href: Some(href), attributes }) }),
        ]
    })
}

/// Names that no declaration has, among them such as no XML element can have.
pub(super) fn undeclared_name() -> impl Strategy<Value = String> {
    prop_oneof![3 => "x_[a-z]{1,4}", 1 => "x [0-9$<&]{1,3}"]
}

fn fields(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Attributes> {
    prop::collection::vec((undeclared_name(), value), 1..3)
        .prop_map(|fields| fields.into_iter().map(|(name, value)| (name.into(), value)).collect())
}

/// A map: any key, any value, the empty ones among them.
pub(super) fn map() -> impl Strategy<Value = Map> {
    let any_text = || prop_oneof![5 => text().boxed(), 1 => Just(String::new()).boxed()];
    prop::collection::vec((any_text(), any_text()), 1..4).prop_map(|entries| entries.into_iter().collect())
}

/// A value scope (DSP0263 5.5.14), with every form of a scope.
pub(super) fn value_scope() -> impl Strategy<Value = Value> {
    let plain = || {
        prop_oneof![
            any::<i64>().prop_map(Value::Integer),
            text().prop_map(Value::String),
            any::<bool>().prop_map(Value::Boolean)
        ]
    };
    let scope = prop_oneof![
        plain().prop_map(|value| Attributes::new().with("value", value)),
        prop::collection::vec(plain(), 2..4).prop_map(|values| Attributes::new()
            .with("values", values.clone())
            .with("default", values[0].clone())),
        (any::<i64>(), any::<i64>()).prop_map(|(from, to)| {
            Attributes::new().with("minimum", from).with("maximum", to).with("units", "kibibytes")
        }),
        text().prop_map(|units| Attributes::new().with("units", units)),
    ];
    let scopes = prop::collection::vec(("[a-z]{1,6}", scope), 1..3).prop_map(|scopes| {
        scopes.into_iter().map(|(name, scope)| (name.into(), Value::Structure(scope))).collect::<Attributes>()
    });
    (scopes.clone(), prop::option::of(scopes)).prop_map(|(scopes, item)| match item {
        Some(item) => Value::Structure(scopes.with("machines", Attributes::new().with("item", item))),
        None => Value::Structure(scopes),
    })
}
