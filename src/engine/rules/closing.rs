//! Closing a run: the cleanup first, then the end.

use super::Draft;
use crate::engine::{
    effect::Part,
    event::{Event, RunOutcome},
    off_script,
    refusal::Refusal,
    state::Status,
};

impl Draft<'_> {
    pub(super) fn close(&mut self, outcome: RunOutcome, note: String) -> Result<(), Refusal> {
        let runs = self
            .state
            .live()
            .find(|(_, live)| live.launch.part != Part::Watch || self.state.closing.is_some());
        if let Some((_, attempt)) = runs {
            if attempt.is_off_script() {
                return Err(Refusal::StillRunning(off_script::title(&attempt.launch)));
            }
            let step = self.find(&attempt.launch.step)?;
            return Err(Refusal::StillRunning(self.title(&step)));
        }
        if let Some((phase, _)) = self.state.current_phase()
            && self.state.is_cleanup(phase)
            && let Some(step) = self.state.current_step()
        {
            return Err(Refusal::CleanupFirst {
                step: self.title(step),
            });
        }
        if outcome.is_good() {
            let unknown = self
                .state
                .steps
                .iter()
                .find(|(_, status)| matches!(status, Status::Unknown { .. }));
            if let Some((id, _)) = unknown {
                let step = self.find(id)?;
                return Err(Refusal::OutcomeUnknown(self.title(&step)));
            }
            let doubted = self
                .state
                .off_script()
                .find(|(_, attempt)| attempt.is_in_doubt().is_some());
            if let Some((_, attempt)) = doubted {
                return Err(Refusal::OutcomeUnknown(off_script::title(&attempt.launch)));
            }
        }
        let unfinished = if outcome.is_good() {
            self.unfinished()
        } else {
            Vec::new()
        };
        // The cleanup and companions that still run come before the end; what
        // follows from this happens by itself.
        let cleanup = self.state.runbook.cleanup.as_ref();
        let offers = cleanup
            .is_some_and(|cleanup| !self.state.phases.iter().any(|seen| seen.id == cleanup.id));
        let event = if offers || self.state.live().next().is_some() {
            Event::Closing {
                outcome,
                note,
                unfinished,
            }
        } else {
            Event::RunClosed {
                outcome,
                note,
                unfinished,
                signals: None,
            }
        };
        self.push(event);
        Ok(())
    }

    /// The steps on the route that are left open.
    fn unfinished(&self) -> Vec<String> {
        let current = self.state.current_phase().map(|(phase, _)| phase);
        let upcoming = self
            .state
            .upcoming
            .iter()
            .filter_map(|id| self.state.runbook.phase(id));
        current
            .into_iter()
            .chain(upcoming)
            .flat_map(|phase| &phase.steps)
            .filter(|step| !self.state.status(&step.id).is_settled())
            .map(|step| step.id.clone())
            .collect()
    }
}
