//! What an answer means.

use chrono::{DateTime, Utc};

use super::{
    Ask, Then, beside,
    settle::{attested, edited, settle, values},
    target_of,
};
use crate::engine::{Command, State, command::Run, event::Voucher};
use crate::tui::overlay::Reaction;

impl Ask {
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
pub(super) fn reason(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("Say why in a few words; it stands in the report.".to_owned());
    }
    Ok(text.to_owned())
}
