//! Reading a file of cases.

use std::collections::BTreeMap;

use crate::source::{Faults, Field, Section, SourceError, did_you_mean};

use super::expect::choice;
use super::need::{Need, NeedKind};
use super::step;
use super::template::Template;
use crate::event::{Edition, Format};

use super::{Auth, Case, Method, Vocabulary};

/// A case has at most so many steps.
const MAX_STEPS: usize = 40;

/// What is known while one case is read.
pub(super) struct Context<'v> {
    pub(super) vocabulary: &'v Vocabulary,
    pub(super) names: Vec<String>,
    requirements: Vec<String>,
    each: Option<String>,
}

impl Context<'_> {
    /// The text with `${each}` replaced.
    pub(super) fn text(&self, text: &str) -> String {
        match &self.each {
            Some(each) => text.replace("${each}", each),
            None => text.to_owned(),
        }
    }

    /// Reads a string with values in it.
    pub(super) fn template(&self, field: &Field<String>, faults: &mut Faults) -> Template {
        let field = Field { value: self.text(&field.value), span: field.span.clone() };
        Template::read(&field, &self.names, self.vocabulary, faults)
    }

    /// The requirements that an expectation or a wait names: one, or a list.
    pub(super) fn requirements(&self, section: &Section<'_, '_>, faults: &mut Faults) -> Vec<String> {
        let named = section.one_or_more("requirement", faults);
        named.iter().map(|field| self.requirement(field, faults)).collect()
    }

    fn requirement(&self, field: &Field<String>, faults: &mut Faults) -> String {
        known_requirement(field, self.vocabulary, faults);
        if !self.requirements.contains(&field.value) {
            faults.add(
                field.span.clone(),
                format!("`{}` is not among the requirements of the case", field.value),
                Some(format!("one of: {}", self.requirements.join(", "))),
            );
        }
        field.value.clone()
    }

    /// The requirement of an expectation that names none.
    pub(super) fn default_requirements(&self) -> Vec<String> {
        self.requirements.first().cloned().into_iter().collect()
    }
}

/// Reads a file of cases. `area` is the area of its cases (the folder it lies in).
///
/// # Errors
/// Everything that is wrong in the file, in its order.
pub fn parse(
    file: &str,
    text: &str,
    area: &str,
    vocabulary: &Vocabulary,
) -> Result<Vec<Case>, Vec<SourceError>> {
    let mut faults = Faults::new(file, text);
    let mut cases = Vec::new();
    faults.document("a file of cases", |faults, root| {
        for value in root.sections("case", "a case", faults) {
            read_all(value, area, vocabulary, faults, &mut cases);
        }
        if cases.is_empty() && faults.count() == 0 {
            faults.add(0..0, "a file without a case", Some("[[case]]".to_owned()));
        }
        root.finish(faults);
    });
    let mut seen: BTreeMap<&str, &Case> = BTreeMap::new();
    for case in &cases {
        if let Some(first) = seen.insert(&case.id, case) {
            let start = line_start(text, case.origin.line);
            faults.add(
                start..start,
                format!("a second case `{}`", case.id),
                Some(format!("the first is at {}", first.origin)),
            );
        }
    }
    faults.into_result(cases)
}

fn line_start(text: &str, line: u32) -> usize {
    text.split_inclusive('\n').take(line as usize - 1).map(str::len).sum()
}

/// Reads a case, once for each value of its `each`.
fn read_all(
    section: Section<'_, '_>,
    area: &str,
    vocabulary: &Vocabulary,
    faults: &mut Faults,
    cases: &mut Vec<Case>,
) {
    let has_each = section.has("each");
    let values = section.strings("each", faults);
    if !has_each {
        cases.extend(read(&section, area, vocabulary, None, faults));
    }
    for value in values {
        // What is wrong with a case is wrong with all of its copies: once is enough.
        let before = faults.count();
        cases.extend(read(&section, area, vocabulary, Some(value.value), faults));
        if faults.count() > before {
            break;
        }
    }
    section.finish(faults);
}

fn read(
    section: &Section<'_, '_>,
    area: &str,
    vocabulary: &Vocabulary,
    each: Option<String>,
    faults: &mut Faults,
) -> Option<Case> {
    let origin = faults.origin(section.span().start);
    let required = section.strings("requirements", faults);
    if required.is_empty() {
        section.missing("requirements", "[\"clause/slug\"]", faults);
    }
    for field in &required {
        known_requirement(field, vocabulary, faults);
    }
    let requirements: Vec<String> = required.into_iter().map(|f| f.value).collect();
    let mut context = Context { vocabulary, names: Vec::new(), requirements: requirements.clone(), each };
    let id = section.required("id", faults)?;
    if context.each.is_some() && !id.value.contains("${each}") {
        faults.add(id.span.clone(), "an id without `${each}` in a case with `each`", None);
    }
    let title = section.required("title", faults).map(|f| context.text(&f.value)).unwrap_or_default();
    let id = case_id(&Field { value: context.text(&id.value), span: id.span }, faults);
    let editions = some_of(section, "editions", &Edition::ALL.map(|e| (e.name(), e)), faults);
    let formats = some_of(section, "formats", &Format::ALL.map(|f| (f.name(), f)), faults);
    let needs: Vec<Need> = section
        .strings("needs", faults)
        .into_iter()
        .filter_map(|f| {
            Need::read(&Field { value: context.text(&f.value), span: f.span }, vocabulary, faults)
        })
        .collect();
    let mutates = section.boolean("mutates", false, faults);
    let alone = section.boolean("alone", false, faults);
    let steps = steps(section, &mut context, mutates, faults);
    for step in &steps {
        let Auth::As(role) = step.auth else { continue };
        if !needs.iter().any(|need: &Need| need.kind == NeedKind::User(role)) {
            let name = role.name();
            let message = format!("step {} is sent as `{name}`, whom not every run has", step.name);
            faults.add(section.span(), message, Some(format!("\"user:{name}\" among `needs`")));
        }
    }
    let steady = steady(section, &steps, mutates, faults);
    Some(Case {
        id,
        title,
        area: area.to_owned(),
        requirements,
        editions,
        formats,
        needs,
        mutates,
        alone,
        steady,
        steps,
        origin,
    })
}

fn case_id(field: &Field<String>, faults: &mut Faults) -> String {
    let word = |w: &str| !w.is_empty() && w.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if !(field.value.contains('.') && field.value.split('.').all(word)) {
        let expected = "dotted words of letters, digits and -: \"query.filter.equals-name\"";
        faults.add(
            field.span.clone(),
            format!("`{}` is no id of a case", field.value),
            Some(expected.to_owned()),
        );
    }
    field.value.clone()
}

fn some_of<T: Copy>(
    section: &Section<'_, '_>,
    key: &'static str,
    of: &[(&str, T)],
    faults: &mut Faults,
) -> Vec<T> {
    if !section.has(key) {
        return of.iter().map(|(_, value)| *value).collect();
    }
    let fields = section.strings(key, faults);
    if fields.is_empty() {
        faults.add(section.key_span(key), format!("`{key}` without any"), None);
    }
    fields.iter().filter_map(|field| choice(field, of, faults)).collect()
}

fn steps(
    section: &Section<'_, '_>,
    context: &mut Context<'_>,
    mutates: bool,
    faults: &mut Faults,
) -> Vec<super::Step> {
    let sections = section.sections("step", "a step", faults);
    if sections.is_empty() {
        section.missing("step", "[[case.step]]", faults);
    }
    if sections.len() > MAX_STEPS {
        faults.add(section.span(), format!("{} steps", sections.len()), Some(format!("at most {MAX_STEPS}")));
    }
    let spans: Vec<_> = sections.iter().map(Section::span).collect();
    let steps: Vec<_> = sections.into_iter().filter_map(|s| step::read(s, context, faults)).collect();
    let judged = steps.iter().any(|step| !step.setup && !step.expect.is_empty());
    if !judged && steps.len() == spans.len() {
        faults.add(
            section.span(),
            "a case that expects nothing",
            Some("a step with `expect` that is not `setup`".to_owned()),
        );
    }
    let changing = steps.iter().zip(&spans).find(|(step, _)| !step.method.is_safe());
    if let (false, Some((step, span))) = (mutates, changing) {
        let hint = "a request that is sure to be refused still belongs into a case with `mutates = true`";
        faults.add_with_hint(
            span.clone(),
            format!("{} in a case that says it changes nothing", step.method.as_str()),
            Some("`mutates = true` in its [[case]]".to_owned()),
            Some(hint.to_owned()),
        );
    }
    steps
}

/// The step that `steady` names: it reads, in a case that changes nothing itself.
fn steady(
    section: &Section<'_, '_>,
    steps: &[super::Step],
    mutates: bool,
    faults: &mut Faults,
) -> Option<String> {
    let field = section.string("steady", faults)?;
    let reads = steps.iter().any(|step| step.name == field.value && step.method == Method::Get);
    if mutates || !reads {
        let expected = "the name of a step with `get`, in a case without `mutates`".to_owned();
        faults.add(field.span, format!("`{}` cannot be held steady", field.value), Some(expected));
        return None;
    }
    Some(field.value)
}

fn known_requirement(field: &Field<String>, vocabulary: &Vocabulary, faults: &mut Faults) {
    if !vocabulary.requirements.contains(&field.value) {
        let hint = did_you_mean(&field.value, vocabulary.requirements.iter().map(String::as_str));
        faults.add_with_hint(
            field.span.clone(),
            format!("unknown requirement `{}`", field.value),
            Some("an id of suites/requirements: \"clause/slug\"".to_owned()),
            hint,
        );
    }
}
