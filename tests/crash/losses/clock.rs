//! The machine's clock is set while a command runs.

use super::*;

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

/// The clock of the first console is two days fast, that of the second a day slow: a run's times go on evenly by the
/// first, the step is noted, and how long a command took is no question of the time of day.
#[test]
fn the_clock_is_set_in_between() {
    let Some(library) = faked_time() else {
        println!("SKIPPED the_clock_is_set_in_between: libfaketime is not installed");
        return;
    };
    let faked = |offset: &str| {
        Env(vec![
            ("LD_PRELOAD", library.to_string_lossy().into_owned()),
            ("FAKETIME", offset.to_owned()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
            ("DONT_FAKE_MONOTONIC", "1".to_owned()),
            ("FAKETIME_DISABLE_SHM", "1".to_owned()),
        ])
    };
    let mut lab = slow();
    let mut command = lab.run_command(&faked("+2d"));
    let (mut child, said) = lab.begins(&mut command).expect("it begins");
    in_the_middle(&lab);
    child.kill().expect("it is ours");
    let status = wait(&mut child, PATIENCE).expect("it is killed");
    lab.said(status, &said).expect("what it said");
    let_go(&lab);
    lab.is_quiet().expect("the command ends");
    let ended = lab.resume(&faked("-1d")).expect("it is taken up");
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
