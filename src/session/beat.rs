//! The beat of everything that only looks from time to time: once a second.
//!
//! All beats of this machine fall together, whenever they began: what two of them
//! wake for is one wake-up. The time limits of the runtime would not do for that. Each
//! counts from where it began, and a far one is woken for several times, since it
//! comes nearer in steps.

#[cfg(target_os = "linux")]
use std::io;

#[cfg(target_os = "linux")]
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};
#[cfg(target_os = "linux")]
use tokio::net::unix::pipe;
use tokio::time::{Duration, Instant};

#[cfg(target_os = "linux")]
use crate::executor::clock;

/// The time between two beats.
const SECOND: Duration = Duration::from_secs(1);

/// A beat that goes on by itself; what was missed comes as one.
#[derive(Debug)]
pub struct Beat {
    #[cfg(target_os = "linux")]
    timer: Option<pipe::Receiver>,
    /// The next one where the machine has no such timer.
    next: Instant,
}

impl Beat {
    /// Begins; in a runtime. Where the machine has no timer for it, beats come a second
    /// apart.
    pub fn begin() -> Self {
        Self {
            #[cfg(target_os = "linux")]
            timer: timer().ok(),
            next: Instant::now() + SECOND,
        }
    }

    /// Waits for the next one. Safe to cancel.
    pub async fn next(&mut self) {
        #[cfg(target_os = "linux")]
        if let Some(timer) = &self.timer {
            if expired(timer).await.is_ok() {
                return;
            }
            self.timer = None;
        }
        tokio::time::sleep_until(self.next).await;
        self.next = Instant::now() + SECOND;
    }
}

/// Waits for the next beat; the first comes at once. Safe to cancel.
pub(super) async fn next(beat: &mut Option<Beat>) {
    match beat {
        Some(beat) => beat.next().await,
        None => *beat = Some(Beat::begin()),
    }
}

/// A timer at each full second since boot.
#[cfg(target_os = "linux")]
fn timer() -> io::Result<pipe::Receiver> {
    let timer = timerfd_create(
        // It goes on while the machine sleeps, so that one is told when it wakes.
        TimerfdClockId::Boottime,
        TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK,
    )?;
    let full = |seconds: u64| Timespec {
        tv_sec: i64::try_from(seconds).unwrap_or(i64::MAX),
        tv_nsec: 0,
    };
    let spec = Itimerspec {
        it_interval: full(SECOND.as_secs()),
        it_value: full(clock::boottime().as_secs() + 1),
    };
    timerfd_settime(&timer, TimerfdTimerFlags::ABSTIME, &spec)?;
    // To the runtime it is what a pipe's end is: something to wait for and to read from.
    // Unchecked means that nobody looks whether it is a pipe; what the runtime relies
    // on holds: it is ours alone, it can be polled, and it does not block (see above).
    pipe::Receiver::from_owned_fd_unchecked(timer)
}

#[cfg(target_os = "linux")]
async fn expired(timer: &pipe::Receiver) -> io::Result<()> {
    loop {
        timer.readable().await?;
        // How many there were does not matter.
        match timer.try_read(&mut [0; 8]) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            read => return read.map(drop),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn beats_come_once_a_second_and_together() {
        let mut one = Beat::begin();
        tokio::time::sleep(Duration::from_millis(137)).await;
        let mut other = Beat::begin();
        // A second may have turned between the two beginnings: after one beat of each
        // both wait for the same.
        other.next().await;
        one.next().await;
        one.next().await;
        let first = Instant::now();
        other.next().await;
        assert!(first.elapsed() < SECOND / 2, "{:?}", first.elapsed());
        one.next().await;
        let apart = first.elapsed();
        assert!(apart > SECOND / 2 && apart < SECOND * 10, "{apart:?}");
    }

    #[tokio::test]
    async fn without_a_timer_they_come_all_the_same() {
        let mut beat = Beat::begin();
        #[cfg(target_os = "linux")]
        {
            beat.timer = None;
        }
        let began = Instant::now();
        beat.next().await;
        beat.next().await;
        assert!(began.elapsed() > SECOND, "{:?}", began.elapsed());
    }
}
