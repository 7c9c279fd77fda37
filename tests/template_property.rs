//! The promise of the room, proven with real shells: whatever a value is and
//! wherever it may stand in a script, bash and dash receive exactly that value.
//!
//! Each case is a value in a context in a shell. Every context prints the value
//! that the shell received to descriptor 3, ended by NUL, so many cases share
//! one process and none can hide another: the number of records must fit too.
#![expect(
    clippy::disallowed_methods,
    reason = "it runs real shells and says how long that took"
)]

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use rbconsole::template::{Scope, Shell, Value, check_script, render_script};

/// How each context prints the word that follows.
const OUT: &str = "printf '%s\\0'";

/// A script with `@` for the command that prints; what surrounds the value in
/// each record; how many records it prints.
struct Place {
    script: &'static str,
    before: &'static str,
    after: &'static str,
    records: usize,
}

const fn place(script: &'static str) -> Place {
    Place {
        script,
        before: "",
        after: "",
        records: 1,
    }
}

const fn glued(before: &'static str, script: &'static str, after: &'static str) -> Place {
    Place {
        script,
        before,
        after,
        records: 1,
    }
}

/// Contexts of any shell.
const EVERYWHERE: &[Place] = &[
    place("@ {{ v }} >&3"),
    glued("--x=", "@ --x={{ v }} >&3", ""),
    glued("a", "@ a{{ v }}b >&3", "b"),
    glued("~", "@ ~{{ v }} >&3", ""),
    glued("n", "y=n; @ $y{{ v }} >&3", ""),
    glued("n", "y=n; @ \"$y{{ v }}\" >&3", ""),
    glued("n", "y=n; @ \"${y}{{ v }}$y\" >&3", "n"),
    place("@ >&3 {{ v }}"),
    place("x={{ v }}; @ \"$x\" >&3"),
    glued("a", "x=a{{ v }}\"b\"; @ \"$x\" >&3", "b"),
    place("x={{ v }} sh -c 'printf \"%s\\0\" \"$x\"' >&3"),
    place("export x={{ v }}; @ \"$x\" >&3"),
    glued("a ", "@ \"a {{ v }} b\" >&3", " b"),
    place("x=\"{{ v }}\"; @ \"$x\" >&3"),
    place("@ \"{{ v }}\" >&3"),
    glued("a ", "@ 'a {{ v }} b' >&3", " b"),
    place("x='{{ v }}'; @ \"$x\" >&3"),
    place("y=$(@ {{ v }} >&3)"),
    place("y=$(@ \"{{ v }}\" >&3)"),
    place("y=$(z=$(@ '{{ v }}' >&3); w={{ v }})"),
    place("y=a$(case {{ v }} in ?) @ {{ v }} >&3;; (*) @ {{ v }} >&3;; esac)b"),
    place("case {{ v }} in x) ;; *) ;; esac; @ {{ v }} >&3"),
    place("if [ {{ v }} = \"{{ v }}\" ]; then @ '{{ v }}' >&3; fi"),
    place("{% if yes %}@ {{ v }}{% else %}@ \"{{ v }}\"{% endif %} >&3"),
    place("@ '{% if no %}x{% elif yes %}{{ v }}{% endif %}' >&3"),
    place("{% set w = v ~ '' -%} @ {{ w }} >&3"),
    Place {
        script: "{% for x in [v, v] %}@ {{ x }} >&3\n{% endfor %}",
        before: "",
        after: "",
        records: 2,
    },
    glued(
        "n",
        "y=n; @ \"{% for x in [v] %}$y{{ x }}{% endfor %}\" >&3",
        "",
    ),
    place("f() { @ \"$1\" >&3; }; f {{ v }}"),
    place("f () {\n @ {{ v }} >&3\n}\nf"),
    place("true && @ {{ v }} >&3 || exit 9"),
    place("false || { @ {{ v }} >&3; }"),
    place("( @ {{ v }} >&3 )"),
    place("true | @ {{ v }} >&3"),
    place("for h in {{ v }}; do @ \"$h\" >&3; done"),
    place("while @ {{ v }} >&3; do break; done"),
    place("set -- {{ v }}; @ \"$1\" >&3; set --"),
    place("@ {{ v }} >&3 # it's \" ` $("),
    place("# it's\n@ {{ v }} >&3"),
    place("cat >/dev/null <<EOF; @ {{ v }} >&3\nit's `:` $y\nEOF"),
    place("cat >/dev/null <<'EOF'\nit's ` $(\nEOF\n@ \"{{ v }}\" >&3"),
    place("@ {{ v }} >&3 <<-E\n\t'\n\tE"),
    place("y=$(cat <<E\n'\nE\n@ {{ v }} >&3)"),
    place(": $((1 + (2))) ${y:-a} \"${y%%:*}\" `:` ; @ {{ v }} >&3"),
    place("@ \\\n {{ v }} >&3"),
    place("@ {{ secret }} >&3"),
    glued("a", "@ \"a{{ secret }}\" >&3", ""),
    glued("a", "@ 'a{{ secret }}b' >&3", "b"),
];

/// Contexts of bash alone.
const BASH: &[Place] = &[
    place("a=({{ v }}); @ \"${a[0]}\" >&3"),
    place("a=(\"{{ v }}\" # it's\n {{ v }} '{{ v }}'); @ \"${a[2]}\" >&3"),
    glued("a", "a=(x a{{ v }}b); @ \"${a[1]}\" >&3", "b"),
    place("declare -a a=( {{ v }} ); @ \"${a[0]}\" >&3; unset a"),
    place("f() { local x={{ v }} a=({{ v }}); @ \"${a[0]}\" >&3; }; f"),
    place("a=(); a+=({{ v }}); @ \"${a[0]}\" >&3; unset a"),
    place("m=(); m[1]={{ v }}; @ \"${m[1]}\" >&3; unset m"),
    place("cat <(@ {{ v }}) >&3"),
    place("@ {{ v }} > >(cat >&3); wait $!"),
    place("IFS= read -r -d '' x < <(@ {{ v }}); @ \"$x\" >&3"),
    glued("", "cat <<< {{ v }} >&3; printf '\\0' >&3", "\n"),
    glued("", "cat <<< \"{{ v }}\" >&3; printf '\\0' >&3", "\n"),
    place("[[ -n \"a\" && x =~ ^(x|y)$ ]] && @ {{ v }} >&3"),
    place("for ((i=0; i<1; i++)); do @ {{ v }} >&3; done"),
    place("case x in x) ;;& *) @ {{ v }} >&3;; esac"),
    place(": $'it\\'s' $\"x\"; @ {{ v }} >&3"),
];

/// Pieces that have gone wrong somewhere, in some program's quoting.
const NASTY: &[&str] = &[
    "'",
    "\"",
    "`",
    "\\",
    "$",
    "!",
    "#",
    "~",
    "*",
    "?",
    "[",
    "]",
    "{",
    "}",
    "(",
    ")",
    "<",
    ">",
    "&",
    "|",
    ";",
    "=",
    "%",
    "^",
    "-",
    ",",
    " ",
    "\t",
    "\n",
    "\r",
    "\r\n",
    "\x01",
    "\x02",
    "\x1b",
    "\x7f",
    "\u{80}",
    "\u{81}",
    "\u{88}",
    "\u{9b}",
    "\u{a0}",
    "\u{ad}",
    "\u{2028}",
    "\u{feff}",
    "\u{e000}",
    "\u{e001}",
    "\u{f8ff}",
    "\u{10ffff}",
    "é",
    "日本",
    "👩‍🚒",
    "$(echo PWNED)",
    "`echo PWNED`",
    "'; echo PWNED; '",
    "\"; echo PWNED; \"",
    "$'\\n'",
    "${x}",
    "$((1+1))",
    "a[$(echo PWNED)]",
    "[0]=x",
    "[$(echo PWNED)]=x",
    "{{ v }}",
    "{% if %}",
    "}}",
    "<# x #>",
    "EOF\n",
    "\nEOF\n",
    "<<EOF",
    "esac",
    "if",
    "-n",
    "-e",
    "--",
    "\\n",
    "\\0",
    "%s",
    "!!",
    "!$",
    "*'*",
    "'\\''",
    "\\'",
    "''",
    "\"\"",
    "~root",
    "x=y",
    "/*",
    "<(",
    "\\\n",
    "0",
];

fn value() -> impl Strategy<Value = String> {
    let nasty = prop::sample::select(NASTY).prop_map(str::to_owned);
    let any_character = any::<char>()
        .prop_filter("NUL", |c| *c != '\0')
        .prop_map(String::from);
    let piece = prop_oneof![
        6 => nasty,
        2 => "[ -~]{1,8}",
        1 => any_character,
        1 => (1_u8..32).prop_map(|byte| char::from(byte).to_string()),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// Values that must always be tried.
fn fixed_values() -> Vec<String> {
    let mut values: Vec<String> = NASTY.iter().map(|&piece| piece.to_owned()).collect();
    values.push(String::new());
    values.push((1_u8..128).map(char::from).collect());
    values.push(('\u{80}'..'\u{2ff}').collect());
    values.push("x'\"$`\\\n".repeat(2_800));
    values.push("'".repeat(5_000));
    values
}

fn scope(value: &str) -> Scope {
    let mut scope = Scope::new();
    scope.insert("v", Value::String(value.to_owned()));
    scope.insert("yes", Value::Boolean(true));
    scope.insert("no", Value::Boolean(false));
    scope.insert(
        "secret",
        Value::Secret {
            variable: "SECRET_VALUE".to_owned(),
        },
    );
    scope
}

struct Program {
    name: &'static str,
    options: &'static [&'static str],
    shell: Shell,
}

const PROGRAMS: [Program; 3] = [
    Program {
        name: "bash",
        options: &["--norc", "--noprofile"],
        shell: Shell::Bash,
    },
    // As the console runs it.
    Program {
        name: "bash",
        options: &["-euo", "pipefail", "-c"],
        shell: Shell::Bash,
    },
    Program {
        name: "dash",
        options: &[],
        shell: Shell::Sh,
    },
];

/// Runs `script` and gives what it wrote to descriptor 3.
fn run(program: &Program, script: &str, secret: &str, number: usize) -> Vec<u8> {
    let directory = std::env::temp_dir().join(format!("template-{}-{number}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    let (file, out) = (directory.join("script"), directory.join("out"));
    fs::write(&file, script).unwrap();
    let mut command = Command::new(program.name);
    if program.options.contains(&"-c") {
        command.args(program.options).arg(script);
    } else {
        command.args(program.options).arg(&file);
    }
    // Descriptor 3 is opened by a shell around, so that no unsafe code is needed.
    let mut outer = Command::new("sh");
    outer
        .args(["-c", "exec 3>\"$0\"; exec \"$@\""])
        .arg(&out)
        .arg(program.name);
    outer.args(command.get_args());
    let result = outer
        .env("SECRET_VALUE", secret)
        .env("LC_ALL", "C.UTF-8")
        .current_dir(&directory)
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("cannot run sh: {error}: install a POSIX shell"));
    let written = fs::read(&out).unwrap_or_default();
    let errors = String::from_utf8_lossy(&result.stderr);
    assert!(
        result.status.success(),
        "{} {:?}: {}\n{errors}\n{script}",
        program.name,
        program.options,
        result.status
    );
    assert!(
        result.stdout.is_empty(),
        "{}: {:?}",
        program.name,
        result.stdout
    );
    fs::remove_dir_all(&directory).unwrap();
    written
}

/// Runs the cases `value × place` in one process and compares every record.
fn compare(program: &Program, values: &[&String], places: &[&Place], secret: &str, number: usize) {
    let mut script = String::from("x=x y=n\n");
    let mut expected: Vec<(String, String)> = Vec::new();
    for value in values {
        for place in places {
            let source = place.script.replace('@', OUT);
            let scope = scope(value);
            let checked = check_script(&source, program.shell, &scope.types());
            assert_eq!(checked, Ok(()), "{source}");
            let rendered = render_script(&source, program.shell, &scope).unwrap();
            let received = if source.contains("{{ secret }}") {
                secret
            } else {
                value
            };
            for _ in 0..place.records {
                expected.push((
                    rendered.clone(),
                    format!("{}{received}{}", place.before, place.after),
                ));
            }
            script.push_str(&rendered);
            script.push('\n');
        }
    }
    let written = run(program, &script, secret, number);
    let records: Vec<&[u8]> = written.split(|byte| *byte == 0).collect();
    for (record, (rendered, expected)) in records.iter().zip(&expected) {
        assert!(
            *record == expected.as_bytes(),
            "{} {:?} received\n{:?}\ninstead of\n{expected:?}\nfrom\n{rendered}",
            program.name,
            program.options,
            String::from_utf8_lossy(record)
        );
    }
    assert_eq!(
        records.len(),
        expected.len() + 1,
        "{}: records are missing or too many",
        program.name
    );
}

fn require_shells() {
    for name in ["bash", "dash"] {
        let found = Command::new(name).args(["-c", "exit 7"]).status();
        assert!(
            found.is_ok_and(|status| status.code() == Some(7)),
            "this test needs {name}: install the package `{name}`"
        );
    }
}

#[test]
fn every_shell_receives_exactly_the_value() {
    require_shells();
    let started = Instant::now();
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        ..Config::default()
    });
    let mut values = fixed_values();
    while values.len() < 240 {
        values.push(value().new_tree(&mut runner).unwrap().current());
    }
    let mut cases = 0;
    for (index, program) in PROGRAMS.iter().enumerate() {
        let mut places: Vec<&Place> = EVERYWHERE.iter().collect();
        if program.shell == Shell::Bash {
            places.extend(BASH);
        }
        // One argument may hold 128 KiB at most, so `-c` gets few values at once.
        let size = if program.options.contains(&"-c") {
            90_000
        } else {
            2_000_000
        };
        let mut batch: Vec<&String> = Vec::new();
        let mut weight = 0;
        let mut number = index * 10_000;
        for value in &values {
            let heavy = (value.len() * 5 + 60) * places.len() * 2;
            if heavy > size {
                // Too long for one script of all places: one script for each.
                for place in &places {
                    if value.len() * 12 < size {
                        number += 1;
                        compare(program, &[value], &[place], &values[5], number);
                        cases += 1;
                    }
                }
                continue;
            }
            if weight + heavy > size {
                number += 1;
                compare(program, &batch, &places, &values[5], number);
                batch.clear();
                weight = 0;
            }
            batch.push(value);
            weight += heavy;
            cases += places.len();
        }
        number += 1;
        compare(program, &batch, &places, &values[5], number);
    }
    let took = started.elapsed();
    writeln!(std::io::stderr(), "{cases} cases in {took:?}").unwrap();
    assert!(cases >= 20_000, "only {cases} cases were run");
    assert!(took < Duration::from_mins(5), "{took:?}");
}

/// Without quoting, the same comparison must fail: the proof can fail.
#[test]
#[should_panic(expected = "instead of")]
fn the_comparison_notices_a_wrong_value() {
    let literal = "a$(echo PWNED)b".to_owned();
    let wrong = Place {
        script: "x={{ v }}; @ \"$x \" >&3",
        before: "",
        after: "",
        records: 1,
    };
    compare(&PROGRAMS[2], &[&literal], &[&wrong], "", 99_999);
}
