//! What lies over the panes and is no question of a step: the palette, the report, a line's number; and the ways around
//! a failure.

use rbconsole::{
    engine::{AttemptId, Event, observed::Ended},
    output::Stream,
    tui::theme::{Depth, Theme},
};

use super::{
    console::{Console, Frames, House, Setup, entries, theme},
    scenes::{at_the_destructive_step, deploying, measured},
};

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

async fn in_the_palette(console: &Console) {
    measured(console, "7.2").await;
    console.press(&[":"]);
    console.sees(&["What can be done", "type to find"]).await;
}

pub fn palette(theme: Theme) -> Frames {
    scene(theme, async |console| {
        in_the_palette(console).await;
        console.frames().await
    })
}

/// What cannot be done now says why.
pub fn palette_typed(theme: Theme) -> Frames {
    scene(theme, async |console| {
        in_the_palette(console).await;
        console.type_in("stop");
        console
            .sees(&["stop the running command: nothing is running"])
            .await;
        console.press(&["Enter"]);
        console.settle().await;
        console.frames().await
    })
}

pub fn palette_finds_nothing(theme: Theme) -> Frames {
    scene(theme, async |console| {
        in_the_palette(console).await;
        console.type_in("qqzz");
        console.sees(&["Nothing is called that."]).await;
        console.frames().await
    })
}

pub fn report(theme: Theme) -> Frames {
    scene(theme, async |console| {
        measured(console, "7.2").await;
        console.press(&["E"]);
        console.sees(&["Report", "written to", "closes"]).await;
        console.frames().await
    })
}

pub fn line_asked(theme: Theme) -> Frames {
    scene(theme, async |console| {
        deploying(console, "one\ntwo\n").await;
        console.press(&["#"]);
        console.sees(&["Go to a line of the output"]).await;
        console.type_in("1,2");
        console.frames().await
    })
}

/// The deployment failed, and the author's other way is taken.
async fn goes_around(console: &Console) -> AttemptId {
    let attempt = deploying(console, "error: the cluster does not answer\n").await;
    let ended = Ended::Exit { code: 3 };
    console.hand.finish(attempt, ended, 12_300, &[]);
    console
        .sees(&["✘ failed: exit 3", "Fallback: Restart"])
        .await;
    let before = console.hand.launches().len();
    console.press(&["j", "j", "j", "Enter"]);
    let around = console.launched_after(before).await;
    console.hand.started(around.attempt);
    console
        .hand
        .print(around.attempt, Stream::Out, "payments-01 restarted\n");
    console.sees(&["payments-01 restarted"]).await;
    console.pass(3).await;
    around.attempt
}

pub fn fallback(theme: Theme) -> Frames {
    scene(theme, async |console| {
        goes_around(console).await;
        console.frames().await
    })
}

/// The restore failed, and the way around it destroys something too.
pub async fn restore_failed(console: &Console) {
    at_the_destructive_step(console).await;
    console.press(&["Enter"]);
    console.sees(&["Type payments_live to run it."]).await;
    console.type_in("payments_live");
    console.press(&["Enter"]);
    let attempt = console.launched("restore").await.attempt;
    console.hand.started(attempt);
    console
        .hand
        .print(attempt, Stream::Err, "error: the backup is damaged\n");
    console.sees(&["the backup is damaged"]).await;
    console.pass(5).await;
    let ended = Ended::Exit { code: 2 };
    console.hand.finish(attempt, ended, 5_000, &[]);
    console
        .sees(&["✘ failed: exit 2", "Fallback: Restore"])
        .await;
}

async fn before_the_last_way(console: &Console) {
    restore_failed(console).await;
    console.press(&["j", "j", "j", "Enter"]);
    console
        .sees(&["The fallback of ‘Restore the backup’"])
        .await;
}

pub fn fallback_confirmation(theme: Theme) -> Frames {
    scene(theme, async |console| {
        before_the_last_way(console).await;
        console.type_in("payments_li");
        console.frames().await
    })
}

/// What destroys something runs after its target was typed, and by nothing less.
#[test]
fn a_fallback_that_destroys_is_confirmed() {
    let house = House::new();
    house.begin(&mono(), async |console| {
        before_the_last_way(console).await;
        let before = console.hand.launches().len();
        console.press(&["Enter"]);
        console.sees(&["nothing was run"]).await;
        console.type_in("payments");
        console.press(&["Enter"]);
        console.sees(&["nothing was run"]).await;
        assert_eq!(console.hand.launches().len(), before);
        console.type_in("_live");
        console.press(&["Enter"]);
        console
            .until("it runs", |text| !text.contains("nothing was run"))
            .await;
        let around = console.launched_after(before).await;
        assert_eq!(
            around.command(),
            "restorectl restore 'payments_live' --from yesterday"
        );
    });
    let named: Vec<Option<String>> = entries(&house.run())
        .into_iter()
        .filter_map(|entry| match entry.event {
            Event::AttemptStarting {
                launch, fallback, ..
            } if launch.step == "restore" => Some(fallback),
            _ => None,
        })
        .collect();
    let around = Some("Restore the copy of yesterday".to_owned());
    assert_eq!(named, [None, around]);
}

/// The way around counts as the step, and is told apart on record.
#[test]
fn a_fallback_is_on_record() {
    let house = House::new();
    house.begin(&mono(), async |console| {
        let attempt = goes_around(console).await;
        let ended = Ended::Exit { code: 0 };
        let found = [("release", "2026-11-19.3")];
        console.hand.finish(attempt, ended, 3_000, &found);
        console.sees(&["left of 2:00"]).await;
    });
    let named: Vec<Option<String>> = entries(&house.run())
        .into_iter()
        .filter_map(|entry| match entry.event {
            Event::AttemptStarting {
                launch, fallback, ..
            } if launch.step == "deploy" => Some(fallback),
            _ => None,
        })
        .collect();
    let around = Some("Restart the old containers".to_owned());
    assert_eq!(named, [None, around]);
}

/// The palette does what the key does, and asks what the key asks.
#[test]
fn the_palette_asks_what_a_key_asks() {
    let house = House::new();
    house.begin(&mono(), async |console| {
        measured(console, "7.2").await;
        for (words, asked) in [
            ("close the run", "Close the run as"),
            ("off-script", "Off-script command"),
            ("write the report", "written to"),
            ("hand over", "Hand over"),
            ("note", "Alt-Enter"),
        ] {
            console.press(&[":"]);
            console.sees(&["What can be done"]).await;
            console.type_in(words);
            console.settle().await;
            console.press(&["Enter"]);
            console.sees(&[asked]).await;
            console.press(&["Esc"]);
            console
                .until("it is left", |text| {
                    !text.contains(asked) && !text.contains("What can be done")
                })
                .await;
        }
        assert_eq!(console.hand.launches().len(), 1, "the measurement alone");
    });
    let all = entries(&house.run());
    let changed = all.iter().any(|entry| {
        matches!(
            entry.event,
            Event::RunClosed { .. } | Event::NoteAdded { .. } | Event::HandedOver { .. }
        )
    });
    assert!(!changed, "nothing was answered");
}
