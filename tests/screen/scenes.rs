//! Every state of the run screen as a settled frame, at every size.

use rbconsole::{
    engine::{Entry, Event, event::RunKind, observed::Ended},
    output::Stream,
    tui::theme::{Depth, Theme},
};
use regex::Regex;

#[path = "scenes/asked.rs"]
mod asked;
#[path = "scenes/gates.rs"]
mod gates;
#[path = "scenes/way.rs"]
mod way;

use super::{
    beside::{
        done, done_by, done_reason, note_changed, note_struck, off_script_asked,
        off_script_beside_a_step, off_script_ended, off_script_in_doubt, off_script_running,
        off_script_typing, reopened, reopening, reopening_reason,
    },
    clock,
    console::{Console, Frames, House, Setup, compare, theme},
    fake::Fate,
    panes::{
        four_panes, poll, printed_nothing, side_by_side, side_by_side_ended, signals, silent,
        zoomed_pane, zoomed_signals,
    },
    reaching::{
        fallback, fallback_confirmation, line_asked, palette, palette_finds_nothing, palette_typed,
        report,
    },
    reading::{line_gone_to, marked_lines, wrapped_output},
};
use asked::{
    close_menu, confirmation, edit, note, refused, skip_asks_for_a_value, stop, wrong_confirmation,
};
use gates::{gate, gate_answered, gate_destructive, gate_destructive_reason};
use way::{abandoned, abandoned_in, deployment_log};
pub use way::{
    answered, at_the_destructive_step, at_the_manual_step, closing, deployed, deploying, measured,
};

pub type Scene = fn(Theme) -> Frames;

macro_rules! scenes {
    ($($name:ident),* $(,)?) => {
        /// Every scene by its name.
        pub const SCENES: &[(&str, Scene)] = &[$((stringify!($name), $name)),*];

        mod look {
            use super::{Depth, compare, theme};

            $(#[test]
            fn $name() {
                compare(stringify!($name), super::$name(theme("dark", Depth::True)));
            })*
        }
    };
}

scenes![
    ready,
    running,
    succeeded,
    failed,
    unknown_after_resume,
    still_running_after_resume,
    gate,
    gate_destructive,
    gate_destructive_reason,
    gate_answered,
    manual,
    waiting,
    skip_asks_for_a_value,
    destructive,
    confirmation,
    wrong_confirmation,
    note,
    notes_in_the_timeline,
    edit,
    stop,
    help,
    search,
    search_in_vain,
    zoomed_output,
    zoomed_timeline,
    plan_in_focus,
    close_menu,
    closed,
    watching,
    drill,
    refused,
    odd_output,
    side_by_side,
    side_by_side_ended,
    zoomed_pane,
    signals,
    zoomed_signals,
    poll,
    silent,
    printed_nothing,
    wrapped_output,
    line_gone_to,
    marked_lines,
    off_script_asked,
    off_script_running,
    off_script_typing,
    off_script_beside_a_step,
    off_script_ended,
    off_script_in_doubt,
    done_by,
    done_reason,
    done,
    reopening,
    reopening_reason,
    reopened,
    note_changed,
    note_struck,
    palette,
    palette_typed,
    palette_finds_nothing,
    report,
    line_asked,
    fallback,
    fallback_confirmation,
    four_panes,
];

/// A colour may repeat what a word or a glyph says, never say it alone.
#[test]
fn every_theme_says_the_same() {
    for (name, scene) in SCENES {
        let dark = scene(theme("dark", Depth::True));
        for (other, styles) in [
            ("light", theme("light", Depth::Indexed)),
            ("mono", theme("dark", Depth::None)),
        ] {
            for ((size, dark), (_, text)) in dark.iter().zip(scene(styles)) {
                assert_eq!(*dark, text, "{name} at {size} in dark and in {other}");
            }
        }
    }
}

/// The words that tell outcomes apart, without any colour.
#[test]
fn outcomes_differ_without_colour() {
    let mono = || theme("dark", Depth::None);
    for (scene, word) in [
        (succeeded as Scene, "✔ exit 0"),
        (failed, "✘ failed: exit 3"),
        (unknown_after_resume, "? outcome unknown"),
        (gate, "● Error rate"),
    ] {
        for (size, text) in scene(mono()) {
            assert!(text.contains(word), "{word} at {size}:\n{text}");
        }
    }
}

fn with(theme: Theme) -> Setup {
    Setup {
        theme,
        ..Setup::default()
    }
}

fn scene(theme: Theme, script: impl AsyncFnOnce(&mut Console) -> Frames) -> Frames {
    House::new().begin(&with(theme), script).0
}

fn ready(theme: Theme) -> Frames {
    scene(theme, async |console| {
        console.sees(&["run ‘Measure the error rate’"]).await;
        console.frames().await
    })
}

fn running(theme: Theme) -> Frames {
    scene(theme, async |console| {
        let attempt = deploying(console, &deployment_log()).await;
        console
            .hand
            .print(attempt, Stream::Err, "warning: 1 pod is slow\n");
        console.sees(&["! warning: 1 pod is slow"]).await;
        console.frames().await
    })
}

fn succeeded(theme: Theme) -> Frames {
    scene(theme, async |console| {
        measured(console, "7.2").await;
        // Back to the step that is done.
        console.press(&["Tab", "k"]);
        console.settle().await;
        console.press(&["Tab", "Tab"]);
        console.sees(&["✔ exit 0"]).await;
        console.frames().await
    })
}

fn failed(theme: Theme) -> Frames {
    scene(theme, async |console| {
        let attempt = deploying(console, &deployment_log()).await;
        console
            .hand
            .print(attempt, Stream::Err, "error: the cluster does not answer\n");
        console
            .hand
            .finish(attempt, Ended::Exit { code: 3 }, 12_300, &[]);
        console
            .sees(&["✘ failed: exit 3", "Retry", "does not answer"])
            .await;
        console.frames().await
    })
}

fn unknown_after_resume(theme: Theme) -> Frames {
    let house = abandoned(theme);
    let (frames, _) = house.resume(&with(theme), Fate::Unknown, async |console| {
        console.sees(&["? outcome unknown", "It took effect"]).await;
        console.sees(&["Timeline"]).await;
        console.frames().await
    });
    frames
}

fn still_running_after_resume(theme: Theme) -> Frames {
    let house = abandoned(theme);
    let (frames, _) = house.resume(&with(theme), Fate::Running, async |console| {
        console
            .sees(&["running (process 4242)", "Taken up again"])
            .await;
        console.frames().await
    });
    frames
}

fn manual(theme: Theme) -> Frames {
    scene(theme, async |console| {
        at_the_manual_step(console).await;
        console.press(&["Enter"]);
        console.sees(&["✔ The incident channel knows"]).await;
        console.frames().await
    })
}

fn waiting(theme: Theme) -> Frames {
    scene(theme, async |console| {
        deployed(console).await;
        console.pass(42).await;
        console.frames().await
    })
}

fn destructive(theme: Theme) -> Frames {
    scene(theme, async |console| {
        at_the_destructive_step(console).await;
        console.frames().await
    })
}

fn notes_in_the_timeline(theme: Theme) -> Frames {
    scene(theme, async |console| {
        measured(console, "7.2").await;
        for text in ["-20m first complaints from support", "ben joins the call"] {
            console.press(&["n"]);
            console.sees(&["Alt-Enter"]).await;
            console.type_in(text);
            console.press(&["Enter"]);
            console
                .until("the note is saved", |text| !text.contains("Alt-Enter"))
                .await;
        }
        console.press(&["t"]);
        console.sees(&["↶", "ben joins the call"]).await;
        console.frames().await
    })
}

fn help(theme: Theme) -> Frames {
    scene(theme, async |console| {
        console.sees(&["run ‘Measure the error rate’"]).await;
        console.press(&["?"]);
        console.sees(&["Keys", "any key"]).await;
        console.frames().await
    })
}

fn search(theme: Theme) -> Frames {
    scene(theme, async |console| {
        deploying(console, &deployment_log()).await;
        console.press(&["/"]);
        console.sees(&["Search the output"]).await;
        console.type_in("payments-1");
        console.press(&["Enter"]);
        console.sees(&["‘payments-1’", "payments-19"]).await;
        console.frames().await
    })
}

fn search_in_vain(theme: Theme) -> Frames {
    scene(theme, async |console| {
        deploying(console, &deployment_log()).await;
        console.press(&["/"]);
        console.sees(&["Search the output"]).await;
        console.type_in("panic");
        console.press(&["Enter"]);
        console.sees(&["‘panic’ is not there"]).await;
        console.frames().await
    })
}

fn zoomed_output(theme: Theme) -> Frames {
    scene(theme, async |console| {
        deploying(console, &deployment_log()).await;
        console.press(&["z", "g"]);
        console.sees(&["Rolling back payments", "f follows"]).await;
        console.frames().await
    })
}

fn zoomed_timeline(theme: Theme) -> Frames {
    scene(theme, async |console| {
        at_the_manual_step(console).await;
        console.press(&["t"]);
        console.settle().await;
        console.frames().await
    })
}

fn plan_in_focus(theme: Theme) -> Frames {
    scene(theme, async |console| {
        answered(console).await;
        console.press(&["Tab", "j"]);
        console.settle().await;
        console.frames().await
    })
}

fn closed(theme: Theme) -> Frames {
    scene(theme, async |console| {
        closing(console).await;
        console.frames().await
    })
}

fn watching(theme: Theme) -> Frames {
    let house = House::new();
    // Who watches has the real clock, so the run is one of this very moment.
    clock::ahead();
    let house = abandoned_in(house, theme);
    let (frames, _) = house.watch(&with(theme), async |console| {
        console.sees(&["nobody drives", "Enter take over"]).await;
        console.press(&["x"]);
        console
            .sees(&["nothing can be done here; Enter takes"])
            .await;
        console.press(&["Esc"]);
        console.frames().await
    });
    let time = Regex::new(r"\d\d:\d\d:\d\d").expect("a pattern");
    frames
        .into_iter()
        .map(|(size, text)| (size, time.replace_all(&text, "02:14:00").into_owned()))
        .collect()
}

fn drill(theme: Theme) -> Frames {
    let setup = Setup {
        kind: RunKind::Drill,
        environment: Some("rehearsal"),
        ..with(theme)
    };
    let (frames, _) = House::new().begin(&setup, async |console| {
        console.sees(&[" DRILL ", "rehearsal"]).await;
        console.frames().await
    });
    frames
}

/// What programs print that could break a screen.
fn odd_output(theme: Theme) -> Frames {
    scene(theme, async |console| {
        let odd = "Name        Größe   日本語\n\
            progress 10 %\rprogress 100 %\n\
            \u{1b}[2J\u{1b}[H\u{1b}]0;owned\u{7}after control sequences\n\
            tab\there\tand there\n\
            👩‍💻 e\u{301}a\u{308} done\n";
        deploying(console, &format!("{odd}{}\n", "long ".repeat(60))).await;
        console.frames().await
    })
}

/// A window that is too small says so, and the run is there again when it grows.
#[test]
fn a_small_window_says_how_large_it_must_be() {
    House::new().begin(&Setup::default(), async |console| {
        console.sees(&["run ‘Measure the error rate’"]).await;
        for (width, height) in [(39, 24), (80, 11), (10, 3), (1, 1)] {
            console.resize(width, height);
            console.settle().await;
            if width > 20 {
                console.sees(&["This window is too small"]).await;
            }
        }
        for (width, height, size) in [(39, 11, "39x11"), (40, 12, "40x12")] {
            console.resize(width, height);
            console.settle().await;
            compare("small", vec![(size, console.text())]);
        }
        let closed = |entry: &Entry| matches!(entry.event, Event::RunClosed { .. });
        assert!(!console.journal().iter().any(closed));
    });
}
