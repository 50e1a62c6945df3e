//! Writing request bodies: a value in neutral words, in the format and edition of the run.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use indexmap::IndexMap;
use quick_xml::escape::escape;

use crate::event::Format;
use crate::spec::{Attribute, Attributes, Kind, Structure, StructureStyle, Tables};

use super::Value;

/// A body in neutral words.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Body {
    /// Its fields; `type` names the document.
    pub fields: IndexMap<String, Value>,
    /// The namespaces of fields that are not in that of the edition; for XML.
    pub namespaces: BTreeMap<String, String>,
}

/// Why a body cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The body names no type.
    #[error("the body has no `type`")]
    NoType,
    /// The tables of the edition do not know the type.
    #[error("`{0}` is no resource, creation request or Action of this edition")]
    UnknownType(String),
    /// The tables of the edition do not know the action.
    #[error("`{0}` is no action of this edition")]
    UnknownAction(String),
}

/// Writes `body`, whose `type` names the document: a resource, a creation request, or `Action`.
///
/// # Errors
/// When the tables do not know what is to be written.
pub fn write(body: &Body, tables: &Tables, format: Format) -> Result<String, WriteError> {
    let Some(Value::Text(name)) = body.fields.get("type") else { return Err(WriteError::NoType) };
    let mut fields = body.fields.clone();
    fields.shift_remove("type");
    // Resources that have an attribute `type` of their own name it `@type` in a body.
    if let Some(own) = fields.shift_remove("@type") {
        fields.insert("type".to_owned(), own);
    }
    let (uri, attributes) = document(name, &mut fields, tables)?;
    Ok(match format {
        Format::Json => json(&uri, &fields, &attributes),
        Format::Xml => Writer { tables, namespaces: &body.namespaces }.document(name, &fields, &attributes),
    })
}

/// The type URI of a document and the attributes that the tables know of it.
fn document(
    name: &str,
    fields: &mut IndexMap<String, Value>,
    tables: &Tables,
) -> Result<(String, Attributes), WriteError> {
    if let Some(resource) = tables.types.get(name) {
        return Ok((resource.uris[0].clone(), resource.attributes.clone()));
    }
    if let Some(creation) = tables.creations.get(name) {
        let mut attributes =
            tables.types.get(&creation.makes).map(|t| t.attributes.clone()).unwrap_or_default();
        attributes.retain(|name, _| matches!(name.as_str(), "name" | "description" | "properties"));
        let kind = Kind::Ref { to: creation.of.clone(), by_value: true };
        attributes.insert(creation.template.clone(), Attribute::plain(kind));
        return Ok((creation.uri.clone(), attributes));
    }
    if name != "Action" {
        return Err(WriteError::UnknownType(name.to_owned()));
    }
    let mut attributes = Attributes::new();
    if let Some(Value::Text(action)) = fields.get_mut("action") {
        let short = tables.short_rel(action).to_owned();
        match tables.actions.get(&short) {
            Some(declared) => {
                attributes = declared.on.values().flat_map(|target| target.parameters.clone()).collect();
                action.clone_from(&declared.uri);
            }
            // insert and remove are actions too (5.5.12.2), and extensions have URIs of their own.
            None if tables.operations.contains_key(&short) => {
                *action = format!("{}{short}", tables.action_base);
            }
            None if action.contains(':') => {}
            None => return Err(WriteError::UnknownAction(action.clone())),
        }
    }
    Ok((format!("{}Action", tables.type_base), attributes))
}

fn json(uri: &str, fields: &IndexMap<String, Value>, attributes: &Attributes) -> String {
    let mut object = serde_json::Map::new();
    object.insert("resourceURI".to_owned(), uri.into());
    for (name, value) in in_order(fields, attributes) {
        object.insert(name.clone(), json_value(value));
    }
    serde_json::Value::Object(object).to_string()
}

fn json_value(value: &Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(b) => (*b).into(),
        Value::Number(n) => {
            n.parse::<serde_json::Number>().map_or_else(|_| n.as_str().into(), serde_json::Value::Number)
        }
        Value::Text(text) => text.as_str().into(),
        Value::List(items) => items.iter().map(json_value).collect(),
        Value::Record(record) => {
            record.iter().map(|(k, v)| (k.clone(), json_value(v))).collect::<serde_json::Map<_, _>>().into()
        }
    }
}

/// Fields in the order of the tables, which a schema may ask for, then the others.
fn in_order<'f>(
    fields: &'f IndexMap<String, Value>,
    attributes: &Attributes,
) -> Vec<(&'f String, &'f Value)> {
    let mut all: Vec<_> = fields.iter().collect();
    all.sort_by_key(|(name, _)| attributes.get_index_of(*name).unwrap_or(usize::MAX));
    all
}

struct Writer<'t> {
    tables: &'t Tables,
    namespaces: &'t BTreeMap<String, String>,
}

impl Writer<'_> {
    fn document(&self, name: &str, fields: &IndexMap<String, Value>, attributes: &Attributes) -> String {
        let mut out = format!("<{name} xmlns=\"{}\">", escape(&self.tables.namespace));
        self.fields(fields, attributes, &mut out);
        let _ = write!(out, "</{name}>");
        out
    }

    fn fields(&self, fields: &IndexMap<String, Value>, attributes: &Attributes, out: &mut String) {
        for (name, value) in in_order(fields, attributes) {
            let start = out.len();
            self.attribute(name, value, attributes.get(name).map(|a| &a.kind), out);
            // What is the provider's own goes back in the namespace that it came in (4.2.1.3).
            if let Some(namespace) = self.namespaces.get(name).filter(|_| !attributes.contains_key(name)) {
                out.insert_str(start + 1 + name.len(), &format!(" xmlns=\"{}\"", escape(namespace)));
            }
        }
    }

    fn attribute(&self, name: &str, value: &Value, kind: Option<&Kind>, out: &mut String) {
        match (value, kind) {
            (Value::Record(record), Some(Kind::Map { item })) => self.map(name, record, item, out),
            (Value::Record(record), None) if name == "properties" => self.map(name, record, "property", out),
            (Value::List(items), Some(Kind::Array { of, item })) => self.array(name, items, of, item, out),
            (Value::List(items), _) => items.iter().for_each(|item| self.attribute(name, item, None, out)),
            (Value::Record(record), Some(Kind::Structure(structure))) => {
                self.structure(name, record, self.tables.structures.get(structure), out);
            }
            (Value::Record(record), Some(Kind::Ref { to, .. })) => {
                self.record(name, record, self.tables.types.get(to).map(|t| &t.attributes), out);
            }
            (Value::Record(record), _) => self.record(name, record, None, out),
            (scalar, _) => element(name, scalar, out),
        }
    }

    /// `href` as an XML attribute, everything else as elements.
    fn record(
        &self,
        name: &str,
        record: &IndexMap<String, Value>,
        attributes: Option<&Attributes>,
        out: &mut String,
    ) {
        let href = record.get("href").and_then(Value::as_text);
        let href = href.map(|h| format!(" href=\"{}\"", escape(&h))).unwrap_or_default();
        let rest: IndexMap<String, Value> =
            record.iter().filter(|(k, _)| *k != "href").map(|(k, v)| (k.clone(), v.clone())).collect();
        if rest.is_empty() {
            let _ = write!(out, "<{name}{href}/>");
            return;
        }
        let _ = write!(out, "<{name}{href}>");
        self.fields(&rest, attributes.unwrap_or(&Attributes::new()), out);
        let _ = write!(out, "</{name}>");
    }

    fn map(&self, name: &str, record: &IndexMap<String, Value>, item: &str, out: &mut String) {
        let wrapped = self.tables.array_wrapper;
        if wrapped {
            let _ = write!(out, "<{name}>");
        }
        for (key, value) in record {
            let text = value.as_text().unwrap_or_default();
            let _ = write!(out, "<{item} key=\"{}\">{}</{item}>", escape(key), escape(&text));
        }
        if wrapped {
            let _ = write!(out, "</{name}>");
        }
    }

    fn array(&self, name: &str, items: &[Value], of: &Kind, item: &str, out: &mut String) {
        let wrapped = self.tables.array_wrapper && !matches!(of, Kind::Ref { .. });
        if wrapped {
            let _ = write!(out, "<{name}>");
        }
        for value in items {
            self.attribute(item, value, Some(of), out);
        }
        if wrapped {
            let _ = write!(out, "</{name}>");
        }
    }

    fn structure(
        &self,
        name: &str,
        record: &IndexMap<String, Value>,
        structure: Option<&Structure>,
        out: &mut String,
    ) {
        let Some(structure) = structure else { return self.record(name, record, None, out) };
        let is_attribute = |field: &str| {
            structure.style == StructureStyle::Attributes
                || structure.xml_attributes.iter().any(|f| f == field)
        };
        let mut inner = String::new();
        let _ = write!(out, "<{name}");
        for (field, value) in in_order(record, &structure.fields) {
            match value.as_text() {
                Some(text) if structure.text.as_deref() == Some(field) => inner.push_str(&escape(&text)),
                Some(text) if is_attribute(field) || field == "href" => {
                    let _ = write!(out, " {field}=\"{}\"", escape(&text));
                }
                _ => self.attribute(field, value, structure.fields.get(field).map(|f| &f.kind), &mut inner),
            }
        }
        let _ = write!(out, ">{inner}</{name}>");
    }
}

fn element(name: &str, scalar: &Value, out: &mut String) {
    match scalar.as_text() {
        Some(text) => {
            let _ = write!(out, "<{name}>{}</{name}>", escape(&text));
        }
        None => {
            let _ = write!(out, "<{name}/>");
        }
    }
}
