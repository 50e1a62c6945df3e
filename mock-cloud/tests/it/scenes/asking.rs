//! Scenes of queries, of what is odd, and of users.

use serde_json::json;

use super::{HOST, JSON, Recorder, Step, XML};

/// Queries of every parameter, right and wrong.
const QUERIES: &[&str] = &[
    "machines?$filter=name='web-1'&$expand=disks",
    "machines?$filter=name!='web-1'",
    "machines?$filter='web-1'=name",
    "machines?$filter=1<cpu",
    "machines?$filter=cpu>1",
    "machines?$filter=cpu<2",
    "machines?$filter=created<='2026-01-01T01:00:00%2B01:00'",
    "machines?$filter=created<=2026-01-01T00:30:00%2B01:00",
    "volumes?$filter=bootable=true",
    "machines?$filter=name='web-1' or name='web-2' and state='STARTED'",
    "machines?$filter=property['team']='tools'",
    "machines?$filter=name='web%252D1'",
    "machines?$filter=name='web-1'&$filter=state='STOPPED'",
    "machines?$filter=name<'web-1'",
    "machines?$filter=name=",
    "machines?$filter=colour='red'",
    "machines?$filter=name='nobody'",
    "machines?$first=2&$last=3",
    "machines?$first=2",
    "machines?$last=2",
    "machines?$first=100",
    "machines?$first=3&$last=2",
    "machines?$first=1&$last=1&$filter=state='STOPPED'&$orderby=name:desc",
    "machines?$first=x",
    "machines/1?$select=name",
    "machines/1?$select=name,colour",
    "machines/1?$select=*",
    "machines/1?$select=name&$select=state",
    "machines/1?$select=name,operations",
    "machines?$select=count",
    "machines?$select=name",
    "machines?$select=machines/name",
    "machineTemplates/1?$expand=machineConfig",
    "machineTemplates/1?$expand=*",
    "machineTemplates/1?$expand",
    "machineTemplates/1?$expand=colour",
    "machineTemplates/1?$expand=machineConfig&$expand=machineImage",
    "machineTemplates?$expand=machineConfig",
    "machines/1?$format=xml",
    "machines/1?$format=XML",
    "machines/1?$format=xml&$format=json",
    "machines?$orderby=name",
    "machines?$orderby=name:desc",
    "machines?$orderby=memory",
    "machines?$orderby=created",
    "volumes?$orderby=bootable",
    "machines?$orderby=state,name:desc",
    "machines?user=me&$first=1",
    "machines?colour=red",
];

impl Recorder {
    pub(super) fn queries(&mut self) {
        // Something to sort: an image that can be booted, a name in capitals, a later instant, numbers of unlike length.
        self.send("POST", "machineConfigs", &json!({ "name": "Ample", "cpu": 10, "memory": 9 }));
        self.send("POST", "machineConfigs", &json!({ "name": "Zero", "cpu": 9, "memory": 10 }));
        self.wait(Step::Tick);
        let volume =
            json!({ "name": "Boot", "volumeTemplate": { "href": format!("{HOST}/cimi/volumeTemplates/1") } });
        self.send("POST", "volumes", &volume);
        let image =
            json!({ "name": "boot", "imageLocation": "http://images.example.com/boot", "bootable": true });
        self.send("POST", "volumeImages", &image);
        self.wait(Step::Drain);
        self.ask("GET", "volumeImages?$orderby=bootable", &[("accept", JSON)], b"");
        self.send("POST", "machineConfigs", &json!({ "name": "late", "cpu": 1, "memory": 1 }));
        for query in QUERIES {
            self.ask("GET", query, &[("accept", JSON)], b"");
            self.ask("GET", query, &[("accept", XML)], b"");
        }
        for key in ["name", "cpu", "created", "memory"] {
            self.ask("GET", &format!("machineConfigs?$orderby={key}"), &[("accept", JSON)], b"");
        }
    }

    pub(super) fn oddities(&mut self) {
        let tag = self.ask("GET", "machines/1", &[("accept", JSON)], b"").headers["etag"].clone();
        let tag = tag.to_str().unwrap().to_owned();
        let config = br#"{"cpu": 1, "memory": 1}"#;
        let headers: &[&[(&str, &str)]] = &[
            &[],
            &[("accept", "*/*")],
            &[("accept", "image/png")],
            &[("accept", "application/json;q=0.1, application/xml")],
            &[("accept", "application/xml;q=0.1, application/json")],
            &[("accept", "APPLICATION/JSON")],
            &[("accept", JSON), ("if-none-match", &tag)],
            &[("accept", JSON), ("cimi-specification-version", "9.9")],
        ];
        for headers in headers {
            self.ask("GET", "machines/1", headers, b"");
        }
        self.ask("OPTIONS", "machines/1", &[], b"");
        self.ask("HEAD", "machines/1", &[("accept", JSON)], b"");
        self.ask("GET", "machines/99", &[("accept", JSON)], b"");
        self.ask("DELETE", "machines", &[("accept", JSON)], b"");
        self.ask("PATCH", "machines", &[("accept", JSON)], b"");
        let sent: &[(&str, &[u8])] = &[
            ("image/png", config),
            ("application/json; charset=utf-8", config),
            ("APPLICATION/JSON", config),
            (JSON, b"{"),
            (JSON, br#"{"cpu": 1, "memory": 1, "colour": "red"}"#),
            (JSON, br#"{"resourceURI": "http://schemas.dmtf.org/cimi/2/Volume", "cpu": 1, "memory": 1}"#),
            (JSON, br#"{"cpu": 0, "memory": 1}"#),
            (JSON, br#"{"cpu": 1, "memory": 1, "properties": {"a":"1","b":"1","c":"1","d":"1","e":"1","f":"1"}}"#),
        ];
        for (ty, body) in sent {
            self.ask("POST", "machineConfigs", &[("accept", JSON), ("content-type", ty)], body);
        }
        let namespace = self.edition.namespace();
        let xml = format!(
            "<MachineConfiguration xmlns=\"{namespace}\"><cpu>1</cpu><memory>1</memory></MachineConfiguration>"
        );
        self.ask("POST", "machineConfigs", &[("accept", XML), ("content-type", XML)], xml.as_bytes());
        let large = vec![b' '; 2 << 20];
        self.ask("POST", "machineConfigs", &[("accept", JSON), ("content-type", JSON)], &large);
        self.ask("GET", &format!("machines?a={}", "a".repeat(9000)), &[("accept", JSON)], b"");
        let put = br#"{"name": "renamed"}"#;
        let stale = [("accept", JSON), ("content-type", JSON), ("if-match", "\"stale\"")];
        self.ask("PUT", "machines/1?$select=name", &stale, put);
    }

    pub(super) fn users(&mut self) {
        let config = br#"{"cpu": 1, "memory": 1}"#;
        self.ask("GET", "", &[("accept", JSON)], b"");
        let reader = [("accept", JSON), ("content-type", JSON), ("authorization", "Bearer r")];
        self.ask("GET", "", &reader, b"");
        self.ask("POST", "machineConfigs", &reader, config);
    }
}
