//! Where something has to be, said when it is created; and decisions over HTTP, of jobs and of what is only asked about.

use mock_cloud::Edition;
use multicloud::kind::Kind;
use multicloud::north::NAMESPACE;
use reqwest::Method;
use serde_json::{Value, json};

use crate::request::request;
use crate::support::{self, Reply, Speaker, account, names, text};

/// Two clouds in two parts of France and one in Norway, the cheapest first.
async fn three() -> ([mock_cloud::Running; 3], String) {
    let clouds = [
        support::instant(Edition::V2).await,
        support::instant(Edition::V1).await,
        support::instant(Edition::V2).await,
    ];
    let of = |at: usize, name, more| account(name, mock_cloud::Running::base_uri(&clouds[at]), more);
    let accounts = [
        of(0, "paris", "location = \"FR-75C\"\nprovider = \"seine\"\nprice = 1"),
        of(1, "lyon", "location = \"FR-69\"\nprovider = \"saone\"\nprice = 2"),
        of(2, "oslo", "location = \"NO\"\nprovider = \"fjord\"\nprice = 3"),
    ];
    let accounts = accounts.concat();
    (clouds, format!("[placement]\norder-by = \"price\"\n{accounts}"))
}

async fn create(speaker: &Speaker, edition: u8, format: &str, pins: &[(&str, &str)]) -> Reply {
    let body = if format == "application/json" {
        let mut body =
            json!({ "name": "m", "machineTemplate": { "machineConfig": { "cpu": 1, "memory": 1_000_000 } } });
        for (name, value) in pins {
            body[name] = json!(value);
        }
        body.to_string()
    } else {
        let said = pins.iter().map(|(name, value)| format!("<m:{name}>{value}</m:{name}>"));
        let said = said.collect::<Vec<_>>().concat();
        format!(
            "<MachineCreate xmlns=\"http://schemas.dmtf.org/cimi/{edition}\" xmlns:m=\"urn:cimi-manager:placement\">\
             <name>m</name><machineTemplate><machineConfig><cpu>1</cpu><memory>1000000</memory></machineConfig>\
             </machineTemplate>{said}</MachineCreate>"
        )
    };
    let headers = [("Accept", "application/json"), ("Content-Type", format)];
    speaker.ask(Method::POST, "machines", &headers, Some(body)).await
}

#[tokio::test]
async fn a_creation_says_where_it_has_to_be() {
    for (edition, name) in [(1, "v1"), (2, "v2")] {
        let (_clouds, config) = three().await;
        let manager = support::manager(&format!("edition = \"{name}\"\n{config}")).await;
        let speaker = Speaker::to(manager.base_uri());
        for format in ["application/json", "application/xml"] {
            for (pins, expected) in [
                (&[][..], "paris"),
                (&[("location", "FR")][..], "paris"),
                (&[("location", "FR-69")], "lyon"),
                (&[("location", "NO")], "oslo"),
                (&[("provider", "saone")], "lyon"),
                (&[("account", "oslo")], "oslo"),
                (&[("location", "FR"), ("provider", "saone")], "lyon"),
            ] {
                let made = create(&speaker, edition, format, pins).await.expect(201).json();
                assert_eq!(made["account"], expected, "{name} {format} {pins:?}");
                assert!(made["provider"].is_string() && made["location"].is_string(), "{made}");
            }
            let refused = create(&speaker, edition, format, &[("location", "F")]).await.expect(400);
            assert!(refused.text.contains("the request wants location F"), "{}", refused.text);
            let refused = create(&speaker, edition, format, &[("account", "oslo"), ("location", "FR")])
                .await
                .expect(400);
            assert!(refused.text.contains("oslo: the request wants location FR"), "{}", refused.text);
        }
        let filter = "machines?$filter=provider='saone' and name='m'";
        assert_eq!(speaker.members(filter).await.len(), 6);
        let metadata = speaker.get("resourceMetadata/Machine").await.expect(200).text;
        assert!(metadata.contains("\"provider\""), "{metadata}");
    }
}

#[tokio::test]
async fn what_is_in_a_part_of_a_country_is_in_the_country() {
    for (edition, name) in [(1, "v1"), (2, "v2")] {
        let (_clouds, config) = three().await;
        let policy = "filter = \"location='FR'\"\norder-by = \"price:desc\"";
        let manager = format!("edition = \"{name}\"\n{}", config.replace("order-by = \"price\"", policy));
        let manager = support::manager(&manager).await;
        let speaker = Speaker::to(manager.base_uri());
        let created = async |pins: &[(&str, &str)]| create(&speaker, edition, "application/json", pins).await;
        let made = created(&[]).await.expect(201).json();
        assert_eq!((&made["account"], &made["location"]), (&json!("lyon"), &json!("FR-69")), "{made}");
        assert_eq!(made["country"], "FR", "{made}");
        created(&[("account", "paris")]).await.expect(201);
        let refused = created(&[("account", "oslo")]).await.expect(400);
        assert!(refused.text.contains("filter location='FR' leaves it out"), "{}", refused.text);
        let found = async |filter: &str| {
            let path = format!("machines?$filter=name='m' and {filter}&$orderby=country,account");
            let found = speaker.members(&path).await;
            found.iter().map(|machine| text(&machine["account"])).collect::<Vec<_>>()
        };
        assert_eq!(found("location='FR'").await, ["lyon", "paris"]);
        assert_eq!(found("country='FR'").await, ["lyon", "paris"]);
        assert_eq!(found("(location='FR' or cpu=77)").await, ["lyon", "paris"]);
        assert_eq!(found("location='FR-69'").await, ["lyon"]);
        assert_eq!(found("location!='FR-69'").await, ["paris"]);
        assert!(found("location!='FR'").await.is_empty());
        let metadata = speaker.get("resourceMetadata/Machine").await.expect(200).text;
        assert!(metadata.contains("\"country\""), "{metadata}");
        let admin = Speaker::to(&manager.admin_uri());
        let all = |filter: &str| format!("resources?filter=kind='Machine' and name='m' and {filter}");
        let listed = async |filter: &str| admin.get(&all(filter)).await.expect(200).json()["count"].clone();
        assert_eq!(listed("location='FR'").await, 2);
        assert_eq!(listed("location!='FR'").await, 0);
    }
}

#[tokio::test]
async fn what_a_policy_forbids_no_request_gets() {
    let (_clouds, config) = three().await;
    let manager = support::manager(&config.replace("order-by", "filter = \"price<3\"\norder-by")).await;
    let refused =
        create(&Speaker::to(manager.base_uri()), 2, "application/json", &[("account", "oslo")]).await;
    let job = refused.expect(400).json();
    let reasons: Vec<String> =
        job["nestedJobs"].as_array().unwrap().iter().map(|job| text(&job["statusMessage"])).collect();
    insta::assert_debug_snapshot!(reasons, @r#"
    [
        "paris: the request wants account oslo",
        "lyon: the request wants account oslo",
        "oslo: the policy's filter price<3 leaves it out",
    ]
    "#);
}

#[tokio::test]
async fn a_volume_and_a_network_go_where_they_have_to_be() {
    let (_clouds, config) = three().await;
    let manager = support::manager(&config).await;
    let speaker = Speaker::to(manager.base_uri());
    let volume =
        json!({ "name": "v", "volumeTemplate": { "volumeConfig": { "capacity": 1000 } }, "location": "NO" });
    assert_eq!(speaker.post("volumes", volume).await.expect(201).json()["account"], "oslo");
    let network = json!({ "name": "n", "networkTemplate": {}, "account": "oslo" });
    assert_eq!(speaker.post("networks", network).await.expect(201).json()["account"], "oslo");
}

#[tokio::test]
async fn images_and_credentials_say_where_they_are_and_have_to_be() {
    for (edition, name) in [(1, "v1"), (2, "v2")] {
        let (clouds, config) = three().await;
        let manager = support::manager(&format!("edition = \"{name}\"\n{config}")).await;
        let speaker = Speaker::to(manager.base_uri());
        for kind in [Kind::Credential, Kind::CredentialTemplate, Kind::MachineImage, Kind::VolumeImage] {
            let collection = kind.link();
            for (pin, value, account) in
                [("", "", "paris"), ("location", "NO", "oslo"), ("account", "lyon", "lyon")]
            {
                let mut body = request(&speaker, kind, "own").await;
                if !pin.is_empty() {
                    body[pin] = json!(value);
                }
                let made = speaker.post(collection, body).await.expect(201).json();
                assert_eq!(made["account"], account, "{name} {kind:?} {pin} {made}");
                let shown = speaker.get(&text(&made["id"])).await.expect(200).json();
                assert_eq!((&shown["account"], &shown["location"]), (&made["account"], &made["location"]));
                let found = format!("{collection}?$filter=name='own' and account='{account}'");
                let found = speaker.members(&found).await;
                assert_eq!(found.iter().map(|it| &it["id"]).collect::<Vec<_>>(), [&made["id"]], "{kind:?}");
            }
            let french = format!("{collection}?$filter=name='own' and location='FR'");
            assert_eq!(speaker.members(&french).await.len(), 2, "{kind:?}");
            let mut body = request(&speaker, kind, "own").await;
            body["account"] = json!("nowhere");
            let refused = speaker.post(collection, body).await.expect(400);
            assert!(refused.text.contains("the request wants account nowhere"), "{}", refused.text);
            let metadata =
                speaker.get(&format!("resourceMetadata/{}", kind.type_name())).await.expect(200).text;
            assert!(metadata.contains("\"location\""), "{metadata}");
        }
        // What several clouds have is nowhere in particular.
        let shared = speaker.named("machineImages", "linux").await;
        assert!(shared["account"].is_null() && shared["location"].is_null(), "{shared}");

        let xml = format!(
            "<MachineImage xmlns=\"http://schemas.dmtf.org/cimi/{edition}\" xmlns:m=\"{NAMESPACE}\"><name>x</name>\
             <type>IMAGE</type><imageLocation>http://images.example.org/z</imageLocation>\
             <m:provider>fjord</m:provider></MachineImage>"
        );
        let headers = [("Accept", "application/json"), ("Content-Type", "application/xml")];
        let made = speaker.ask(Method::POST, "machineImages", &headers, Some(xml)).await.expect(201).json();
        assert_eq!((&made["account"], &made["country"]), (&json!("oslo"), &json!("NO")), "{made}");
        let there = text(&made["providerId"]);
        let at_oslo = Speaker::to(clouds[2].base_uri()).named("machineImages", "x").await;
        assert_eq!(at_oslo["id"], there.as_str());
        let found = speaker.members(&format!("machineImages?$filter=providerId='{there}'")).await;
        assert_eq!(names(&found), ["x"]);

        let machine = create(&speaker, edition, "application/json", &[("account", "lyon")]).await.expect(201);
        let body =
            |pin: &str| json!({ "type": "IMAGE", "imageLocation": machine.json()["id"], "account": pin });
        assert_eq!(speaker.post("machineImages", body("lyon")).await.expect(201).json()["account"], "lyon");
        speaker.post("machineImages", body("paris")).await.expect(400);
    }
}

#[tokio::test]
async fn a_decision_can_be_asked_for_over_http_and_nothing_comes_of_it() {
    let (_clouds, config) = three().await;
    let config = config.replace("order-by", "filter = \"location!='NO'\"\nweights = { price = -1 }\n#");
    let manager = support::manager(&config).await;
    let (speaker, admin) = (Speaker::to(manager.base_uri()), Speaker::to(&manager.admin_uri()));
    let template = json!({ "name": "t", "machineConfig": { "cpu": 1, "memory": 1_000_000 } });
    let template = text(&speaker.post("machineTemplates", template).await.expect(201).json()["id"]);
    let before = (speaker.members("machines").await.len(), speaker.members("jobs").await.len());
    let body = json!({ "name": "m", "machineTemplate": { "href": template }, "provider": "saone" });
    let told = admin.post("placements/machines", body.clone()).await.expect(200).json();
    insta::assert_snapshot!("rehearsed", serde_json::to_string_pretty(&told).unwrap());
    assert_eq!(before, (speaker.members("machines").await.len(), speaker.members("jobs").await.len()));

    let nowhere = json!({ "machineTemplate": { "href": template }, "provider": "fjord" });
    let told = admin.post("placements/machines", nowhere).await.expect(200).json();
    assert_eq!(
        (&told["winner"], told["rejected"].as_array().map(Vec::len)),
        (&Value::Null, Some(3)),
        "{told:#}"
    );

    let made = speaker.post("machines", body).await.expect(201);
    let job = made.header("cimi-job-uri").rsplit('/').next().unwrap().to_owned();
    let told = admin.get(&format!("jobs/{job}/placement")).await.expect(200).json();
    assert_eq!((&told["winner"]["account"], &told["asked"][0]["account"]), (&json!("lyon"), &json!("lyon")));
}

#[tokio::test]
async fn what_cannot_be_asked_about_is_a_problem() {
    let (_clouds, config) = three().await;
    let manager = support::manager(&config).await;
    let admin = Speaker::to(&manager.admin_uri());
    let template = json!({ "machineTemplate": { "machineConfig": { "cpu": 1, "memory": 1 } } });
    let policy = json!({ "properties": { "cimi-manager-placement": "{\"filter\": \"prize<3\"}" },
        "machineTemplate": { "machineConfig": { "cpu": 1, "memory": 1 } } });
    for (path, body, status, words) in [
        ("placements/machines", json!({}), 400, "machineTemplate"),
        ("placements/machines", json!({ "machineTemplate": { "href": "machineTemplates/999" } }), 400, "999"),
        ("placements/machines", policy, 400, "prize"),
        ("placements/machineConfigs", json!({ "cpu": 1 }), 400, "the manager itself keeps"),
        ("placements/nothing", template, 404, "no collection"),
    ] {
        let reply = admin.post(path, body).await.expect(status);
        assert_eq!(reply.header("content-type"), "application/problem+json");
        assert!(reply.text.contains(words), "{path}: {}", reply.text);
    }
    admin.get("jobs/999/placement").await.expect(404);
    admin.get("jobs/x/placement").await.expect(404);
}
