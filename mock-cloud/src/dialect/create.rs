//! What a dialect does to the body of a request before the face sees it.
//!
//! Owns the mends, and the way of addresses from the dialect's to the face's.

use serde_json::{Value, json};

use super::address::{self, At};
use super::ask::Ask;
use super::cloud::Cloud;
use super::refuse::Refused;
use super::speech::{Mend, Speech};

/// More references than this are not followed.
const REFERENCES: usize = 256;

/// What it takes to mend.
pub(super) struct Bench<'s> {
    pub(super) speech: &'s Speech,
    pub(super) cloud: &'s Cloud,
    pub(super) ask: &'s Ask,
    /// The time, as a number that names are made of.
    pub(super) now: i64,
}

impl Bench<'_> {
    /// Mends a body.
    pub(super) async fn mend(&self, body: &mut Value, mends: &[Mend]) -> Result<(), Refused> {
        self.translate(body).await;
        for mend in mends {
            self.apply(body, mend).await?;
        }
        Ok(())
    }

    async fn apply(&self, body: &mut Value, mend: &Mend) -> Result<(), Refused> {
        match *mend {
            Mend::Drop(path) => drop(taken(body, path)),
            Mend::Default(path, json) => {
                if at(body, path).is_none() {
                    put(body, path, serde_json::from_str(json).unwrap_or_default());
                }
            }
            Mend::First(path, collection) => {
                let owner = path.rsplit_once('.').and_then(|(owner, _)| at(body, owner));
                let is_link = |value: Option<&Value>| value.is_some_and(|value| value.get("href").is_some());
                if !is_link(owner) && !is_link(at(body, path)) {
                    let list = self.cloud.document(collection).await.unwrap_or_default();
                    if let Some(id) = address::members(&list).first().and_then(|member| member.get("id")) {
                        put(body, path, json!({ "href": id }));
                    }
                }
            }
            Mend::Times(path, factor) => {
                if let Some(number) = at(body, path).and_then(Value::as_i64) {
                    put(body, path, number.saturating_mul(factor).into());
                }
            }
            Mend::Keep(name, paths, otherwise) => self.keep_first(body, name, paths, otherwise).await,
            Mend::KeepOwner(name) => {
                if let Some(user) = self.ask.user() {
                    self.keep(body, name, user);
                }
            }
            Mend::Forget(path) => {
                if at(body, path).is_some() && !self.is_there(body, path).await {
                    taken(body, path);
                }
            }
            Mend::Name(letters) => {
                if at(body, "name").is_none() {
                    put(body, "name", format!("{letters}{}", self.now).into());
                }
            }
            Mend::Resolve(paths, cause) => {
                for path in paths {
                    if at(body, path).is_some() && !self.is_there(body, path).await {
                        return Err(cause.into());
                    }
                }
            }
            _ => return check(body, mend),
        }
        Ok(())
    }

    /// Whether what is at a path is given by value, or refers to something that is there.
    async fn is_there(&self, body: &Value, path: &str) -> bool {
        let Some(href) = at(body, path).and_then(|link| link.get("href")).and_then(Value::as_str) else {
            return true;
        };
        match self.cloud.path_of(href) {
            Some(path) => self.cloud.get(path).await.status == 200,
            None => false,
        }
    }

    /// Keeps the first of some paths at which there is something.
    async fn keep_first(&self, body: &mut Value, name: &str, paths: &[&str], otherwise: &str) {
        let mut text = None;
        for path in paths {
            if text.is_none() {
                text = self.found(body, path).await;
            }
        }
        let text = text.unwrap_or_else(|| otherwise.to_owned());
        if !text.is_empty() {
            self.keep(body, name, text);
        }
    }

    /// The text at a path, or in the document that a reference on the way refers to. Addresses of the cloud as paths.
    async fn found(&self, body: &Value, path: &str) -> Option<String> {
        let mut value = body.clone();
        for name in path.split('.') {
            if value.get(name).is_none() {
                let href = value.get("href")?.as_str()?.to_owned();
                value = self.cloud.document(self.cloud.path_of(&href)?).await?;
            }
            value = value.get(name)?.clone();
        }
        let text = match &value {
            Value::String(text) => text.clone(),
            Value::Object(link) => link.get("href")?.as_str()?.to_owned(),
            other => other.to_string(),
        };
        Some(self.cloud.path_of(&text).map(str::to_owned).unwrap_or(text))
    }

    fn keep(&self, body: &mut Value, name: &str, text: String) {
        let key = [self.speech.kept, name].concat();
        if let Some(object) = body.as_object_mut() {
            let properties = object.entry("properties").or_insert_with(|| json!({}));
            if let Some(properties) = properties.as_object_mut() {
                properties.insert(key, text.into());
            }
        }
    }

    /// Writes the addresses in a body as the face does.
    async fn translate(&self, body: &mut Value) {
        let mut all = Vec::new();
        addresses(body, &mut |text| all.push(text.clone()));
        for outer in all.into_iter().take(REFERENCES) {
            if let Some(inner) = self.inner(&outer).await {
                addresses(body, &mut |text| {
                    if *text == outer {
                        text.clone_from(&inner);
                    }
                });
            }
        }
    }

    /// The face's address of something that has one here.
    async fn inner(&self, outer: &str) -> Option<String> {
        let root = [self.cloud.origin(), self.speech.root].concat();
        let path = outer.strip_prefix(&root).or_else(|| outer.strip_prefix(self.speech.root));
        let path = match path {
            Some(path) => path,
            None if outer.contains("://") => return None,
            None => outer,
        };
        let found = address::find(self.speech, &super::ask::decode(path))?;
        let (list, item) = address::locate(self.speech, self.cloud, found.page, &found.ids).await?;
        Some(self.cloud.uri(&if found.at == At::List { list } else { item? }))
    }
}

/// Whether a body is as it must be.
fn check(body: &Value, mend: &Mend) -> Result<(), Refused> {
    let (cause, message) = match *mend {
        Mend::Need(paths, cause) => {
            let missing = paths.iter().filter(|path| at(body, path).is_none());
            let words: Vec<_> = missing.map(|path| format!(":{path} missing-required-key")).collect();
            (cause, (!words.is_empty()).then(|| words.join(", ")))
        }
        Mend::Known(names, cause) => {
            let unknown = |name: &&String| !names.contains(&name.as_str());
            let found = body.as_object().and_then(|all| all.keys().find(unknown));
            (cause, found.map(|name| format!(":{name} disallowed-key")))
        }
        Mend::Positive(path, cause) => {
            let wrong = at(body, path).filter(|value| value.as_i64().is_none_or(|number| number <= 0));
            (cause, wrong.map(|number| format!(":{path} (not (\"pos?\" {number}))")))
        }
        Mend::OneOf(path, words, cause) => {
            let wrong =
                at(body, path).filter(|value| value.as_str().is_none_or(|text| !words.contains(&text)));
            let set: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
            (cause, wrong.map(|text| format!(":{path} (not (#{{{}}} {text}))", set.join(" "))))
        }
        _ => return Ok(()),
    };
    match message {
        Some(message) => Err(Refused { cause, message: format!("{{{message}}}") }),
        None => Ok(()),
    }
}

/// Everything in a body that may be an address.
fn addresses(value: &mut Value, each: &mut impl FnMut(&mut String)) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| addresses(item, each)),
        Value::Object(object) => {
            for (name, value) in object.iter_mut() {
                match value {
                    Value::String(text) if matches!(name.as_str(), "href" | "imageLocation") => each(text),
                    value => addresses(value, each),
                }
            }
        }
        _ => {}
    }
}

/// What is at a path.
fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(value, |value, name| value.get(name))
}

/// Takes out what is at a path.
fn taken(value: &mut Value, path: &str) -> Option<Value> {
    let (owner, name) = path.rsplit_once('.').unwrap_or(("", path));
    let owner =
        if owner.is_empty() { value } else { value.pointer_mut(&format!("/{}", owner.replace('.', "/")))? };
    owner.as_object_mut()?.shift_remove(name)
}

/// Puts something at a path, with the structures on the way.
fn put(value: &mut Value, path: &str, new: Value) {
    let mut place = value;
    for name in path.split('.') {
        if !place.is_object() {
            *place = json!({});
        }
        let Some(object) = place.as_object_mut() else { return };
        place = object.entry(name).or_insert(Value::Null);
    }
    *place = new;
}
