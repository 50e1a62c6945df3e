//! The tables, killed: what a right cloud answered is changed at one attribute, and the pure checks have to report that one.

use std::collections::{BTreeMap, BTreeSet};

use harness::check::{self, Context, Seen, Violation};
use harness::event::{Body, Edition, Exchange, Format};
use harness::links::Links;
use harness::spec::{Attribute, COMMON, Declared, Kind, Tables};
use harness::suite::Suite;

use super::wrong;

/// What is found out, and where.
pub(crate) const TABLE: &str = "reports/kill-tables.tsv";

const HEAD: &str = "stated\tedition\tformat\n";

/// Where what the tables state was found broken when it was.
pub(crate) type Killed = BTreeSet<(String, Edition, &'static str)>;

pub(crate) fn table(killed: &Killed) -> String {
    let line =
        |(id, edition, format): &(String, Edition, &str)| format!("{id}\t{}\t{format}\n", edition.name());
    std::iter::once(HEAD.to_owned()).chain(killed.iter().map(line)).collect()
}

/// Full representations, one of each type and format.
struct Samples<'e> {
    tables: &'e Tables,
    links: Links,
    by_type: BTreeMap<(String, Format), &'e Exchange>,
}

/// Changes what was recorded of a right cloud, one attribute at a time. What is reported of other than what was changed,
/// is a fault of the judge.
pub(crate) fn kill(exchanges: &[Exchange], edition: Edition, suite: &Suite) -> (Killed, Vec<String>) {
    let samples = Samples::of(exchanges, suite.tables(edition));
    let (mut killed, mut faults) = (Killed::new(), Vec::new());
    for declared in suite.declared().values().filter(|it| it.editions.contains(&edition)) {
        for (format, name) in [(Format::Json, "json"), (Format::Xml, "xml")] {
            let Some((subject, violations)) = samples.broken(declared, format) else { continue };
            match violations.as_slice() {
                [] => {}
                all if all.iter().all(|one| one.subject == subject) => {
                    killed.insert((declared.id.clone(), edition, name));
                }
                more => {
                    let more = more.iter().map(|v| {
                        format!("{} {}: expected {}, got {}", v.requirement, v.subject, v.expected, v.got)
                    });
                    let more = more.collect::<Vec<_>>().join("; ");
                    faults.push(format!("{} {edition} {name}: {more}", declared.id));
                }
            }
        }
    }
    (killed, faults)
}

impl<'e> Samples<'e> {
    fn of(exchanges: &'e [Exchange], tables: &'e Tables) -> Self {
        let mut links = Links::default();
        let reads: Vec<&Exchange> = exchanges
            .iter()
            .filter(|it| it.request.method == "GET" && it.response.as_ref().is_some_and(|r| r.status == 200))
            .filter(|it| !it.request.url.contains('?'))
            .collect();
        for exchange in &reads {
            let before = links.clone();
            let seen = Seen::new(exchange, &Context { tables, links: &before });
            if let Some(reading) = seen.reading {
                let base = reading.resource.text("baseURI").and_then(|base| base.parse().ok());
                links.base = links.base.or(base);
                links.learn(&exchange.request.url, &reading.resource, tables);
            }
        }
        let mut by_type: BTreeMap<(String, Format), &Exchange> = BTreeMap::new();
        for exchange in reads {
            let context = Context { tables, links: &links };
            let seen = Seen::new(exchange, &context);
            let (Some(format), true) = (seen.format(), check::all(&seen, &context).is_empty()) else {
                continue;
            };
            let Some(resource) = seen.reading.map(|it| it.resource).filter(|it| !it.is_collection) else {
                continue;
            };
            let Some(name) = resource.type_name else { continue };
            // What shows most can be changed most.
            let size = |it: &Exchange| it.response.as_ref().and_then(|r| r.text().map(str::len));
            let best = by_type.entry((name, format)).or_insert(exchange);
            if size(exchange) > size(best) {
                *best = exchange;
            }
        }
        Self { tables, links, by_type }
    }

    /// What is reported when a table is broken in this one point; nothing where it cannot be broken.
    fn broken(&self, declared: &Declared, format: Format) -> Option<(String, Vec<Violation>)> {
        let owner = if declared.owner == COMMON { "Machine" } else { &declared.owner };
        let first = self.tables.types.get(owner)?.attributes.get(declared.path.first()?)?;
        let attribute = match declared.path.get(1) {
            None => first,
            Some(field) => self.field(first, field)?,
        };
        let change = wrong::change(declared.aspect, attribute)?;
        let sample = *self.by_type.get(&(owner.to_owned(), format))?;
        let body = sample.response.as_ref()?.text()?;
        let bodies = match format {
            Format::Json => wrong::in_json(body, &declared.path, first, &change),
            Format::Xml => wrong::in_xml(body, &declared.path, first, &change).into_iter().collect(),
        };
        let subject = format!("{owner}.{}", declared.path.join("."));
        let mut judged: Vec<_> = bodies.into_iter().map(|body| self.judge(sample, body)).collect();
        let is_just_that =
            |all: &Vec<Violation>| !all.is_empty() && all.iter().all(|one| one.subject == subject);
        let best = judged.iter().position(is_just_that).unwrap_or(0);
        (best < judged.len()).then(|| (subject, judged.swap_remove(best)))
    }

    /// What is wrong with an exchange that has another body.
    fn judge(&self, sample: &Exchange, body: String) -> Vec<Violation> {
        let mut wrong = sample.clone();
        if let Some(response) = &mut wrong.response {
            response.body = Some(Body::Text(body));
        }
        let context = Context { tables: self.tables, links: &self.links };
        check::all(&Seen::new(&wrong, &context), &context)
    }

    fn field(&self, attribute: &Attribute, field: &str) -> Option<&'e Attribute> {
        let structure = match &attribute.kind {
            Kind::Structure(name) => name,
            Kind::Array { of, .. } => match of.as_ref() {
                Kind::Structure(name) => name,
                _ => return None,
            },
            _ => return None,
        };
        self.tables.structures.get(structure)?.fields.get(field)
    }
}
