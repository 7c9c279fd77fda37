//! A set of small numbers.

/// A set of small numbers. Equal sets are equal values: it never ends in an empty word.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Bits(Vec<u64>);

impl Bits {
    /// Puts a number in.
    pub fn insert(&mut self, number: usize) {
        let word = number / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (number % 64);
    }

    /// Whether the number is in it.
    pub fn has(&self, number: usize) -> bool {
        self.0
            .get(number / 64)
            .is_some_and(|word| word & (1 << (number % 64)) != 0)
    }

    /// Puts all of another set in.
    pub fn add(&mut self, other: &Bits) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            *word |= more;
        }
    }

    /// Keeps only what is also in the other set.
    pub fn keep(&mut self, other: &Bits) {
        self.0.truncate(other.0.len());
        for (word, kept) in self.0.iter_mut().zip(&other.0) {
            *word &= kept;
        }
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }

    /// Whether the sets have a number in common.
    pub fn meets(&self, other: &Bits) -> bool {
        self.0.iter().zip(&other.0).any(|(a, b)| a & b != 0)
    }
}

impl FromIterator<usize> for Bits {
    fn from_iter<I: IntoIterator<Item = usize>>(numbers: I) -> Self {
        let mut bits = Self::default();
        numbers.into_iter().for_each(|number| bits.insert(number));
        bits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_sets_are_equal() {
        let mut one: Bits = [1, 200].into_iter().collect();
        assert!(one.has(200) && !one.has(2) && !one.has(9000));
        one.keep(&[1, 2].into_iter().collect());
        assert_eq!(one, [1].into_iter().collect());
        assert!(one.meets(&[1, 7].into_iter().collect()));
        one.add(&[64].into_iter().collect());
        assert!(one.has(1) && one.has(64));
    }
}
