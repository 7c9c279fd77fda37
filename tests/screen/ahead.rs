//! Keys that were pressed before what they meet stood on the screen: typed ahead, held down, or as something
//! else came up. They were meant for what stood there before, and make nothing happen.

use std::time::Duration;

use rbconsole::{
    engine::{Event, observed::Ended},
    trust::Store,
    tui::{
        form::{self, Filled, FormScreen},
        home::Chosen,
        keymap::Keymap,
        theme::{Depth, Theme},
    },
};

use super::{
    console::{Console, House, Setup, beginning, entries, in_a_runtime, perform, theme},
    home::{put, settings},
    language,
    people::{ben, driven_by_ana, handed_over},
    scenes::{answered, measured},
    trust::{at_home, eager, marks},
};

/// Longer than any test looks.
const LONG: Duration = Duration::from_hours(1);

fn mono() -> Theme {
    theme("dark", Depth::None)
}

fn large() -> Setup {
    Setup {
        size: (120, 40),
        ..Setup::default()
    }
}

fn is_recorded(house: &House, of: fn(&Event) -> bool) -> bool {
    entries(&house.run()).iter().any(|entry| of(&entry.event))
}

#[test]
fn no_runbook_is_trusted_before_it_could_be_read() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let settings = settings(folder.path());
    std::fs::create_dir_all(folder.path().join("runbooks")).expect("a folder");
    let text = eager(&folder.path().join("mark"));
    put(&folder.path().join("runbooks/eager.yaml"), &text);
    let (chosen, ()) = at_home(&settings, async |operator| {
        operator.press(&["Down"]);
        operator.sees(&["Enter shows what it would"]).await;
        operator.type_in("eager");
        // In one read, as from somebody who goes on filtering.
        operator.press(&["Enter", "t"]);
        operator.settle().await;
        operator.sees(&["Not trusted yet"]).await;
        assert!(!settings.state.join("trust.json").exists());
        operator.press(&["t"]);
    });
    assert!(matches!(chosen, Chosen::Begin(_)), "read, it is trusted");
    let kept = Store::in_state(&settings.state).read();
    assert_eq!(kept.expect("it is whole").len(), 1);
    assert_eq!(marks(folder.path()), [""; 0]);
}

#[test]
fn nothing_begins_before_its_form_was_seen() {
    let mut beginning = beginning(&Setup::default());
    beginning.environment = Some("production".to_owned());
    let theme = mono();
    let (filled, ()) = in_a_runtime(perform(
        (80, 24),
        async |bench, events| {
            // Both keys wait before there is a form.
            tokio::task::yield_now().await;
            let mut form = FormScreen::of(beginning).with_keys(&Keymap::default());
            form::fill(bench, events, &mut form, &theme)
                .await
                .expect("the glass does not break")
        },
        async |operator| {
            operator.press(&["Enter", "Ctrl-s"]);
            operator.sees(&["▸ Start the run"]).await;
            operator.settle().await;
            assert!(!operator.is_gone());
            operator.press(&["Enter"]);
        },
    ));
    assert_eq!(filled, Filled::Ready);
}

#[test]
fn no_run_is_taken_over_before_its_brief_was_drawn() {
    let house = handed_over();
    house.watch(&ben(), async |console| {
        console.sees(&["nobody drives"]).await;
        console.press(&["Enter", "Enter"]);
        console.settle().await;
        console.sees(&["I have read it and take over"]).await;
        console.press(&["q"]);
        console.settle().await;
    });
    assert!(!is_recorded(&house, |event| matches!(
        event,
        Event::TakenOver { .. }
    )));
}

/// The menu gives way to the brief while a finger is on its way to Enter.
#[test]
fn what_takes_a_layers_place_is_not_what_a_key_was_for() {
    let house = handed_over();
    let mut journal = Some(driven_by_ana(&house));
    let setup = Setup {
        wants_it: true,
        settle: LONG,
        ..ben()
    };
    house.watch(&setup, async |console| {
        console.sees(&["Ask to take over"]).await;
        drop(journal.take());
        console.sees(&["I have read it and take over"]).await;
        console.press(&["Enter"]);
        console.settle().await;
        console.sees(&["I have read it and take over"]).await;
        // To leave it is always possible.
        console.press(&["Esc"]);
        console
            .until("it is left", |text| !text.contains("I have read it"))
            .await;
    });
    assert!(!is_recorded(&house, |event| matches!(
        event,
        Event::TakenOver { .. }
    )));
}

#[test]
fn one_key_confirms_only_what_was_drawn() {
    let house = House::new();
    house.begin(&language::mono(), async |console| {
        language::to_the_drop(console).await;
        let before = console.hand.launches().len();
        console.press(&["Enter", "y"]);
        console.settle().await;
        console.sees(&["Press y to run it"]).await;
        assert_eq!(console.hand.launches().len(), before);
        console.press(&["y"]);
        console.launched("drop").await;
    });
}

/// One Enter after the other closes nothing: each layer is seen.
#[test]
fn the_close_is_seen_before_it_happens() {
    let house = House::new();
    house.begin(&large(), async |console| {
        measured(console, "7.2").await;
        console.press(&["c", "Enter", "Enter", "Enter"]);
        console.settle().await;
        console.sees(&["Close the run as"]).await;
        console.press(&["Enter", "Enter", "Enter"]);
        console.settle().await;
        console.sees(&["Anything to say about it?"]).await;
        assert!(!is_recorded(&house, |event| matches!(
            event,
            Event::RunClosed { .. }
        )));
        console.press(&["Enter"]);
        console.sees(&["Run closed as aborted"]).await;
    });
}

/// What is typed ahead into a question is text, and is not lost.
#[test]
fn an_off_script_command_typed_ahead_waits_for_its_key() {
    let house = House::new();
    house.begin(&large(), async |console| {
        measured(console, "7.2").await;
        let before = console.hand.launches().len();
        console.press(&["!"]);
        console.type_in("systemctl stop payments");
        console.press(&["Ctrl-s"]);
        console.settle().await;
        console
            .sees(&["Off-script command", "systemctl stop payments"])
            .await;
        assert_eq!(console.hand.launches().len(), before);
        console.press(&["Ctrl-s"]);
        let launch = console.launched("off-script").await;
        assert_eq!(launch.command(), "systemctl stop payments");
    });
}

/// Notes and what is searched for harm nothing: they may be typed in one go.
#[test]
fn a_note_typed_in_one_go_is_taken() {
    House::new().begin(&large(), async |console| {
        console.sees(&["run ‘Measure the error rate’"]).await;
        console.press(&["n"]);
        console.type_in("support is told");
        console.press(&["Enter"]);
        console.sees(&["ana: support is told"]).await;
    });
}

/// The card of a gate, or of a step that changes something, comes up under a finger.
#[test]
fn a_card_that_has_just_come_up_is_not_what_a_key_was_for() {
    let house = House::new();
    let setup = Setup {
        settle: LONG,
        ..large()
    };
    let told = "This came up as you pressed the key";
    house.begin(&setup, async |console| {
        measured(console, "7.2").await;
        console.sees(&["Roll back?", "▸ Roll back the code"]).await;
        console.press(&["Enter"]);
        console.sees(&[told]).await;
        // What the operator marks themselves is no sooner.
        console.press(&["j", "k", "Enter"]);
        console.settle().await;
        console.sees(&[told]).await;
        assert_eq!(console.hand.launches().len(), 1, "reading needs no look");
    });
    assert!(!is_recorded(&house, |event| matches!(
        event,
        Event::GateAnswered(_)
    )));
    let house = House::new();
    house.begin(&large(), async |console| {
        answered(console).await;
        console.press(&["Enter"]);
        console.launched("deploy").await;
    });
}

/// Nor is the one that stands there once a layer is gone.
#[test]
fn what_a_layer_hid_is_seen_again_first() {
    let house = House::new();
    house.begin(&large(), async |console| {
        answered(console).await;
        let before = console.hand.launches().len();
        console.press(&["?"]);
        console.sees(&["any key closes this"]).await;
        console.press(&["Esc", "Enter"]);
        console.settle().await;
        assert_eq!(console.hand.launches().len(), before);
        console.press(&["Enter"]);
        console.launched("deploy").await;
    });
}

/// A window that is too small shows nothing that a key could be meant for.
#[test]
fn nothing_is_done_in_a_window_that_is_too_small() {
    let house = House::new();
    house.begin(&large(), async |console| {
        answered(console).await;
        let before = console.hand.launches().len();
        console.resize(30, 10);
        console.sees(&["This window is too small."]).await;
        console.press(&["Enter"]);
        console.settle().await;
        assert_eq!(console.hand.launches().len(), before);
        console.resize(120, 40);
        console.settle().await;
        console.press(&["Enter"]);
        console.launched("deploy").await;
        assert_eq!(console.hand.launches().len(), before + 1);
    });
}

fn fails(console: &Console, attempt: u32, ended: Ended) {
    console.hand.started(attempt);
    console.hand.finish(attempt, ended, 900, &[]);
}

/// What was marked after one attempt is not marked after the next: the same line may be another choice.
#[test]
fn a_mark_goes_with_the_attempt_that_it_was_for() {
    House::new().begin(&large(), async |console| {
        answered(console).await;
        console.press(&["Enter"]);
        let first = console.launched("deploy").await.attempt;
        fails(console, first, Ended::Exit { code: 1 });
        console.sees(&["✘ failed", "Retry"]).await;
        console.press(&["j"]);
        console.sees(&["▸ Retry"]).await;
        console.press(&["Enter"]);
        // Beside the measurement and the first attempt.
        let second = console.launched_after(2).await;
        fails(console, second.attempt, Ended::Exit { code: 1 });
        console.sees(&["attempt 2", "✘ failed"]).await;
        console.settle().await;
        assert!(!console.text().contains("▸ Retry"), "{}", console.text());
        let count = console.hand.launches().len();
        console.press(&["Enter"]);
        console.sees(&["Choose with"]).await;
        assert_eq!(console.hand.launches().len(), count);
        // It ends unknown: nothing is marked for the operator.
        console.press(&["j"]);
        console.sees(&["▸ Retry"]).await;
        console.press(&["Enter"]);
        let third = console.launched_after(count).await;
        fails(console, third.attempt, Ended::Lost);
        console.sees(&["It took effect"]).await;
        console.settle().await;
        assert!(!console.text().contains("▸ It took"), "{}", console.text());
    });
}
