//! Places at which the crash laboratory kills this very process.
//!
//! Every change of state that has to survive a crash passes a named point. In the
//! program that people run a point is nothing: it compiles to no code at all. With
//! the feature `crash-points`, which only the tests turn on, the process that
//! passes the point named by `RBCONSOLE_CRASH_AT` kills itself there, as `kill -9`
//! would: `NAME`, or `NAME:N` for the N-th passing. `RBCONSOLE_CRASH_TRACE` names a
//! file that gets a line for each point that is passed; with it the passings of all
//! processes count together. See `tests/crash/README.md`.

use std::io::Write;

/// Every point, in about the order in which a run passes them. Those of a console
/// kill consoles only, those of a supervisor (and of the process that it turns into
/// a command with a terminal) supervisors only.
pub const POINTS: &[&str] = &[
    // A run begins.
    "console.run_dir_made",
    "console.runbook_pinned",
    "console.used_pinned",
    "console.lock_taken",
    "console.journal_made",
    "console.run_recorded",
    // An event becomes durable, and only then counts.
    "console.append_begun",
    "console.append_half",
    "console.append_written",
    "console.append_synced",
    "console.event_folded",
    // A command is launched.
    "console.launch_begun",
    "console.attempt_dir_made",
    "console.spec_written",
    "console.supervisor_spawned",
    "console.begin_sent",
    // What comes back.
    "console.report_heard",
    "console.question_asked",
    "console.question_answered",
    // What others leave for the driver.
    "console.note_written",
    "console.note_found",
    "console.note_recorded",
    "console.note_removed",
    // The run ends.
    "console.closing",
    "console.closed",
    "console.report_written",
    // A run is taken up again.
    "console.torn_cut",
    "console.resume_read",
    "console.resume_folded",
    "console.claim_made",
    "console.claim_filled",
    "console.resume_adopted",
    "console.resume_asked",
    // A command runs.
    "supervisor.begun",
    "supervisor.begin_read",
    "supervisor.locked",
    "supervisor.claim_made",
    "supervisor.claim_filled",
    "supervisor.listening",
    "supervisor.ready",
    "supervisor.terminal_taken",
    "supervisor.forked",
    "supervisor.started_recorded",
    "supervisor.started_told",
    "supervisor.output_written",
    "supervisor.ending_begun",
    "supervisor.command_ended",
    "supervisor.log_finished",
    "supervisor.exit_written",
    "supervisor.exit_synced",
    "supervisor.exit_renamed",
    "supervisor.end_told",
    "supervisor.closed",
];

/// Passes a point.
#[inline]
pub fn point(name: &str) {
    #[cfg(feature = "crash-points")]
    armed::pass(name, || {});
    #[cfg(not(feature = "crash-points"))]
    let _ = name;
}

/// Passes a point at which half of these bytes are written before the process is
/// killed; if it is not, nothing is written.
#[inline]
pub fn half(name: &str, bytes: &[u8], file: &mut impl Write) {
    #[cfg(feature = "crash-points")]
    armed::pass(name, || {
        // What is half written may as well be nothing.
        let _ = file.write_all(&bytes[..bytes.len() / 2]);
    });
    #[cfg(not(feature = "crash-points"))]
    let _ = (name, bytes, file);
}

#[cfg(feature = "crash-points")]
mod armed {
    use std::{
        fs::OpenOptions,
        io::Write,
        path::{Path, PathBuf},
        sync::{
            OnceLock,
            atomic::{AtomicUsize, Ordering},
        },
    };

    use rustix::process::{Signal, getpid, kill_process};

    /// What the environment asks for.
    struct Orders {
        /// The point, and which passing of it.
        at: Option<(String, usize)>,
        trace: Option<PathBuf>,
        /// The points of this process begin so.
        role: &'static str,
        passed: AtomicUsize,
    }

    fn orders() -> &'static Orders {
        static ORDERS: OnceLock<Orders> = OnceLock::new();
        ORDERS.get_or_init(|| Orders {
            at: std::env::var("RBCONSOLE_CRASH_AT").ok().map(|at| {
                let (name, nth) = at.split_once(':').unwrap_or((&at, "1"));
                (name.to_owned(), nth.parse().unwrap_or(1))
            }),
            trace: std::env::var_os("RBCONSOLE_CRASH_TRACE").map(PathBuf::from),
            role: role(),
            passed: AtomicUsize::new(0),
        })
    }

    /// A supervisor is started by a hidden subcommand, as is what it starts.
    fn role() -> &'static str {
        let hidden = std::env::args_os()
            .nth(1)
            .is_some_and(|word| word.to_string_lossy().starts_with("__"));
        if hidden { "supervisor." } else { "console." }
    }

    pub fn pass(name: &str, last_act: impl FnOnce()) {
        let orders = orders();
        if !name.starts_with(orders.role) {
            return;
        }
        let traced = orders.trace.as_ref().map(|path| trace(path, name));
        let Some((at, nth)) = &orders.at else { return };
        if at != name {
            return;
        }
        let here = orders.passed.fetch_add(1, Ordering::Relaxed) + 1;
        if traced.unwrap_or(here) == *nth {
            last_act();
            let _ = kill_process(getpid(), Signal::KILL);
            // Other threads may still run for a moment; this one is not to go on.
            loop {
                std::thread::park();
            }
        }
    }

    /// Notes that a point was passed; which passing of it that was, in all processes
    /// that share the file.
    fn trace(path: &Path, name: &str) -> usize {
        let mine = format!("{name} {}", std::process::id());
        // One write a line: processes that pass at once do not mix theirs.
        let _ = OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .and_then(|mut file| file.write_all(format!("{mine}\n").as_bytes()));
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let of_point = |line: &&str| line.split(' ').next() == Some(name);
        let last = text.lines().filter(of_point).enumerate();
        last.filter(|(_, line)| *line == mine)
            .last()
            .map_or(0, |(place, _)| place + 1)
    }
}
