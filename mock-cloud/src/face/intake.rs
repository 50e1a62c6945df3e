//! From the documents of requests to what the world holds.
//!
//! Owns the translation from values to fields, and the refusal of attributes that this cloud does not have (5.3).

use cimi::model::{Attribute, Schema, Type, is_common, registry, schema};
use cimi::server::{Path, Refusal};
use cimi::update::Update;
use cimi::{Attributes, Edition, Reference, Value};

use super::atlas::{Atlas, Place};
use super::words;
use crate::ovf::source::PACKAGES;
use crate::sim::Patch;
use crate::world::{Beside, Field, Fields, Group, Kind, Label, Link, Record, Setter, World};

/// The structure in which references by name are allowed.
const COMPONENT: &str = "componentDescriptor";

/// What it takes to understand a request.
#[derive(Clone, Copy)]
pub(super) struct Intake<'a> {
    pub(super) atlas: &'a Atlas,
    pub(super) base: &'a str,
    pub(super) world: &'a World,
    /// Within the description of a component, which refers to others by name (`#name`, 5.13.4).
    pub(super) component: bool,
}

impl Intake<'_> {
    /// The attributes of a new resource of a kind, or of a template for one. What only the cloud sets is passed over.
    pub(super) fn fields(
        &self,
        kind: Kind,
        schema: &Schema,
        attributes: &Attributes,
    ) -> Result<Fields, Refusal> {
        let mut fields = Fields::new();
        for (name, value) in attributes.iter() {
            let is_state = name == "state" && kind.held(name).is_none();
            if is_common(name) || is_state || matches!(value, Value::Null) {
                continue;
            }
            let attribute = schema.attribute(name).ok_or_else(|| unknown(name, schema))?;
            if matches!(attribute.ty, Type::Collection(_)) && self.atlas.has_collection(kind, attribute.name)
            {
                fields.set(attribute.name, self.collection(name, value)?);
                continue;
            }
            let name = words::of_world(kind, attribute.name);
            match kind.held(name) {
                Some(held) if held.is_settable() => {
                    fields.set(held.name, self.held(schema, attribute, value)?);
                }
                Some(_) => {}
                None => return Err(unsupported(name, schema)),
            }
        }
        Ok(fields)
    }

    /// The parameters of an operation, or what is inserted into a collection.
    pub(super) fn parameters(&self, attributes: &Attributes) -> Result<Fields, Refusal> {
        let schema = schema(self.atlas.edition(), "Action");
        let mut fields = Fields::new();
        for (name, value) in attributes.iter().filter(|(name, _)| !matches!(*name, "action" | "properties")) {
            let attribute = schema.attribute(name).ok_or_else(|| unknown(name, schema))?;
            fields.set(attribute.name, self.field(attribute, value)?);
        }
        Ok(fields)
    }

    /// The changes of a resource that an update asks for.
    pub(super) fn patch(&self, schema: &Schema, record: &Record, update: &Update) -> Result<Patch, Refusal> {
        let kind = record.id.kind();
        let mut label = record.label.clone();
        let mut patch = Patch::default();
        for (name, value) in &update.set {
            if name.as_str() == "parent" && kind.is_component() {
                patch.parent = self.parent(record, value)?;
                continue;
            }
            if set_label(&mut label, name.as_str(), Some(value)) || is_common(name.as_str()) {
                continue;
            }
            let attribute = schema.attribute(name.as_str()).ok_or_else(|| unknown(name.as_str(), schema))?;
            match kind.held(words::of_world(kind, attribute.name)) {
                Some(held) if is_updatable(held.setter) => {
                    patch.set.set(held.name, self.held(schema, attribute, value)?);
                }
                Some(_) => {}
                None => return Err(unsupported(attribute.name, schema)),
            }
        }
        for name in &update.reset {
            if set_label(&mut label, name.as_str(), None) {
                continue;
            }
            let held = kind.held(words::of_world(kind, name.as_str()));
            patch.reset.extend(held.filter(|held| is_updatable(held.setter)).map(|held| held.name));
        }
        patch.label = (label != record.label).then_some(label);
        Ok(patch)
    }

    /// The collection that a resource is to be a child component of; none if it is already.
    fn parent(&self, record: &Record, value: &Value) -> Result<Option<Group>, Refusal> {
        let href = value.as_ref().and_then(|reference| reference.href.as_deref()).unwrap_or_default();
        match self.link("parent", href)? {
            Link::Collection(group) if group == record.parent() => Ok(None),
            Link::Collection(group) => Ok(Some(group)),
            _ => Err(Refusal::bad_request("parent must refer to a Collection of this cloud.")),
        }
    }

    /// Where a reference points: to a resource of this cloud that exists, or elsewhere.
    pub(super) fn link(&self, name: &str, href: &str) -> Result<Link, Refusal> {
        let Some(path) = Path::resolve(self.base, href) else { return Ok(Link::Foreign(href.into())) };
        // A package is no resource: it may come and go.
        if path.path.starts_with(PACKAGES) {
            return Ok(Link::Foreign(href.into()));
        }
        match self.atlas.place(&path.path) {
            Some(Place::Resource(group, id))
                if self.world.get(id).is_some_and(|record| record.home() == group) =>
            {
                Ok(Link::Resource(id))
            }
            Some(Place::Collection(group)) if self.world.has(group) => Ok(Link::Collection(group)),
            _ => {
                let shown: String = href.chars().take(256).collect();
                Err(Refusal::bad_request(format!("{name} refers to `{shown}`, where there is nothing.")))
            }
        }
    }

    /// A collection, by its URI: that of what a new resource is to begin with.
    fn collection(&self, name: &str, value: &Value) -> Result<Field, Refusal> {
        let href = if let Value::Ref(reference) = value { reference.href.as_deref() } else { None };
        match href.map(|href| self.link(name, href)).transpose()? {
            Some(link @ Link::Collection(_)) => Ok(Field::Link(link)),
            _ => Err(Refusal::bad_request(format!(
                "{name} is a Collection: give the href of one, or add to that of the new resource."
            ))),
        }
    }

    /// An attribute of a resource: of a list of resource types, whichever way they are given, their URIs.
    fn held(&self, schema: &Schema, attribute: &Attribute, value: &Value) -> Result<Field, Refusal> {
        let items = match (attribute.name, value) {
            ("associatedResources" | "associatedTo", Value::Array(items)) => items,
            ("genResourceMetadata", Value::Ref(reference)) => return self.metadata(schema, reference),
            _ => return self.field(attribute, value),
        };
        let uri = |item: &Value| {
            let uri = item.as_str().or_else(|| item.as_ref()?.href.as_deref()).unwrap_or_default();
            let place = Path::resolve(self.base, uri).and_then(|path| self.atlas.place(&path.path));
            let uri = match place {
                Some(Place::MetadataOf(schema)) => schema.uri.as_str(),
                _ => uri,
            };
            Field::from(words::uri_of_edition(Edition::V2, uri))
        };
        Ok(Field::Array(items.iter().map(uri).collect()))
    }

    /// The metadata of what a template makes: this cloud has one ResourceMetadata a type, and gives no resource another's.
    fn metadata(&self, template: &Schema, reference: &Reference) -> Result<Field, Refusal> {
        let made = template.name().strip_suffix("Template").unwrap_or_default();
        let href = reference.href.as_deref().unwrap_or_default();
        let place = Path::resolve(self.base, href).and_then(|path| self.atlas.place(&path.path));
        match place {
            Some(Place::MetadataOf(schema)) if schema.name() == made => {
                Ok(Field::Link(Link::Foreign(href.into())))
            }
            _ => Err(Refusal::bad_request(format!(
                "genResourceMetadata must refer to the ResourceMetadata of {made}."
            ))),
        }
    }

    fn field(&self, attribute: &Attribute, value: &Value) -> Result<Field, Refusal> {
        self.value(attribute.name, attribute.ty, value)
    }

    fn value(&self, name: &str, ty: Type, value: &Value) -> Result<Field, Refusal> {
        Ok(match (value, ty) {
            (Value::Boolean(truth), _) => Field::Boolean(*truth),
            (Value::Integer(number), _) => Field::Integer(*number),
            // A URI of this cloud is a reference, whatever the table calls it (imageLocation).
            (Value::String(uri), Type::Uri) => match self.link(name, uri)? {
                Link::Foreign(uri) => Field::Text(uri.into()),
                link => Field::Link(link),
            },
            (Value::String(text), _) => Field::Text(text.as_str().into()),
            (Value::Map(map), _) => Field::Map(Box::new(map.clone())),
            (Value::Ref(reference), Type::Ref(to)) => self.reference(name, to, reference)?,
            (Value::Structure(attributes), Type::Structure(structure)) => {
                let mut fields = Fields::new();
                let within = Self { component: self.component || structure.name == COMPONENT, ..*self };
                for (name, value) in attributes.iter() {
                    if let Some(field) = structure.fields.iter().find(|field| field.name == name) {
                        fields.set(field.name, within.field(field, value)?);
                    }
                }
                Field::from(fields)
            }
            (Value::Array(items), Type::Array(item)) => Field::Array(
                items
                    .iter()
                    .map(|value| match (value, item.ty) {
                        (Value::Structure(attributes), Type::Structure(structure))
                            if words::hoists(self.atlas.edition(), structure, item.element) =>
                        {
                            self.hoisted(name, item.element, structure.fields, attributes)
                        }
                        _ => self.value(name, item.ty, value),
                    })
                    .collect::<Result<_, _>>()?,
            ),
            (value, _) => Field::Other(Box::new(value.clone())),
        })
    }

    fn reference(&self, name: &str, to: &str, reference: &Reference) -> Result<Field, Refusal> {
        let link = reference.href.as_deref().map(|href| self.link(name, href)).transpose()?;
        if let Some(Link::Foreign(uri)) = &link
            && !(self.component && uri.starts_with('#'))
        {
            return Err(Refusal::bad_request(format!(
                "{name} refers to `{uri}`, which is not of this cloud ({}).",
                self.base
            )));
        }
        if let Some(Link::Resource(id)) = link
            && !is_of(id.kind(), to)
        {
            return Err(Refusal::bad_request(format!(
                "{name} refers to a {}. Expected a {to}.",
                id.kind().name()
            )));
        }
        match (link, reference.attributes.is_empty()) {
            (Some(link), true) => Ok(Field::Link(link)),
            (link, _) => {
                let fields = self.beside(to, &reference.attributes)?;
                Ok(Field::Beside(Box::new(Beside { link, fields })))
            }
        }
    }

    /// The attributes beside a reference, or of a resource by value.
    fn beside(&self, to: &str, attributes: &Attributes) -> Result<Fields, Refusal> {
        let kind = Kind::ALL.into_iter().find(|kind| kind.name() == to);
        match (kind, registry(self.atlas.edition()).get(to)) {
            (Some(kind), Some(schema)) => {
                let mut fields = self.fields(kind, schema, attributes)?;
                // A component's template by value is nowhere else: what it says for people stays with it.
                if self.component {
                    let label = label(attributes);
                    fields.set_some("name", label.name.as_deref());
                    fields.set_some("description", label.description.as_deref());
                    fields.set_some("properties", label.properties.map(|map| *map));
                }
                Ok(fields)
            }
            _ => Ok(Fields::new()),
        }
    }

    /// A structure of 1.x that is a reference itself, as the structure of 2.0 that holds one.
    fn hoisted(
        &self,
        name: &str,
        element: &'static str,
        declared: &[Attribute],
        attributes: &Attributes,
    ) -> Result<Field, Refusal> {
        let mut fields = Fields::new();
        let mut beside = Beside::default();
        for (name, value) in attributes.iter() {
            let Some(field) = declared.iter().find(|field| field.name == name) else { continue };
            match (name, value) {
                ("href", Value::String(href)) => beside.link = Some(self.link(name, href)?),
                ("initialLocation", _) => fields.set(field.name, self.field(field, value)?),
                _ if is_common(name) => {}
                _ => beside.fields.set(field.name, self.field(field, value)?),
            }
        }
        match (beside.link, beside.fields.is_empty()) {
            (Some(link), true) => fields.set(element, link),
            (None, true) => {
                return Err(Refusal::bad_request(format!(
                    "An item of {name} says nothing; href was expected, or the attributes of a {element}."
                )));
            }
            // What is given beside the reference is over what it points to, as in a template (4.2.1.1).
            (link, false) => {
                let below = match &link {
                    Some(Link::Resource(id)) => self.world.get(*id).map(|record| record.fields.clone()),
                    _ => None,
                };
                let fields_of = below.unwrap_or_default().overlaid(&beside.fields);
                fields.set(element, Field::Beside(Box::new(Beside { link, fields: fields_of })));
            }
        }
        Ok(Field::from(fields))
    }
}

/// What a request says of a new resource beside its template (4.2.1.1).
pub(super) fn label(attributes: &Attributes) -> Label {
    let mut label = Label::default();
    for (name, value) in attributes.iter() {
        set_label(&mut label, name, Some(value));
    }
    label
}

/// Sets or empties a part of a label; false if the attribute is none of it.
fn set_label(label: &mut Label, name: &str, value: Option<&Value>) -> bool {
    let text = || value.and_then(Value::as_str).filter(|text| !text.is_empty()).map(Into::into);
    match name {
        "name" => label.name = text(),
        "description" => label.description = text(),
        "properties" => {
            label.properties = match value {
                Some(Value::Map(map)) if !map.is_empty() => Some(Box::new(map.clone())),
                _ => None,
            };
        }
        _ => return false,
    }
    true
}

/// Whether a kind is what a reference is declared to point to. The schema of 1.x wants a `CredentialTemplate` where its text
/// and its servers speak of a Credential.
fn is_of(kind: Kind, to: &str) -> bool {
    let declared = Kind::ALL.into_iter().any(|kind| kind.name() == to);
    !declared || kind.name() == to || (to == "CredentialTemplate" && kind == Kind::Credential)
}

const fn is_updatable(setter: Setter) -> bool {
    matches!(setter, Setter::Consumer | Setter::Secret)
}

fn unknown(name: &str, schema: &Schema) -> Refusal {
    Refusal::bad_request(format!("{name} is no attribute of {}.", schema.name()))
}

fn unsupported(name: &str, schema: &Schema) -> Refusal {
    Refusal::bad_request(format!(
        "This cloud does not support {name} of {}; its ResourceMetadata lists what it does.",
        schema.name()
    ))
}
