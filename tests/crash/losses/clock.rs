//! The machine's clock is set while a command runs, or while something is due.

use super::*;

/// Whether an event is of a kind.
type Is = fn(&Event) -> bool;

/// The library that changes the time of a program, if it is there.
fn faked_time() -> Option<PathBuf> {
    let folders = fs::read_dir("/usr/lib")
        .ok()?
        .flatten()
        .map(|item| item.path());
    folders
        .map(|folder| folder.join("faketime/libfaketime.so.1"))
        .find(|library| library.is_file())
}

/// Another time of day, and the same time since the boot.
fn faked(library: &Path, offset: &str) -> Env {
    Env(vec![
        ("LD_PRELOAD", library.to_string_lossy().into_owned()),
        ("FAKETIME", offset.to_owned()),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
        ("DONT_FAKE_MONOTONIC", "1".to_owned()),
        ("FAKETIME_DISABLE_SHM", "1".to_owned()),
    ])
}

/// The clock of the first console is two days fast, that of the second a day slow: a run's times go on evenly by the
/// first, the step is noted, and how long a command took is no question of the time of day.
#[test]
fn the_clock_is_set_in_between() {
    let Some(library) = faked_time() else {
        println!("SKIPPED the_clock_is_set_in_between: libfaketime is not installed");
        return;
    };
    let mut lab = slow();
    let mut command = lab.run_command(&faked(&library, "+2d"));
    let (mut child, said) = lab.begins(&mut command).expect("it begins");
    in_the_middle(&lab);
    child.kill().expect("it is ours");
    let status = wait(&mut child, PATIENCE).expect("it is killed");
    lab.said(status, &said).expect("what it said");
    let_go(&lab);
    lab.is_quiet().expect("the command ends");
    let ended = lab.resume(&faked(&library, "-1d")).expect("it is taken up");
    assert_eq!(ended.status.code(), Some(0), "{}", ended.err);
    let entries = entries(&lab).expect("a journal");
    let times: Vec<_> = entries.iter().map(|it| it.at).collect();
    assert!(times.is_sorted(), "{times:?}");
    let took = times[times.len() - 1] - times[0];
    assert!(took < chrono::TimeDelta::minutes(2), "{times:?}");
    let state = lab.state().expect("the run");
    for attempt in state.attempts.values() {
        if let rbconsole::engine::state::AttemptStatus::Finished { report, .. } = &attempt.status {
            assert!(report.milliseconds < 60_000, "{report:?}");
        }
    }
    remove_traces_of_faked_time();
    is_whole(&mut lab, "finished while you were gone");
    let report = lab.sandbox.run_dir().join("report.md");
    let report = fs::read_to_string(report).expect("the report");
    assert!(report.contains("exit 7"), "{report}");
}

/// What a console left to be done later is done as much later, by whatever the clock was set in between: another
/// attempt, and what follows a wait. One is killed while the first is due, the next while the other is.
#[test]
fn what_is_due_later_comes_when_the_clock_is_set_back() {
    let Some(library) = faked_time() else {
        println!(
            "SKIPPED what_is_due_later_comes_when_the_clock_is_set_back: libfaketime is not installed"
        );
        return;
    };
    let mut lab = Lab::new(Book::named("later"));
    let retry: Is = |it| matches!(it, Event::RetryScheduled { .. });
    let wait_: Is = |it| matches!(it, Event::WaitStarted { .. });
    let first = lab.run_command(&faked(&library, "+2d"));
    let second = lab.resume_command(&faked(&library, "-1d"));
    for (mut command, due) in [(first, retry), (second, wait_)] {
        let (mut child, said) = lab.begins(&mut command).expect("it begins");
        let is_due = until(PATIENCE, || {
            let entries = lab.run_dir().and_then(|_| entries(&lab))?;
            let found = entries.iter().any(|entry| due(&entry.event));
            found.then_some(()).ok_or("it is not due yet".to_owned())
        });
        is_due.expect("it comes to it");
        child.kill().expect("it is ours");
        let status = wait(&mut child, PATIENCE).expect("it is killed");
        lab.said(status, &said).expect("what it said");
    }
    let ended = lab.resume(&faked(&library, "-3d")).expect("it is taken up");
    assert_eq!(ended.status.code(), Some(0), "{}", ended.err);
    remove_traces_of_faked_time();
    let entries = entries(&lab).expect("a journal");
    let times: Vec<_> = entries.iter().map(|it| it.at).collect();
    assert!(times.is_sorted(), "{times:?}");
    for due in [retry, wait_] {
        let at = entries.iter().position(|entry| due(&entry.event));
        let at = at.expect("it was due");
        let began = |entry: &&rbconsole::engine::Entry| {
            matches!(entry.event, Event::AttemptStarting { .. })
        };
        let next = entries[at..].iter().find(began).expect("it came");
        let later = next.at - entries[at].at;
        let wanted = chrono::TimeDelta::milliseconds(2900)..chrono::TimeDelta::seconds(40);
        assert!(wanted.contains(&later), "{later}: {entries:?}");
    }
    assert_eq!(lab.counts(), Book::named("later").wanted());
    lab.is_clean().expect("nothing is left");
}

/// Older versions of that library leave a piece of shared memory behind for each program that is killed.
fn remove_traces_of_faked_time() {
    for item in fs::read_dir("/dev/shm").into_iter().flatten().flatten() {
        let name = item.file_name().to_string_lossy().into_owned();
        let pid = name.rsplit('_').next().unwrap_or_default().to_owned();
        if name.contains("faketime_") && !Path::new("/proc").join(&pid).exists() {
            let _ = fs::remove_file(item.path());
        }
    }
}
