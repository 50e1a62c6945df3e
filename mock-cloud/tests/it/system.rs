//! Systems (DSP0263 5.13): made, operated and deleted as one.

use cimi::codec::Format;
use cimi::{Attributes, Document, Edition, Value};
use mock_cloud::Seed;

use crate::support::{Cloud, attributes, by_value, map, structures, to};

/// A cloud with a template of this TOML, beside what it takes.
fn with_template(edition: Edition, descriptors: &str) -> Cloud {
    let seed = format!(
        "[[machineConfigs]]\nhandle = \"small\"\nname = \"small\"\n\
         [[machineTemplates]]\nhandle = \"machine\"\nname = \"machine\"\nmachineConfig = \"small\"\n\
         [[volumeConfigs]]\nhandle = \"config\"\nname = \"config\"\n\
         [[volumeTemplates]]\nhandle = \"volume\"\nname = \"volume\"\nvolumeConfig = \"config\"\n\
         [[volumes]]\nhandle = \"old\"\nname = \"old\"\n\
         [[systemTemplates]]\nname = \"system\"\n{descriptors}\n"
    );
    Cloud::new(edition, Format::Json, Seed::new("test.toml", seed))
}

fn descriptor(ty: &str, rest: &str) -> String {
    format!(
        "[[systemTemplates.componentDescriptors]]\ntype = \"http://schemas.dmtf.org/cimi/2/{ty}\"\n{rest}\n"
    )
}

fn create(cloud: &Cloud, name: &str, template: &str) -> Document {
    let body =
        attributes().with("name", name).with("systemTemplate", to(&cloud.named("systemTemplates", template)));
    let location = cloud.post("systems", &cloud.document("SystemCreate", body)).location();
    assert!(cloud.clock.drain());
    cloud.get(&location)
}

/// What a collection of a System leads to, with the name of the association in 1.x.
fn components(cloud: &Cloud, system: &Document, collection: &str, association: &str) -> Vec<String> {
    let members = cloud.get(system.attributes.href(collection).unwrap());
    let uri = |member: Document| match cloud.edition {
        Edition::V1 => member.attributes.href(association).map(str::to_owned),
        Edition::V2 => member.id().map(str::to_owned),
    };
    members.member_documents().filter_map(uri).collect()
}

fn machines(cloud: &Cloud, system: &Document) -> Vec<String> {
    components(cloud, system, "machines", "machine")
}

fn names(cloud: &Cloud, uris: &[String]) -> Vec<String> {
    uris.iter().map(|uri| cloud.get(uri).attributes.text("name").unwrap_or_default().to_owned()).collect()
}

fn states(cloud: &Cloud, uris: &[String]) -> Vec<String> {
    uris.iter().map(|uri| cloud.state(uri)).collect()
}

fn stopping_all(cloud: &Cloud, system: &Document) {
    for machine in machines(cloud, system) {
        cloud.act(&machine, "stop", attributes());
    }
    assert!(cloud.clock.drain());
}

#[test]
fn is_made_from_a_template_with_all_that_it_describes() {
    for cloud in Cloud::everywhere() {
        let system = create(&cloud, "new", "shop");
        let machines = machines(&cloud, &system);
        assert_eq!(names(&cloud, &machines), ["web1", "web2", "database"]);
        assert_eq!(states(&cloud, &machines), ["STARTED", "STARTED", "STOPPED"]);
        assert_eq!(system.attributes.text("state"), Some("MIXED"));
        let first = cloud.get(&machines[0]);
        assert_eq!(first.attributes.text("description"), Some("Serves the shop"));
        // The volume described, and the one that the database's template makes (5.13.2.1).
        let volumes = components(&cloud, &system, "volumes", "volume");
        assert_eq!(volumes.len(), 2);
        assert!(states(&cloud, &volumes).iter().all(|state| state == "AVAILABLE"));
        let connected = cloud.get(&machines[2]).attributes.href("volumes").unwrap().to_owned();
        assert_eq!(cloud.ids(&connected).len(), 2, "#catalogue became a volume");
        if cloud.edition == Edition::V2 {
            let parent = first.attributes.href("parent").unwrap();
            assert_eq!(Some(parent), system.attributes.href("machines"), "a child component");
        }
    }
}

#[test]
fn its_creation_is_a_job_of_jobs() {
    for cloud in Cloud::everywhere() {
        let template = to(&cloud.named("systemTemplates", "shop"));
        let reply = cloud
            .post("systems", &cloud.document("SystemCreate", attributes().with("systemTemplate", template)));
        assert_eq!(reply.status, 202);
        let job = reply.job();
        assert_eq!(cloud.state(&reply.location()), "CREATING");
        let nested: Vec<String> = nested(&cloud.get(&job));
        assert_eq!(nested.len(), 4);
        for nested in &nested {
            assert_eq!(cloud.get(nested).attributes.href("parentJob"), Some(job.as_str()));
        }
        assert_eq!(cloud.state(&job), "RUNNING");
        assert!(cloud.clock.drain());
        assert_eq!(cloud.state(&job), "SUCCESS");
        assert!(nested.iter().all(|nested| cloud.state(nested) == "SUCCESS"));
        assert_eq!(cloud.get(&job).attributes.integer("progress"), Some(100));
    }
}

fn nested(job: &Document) -> Vec<String> {
    let items = job.attributes.items("nestedJobs").iter();
    items.filter_map(|item| item.as_ref()?.href.as_deref().map(str::to_owned)).collect()
}

#[test]
fn a_job_that_is_stopped_leaves_nothing() {
    for cloud in Cloud::everywhere() {
        let before = [cloud.ids("machines").len(), cloud.ids("volumes").len(), cloud.ids("systems").len()];
        let template = to(&cloud.named("systemTemplates", "shop"));
        let reply = cloud
            .post("systems", &cloud.document("SystemCreate", attributes().with("systemTemplate", template)));
        let job = reply.job();
        assert!(cloud.clock.step(), "a volume is there before the machines are");
        cloud.act(&job, "stop", attributes());
        assert!(cloud.clock.drain());
        assert_eq!(cloud.state(&job), "STOPPED");
        let after = [cloud.ids("machines").len(), cloud.ids("volumes").len(), cloud.ids("systems").len()];
        assert_eq!(after, before);
    }
}

#[track_caller]
fn check_refused(cloud: &Cloud, template: Attributes, status: u16, says: &str) {
    let count = || ["machines", "volumes", "systems"].map(|collection| cloud.ids(collection).len());
    let before = count();
    let body = attributes().with("systemTemplate", by_value(template));
    let (found, message) = cloud.post("systems", &cloud.document("SystemCreate", body)).refused();
    assert_eq!(found, status, "{message}");
    assert!(message.contains(says), "{message}");
    assert_eq!(count(), before, "nothing is left");
}

#[test]
fn what_makes_no_sense_is_refused_and_leaves_nothing() {
    for edition in Edition::ALL {
        let cloud = with_template(edition, "");
        let uri = |ty: &str| edition.type_uri(ty);
        let machine = |name: &str| {
            let template = to(&cloud.named("machineTemplates", "machine"));
            attributes().with("name", name).with("type", uri("Machine")).with("machineTemplate", template)
        };
        let template = |items: Vec<Attributes>| attributes().with("componentDescriptors", structures(items));
        let refer = |name: &str| {
            let config = to(&cloud.named("machineConfigs", "small"));
            let volume = match edition {
                Edition::V1 => attributes().with("href", name).with("initialLocation", "/x"),
                Edition::V2 => attributes().with("volume", to(name)).with("initialLocation", "/x"),
            };
            by_value(attributes().with("machineConfig", config).with("volumes", structures(vec![volume])))
        };
        let unknown = machine("b").with("machineTemplate", refer("#nobody"));
        check_refused(&cloud, template(vec![machine("a"), unknown]), 400, "#nobody refers to no component");
        let wrong = machine("b").with("machineTemplate", refer("#a"));
        check_refused(
            &cloud,
            template(vec![machine("a"), wrong]),
            400,
            "Component `b`: volume must refer to a Volume",
        );
        let bad = attributes().with("machineConfig", by_value(attributes().with("cpu", 0_i64)));
        let bad = machine("b").with("machineTemplate", by_value(bad));
        check_refused(&cloud, template(vec![machine("a"), bad]), 400, "Component `b`: cpu of");
    }
}

#[test]
fn references_by_name_are_for_components_only() {
    let cloud = Cloud::v2();
    let config = to(&cloud.named("machineConfigs", "small"));
    let template = attributes().with("machineConfig", config).with("credential", to("#admin"));
    let (status, message) = cloud.post("machines", &cloud.machine_create("x", by_value(template))).refused();
    assert_eq!(status, 400, "{message}");
}

#[test]
fn operations_are_for_every_machine() {
    for cloud in Cloud::everywhere() {
        let uri = cloud.named("systems", "old-shop");
        let system = cloud.get(&uri);
        assert_eq!(system.attributes.text("state"), Some("MIXED"));
        let machines = machines(&cloud, &system);
        let reply = cloud.act(&uri, "start", attributes());
        assert_eq!(reply.status, 202);
        assert_eq!(nested(&cloud.get(&reply.job())).len(), 1, "the others run");
        assert!(cloud.clock.drain());
        assert_eq!(cloud.state(&uri), "STARTED");
        cloud.act(&uri, "stop", attributes());
        assert_eq!(cloud.state(&uri), "STOPPING", "as all of its Machines are");
        assert!(cloud.clock.drain());
        assert_eq!(states(&cloud, &machines), ["STOPPED"; 3]);
        assert_eq!(cloud.state(&uri), "STOPPED");
        let (status, _) = cloud.act(&uri, "pause", attributes()).refused();
        assert_eq!(status, 409);
    }
}

#[test]
fn a_machine_that_cannot_is_left_as_it_is() {
    for cloud in Cloud::everywhere() {
        let uri = cloud.named("systems", "old-shop");
        let machines = machines(&cloud, &cloud.get(&uri));
        assert_eq!(states(&cloud, &machines), ["STARTED", "STOPPED", "STARTED"]);
        let job = cloud.act(&uri, "pause", attributes()).job();
        assert!(cloud.clock.drain());
        assert_eq!(states(&cloud, &machines), ["PAUSED", "STOPPED", "PAUSED"]);
        assert_eq!(cloud.state(&job), "FAILED");
        let nested: Vec<_> = nested(&cloud.get(&job)).iter().map(|job| cloud.state(job)).collect();
        assert_eq!(nested, ["SUCCESS", "FAILED", "SUCCESS"]);
        let message = cloud.get(&job).attributes.text("statusMessage").unwrap().to_owned();
        assert_eq!(message, "1 of 3 nested Jobs did not succeed.");
    }
}

#[test]
fn the_state_is_that_of_the_machines() {
    for cloud in Cloud::everywhere() {
        let uri = cloud.named("systems", "old-shop");
        let web = cloud.named("machines", "web-2");
        cloud.act(&web, "start", attributes());
        assert_eq!(cloud.state(&uri), "MIXED");
        assert!(cloud.clock.drain());
        assert_eq!(cloud.state(&uri), "STARTED");
        for machine in machines(&cloud, &cloud.get(&uri)) {
            cloud.delete(&machine);
        }
        assert!(cloud.clock.drain());
        assert_eq!(cloud.state(&uri), "MIXED", "no Machines are referenced (table 9)");
        assert_eq!(cloud.get(&format!("{uri}/machines")).attributes.integer("count"), Some(0));
    }
}

#[test]
fn children_go_with_it_and_associates_stay() {
    for cloud in Cloud::everywhere() {
        let system = create(&cloud, "new", "shop");
        let uri = system.id().unwrap().to_owned();
        let children = machines(&cloud, &system);
        let associate = cloud.named("machines", "build-1");
        associate_machine(&cloud, &system, &associate);
        assert_eq!(machines(&cloud, &cloud.get(&uri)).len(), 4);
        stopping_all(&cloud, &cloud.get(&uri));
        assert_eq!(cloud.delete(&uri).status, 202);
        assert_eq!(cloud.state(&uri), "DELETING");
        assert!(cloud.clock.drain());
        assert_eq!(cloud.status(&uri), 404);
        assert!(children.iter().all(|child| cloud.status(child) == 404));
        assert_eq!(cloud.status(&associate), 200);
        assert_eq!(cloud.ids("volumes").len(), 2, "those of the built-in world");
    }
}

fn associate_machine(cloud: &Cloud, system: &Document, machine: &str) {
    let collection = system.attributes.href("machines").unwrap();
    let reply = match cloud.edition {
        Edition::V1 => cloud
            .post(collection, &cloud.document("SystemMachine", attributes().with("machine", to(machine)))),
        Edition::V2 => cloud.act(collection, "insert", attributes().with("machine", to(machine))),
    };
    assert!(matches!(reply.status, 200 | 201), "{}", reply.text);
    let again = match cloud.edition {
        Edition::V1 => cloud
            .post(collection, &cloud.document("SystemMachine", attributes().with("machine", to(machine)))),
        Edition::V2 => cloud.act(collection, "insert", attributes().with("machine", to(machine))),
    };
    assert_eq!(again.refused().0, 409);
}

#[test]
fn a_component_that_is_removed_belongs_to_the_cloud() {
    let cloud = Cloud::v2();
    let system = create(&cloud, "new", "shop");
    let collection = system.attributes.href("machines").unwrap();
    let machine = machines(&cloud, &system)[0].clone();
    assert_eq!(cloud.act(collection, "remove", attributes().with("machine", to(&machine))).status, 200);
    assert_eq!(machines(&cloud, &system).len(), 2);
    let parent = cloud.get(&machine).attributes.href("parent").unwrap().to_owned();
    assert!(parent.ends_with("/cimi/machines"), "{parent}");
    stopping_all(&cloud, &system);
    cloud.delete(system.id().unwrap());
    assert!(cloud.clock.drain());
    assert_eq!(cloud.status(&machine), 200);
}

/// In 1.x it is the association that is deleted.
#[test]
fn a_component_whose_association_is_deleted_belongs_to_the_cloud() {
    let cloud = Cloud::new(Edition::V1, Format::Json, Seed::builtin());
    let system = create(&cloud, "new", "shop");
    let machine = machines(&cloud, &system)[0].clone();
    let association = cloud.ids(system.attributes.href("machines").unwrap()).remove(0);
    assert_eq!(cloud.delete(&association).status, 200);
    stopping_all(&cloud, &system);
    cloud.delete(system.id().unwrap());
    assert!(cloud.clock.drain());
    assert_eq!(cloud.status(&machine), 200);
}

#[test]
fn a_machine_becomes_a_child_by_its_parent() {
    let cloud = Cloud::v2();
    let system = cloud.named("systems", "old-shop");
    let build = cloud.named("machines", "build-1");
    let mut document = cloud.get(&build);
    document.attributes.set("parent", to(&format!("{system}/machines")));
    let reply = cloud.put(&build, &document, &[]);
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert!(machines(&cloud, &cloud.get(&system)).contains(&build));
    document.attributes.set("parent", to(&format!("{system}/volumes")));
    assert_eq!(cloud.put(&build, &document, &[]).refused().0, 400);
    cloud.delete(&system);
    assert!(cloud.clock.drain());
    assert_eq!(cloud.status(&build), 404);
    assert_eq!(cloud.status(&cloud.named("machines", "web-1")), 200);
}

#[test]
fn systems_within_systems_are_operated_and_deleted_with_them() {
    for edition in Edition::ALL {
        let inner = descriptor("Machine", "name = \"inner\"\nmachineTemplate = \"machine\"");
        let outer = descriptor("Machine", "name = \"outer\"\nmachineTemplate = \"machine\"");
        let within = descriptor("System", "name = \"part\"\nsystemTemplate = \"part\"");
        let templates = format!(
            "handle = \"part\"\n{inner}[[systemTemplates]]\nname = \"whole\"\nhandle = \"whole\"\n{outer}{within}"
        );
        let cloud = with_template(edition, &templates);
        let whole = create(&cloud, "all", "whole");
        let uri = whole.id().unwrap().to_owned();
        let parts = components(&cloud, &whole, "systems", "system");
        assert_eq!(names(&cloud, &parts), ["part"]);
        cloud.act(&uri, "start", attributes());
        assert!(cloud.clock.drain());
        let part = cloud.get(&parts[0]);
        assert_eq!(part.attributes.text("state"), Some("STARTED"));
        assert_eq!(cloud.ids("machines").len(), 2);
        // A System is not put into itself, by whatever way.
        let collection = part.attributes.href("systems").unwrap();
        let reply = match edition {
            Edition::V1 => {
                cloud.post(collection, &cloud.document("SystemSystem", attributes().with("system", to(&uri))))
            }
            Edition::V2 => cloud.act(collection, "insert", attributes().with("system", to(&uri))),
        };
        assert_eq!(reply.refused().0, 409);
        cloud.delete(&uri);
        assert!(cloud.clock.drain());
        assert_eq!(cloud.status(&parts[0]), 404);
        assert_eq!(cloud.ids("machines").len(), 0);
    }
}

#[test]
fn an_existing_resource_becomes_an_associate() {
    let text = descriptor("Volume", "name = \"data\"\nvolume = \"old\"");
    let cloud = with_template(Edition::V2, &text);
    let system = create(&cloud, "new", "system");
    let old = cloud.named("volumes", "old");
    assert_eq!(components(&cloud, &system, "volumes", "volume"), std::slice::from_ref(&old));
    cloud.delete(system.id().unwrap());
    assert!(cloud.clock.drain());
    assert_eq!(cloud.status(&old), 200);
}

fn service(cloud: &Cloud, system: &Document, ty: &str) -> String {
    let collection = system.attributes.href("services").unwrap();
    let ty = format!("http://schemas.dmtf.org/cimi/2/SystemService/{ty}");
    let parameters = Value::Map(map(&[("heartbeat", "200")]));
    let body = attributes().with("name", "safe").with("serviceType", ty).with("parameters", parameters);
    cloud.post(collection, &cloud.document("SystemService", body)).location()
}

/// The machines under a service: each with its backup.
fn covered(cloud: &Cloud, service: &str) -> Vec<(String, Option<String>)> {
    let collection = cloud.get(&format!("{service}/machines"));
    let uri = |text: Option<&str>| text.map(str::to_owned);
    let pair = |member: Document| {
        (member.id().unwrap_or_default().to_owned(), uri(member.attributes.href("backupmachine")))
    };
    collection.member_documents().map(pair).collect()
}

#[test]
fn a_service_of_high_reliability_keeps_backups() {
    for format in Format::ALL {
        let cloud = Cloud::new(Edition::V2, format, Seed::builtin());
        let system = cloud.get(&cloud.named("systems", "old-shop"));
        let web = cloud.named("machines", "web-1");
        for (ty, state) in [("highreliability/active", "STARTED"), ("highreliability/passive", "STOPPED")] {
            let service = service(&cloud, &system, ty);
            let node = || attributes().with("node", to(&web));
            assert_eq!(cloud.act(&service, "addRM", node()).status, 202);
            assert!(cloud.clock.drain());
            let covered_now = covered(&cloud, &service);
            assert_eq!(covered_now[0].0, web);
            let backup = covered_now[0].1.clone().unwrap();
            assert_eq!(cloud.state(&backup), state);
            assert!(
                machines(&cloud, &cloud.get(system.id().unwrap())).contains(&backup),
                "in the same System"
            );
            cloud.act(&service, "swapBackup", node());
            assert!(cloud.clock.drain());
            assert_eq!(covered(&cloud, &service), [(backup.clone(), Some(web.clone()))]);
            assert_eq!(cloud.act(&service, "swapBackup", node()).refused().0, 409, "it is no primary now");
            cloud.act(&service, "swapBackup", attributes().with("node", to(&backup)));
            assert!(cloud.clock.drain());
            assert_eq!(cloud.act(&service, "forceSync", node()).status, 202);
            assert!(cloud.clock.drain());
            assert_eq!(cloud.act(&service, "removeRM", node()).status, 200);
            assert!(covered(&cloud, &service).is_empty());
            assert_eq!(cloud.status(&backup), 404, "it is discarded");
            assert_eq!(cloud.delete(&service).status, 200);
            assert_eq!(cloud.status(&web), 200);
        }
    }
}

#[test]
fn a_backup_may_be_given() {
    let cloud = Cloud::v2();
    let system = cloud.get(&cloud.named("systems", "old-shop"));
    let service = service(&cloud, &system, "highreliability/active");
    let [web, other, outside] = ["web-1", "web-2", "build-1"].map(|name| cloud.named("machines", name));
    let add = |backup: &str| {
        cloud.act(&service, "addRM", attributes().with("node", to(&web)).with("backup", to(backup)))
    };
    assert_eq!(add(&outside).refused().0, 409);
    assert_eq!(add(&web).refused().0, 409);
    assert_eq!(add(&other).status, 200);
    cloud.act(&service, "removeRM", attributes().with("node", to(&web)));
    assert_eq!(cloud.status(&other), 200, "what the consumer gave is not discarded");
}

#[test]
fn a_service_offers_what_its_type_has() {
    let cloud = Cloud::v2();
    let system = cloud.get(&cloud.named("systems", "old-shop"));
    let offers = |service: &str| {
        ["addRM", "removeRM", "forceSync", "swapBackup"].map(|name| cloud.get(service).offer(name).is_some())
    };
    assert_eq!(offers(&service(&cloud, &system, "highreliability/active")), [true; 4]);
    assert_eq!(offers(&service(&cloud, &system, "disasterrecovery")), [true, true, false, false]);
    let collection = system.attributes.href("services").unwrap();
    let other = attributes().with("serviceType", "http://schemas.dmtf.org/cimi/2/SystemService/autoscaling");
    assert_eq!(cloud.post(collection, &cloud.document("SystemService", other)).refused().0, 400);
}

#[test]
fn services_are_made_from_a_template() {
    let text = descriptor("Machine", "name = \"web\"\nmachineTemplate = \"machine\"")
        + "[[systemTemplates.serviceDescriptors]]\nname = \"safe\"\n\
           serviceType = \"http://schemas.dmtf.org/cimi/2/SystemService/highreliability\"\n\
           parameters = { machines = \"#web\", heartbeat = \"100\" }\n";
    let cloud = with_template(Edition::V2, &text);
    let system = create(&cloud, "new", "system");
    let services = cloud.ids(system.attributes.href("services").unwrap());
    let covered = covered(&cloud, &services[0]);
    assert_eq!(names(&cloud, &[covered[0].0.clone()]), ["web"]);
    assert_eq!(names(&cloud, &[covered[0].1.clone().unwrap()]), ["web-backup"]);
    let parameters = cloud.get(&services[0]).attributes.map("parameters").cloned().unwrap();
    assert_eq!(parameters.get("heartbeat").map(String::as_str), Some("100"));
}

#[test]
fn a_system_is_metered_and_logged_as_its_template_says() {
    for cloud in Cloud::everywhere() {
        let monitors = attributes()
            .with(
                "meterTemplates",
                Value::Array(vec![Value::Ref(to(&cloud.named("meterTemplates", "cpu-meter")))]),
            )
            .with("eventLogTemplate", to(&cloud.named("eventLogTemplates", "monthly-log")));
        let body = attributes().with("name", "watched").with("systemTemplate", by_value(monitors));
        let uri = cloud.post("systems", &cloud.document("SystemCreate", body)).location();
        assert!(cloud.clock.drain());
        let system = cloud.get(&uri);
        assert_eq!(cloud.ids(system.attributes.href("meters").unwrap()).len(), 1);
        let log = cloud.get(system.attributes.href("eventLog").unwrap());
        assert_eq!(log.attributes.href("targetResource"), Some(uri.as_str()));
        assert!(!cloud.ids(log.attributes.href("events").unwrap()).is_empty());
        let meter = cloud.ids(system.attributes.href("meters").unwrap())[0].clone();
        cloud.delete(&uri);
        assert!(cloud.clock.drain());
        assert_eq!([cloud.status(&meter), cloud.status(log.id().unwrap())], [404, 404], "they go with it");
    }
}
