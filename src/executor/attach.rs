//! Finding out what became of an attempt, and talking to its supervisor.

use std::{
    fs::{File, TryLockError},
    io,
    os::{fd::AsRawFd, unix::net::UnixStream},
    path::{Path, PathBuf},
};

use super::{
    kin::{self, Survivors},
    protocol::ExitRecord,
    supervisor,
    value_file::ValueFile,
};
use crate::engine::observed::{Captured, Ended, OutputDigest, Report};
use crate::output::Reader;
use crate::run_dir::{AttemptDir, private_file, read_private};

/// The longest exit record: captured values can be long.
const MAX_RECORD: u64 = 64 << 20;

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It ended; this is its exit record.
    Finished(Box<Report>),
    /// Its supervisor lives.
    Running,
    /// It was never started, and never will be: the claim is ours.
    NeverStarted,
    /// Its supervisor is gone and left no exit record.
    Unknown(Box<Report>),
}

/// Asks an attempt's directory. Wins the claim if nobody has it.
///
/// # Errors
/// When the directory cannot be read.
pub fn verdict(dir: &AttemptDir, attempt: u32) -> io::Result<Verdict> {
    match dir.is_ours() {
        // The claim below makes it.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        other => other?,
    }
    if supervisor::claim(dir, "void")? {
        return Ok(Verdict::NeverStarted);
    }
    if is_alive(dir)? {
        return Ok(Verdict::Running);
    }
    // Only now: it may have ended between the two looks.
    if let Some(report) = exit_record(dir, attempt)? {
        return Ok(Verdict::Finished(Box::new(report)));
    }
    // An empty claim is that of a process which died before it had written its name
    // there, and so before it could start anything.
    if matches!(&*read_private(&dir.claim(), 16)?, b"void" | b"") {
        return Ok(Verdict::NeverStarted);
    }
    Ok(Verdict::Unknown(Box::new(lost(dir))))
}

/// Whether a look that failed may succeed when it is repeated: it says something
/// about this moment or this process, nothing about the attempt.
pub fn is_passing(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let passing = [
        Errno::INTR,
        Errno::AGAIN,
        Errno::MFILE,
        Errno::NFILE,
        Errno::NOMEM,
        Errno::NOBUFS,
        Errno::NOSPC,
        Errno::DQUOT,
        Errno::STALE,
        Errno::CONNREFUSED,
    ];
    error
        .raw_os_error()
        .is_some_and(|code| passing.iter().any(|errno| errno.raw_os_error() == code))
}

/// Whether a supervisor has the attempt: it holds the lock until the end is written down, and
/// then may wait for the next attempt without one.
///
/// # Errors
/// When that cannot be found out.
pub fn is_alive(dir: &AttemptDir) -> io::Result<bool> {
    let opened = match private_file().read(true).write(true).open(dir.lock()) {
        // Whoever holds a lock holds it on a disk that became read-only, too.
        Err(error) if error.kind() == io::ErrorKind::ReadOnlyFilesystem => {
            private_file().read(true).open(dir.lock())
        }
        opened => opened,
    };
    let file = match opened {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    match file.try_lock() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// The exit record, if it is there and is this attempt's.
///
/// # Errors
/// When it is there and cannot be read.
pub fn exit_record(dir: &AttemptDir, attempt: u32) -> io::Result<Option<Report>> {
    let bytes = match read_private(&dir.exit(), MAX_RECORD) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let record: ExitRecord = serde_json::from_slice(&bytes).map_err(io::Error::other)?;
    Ok((record.attempt == attempt).then_some(record.report))
}

/// What can be said of an attempt whose supervisor vanished. What is left of its
/// command is looked for. What it wrote for the run to read is taken away: it may hold
/// secrets, and nobody masked it.
pub fn lost(dir: &AttemptDir) -> Report {
    let Survivors { named, more } = kin::left_by_the_lost(dir);
    let discarded = dir.is_ours().is_ok() && ValueFile::discard(dir);
    let bytes = Reader::open(dir.path())
        .and_then(|mut log| log.len())
        .unwrap_or(0);
    Report {
        ended: Ended::Lost,
        at: super::clock::now(),
        milliseconds: 0,
        output: OutputDigest {
            bytes,
            ..OutputDigest::default()
        },
        captured: Captured {
            unread: discarded.then(|| {
                "what it wrote into the file that $RBCONSOLE_OUTPUT names was taken away unread"
                    .to_owned()
            }),
            ..Captured::default()
        },
        survivors: named,
        more_survivors: more,
    }
}

/// A short path to an attempt's control socket: the address of a socket is at
/// most 107 bytes long, the path of a state directory may be longer.
pub struct ControlPath {
    path: PathBuf,
    _folder: Option<File>,
}

impl ControlPath {
    /// Good as long as this value lives.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// The path to an attempt's control socket.
///
/// # Errors
/// When the attempt's directory cannot be opened.
pub fn control_path(dir: &AttemptDir) -> io::Result<ControlPath> {
    if cfg!(target_os = "linux") {
        let folder = dir.open()?;
        return Ok(ControlPath {
            path: format!("/proc/self/fd/{}/control", folder.as_raw_fd()).into(),
            _folder: Some(folder),
        });
    }
    Ok(ControlPath {
        path: dir.path().join("control"),
        _folder: None,
    })
}

/// Connects to the supervisor of an attempt.
///
/// # Errors
/// When it does not listen, or not yet.
pub fn connect(dir: &AttemptDir) -> io::Result<UnixStream> {
    let control = control_path(dir)?;
    let stream = UnixStream::connect(control.path())?;
    is_known(&stream)?;
    stream.set_nonblocking(true)?;
    Ok(stream)
}

/// Makes sure that who is at the other end is the operator, or root.
///
/// # Errors
/// When it is somebody else.
pub fn is_known(stream: &UnixStream) -> io::Result<()> {
    match peer(stream)? {
        Some(uid) if uid != 0 && uid != rustix::process::geteuid().as_raw() => Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            format!("the user {uid} is at the other end of an attempt's socket"),
        )),
        _ => Ok(()),
    }
}

/// Who is at the other end, where the system tells.
#[cfg(target_os = "linux")]
fn peer(stream: &UnixStream) -> io::Result<Option<u32>> {
    let peer = rustix::net::sockopt::socket_peercred(stream)?;
    Ok(Some(peer.uid.as_raw()))
}

#[cfg(not(target_os = "linux"))]
#[expect(clippy::unnecessary_wraps, reason = "as where it can fail")]
fn peer(_: &UnixStream) -> io::Result<Option<u32>> {
    Ok(None)
}
