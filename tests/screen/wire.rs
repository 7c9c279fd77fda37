//! What a screen costs at the end of a slow line: bytes and frames.

use std::time::Duration;

use crossterm::event::{Event as Input, KeyModifiers, MouseEvent, MouseEventKind};
use rbconsole::{
    output::Stream,
    tui::{
        pace::{FRAME, SOONER},
        theme::Depth,
    },
};

use super::{
    clock,
    console::{Console, House, SIZES, Setup, theme},
    scenes::{deploying, measured},
};

/// What a change of one line may cost in bytes.
const LINE: usize = 400;

fn at(size: (u16, u16)) -> Setup {
    Setup {
        size,
        theme: theme("dark", Depth::True),
        ..Setup::default()
    }
}

/// What a change costs, once it has been drawn.
async fn cost(console: &Console, what: &str, change: impl AsyncFnOnce()) -> usize {
    console.settle().await;
    let (_, before) = console.cost();
    // Each settled frame costs a little by itself.
    console.settle().await;
    let (_, nothing) = console.cost();
    change().await;
    console.settle().await;
    let (_, after) = console.cost();
    let bytes = (after - nothing).saturating_sub(nothing - before);
    println!("{what}: {bytes} bytes");
    bytes
}

#[test]
fn a_second_that_passes_costs_few_bytes() {
    for (name, width, height) in SIZES {
        House::new().begin(&at((width, height)), async |console| {
            deploying(console, "release 2026-11-19.3\n").await;
            for second in 0..3 {
                let what = format!("second {second} at {name}");
                let bytes = cost(console, &what, async || clock::pass(1)).await;
                assert!(bytes > 0 && bytes < LINE, "{what}: {bytes} bytes");
            }
        });
    }
}

#[test]
fn a_line_that_changes_costs_few_bytes() {
    for (name, width, height) in SIZES {
        House::new().begin(&at((width, height)), async |console| {
            measured(console, "7.2").await;
            console.press(&["c"]);
            console.sees(&["Close the run as"]).await;
            let bytes = cost(console, &format!("the mark moves at {name}"), async || {
                console.press(&["k"]);
            })
            .await;
            // Two lines: the one that was marked and the one that is.
            assert!(bytes > 0 && bytes < 2 * LINE, "{name}: {bytes} bytes");
            console.press(&["Esc"]);
            console.press(&["n"]);
            console.sees(&["Alt-Enter"]).await;
            let bytes = cost(console, &format!("a letter at {name}"), async || {
                console.type_in("x");
            })
            .await;
            assert!(bytes > 0 && bytes < LINE, "{name}: {bytes} bytes");
        });
    }
}

/// Lines as programs print them: a time, a word, a number.
fn printed(number: usize) -> String {
    format!(
        "02:14:{:02} pod payments-{number:04} is ready\n",
        number % 60
    )
}

#[test]
fn a_new_line_of_output_costs_few_bytes() {
    for (name, width, height) in SIZES {
        House::new().begin(&at((width, height)), async |console| {
            let attempt = deploying(console, "Rolling back payments\n").await;
            let print = async |number: usize| {
                console.hand.print(attempt, Stream::Out, &printed(number));
                let line = printed(number);
                console.sees(&[line.trim_end()]).await;
            };
            let bytes = cost(console, &format!("a line at {name}"), async || {
                print(1).await;
            })
            .await;
            assert!(bytes > 0 && bytes < LINE, "{name}: {bytes} bytes");
            for number in 2..70 {
                print(number).await;
            }
            // The pane is full: all its lines move up.
            let what = format!("a line of a full pane at {name}");
            let bytes = cost(console, &what, async || {
                print(70).await;
            })
            .await;
            assert!(bytes > 0 && bytes < LINE, "{name}: {bytes} bytes");
        });
    }
}

/// Lines that have nothing in common, as a service logs them: as wide as the screen, the
/// terminal moves them itself; beside other panes all of them are written again.
#[test]
fn a_line_like_no_other_costs_what_it_is_long_where_rows_can_be_moved() {
    let line = |number: u32| {
        let mix = number.wrapping_mul(2_654_435_761);
        let word = ["checkout", "cart", "orders", "search"][number as usize % 4];
        format!(
            "{mix:010} {word} answered {} in {} ms\n",
            mix % 599,
            mix % 7_919
        )
    };
    for (name, width, height) in SIZES {
        House::new().begin(&at((width, height)), async |console| {
            let attempt = deploying(console, "Rolling back payments\n").await;
            let print = async |number: u32| {
                let line = line(number);
                console.hand.print(attempt, Stream::Out, &line);
                console.sees(&[line.trim_end()]).await;
            };
            for number in 0..70 {
                print(number).await;
            }
            let beside = cost(console, &format!("such a line at {name}"), async || {
                print(70).await;
            })
            .await;
            console.press(&["z"]);
            console.settle().await;
            let alone = cost(
                console,
                &format!("such a line in a zoomed pane at {name}"),
                async || {
                    print(71).await;
                },
            )
            .await;
            assert!(alone < LINE, "{name}: {alone} bytes");
            // Some twenty to thirty rows of forty letters.
            assert!(beside < 4 * LINE, "{name}: {beside} bytes");
        });
    }
}

/// Nobody draws what is as it was.
#[test]
fn nothing_is_drawn_while_nothing_changes() {
    House::new().begin(&Setup::default(), async |console| {
        measured(console, "7.2").await;
        console.settle().await;
        // A log that was looked at closely is left alone first.
        tokio::time::sleep(Duration::from_millis(600)).await;
        let (before, _) = console.cost();
        // The clock of this run stands still, the machine's goes on.
        for _ in 0..30 {
            console.send(Input::FocusLost);
            console.send(Input::Mouse(MouseEvent {
                kind: MouseEventKind::Moved,
                column: 3,
                row: 3,
                modifiers: KeyModifiers::NONE,
            }));
            tokio::time::sleep(Duration::from_millis(70)).await;
        }
        assert_eq!(console.cost().0, before);
    });
}

/// What waits is dealt with before it is drawn.
#[test]
fn a_burst_of_keys_is_drawn_once_it_is_over() {
    House::new().begin(&Setup::default(), async |console| {
        console.sees(&["run ‘Measure the error rate’"]).await;
        console.press(&["n"]);
        console.sees(&["Alt-Enter"]).await;
        console.settle().await;
        let (before, _) = console.cost();
        console.type_in(&"letters ".repeat(100));
        console.type_in("the end");
        console.sees(&["the end"]).await;
        let drawn = console.cost().0 - before;
        assert!(drawn <= 12, "{drawn} frames for 807 letters");
    });
}

#[test]
fn a_busy_screen_draws_sixty_times_a_second_at_most() {
    House::new().begin(&Setup::default(), async |console| {
        console.sees(&["run ‘Measure the error rate’"]).await;
        let begun = tokio::time::Instant::now();
        let (before, _) = console.cost();
        while begun.elapsed() < Duration::from_secs(2) {
            console.press(&["?", "Esc"]);
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let seconds = begun.elapsed().as_secs_f64();
        let frames = console.cost().0 - before;
        let most = seconds / FRAME.as_secs_f64() + f64::from(SOONER + 1);
        assert!(
            f64::from(u32::try_from(frames).expect("few")) <= most,
            "{frames} in {seconds} s"
        );
        // It is not that nothing was drawn.
        assert!(frames > 10, "{frames}");
    });
}

/// A window that is dragged tells of hundreds of sizes, most of them gone by then.
#[test]
fn a_storm_of_resizes_ends_with_the_last_size() {
    House::new().begin(&Setup::default(), async |console| {
        deploying(console, &"a line of output\n".repeat(200)).await;
        let sizes = (0..1_000_u16).map(|n| (1 + n * 37 % 300, 1 + n * 13 % 100));
        let (before, _) = console.cost();
        for (width, height) in sizes {
            console.resize(width, height);
        }
        console.resize(120, 40);
        console.settle().await;
        assert!(console.cost().0 - before < 40);
        console
            .sees(&["Plan", "a line of output", "following", "Timeline"])
            .await;
        // And one after the other, as a slow hand does it.
        for (width, height) in [
            (300, 100),
            (1, 1),
            (40, 12),
            (39, 12),
            (200, 5),
            (3, 90),
            (300, 100),
        ] {
            console.resize(width, height);
            console.settle().await;
        }
        console
            .sees(&["Plan", "a line of output", "following", "Timeline"])
            .await;
    });
}
