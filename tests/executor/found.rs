//! Which program a word means, in a pipe and in a terminal alike.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
};

use rbconsole::engine::{Launch, observed::Ended};

use super::bench::{Bench, launch};

fn put(folder: &Path, name: &str, text: &str) {
    fs::create_dir_all(folder).unwrap();
    let place = folder.join(name);
    fs::write(&place, text).unwrap();
    fs::set_permissions(&place, PermissionsExt::from_mode(0o755)).unwrap();
}

/// The same command through pipes and in a terminal.
fn both_ways(argv: &[&str], more: impl Fn(&mut Launch)) -> [Launch; 2] {
    [(1, false), (2, true)].map(|(attempt, tty)| {
        let mut command = launch(attempt, "");
        command.argv = argv.iter().map(|&word| word.to_owned()).collect();
        command.tty = tty;
        more(&mut command);
        command
    })
}

/// A folder is passed over whose program has no interpreter here, or one that may not run; and what ran is
/// not run again, however it ended.
#[tokio::test]
async fn a_program_that_cannot_start_is_looked_for_in_the_next_folder() {
    let mut bench = Bench::new();
    let scratch = PathBuf::from(bench.scratch());
    let (one, two) = (scratch.join("one"), scratch.join("two"));
    let barred = scratch.join("barred");
    fs::write(&barred, "").unwrap();
    put(&one, "missing", "#!/nonexistent/python\n");
    put(&one, "barred", &format!("#!{}\n", barred.display()));
    put(&one, "fails", "#!/bin/sh\necho first; exit 127\n");
    put(&one, "alone", "#!/nonexistent/python\n");
    for name in ["missing", "barred", "fails"] {
        put(&two, name, "#!/bin/sh\necho second\n");
    }
    let path = format!("{}:{}:/usr/bin:/bin", one.display(), two.display());
    let mut attempt = 0;
    for (name, ended, printed) in [
        ("missing", Ended::Exit { code: 0 }, "second\n"),
        ("barred", Ended::Exit { code: 0 }, "second\n"),
        ("fails", Ended::Exit { code: 127 }, "first\n"),
    ] {
        for mut command in both_ways(&[name], |_| ()) {
            attempt += 1;
            command.attempt = attempt;
            command.env = vec![("PATH".to_owned(), path.clone())];
            bench.launch(&command);
            let report = bench.finished(attempt).await;
            let way = format!("{name}, in a terminal: {}", command.tty);
            assert_eq!(report.ended, ended, "{way}");
            assert_eq!(bench.log(&command).replace('\r', ""), printed, "{way}");
        }
    }
    for mut command in both_ways(&["alone"], |_| ()) {
        attempt += 1;
        command.attempt = attempt;
        command.env = vec![("PATH".to_owned(), path.clone())];
        bench.launch(&command);
        let reason = "the program `alone` is not installed".to_owned();
        let ended = bench.finished(attempt).await.ended;
        assert_eq!(ended, Ended::NotStarted { reason });
    }
}

/// A program by a path that is relative to where the console stands knows itself also in another folder, as
/// Python must to find its environment.
#[tokio::test]
async fn a_relative_program_knows_itself_in_another_folder() {
    let mut bench = Bench::new();
    let scratch = PathBuf::from(bench.scratch());
    let here = std::env::current_dir().unwrap();
    let depth = here.components().count() - 1;
    let up = "../".repeat(depth);
    // So deep that the same words lead nowhere from there.
    let there = scratch.join("there/".repeat(depth + 1));
    fs::create_dir_all(&there).unwrap();
    symlink("/bin/sh", scratch.join("mine")).unwrap();
    let relative = format!("{up}{}/mine", scratch.strip_prefix("/").unwrap().display());
    let script = r#"printf '%s ' "${0##*/}"; test "$0" -ef /proc/$$/exe && pwd"#;
    for command in both_ways(&[&relative, "-c", script], |command| {
        command.cwd = Some(there.display().to_string());
    }) {
        bench.launch(&command);
        let ended = bench.finished(command.attempt).await.ended;
        let log = bench.log(&command).replace('\r', "");
        assert_eq!(ended, Ended::Exit { code: 0 }, "{log}");
        // By the name that its author gave it, not what that is a link to.
        let folder = fs::canonicalize(&there).unwrap();
        assert_eq!(log, format!("mine {}\n", folder.display()));
    }
}
