//! What the author's probe says about an outcome that nobody knows.

use super::fixture::*;
use crate::engine::{
    Command, Effect, Event, Status,
    effect::Question,
    event::Advice,
    observed::{Ended, Observed},
    pending,
};

const BOOK: &str = r#"
inputs: { place: { default: "a b" } }
phases:
  - id: only
    title: Only
    steps:
      - { id: act, run: "act", probe: "test -e {{ place }}" }
      - { id: plain, run: "plain" }
"#;

fn unknown() -> Bench {
    let mut b = Bench::of(BOOK);
    b.run("act");
    b.ends("act", Ended::Lost, &[]);
    b
}

fn answer(ended: Ended) -> Command {
    Command::Observed(Observed::Answered {
        of: Question::Probe { attempt: 1 },
        text: "seen".to_owned(),
        ended,
    })
}

#[test]
fn it_is_asked_and_advises_and_concludes_nothing() {
    for (ended, advice) in [
        (Ended::Exit { code: 0 }, Advice::TookEffect),
        (Ended::Exit { code: 1 }, Advice::NoEffect),
        (Ended::Exit { code: 2 }, Advice::DontKnow),
        (Ended::Deadline, Advice::DontKnow),
        (Ended::Signal { signal: 9 }, Advice::DontKnow),
    ] {
        let mut b = unknown();
        let [Effect::Query(query)] = b.effects.as_slice() else {
            panic!("{:?}", b.effects);
        };
        assert_eq!(query.of, Question::Probe { attempt: 1 });
        assert_eq!(query.argv.last().map(String::as_str), Some("test -e 'a b'"));
        let events = b.ok(answer(ended.clone()));
        assert!(matches!(
            &events[..],
            [Event::ProbeAnswered { attempt: 1, probed }] if probed.advice == advice
        ));
        let Status::Unknown {
            probe: Some(probed),
            ..
        } = b.status("act")
        else {
            panic!("{:?}", b.status("act"));
        };
        assert_eq!((probed.advice, probed.text.as_str()), (advice, "seen"));
        // Asked once.
        assert_eq!(b.ok(answer(ended)), []);
        b.ok(took_no_effect("act"));
    }
}

#[test]
fn it_is_asked_again_by_the_next_console_until_it_was_answered() {
    let mut b = unknown();
    let asked = b.effects.clone();
    assert_eq!(pending(&b.reopened().state), asked);
    b.ok(answer(Ended::Exit { code: 0 }));
    assert_eq!(pending(&b.reopened().state), []);
}

#[test]
fn a_late_or_a_foreign_answer_is_dropped() {
    let mut b = unknown();
    b.ok(skip("act", &[]));
    assert_eq!(b.ok(answer(Ended::Exit { code: 0 })), []);
    b.run("plain");
    b.ends("plain", Ended::Lost, &[]);
    assert_eq!(b.effects, [], "it has no probe");
}

#[test]
fn a_failure_is_not_probed() {
    let mut b = Bench::of(BOOK);
    b.does("act", 1, &[]);
    assert_eq!(b.effects, []);
}

#[test]
fn a_round_asks_it_once() {
    let mut b = Bench::of(
        "phases: [{ id: only, title: Only, steps: [{ id: act, parallel: { eu: a, us: b }, probe: p }] }]",
    );
    b.run("act");
    b.part_exits("act", "eu", 0);
    b.part_ends("act", "us", Ended::Lost);
    let questions = |b: &Bench| {
        let asked = b.effects.iter();
        asked.filter(|e| matches!(e, Effect::Query(_))).count()
    };
    assert_eq!(questions(&b), 1, "{:?}", b.effects);
}
