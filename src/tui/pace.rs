//! When a frame may be drawn: at most 60 in a second, and a key is answered at once.

use std::time::Duration;

use tokio::time::Instant;

/// The time between two frames. Those that keys may have sooner stay within the 60.
pub const FRAME: Duration = Duration::from_millis(20);
/// So many keys may have their frames sooner, one after the other, and then again when it
/// was calm: what commands print leaves these to them.
pub const SOONER: u32 = 10;
/// Input that never ends, such as a paste without end, must not freeze the screen.
const PATIENCE: Duration = Duration::from_millis(100);

/// Keeps the time.
#[derive(Debug)]
pub struct Pace {
    /// When the next frame is due that nobody asked for by a key.
    due: Instant,
    last: Instant,
}

impl Pace {
    /// The first frame may be drawn now.
    pub fn begin(now: Instant) -> Self {
        Self {
            due: now,
            last: now,
        }
    }

    /// From when on a frame may be drawn; `asked` for by a key.
    pub fn from(&self, asked: bool) -> Instant {
        if asked {
            self.due.checked_sub(SOONER * FRAME).unwrap_or(self.due)
        } else {
            self.due
        }
    }

    /// Whether a frame is overdue even if input waits.
    pub fn is_overdue(&self, now: Instant) -> bool {
        now >= self.last + PATIENCE
    }

    /// A frame was drawn.
    pub fn drawn(&mut self, now: Instant) {
        self.due = self.due.max(now) + FRAME;
        self.last = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many frames are drawn in each of some seconds, when something happens every
    /// millisecond that `asked` says is a key or not.
    fn frames(asked: impl Fn(u64) -> Option<bool>) -> Vec<u64> {
        let begin = Instant::now();
        let mut pace = Pace::begin(begin);
        let mut drawn = Vec::new();
        let mut dirty = None;
        for ms in 0..5_000 {
            let now = begin + Duration::from_millis(ms);
            if let Some(asked) = asked(ms) {
                dirty = Some(asked || dirty == Some(true));
            }
            if let Some(asked) = dirty
                && now >= pace.from(asked)
            {
                pace.drawn(now);
                drawn.push(ms);
                dirty = None;
            }
        }
        drawn
    }

    fn most_in_a_second(drawn: &[u64]) -> usize {
        let within = |from: u64| {
            drawn
                .iter()
                .filter(move |at| (from..from + 1_000).contains(*at))
        };
        drawn
            .iter()
            .map(|from| within(*from).count())
            .max()
            .unwrap_or(0)
    }

    #[test]
    fn no_second_has_more_than_sixty() {
        for drawn in [
            frames(|_| Some(false)),
            frames(|_| Some(true)),
            frames(|ms| Some(ms % 3 == 0)),
            frames(|ms| (ms > 900).then_some(true)),
        ] {
            let most = most_in_a_second(&drawn);
            assert!((50..=60).contains(&most), "{most}");
        }
    }

    #[test]
    fn a_key_is_answered_at_once() {
        // Output keeps the screen busy, and a key comes now and then.
        let drawn = frames(|ms| match ms {
            ms if ms % 97 == 13 => Some(true),
            ms if ms % 33 == 0 => Some(false),
            _ => None,
        });
        for key in (0..5_000).filter(|ms| ms % 97 == 13) {
            assert!(drawn.contains(&key), "the key at {key} ms waited");
        }
        // Ten of them even when the screen is as busy as it may be.
        let drawn = frames(|ms| Some((1_000..1_010).contains(&ms)));
        assert!((1_000..1_010).all(|ms| drawn.contains(&ms)));
        // A key that is held, while commands print.
        let drawn = frames(|ms| match ms {
            ms if ms % 33 == 7 => Some(true),
            ms if ms % 8 == 0 => Some(false),
            _ => None,
        });
        for key in (0..5_000).filter(|ms| ms % 33 == 7) {
            assert!(drawn.contains(&key), "the key at {key} ms waited");
        }
    }

    #[test]
    fn input_without_end_does_not_freeze_it() {
        let begin = Instant::now();
        let mut pace = Pace::begin(begin);
        assert!(!pace.is_overdue(begin + Duration::from_millis(50)));
        assert!(pace.is_overdue(begin + Duration::from_millis(100)));
        pace.drawn(begin + Duration::from_millis(100));
        assert!(!pace.is_overdue(begin + Duration::from_millis(150)));
    }
}
