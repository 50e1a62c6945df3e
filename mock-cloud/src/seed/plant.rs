//! Resources of a seed: from a table to a record, by the kind's card and the model's declaration.
//!
//! Owns the handles by which entries refer to each other.

use std::collections::BTreeMap;
use std::ops::Range;

use cimi::model::{Attribute, Schema, State, Type, registry};
use cimi::{Edition, Map};
use toml::de::{DeTable, DeValue};

use super::error::Fault;
use super::read::{self, At};
use super::section::Part;
use crate::sim::Capabilities;
use crate::sim::defaults::complete;
use crate::world::{Beside, Draft, Field, Fields, Group, Home, Id, Kind, Label, Link, World};

/// What every entry may say.
const COMMON: [&str; 5] = ["handle", "name", "description", "properties", "state"];

/// How many resources an entry of the cloud's own collections stands for; those inside another entry stand for one.
const QUANTITY: &str = "quantity";
/// The greatest quantity: ten million machines are more than most machines hold.
const MOST: u64 = 10_000_000;

/// A kind whose hardware may be given by naming a configuration: the attribute in a seed, the configuration's kind, what is
/// taken over, and which of its arrays becomes components of which kind.
struct Sugar {
    kind: Kind,
    attribute: &'static str,
    from: Kind,
    takes: &'static [&'static str],
    components: Option<(&'static str, Kind)>,
}

const SUGAR: [Sugar; 2] = [
    Sugar {
        kind: Kind::Machine,
        attribute: "machineConfig",
        from: Kind::MachineConfiguration,
        takes: &["cpu", "memory", "cpuArch", "cpuSpeed"],
        components: Some(("disks", Kind::Disk)),
    },
    Sugar {
        kind: Kind::Volume,
        attribute: "volumeConfig",
        from: Kind::VolumeConfiguration,
        takes: &["type", "capacity"],
        components: None,
    },
];

/// A kind whose entries may say what they are a child component of: the attribute in a seed, the owner's kind, and that of
/// the link by which the owner lists it.
struct Belongs {
    kind: Kind,
    attribute: &'static str,
    owner: Kind,
    link: Kind,
}

const fn belongs(kind: Kind, attribute: &'static str, owner: Kind, link: Kind) -> Belongs {
    Belongs { kind, attribute, owner, link }
}

const BELONGS: [Belongs; 4] = [
    belongs(Kind::Network, "network", Kind::Network, Kind::Subnetwork),
    belongs(Kind::ProtocolSegment, "network", Kind::Network, Kind::NetworkSegment),
    belongs(Kind::NetworkService, "network", Kind::Network, Kind::NetworkNetworkService),
    belongs(Kind::ProtocolEndpoint, "segment", Kind::ProtocolSegment, Kind::SegmentEndpoint),
];

/// What every entry is planted with.
#[derive(Clone, Copy)]
struct Context<'a> {
    handles: &'a Handles,
    capabilities: &'a Capabilities,
}

type Handles = BTreeMap<String, Id>;

/// Plants the resources of all kinds, from all parts of a seed.
pub(super) fn all(parts: &[Part<'_>], world: &mut World, capabilities: &Capabilities) -> Result<(), Fault> {
    let mut entries = Vec::new();
    let mut handles = Handles::new();
    // Configurations first: what is made of them copies them.
    let mut kinds = Kind::ALL;
    kinds.sort_by_key(|kind| SUGAR.iter().any(|sugar| sugar.kind == *kind));
    for kind in kinds {
        let Home::Cloud(name) = kind.card().home else { continue };
        let mut next = 1;
        for part in parts {
            let within = |fault: Fault| fault.of(part.source);
            let Some(section) = part.table.get(name) else { continue };
            for (table, span) in read::tables(section).map_err(within)? {
                let id = Id::new(kind, next).expect("a file has fewer than 2^56 entries");
                let quantity = quantity(table).map_err(within)?;
                next += quantity.unwrap_or(1);
                if let Some(key) = table.get("handle")
                    && handles.insert(read::text(key).map_err(within)?.to_owned(), id).is_some()
                {
                    return Err(within(read::wrong(key, "a handle that no other entry has")));
                }
                entries.push((kind, quantity, part.source, table, span));
            }
        }
    }
    let context = Context { handles: &handles, capabilities };
    for (kind, quantity, source, table, span) in entries {
        let group = Group::of_cloud(kind);
        let sprout = sprout(world, context, kind, table, &span).map_err(|fault| fault.of(source))?;
        match quantity {
            None => plant(world, group, sprout),
            Some(quantity) => plant_many(world, group, &sprout, quantity),
        }
    }
    Ok(())
}

/// The human-readable part of an entry.
pub(super) fn label(table: &DeTable<'_>) -> Result<Label, Fault> {
    let text = |name: &str| Ok::<_, Fault>(table.get(name).map(read::text).transpose()?.map(Into::into));
    let properties = table.get("properties").map(map).transpose()?;
    Ok(Label { name: text("name")?, description: text("description")?, properties: properties.map(Box::new) })
}

/// What grows from one entry, ready to be planted as often as wanted.
#[derive(Clone)]
struct Sprout {
    draft: Draft,
    /// What it is a child component of, and the kind of the link by which that lists it.
    owner: Option<(Id, Kind)>,
    inner: Vec<(Kind, Sprout)>,
}

/// Reads an entry.
fn sprout(
    world: &World,
    context: Context<'_>,
    kind: Kind,
    table: &DeTable<'_>,
    span: &Range<usize>,
) -> Result<Sprout, Fault> {
    let sugar = SUGAR.iter().find(|sugar| sugar.kind == kind);
    let mut names: Vec<&str> = COMMON.to_vec();
    names.extend(kind.card().attributes.iter().map(|held| held.name));
    names.extend(kind.collections().map(|(name, _)| name));
    names.extend(sugar.map(|sugar| sugar.attribute));
    names.extend(matches!(kind.card().home, Home::Cloud(_)).then_some(QUANTITY));
    let belongs = BELONGS.iter().find(|belongs| belongs.kind == kind);
    names.extend(belongs.map(|belongs| belongs.attribute));
    read::known_keys(table, kind.name(), &names)?;

    let reader = Reader { handles: context.handles };
    let owner = match belongs.and_then(|belongs| table.get(belongs.attribute).map(|value| (belongs, value))) {
        Some((belongs, value)) => Some((reader.handle(value, belongs.owner)?, belongs.link)),
        None => None,
    };
    let mut fields = Fields::new();
    let mut inner = Vec::new();
    if let Some(sugar) = sugar
        && let Some(value) = table.get(sugar.attribute)
    {
        let configuration = reader.handle(value, sugar.from)?;
        let configuration = world.get(configuration).map(|record| record.fields.clone()).unwrap_or_default();
        for name in sugar.takes {
            fields.set_some(name, configuration.get(name).cloned());
        }
        if let Some((name, kind)) = sugar.components {
            inner.extend(configuration.items(name).iter().filter_map(|item| {
                let mut own = Fields::new();
                for held in kind.card().attributes {
                    own.set_some(held.name, item.fields()?.get(held.name).cloned());
                }
                let draft = Draft::new(Label::default(), own);
                Some((kind, Sprout { draft, owner: None, inner: Vec::new() }))
            }));
        }
    }
    for held in kind.card().attributes {
        let Some(value) = table.get(held.name) else { continue };
        fields.set(held.name, reader.held(kind, held.name, value)?);
    }
    complete(kind, &mut fields, context.capabilities);
    let mut draft = Draft::new(label(table)?, fields);
    draft.state = state(kind, table, span)?;
    if kind == Kind::Job {
        finish_job(&mut draft, world, span)?;
    }
    for (name, kind) in kind.collections() {
        let Some(section) = table.get(name) else { continue };
        for (table, span) in read::tables(section)? {
            inner.push((kind, sprout(world, context, kind, table, &span)?));
        }
    }
    Ok(Sprout { draft, owner, inner })
}

/// Plants what has been read.
fn plant(world: &mut World, group: Group, sprout: Sprout) {
    let group = sprout.owner.map_or(group, |(owner, _)| Group::inside(owner, group.kind));
    let id = world.insert(group, sprout.draft);
    if let Some((owner, link)) = sprout.owner
        && let Some(uses) = link.card().link
    {
        let fields = Fields::new().with(uses.attribute, id);
        world.insert(Group::inside(owner, link), Draft::new(Label::default(), fields));
    }
    for (kind, inner) in sprout.inner {
        plant(world, Group::inside(id, kind), inner);
    }
}

/// Plants it several times, with names numbered as those in a System are (table 14, `quantity`).
fn plant_many(world: &mut World, group: Group, sprout: &Sprout, quantity: u64) {
    for number in 1..=quantity {
        let mut one = sprout.clone();
        if let Some(name) = &sprout.draft.label.name {
            one.draft.label.name = Some(format!("{name}{number}").into());
        }
        plant(world, group, one);
    }
}

/// How many an entry stands for.
fn quantity(table: &DeTable<'_>) -> Result<Option<u64>, Fault> {
    let Some(value) = table.get(QUANTITY) else { return Ok(None) };
    let number = u64::try_from(read::integer(value)?).ok().filter(|number| (1..=MOST).contains(number));
    let number = number.ok_or_else(|| read::wrong(value, &format!("a number from 1 to {MOST}")))?;
    match table.get("handle") {
        None => Ok(Some(number)),
        Some(handle) => Err(read::wrong(handle, "no handle: an entry with a quantity is not one resource")),
    }
}

/// The state of a new entry: a stable one, the kind's own after creation if none is given.
fn state(kind: Kind, table: &DeTable<'_>, span: &Range<usize>) -> Result<Option<&'static str>, Fault> {
    if kind.held("state").is_some() {
        return Ok(None);
    }
    let Some(states) = kind.states() else {
        return match table.get("state") {
            Some(value) => Err(read::wrong(value, &format!("no state: a {} has none", kind.name()))),
            None => Ok(None),
        };
    };
    let stable: Vec<&str> =
        states.all.iter().filter(|state| !state.is_transient()).map(|state| state.name()).collect();
    if let Some(value) = table.get("state") {
        match states.find(read::text(value)?) {
            Some(State::Stable(state)) => Ok(Some(state)),
            _ => Err(read::wrong(value, &format!("one of {}", stable.join(", ")))),
        }
    } else {
        // That of a System is reckoned when its Machines are there.
        let born = states.transitions.iter().find(|t| t.operation == "create").and_then(|t| t.to);
        let state =
            born.or_else(|| stable.iter().copied().find(|state| matches!(*state, "SUCCESS" | "MIXED")));
        state.map(Some).ok_or_else(|| Fault::new(span.clone(), "no state", "state"))
    }
}

/// What a Job that is over says of itself.
fn finish_job(draft: &mut Draft, world: &World, span: &Range<usize>) -> Result<(), Fault> {
    let Some(target) = draft.fields.get("targetResource").cloned() else {
        return Err(Fault::new(
            span.clone(),
            "a Job without a target",
            "targetResource: the handle of an entry",
        ));
    };
    if draft.fields.get("affectedResources").is_none() {
        draft.fields.set("affectedResources", vec![target]);
    }
    if draft.fields.get("returnCode").is_none() {
        draft.fields.set("returnCode", i64::from(draft.state != Some("SUCCESS")));
    }
    draft.fields.set("timeOfStatusChange", world.now());
    Ok(())
}

struct Reader<'k> {
    handles: &'k Handles,
}

impl Reader<'_> {
    /// An attribute of a kind, as the model declares it. Kinds that only V1 has are declared there.
    fn held(&self, kind: Kind, name: &'static str, value: &At<'_>) -> Result<Field, Fault> {
        let declared = [Edition::V2, Edition::V1].into_iter().find_map(|edition| {
            let schema: &Schema = kind.schema(edition)?;
            schema.attribute(name).map(|attribute| attribute.ty)
        });
        // What no schema has is the reference of a link, which some edition shows as what it refers to.
        let linked = kind.card().link.map_or("", |uses| uses.kind.name());
        self.value(declared.unwrap_or(Type::Ref(linked)), value)
    }

    fn value(&self, ty: Type, value: &At<'_>) -> Result<Field, Fault> {
        Ok(match ty {
            Type::Boolean => Field::Boolean(read::boolean(value)?),
            Type::Integer => Field::Integer(read::integer(value)?),
            Type::Duration => Field::Other(Box::new(cimi::Value::Duration(read::span(value)?))),
            Type::DateTime => Field::Time(read::moment(value)?),
            Type::Bytes => Field::Other(Box::new(cimi::Value::Bytes(read::bytes(value)?))),
            Type::Map(_) => Field::from(map(value)?),
            Type::Ref(to) => self.referred(to, value)?,
            Type::Structure(structure) => {
                let table = read::table(value)?;
                let names: Vec<&str> = structure.fields.iter().map(|field| field.name).collect();
                read::known_keys(table, structure.name, &names)?;
                Field::from(self.fields(structure.fields, table)?)
            }
            Type::Array(item) => {
                let items = value.get_ref().as_array().ok_or_else(|| read::wrong(value, "an array"))?;
                Field::Array(items.iter().map(|value| self.value(item.ty, value)).collect::<Result<_, _>>()?)
            }
            _ => Field::from(read::text(value)?),
        })
    }

    fn fields(&self, declared: &[Attribute], table: &DeTable<'_>) -> Result<Fields, Fault> {
        let mut fields = Fields::new();
        for attribute in declared {
            if let Some(value) = table.get(attribute.name) {
                fields.set(attribute.name, self.value(attribute.ty, value)?);
            }
        }
        Ok(fields)
    }

    /// A reference: a handle, the name of a component of the same template (`#name`), or a table with the attributes of what is
    /// meant, and with `href` if they are over those of what it refers to.
    fn referred(&self, to: &str, value: &At<'_>) -> Result<Field, Fault> {
        match value.get_ref() {
            DeValue::String(text) if text.starts_with('#') => Ok(Link::Foreign((&**text).into()).into()),
            DeValue::Table(table) => {
                let link = table.get("href").map(|href| self.reference(to, href)).transpose()?;
                let schemas = Edition::ALL.into_iter().rev().filter_map(|edition| registry(edition).get(to));
                let mut fields = Fields::new();
                let mut names = vec!["href"];
                for attribute in schemas.flat_map(Schema::attributes) {
                    names.push(attribute.name);
                    if let Some(value) = table.get(attribute.name)
                        && fields.get(attribute.name).is_none()
                    {
                        fields.set(attribute.name, self.value(attribute.ty, value)?);
                    }
                }
                read::known_keys(table, to, &names)?;
                Ok(Field::Beside(Box::new(Beside { link: link.map(Link::Resource), fields })))
            }
            _ => Ok(Field::from(self.reference(to, value)?)),
        }
    }

    fn reference(&self, to: &str, value: &At<'_>) -> Result<Id, Fault> {
        match Kind::ALL.into_iter().find(|kind| kind.name() == to) {
            Some(kind) => self.handle(value, kind),
            None => self.find(value, |_| true, "any kind"),
        }
    }

    fn handle(&self, value: &At<'_>, kind: Kind) -> Result<Id, Fault> {
        self.find(value, |id| id.kind() == kind, kind.attribute())
    }

    fn find(&self, value: &At<'_>, fits: impl Fn(Id) -> bool, what: &str) -> Result<Id, Fault> {
        let key = read::text(value)?;
        if let Some(id) = self.handles.get(key).copied().filter(|id| fits(*id)) {
            return Ok(id);
        }
        let names: Vec<&str> =
            self.handles.iter().filter(|(_, id)| fits(**id)).map(|(key, _)| key.as_str()).collect();
        let fault = Fault::new(
            value.span(),
            format!("{key} is no handle"),
            format!("the handle of an entry of {what}"),
        );
        Err(match read::nearest(key, &names) {
            Some(near) => fault.hint(format!("did you mean `{near}`?")),
            None => fault.hint(match names.as_slice() {
                [] => "no such entry has a handle; give it one: handle = \"...\"".to_owned(),
                names => format!("there are {}", names.join(", ")),
            }),
        })
    }
}

fn map(value: &At<'_>) -> Result<Map, Fault> {
    let mut map = Map::new();
    for (key, value) in read::table(value)? {
        map.insert(key.get_ref().to_string(), read::text(value)?.to_owned());
    }
    Ok(map)
}
