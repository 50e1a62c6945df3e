//! Creations that were given up without an answer: what is to be known when a cloud shows late what it made of one.
//!
//! Owns finding them by their token. What becomes of what shows is the merge's to decide.

use super::{Inventory, Writer};
use crate::connector::Token;
use crate::record::Unanswered;

impl Inventory {
    /// Creations that were given up without an answer, whoever asks.
    pub fn unanswered(&self) -> Vec<Unanswered> {
        self.read(|state| state.unanswered.values().cloned().collect())
    }
}

impl Writer {
    /// Notes that a creation is given up without an answer.
    pub fn put_unanswered(&mut self, unanswered: Unanswered) {
        let key = (unanswered.number, unanswered.account.clone());
        self.edit.answered.remove(&key);
        self.edit.unanswered.insert(key, unanswered);
    }

    /// Notes that nobody waits for an answer to a creation any more.
    pub fn is_answered(&mut self, unanswered: &Unanswered) {
        let key = (unanswered.number, unanswered.account.clone());
        self.edit.unanswered.remove(&key);
        self.edit.answered.insert(key);
    }

    /// The creation of a token that an account was asked for, and that was given up without an answer.
    pub fn unanswered(&self, account: &str, token: &Token) -> Option<Unanswered> {
        if token.manager != self.inventory.shared.instance {
            return None;
        }
        let key = (super::Id(token.number), account.to_owned());
        if self.edit.answered.contains(&key) {
            return None;
        }
        let known = || self.inventory.read(|state| state.unanswered.get(&key).cloned());
        self.edit.unanswered.get(&key).cloned().or_else(known)
    }
}
