//! The shape of what the built-in targets serve: which attributes each type of resource shows, and what each of them is, in
//! both formats. Goldens: what appears, goes or changes its type by a slip of the pen is seen in review.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use harness::target::Targets;
use harness::tree::json::{Json, JsonValue};
use harness::tree::xml::Element;
use url::Url;

/// Pages that are read of a target at most: several times as many as the built-in seed has.
const MOST_PAGES: usize = 2000;

/// How often a target is looked at again until it shows the same twice.
const MOST_LOOKS: usize = 9;

/// What was seen of each type.
type Shapes = BTreeMap<String, Shape>;

/// What was seen at each path.
type Shape = BTreeMap<String, BTreeSet<&'static str>>;

#[tokio::test(flavor = "multi_thread")]
async fn what_the_built_in_targets_serve_has_this_shape() {
    let targets = Targets::start().await.expect("the targets start");
    let client = reqwest::Client::builder().no_proxy().build().expect("it can be built");
    for endpoint in targets.endpoints() {
        let mut seen = shapes(&client, &endpoint.cep).await;
        // A manager may have more to read of its clouds: what it serves is what does not change any more.
        for _ in 0..MOST_LOOKS {
            let before = std::mem::replace(&mut seen, shapes(&client, &endpoint.cep).await);
            if before == seen {
                break;
            }
        }
        for (format, shapes) in ["json", "xml"].into_iter().zip(&seen) {
            insta::assert_snapshot!(format!("{}-{format}", endpoint.name), told(shapes));
        }
    }
}

/// What is seen of all pages, in JSON and in XML.
async fn shapes(client: &reqwest::Client, cep: &Url) -> [Shapes; 2] {
    let mut shapes = [Shapes::new(), Shapes::new()];
    for page in pages(client, cep).await {
        // What a page is a part of may have ended meanwhile.
        let Some(text) = got(client, &page, "application/json").await else { continue };
        let json = Json::read(&text).expect("it is JSON");
        let name = json.get("resourceURI").and_then(Json::as_str).unwrap_or("(none)");
        let name = name.rsplit('/').next().unwrap_or_default();
        json_shape(shapes[0].entry(name.to_owned()).or_default(), "", &json, Depth::of(name));
        let Some(text) = got(client, &page, "application/xml").await else { continue };
        let xml = Element::read(&text).expect("it is XML");
        let name = &xml.name.local;
        xml_shape(shapes[1].entry(name.clone()).or_default(), "", &xml, Depth::of(name));
    }
    shapes
}

/// Every page that links lead to, from the entry point on.
async fn pages(client: &reqwest::Client, cep: &Url) -> Vec<Url> {
    let (mut known, mut pages) = (BTreeSet::from([cep.clone()]), Vec::new());
    let mut ahead = VecDeque::from([cep.clone()]);
    let root = cep.join(".").expect("it is a URL of a folder");
    while let Some(page) = ahead.pop_front() {
        assert!(known.len() < MOST_PAGES, "there is no end to {root}");
        let Some(text) = got(client, &page, "application/json").await else { continue };
        let json = Json::read(&text).expect("it is JSON");
        let mut links = Vec::new();
        links_of(&json, &mut links);
        for link in links {
            let Ok(url) = page.join(&link) else { continue };
            let is_here = url.as_str().starts_with(root.as_str());
            if is_here && known.insert(url.clone()) {
                ahead.push_back(url);
            }
        }
        pages.push(page);
    }
    pages
}

/// What is at a URL; nothing where that is no resource.
async fn got(client: &reqwest::Client, url: &Url, format: &str) -> Option<String> {
    let reply = client.get(url.clone()).header("Accept", format).send().await.expect("it answers");
    reply.status().is_success().then_some(())?;
    Some(reply.text().await.expect("it is a text"))
}

/// References, operations aside: what those lead to is no page.
fn links_of(json: &Json, links: &mut Vec<String>) {
    match &json.value {
        JsonValue::Object(members) => {
            for member in members.iter().filter(|member| member.key != "operations") {
                match member.value.as_str() {
                    Some(href) if member.key == "href" => links.push(href.to_owned()),
                    _ => links_of(&member.value, links),
                }
            }
        }
        JsonValue::Array(items) => {
            for item in items {
                links.extend(item.get("id").and_then(Json::as_str).map(str::to_owned));
                links_of(item, links);
            }
        }
        _ => {}
    }
}

/// How far is looked.
#[derive(Clone, Copy, PartialEq)]
enum Depth {
    /// All the way.
    Whole,
    /// Not into members: they are resources, which are read on their own.
    Members,
}

impl Depth {
    fn of(name: &str) -> Self {
        if name.ends_with("Collection") { Self::Members } else { Self::Whole }
    }
}

fn json_shape(shape: &mut Shape, path: &str, json: &Json, depth: Depth) {
    if !path.is_empty() {
        shape.entry(path.to_owned()).or_default().insert(json.kind());
    }
    match &json.value {
        JsonValue::Object(members) => {
            for member in members {
                // The keys of a map are data.
                let key = if path.ends_with("properties") { "*" } else { &member.key };
                json_shape(shape, &format!("{path}/{key}"), &member.value, depth);
            }
        }
        JsonValue::Array(_) if depth == Depth::Members => {}
        JsonValue::Array(items) => {
            for item in items {
                json_shape(shape, &format!("{path}[]"), item, depth);
            }
        }
        _ => {}
    }
}

fn xml_shape(shape: &mut Shape, path: &str, element: &Element, depth: Depth) {
    for attribute in &element.attributes {
        shape.entry(format!("{path}/@{}", attribute.name.local)).or_default().insert("attribute");
    }
    let is_text = element.children.is_empty() && !element.trimmed().is_empty();
    if !path.is_empty() {
        shape.entry(path.to_owned()).or_default().insert(if is_text { "text" } else { "element" });
    }
    if path.is_empty() || depth == Depth::Whole {
        for child in &element.children {
            xml_shape(shape, &format!("{path}/{}", child.name.local), child, depth);
        }
    }
}

fn told(shapes: &Shapes) -> String {
    let mut lines = Vec::new();
    for (name, shape) in shapes {
        lines.push(name.clone());
        for (path, kinds) in shape {
            let kinds: Vec<&str> = kinds.iter().copied().collect();
            lines.push(format!("  {path}: {}", kinds.join(" or ")));
        }
    }
    lines.join("\n")
}
