//! Signals: recorded when they are no longer as they were.

use super::fixture::*;
use crate::engine::{
    Command, Event,
    event::{Health, RunKind},
    observed::Observed,
};

const BOOK: &str = r#"
inputs: { most: { type: number, default: 5 } }
signals:
  errors: { run: "errors", every: 10s, healthy: errors <= most }
  load: { run: "load", every: 10s }
phases: [{ id: only, title: Only, steps: [{ id: act, run: "act" }] }]
"#;

fn sample(signal: &str, value: Result<f64, &str>) -> Command {
    Command::Observed(Observed::Signal {
        signal: signal.to_owned(),
        value: value.map_err(str::to_owned),
        at: noon(),
    })
}

#[test]
fn transitions_alone_are_recorded() {
    let mut b = Bench::of(BOOK);
    let gap = |reason: &str| Health::Gap {
        reason: reason.to_owned(),
    };
    for (value, recorded) in [
        (Ok(1.5), Some((Some(1.5), Health::Healthy))),
        (Ok(5.0), None),
        (Ok(5.5), Some((Some(5.5), Health::Unhealthy))),
        (Ok(9.0), None),
        (Err("no route"), Some((None, gap("no route")))),
        (Err("timed out"), None),
        (Ok(f64::NAN), None),
        (Ok(0.0), Some((Some(0.0), Health::Healthy))),
    ] {
        let events = b.ok(sample("errors", value));
        let found = events.first().map(|event| match event {
            Event::SignalChanged { value, health, .. } => (*value, health.clone()),
            other => panic!("{other:?}"),
        });
        assert_eq!(found, recorded, "{value:?}");
    }
    assert_eq!(b.state.signals["errors"].health, Health::Healthy);
    assert_eq!(b.reopened().state.signals, b.state.signals);
}

#[test]
fn one_without_a_limit_is_there_or_not() {
    let mut b = Bench::of(BOOK);
    assert_eq!(names(&b.ok(sample("load", Ok(99.0)))), ["signal_changed"]);
    assert_eq!(b.ok(sample("load", Ok(0.1))), []);
    assert_eq!(
        b.ok(sample("nobody", Ok(0.1))),
        [],
        "the runbook has no such signal"
    );
}

#[test]
fn a_rehearsal_has_none() {
    let mut b = Bench::with(BOOK, |started| started.kind = RunKind::Rehearsal);
    assert_eq!(b.ok(sample("errors", Ok(9.0))), []);
}
