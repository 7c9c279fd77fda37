//! A clock that only the test moves.

use std::cell::Cell;

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use rbconsole::session::system_clock;

thread_local! {
    static TIME: Cell<DateTime<Utc>> = Cell::new(start());
}

/// 02:14:00 on a night in November.
fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 20, 2, 14, 0)
        .single()
        .expect("there is such a moment")
}

/// What time it is. Each test has its own thread and its own time.
pub fn now() -> DateTime<Utc> {
    TIME.get()
}

/// Sets the clock back to its start.
pub fn reset() {
    TIME.set(start());
}

/// An hour ahead of the real clock: for it, what is recorded happened just now.
pub fn ahead() {
    TIME.set(system_clock() + TimeDelta::hours(1));
}

/// Lets seconds pass.
pub fn pass(seconds: i64) {
    TIME.set(TIME.get() + TimeDelta::seconds(seconds));
}
