//! Reading the meaning of XML.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;

use crate::spec::{Absence, Attribute, Attributes, Collection, Kind, StructureStyle, Tables};
use crate::tree::xml::Element;

use super::{Extent, Holder, Note, NoteKind, Operation, Resource, Value};
use super::{member_extent, misspelt};

mod value;

use value::{generic, generic_all};

pub(super) struct Reader<'r> {
    pub(super) tables: &'r Tables,
    pub(super) notes: &'r mut Vec<Note>,
    pub(super) styles: &'r mut BTreeMap<String, BTreeSet<StructureStyle>>,
}

/// Where the reader is: the path of elements, and the subject of notes.
#[derive(Clone)]
struct Here {
    path: String,
    subject: String,
}

impl Here {
    fn child(&self, name: &str) -> Self {
        Self { path: format!("{}/{name}", self.path), subject: format!("{}.{name}", self.subject) }
    }

    fn item(&self, name: &str, index: usize) -> Self {
        Self { path: format!("{}/{name}[{}]", self.path, index + 1), subject: self.subject.clone() }
    }
}

impl Reader<'_> {
    pub(super) fn root(&mut self, root: &Element, hint: Option<&str>, extent: Extent) -> Resource {
        let here =
            Here { path: format!("/{}", root.name.local), subject: hint.unwrap_or("resource").to_owned() };
        if root.name.namespace.as_deref() != Some(self.tables.namespace.as_str()) {
            let got = root.name.namespace.as_deref().unwrap_or("no namespace");
            self.note(NoteKind::Root, root, &here, format!("the namespace {}", self.tables.namespace), got);
        }
        if root.name.local == "Collection" {
            return self.collection_root(root, hint, extent, &here);
        }
        let name = root.name.local.as_str();
        let known = self.tables.types.contains_key(name).then_some(name);
        if let Some(collection) = self.tables.collections.get(name) {
            // A Collection under its own name: the text wants <Collection> with a resourceURI (5.5.12).
            self.note(NoteKind::Root, root, &here, "the element Collection", name);
            let collection = collection.clone();
            return self.collection(
                root,
                name,
                &collection,
                extent,
                &Here { subject: name.to_owned(), ..here },
            );
        }
        if let (Some(uri), Some(known)) = (root.attribute("resourceURI"), known) {
            let expected = self.tables.types[known].uris.clone();
            if !expected.iter().any(|e| e == uri) {
                self.note(NoteKind::TypeUri(Holder::Root), root, &here, expected[0].clone(), uri);
            }
        }
        if known.is_none() && hint.is_some_and(|hint| self.tables.collections.contains_key(hint)) {
            self.note(NoteKind::Root, root, &here, "the element Collection", name);
            return self.collection_root(root, hint, extent, &here);
        }
        if let (None, Some(hint)) = (known, hint.filter(|hint| self.tables.types.contains_key(*hint))) {
            self.note(NoteKind::RootName, root, &here, format!("<{hint}>"), format!("<{name}>"));
        }
        self.resource(root, known.or(hint), extent, Holder::Root, &here)
    }

    fn note(
        &mut self,
        kind: NoteKind,
        node: &Element,
        here: &Here,
        expected: impl Into<String>,
        got: impl Into<String>,
    ) {
        self.notes.push(Note {
            kind,
            subject: here.subject.clone(),
            at: node.at.with_path(&here.path),
            expected: expected.into(),
            got: got.into(),
        });
    }

    fn collection_root(
        &mut self,
        root: &Element,
        hint: Option<&str>,
        extent: Extent,
        here: &Here,
    ) -> Resource {
        let tables = self.tables;
        let said = root.attribute("resourceURI");
        let of_hint = hint.filter(|h| tables.collections.contains_key(*h));
        let known = said.and_then(|uri| tables.collection_of_uri(uri)).map(|(name, _)| name);
        let subject = known.or(of_hint).unwrap_or("Collection").to_owned();
        let here = Here { path: here.path.clone(), subject };
        match said {
            None => {
                let expected =
                    of_hint.map_or("the type URI of the Collection", |h| tables.collections[h].uri.as_str());
                self.note(
                    NoteKind::MissingTypeUri(Holder::XmlCollection),
                    root,
                    &here.child("resourceURI"),
                    expected,
                    "nothing",
                );
            }
            Some(uri) if known.is_none() => {
                let expected =
                    of_hint.map_or("the type URI of a Collection", |h| tables.collections[h].uri.as_str());
                let expected = expected.to_owned();
                if of_hint.is_some() {
                    self.note(
                        NoteKind::TypeUri(Holder::XmlCollection),
                        root,
                        &here.child("resourceURI"),
                        expected,
                        uri,
                    );
                }
            }
            Some(_) => {}
        }
        let name = known.or(of_hint).map(str::to_owned).or_else(|| self.guess(root));
        let declared = name.as_deref().and_then(|n| tables.collections.get(n)).cloned();
        if let (Some(name), Some(declared)) = (name, declared) {
            let mut resource = self.collection(root, &name, &declared, extent, &here);
            resource.type_uri = said.map(str::to_owned).or(resource.type_uri);
            resource
        } else {
            let mut resource = self.resource(root, None, Extent::Part, Holder::Root, &here);
            resource.is_collection = true;
            resource.type_uri = said.map(str::to_owned);
            resource
        }
    }

    /// The Collection whose items stand in an element that does not say which it is.
    fn guess(&self, root: &Element) -> Option<String> {
        let has = |parent: &Element, name: &str| parent.named(name).next().is_some();
        let fits = |c: &Collection| {
            has(root, &c.elements[0])
                || c.groupings.iter().any(|g| root.named(g).any(|w| has(w, &c.elements[0])))
        };
        self.tables.collections.iter().find(|(_, c)| fits(c)).map(|(name, _)| name.clone())
    }

    fn collection(
        &mut self,
        root: &Element,
        name: &str,
        declared: &Collection,
        extent: Extent,
        here: &Here,
    ) -> Resource {
        let here = Here { path: here.path.clone(), subject: name.to_owned() };
        let tables = self.tables;
        let (items, holder) = self.items(root, declared, &here);
        let mut resource = Resource {
            type_name: Some(name.to_owned()),
            type_uri: Some(declared.uri.clone()),
            is_collection: true,
            ..Resource::default()
        };
        let rest: Vec<&Element> = root
            .children
            .iter()
            .filter(|c| {
                !items.iter().any(|i| std::ptr::eq(*i, *c)) && !holder.is_some_and(|h| std::ptr::eq(h, *c))
            })
            .collect();
        resource.attributes = self.children(&rest, &tables.common_collection, &declared.clause, false, &here);
        let inside = holder.map_or_else(
            || here.clone(),
            |h| Here { path: format!("{}/{}", here.path, h.name.local), ..here.clone() },
        );
        for (index, item) in items.iter().enumerate() {
            let here = inside.item(&item.name.local, index);
            let mut read =
                self.resource(item, Some(&declared.of), member_extent(extent), Holder::Member, &here);
            // A bare reference names its resource by href.
            if let (None, Some(href)) = (read.id(), item.attribute("href")) {
                read.attributes.insert("href".to_owned(), Value::Text(href.to_owned()));
            }
            resource.items.push(read);
        }
        if extent != Extent::Selected {
            if !resource.attributes.contains_key("id") {
                self.note(NoteKind::MissingCollectionId, root, &here.child("id"), "a URI", "nothing");
            }
            self.count(root, &resource, &here);
        }
        resource.operations = self.operations(root, &here);
        resource
    }

    fn count(&mut self, root: &Element, resource: &Resource, here: &Here) {
        let here = here.child("count");
        match resource.text("count").map(|t| t.parse::<usize>()) {
            None => self.note(NoteKind::MissingCount, root, &here, "an integer", "nothing"),
            Some(Ok(count)) if count < resource.items.len() => {
                let expected = format!("at least {}, the number of items in the reply", resource.items.len());
                let at = root.named("count").next().unwrap_or(root);
                self.note(NoteKind::CountTooSmall, at, &here, expected, count.to_string());
            }
            Some(_) => {}
        }
    }

    /// The elements of the items, and the element around them where there is one.
    fn items<'e>(
        &mut self,
        root: &'e Element,
        declared: &Collection,
        here: &Here,
    ) -> (Vec<&'e Element>, Option<&'e Element>) {
        let (holder, another) = holders(root, declared);
        let wrapped = self.tables.array_wrapper;
        if let (None, Some(another), true) = (holder, another, wrapped) {
            let local = &another.name.local;
            let expected = format!("<{}> around the items", declared.groupings[0]);
            self.note(NoteKind::Grouping, another, &here.child(local), expected, format!("<{local}>"));
        }
        let holder = holder.or(another);
        if let (Some(holder), false) = (holder, wrapped) {
            self.note(
                NoteKind::Grouping,
                holder,
                &here.child(&holder.name.local),
                "the items directly in <Collection>",
                format!("<{}> around them", holder.name.local),
            );
        }
        let parent = holder.unwrap_or(root);
        let mut items: Vec<&Element> =
            parent.children.iter().filter(|c| declared.elements.contains(&c.name.local)).collect();
        if let (None, true, Some(first)) = (holder, wrapped, items.first()) {
            let expected = format!("<{}> around the items", declared.groupings[0]);
            self.note(
                NoteKind::Grouping,
                first,
                &here.child(&first.name.local),
                expected,
                format!("<{}> directly in <Collection>", first.name.local),
            );
        }
        if items.is_empty() {
            let unknown = |c: &&Element| {
                let name = c.name.local.as_str();
                !self.tables.common_collection.contains_key(name)
                    && !matches!(name, "operation" | "operations")
                    && !c.children.is_empty()
            };
            items = parent.children.iter().filter(unknown).collect();
            if let Some(first) = items.first() {
                self.note(
                    NoteKind::Grouping,
                    first,
                    &here.child(&first.name.local),
                    format!("<{}>", declared.elements[0]),
                    format!("<{}>", first.name.local),
                );
            } else if let Some(holder) = holder {
                self.note(
                    NoteKind::EmptyArray,
                    holder,
                    &here.child(&holder.name.local),
                    "no element at all when there is no item",
                    "an empty element",
                );
            }
        }
        (items, holder)
    }

    fn resource(
        &mut self,
        node: &Element,
        name: Option<&str>,
        extent: Extent,
        holder: Holder,
        here: &Here,
    ) -> Resource {
        let tables = self.tables;
        let declared = name.and_then(|n| tables.types.get(n));
        let here = Here {
            path: here.path.clone(),
            subject: name.map_or_else(|| here.subject.clone(), str::to_owned),
        };
        let empty = Attributes::new();
        let attributes = declared.map_or(&empty, |t| &t.attributes);
        let clause = declared.map_or("", |t| t.clause.as_str());
        let children: Vec<&Element> = node.children.iter().collect();
        let resource = Resource {
            type_name: name.map(str::to_owned),
            type_uri: declared.map(|t| t.uris[0].clone()),
            attributes: self.children(&children, attributes, clause, declared.is_some(), &here),
            operations: self.operations(node, &here),
            ..Resource::default()
        };
        if declared.is_some() {
            self.missing(node, &resource, attributes, extent, holder, &here);
        }
        resource
    }

    fn missing(
        &mut self,
        node: &Element,
        resource: &Resource,
        attributes: &Attributes,
        extent: Extent,
        holder: Holder,
        here: &Here,
    ) {
        if extent == Extent::Selected {
            return;
        }
        if holder == Holder::Member {
            if !resource.attributes.contains_key("id")
                && super::has_id(attributes)
                && node.attribute("href").is_none()
            {
                self.note(NoteKind::MissingMemberId, node, &here.child("id"), "a URI", "nothing");
            }
            return;
        }
        if extent == Extent::Part {
            return;
        }
        for (name, attribute) in attributes {
            // An element that is there, even without content, is not missing: the id of an error's Job is empty (4.2.2).
            if attribute.absence == Absence::Allowed
                || resource.attributes.contains_key(name)
                || node.named(name).next().is_some()
            {
                continue;
            }
            self.note(
                NoteKind::Missing(attribute.absence),
                node,
                &here.child(name),
                attribute.kind.name(),
                "nothing",
            );
        }
    }

    /// Reads child elements as attributes, by the tables where they know them.
    fn children(
        &mut self,
        children: &[&Element],
        attributes: &Attributes,
        clause: &str,
        closed: bool,
        here: &Here,
    ) -> IndexMap<String, Value> {
        let mut all: IndexMap<String, Value> = IndexMap::new();
        let mut read: Vec<&str> = vec!["operation", "operations"];
        for child in children {
            let local = child.name.local.as_str();
            if read.contains(&local) {
                continue;
            }
            read.push(local);
            let same: Vec<&Element> = children.iter().copied().filter(|c| c.name.local == local).collect();
            let place = here.child(local);
            let (name, value) = if let Some((name, attribute)) = self.declared(local, attributes) {
                if self.lacks_wrapper(local, name, attribute) {
                    self.note(
                        NoteKind::Array,
                        child,
                        &place,
                        format!("<{name}> around them"),
                        format!("<{local}>"),
                    );
                }
                (name.clone(), self.attribute(&same, attribute, clause, &place))
            } else {
                let own = child.name.namespace.as_deref() == Some(self.tables.namespace.as_str());
                if closed && own && misspelt(local, attributes) {
                    let expected = "the name as the text spells it";
                    self.note(NoteKind::Misspelt, child, &place, expected, local);
                } else if closed && own {
                    self.note(NoteKind::Unknown, child, &place, "an attribute of the type", local);
                }
                (local.to_owned(), generic_all(&same))
            };
            if value != Value::Null {
                all.insert(name, value);
            }
        }
        all
    }

    /// The attribute that elements of a name stand for: its own name, or the name of its items.
    fn declared<'a>(&self, local: &str, attributes: &'a Attributes) -> Option<(&'a String, &'a Attribute)> {
        let by_item = |(_, attribute): &(&String, &Attribute)| match &attribute.kind {
            Kind::Array { item, .. } => item == local,
            Kind::Map { item } => item == local && !self.tables.array_wrapper,
            _ => false,
        };
        // `volume` may be both an attribute and the item of `volumes`: its own name wins.
        let own = attributes.get_key_value(local);
        own.or_else(|| attributes.iter().find(by_item))
    }

    /// Whether an element is an item that stands where the array should.
    fn lacks_wrapper(&self, local: &str, name: &str, attribute: &Attribute) -> bool {
        let is_ref = matches!(&attribute.kind, Kind::Array { of, .. } if matches!(**of, Kind::Ref { .. }));
        let is_array = matches!(attribute.kind, Kind::Array { .. });
        self.tables.array_wrapper && is_array && !is_ref && local != name
    }

    fn operations(&mut self, node: &Element, here: &Here) -> Vec<Operation> {
        let wrapper = node.named("operations").next();
        if let (Some(wrapper), false) = (wrapper, self.tables.array_wrapper) {
            self.note(
                NoteKind::Operations,
                wrapper,
                &here.child("operations"),
                "<operation> directly in its resource",
                "<operations> around them",
            );
        }
        let holder = wrapper.unwrap_or(node);
        let place = if wrapper.is_some() { here.child("operations") } else { here.clone() };
        let mut all: Vec<Operation> = Vec::new();
        for (index, item) in holder.named("operation").enumerate() {
            if index == 0 && wrapper.is_none() && self.tables.array_wrapper {
                self.note(
                    NoteKind::Operations,
                    item,
                    &place.child("operation"),
                    "<operations> around them",
                    "<operation> directly in its resource",
                );
            }
            let here = Here {
                path: format!("{}/operation[{}]", place.path, index + 1),
                subject: format!("{}.operations", here.subject),
            };
            let child = |name: &'static str| item.named(name).next().map(Element::trimmed);
            let (rel, href) = (item.attribute("rel"), item.attribute("href"));
            if let (None, None, Some(rel), Some(href)) = (rel, href, child("rel"), child("href")) {
                self.note(
                    NoteKind::Operations,
                    item,
                    &here,
                    "`rel` and `href` as XML attributes",
                    "elements <rel> and <href>",
                );
                let available = child("available").is_none_or(|it| !is_false(it));
                all.push(Operation { rel: rel.to_owned(), href: href.to_owned(), available });
                continue;
            }
            let (Some(rel), Some(href)) = (rel, href) else {
                self.note(NoteKind::OperationField, item, &here, "`rel` and `href`", generic(item).show());
                continue;
            };
            if let Some((kind, expected)) = super::operation_note(rel, &all, self.tables) {
                self.note(kind, item, &here, expected, rel);
            }
            let available = item.attribute("available").is_none_or(|it| !is_false(it));
            all.push(Operation { rel: rel.to_owned(), href: href.to_owned(), available });
        }
        all
    }
}

/// The element around the items of a Collection that is called so, and one around them that is called otherwise.
fn holders<'e>(root: &'e Element, declared: &Collection) -> (Option<&'e Element>, Option<&'e Element>) {
    let is_named = |c: &&Element| declared.groupings.contains(&c.name.local) && c.attribute("href").is_none();
    let is_item = |c: &Element| declared.elements.contains(&c.name.local);
    let mut around = root.children.iter().filter(|c| c.children.iter().any(is_item));
    let another = if root.children.iter().any(is_item) { None } else { around.next() };
    (root.children.iter().find(is_named), another)
}

/// The false of XML Schema.
fn is_false(text: &str) -> bool {
    matches!(text.trim(), "false" | "0")
}
