//! Faults of the life of a cloud: requests denied, Jobs that fail or never end, resources that change by themselves.

use std::num::NonZeroU64;
use std::time::Duration;

use cimi::Edition;
use cimi::codec::Format;
use mock_cloud::fault::{self, Effect, Failure, Fault, Share, read_json, read_toml};
use mock_cloud::sim::Request;
use mock_cloud::world::{Draft, Fields, Group, Id, Kind, Label};
use mock_cloud::{MockCloud, Seed};

use crate::support::{Cloud, Reply, attributes, to};

fn create(cloud: &Cloud, name: &str) -> Reply {
    let template = cloud.named("machineTemplates", "database-server");
    cloud.post("machines", &cloud.machine_create(name, to(&template)))
}

#[test]
fn a_job_fails_on_its_way() {
    let cloud = Cloud::faulty(
        r#"
        [[fault]]
        kind = "Machine"
        operation = "create"
        effect = { job-fails = { at = 40, message = "The disk is broken." } }
        "#,
    );
    let volumes = cloud.ids("volumes");
    let reply = create(&cloud, "m");
    assert_eq!(reply.status, 202);
    cloud.clock.advance(Duration::from_millis(79));
    assert_eq!(cloud.state(&reply.location()), "CREATING");
    assert_eq!(cloud.get(&reply.job()).attributes.integer("progress"), Some(39));
    cloud.clock.advance(Duration::from_millis(1));
    let job = cloud.get(&reply.job());
    assert_eq!(job.attributes.text("state"), Some("FAILED"));
    assert_eq!(job.attributes.text("statusMessage"), Some("The disk is broken."));
    assert_eq!(job.attributes.integer("returnCode"), Some(10_500));
    assert_eq!(job.attributes.integer("progress"), Some(100));
    assert_eq!(cloud.state(&reply.location()), "ERROR");
    for volume in cloud.ids("volumes").iter().filter(|volume| !volumes.contains(volume)) {
        assert_eq!(cloud.state(volume), "ERROR");
    }
    assert!(cloud.clock.drain());
    // What is in error can be deleted, and other Jobs are as ever.
    assert_eq!(cloud.delete(&reply.location()).status, 202);
    assert!(cloud.clock.drain());
    assert_eq!(cloud.status(&reply.location()), 404);
}

#[test]
fn a_job_that_fails_may_undo_what_it_did() {
    let cloud = Cloud::faulty(
        r#"
        [[fault]]
        operation = "create"
        effect = { job-fails = { leaves = "undone" } }
        [[fault]]
        operation = "pause"
        effect = { job-fails = { at = 0, leaves = "undone" } }
        [[fault]]
        operation = "suspend"
        effect = { job-fails = { at = 100 } }
        "#,
    );
    let reply = create(&cloud, "m");
    assert!(cloud.clock.drain());
    assert_eq!(cloud.status(&reply.location()), 404);
    assert_eq!(cloud.state(&reply.job()), "FAILED");

    let machine = cloud.named("machines", "web-1");
    let job = cloud.act(&machine, "pause", attributes()).job();
    assert!(cloud.clock.drain());
    assert_eq!((cloud.state(&job).as_str(), cloud.state(&machine).as_str()), ("FAILED", "STARTED"));
    let job = cloud.act(&machine, "suspend", attributes()).job();
    assert!(cloud.clock.drain());
    assert_eq!((cloud.state(&job).as_str(), cloud.state(&machine).as_str()), ("FAILED", "ERROR"));
}

#[test]
fn what_takes_no_time_fails_too() {
    let cloud = Cloud::faulty("[[fault]]\nkind = \"MachineConfiguration\"\neffect = { job-fails = {} }\n");
    let config =
        cloud.document("MachineConfiguration", attributes().with("cpu", 1_i64).with("memory", 1_i64));
    let reply = cloud.post("machineConfigs", &config);
    assert_eq!(reply.status, 202, "{}", reply.text);
    assert_eq!(cloud.state(&reply.job()), "FAILED");
    assert_eq!(reply.header("location"), None, "it has no state to be in error in");
    let present = cloud.ids("machineConfigs")[0].clone();
    assert_eq!(cloud.delete(&present).status, 202);
    assert_eq!(cloud.status(&present), 200);
}

#[test]
fn a_job_that_never_ends_can_be_stopped() {
    let cloud = Cloud::faulty("[[fault]]\noperation = \"pause\"\neffect = { job-never-ends = 60 }\n");
    let machine = cloud.named("machines", "web-1");
    let job = cloud.act(&machine, "pause", attributes()).job();
    assert!(!cloud.clock.drain(), "it is still running");
    cloud.clock.advance(Duration::from_hours(1));
    assert_eq!(cloud.state(&job), "RUNNING");
    assert_eq!(cloud.get(&job).attributes.integer("progress"), Some(60));
    assert_eq!(cloud.state(&machine), "PAUSING");
    cloud.act(&job, "stop", attributes());
    assert_eq!(cloud.state(&job), "STOPPING");
    assert!(cloud.clock.drain());
    assert_eq!((cloud.state(&job).as_str(), cloud.state(&machine).as_str()), ("STOPPED", "STARTED"));
}

#[test]
fn the_third_component_of_a_system_fails() {
    let cloud = Cloud::faulty(
        "[[fault]]\nkind = \"System\"\noperation = \"create\"\ntimes = 1\neffect = { component-fails = 3 }\n",
    );
    let template = cloud.ids("systemTemplates")[0].clone();
    let create = || {
        let body = attributes().with("systemTemplate", to(&template));
        cloud.post("systems", &cloud.document("SystemCreate", body))
    };
    let reply = create();
    assert_eq!(reply.status, 202, "{}", reply.text);
    assert!(cloud.clock.drain());
    let job = cloud.get(&reply.job());
    assert_eq!(job.attributes.text("state"), Some("FAILED"));
    let parts = job.attributes.items("nestedJobs").iter();
    let states: Vec<_> =
        parts.map(|part| cloud.state(part.as_ref().unwrap().href.as_deref().unwrap())).collect();
    assert!(states.len() >= 3, "{states:?}");
    for (at, state) in states.iter().enumerate() {
        assert_eq!(state == "FAILED", at == 2, "{states:?}");
    }
    let reply = create();
    assert!(cloud.clock.drain());
    assert_eq!(cloud.state(&reply.job()), "SUCCESS", "once only");
}

#[test]
fn a_full_cloud_and_a_used_up_quota_refuse_and_change_nothing() {
    let cloud = Cloud::faulty(
        r#"
        [[fault]]
        kind = "Machine"
        times = 1
        effect = "capacity"
        [[fault]]
        kind = "Volume"
        effect = "quota"
        "#,
    );
    let before = cloud.ids("machines");
    let reply = create(&cloud, "m");
    let (status, message) = reply.refused();
    assert_eq!((status, reply.header("retry-after")), (507, Some("10")));
    assert!(message.contains("is full"), "{message}");
    assert_eq!(cloud.ids("machines"), before);
    assert_eq!(create(&cloud, "m").status, 202, "once only");

    let template = cloud.get("volumeTemplates").member_documents().next().unwrap();
    let volume = attributes().with("volumeTemplate", to(template.id().unwrap()));
    let reply = cloud.post("volumes", &cloud.document("VolumeCreate", volume));
    assert_eq!((reply.refused().0, reply.header("retry-after")), (403, None));
    let volume = cloud.ids("volumes")[0].clone();
    assert_eq!(
        cloud.act(&volume, "snapshot", attributes()).status,
        202,
        "no other operation is about quotas"
    );
}

#[test]
fn what_passes_by_itself_is_shown_as_not_available() {
    for edition in Edition::ALL {
        for format in Format::ALL {
            let fault = Fault::new(Effect::Capacity).on_kind(Kind::Machine).until(Duration::from_mins(1));
            let cloud = Cloud::built(MockCloud::builder().fault(fault), edition, format);
            let tells = edition == Edition::V2;
            let offer = |uri: &str, operation: &str| {
                let document = cloud.get(uri);
                document.offer(operation).map(|offer| offer.available)
            };
            let tag = |uri: &str| cloud.send("GET", uri, &[], None).header("etag").unwrap().to_owned();
            let (stopped, running) = (cloud.named("machines", "web-2"), cloud.named("machines", "web-1"));
            assert_eq!((cloud.state(&stopped), cloud.state(&running)), ("STOPPED".into(), "STARTED".into()));
            // No room until a moment that is known.
            let full = (tag(&stopped), tag("machines"));
            assert_eq!([offer(&stopped, "start"), offer("machines", "add")], [Some(!tells); 2]);
            assert_eq!(offer(&running, "stop"), Some(true));
            assert_eq!(cloud.act(&stopped, "start", attributes()).refused().0, 507);
            cloud.clock.advance(Duration::from_mins(1));
            assert_eq!([offer(&stopped, "start"), offer("machines", "add")], [Some(true); 2]);
            assert_ne!((tag(&stopped), tag("machines")), full, "what is shown has changed");
            // A Job is at it, and leaves it in another state.
            cloud.act(&running, "stop", attributes());
            assert_eq!(cloud.state(&running), "STOPPING");
            assert_eq!(offer(&running, "start"), tells.then_some(false));
            assert_eq!(offer(&running, "delete"), tells.then_some(false));
            assert_eq!(offer(&running, "pause"), None, "that will not be possible in STOPPED either");
            assert_eq!(cloud.act(&running, "start", attributes()).refused().0, 409);
            assert!(cloud.clock.drain());
            assert_eq!(offer(&running, "start"), Some(true));
            assert_eq!(offer(&running, "stop"), None, "what the state forbids is left out");
        }
    }
}

#[test]
fn what_is_counted_is_not_shown_as_not_available() {
    // Who waits until it is would wait for ever: only requests count.
    let cloud = Cloud::faulty("[[fault]]\ntimes = 1\nuntil = \"1m\"\neffect = \"capacity\"\n");
    assert!(cloud.get("machines").offer("add").unwrap().available);
}

#[test]
fn how_often_is_counted() {
    let strikes = |fault: Fault| -> Vec<bool> {
        let cloud = Cloud::built(MockCloud::builder().fault(fault), Edition::V2, Format::Json);
        (0..12).map(|_| create(&cloud, "m").status == 507).collect()
    };
    let full = || Fault::new(Effect::Capacity);
    let at = |struck: &[bool]| -> Vec<usize> { (0..12).filter(|at| struck[*at]).collect() };
    assert_eq!(at(&strikes(full())).len(), 12);
    assert_eq!(at(&strikes(full().times(2))), [0, 1]);
    assert_eq!(at(&strikes(full().skip(9))), [9, 10, 11]);
    let every = NonZeroU64::new(5).unwrap();
    assert_eq!(at(&strikes(full().every(every))), [0, 5, 10]);
    assert_eq!(at(&strikes(full().skip(1).every(every).times(2))), [1, 6]);
    assert_eq!(at(&strikes(full().on_kind(Kind::Volume))), [0; 0]);
    assert_eq!(at(&strikes(full().on("start"))), [0; 0]);
    assert_eq!(at(&strikes(full().of_tenant("acme"))), [0; 0]);
}

#[tokio::test]
async fn a_tenant_has_faults_of_its_own() {
    let seed = Seed::new("t.toml", "[[tenants]]\nname = \"acme\"\n[[tenants]]\nname = \"globex\"\n");
    let cloud = MockCloud::builder().seed(seed).start().await.unwrap();
    cloud.faults().add(&Fault::new(Effect::Quota).of_tenant("acme")).unwrap();
    cloud.faults().add(&Fault::new(Effect::Capacity).times(1)).unwrap();
    let strike = |tenant: &str| {
        let request = Request::Create { group: Group::of_cloud(Kind::Machine), draft: Draft::default() };
        let engine = cloud.cloud().engine(tenant).unwrap();
        engine.write(|sim| sim.perform(request)).unwrap_err().reason.status()
    };
    assert_eq!([strike("acme"), strike("globex"), strike("globex"), strike("acme")], [403, 507, 400, 403]);
    let hits: Vec<_> = cloud.faults().list().iter().map(|listed| listed.hits).collect();
    assert_eq!(hits, [2, 1]);
}

#[test]
fn chance_is_the_seeds() {
    let strikes = |seed: u64| -> Vec<bool> {
        let fault = Fault::new(Effect::Capacity).with_probability(Share::new(0.5).unwrap());
        let cloud = Cloud::built(MockCloud::builder().fault(fault).chance(seed), Edition::V2, Format::Json);
        (0..40).map(|_| create(&cloud, "m").status == 507).collect()
    };
    let some = strikes(1);
    assert_eq!(some, strikes(1));
    assert_ne!(some, strikes(2));
    let hits = some.iter().filter(|struck| **struck).count();
    assert!((8..32).contains(&hits), "{hits} of 40");
}

#[test]
fn a_fault_has_its_time() {
    let cloud = Cloud::faulty(
        r#"
        [[fault]]
        from = "PT1M"
        until = "2026-01-01T00:02:00Z"
        effect = "capacity"
        "#,
    );
    for (wait, status) in [(0, 202), (59, 202), (1, 507), (59, 507), (1, 202)] {
        cloud.clock.advance(Duration::from_secs(wait));
        assert_eq!(create(&cloud, "m").status, status);
    }
}

#[test]
fn a_machine_goes_to_error_by_itself() {
    let cloud = Cloud::faulty(
        r#"
        [[fault]]
        kind = "Machine"
        resource = "web-1"
        from = "PT3S"
        effect = { happens = { change = { state = "ERROR" } } }
        "#,
    );
    let machine = cloud.named("machines", "web-1");
    cloud.clock.advance(Duration::from_millis(2950));
    let job = cloud.act(&machine, "pause", attributes()).job();
    assert_eq!(cloud.state(&machine), "PAUSING");
    cloud.clock.advance(Duration::from_millis(50));
    assert_eq!(cloud.state(&machine), "ERROR");
    assert_eq!(cloud.state(&job), "FAILED", "what was at it fails");
    assert!(cloud.get(&job).attributes.text("statusMessage").unwrap().contains("by itself"));
    let others = cloud.get("machines?$filter=state='ERROR'");
    assert_eq!(others.attributes.integer("count"), Some(1));
}

#[test]
fn things_happen_again_and_again() {
    let cloud = Cloud::faulty(
        r#"
        [[fault]]
        kind = "Machine"
        times = 2
        every = 2
        effect = { happens = { change = { set = { cpu = 64 } }, again = "10s" } }
        "#,
    );
    let changed = || cloud.get("machines?$filter=cpu=64").attributes.integer("count");
    assert!(cloud.ids("machines").len() > 3);
    assert_eq!(changed(), Some(2), "every other one, and no more than two");
    cloud.clock.advance(Duration::from_mins(5));
    assert_eq!(changed(), Some(2), "nor later");
}

#[test]
fn an_operation_has_consequences() {
    let cloud = Cloud::faulty(
        r#"
        [[fault]]
        kind = "Machine"
        operation = "create"
        times = 1
        effect = { happens = { change = { name = "renamed" }, after = "PT3S" } }
        [[fault]]
        kind = "Machine"
        operation = "create"
        effect = { happens = { change = "deleted", after = "PT5S" } }
        [[fault]]
        kind = "Volume"
        operation = "update"
        effect = { happens = { change = { set = { capacity = 1 } }, after = "1s" } }
        "#,
    );
    let machine = create(&cloud, "m").location();
    assert!(cloud.clock.drain(), "nobody waits for what nobody asked for");
    assert_eq!(cloud.get(&machine).attributes.text("name"), Some("m"));
    cloud.clock.advance(Duration::from_secs(3));
    assert_eq!(cloud.get(&machine).attributes.text("name"), Some("renamed"));
    cloud.clock.advance(Duration::from_secs(2));
    assert_eq!(cloud.status(&machine), 404);
    let volume = cloud.ids("volumes")[0].clone();
    cloud.put(&volume, &cloud.get(&volume), &[]);
    cloud.clock.advance(Duration::from_secs(1));
    assert_eq!(cloud.get(&volume).attributes.integer("capacity"), Some(1));
}

#[test]
fn a_snapshot_goes_on_identically_faults_included() {
    let mut sim = Seed::builtin().grow(jiff::Timestamp::UNIX_EPOCH).unwrap().sim;
    let half = Share::new(0.5).unwrap();
    sim.set_faults(vec![
        Fault::new(Effect::Capacity).on("create").with_probability(half).times(10),
        Fault::new(Effect::JobFails(Failure::default())).with_probability(half),
    ])
    .unwrap();
    let live = |sim: &mut mock_cloud::sim::Sim| -> String {
        let config = Id::new(Kind::VolumeConfiguration, 1).unwrap();
        for _ in 0..30 {
            let draft = Draft::new(Label::default(), Fields::new().with("volumeConfig", config));
            let _ = sim.perform(Request::Create { group: Group::of_cloud(Kind::Volume), draft });
            sim.step();
        }
        format!("{:?} {:?}", sim.world(), sim.fate().list())
    };
    live(&mut sim);
    let mut copy = sim.clone();
    assert_eq!(live(&mut sim), live(&mut copy));
}

#[tokio::test]
async fn a_snapshot_has_the_faults_and_their_counters() {
    let cloud = MockCloud::builder().clock(mock_cloud::Clock::virtual_clock());
    let cloud = cloud.fault(Fault::new(Effect::Quota).times(3)).start().await.unwrap();
    let strike = || {
        let request = Request::Create { group: Group::of_cloud(Kind::Machine), draft: Draft::default() };
        cloud.engine().write(|sim| sim.perform(request)).unwrap_err().reason.status()
    };
    assert_eq!(strike(), 403);
    cloud.cloud().keep("one").unwrap();
    assert_eq!([strike(), strike(), strike()], [403, 403, 400]);
    cloud.faults().set(&[]).unwrap();
    cloud.cloud().restore("one").unwrap();
    assert_eq!(cloud.faults().list()[0].hits, 1);
    assert_eq!([strike(), strike(), strike()], [403, 403, 400]);
    cloud.cloud().reset().unwrap();
    assert_eq!(cloud.faults().list()[0].hits, 0, "a cloud that begins anew has what it was built with");
}

#[tokio::test]
async fn faults_change_while_the_cloud_runs() {
    let cloud = MockCloud::builder().latency(Duration::from_millis(1)).start().await.unwrap();
    let faults = cloud.faults();
    assert_eq!(faults.list()[0].fault.name(), Some("latency"), "there is one way to be slow");
    faults.set(&[Fault::new(Effect::Quota).on_kind(Kind::Machine)]).unwrap();
    let id = faults.add(&Fault::new(Effect::Capacity).named("full")).unwrap();
    assert_eq!(faults.list().len(), 2);
    let wrong = Fault::new(Effect::Quota).on("strat");
    let error = faults.set(&[wrong]).unwrap_err();
    assert_eq!(error.hint(), Some("did you mean `start`?"));
    assert_eq!(faults.list().len(), 2, "nothing has changed");
    assert!(faults.remove(id));
    assert!(!faults.remove(id));
    let request = Request::Create { group: Group::of_cloud(Kind::Machine), draft: Draft::default() };
    cloud.engine().write(|sim| sim.perform(request)).unwrap_err();
    let listed = &faults.list()[0];
    assert_eq!((listed.seen, listed.hits), (1, 1));
    assert!(MockCloud::builder().fault(Fault::new(Effect::Quota).on("strat")).start().await.is_err());
    for _ in 0..255 {
        faults.add(&Fault::new(Effect::Capacity)).unwrap();
    }
    assert!(faults.add(&Fault::new(Effect::Capacity)).unwrap_err().to_string().contains("256 faults"));
}

const ALL: &str = r#"
[[fault]]
name = "all that can be said"
tenant = "acme"
kind = "Machine"
operation = "start"
resource = "web-1"
from = "250ms"
until = "2030-01-01T00:00:00Z"
skip = 2
times = 3
every = 5
probability = 0.25
effect = { latency = { uniform = { from = "10ms", to = "PT1S" } } }
[[fault]]
effect = { latency = { fixed = "1m 30s" } }
[[fault]]
effect = { latency = { normal = { mean = "50ms", deviation = "10ms" } } }
[[fault]]
effect = { latency = { exponential = "50ms" } }
[[fault]]
effect = { refuse = { status = 429, retry-after = "PT5S", message = "Not so fast." } }
[[fault]]
effect = { drop = "before" }
[[fault]]
effect = { drop = "after" }
[[fault]]
effect = "lose-reply"
[[fault]]
effect = { truncate = 0.5 }
[[fault]]
effect = { slow = 1000 }
[[fault]]
effect = "capacity"
[[fault]]
effect = "quota"
[[fault]]
effect = { job-fails = { at = 40, leaves = "undone", message = "no" } }
[[fault]]
effect = { job-never-ends = 50 }
[[fault]]
effect = { component-fails = 3 }
[[fault]]
kind = "Machine"
effect = { happens = { change = { state = "ERROR" }, again = "10s" } }
[[fault]]
kind = "Volume"
operation = "create"
effect = { happens = { change = { set = { capacity = 5 } }, after = "3s" } }
[[fault]]
kind = "Volume"
effect = { happens = { change = { name = "x" } } }
[[fault]]
kind = "Volume"
effect = { happens = { change = "deleted" } }
"#;

#[test]
fn toml_and_json_say_the_same() {
    let faults = read_toml("all.toml", ALL).unwrap();
    assert_eq!(faults.len(), 19);
    let json = serde_json::to_string(&faults).unwrap();
    assert_eq!(read_json(&json).unwrap(), faults);
}

/// A text, line and column, a part of the message, and the hint.
type Wrong = (&'static str, (usize, usize), &'static str, Option<&'static str>);

#[test]
fn a_wrong_fault_says_where_and_what_was_expected() {
    let cases: &[Wrong] = &[
        (
            "[[fault]]\nnmae = \"x\"\neffect = \"quota\"",
            (2, 1),
            "unknown field `nmae`",
            Some("did you mean `name`?"),
        ),
        (
            "[[fault]]\neffect = \"capcity\"",
            (2, 10),
            "unknown variant `capcity`",
            Some("did you mean `capacity`?"),
        ),
        ("[[fault]]\nname = \"x\"", (1, 1), "missing field `effect`", None),
        ("[[fault]]\neffect = { slow = 0 }", (2, 19), "nonzero", None),
        ("[[fault]]\nfrom = \"soon\"\neffect = \"quota\"", (2, 8), "`soon` is no moment", None),
        ("[[fault]]\nprobability = 2.0\neffect = \"quota\"", (2, 15), "a number from 0 to 1", None),
        ("[[fault]]\neffect = { job-never-ends = 101 }", (2, 10), "0 to 100", None),
        ("[[fault]]\neffect = { latency = { fixed = \"1y\" } }", (2, 22), "such as 250ms", None),
        (
            "[[fault]]\nkind = \"Machin\"\neffect = \"quota\"",
            (1, 1),
            "Machin is no kind",
            Some("did you mean `Machine`?"),
        ),
        (
            "[[fault]]\nkind = \"Volume\"\noperation = \"start\"\neffect = \"quota\"",
            (1, 1),
            "start is no operation",
            None,
        ),
        ("[[fault]]\noperation = \"read\"\neffect = \"quota\"", (1, 1), "read changes nothing", None),
        ("[[fault]]\neffect = { refuse = { status = 302 } }", (1, 1), "one of 400", None),
        (
            "[[fault]]\nkind = \"Machine\"\neffect = { happens = { change = { state = \"EROR\" } } }",
            (1, 1),
            "EROR is no state",
            Some("did you mean `ERROR`?"),
        ),
        (
            "[[fault]]\nkind = \"Machine\"\neffect = { happens = { change = { set = { cpus = 1 } } } }",
            (1, 1),
            "cpus is no attribute",
            Some("did you mean `cpu`?"),
        ),
        ("[[fault]]\neffect = { happens = { change = \"deleted\" } }", (1, 1), "kind is missing", None),
        ("[[fault]]\nfrom = \"2s\"\nuntil = \"1s\"\neffect = \"quota\"", (1, 1), "before it begins", None),
        ("[[fault]\n", (1, 9), "unclosed", None),
    ];
    for (text, at, message, hint) in cases {
        let error = fault::read_toml("f.toml", text).unwrap_err();
        assert!(error.to_string().contains(message), "{text}: {error}");
        assert_eq!(error.position(), *at, "{text}: {error}");
        assert_eq!(error.hint(), *hint, "{text}: {error}");
    }
    let error = read_json("[{\"effect\": \"quota\",\n \"tiems\": 3}]").unwrap_err();
    assert!(error.to_string().contains("unknown field `tiems`"), "{error}");
    assert_eq!(error.hint(), Some("did you mean `times`?"));
    assert_eq!(error.position().0, 2);
}
