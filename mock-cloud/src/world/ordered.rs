//! An ordered map that can be entered at the n-th place.
//!
//! Owns a list of sorted runs. Keys here mostly grow, so a run is full before the next one is begun. How long the runs are is
//! summed up in a tree, so that finding the n-th entry costs next to nothing, wherever it is.

mod sums;

use sums::Sums;

/// Entries of one run: small enough to shift on removal, large enough that the list of runs stays short.
const RUN: usize = 256;

/// A map in the order of its keys.
#[derive(Clone, Debug)]
pub struct Ordered<K, V> {
    runs: Vec<Vec<(K, V)>>,
    /// Of the lengths of the runs.
    sums: Sums,
    len: usize,
}

impl<K, V> Default for Ordered<K, V> {
    fn default() -> Self {
        Self { runs: Vec::new(), sums: Sums::default(), len: 0 }
    }
}

impl<K: Ord + Copy, V> Ordered<K, V> {
    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The value of a key.
    pub fn get(&self, key: K) -> Option<&V> {
        let run = self.runs.get(self.run_of(key)?)?;
        let at = run.binary_search_by_key(&key, |entry| entry.0).ok()?;
        Some(&run[at].1)
    }

    /// The value of a key, to change it.
    pub fn get_mut(&mut self, key: K) -> Option<&mut V> {
        let at = self.run_of(key)?;
        let run = self.runs.get_mut(at)?;
        let at = run.binary_search_by_key(&key, |entry| entry.0).ok()?;
        Some(&mut run[at].1)
    }

    /// Sets a key, and returns the former value.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        let Some(at) = self.run_of(key) else {
            self.runs.insert(0, vec![(key, value)]);
            self.sum_up();
            self.len += 1;
            return None;
        };
        let last = at + 1 == self.runs.len();
        let run = &mut self.runs[at];
        match run.binary_search_by_key(&key, |entry| entry.0) {
            Ok(found) => return Some(std::mem::replace(&mut run[found].1, value)),
            Err(place) if run.len() < RUN => {
                run.insert(place, (key, value));
                self.sums.increment(at);
            }
            Err(place) if last && place == run.len() => {
                self.runs.push(vec![(key, value)]);
                self.sums.push(1);
            }
            Err(place) => {
                let tail = run.split_off(RUN / 2);
                self.runs.insert(at + 1, tail);
                let (at, place) = if place > RUN / 2 { (at + 1, place - RUN / 2) } else { (at, place) };
                self.runs[at].insert(place, (key, value));
                self.sum_up();
            }
        }
        self.len += 1;
        None
    }

    /// Takes a key out.
    pub fn remove(&mut self, key: K) -> Option<V> {
        let at = self.run_of(key)?;
        let run = &mut self.runs[at];
        let place = run.binary_search_by_key(&key, |entry| entry.0).ok()?;
        let (_, value) = run.remove(place);
        if run.is_empty() {
            self.runs.remove(at);
            self.sum_up();
        } else {
            self.sums.decrement(at);
        }
        self.len -= 1;
        Some(value)
    }

    /// The entries from the n-th (from 0) on.
    pub fn from_nth(&self, n: usize) -> impl Iterator<Item = (K, &V)> {
        let (first, skip) = self.sums.find(n);
        let mut runs = self.runs[first..].iter();
        let begun = runs.next().map_or(&[][..], |run| &run[skip..]);
        begun.iter().chain(runs.flatten()).map(|(key, value)| (*key, value))
    }

    /// The entries behind a key, whether or not it is there.
    pub fn after(&self, key: K) -> impl Iterator<Item = (K, &V)> {
        let at = self.run_of(key).unwrap_or_default();
        let place = self.runs.get(at).map_or(0, |run| run.partition_point(|entry| entry.0 <= key));
        let mut runs = self.runs[at.min(self.runs.len())..].iter();
        let begun = runs.next().map_or(&[][..], |run| &run[place..]);
        begun.iter().chain(runs.flatten()).map(|(key, value)| (*key, value))
    }

    /// All entries in order.
    pub fn iter(&self) -> impl Iterator<Item = (K, &V)> {
        self.from_nth(0)
    }

    /// There are other runs than before: once for many entries, if keys grow.
    fn sum_up(&mut self) {
        self.sums = self.runs.iter().map(Vec::len).collect();
    }

    /// The run that holds `key`, or would; none if it comes before every run.
    fn run_of(&self, key: K) -> Option<usize> {
        self.runs.partition_point(|run| run[0].0 <= key).checked_sub(1)
    }
}

#[cfg(test)]
mod tests;
