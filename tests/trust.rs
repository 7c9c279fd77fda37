//! Which runbooks may execute, from the outside: exit codes, what is printed, and that
//! nothing was executed where nobody has trusted it.

#[path = "common/program.rs"]
mod program;
#[path = "terminal/sandbox.rs"]
mod sandbox;

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
};

use program::{err, exits, out, run};
use sandbox::Sandbox;

/// A runbook that leaves a mark wherever anything of it is executed.
fn eager(sandbox: &Sandbox) -> String {
    let mark = sandbox.path().join("mark");
    let mark = mark.display();
    format!(
        "version: 1
title: Eager runbook
inputs:
  host: {{ description: Where, default: a, options_from: {{ run: 'touch {mark}.options; echo a' }} }}
environments:
  lab: {{ drill: true, guard: 'touch {mark}.guard' }}
signals:
  load: {{ run: 'touch {mark}.signal; echo 1', every: 10s }}
phases:
  - id: p
    title: P
    steps:
      - id: go_on
        title: Go on?
        gate:
          evidence: {{ run: 'touch {mark}.evidence' }}
          answers: {{ yes_go: {{ label: Go }}, no_stop: {{ label: Stop, then: [] }} }}
      - {{ id: s, title: S, run: 'touch {mark}.step; echo {{{{ host }}}}', rehearse: 'touch {mark}.rehearse', probe: 'touch {mark}.probe' }}
"
    )
}

fn marks(sandbox: &Sandbox) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(sandbox.path())
        .expect("a folder")
        .map(|item| {
            item.expect("readable")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .filter(|name| name.starts_with("mark."))
        .collect();
    names.sort();
    names
}

fn sha256(path: &Path) -> String {
    rbconsole::trust::digest_of(&fs::read_to_string(path).expect("text"))
}

const RUN: &[&str] = &["--headless", "-e", "lab", "--answer", "go_on=yes_go"];

fn run_it(sandbox: &Sandbox, runbook: &str, more: &[&str]) -> std::process::Output {
    let mut arguments = vec!["run", runbook];
    arguments.extend(RUN);
    arguments.extend(more);
    run(sandbox, &arguments)
}

#[test]
fn nothing_of_an_untrusted_runbook_executes() {
    let sandbox = Sandbox::new();
    let file = sandbox.foreign_runbook("eager", &eager(&sandbox));
    let path = file.to_string_lossy().into_owned();
    for (name, more) in [
        ("eager", &[][..]),
        (path.as_str(), &[]),
        ("eager", &["--drill"]),
        ("eager", &["--rehearse"]),
    ] {
        let output = run_it(&sandbox, name, more);
        exits(&output, 4);
        let said = err(&output);
        assert!(said.contains(&sha256(&file)), "{said}");
        assert!(said.contains(&path), "{said}");
        assert!(said.contains(&format!("rbconsole trust {name}")), "{said}");
    }
    // What looks at a runbook executes nothing of it either.
    for arguments in [
        &["show", "eager"][..],
        &["show", "eager", "--format", "md"],
        &["check", &path],
        &["routes", "eager"],
        &["routes", "eager", "--format", "json"],
        &["list"],
        &["list", "--json"],
        &["new", "copy", "--from", "eager"],
    ] {
        exits(&run(&sandbox, arguments), 0);
    }
    run(&sandbox, &["test", &path, "--coverage"]);
    assert_eq!(marks(&sandbox), [""; 0]);
    assert_eq!(sandbox.run_dirs().len(), 0, "nothing began");
    assert!(!sandbox.path().join("state/trust.json").exists());
}

/// `check` hands each script to its shell to be parsed: what a shell would execute at
/// once when it read the script is not executed.
#[test]
fn checking_parses_and_executes_nothing() {
    let sandbox = Sandbox::new();
    let mark = sandbox.path().join("mark.parsed");
    let mark = mark.display();
    let text = format!(
        "version: 1
title: Sly
phases:
  - id: p
    title: P
    steps:
      - {{ id: a, title: A, run: 'x=$(touch {mark}); : ${{y:=$(touch {mark})}}; trap \"touch {mark}\" EXIT DEBUG' }}
      - {{ id: b, title: B, shell: sh, run: 'touch {mark}' }}
      - {{ id: c, title: C, shell: python3, run: 'open(\"{mark}\", \"w\")' }}
      - {{ id: d, title: D, shell: [bash, -c, 'touch {mark}'], run: 'true' }}
"
    );
    let file = sandbox.foreign_runbook("sly", &text);
    let output = run(&sandbox, &["check", &file.to_string_lossy()]);
    assert!(output.status.code() != Some(70), "{}", err(&output));
    assert_eq!(marks(&sandbox), [""; 0]);
}

#[test]
fn a_runbook_is_trusted_once_and_asked_about_again_when_it_changed() {
    let sandbox = Sandbox::new();
    let file = sandbox.foreign_runbook("eager", &eager(&sandbox));
    let path = file.to_string_lossy().into_owned();
    // Without a terminal nobody can agree.
    let output = run(&sandbox, &["trust", "eager"]);
    exits(&output, 4);
    assert!(err(&output).contains("--yes"), "{}", err(&output));
    assert!(
        out(&output).contains("1 command in 1 phase"),
        "{}",
        out(&output)
    );
    assert!(out(&output).contains("1 guard"), "{}", out(&output));
    exits(&run_it(&sandbox, "eager", &[]), 4);

    let output = run(&sandbox, &["trust", "eager", "--yes"]);
    exits(&output, 0);
    assert!(out(&output).contains(&sha256(&file)), "{}", out(&output));
    assert_eq!(marks(&sandbox), [""; 0]);
    let mode = fs::metadata(sandbox.path().join("state/trust.json"))
        .expect("it is kept")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    exits(&run(&sandbox, &["trust", "eager"]), 0);
    let output = run(&sandbox, &["trust", "--list"]);
    exits(&output, 0);
    let listed = out(&output);
    assert!(listed.contains(&path) && listed.contains("ana"), "{listed}");
    exits(&run_it(&sandbox, "eager", &[]), 0);
    assert!(marks(&sandbox).contains(&"mark.step".to_owned()));

    // Through a link it is the same file.
    symlink(&file, sandbox.path().join("link.yaml")).expect("a link");
    exits(&run_it(&sandbox, "link.yaml", &[]), 0);

    let changed = eager(&sandbox).replace("title: S,", "title: Something else,");
    sandbox.foreign_runbook("eager", &changed);
    let output = run_it(&sandbox, "eager", &[]);
    exits(&output, 4);
    assert!(
        err(&output).contains("has changed since ana trusted it"),
        "{}",
        err(&output)
    );
    let output = run(&sandbox, &["trust", "eager"]);
    exits(&output, 4);
    let said = out(&output);
    assert!(
        said.contains('+') && said.contains("title: Something else"),
        "{said}"
    );
    assert!(out(&run(&sandbox, &["trust", "--list"])).contains("(changed since)"));
    // `--trust` trusts what it is now, and remembers it.
    exits(&run_it(&sandbox, "eager", &["--trust"]), 0);
    exits(&run_it(&sandbox, "eager", &[]), 0);

    exits(&run(&sandbox, &["trust", "--forget", &path]), 0);
    exits(&run(&sandbox, &["trust", "--forget", &path]), 2);
    exits(&run_it(&sandbox, "eager", &[]), 4);
}

#[test]
fn the_config_directory_is_trusted_while_it_is_the_operators_alone() {
    let sandbox = Sandbox::new();
    let file = sandbox.runbook("eager", &eager(&sandbox));
    exits(&run_it(&sandbox, "eager", &[]), 0);
    let output = run(&sandbox, &["trust", "eager"]);
    assert!(out(&output).contains("trusted already"), "{}", out(&output));
    let folder = sandbox.path().join("config/runbooks");
    for (path, mode) in [(&file, 0o660), (&folder, 0o770)] {
        let before = fs::metadata(path).expect("it is there").permissions();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is ours");
        let output = run_it(&sandbox, "eager", &[]);
        exits(&output, 4);
        assert!(
            err(&output).contains("can be written by others"),
            "{}",
            err(&output)
        );
        assert!(err(&output).contains("chmod go-w"), "{}", err(&output));
        fs::set_permissions(path, before).expect("it is ours");
    }
    exits(&run_it(&sandbox, "eager", &[]), 0);
    // A folder that the config file names is not the config directory.
    let team = sandbox.path().join("team");
    fs::create_dir(&team).expect("a folder");
    fs::rename(&file, team.join("team-eager.yaml")).expect("it is ours");
    rbconsole::run_dir::write_private(
        &sandbox.path().join("config/config.yaml"),
        format!("runbooks: [{}]\n", team.display()).as_bytes(),
    )
    .expect("a file can be written");
    exits(&run_it(&sandbox, "team-eager", &[]), 4);
    // And a file of the folder where one works does not become a built-in one by its name.
    sandbox.foreign_runbook("symlink-release", &eager(&sandbox));
    exits(&run_it(&sandbox, "symlink-release", &[]), 4);
}

#[test]
fn what_a_runbook_uses_is_trusted_with_it() {
    let sandbox = Sandbox::new();
    let using = "version: 1
title: Using
phases: [{ id: p, title: P, steps: [{ id: u, uses: part }] }]
";
    let part = |word: &str| {
        format!(
            "version: 1\ntitle: Part\nphases: [{{ id: q, title: Q, steps: [{{ id: s, title: S, effect: read, run: 'echo {word}' }}] }}]\n"
        )
    };
    sandbox.runbook("using", using);
    let file = sandbox.foreign_runbook("part", &part("one"));
    let output = run(&sandbox, &["run", "using", "--headless"]);
    exits(&output, 4);
    assert!(
        err(&output).contains(&*file.to_string_lossy()),
        "{}",
        err(&output)
    );
    exits(&run(&sandbox, &["trust", "--yes", "using"]), 0);
    exits(&run(&sandbox, &["run", "using", "--headless"]), 0);
    sandbox.foreign_runbook("part", &part("two"));
    let output = run(&sandbox, &["run", "using", "--headless"]);
    exits(&output, 4);
    assert!(err(&output).contains("has changed"), "{}", err(&output));
    let output = run(&sandbox, &["trust", "using"]);
    assert!(out(&output).contains("echo two"), "{}", out(&output));
}

#[test]
fn a_damaged_store_trusts_nothing_and_is_left_alone() {
    let sandbox = Sandbox::new();
    sandbox.foreign_runbook("eager", &eager(&sandbox));
    exits(&run(&sandbox, &["trust", "eager", "--yes"]), 0);
    let store = sandbox.path().join("state/trust.json");
    let good = fs::read_to_string(&store).expect("text");
    for content in [
        "",
        "{}",
        &good[..good.len() - 2],
        &good.replace("Eager", "Tampered"),
    ] {
        rbconsole::run_dir::write_private(&store, content.as_bytes()).expect("it is ours");
        let output = run_it(&sandbox, "eager", &["--trust"]);
        exits(&output, 4);
        assert!(
            err(&output).contains("trust.json is damaged"),
            "{}",
            err(&output)
        );
        exits(&run_it(&sandbox, "eager", &[]), 4);
        exits(&run(&sandbox, &["trust", "--list"]), 4);
        assert_eq!(fs::read_to_string(&store).expect("text"), content);
    }
    assert_eq!(marks(&sandbox), [""; 0]);
    fs::remove_file(&store).expect("it is ours");
    exits(&run_it(&sandbox, "eager", &["--trust"]), 0);
}

/// Names and texts of others reach the terminal as text alone.
#[test]
fn nothing_that_a_terminal_would_interpret_is_printed() {
    let sandbox = Sandbox::new();
    let text =
        eager(&sandbox).replace("title: Eager runbook", "title: \"Eager \\e]0;x\\a\\u202e\"");
    sandbox.foreign_runbook("ea\u{1b}[31mger", &text);
    let name = "ea\u{1b}[31mger";
    let mut said = String::new();
    for arguments in [
        &["trust", name][..],
        &["trust", name, "--yes"],
        &["trust", "--list"],
    ] {
        let output = run(&sandbox, arguments);
        said.push_str(&out(&output));
        said.push_str(&err(&output));
    }
    sandbox.foreign_runbook(name, &text.replace("title: S,", "title: \"\u{202e}\","));
    for arguments in [
        &["trust", name][..],
        &["run", name, "--headless", "-e", "lab"],
    ] {
        let output = run(&sandbox, arguments);
        exits(&output, 4);
        said.push_str(&out(&output));
        said.push_str(&err(&output));
    }
    assert!(said.contains("has changed since"), "{said}");
    let odd: Vec<char> = said
        .chars()
        .filter(|c| (c.is_control() && *c != '\n') || *c == '\u{202e}')
        .collect();
    assert!(odd.is_empty(), "{odd:?}: {said:?}");
}
