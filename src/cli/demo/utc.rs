//! Times of day in UTC, as the access log and the release folders write them.
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A point in time, in milliseconds since 1970 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Utc(u64);

/// A point in time taken apart.
struct Parts {
    year: u64,
    month: u64,
    day: u64,
    hour: u64,
    minute: u64,
    second: u64,
    milli: u64,
}

impl Utc {
    /// Now. A clock set before 1970 reads as 1970.
    pub fn now() -> Self {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    /// The point `ago` before this one.
    #[must_use]
    pub fn before(self, ago: Duration) -> Self {
        Self(
            self.0
                .saturating_sub(u64::try_from(ago.as_millis()).unwrap_or(u64::MAX)),
        )
    }

    /// `2026-11-21T02:24:50.123Z`
    pub fn iso(self) -> String {
        let p = self.parts();
        format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
            p.year, p.month, p.day, p.hour, p.minute, p.second, p.milli
        )
    }

    /// `20261121022450`: how a release folder is named.
    pub fn compact(self) -> String {
        let p = self.parts();
        format!(
            "{:04}{:02}{:02}{:02}{:02}{:02}",
            p.year, p.month, p.day, p.hour, p.minute, p.second
        )
    }

    fn parts(self) -> Parts {
        let seconds = self.0 / 1000;
        // Days counted from 1 March of the year 0: the leap day is then a year's last day and needs no case of its own.
        let days = seconds / 86_400 + 719_468;
        let era = days / 146_097;
        let day_of_era = days % 146_097;
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * day_of_year + 2) / 153;
        let month = if from_march < 10 {
            from_march + 3
        } else {
            from_march - 9
        };
        Parts {
            year: era * 400 + year_of_era + u64::from(month <= 2),
            month,
            day: day_of_year - (153 * from_march + 2) / 5 + 1,
            hour: seconds / 3600 % 24,
            minute: seconds / 60 % 60,
            second: seconds % 60,
            milli: self.0 % 1000,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_times() {
        for (seconds, iso) in [
            (0, "1970-01-01T00:00:00.007Z"),
            (951_782_399, "2000-02-28T23:59:59.007Z"),
            (951_782_400, "2000-02-29T00:00:00.007Z"),
            (1_709_164_800, "2024-02-29T00:00:00.007Z"),
            (1_735_689_599, "2024-12-31T23:59:59.007Z"),
            (4_107_542_400, "2100-03-01T00:00:00.007Z"),
        ] {
            assert_eq!(Utc(seconds * 1000 + 7).iso(), iso);
        }
    }

    #[test]
    fn before_and_compact() {
        let day = Utc(1_735_689_600_000);
        assert_eq!(
            day.before(Duration::from_secs(1)).compact(),
            "20241231235959"
        );
        assert_eq!(Utc(5).before(Duration::from_secs(9)), Utc(0));
    }
}
