//! Signals: measured again and again while a console drives the run.
//!
//! One thread a signal. A measurement begins no sooner than `every` after the one
//! before began, and never before that one has ended. What cannot be measured is a
//! gap with its reason, never an error: a signal must not hold up a rollback.

use std::{
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use regex::Regex;

use super::{Reports, Secrets, ask_once, clock, variables};
use crate::engine::{
    effect::SecretRef,
    observed::{Ended, Observed},
};

/// How long one measurement may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Nothing is measured more often, whatever the runbook says.
const SHORTEST: Duration = Duration::from_millis(100);

/// A signal with its values filled in.
#[derive(Debug, Clone)]
pub struct Sampling {
    /// Its name.
    pub signal: String,
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// Variables added to the environment.
    pub env: Vec<(String, String)>,
    /// Secrets added to the environment.
    pub secrets: Vec<SecretRef>,
    /// The part of standard output that is the number; without it all of it.
    pub regex: Option<Regex>,
    /// From one measurement to the next, at least.
    pub every: Duration,
}

/// Measures until it is dropped.
#[derive(Debug, Default)]
pub struct Sampler {
    over: Arc<Over>,
    threads: Vec<thread::JoinHandle<()>>,
}

/// Whether anybody still wants to know.
#[derive(Debug, Default)]
struct Over {
    told: AtomicBool,
    turn: Mutex<()>,
    bell: Condvar,
}

impl Over {
    fn is_told(&self) -> bool {
        self.told.load(Ordering::Relaxed)
    }

    /// Sleeps so long, or until it is over.
    fn sleep(&self, time: Duration) {
        let turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.is_told() {
            drop(self.bell.wait_timeout(turn, time));
        }
    }
}

impl Drop for Sampler {
    fn drop(&mut self) {
        self.over.told.store(true, Ordering::Relaxed);
        drop(self.over.turn.lock());
        self.over.bell.notify_all();
        for thread in self.threads.drain(..) {
            // It looks five times a second; a panic there was reported there.
            let _ = thread.join();
        }
    }
}

impl Sampler {
    /// Begins to measure a signal.
    pub fn add(&mut self, sampling: Sampling, secrets: Secrets, reports: Reports) {
        let over = Arc::clone(&self.over);
        let (signal, failed) = (sampling.signal.clone(), reports.clone());
        let spawned = thread::Builder::new()
            .name("signal".to_owned())
            .stack_size(512 << 10)
            .spawn(move || measure_on(&sampling, &secrets, &reports, &over));
        match spawned {
            Ok(thread) => self.threads.push(thread),
            Err(error) => {
                let value = Err(format!("it cannot be measured: {error}"));
                let at = clock::now();
                let _ = failed.send(Observed::Signal { signal, value, at });
            }
        }
    }
}

fn measure_on(sampling: &Sampling, secrets: &Secrets, reports: &Reports, over: &Over) {
    let every = sampling.every.max(SHORTEST);
    while !over.is_told() {
        let began = clock::boottime();
        let value = measure(sampling, secrets, &over.told);
        if over.is_told() {
            // Ended half-way: that says nothing about the signal.
            return;
        }
        let observed = Observed::Signal {
            signal: sampling.signal.clone(),
            value,
            at: clock::now(),
        };
        if reports.send(observed).is_err() {
            return;
        }
        over.sleep(every.saturating_sub(clock::boottime().saturating_sub(began)));
    }
}

fn measure(sampling: &Sampling, secrets: &Secrets, cancel: &AtomicBool) -> Result<f64, String> {
    let answer = ask_once(
        &sampling.argv,
        &variables(&sampling.env, &sampling.secrets, secrets),
        secrets,
        TIMEOUT,
        cancel,
    );
    match answer.ended {
        Ended::Exit { code: 0 } => number(&answer.stdout, sampling.regex.as_ref()),
        Ended::Exit { code } => Err(match answer.text.lines().next_back() {
            Some(said) => format!("exit {code}: {}", short(said)),
            None => format!("exit {code}"),
        }),
        Ended::Deadline => Err("it did not answer in time".to_owned()),
        Ended::NotStarted { reason } => Err(reason),
        _ => Err("it was ended from outside".to_owned()),
    }
}

/// The number in what a measurement printed.
fn number(printed: &str, regex: Option<&Regex>) -> Result<f64, String> {
    let text = match regex {
        None => printed.trim(),
        Some(regex) => {
            let found = regex.captures(printed).ok_or("its output has no number")?;
            found
                .get(1)
                .or(found.get(0))
                .map_or("", |part| part.as_str().trim())
        }
    };
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        _ => Err(format!("‘{}’ is no number", short(text))),
    }
}

fn short(text: &str) -> String {
    text.chars().take(120).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sampling(script: &str, every: Duration) -> Sampling {
        Sampling {
            signal: "rate".to_owned(),
            argv: ["bash", "-c", script].map(str::to_owned).to_vec(),
            env: Vec::new(),
            secrets: Vec::new(),
            regex: None,
            every,
        }
    }

    #[test]
    fn a_number_is_taken_or_the_gap_has_a_reason() {
        assert_eq!(number(" 7.5\n", None), Ok(7.5));
        let regex = Regex::new(r"rate ([\d.]+)").unwrap();
        assert_eq!(number("rate 3 of 4", Some(&regex)), Ok(3.0));
        assert!(number("nothing", Some(&regex)).is_err());
        for wrong in ["", "NaN", "inf", "1 2", "seven"] {
            assert!(number(wrong, None).is_err(), "{wrong}");
        }
        let never = AtomicBool::new(false);
        let secrets = Secrets::new();
        let failed = measure(&sampling("echo no >&2; exit 2", SHORTEST), &secrets, &never);
        assert_eq!(failed, Err("exit 2: no".to_owned()));
    }

    /// Each measurement takes longer than the distance between them.
    #[test]
    fn measurements_never_overlap_and_end_with_the_sampler() {
        let scratch = tempfile::tempdir().unwrap();
        let lock = scratch.path().join("lock");
        let script = format!(
            "mkdir {0} || exit 9; sleep 0.2; rmdir {0}; echo 1",
            lock.display()
        );
        let (reports, mut observed) = tokio::sync::mpsc::unbounded_channel();
        let mut sampler = Sampler::default();
        sampler.add(sampling(&script, SHORTEST), Secrets::new(), reports);
        let began = clock::boottime();
        for _ in 0..4 {
            let Some(Observed::Signal { value, .. }) = observed.blocking_recv() else {
                panic!("it stopped measuring");
            };
            assert_eq!(value, Ok(1.0));
        }
        assert!(clock::boottime().saturating_sub(began) >= Duration::from_millis(800));
        drop(sampler);
        while observed.try_recv().is_ok() {}
        assert!(
            observed.blocking_recv().is_none(),
            "nobody measures any more"
        );
    }

    #[test]
    fn a_stalled_measurement_does_not_hold_up_the_end() {
        let (reports, _observed) = tokio::sync::mpsc::unbounded_channel();
        let mut sampler = Sampler::default();
        let began = clock::boottime();
        sampler.add(sampling("sleep 60", SHORTEST), Secrets::new(), reports);
        thread::sleep(Duration::from_millis(100));
        drop(sampler);
        assert!(clock::boottime().saturating_sub(began) < Duration::from_secs(5));
    }
}
