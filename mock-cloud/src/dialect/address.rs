//! Where things are: from a dialect's paths to those of the face.
//!
//! Owns the patterns and the ids that can be computed. The way back, which may need documents, is `scene`'s.

use serde_json::Value;

use super::cloud::Cloud;
use super::speech::{Ids, Page, Speech};

/// What a path leads to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum At {
    List,
    Item,
    /// Where members are made, which is not the collection.
    Create,
    /// An operation's own path.
    Operation,
}

/// A path that a dialect has.
pub(super) struct Found<'s> {
    pub(super) page: &'s Page,
    pub(super) at: At,
    /// The ids in it, as they are written there.
    pub(super) ids: Vec<String>,
    /// The last segment of an operation's path.
    pub(super) operation: String,
}

/// Finds the page of a path below the root.
pub(super) fn find<'s>(speech: &'s Speech, path: &str) -> Option<Found<'s>> {
    let case = speech.any_case;
    let found = |page, at, ids| Found { page, at, ids, operation: String::new() };
    if let Some(ids) = matched(speech.entry.item, path, case) {
        return Some(found(&speech.entry, At::Item, ids));
    }
    let pages = speech.pages;
    let lists =
        pages.iter().find_map(|page| matched(page.list, path, case).map(|ids| found(page, At::List, ids)));
    lists
        .or_else(|| {
            pages.iter().find_map(|page| {
                let at = page.verbs.create?.at?;
                matched(at, path, case).map(|ids| found(page, At::Create, ids))
            })
        })
        .or_else(|| {
            pages.iter().find_map(|page| matched(page.item, path, case).map(|ids| found(page, At::Item, ids)))
        })
        .or_else(|| {
            let (item, last) = path.rsplit_once('/')?;
            let below = |page: &&Page| page.verbs.act.is_none_or(|act| !act.at_item);
            pages.iter().filter(below).find_map(|page| {
                let ids = matched(page.item, item, case)?;
                Some(Found { page, at: At::Operation, ids, operation: last.to_owned() })
            })
        })
}

/// The page of a collection of the face.
pub(super) fn page_of<'s>(speech: &'s Speech, inner: &str) -> Option<&'s Page> {
    speech.pages.iter().find(|page| page.inner == inner)
}

/// The ids in a path, if it is one of this pattern.
fn matched(pattern: &str, path: &str, any_case: bool) -> Option<Vec<String>> {
    if pattern.is_empty() && !path.is_empty() {
        return None;
    }
    let (mut ids, mut segments) = (Vec::new(), path.split('/'));
    for wanted in pattern.split('/') {
        let segment = segments.next()?;
        match wanted {
            "{}" if !segment.is_empty() => ids.push(segment.to_owned()),
            "{}" => return None,
            _ if segment == wanted || any_case && segment.eq_ignore_ascii_case(wanted) => {}
            _ => return None,
        }
    }
    segments.next().is_none().then_some(ids)
}

/// A pattern with these ids.
pub(super) fn filled(pattern: &str, ids: &[String]) -> String {
    let mut ids = ids.iter();
    let segments = pattern.split('/').map(|segment| match segment {
        "{}" => ids.next().map(|id| encode(id)).unwrap_or_default(),
        _ => segment.to_owned(),
    });
    segments.collect::<Vec<_>>().join("/")
}

fn encode(id: &str) -> String {
    percent_encoding::utf8_percent_encode(id, percent_encoding::NON_ALPHANUMERIC)
        .to_string()
        .replace("%2D", "-")
        .replace("%2E", ".")
        .replace("%5F", "_")
}

/// The collection of the face, and the resource in it, that these ids of a page are about. The second is none where there
/// are ids of owners only, or no such resource.
pub(super) async fn locate(
    speech: &Speech,
    cloud: &Cloud,
    page: &Page,
    ids: &[String],
) -> Option<(String, Option<String>)> {
    let mut collection = page.inner.to_owned();
    let mut ids = ids.iter();
    if let Some((owners, rest)) = page.inner.split_once("/*/") {
        let owner = number_of(cloud, page_of(speech, owners)?, owners, ids.next()?).await?;
        collection = format!("{owners}/{owner}/{rest}");
    }
    let Some(id) = ids.next() else { return Some((collection, None)) };
    let item = number_of(cloud, page, &collection, id).await.map(|number| format!("{collection}/{number}"));
    Some((collection, item))
}

/// The last segment of a resource's path in the face.
async fn number_of(cloud: &Cloud, page: &Page, collection: &str, id: &str) -> Option<String> {
    match page.ids {
        Ids::Number(letters, from) => {
            let number: u64 = id.strip_prefix(letters)?.parse().ok()?;
            Some((number.checked_sub(from)? + 1).to_string())
        }
        Ids::Uuid => unscrambled(id).map(|number| number.to_string()),
        Ids::Attribute(name) => {
            let quoted = id.replace('\\', "\\\\").replace('\'', "\\'");
            let filter = format!("$filter={name}='{quoted}'");
            let query = percent_encoding::utf8_percent_encode(&filter, percent_encoding::NON_ALPHANUMERIC);
            // The name of the parameter is as well known encoded as not.
            let query = query.to_string().replacen("%3D", "=", 1);
            let list = cloud.document(&format!("{collection}?{query}")).await?;
            let found = members(&list).iter().find_map(|member| last(cloud, member));
            found.or_else(|| id.parse::<u64>().ok().map(|number| number.to_string()))
        }
        Ids::Of(attribute) => {
            let list = cloud.document(collection).await?;
            let other = |member: &&Value| {
                let href = member.get(attribute).and_then(|link| link.get("href")).and_then(Value::as_str);
                href.and_then(|href| href.rsplit('/').next()).is_some_and(|number| id.ends_with(number))
            };
            members(&list).iter().find(other).and_then(|member| last(cloud, member))
        }
        Ids::Snake => {
            let list = cloud.document(collection).await?;
            members(&list).iter().filter_map(|member| last(cloud, member)).find(|name| snake(name) == id)
        }
    }
}

fn last(cloud: &Cloud, member: &Value) -> Option<String> {
    let id = cloud.path_of(member.get("id")?.as_str()?)?;
    id.rsplit('/').next().map(str::to_owned)
}

/// The members of a collection of the face: the one array of resources in it.
pub(super) fn members(list: &Value) -> &[Value] {
    let mut arrays = list.as_object().into_iter().flatten().filter(|(name, _)| *name != "operations");
    arrays.find_map(|(_, value)| value.as_array()).map_or(&[], Vec::as_slice)
}

/// What an id looks like that needs no document.
pub(super) fn computed(ids: Ids, number: &str) -> String {
    match ids {
        Ids::Number(letters, from) => match number.parse::<u64>() {
            Ok(n) => format!("{letters}{}", n.saturating_sub(1).saturating_add(from)),
            Err(_) => number.to_owned(),
        },
        Ids::Uuid => number.parse::<u64>().map_or_else(|_| number.to_owned(), scrambled),
        Ids::Snake => snake(number),
        Ids::Attribute(_) | Ids::Of(_) => number.to_owned(),
    }
}

const ODD: u64 = 0x9e37_79b9_7f4a_7c15;

/// A UUID of version 4 in form, with a number in it that can be taken out again.
fn scrambled(number: u64) -> String {
    let high = number.wrapping_mul(ODD);
    let low = number & 0xffff_ffff_ffff;
    format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{low:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high >> 4 & 0xfff,
        high & 0xfff
    )
}

fn unscrambled(id: &str) -> Option<u64> {
    let number = u64::from_str_radix(id.rsplit('-').next()?, 16).ok()?;
    (scrambled(number) == id).then_some(number)
}

/// `MachineTemplate` in small letters.
pub(super) fn snake(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    for (at, c) in name.char_indices() {
        if c.is_ascii_uppercase() && at > 0 {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}
