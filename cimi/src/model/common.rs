//! Attributes that types share: the common ones (DSP0263 table 5), those of Collections (5.5.12), `operations` (4.2).
//!
//! Owns what a form puts around a type's own attributes. Knows no particular resource type.

use super::attribute::{Attribute, Item, Layout, Structure, Type, attr};
use super::resource::Form;

static OPERATION: Structure = Structure {
    name: "operation",
    layout: Layout::Attributes,
    fields: &[
        attr("rel", Type::Uri).required(),
        attr("href", Type::Uri).required(),
        attr("available", Type::Boolean).optional().v2(),
    ],
};

static OPERATIONS: Item = Item { element: "operation", ty: Type::Structure(&OPERATION) };

const ID: Attribute = attr("id", Type::Uri).required().immutable();
const UPDATED: Attribute = attr("updated", Type::DateTime).optional().read_only();
const PARENT: Attribute = attr("parent", Type::Ref("")).v2();
const OPERATIONS_ATTRIBUTE: Attribute = attr("operations", Type::Array(&OPERATIONS)).optional().read_only();

const NAME: Attribute = attr("name", Type::String);
const DESCRIPTION: Attribute = attr("description", Type::String);
const PROPERTIES: Attribute = attr("properties", Type::Map("property")).optional();

static RESOURCE: [Attribute; 8] = [
    ID,
    NAME,
    DESCRIPTION,
    attr("created", Type::DateTime).optional().immutable(),
    UPDATED,
    PARENT,
    PROPERTIES,
    attr("resourceMetadata", Type::Ref("ResourceMetadata")).optional().read_only().v2(),
];

static COLLECTION: [Attribute; 4] = [ID, UPDATED.v2(), PARENT, attr("count", Type::Integer).read_only()];

static CREATE: [Attribute; 3] = [NAME, DESCRIPTION, PROPERTIES];

static ACTION: [Attribute; 1] = [attr("action", Type::Uri).required()];

static TRAILER: [Attribute; 1] = [OPERATIONS_ATTRIBUTE];

/// The attributes before and behind a type's own.
pub(super) fn frame(form: Form) -> (&'static [Attribute], &'static [Attribute]) {
    match form {
        Form::Resource => (&RESOURCE, &TRAILER),
        Form::Collection { .. } => (&COLLECTION, &TRAILER),
        Form::Create { .. } => (&CREATE, &[]),
        Form::Action => (&ACTION, &[PROPERTIES]),
    }
}

/// The attribute that holds a collection's members.
pub(super) const fn members(grouping: &'static str, member: &'static str) -> Attribute {
    attr(grouping, Type::Members(member)).read_only()
}
