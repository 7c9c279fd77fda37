//! Hunts for a script in which the quoting is followed wrongly: random scripts
//! made of everything that shells quote with. Whatever of them is accepted is
//! run with values that try to call a function; it must never be called.
#![expect(
    clippy::disallowed_methods,
    reason = "it runs real shells on files of its own"
)]

use std::fs;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use rbconsole::template::{Scope, Shell, Value, render_script};

/// Scripts accepted by each shell's rules that are run.
const SCRIPTS: usize = 3_000;

/// None of them is a legitimate call of `P` in any place.
const PAYLOADS: [&str; 17] = [
    "\\' ;P; '",
    "\\\" ;P; \"",
    "\\\n;P\n",
    "$(P)",
    "`P`",
    ";P;",
    "\nP\n",
    "' ;P; '",
    "\" ;P; \"",
    ")\nP;(",
    "x) P;; esac; P",
    "E\nP\n",
    "}\nP",
    "a[$(P)]",
    "'\"$(P)",
    "]]\nP",
    "#\nP",
];

/// What is expanded (`w`, `z`) is never set: to run `$y` unquoted after `y={{ v }}`
/// would call `P` by the shell's own rules. No fragment names a file to write to.
const FRAGMENTS: [&str; 78] = [
    "{{ v }}",
    "{{ v }}",
    "{{ v }}",
    " {{ v }} ",
    "\"{{ v }}\"",
    "'{{ v }}'",
    "\"",
    "\"",
    "'",
    "'",
    "`",
    "$(",
    "$(",
    ")",
    ")",
    "(",
    "$((",
    "))",
    "((",
    "${w:-",
    "${w",
    "}",
    "{ ",
    "; }",
    "[",
    "]",
    "[[ ",
    " ]]",
    "y[",
    "y=(",
    "y=",
    "case ",
    " in ",
    "x) ",
    ";;",
    " esac",
    "case x in ",
    "esac\n",
    "$'",
    "$\"",
    "$",
    "$z",
    "\\",
    "\\\n",
    "\n",
    "\n",
    " ",
    ";",
    "&&",
    "|",
    "#",
    " # ",
    "<<E",
    "<<'E'",
    "<<-E\n",
    "\nE\n",
    "\n\tE\n",
    "<<<",
    "<(",
    "> $z",
    "echo ",
    "echo ",
    ": ",
    "if :; then ",
    "; fi",
    "for i in ",
    "; do ",
    "; done",
    "f() ",
    "!",
    "x",
    "0",
    "in",
    "{% if t %}",
    "{% else %}",
    "{% endif %}",
    "{% for i in ['a', 'b'] %}",
    "{% endfor %}",
];

fn scope(payload: &str) -> Scope {
    let mut scope = Scope::new();
    scope.insert("v", Value::String(payload.to_owned()));
    scope.insert("t", Value::Boolean(true));
    scope
}

/// Accepted scripts with a value in them, rendered.
fn scripts(shell: Shell, runner: &mut TestRunner) -> Vec<(String, String)> {
    let parts = prop::collection::vec(prop::sample::select(FRAGMENTS.as_slice()), 2..14);
    let source = (parts, prop::sample::select(PAYLOADS.as_slice()));
    let mut found = Vec::new();
    for _ in 0..SCRIPTS * 400 {
        let (parts, payload) = source.new_tree(runner).unwrap().current();
        let source = parts.concat();
        if source.contains("{{ v }}")
            && let Ok(rendered) = render_script(&source, shell, &scope(payload))
        {
            found.push((source, rendered));
            if found.len() == SCRIPTS {
                break;
            }
        }
    }
    assert_eq!(found.len(), SCRIPTS, "too few random scripts are accepted");
    found
}

/// Runs every script in a subshell of its own and gives the numbers of those
/// that called `P`.
fn callers(program: &str, scripts: &[(String, String)]) -> Vec<usize> {
    let directory =
        std::env::temp_dir().join(format!("injection-{}-{program}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    for (number, (_, rendered)) in scripts.iter().enumerate() {
        fs::write(directory.join(format!("script-{number}")), rendered).unwrap();
    }
    let driver = "P() { printf '%s\\n' \"$number\" >&3; }
number=0
while [ -e \"script-$number\" ]; do
  ( script=$(cat \"script-$number\"; echo x); PATH=/nowhere; eval \"${script%x}\" ) >/dev/null 2>&1
  number=$((number + 1))
done 3>called
[ \"$number\" = \"$1\" ]";
    let status = Command::new(program)
        .args(["-c", driver, program, &scripts.len().to_string()])
        .current_dir(&directory)
        .stdin(Stdio::null())
        .status()
        .unwrap_or_else(|error| panic!("this test needs {program}: install it ({error})"));
    assert!(
        status.success(),
        "{program}: not every script was run: {status}"
    );
    let called = fs::read_to_string(directory.join("called")).unwrap();
    fs::remove_dir_all(&directory).unwrap();
    called.lines().map(|line| line.parse().unwrap()).collect()
}

#[test]
fn no_value_is_ever_called() {
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        ..Config::default()
    });
    for (program, shell) in [
        ("bash", Shell::Bash),
        ("dash", Shell::Sh),
        ("bash", Shell::Sh),
    ] {
        let scripts = scripts(shell, &mut runner);
        if let Some(&number) = callers(program, &scripts).first() {
            let (source, rendered) = &scripts[number];
            panic!("{program} called the value's function\nfrom\n{source}\nas\n{rendered}");
        }
    }
}

/// The hunt can find something: an unquoted value does call the function.
#[test]
fn an_unquoted_value_is_noticed() {
    let scripts = [
        (String::new(), ": x".to_owned()),
        (String::new(), "echo \"$(P)\"".to_owned()),
    ];
    assert_eq!(callers("dash", &scripts), [1]);
}
