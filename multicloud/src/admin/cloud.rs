//! What an account's cloud has said of itself, and when.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::access::Actor;
use crate::account::Account;
use crate::app::App;
use crate::kind::Kind;

/// Names of configurations that are shown.
const MOST: usize = 200;

/// What a cloud has said of itself. A CIMI cloud says nothing of quotas: those that count are the account's.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Cloud {
    /// How it speaks.
    speaks: String,
    /// Milliseconds that it took to say this.
    #[serde(skip_serializing_if = "Option::is_none")]
    latency: Option<i64>,
    /// The types of resources that it has.
    kinds: Vec<&'static str>,
    /// Those of which something can be created there.
    creates: Vec<&'static str>,
    /// Its capabilities (DSP0263 table 7) as `Machine/UserData`.
    #[schema(value_type = BTreeMap<String, serde_json::Value>)]
    capabilities: BTreeMap<String, Value>,
    /// The names of its machine configurations, the first 200.
    sizes: BTreeSet<String>,
    /// When it said this.
    discovered: String,
    /// Seconds since then.
    age: i64,
    /// When everything that is there was last read.
    #[serde(skip_serializing_if = "Option::is_none")]
    read: Option<String>,
}

impl Cloud {
    /// As far as it ever said anything.
    pub(super) fn of(account: &Account, actor: &Actor, app: &App) -> Option<Self> {
        let (discovery, at) = account.discovered()?;
        let names = |kinds: &[Kind]| kinds.iter().map(|kind| kind.type_name()).collect();
        let sizes = app.on_behalf_of(actor).inventory().of_kind(Kind::MachineConfiguration);
        let here = sizes.iter().filter(|size| size.replica_at(&account.name).is_some());
        let called = here.filter_map(|size| size.attributes.text("name").map(str::to_owned));
        Some(Self {
            speaks: discovery.speaks.clone(),
            latency: account.latency(),
            kinds: names(&discovery.kinds),
            creates: if account.is_managed() { names(&discovery.creates) } else { Vec::new() },
            capabilities: discovery.stated().collect(),
            sizes: called.take(MOST).collect(),
            discovered: at.to_string(),
            age: app.clock().now().duration_since(at).as_secs(),
            read: account.read().map(|at| at.to_string()),
        })
    }
}
