//! Meters and their samples (DSP0263 5.17.3 to 5.17.7).

#![allow(clippy::float_cmp, reason = "values are compared as they were written")]

use std::time::Duration;

use cimi::{Attributes, Edition, Reference, Value};

use crate::support::{Cloud, Reply, attributes, by_value, to};

const HOUR: Duration = Duration::from_hours(1);

fn aspect(cloud: &Cloud, name: &str) -> String {
    cloud.edition.type_uri(&format!("aspect/{name}"))
}

/// The attributes of a configuration for an aspect, with a sample every minute.
fn config(cloud: &Cloud, name: &str) -> Attributes {
    attributes().with("aspect", aspect(cloud, name)).with("sampleInterval", 60_i64)
}

fn create(cloud: &Cloud, collection: &str, template: Reference) -> Reply {
    let create =
        cloud.document("MeterCreate", attributes().with("name", "m").with("meterTemplate", template));
    cloud.post(collection, &create)
}

/// A new Meter of a resource.
fn meter_of(cloud: &Cloud, target: &str, config: Attributes) -> String {
    let template = attributes().with("targetResource", to(target)).with("meterConfig", by_value(config));
    create(cloud, "meters", by_value(template)).location()
}

/// The values of a Meter's samples, oldest first, each with its moment.
fn samples(cloud: &Cloud, meter: &str) -> Vec<(String, f64)> {
    let members = cloud.get(&format!("{meter}/samples"));
    members
        .member_documents()
        .map(|sample| {
            let own = match cloud.edition {
                Edition::V1 => {
                    sample.attributes.get("sample").and_then(Value::as_attributes).unwrap().clone()
                }
                Edition::V2 => sample.attributes,
            };
            let Some(Value::DateTime(time)) = own.get("timestamp") else { panic!("no timestamp") };
            (time.as_str().to_owned(), own.text("value").unwrap().parse().unwrap())
        })
        .collect()
}

#[test]
fn is_made_of_a_configuration_for_a_resource() {
    for cloud in Cloud::everywhere() {
        let machine = cloud.named("machines", "web-1");
        let template = attributes()
            .with("targetResource", to(&machine))
            .with("meterConfig", to(&cloud.named("meterConfigs", "memory")));
        let reply = create(&cloud, "meters", by_value(template));
        assert_eq!(reply.status, 201, "{}", reply.text);
        let meter = cloud.get(&reply.location());
        assert_eq!(meter.attributes.href("targetResource"), Some(machine.as_str()));
        assert_eq!(meter.attributes.text("aspect"), Some(aspect(&cloud, "memory").as_str()));
        assert_eq!(meter.attributes.text("units"), Some("kibibyte"));
        assert_eq!(meter.attributes.text("maxValue"), Some("1048576"));
        // 5.17.4.1: it is in the target's collection, too, which is what it is a part of.
        let inside = format!("{machine}/meters");
        assert!(cloud.ids(&inside).contains(&reply.location()));
        if cloud.edition == Edition::V2 {
            assert_eq!(meter.attributes.href("parent"), Some(inside.as_str()));
        }
        let affected = cloud.get(&reply.job()).attributes.items("affectedResources").len();
        assert_eq!(affected, 3, "the collection, the Meter and its target");
    }
}

#[test]
fn goes_where_table_49_says() {
    for cloud in Cloud::everywhere() {
        let (one, other) = (cloud.named("machines", "web-1"), cloud.named("machines", "web-2"));
        let template = to(&cloud.named("meterTemplates", "cpu-meter"));
        let nowhere = create(&cloud, "meters", template.clone());
        assert_eq!(nowhere.refused().0, 400);
        assert!(nowhere.refused().1.contains("targetResource"), "{}", nowhere.text);
        let inside = format!("{one}/meters");
        let meter = create(&cloud, &inside, template).location();
        assert_eq!(cloud.get(&meter).attributes.href("targetResource"), Some(one.as_str()));
        let of = |target: &str| {
            by_value(
                attributes()
                    .with("targetResource", to(target))
                    .with("meterConfig", to(&cloud.named("meterConfigs", "cpu"))),
            )
        };
        assert_eq!(create(&cloud, &inside, of(&one)).status, 201);
        assert_eq!(create(&cloud, &inside, of(&other)).refused().0, 400);
        assert_eq!(create(&cloud, "meters", of("http://mock.invalid/cimi/")).status, 201);
    }
}

#[test]
fn measures_only_what_its_configuration_is_for() {
    for cloud in Cloud::everywhere() {
        let (machine, volume) = (cloud.named("machines", "web-1"), cloud.named("volumes", "backup"));
        let refused = |target: &str, config: Attributes| {
            let template =
                attributes().with("targetResource", to(target)).with("meterConfig", by_value(config));
            create(&cloud, "meters", by_value(template)).refused()
        };
        assert!(refused(&volume, config(&cloud, "cpu")).1.contains("Volume"));
        assert_eq!(refused(&machine, config(&cloud, "smell")).0, 400);
        assert_eq!(refused(&machine, attributes().with("sampleInterval", 60_i64)).0, 400);
        assert_eq!(refused(&machine, config(&cloud, "cpu").with("sampleInterval", 0_i64)).0, 400);
        let uri = cloud.edition.type_uri("Volume");
        let only = match cloud.edition {
            Edition::V1 => ("associatedTo", Value::Ref(to(&uri))),
            Edition::V2 => ("associatedResources", Value::from(uri)),
        };
        let only_volumes = config(&cloud, "disk").with(only.0, Value::Array(vec![only.1]));
        assert_eq!(refused(&machine, only_volumes.clone()).0, 400);
        let shown = cloud.get(
            &cloud
                .post("meterConfigs", &cloud.document("MeterConfiguration", only_volumes.clone()))
                .location(),
        );
        assert_eq!(shown.attributes.get(only.0), only_volumes.get(only.0));
        meter_of(&cloud, &volume, only_volumes);
    }
}

#[test]
fn takes_a_sample_each_interval_and_keeps_the_last() {
    for cloud in Cloud::everywhere() {
        let meter = meter_of(&cloud, &cloud.named("machines", "web-1"), config(&cloud, "cpu"));
        assert_eq!(samples(&cloud, &meter).len(), 1, "one at once");
        cloud.clock.advance(Duration::from_secs(59));
        assert_eq!(samples(&cloud, &meter).len(), 1);
        cloud.clock.advance(Duration::from_secs(1));
        let two = samples(&cloud, &meter);
        assert_eq!(two.last().unwrap().0, "2026-01-01T00:01:00Z");
        cloud.clock.advance(HOUR);
        let many = samples(&cloud, &meter);
        assert_eq!(many.len(), 62);
        assert!(many.iter().all(|(_, value)| (0.0..=100.0).contains(value)), "{many:?}");
        assert!(many.iter().any(|(_, value)| *value != many[0].1), "load changes");
        cloud.clock.advance(HOUR);
        let kept = samples(&cloud, &meter);
        assert_eq!((kept.len(), kept[0].0.as_str()), (120, "2026-01-01T00:02:00Z"));
        assert!(cloud.clock.drain(), "nobody waits for samples");
    }
}

/// What would be gone again is not taken at all: a year is as if it had been lived through.
#[test]
fn a_year_costs_no_more_than_what_is_kept() {
    let (at_once, by_and_by) = (Cloud::v2(), Cloud::v2());
    let year = Duration::from_hours(365 * 24);
    let mut seen = Vec::new();
    for cloud in [&at_once, &by_and_by] {
        let machine = cloud.named("machines", "web-1");
        let interval = attributes().with("timeScope", "Interval").with("sampleInterval", 600_i64);
        let hourly = interval
            .with("aspect", aspect(cloud, "cpu"))
            .with("intervalDuration", Value::Duration("PT1H".parse().unwrap()));
        let meters = [meter_of(cloud, &machine, config(cloud, "memory")), meter_of(cloud, &machine, hourly)];
        if std::ptr::eq(cloud, &raw const at_once) {
            cloud.clock.advance(year);
        } else {
            for _ in 0..365 {
                cloud.clock.advance(year / 365);
            }
        }
        seen.push(meters.map(|meter| samples(cloud, &meter)));
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0][0].len(), 120);
}

#[test]
fn a_stopped_machine_uses_no_processor_and_no_memory() {
    let cloud = Cloud::v2();
    let machine = cloud.named("machines", "web-2");
    for (name, is_zero) in [("cpu", true), ("memory", true), ("disk", false)] {
        let meter = meter_of(&cloud, &machine, config(&cloud, name));
        assert_eq!(samples(&cloud, &meter)[0].1 == 0.0, is_zero, "{name}");
    }
    cloud.act(&machine, "start", attributes());
    assert!(cloud.clock.drain());
    for name in ["cpu", "memory"] {
        let meter = meter_of(&cloud, &machine, config(&cloud, name));
        let most: f64 = cloud.get(&meter).attributes.text("maxValue").unwrap().parse().unwrap();
        let used = samples(&cloud, &meter)[0].1;
        assert!(used > 0.0 && used <= most, "{name} {used} {most}");
    }
}

/// What a group uses is what its parts do; and an average over an interval sees what happened in it.
#[test]
fn groups_are_added_up_and_intervals_averaged() {
    let cloud = Cloud::v2();
    let entry = "http://mock.invalid/cimi/";
    let whole = samples(&cloud, &meter_of(&cloud, entry, config(&cloud, "memory")))[0].1;
    let parts: f64 = cloud
        .ids("machines")
        .iter()
        .map(|machine| samples(&cloud, &meter_of(&cloud, machine, config(&cloud, "memory")))[0].1)
        .sum();
    assert!((whole - parts).abs() < 1.0, "{whole} {parts}");

    let machine = cloud.named("machines", "web-2");
    let hourly = config(&cloud, "cpu").with("sampleInterval", 3600_i64).with("timeScope", "Interval");
    let meter = meter_of(&cloud, &machine, hourly);
    assert_eq!(
        cloud.get(&meter).attributes.get("intervalDuration"),
        Some(&Value::Duration("PT3600S".parse().unwrap()))
    );
    assert!(samples(&cloud, &meter).is_empty(), "there is no interval yet");
    cloud.clock.advance(HOUR);
    cloud.clock.advance(HOUR / 2);
    cloud.act(&machine, "start", attributes());
    cloud.clock.advance(HOUR / 2);
    cloud.clock.advance(HOUR);
    let values: Vec<f64> = samples(&cloud, &meter).into_iter().map(|(_, value)| value).collect();
    assert_eq!(values.len(), 3);
    assert_eq!(values[0], 0.0, "it was stopped");
    assert!(values[1] > 0.0 && values[1] < values[2] * 0.95, "it ran for half of it: {values:?}");
}

#[test]
fn is_started_and_stopped() {
    for cloud in Cloud::everywhere() {
        let meter = meter_of(&cloud, &cloud.named("machines", "web-1"), config(&cloud, "cpu"));
        let offers = |name: &str| cloud.get(&meter).offer(name).is_some();
        assert!(offers("stop") && !offers("start"));
        assert_eq!(cloud.act(&meter, "start", attributes()).refused().0, 409);
        assert_eq!(cloud.act(&meter, "stop", attributes()).status, 200);
        assert!(offers("start") && !offers("stop"));
        let before = samples(&cloud, &meter);
        cloud.clock.advance(HOUR);
        assert_eq!(samples(&cloud, &meter), before);
        assert_eq!(cloud.act(&meter, "start", attributes()).status, 200);
        cloud.clock.advance(HOUR);
        assert_eq!(samples(&cloud, &meter).len(), before.len() + 61);
    }
}

#[test]
fn ends_at_its_times() {
    for cloud in Cloud::everywhere() {
        let machine = cloud.named("machines", "web-1");
        let meter = meter_of(&cloud, &machine, config(&cloud, "cpu"));
        let put = |name: &str, time: &str| {
            let time = Value::DateTime(time.parse().unwrap());
            let body = cloud.document("Meter", attributes().with(name.to_owned(), time));
            cloud.put(&format!("{meter}?$select={name}"), &body, &[]).status
        };
        assert_eq!(put("stopTime", "2026-01-01T00:10:30Z"), 200);
        cloud.clock.advance(HOUR);
        let taken = samples(&cloud, &meter);
        assert_eq!((taken.len(), taken.last().unwrap().0.as_str()), (11, "2026-01-01T00:10:00Z"));
        assert!(cloud.get(&meter).offer("stop").is_none());
        assert_eq!(cloud.act(&meter, "start", attributes()).refused().0, 409);
        assert_eq!(put("expiresTime", "2026-01-01T02:00:00Z"), 200);
        cloud.clock.advance(Duration::from_secs(3599));
        assert_eq!(cloud.status(&meter), 200);
        cloud.clock.advance(Duration::from_secs(1));
        assert_eq!(cloud.status(&meter), 404);
        assert!(!cloud.ids(&format!("{machine}/meters")).contains(&meter));
    }
}

#[test]
fn goes_with_its_target() {
    for cloud in Cloud::everywhere() {
        let machine = cloud.named("machines", "web-1");
        let meter = meter_of(&cloud, &machine, config(&cloud, "cpu"));
        cloud.delete(&machine);
        assert!(cloud.clock.drain());
        assert_eq!(cloud.status(&meter), 404);
        cloud.clock.advance(HOUR);
    }
}

#[test]
fn comes_with_what_a_template_makes() {
    for cloud in Cloud::everywhere() {
        let template = attributes().with("machineConfig", to(&cloud.named("machineConfigs", "small"))).with(
            "meterTemplates",
            vec![
                Value::Ref(to(&cloud.named("meterTemplates", "cpu-meter"))),
                Value::Ref(by_value(
                    attributes().with("meterConfig", to(&cloud.named("meterConfigs", "disk"))),
                )),
            ],
        );
        let machine = cloud.post("machines", &cloud.machine_create("m", by_value(template))).location();
        let meters = cloud.get(&format!("{machine}/meters"));
        let aspects: Vec<_> = meters
            .member_documents()
            .map(|meter| meter.attributes.text("aspect").unwrap().to_owned())
            .collect();
        assert_eq!(aspects, [aspect(&cloud, "cpu"), aspect(&cloud, "disk")]);
        let disk = meters.member_documents().nth(1).unwrap();
        assert_eq!(disk.attributes.text("maxValue"), Some("10000000"));

        let config = by_value(attributes().with("capacity", 5_i64));
        let wrong = Value::Ref(to(&cloud.named("meterTemplates", "cpu-meter")));
        let template = attributes().with("volumeConfig", config).with("meterTemplates", vec![wrong]);
        let create = cloud.document("VolumeCreate", attributes().with("volumeTemplate", by_value(template)));
        let volumes = cloud.ids("volumes").len();
        assert_eq!(cloud.post("volumes", &create).refused().0, 400);
        assert_eq!(cloud.ids("volumes").len(), volumes);
    }
}

/// Networks carry something while they run; a template brings Meter and log along.
#[test]
fn networks_are_metered_and_logged() {
    for cloud in Cloud::everywhere() {
        let meter =
            Value::Ref(by_value(attributes().with("meterConfig", by_value(config(&cloud, "bandwidth")))));
        let template = attributes()
            .with("meterTemplates", vec![meter])
            .with("eventLogTemplate", to(&cloud.named("eventLogTemplates", "monthly-log")));
        let create =
            cloud.document("NetworkCreate", attributes().with("networkTemplate", by_value(template)));
        let network = cloud.post("networks", &create).location();
        assert!(cloud.clock.drain());
        if cloud.state(&network) == "STOPPED" {
            cloud.act(&network, "start", attributes());
            assert!(cloud.clock.drain());
        }
        cloud.clock.advance(Duration::from_mins(2));
        let meter = cloud.ids(&format!("{network}/meters")).remove(0);
        assert!(samples(&cloud, &meter).last().unwrap().1 > 0.0);
        let log = cloud.get(&network).attributes.href("eventLog").unwrap().to_owned();
        assert!(cloud.get(&format!("{log}/events")).attributes.integer("count").unwrap() > 1);
        assert_eq!(cloud.act(&network, "stop", attributes()).status / 100, 2);
        assert!(cloud.clock.drain());
        cloud.clock.advance(Duration::from_mins(1));
        assert_eq!(samples(&cloud, &meter).last().unwrap().1, 0.0);
    }
}

/// A Meter and its Sample as each edition and format writes them.
#[test]
fn documents() {
    for cloud in Cloud::everywhere() {
        let reply = |uri: &str| cloud.send("GET", uri, &[], None).text.replace("><", ">\n<");
        let text = [
            reply("meters/1"),
            reply("meters/1/samples"),
            reply("meters/1/samples/1"),
            reply("meterConfigs/1"),
        ];
        let name = format!("meter_{}_{:?}", cloud.edition, cloud.format).to_lowercase();
        insta::assert_snapshot!(name, text.join("\n\n"));
    }
}
