//! Read-only questions: bounded, masked, and gone with the console.

use std::{
    io::Read,
    os::unix::process::CommandExt,
    sync::mpsc::{RecvTimeoutError, channel},
    thread,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process_group};

use super::{Reports, Secrets};
use crate::engine::{
    Query,
    observed::{Ended, Observed},
};
use crate::output::{Masker, text};

/// How much of an answer is kept.
const LIMIT: usize = 64 << 10;

/// Asks on a thread of its own and reports the answer.
pub fn ask(query: Query, secrets: Secrets, reports: Reports) {
    let gate = query.gate.clone();
    let asked = reports.clone();
    let spawned = thread::Builder::new()
        .name("query".to_owned())
        .stack_size(512 << 10)
        .spawn(move || {
            let (text, ended) = answer(&query, &secrets);
            let _ = reports.send(Observed::Evidence {
                gate: query.gate,
                text,
                ended,
            });
        });
    if let Err(error) = spawned {
        let _ = asked.send(Observed::Evidence {
            gate,
            text: String::new(),
            ended: Ended::NotStarted {
                reason: error.to_string(),
            },
        });
    }
}

fn answer(query: &Query, secrets: &Secrets) -> (String, Ended) {
    let not_started = |reason: String| (String::new(), Ended::NotStarted { reason });
    let Some((program, arguments)) = query.argv.split_first() else {
        return not_started("there is no program to run".to_owned());
    };
    let mut expression = duct::cmd(program, arguments)
        .stdin_null()
        .stderr_to_stdout()
        .unchecked()
        .before_spawn(|command| {
            command.process_group(0);
            Ok(())
        });
    for (name, value) in &query.env {
        expression = expression.env(name, value);
    }
    let mut used = Vec::new();
    for secret in &query.secrets {
        if let Some(value) = secrets.get(&secret.input) {
            expression = expression.env(&secret.variable, value);
            used.push(value.clone());
        }
    }
    let Ok(mut masker) = Masker::new(&used) else {
        return not_started("there are too many secrets to mask".to_owned());
    };
    let reader = match expression.reader() {
        Ok(reader) => reader,
        Err(error) => return not_started(format!("`{program}` cannot be started: {error}")),
    };
    let group = reader
        .pids()
        .first()
        .and_then(|&pid| i32::try_from(pid).ok())
        .and_then(Pid::from_raw);
    // The watch on the time ends when this sender is dropped.
    let (done, watch) = channel::<()>();
    let timeout = Duration::from_millis(query.timeout_ms);
    let watcher = thread::spawn(move || {
        let late = watch.recv_timeout(timeout) == Err(RecvTimeoutError::Timeout);
        if late && let Some(group) = group {
            let _ = kill_process_group(group, Signal::KILL);
        }
        late
    });
    let mut kept = Vec::new();
    let mut buffer = [0; 8192];
    while let Ok(count) = (&reader).read(&mut buffer)
        && count > 0
    {
        let room = LIMIT - kept.len().min(LIMIT);
        kept.extend_from_slice(&buffer[..count.min(room)]);
    }
    let status = reader.try_wait().ok().flatten().map(|output| output.status);
    drop(done);
    let late = watcher.join().unwrap_or(false);
    let mut bytes = Vec::new();
    masker.push(&kept, &mut bytes);
    masker.flush(&mut bytes);
    let ended = match (late, status) {
        (true, _) => Ended::Deadline,
        (false, Some(status)) => super::process::ended(status),
        (false, None) => Ended::Lost,
    };
    let lines: Vec<String> = bytes
        .split(|&byte| byte == b'\n')
        .map(text::plain)
        .collect();
    (lines.join("\n").trim_end().to_owned(), ended)
}
