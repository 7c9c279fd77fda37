//! The gallery: drives the real program in a real pseudo-terminal through its main states, and draws what stands
//! there.
//!
//!     cargo test --test gallery                                   # every scene reaches its words
//!     RBCONSOLE_GALLERY=/tmp/gallery cargo test --test gallery    # and is drawn, in every theme
//!
//! Each theme gets a folder with a picture a scene. Those that the README shows stand in `tests/gallery/pictures` and
//! are copied there by hand, once they were looked at.

#[path = "terminal/pty.rs"]
mod pty;
#[path = "terminal/sandbox.rs"]
mod sandbox;
#[path = "gallery/svg.rs"]
mod svg;

use std::{path::PathBuf, time::Duration};

use pty::Terminal;
use rbconsole::run_dir::write_private;
use sandbox::Sandbox;

const NIGHT: &str = include_str!("gallery/night.yaml");
/// As large as a window on a laptop.
const SIZE: (u16, u16) = (120, 36);
/// A picture is drawn when nothing has come for so long.
const STILL: Duration = Duration::from_millis(150);

/// Where pictures go, if they are wanted.
fn wanted() -> Option<PathBuf> {
    std::env::var_os("RBCONSOLE_GALLERY").map(PathBuf::from)
}

#[test]
fn dark() {
    night("dark");
}

#[test]
fn light() {
    night("light");
}

#[test]
fn high_contrast() {
    if_drawn("high-contrast");
}

#[test]
fn colour_blind() {
    if_drawn("colour-blind");
}

#[test]
fn mono() {
    if_drawn("mono");
}

/// The scenes are the same in every theme: two prove that they are reached.
fn if_drawn(theme: &'static str) {
    if wanted().is_some() {
        night(theme);
    }
}

/// One night, scene by scene.
struct Night {
    terminal: Terminal,
    theme: &'static str,
    scenes: usize,
}

impl Night {
    /// A scene is reached when all its words stand there; then it is drawn.
    fn scene(&mut self, name: &str, words: &[&str]) {
        self.terminal.sees(words);
        self.scenes += 1;
        let Some(folder) = wanted() else {
            return;
        };
        let mut before = 0;
        for _ in 0..10 {
            let now = self.terminal.raw().len();
            if std::mem::replace(&mut before, now) == now {
                break;
            }
            std::thread::sleep(STILL);
        }
        let folder = folder.join(self.theme);
        std::fs::create_dir_all(&folder).expect("a folder for pictures");
        let file = folder.join(format!("{:02}-{name}.svg", self.scenes));
        let picture = svg::draw(&self.terminal.screen());
        rbconsole::run_dir::write_as_asked(&file, picture.as_bytes()).expect("a picture");
    }

    /// Goes back from a layer; keys that come too early would still be its own.
    fn leaves(&mut self, words: &str) {
        self.terminal.press("Esc");
        self.terminal.until("the layer is gone", |screen| {
            !screen.contents().contains(words)
        });
    }

    fn press(&mut self, keys: &[&str]) {
        for key in keys {
            self.terminal.press(key);
        }
    }
}

fn night(theme: &'static str) {
    let sandbox = Sandbox::new();
    sandbox.runbook("payments-back", NIGHT);
    let config = format!("theme: {theme}\n");
    write_private(
        &sandbox.path().join("config/config.yaml"),
        config.as_bytes(),
    )
    .expect("a config file");
    left_open(&sandbox);
    let terminal = Terminal::start_with(&sandbox, &[], &[("COLORTERM", "truecolor")]);
    terminal.resize(SIZE.0, SIZE.1);
    let mut night = Night {
        terminal,
        theme,
        scenes: 0,
    };
    beginning(&mut night);
    assessing(&mut night);
    acting(&mut night, &sandbox);
    ending(&mut night);
    assert_eq!(night.terminal.ends().code(), Some(0));
    night.terminal.is_restored();
    // What was left open is not gone on with: only its console ended.
    assert_eq!(sandbox.run_dirs().len(), 2);
    assert_eq!(night.scenes, 17);
    sandbox.nothing_left();
}

/// Somebody else's run, waiting for its gate.
fn left_open(sandbox: &Sandbox) {
    let open = "version: 1
title: Move search to the other cluster
phases:
  - { id: work, title: Work, steps: [{ id: sure, title: Move now?, gate: { answers: { go: { label: Go } } } }] }
";
    let path = sandbox.runbook("search-move", open);
    let status = sandbox
        .command(Sandbox::program())
        .args(["run", &path.to_string_lossy(), "--headless"])
        .output()
        .expect("the program runs");
    assert_eq!(status.status.code(), Some(3), "{status:?}");
}

fn beginning(night: &mut Night) {
    night.scene(
        "home",
        &["Unfinished runs", "Move search", "Runbooks", "Preview"],
    );
    night.press(&["\u{1b}[B"]);
    night.scene(
        "home-runbook",
        &["Take payments back", "Orders fail after a deployment"],
    );
    night.press(&["Take payments"]);
    night.scene(
        "home-filtered",
        &["Take payments back", "Orders fail after a deployment"],
    );
    night.press(&["Enter"]);
    night.scene("form", &["environment", "release", "2026.11.3", "INC-4711"]);
    // The environment is chosen, the rest is prefilled.
    night.press(&["\u{1b}[C"]);
    night.terminal.sees(&["production"]);
    night.press(&["\u{13}"]);
}

fn assessing(night: &mut Night) {
    night.scene(
        "step",
        &[
            "LIVE",
            "Measure the error rate",
            "run ‘Measure the error rate’",
        ],
    );
    night.press(&["Enter"]);
    night.scene(
        "gate",
        &[
            "Roll back to 2026.11.3?",
            "43 complaints",
            "◂ suggested",
            "Enter Roll back",
        ],
    );
    night.press(&["?"]);
    night.terminal.sees(&["note; may begin with a time"]);
    night.scene("help", &["run on while steps succeed"]);
    night.leaves("run on while steps succeed");
    night.press(&["Enter"]);
}

fn acting(night: &mut Night, sandbox: &Sandbox) {
    night.terminal.sees(&["run ‘Drain both regions’"]);
    night.press(&["Enter"]);
    night.scene(
        "side-by-side",
        &["connections left", "orders wait", "error rate", "p95"],
    );
    write_private(&sandbox.path().join("drained"), b"").expect("a file");
    night.terminal.sees(&["run ‘Switch to 2026.11.3’"]);
    night.press(&["Enter"]);
    night.scene(
        "failure",
        &[
            "does not answer",
            "Retry",
            "Leave west-07 out",
            "Skip with a reason",
        ],
    );
    night.press(&["n", "west-07 was already known to be broken", "Enter"]);
    night.terminal.sees(&["west-07 was already known"]);
    night.press(&["j", "j", "j", "Enter"]);
    night.scene(
        "manual",
        &[
            "Posted in the incident channel",
            "Enter tick the entry",
            "To paste elsewhere",
        ],
    );
    night.press(&["h"]);
    night.scene("hand-over", &["Hand over", "(whoever takes it)"]);
    night.leaves("(whoever takes it)");
    for item in ["✔ Posted", "✔ Support knows", "✔ INC-4711"] {
        night.terminal.sees(&["Enter tick the entry"]);
        night.press(&["Enter"]);
        night.terminal.sees(&[item]);
    }
    night.terminal.sees(&["Enter done"]);
    night.press(&["Enter"]);
    night.scene("wait", &["left of 10:00"]);
    night.press(&["Enter"]);
    night.terminal.sees(&["early: why?"]);
    night.press(&["the queue is empty", "Enter"]);
    night.terminal.sees(&["run ‘Drop the queue"]);
    night.press(&["Enter"]);
    night.scene(
        "confirmation",
        &["cannot be undone", "Type payments-queue to run it"],
    );
    night.press(&["payments-queue", "Enter"]);
    night.terminal.sees(&["Enter close the run"]);
}

fn ending(night: &mut Night) {
    night.press(&["t"]);
    night.scene(
        "timeline",
        &["Drain both regions", "west-07 was already known"],
    );
    night.press(&["t"]);
    night.terminal.sees(&["Plan"]);
    night.press(&["Enter"]);
    night.scene("closing", &["Close the run as", "Resolved", "Stood down"]);
    night.press(&["Enter"]);
    night.scene("closing-note", &["Anything to say about it?"]);
    night.press(&["Back on 2026.11.3 after a quarter of an hour", "Enter"]);
    night.scene(
        "closed",
        &["The run closed as resolved", "The report is written"],
    );
    night.press(&["Enter"]);
}
