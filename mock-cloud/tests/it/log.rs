//! Event logs and what is written into them (DSP0263 5.17.8 to 5.17.13).

use std::time::Duration;

use cimi::codec::Format;
use cimi::{Attributes, Document, Edition, Value};
use mock_cloud::Seed;

use crate::support::{Cloud, attributes, by_value, to};

const DAY: Duration = Duration::from_hours(24);
const ENTRY: &str = "http://mock.invalid/cimi/";

/// A new log of a resource.
fn log_of(cloud: &Cloud, target: &str, persistence: &str) -> String {
    let template = attributes().with("targetResource", to(target)).with("persistence", persistence);
    let create = attributes().with("name", "l").with("eventLogTemplate", by_value(template));
    cloud.post("eventLogs", &cloud.document("EventLogCreate", create)).location()
}

fn events(cloud: &Cloud, log: &str) -> Vec<Document> {
    cloud.get(&format!("{log}/events")).member_documents().collect()
}

fn content(event: &Document) -> Attributes {
    event.attributes.get("content").and_then(Value::as_attributes).cloned().unwrap_or_default()
}

/// What each Event says in short: kind, outcome, severity, and what is particular to its kind.
fn told(cloud: &Cloud, log: &str) -> Vec<String> {
    let short = |event: &Document| {
        let text = |name: &str| event.attributes.text(name).unwrap_or("-").to_owned();
        let kind = text("type").rsplit('/').next().unwrap().to_owned();
        let content = content(event);
        let of = content.href("resource").map_or("-", |href| href.strip_prefix(ENTRY).unwrap());
        let said = match kind.as_str() {
            "state" => {
                format!("{}>{}", content.text("previous").unwrap_or("-"), content.text("state").unwrap())
            }
            "model" => content.text("change").unwrap().to_owned(),
            "access" => content.text("operation").unwrap().to_owned(),
            _ => content.text("code").unwrap().to_owned(),
        };
        format!("{kind} {} {} {of} {said}", text("outcome"), text("severity"))
    };
    events(cloud, log).iter().map(short).collect()
}

fn summary(cloud: &Cloud, log: &str) -> [i64; 4] {
    let log = cloud.get(log);
    let summary = log.attributes.get("summary").and_then(Value::as_attributes).unwrap().clone();
    ["low", "medium", "high", "critical"].map(|severity| summary.integer(severity).unwrap())
}

#[test]
fn is_one_of_a_resource_which_refers_to_it() {
    for cloud in Cloud::everywhere() {
        let machine = cloud.named("machines", "web-1");
        let log = log_of(&cloud, &machine, "daily");
        assert_eq!(cloud.get(&machine).attributes.href("eventLog"), Some(log.as_str()));
        assert_eq!(cloud.get(&log).attributes.href("targetResource"), Some(machine.as_str()));
        let create = |target: Option<&str>, persistence: &str| {
            let mut template = attributes().with("persistence", persistence);
            template.set_some("targetResource", target.map(to));
            let create = attributes().with("eventLogTemplate", by_value(template));
            cloud.post("eventLogs", &cloud.document("EventLogCreate", create)).refused().0
        };
        assert_eq!(create(Some(&machine), "daily"), 409, "one only");
        assert_eq!(create(None, "daily"), 400);
        assert_eq!(create(Some(&cloud.named("machines", "web-2")), "hourly"), 400);
        assert_eq!(create(Some(&cloud.named("machineConfigs", "small")), "daily"), 400);
        assert_eq!(cloud.delete(&log).status, 200);
        assert_eq!(cloud.get(&machine).attributes.href("eventLog"), None);
        assert_eq!(cloud.status(&format!("{log}/events")), 404);
        log_of(&cloud, &machine, "daily");
    }
}

#[test]
fn tells_of_states_changes_and_requests() {
    for cloud in Cloud::everywhere() {
        let machine = cloud.named("machines", "web-1");
        let log = log_of(&cloud, &machine, "daily");
        let of = machine.strip_prefix(ENTRY).unwrap().to_owned();
        cloud.act(&machine, "stop", attributes());
        cloud.clock.drain();
        assert_eq!(cloud.act(&machine, "pause", attributes()).status, 409);
        let body = cloud.document("Machine", attributes().with("name", "other"));
        cloud.put(&format!("{machine}?$select=name"), &body, &[]);
        let disk = cloud.document("Disk", attributes().with("capacity", 5_i64));
        cloud.post(&format!("{machine}/disks"), &disk);
        let disks = if cloud.edition == Edition::V2 { "Disk" } else { "MachineDisk" };
        let _ = disks;
        let told = told(&cloud, &log);
        let expected = [
            format!("access Success low {of} GET"),
            format!("state Status low {of} STARTED>STOPPING"),
            format!("access Pending low {of} POST"),
            format!("state Status low {of} STOPPING>STOPPED"),
            format!("access Success low {of} GET"),
            format!("access Failure medium {of} POST"),
            format!("model Success low {of} update"),
            format!("access Success low {of} PUT"),
        ];
        assert_eq!(told[..8], expected, "{told:#?}");
        assert!(told[8].starts_with(&format!("model Success low {of}/disks")), "{told:#?}");
        assert!(told[8].ends_with(" create"));
        assert_eq!(told[9], format!("access Success low {of}/disks POST"));
        assert_eq!(summary(&cloud, &log), [9, 1, 0, 0]);
        // Reading the log is no access to what it is about.
        assert_eq!(events(&cloud, &log).len(), 10);
        let first = content(&events(&cloud, &log)[1]);
        assert_eq!(first.text("resType"), Some(cloud.edition.type_uri("Machine").as_str()));
        assert_eq!(first.text("resName"), Some("web-1"));
    }
}

#[test]
fn that_of_the_entry_point_tells_of_everything() {
    for cloud in Cloud::everywhere() {
        let log = log_of(&cloud, ENTRY, "daily");
        let create = cloud.machine_create("m", to(&cloud.named("machineTemplates", "web-server")));
        let machine = cloud.post("machines", &create).location();
        cloud.clock.drain();
        cloud.delete(&machine);
        cloud.clock.drain();
        let of = machine.strip_prefix(ENTRY).unwrap();
        let told = told(&cloud, &log);
        for expected in [
            format!("model Success low {of} create"),
            "access Pending low machines POST".to_owned(),
            format!("state Status low {of} CREATING>STARTED"),
            format!("access Pending low {of} DELETE"),
            format!("state Status low {of} STARTED>DELETING"),
            format!("model Success low {of} delete"),
        ] {
            assert!(told.contains(&expected), "{expected} in {told:#?}");
        }
        assert!(!told.iter().any(|line| line.contains("GET")), "{told:#?}");
    }
}

#[test]
fn a_capacity_that_is_used_up_is_an_alarm() {
    let seed =
        "[quota]\nmachines = 0\n[[machineConfigs]]\nname = \"c\"\n[[eventLogTemplates]]\nname = \"t\"\n";
    let cloud = Cloud::grown(seed);
    let log = log_of(&cloud, ENTRY, "daily");
    let template = by_value(attributes().with("machineConfig", to(&cloud.named("machineConfigs", "c"))));
    let refused = cloud.post("machines", &cloud.machine_create("m", template));
    assert!(refused.status >= 400, "{}", refused.text);
    if refused.status == 507 {
        assert!(told(&cloud, &log).contains(&"alarm Failure high - CAPACITY".to_owned()));
        assert_eq!(summary(&cloud, &log), [0, 1, 1, 0]);
    }
}

#[test]
fn goes_with_its_target_or_stays() {
    for linked in [true, false] {
        let text = format!("[capabilities.EventLog]\nLinked = {linked}\n[[machines]]\nname = \"m\"\n");
        for format in Format::ALL {
            let cloud = Cloud::new(Edition::V2, format, Seed::new("test.toml", text.clone()));
            let machine = cloud.named("machines", "m");
            let log = log_of(&cloud, &machine, "daily");
            cloud.delete(&machine);
            cloud.clock.drain();
            assert_eq!(cloud.status(&log), if linked { 404 } else { 200 });
            if !linked {
                assert_eq!(cloud.get(&log).attributes.href("targetResource"), None);
                let told = told(&cloud, &log);
                assert_eq!(told.last().unwrap(), "model Success low machines/1 delete", "{told:#?}");
            }
        }
    }
}

#[test]
fn keeps_events_as_long_as_it_says_and_no_more_than_so_many() {
    let cloud = Cloud::v2();
    let machine = cloud.named("machines", "web-1");
    let log = log_of(&cloud, &machine, "weekly");
    cloud.get(&machine);
    cloud.clock.advance(DAY);
    cloud.get(&machine);
    assert_eq!(summary(&cloud, &log), [2, 0, 0, 0]);
    cloud.clock.advance(DAY * 6);
    assert_eq!((summary(&cloud, &log)[0], events(&cloud, &log).len()), (1, 1));
    let shorter = cloud.document("EventLog", attributes().with("persistence", "daily"));
    assert_eq!(cloud.put(&format!("{log}?$select=persistence"), &shorter, &[]).status, 200);
    assert_eq!((summary(&cloud, &log)[0], events(&cloud, &log).len()), (0, 0));

    for _ in 0..1005 {
        cloud.get(&machine);
    }
    assert_eq!(summary(&cloud, &log), [1000, 0, 0, 0]);
    let first = cloud.get(&format!("{log}/events?$last=1")).member_documents().next().unwrap();
    assert_eq!(cloud.delete(first.id().unwrap()).status, 200);
    assert_eq!(summary(&cloud, &log), [999, 0, 0, 0]);
    cloud.clock.advance(DAY);
    assert_eq!(summary(&cloud, &log), [0, 0, 0, 0]);
}

#[test]
fn comes_with_what_a_template_makes() {
    for cloud in Cloud::everywhere() {
        let template = attributes()
            .with("volumeConfig", by_value(attributes().with("capacity", 5_i64)))
            .with("eventLogTemplate", to(&cloud.named("eventLogTemplates", "monthly-log")));
        let create = cloud.document("VolumeCreate", attributes().with("volumeTemplate", by_value(template)));
        let volume = cloud.post("volumes", &create).location();
        cloud.clock.drain();
        let log = cloud.get(&volume).attributes.href("eventLog").unwrap().to_owned();
        assert_eq!(cloud.get(&log).attributes.text("persistence"), Some("monthly"));
        let of = volume.strip_prefix(ENTRY).unwrap();
        let told = told(&cloud, &log);
        assert_eq!(told[0], format!("model Success low {of} create"), "{told:#?}");
        assert!(told.contains(&format!("state Status low {of} CREATING>AVAILABLE")), "{told:#?}");
    }
}

/// Who asked is written down, and what was refused for want of rights, too.
#[test]
fn says_who_asked() {
    let seed = "[[users]]\nname = \"ann\"\npassword = \"a\"\nrole = \"administer\"\n\
                [[users]]\nname = \"bob\"\npassword = \"b\"\nrole = \"read\"\n\
                [[machines]]\nhandle = \"m\"\nname = \"m\"\n[[eventLogs]]\ntargetResource = \"m\"\n";
    let cloud = Cloud::grown(seed);
    let (ann, bob) = (("authorization", "Basic YW5uOmE="), ("authorization", "Basic Ym9iOmI="));
    assert_eq!(cloud.send("GET", "machines/1", &[ann], None).status, 200);
    assert_eq!(cloud.send("DELETE", "machines/1", &[bob], None).status, 405);
    let reply = cloud.send("GET", "eventLogs/1/events", &[ann], None);
    let said: Vec<_> = reply
        .document
        .unwrap()
        .member_documents()
        .map(|event| {
            let content = content(&event);
            let outcome = event.attributes.text("outcome").unwrap().to_owned();
            (
                content.text("initiator").unwrap().to_owned(),
                content.text("operation").unwrap().to_owned(),
                outcome,
            )
        })
        .collect();
    let line = |who: &str, what: &str, outcome: &str| (who.to_owned(), what.to_owned(), outcome.to_owned());
    assert_eq!(said, [line("ann", "GET", "Success"), line("bob", "DELETE", "Failure")]);
}

#[test]
fn the_contact_of_an_event_can_be_written() {
    for cloud in Cloud::everywhere() {
        let machine = cloud.named("machines", "web-1");
        let log = log_of(&cloud, &machine, "daily");
        cloud.get(&machine);
        let event = events(&cloud, &log)[0].id().unwrap().to_owned();
        let body = cloud.document("Event", attributes().with("contact", "mailto:ops@example.com"));
        assert_eq!(cloud.put(&format!("{event}?$select=contact"), &body, &[]).status, 200);
        assert_eq!(cloud.get(&event).attributes.text("contact"), Some("mailto:ops@example.com"));
    }
}

/// A log and Events of each kind as each edition and format writes them.
#[test]
fn documents() {
    for cloud in Cloud::everywhere() {
        let machine = cloud.named("machines", "reports-1");
        cloud.act(&machine, "start", attributes());
        cloud.clock.drain();
        let reply =
            |uri: &str| cloud.send("GET", uri, &[], None).text.replace("><", ">\n<").replace("},{", "},\n{");
        let text = [reply("eventLogs/1"), reply("eventLogs/1/events"), reply("eventLogTemplates/1")];
        let name = format!("log_{}_{:?}", cloud.edition, cloud.format).to_lowercase();
        insta::assert_snapshot!(name, text.join("\n\n"));
    }
}
