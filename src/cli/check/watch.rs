//! `check --watch`: checks again when a file was saved.

use std::{
    collections::BTreeMap,
    io::IsTerminal,
    path::PathBuf,
    time::{Duration, SystemTime},
};

use super::{Exit, Failure, args, common, files, once};
use crate::settings::Settings;

/// How often the files' times are looked at.
const EVERY: Duration = Duration::from_millis(300);

/// Files by path, with when they were saved and how long they are.
type Seen = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

/// Checks now and after every save, until Ctrl-C.
pub fn watch(given: &args::Check, settings: &Settings) -> Result<Exit, Failure> {
    common::runtime()?.block_on(async {
        let interrupted = tokio::signal::ctrl_c();
        tokio::pin!(interrupted);
        let mut last: Option<Seen> = None;
        loop {
            let seen = look(given, settings);
            // An editor may save in several steps: what moves is left to settle.
            if last.as_ref() != Some(&seen) {
                tokio::time::sleep(EVERY / 3).await;
                if look(given, settings) == seen {
                    clear();
                    // A file that cannot be read now may be saved again in a moment.
                    if let Err(failure) = once(given, settings) {
                        eprintln!("rbconsole: {}", failure.message);
                    }
                    last = Some(seen);
                    eprintln!("Watching; Ctrl-C ends.");
                }
            }
            tokio::select! {
                _ = &mut interrupted => return Ok(Exit::Good),
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    })
}

fn clear() {
    if std::io::stderr().is_terminal() {
        eprint!("\u{1b}[2J\u{1b}[3J\u{1b}[H");
    }
}

fn look(given: &args::Check, settings: &Settings) -> Seen {
    let mut paths: Vec<PathBuf> = Vec::new();
    let named = if given.paths.is_empty() {
        &settings.runbooks
    } else {
        &given.paths
    };
    for path in named {
        if path.is_dir() {
            paths.extend(files(path).unwrap_or_default());
        } else {
            paths.push(path.clone());
        }
    }
    paths
        .into_iter()
        .filter_map(|path| {
            let about = std::fs::metadata(&path).ok()?;
            Some((path, (about.modified().ok(), about.len())))
        })
        .collect()
}
