//! Chance that can be had again: every choice of a generated case follows from the seed of the run and the name of the
//! case, so that a case comes out the same whichever others are generated beside it.
//!
//! Owns the generator of random numbers, which is proptest's with its strategies. What proptest shrinks is the choice of
//! values; a story is shrunk by leaving out what it does, which `engine::walk` tries at the endpoint itself.

use proptest::strategy::{Strategy, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use sha2::{Digest as _, Sha256};

/// The chance of one case.
#[derive(Debug)]
pub(crate) struct Chance {
    runner: TestRunner,
}

impl Chance {
    /// The chance of the case `name` in a run with this seed.
    pub(crate) fn of(seed: u64, name: &str) -> Self {
        let digest = Sha256::new().chain_update(seed.to_be_bytes()).chain_update(name).finalize();
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &digest);
        Self {
            runner: TestRunner::new_with_rng(Config { failure_persistence: None, ..Config::default() }, rng),
        }
    }

    /// A value of a strategy; nothing where it rejects too much.
    pub(crate) fn draw<S: Strategy>(&mut self, strategy: S) -> Option<S::Value> {
        strategy.new_tree(&mut self.runner).ok().map(|tree| tree.current())
    }

    /// A number below `end`; 0 where there is none.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.draw(0..end.max(1)).unwrap_or(0)
    }

    /// One of two.
    pub(crate) fn either(&mut self) -> bool {
        self.below(2) == 0
    }

    /// One of some.
    pub(crate) fn pick<'t, T>(&mut self, of: &'t [T]) -> Option<&'t T> {
        of.get(self.below(of.len()))
    }

    /// All of some, in another order.
    pub(crate) fn shuffled<T: Clone + std::fmt::Debug>(&mut self, of: &[T]) -> Vec<T> {
        let mut left = of.to_vec();
        let mut all = Vec::new();
        while !left.is_empty() {
            all.push(left.swap_remove(self.below(left.len())));
        }
        all
    }

    /// So many of some at most, at least one where there is one, in their order.
    pub(crate) fn some<T: Clone + std::fmt::Debug + 'static>(&mut self, of: &[T], most: usize) -> Vec<T> {
        let most = most.min(of.len());
        if most == 0 {
            return Vec::new();
        }
        self.draw(proptest::sample::subsequence(of.to_vec(), 1..=most)).unwrap_or_default()
    }
}
