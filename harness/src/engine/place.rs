//! Where in the bytes of a reply something stands that a case speaks of. Pure.

use crate::case::{Path, Segment};
use crate::event::{At, BodyAt};
use crate::meaning::Tree;
use crate::tree::Position;
use crate::tree::json::{Json, JsonValue, pointer_token};
use crate::tree::xml::Element;

use super::env::Done;

/// Where an attribute of the resource stands, or one of the item at `item`. What is missing stands where it would be:
/// at the innermost node on the way to it.
pub(super) fn attribute(done: &Done, item: Option<usize>, path: &Path) -> At {
    let text = done.exchange.response.as_ref().and_then(|r| r.text());
    let all = done.resource.as_ref().map_or(&[][..], |resource| &resource.items);
    let type_name = all.first().and_then(|item| item.type_name.as_deref());
    let items = Items { count: all.len(), type_name };
    At::Body(match text.map(Tree::read) {
        Some(Ok(Tree::Json(root))) => in_json(&root, items.count, item, path),
        Some(Ok(Tree::Xml(root))) => in_xml(&root, &items, item, path),
        _ => Position::START.with_path(&as_written(item, path)),
    })
}

/// The item at `item`.
pub(super) fn item(done: &Done, item: usize) -> At {
    attribute(done, Some(item), &Path::default())
}

/// The items of a Collection: how many, and of which type.
struct Items<'r> {
    count: usize,
    type_name: Option<&'r str>,
}

/// The words of a case, where there is no body to look into.
fn as_written(item: Option<usize>, path: &Path) -> String {
    let item = item.map_or_else(String::new, |item| format!("/item/{item}"));
    format!("{item}/{}", path.to_string().replace('.', "/"))
}

/// A way into a tree: the innermost node reached, whether the way ends there, and its pointer.
struct Way<'t, T> {
    node: &'t T,
    is_there: bool,
    pointer: String,
}

impl<'t, T> Way<'t, T> {
    fn new(node: &'t T, pointer: String) -> Self {
        Self { node, is_there: true, pointer }
    }

    fn step(&mut self, token: &str, next: Option<&'t T>) {
        self.pointer.push('/');
        self.pointer.push_str(token);
        match next.filter(|_| self.is_there) {
            Some(next) => self.node = next,
            None => self.is_there = false,
        }
    }
}

fn in_json(root: &Json, items: usize, item: Option<usize>, path: &Path) -> BodyAt {
    let mut way = Way::new(root, String::new());
    let list = || root.members().iter().find(|m| m.key != "operations" && is_list_of(&m.value, items));
    if let Some(item) = item {
        enter(&mut way, list(), Some(item));
    }
    for segment in &path.0 {
        match segment {
            Segment::Name(name) if name.starts_with('@') => break,
            Segment::Name(name) if name == "item" && way.pointer.is_empty() && root.get(name).is_none() => {
                enter(&mut way, list(), None);
            }
            Segment::Name(name) => {
                let next = way.node.get(name);
                way.step(&pointer_token(name), next);
            }
            Segment::At(index) => {
                let members = members(way.node);
                let at = at(*index, members.len());
                way.step(&at.to_string(), members.get(at));
            }
            Segment::Slice(..) => break,
        }
    }
    way.node.at.with_path(&way.pointer)
}

/// Goes into the list of items, and to one of them.
fn enter<'t>(way: &mut Way<'t, Json>, list: Option<&'t crate::tree::json::Member>, item: Option<usize>) {
    way.step(list.map_or("item", |list| list.key.as_str()), list.map(|list| &list.value));
    if let Some(item) = item {
        way.step(&item.to_string(), list.and_then(|list| members(&list.value).get(item)));
    }
}

fn is_list_of(node: &Json, items: usize) -> bool {
    matches!(&node.value, JsonValue::Array(all)
        if all.len() == items && all.iter().all(|one| matches!(one.value, JsonValue::Object(_))))
}

fn members(node: &Json) -> &[Json] {
    match &node.value {
        JsonValue::Array(items) => items,
        _ => &[],
    }
}

fn in_xml(root: &Element, items: &Items<'_>, item: Option<usize>, path: &Path) -> BodyAt {
    let mut way = Way::new(root, format!("/{}", root.name.local));
    if let Some(item) = item {
        pick(&mut way, items, item);
    }
    let mut segments = path.0.iter().peekable();
    while let Some(segment) = segments.next() {
        let Segment::Name(name) = segment else { break };
        if name.starts_with('@') {
            break;
        }
        let index = match segments.peek() {
            Some(Segment::At(index)) => Some(*index),
            _ => None,
        };
        let is_item = name == "item" && std::ptr::eq(way.node, root) && root.named(name).next().is_none();
        match index {
            Some(index) if is_item => pick(&mut way, items, at(index, items.count)),
            Some(index) => {
                let at = at(index, way.node.named(name).count());
                let next = way.node.named(name).nth(at);
                way.step(&format!("{name}[{}]", at + 1), next);
            }
            None => {
                let next = way.node.named(name).next();
                way.step(name, next);
            }
        }
        if index.is_some() {
            segments.next();
        }
    }
    way.node.at.with_path(&way.pointer)
}

/// Goes to an item of a Collection in XML: items are named for their type, and stand in the root or in one wrapper.
fn pick(way: &mut Way<'_, Element>, items: &Items<'_>, item: usize) {
    let root = way.node;
    let name = items.type_name.unwrap_or("item");
    let holds = |parent: &Element| items.count > 0 && parent.named(name).count() == items.count;
    let wrapper = root.children.iter().find(|child| !holds(root) && holds(child));
    if let Some(wrapper) = wrapper {
        way.step(&wrapper.name.local, Some(wrapper));
    }
    let next = wrapper.unwrap_or(root).children.iter().filter(|child| child.name.local == name).nth(item);
    way.step(&format!("{name}[{}]", item + 1), next);
}

/// A position in a list; past its end where it has none such.
fn at(index: i64, length: usize) -> usize {
    let from_end = || length.checked_sub(usize::try_from(index.unsigned_abs()).unwrap_or(usize::MAX));
    let at = if index < 0 { from_end() } else { usize::try_from(index).ok() };
    at.unwrap_or(length)
}
