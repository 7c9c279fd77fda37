//! Time that goes on while the machine sleeps and that nobody can set.

#[cfg(target_os = "linux")]
use std::cell::Cell;
use std::{
    os::fd::OwnedFd,
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use rustix::time::{ClockId, clock_gettime};
#[cfg(target_os = "linux")]
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};

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

/// When the machine was booted by what this process takes for the time of day, in
/// microseconds; 0: it has not asked yet.
static BOOTED: AtomicI64 = AtomicI64::new(0);

/// The time of day. The machine is asked for it once; from there on it goes evenly,
/// also when the machine's clock is set.
pub fn now() -> DateTime<Utc> {
    later(booted(), boottime())
}

/// When the machine was booted by the same account.
pub fn booted() -> DateTime<Utc> {
    let known = BOOTED.load(Ordering::Relaxed);
    if known != 0
        && let Some(booted) = DateTime::from_timestamp_micros(known)
    {
        return booted;
    }
    let up = TimeDelta::from_std(boottime()).unwrap_or_default();
    let booted = of_machine().checked_sub_signed(up).unwrap_or_default();
    go_by(booted);
    booted
}

/// From here on goes by another's account.
pub fn go_by(booted: DateTime<Utc>) {
    BOOTED.store(booted.timestamp_micros(), Ordering::Relaxed);
}

/// What the machine takes for the time of day at this moment.
#[expect(
    clippy::disallowed_methods,
    reason = "the only place that asks the machine; everybody else is handed the time"
)]
pub fn of_machine() -> DateTime<Utc> {
    Utc::now()
}

fn later(at: DateTime<Utc>, by: Duration) -> DateTime<Utc> {
    TimeDelta::from_std(by)
        .ok()
        .and_then(|by| at.checked_add_signed(by))
        .unwrap_or(at)
}

/// Wakes whoever polls it at a time since boot, also out of a sleep of the machine:
/// the time limit of `poll` itself stands still while the machine sleeps.
#[derive(Debug)]
pub struct Alarm {
    #[cfg(target_os = "linux")]
    timer: Option<OwnedFd>,
    #[cfg(target_os = "linux")]
    armed: Cell<Duration>,
}

impl Alarm {
    /// One that is not set. Where there is none, the time limits are all there is.
    pub fn new() -> Self {
        Self {
            #[cfg(target_os = "linux")]
            timer: timerfd_create(
                TimerfdClockId::Boottime,
                TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK,
            )
            .ok(),
            #[cfg(target_os = "linux")]
            armed: Cell::new(Duration::ZERO),
        }
    }

    /// What to poll so as to wake at this time, or somewhat before.
    #[cfg(target_os = "linux")]
    pub fn at(&self, due: Duration, now: Duration) -> Option<&OwnedFd> {
        let timer = self.timer.as_ref()?;
        let armed = self.armed.get();
        if armed > due || armed <= now {
            let spec = Itimerspec {
                it_interval: Timespec::default(),
                it_value: Timespec {
                    tv_sec: i64::try_from(due.as_secs()).ok()?,
                    // All zero would mean never.
                    tv_nsec: due.subsec_nanos().max(1).into(),
                },
            };
            timerfd_settime(timer, TimerfdTimerFlags::ABSTIME, &spec).ok()?;
            self.armed.set(due);
        }
        Some(timer)
    }

    /// What to poll so as to wake at this time: nothing here.
    #[cfg(not(target_os = "linux"))]
    pub fn at(&self, _due: Duration, _now: Duration) -> Option<&OwnedFd> {
        None
    }
}

impl Default for Alarm {
    fn default() -> Self {
        Self::new()
    }
}

/// What tells this boot of the machine from the next.
pub fn boot_id() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .map(|id| id.trim().to_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use rustix::event::{PollFd, PollFlags, poll};

    use super::*;

    #[test]
    fn time_goes_on_by_the_account_that_it_is_given() {
        let before = now();
        let off = (of_machine() - before).abs();
        assert!(off < TimeDelta::seconds(2), "{off}");
        assert!(now() >= before);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn an_alarm_wakes_in_time_and_is_set_again() {
        let alarm = Alarm::new();
        for ms in [30, 60] {
            let began = boottime();
            let due = began + Duration::from_millis(ms);
            let timer = alarm.at(due, began).unwrap();
            let limit = rustix::event::Timespec {
                tv_sec: 20,
                tv_nsec: 0,
            };
            let ready = poll(&mut [PollFd::new(timer, PollFlags::IN)], Some(&limit));
            assert_eq!(ready, Ok(1));
            assert!(boottime() >= due);
        }
    }
}
