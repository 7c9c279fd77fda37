//! Answers about what is written down and done beside the script.

use chrono::{DateTime, Utc};

use super::{Ask, Then, answer::reason, settle::settle};
use crate::engine::{Command, State, command::OffScript};
use crate::session::{backdate, said::Said};
use crate::tui::overlay::Reaction;

/// What an answer means.
///
/// # Errors
/// Why it does not do, in the operator's words.
pub(super) fn answer(
    ask: &Ask,
    text: &str,
    state: &State,
    now: DateTime<Utc>,
) -> Result<Reaction, String> {
    Ok(match ask {
        Ask::Note | Ask::Amend { .. } if backdate::is_only_time(text, now) => {
            return Err("That is only a time: write behind it what happened then.".to_owned());
        }
        Ask::Note => match Said::read(text, now) {
            said if said.text.is_empty() => Reaction::Gone,
            said => Reaction::Do(said.add()),
        },
        Ask::Amend { note } => match Said::read(text, now) {
            said if said.text.is_empty() => {
                return Err("It says nothing: strike it if it is to go.".to_owned());
            }
            said => Reaction::Do(said.amend(*note)),
        },
        Ask::OffScript => {
            if text.trim().is_empty() {
                return Err("Type the command first.".to_owned());
            }
            Reaction::Do(Command::OffScript(OffScript {
                script: text.trim_end().to_owned(),
                // Typed as into a shell, it gets what a shell would give it: what asks
                // for a password can be answered.
                tty: true,
            }))
        }
        Ask::DeclareOffScript {
            attempt,
            took_effect,
        } => Reaction::Do(Command::DeclareOffScript {
            attempt: *attempt,
            took_effect: *took_effect,
            reason: reason(text)?,
        }),
        Ask::Done { step, attempt } => {
            let (reason, attempt) = (reason(text)?, *attempt);
            settle(state, step, Then::Done { reason, attempt })
        }
        Ask::Reopen { gate } => Reaction::Do(Command::Reopen {
            gate: gate.clone(),
            reason: reason(text)?,
        }),
        // These are answered elsewhere.
        _ => Reaction::Gone,
    })
}

/// What follows from an off-script command.
pub(super) fn hint(state: &State, runs: &str, leaves: &str) -> String {
    let place = state
        .run
        .environment
        .as_ref()
        .map_or_else(String::new, |place| format!(" on {place}"));
    format!(
        "{runs} runs it with bash{place}, in a terminal; {leaves} leaves it. It stops at its first \
         failure. It is recorded as a deviation with its output, and counts as a write; nothing \
         is filled in."
    )
}
