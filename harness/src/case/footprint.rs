//! What a case does to an endpoint, as far as it can be told before it runs: what it could make, and what it changes.
//! Pure; an upper bound, for a request that ought to be refused may be obeyed.

use crate::spec::{Kind, Tables};

use super::{Case, Method, Neutral, Path, Payload, Segment, Step, Subject, Template};

/// Something that a step does beside reading.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deed {
    /// What.
    pub what: What,
    /// To what.
    pub whose: Whose,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// Makes a resource of this kind (`resource` where it cannot be told).
    Make(String),
    /// Changes attributes.
    Update,
    /// Deletes.
    Delete,
    /// Asks for an operation, by its short rel.
    Operate(String),
}

/// Whose the resource is that something is done to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whose {
    /// The case made it: a resource of this kind.
    Own(String),
    /// It was there before: the fact that it is known by.
    There(String),
}

/// References chased from step to step.
const MOST_HOPS: usize = 40;

impl Payload {
    /// The operation that an Action asks for, by its short rel.
    pub fn action(&self) -> Option<String> {
        match self {
            Self::Neutral(body) if body.word("type").as_deref() == Some("Action") => {
                Some(body.word("action").unwrap_or_default())
            }
            _ => None,
        }
    }
}

impl Neutral {
    /// A plain word of a record.
    fn word(&self, name: &str) -> Option<String> {
        let Self::Record(record) = self else { return None };
        let (_, value) = record.iter().find(|(key, _)| key == name)?;
        match value {
            Self::Text(template) => template.plain(),
            _ => None,
        }
    }
}

impl Case {
    /// What it does beside reading, in the order of its steps.
    pub fn deeds(&self, tables: &Tables) -> Vec<Deed> {
        self.steps.iter().filter_map(|step| self.deed(step, tables)).collect()
    }

    /// The kinds that it could make, each as often as it could make one.
    pub fn makes(&self, tables: &Tables) -> Vec<String> {
        let kind = |deed: Deed| match deed.what {
            What::Make(kind) => Some(kind),
            _ => None,
        };
        self.deeds(tables).into_iter().filter_map(kind).collect()
    }

    /// Whether it judges an attribute as a whole, so that nothing may be added to it.
    pub fn judges_whole(&self, name: &str) -> bool {
        let whole = |path: &Path| matches!(path.0.as_slice(), [Segment::Name(first)] if first == name || first == "@attributes");
        let expectations = self.steps.iter().flat_map(|step| &step.expect);
        expectations.map(|expectation| &expectation.subject).any(|subject| match subject {
            Subject::Attribute(path) | Subject::Every(path) | Subject::Any(path) | Subject::No(path) => {
                whole(path)
            }
            _ => false,
        })
    }

    fn deed(&self, step: &Step, tables: &Tables) -> Option<Deed> {
        let what = match step.method {
            Method::Get | Method::Head | Method::Options => return None,
            Method::Put | Method::Patch => What::Update,
            Method::Delete => What::Delete,
            Method::Post => match (step.payload.action(), rel(&step.target)) {
                (Some(action), _) => What::Operate(tables.short_rel(&action).to_owned()),
                (None, Some(rel)) if matches!(step.payload, Payload::None) => What::Operate(rel),
                (None, _) => What::Make(self.kind(step, tables)),
            },
        };
        Some(Deed { what, whose: self.whose(&step.target, tables) })
    }

    /// The kind that a POST could make: what its body says, or else what the collection is of that it goes to.
    fn kind(&self, step: &Step, tables: &Tables) -> String {
        let told = match &step.payload {
            Payload::Neutral(body) => body.word("type"),
            _ => None,
        };
        if let Some(name) = told {
            return tables.creations.get(&name).map_or(name, |creation| creation.makes.clone());
        }
        match self.whose(&step.target, tables) {
            Whose::There(fact) => kind_of(&fact, tables),
            Whose::Own(_) => "resource".to_owned(),
        }
    }

    /// The kind of resource that a step is about.
    pub fn about(&self, step: &Step, tables: &Tables) -> String {
        match self.deed(step, tables).map_or_else(
            || self.whose(&step.target, tables),
            |deed| match deed.what {
                What::Make(kind) => Whose::Own(kind),
                _ => deed.whose,
            },
        ) {
            Whose::Own(kind) => kind,
            Whose::There(fact) => kind_of(&fact, tables),
        }
    }

    /// Whose the resource is that a URL leads to: followed from step to step to a POST, or to a fact.
    fn whose(&self, target: &Template, tables: &Tables) -> Whose {
        let mut target = target;
        for _ in 0..MOST_HOPS {
            let Some(reference) = target.first_reference() else { break };
            let Some(step) = self.steps.iter().find(|step| step.name == reference.root) else {
                return Whose::There(reference.root.clone());
            };
            let is_operation = step.payload.action().is_some() || matches!(step.payload, Payload::None);
            // What follows an operation is about what the operation was asked of.
            if step.method == Method::Post && !is_operation {
                return Whose::Own(self.kind(step, tables));
            }
            target = &step.target;
        }
        Whose::There("cep".to_owned())
    }
}

/// The kind of resource that a fact stands for: a sample, or the members of a collection.
fn kind_of(fact: &str, tables: &Tables) -> String {
    let entry = tables.types.get("CloudEntryPoint").and_then(|entry| entry.attributes.get(fact));
    if let Some(Kind::Collection { via, .. }) = entry.map(|attribute| &attribute.kind)
        && let Some(collection) = tables.collections.get(via)
    {
        return collection.of.clone();
    }
    let named = tables.types.keys().find(|name| crate::suite::fact_of(name) == fact);
    named.cloned().unwrap_or_else(|| "resource".to_owned())
}

/// The rel of the operation that a URL is the href of.
fn rel(target: &Template) -> Option<String> {
    let Path(path) = &target.first_reference()?.path;
    match path.as_slice() {
        [.., Segment::Name(word), Segment::Name(rel)] if word == "@operation" => Some(rel.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::Suite;

    /// Whether the name in a body has the nonce in it.
    fn is_named(body: &Neutral) -> bool {
        let Neutral::Record(record) = body else { return false };
        record.iter().any(|(key, value)| match value {
            Neutral::Text(template) if key == "name" => template.to_string().contains("${nonce}"),
            _ => false,
        })
    }

    /// What a case makes is found again by its nonce: by a property, unless the case judges what properties there are, and
    /// then by its name.
    #[test]
    fn what_cases_make_carries_their_nonce() {
        let suite = Suite::embedded().unwrap();
        let mut nameless = Vec::new();
        for case in suite.cases.iter().filter(|case| case.judges_whole("properties")) {
            for step in case.steps.iter().filter(|step| step.method == Method::Post) {
                if let Payload::Neutral(body) = &step.payload
                    && step.payload.action().is_none()
                    && !is_named(body)
                {
                    nameless.push(format!("{} {}: name = \"${{nonce}}\"", case.id, step.origin));
                }
            }
        }
        assert!(nameless.is_empty(), "{}", nameless.join("\n"));
    }

    #[test]
    fn deeds_are_seen() {
        let suite = Suite::embedded().unwrap();
        let case = suite.cases.iter().find(|case| case.id == "machine.lifecycle.stop").or_else(|| {
            suite.cases.iter().find(|case| case.makes(&suite.v2).iter().any(|kind| kind == "Machine"))
        });
        let deeds = case.unwrap().deeds(&suite.v2);
        assert!(deeds.iter().any(|deed| deed.what == What::Make("Machine".to_owned())), "{deeds:?}");
    }
}
