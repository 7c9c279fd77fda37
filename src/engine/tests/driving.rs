//! Handing over, asking for it, taking over; and who drove when.

use chrono::TimeDelta;

use super::fixture::*;
use crate::engine::{
    Command, Event, Refusal, State, Status,
    command::{Resume, Taking},
    event::{Departure, Manner, RunOutcome, Who},
    state::Drive,
};

const TWO: &str = r#"
phases:
  - id: only
    title: Only
    steps:
      - { id: act, title: Act, run: "act" }
      - { id: then, title: Then, run: "then" }
"#;

fn hand_over(to: Option<&str>, note: &str) -> Command {
    Command::HandOver {
        to: to.map(str::to_owned),
        note: note.to_owned(),
    }
}

fn ask() -> Command {
    Command::AskHandOver {
        host: "phone".to_owned(),
    }
}

fn who() -> Who {
    Who {
        host: "host".to_owned(),
        login: "ben".to_owned(),
        tty: Some("pts/3".to_owned()),
        origin: None,
    }
}

fn departed(seconds: i64, how: Manner) -> Departure {
    let at = noon() + TimeDelta::seconds(seconds);
    Departure { at, how }
}

fn resumed(before: Option<Departure>, taking: bool) -> Command {
    Command::Resume(Box::new(Resume {
        host: "host".to_owned(),
        before,
        taking: taking.then(|| Taking {
            who: who(),
            read: true,
        }),
        ..Resume::default()
    }))
}

/// Another person makes a request.
fn by(bench: &mut Bench, name: &str, command: Command) -> Result<Vec<Event>, Refusal> {
    let decision = crate::engine::decide(&bench.state, command, name, bench.now)?;
    for event in &decision.events {
        let mut entry = entry(bench.now, event.clone());
        entry.by = name.into();
        crate::engine::apply(&mut bench.state, &entry);
        bench.entries.push(entry);
    }
    bench.effects = decision.effects;
    Ok(decision.events)
}

fn drives(state: &State) -> Vec<(&str, Option<Manner>)> {
    let of = |drive: &Drive| drive.until.map(|until| until.how);
    let drives = state.driving.drives.iter();
    drives.map(|drive| (&*drive.by, of(drive))).collect()
}

#[test]
fn a_hand_over_lets_go_of_everything_and_stops_nothing() {
    let mut b = Bench::of(TWO);
    b.ok(Command::Auto(true));
    b.started("act");
    let events = b
        .after(60)
        .ok(hand_over(Some(" ben "), " look at the lag "));
    assert_eq!(
        events,
        [
            // Nobody who comes next shall find that it runs on by itself.
            Event::AutoAdvance { on: false },
            Event::HandedOver {
                to: Some("ben".to_owned()),
                note: "look at the lag".to_owned(),
            },
        ]
    );
    assert!(b.effects.is_empty(), "nothing is stopped: {:?}", b.effects);
    assert!(matches!(b.status("act"), Status::Active { .. }));
    assert_eq!(drives(&b.state), [(OPERATOR, Some(Manner::HandedOver))]);
    // What runs is recorded to its end, but nothing begins.
    b.after(5).exits("act", 0, &[]);
    assert!(matches!(b.status("then"), Status::Ready { .. }));
    for command in [
        Command::Run(crate::engine::command::Run::step("then")),
        skip("then", &[]),
        Command::Auto(true),
        Command::Stop(1),
        hand_over(None, ""),
        ask(),
        Command::Close {
            outcome: RunOutcome::Aborted,
            note: String::new(),
        },
    ] {
        assert_eq!(b.refused(command), Refusal::HandedOver);
    }
    assert_eq!(b.ok(Command::Tock), []);
    let note = Command::Note {
        text: "seen".to_owned(),
        happened_at: None,
    };
    assert_eq!(b.ok(note).len(), 1);
}

#[test]
fn whoever_takes_it_over_goes_on() {
    let mut b = Bench::of(TWO);
    b.after(60).ok(hand_over(None, ""));
    b.after(120);
    let vanished = Some(departed(0, Manner::Vanished));
    let events = by(&mut b, "ben", resumed(vanished, true)).expect("it is taken over");
    let Event::TakenOver {
        from,
        how,
        who: taker,
        read: true,
    } = &events[0]
    else {
        panic!("{events:?}")
    };
    assert_eq!(from, OPERATOR);
    // That it was handed over is known better than what stands in a lock.
    assert_eq!(*how, Some(departed(60, Manner::HandedOver)));
    assert_eq!(**taker, who());
    assert!(matches!(events[1], Event::RunResumed(_)), "{events:?}");
    assert!(b.state.driving.offer.is_none());
    assert_eq!(
        drives(&b.state),
        [(OPERATOR, Some(Manner::HandedOver)), ("ben", None)]
    );
    assert!(b.state.driving.drives[1].took_over);
    b.run("act");
}

#[test]
fn a_take_over_stops_what_runs_on_by_itself_before_anything_begins() {
    let mut b = Bench::of(TWO);
    b.ok(Command::Auto(true));
    b.exits("act", 3, &[]);
    b.ok(skip("act", &[]));
    let mut b = Bench::of(TWO);
    b.ok(Command::Auto(true));
    b.exits("act", 0, &[]);
    b.exits("then", 0, &[]);
    let left = Some(departed(0, Manner::Left));
    let events = by(&mut b, "ben", resumed(left, true)).expect("it is taken over");
    let names: Vec<String> = events.iter().map(name).collect();
    assert_eq!(names, ["taken_over", "auto_advance", "run_resumed"]);
    assert!(!b.state.auto);
    // Who takes up what is theirs keeps it.
    let mut b = Bench::of(TWO);
    b.ok(Command::Auto(true));
    b.ok(resumed(left, false));
    assert!(b.state.auto);
}

#[test]
fn who_drove_when_is_known() {
    let mut b = Bench::of(TWO);
    let crash = Some(departed(10, Manner::Vanished));
    b.after(20).ok(resumed(crash, false));
    // The same console says once more that it drives: the place is proven now.
    b.after(1).ok(resumed(None, false));
    let left = Some(departed(30, Manner::Left));
    b.after(20);
    by(&mut b, "ben", resumed(left, true)).expect("it is taken over");
    assert_eq!(
        drives(&b.state),
        [
            (OPERATOR, Some(Manner::Vanished)),
            (OPERATOR, Some(Manner::Left)),
            ("ben", None),
        ]
    );
    let again = b.reopened();
    assert_eq!(again.state.driving, b.state.driving);
}

#[test]
fn somebody_asks_once_and_is_forgotten_when_somebody_else_drives() {
    let mut b = Bench::of(TWO);
    assert_eq!(by(&mut b, "ben", ask()).expect("it is asked").len(), 1);
    assert_eq!(by(&mut b, "ben", ask()).expect("it is asked"), []);
    assert_eq!(by(&mut b, "carla", ask()).expect("it is asked").len(), 1);
    let asked = b.state.driving.asked.iter().map(|asked| &*asked.by);
    assert_eq!(asked.collect::<Vec<_>>(), ["ben", "carla"]);
    // It is asked, no more: the run goes on.
    b.run("act");
    b.after(9).ok(resumed(None, false));
    assert!(b.state.driving.asked.is_empty());
}

#[test]
fn a_closed_run_is_nobodys() {
    let mut b = Bench::of(TWO);
    b.ok(Command::Close {
        outcome: RunOutcome::Aborted,
        note: String::new(),
    });
    assert_eq!(b.refused(hand_over(None, "")), Refusal::Closed);
    assert_eq!(b.refused(ask()), Refusal::Closed);
    assert_eq!(b.ok(resumed(None, true)), []);
}
