//! Nobody knows what stands on the terminal: the window was another one for a moment, other
//! programs wrote over it, or the shell had it. Every screen is whole again afterwards.

use rustix::process::Signal;

use super::{pty::Terminal, sandbox::Sandbox, slow_runbook};

/// A screen, how one comes to it, and what stands at its top and its bottom.
struct Place {
    open: fn(&Sandbox) -> Terminal,
    words: &'static [&'static str],
}

const PLACES: &[Place] = &[
    Place {
        open: |sandbox| Terminal::start(sandbox, &[]),
        // The closer look is over: signals are heard from then on.
        words: &["rbconsole   type to filter", "New here?", "F1 help"],
    },
    Place {
        open: |sandbox| run(sandbox, &slow(sandbox)),
        words: &["Before it begins", "▸ Start the run", "F1 help"],
    },
    Place {
        open: |sandbox| {
            let path = sandbox.foreign_runbook("slow", &slow_runbook(sandbox.path()));
            run(sandbox, &path.to_string_lossy())
        },
        words: &["Not trusted yet", "it stays untrusted"],
    },
    Place {
        open: changed,
        words: &["The runbook's file has changed", "go on with the pinned"],
    },
    Place {
        open: begun,
        words: &["LIVE", "╭ Plan", "run ‘Append slowly’"],
    },
    Place {
        open: |sandbox| {
            let mut terminal = begun(sandbox);
            terminal.press("n");
            terminal
        },
        words: &["LIVE", "╭ Plan", "Alt-Enter a new line"],
    },
];

fn slow(sandbox: &Sandbox) -> String {
    let path = sandbox.runbook("slow", &slow_runbook(sandbox.path()));
    path.to_string_lossy().into_owned()
}

fn run(sandbox: &Sandbox, runbook: &str) -> Terminal {
    Terminal::start(sandbox, &["run", runbook])
}

fn begun(sandbox: &Sandbox) -> Terminal {
    let mut terminal = run(sandbox, &slow(sandbox));
    terminal.sees(&["▸ Start the run"]);
    terminal.press("Enter");
    terminal.sees(&["run ‘Append slowly’"]);
    terminal
}

fn changed(sandbox: &Sandbox) -> Terminal {
    let mut terminal = begun(sandbox);
    terminal.press("q");
    terminal.ends();
    let text = slow_runbook(sandbox.path()).replace("Append again", "Append once more");
    sandbox.runbook("slow", &text);
    Terminal::start(sandbox, &["resume", "last"])
}

/// Every screen is whole after something was done to it.
fn is_whole_after(what: impl Fn(&mut Terminal) + Sync) {
    std::thread::scope(|scope| {
        for place in PLACES {
            let what = &what;
            scope.spawn(move || {
                let sandbox = Sandbox::new();
                let mut terminal = (place.open)(&sandbox);
                terminal.sees(place.words);
                terminal.settled();
                what(&mut terminal);
                terminal.sees(place.words);
                drop(terminal);
                sandbox.nothing_left();
            });
        }
    });
}

#[test]
fn a_window_is_another_one_for_a_moment() {
    is_whole_after(|terminal| {
        terminal.signal(Signal::STOP);
        terminal.is_stopped();
        terminal.resize(60, 15);
        terminal.resize(100, 30);
        terminal.signal(Signal::CONT);
    });
}

#[test]
fn others_write_over_it() {
    is_whole_after(|terminal| {
        let message = "Broadcast message from root: the disk is full\r\n";
        terminal.scribble(&format!("\u{1b}[H{}", message.repeat(30)));
        terminal.sees(&["Broadcast message"]);
        terminal.press("\u{c}");
        terminal.until("nothing of it", |screen| {
            !screen.contents().contains("Broadcast")
        });
    });
}

#[test]
fn the_shell_has_it_for_a_while() {
    is_whole_after(|terminal| {
        terminal.signal(Signal::TSTP);
        terminal.until("the shell's screen", |screen| !screen.alternate_screen());
        terminal.is_stopped();
        terminal.signal(Signal::CONT);
        terminal.until("the console's screen", vt100::Screen::alternate_screen);
    });
}

/// A screen over another one stops for both.
#[test]
fn one_stop_is_one_stop() {
    let sandbox = Sandbox::new();
    sandbox.foreign_runbook("slow", &slow_runbook(sandbox.path()));
    let mut terminal = Terminal::start(&sandbox, &[]);
    terminal.sees(&["Append slowly  ⚠ not trusted"]);
    terminal.press("Append");
    terminal.sees(&["▸ Append slowly"]);
    terminal.press("Enter");
    terminal.sees(&["Not trusted yet"]);
    terminal.signal(Signal::TSTP);
    terminal.is_stopped();
    terminal.signal(Signal::CONT);
    terminal.sees(&["Not trusted yet"]);
    terminal.press("Esc");
    terminal.sees(&["▸ Append slowly"]);
    terminal.press("x");
    terminal.sees(&["Appendx"]);
    terminal.press("\u{11}");
    assert_eq!(terminal.ends().code(), Some(0));
    terminal.is_restored();
}
