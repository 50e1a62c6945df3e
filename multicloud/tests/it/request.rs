//! What makes a resource of each kind.

use cimi::Edition;
use cimi::model::registry;
use multicloud::kind::{Kind, Role};
use serde_json::{Value, json};

use crate::support::{Speaker, text};

/// What makes a resource of a kind.
pub(crate) async fn request(speaker: &Speaker, kind: Kind, name: &str) -> Value {
    let mut body = match kind {
        Kind::MachineConfiguration => json!({ "cpu": 1, "memory": 1024 }),
        Kind::VolumeConfiguration => json!({ "format": "ext4", "capacity": 1000 }),
        Kind::MachineTemplate => json!({ "machineConfig": { "cpu": 1, "memory": 1024 } }),
        Kind::VolumeTemplate => json!({ "volumeConfig": { "capacity": 1000 } }),
        Kind::Machine => {
            let config = text(&speaker.named("machineConfigs", "small").await["id"]);
            let image = text(&speaker.named("machineImages", "linux").await["id"]);
            json!({ "machineTemplate": { "machineConfig": { "href": config }, "machineImage": { "href": image } } })
        }
        Kind::Volume => json!({ "volumeTemplate": { "volumeConfig": { "capacity": 1000 } } }),
        Kind::Credential => json!({ "credentialTemplate": { "userName": "me", "password": "c2VjcmV0" } }),
        Kind::CredentialTemplate => json!({ "userName": "me", "password": "c2VjcmV0" }),
        Kind::MachineImage => json!({ "type": "IMAGE", "imageLocation": "http://images.example.org/x" }),
        Kind::VolumeImage => json!({ "imageLocation": "http://images.example.org/y" }),
        Kind::MeterConfiguration => json!({
            "aspect": "http://schemas.dmtf.org/cimi/2/aspect/cpu", "sampleInterval": 60, "timeScope": "Point",
        }),
        Kind::EventLogTemplate => json!({ "persistence": "daily" }),
        Kind::EventLog => {
            let machine = speaker.create_machine(name).await.expect(201);
            json!({ "eventLogTemplate": { "targetResource": { "href": machine.header("location") } } })
        }
        Kind::System => json!({ "systemTemplate": { "componentDescriptors": [] } }),
        _ if kind.role() == Role::Template => json!({}),
        _ => by_template(speaker, kind, name).await,
    };
    body["name"] = json!(name);
    body
}

/// By the first template that there is, for what a template does not say.
async fn by_template(speaker: &Speaker, kind: Kind, name: &str) -> Value {
    let create = registry(Edition::V2).get(&format!("{}Create", kind.type_name())).unwrap();
    let (attribute, template) = create.template().unwrap();
    let templates = speaker.members(Kind::of_type(template.name()).unwrap().link()).await;
    let mut reference = json!({ "href": templates.first().unwrap_or_else(|| panic!("{kind:?}"))["id"] });
    match kind {
        // Those of the clouds name an endpoint, which has room for one.
        Kind::NetworkInterface => reference = json!({}),
        Kind::Meter => {
            let machine = speaker.create_machine(name).await.expect(201);
            reference["targetResource"] = json!({ "href": machine.header("location") });
        }
        Kind::ProtocolSegment | Kind::NetworkService => {
            let network = json!({ "name": name, "networkTemplate": {} });
            let network = speaker.post("networks", network).await.expect(201);
            reference["network"] = json!({ "href": network.header("location") });
        }
        _ => {}
    }
    json!({ attribute: reference })
}
