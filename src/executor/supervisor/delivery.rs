//! Writing down how an attempt ended, however long the disk refuses it.
//!
//! As long as this process lives the attempt counts as running: better late than unknown. Meanwhile
//! the consoles know how it ended; one whose journal, perhaps on another disk, has it durably says
//! so, and then no record is needed here any more.

use std::{
    io::{self, Write},
    time::Duration,
};

use rustix::event::{Timespec, poll};

use super::connections::{Connection, Connections};
use crate::crash;
use crate::engine::{Launch, observed::Report};
use crate::executor::protocol::{self, ExitRecord, Reply};
use crate::run_dir::{AttemptDir, private_file, unwritable};

/// How long to wait before a record that could not be written is tried again.
const AGAIN: Duration = Duration::from_secs(1);

/// Commits the exit record and tells the consoles; the one that launched the attempt,
/// unless the record made trouble.
///
/// # Errors
/// When the attempt's directory is gone: nobody will ever look there.
pub fn deliver(
    dir: &AttemptDir,
    launch: &Launch,
    report: Report,
    mut connections: Connections,
) -> io::Result<Option<Connection>> {
    let mut told = false;
    while let Err(error) = commit(dir, launch, &report) {
        if error.kind() == io::ErrorKind::NotFound {
            return Err(error);
        }
        if !std::mem::replace(&mut told, true) {
            connections.tell(Reply::Unsaved {
                report: Box::new(report.clone()),
                why: unwritable(&error),
            });
        }
        if pause(&mut connections)? {
            // Once more: the directory should tell its own end where it can.
            let _ = commit(dir, launch, &report);
            break;
        }
    }
    crash::point("supervisor.exit_renamed");
    connections.tell(Reply::Finished {
        report: Box::new(report),
    });
    crash::point("supervisor.end_told");
    let launcher = connections.close(dir);
    crash::point("supervisor.closed");
    Ok(launcher.filter(|_| !told))
}

/// Waits a moment and listens; whether a console has recorded the end.
fn pause(connections: &mut Connections) -> io::Result<bool> {
    let mut fds = Vec::new();
    connections.poll_fds(&mut fds);
    let timeout = Timespec {
        tv_sec: i64::try_from(AGAIN.as_secs()).unwrap_or(1),
        tv_nsec: 0,
    };
    match poll(&mut fds, Some(&timeout)) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(connections.asked().recorded),
        Err(error) => Err(error.into()),
    }
}

/// Writes the exit record: synced, then renamed into place.
fn commit(dir: &AttemptDir, launch: &Launch, report: &Report) -> io::Result<()> {
    let record = ExitRecord {
        version: protocol::VERSION,
        attempt: launch.attempt,
        report: report.clone(),
    };
    let temporary = dir.path().join("exit.json.tmp");
    let mut file = private_file()
        .write(true)
        .create(true)
        .truncate(true)
        .open(&temporary)?;
    file.write_all(&serde_json::to_vec(&record)?)?;
    crash::point("supervisor.exit_written");
    file.sync_data()?;
    crash::point("supervisor.exit_synced");
    std::fs::rename(&temporary, dir.exit())
}
