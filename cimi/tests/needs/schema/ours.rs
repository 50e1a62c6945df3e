//! The declarations of edition V1 as lines.

use cimi::edition::Edition;
use cimi::model::{Attribute, Structure, Type, registry};

use super::Shapes;

pub(super) fn shapes() -> Shapes {
    let mut shapes = Shapes::new();
    for schema in registry(Edition::V1).iter() {
        // The common attributes are optional all over the schema; `id` and `count` of a collection are not: not compared.
        let mut lines = Vec::new();
        for attribute in schema.attributes() {
            let framed = !schema.ty.attributes.iter().any(|own| own.name == attribute.name);
            let mut line = child(&mut shapes, schema.name(), attribute, schema.members().map(|m| m.2));
            if framed && schema.name() != "Action" {
                line.truncate(line.trim_end_matches('!').len());
            }
            lines.push(line);
        }
        shapes.insert(schema.name().to_owned(), lines);
    }
    shapes
}

/// The line of an attribute; the shape of its structure, if it has one, goes to `shapes`.
fn child(shapes: &mut Shapes, owner: &str, attribute: &Attribute, member: Option<&str>) -> String {
    let (name, many, ty) = match attribute.ty {
        Type::Array(item) => (item.element, "*", item.ty),
        Type::Map(element) => (element, "*", attribute.ty),
        Type::Members(_) => (member.expect("only collections have members"), "*", attribute.ty),
        ty => (attribute.name, "", ty),
    };
    if let Type::Structure(structure) = ty
        && name != "operation"
    {
        let fields = fields(shapes, &format!("{owner}.{name}"), structure);
        shapes.insert(format!("{owner}.{name}"), fields);
    }
    let mark = if attribute.constraints.consumer_mandatory() { "!" } else { "" };
    format!("{name}{many} {}{mark}", type_name(ty))
}

fn fields(shapes: &mut Shapes, owner: &str, structure: &Structure) -> Vec<String> {
    let mut attributes = Vec::new();
    let mut elements = Vec::new();
    for field in structure.fields.iter().filter(|field| field.is_in(Edition::V1)) {
        let mut line = child(shapes, owner, field, None);
        if field.name == "id" {
            line.truncate(line.trim_end_matches('!').len());
        }
        let atomic = !matches!(field.ty, Type::Ref(_) | Type::Structure(_) | Type::Array(_) | Type::Map(_));
        if atomic && structure.layout.is_xml_attribute(field.name) {
            attributes.push(format!("@{line}"));
        } else {
            elements.push(line);
        }
    }
    attributes.sort();
    attributes.extend(elements);
    attributes
}

fn type_name(ty: Type) -> String {
    match ty {
        Type::Uri => "uri".to_owned(),
        Type::Bytes => "bytes".to_owned(),
        Type::Ref(to) => format!("ref({to})"),
        Type::Collection(to) => format!("collection({to})"),
        Type::Members(_) => "member".to_owned(),
        Type::Map(_) => "property".to_owned(),
        ty => ty.name().to_owned(),
    }
}
