//! Reading `[[case.step]]`.

use std::time::Duration;

use toml::de::DeValue;

use crate::source::{Faults, Field, Section};

use super::body::Neutral;
use super::expect::{Expectation, choice};
use super::need::Shown;
use super::parse::Context;
use super::template::{Path, Template};
use crate::event::Format;

use super::{Auth, Method, Payload, Role, Step, Wait, WaitFor};

/// No wait of a case is longer.
const MAX_WAIT: Duration = Duration::from_mins(5);

/// A wait that does not say how long.
const DEFAULT_WAIT: Duration = Duration::from_secs(30);

/// Reads one step; its name becomes known to the steps after it.
pub(super) fn read(section: Section<'_, '_>, context: &mut Context<'_>, faults: &mut Faults) -> Option<Step> {
    let origin = faults.origin(section.span().start);
    let name = name(&section, context, faults);
    let (method, target) = target(&section, context, faults)?;
    let query = pairs(&section, "query", context, faults);
    let headers = pairs(&section, "headers", context, faults);
    let payload = payload(&section, method, context, faults);
    let format = section
        .string("format", faults)
        .and_then(|f| choice(&f, &Format::ALL.map(|format| (format.name(), format)), faults));
    let auths = [
        ("endpoint", Auth::Endpoint),
        ("none", Auth::Nobody),
        ("wrong", Auth::Wrong),
        ("other", Auth::As(Role::Other)),
        ("reader", Auth::As(Role::Reader)),
    ];
    let auth =
        section.string("auth", faults).and_then(|f| choice(&f, &auths, faults)).unwrap_or(Auth::Endpoint);
    let setup = section.boolean("setup", false, faults);
    let settle = section.boolean("settle", false, faults);
    let needs = section
        .strings("needs", faults)
        .into_iter()
        .filter_map(|f| Shown::read(&f, context, faults))
        .collect();
    let wait = section.section("wait", "a wait", faults).and_then(|s| wait(s, context, faults));
    if wait.is_some() && !method.is_safe() {
        let message = format!("a wait on {}, which would be repeated", method.as_str());
        faults.add(
            section.key_span("wait"),
            message,
            Some("a step of its own that reads (`get`)".to_owned()),
        );
    }
    // A step may look at its own reply: `${made.@location}` in its expectations.
    context.names.push(name.clone());
    let expect = expectations(&section, context, faults);
    section.finish(faults);
    Some(Step {
        name,
        method,
        target,
        query,
        headers,
        payload,
        format,
        auth,
        setup,
        settle,
        needs,
        wait,
        expect,
        origin,
    })
}

fn name(section: &Section<'_, '_>, context: &Context<'_>, faults: &mut Faults) -> String {
    let Some(field) = section.string("name", faults) else {
        return format!("step-{}", context.names.len() + 1);
    };
    let fine = !field.value.is_empty()
        && field.value.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if !fine {
        faults.add(
            field.span.clone(),
            format!("`{}` is no name of a step", field.value),
            Some("letters, digits, - and _".into()),
        );
    }
    if context.names.contains(&field.value) {
        faults.add(field.span.clone(), format!("a second step named `{}`", field.value), None);
    }
    if context.vocabulary.facts.contains(&field.value) {
        faults.add_with_hint(
            field.span,
            format!("a step named `{}`, which is a fact", field.value),
            None,
            Some("name it after what it does: `read`, `made`, `all`".to_owned()),
        );
    }
    field.value
}

fn target(
    section: &Section<'_, '_>,
    context: &Context<'_>,
    faults: &mut Faults,
) -> Option<(Method, Template)> {
    let given: Vec<(&'static str, Method)> =
        Method::ALL.into_iter().filter(|(key, _)| section.has(key)).collect();
    match given.as_slice() {
        [(key, method)] => {
            let field = section.string(key, faults)?;
            Some((*method, context.template(&field, faults)))
        }
        [] => {
            let keys = Method::ALL.map(|(key, _)| key).join(", ");
            faults.add(section.span(), "a step without a request", Some(format!("one of: {keys}")));
            None
        }
        [(first, _), (second, _), ..] => {
            faults.add(
                section.key_span(second),
                format!("`{second}` beside `{first}`"),
                Some("one request a step".into()),
            );
            None
        }
    }
}

fn pairs(
    section: &Section<'_, '_>,
    key: &'static str,
    context: &Context<'_>,
    faults: &mut Faults,
) -> Vec<(String, Template)> {
    let Some(table) = section.section(key, key, faults) else { return Vec::new() };
    let mut pairs = Vec::new();
    for (name, value) in table.entries() {
        let values = match value.get_ref() {
            DeValue::Array(items) => items.iter().collect(),
            _ => vec![value],
        };
        for value in values {
            if let Some(field) = crate::source::string_of(value, &name.value, faults) {
                pairs.push((name.value.clone(), context.template(&field, faults)));
            }
        }
    }
    pairs
}

fn payload(section: &Section<'_, '_>, method: Method, context: &Context<'_>, faults: &mut Faults) -> Payload {
    let body = section.value("body");
    let raw = section.value("raw");
    if let (Some(_), Some(_)) = (body, raw) {
        faults.add(section.key_span("raw"), "`raw` beside `body`", Some("one of them".to_owned()));
    }
    if body.is_some() && matches!(method, Method::Get | Method::Head) {
        faults.add(section.key_span("body"), format!("a body on {}", method.as_str()), None);
    }
    if let Some(value) = body {
        if !matches!(value.get_ref(), DeValue::Table(_)) {
            faults.add(
                value.span(),
                "a body that is no table",
                Some("{ type = \"MachineCreate\", ... }, or `raw`".into()),
            );
        }
        return Neutral::read(value, context, faults).map_or(Payload::None, Payload::Neutral);
    }
    let Some(value) = raw else { return Payload::None };
    if let DeValue::String(text) = value.get_ref() {
        let field = Field { value: text.clone().into_owned(), span: value.span() };
        let template = context.template(&field, faults);
        return Payload::Raw { json: template.clone(), xml: template };
    }
    let Some(table) = Section::of("raw", value, faults) else { return Payload::None };
    let json = table.required("json", faults).map(|f| context.template(&f, faults)).unwrap_or_default();
    let xml = table.required("xml", faults).map(|f| context.template(&f, faults)).unwrap_or_default();
    table.finish(faults);
    Payload::Raw { json, xml }
}

fn wait(section: Section<'_, '_>, context: &Context<'_>, faults: &mut Faults) -> Option<Wait> {
    let origin = faults.origin(section.span().start);
    let within = section.string("within", faults).map_or(DEFAULT_WAIT, |f| within(&f, faults));
    let requirements = context.requirements(&section, faults);
    let requirements = if requirements.is_empty() { context.default_requirements() } else { requirements };
    let gone = section.boolean("gone", false, faults);
    let expected = section.boolean("expected", false, faults);
    let attribute = section.string("attribute", faults);
    let until: Vec<String> = section.strings("until", faults).into_iter().map(|f| f.value).collect();
    let failing = section.strings("failing", faults).into_iter().map(|f| f.value).collect();
    let until = match (gone, expected, attribute) {
        (true, false, None) => Some(WaitFor::Gone),
        (false, true, None) => Some(WaitFor::Expected),
        (false, false, Some(field)) if !until.is_empty() => match Path::read(&field.value) {
            Ok(path) => Some(WaitFor::Attribute { path, until, failing }),
            Err(message) => {
                faults.add(field.span, format!("bad path `{}`: {message}", field.value), None);
                None
            }
        },
        _ => {
            let expected = "`attribute` with `until`, `gone = true` or `expected = true`".to_owned();
            faults.add(section.span(), "a wait that does not say for what", Some(expected));
            None
        }
    };
    section.finish(faults);
    until.map(|until| Wait { until, within, requirements, origin })
}

fn within(field: &Field<String>, faults: &mut Faults) -> Duration {
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let duration = match (
        field.value.strip_suffix("ms"),
        field.value.strip_suffix('s'),
        field.value.strip_suffix('m'),
    ) {
        (Some(ms), ..) => number(ms).map(Duration::from_millis),
        (None, Some(s), _) => number(s).map(Duration::from_secs),
        (None, None, Some(m)) => number(m).map(|m| Duration::from_secs(m.saturating_mul(60))),
        _ => None,
    };
    let Some(duration) = duration.filter(|d| *d <= MAX_WAIT) else {
        let expected = format!("\"500ms\", \"30s\" or \"2m\", at most {} s", MAX_WAIT.as_secs());
        faults.add(field.span.clone(), format!("`{}` is no time to wait", field.value), Some(expected));
        return DEFAULT_WAIT;
    };
    duration
}

fn expectations(section: &Section<'_, '_>, context: &Context<'_>, faults: &mut Faults) -> Vec<Expectation> {
    let Some(value) = section.value("expect") else { return Vec::new() };
    let DeValue::Array(items) = value.get_ref() else {
        crate::source::wrong_type(value, "expect", "a list of expectations", faults);
        return Vec::new();
    };
    items.iter().filter_map(|item| Expectation::read(item, context, faults)).collect()
}
