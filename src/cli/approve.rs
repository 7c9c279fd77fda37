//! `approve`.

use super::{Exit, Failure, args, common};
use crate::journal;
use crate::run_dir::RunDir;
use crate::session::{
    approvals::{
        Reply, VERSION, Word,
        client::{self, ClientError},
    },
    inbox, system_clock,
};
use crate::settings;

/// Says one's word about an answer of a gate that somebody else decides.
pub fn approve(given: &args::Approve) -> Result<Exit, Failure> {
    if let Some(name) = &given.attest {
        return attest(given, name);
    }
    let word = Word {
        version: VERSION,
        run: given.run.clone(),
        gate: given.gate.clone(),
        answer: given.answer.clone(),
        agrees: !given.deny,
        reason: given.reason.clone(),
    };
    match client::say(&word, given.driver) {
        Ok(Reply::Recorded { words }) => {
            common::print(&format!("{}\n", plain(&words)))?;
            Ok(Exit::Good)
        }
        Ok(Reply::Refused { words }) => Err(Failure::refused(plain(&words))),
        Err(error @ (ClientError::NobodyListens(_) | ClientError::Ambiguous { .. })) => {
            Err(Failure::usage(error))
        }
        Err(error @ ClientError::Unsafe(_)) => Err(Failure::refused(error)),
        Err(error @ ClientError::Broken(_)) => Err(Failure::fault(error)),
    }
}

/// What another user's program says goes to the terminal.
fn plain(words: &str) -> String {
    words
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// The driver's own word that somebody approved elsewhere, through the inbox.
fn attest(given: &args::Approve, name: &str) -> Result<Exit, Failure> {
    let settings = common::settings()?;
    let found = common::find_run(&settings, &given.run)?;
    let dir = RunDir::open(&found.path).map_err(Failure::refused)?;
    let now = system_clock();
    let message = inbox::Message {
        attests: Some(inbox::Attests {
            gate: given.gate.clone(),
            answer: given.answer.clone(),
            by_whom: name.to_owned(),
            channel: given.via.clone().unwrap_or_default(),
            stands_for: given.stands_for.clone(),
            agrees: !given.deny,
            reason: given.reason.clone(),
        }),
        ..inbox::Message::note(settings::operator(), String::new(), None)
    };
    let file = inbox::name(now);
    inbox::put(&dir, &message, &file).map_err(Failure::fault)?;
    let how = match journal::lock::holder(&dir) {
        Some(_) => "handed to the console that drives the run",
        None => "kept for the console that takes the run up next",
    };
    common::print(&format!("{how}\n"))?;
    Ok(Exit::Good)
}
