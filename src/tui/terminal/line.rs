//! The way to the terminal: what is written gets there whole.

use std::{
    io::{self, ErrorKind, Write},
    os::fd::{AsFd, BorrowedFd},
};

use rustix::event::{PollFd, PollFlags, poll};

/// Writes to a descriptor. One that does not wait by itself, since another program has told
/// the terminal so, is waited for: a sequence that ends in its middle spoils the screen.
///
/// The standard output's own buffer would cut frames into lines.
#[derive(Debug)]
pub struct Line<F = BorrowedFd<'static>>(F);

impl Line {
    /// To the standard output.
    pub fn out() -> Self {
        Self(rustix::stdio::stdout())
    }
}

impl<F: AsFd> Write for Line<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match rustix::io::write(&self.0, bytes).map_err(io::Error::from) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    let mut there = [PollFd::new(&self.0, PollFlags::OUT)];
                    // A signal that comes meanwhile is no reason to stop.
                    let _ = poll(&mut there, None);
                }
                done => return done,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use rustix::{
        io::ioctl_fionbio,
        pipe::{PipeFlags, pipe_with},
    };

    use super::*;

    #[test]
    fn what_is_not_waited_for_is_written_whole() {
        let (read, write) = pipe_with(PipeFlags::CLOEXEC).unwrap();
        ioctl_fionbio(&write, true).unwrap();
        let frame: Vec<u8> = (0..1_000_000_u32).map(|n| n.to_le_bytes()[0]).collect();
        let wanted = frame.clone();
        let reader = std::thread::spawn(move || {
            let mut got = Vec::new();
            std::fs::File::from(read).read_to_end(&mut got).unwrap();
            got
        });
        let mut line = Line(write);
        line.write_all(&frame).unwrap();
        drop(line);
        assert!(reader.join().unwrap() == wanted);
    }

    #[test]
    fn a_terminal_that_is_gone_is_an_error() {
        let (read, write) = pipe_with(PipeFlags::CLOEXEC).unwrap();
        ioctl_fionbio(&write, true).unwrap();
        drop(read);
        assert!(Line(write).write_all(&vec![0; 100_000]).is_err());
    }
}
