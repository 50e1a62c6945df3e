//! What a system of the manager's own consists of, as its record says it, and the state that follows from that
//! (DSP0263 5.13.1).
//!
//! Owns the list of components and the rule of states. Knows no cloud and no store; what is done with systems is `app::system`'s.

use cimi::model::attribute::{Attribute, Item, Layout, Structure, Type, attr};
use cimi::{Attributes, Reference, Value};

use crate::app::reference::parse;
use crate::kind::Kind;
use crate::record::{Id, Resource};
use crate::sync::link_of;

/// The attribute of a record that lists the components; it is never shown.
pub const COMPONENTS: &str = "components";

/// States that a system has for itself, whatever its machines are doing.
const OWN_STATES: [&str; 3] = ["CREATING", "DELETING", "ERROR"];

/// A component of a system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Component {
    /// Its kind.
    pub kind: Kind,
    /// Its identifier.
    pub id: Id,
    /// How it belongs to the system.
    pub tie: Tie,
}

/// How a component belongs to a system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tie {
    /// It was made with the system and goes with it.
    Child,
    /// It was there before, and stays.
    Associate,
}

static COMPONENT: Structure = Structure {
    name: "component",
    layout: Layout::Elements,
    fields: &[attr("component", Type::Ref("")), attr("tie", Type::String)],
};
static ITEM: Item = Item { element: "component", ty: Type::Structure(&COMPONENT) };

/// The declaration of [`COMPONENTS`], for the store.
pub static DECLARED: Attribute = attr(COMPONENTS, Type::Array(&ITEM));

impl Tie {
    const fn word(self) -> &'static str {
        match self {
            Self::Child => "child",
            Self::Associate => "associate",
        }
    }
}

/// Whether a resource is a system of the manager's own; others are at the cloud that made them.
pub fn is_own(resource: &Resource) -> bool {
    resource.kind == Kind::System && resource.replicas.is_empty()
}

/// The components of a system, in the order in which they came.
pub fn components(attributes: &Attributes) -> Vec<Component> {
    let component = |item: &Value| {
        let fields = item.as_attributes()?;
        let (kind, id) = parse(fields.href("component")?)?;
        let tie = if fields.text("tie") == Some(Tie::Child.word()) { Tie::Child } else { Tie::Associate };
        Some(Component { kind, id, tie })
    };
    attributes.items(COMPONENTS).iter().filter_map(component).collect()
}

/// Adds a component.
pub fn add(attributes: &mut Attributes, component: Component) {
    let Component { kind, id, tie } = component;
    let fields =
        Attributes::new().with("component", Reference::to(link_of(kind, id))).with("tie", tie.word());
    match attributes.get_mut(COMPONENTS) {
        Some(Value::Array(items)) => items.push(Value::Structure(fields)),
        _ => drop(attributes.set(COMPONENTS, vec![Value::Structure(fields)])),
    }
}

/// Takes a component out.
pub fn remove(attributes: &mut Attributes, id: Id) {
    let left: Vec<Component> = components(attributes).into_iter().filter(|it| it.id != id).collect();
    attributes.remove(COMPONENTS);
    for component in left {
        add(attributes, component);
    }
}

/// The state that a system has by those of its machines; `None`: it has one for itself, which stays.
pub fn state(own: &Attributes, machines: impl IntoIterator<Item = Option<String>>) -> Option<String> {
    if own.text("state").is_some_and(|state| OWN_STATES.contains(&state)) {
        return None;
    }
    let mut machines = machines.into_iter();
    let first = machines.next().flatten();
    let same = first.filter(|first| machines.all(|state| state.as_ref() == Some(first)));
    let states = Kind::System.schema().ty.states;
    let known = |state: &String| {
        !OWN_STATES.contains(&state.as_str()) && states.is_some_and(|it| it.find(state).is_some())
    };
    Some(same.filter(known).unwrap_or_else(|| "MIXED".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(machines: &[&str]) -> String {
        state(&Attributes::new(), machines.iter().map(|state| Some((*state).to_owned()))).unwrap()
    }

    #[test]
    fn the_state_is_that_of_all_machines_or_mixed() {
        assert_eq!(by(&["STARTED", "STARTED"]), "STARTED");
        assert_eq!(by(&["STARTED", "STOPPED"]), "MIXED");
        assert_eq!(by(&[]), "MIXED");
        assert_eq!(by(&["ERROR", "ERROR"]), "MIXED", "that of a system says that the system is in error");
        let spoilt = Attributes::new().with("state", "ERROR");
        assert_eq!(state(&spoilt, [Some("STARTED".to_owned())]), None);
    }

    #[test]
    fn components_keep_their_order_and_their_tie() {
        let mut attributes = Attributes::new();
        let volume = Component { kind: Kind::Volume, id: Id(3), tie: Tie::Child };
        let machine = Component { kind: Kind::Machine, id: Id(7), tie: Tie::Associate };
        add(&mut attributes, volume);
        add(&mut attributes, machine);
        assert_eq!(components(&attributes), [volume, machine]);
        remove(&mut attributes, Id(3));
        assert_eq!(components(&attributes), [machine]);
        remove(&mut attributes, Id(7));
        assert!(attributes.is_empty());
    }
}
