//! Time that goes on while the machine sleeps and that nobody can set.

use std::time::Duration;

use chrono::{DateTime, Utc};
use rustix::time::{ClockId, clock_gettime};

/// Time since boot, suspended time included.
pub fn boottime() -> Duration {
    #[cfg(target_os = "linux")]
    let now = clock_gettime(ClockId::Boottime);
    #[cfg(not(target_os = "linux"))]
    let now = clock_gettime(ClockId::Monotonic);
    Duration::new(
        u64::try_from(now.tv_sec).unwrap_or(0),
        u32::try_from(now.tv_nsec).unwrap_or(0),
    )
}

/// The time of day.
#[expect(
    clippy::disallowed_methods,
    reason = "the supervisor stamps exit records; it is one of the two rooms that own a clock"
)]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

/// What tells this boot of the machine from the next.
pub fn boot_id() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .map(|id| id.trim().to_owned())
        .unwrap_or_default()
}
