//! The names that templates see.

use std::{collections::BTreeMap, sync::Arc};

use super::{AttemptStatus, State, Status};
use crate::engine::{
    effect::Part,
    event::Conclusion,
    observed::{Ended, Report},
};
use crate::runbook::{Kind, Step};
use crate::template::{self, Scope, Value};

impl State {
    /// The names that stand from the beginning: the inputs and the run's own.
    pub fn scope_of_run(&self) -> Scope {
        let mut scope = Scope::default();
        for (name, value) in &self.run.inputs {
            scope.insert(name, value.clone());
        }
        let text = |text: &str| Value::String(text.to_owned());
        scope.insert("run.id", text(&self.run.id));
        scope.insert("run.kind", text(self.run.kind.word()));
        scope.insert("run.title", text(&self.run.title));
        scope.insert("run.started_at", text(&self.started_at.to_rfc3339()));
        scope.insert(
            "run.environment",
            text(self.run.environment.as_deref().unwrap_or_default()),
        );
        self.bind(&mut scope);
        scope
    }

    /// The names that templates see now.
    pub fn scope(&self) -> &Scope {
        self.scope.get_or_init(|| Arc::new(self.whole_scope()))
    }

    fn whole_scope(&self) -> Scope {
        let mut scope = self.scope_of_run();
        for (name, value) in &self.values {
            scope.insert(name, value.clone());
        }
        // One look at all attempts, not one a step: a run may have hundreds of both.
        // Of each script of a step the last report counts.
        let mut reports: BTreeMap<(&str, &str), &Report> = BTreeMap::new();
        for attempt in self.attempts.values() {
            if let AttemptStatus::Finished { report, .. } = &attempt.status
                && attempt.launch.part == Part::Main
            {
                let key = (attempt.launch.step.as_str(), attempt.launch.script.as_str());
                reports.insert(key, report.as_ref());
            }
        }
        for phase in self.runbook.all_phases() {
            // What a run that is being closed has not done is not done any more.
            let over = !self.is_open(phase);
            let reachable = self.is_on_route(&phase.id) && !over;
            for step in &phase.steps {
                let last: Vec<&Report> = reports
                    .range((step.id.as_str(), "")..)
                    .take_while(|((of, _), _)| *of == step.id)
                    .map(|(_, report)| *report)
                    .collect();
                self.step_scope(&mut scope, step, reachable, &last);
            }
        }
        // Again, since each may be made of all that is known.
        self.bind(&mut scope);
        scope
    }

    /// What the inputs of used runbooks were given, as far as it is known; in their
    /// order, since one may be made of another.
    fn bind(&self, scope: &mut Scope) {
        for binding in &self.runbook.bindings {
            if let Some(value) = binding.value(scope) {
                scope.insert(&binding.name, value);
            }
        }
    }

    /// The names that one template sees now: none if it is text alone, since
    /// finding them looks at the whole run.
    pub fn scope_for(&self, source: &str) -> &Scope {
        static NONE: Scope = Scope::new();
        if template::is_plain(source) {
            &NONE
        } else {
            self.scope()
        }
    }

    fn step_scope(&self, scope: &mut Scope, step: &Step, reachable: bool, last: &[&Report]) {
        let text = |text: &str| Value::String(text.to_owned());
        let status = self.status(&step.id);
        if matches!(step.kind, Kind::Gate(_)) {
            match status {
                Status::Answered { answer, .. } => {
                    scope.insert(&format!("answers.{}", step.id), text(answer));
                }
                Status::NotTaken { .. } => {
                    scope.insert(&format!("answers.{}", step.id), text("not_taken"));
                }
                _ if !reachable => {
                    scope.insert(&format!("answers.{}", step.id), text("not_taken"));
                }
                _ => {}
            }
        }
        let outcome = match status {
            Status::NotTaken { .. } => "not_taken",
            Status::Answered { .. } => "answered",
            Status::Failed { .. } => "failed",
            Status::Unknown { .. } => "unknown",
            Status::Concluded { conclusion, .. } => match conclusion {
                // A rehearsal goes the way that a run goes where all went well.
                Conclusion::Succeeded | Conclusion::Rehearsed => "succeeded",
                Conclusion::FailureAccepted => "failed",
                Conclusion::Skipped { .. } => "skipped",
                Conclusion::TookEffect { .. } | Conclusion::DoneOffScript { .. } => "took_effect",
            },
            Status::Pending | Status::Ready { .. } if !reachable => "not_taken",
            _ => "",
        };
        if !outcome.is_empty() {
            scope.insert(&format!("steps.{}.outcome", step.id), text(outcome));
        }
        // Of scripts that ran side by side: the longest time, the worst exit.
        if let Some(longest) = last.iter().map(|report| report.milliseconds).max() {
            let seconds = serde_json::Number::from(longest / 1000);
            scope.insert(
                &format!("steps.{}.seconds", step.id),
                Value::Number(seconds),
            );
            let codes: Option<Vec<i32>> = last
                .iter()
                .map(|report| match report.ended {
                    Ended::Exit { code } => Some(code),
                    _ => None,
                })
                .collect();
            if let Some(worst) = codes.and_then(|codes| codes.into_iter().max()) {
                scope.insert(
                    &format!("steps.{}.exit", step.id),
                    Value::Number(worst.into()),
                );
            }
        }
    }
}
