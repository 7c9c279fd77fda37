//! What hands do that is no key of a pane: the palette, the mouse, and what is told
//! beside the frames.

use crossterm::event::{Event as Input, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use rbconsole::{
    engine::{Event, event::RunKind, observed::Ended},
    output::Stream,
};

use super::{
    console::{Console, House, Setup, entries},
    scenes,
};

/// Where words stand on the screen.
fn place_of(console: &Console, words: &str) -> (u16, u16) {
    let text = console.text();
    let found = text.lines().enumerate().find_map(|(row, line)| {
        let column = line.find(words)?;
        Some((line[..column].chars().count(), row))
    });
    let (column, row) = found.unwrap_or_else(|| panic!("no {words} in\n{text}"));
    let small = |number: usize| u16::try_from(number).expect("screens are small");
    (small(column), small(row))
}

fn mouse(console: &Console, kind: MouseEventKind, words: &str) {
    let (column, row) = place_of(console, words);
    console.send(Input::Mouse(MouseEvent {
        kind,
        column: column + 1,
        row,
        modifiers: KeyModifiers::NONE,
    }));
}

fn click(console: &Console, words: &str) {
    mouse(console, MouseEventKind::Down(MouseButton::Left), words);
}

fn large() -> Setup {
    Setup {
        size: (120, 40),
        ..Setup::default()
    }
}

#[test]
fn the_palette_finds_what_can_be_done_and_does_it() {
    House::new().begin(&large(), async |console| {
        console.sees(&["run ‘Measure the error rate’"]).await;
        for opens in [":", "Ctrl-p"] {
            console.press(&[opens]);
            console.sees(&["What can be done", "type to find"]).await;
            console.press(&["Esc"]);
            console
                .until("it is gone", |text| !text.contains("What can be done"))
                .await;
        }
        console.press(&[":"]);
        console.type_in("stop the run");
        console
            .sees(&["▸ stop the running command: nothing is running"])
            .await;
        console.press(&["Enter"]);
        console.settle().await;
        console.sees(&["What can be done"]).await;
        console.press(&["Ctrl-u"]);
        console.type_in("zoom the timel");
        console.sees(&["▸ zoom the timeline"]).await;
        console.press(&["Enter"]);
        console
            .until("the timeline alone", |text| {
                !text.contains("What can be done") && !text.contains("╭ Plan")
            })
            .await;
        assert!(console.hand.launches().is_empty());
    });
}

/// What is zoomed hides what there is to decide: Enter first leads back to it.
#[test]
fn enter_in_a_zoom_answers_nothing() {
    House::new().begin(&large(), async |console| {
        scenes::measured(console, "7.2").await;
        console.press(&["t"]);
        console.sees(&["Enter back to what comes next"]).await;
        console.press(&["Enter"]);
        console.sees(&["▸ Roll back the code"]).await;
        console.press(&["t"]);
        console.settle().await;
        assert!(!console.text().contains("Roll back? →"));
    });
}

/// Nothing would ever come of waiting for it.
#[test]
fn a_rehearsal_does_not_wait_for_evidence() {
    let setup = Setup {
        kind: RunKind::Rehearsal,
        ..large()
    };
    House::new().begin(&setup, async |console| {
        console.sees(&["run it as it is (read only)"]).await;
        console.press(&["v"]);
        console.sees(&["Value of error_rate"]).await;
        console.type_in("7.2");
        console.press(&["Enter"]);
        console
            .sees(&["A rehearsal looks for no evidence.", "▸ Roll back the code"])
            .await;
    });
}

/// Under a layer the footer says what its keys do, not those of the run.
#[test]
fn the_footer_is_that_of_the_layer_on_top() {
    House::new().begin(&large(), async |console| {
        console.sees(&["run ‘Measure the error rate’"]).await;
        let footer = |text: &str| text.trim_end().lines().last().map(str::to_owned);
        for (key, title, said) in [
            (
                "n",
                "Note",
                " Enter save   Alt-Enter new line   Esc leave it",
            ),
            ("s", "Skip", " Enter skip it   Esc leave it"),
            (
                "!",
                "Off-script",
                " Ctrl-s run it   Enter new line   Esc leave it",
            ),
            (
                "c",
                "Close the run",
                " Enter Aborted   ↑↓ choose   Esc leave it",
            ),
        ] {
            console.press(&[key]);
            console.sees(&[title]).await;
            let text = console.text();
            assert_eq!(footer(&text).as_deref(), Some(said), "{text}");
            console.press(&["Esc"]);
            console
                .until("the step again", |text| text.contains("run on by itself"))
                .await;
        }
    });
}

/// What a layer's keys do is said over it, and is taken away before it.
#[test]
fn the_help_is_that_of_the_layer_on_top() {
    House::new().begin(&large(), async |console| {
        console.sees(&["run ‘Measure the error rate’"]).await;
        console.press(&["n"]);
        console.sees(&["Alt-Enter a new line"]).await;
        console.type_in("half a note");
        console.press(&["F1"]);
        console.sees(&["A question", "any key closes this"]).await;
        assert!(!console.text().contains("zoom the pane"));
        console.press(&["x"]);
        console
            .until("the note again", |text| {
                text.contains("half a note") && !text.contains("any key closes this")
            })
            .await;
        console.press(&["Esc", "Tab", "?"]);
        console
            .sees(&["the step below", "any key closes this"])
            .await;
        assert!(!console.text().contains("search the output"));
    });
}

/// A click marks; only a second one on the same does what Enter does.
#[test]
fn a_gate_is_answered_by_two_clicks_and_not_by_one() {
    let house = House::new();
    house.begin(&large(), async |console| {
        scenes::measured(console, "7.2").await;
        console.sees(&["Roll back?", "Leave it as it is"]).await;
        let answered = |console: &Console| {
            let journal = console.journal();
            journal
                .iter()
                .any(|entry| matches!(entry.event, Event::GateAnswered(_)))
        };
        click(console, "Leave it as it is");
        console.sees(&["▸ Leave it as it is"]).await;
        // A key between them: the next click is a first one again.
        console.press(&["j", "k"]);
        click(console, "Leave it as it is");
        console.settle().await;
        assert!(!answered(console));
        click(console, "Assess the failure");
        click(console, "Leave it as it is");
        console.settle().await;
        assert!(!answered(console), "one click answered a gate");
        click(console, "Leave it as it is");
        // It is asked what Enter would have asked.
        console.sees(&["Choosing against them is recorded"]).await;
        console.press(&["Esc", "k", "k"]);
        console
            .sees(&["▸ Roll back the code", "The release before serves users"])
            .await;
        console.settle().await;
        click(console, "The release before serves users");
        console.settle().await;
        assert!(!answered(console), "one click answered a gate");
        click(console, "The release before serves users");
        console.sees(&["run ‘Deploy the release before’"]).await;
        assert!(answered(console));
    });
}

#[test]
fn a_click_goes_to_panes_and_steps() {
    House::new().begin(&large(), async |console| {
        console.sees(&["run ‘Measure the error rate’"]).await;
        click(console, "Restore the backup");
        console.sees(&["It is not this step's turn yet."]).await;
        // On the plan a second click is no way to run anything.
        click(console, "Measure the error rate");
        click(console, "Measure the error rate");
        console.settle().await;
        assert!(console.hand.launches().is_empty());
        console.press(&["Esc"]);
        click(console, "Timeline");
        console.press(&["z"]);
        console
            .until("the timeline alone", |text| !text.contains("╭ Plan"))
            .await;
    });
}

#[test]
fn the_wheel_scrolls_what_is_under_the_pointer() {
    House::new().begin(&large(), async |console| {
        console.press(&["Enter"]);
        let launch = console.launched("measure").await;
        console.hand.started(launch.attempt);
        let rows: Vec<String> = (0..200).map(|row| format!("row {row:03}\n")).collect();
        console
            .hand
            .print(launch.attempt, Stream::Out, &rows.concat());
        console.sees(&["row 199", "following"]).await;
        mouse(console, MouseEventKind::ScrollUp, "row 199");
        console
            .until("three rows up", |text| {
                text.contains("row 196") && !text.contains("row 199")
            })
            .await;
        // Over the timeline it leaves the output alone.
        mouse(console, MouseEventKind::ScrollDown, "Timeline");
        console.settle().await;
        assert!(!console.text().contains("row 199"));
        mouse(console, MouseEventKind::ScrollDown, "row 196");
        console.sees(&["row 199"]).await;
    });
}

#[test]
fn a_menu_is_clicked_twice_and_a_name_still_typed() {
    let house = House::new();
    house.begin(&large(), async |console| {
        scenes::at_the_destructive_step(console).await;
        let before = console.hand.launches().len();
        console.press(&["Enter"]);
        console.sees(&["Type payments_live to run it."]).await;
        click(console, "Type payments_live");
        click(console, "Type payments_live");
        console.settle().await;
        console.sees(&["Type payments_live to run it."]).await;
        assert_eq!(console.hand.launches().len(), before);
        console.press(&["Esc", "c"]);
        console.sees(&["Close the run as"]).await;
        click(console, "Failed");
        console.sees(&["▸ Failed"]).await;
        click(console, "Failed");
        console.sees(&["Anything to say about it?"]).await;
    });
    let closed = entries(&house.run());
    assert!(
        !closed
            .iter()
            .any(|entry| matches!(entry.event, Event::RunClosed { .. }))
    );
}

#[test]
fn the_mouse_is_left_to_the_terminal_and_taken_again() {
    House::new().begin(&Setup::default(), async |console| {
        console.sees(&["run ‘Measure the error rate’"]).await;
        console.press(&["m"]);
        console
            .sees(&["mouse off", "select as you are used to"])
            .await;
        assert!(console.told.borrow().mouse_off);
        console.press(&["m"]);
        console
            .until("it is ours", |text| !text.contains("mouse off"))
            .await;
        assert!(!console.told.borrow().mouse_off);
    });
}

#[test]
fn the_title_says_what_waits() {
    House::new().begin(&Setup::default(), async |console| {
        scenes::measured(console, "7.2").await;
        console.sees(&["Roll back?"]).await;
        console.settle().await;
        let told = console.told.borrow();
        assert_eq!(
            told.titles,
            [
                "LIVE production: ready · Roll back the payments service",
                "LIVE production: running · Roll back the payments service",
                "LIVE production: gate waiting · Roll back the payments service",
            ]
        );
    });
}

#[test]
fn whoever_looks_elsewhere_is_told_what_waits() {
    House::new().begin(&Setup::default(), async |console| {
        scenes::measured(console, "7.2").await;
        console.sees(&["Roll back?"]).await;
        console.settle().await;
        assert!(console.told.borrow().notices.is_empty(), "they look");
    });
    House::new().begin(&Setup::default(), async |console| {
        console.send(Input::FocusLost);
        scenes::measured(console, "7.2").await;
        console.sees(&["Roll back?"]).await;
        console.settle().await;
        assert_eq!(console.told.borrow().notices, ["gate: Roll back?"]);
        // To settle is to look.
        console.send(Input::FocusLost);
        console.press(&["Enter"]);
        console.sees(&["run ‘Deploy the release before’"]).await;
        console.press(&["Enter"]);
        let launch = console.launched("deploy").await;
        console.hand.started(launch.attempt);
        console.hand.finish(
            launch.attempt,
            Ended::Exit { code: 0 },
            45_000,
            &[("release", "2026-11-19.3")],
        );
        console.sees(&["left of 2:00"]).await;
        console.settle().await;
        let told = console.told.borrow().notices.clone();
        assert_eq!(
            told,
            [
                "gate: Roll back?",
                "ended after 45s: Deploy the release before"
            ]
        );
        console.send(Input::FocusGained);
        console.press(&["n"]);
        console.settle().await;
        assert_eq!(console.told.borrow().notices, told);
    });
}
