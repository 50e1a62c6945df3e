//! Attributes that types share: the common ones (DSP0263 table 5), those of Collections (5.5.12), `operations` (4.2), and
//! those that recur from table to table.
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

static OPERATION_ITEM: Item = Item { element: "operation", ty: Type::Structure(&OPERATION) };
static METER_TEMPLATE_ITEM: Item = Item { element: "meterTemplate", ty: Type::Ref("MeterTemplate") };

/// The self-pointer.
pub(super) const ID: Attribute = attr("id", Type::Uri).required().immutable();
/// The name that its creator gave it.
pub(super) const NAME: Attribute = attr("name", Type::String);
/// What its creator says of it.
pub(super) const DESCRIPTION: Attribute = attr("description", Type::String);
/// When it was made.
pub(super) const CREATED: Attribute = attr("created", Type::DateTime).optional().immutable();
/// When an attribute was last updated.
pub(super) const UPDATED: Attribute = attr("updated", Type::DateTime).optional().read_only();
/// What consumers note down.
pub(super) const PROPERTIES: Attribute = attr("properties", Type::Map("property")).optional();
/// What can be done with it now.
pub(super) const OPERATIONS: Attribute =
    attr("operations", Type::Array(&OPERATION_ITEM)).optional().read_only();

const PARENT: Attribute = attr("parent", Type::Ref("")).v2();
const RESOURCE_METADATA: Attribute =
    attr("resourceMetadata", Type::Ref("ResourceMetadata")).optional().read_only().v2();

/// Changed by operations and errors only (5.8); its values are those of the type's `states`.
pub(super) const STATE: Attribute = attr("state", Type::String).read_only();
/// The state that a template asks for: a stable one of the resource that it makes.
pub(super) const INITIAL_STATE: Attribute = attr("initialState", Type::String);
/// The meters of a resource.
pub(super) const METERS: Attribute = collection("meters", "MeterCollection");
/// The events of a resource.
pub(super) const EVENT_LOG: Attribute = attr("eventLog", Type::Ref("EventLog"));
/// The meters that a template makes.
pub(super) const METER_TEMPLATES: Attribute = attr("meterTemplates", Type::Array(&METER_TEMPLATE_ITEM));
/// The event log that a template makes.
pub(super) const EVENT_LOG_TEMPLATE: Attribute = attr("eventLogTemplate", Type::Ref("EventLogTemplate"));
/// The metadata of what a template makes.
pub(super) const GEN_RESOURCE_METADATA: Attribute =
    attr("genResourceMetadata", Type::Ref("ResourceMetadata")).v2();
/// What the provider or the kind of resource defines (a map whose keys depend on another attribute).
pub(super) const PARAMETERS: Attribute = attr("parameters", Type::Map("parameter")).v2();

/// The names of all common attributes of 1.x, for types that its schema declares without them.
pub(super) const V1_COMMON: &[&str] =
    &["id", "name", "description", "created", "updated", "properties", "operations"];
/// The common attributes of 1.x, for servers that send them all the same.
pub(super) const V1_COMMON_DIALECT: &[Attribute] =
    &[ID, NAME, DESCRIPTION, CREATED, UPDATED, PROPERTIES, OPERATIONS];

static RESOURCE: [Attribute; 8] =
    [ID, NAME, DESCRIPTION, CREATED, UPDATED, PARENT, PROPERTIES, RESOURCE_METADATA];

static COLLECTION: [Attribute; 4] = [ID, UPDATED.v2(), PARENT, attr("count", Type::Integer).read_only()];

static CREATE: [Attribute; 3] = [NAME, DESCRIPTION, PROPERTIES];

static ACTION: [Attribute; 1] = [attr("action", Type::Uri).required()];

static ACTION_TRAILER: [Attribute; 1] = [PROPERTIES];

static TRAILER: [Attribute; 1] = [OPERATIONS];

/// The attributes before and behind a type's own.
pub(super) fn frame(form: Form) -> (&'static [Attribute], &'static [Attribute]) {
    match form {
        Form::Resource | Form::Item { .. } => (&RESOURCE, &TRAILER),
        Form::Collection { .. } => (&COLLECTION, &TRAILER),
        Form::Create { .. } => (&CREATE, &[]),
        Form::Action => (&ACTION, &ACTION_TRAILER),
    }
}

/// Whether it is one of the attributes that every resource has, `operations` included.
pub fn is_common(name: &str) -> bool {
    RESOURCE.iter().chain(&TRAILER).any(|attribute| attribute.name == name)
}

/// Whether a create request says it of the new resource, beside the template (4.2.1.1).
pub fn is_set_on_creation(name: &str) -> bool {
    CREATE.iter().any(|attribute| attribute.name == name)
}

/// The attribute that holds a collection's members.
pub(super) const fn members(grouping: &'static str, member: &'static str) -> Attribute {
    attr(grouping, Type::Members(member)).read_only()
}

/// An attribute that refers to a collection of the resource; consumers change the collection, never the reference.
pub(super) const fn collection(name: &'static str, ty: &'static str) -> Attribute {
    attr(name, Type::Collection(ty)).read_only()
}
