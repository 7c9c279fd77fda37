//! What an attempt's end is judged to be.

use super::fixture::*;
use crate::engine::{
    Command, Status,
    event::Outcome,
    observed::{Ended, Observed},
};
use crate::template::Value;

/// A run whose first step has these fields and is running.
fn running(fields: &str) -> Bench {
    let mut b = Bench::of(&format!(
        "inputs: {{ limit: {{ type: number, default: 1 }} }}\nphases:\n  - id: only\n    title: Only\n    steps:\n      - {{ id: act, run: 'true', {fields} }}\n"
    ));
    b.run("act");
    b
}

fn failed(reason: &str) -> Outcome {
    Outcome::Failed {
        reason: reason.to_owned(),
    }
}

/// Ends an attempt of a step with these fields.
fn judged(fields: &str, code: i32, values: &[(&str, &str)]) -> (Outcome, Bench) {
    let mut b = running(fields);
    b.exits("act", code, values);
    (b.outcome(), b)
}

#[test]
fn exit_codes() {
    for (fields, code, outcome) in [
        ("", 0, Outcome::Succeeded),
        ("", 1, failed("exit 1")),
        ("", -1, failed("exit -1")),
        ("expect: { exit: 3 }", 3, Outcome::Succeeded),
        ("expect: { exit: 3 }", 0, failed("exit 0")),
        ("expect: { exit: [0, 2] }", 2, Outcome::Succeeded),
    ] {
        assert_eq!(judged(fields, code, &[]).0, outcome, "{fields}, {code}");
    }
}

#[test]
fn a_pattern_in_the_output() {
    for (found, outcome) in [
        (Some(true), Outcome::Succeeded),
        (
            Some(false),
            failed("exit 0, but its output does not match all (good|well)"),
        ),
    ] {
        let mut b = running("expect: { stdout: 'all (good|well)' }");
        let mut report = b.report(Ended::Exit { code: 0 }, &[]);
        report.captured.stdout_matches = found;
        b.ok(finished(1, report));
        assert_eq!(b.outcome(), outcome);
    }
    let mut b = running("expect: { stdout: x }");
    let mut report = b.report(Ended::Exit { code: 2 }, &[]);
    report.captured.stdout_matches = Some(false);
    b.ok(finished(1, report));
    assert_eq!(b.outcome(), failed("exit 2"), "the exit code says more");
}

const OUTPUTS: &str = "outputs: { rate: { line: 1, type: number }, ok: { line: 2, type: boolean, default: true }, who: { line: 3, default: nobody } }";

#[test]
fn outputs_get_their_types() {
    let (outcome, b) = judged(
        OUTPUTS,
        0,
        &[("rate", " 2.5\n"), ("ok", "false\n"), ("who", " ada \n")],
    );
    assert_eq!(outcome, Outcome::Succeeded);
    let rate = serde_json::Number::from_f64(2.5).unwrap();
    assert_eq!(b.state.values["rate"], Value::Number(rate));
    assert_eq!(b.state.values["ok"], Value::Boolean(false));
    assert_eq!(
        b.state.values["who"],
        string(" ada "),
        "only its newline goes"
    );
}

#[test]
fn defaults_stand_in_for_what_was_not_found() {
    let (outcome, b) = judged(OUTPUTS, 0, &[("rate", "3")]);
    assert_eq!(outcome, Outcome::Succeeded);
    assert_eq!(b.state.values["ok"], Value::Boolean(true));
    assert_eq!(b.state.values["who"], string("nobody"));
}

#[test]
fn outputs_that_do_not_fit() {
    for (values, reason) in [
        (
            &[("rate", "5 %")][..],
            "the output rate: `5 %` is not a number",
        ),
        (
            &[("rate", "5"), ("ok", "yes")],
            "the output ok: `yes` is neither `true` nor `false`",
        ),
        (&[("ok", "true")], "its output does not contain rate"),
    ] {
        let (outcome, b) = judged(OUTPUTS, 0, values);
        assert_eq!(outcome, failed(reason));
        assert!(b.state.values.is_empty(), "a failure leaves no values");
        assert!(
            matches!(b.status("act"), Status::Failed { attempt: Some(1), reason: r } if r == reason)
        );
    }
    let mut b = running(OUTPUTS);
    let mut report = b.report(Ended::Exit { code: 0 }, &[]);
    report.captured.truncated = true;
    b.ok(finished(1, report));
    assert_eq!(
        b.outcome(),
        failed("its output does not contain rate in the first MiB")
    );
}

#[test]
fn a_fallback_may_print_something_else() {
    let mut b = running(
        "outputs: { rate: { line: 1, type: number } }, fallbacks: [{ title: F, run: 'f' }]",
    );
    b.exits("act", 1, &[]);
    b.ok(Command::Fallback {
        step: "act".to_owned(),
        index: 0,
        confirmation: None,
    });
    b.exits("act", 0, &[]);
    assert_eq!(b.outcome(), Outcome::Succeeded);
    assert!(!b.state.values.contains_key("rate"));
}

#[test]
fn what_must_be_true_afterwards() {
    let fields = "outputs: { rate: { line: 1, type: number } }, expect: { that: 'rate < limit' }";
    assert_eq!(judged(fields, 0, &[("rate", "0.5")]).0, Outcome::Succeeded);
    let (outcome, b) = judged(fields, 0, &[("rate", "1.5")]);
    assert_eq!(outcome, failed("expected rate < limit"));
    assert!(!b.state.values.contains_key("rate"));
    let fields = "outputs: { rate: { line: 1, type: number } }, expect: { that: '1 / rate < 2' }";
    assert_eq!(
        judged(fields, 0, &[("rate", "0")]).0,
        failed("expected 1 / rate < 2: this divides by zero")
    );
}

#[test]
fn its_own_values_are_those_of_this_attempt() {
    let mut b = running(
        "effect: read, outputs: { rate: { line: 1, type: number } }, expect: { that: 'rate < limit' }",
    );
    b.exits("act", 0, &[("rate", "0")]);
    b.run("act");
    b.exits("act", 0, &[("rate", "9")]);
    assert_eq!(b.outcome(), failed("expected rate < limit"));
    assert_eq!(b.state.values["rate"], number(0));
}

#[test]
fn ends_without_an_exit_code() {
    let ends = [
        (
            Ended::Deadline,
            "it was stopped when its time was over (1m30s)",
        ),
        (Ended::Signal { signal: 9 }, "it was ended by signal 9"),
        (Ended::Stopped, "the operator stopped it"),
        (
            Ended::Lost,
            "its supervisor vanished, so its end was not recorded",
        ),
    ];
    for (ended, reason) in ends {
        for (effect, unknown) in [("read", false), ("write", true), ("destructive", true)] {
            let mut b = Bench::of(&format!(
                "phases:\n  - id: only\n    title: Only\n    steps:\n      - {{ id: act, run: 'true', timeout: 90s, effect: {effect}, target: t }}\n"
            ));
            b.ok(Command::Run(confirmed("act", "t")));
            b.ends("act", ended.clone(), &[]);
            let expected = if unknown {
                Outcome::Unknown {
                    reason: reason.to_owned(),
                }
            } else {
                failed(reason)
            };
            assert_eq!(b.outcome(), expected, "{effect}");
        }
    }
}

#[test]
fn what_never_ran_has_failed_whatever_it_would_have_done() {
    let mut b = running("effect: write");
    b.ends(
        "act",
        Ended::NotStarted {
            reason: "there is no bash".to_owned(),
        },
        &[],
    );
    assert_eq!(b.outcome(), failed("there is no bash"));
}

#[test]
fn a_fallback_is_judged_by_its_own_effect() {
    let mut b = running("fallbacks: [{ title: Look, run: 'f', effect: read }]");
    b.exits("act", 1, &[]);
    b.ok(Command::Fallback {
        step: "act".to_owned(),
        index: 0,
        confirmation: None,
    });
    b.ends("act", Ended::Deadline, &[]);
    assert!(matches!(b.outcome(), Outcome::Failed { .. }));
}

#[test]
fn late_reports_of_old_attempts_are_dropped() {
    let mut b = running("retry: { attempts: 2, delay: 0s }");
    b.exits("act", 1, &[]);
    b.ok(Command::Tock);
    let before = b.state.clone();
    for code in [0, 1] {
        let report = b.report(Ended::Exit { code }, &[]);
        assert_eq!(b.ok(finished(1, report.clone())), []);
        assert_eq!(b.ok(finished(9, report)), []);
    }
    for observed in [
        Observed::Started { attempt: 1, pid: 3 },
        Observed::NeverStarted { attempt: 1 },
    ] {
        assert_eq!(b.ok(Command::Observed(observed)), []);
    }
    assert!(parts(&before) == parts(&b.state));
    b.exits("act", 0, &[]);
    assert!(matches!(b.status("act"), Status::Concluded { .. }));
}

#[test]
fn templates_see_how_a_step_went() {
    let mut b = running("effect: read");
    b.exits("act", 1, &[]);
    let scope = b.state.scope();
    assert_eq!(scope.get("steps.act.outcome"), Some(&string("failed")));
    assert_eq!(scope.get("steps.act.exit"), Some(&number(1)));
    assert_eq!(scope.get("steps.act.seconds"), Some(&number(1)));
    b.ok(skip("act", &[]));
    assert_eq!(
        b.state.scope().get("steps.act.outcome"),
        Some(&string("skipped"))
    );
}
