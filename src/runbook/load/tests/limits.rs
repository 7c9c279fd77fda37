//! Large files: an answer in sane time, whatever shape they have.

use std::{
    fmt::Write,
    time::{Duration, Instant},
};

use super::load;
use crate::runbook::{Code, load::Loaded};

/// Several times what a debug build on a busy machine needs, far less than a
/// quadratic walk over these files takes.
const SANE: Duration = Duration::from_secs(20);

#[track_caller]
fn timed(what: &str, text: &str) -> Loaded {
    let start = Instant::now();
    let loaded = load(text);
    let shown = loaded.render("book.yaml", text, false);
    let took = start.elapsed();
    println!(
        "{what}: {} bytes, {} findings, {} shown: {took:?}",
        text.len(),
        loaded.findings.len(),
        shown.len()
    );
    assert!(took < SANE, "{what}: {took:?}");
    assert_eq!(loaded.runbook.is_none(), loaded.errors() > 0);
    loaded
}

fn steps(count: usize, step: impl Fn(usize) -> String) -> String {
    let mut text = "version: 1\ntitle: T\nphases:\n- id: p\n  title: P\n  steps:\n".to_owned();
    for number in 0..count {
        writeln!(text, "  - {{ id: s{number}, {} }}", step(number)).unwrap();
    }
    text
}

/// So many findings that not all are told, which is told too.
#[track_caller]
fn cut_short(loaded: &Loaded, code: Code) {
    let (last, rest) = loaded.findings.split_last().expect("findings");
    assert_eq!(last.code, Code::Budget, "{last}");
    assert!(last.message.contains("there may be more"), "{last}");
    assert_eq!(rest.len(), 200);
    for finding in rest {
        assert_eq!(finding.code, code, "{finding}");
    }
}

#[test]
fn ten_thousand_good_steps() {
    let text = steps(10_000, |n| {
        format!(
            "run: \"{{% set x = 'a' %}}echo {{{{ x }}}} {{{{ run.id }}}}\", outputs: {{ o{n}: {{ line: 1 }} }}"
        )
    });
    let loaded = timed("set", &text);
    assert_eq!(loaded.findings.len(), 0, "{:?}", loaded.findings.first());
    let text = steps(10_000, |n| {
        format!(
            "title: \"{{% for x in ['a'] %}}{{{{ x }}}}{{% endfor %}}\", run: x, outputs: {{ o{n}: }}"
        )
    });
    assert_eq!(timed("for", &text).findings.len(), 0);
}

#[test]
fn ten_thousand_wrong_steps() {
    let text = steps(10_000, |n| {
        format!("run: 'echo {{{{ o{n}o }}}}', outputs: {{ o{n}: }}")
    });
    cut_short(&timed("unknown names", &text), Code::UnknownName);
    let text = steps(10_000, |n| format!("rum{n}: x, run: x"));
    cut_short(&timed("unknown fields", &text), Code::UnknownField);
    let text = steps(10_000, |_| "run: x, timeout: 5s, id: s".to_owned());
    cut_short(&timed("duplicates", &text), Code::Duplicate);
}

#[test]
fn one_step_with_everything() {
    let entries = |count: usize, entry: &dyn Fn(usize) -> String| -> String {
        let entries: Vec<String> = (0..count).map(entry).collect();
        format!("{{ {} }}", entries.join(", "))
    };
    let scripts = entries(30_000, &|n| format!("e{n}: x"));
    let outputs = entries(10_000, &|n| format!("o{n}: {{ from: e{n} }}"));
    let text = steps(1, |_| format!("parallel: {scripts}, outputs: {outputs}"));
    assert_eq!(timed("many scripts", &text).findings.len(), 0);
    let outputs = entries(20_000, &|n| format!("o{n}:"));
    let text = steps(1, |_| format!("parallel: {scripts}, outputs: {outputs}"));
    cut_short(&timed("no from", &text), Code::MissingField);
    let outputs = entries(20_000, &|n| format!("o{n}: {{ from: x{n} }}"));
    let text = steps(1, |_| format!("parallel: {scripts}, outputs: {outputs}"));
    cut_short(&timed("wrong from", &text), Code::UnknownName);
    let unknown = (0..60_000).fold(String::new(), |mut text, n| {
        write!(text, "f{n}: x, ").unwrap();
        text
    });
    let text = steps(1, |_| format!("{unknown} run: x"));
    cut_short(&timed("fields", &text), Code::UnknownField);
}

#[test]
fn many_phases_gates_inputs_and_signals() {
    let mut text = "version: 1\ntitle: T\nphases:\n".to_owned();
    for n in 0..5_000 {
        let then = if n < 4_999 {
            format!("p{}", n + 1)
        } else {
            String::new()
        };
        writeln!(
            text,
            "- {{ id: p{n}, title: P, steps: [ {{ id: s{n}, gate: {{ answers: {{ a: {{ label: A, then: [ {then} ] }} }} }} }} ] }}"
        )
        .unwrap();
    }
    assert_eq!(timed("phases", &text).findings.len(), 0);
    let wrong = text.replace("then: [ p", "then: [ q");
    cut_short(&timed("wrong phases", &wrong), Code::UnknownPhase);
    let mut text = "version: 1\ntitle: T\ninputs:\n".to_owned();
    for n in 0..20_000 {
        writeln!(text, "  i{n}: {{ options_from: {{ run: x }} }}").unwrap();
    }
    writeln!(text, "environments:\n  e:\n    inputs:").unwrap();
    for n in 0..20_000 {
        writeln!(text, "      i{n}: x").unwrap();
    }
    writeln!(text, "signals:").unwrap();
    for n in 0..5_000 {
        writeln!(text, "  s{n}: {{ run: x, healthy: s{n} > 1 }}").unwrap();
    }
    writeln!(
        text,
        "phases: [ {{ id: p, title: P, steps: [ {{ id: s, run: x }} ] }} ]"
    )
    .unwrap();
    assert_eq!(timed("inputs", &text).findings.len(), 0);
}

#[test]
fn ten_megabytes() {
    let script = "echo a line of a script that is neither short nor long\n".repeat(1_800);
    let text = steps(100, |_| format!("run: {script:?}"));
    assert!(text.len() > 10_000_000);
    assert_eq!(timed("10 MB of scripts", &text).findings.len(), 0);
    let faulty = text.replace("short nor long\\n\"", "{{ naem }}\"");
    let loaded = timed("10 MB with 100 faults", &faulty);
    assert_eq!(loaded.findings.len(), 100);
    let text = format!(
        "version: 1\ntitle: T\nphases: [ {{ id: p, title: P, steps: [ {} ] }} ]\n",
        {
            let steps: Vec<String> = (0..100)
                .map(|n| {
                    format!(
                        "{{ id: s{n}, run: \"{} {{{{ naem }}}}\" }}",
                        "ä".repeat(50_000)
                    )
                })
                .collect();
            steps.join(", ")
        }
    );
    let loaded = timed("10 MB in one line", &text);
    assert_eq!(loaded.findings.len(), 100);
    let text = format!(
        "version: 1\ntitle: \"{}\"\nphases: 5\n",
        "x".repeat(10 << 20)
    );
    assert_eq!(timed("a title of 10 MB", &text).findings.len(), 1);
}
