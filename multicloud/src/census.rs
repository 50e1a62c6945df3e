//! How many machines of which size each tenant has at each account: what rules of placement count, kept up with every change.
//!
//! Knows no rule and no price.

use std::borrow::Borrow;
use std::collections::BTreeMap;

use crate::kind::Kind;
use crate::record::Resource;

/// Machines that are alike to whoever counts them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Group {
    /// Where they are.
    pub account: String,
    /// Whose they are; nobody: the operator's.
    pub tenant: Option<String>,
    /// How large each is.
    pub size: Size,
}

/// How large a machine is; zeros as long as its cloud does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size {
    /// Virtual processors.
    pub cpu: i64,
    /// Memory, in kibibytes.
    pub memory: i64,
}

/// All machines that are at clouds, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Census(BTreeMap<Group, i64>);

/// Machine configurations by their size: a machine does not tell what it was made of.
#[derive(Clone, Debug, Default)]
pub struct Sizes(BTreeMap<Size, Vec<Named>>);

/// A configuration: its name, and where it is; nowhere: the manager's own, for every account.
#[derive(Clone, Debug)]
struct Named {
    name: String,
    accounts: Vec<String>,
}

impl Sizes {
    /// The sizes of configurations that have names.
    pub fn of(configs: impl IntoIterator<Item = impl Borrow<Resource>>) -> Self {
        let mut sizes = Self::default();
        for config in configs {
            let config: &Resource = config.borrow();
            let number = |name: &str| config.attributes.integer(name);
            let name = config.attributes.text("name");
            let (Some(name), Some(cpu), Some(memory)) = (name, number("cpu"), number("memory")) else {
                continue;
            };
            let accounts = config.replicas.iter().map(|replica| replica.account.clone()).collect();
            let named = Named { name: name.to_owned(), accounts };
            sizes.0.entry(Size { cpu, memory }).or_default().push(named);
        }
        sizes
    }

    /// The name of the first configuration of a size that an account has.
    pub fn config(&self, size: Size, account: &str) -> Option<&str> {
        let has =
            |config: &&Named| config.accounts.is_empty() || config.accounts.iter().any(|at| at == account);
        self.0.get(&size)?.iter().find(has).map(|config| config.name.as_str())
    }
}

impl Group {
    /// Where a machine is counted; `None`: it is none, or at no cloud yet or any more.
    pub fn of(resource: &Resource) -> Option<Self> {
        let account = resource.replicas.first()?.account.clone();
        let amounts = resource.amounts();
        let size = Size { cpu: amounts.cpu, memory: amounts.memory };
        (resource.kind == Kind::Machine && !resource.is_gone()).then(|| Self::new(account, resource, size))
    }

    /// Where a machine will be counted that is on its way to an account.
    pub fn new(account: String, machine: &Resource, size: Size) -> Self {
        Self { account, tenant: machine.owner.clone(), size }
    }
}

impl Census {
    /// Counts a resource, if it is a machine.
    pub fn add(&mut self, resource: &Resource) {
        if let Some(group) = Group::of(resource) {
            *self.0.entry(group).or_default() += 1;
        }
    }

    /// Counts it no longer.
    pub fn remove(&mut self, resource: &Resource) {
        let Some(group) = Group::of(resource) else { return };
        if let Some(count) = self.0.get_mut(&group) {
            *count -= 1;
            if *count == 0 {
                self.0.remove(&group);
            }
        }
    }

    /// How many there are of each group.
    pub fn groups(&self) -> &BTreeMap<Group, i64> {
        &self.0
    }
}
