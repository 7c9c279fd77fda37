//! Noticing that a command has printed nothing for too long.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// How long a command may be silent, and how it is about that.
#[derive(Debug)]
pub struct Silence {
    limit: Option<Duration>,
    /// The last time that it printed something, or its beginning.
    heard: Duration,
    heard_at: DateTime<Utc>,
    told: bool,
}

impl Silence {
    /// Begins to listen.
    pub fn new(limit_ms: Option<u64>, now: Duration, at: DateTime<Utc>) -> Self {
        Self {
            limit: limit_ms.map(Duration::from_millis),
            heard: now,
            heard_at: at,
            told: false,
        }
    }

    /// The command has printed something; whether that ends a silence that was told.
    pub fn heard(&mut self, now: Duration, at: DateTime<Utc>) -> bool {
        self.heard = now;
        self.heard_at = at;
        std::mem::take(&mut self.told)
    }

    /// When there is something to tell, if it stays silent.
    pub fn due(&self) -> Option<Duration> {
        self.limit
            .filter(|_| !self.told)
            .map(|limit| self.heard.saturating_add(limit))
    }

    /// Since when it has been silent, once for each silence.
    pub fn news(&mut self, now: Duration) -> Option<DateTime<Utc>> {
        self.due().filter(|due| now >= *due)?;
        self.told = true;
        Some(self.heard_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_silence_is_told_once() {
        let at = crate::executor::clock::now();
        let ms = Duration::from_millis;
        let mut silence = Silence::new(Some(100), ms(0), at);
        assert_eq!(silence.news(ms(99)), None);
        assert_eq!(silence.news(ms(100)), Some(at));
        assert_eq!((silence.news(ms(500)), silence.due()), (None, None));
        assert!(silence.heard(ms(510), at));
        assert_eq!(silence.due(), Some(ms(610)));
        assert!(!silence.heard(ms(520), at));
        assert_eq!(silence.news(ms(620)), Some(at));
    }

    #[test]
    fn without_a_limit_nothing_is_told() {
        let mut silence = Silence::new(None, Duration::ZERO, crate::executor::clock::now());
        assert_eq!(silence.due(), None);
        assert_eq!(silence.news(Duration::MAX), None);
    }
}
