//! What requests may hold, as tables: creation requests and Actions beside the resources.

use crate::spec::{Attribute, Attributes, Kind, ResourceType, Scalar, Tables};

/// The name of the request that asks for an operation.
pub(super) const ACTION: &str = "Action";

/// The tables of an edition with the types that only requests are of.
pub(super) fn tables(tables: &Tables) -> Tables {
    let mut all = tables.clone();
    let common = tables.types.get("Machine").map(|machine| &machine.attributes);
    let common: Attributes = ["name", "description", "properties"]
        .iter()
        .filter_map(|name| common?.get_key_value(*name))
        .map(|(name, attribute)| (name.clone(), attribute.clone()))
        .collect();
    for (name, creation) in &tables.creations {
        let mut attributes = common.clone();
        let template = Kind::Ref { to: creation.of.clone(), by_value: true };
        attributes.insert(creation.template.clone(), Attribute::plain(template));
        all.types.insert(name.clone(), of_request(creation.uri.clone(), "4.2.1.1", attributes));
    }
    let mut attributes = Attributes::new();
    attributes.insert("action".to_owned(), Attribute::plain(Kind::Scalar(Scalar::Uri)));
    attributes.extend(common.get_key_value("properties").map(|(name, it)| (name.clone(), it.clone())));
    for target in tables.actions.values().flat_map(|action| action.on.values()) {
        for (name, parameter) in &target.parameters {
            attributes.entry(name.clone()).or_insert_with(|| parameter.clone());
        }
    }
    let uri = format!("{}{ACTION}", tables.type_base);
    all.types.insert(ACTION.to_owned(), of_request(uri, "4.2.1.5", attributes));
    all
}

fn of_request(uri: String, clause: &str, attributes: Attributes) -> ResourceType {
    ResourceType {
        uris: vec![uri],
        clause: clause.to_owned(),
        base: None,
        operations: Vec::new(),
        attributes,
    }
}

/// The types that a request may be of, given the operation that it is sent to and the type of what offers that.
pub(super) fn expected(method: &str, rel: &str, owner: &str, tables: &Tables) -> Vec<String> {
    if method == "PUT" {
        return vec![owner.to_owned()];
    }
    let collection = tables.collections.get(owner);
    if let ("add", Some(collection)) = (rel, collection) {
        let base = tables.types.get(&collection.of).and_then(|item| item.base.clone());
        let creation =
            tables.creations.iter().find(|(_, it)| it.makes == collection.of).map(|(name, _)| name.clone());
        return collection
            .add
            .iter()
            .cloned()
            .chain(creation)
            .chain([collection.of.clone()])
            .chain(base)
            .collect();
    }
    let instead = tables.actions.get(rel).and_then(|action| action.on.get(owner)?.body.clone());
    instead.into_iter().chain([ACTION.to_owned()]).collect()
}
