//! The smallest edit of a reply after which an expectation would hold, in words; nothing where it cannot be said
//! truthfully. Pure. It must not judge: whether the edited value holds is asked of the expectation itself.

use crate::case::{BodyShape, Expectation, MediaExpectation, Path, Segment, StatusPattern, Subject, Test};
use crate::edit;
use crate::event::{At, Format};
use crate::meaning::{Resource, Tree, Value, differences, find};

use super::env::{Done, Env};
use super::expect::{Tested, list};
use super::place;

/// More edits than this at once are no small one.
const MOST: usize = 3;

/// The smallest edit after which `expectation` would hold of `done`, of which it does not.
pub(super) fn smallest(expectation: &Expectation, done: &Done, env: &Env<'_>) -> Option<String> {
    let tests = &expectation.tests;
    let mend = Mend { tests, done, env };
    match &expectation.subject {
        Subject::Status(patterns) => status(patterns, done),
        Subject::Header(name) => {
            let value = done.header(name).map(|value| Value::Text(value.to_owned()));
            mend.value(&At::Header(name.clone()), value.as_ref())
        }
        Subject::Media(media) => media_type(*media, done, env),
        Subject::Body(BodyShape::Empty) => Some("remove the body".to_owned()),
        Subject::ErrorJob => error_job(done),
        Subject::SameAs { step, ignoring } => same_as(step, ignoring, done, env),
        Subject::Type(names) => type_uri(names, done, env),
        of_resource => {
            let resource = done.resource.as_ref()?;
            match of_resource {
                Subject::Attribute(path) => mend.attribute(resource, None, path),
                Subject::Every(path) => mend.every(resource, path),
                Subject::No(path) => mend.none(resource, path),
                Subject::Operation(rel) => operation(&env.text(rel).ok()?, tests, resource, env),
                _ => None,
            }
        }
    }
}

fn status(patterns: &[StatusPattern], done: &Done) -> Option<String> {
    let exactly = |pattern: &StatusPattern| match pattern {
        StatusPattern::Exactly(code) => code.to_string(),
        StatusPattern::Class(class) => format!("{class}xx"),
    };
    let wanted: Vec<String> = patterns.iter().map(exactly).collect();
    let status = done.status();
    (status != 0).then(|| edit::replace(&At::Status, &status.to_string(), &wanted.join(" or ")))
}

/// A body that is already in the format needs no more than the right name for it.
fn media_type(media: MediaExpectation, done: &Done, env: &Env<'_>) -> Option<String> {
    let wanted = match media {
        MediaExpectation::Asked => env.format,
        MediaExpectation::Json => Format::Json,
        MediaExpectation::Xml => Format::Xml,
    };
    let there = match Tree::read(done.exchange.response.as_ref()?.text()?).ok()? {
        Tree::Json(_) => Format::Json,
        Tree::Xml(_) => Format::Xml,
    };
    let at = At::Header("Content-Type".to_owned());
    (there == wanted).then(|| match done.header("Content-Type") {
        Some(sent) => edit::replace(&at, &format!("{sent:?}"), &format!("{:?}", wanted.media_type())),
        None => edit::add(&at, &format!("{:?}", wanted.media_type())),
    })
}

fn error_job(done: &Done) -> Option<String> {
    let job = done.resource.as_ref().filter(|resource| resource.type_name.as_deref() == Some("Job"))?;
    let at = place::attribute(done, None, &Path(vec![Segment::Name("state".to_owned())]));
    Some(match job.text("state") {
        Some(state) => edit::replace(&at, &format!("{state:?}"), "\"FAILED\""),
        None => edit::add(&at, "\"FAILED\""),
    })
}

fn same_as(step: &str, ignoring: &[String], done: &Done, env: &Env<'_>) -> Option<String> {
    let other = env.steps.get(step)?.resource.as_ref()?;
    let found = differences(other, done.resource.as_ref()?, env.discovery.links.base.as_ref(), ignoring);
    let [only] = found.as_slice() else { return None };
    let whole = !only.left.ends_with('…') && !only.right.ends_with('…');
    whole.then(|| format!("{}: {} → {}", only.path, only.right, only.left))
}

fn type_uri(names: &[String], done: &Done, env: &Env<'_>) -> Option<String> {
    let [name] = names else { return None };
    let text = done.exchange.response.as_ref()?.text()?;
    let Tree::Json(root) = Tree::read(text).ok()? else { return None };
    let resource = env.tables.types.get(name).and_then(|kind| kind.uris.first());
    let uri = resource.or_else(|| env.tables.collections.get(name).map(|collection| &collection.uri))?;
    let at = place::attribute(done, None, &Path(vec![Segment::Name("resourceURI".to_owned())]));
    Some(match root.get("resourceURI").and_then(|said| said.as_str()) {
        Some(said) => edit::replace(&at, &format!("{said:?}"), &format!("{uri:?}")),
        None => edit::add(&at, &format!("{uri:?}")),
    })
}

fn operation(rel: &str, tests: &[Test], resource: &Resource, env: &Env<'_>) -> Option<String> {
    let offered = resource.operation(rel, env.tables).is_some();
    match tests {
        [] | [Test::Exists(true)] if !offered => Some(format!("add the operation {rel}")),
        [Test::Exists(false)] if offered => Some(format!("remove the operation {rel}")),
        _ => None,
    }
}

/// What is to be mended, and by what it is tested.
struct Mend<'m, 'e> {
    tests: &'m [Test],
    done: &'m Done,
    env: &'m Env<'e>,
}

impl Mend<'_, '_> {
    fn holds(&self, value: Option<&Value>) -> bool {
        let tested = Tested { tests: self.tests, env: self.env, done: self.done, at: &|| At::Exchange };
        matches!(tested.run(value), Ok(None))
    }

    fn attribute(&self, resource: &Resource, item: Option<usize>, path: &Path) -> Option<String> {
        // What speaks of the resource as a whole (`@ids`) is no one place of it.
        let is_whole = path.0.iter().any(|s| matches!(s, Segment::Name(name) if name.starts_with('@')))
            || path.0.iter().any(|s| matches!(s, Segment::Slice(..)));
        if is_whole {
            return None;
        }
        let value = find(resource, path, self.env.tables);
        self.value(&place::attribute(self.done, item, path), value.as_ref())
    }

    /// All of what the items that miss it need, where these are few.
    fn every(&self, resource: &Resource, path: &Path) -> Option<String> {
        let missing = resource.items.iter().enumerate().filter(|(_, item)| {
            let value = find(item, path, self.env.tables);
            !self.holds(value.as_ref())
        });
        let edits: Option<Vec<String>> =
            missing.map(|(index, item)| self.attribute(item, Some(index), path)).collect();
        edits.filter(|edits| (1..=MOST).contains(&edits.len())).map(|edits| edits.join("; "))
    }

    /// The items that should not be there, where these are few.
    fn none(&self, resource: &Resource, path: &Path) -> Option<String> {
        let there = resource.items.iter().enumerate().filter(|(_, item)| {
            let value = find(item, path, self.env.tables);
            self.holds(value.as_ref())
        });
        let edits: Vec<String> =
            there.map(|(index, _)| edit::remove(&place::item(self.done, index))).collect();
        (1..=MOST).contains(&edits.len()).then(|| edits.join("; "))
    }

    /// The edit of one value: taken away, put there, or replaced by the one value that a test names.
    fn value(&self, at: &At, value: Option<&Value>) -> Option<String> {
        if value.is_some()
            && self.tests.iter().any(|test| matches!(test, Test::Exists(false)))
            && self.holds(None)
        {
            return Some(edit::remove(at));
        }
        let named = self.tests.iter().find_map(|test| self.named(test)).filter(|v| self.holds(Some(v)));
        if let Some(named) = named {
            return replaced(at, value, &named);
        }
        if value.is_none() && self.tests.iter().all(|test| matches!(test, Test::Exists(true))) {
            return Some(edit::add_something(at));
        }
        self.members(at, value)
    }

    /// The value that a test asks for.
    fn named(&self, test: &Test) -> Option<Value> {
        let tested = Tested { tests: self.tests, env: self.env, done: self.done, at: &|| At::Exchange };
        match test {
            Test::Equals(_) | Test::EqualsCount | Test::AtLeast(_) | Test::AtMost(_) => {
                tested.operand(test).ok().map(|(value, _)| value)
            }
            Test::OneOf(_) => match list(&tested.operand(test).ok()?.0).as_slice() {
                [only] => Some(only.clone()),
                _ => None,
            },
            _ => None,
        }
    }

    /// What a list lacks, or has too much.
    fn members(&self, at: &At, value: Option<&Value>) -> Option<String> {
        let Value::List(there) = value? else { return None };
        let [test @ (Test::Contains(_) | Test::Excludes(_))] = self.tests else { return None };
        let tested = Tested { tests: self.tests, env: self.env, done: self.done, at: &|| At::Exchange };
        let asked = list(&tested.operand(test).ok()?.0);
        let adds = matches!(test, Test::Contains(_));
        let wrong: Vec<String> =
            asked.iter().filter(|one| there.contains(one) != adds).map(Value::show).collect();
        let few = (1..=MOST).contains(&wrong.len()) && wrong.iter().all(|one| !one.ends_with('…'));
        few.then(|| edit::member(at, &wrong.join(", "), if adds { edit::Way::In } else { edit::Way::Out }))
    }
}

fn replaced(at: &At, value: Option<&Value>, named: &Value) -> Option<String> {
    let named = named.show();
    let got = value.map(Value::show);
    if named.ends_with('…') || got.as_ref().is_some_and(|got| got.ends_with('…')) {
        return None;
    }
    Some(match got {
        Some(got) => edit::replace(at, &got, &named),
        None => edit::add(at, &named),
    })
}
