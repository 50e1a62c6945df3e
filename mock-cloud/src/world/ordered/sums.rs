//! Sums over a list of numbers that changes: Fenwick's tree.
//!
//! Owns the way from a place in the whole to the number that covers it, in as many steps as the list's length has binary
//! digits.

/// Sums of ranges: the n-th (from 1) is of as many numbers, up to the n-th one, as the lowest bit of n says.
#[derive(Clone, Debug, Default)]
pub(super) struct Sums(Vec<usize>);

impl Sums {
    /// Appends a number.
    pub(super) fn push(&mut self, number: usize) {
        let at = self.0.len() + 1;
        let (mut sum, mut below) = (number, at - 1);
        while below > at - low_bit(at) {
            sum += self.0[below - 1];
            below -= low_bit(below);
        }
        self.0.push(sum);
    }

    /// The number at a place (from 0) is one more.
    pub(super) fn increment(&mut self, place: usize) {
        self.each_over(place, |sum| *sum += 1);
    }

    /// The number at a place (from 0) is one less.
    pub(super) fn decrement(&mut self, place: usize) {
        self.each_over(place, |sum| *sum -= 1);
    }

    /// The place of the first number with which the sum is above `n`, and what is left of `n` before it; behind the last one if
    /// the sum of all is not.
    pub(super) fn find(&self, mut n: usize) -> (usize, usize) {
        let mut place = 0;
        let mut step = self.0.len().checked_ilog2().map_or(0, |digits| 1 << digits);
        while step > 0 {
            if let Some(sum) = self.0.get(place + step - 1).filter(|sum| **sum <= n) {
                n -= sum;
                place += step;
            }
            step /= 2;
        }
        (place, n)
    }

    fn each_over(&mut self, place: usize, mut change: impl FnMut(&mut usize)) {
        let mut at = place + 1;
        while let Some(sum) = self.0.get_mut(at - 1) {
            change(sum);
            at += low_bit(at);
        }
    }
}

impl FromIterator<usize> for Sums {
    fn from_iter<T: IntoIterator<Item = usize>>(numbers: T) -> Self {
        let mut sums = Self::default();
        numbers.into_iter().for_each(|number| sums.push(number));
        sums
    }
}

const fn low_bit(number: usize) -> usize {
    number & number.wrapping_neg()
}
