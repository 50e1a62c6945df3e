//! Generated bodies of requests: creations that have to be accepted, updates, and values that are none of an attribute
//! (DSP0263 4.2.1.1, 4.2.1.3, 5.3).
//!
//! What is made is like the sample that the endpoint shows, under names and texts of chance: a value that the endpoint holds
//! itself is one that it takes. Knows no kind of resource by its name: the tables say which are plain enough.

use std::fmt::Write as _;

use super::chance::Chance;
use super::promise::{Access, Promise};
use super::text::{Step, quoted};
use crate::case::Vocabulary;
use crate::discovery::Discovery;
use crate::meaning::Resource;
use crate::spec::{Attributes, Kind, Scalar, Tables};
use crate::suite::fact_of;

/// Letters of texts: some that formats have to escape, some that are more than a byte, none that a template or an XML
/// attribute would change.
const LETTERS: [&str; 20] = [
    "a", "Z", "0", "7", "-", "_", ".", "x y", "'", "\"", "<", ">", "&", "\\", "/", "%", "é", "Ж", "漢", "😀",
];

/// Letters of a text at most.
const LONGEST: usize = 24;

/// Texts that are no integer.
const NO_INTEGERS: [&str; 5] = ["many", "1 2", "0x10", "1,5", "true"];

/// A date on which nothing was made.
const LONG_AGO: &str = "2001-02-03T04:05:06Z";

/// A story about bodies.
pub(super) struct Story {
    /// Its name in the ids of its cases.
    pub(super) name: &'static str,
    /// What it says.
    pub(super) title: &'static str,
    /// What it judges; the first is that of plain expectations.
    pub(super) requirements: &'static [&'static str],
    /// Its steps for a kind; nothing where that has not what the story is about.
    pub(super) steps: fn(&Plain<'_>, &mut Chance) -> Option<Vec<Step>>,
}

/// Every story.
pub(super) const STORIES: [Story; 4] = [
    Story {
        name: "make",
        title: "what is made has the name, the texts and the values that it was asked for with",
        requirements: &["4.2.1.1/create-by-post", "4.2.1.1/location", "4.2.1.1/direct-attributes"],
        steps: make,
    },
    Story {
        name: "update",
        title: "an update sets what it names, erases what it names and leaves out, and nothing else",
        requirements: &[
            "4.2.1.3.1/partial-set",
            "4.2.1.3.1/partial-reset",
            "4.2.1.3.1/partial-others-untouched",
            "4.2.1.3/full-update",
            "4.2.1.3/read-only-ignored",
            "5.7.1/id-constant",
        ],
        steps: update,
    },
    Story {
        name: "wrong",
        title: "what makes no sense in an update is no trouble to the server, and changes nothing else",
        requirements: &[
            "http/no-server-error",
            "5.3/unknown-attribute-refused",
            "4.2.1.3.1/partial-unlisted-refused",
            "4.2.1.3.1/partial-others-untouched",
        ],
        steps: wrong,
    },
    Story {
        name: "promise",
        title: "an attribute takes the numbers that the metadata promises, from whom it promises, and no others",
        requirements: &[
            "5.11/vscope-enforced",
            "4.2.1.1/create-by-post",
            "4.2.1.3.1/partial-set",
            "4.2.1.3/read-only-ignored",
        ],
        steps: promise,
    },
];

impl Story {
    /// What it judges, of a kind: the attributes of that have a requirement of their own.
    pub(super) fn requirements(&self, own: Option<&str>) -> Vec<String> {
        self.requirements.iter().copied().chain(own).map(str::to_owned).collect()
    }
}

/// A kind of resource that is made of plain values, and its collection.
#[derive(Debug, Clone)]
pub(super) struct Plain<'p> {
    /// The collection, by its attribute in the entry point.
    pub(super) collection: &'p str,
    /// The requirement about the attributes of the kind, if there is one.
    pub(super) own: Option<String>,
    kind: &'p str,
    /// The fact that stands for a sample.
    sample: String,
    /// Attributes of its own that the sample shows.
    copied: Vec<(&'p str, &'p Kind)>,
    /// What the metadata says of those of them that are integers.
    promises: Vec<Promise<'p>>,
}

impl<'p> Plain<'p> {
    /// The kinds that an endpoint has, in the order of their collections.
    pub(super) fn all(discovery: &'p Discovery, tables: &'p Tables, vocabulary: &Vocabulary) -> Vec<Self> {
        let Some(entry) = tables.types.get("CloudEntryPoint") else { return Vec::new() };
        let plain = |(name, attribute): (&'p String, &crate::spec::Attribute)| {
            let Kind::Collection { via, .. } = &attribute.kind else { return None };
            let collection = tables.collections.get(via)?;
            let listed = discovery.facts.get(name)?.resource.as_ref()?;
            (collection.add.as_ref() == Some(&collection.of)).then_some(())?;
            listed.operation("add", tables)?;
            let declared = tables.types.get(&collection.of)?;
            let own = own_attributes(&declared.attributes, &tables.common)?;
            let sample = fact_of(&collection.of);
            let shown = discovery.facts.get(&sample)?.resource.as_ref()?;
            let copied: Vec<_> =
                own.into_iter().filter(|(name, _)| shown.attributes.contains_key(*name)).collect();
            let promises = promised(&copied, discovery.metadata.get(&collection.of));
            let requirement = format!("{}/attributes", declared.clause);
            let own = vocabulary.requirements.contains(&requirement).then_some(requirement);
            Some(Self { collection: name, own, kind: &collection.of, sample, copied, promises })
        };
        entry.attributes.iter().filter_map(plain).collect()
    }

    /// The step that makes one of them, given its texts.
    fn made(&self, texts: &Texts) -> Step {
        self.made_but(texts, None)
    }

    /// As `made`, with a number of its own for one attribute.
    fn made_but(&self, texts: &Texts, but: Option<(&str, i64)>) -> Step {
        let mut body = format!("type = {}, name = \"${{nonce}}\"", quoted(self.kind));
        texts.write(&mut body);
        for (name, _) in &self.copied {
            let key = quoted(if *name == "type" { "@type" } else { name });
            match but.filter(|(but, _)| but == name) {
                Some((_, number)) => write!(body, ", {key} = {number}"),
                None => write!(body, ", {key} = \"${{{}.{name}}}\"", self.sample),
            }
            .expect(WRITABLE);
        }
        Step::new("made", "post", &format!("${{{}.@operation.add}}", self.collection))
            .line("settle = true")
            .line(&format!("body = {{ {body} }}"))
    }

    /// The steps that make one and read it, to begin with.
    fn begin(&self, texts: &Texts) -> Vec<Step> {
        vec![
            self.made(texts).line("setup = true").expect("{ status = [201, 202] }"),
            Step::read("read", "${made.@location}").line("needs = [\"operation:edit\"]"),
        ]
    }

    /// Expects the attributes of its own to be as another step read them.
    fn as_read(&self, step: Step, but: Option<&str>) -> Step {
        let others = self.copied.iter().filter(|(name, _)| Some(*name) != but);
        others.fold(step, |step, (name, _)| {
            let same = format!("attribute = \"{name}\", equals = \"${{read.{name}}}\"");
            step.holds(&same, "4.2.1.3.1/partial-others-untouched")
        })
    }
}

/// An update of what a case has made and read.
fn put(name: &str, query: Option<&str>, body: &str) -> Step {
    let step = Step::new(name, "put", "${read.@operation.edit}").line("settle = true");
    let step = query.into_iter().fold(step, |step, names| step.query(&[("$select", vec![names.to_owned()])]));
    step.line(&format!("body = {{ {body} }}"))
}

/// Why writing to a text does not fail.
const WRITABLE: &str = "a String takes all that is written";

/// What an entry of the metadata says of integers.
fn promised<'p>(copied: &[(&'p str, &Kind)], entry: Option<&Resource>) -> Vec<Promise<'p>> {
    let Some(entry) = entry else { return Vec::new() };
    let integers = copied.iter().filter(|(_, kind)| **kind == Kind::Scalar(Scalar::Integer));
    integers.map(|(name, _)| Promise::of(name, entry)).collect()
}

/// The attributes that a kind has beside the common ones, where all of them are plain values and none of them a secret or a
/// state.
fn own_attributes<'a>(all: &'a Attributes, common: &Attributes) -> Option<Vec<(&'a str, &'a Kind)>> {
    let mut own = Vec::new();
    for (name, attribute) in all.iter().filter(|(name, it)| !common.contains_key(*name) && !it.dialect) {
        let is_plain = match &attribute.kind {
            Kind::Scalar(scalar) => *scalar != Scalar::Bytes,
            Kind::Array { of, .. } => matches!(of.as_ref(), Kind::Structure(_) | Kind::Scalar(_)),
            _ => false,
        };
        if !is_plain || attribute.secret || crate::redact::is_secret(name) || name == "state" {
            return None;
        }
        own.push((name.as_str(), &attribute.kind));
    }
    Some(own)
}

/// The texts of a resource that anybody may give it (DSP0263 5.7.1).
#[derive(Debug, Clone, Default)]
struct Texts {
    description: Option<String>,
    properties: Vec<(String, String)>,
}

impl Texts {
    fn draw(chance: &mut Chance) -> Self {
        let description = (chance.below(4) > 0).then(|| text(chance));
        let number = chance.below(4);
        let properties = (1..=number).map(|at| (format!("p{at}"), text(chance))).collect();
        Self { description, properties }
    }

    /// Adds them to a body.
    fn write(&self, body: &mut String) {
        if let Some(description) = &self.description {
            write!(body, ", description = {}", quoted(description)).expect(WRITABLE);
        }
        if !self.properties.is_empty() {
            let pair = |(key, value): &(String, String)| format!("{key} = {}", quoted(value));
            let pairs: Vec<String> = self.properties.iter().map(pair).collect();
            write!(body, ", properties = {{ {} }}", pairs.join(", ")).expect(WRITABLE);
        }
    }

    /// Expects them.
    fn held(&self, step: Step, requirement: &str) -> Step {
        self.held_properties(self.held_description(step, requirement, requirement), requirement)
    }

    fn held_description(&self, step: Step, set: &str, reset: &str) -> Step {
        match &self.description {
            Some(text) => step.holds(&format!("attribute = \"description\", equals = {}", quoted(text)), set),
            None => step.holds("attribute = \"description\", exists = false", reset),
        }
    }

    fn held_properties(&self, step: Step, requirement: &str) -> Step {
        self.properties.iter().fold(step, |step, (key, value)| {
            step.holds(&format!("attribute = \"properties.{key}\", equals = {}", quoted(value)), requirement)
        })
    }
}

/// A text that does not begin or end with a blank.
fn text(chance: &mut Chance) -> String {
    let length = 1 + chance.below(LONGEST);
    (0..length).filter_map(|_| chance.pick(&LETTERS).copied()).collect()
}

fn make(plain: &Plain<'_>, chance: &mut Chance) -> Option<Vec<Step>> {
    if plain.copied.is_empty() {
        return None;
    }
    let texts = Texts::draw(chance);
    let made = plain
        .made(&texts)
        .holds("status = [201, 202]", "4.2.1.1/create-by-post")
        .holds("header = \"Location\"", "4.2.1.1/location");
    let read = Step::new("read", "get", "${made.@location}")
        .holds("status = 200", "4.2.1.1/location")
        .holds("attribute = \"name\", equals = \"${nonce}\"", "4.2.1.1/direct-attributes");
    let mut read = texts.held(read, "4.2.1.1/direct-attributes");
    for (name, kind) in &plain.copied {
        // What an array holds may be completed by the provider.
        if let (Some(own), Kind::Scalar(_)) = (&plain.own, kind) {
            let same = format!("attribute = \"{name}\", equals = \"${{{}.{name}}}\"", plain.sample);
            read = read.holds(&same, own);
        }
    }
    Some(vec![made, read])
}

fn update(plain: &Plain<'_>, chance: &mut Chance) -> Option<Vec<Step>> {
    let before = Texts::draw(chance);
    let mut after = Texts::draw(chance);
    let named = chance.some(&["name", "description", "properties"], 3);
    let is_named = |name: &str| named.contains(&name);
    if !is_named("description") {
        after.description.clone_from(&before.description);
    }
    // Properties that are named and left out would be erased, and with them the mark that this is ours.
    if !is_named("properties") || after.properties.is_empty() {
        after.properties.clone_from(&before.properties);
    }
    let selected: Vec<&str> =
        named.iter().copied().filter(|name| *name != "properties" || !after.properties.is_empty()).collect();
    let mut body = format!("type = {}", quoted(plain.kind));
    let sent = Texts {
        description: after.description.clone().filter(|_| is_named("description")),
        properties: if is_named("properties") { after.properties.clone() } else { Vec::new() },
    };
    let name = if is_named("name") {
        body.push_str(", name = \"${nonce}-after\"");
        "${nonce}-after"
    } else {
        "${nonce}"
    };
    sent.write(&mut body);
    if selected.is_empty() {
        return None;
    }
    let partial = put("partial", Some(&selected.join(",")), &body)
        .holds("status = [200, 202, 204]", "4.2.1.3.1/partial-set");
    let (written, untouched) = ("4.2.1.3.1/partial-set", "4.2.1.3.1/partial-others-untouched");
    let of = |name: &str| if is_named(name) { written } else { untouched };
    let reset = if is_named("description") { "4.2.1.3.1/partial-reset" } else { untouched };
    let read = Step::new("after", "get", "${made.@location}")
        .expect("{ status = 200 }")
        .holds("attribute = \"id\", equals = \"${read.id}\"", "5.7.1/id-constant")
        .holds(&format!("attribute = \"name\", equals = \"{name}\""), of("name"));
    let read = after.held_description(read, written, reset);
    let read = plain.as_read(after.held_properties(read, of("properties")), None);

    let new = text(chance);
    let whole = format!(
        "\"@like\" = \"after\", type = {}, description = {}, created = \"{LONG_AGO}\"",
        quoted(plain.kind),
        quoted(&new)
    );
    let full = put("full", None, &whole).holds("status = [200, 202, 204]", "4.2.1.3/read-only-ignored");
    let last = Step::new("last", "get", "${made.@location}")
        .expect("{ status = 200 }")
        .holds(&format!("attribute = \"description\", equals = {}", quoted(&new)), "4.2.1.3/full-update")
        .holds(&format!("attribute = \"name\", equals = \"{name}\""), "4.2.1.3/full-update")
        .holds(&format!("attribute = \"created\", not-equals = \"{LONG_AGO}\""), "4.2.1.3/read-only-ignored");
    let last = after.held_properties(last, "4.2.1.3/full-update");
    let mut steps = plain.begin(&before);
    steps.extend([partial, read, full, last]);
    Some(steps)
}

fn wrong(plain: &Plain<'_>, chance: &mut Chance) -> Option<Vec<Step>> {
    let integers: Vec<&str> = plain
        .copied
        .iter()
        .filter(|(_, kind)| **kind == Kind::Scalar(Scalar::Integer))
        .map(|it| it.0)
        .collect();
    let kind = quoted(plain.kind);
    let texts = Texts::draw(chance);
    let (refused, may_change) = match (chance.below(3), chance.pick(&integers)) {
        (0, Some(name)) => {
            let value = *chance.pick(&NO_INTEGERS)?;
            let body = format!("type = {kind}, {name} = {}", quoted(value));
            // Nothing says that it is refused; what is shown after that is held against its type as always.
            let step = put("wrong", Some(name), &body);
            (step.holds("status = [\"2xx\", \"4xx\"]", "http/no-server-error"), Some(*name))
        }
        (1, _) => {
            let name = format!("noSuchAttribute{}", chance.below(1000));
            let body = format!("\"@like\" = \"read\", type = {kind}, {name} = {}", quoted(&text(chance)));
            (put("wrong", None, &body).holds("status = \"4xx\"", "5.3/unknown-attribute-refused"), None)
        }
        _ => {
            let body =
                format!("type = {kind}, description = {}, name = \"${{nonce}}-no\"", quoted(&text(chance)));
            let step = put("wrong", Some("description"), &body);
            (step.holds("status = \"4xx\"", "4.2.1.3.1/partial-unlisted-refused"), None)
        }
    };
    let after = Step::new("after", "get", "${made.@location}")
        .expect("{ status = 200 }")
        .holds("attribute = \"name\", equals = \"${nonce}\"", "4.2.1.3.1/partial-others-untouched");
    let after = texts.held(plain.as_read(after, may_change), "4.2.1.3.1/partial-others-untouched");
    let mut steps = plain.begin(&texts);
    steps.extend([refused, after]);
    Some(steps)
}

fn promise(plain: &Plain<'_>, chance: &mut Chance) -> Option<Vec<Step>> {
    let told: Vec<&Promise<'_>> =
        plain.promises.iter().filter(|it| it.scope.is_some() || it.access == Access::Closed).collect();
    let promise = **chance.pick(&told).as_ref()?;
    let (name, texts) = (promise.name, Texts::draw(chance));
    let equals = |value: &str| format!("attribute = \"{name}\", equals = {value}");
    let read = Step::new("after", "get", "${made.@location}").expect("{ status = 200 }");
    let Some(scope) = promise.scope else {
        let body = format!("type = {}, {name} = 77", quoted(plain.kind));
        // It is passed over or refused; it is not done.
        let put =
            put("closed", Some(name), &body).holds("status = [\"2xx\", \"4xx\"]", "http/no-server-error");
        let same = equals(&format!("\"${{read.{name}}}\""));
        let mut steps = plain.begin(&texts);
        steps.extend([put, read.holds(&same, "4.2.1.3/read-only-ignored")]);
        return Some(steps);
    };
    if chance.either() {
        let number = scope.beside(chance)?;
        let refused = plain.made_but(&texts, Some((name, number)));
        return Some(vec![refused.holds("status = \"4xx\"", "5.11/vscope-enforced")]);
    }
    let number = scope.inside(chance);
    let made = plain.made_but(&texts, Some((name, number)));
    let made = made.holds("status = [201, 202]", "4.2.1.1/create-by-post");
    let kept = Step::new("read", "get", "${made.@location}").expect("{ status = 200 }");
    let kept = kept.holds(&equals(&number.to_string()), "4.2.1.1/create-by-post");
    let mut steps = vec![made, kept];
    if promise.access == Access::Open {
        let other = scope.inside(chance);
        let body = format!("type = {}, {name} = {other}", quoted(plain.kind));
        let put = put("partial", Some(name), &body).line("needs = [\"operation:edit\"]");
        let put = put.holds("status = [200, 202, 204]", "4.2.1.3.1/partial-set");
        steps.extend([put, read.holds(&equals(&other.to_string()), "4.2.1.3.1/partial-set")]);
    }
    Some(steps)
}
