//! Many who reserve at once never hold more than there is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, RwLock};

use proptest::prelude::*;

use super::*;

/// What becomes of a creation that holds quota.
#[derive(Clone, Copy, Debug)]
enum Fate {
    /// It shows among what there is.
    Made,
    /// It fails.
    Failed,
    /// It moves on to the other account before it shows.
    Moved,
}

#[derive(Clone, Copy, Debug)]
struct Creation {
    account: usize,
    machines: i64,
    fate: Fate,
}

fn creation() -> impl Strategy<Value = Creation> {
    let fate = prop_oneof![4 => Just(Fate::Made), 1 => Just(Fate::Failed), 1 => Just(Fate::Moved)];
    (0..2_usize, 1..4_i64, fate).prop_map(|(account, machines, fate)| Creation { account, machines, fate })
}

/// What a manager knows beside the ledger.
#[derive(Default)]
struct World {
    ledger: Ledger,
    /// Machines that show, with the account that each is at.
    shown: RwLock<BTreeMap<Holder, (usize, i64)>>,
    failed: Mutex<BTreeSet<Holder>>,
    /// Machines that were granted and have not failed, by account and in all, counted by those who were granted them.
    granted: [AtomicI64; 3],
}

const ALL: usize = 2;
const LIMITS: [i64; 3] = [7, 9, 12];

fn machines(machines: i64) -> Amounts {
    Amounts { machines, ..Amounts::default() }
}

impl World {
    fn used(&self, book: usize, held: &[Holder]) -> Amounts {
        let shown = self.shown.read().unwrap();
        let others = shown
            .iter()
            .filter(|(holder, (account, _))| !held.contains(holder) && (book == ALL || *account == book));
        machines(others.map(|(_, (_, count))| count).sum())
    }

    fn is_settled(&self, holder: Holder) -> bool {
        self.shown.read().unwrap().contains_key(&holder) || self.failed.lock().unwrap().contains(&holder)
    }

    fn reserve(&self, holder: Holder, account: usize, count: i64) -> Result<(), Shortage> {
        let keys = [Key::Account(account.to_string()), Key::Tenant("everybody".to_owned())];
        let quota = |book: usize| Quota { machines: Some(LIMITS[book]), ..Quota::NONE };
        let here = |held: &[Holder]| self.used(account, held);
        let in_all = |held: &[Holder]| self.used(ALL, held);
        let claims = [
            Claim { key: &keys[0], quota: quota(account), needs: machines(count), used: &here },
            Claim { key: &keys[1], quota: quota(ALL), needs: machines(count), used: &in_all },
        ];
        self.ledger.reserve(holder, &claims, |other| self.is_settled(other))
    }

    fn count(&self, account: usize, count: i64) {
        for book in [account, ALL] {
            let now = self.granted[book].fetch_add(count, Ordering::SeqCst) + count;
            assert!(now <= LIMITS[book], "{now} of {} in {book}", LIMITS[book]);
        }
    }

    fn create(&self, holder: Holder, creation: Creation) {
        let Creation { mut account, machines, fate } = creation;
        if self.reserve(holder, account, machines).is_err() {
            return;
        }
        self.count(account, machines);
        if matches!(fate, Fate::Moved) {
            // Its cloud has refused: what it held there is free once it holds elsewhere, or nothing.
            self.count(account, -machines);
            account = 1 - account;
            if self.reserve(holder, account, machines).is_err() {
                self.ledger.release(holder);
                return;
            }
            self.count(account, machines);
        }
        if matches!(fate, Fate::Failed) {
            self.count(account, -machines);
            self.failed.lock().unwrap().insert(holder);
        } else {
            self.shown.write().unwrap().insert(holder, (account, machines));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn nobody_takes_what_another_holds(
        threads in prop::collection::vec(prop::collection::vec(creation(), 1..12), 2..6),
    ) {
        let world = World::default();
        std::thread::scope(|scope| {
            for (thread, creations) in threads.iter().enumerate() {
                let world = &world;
                scope.spawn(move || {
                    for (number, creation) in creations.iter().enumerate() {
                        let holder = i64::try_from(thread * 100 + number).unwrap();
                        world.create(holder, *creation);
                    }
                });
            }
        });
        // All has settled: what is taken is what shows, and what is left can be had to the last.
        for (account, limit) in LIMITS.into_iter().enumerate().take(ALL) {
            let key = Key::Account(account.to_string());
            let taken =
                world.ledger.taken(&key, |held| world.used(account, held), |it| world.is_settled(it));
            prop_assert_eq!(taken, world.used(account, &[]));
            let left = (limit - taken.machines).min(LIMITS[ALL] - world.used(ALL, &[]).machines);
            prop_assert!(world.reserve(1000, account, left + 1).is_err());
            prop_assert!(left == 0 || world.reserve(1000, account, left).is_ok());
            world.ledger.release(1000);
        }
    }
}

#[test]
fn what_was_held_before_a_restart_is_held_again() {
    let world = World::default();
    world.ledger.restore(1, vec![(Key::Account("0".to_owned()), machines(6))]);
    let shortage = world.reserve(2, 0, 2).unwrap_err();
    assert_eq!(
        shortage.to_string(),
        "its quota leaves 1 of machines, with what is being created, and this takes 2"
    );
    world.shown.write().unwrap().insert(1, (0, 6));
    world.reserve(2, 0, 1).unwrap();
    assert_eq!(world.ledger.under_way(), [(2, ("0".to_owned(), machines(1)))].into());
}
