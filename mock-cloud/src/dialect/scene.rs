//! What a picture may look at: its document, those that it refers to, addresses, the time.
//!
//! Owns the documents that were fetched for one answer, and the way of addresses from the face's to the dialect's. Pictures
//! are carried out in `paint`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::address::{self, members};
use super::cloud::Cloud;
use super::picture::{Picture, Take};
use super::query;
use super::speech::{Expand, Hrefs, Ids, Page, Speech};
use super::tree::{Group, Tree};

/// More documents than these are not looked at for one answer; what they would have told is left out.
const LOOKS: usize = 512;

/// What a picture may look at.
pub(super) struct Scene<'s> {
    pub(super) speech: &'s Speech,
    pub(super) cloud: &'s Cloud,
    pub(super) now: Timestamp,
    /// Documents of the face by their paths.
    pub(super) documents: BTreeMap<String, Value>,
    /// Attributes that are expanded; `*` for all.
    expand: Vec<String>,
}

/// What is painted.
#[derive(Clone, Copy)]
pub(super) struct Subject<'v> {
    pub(super) page: &'v Page,
    pub(super) value: &'v Value,
    pub(super) ty: &'v str,
    /// Its path in the face.
    pub(super) path: &'v str,
    /// Its place in its collection, from 0; none for what is alone.
    pub(super) position: Option<usize>,
    /// What its collection shows of it.
    pub(super) shows: &'v [Tree],
}

impl<'s> Scene<'s> {
    pub(super) fn new(speech: &'s Speech, cloud: &'s Cloud, now: Timestamp, expand: Vec<String>) -> Self {
        Self { speech, cloud, now, documents: BTreeMap::new(), expand }
    }

    /// The root of the server, as a URI.
    pub(super) fn root(&self) -> String {
        [self.cloud.origin(), self.speech.root].concat()
    }

    /// Paints a resource.
    pub(super) async fn item(&mut self, page: &Page, picture: Picture, value: &Value) -> Group {
        self.look(page, picture, value).await;
        let path = self.path(value);
        let subject = Subject { page, value, ty: page.ty, path: &path, position: None, shows: &[] };
        self.paint(picture, subject)
    }

    /// Paints a collection, with the members that a query leaves.
    pub(super) async fn list(
        &mut self,
        page: &Page,
        value: &Value,
        seen: impl Fn(&Value) -> bool,
        edit: impl FnOnce(Vec<Group>) -> Vec<Group>,
    ) -> Group {
        for member in members(value) {
            self.look(page, page.as_member, member).await;
        }
        let path = self.path(value);
        self.look_at_owners(&path).await;
        let groups = self.members(page, value, &path, seen);
        let shows: Vec<Tree> = edit(groups).into_iter().map(Tree::Group).collect();
        let subject =
            Subject { page, value, ty: page.collection, path: &path, position: None, shows: &shows };
        self.paint(page.as_list, subject)
    }

    pub(super) fn members(
        &self,
        page: &Page,
        value: &Value,
        path: &str,
        seen: impl Fn(&Value) -> bool,
    ) -> Vec<Group> {
        let wanted = |member: &&Value| {
            let only = page.only.is_none_or(|(name, text)| {
                member.get(name).is_some_and(|value| value.to_string().contains(text))
            });
            let told = !page.told || query::extension(self.speech, member).is_some();
            only && told && seen(member)
        };
        let paint = |(position, member): (usize, &Value)| {
            let own = self.path(member);
            // What has no address of its own is somewhere in its collection.
            let own = if own.is_empty() { format!("{path}/{}", position + 1) } else { own };
            let position = Some(position);
            self.paint(
                page.as_member,
                Subject { page, value: member, ty: page.ty, path: &own, position, shows: &[] },
            )
        };
        members(value).iter().filter(wanted).enumerate().map(paint).collect()
    }

    /// Fetches what a picture of this document may need.
    async fn look(&mut self, page: &Page, picture: Picture, value: &Value) {
        let path = self.path(value);
        self.documents.insert(path.clone(), value.clone());
        self.look_at_owners(&path).await;
        let mut wanted = Vec::new();
        hrefs(value, &mut |text| wanted.extend(self.cloud.path_of(text).map(str::to_owned)));
        wanted.extend(self.kept_all(value).filter(|text| self.page_at(text).is_some()).map(str::to_owned));
        let everything = !self.expand.is_empty() || picture.parts.iter().any(|part| has_via(&part.take));
        for path in wanted {
            let needed =
                self.page_at(&path).is_some_and(|page| matches!(page.ids, Ids::Attribute(_) | Ids::Of(_)));
            if everything || needed {
                self.fetch(path.clone()).await;
            }
            self.look_at_owners(&path).await;
        }
        for part in picture.parts {
            if let Take::Collection(sub) = part.take
                && self.expands(part.name)
            {
                let list = join(&path, sub);
                self.fetch(list.clone()).await;
                let Some(inner) = self.page_at_list(&list) else { continue };
                let value = self.documents.get(&list).cloned().unwrap_or_default();
                for member in members(&value) {
                    Box::pin(self.look(inner, inner.as_member, member)).await;
                }
            }
        }
        let _ = page;
    }

    async fn look_at_owners(&mut self, path: &str) {
        let segments: Vec<&str> = path.split('/').collect();
        if let [collection, number, _, ..] = segments.as_slice() {
            let owner = address::page_of(self.speech, collection);
            if owner.is_some_and(|page| matches!(page.ids, Ids::Attribute(_))) {
                self.fetch(format!("{collection}/{number}")).await;
            }
        }
    }

    async fn fetch(&mut self, path: String) {
        if self.documents.len() < LOOKS && !self.documents.contains_key(&path) {
            let document = self.cloud.document(&path).await.unwrap_or_default();
            self.documents.insert(path, document);
        }
    }

    /// Whether what a document refers to is shown in it: of members only where that is everywhere.
    pub(super) fn may_expand(&self, subject: Subject<'_>) -> bool {
        subject.position.is_none() || self.speech.query.expand == Expand::Everywhere
    }

    pub(super) fn expands(&self, name: &str) -> bool {
        self.expand.iter().any(|wanted| wanted == "*" || wanted == name)
    }

    pub(super) fn path(&self, value: &Value) -> String {
        let id = value.get("id").and_then(Value::as_str).unwrap_or_default();
        self.cloud.path_of(id).unwrap_or_default().to_owned()
    }

    pub(super) fn page_at_list(&self, path: &str) -> Option<&'s Page> {
        let segments: Vec<&str> = path.split('/').collect();
        let inner = match segments.as_slice() {
            [collection] => (*collection).to_owned(),
            [collection, _, sub] => format!("{collection}/*/{sub}"),
            _ => return None,
        };
        address::page_of(self.speech, &inner)
    }

    pub(super) fn page_at(&self, path: &str) -> Option<&'s Page> {
        self.page_at_list(path.rsplit_once('/')?.0)
    }

    /// The id that a resource has here.
    fn id(&self, page: &Page, path: &str) -> String {
        let number = path.rsplit('/').next().unwrap_or_default();
        let document = || self.documents.get(path);
        let told = match page.ids {
            Ids::Attribute(name) => document().and_then(|it| it.get(name)?.as_str().map(str::to_owned)),
            Ids::Of(name) => document()
                .and_then(|it| it.get(name)?.get("href")?.as_str())
                .and_then(|href| self.cloud.path_of(href))
                .and_then(|path| Some(self.id(self.page_at(path)?, path))),
            _ => None,
        };
        told.filter(|id| !id.is_empty()).unwrap_or_else(|| address::computed(page.ids, number))
    }

    /// The ids of the owner, and of the resource itself.
    pub(super) fn ids(&self, path: &str, item: bool) -> Vec<String> {
        let segments: Vec<&str> = path.split('/').collect();
        let mut ids = Vec::new();
        if let [collection, number, _, ..] = segments.as_slice()
            && let Some(owner) = address::page_of(self.speech, collection)
        {
            ids.push(self.id(owner, &format!("{collection}/{number}")));
        }
        if item && let Some(page) = self.page_at(path) {
            ids.push(self.id(page, path));
        }
        ids
    }

    /// The address that something of the face has here, as the dialect writes addresses. None where it has none.
    pub(super) fn address(&self, path: &str, in_list: bool, hrefs: Hrefs) -> Option<String> {
        let outer = if path.is_empty() {
            self.speech.entry.item.to_owned()
        } else if let Some(page) = self.page_at(path) {
            let pattern = page.listed.filter(|_| in_list).unwrap_or(page.item);
            address::filled(pattern, &self.ids(path, true))
        } else {
            address::filled(self.page_at_list(path)?.list, &self.ids(path, false))
        };
        Some(match hrefs {
            Hrefs::Absolute => self.root() + &outer,
            Hrefs::Relative => outer,
        })
    }

    pub(super) fn href(&self, path: &str, in_list: bool) -> Option<String> {
        self.address(path, in_list, self.speech.hrefs)
    }

    /// What an attribute refers to; of several references the last.
    pub(super) fn referent(&self, value: &Value, link: &str) -> Option<&Value> {
        let link = value.get(link)?;
        let link = link.as_array().map_or(Some(link), |links| links.last())?;
        self.documents.get(self.cloud.path_of(link.get("href")?.as_str()?)?)
    }

    /// Whose a resource is: its own property says it, or that of what it has done something to.
    pub(super) async fn owner(&mut self, value: &Value) -> Option<String> {
        if let Some(links) = value.get("affectedResources").and_then(Value::as_array)
            && let Some(href) = links.last().and_then(|link| link.get("href")).and_then(Value::as_str)
            && let Some(path) = self.cloud.path_of(href)
        {
            self.fetch(path.to_owned()).await;
        }
        let own = self.kept(value, "owner").or_else(|| {
            self.referent(value, "affectedResources").and_then(|affected| self.kept(affected, "owner"))
        });
        own.map(str::to_owned)
    }

    /// A property of the dialect.
    pub(super) fn kept<'v>(&self, value: &'v Value, name: &str) -> Option<&'v str> {
        value.get("properties")?.get([self.speech.kept, name].concat())?.as_str()
    }

    fn kept_all<'v>(&self, value: &'v Value) -> impl Iterator<Item = &'v str> {
        let all = value.get("properties").and_then(Value::as_object).into_iter().flatten();
        all.filter(|(key, _)| key.starts_with(self.speech.kept)).filter_map(|(_, value)| value.as_str())
    }
}

pub(super) fn join(path: &str, sub: &str) -> String {
    if path.is_empty() { sub.to_owned() } else { format!("{path}/{sub}") }
}

fn has_via(take: &Take) -> bool {
    match take {
        Take::Via(..) | Take::ViaKept(..) => true,
        Take::Either(takes) => takes.iter().any(has_via),
        Take::Group(parts) | Take::Items(_, parts) | Take::Inside(_, parts) => {
            parts.iter().any(|part| has_via(&part.take))
        }
        _ => false,
    }
}

/// Every text of a document but its own address and what can be done with it.
fn hrefs(value: &Value, each: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => each(text),
        Value::Array(items) => items.iter().for_each(|item| hrefs(item, each)),
        Value::Object(object) => {
            let rest = object
                .iter()
                .filter(|(name, _)| !matches!(name.as_str(), "operations" | "id" | "resourceURI"));
            rest.for_each(|(_, value)| hrefs(value, each));
        }
        _ => {}
    }
}
