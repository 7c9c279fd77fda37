use super::*;
use crate::runbook::load;

fn found(script: &str) -> Vec<(Code, String)> {
    let text = "version: 1\ntitle: T\ninputs: { v: {}, n: { type: number } }\nphases: [{ id: a, title: A, steps: [{ id: s, run: echo }] }]\n";
    let runbook = load(text).runbook.unwrap();
    of(&runbook, script, true)
        .into_iter()
        .map(|hazard| (hazard.code, script[hazard.bytes].to_owned()))
        .collect()
}

#[test]
fn a_second_shell_parses_values_again() {
    let cases = [
        ("bash -c \"echo {{ v }}\"", "\"echo {{ v }}\""),
        ("sudo sh -ec 'rm {{ v }}'", "'rm {{ v }}'"),
        ("v={{ v }}\nssh host \"restart $v\"", "\"restart $v\""),
        ("ssh -p 22 -i key {{ v }} uptime {{ v }}", "{{ v }}"),
        (
            "kubectl exec {{ v }} -- sh -c \"kill {{ n }}\"",
            "\"kill {{ n }}\"",
        ),
        ("find . | xargs -n1 sh -c \"mv {{ v }}\"", "\"mv {{ v }}\""),
        ("su - postgres -c \"psql {{ v }}\"", "\"psql {{ v }}\""),
        (
            "watch -n 2 \"kubectl get {{ v }}\"",
            "\"kubectl get {{ v }}\"",
        ),
        ("x=$(bash -c \"{{ v }}\")", "\"{{ v }}\""),
    ];
    for (script, at) in cases {
        assert_eq!(
            found(script),
            [(Code::SecondShell, at.to_owned())],
            "{script}"
        );
    }
    assert_eq!(found("eval \"x={{ v }}\"")[0].0, Code::Eval);
    assert_eq!(found("v={{ v }}; eval \"f_$v\"")[0].0, Code::Eval);
}

#[test]
fn what_hands_values_over_is_fine() {
    for script in [
        "bash -c 'echo \"$1\"' bash {{ v }}",
        "v={{ v }}; timeout 5 bash -ec 'echo \"$1\"' health \"$v\"",
        "ssh {{ v }} uptime",
        "ssh -l {{ v }} host uptime",
        "watch -x kubectl get {{ v }}",
        "bash script.sh -c {{ v }}",
        "eval \"$(ssh-agent -s)\"; echo {{ v }}",
        "echo {{ v }} # eval {{ v }}",
    ] {
        assert_eq!(found(script), [], "{script}");
    }
}

#[test]
fn arithmetic_wants_numbers() {
    let cases = [
        ("a={{ v }}; echo $((a + 1))", "a"),
        ("a={{ v }}; b=$a; (( b > 1 ))", "b"),
        ("a={{ v }}; [[ $a -gt 3 ]]", "a"),
        ("a={{ v }}; let x=a+1", "a"),
        ("a={{ v }}; echo ${list[$a]}", "a"),
        ("a={{ v }}; list[a]=1", "a"),
    ];
    for (script, at) in cases {
        assert_eq!(
            found(script),
            [(Code::Arithmetic, at.to_owned())],
            "{script}"
        );
    }
    for script in [
        "a={{ n }}; echo $((a + 1))",
        "a={{ v }}; [ \"$a\" -gt 3 ]",
        "a={{ v }}; case $a in '' | *[!0-9]*) exit 1 ;; esac; echo $((10#$a + 1))",
        "a={{ v }}; [[ $a =~ ^[0-9]+$ ]] || exit 1; echo $((a))",
        "a={{ v }}; n=1; echo $((n + 1)); grep x[a] f",
    ] {
        assert_eq!(found(script), [], "{script}");
    }
}
