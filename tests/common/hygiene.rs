//! What a test leaves behind: no process of its runs, and no file of ours outside of its own folder.

#![allow(
    dead_code,
    reason = "each test file that shares this uses another part of it"
)]

use std::{
    fs,
    path::{Path, PathBuf},
};

use rbconsole::session::approvals;

/// A process that should not be there any more.
#[derive(Debug, Clone)]
pub struct Process {
    pub pid: i32,
    /// Its command line, and by what it was known.
    pub words: String,
}

/// The living processes that satisfy this, given their command line and their environment.
pub fn processes(ours: impl Fn(&str, &str) -> bool) -> Vec<Process> {
    let mut found = Vec::new();
    for item in fs::read_dir("/proc").expect("there is /proc").flatten() {
        let Ok(pid) = item.file_name().to_string_lossy().parse::<i32>() else {
            continue;
        };
        let read = |name: &str| {
            let bytes = fs::read(item.path().join(name)).unwrap_or_default();
            String::from_utf8_lossy(&bytes).replace('\0', " ")
        };
        let (command, environment) = (read("cmdline"), read("environ"));
        // One that has ended and was not waited for has neither.
        if (!command.is_empty() || !environment.is_empty()) && ours(&command, &environment) {
            let words = format!("{pid}: {command}");
            found.push(Process { pid, words });
        }
    }
    found
}

/// What runs for a run: its commands carry this marker.
pub fn of_run(run: &str) -> Vec<Process> {
    let marker = format!("RBCONSOLE_RUN={run} ");
    processes(|_, environment| environment.contains(&marker))
}

/// What runs for anybody who was started in this home, its commands among them.
pub fn of_home(home: &Path) -> Vec<Process> {
    let home = home.to_string_lossy().into_owned();
    processes(|command, environment| command.contains(&home) || environment.contains(&home))
}

/// Files of these runs outside of their home: sockets, control groups.
pub fn strays(runs: &[String]) -> Vec<PathBuf> {
    let sockets: Vec<String> = runs.iter().map(|run| approvals::socket_name(run)).collect();
    let ours = |name: &str| {
        runs.iter().any(|run| name.contains(run.as_str()))
            || sockets.iter().any(|socket| name == socket)
    };
    let uid = rustix::process::geteuid().as_raw();
    let mut folders = vec![
        approvals::folder(uid),
        PathBuf::from(format!("/run/user/{uid}")),
        PathBuf::from("/dev/shm"),
        std::env::temp_dir(),
    ];
    folders.extend(std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from));
    let mut found = Vec::new();
    for folder in folders {
        look(&folder, 1, &ours, &mut found);
    }
    // Control groups nest as deep as whoever made them likes.
    look(Path::new("/sys/fs/cgroup"), 6, &ours, &mut found);
    found
}

fn look(folder: &Path, depth: usize, ours: &dyn Fn(&str) -> bool, found: &mut Vec<PathBuf>) {
    for item in fs::read_dir(folder).into_iter().flatten().flatten() {
        if ours(&item.file_name().to_string_lossy()) {
            found.push(item.path());
        } else if depth > 1 && item.file_type().is_ok_and(|kind| kind.is_dir()) {
            look(&item.path(), depth - 1, ours, found);
        }
    }
}
