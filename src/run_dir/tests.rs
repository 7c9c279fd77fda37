use std::os::unix::{fs::PermissionsExt, fs::symlink, net::UnixListener};

use std::os::unix::fs::MetadataExt;

use super::*;

fn run() -> (tempfile::TempDir, RunDir) {
    let scratch = tempfile::tempdir().unwrap();
    let dir = RunDir::create(&scratch.path().join("runs"), "x").unwrap();
    (scratch, dir)
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn pipe(path: &Path) {
    let rights = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    let kind = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, path, kind, rights, 0).unwrap();
}

fn give_away(path: &Path) -> bool {
    let nobody = Some(rustix::fs::Uid::from_raw(65534));
    rustix::fs::chown(path, nobody, None).is_ok()
}

fn why(error: impl std::fmt::Display) -> String {
    error.to_string()
}

#[test]
fn a_directory_of_others_is_refused() {
    let (scratch, dir) = run();
    assert!(RunDir::open(dir.path()).is_ok());
    assert!(RunDir::create(&scratch.path().join("runs"), "x").is_err());
    symlink(dir.path(), scratch.path().join("link")).unwrap();
    let refused = RunDir::open(&scratch.path().join("link")).unwrap_err();
    assert!(refused.to_string().contains("symbolic link"), "{refused}");
    mode(dir.path(), 0o777);
    let refused = why(RunDir::open(dir.path()).unwrap_err());
    assert!(refused.contains("others can write"), "{refused}");
    mode(dir.path(), 0o700);
    // Who can write to the folder above can put another directory in its place.
    mode(&scratch.path().join("runs"), 0o777);
    let refused = why(RunDir::open(dir.path()).unwrap_err());
    assert!(refused.contains("The directory of the runs"), "{refused}");
    let refused = why(RunDir::create(&scratch.path().join("runs"), "y").unwrap_err());
    assert!(refused.contains("others can write"), "{refused}");
    mode(&scratch.path().join("runs"), 0o1777);
    assert!(
        RunDir::open(dir.path()).is_ok(),
        "as in /tmp nobody can replace it"
    );
}

#[test]
fn whatever_is_planted_in_a_run_is_refused_with_the_reason() {
    let (scratch, dir) = run();
    let elsewhere = scratch.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    write_private(&elsewhere.join("file"), b"theirs").unwrap();
    for file in ["journal.jsonl", "runbook.yaml", "lock", "signals.jsonl"] {
        let path = dir.path().join(file);
        let opened = || why(RunDir::open(dir.path()).unwrap_err());
        let said = |found: &str, told: &str| {
            assert!(found.contains(told) && found.contains(file), "{found}");
        };
        symlink(elsewhere.join("file"), &path).unwrap();
        said(&opened(), "symbolic link");
        said(&why(read_private(&path, 99).unwrap_err()), "symbolic link");
        said(
            &why(write_private(&path, b"ours").unwrap_err()),
            "symbolic link",
        );
        fs::remove_file(&path).unwrap();
        fs::hard_link(elsewhere.join("file"), &path).unwrap();
        said(&opened(), "2 hard links");
        said(&why(read_private(&path, 99).unwrap_err()), "hard links");
        said(
            &why(write_private(&path, b"ours").unwrap_err()),
            "hard links",
        );
        fs::remove_file(&path).unwrap();
        pipe(&path);
        said(&opened(), "no regular file");
        // Neither of these waits for the other end.
        said(
            &why(read_private(&path, 99).unwrap_err()),
            "no regular file",
        );
        said(
            &why(write_private(&path, b"ours").unwrap_err()),
            "no regular file",
        );
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        said(&opened(), "no regular file");
        fs::remove_dir(&path).unwrap();
        write_private(&path, b"ours").unwrap();
        assert!(RunDir::open(dir.path()).is_ok());
        mode(&path, 0o620);
        said(&opened(), "others can write");
        said(
            &why(read_private(&path, 99).unwrap_err()),
            "others can write",
        );
        mode(&path, 0o600);
        if give_away(&path) {
            said(&opened(), "belongs to the user 65534");
            said(&why(read_private(&path, 99).unwrap_err()), "belongs to");
        }
        fs::remove_file(&path).unwrap();
        assert_eq!(fs::read(elsewhere.join("file")).unwrap(), b"theirs");
    }
    for folder in ["attempts", "inbox", "used"] {
        let path = dir.path().join(folder);
        let opened = || why(RunDir::open(dir.path()).unwrap_err());
        let _ = fs::remove_dir(&path);
        symlink(&elsewhere, &path).unwrap();
        assert!(opened().contains("symbolic link"), "{}", opened());
        fs::remove_file(&path).unwrap();
        write_private(&path, b"").unwrap();
        assert!(opened().contains("not a directory"), "{}", opened());
        fs::remove_file(&path).unwrap();
        make_private(&path, false).unwrap();
        mode(&path, 0o770);
        assert!(opened().contains("others can write"), "{}", opened());
        mode(&path, 0o700);
        if give_away(&path) {
            assert!(opened().contains("belongs to"), "{}", opened());
            fs::remove_dir(&path).unwrap();
            make_private(&path, false).unwrap();
        }
        assert!(RunDir::open(dir.path()).is_ok());
    }
}

#[test]
fn whatever_is_planted_in_an_attempt_is_refused_with_the_reason() {
    let (scratch, dir) = run();
    let elsewhere = scratch.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    write_private(&elsewhere.join("file"), b"theirs").unwrap();
    let attempt = dir.attempt("001-step");
    assert!(attempt.is_safe().is_ok(), "it was never made");
    symlink(&elsewhere, attempt.path()).unwrap();
    let refused = why(attempt.create().unwrap_err());
    assert!(refused.contains("symbolic link"), "{refused}");
    assert!(attempt.is_safe().is_err() && attempt.open().is_err());
    fs::remove_file(attempt.path()).unwrap();
    attempt.create().unwrap();
    attempt.create().unwrap();
    mode(attempt.path(), 0o777);
    assert!(attempt.create().is_err() && attempt.is_safe().is_err());
    mode(attempt.path(), 0o700);
    for file in [
        "claim",
        "lock",
        "spec.json",
        "started.json",
        "exit.json",
        "output.log",
        "output.idx",
    ] {
        let path = attempt.path().join(file);
        symlink(elsewhere.join("file"), &path).unwrap();
        let refused = why(attempt.is_safe().unwrap_err());
        assert!(
            refused.contains("symbolic link") && refused.contains(file),
            "{refused}"
        );
        fs::remove_file(&path).unwrap();
        pipe(&path);
        let refused = why(attempt.is_safe().unwrap_err());
        assert!(refused.contains("no regular file"), "{refused}");
        fs::remove_file(&path).unwrap();
    }
    let control = attempt.path().join("control");
    write_private(&control, b"").unwrap();
    let refused = why(attempt.is_safe().unwrap_err());
    assert!(refused.contains("no socket"), "{refused}");
    fs::remove_file(&control).unwrap();
    let _listening = UnixListener::bind(&control).unwrap();
    assert!(attempt.is_safe().is_ok());
    if give_away(&control) {
        let refused = why(attempt.is_safe().unwrap_err());
        assert!(refused.contains("belongs to the user 65534"), "{refused}");
    }
}

#[test]
fn a_file_that_the_operator_named_is_written_as_it_is() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("report.md");
    write_as_asked(&path, b"one").unwrap();
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    mode(&path, 0o664);
    write_as_asked(&path, b"two").unwrap();
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o664);
    symlink(&path, scratch.path().join("link")).unwrap();
    assert!(write_as_asked(&scratch.path().join("link"), b"three").is_err());
    assert_eq!(fs::read(&path).unwrap(), b"two");
}
