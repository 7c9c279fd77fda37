//! A file of scenarios with its runbook: played, all of them, and judged.

use std::{sync::Arc, time::Duration};

use super::{
    File, Scenario,
    judge::{Failure, judge},
    play::play,
};
use crate::engine::State;
use crate::runbook::{Diagnostic, Runbook};

/// A file of scenarios with its runbook.
pub struct Suite {
    /// The runbook's name.
    pub name: String,
    /// The file, as messages show it.
    pub file: String,
    /// The file's text.
    pub text: String,
    /// The runbook.
    pub book: Arc<Runbook>,
    /// In the order of the file.
    pub scenarios: Vec<Scenario>,
}

/// What came of one scenario.
#[derive(Debug)]
pub struct Verdict {
    /// Its name.
    pub name: String,
    /// The line of its name.
    pub line: usize,
    /// What is not as expected; empty: it passed.
    pub failures: Vec<Failure>,
    /// The run at its end.
    pub state: State,
    /// How long the run took on its own clock.
    pub lasted: Duration,
}

impl Suite {
    /// Reads a file of scenarios for its runbook.
    ///
    /// # Errors
    /// Everything that is wrong with the file.
    pub fn read(
        name: &str,
        file: &str,
        text: &str,
        parsed: File,
        book: Arc<Runbook>,
    ) -> Result<Self, Vec<Diagnostic>> {
        let loaded = parsed.load(&book);
        match loaded.scenarios {
            Some(scenarios) => Ok(Self {
                name: name.to_owned(),
                file: file.to_owned(),
                text: text.to_owned(),
                book,
                scenarios,
            }),
            None => Err(loaded.findings),
        }
    }

    /// Plays and judges every scenario whose name contains a text; several at a time,
    /// since none knows of another.
    pub fn run(&self, only: &str) -> Vec<Verdict> {
        let chosen: Vec<&Scenario> = self
            .scenarios
            .iter()
            .filter(|scenario| scenario.name.contains(only))
            .collect();
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        let share = chosen.len().div_ceil(workers).max(1);
        std::thread::scope(|scope| {
            let working: Vec<_> = chosen
                .chunks(share)
                .map(|some| {
                    scope.spawn(|| some.iter().map(|one| self.one(one)).collect::<Vec<_>>())
                })
                .collect();
            working
                .into_iter()
                .flat_map(|worker| match worker.join() {
                    Ok(verdicts) => verdicts,
                    Err(panic) => std::panic::resume_unwind(panic),
                })
                .collect()
        })
    }

    fn one(&self, scenario: &Scenario) -> Verdict {
        let played = play(&self.book, &self.name, scenario);
        let lasted = match (played.entries.first(), played.entries.last()) {
            (Some(first), Some(last)) => (last.at - first.at).to_std().unwrap_or_default(),
            _ => Duration::ZERO,
        };
        Verdict {
            name: scenario.name.clone(),
            line: scenario.at.line,
            failures: judge(scenario, &played),
            lasted,
            state: played.state,
        }
    }
}
