//! The approver's side: finding whoever drives a run, and saying one's word.

use std::{
    fs, io,
    io::{BufRead, BufReader, Read, Write},
    os::unix::{fs::FileTypeExt, net::UnixStream},
    path::PathBuf,
    time::Duration,
};

use super::{Reply, Word, folder, socket_name, unsafe_folder};

/// Longer than the driver's side takes for all of it.
const TIMEOUT: Duration = Duration::from_secs(40);
/// How often a word is said again to who hangs up, and after how long.
const TRIES: u32 = 6;
const PAUSE: Duration = Duration::from_millis(250);
/// The longest reply.
const MAX_REPLY: u64 = 64 << 10;

/// Why one's word did not reach the driver.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nobody listens for this run.
    #[error(
        "nobody drives a run `{0}` on this machine with an open ear: give the whole id as the driver's screen shows it, and approve while the run is driven"
    )]
    NobodyListens(String),
    /// Several users claim to drive it.
    #[error("several users say that they drive the run `{run}` ({}): say whose with --driver UID", uids(.users))]
    Ambiguous {
        /// The run.
        run: String,
        /// Their numbers.
        users: Vec<u32>,
    },
    /// A folder that is not its owner's alone.
    #[error("{0}")]
    Unsafe(String),
    /// It broke off.
    #[error("the driver's console does not answer ({0}): it is not known whether it was recorded")]
    Broken(io::Error),
}

fn uids(users: &[u32]) -> String {
    let words: Vec<String> = users.iter().map(|uid| format!("user {uid}")).collect();
    words.join(", ")
}

/// Says one's word to whoever drives the run; `driver` says whom to believe when
/// several claim to.
///
/// # Errors
/// When nobody is there to hear it, or it broke off.
pub fn say(word: &Word, driver: Option<u32>) -> Result<Reply, ClientError> {
    let (_, path) = find(&word.run, driver)?;
    let mut tries = 0;
    loop {
        let mut stream =
            UnixStream::connect(&path).map_err(|_| ClientError::NobodyListens(word.run.clone()))?;
        match send(&mut stream, word) {
            // It listens to one word of a user at a time, and hangs up on the next.
            Err(error) if hung_up(&error) && tries < TRIES => {
                tries += 1;
                std::thread::sleep(PAUSE);
            }
            other => return other.map_err(ClientError::Broken),
        }
    }
}

fn hung_up(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::UnexpectedEof
    )
}

fn send(stream: &mut UnixStream, word: &Word) -> io::Result<Reply> {
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    let mut line = serde_json::to_vec(word)?;
    line.push(b'\n');
    stream.write_all(&line)?;
    let mut reply = String::new();
    BufReader::new(stream.take(MAX_REPLY)).read_line(&mut reply)?;
    if reply.is_empty() {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it hung up"));
    }
    serde_json::from_str(&reply).map_err(io::Error::other)
}

/// The socket of a run and whose it is.
fn find(run: &str, driver: Option<u32>) -> Result<(u32, PathBuf), ClientError> {
    let mut found = Vec::new();
    let mut doubtful = None;
    for uid in drivers()
        .into_iter()
        .filter(|uid| driver.is_none_or(|wanted| wanted == *uid))
    {
        let folder = folder(uid);
        let path = folder.join(socket_name(run));
        let is_socket = fs::symlink_metadata(&path).is_ok_and(|meta| meta.file_type().is_socket());
        if !is_socket {
            continue;
        }
        match unsafe_folder(&folder, uid) {
            None => found.push((uid, path)),
            Some(why) => doubtful = Some(why),
        }
    }
    match (found.len(), doubtful) {
        (1, _) => Ok(found.remove(0)),
        (0, Some(why)) => Err(ClientError::Unsafe(why)),
        (0, None) => Err(ClientError::NobodyListens(run.to_owned())),
        _ => Err(ClientError::Ambiguous {
            run: run.to_owned(),
            users: found.into_iter().map(|(uid, _)| uid).collect(),
        }),
    }
}

/// The users that have a folder for it.
fn drivers() -> Vec<u32> {
    let mut users: Vec<u32> = fs::read_dir("/tmp")
        .into_iter()
        .flatten()
        .filter_map(|item| {
            let name = item.ok()?.file_name().to_string_lossy().into_owned();
            name.strip_prefix("rbconsole-")?.parse().ok()
        })
        .collect();
    users.sort_unstable();
    users
}
