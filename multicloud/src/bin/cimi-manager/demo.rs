//! A manager to try at once: three mock clouds in this process, accounts there, a policy, and a tenant with somebody in it.
//!
//! The one place in this crate where mock clouds are named (feature `demo`); the manager does not know them from others.
//! Nothing of it is kept.

use std::fmt::Write as _;
use std::path::Path;

use mock_cloud::{Edition, MockCloud, Seed, StartError};
use multicloud::access::Role;
use multicloud::chance::{Chance, NoChance};
use multicloud::config::{Config, ConfigError};
use multicloud::directory::{Grant, User, marker};
use multicloud::kind::Kind;
use multicloud::running::Running;
use multicloud::vault::Secret;
use thiserror::Error;

/// Whom to be.
const USER: &str = "demo";
/// Where to be that.
const TENANT: &str = "demo";

/// A cloud of the demonstration.
struct Place {
    name: &'static str,
    location: &'static str,
    edition: Edition,
    /// Thousandths for an hour.
    price: i64,
    /// Machines that there may be.
    quota: i64,
}

const PLACES: [Place; 3] = [
    Place { name: "paris", location: "FR-75C", edition: Edition::V2, price: 20, quota: 8 },
    Place { name: "oslo", location: "NO-03", edition: Edition::V1, price: 35, quota: 8 },
    Place { name: "lyon", location: "FR-69", edition: Edition::V2, price: 25, quota: 8 },
];

/// What a manager to try is made of. Dropped, its clouds are gone.
pub(crate) struct Demo {
    /// The clouds.
    pub(crate) clouds: Vec<mock_cloud::Running>,
    /// The manager's configuration.
    pub(crate) config: Config,
    /// Made for this once.
    password: String,
}

/// Why there is nothing to try.
#[derive(Debug, Error)]
pub(crate) enum DemoError {
    /// A mock cloud does not start.
    #[error("a mock cloud does not start: {0}")]
    Cloud(#[from] StartError),
    /// The configuration is wrong: a fault of ours.
    #[error("the configuration of the demonstration cannot be used: {0}")]
    Config(#[from] ConfigError),
    /// There is no password.
    #[error(transparent)]
    Chance(#[from] NoChance),
}

impl Demo {
    /// Starts the clouds.
    pub(crate) async fn start() -> Result<Self, DemoError> {
        let mut text = format!(
            "refresh-seconds = 2\n[placement]\norder-by = \"price\"\n[[tenant]]\nname = \"{TENANT}\"\n\
             description = \"Somebody who tries the manager\"\n"
        );
        let mut clouds = Vec::new();
        for Place { name, location, edition, price, quota } in PLACES {
            let cloud = MockCloud::builder().edition(edition).seed(Seed::builtin()).start().await?;
            write!(
                text,
                "[[account]]\nname = \"{name}\"\nendpoint = \"{}\"\nlocation = \"{location}\"\nprice = {price}\n\
                 quota = {{ machines = {quota} }}\nowner = \"{TENANT}\"\n",
                cloud.base_uri()
            )
            .expect("a String takes all that is written");
            clouds.push(cloud);
        }
        let mut config = Config::parse("the demonstration", &text, Path::new("."))?;
        let password = password(&Chance::system())?;
        let roles = vec![
            Grant { role: Role::TenantAdmin, tenant: Some(TENANT.to_owned()) },
            Grant { role: Role::CloudAdmin, tenant: None },
        ];
        let user = User { roles, password: Some(marker()), ..User::default() };
        config.declared.users.push((USER.to_owned(), user, Secret::new(password.clone())));
        Ok(Self { clouds, config, password })
    }

    /// The second line of output.
    pub(crate) fn login(&self) -> String {
        format!("login: {USER} {}", self.password)
    }
}

/// What to try, for people.
pub(crate) fn guide(manager: &Running, login: &str) -> String {
    let cep = manager.base_uri();
    let login = login.trim_start_matches("login: ").replace(' ', ":");
    let admin = cep.trim_end_matches("cimi/");
    let inventory = manager.app().inventory();
    let named = |kind: Kind, name: &str| {
        let all = inventory.of_kind(kind);
        let found = all.iter().find(|it| it.attributes.text("name") == Some(name)).or(all.first());
        found.map_or_else(String::new, |it| format!("{}/{}", kind.link(), it.id.0))
    };
    let (config, image) = (named(Kind::MachineConfiguration, "small"), named(Kind::MachineImage, "linux"));
    format!(
        r#"
Three mock clouds: paris (CIMI 2.0), oslo (CIMI 1.x) and lyon (CIMI 2.0); paris is the cheapest. Try:

  CEP={cep} ADMIN={admin}admin LOGIN={login} JSON='Content-Type: application/json'
  MACHINE='{{"machineConfig": {{"href": "{cep}{config}"}}, "machineImage": {{"href": "{cep}{image}"}}}}'

  curl -u $LOGIN $CEP                                                  # the Cloud Entry Point
  curl -u $LOGIN $CEP'machines?$select=name,state,account'             # the machines of all clouds
  curl -u $LOGIN $CEP"machines?\$filter=location='FR'"                 # those in France: in paris and lyon
  curl -u $LOGIN $ADMIN/placements/machines -H "$JSON" -d '{{"name": "first", "machineTemplate": '"$MACHINE"'}}'
                                                                       # where one more would go, and why there
  curl -u $LOGIN -i $CEP'machines' -H "$JSON" -d '{{"name": "first", "machineTemplate": '"$MACHINE"'}}'   # there it goes
  curl -u $LOGIN -i $CEP'systems' -H "$JSON" -d '{{"name": "shop", "properties": {{"cimi-manager-placement":
    "{{\"arrange\": {{\"how\": \"spread\"}}}}"}}, "systemTemplate": {{"componentDescriptors": [{{"name": "web", "quantity": 3,
    "type": "http://schemas.dmtf.org/cimi/2/Machine", "machineTemplate": '"$MACHINE"'}}]}}}}'      # three, one in each cloud
  curl -u $LOGIN $CEP'jobs?$select=name,state,statusMessage,description'    # how all that went
  curl -u $LOGIN -N -H 'Accept: text/event-stream' "$ADMIN/events?after=0"  # what has happened, and goes on happening
  curl -u $LOGIN $ADMIN/accounts                                       # the accounts; what else there is: $ADMIN/openapi.json

Ctrl-C ends it; nothing is kept.
"#
    )
}

/// Thirty-two characters of chance.
fn password(chance: &Chance) -> Result<String, NoChance> {
    let bytes = chance.bytes::<16>()?;
    Ok(bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes all that is written");
        text
    }))
}
