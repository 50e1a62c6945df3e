//! What a resource holds: values with references to other resources instead of URIs.
//!
//! Owns the compact value tree and the walk over its references. Knows no edition and no serialization: the face
//! translates to and from [`cimi::Value`].

use std::collections::BTreeSet;
use std::sync::Arc;

use cimi::{Map, Value};
use jiff::Timestamp;

use super::id::Id;
use super::kind::Kind;

/// How many components of one name are told apart in a template; more are not made.
const MOST_NUMBERED: i64 = 1000;

/// Values by attribute name, in the order of setting.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields(Vec<(&'static str, Field)>);

/// A value. At most 24 bytes: what is larger is boxed.
#[derive(Clone, Debug, PartialEq)]
pub enum Field {
    /// A truth.
    Boolean(bool),
    /// A number.
    Integer(i64),
    /// A string or URI. What is made of a template or a configuration shares its texts.
    Text(Arc<str>),
    /// A word that the model or this crate declares: a state, the name of an operation.
    Word(&'static str),
    /// A moment.
    Time(Timestamp),
    /// Key-value pairs.
    Map(Box<Map>),
    /// A reference.
    Link(Link),
    /// A reference with attributes beside it, or a resource by value.
    Beside(Box<Beside>),
    /// A structure.
    Structure(Box<Fields>),
    /// A list.
    Array(Box<[Field]>),
    /// Whatever else: kept as it came.
    Other(Box<Value>),
}

/// Where a reference points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// To a resource of this cloud.
    Resource(Id),
    /// To a collection of this cloud.
    Collection(Group),
    /// To somewhere else.
    Foreign(Box<str>),
    /// To where a resource of this cloud is, or was: it outlives the resource (table 55). The collection of its address, and
    /// which one.
    Trace(Box<(Group, Id)>),
}

/// A collection: the members of a kind, of the cloud or inside one resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Group {
    /// The resource that has it; none for the Cloud Entry Point.
    pub owner: Option<Id>,
    /// The kind of its members.
    pub kind: Kind,
}

/// A reference with attributes, or the attributes alone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Beside {
    /// The reference; none if the resource is given by value.
    pub link: Option<Link>,
    /// The attributes.
    pub fields: Fields,
}

impl Fields {
    /// No values.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&Field> {
        self.0.iter().find(|(key, _)| *key == name).map(|(_, field)| field)
    }

    /// Sets a name.
    pub fn set(&mut self, name: &'static str, field: impl Into<Field>) {
        let field = field.into();
        match self.0.iter_mut().find(|(key, _)| *key == name) {
            Some((_, old)) => *old = field,
            None => self.0.push((name, field)),
        }
    }

    /// Sets a name if there is a value.
    pub fn set_some(&mut self, name: &'static str, field: Option<impl Into<Field>>) {
        if let Some(field) = field {
            self.set(name, field);
        }
    }

    /// With a name set.
    #[must_use]
    pub fn with(mut self, name: &'static str, field: impl Into<Field>) -> Self {
        self.set(name, field);
        self
    }

    /// Takes a name out.
    pub fn remove(&mut self, name: &str) -> Option<Field> {
        let at = self.0.iter().position(|(key, _)| *key == name)?;
        Some(self.0.remove(at).1)
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Field)> {
        self.0.iter().map(|(name, field)| (*name, field))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// These values with those of `over` in their places (DSP0263 4.2.1.1: whole top-level attributes are overridden).
    #[must_use]
    pub fn overlaid(mut self, over: &Self) -> Self {
        for (name, field) in over.iter() {
            self.set(name, field.clone());
        }
        self
    }

    /// A number.
    pub fn integer(&self, name: &str) -> Option<i64> {
        match self.get(name)? {
            Field::Integer(number) => Some(*number),
            _ => None,
        }
    }

    /// A text.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Field::Text(text) => Some(text),
            Field::Word(word) => Some(word),
            _ => None,
        }
    }

    /// A truth.
    pub fn boolean(&self, name: &str) -> Option<bool> {
        match self.get(name)? {
            Field::Boolean(truth) => Some(*truth),
            _ => None,
        }
    }

    /// Where a reference points.
    pub fn link(&self, name: &str) -> Option<&Link> {
        self.get(name)?.link()
    }

    /// The resource of this cloud that a reference points to.
    pub fn resource(&self, name: &str) -> Option<Id> {
        self.get(name)?.resource()
    }

    /// The items of a list; none if it is absent.
    pub fn items(&self, name: &str) -> &[Field] {
        match self.get(name) {
            Some(Field::Array(items)) => items,
            _ => &[],
        }
    }

    /// Calls `see` with every resource referred to, at any depth.
    pub fn each_resource(&self, see: &mut impl FnMut(Id)) {
        for (_, field) in self.iter() {
            field.each_resource(see);
        }
    }

    /// Every resource referred to, in order, each once.
    pub(super) fn resources(&self) -> Vec<Id> {
        let mut resources = Vec::new();
        self.each_resource(&mut |id| resources.push(id));
        resources.sort_unstable();
        resources.dedup();
        resources
    }

    /// Gives back the room that was kept for more values.
    pub(super) fn shrink(&mut self) {
        self.0.shrink_to_fit();
    }

    /// Takes out every reference to a resource (5.10.1), and what is empty without it.
    pub fn forget(&mut self, id: Id) {
        self.0.retain_mut(|(_, field)| field.forget(id) == Left::Something);
    }

    /// Puts resources in the places of references by name (`#name`, 5.13.4), at any depth. A template of a System that is
    /// inside of another one keeps the names of its own components.
    pub fn replace_names(&mut self, find: &dyn Fn(&str) -> Option<Id>) {
        let own = self.own_names();
        let find = |name: &str| if own.contains(name) { None } else { find(name) };
        for (_, field) in &mut self.0 {
            field.replace_names(&find);
        }
    }

    fn each_name(&self, see: &mut dyn FnMut(&str)) {
        let own = self.own_names();
        for (_, field) in self.iter() {
            field.each_name(&mut |name| {
                if !own.contains(name) {
                    see(name);
                }
            });
        }
    }

    /// What the components are called that it describes.
    fn own_names(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for component in self.items("componentDescriptors").iter().filter_map(Field::fields) {
            let Some(name) = component.text("name") else { continue };
            match component.integer("quantity") {
                Some(quantity @ 2..) => {
                    names.extend((1..=quantity.min(MOST_NUMBERED)).map(|n| format!("{name}{n}")));
                }
                _ => {
                    names.insert(name.to_owned());
                }
            }
        }
        names
    }
}

/// What is left of a value without a reference.
#[derive(PartialEq, Eq)]
enum Left {
    Something,
    Nothing,
}

impl Field {
    /// Where it points, if it is a reference.
    pub fn link(&self) -> Option<&Link> {
        match self {
            Self::Link(link) => Some(link),
            Self::Beside(beside) => beside.link.as_ref(),
            _ => None,
        }
    }

    /// The resource of this cloud that it points to.
    pub fn resource(&self) -> Option<Id> {
        match self.link()? {
            Link::Resource(id) => Some(*id),
            _ => None,
        }
    }

    /// The values in it, if it is a structure or has attributes beside it.
    pub fn fields(&self) -> Option<&Fields> {
        match self {
            Self::Structure(fields) => Some(fields),
            Self::Beside(beside) => Some(&beside.fields),
            _ => None,
        }
    }

    /// Calls `see` with every name that is referred to (`#name`, 5.13.4), at any depth, but for those that a template of a
    /// System inside of it has for its own components.
    pub fn each_name(&self, see: &mut dyn FnMut(&str)) {
        if let Some(name) = self.link().and_then(Link::name) {
            see(name);
        }
        match self {
            Self::Beside(beside) => beside.fields.each_name(see),
            Self::Structure(fields) => fields.each_name(see),
            Self::Array(items) => items.iter().for_each(|item| item.each_name(see)),
            _ => {}
        }
    }

    fn replace_names(&mut self, find: &dyn Fn(&str) -> Option<Id>) {
        let replace = |link: &mut Link| {
            if let Some(id) = link.name().and_then(find) {
                *link = Link::Resource(id);
            }
        };
        match self {
            Self::Link(link) => replace(link),
            Self::Beside(beside) => {
                beside.link.iter_mut().for_each(replace);
                beside.fields.replace_names(find);
            }
            Self::Structure(fields) => fields.replace_names(find),
            Self::Array(items) => items.iter_mut().for_each(|item| item.replace_names(find)),
            _ => {}
        }
    }

    fn each_resource(&self, see: &mut impl FnMut(Id)) {
        match self {
            Self::Link(Link::Resource(id)) => see(*id),
            Self::Link(Link::Collection(group)) => group.owner.into_iter().for_each(see),
            Self::Beside(beside) => {
                if let Some(Link::Resource(id)) = beside.link {
                    see(id);
                }
                beside.fields.each_resource(see);
            }
            Self::Structure(fields) => fields.each_resource(see),
            Self::Array(items) => items.iter().for_each(|item| item.each_resource(see)),
            _ => {}
        }
    }

    fn forget(&mut self, id: Id) -> Left {
        let gone = match self {
            Self::Link(link) => link.is(id),
            Self::Beside(beside) => {
                beside.fields.forget(id);
                if beside.link.as_ref().is_some_and(|link| link.is(id)) {
                    beside.link = None;
                }
                beside.link.is_none() && beside.fields.is_empty()
            }
            Self::Structure(fields) => {
                fields.forget(id);
                fields.is_empty()
            }
            Self::Array(items) => {
                let mut left = std::mem::take(items).into_vec();
                left.retain_mut(|item| item.forget(id) == Left::Something);
                *items = left.into();
                items.is_empty()
            }
            _ => false,
        };
        if gone { Left::Nothing } else { Left::Something }
    }
}

impl Link {
    /// The name in a reference to a component of the same template (`#name`, 5.13.4).
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Foreign(uri) => uri.strip_prefix('#'),
            _ => None,
        }
    }

    /// Whether it points to a resource, or into one.
    fn is(&self, id: Id) -> bool {
        match self {
            Self::Resource(to) => *to == id,
            Self::Collection(group) => group.owner == Some(id),
            Self::Foreign(_) | Self::Trace(..) => false,
        }
    }
}

impl Group {
    /// The collection of the Cloud Entry Point for a kind.
    pub const fn of_cloud(kind: Kind) -> Self {
        Self { owner: None, kind }
    }

    /// A collection inside a resource.
    pub const fn inside(owner: Id, kind: Kind) -> Self {
        Self { owner: Some(owner), kind }
    }
}

macro_rules! from {
    ($($from:ty => |$value:ident| $field:expr),* $(,)?) => {$(
        impl From<$from> for Field {
            fn from($value: $from) -> Self {
                $field
            }
        }
    )*};
}

from! {
    bool => |value| Self::Boolean(value),
    i64 => |value| Self::Integer(value),
    String => |value| Self::Text(value.into()),
    &str => |value| Self::Text(value.into()),
    Timestamp => |value| Self::Time(value),
    Map => |value| Self::Map(Box::new(value)),
    Link => |value| Self::Link(value),
    Id => |value| Self::Link(Link::Resource(value)),
    Group => |value| Self::Link(Link::Collection(value)),
    Fields => |value| Self::Structure(Box::new(value)),
    Vec<Field> => |value| Self::Array(value.into()),
}
