//! Whether two readings mean the same (DSP0263 4.1.4: the two representations of a resource).

use indexmap::IndexMap;
use url::Url;

use super::scalar::instant;
use super::{Resource, Value};

/// A place where two readings differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The attribute.
    pub path: String,
    /// What the first says.
    pub left: String,
    /// What the second says.
    pub right: String,
}

/// At most so many differences are told.
const MAX: usize = 20;

/// How two resources differ. References are compared resolved against `base`; attributes in `ignoring` may differ.
pub fn differences(
    left: &Resource,
    right: &Resource,
    base: Option<&Url>,
    ignoring: &[String],
) -> Vec<Difference> {
    let mut all = Vec::new();
    resources(left, right, base, ignoring, "", &mut all);
    all.truncate(MAX);
    all
}

fn resources(
    left: &Resource,
    right: &Resource,
    base: Option<&Url>,
    ignoring: &[String],
    path: &str,
    all: &mut Vec<Difference>,
) {
    let departs = |name: &str| left.departures.contains(name) || right.departures.contains(name);
    let is_named = left.type_name.is_some() && right.type_name.is_some() && !departs("@type");
    if is_named && left.type_name != right.type_name {
        push(all, &format!("{path}@type"), left.type_name.clone(), right.type_name.clone());
    }
    let departing = left.departures.iter().chain(&right.departures).cloned();
    let passed_over: Vec<String> = ignoring.iter().cloned().chain(departing).collect();
    records(&left.attributes, &right.attributes, base, &passed_over, path, all);
    if !ignoring.iter().any(|i| i == "operations") && !departs("operations") {
        let rels = |r: &Resource| {
            let mut rels: Vec<&str> = r.operations.iter().map(|op| op.rel.as_str()).collect();
            rels.sort_unstable();
            rels.join(", ")
        };
        if rels(left) != rels(right) {
            push(all, &format!("{path}operations"), Some(rels(left)), Some(rels(right)));
        }
    }
    if left.items.len() != right.items.len() {
        push(
            all,
            &format!("{path}@items"),
            Some(left.items.len().to_string()),
            Some(right.items.len().to_string()),
        );
        return;
    }
    for (index, (l, r)) in left.items.iter().zip(&right.items).enumerate() {
        resources(l, r, base, ignoring, &format!("{path}item[{index}]."), all);
    }
}

fn records(
    left: &IndexMap<String, Value>,
    right: &IndexMap<String, Value>,
    base: Option<&Url>,
    ignoring: &[String],
    path: &str,
    all: &mut Vec<Difference>,
) {
    let names = left.keys().chain(right.keys().filter(|k| !left.contains_key(*k)));
    for name in names {
        if ignoring.contains(name) || name == "href" && path.is_empty() {
            continue;
        }
        let path = format!("{path}{name}");
        match (left.get(name), right.get(name)) {
            (Some(l), Some(r)) => values(l, r, base, &path, all),
            (l, r) => {
                let empty = |v: Option<&Value>| {
                    v.is_none_or(|v| matches!(v, Value::Null) || matches!(v, Value::List(l) if l.is_empty()))
                };
                if !(empty(l) && empty(r)) {
                    push(all, &path, l.map(Value::show), r.map(Value::show));
                }
            }
        }
    }
}

fn values(left: &Value, right: &Value, base: Option<&Url>, path: &str, all: &mut Vec<Difference>) {
    match (left, right) {
        (Value::Record(l), Value::Record(r)) => records(l, r, base, &[], &format!("{path}."), all),
        (Value::List(l), Value::List(r)) if l.len() == r.len() => {
            for (index, (l, r)) in l.iter().zip(r).enumerate() {
                values(l, r, base, &format!("{path}[{index}]"), all);
            }
        }
        // One format cannot tell a list of one from its item where the tables do not know the attribute.
        (Value::List(one), other) | (other, Value::List(one)) if one.len() == 1 => {
            values(&one[0], other, base, path, all);
        }
        _ if scalars_equal(left, right, base) => {}
        _ => push(all, path, Some(left.show()), Some(right.show())),
    }
}

/// Whether two scalars mean the same: as numbers, as instants, as references, else as text.
pub(crate) fn scalars_equal(left: &Value, right: &Value, base: Option<&Url>) -> bool {
    let (Some(l), Some(r)) = (left.as_text(), right.as_text()) else { return left == right };
    if l == r || l.trim() == r.trim() {
        return true;
    }
    if let (Some(l), Some(r)) = (number(&l), number(&r)) {
        return l.total_cmp(&r).is_eq();
    }
    if let (Some(l), Some(r)) = (instant(&l), instant(&r)) {
        return l == r;
    }
    match base {
        Some(base) => {
            matches!((base.join(&l), base.join(&r)), (Ok(l), Ok(r)) if l == r && looks_like_reference(&l))
        }
        None => false,
    }
}

fn number(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E'));
    (plain && !text.is_empty()).then(|| text.parse().ok())?
}

fn looks_like_reference(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

fn push(all: &mut Vec<Difference>, path: &str, left: Option<String>, right: Option<String>) {
    let text = |side: Option<String>| side.unwrap_or_else(|| "nothing".to_owned());
    all.push(Difference { path: path.to_owned(), left: text(left), right: text(right) });
}
