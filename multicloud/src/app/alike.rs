//! What is the same at several clouds, as mappings say: what stands for a resource where it is not.

use std::collections::BTreeMap;

use super::App;
use crate::account::Account;
use crate::connector::Native;
use crate::directory::{self, Candidate, Finder, Site, Snapshot};
use crate::record::{Id, Replica, Resource};
use crate::sync::link_of;

impl App {
    /// What an account's cloud calls what a mapping says is the same as a resource: the operator's, or one of whom the resource
    /// belongs to.
    ///
    /// # Errors
    /// The names of the mappings that are about it, none of which finds anything there.
    pub(super) fn stand_in(&self, target: &Resource, account: &Account) -> Result<Native, Vec<String>> {
        let snapshot = self.directory().snapshot();
        let about = |finder: &&std::sync::Arc<Finder>| {
            finder.kind == target.kind && is_found(finder, target, &snapshot)
        };
        let mut about = snapshot.finders().iter().filter(about).peekable();
        let mut names = Vec::new();
        if about.peek().is_none() {
            return Err(names);
        }
        let all = self.inner.inventory.of_kind(target.kind);
        for finder in about {
            let may = all.iter().filter(|it| it.owner.is_none() || it.owner == target.owner);
            let here = may.filter_map(|it| {
                let replica = it.replicas.iter().find(|replica| replica.account == account.name)?;
                Some((rank(finder, it, replica, &snapshot)?, it.id, &replica.native))
            });
            if let Some((_, _, native)) = here.min() {
                return Ok(native.clone());
            }
            names.push(finder.mapping.clone());
        }
        Err(names)
    }

    /// What a mapping finds: the path of one at each account that has one.
    pub(crate) fn found_by(&self, mapping: &str) -> BTreeMap<String, String> {
        let snapshot = self.directory().snapshot();
        let Some(finder) = snapshot.finders().iter().find(|finder| finder.mapping == mapping) else {
            return BTreeMap::new();
        };
        let mut found: BTreeMap<String, (usize, Id)> = BTreeMap::new();
        for resource in self.inner.inventory.of_kind(finder.kind) {
            for replica in &resource.replicas {
                if let Some(rank) = rank(finder, &resource, replica, &snapshot) {
                    let best = found.entry(replica.account.clone()).or_insert((rank, resource.id));
                    *best = (*best).min((rank, resource.id));
                }
            }
        }
        found.into_iter().map(|(account, (_, id))| (account, link_of(finder.kind, id))).collect()
    }
}

/// Whether a mapping is about a resource, wherever that is.
fn is_found(finder: &Finder, resource: &Resource, known: &Snapshot) -> bool {
    if resource.replicas.is_empty() {
        let path = link_of(resource.kind, resource.id);
        let name = resource.attributes.text("name");
        return finder.rank(Candidate { path: &path, name, site: None }).is_some();
    }
    resource.replicas.iter().any(|replica| rank(finder, resource, replica, known).is_some())
}

fn rank(finder: &Finder, resource: &Resource, replica: &Replica, known: &Snapshot) -> Option<usize> {
    let account = known.get::<directory::Account>(&replica.account);
    let provider = account.map(|account| account.record.provider.as_str());
    let site = Site { account: &replica.account, provider, native: &replica.native.0 };
    let path = link_of(resource.kind, resource.id);
    finder.rank(Candidate { path: &path, name: resource.attributes.text("name"), site: Some(site) })
}
