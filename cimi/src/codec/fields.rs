//! Which attributes may stand in one object or element, and under which name in each serialization.
//!
//! Owns the lookup of declarations, extensions (DSP0263 5.1) among them, and the names that arrays and maps have in the XML of
//! each edition (5.5.7, 5.5.11, 5.5.12). Reads and writes nothing.

use crate::edition::Edition;
use crate::extension::{Extension, Extensions};
use crate::model::resource::Form as Kind;
use crate::model::{Attribute, Layout, Schema, Structure, Type, registry};
use crate::value::Value;

/// The attributes that may stand in one object or element.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    edition: Edition,
    declared: &'a [Attribute],
    extensions: &'a [Extension],
    schema: Option<&'static Schema>,
    layout: Layout,
    /// What it is, for messages: `Machine`.
    pub(super) owner: &'a str,
}

/// An attribute found.
#[derive(Clone, Copy)]
pub(super) struct Found<'a> {
    /// Its declaration.
    pub(super) attribute: &'a Attribute,
    /// Where the declaration is from.
    pub(super) source: Source<'a>,
    /// Its place in the order of serialization.
    pub(super) place: usize,
}

/// Where a declaration is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source<'a> {
    /// The type.
    Type,
    /// An extension of the type; its XML namespace.
    Extension(&'a str),
    /// The habit of real servers: not declared, but known.
    Dialect,
}

/// Whether an attribute is left out of a serialization: if it is empty (5.5.15), or to be erased where nothing is (4.2.1.1).
/// An empty `id` is written: it says that there is nothing to be read again, as of the Job of an error (4.2.2).
pub(super) fn is_omitted(name: &str, value: &Value, erases: bool) -> bool {
    match value {
        Value::Null => !erases,
        Value::String(_) if name == "id" => false,
        value => value.is_empty(),
    }
}

/// The ways in which an attribute appears in XML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The element is named after the attribute: a value, or the wrapper around items.
    Whole,
    /// The element is one item; there is no wrapper.
    Item,
}

/// The form in which an attribute was found in XML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Form {
    /// What the element is.
    pub(super) part: Part,
    /// Whether the edition writes it so.
    pub(super) is_usual: bool,
}

impl<'a> Fields<'a> {
    /// Those of a resource type.
    pub(super) fn of_schema(schema: &'static Schema, extensions: &'a Extensions) -> Self {
        Self {
            edition: schema.edition,
            declared: schema.attributes(),
            extensions: extensions.of(schema.name()),
            schema: Some(schema),
            layout: Layout::Elements,
            owner: schema.name(),
        }
    }

    /// Those of a type by its name: of a reference's target, of a collection. None are known if the name is not.
    pub(super) fn of_type(name: &str, edition: Edition, extensions: &'a Extensions) -> Self {
        match registry(edition).get(name) {
            Some(schema) => Self::of_schema(schema, extensions),
            None => Self::unknown(edition),
        }
    }

    /// Those of a structure.
    pub(super) fn of_structure(structure: &'static Structure, edition: Edition) -> Self {
        let Structure { name: owner, layout, fields } = *structure;
        Self { edition, declared: fields, extensions: &[], schema: None, layout, owner }
    }

    /// Nothing is declared: every attribute is read as what it looks like.
    pub(super) fn unknown(edition: Edition) -> Self {
        Self { edition, declared: &[], extensions: &[], schema: None, layout: Layout::Elements, owner: "" }
    }

    /// Whether anything is declared.
    pub(super) fn is_known(&self) -> bool {
        !self.declared.is_empty()
    }

    /// How atomic fields appear in XML.
    pub(super) fn layout(&self) -> Layout {
        self.layout
    }

    /// Whether the content of the element is the field `value`. The schema of 1.x admits elements there and no text, so there
    /// it is an element.
    pub(super) fn has_content(&self) -> bool {
        self.layout == Layout::Content && self.edition == Edition::V2
    }

    /// An attribute by its name. `cursor` remembers the place, so that attributes in the order of declaration are found at once.
    pub(super) fn find(&self, name: &str, cursor: &mut usize) -> Option<Found<'a>> {
        self.search(cursor, |attribute| (attribute.name == name).then_some(()))
            .map(|(found, ())| found)
            .or_else(|| self.extensions_from(|extension| extension.attribute.name == name))
            .or_else(|| self.dialect(name))
    }

    /// An attribute by the XML element that it, or an item of it, appears as: in the form of the edition, else in the other one.
    pub(super) fn element(&self, name: &str, cursor: &mut usize) -> Option<(Found<'a>, Form)> {
        self.search(cursor, |attribute| self.form_of(attribute, name).filter(|form| form.is_usual))
            .or_else(|| self.search(cursor, |attribute| self.form_of(attribute, name)))
            .or_else(|| Some((self.dialect(name)?, Form { part: Part::Whole, is_usual: true })))
    }

    /// The extension attribute of a name in a namespace.
    pub(super) fn extension(&self, namespace: &str, name: &str) -> Option<Found<'a>> {
        self.extensions_from(|extension| extension.attribute.name == name && extension.namespace == namespace)
    }

    /// The XML element of one item of the array or map, if it has items.
    pub(super) fn item_element(&self, ty: &Type) -> Option<&'static str> {
        match (ty, self.schema.map(|schema| schema.ty.form)) {
            (Type::Map(entry), _) => Some(entry),
            (Type::Array(item), _) => Some(item.element),
            (Type::Members(_), Some(Kind::Collection { element, .. })) => Some(element),
            _ => None,
        }
    }

    fn search<T>(
        &self,
        cursor: &mut usize,
        test: impl Fn(&'a Attribute) -> Option<T>,
    ) -> Option<(Found<'a>, T)> {
        let (before, after) = self.declared.split_at((*cursor).min(self.declared.len()));
        let places = (before.len()..self.declared.len()).zip(after).chain((0..before.len()).zip(before));
        for (place, attribute) in places {
            if let Some(result) = test(attribute)
                && attribute.is_in(self.edition)
            {
                *cursor = place;
                return Some((Found { attribute, source: Source::Type, place }, result));
            }
        }
        None
    }

    fn extensions_from(&self, test: impl Fn(&Extension) -> bool) -> Option<Found<'a>> {
        let (at, extension) = self.extensions.iter().enumerate().find(|(_, extension)| test(extension))?;
        let Extension { namespace, attribute } = extension;
        Some(Found { attribute, source: Source::Extension(namespace), place: self.declared.len() + at })
    }

    fn dialect(&self, name: &str) -> Option<Found<'a>> {
        let schema = self.schema?;
        let attribute = schema.dialect(name).or_else(|| {
            // Some write the members of a collection under the name of the attribute that refers to it.
            let alias = schema.is_collection() && schema.grouping_aliases().contains(&name);
            if alias {
                schema.members().and_then(|(grouping, _, _)| schema.attribute(grouping))
            } else {
                None
            }
        })?;
        Some(Found { attribute, source: Source::Dialect, place: self.declared.len() })
    }

    fn form_of(&self, attribute: &Attribute, element: &str) -> Option<Form> {
        let flat = is_flat(self.edition, &attribute.ty);
        let is_item = self.item_element(&attribute.ty) == Some(element);
        match (attribute.name == element, is_item) {
            // V1 has arrays whose name is that of their items.
            (true, true) => Some(Form { part: if flat { Part::Item } else { Part::Whole }, is_usual: true }),
            (true, false) => Some(Form { part: Part::Whole, is_usual: !flat }),
            (false, true) => Some(Form { part: Part::Item, is_usual: flat }),
            (false, false) => None,
        }
    }
}

/// Whether the items of an array or map stand in XML without a wrapper: all of them in V1; in V2 arrays of references (5.5.11).
pub(super) fn is_flat(edition: Edition, ty: &Type) -> bool {
    match (edition, ty) {
        (_, Type::Array(item)) if matches!(item.ty, Type::Ref(_)) => true,
        (Edition::V1, Type::Array(_) | Type::Map(_) | Type::Members(_)) => true,
        _ => false,
    }
}
