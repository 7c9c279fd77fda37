//! What is asked, in words: the question, what will happen, how to answer.

use super::{Ask, Then, asked_of, beside, target_of};
use crate::engine::{State, needs};
use crate::report::timeline::{answer_label, step_title};
use crate::runbook::{Kind, Step};
use crate::tui::keymap::{
    Action, Keymap,
    context::{CONFIRM, QUESTION, STEP},
};
use crate::tui::{overlay::beside::title as off_script_title, words::clip};

/// The title of a step in a question; all of it stands on its card.
const LONGEST: usize = 44;

impl Ask {
    /// What is asked, in a few words.
    pub fn title(&self, state: &State) -> String {
        // What is asked of it is read before the end of a long title.
        let title = |id: &str| clip(&step_title(state, id), LONGEST);
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
            Ask::Edit { step } => format!("Change ‘{}’", step_title(state, step)),
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
            Ask::AnswerReason { gate, against: Some(suggested), .. } => format!(
                "The facts speak for ‘{}’. Choosing against them is recorded with your reason.",
                answer_label(state, gate, suggested)
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
