//! `ResourceMetadata` (DSP0263 5.11): its declaration, and the document that describes a type, derived from its schema.
//!
//! Knows what a type is by its declaration; what a provider can do of it is given by the provider.

use super::attribute::{Attribute, Item, Layout, Structure, Type, attr};
use super::capability::Capability;
use super::common;
use super::resource::ResourceType;
use super::schema::{Schema, schema};
use crate::document::Document;
use crate::edition::Edition;
use crate::extension::Extensions;
use crate::value::{Attributes, Value};

static ATTRIBUTE: Structure = Structure {
    name: "attribute",
    layout: Layout::Attributes,
    fields: &[
        attr("name", Type::String).required(),
        attr("namespace", Type::Uri).optional(),
        attr("type", Type::String).optional(),
        attr("required", Type::Boolean).v1(),
        attr("providerMandatory", Type::Boolean).required().v2(),
        attr("consumerMandatory", Type::Boolean).required().v2(),
        attr("mutable", Type::Boolean).required().v2(),
        attr("consumerWritable", Type::Boolean).required().v2(),
    ],
};

static CAPABILITY: Structure = Structure {
    name: "capability",
    layout: Layout::Content,
    fields: &[
        attr("name", Type::String).optional(),
        attr("uri", Type::Uri).required(),
        attr("description", Type::String).optional(),
        // Absent, it is true.
        attr("value", Type::Any).required().optional(),
    ],
};

static ACTION: Structure = Structure {
    name: "action",
    layout: Layout::Attributes,
    fields: &[
        attr("name", Type::String).required(),
        attr("uri", Type::Uri).required(),
        attr("description", Type::String).optional(),
        attr("method", Type::String).required(),
        attr("inputMessage", Type::String).required().optional(),
        attr("outputMessage", Type::String).required().optional(),
    ],
};

static ATTRIBUTE_ITEM: Item = Item { element: "attribute", ty: Type::Structure(&ATTRIBUTE) };
static SCOPE_ITEM: Item = Item { element: "valueScope", ty: Type::ValueScope };
static CAPABILITY_ITEM: Item = Item { element: "capability", ty: Type::Structure(&CAPABILITY) };
static ACTION_ITEM: Item = Item { element: "action", ty: Type::Structure(&ACTION) };

/// The types of this family.
pub(super) static TYPES: &[ResourceType] = &[
    // In 1.x its id and name are all that it has of the common attributes, with typeURI between them.
    ResourceType::resource(
        "ResourceMetadata",
        "5.11",
        &[
            attr("typeURI", Type::Uri).required(),
            common::NAME.required(),
            attr("attributes", Type::Array(&ATTRIBUTE_ITEM)).optional(),
            attr("vscope", Type::Array(&SCOPE_ITEM)).optional().v2(),
            attr("capabilities", Type::Array(&CAPABILITY_ITEM)).optional(),
            attr("actions", Type::Array(&ACTION_ITEM)).optional(),
        ],
    )
    .v1_lacks(&["description", "created", "updated", "properties"]),
    ResourceType::collection(
        "ResourceMetadataCollection",
        "5.11.2",
        "ResourceMetadata",
        "resourceMetadatas",
        "ResourceMetadata",
    ),
];

/// The media types of every request and reply.
const MESSAGES: &str = "application/json,application/xml";

/// The `ResourceMetadata` of a type: its attributes with their constraints, its operations, and what the provider says it is
/// capable of.
///
/// 1.x has no constraints but `required`, and its schema admits a single attribute: there, only extensions are listed.
pub fn describe(
    of: &Schema,
    id: &str,
    capabilities: &[(&Capability, Value)],
    extensions: &Extensions,
) -> Document {
    let edition = of.edition;
    let mut attributes = Vec::new();
    if edition == Edition::V2 {
        attributes.extend(of.attributes().iter().map(|a| Value::Structure(constraints(edition, a))));
    }
    attributes.extend(extensions.of(of.name()).iter().map(|extension| {
        let declared = constraints(edition, &extension.attribute);
        let mut fields = Attributes::with_capacity(declared.len() + 2)
            .with("name", extension.attribute.name)
            .with("namespace", extension.namespace.as_str())
            .with("type", extension.attribute.ty.name());
        fields.extend(declared);
        Value::Structure(fields)
    }));
    let capabilities: Vec<Value> = capabilities
        .iter()
        .map(|(capability, value)| {
            let fields = Attributes::with_capacity(3)
                .with("name", capability.name)
                .with("uri", capability.uri(edition))
                .with("value", value.clone());
            Value::Structure(fields)
        })
        .collect();
    let actions: Vec<Value> =
        of.operations().map(|operation| Value::Structure(action(edition, operation.name))).collect();

    let mut document = Document::new(schema(edition, "ResourceMetadata"));
    document.attributes.extend([
        ("id".into(), id.into()),
        ("typeURI".into(), of.uri.as_str().into()),
        ("name".into(), of.name().into()),
    ]);
    for (name, items) in [("attributes", attributes), ("capabilities", capabilities), ("actions", actions)] {
        if !items.is_empty() {
            document.attributes.set(name, items);
        }
    }
    document
}

/// Name and constraints of an attribute, in the fields that the edition has for them.
fn constraints(edition: Edition, attribute: &Attribute) -> Attributes {
    let it = attribute.constraints;
    let fields = Attributes::with_capacity(5).with("name", attribute.name);
    match edition {
        Edition::V1 => fields.with("required", it.consumer_mandatory()),
        Edition::V2 => fields
            .with("providerMandatory", it.provider_mandatory())
            .with("consumerMandatory", it.consumer_mandatory())
            .with("mutable", it.mutable())
            .with("consumerWritable", it.consumer_writable()),
    }
}

fn action(edition: Edition, name: &'static str) -> Attributes {
    Attributes::with_capacity(5)
        .with("name", name)
        .with("uri", edition.action_uri(name))
        .with("method", "POST")
        .with("inputMessage", MESSAGES)
        .with("outputMessage", MESSAGES)
}
