//! Documents from records, in the words of an edition.
//!
//! Owns the translation from fields to values. Which attributes there are, and in which order, is the schema's; which of
//! them are shown is the card's.

use std::borrow::Cow;

use cimi::model::{Attribute, Schema, Structure, Type, schema};
use cimi::server::Version;
use cimi::value::Name;
use cimi::{Attributes, Document, Edition, Reference, Value};
use jiff::Timestamp;

use super::atlas::{self, Atlas, METADATA};
use super::offers;
use crate::sim::Sim;
use crate::users::Caller;
use crate::world::{Field, Fields, Group, Id, Kind, Link, Record, Setter, World};

/// What a caller sees of the world at a moment.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) atlas: &'a Atlas,
    pub(super) base: &'a str,
    pub(super) sim: &'a Sim,
    pub(super) now: Timestamp,
    pub(super) caller: &'a Caller,
}

/// A record as a type shows it.
#[derive(Clone, Copy)]
pub(super) struct Shown<'a> {
    pub(super) schema: &'static Schema,
    pub(super) record: &'a Record,
    /// What is shown over the record's own attributes.
    pub(super) accessories: Option<&'a Fields>,
}

impl View<'_> {
    /// The absolute URI of a resource.
    pub(super) fn uri(&self, id: Id) -> Option<String> {
        Some(self.absolute(&self.atlas.path(self.world(), id)?))
    }

    /// The absolute URI of a path.
    pub(super) fn absolute(&self, path: &str) -> String {
        let mut uri = String::with_capacity(self.base.len() + path.len());
        uri.push_str(self.base);
        uri.push_str(path);
        uri
    }

    /// The absolute URI of a collection.
    fn uri_of_group(&self, group: Group) -> String {
        let mut uri = String::with_capacity(self.base.len() + 40);
        uri.push_str(self.base);
        atlas::write_group(&mut uri, group);
        uri
    }

    /// The representation of a resource at its own address.
    pub(super) fn document(&self, record: &Record) -> Option<Document> {
        let schema = self.atlas.page(record.id.kind()).resource?;
        Some(Document::with(schema, self.attributes(&Shown { schema, record, accessories: None })))
    }

    /// The representation of a member of a collection.
    pub(super) fn member(&self, record: &Record) -> Option<Document> {
        self.shown(record).map(|shown| Document::with(shown.schema, self.attributes(&shown)))
    }

    /// What a collection shows of a member: of a link, what it refers to, with the link's accessories.
    pub(super) fn shown<'w>(&'w self, record: &'w Record) -> Option<Shown<'w>> {
        let page = self.atlas.page(record.id.kind());
        let schema = match record.id.kind() {
            Kind::ServiceMachine => self.collection(record.home())?.members()?.1,
            _ => page.member?,
        };
        if page.resource.is_some() {
            return Some(Shown { schema, record, accessories: None });
        }
        let uses = record.id.kind().card().link?;
        let target = self.world().get(record.fields.resource(uses.attribute)?)?;
        Some(Shown { schema, record: target, accessories: Some(&record.fields) })
    }

    /// The type of a collection, if there is one: of the Machines under a service of high reliability, one with their backups
    /// (5.13.3.1.1).
    pub(super) fn collection(&self, group: Group) -> Option<&'static Schema> {
        let recoverable = || group.owner.is_some_and(|service| self.sim.offers(service, "swapBackup"));
        match self.atlas.page(group.kind).collection? {
            _ if group.kind == Kind::ServiceMachine && recoverable() => {
                Some(schema(self.atlas.edition(), "RecoverableMachineCollection"))
            }
            collection => Some(collection),
        }
    }

    /// The version of a resource, as this caller sees it: others may be offered other operations. A running Job's progress
    /// changes by itself.
    pub(super) fn version(&self, record: &Record) -> Version {
        let mut version = record.version.to_string();
        version.push_str(self.caller.mark());
        if record.id.kind() == Kind::Job && record.is("RUNNING") {
            version.push('.');
            version.push_str(&self.sim.progress(record.id, self.now).to_string());
        }
        self.mark_room(&mut version);
        Version(version)
    }

    fn world(&self) -> &World {
        self.sim.world()
    }

    fn attributes(&self, shown: &Shown<'_>) -> Attributes {
        let mut attributes = Attributes::with_capacity(shown.schema.attributes().len());
        let path = atlas::path_of(shown.record);
        for attribute in shown.schema.attributes() {
            if let Some(value) = self.value_of(shown, &path, attribute) {
                attributes.push(Name::new(attribute.name), value);
            }
        }
        attributes
    }

    /// One attribute of what is shown. The path is that of the record: only `id` and `operations` want it.
    pub(super) fn value_of(&self, shown: &Shown<'_>, path: &str, attribute: &Attribute) -> Option<Value> {
        shown
            .accessories
            .and_then(|fields| self.value(fields.get(attribute.name)?, attribute.ty))
            .or_else(|| self.attribute(shown.record, path, attribute))
    }

    fn attribute(&self, record: &Record, path: &str, attribute: &Attribute) -> Option<Value> {
        let text = |text: &Option<Box<str>>| text.as_deref().map(Value::from);
        match attribute.name {
            "id" => Some(Value::String(self.absolute(path))),
            "name" => text(&record.label.name),
            "description" => text(&record.label.description),
            "created" => Some(Value::DateTime(record.created.into())),
            "updated" => Some(Value::DateTime(record.updated.into())),
            "parent" => self.parent(record),
            "properties" => record.label.properties.as_deref().map(|map| Value::Map(map.clone())),
            "resourceMetadata" if record.id != Id::CLOUD => Some(self.metadata_of(record.id.kind())),
            "operations" => offers::of_resource(self, record, path),
            "baseURI" => Some(Value::from(self.base)),
            name => match attribute.ty {
                Type::Collection(_) if name == METADATA => Some(self.reference(METADATA)),
                Type::Collection(_) => {
                    let group = self.atlas.group(record.id, name)?;
                    Some(Value::Ref(Reference::to(self.uri_of_group(group))))
                }
                ty => self.held(record, name, ty),
            },
        }
    }

    fn held(&self, record: &Record, name: &str, ty: Type) -> Option<Value> {
        match (record.id.kind(), name) {
            (kind, "state") if kind.held("state").is_none() => return record.state.map(Value::from),
            (Kind::Job, "progress") => return Some(self.sim.progress(record.id, self.now).into()),
            (Kind::Job, "action") => {
                let action = record.fields.text("action")?;
                return Some(action_name(self.atlas.edition(), action).into());
            }
            (Kind::Event, "content") => return self.content(record),
            _ => {}
        }
        if let Some(value) = super::words::shown(self.atlas.edition(), record, name) {
            return Some(value);
        }
        let name = super::words::of_world(record.id.kind(), name);
        // 1.x declares as a string what is a URI in 2.0.
        let ty = if name == "type" && matches!(ty, Type::String) { Type::Uri } else { ty };
        let shown = record.id.kind().held(name).is_some_and(|held| held.setter != Setter::Secret);
        if shown { self.value(record.fields.get(name)?, ty) } else { None }
    }

    /// What an Event says of itself (table 55): the type of the resource is a URI of the edition.
    fn content(&self, record: &Record) -> Option<Value> {
        let edition = self.atlas.edition();
        let mut content = self.nested(record.fields.get("content")?.fields()?, &[]);
        for name in ["resType", "restype"] {
            if let Some(ty) = content.text(name).map(|ty| edition.type_uri(ty)) {
                content.set(name, ty);
            }
        }
        Some(Value::Structure(content))
    }

    fn parent(&self, record: &Record) -> Option<Value> {
        if record.id == Id::CLOUD {
            return None;
        }
        Some(Value::Ref(Reference::to(self.uri_of_group(record.parent()))))
    }

    fn metadata_of(&self, kind: Kind) -> Value {
        Value::Ref(Reference::to([self.base, METADATA, "/", kind.name()].concat()))
    }

    /// A plain reference to a path.
    pub(super) fn reference(&self, path: &str) -> Value {
        Value::Ref(Reference::to(self.absolute(path)))
    }

    /// A value of a declared type.
    fn value(&self, field: &Field, ty: Type) -> Option<Value> {
        Some(match field {
            Field::Boolean(truth) => Value::Boolean(*truth),
            Field::Integer(number) => Value::Integer(*number),
            Field::Text(text) => self.text(text, ty),
            Field::Word(word) => self.text(word, ty),
            Field::Time(time) => Value::DateTime((*time).into()),
            Field::Map(map) => Value::Map((**map).clone()),
            Field::Link(link) => match (self.href(link)?, ty) {
                (href, Type::Uri | Type::String) => Value::String(href),
                (href, _) => Value::Ref(Reference::to(href)),
            },
            Field::Beside(beside) => Value::Ref(Reference {
                href: beside.link.as_ref().and_then(|link| self.href(link)),
                attributes: self.nested(&beside.fields, &self.fields_of(ty)),
            }),
            Field::Structure(fields) => Value::Structure(self.structure(fields, ty, None)),
            Field::Array(items) => {
                let Type::Array(item) = ty else { return None };
                let values = items.iter().filter_map(|field| match field {
                    Field::Structure(fields) => {
                        Some(Value::Structure(self.structure(fields, item.ty, Some(item.element))))
                    }
                    field => self.value(field, item.ty),
                });
                Value::Array(values.collect())
            }
            Field::Other(value) => (**value).clone(),
        })
    }

    fn text(&self, text: &str, ty: Type) -> Value {
        let uri = matches!(ty, Type::Uri).then(|| super::words::of_edition(self.atlas.edition(), text));
        uri.flatten().map_or_else(|| Value::from(text), Value::from)
    }

    /// A structure. Where the edition writes its reference as `href` of the structure itself, it is written so.
    fn structure(&self, fields: &Fields, ty: Type, element: Option<&str>) -> Attributes {
        let Type::Structure(structure) = ty else { return self.nested(fields, &[]) };
        let hoisted =
            element.filter(|element| super::words::hoists(self.atlas.edition(), structure, element));
        let mut attributes = Attributes::new();
        for (name, field) in fields.iter() {
            if hoisted == Some(name) {
                attributes.set_some("href", field.link().and_then(|link| self.href(link)));
                if let Some(beside) = field.fields() {
                    attributes.extend(self.nested(beside, structure.fields));
                }
            } else {
                attributes.set_some(name, declared(structure, name).and_then(|ty| self.value(field, ty)));
            }
        }
        attributes
    }

    fn nested(&self, fields: &Fields, declared: &[Attribute]) -> Attributes {
        let mut attributes = Attributes::new();
        for (name, field) in fields.iter() {
            let ty = declared.iter().find(|attribute| attribute.name == name).map(|attribute| attribute.ty);
            attributes.set_some(name, self.value(field, ty.unwrap_or(Type::Any)));
        }
        attributes
    }

    /// The attributes of the type that a reference points to.
    fn fields_of(&self, ty: Type) -> Cow<'static, [Attribute]> {
        match ty {
            Type::Ref(to) => cimi::model::registry(self.atlas.edition())
                .get(to)
                .map_or(Cow::Borrowed(&[]), |schema| Cow::Borrowed(schema.attributes())),
            _ => Cow::Borrowed(&[]),
        }
    }

    fn href(&self, link: &Link) -> Option<String> {
        match link {
            Link::Resource(id) => self.uri(*id),
            Link::Collection(group) => Some(self.uri_of_group(*group)),
            Link::Foreign(uri) => Some(uri.to_string()),
            Link::Trace(trace) => {
                let (home, id) = **trace;
                if id == Id::CLOUD {
                    return Some(self.base.to_owned());
                }
                let is_shown = self.atlas.page(id.kind()).resource.is_some();
                let uri = self.uri_of_group(home);
                Some(if is_shown { format!("{uri}/{}", id.number()) } else { uri })
            }
        }
    }

    /// The version of a collection.
    pub(super) fn collection_version(&self, group: Group) -> Version {
        let mut version = self.world().collection_version(group).to_string();
        version.push_str(self.caller.mark());
        if group.kind == Kind::Job && self.sim.has_work() {
            version.push('.');
            version.push_str(&self.now.as_millisecond().to_string());
        }
        self.mark_room(&mut version);
        Version(version)
    }

    /// Operations for which there is no room at present are shown so.
    fn mark_room(&self, version: &mut String) {
        if let Some(mark) = self.sim.fate().mark(self.now) {
            version.push('.');
            version.push_str(&mark.to_string());
        }
    }
}

fn declared(structure: &Structure, name: &str) -> Option<Type> {
    structure.fields.iter().find(|attribute| attribute.name == name).map(|attribute| attribute.ty)
}

/// What a Job says it does (5.17.1): the bare names of 4.2 for what every resource has, else the operation's URI.
fn action_name(edition: Edition, action: &str) -> String {
    match action {
        "add" | "edit" | "delete" => action.to_owned(),
        _ => edition.action_uri(action),
    }
}
