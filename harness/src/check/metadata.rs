//! What ResourceMetadata says of a type (DSP0263 5.11, 5.11.1, 5.5.14), held against the tables.
//!
//! Members of a Collection may show less than the whole: only what is shown is judged.

use indexmap::IndexMap;

use crate::event::{At, BodyAt, Edition};
use crate::links::described;
use crate::meaning::{Resource, Value};
use crate::spec::Tables;

use super::{Context, Seen, Violation};

/// The constraints of an attribute (5.3).
const CONSTRAINTS: [&str; 4] = ["providerMandatory", "consumerMandatory", "mutable", "consumerWritable"];

/// What can stand in a scope (5.5.14).
const SCOPE: [&str; 8] = ["value", "values", "minimum", "maximum", "increment", "default", "units", "item"];

/// What every resource has beside the attributes of its table.
const BESIDE: [&str; 2] = ["operations", "resourceURI"];

const ENTRY_POINT: &str = "CloudEntryPoint";

type Record = IndexMap<String, Value>;

/// One entry of the metadata.
struct Entry<'e> {
    tables: &'e Tables,
    /// The type that it is about.
    ty: String,
    resource: &'e Resource,
    /// Where it stands.
    path: String,
}

/// What each entry of the metadata says, and what they say together.
pub(super) fn shape(seen: &Seen<'_>, context: &Context<'_>) -> Vec<Violation> {
    let is_whole = seen.is_success() && !seen.exchange.request.url.contains("select=");
    let Some(reading) = seen.reading.as_ref().filter(|_| is_whole) else { return Vec::new() };
    let root = &reading.resource;
    let entries: Vec<Entry<'_>> = std::iter::once((root, String::new()))
        .chain(root.items.iter().enumerate().map(|(at, item)| (item, format!("/item/{at}"))))
        .filter(|(resource, _)| resource.type_name.as_deref() == Some("ResourceMetadata"))
        .map(|(resource, path)| Entry::of(resource, path, context.tables))
        .collect();
    let mut all: Vec<Violation> = entries.iter().flat_map(Entry::judge).collect();
    // Where one shows what it has to say, all do. What stands alone is no entry of the Collection.
    if entries.iter().any(|entry| !entry.is_empty()) && root.is_collection {
        all.extend(entries.iter().filter(|entry| entry.is_empty()).map(Entry::nothing));
    }
    all.extend(scopes_unadvertised(&entries));
    all
}

/// Value scopes, and a Cloud Entry Point that does not advertise them.
fn scopes_unadvertised(entries: &[Entry<'_>]) -> Option<Violation> {
    let scoped = entries.iter().find(|entry| entry.resource.attributes.contains_key("vscope"))?;
    let entry_point = entries.iter().find(|entry| entry.ty == ENTRY_POINT)?;
    let says = |fields: &Record| text(fields, "name").as_deref() == Some("ValueScopes") && is_true(fields);
    let is_advertised = entry_point.list("capabilities").any(says);
    let subject = "ResourceMetadata.vscope";
    let expected = "the capability ValueScopes of the CloudEntryPoint, as true";
    let violation =
        || scoped.violation("5.5.14/value-scopes-capability", subject, "vscope", expected, "nothing");
    (!is_advertised && !entry_point.departs("capabilities")).then(violation)
}

impl<'e> Entry<'e> {
    fn of(resource: &'e Resource, path: String, tables: &'e Tables) -> Self {
        let ty = described(resource, tables).unwrap_or_default();
        Self { tables, ty, resource, path }
    }

    /// The structures of an array.
    fn list(&self, name: &str) -> impl Iterator<Item = &'e Record> + use<'e> {
        let items: &[Value] = match self.resource.attributes.get(name) {
            // What is wrong in its bytes is told as such.
            Some(Value::List(items)) if !self.departs(name) => items,
            _ => &[],
        };
        items.iter().filter_map(|item| match item {
            Value::Record(fields) => Some(fields),
            _ => None,
        })
    }

    fn departs(&self, name: &str) -> bool {
        self.resource.departures.contains(name)
    }

    fn is_empty(&self) -> bool {
        !["attributes", "vscope", "capabilities", "actions"]
            .iter()
            .any(|name| self.resource.attributes.contains_key(*name))
    }

    fn violation(
        &self,
        requirement: &'static str,
        subject: &str,
        within: &str,
        expected: impl Into<String>,
        got: impl Into<String>,
    ) -> Violation {
        let at = At::Body(BodyAt { path: format!("{}/{within}", self.path), line: 1, column: 1 });
        Violation::new(requirement, subject, at, expected, got)
    }

    fn nothing(&self) -> Violation {
        let expected = "attributes, capabilities, actions or vscope, or no entry";
        let got = format!("nothing about {}", self.ty);
        self.violation("5.12/metadata-only-where-any", "ResourceMetadata", "", expected, got)
    }

    fn judge(&self) -> Vec<Violation> {
        let attributes = self.list("attributes").flat_map(|fields| self.attribute(fields));
        let capabilities = self.list("capabilities").flat_map(|fields| self.capability(fields));
        let scopes = self.list("vscope").flat_map(|scoped| self.scope(scoped));
        attributes.chain(capabilities).chain(scopes).chain(self.repeated()).chain(self.implied()).collect()
    }

    /// Interpretations `metadata-required` and `metadata-extension-fields`.
    fn attribute(&self, fields: &Record) -> Vec<Violation> {
        let mut all = Vec::new();
        let Some(name) = text(fields, "name") else { return all };
        let within = format!("attributes ({name})");
        let lacking: Vec<&str> = CONSTRAINTS.into_iter().filter(|it| !fields.contains_key(*it)).collect();
        if self.tables.edition == Edition::V2 && !lacking.is_empty() {
            let subject = "ResourceMetadata.attributes";
            let got = format!("no {}", lacking.join(", "));
            let expected = "the four constraints of an attribute";
            let violation = self.violation("5.11/attribute-fields", subject, &within, expected, got);
            all.push(if fields.contains_key("required") { violation.warning() } else { violation });
        }
        let Some(declared) = self.tables.types.get(&self.ty).map(|ty| &ty.attributes) else { return all };
        let is_extension = !declared.contains_key(&name) && !BESIDE.contains(&name.as_str());
        for (requirement, field) in
            [("5.11/namespace-of-extensions", "namespace"), ("5.11/type-of-extensions", "type")]
        {
            let is_there = fields.contains_key(field);
            if is_there == is_extension {
                continue;
            }
            let (expected, got) = if is_extension {
                (format!("{field} of an attribute of the provider's own"), "nothing".to_owned())
            } else {
                (format!("no {field}: {name} is defined by the text"), fields[field].show())
            };
            let subject = format!("ResourceMetadata.attributes.{field}");
            all.push(self.violation(requirement, &subject, &within, expected, got));
        }
        all
    }

    fn capability(&self, fields: &Record) -> Vec<Violation> {
        let name = text(fields, "name").unwrap_or_default();
        let within = format!("capabilities ({name})");
        let subject = "ResourceMetadata.capabilities";
        let Some(uri) = text(fields, "uri") else {
            return vec![self.violation("5.11/capability-fields", subject, &within, "a uri", "nothing")];
        };
        let mut all = Vec::new();
        let base = format!("{}/capability/", self.tables.namespace);
        let Some(defined) = uri.strip_prefix(&base) else { return all };
        let whole_provider = defined.strip_prefix(ENTRY_POINT).is_some_and(|rest| rest.starts_with('/'));
        if whole_provider && self.ty != ENTRY_POINT {
            let expected = format!("it in the metadata of the {ENTRY_POINT}");
            let got = format!("it in that of {}", self.ty);
            all.push(self.violation("5.11.1/general-capabilities", subject, &within, expected, got));
        } else if !defined.starts_with(&format!("{}/", self.ty)) && self.tables.types.contains_key(&self.ty) {
            let expected = format!("{base}{}/{name}", self.ty);
            all.push(self.violation("5.11.1/capability-uri", subject, &within, expected, uri.clone()));
        }
        let rule = self.tables.capabilities.get(defined);
        if let (Some(rule), Some(value)) = (rule, text(fields, "value"))
            && !rule.values.is_empty()
            && !value.split(',').all(|one| rule.values.iter().any(|known| known == one.trim()))
        {
            let expected = format!("of {}", rule.values.join(", "));
            all.push(self.violation(
                "5.11.1/user-data",
                &format!("{subject}.{name}"),
                &within,
                expected,
                value,
            ));
        }
        all
    }

    fn repeated(&self) -> Vec<Violation> {
        let mut seen: Vec<String> = Vec::new();
        let mut all = Vec::new();
        for name in self.list("capabilities").filter_map(|fields| text(fields, "name")) {
            if seen.contains(&name) {
                let subject = "ResourceMetadata.capabilities";
                let within = format!("capabilities ({name})");
                let expected = "each name once";
                all.push(self.violation(
                    "5.11.1/capability-names-unique",
                    subject,
                    &within,
                    expected,
                    name.clone(),
                ));
            }
            seen.push(name);
        }
        all
    }

    /// What is advertised, and what that implies.
    fn implied(&self) -> Vec<Violation> {
        let value_of = |name: &str| {
            self.list("capabilities")
                .find(|fields| text(fields, "name").as_deref() == Some(name))
                .map(is_true)
        };
        let advertised = self.list("capabilities").filter(|fields| is_true(fields));
        advertised
            .filter_map(|fields| {
                let name = text(fields, "name")?;
                let rule = self.tables.capabilities.get(&format!("{}/{name}", self.ty))?;
                let denied = rule.implies.iter().find(|implied| value_of(implied) != Some(true))?;
                let requirement = match self.ty.as_str() {
                    "Machine" => "5.11.1/machine-by-value-implies-template",
                    "Volume" => "5.11.1/volume-by-value-implies-template",
                    _ => return None,
                };
                let subject = format!("ResourceMetadata.capabilities.{denied}");
                let expected = format!("{denied} as true, since {name} is");
                let within = format!("capabilities ({denied})");
                Some(self.violation(requirement, &subject, &within, expected, "nothing of the kind"))
            })
            .collect()
    }

    fn scope(&self, scoped: &Record) -> Vec<Violation> {
        let odd = scoped.iter().filter_map(|(name, scope)| {
            let Value::Record(fields) = scope else { return Some((name, scope.show())) };
            let unknown = fields.keys().find(|key| !SCOPE.contains(&key.as_str()));
            unknown.map(|key| (name, key.clone()))
        });
        odd.filter(|_| self.tables.types.contains_key(&self.ty))
            .map(|(name, got)| {
                let subject = format!("{}.vscope.{name}", self.ty);
                let within = format!("vscope ({name})");
                let expected = format!("one of {}", SCOPE.join(", "));
                self.violation("5.5.14/scope-form", &subject, &within, expected, got)
            })
            .collect()
    }
}

fn text(fields: &Record, name: &str) -> Option<String> {
    fields.get(name).and_then(Value::as_text)
}

/// A capability without a value is true (table 6).
fn is_true(fields: &Record) -> bool {
    text(fields, "value").is_none_or(|value| matches!(value.as_str(), "true" | "1"))
}
