//! Running, retrying, falling back, stopping, confirming.

use super::fixture::*;
use crate::engine::{
    Command, Effect, Event, Refusal, Status,
    command::Run,
    effect::SecretRef,
    event::Conclusion,
    observed::{Ended, Observed},
    state::AttemptStatus,
};
use crate::runbook;
use crate::runbook::Confirm;

fn one(step: &str) -> Bench {
    Bench::of(&format!(
        "phases:\n  - id: only\n    title: Only\n    steps:\n      - {step}\n      - {{ id: after, run: 'true', effect: read }}\n"
    ))
}

#[test]
fn a_launch_carries_everything() {
    let mut b = Bench::with(
        r#"
inputs:
  service: { default: "a b" }
  token: { secret: true, env: TOKEN }
env: { SERVICE: "{{ service }}", BOTH: runbook }
environments:
  production: { env: { BOTH: "place {{ service }}" } }
phases:
  - id: only
    title: Only
    steps:
      - id: act
        run: "deploy {{ service }} {{ token }}"
        cwd: "/srv/{{ service }}"
        env: { OWN: "{{ token }}" }
        timeout: 90s
        kill_grace: 5s
        expect: { stdout: 'done' }
        outputs: { made: { line: -1 } }
"#,
        |started| started.environment = Some("production".to_owned()),
    );
    let events = b.run("act");
    let launch = b.launched().clone();
    assert!(
        matches!(&events[..], [Event::AttemptStarting { launch: l, edited_from: None, fallback: None, beside: None }] if **l == launch)
    );
    assert_eq!((launch.attempt, launch.number), (1, 1));
    assert_eq!(
        launch.argv[..5],
        ["bash", "--norc", "-euo", "pipefail", "-c"]
    );
    assert_eq!(launch.command(), r#"deploy 'a b' "$TOKEN""#);
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(
        launch.env,
        [pair("BOTH", "place a b"), pair("SERVICE", "a b")]
    );
    let secret = |variable: &str| SecretRef {
        variable: variable.to_owned(),
        input: "token".to_owned(),
    };
    assert_eq!(launch.secrets, [secret("OWN"), secret("TOKEN")]);
    assert_eq!(launch.cwd.as_deref(), Some("/srv/a b"));
    assert_eq!((launch.timeout_ms, launch.kill_grace_ms), (90_000, 5_000));
    assert_eq!(launch.effect, runbook::Effect::Write);
    assert_eq!(launch.capture.picks["made"], runbook::Pick::Line(-1));
    assert_eq!(launch.capture.expect_stdout.as_deref(), Some("done"));
    assert_eq!(launch.directory(), "001-act-1");
}

#[test]
fn an_edited_script_is_recorded_beside_the_authors() {
    let mut b = one("{ id: act, run: 'rm {{ run.kind }}' }");
    let edited = Run {
        script: Some("ls".to_owned()),
        ..Run::step("act")
    };
    let events = b.ok(Command::Run(edited));
    assert_eq!(b.launched().command(), "ls");
    assert!(
        matches!(&events[0], Event::AttemptStarting { edited_from: Some(from), .. } if **from == *"rm 'incident'")
    );
    assert!(b.state.attempts[&1].edited);
}

#[test]
fn a_read_step_runs_again_and_keeps_its_conclusion() {
    let mut b = one("{ id: look, run: 'true', effect: read, outputs: { rate: { text: true } } }");
    b.does("look", 0, &[("rate", "5")]);
    let concluded = b.status("look").clone();
    b.after(60).run("look");
    assert_eq!(b.status("look"), &concluded);
    assert_eq!(b.launched().directory(), "002-look-2");
    assert!(matches!(
        b.refused(Command::Run(Run::step("look"))),
        Refusal::Busy { .. }
    ));
    b.exits("look", 0, &[("rate", "6")]);
    assert_eq!(b.state.values["rate"], string("6"));
    // A failed look changes nothing.
    b.does("look", 1, &[("rate", "7")]);
    assert_eq!(b.state.values["rate"], string("6"));
    assert_eq!(b.status("look"), &concluded);
}

#[test]
fn a_write_that_is_retried_is_open_again() {
    let mut b = one("{ id: act, run: 'true' }");
    b.does("act", 0, &[]);
    b.ok(Command::Retry(Run::step("act")));
    assert_eq!(b.status("act"), &Status::Active { attempt: 2 });
    b.ends("act", Ended::Lost, &[]);
    assert!(matches!(
        b.status("act"),
        Status::Unknown { attempt: 2, .. }
    ));
    assert!(matches!(
        b.refused(Command::Retry(Run::step("act"))),
        Refusal::OutcomeUnknown(_)
    ));
}

#[test]
fn a_write_is_retried_within_its_phase_alone() {
    let mut b = Bench::of(
        r#"
phases:
  - { id: first, title: First, steps: [{ id: act, run: "true" }] }
  - { id: second, title: Second, steps: [{ id: more, run: "true" }] }
"#,
    );
    b.does("act", 0, &[]);
    let refusal = b.refused(Command::Retry(Run::step("act")));
    assert_eq!(
        refusal.to_string(),
        "‘act’ cannot be retried: its phase is over"
    );
}

#[test]
fn the_next_phase_waits_its_turn() {
    let mut b = Bench::of(
        r#"
phases:
  - { id: first, title: First, steps: [{ id: act, title: "Act on {{ run.kind }}", run: "true" }] }
  - { id: second, title: Second, steps: [{ id: more, run: "true" }] }
"#,
    );
    assert_eq!(
        b.refused(Command::Run(Run::step("more"))),
        Refusal::OutOfTurn {
            step: "Act on incident".to_owned()
        }
    );
}

const FALLBACKS: &str = r#"{ id: act, run: "true", fallbacks: [ { title: Gently, run: "slow {{ run.kind }}" }, { title: Hard, run: "hard", effect: destructive } ], target: db }"#;

#[test]
fn a_fallback_runs_in_place_of_the_script() {
    let mut b = one(FALLBACKS);
    b.does("act", 1, &[]);
    let fallback = |index, confirmation: Option<&str>| Command::Fallback {
        step: "act".to_owned(),
        index,
        confirmation: confirmation.map(str::to_owned),
    };
    let refusal = b.refused(fallback(2, None));
    assert_eq!(
        refusal.to_string(),
        "‘act’ cannot fall back: it has no such fallback"
    );
    // It is destructive: the target's name is typed.
    assert_eq!(
        b.refused(fallback(1, None)),
        Refusal::Unconfirmed {
            target: "db".to_owned(),
            confirm: Confirm::Type,
        }
    );
    let events = b.ok(fallback(0, None));
    assert_eq!(b.launched().command(), "slow 'incident'");
    assert!(
        matches!(&events[0], Event::AttemptStarting { fallback: Some(title), .. } if title == "Gently")
    );
    b.exits("act", 3, &[]);
    assert!(
        matches!(b.status("act"), Status::Failed { attempt: Some(2), reason } if reason == "exit 3")
    );
    b.ok(fallback(1, Some("db")));
    assert_eq!(b.launched().effect, runbook::Effect::Destructive);
    b.exits("act", 0, &[]);
    assert!(matches!(
        b.status("act"),
        Status::Concluded {
            conclusion: Conclusion::Succeeded,
            ..
        }
    ));
}

#[test]
fn a_fallback_that_never_started_is_offered_again() {
    let mut b = one(FALLBACKS);
    b.ok(Command::Auto(true));
    b.exits("act", 1, &[]);
    let failed = b.status("act").clone();
    let fallback = Command::Fallback {
        step: "act".to_owned(),
        index: 0,
        confirmation: None,
    };
    b.ok(fallback.clone());
    let voided = Command::Observed(Observed::NeverStarted { attempt: 2 });
    assert_eq!(names(&b.ok(voided)), ["attempt_voided"]);
    assert_eq!(b.status("act"), &failed);
    b.ok(fallback);
    assert_eq!(b.launched().attempt, 3);
}

#[test]
fn stopping_asks_the_supervisor_and_waits_for_its_report() {
    let mut b = one("{ id: act, run: 'true', effect: read }");
    b.run("act");
    b.started("act");
    let events = b.after(5).ok(Command::Stop(1));
    assert_eq!(events, [Event::AttemptStopping { attempt: 1 }]);
    assert_eq!(b.effects, [Effect::Stop(1)]);
    let now = b.now;
    assert!(
        matches!(b.state.attempts[&1].status, AttemptStatus::Running { stopping: Some(at), .. } if at == now)
    );
    b.ends("act", Ended::Stopped, &[]);
    assert!(
        matches!(b.status("act"), Status::Failed { reason, .. } if reason == "the operator stopped it")
    );
    assert_eq!(b.refused(Command::Stop(1)), Refusal::NotRunning);
    assert_eq!(b.refused(Command::Stop(7)), Refusal::NotRunning);
}

const DROP: &str = r#"
inputs: { database: { default: orders }, nothing: { default: "" } }
environments:
  production: { confirm: type }
  staging: { confirm: key }
phases:
  - id: only
    title: Only
    steps:
      - { id: wipe, run: "true", effect: destructive, target: "{{ database }}" }
      - { id: blank, run: "true", effect: destructive, target: "{{ nothing }}" }
"#;

#[test]
fn what_cannot_be_undone_is_confirmed_by_name() {
    for place in [None, Some("production")] {
        let mut b = Bench::with(DROP, |started| {
            started.environment = place.map(str::to_owned);
        });
        let unconfirmed = Refusal::Unconfirmed {
            target: "orders".to_owned(),
            confirm: Confirm::Type,
        };
        for typed in ["", "Orders", "orders ", "wipe"] {
            assert_eq!(
                b.refused(Command::Run(confirmed("wipe", typed))),
                unconfirmed
            );
        }
        assert_eq!(b.refused(Command::Run(Run::step("wipe"))), unconfirmed);
        b.ok(Command::Run(confirmed("wipe", "orders")));
        b.exits("wipe", 1, &[]);
        // The retry too.
        assert_eq!(b.refused(Command::Retry(Run::step("wipe"))), unconfirmed);
        b.ok(Command::Retry(confirmed("wipe", "orders")));
    }
}

#[test]
fn where_one_key_confirms_it_must_still_be_pressed() {
    let mut b = Bench::with(DROP, |started| {
        started.environment = Some("staging".to_owned());
    });
    assert!(matches!(
        b.refused(Command::Run(Run::step("wipe"))),
        Refusal::Unconfirmed { .. }
    ));
    b.ok(Command::Run(confirmed("wipe", "")));
}

#[test]
fn an_empty_target_confirms_nothing() {
    let mut b = Bench::of(DROP);
    b.ok(skip("wipe", &[]));
    for typed in ["", "blank"] {
        let refusal = b.refused(Command::Run(confirmed("blank", typed)));
        assert_eq!(
            refusal.to_string(),
            "‘blank’ cannot be confirmed: its target is empty: there is no name to type"
        );
    }
}

#[test]
fn a_script_that_lacks_a_value_is_refused() {
    let mut b = Bench::of(
        r#"
phases:
  - id: only
    title: Only
    steps:
      - { id: look, run: "true", on_failure: continue, outputs: { rate: { text: true } } }
      - { id: act, run: "use {{ rate }}" }
"#,
    );
    b.does("look", 1, &[]);
    let refusal = b.refused(Command::Run(Run::step("act")));
    assert!(matches!(&refusal, Refusal::Template { what, .. } if what == "the script of ‘act’"));
    assert!(refusal.to_string().contains("rate"), "{refusal}");
}
