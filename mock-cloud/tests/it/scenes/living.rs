//! The life of each type: made in several ways, updated, asked for its operations, deleted.

use cimi::Edition;
use cimi::model::registry;
use serde_json::{Value, json};

use super::{Answer, HOST, JSON, Recorder, Step, id, members, type_of};

impl Recorder {
    /// The life of the members of a collection of the Cloud Entry Point.
    pub(super) fn life(&mut self, attribute: &str, uri: &str, ty: &str) {
        let collection = self.get(uri);
        let all: Vec<Value> = members(&collection).to_vec();
        for list in ["machineTemplates", "volumeTemplates"] {
            self.get(list);
        }
        let mut made = Vec::new();
        for body in self.additions(attribute, ty, &all) {
            let answer = self.send("POST", uri, &body);
            if let Some(location) = answer.headers.get("location").map(|uri| uri.to_str().unwrap().to_owned())
            {
                self.followed(&answer, &location, uri);
                made.push(location);
            }
        }
        if ty == "Meter" {
            let template = json!({
                "meterConfig": { "href": format!("{HOST}/cimi/meterConfigs/1") },
                "targetResource": { "href": format!("{HOST}/cimi/machines/2") },
            });
            self.send("POST", "machines/1/meters", &json!({ "name": "new", "meterTemplate": template }));
        }
        for member in made.first().cloned().into_iter().chain(all.first().and_then(id)) {
            self.updates(&member);
        }
        let acted = all.iter().filter_map(id).take(4).chain(made.first().cloned());
        for member in acted.collect::<Vec<_>>() {
            self.operations(&member);
        }
        let doomed = all.iter().take(2).chain(all.last()).filter_map(id).chain(made.into_iter().take(2));
        let doomed = doomed.collect::<Vec<_>>();
        for member in doomed {
            let inside = self.get(&member);
            let meters = inside["meters"]["href"].as_str().map(|uri| self.get(uri)).unwrap_or_default();
            let answer = self.ask("DELETE", &member, &[("accept", JSON)], b"");
            self.followed(&answer, &member, uri);
            for meter in members(&meters).iter().filter_map(id) {
                self.get(&meter);
            }
            for link in ["disks", "volumes", "meters", "eventLog", "machines", "events", "images"] {
                if let Some(uri) = inside[link]["href"].as_str() {
                    self.get(uri);
                }
            }
        }
        for template in ["machineTemplates", "volumeTemplates", "machines/3/volumes", "machineImages"] {
            self.get(template);
        }
    }

    /// What is sent where a representation is, not a template.
    fn representations(&self, ty: &str, all: &[Value]) -> Vec<Value> {
        let mut copies: Vec<Value> = all.iter().take(1).map(copy).collect();
        copies.push(json!({ "name": "bare" }));
        if ty == "SystemTemplate" {
            let template = json!({ "machineConfig": { "href": format!("{HOST}/cimi/machineConfigs/1") } });
            let component = json!({
                "name": "web", "type": self.edition.type_uri("Machine"), "machineTemplate": template,
            });
            copies.push(json!({ "name": "by value", "componentDescriptors": [component] }));
        }
        if ty.ends_with("Image") {
            let source = if ty == "MachineImage" { "machines" } else { "volumes" };
            let location = format!("{HOST}/cimi/{source}/1");
            copies.push(json!({ "name": "made", "type": "IMAGE", "imageLocation": location }));
            copies.push(json!({ "name": "shot", "type": "SNAPSHOT", "imageLocation": location }));
            for copy in copies.iter_mut().skip(1).filter(|_| ty != "MachineImage") {
                copy.as_object_mut().unwrap().remove("type");
            }
        }
        copies
    }

    /// What can be sent to add a member, in several ways.
    fn additions(&mut self, attribute: &str, ty: &str, all: &[Value]) -> Vec<Value> {
        let registry = registry(self.edition);
        let Some(create) = registry.get(&format!("{ty}Create")) else {
            return self.representations(ty, all);
        };
        let Some((name, _)) = create.template() else { return Vec::new() };
        let direct = |template: Value| json!({ "name": "new", "description": "made", "properties": { "a": "b" }, name: template });
        let templates = format!("{HOST}/cimi/{}", attribute.trim_end_matches('s').to_owned() + "Templates");
        let mut bodies = vec![json!({ "name": "nothing" })];
        let templates = self.get(&templates);
        if let Some(second) = members(&templates).get(1) {
            bodies.push(direct(json!({ "href": second["id"] })));
        }
        for template in members(&templates).iter().take(1) {
            let href = &template["id"];
            let by_value = copy(template);
            bodies.push(direct(json!({ "href": href })));
            bodies.push(direct(json!({ "href": href, "description": "other", "initialState": "STOPPED" })));
            bodies.push(direct(json!({ "href": href, "initialState": null, "meterTemplates": null })));
            bodies.push(direct(json!({ "href": href, "initialState": "FLYING" })));
            bodies.push(direct(by_value.clone()));
            let mut plain = by_value;
            for name in ["initialState", "targetResource"] {
                plain.as_object_mut().unwrap().remove(name);
            }
            if matches!(ty, "ProtocolSegment" | "NetworkService") && plain["network"].is_null() {
                plain["network"] = json!({ "href": format!("{HOST}/cimi/networks/1") });
            }
            bodies.push(direct(plain.clone()));
            for state in ["STARTED", "STOPPED", "SUSPENDED", "ENABLED", "FLYING"] {
                plain["initialState"] = json!(state);
                bodies.push(direct(plain.clone()));
            }
        }
        let href = |path: &str| json!({ "href": format!("{HOST}/cimi/{path}") });
        match ty {
            "Meter" => {
                let config = copy(&self.get("/cimi/meterConfigs/1"));
                for target in ["credentials/1", "machines/1"] {
                    bodies.push(direct(
                        json!({ "meterConfig": href("meterConfigs/1"), "targetResource": href(target) }),
                    ));
                    bodies.push(direct(json!({ "meterConfig": config, "targetResource": href(target) })));
                }
            }
            "Network" => {
                let service = json!([{ "type": "DNS", "network": href("networks/1") }]);
                bodies.push(direct(json!({ "serviceTemplates": service })));
                let segment = json!([{ "protocol": "IPv4", "network": href("networks/1") }]);
                bodies.push(direct(json!({ "segmentTemplates": segment })));
            }
            _ => {}
        }
        bodies
    }

    /// Something that was asked for, while it is done and when it is done.
    fn followed(&mut self, answer: &Answer, resource: &str, collection: &str) {
        let job = answer.headers.get("cimi-job-uri").map(|uri| uri.to_str().unwrap().to_owned());
        self.get(resource);
        self.wait(Step::Tick);
        self.get(resource);
        self.wait(Step::Drain);
        self.get(resource);
        if let Some(job) = job {
            self.get(&job);
        }
        self.get(collection);
    }

    fn updates(&mut self, uri: &str) {
        let whole = self.get(uri);
        let mut changed = whole.clone();
        changed["name"] = json!("renamed");
        if let Some(object) = changed.as_object_mut() {
            object.remove("description");
        }
        self.send("PUT", uri, &changed);
        self.get(uri);
        let selected = format!("{uri}?$select=description");
        self.send("PUT", &selected, &json!({ "description": "other" }));
        self.get(uri);
        self.send("PUT", &selected, &json!({}));
        self.get(uri);
        self.send("PUT", &selected, &json!({ "name": "not selected" }));
        let answer = self.send("PUT", &format!("{uri}?$select=name"), &json!({ "name": "again" }));
        self.followed(&answer, uri, uri);
    }

    /// Every operation that a resource offers, one after the other, and those that it does not offer.
    fn operations(&mut self, uri: &str) {
        let rels = self.rels(uri);
        for rel in rels {
            let Some(name) = rel.rsplit_once("/action/").map(|(_, name)| name.to_owned()) else { continue };
            // What a running one alone can do is asked of one that runs.
            if matches!(name.as_str(), "pause" | "suspend" | "restore") {
                self.send("POST", &format!("{uri}/start"), &self_action(self.edition, "start"));
                self.wait(Step::Drain);
            }
            for force in [false, true] {
                self.operation(uri, &rel, &name, force);
            }
        }
    }

    fn operation(&mut self, uri: &str, rel: &str, name: &str, force: bool) {
        let image = if uri.contains("/volumes/") { "volumeImages" } else { "machineImages" };
        let mut action = json!({ "resourceURI": self.edition.type_uri("Action"), "action": rel });
        match name {
            "stop" | "restart" if force => action["force"] = json!(true),
            "restore" => action["image"] = json!({ "href": format!("{HOST}/cimi/{image}/1") }),
            "connectvolume" => action["volume"] = json!({ "href": format!("{HOST}/cimi/volumes/2") }),
            "addRM" | "removeRM" | "swapBackup" | "forceSync" => {
                action["node"] = json!({ "href": format!("{HOST}/cimi/machines/1") });
            }
            "capture" | "snapshot" => {
                let ty = if image == "volumeImages" { "VolumeImage" } else { "MachineImage" };
                action =
                    json!({ "resourceURI": self.edition.type_uri(ty), "name": "shot", "imageLocation": uri });
            }
            _ if force => return,
            _ => {}
        }
        let answer = self.send("POST", &format!("{uri}/{name}"), &action);
        let location = answer.headers.get("location").map(|uri| uri.to_str().unwrap().to_owned());
        self.followed(&answer, uri, location.as_deref().unwrap_or(uri));
        if let Some(location) = location {
            for list in [uri.to_owned() + "/snapshots", uri.to_owned() + "/images", location] {
                self.get(&list);
            }
        }
        if answer.status < 300 && name == "stop" {
            self.send("POST", &format!("{uri}/{name}"), &action);
        }
    }

    fn rels(&mut self, uri: &str) -> Vec<String> {
        let resource = self.get(uri);
        let ty = type_of(&resource).unwrap_or_default();
        let schema = registry(self.edition).get(&ty);
        let operations = schema.into_iter().flat_map(cimi::model::Schema::operations);
        operations.map(|operation| self.edition.action_uri(operation.name)).collect()
    }

    /// What only Machines, their volumes and their Jobs have.
    pub(super) fn machines(&mut self) {
        let action = |name: &str| self_action(self.edition, name);
        let (start, stop, restart) = (action("start"), action("stop"), action("restart"));
        // An operation is under way: its Job is stopped, or deleted.
        let paused = self.send("POST", "machines/1/pause", &action("pause"));
        let job = paused.headers["cimi-job-uri"].to_str().unwrap().to_owned();
        self.send("POST", &format!("{job}/stop"), &stop);
        self.get(&job);
        self.wait(Step::Tick);
        self.get(&job);
        self.wait(Step::Drain);
        self.get(&job);
        self.send("POST", "machines/1/stop", &stop);
        self.send("POST", "machines/1/stop", &stop);
        let answer = self.send("POST", "machines/2/start", &start);
        let job = answer.headers["cimi-job-uri"].to_str().unwrap().to_owned();
        self.ask("DELETE", &job, &[("accept", JSON)], b"");
        self.get(&job);
        self.wait(Step::Drain);
        self.get(&job);
        for (uri, body) in [
            ("machines/4/start", &start),
            ("machines/2/restart", &restart),
            ("machines/2/start", &stop),
            ("machines/5/restart", &restart),
        ] {
            let answer = self.send("POST", uri, body);
            let resource = uri.rsplit_once('/').unwrap().0.to_owned();
            self.followed(&answer, &resource, "jobs");
        }
        self.volumes();
        self.templates();
        self.snapshots();
        let disk = self.ask("DELETE", "machines/2/disks/2", &[("accept", JSON)], b"");
        self.followed(&disk, "machines/2/disks/2", "machines/2/disks");
    }

    /// Templates with parts by value, and with what is not there.
    fn templates(&mut self) {
        let template = |value: Value| json!({ "name": "new", "machineTemplate": value });
        let href = |path: &str| json!({ "href": format!("{HOST}/cimi/{path}") });
        let config = json!({ "cpu": 1, "memory": 1 });
        let volumes = if self.edition == Edition::V2 {
            json!([{ "initialLocation": "/dev/vdc", "volume": href("volumes/2") }])
        } else {
            json!([{ "initialLocation": "/dev/vdc", "href": format!("{HOST}/cimi/volumes/2") }])
        };
        let fresh = if self.edition == Edition::V2 {
            json!([{ "initialLocation": "/dev/vdd", "volumeTemplate": { "volumeConfig": href("volumeConfigs/1") } }])
        } else {
            json!([{ "initialLocation": "/dev/vdd", "volumeConfig": href("volumeConfigs/1") }])
        };
        let captured = self.captured();
        for value in [
            json!({ "machineConfig": href("machineConfigs/99") }),
            json!({ "machineConfig": config }),
            json!({ "machineConfig": href("machineConfigs/1"), "machineImage": {
                "type": "IMAGE", "imageLocation": "http://images.example.com/x" } }),
            json!({ "machineConfig": href("machineConfigs/1"), "machineImage": { "href": captured } }),
            json!({ "machineConfig": href("machineConfigs/1"), "credential": { "userName": "u", "password": "p" } }),
            json!({ "machineConfig": href("machineConfigs/1"), "volumes": volumes }),
            json!({ "machineConfig": href("machineConfigs/1"), "volumeTemplates": fresh }),
        ] {
            let answer = self.send("POST", "machines", &template(value));
            if let Some(uri) = answer.headers.get("location").map(|uri| uri.to_str().unwrap().to_owned()) {
                self.followed(&answer, &uri, &format!("{uri}/volumes"));
            }
        }
        self.get("machineTemplates");
        for value in [
            json!({ "volumeConfig": { "capacity": 1, "type": "http://schemas.dmtf.org/cimi/2/mapped" } }),
            json!({ "volumeConfig": href("volumeConfigs/1"), "volumeImage": {
                "imageLocation": "http://images.example.com/y", "bootable": true } }),
        ] {
            self.send("POST", "volumes", &json!({ "name": "new", "volumeTemplate": value }));
        }
    }

    /// A snapshot after a snapshot, and the first of them deleted.
    fn snapshots(&mut self) {
        let mut made = Vec::new();
        for ty in ["SNAPSHOT", "SNAPSHOT", "SNAPSHOT", "PARTIAL_SNAPSHOT"] {
            let uri = format!("{HOST}/cimi/machines/1");
            let body = json!({
                "resourceURI": self.edition.type_uri("MachineImage"), "name": "shot", "type": ty, "imageLocation": uri,
            });
            let answer = self.send("POST", "machines/1/snapshot", &body);
            self.wait(Step::Drain);
            made.extend(answer.headers.get("location").map(|uri| uri.to_str().unwrap().to_owned()));
        }
        for uri in made.clone() {
            self.get(&uri);
        }
        self.get("machines/1/snapshots");
        for uri in made.iter().skip(1).take(2) {
            let answer = self.ask("DELETE", uri, &[("accept", JSON)], b"");
            self.followed(&answer, uri, "machineImages");
            for uri in &made {
                self.get(uri);
            }
        }
    }

    fn captured(&mut self) -> String {
        let uri = format!("{HOST}/cimi/machines/1");
        let body = json!({
            "resourceURI": self.edition.type_uri("MachineImage"), "name": "shot", "type": "IMAGE", "imageLocation": uri,
        });
        let answer = self.send("POST", "machines/1/capture", &body);
        self.wait(Step::Drain);
        answer.headers.get("location").map_or(uri, |uri| uri.to_str().unwrap().to_owned())
    }

    fn volumes(&mut self) {
        let volumes = "machines/1/volumes";
        let volume = json!({ "href": format!("{HOST}/cimi/volumes/2") });
        let mut action = json!({
            "resourceURI": self.edition.type_uri("Action"), "action": "insert", "volume": volume,
            "initialLocation": "/dev/vdc",
        });
        let answer = self.send("POST", &format!("{volumes}/insert"), &action);
        self.followed(&answer, volumes, volumes);
        action["action"] = json!("remove");
        action.as_object_mut().unwrap().remove("initialLocation");
        let answer = self.send("POST", &format!("{volumes}/remove"), &action);
        self.followed(&answer, volumes, volumes);
        let attachment = json!({
            "resourceURI": self.edition.type_uri("MachineVolume"), "initialLocation": "/dev/vdc", "volume": volume,
        });
        let answer = self.send("POST", volumes, &attachment);
        self.followed(&answer, volumes, volumes);
    }
}

fn self_action(edition: Edition, name: &str) -> Value {
    json!({ "resourceURI": edition.type_uri("Action"), "action": edition.action_uri(name) })
}

/// What a client sends to have the same again.
fn copy(resource: &Value) -> Value {
    let mut copy = resource.clone();
    let own =
        ["resourceURI", "id", "created", "updated", "parent", "operations", "resourceMetadata", "state"];
    let of = id(resource).unwrap_or_default();
    let fields = copy.as_object_mut().unwrap();
    fields.retain(|name, value| {
        let is_inside = value["href"].as_str().is_some_and(|uri| uri.starts_with(&format!("{of}/")));
        !own.contains(&name.as_str()) && !is_inside
    });
    copy
}
