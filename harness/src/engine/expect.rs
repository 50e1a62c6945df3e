//! Holding a reply against an expectation. Pure.

use std::cmp::Ordering;

use crate::case::{
    BodyShape, Expectation, MediaExpectation, Neutral, Order, Path, Segment, StatusPattern, Subject, Syntax,
    Test,
};
use crate::event::{At, BodyAt, Format};
use crate::meaning::{Resource, Tree, Value, differences, find, instant, is_lexical, seconds, shorten};
use crate::spec::Scalar;

use super::env::{Done, Env, Unresolved};
use super::{mend, place};

/// Why an expectation does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miss {
    /// Where.
    pub at: At,
    /// What was expected.
    pub expected: String,
    /// What was there.
    pub got: String,
    /// The smallest edit of the reply after which it would hold, where that can be said.
    pub edit: Option<String>,
}

/// What came of one expectation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It holds.
    Holds,
    /// It does not.
    Missed(Miss),
    /// It speaks of something that is not there.
    Unresolved(Unresolved),
}

/// Holds `done` against `expectation`.
pub fn judge(expectation: &Expectation, done: &Done, env: &Env<'_>) -> Outcome {
    match subject(expectation, done, env) {
        Ok(None) => Outcome::Holds,
        Ok(Some(miss)) => Outcome::Missed(Miss { edit: mend::smallest(expectation, done, env), ..miss }),
        Err(unresolved) => Outcome::Unresolved(unresolved),
    }
}

/// What is missed, if anything.
pub(super) type Judged = Result<Option<Miss>, Unresolved>;

#[expect(clippy::unnecessary_wraps, reason = "it is the value of every branch that judges")]
fn miss(at: At, expected: impl Into<String>, got: impl Into<String>) -> Judged {
    Ok(Some(Miss { at, expected: expected.into(), got: shorten(&got.into()), edit: None }))
}

fn subject(expectation: &Expectation, done: &Done, env: &Env<'_>) -> Judged {
    let tests = &expectation.tests;
    match &expectation.subject {
        Subject::Status(patterns) => status(patterns, done),
        Subject::Header(name) => {
            let value = done.header(name).map(|v| Value::Text(v.to_owned()));
            Tested { tests, env, done, at: &|| At::Header(name.clone()) }.run(value.as_ref())
        }
        Subject::Type(names) => {
            let found = done.resource.as_ref().and_then(|r| r.type_name.clone());
            if found.as_ref().is_some_and(|f| names.contains(f)) {
                return Ok(None);
            }
            miss(whole(), names.join(" or "), found.unwrap_or_else(|| nothing_read(done)))
        }
        Subject::Body(shape) => body(*shape, done),
        Subject::Text => {
            let text =
                done.exchange.response.as_ref().and_then(|r| r.text()).map(|t| Value::Text(t.to_owned()));
            Tested { tests, env, done, at: &whole }.run(text.as_ref())
        }
        Subject::Value(neutral) => {
            let value = env.value(neutral)?;
            Tested { tests, env, done, at: &whole }.run(Some(&value))
        }
        Subject::Media(media) => self::media(*media, done, env),
        Subject::ErrorJob => error_job(done),
        Subject::SameAs { step, ignoring } => same_as(step, ignoring, done, env),
        of_resource => {
            let Some(resource) = &done.resource else {
                return miss(whole(), "a resource", nothing_read(done));
            };
            self::resource(of_resource, tests, resource, done, env)
        }
    }
}

fn resource(subject: &Subject, tests: &[Test], resource: &Resource, done: &Done, env: &Env<'_>) -> Judged {
    match subject {
        Subject::Attribute(path) => {
            let value = find(resource, path, env.tables);
            Tested { tests, env, done, at: &|| place::attribute(done, None, path) }.run(value.as_ref())
        }
        Subject::Every(path) => {
            if resource.items.is_empty() {
                return miss(whole(), format!("items with {path}"), "no item");
            }
            let found = each(resource, path, tests, done, env)?;
            let first = found.into_iter().enumerate().find_map(|(index, miss)| Some((index, miss?)));
            Ok(first.map(|(index, miss)| Miss { at: place::attribute(done, Some(index), path), ..miss }))
        }
        Subject::Any(path) => {
            let found = each(resource, path, tests, done, env)?;
            if found.iter().any(Option::is_none) {
                return Ok(None);
            }
            let wanted =
                found.into_iter().flatten().next().map_or_else(|| "an item".to_owned(), |m| m.expected);
            miss(
                whole(),
                format!("an item whose {path} is {wanted}"),
                format!("none of {}", resource.items.len()),
            )
        }
        Subject::No(path) => {
            let found = each(resource, path, tests, done, env)?;
            match found.iter().position(Option::is_none) {
                None => Ok(None),
                Some(index) => {
                    let value = find(&resource.items[index], path, env.tables);
                    let got = value.map_or_else(|| "nothing".to_owned(), |v| v.show());
                    miss(place::attribute(done, Some(index), path), format!("no item of this {path}"), got)
                }
            }
        }
        Subject::Sorted { path, order, by } => sorted(resource, path, (*order, *by), done, env),
        Subject::Operation(rel) => {
            let rel = env.text(rel)?;
            let href = resource.operation(&rel, env.tables).map(|op| Value::Text(op.href.clone()));
            let at = || place::attribute(done, None, &Path(vec![Segment::Name("operations".to_owned())]));
            let judged = Tested { tests, env, done, at: &at }.run(href.as_ref())?;
            Ok(judged.map(|miss| Miss { expected: format!("{} {rel}", miss.expected), ..miss }))
        }
        _ => Ok(None),
    }
}

/// The tests on an attribute of each item: what each misses, wherever that is.
fn each(
    resource: &Resource,
    path: &Path,
    tests: &[Test],
    done: &Done,
    env: &Env<'_>,
) -> Result<Vec<Option<Miss>>, Unresolved> {
    let one = |item: &Resource| {
        let value = find(item, path, env.tables);
        Tested { tests, env, done, at: &whole }.run(value.as_ref())
    };
    resource.items.iter().map(one).collect()
}

fn whole() -> At {
    At::Body(BodyAt { path: String::new(), line: 1, column: 1 })
}

fn nothing_read(done: &Done) -> String {
    match done.exchange.response.as_ref().and_then(|r| r.text()) {
        _ if done.exchange.response.is_none() => {
            done.exchange.failure.clone().unwrap_or_else(|| "no reply".to_owned())
        }
        Some(text) => {
            format!("{} with {}", done.status(), text.split_whitespace().collect::<Vec<_>>().join(" "))
        }
        None => format!("{} with no body", done.status()),
    }
}

fn status(patterns: &[StatusPattern], done: &Done) -> Judged {
    let status = done.status();
    let fits = patterns.iter().any(|p| match p {
        StatusPattern::Exactly(code) => *code == status,
        StatusPattern::Class(class) => status / 100 == *class,
    });
    if fits {
        return Ok(None);
    }
    let name = |p: &StatusPattern| match p {
        StatusPattern::Exactly(code) => code.to_string(),
        StatusPattern::Class(class) => format!("{class}xx"),
    };
    let expected: Vec<String> = patterns.iter().map(name).collect();
    let got = if status == 0 { nothing_read(done) } else { status.to_string() };
    miss(At::Status, expected.join(" or "), got)
}

fn body(shape: BodyShape, done: &Done) -> Judged {
    let present = done.exchange.response.as_ref().is_some_and(|r| r.body.is_some());
    match shape {
        BodyShape::Empty if present => miss(whole(), "no body", nothing_read(done)),
        BodyShape::Present if !present => miss(whole(), "a body", nothing_read(done)),
        BodyShape::EmptyOrResource if present && done.resource.is_none() => {
            miss(whole(), "no body, or a resource", nothing_read(done))
        }
        BodyShape::Resource if done.resource.is_none() => miss(whole(), "a resource", nothing_read(done)),
        _ => Ok(None),
    }
}

fn media(media: MediaExpectation, done: &Done, env: &Env<'_>) -> Judged {
    let wanted = match media {
        MediaExpectation::Asked => env.format,
        MediaExpectation::Json => Format::Json,
        MediaExpectation::Xml => Format::Xml,
    };
    let sent = done.header("Content-Type").unwrap_or("");
    let essence = sent.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    // What a header of no use leaves open, the body says; the header is judged on its own.
    let named = Format::ALL.into_iter().find(|format| essence == format.media_type());
    let body = || done.exchange.response.as_ref().and_then(|reply| reply.text()).map(Tree::read);
    let format = named.or_else(|| body()?.ok().map(|tree| tree.format()));
    if format == Some(wanted) {
        return Ok(None);
    }
    let got = if sent.is_empty() { "nothing" } else { sent };
    miss(At::Header("Content-Type".to_owned()), wanted.media_type(), got)
}

fn error_job(done: &Done) -> Judged {
    let job = done.resource.as_ref().filter(|r| r.type_name.as_deref() == Some("Job"));
    let Some(job) = job else { return miss(whole(), "a Job that says what failed", nothing_read(done)) };
    match job.text("state").as_deref() {
        Some("FAILED" | "STOPPED") => Ok(None),
        state => miss(whole(), "a Job whose state is FAILED", state.unwrap_or("a Job without state")),
    }
}

fn same_as(step: &str, ignoring: &[String], done: &Done, env: &Env<'_>) -> Judged {
    let other = env.steps.get(step).and_then(|d| d.resource.as_ref().map(|r| (d, r)));
    let exchange = env.steps.get(step).map(|d| d.exchange.n);
    let unresolved = || Unresolved { reference: format!("same-as = \"{step}\""), exchange };
    let (_, other) = other.ok_or_else(unresolved)?;
    let Some(resource) = &done.resource else { return miss(whole(), "a resource", nothing_read(done)) };
    let found = differences(other, resource, env.discovery.links.base.as_ref(), ignoring);
    // Of which type it is said to be, is judged on its own.
    match found.into_iter().find(|difference| difference.path != "@type") {
        None => Ok(None),
        Some(d) => {
            let at = At::Body(BodyAt { path: format!("/{}", d.path.replace('.', "/")), line: 1, column: 1 });
            miss(at, format!("{} = {}, as in {step}", d.path, d.left), d.right)
        }
    }
}

fn sorted(
    resource: &Resource,
    path: &Path,
    (order, by): (Order, Syntax),
    done: &Done,
    env: &Env<'_>,
) -> Judged {
    let values: Vec<Option<String>> =
        resource.items.iter().map(|i| find(i, path, env.tables).and_then(|v| v.as_text())).collect();
    for (index, pair) in values.windows(2).enumerate() {
        let (Some(left), Some(right)) = (&pair[0], &pair[1]) else { continue };
        let wrong = match compare(left, right, by) {
            Ordering::Equal => false,
            ordering => (ordering == Ordering::Greater) == (order == Order::Ascending),
        };
        if wrong {
            let direction = if order == Order::Ascending { "ascending" } else { "descending" };
            return miss(
                place::attribute(done, Some(index + 1), path),
                format!("{path} {direction} as {}", by.name()),
                format!("{left:?} before {right:?}"),
            );
        }
    }
    Ok(None)
}

/// Compares two texts as values of a syntax; texts by their code points.
fn compare(left: &str, right: &str, by: Syntax) -> Ordering {
    let as_text = || left.cmp(right);
    match by {
        Syntax::Integer => match (left.parse::<i128>(), right.parse::<i128>()) {
            (Ok(l), Ok(r)) => l.cmp(&r),
            _ => as_text(),
        },
        Syntax::DateTime => match (instant(left), instant(right)) {
            (Some(l), Some(r)) => l.0.cmp(&r.0),
            _ => as_text(),
        },
        Syntax::Duration => match (seconds(left), seconds(right)) {
            (Some(l), Some(r)) => l.total_cmp(&r),
            _ => as_text(),
        },
        _ => as_text(),
    }
}

/// Compares two values by what both of them can be: numbers, instants, else texts.
fn compare_values(left: &Value, right: &Value) -> Option<Ordering> {
    let (left, right) = (left.as_text()?, right.as_text()?);
    let by = if left.parse::<i128>().is_ok() && right.parse::<i128>().is_ok() {
        Syntax::Integer
    } else if instant(&left).is_some() && instant(&right).is_some() {
        Syntax::DateTime
    } else {
        Syntax::String
    };
    Some(compare(&left, &right, by))
}

/// A value under test.
pub(super) struct Tested<'t, 'e> {
    pub(super) tests: &'t [Test],
    pub(super) env: &'t Env<'e>,
    pub(super) done: &'t Done,
    /// Where a miss is, asked for when there is one: finding the place reads the body once more.
    pub(super) at: &'t dyn Fn() -> At,
}

impl Tested<'_, '_> {
    /// What a value misses first.
    pub(super) fn run(&self, value: Option<&Value>) -> Judged {
        for test in self.tests {
            if let Some((expected, got)) = self.one(test, value)? {
                return miss((self.at)(), expected, got);
            }
        }
        Ok(None)
    }

    /// What a test expected and got instead, if it does not hold.
    fn one(&self, test: &Test, value: Option<&Value>) -> Result<Option<(String, String)>, Unresolved> {
        let got = || value.map_or_else(|| "nothing".to_owned(), Value::show);
        let fail = |expected: String| Ok(Some((expected, got())));
        if let Test::Exists(wanted) = test {
            return match (wanted, value.is_some()) {
                (true, false) => fail("something".to_owned()),
                (false, true) => fail("nothing".to_owned()),
                _ => Ok(None),
            };
        }
        let (operand, word) = self.operand(test)?;
        let Some(value) = value else {
            // What is absent equals nothing and contains nothing.
            return match test {
                Test::NotEquals(_) | Test::Excludes(_) => Ok(None),
                _ => fail(format!("{word}{}", operand.show())),
            };
        };
        let holds = self.holds(test, value, &operand);
        if holds { Ok(None) } else { fail(format!("{word}{}", operand.show())) }
    }

    /// The operand of a test, resolved, and the words before it.
    pub(super) fn operand(&self, test: &Test) -> Result<(Value, &'static str), Unresolved> {
        let (neutral, word): (&Neutral, _) = match test {
            Test::Exists(_) => return Ok((Value::Null, "")),
            Test::Is(syntax) => return Ok((Value::Text(syntax.name().to_owned()), "the form of ")),
            Test::EqualsCount => {
                let count = self.done.resource.as_ref().map_or(0, |r| r.items.len());
                return Ok((Value::Number(count.to_string()), "the number of items, "));
            }
            Test::Equals(n) => (n, ""),
            Test::NotEquals(n) => (n, "anything but "),
            Test::OneOf(n) => (n, "one of "),
            Test::Contains(n) => (n, "something with "),
            Test::Excludes(n) => (n, "something without "),
            Test::StartsWith(n) => (n, "something that starts with "),
            Test::EndsWith(n) => (n, "something that ends with "),
            Test::AtLeast(n) => (n, "at least "),
            Test::AtMost(n) => (n, "at most "),
            Test::Above(n) => (n, "more than "),
            Test::Below(n) => (n, "less than "),
            Test::Length(n) => (n, "the length "),
            Test::SameSet(n) => (n, "in any order "),
            Test::SubsetOf(n) => (n, "nothing beside "),
            Test::Includes(n) => (n, "all of "),
        };
        Ok((self.env.value(neutral)?, word))
    }

    fn holds(&self, test: &Test, value: &Value, operand: &Value) -> bool {
        let ordered =
            |wanted: &[Ordering]| compare_values(value, operand).is_some_and(|o| wanted.contains(&o));
        match test {
            Test::Exists(_) => true,
            Test::Equals(_) | Test::EqualsCount => self.equal(value, operand),
            Test::NotEquals(_) => !self.equal(value, operand),
            Test::OneOf(_) => list(operand).iter().any(|o| self.equal(value, o)),
            Test::Contains(_) => self.contains(value, operand),
            Test::Excludes(_) => match value {
                Value::List(_) => !list(operand).iter().any(|o| self.contains(value, o)),
                _ => !self.contains(value, operand),
            },
            Test::StartsWith(_) => text_pair(value, operand).is_some_and(|(v, o)| v.starts_with(&o)),
            Test::EndsWith(_) => text_pair(value, operand).is_some_and(|(v, o)| v.ends_with(&o)),
            Test::AtLeast(_) => ordered(&[Ordering::Greater, Ordering::Equal]),
            Test::AtMost(_) => ordered(&[Ordering::Less, Ordering::Equal]),
            Test::Above(_) => ordered(&[Ordering::Greater]),
            Test::Below(_) => ordered(&[Ordering::Less]),
            Test::Is(syntax) => has_syntax(*syntax, value),
            Test::Length(_) => operand.as_text().is_some_and(|n| n == length(value).to_string()),
            Test::SameSet(_) => list(value).len() == list(operand).len() && self.contains(value, operand),
            Test::Includes(_) => self.includes(value, operand),
            Test::SubsetOf(_) => list(value).iter().all(|v| list(operand).iter().any(|o| self.equal(v, o))),
        }
    }

    fn contains(&self, value: &Value, operand: &Value) -> bool {
        match value {
            Value::List(items) => list(operand).iter().all(|o| items.iter().any(|i| self.equal(i, o))),
            Value::Record(record) => operand.as_text().is_some_and(|key| record.contains_key(&key)),
            _ => text_pair(value, operand).is_some_and(|(v, o)| v.contains(&o)),
        }
    }

    /// Whether a value has all that another has: of records name by name, of anything else the same.
    fn includes(&self, value: &Value, operand: &Value) -> bool {
        match (value, operand) {
            (Value::Record(l), Value::Record(r)) => {
                r.iter().all(|(name, r)| l.get(name).is_some_and(|l| self.includes(l, r)))
            }
            _ => self.equal(value, operand),
        }
    }

    /// Equality of values: URIs resolved, numbers as numbers, records by what the operand has.
    fn equal(&self, value: &Value, operand: &Value) -> bool {
        match (value, operand) {
            (Value::List(l), Value::List(r)) => {
                l.len() == r.len() && l.iter().zip(r).all(|(l, r)| self.equal(l, r))
            }
            (Value::Record(l), Value::Record(r)) => {
                l.len() == r.len() && r.iter().all(|(k, r)| l.get(k).is_some_and(|l| self.equal(l, r)))
            }
            // A reference equals the URL that it leads to.
            (Value::Record(l), Value::Text(_)) => l.get("href").is_some_and(|href| self.equal(href, operand)),
            _ => crate::meaning::scalars_equal(value, operand, self.env.discovery.links.base.as_ref()),
        }
    }
}

/// A list as it is; anything else as a list of one.
pub(super) fn list(value: &Value) -> Vec<Value> {
    match value {
        Value::List(items) => items.clone(),
        other => vec![other.clone()],
    }
}

fn text_pair(value: &Value, operand: &Value) -> Option<(String, String)> {
    Some((value.as_text()?, operand.as_text()?))
}

fn length(value: &Value) -> usize {
    match value {
        Value::List(items) => items.len(),
        Value::Record(record) => record.len(),
        other => other.as_text().map_or(0, |t| t.chars().count()),
    }
}

fn has_syntax(syntax: Syntax, value: &Value) -> bool {
    let Some(text) = value.as_text() else { return false };
    match syntax {
        Syntax::String => matches!(value, Value::Text(_)),
        Syntax::Integer => is_lexical(Scalar::Integer, &text),
        Syntax::Boolean => is_lexical(Scalar::Boolean, &text),
        Syntax::DateTime => is_lexical(Scalar::DateTime, &text),
        Syntax::Duration => is_lexical(Scalar::Duration, &text),
        Syntax::Uri => is_lexical(Scalar::Uri, &text),
        Syntax::AbsoluteUri => url::Url::parse(&text).is_ok(),
        Syntax::ETag => crate::check::is_etag(&text),
    }
}
