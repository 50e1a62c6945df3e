//! A client of its own, written to be good, and to be made bad in one thing at a time.

use harness::event::{Edition, Format};
use harness::meaning::{self, Extent, Resource, Tree};
use harness::spec::Tables;
use harness::suite::Suite;
use serde_json::{Value, json};
use url::Url;

/// A request before it is sent.
#[derive(Debug, Clone)]
pub(super) struct Asking {
    /// The step of the walk.
    pub(super) step: &'static str,
    pub(super) method: &'static str,
    pub(super) url: Url,
    pub(super) accept: Option<&'static str>,
    pub(super) content_type: Option<&'static str>,
    pub(super) body: Option<String>,
}

/// A bad habit: what it does to requests; whether a request is sent at all.
pub(super) type Habit = fn(&mut Asking, &Walker<'_>) -> bool;

/// Somebody who walks through a cloud.
pub(super) struct Walker<'s> {
    http: reqwest::Client,
    tables: &'s Tables,
    pub(super) cep: Url,
    pub(super) base: Url,
    pub(super) format: Format,
    habit: Habit,
}

/// A reply, as far as it could be read.
#[derive(Debug, Default)]
struct Reply {
    resource: Resource,
    text: String,
    location: Option<Url>,
    job: Option<Url>,
}

impl<'s> Walker<'s> {
    pub(super) fn new(suite: &'s Suite, edition: Edition, format: Format, cep: Url, habit: Habit) -> Self {
        // Somebody else may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().user_agent("walker").build().unwrap();
        Self { http, tables: suite.tables(edition), base: cep.clone(), cep, format, habit }
    }

    /// Does everything that a client does.
    pub(super) async fn walk(&mut self) {
        let cep = self.get("entry", self.cep.clone()).await.resource;
        let Some(base) = cep.text("baseURI") else { return };
        self.base = Url::parse(&base).unwrap();
        let machines = self.follow("machines", &cep, "machines").await;
        self.follow("configs", &cep, "machineConfigs").await;
        self.follow("images", &cep, "volumeImages").await;
        self.follow("metadata", &cep, "resourceMetadata").await;
        let templates = self.follow("templates", &cep, "machineTemplates").await;
        let Some(template) = templates.resource.items.first().and_then(Resource::id).map(str::to_owned)
        else {
            return;
        };
        let template_url = self.resolve(&template);
        self.get("template", template_url).await;
        self.create(&machines.resource, &template).await;
        self.change(&machines.resource).await;
        let volumes = cep.attributes.get("volumes").and_then(meaning::Value::href).unwrap().to_owned();
        let mut filtered = self.resolve(&volumes);
        filtered.query_pairs_mut().append_pair("$filter", "name='backup'");
        let volumes = self.get("filtered", filtered).await.resource;
        if let Some(backup) = volumes.items.first() {
            let url = self.resolve(backup.id().unwrap());
            let backup = self.get("volume", url).await.resource;
            if let Some(url) = self.operation(&backup, "delete") {
                self.send(self.asking("delete", "DELETE", url)).await;
            }
        }
    }

    async fn create(&self, machines: &Resource, template: &str) {
        let Some(url) = self.operation(machines, "add") else { return };
        let body = match self.format {
            Format::Json => json!({
                "resourceURI": format!("{}MachineCreate", self.tables.type_base),
                "name": "walked",
                "machineTemplate": { "href": template, "initialState": "STOPPED" },
            })
            .to_string(),
            Format::Xml => format!(
                "<MachineCreate xmlns=\"{}\"><name>walked</name><machineTemplate href=\"{template}\">\
                 <initialState>STOPPED</initialState></machineTemplate></MachineCreate>",
                self.tables.namespace
            ),
        };
        let made = self.send(self.with_body("create", "POST", url, body)).await;
        if let Some(job) = made.job {
            self.get("job", job).await;
        }
        if let Some(location) = made.location {
            self.get("made", location).await;
        }
    }

    /// Changes a machine in part, changes it as a whole, and stops it.
    async fn change(&self, machines: &Resource) {
        let running =
            machines.items.iter().find(|machine| machine.text("state").as_deref() == Some("STARTED"));
        let url = self.resolve(running.and_then(Resource::id).unwrap());
        let machine = self.get("machine", url.clone()).await.resource;
        let Some(edit) = self.operation(&machine, "edit") else { return };
        let mut part = edit.clone();
        let query = format!("{}&$select=description", edit.query().unwrap_or(""));
        part.set_query(Some(query.trim_start_matches('&')));
        let body = match self.format {
            Format::Json => json!({ "description": "walked by" }).to_string(),
            Format::Xml => format!(
                "<Machine xmlns=\"{}\"><description>walked by</description></Machine>",
                self.tables.namespace
            ),
        };
        self.send(self.with_body("part", "PUT", part, body)).await;
        let shown = self.get("whole-read", url).await;
        let body = shown.text.replace("walked by", "walked by again");
        self.send(self.with_body("whole", "PUT", edit, body)).await;
        if let Some(stop) = self.operation(&shown.resource, "stop") {
            let action = format!("{}stop", self.tables.action_base);
            let body = match self.format {
                Format::Json => {
                    json!({ "resourceURI": format!("{}Action", self.tables.type_base), "action": action })
                        .to_string()
                }
                Format::Xml => {
                    format!("<Action xmlns=\"{}\"><action>{action}</action></Action>", self.tables.namespace)
                }
            };
            self.send(self.with_body("stop", "POST", stop, body)).await;
        }
    }

    async fn follow(&self, step: &'static str, from: &Resource, attribute: &str) -> Reply {
        let href = from
            .attributes
            .get(attribute)
            .and_then(meaning::Value::href)
            .unwrap_or_else(|| panic!("no {attribute}"));
        self.get(step, self.resolve(href)).await
    }

    async fn get(&self, step: &'static str, url: Url) -> Reply {
        self.send(self.asking(step, "GET", url)).await
    }

    fn asking(&self, step: &'static str, method: &'static str, url: Url) -> Asking {
        Asking { step, method, url, accept: Some(self.format.media_type()), content_type: None, body: None }
    }

    fn with_body(&self, step: &'static str, method: &'static str, url: Url, body: String) -> Asking {
        let content_type = Some(self.format.media_type());
        Asking { content_type, body: Some(body), ..self.asking(step, method, url) }
    }

    fn operation(&self, resource: &Resource, rel: &str) -> Option<Url> {
        resource.operation(rel, self.tables).map(|operation| self.resolve(&operation.href))
    }

    fn resolve(&self, reference: &str) -> Url {
        self.base.join(reference).unwrap()
    }

    async fn send(&self, mut asking: Asking) -> Reply {
        if !(self.habit)(&mut asking, self) {
            return Reply::default();
        }
        let mut request = self.http.request(asking.method.parse().unwrap(), asking.url.clone());
        for (name, value) in [("Accept", asking.accept), ("Content-Type", asking.content_type)] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        if let Some(body) = asking.body {
            request = request.body(body);
        }
        let response = request.send().await.unwrap();
        let header = |name: &str| {
            let value = response.headers().get(name)?.to_str().ok()?;
            asking.url.join(value).ok()
        };
        let (location, job) = (header("Location"), header("CIMI-Job-URI"));
        let text = response.text().await.unwrap();
        let resource = Tree::read(&text)
            .map(|tree| meaning::read(&tree, self.tables, None, Extent::Part).resource)
            .unwrap_or_default();
        Reply { resource, text, location, job }
    }
}

impl Asking {
    /// Changes a JSON body.
    pub(super) fn edit_json(&mut self, edit: impl FnOnce(&mut Value)) {
        if let Some(body) = &mut self.body
            && let Ok(mut value) = serde_json::from_str(body)
        {
            edit(&mut value);
            *body = value.to_string();
        }
    }

    /// Takes an attribute out of the body, whatever the format.
    pub(super) fn drop_attribute(&mut self, name: &str) {
        self.edit_json(|value| drop(value.as_object_mut().unwrap().shift_remove(name)));
        let Some(body) = &mut self.body else { return };
        for open in [format!("<{name}"), format!("<c:{name}")] {
            let close = format!("{}>", open.replace('<', "</"));
            if let (Some(from), Some(to)) = (body.find(&open), body.find(&close)) {
                body.replace_range(from..to + close.len(), "");
            }
        }
    }
}
