//! Two people: one drives, the other watches, asks, and takes over.

use rbconsole::{
    engine::{Event, event::Manner, observed::Ended},
    journal::{Journal, driver::Driver},
    runbook::Effect,
    tui::theme::{Depth, Theme},
};

use super::{
    clock,
    console::{Console, Frames, House, Setup, compare, entries, seat, theme},
    scenes::{deploying, measured},
};

type Scene = fn(Theme) -> Frames;

/// Every scene of two people by its name.
pub const SCENES: &[(&str, Scene)] = &[
    ("hand_over", hand_over),
    ("take_over", take_over),
    ("driven", driven),
    ("asked", asked),
];

#[test]
fn look() {
    for (name, scene) in SCENES {
        compare(name, scene(theme("dark", Depth::True)));
    }
}

#[test]
fn every_theme_says_the_same() {
    for (name, scene) in SCENES {
        let dark = scene(theme("dark", Depth::True));
        for styles in [theme("light", Depth::Indexed), theme("dark", Depth::None)] {
            for ((size, dark), (_, text)) in dark.iter().zip(scene(styles)) {
                assert_eq!(*dark, text, "{name} at {size}");
            }
        }
    }
}

fn with(theme: Theme, by: &str) -> Setup {
    Setup {
        theme,
        seat: seat(by),
        watch_clock: clock::now,
        ..Setup::default()
    }
}

pub fn ben() -> Setup {
    with(theme("dark", Depth::None), "ben")
}

/// In the middle of a deployment, with a note.
async fn at_work(console: &Console) {
    deploying(console, "release 2026-11-19.3\n").await;
    clock::pass(40);
    console.press(&["n"]);
    console.type_in("support is told");
    console.press(&["Enter"]);
    console.sees(&["ana: support is told"]).await;
}

async fn handing_over(console: &Console) {
    at_work(console).await;
    console.press(&["h"]);
    console.sees(&["Hand over", "To", "Note"]).await;
    console.type_in("ben");
    console.press(&["Tab"]);
    console.type_in("watch the lag");
    console.settle().await;
}

fn hand_over(theme: Theme) -> Frames {
    let house = House::new();
    house
        .begin(&with(theme, "ana"), async |console| {
            handing_over(console).await;
            console.frames().await
        })
        .0
}

/// Handed over to ben; nobody has taken it yet.
pub fn handed_over() -> House {
    let house = House::new();
    house.begin(&with(theme("dark", Depth::None), "ana"), async |console| {
        handing_over(console).await;
        console.press(&["Enter"]);
        console
            .sees(&["nobody drives", "Handed over: nothing was stopped"])
            .await;
    });
    house
}

fn take_over(theme: Theme) -> Frames {
    let house = handed_over();
    clock::pass(180);
    house
        .watch(&with(theme, "carla"), async |console| {
            console.sees(&["nobody drives", "Enter take over"]).await;
            console.press(&["Enter"]);
            console.sees(&["I have read it and take over"]).await;
            console.frames().await
        })
        .0
}

/// Somebody else's console has the run.
pub fn driven_by_ana(house: &House) -> Journal {
    let driver = Driver {
        host: "bastion".to_owned(),
        tty: Some("pts/1".to_owned()),
        since: Some(clock::now()),
        ..Driver::from("ana")
    };
    let (journal, _) = Journal::open(&house.run(), driver).expect("nobody has it");
    rbconsole::journal::lock::give_sign(&house.run(), clock::now()).expect("it can be touched");
    journal
}

fn driven(theme: Theme) -> Frames {
    let house = handed_over();
    let journal = driven_by_ana(&house);
    clock::pass(47);
    let setup = Setup {
        wants_it: true,
        ..with(theme, "ben")
    };
    let (frames, _) = house.watch(&setup, async |console| {
        console
            .sees(&[
                "watching ana@bastion",
                "ana drives this run",
                "no sign for 47s",
            ])
            .await;
        console.frames().await
    });
    drop(journal);
    frames
}

/// What the driver sees when somebody asks.
fn asked(theme: Theme) -> Frames {
    let house = House::new();
    house
        .begin(&with(theme, "ana"), async |console| {
            at_work(console).await;
            seat("ben")
                .ask(console.dir(), clock::now())
                .expect("it can be asked");
            console
                .sees(&["ben asks to take over", "h hand over to ben"])
                .await;
            console.frames().await
        })
        .0
}

#[test]
fn a_hand_over_is_recorded_and_the_screen_goes_on_watching() {
    let house = House::new();
    let ((), ended) = house.begin(&with(theme("dark", Depth::None), "ana"), async |console| {
        handing_over(console).await;
        let launches = console.hand.launches().len();
        // Left again, nothing happened.
        console.press(&["Esc", "h", "Tab"]);
        console.settle().await;
        console.type_in("watch the lag");
        console.press(&["Enter"]);
        console
            .sees(&["nobody drives", "running (process 4242)"])
            .await;
        assert!(console.hand.stops().is_empty(), "nothing is stopped");
        assert_eq!(console.hand.launches().len(), launches);
        console.press(&["x"]);
        console.sees(&["You are watching"]).await;
        console.press(&["q"]);
    });
    assert_eq!(ended, rbconsole::tui::Ended::Left);
    let last = entries(&house.run());
    let Some(Event::HandedOver { to: None, note }) = last.last().map(|entry| &entry.event) else {
        panic!("{last:?}")
    };
    assert_eq!(note, "watch the lag");
}

#[test]
fn a_take_over_goes_on_where_it_stood() {
    let house = handed_over();
    clock::pass(60);
    let ((), ended) = house.watch(&ben(), async |console| {
        console.sees(&["nobody drives"]).await;
        console.press(&["Enter"]);
        console
            .sees(&["ana hands over to ben: watch the lag"])
            .await;
        // It is not taken over by looking at it.
        console.press(&["Esc"]);
        console
            .until("it is left", |text| !text.contains("I have read it"))
            .await;
        console.press(&["h"]);
        console.sees(&["I have read it and take over"]).await;
        console.press(&["Enter"]);
        console.sees(&["running (process 4242)", "x stop it"]).await;
        let hand = console.taken.borrow().clone().expect("it has commands now");
        let launch = hand.launches().last().expect("it was adopted").clone();
        assert_eq!(launch.effect, Effect::Write);
        hand.finish(launch.attempt, Ended::Exit { code: 0 }, 60_000, &[]);
        // The executor of the scenes captures nothing, and the step expects words.
        console.sees(&["✘ failed"]).await;
        console.press(&["q"]);
    });
    assert!(
        matches!(ended, rbconsole::tui::Ended::Detached { .. }),
        "{ended:?}"
    );
    let taken = entries(&house.run())
        .into_iter()
        .find_map(|entry| match entry.event {
            Event::TakenOver {
                from,
                how,
                who,
                read,
            } => Some((entry.by, from, how, who, read)),
            _ => None,
        });
    let (by, from, how, who, read) = taken.expect("it is recorded");
    assert_eq!((&*by, from.as_str(), read), ("ben", "ana", true));
    assert_eq!(how.map(|how| how.how), Some(Manner::HandedOver));
    assert_eq!(*who, seat("ben").who);
}

#[test]
fn what_was_opened_gives_way_when_the_lock_is_free() {
    let house = handed_over();
    let mut journal = Some(driven_by_ana(&house));
    let setup = Setup {
        wants_it: true,
        ..ben()
    };
    house.watch(&setup, async |console| {
        console
            .sees(&["ana drives this run", "Ask to take over"])
            .await;
        console.press(&["Enter"]);
        console.sees(&["Asked."]).await;
        let waiting = rbconsole::session::inbox::waiting(console.dir());
        assert!(
            waiting
                .iter()
                .any(|(_, message)| message.asks.is_some() && message.by == "ben")
        );
        console.press(&["h"]);
        console.sees(&["ana drives this run"]).await;
        drop(journal.take());
        console.sees(&["I have read it and take over"]).await;
    });
}

#[test]
fn a_hand_over_to_somebody_else_says_so() {
    let house = handed_over();
    let setup = with(theme("dark", Depth::None), "carla");
    house.watch(&setup, async |console| {
        console.press(&["h"]);
        console
            .sees(&["It was handed over to ben, and you are carla."])
            .await;
    });
}

#[test]
fn a_closed_run_cannot_be_taken() {
    let house = House::new();
    house.begin(&with(theme("dark", Depth::None), "ana"), async |console| {
        measured(console, "7.2").await;
        console.press(&["c"]);
        console.sees(&["Close the run as"]).await;
        console.press(&["Enter"]);
        console.sees(&["Anything to say about it?"]).await;
        console.press(&["Enter"]);
        console
            .sees(&["Run closed as aborted", "Enter leave"])
            .await;
        console.press(&["h"]);
        console
            .sees(&["The run is closed: nobody drives it any more"])
            .await;
    });
    house.watch(&ben(), async |console| {
        console.sees(&["watching, closed"]).await;
        console.press(&["Enter"]);
        console
            .sees(&["nothing can be done here: the run is closed"])
            .await;
        console.press(&["h"]);
        console.sees(&["The run is closed"]).await;
    });
}
