//! Where a terminal has no other screen than the shell's: a console that comes clears it,
//! and one that goes leaves it to whoever writes next.

use rustix::process::{Pid, Signal, kill_process};

use super::{pty::Terminal, sandbox::Sandbox, slow_runbook};

/// A shell that fills its screen, becomes the console, and goes on after it. Every cell
/// that a frame leaves blank would show what stood there.
const SCRIPT: &str = r#"
    for n in $(seq 30); do printf %0100d 0 | tr 0 "&"; echo; done
    "$0" run "$1"
    echo "after it"
    read line
"#;

/// What it fills it with: no frame shows it, nor has a folder for tests a name with it.
const OLD: &str = "&";

/// Without a background the theme leaves blanks to the terminal.
const PLAIN: (&str, &str) = ("NO_COLOR", "1");

fn runbook(sandbox: &Sandbox) -> String {
    let path = sandbox.runbook("slow", &slow_runbook(sandbox.path()));
    path.to_string_lossy().into_owned()
}

/// To the first step of the run.
fn begin(terminal: &mut Terminal) {
    terminal.sees(&["▸ Start the run"]);
    terminal.press("Enter");
    terminal.sees(&["run ‘Append slowly’"]);
    terminal.settled();
}

/// A frame, and nothing else.
fn is_clean(screen: &vt100::Screen) {
    let text = screen.contents();
    assert!(!text.contains(OLD), "old text is left:\n{text}");
    assert!(text.contains("run ‘Append slowly’"), "{text}");
}

/// What comes after the console stands below its frame, each on a row of its own.
fn is_left(screen: &vt100::Screen) {
    let text = screen.contents();
    let rows: Vec<&str> = text.lines().map(str::trim_end).collect();
    let row = |wanted: &str| rows.iter().position(|row| row.starts_with(wanted));
    let (frame, said) = (row("╰"), row("Detached. The run stays open"));
    assert!(frame.is_some() && frame < said, "{text}");
    let after = rows.iter().rposition(|row| !row.is_empty());
    assert!(after > said && after == row("after it"), "{text}");
    assert!(!text.contains("q detach"), "{text}");
    assert_eq!(screen.cursor_position().1, 0, "{text}");
}

#[test]
fn a_frame_stands_alone_and_leaves_room() {
    let sandbox = Sandbox::new();
    let runbook = runbook(&sandbox);
    let arguments = ["-c", SCRIPT, Sandbox::program(), &runbook];
    let mut terminal = Terminal::start_program(&sandbox, "sh", &arguments, &[PLAIN]);
    terminal.sees(&["▸ Start the run"]);
    terminal.settled();
    let text = terminal.with_one_screen().contents();
    assert!(!text.contains(OLD), "old text is left:\n{text}");
    begin(&mut terminal);
    is_clean(&terminal.with_one_screen());
    terminal.press("q");
    terminal.sees(&["after it"]);
    is_left(&terminal.with_one_screen());
    // Where there is another screen, nothing of the frame is left.
    let text = terminal.text();
    assert!(text.contains(OLD) && !text.contains('╰'), "{text}");
    terminal.press("\n");
    assert_eq!(terminal.ends().code(), Some(0));
    terminal.is_restored();
    sandbox.nothing_left();
}

#[test]
fn it_stands_alone_again_after_a_while_in_the_shell() {
    let sandbox = Sandbox::new();
    let arguments = ["run", &*runbook(&sandbox)];
    let mut terminal = Terminal::start_with(&sandbox, &arguments, &[PLAIN]);
    begin(&mut terminal);
    terminal.signal(Signal::TSTP);
    terminal.until("the shell's screen", |screen| !screen.alternate_screen());
    terminal.is_stopped();
    terminal.scribble(&format!("{}\r\n", OLD.repeat(100)).repeat(30));
    terminal.sees(&[OLD]);
    terminal.signal(Signal::CONT);
    terminal.sees(&["run ‘Append slowly’"]);
    terminal.settled();
    is_clean(&terminal.with_one_screen());
    terminal.press("q");
    assert_eq!(terminal.ends().code(), Some(3));
    terminal.is_restored();
}

/// In a multiplexer that gives its programs no other screen.
fn inside(test: &str, program: &str, settings: &str, arguments: &[&str]) {
    let path = std::env::var_os("PATH").unwrap_or_default();
    if !std::env::split_paths(&path).any(|folder| folder.join(program).is_file()) {
        println!("SKIPPED {test}: {program} is not installed");
        return;
    }
    let sandbox = Sandbox::new();
    let _ends = Ends(&sandbox);
    let file = sandbox.path().join("settings");
    rbconsole::run_dir::write_private(&file, settings.as_bytes()).expect("a file can be written");
    let sockets = sandbox.tmp().to_string_lossy().into_owned();
    let env = [
        PLAIN,
        ("LC_ALL", "C.UTF-8"),
        // Where they keep their sockets.
        ("TMUX_TMPDIR", &*sockets),
        ("SCREENDIR", &*sockets),
        // Of one that runs these tests.
        ("TMUX", ""),
        ("STY", ""),
    ];
    let runbook = runbook(&sandbox);
    let shell = ["sh", "-c", SCRIPT, Sandbox::program(), &*runbook];
    let arguments = [arguments, &shell].concat();
    let mut terminal = Terminal::start_program(&sandbox, program, &arguments, &env);
    begin(&mut terminal);
    is_clean(&terminal.screen());
    terminal.press("q");
    terminal.sees(&["after it"]);
    is_left(&terminal.screen());
    terminal.press("\n");
    assert_eq!(terminal.ends().code(), Some(0));
    sandbox.nothing_left();
}

/// Of a test that failed half-way, what keeps running without its terminal is ended.
struct Ends<'a>(&'a Sandbox);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        for process in self.0.processes() {
            let number = process.split(':').next().and_then(|pid| pid.parse().ok());
            if let Some(pid) = number.and_then(Pid::from_raw) {
                let _ = kill_process(pid, Signal::KILL);
            }
        }
    }
}

#[test]
fn in_tmux_without_another_screen() {
    inside(
        "in_tmux_without_another_screen",
        "tmux",
        "set -g status off\nset -g alternate-screen off\n",
        &["-u", "-f", "settings", "new-session"],
    );
}

/// It has none unless it is told.
#[test]
fn in_gnu_screen() {
    inside(
        "in_gnu_screen",
        "screen",
        "startup_message off\nvbell off\n",
        &["-U", "-c", "settings"],
    );
}
