//! A real pseudo-terminal with the program in it, and someone who reads and types.

#![allow(
    dead_code,
    reason = "each test file that shares this uses another part of it"
)]

use std::{
    fs::File,
    io::{Read, Write},
    num::NonZeroU16,
    os::fd::{AsFd, OwnedFd},
    process::{Child, ExitStatus, Stdio},
    sync::{Arc, Condvar, Mutex, MutexGuard},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, poll},
    pipe::{PipeFlags, pipe_with},
    process::{Pid, Signal, kill_process},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{Termios, Winsize, tcgetattr, tcsetwinsize},
};

use super::sandbox::{PATIENCE, Sandbox, eventually, now};

/// A terminal of 100 by 30 with one program in it.
pub struct Terminal {
    child: Child,
    keyboard: Option<File>,
    /// Whoever looks stops when this is closed.
    looking: Option<(OwnedFd, JoinHandle<()>)>,
    /// Our own hold on the program's side: its modes can be read after the program is gone.
    line: OwnedFd,
    before: Termios,
    seen: Arc<Seen>,
    /// How many keys were pressed.
    pub keys: usize,
    /// When the last one was.
    pressed: Instant,
}

struct Seen {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    parser: vt100::Parser,
    raw: Vec<u8>,
    /// When something came last.
    came: Instant,
}

/// How long a person looks: longer than the console waits for that, also where it is given little time.
const LOOK: Duration = Duration::from_millis(500);
const ROWS: NonZeroU16 = NonZeroU16::new(30).unwrap();
const COLUMNS: NonZeroU16 = NonZeroU16::new(100).unwrap();

impl Terminal {
    /// Starts the program in a terminal that is its controlling one.
    pub fn start(sandbox: &Sandbox, arguments: &[&str]) -> Self {
        Self::start_with(sandbox, arguments, &[])
    }

    /// The same with variables of its own.
    pub fn start_with(sandbox: &Sandbox, arguments: &[&str], env: &[(&str, &str)]) -> Self {
        Self::start_program(sandbox, Sandbox::program(), arguments, env)
    }

    /// Another program.
    pub fn start_program(
        sandbox: &Sandbox,
        program: &str,
        arguments: &[&str],
        env: &[(&str, &str)],
    ) -> Self {
        // `setsid` takes the terminal and becomes the program: the process stays the same.
        Self::start_by(sandbox, &[&["--ctty", program], arguments].concat(), env)
    }

    /// Starts the program in a terminal that is not its controlling one: nobody tells it
    /// when that is gone.
    pub fn start_aside(sandbox: &Sandbox, arguments: &[&str]) -> Self {
        Self::start_by(sandbox, &[&[Sandbox::program()], arguments].concat(), &[])
    }

    fn start_by(sandbox: &Sandbox, arguments: &[&str], env: &[(&str, &str)]) -> Self {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let master = openpt(flags).expect("there are pseudo-terminals");
        grantpt(&master).expect("it is ours");
        unlockpt(&master).expect("it can be unlocked");
        let name = ptsname(&master, Vec::new()).expect("it has a name");
        let flags =
            rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY | rustix::fs::OFlags::CLOEXEC;
        let line = rustix::fs::open(name, flags, rustix::fs::Mode::empty())
            .expect("its other side can be opened");
        let size = Winsize {
            ws_row: ROWS.get(),
            ws_col: COLUMNS.get(),
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&line, size).expect("it has a size");
        let before = tcgetattr(&line).expect("it has modes");
        let end = || Stdio::from(line.try_clone().expect("a descriptor can be copied"));
        let child = sandbox
            .command("setsid")
            .args(arguments)
            .envs(env.iter().copied())
            .stdin(end())
            .stdout(end())
            .stderr(end())
            .spawn()
            .expect("setsid (util-linux) is installed");
        let seen = Arc::new(Seen {
            state: Mutex::new(State {
                parser: vt100::Parser::new(ROWS, COLUMNS, 0),
                raw: Vec::new(),
                came: now(),
            }),
            changed: Condvar::new(),
        });
        let keyboard = File::from(master);
        let reader = keyboard.try_clone().expect("a descriptor can be copied");
        let looks = Arc::clone(&seen);
        let (over, end) = pipe_with(PipeFlags::CLOEXEC).expect("there are pipes");
        let looking = std::thread::spawn(move || look(reader, &over, &looks));
        Self {
            child,
            keyboard: Some(keyboard),
            looking: Some((end, looking)),
            line,
            before,
            seen,
            keys: 0,
            pressed: now(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.seen.state.lock().expect("nobody panics while looking")
    }

    /// Everything that the program ever wrote.
    pub fn raw(&self) -> Vec<u8> {
        self.state().raw.clone()
    }

    pub fn text(&self) -> String {
        self.state().parser.screen().contents()
    }

    /// Waits until something holds of the screen.
    pub fn until(&self, what: &str, holds: impl Fn(&vt100::Screen) -> bool) {
        self.wait(PATIENCE, what, |state| holds(state.parser.screen()));
    }

    /// Waits until the program has written these bytes.
    pub fn until_raw(&self, what: &str, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes).into_owned();
        self.wait(PATIENCE, &format!("{what}: {text:?}"), |state| {
            state.raw.windows(bytes.len()).any(|part| part == bytes)
        });
    }

    /// Waits until something holds, so long at most.
    fn wait(&self, patience: Duration, what: &str, holds: impl Fn(&State) -> bool) {
        let began = now();
        let mut state = self.state();
        while !holds(&state) {
            let left = patience.saturating_sub(began.elapsed());
            if left.is_zero() {
                let text = state.parser.screen().contents();
                drop(state);
                panic!("waited in vain for {what}:\n{text}");
            }
            (state, _) = self
                .seen
                .changed
                .wait_timeout(state, left)
                .expect("nobody panics while looking");
        }
    }

    /// Waits until all of these stand on the screen.
    pub fn sees(&self, wanted: &[&str]) {
        self.until(&format!("{wanted:?}"), |screen| {
            let text = screen.contents();
            wanted.iter().all(|words| text.contains(words))
        });
    }

    /// The same for what takes its time.
    pub fn sees_within(&self, patience: Duration, wanted: &[&str]) {
        self.wait(patience, &format!("{wanted:?}"), |state| {
            let text = state.parser.screen().contents();
            wanted.iter().all(|words| text.contains(words))
        });
    }

    /// What stands there once nothing more comes: a frame may be read in parts, and what is
    /// looked up beside the screen may be drawn a frame later.
    pub fn settled(&self) -> String {
        let began = now();
        let mut text = self.text();
        loop {
            std::thread::sleep(Duration::from_millis(500));
            let next = self.text();
            if next == text || began.elapsed() > PATIENCE {
                return next;
            }
            text = next;
        }
    }

    /// Presses keys: `Enter`, `Esc`, or letters, each of which is one key. Before one that may
    /// make something happen, what stands there was looked at, as a person does: it may have
    /// come up just now.
    pub fn press(&mut self, key: &str) {
        if matches!(key, "Enter" | "y" | "t" | "r" | "\u{13}") {
            // What the key before did is still to come.
            let last = self.pressed.max(self.state().came);
            std::thread::sleep(LOOK.saturating_sub(last.elapsed()));
        }
        let (bytes, count) = match key {
            "Enter" => ("\r", 1),
            "Esc" => ("\u{1b}", 1),
            letters => (letters, letters.chars().count()),
        };
        self.keys += count;
        self.pressed = now();
        self.keyboard
            .as_mut()
            .expect("it was not hung up")
            .write_all(bytes.as_bytes())
            .expect("the terminal takes keys");
    }

    /// Gives the terminal another size.
    pub fn resize(&self, columns: u16, rows: u16) {
        let size = Winsize {
            ws_row: rows,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        let some = |size| NonZeroU16::new(size).expect("a size is no nought");
        let mut state = self.state();
        state
            .parser
            .screen_mut()
            .set_size(some(rows), some(columns));
        drop(state);
        tcsetwinsize(&self.line, size).expect("it takes a size");
    }

    /// The line goes dead.
    pub fn hang_up(&mut self) {
        self.keyboard = None;
        let (end, looking) = self.looking.take().expect("it is hung up once");
        drop(end);
        looking.join().expect("nobody panics while looking");
    }

    /// Another program writes to the terminal.
    pub fn scribble(&self, text: &str) {
        let line = self.line.try_clone().expect("a descriptor can be copied");
        File::from(line)
            .write_all(text.as_bytes())
            .expect("the terminal takes it");
    }

    /// What stands there now.
    pub fn screen(&self) -> vt100::Screen {
        self.state().parser.screen().clone()
    }

    /// What would stand there now if the terminal had no other screen than the shell's.
    pub fn with_one_screen(&self) -> vt100::Screen {
        let mut parser = vt100::Parser::new(ROWS, COLUMNS, 0);
        let raw = String::from_utf8_lossy(&self.raw()).into_owned();
        let raw = raw.replace("\u{1b}[?1049h", "");
        parser.process(raw.replace("\u{1b}[?1049l", "").as_bytes());
        parser.screen().clone()
    }

    /// The number of the program's process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        kill_process(pid.expect("a child has a number"), signal).expect("it can be signalled");
    }

    /// Waits until the program stands still.
    pub fn is_stopped(&self) {
        let path = format!("/proc/{}/stat", self.child.id());
        eventually("the program is stopped", || {
            let stat = std::fs::read_to_string(&path).map_err(|error| error.to_string())?;
            // The state follows the name, which stands in parentheses.
            match stat.rsplit_once(") ") {
                Some((_, rest)) if rest.starts_with('T') => Ok(()),
                _ => Err(stat),
            }
        });
    }

    /// How the program ended.
    pub fn ends(&mut self) -> ExitStatus {
        let began = now();
        loop {
            if let Some(status) = self.child.try_wait().expect("it is our child") {
                return status;
            }
            assert!(began.elapsed() < PATIENCE, "it goes on:\n{}", self.text());
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    }

    /// The terminal is as it was before the program came.
    pub fn is_restored(&self) {
        self.until("the terminal's own screen", |screen| {
            !screen.alternate_screen()
        });
        self.until("a cursor", |screen| !screen.hide_cursor());
        self.until("plain pasting", |screen| !screen.bracketed_paste());
        self.until("the mouse left alone", |screen| {
            screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None
        });
        let after = tcgetattr(self.line.as_fd()).expect("it has modes");
        let modes = |of: &Termios| {
            (
                of.input_modes,
                of.output_modes,
                of.control_modes,
                of.local_modes,
            )
        };
        assert_eq!(modes(&after), modes(&self.before));
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Of a test that failed half-way; otherwise it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn look(mut reader: File, over: &OwnedFd, seen: &Seen) {
    let mut buffer = [0; 4096];
    loop {
        let mut there = [
            PollFd::new(&reader, PollFlags::IN),
            PollFd::new(over, PollFlags::empty()),
        ];
        if poll(&mut there, None).is_err() {
            continue;
        }
        if !there[1].revents().is_empty() {
            return;
        }
        // The terminal ends when its last holder does.
        let Ok(count @ 1..) = reader.read(&mut buffer) else {
            return;
        };
        let Ok(mut state) = seen.state.lock() else {
            return;
        };
        state.raw.extend_from_slice(&buffer[..count]);
        state.parser.process(&buffer[..count]);
        state.came = now();
        seen.changed.notify_all();
    }
}
