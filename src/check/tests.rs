use super::*;
use crate::runbook::{Code, library::BUILT_IN};

/// Codes and lines of what is found; lines count from the first of `body`.
fn found(body: &str) -> Vec<(&'static str, usize)> {
    let text = format!("version: 1\ntitle: A test\n{body}");
    check(&text)
        .findings
        .iter()
        .map(|finding| (finding.code.number(), finding.at.line.saturating_sub(2)))
        .collect()
}

#[test]
fn shipped_runbooks_have_no_warnings() {
    let texts: Vec<&str> = BUILT_IN.iter().map(|one| one.text).collect();
    let all = check_all(&texts, |number| BUILT_IN[number].load());
    for (runbook, checked) in BUILT_IN.iter().zip(&all) {
        for finding in &checked.findings {
            assert_eq!(
                finding.severity,
                Severity::Notice,
                "{}",
                finding.render(runbook.name, runbook.text, false)
            );
        }
    }
}

#[test]
fn names_are_made_on_every_route() {
    let body = "inputs: { b: { type: boolean } }
phases:
  - id: one
    title: One
    steps:
      - { id: look, when: b, effect: read, run: echo, outputs: { n: { line: 1, default: \"0\" } } }
      - { id: use_it, effect: read, run: \"echo {{ n }}\" }
      - { id: guarded, when: b, effect: read, run: \"echo {{ n }}\" }
      - { id: early, when: later == \"x\", effect: read, run: echo }
      - { id: make, effect: read, run: echo, outputs: { later: { line: 1 } }, expect: { that: later == \"x\" } }
      - { id: fine, effect: read, run: \"echo {{ later }}\" }
";
    assert_eq!(found(body), [("RB100", 7), ("RB100", 9)]);
    let text = format!("version: 1\ntitle: A test\n{body}");
    let checked = check(&text);
    let finding = &checked.findings[0];
    assert_eq!(finding.code, Code::NotMade);
    assert!(
        finding.message.contains("the route if not (b)"),
        "{}",
        finding.message
    );
    assert_eq!(&text[finding.at.offset..][..finding.at.length], "n");
}

#[test]
fn what_a_part_decides_needs_no_name_behind_it() {
    let body = "inputs: { b: { type: boolean } }
phases:
  - id: one
    title: One
    steps:
      - { id: look, when: b, effect: read, run: echo, outputs: { n: { line: 1 } } }
      - { id: guarded, when: 'b and n == \"x\"', effect: read, run: echo }
      - { id: either, when: 'not b or n == \"x\"', effect: read, run: echo }
      - { id: bare, when: 'n == \"x\" and b', effect: read, run: echo }
";
    assert_eq!(found(body), [("RB100", 9)]);
}

#[test]
fn destruction_stands_between_a_decision_and_a_look() {
    let gate = "      - { id: ask, gate: { headless: stop, answers: { go: { label: Go }, leave: { label: Leave, then: [] }, skip: { label: Skip, then: [end] } } } }\n";
    let drop = "      - { id: drop_it, effect: destructive, target: db, run: echo }\n";
    let look = "      - { id: look, effect: read, run: echo, expect: { stdout: ok } }\n";
    let end = "  - id: end\n    title: End\n    steps:\n      - { id: tell, manual: { instructions: Tell } }\n";
    let begin = "phases:\n  - id: one\n    title: One\n    steps:\n";
    assert_eq!(found(&format!("{begin}{drop}{look}{end}")), [("RB101", 5)]);
    assert_eq!(found(&format!("{begin}{gate}{drop}{end}")), [("RB102", 6)]);
    assert_eq!(found(&format!("{begin}{gate}{drop}{look}{end}")), []);
    // After the gate's answer the rest of the phase still runs, even with `[]`.
    assert_eq!(
        found(&format!(
            "{begin}{gate}{drop}  - id: two\n    title: Two\n    role: verify\n    steps:\n      - {{ id: see, run: echo }}\n{end}"
        )),
        [("RB102", 6)]
    );
}

#[test]
fn what_nothing_leads_to() {
    let body = "inputs: { b: { type: boolean } }
phases:
  - id: one
    title: One
    steps:
      - id: ask
        gate:
          headless: stop
          answers:
            go: { label: Go, then: [three] }
            lost: { label: Lost, then: [four] }
      - { id: yes_, when: b, run: echo }
      - { id: no_, when: b and not b, run: echo }
      - { id: again, when: answers.ask == \"go\" or answers.ask == \"lost\", run: echo }
  - id: two
    title: Two
    steps:
      - { id: never, run: echo }
  - id: three
    title: Three
    steps:
      - { id: last, run: echo }
  - id: four
    title: Four
    when: answers.ask == \"go\"
    steps:
      - { id: nothing, run: echo }
";
    assert_eq!(
        found(body),
        [
            ("RB105", 11),
            ("RB104", 13),
            ("RB106", 14),
            ("RB103", 15),
            ("RB103", 25),
        ]
    );
}

#[test]
fn shells_parse_what_would_run() {
    let body = "phases:
  - id: one
    title: One
    steps:
      - id: folded
        run: |
          echo {{ run.id }}
          if true; then
            echo \"{{ run.title }}\"
          done
      - { id: quoted, shell: sh, run: \"echo fine\\n(\\n\" }
      - { id: branches, run: \"{% if run.kind == 'drill' %}echo a{% else %}echo b{% endif %}\\ndone\" }
      - { id: fine, run: \"cat <<E\\n'\\nE\\n\" }
      - { id: tree, shell: [/bin/bash, -c], run: \"fi\" }
      - { id: other, shell: [ruby, -e], run: \"((\" }
";
    let all = found(body);
    let shell: Vec<_> = all.iter().filter(|(code, _)| *code == "RB200").collect();
    assert_eq!(
        shell,
        [
            &("RB200", 10),
            &("RB200", 11),
            &("RB200", 12),
            &("RB200", 14)
        ],
        "{all:?}"
    );
}

#[test]
fn times_and_rules() {
    let body = "phases:
  - id: one
    title: One
    budget: 1m
    steps:
      - { id: a, wait: { for: 40s } }
      - { id: b, when: run.kind == \"drill\", wait: { for: 30s } }
      - { id: c, wait: { for: 10m, until: run.kind == \"drill\" } }
      - { id: d, gate: { answers: { go: { label: Go } } } }
";
    assert_eq!(found(body), [("RB401", 7), ("RB400", 9)]);
}

#[test]
fn what_is_wrong_in_a_used_runbook_is_said_where_it_is_used() {
    let inner = "version: 1
title: Inner
phases:
  - id: act
    title: Act
    steps:
      - { id: broken, run: \"if true; then\" }
      - { id: drop_it, effect: destructive, target: db, run: echo }
      - { id: evil, run: 'x={{ run.title }}; eval \"echo $x\"' }
      - id: ask
        gate: { headless: stop, answers: { go: { label: Go }, leave: { label: Leave, then: [] } } }
      - { id: never, when: answers.ask == 'gone', run: echo }
";
    let text = "version: 1
title: Outer
phases:
  - id: one
    title: One
    steps:
      - { id: before, effect: read, run: echo }
      - { id: it, uses: inner }
      - { id: behind, effect: read, run: echo }
";
    let checked = check_all(&[text], |_| {
        crate::runbook::load_with(text, &|_| Ok(inner.to_owned()))
    });
    let mut found: Vec<(&str, usize)> = checked[0]
        .findings
        .iter()
        .map(|finding| (finding.code.number(), finding.at.line))
        .collect();
    found.sort_unstable();
    found.dedup();
    let codes = ["RB025", "RB101", "RB102", "RB104", "RB200", "RB202"];
    assert_eq!(found, codes.map(|code| (code, 8)));
}
