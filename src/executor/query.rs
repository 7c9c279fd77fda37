//! Read-only questions: bounded, masked, and gone with the console.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    process::Signal,
};

use super::{Reports, Secrets, clock, process::Process};
use crate::engine::{
    Query,
    observed::{Ended, Observed},
};
use crate::output::{Masker, text};

/// How much of an answer is kept.
const LIMIT: usize = 64 << 10;
/// How long output is still read after the command has ended.
const LINGER: Duration = Duration::from_millis(300);
/// How often a question looks whether anybody still wants to know.
const LOOK: Duration = Duration::from_millis(200);

/// Questions end when this is dropped.
#[derive(Debug, Default)]
pub struct Asking {
    over: Arc<AtomicBool>,
    threads: Vec<thread::JoinHandle<()>>,
}

impl Drop for Asking {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            // It looks five times a second; a panic there was reported there.
            let _ = thread.join();
        }
    }
}

/// Asks on a thread of its own and reports the answer.
pub fn ask(asking: &mut Asking, query: Query, secrets: Secrets, reports: Reports) {
    let over = Arc::clone(&asking.over);
    let of = query.of.clone();
    let asked = reports.clone();
    let spawned = thread::Builder::new()
        .name("query".to_owned())
        .stack_size(512 << 10)
        .spawn(move || {
            let (text, ended) = answer(&query, &secrets, &over);
            let _ = reports.send(Observed::Answered {
                of: query.of,
                text,
                ended,
            });
        });
    match spawned {
        Ok(thread) => {
            asking.threads.retain(|thread| !thread.is_finished());
            asking.threads.push(thread);
        }
        Err(error) => {
            let _ = asked.send(Observed::Answered {
                of,
                text: String::new(),
                ended: Ended::NotStarted {
                    reason: error.to_string(),
                },
            });
        }
    }
}

fn answer(query: &Query, secrets: &Secrets, over: &AtomicBool) -> (String, Ended) {
    let not_started = |reason: String| (String::new(), Ended::NotStarted { reason });
    let mut env = query.env.clone();
    for secret in &query.secrets {
        if let Some(value) = secrets.get(&secret.input) {
            env.push((secret.variable.clone(), value.clone()));
        }
    }
    // All of them: the command inherits the console's environment.
    let hidden: Vec<String> = secrets.values().cloned().collect();
    let Ok(mut masker) = Masker::new(&hidden) else {
        return not_started("there are too many secrets to mask".to_owned());
    };
    let process = match Process::start(&query.argv, None, &env) {
        Ok(process) => process,
        Err(reason) => return not_started(reason),
    };
    let (kept, ended) = listen(&process, Duration::from_millis(query.timeout_ms), over);
    let mut bytes = Vec::new();
    masker.push(&kept, &mut bytes);
    masker.flush(&mut bytes);
    let lines: Vec<String> = bytes
        .split(|&byte| byte == b'\n')
        .map(text::plain)
        .collect();
    (lines.join("\n").trim_end().to_owned(), ended)
}

/// Reads both pipes until the command has ended, its time is over, or nobody
/// wants to know any more; then the whole group is ended.
fn listen(process: &Process, timeout: Duration, over: &AtomicBool) -> (Vec<u8>, Ended) {
    let deadline = clock::boottime() + timeout;
    let mut kept = Vec::new();
    let mut open = [true, true];
    let mut ended: Option<(Ended, Duration)> = None;
    loop {
        let now = clock::boottime();
        if ended.is_none() {
            ended = process.try_wait().map(|ended| (ended, now));
        }
        match &ended {
            Some((how, since)) if open == [false, false] || now >= *since + LINGER => {
                return (kept, how.clone());
            }
            None if now >= deadline || over.load(Ordering::Relaxed) => {
                process.signal(Signal::KILL);
                return (kept, Ended::Deadline);
            }
            _ => {}
        }
        wait(process, open, ended.is_some());
        for (open, fd) in open.iter_mut().zip([&process.stdout, &process.stderr]) {
            let mut buffer = [0; 8192];
            match rustix::io::read(fd, &mut buffer) {
                Ok(0) => *open = false,
                Ok(count) => {
                    let room = LIMIT - kept.len().min(LIMIT);
                    kept.extend_from_slice(&buffer[..count.min(room)]);
                }
                Err(_) => {}
            }
        }
    }
}

/// Sleeps until there is something to read, the command has ended, or it is time
/// to look again.
fn wait(process: &Process, open: [bool; 2], ended: bool) {
    let mut fds: Vec<PollFd<'_>> = Vec::with_capacity(3);
    for (open, fd) in open.iter().zip([&process.stdout, &process.stderr]) {
        if *open {
            fds.push(PollFd::new(fd, PollFlags::IN));
        }
    }
    if let (Some(watch), false) = (&process.ended, ended) {
        fds.push(PollFd::new(watch, PollFlags::IN));
    }
    let look = if ended { LOOK / 4 } else { LOOK };
    let timeout = Timespec {
        tv_sec: 0,
        tv_nsec: look.subsec_nanos().into(),
    };
    // An interrupted wait is only a shorter one.
    let _ = poll(&mut fds, Some(&timeout));
}
