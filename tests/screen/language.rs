//! What the whole language of runbooks looks like on the screen, and what its keys
//! do: several scripts, polls, probes, approvals, rehearsals, cleanup, guards.

use std::collections::BTreeMap;

use rbconsole::{
    engine::{
        Event, From,
        event::{Conclusion, RunKind, RunOutcome, Voucher},
        observed::Ended,
    },
    tui::theme::{Depth, Theme},
};
use regex::Regex;

use super::{
    clock,
    console::{Console, Frames, House, Setup, compare, theme},
    fake::Fate,
};

#[path = "language/scene.rs"]
mod scene;

const RUNBOOK: &str = include_str!("language.yaml");

macro_rules! looks {
    ($($name:ident),* $(,)?) => {
        /// Every scene by its name.
        const SCENES: &[(&str, Scene)] = &[$((stringify!($name), scene::$name)),*];

        $(#[test]
        fn $name() {
            compare(stringify!($name), scene::$name(theme("dark", Depth::True)));
        })*
    };
}

type Scene = fn(Theme) -> Frames;

/// A colour may repeat what a word or a glyph says, never say it alone.
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

looks![
    parallel_ready,
    parallel_polls,
    approval_wanted,
    approval_choice,
    approval_attested,
    approval_override,
    probe_advises,
    rehearsal_runs,
    rehearsal_values,
    close_with_cleanup,
    closing_cleans_up,
    begun_later,
    confirmed_by_key,
    long_title,
    gate_watched,
    place_proven,
    place_unproven,
];

fn setup(theme: Theme) -> Setup {
    guarded(theme, "'true'")
}

fn guarded(theme: Theme, guard: &str) -> Setup {
    Setup {
        runbook: Box::leak(RUNBOOK.replace("GUARD", guard).into_boxed_str()),
        theme,
        ..Setup::default()
    }
}

/// The ids of runs differ from run to run, but not in their length.
fn steady(frames: Frames) -> Frames {
    let id = Regex::new(r"\d{4}-\d\d-\d\d-\d{4}-payments-[0-9a-z]{4}").expect("a pattern");
    let known = "2026-11-20-0214-payments-x7f3";
    frames
        .into_iter()
        .map(|(size, text)| (size, id.replace_all(&text, known).into_owned()))
        .collect()
}

pub fn mono() -> Setup {
    setup(theme("dark", Depth::None))
}

/// Both regions have answered; the companion ends with them.
fn looked(console: &Console, codes: [i32; 2], lag: &str) {
    let launches = console.hand.launches();
    let round: Vec<_> = launches.iter().rev().take(3).rev().cloned().collect();
    for (launch, code) in round.iter().zip(codes) {
        console.hand.started(launch.attempt);
        let found: &[(&str, &str)] = if launch.script == "eu" {
            &[("lag", lag)]
        } else {
            &[]
        };
        console
            .hand
            .finish(launch.attempt, Ended::Exit { code }, 700, found);
    }
    let watch = round.last().expect("the companion").attempt;
    console.hand.finish(watch, Ended::Stopped, 700, &[]);
}

/// The gate is open: the look at the regions is left out.
async fn at_the_gate(console: &Console) {
    console.sees(&["run ‘Look at both regions’"]).await;
    console.press(&["s"]);
    console.sees(&["why?"]).await;
    console.type_in("the dashboard says it");
    console.press(&["Enter"]);
    console.sees(&["Value of lag"]).await;
    console.type_in("3");
    console.press(&["Enter"]);
    console.sees(&["Drop the new table?", "Drop it"]).await;
}

/// Somebody's word was attested.
async fn attested(console: &Console) {
    at_the_gate(console).await;
    console.press(&["j", "Enter"]);
    console.sees(&["Override"]).await;
    console.press(&["j", "Enter"]);
    console.sees(&["Who agreed?"]).await;
    console.type_in("carl");
    console.press(&["Enter"]);
    console.sees(&["For whom does carl speak?"]).await;
    console.press(&["Enter"]);
    console.sees(&["Where did carl agree?"]).await;
    console.type_in("by phone");
    console.press(&["Enter"]);
    console.sees(&["✔ carl agreed, attested: by phone"]).await;
}

/// The gate is answered with what carl agreed to.
async fn draining(console: &Console) {
    attested(console).await;
    console.press(&["Enter"]);
    console.sees(&["run ‘Drain the queue’"]).await;
}

/// A rehearsal stands before the step that would make the version.
async fn rehearsed_to_the_release(console: &Console) {
    console.sees(&["run it as it is (read only)"]).await;
    console.press(&["v"]);
    console.sees(&["Value of lag"]).await;
    console.type_in("2");
    console.press(&["Enter"]);
    console.sees(&["Drop the new table?", "Drop it"]).await;
    // Nobody has to agree with what does not happen.
    console.press(&["j", "Enter"]);
    console.sees(&["rehearse ‘Drain the queue’"]).await;
    console.press(&["Enter"]);
    let launch = console.launched("drain").await;
    assert_eq!(launch.command(), "drainctl orders --dry-run");
    console.hand.started(launch.attempt);
    console
        .hand
        .finish(launch.attempt, Ended::Exit { code: 0 }, 100, &[]);
    console.sees(&["pass ‘Deploy the release before’"]).await;
}

/// The run is given up at the gate, and the cleanup's turn has come.
async fn closing(console: &Console) {
    at_the_gate(console).await;
    console.press(&["c"]);
    console.sees(&["First the cleanup is offered"]).await;
    console.press(&["Enter"]);
    console.sees(&["Close as aborted"]).await;
    console.press(&["Enter"]);
    console
        .sees(&["closing as aborted", "clean up: ‘Unlock the deployments’"])
        .await;
}

/// The turn of the step that destroys something.
pub async fn to_the_drop(console: &Console) {
    draining(console).await;
    console.press(&["Enter"]);
    for (step, found) in [
        ("drain", [].as_slice()),
        ("release", [("version", "7"), ("region", "us")].as_slice()),
    ] {
        let attempt = console.launched(step).await.attempt;
        console.hand.started(attempt);
        console
            .hand
            .finish(attempt, Ended::Exit { code: 0 }, 100, found);
        if step == "drain" {
            console.sees(&["run ‘Deploy the release before’"]).await;
            console.press(&["Enter"]);
        }
    }
    console.sees(&["run ‘Drop the table’"]).await;
}

/// The command for the other person is on the clipboard as a whole.
#[test]
fn the_command_to_approve_is_copied() {
    let house = House::new();
    house.begin(&mono(), async |console| {
        at_the_gate(console).await;
        console.press(&["j", "Enter"]);
        console.sees(&["rbconsole approve"]).await;
        console.press(&["y"]);
        console.sees(&["Copied"]).await;
        let run = house.run();
        let id = run.path().file_name().expect("a name").to_string_lossy();
        assert_eq!(
            *console.copied.borrow(),
            [format!("rbconsole approve {id} drop_it")]
        );
    });
}

/// An answer with an attested word is given without more questions; the journal says
/// who vouched.
#[test]
fn an_attested_answer_is_on_record() {
    let house = House::new();
    house.begin(&mono(), async |console| {
        draining(console).await;
        let journal = console.journal();
        let approval = journal.iter().find_map(|entry| match &entry.event {
            Event::ApprovalGiven { approval, .. } => Some(approval.clone()),
            _ => None,
        });
        let approval = approval.expect("it is on record");
        assert_eq!(approval.by_whom, "carl");
        assert_eq!(
            approval.how,
            Voucher::Attested {
                channel: "by phone".to_owned(),
                stands_for: Some("dba".to_owned()),
            }
        );
        assert!(journal.iter().any(|entry| matches!(
            &entry.event,
            Event::GateAnswered(it) if !it.unapproved && it.approvals.len() == 1
        )));
    });
}

/// Deciding alone takes a reason and stays marked.
#[test]
fn an_override_is_marked() {
    let house = House::new();
    house.begin(&mono(), async |console| {
        at_the_gate(console).await;
        console.press(&["j", "Enter"]);
        console.sees(&["Override"]).await;
        console.press(&["j", "j", "Enter"]);
        console.sees(&["Why without approval?"]).await;
        console.press(&["Enter"]);
        console.sees(&["Say why"]).await;
        console.type_in("nobody picks up");
        console.press(&["Enter"]);
        console.sees(&["run ‘Drain the queue’"]).await;
        assert!(console.journal().iter().any(|entry| matches!(
            &entry.event,
            Event::GateAnswered(it)
                if it.unapproved && it.reason.as_deref() == Some("nobody picks up")
        )));
    });
}

/// A rehearsal passes what changes something, with the values that are needed; the
/// default stands there already.
#[test]
fn a_rehearsal_launches_nothing_that_changes_anything() {
    let house = House::new();
    let setup = Setup {
        kind: RunKind::Rehearsal,
        ..mono()
    };
    house.begin(&setup, async |console| {
        rehearsed_to_the_release(console).await;
        console.press(&["Enter"]);
        console.sees(&["Value of version"]).await;
        console.type_in("7");
        console.press(&["Enter"]);
        console.sees(&["Value of region", "eu"]).await;
        console.press(&["Enter"]);
        // What cannot be undone is passed without typing its target.
        console.sees(&["pass ‘Drop the table’"]).await;
        console.press(&["Enter"]);
        console.sees(&["sayctl '7' 'eu'"]).await;
        let launched: Vec<String> = console
            .hand
            .launches()
            .iter()
            .map(|launch| launch.command().to_owned())
            .collect();
        assert_eq!(launched, ["drainctl orders --dry-run"]);
        let rehearsed = console
            .journal()
            .iter()
            .filter(|entry| {
                matches!(
                    entry.event,
                    Event::StepConcluded {
                        conclusion: Conclusion::Rehearsed,
                        ..
                    }
                )
            })
            .count();
        assert!(rehearsed >= 3, "{rehearsed}");
    });
}

/// While a run is being closed the close key leads to the cleanup, and the end comes
/// when that is done.
#[test]
fn the_cleanup_comes_before_the_end() {
    let house = House::new();
    house.begin(&mono(), async |console| {
        closing(console).await;
        console.press(&["Tab", "k", "c"]);
        console
            .sees(&["‘Unlock the deployments’ comes first", "lockctl release"])
            .await;
        for step in ["unlock", "unpage"] {
            console.press(&["Enter"]);
            let attempt = console.launched(step).await.attempt;
            console.hand.started(attempt);
            console
                .hand
                .finish(attempt, Ended::Exit { code: 0 }, 100, &[]);
            if step == "unlock" {
                console.sees(&["clean up: ‘Page people again’"]).await;
            }
        }
        console.sees(&["The run closed as aborted"]).await;
        assert!(console.journal().iter().any(|entry| matches!(
            entry.event,
            Event::RunClosed {
                outcome: RunOutcome::Aborted,
                ..
            }
        )));
    });
}

/// Where the environment wants one key, Enter is not that key.
#[test]
fn a_key_confirms_where_the_environment_says_so() {
    let house = House::new();
    house.begin(&mono(), async |console| {
        to_the_drop(console).await;
        console.press(&["Enter"]);
        console.sees(&["Press y to run it"]).await;
        console.press(&["Enter", "x"]);
        console.settle().await;
        assert!(console.hand.launches().iter().all(|l| l.step != "drop"));
        console.press(&["y"]);
        console.launched("drop").await;
    });
}

/// What was refused leaves the footer with the next key.
#[test]
fn a_refusal_goes_with_the_next_key() {
    House::new().begin(&mono(), async |console| {
        console.sees(&["run ‘Look at both regions’"]).await;
        console.press(&["x"]);
        console.sees(&["Nothing is running"]).await;
        console.press(&["k"]);
        console
            .until("it is gone", |text| !text.contains("Nothing is running"))
            .await;
    });
}
