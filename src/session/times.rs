//! A run's clock: it goes on evenly, whatever is done to the machine's.
//!
//! Times of a run are counted from one moment at which the machine said what time it
//! was, by what has passed since; suspended time counts. So nothing that waits, is
//! measured or is put in order is confused when the clock is set. That it was set is
//! noted. A later console on the same boot goes on by the same moment.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::engine::{Entry, Event, observed::Observed};
use crate::executor::clock;
use crate::run_dir::{RunDir, read_private, write_private};

/// A smaller step is a correction that happens every day.
const STEP: TimeDelta = TimeDelta::seconds(2);
/// The longest file.
const MAX: u64 = 4096;

/// What a later console goes on by.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    boot_id: String,
    booted: DateTime<Utc>,
}

/// Notices when the machine's clock is set.
#[derive(Debug, Default)]
pub(super) struct Steps {
    /// How far the machine's clock is ahead of the run's, as far as that was noted.
    noted: TimeDelta,
}

impl Steps {
    /// Takes over what earlier consoles of this boot have noted.
    pub fn after(entries: &[Entry]) -> Self {
        let boot_id = clock::boot_id();
        let mut noted = TimeDelta::zero();
        for entry in entries {
            match &entry.event {
                Event::RunStarted(started) if started.boot_id != boot_id => {
                    noted = TimeDelta::zero();
                }
                Event::RunResumed(resumed) if resumed.boot_id != boot_id => {
                    noted = TimeDelta::zero();
                }
                Event::ClockStepped { by_ms } => {
                    noted += TimeDelta::try_milliseconds(*by_ms).unwrap_or_default();
                }
                _ => {}
            }
        }
        Self { noted }
    }

    /// What is to be noted, if the clock was set since the last look.
    pub fn look(&mut self, machine: DateTime<Utc>, run: DateTime<Utc>) -> Option<Observed> {
        let by = machine - run - self.noted;
        if by.abs() <= STEP {
            return None;
        }
        self.noted += by;
        Some(Observed::ClockStepped {
            by_ms: by.num_milliseconds(),
        })
    }
}

/// Keeps what a later console goes on by. Without it that takes the machine's word
/// again.
pub(super) fn keep(dir: &RunDir) {
    let kept = Kept {
        boot_id: clock::boot_id(),
        booted: clock::booted(),
    };
    let bytes = serde_json::to_vec(&kept).unwrap_or_default();
    let path = dir.clock();
    if read_private(&path, MAX).ok().as_ref() != Some(&bytes) {
        let _ = write_private(&path, &bytes);
    }
}

/// Goes on by what the run's last console went by, if that was in this boot. In
/// another one time goes on at least from where the journal ends; what is to be said
/// about that.
pub(super) fn go_on(dir: &RunDir, last: Option<&Entry>) -> Option<String> {
    let kept = read_private(&dir.clock(), MAX).ok();
    let kept: Option<Kept> = kept.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    if let Some(kept) = kept.filter(|kept| kept.boot_id == clock::boot_id()) {
        clock::go_by(kept.booted);
        return None;
    }
    let machine = clock::of_machine();
    let last = last?.at;
    let late = (last - machine).to_std().ok()?;
    let booted = TimeDelta::from_std(clock::boottime())
        .ok()
        .and_then(|up| last.checked_sub_signed(up))?;
    clock::go_by(booted);
    let late = crate::runbook::human(late);
    Some(format!(
        "the machine's clock stands {late} before the journal's last entry"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_is_noted_once_and_small_ones_never() {
        let at = |seconds: i64| DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap();
        let mut steps = Steps::default();
        assert_eq!(steps.look(at(10), at(10)), None);
        assert_eq!(steps.look(at(13), at(11)), None);
        let stepped = |by_ms| Some(Observed::ClockStepped { by_ms });
        assert_eq!(steps.look(at(-180), at(12)), stepped(-192_000));
        assert_eq!(steps.look(at(-179), at(13)), None);
        assert_eq!(steps.look(at(3600), at(14)), stepped(3_778_000));
        assert_eq!(steps.look(at(3601), at(15)), None);
    }
}
