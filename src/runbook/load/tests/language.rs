//! Each piece of the language as it should be written, and what it becomes.

use std::time::Duration;

use super::{load, said, with_step};
use crate::runbook::{
    Approvals, CLEANUP, Code, Effect, Kind, Pick, Poll, Retry, Run, Runbook, Severity, Shell,
};
use crate::template::Type;

#[track_caller]
fn good(text: &str) -> Runbook {
    let loaded = load(text);
    assert_eq!(said(&loaded), [""; 0], "in\n{text}");
    loaded.runbook.expect("a runbook")
}

#[track_caller]
fn run(step: &str) -> Run {
    let runbook = good(&with_step(step));
    match &runbook.phases[0].steps[0].kind {
        Kind::Run(run) => (**run).clone(),
        other => panic!("{other:?}"),
    }
}

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn scripts_side_by_side_and_their_companions() {
    let step = run(
        "id: a\nparallel:\n  eu: echo {{ name }}\n  us: echo 2\nwatch:\n  tail: tail -f x\noutputs:\n  \
         first: { line: 1, from: eu }\n  code: { from: us, type: number }",
    );
    let names: Vec<(&str, &str)> = step
        .scripts
        .iter()
        .map(|script| (script.name.as_str(), script.text.source.as_str()))
        .collect();
    assert_eq!(names, [("eu", "echo {{ name }}"), ("us", "echo 2")]);
    assert!(step.is_parallel());
    assert_eq!(step.watch[0].name, "tail");
    assert_eq!(step.watch[0].text.source, "tail -f x");
    assert_eq!(step.outputs[0].from.as_deref(), Some("eu"));
    assert_eq!(step.outputs[1].from.as_deref(), Some("us"));
    assert_eq!(
        step.outputs[1].pick,
        Pick::Variable(step.outputs[1].name.clone())
    );
    assert_eq!(step.outputs[1].kind, Type::Number);
}

#[test]
fn one_script_needs_no_from() {
    let step = run("id: a\nparallel: { eu: x }\noutputs: { o: { line: 1 } }");
    assert_eq!(step.outputs[0].from.as_deref(), Some("eu"));
    let step = run("id: a\nrun: x\noutputs: { o: , p: { default: x }, q: { text: false } }");
    assert!(!step.is_parallel());
    assert_eq!(step.scripts[0].name, "");
    for output in &step.outputs {
        assert_eq!(
            (&output.pick, &output.from),
            (&Pick::Variable(output.name.clone()), &None)
        );
    }
}

#[test]
fn what_a_run_may_carry() {
    let step = run(
        "id: a\nrun: x\nshell: sh\ntty: true\nsilence: 60s\nprobe: test -e {{ name }}\nrehearse: echo\n\
         retry: { attempts: 3, delay: 2s, backoff: 1.5 }\noutputs: { o: { regex: '(x)' } }",
    );
    assert!(step.tty);
    assert_eq!(step.shell, Shell::Sh);
    assert_eq!(step.silence, Some(60 * SECOND));
    assert_eq!(step.probe.unwrap().source, "test -e {{ name }}");
    assert_eq!(step.rehearse.unwrap().source, "echo");
    let retry = Retry {
        attempts: 3,
        delay: 2 * SECOND,
        backoff: 1.5,
    };
    assert_eq!(step.retry, retry);
    let step = run("id: a\nrun: x");
    assert!(!step.tty && step.watch.is_empty());
    assert_eq!((step.silence, step.poll), (None, None));
    assert_eq!((step.probe, step.rehearse), (None, None));
}

#[test]
fn polls() {
    let poll = |text: &str| run(&format!("id: a\nrun: x\npoll: {text}")).poll;
    let expected = Poll {
        every: 5 * SECOND,
        timeout: 300 * SECOND,
        hold: None,
    };
    assert_eq!(poll("{ timeout: 5m }"), Some(expected));
    let expected = Poll {
        every: 2 * SECOND,
        timeout: 60 * SECOND,
        hold: Some(20 * SECOND),
    };
    assert_eq!(
        poll("{ every: 2s, timeout: 1m, hold: 20s }"),
        Some(expected)
    );
}

#[test]
fn fallbacks_may_be_destructive_when_there_is_a_target() {
    let step = run(
        "id: a\nrun: x\ntarget: web\nfallbacks: [ { title: F, run: 'x {{ name }}', effect: destructive } ]",
    );
    assert_eq!(step.fallbacks[0].effect, Effect::Destructive);
}

#[test]
fn approvals() {
    let approvals = |text: &str| {
        let step =
            format!("id: g\ngate: {{ answers: {{ go: {{ label: Go, approvals: {text} }} }} }}");
        match &good(&with_step(&step)).phases[0].steps[0].kind {
            Kind::Gate(gate) => gate.answers[0].approvals.clone(),
            other => panic!("{other:?}"),
        }
    };
    let of = |from: &[&str], count| {
        Some(Approvals {
            from: from.iter().map(|&name| name.to_owned()).collect(),
            count,
        })
    };
    // A group may hold many, so that more may be asked than are listed.
    assert_eq!(approvals("{ from: [ dba ], count: 2 }"), of(&["dba"], 2));
    assert_eq!(
        approvals("{ from: [ dba, lead ] }"),
        of(&["dba", "lead"], 1)
    );
    assert_eq!(approvals("{}"), of(&[], 1));
    assert_eq!(approvals("~"), None);
}

#[test]
fn everything_beside_the_steps() {
    let runbook = good(
        r#"version: 1
title: T
inputs:
  service: {}
  token: { secret: true, env: TOKEN }
  revision: { options_from: { run: "history {{ service }} {{ token }}", regex: '^(\d+)' } }
environments:
  staging: { drill: true, guard: "test {{ service }} = {{ run.environment }}" }
  production: {}
signals:
  error_rate: { run: "measure {{ service }} {{ run.id }}", regex: '([\d.]+)', every: 2s, unit: "%", healthy: "error_rate <= 1 and service != ''" }
  depth: { run: measure }
phases:
- id: p
  title: P
  steps:
  - id: s
    run: x
    when: run.kind != "rehearsal"
    outputs: { error_rate: { line: 1 }, paused: { type: boolean } }
cleanup:
- { id: c, run: "resume {{ service }}", when: paused }
- { id: d, manual: { instructions: Say so, record: { said_by: {} } } }
- { id: e, wait: { for: 5s } }
"#,
    );
    let from = runbook.inputs[2].options_from.as_ref().unwrap();
    assert_eq!(from.script.source, "history {{ service }} {{ token }}");
    assert_eq!(from.regex.as_ref().unwrap().source(), r"^(\d+)");
    let guard = runbook.environment("staging").unwrap().guard.as_ref();
    assert!(guard.unwrap().source.starts_with("test "));
    assert_eq!(runbook.environment("production").unwrap().guard, None);
    let [rate, depth] = &runbook.signals[..] else {
        panic!("{:?}", runbook.signals)
    };
    assert_eq!((rate.every, rate.unit.as_str()), (2 * SECOND, "%"));
    assert!(rate.healthy.is_some() && rate.regex.is_some());
    assert_eq!((rate.at.line, rate.at.column), (11, 3));
    assert_eq!((depth.every, &depth.regex), (10 * SECOND, &None));
    // A signal's name is its own: the output of that name keeps its type.
    assert_eq!(runbook.types.get("error_rate"), Some(&Type::String));
    assert_eq!(runbook.types.get("depth"), None);
    let cleanup = runbook.cleanup.as_ref().unwrap();
    assert_eq!((cleanup.id.as_str(), cleanup.steps.len()), (CLEANUP, 3));
    assert_eq!(runbook.types.get("said_by"), Some(&Type::String));
    assert!(runbook.step("c").is_some());
}

#[test]
fn a_phase_may_be_called_cleanup_when_nothing_else_is() {
    let runbook = good(
        "version: 1\ntitle: T\nphases: [ { id: cleanup, title: P, steps: [ { id: s, run: x } ] } ]\n",
    );
    assert!(runbook.cleanup.is_none());
}

#[test]
fn a_place_for_drills_without_a_guard_is_a_warning() {
    let text = "version: 1\ntitle: T\nenvironments: { e: { drill: true } }\nphases: [ { id: p, title: P, steps: [ { id: s, run: x } ] } ]\n";
    let loaded = load(text);
    assert!(loaded.runbook.is_some());
    assert_eq!(loaded.errors(), 0);
    let finding = &loaded.findings[0];
    assert_eq!(
        (finding.severity, finding.code),
        (Severity::Warning, Code::NoGuard)
    );
    let shown = loaded.render("book.yaml", text, false);
    assert!(
        shown.starts_with("warning[RB031]: nothing proves"),
        "{shown}"
    );
}
