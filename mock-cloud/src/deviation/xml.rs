//! XML bodies gone wrong.
//!
//! Owns edits of XML as text. The XML is our own codec's: no comments, no CDATA, attributes in double quotes.

pub(super) fn other_resource_uri(text: &str) -> String {
    text.replace("resourceURI=\"http://schemas.dmtf.org/cimi/", "resourceURI=\"http://www.example.com/cimi/")
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
pub(super) fn within(text: &str, element: &str, edit: impl Fn(&str) -> String) -> String {
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

/// Gives every element of a name another one.
pub(super) fn renamed(text: &str, from: &str, to: &str) -> String {
    let mut edited = text.to_owned();
    for (before, after) in [("<", " "), ("<", ">"), ("<", "/"), ("</", ">")] {
        edited = edited.replace(&format!("{before}{from}{after}"), &format!("{before}{to}{after}"));
    }
    edited
}

/// Changes the tag of every element of a name: what is between the name and the end of the tag.
pub(super) fn tags(text: &str, element: &str, edit: impl Fn(&str) -> String) -> String {
    let open = format!("<{element} ");
    let mut parts = text.split(open.as_str());
    let mut edited = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (tag, rest) = part.split_once('>').unwrap_or((part, ""));
        let (tag, end) = tag.strip_suffix('/').map_or((tag, ""), |tag| (tag, "/"));
        edited.extend([&open, &edit(tag), end, ">", rest]);
    }
    edited
}

/// Writes the XML attributes of every empty element of a name as elements in it.
pub(super) fn attributes_as_elements(text: &str, element: &str) -> String {
    let open = format!("<{element} ");
    let mut parts = text.split(open.as_str());
    let mut edited = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let Some((tag, rest)) = part.split_once("/>") else {
            edited.extend([&open, part]);
            continue;
        };
        edited.extend(["<", element, ">"]);
        for pair in tag.split("\" ").filter(|pair| !pair.is_empty()) {
            if let Some((name, value)) = pair.trim_end_matches('"').split_once("=\"") {
                edited.extend(["<", name, ">", value, "</", name, ">"]);
            }
        }
        edited.extend(["</", element, ">", rest]);
    }
    edited
}
