//! Commands in a real terminal.

use rbconsole::{
    engine::{effect::Capture, observed::Ended},
    executor::{Executor, Size, Verdict},
    runbook::Pick,
};

use super::bench::{Bench, hides_what_is_typed, launch, lives};

fn in_terminal(attempt: u32, script: &str) -> rbconsole::engine::Launch {
    let mut command = launch(attempt, script);
    command.tty = true;
    command
}

/// It is one: all three descriptors, a controlling terminal, a size, and what it prints is kept and taken.
#[tokio::test]
async fn a_terminal_is_a_terminal() {
    let mut bench = Bench::new();
    let script = r#"
        test -t 0 && test -t 1 && test -t 2 && echo all three
        echo to-the-controlling-terminal > /dev/tty
        stty size
        echo "TERM=$TERM COLUMNS=$(printenv COLUMNS || echo none)"
        echo error >&2
        echo "rate 7.5"
        exit 3
    "#;
    let mut command = in_terminal(1, script);
    command.capture = Capture {
        picks: [
            ("rate".to_owned(), Pick::Regex("(?m)^rate (.*)$".to_owned())),
            ("first".to_owned(), Pick::Line(1)),
            ("all".to_owned(), Pick::Text),
        ]
        .into(),
        expect_stdout: Some("error\nrate".to_owned()),
    };
    bench.launch(&command);
    let report = bench.finished(1).await;
    assert_eq!(report.ended, Ended::Exit { code: 3 });
    let text = "all three\nto-the-controlling-terminal\n24 80\n\
                TERM=xterm-256color COLUMNS=none\nerror\nrate 7.5";
    let values = &report.captured.values;
    assert_eq!(values["rate"].as_deref(), Some("7.5"));
    assert_eq!(values["first"].as_deref(), Some("all three"));
    assert_eq!(values["all"].as_deref(), Some(text));
    assert_eq!(report.captured.stdout_matches, Some(true));
    let log = bench.log(&command);
    assert_eq!(log, format!("{text}\n").replace('\n', "\r\n"));
    assert_eq!(report.output.bytes, log.len() as u64);
}

/// What is typed arrives; what is typed in secret stands nowhere.
#[tokio::test]
async fn a_password_is_asked_for_and_kept_nowhere() {
    let mut bench = Bench::new();
    let script = r#"
        printf 'Password: '
        read -rs answer; echo
        printf 'Name: '
        read -r name
        echo "welcome $name, your $(printf %s "$answer" | wc -c) bytes"
    "#;
    let command = in_terminal(1, script);
    bench.launch(&command);
    bench.prints(&command, "Password: ").await;
    hides_what_is_typed(bench.started(1).await);
    bench.executor.type_in(1, "swordfish é\r".as_bytes());
    bench.prints(&command, "Name: ").await;
    bench.executor.type_in(1, b"anb\x7fa\r");
    let report = bench.finished(1).await;
    assert_eq!(report.ended, Ended::Exit { code: 0 });
    let log = bench.log(&command);
    assert!(log.contains("welcome ana, your 12 bytes"), "{log}");
    for file in std::fs::read_dir(bench.dir(&command)).unwrap().flatten() {
        let bytes = std::fs::read(file.path()).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("swordfish"), "{:?}", file.path());
    }
}

/// A terminal takes another size while its command runs, and later ones begin with it.
#[tokio::test]
async fn a_size_is_told() {
    let mut bench = Bench::new();
    let script = "trap 'stty size; exit' WINCH; echo ready; while :; do sleep 0.05; done";
    let command = in_terminal(1, script);
    bench.launch(&command);
    bench.prints(&command, "ready").await;
    let size = Size {
        cols: 101,
        rows: 33,
    };
    bench.executor.resize(1, size);
    bench.finished(1).await;
    assert!(bench.log(&command).contains("33 101"));
    let later = in_terminal(2, "stty size");
    bench.launch(&later);
    bench.finished(2).await;
    assert_eq!(bench.log(&later), "33 101\r\n");
}

/// A shell in a terminal gives its jobs groups of their own; a stop reaches them all, as does Ctrl-C by the terminal.
#[tokio::test]
async fn a_stop_reaches_every_job() {
    let mut bench = Bench::new();
    let script = r#"
        set -m
        trap 'echo told' TERM
        (trap '' HUP; echo "job $BASHPID"; while :; do sleep 0.1; done) &
        sleep 0.1
        while :; do sleep 0.1; done
    "#;
    let command = in_terminal(1, script);
    bench.launch(&command);
    bench.prints(&command, "job ").await;
    let mut command_2 = in_terminal(
        2,
        "trap '' TERM HUP; (trap '' TERM HUP; echo job $BASHPID; while :; do sleep 0.1; done) & wait; wait",
    );
    command_2.kill_grace_ms = 300;
    bench.launch(&command_2);
    bench.prints(&command_2, "job ").await;
    bench.executor.stop(2);
    assert_eq!(bench.finished(2).await.ended, Ended::Stopped);
    bench.executor.stop(1);
    // It catches the TERM and goes on: only the KILL ends it.
    bench.prints(&command, "told").await;
    assert_eq!(bench.finished(1).await.ended, Ended::Stopped);
    for command in [&command, &command_2] {
        let log = bench.log(command);
        let job = log.split("job ").nth(1).unwrap().lines().next().unwrap();
        assert!(!lives(job), "{job} lives");
    }
}

/// Also where the console was started by a shell without job control, which lets it ignore them.
#[tokio::test]
async fn keys_that_are_signals_are_signals() {
    for (key, signal, ignored) in [
        (b"\x03", 2, "HUP"),
        (b"\x03", 2, "INT QUIT TSTP"),
        (b"\x1c", 3, "INT QUIT TSTP"),
    ] {
        let mut bench = Bench::ignoring(ignored);
        let command = in_terminal(1, "ulimit -c 0; echo ready; exec cat; echo never");
        bench.launch(&command);
        bench.prints(&command, "ready").await;
        // A shell ignores some of them and loses others when it is about to start a program: that must run.
        bench.executor.type_in(1, b"on\r");
        bench.prints(&command, "on\r\non\r\n").await;
        bench.executor.type_in(1, key);
        let report = bench.finished(1).await;
        assert_eq!(report.ended, Ended::Signal { signal }, "{ignored}");
        assert!(!bench.log(&command).contains("never"));
    }
}

#[tokio::test]
async fn a_deadline_holds_in_a_terminal() {
    let mut bench = Bench::new();
    let mut command = in_terminal(1, "echo begun; cat");
    command.timeout_ms = 300;
    bench.launch(&command);
    assert_eq!(bench.finished(1).await.ended, Ended::Deadline);
    assert_eq!(bench.log(&command), "begun\r\n");
}

#[tokio::test]
async fn what_cannot_start_says_why() {
    let mut bench = Bench::new();
    let mut command = in_terminal(1, "");
    command.argv = vec!["no-such-program-here".to_owned()];
    bench.launch(&command);
    let reason = match bench.finished(1).await.ended {
        Ended::NotStarted { reason } => reason,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        reason,
        "the program `no-such-program-here` is not installed"
    );
    let mut command = in_terminal(2, &"x".repeat(200_000));
    command.cwd = Some(bench.scratch());
    bench.launch(&command);
    let ended = bench.finished(2).await.ended;
    assert!(
        matches!(&ended, Ended::NotStarted { reason } if reason.contains("too long")),
        "{ended:?}"
    );
}

/// All of it is in the log, however fast it came and however suddenly the command ended.
#[tokio::test]
async fn nothing_of_a_flood_is_missing() {
    let mut bench = Bench::new();
    let command = in_terminal(1, "seq 1 300000");
    bench.launch(&command);
    let report = bench.finished(1).await;
    let expected: usize = (1..=300_000).map(|n: u32| n.to_string().len() + 2).sum();
    assert_eq!(report.output.bytes, expected as u64);
    assert!(bench.log(&command).ends_with("299999\r\n300000\r\n"));
}

/// A command may close its terminal and open it again; and a console that went away changes nothing.
#[tokio::test]
async fn the_terminal_stays_until_the_command_ends() {
    let mut bench = Bench::new();
    let script = r#"
        exec < /dev/null > /dev/null 2>&1
        sleep 0.5
        printf 'Again: ' > /dev/tty
        read -r answer < /dev/tty
        echo "got $answer" > /dev/tty
    "#;
    let command = in_terminal(1, script);
    bench.launch(&command);
    bench.prints(&command, "Again: ").await;
    let (mut second, verdict) = bench.another(&command);
    drop(bench);
    assert_eq!(verdict, Verdict::Running);
    second.started(1).await;
    second.executor.type_in(1, b"it\r");
    assert_eq!(second.finished(1).await.ended, Ended::Exit { code: 0 });
    assert!(second.log(&command).contains("got it"));
}
