//! What laws are made of: a collection as discovery read it, and the attributes of its members that can be compared.

use crate::discovery::Discovery;
use crate::meaning::{Resource, Value, is_lexical};
use crate::spec::{Attribute, Attributes, Kind, Scalar, Tables};

/// Collections with more members are left alone: each law reads all of them several times.
const MOST_MEMBERS: usize = 1_000;

/// Longest text that is put into an expression, in characters.
const LONGEST: usize = 120;

/// A collection of the entry point that has members.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ground<'g> {
    /// The collection, by its attribute in the entry point.
    pub(super) collection: &'g str,
    /// Its members, as discovery read them.
    pub(super) items: &'g [Resource],
    /// The attributes that the tables know of a member.
    declared: &'g Attributes,
    /// Attributes that the collection has itself: a name of these is not one of the members alone.
    common: &'g Attributes,
    /// Names that the collection gives its members: they are its own, too.
    groupings: &'g [String],
}

/// An attribute of members that can be compared.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) scalar: Scalar,
    /// The members that have a value fit for an expression.
    pub(super) holders: Vec<usize>,
    /// Whether these are all members.
    pub(super) is_everywhere: bool,
}

impl<'g> Ground<'g> {
    /// The collections of an endpoint, in the order of their names.
    pub(super) fn all(discovery: &'g Discovery, tables: &'g Tables) -> Vec<Self> {
        let Some(entry) = tables.types.get("CloudEntryPoint") else { return Vec::new() };
        let ground = |(name, fact): (&'g String, &'g crate::discovery::Fact)| {
            matches!(entry.attributes.get(name)?.kind, Kind::Collection { .. }).then_some(())?;
            let resource = fact.resource.as_ref().filter(|r| r.is_collection)?;
            let collection = tables.collections.get(resource.type_name.as_deref()?)?;
            let declared = &tables.types.get(&collection.of)?.attributes;
            let groupings = collection.groupings.as_slice();
            let items = resource.items.as_slice();
            (1..=MOST_MEMBERS).contains(&items.len()).then_some(())?;
            Some(Self { collection: name, items, declared, common: &tables.common_collection, groupings })
        };
        discovery.facts.iter().filter_map(ground).collect()
    }

    /// A reference to the collection.
    pub(super) fn target(&self) -> String {
        format!("${{{}}}", self.collection)
    }

    /// The attributes that members can be filtered by, of the types whose comparison the text leaves no doubt about.
    pub(super) fn columns(&self) -> Vec<Column> {
        let comparable = [Scalar::String, Scalar::Integer, Scalar::DateTime];
        self.scalars().into_iter().filter(|column| comparable.contains(&column.scalar)).collect()
    }

    /// The attributes that members can be ordered by (DSP0263 4.1.6.6).
    pub(super) fn sortable(&self) -> Vec<Column> {
        self.scalars().into_iter().filter(|column| column.scalar != Scalar::Uri).collect()
    }

    fn scalars(&self) -> Vec<Column> {
        let column = |(name, attribute): (&String, &Attribute)| {
            let Kind::Scalar(scalar) = attribute.kind else { return None };
            (!attribute.secret && !attribute.dialect && scalar != Scalar::Bytes).then_some(())?;
            (!crate::redact::is_secret(name)).then_some(())?;
            let fit = |item: &Resource| item.text(name).is_some_and(|text| is_fit(scalar, &text));
            let holders: Vec<usize> =
                self.items.iter().enumerate().filter(|(_, item)| fit(item)).map(|(at, _)| at).collect();
            (!holders.is_empty()).then_some(())?;
            // A value that is not fit for an expression does not make the attribute absent: all of them, or none.
            let has = self.items.iter().filter(|item| item.attributes.contains_key(name)).count();
            (has == holders.len()).then_some(())?;
            let is_everywhere = has == self.items.len();
            Some(Column { name: name.clone(), scalar, holders, is_everywhere })
        };
        self.declared.iter().filter_map(column).collect()
    }

    /// Attributes that members alone have, and at least one of them shows: names that `$select` can only mean of members.
    pub(super) fn of_members(&self) -> Vec<String> {
        let shown = |name: &&String| self.items.iter().any(|item| item.attributes.contains_key(*name));
        let theirs = |name: &&String| {
            !self.common.contains_key(*name)
                && !self.groupings.contains(*name)
                && !crate::redact::is_secret(name)
        };
        self.declared.keys().filter(theirs).filter(shown).cloned().collect()
    }

    /// References that a member shows: which, and of which member.
    pub(super) fn references(&self) -> Vec<(String, usize)> {
        let of_item = |(at, item): (usize, &Resource)| {
            let refers = |(name, value): (&String, &Value)| {
                // What may be of any type cannot be understood where it stands inside of another resource.
                let is_reference = match &self.declared.get(name)?.kind {
                    Kind::Ref { to, .. } => to != "*",
                    Kind::Collection { .. } => true,
                    _ => false,
                };
                (is_reference && value.href().is_some() && !self.common.contains_key(name)).then_some(())?;
                Some((name.clone(), at))
            };
            item.attributes.iter().filter_map(refers).collect::<Vec<_>>()
        };
        self.items.iter().enumerate().flat_map(of_item).collect()
    }
}

/// Whether a value can stand in an expression without a doubt about how it is read: no quote or backslash, no negative
/// number, no date without a zone (interpretations `filter-string-escapes`, `filter-negative-integers`,
/// `filter-date-literals`), no letters whose order depends on their decomposition.
fn is_fit(scalar: Scalar, text: &str) -> bool {
    let plain = |c: char| matches!(c, ' '..='~') && !matches!(c, '\'' | '"' | '\\');
    match scalar {
        Scalar::String => {
            !text.is_empty() && text.trim() == text && text.len() <= LONGEST && text.chars().all(plain)
        }
        Scalar::Integer => text.parse::<i64>().is_ok_and(|number| number >= 0),
        Scalar::DateTime => is_lexical(scalar, text) && crate::meaning::instant(text).is_some_and(|i| i.1),
        _ => is_lexical(scalar, text),
    }
}
