//! The consoles that a supervisor talks to: the one that launched it, and any
//! that came later through the control socket.

use std::{
    io::{self, Read, Write},
    os::unix::net::{UnixListener, UnixStream},
    time::Duration,
};

use rustix::event::{PollFd, PollFlags};

use crate::executor::{
    attach::{control_path, is_known},
    clock,
    protocol::{MAX_LINE, MAX_REQUEST, Reply, Request},
    terminal::Size,
};
use crate::run_dir::AttemptDir;

/// How long nobody is let in after that failed, for want of descriptors most
/// likely: the socket stays ready, and looking again at once would be all that
/// this process does.
const PAUSE: Duration = Duration::from_secs(1);
/// How long a command runs before consoles that come later can talk to its supervisor.
/// Most commands are over by then, and a socket that is made and removed costs each of
/// them more than it is worth: who comes earlier finds out a moment later.
const OPEN_AFTER: Duration = Duration::from_millis(100);
/// More consoles than anybody opens.
const MAX_CONSOLES: usize = 64;
/// The most that is taken from one console before the command has its turn.
const MAX_TURN: usize = 64 << 10;

/// Sends a reply.
pub fn reply(stream: &mut UnixStream, reply: &Reply) -> io::Result<()> {
    let mut line = serde_json::to_vec(reply)?;
    line.push(b'\n');
    stream.write_all(&line)
}

/// What consoles asked for since the last look, all of it about this attempt.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Stop the command.
    pub stop: bool,
    /// What was typed.
    pub typed: Vec<u8>,
    /// The size of the terminal, if another one is wanted.
    pub size: Option<Size>,
    /// A console's journal has the attempt's end.
    pub recorded: bool,
}

/// A console that is connected.
pub struct Connection {
    stream: UnixStream,
    received: Vec<u8>,
    /// It launched the attempt, and may launch the next one.
    launches: bool,
}

/// The way in for consoles that come later.
enum Door {
    /// It is made when this moment has come.
    NotYet(Duration, AttemptDir),
    /// Others are let in.
    Open(UnixListener),
    /// It could not be made. A later console can still wait for the exit record; it
    /// only cannot stop the command.
    Missing,
}

/// All consoles.
pub struct Connections {
    attempt: u32,
    door: Door,
    /// Until when nobody is let in.
    paused: Option<Duration>,
    open: Vec<Connection>,
    /// The news that consoles which come later have to know.
    started: Option<Reply>,
    silent: Option<Reply>,
    trouble: Option<Reply>,
    unsaved: Option<Reply>,
}

impl Connections {
    /// The first console, which may have said something already; later ones are let
    /// in through the attempt's directory.
    ///
    /// # Errors
    /// When the first console's socket cannot be used.
    pub fn begin(dir: &AttemptDir, attempt: u32, console: Connection) -> io::Result<Self> {
        console.stream.set_nonblocking(true)?;
        Ok(Self {
            attempt,
            door: Door::NotYet(clock::boottime() + OPEN_AFTER, dir.clone()),
            paused: None,
            open: vec![console],
            started: None,
            silent: None,
            trouble: None,
            unsaved: None,
        })
    }

    /// What to wait for.
    pub fn poll_fds<'a>(&'a self, fds: &mut Vec<PollFd<'a>>) {
        if let (Door::Open(listener), None) = (&self.door, self.paused) {
            fds.push(PollFd::new(listener, PollFlags::IN));
        }
        for connection in &self.open {
            fds.push(PollFd::new(&connection.stream, PollFlags::IN));
        }
    }

    /// When to look again although nothing happened.
    pub fn due(&self) -> Option<Duration> {
        let said = |connection: &Connection| connection.received.contains(&b'\n');
        if self.open.iter().any(said) {
            // It came along with the first request.
            return Some(Duration::ZERO);
        }
        match self.door {
            Door::NotYet(due, _) => Some(due),
            Door::Open(_) => self.paused,
            Door::Missing => None,
        }
    }

    /// Tells every console; one that cannot listen any more is forgotten.
    pub fn tell(&mut self, news: Reply) {
        self.open
            .retain_mut(|connection| reply(&mut connection.stream, &news).is_ok());
        match news {
            Reply::Started { .. } => self.started = Some(news),
            Reply::Silent { .. } => self.silent = Some(news),
            Reply::Trouble { ref what } => self.trouble = what.is_some().then_some(news),
            Reply::Unsaved { .. } => self.unsaved = Some(news),
            Reply::Finished { .. } | Reply::Claimed | Reply::Waiting => {}
        }
    }

    /// The command has printed something: later consoles need not know of its silence.
    pub fn silence_is_over(&mut self) {
        self.silent = None;
    }

    /// Takes in new consoles and what all of them ask for.
    pub fn asked(&mut self) -> Asked {
        self.let_in();
        let mut asked = Asked::default();
        let attempt = self.attempt;
        self.open.retain_mut(|connection| {
            let alive = connection.receive();
            connection.understand(attempt, &mut asked) && alive
        });
        asked
    }

    fn let_in(&mut self) {
        if let Door::NotYet(due, dir) = &self.door {
            if clock::boottime() < *due {
                return;
            }
            self.door = listen(dir).map_or(Door::Missing, Door::Open);
        }
        if self.paused.is_some_and(|until| clock::boottime() < until) {
            return;
        }
        self.paused = None;
        let Door::Open(listener) = &self.door else {
            return;
        };
        loop {
            match listener.accept() {
                // Others cannot reach into the folder; this does not rest on that.
                Ok((stream, _)) if is_known(&stream).is_err() => {}
                Ok((mut stream, _)) if self.open.len() < MAX_CONSOLES => {
                    let known = [&self.started, &self.silent, &self.trouble, &self.unsaved];
                    let ready = stream.set_nonblocking(true).and_then(|()| {
                        known
                            .into_iter()
                            .flatten()
                            .try_for_each(|news| reply(&mut stream, news))
                    });
                    if ready.is_ok() {
                        self.open.push(Connection {
                            stream,
                            received: Vec::new(),
                            launches: false,
                        });
                    }
                }
                Ok(_) => {}
                Err(error) => match error.kind() {
                    io::ErrorKind::WouldBlock => return,
                    // Who knocked is gone again.
                    io::ErrorKind::Interrupted | io::ErrorKind::ConnectionAborted => {}
                    _ => {
                        self.paused = Some(clock::boottime() + PAUSE);
                        return;
                    }
                },
            }
        }
    }

    /// Removes the control socket and lets all consoles go; the one that launched the
    /// attempt, if it is still there.
    pub fn close(self, dir: &AttemptDir) -> Option<Connection> {
        if let Door::Open(listener) = self.door {
            drop(listener);
            let _ = std::fs::remove_file(dir.path().join("control"));
        }
        self.open.into_iter().find(|console| console.launches)
    }
}

fn listen(dir: &AttemptDir) -> io::Result<UnixListener> {
    let control = control_path(dir)?;
    let listener = UnixListener::bind(control.path())?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

impl Connection {
    /// The console that this process was started by.
    pub fn of_launcher(stream: UnixStream) -> Self {
        Self {
            stream,
            received: Vec::new(),
            launches: true,
        }
    }

    /// Says something to it, while nothing runs.
    ///
    /// # Errors
    /// When it is gone.
    pub fn tell(&mut self, news: &Reply) -> io::Result<()> {
        reply(&mut self.stream, news)
    }

    /// Waits for what it asks next, while nothing runs; nothing when it is gone. A
    /// request may hold a long script.
    ///
    /// # Errors
    /// When it talks nonsense.
    pub fn next_request(&mut self) -> io::Result<Option<Request>> {
        self.stream.set_nonblocking(false)?;
        let mut looked_at = 0;
        loop {
            if let Some(at) = memchr::memchr(b'\n', &self.received[looked_at..]) {
                let request = serde_json::from_slice(&self.received[..looked_at + at]);
                self.received.drain(..=looked_at + at);
                return request.map(Some).map_err(io::Error::other);
            }
            looked_at = self.received.len();
            if looked_at > MAX_LINE {
                return Err(io::Error::other("what the console says has no end"));
            }
            let mut buffer = [0; 16 << 10];
            match self.stream.read(&mut buffer) {
                Ok(0) => return Ok(None),
                Ok(count) => self.received.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Reads what is there; false when the console is gone.
    fn receive(&mut self) -> bool {
        let mut buffer = [0; 4096];
        while self.received.len() < MAX_TURN {
            match self.stream.read(&mut buffer) {
                Ok(0) => return false,
                Ok(count) => self.received.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return false,
            }
        }
        true
    }

    /// Takes the whole lines; false when the console talks nonsense.
    fn understand(&mut self, attempt: u32, asked: &mut Asked) -> bool {
        let whole = memchr::memrchr(b'\n', &self.received).map_or(0, |at| at + 1);
        for line in self.received[..whole].split(|&byte| byte == b'\n') {
            if line.len() > MAX_REQUEST {
                return false;
            }
            // A request that this version does not know is passed over.
            match serde_json::from_slice(line) {
                Ok(Request::Stop { attempt: meant }) if meant == attempt => asked.stop = true,
                Ok(Request::Recorded { attempt: meant }) if meant == attempt => {
                    asked.recorded = true;
                }
                Ok(Request::Input {
                    attempt: meant,
                    bytes,
                }) if meant == attempt => asked.typed.extend(bytes),
                Ok(Request::Resize {
                    attempt: meant,
                    size,
                }) if meant == attempt => asked.size = Some(size),
                _ => {}
            }
        }
        self.received.drain(..whole);
        self.received.len() <= MAX_REQUEST
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};

    use super::*;
    use crate::executor::attach::connect;

    fn connected() -> (tempfile::TempDir, Connections, UnixStream) {
        let scratch = tempfile::tempdir().unwrap();
        let (ours, theirs) = UnixStream::pair().unwrap();
        let dir = AttemptDir::at(scratch.path().to_owned());
        let console = Connection::of_launcher(theirs);
        let mut connections = Connections::begin(&dir, 7, console).unwrap();
        connections.door = listen(&dir).map_or(Door::Missing, Door::Open);
        (scratch, connections, ours)
    }

    fn say(stream: &mut UnixStream, request: &Request) {
        let mut line = serde_json::to_vec(request).unwrap();
        line.push(b'\n');
        stream.write_all(&line).unwrap();
    }

    #[test]
    fn requests_of_other_attempts_are_passed_over() {
        let (_scratch, mut connections, mut console) = connected();
        say(&mut console, &Request::Stop { attempt: 6 });
        let typed = |attempt, bytes: &[u8]| Request::Input {
            attempt,
            bytes: bytes.to_vec(),
        };
        say(&mut console, &typed(6, b"no"));
        say(&mut console, &typed(7, b"ye"));
        console.write_all(b"{\"from_the_future\":{}}\n").unwrap();
        say(&mut console, &typed(7, b"s"));
        let asked = connections.asked();
        assert_eq!((asked.stop, asked.typed), (false, b"yes".to_vec()));
        say(&mut console, &Request::Stop { attempt: 7 });
        assert!(connections.asked().stop);
    }

    #[test]
    fn what_is_said_along_with_the_first_request_is_not_lost() {
        let (mut console, ours) = UnixStream::pair().unwrap();
        say(&mut console, &Request::Stop { attempt: 1 });
        say(&mut console, &Request::Stop { attempt: 7 });
        let mut ours = Connection::of_launcher(ours);
        let first = ours.next_request().unwrap().unwrap();
        assert!(matches!(first, Request::Stop { attempt: 1 }));
        let scratch = tempfile::tempdir().unwrap();
        let dir = AttemptDir::at(scratch.path().to_owned());
        let mut connections = Connections::begin(&dir, 7, ours).unwrap();
        assert_eq!(connections.due(), Some(Duration::ZERO));
        assert!(connections.asked().stop);
        assert_ne!(connections.due(), Some(Duration::ZERO));
    }

    #[test]
    fn who_launched_an_attempt_is_heard_again_behind_its_end() {
        let (scratch, mut connections, mut first) = connected();
        let dir = AttemptDir::at(scratch.path().to_owned());
        let _later = connect(&dir).unwrap();
        connections.asked();
        assert_eq!(connections.open.len(), 2);
        // Half a request came while the attempt ran, the rest behind its end.
        first.write_all(b"{\"stop\":{\"att").unwrap();
        connections.asked();
        let mut launcher = connections.close(&dir).unwrap();
        first.write_all(b"empt\":7}}\n").unwrap();
        say(&mut first, &Request::Recorded { attempt: 7 });
        let next = launcher.next_request().unwrap().unwrap();
        assert!(matches!(next, Request::Stop { attempt: 7 }), "{next:?}");
        let next = launcher.next_request().unwrap().unwrap();
        assert!(matches!(next, Request::Recorded { attempt: 7 }), "{next:?}");
        drop(first);
        assert!(launcher.next_request().unwrap().is_none());
    }

    #[test]
    fn a_command_that_is_over_at_once_needs_no_socket() {
        let scratch = tempfile::tempdir().unwrap();
        let dir = AttemptDir::at(scratch.path().to_owned());
        let begin = |theirs| Connections::begin(&dir, 7, Connection::of_launcher(theirs)).unwrap();
        let (_console, theirs) = UnixStream::pair().unwrap();
        let mut connections = begin(theirs);
        connections.asked();
        assert!(connect(&dir).is_err());
        let due = connections.due().unwrap();
        while clock::boottime() < due {
            std::thread::sleep(due.saturating_sub(clock::boottime()));
        }
        connections.asked();
        assert!(connect(&dir).is_ok());
        assert_eq!(connections.due(), None);
        connections.close(&dir);
        assert!(!scratch.path().join("control").exists());
    }

    #[test]
    fn the_longest_typing_fits_and_nonsense_ends_the_connection() {
        let (_scratch, mut connections, mut console) = connected();
        let bytes = vec![255; crate::executor::protocol::MAX_INPUT];
        let attempt = 7;
        for _ in 0..30 {
            say(
                &mut console,
                &Request::Input {
                    attempt,
                    bytes: bytes.clone(),
                },
            );
        }
        let mut typed = 0;
        for _ in 0..10 {
            typed += connections.asked().typed.len();
        }
        assert_eq!(typed, 30 * bytes.len());
        console.write_all(&[b'x'; 2 * MAX_REQUEST]).unwrap();
        connections.asked();
        assert!(connections.open.is_empty());
    }

    #[test]
    fn a_console_that_comes_later_learns_what_it_missed() {
        let (scratch, mut connections, _first) = connected();
        connections.tell(Reply::Started { pid: 9 });
        let since = clock::now();
        connections.tell(Reply::Silent { since });
        let control = control_path(&AttemptDir::at(scratch.path().to_owned())).unwrap();
        let lines = |connections: &mut Connections| {
            let later = UnixStream::connect(control.path()).unwrap();
            connections.asked();
            later.set_nonblocking(true).unwrap();
            BufReader::new(later).lines().map_while(Result::ok).count()
        };
        assert_eq!(lines(&mut connections), 2);
        connections.silence_is_over();
        assert_eq!(lines(&mut connections), 1);
    }
}
