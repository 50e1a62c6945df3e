use std::fmt::Write as _;

use proptest::prelude::*;

use super::json::{Json, JsonValue};
use super::xml::Element;

/// Renders a JSON tree in one line a node, or the error.
fn json(text: &str) -> String {
    fn show(node: &Json, out: &mut String) {
        let _ = match &node.value {
            JsonValue::Array(items) => {
                let _ = write!(out, "[@{} ", node.at);
                for item in items {
                    show(item, out);
                }
                write!(out, "]")
            }
            JsonValue::Object(members) => {
                let _ = write!(out, "{{@{} ", node.at);
                for member in members {
                    let _ = write!(out, "{}@{}: ", member.key, member.at);
                    show(&member.value, out);
                }
                write!(out, "}}")
            }
            value => write!(out, "{value:?}@{} ", node.at),
        };
    }
    match Json::read(text) {
        Ok(node) => {
            let mut out = String::new();
            show(&node, &mut out);
            out
        }
        Err(error) => error.to_string(),
    }
}

fn xml(text: &str) -> String {
    fn show(node: &Element, out: &mut String) {
        let space = node.name.namespace.as_deref().unwrap_or("-");
        let _ = write!(out, "<{space}|{}@{}", node.name.local, node.at);
        for attribute in &node.attributes {
            let _ = write!(out, " {}={:?}", attribute.name.local, attribute.value);
        }
        let _ = write!(out, ">{}", node.trimmed());
        node.children.iter().for_each(|child| show(child, out));
        let _ = write!(out, "</>");
    }
    match Element::read(text) {
        Ok(node) => {
            let mut out = String::new();
            show(&node, &mut out);
            out
        }
        Err(error) => error.to_string(),
    }
}

#[track_caller]
fn check(got: &str, expected: &str) {
    assert_eq!(got, expected);
}

#[test]
fn json_keeps_what_stood_there() {
    check(
        &json("{\"a\": 1.50,\n \"a\": [true, null, \"\\u00e9\\ud83d\\ude00\\n\"]}"),
        "{@1:1 a@1:2: Number(\"1.50\")@1:7 a@2:2: [@2:7 Bool(true)@2:8 Null@2:14 String(\"é😀\\n\")@2:20 ]}",
    );
    check(&json("\u{feff}7"), "Number(\"7\")@1:1 ");
}

#[test]
fn json_errors_say_where_and_what() {
    check(&json("{nope"), "1:2: expected a key in quotes, found `n`");
    check(&json("{\"é\": 01}"), "1:8: expected `,` or `}`, found `1`");
    check(&json("[1,]"), "1:4: expected a value, found `]`");
    check(&json("\"a\nb\""), "1:3: expected a closing `\"` (control characters need an escape), found `\\n`");
    check(&json("tru"), "1:4: expected `true`, found the end of the text");
    check(&json(""), "1:1: expected a value, found the end of the text");
    check(&json("1 2"), "1:3: expected the end of the document, found `2`");
    check(&json(&"[".repeat(200)), "1:130: more than 128 levels or 1000000 values");
}

#[test]
fn xml_keeps_what_stood_there() {
    check(
        &xml(
            "<?xml version='1.0'?>\n<a xmlns='u' k='1 &lt;'>\n <p:b xmlns:p='v' p:k='2'/>x&amp;<![CDATA[<y]]></a>",
        ),
        "<u|a@2:1 k=\"1 <\">x&<y<v|b@3:2 k=\"2\"></></>",
    );
}

#[test]
fn xml_errors_say_where_and_what() {
    check(&xml(""), "1:1: expected an element, found none");
    check(&xml("<a>\n<b></a>"), "2:4: ill-formed document: expected `</b>`, but `</a>` was found");
    check(&xml("<a>"), "1:4: the end of the text, with <a> of 1:1 still open");
    check(
        &xml("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>"),
        "1:1: a document type declaration, which is refused",
    );
    check(&xml("<a>&x;</a>"), "1:4: the entity `&x;` is not defined");
    check(&xml("<p:a/>"), "1:1: the prefix `p` is bound to no namespace");
    check(&xml("<a/><b/>"), "1:5: a second root element");
    check(&xml("x"), "1:1: text outside the root element");
}

proptest! {
    #[test]
    fn no_text_makes_a_reader_panic(text in "\\PC*") {
        let _ = Json::read(&text);
        let _ = Element::read(&text);
    }

    #[test]
    fn nor_does_almost_json(text in "[\\[\\]{}\",:0-9eE.+\\-a-f\\\\u \n]*") {
        let ours = Json::read(&text);
        let theirs = serde_json::from_str::<serde_json::Value>(&text);
        // The two agree on what is JSON, lone surrogates aside, which serde_json refuses.
        prop_assert!(ours.is_ok() == theirs.is_ok() || text.contains("\\u"), "{text:?} {ours:?} {theirs:?}");
    }

    #[test]
    fn nor_does_almost_xml(text in "[<>/a-c:=\"'&;!?\\[\\] \n-]*") {
        let _ = Element::read(&text);
    }
}
