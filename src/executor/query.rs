//! Read-only questions: bounded, masked, and gone with the console.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::{
    Reports, Secrets, clock,
    process::{Process, Start},
};
use crate::crash;
use crate::engine::{
    Query,
    effect::SecretRef,
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
            crash::point("console.question_asked");
            let (text, ended) = answer(&query, &secrets, &over);
            crash::point("console.question_answered");
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
    let asked = ask_once(
        &query.argv,
        &variables(&query.env, &query.secrets, secrets),
        secrets,
        Duration::from_millis(query.timeout_ms),
        over,
    );
    (asked.text, asked.ended)
}

/// The variables of a question, those that hold secrets among them.
pub fn variables(
    plain: &[(String, String)],
    named: &[SecretRef],
    secrets: &Secrets,
) -> Vec<(String, String)> {
    let held = named.iter().filter_map(|secret| {
        let value = secrets.get(&secret.input)?;
        Some((secret.variable.clone(), value.clone()))
    });
    plain.iter().cloned().chain(held).collect()
}

/// What a question came to. All of it is masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Standard output and standard error as they came.
    pub text: String,
    /// Standard output alone: what values are taken from.
    pub stdout: String,
    /// How the command ended.
    pub ended: Ended,
}

/// Asks and waits for the answer, at most until its time is over or `cancel` is
/// set: also before there is a run, when there is nobody to report to.
pub fn ask_once(
    argv: &[String],
    env: &[(String, String)],
    secrets: &Secrets,
    timeout: Duration,
    cancel: &AtomicBool,
) -> Answer {
    let not_started = |reason: String| Answer {
        text: String::new(),
        stdout: String::new(),
        ended: Ended::NotStarted { reason },
    };
    // All of them: the command inherits the console's environment.
    let hidden: Vec<String> = secrets.values().cloned().collect();
    let masked = |bytes: &[u8]| -> Option<String> {
        let mut masker = Masker::new(&hidden).ok()?;
        let mut safe = Vec::new();
        masker.push(bytes, &mut safe);
        masker.flush(&mut safe);
        let lines: Vec<String> = safe.split(|&byte| byte == b'\n').map(text::plain).collect();
        Some(lines.join("\n").trim_end().to_owned())
    };
    if masked(b"").is_none() {
        return not_started("there are too many secrets to mask".to_owned());
    }
    let env: Vec<_> = env
        .iter()
        .map(|(name, value)| (name.clone(), value.into()))
        .collect();
    let start = Start {
        argv,
        cwd: None,
        env: &env,
    };
    let process = match Process::start(start) {
        Ok(process) => process,
        Err(reason) => return not_started(reason),
    };
    let (kept, ended) = listen(&process, timeout, cancel);
    Answer {
        text: masked(&kept.both).unwrap_or_default(),
        stdout: masked(&kept.stdout).unwrap_or_default(),
        ended,
    }
}

/// What was read, each part up to the limit.
#[derive(Default)]
struct Kept {
    both: Vec<u8>,
    stdout: Vec<u8>,
}

impl Kept {
    fn push(&mut self, bytes: &[u8], is_stdout: bool) {
        let keep = |kept: &mut Vec<u8>| {
            let room = LIMIT - kept.len().min(LIMIT);
            kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
        };
        keep(&mut self.both);
        if is_stdout {
            keep(&mut self.stdout);
        }
    }
}

/// Reads both pipes until the command has ended, its time is over, or nobody
/// wants to know any more; then the whole group is ended.
fn listen(process: &Process, timeout: Duration, over: &AtomicBool) -> (Kept, Ended) {
    let deadline = clock::boottime() + timeout;
    let mut kept = Kept::default();
    let mut open = [true, true];
    let mut ended: Option<(Ended, Duration)> = None;
    loop {
        let now = clock::boottime();
        if ended.is_none() {
            ended = process.try_wait().map(|ended| (ended, now));
        }
        match &ended {
            Some((how, since)) if open == [false, false] || now >= *since + LINGER => {
                // What it left in the background would outlive the console, and a
                // signal would leave one more every time that it is measured.
                if process.group_is_alive() {
                    process.kill_group();
                }
                return (kept, how.clone());
            }
            None if now >= deadline || over.load(Ordering::Relaxed) => {
                process.kill_group();
                return (kept, Ended::Deadline);
            }
            _ => {}
        }
        wait(process, open, ended.is_some());
        let pipes = process.outputs().into_iter().zip([true, false]);
        for (open, (fd, is_stdout)) in open.iter_mut().zip(pipes) {
            let Some(fd) = fd.filter(|_| *open) else {
                continue;
            };
            let mut buffer = [0; 8192];
            match rustix::io::read(fd, &mut buffer) {
                Ok(0) => *open = false,
                Ok(count) => kept.push(&buffer[..count], is_stdout),
                Err(_) => {}
            }
        }
    }
}

/// Sleeps until there is something to read, the command has ended, or it is time
/// to look again.
fn wait(process: &Process, open: [bool; 2], ended: bool) {
    let mut fds: Vec<PollFd<'_>> = Vec::with_capacity(3);
    for (open, fd) in open.iter().zip(process.outputs()) {
        if let (true, Some(fd)) = (*open, fd) {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn bash(script: &str, timeout: Duration, cancel: &AtomicBool) -> Answer {
        let argv = ["bash", "-c", script].map(str::to_owned);
        let secrets = [("token".to_owned(), "hunter2-is-secret".to_owned())].into();
        ask_once(&argv, &[], &secrets, timeout, cancel)
    }

    #[test]
    fn an_answer_is_masked_and_its_streams_are_told_apart() {
        let script = "echo value; echo hunter2-is-secret >&2; exit 3";
        let answer = bash(script, Duration::from_secs(20), &AtomicBool::new(false));
        assert_eq!(answer.ended, Ended::Exit { code: 3 });
        assert_eq!(answer.stdout, "value");
        assert!(answer.text.contains("value"), "{}", answer.text);
        assert!(!answer.text.contains("hunter2"), "{}", answer.text);
    }

    #[test]
    fn a_question_is_bounded_in_time_and_in_bytes() {
        let never = AtomicBool::new(false);
        let began = clock::boottime();
        let answer = bash("echo begun; sleep 60", Duration::from_millis(300), &never);
        assert_eq!(answer.ended, Ended::Deadline);
        assert_eq!(answer.stdout, "begun");
        let flood = bash("yes | head -c 1000000", Duration::from_secs(20), &never);
        assert_eq!(flood.ended, Ended::Exit { code: 0 });
        assert!(flood.stdout.len() <= LIMIT);
        let cancelled = bash("sleep 60", Duration::from_mins(1), &AtomicBool::new(true));
        assert_eq!(cancelled.ended, Ended::Deadline);
        assert!(clock::boottime().saturating_sub(began) < Duration::from_secs(30));
    }

    #[test]
    fn what_a_question_leaves_in_the_background_ends_with_it() {
        let never = AtomicBool::new(false);
        let script = "sleep 300 >/dev/null 2>&1 & echo $!";
        let answer = bash(script, Duration::from_secs(20), &never);
        assert_eq!(answer.ended, Ended::Exit { code: 0 });
        let stat = format!("/proc/{}/stat", answer.stdout);
        let runs = || {
            let stat = std::fs::read_to_string(&stat).unwrap_or_default();
            // A zombie waits for whoever inherits it; it runs no more.
            !stat.is_empty() && !stat.contains(") Z ")
        };
        let until = clock::boottime() + Duration::from_secs(20);
        while runs() && clock::boottime() < until {
            thread::yield_now();
        }
        assert!(!runs(), "{stat}");
    }

    #[test]
    fn a_program_that_is_not_there_is_said() {
        let argv = ["no-such-program-here".to_owned()];
        let secrets = Secrets::new();
        let over = AtomicBool::new(false);
        let answer = ask_once(&argv, &[], &secrets, Duration::from_secs(1), &over);
        assert!(
            matches!(&answer.ended, Ended::NotStarted { reason } if reason.contains("not installed")),
            "{answer:?}"
        );
    }
}
