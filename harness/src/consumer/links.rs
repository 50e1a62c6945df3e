//! Where clients go: along the links that they were given, and nowhere else.

use super::asked::{Asked, method_of};
use super::given::{Role, Way};
use super::known::Known;
use crate::check::Violation;

/// DSP0263 4.1.3: no URL is made up.
pub(super) fn opaque(asked: &Asked<'_>, _: &Known<'_>) -> Option<Vec<Violation>> {
    let is_entry = asked.way.given().iter().any(|given| given.role == Role::Entry);
    let url = asked.exchange.request.url.as_str();
    let found = match &asked.way {
        Way::Guessed => {
            let violation = asked.violation(
                "4.1.3/uris-opaque",
                &asked.place.path,
                "a URL that a reply held, with nothing but `$` parameters added",
                format!("{url}, which no reply held"),
            );
            Some(violation.with_hint("follow links from the entry point; do not build URLs"))
        }
        Way::Extended(given) => {
            let expected = format!("{}, with nothing but `$` parameters added", given.reference);
            let violation = asked.violation("4.1.3/uris-opaque", "added parameter", expected, url.to_owned());
            Some(violation.warning().with_hint("only the parameters of 4.1.6 are defined"))
        }
        Way::Given(_) | Way::Dropped(_) | Way::Misresolved(_) => None,
    };
    (!is_entry || found.is_some()).then(|| found.into_iter().collect())
}

/// DSP0263 5.5.10: relative references resolve against baseURI.
pub(super) fn resolved(asked: &Asked<'_>, _: &Known<'_>) -> Option<Vec<Violation>> {
    match &asked.way {
        Way::Misresolved(reference) => {
            let violation = asked.violation(
                "5.5.10/client-resolves",
                "relative reference",
                format!("`{reference}` resolved against baseURI (RFC 3986, 5.2)"),
                asked.exchange.request.url.clone(),
            );
            Some(vec![violation])
        }
        way => {
            let relative = way.given().iter().any(|given| url::Url::parse(&given.reference).is_err());
            relative.then(Vec::new)
        }
    }
}

/// DSP0263 4.1.6: parameters of the provider stay.
pub(super) fn parameters_kept(asked: &Asked<'_>, _: &Known<'_>) -> Option<Vec<Violation>> {
    match &asked.way {
        Way::Dropped(given) => {
            let violation = asked.violation(
                "4.1.6/client-keeps-parameters",
                "parameters",
                format!("the parameters of `{}`", given.reference),
                asked.exchange.request.url.clone(),
            );
            Some(vec![violation.with_hint("add parameters behind those that are there")])
        }
        way => way.given().iter().any(|given| !given.own.is_empty()).then(Vec::new),
    }
}

/// DSP0263 4.1.1: an operation is asked for where, and if, it is offered.
pub(super) fn discovered(asked: &Asked<'_>, known: &Known<'_>) -> Option<Vec<Violation>> {
    if asked.reads() || asked.way.given().is_empty() {
        return None;
    }
    if asked.operation().is_some() {
        return Some(Vec::new());
    }
    let offered: Vec<&str> = asked.way.operations().map(|(rel, ..)| rel).collect();
    let here = known.shown(&asked.place.key()).map(|shown| {
        let all = shown.resource.operations.iter().map(|operation| known.tables.short_rel(&operation.rel));
        all.filter(|rel| method_of(rel) == asked.method()).collect::<Vec<_>>().join(", ")
    });
    let expected = match here.filter(|rels| !rels.is_empty()) {
        Some(rels) => format!("the href of the operation that the resource offers ({rels})"),
        None => format!("no {} where no operation asks for it", asked.method()),
    };
    let got = if offered.is_empty() {
        "the URL of a resource, which is no operation".to_owned()
    } else {
        format!("the href of {}", offered.join(", "))
    };
    let what = known
        .shown(&asked.place.key())
        .and_then(|shown| shown.resource.type_name.clone())
        .unwrap_or_else(|| "other".to_owned());
    Some(vec![asked.violation("4.1.1/client-discovers-operations", &what, expected, got)])
}

/// DSP0263 4.1.6.2, 4.1.6.3: CIMI's parameters are those that it defines.
pub(super) fn cimi_parameters(asked: &Asked<'_>, _: &Known<'_>) -> Option<Vec<Violation>> {
    const DEFINED: [&str; 7] = ["$filter", "$first", "$last", "$select", "$expand", "$format", "$orderby"];
    let mut all = Vec::new();
    for (name, value) in &asked.place.cimi {
        let expected = match name.as_str() {
            "$first" | "$last" if value.parse::<u64>().map_or(true, |number| number == 0) => {
                "an ordinal, from 1"
            }
            "$select" | "$expand" | "$filter" | "$orderby" if value.trim().is_empty() => "a value",
            name if DEFINED.contains(&name) => continue,
            _ => "no parameter with `$` but those of 4.1.6",
        };
        all.push(asked.violation("4.1.6/client-parameters", name, expected, format!("{name}={value}")));
    }
    (!asked.place.cimi.is_empty()).then_some(all)
}
