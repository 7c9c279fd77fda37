use super::*;

fn said(language: Language, texts: &[&str]) -> Vec<Said> {
    let scripts: Vec<Script> = texts
        .iter()
        .map(|text| Script {
            text: (*text).to_owned(),
            language,
        })
        .collect();
    let said = parse(scripts.iter());
    scripts.iter().map(|script| said[script].clone()).collect()
}

fn line(said: &Said) -> usize {
    match said {
        Said::Wrong { line, .. } => *line,
        _ => 0,
    }
}

#[test]
fn one_wrong_script_among_many() {
    let texts = [
        "echo a",
        "if true; then\n  echo\n",
        "cat <<'E'\n}\n) }\nE\n",
        "echo \"open\n",
        "}",
        "echo 'also open",
        "x=$(echo (a))",
        "shopt -s extglob\ncase a in @(a|b)) echo;; esac",
    ];
    let said = said(Language::Bash, &texts);
    let wrong: Vec<bool> = said.iter().map(|said| *said != Said::Fine).collect();
    assert_eq!(
        wrong,
        [false, true, false, true, true, true, true, false],
        "{said:?}"
    );
    assert_eq!(line(&said[6]), 1);
}

#[test]
fn each_language_says_the_line() {
    let bad = said(Language::Sh, &["echo\necho\n(\n"]);
    assert!(line(&bad[0]) >= 3, "{bad:?}");
    let bad = said(Language::Bash, &["echo\nfi\n"]);
    assert_eq!(line(&bad[0]), 2, "{bad:?}");
    let bad = said(Language::Python, &["import os\nx = (\n", "print('x')\n"]);
    // Where Python is not installed, that is what is said.
    assert!(matches!(
        bad[0],
        Said::Wrong { line: 2.., .. } | Said::NoShell(_)
    ));
    assert!(matches!(bad[1], Said::Fine | Said::NoShell(_)));
}

#[test]
fn nothing_is_executed() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().display().to_string();
    let texts = [
        format!("rm {path}"),
        format!(") }}; rm {path}; f() {{ ("),
        format!("$(rm {path}"),
        format!("set +n\nrm {path}\n"),
        format!("trap 'rm {path}' EXIT; '"),
    ];
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    said(Language::Bash, &texts);
    said(Language::Sh, &texts);
    assert!(file.path().exists());
}

#[test]
fn no_script_is_closed_by_the_brackets_around_it() {
    let wrong = [
        // Closes what stands around it and opens the same again.
        ") }\necho\nf() { (",
        ")\n(",
        "}\n{",
        "fi\nif :; then",
        "done\nwhile :; do\n:",
        "do\\\nne\nwhile :; d\\\no :",
        // One opens, another closes.
        "{ (",
        ") }",
        "while :; do",
        "done",
    ];
    // A here-document without its end is no error to a shell, nor does it reach further.
    let fine = ["echo a", "cat <<'done'", "cat <<'X'", "X", "echo b"];
    let mut texts: Vec<&str> = fine[..3].to_vec();
    texts.extend(wrong);
    texts.extend(&fine[3..]);
    for _ in 0..2 {
        for language in [Language::Bash, Language::Sh] {
            for (text, said) in texts.iter().zip(said(language, &texts)) {
                let is_wrong = matches!(said, Said::Wrong { .. });
                assert_eq!(
                    is_wrong,
                    wrong.contains(text),
                    "{language:?} {text:?} {said:?}"
                );
            }
        }
        texts.reverse();
    }
}

#[test]
fn what_was_not_asked_is_said() {
    let scripts = ["if a", "echo a", "if b", "if c", "echo b"].map(|text| Script {
        text: text.to_owned(),
        language: Language::Bash,
    });
    let said = parse_at_most(scripts.iter(), 3);
    assert!(matches!(said[&scripts[0]], Said::Wrong { .. }));
    assert_eq!(said[&scripts[1]], Said::Fine);
    assert!(matches!(said[&scripts[2]], Said::Wrong { .. }));
    assert_eq!(said[&scripts[3]], Said::NotAsked);
}
