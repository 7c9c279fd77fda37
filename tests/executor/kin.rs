//! What a command started, wherever it went: stopped with it, or named when it is left.

use std::{
    path::PathBuf,
    process::{Child, Command},
};

use rbconsole::{
    engine::observed::{Ended, Report},
    executor::{Executor, Verdict},
};

use super::bench::{Bench, launch, lives, until};

/// Leaves its group, its session, its parents and its environment.
const RUNAWAY: &str = r#"
    (env -i setsid bash -c 'echo $$ > "$1/runaway.tmp"; mv "$1/runaway.tmp" "$1/runaway"; exec sleep 600' x "$PWD" \
        < /dev/null > /dev/null 2>&1 &)
    while [ ! -e runaway ]; do sleep 0.01; done
"#;

fn in_scratch(bench: &Bench, attempt: u32, script: &str) -> rbconsole::engine::Launch {
    let mut command = launch(attempt, script);
    command.cwd = Some(bench.scratch());
    command
}

/// The number that a process has written down in the scratch folder.
fn number(bench: &Bench, name: &str) -> String {
    let path = PathBuf::from(bench.scratch()).join(name);
    std::fs::read_to_string(path)
        .unwrap_or_default()
        .trim()
        .to_owned()
}

fn named(report: &Report) -> Vec<(String, String)> {
    let names = report.survivors.iter();
    names
        .map(|left| (left.name.clone(), left.pid.to_string()))
        .collect()
}

fn kill(pid: &str) {
    let _ = Command::new("kill").args(["-9", pid]).status();
}

/// The control group of an attempt, if it has one.
fn group(bench: &Bench, command: &rbconsole::engine::Launch) -> Option<PathBuf> {
    let path = std::fs::read_to_string(bench.dir(command).join("cgroup")).ok()?;
    // The file may be there a moment before its words are.
    (!path.is_empty()).then(|| PathBuf::from(path))
}

/// Whether a control group can be made here, as the product asks it; says so where not.
fn has_groups(test: &str) -> bool {
    let own = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let mount = mounts
        .lines()
        .find(|line| line.contains(" - cgroup2 "))
        .and_then(|line| line.split(' ').nth(4));
    let made = own
        .lines()
        .find_map(|line| line.strip_prefix("0::/"))
        .zip(mount)
        .map(|(own, mount)| {
            let group = PathBuf::from(mount)
                .join(own)
                .join(format!("rbconsole-try-{}", std::process::id()));
            std::fs::create_dir(&group).and_then(|()| std::fs::remove_dir(&group))
        });
    let made = matches!(made, Some(Ok(())));
    if !made {
        println!("SKIPPED {test}: no control group can be made here");
    }
    made
}

#[tokio::test]
async fn a_stop_reaches_what_ran_away() {
    for tty in [false, true] {
        let mut bench = Bench::new();
        let mut command = in_scratch(
            &bench,
            1,
            &format!("{RUNAWAY}\n(trap '' HUP; sleep 600 & echo job $!); echo ready; sleep 600"),
        );
        command.tty = tty;
        bench.launch(&command);
        bench.prints(&command, "ready").await;
        let runaway = number(&bench, "runaway");
        assert!(lives(&runaway), "{runaway}");
        bench.executor.stop(1);
        let report = bench.finished(1).await;
        assert_eq!(report.ended, Ended::Stopped);
        assert_eq!(named(&report), []);
        assert!(!lives(&runaway), "{runaway} lives, terminal: {tty}");
        let log = bench.log(&command);
        let job = log.split("job ").nth(1).unwrap().lines().next().unwrap();
        assert!(!lives(job), "{job} lives, terminal: {tty}");
    }
}

/// Each generation lives for a moment, has a session of its own and heeds no TERM.
#[tokio::test]
async fn the_kill_catches_what_forks_without_end() {
    let mut bench = Bench::new();
    let script = r#"
        trap '' TERM
        export next='trap "" TERM; date +%N > generation; sleep 0.02; setsid bash -c "$next" & exit'
        setsid bash -c "$next" < /dev/null > /dev/null 2>&1 &
        while [ ! -s generation ]; do sleep 0.01; done
        echo ready
        sleep 600 & wait
        wait
    "#;
    let mut command = in_scratch(&bench, 1, script);
    command.kill_grace_ms = 100;
    bench.launch(&command);
    bench.prints(&command, "ready").await;
    bench.executor.stop(1);
    let report = bench.finished(1).await;
    assert_eq!((&report.ended, named(&report)), (&Ended::Stopped, vec![]));
    let last = number(&bench, "generation");
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(number(&bench, "generation"), last, "it goes on");
}

/// Not a descendant, but marked: started in the command's name by somebody else, as
/// `at` does it.
#[tokio::test]
async fn a_stop_reaches_what_bears_the_marker() {
    let mut bench = Bench::new();
    let command = launch(1, "echo ready; sleep 600");
    bench.launch(&command);
    bench.prints(&command, "ready").await;
    let pid = bench.started(1).await;
    let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap();
    let environment = String::from_utf8_lossy(&environment).into_owned();
    let variables: Vec<(String, String)> = environment
        .split('\0')
        .filter(|variable| variable.starts_with("RBCONSOLE_"))
        .filter_map(|variable| variable.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let mut marked = bearer(&variables);
    // A run of the same name in another state directory.
    let of_name = |(name, value): (String, String)| {
        let other = name == "RBCONSOLE_MARK";
        (name, if other { "1-1".to_owned() } else { value })
    };
    let mut other = bearer(&variables.into_iter().map(of_name).collect::<Vec<_>>());
    bench.executor.stop(1);
    let report = bench.finished(1).await;
    assert_eq!((&report.ended, named(&report)), (&Ended::Stopped, vec![]));
    marked.wait().unwrap();
    assert!(other.try_wait().unwrap().is_none(), "it is another run's");
    other.kill().unwrap();
    other.wait().unwrap();
}

fn bearer(marker: &[(String, String)]) -> Child {
    let child = Command::new("sleep")
        .arg("600")
        .envs(marker.iter().cloned())
        .spawn()
        .unwrap();
    // The marker is the new program's only once that has begun.
    until("a marked process", || {
        let name = std::fs::read_to_string(format!("/proc/{}/comm", child.id()));
        name.is_ok_and(|name| name.trim() == "sleep")
    });
    child
}

#[tokio::test]
async fn what_is_left_by_a_normal_end_is_named_and_left_alone() {
    for tty in [false, true] {
        let mut bench = Bench::new();
        let mut command = in_scratch(&bench, 1, &format!("{RUNAWAY}\necho done"));
        command.tty = tty;
        let began = chrono::Utc::now();
        bench.launch(&command);
        let report = bench.finished(1).await;
        let runaway = number(&bench, "runaway");
        assert_eq!(report.ended, Ended::Exit { code: 0 });
        assert_eq!(named(&report), [("sleep".to_owned(), runaway.clone())]);
        let off = report.survivors[0].since - began;
        assert!(off.abs() < chrono::TimeDelta::seconds(20), "{off}");
        assert_eq!(
            report.survivors_in_words(),
            Some(format!("left behind: sleep (pid {runaway})"))
        );
        assert!(lives(&runaway));
        kill(&runaway);
        assert_eq!(group(&bench, &command), None);
    }
}

/// A script's own plumbing ends a moment after it, and is no news.
#[tokio::test]
async fn what_ends_with_the_command_is_not_named() {
    let mut bench = Bench::new();
    let command = launch(1, "exec > >(cat; exec sleep 0.02) 2>&1; echo one | cat");
    bench.launch(&command);
    let report = bench.finished(1).await;
    assert_eq!(
        (&report.ended, named(&report)),
        (&Ended::Exit { code: 0 }, vec![])
    );
    assert_eq!(bench.log(&command), "one\n");
}

/// A command that runs for a while has a control group, which is gone when it is over.
#[tokio::test]
async fn a_control_group_holds_what_runs_and_is_removed() {
    if !has_groups("a_control_group_holds_what_runs_and_is_removed") {
        return;
    }
    let mut bench = Bench::new();
    let script = format!("{RUNAWAY}\nread -r < go; echo more; sleep 600 & read -r < end; kill $!");
    let (go, end) = (bench.pipe("go"), bench.pipe("end"));
    let command = in_scratch(&bench, 1, &script);
    bench.launch(&command);
    let pid = bench.started(1).await.to_string();
    until("a group", || group(&bench, &command).is_some());
    let group = group(&bench, &command).unwrap();
    until("what ran away", || !number(&bench, "runaway").is_empty());
    let has = |pid: &str| {
        let members = std::fs::read_to_string(group.join("cgroup.procs")).unwrap_or_default();
        members.lines().any(|member| member == pid)
    };
    let runaway = number(&bench, "runaway");
    until("its members", || has(&pid) && has(&runaway));
    super::bench::write(&go, "on\n");
    bench.prints(&command, "more").await;
    super::bench::write(&end, "on\n");
    let report = bench.finished(1).await;
    assert_eq!(named(&report), [("sleep".to_owned(), runaway.clone())]);
    assert!(!group.exists(), "{} is left", group.display());
    assert!(lives(&runaway));
    kill(&runaway);
}

/// The supervisor is killed: what is left of its command is found and named by who
/// looks next, with a control group also what has cleared its environment.
#[tokio::test]
async fn what_outlives_its_supervisor_is_named() {
    let mut bench = Bench::new();
    let command = in_scratch(&bench, 1, &format!("{RUNAWAY}\necho ready; exec sleep 600"));
    bench.launch(&command);
    bench.prints(&command, "ready").await;
    let pid = bench.started(1).await.to_string();
    let grouped = has_groups("what_outlives_its_supervisor_is_named (by its group)");
    if grouped {
        until("a group", || group(&bench, &command).is_some());
        let group = group(&bench, &command).unwrap();
        until("both in it", || {
            std::fs::read_to_string(group.join("cgroup.procs"))
                .is_ok_and(|members| members.lines().count() == 2)
        });
    }
    let started = std::fs::read(bench.dir(&command).join("lock")).unwrap();
    let started: serde_json::Value = serde_json::from_slice(&started).unwrap();
    kill(&started["supervisor"].to_string());
    let report = bench.finished(1).await;
    assert_eq!(report.ended, Ended::Lost);
    let runaway = number(&bench, "runaway");
    let mut wanted = vec![("sleep".to_owned(), pid.clone())];
    if grouped {
        wanted.push(("sleep".to_owned(), runaway.clone()));
    }
    let mut found = named(&report);
    found.sort();
    wanted.sort();
    assert_eq!(found, wanted);
    // Whoever comes later sees them too, as long as they are there.
    let (mut second, verdict) = bench.another(&command);
    assert!(matches!(verdict, Verdict::Unknown(report) if report.survivors.len() == wanted.len()));
    assert_eq!(second.finished(1).await.survivors.len(), wanted.len());
    let group = group(&bench, &command);
    kill(&pid);
    kill(&runaway);
    until("their end", || !lives(&pid) && !lives(&runaway));
    until("nobody", || {
        let (_, verdict) = bench.another(&command);
        matches!(verdict, Verdict::Unknown(report) if report.survivors.is_empty())
    });
    assert!(
        group.is_none_or(|group| !group.exists()),
        "an empty group is left"
    );
}

/// Supervisors are killed in runs that nobody takes up again, and what they ran ends later: the next supervisor or
/// console that comes along, of whichever run, removes their groups, and no other.
#[tokio::test]
async fn the_groups_of_runs_that_nobody_takes_up_are_removed() {
    if !has_groups("the_groups_of_runs_that_nobody_takes_up_are_removed") {
        return;
    }
    for by_a_supervisor in [true, false] {
        // It lives, and its supervisor was there before.
        let mut other = Bench::new();
        let go = other.pipe("go");
        let living = in_scratch(&other, 1, "echo begun; read -r < go; sleep 600");
        other.launch(&living);
        other.prints(&living, "begun").await;
        until("its own group", || group(&other, &living).is_some());
        let own = group(&other, &living).unwrap();
        let mut next = Bench::new();
        let lost = abandoned_group().await;
        if by_a_supervisor {
            let command = launch(1, "sleep 600");
            next.launch(&command);
            until("a group", || group(&next, &command).is_some());
            next.executor.stop(1);
            next.finished(1).await;
        } else {
            next = Bench::new();
        }
        until("the removal", || !lost.exists());
        drop(next);
        assert!(own.exists(), "{} is in use", own.display());
        super::bench::write(&go, "on\n");
        other.executor.stop(1);
        other.finished(1).await;
        assert!(!own.exists(), "{} is left", own.display());
    }
}

/// The empty group of a supervisor that was killed, as was all that it ran, while nobody followed it.
async fn abandoned_group() -> PathBuf {
    let mut bench = Bench::new();
    let command = launch(1, "echo ready; exec sleep 600");
    bench.launch(&command);
    let pid = bench.started(1).await.to_string();
    until("a group", || group(&bench, &command).is_some());
    let group = group(&bench, &command).unwrap();
    until("its member", || {
        std::fs::read_to_string(group.join("cgroup.procs"))
            .is_ok_and(|members| members.trim() == pid)
    });
    let started = std::fs::read(bench.dir(&command).join("lock")).unwrap();
    let started: serde_json::Value = serde_json::from_slice(&started).unwrap();
    let supervisor = started["supervisor"].to_string();
    // The console's task is not run until then.
    kill(&supervisor);
    until("its end", || !lives(&supervisor));
    kill(&pid);
    until("the command's end", || !lives(&pid));
    std::fs::remove_file(bench.dir(&command).join("cgroup")).unwrap();
    group
}
