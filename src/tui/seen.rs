//! What the operator has had before their eyes. A key that makes something happen counts
//! only where what it would do stood on the screen when it was pressed: one that was typed
//! ahead, that is held down, or that comes as the screen changes was meant for what stood
//! there before.

use std::time::Duration;

use tokio::time::Instant;

/// How long something stands before keys can be meant for it: shorter than anybody needs to
/// see it and press one, longer than keys are under way on a slow line.
pub const SETTLE: Duration = Duration::from_millis(250);

/// What stands on the screen, and since when keys may be meant for it.
#[derive(Debug)]
pub struct Seen<T> {
    settle: Duration,
    stands: Option<(T, Instant)>,
}

impl<T: PartialEq> Seen<T> {
    /// Nothing was seen yet.
    pub fn nothing(settle: Duration) -> Self {
        Self {
            settle,
            stands: None,
        }
    }

    /// This stands on the screen, and no key waits that was pressed before.
    pub fn stands(&mut self, what: T, now: Instant) {
        if self.stands.as_ref().is_none_or(|(known, _)| *known != what) {
            self.stands = Some((what, now));
        }
    }

    /// Nothing can be seen any more.
    pub fn hide(&mut self) {
        self.stands = None;
    }

    /// Whether a key that comes now was pressed too early to be meant for this.
    pub fn is_early(&self, what: &T, now: Instant) -> bool {
        self.stands
            .as_ref()
            .is_none_or(|(known, since)| known != what || now < *since + self.settle)
    }

    /// A key was held back: those that come with it, as from one that is held down, are
    /// early too.
    pub fn hold_back(&mut self, now: Instant) {
        if let Some((_, since)) = &mut self.stands {
            *since = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(begin: Instant, ms: u64) -> Instant {
        begin + Duration::from_millis(ms)
    }

    #[test]
    fn only_what_stood_a_while_can_be_meant() {
        let begin = Instant::now();
        let mut seen = Seen::nothing(SETTLE);
        assert!(seen.is_early(&1, begin), "it was never drawn");
        seen.stands(1, begin);
        assert!(seen.is_early(&1, after(begin, 249)));
        assert!(!seen.is_early(&1, after(begin, 250)));
        // Drawn again it is the same.
        seen.stands(1, after(begin, 300));
        assert!(!seen.is_early(&1, after(begin, 301)));
        assert!(seen.is_early(&2, after(begin, 999)), "that is another one");
        seen.stands(2, after(begin, 1_000));
        assert!(seen.is_early(&1, after(begin, 9_000)), "it is gone");
        assert!(seen.is_early(&2, after(begin, 1_100)));
        assert!(!seen.is_early(&2, after(begin, 1_300)));
        seen.hide();
        assert!(seen.is_early(&2, after(begin, 9_000)));
    }

    #[test]
    fn a_key_that_is_held_down_never_counts() {
        let begin = Instant::now();
        let mut seen = Seen::nothing(SETTLE);
        seen.stands((), begin);
        for ms in (30..3_000).step_by(30) {
            assert!(seen.is_early(&(), after(begin, ms)), "after {ms} ms");
            seen.hold_back(after(begin, ms));
        }
        assert!(!seen.is_early(&(), after(begin, 3_300)));
    }

    #[test]
    fn without_a_time_to_settle_what_is_drawn_is_seen() {
        let begin = Instant::now();
        let mut seen = Seen::nothing(Duration::ZERO);
        assert!(seen.is_early(&(), begin));
        seen.hold_back(begin);
        seen.stands((), begin);
        assert!(!seen.is_early(&(), begin));
    }
}
