//! What is done beside the script: off-script commands, steps declared done, gates asked again, notes that are changed
//! and struck.

use rbconsole::{
    engine::{
        AttemptId, Entry, Event,
        event::{Conclusion, Outcome},
        observed::Ended,
    },
    output::Stream,
    runbook::Effect,
    tui::theme::{Depth, Theme},
};

use super::{
    clock,
    console::{Console, Frames, House, Setup, entries, theme},
    scenes::{answered, deploying, measured},
};

const COMMAND: &str = "systemctl restart payments-cache";

fn with(theme: Theme) -> Setup {
    Setup {
        theme,
        ..Setup::default()
    }
}

fn scene(theme: Theme, script: impl AsyncFnOnce(&mut Console) -> Frames) -> Frames {
    House::new().begin(&with(theme), script).0
}

fn mono() -> Setup {
    with(theme("dark", Depth::None))
}

/// A command is typed and waits for its key.
async fn asked(console: &Console) {
    console.press(&["!"]);
    console.sees(&["Off-script command", "in a terminal"]).await;
    console.type_in(COMMAND);
    console.sees(&[COMMAND]).await;
}

/// It runs, and has printed what a terminal is printed.
pub async fn runs(console: &Console) -> AttemptId {
    asked(console).await;
    console.press(&["Ctrl-s"]);
    let attempt = console.launched("off-script").await.attempt;
    console.hand.started(attempt);
    console
        .hand
        .print(attempt, Stream::Out, "Stopping payments-cache ...\r\n");
    console.sees(&["Stopping payments-cache"]).await;
    console.pass(4).await;
    attempt
}

async fn ends(console: &Console, attempt: AttemptId, ended: Ended) {
    console
        .hand
        .print(attempt, Stream::Out, "Started payments-cache.\r\n");
    console.sees(&["Started payments-cache"]).await;
    console.hand.finish(attempt, ended, 4_200, &[]);
    console.sees(&["it has ended"]).await;
    console.pass(1).await;
    console.settle().await;
}

pub fn off_script_asked(theme: Theme) -> Frames {
    scene(theme, async |console| {
        measured(console, "7.2").await;
        asked(console).await;
        console.frames().await
    })
}

pub fn off_script_running(theme: Theme) -> Frames {
    scene(theme, async |console| {
        measured(console, "7.2").await;
        runs(console).await;
        console.frames().await
    })
}

/// Beside a step's own command: each has its pane.
pub fn off_script_beside_a_step(theme: Theme) -> Frames {
    scene(theme, async |console| {
        deploying(console, "release 2026-11-19.3\n").await;
        runs(console).await;
        console.frames().await
    })
}

/// What is typed goes to it.
pub fn off_script_typing(theme: Theme) -> Frames {
    scene(theme, async |console| {
        measured(console, "7.2").await;
        let attempt = runs(console).await;
        console
            .hand
            .print(attempt, Stream::Out, "[sudo] password for ana: ");
        console.sees(&["password for ana"]).await;
        console.press(&["i"]);
        console.sees(&["Ctrl-] back"]).await;
        console.frames().await
    })
}

pub fn off_script_ended(theme: Theme) -> Frames {
    scene(theme, async |console| {
        answered(console).await;
        let attempt = runs(console).await;
        ends(console, attempt, Ended::Exit { code: 0 }).await;
        console.frames().await
    })
}

/// Nobody knows what it came to: somebody has to say it.
pub fn off_script_in_doubt(theme: Theme) -> Frames {
    scene(theme, async |console| {
        answered(console).await;
        let attempt = runs(console).await;
        ends(console, attempt, Ended::Lost).await;
        console.press(&["D"]);
        console.sees(&["take effect?", "It took no effect"]).await;
        console.frames().await
    })
}

/// The deployment is done by an off-script command; which one is asked.
async fn asked_what_did_it(console: &Console) {
    answered(console).await;
    let attempt = runs(console).await;
    ends(console, attempt, Ended::Exit { code: 0 }).await;
    console.press(&["D"]);
    console.sees(&["was done by …", "None of them"]).await;
}

pub fn done_by(theme: Theme) -> Frames {
    scene(theme, async |console| {
        asked_what_did_it(console).await;
        console.frames().await
    })
}

async fn declared(console: &Console) {
    asked_what_did_it(console).await;
    console.press(&["Enter"]);
    console.sees(&["is done: how do you know?"]).await;
    console.type_in("the old release answers");
    console.press(&["Enter"]);
    console.sees(&["Value of release"]).await;
    console.type_in("2026-11-19.3");
    console.press(&["Enter"]);
    console.sees(&["left of 2:00"]).await;
}

pub fn done_reason(theme: Theme) -> Frames {
    scene(theme, async |console| {
        asked_what_did_it(console).await;
        console.press(&["Enter"]);
        console.sees(&["is done: how do you know?"]).await;
        console.type_in("the old release answers");
        console.frames().await
    })
}

/// The step that was declared done, looked at again.
pub fn done(theme: Theme) -> Frames {
    scene(theme, async |console| {
        declared(console).await;
        console.press(&["Tab", "k"]);
        console.settle().await;
        console.press(&["Tab", "Tab"]);
        console.sees(&["the old release answers"]).await;
        console.frames().await
    })
}

/// Which follows from asking the gate again.
async fn asks_again(console: &Console) {
    deploying(console, "release 2026-11-19.3\n").await;
    let attempt = console.launched("deploy").await.attempt;
    let ended = Ended::Exit { code: 0 };
    let found = [("release", "2026-11-19.3")];
    console.hand.finish(attempt, ended, 12_300, &found);
    console.sees(&["left of 2:00"]).await;
    console.press(&["o"]);
    console.sees(&["Ask ‘Roll back?’ again?"]).await;
}

pub fn reopening(theme: Theme) -> Frames {
    scene(theme, async |console| {
        asks_again(console).await;
        console.frames().await
    })
}

pub fn reopening_reason(theme: Theme) -> Frames {
    scene(theme, async |console| {
        asks_again(console).await;
        console.press(&["j", "Enter"]);
        console.sees(&["again: why?"]).await;
        console.type_in("the schema did change");
        console.frames().await
    })
}

pub fn reopened(theme: Theme) -> Frames {
    scene(theme, async |console| {
        asks_again(console).await;
        console.press(&["j", "Enter"]);
        console.sees(&["again: why?"]).await;
        console.type_in("the schema did change");
        console.press(&["Enter"]);
        console.sees(&["Looking for evidence"]).await;
        console
            .hand
            .evidence("roll_back", "02:15:31 500 POST /payments\n");
        console.sees(&["02:15:31 500"]).await;
        console.frames().await
    })
}

async fn noted(console: &Console, text: &str) {
    console.press(&["n"]);
    console.sees(&["Alt-Enter"]).await;
    console.type_in(text);
    console.press(&["Enter"]);
    // Its time is the one at which it is written down.
    let is_saved = || {
        console.journal().iter().any(
            |entry| matches!(&entry.event, Event::NoteAdded { text: said, .. } if **said == *text),
        )
    };
    console
        .until("the note is saved", |shown| {
            !shown.contains("Alt-Enter") && is_saved()
        })
        .await;
    console.pass(30).await;
}

/// Two notes, and the first one is marked in the timeline.
async fn at_a_note(console: &Console) {
    measured(console, "7.2").await;
    noted(console, "Ben joins the cal").await;
    noted(console, "support is told").await;
    console.press(&["t"]);
    console
        .sees(&["Ben joins the cal", "support is told"])
        .await;
    console.press(&["k"]);
    console.settle().await;
}

pub fn note_changed(theme: Theme) -> Frames {
    scene(theme, async |console| {
        at_a_note(console).await;
        console.press(&["e"]);
        console.sees(&["What it said before stays"]).await;
        console.type_in("l");
        console.sees(&["Ben joins the call"]).await;
        console.frames().await
    })
}

pub fn note_struck(theme: Theme) -> Frames {
    scene(theme, async |console| {
        at_a_note(console).await;
        console.press(&["x"]);
        console.sees(&["Strike this note?"]).await;
        console.frames().await
    })
}

fn found<T>(all: &[Entry], of: impl Fn(&Event) -> Option<T>) -> Vec<T> {
    all.iter().filter_map(|entry| of(&entry.event)).collect()
}

/// It runs as typed, in a terminal, as a write of no step, also at an open gate; what it came to and what it did are on
/// record, and the gate still waits.
#[test]
fn an_off_script_command_is_on_record() {
    let house = House::new();
    house.begin(&mono(), async |console| {
        measured(console, "7.2").await;
        // Left, nothing runs; and nothing does before its own key.
        asked(console).await;
        console.press(&["Esc"]);
        console
            .until("it is left", |text| !text.contains(COMMAND))
            .await;
        asked(console).await;
        console.press(&["Enter"]);
        console.settle().await;
        assert_eq!(console.hand.launches().len(), 1, "the measurement alone");
        console.press(&["Esc"]);
        console.settle().await;
        let attempt = runs(console).await;
        ends(console, attempt, Ended::Exit { code: 3 }).await;
        console.sees(&["Roll back?", "exit 3"]).await;
    });
    let all = entries(&house.run());
    let launches = found(&all, |event| match event {
        Event::AttemptStarting { launch, beside, .. } if launch.step == "off-script" => {
            Some((launch.clone(), beside.clone()))
        }
        _ => None,
    });
    let [(launch, beside)] = launches.as_slice() else {
        panic!("{launches:?}")
    };
    assert_eq!(launch.command(), COMMAND);
    assert_eq!(launch.effect, Effect::Write);
    assert!(launch.tty, "it can ask for a password");
    assert_eq!(beside.as_deref(), Some("roll_back"));
    let outcomes = found(&all, |event| match event {
        Event::AttemptFinished {
            attempt, outcome, ..
        } if *attempt == launch.attempt => Some(outcome.clone()),
        _ => None,
    });
    let failed = Outcome::Failed {
        reason: "exit 3".to_owned(),
    };
    assert_eq!(outcomes, [failed]);
    let answered = found(&all, |event| {
        matches!(event, Event::GateAnswered(_)).then_some(())
    });
    assert!(answered.is_empty(), "the gate still waits");
}

/// On a small screen it has the room of the gate's evidence while it is looked at, and no longer.
#[test]
fn the_evidence_comes_back() {
    House::new().begin(&mono(), async |console| {
        measured(console, "7.2").await;
        let attempt = runs(console).await;
        // While it runs one does not lose it by Esc.
        console.press(&["Esc"]);
        console.settle().await;
        assert!(console.text().contains("Stopping payments-cache"));
        ends(console, attempt, Ended::Exit { code: 0 }).await;
        assert!(console.text().contains("Started payments-cache"));
        console.press(&["Esc"]);
        console.sees(&["GET /health", "Roll back the code"]).await;
        // What it printed is a key away.
        console.press(&["z"]);
        console
            .sees(&[
                "! systemctl restart payments-cache",
                "Started payments-cache",
            ])
            .await;
        console
            .until("nothing else is shown", |text| !text.contains("why "))
            .await;
    });
}

/// What nobody knows is said by somebody, with their reason.
#[test]
fn a_doubt_is_ended_by_a_person() {
    let house = House::new();
    house.begin(&mono(), async |console| {
        answered(console).await;
        let attempt = runs(console).await;
        ends(console, attempt, Ended::Lost).await;
        console.press(&["D"]);
        console.sees(&["Not known yet"]).await;
        console.press(&["Enter"]);
        console
            .until("it stays open", |text| !text.contains("Not known yet"))
            .await;
        console.press(&["D"]);
        console.sees(&["Not known yet"]).await;
        console.press(&["j", "j", "Enter"]);
        console.sees(&["how do you know?"]).await;
        console.press(&["Enter"]);
        console.sees(&["Say why in a few words"]).await;
        console.type_in("the cache is as old as before");
        console.press(&["Enter"]);
        console.sees(&["took no effect"]).await;
    });
    let said = found(&entries(&house.run()), |event| match event {
        Event::OffScriptDeclared {
            took_effect,
            reason,
            ..
        } => Some((*took_effect, reason.clone())),
        _ => None,
    });
    assert_eq!(said, [(false, "the cache is as old as before".to_owned())]);
}

/// Who declares a step done says by what, how they know, and what it would have found.
#[test]
fn a_step_is_declared_done() {
    let house = House::new();
    let ran = house
        .begin(&mono(), async |console| {
            declared(console).await;
            console.hand.launches().len()
        })
        .0;
    assert_eq!(ran, 2, "the measurement and the off-script command");
    let all = entries(&house.run());
    let done = found(&all, |event| match event {
        Event::StepConcluded {
            step,
            conclusion: Conclusion::DoneOffScript { reason, attempt },
            values,
        } => Some((step.clone(), reason.clone(), *attempt, values.clone())),
        _ => None,
    });
    let [(step, reason, attempt, values)] = done.as_slice() else {
        panic!("{done:?}")
    };
    assert_eq!((step.as_str(), *attempt), ("deploy", Some(2)));
    assert_eq!(reason, "the old release answers");
    assert_eq!(values["release"].to_string(), "2026-11-19.3");
}

/// A gate is asked again with a reason; what ran stays done, and the old answer is not in force.
#[test]
fn a_gate_is_asked_again() {
    let house = House::new();
    house.begin(&mono(), async |console| {
        asks_again(console).await;
        // What is marked first leaves it as it is.
        console.press(&["Enter"]);
        console
            .until("it is left", |text| !text.contains("again?"))
            .await;
        console.press(&["o"]);
        console.sees(&["Leave the answer as it is"]).await;
        console.press(&["j", "Enter"]);
        console.sees(&["again: why?"]).await;
        console.press(&["Enter"]);
        console.sees(&["Say why in a few words"]).await;
        console.type_in("the schema did change");
        console.press(&["Enter"]);
        console.sees(&["Roll back code and database"]).await;
        assert_eq!(console.hand.launches().len(), 2, "nothing runs by that");
    });
    let all = entries(&house.run());
    let again = found(&all, |event| match event {
        Event::GateReopened(it) => Some((it.gate.clone(), it.reason.clone())),
        _ => None,
    });
    let wanted = ("roll_back".to_owned(), "the schema did change".to_owned());
    assert_eq!(again, [wanted]);
    let (state, _) = rbconsole::session::resume::read(&house.run()).expect("it can be read");
    assert!(state.status("deploy").is_settled());
    assert!(!state.status("roll_back").is_settled());
}

/// What a note said before stays in the journal; one that is struck is in no line of the timeline any more.
#[test]
fn notes_are_changed_and_struck() {
    let house = House::new();
    house.begin(&mono(), async |console| {
        at_a_note(console).await;
        console.press(&["e"]);
        console.sees(&["What it said before stays"]).await;
        console.type_in("l");
        console.press(&["Enter"]);
        console.sees(&["ana: Ben joins the call"]).await;
        console.press(&["x"]);
        console.sees(&["Strike this note?", "Keep it"]).await;
        // Keeping it is what is marked.
        console.press(&["Enter"]);
        console.sees(&["ana: Ben joins the call"]).await;
        console
            .until("it is kept", |text| !text.contains("Keep it"))
            .await;
        console.press(&["G", "x"]);
        console.sees(&["Keep it"]).await;
        console.press(&["j", "Enter"]);
        console
            .until("it is struck", |text| !text.contains("support is told"))
            .await;
        // A line that nobody wrote is no note.
        console.press(&["g", "x"]);
        console.sees(&["Only notes and pins can be changed"]).await;
    });
    let (state, _) = rbconsole::session::resume::read(&house.run()).expect("it can be read");
    let [first, second] = state.notes.as_slice() else {
        panic!("{:?}", state.notes)
    };
    assert_eq!(&*first.text, "Ben joins the call");
    assert_eq!(&*first.earlier[0].text, "Ben joins the cal");
    assert_eq!(first.at, clock_of(&house, "Ben joins the cal"));
    assert_eq!(&*second.text, "support is told");
    assert_eq!(second.struck.as_ref().map(|(_, by)| &**by), Some("ana"));
}

/// When a note was written down.
fn clock_of(house: &House, words: &str) -> chrono::DateTime<chrono::Utc> {
    let all = entries(&house.run());
    let note = all
        .iter()
        .find(|entry| matches!(&entry.event, Event::NoteAdded { text, .. } if **text == *words));
    note.map_or_else(clock::now, |entry| entry.at)
}

/// A note for an earlier time may stand far up in the timeline: the screen says where.
#[test]
fn a_backdated_note_says_where_it_stands() {
    House::new().begin(&mono(), async |console| {
        measured(console, "7.2").await;
        console.press(&["n"]);
        console.sees(&["Alt-Enter"]).await;
        console.type_in("-20m the pager went off");
        console.press(&["Enter"]);
        console.sees(&["Noted for 2026-11-20 01:5"]).await;
    });
}
