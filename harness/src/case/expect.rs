//! Expectations: a subject of the reply, and the test that it has to stand.

use toml::Spanned;
use toml::de::DeValue;

use crate::source::{Faults, Field, Origin, Section, did_you_mean};

use super::body::Neutral;
use super::parse::Context;
use super::template::{Path, Template};

/// One thing that has to hold of a reply.
#[derive(Debug, Clone)]
pub struct Expectation {
    /// What is looked at.
    pub subject: Subject,
    /// What has to hold of it; all of them.
    pub tests: Vec<Test>,
    /// Under which requirements it is reported: each is broken where it does not hold.
    pub requirements: Vec<String>,
    /// A word to the reader of a failure.
    pub note: Option<String>,
    /// Where it is written.
    pub origin: Origin,
}

/// What an expectation looks at.
#[derive(Debug, Clone)]
pub enum Subject {
    /// The status is one of these.
    Status(Vec<StatusPattern>),
    /// A response header.
    Header(String),
    /// An attribute of the resource in the reply.
    Attribute(Path),
    /// An attribute of each item of the collection; there has to be an item.
    Every(Path),
    /// An attribute of at least one item.
    Any(Path),
    /// An attribute of no item.
    No(Path),
    /// The order of the items by an attribute.
    Sorted {
        /// The attribute.
        path: Path,
        /// Which way.
        order: Order,
        /// As what values are compared.
        by: Syntax,
    },
    /// An operation, by its rel.
    Operation(Template),
    /// The type of the resource in the reply.
    Type(Vec<String>),
    /// What the body is.
    Body(BodyShape),
    /// A value of an earlier step, in the light of this one.
    Value(Neutral),
    /// The bytes of the body as text.
    Text,
    /// The media type of the body.
    Media(MediaExpectation),
    /// The body is a Job that tells of a failure (DSP0263 4.2.2).
    ErrorJob,
    /// The reply means the same as that of another step.
    SameAs {
        /// The other step.
        step: String,
        /// Attributes that may differ.
        ignoring: Vec<String>,
    },
}

/// A status, or a class of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusPattern {
    /// 404
    Exactly(u16),
    /// "4xx", by its first digit
    Class(u16),
}

/// Which way items are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

/// What a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyShape {
    /// No byte at all.
    Empty,
    /// At least a byte.
    Present,
    /// A resource that can be read.
    Resource,
    /// No byte at all, or a resource that can be read.
    EmptyOrResource,
}

/// The media type expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaExpectation {
    /// That of the run's format.
    Asked,
    /// `application/json`
    Json,
    /// `application/xml`
    Xml,
}

/// The lexical form of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// Any text.
    String,
    /// xs:integer
    Integer,
    /// "true" or "false"
    Boolean,
    /// xs:dateTime
    DateTime,
    /// xs:duration
    Duration,
    /// A URI or a relative reference.
    Uri,
    /// A URI with a scheme.
    AbsoluteUri,
    /// An entity tag of HTTP.
    ETag,
}

impl Syntax {
    /// All, by name.
    pub const ALL: [(&'static str, Self); 8] = [
        ("string", Self::String),
        ("integer", Self::Integer),
        ("boolean", Self::Boolean),
        ("dateTime", Self::DateTime),
        ("duration", Self::Duration),
        ("uri", Self::Uri),
        ("absolute-uri", Self::AbsoluteUri),
        ("etag", Self::ETag),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, s)| *s == self).map_or("string", |(name, _)| name)
    }
}

/// What has to hold of a value.
#[derive(Debug, Clone)]
pub enum Test {
    /// It is there, or is not.
    Exists(bool),
    /// It equals.
    Equals(Neutral),
    /// It differs.
    NotEquals(Neutral),
    /// It is one of a list.
    OneOf(Neutral),
    /// A list has the value (or all of a list of values); a text has it as a part.
    Contains(Neutral),
    /// A list has it not (none of a list); a text has it not as a part.
    Excludes(Neutral),
    /// A text starts with it.
    StartsWith(Neutral),
    /// A text ends with it.
    EndsWith(Neutral),
    /// Not smaller: numbers, dates, else texts.
    AtLeast(Neutral),
    /// Not larger.
    AtMost(Neutral),
    /// Larger.
    Above(Neutral),
    /// Smaller.
    Below(Neutral),
    /// It has this syntax.
    Is(Syntax),
    /// A list, a map or a text has this length.
    Length(Neutral),
    /// A list has the same members, whatever their order.
    SameSet(Neutral),
    /// A record has all that another has, and perhaps more; the same holds within it.
    Includes(Neutral),
    /// A list has only members of another.
    SubsetOf(Neutral),
    /// An integer equals the number of items in the reply.
    EqualsCount,
}

const SUBJECTS: &[&str] = &[
    "status",
    "header",
    "attribute",
    "every",
    "any",
    "none",
    "sorted",
    "operation",
    "type",
    "body",
    "text",
    "media",
    "error",
    "same-as",
    "value",
];

impl Expectation {
    /// Reads one entry of `expect`.
    pub(super) fn read(
        value: &Spanned<DeValue<'_>>,
        context: &Context<'_>,
        faults: &mut Faults,
    ) -> Option<Self> {
        let section = Section::of("an expectation", value, faults)?;
        let origin = faults.origin(value.span().start);
        let subject = subject(&section, context, faults);
        let tests = tests(&section, context, faults);
        let requirements = context.requirements(&section, faults);
        let note = section.string("note", faults).map(|f| f.value);
        let span = value.span();
        let known = SUBJECTS.iter().filter(|s| section.has(s)).count();
        section.finish(faults);
        if known == 0 {
            faults.add(
                span,
                "an expectation without a subject",
                Some(format!("one of: {}", SUBJECTS.join(", "))),
            );
        }
        let subject = subject?;
        check_tests(&subject, &tests, &value.span(), faults);
        let requirements =
            if requirements.is_empty() { context.default_requirements() } else { requirements };
        let tests = if tests.is_empty() && wants_tests(&subject) { vec![Test::Exists(true)] } else { tests };
        Some(Self { subject, tests, requirements, note, origin })
    }
}

fn subject(section: &Section<'_, '_>, context: &Context<'_>, faults: &mut Faults) -> Option<Subject> {
    let given: Vec<&str> = SUBJECTS.iter().copied().filter(|s| section.has(s)).collect();
    if given.len() > 1 {
        faults.add(
            section.key_span(given[1]),
            format!("`{}` beside `{}`", given[1], given[0]),
            Some("one subject an expectation".into()),
        );
    }
    match *given.first()? {
        "status" => status(section.value("status")?, faults).map(Subject::Status),
        "header" => section.string("header", faults).map(|f| Subject::Header(f.value)),
        "attribute" => path(section, "attribute", context, faults).map(Subject::Attribute),
        "every" => path(section, "every", context, faults).map(Subject::Every),
        "any" => path(section, "any", context, faults).map(Subject::Any),
        "none" => path(section, "none", context, faults).map(Subject::No),
        "sorted" => sorted(section, context, faults),
        "operation" => {
            section.string("operation", faults).map(|f| Subject::Operation(context.template(&f, faults)))
        }
        "type" => types(section.value("type")?, context, faults).map(Subject::Type),
        "body" => {
            let shapes = [
                ("empty", BodyShape::Empty),
                ("present", BodyShape::Present),
                ("resource", BodyShape::Resource),
                ("empty-or-resource", BodyShape::EmptyOrResource),
            ];
            choice(&section.string("body", faults)?, &shapes, faults).map(Subject::Body)
        }
        "text" => flag(section, "text", faults).then_some(Subject::Text),
        "value" => Neutral::read(section.value("value")?, context, faults).map(Subject::Value),
        "media" => {
            let media = [
                ("asked", MediaExpectation::Asked),
                ("json", MediaExpectation::Json),
                ("xml", MediaExpectation::Xml),
            ];
            choice(&section.string("media", faults)?, &media, faults).map(Subject::Media)
        }
        "error" => flag(section, "error", faults).then_some(Subject::ErrorJob),
        _ => same_as(section, context, faults),
    }
}

/// A subject that is named by `key = true`.
fn flag(section: &Section<'_, '_>, key: &'static str, faults: &mut Faults) -> bool {
    let set = section.boolean(key, false, faults);
    if !set {
        faults.add(
            section.key_span(key),
            format!("`{key}` says nothing unless it is true"),
            Some(format!("`{key} = true`")),
        );
    }
    set
}

fn same_as(section: &Section<'_, '_>, context: &Context<'_>, faults: &mut Faults) -> Option<Subject> {
    let step = section.string("same-as", faults)?;
    let ignoring = section.strings("ignoring", faults).into_iter().map(|f| f.value).collect();
    if !context.names.contains(&step.value) {
        let hint = did_you_mean(&step.value, context.names.iter().map(String::as_str));
        faults.add_with_hint(step.span, format!("no earlier step is named `{}`", step.value), None, hint);
        return None;
    }
    Some(Subject::SameAs { step: step.value, ignoring })
}

fn sorted(section: &Section<'_, '_>, context: &Context<'_>, faults: &mut Faults) -> Option<Subject> {
    let path = path(section, "sorted", context, faults)?;
    let orders = [("ascending", Order::Ascending), ("descending", Order::Descending)];
    let order = match section.string("order", faults) {
        Some(field) => choice(&field, &orders, faults)?,
        None => Order::Ascending,
    };
    let by = match section.string("as", faults) {
        Some(field) => choice(&field, &Syntax::ALL, faults)?,
        None => Syntax::String,
    };
    Some(Subject::Sorted { path, order, by })
}

fn path(
    section: &Section<'_, '_>,
    key: &'static str,
    context: &Context<'_>,
    faults: &mut Faults,
) -> Option<Path> {
    let field = section.string(key, faults)?;
    match Path::read(&context.text(&field.value)) {
        Ok(path) => Some(path),
        Err(message) => {
            faults.add(field.span, format!("bad path `{}`: {message}", field.value), None);
            None
        }
    }
}

/// One of a few words.
pub(super) fn choice<T: Copy>(field: &Field<String>, of: &[(&str, T)], faults: &mut Faults) -> Option<T> {
    let found = of.iter().find(|(name, _)| *name == field.value).map(|(_, value)| *value);
    if found.is_none() {
        let names: Vec<&str> = of.iter().map(|(name, _)| *name).collect();
        let hint = did_you_mean(&field.value, names.iter().copied());
        faults.add_with_hint(
            field.span.clone(),
            format!("`{}` is no choice here", field.value),
            Some(format!("one of: {}", names.join(", "))),
            hint,
        );
    }
    found
}

fn types(value: &Spanned<DeValue<'_>>, context: &Context<'_>, faults: &mut Faults) -> Option<Vec<String>> {
    let fields = one_or_many(value, "type", faults)?;
    let known = &context.vocabulary.types;
    for field in &fields {
        let name = context.text(&field.value);
        if !known.contains(&name) {
            let hint = did_you_mean(&name, known.iter().map(String::as_str));
            faults.add_with_hint(field.span.clone(), format!("unknown resource type `{name}`"), None, hint);
        }
    }
    Some(fields.iter().map(|f| context.text(&f.value)).collect())
}

/// A string, or a list of strings.
pub(super) fn one_or_many(
    value: &Spanned<DeValue<'_>>,
    what: &str,
    faults: &mut Faults,
) -> Option<Vec<Field<String>>> {
    match value.get_ref() {
        DeValue::Array(items) => {
            Some(items.iter().filter_map(|item| crate::source::string_of(item, what, faults)).collect())
        }
        _ => crate::source::string_of(value, what, faults).map(|field| vec![field]),
    }
}

fn status(value: &Spanned<DeValue<'_>>, faults: &mut Faults) -> Option<Vec<StatusPattern>> {
    let items: Vec<&Spanned<DeValue<'_>>> = match value.get_ref() {
        DeValue::Array(items) if !items.is_empty() => items.iter().collect(),
        _ => vec![value],
    };
    let patterns: Vec<StatusPattern> = items.iter().filter_map(|item| one_status(item, faults)).collect();
    (patterns.len() == items.len()).then_some(patterns)
}

fn one_status(value: &Spanned<DeValue<'_>>, faults: &mut Faults) -> Option<StatusPattern> {
    let pattern = match value.get_ref() {
        DeValue::Integer(n) => {
            n.as_str().parse().ok().filter(|n| (100..600).contains(n)).map(StatusPattern::Exactly)
        }
        DeValue::String(text) => match text.as_bytes() {
            [digit @ b'1'..=b'5', b'x', b'x'] => Some(StatusPattern::Class(u16::from(digit - b'0'))),
            _ => None,
        },
        _ => None,
    };
    if pattern.is_none() {
        faults.add(value.span(), "no status of HTTP", Some("200, [200, 204] or \"2xx\"".to_owned()));
    }
    pattern
}

type Operator = (&'static str, fn(Neutral) -> Test);

const OPERATORS: &[Operator] = &[
    ("equals", Test::Equals),
    ("not-equals", Test::NotEquals),
    ("one-of", Test::OneOf),
    ("contains", Test::Contains),
    ("excludes", Test::Excludes),
    ("starts-with", Test::StartsWith),
    ("ends-with", Test::EndsWith),
    ("at-least", Test::AtLeast),
    ("at-most", Test::AtMost),
    ("above", Test::Above),
    ("below", Test::Below),
    ("length", Test::Length),
    ("same-set", Test::SameSet),
    ("subset-of", Test::SubsetOf),
    ("includes", Test::Includes),
];

fn tests(section: &Section<'_, '_>, context: &Context<'_>, faults: &mut Faults) -> Vec<Test> {
    let mut tests = Vec::new();
    if section.has("exists") {
        tests.push(Test::Exists(section.boolean("exists", true, faults)));
    }
    for (key, make) in OPERATORS {
        if let Some(value) = section.value(key) {
            tests.extend(Neutral::read(value, context, faults).map(*make));
        }
    }
    if let Some(field) = section.string("is", faults) {
        tests.extend(choice(&field, &Syntax::ALL, faults).map(Test::Is));
    }
    if section.has("equals-count") && flag(section, "equals-count", faults) {
        tests.push(Test::EqualsCount);
    }
    tests
}

/// Subjects that a test is applied to; the others are tests in themselves.
fn wants_tests(subject: &Subject) -> bool {
    matches!(
        subject,
        Subject::Header(_)
            | Subject::Attribute(_)
            | Subject::Every(_)
            | Subject::Any(_)
            | Subject::No(_)
            | Subject::Operation(_)
            | Subject::Text
            | Subject::Value(_)
    )
}

fn check_tests(subject: &Subject, tests: &[Test], span: &std::ops::Range<usize>, faults: &mut Faults) {
    if !tests.is_empty() && !wants_tests(subject) {
        let message = "this subject is a test in itself and takes no other";
        faults.add(
            span.clone(),
            message,
            Some("the subject alone, with `requirement` and `note` at most".to_owned()),
        );
    }
}
