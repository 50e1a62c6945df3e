//! What is placed already, or on the way: facts that placement decides by. Counted in groups that are kept up with every change;
//! only what a rule is about is looked at one by one.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use cimi::Map;
use cimi::query::{Lookup, Simple};

use super::offers::at;
use super::{App, Request};
use crate::account::Account;
use crate::census::{Group, Size, Sizes};
use crate::kind::Kind;
use crate::placement::ledger::Holder;
use crate::placement::{Amounts, Counting, Demand, Placed, Plan, Whose};
use crate::record::Id;
use crate::region::{COUNTRY, LOCATION};
use crate::sync::link_of;
use crate::system;

/// Accounts by name.
type Accounts = BTreeMap<String, Arc<Account>>;

/// What is being created at accounts, by holder.
type UnderWay = BTreeMap<Holder, (String, Amounts)>;

/// How many machines there are of each group.
type Groups = BTreeMap<Group, i64>;

/// A machine as filters of rules look at it.
struct Seen<'a> {
    id: Id,
    account: &'a Account,
    machine: &'a dyn Lookup,
    system: Option<&'a str>,
}

impl App {
    /// The machines that a plan's rules count: those that are there, and those that are on the way.
    pub(super) fn placed(&self, plan: &Plan) -> Vec<Placed> {
        if plan.counts() == Counting::Nothing {
            return Vec::new();
        }
        let accounts = self.itself().accounts().into_iter().map(|account| (account.name.clone(), account));
        let (accounts, sizes) = (accounts.collect(), self.sizes());
        // Before what is counted: what shows meanwhile is counted once too often rather than not at all.
        let under_way = self.inner.ledger.under_way();
        let (mut extra, mut alone) = (self.not_counted(&under_way), Vec::new());
        if plan.counts() == Counting::Machines {
            self.single_out(plan, &under_way, &accounts, &sizes, &mut extra, &mut alone);
        }
        let mut groups = self.inner.inventory.census();
        for (group, count) in extra {
            *groups.entry(group).or_default() += count;
        }
        let groups = groups.into_iter().filter(|(_, count)| *count > 0);
        let groups = groups.filter_map(|(group, count)| {
            let account = accounts.get(&group.account)?;
            let placed = self.placed_at(account, &group, &sizes);
            Some(Placed { more: count - 1, ..placed })
        });
        groups.chain(alone).collect()
    }

    /// What is being created, as it differs from what is counted: it may show already, but not what it will be.
    fn not_counted(&self, under_way: &UnderWay) -> Groups {
        let mut groups = Groups::new();
        for (holder, (account, promised)) in under_way {
            let machine = self.inner.inventory.resource(Id(*holder));
            let Some(machine) = machine.filter(|machine| machine.kind == Kind::Machine) else { continue };
            let size = size_of(*promised);
            match Group::of(&machine) {
                None => *groups.entry(Group::new(account.clone(), &machine, size)).or_default() += 1,
                Some(shown) if shown.size.cpu == 0 => {
                    let promised = Group { size, ..shown.clone() };
                    *groups.entry(shown).or_default() -= 1;
                    *groups.entry(promised).or_default() += 1;
                }
                Some(_) => {}
            }
        }
        groups
    }

    /// Takes those machines out of the groups that rules of a plan are about.
    fn single_out(
        &self,
        plan: &Plan,
        under_way: &UnderWay,
        accounts: &Accounts,
        sizes: &Sizes,
        groups: &mut Groups,
        alone: &mut Vec<Placed>,
    ) {
        let account_of = |id: Id, at: Option<&str>| {
            let promised = under_way.get(&id.0).map(|(account, _)| account.as_str());
            accounts.get(at.or(promised)?)
        };
        let systems = self.systems_by_machine();
        let is_meant = |id: Id, at: Option<&str>, machine: &dyn Lookup| {
            let system = systems.get(&id).map(String::as_str);
            account_of(id, at).is_some_and(|account| plan.is_about(&Seen { id, account, machine, system }))
        };
        for machine in self.inner.inventory.meeting(Kind::Machine, is_meant) {
            let promised = under_way.get(&machine.id.0);
            let at = machine.replicas.first().map(|replica| replica.account.as_str());
            let Some(account) = account_of(machine.id, at) else { continue };
            let promised = promised.map(|(_, promised)| size_of(*promised));
            let mut group = Group::of(&machine)
                .unwrap_or_else(|| Group::new(account.name.clone(), &machine, Size::default()));
            if let Some(promised) = promised.filter(|_| group.size.cpu == 0) {
                group.size = promised;
            }
            alone.push(Placed {
                id: link_of(Kind::Machine, machine.id),
                system: systems.get(&machine.id).cloned(),
                name: machine.attributes.text("name").map(str::to_owned),
                properties: machine.attributes.map("properties").map(tags).unwrap_or_default(),
                ..self.placed_at(account, &group, sizes)
            });
            *groups.entry(group).or_default() -= 1;
        }
    }

    fn placed_at(&self, account: &Account, group: &Group, sizes: &Sizes) -> Placed {
        let config = sizes.config(group.size, &account.name);
        let price = self.prices().price(&account.name, account.location.as_deref(), config);
        let is_own = self.actor().tenant().is_none_or(|tenant| group.tenant.as_deref() == Some(tenant));
        Placed {
            whose: if is_own { Whose::Own } else { Whose::Foreign },
            place: at(account),
            price: price.unwrap_or(account.price),
            ..Placed::default()
        }
    }

    /// The system that each machine is a component of, if it is of one: its path.
    fn systems_by_machine(&self) -> BTreeMap<Id, String> {
        let systems = self.inner.inventory.of_kind(Kind::System);
        let machines = systems.iter().flat_map(|system| {
            let path = link_of(Kind::System, system.id);
            system::components(&system.attributes).into_iter().map(move |it| (it.id, path.clone()))
        });
        machines.collect()
    }

    /// A machine does not tell what it was made of: its size does.
    fn sizes(&self) -> Sizes {
        if self.prices().is_empty() {
            return Sizes::default();
        }
        Sizes::of(self.inner.inventory.of_kind(Kind::MachineConfiguration))
    }

    /// What a request asks for, as rules see it.
    pub(super) fn demand(request: &Request) -> Demand {
        if request.kind != Kind::Machine {
            return Demand::Other;
        }
        Demand::Machine(Box::new(Placed {
            name: request.common.text("name").map(str::to_owned),
            system: request.placing.system.clone(),
            properties: request.common.map("properties").map(tags).unwrap_or_default(),
            ..Placed::default()
        }))
    }
}

impl Lookup for Seen<'_> {
    fn simple(&self, name: &str) -> Option<Simple<'_>> {
        let text = match name {
            "id" => return Some(Simple::Text(Cow::Owned(link_of(Kind::Machine, self.id)))),
            "name" => return self.machine.simple(name),
            "account" => Some(self.account.name.as_str()),
            "provider" => self.account.provider.as_deref(),
            LOCATION => self.account.location.as_deref(),
            COUNTRY => self.account.country(),
            "system" => self.system,
            _ => None,
        };
        text.map(|text| Simple::Text(Cow::Borrowed(text)))
    }

    fn property(&self, key: &str) -> Option<Cow<'_, str>> {
        self.machine.property(key)
    }
}

/// The size of a machine that takes this much.
fn size_of(Amounts { cpu, memory, .. }: Amounts) -> Size {
    Size { cpu, memory }
}

fn tags(properties: &Map) -> BTreeMap<String, String> {
    properties.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
}
