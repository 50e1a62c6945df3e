//! Texts that many records have in common, kept once.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Arc;

/// A text that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Word(NonZeroU32);

/// Texts, each with the number of those who hold it: what nobody holds goes.
#[derive(Debug, Default)]
pub(super) struct Words {
    by_text: HashMap<Arc<str>, Word>,
    texts: Vec<(Arc<str>, u32)>,
    free: Vec<Word>,
}

impl Word {
    /// The word of a number that [`Word::number`] gave.
    pub(super) fn of(number: u64) -> Option<Self> {
        u32::try_from(number).ok().and_then(NonZeroU32::new).map(Self)
    }

    /// Its number, never 0.
    pub(super) fn number(self) -> u64 {
        u64::from(self.0.get())
    }

    fn at(self) -> usize {
        self.0.get() as usize - 1
    }
}

impl Words {
    /// The word for a text, if somebody holds it.
    pub(super) fn find(&self, text: &str) -> Option<Word> {
        self.by_text.get(text).copied()
    }

    /// The text of a word that is held.
    pub(super) fn text(&self, word: Word) -> &str {
        &self.texts[word.at()].0
    }

    /// The same, to be kept.
    pub(super) fn shared(&self, word: Word) -> Arc<str> {
        self.texts[word.at()].0.clone()
    }

    /// Holds a text once more.
    pub(super) fn hold(&mut self, text: &str) -> Word {
        if let Some(word) = self.find(text) {
            self.texts[word.at()].1 += 1;
            return word;
        }
        let text: Arc<str> = text.into();
        let word = if let Some(word) = self.free.pop() {
            self.texts[word.at()] = (text.clone(), 1);
            word
        } else {
            self.texts.push((text.clone(), 1));
            let number = u32::try_from(self.texts.len()).ok().and_then(NonZeroU32::new);
            Word(number.expect("four billion texts do not fit into memory"))
        };
        self.by_text.insert(text, word);
        word
    }

    /// Holds a text once less.
    pub(super) fn release(&mut self, word: Word) {
        let (text, held) = &mut self.texts[word.at()];
        *held -= 1;
        if *held == 0 {
            let text = std::mem::take(text);
            self.by_text.remove(&text);
            self.free.push(word);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_holds_goes() {
        let mut words = Words::default();
        let (one, again, two) = (words.hold("one"), words.hold("one"), words.hold("two"));
        assert_eq!((one, words.text(two)), (again, "two"));
        words.release(one);
        assert_eq!(words.find("one"), Some(one));
        words.release(one);
        assert_eq!(words.find("one"), None);
        assert_eq!(words.hold("three"), one, "places are used again");
        assert_eq!(words.text(one), "three");
    }
}
