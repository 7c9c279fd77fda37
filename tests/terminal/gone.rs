//! A terminal that is gone without a word: nobody sends a signal, and what reads keys reads
//! nothing for ever. The console ends, and the run is let go.

use rbconsole::{engine::event::Manner, run_dir::RunDir, session::Watch};
use rustix::process::{Pid, Signal, kill_process};

use super::{
    effects, let_go,
    pty::Terminal,
    sandbox::{Sandbox, eventually},
    slow_runbook,
};

fn runbook(sandbox: &Sandbox) -> String {
    let path = sandbox.runbook("slow", &slow_runbook(sandbox.path()));
    path.to_string_lossy().into_owned()
}

/// Whoever takes the run over is told that the connection was lost.
fn is_told(sandbox: &Sandbox) {
    let dir = RunDir::open(&sandbox.run_dir()).expect("it is private");
    let watch = Watch::open(dir).expect("it can be read");
    assert!(watch.driver().is_none());
    let departure = watch.departure().expect("it is said how it was let go");
    assert_eq!(departure.how, Manner::Disconnected);
}

#[test]
fn home_and_the_form_end() {
    for (arguments, words) in [
        (&[][..], "type to filter"),
        (&["run", "slow"][..], "▸ Start the run"),
    ] {
        let sandbox = Sandbox::new();
        runbook(&sandbox);
        let mut terminal = Terminal::start_aside(&sandbox, arguments);
        terminal.sees(&[words]);
        terminal.hang_up();
        terminal.ends();
        sandbox.nothing_left();
    }
}

#[test]
fn a_run_is_let_go_and_what_runs_goes_on() {
    let sandbox = Sandbox::new();
    let mut terminal = Terminal::start_aside(&sandbox, &["run", &runbook(&sandbox)]);
    terminal.sees(&["▸ Start the run"]);
    terminal.press("Enter");
    terminal.sees(&["run ‘Append slowly’"]);
    terminal.press("Enter");
    terminal.sees(&["begun", "running (process"]);
    terminal.hang_up();
    terminal.ends();
    is_told(&sandbox);
    let_go(&sandbox);
    sandbox.nothing_left();
    assert_eq!(effects(&sandbox), ["first"]);
}

/// The program that started it is killed, and the shell has the terminal again: what is
/// typed there is for the shell.
#[test]
fn it_ends_where_nobody_can_bring_it_to_the_front() {
    const JOB: &str = r#"sh -c 'echo $$ >number; "$0" run "$1"; :' "$0" "$1"; read line"#;
    let sandbox = Sandbox::new();
    let arguments = ["-mc", JOB, Sandbox::program(), &runbook(&sandbox)];
    let mut terminal = Terminal::start_program(&sandbox, "bash", &arguments, &[]);
    terminal.sees(&["▸ Start the run"]);
    terminal.press("Enter");
    terminal.sees(&["run ‘Append slowly’"]);
    let number = std::fs::read_to_string(sandbox.path().join("number")).expect("it says so");
    let started = number.trim().parse().ok().and_then(Pid::from_raw);
    kill_process(started.expect("a number"), Signal::KILL).expect("it is ours");
    // The shell has it by then, which takes no line yet.
    terminal.press("x");
    eventually("the console has ended", || {
        let mut left = sandbox.processes();
        left.retain(|process| !process.contains(" bash "));
        if left.is_empty() {
            Ok(())
        } else {
            Err(format!("{left:?}"))
        }
    });
    is_told(&sandbox);
    terminal.press("\n\r");
    terminal.ends();
    sandbox.nothing_left();
}
