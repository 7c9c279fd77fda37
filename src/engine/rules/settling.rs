//! What a person settles: skipping, declaring, answering, ticking, closing.

use std::collections::BTreeMap;

use super::Draft;
use crate::engine::{
    event::{Answered, Conclusion, Event, Reopened},
    needs,
    refusal::Refusal,
    reopening, round,
    state::Status,
    step,
};
use crate::runbook::{Answer, Gate, Kind, Step};

impl Draft<'_> {
    pub(super) fn reason(reason: &str, what: &str) -> Result<(), Refusal> {
        if reason.trim().is_empty() {
            return Err(Refusal::NeedsReason(what.to_owned()));
        }
        Ok(())
    }

    pub(super) fn skip(
        &mut self,
        id: &str,
        reason: String,
        values: &BTreeMap<String, String>,
    ) -> Result<(), Refusal> {
        let step = self.find(id)?;
        match self.state.status(id) {
            Status::Ready { .. }
            | Status::Failed { .. }
            | Status::RetryDue { .. }
            | Status::PollDue { .. }
            | Status::Unknown { .. }
            | Status::Manual(_)
            | Status::Waiting { .. } => {}
            Status::Deciding(_) => {
                return Err(self.misfit(&step, "be skipped", "a gate ends in one of its answers"));
            }
            Status::Active { .. } => {
                return Err(Refusal::Busy {
                    step: self.title(&step),
                });
            }
            status if status.is_settled() => {
                return Err(self.misfit(&step, "be skipped", "it is settled"));
            }
            _ => return Err(self.not_yet(&step)),
        }
        Self::reason(&reason, "why is the step left out?")?;
        let values = needs::substitutes(&self.state, &step, values)?;
        self.push(Event::StepConcluded {
            step: id.to_owned(),
            conclusion: Conclusion::Skipped { reason },
            values,
        });
        Ok(())
    }

    pub(super) fn took_effect(
        &mut self,
        id: &str,
        reason: String,
        values: &BTreeMap<String, String>,
    ) -> Result<(), Refusal> {
        let step = self.find(id)?;
        self.unknown(&step)?;
        // One word for all of it would bury what another of its scripts came to.
        if let Status::Unknown { attempt, .. } = self.state.status(id)
            && let Some((script, reason)) = round::failed_part(&self.state, *attempt)
        {
            let why = format!(
                "‘{script}’ of it did not succeed ({reason}): skip the step with your reason, or say that it took no effect"
            );
            return Err(self.misfit(&step, "be declared done", &why));
        }
        Self::reason(&reason, "how do you know that it took effect?")?;
        let values = needs::substitutes(&self.state, &step, values)?;
        self.push(Event::StepConcluded {
            step: id.to_owned(),
            conclusion: Conclusion::TookEffect { reason },
            values,
        });
        Ok(())
    }

    pub(super) fn took_no_effect(&mut self, id: String, reason: String) -> Result<(), Refusal> {
        let step = self.find(&id)?;
        self.unknown(&step)?;
        Self::reason(&reason, "how do you know that it took no effect?")?;
        self.push(Event::EffectDenied { step: id, reason });
        Ok(())
    }

    pub(super) fn unknown(&self, step: &Step) -> Result<(), Refusal> {
        match self.state.status(&step.id) {
            Status::Unknown { .. } => Ok(()),
            _ => Err(self.misfit(step, "be declared", "its outcome is not unknown")),
        }
    }

    pub(super) fn answer(
        &mut self,
        id: String,
        answer: &str,
        reason: Option<String>,
        without_approval: bool,
    ) -> Result<(), Refusal> {
        let step = self.find(&id)?;
        let Kind::Gate(definition) = &step.kind else {
            return Err(self.misfit(&step, "be answered", "it is not a gate"));
        };
        let Status::Deciding(deciding) = self.state.status(&id) else {
            return Err(match self.state.status(&id) {
                Status::Pending => self.not_yet(&step),
                _ => self.misfit(&step, "be answered", "it is not open"),
            });
        };
        self.open(&step, "be answered")?;
        let chosen = self.chosen(&step, definition, answer)?;
        let overrides = deciding
            .facts
            .suggestion
            .as_ref()
            .map(|suggestion| suggestion.answer.clone())
            .filter(|suggested| suggested != answer);
        let reason = reason.filter(|reason| !reason.trim().is_empty());
        if reason.is_none() && chosen.reason_required {
            return Err(Refusal::NeedsReason(
                "this answer needs a reason".to_owned(),
            ));
        }
        if reason.is_none()
            && let Some(suggested) = &overrides
        {
            return Err(Refusal::NeedsReason(format!(
                "the facts speak for `{suggested}`; choosing against them is recorded with your reason"
            )));
        }
        let label = step::fill_or_source(&chosen.label, self.state.scope());
        let lacks = self.lacks(chosen, &label, &deciding.approvals);
        if let Some(lacks) = &lacks {
            if !without_approval {
                return Err(Refusal::NeedsApproval(Box::new(lacks.clone())));
            }
            if reason.is_none() {
                return Err(Refusal::NeedsReason(
                    "an answer without its approvals is recorded with your reason".to_owned(),
                ));
            }
        }
        let approvals = deciding
            .approvals
            .iter()
            .filter(|approval| approval.answer == chosen.name)
            .cloned()
            .collect();
        let route = match &chosen.then {
            Some(then) => {
                let named = then
                    .iter()
                    .filter(|phase| !self.state.phases.iter().any(|seen| seen.id == **phase))
                    .cloned()
                    .collect::<Vec<_>>();
                self.state.runbook.route(&id, &named, &self.state.upcoming)
            }
            None => self.state.upcoming.clone(),
        };
        let ends = self.state.runbook.ends(&id, chosen);
        let event = Event::GateAnswered(Box::new(Answered {
            gate: id,
            answer: chosen.name.clone(),
            label,
            reason,
            overrides,
            route,
            ends,
            approvals,
            unapproved: lacks.is_some(),
        }));
        self.push(event);
        Ok(())
    }

    /// The answer of this name.
    pub(super) fn chosen<'d>(
        &self,
        step: &Step,
        gate: &'d Gate,
        answer: &str,
    ) -> Result<&'d Answer, Refusal> {
        gate.answer(answer).ok_or_else(|| {
            let known: Vec<&str> = gate
                .answers
                .iter()
                .map(|answer| answer.name.as_str())
                .collect();
            Refusal::NoSuchAnswer {
                gate: self.title(step),
                answer: answer.to_owned(),
                known: known.join(", "),
            }
        })
    }

    /// Asks an answered gate again; the route is as it stood before it.
    pub(super) fn reopen(&mut self, gate: String, reason: String) -> Result<(), Refusal> {
        let follows = reopening::reopening(&self.state, &gate)?;
        Self::reason(&reason, "why is it asked again?")?;
        self.push(Event::GateReopened(Box::new(Reopened {
            gate,
            reason,
            route: follows.route,
            left: follows.left,
            around: follows.around,
            again: follows.again,
            done: follows.done.into_iter().map(|done| done.step).collect(),
        })));
        Ok(())
    }

    pub(super) fn tick(&mut self, id: String, item: usize, done: bool) -> Result<(), Refusal> {
        let step = self.find(&id)?;
        match self.state.status(&id) {
            Status::Manual(manual) if item < manual.checklist.len() => {
                self.push(Event::ItemTicked {
                    step: id,
                    item,
                    done,
                });
                Ok(())
            }
            _ => Err(self.misfit(&step, "be ticked", "it is not open or has no such entry")),
        }
    }

    pub(super) fn manual_done(
        &mut self,
        id: &str,
        given: &BTreeMap<String, String>,
    ) -> Result<(), Refusal> {
        let step = self.find(id)?;
        let (Kind::Manual(definition), Status::Manual(manual)) =
            (&step.kind, self.state.status(id))
        else {
            return Err(self.misfit(&step, "be finished", "it is not an open manual step"));
        };
        if let Some((item, _)) = manual.checklist.iter().find(|(_, ticked)| ticked.is_none()) {
            return Err(Refusal::OpenItems(format!("‘{item}’")));
        }
        let mut values = BTreeMap::new();
        for input in &definition.record {
            match (given.get(&input.name), &input.default) {
                (Some(text), _) => {
                    let value = input.read(text).map_err(Refusal::BadValue)?;
                    values.insert(input.name.clone(), value);
                }
                (None, Some(default)) => {
                    values.insert(input.name.clone(), default.clone());
                }
                (None, None) => {
                    return Err(Refusal::NeedsValue {
                        name: input.name.clone(),
                        needed_by: format!("‘{}’ records it", self.title(&step)),
                    });
                }
            }
        }
        self.push(Event::StepConcluded {
            step: id.to_owned(),
            conclusion: Conclusion::Succeeded,
            values,
        });
        Ok(())
    }

    pub(super) fn end_wait(&mut self, id: &str, reason: String) -> Result<(), Refusal> {
        let step = self.find(id)?;
        if !matches!(self.state.status(id), Status::Waiting { .. }) {
            return Err(self.misfit(&step, "end early", "it is not waiting"));
        }
        self.skip(id, reason, &BTreeMap::new())
    }
}
