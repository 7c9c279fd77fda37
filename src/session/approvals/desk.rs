//! The socket at which a session listens, and the talk with whoever comes.

use std::{
    collections::BTreeSet,
    fs, io,
    os::unix::fs::{DirBuilderExt, FileTypeExt, PermissionsExt},
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{UnixListener, UnixStream},
    sync::{
        mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
        oneshot,
    },
    task::AbortHandle,
};

use super::{Asked, Reply, VERSION, Word, folder, identity, login, socket_name, unsafe_folder};

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
