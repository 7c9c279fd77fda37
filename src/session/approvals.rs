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
mod identity;
pub mod login;

use std::{
    collections::BTreeSet,
    fs, io,
    os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{UnixListener, UnixStream},
    sync::{
        mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
        oneshot,
    },
    task::AbortHandle,
};

use super::{Session, requests::Request};
use crate::engine::{
    Command, Entry, Event, Refusal, State,
    event::{RunKind, Voucher},
};
use crate::journal::record::Hash;
use crate::runbook::Kind;
use crate::settings;

pub use identity::User;

/// The longest request.
const MAX_REQUEST: u64 = 8 << 10;
/// How long a client may take to say what it wants, or to listen to the answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long the session may take to record it.
const RECORDING: Duration = Duration::from_secs(20);
/// From one request of a user to the next.
const PAUSE: Duration = Duration::from_millis(500);
/// After how long a socket that nobody listens to is nobody's.
const SETTLED: Duration = Duration::from_mins(1);
/// Users who are listened to at once.
const MOST_USERS: usize = 16;
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

/// A session's ear. Dropping it closes the socket.
#[derive(Debug)]
pub struct Desk {
    path: PathBuf,
    asked: UnboundedReceiver<Asked>,
    task: AbortHandle,
}

impl Desk {
    /// Listens for approvers of a run. Only for who drives it: a socket that is
    /// there is left over from a console that died.
    ///
    /// # Errors
    /// In words, when nobody can be listened to.
    pub fn open(run: &str) -> Result<Self, String> {
        let uid = rustix::process::geteuid().as_raw();
        let folder = folder(uid);
        match fs::DirBuilder::new().mode(0o711).create(&folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(format!("{} cannot be made: {error}", folder.display()));
            }
            _ => {}
        }
        if let Some(why) = unsafe_folder(&folder, uid) {
            return Err(why);
        }
        let path = folder.join(socket_name(run));
        let fail = |error: io::Error| format!("{} cannot be used: {error}", path.display());
        let open_to = |path: &Path, mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(fail)
        };
        // Whatever the operator's umask is.
        open_to(&folder, 0o711)?;
        tokio::task::spawn(sweep(folder.clone()));
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(fail(error)),
            _ => {}
        }
        let listener = UnixListener::bind(&path).map_err(fail)?;
        open_to(&path, 0o666)?;
        let (sender, asked) = unbounded_channel();
        let run = run.to_owned();
        let task = tokio::task::spawn(listen(listener, run, uid, sender)).abort_handle();
        Ok(Self { path, asked, task })
    }

    /// The next request. Safe to cancel.
    pub async fn next(&mut self) -> Option<Asked> {
        self.asked.recv().await
    }
}

/// Removes the sockets of consoles that were killed when their run was closed:
/// nobody takes such a run up again.
async fn sweep(folder: PathBuf) {
    for item in fs::read_dir(folder).into_iter().flatten().flatten() {
        // One that was made just now may not be listened to yet.
        let is_old = item
            .metadata()
            .ok()
            .filter(|meta| meta.file_type().is_socket())
            .and_then(|meta| meta.modified().ok()?.elapsed().ok())
            .is_some_and(|age| age > SETTLED);
        let path = item.path();
        if is_old
            && UnixStream::connect(&path)
                .await
                .is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
        {
            // One that stays is in nobody's way.
            let _ = fs::remove_file(&path);
        }
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.task.abort();
        // One that stays is replaced by the next console of this run.
        let _ = fs::remove_file(&self.path);
    }
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

/// Takes connections until it is aborted.
async fn listen(listener: UnixListener, run: String, driver: u32, asked: UnboundedSender<Asked>) {
    let run: std::sync::Arc<str> = run.into();
    let busy: Busy = Busy::default();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Too many open files, say: later there may be fewer.
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let Ok(peer) = stream.peer_cred() else {
            continue;
        };
        let (uid, pid) = (peer.uid(), peer.pid());
        let Some(turn) = busy.take(uid) else {
            // One at a time: who is not listened to sees the connection closed.
            continue;
        };
        let (run, asked) = (std::sync::Arc::clone(&run), asked.clone());
        tokio::spawn(async move {
            let mut stream = stream;
            let reply = match login::refused(uid, pid, driver) {
                Some(words) => Reply::Refused { words },
                None => serve(&mut stream, uid, &run, &asked).await,
            };
            if let Ok(mut line) = serde_json::to_vec(&reply) {
                line.push(b'\n');
                // Who hangs up does not want to know.
                let _ = tokio::time::timeout(PATIENCE, stream.write_all(&line)).await;
            }
            drop(stream);
            tokio::time::sleep(PAUSE).await;
            drop(turn);
        });
    }
}

/// The users who are listened to now.
#[derive(Debug, Clone, Default)]
struct Busy(std::sync::Arc<std::sync::Mutex<BTreeSet<u32>>>);

/// A user's turn, over when dropped.
struct Turn {
    busy: Busy,
    uid: u32,
}

impl Busy {
    fn take(&self, uid: u32) -> Option<Turn> {
        let mut users = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        (users.len() < MOST_USERS && users.insert(uid)).then(|| Turn {
            busy: self.clone(),
            uid,
        })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut users = self
            .busy
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        users.remove(&self.uid);
    }
}

async fn serve(
    stream: &mut UnixStream,
    uid: u32,
    run: &str,
    asked: &UnboundedSender<Asked>,
) -> Reply {
    let refused = |words: &str| Reply::Refused {
        words: words.to_owned(),
    };
    let word = match tokio::time::timeout(PATIENCE, read(stream)).await {
        Err(_) => return refused("nothing came within five seconds"),
        Ok(Err(why)) => return refused(&why),
        Ok(Ok(word)) => word,
    };
    if word.run != run {
        return refused("another run is driven here");
    }
    let user = match tokio::task::spawn_blocking(move || identity::look_up(uid)).await {
        Ok(Ok(user)) => user,
        Ok(Err(why)) => return refused(&why),
        Err(_) => return refused("the system does not say who you are"),
    };
    let (reply, answer) = oneshot::channel();
    if asked.send(Asked { word, user, reply }).is_err() {
        return refused("the run was just let go: nobody drives it now");
    }
    match tokio::time::timeout(RECORDING, answer).await {
        Ok(Ok(reply)) => reply,
        Ok(Err(_)) => refused("it was not recorded: the journal cannot be written at present"),
        Err(_) => refused("it is not known whether it was recorded: ask the driver"),
    }
}

/// One line of JSON.
async fn read(stream: &mut UnixStream) -> Result<Word, String> {
    let mut line = Vec::new();
    BufReader::new(stream.take(MAX_REQUEST))
        .read_until(b'\n', &mut line)
        .await
        .map_err(|error| error.to_string())?;
    if line.last() != Some(&b'\n') {
        return Err(format!(
            "a request is one line of at most {MAX_REQUEST} bytes"
        ));
    }
    let word: Word =
        serde_json::from_slice(&line).map_err(|error| format!("not a request: {error}"))?;
    if word.version != VERSION {
        return Err(format!(
            "version {} of the request is not understood here, {VERSION} is",
            word.version
        ));
    }
    Ok(word)
}
