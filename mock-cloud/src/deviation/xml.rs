//! XML bodies gone wrong.
//!
//! Owns edits of XML as text. The XML is our own codec's: no comments, no CDATA, attributes in double quotes.

pub(super) fn other_resource_uri(text: &str) -> String {
    text.replace("resourceURI=\"http://schemas.dmtf.org/cimi/", "resourceURI=\"http://www.example.com/cimi/")
}

pub(super) fn shouted_names(text: &str) -> String {
    within(text, "name", str::to_uppercase)
}

pub(super) fn without_count(text: &str) -> String {
    match text.split_once("<count>").map(|(before, rest)| (before, rest.split_once("</count>"))) {
        Some((before, Some((_, after)))) if is_collection(text) => format!("{}{after}", before.trim_end()),
        _ => text.to_owned(),
    }
}

pub(super) fn count_of_shown(text: &str) -> String {
    if !is_collection(text) {
        return text.to_owned();
    }
    // Each member has an id of its own, and so has the collection.
    let shown = text.matches("<id>").count().saturating_sub(1);
    within(text, "count", |_| shown.to_string())
}

pub(super) fn offers_without_href(text: &str) -> String {
    let mut parts = text.split("<operation ");
    let mut edited = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        edited.push_str("<operation ");
        let (tag, rest) = part.split_once('>').unwrap_or((part, ""));
        match tag.split_once("href=\"").and_then(|(before, after)| Some((before, after.split_once('"')?.1))) {
            Some((before, after)) => edited.extend([before.trim_end(), after]),
            None => edited.push_str(tag),
        }
        edited.push('>');
        edited.push_str(rest);
    }
    edited
}

/// Changes every text between tags for which there is a change.
pub(super) fn texts(text: &str, edit: fn(&str) -> Option<String>) -> String {
    let mut edited = String::with_capacity(text.len());
    for (at, part) in text.split('>').enumerate() {
        if at > 0 {
            edited.push('>');
        }
        match part.split_once('<') {
            Some((content, tag)) => {
                edited.push_str(&edit(content).unwrap_or_else(|| content.to_owned()));
                edited.push('<');
                edited.push_str(tag);
            }
            None => edited.push_str(part),
        }
    }
    edited
}

/// Changes the text of every element of a name that has no attributes.
fn within(text: &str, element: &str, edit: impl Fn(&str) -> String) -> String {
    let (open, close) = (format!("<{element}>"), format!("</{element}>"));
    let mut parts = text.split(open.as_str());
    let mut edited = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        edited.push_str(&open);
        match part.split_once(close.as_str()) {
            Some((content, rest)) => {
                edited.push_str(&edit(content));
                edited.push_str(&close);
                edited.push_str(rest);
            }
            None => edited.push_str(part),
        }
    }
    edited
}

fn is_collection(text: &str) -> bool {
    text.contains("<Collection ")
}
