//! Where values may stand in scripts, and how they are quoted there.

use super::scope;
use crate::template::{Shell, check_plain, check_script, render_script};

const BOTH: [Shell; 2] = [Shell::Bash, Shell::Sh];

fn accepted(shell: Shell, script: &str) {
    let found = check_script(script, shell, &scope().types());
    assert_eq!(found, Ok(()), "{shell:?}: {script}");
    assert!(
        render_script(script, shell, &scope()).is_ok(),
        "{shell:?}: {script}"
    );
}

fn refused(shell: Shell, script: &str, because: &str) {
    let found = check_script(script, shell, &scope().types());
    let Err(faults) = found else {
        panic!("{shell:?}: {script} is accepted")
    };
    let told = faults.iter().any(|fault| fault.message.contains(because));
    assert!(
        told,
        "{shell:?}: {script}: expected `{because}`, got {faults:#?}"
    );
    assert!(
        render_script(script, shell, &scope()).is_err(),
        "{shell:?}: {script}"
    );
}

fn rendered(script: &str) -> String {
    render_script(script, Shell::Bash, &scope()).unwrap_or_else(|fault| panic!("{script}: {fault}"))
}

#[test]
fn quotes_for_the_place() {
    let quoted = r#"'it'\''s $(echo PWNED) "x" !'"#;
    assert_eq!(rendered("echo {{ v }}"), format!("echo {quoted}"));
    assert_eq!(rendered("x={{ v }}"), format!("x={quoted}"));
    assert_eq!(
        rendered("echo \"a {{ v }} b\""),
        format!("echo \"a \"{quoted}\" b\"")
    );
    assert_eq!(rendered("echo \"to {{ service }}\""), "echo \"to api\"");
    assert_eq!(rendered("echo \"$x{{ service }}\""), "echo \"$x\"'api'\"\"");
    assert_eq!(rendered("echo \"${x}{{ service }}\""), "echo \"${x}api\"");
    assert_eq!(
        rendered("echo 'a {{ v }} b'"),
        format!("echo 'a {} b'", &quoted[1..quoted.len() - 1])
    );
    assert_eq!(rendered("echo {{ empty }}"), "echo ''");
    assert_eq!(
        rendered("echo {{ replicas }} {{ ready }}"),
        "echo '3' 'true'"
    );
    // The whole expression is quoted, not its last part.
    assert_eq!(rendered("echo {{ service ~ '; ls' }}"), "echo 'api; ls'");
    assert_eq!(rendered("echo {{ service | upper }}"), "echo 'API'");
}

#[test]
fn places_secrets_by_name() {
    assert_eq!(rendered("x {{ api_token }}"), "x \"$PAYMENTS_TOKEN\"");
    assert_eq!(
        rendered("x \"k: {{ api_token }}\""),
        "x \"k: ${PAYMENTS_TOKEN}\""
    );
    assert_eq!(
        rendered("x 'k: {{ api_token }}'"),
        "x 'k: '\"$PAYMENTS_TOKEN\"''"
    );
    for script in [
        "x {{ api_token ~ 'a' }}",
        "x {{ api_token | upper }}",
        "{% if api_token == 'a' %}x{% endif %}",
        "{% for x in [api_token] %}{{ x }}{% endfor %}",
        "{% set x = api_token %}{{ x }}",
    ] {
        refused(Shell::Bash, script, "can only stand alone");
    }
    refused(Shell::Bash, "cat <<E\n{{ api_token }}\nE", "here-document");
    let mut scope = scope();
    scope.insert(
        "bad",
        crate::template::Value::Secret {
            variable: "A\"; ls".into(),
        },
    );
    assert!(render_script("x {{ bad }}", Shell::Sh, &scope).is_err());
}

#[test]
fn allows_what_it_can_follow() {
    for script in [
        "x=$(kubectl get {{ v }})",
        "x=$(a $(b {{ v }}) \"c {{ v }}\")",
        "( cd {{ v }} && { ls {{ v }}; } )",
        "f() { echo {{ v }}; }; f",
        "f ()\n{\n echo {{ v }}\n}",
        "if [ {{ v }} = \"x\" ]; then echo {{ v }}; fi",
        "case {{ v }} in a|b) echo {{ v }};; (c) echo {{ v }} ;; esac; echo {{ v }}",
        "x=$(case {{ v }} in a) echo {{ v }};; *) echo b; esac)\necho {{ v }}",
        "cat <<EOF\nit's $x\nEOF\necho {{ v }}",
        "cat <<-'EOF' | grep {{ v }}\n\t`it's\n\tEOF\necho {{ v }}",
        "echo it\\'s {{ v }} # it's\necho {{ v }}",
        "echo $((1 + (2 * $x))) {{ v }}",
        "echo \"$((x))\" \"${x:-a b}\" ${#x} ${x%%:*} {{ v }}",
        "echo `date +'%s'` {{ v }}",
        "echo \"`date`\" {{ v }}",
        "cmd > {{ v }} 2>&1 < {{ v }} && x || y | z & echo {{ v }}",
        "for h in a {{ v }}; do echo {{ v }}; done",
        "while ! x {{ v }}; do sleep 1; done",
        "a --x={{ v }}b \\\n  --y {{ v }}",
        "echo ~{{ v }} {a,{{ v }}} *{{ v }}",
        "echo \"$HOME\\n{{ v }}\"",
        "{% if ready %}sudo {% endif %}rm {{ v }}",
        "echo {% if ready %}'a'{% elif replicas > 2 %}\"b\"{% else %}{{ v }}{% endif %} {{ v }}",
        "{% for h in hosts | split(pat=\",\") %}ping {{ h }}\n{% endfor %}echo {{ v }}",
        "echo \"{% for h in ['a', 'b'] %}{{ h }}, {% endfor %}\" {{ v }}",
        "{%- set x = service ~ 'y' -%} echo {{- x -}} z <# it's #> {{ v }}",
        "echo file[0-9] [a]{{ v }}",
        "echo $$ $# $? {{ v }}",
        "ls {% if ready %}--flag{% endif %} {{ v }}{% if ready %} x{% endif %} y {{ v }}",
        "ls pre{% if ready %}fix{% endif %}ed {{ v }}",
        "{% for x in ['a', 'b'] -%}\n  ping {{ x }};\n{%- endfor %} echo {{ v }}",
    ] {
        for shell in BOTH {
            accepted(shell, script);
        }
    }
    for script in [
        "a=({{ v }} \"b {{ v }}\" # it's\n c {{ v }}) && echo {{ v }}",
        "declare -a a+=( {{ v }} ); a[1]=x; m[\"k\"]=y; echo {{ v }}",
        "[[ $x =~ ^(a|b)$ && -n \"y\" ]] && echo {{ v }}",
        "for ((i=0; i<3; i++)); do echo {{ v }}; done; ((i++)); echo {{ v }}",
        "diff <(sort {{ v }}) <(sort b) > >(tee {{ v }})",
        "grep x <<< {{ v }}; grep x <<<\"{{ v }}\"",
        "echo $'it\\'s' {{ v }} $\"x\" {{ v }}",
        "cmd |& tee {{ v }} &> {{ v }}",
        "case $x in a) b ;;& c) d ;& *) ;; esac; echo {{ v }}",
    ] {
        accepted(Shell::Bash, script);
    }
}

#[test]
fn refuses_every_other_place() {
    for (script, because) in [
        ("echo `x {{ v }}`", "back-quotes"),
        ("echo \"`x {{ v }}`\"", "back-quotes"),
        ("cat <<EOF\n{{ v }}\nEOF", "here-document"),
        ("cat <<'EOF'\n{{ v }}\nEOF", "here-document"),
        ("cat <<{{ v }}\nx\n", "here-document"),
        ("cat <<E{{ v }}\nx\n", "here-document"),
        ("echo \"$(x {{ v }})\"", "within double quotes"),
        ("echo \"$(x '{{ v }}')\"", "within double quotes"),
        ("echo \"$(x \"{{ v }}\")\"", "within double quotes"),
        ("x # {{ v }}", "comment"),
        ("x;# {{ v }}", "comment"),
        ("# it's\n# {{ v }}", "comment"),
        ("x $'{{ v }}'", "$'…'"),
        ("x $\"{{ v }}\"", "$\"…\""),
        ("x $(({{ v }} + 1))", "((…))"),
        ("x \"$((1 + {{ v }}))\"", "((…))"),
        ("x ${y:-{{ v }}}", "${…}"),
        ("x \"${y:-{{ v }}}\"", "${…}"),
        ("x ${y:-\"{{ v }}\"}", "${…}"),
        ("case $x in {{ v }}) y;; esac", "pattern"),
        ("case $x in a|\"{{ v }}\") y;; esac", "pattern"),
        ("x \\{{ v }}", "backslash"),
        ("x \"\\{{ v }}\"", "backslash"),
        ("x ${{ v }}", "after `$`"),
        ("x \"${{ v }}\"", "after `$`"),
        ("x ${{ v }}", "after `$`"),
        ("a[{{ v }}]=1", "open `["),
        ("a[\"{{ v }}\"]=1", "open `["),
        ("a[1{% if ready %}0{% endif %}{{ v }}]=1", "open `["),
        ("[{{ v }} = x ]", "open `["),
        ("((x = {{ v }}))", "((…))"),
    ] {
        for shell in BOTH {
            refused(shell, script, because);
        }
    }
    for (script, because) in [
        ("[[ {{ v }} -eq 1 ]]", "[[ … ]]"),
        ("if [[ -n x && \"{{ v }}\" ]]; then y; fi", "[[ … ]]"),
        ("m=([{{ v }}]=x)", "open `["),
        ("for ((i={{ v }};;)); do x; done", "((…))"),
        ("x $[{{ v }}]", "$[…]"),
    ] {
        refused(Shell::Bash, script, because);
    }
}

#[test]
fn gets_lost_rather_than_wrong() {
    for (script, because) in [
        ("x \"${y:-'}\" {{ v }}", "${…}"),
        ("x ${y:-\\}} {{ v }}", "${…}"),
        ("x ${ y; } {{ v }}", "${"),
        ("echo case {{ v }}", "keyword"),
        ("ca\\\nse x in a) {{ v }};; esac", "line break"),
        ("x \"$na\\\nme{{ v }}\"", "line break"),
        ("x <\\\n<E {{ v }}", "backslash"),
        ("x @(a|b) {{ v }}", "glued"),
        ("x {{ v }}(y) {{ v }}", "glued"),
        ("cat <<E\"O\"F\nEOF\n{{ v }}", "delimiter"),
        ("cat <<EOF\n$(x\nEOF\n)\nEOF\n{{ v }}", "cannot be followed"),
        ("cat <<EOF\nx\\\nEOF\nEOF\n{{ v }}", "backslash"),
        ("cat <<EOF $(\nx\n)\nEOF\n{{ v }}", "brackets"),
        ("x ) {{ v }}", "closes nothing"),
        ("((a) || (b)\n) {{ v }}", "))"),
        ("x $((a) ) {{ v }}", "))"),
        ("a[1 2]=x {{ v }}", "subscript"),
        ("{% if ready %}a{% endif %}# {{ v }}", "comment"),
        (
            "{% if ready %}a{% endif %}case x in {{ v }}) esac",
            "on some branch",
        ),
        (
            "{% if ready %}case{% endif %} x in {{ v }}) esac",
            "on some branch",
        ),
        (
            "{% if ready %}ca{% endif %}se x in {{ v }}) esac",
            "on some branch",
        ),
        (
            "{% if ready %}echo {% endif %}case x in {{ v }}) esac",
            "keyword",
        ),
        (
            "{% if ready %}ca{% else %}x{% endif %}{% if ready %}s{% endif %}e {{ v }}",
            "on some",
        ),
        (
            "x=\"$( {% if ready %}a{% endif %}case x in a) {{ v }}",
            "on some branch",
        ),
        ("{% for x in ['a', 'b'] %}case {% endfor %}{{ v }}", "case"),
        ("x $'a\\'b' {{ v }}", "after"),
    ] {
        refused(Shell::Sh, script, because);
        if !script.contains("$'") {
            refused(Shell::Bash, script, because);
        }
    }
    for script in [
        "a=(b) {{ v }}",
        "[[ x ]] {{ v }}",
        "x <(y) {{ v }}",
        "x <<< y {{ v }}",
        "((1<2)) {{ v }}",
    ] {
        refused(Shell::Sh, script, "after");
    }
}

#[test]
fn branches_and_loops_must_agree() {
    for script in [
        "echo {% if ready %}'{% endif %}{{ v }}'",
        "echo {% if ready %}\"a\"{% else %}\"b{% endif %}",
        "echo {% if ready %}# a{% endif %}\n{{ v }}",
        "echo {% if ready %}\\{% endif %}{{ v }}",
        "echo {% if ready %}${% endif %}{{ v }}",
        "cat {% if ready %}<<EOF{% endif %}\n{{ v }}\nEOF",
        "{% for x in ['a','b'] %}'{{ x }}{% endfor %}",
        "{% for x in ['a','b'] %}{{ x }} y[{% endfor %}",
        "{% for x in ['a','b'] %}{{ x }} y(z{% endfor %}",
        "{% for x in ['a','b'] %}{{ x }} `{% endfor %}",
        "{% for x in ['a','b'] %}{{ x }} ${% endfor %}",
        "{% for x in ['a','b'] %}se {{ x }};ca{% endfor %}",
    ] {
        refused(Shell::Bash, script, "in different states");
    }
    // A value that follows `$y` only in the second turn of the loop.
    assert_eq!(
        rendered("echo \"{% for x in ['a','b'] %}{{ x }}$y{% endfor %}\""),
        "echo \"\"'a'\"$y\"'b'\"$y\""
    );
}

#[test]
fn faults_are_located_and_advise() {
    let faults =
        check_script("a\n  x `{{ v }}` {{ servce }}", Shell::Sh, &scope().types()).unwrap_err();
    assert_eq!(faults.len(), 2);
    assert_eq!(
        (faults[0].line, faults[0].column, faults[0].length),
        (2, 6, 7)
    );
    assert!(faults[0].hint.as_deref().unwrap().contains("`env:`"));
    assert_eq!((faults[1].line, faults[1].column), (2, 18));
    assert_eq!(faults[1].hint.as_deref(), Some("did you mean `service`?"));
}

#[test]
fn plain_scripts_hold_no_template() {
    assert_eq!(check_plain("print({'a': 1}) # {# #}"), Ok(()));
    let faults = check_plain("x\nprint('{{ v }}') {% if %}").unwrap_err();
    assert_eq!(faults.len(), 2);
    assert_eq!((faults[0].line, faults[0].column), (2, 8));
}
