//! From the command's two pipes into its log.

use std::io;

use rustix::event::{PollFd, PollFlags};

use crate::engine::{
    Launch,
    effect::Capture,
    observed::{Captured, OutputDigest},
};
use crate::executor::{capture::Keep, clock, process::Process};
use crate::output::{Log, Masker, Stream};
use crate::run_dir::AttemptDir;

/// What is read, and so written, at once. Writes of a whole MiB cost twice as much
/// as these: the kernel then looks for large folios, and the bytes leave the cache
/// before they are written and hashed.
const CHUNK: usize = 128 << 10;

/// Reads both pipes, masks secrets, keeps what capture needs, writes the log.
pub struct Pump {
    log: Option<Log>,
    keep: Keep,
    buffer: Vec<u8>,
    masked: Vec<u8>,
    maskers: [Masker; 2],
    open: [bool; 2],
    lost: u64,
}

impl Pump {
    /// A pump into the attempt's log.
    ///
    /// # Errors
    /// When there are too many secrets to mask.
    pub fn new(dir: &AttemptDir, _launch: &Launch, secrets: &[String]) -> io::Result<Self> {
        let masker = || Masker::new(secrets).map_err(io::Error::other);
        Ok(Self {
            // A command runs also where its output cannot be kept; what is lost is counted.
            log: Log::create(dir.path()).ok(),
            keep: Keep::default(),
            buffer: vec![0; CHUNK],
            masked: Vec::new(),
            maskers: [masker()?, masker()?],
            open: [true, true],
            lost: 0,
        })
    }

    /// Both pipes have ended.
    pub fn is_done(&self) -> bool {
        self.open == [false, false]
    }

    /// The pipes that are still open.
    pub fn poll_fds<'a>(&self, process: &'a Process, fds: &mut Vec<PollFd<'a>>) {
        for (open, fd) in self.open.iter().zip([&process.stdout, &process.stderr]) {
            if *open {
                fds.push(PollFd::new(fd, PollFlags::IN));
            }
        }
    }

    /// Reads what is there, once per pipe, so that neither starves the other.
    ///
    /// # Errors
    /// When a pipe cannot be read.
    pub fn read(&mut self, process: &Process) -> io::Result<()> {
        for which in [0, 1] {
            if !self.open[which] {
                continue;
            }
            let fd = [&process.stdout, &process.stderr][which];
            match rustix::io::read(fd, &mut self.buffer[..]) {
                Ok(0) => self.open[which] = false,
                Ok(count) => self.take(which, count),
                Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
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
        if stream == Stream::Out {
            self.keep.push(bytes);
        }
        let written = self
            .log
            .as_mut()
            .map(|log| log.append(stream, bytes, clock::now().timestamp_millis()));
        if !matches!(written, Some(Ok(()))) {
            // A full disk must not block the command: its output goes on into nothing.
            self.lost += bytes.len() as u64;
        }
    }

    /// Writes what masking held back, closes the log and takes the values out.
    /// What a full disk does not take is counted.
    pub fn finish(mut self, wanted: &Capture) -> (OutputDigest, Captured) {
        for which in [0, 1] {
            let mut rest = Vec::new();
            self.maskers[which].flush(&mut rest);
            self.write(which, &rest);
        }
        let captured = self.keep.capture(wanted);
        let digest = self.log.take().map(Log::finish).transpose();
        let output = match digest {
            Ok(Some(digest)) => OutputDigest {
                bytes: digest.bytes,
                blake3: digest.blake3,
                lost: self.lost,
            },
            _ => OutputDigest {
                lost: self.lost,
                ..OutputDigest::default()
            },
        };
        (output, captured)
    }
}
