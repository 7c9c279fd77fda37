//! Everything that the operator can be asked, and what an answer means.

mod beside;
mod settle;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{Reaction, beside::title as off_script_title};
use crate::engine::{
    AttemptId, Command, State,
    command::Run,
    event::{RunOutcome, Voucher},
    needs, step,
};
use crate::report::timeline::step_title;
use crate::runbook::{Confirm, Kind, Step};
use crate::session::said;
use crate::tui::keymap::{
    Action, Keymap,
    context::{CONFIRM, QUESTION, STEP},
};
use settle::{attested, edited, settle, values};

/// A question with a text for an answer.
#[derive(Debug, Clone)]
pub enum Ask {
    /// What happened?
    Note,
    /// What does this note say from now on?
    Amend {
        /// Which note, from 1.
        note: u32,
    },
    /// Which command, off the script?
    OffScript,
    /// How is it known what an off-script command came to?
    DeclareOffScript {
        /// Which.
        attempt: AttemptId,
        /// Whether it took effect.
        took_effect: bool,
    },
    /// How is it known that a step is done?
    Done {
        /// The step.
        step: String,
        /// The off-script command that did it.
        attempt: Option<AttemptId>,
    },
    /// Why is a gate asked again?
    Reopen {
        /// The gate.
        gate: String,
    },
    /// What to look for in the output?
    Search,
    /// Which line of the output to go to?
    Line,
    /// Why this answer?
    AnswerReason {
        /// The gate.
        gate: String,
        /// The answer.
        answer: String,
        /// The facts speak for this one instead.
        against: Option<String>,
        /// Although others have to agree and do not yet.
        without_approval: bool,
    },
    /// Who agreed elsewhere?
    AttestWho {
        /// The gate.
        gate: String,
        /// The answer.
        answer: String,
    },
    /// Where did they say it?
    AttestChannel {
        /// The gate.
        gate: String,
        /// The answer.
        answer: String,
        /// Who agreed.
        who: String,
        /// For whom of those who are asked, if their name does not say it.
        stands_for: Option<String>,
    },
    /// Why leave it out?
    SkipReason {
        /// The step.
        step: String,
    },
    /// How is it known that it took effect?
    TookEffect {
        /// The step.
        step: String,
    },
    /// How is it known that it took no effect?
    TookNoEffect {
        /// The step.
        step: String,
    },
    /// Why end the wait?
    EndWait {
        /// The step.
        step: String,
    },
    /// How should the command read?
    Edit {
        /// The step.
        step: String,
    },
    /// Really? Type the target's name.
    ConfirmRun {
        /// What to run.
        run: Run,
        /// What to type.
        target: String,
    },
    /// Really? Type the target's name.
    ConfirmFallback {
        /// The step.
        step: String,
        /// Which fallback.
        index: usize,
    },
    /// Anything to say about how it ended?
    CloseNote {
        /// How it ended.
        outcome: RunOutcome,
    },
    /// A value that later steps need, or that a manual step records.
    Values {
        /// The step that would have made them.
        step: String,
        /// What they are for.
        then: Then,
        /// The names still to ask for.
        missing: Vec<String>,
        /// What was given.
        given: BTreeMap<String, String>,
    },
}

/// What values are given for.
#[derive(Debug, Clone)]
pub enum Then {
    /// A manual step is done.
    ManualDone,
    /// A step is left out.
    Skip {
        /// Why.
        reason: String,
    },
    /// A step took effect.
    TookEffect {
        /// How that is known.
        reason: String,
    },
    /// A step is done by other means.
    Done {
        /// How that is known.
        reason: String,
        /// The off-script command that did it.
        attempt: Option<AttemptId>,
    },
    /// A step of a rehearsal is passed.
    Pass,
}

impl Ask {
    /// What is asked, in a few words.
    pub fn title(&self, state: &State) -> String {
        let title = |id: &str| step_title(state, id);
        match self {
            Ask::Note => "Note".to_owned(),
            Ask::Amend { .. } => "Change the note".to_owned(),
            Ask::OffScript => "Off-script command".to_owned(),
            Ask::DeclareOffScript {
                attempt,
                took_effect,
            } => {
                let took = if *took_effect {
                    "took effect"
                } else {
                    "took no effect"
                };
                format!(
                    "‘{}’ {took}: how do you know?",
                    off_script_title(state, *attempt)
                )
            }
            Ask::Done { step, .. } => format!("‘{}’ is done: how do you know?", title(step)),
            Ask::Reopen { gate } => format!("Ask ‘{}’ again: why?", title(gate)),
            Ask::Search => "Search the output".to_owned(),
            Ask::Line => "Go to a line of the output".to_owned(),
            Ask::AnswerReason {
                gate,
                without_approval: true,
                ..
            } => format!("{} Why without approval?", title(gate)),
            Ask::AnswerReason { gate, .. } => format!("{} Why?", title(gate)),
            Ask::AttestWho { .. } => "Who agreed?".to_owned(),
            Ask::AttestChannel { who, .. } => format!("Where did {who} agree?"),
            Ask::SkipReason { step } => format!("Skip ‘{}’: why?", title(step)),
            Ask::TookEffect { step } => format!("‘{}’ took effect: how do you know?", title(step)),
            Ask::TookNoEffect { step } => {
                format!("‘{}’ took no effect: how do you know?", title(step))
            }
            Ask::EndWait { step } => format!("End ‘{}’ early: why?", title(step)),
            Ask::Edit { step } => format!("Change ‘{}’", title(step)),
            Ask::ConfirmRun { run, .. } => format!("‘{}’ cannot be undone", title(&run.step)),
            Ask::ConfirmFallback { step, .. } => {
                format!("The fallback of ‘{}’ cannot be undone", title(step))
            }
            Ask::CloseNote { outcome } => format!("Close as {}", outcome.word()),
            Ask::Values { missing, .. } => {
                format!("Value of {}", missing.first().map_or("", String::as_str))
            }
        }
    }

    /// What will happen and how to answer.
    pub fn hint(&self, state: &State, keys: &Keymap) -> String {
        let key = |action| keys.hint(QUESTION, action);
        let by_key = |target: &str| {
            let key = |action| keys.hint(CONFIRM, action);
            format!(
                "It acts on {target}. Press {} to run it, {} to leave it.",
                key(Action::Confirm),
                key(Action::Back)
            )
        };
        match self {
            Ask::Note => format!("{} saves, {} a new line. Begin with a time (14:15 or -20m) to backdate it; todo @ana by friday … is left to do.", key(Action::Next), key(Action::NewLine)),
            Ask::Amend { .. } => format!("{} saves, {} a new line. What it said before stays in the journal and in the full report.", key(Action::Next), key(Action::NewLine)),
            Ask::OffScript => beside::hint(state, &key(Action::Submit), &key(Action::Back)),
            Ask::DeclareOffScript { .. } => "Your reason stands in the report.".to_owned(),
            Ask::Done { .. } => "It counts as done off the script; your reason stands in the report, and it becomes an action item.".to_owned(),
            Ask::Reopen { .. } => "What ran stays done. Your reason stands in the report, beside the answer that is taken back.".to_owned(),
            Ask::Search => format!("{} searches upwards from here; {} go to the next and the one before.", key(Action::Next), keys.pair(STEP, Action::MatchDown, Action::MatchUp)),
            Ask::Line => format!("Its number, from 1; {} goes there. Lines are being counted meanwhile.", key(Action::Next)),
            Ask::AnswerReason { gate, answer, without_approval: true, .. } => {
                let from = asked_of(state, gate, answer);
                let whose = if from.is_empty() { "a second person".to_owned() } else { from.join(" or ") };
                format!("An override: decided without the approval of {whose}. It stays marked in every report, with your reason.")
            }
            Ask::AttestWho { gate, answer } => match asked_of(state, gate, answer).join(" or ") {
                from if from.is_empty() => "The name of the person, not yours. You vouch for it; the report marks it as attested.".to_owned(),
                from => format!("The name of the person, not yours; asked is {from}. You vouch for it; the report marks it as attested."),
            },
            Ask::AttestChannel { .. } => format!("The phone, a chat, a room: where others can ask. {} records that they agreed.", key(Action::Next)),
            Ask::AnswerReason { against: Some(suggested), .. } => format!(
                "The facts speak for `{suggested}`. Choosing against them is recorded with your reason."
            ),
            Ask::AnswerReason { .. } => "This answer needs a reason; it stands in the report.".to_owned(),
            Ask::SkipReason { .. } => "The run goes on without it; it becomes an open action item.".to_owned(),
            Ask::TookEffect { .. } => "It counts as done; your reason stands in the report.".to_owned(),
            Ask::TookNoEffect { .. } => "It can run again; your reason stands in the report.".to_owned(),
            Ask::EndWait { .. } => "The run goes on at once; it is recorded as skipped.".to_owned(),
            Ask::Edit { .. } => format!("{} runs it as it stands here, {} leaves it. The change is recorded.", key(Action::Submit), key(Action::Back)),
            Ask::ConfirmRun { target, .. } if self.is_by_key(state) => by_key(target),
            Ask::ConfirmFallback { step, .. } if self.is_by_key(state) => by_key(&target_of(state, step)),
            Ask::ConfirmRun { target, .. } => format!("Type {target} to run it."),
            Ask::ConfirmFallback { step, .. } => format!("Type {} to run it.", target_of(state, step)),
            Ask::CloseNote { .. } => format!("Anything to say about it? {} closes the run and writes the report.", key(Action::Next)),
            Ask::Values { step, missing, then, .. } => {
                let name = missing.first().map_or("", String::as_str);
                let found = state.runbook.step(step).map(|(_, step)| step);
                match (then, found) {
                    (Then::ManualDone, Some(step)) => recorded(step, name),
                    (Then::Pass, Some(step)) => {
                        let who = needs::who_needs(state, step, name).unwrap_or_default();
                        format!("{who} needs it; nothing is executed that would make it.")
                    }
                    (_, Some(step)) => {
                        let who = needs::who_needs(state, step, name).unwrap_or_default();
                        format!("{who} needs it.")
                    }
                    _ => String::new(),
                }
            }
        }
    }

    /// What stands there in place of an answer.
    pub fn placeholder(&self) -> Option<&'static str> {
        match self {
            Ask::Note => Some("14:15 high error rate detected"),
            Ask::CloseNote { .. } => Some("(optional)"),
            Ask::AttestChannel { .. } => Some("#incident, or: by phone"),
            _ => None,
        }
    }

    /// What stands there to begin with.
    pub fn beginning(&self, state: &State) -> Vec<String> {
        let id = match self {
            Ask::Edit { step } => step,
            Ask::Amend { note } => {
                let note = state.note(*note).map(said::typed).unwrap_or_default();
                return note.lines().map(str::to_owned).collect();
            }
            Ask::Values { step, missing, .. } => {
                let step = state.runbook.step(step).map(|(_, step)| step);
                return step
                    .zip(missing.first())
                    .and_then(|(step, name)| needs::default_of(step, name))
                    .map(|default| default.to_string())
                    .into_iter()
                    .collect();
            }
            _ => return Vec::new(),
        };
        let Some((_, found)) = state.runbook.step(id) else {
            return Vec::new();
        };
        let Kind::Run(run) = &found.kind else {
            return Vec::new();
        };
        // What ran last is what one wants to change.
        let last = state.attempts_of(id).last();
        let script = match last {
            Some((_, attempt)) if attempt.fallback.is_none() => attempt.launch.command().to_owned(),
            _ => step::script(state, found, run, run.script())
                .unwrap_or_else(|_| run.script().source.clone()),
        };
        script.trim_end().lines().map(str::to_owned).collect()
    }

    /// Whether an answer can have several lines.
    pub fn is_multiline(&self) -> bool {
        matches!(
            self,
            Ask::Note | Ask::Amend { .. } | Ask::OffScript | Ask::Edit { .. }
        )
    }

    /// Whether Enter begins a new line.
    pub fn enter_is_newline(&self) -> bool {
        matches!(self, Ask::OffScript | Ask::Edit { .. })
    }

    /// Whether one key confirms it, as the environment wants it.
    pub fn is_by_key(&self, state: &State) -> bool {
        let confirm = state
            .run
            .environment
            .as_deref()
            .and_then(|name| state.runbook.environment(name))
            .map(|environment| environment.confirm);
        matches!(self, Ask::ConfirmRun { .. } | Ask::ConfirmFallback { .. })
            && confirm == Some(Confirm::Key)
    }

    fn confirmation(&self, text: &str, target: &str, state: &State) -> Result<String, String> {
        if text == target || self.is_by_key(state) {
            Ok(text.to_owned())
        } else {
            Err(format!("That is not {target}: nothing was run."))
        }
    }

    /// What an answer means.
    ///
    /// # Errors
    /// Why it does not do, in the operator's words.
    pub fn answer(
        &self,
        text: &str,
        state: &State,
        now: DateTime<Utc>,
    ) -> Result<Reaction, String> {
        let reason = || reason(text);
        Ok(match self {
            Ask::Note
            | Ask::Amend { .. }
            | Ask::OffScript
            | Ask::DeclareOffScript { .. }
            | Ask::Done { .. }
            | Ask::Reopen { .. } => return beside::answer(self, text, state, now),
            Ask::Search => Reaction::Search(text.to_owned()),
            Ask::Line => Reaction::GoToLine(line_number(text)?),
            Ask::AnswerReason {
                gate,
                answer,
                without_approval,
                ..
            } => Reaction::Do(Command::Answer {
                gate: gate.clone(),
                answer: answer.clone(),
                reason: Some(reason()?),
                without_approval: *without_approval,
            }),
            Ask::AttestWho { gate, answer } => attested(state, gate, answer, text)?,
            Ask::AttestChannel {
                gate,
                answer,
                who,
                stands_for,
            } => {
                let channel = text.trim();
                if channel.is_empty() {
                    return Err("Say where they agreed: others must be able to ask.".to_owned());
                }
                Reaction::Do(Command::Approve {
                    gate: gate.clone(),
                    answer: answer.clone(),
                    by_whom: who.clone(),
                    how: Voucher::Attested {
                        channel: channel.to_owned(),
                        stands_for: stands_for.clone(),
                    },
                    agrees: true,
                    reason: None,
                })
            }
            Ask::SkipReason { step } => settle(state, step, Then::Skip { reason: reason()? }),
            Ask::TookEffect { step } => settle(state, step, Then::TookEffect { reason: reason()? }),
            Ask::TookNoEffect { step } => Reaction::Do(Command::TookNoEffect {
                step: step.clone(),
                reason: reason()?,
            }),
            Ask::EndWait { step } => Reaction::Do(Command::EndWait {
                step: step.clone(),
                reason: reason()?,
            }),
            Ask::Edit { step } => edited(state, step, text),
            Ask::ConfirmRun { run, target } => {
                let confirmation = Some(self.confirmation(text, target, state)?);
                let run = Run {
                    confirmation,
                    ..run.clone()
                };
                Reaction::Do(Command::Retry(run))
            }
            Ask::ConfirmFallback { step, index } => Reaction::Do(Command::Fallback {
                step: step.clone(),
                index: *index,
                confirmation: Some(self.confirmation(text, &target_of(state, step), state)?),
            }),
            Ask::CloseNote { outcome } => Reaction::Do(Command::Close {
                outcome: *outcome,
                note: text.trim().to_owned(),
            }),
            Ask::Values {
                step,
                then,
                missing,
                given,
            } => {
                let mut given = given.clone();
                let Some((name, rest)) = missing.split_first() else {
                    return Ok(Reaction::Gone);
                };
                if let Some((_, made_by)) = state.runbook.step(step) {
                    made_by.fits(name, text)?;
                }
                given.insert(name.clone(), text.to_owned());
                values(state, step, then.clone(), rest.to_vec(), given)
            }
        })
    }
}

/// A number as people write it: 1204332 or 1,204,332.
fn line_number(text: &str) -> Result<u64, String> {
    let digits: String = text
        .chars()
        .filter(|c| !matches!(c, ',' | '.' | '\'' | '_' | ' '))
        .collect();
    digits
        .parse()
        .ok()
        .filter(|line| *line > 0)
        .ok_or_else(|| "A line's number has only digits, and the first is 1.".to_owned())
}

/// A reason, which nothing is without.
fn reason(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("Say why in a few words; it stands in the report.".to_owned());
    }
    Ok(text.to_owned())
}

/// Who may approve an answer; empty: anybody but the driver.
fn asked_of(state: &State, gate: &str, answer: &str) -> Vec<String> {
    let step = state.runbook.step(gate).map(|(_, step)| &step.kind);
    let Some(Kind::Gate(gate)) = step else {
        return Vec::new();
    };
    gate.answer(answer)
        .and_then(|answer| answer.approvals.as_ref())
        .map(|approvals| approvals.from.clone())
        .unwrap_or_default()
}

/// What a step acts on, to be named when it is confirmed.
pub fn target_of(state: &State, step: &str) -> String {
    state
        .runbook
        .step(step)
        .and_then(|(_, step)| step::target(state, step).ok().flatten())
        .unwrap_or_else(|| step.to_owned())
}

fn recorded(step: &Step, name: &str) -> String {
    let Kind::Manual(manual) = &step.kind else {
        return String::new();
    };
    manual
        .record
        .iter()
        .find(|input| input.name == name)
        .map(|input| input.description.clone())
        .unwrap_or_default()
}
