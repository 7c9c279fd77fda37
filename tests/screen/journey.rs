//! From the first step to the closed run, by keys alone; what stands in the journal afterwards.

use chrono::TimeDelta;
use rbconsole::{
    engine::{
        Entry, Event,
        event::{Conclusion, RunOutcome},
        observed::Ended,
    },
    output::Stream,
    tui,
};

use super::{
    console::{House, Setup, entries},
    scenes,
};

/// An event in one word and what matters of it.
fn word(entry: &Entry) -> Option<String> {
    Some(match &entry.event {
        Event::RunStarted(_) => "run started".to_owned(),
        Event::AttemptStarting { launch, .. } => format!("launch {}", launch.step),
        Event::AttemptFinished { attempt, .. } => format!("attempt {attempt} ended"),
        Event::GateOpened { gate, .. } => format!("gate {gate} opened"),
        Event::GateAnswered(it) => format!("gate {} answered {}", it.gate, it.answer),
        Event::ItemTicked { item, done, .. } => format!("item {item} ticked {done}"),
        Event::StepConcluded {
            step, conclusion, ..
        } => {
            let how = match conclusion {
                Conclusion::Succeeded => "done".to_owned(),
                Conclusion::Rehearsed => "rehearsed".to_owned(),
                Conclusion::FailureAccepted => "failed".to_owned(),
                Conclusion::Skipped { reason } => format!("skipped: {reason}"),
                Conclusion::TookEffect { reason } => format!("took effect: {reason}"),
                Conclusion::DoneOffScript { reason, .. } => format!("done off script: {reason}"),
            };
            format!("{step} {how}")
        }
        Event::NoteAdded { text, .. } => format!("note {text}"),
        Event::RunClosed { outcome, note, .. } => format!("closed {}: {note}", outcome.word()),
        _ => return None,
    })
}

#[test]
fn from_the_first_step_to_the_closed_run() {
    let house = House::new();
    let (keys, ended) = house.begin(&Setup::default(), async |console| {
        console.sees(&["run ‘Measure the error rate’"]).await;
        console.press(&["n"]);
        console.sees(&["Alt-Enter"]).await;
        console.type_in("-20m first complaints");
        console.press(&["Enter"]);
        console
            .until("the note is saved", |text| !text.contains("Alt-Enter"))
            .await;
        scenes::closing(console).await;
        console.press(&["Enter"]);
        console.hand.launches().len()
    });
    assert_eq!(keys, 2, "the measurement and the deployment");
    let tui::Ended::Closed {
        outcome, report, ..
    } = ended
    else {
        panic!("the run is open: {ended:?}");
    };
    assert_eq!(outcome, RunOutcome::Resolved);

    let all = entries(&house.run());
    let words: Vec<String> = all.iter().filter_map(word).collect();
    assert_eq!(
        words,
        [
            "run started",
            "note first complaints",
            "launch measure",
            "attempt 1 ended",
            "gate roll_back opened",
            "gate roll_back answered code",
            "launch deploy",
            "attempt 2 ended",
            "settle skipped: traffic is calm",
            "item 0 ticked true",
            "item 1 ticked true",
            "tell done",
            "closed resolved: The old release holds.",
        ]
    );
    let note = all.iter().find_map(|entry| match &entry.event {
        Event::NoteAdded { happened_at, .. } => Some((entry.at, *happened_at)),
        _ => None,
    });
    let (at, happened_at) = note.expect("the note is in the journal");
    assert_eq!(Some(at - TimeDelta::minutes(20)), happened_at);
    assert!(all.iter().all(|entry| *entry.by == *"ana"));

    let report = report.expect("the report's path is told");
    assert_eq!(report, house.run().path().join("report.md"));
    let text = std::fs::read_to_string(&report).expect("the report is written");
    for words in [
        "Roll back the code",
        "first complaints",
        "INC-2041",
        "The old release holds.",
        "deployctl rollback",
    ] {
        assert!(text.contains(words), "no {words} in\n{text}");
    }
}

/// The first attempt fails; the operator changes the command, then takes the
/// author's other way, and all of it is on record.
#[test]
fn a_failure_is_retried_edited_and_gone_around() {
    let house = House::new();
    house.begin(&Setup::default(), async |console| {
        scenes::answered(console).await;
        console.press(&["Enter"]);
        let first = console.launched("deploy").await.attempt;
        console.hand.started(first);
        console.hand.print(first, Stream::Err, "no such host\n");
        console
            .hand
            .finish(first, Ended::Exit { code: 3 }, 900, &[]);
        console.sees(&["✘ failed: exit 3", "Retry"]).await;
        console.press(&["e"]);
        console.sees(&["Ctrl-s runs it"]).await;
        console.type_in("time ");
        console.press(&["Ctrl-s"]);
        console
            .until("the second attempt", |text| text.contains("attempt 2"))
            .await;
        let second = console.launched("deploy").await;
        assert_eq!(
            second.command(),
            "time deployctl rollback 'payments' --wait"
        );
        console.hand.started(second.attempt);
        console
            .hand
            .finish(second.attempt, Ended::Exit { code: 4 }, 900, &[]);
        console.sees(&["✘ failed: exit 4", "Fallback"]).await;
        console.press(&["j", "j", "j", "Enter"]);
        console
            .until("the third attempt", |text| text.contains("attempt 3"))
            .await;
        let third = console.launched("deploy").await;
        assert_eq!(third.command().trim(), "dockerctl restart 'payments'");
        console.hand.started(third.attempt);
        console
            .hand
            .finish(third.attempt, Ended::Exit { code: 0 }, 900, &[]);
        console.sees(&["left of 2:00"]).await;
        console.pass(121).await;
        // Nobody ends the wait: time does.
        console.sees(&["☐ The incident channel knows"]).await;
    });
    let all = entries(&house.run());
    let starts: Vec<(bool, Option<&str>)> = all
        .iter()
        .filter_map(|entry| match &entry.event {
            Event::AttemptStarting {
                launch,
                edited_from,
                fallback,
                ..
            } if launch.step == "deploy" => Some((edited_from.is_some(), fallback.as_deref())),
            _ => None,
        })
        .collect();
    assert_eq!(
        starts,
        [
            (false, None),
            (true, None),
            (false, Some("Restart the old containers"))
        ]
    );
}

/// The typed name runs it, and only then.
#[test]
fn a_destructive_step_runs_when_its_target_is_typed() {
    House::new().begin(&Setup::default(), async |console| {
        scenes::at_the_destructive_step(console).await;
        let launches = console.hand.launches().len();
        console.press(&["Enter"]);
        console.sees(&["Type payments_live to run it."]).await;
        for wrong in ["", "payments_liv", "Payments_live"] {
            console.type_in(wrong);
            console.press(&["Enter"]);
            console.sees(&["nothing was run"]).await;
            console.press(&["Ctrl-u"]);
            console.press(&["Esc", "Enter"]);
            console.sees(&["Type payments_live to run it."]).await;
        }
        console.settle().await;
        assert_eq!(console.hand.launches().len(), launches);
        console.type_in("payments_live");
        console.press(&["Enter"]);
        console.launched("restore").await;
    });
}

/// `q` leaves the command running and says so; the copy key copies the command.
#[test]
fn detaching_leaves_the_command_running() {
    let house = House::new();
    let (launched, ended) = house.begin(&Setup::default(), async |console| {
        console.sees(&["run ‘Measure the error rate’"]).await;
        console.press(&["y"]);
        console.sees(&["Copied"]).await;
        assert_eq!(
            console.copied.borrow().as_slice(),
            ["curl -s http://'payments'.internal/metrics | grep '^error_rate'\n"]
        );
        console.press(&["Enter"]);
        let launch = console.launched("measure").await;
        console.hand.started(launch.attempt);
        console.sees(&["running (process 4242)"]).await;
        console.press(&["q"]);
        console.hand.stops()
    });
    assert!(launched.is_empty(), "nothing is stopped");
    let run = house.run().id();
    assert_eq!(ended, tui::Ended::Detached { run, running: 1 });
}

/// A second key press while the first is on its way to the disk starts nothing twice.
#[test]
fn a_nervous_finger_starts_a_step_once() {
    House::new().begin(&Setup::default(), async |console| {
        scenes::answered(console).await;
        console.press(&["Enter"; 5]);
        console.launched("deploy").await;
        console.settle().await;
        let deployments = console
            .hand
            .launches()
            .iter()
            .filter(|l| l.step == "deploy")
            .count();
        assert_eq!(deployments, 1);
    });
}
