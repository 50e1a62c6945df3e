//! What a cloud says of its capabilities in its `ResourceMetadata` (DSP0263 5.11).

use std::collections::BTreeMap;

use cimi::client::{Client, Narrow};
use cimi::model::capability::{self, Capability, Kind};
use cimi::{Document, Edition, Value};

use super::{CloudError, failure, schema};
use crate::connector::Class;

/// By resource type and name.
pub(super) type Capabilities = BTreeMap<(&'static str, &'static str), Value>;

/// Reads the metadata. A cloud without any, or with some that cannot be read, says nothing of itself.
pub(super) async fn read(client: &Client) -> Result<Capabilities, CloudError> {
    let Some(href) = client.link("resourceMetadata") else { return Ok(Capabilities::new()) };
    let schema = schema(client, "ResourceMetadataCollection")?;
    match client.list(href, schema, &Narrow::default()).await.map_err(failure::reading) {
        Ok(listed) => Ok(listed.members.iter().flat_map(stated).collect()),
        Err(error) if matches!(error.class, Class::Unreachable | Class::Auth) => Err(error),
        Err(error) => {
            tracing::info!(%error, "a cloud's metadata cannot be read");
            Ok(Capabilities::new())
        }
    }
}

fn stated(metadatum: &Document) -> impl Iterator<Item = ((&'static str, &'static str), Value)> {
    metadatum.attributes.items("capabilities").iter().filter_map(|item| {
        let fields = item.as_attributes()?;
        let (_, rest) = Edition::split(fields.text("uri")?)?;
        let (resource, name) = rest.strip_prefix("capability/")?.split_once('/')?;
        let known = capability::find(resource, name)?;
        // Without a value it is true (5.11).
        let value = fields.get("value").cloned().unwrap_or(Value::Boolean(true));
        Some(((known.resource, known.name), typed(known, value)?))
    })
}

/// The value in its type: some servers write everything as text.
fn typed(known: &Capability, value: Value) -> Option<Value> {
    let value = match (known.kind, &value) {
        (Kind::Boolean, Value::String(text)) => Value::Boolean(text.trim().parse().ok()?),
        (Kind::Integer(_), Value::String(text)) => Value::Integer(text.trim().parse().ok()?),
        _ => value,
    };
    known.admits(&value).then_some(value)
}
