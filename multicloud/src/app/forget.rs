//! What becomes of references when what they point to goes (DSP0263 5.10.1, 5.17.1).

use cimi::{Attributes, Value};

use crate::inventory::Writer;
use crate::kind::Kind;
use crate::record::Id;
use crate::sync::link_of;

/// The attribute of a job that lists what it worked on.
const AFFECTED: &str = "affectedResources";

/// Removes resources and every reference to them: from what has it in an attribute, and from what the jobs list that worked on them.
pub(crate) fn forget(writer: &mut Writer, gone: &[(Kind, Id)]) {
    if gone.is_empty() {
        return;
    }
    // The log of what goes goes with it (capability `Linked`).
    let logs = gone.iter().flat_map(|(kind, id)| writer.logs_of(&link_of(*kind, *id)));
    let logs: Vec<_> = logs.map(|log| (Kind::EventLog, log)).collect();
    let gone: Vec<_> = gone.iter().copied().chain(logs).collect();
    for (_, id) in &gone {
        writer.forget_resource(*id);
    }
    let paths: Vec<String> = gone.iter().map(|(kind, id)| link_of(*kind, *id)).collect();
    let ids: Vec<Id> = gone.iter().map(|(_, id)| *id).collect();
    let (resources, jobs) = writer.holders(&ids);
    let holds = |attributes: &Attributes| attributes.iter().any(|(_, value)| refers(value, &paths));
    for id in resources {
        let Some(mut holder) = writer.resource(id).filter(|it| holds(&it.attributes)) else { continue };
        holder.attributes = without(holder.attributes, &paths);
        // Its cloud may have put something else in the place.
        for replica in &holder.replicas {
            writer.is_stale(replica);
        }
        writer.put_resource(holder);
    }
    for id in jobs {
        // What a job was about is told by its target, which stays.
        let Some(mut job) = writer.job(id) else { continue };
        let Some(listed) = job.attributes.get(AFFECTED).filter(|listed| refers(listed, &paths)) else {
            continue;
        };
        let left = emptied(listed.clone(), &paths);
        job.attributes.remove(AFFECTED);
        job.attributes.set_some(AFFECTED, left);
        writer.put_job(job);
    }
}

fn refers(value: &Value, paths: &[String]) -> bool {
    let within = |attributes: &Attributes| attributes.iter().any(|(_, value)| refers(value, paths));
    match value {
        Value::Ref(reference) => {
            reference.href.as_ref().is_some_and(|href| paths.contains(href)) || within(&reference.attributes)
        }
        Value::Array(items) => items.iter().any(|item| refers(item, paths)),
        Value::Structure(fields) => within(fields),
        _ => false,
    }
}

/// Attributes without references to these paths, and without structures that are about nothing then.
pub(super) fn without(attributes: Attributes, paths: &[String]) -> Attributes {
    attributes.into_iter().filter_map(|(name, value)| Some((name, emptied(value, paths)?))).collect()
}

fn emptied(value: Value, paths: &[String]) -> Option<Value> {
    match value {
        Value::Ref(reference) if reference.href.as_ref().is_some_and(|href| paths.contains(href)) => None,
        Value::Ref(mut reference) => {
            reference.attributes = without(reference.attributes, paths);
            Some(Value::Ref(reference))
        }
        Value::Array(items) => {
            let items: Vec<Value> = items.into_iter().filter_map(|item| emptied(item, paths)).collect();
            (!items.is_empty()).then_some(Value::Array(items))
        }
        Value::Structure(fields) => {
            let had = fields.len();
            let fields = without(fields, paths);
            // A structure is about what it refers to (`{initialLocation, volume}`): without that, it is about nothing.
            (fields.len() == had).then_some(Value::Structure(fields))
        }
        other => Some(other),
    }
}
