//! What an account at a cloud that speaks CIMI is told of.

use std::sync::Arc;
use std::time::Duration;

use cimi::client::{Credentials, Dialect, Options, dialect};
use serde_json::Value;

use super::CimiCloud;
use crate::connector::Connector;
use crate::connector::profile::{
    Code, Complaint, Exposure, Need, Parameter, ParameterType, Parameters, Profile,
};
use crate::vault::{Secret, Secrets};

/// Seconds for one call, if nothing is said.
pub(crate) const DEADLINE: u64 = 10;

/// The profile.
pub(in crate::connector) fn profile() -> Profile {
    let dialects = dialect::ALL.iter().map(|dialect| dialect.name).collect();
    let parameter = |name, title, description, ty| Parameter {
        name,
        title,
        description,
        ty,
        need: Need::Optional,
        exposure: Exposure::Shown,
        default: None,
    };
    let secret = |name, title, description| Parameter {
        exposure: Exposure::Secret,
        ..parameter(name, title, description, ParameterType::Text)
    };
    Profile {
        name: "cimi",
        title: "CIMI",
        description: "A cloud, or another manager, that speaks CIMI 1.x or 2.0",
        parameters: vec![
            Parameter {
                need: Need::Required,
                ..parameter("endpoint", "Endpoint", "the URI of the Cloud Entry Point", ParameterType::Uri)
            },
            parameter("user", "User", "who asks there; with a password", ParameterType::Text),
            secret("password", "Password", "the password of the user"),
            secret("token", "Token", "instead of user and password"),
            parameter(
                "authorities",
                "Authorities",
                "certificates of further authorities, PEM",
                ParameterType::LongText,
            ),
            parameter(
                "proxy",
                "Proxy",
                "the HTTP proxy on the way there, such as http://proxy.example.org:3128; if it is not given, what the environment says (HTTPS_PROXY, HTTP_PROXY, NO_PROXY)",
                ParameterType::Uri,
            ),
            parameter(
                "dialect",
                "Dialect",
                "how the cloud speaks; found out if it is not given",
                ParameterType::Choice { choices: dialects },
            ),
            Parameter {
                default: Some("10"),
                ..parameter(
                    "deadlineSeconds",
                    "Deadline",
                    "seconds for one call",
                    ParameterType::Integer { least: 1, most: 600 },
                )
            },
        ],
        code: Code { check, connect },
    }
}

fn check(given: &Parameters) -> Result<(), Complaint> {
    let has = |name: &str| given.contains_key(name);
    match (has("user"), has("password"), has("token")) {
        (true, false, _) => Err(Complaint::new("password", "is missing: it goes with user")),
        (false, true, _) => Err(Complaint::new("user", "is missing: it goes with password")),
        (true, true, true) => {
            Err(Complaint::new("token", "is one too many: either that, or user and password"))
        }
        _ => {
            check_authorities(given)?;
            check_proxy(given)
        }
    }
}

fn check_authorities(given: &Parameters) -> Result<(), Complaint> {
    match text(given, "authorities").map(|pem| reqwest::Certificate::from_pem_bundle(pem.as_bytes())) {
        Some(Ok(certificates)) if certificates.is_empty() => Err(no_certificate()),
        Some(Err(_)) => Err(no_certificate()),
        _ => Ok(()),
    }
}

/// Whoever sees the account sees its proxy.
fn check_proxy(given: &Parameters) -> Result<(), Complaint> {
    let proxy = text(given, "proxy").and_then(|proxy| reqwest::Url::parse(proxy).ok());
    match proxy {
        Some(url) if !url.username().is_empty() || url.password().is_some() => {
            Err(Complaint::new("proxy", "names a user, which would be shown: let the proxy know this host"))
        }
        _ => Ok(()),
    }
}

fn no_certificate() -> Complaint {
    Complaint::new("authorities", "holds no certificate in PEM")
}

fn connect(given: &Parameters, secrets: &Secrets, manager: &str) -> Arc<dyn Connector> {
    let reveal = |name: &str| secrets.get(name).map(Secret::reveal).map(str::to_owned);
    let credentials = match (text(given, "user"), reveal("password"), reveal("token")) {
        (Some(user), Some(password), _) => Credentials::Basic { user: user.to_owned(), password },
        (_, _, Some(token)) => Credentials::Bearer(token),
        _ => Credentials::None,
    };
    let seconds = given.get("deadlineSeconds").and_then(Value::as_u64).unwrap_or(DEADLINE);
    let options = Options {
        credentials,
        deadline: Duration::from_secs(seconds),
        dialect: text(given, "dialect").and_then(Dialect::named),
        proxy: text(given, "proxy").map(str::to_owned),
        authorities: text(given, "authorities").map(|pem| pem.as_bytes().to_vec()).into_iter().collect(),
        ..Options::default()
    };
    Arc::new(CimiCloud::new(text(given, "endpoint").unwrap_or_default(), options, manager))
}

fn text<'p>(given: &'p Parameters, name: &str) -> Option<&'p str> {
    given.get(name).and_then(Value::as_str)
}
