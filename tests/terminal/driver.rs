//! An operator who does the suggested next thing until nothing is left, and what the run's folder says about it.

use std::time::Duration;

use serde_json::Value;

use super::{
    pty::Terminal,
    sandbox::{PATIENCE, Sandbox, eventually, now},
};

/// When a key that came to nothing, because the screen had just changed, is pressed once more.
const AGAIN: Duration = Duration::from_secs(2);

/// The layers on the way to the close.
const LAYERS: [&str; 2] = ["Close the run as", "Anything to say about it?"];
/// The last of them.
const CLOSING: usize = 1;

/// Presses Enter whenever that is the way forward, until `over` is.
fn forward(terminal: &mut Terminal, over: impl Fn(&str) -> bool) {
    let began = now();
    let mut last = (now(), String::new());
    loop {
        let text = terminal.text();
        std::thread::sleep(Duration::from_millis(25));
        // A frame arrives in pieces: only one that stands is read.
        if letters(&text) != letters(&terminal.text()) {
            continue;
        }
        if over(&text) {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "no way forward:\n{text}");
        let footer = text.trim_end().lines().last().unwrap_or_default();
        assert!(
            !footer.trim_start().starts_with("↑↓ choose"),
            "a person is needed:\n{text}"
        );
        let layer = LAYERS.into_iter().position(|words| text.contains(words));
        // A retry comes by itself; another Enter would only use it up.
        let asked = footer.contains("Esc leave it");
        let forward = footer.contains("Enter ") && !footer.contains("retry now") && !asked;
        let ready = layer.is_some() || forward;
        let standing = letters(&text);
        let again = last.0.elapsed() > AGAIN;
        if ready && (standing != last.1 || again) {
            last = (now(), standing);
            terminal.press("Enter");
            if layer == Some(CLOSING) {
                // While that is written down, the screen still offers to close.
                terminal.sees(&["Enter leave"]);
            }
        } else if again && !footer.contains("x stop it") {
            // A refusal stands where the way forward would.
            last.0 = now();
            terminal.press("Esc");
        }
    }
}

/// The screen without its clocks.
fn letters(text: &str) -> String {
    text.chars().filter(|c| !c.is_ascii_digit()).collect()
}

/// Until the run is closed and the screen says so.
pub fn to_the_end(terminal: &mut Terminal) {
    forward(terminal, |text| {
        text.contains("The run closed as") && text.contains("Enter leave")
    });
}

/// Until a command of this phase was launched, or its last chance for that is there.
pub fn until_launched(terminal: &mut Terminal, sandbox: &Sandbox, phase: &str) {
    forward(terminal, |_| {
        let journal = sandbox.journal();
        let entered = journal
            .iter()
            .position(|line| event(line, "phase_entered").is_some_and(|it| it["phase"] == phase));
        entered.is_some_and(|at| {
            journal[at..]
                .iter()
                .any(|line| event(line, "attempt_starting").is_some())
        })
    });
    eventually("the command was launched", || {
        let attempts = std::fs::read_dir(sandbox.run_dir().join("attempts"))
            .expect("a folder")
            .count();
        let starting = sandbox
            .journal()
            .iter()
            .filter(|line| event(line, "attempt_starting").is_some())
            .count();
        if attempts == starting {
            Ok(())
        } else {
            Err(format!("{attempts} of {starting}"))
        }
    });
}

/// The event of a journal's line, if it is of this kind.
fn event<'a>(line: &'a Value, kind: &str) -> Option<&'a Value> {
    line["event"].get(kind)
}

/// The kinds of the journal's events, in order.
pub fn kinds(journal: &[Value]) -> Vec<String> {
    journal
        .iter()
        .filter_map(|line| line["event"].as_object())
        .filter_map(|event| event.keys().next().cloned())
        .collect()
}

/// The attempts of a step that the journal names.
pub fn attempts_of<'a>(journal: &'a [Value], step: &str) -> Vec<&'a Value> {
    journal
        .iter()
        .filter_map(|line| event(line, "attempt_starting"))
        .map(|starting| &starting["launch"])
        .filter(|launch| launch["step"] == step)
        .collect()
}

/// How many attempts of a step were really started: their claim says `spawn`.
pub fn spawned(sandbox: &Sandbox, step: &str) -> usize {
    let middle = format!("-{step}-");
    std::fs::read_dir(sandbox.run_dir().join("attempts"))
        .expect("a folder")
        .flatten()
        .filter(|item| {
            let name = item.file_name().to_string_lossy().into_owned();
            // 007-unlock-1 is no attempt of `lock`.
            name.get(3..).is_some_and(|rest| rest.starts_with(&middle))
        })
        .filter(|item| {
            std::fs::read(item.path().join("claim")).is_ok_and(|claim| claim == b"spawn")
        })
        .count()
}
