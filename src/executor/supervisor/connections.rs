//! The consoles that a supervisor talks to: the one that launched it, and any
//! that came later through the control socket.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    os::unix::net::{UnixListener, UnixStream},
};

use rustix::event::{PollFd, PollFlags};

use crate::executor::{
    attach::control_path,
    protocol::{MAX_LINE, Reply, Request},
};
use crate::run_dir::AttemptDir;

/// The most bytes of a request after the first one.
const MAX_REQUEST: usize = 4096;

/// Reads the first request, which may hold a long script.
pub fn read_request(stream: &mut UnixStream) -> io::Result<Request> {
    let mut line = String::new();
    BufReader::with_capacity(64 << 10, stream.take(MAX_LINE as u64)).read_line(&mut line)?;
    serde_json::from_str(&line).map_err(io::Error::other)
}

/// Sends a reply.
pub fn reply(stream: &mut UnixStream, reply: &Reply) -> io::Result<()> {
    let mut line = serde_json::to_vec(reply)?;
    line.push(b'\n');
    stream.write_all(&line)
}

struct Connection {
    stream: UnixStream,
    received: Vec<u8>,
}

/// All consoles.
pub struct Connections {
    listener: Option<UnixListener>,
    open: Vec<Connection>,
    /// The last news, for consoles that come later.
    started: Option<u32>,
}

impl Connections {
    /// Listens for consoles in the attempt's directory.
    ///
    /// # Errors
    /// When the first console's socket cannot be used.
    pub fn listen(dir: &AttemptDir, console: UnixStream) -> io::Result<Self> {
        console.set_nonblocking(true)?;
        // Without the control socket a later console can still wait for the exit
        // record; it only cannot stop the command.
        let listener = control_path(dir).and_then(|control| {
            let listener = UnixListener::bind(control.path())?;
            listener.set_nonblocking(true)?;
            Ok(listener)
        });
        Ok(Self {
            listener: listener.ok(),
            open: vec![Connection {
                stream: console,
                received: Vec::new(),
            }],
            started: None,
        })
    }

    /// What to wait for.
    pub fn poll_fds<'a>(&'a self, fds: &mut Vec<PollFd<'a>>) {
        if let Some(listener) = &self.listener {
            fds.push(PollFd::new(listener, PollFlags::IN));
        }
        for connection in &self.open {
            fds.push(PollFd::new(&connection.stream, PollFlags::IN));
        }
    }

    /// Tells every console; one that cannot listen any more is forgotten.
    pub fn tell(&mut self, news: &Reply) {
        if let Reply::Started { pid } = news {
            self.started = Some(*pid);
        }
        self.open
            .retain_mut(|connection| reply(&mut connection.stream, news).is_ok());
    }

    /// Takes in new consoles and requests: whether one asks to stop this attempt.
    pub fn wants_stop(&mut self, attempt: u32) -> bool {
        while let Some(Ok((stream, _))) = self.listener.as_ref().map(UnixListener::accept) {
            let mut stream = stream;
            let ready = stream
                .set_nonblocking(true)
                .and_then(|()| match self.started {
                    Some(pid) => reply(&mut stream, &Reply::Started { pid }),
                    None => Ok(()),
                });
            if ready.is_ok() {
                self.open.push(Connection {
                    stream,
                    received: Vec::new(),
                });
            }
        }
        let mut stop = false;
        self.open.retain_mut(|connection| {
            let alive = connection.receive();
            while let Some(end) = connection.received.iter().position(|&byte| byte == b'\n') {
                let line: Vec<u8> = connection.received.drain(..=end).collect();
                if let Ok(Request::Stop { attempt: meant }) = serde_json::from_slice(&line) {
                    stop |= meant == attempt;
                }
            }
            alive
        });
        stop
    }

    /// Removes the control socket.
    pub fn close(self, dir: &AttemptDir) {
        drop(self.listener);
        let _ = std::fs::remove_file(dir.path().join("control"));
    }
}

impl Connection {
    /// Reads what is there; false when the console is gone or talks nonsense.
    fn receive(&mut self) -> bool {
        let mut buffer = [0; 512];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => return false,
                Ok(count) => self.received.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return false,
            }
            if self.received.len() > MAX_REQUEST {
                return false;
            }
        }
        true
    }
}
