//! A small provider in memory: a few machines, their volumes and templates, and a place for each kind of trouble.

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::Mutex;

use cimi::extension::Extensions;
use cimi::model::{Schema, schema};
use cimi::server::{
    Action, Authorization, ListRequest, Listing, Methods, Outcome, Path, Precondition, Provider, Reason,
    Refusal, Representation, Target, TargetKind, Version,
};
use cimi::template;
use cimi::update::Update;
use cimi::{Attributes, Document, Edition, Map, Reference, Value};

pub(super) const BASE: &str = "http://cloud.example/cimi/";

/// The collections: path, type.
const COLLECTIONS: [(&str, &str); 5] = [
    ("machines", "MachineCollection"),
    ("machineTemplates", "MachineTemplateCollection"),
    ("machineConfigs", "MachineConfigurationCollection"),
    ("machines/1/disks", "DiskCollection"),
    ("volumes", "VolumeCollection"),
];

pub(super) struct Cloud {
    edition: Edition,
    /// Whether callers must say who they are. `guest` may only read.
    guarded: bool,
    extensions: Extensions,
    state: Mutex<State>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct State {
    resources: BTreeMap<String, (Document, u64)>,
    jobs: u64,
}

pub(super) enum Caller {
    Operator,
    Guest,
}

impl State {
    /// The URI of a new Job.
    fn job(&mut self) -> String {
        self.jobs += 1;
        format!("{BASE}jobs/{}", self.jobs)
    }
}

impl Caller {
    fn may_change(&self) -> Result<(), Refusal> {
        match self {
            Self::Operator => Ok(()),
            Self::Guest => Err(Refusal::forbidden("Guests only look.")),
        }
    }
}

impl Cloud {
    pub(super) fn new(edition: Edition, guarded: bool) -> Self {
        let state = State { resources: BTreeMap::new(), jobs: 0 };
        let cloud = Self { edition, guarded, extensions: Extensions::NONE, state: Mutex::new(state) };
        cloud.fill();
        cloud
    }

    pub(super) fn state(&self) -> State {
        self.state.lock().unwrap().clone()
    }

    fn fill(&self) {
        let mut entry = Attributes::new().with("name", "A small cloud").with("baseURI", BASE);
        for (path, name) in [
            ("machines", "machines"),
            ("machineTemplates", "machineTemplates"),
            ("machineConfigs", "machineConfigs"),
            ("volumes", "volumes"),
        ] {
            entry.set(name, to(path));
        }
        self.put("", "CloudEntryPoint", entry);
        for (number, name, state, cpu) in
            [(1, "mail", "STARTED", 1), (2, "web", "STOPPED", 4), (3, "web & <more>", "STOPPED", 2)]
        {
            let properties: Map = [("rack".to_owned(), format!("r{number}"))].into_iter().collect();
            let machine = Attributes::new()
                .with("name", name)
                .with("properties", properties)
                .with("state", state)
                .with("cpu", cpu)
                .with("memory", 1_048_576_i64)
                .with("disks", to(&format!("machines/{number}/disks")));
            self.put(&format!("machines/{number}"), "Machine", machine);
        }
        self.put(
            "machines/1/disks/1",
            "Disk",
            Attributes::new().with("name", "root").with("capacity", 8_000_000_i64),
        );
        let config = Attributes::new().with("name", "small").with("cpu", 1).with("memory", 524_288_i64);
        self.put("machineConfigs/small", "MachineConfiguration", config);
        let template = Attributes::new()
            .with("name", "small")
            .with("initialState", "STARTED")
            .with("machineConfig", to("machineConfigs/small"))
            .with("userData", "bm9uZQ==");
        self.put("machineTemplates/small", "MachineTemplate", template);
        self.put("volumes/1", "Volume", Attributes::new().with("name", "data").with("capacity", 1000));
    }

    fn put(&self, path: &str, ty: &'static str, attributes: Attributes) {
        let schema = schema(self.edition, ty);
        let mut document = Document::with(schema, Attributes::new().with("id", format!("{BASE}{path}")));
        document.attributes.extend(attributes);
        for rel in ["edit", "delete"] {
            document.push_offer(rel, &format!("{BASE}{path}"), true);
        }
        if ty == "Machine" {
            for operation in ["start", "stop"] {
                let href = format!("{BASE}{path}/{operation}");
                document.push_offer(&self.edition.action_uri(operation), &href, true);
            }
        }
        self.state.lock().unwrap().resources.insert(path.to_owned(), (document, 1));
    }

    fn collection(&self, path: &str) -> Option<&'static Schema> {
        COLLECTIONS.into_iter().find(|(at, _)| *at == path).map(|(_, name)| schema(self.edition, name))
    }

    fn change(
        &self,
        path: &str,
        precondition: &Precondition,
        change: impl FnOnce(&mut Attributes) -> Result<(), Refusal>,
    ) -> Result<(Representation, String), Refusal> {
        let mut state = self.state.lock().unwrap();
        let (document, version) = state.resources.get_mut(path).ok_or_else(nothing)?;
        precondition.check(&Version(version.to_string()))?;
        change(&mut document.attributes)?;
        *version += 1;
        let shown = Representation { document: document.clone(), version: Version(version.to_string()) };
        Ok((shown, state.job()))
    }

    /// The schemas of what a collection takes.
    fn accepts(&self, collection: &'static Schema) -> Vec<&'static Schema> {
        let mut accepts = vec![collection.addition().unwrap()];
        if collection.name() == "VolumeCollection" {
            accepts = vec![schema(self.edition, "Volume"), schema(self.edition, "Action")];
        }
        accepts
    }
}

impl Provider for Cloud {
    type Caller = Caller;

    fn edition(&self) -> Edition {
        self.edition
    }

    fn base_uri(&self) -> &str {
        BASE
    }

    fn extensions(&self) -> &Extensions {
        &self.extensions
    }

    async fn authenticate(&self, authorization: Option<&Authorization>) -> Result<Caller, Refusal> {
        match authorization {
            _ if !self.guarded => Ok(Caller::Operator),
            Some(Authorization::Basic { user, password }) if password == "secret" => {
                Ok(if user == "guest" { Caller::Guest } else { Caller::Operator })
            }
            Some(Authorization::Bearer(token)) if token == "token" => Ok(Caller::Operator),
            _ => Err(Refusal::unauthorized("Say who you are.")),
        }
    }

    async fn locate(&self, _: &Caller, path: &Path) -> Result<Target, Refusal> {
        if let Some(kind) = path.path.strip_prefix("trouble/") {
            return trouble(kind).await;
        }
        if let Some(schema) = self.collection(&path.path) {
            let methods = Methods::READ.and(Methods::POST);
            return Ok(Target {
                kind: TargetKind::Collection,
                schema,
                methods,
                accepts: self.accepts(schema),
            });
        }
        let state = self.state.lock().unwrap();
        let (kind, (document, _)) = match (state.resources.get(&path.path), path.path.rsplit_once('/')) {
            (Some(found), _) => (TargetKind::Resource, found),
            (None, Some((resource, operation @ ("start" | "stop")))) => {
                let found = state.resources.get(resource).ok_or_else(nothing)?;
                (TargetKind::Operation(operation.to_owned()), found)
            }
            _ => return Err(nothing()),
        };
        let methods = match (&kind, path.path.is_empty()) {
            (TargetKind::Operation(_), _) => Methods::POST,
            (_, false) => Methods::READ.and(Methods::UPDATE).and(Methods::DELETE),
            _ => Methods::READ,
        };
        Ok(Target { kind, schema: document.schema, methods, accepts: Vec::new() })
    }

    async fn read(&self, _: &Caller, path: &Path) -> Result<Representation, Refusal> {
        let state = self.state.lock().unwrap();
        let (document, version) = state.resources.get(&path.path).ok_or_else(nothing)?;
        Ok(Representation { document: document.clone(), version: Version(version.to_string()) })
    }

    async fn list(&self, _: &Caller, path: &Path, request: &ListRequest<'_>) -> Result<Listing, Refusal> {
        let schema = self.collection(&path.path).ok_or_else(nothing)?;
        let state = self.state.lock().unwrap();
        let prefix = format!("{}/", path.path);
        let members = state.resources.iter().filter(|(at, _)| {
            at.strip_prefix(&prefix).is_some_and(|rest| !rest.is_empty() && !rest.contains('/'))
        });
        let version =
            members.clone().map(|(_, (_, version))| version.to_string()).collect::<Vec<_>>().join(".");
        let page = request.apply(members.map(|(_, (document, _))| document.clone()))?;
        let id = format!("{BASE}{}", path.path);
        let mut collection = Document::with(schema, Attributes::new().with("id", id.clone()));
        collection.push_offer("add", &id, true);
        Ok(Listing { collection, count: page.count, members: page.members, version: Version(version) })
    }

    async fn create(&self, caller: &Caller, path: &Path, document: Document) -> Result<Outcome, Refusal> {
        caller.may_change()?;
        let mut state = self.state.lock().unwrap();
        let mut attributes = Attributes::new();
        let new = format!("{}/{}", path.path, state.resources.len());
        attributes.set("id", format!("{BASE}{new}"));
        let (_, member, _) = self.collection(&path.path).unwrap().members().unwrap();
        if let Some((name, _)) = document.schema.template() {
            template::set_common(&document.attributes, &mut attributes);
            let template = &document.attributes.reference(name).unwrap().attributes;
            let state = template.text("initialState").unwrap_or("STOPPED").to_owned();
            attributes.set("state", state);
            // What the template came to, for all to see.
            attributes.set("description", format!("{:?}", template.iter().map(show).collect::<Vec<_>>()));
        } else {
            attributes.extend(document.attributes);
        }
        let document = Document::with(member, attributes);
        state.resources.insert(new.clone(), (document.clone(), 1));
        let job = state.job();
        let shown = Representation { document, version: Version("1".to_owned()) };
        Ok(Outcome::now().at(format!("{BASE}{new}")).by(job).showing(shown))
    }

    async fn update(
        &self,
        caller: &Caller,
        path: &Path,
        update: Update,
        precondition: &Precondition,
    ) -> Result<Outcome, Refusal> {
        caller.may_change()?;
        let (shown, job) = self.change(&path.path, precondition, |attributes| {
            for name in update.reset {
                attributes.remove(name.as_str());
            }
            attributes.extend(update.set);
            Ok(())
        })?;
        Ok(Outcome::now().by(job).showing(shown))
    }

    async fn delete(
        &self,
        caller: &Caller,
        path: &Path,
        precondition: &Precondition,
    ) -> Result<Outcome, Refusal> {
        caller.may_change()?;
        let (_, job) = self.change(&path.path, precondition, |_| Ok(()))?;
        self.state.lock().unwrap().resources.remove(&path.path);
        Ok(Outcome::now().by(job))
    }

    async fn act(
        &self,
        caller: &Caller,
        path: &Path,
        action: Action,
        precondition: &Precondition,
    ) -> Result<Outcome, Refusal> {
        caller.may_change()?;
        let resource = path.path.strip_suffix(&format!("/{}", action.name)).unwrap_or(&path.path);
        if resource == "volumes" {
            let mut state = self.state.lock().unwrap();
            let volume = action.document.attributes.href("volume").unwrap_or("nothing");
            return Ok(Outcome::now().by(format!("{}?{}={volume}", state.job(), action.name)));
        }
        let (_, job) = self.change(resource, precondition, |attributes| {
            match (action.name.as_str(), attributes.text("state")) {
                ("start", Some("STOPPED")) => {
                    attributes.set("state", "STARTING");
                    Ok(())
                }
                (name, state) => {
                    let text = format!("{name} is not for a Machine that is {}.", state.unwrap_or_default());
                    Err(Refusal::conflict(text).affecting(format!("{BASE}{resource}")))
                }
            }
        })?;
        Ok(Outcome::later(job))
    }
}

fn to(path: &str) -> Reference {
    Reference::to(format!("{BASE}{path}"))
}

fn nothing() -> Refusal {
    Refusal::not_found("There is nothing here.")
}

fn show((name, value): (&str, &Value)) -> String {
    match value {
        Value::String(text) => format!("{name}={text}"),
        Value::Ref(reference) => {
            let inner: Vec<String> = reference.attributes.iter().map(show).collect();
            format!("{name}={}{inner:?}", reference.href.as_deref().unwrap_or("by value"))
        }
        Value::Integer(number) => format!("{name}={number}"),
        other => format!("{name}={other:?}"),
    }
}

/// Whatever can go wrong in a provider, at a path of its own.
async fn trouble(kind: &str) -> Result<Target, Refusal> {
    match kind {
        "panic" => panic!("the provider has lost its mind"),
        "never" => pending().await,
        kind => {
            let reason = Reason::ALL.iter().find(|reason| format!("{reason:?}") == kind);
            let reason = *reason.ok_or_else(nothing)?;
            let mut refusal = Refusal::new(reason, format!("This is what {kind} looks like."));
            if matches!(reason, Reason::TooManyRequests | Reason::Unavailable) {
                refusal = refusal.retry_after(30);
            }
            Err(refusal.affecting(format!("{BASE}machines/1")))
        }
    }
}
