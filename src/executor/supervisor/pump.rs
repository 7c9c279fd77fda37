//! From the command's two pipes, or its terminal, into its log.

use std::{io, os::fd::OwnedFd};

use rustix::event::{PollFd, PollFlags};

use crate::crash;
use crate::engine::{
    Launch,
    effect::Capture,
    observed::{Captured, LogPiece, OutputDigest},
};
use crate::executor::{
    capture::Keep, clock, process::Process, protocol::Reply, value_file::ValueFile,
};
use crate::output::{Digest, Log, Masker, Stream};
use crate::run_dir::{AttemptDir, unwritable};

/// What is read, and so written, at once. Writes of a whole MiB cost twice as much
/// as these: the kernel then looks for large folios, and the bytes leave the cache
/// before they are written and hashed.
const CHUNK: usize = 128 << 10;

/// Reads the outputs, masks secrets, keeps what capture needs, writes the log.
pub struct Pump {
    dir: AttemptDir,
    /// Made with the first byte: many commands print nothing.
    log: Option<Log>,
    /// How many bytes it keeps.
    limit: u64,
    keep: Keep,
    buffer: Vec<u8>,
    masked: Vec<u8>,
    maskers: [Masker; 2],
    open: [bool; 2],
    plain: Option<PlainLines>,
    lost: u64,
    /// What keeps the output from being written, and what of that was told.
    trouble: Option<String>,
    told: Option<String>,
}

/// A terminal ends each line with two characters; what is taken from the output is
/// taken from lines as the command printed them.
#[derive(Default)]
struct PlainLines {
    /// A first one whose second has not arrived.
    held: bool,
    text: Vec<u8>,
}

impl PlainLines {
    fn push(&mut self, bytes: &[u8]) -> &[u8] {
        self.text.clear();
        for &byte in bytes {
            if std::mem::take(&mut self.held) && byte != b'\n' {
                self.text.push(b'\r');
            }
            if byte == b'\r' {
                self.held = true;
            } else {
                self.text.push(byte);
            }
        }
        &self.text
    }
}

impl Pump {
    /// A pump into the attempt's log, which keeps so many bytes.
    ///
    /// # Errors
    /// When there are too many secrets to mask.
    pub fn new(
        dir: &AttemptDir,
        launch: &Launch,
        secrets: &[String],
        keep: Option<u64>,
    ) -> io::Result<Self> {
        let masker = Masker::new(secrets).map_err(io::Error::other)?;
        Ok(Self {
            dir: dir.clone(),
            log: None,
            limit: keep.unwrap_or(u64::MAX),
            trouble: None,
            keep: Keep::of(&launch.capture),
            buffer: vec![0; CHUNK],
            masked: Vec::new(),
            maskers: [masker.clone(), masker],
            open: [true, !launch.tty],
            plain: launch.tty.then(PlainLines::default),
            lost: 0,
            told: None,
        })
    }

    /// All outputs have ended.
    pub fn is_done(&self) -> bool {
        self.open == [false, false]
    }

    /// The outputs that are still open.
    pub fn poll_fds<'a>(&self, process: &'a Process, fds: &mut Vec<PollFd<'a>>) {
        for (open, fd) in self.open.iter().zip(process.outputs()) {
            if let (true, Some(fd)) = (*open, fd) {
                fds.push(PollFd::new(fd, PollFlags::IN));
            }
        }
    }

    /// Reads what is there, once per output, so that neither starves the other;
    /// whether there was anything.
    ///
    /// # Errors
    /// When an output cannot be read.
    pub fn read(&mut self, process: &Process) -> io::Result<bool> {
        let mut heard = false;
        for (which, fd) in process.outputs().into_iter().enumerate() {
            let (true, Some(fd)) = (self.open[which], fd) else {
                continue;
            };
            let (count, after) = fill(fd, &mut self.buffer, process.has_terminal());
            if count > 0 {
                self.take(which, count);
                heard = true;
            }
            match after {
                After::More => {}
                After::End => self.open[which] = false,
                After::Failed(error) => return Err(error.into()),
            }
        }
        Ok(heard)
    }

    fn take(&mut self, which: usize, count: usize) {
        if self.maskers[which].is_noop() {
            let buffer = std::mem::take(&mut self.buffer);
            self.write(which, &buffer[..count]);
            self.buffer = buffer;
            return;
        }
        let mut masked = std::mem::take(&mut self.masked);
        masked.clear();
        self.maskers[which].push(&self.buffer[..count], &mut masked);
        self.write(which, &masked);
        self.masked = masked;
    }

    fn write(&mut self, which: usize, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let stream = [Stream::Out, Stream::Err][which];
        match (&mut self.plain, stream) {
            _ if !self.keep.is_wanted() => {}
            (Some(plain), _) => self.keep.push(plain.push(bytes)),
            (None, Stream::Out) => self.keep.push(bytes),
            (None, Stream::Err) => {}
        }
        let written = self.append(stream, bytes);
        crash::point("supervisor.output_written");
        match written {
            Ok(()) => self.trouble = None,
            // A full disk must not block the command: its output goes on into nothing, and
            // what is lost is counted.
            Err(error) => {
                self.lost += bytes.len() as u64;
                self.trouble = Some(trouble(&error));
            }
        }
    }

    fn append(&mut self, stream: Stream, bytes: &[u8]) -> io::Result<()> {
        let log = match &mut self.log {
            Some(log) => log,
            None => self
                .log
                .insert(Log::create_up_to(self.dir.path(), self.limit)?),
        };
        log.append(stream, bytes, clock::now().timestamp_millis())
    }

    /// What consoles have to be told about the log since the last look.
    pub fn news(&mut self) -> Option<Reply> {
        if self.trouble == self.told {
            return None;
        }
        self.told.clone_from(&self.trouble);
        Some(Reply::Trouble {
            what: self.trouble.clone(),
        })
    }

    /// Writes what masking held back, closes the log and takes the values out, also
    /// those of the variables' file. What a full disk does not take is counted.
    pub fn finish(
        mut self,
        wanted: &Capture,
        variables: Option<ValueFile>,
    ) -> (OutputDigest, Captured) {
        for which in [0, 1] {
            let mut rest = Vec::new();
            self.maskers[which].flush(&mut rest);
            self.write(which, &rest);
        }
        let left = variables.map(ValueFile::take).unwrap_or_default();
        let mut masked = Vec::with_capacity(left.bytes.len());
        self.maskers[0].push(&left.bytes, &mut masked);
        self.maskers[0].flush(&mut masked);
        let mut captured = self.keep.capture(wanted, &masked);
        captured.unread = left.unread.or(captured.unread);
        let digest = match self.log.take() {
            Some(log) => log.finish().ok(),
            None => (self.lost == 0).then(Digest::of_nothing),
        };
        let output = match digest {
            Some(digest) => OutputDigest {
                bytes: digest.bytes,
                blake3: digest.blake3,
                lost: self.lost,
                dropped: digest.dropped,
                pieces: digest.pieces.into_iter().map(piece).collect(),
            },
            None => OutputDigest {
                lost: self.lost,
                ..OutputDigest::default()
            },
        };
        (output, captured)
    }
}

/// What comes after what was read.
enum After {
    /// More, now or later.
    More,
    /// Nothing.
    End,
    /// An error.
    Failed(rustix::io::Errno),
}

/// Reads what is there. A terminal gives at most a page at once, so that it is asked until it has
/// no more: what is written and looked after in between costs as much for a page as for many.
fn fill(fd: &OwnedFd, buffer: &mut [u8], terminal: bool) -> (usize, After) {
    let mut count = 0;
    loop {
        match rustix::io::read(fd, &mut buffer[count..]) {
            Ok(0) => return (count, After::End),
            Ok(more) => count += more,
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => return (count, After::More),
            // A terminal says so when nobody holds its other end any more.
            Err(rustix::io::Errno::IO) if terminal => return (count, After::End),
            Err(error) => return (count, After::Failed(error)),
        }
        if !terminal || count == buffer.len() {
            return (count, After::More);
        }
    }
}

fn trouble(error: &io::Error) -> String {
    format!("its output is lost: {}", unwritable(error))
}

fn piece(piece: crate::output::log::Piece) -> LogPiece {
    LogPiece {
        offset: piece.offset,
        bytes: piece.bytes,
        blake3: piece.blake3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_terminal_are_lines() {
        let mut plain = PlainLines::default();
        let mut text = Vec::new();
        for piece in [&b"one\r"[..], b"\n 10%\r 20%\r", b"x\r\r\n"] {
            text.extend_from_slice(plain.push(piece));
        }
        assert_eq!(text, b"one\n 10%\r 20%\rx\r\n");
    }
}
