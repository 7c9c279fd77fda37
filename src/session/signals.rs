//! The samples of a run's signals: a file beside the journal, and what is drawn.
//!
//! The file is not synced: losing the last samples loses nothing that a decision
//! rests on, since the rules' own events are in the journal. Its digest is in the
//! event that closes the run.

mod file;
mod limit;

use std::collections::{BTreeMap, VecDeque};

use chrono::{DateTime, Utc};

use super::Session;
use crate::engine::{
    State,
    event::RunKind,
    observed::{Observed, OutputDigest},
    step,
};
use crate::executor::Sampling;
use crate::run_dir::RunDir;
use crate::runbook::{Shell, Signal};
use crate::template;

pub use file::{Line, for_report, read_samples};
pub use limit::{Limit, limit};

/// Samples of one signal that are kept for drawing.
pub const KEPT: usize = 512;

/// A measurement, or why there is none.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// When.
    pub at: DateTime<Utc>,
    /// The number, or the reason of the gap.
    pub value: Result<f64, String>,
}

/// What is known of a run's signals; by default nothing.
#[derive(Debug, Default)]
pub struct Signals {
    file: Option<file::Samples>,
    kept: BTreeMap<String, VecDeque<Sample>>,
    /// Why samples are not written, since when they are not.
    trouble: Option<String>,
    sealed: bool,
    /// How much of the file was taken in.
    read: u64,
}

impl Signals {
    /// The signals of a run, with what earlier consoles measured.
    pub(super) fn of(dir: &RunDir, state: &State) -> Self {
        let mut signals = Self::watched(dir, state);
        if state.runbook.signals.is_empty() {
            return signals;
        }
        match file::Samples::open(dir) {
            Ok(file) => signals.file = Some(file),
            Err(error) => signals.trouble = Some(error.to_string()),
        }
        signals
    }

    /// The signals of a run that is watched: what was measured until now.
    pub(super) fn watched(dir: &RunDir, state: &State) -> Self {
        let mut signals = Self::default();
        signals.look(dir, state);
        signals
    }

    /// Takes in what was written since the last look; whether there was anything.
    pub(super) fn look(&mut self, dir: &RunDir, state: &State) -> bool {
        let known = &state.runbook.signals;
        if known.is_empty() {
            return false;
        }
        let (lines, read) = file::read_tail(dir, self.read);
        self.read = read;
        let any = !lines.is_empty();
        for line in lines {
            if known.iter().any(|known| known.name == line.signal) {
                self.keep(&line.signal.clone(), line.into());
            }
        }
        any
    }

    /// The last samples of a signal, oldest first.
    pub fn of_signal(&self, name: &str) -> impl ExactSizeIterator<Item = &Sample> {
        static NONE: VecDeque<Sample> = VecDeque::new();
        self.kept.get(name).unwrap_or(&NONE).iter()
    }

    /// Why samples are not written, if they are not.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// Takes a sample in.
    pub(super) fn take(&mut self, signal: &str, sample: Sample) {
        if let Some(file) = &mut self.file {
            // The samples are for the report; without them the run goes on.
            self.trouble = file.append(signal, &sample).err().map(|e| e.to_string());
        }
        self.keep(signal, sample);
    }

    fn keep(&mut self, signal: &str, sample: Sample) {
        let kept = self.kept.entry(signal.to_owned()).or_default();
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back(sample);
    }

    /// Nothing more is written.
    pub(super) fn seal(&mut self) {
        self.sealed = self.file.take().is_some();
    }

    /// What was sealed is written to again.
    pub(super) fn unseal(&mut self, dir: &RunDir) {
        if std::mem::take(&mut self.sealed) {
            match file::Samples::open(dir) {
                Ok(file) => self.file = Some(file),
                Err(error) => self.trouble = Some(error.to_string()),
            }
        }
    }

    /// The file as it stands now; none when there is none.
    pub(super) fn digest(dir: &RunDir) -> Option<OutputDigest> {
        file::digest(dir)
    }
}

impl Session {
    /// Begins to measure what the runbook names.
    pub(super) fn measure(&mut self) {
        let mut ready = Vec::new();
        for sampling in samplings(&self.state) {
            match sampling {
                Ok(sampling) => ready.push(sampling),
                Err((signal, why)) => {
                    let at = self.now();
                    let value = Err(why);
                    self.observed(Observed::Signal { signal, value, at });
                }
            }
        }
        if !ready.is_empty() {
            self.executor.sample(ready, &self.secrets);
        }
    }
}

/// The signals of a run with their values filled in, and why others cannot be
/// measured. A rehearsal measures nothing.
fn samplings(state: &State) -> Vec<Result<Sampling, (String, String)>> {
    if state.run.kind == RunKind::Rehearsal || state.closed.is_some() {
        return Vec::new();
    }
    state
        .runbook
        .signals
        .iter()
        .map(|signal| sampling(state, signal).map_err(|why| (signal.name.clone(), why)))
        .collect()
}

fn sampling(state: &State, signal: &Signal) -> Result<Sampling, String> {
    let source = &signal.script.source;
    let script = template::render_script(source, template::Shell::Bash, state.scope())
        .map_err(|fault| fault.to_string())?;
    let scope = state.runbook.scope_of(&signal.name);
    let (env, secrets) = step::environment(state, state.runbook.env_of(scope), source)
        .map_err(|refusal| refusal.to_string())?;
    Ok(Sampling {
        signal: signal.name.clone(),
        argv: Shell::Bash.argv(&script),
        env,
        secrets,
        regex: signal.regex.as_ref().map(|pattern| pattern.0.clone()),
        every: signal.every,
    })
}
