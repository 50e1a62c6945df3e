//! From documents of the face to painted ones: pictures are carried out here.
//!
//! Owns what each word of a picture means.

use jiff::Timestamp;
use serde_json::Value;

use super::picture::{Form, Offer, Picture, Place, Shown, Style, Take};
use super::query;
use super::scene::{Scene, Subject, join};
use super::speech::Expand;
use super::tree::{Group, Part, Tree};

impl Scene<'_> {
    pub(super) fn paint(&self, picture: Picture, subject: Subject<'_>) -> Group {
        Group { parts: self.parts(picture.parts, subject), json: picture.json }
    }

    fn parts(&self, parts: &'static [Shown], subject: Subject<'_>) -> Vec<Part> {
        let state = subject.value.get("state").and_then(Value::as_str).unwrap_or_default();
        let there = |part: &&Shown| {
            (part.states.is_empty() || part.states.contains(&state))
                && part.given.is_none_or(|(name, there)| self.kept(subject.value, name).is_some() == there)
        };
        let painted = parts.iter().filter(there).filter_map(|part| {
            let tree = formed(self.take(part.name, &part.take, subject)?, part.form);
            let (name, element) = match part.take {
                Take::Members | Take::AllMembers => (part.name, subject.page.ty),
                _ => (part.name, part.element),
            };
            let element = if part.element == part.name { element } else { part.element };
            Some(Part { name, element, place: part.place, tree })
        });
        painted.collect()
    }

    fn take(&self, name: &str, take: &Take, subject: Subject<'_>) -> Option<Tree> {
        let Subject { value, path, .. } = subject;
        let in_list = subject.position.is_some();
        Some(match take {
            Take::Of(name) => {
                self.expanded(name, subject).or_else(|| self.plain(value.get(*name)?, in_list))?
            }
            Take::Kept(name) => Tree::Text(self.kept(value, name)?.to_owned()),
            Take::KeptLink(name) => Tree::Group(Group::link(self.href(self.kept(value, name)?, false)?)),
            Take::Text(text) => Tree::Text(self.fill(text, subject)),
            Take::Either(takes) => takes.iter().find_map(|take| self.take(name, take, subject))?,
            Take::Now => Tree::Text(self.now.to_string()),
            Take::Via(link, name) => self.plain(self.referent(value, link)?.get(*name)?, in_list)?,
            Take::ViaKept(link, name) => Tree::Text(self.kept(self.referent(value, link)?, name)?.to_owned()),
            Take::Id => Tree::Text(self.href(path, in_list)?),
            Take::Type => Tree::Text(["http://schemas.dmtf.org/cimi/1/", subject.ty].concat()),
            Take::Properties => {
                let all = value.get("properties")?.as_object()?;
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                let map: Vec<_> = all
                    .iter()
                    .filter(|(key, _)| !key.starts_with(self.speech.kept))
                    .map(|(key, value)| (key.clone(), text(value)))
                    .collect();
                if map.is_empty() {
                    return None;
                }
                Tree::Map(map)
            }
            Take::Word(name, words) => {
                let word = value.get(*name)?.as_str()?;
                let other = words.iter().find(|(own, _)| *own == word).map_or(word, |(_, other)| other);
                Tree::Text(other.to_owned())
            }
            Take::Last(name) => self.plain(value.get(*name)?.as_array()?.last()?, in_list)?,
            Take::Count => Tree::Plain(subject.shows.len().into()),
            Take::Null => Tree::Null,
            _ => return self.compound(name, take, subject),
        })
    }

    /// What is more than one value.
    fn compound(&self, name: &str, take: &Take, subject: Subject<'_>) -> Option<Tree> {
        let group = |parts| Tree::Group(Group { parts, json: &[] });
        let each = |sets: &'static [&'static [Shown]]| {
            Tree::List(sets.iter().map(|parts| group(self.parts(parts, subject))).collect())
        };
        let Subject { value, .. } = subject;
        Some(match take {
            Take::Group(parts) => {
                let parts = self.parts(parts, subject);
                if parts.is_empty() {
                    return None;
                }
                group(parts)
            }
            Take::Items(name, parts) => {
                let paint = |item| group(self.parts(parts, Subject { value: item, ..subject }));
                Tree::List(value.get(*name)?.as_array()?.iter().map(paint).collect())
            }
            Take::Inside(name, parts) => {
                let is_inside = |value: &&Value| value.as_object().is_some_and(|it| !it.contains_key("href"));
                let value = value.get(*name).filter(is_inside)?;
                group(self.parts(parts, Subject { value, ..subject }))
            }
            Take::Constants(values) => {
                let tree = |text: &str| Tree::Text(text.to_owned());
                let part =
                    |text| Part { name: "value", element: "value", place: Place::Element, tree: tree(text) };
                Tree::List(values.iter().map(|text| group(vec![part(text)])).collect())
            }
            Take::Offers(offers) => self.offers(offers, subject)?,
            Take::Members if subject.shows.is_empty() => return None,
            Take::Members | Take::AllMembers => Tree::List(subject.shows.to_vec()),
            Take::Groups(sets) => each(sets),
            Take::Extensions => each(query::extensions(self.speech, value)?),
            Take::Capabilities => query::capabilities(self.speech, value)?,
            Take::Collection(sub) => self.collection(name, sub, subject)?,
            _ => return None,
        })
    }

    /// A reference with what it refers to, where it is asked for everywhere.
    fn expanded(&self, name: &str, subject: Subject<'_>) -> Option<Tree> {
        if self.speech.query.expand != Expand::Everywhere || !self.expands(name) {
            return None;
        }
        let path = self.cloud.path_of(subject.value.get(name)?.get("href")?.as_str()?)?;
        let (page, value) =
            (self.page_at(path)?, self.documents.get(path).filter(|value| value.is_object())?);
        let inner = Subject { page, value, ty: page.ty, path, position: Some(0), shows: &[] };
        let mut group = self.paint(page.as_item, inner);
        group.parts.splice(0..0, Group::link(self.href(path, false)?).parts);
        Some(Tree::Group(group))
    }

    fn collection(&self, name: &str, sub: &str, subject: Subject<'_>) -> Option<Tree> {
        // What the cloud behind has not is not there, whatever the server itself would have.
        subject.value.get(sub)?;
        let list = join(subject.path, sub);
        let page = self.page_at_list(&list);
        if let Some(page) = page.filter(|_| self.expands(name) && self.may_expand(subject))
            && let Some(value) = self.documents.get(&list).filter(|value| value.is_object())
        {
            let shows: Vec<Tree> =
                self.members(page, value, &list, |_| true).into_iter().map(Tree::Group).collect();
            // Where resources alone expand, what is empty stays as it was.
            if !shows.is_empty() || self.speech.query.expand == Expand::Everywhere {
                let inner =
                    Subject { page, value, ty: page.collection, path: &list, position: None, shows: &shows };
                return Some(Tree::Group(self.paint(page.as_expanded, inner)));
            }
        }
        Some(Tree::Group(Group::link(self.href(&list, false)?)))
    }

    fn offers(&self, offers: &[Offer], subject: Subject<'_>) -> Option<Tree> {
        let state = subject.value.get("state").and_then(Value::as_str).unwrap_or_default();
        let there = offers.iter().filter(|offer| offer.states.is_empty() || offer.states.contains(&state));
        let items: Vec<Tree> = there
            .map(|offer| {
                let place = if offer.style == Style::Elements { Place::Element } else { Place::Attribute };
                let part = |name, text| Part { name, element: name, place, tree: Tree::Text(text) };
                let mut parts =
                    vec![part("rel", offer.rel.to_owned()), part("href", self.fill(offer.href, subject))];
                if offer.style != Style::Usual {
                    parts.reverse();
                }
                Tree::Group(Group { parts, json: &[] })
            })
            .collect();
        if items.is_empty() { None } else { Some(Tree::List(items)) }
    }

    /// A value of the face: addresses become those of the dialect.
    fn plain(&self, value: &Value, in_list: bool) -> Option<Tree> {
        Some(match value {
            Value::String(text) => match self.cloud.path_of(text) {
                Some(path) => Tree::Text(self.href(path, in_list)?),
                None => Tree::Text(text.clone()),
            },
            Value::Object(object) if object.len() == 1 && object.contains_key("href") => {
                let href = object["href"].as_str()?;
                match self.cloud.path_of(href) {
                    Some(path) => Tree::Group(Group::link(self.href(path, false)?)),
                    None => Tree::Group(Group::link(href.to_owned())),
                }
            }
            Value::Null => Tree::Null,
            Value::Array(items) if !items.is_empty() => {
                Tree::List(items.iter().map(|item| self.plain(item, in_list)).collect::<Option<_>>()?)
            }
            // Structures are shown part by part, or not at all.
            Value::Object(_) | Value::Array(_) => return None,
            number => Tree::Plain(number.clone()),
        })
    }

    /// A text with what is in its braces.
    fn fill(&self, text: &str, subject: Subject<'_>) -> String {
        let ids = self.ids(subject.path, self.page_at(subject.path).is_some());
        super::refuse::filled(text, |word| match word {
            "self" => self.href(subject.path, subject.position.is_some()).unwrap_or_default(),
            "root" => self.root(),
            "origin" => self.cloud.origin().to_owned(),
            "id" => ids.last().cloned().unwrap_or_default(),
            "owner" => ids.first().cloned().unwrap_or_default(),
            "position" => subject.position.unwrap_or_default().to_string(),
            name => match subject.value.get(name) {
                Some(Value::String(text)) => text.clone(),
                Some(Value::Object(link)) => {
                    let path =
                        link.get("href").and_then(Value::as_str).and_then(|href| self.cloud.path_of(href));
                    path.and_then(|path| self.ids(path, true).pop()).unwrap_or_default()
                }
                Some(value) => value.to_string(),
                None => String::new(),
            },
        })
    }
}

/// Gives a value the form it is shown in.
fn formed(tree: Tree, form: Form) -> Tree {
    if let (Form::First, Tree::List(items)) = (form, &tree) {
        return items.first().cloned().unwrap_or(Tree::Null);
    }
    let text = match &tree {
        Tree::Text(text) => text.clone(),
        Tree::Plain(value) => value.to_string(),
        Tree::Group(group) => group.text("href").unwrap_or_default().to_owned(),
        _ => return tree,
    };
    let instant = || text.parse::<Timestamp>().ok();
    let pattern =
        |pattern: &str| instant().map_or_else(|| text.clone(), |it| it.strftime(pattern).to_string());
    match form {
        Form::Plain | Form::First => tree,
        Form::Text | Form::Address => Tree::Text(text),
        Form::Typed => serde_json::from_str(&text).map_or(tree, Tree::Plain),
        Form::Link => match tree {
            Tree::Text(text) => Tree::Group(Group::link(text)),
            tree => tree,
        },
        Form::Offset => Tree::Text(pattern("%Y-%m-%dT%H:%M:%S+00:00")),
        Form::Seconds => Tree::Text(pattern("%Y-%m-%dT%H:%M:%SZ")),
        Form::Millis => Tree::Text(pattern("%Y-%m-%dT%H:%M:%S.%3fZ")),
        Form::MillisOffset => Tree::Text(pattern("%Y-%m-%dT%H:%M:%S.%3f+0000")),
        Form::Words => Tree::Text(pattern("%a %b %d %H:%M:%S UTC %Y")),
        Form::Spaced => Tree::Text(pattern("%Y-%m-%d %H:%M:%S +0000")),
        Form::Times(factor) => {
            text.parse::<i64>().map_or(tree, |number| Tree::Plain(number.saturating_mul(factor).into()))
        }
        Form::Per(parts) => text.parse::<i64>().map_or(tree, |number| Tree::Plain((number / parts).into())),
        Form::Tail => Tree::Text(text.rsplit('/').next().unwrap_or_default().to_owned()),
    }
}
