//! BLAKE3 in big steps: its speed comes from hashing many blocks side by side.

/// Bytes hashed at once, a power of two. Small appends hash six times as fast when they are
/// collected up to this; beyond it nothing more is gained.
const STEP: usize = 64 << 10;

/// A running digest of everything it was given.
#[derive(Debug, Default)]
pub(super) struct Hash {
    hasher: blake3::Hasher,
    /// Less than a step, not hashed yet.
    rest: Vec<u8>,
}

impl Hash {
    pub(super) fn update(&mut self, mut bytes: &[u8]) {
        if !self.rest.is_empty() {
            let (filling, after) = bytes.split_at(bytes.len().min(STEP - self.rest.len()));
            self.rest.extend_from_slice(filling);
            if self.rest.len() < STEP {
                return;
            }
            self.hasher.update(&self.rest);
            self.rest.clear();
            bytes = after;
        }
        let (steps, rest) = bytes.split_at(bytes.len() / STEP * STEP);
        self.hasher.update(steps);
        self.rest.extend_from_slice(rest);
    }

    /// 64 lower-case hexadecimal digits.
    pub(super) fn finish(mut self) -> String {
        self.hasher.update(&self.rest);
        self.hasher.finalize().to_hex().to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn pieces_make_no_difference(
            lengths in prop::collection::vec(prop_oneof![0..300_usize, STEP - 2..STEP + 2, 0..3 * STEP], 0..8),
        ) {
            let (mut hash, mut whole) = (Hash::default(), Vec::new());
            for (number, length) in (0_u8..).zip(lengths) {
                let piece = vec![number; length];
                hash.update(&piece);
                whole.extend(piece);
            }
            prop_assert_eq!(hash.finish(), blake3::hash(&whole).to_hex().to_string());
        }
    }
}
