//! Failed logins: who fails again and again has to wait, longer each time.
//!
//! Counts by user and address together, so that nobody keeps a user out who comes from elsewhere, and by address, so that nobody
//! tries one password on all users. Time is an input.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

/// Failures of a user from one address that cost nothing but themselves.
const OF_USER: u32 = 10;
/// Failures from one address, whoever it says it is.
const OF_ADDRESS: u32 = 100;
/// The first pause, in seconds; each further failure doubles it.
const FIRST: u64 = 1;
/// The longest.
const LONGEST: u64 = 300;
/// How long a failure is remembered.
const MEMORY: SignedDuration = SignedDuration::from_mins(15);
/// Whose failures are remembered at the same time.
const MOST: usize = 8192;

#[derive(Default)]
pub(super) struct Throttle(Mutex<HashMap<Who, Failures>>);

/// Whose failures are counted together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Who {
    /// A name, whether there is such a user or not, from somewhere.
    User([u8; 32], Option<IpAddr>),
    /// Everybody from somewhere.
    Address(IpAddr),
}

#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    last: Timestamp,
}

impl Throttle {
    /// How many seconds a user has to wait before a password is looked at again; `None`: they need not.
    pub(super) fn wait(&self, user: &str, from: Option<IpAddr>, now: Timestamp) -> Option<u64> {
        let failures = self.lock();
        counted(user, from).filter_map(|(who, free)| failures.get(&who)?.wait(free, now)).max()
    }

    /// Counts a failure.
    pub(super) fn failed(&self, user: &str, from: Option<IpAddr>, now: Timestamp) {
        let mut failures = self.lock();
        for (who, _) in counted(user, from) {
            if failures.len() >= MOST && !failures.contains_key(&who) {
                make_room(&mut failures, now);
            }
            let known = failures.entry(who).or_insert(Failures { count: 0, last: now });
            if known.is_forgotten(now) {
                known.count = 0;
            }
            *known = Failures { count: known.count.saturating_add(1), last: now };
        }
    }

    /// Forgets the failures of a user who has shown the right password. Those of the address stay: it may be others' as well.
    pub(super) fn succeeded(&self, user: &str, from: Option<IpAddr>) {
        self.lock().remove(&of_user(user, from));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Who, Failures>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Failures {
    fn is_forgotten(self, now: Timestamp) -> bool {
        now.duration_since(self.last) >= MEMORY
    }

    fn wait(self, free: u32, now: Timestamp) -> Option<u64> {
        let beyond = self.count.checked_sub(free).filter(|_| !self.is_forgotten(now))?;
        let pause = FIRST.checked_shl(beyond).map_or(LONGEST, |pause| pause.min(LONGEST));
        let gone = u64::try_from(now.duration_since(self.last).as_secs()).unwrap_or(0);
        pause.checked_sub(gone).filter(|left| *left > 0)
    }
}

/// Whose failures it is held against, and how many each has for nothing.
fn counted(user: &str, from: Option<IpAddr>) -> impl Iterator<Item = (Who, u32)> {
    let address = from.map(|from| (Who::Address(network(from)), OF_ADDRESS));
    [(of_user(user, from), OF_USER)].into_iter().chain(address)
}

fn of_user(user: &str, from: Option<IpAddr>) -> Who {
    Who::User(Sha256::digest(user).into(), from.map(network))
}

/// An address; of IPv6 the network of 64 bits, which is what one has.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & !u128::from(u64::MAX)).into()),
    }
}

/// Forgets what is over, or else whoever failed least, longest ago.
fn make_room(failures: &mut HashMap<Who, Failures>, now: Timestamp) {
    failures.retain(|_, known| !known.is_forgotten(now));
    if failures.len() >= MOST {
        let least = failures.iter().min_by_key(|(_, known)| (known.count, known.last));
        if let Some(least) = least.map(|(who, _)| who.clone()) {
            failures.remove(&least);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn pauses_grow_up_to_a_limit_and_end() {
        let (throttle, here) = (Throttle::default(), Some(address("192.0.2.1")));
        let mut waits = Vec::new();
        for _ in 0..20 {
            throttle.failed("me", here, at(0));
            waits.push(throttle.wait("me", here, at(0)));
        }
        assert!(waits[..9].iter().all(Option::is_none), "{waits:?}");
        assert_eq!(waits[9..13], [Some(1), Some(2), Some(4), Some(8)]);
        assert_eq!(waits[19], Some(LONGEST));
        assert_eq!(throttle.wait("me", here, at(299)), Some(1));
        assert_eq!(throttle.wait("me", here, at(300)), None);
        throttle.failed("me", here, at(900));
        assert_eq!(throttle.wait("me", here, at(900)), None, "what was long ago is forgotten");
    }

    #[test]
    fn nobody_waits_for_what_others_did() {
        let (throttle, here) = (Throttle::default(), Some(address("2001:db8::1")));
        for _ in 0..12 {
            throttle.failed("me", here, at(0));
        }
        assert_eq!(throttle.wait("me", Some(address("2001:db8::2")), at(0)), Some(4), "the same network");
        assert_eq!(throttle.wait("me", Some(address("2001:db8:1::1")), at(0)), None);
        assert_eq!(throttle.wait("you", here, at(0)), None);
        throttle.succeeded("me", here);
        assert_eq!(throttle.wait("me", here, at(0)), None);
        for user in 0..100 {
            throttle.failed(&format!("user {user}"), here, at(0));
        }
        assert!(throttle.wait("you", here, at(0)).is_some(), "who tries them all");
        assert_eq!(throttle.wait("you", None, at(0)), None);
    }

    #[test]
    fn no_more_are_remembered_than_there_is_room_for() {
        let throttle = Throttle::default();
        for _ in 0..20 {
            throttle.failed("me", None, at(0));
        }
        for other in 0..MOST + 10 {
            throttle.failed(&format!("user {other}"), None, at(1));
        }
        assert!(throttle.lock().len() <= MOST);
        assert!(throttle.wait("me", None, at(1)).is_some(), "who failed most is remembered");
    }
}
