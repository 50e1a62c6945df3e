//! Reading the meaning of JSON.

use indexmap::IndexMap;

use crate::spec::{Absence, Attribute, Attributes, Collection, Kind, Scalar, Tables};
use crate::tree::json::{Json, JsonValue, Member, pointer_token};

use super::scalar::{instant, is_lexical};
use super::{Extent, Holder, Note, NoteKind, Operation, Resource, Value, shorten};
use super::{member_extent, misspelt};

pub(super) struct Reader<'r> {
    pub(super) tables: &'r Tables,
    pub(super) notes: &'r mut Vec<Note>,
}

/// Where the reader is: the pointer, and the subject of notes.
#[derive(Clone)]
struct Here {
    pointer: String,
    subject: String,
}

impl Here {
    fn member(&self, key: &str) -> Self {
        Self {
            pointer: format!("{}/{}", self.pointer, pointer_token(key)),
            subject: format!("{}.{key}", self.subject),
        }
    }

    fn item(&self, index: usize) -> Self {
        Self { pointer: format!("{}/{index}", self.pointer), subject: self.subject.clone() }
    }
}

impl Reader<'_> {
    pub(super) fn root(&mut self, root: &Json, hint: Option<&str>, extent: Extent) -> Resource {
        let here = Here { pointer: String::new(), subject: hint.unwrap_or("resource").to_owned() };
        if let (None, [only]) = (root.get("resourceURI"), root.members())
            && only.value.get("resourceURI").is_some()
        {
            self.note(NoteKind::Wrapped, root, &here, "the resource itself", format!("it in {:?}", only.key));
            return self.resource(&only.value, hint, extent, Holder::Root, &here.member(&only.key));
        }
        self.resource(root, hint, extent, Holder::Root, &here)
    }

    fn note(
        &mut self,
        kind: NoteKind,
        node: &Json,
        here: &Here,
        expected: impl Into<String>,
        got: impl Into<String>,
    ) {
        self.notes.push(Note {
            kind,
            subject: here.subject.clone(),
            at: node.at.with_path(&here.pointer),
            expected: expected.into(),
            got: got.into(),
        });
    }

    /// Reads an object as a resource or as a Collection.
    fn resource(
        &mut self,
        node: &Json,
        hint: Option<&str>,
        extent: Extent,
        holder: Holder,
        here: &Here,
    ) -> Resource {
        let JsonValue::Object(members) = &node.value else {
            self.note(NoteKind::Structure, node, here, "an object", show(node));
            return Resource::default();
        };
        let said = node.get("resourceURI").and_then(Json::as_str);
        let name = said.and_then(|uri| self.type_name(uri)).or_else(|| self.guess(members, hint));
        let here = Here {
            pointer: here.pointer.clone(),
            subject: name.clone().unwrap_or_else(|| here.subject.clone()),
        };
        self.type_uri(node, said, name.as_deref(), hint, holder, &here);
        let mut resource = Resource {
            type_uri: said.map(str::to_owned).or_else(|| self.uri_of(name.as_deref()?)),
            type_name: name.clone(),
            ..Resource::default()
        };
        let tables = self.tables;
        let collection = name.as_deref().and_then(|n| tables.collections.get(n));
        if let Some(collection) = collection {
            self.collection(node, collection, extent, &mut resource, &here);
        } else {
            let declared = name.as_deref().and_then(|n| tables.types.get(n));
            let clause = declared.map_or("", |t| t.clause.as_str());
            let empty = Attributes::new();
            let attributes = declared.map_or(&empty, |t| &t.attributes);
            resource.attributes = self.members(members, attributes, clause, declared.is_some(), &here);
            if declared.is_some() {
                self.missing(node, attributes, extent, holder, &here);
            }
        }
        resource.operations = self.operations(node, &here);
        resource
    }

    fn type_name(&self, uri: &str) -> Option<String> {
        let resource = self.tables.type_of_uri(uri).map(|(name, _)| name.to_owned());
        resource.or_else(|| self.tables.collection_of_uri(uri).map(|(name, _)| name.to_owned()))
    }

    fn uri_of(&self, name: &str) -> Option<String> {
        let resource = self.tables.types.get(name).map(|t| t.uris[0].clone());
        resource.or_else(|| self.tables.collections.get(name).map(|c| c.uri.clone()))
    }

    /// The type of an object that does not say it (or says one that nobody knows): what links say, or its shape.
    fn guess(&self, members: &[Member], hint: Option<&str>) -> Option<String> {
        let by_hint =
            hint.filter(|h| self.tables.types.contains_key(*h) || self.tables.collections.contains_key(*h));
        let has_count = members.iter().any(|m| m.key == "count");
        let grouped = |c: &Collection| {
            members.iter().any(|m| matches!(m.value.value, JsonValue::Array(_)) && m.key == c.groupings[0])
        };
        let by_shape = || {
            self.tables
                .collections
                .iter()
                .find(|(_, c)| has_count && grouped(c))
                .map(|(name, _)| name.clone())
        };
        by_hint.map(str::to_owned).or_else(by_shape)
    }

    fn type_uri(
        &mut self,
        node: &Json,
        said: Option<&str>,
        name: Option<&str>,
        hint: Option<&str>,
        holder: Holder,
        here: &Here,
    ) {
        match said {
            None => {
                let expected = name.and_then(|n| self.uri_of(n)).unwrap_or_else(|| "the type URI".to_owned());
                let place = here.member("resourceURI");
                self.note(NoteKind::MissingTypeUri(holder), node, &place, expected, "nothing");
            }
            Some(uri) if self.type_name(uri).is_none() && hint.is_some() => {
                let expected = hint.and_then(|h| self.uri_of(h));
                if let (Some(expected), Some(at)) = (expected, node.get("resourceURI")) {
                    let place = here.member("resourceURI");
                    self.note(NoteKind::TypeUri(holder), at, &place, expected, uri);
                }
            }
            Some(_) => {}
        }
    }

    fn collection(
        &mut self,
        node: &Json,
        declared: &Collection,
        extent: Extent,
        resource: &mut Resource,
        here: &Here,
    ) {
        resource.is_collection = true;
        let tables = self.tables;
        let items = self.grouping(node, declared, here);
        let own: Vec<Member> = node
            .members()
            .iter()
            .filter(|m| Some(&m.key) != items.as_ref().map(|m| &m.key))
            .cloned()
            .collect();
        resource.attributes = self.members(&own, &tables.common_collection, &declared.clause, false, here);
        if let Some(member) = items {
            let here = here.member(&member.key);
            if !matches!(member.value.value, JsonValue::Array(_)) {
                self.note(
                    NoteKind::Members,
                    &member.value,
                    &here,
                    "the members as an array",
                    show(&member.value),
                );
            }
            if let Some(list) = inner_list(&member.value) {
                if list.is_empty() {
                    self.note(
                        NoteKind::EmptyArray,
                        &member.value,
                        &here,
                        "no member at all when there is no item",
                        "[]",
                    );
                }
                for (index, item) in list.iter().enumerate() {
                    let here = here.item(index);
                    resource.items.push(self.resource(
                        item,
                        Some(&declared.of),
                        member_extent(extent),
                        Holder::Member,
                        &here,
                    ));
                }
            }
        }
        if extent == Extent::Selected {
            return;
        }
        if !resource.attributes.contains_key("id") {
            self.note(NoteKind::MissingCollectionId, node, &here.member("id"), "a URI", "nothing");
        }
        self.count(node, resource, here);
    }

    fn count(&mut self, node: &Json, resource: &Resource, here: &Here) {
        let here = here.member("count");
        match resource.text("count").map(|t| t.parse::<usize>()) {
            None => self.note(NoteKind::MissingCount, node, &here, "an integer", "nothing"),
            Some(Ok(count)) if count < resource.items.len() => {
                let expected = format!("at least {}, the number of items in the reply", resource.items.len());
                self.note(
                    NoteKind::CountTooSmall,
                    node.get("count").unwrap_or(node),
                    &here,
                    expected,
                    count.to_string(),
                );
            }
            Some(_) => {}
        }
    }

    /// The member that holds the items: of the name declared, or the one list of objects that is there.
    fn grouping(&mut self, node: &Json, declared: &Collection, here: &Here) -> Option<Member> {
        let by_name = declared.groupings.iter().find_map(|g| node.members().iter().find(|m| m.key == *g));
        if by_name.is_some() {
            return by_name.cloned();
        }
        let is_list = |m: &&Member| matches!(&m.value.value, JsonValue::Array(items) if items.iter().all(|i| matches!(i.value, JsonValue::Object(_))));
        let other = node.members().iter().find(|m| m.key != "operations" && is_list(m))?;
        let place = here.member(&other.key);
        self.note(NoteKind::Grouping, &other.value, &place, declared.groupings[0].clone(), other.key.clone());
        Some(other.clone())
    }

    fn members(
        &mut self,
        members: &[Member],
        attributes: &Attributes,
        clause: &str,
        closed: bool,
        here: &Here,
    ) -> IndexMap<String, Value> {
        let mut all = IndexMap::new();
        for member in members {
            if matches!(member.key.as_str(), "resourceURI" | "operations") {
                continue;
            }
            let here = here.member(&member.key);
            if all.contains_key(&member.key) {
                self.note(NoteKind::Repeated, &member.value, &here, "each key once", member.key.clone());
                continue;
            }
            let value = if let Some(attribute) = attributes.get(&member.key) {
                self.attribute(&member.value, attribute, clause, &here)
            } else {
                if closed && misspelt(&member.key, attributes) {
                    let expected = "the name as the text spells it";
                    self.note(NoteKind::Misspelt, &member.value, &here, expected, member.key.clone());
                } else if closed && member.key != "href" {
                    let expected = "an attribute of the type";
                    self.note(NoteKind::Unknown, &member.value, &here, expected, member.key.clone());
                }
                generic(&member.value)
            };
            if value != Value::Null {
                all.insert(member.key.clone(), value);
            }
        }
        all
    }

    /// Notes what has to be there and is not.
    fn missing(&mut self, node: &Json, attributes: &Attributes, extent: Extent, holder: Holder, here: &Here) {
        let present = |name: &str| node.get(name).filter(|v| v.value != JsonValue::Null);
        if extent == Extent::Selected {
            return;
        }
        if holder == Holder::Member {
            if present("id").is_none() && super::has_id(attributes) && node.get("href").is_none() {
                self.note(NoteKind::MissingMemberId, node, &here.member("id"), "a URI", "nothing");
            }
            return;
        }
        if extent == Extent::Part {
            return;
        }
        for (name, attribute) in attributes {
            if attribute.absence == Absence::Allowed || present(name).is_some() {
                continue;
            }
            let got = node.get(name).map_or("nothing", |_| "null");
            let at = node.get(name).unwrap_or(node);
            self.note(
                NoteKind::Missing(attribute.absence),
                at,
                &here.member(name),
                attribute.kind.name(),
                got,
            );
        }
    }

    fn attribute(&mut self, node: &Json, attribute: &Attribute, clause: &str, here: &Here) -> Value {
        if node.value == JsonValue::Null {
            if attribute.absence == Absence::Allowed {
                self.note(NoteKind::Null, node, here, "a value, or no member", "null");
            }
            return Value::Null;
        }
        let fits = |kind: &Kind| match kind {
            Kind::Ref { .. } => matches!(node.value, JsonValue::Object(_)),
            Kind::Scalar(_) => !matches!(node.value, JsonValue::Object(_) | JsonValue::Array(_)),
            _ => false,
        };
        let kind = if fits(&attribute.kind) {
            &attribute.kind
        } else {
            attribute.also.iter().find(|k| fits(k)).unwrap_or(&attribute.kind)
        };
        let value = self.value(node, kind, clause, here);
        self.allowed(node, attribute, &value, clause, here);
        value
    }

    fn allowed(&mut self, node: &Json, attribute: &Attribute, value: &Value, clause: &str, here: &Here) {
        if let Some((expected, got)) = super::scalar_outside(attribute, value) {
            self.note(NoteKind::Value(clause.to_owned()), node, here, expected, got);
        }
    }

    fn value(&mut self, node: &Json, kind: &Kind, clause: &str, here: &Here) -> Value {
        match kind {
            Kind::Scalar(scalar) => self.scalar(node, *scalar, here),
            Kind::Map { .. } => self.map(node, here),
            Kind::Any | Kind::ValueScope => generic(node),
            Kind::Ref { to, by_value } => self.reference(node, to, *by_value, here),
            Kind::Collection { via, .. } => self.reference(node, via, false, here),
            Kind::Structure(name) => self.structure(node, name, clause, here),
            Kind::Array { of, .. } => {
                let JsonValue::Array(items) = &node.value else {
                    self.note(NoteKind::Array, node, here, "an array", show(node));
                    return generic(node);
                };
                if items.is_empty() {
                    self.note(
                        NoteKind::EmptyArray,
                        node,
                        here,
                        "no member at all when there is no item",
                        "[]",
                    );
                }
                let each = items.iter().enumerate().map(|(i, item)| {
                    let here = here.item(i);
                    let item = if let Kind::Structure(name) = &**of {
                        self.unnamed(item, name, &here)
                    } else {
                        item
                    };
                    if matches!(**of, Kind::Ref { .. }) && !matches!(item.value, JsonValue::Object(_)) {
                        self.note(NoteKind::RefItem, item, &here, "an object with `href`", show(item));
                    }
                    self.value(item, of, clause, &here)
                });
                Value::List(each.collect())
            }
        }
    }

    fn structure(&mut self, node: &Json, name: &str, clause: &str, here: &Here) -> Value {
        let JsonValue::Object(members) = &node.value else {
            self.note(NoteKind::Structure, node, here, "an object", show(node));
            return generic(node);
        };
        let tables = self.tables;
        match tables.structures.get(name).map(|s| &s.fields) {
            Some(fields) => Value::Record(self.members(members, fields, clause, false, here)),
            None => generic(node),
        }
    }

    /// A structure of an array without the name that it must not have.
    fn unnamed<'j>(&mut self, item: &'j Json, name: &str, here: &Here) -> &'j Json {
        let fields = self.tables.structures.get(name).map(|s| &s.fields);
        let JsonValue::Object(members) = &item.value else { return item };
        match members.as_slice() {
            [only]
                if matches!(only.value.value, JsonValue::Object(_))
                    && fields.is_some_and(|fields| !fields.contains_key(&only.key)) =>
            {
                self.note(NoteKind::NamedItem, item, here, "the structure itself", only.key.clone());
                &only.value
            }
            _ => item,
        }
    }

    fn scalar(&mut self, node: &Json, scalar: Scalar, here: &Here) -> Value {
        let fits = match (&node.value, scalar) {
            (JsonValue::Bool(_), Scalar::Boolean) => true,
            (JsonValue::Number(n), Scalar::Integer) => is_lexical(scalar, n),
            (JsonValue::String(_), Scalar::Boolean | Scalar::Integer) => false,
            (JsonValue::String(text), _) => is_lexical(scalar, text),
            _ => false,
        };
        if !fits {
            self.note(NoteKind::Scalar(scalar), node, here, expected(scalar), show(node));
        } else if let (JsonValue::Number(number), Scalar::Integer, Err(_)) =
            (&node.value, scalar, show(node).parse::<i64>())
        {
            self.note(NoteKind::Long, node, here, "an integer of 64 bits", number.clone());
        }
        match &node.value {
            JsonValue::String(text) if text.is_empty() && scalar == Scalar::String => {
                self.note(NoteKind::EmptyString, node, here, "no member at all when it is empty", "\"\"");
                Value::Null
            }
            JsonValue::String(text)
                if scalar == Scalar::DateTime && instant(text).is_some_and(|(_, zone)| !zone) =>
            {
                self.note(NoteKind::NoZone, node, here, "a zone", shorten(text));
                Value::Text(text.clone())
            }
            JsonValue::String(text) if scalar == Scalar::Boolean && is_lexical(scalar, text) => {
                Value::Bool(text == "true")
            }
            JsonValue::String(text) if scalar == Scalar::Integer && is_lexical(scalar, text) => {
                Value::Number(text.clone())
            }
            _ => generic(node),
        }
    }

    fn map(&mut self, node: &Json, here: &Here) -> Value {
        let JsonValue::Object(members) = &node.value else {
            self.note(NoteKind::Map, node, here, "an object of strings", show(node));
            return generic(node);
        };
        if members.is_empty() {
            self.note(NoteKind::EmptyMap, node, here, "no member at all when it is empty", "{}");
        }
        let mut all = IndexMap::new();
        let are_properties = here.subject.ends_with(".properties");
        for member in members {
            if are_properties && !matches!(member.value.value, JsonValue::String(_)) {
                let here = here.member(&member.key);
                self.note(NoteKind::Property, &member.value, &here, "a string", show(&member.value));
            }
            if all.insert(member.key.clone(), generic(&member.value)).is_some() {
                self.note(NoteKind::RepeatedKey, &member.value, here, "each key once", member.key.clone());
            }
        }
        Value::Record(all)
    }

    fn reference(&mut self, node: &Json, to: &str, by_value: bool, here: &Here) -> Value {
        let href = node.get("href");
        let is_object = matches!(node.value, JsonValue::Object(_));
        // Jobs that report an error are put in place, and lead nowhere (4.2.2).
        let is_inlined_job = to == "Job" && node.get("state").is_some();
        if !is_object
            || (href.is_none() && !by_value && !is_inlined_job)
            || href.is_some_and(|h| h.as_str().is_none())
        {
            self.note(NoteKind::Ref, node, here, "an object with `href`", show(node));
            return generic(node);
        }
        if href.is_none() && !is_inlined_job && self.says_nothing_of(node, to) {
            self.note(NoteKind::RefWithoutHref, node, here, "its URI in `href`", show(node));
            return generic(node);
        }
        let tables = self.tables;
        if tables.collections.contains_key(to) || (href.is_some() && node.members().len() <= 1) {
            return generic(node);
        }
        let empty = Attributes::new();
        let declared = tables.types.get(to);
        let attributes = declared.map_or(&empty, |t| &t.attributes);
        let clause = declared.map_or("", |t| t.clause.as_str());
        let inner = Here {
            pointer: here.pointer.clone(),
            subject: if declared.is_some() { to.to_owned() } else { here.subject.clone() },
        };
        Value::Record(self.members(node.members(), attributes, clause, false, &inner))
    }

    /// Whether an object has members, and none that a type has.
    fn says_nothing_of(&self, node: &Json, ty: &str) -> bool {
        let own = |member: &Member| {
            let declared = self.tables.types.get(ty).map(|declared| &declared.attributes);
            member.key == "resourceURI" || declared.is_none_or(|it| it.contains_key(&member.key))
        };
        !node.members().is_empty() && !node.members().iter().any(own)
    }

    fn operations(&mut self, node: &Json, here: &Here) -> Vec<Operation> {
        let Some(list) = node.get("operations") else { return Vec::new() };
        let here = here.member("operations");
        let JsonValue::Array(items) = &list.value else {
            self.note(NoteKind::Operations, list, &here, "an array", show(list));
            let pairs =
                list.members().iter().filter_map(|it| Some((it.key.clone(), it.value.as_str()?.to_owned())));
            return pairs.map(|(rel, href)| Operation { rel, href, available: true }).collect();
        };
        if items.is_empty() {
            self.note(NoteKind::EmptyArray, list, &here, "no member at all when there is no operation", "[]");
        }
        let mut all: Vec<Operation> = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let here = here.item(index);
            let field = |name| item.get(name).and_then(Json::as_str);
            let (Some(rel), Some(href)) = (field("rel"), field("href")) else {
                self.note(NoteKind::OperationField, item, &here, "`rel` and `href`", show(item));
                continue;
            };
            if let Some((kind, expected)) = super::operation_note(rel, &all, self.tables) {
                self.note(kind, item, &here, expected, rel);
            }
            if let Some(odd) = item.get("available").filter(|it| !matches!(it.value, JsonValue::Bool(_))) {
                let here = here.member("available");
                self.note(NoteKind::OperationAvailable, odd, &here, "true or false", show(odd));
            }
            let available = item.get("available").is_none_or(|it| it.value != JsonValue::Bool(false));
            all.push(Operation { rel: rel.to_owned(), href: href.to_owned(), available });
        }
        all
    }
}

/// The members of a Collection: a list, or the only list in what stands in its place.
fn inner_list(node: &Json) -> Option<&Vec<Json>> {
    match (&node.value, node.members()) {
        (JsonValue::Array(list), _) => Some(list),
        (_, [only]) => match &only.value.value {
            JsonValue::Array(list) => Some(list),
            _ => None,
        },
        _ => None,
    }
}

/// What a finding says it expected of a scalar.
fn expected(scalar: Scalar) -> &'static str {
    match scalar {
        Scalar::Boolean => "a JSON boolean",
        Scalar::Integer => "a JSON number without fraction",
        Scalar::DateTime => "a string of the form of xs:dateTime",
        Scalar::Duration => "a string of the form of xs:duration",
        Scalar::String => "a JSON string",
        Scalar::Uri => "a string that is a URI",
        Scalar::Bytes => "a string of hexadecimal digits",
    }
}

/// A value as its own shape says.
fn generic(node: &Json) -> Value {
    match &node.value {
        JsonValue::Null => Value::Null,
        JsonValue::Bool(b) => Value::Bool(*b),
        JsonValue::Number(n) => Value::Number(n.clone()),
        JsonValue::String(text) => Value::Text(text.clone()),
        JsonValue::Array(items) => Value::List(items.iter().map(generic).collect()),
        JsonValue::Object(members) => {
            Value::Record(members.iter().map(|m| (m.key.clone(), generic(&m.value))).collect())
        }
    }
}

fn show(node: &Json) -> String {
    generic(node).show()
}
