//! Takes secrets out of output before it is written anywhere.
//!
//! Masked as `***`: the secret itself, its base64 (wherever in a longer text it was encoded, standard
//! and URL-safe alphabet) and its percent-encodings. Where occurrences overlap, the one that begins
//! first counts, then the longest; which secrets are given in which order makes no difference.
//!
//! What is too short to be a secret is left alone, because masking it would destroy the output
//! without protecting anything: secrets under [`LITERAL_MIN`] bytes are not masked, those under
//! [`ENCODED_MIN`] bytes only as they are. Line ends at the end of a secret do not count (they come
//! from the file it was read from); line ends within it are also found as a terminal prints them.
//!
//! This is a net, not a proof: base64 that is wrapped within the secret, other encodings and
//! secrets cut in pieces go through, and of a secret encoded within a longer text a few bits of its
//! first and last byte stay readable.

mod forms;

use std::fmt;

use aho_corasick::{AhoCorasick, Input, MatchKind};

/// Shorter secrets, in bytes, are not masked at all.
pub const LITERAL_MIN: usize = 3;
/// Shorter secrets, in bytes, are masked as they are but not in their encoded forms.
pub const ENCODED_MIN: usize = 4;

/// What stands where a secret was.
const MASK: &[u8] = b"***";

/// The secrets are more than can be searched for at once.
#[derive(Debug, thiserror::Error)]
#[error(
    "cannot prepare to mask {count} secrets ({reason}); give the runbook fewer or shorter secrets"
)]
pub struct TooManySecrets {
    count: usize,
    reason: String,
}

/// Masks secrets in a stream of bytes, also where a read splits them.
///
/// One for each stream: what one stream holds back must not meet the other's bytes.
#[derive(Clone)]
pub struct Masker {
    /// Everything to be masked, sorted; empty if there are no secrets.
    patterns: Vec<Vec<u8>>,
    search: AhoCorasick,
    begins: [bool; 256],
    longest: usize,
    /// The end of what was pushed, as far as it may be the beginning of a secret.
    held: Vec<u8>,
}

impl Masker {
    /// Prepares to mask `secrets`.
    pub fn new(secrets: &[String]) -> Result<Self, TooManySecrets> {
        let mut patterns: Vec<_> = secrets
            .iter()
            .flat_map(|secret| forms::all(secret))
            .collect();
        patterns.sort();
        patterns.dedup();
        let search = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(&patterns)
            .map_err(|error| TooManySecrets {
                count: secrets.len(),
                reason: error.to_string(),
            })?;
        let mut begins = [false; 256];
        for pattern in &patterns {
            begins[usize::from(pattern[0])] = true;
        }
        let longest = patterns.iter().map(Vec::len).max().unwrap_or(0);
        Ok(Self {
            patterns,
            search,
            begins,
            longest,
            held: Vec::new(),
        })
    }

    /// Whether there is nothing to mask, so that the bytes need not pass through here.
    pub fn is_noop(&self) -> bool {
        self.patterns.is_empty()
    }

    /// Appends to `out` what is certain of the stream after `bytes`.
    ///
    /// Held back is at most the longest form of a secret less one byte, and only while the end of
    /// the stream looks like the beginning of one, so a prompt appears when it is printed.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        if self.held.is_empty() {
            let done = self.mask(bytes, out);
            self.held.extend_from_slice(&bytes[done..]);
        } else {
            let mut whole = std::mem::take(&mut self.held);
            whole.extend_from_slice(bytes);
            let done = self.mask(&whole, out);
            whole.drain(..done);
            self.held = whole;
        }
    }

    /// Appends to `out` what was held back: the stream has ended, or will not go on for long enough
    /// that the operator should see what there is. A secret that is split here goes through.
    pub fn flush(&mut self, out: &mut Vec<u8>) {
        let held = std::mem::take(&mut self.held);
        let mut from = 0;
        // Held bytes can hold a whole secret, held only for the sake of a longer one.
        while let Some((start, end)) = self.find(&held, from) {
            out.extend_from_slice(&held[from..start]);
            out.extend_from_slice(MASK);
            from = end;
        }
        out.extend_from_slice(&held[from..]);
    }

    /// Masks `bytes` as far as more bytes cannot change the result, and returns how far that is.
    fn mask(&self, bytes: &[u8], out: &mut Vec<u8>) -> usize {
        let mut from = 0;
        let mut open = self.open_from(bytes, 0);
        while let Some((start, end)) = self.find(bytes, from).filter(|(start, _)| *start < open) {
            out.extend_from_slice(&bytes[from..start]);
            out.extend_from_slice(MASK);
            from = end;
            if open < from {
                open = self.open_from(bytes, from);
            }
        }
        out.extend_from_slice(&bytes[from..open]);
        open
    }

    fn find(&self, bytes: &[u8], from: usize) -> Option<(usize, usize)> {
        self.search
            .find(Input::new(bytes).range(from..))
            .map(|found| (found.start(), found.end()))
    }

    /// Where, from `from` on, the first secret may begin that goes on beyond the end of `bytes`.
    fn open_from(&self, bytes: &[u8], from: usize) -> usize {
        let first = from.max((bytes.len() + 1).saturating_sub(self.longest));
        (first..bytes.len())
            .find(|at| self.is_beginning(&bytes[*at..]))
            .unwrap_or(bytes.len())
    }

    /// Whether `tail` is the beginning of something to be masked, and not all of it.
    fn is_beginning(&self, tail: &[u8]) -> bool {
        // Sorted patterns that begin with `tail` follow the place where it would stand itself.
        self.begins[usize::from(tail[0])] && {
            let after = self
                .patterns
                .partition_point(|pattern| pattern.as_slice() <= tail);
            self.patterns
                .get(after)
                .is_some_and(|pattern| pattern.starts_with(tail))
        }
    }
}

/// Says nothing about the secrets.
impl fmt::Debug for Masker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Masker")
            .field("patterns", &self.patterns.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
