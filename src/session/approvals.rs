//! The word of another user of this machine: asked for at a socket, since a run's
//! directory is its driver's alone.
//!
//! The socket stands at `/tmp/rbconsole-UID/HASH.sock`, UID being the driver's. A
//! runtime directory (`/run/user/UID`) would be safer against squatting, but no
//! other user can reach into it, and reaching in is the point. In the sticky
//! `/tmp` nobody can replace a directory of the driver's; one that is not the
//! driver's alone is not used, and an approver uses none whose owner is not the
//! one in its name. Its mode is 0711: who knows the run's id finds the socket,
//! nobody can list them.
//!
//! Who speaks is told by the kernel ([`tokio::net::UnixStream::peer_cred`]), never
//! by the message. Talking to them happens in tasks of their own, bounded in
//! bytes, in time and in number; the session only ever sees complete requests.

pub mod client;
mod desk;
mod identity;
pub mod login;

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use super::{Session, requests::Request};
use crate::engine::{
    Command, Entry, Event, Refusal, State,
    event::{RunKind, Voucher},
};
use crate::journal::record::Hash;
use crate::runbook::Kind;
use crate::settings;

pub use desk::Desk;
pub use identity::User;

/// The version of the request.
pub const VERSION: u32 = 1;

/// What an approver says. Who they are is not part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Word {
    /// Of this format.
    pub version: u32,
    /// The run's id.
    pub run: String,
    /// The gate's id.
    pub gate: String,
    /// The answer's id; the only one that needs approval, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// Whether they agree.
    pub agrees: bool,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// It is in the journal and on the disk.
    Recorded {
        /// For people.
        words: String,
    },
    /// It is not, and why.
    Refused {
        /// For people.
        words: String,
    },
}

/// A complete request of a known user.
#[derive(Debug)]
pub struct Asked {
    /// What they say.
    pub word: Word,
    /// Who they are.
    pub user: User,
    /// Where the answer goes. Dropped: it was not recorded.
    pub reply: oneshot::Sender<Reply>,
}

/// The folder in which a user's sessions listen.
pub fn folder(uid: u32) -> PathBuf {
    PathBuf::from(format!("/tmp/rbconsole-{uid}"))
}

/// The name of a run's socket: short enough for any run's id.
pub fn socket_name(run: &str) -> String {
    let hex: String = Hash::of(run.as_bytes())
        .to_string()
        .chars()
        .take(24)
        .collect();
    format!("{hex}.sock")
}

/// Why a folder is not used, if it is not its owner's alone.
pub fn unsafe_folder(path: &Path, owner: u32) -> Option<String> {
    let meta = match fs::symlink_metadata(path) {
        Ok(meta) => meta,
        Err(error) => return Some(format!("{} cannot be used: {error}", path.display())),
    };
    let wrong = if !meta.is_dir() {
        "it is not a directory".to_owned()
    } else if meta.uid() != owner {
        format!("it belongs to the user {}", meta.uid())
    } else if meta.mode() & 0o022 != 0 {
        format!("others can write to it (mode {:o})", meta.mode() & 0o777)
    } else {
        return None;
    };
    Some(format!("{} is not safe to use: {wrong}", path.display()))
}

/// The ear of a run in which somebody else may have to approve; the error is empty
/// where nobody has to.
pub(super) fn desk_of(state: &State) -> Result<Desk, String> {
    let asked_for = state.runbook.steps().any(|step| match &step.kind {
        Kind::Gate(gate) => gate.answers.iter().any(|answer| answer.approvals.is_some()),
        _ => false,
    });
    let in_vain = state.closed.is_some() || state.run.kind == RunKind::Rehearsal;
    if !asked_for || in_vain || tokio::runtime::Handle::try_current().is_err() {
        return Err(String::new());
    }
    Desk::open(&state.run.id)
}

/// The next request; waits for ever where nobody listens.
pub(super) async fn next(desk: &mut Result<Desk, String>) -> Option<Asked> {
    match desk {
        Ok(desk) => desk.next().await,
        Err(_) => std::future::pending().await,
    }
}

/// The answer of a gate that needs approval, if it is only one.
pub(super) fn only_answer(state: &State, gate: &str) -> Option<String> {
    let (_, step) = state.runbook.step(gate)?;
    let Kind::Gate(gate) = &step.kind else {
        return None;
    };
    let mut asked_for = gate
        .answers
        .iter()
        .filter(|answer| answer.approvals.is_some());
    match (asked_for.next(), asked_for.next()) {
        (Some(answer), None) => Some(answer.name.clone()),
        _ => None,
    }
}

/// Says no to whoever waits.
pub(super) fn tell(reply: Option<oneshot::Sender<Reply>>, words: &str) {
    if let Some(reply) = reply {
        let words = words.to_owned();
        // Who hung up does not want to know.
        let _ = reply.send(Reply::Refused { words });
    }
}

/// Says that it is durable.
pub(super) fn recorded(reply: oneshot::Sender<Reply>, state: &State, entries: &[Entry]) {
    let words = entries.iter().find_map(|entry| match &entry.event {
        Event::ApprovalGiven { approval, .. } => Some(format!(
            "recorded in {}, driven by {}: {} {} `{}`",
            state.run.id,
            settings::operator(),
            approval.by_whom,
            if approval.agrees {
                "agrees with"
            } else {
                "refuses"
            },
            approval.answer
        )),
        _ => None,
    });
    let reply_with = words.map_or_else(
        || Reply::Refused {
            words: "nothing was recorded".to_owned(),
        },
        |words| Reply::Recorded { words },
    );
    let _ = reply.send(reply_with);
}

impl Session {
    /// Why an attestation is not taken: it is about the driver's own word. The engine
    /// knows them by the name that they gave, the machine by their login.
    pub(super) fn vouches_for_itself(&self, command: &Command) -> Option<Refusal> {
        let Command::Approve {
            by_whom,
            how: Voucher::Attested { .. },
            ..
        } = command
        else {
            return None;
        };
        let same = |name: &str| name.trim().to_lowercase() == by_whom.trim().to_lowercase();
        let themselves = same(&self.seat.by) || login::own_names().iter().any(|name| same(name));
        themselves.then(|| Refusal::NotAnApprover {
            who: format!("‘{by_whom}’"),
            why: "nobody approves what they decide, by whichever name".to_owned(),
        })
    }

    /// Somebody on this machine says something about an answer.
    pub(super) fn asked(&mut self, asked: Asked) {
        let Asked { word, user, reply } = asked;
        let Some(answer) = word.answer.or_else(|| only_answer(&self.state, &word.gate)) else {
            let words = format!(
                "`{}` is no gate with exactly one answer that needs approval: say which with --answer",
                word.gate
            );
            tell(Some(reply), &words);
            return;
        };
        let by = user.name.clone();
        let command = Command::Approve {
            gate: word.gate,
            answer,
            by_whom: user.name.clone(),
            how: Voucher::Account {
                user: user.name,
                groups: user.groups,
            },
            agrees: word.agrees,
            reason: word.reason,
        };
        self.queue.push_back(Request {
            reply: Some(reply),
            ..Request::of(command, &by)
        });
        self.pump();
    }
}
