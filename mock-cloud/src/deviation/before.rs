//! What has to be looked at before the cloud carries out a request: what will be gone, and what an update leaves out.
//!
//! Owns the further requests for that. What is kept is remembered only if the request succeeds.

use axum::middleware::Next;
use cimi::codec::Format;
use cimi::model::{Schema, Type};
use cimi::{Attributes, Document, Value};
use http::Method;

use super::asked::Asked;
use super::memory::{Member, Memory};
use super::shown::path_of;
use super::way::{Act, Seen, Way};
use super::{query, send};

/// Changes an update by what the resource is now.
pub(super) async fn change(act: &Act, asked: &mut Asked, next: &Next) {
    if !matches!(act, Act::Merge | Act::KeepName) {
        return;
    }
    let Some(path) = asked.target.as_ref().map(|target| target.path.clone()) else { return };
    let Some(current) = send::document(asked, next, &path).await else { return };
    let Some(mut sent) = asked.document() else { return };
    let query = asked.parts.uri.query().unwrap_or_default();
    let selected: Vec<String> = query::values(query, "$select")
        .flat_map(|names| names.split(',').map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let concerned = |name: &str| selected.is_empty() || selected.iter().any(|selected| selected == name);
    match act {
        Act::Merge => {
            for (name, value) in current.attributes.iter().filter(|(name, _)| concerned(name)) {
                if !sent.attributes.contains(name) {
                    sent.attributes.set(name.to_owned(), value.clone());
                }
            }
        }
        _ if concerned("name") => match current.attributes.get("name") {
            Some(name) => {
                sent.attributes.set("name", name.clone());
            }
            None => {
                sent.attributes.remove("name");
            }
        },
        _ => {}
    }
    asked.set_document(&sent);
}

/// What had to be looked at before the request was carried out.
#[derive(Default)]
pub(super) struct Prepared {
    /// Paths and representations to keep.
    kept: Vec<(String, Format, Vec<u8>)>,
    /// Members of collections to keep.
    members: Vec<Member>,
    /// Paths to delete as well.
    doomed: Vec<String>,
}

impl Prepared {
    pub(super) async fn of(ways: &[&'static Way], asked: &Asked, next: &Next) -> Self {
        let mut prepared = Self::default();
        if asked.parts.method == Method::DELETE {
            for way in ways {
                prepared.look(&way.act, asked, next).await;
            }
        }
        prepared
    }

    async fn look(&mut self, act: &Act, asked: &Asked, next: &Next) {
        let Some(target) = &asked.target else { return };
        let path = target.path.as_str();
        match *act {
            Act::Ghost(Seen::Itself) => self.take(asked, next, path).await,
            Act::Ghost(Seen::Inside(attribute)) => {
                let inside = format!("{path}/{attribute}");
                self.take(asked, next, &inside).await;
                for member in members(asked, next, &inside).await {
                    self.take(asked, next, &member).await;
                }
            }
            Act::Ghost(Seen::Members(attribute)) => {
                for member in members(asked, next, &format!("{path}/{attribute}")).await {
                    self.take(asked, next, &member).await;
                }
            }
            Act::Ghost(Seen::Referred(attribute)) => {
                if let Some(referred) = referred(asked, next, path, attribute).await {
                    self.take(asked, next, &referred).await;
                }
            }
            Act::Ghost(Seen::InCollections) => {
                if let Some(document) = send::document(asked, next, path).await {
                    let attributes = document.attributes;
                    // A Meter is a member of the Meters of its target as well.
                    let of_target =
                        attributes.href("targetResource").map(|uri| format!("{}/meters", path_of(uri)));
                    for collection in of_target.into_iter().chain([target.parent().to_owned()]) {
                        self.members.push(Member { collection, attributes: attributes.clone() });
                    }
                }
            }
            Act::GhostsOf(attribute) => {
                for other in members(asked, next, target.parent()).await {
                    if referred(asked, next, &other, attribute).await.as_deref() == Some(path) {
                        self.take(asked, next, &other).await;
                    }
                }
            }
            Act::StillConnected => {
                for machine in members(asked, next, &format!("{}machines", target.base)).await {
                    self.connected(asked, next, &format!("{machine}/volumes"), path).await;
                }
            }
            Act::DeleteMembers(attribute) => {
                self.doomed.extend(members(asked, next, &format!("{path}/{attribute}")).await);
            }
            Act::DeleteReferred(attribute) => {
                self.doomed.extend(referred(asked, next, path, attribute).await);
            }
            _ => {}
        }
    }

    async fn connected(&mut self, asked: &Asked, next: &Next, collection: &str, volume: &str) {
        let Some(document) = send::document(asked, next, collection).await else { return };
        for member in document.member_documents() {
            if link(member.schema, &member.attributes) == Some(volume) {
                let collection = collection.to_owned();
                self.members.push(Member { collection, attributes: member.attributes });
            }
        }
    }

    async fn take(&mut self, asked: &Asked, next: &Next, path: &str) {
        for format in Format::ALL {
            if let Some(reply) = send::get(asked, next, path, format).await {
                self.kept.push((path.to_owned(), format, reply.body().to_vec()));
            }
        }
    }

    /// The request has succeeded: what was looked at is remembered, and what is doomed is deleted.
    pub(super) async fn keep(self, memory: &Memory, asked: &Asked, next: &Next) {
        for (path, format, body) in self.kept {
            memory.keep(path, format, body.into());
        }
        for member in self.members {
            memory.keep_member(member);
        }
        for path in self.doomed {
            send::delete(asked, next, &path).await;
        }
    }
}

/// The paths of what a collection lists: for links, of what they refer to.
async fn members(asked: &Asked, next: &Next, path: &str) -> Vec<String> {
    let Some(document) = send::document(asked, next, path).await else { return Vec::new() };
    let paths = document.member_documents();
    paths.filter_map(|member| link(member.schema, &member.attributes).map(str::to_owned)).collect()
}

/// The path of what a member is: of 1.x, some only say that their owner uses another resource.
fn link<'a>(schema: &Schema, attributes: &'a Attributes) -> Option<&'a str> {
    let way = schema.attributes().iter().find(|attribute| {
        matches!(attribute.ty, Type::Ref(_))
            && matches!(attribute.name, "machine" | "volume" | "volumeImage" | "snapshot")
    });
    let other = way.and_then(|attribute| attributes.href(attribute.name));
    other.or_else(|| attributes.text("id")).map(path_of)
}

/// The path of what an attribute refers to.
async fn referred(asked: &Asked, next: &Next, path: &str, attribute: &str) -> Option<String> {
    let document = send::document(asked, next, path).await?;
    document.attributes.href(attribute).map(|uri| path_of(uri).to_owned())
}

/// The template in a creation, with the attribute that leads to its collection.
fn template(asked: &Asked) -> Option<(String, cimi::Reference)> {
    let document = asked.document()?;
    document.attributes.iter().find_map(|(name, value)| match value {
        Value::Ref(reference) if name.ends_with("Template") => Some((format!("{name}s"), reference.clone())),
        _ => None,
    })
}

/// Adds the template that was given by value to the templates.
pub(super) async fn add_template(asked: &Asked, next: &Next) {
    let (Some((collection, reference)), Some(target)) = (template(asked), &asked.target) else { return };
    let registry = cimi::model::registry(asked.edition);
    let Some(schema) = registry.get(&format!("{}Template", target.ty)) else { return };
    let document = Document::with(schema, reference.attributes);
    send::post(asked, next, &format!("{}{collection}", target.base), &document).await;
}

/// Changes a template by what stood beside its href.
pub(super) async fn change_template(asked: &Asked, next: &Next) {
    let Some((_, reference)) = template(asked) else { return };
    let Some(href) = &reference.href else { return };
    let path = path_of(href).to_owned();
    let Some(mut document) = send::document(asked, next, &path).await else { return };
    document.attributes.extend(reference.attributes.into_iter().filter(|(_, value)| *value != Value::Null));
    send::put(asked, next, &path, &document).await;
}
