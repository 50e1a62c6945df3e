//! An ordered map that can be entered at the n-th place.
//!
//! Owns a list of sorted runs. Keys here mostly grow, so a run is full before the next one is begun; finding the n-th
//! entry costs one addition per run, which is why pages of a large collection do not cost what the collection does.

/// Entries of one run: small enough to shift on removal, large enough that the list of runs stays short.
const RUN: usize = 256;

/// A map in the order of its keys.
#[derive(Clone, Debug)]
pub struct Ordered<K, V> {
    runs: Vec<Vec<(K, V)>>,
    len: usize,
}

impl<K, V> Default for Ordered<K, V> {
    fn default() -> Self {
        Self { runs: Vec::new(), len: 0 }
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
            self.len += 1;
            return None;
        };
        let last = at + 1 == self.runs.len();
        let run = &mut self.runs[at];
        match run.binary_search_by_key(&key, |entry| entry.0) {
            Ok(found) => return Some(std::mem::replace(&mut run[found].1, value)),
            Err(place) if run.len() < RUN => run.insert(place, (key, value)),
            Err(place) if last && place == run.len() => self.runs.push(vec![(key, value)]),
            Err(place) => {
                let tail = run.split_off(RUN / 2);
                self.runs.insert(at + 1, tail);
                let (at, place) = if place > RUN / 2 { (at + 1, place - RUN / 2) } else { (at, place) };
                self.runs[at].insert(place, (key, value));
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
        }
        self.len -= 1;
        Some(value)
    }

    /// The entries from the n-th (from 0) on.
    pub fn from_nth(&self, n: usize) -> impl Iterator<Item = (K, &V)> {
        let mut skip = n;
        let mut first = self.runs.len();
        for (at, run) in self.runs.iter().enumerate() {
            if skip < run.len() {
                first = at;
                break;
            }
            skip -= run.len();
        }
        self.runs[first..].iter().flatten().skip(skip).map(|(key, value)| (*key, value))
    }

    /// The entries behind a key, whether or not it is there.
    pub fn after(&self, key: K) -> impl Iterator<Item = (K, &V)> {
        let at = self.run_of(key).unwrap_or_default();
        let place = self.runs.get(at).map_or(0, |run| run.partition_point(|entry| entry.0 <= key));
        self.runs[at.min(self.runs.len())..].iter().flatten().skip(place).map(|(key, value)| (*key, value))
    }

    /// All entries in order.
    pub fn iter(&self) -> impl Iterator<Item = (K, &V)> {
        self.from_nth(0)
    }

    /// The run that holds `key`, or would; none if it comes before every run.
    fn run_of(&self, key: K) -> Option<usize> {
        self.runs.partition_point(|run| run[0].0 <= key).checked_sub(1)
    }
}

#[cfg(test)]
mod tests;
