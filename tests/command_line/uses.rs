//! Runs of a runbook that uses another one: the run keeps both.

use std::{fs, process::Output};

use super::{err, exits, out, sandbox::Sandbox};

const INNER: &str = "version: 1
title: Inner
inputs:
  file: {}
  token: { secret: true, env: TOKEN }
env: { WHO: inner }
phases:
  - id: work
    title: Work
    steps:
      - { id: look, effect: read, run: echo 42, outputs: { seen: { line: 1, type: number } } }
      - id: go
        title: Go?
        gate:
          answers:
            yes_do: { label: 'Yes' }
            no_more: { label: 'No', then: [] }
      - { id: note, run: 'echo \"$WHO $TOKEN \"{{ token }}\" {{ seen }}\" >>{{ file }}' }
  - id: more
    title: More
    steps: [ { id: again, run: 'echo again >>{{ file }}' } ]
";

const OUTER: &str = "version: 1
title: Outer
inputs:
  target: {}
  api: { secret: true, env: API_KEY }
phases:
  - id: first
    title: First
    steps:
      - { id: u, uses: inner, with: { file: '{{ target }}', token: '{{ api }}' } }
      - { id: last, run: 'echo \"$WHO.\" {{ u__seen }} {{ answers.u__go }} >>{{ target }}', env: { WHO: outer } }
";

fn with_key(sandbox: &Sandbox, arguments: &[&str]) -> Output {
    let mut command = sandbox.command(Sandbox::program());
    command.env("API_KEY", "s3cret");
    let ran = command.args(arguments).output();
    ran.expect("the program can be started")
}

#[test]
fn a_run_goes_on_with_the_runbooks_that_it_began_with() {
    let sandbox = Sandbox::new();
    let outer = sandbox.runbook("outer", OUTER);
    let inner = sandbox.runbook("inner", INNER);
    let outer = outer.to_string_lossy().into_owned();
    let file = sandbox.path().join("effects");
    let input = format!("target={}", file.display());

    exits(&with_key(&sandbox, &["check", &outer]), 0);
    let shown = with_key(&sandbox, &["show", "outer", "--format", "md"]);
    exits(&shown, 0);
    for part in [
        "## 1\\. Work",
        "## 2\\. More",
        "## 3\\. First",
        "the rest of the used runbook is left out",
    ] {
        assert!(out(&shown).contains(part), "{part} in {}", out(&shown));
    }

    let output = with_key(&sandbox, &["run", &outer, "-i", &input, "--headless"]);
    exits(&output, 3);
    assert!(err(&output).contains("--answer u__go="), "{}", err(&output));
    let pinned = sandbox.run_dir().join("used/inner.yaml");
    assert_eq!(fs::read_to_string(&pinned).expect("it is kept"), INNER);

    // The one in the library has become another one, and then none at all.
    sandbox.runbook("inner", &INNER.replace("echo again", "echo wrong"));
    exits(&with_key(&sandbox, &["audit"]), 0);
    fs::remove_file(inner).expect("it can be removed");
    let resume = ["resume", "--headless", "--answer", "u__go=yes_do"];
    exits(&with_key(&sandbox, &resume), 0);
    let effects = fs::read_to_string(&file).expect("the steps ran");
    assert_eq!(effects, "inner s3cret s3cret 42\nagain\nouter. 42 yes_do\n");

    let report = with_key(&sandbox, &["report", "last", "-o", "-"]);
    exits(&report, 0);
    assert!(out(&report).contains("More"), "{}", out(&report));
    assert!(!out(&report).contains("s3cret"));
    exits(&with_key(&sandbox, &["audit"]), 0);

    fs::write(&pinned, INNER.replace("again", "other")).expect("it can be changed");
    let audit = with_key(&sandbox, &["audit"]);
    exits(&audit, 1);
    let said = out(&audit) + &err(&audit);
    assert!(
        said.contains("the pinned runbook inner is not the one"),
        "{said}"
    );
}

#[test]
fn an_answer_ends_the_used_runbook_and_not_the_run() {
    let sandbox = Sandbox::new();
    sandbox.runbook("inner", INNER);
    let outer = sandbox
        .runbook("outer", OUTER)
        .to_string_lossy()
        .into_owned();
    let file = sandbox.path().join("effects");
    let input = format!("target={}", file.display());
    let answer = ["--headless", "--answer", "u__go=no_more"];
    let output = with_key(
        &sandbox,
        &[&["run", &outer, "-i", &input][..], &answer].concat(),
    );
    exits(&output, 0);
    let effects = fs::read_to_string(&file).expect("the steps ran");
    assert_eq!(effects, "inner s3cret s3cret 42\nouter. 42 no_more\n");
    let report = fs::read_to_string(sandbox.run_dir().join("report.md")).expect("a report");
    assert!(report.contains("resolved"), "{report}");
}

#[test]
fn what_is_wrong_in_a_used_file_is_said_where_it_is_used() {
    let sandbox = Sandbox::new();
    sandbox.runbook("inner", &INNER.replace("{{ seen }}", "{{ sen }}"));
    let outer = sandbox
        .runbook("outer", OUTER)
        .to_string_lossy()
        .into_owned();
    let output = with_key(&sandbox, &["check", &outer]);
    exits(&output, 1);
    let said = err(&output);
    assert!(said.contains("outer.yaml:10:24"), "{said}");
    assert!(
        said.contains("`inner` has an error at line 18: `sen` is not defined"),
        "{said}"
    );
    assert!(said.contains("1 error in all"), "{said}");
    // Neither is a file that only happens to stand where the program was started.
    sandbox.runbook("inner", INNER);
    fs::write(sandbox.path().join("stray"), INNER).expect("a file can be written");
    let stray = sandbox.runbook("stray_user", &OUTER.replace("uses: inner", "uses: stray"));
    let output = with_key(&sandbox, &["check", &stray.to_string_lossy()]);
    exits(&output, 1);
    assert!(
        err(&output).contains("there is no runbook `stray`"),
        "{}",
        err(&output)
    );
}

#[test]
fn what_a_used_script_writes_and_what_measures_it_know_nothing_of_their_new_names() {
    let sandbox = Sandbox::new();
    sandbox.runbook(
        "inner",
        "version: 1
title: Inner
env: { RATE: '7.5' }
signals:
  rate: { run: 'echo \"$RATE\"', every: 1s, healthy: 'rate < 5' }
phases:
  - id: work
    title: Work
    steps:
      - id: find
        effect: read
        timeout: 25s
        run: |
          until grep -q signal_changed \"$STATE\"/runs/*/journal.jsonl; do sleep 0.1; done
          echo release=v41 >>\"$RBCONSOLE_OUTPUT\"
        outputs: { release: }
      - { id: tell, run: 'echo {{ release }} >>\"$STATE\"/effects' }
",
    );
    let outer = sandbox.runbook(
        "outer",
        &format!(
            "version: 1
title: Outer
env: {{ STATE: {:?} }}
phases: [ {{ id: first, title: First, steps: [ {{ id: u, uses: inner }} ] }} ]
",
            sandbox.path().join("state")
        ),
    );
    let output = with_key(&sandbox, &["run", &outer.to_string_lossy(), "--headless"]);
    exits(&output, 0);
    let effects = fs::read_to_string(sandbox.path().join("state/effects"));
    assert_eq!(effects.expect("the step ran"), "v41\n");
    let journal = sandbox.journal();
    let health = journal
        .iter()
        .map(|line| &line["event"]["signal_changed"])
        .find(|changed| !changed.is_null())
        .expect("the signal was measured");
    assert_eq!(health["signal"], "u__rate");
    assert_eq!(health["value"], 7.5, "{health}");
    assert_eq!(health["health"]["is"], "unhealthy");
}
