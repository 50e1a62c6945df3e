//! Dialects: what is known of each server, in a few requests; the recordings themselves are held by `tests/needs`.

use axum::Router;
use axum::body::{Body, to_bytes};
use http::{HeaderMap, Request};
use mock_cloud::{Clock, ClockHandle, MockCloud, Seed, dialect};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

/// A server of a dialect, and who asks it.
struct Server {
    router: Router,
    clock: ClockHandle,
    runtime: Runtime,
    user: Option<&'static str>,
}

struct Reply {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Server {
    fn new(name: &str, user: Option<&'static str>) -> Self {
        let builder = MockCloud::builder().dialect(dialect::find(name).unwrap());
        let (router, clock) = builder.clock(Clock::virtual_clock()).router().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { router, clock, runtime, user }
    }

    fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let mut request =
            Request::builder().method(method).uri(path.replace('\'', "%27").replace(' ', "%20"));
        if let Some(user) = self.user {
            request = request.header("authorization", user);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        self.runtime.block_on(async {
            let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
            let bytes = to_bytes(body, usize::MAX).await.unwrap();
            let text = String::from_utf8(bytes.to_vec()).unwrap();
            Reply { status: parts.status.as_u16(), headers: parts.headers, text }
        })
    }

    fn get(&self, path: &str) -> Value {
        let reply = self.send("GET", path, &[("accept", "application/json")], "");
        assert_eq!(reply.status, 200, "GET {path}: {}", reply.text);
        reply.json()
    }

    fn post(&self, path: &str, body: &Value) -> Reply {
        self.change("POST", path, body)
    }

    fn change(&self, method: &str, path: &str, body: &Value) -> Reply {
        let headers = [("accept", "application/json"), ("content-type", "application/json")];
        self.send(method, path, &headers, &body.to_string())
    }

    fn status(&self, method: &str, path: &str) -> u16 {
        self.send(method, path, &[("accept", "application/json")], "").status
    }
}

impl Reply {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{} {}", self.status, self.text))
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

fn action(name: &str) -> Value {
    json!({ "action": format!("http://schemas.dmtf.org/cimi/1/action/{name}") })
}

// base64 of mockuser:mockpassword, jane:user_password, tarzan:me,tarzan,you,jane, root:admin_password and admin:admin
const MOCKUSER: Option<&str> = Some("Basic bW9ja3VzZXI6bW9ja3Bhc3N3b3Jk");
const JANE: Option<&str> = Some("Basic amFuZTp1c2VyX3Bhc3N3b3Jk");
const TARZAN: Option<&str> = Some("Basic dGFyemFuOm1lLHRhcnphbix5b3UsamFuZQ==");
const ADMIN: Option<&str> = Some("Basic YWRtaW46YWRtaW4=");

#[test]
fn deltacloud_negotiates_in_its_own_way() {
    let server = Server::new("deltacloud", MOCKUSER);
    let entry = "/cimi/cloudEntryPoint";
    let kind = |accept: &str, path: &str| {
        let reply = server.send("GET", path, &[("accept", accept)], "");
        reply.header("content-type").map(str::to_owned)
    };
    assert_eq!(kind("*/*", entry).as_deref(), Some("application/json"));
    assert_eq!(kind("application/xml;q=0.1, application/json", entry).as_deref(), Some("application/xml"));
    assert_eq!(kind("application/xml", &format!("{entry}?format=json")).as_deref(), Some("application/json"));
    assert_eq!(kind("application/xml", &format!("{entry}?$format=json")).as_deref(), Some("application/xml"));
    let silent = server.send("GET", entry, &[], "");
    assert!(silent.text.starts_with("<CloudEntryPoint xmlns"), "{}", silent.text);
    assert_eq!(server.send("GET", entry, &[("accept", "text/plain")], "").status, 406);
    let root = server.send("GET", "/cimi", &[], "");
    assert_eq!(
        (root.status, root.header("location")),
        (301, Some("http://mock.invalid/cimi/cloudEntryPoint"))
    );
    let tag = server.send("GET", entry, &[], "").header("etag").unwrap().to_owned();
    assert!(tag.len() == 32 && !tag.contains('"'), "{tag}");
}

#[test]
fn deltacloud_shows_its_entry_point_to_everybody_and_nothing_else() {
    let server = Server::new("deltacloud", None);
    assert_eq!(server.status("GET", "/cimi/cloudEntryPoint"), 200);
    let reply = server.send("GET", "/cimi/machines", &[("accept", "application/json")], "");
    assert_eq!(reply.status, 401);
    assert_eq!(reply.header("www-authenticate"), Some("Basic realm=\"mock-deltacloud@localhost\""));
    assert_eq!(reply.json()["error"], "Deltacloud::Exceptions::AuthenticationFailure");
    let wrong = server.send("GET", "/cimi/machines", &[("authorization", "Basic eDp5")], "");
    assert_eq!((wrong.status, wrong.header("www-authenticate")), (401, None));
    assert_eq!(server.status("GET", "/cimi/cloudEntryPoint?force_auth=1"), 401);
}

#[test]
fn deltacloud_machines_live() {
    let server = Server::new("deltacloud", MOCKUSER);
    assert_eq!(server.get("/cimi/machines")["count"], 4);
    let config = json!({ "href": "http://mock.invalid/cimi/machine_configurations/m1-small" });
    let image = json!({ "href": "http://mock.invalid/cimi/machine_images/img3" });
    let body =
        json!({ "name": "new", "machineTemplate": { "machineConfig": config, "machineImage": image } });
    let made = server.post("/cimi/machines", &body);
    assert_eq!(
        (made.status, made.header("location")),
        (201, Some("http://mock.invalid/cimi/machines/inst4"))
    );
    assert_eq!(made.header("cimi-job-uri"), None);
    let machine = made.json();
    assert_eq!(machine["state"], "STARTED");
    assert_eq!(machine["cpu"], "1", "a text");
    assert_eq!(machine["memory"], 1_782_579, "a number");
    assert_eq!(machine["machineImage"], image);
    assert_eq!(machine["description"], "No description set for Machine new");
    assert_eq!(machine["properties"], Value::Null, "what the dialect keeps is not shown");
    assert_eq!(server.get("/cimi/machines")["count"], 5);

    // The body decides, not the path; and what is so already is no conflict.
    let path = "/cimi/machines/inst4";
    assert_eq!(server.post(&format!("{path}/stop"), &action("start")).status, 202);
    assert_eq!(server.get(path)["state"], "STARTED");
    for _ in 0..2 {
        let stopped = server.post(&format!("{path}/start"), &action("stop"));
        assert_eq!((stopped.status, stopped.text.as_str()), (202, ""));
        assert_eq!(server.get(path)["state"], "STOPPED");
    }
    assert_eq!(server.post(&format!("{path}/pause"), &action("pause")).status, 404);
    assert_eq!(server.change("PUT", path, &json!({ "name": "x" })).status, 404);
    assert_eq!(server.status("DELETE", path), 200);
    assert_eq!(server.status("GET", path), 404);
    assert_eq!(server.status("DELETE", path), 500);
    // What was never written down is deleted, and that is an error.
    assert_eq!(server.status("DELETE", "/cimi/machines/inst0"), 500);
    assert_eq!(server.status("GET", "/cimi/machines/inst0"), 404);
    assert_eq!(server.get("/cimi/machines")["count"], 3);
}

#[test]
fn deltacloud_volumes_are_taken_as_gigabytes() {
    let server = Server::new("deltacloud", MOCKUSER);
    let config = json!({ "type": "http://schemas.dmtf.org/cimi/1/mapped", "capacity": 2 });
    let made =
        server.post("/cimi/volumes", &json!({ "name": "v", "volumeTemplate": { "volumeConfig": config } }));
    assert_eq!(made.status, 201);
    assert_eq!(made.json()["capacity"], 2 * 1_048_576);
    assert_eq!(made.json()["bootable"], "false");
    let href = made.json()["id"].clone();
    let attach = json!({ "initialLocation": "/dev/sdb", "volume": { "href": href } });
    let attached = server.post("/cimi/machines/inst1/volume_attach", &attach);
    assert_eq!(attached.status, 201, "{}", attached.text);
    assert_eq!(attached.json()["name"], "v", "it is called as the volume");
    assert_eq!(server.get("/cimi/machines/inst1/volumes")["count"], 1);
    // A volume in use is deleted, and gone from its machine.
    assert_eq!(server.status("DELETE", &href.as_str().unwrap().replace("http://mock.invalid", "")), 200);
    assert_eq!(server.get("/cimi/machines/inst1/volumes")["count"], 0);
}

#[test]
fn deltacloud_filters_texts_alone() {
    let server = Server::new("deltacloud", MOCKUSER);
    let count = |query: &str| server.get(&format!("/cimi/machines?{query}"))["count"].as_u64();
    assert_eq!(count("$filter=name='MockUserInstance'"), Some(1));
    assert_eq!(count("$filter=name!='MockUserInstance'"), Some(3));
    assert_eq!(count("$filter=name='MockUserInstance' and state='STARTED'"), Some(0));
    assert_eq!(count("$filter=name='MockUserInstance'&$filter=state='STARTED'"), Some(4));
    assert_eq!(count("$filter=memory=1782579"), Some(0));
    assert_eq!(count("$first=2&$last=3"), Some(4));
    assert_eq!(server.status("GET", "/cimi/machines?$filter=memory%3E1"), 500);
    assert_eq!(server.status("GET", "/cimi/machines?$expand=disks"), 500);
    assert_eq!(server.get("/cimi/machines?$select=name")["machines"][0].as_object().unwrap().len(), 1);
    assert!(server.get("/cimi/machines/inst0?$expand=disks")["disks"]["disks"].is_array());
}

#[test]
fn deltacloud_errors_are_never_jobs() {
    let server = Server::new("deltacloud", MOCKUSER);
    let xml = server.send("GET", "/cimi/machines/none", &[("accept", "application/xml")], "");
    assert_eq!(xml.status, 404);
    assert!(xml.text.contains("<error status='404' url='/cimi/machines/none'>"), "{}", xml.text);
    let nowhere = server.send("GET", "/cimi/jobs", &[], "");
    assert_eq!((nowhere.status, nowhere.text.as_str()), (404, "<h1>Not Found</h1>"));
    let lacking = server.send("GET", "/cimi/network_ports", &[], "");
    assert_eq!((lacking.status, lacking.header("expect")), (412, Some("networks_ports")));
    let charset = [("content-type", "application/json; charset=utf-8"), ("accept", "application/json")];
    assert_eq!(server.send("POST", "/cimi/machines", &charset, "{}").status, 500);
    let template = "<MachineTemplate><name>t</name><machineConfig href=\"http://mock.invalid/cimi/machine_configurations/m1-small\"/></MachineTemplate>";
    let made =
        server.send("POST", "/cimi/machine_templates", &[("content-type", "application/xml")], template);
    assert_eq!(made.status, 201, "any root will do: {}", made.text);
}

#[test]
fn stratuslab_is_about_owners() {
    let server = Server::new("stratuslab", JANE);
    let entry = server.send("GET", "/cimi", &[("accept", "application/xml")], "");
    assert_eq!(entry.header("content-type"), Some("application/json;charset=utf-8"));
    assert_eq!(entry.json()["baseURI"], Value::Null);
    assert_eq!(entry.json()["machines"], Value::Null, "it has none");
    let configs = "/cimi/MachineConfiguration";
    assert!(server.get(configs).get("machineConfigs").is_none(), "empty, so absent");
    let made = server.post(configs, &json!({ "name": "tiny", "cpu": 1, "memory": 512, "cpuArch": "x86_64" }));
    let location = made.header("location").unwrap().to_owned();
    assert_eq!((made.status, made.text.as_str()), (201, &*format!("created {location}")));
    assert!(
        location.starts_with("MachineConfiguration/") && location.len() == "MachineConfiguration/".len() + 36
    );
    let path = format!("/cimi/{location}");
    let merged = server.change("PUT", &path, &json!({ "cpu": 2, "id": "x" }));
    assert_eq!(
        (merged.status, &merged.json()["cpu"], &merged.json()["memory"]),
        (200, &json!(2), &json!(512))
    );
    assert_eq!(server.get(&path)["acl"]["owner"]["principal"], "jane");
    let by_tarzan = server.send("GET", &path, &[], "");
    assert_eq!(by_tarzan.status, 200);
    let tarzan = Server { user: TARZAN, ..server };
    assert_eq!(tarzan.status("GET", &path), 403);
    assert_eq!(tarzan.get(configs)["count"], 0, "what is somebody else's is not listed");
    let nobody = Server { user: None, ..tarzan };
    let refused = nobody.send("GET", configs, &[], "");
    assert_eq!((refused.status, refused.header("www-authenticate")), (403, None));
    assert_eq!(refused.json()["message"], format!("unauthorized (get) for {configs}"));
}

#[test]
fn stratuslab_checks_by_schema_and_forgets_the_rest() {
    let server = Server::new("stratuslab", JANE);
    let configs = "/cimi/MachineConfiguration";
    let refused = |body: Value| {
        let reply = server.post(configs, &body);
        assert_eq!(reply.status, 400, "{}", reply.text);
        reply.text
    };
    assert!(refused(json!({ "cpu": 0, "memory": 1, "cpuArch": "x86" })).contains(":cpu (not (\"pos?\" 0))"));
    assert!(
        refused(json!({ "cpu": 1, "memory": 1, "cpuArch": "x86", "zzz": 1 })).contains(":zzz disallowed-key")
    );
    assert!(refused(json!({ "cpu": 1, "memory": 1, "cpuArch": "riscv" })).contains("riscv"));
    assert!(refused(json!({ "cpu": 1 })).contains(":memory missing-required-key"));
    assert_eq!(server.send("POST", configs, &[("content-type", "application/json")], "{nope").status, 500);
    assert_eq!(server.status("GET", "/cimi/Nothing"), 405);
    assert_eq!(server.status("OPTIONS", configs), 405);
    let config = json!({ "format": "ext4", "capacity": 1024 });
    let made =
        server.post("/cimi/Volume", &json!({ "name": "v", "volumeTemplate": { "volumeConfig": config } }));
    assert_eq!((made.status, made.text.as_str()), (201, ""));
    let job = made.header("cimi-job-uri").unwrap();
    assert!(job.starts_with("Job/"), "{job}");
    let jobs = server.get("/cimi/Job");
    assert_eq!(jobs["jobs"][0]["action"], "create");
    let stop = &jobs["jobs"][0]["operations"][2];
    assert_eq!(stop["rel"], "http://schemas.dmtf.org/cimi/1/Action/stop", "with a capital letter");
    assert_eq!(server.post(&format!("/cimi/{}", stop["href"].as_str().unwrap()), &json!({})).status, 404);
}

#[test]
fn osaddon_takes_actions_at_the_machine() {
    let server = Server::new("osaddon", None);
    let machine = "/CIMIv1/T1/machine/s1";
    assert_eq!(server.get(machine)["id"], "t1/Machine/s1", "in any case");
    let xml = server.send("GET", machine, &[("accept", "application/xml")], "");
    assert!(
        xml.text.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Machine xmlns="),
        "{}",
        xml.text
    );
    assert_eq!(xml.header("cimi-specification-version"), Some("1.0.0"));
    let stopped = server.post(machine, &action("stop"));
    assert_eq!((stopped.status, stopped.header("cimi-specification-version")), (202, None));
    assert_eq!(server.get(machine)["state"], "STOPPED");
    assert_eq!(server.post(machine, &action("stop")).status, 501);
    assert_eq!(server.change("PUT", machine, &json!({ "name": "z" })).status, 501);
    assert_eq!(server.status("GET", "/cimiv1/t1/Nothing"), 501);
    let missing = server.send("GET", "/cimiv1/t1/Machine/s99", &[], "");
    assert_eq!((missing.status, &missing.json()["itemNotFound"]["code"]), (404, &json!(404)));
    assert_eq!(server.get("/cimiv1/t1/MachineCollection?$filter=name='zzz'")["count"], 1, "ignored");
    assert_eq!(server.status("DELETE", machine), 204);
    assert_eq!(server.get("/cimiv1/t1/MachineCollection")["count"], 0);
}

#[test]
fn osaddon_measures_as_it_likes() {
    let server = Server::new("osaddon", None);
    let volume = |uri: bool| {
        let mut body = json!({ "name": "n", "description": "d", "volumeTemplate": { "volumeConfig": { "capacity": 3 } } });
        if uri {
            body["resourceURI"] = json!("http://schemas.dmtf.org/cimi/1/VolumeCreate");
        }
        server.post("/cimiv1/t1/VolumeCollection", &body)
    };
    assert_eq!(volume(false).status, 400);
    let made = volume(true);
    assert_eq!((made.status, &made.json()["capacity"]), (201, &json!(3)));
    let path = made.header("location").unwrap().strip_prefix("http://mock.invalid").unwrap().to_owned();
    assert_eq!(server.get(&path)["capacity"], 3_000_000);
    let listed = server.send("GET", "/cimiv1/t1/VolumeCollection", &[("accept", "application/xml")], "");
    assert!(listed.text.contains("<operation>\n    <href>t1/volumeCollection</href>\n    <rel>add</rel>"));
    let uses =
        server.send("GET", "/cimiv1/t1/MachineVolumeCollection/s1", &[("accept", "application/xml")], "");
    assert!(uses.text.contains("<Collection xmlns=\"http://schemas.dmtf.org/cimi/1\">"), "{}", uses.text);
}

/// The facts that are known of Sirocco, of which there are no recordings.
#[test]
fn sirocco_answers_with_what_is_being_made() {
    let server = Server::new("sirocco", ADMIN);
    let entry = server.send("GET", "/cimi/cloudEntryPoint", &[], "");
    assert_eq!(entry.header("cimi-specification-version"), Some("1.0"));
    let base = entry.json()["baseURI"].as_str().unwrap().to_owned();
    assert!(base.ends_with('/'));
    let machines = entry.json()["machines"]["href"].as_str().unwrap().to_owned();
    assert!(machines.starts_with(&base));
    assert_eq!(entry.json()["networkPorts"], Value::Null, "served, but not told");
    let other = server.send("GET", "/cimi/cloudEntryPoint", &[("cimi-specification-version", "1.1")], "");
    assert_eq!(other.status, 400);

    let config = server.get("/cimi/machineConfigs")["machineConfigurations"][0]["id"].clone();
    let image = server.get("/cimi/machineImages")["machineImages"][0]["id"].clone();
    let template = json!({ "machineConfig": { "href": config }, "machineImage": { "href": image } });
    let body =
        json!({ "name": "m", "machineTemplate": template, "providerAccountId": "7", "location": "FR" });
    let made = server.post("/cimi/machines", &body);
    assert_eq!(made.status, 202, "{}", made.text);
    let machine = made.json();
    assert_eq!(machine["state"], "CREATING", "the body is what is made, not the Job");
    assert_eq!(machine["resourceURI"], "http://schemas.dmtf.org/cimi/1/Machine");
    assert_eq!(machine["providerInfo"]["providerAccountId"], "7");
    assert_eq!(made.header("location"), machine["id"].as_str());
    let job = made.header("cimi-job-uri").unwrap().strip_prefix("http://mock.invalid").unwrap().to_owned();
    let told = server.get(&job);
    assert_eq!((told["action"].as_str(), told["state"].as_str()), (Some("add"), Some("RUNNING")));
    assert_eq!(told["targetResource"]["href"], machine["id"], "the new resource, not the collection");
    assert_eq!(told["progress"], Value::Null, "never told");
    server.clock.drain();
    assert_eq!(server.get(&job)["state"], "SUCCESS");
}

#[test]
fn sirocco_updates_what_is_named_alone() {
    let server = Server::new("sirocco", ADMIN);
    let list = server.get("/cimi/machines?$select=id,name,state,provider,location");
    let first = &list["machines"][0];
    assert_eq!(first.as_object().unwrap().len(), 3, "unknown names are passed over");
    let path = first["id"].as_str().unwrap().strip_prefix("http://mock.invalid").unwrap().to_owned();
    assert_eq!(server.change("PUT", &path, &json!({ "name": "new" })).status, 200);
    assert_eq!(server.get(&path)["name"], "one", "done, it said");
    assert_eq!(server.change("PUT", &format!("{path}?$select=name"), &json!({ "name": "new" })).status, 200);
    assert_eq!(server.get(&path)["name"], "new");

    let stopped = server.post(&path, &action("stop"));
    assert_eq!((stopped.status, stopped.text.as_str()), (202, ""));
    assert!(stopped.header("cimi-job-uri").is_some());
    assert_eq!(stopped.header("location"), Some(&*format!("http://mock.invalid{path}")));
    server.clock.drain();
    assert_eq!(server.get(&path)["state"], "STOPPED");
    let offered = server.get(&path)["operations"].to_string();
    assert!(offered.contains("http://schemas.dmtf.org/cimi/1/action/capture"), "{offered}");
    assert_eq!(server.post(&path, &action("capture")).status, 501, "offered, but elsewhere");
    assert_eq!(server.post(&path, &json!({ "action": "start" })).status, 202, "a bare word will do");
}

#[test]
fn sirocco_lists_and_errs() {
    let server = Server::new("sirocco", ADMIN);
    assert_eq!(server.get("/cimi/machines?$first=1&$last=1")["count"], 1, "what is shown, not what there is");
    assert_eq!(server.get("/cimi/machines?$first=x")["count"], 2);
    assert_eq!(server.get("/cimi/machines?$filter=name='two'")["machines"][0]["name"], "two");
    let two = server.get("/cimi/machines")["machines"][1].clone();
    let path = two["id"].as_str().unwrap().strip_prefix("http://mock.invalid").unwrap().to_owned();
    assert_eq!(
        server.get(&format!("{path}/volumes"))["machineVolumes"],
        json!([]),
        "there, even where it is empty"
    );
    let expanded = server.get("/cimi/machines?$expand=volumes");
    assert_eq!(expanded["machines"][0]["volumes"]["machineVolumes"][0]["initialLocation"], "/dev/vdb");
    assert!(two["created"].as_str().unwrap().ends_with(".000+0000"), "{two}");

    let missing = server.send("GET", "/cimi/machines/none", &[("accept", "application/json")], "");
    assert_eq!((missing.status, missing.header("content-type")), (404, Some("text/plain")));
    assert_eq!(server.status("POST", "/cimi/machines"), 400);
    let xml = server.send("GET", "/cimi/machines", &[("accept", "application/xml")], "");
    assert!(
        xml.text.contains("<Collection xmlns=\"http://schemas.dmtf.org/cimi/1\" resourceURI="),
        "{}",
        xml.text
    );
    assert!(xml.text.contains("<property key=\"team\">web</property>"), "{}", xml.text);
    assert!(!xml.text.contains("sirocco:"), "what the dialect keeps is not shown");
}

#[test]
fn a_dialect_is_put_on_and_off_and_its_seed_is_a_seed() {
    for known in dialect::ALL {
        assert!(known.entry_path().starts_with('/'), "{known:?}");
        let grown = MockCloud::builder().seed(known.seed()).router();
        assert!(grown.is_ok(), "{known:?}: {:?}", grown.err());
        // Over any other world it speaks, too.
        let other = MockCloud::builder().dialect(known).seed(Seed::builtin()).router();
        assert!(other.is_ok());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let cloud = MockCloud::builder().edition(cimi::Edition::V1).start().await.unwrap();
        assert_eq!(cloud.entry_point(), cloud.base_uri());
        cloud.dialect().set(dialect::find("osaddon"));
        assert!(cloud.entry_point().ends_with("/cimiv1/t1/cloudEntryPoint"));
        cloud.dialect().set(None);
        assert_eq!(cloud.entry_point(), cloud.base_uri());
    });
}
