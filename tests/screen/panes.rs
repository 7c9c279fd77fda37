//! Commands side by side, what watches them, and signals.

use rbconsole::{
    engine::{AttemptId, Event, event::RunKind, observed::Ended},
    output::Stream,
    tui::theme::{Depth, Theme},
};

use super::{
    clock,
    console::{Console, Frames, House, Setup, theme},
};

const SHOP: &str = include_str!("shop.yaml");

fn shop(theme: Theme) -> Setup {
    Setup {
        runbook: SHOP,
        theme,
        ..Setup::default()
    }
}

fn scene(theme: Theme, script: impl AsyncFnOnce(&mut Console) -> Frames) -> Frames {
    House::new().begin(&shop(theme), script).0
}

/// East, west and what watches them run, and each has printed something.
async fn draining(console: &Console) -> [AttemptId; 3] {
    console.sees(&["run ‘Drain both regions’"]).await;
    console.press(&["Enter"]);
    let last = console.launched("drain").await.attempt;
    let all = [last - 2, last - 1, last];
    for attempt in all {
        console.hand.started(attempt);
    }
    let [east, west, traffic] = all;
    let lines = |who: &str| -> String {
        let lines = (1..=40).map(|number| format!("{who}-{number:02} drained\n"));
        lines.collect()
    };
    console.hand.print(east, Stream::Out, &lines("east"));
    console.hand.print(west, Stream::Out, &lines("west"));
    let seen = "02:14:05  214 requests/s\n02:14:06  180 requests/s\n";
    console.hand.print(traffic, Stream::Out, seen);
    console.sees(&["2 of 2 running", "east-40 drained"]).await;
    console.pass(12).await;
    all
}

/// West could not be drained; the others go on.
async fn west_failed(console: &Console) -> [AttemptId; 3] {
    let all = draining(console).await;
    let error = "error: west-41 does not answer\n";
    console.hand.print(all[1], Stream::Err, error);
    let ended = Ended::Exit { code: 3 };
    console.hand.finish(all[1], ended, 12_300, &[]);
    console.sees(&["1 failed", "does not answer"]).await;
    all
}

/// A minute of samples: the error rate rises, one latency could not be measured.
async fn measured(console: &Console) {
    for number in 0..12 {
        let rate = 0.4 + f64::from(number * number) / 20.0;
        console.hand.sample("error_rate", Ok(rate));
        let latency = if number == 7 {
            Err("exit 1".to_owned())
        } else {
            Ok(410.0 + f64::from(number % 4) * 30.0)
        };
        console.hand.sample("p95", latency);
        console
            .hand
            .sample("orders", Ok(12_345.0 + f64::from(number) * 10.0));
        console.pass(5).await;
    }
    console.sees(&["NOT healthy"]).await;
}

/// Nothing is chosen: the pane of what failed has the keys.
pub fn side_by_side(theme: Theme) -> Frames {
    scene(theme, async |console| {
        west_failed(console).await;
        console.frames().await
    })
}

pub fn side_by_side_ended(theme: Theme) -> Frames {
    scene(theme, async |console| {
        let [east, _, traffic] = west_failed(console).await;
        let well = Ended::Exit { code: 0 };
        console.hand.finish(east, well, 14_000, &[]);
        console.sees(&["Retry"]).await;
        console.hand.finish(traffic, Ended::Stopped, 14_100, &[]);
        console
            .until("nothing runs", |text| !text.contains("running"))
            .await;
        console.frames().await
    })
}

/// A step's two commands, what watches them, and one of the operator's own.
pub fn four_panes(theme: Theme) -> Frames {
    scene(theme, async |console| {
        west_failed(console).await;
        console.press(&["!"]);
        console.sees(&["Off-script command"]).await;
        console.type_in("ssh west-41 uptime");
        console.press(&["Ctrl-s"]);
        let attempt = console.launched("off-script").await.attempt;
        console.hand.started(attempt);
        let line = "02:14:12 up 41 days, load average: 97.10\r\n";
        console.hand.print(attempt, Stream::Out, line);
        console.sees(&["up 41 days"]).await;
        console.pass(2).await;
        console.frames().await
    })
}

pub fn zoomed_pane(theme: Theme) -> Frames {
    scene(theme, async |console| {
        west_failed(console).await;
        console.press(&["Left", "g", "z"]);
        console.sees(&["[1 east ●", "east-01 drained"]).await;
        console.frames().await
    })
}

pub fn signals(theme: Theme) -> Frames {
    scene(theme, async |console| {
        measured(console).await;
        console.frames().await
    })
}

pub fn zoomed_signals(theme: Theme) -> Frames {
    scene(theme, async |console| {
        measured(console).await;
        console.press(&["Tab", "Tab", "z"]);
        console.sees(&["limit 5", "healthy: below 5 %"]).await;
        console.frames().await
    })
}

/// The step that waits until it is calm has its turn.
async fn at_the_poll(console: &Console) {
    let all = draining(console).await;
    for attempt in all {
        let well = Ended::Exit { code: 0 };
        console.hand.finish(attempt, well, 14_000, &[]);
    }
    console.sees(&["run ‘Wait until it is calm’"]).await;
    console.press(&["Enter"]);
}

pub fn poll(theme: Theme) -> Frames {
    scene(theme, async |console| {
        at_the_poll(console).await;
        let attempt = console.launched("calm").await.attempt;
        console.hand.started(attempt);
        let line = "error_rate 0.4\n";
        console.hand.print(attempt, Stream::Out, line);
        let well = Ended::Exit { code: 0 };
        console.hand.finish(attempt, well, 200, &[]);
        console.sees(&["next look in 5s"]).await;
        console.pass(2).await;
        console
            .sees(&["attempt 1 · next look in 3s · holding 2s of 30s"])
            .await;
        console.frames().await
    })
}

/// Two of them print nothing any more; one of these has been heard of since.
pub fn silent(theme: Theme) -> Frames {
    scene(theme, async |console| {
        let [east, west, _] = draining(console).await;
        let since = clock::now();
        console.pass(40).await;
        console.hand.silent(east, since);
        console.hand.silent(west, since);
        console.sees(&["east silent for 40s"]).await;
        console.hand.print(west, Stream::Out, "west-41 drained\n");
        console.pass(30).await;
        console.sees(&["east silent for 1m10s"]).await;
        console
            .until("west was heard of", |text| !text.contains("west silent"))
            .await;
        console.frames().await
    })
}

pub fn printed_nothing(theme: Theme) -> Frames {
    scene(theme, async |console| {
        at_the_poll(console).await;
        let attempt = console.launched("calm").await.attempt;
        console.hand.started(attempt);
        console.sees(&["No output yet."]).await;
        let failed = Ended::Exit { code: 1 };
        console.hand.finish(attempt, failed, 200, &[]);
        console
            .sees(&["It printed nothing.", "not yet: exit 1"])
            .await;
        console.frames().await
    })
}

/// The kind of the run stands on every frame, whatever lies over the panes.
#[test]
fn the_kind_of_a_run_is_on_every_frame() {
    for (kind, word) in [
        (RunKind::Drill, " DRILL "),
        (RunKind::Rehearsal, " REHEARSAL "),
    ] {
        let environment = (kind == RunKind::Drill).then_some("practice");
        let setup = Setup {
            kind,
            environment: environment.or(Some("production")),
            ..shop(theme("dark", Depth::None))
        };
        House::new().begin(&setup, async |console| {
            console.sees(&["Drain both regions", word]).await;
            for keys in [&["z"][..], &["z", "t"], &["t", "Tab", "Tab", "z"], &["?"]] {
                console.press(keys);
                for (width, height) in [(80, 24), (120, 40), (40, 12)] {
                    console.resize(width, height);
                    console.settle().await;
                    let text = console.text();
                    let first = text.lines().next().unwrap_or_default();
                    assert!(first.contains(word), "{keys:?} at {width}:\n{text}");
                }
            }
        });
    }
}

/// It stands above every overlay too, also where that takes most of a small screen.
#[test]
fn the_kind_of_a_run_stands_above_every_overlay() {
    let setup = Setup {
        kind: RunKind::Drill,
        environment: Some("practice"),
        ..shop(theme("dark", Depth::None))
    };
    House::new().begin(&setup, async |console| {
        console.sees(&["Drain both regions", " DRILL "]).await;
        let before = console.text();
        for key in ["n", "h", ":", "/", "s", "e", "E", "p", "?"] {
            console.press(&[key]);
            for (width, height) in [(120, 40), (80, 24), (40, 12)] {
                console.resize(width, height);
                console.settle().await;
                let text = console.text();
                let first = text.lines().next().unwrap_or_default();
                assert!(first.contains(" DRILL "), "{key} at {width}:\n{text}");
            }
            console.resize(80, 24);
            console.settle().await;
            if ["n", "h", "?"].contains(&key) {
                assert_ne!(console.text(), before, "{key} opens something");
            }
            console.press(&["Esc"]);
            console.settle().await;
        }
    });
}

/// Keys go to the pane that was chosen, each pane keeps its place, and a pane that
/// was scrolled keeps the keys when another one fails.
#[test]
fn each_pane_keeps_its_place() {
    House::new().begin(&shop(theme("dark", Depth::True)), async |console| {
        console.resize(120, 40);
        let [_, west, _] = draining(console).await;
        console.press(&["g"]);
        console.sees(&["east-01 drained", "west-40 drained"]).await;
        console.press(&["Tab", "g"]);
        console.sees(&["east-01 drained", "west-01 drained"]).await;
        console.press(&["G", "Left"]);
        console.sees(&["east-01 drained", "west-40 drained"]).await;
        // A search marks only what stands in its own pane.
        console.press(&["/"]);
        console.sees(&["Search the output"]).await;
        console.type_in("west");
        console.press(&["Enter"]);
        console.sees(&["‘west’ is not there"]).await;
        console.press(&["Right"]);
        console.settle().await;
        let ended = Ended::Exit { code: 3 };
        console.press(&["Left"]);
        console.hand.finish(west, ended, 12_300, &[]);
        console.sees(&["✘ west", "▸ ● east"]).await;
    });
}

/// A match below the screen is found too, before it is said that there is none.
#[test]
fn a_search_looks_in_both_directions() {
    House::new().begin(&shop(theme("dark", Depth::True)), async |console| {
        draining(console).await;
        console.press(&["g", "/"]);
        console.sees(&["Search the output"]).await;
        console.type_in("east-33");
        console.press(&["Enter"]);
        console.sees(&["east-33 drained"]).await;
        console.press(&["]"]);
        console.sees(&["no more ‘east-33’"]).await;
    });
}

/// A pinned line stands in the timeline where it was printed, not where it was pinned.
#[test]
fn a_line_is_pinned_with_its_own_time() {
    House::new().begin(&shop(theme("dark", Depth::True)), async |console| {
        west_failed(console).await;
        let printed = clock::now();
        console.pass(60).await;
        console.press(&["p"]);
        console.sees(&["✎ ana: error: west-41"]).await;
        let notes = console.journal();
        let note = notes.iter().find_map(|entry| match &entry.event {
            Event::NoteAdded {
                text, happened_at, ..
            } => Some((text.clone(), *happened_at)),
            _ => None,
        });
        let text = "error: west-41 does not answer (printed by ‘Drain both regions: west’)";
        assert_eq!(note, Some((text.into(), Some(printed))));
    });
}
