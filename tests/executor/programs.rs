//! Programs that ask for a password in the terminal itself: the real ones.

use std::{
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use rbconsole::{
    engine::{Launch, observed::Ended},
    executor::Executor,
};

use super::bench::{Bench, hides_what_is_typed, launch};

/// Stands in no dictionary, and in no file afterwards.
const TYPED: &str = "swordfish-4711";

fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

/// A command in a terminal that asks for a password; the password is given.
async fn asked(script: &str, prompt: &str) -> (Bench, Launch, u32) {
    let mut bench = Bench::new();
    let mut command = launch(1, script);
    command.tty = true;
    bench.launch(&command);
    bench.prints(&command, prompt).await;
    let pid = bench.started(1).await;
    hides_what_is_typed(pid);
    bench.executor.type_in(1, format!("{TYPED}\r").as_bytes());
    (bench, command, pid)
}

fn was_kept_nowhere(folder: &Path) {
    for item in std::fs::read_dir(folder).unwrap().flatten() {
        if item.file_type().unwrap().is_dir() {
            was_kept_nowhere(&item.path());
            continue;
        }
        let bytes = std::fs::read(item.path()).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(TYPED), "{}", item.path().display());
    }
}

/// Of a user who may do nothing: the password is refused, so nothing is run and nothing is remembered.
#[tokio::test]
async fn sudo_asks_for_a_password() {
    let skipped = |why: &str| println!("SKIPPED sudo_asks_for_a_password: {why}");
    let Some(sudo) = program("sudo") else {
        return skipped("sudo is not installed");
    };
    if !rustix::process::geteuid().is_root() || program("setpriv").is_none() {
        return skipped("only root can ask as a user who may do nothing (setpriv)");
    }
    if std::fs::metadata(&sudo).is_ok_and(|file| file.mode() & 0o4000 == 0) {
        return skipped("sudo is not set up here");
    }
    let script = "cd /; exec setpriv --reuid 65534 --regid 65534 --clear-groups sudo -k -p 'Your password: ' true";
    let (mut bench, command, pid) = asked(script, "Your password: ").await;
    bench.prints(&command, "try again").await;
    hides_what_is_typed(pid);
    bench.executor.type_in(1, b"\x03");
    let report = bench.finished(1).await;
    assert_eq!(report.ended, Ended::Exit { code: 1 });
    was_kept_nowhere(Path::new(&bench.scratch()));
}

/// It asks before it connects, and nobody listens there.
#[tokio::test]
async fn psql_asks_for_a_password() {
    if program("psql").is_none() {
        println!("SKIPPED psql_asks_for_a_password: psql is not installed");
        return;
    }
    let script = "exec psql -W -h 127.0.0.1 -p 1 -U nobody shop";
    let (mut bench, command, _) = asked(script, "Password").await;
    let report = bench.finished(1).await;
    assert_eq!(report.ended, Ended::Exit { code: 2 });
    let log = bench.log(&command);
    assert!(log.contains("127.0.0.1") && log.contains("port 1"), "{log}");
    was_kept_nowhere(Path::new(&bench.scratch()));
}
