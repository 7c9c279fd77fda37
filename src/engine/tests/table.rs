//! Every command in every state of a step: what follows, or the refusal.

use super::fixture::*;
use crate::engine::{
    Command, Effect,
    command::Run,
    effect::Question,
    event::RunOutcome,
    observed::{Ended, Observed},
};

const BOOK: &str = r#"
phases:
  - id: only
    title: Only
    steps:
      - { id: look, run: "true", effect: read }
      - { id: act, title: Act, run: "true", retry: { attempts: 2, delay: 10s }, fallbacks: [{ title: Other way, run: "false" }] }
      - { id: unsure, title: Unsure, when: look_again == "x", run: "true" }
      - { id: never, title: Never, when: run.kind == "drill", run: "true" }
      - { id: ask, title: Really?, gate: { answers: { go: { label: Go }, halt: { label: Halt, then: [] } } } }
      - { id: hand, title: By hand, manual: { checklist: [One, Two] } }
      - { id: pause, title: Let it settle, wait: { for: 1m } }
      - { id: after, title: After, run: "true", effect: read, outputs: { look_again: { text: true } } }
"#;

/// Where the step of a table stands, and how it got there.
fn bench(stand: &str) -> (Bench, &'static str) {
    let mut b = Bench::of(BOOK);
    if stand == "pending" {
        return (b, "act");
    }
    b.does("look", 0, &[]);
    match stand {
        "ready" => return (b, "act"),
        "starting" => {
            b.run("act");
            return (b, "act");
        }
        "running" => {
            b.run("act");
            b.started("act");
            return (b, "act");
        }
        "retry due" => {
            b.does("act", 1, &[]);
            return (b, "act");
        }
        "failed" => {
            b.does("act", 1, &[]);
            b.does("act", 1, &[]);
            return (b, "act");
        }
        "unknown" => {
            b.run("act");
            b.ends("act", Ended::Lost, &[]);
            return (b, "act");
        }
        _ => {}
    }
    b.does("act", 0, &[]);
    match stand {
        "concluded write" => return (b, "act"),
        "concluded read" => return (b, "look"),
        "doubtful" => return (b, "unsure"),
        _ => {}
    }
    b.ok(skip("unsure", &[]));
    match stand {
        "not taken" => return (b, "never"),
        "deciding" => return (b, "ask"),
        "behind a gate" => return (b, "hand"),
        "a command behind a gate" => return (b, "after"),
        _ => {}
    }
    b.answer("ask", "go");
    match stand {
        "answered" => return (b, "ask"),
        "manual" => return (b, "hand"),
        _ => {}
    }
    b.ok(skip("hand", &[]));
    match stand {
        "waiting" => (b, "pause"),
        other => panic!("no such stand: {other}"),
    }
}

fn request(word: &str, step: &str, b: &Bench) -> Command {
    let last = b.state.attempts_of(step).last().map_or(99, |(id, _)| id);
    let step = step.to_owned();
    let reason = "because".to_owned();
    match word {
        "run" => Command::Run(Run::step(step)),
        "retry" => Command::Retry(Run::step(step)),
        "fallback" => Command::Fallback {
            step,
            index: 0,
            confirmation: None,
        },
        "stop" => Command::Stop(last),
        "skip" => skip(&step, &[]),
        "took effect" => took_effect(&step, &[]),
        "took no effect" => took_no_effect(&step),
        "answer" => answer_command(&step, "go", None),
        "tick" => Command::Tick {
            step,
            item: 0,
            done: true,
        },
        "done" => Command::ManualDone {
            step,
            values: texts(&[]),
        },
        "end wait" => Command::EndWait { step, reason },
        "close" => Command::Close {
            outcome: RunOutcome::Resolved,
            note: String::new(),
        },
        "tock" => Command::Tock,
        "started" => Command::Observed(Observed::Started {
            attempt: last,
            pid: 9,
        }),
        "never started" => Command::Observed(Observed::NeverStarted { attempt: last }),
        "finished" => finished(last, b.report(Ended::Exit { code: 0 }, &[])),
        "evidence" => Command::Observed(Observed::Answered {
            of: Question::Evidence { gate: step },
            text: "seen".to_owned(),
            ended: Ended::Exit { code: 0 },
        }),
        other => panic!("no such request: {other}"),
    }
}

/// The events and effects, or the refusal.
fn follows(stand: &str, word: &str) -> String {
    let (mut b, step) = bench(stand);
    let command = request(word, step, &b);
    match b.ask(command) {
        Ok(events) if events.is_empty() => "nothing".to_owned(),
        Ok(events) => {
            let mut text = names(&events).join(", ");
            for effect in &b.effects {
                text.push_str(match effect {
                    Effect::Launch(_) => " + launch",
                    Effect::Stop(_) => " + stop",
                    Effect::Query(_) => " + query",
                    Effect::WakeAt(_) => " + wake",
                });
            }
            text
        }
        Err(refusal) => {
            reads_well(&refusal);
            format!("✗ {refusal}")
        }
    }
}

/// What follows where a request means nothing special; `{t}` is the title.
const USUAL: [(&str, &str); 17] = [
    ("run", "✗ {t} cannot run: it is not a command"),
    ("retry", "✗ {t} cannot be retried: it is not a command"),
    ("fallback", "✗ {t} cannot fall back: it is not a command"),
    (
        "stop",
        "✗ That command is not running: it is over, or it has not begun yet",
    ),
    ("skip", "✗ {t} cannot be skipped: it is settled"),
    (
        "took effect",
        "✗ {t} cannot be declared: its outcome is not unknown",
    ),
    (
        "took no effect",
        "✗ {t} cannot be declared: its outcome is not unknown",
    ),
    ("answer", "✗ {t} cannot be answered: it is not a gate"),
    (
        "tick",
        "✗ {t} cannot be ticked: it is not open or has no such entry",
    ),
    (
        "done",
        "✗ {t} cannot be finished: it is not an open manual step",
    ),
    ("end wait", "✗ {t} cannot end early: it is not waiting"),
    ("close", "run_closed"),
    ("tock", "nothing"),
    ("started", "nothing"),
    ("never started", "nothing"),
    ("finished", "nothing"),
    ("evidence", "nothing"),
];

const LAUNCH: &str = "attempt_starting + launch";
const NEXT: &str = "step_concluded, step_reached";
const NOT_FAILED: &str = "✗ {t} cannot fall back: it has not failed";
const BUSY: &str = "✗ {t} is running: wait for it, or stop it with x";
const STILL: &str =
    "✗ {t} is still running: stop it with x or wait for it before you close the run";
const UNKNOWN: &str = "✗ Nobody knows whether {t} took effect: find out and say so first";
const LOOK_FIRST: &str = "✗ ‘look’ comes first";
const GATE_FIRST: &str = "✗ Answer ‘Really?’ first";
const NOT_TAKEN: &str = "✗ {t} cannot run: it is not taken because this run is not a drill";

type Row = (&'static str, &'static str);

/// Where the step stands, its title, and what is special there.
#[rustfmt::skip]
const TABLE: [(&str, &str, &[Row]); 17] = [
    ("pending", "Act", &[
        ("run", LOOK_FIRST),
        ("retry", LOOK_FIRST),
        ("fallback", NOT_FAILED),
        ("skip", LOOK_FIRST),
    ]),
    ("ready", "Act", &[
        ("run", LAUNCH),
        ("retry", LAUNCH),
        ("fallback", NOT_FAILED),
        ("skip", NEXT),
    ]),
    ("doubtful", "Unsure", &[
        ("run", LAUNCH),
        ("retry", LAUNCH),
        ("fallback", NOT_FAILED),
        ("skip", "step_concluded, step_not_taken, gate_opened"),
    ]),
    ("starting", "Act", &[
        ("run", BUSY),
        ("retry", BUSY),
        ("fallback", BUSY),
        ("skip", BUSY),
        ("stop", "attempt_stopping + stop"),
        ("close", STILL),
        ("started", "attempt_started"),
        ("never started", "attempt_voided"),
        ("finished", "attempt_finished, step_reached"),
    ]),
    ("running", "Act", &[
        ("run", BUSY),
        ("retry", BUSY),
        ("fallback", BUSY),
        ("stop", "attempt_stopping + stop"),
        ("skip", BUSY),
        ("close", STILL),
        ("finished", "attempt_finished, step_reached"),
    ]),
    ("retry due", "Act", &[
        ("run", LAUNCH),
        ("retry", LAUNCH),
        ("fallback", LAUNCH),
        ("skip", NEXT),
    ]),
    ("failed", "Act", &[
        ("run", LAUNCH),
        ("retry", LAUNCH),
        ("fallback", LAUNCH),
        ("skip", NEXT),
    ]),
    ("unknown", "Act", &[
        ("run", UNKNOWN),
        ("retry", UNKNOWN),
        ("fallback", NOT_FAILED),
        ("skip", NEXT),
        ("took effect", NEXT),
        ("took no effect", "effect_denied"),
        ("close", UNKNOWN),
    ]),
    ("concluded write", "Act", &[
        ("run", "✗ {t} cannot run again: it changes something and is done; retry it explicitly"),
        ("retry", LAUNCH),
        ("fallback", NOT_FAILED),
    ]),
    ("concluded read", "look", &[
        ("run", LAUNCH),
        ("retry", LAUNCH),
        ("fallback", NOT_FAILED),
    ]),
    ("not taken", "Never", &[
        ("run", NOT_TAKEN),
        ("retry", NOT_TAKEN),
        ("fallback", NOT_FAILED),
    ]),
    ("behind a gate", "By hand", &[
        ("skip", GATE_FIRST),
    ]),
    ("a command behind a gate", "After", &[
        ("run", GATE_FIRST),
        ("retry", GATE_FIRST),
        ("fallback", NOT_FAILED),
        ("skip", GATE_FIRST),
    ]),
    ("deciding", "Really?", &[
        ("skip", "✗ {t} cannot be skipped: a gate ends in one of its answers"),
        ("answer", "gate_answered, manual_opened"),
        ("evidence", "evidence_collected"),
    ]),
    ("answered", "Really?", &[
        ("answer", "✗ {t} cannot be answered: it is not open"),
    ]),
    ("manual", "By hand", &[
        ("skip", "step_concluded, wait_started + wake"),
        ("tick", "item_ticked"),
        ("done", "✗ ‘One’ of the checklist is open: tick it, or skip the step with a reason"),
    ]),
    ("waiting", "Let it settle", &[
        ("skip", NEXT),
        ("end wait", NEXT),
    ]),
];

#[test]
fn every_command_in_every_state() {
    let mut wrong = Vec::new();
    for (stand, title, special) in TABLE {
        for (word, _) in special {
            assert!(USUAL.iter().any(|(usual, _)| usual == word), "{word}");
        }
        for (word, usual) in USUAL {
            let expected = special
                .iter()
                .find(|(special, _)| *special == word)
                .map_or(usual, |(_, text)| text)
                .replace("{t}", &format!("‘{title}’"));
            let found = follows(stand, word);
            if found != expected {
                wrong.push(format!("{stand}, {word}: {found}\n  instead of {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_step_that_is_not_there() {
    let mut b = Bench::of(BOOK);
    for word in [
        "run",
        "retry",
        "fallback",
        "skip",
        "took effect",
        "took no effect",
        "answer",
        "tick",
        "done",
        "end wait",
    ] {
        let command = request(word, "nowhere", &b);
        let refusal = b.refused(command);
        assert_eq!(
            refusal.to_string(),
            "There is no step `nowhere` in this runbook"
        );
    }
    for word in ["started", "never started", "finished", "evidence"] {
        let command = request(word, "nowhere", &b);
        assert_eq!(b.ok(command), []);
    }
}
