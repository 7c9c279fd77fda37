//! The machine was restarted in between: files that were not synced may be gone, so that a missing claim or a missing
//! exit record proves nothing.

use std::{fs, process::Command};

use rbconsole::engine::{Event, observed::Ended, state::AttemptStatus};

use crate::{
    books::Book,
    checks::entries,
    lab::{Env, Lab},
};

/// The program as it runs after a restart: it sees another boot of the machine. Nothing else knows of that, and it is
/// over with the process.
fn after_a_restart(lab: &Lab) -> Command {
    let boot = lab.trace().with_file_name("runtime").join("boot_id");
    fs::write(&boot, "11111111-2222-4333-8444-555555555555\n").expect("a file");
    let inner = lab.resume_command(&Env::default());
    let mut command = lab.command("unshare", &Env::default());
    command
        .args(["-m", "--propagation", "private", "sh", "-c"])
        .arg("mount --bind \"$1\" /proc/sys/kernel/random/boot_id && shift && exec \"$@\"")
        .args(["sh".as_ref(), boot.as_os_str(), inner.get_program()])
        .args(inner.get_args());
    command
}

fn can_pretend() -> bool {
    let output = Command::new("unshare")
        .args(["-m", "--propagation", "private", "sh", "-c"])
        .arg("mount --bind /dev/null /proc/sys/kernel/random/boot_id")
        .output();
    output.is_ok_and(|output| output.status.success())
}

/// Killed before the attempt has a directory, and taken up.
fn taken_up(restarted: bool) -> Lab {
    let mut lab = Lab::new(Book::named("command"));
    let trace = lab.trace();
    let killed = lab
        .run(&Env::killed_at("console.launch_begun", &trace))
        .expect("it begins");
    assert!(killed.was_killed(), "{}", killed.err);
    assert_eq!(lab.marks(), []);
    let command = if restarted {
        after_a_restart(&lab)
    } else {
        lab.resume_command(&Env::default())
    };
    let ended = lab.ends(command).expect("it is taken up");
    assert!(!ended.was_killed(), "{}", ended.err);
    let _ = fs::remove_file(lab.sandbox.path().join("runtime/boot_id"));
    lab
}

fn lost(lab: &Lab) -> usize {
    let entries = entries(lab).expect("a journal");
    let lost = |event: &Event| matches!(event, Event::AttemptFinished { report, .. } if report.ended == Ended::Lost);
    entries.iter().filter(|entry| lost(&entry.event)).count()
}

fn found(lab: &Lab) -> Vec<String> {
    let entries = entries(lab).expect("a journal");
    let found = entries.into_iter().find_map(|entry| match entry.event {
        Event::RunResumed(resumed) => Some(resumed.found),
        _ => None,
    });
    found.expect("it was taken up")
}

const RESTARTED: &str = "the machine was restarted in between";

#[test]
fn an_attempt_without_a_trace_is_unknown_after_a_restart() {
    if !can_pretend() {
        println!(
            "SKIPPED an_attempt_without_a_trace_is_unknown_after_a_restart: this user may not pretend one (unshare -m)"
        );
        return;
    }
    let lab = taken_up(true);
    let words = found(&lab);
    assert!(words.iter().any(|it| it == RESTARTED), "{words:?}");
    assert!(
        words.iter().any(|it| it.contains("its outcome is unknown")),
        "{words:?}"
    );
    assert_eq!(lost(&lab), 1);
    // Whether it took effect is for a person to say; nothing was run meanwhile.
    assert_eq!(lab.marks(), []);
    assert!(lab.state().expect("the run").closed.is_none());
    lab.is_clean().expect("nothing is left");
}

/// On the same boot the same trace proves that it was never started.
#[test]
fn an_attempt_without_a_trace_was_never_started_on_the_same_boot() {
    let lab = taken_up(false);
    let words = found(&lab);
    assert!(!words.iter().any(|it| it == RESTARTED), "{words:?}");
    assert!(
        words.iter().any(|it| it.contains("was never started")),
        "{words:?}"
    );
    assert_eq!(lost(&lab), 0);
    let state = lab.state().expect("the run");
    let first = state.attempts.values().next().map(|it| &it.status);
    assert!(matches!(first, Some(AttemptStatus::Voided)), "{first:?}");
    lab.is_clean().expect("nothing is left");
}
