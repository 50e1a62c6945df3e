//! Changes: creating, updating, deleting, operating.
//!
//! Owns how each is carried out at the face, and what is answered.

use cimi::Edition;
use http::Method;
use serde_json::{Value, json};

use super::address::{self, At, Found, members};
use super::ask::Ask;
use super::cloud::{Answer, Cloud};
use super::create::Bench;
use super::layer::Said;
use super::picture::Picture;
use super::refuse::{self, Refused, cause_of};
use super::scene::Scene;
use super::speech::{Act, Cause, Create, Delete, Format, Hrefs, Page, Reply, Speech, Update};

/// What it takes to change something.
pub(super) struct Deed<'c> {
    pub(super) speech: &'static Speech,
    pub(super) cloud: &'c Cloud,
    pub(super) ask: &'c Ask,
    pub(super) format: Format,
    pub(super) scene: Scene<'c>,
    pub(super) found: Found<'static>,
}

impl Deed<'_> {
    /// The collection and the resource that the request is about.
    async fn place(&self) -> Result<(String, Option<String>), Refused> {
        let page = self.found.page;
        if page.inner.is_empty() {
            return Ok((String::new(), Some(String::new())));
        }
        let located = address::locate(self.speech, self.cloud, page, &self.found.ids).await;
        located.ok_or_else(|| page.missing.into())
    }

    async fn item(&self) -> Result<String, Refused> {
        self.place().await?.1.ok_or_else(|| self.found.page.missing.into())
    }

    fn bench(&self) -> Bench<'_> {
        Bench { speech: self.speech, cloud: self.cloud, ask: self.ask, now: self.scene.now.as_second() }
    }

    /// What the cloud has done, or why it has not.
    fn done(&self, answer: Answer) -> Result<Answer, Refused> {
        match answer.status {
            200..300 => Ok(answer),
            404 => Err(Refused { cause: self.found.page.missing, message: answer.message().to_owned() }),
            status => {
                Err(Refused { cause: cause_of(status, self.ask), message: answer.message().to_owned() })
            }
        }
    }

    /// Makes a resource.
    pub(super) async fn create(mut self, how: &Create) -> Result<Said, Refused> {
        let mut body = self.ask.body(&self.speech.media)?;
        let (list, _) = self.place().await?;
        self.bench().mend(&mut body, how.mends).await?;
        let answer = self.done(self.cloud.send(Method::POST, &list, Some(&body)).await)?;
        let path = answer.location.clone().ok_or(Cause::Internal)?;
        let value = self.cloud.document(&path).await.unwrap_or_default();
        let mut said = Said::new(how.status.as_u16());
        self.reply(&mut said, how.reply, &value, &list).await;
        said.maybe("location", self.scene.address(&path, false, how.location));
        self.job(&mut said, how.job, &answer);
        Ok(said)
    }

    /// Changes a resource: what is given is set, what is not stays.
    pub(super) async fn update(mut self, how: &Update) -> Result<Said, Refused> {
        let mut body = self.ask.body(&self.speech.media)?;
        let (list, item) = self.place().await?;
        let item = item.ok_or(self.found.page.missing)?;
        if let Some(object) = body.as_object_mut() {
            object.retain(|name, _| !how.ignores.contains(&name.as_str()));
        }
        self.bench().mend(&mut body, &[]).await?;
        let given = body.as_object().into_iter().flatten().map(|(name, _)| name.as_str());
        let names: Vec<&str> = match self.ask.parameter("$select") {
            Some(wanted) => given.filter(|name| wanted.split(',').any(|it| it.trim() == *name)).collect(),
            None if how.only_selected => Vec::new(),
            None => given.collect(),
        };
        if !names.is_empty() {
            let target = format!("{item}?$select={}", names.join(","));
            self.done(self.cloud.send(Method::PUT, &target, Some(&body)).await)?;
        }
        let value = self.done(self.cloud.get(&item).await)?.value;
        let mut said = Said::new(how.status.as_u16());
        self.reply(&mut said, how.reply, &value, &list).await;
        Ok(said)
    }

    /// Deletes a resource.
    pub(super) async fn delete(mut self, how: &Delete) -> Result<Said, Refused> {
        let (list, item) = match self.place().await {
            Ok((list, Some(item))) if self.cloud.get(&item).await.status != 404 => (list, item),
            _ => {
                return match how.gone {
                    Some(cause) => Err(cause.into()),
                    None => Ok(self.deleted(how, "", None).await),
                };
            }
        };
        let value = self.cloud.document(&item).await.unwrap_or_default();
        let mut answer = self.cloud.send(Method::DELETE, &item, None).await;
        if answer.status == 409 && how.detaches {
            self.detach(&item).await;
            answer = self.cloud.send(Method::DELETE, &item, None).await;
        }
        let answer = self.done(answer)?;
        match how.unsaved {
            Some(cause) if self.scene.kept(&value, "saved").is_none() => Err(cause.into()),
            _ => Ok(self.deleted(how, &list, Some(&answer)).await),
        }
    }

    async fn deleted(&mut self, how: &Delete, list: &str, answer: Option<&Answer>) -> Said {
        let mut said = Said::new(how.status.as_u16());
        self.reply(&mut said, how.reply, &Value::Null, list).await;
        if let Some(answer) = answer {
            self.job(&mut said, how.job, answer);
        }
        said
    }

    /// Takes a volume from the machines that use it.
    async fn detach(&self, volume: &str) {
        let uri = self.cloud.uri(volume);
        let machines = self.cloud.document("machines?$expand=volumes").await.unwrap_or_default();
        let uses = members(&machines).iter().filter_map(|machine| machine.get("volumes")).flat_map(members);
        for link in uses.filter(|link| link.pointer("/volume/href").and_then(Value::as_str) == Some(&uri)) {
            let path = link.get("id").and_then(Value::as_str).and_then(|id| self.cloud.path_of(id));
            if let Some(path) = path {
                // If it stays, so does the volume, and the caller is told.
                let _ = self.cloud.send(Method::DELETE, path, None).await;
            }
        }
    }

    /// Asks for an operation.
    pub(super) async fn act(self, how: &Act) -> Result<Said, Refused> {
        if self.found.at == At::Operation && !how.names.contains(&self.found.operation.as_str()) {
            return Err(how.unknown.into());
        }
        let mut body = self.ask.body(&self.speech.media)?;
        // What the body says is done, whatever the path says; only its last word counts.
        let action = body.get("action").and_then(Value::as_str).unwrap_or_default().trim();
        let name = action.rsplit('/').next().unwrap_or_default().to_owned();
        if !how.names.contains(&name.as_str()) {
            return Err(how.unknown.into());
        }
        let item = self.item().await?;
        body["action"] = json!(Edition::V1.action_uri(&name));
        if let Some(object) = body.as_object_mut() {
            object.retain(|name, _| matches!(name.as_str(), "action" | "force" | "properties"));
        }
        let answer = self.cloud.send(Method::POST, &format!("{item}/{name}"), Some(&body)).await;
        let answer = match answer.status {
            409 if how.refused.is_none() => answer,
            409 => {
                return Err(Refused {
                    cause: how.refused.unwrap_or(Cause::Conflict),
                    message: answer.message().to_owned(),
                });
            }
            _ => self.done(answer)?,
        };
        let mut said = Said::new(how.status.as_u16());
        said.empty(how.content_type);
        self.job(&mut said, how.job, &answer);
        if how.job {
            said.maybe("location", self.scene.address(&item, false, Hrefs::Absolute));
        }
        Ok(said)
    }

    fn job(&self, said: &mut Said, told: bool, answer: &Answer) {
        if let Some(job) = answer.job.as_deref().filter(|_| told) {
            said.maybe("cimi-job-uri", self.scene.address(job, false, self.speech.hrefs));
        }
    }

    async fn reply(&mut self, said: &mut Said, reply: Reply, value: &Value, list: &str) {
        let page = self.found.page;
        match reply {
            Reply::Nothing(content_type) => said.empty(content_type),
            Reply::Text(text) => {
                let id = value.get("id").and_then(Value::as_str).and_then(|id| self.cloud.path_of(id));
                let address = id.and_then(|path| self.scene.address(path, false, self.speech.hrefs));
                let text = refuse::filled(text, |_| address.clone().unwrap_or_default());
                said.text(None, text);
            }
            Reply::Item => self.document(said, page, page.as_item, value).await,
            Reply::Picture(picture) => self.document(said, page, picture, value).await,
            Reply::List => {
                let value = self.cloud.document(list).await.unwrap_or_default();
                let group = self.scene.list(page, &value, |_| true, |members| members).await;
                said.document(self.speech, self.format, "Collection", &group);
            }
        }
    }

    async fn document(&mut self, said: &mut Said, page: &Page, picture: Picture, value: &Value) {
        let group = self.scene.item(page, picture, value).await;
        said.document(self.speech, self.format, page.ty, &group);
    }
}
